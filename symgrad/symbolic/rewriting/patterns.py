"""The declared identities as patterns over nodes: match a left side, build the right one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import sympy

from symgrad.algebras.tensors import TENSORS, Expression, constructors, leaf
from symgrad.algebras.tensors.carrier import spread
from symgrad.algebras.tensors.constructors import constant_of
from symgrad.algebras.tensors.ir import Add, Ein, Map, Node, Op
from symgrad.grammar.identity import IDENTITIES, Identity

#: The size of an axis that a pattern says nothing about.
_ANY = sympy.Symbol("any", integer=True, positive=True)


@dataclass(frozen=True)
class Anything:
    """A parameter of a pattern: what stands there, stands on the right side too."""

    name: str


class Pattern(NamedTuple):
    """One identity's left side over leaves that stand for any node."""

    identity: Identity
    lhs: Node
    variables: dict[Node, str]


class Rewrite(NamedTuple):
    """What may stand for a node, and the condition under which it is the same; None is always.

    One that is ``preferred`` is taken even where it is longer.
    """

    node: Node
    condition: Node | None
    preferred: bool = False
    identity: bool = False


@cache
def patterns() -> tuple[Pattern, ...]:
    """All identities, read once over the tensors algebra."""
    whole = [_compiled(i) for i in IDENTITIES if not list(_parts_of_sum(i))]
    return tuple(p for p in whole if p is not None)


def _compiled(identity: Identity) -> Pattern | None:
    """The pattern; None where both sides are one expression from the start."""
    leaves = {}
    for operand in identity.operands:
        rank = identity.ndim_of(operand)
        if rank is None:
            rank = 2 if identity.domains[identity.operands.index(operand)].matrix else 0
            rank = max(rank, 1 if identity.parameters else 0)
        sizes = (_ANY,) * rank
        leaves[operand] = leaf(f"any {operand}", sizes)
    scans = identity.parameters == ("axis",)
    given = {
        name: Anything(name) if scans else False if name == "keepdims" else None
        for name in identity.parameters
    }
    read = identity.read(TENSORS, *leaves.values(), **given)
    if read.lhs.node is read.rhs.node:
        return None
    return Pattern(identity, read.lhs.node, {e.node: name for name, e in leaves.items()})


@cache
def words_of_shares() -> frozenset[str]:
    """The words whose results add up to 1 along an axis: the sums of them that are 1."""
    found = set()
    for identity in IDENTITIES:
        for part in _parts_of_sum(identity):
            found.add(part)
    return frozenset(found)


def _parts_of_sum(identity: Identity) -> Iterator[str]:
    if identity.parameters != ("axis",) or len(identity.operands) != 1:
        return
    x = leaf("any x", (_ANY,))
    read = identity.read(TENSORS, x, axis=0)
    data = read.lhs.node.data
    is_sum = isinstance(data, Ein) and len(data.specs) == 1 and not data.out
    if is_sum and constant_of(read.rhs.node) == 1:
        word = read.lhs.node.args[0].data
        if isinstance(word, Op):
            yield word.word


def rewrites(node: Node) -> Iterator[Rewrite]:
    """Every identity whose left side the node is, or holds as a pair of factors or of terms."""
    for pattern in patterns():
        lhs = pattern.lhs.data
        if type(lhs) is not type(node.data):
            continue
        if isinstance(lhs, (Map, Op)):
            if lhs.word == node.data.word:  # type: ignore[union-attr]
                yield from _whole(pattern, node)
        elif isinstance(lhs, Ein):
            yield from _in_product(pattern, node)
        elif isinstance(lhs, Add):
            yield from _in_sum(pattern, node)


def _whole(pattern: Pattern, node: Node) -> Iterator[Rewrite]:
    found = _matched(pattern, pattern.lhs, node, {})
    if found is not None:
        made = _right(pattern, found, node.sizes)
        if made is not None:
            yield made


def _right(pattern: Pattern, found: dict[str, Any], sizes: Any) -> Rewrite | None:
    identity = pattern.identity
    operands = [found[name] for name in identity.operands]
    if any(o is None for o in operands):
        return None
    given = [Expression(o, o.sizes) for o in operands]
    params = {
        name: found.get(name, False if name == "keepdims" else None) for name in identity.parameters
    }
    read = identity.read(TENSORS, *given, **params)
    if tuple(read.rhs.node.sizes) != tuple(sizes):
        if read.rhs.node.sizes:
            return None
        return Rewrite(spread(read.rhs, sizes), _condition(read), identity.preferred, True)
    return Rewrite(read.rhs.node, _condition(read), identity.preferred, True)


def _condition(read: Any) -> Node | None:
    return None if read.condition is None else read.condition.node


def _matched(
    pattern: Pattern, part: Node, node: Node, found: dict[str, Any]
) -> dict[str, Any] | None:
    """What the pattern's variables stand for, where it fits the node."""
    name = pattern.variables.get(part)
    if name is not None:
        if name in found:
            return found if found[name] is node else None
        return {**found, name: node}
    want, have = part.data, node.data
    negated = _negated(part, pattern)
    if negated is not None:
        return _matched(pattern, negated, _minus(node), found) if _is_minus(node) else None
    number = constant_of(part)
    if number is not None:
        return found if constant_of(node) == number else None
    if type(want) is not type(have) or len(part.args) != len(node.args):
        return None
    if isinstance(want, (Map, Op)):
        same = want.word == have.word  # type: ignore[union-attr]
        params = _params(want.params, have.params, found) if same else None  # type: ignore[union-attr]
        return _operands(pattern, part, node, params)
    if isinstance(want, Ein) and isinstance(have, Ein):
        transposes = want.coef == have.coef and want.specs == have.specs and want.out == have.out
        return _operands(pattern, part, node, found) if transposes else None
    return None


def _operands(
    pattern: Pattern, part: Node, node: Node, found: dict[str, Any] | None
) -> dict[str, Any] | None:
    for mine, theirs in zip(part.args, node.args, strict=True):
        if found is None:
            return None
        found = _matched(pattern, mine, theirs, found)
    return found


def _params(want: Any, have: Any, found: dict[str, Any]) -> dict[str, Any] | None:
    mine, theirs = dict(want), dict(have)
    if mine.keys() != theirs.keys():
        return None
    out = dict(found)
    for name, value in mine.items():
        if isinstance(value, Anything):
            if value.name in out and out[value.name] != theirs[name]:
                return None
            out[value.name] = theirs[name]
        elif value != theirs[name]:
            return None
    return out


def _negated(part: Node, pattern: Pattern) -> Node | None:
    """The variable that a part of a pattern is the negative of."""
    data = part.data
    if isinstance(data, Ein) and data.coef == -1 and data.specs == (data.out,):
        return part.args[0] if part.args[0] in pattern.variables else None
    return None


def _is_minus(node: Node) -> bool:
    data = node.data
    return isinstance(data, Ein) and bool(data.coef.could_extract_minus_sign())


def _minus(node: Node) -> Node:
    return constructors.scaled(-1, node)


# pairs of factors and of terms --------------------------------------------------------------------


def _in_product(pattern: Pattern, node: Node) -> Iterator[Rewrite]:
    """Two factors at the same indices that the identity names."""
    want, have = pattern.lhs.data, node.data
    assert isinstance(want, Ein)
    assert isinstance(have, Ein)
    if len(pattern.lhs.args) != 2 or want.coef != 1 or len(node.args) < 2:
        return
    for a in range(len(node.args)):
        for b in range(len(node.args)):
            if a == b or have.specs[a] != have.specs[b]:
                continue
            found = _matched(pattern, pattern.lhs.args[0], node.args[a], {})
            if found is not None:
                found = _matched(pattern, pattern.lhs.args[1], node.args[b], found)
            made = None if found is None else _right(pattern, found, node.args[a].sizes)
            if made is not None:
                rest = [k for k in range(len(node.args)) if k not in (a, b)]
                whole = constructors.ein(
                    have.coef,
                    [made.node, *(node.args[k] for k in rest)],
                    [have.specs[a], *(have.specs[k] for k in rest)],
                    have.out,
                    have.dims,
                    have.equations,
                )
                yield Rewrite(whole, made.condition)


def _in_sum(pattern: Pattern, node: Node) -> Iterator[Rewrite]:
    """Two terms, in the ratio that the identity names."""
    want, have = pattern.lhs.data, node.data
    assert isinstance(want, Add)
    assert isinstance(have, Add)
    for a in range(len(node.args)):
        for b in range(len(node.args)):
            if a == b or have.coefs[a] * want.coefs[1] != have.coefs[b] * want.coefs[0]:
                continue
            found = _matched(pattern, pattern.lhs.args[0], node.args[a], {})
            if found is not None:
                found = _matched(pattern, pattern.lhs.args[1], node.args[b], found)
            made = None if found is None else _right(pattern, found, node.sizes)
            if made is not None:
                scale = have.coefs[a] / want.coefs[0]
                rest = [k for k in range(len(node.args)) if k not in (a, b)]
                coefs = [scale, *(have.coefs[k] for k in rest)]
                nodes = [made.node, *(node.args[k] for k in rest)]
                yield Rewrite(constructors.add(coefs, nodes), made.condition)
