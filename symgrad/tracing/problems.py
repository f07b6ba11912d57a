"""A function of one tensor or several, run as ``autograd.functional`` runs it; it imports this."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from symgrad.errors import DtypeError, GraphError, ShapeError, compose, user_position
from symgrad.tracing.levels import entered
from symgrad.tracing.running import bare, identity
from symgrad.tracing.tensor import Tensor
from symgrad.tracing.traced import TRACED
from symgrad.tracing.transforms import cotangents


class Problem:
    """A function run on inputs of its own: their tensors, and whether each side came as a tuple."""

    def __init__(
        self, name: str, func: Callable[..., Any], inputs: Any, create_graph: bool, strict: bool
    ) -> None:
        self.name, self.create_graph, self.strict = name, create_graph, strict
        self.single_in, parts = listed(inputs, "inputs", name)
        self.given = tuple(identity(x, create_graph) for x in parts)
        out = func(*self.given)
        self.single_out, self.outs = listed(out, "outputs of the user-provided function", name)
        if strict:
            for i, o in enumerate(self.outs):
                if not o._rg:
                    self.refuse(f"Output {i} of the user-provided function does not require grad.")

    def refuse(self, what: str) -> NoReturn:
        """Raise GraphError for what strict mode does not allow."""
        raise GraphError(
            compose(
                f"{self.name}: {what} This is not allowed in strict mode.",
                where=user_position(),
                mend="strict=False gives zeros for what depends on nothing",
            )
        )

    def scalar(self) -> Tensor:
        """The result, which must be one tensor of one entry."""
        if not self.single_out:
            raise _shape(f"The function given to {self.name} should return a single Tensor")
        (out,) = self.outs
        if math.prod(out.shape) != 1:
            raise _shape(
                f"The Tensor returned by the function given to {self.name} should contain a "
                "single element"
            )
        return out

    def vector(self, v: Any, others: Sequence[Tensor], several: bool, whose: str) -> Any:
        """``v`` as tensors, one for each of ``others``; ones where it is left out."""
        if v is None:
            if len(others) != 1 or math.prod(others[0].shape) != 1:
                raise _shape(
                    f"The vector v can only be None if {whose} is a single Tensor with a single "
                    "element."
                )
            return (TRACED.ones_like(others[0]),)
        _, parts = listed(v, "v", self.name)
        if len(parts) != len(others):
            raise _shape(
                f"v is a tuple of invalid length: should be {len(others)} but got {len(parts)}."
                if several
                else "The given v should contain a single Tensor."
            )
        for i, (part, other) in enumerate(zip(parts, others, strict=True)):
            if tuple(part.shape) != tuple(other.shape):
                entry = f"Entry {i} in v" if several else "v"
                raise _shape(
                    f"{entry} has invalid size: should be {tuple(other.shape)} but got "
                    f"{tuple(part.shape)}."
                )
        return tuple(
            entered(p if self.create_graph else bare(p)).to(dtype=o.dtype)  # type: ignore[attr-defined]
            for p, o in zip(parts, others, strict=True)
        )

    def slopes(
        self, outs: Sequence[Tensor], seeds: Sequence[Any], create_graph: bool, stage: str
    ) -> tuple[Tensor, ...]:
        """The cotangents of all inputs; zeros for one that nothing depends on, if that may be."""
        found = cotangents(outs, self.given, seeds, create_graph)
        if self.strict:
            self._refuse_missing(found, create_graph and self.create_graph, stage)
        return tuple(
            TRACED.zeros_like(g) if f is None else f for f, g in zip(found, self.given, strict=True)
        )

    def _refuse_missing(self, found: Sequence[Any], graph: bool, stage: str) -> None:
        for i, f in enumerate(found):
            if f is None:
                self.refuse(
                    f"The {stage} of the user-provided function is independent of input {i}."
                )
            if graph and not f._rg:
                self.refuse(
                    f"The {'jacobian' if stage == 'output' else 'hessian'} of the user-provided "
                    f"function is independent of input {i}, with create_graph=True."
                )

    def result(self, parts: Sequence[Tensor]) -> Any:
        """The function's own result, as it is handed back."""
        return unlisted(self.left(parts), self.single_out)

    def gradient(self, parts: Sequence[Tensor]) -> Any:
        """Tensors one for each input, as they are handed back."""
        return unlisted(self.left(parts), self.single_in)

    def left(self, parts: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Tensors without history, but for create_graph."""
        return tuple(parts) if self.create_graph else tuple(map(bare, parts))


def _shape(what: str) -> ShapeError:
    return ShapeError(compose(what, where=user_position()))


def listed(given: Any, what: str, name: str) -> tuple[bool, tuple[Tensor, ...]]:
    """Whether one tensor was given, and all of them as a tuple."""
    single = not isinstance(given, tuple)
    parts = (given,) if single else given
    for i, part in enumerate(parts):
        if not isinstance(part, Tensor):
            which = f"given {what} has" if single else f"value at index {i} has"
            raise DtypeError(
                compose(
                    f"The {what} given to {name} must be either a Tensor or a tuple of Tensors but "
                    f"the {which} type {type(part).__name__}.",
                    where=user_position(),
                )
            )
    return single, parts


def unlisted(parts: tuple[Any, ...], single: bool) -> Any:
    """A tuple, or the one thing in it."""
    return parts[0] if single else parts
