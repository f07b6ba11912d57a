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
    given: dict[str, Any]  # the parameters that it was read with


class Rewrite(NamedTuple):
    """What may stand for a node, and the condition under which it is the same; None is always.

    One that is ``preferred`` is taken even where it is longer.
    """

    node: Node
    condition: Node | None
    preferred: bool = False
    identity: bool = False

    @property
    def inverted(self) -> Node | None:
        """The matrix whose inverse the condition is for."""
        if self.condition is None or not self.preferred:
            return None
        return next((a.args[0] for a in self.condition.args if _is_det(a)), None)


def _is_det(node: Node) -> bool:
    return isinstance(node.data, Op) and node.data.word == "det"


#: Ranks and axes at which an identity is tried that names an axis of a sum.
_AXES = ((1, 0), (2, 0), (2, 1), (2, None))


@cache
def patterns(early: bool = False) -> tuple[Pattern, ...]:
    """All identities, read over the tensors algebra; ``early`` those before differentiating."""
    found = []
    for identity in IDENTITIES:
        if early and not identity.early:
            continue
        if list(_parts_of_sum(identity)):
            continue  # sums of shares are read off the words: see ``words_of_shares``
        found += _compiled(identity)
    return tuple(found)


def _compiled(identity: Identity) -> list[Pattern]:
    """The patterns of an identity: one where parameters stand for themselves, else one an axis."""
    if identity.parameters != ("axis",):
        given = {n: False if n == "keepdims" else None for n in identity.parameters}
        if "axis" not in given:
            return _pattern(identity, None, given)
        axes = ((1, None), *_AXES)
        return [p for n, axis in axes for p in _pattern(identity, n, {**given, "axis": axis})]
    try:
        return _pattern(identity, 1, {"axis": Anything("axis")})
    except TypeError:  # a sum has to count its axes
        return [p for rank, axis in _AXES for p in _pattern(identity, rank, {"axis": axis})]


def _pattern(identity: Identity, rank: int | None, given: dict[str, Any]) -> list[Pattern]:
    leaves = {}
    for operand, domain in zip(identity.operands, identity.domains, strict=True):
        own = identity.ndim_of(operand)
        own = own if own is not None else 2 if domain.matrix else rank or 0
        leaves[operand] = leaf(f"any {operand}", (_ANY,) * own)
    read = identity.read(TENSORS, *leaves.values(), **given)
    if read.lhs.node is read.rhs.node:
        return []  # the algebra makes one of the other by itself
    names = {e.node: name for name, e in leaves.items()}
    return [Pattern(identity, read.lhs.node, names, given)]


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


def rewrites(node: Node, *, early: bool = False) -> Iterator[Rewrite]:
    """Every identity whose left side the node is, or holds as a pair of factors or of terms.

    Takes   early: only those that programs are rewritten by before they are differentiated.
    """
    for pattern in patterns(early):
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
    if _exponent(pattern.lhs) == -1:
        yield from _power(pattern, node)
        return
    found = _matched(pattern, pattern.lhs, node, {})
    if found is not None:
        made = _right(pattern, found, node.sizes)
        if made is not None:
            yield made


def _exponent(node: Node) -> Any:
    data = node.data
    power = isinstance(data, Map) and data.word == constructors.POWER
    return dict(data.params)["exponent"] if power else None  # type: ignore[union-attr]


def _power(pattern: Pattern, node: Node) -> Iterator[Rewrite]:
    """1 / f by its identity, and so every negative whole power of f."""
    exponent = _exponent(node)
    if exponent is None or not exponent.is_Integer or not exponent < 0:
        return
    found = _matched(pattern, pattern.lhs.args[0], node.args[0], {})
    made = None if found is None else _right(pattern, found, node.sizes)
    if made is not None:
        yield made._replace(node=constructors.power(made.node, -exponent))


def _right(pattern: Pattern, found: dict[str, Any], sizes: Any) -> Rewrite | None:
    identity = pattern.identity
    operands = [found[name] for name in identity.operands]
    if any(o is None for o in operands):
        return None
    given = [Expression(o, o.sizes) for o in operands]
    params = {name: found.get(name, pattern.given[name]) for name in identity.parameters}
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
        fits = len(part.sizes) < 2 or len(node.sizes) == len(part.sizes)  # no stacks of matrices
        return {**found, name: node} if fits else None
    want, have = part.data, node.data
    negated = _negated(part, pattern)
    if negated is not None:
        return _matched(pattern, negated, _minus(node), found) if _is_minus(node) else None
    number = constant_of(part)
    if number is not None:
        return found if constant_of(node) == number else None
    if type(want) is not type(have) or len(part.args) != len(node.args):
        return None
    if isinstance(want, Add) and isinstance(have, Add):
        return _terms(pattern, part, node, found)
    if isinstance(want, (Map, Op)):
        same = want.word == have.word  # type: ignore[union-attr]
        params = _params(want.params, have.params, found) if same else None  # type: ignore[union-attr]
        return _operands(pattern, part, node, params)
    if isinstance(want, Ein) and isinstance(have, Ein):
        alike = (want.specs, want.out) == (have.specs, have.out)
        alike = alike or (want.specs == ((),) and have.specs == (have.out,))  # entry by entry
        return _operands(pattern, part, node, found) if alike and want.coef == have.coef else None
    return None


def _terms(
    pattern: Pattern, part: Node, node: Node, found: dict[str, Any]
) -> dict[str, Any] | None:
    """Two terms in either order, with the same coefficients."""
    want, have = part.data.coefs, node.data.coefs  # type: ignore[union-attr]
    for order in ((0, 1), (1, 0)):
        if len(want) != 2 or tuple(have[k] for k in order) != want:
            continue
        out: dict[str, Any] | None = found
        for mine, k in zip(part.args, order, strict=True):
            out = _matched(pattern, mine, node.args[k], out) if out is not None else None
        if out is not None:
            return out
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
                yield made._replace(node=whole)


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
                yield made._replace(node=constructors.add(coefs, nodes))
