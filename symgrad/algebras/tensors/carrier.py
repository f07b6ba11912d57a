"""An expression with its shape: the value that rules see in the tensors algebra.

The carrier holds the axes of size 1 that nodes do not have; ``algebra`` gives it the operators.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import sympy
from sympy.logic.boolalg import BooleanAtom

from symgrad.algebras.elements import exact
from symgrad.algebras.tensors import constructors
from symgrad.algebras.tensors.equations import plain
from symgrad.algebras.tensors.ir import Map, Node, Op, Size, sizes_text
from symgrad.errors import ShapeError, TraceError, compose, user_position
from symgrad.grammar.domain import booleans
from symgrad.grammar.primitive import REGISTRY

Shape = tuple[Size, ...]

#: What formulas hold: one dtype for each of real numbers, integers and truths.
KINDS = {"float": np.dtype("float64"), "int": np.dtype("int64"), "bool": np.dtype("bool")}

#: Words whose entries are places; those of a path are so too.
_PLACES = frozenset(("arange", "argsort", "argmax", "argmin"))


class Expression:
    """A node and the shape that it is seen with; operators mean what they mean on arrays.

    >>> from sympy import Symbol
    >>> n = Symbol("n", integer=True, positive=True)
    >>> x = leaf("x", (n, 1))
    >>> (x * x + 1).shape
    (n, 1)
    """

    __slots__ = ("kind", "node", "shape")

    #: What tells a formula from an array without loading this module.
    symbolic = True

    def __init__(self, node: Node, shape: Shape, kind: str | None = None) -> None:
        self.node = node
        self.shape = shape_of(shape)
        self.kind = kind  # "float", "int" or "bool"; None is read off the node

    @property
    def ndim(self) -> int:
        """How many axes it has."""
        return len(self.shape)

    @property
    def size(self) -> Any:
        """How many entries it has."""
        return math.prod(self.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        """float64 for real numbers, int64 for integers, bool for truths."""
        return KINDS[self.kind or _kind_of(self.node)]

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

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        raise TraceError(
            compose(
                "this value depends on numbers, and the input has only sizes.",
                where=user_position(),
                mend="give example inputs: closed_form(f, a, b)",
            )
        )

    __iter__ = None
    __array_ufunc__ = None  # a NumPy scalar on the left leaves the operator to this side

    def __repr__(self) -> str:
        return f"Expression({self.node!r}, shape={sizes_text(self.shape)})"


def is_truth(word: str) -> bool:
    """Whether a rule's values are true or false."""
    rule = REGISTRY.get(word)
    return rule is not None and rule.codomain is booleans


def _kind_of(node: Node) -> str:
    data = node.data
    if isinstance(data, Map) and is_truth(data.word):
        return "bool"
    places = isinstance(data, Op) and (data.role == "path" or data.word in _PLACES)
    return "int" if places else "float"


def shape_of(shape: Any) -> Shape:
    """A shape whose known sizes are ints and whose others are multiplied out: they compare."""
    return tuple(n if type(n) is int else _plain_size(n) for n in shape)


def _plain_size(n: Any) -> Size:
    n = n._sympy_() if hasattr(n, "_sympy_") else n
    if not isinstance(n, sympy.Basic) or isinstance(n, sympy.Symbol):
        return n
    return plain(n)


def squeezed(shape: Shape) -> Shape:
    """The sizes that a node has: all but the ones."""
    return tuple(n for n in shape if n != 1)


def leaf(letter: str, shape: Any, dtype: str = "float") -> Expression:
    """An array that is known by its letter; the same letter and sizes are the same leaf.

    Takes   shape: ints, or SymPy expressions in positive integer symbols;
            dtype: "float", "int" or "bool", which says what may be done with it, not what it is.

    >>> leaf("x", (2, 1)).node is leaf("x", (2, 1)).node
    True
    """
    shape = shape_of(shape)
    return Expression(constructors.leaf(letter, squeezed(shape)), shape, dtype)


def number(value: Any) -> int | Expression:
    """A SymPy number among operands: an int, or the 0-d constant, its floats made exact.

    Raises  TraceError for a relation between sizes, which is true at some of them.

    >>> from sympy import Symbol
    >>> number(Symbol("n", integer=True, positive=True) ** 0.5)
    Expression(<ein of 0, ()>, shape=())
    """
    value = rationalised(value._sympy_() if hasattr(value, "_sympy_") else value)
    if isinstance(value, (sympy.Integer, BooleanAtom)):
        return int(value)
    if not isinstance(value, sympy.Expr):
        raise TraceError(
            compose(
                f"{str(value)[:60]} is true at some sizes, and the input has no others than names.",
                where=user_position(),
                mend="give example inputs: closed_form(f, a, b)",
            )
        )
    kind = "int" if value.is_integer else "float"
    return Expression(constructors.constant(value, ()), (), kind)


def rationalised(value: Any) -> Any:
    """A SymPy expression with the fractions that its floats stand for.

    >>> from sympy import Symbol
    >>> rationalised(Symbol("n", positive=True) ** 0.5)
    sqrt(n)
    """
    floats = value.atoms(sympy.Float) if isinstance(value, sympy.Basic) else ()
    return value.xreplace({f: exact(float(f)) for f in floats}) if floats else value


def held(array: Any) -> Expression:
    """An array of numbers in a formula: one number spread, or the entries as they are."""
    array = np.asarray(array)
    kind = {"b": "bool", "i": "int", "u": "int"}.get(array.dtype.kind, "float")
    shape = array.shape
    if array.size and array.dtype.kind != "b" and (array == array.flat[0]).all():
        return Expression(constructors.constant(array.flat[0].item(), squeezed(shape)), shape, kind)
    node = constructors.opaque("asarray", {"value": array.copy()}, [], [], shape)
    return Expression(node, shape, kind)


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
