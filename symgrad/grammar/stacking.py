"""How a call's parameters move when an axis is put in front of its operands.

Parameters that bear one name mean the same in every rule, so the name says how they move. A rule
whose parameters need more than that declares ``batched``: it gets the parameters of one call, and
among them an array that differs from one call to the next as ``Stacked``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symgrad.errors import AxisError, ShapeError


def axis_behind(axis: Any, ndim: int) -> Any:
    """An axis, several, or None for all, of an array of ``ndim``, when one more stands in front.

    Raises  AxisError for one outside the array, ShapeError for one that is named twice.

    >>> axis_behind(-1, 2), axis_behind((0, 1), 2), axis_behind(None, 2)
    (2, (1, 2), (1, 2))
    """
    if axis is None:
        return tuple(range(1, ndim + 1))
    if not isinstance(axis, (tuple, list)):
        return _one_behind(axis, ndim)
    found = tuple(_one_behind(a, ndim) for a in axis)
    if len(set(found)) != len(found):
        raise ShapeError(f"an axis is named twice in {tuple(axis)}")
    return found


def _one_behind(axis: int, ndim: int) -> int:
    bound = max(ndim, 1)
    if not -bound <= axis < bound:
        raise AxisError(
            f"Dimension out of range (expected to be in range of [{-bound}, {bound - 1}], "
            f"but got {axis})"
        )
    return axis % bound + 1


def _all_behind(axes: Any, ndim: int) -> tuple[int, ...]:
    return (0, *axis_behind(tuple(axes), ndim))


class Stacked:
    """An array among a call's parameters, one for each of many calls: its first axis says which.

    ``shape`` is that of one of them.
    """

    __slots__ = ("array", "dtype", "shape")

    def __init__(self, array: Any) -> None:
        self.array = array
        self.shape = tuple(array.shape[1:])
        self.dtype = array.dtype


def unstacked(value: Any) -> Any:
    """A parameter with plain arrays where they were stacked."""
    if isinstance(value, Stacked):
        return value.array
    return tuple(map(unstacked, value)) if isinstance(value, tuple) else value


#: How a parameter of that name moves: from its value and the axes of one operand.
MOVES: dict[str, Callable[[Any, int], Any]] = {
    "axis": axis_behind,
    "axis1": axis_behind,
    "axis2": axis_behind,
    "axes": _all_behind,
}


def behind(params: dict[str, Any], ndim: int) -> dict[str, Any]:
    """A call's parameters when an axis is put in front of its operands of ``ndim`` axes.

    >>> behind({"axis": 0, "keepdims": True}, 2)
    {'axis': 1, 'keepdims': True}
    """
    return {k: MOVES[k](v, ndim) if k in MOVES else v for k, v in params.items()}
