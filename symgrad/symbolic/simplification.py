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
LARGEST, MOST = 60, 600
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
    return weight(expression, 4 * LARGEST), depth(expression), str(expression)


def _shortest(expression: Any) -> Any:
    forms = [expression]
    for rewrite in _REWRITES:
        made = rewrite(expression)
        if made is not None and made not in forms:
            forms.append(made)
    best = min(forms, key=cost)
    return _as_in_textbooks(forms, best)


def _as_in_textbooks(forms: list[Any], best: Any) -> Any:
    """A polynomial in one letter multiplied out, unless that is much longer."""
    if len(best.free_symbols) != 1 or not best.is_polynomial():
        return best
    room = 3 * weight(best, 4 * LARGEST)
    flat = [f for f in forms if f.is_Add and all(not t.atoms(sp.Add) for t in f.args)]
    flat = [f for f in flat if 2 * weight(f, 4 * LARGEST) <= room]
    return min(flat, key=cost) if flat else best


def _expanded(expression: Any) -> Any:
    """Multiplied out, unless that makes it long."""
    for power in expression.atoms(sp.Pow):
        if power.base.is_Add and power.exp.is_Integer and abs(power.exp) > _EXPONENT:
            return None
    made = sp.expand_mul(sp.expand_multinomial(expression))
    return made if weight(made, 4 * LARGEST) < 4 * LARGEST else None


def _factored(expression: Any) -> Any:
    made = factor_terms(expression)
    return made if not made.atoms(sp.Integral, sp.Sum) else None


def _cancelled(expression: Any) -> Any:
    """Numerator and denominator without common factors, where both are polynomials."""
    if not any(p.exp.is_negative for p in expression.atoms(sp.Pow)):
        return None
    if expression.has(sp.Piecewise, sp.Max, sp.Min, sp.Abs, sp.sign):
        return None
    try:
        return sp.cancel(expression)
    except (sp.PolynomialError, NotImplementedError):
        return None


def _collected(expression: Any) -> Any:
    made = _expanded(expression)
    return None if made is None else factor_terms(made)


_REWRITES: tuple[Callable[[Any], Any], ...] = (_expanded, _factored, _cancelled, _collected)
