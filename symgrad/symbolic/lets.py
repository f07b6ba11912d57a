"""Sharing kept: what is used twice and is not small gets a letter; imported by lowering.

While rules run, every part that is not small is *bound*: replaced by a symbol of its own. Then the
parts are read in the order of making, and those that are used once, or turn out small, are put
back. So no expression ever grows beyond what is printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import sympy as sp
from sympy.logic.boolalg import Boolean

from symgrad.algebras.elements import Printed, element_name, symbol
from symgrad.algebras.objects import ObjectArray
from symgrad.errors import NoClosedForm

#: An expression of at most so many parts is written again rather than named.
SMALL = 8
#: One of more parts, or of more levels, is named even where it is used once.
LARGE, DEEP = 240, 24
#: With at most so many lets and entries it is tried whether they are shorter without.
FEW = 12
#: How many scalars a formula may be computed from.
BUDGET = 30_000


class Bound(NamedTuple):
    """One bound part: the array that it was an entry of, its place there, and its meaning."""

    group: int
    place: tuple[int, ...]
    shape: tuple[int, ...]
    meaning: Any


def parts(expression: Any) -> Iterable[Any]:
    """Every part of an expression, the repeated ones each time, without recursion."""
    stack = [expression]
    while stack:
        part = stack.pop()
        yield part
        stack.extend(part.args)


def weight(expression: Any, limit: int) -> int:
    """How many parts an expression has, counted up to ``limit``.

    >>> from symgrad.symbolic.lets import weight
    >>> import sympy
    >>> weight(sympy.Symbol("x") + 1, 10)
    3
    """
    count = 0
    for part in parts(expression):
        # A minus sign and a division are signs on paper, though SymPy holds them as products.
        count += part is not sp.S.NegativeOne
        if count >= limit:
            break
    return count


def depth(expression: Any) -> int:
    """How many levels an expression has."""
    level, deepest = [expression], 0
    while level:
        deepest += 1
        level = [a for part in level for a in part.args]
        if deepest > DEEP:
            break
    return deepest


class Sharing(Printed):
    """The printed elements, every part that is not small bound to a symbol of its own."""

    name = "sharing"

    def __init__(self) -> None:
        super().__init__()
        self.bound: dict[sp.Symbol, Bound] = {}
        self.known: dict[Any, sp.Symbol] = {}
        self.groups = 0
        self.spent = 0

    def charge(self, count: int) -> None:
        """Spend ``count`` of the budget.

        Raises  NoClosedForm once it is used up.
        """
        self.spent += count
        if self.spent > BUDGET:
            raise NoClosedForm(
                f"the formula is made of more than {BUDGET:,} scalars: too many to print entry by "
                f"entry. Take fewer entries (a smaller example), or one entry of the result: y[0]"
            )

    def array(self, scalars: Sequence[Any], shape: tuple[int, ...]) -> ObjectArray:
        self.charge(sum(bool(s.args) for s in scalars))
        self.groups += 1
        places = np.ndindex(*shape)
        named = [self._bind(s, place, shape) for s, place in zip(scalars, places, strict=True)]
        return super().array(named, shape)

    def share(self, scalar: Any) -> Any:
        self.groups += 1
        return self._bind(scalar, (), ())

    def einsum(self, *operands: Any, spec: str) -> ObjectArray:
        arrays = [self.lift(o) for o in operands]
        terms = spec.partition("->")[0].split(",")
        sizes: dict[str, int] = {}
        for term, array in zip(terms, arrays, strict=True):
            sizes.update(zip(term, array.shape, strict=True))
        self.charge(int(np.prod([float(n) for n in sizes.values()])) // 4)
        return super().einsum(*arrays, spec=spec)

    def _bind(self, scalar: Any, place: tuple[int, ...], shape: tuple[int, ...]) -> Any:
        if not scalar.args or isinstance(scalar, Boolean) or weight(scalar, SMALL + 1) <= SMALL:
            return scalar
        found = self.known.get(scalar)
        if found is None:
            found = self.known[scalar] = symbol(f"%{len(self.bound)}")  # no letter is called so
            self.bound[found] = Bound(self.groups, place, shape, scalar)
        return found


class Formula(NamedTuple):
    """Expressions in letters and lets."""

    expressions: list[Any]
    lets: dict[sp.Symbol, Any]


def unbound(
    algebra: Sharing, expressions: Sequence[Any], taken: Iterable[str], tidy: Any
) -> Formula:
    """Put back what is used once or small, and name the rest t1, t2, ... in the order of making.

    Takes   taken: names that a let may not have; tidy: the simplifier of one expression.
    """
    uses = _uses(expressions, {s: b.meaning for s, b in algebra.bound.items()})
    back: dict[Any, Any] = {}
    kept: dict[sp.Symbol, Any] = {}
    for part, bound in algebra.bound.items():
        if part not in uses:
            continue
        meaning = tidy(_replaced(bound.meaning, back))
        size = weight(meaning, LARGE)
        shared = uses[part] > 1 and size > SMALL
        if shared or size >= LARGE or depth(meaning) > DEEP:
            kept[part] = meaning
        else:
            back[part] = meaning
    found = [tidy(_replaced(e, back)) for e in expressions]
    needed = _uses(found, kept)
    kept = {part: meaning for part, meaning in kept.items() if part in needed}
    whole = _written_out(found, kept, tidy)
    return Formula(whole, {}) if whole else _named(algebra, found, kept, taken)


def _written_out(
    expressions: Sequence[Any], kept: Mapping[sp.Symbol, Any], tidy: Any
) -> list[Any] | None:
    """The expressions without lets, where that is no longer than with them; else None."""
    if not kept or len(kept) > FEW or len(expressions) > FEW:
        return None
    room = sum(weight(e, LARGE) for e in (*expressions, *kept.values()))
    back: dict[Any, Any] = {}
    for part, meaning in kept.items():
        back[part] = meaning.xreplace(back)
        if weight(back[part], room) >= room:
            return None
    whole = [_replaced(e, back) for e in expressions]
    if sum(weight(e, 2 * room) for e in whole) >= 2 * room:
        return None
    whole = [tidy(e) for e in whole]
    return whole if sum(weight(e, room + 1) for e in whole) <= room else None


def _replaced(expression: Any, back: Mapping[Any, Any]) -> Any:
    return expression.xreplace(back) if expression.args or expression in back else expression


def _uses(expressions: Sequence[Any], meanings: Mapping[sp.Symbol, Any]) -> dict[sp.Symbol, int]:
    """How often each bound part is used below ``expressions``, its users counted once each."""
    count: dict[sp.Symbol, int] = {}
    stack = list(expressions)
    while stack:
        for part in parts(stack.pop()):
            if part in meanings:
                count[part] = count.get(part, 0) + 1
                if count[part] == 1:
                    stack.append(meanings[part])
    return count


def _named(
    algebra: Sharing, expressions: list[Any], kept: dict[sp.Symbol, Any], taken: Iterable[str]
) -> Formula:
    claimed = set(taken)
    stems: dict[int, str] = {}
    names: dict[Any, Any] = {}
    number = 0
    for part in kept:
        group, place, _, _ = algebra.bound[part]
        if group not in stems:
            number += 1
            while f"t{number}" in claimed:
                number += 1
            stems[group] = f"t{number}"
        names[part] = symbol(element_name(stems[group], place))
    lets = {names[part]: meaning.xreplace(names) for part, meaning in kept.items()}
    return Formula([_replaced(e, names) for e in expressions], lets)
