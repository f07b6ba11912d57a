"""Elementwise islands: a region of one set of indices, where all factors commute as scalars do.

The region becomes a rational function over its parts, SymPy's sparse polynomials cancel and factor
it, and what comes back shorter is taken. A factor that is cancelled is a condition, unless it is
known not to be 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import sympy
from sympy import QQ, S
from sympy.polys.rings import PolyRing

from symgrad.algebras.tensors import constructors
from symgrad.algebras.tensors.constructors import POWER, constant_of
from symgrad.algebras.tensors.ir import Add, Ein, Map, Node, Spec
from symgrad.symbolic.rewriting import facts
from symgrad.symbolic.rewriting.patterns import Rewrite

#: The most parts of an island, and the most terms that multiplying out may give.
MOST_ATOMS, MOST_TERMS = 14, 120

Key = Any
Fraction = tuple[Any, Any]


class Island(NamedTuple):
    """A region as a formula over atoms: nested ("add" | "mul" | "pow" | "atom" | "num", ...)."""

    formula: Any
    atoms: dict[Key, tuple[Node, Spec]]


class _Reader:
    """Reads nodes as scalars at given indices."""

    def __init__(self) -> None:
        self.atoms: dict[Key, tuple[Node, Spec]] = {}
        self.roots: dict[Key, int] = {}  # the least common denominator of an atom's exponents
        self.denominators: list[Any] = []
        self.numbers: dict[Any, Key] = {}

    def number(self, value: Any) -> Any:
        """A coefficient: its rational part, and the rest as an atom."""
        return ("num", value)

    def atom(self, node: Node, spec: Spec) -> Any:
        key = (node.digest, spec)
        self.atoms.setdefault(key, (node, spec))
        return ("atom", key)

    def read(self, node: Node, spec: Spec) -> Any:
        data = node.data
        constant = constant_of(node)
        if constant is not None:
            return self.number(constant)
        if isinstance(data, Add):
            terms = [
                ("mul", [self.number(c), self.read(a, spec)])
                for c, a in zip(data.coefs, node.args, strict=True)
            ]
            return ("add", terms)
        if isinstance(data, Ein) and _is_pointwise(data):
            factors = [
                self.read(a, tuple(spec[data.out.index(i)] for i in s))
                for a, s in zip(node.args, data.specs, strict=True)
            ]
            return ("mul", [self.number(data.coef), *factors])
        if isinstance(data, Map) and data.word == POWER:
            return self._power(node.args[0], spec, dict(data.params)["exponent"])
        return self.atom(node, spec)

    def _power(self, base: Node, spec: Spec, exponent: Any) -> Any:
        if not exponent.is_Rational:
            return self.atom(constructors.power(base, exponent), spec)
        inner = self.read(base, spec)
        if not exponent.is_Integer:
            if inner[0] != "atom":  # the root of a sum is a part of its own
                inner = self.atom(base, spec)
            key = inner[1]
            self.roots[key] = int(sympy.ilcm(self.roots.get(key, 1), exponent.q))
        made = ("pow", inner, exponent)
        if exponent < 0:
            self.denominators.append((inner, base))
        return made


def _is_pointwise(data: Ein) -> bool:
    if data.equations or len(set(data.out)) != len(data.out):
        return False
    return all(i in data.out for spec in data.specs for i in spec)


@lru_cache(maxsize=4096)
def candidates(node: Node) -> tuple[Rewrite, ...]:
    """Other forms of a node, or of a group of its factors at one set of indices."""
    return tuple(_candidates(node))


def _candidates(node: Node) -> Iterator[Rewrite]:
    data = node.data
    if isinstance(data, Add) or (isinstance(data, Ein) and _is_pointwise(data)):
        axes = tuple(range(len(node.sizes)))
        spec = data.out if isinstance(data, Ein) else axes
        dims = dict(zip(spec, node.sizes, strict=True))
        for made, condition in _forms([(node, spec)], S.One, dims, spec):
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
        for made, condition in _forms(factors, S.One, dims, spec):
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


def _forms(
    factors: Sequence[tuple[Node, Spec]], coef: Any, dims: dict[int, Any], out: Spec
) -> Iterator[tuple[Node, Node | None]]:
    reader = _Reader()
    formula = ("mul", [("num", coef), *(reader.read(n, s) for n, s in factors)])
    if not _is_promising(formula, reader):
        return
    ring = _Ring(reader, formula)
    value = ring.lowest(formula)
    if value is None:
        return
    condition = ring.condition(value[1])
    if condition is False:
        return
    for made in ring.written(value, dims, out):
        yield made, condition


def _is_promising(formula: Any, reader: _Reader) -> bool:
    """Whether anything can cancel: sums under products or quotients, few parts, few terms."""
    if not 1 <= len(reader.atoms) <= MOST_ATOMS:
        return False
    shape = _measure(formula)
    return shape[0] > 1 and shape[1] and shape[0] <= MOST_TERMS


def _measure(formula: Any) -> tuple[int, bool]:
    """How many terms multiplying out gives, and whether there is anything to do."""
    kind = formula[0]
    if kind in ("num", "atom"):
        return 1, False
    if kind == "pow":
        terms, _ = _measure(formula[1])
        return min(terms ** min(abs(int(formula[2])) or 1, 6), 10**6), terms > 1 or formula[2] < 0
    measured = [_measure(part) for part in formula[1]]
    if kind == "add":
        return sum(t for t, _ in measured), any(b for _, b in measured) or _shares(formula[1])
    total = 1
    for t, _ in measured:
        total = min(total * t, 10**6)
    busy = any(b for _, b in measured) or sum(t > 1 for t, _ in measured) > 0
    return total, busy and (total > 1 or any(b for _, b in measured))


def _shares(terms: Sequence[Any]) -> bool:
    """Whether two terms hold the same atom."""
    seen: set[Key] = set()
    for term in terms:
        own = set(_atoms_in(term))
        if own & seen:
            return True
        seen |= own
    return False


def _atoms_in(formula: Any) -> Iterator[Key]:
    if formula[0] == "atom":
        yield formula[1]
    elif formula[0] == "pow":
        yield from _atoms_in(formula[1])
    elif formula[0] in ("add", "mul"):
        for part in formula[1]:
            yield from _atoms_in(part)


class _Ring:
    """Rational functions over an island's atoms and sizes, as pairs of polynomials.

    Pairs are brought to lowest terms once, at the end: a common factor found at each step would
    cost more than it saves.
    """

    def __init__(self, reader: _Reader, formula: Any) -> None:
        self.reader = reader
        self.keys = sorted(reader.atoms, key=lambda k: (k[0].hex(), k[1]))
        self.extras = sorted({s for c in _numbers_in(formula) for s in _symbols(c)}, key=str)
        names = [f"a{k}" for k in range(len(self.keys))]
        names += [f"s{k}" for k in range(len(self.extras))]
        self.ring: Any = PolyRing(names, QQ, sympy.grlex)
        self.gens = dict(zip(self.keys, self.ring.gens, strict=False))
        self.extra_gens = dict(zip(self.extras, self.ring.gens[len(self.keys) :], strict=True))

    def value(self, formula: Any) -> Fraction:
        """A formula as numerator and denominator, not in lowest terms."""
        kind, one = formula[0], self.ring.one
        if kind == "num":
            return self._number(formula[1])
        if kind == "atom":
            return self.gens[formula[1]] ** self.reader.roots.get(formula[1], 1), one
        if kind == "pow":
            return self._power(formula[1], formula[2])
        above, below = self.value(formula[1][0])
        for part in formula[1][1:]:
            over, under = self.value(part)
            if kind == "mul":
                above, below = above * over, below * under
            elif under == below:
                above = above + over
            else:
                above, below = above * under + over * below, below * under
        return above, below

    def lowest(self, formula: Any) -> Fraction | None:
        """The formula in lowest terms; None where it divides by zero."""
        above, below = self.value(formula)
        if not below:
            return None
        if below.is_ground:
            return self._once(above * (1 / below.LC)), self.ring.one
        above, below = above.cancel(below)
        return above, below

    def _once(self, poly: Any) -> Any:
        """A polynomial in which what is 1 or 0 has no powers."""
        flat = [k for k, key in enumerate(self.keys) if facts.indicates(self.reader.atoms[key][0])]
        if not flat:
            return poly
        total = self.ring.zero
        for powers, number in poly.terms():
            kept = tuple(min(p, 1) if k in flat else p for k, p in enumerate(powers))
            total = total + self.ring.from_dict({kept: number})
        return total

    def _power(self, base: Any, exponent: Any) -> Fraction:
        one = self.ring.one
        if exponent.is_Integer:
            above, below = self.value(base)
            count = abs(int(exponent))
            pair = above**count, below**count
            return pair if exponent > 0 else pair[::-1]
        raised = self.gens[base[1]] ** int(abs(exponent) * self.reader.roots[base[1]])
        return (raised, one) if exponent > 0 else (one, raised)

    def _number(self, value: Any) -> Fraction:
        if value.is_Rational:
            return self.ring.ground_new(QQ(int(value.p), int(value.q))), self.ring.one
        above, below = sympy.fraction(sympy.together(value))
        return self._polynomial(above), self._polynomial(below)

    def _polynomial(self, value: Any) -> Any:
        total = self.ring.zero
        for term in sympy.Add.make_args(sympy.expand(value)):
            made = self.ring.one
            for factor in sympy.Mul.make_args(term):
                base, exponent = factor.as_base_exp()
                if factor.is_Rational:
                    made = made * QQ(int(factor.p), int(factor.q))
                elif base in self.extra_gens and exponent.is_Integer:
                    made = made * self.extra_gens[base] ** int(exponent)
                else:
                    made = made * self.extra_gens[factor]
            total = total + made
        return total

    # conditions ---------------------------------------------------------------------------------

    def condition(self, below: Any) -> Any:
        """The condition that a cancelled denominator is not 0: None for none, False for unclear."""
        lost: list[Node] = []
        for formula, base in self.reader.denominators:
            if facts.nonzero(base):
                continue
            over, under = self.value(formula)
            if not over or not under.is_ground:
                return False
            if below.rem([over]) != 0 and base not in lost:
                lost.append(base)
        if not lost:
            return None
        if len(lost) > 1:
            return False
        zero = constructors.constant(0, lost[0].sizes)
        return constructors.mapped("not_equal", {}, (lost[0], zero))

    # back to nodes ------------------------------------------------------------------------------

    def written(self, value: Fraction, dims: dict[int, Any], out: Spec) -> Iterator[Node]:
        """Numerator and denominator, each multiplied out or in factors."""
        above, below = value
        aboves = [[(above, 1)]]
        if len(above) > 1 and len(above) <= 40:
            aboves.append(self._factors(above))
        under = self._factors(below) if len(below) > 1 else [(below, 1)]
        for factors in aboves:
            yield self._node([*factors, *((p, -e) for p, e in under)], dims, out)

    def _factors(self, poly: Any) -> list[tuple[Any, int]]:
        coef, factors = poly.factor_list()
        return [(poly.ring.ground_new(coef), 1), *factors]

    def _node(self, factors: Sequence[tuple[Any, int]], dims: dict[int, Any], out: Spec) -> Node:
        coef: Any = S.One
        nodes: list[tuple[Node, Spec]] = []
        for poly, exponent in factors:
            if len(poly) == 1:
                ((powers, number),) = poly.terms()
                scale, found = self._monomial(powers, number, exponent)
                coef *= scale
                nodes += found
            else:
                made, spec = self._sum(poly, dims)
                nodes.append((constructors.power(made, exponent), spec))
        return self._product(coef, nodes, out, dims)

    def _monomial(
        self, powers: Any, number: Any, exponent: int
    ) -> tuple[Any, list[tuple[Node, Spec]]]:
        coef = sympy.Rational(int(number.numerator), int(number.denominator)) ** exponent
        found = []
        for key, power in zip(self.keys, powers, strict=False):
            if power:
                node, spec = self.reader.atoms[key]
                root = self.reader.roots.get(key, 1)
                found.append(
                    (constructors.power(node, sympy.Rational(power * exponent, root)), spec)
                )
        for symbol, power in zip(self.extras, powers[len(self.keys) :], strict=True):
            coef *= symbol ** (power * exponent)
        return coef, found

    def _sum(self, poly: Any, dims: dict[int, Any]) -> tuple[Node, Spec]:
        terms = [self._monomial(powers, number, 1) for powers, number in poly.terms()]
        indices = sorted({i for _, found in terms for _, spec in found for i in spec})
        spec = tuple(indices)
        if not terms:  # all has cancelled
            return constructors.constant(0, ()), ()
        nodes = [self._product(c, found, spec, dims) for c, found in terms]
        return constructors.add([1] * len(nodes), nodes), spec

    def _product(
        self, coef: Any, nodes: Sequence[tuple[Node, Spec]], out: Spec, dims: dict[int, Any]
    ) -> Node:
        number = {i: k for k, i in enumerate(out)}
        return constructors.ein(
            coef,
            [n for n, _ in nodes],
            [tuple(number[i] for i in s) for _, s in nodes],
            tuple(range(len(out))),
            [dims[i] for i in out],
        )


def _numbers_in(formula: Any) -> Iterator[Any]:
    if formula[0] == "num":
        yield formula[1]
    elif formula[0] == "pow":
        yield from _numbers_in(formula[1])
    elif formula[0] in ("add", "mul"):
        for part in formula[1]:
            yield from _numbers_in(part)


def _symbols(value: Any) -> Iterator[Any]:
    """What stands in a coefficient besides rational numbers: sizes, roots, pi."""
    for part in sympy.fraction(sympy.together(value)):
        for term in sympy.Add.make_args(sympy.expand(part)):
            for factor in sympy.Mul.make_args(term):
                base, exponent = factor.as_base_exp()
                if factor.is_Rational:
                    continue
                yield base if exponent.is_Integer else factor
