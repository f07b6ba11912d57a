"""The levels of ``vmap`` that a program runs in, and what comes into one from outside.

A level is outside of every tensor that was recorded before it began. Such a tensor enters it as
data that all inputs share: what is computed with it is recorded outside, where its history is.
Imports tensors; ``traced`` imports this.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any, Protocol

from symgrad.algebras.backends import is_batched
from symgrad.algebras.batched import Batched
from symgrad.errors import TraceError, compose, user_position
from symgrad.modes import BATCHING, GRAD, MODE, RECORDING, no_grad
from symgrad.tracing.node import Node
from symgrad.tracing.storage import tick
from symgrad.tracing.tensor import Tensor, wrap

#: The levels that this code runs in, innermost last.
LEVELS: ContextVar[tuple[Level, ...]] = ContextVar("symgrad_levels", default=())


class Level:
    """One running ``vmap``: how many inputs, since when, and how rules run outside of it."""

    __slots__ = (
        "closed", "depth", "entered", "inside", "mode", "one_by_one", "outer", "randomness", "size",
    )  # fmt: skip

    def __init__(self, size: Any, randomness: str, inside: Any, one_by_one: Any) -> None:
        self.outer = LEVELS.get()
        self.depth = len(self.outer) + 1
        self.size = size
        self.randomness = randomness
        self.mode = MODE.get()
        self.entered = tick()
        self.closed = False
        self.inside = inside(self)  # the algebra of the tensors that batched values hold
        self.one_by_one = one_by_one  # how a rule runs that cannot run on many at once

    def refuse_closed(self) -> None:
        """Raise TraceError once the ``vmap`` has ended: its values live in it alone."""
        if self.closed:
            raise TraceError(
                compose(
                    "vmap: this value belongs to a vmap that has ended.",
                    where=user_position(),
                    mend="return it from the mapped function, instead of storing it outside",
                )
            )


@contextmanager
def running(level: Level) -> Iterator[None]:
    """A block in which tensors are those of ``level``.

    What is recorded for a formula is recorded outside.
    """
    levels = LEVELS.set((*level.outer, level))
    mode = MODE.set((level.mode | BATCHING) & ~RECORDING)
    try:
        yield
    finally:
        level.closed = True
        MODE.reset(mode)
        LEVELS.reset(levels)


class Within(Protocol):
    """What knows the levels around one, and the mode in which that began: it, or its algebra."""

    outer: tuple[Level, ...]
    mode: int


class outside:
    """A block in which tensors are those that the batched values of ``level`` hold."""

    __slots__ = ("_level", "_levels", "_mode")

    def __init__(self, level: Within) -> None:
        self._level = level

    def __enter__(self) -> None:
        mode = self._level.mode
        self._levels = LEVELS.set(self._level.outer)
        self._mode = MODE.set(mode & (MODE.get() | ~GRAD))

    def __exit__(self, *exc: object) -> None:
        MODE.reset(self._mode)
        LEVELS.reset(self._levels)


def unrecorded_here() -> AbstractContextManager[object]:
    """A block for what shall have no history at this level: ``no_grad``, but for levels outside.

    In a vmap nothing is switched off, for that would end the history outside as well.
    """
    return nullcontext() if MODE.get() & BATCHING else no_grad()


def lifted(operands: tuple[Any, ...], params: dict[str, Any]) -> tuple[Any, ...]:
    """Operands of a call inside the innermost level: what comes from outside, as shared data.

    Takes   params: an index among them may differ from one input to the next.
    """
    level = LEVELS.get()[-1]
    if not any(type(o) is Tensor and _concerns(o, level) for o in operands):
        listed = (part for v in params.values() for part in (v if type(v) is tuple else (v,)))
        if not any(map(is_batched, listed)):
            return operands
    return tuple(shared(o, level) if type(o) is Tensor else o for o in operands)


def entered(tensor: Tensor) -> Tensor:
    """One tensor as the code that runs here sees it."""
    return shared(tensor, LEVELS.get()[-1]) if MODE.get() & BATCHING else tensor


def _concerns(tensor: Tensor, level: Level) -> bool:
    """Whether what is computed with this is to be computed on batched values."""
    if tensor._rg or is_batched(tensor._value) or type(tensor.node) is Node:
        return True
    return bool(level.mode & RECORDING)


def shared(tensor: Tensor, level: Level) -> Tensor:
    """A tensor from outside as data that all inputs share; one of the level itself as it is."""
    value = tensor._value
    if type(value) is Batched and value.level is level:
        return tensor
    node = tensor.node
    if node is not None and node.seq > level.entered and (tensor._rg or type(node) is Node):
        return tensor
    return wrap(Batched(tensor, level, False))


def spread_as(made: Tensor, other: Tensor) -> Tensor:
    """A new tensor like another: where that stands for many, with an entry of its own for each.

    Somebody may write other values into each.
    """
    value = other._value
    if not (is_batched(value) and value.mapped):
        return made
    level = value.level
    whole = level.inside.broadcast_to(made, shape=(level.size, *made._value.shape))
    return wrap(Batched(level.inside.clone(whole), level, True), None, made._rg)
