"""Axes in other orders, sizes and numbers, and arrays joined; imports the grammar only."""

from __future__ import annotations

from typing import Any

from symgrad.errors import AxisError, ShapeError
from symgrad.grammar.domain import case, reals
from symgrad.grammar.plan import conform
from symgrad.grammar.primitive import reindexing

__all__ = [
    "broadcast_to", "concat", "expand_dims", "flip", "permute", "reshape", "squeeze", "stack",
]  # fmt: skip

Axes = int | tuple[int, ...]


def front_axis(axis: int, ndim: int) -> int:
    """An axis counted from the front.

    Raises  AxisError (an IndexError) for one outside the array.
    """
    bound = max(ndim, 1)
    if not -bound <= axis < bound:
        raise AxisError(
            f"Dimension out of range (expected to be in range of [{-bound}, {bound - 1}], "
            f"but got {axis})"
        )
    return axis % bound


def _front_axes(axis: Axes, ndim: int) -> tuple[int, ...]:
    axes = axis if isinstance(axis, tuple) else (axis,)
    found = tuple(sorted(front_axis(a, ndim) for a in axes))
    if len(set(found)) != len(found):
        raise ShapeError(f"an axis is named twice in {axes}")
    return found


def _new_axes(axis: Axes, ndim: int) -> tuple[int, ...]:
    return _front_axes(axis, ndim + (len(axis) if isinstance(axis, tuple) else 1))


def _gone(axis: Axes | None, shape: Any) -> tuple[int, ...]:
    if axis is None:
        return tuple(i for i, n in enumerate(shape) if n == 1)
    return _front_axes(axis, len(shape)) if shape else ()


def _product(sizes: Any) -> Any:
    size = 1
    for n in sizes:
        size = size * n
    return size


@reindexing(
    view=True,
    domain=reals,
    integers=True,
    grad_fn="ViewBackward0",
    spellings=("numpy.reshape",),
    cases=(
        case((2, 3), shape=(3, 2)),
        case((2, 3), shape=(-1,)),
        case((2, 3, 4), shape=(2, -1)),
        case((), shape=(1, 1)),
        case((1,), shape=()),
        case((0, 3), shape=(3, 0)),
    ),
)
def reshape(xp: Any, x: Any, *, shape: Any) -> Any:
    r"""The same entries, in the same order, in another shape.

    Takes   x: array, any shape; shape: sizes with the same product; one may be -1, the rest.
    Gives   an array of that shape and x's dtype.
    Source  the definition.

    >>> sg.reshape(sg.tensor([1.0, 2.0, 3.0, 4.0]), (2, -1))
    tensor([[1., 2.],
            [3., 4.]])
    """
    return xp.reshape(x, shape=shape if isinstance(shape, tuple) else (shape,))


@reshape.adjoint("x")
def _(xp: Any, g: Any, shapes: Any) -> Any:
    return xp.reshape(g, shape=shapes[0])


@reshape.shape
def _(shape: Any, shapes: Any) -> Any:
    wanted = shape if isinstance(shape, tuple) else (shape,)
    known = [n for n in wanted if n != -1]
    return tuple(_product(shapes[0]) // _product(known) if n == -1 else n for n in wanted)


@reindexing(
    view=True,
    domain=reals,
    integers=True,
    spellings=("numpy.permute_dims", "array_api.permute_dims"),
    cases=(
        case((2, 3), axes=(1, 0)),
        case((2, 3, 4), axes=(2, 0, 1)),
        case((2, 3, 4), axes=(-1, 0, -2)),
        case((), axes=()),
        case((0, 3), axes=(1, 0)),
    ),
)
def permute(xp: Any, x: Any, *, axes: tuple[int, ...]) -> Any:
    r"""The axes in another order.

    Takes   x: array, any shape; axes: each axis of x once, in the order of the result.
    Gives   an array of x's dtype.
    Raises  ShapeError where axes are not x's axes, each once.
    Source  the definition; the adjoint is the inverse permutation.

    >>> sg.permute(sg.tensor([[1.0, 2.0]]), (1, 0))
    tensor([[1.],
            [2.]])
    """
    return xp.permute(x, axes=_order(axes, len(x.shape)))


def _order(axes: tuple[int, ...], ndim: int) -> tuple[int, ...]:
    found = tuple(front_axis(a, ndim) for a in axes)
    if sorted(found) != list(range(ndim)):
        raise ShapeError(f"permute(x): axes={axes} are not the {ndim} axes of x, each once")
    return found


@permute.adjoint("x")
def _(xp: Any, g: Any, axes: Any, shapes: Any) -> Any:
    order = _order(axes, len(shapes[0]))
    return xp.permute(g, axes=tuple(order.index(i) for i in range(len(order))))


@permute.shape
def _(axes: Any, shapes: Any) -> Any:
    return tuple(shapes[0][a] for a in _order(axes, len(shapes[0])))


@reindexing(
    view=True,
    domain=reals,
    integers=True,
    grad_fn="ExpandBackward0",
    spellings=("numpy.broadcast_to",),
    cases=(
        case((3,), shape=(2, 3)),
        case((2, 1), shape=(4, 2, 3)),
        case((), shape=(2, 2)),
        case((1,), shape=(0,)),
        case((2, 3), shape=(2, 3)),
    ),
)
def broadcast_to(xp: Any, x: Any, *, shape: tuple[int, ...]) -> Any:
    r"""The entries repeated along new axes and along axes of size 1.

    Takes   x: array; shape: one that x's shape broadcasts to.
    Gives   an array of that shape and x's dtype, which shares x's buffer.
    Source  the definition; the adjoint sums what was repeated.

    >>> sg.broadcast_to(sg.tensor([1.0, 2.0]), (2, 2))
    tensor([[1., 2.],
            [1., 2.]])
    """
    return xp.broadcast_to(x, shape=shape if isinstance(shape, tuple) else (shape,))


@broadcast_to.adjoint("x")
def _(xp: Any, g: Any, shape: Any, shapes: Any) -> Any:
    return conform(xp, g, shape, shapes[0])


@broadcast_to.shape
def _(shape: Any) -> Any:
    return shape if isinstance(shape, tuple) else (shape,)


@reindexing(
    view=True,
    domain=reals,
    integers=True,
    grad_fn="UnsqueezeBackward0",
    spellings=("numpy.expand_dims", "torch.unsqueeze"),
    cases=(
        case((2, 3), axis=0),
        case((2, 3), axis=-1),
        case((2, 3), axis=(0, 2)),
        case((), axis=0),
        case((0,), axis=1),
    ),
)
def expand_dims(xp: Any, x: Any, *, axis: Axes) -> Any:
    r"""New axes of size 1.

    Takes   x: array, any shape; axis: where they stand in the result, one or several.
    Gives   an array of x's dtype, which shares x's buffer.
    Source  the definition.

    >>> sg.expand_dims(sg.tensor([1.0, 2.0]), -1)
    tensor([[1.],
            [2.]])
    """
    return xp.expand_dims(x, axis=_new_axes(axis, len(x.shape)))


@expand_dims.adjoint("x")
def _(xp: Any, g: Any, axis: Axes, shapes: Any) -> Any:
    return xp.squeeze(g, axis=_new_axes(axis, len(shapes[0])))


@expand_dims.batched
def _(xp: Any, size: Any, x: Any, *, axis: Axes) -> Any:
    return xp.expand_dims(x, axis=tuple(a + 1 for a in _new_axes(axis, len(x.shape) - 1)))


@expand_dims.shape
def _(axis: Axes, shapes: Any) -> Any:
    sizes = list(shapes[0])
    for a in _new_axes(axis, len(sizes)):
        sizes.insert(a, 1)
    return tuple(sizes)


@reindexing(
    view=True,
    domain=reals,
    integers=True,
    spellings=("numpy.squeeze",),
    cases=(
        case((1, 3, 1)),
        case((1, 3, 1), axis=0),
        case((1, 3, 1), axis=(0, -1)),
        case((2, 3)),
        case(()),
        case((1, 0), axis=0),
    ),
)
def squeeze(xp: Any, x: Any, *, axis: Axes | None = None) -> Any:
    r"""Axes of size 1 dropped.

    Takes   x: array, any shape; axis: which, or None for all that have size 1.
    Gives   an array of x's dtype, which shares x's buffer.
    Source  the definition.

    >>> sg.squeeze(sg.tensor([[1.0, 2.0]]))
    tensor([1., 2.])
    """
    return xp.squeeze(x, axis=_gone(axis, x.shape))


@squeeze.adjoint("x")
def _(xp: Any, g: Any, axis: Axes | None, shapes: Any) -> Any:
    gone = _gone(axis, shapes[0])
    return xp.expand_dims(g, axis=gone) if gone else g


@squeeze.batched
def _(xp: Any, size: Any, x: Any, *, axis: Axes | None = None) -> Any:
    return xp.squeeze(x, axis=tuple(a + 1 for a in _gone(axis, x.shape[1:])))


@squeeze.shape
def _(axis: Axes | None, shapes: Any) -> Any:
    gone = _gone(axis, shapes[0])
    return tuple(n for i, n in enumerate(shapes[0]) if i not in gone)


@reindexing(
    domain=reals,
    integers=True,
    spellings=("numpy.flip",),
    cases=(
        case((2, 3), axis=0),
        case((2, 3), axis=(0, -1)),
        case((3,)),
        case(()),
        case((0, 3), axis=1),
    ),
)
def flip(xp: Any, x: Any, *, axis: Axes | None = None) -> Any:
    r"""The entries in reverse order along axes.

    Takes   x: array, any shape; axis: one or several, or None for all.
    Gives   an array of x's shape and dtype.
    Source  the definition; it is its own adjoint.

    >>> sg.flip(sg.tensor([1.0, 2.0, 3.0]), 0)
    tensor([3., 2., 1.])
    """
    axes = range(len(x.shape)) if axis is None else _front_axes(axis, len(x.shape))
    return xp.flip(x, axis=tuple(axes)) if x.shape else x


@flip.adjoint("x")
def _(xp: Any, g: Any, axis: Axes | None) -> Any:
    return xp.flip(g, axis=axis)


@flip.shape
def _(shapes: Any) -> Any:
    return shapes[0]


@reindexing(
    domain=reals,
    integers=True,
    grad_fn="CatBackward0",
    method=False,
    cases=(
        case((2, 3), (4, 3), axis=0),
        case((2, 3), (2, 1), (2, 2), axis=-1),
        case((3,), axis=0),
        case((0, 2), (3, 2), axis=0),
    ),
)
def concat(xp: Any, *xs: Any, axis: int = 0) -> Any:
    r"""Arrays one after the other along an axis.

    Takes   xs: arrays whose shapes agree but along the axis; axis: which.
    Gives   an array of the promoted dtype.
    Source  the definition; the adjoint is each operand's slice.

    >>> sg.concat([sg.tensor([1.0]), sg.tensor([2.0, 3.0])], 0)
    tensor([1., 2., 3.])
    """
    return xp.concat(*xs, axis=axis)


@concat.adjoint("xs")
def _(xp: Any, g: Any, axis: int, shapes: Any, index: int) -> Any:
    along = front_axis(axis, len(shapes[0]))
    start: Any = 0
    for shape in shapes[:index]:
        start = start + shape[along]
    span = slice(start, start + shapes[index][along])
    return xp.getitem(g, index=(*(slice(None),) * along, span))


@concat.shape
def _(axis: int, shapes: Any) -> Any:
    along = front_axis(axis, len(shapes[0]))
    total: Any = 0
    for shape in shapes:
        total = total + shape[along]
    return (*shapes[0][:along], total, *shapes[0][along + 1 :])


@reindexing(
    domain=reals,
    integers=True,
    method=False,
    cases=(
        case((2, 3), (2, 3), axis=0),
        case((2, 3), (2, 3), (2, 3), axis=-1),
        case((), (), axis=0),
        case((0,), (0,), axis=1),
    ),
)
def stack(xp: Any, *xs: Any, axis: int = 0) -> Any:
    r"""Arrays side by side along a new axis.

    Takes   xs: arrays of one shape; axis: where the new axis stands in the result.
    Gives   an array of the promoted dtype.
    Source  the definition; the adjoint is each operand's entry along the axis.

    >>> sg.stack([sg.tensor([1.0, 2.0]), sg.tensor([3.0, 4.0])], 1)
    tensor([[1., 3.],
            [2., 4.]])
    """
    return xp.stack(*xs, axis=axis)


@stack.adjoint("xs")
def _(xp: Any, g: Any, axis: int, shapes: Any, index: int) -> Any:
    along = front_axis(axis, len(shapes[0]) + 1)
    return xp.getitem(g, index=(*(slice(None),) * along, index))


@stack.batched
def _(xp: Any, size: Any, *xs: Any, axis: int = 0) -> Any:
    return xp.stack(*xs, axis=front_axis(axis, len(xs[0].shape)) + 1)


@stack.shape
def _(axis: int, shapes: Any) -> Any:
    along = front_axis(axis, len(shapes[0]) + 1)
    return (*shapes[0][:along], len(shapes), *shapes[0][along:])
