"""The modes that a block of code runs in: gradients, inference, recording; anyone may import this.

One context variable holds them all, so that the hot path asks once, each thread and each
asynchronous task has its own, and every way out of a block restores what was there.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable
from contextvars import ContextVar
from types import TracebackType
from typing import Any, TypeVar

GRAD = 1
INFERENCE = 2
RECORDING = 4
SAVING = 8  # somebody else keeps what backward needs: hooks, or a checkpoint
BATCHING = 16  # inside a vmap: values may stand for many

#: The modes in force, as bits; plain gradient mode is exactly ``GRAD``.
MODE: ContextVar[int] = ContextVar("symgrad_mode", default=GRAD)

F = TypeVar("F", bound=Callable[..., Any])


#: The open blocks, innermost last: whose each is, and the modes to restore. In the context and not
#: in the block, so that threads and tasks may share one block.
_OPEN: ContextVar[tuple[tuple[_Mode, int], ...]] = ContextVar("symgrad_open_blocks", default=())


class _Mode:
    """A block, or a function, that runs with some mode bits set and others cleared."""

    def __init__(self, *, on: int = 0, off: int = 0) -> None:
        self._on, self._off = on, off

    def __enter__(self) -> _Mode:
        before = MODE.get()
        _OPEN.set((*_OPEN.get(), (self, before)))
        MODE.set((before | self._on) & ~self._off)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        blocks = _OPEN.get()
        if blocks and blocks[-1][0] is self:
            _OPEN.set(blocks[:-1])
            MODE.set(blocks[-1][1])
        else:
            _close_below(self, blocks)

    def __call__(self, function: F) -> F:
        if inspect.isasyncgenfunction(function):
            raise TypeError(
                "an asynchronous generator keeps running after its call returns; "
                "open the mode inside it instead"
            )
        if inspect.isgeneratorfunction(function):
            return _generator(function, self._on, self._off)
        if inspect.iscoroutinefunction(function):
            return _coroutine(function, self._on, self._off)
        on, off = self._on, self._off

        @functools.wraps(function)
        def inside(*args: Any, **kwargs: Any) -> Any:
            with _Mode(on=on, off=off):
                return function(*args, **kwargs)

        return inside  # type: ignore[return-value]


def _close_below(block: _Mode, blocks: tuple[tuple[_Mode, int], ...]) -> None:
    """Close a block that others were opened in: the last of them restores what it would have.

    A block that another context opened (a generator that is thrown away there) is none of ours.
    """
    for k in range(len(blocks) - 2, -1, -1):
        if blocks[k][0] is block:
            above, before = blocks[k + 1][0], blocks[k][1]
            _OPEN.set((*blocks[:k], (above, before), *blocks[k + 2 :]))
            return


def _generator(function: F, on: int, off: int) -> F:
    """A generator function whose body runs in the modes, and whose caller keeps its own."""

    @functools.wraps(function)
    def inside(*args: Any, **kwargs: Any) -> Any:
        running = function(*args, **kwargs)
        step, given = running.send, None
        while True:
            try:
                with _Mode(on=on, off=off):
                    value = step(given)
            except StopIteration as stop:
                return stop.value
            try:
                given, step = (yield value), running.send
            except GeneratorExit:
                with _Mode(on=on, off=off):
                    running.close()
                raise
            except BaseException as error:  # the generator's own to catch
                given, step = error, running.throw

    return inside  # type: ignore[return-value]


def _coroutine(function: F, on: int, off: int) -> F:
    """A coroutine function whose body runs in the modes; each task has its own."""

    @functools.wraps(function)
    async def inside(*args: Any, **kwargs: Any) -> Any:
        with _Mode(on=on, off=off):
            return await function(*args, **kwargs)

    return inside  # type: ignore[return-value]


class no_grad(_Mode):
    """Record nothing inside: a context manager and a decorator, as in PyTorch.

    >>> x = sg.tensor(2.0, requires_grad=True)
    >>> with sg.no_grad():
    ...     print((x * x).requires_grad)
    False
    """

    def __init__(self, function: Callable[..., Any] | None = None) -> None:
        super().__init__(off=GRAD)

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        # ``@no_grad`` without parentheses is as common as ``@no_grad()``.
        made = super().__new__(cls)
        if function is None:
            return made
        made.__init__()  # type: ignore[misc]
        return made(function)


class enable_grad(_Mode):
    """Record again inside a ``no_grad`` block.

    >>> x = sg.tensor(2.0, requires_grad=True)
    >>> with sg.no_grad(), sg.enable_grad():
    ...     print((x * x).requires_grad)
    True
    """

    def __init__(self, function: Callable[..., Any] | None = None) -> None:
        super().__init__(on=GRAD, off=INFERENCE)

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        made = super().__new__(cls)
        if function is None:
            return made
        made.__init__()  # type: ignore[misc]
        return made(function)


class set_grad_enabled(_Mode):
    """Switch recording on or off: at once when called, and until the end of a ``with`` block.

    >>> with sg.set_grad_enabled(False):
    ...     print(sg.is_grad_enabled())
    False
    """

    def __init__(self, mode: bool) -> None:
        super().__init__(on=GRAD if mode else 0, off=0 if mode else GRAD)
        self._switched = [MODE.set((MODE.get() | self._on) & ~self._off)]

    def __enter__(self) -> _Mode:
        self._switch_back()
        return super().__enter__()

    def __call__(self, function: F) -> F:
        self._switch_back()
        return super().__call__(function)

    def _switch_back(self) -> None:
        """Undo the switch of the call itself, once, where it happened: a block follows."""
        while self._switched:
            with contextlib.suppress(ValueError):  # another context never saw the switch
                MODE.reset(self._switched.pop())


class inference_mode(_Mode):
    """Record nothing, and make results that can never take part in a gradient.

    Takes   mode: False makes the block an ordinary one.

    >>> with sg.inference_mode():
    ...     y = sg.tensor([1.0]) * 2
    >>> y.is_inference()
    True
    """

    def __init__(self, mode: bool | Callable[..., Any] = True) -> None:
        on = mode is not False
        super().__init__(on=INFERENCE if on else GRAD, off=GRAD if on else INFERENCE)

    def __new__(cls, mode: bool | Callable[..., Any] = True) -> Any:
        made = super().__new__(cls)
        if not callable(mode):
            return made
        made.__init__()  # type: ignore[misc]
        return made(mode)


class record(_Mode):
    """Record everything inside, detached values included; a value that leaves is an error."""

    def __init__(self) -> None:
        super().__init__(on=GRAD | RECORDING, off=INFERENCE)


def is_grad_enabled() -> bool:
    """Whether operations are recorded for gradients here and now."""
    return bool(MODE.get() & GRAD)


def is_inference_mode_enabled() -> bool:
    """Whether this is inside ``inference_mode``."""
    return bool(MODE.get() & INFERENCE)
