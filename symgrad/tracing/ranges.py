"""Tensors from a few numbers: powers evenly apart, places of triangles; the face imports it."""

from __future__ import annotations

from typing import Any

import numpy as np

from symgrad.errors import ShapeError, compose, user_position
from symgrad.tracing.creation import as_tensor, tensor
from symgrad.tracing.devices import place
from symgrad.tracing.dtypes import as_numpy_dtype, default_float
from symgrad.tracing.sizes import sizes_of
from symgrad.tracing.tensor import Tensor, wrap


def scalar_tensor(
    s: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """A 0-d tensor of one number, of the default float dtype.

    >>> sg.scalar_tensor(3)
    tensor(3.)
    """
    wanted = default_float() if dtype is None else dtype
    return tensor(s, dtype=wanted, device=device, requires_grad=requires_grad)


def asarray(
    obj: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    copy: bool | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Data as a tensor, without a copy where that can be.

    Takes   copy: True for a copy in any case.

    >>> sg.asarray([1, 2])
    tensor([1, 2])
    """
    made = as_tensor(obj, dtype, device)
    if copy and made is not obj:
        made = made.clone()  # type: ignore[attr-defined]
    elif copy:
        made = made.detach().clone()  # type: ignore[attr-defined]
    return made.requires_grad_() if requires_grad else made


def logspace(
    start: float,
    end: float,
    steps: int,
    base: float = 10.0,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """``steps`` powers of ``base``, their exponents evenly apart from ``start`` to ``end``.

    >>> sg.logspace(0, 2, 3)
    tensor([  1.,  10., 100.])
    """
    (count,) = sizes_of((steps,))
    wanted = default_float() if dtype is None else as_numpy_dtype(dtype)
    values = np.power(float(base), np.linspace(start, end, count)).astype(wanted)
    made = wrap(place(values, device))
    return made.requires_grad_() if requires_grad else made


def tril_indices(
    row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None
) -> Tensor:
    """The places of the lower triangle of a matrix: a row of rows, and one of columns.

    >>> sg.tril_indices(2, 2)
    tensor([[0, 1, 1],
            [0, 0, 1]])
    """
    return _places(np.tri(*_sizes(row, col), offset, dtype=bool), dtype, device)


def triu_indices(
    row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None
) -> Tensor:
    """The places of the upper triangle of a matrix: a row of rows, and one of columns.

    >>> sg.triu_indices(2, 2)
    tensor([[0, 0, 1],
            [0, 1, 1]])
    """
    return _places(~np.tri(*_sizes(row, col), offset - 1, dtype=bool), dtype, device)


def _sizes(row: int, col: int) -> tuple[int, int]:
    if row < 0 or col < 0:
        raise ShapeError(
            compose(f"row and col must be non-negative, got {row}, {col}", where=user_position())
        )
    return row, col


def _places(mask: Any, dtype: Any, device: Any) -> Tensor:
    wanted = np.dtype("int64") if dtype is None else as_numpy_dtype(dtype)
    return wrap(place(np.stack(np.nonzero(mask)).astype(wanted), device))
