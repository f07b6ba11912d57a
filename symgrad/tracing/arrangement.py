"""Functions that move entries about, in PyTorch's dialect; ``functions`` lists them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from symgrad.algebras.backends import is_size
from symgrad.errors import ShapeError
from symgrad.tracing import named_sizes
from symgrad.tracing.calling import call, either_name, entries_at, integers, shape_of
from symgrad.tracing.dtypes import axis_of
from symgrad.tracing.tensor import Tensor, known_size

# axes ---------------------------------------------------------------------------------------------


def transpose(input: Tensor, dim0: int | None = None, dim1: int | None = None) -> Tensor:
    """Swap two axes.

    >>> sg.transpose(sg.tensor([[1.0, 2.0]]), 0, 1)
    tensor([[1.],
            [2.]])
    """
    if dim0 is None or dim1 is None:
        raise TypeError(
            "transpose() takes two axes, dim0 and dim1, as in x.transpose(0, 1); x.T is the "
            "transpose of a matrix, and np.transpose(x) reverses all axes"
        )
    ndim = input.ndim
    axes = list(range(ndim))
    first, second = axis_of(dim0, ndim), axis_of(dim1, ndim)
    if axes:
        axes[first], axes[second] = axes[second], axes[first]
    return call("permute", input, axes=tuple(axes))  # type: ignore[no-any-return]


def t(input: Tensor) -> Tensor:
    """The transpose of a matrix; a vector stays.

    >>> sg.t(sg.tensor([[1.0, 2.0]])).shape
    symgrad.Size([2, 1])
    """
    if input.ndim > 2:
        raise ShapeError(f"t() expects a tensor with <= 2 dimensions, but self is {input.ndim}D")
    if input.ndim < 2:
        return call("permute", input, axes=tuple(range(input.ndim)))  # type: ignore[no-any-return]
    return transpose(input, 0, 1)


def moveaxis(input: Tensor, source: Any, destination: Any) -> Tensor:
    """Move axes to other places; the rest keep their order.

    >>> sg.moveaxis(sg.zeros(2, 3, 4), 0, -1).shape
    symgrad.Size([3, 4, 2])
    """
    ndim = input.ndim
    old = [axis_of(a, ndim) for a in _several(source)]
    new = [axis_of(a, ndim) for a in _several(destination)]
    if len(old) != len(new) or len(set(old)) < len(old) or len(set(new)) < len(new):
        raise ShapeError(
            f"moveaxis(): source {source} and destination {destination} must name as many axes, "
            f"each once"
        )
    order = [a for a in range(ndim) if a not in old]
    old, new = (old, new) if ndim else ([], [])
    for place, axis in sorted(zip(new, old, strict=True)):
        order.insert(place, axis)
    return call("permute", input, axes=tuple(order))  # type: ignore[no-any-return]


def _several(axes: Any) -> tuple[int, ...]:
    return tuple(axes) if isinstance(axes, (tuple, list)) else (axes,)


# shapes -------------------------------------------------------------------------------------------


def expand(input: Tensor, *sizes: Any) -> Tensor:
    """Broadcast to sizes, where -1 keeps an axis as it is.

    >>> sg.expand(sg.tensor([[1.0], [2.0]]), -1, 2)
    tensor([[1., 1.],
            [2., 2.]])
    """
    wanted = _apart(sizes)
    lead = len(wanted) - input.ndim
    shape = tuple(
        input._value.shape[i - lead] if n == -1 and i >= lead else n for i, n in enumerate(wanted)
    )
    return call("broadcast_to", input, shape=shape)  # type: ignore[no-any-return]


def _apart(sizes: tuple[Any, ...]) -> tuple[int, ...]:
    """Sizes given apart, as in ``x.tile(2, 3)``, or as one sequence."""
    return tuple(sizes[0]) if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)) else sizes


def view_as(input: Tensor, other: Tensor) -> Tensor:
    """Reshape as another tensor is shaped.

    >>> sg.view_as(sg.tensor([1.0, 2.0]), sg.zeros(2, 1)).shape
    symgrad.Size([2, 1])
    """
    return call("reshape", input, shape=tuple(other.shape))  # type: ignore[no-any-return]


def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """Merge neighbouring axes into one.

    Raises  ShapeError where start_dim comes after end_dim.

    >>> sg.flatten(sg.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([1., 2., 3., 4.])
    """
    shape = shape_of(input)
    first, last = axis_of(start_dim, len(shape)), axis_of(end_dim, len(shape))
    if first > last:
        raise ShapeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if first == last and shape:
        return input
    merged = math.prod(shape[first : last + 1])
    return call("reshape", input, shape=(*shape[:first], merged, *shape[last + 1 :]))  # type: ignore[no-any-return]


def ravel(input: Tensor) -> Tensor:
    """All entries along one axis.

    >>> sg.ravel(sg.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([1., 2., 3., 4.])
    """
    return call("reshape", input, shape=(math.prod(shape_of(input)),))  # type: ignore[no-any-return]


@either_name
def squeeze(input: Tensor, dim: Any = None) -> Tensor:
    """Drop axes of size 1: all of them, or those named that have it.

    >>> sg.squeeze(sg.zeros(1, 2, 1)).shape
    symgrad.Size([2])
    """
    shape = tuple(input.shape)
    named = range(len(shape)) if dim is None else _several(dim)
    gone = tuple(a for a in (axis_of(d, len(shape)) for d in named) if shape and shape[a] == 1)
    return call("squeeze", input, axis=gone)  # type: ignore[no-any-return]


def at_least(ndim: int, x: Any) -> Any:
    """``x`` with new axes in front, NumPy's way, until it has ``ndim``."""
    shape = shape_of(x)
    if len(shape) >= ndim:
        return x
    if ndim == 3 and len(shape) in (1, 2):  # a row stays one: the third axis comes last
        return call("reshape", x, shape=(*(1,) * (2 - len(shape)), *shape, 1))
    return call("reshape", x, shape=(1,) * (ndim - len(shape)) + shape)


def atleast_1d(*tensors: Any) -> Any:
    """Tensors with at least one axis; several give a tuple.

    >>> sg.atleast_1d(sg.tensor(2.0))
    tensor([2.])
    """
    return _each(1, tensors)


def atleast_2d(*tensors: Any) -> Any:
    """Tensors with at least two axes, new ones in front; several give a tuple.

    >>> sg.atleast_2d(sg.tensor([2.0, 3.0]))
    tensor([[2., 3.]])
    """
    return _each(2, tensors)


def _each(ndim: int, tensors: tuple[Any, ...]) -> Any:
    several = len(tensors) > 1 or isinstance(tensors[0], (tuple, list))
    listed = tensors if len(tensors) > 1 else tensors[0] if several else tensors
    made = tuple(at_least(ndim, x) for x in listed)
    return made if several else made[0]


# joined and parted --------------------------------------------------------------------------------


def hstack(tensors: Sequence[Any]) -> Tensor:
    """Join tensors side by side: along the second axis, vectors along their only one.

    >>> sg.hstack([sg.tensor([1.0]), sg.tensor([2.0, 3.0])])
    tensor([1., 2., 3.])
    """
    made = [at_least(1, x) for x in tensors]
    return call("concat", *made, axis=0 if made and len(shape_of(made[0])) == 1 else 1)  # type: ignore[no-any-return]


def vstack(tensors: Sequence[Any]) -> Tensor:
    """Join tensors on top of each other; a vector is a row.

    >>> sg.vstack([sg.tensor([1.0, 2.0]), sg.tensor([3.0, 4.0])])
    tensor([[1., 2.],
            [3., 4.]])
    """
    return call("concat", *(at_least(2, x) for x in tensors), axis=0)  # type: ignore[no-any-return]


def column_stack(tensors: Sequence[Any]) -> Tensor:
    """Join vectors as the columns of a matrix, and matrices side by side.

    >>> sg.column_stack([sg.tensor([1.0, 2.0]), sg.tensor([3.0, 4.0])])
    tensor([[1., 3.],
            [2., 4.]])
    """
    made = [
        call("reshape", x, shape=(math.prod(shape_of(x)), 1)) if len(shape_of(x)) < 2 else x
        for x in tensors
    ]
    return call("concat", *made, axis=1)  # type: ignore[no-any-return]


@either_name
def split(input: Tensor, split_size_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Cut along an axis into parts of one size (the last may be smaller), or of the sizes listed.

    Raises  ShapeError where the sizes do not add up.

    >>> sg.split(sg.tensor([1.0, 2.0, 3.0]), 2)
    (tensor([1., 2.]), tensor([3.]))
    """
    if not input.ndim:
        raise ShapeError("split() and chunk() expect at least a 1-dimensional tensor")
    axis = axis_of(dim, input.ndim)
    n, wanted = shape_of(input)[axis], split_size_or_sections
    if not isinstance(n, int) or is_size(wanted):
        return _parts(input, axis, named_sizes.cuts_of(input, axis, wanted))
    if isinstance(wanted, int):
        if wanted < 1:
            raise ShapeError(f"split(): a part has 1 entry or more, not {wanted}")
        cuts = list(range(0, n, wanted)) or [0]
        return _parts(input, axis, [*cuts, n])
    if sum(wanted) != n or min(wanted, default=0) < 0:
        raise ShapeError(
            f"split() expects sizes that add up to {n} (the size of axis {dim}), "
            f"but got {list(wanted)}"
        )
    return _parts(input, axis, [0, *np.cumsum(wanted).tolist()])


def _parts(x: Any, axis: int, cuts: Sequence[int]) -> tuple[Tensor, ...]:
    return tuple(entries_at(x, axis, slice(a, b)) for a, b in pairwise(cuts))


@either_name
def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """Cut along an axis into so many parts of one size, the last smaller, or fewer parts.

    >>> sg.chunk(sg.tensor([1.0, 2.0, 3.0]), 2)
    (tensor([1., 2.]), tensor([3.]))
    """
    if chunks < 1:
        raise ShapeError(f"chunk() expects a number of chunks of 1 or more, not {chunks}")
    axis = axis_of(dim, input.ndim)
    n = shape_of(input)[axis] if input.ndim else 1
    if not isinstance(n, int):
        whole = (n / chunks).is_integer
        return split(input, n / chunks if whole else known_size(input, axis, "chunk()"), dim)
    return split(input, max(-(-n // chunks), 1), dim)


# repeated and picked ------------------------------------------------------------------------------


def tile(input: Tensor, *dims: Any) -> Tensor:
    """The whole tensor so many times along each axis.

    >>> sg.tile(sg.tensor([1.0, 2.0]), 2)
    tensor([1., 2., 1., 2.])
    """
    times, shape = _apart(dims), shape_of(input)
    ndim = max(len(times), len(shape))
    times = (1,) * (ndim - len(times)) + times
    shape = (1,) * (ndim - len(shape)) + shape
    pairs = list(zip(times, shape, strict=True))
    if all(type(k) is int and k == 1 for k in times):
        return call("clone", call("reshape", input, shape=shape))  # type: ignore[no-any-return]
    spread = call("reshape", input, shape=tuple(m for n in shape for m in (1, n)))
    full = call("broadcast_to", spread, shape=tuple(m for pair in pairs for m in pair))
    return call("reshape", full, shape=tuple(k * n for k, n in pairs))  # type: ignore[no-any-return]


@either_name
def repeat_interleave(input: Tensor, repeats: Any, dim: int | None = None) -> Tensor:
    """Each entry so many times in a row, along an axis or of all entries.

    >>> sg.repeat_interleave(sg.tensor([1.0, 2.0]), 2)
    tensor([1., 1., 2., 2.])
    """
    if dim is None:
        input, dim = ravel(input), 0
    axis = axis_of(dim, len(shape_of(input)))
    shape = shape_of(input)
    if not isinstance(shape[axis], int) or is_size(repeats):
        return named_sizes.each_repeated(input, axis, repeats)
    times = repeats if isinstance(repeats, int) else integers(repeats)
    try:
        places = np.repeat(np.arange(shape_of(input)[axis]), times)
    except ValueError as error:
        raise ShapeError(f"repeat_interleave(): {error}") from error
    return entries_at(input, axis, places)  # type: ignore[no-any-return]


def roll(input: Tensor, shifts: Any, dims: Any = None) -> Tensor:
    """Entries moved on by so many places along axes; what leaves at the end enters in front.

    >>> sg.roll(sg.tensor([1.0, 2.0, 3.0]), 1)
    tensor([3., 1., 2.])
    """
    if dims is None:
        return view_as(roll(ravel(input), sum(_several(shifts)), 0), input)
    steps, axes, given = _several(shifts), _several(dims), input
    if len(steps) != len(axes):
        raise ShapeError(f"roll(): {len(steps)} shifts for {len(axes)} dims; give one for each")
    for step, dim in zip(steps, axes, strict=True):
        axis = axis_of(dim, input.ndim)
        n = shape_of(input)[axis]
        whole = isinstance(n, int) and not is_size(step)
        first = (n - step % n if n else 0) if whole else named_sizes.first_rolled(step, n)
        if first not in (0, n):
            end, start = slice(first, None), slice(None, first)
            parts = entries_at(input, axis, end), entries_at(input, axis, start)
            input = call("concat", *parts, axis=axis)
    return input if input is not given else call("clone", input)


# diagonals and triangles: gathered and written by integers, so that formulas show exact zeros -----


def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """A matrix with the entries of a vector on a diagonal, or the diagonal of a matrix.

    >>> sg.diag(sg.tensor([1.0, 2.0]))
    tensor([[1., 0.],
            [0., 2.]])
    """
    if input.ndim == 2:
        # A copy, as PyTorch's: sg.diagonal is the view.
        return call("clone", call("diagonal", input, offset=diagonal))  # type: ignore[no-any-return]
    if input.ndim != 1:
        raise ShapeError(f"diag() takes a vector or a matrix, not {input.ndim} axes")
    if not isinstance(shape_of(input)[0], int):
        return named_sizes.diagonal_matrix(input, diagonal)
    places = np.arange(shape_of(input)[0])
    size = len(places) + abs(diagonal)
    index = (places + max(-diagonal, 0), places + max(diagonal, 0))
    return call("index_add", input, index=index, shape=(size, size))  # type: ignore[no-any-return]


def tril(input: Tensor, diagonal: int = 0) -> Tensor:
    """The lower triangle of matrices, zeros above the diagonal.

    >>> sg.tril(sg.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([[1., 0.],
            [3., 4.]])
    """
    n, m = _matrix(input, "tril")
    if not isinstance(n, int) or not isinstance(m, int):
        return named_sizes.triangle(input, n, m, diagonal, "less_equal")
    rows = np.tri(n, m, diagonal, dtype=bool)
    return _triangle(input, rows)


def triu(input: Tensor, diagonal: int = 0) -> Tensor:
    """The upper triangle of matrices, zeros below the diagonal.

    >>> sg.triu(sg.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([[1., 2.],
            [0., 4.]])
    """
    n, m = _matrix(input, "triu")
    if not isinstance(n, int) or not isinstance(m, int):
        return named_sizes.triangle(input, n, m, diagonal, "greater_equal")
    rows = ~np.tri(n, m, diagonal - 1, dtype=bool)
    return _triangle(input, rows)


def _matrix(x: Any, name: str) -> tuple[int, int]:
    if len(shape_of(x)) < 2:
        raise ShapeError(f"{name}() takes a matrix, or several: {shape_of(x)} has too few axes")
    n, m = shape_of(x)[-2:]
    return n, m


def _triangle(x: Any, kept: Any) -> Tensor:
    index = (Ellipsis, *np.nonzero(kept))
    return call("index_add", call("getitem", x, index=index), index=index, shape=shape_of(x))  # type: ignore[no-any-return]
