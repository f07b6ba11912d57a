"""Equations between the indices of an einsum: what slices, blocks and reshapes are made of.

``y = x[1:]`` is the sum over j of x_j [j = i + 1]. An equation is linear, with whole coefficients
that may be sizes. ``solve`` brings a set of them to few: equal indices become one, an index that
nothing else holds goes. No index is ever let run beyond its size. Read by ``constructors``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from math import gcd
from typing import Any, NamedTuple

import sympy

from symgrad.algebras.elements import exact
from symgrad.algebras.tensors.ir import text_of

Number = Any  # an int, or a SymPy expression in sizes


class Equation(NamedTuple):
    """The sum of ``coef * index`` over ``terms``, plus ``offset``, is 0."""

    terms: tuple[tuple[int, Number], ...]
    offset: Number


def equation(terms: Mapping[int, Number], offset: Number = 0) -> Equation:
    """An equation in normal form: by index, without common factor, the first sign plus.

    >>> equation({1: 2, 0: -2}, 4)
    Equation(terms=((0, 1), (1, -1)), offset=-2)
    """
    kept = sorted((i, c) for i, c in ((i, plain(c)) for i, c in terms.items()) if c != 0)
    offset = plain(offset)
    if not kept:
        return Equation((), offset)
    numbers = [c for _, c in kept] + [offset]
    if all(isinstance(c, int) for c in numbers):
        shared = gcd(*(c for _, c in kept))
        if shared > 1 and offset % shared == 0:
            kept = [(i, c // shared) for i, c in kept]
            offset //= shared
    first = kept[0][1]
    if first < 0 if isinstance(first, int) else first.could_extract_minus_sign():
        return Equation(tuple((i, plain(-c)) for i, c in kept), plain(-offset))
    return Equation(tuple(kept), offset)


def plain(value: Number) -> Number:
    """A number multiplied out; an int where it is one."""
    if isinstance(value, int):
        return value
    return _multiplied_out(value)


@lru_cache(maxsize=4096)
def _multiplied_out(value: Any) -> Number:
    found = sympy.expand(value)
    return int(found) if found.is_Integer else found


@lru_cache(maxsize=4096)
def _is_nonnegative(value: Any) -> bool:
    return bool(value.is_nonnegative)


def nonnegative(value: Number) -> bool:
    """Whether a number is 0 or more at all sizes; False where that is not known."""
    value = plain(value)
    return value >= 0 if isinstance(value, int) else _is_nonnegative(value)


def negative(value: Number) -> bool:
    """Whether a coefficient is 0 or less at all sizes, as 1 - n is; False where not known."""
    return nonnegative(-value)


def bounds(
    terms: Iterable[tuple[int, Number]], offset: Number, dims: Mapping[int, Number]
) -> tuple[Number, Number]:
    """The least and the largest value of a linear expression in indices."""
    low = high = offset
    for index, coef in terms:
        reach = coef * (dims[index] - 1)
        if nonnegative(coef):
            high = high + reach
        elif negative(coef):
            low = low + reach
        else:
            return -sympy.oo, sympy.oo  # of a sign that depends on the sizes
    return low, high


def within(
    terms: Iterable[tuple[int, Number]], offset: Number, size: Number, dims: Mapping[int, Number]
) -> bool:
    """Whether a linear expression always lies in an axis of ``size``."""
    low, high = bounds(terms, offset, dims)
    return nonnegative(low) and nonnegative(size - 1 - high)


def without(eq: Equation, index: int) -> tuple[tuple[tuple[int, Number], ...], Number] | None:
    """What ``index`` is equal to, as terms and offset; None where its coefficient is no sign."""
    coef = dict(eq.terms).get(index)
    if coef not in (1, -1):
        return None
    return tuple((i, -coef * c) for i, c in eq.terms if i != index), -coef * eq.offset


def substituted(eq: Equation, index: int, terms: Any, offset: Number) -> Equation:
    """The equation with ``index`` replaced by a linear expression."""
    found = dict(eq.terms)
    coef = found.pop(index)
    for i, c in terms:
        found[i] = found.get(i, 0) + coef * c
    return equation(found, eq.offset + coef * offset)


def renamed(eq: Equation, name: Callable[[int], int]) -> Equation:
    """The equation in other index numbers, which may fall together."""
    found: dict[int, Number] = {}
    for i, c in eq.terms:
        found[name(i)] = found.get(name(i), 0) + c
    return equation(found, eq.offset)


#: Steps after which equations are left as they are: a bound on effort, far beyond what occurs.
_STEPS = 200


class Contradiction(Exception):
    """No indices solve the equations: what they belong to is 0."""


class Solver:
    """Equations while they are being solved.

    Takes   dims: the size of each index; held: the indices of results and operands, which stay;
            join: called with two indices that are equal, gives the one that stays.
    """

    def __init__(
        self,
        dims: Mapping[int, Number],
        held: set[int],
        join: Callable[[int, int], int],
        find: Callable[[int], int],
    ) -> None:
        self.dims, self.held, self.join, self.find = dims, held, join, find
        self.gone: set[int] = set()

    def solve(self, equations: Iterable[Equation]) -> list[Equation]:
        """The equations that are left.

        Raises  Contradiction where there is no solution.
        """
        work = self._tidied(equations)
        for _ in range(_STEPS):
            for rewrite in (
                self._identified, self._eliminated, self._split, self._differences, self._counted,
            ):  # fmt: skip
                made = rewrite(work)
                if made is not None:
                    break
            else:
                break
            work = self._tidied(made)
        return work

    def _tidied(self, work: Iterable[Equation]) -> list[Equation]:
        found: dict[str, Equation] = {}
        for eq in work:
            eq = renamed(eq, self.find)
            if not eq.terms and eq.offset == 0:
                continue
            low, high = bounds(eq.terms, eq.offset, self.dims)
            if nonnegative(low - 1) or nonnegative(-high - 1):
                raise Contradiction
            found[text_of(eq)] = eq
        return [found[text] for text in sorted(found)]

    def _identified(self, work: list[Equation]) -> list[Equation] | None:
        for k, eq in enumerate(work):
            if self._is_same(eq):
                (i, _), (j, _) = eq.terms
                stays = self.join(i, j)
                if i in self.held or j in self.held:
                    self.held.add(stays)
                return work[:k] + work[k + 1 :]
        return None

    def _is_same(self, eq: Equation) -> bool:
        if eq.offset != 0 or len(eq.terms) != 2 or eq.terms[0][1] != 1 or eq.terms[1][1] != -1:
            return False
        (i, _), (j, _) = eq.terms
        return bool(self.dims[i] == self.dims[j])

    def _eliminated(self, work: list[Equation]) -> list[Equation] | None:
        """An index that nothing holds leaves; where its range says something, for one equation."""
        for implied in (True, False):
            for k, eq in enumerate(work):
                free = [i for i, c in eq.terms if i not in self.held and c in (1, -1)]
                for index in free if implied else free[:1]:
                    made = self._substituted(work, k, index, implied)
                    if made is not None:
                        return made
        return None

    def _substituted(
        self, work: list[Equation], k: int, index: int, implied: bool
    ) -> list[Equation] | None:
        eq = work[k]
        found = without(eq, index)
        assert found is not None
        others = [e for e in work if e is not eq and index in dict(e.terms)]
        if within(*found, self.dims[index], self.dims) != implied or not (implied or others):
            return None
        rest = [
            substituted(e, index, *found) if e in others else e for e in work[:k] + work[k + 1 :]
        ]
        if implied:
            self.gone.add(index)
        return rest if implied else [*rest, eq]

    def _split(self, work: list[Equation]) -> list[Equation] | None:
        for k, eq in enumerate(work):
            sizes = {text_of(abs(c)): abs(c) for _, c in eq.terms}
            for _, big in sorted(sizes.items()):
                parts = self._by_radix(eq, big)
                if parts is not None:
                    return [*work[:k], *parts, *work[k + 1 :]]
        return None

    def _by_radix(self, eq: Equation, big: Number) -> tuple[Equation, Equation] | None:
        """m i + j = m k + l with j, l below m says i = k and j = l."""
        if big == 1:
            return None
        high = [(i, c) for i, c in eq.terms if divides(big, c)]
        low = [(i, c) for i, c in eq.terms if not divides(big, c)]
        if not low or not high:
            return None
        inside, outside = (eq.offset, 0) if not divides(big, eq.offset) else (0, eq.offset)
        least, most = bounds(low, inside, self.dims)
        if not (nonnegative(big - 1 - most) and nonnegative(big - 1 + least)):
            return None
        scaled = {i: plain(sympy.cancel(exact(c) / big)) for i, c in high}
        shift = plain(sympy.cancel(exact(outside) / big))
        return equation(scaled, shift), equation(dict(low), inside)

    def _differences(self, work: list[Equation]) -> list[Equation] | None:
        """Two equations that share an index, where their difference says that two are equal."""
        for a, first in enumerate(work):
            for b in range(a + 1, len(work)):
                second = work[b]
                for index in dict(first.terms).keys() & dict(second.terms).keys():
                    found = without(first, index)
                    if found is None:
                        continue
                    made = substituted(second, index, *found)
                    if not made.terms or self._is_same(made):
                        return [*work[:b], made, *work[b + 1 :]]
        return None

    def _counted(self, work: list[Equation]) -> list[Equation] | None:
        """p = m i + j, where i and j stand nowhere else: each p has one i and one j."""
        for k, eq in enumerate(work):
            rest = work[:k] + work[k + 1 :]
            elsewhere = self.held.union(i for e in rest for i, _ in e.terms)
            digits = [(i, c) for i, c in eq.terms if i not in elsewhere]
            known = [(i, c) for i, c in eq.terms if i in elsewhere]
            if not digits:
                continue
            sign = -1 if negative(digits[0][1]) else 1
            found = counted([(i, plain(sign * c)) for i, c in digits], self.dims)
            given = [(i, plain(-sign * c)) for i, c in known]
            if found is not None and within(given, -sign * eq.offset, found[1], self.dims):
                self.gone.update(i for i, _ in digits)
                return rest
        return None


def counted(
    terms: Iterable[tuple[int, Number]], dims: Mapping[int, Number]
) -> tuple[tuple[int, ...], Number] | None:
    """The indices whose digits write a sum, the leading one first, and how many numbers they write.

    Gives   None where some number is written in two ways, or in none.

    >>> counted([(0, 3), (1, 1)], {0: 4, 1: 3})
    ((0, 1), 12)
    """
    order: list[int] = []
    reach: Number = 1
    left = list(terms)
    while left:
        digit = next((t for t in left if plain(t[1] - reach) == 0), None)
        if digit is None:
            return None
        left.remove(digit)
        order.insert(0, digit[0])
        reach = plain(reach * dims[digit[0]])
    return tuple(order), reach


def divides(big: Number, value: Number) -> bool:
    """Whether a number is a whole multiple of another, at all sizes."""
    if value == 0:
        return True
    if isinstance(big, int) and isinstance(value, int):
        return value % big == 0
    ratio = sympy.cancel(exact(value) / big)
    return bool(ratio.is_polynomial(*ratio.free_symbols) and ratio.is_integer)
