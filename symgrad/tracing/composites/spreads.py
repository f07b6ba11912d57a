"""Spread, correlation, integrals of samples, in PyTorch's dialect; ``functions`` lists them."""

from __future__ import annotations

import math
from typing import Any

from symgrad.errors import ShapeError, compose, user_position
from symgrad.tracing import statistics
from symgrad.tracing.calling import axes_of, call, either_name, entries_at, shape_of
from symgrad.tracing.choices import clip
from symgrad.tracing.composites import matrices
from symgrad.tracing.dtypes import axis_of
from symgrad.tracing.parts import conjugated
from symgrad.tracing.tensor import Tensor


@either_name
def var_mean(
    input: Any, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *,
    correction: Any = None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """The variance and the mean, as a pair.

    >>> sg.var_mean(sg.tensor([1.0, 2.0, 3.0]))
    (tensor(1.), tensor(2.))
    """
    return _with_mean(statistics.var, input, dim, unbiased, keepdim, correction)  # type: ignore[no-any-return]


@either_name
def std_mean(
    input: Any, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *,
    correction: Any = None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """The standard deviation and the mean, as a pair.

    >>> sg.std_mean(sg.tensor([1.0, 2.0, 3.0]))
    (tensor(1.), tensor(2.))
    """
    return _with_mean(statistics.std, input, dim, unbiased, keepdim, correction)  # type: ignore[no-any-return]


def _with_mean(spread: Any, x: Any, dim: Any, unbiased: Any, keepdim: bool, correction: Any) -> Any:
    if isinstance(dim, bool):  # PyTorch's short form: std_mean(x, False)
        dim, unbiased = None, dim
    found = spread(x, dim, unbiased, keepdim, correction=correction)
    return found, call("mean", x, axis=axes_of(dim), keepdims=keepdim)


def cov(input: Any, *, correction: int = 1) -> Tensor:
    """The covariance matrix of variables, one a row.

    Raises  ShapeError for more than two axes.

    >>> sg.cov(sg.tensor([[0.0, 2.0], [4.0, 0.0]]))
    tensor([[ 2., -4.],
            [-4.,  8.]])
    """
    if len(shape_of(input)) > 2:
        raise ShapeError(
            compose(
                "cov(): expected input to have two or fewer dimensions but got an input with "
                f"{len(shape_of(input))} dimensions",
                where=user_position(),
            )
        )
    n = shape_of(input)[-1] if shape_of(input) else 1
    rows = call("reshape", input, shape=(-1 if len(shape_of(input)) == 2 else 1, n))
    apart = call("subtract", rows, call("mean", rows, axis=1, keepdims=True))
    products = call("matmul", apart, conjugated(call("permute", apart, axes=(1, 0))))
    made = call("divide", products, max(n - correction, 0))
    return made if len(shape_of(input)) == 2 else call("reshape", made, shape=())  # type: ignore[no-any-return]


def corrcoef(input: Any) -> Tensor:
    """The correlation coefficients of variables, one a row.

    >>> sg.corrcoef(sg.tensor([[0.0, 2.0], [4.0, 0.0]]))
    tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    found = cov(input)
    if not shape_of(found):
        return call("divide", found, found)  # type: ignore[no-any-return]
    spread = call("sqrt", call("diagonal", found))
    made = call("divide", call("divide", found, call("expand_dims", spread, axis=1)), spread)
    return clip(made, -1, 1)


def dist(input: Any, other: Any, p: float = 2) -> Tensor:
    """The norm of the difference; shapes broadcast.

    >>> sg.dist(sg.tensor([3.0, 0.0]), sg.tensor([0.0, 4.0]))
    tensor(5.)
    """
    return matrices.vector_norm(call("subtract", input, other), p)


@either_name
def trapezoid(y: Any, x: Any = None, *, dx: float = 1, dim: int = -1) -> Tensor:
    """The integral of samples along an axis, by trapezoids.

    Takes   x: where the samples were taken; without it they are dx apart.

    >>> sg.trapezoid(sg.tensor([1.0, 3.0, 5.0]))
    tensor(6.)
    """
    strips, axis = _strips(y, x, dx, dim)
    total = call("sum", strips, axis=axis)
    return call("divide", total, 2)  # type: ignore[no-any-return]


def _strips(y: Any, x: Any, dx: float, dim: int) -> tuple[Any, int]:
    """Twice the area between neighbours, and the axis along which they are."""
    axis = axis_of(dim, len(shape_of(y)))
    later, earlier = (entries_at(y, axis, s) for s in (slice(1, None), slice(None, -1)))
    heights = call("add", later, earlier)
    if x is None:
        steps: Any = dx
    else:
        steps = statistics.diff(x, dim=axis if len(shape_of(x)) > 1 else -1)
        if len(shape_of(x)) == 1:
            rest = len(shape_of(y)) - 1 - axis
            steps = call("reshape", steps, shape=(shape_of(steps)[0], *(1,) * rest))
    return call("multiply", heights, steps), axis


@either_name
def cumulative_trapezoid(y: Any, x: Any = None, *, dx: float = 1, dim: int = -1) -> Tensor:
    """The integral of samples along an axis so far, by trapezoids.

    >>> sg.cumulative_trapezoid(sg.tensor([1.0, 3.0, 5.0]))
    tensor([2., 6.])
    """
    strips, axis = _strips(y, x, dx, dim)
    return call("divide", call("cumsum", strips, axis=axis), 2)  # type: ignore[no-any-return]


def logdet(input: Any) -> Tensor:
    """The logarithm of the determinant of square matrices; NaN where that is negative.

    >>> sg.logdet(sg.tensor([[2.0, 0.0], [0.0, 3.0]]))
    tensor(1.7918)
    """
    sign, size = call("slogdet", input)
    return call("where", call("less", sign, 0), math.nan, size)  # type: ignore[no-any-return]
