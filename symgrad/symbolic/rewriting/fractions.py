"""Rational functions by SymPy's sparse polynomials: cancelled, and in factors; read by islands.

A formula is nested tuples of numbers alone, its letters being counted: the same shape is worked
out once, whatever arrays and sizes stand in it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import sympy
from sympy import QQ
from sympy.polys.rings import PolyRing

#: The kinds of formulas: (NUM, p, q), (ATOM, k), (POW, p, q, base), (ADD, parts), (MUL, parts).
NUM, ATOM, POW, ADD, MUL = range(5)

#: Numerators of more terms are not factored, nor polynomials of more terms as they are.
MOST_TERMS, MOST_HARD = 40, 16

Formula = Any
Pair = tuple[Any, Any]
Terms = tuple[tuple[tuple[int, ...], Any], ...]
Product = tuple[tuple[Terms, int], ...]


class Shape(NamedTuple):
    """A rational function: its formula, and of each letter what its powers count.

    ``roots`` are the least common denominators of the letters' exponents; ``flat`` are the letters
    that are 1 or 0; ``below`` the denominators that may be 0.
    """

    formula: Formula
    roots: tuple[int, ...]
    flat: frozenset[int]
    below: tuple[Formula, ...]


class Answer(NamedTuple):
    """Ways to write it as a product of powers, and the denominators that were cancelled.

    ``lost`` is None where it cannot be told.
    """

    products: tuple[Product, ...]
    lost: tuple[int, ...] | None


@lru_cache(maxsize=4096)
def answer(shape: Shape) -> Answer | None:
    """A rational function in lowest terms; None where it divides by zero."""
    ring = _Ring(shape)
    value = ring.lowest()
    if value is None:
        return None
    lost = ring.lost(value[1])
    return Answer(() if lost is None else tuple(_written(value)), lost)


class _Ring:
    """Rational functions over letters, as pairs of polynomials.

    Pairs are brought to lowest terms once, at the end: a common factor found at each step would
    cost more than it saves.
    """

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.ring: Any = _ring(len(shape.roots))
        self.gens = self.ring.gens

    def value(self, formula: Formula) -> Pair:
        """A formula as numerator and denominator, not in lowest terms."""
        kind, one = formula[0], self.ring.one
        if kind == NUM:
            return self.ring.ground_new(QQ(formula[1], formula[2])), one
        if kind == ATOM:
            return self.gens[formula[1]] ** self.shape.roots[formula[1]], one
        if kind == POW:
            return self._power(*formula[1:])
        first, *others = formula[1]
        above, below = self.value(first)
        for part in others:
            over, under = self.value(part)
            if kind == MUL:
                above, below = above * over, below * under
            elif under == below:
                above = above + over
            else:
                above, below = above * under + over * below, below * under
        return above, below

    def _power(self, p: int, q: int, base: Formula) -> Pair:
        if q == 1:
            above, below = self.value(base)
            pair = above ** abs(p), below ** abs(p)
        else:
            letter = base[1]
            pair = self.gens[letter] ** (abs(p) * self.shape.roots[letter] // q), self.ring.one
        return pair if p > 0 else pair[::-1]

    def lowest(self) -> Pair | None:
        """The whole in lowest terms; None where it divides by zero."""
        above, below = self.value(self.shape.formula)
        if not below:
            return None
        if below.is_ground:
            return self._once(above * (1 / below.LC)), self.ring.one
        above, below = above.cancel(below)
        return above, below

    def _once(self, poly: Any) -> Any:
        """A polynomial in which what is 1 or 0 has no powers."""
        if not self.shape.flat:
            return poly
        total = self.ring.zero
        for powers, number in poly.terms():
            kept = tuple(min(p, 1) if k in self.shape.flat else p for k, p in enumerate(powers))
            total = total + self.ring.from_dict({kept: number})
        return total

    def lost(self, below: Any) -> tuple[int, ...] | None:
        """The denominators that are not in the result's; None where one is 0.

        One that is itself a fraction is 0 where what is above its line is.
        """
        found = []
        for k, formula in enumerate(self.shape.below):
            over, _ = self.value(formula)
            if not over:
                return None
            if below.rem([over]) != 0:
                found.append(k)
        return tuple(found)


@lru_cache(maxsize=64)
def _ring(letters: int) -> Any:
    return PolyRing([f"a{k}" for k in range(letters)], QQ, sympy.grlex)


def _written(value: Pair) -> list[Product]:
    """Numerator and denominator, each multiplied out or in factors."""
    above, below = value
    aboves = [[(above, 1)]]
    if 1 < len(above) <= MOST_TERMS:
        factors = factored(above)
        if len(factors) > 1:
            aboves.append(factors)
    under = factored(below) if len(below) > 1 else [(below, 1)]
    return [
        tuple((tuple(p.terms()), e) for p, e in [*over, *((p, -e) for p, e in under)])
        for over in aboves
    ]


# factors ------------------------------------------------------------------------------------------


def factored(poly: Any) -> list[tuple[Any, int]]:
    """A polynomial as a product of powers, the number and the letters first.

    One that is linear in a letter is a common factor of its two coefficients, times what has no
    factors: that is far less work than factoring, and most are.
    """
    found: list[tuple[Any, int]] = []
    open_ = [poly]
    while open_:
        common, rest = _content(open_.pop())
        if common != 1:
            found.append((common, 1))
        if rest.is_ground:
            continue
        split = _linear(rest)
        if split is None:
            found += _hard(rest)
        elif split == 1:
            found.append((rest, 1))
        else:
            open_.append(split)
            found.append((rest.quo(split), 1))
    return _gathered(found)


def _content(poly: Any) -> Pair:
    """The number and the letters that all terms share, and the rest."""
    number, rest = poly.primitive()
    if rest.LC < 0:
        number, rest = -number, -rest
    least = tuple(map(min, zip(*rest.monoms(), strict=True)))
    shared = poly.ring.from_dict({least: number})
    if any(least):
        rest = rest.quo(poly.ring.from_dict({least: QQ(1)}))
    return shared, rest


def _linear(poly: Any) -> Any:
    """What the two coefficients share in a letter in which a polynomial is linear; None for none.

    The polynomial has no letter as a factor.
    """
    degrees = poly.degrees()
    linear = [k for k, degree in enumerate(degrees) if degree == 1]
    if not linear:
        return None
    counts = {k: sum(1 for powers in poly.itermonoms() if powers[k]) for k in linear}
    letter = min(linear, key=lambda k: (counts[k], k))
    if counts[letter] == 1:  # a coefficient of one term shares nothing with the other
        return poly.ring.one
    ring = poly.ring
    slope, start = ring.zero, ring.zero
    for powers, number in poly.iterterms():
        if powers[letter]:
            slope[(*powers[:letter], 0, *powers[letter + 1 :])] = number
        else:
            start[powers] = number
    shared = slope.gcd(start)
    return ring.one if shared.is_ground else shared


def _hard(poly: Any) -> list[tuple[Any, int]]:
    if len(poly) > MOST_HARD:
        return [(poly, 1)]
    number, factors = poly.factor_list()
    return [(poly.ring.ground_new(number), 1), *factors]


def _gathered(factors: list[tuple[Any, int]]) -> list[tuple[Any, int]]:
    """Equal factors as one power."""
    powers: dict[Any, int] = {}
    for poly, exponent in factors:
        if poly != 1:
            powers[poly] = powers.get(poly, 0) + exponent
    return list(powers.items())
