"""Where an entry is read: linear formulas in named indices, and the conditions that they need.

Read by index notation, which solves the equations of an einsum with it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import sympy

from symgrad.algebras.elements import exact
from symgrad.algebras.tensors.equations import bounds, counted, divides, nonnegative, plain, within
from symgrad.symbolic.notation import build
from symgrad.symbolic.notation.sizes import size_tree, size_value
from symgrad.symbolic.notation.tree import Tree

Number = Any


class Place(NamedTuple):
    """A sum of whole multiples of trees, plus a whole number or a formula in sizes."""

    terms: tuple[tuple[Tree, Number], ...]
    offset: Number

    @classmethod
    def of(cls, tree: Tree) -> Place:
        """One tree, an index or an entry of integers."""
        return cls(((tree, 1),), 0)

    @classmethod
    def combined(cls, parts: Iterable[tuple[Place, Number]], offset: Number) -> Place:
        """A linear combination of places."""
        found: dict[Tree, Number] = {}
        for place, coef in parts:
            offset = offset + coef * place.offset
            for tree, c in place.terms:
                found[tree] = found.get(tree, 0) + coef * c
        terms = tuple((t, plain(c)) for t, c in found.items() if plain(c) != 0)
        return _rejoined(cls(terms, plain(offset)))

    @property
    def is_index(self) -> bool:
        """Whether it is one index and nothing else."""
        return (
            self.offset == 0
            and len(self.terms) == 1
            and self.terms[0][1] == 1
            and (self.terms[0][0].head == "index")
        )

    def tree(self) -> Tree:
        """The place as it is written."""
        terms = [_times(c, t) for t, c in sorted(self.terms, key=lambda part: part[1] == 1)]
        if self.offset != 0:
            terms.append(_signed(self.offset))
        plus = [t for t in terms if t.head != "negative"]
        minus = [t for t in terms if t.head == "negative"]
        return build.summed([*plus, *minus], ordered=False)


def _rejoined(place: Place) -> Place:
    """k (l // k) + l % k is l."""
    coefs = dict(place.terms)
    for tree, coef in place.terms:
        if tree.head != "call" or tree.value.word != "remainder":
            continue
        whole, size = tree.args
        quotient = build.called("floor_divide", whole, size)
        if quotient in coefs and plain(coefs[quotient] - coef * size_value(size)) == 0:
            rest = tuple((t, c) for t, c in place.terms if t not in (tree, quotient))
            parts = [(Place(rest, place.offset), 1), (_read(whole) or Place.of(whole), coef)]
            return Place.combined(parts, 0)
    return place


def _read(tree: Tree) -> Place | None:
    """A tree of indices and whole numbers as a place."""
    parts: list[tuple[Place, Number]] = []
    offset: Number = 0
    for term in tree.args if tree.head == "sum" else (tree,):
        minus, bare = build.unsigned(term)
        sign = -1 if minus else 1
        factors = bare.args if bare.head == "product" else (bare,)
        indices = [f for f in factors if f.head == "index"]
        numbers = [f for f in factors if f.head in ("number", "size")]
        if len(indices) > 1 or len(indices) + len(numbers) < len(factors):
            return None
        value = sign * math.prod(map(size_value, numbers))
        if indices:
            parts.append((Place.of(indices[0]), value))
        else:
            offset = offset + value
    return Place.combined(parts, offset)


def _times(coef: Number, tree: Tree) -> Tree:
    minus, above, _ = build.coefficient(coef)
    made = build.multiplied([*above, tree])
    return build.negated(made) if minus else made


def _signed(value: Number) -> Tree:
    value = exact(value)
    if value.is_number:
        return build.number(value)
    return size_tree(value)


class Places:
    """The ranges of the indices and other whole numbers that places are made of."""

    def __init__(self, ranges: Mapping[Tree, Number]) -> None:
        self.ranges = dict(ranges)

    def names(self) -> set[str]:
        """The names of all indices around."""
        return {t.value for t in self.ranges if t.head == "index"}

    def size(self, tree: Tree) -> Number:
        """How far an index runs."""
        return self.ranges[tree]

    def with_ranges(self, more: Mapping[Tree, Number]) -> Places:
        """The same with further indices."""
        return Places({**self.ranges, **more})

    def _numbered(self, place: Place) -> tuple[list[tuple[int, Number]], dict[int, Number]] | None:
        dims: dict[int, Number] = {}
        terms = []
        for k, (tree, coef) in enumerate(place.terms):
            if tree not in self.ranges:
                return None
            dims[k] = self.ranges[tree]
            terms.append((k, coef))
        return terms, dims

    def is_within(self, place: Place, size: Number) -> bool:
        """Whether a place always lies in an axis."""
        found = self._numbered(place)
        return found is not None and within(found[0], place.offset, size, found[1])

    def equal(self, a: Place, b: Place) -> list[Tree]:
        """The condition that two places are one; none where they are."""
        return self.zero(Place.combined([(a, 1), (b, -1)], 0))

    def zero(self, place: Place) -> list[Tree]:
        """The condition that a linear formula is 0."""
        if not place.terms and place.offset == 0:
            return []
        left = Place(tuple((t, c) for t, c in place.terms if not _below(c)), 0)
        right = Place(tuple((t, -c) for t, c in place.terms if _below(c)), 0)
        if not left.terms:
            left, right = right, left
            offset = place.offset
        else:
            offset = -place.offset
        right = Place.combined([(right, 1)], offset)
        return [build.relation("==", left.tree(), right.tree())]

    def inside(self, place: Place, size: Number) -> list[Tree]:
        """The conditions that a place lies in an axis; only those that are not sure."""
        found = self._numbered(place)
        low, high = bounds(found[0], place.offset, found[1]) if found else (-sympy.oo, sympy.oo)
        out = []
        if not nonnegative(low):
            out += self._at_least(place, 0)
        if not nonnegative(size - 1 - high):
            out += self._below_size(place, size)
        return out

    def needed(self, conditions: Sequence[Tree]) -> list[Tree]:
        """Conditions once each, without those that an equation beside them implies."""
        once = list(dict.fromkeys(conditions))
        implied: set[Tree] = set()
        for condition in once:
            if condition.head != "relation" or condition.value != "==":
                continue
            left, right = (_read(a) for a in condition.args)
            for one, other in ((left, right), (right, left)):
                if one is None or other is None:
                    continue
                if one.is_index and one.terms[0][0] in self.ranges:
                    implied.update(self.inside(other, self.ranges[one.terms[0][0]]))
                found = _solved_for_one(one, other)
                if found is not None and found[0] in self.ranges:
                    implied.update(self.inside(found[1], self.ranges[found[0]]))
        return [c for c in once if c not in implied]

    def _at_least(self, place: Place, least: int) -> list[Tree]:
        moved = Place.combined([(place, 1)], -place.offset)
        if all(not _below(c) for _, c in moved.terms):
            return [build.relation(">=", moved.tree(), _signed(plain(least - place.offset)))]
        turned = Place.combined([(moved, -1)], 0)
        return [build.relation("<=", turned.tree(), _signed(plain(place.offset - least)))]

    def _below_size(self, place: Place, size: Number) -> list[Tree]:
        moved = Place.combined([(place, 1)], -place.offset)
        if all(not _below(c) for _, c in moved.terms):
            return [build.relation("<", moved.tree(), _signed(plain(size - place.offset)))]
        turned = Place.combined([(moved, -1)], 0)
        return [build.relation(">", turned.tree(), _signed(plain(place.offset - size)))]

    def solved(self, known: Place, coef: Number, size: Number) -> tuple[Place, list[Tree]]:
        """The index v of ``coef * v + known = 0`` in an axis of ``size``, and when there is one."""
        if coef in (1, -1):
            place = Place.combined([(known, -coef)], 0)
            return place, self.inside(place, size)
        positive = _below(coef)
        above = Place.combined([(known, 1 if positive else -1)], 0)
        divisor = _signed(-coef if positive else coef)
        quotient = build.called("floor_divide", above.tree(), divisor)
        rest = build.called("remainder", above.tree(), divisor)
        conditions = [build.relation("==", rest, build.ZERO)]
        reach = self._numbered(above)
        step = -coef if positive else coef
        if reach is None or not within(reach[0], above.offset, plain(size * step), reach[1]):
            conditions += self.inside(above, plain((size - 1) * step + 1))
        self.ranges[quotient] = size
        return Place.of(quotient), conditions

    def _digit(self, value: Place, stride: Number, size: Number, leading: bool) -> Place:
        """(value // stride) % size, as short as it can be said."""
        part = self._divided(value, stride)
        if part is None:
            part = Place.of(build.called("floor_divide", value.tree(), _signed(stride)))
        if not leading and not self.is_within(part, size):
            rest = self._rest(part, size)
            part = rest or Place.of(build.called("remainder", part.tree(), _signed(size)))
        for tree, _ in part.terms:
            self.ranges.setdefault(tree, size)
        return part

    def _divided(self, value: Place, stride: Number) -> Place | None:
        """m i + j over m, where j is below m: i."""
        if stride == 1:
            return value
        whole = [(t, c) for t, c in value.terms if divides(stride, c)]
        rest = Place(tuple((t, c) for t, c in value.terms if not divides(stride, c)), 0)
        if not divides(stride, value.offset) or not self.is_within(rest, stride):
            return None
        terms = tuple((t, plain(sympy.cancel(exact(c) / stride))) for t, c in whole)
        return Place(terms, plain(sympy.cancel(exact(value.offset) / stride)))

    def _rest(self, value: Place, size: Number) -> Place | None:
        """m i + j modulo m, where j is below m: j."""
        rest = Place(tuple((t, c) for t, c in value.terms if not divides(size, c)), 0)
        fits = divides(size, value.offset) and self.is_within(rest, size)
        return rest if fits else None

    def digits(
        self, known: Place, unknown: Sequence[tuple[int, Number, Number]]
    ) -> dict[int, Place] | None:
        """The digits of a number in a mixed radix: p = m i + j gives i = p // m, j = p % m."""
        sign = 1 if _below(unknown[0][1]) else -1
        value = Place.combined([(known, sign)], 0)
        strides = {i: plain(-sign * c) for i, c, _ in unknown}
        sizes = {i: n for i, _, n in unknown}
        found = counted(strides.items(), sizes)
        if found is None or not self.is_within(value, found[1]):
            return None
        order = found[0]
        return {i: self._digit(value, strides[i], sizes[i], i == order[0]) for i in order[::-1]}


def _solved_for_one(left: Place, right: Place) -> tuple[Tree, Place] | None:
    """From i + 1 = j, that i is j - 1."""
    if len(left.terms) != 1 or left.terms[0][1] != 1 or left.offset == 0:
        return None
    return left.terms[0][0], Place.combined([(right, 1)], -left.offset)


def _below(coef: Number) -> bool:
    return coef < 0 if isinstance(coef, int) else bool(coef.could_extract_minus_sign())
