"""Numbers of formulas, at any number of digits; imported by closed forms and their checks.

mpmath computes; no code is generated. A value is computed at rising precision until two runs agree,
for a formula that subtracts nearly equal numbers loses more digits than any fixed guard.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import mpmath
import sympy as sp
from mpmath import MPContext
from sympy.logic.boolalg import Boolean

from symgrad.errors import NoClosedForm

#: Decimal digits at which a value is believed even where two runs still differ.
MOST_DIGITS = 1000

_FUNCTIONS: dict[Any, str] = {
    sp.exp: "exp", sp.log: "ln", sp.sin: "sin", sp.cos: "cos", sp.tan: "tan", sp.asin: "asin",
    sp.acos: "acos", sp.atan: "atan", sp.sinh: "sinh", sp.cosh: "cosh", sp.tanh: "tanh",
    sp.asinh: "asinh", sp.acosh: "acosh", sp.atanh: "atanh", sp.Abs: "fabs", sp.sign: "sign",
    sp.floor: "floor", sp.ceiling: "ceil", sp.atan2: "atan2", sp.erf: "erf", sp.erfc: "erfc",
    sp.gamma: "gamma", sp.loggamma: "loggamma", sp.digamma: "digamma", sp.polygamma: "polygamma",
    sp.cot: "cot", sp.sec: "sec", sp.csc: "csc", sp.sech: "sech", sp.csch: "csch", sp.coth: "coth",
}  # fmt: skip
_RELATIONS: dict[Any, Callable[[Any, Any], bool]] = {
    sp.StrictGreaterThan: lambda a, b: bool(a > b),
    sp.GreaterThan: lambda a, b: bool(a >= b),
    sp.StrictLessThan: lambda a, b: bool(a < b),
    sp.LessThan: lambda a, b: bool(a <= b),
    sp.Equality: lambda a, b: bool(a == b),
    sp.Unequality: lambda a, b: bool(a != b),
}


def number(ctx: MPContext, value: Any) -> Any:
    """A number that somebody gave, exactly as it is held."""
    if isinstance(value, sp.Rational):
        return ctx.mpf(int(value.p)) / int(value.q)
    if isinstance(value, Fraction):
        return ctx.mpf(value.numerator) / value.denominator
    if isinstance(value, sp.Basic):
        return _constant(ctx, value)
    if isinstance(value, bool):
        return value
    return ctx.mpf(value)


def values_at(
    lets: Mapping[sp.Symbol, Any],
    expressions: Sequence[Any],
    point: Mapping[sp.Symbol, Any],
    digits: int,
) -> list[Any]:
    """The expressions' values, ``digits`` of them right wherever that many can be had.

    Takes   point: a number for every letter (float, int, Fraction, mpf, SymPy number).
    Gives   mpmath numbers and truth values; nan outside the real domain.
    """
    carried = digits + 15
    before = _run(lets, expressions, point, carried)
    while carried < MOST_DIGITS:
        carried *= 2
        now = _run(lets, expressions, point, carried)
        if all(_agree(a, b, digits) for a, b in zip(before, now, strict=True)):
            return now
        before = now
    return before


def _agree(a: Any, b: Any, digits: int) -> bool:
    finite = mpmath.isfinite(a) and mpmath.isfinite(b)
    if isinstance(a, bool) or isinstance(b, bool) or not finite:
        return str(a) == str(b)
    return bool(abs(a - b) <= abs(b) * mpmath.mpf(10) ** (-digits - 1))


def _run(
    lets: Mapping[sp.Symbol, Any],
    expressions: Sequence[Any],
    point: Mapping[sp.Symbol, Any],
    carried: int,
) -> list[Any]:
    ctx = MPContext()
    ctx.dps = carried
    known: dict[Any, Any] = {s: number(ctx, v) for s, v in point.items()}
    for let, meaning in lets.items():
        known[let] = value_of(ctx, meaning, known)
    return [value_of(ctx, e, known) for e in expressions]


def value_of(ctx: MPContext, expression: Any, known: dict[Any, Any]) -> Any:
    """One expression's value, without recursion; ``known`` gains every part's value."""
    stack = [expression]
    while stack:
        part = stack[-1]
        if part in known:
            stack.pop()
            continue
        if not part.args or part.is_Rational:
            known[stack.pop()] = _constant(ctx, part)
            continue
        missing = [a for a in part.args if a not in known]
        if missing:
            stack.extend(missing)
            continue
        stack.pop()
        known[part] = _apply(ctx, part, [known[a] for a in part.args])
    return known[expression]


def _constant(ctx: MPContext, atom: Any) -> Any:
    if atom is sp.true or atom is sp.false:
        return atom is sp.true
    if atom.is_Rational:
        return ctx.mpf(int(atom.p)) / int(atom.q)
    named = {sp.pi: ctx.pi, sp.E: ctx.e, sp.oo: ctx.inf, -sp.oo: -ctx.inf}
    if atom in named:
        return +named[atom]
    if atom.is_Float:
        return ctx.mpf(atom._mpf_)
    if atom is sp.nan or atom is sp.zoo or atom is sp.I:
        return ctx.nan
    if atom.is_Symbol:
        raise NoClosedForm(f"{atom} has no value here; give it one: evaluate({atom}=...)")
    return ctx.mpf(sp.N(atom, ctx.dps)._mpf_)


def _apply(ctx: MPContext, part: Any, values: list[Any]) -> Any:
    try:
        found = _computed(ctx, part, values)
    except (ZeroDivisionError, ValueError, OverflowError):
        return ctx.nan
    if isinstance(found, (bool, ctx.mpf, tuple)):
        return found
    real = isinstance(found, ctx.mpc) and found.imag == 0
    return found.real if real else ctx.nan


def _computed(ctx: MPContext, part: Any, values: list[Any]) -> Any:
    function = part.func
    if part.is_Add:
        return sum(values[1:], values[0])
    if part.is_Mul:
        return _product(ctx, values)
    if part.is_Pow:
        return _power(ctx, *values)
    if function is sp.Piecewise:
        return next((value for value, held in values if held), ctx.nan)
    if part.__class__.__name__ == "ExprCondPair":
        return tuple(values)
    if function in (sp.Max, sp.Min):
        return _extreme(ctx, max if function is sp.Max else min, values)
    if isinstance(part, Boolean):
        return _truth(part, values)
    if function not in _FUNCTIONS:
        raise NoClosedForm(f"{function.__name__} has no numbers here")
    return getattr(ctx, _FUNCTIONS[function])(*values)


def _product(ctx: MPContext, values: list[Any]) -> Any:
    out = ctx.one
    for value in values:
        out = out * value
    return out


def _power(ctx: MPContext, base: Any, exponent: Any) -> Any:
    if base == 0 and exponent < 0:
        return ctx.inf if exponent != int(exponent) or int(exponent) % 2 == 0 else ctx.nan
    return base**exponent


def _extreme(ctx: MPContext, pick: Callable[..., Any], values: list[Any]) -> Any:
    return ctx.nan if any(ctx.isnan(v) for v in values) else pick(values)


def _truth(part: Any, values: list[Any]) -> bool:
    relation = _RELATIONS.get(part.func)
    if relation is not None:
        return relation(*values)
    if part.func is sp.Not:
        return not values[0]
    return all(values) if part.func is sp.And else any(values)
