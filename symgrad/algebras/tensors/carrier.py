"""An expression with its shape: the value that rules see in the tensors algebra.

The carrier holds the axes of size 1 that nodes do not have; ``algebra`` gives it the operators.
"""

from __future__ import annotations

import math
from typing import Any

import sympy

from symgrad.algebras.elements import exact
from symgrad.algebras.tensors import constructors
from symgrad.algebras.tensors.ir import Node, Size, sizes_text
from symgrad.errors import ShapeError, TraceError, compose

Shape = tuple[Size, ...]


class Expression:
    """A node and the shape that it is seen with; operators mean what they mean on arrays.

    >>> from sympy import Symbol
    >>> n = Symbol("n", integer=True, positive=True)
    >>> x = leaf("x", (n, 1))
    >>> (x * x + 1).shape
    (n, 1)
    """

    __slots__ = ("node", "shape")

    def __init__(self, node: Node, shape: Shape) -> None:
        self.node = node
        self.shape = shape_of(shape)

    @property
    def ndim(self) -> int:
        """How many axes it has."""
        return len(self.shape)

    @property
    def size(self) -> Any:
        """How many entries it has."""
        return math.prod(self.shape)

    @property
    def dtype(self) -> type[float]:
        """Formulas hold real numbers: a rule's casts between float dtypes mean nothing here."""
        return float

    @property
    def device(self) -> None:
        """None: a formula lives nowhere."""
        return

    def __bool__(self) -> bool:
        raise TraceError(
            compose(
                "a formula has no truth value: its entries are unknown.",
                mend="choose with xp.where, which keeps both branches",
            )
        )

    __iter__ = None
    __array_ufunc__ = None  # a NumPy scalar on the left leaves the operator to this side

    def __repr__(self) -> str:
        return f"Expression({self.node!r}, shape={sizes_text(self.shape)})"


def shape_of(shape: Any) -> Shape:
    """A shape whose known sizes are Python ints, so that they compare as such."""
    return tuple(int(n) if isinstance(n, sympy.Integer) else n for n in shape)


def squeezed(shape: Shape) -> Shape:
    """The sizes that a node has: all but the ones."""
    return tuple(n for n in shape if n != 1)


def leaf(letter: str, shape: Any) -> Expression:
    """An array that is known by its letter; the same letter and sizes are the same leaf.

    Takes   shape: ints, or SymPy expressions in positive integer symbols.

    >>> leaf("x", (2, 1)).node is leaf("x", (2, 1)).node
    True
    """
    shape = shape_of(shape)
    return Expression(constructors.leaf(letter, squeezed(shape)), shape)


def lift(value: Any) -> Expression:
    """An Expression itself; a number as the constant of shape ().

    Raises  TraceError for an array: it has to come as a leaf, with a letter.
    """
    if isinstance(value, Expression):
        return value
    if getattr(value, "ndim", 0):
        raise TraceError(
            compose(
                "an array of numbers cannot stand in a formula.",
                [("got", f"{type(value).__name__} of shape {value.shape}")],
                mend='give it a letter: leaf("c", shape), and its value to evaluate',
            )
        )
    return Expression(constructors.constant(exact(value), ()), ())


def positions(shape: Shape, full: Shape) -> tuple[int, ...]:
    """For each axis of ``shape`` that is no 1, its place among those of ``full`` that are no 1.

    Raises  ShapeError where the two do not broadcast.

    >>> positions((3, 1), (2, 3, 4))
    (1,)
    """
    lead = len(full) - len(shape)
    places, place = [], 0
    for axis, n in enumerate(full):
        own = 1 if axis < lead else shape[axis - lead]
        if own != 1:
            if own != n:
                raise ShapeError(f"{shape} does not broadcast to {full}")
            places.append(place)
        place += n != 1
    return tuple(places)


def spread(value: Expression, full: Shape) -> Node:
    """The node of ``value`` broadcast to the shape ``full``."""
    if value.shape == full:
        return value.node
    sizes = squeezed(full)
    spec = positions(value.shape, full)
    return constructors.ein(1, (value.node,), (spec,), tuple(range(len(sizes))), sizes)
