"""SymPy expressions put to use: proving two equal, and computing one with many digits.

The verification floor imports this. An expression is read node by node; no code is generated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sympy as sp

from symgrad.algebras.precise import Precise
from symgrad.errors import NoClosedForm

#: Expressions with more operations than this are not put to the costly proofs.
PROOF_SIZE = 400
FOLD_SIZE = 60


def is_zero(difference: Any) -> bool:
    """Whether an expression is proven to be 0, by equality, expansion or a common denominator.

    >>> import sympy
    >>> x = sympy.Symbol("x", real=True)
    >>> is_zero((x + 1)**2 - x**2 - 2*x - 1), is_zero(sympy.sin(x)**2)
    (True, False)
    """
    if difference == 0:
        return True
    if sp.count_ops(difference) > PROOF_SIZE:
        return False
    for attempt in (_expanded, _common, _exponentials, _by_piece):
        try:
            if attempt(difference) == 0:
                return True
        except (sp.PolynomialError, NotImplementedError, ValueError, TypeError):
            continue
    return False


def _expanded(e: Any) -> Any:
    return sp.expand(e)


def _common(e: Any) -> Any:
    return sp.cancel(sp.together(sp.powsimp(e)))


def _exponentials(e: Any) -> Any:
    return sp.cancel(sp.together(sp.expand(e.rewrite(sp.exp))))


def _by_piece(e: Any) -> Any:
    """0 where each piece of a function by cases is; the conditions are not simplified: too slow."""
    if not e.has(sp.Piecewise) or sp.count_ops(e) > FOLD_SIZE:
        return e
    folded = sp.piecewise_fold(e)
    if not isinstance(folded, sp.Piecewise):
        return sp.expand(folded)
    return 0 if all(_expanded(v) == 0 or _common(v) == 0 for v, _ in folded.args) else e


_COMPARISONS: dict[Any, str] = {
    sp.StrictLessThan: "less", sp.LessThan: "less_equal", sp.StrictGreaterThan: "greater",
    sp.GreaterThan: "greater_equal", sp.Equality: "equal", sp.Unequality: "not_equal",
    sp.And: "logical_and", sp.Or: "logical_or", sp.Not: "logical_not",
}  # fmt: skip
_FUNCTIONS: dict[Any, str] = {
    sp.Add: "add", sp.Mul: "multiply", sp.Pow: "power", sp.exp: "exp", sp.log: "log",
    sp.sin: "sin", sp.cos: "cos", sp.tan: "tan", sp.asin: "asin", sp.acos: "acos",
    sp.atan: "atan", sp.atan2: "atan2", sp.sinh: "sinh", sp.cosh: "cosh", sp.tanh: "tanh",
    sp.asinh: "asinh", sp.acosh: "acosh", sp.atanh: "atanh", sp.Abs: "abs", sp.sign: "sign",
    sp.Max: "maximum", sp.Min: "minimum", sp.floor: "floor", sp.ceiling: "ceil",
}  # fmt: skip


class Computed:
    """Expressions at a point, with the digits of a precise algebra."""

    def __init__(self, algebra: Precise) -> None:
        self.algebra = algebra
        self.context = algebra.context
        atoms = Precise.atoms
        self._by_class: dict[Any, Callable[..., Any]] = {
            c: atoms[w] for c, w in {**_FUNCTIONS, **_COMPARISONS}.items()
        }

    def value(self, e: Any, at: Mapping[Any, Any]) -> Any:
        """The number of an expression.

        Takes   at: a number of the algebra for each symbol.
        Raises  NoClosedForm for what has no number here, such as an unevaluated derivative.
        """
        if e in at:
            return at[e]
        if e is sp.true or e is sp.false:
            return bool(e)
        if e.is_number and not e.args:
            return self._constant(e)
        if isinstance(e, sp.Piecewise):
            return self._piecewise(e, at)
        function = self._by_class.get(type(e))
        if function is None:
            return self._special(e, at)
        if isinstance(e, sp.Pow) and e.exp == sp.Rational(1, 2):
            return Precise.atoms["sqrt"](self.value(e.base, at))
        if isinstance(e, sp.Pow) and e.exp == -1:
            return Precise.atoms["divide"](self.context.one, self.value(e.base, at))
        values = [self.value(a, at) for a in e.args]
        if len(values) == 1:
            return function(values[0])
        total = values[0]
        for v in values[1:]:
            total = function(total, v)
        return total

    def _constant(self, e: Any) -> Any:
        ctx = self.context
        if isinstance(e, sp.Rational):
            return ctx.mpf(int(e.p)) / int(e.q)
        if isinstance(e, sp.Float):
            return ctx.mpf(e._mpf_)
        known = {sp.pi: ctx.pi, sp.E: ctx.e, sp.oo: ctx.inf, -sp.oo: -ctx.inf, sp.nan: ctx.nan}
        if e in known:
            return +known[e]
        raise NoClosedForm(f"{e} is no real number")

    def _piecewise(self, e: Any, at: Mapping[Any, Any]) -> Any:
        for value, condition in e.args:
            if self.value(condition, at):
                return self.value(value, at)
        return self.context.nan

    def _special(self, e: Any, at: Mapping[Any, Any]) -> Any:
        if isinstance(e, sp.Heaviside):
            x = self.value(e.args[0], at)
            half = self.value(e.args[1], at) if len(e.args) > 1 else self.context.mpf(1) / 2
            return half if x == 0 else self.context.mpf(int(x > 0))
        if isinstance(e, sp.DiracDelta):
            x = self.value(e.args[0], at)
            if x != 0:
                return self.context.zero
        raise NoClosedForm(f"{str(e)[:60]} has no number here")
