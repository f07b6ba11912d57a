"""The precise algebra: rules over mpmath numbers, any number of digits, reading the formula.

It decides comparisons by value and computes a selection's integers anew, so that a step off a tie
sees the choice that the function itself would make there. Verification and formulas import this.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from mpmath import MPContext

from symgrad.algebras.objects import ObjectArray, Objects
from symgrad.grammar.primitive import Primitive

#: Digits carried beyond those asked for.
GUARD_DIGITS = 15
#: Beyond 2**LARGEST an exponential is called infinite: its exponent alone would fill the memory.
LARGEST = 4096

Scalar = Any  # an mpf of some context, or a truth value


def _real(word: str) -> Callable[[Scalar], Scalar]:
    """A function of one real number by mpmath's name; nan where it leaves the reals."""

    def atom(x: Scalar) -> Scalar:
        ctx = x.context
        try:
            y = getattr(ctx, word)(x)
        except (ValueError, ZeroDivisionError, OverflowError, NotImplementedError):
            return ctx.nan
        return y if isinstance(y, ctx.mpf) else ctx.nan

    return atom


def _within(word: str, at_plus: str, at_minus: str) -> Callable[[Scalar], Scalar]:
    """A function that grows or turns too fast far out, with its values there."""
    inner = _real(word)

    def atom(x: Scalar) -> Scalar:
        ctx = x.context
        if ctx.isnan(x):
            return x
        if ctx.isinf(x) or ctx.mag(x) > LARGEST:
            return +ctx.mpf(at_plus if x > 0 else at_minus)
        return inner(x)

    return atom


def _logarithm(scale: Callable[[Any], Any] | None = None) -> Callable[[Scalar], Scalar]:
    def atom(x: Scalar) -> Scalar:
        ctx = x.context
        if not x > 0:
            return -ctx.inf if x == 0 else ctx.nan
        y = ctx.ln(x)
        return y if scale is None else y / scale(ctx)

    return atom


def _log1p(x: Scalar) -> Scalar:
    ctx = x.context
    if not x > -1:
        return -ctx.inf if x == -1 else ctx.nan
    return ctx.log1p(x) if ctx.isfinite(x) else x


def _divide(a: Scalar, b: Scalar) -> Scalar:
    if b == 0:
        ctx = b.context
        return ctx.nan if a == 0 or ctx.isnan(a) else ctx.sign(a) * ctx.inf
    return a / b


def _power(a: Scalar, b: Scalar) -> Scalar:
    ctx = a.context
    if b == 0 or a == 1:
        return ctx.one
    if ctx.isnan(a) or ctx.isnan(b):
        return ctx.nan
    if a == 0:
        return ctx.zero if b > 0 else ctx.inf
    if ctx.isfinite(a) and ctx.isfinite(b) and abs(b * ctx.ln(abs(a))) > ctx.mpf(2) ** LARGEST:
        return ctx.inf if (abs(a) > 1) == (b > 0) else ctx.zero
    try:
        y = a**b
    except (ValueError, ZeroDivisionError, OverflowError):
        return ctx.nan
    return y if isinstance(y, ctx.mpf) else ctx.nan


def _atan2(a: Scalar, b: Scalar) -> Scalar:
    return a.context.atan2(a, b)


def _maximum(a: Scalar, b: Scalar) -> Scalar:
    return a if a != a or a >= b else b


def _minimum(a: Scalar, b: Scalar) -> Scalar:
    return a if a != a or a <= b else b


def _sign(x: Scalar) -> Scalar:
    return x if x != x else x.context.sign(x)


#: What the words of elementwise rules mean on mpmath numbers.
_ATOMS: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": _divide,
    "negative": lambda x: -x,
    "clone": lambda x: x,
    "detach": lambda x: x,
    "abs": abs,
    "sign": _sign,
    "square": lambda x: x * x,
    "sqrt": lambda x: x.context.sqrt(x) if x >= 0 else x.context.nan,
    "power": _power,
    "exp": _within("exp", "inf", "0"),
    "expm1": _within("expm1", "inf", "-1"),
    "log": _logarithm(),
    "log2": _logarithm(lambda ctx: ctx.ln(2)),
    "log10": _logarithm(lambda ctx: ctx.ln(10)),
    "log1p": _log1p,
    "sin": _within("sin", "nan", "nan"),
    "cos": _within("cos", "nan", "nan"),
    "tan": _within("tan", "nan", "nan"),
    "asin": _real("asin"),
    "acos": _real("acos"),
    "atan": _real("atan"),
    "atan2": _atan2,
    "sinh": _within("sinh", "inf", "-inf"),
    "cosh": _within("cosh", "inf", "inf"),
    "tanh": _within("tanh", "1", "-1"),
    "asinh": _real("asinh"),
    "acosh": _real("acosh"),
    "atanh": _real("atanh"),
    "maximum": _maximum,
    "minimum": _minimum,
    "where": lambda condition, a, b: a if condition else b,
    "less": lambda a, b: a < b,
    "less_equal": lambda a, b: a <= b,
    "greater": lambda a, b: a > b,
    "greater_equal": lambda a, b: a >= b,
    "equal": lambda a, b: a == b,
    "not_equal": lambda a, b: a != b,
    "logical_and": lambda a, b: bool(a) and bool(b),
    "logical_or": lambda a, b: bool(a) or bool(b),
    "logical_not": lambda a: not a,
    "isnan": lambda x: x != x,
    "isinf": lambda x: bool(x.context.isinf(x)),
    "isfinite": lambda x: bool(x.context.isfinite(x)),
    "floor": lambda x: x.context.floor(x),
    "ceil": lambda x: x.context.ceil(x),
}


class Precise(Objects):
    """Rules over mpmath numbers.

    Takes   digits: how many are right in a well-conditioned result; ``GUARD_DIGITS`` more are
            carried. Each instance has a context of its own: nobody else's precision changes.

    >>> from symgrad.algebras.precise import Precise
    >>> print(Precise(digits=30).sqrt(2).item())
    1.41421356237309504880168872420969807856967188
    """

    name = "precise"
    atoms = _ATOMS

    def __init__(self, digits: int = 50) -> None:
        self.digits = digits
        self.context = MPContext()
        self.context.dps = digits + GUARD_DIGITS

    @property
    def pi(self) -> Any:
        """The circle's number, to all digits carried."""
        return self.array([+self.context.pi], ())

    @property
    def e(self) -> Any:
        """Euler's number, to all digits carried."""
        return self.array([+self.context.e], ())

    @property
    def inf(self) -> Any:
        """Infinity."""
        return self.array([self.context.inf], ())

    def number(self, value: Any) -> Scalar:
        """A Python number, exactly as it is held; a truth value stays one."""
        if isinstance(value, bool):
            return value
        return self.context.mpf(value)

    def add_all(self, terms: Sequence[Scalar]) -> Scalar:
        total = self.context.zero
        for term in terms:
            total = total + term
        return total

    def multiply_all(self, factors: Sequence[Scalar]) -> Scalar:
        total = self.context.one
        for factor in factors:
            total = total * factor
        return total

    def sort_key(self, scalar: Scalar) -> Scalar:
        """The number itself; nan sorts as the largest, as in NumPy."""
        return self.context.inf if scalar != scalar else scalar

    def magnitude(self, scalar: Scalar) -> Scalar:
        """How large a pivot is."""
        return abs(scalar)

    def cast(self, x: Any, *, dtype: Any = None) -> Any:
        """``x`` as integers or truth values would hold it; a float dtype changes nothing."""
        kind = np.dtype(dtype).kind if dtype is not None and _is_numpy(dtype) else "f"
        if kind == "b":
            return self.map(bool, x)
        if kind in "iu":
            return self.map(lambda v: self.context.mpf(int(v)), x)
        return self.map(self.as_number, x)

    def matmul(self, a: Any, b: Any) -> ObjectArray:
        """The matrix product, by NumPy on objects: no Python loop but the products' own."""
        a, b = self.lift(a), self.lift(b)
        if a.size == 0 or b.size == 0:
            return super().matmul(a, b)
        return ObjectArray(self._kept(np.matmul(a.data, b.data)), self)

    def forward_of(self, rule: Primitive, operands: tuple[Any, ...], params: dict[str, Any]) -> Any:
        """One call of a rule by its forward, the algorithm that floats run, not its formula."""
        lifted = tuple(self.lift(o) for o in operands)
        if rule.path_rule is not None and "path" not in params:
            params = {**params, "path": rule.path_rule(self, *lifted, **params)}
        return self.lift(rule.forward(self, *lifted, **params))


def _is_numpy(dtype: Any) -> bool:
    return isinstance(dtype, (np.dtype, type)) or hasattr(dtype, "name")
