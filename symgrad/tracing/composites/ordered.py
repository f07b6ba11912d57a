"""Order statistics, in PyTorch's dialect; ``functions`` lists them.

Values picked by order have the gradient of the entry that was picked; places are path, without one.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from symgrad.algebras.devices import to_host
from symgrad.errors import AxisError, DtypeError, ShapeError, refusal
from symgrad.tracing.arrangement import ravel, squeeze
from symgrad.tracing.calling import (
    axes_of,
    beside,
    call,
    dtype_name,
    either_name,
    entries_at,
    shape_of,
)
from symgrad.tracing.choices import argsort
from symgrad.tracing.choices import place as largest_place
from symgrad.tracing.devices import device_of, place
from symgrad.tracing.dtypes import axis_of, is_floating
from symgrad.tracing.looping import is_many, looped
from symgrad.tracing.results import RESULTS
from symgrad.tracing.tensor import Tensor, known_size, wrap
from symgrad.tracing.traced import raw


@either_name
def topk(input: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    """The k largest (or smallest) entries along an axis, in order, and their places.

    Raises  ShapeError for a k outside the axis.

    >>> sg.topk(sg.tensor([1.0, 3.0, 2.0]), 2).indices
    tensor([1, 2])
    """
    shape = shape_of(input)
    axis = axis_of(dim, len(shape))
    n = known_size(input, axis, "topk()") if shape else 1
    if not 0 <= k <= n:
        raise refusal(ShapeError, "selected index k out of range")
    places = argsort(input, dim, largest)
    return _picked("topk", input, axis, entries_at(places, axis, slice(k)) if shape else places)


def _picked(name: str, input: Any, axis: int, places: Tensor) -> Any:
    if not shape_of(input):
        return RESULTS[name](call("clone", input), places)
    values = call("take_along_axis", input, index=places._value, axis=axis)
    return RESULTS[name](values, places)


@either_name
def kthvalue(input: Any, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    """The k-th smallest entry along an axis, and its place.

    Raises  ShapeError for a k outside the axis.

    >>> sg.kthvalue(sg.tensor([1.0, 3.0, 2.0]), 2).values
    tensor(2.)
    """
    shape = shape_of(input)
    axis = axis_of(dim, len(shape))
    n = known_size(input, axis, "kthvalue()") if shape else 1
    if not n:
        raise refusal(
            AxisError, f"kthvalue(): Expected reduction dim {axis} to have non-zero size."
        )
    if not 1 <= k <= n:
        raise refusal(ShapeError, "kthvalue(): selected number k out of range for dimension")
    return _one("kthvalue", input, axis, k - 1, keepdim)


def _one(name: str, input: Any, axis: int, rank: int, keepdim: bool) -> Any:
    places = argsort(input, axis if shape_of(input) else -1)
    if shape_of(input):
        places = entries_at(places, axis, slice(rank, rank + 1))
    values, places = _picked(name, input, axis, places)
    if keepdim or not shape_of(input):
        return RESULTS[name](values, places)
    return RESULTS[name](squeeze(values, axis), squeeze(places, axis))


#: The place of the largest entry, the first of several.
_FIRST = largest_place("argmax")


@either_name
def median(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The middle entry, the lower of two: of all entries, or along an axis with its place.

    Limits  NaN stands for the largest number, and wins: a line that has one gives it.

    >>> sg.median(sg.tensor([1.0, 4.0, 2.0, 3.0]))
    tensor(2.)
    """
    if dim is None:
        flat = ravel(input)
        n = known_size(flat, 0, "median()")
        if not n:
            return beside(np.full((), np.nan, dtype=dtype_name(input)), input)
        return median(flat, 0).values
    axis = axis_of(dim, len(shape_of(input)))
    n = known_size(input, axis, "median()") if shape_of(input) else 1
    if not n:
        raise refusal(AxisError, f"median(): Expected reduction dim {axis} to have non-zero size.")
    found = _one("median", input, axis, (n - 1) // 2, True)
    last = _one("median", input, axis, n - 1, True)
    missing = call("isnan", last.values)
    if _may_hold(missing):
        first = _FIRST(call("isnan", input).long(), axis, keepdim=True)
        found = _picked("median", input, axis, call("where", missing, first, found.indices))
    if keepdim or not shape_of(input):
        return found
    return RESULTS["median"](squeeze(found.values, axis), squeeze(found.indices, axis))


def _may_hold(truths: Tensor) -> bool:
    """Whether some truth holds; it may where they stand for many inputs."""
    return is_many(truths) or bool(np.any(to_host(truths._value)))


@either_name
def quantile(
    input: Any, q: Any, dim: int | None = None, keepdim: bool = False, *,
    interpolation: str = "linear",
) -> Tensor:  # fmt: skip
    """The entry below which the share q of all entries lies, between two of them on a line.

    Takes   q: a number in [0, 1], or a vector of them, which then is the first axis of the result;
            interpolation: "linear", "lower", "higher", "midpoint" or "nearest".
    Raises  ShapeError for a q outside [0, 1] or no entries, DtypeError for integers.

    >>> sg.quantile(sg.tensor([1.0, 2.0, 4.0]), 0.75)
    tensor(3.)
    """
    if not is_floating(raw(input)):
        raise refusal(DtypeError, "quantile() input tensor must be either float or double dtype")
    if is_many(q):

        def each(x: Any, share: Any) -> Any:
            return quantile(x, share, dim, keepdim, interpolation=interpolation)

        return looped("quantile by shares that differ", each, input, q, flows=True)  # type: ignore[no-any-return]
    shares = np.asarray(to_host(raw(q)), dtype=np.float64)
    if shares.ndim > 1 or np.any((shares < 0) | (shares > 1)):
        raise refusal(ShapeError, "quantile() q values must be in the range [0, 1]")
    if interpolation not in _BETWEEN:
        raise refusal(
            ShapeError, f"quantile() interpolation must be one of {', '.join(_BETWEEN)}, "
            f"not {interpolation!r}")  # fmt: skip
    held, axis = (ravel(input), 0) if dim is None else (input, axis_of(dim, len(shape_of(input))))
    n = known_size(held, axis, "quantile()") if shape_of(held) else 1
    if not n:
        raise refusal(ShapeError, "quantile() input tensor must be non-empty")
    ndim = len(shape_of(input))
    parts = [_share(held, axis, float(s) * (n - 1), interpolation) for s in shares.reshape(-1)]
    if keepdim:
        wanted = [1] * ndim if dim is None else [*shape_of(input)]
        wanted[axis : axis + 1] = [1] if ndim else []
        parts = [call("reshape", p, shape=tuple(wanted)) for p in parts]
    return call("stack", *parts, axis=0) if shares.ndim else parts[0]  # type: ignore[no-any-return]


#: How a place between two entries is read: by a whole place, or the share of the upper one.
_BETWEEN: dict[str, Any] = {
    "linear": None, "lower": math.floor, "higher": math.ceil, "midpoint": None, "nearest": round,
}  # fmt: skip


def _share(input: Any, axis: int, spot: float, how: str) -> Any:
    """The entry at a place between 0 and n - 1 of the sorted line."""
    ordered = call("sort_values", input, axis=axis, descending=False) if shape_of(input) else input
    ordered = ordered if shape_of(ordered) else call("reshape", ordered, shape=(1,))
    if _BETWEEN[how] is not None:
        found = entries_at(ordered, axis, int(_BETWEEN[how](spot)))
    else:
        low = entries_at(ordered, axis, math.floor(spot))
        part = spot - math.floor(spot) if how == "linear" else 0.5
        if spot == math.floor(spot):
            found = low
        else:
            high = entries_at(ordered, axis, math.ceil(spot))
            found = low + part * (high - low)
    largest = entries_at(ordered, axis, shape_of(ordered)[axis] - 1)
    missing = call("isnan", largest)
    return call("where", missing, largest, found) if _may_hold(missing) else found


def msort(input: Any) -> Tensor:
    """Sorted along the first axis.

    >>> sg.msort(sg.tensor([3.0, 1.0, 2.0]))
    tensor([1., 2., 3.])
    """
    return call("sort_values", input, axis=0, descending=False)  # type: ignore[no-any-return]


@either_name
def aminmax(input: Any, *, dim: int | None = None, keepdim: bool = False) -> Any:
    """The smallest and the largest entry, of all or along an axis; ties share the gradient.

    >>> sg.aminmax(sg.tensor([1.0, 3.0, 2.0])).max
    tensor(3.)
    """
    if dim is not None:
        axis = axis_of(dim, len(shape_of(input)))
        dim = axis if shape_of(input) else None
    least, most = (call(w, input, axis=dim, keepdims=keepdim) for w in ("min", "max"))
    return RESULTS["aminmax"](least, most)


def _running(name: str, compare: Any) -> Any:
    def function(input: Any, dim: int) -> Any:
        axis = axis_of(dim, len(shape_of(input)))
        return _picked(name, input, axis, places_of(input, axis))

    def places_of(input: Any, axis: int) -> Tensor:
        if is_many(input):  # places of one input at a time; values are picked of all at once
            return looped(name, lambda x: places_of(x, axis), input)  # type: ignore[no-any-return]
        value = np.moveaxis(np.atleast_1d(to_host(raw(input))), axis, 0)
        places = np.zeros(value.shape, dtype=np.int64)
        best = value[:1].copy()
        for i in range(1, len(value)):
            newer = compare(value[i], best[0]) | (value[i] != value[i])
            best[0] = np.where(newer, value[i], best[0])
            places[i] = np.where(newer, i, places[i - 1])
        held = np.moveaxis(places, 0, axis).reshape(shape_of(input))
        return wrap(place(held, device_of(raw(input))))

    function.__name__ = function.__qualname__ = name
    most = "largest" if name == "cummax" else "smallest"
    function.__doc__ = f"""The {most} entry so far along an axis, and its place; of ties the last.

    >>> sg.{name}(sg.tensor([2.0, 2.0]), 0).indices
    tensor([0, 1])
    """
    return either_name(function)


cummax, cummin = _running("cummax", np.greater_equal), _running("cummin", np.less_equal)


@either_name
def count_nonzero(input: Any, dim: Any = None) -> Tensor:
    """How many entries are not zero, of all or over axes; no gradient.

    >>> sg.count_nonzero(sg.tensor([0.0, 1.0, 2.0]))
    tensor(2)
    """
    axis = axes_of(dim)
    there = input if dtype_name(input) == "bool" else call("not_equal", input, 0)
    return call("sum", there.long(), axis=axis)  # type: ignore[no-any-return]
