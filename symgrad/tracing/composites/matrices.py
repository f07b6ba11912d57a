"""Norms of entries and of matrices, in PyTorch's dialect; ``functions`` and the face list them."""

from __future__ import annotations

import math
from typing import Any

from symgrad.errors import DtypeError, ShapeError, compose, user_position
from symgrad.tracing.calling import call, dtype_name, either_name, shape_of
from symgrad.tracing.complexes import is_complex_value
from symgrad.tracing.composites import joining
from symgrad.tracing.dtypes import axis_of, is_floating
from symgrad.tracing.tensor import Tensor
from symgrad.tracing.traced import raw


def _axes(dim: Any, ndim: int) -> tuple[int, ...]:
    named = range(ndim) if dim is None else dim if isinstance(dim, (tuple, list)) else (dim,)
    return tuple(axis_of(d, ndim) for d in named) if ndim else ()


def _floats(name: str, x: Any, dtype: Any) -> Any:
    """What a norm is taken of: complex entries have their absolute values."""
    if dtype is not None:
        x = x.to(dtype=dtype)
    if is_complex_value(raw(x)):
        return call("abs", x)
    if not is_floating(raw(x)):
        raise DtypeError(
            compose(
                f"{name}: Expected a floating point or complex tensor as input. Got {raw(x).dtype}",
                where=user_position(),
                mend="x.float() first",
            )
        )
    return x


@either_name
def vector_norm(
    x: Any, ord: Any = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """The norm of all entries, or over axes, as of one vector.

    Takes   ord: a number above 0, 0 (how many entries are not zero), inf or -inf.
    Raises  ShapeError for another order, DtypeError for what is not floating.

    >>> sg.linalg.vector_norm(sg.tensor([[3.0, -4.0]]), 1)
    tensor(7.)
    """
    x = _floats("linalg.vector_norm", x, dtype)
    shape = shape_of(x)
    axes = _axes(dim, len(shape))
    if ord == 0:
        there = call("not_equal", x, 0).to(dtype=dtype_name(x))
        return call("sum", there, axis=axes or None, keepdims=keepdim)  # type: ignore[no-any-return]
    if ord == 2:
        whole = None if len(axes) == len(shape) and not keepdim else axes
        return call("norm", x, axis=whole, keepdims=keepdim)  # type: ignore[no-any-return]
    rest = [a for a in range(len(shape)) if a not in axes]
    turned = call("permute", x, axes=(*rest, *axes)) if axes and rest else x
    kept = tuple(shape[a] for a in rest)
    line = call("reshape", turned, shape=(*kept, math.prod(shape[a] for a in axes)))
    found = call("norm", line, ord=ord, axis=-1)
    wanted = tuple(1 if a in axes else n for a, n in enumerate(shape))
    return call("reshape", found, shape=wanted) if keepdim else found  # type: ignore[no-any-return]


@either_name
def matrix_norm(
    A: Any, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """The norm of matrices in two axes.

    Takes   ord: "fro", or 1, -1, inf, -inf: the largest (smallest) sum along columns or rows.
    Limits  2, -2 and "nuc" are made of singular values, which have no rule yet.
    Raises  ShapeError for them, for other orders, and for fewer than two axes.

    >>> sg.linalg.matrix_norm(sg.tensor([[3.0, -4.0], [1.0, 1.0]]), 1)
    tensor(5.)
    """
    x = _floats("linalg.matrix_norm", A, dtype)
    if len(shape_of(x)) < 2 or len(dim) != 2:
        raise ShapeError(
            compose(
                "linalg.matrix_norm: The input tensor A must have at least 2 dimensions, and dim "
                "names two.",
                [("A", shape_of(x))],
                where=user_position(),
            )
        )
    axes = _axes(dim, len(shape_of(x)))
    if ord != "fro" and (isinstance(ord, str) or abs(ord) not in (1, math.inf)):
        raise ShapeError(
            compose(
                f"linalg.matrix_norm: Order {ord} not supported.",
                where=user_position(),
                mend="'fro', 1, -1, inf and -inf have rules here",
            )
        )
    return norm_of_matrices(x, ord, axes, keepdim)  # type: ignore[no-any-return]


def norm_of_matrices(x: Any, ord: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    """Norms of matrices in two axes: "fro", or 1, -1, inf, -inf."""
    if ord == "fro":
        return call("norm", x, axis=axes, keepdims=keepdims)
    along, over = axes if abs(ord) == 1 else axes[::-1]
    sums = call("sum", call("abs", x), axis=along, keepdims=True)
    found = call("max" if ord > 0 else "min", sums, axis=over, keepdims=True)
    return found if keepdims else call("squeeze", found, axis=axes)


@either_name
def linalg_norm(
    A: Any, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """``vector_norm`` of vectors, ``matrix_norm`` of matrices; without an order the 2-norm.

    Takes   ord: as theirs; dim: one axis for vectors, two for matrices.
    Raises  ShapeError for an order without dim where A is neither a vector nor a matrix.

    >>> sg.linalg.norm(sg.tensor([[3.0, -4.0], [1.0, 1.0]]), float("inf"))
    tensor(7.)
    """
    ndim = len(shape_of(A))
    if ord is None:
        return vector_norm(A, 2, dim, keepdim, dtype=dtype)
    if dim is None:
        if ndim not in (1, 2):
            raise ShapeError(
                compose(
                    "linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. "
                    f"Got {ndim}D.",
                    where=user_position(),
                )
            )
        dim = 0 if ndim == 1 else (0, 1)
    several = isinstance(dim, (tuple, list)) and len(dim) == 2
    if several:
        return matrix_norm(A, ord, dim, keepdim, dtype=dtype)
    return vector_norm(A, ord, dim, keepdim, dtype=dtype)


@either_name
def norm(
    input: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, *, dtype: Any = None,
    ord: Any = None,
) -> Tensor:  # fmt: skip
    """The norm of all entries, or over axes, as of one vector, whatever the order.

    Takes   p: "fro" (the 2-norm), or an order as ``linalg.vector_norm`` takes it; ord: NumPy's
            name of it.

    >>> sg.norm(sg.tensor([[3.0, 4.0]]))
    tensor(5.)
    """
    p = p if ord is None else ord
    if p == "nuc":
        return matrix_norm(input, p, (-2, -1) if dim is None else dim, keepdim)
    order = 2 if p is None or p == "fro" else p
    if order == 2 and dim is None and dtype is None and not keepdim and is_floating(raw(input)):
        return call("norm", input)  # type: ignore[no-any-return]
    return vector_norm(input, order, dim, keepdim, dtype=dtype)


def vander(x: Any, *, N: int | None = None) -> Tensor:
    """Rising powers of the entries of a vector, a column each.

    >>> sg.linalg.vander(sg.tensor([2.0, 3.0]), N=3)
    tensor([[1., 2., 4.],
            [1., 3., 9.]])
    """
    return joining.vander(x, N, increasing=True)


def diagonal(A: Any, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """The diagonal of matrices in the last two axes.

    >>> sg.linalg.diagonal(sg.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([1., 4.])
    """
    return call("diagonal", A, offset=offset, axis1=dim1, axis2=dim2)  # type: ignore[no-any-return]
