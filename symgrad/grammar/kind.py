"""The eight kinds of primitive; part of the grammar, so anyone above may import it.

An algebra interprets a kind, never a single operation. A ninth kind needs a design note.
"""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What sort of mathematics a rule is; the value names the method of an algebra that reads it.

    >>> Kind.ELEMENTWISE.value
    'elementwise'
    """

    ELEMENTWISE = "elementwise"  # out[i] = f(x[i], ...) after broadcasting
    REDUCTION = "reduction"  # axes disappear (or stay as 1)
    SCAN = "scan"  # same shape, mixes along an axis
    CONTRACTION = "contraction"  # linear in each operand, an einsum
    REINDEXING = "reindexing"  # entries move, linear, declared with its adjoint
    SELECTION = "selection"  # entries move by integers that the path computed
    FACTORISATION = "factorisation"  # matrices in the last two axes
    OPAQUE = "opaque"  # numbers only


#: What each kind may declare about its derivative.
DERIVATIVES: dict[Kind, frozenset[str]] = {
    Kind.ELEMENTWISE: frozenset({"partial"}),
    Kind.REDUCTION: frozenset({"vjp", "jvp"}),
    Kind.SCAN: frozenset({"vjp", "jvp"}),
    Kind.CONTRACTION: frozenset({"vjp"}),
    Kind.REINDEXING: frozenset({"adjoint"}),
    Kind.SELECTION: frozenset({"vjp", "jvp", "adjoint"}),
    Kind.FACTORISATION: frozenset({"vjp", "jvp"}),
    Kind.OPAQUE: frozenset({"vjp", "jvp"}),
}


def reduced_axes(axis: int | tuple[int, ...] | None, ndim: int) -> tuple[int, ...]:
    """The axes that a reduction removes, counted from the front.

    >>> reduced_axes(-1, 3), reduced_axes(None, 2)
    ((2,), (0, 1))
    """
    if axis is None:
        return tuple(range(ndim))
    axes = axis if isinstance(axis, tuple) else (axis,)
    return tuple(a % ndim if ndim else 0 for a in axes)


def kept_shape(shape: tuple[int, ...], axis: int | tuple[int, ...] | None) -> tuple[int, ...]:
    """``shape`` with the reduced axes kept as 1.

    >>> kept_shape((2, 3), 1)
    (2, 1)
    """
    gone = reduced_axes(axis, len(shape))
    return tuple(1 if i in gone else n for i, n in enumerate(shape))


def reduced_shape(
    shape: tuple[int, ...], axis: int | tuple[int, ...] | None, keepdims: bool
) -> tuple[int, ...]:
    """The shape that a reduction gives.

    >>> reduced_shape((2, 3), 1, False)
    (2,)
    """
    if keepdims:
        return kept_shape(shape, axis)
    gone = reduced_axes(axis, len(shape))
    return tuple(n for i, n in enumerate(shape) if i not in gone)


def broadcast_shape(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The shape that operands of these shapes broadcast to; sizes may be symbolic.

    Raises  ValueError where two sizes differ and neither is 1.

    >>> broadcast_shape((2, 1), (3,))
    (2, 3)
    """
    ndim = max((len(s) for s in shapes), default=0)
    out: list[int] = [1] * ndim
    for shape in shapes:
        for i, n in enumerate(shape, start=ndim - len(shape)):
            if n == 1 or n == out[i]:
                continue
            if out[i] != 1:
                raise ValueError(f"sizes {out[i]} and {n} differ on axis {i - ndim}")
            out[i] = n
    return tuple(out)
