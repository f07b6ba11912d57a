"""Formulas of islands with their letters counted, so that a renamed one is the same; read there.

Letters are told apart by where they stand, in a few rounds: a letter's colour is what stands around
it. Letters that no round tells apart are mostly alike; taking them in another order costs a second
piece of work, never a wrong answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

import sympy

from symgrad.symbolic.rewriting.fractions import ADD, ATOM, MUL, NUM, POW, Formula

Key = Any


@lru_cache(maxsize=8192)
def of_number(value: Any) -> Formula:
    """A coefficient as a formula: sizes, roots and pi are letters, known by themselves."""
    if value.is_Rational:
        return (NUM, int(value.p), int(value.q))
    above, below = sympy.fraction(sympy.together(value))
    made = _polynomial(above)
    return made if below == 1 else (MUL, (made, (POW, -1, 1, _polynomial(below))))


def _polynomial(value: Any) -> Formula:
    terms = [
        _product([_factor(f) for f in sympy.Mul.make_args(term)])
        for term in sympy.Add.make_args(sympy.expand(value))
    ]
    return terms[0] if len(terms) == 1 else (ADD, tuple(terms))


def _product(factors: Sequence[Formula]) -> Formula:
    return factors[0] if len(factors) == 1 else (MUL, tuple(factors))


def _factor(factor: Any) -> Formula:
    base, exponent = factor.as_base_exp()
    if factor.is_Rational:
        return (NUM, int(factor.p), int(factor.q))
    if not exponent.is_Integer:
        return (ATOM, (factor,))
    return (ATOM, (base,)) if exponent == 1 else (POW, int(exponent), 1, (ATOM, (base,)))


def letters_in(formulas: Iterable[Formula]) -> dict[Key, None]:
    """The letters of formulas, in the order in which they stand."""
    found: dict[Key, None] = {}
    stack = list(formulas)[::-1]
    while stack:
        part = stack.pop()
        if part[0] == ATOM:
            found[part[1]] = None
        elif part[0] == POW:
            stack.append(part[3])
        elif part[0] != NUM:
            stack.extend(part[1][::-1])
    return found


def counted(
    formulas: Sequence[Formula], colours: dict[Key, int], order: Callable[[Key], Any]
) -> list[Key]:
    """The letters in an order that hangs on where they stand, not on how they are called.

    Takes   colours: what is known of each letter; order: by which those are put that are alike.
    """
    colours = _refined(formulas, colours)
    for _ in range(len(colours)):
        tied = _tied(colours)
        if tied is None:
            break
        # One of those that are alike is picked out, which tells its neighbours apart.
        first = min(tied, key=order)
        colours = _refined(formulas, colours | {first: hash((colours[first], 1))})
    return sorted(colours, key=lambda key: (colours[key], order(key)))


def _tied(colours: dict[Key, int]) -> list[Key] | None:
    classes: dict[int, list[Key]] = {}
    for key, colour in colours.items():
        classes.setdefault(colour, []).append(key)
    tied = {colour: keys for colour, keys in classes.items() if len(keys) > 1}
    return tied[min(tied)] if tied else None


def _refined(formulas: Sequence[Formula], colours: dict[Key, int]) -> dict[Key, int]:
    """Colours after rounds of looking around, until these tell no more letters apart."""
    count = len(set(colours.values()))
    while count < len(colours):
        colours = _looked_around(formulas, colours)
        now = len(set(colours.values()))
        if now == count:
            break
        count = now
    return colours


def _looked_around(formulas: Sequence[Formula], colours: dict[Key, int]) -> dict[Key, int]:
    seen: dict[Key, list[int]] = {key: [] for key in colours}
    for place, formula in enumerate(formulas):
        sketch = _sketch(formula, colours)
        stack = [(formula, sketch, place)]
        while stack:
            part, drawn, around = stack.pop()
            if part[0] == ATOM:
                seen[part[1]].append(around)
            elif part[0] == POW:
                stack.append((part[3], drawn[1], hash((around, drawn[0], part[1], part[2]))))
            elif part[0] != NUM:
                inside = hash((around, drawn[0]))
                stack += [(p, d, inside) for p, d in zip(part[1], drawn[1], strict=True)]
    return {key: hash((colours[key], tuple(sorted(around)))) for key, around in seen.items()}


def _sketch(formula: Formula, colours: dict[Key, int]) -> tuple[int, Any]:
    """A number for what a part looks like, whatever the order of its parts, and those of these."""
    kind = formula[0]
    if kind == NUM:
        return hash(formula), None
    if kind == ATOM:
        return hash((ATOM, colours[formula[1]])), None
    if kind == POW:
        inner = _sketch(formula[3], colours)
        return hash((POW, formula[1], formula[2], inner[0])), inner
    parts = [_sketch(part, colours) for part in formula[1]]
    return hash((kind, *sorted(p for p, _ in parts))), parts


def renamed(formula: Formula, number: dict[Key, int]) -> Formula:
    """A formula over numbers for letters, its parts in their own order."""
    kind = formula[0]
    if kind == NUM:
        return formula
    if kind == ATOM:
        return (ATOM, number[formula[1]])
    if kind == POW:
        return (POW, formula[1], formula[2], renamed(formula[3], number))
    return (kind, tuple(sorted(renamed(part, number) for part in formula[1])))
