"""Spread, sums and products along axes, in the standard's words; ``array_namespace`` lists them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symgrad.errors import AxisError, DtypeError, ShapeError, compose, user_position
from symgrad.grammar.primitive import REGISTRY
from symgrad.tracing import statistics
from symgrad.tracing.array_dialect import check_operands, is_plain, named_dtype, native
from symgrad.tracing.calling import axes_of, call, shape_of
from symgrad.tracing.conversion import to
from symgrad.tracing.dtypes import axis_of
from symgrad.tracing.parts import conjugated
from symgrad.tracing.tensor import Tensor


def spread(name: str) -> Callable[..., Tensor]:
    """``std`` or ``var``: over n, unless a correction is taken off it."""
    finish = statistics.deviation if name == "std" else statistics.variance
    kind = "Standard deviation" if name == "std" else "Variance"

    def function(
        x: Any, /, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False
    ) -> Tensor:
        if not x.dtype.is_floating_point:
            raise DtypeError(
                compose(
                    f"{name} takes real floats; this is {x.dtype}.",
                    where=user_position(),
                    mend="xp.astype(x, xp.float32)",
                )
            )
        return statistics.spread(finish, x, axes_of(axis), keepdims, correction)  # type: ignore[no-any-return]

    function.__doc__ = f"""{kind} of all entries or over axes, over n less the correction.

    >>> sg.array_api.{name}(sg.tensor([1.0, 3.0]))
    tensor(1.)
    """
    return function


def cumulative_sum(
    x: Any,
    /,
    *,
    axis: int | None = None,
    dtype: Any = None,
    include_initial: bool = False,
) -> Tensor:
    """Sums of all entries so far along an axis, which only a vector may leave out.

    Takes   dtype: of the result; include_initial: start with a zero, one entry more.

    >>> sg.array_api.cumulative_sum(sg.tensor([1.0, 2.0]), include_initial=True)
    tensor([0., 1., 3.])
    """
    ndim = len(shape_of(x))
    if axis is None and ndim != 1:
        raise AxisError(
            compose(f"cumulative_sum: of {ndim} axes, say which: axis=0.", where=user_position())
        )
    at = axis_of(0 if axis is None else axis, ndim)
    if dtype is not None:
        x = to(x, dtype=dtype)
    if is_plain(REGISTRY["cumsum"], (x,)):
        kept = None if dtype is None else named_dtype(dtype)
        return native("cumulative_sum", x, axis=at, dtype=kept, include_initial=include_initial)  # type: ignore[no-any-return]
    total = call("cumsum", x, axis=at)
    if not include_initial:
        return total  # type: ignore[no-any-return]
    shape = shape_of(total)
    first = np.zeros((*shape[:at], 1, *shape[at + 1 :]), dtype=total.dtype)
    return call("concat", first, total, axis=at)  # type: ignore[no-any-return]


def diff(
    x: Any, /, *, axis: int = -1, n: int = 1, prepend: Any = None, append: Any = None
) -> Tensor:
    """Differences of neighbours along an axis, n times.

    >>> sg.array_api.diff(sg.tensor([1, 4, 9]))
    tensor([3, 5])
    """
    return statistics.diff(x, n, axis, prepend, append)


def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Tensor:
    """Dot products along an axis, the first conjugated where it is complex.

    >>> sg.array_api.vecdot(sg.tensor([1.0, 2.0]), sg.tensor([3.0, 4.0]))
    tensor(11.)
    """
    check_operands("vecdot", (x1, x2))
    n, m = len(shape_of(x1)), len(shape_of(x2))
    if not n or not m or axis >= 0:
        raise AxisError(
            compose(
                f"vecdot counts axes from the end, -1 to -{max(min(n, m), 1)}; axis is {axis}.",
                where=user_position(),
            )
        )
    first, second = axis_of(axis, n), axis_of(axis, m)
    if shape_of(x1)[first] != shape_of(x2)[second]:
        raise ShapeError(
            compose(
                "vecdot: the sizes along the axis differ.",
                [("x1", tuple(shape_of(x1))), ("x2", tuple(shape_of(x2)))],
                where=user_position(),
            )
        )
    if is_plain(REGISTRY["matmul"], (x1, x2)):
        return native("vecdot", x1, x2, axis=axis)  # type: ignore[no-any-return]
    return call("sum", call("multiply", conjugated(x1), x2), axis=axis)  # type: ignore[no-any-return]


def tensordot(x1: Any, x2: Any, /, *, axes: Any = 2) -> Tensor:
    """Products over several axes: the last of x1 with the first of x2, or those listed for each.

    >>> sg.array_api.tensordot(sg.tensor([1.0, 2.0]), sg.tensor([3.0, 4.0]), axes=1)
    tensor(11.)
    """
    return statistics.tensordot(x1, x2, axes)


SUMS: dict[str, Callable[..., Any]] = {
    f.__name__: f for f in (cumulative_sum, diff, vecdot, tensordot)
}
SUMS |= {name: spread(name) for name in ("std", "var")}
