"""What is known of a node's values: positive, not zero, symmetric, rows that add up to one.

Facts of leaves are those that somebody declared; of words, what their rules say they give; the rest
follows. "Not known" is the answer in doubt.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from sympy import S, oo

from symgrad.algebras.elements import exact
from symgrad.algebras.tensors import TENSORS, Expression, constructors
from symgrad.algebras.tensors.constructors import POWER, constant_of
from symgrad.algebras.tensors.ir import Add, Ein, Leaf, Map, Node, Op
from symgrad.grammar.assumption import ASSUMPTIONS
from symgrad.grammar.primitive import REGISTRY
from symgrad.symbolic.rewriting.patterns import words_of_shares

#: Operands looked at below one node, and symmetric ones in a product; beyond it nothing is known.
_DEPTH, _MOST_TURNED = 12, 4


def facts_of(node: Node) -> frozenset[str]:
    """The declared facts of a leaf, with what they imply."""
    declared = node.data.facts if isinstance(node.data, Leaf) else ()
    return frozenset(declared).union(*(ASSUMPTIONS[f] for f in declared))


class Range(NamedTuple):
    """Bounds of all entries, and whether each bound is itself left out."""

    low: Any
    high: Any
    above: bool
    below: bool


_ANY = Range(-oo, oo, True, True)


def positive(node: Node) -> bool:
    """Whether every entry is above 0."""
    low, _, above, _ = range_of(node, _DEPTH)
    return bool(low > 0) or (low == 0 and above)


def nonnegative(node: Node) -> bool:
    """Whether every entry is 0 or more."""
    return bool(range_of(node, _DEPTH).low >= 0)


def nonzero(node: Node) -> bool:
    """Whether no entry is 0."""
    low, high, above, below = range_of(node, _DEPTH)
    if low > 0 or high < 0 or (low == 0 and above) or (high == 0 and below):
        return True
    data = node.data
    if isinstance(data, Map) and data.word == POWER:
        return nonzero(node.args[0])
    if isinstance(data, Op) and data.word == "det":
        return invertible(node.args[0])
    return False


@lru_cache(maxsize=8192)
def range_of(node: Node, depth: int) -> Range:
    """Where all entries lie, as far as that is known."""
    data = node.data
    constant = constant_of(node)
    if constant is not None:
        return _of_constant(constant)
    if depth <= 0:
        return _ANY
    if isinstance(data, Leaf):
        return Range(S.Zero, oo, True, True) if "positive" in facts_of(node) else _ANY
    if isinstance(data, Map) and data.word == POWER:
        return _of_power(node, dict(data.params)["exponent"], depth)
    if isinstance(data, (Map, Op)):
        return _declared(data.word) if getattr(data, "role", "forward") == "forward" else _ANY
    if isinstance(data, Ein):
        return _of_product(node, data, depth)
    assert isinstance(data, Add)
    return _of_sum(node, data, depth)


def _of_constant(value: Any) -> Range:
    if value.is_number and value.is_comparable:
        return Range(value, value, False, False)
    return Range(S.Zero, oo, True, True) if value.is_positive else _ANY


def _declared(word: str) -> Range:
    """What a rule says of its values."""
    rule = REGISTRY.get(word)
    gives = rule.codomain if rule is not None else None
    if gives is None:
        return _ANY
    low, high = (exact(v) for v in (gives.low, gives.high))
    return Range(low, high, gives.low not in gives.smooth_off, gives.high not in gives.smooth_off)


def _of_power(node: Node, exponent: Any, depth: int) -> Range:
    base = range_of(node.args[0], depth - 1)
    if base.low > 0 or (base.low == 0 and base.above):
        return Range(S.Zero, oo, True, True)
    if exponent.is_integer and not exponent.is_even:
        return _ANY
    # An even power is 0 or more, and a root is there only where its base is.
    return Range(S.Zero, oo, nonzero(node.args[0]) or exponent.is_negative, True)


def _of_product(node: Node, data: Ein, depth: int) -> Range:
    if not data.coef.is_positive or not node.args:
        return _ANY
    if len(node.args) == 1 and data.specs == (data.out,) and data.coef.is_number:
        low, high, above, below = range_of(node.args[0], depth - 1)
        return Range(low * data.coef, high * data.coef, above, below)
    ranges = [range_of(a, depth - 1) for a in node.args]
    if any(not r.low >= 0 for r in ranges):
        return _ANY
    whole = len(set(data.out)) == len(data.out) and not data.equations
    return Range(S.Zero, oo, whole and all(r.low > 0 or r.above for r in ranges), True)


def _of_sum(node: Node, data: Add, depth: int) -> Range:
    low, high, above, below = S.Zero, S.Zero, False, False
    for coef, arg in zip(data.coefs, node.args, strict=True):
        part = range_of(arg, depth - 1)
        if coef.is_negative:
            part = Range(part.high, part.low, part.below, part.above)
        elif not coef.is_positive:
            return _ANY
        if not coef.is_number:
            bounded = part.low == 0 if coef.is_positive else part.high == 0
            part = Range(S.Zero, oo, part.above, True) if bounded and coef.is_positive else _ANY
            coef = S.One
        if abs(part.low) == oo and abs(part.high) == oo:
            return _ANY
        low, high = low + coef * part.low, high + coef * part.high
        above, below = above or part.above, below or part.below
    return Range(low, high, above, below)


def _counts(data: Ein) -> bool:
    """Whether an entry may add up several products: a summed index that no equation gives."""
    for index in set(range(len(data.dims))).difference(data.out):
        given = [eq for eq in data.equations if dict(eq.terms).get(index) in (1, -1)]
        others = [i for eq in given for i, _ in eq.terms if i != index]
        if not given or not set(others) <= set(data.out):
            return True
    return False


def against_zero(word: str, node: Node) -> Node:
    """The condition that compares every entry of a node with 0."""
    return constructors.mapped(word, {}, (node, constructors.constant(0, node.sizes)))


def invertible(node: Node) -> bool:
    """Whether a matrix is known to have an inverse."""
    inverse = isinstance(node.data, Op) and node.data.word == "inv"
    return inverse or not facts_of(node).isdisjoint({"positive definite", "orthogonal"})


def has_inverse(node: Node) -> Node:
    """The condition that a matrix has an inverse."""
    x = Expression(node, node.sizes)
    condition: Expression = TENSORS.not_equal(TENSORS.det(x), 0)
    return condition.node


def indicates(node: Node) -> bool:
    """Whether every entry is 1 or 0."""
    data = node.data
    if isinstance(data, Map):
        return data.word == "cast" or (data.word == POWER and indicates(node.args[0]))
    if isinstance(data, Op):
        return data.word == "one_hot"
    if not isinstance(data, Ein) or data.coef != 1 or _counts(data):
        return False
    return all(map(indicates, node.args))


def sums_to_one(node: Node) -> int | None:
    """The axis along which the entries add up to 1, counted without axes of size 1."""
    data = node.data
    if isinstance(data, Leaf) and "rows sum to one" in data.facts:
        return len(node.sizes) - 1
    if not isinstance(data, Op) or data.role != "forward" or 1 in data.shape:
        return None
    if data.word == "one_hot":
        return len(node.sizes) - 1
    axis = dict(data.params).get("axis")
    if data.word in words_of_shares() and isinstance(axis, int):
        return axis % len(data.shape)
    return None


def symmetric(node: Node) -> bool:
    """Whether a matrix is its own transpose."""
    return _symmetric(node, _DEPTH)


@lru_cache(maxsize=8192)
def _symmetric(node: Node, depth: int) -> bool:
    data = node.data
    if len(node.sizes) != 2 or node.sizes[0] != node.sizes[1] or depth <= 0:
        return False
    if isinstance(data, Leaf):
        return "symmetric" in facts_of(node)
    if isinstance(data, Op) and data.word == "inv":
        return _symmetric(node.args[0], depth - 1)
    if isinstance(data, (Add, Map)):
        return all(_symmetric(a, depth - 1) for a in node.args)
    return isinstance(data, Ein) and any(other is node for other in _turned(node, data, depth - 1))


def _turned(node: Node, data: Ein, depth: int) -> Iterator[Node]:
    """The transpose of a product, its symmetric operands either way: of Xᵀ C X it is itself."""
    free = [
        len(s) == 2 and _symmetric(a, depth) for a, s in zip(node.args, data.specs, strict=True)
    ]
    if sum(free) > _MOST_TURNED:
        return
    ways = [(s, s[::-1]) if turns else (s,) for s, turns in zip(data.specs, free, strict=True)]
    for specs in itertools.product(*ways):
        out = data.out[::-1]
        yield constructors.ein(data.coef, node.args, specs, out, data.dims, data.equations)
