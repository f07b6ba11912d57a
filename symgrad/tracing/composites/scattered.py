"""Entries scattered along an axis, and parts replaced, in PyTorch's dialect."""

from __future__ import annotations

from typing import Any

import numpy as np

from symgrad.algebras.backends import is_batched
from symgrad.algebras.devices import to_host
from symgrad.errors import ShapeError, refusal
from symgrad.tracing.calling import beside, call, dtype_name, either_name, shape_of
from symgrad.tracing.composites.indexed import fits, last_put, places_of
from symgrad.tracing.dtypes import axis_of
from symgrad.tracing.tensor import Tensor


def _mesh(shape: tuple[int, ...], axis: int, places: Any) -> tuple[Any, ...]:
    """The index that puts an entry at its own place along every axis but one."""
    grid: list[Any] = list(np.ogrid[tuple(slice(n) for n in shape)])
    grid[axis] = places
    return tuple(grid)


def _scattered(name: str, input: Any, dim: int, index: Any, src: Any) -> tuple[Any, Any]:
    """The index of a scatter, and the part of its source that is written."""
    shape, axis = shape_of(input), axis_of(dim, len(shape_of(input)))
    places = places_of(name, index, (shape or (1,))[axis])
    places = places if is_batched(places) else to_host(places)
    if not shape:
        return (), src
    if places.ndim != len(shape):
        what = "Index tensor must have the same number of dimensions as self tensor"
        raise refusal(ShapeError, what, ("self", shape), ("index", places.shape))
    fits(name, places.shape, shape, axis)
    if isinstance(src, Tensor) and shape_of(src):
        fits(name, places.shape, shape_of(src), None)
        if places.shape != shape_of(src):
            src = call("getitem", src, index=tuple(map(slice, places.shape)))
    return _mesh(places.shape, axis, places), src


@either_name
def scatter(
    input: Any, dim: int, index: Any, src: Any = None, *, value: Any = None, reduce: Any = None
) -> Tensor:
    """``input`` with entries of ``src`` (or one number) at places along an axis.

    Takes   index: one place for each entry that is written; of two at one place the last stays;
            reduce: "add" adds instead.
    Raises  ShapeError for shapes that do not fit, AxisError for a place outside the axis.

    >>> sg.scatter(sg.zeros(2, 2), 1, sg.tensor([[1], [0]]), sg.tensor([[5.0], [6.0]]))
    tensor([[0., 5.],
            [6., 0.]])
    """
    given = src if value is None else value
    if given is None:
        raise TypeError("scatter() takes src, a tensor, or value, a number")
    if reduce not in (None, "add"):
        raise refusal(ShapeError, f"reduce argument must be add here, not {reduce!r}")
    at, part = _scattered("scatter", input, dim, index, given)
    if not isinstance(part, Tensor) or not shape_of(part):
        shape = np.broadcast_shapes(*(np.shape(i) for i in at))
        if not isinstance(part, Tensor):
            part = beside(np.asarray(part, dtype_name(input)), input)
        part = call("broadcast_to", part, shape=shape)
    if reduce == "add":
        return call("add", input, call("index_add", part, index=at, shape=shape_of(input)))  # type: ignore[no-any-return]
    return last_put(input, at, part)


@either_name
def scatter_add(input: Any, dim: int, index: Any, src: Any) -> Tensor:
    """``input`` plus entries of ``src`` at places along an axis; two at one place add up.

    >>> sg.scatter_add(sg.ones(3), 0, sg.tensor([0, 0]), sg.tensor([1.0, 2.0]))
    tensor([4., 1., 1.])
    """
    at, part = _scattered("scatter_add", input, dim, index, src)
    return call("add", input, call("index_add", part, index=at, shape=shape_of(input)))  # type: ignore[no-any-return]


# a part written -----------------------------------------------------------------------------------


@either_name
def select_scatter(input: Any, src: Any, dim: int, index: int) -> Tensor:
    """``input`` with ``src`` at one place along an axis.

    >>> sg.select_scatter(sg.zeros(2, 2), sg.tensor([1.0, 2.0]), 0, 1)
    tensor([[0., 0.],
            [1., 2.]])
    """
    return _replaced("select_scatter", input, src, dim, index)


@either_name
def slice_scatter(
    input: Any, src: Any, dim: int = 0, start: Any = None, end: Any = None, step: int = 1
) -> Tensor:
    """``input`` with ``src`` in a slice along an axis.

    >>> sg.slice_scatter(sg.zeros(3), sg.tensor([1.0, 2.0]), 0, 1)
    tensor([0., 1., 2.])
    """
    return _replaced("slice_scatter", input, src, dim, slice(start, end, step))


def _replaced(name: str, input: Any, src: Any, dim: int, part: Any) -> Tensor:
    axis = axis_of(dim, len(shape_of(input)))
    at = (*(slice(None),) * axis, part)
    wanted = shape_of(call("getitem", input, index=at))
    if shape_of(src) != wanted:
        what = f"{name}: expected src to have a size equal to the slice of self"
        raise refusal(ShapeError, what, ("src", shape_of(src)), ("slice", wanted))
    return call("put", input, src, index=at)  # type: ignore[no-any-return]
