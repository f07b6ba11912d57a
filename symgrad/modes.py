"""The modes that a block of code runs in: gradients, inference, recording; anyone may import this.

One context variable holds them all, so that the hot path asks once, each thread and each
asynchronous task has its own, and every way out of a block restores what was there.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any, TypeVar

GRAD = 1
INFERENCE = 2
RECORDING = 4

#: The modes in force, as bits; plain gradient mode is exactly ``GRAD``.
MODE: ContextVar[int] = ContextVar("symgrad_mode", default=GRAD)

F = TypeVar("F", bound=Callable[..., Any])


class _Mode:
    """A block, or a function, that runs with some mode bits set and others cleared."""

    def __init__(self, *, on: int = 0, off: int = 0) -> None:
        self._on, self._off = on, off
        self._tokens: list[Token[int]] = []

    def __enter__(self) -> _Mode:
        self._tokens.append(MODE.set((MODE.get() | self._on) & ~self._off))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        MODE.reset(self._tokens.pop())

    def __call__(self, function: F) -> F:
        on, off = self._on, self._off
        if inspect.isgeneratorfunction(function):
            raise TypeError(
                "a generator keeps running after its call returns; open the mode inside it instead"
            )

        @functools.wraps(function)
        def inside(*args: Any, **kwargs: Any) -> Any:
            with _Mode(on=on, off=off):
                return function(*args, **kwargs)

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
        self._wanted = bool(mode)
        super().__init__(on=GRAD if mode else 0, off=0 if mode else GRAD)
        self._before: Token[int] | None = MODE.set((MODE.get() | self._on) & ~self._off)

    def __enter__(self) -> _Mode:
        if self._before is not None:
            self._tokens.append(self._before)
            self._before = None
            return self
        return super().__enter__()

    def __call__(self, function: F) -> F:
        if self._before is not None:
            MODE.reset(self._before)
            self._before = None
        return super().__call__(function)


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
