"""SymPy's own derivative of a gallery program, entry by entry, against a printed index form.

The program's formula is lowered over symbols, one an entry, and differentiated by ``sympy.diff``
alone. What is declared of an input is put in afterwards, in both: the derivative is in all entries.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import sympy as sp
from gallery import Case

import symgrad as sg
from symgrad.algebras.elements import Elements, element_name, exact, symbol
from tests.time_limit import OutOfTime, within

#: Digits at which a difference is taken, and how small it must be beside what is compared.
DIGITS, SMALL = 50, mpmath.mpf(10) ** -40
POINTS = 3
#: A formula with more parts than this, written out, is differentiated let by let.
LARGE = 20_000


def verdict(case: Case, seconds: float) -> str:
    """How the printed index form was found right: "equal", "proved" or "digits".

    Raises  AssertionError where it is wrong.
    """
    form = case.index_form()
    sizes = sizes_of(case, form)
    arrays = letters_of(case, form, sizes)
    forward = program(case, arrays)
    if written_out(forward) > LARGE:
        by_chain_rule(case, form, forward, arrays)
        return "digits"
    ours = entries(form.numbers_at(*squeezed(arrays, sizes), Elements()))
    theirs = derivative(case, forward, arrays)
    assert len(ours) == len(theirs)
    known = facts(case, arrays)
    pairs = [(sp.S(a).xreplace(known), sp.S(b).xreplace(known))
             for a, b in zip(ours, theirs, strict=True)]  # fmt: skip
    if all(a == b for a, b in pairs):
        return "equal"
    if is_proved(pairs, seconds):
        return "proved"
    by_digits(pairs)
    return "digits"


def is_proved(pairs: list[tuple[Any, Any]], seconds: float) -> bool:
    """Whether SymPy proves every pair equal, within so many seconds."""
    try:
        with within(seconds):
            return all(is_zero(a - b) for a, b in pairs)
    except OutOfTime:
        return False


def is_zero(difference: Any) -> bool:
    """Whether SymPy proves it, by the cheap ways first."""
    steps: list[Callable[[Any], Any]] = [
        sp.expand,
        lambda e: sp.expand(sp.together(e)),
        sp.simplify,
    ]
    return any((difference := step(difference)) == 0 for step in steps)


# the program over symbols -------------------------------------------------------------------------


def sizes_of(case: Case, form: Any) -> dict[Any, int]:
    """A number for each size: 2 and 3 in turn, or what the case says."""
    found: dict[Any, int] = {}
    for shape in form.letters.values():
        for size in shape:
            for name in sorted(getattr(size, "free_symbols", ()), key=str):
                found.setdefault(name, case.at.get(name.name, 2 + len(found) % 2))
    return found


def letters_of(case: Case, form: Any, sizes: dict[Any, int]) -> dict[str, Any]:
    """The array of symbols of each letter; numbers where a letter holds integers."""
    made = {}
    for name, expression in form.inputs.items():
        shape = tuple(int(sp.S(n).subs(sizes)) for n in expression.shape)
        if case.sizes[name].startswith("int"):
            made[name] = (np.arange(math.prod(shape)) % 2).reshape(shape)
            continue
        array = np.empty(shape, dtype=object)
        for place in np.ndindex(*shape):
            array[place] = symbol(element_name(name, place))
        made[name] = array
    return made


def squeezed(arrays: dict[str, Any], sizes: dict[Any, int]) -> tuple[dict[str, Any], Any]:
    return {n: a.reshape([k for k in a.shape if k != 1]) for n, a in arrays.items()}, sizes


def entries(array: Any) -> list[Any]:
    return list(np.asarray(array, dtype=object).ravel())


def program(case: Case, arrays: dict[str, Any]) -> Any:
    """The program's own formula over symbols, entry by entry; what is used twice is a let."""
    rng = np.random.default_rng(7)
    tensors = {}
    for name, array in arrays.items():
        if array.dtype == object:
            numbers = np.array(rng.uniform(0.5, 1.5, array.shape) + 2 * _unit(array.shape))
            tensors[name] = sg.tensor(numbers, requires_grad=True, name=name)
        else:
            tensors[name] = sg.tensor(array, name=name)
    return sg.closed_form(case.function(**tensors), notation="element", check=False)


def made_inside(forward: Any, arrays: dict[str, Any]) -> dict[Any, Any]:
    """The numbers of arrays that the program makes, such as an identity, by their symbols."""
    return {
        symbol(element_name(name, place)): exact(forward._values[name][place])
        for name, shape in forward.letters.items() if name not in arrays
        for place in np.ndindex(*shape)
    }  # fmt: skip


def written_out(forward: Any) -> int:
    """How many parts the formula has without its lets."""
    sizes: dict[Any, int] = {}
    for let, meaning in forward.lets.items():
        sizes[let] = sum(sizes.get(part, 1) for part in sp.preorder_traversal(meaning))
    return sum(sizes.get(p, 1) for e in forward.expressions for p in sp.preorder_traversal(e))


def derivative(case: Case, forward: Any, arrays: dict[str, Any]) -> list[Any]:
    """SymPy's derivative of the program's own formula, in every entry in turn."""
    back = made_inside(forward, arrays)
    for let, meaning in forward.lets.items():
        back[let] = meaning.xreplace(back)
    current = [e.xreplace(back) for e in forward.expressions]
    for name in wrt(case):
        current = [sp.diff(e, s) for e in current for s in entries(arrays[name])]
    return current


def wrt(case: Case) -> tuple[str, ...]:
    return (case.wrt,) if isinstance(case.wrt, str) else case.wrt


def _unit(shape: tuple[int, ...]) -> Any:
    """What keeps a random square matrix far from singular."""
    return np.eye(*shape) if len(shape) == 2 else np.zeros(shape)


def facts(case: Case, arrays: dict[str, Any]) -> dict[Any, Any]:
    """What a declared fact makes of the symbols."""
    found: dict[Any, Any] = {}
    for name, fact in case.assume.items():
        array = arrays[name]
        if fact in ("symmetric", "positive definite"):
            found.update({array[i, j]: array[j, i] for i, j in np.ndindex(*array.shape) if i > j})
        elif fact == "rows sum to one":
            found.update({row[-1]: 1 - sum(row[:-1]) for row in array})
        elif fact == "orthogonal":
            t = symbol("t")
            cos, sin = (1 - t**2) / (1 + t**2), 2 * t / (1 + t**2)
            assert array.shape == (2, 2)
            found.update(zip(entries(array), [cos, -sin, sin, cos], strict=True))
        else:
            assert fact == "positive"  # as every number that is put in
    return found


# numbers ------------------------------------------------------------------------------------------


def by_digits(pairs: list[tuple[Any, Any]]) -> None:
    """Compare at random rational points, at 50 digits.

    Raises  AssertionError where the two sides differ.
    """
    both = [e for pair in pairs for e in pair]
    names = sorted({s for e in both for s in e.free_symbols}, key=str)
    dummies = [sp.Symbol(f"v{k}", real=True) for k in range(len(names))]
    plain = dict(zip(names, dummies, strict=True))
    run = sp.lambdify(dummies, [e.xreplace(plain) for e in both], _FUNCTIONS, cse=True)
    rng = random.Random(11)
    with mpmath.workdps(DIGITS):
        for _ in range(POINTS):
            found = run(*(mpmath.mpf(rng.randint(20, 199)) / 101 for _ in names))
            for a, b in zip(found[::2], found[1::2], strict=True):
                assert abs(a - b) <= SMALL * (1 + abs(a) + abs(b)), (a, b)


def by_chain_rule(case: Case, form: Any, forward: Any, arrays: dict[str, Any]) -> None:
    """As ``by_digits``, SymPy differentiating one let after another: nothing is written out.

    Raises  AssertionError where the two sides differ.
    """
    (name,) = wrt(case)
    assert not case.assume
    rng = np.random.default_rng(11)
    for _ in range(POINTS):
        values = {n: rng.integers(20, 199, a.shape) / 128 for n, a in arrays.items()}
        at = {s: sp.Rational(v) for n, a in arrays.items()
              for s, v in zip(entries(a), values[n].ravel().tolist(), strict=True)}  # fmt: skip
        ours = entries(form.evaluate(digits=DIGITS, **values))
        for a, b in zip(ours, slopes(forward, at, entries(arrays[name])), strict=True):
            assert abs(a - b) <= sp.Float(10) ** -40 * (1 + abs(b)), (a, b)


def slopes(forward: Any, at: dict[Any, Any], chosen: list[Any]) -> list[Any]:
    """The numbers of the derivative of a formula in some of its symbols."""
    (result,) = forward.expressions
    known = {s: np.array([sp.Integer(s == v) for v in chosen]) for s in chosen}
    nothing = np.array([sp.S.Zero] * len(chosen))
    total = nothing
    for let, meaning in [*forward.lets.items(), (None, result)]:
        total = sum(
            (known[s] * sp.diff(meaning, s).xreplace(at).evalf(DIGITS + 10)
             for s in sorted(meaning.free_symbols & known.keys(), key=str)), nothing
        )  # fmt: skip
        if let is not None:
            known[let] = total
            at[let] = meaning.xreplace(at).evalf(DIGITS + 10)
    return list(total)


_FUNCTIONS = [
    {"Heaviside": lambda x, half=None: mpmath.mpf(x > 0), "DiracDelta": lambda x, k=0: 0},
    "mpmath",
]
