"""Entries replaced by others: the destination masked, the source gathered; grammar only."""

from __future__ import annotations

from typing import Any

from symgrad.grammar.domain import case, reals
from symgrad.grammar.plan import conform
from symgrad.grammar.primitive import reindexing

__all__ = ["put"]


@reindexing(
    selects=("x",),
    domain=reals,
    integers=True,
    grad_fn="CopySlices",
    inner=True,
    cases=(
        case((2, 3), (3,), index=0),
        case((2, 3), (2,), index=(slice(None), -1)),
        case((4, 3), (1, 3), index=slice(1, None, 2)),
        case((4, 3), (2, 1), index=[2, 0]),
        case((5,), (), index=(slice(None, None, -2),)),
        case((3, 4), (4,), index=[-1]),
        case((), (), index=()),
        case((0, 3), (3,), index=slice(0, 0)),
    ),
)
def put(xp: Any, x: Any, v: Any, *, index: Any) -> Any:
    r"""x with the entries that an index names replaced by v: what ``x[index] = v`` leaves.

    Takes   x: array; v: array or number that broadcasts to the shape of ``x[index]``; index: as
            getitem's.
    Gives   a new array of x's shape and the promoted dtype.
    Limits  an index names each entry once: whoever writes refuses another.
    Source  the definition; the adjoint gathers for v, and leaves zeros there for x.

    >>> from symgrad.rules.reindexing.writing import put
    >>> put(sg.tensor([1.0, 2.0, 3.0]), sg.tensor(0.0), index=slice(1, None))
    tensor([1., 0., 0.])
    """
    return xp.put(x, v, index=index)


def _written(xp: Any, x: Any, v: Any, index: Any) -> tuple[Any, Any]:
    """How often each entry is named, and v at its place among zeros."""
    ones = xp.ones_like(xp.getitem(x, index=index))
    named = xp.index_add(ones, index=index, shape=x.shape)
    return named, xp.index_add(ones * v, index=index, shape=x.shape)


@put.formula
def _(xp: Any, x: Any, v: Any, *, index: Any) -> Any:
    named, placed = _written(xp, x, v, index)
    return x * (1 - named) + placed


@put.adjoint("x")
def _(xp: Any, g: Any, index: Any) -> Any:
    return xp.put(g, 0, index=index)


@put.adjoint("v")
def _(xp: Any, g: Any, index: Any, shapes: Any) -> Any:
    named = xp.getitem(g, index=index)
    return conform(xp, named, named.shape, shapes[1])


@put.shape
def _(shapes: Any) -> Any:
    return shapes[0]
