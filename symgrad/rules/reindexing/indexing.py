"""Entries named by integers, slices and masks, and their adjoints; imports the grammar only."""

from __future__ import annotations

from typing import Any

from symgrad.errors import AxisError, ShapeError
from symgrad.grammar.domain import case, reals
from symgrad.grammar.kind import broadcast_shape
from symgrad.grammar.plan import conform
from symgrad.grammar.primitive import reindexing
from symgrad.rules.reindexing.layout import front_axis

__all__ = ["diagonal", "getitem", "index_add", "put_add_along_axis", "take_along_axis"]


def _span(part: slice, n: Any) -> Any:
    """How many entries a slice of ``n`` has; a symbolic ``n`` is taken as large enough."""
    if isinstance(n, int):
        return len(range(*part.indices(n)))
    step = 1 if part.step is None else part.step
    if step < 0:
        if part.start is None and part.stop is None:
            return (n - step - 1) // -step
        raise ShapeError("a slice that runs backward needs a size that is a number")
    start = 0 if part.start is None else part.start
    stop = n if part.stop is None else part.stop
    start = n + start if isinstance(start, int) and start < 0 else start
    stop = n + stop if isinstance(stop, int) and stop < 0 else stop
    return stop - start if step == 1 else (stop - start + step - 1) // step


def _sizes_of(index: Any) -> tuple[int, ...]:
    """The shape of an index that is an array, or nested lists."""
    if isinstance(index, list):
        return (len(index), *(_sizes_of(index[0]) if index else ()))
    return tuple(getattr(index, "shape", ()))


def _is_mask(part: Any) -> bool:
    return isinstance(part, bool) or str(getattr(part, "dtype", "")).endswith("bool")


def _indexed_shape(shape: Any, index: Any) -> tuple[Any, ...]:
    """The shape of ``x[index]``, by NumPy's rules."""
    parts = list(index) if isinstance(index, tuple) else [index]
    free = len(shape) - sum(_axes_taken(p) for p in parts)
    if free < 0:
        raise AxisError(f"too many indices: {len(shape) - free} for an array of {len(shape)} axes")
    if not any(p is Ellipsis for p in parts):
        parts.append(Ellipsis)
    gathers = any(hasattr(p, "shape") or isinstance(p, (bool, list)) for p in parts)
    out: list[Any] = []
    gathered: list[tuple[int, ...]] = []
    spots: list[tuple[int, int]] = []
    axis = 0
    for i, part in enumerate(parts):
        if part is None:
            out.append(1)
        elif part is Ellipsis:
            out += shape[axis : axis + free]
            axis += free
        elif isinstance(part, slice):
            out.append(_span(part, shape[axis]))
        elif gathers:
            spots.append((i, len(out)))
            gathered.append(_gathered(part))
        axis += _axes_taken(part)
    if spots:
        # Integer arrays that anything else parts, an empty ellipsis too, put their axes in front.
        together = spots[-1][0] - spots[0][0] == len(spots) - 1
        where = spots[0][1] if together else 0
        out[where:where] = broadcast_shape(*gathered)
    return tuple(out)


def _indexed_name(params: Any, shapes: Any) -> str:
    """PyTorch's name: it takes an index apart, from left to right, and the last part names it."""
    index = params["index"]
    parts = index if isinstance(index, tuple) else (index,)
    if any(getattr(p, "shape", ()) or isinstance(p, (bool, list)) for p in parts):
        return "IndexBackward0"
    if isinstance(index, slice):
        return "SliceBackward0"
    found = "AliasBackward0"
    for part in parts:
        if part is None:
            found = "UnsqueezeBackward0"
        elif isinstance(part, int) or hasattr(part, "shape"):
            found = "SelectBackward0"
        elif isinstance(part, slice) and part != slice(None):
            found = "SliceBackward0"
    return found


def _has_mask(index: Any) -> bool:
    return any(map(_is_mask, index if isinstance(index, tuple) else (index,)))


def _gathered(part: Any) -> tuple[int, ...]:
    if isinstance(part, bool):
        return (int(part),)
    if _is_mask(part):
        return (int(part.sum()),)
    return _sizes_of(part)


def _axes_taken(part: Any) -> int:
    if part is None or part is Ellipsis or isinstance(part, bool):
        return 0
    return len(part.shape) if _is_mask(part) else 1


@reindexing(
    view=True,
    selects=lambda params: _has_mask(params["index"]),
    domain=reals,
    integers=True,
    grad_fn=_indexed_name,
    inner=True,
    cases=(
        case((2, 3), index=0),
        case((2, 3), index=(slice(None), -1)),
        case((4, 3), index=slice(1, None, 2)),
        case((2, 3), index=(Ellipsis, None, slice(0, 2))),
        case((5,), index=slice(None, None, -1)),
        case((4, 3), index=[2, 0, 2]),
        case((), index=()),
        case((0, 3), index=(slice(None), 1)),
    ),
)
def getitem(xp: Any, x: Any, *, index: Any) -> Any:
    r"""The entries that an index names, ``x[index]``.

    Takes   x: array; index: integers, slices, None, ..., integer arrays (or lists), boolean masks,
            or a tuple of them.
    Gives   an array of x's dtype, shaped as NumPy shapes it.
    Source  the definition; the adjoint adds into zeros, so that an entry named twice counts twice.

    >>> from symgrad.rules.reindexing.indexing import getitem
    >>> getitem(sg.tensor([1.0, 2.0, 3.0]), index=slice(1, None))
    tensor([2., 3.])
    """
    return xp.getitem(x, index=index)


@getitem.adjoint("x")
def _(xp: Any, g: Any, index: Any, shapes: Any) -> Any:
    return xp.index_add(g, index=index, shape=shapes[0])


@getitem.write
def _(xp: Any, x: Any, v: Any, *, index: Any) -> Any:
    return xp.put(x, v, index=index)


@getitem.shape
def _(index: Any, shapes: Any) -> Any:
    return _indexed_shape(shapes[0], index)


@reindexing(
    domain=reals,
    integers=True,
    grad_fn="IndexAddBackward0",
    inner=True,
    cases=(
        case((3,), index=0, shape=(2, 3)),
        case((2,), index=(slice(None), -1), shape=(2, 3)),
        case((3, 2), index=[1, 1, 0], shape=(4, 2)),
        case((), index=(), shape=()),
        case((0, 3), index=slice(0, 0), shape=(2, 3)),
    ),
)
def index_add(xp: Any, x: Any, *, index: Any, shape: tuple[int, ...]) -> Any:
    r"""Zeros, with the entries of x added where an index says.

    Takes   x: array of the shape that ``y[index]`` has; index: as getitem's; shape: the result's.
    Gives   an array of that shape and x's dtype; places named twice get the sum.
    Source  the adjoint of getitem.

    >>> from symgrad.rules.reindexing.indexing import index_add
    >>> index_add(sg.tensor([1.0, 2.0]), index=slice(1, 3), shape=(4,))
    tensor([0., 1., 2., 0.])
    """
    return xp.index_add(x, index=index, shape=shape)


@index_add.adjoint("x")
def _(xp: Any, g: Any, index: Any, shapes: Any) -> Any:
    named = xp.getitem(g, index=index)
    return conform(xp, named, named.shape, shapes[0])


@index_add.shape
def _(shape: Any) -> Any:
    return shape


@reindexing(
    selects=True,
    domain=reals,
    integers=True,
    grad_fn="GatherBackward0",
    method=False,
    spellings=("numpy.take_along_axis",),
    cases=(
        case((2, 3), index=[[2, 0], [1, 1]], axis=1),
        case((2, 3), index=[[0, 1, 1]], axis=0),
        case((3,), index=[-1, 0, 0, 2], axis=-1),
        case((1,), index=[0], axis=0),
    ),
)
def take_along_axis(xp: Any, x: Any, *, index: Any, axis: int = -1) -> Any:
    r"""The entries at given places along an axis, $x_{i, p_{ij}}$.

    Takes   x: array of one or more axes; index: integer array (or nested lists) with as many
            axes, whose other axes broadcast with x's; axis: the one that the integers run along.
    Gives   an array of the broadcast shape and x's dtype.
    Source  the definition; the adjoint adds each entry back where it came from.

    >>> sg.take_along_axis(sg.tensor([[1.0, 2.0], [3.0, 4.0]]), sg.tensor([[1], [0]]), 1)
    tensor([[2.],
            [3.]])
    """
    return xp.take_along_axis(x, index=index, axis=axis)


@take_along_axis.adjoint("x")
def _(xp: Any, g: Any, index: Any, axis: int, shapes: Any) -> Any:
    return xp.put_add_along_axis(g, index=index, axis=axis, shape=shapes[0])


@take_along_axis.shape
def _(index: Any, axis: int, shapes: Any) -> Any:
    at = front_axis(axis, len(shapes[0]))
    places = _sizes_of(index)
    rest = broadcast_shape(*((*s[:at], 1, *s[at + 1 :]) for s in (places, shapes[0])))
    return (*rest[:at], places[at], *rest[at + 1 :])


@reindexing(
    domain=reals,
    integers=True,
    grad_fn="ScatterAddBackward0",
    composed=True,
    inner=True,
    cases=(
        case((2, 2), index=[[2, 0], [1, 1]], axis=1, shape=(2, 3)),
        case((2, 3), index=[[1, 1, 0], [1, 0, 0]], axis=0, shape=(4, 3)),
        case((4,), index=[-1, 0, 0, 2], axis=-1, shape=(3,)),
    ),
)
def put_add_along_axis(xp: Any, x: Any, *, index: Any, axis: int, shape: tuple[int, ...]) -> Any:
    r"""Zeros, with the entries of x added at given places along an axis.

    Takes   x: array of the shape that take_along_axis gives; index: integer array (or nested
            lists); axis: the one that the integers run along; shape: the result's.
    Gives   an array of that shape and x's dtype; places named twice get the sum.
    Source  the adjoint of take_along_axis.

    >>> from symgrad.rules.reindexing.indexing import put_add_along_axis
    >>> put_add_along_axis(sg.tensor([1.0, 2.0]), index=[1, 1], axis=0, shape=(3,))
    tensor([0., 3., 0.])
    """
    ndim, at = len(shape), front_axis(axis, len(shape))
    places: Any = 0
    stride = 1
    for j in reversed(range(ndim)):
        along = xp.arange(shape[j], like=x)
        if j == at:
            along = xp.getitem(along, index=index)  # also what counts integers from the end
        else:
            along = xp.reshape(along, shape=tuple(shape[j] if i == j else 1 for i in range(ndim)))
        places = along * stride + places
        stride = stride * shape[j]
    flat = xp.reshape(xp.broadcast_to(x, shape=places.shape), shape=(-1,))
    out = xp.index_add(flat, index=xp.reshape(places, shape=(-1,)), shape=(stride,))
    return xp.reshape(out, shape=shape)


@put_add_along_axis.adjoint("x")
def _(xp: Any, g: Any, index: Any, axis: int) -> Any:
    return xp.take_along_axis(g, index=index, axis=axis)


@put_add_along_axis.shape
def _(shape: Any) -> Any:
    return shape


@reindexing(
    view=True,
    domain=reals,
    integers=True,
    spellings=("numpy.diagonal",),
    cases=(
        case((3, 3)),
        case((2, 3), offset=1),
        case((4, 3), offset=-2),
        case((2, 3, 3), axis1=1, axis2=2),
        case((3, 2, 4), axis1=2, axis2=0, offset=1),
        case((0, 3)),
        case((2, 2), offset=3),
    ),
)
def diagonal(xp: Any, x: Any, *, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    r"""The diagonal of matrices, $x_{i, i + o}$.

    Takes   x: array of two or more axes; offset: how far above the main diagonal (below if
            negative); axis1, axis2: rows and columns of the matrices.
    Gives   an array of x's dtype; the diagonal is the last axis.
    Source  the definition; the adjoint writes a diagonal into zeros.

    >>> sg.diagonal(sg.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([1., 4.])
    """
    order, corner, _ = _diagonal_plan(x.shape, offset, axis1, axis2)
    x = xp.getitem(xp.permute(x, axes=order), index=(Ellipsis, *corner))
    batch = "abcdefghjklmnopqrstuvwxyz"[: len(order) - 2]
    return xp.einsum(x, spec=f"{batch}ii->{batch}i")


def _diagonal_plan(shape: Any, offset: int, axis1: int, axis2: int) -> Any:
    """The order with rows and columns last, the square slices about the diagonal, its length."""
    ndim = len(shape)
    first, second = front_axis(axis1, ndim), front_axis(axis2, ndim)
    if first == second or ndim < 2:
        raise ShapeError(f"diagonal(x): x has the shape {tuple(shape)}; it needs two axes, not one")
    order = (*(i for i in range(ndim) if i not in (first, second)), first, second)
    down, right = max(-offset, 0), max(offset, 0)
    rows, columns = shape[first], shape[second]
    if offset == 0 and rows == columns:
        return order, (slice(None), slice(None)), rows
    n = max(min(rows - down, columns - right), 0)
    if n == 0:  # a slice stays inside the array, as the standard asks
        down = right = 0
    return order, (slice(down, down + n), slice(right, right + n)), n


@diagonal.adjoint("x")
def _(xp: Any, g: Any, offset: int, axis1: int, axis2: int, shapes: Any) -> Any:
    shape = shapes[0]
    order, corner, n = _diagonal_plan(shape, offset, axis1, axis2)
    squares = xp.expand_dims(g, axis=-1) * xp.eye(n, like=g)
    turned = tuple(shape[i] for i in order)
    if corner != (slice(None), slice(None)):
        squares = xp.index_add(squares, index=(Ellipsis, *corner), shape=turned)
    return xp.permute(squares, axes=tuple(order.index(i) for i in range(len(order))))


@diagonal.shape
def _(offset: int, axis1: int, axis2: int, shapes: Any) -> Any:
    order, _, n = _diagonal_plan(shapes[0], offset, axis1, axis2)
    return (*(shapes[0][i] for i in order[:-2]), n)
