"""The shortest of a few ways to write an expression; imported by lowering.

Bounded in effort: only expressions of moderate size are rewritten, by steps whose cost is known.
SymPy's own ``simplify`` is never called; it can take minutes, and its answer changes by version.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy as sp
from sympy.core.exprtools import factor_terms

from symgrad.symbolic.lets import depth, weight

#: Parts of the largest expression that is rewritten, and how many a formula may have rewritten.
LARGEST, MOST = 60, 300
#: Up to where forms are weighed.
_FAR = 4 * LARGEST
#: Powers above this are not multiplied out.
_EXPONENT = 6


class Tidy:
    """A simplifier with a budget, which remembers what it has seen."""

    def __init__(self) -> None:
        self.known: dict[Any, Any] = {}

    def __call__(self, expression: Any) -> Any:
        """The expression in its shortest form; itself where it is too large to look at."""
        if not expression.args or not isinstance(expression, sp.Expr):
            return expression
        found = self.known.get(expression)
        if found is None:
            if len(self.known) >= MOST or weight(expression, LARGEST) >= LARGEST:
                return expression
            found = self.known[expression] = _shortest(expression)
        return found


def cost(expression: Any) -> tuple[int, int, str]:
    """What is compared: parts, then levels, then the text, so that no tie is left to chance."""
    return weight(expression, _FAR), depth(expression), str(expression)


def _shortest(expression: Any) -> Any:
    forms = [expression]
    for rewrite in _REWRITES:
        made = rewrite(expression)
        if made is not None and made not in forms:
            forms.append(made)
    best = min(forms, key=cost)
    return _as_in_textbooks(forms, best)


def _as_in_textbooks(forms: list[Any], best: Any) -> Any:
    """A polynomial multiplied out, where that costs little and no common factor is lost by it."""
    if not best.is_polynomial():
        return best
    flat = [f for f in forms if f.is_Add and not any(t.atoms(sp.Add) for t in f.args)]
    if not flat:
        return best
    made = min(flat, key=cost)
    if len(best.free_symbols) == 1:
        return made if 2 * weight(made, _FAR) <= 3 * weight(best, _FAR) else best
    only_a_number = best.is_Mul and len(best.args) == 2 and best.args[0].is_Number
    factors = {abs(t.as_coeff_Mul()[0]) for t in made.args}
    return made if only_a_number and len(factors) > 1 else best


def _expanded(expression: Any) -> Any:
    """Multiplied out, unless that makes it long."""
    for power in expression.atoms(sp.Pow):
        if power.base.is_Add and not (power.exp.is_Rational and 0 < power.exp <= _EXPONENT):
            return None  # a denominator reads best in its factors
    made = sp.expand_mul(sp.expand_multinomial(expression))
    return made if weight(made, _FAR) < _FAR else None


def _factored(expression: Any) -> Any:
    made = factor_terms(expression)
    return made if not made.atoms(sp.Integral, sp.Sum) else None


def _cancelled(expression: Any) -> Any:
    """Numerator and denominator without common factors, where both are polynomials."""
    if not any(p.exp.is_negative for p in expression.atoms(sp.Pow)):
        return None
    if expression.has(sp.exp, sp.Piecewise, sp.Max, sp.Min, sp.Abs, sp.sign):
        return None
    try:
        return min((made := sp.cancel(expression)), sp.factor(made), key=cost)
    except (sp.PolynomialError, NotImplementedError):
        return None


def _collected(expression: Any) -> Any:
    made = _expanded(expression)
    return None if made is None else factor_terms(made)


def _joined(expression: Any) -> Any:
    """Powers of one base as one power, where an exponent holds a letter."""
    if all(p.exp.is_number for p in expression.atoms(sp.Pow)):
        return None
    joined = sp.powsimp(expression)
    return factor_terms(joined)


def _flattened(expression: Any) -> Any:
    """A choice whose rest is a choice, as one."""
    if not isinstance(expression, sp.Piecewise):
        return None
    rest, condition = expression.args[-1]
    if condition is not sp.true or not isinstance(rest, sp.Piecewise):
        return None
    return sp.Piecewise(*expression.args[:-1], *rest.args)


_REWRITES: tuple[Callable[[Any], Any], ...] = (
    _expanded, _factored, _cancelled, _collected, _joined, _flattened,
)  # fmt: skip
