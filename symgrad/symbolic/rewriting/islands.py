"""Elementwise islands: a region of one set of indices, where all factors commute as scalars do.

The region becomes a rational function over its parts, which is cancelled and factored as such, and
what comes back shorter is taken. A factor that is cancelled is a condition, unless it is known not
to be 0. Read by the simplifier.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import sympy
from sympy import S

from symgrad.algebras.tensors import constructors
from symgrad.algebras.tensors.constructors import POWER, constant_of
from symgrad.algebras.tensors.ir import Add, Ein, Map, Node, Spec
from symgrad.symbolic.rewriting import facts, numbering, sums
from symgrad.symbolic.rewriting.fractions import (
    ADD,
    ATOM,
    MUL,
    NUM,
    POW,
    Formula,
    Product,
    Shape,
    Terms,
    answer,
)
from symgrad.symbolic.rewriting.patterns import Rewrite

#: The most parts of an island, and the most terms that multiplying out may give.
MOST_ATOMS, MOST_TERMS = 14, 120

#: How deep sums and products are read, and how many places of them: shared parts are read again
#: wherever they stand. What lies beyond is a part as it is, or no island.
_DEPTH, _PLACES = 24, 400

#: A coefficient that is not a rational number, until it is known that there is work to do.
_COEF = 5

Key = Any
Factors = list[tuple[Node, Spec]]


class _TooLong(Exception):
    """More places than an island has."""


class _Reader:
    """Reads nodes as scalars at given indices."""

    def __init__(self) -> None:
        self.atoms: dict[Key, tuple[Node, Spec]] = {}
        self.roots: dict[Key, int] = {}  # the least common denominator of an atom's exponents
        self.denominators: list[tuple[Formula, Node]] = []
        self.places = 0

    def number(self, value: Any) -> Formula:
        if value.is_Rational:
            return (NUM, int(value.p), int(value.q))
        return (_COEF, value)

    def atom(self, node: Node, spec: Spec) -> Formula:
        key = (node.digest, spec)
        self.atoms.setdefault(key, (node, spec))
        return (ATOM, key)

    def read(self, node: Node, spec: Spec, depth: int = 0) -> Formula:
        data = node.data
        self.places += 1
        if self.places > _PLACES:
            raise _TooLong
        constant = constant_of(node)
        if constant is not None:
            return self.number(constant)
        if depth > _DEPTH:
            return self.atom(node, spec)
        if isinstance(data, Add):
            return (ADD, tuple(self._term(c, a, spec, depth) for c, a in _terms(node, data)))
        if isinstance(data, Ein) and _is_pointwise(data):
            factors = [
                self.read(a, tuple(spec[data.out.index(i)] for i in s), depth + 1)
                for a, s in zip(node.args, data.specs, strict=True)
            ]
            return (MUL, (self.number(data.coef), *factors))
        if isinstance(data, Map) and data.word == POWER:
            return self._power(node.args[0], spec, dict(data.params)["exponent"], depth)
        return self.atom(node, spec)

    def _term(self, coef: Any, node: Node, spec: Spec, depth: int) -> Formula:
        inner = self.read(node, spec, depth + 1)
        return inner if coef == 1 else (MUL, (self.number(coef), inner))

    def _power(self, base: Node, spec: Spec, exponent: Any, depth: int) -> Formula:
        if not exponent.is_Rational:
            return self.atom(constructors.power(base, exponent), spec)
        inner = self.read(base, spec, depth + 1)
        if not exponent.is_Integer:
            if inner[0] != ATOM:  # the root of a sum is a part of its own
                inner = self.atom(base, spec)
            key = inner[1]
            self.roots[key] = int(sympy.ilcm(self.roots.get(key, 1), exponent.q))
        if exponent < 0:
            self.denominators.append((inner, base))
        return (POW, int(exponent.p), int(exponent.q), inner)


def _terms(node: Node, data: Add) -> Iterator[tuple[Any, Node]]:
    return zip(data.coefs, node.args, strict=True)


def _is_pointwise(data: Ein) -> bool:
    if data.equations or len(set(data.out)) != len(data.out):
        return False
    return all(i in data.out for spec in data.specs for i in spec)


@lru_cache(maxsize=4096)
def candidates(node: Node) -> tuple[Rewrite, ...]:
    """Other forms of a node, or of a group of its factors at one set of indices."""
    return (*sums.rewrites(node), *_candidates(node))


def _candidates(node: Node) -> Iterator[Rewrite]:
    data = node.data
    if isinstance(data, Add) or (isinstance(data, Ein) and _is_pointwise(data)):
        axes = tuple(range(len(node.sizes)))
        spec = data.out if isinstance(data, Ein) else axes
        dims = dict(zip(spec, node.sizes, strict=True))
        for made, condition in _forms([(node, spec)], dims, spec):
            yield Rewrite(made, condition)
        return
    if isinstance(data, Ein):
        yield from _of_groups(node, data)


def _of_groups(node: Node, data: Ein) -> Iterator[Rewrite]:
    """The factors at each set of indices as an island of their own."""
    groups: dict[frozenset[int], list[int]] = {}
    for k, spec in enumerate(data.specs):
        groups.setdefault(frozenset(spec), []).append(k)
    for indices, places in groups.items():
        if not indices or not any(_is_composite(node.args[k]) for k in places):
            continue
        spec = data.specs[places[0]]
        if len(set(spec)) != len(spec):
            continue
        dims = {i: data.dims[i] for i in spec}
        factors = [(node.args[k], data.specs[k]) for k in places]
        rest = [k for k in range(len(node.args)) if k not in places]
        for made, condition in _forms(factors, dims, spec):
            whole = constructors.ein(
                data.coef,
                [made, *(node.args[k] for k in rest)],
                [spec, *(data.specs[k] for k in rest)],
                data.out,
                data.dims,
                data.equations,
            )
            yield Rewrite(whole, condition)


def _is_composite(node: Node) -> bool:
    data = node.data
    return isinstance(data, Add) or (isinstance(data, Map) and data.word == POWER)


def _forms(factors: Factors, dims: dict[int, Any], out: Spec) -> Iterator[tuple[Node, Node | None]]:
    reader = _Reader()
    try:
        formula = (MUL, tuple(reader.read(n, s) for n, s in factors))
    except _TooLong:
        return
    if not _is_promising(formula, reader):
        return
    island = _Island(reader, formula)
    found = answer(island.shape)
    if found is None or found.lost is None:
        return
    divisors = [facts.against_zero("not_equal", island.below[k]) for k in found.lost]
    for product in found.products:
        radicands = [facts.against_zero("greater_equal", b) for b in island.without_root(product)]
        conditions = list(dict.fromkeys((*divisors, *radicands)))
        if len({c.sizes for c in conditions}) <= 1:
            yield island.node(product, dims, out), _together(conditions)


def _together(conditions: Sequence[Node]) -> Node | None:
    if not conditions:
        return None
    found, *rest = conditions
    for other in rest:
        found = constructors.mapped("logical_and", {}, (found, other))
    return found


def _is_promising(formula: Formula, reader: _Reader) -> bool:
    """Whether anything can cancel: sums under products or quotients, few parts, few terms."""
    if not 1 <= len(reader.atoms) <= MOST_ATOMS:
        return False
    shape = _measure(formula)
    return (shape[0] > 1 or _is_nested(formula)) and shape[1] and shape[0] <= MOST_TERMS


def _is_nested(formula: Formula) -> bool:
    """Whether a product stands in a power: p / (q (p / q))."""
    if formula[0] == POW:
        return formula[3][0] == MUL or _is_nested(formula[3])
    return formula[0] == MUL and any(map(_is_nested, formula[1]))


def _measure(formula: Formula) -> tuple[int, bool]:
    """How many terms multiplying out gives, and whether there is anything to do."""
    kind = formula[0]
    if kind in (NUM, ATOM, _COEF):
        return 1, False
    if kind == POW:
        terms, _ = _measure(formula[3])
        count = abs(formula[1]) // formula[2] or 1
        return min(terms ** min(count, 6), 10**6), terms > 1 or formula[1] < 0
    measured = [_measure(part) for part in formula[1]]
    if kind == ADD:
        return sum(t for t, _ in measured), any(b for _, b in measured) or _shares(formula[1])
    total = 1
    for t, _ in measured:
        total = min(total * t, 10**6)
    busy = any(b for _, b in measured) or sum(t > 1 for t, _ in measured) > 0
    return total, busy and (total > 1 or any(b for _, b in measured))


def _shares(terms: Sequence[Formula]) -> bool:
    """Whether two terms hold the same atom."""
    seen: set[Key] = set()
    for term in terms:
        own = set(_atoms_in(term))
        if own & seen:
            return True
        seen |= own
    return False


def _atoms_in(formula: Formula) -> Iterator[Key]:
    if formula[0] == ATOM:
        yield formula[1]
    elif formula[0] == POW:
        yield from _atoms_in(formula[3])
    elif formula[0] in (ADD, MUL):
        for part in formula[1]:
            yield from _atoms_in(part)


def _with_sizes(formula: Formula) -> Formula:
    """A formula whose coefficients are formulas over sizes."""
    kind = formula[0]
    if kind == _COEF:
        return numbering.of_number(formula[1])
    if kind == POW:
        return (*formula[:3], _with_sizes(formula[3]))
    if kind in (ADD, MUL):
        return (kind, tuple(map(_with_sizes, formula[1])))
    return formula


class _Island:
    """An island with its letters counted, and the way back to nodes."""

    def __init__(self, reader: _Reader, formula: Formula) -> None:
        self.atoms = reader.atoms
        unsure = [d for d in reader.denominators if not facts.nonzero(d[1])]
        formulas = [_with_sizes(f) for f in (formula, *(f for f, _ in unsure))]
        self.roots = dict.fromkeys(numbering.letters_in(formulas), 1) | reader.roots
        flat = {k for k in self.roots if k in self.atoms and facts.indicates(self.atoms[k][0])}
        colours = {
            key: hash((key in self.atoms, root, key in flat)) for key, root in self.roots.items()
        }
        self.keys = numbering.counted(formulas, colours, self._order)
        number = {key: k for k, key in enumerate(self.keys)}
        whole, *below = (numbering.renamed(f, number) for f in formulas)
        sure = dict(
            sorted(
                dict(zip(below, (base for _, base in unsure), strict=True)).items(),
                key=lambda item: item[0],
            )
        )
        self.below = list(sure.values())
        self.shape = Shape(
            whole,
            tuple(self.roots[key] for key in self.keys),
            frozenset(number[key] for key in flat),
            tuple(sure),
        )

    def _order(self, key: Key) -> tuple[Any, ...]:
        return (0, *key) if key in self.atoms else (1, str(key[0]))

    def without_root(self, factors: Product) -> list[Node]:
        """What stood under a root that a product does not have, and may be below 0."""
        found = []
        for place, key in enumerate(self.keys):
            root = self.roots[key]
            if root == 1 or key not in self.atoms or facts.nonnegative(self.atoms[key][0]):
                continue
            powers = [term[0][place] for poly, _ in factors for term in poly]
            if all(power % root == 0 for power in powers):
                found.append(self.atoms[key][0])
        return found

    def node(self, factors: Product, dims: dict[int, Any], out: Spec) -> Node:
        """A product of powers of polynomials as a node."""
        coef: Any = S.One
        nodes: Factors = []
        for poly, exponent in factors:
            if len(poly) == 1:
                scale, found = self._monomial(*poly[0], exponent)
                coef *= scale
                nodes += found
            else:
                made, spec = self._sum(poly, dims)
                nodes.append((constructors.power(made, exponent), spec))
        return _product(coef, nodes, out, dims)

    def _monomial(self, powers: Any, number: Any, exponent: int) -> tuple[Any, Factors]:
        coef = sympy.Rational(int(number.numerator), int(number.denominator)) ** exponent
        found = []
        for key, power in zip(self.keys, powers, strict=True):
            if not power:
                continue
            if key in self.atoms:
                node, spec = self.atoms[key]
                raised = sympy.Rational(power * exponent, self.roots[key])
                found.append((constructors.power(node, raised), spec))
            else:
                coef *= key[0] ** (power * exponent)
        return coef, found

    def _sum(self, poly: Terms, dims: dict[int, Any]) -> tuple[Node, Spec]:
        terms = [self._monomial(powers, number, 1) for powers, number in poly]
        spec = tuple(sorted({i for _, found in terms for _, spec in found for i in spec}))
        if not terms:  # all of them cancelled
            return constructors.constant(0, ()), ()
        nodes = [_product(S.One, found, spec, dims) for _, found in terms]
        return constructors.add([c for c, _ in terms], nodes), spec


def _product(coef: Any, nodes: Factors, out: Spec, dims: dict[int, Any]) -> Node:
    if len(nodes) == 1 and nodes[0][1] == out:
        return constructors.scaled(coef, nodes[0][0])
    number = {i: k for k, i in enumerate(out)}
    return constructors.ein(
        coef,
        [n for n, _ in nodes],
        [tuple(number[i] for i in s) for _, s in nodes],
        tuple(range(len(out))),
        [dims[i] for i in out],
    )
