"""How many arrays at once are reshaped, spread, and indexed by integers that each has its own.

Imports the grammar and the rules of one array, which it declares this for.
"""

from __future__ import annotations

from typing import Any

from symgrad.errors import NoClosedForm, ShapeError, compose, user_position
from symgrad.grammar.stacking import Stacked
from symgrad.rules.reindexing.indexing import (
    _axes_taken,
    _indexed_shape,
    _is_mask,
    _sizes_of,
    getitem,
    index_add,
    take_along_axis,
)
from symgrad.rules.reindexing.layout import broadcast_to, front_axis, reshape
from symgrad.rules.reindexing.writing import put

__all__: list[str] = []

_EVERY = slice(None)


@reshape.batched
def _(xp: Any, size: Any, x: Any, *, shape: Any) -> Any:
    each = shape if isinstance(shape, tuple) else (shape,)
    return xp.reshape(x, shape=(size, *each))


@broadcast_to.batched
def _(xp: Any, size: Any, x: Any, *, shape: Any) -> Any:
    each = shape if isinstance(shape, tuple) else (shape,)
    return xp.broadcast_to(_lined(xp, x, len(each)), shape=(size, *each))


@getitem.batched
def _(xp: Any, size: Any, x: Any, *, index: Any, shared: Any) -> Any:
    ndim = len(x.shape) - (not shared)
    places, order = _placed(xp, size, x, index, ndim, bool(shared))
    found = xp.getitem(x, index=places)
    return found if order is None else xp.permute(found, axes=order)


@index_add.batched
def _(xp: Any, size: Any, x: Any, *, index: Any, shape: Any) -> Any:
    places, order = _placed(xp, size, x, index, len(shape), False)
    x = _fitted(xp, size, x, _indexed_shape(shape, index), order)
    return xp.index_add(x, index=places, shape=(size, *shape))


@put.batched
def _(xp: Any, size: Any, x: Any, v: Any, *, index: Any) -> Any:
    shape = tuple(x.shape[1:])
    places, order = _placed(xp, size, x, index, len(shape), False)
    if hasattr(v, "shape"):
        v = _fitted(xp, size, v, _indexed_shape(shape, index), order)
    return xp.put(x, v, index=places)


def _fitted(xp: Any, size: Any, v: Any, full: Any, order: Any) -> Any:
    """Values for entries of many arrays, in the shape that the index into all of them names."""
    more = len(v.shape) - 1 - len(full)
    if more > 0:  # axes of size 1 in front
        v = xp.reshape(v, shape=(size, *v.shape[1 + more :]))
    if tuple(v.shape[1:]) != tuple(full):
        v = xp.broadcast_to(_lined(xp, v, len(full)), shape=(size, *full))
    if order is None:
        return v
    return xp.permute(v, axes=tuple(order.index(i) for i in range(len(order))))


def _lined(xp: Any, x: Any, ndim: int) -> Any:
    """``x`` with axes of size 1 behind the first, so that ``ndim`` follow it."""
    new = ndim + 1 - len(x.shape)
    return xp.expand_dims(x, axis=tuple(range(1, 1 + new))) if new > 0 else x


@take_along_axis.batched
def _(xp: Any, size: Any, x: Any, *, index: Any, axis: int = -1) -> Any:
    at = front_axis(axis, len(x.shape) - 1) + 1
    if isinstance(index, Stacked):
        return xp.take_along_axis(x, index=index.array, axis=at)
    return xp.take_along_axis(x, index=[index] if type(index) is list else index[None], axis=at)


def _placed(xp: Any, size: Any, x: Any, index: Any, ndim: int, shared: bool) -> Any:
    """The index into all arrays at once, and the order that puts the result's axes right.

    Takes   x: whose device the places are on; ndim: axes of one array; shared: there is one array.
    Gives   an order of None where nothing is out of place.
    """
    parts = _parts(index, ndim)
    arrays = [p for p in parts if _sized(p)]
    if not arrays:
        return (_EVERY, *parts), None
    spots = [i for i, p in enumerate(parts) if _sized(p) or isinstance(p, int)]
    together = spots[-1] - spots[0] == len(spots) - 1
    spot = spots[0] if together else 0  # each part before it leaves one axis
    width = max(len(_sizes_of(p)) for p in arrays)
    stacked = any(isinstance(p, Stacked) for p in arrays)
    plain = tuple(_widened(p, width) for p in parts)
    if shared:
        before = tuple(range(spot))
        rest = range(spot + 1, len(_indexed_shape((1,) * ndim, _ones(parts))) + 1)
        return plain, (spot, *before, *rest)
    if together and not stacked:
        return (_EVERY, *plain), None
    which = xp.arange(size, like=x)[(_EVERY, *(None,) * width)]
    # Integers that a slice parts from this one put their axes in front, where this one's is.
    others = len(parts) - len(spots)
    order = (0, *range(1 + width, 1 + width + spot), *range(1, 1 + width),
             *range(1 + width + spot, 1 + width + others))  # fmt: skip
    return (which, *plain), order


def _ones(parts: Any) -> Any:
    """The parts with slices that leave an axis of size 1: only how many axes there are counts."""
    return tuple(_EVERY if isinstance(p, slice) else p for p in parts)


def _sized(part: Any) -> bool:
    return isinstance(part, (list, Stacked)) or hasattr(part, "shape")


def _widened(part: Any, width: int) -> Any:
    if not isinstance(part, Stacked):
        return part
    if not hasattr(part.array, "__getitem__"):
        raise NoClosedForm(
            compose(
                "an index that each input of a vmap has of its own has no formula.",
                where=user_position(),
                mend="give example inputs: closed_form(f, a, b)",
            )
        )
    missing = width - len(part.shape)
    return part.array[(_EVERY, *(None,) * missing, Ellipsis)]


def _parts(index: Any, ndim: int) -> list[Any]:
    """An index with a part for each axis: the ellipsis written out, masks as integers."""
    parts = list(index) if isinstance(index, tuple) else [index]
    if any(isinstance(p, bool) for p in parts):
        raise ShapeError("a truth value as an index names all or nothing; leave it out")
    if not any(p is Ellipsis for p in parts):
        parts.append(Ellipsis)
    at = next(i for i, p in enumerate(parts) if p is Ellipsis)
    taken = sum(_axes_taken(p) for p in parts)
    parts[at : at + 1] = [_EVERY] * (ndim - taken)
    return [found for p in parts for found in (_nonzero(p) if _is_mask(p) else (p,))]


def _nonzero(mask: Any) -> Any:
    """The places where a mask holds, an array of integers for each of its axes."""
    if hasattr(mask, "nonzero"):
        return mask.nonzero()
    return mask.__array_namespace__().nonzero(mask)
