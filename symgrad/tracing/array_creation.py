"""Making arrays, in the standard's words; ``array_namespace`` lists these."""

from __future__ import annotations

import array
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from symgrad.errors import ShapeError, compose, user_position
from symgrad.tracing import creation
from symgrad.tracing.conversion import to
from symgrad.tracing.devices import place
from symgrad.tracing.dlpack import from_dlpack
from symgrad.tracing.dtypes import as_numpy_dtype, default_float
from symgrad.tracing.tensor import Tensor, wrap

#: What holds numbers in memory of its own, with a dtype that is kept.
_BUFFERS = (memoryview, array.array)


def asarray(
    obj: Any, /, *, dtype: Any = None, device: Any = None, copy: bool | None = None
) -> Tensor:
    """An array of numbers, nested lists, arrays, buffers or whatever has ``__dlpack__``.

    Takes   copy: True for a buffer of its own in any case, False to refuse one.
    Raises  ShapeError (a ValueError) where copy is False and only a copy will do.

    >>> sg.array_api.asarray([1, 2], dtype=sg.float64)
    tensor([1., 2.], dtype=symgrad.float64)
    """
    if not isinstance(obj, (Tensor, np.ndarray, np.generic)):
        if hasattr(obj, "__dlpack__"):
            obj = from_dlpack(obj)
        elif isinstance(obj, _BUFFERS):
            obj = np.asarray(obj)
    if isinstance(obj, Tensor):
        made = to(obj, dtype=dtype, device=device, copy=copy is True)
        changed = made is not obj
    else:
        make = creation.tensor if copy else creation.as_tensor
        made = make(obj, dtype=dtype, device=device)
        changed = not isinstance(obj, np.ndarray) or not np.may_share_memory(made._value, obj)
    if copy is False and changed:
        raise ShapeError(
            compose(
                "asarray(copy=False): this becomes an array by a copy only.",
                where=user_position(),
                mend="leave out copy",
            )
        )
    return made


def arange(
    start: float,
    /,
    stop: float | None = None,
    step: float = 1,
    *,
    dtype: Any = None,
    device: Any = None,
) -> Tensor:
    """Evenly spaced numbers from ``start`` up to and without ``stop``.

    >>> sg.array_api.arange(3), sg.array_api.arange(3, 1)
    (tensor([0, 1, 2]), tensor([], dtype=symgrad.int64))
    """
    low, high = (0, start) if stop is None else (start, stop)
    if not step or not math.isfinite(high - low):
        raise ShapeError(
            compose(
                f"arange: from {low} to {high} in steps of {step} are how many?",
                where=user_position(),
            )
        )
    whole = all(isinstance(v, (int, np.integer)) for v in (low, high, step))
    chosen = np.dtype("int64") if whole else default_float()
    wanted = chosen if dtype is None else as_numpy_dtype(dtype)
    values = low + step * np.arange(max(math.ceil((high - low) / step), 0))
    return wrap(place(values.astype(wanted), device))


def linspace(
    start: complex,
    stop: complex,
    /,
    num: int,
    *,
    dtype: Any = None,
    device: Any = None,
    endpoint: bool = True,
) -> Tensor:
    """``num`` evenly spaced numbers from ``start`` to ``stop``, which may be left out.

    >>> sg.array_api.linspace(0, 1, 2, endpoint=False)
    tensor([0.0000, 0.5000])
    """
    wanted = default_float() if dtype is None else as_numpy_dtype(dtype)
    made = np.linspace(start, stop, num, endpoint=endpoint)
    return wrap(place(made.astype(wanted), device))


def eye(
    n_rows: int,
    n_cols: int | None = None,
    /,
    *,
    k: int = 0,
    dtype: Any = None,
    device: Any = None,
) -> Tensor:
    """Ones on the k-th diagonal, zeros elsewhere.

    >>> sg.array_api.eye(2, k=1)
    tensor([[0., 1.],
            [0., 0.]])
    """
    wanted = default_float() if dtype is None else as_numpy_dtype(dtype)
    return wrap(place(np.eye(n_rows, n_cols, k=k, dtype=wanted), device))


def full(shape: Any, fill_value: complex, *, dtype: Any = None, device: Any = None) -> Tensor:
    """One value everywhere.

    >>> sg.array_api.full(2, 7)
    tensor([7, 7])
    """
    return creation.full(shape, fill_value, dtype=dtype, device=device)  # type: ignore[arg-type]


def full_like(x: Any, /, fill_value: complex, *, dtype: Any = None, device: Any = None) -> Tensor:
    """One value everywhere, in the shape and dtype of an array.

    >>> sg.array_api.full_like(sg.tensor([1.0, 2.0]), 3)
    tensor([3., 3.])
    """
    return creation.full_like(x, fill_value, dtype=dtype, device=device)  # type: ignore[arg-type]


def of_shape(name: str) -> Callable[..., Tensor]:
    """``zeros``, ``ones`` or ``empty``, with the standard's signature."""
    make = getattr(creation, name)

    def function(shape: Any, *, dtype: Any = None, device: Any = None) -> Tensor:
        return make(shape, dtype=dtype, device=device)  # type: ignore[no-any-return]

    function.__doc__ = f"""As ``sg.{name}``: of a shape, an integer or a tuple.

    >>> sg.array_api.{name}((2, 3)).shape
    symgrad.Size([2, 3])
    """
    return function


def like(name: str) -> Callable[..., Tensor]:
    """``zeros_like``, ``ones_like`` or ``empty_like``, with the standard's signature."""
    make = getattr(creation, name)

    def function(x: Any, /, *, dtype: Any = None, device: Any = None) -> Tensor:
        return make(x, dtype=dtype, device=device)  # type: ignore[no-any-return]

    function.__doc__ = make.__doc__
    return function


CREATION: dict[str, Callable[..., Any]] = {
    f.__name__: f for f in (asarray, arange, linspace, eye, full, full_like, from_dlpack)
}
CREATION |= {name: of_shape(name) for name in ("zeros", "ones", "empty")}
CREATION |= {name: like(name) for name in ("zeros_like", "ones_like", "empty_like")}
