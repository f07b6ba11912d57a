"""Zeros around an array; imports the grammar only."""

from __future__ import annotations

from typing import Any

from symgrad.errors import ShapeError
from symgrad.grammar.domain import case, reals
from symgrad.grammar.primitive import reindexing

__all__ = ["pad"]

Pairs = tuple[tuple[int, int], ...]


@reindexing(
    worded=True,
    composed=True,
    domain=reals,
    integers=True,
    grad_fn="ConstantPadNdBackward0",
    method=False,
    spellings=("numpy.pad",),
    cases=(
        case((3,), widths=1),
        case((3,), widths=(2, 0)),
        case((2, 3), widths=((1, 2), (0, 3))),
        case((2, 3), widths=((0, 0), (1, 0))),
        case((2, 3), widths=((1, 2),)),
        case((0, 3), widths=1),
        case((), widths=()),
        case((1,), widths=0),
    ),
)
def pad(xp: Any, x: Any, *, widths: Any) -> Any:
    r"""Zeros before and after the entries of each axis.

    Takes   x: array, any shape; widths: how many zeros, a number for all sides, a pair (before,
            after) for all axes, or a pair for each axis.
    Gives   an array of x's dtype, each axis longer by its two widths.
    Raises  ShapeError for widths that are negative or not as many as the axes.
    Source  the definition; the adjoint cuts the zeros off. The convention is NumPy's.

    >>> sg.pad(sg.tensor([1.0, 2.0]), widths=(1, 2))
    tensor([0., 1., 2., 0., 0.])
    """
    pairs = _pairs(widths, len(x.shape))
    return xp.index_add(x, index=_inside(pairs, x.shape), shape=_padded(pairs, x.shape))


def _pairs(widths: Any, ndim: int) -> Pairs:
    """Zeros before and after, for each axis."""
    listed = (widths, widths) if isinstance(widths, int) else tuple(widths)
    if listed and all(isinstance(w, int) for w in listed):
        listed = (listed * 2 if len(listed) == 1 else listed,)
    pairs = tuple(tuple(pair) for pair in listed)
    pairs = pairs * ndim if len(pairs) == 1 else pairs
    if len(pairs) != ndim or any(len(p) != 2 or min(p) < 0 for p in pairs):
        raise ShapeError(
            f"pad(x, widths={widths!r}): x has {ndim} axes; give each a pair (before, after) of "
            f"numbers that are 0 or more"
        )
    return pairs


def _inside(pairs: Pairs, shape: Any) -> tuple[slice, ...]:
    """Where the entries of x stand among the zeros."""
    return tuple(slice(b, b + n) for (b, _), n in zip(pairs, shape, strict=True))


def _padded(pairs: Pairs, shape: Any) -> tuple[Any, ...]:
    return tuple(b + n + a for (b, a), n in zip(pairs, shape, strict=True))


@pad.adjoint("x")
def _(xp: Any, g: Any, widths: Any, shapes: Any) -> Any:
    pairs = _pairs(widths, len(shapes[0]))
    return xp.getitem(g, index=_inside(pairs, shapes[0]))


@pad.shape
def _(widths: Any, shapes: Any) -> Any:
    return _padded(_pairs(widths, len(shapes[0])), shapes[0])
