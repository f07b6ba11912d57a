"""SymPy's functions by the rule that computes each; imported by ``from_sympy`` and its values.

The table is the elements algebra's own, read backwards: a rule that learns its SymPy function there
is known here as well.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NoReturn

import sympy as sp
from sympy.codegen import cfunctions
from sympy.logic.boolalg import Boolean

from symgrad.algebras.elements import Elements
from symgrad.errors import NoClosedForm, compose
from symgrad.grammar.primitive import REGISTRY
from symgrad.symbolic.form import shortest

#: Functions of any number of arguments, which a rule of two folds.
FOLDED: dict[Any, str] = {
    sp.Max: "maximum",
    sp.Min: "minimum",
    sp.And: "logical_and",
    sp.Or: "logical_or",
}


def _backwards() -> dict[Any, str]:
    """SymPy function -> word, for every atom that is one function of its operands in order."""
    found: dict[Any, str] = {sp.Not: "logical_not"}
    for word in ("expm1", "log1p", "log2", "log10", "hypot"):
        found[getattr(cfunctions, word)] = word
    for word, atom in Elements.atoms.items():
        if word not in REGISTRY:
            continue
        count = len(inspect.signature(REGISTRY[word]).parameters)
        letters = sp.symbols(f"a:{count}", real=True)
        made = atom(*letters)
        if isinstance(made, (sp.Function, Boolean)) and made.args == letters:
            found[made.func] = word
    return found


#: SymPy's functions that are one rule, by class.
WORDS = _backwards()

_PIECES: dict[Any, Callable[..., Any]] = {
    sp.sinc: lambda x: sp.Piecewise((sp.sin(x) / x, sp.Ne(x, 0)), (1, True)),
    sp.Heaviside: lambda x, at0=sp.S.Half: sp.Piecewise((1, x > 0), (at0, sp.Eq(x, 0)), (0, True)),
    sp.KroneckerDelta: lambda i, j, *_: sp.Piecewise((1, sp.Eq(i, j)), (0, True)),
    sp.ITE: lambda held, a, b: sp.Or(sp.And(held, a), sp.And(sp.Not(held), b)),
    sp.Implies: lambda a, b: sp.Or(sp.Not(a), b),
}
#: What SymPy defines by other functions, written in those.
REWRITTEN: dict[Any, Callable[..., Any]] = {
    **_PIECES,
    sp.sec: lambda x: 1 / sp.cos(x),
    sp.csc: lambda x: 1 / sp.sin(x),
    sp.cot: lambda x: sp.cos(x) / sp.sin(x),
    sp.sech: lambda x: 1 / sp.cosh(x),
    sp.csch: lambda x: 1 / sp.sinh(x),
    sp.coth: lambda x: sp.cosh(x) / sp.sinh(x),
    sp.acot: lambda x: sp.atan(1 / x),
    sp.asec: lambda x: sp.acos(1 / x),
    sp.acsc: lambda x: sp.asin(1 / x),
    sp.asech: lambda x: sp.acosh(1 / x),
    sp.acsch: lambda x: sp.asinh(1 / x),
    sp.acoth: lambda x: sp.atanh(1 / x),
}

#: Factors that may be 0 where the others cannot be read.
GUARDS = (sp.Piecewise, sp.KroneckerDelta, sp.Heaviside)

_MENDS: dict[Any, str] = {
    sp.Derivative: "call .doit() on the expression first, or let symgrad differentiate",
    sp.Integral: "call .doit() first, or write the integral as a Sum",
    sp.Subs: "call .doit() on the expression first",
    sp.Indexed: "index a sympy.IndexedBase, and give the array when calling",
    sp.re: "declare the symbols with real=True",
    sp.im: "declare the symbols with real=True",
    sp.conjugate: "declare the symbols with real=True",
}


def rewritten(expr: Any) -> Any:
    """The expression itself, or what stands for it in functions that have rules."""
    made = REWRITTEN.get(expr.func)
    return expr if made is None else made(*expr.args)


def refuse(expr: Any) -> NoReturn:
    """Say which part has no rule, and what to do."""
    if expr is sp.I:
        raise NoClosedForm(
            compose(
                "from_sympy: I is no real number, and symgrad's numbers are real.",
                mend="give the real and the imaginary part, each as its own expression",
            )
        )
    if isinstance(expr, sp.MatrixExpr):
        raise NoClosedForm(
            compose(
                f"from_sympy: {shortest(expr)} is an expression of whole matrices.",
                mend="write its entries: .as_explicit(), or IndexedBase with Sum",
            )
        )
    if isinstance(expr, sp.Pow):
        raise NoClosedForm(
            compose(
                f"from_sympy: {shortest(expr)} is no real number.",
                mend="sympy.real_root gives the real root of a negative number",
            )
        )
    if isinstance(expr, (sp.Sum, sp.Product)):
        raise NoClosedForm(
            compose(
                f"from_sympy: {shortest(expr)} has no two finite bounds for each index.",
                mend="write (i, 0, n - 1), or use the value that .doit() finds",
            )
        )
    name = getattr(expr.func, "__name__", str(expr.func))
    mend = "rewrite it in functions that have one (expr.rewrite(...)), or give it as a symbol"
    raise NoClosedForm(
        compose(
            f"from_sympy: there is no rule for {name}.",
            [("in", shortest(expr))],
            mend=_MENDS.get(expr.func, mend),
        )
    )
