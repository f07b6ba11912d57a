"""The elements algebra: one SymPy expression an entry; the oracle, and what formulas are made of.

Symbols are real and come from ``symbol`` alone (two symbols of one name and different assumptions
differ). It reads formulas; ``Printed`` keeps max and relu as the names that people read.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import sympy as sp
from sympy.logic.boolalg import Boolean

from symgrad.algebras.exact import meant, multiple_of_pi
from symgrad.algebras.objects import ObjectArray, Objects
from symgrad.errors import NoClosedForm

Scalar = Any  # a SymPy expression or a SymPy truth value

#: Digits at which a comparison is decided at a point.
_DECIDING_DIGITS = 30


def symbol(name: str) -> sp.Symbol:
    """The real symbol of a name, which the caller has checked or made.

    >>> from symgrad.algebras.elements import symbol
    >>> symbol("x").is_real
    True
    """
    return sp.Symbol(name, real=True)


def element_name(name: str, place: tuple[int, ...]) -> str:
    """The name of one entry of the array ``name``.

    >>> from symgrad.algebras.elements import element_name
    >>> element_name("A", (0, 1)), element_name("x", ())
    ('A[0, 1]', 'x')
    """
    if not place:
        return name
    inner = ", ".join(map(str, place))
    return f"{name[:-1]}, {inner}]" if name.endswith("]") else f"{name}[{inner}]"


def exact(value: Any) -> sp.Expr:
    """A Python number as the exact SymPy number that was meant by it.

    >>> from symgrad.algebras.elements import exact
    >>> exact(0.1), exact(2), exact(float("inf")), exact(6.283185307179586)
    (1/10, 2, oo, 2*pi)
    """
    if isinstance(value, sp.Basic):
        return value
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool):
        return sp.true if value else sp.false
    if isinstance(value, int):
        return sp.Integer(value)
    if value != value:  # only nan differs from itself
        return sp.nan
    if value in (float("inf"), float("-inf")):
        return sp.oo if value > 0 else -sp.oo
    turns = multiple_of_pi(value)
    if turns is not None:
        return sp.Rational(turns.numerator, turns.denominator) * sp.pi
    if value == math.e:
        return sp.E
    fraction = meant(value)
    return sp.Rational(fraction.numerator, fraction.denominator)


def _at(value: Any) -> sp.Expr:
    """A point's number as it is held: where a comparison goes must not depend on what was meant."""
    if isinstance(value, sp.Basic):
        return value
    return sp.Rational(value) if np.isfinite(value) else exact(float(value))


def as_term(scalar: Scalar) -> Scalar:
    """A scalar to calculate with: a truth value is 1 or 0."""
    if isinstance(scalar, Boolean) and not isinstance(scalar, sp.Symbol):
        if scalar is sp.true or scalar is sp.false:
            return sp.Integer(int(bool(scalar)))
        return sp.Piecewise((sp.S.One, scalar), (sp.S.Zero, True))
    return scalar


def as_truth(scalar: Scalar) -> Boolean:
    """A scalar as a condition: a number holds where it is not 0."""
    return scalar if isinstance(scalar, Boolean) else sp.Ne(scalar, 0)


def _arithmetic(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *scalars: function(*(as_term(s) for s in scalars))


def _logic(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *scalars: function(*(as_truth(s) for s in scalars))


def _where(condition: Scalar, a: Scalar, b: Scalar) -> Scalar:
    condition = as_truth(condition)
    if condition is sp.true or condition is sp.false:
        return a if condition is sp.true else b
    if a == b:
        return a
    # The first condition that holds decides, so a choice within the rest is one list with it.
    rest = b.args if isinstance(b, sp.Piecewise) else [(as_term(b), True)]
    return sp.Piecewise((as_term(a), condition), *rest)


def _is(*values: Any) -> Callable[[Scalar], Boolean]:
    return lambda x: sp.true if any(x is v for v in values) else sp.false


def _ratio(a: Scalar, b: Scalar) -> Scalar:
    # SymPy's 1/0 has no sign; a float's has.
    if b == 0 and a.is_number:
        return sp.nan if a == 0 else sp.sign(a) * sp.oo
    return a / b


_ARITHMETIC: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": _ratio,
    "power": operator.pow,
    "negative": operator.neg,
    "clone": lambda x: x,
    "detach": lambda x: x,
    "abs": sp.Abs,
    "sign": sp.sign,
    "sqrt": sp.sqrt,
    "atan2": sp.atan2,
    "ceil": sp.ceiling,
    "lgamma": sp.loggamma,
}
_SAME_NAME = [
    *["exp", "log", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh"],
    *["asinh", "acosh", "atanh", "floor", "erf", "erfc", "gamma", "digamma"],
]
_COMPARISONS: dict[str, Callable[..., Any]] = {
    "less": sp.Lt,
    "less_equal": sp.Le,
    "greater": sp.Gt,
    "greater_equal": sp.Ge,
    "equal": sp.Eq,
    "not_equal": sp.Ne,
}


class Elements(Objects):
    """Rules over SymPy expressions.

    Takes   point: numbers of some symbols, at which comparisons are decided and entries ordered;
            without one a comparison stays a condition.

    >>> from symgrad.algebras.elements import Elements
    >>> E = Elements(); x = E.letters("x", (2,))
    >>> E.sum(x * x)
    elements(array(x[0]**2 + x[1]**2, dtype=object))
    """

    name = "elements"
    atoms: ClassVar[dict[str, Callable[..., Any]]] = {
        **{word: _arithmetic(f) for word, f in _ARITHMETIC.items()},
        **{word: _arithmetic(getattr(sp, word)) for word in _SAME_NAME},
        **{word: _arithmetic(f) for word, f in _COMPARISONS.items()},
        "where": _where,
        "logical_and": _logic(sp.And),
        "logical_or": _logic(sp.Or),
        "logical_not": _logic(sp.Not),
        "isnan": _is(sp.nan),
        "isinf": _is(sp.oo, -sp.oo, sp.zoo),
        "isfinite": lambda x: sp.Not(_is(sp.nan, sp.oo, -sp.oo, sp.zoo)(x)),
    }

    def __init__(self, point: Mapping[sp.Symbol, Any] | None = None) -> None:
        self.point = None if point is None else {s: _at(v) for s, v in point.items()}
        if point is not None:
            for word in _COMPARISONS:
                self.__dict__[word] = self._deciding(word)

    @property
    def pi(self) -> ObjectArray:
        """The circle's number."""
        return self.array([sp.pi], ())

    @property
    def e(self) -> ObjectArray:
        """Euler's number."""
        return self.array([sp.E], ())

    @property
    def inf(self) -> ObjectArray:
        """Infinity."""
        return self.array([sp.oo], ())

    def letters(self, name: str, shape: tuple[int, ...]) -> ObjectArray:
        """An array of symbols, named after ``name`` and the place of each."""
        places = np.ndindex(*shape)
        return self.array([symbol(element_name(name, place)) for place in places], tuple(shape))

    def number(self, value: Any) -> Scalar:
        return exact(value)

    def as_number(self, scalar: Scalar) -> Scalar:
        return as_term(scalar)

    def add_all(self, terms: Sequence[Scalar]) -> Scalar:
        return sp.Add(*map(as_term, terms))

    def multiply_all(self, factors: Sequence[Scalar]) -> Scalar:
        return sp.Mul(*map(as_term, factors))

    def max(self, x: Any, *, axis: Any = None, keepdims: bool = False) -> ObjectArray:
        return self.fold(lambda row: self._chosen(sp.Max, row), x, axis, keepdims)

    def min(self, x: Any, *, axis: Any = None, keepdims: bool = False) -> ObjectArray:
        return self.fold(lambda row: self._chosen(sp.Min, row), x, axis, keepdims)

    def _chosen(self, function: Callable[..., Any], row: Sequence[Scalar]) -> Scalar:
        if self.point is None:
            return function(*row)
        pick = max if function is sp.Max else min
        return pick(row, key=self.sort_key)

    def sort_key(self, scalar: Scalar) -> Any:
        """Where a scalar lies at the point (or by itself, where it is a number).

        Raises  NoClosedForm where that is not known.
        """
        at = as_term(scalar) if self.point is None else as_term(scalar).xreplace(self.point)
        found = at if at.is_Rational else at.evalf(_DECIDING_DIGITS)
        if not found.is_number or not found.is_extended_real:
            raise NoClosedForm(f"the order of entries such as {str(scalar)[:60]} is not known")
        return found

    def elementwise(self, rule: Any, operands: tuple[Any, ...], params: dict[str, Any]) -> Any:
        if self.point is not None and rule.word in _COMPARISONS:
            return self._deciding(rule.word)(*operands)
        return super().elementwise(rule, operands, params)

    def _deciding(self, word: str) -> Callable[..., Any]:
        compare = _COMPARISONS[word]

        def decide(a: Scalar, b: Scalar) -> Scalar:
            return compare(self.sort_key(a), self.sort_key(b))

        return lambda a, b: self.map(decide, a, b)


class Printed(Elements):
    """As ``Elements``, but max, min and relu stay the names that people read.

    Their slopes come from the rules, so it is not the place to let SymPy differentiate.
    """

    name = "printed"
    atoms: ClassVar[dict[str, Callable[..., Any]]] = {
        **Elements.atoms,
        "maximum": _arithmetic(sp.Max),
        "minimum": _arithmetic(sp.Min),
        "relu": lambda x: sp.Max(0, as_term(x)),
    }
