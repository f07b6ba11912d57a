"""Derivatives of an expression to any order, and what is printed of them; imported by closed forms.

Each order is one sweep over the expression's nodes. A result with axes is differentiated along a
seed that is then peeled off, so a Jacobian costs one sweep too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from symgrad.algebras.tensors import TENSORS, Expression, constructors
from symgrad.algebras.tensors.derivative import gradient
from symgrad.algebras.tensors.ir import Map, Node, Op, reachable
from symgrad.algebras.tensors.peeling import peel
from symgrad.grammar.primitive import REGISTRY
from symgrad.symbolic.rewriting import facts
from symgrad.symbolic.rewriting.cost import rebuilt
from symgrad.symbolic.rewriting.simplify import recognised, simplified


class Derived(NamedTuple):
    """An expression's derivative, simplified, and the conditions of that."""

    short: Expression
    conditions: list[Node]


def derived(root: Expression, wrt: Sequence[Expression]) -> Derived:
    """Differentiate in each of ``wrt``, one after the other, and simplify after each."""
    current = Expression(recognised(root.node), root.shape)
    conditions: dict[Node, None] = {}
    if not wrt:
        short = simplified([without_stops(root.node)])
        return Derived(Expression(short.roots[0], root.shape), _open(short.conditions))
    for place, x in enumerate(wrt):
        raw = _differentiated(current, x, place)
        node = without_stops(raw.node) if place == len(wrt) - 1 else raw.node
        short = simplified([node])
        conditions.update(dict.fromkeys(short.conditions))
        current = Expression(short.roots[0], raw.shape)
    return Derived(current, _open(conditions))


def _open(conditions: Iterable[Node]) -> list[Node]:
    """The conditions that neither what is known of the inputs nor one beside them answers."""
    found = list(dict.fromkeys(part for c in conditions for part in _parts(c)))
    positive = {c.args[0] for c in found if _word(c) == "greater" and _is_zero(c.args[1])}
    return [c for c in found if not _is_answered(c, positive)]


def _parts(condition: Node) -> list[Node]:
    """The conditions of which one is made."""
    both = _word(condition) == "logical_and"
    return [p for a in condition.args for p in _parts(a)] if both else [condition]


def _is_answered(condition: Node, positive: set[Node]) -> bool:
    word = _word(condition)
    if word not in ("greater", "greater_equal", "not_equal") or not _is_zero(condition.args[1]):
        return False
    left = condition.args[0]
    if word == "greater":
        return facts.positive(left)
    if word == "greater_equal":
        return left in positive or facts.nonnegative(left)
    return left in positive or facts.nonzero(left)


def _word(node: Node) -> str:
    return node.data.word if isinstance(node.data, Map) else ""


def _is_zero(node: Node) -> bool:
    return bool(constructors.constant_of(node) == 0)


def _differentiated(y: Expression, x: Expression, place: int) -> Expression:
    shape = (*y.shape, *x.shape)
    if not y.node.sizes:
        one = constructors.constant(1, ())
        return Expression(gradient(TENSORS, y.node, one, x.node), shape)
    # No letter of a person's is called so.
    seed = constructors.leaf(f"%{place}", y.node.sizes)
    return Expression(peel(gradient(TENSORS, y.node, seed, x.node), seed), shape)


def without_stops(root: Node) -> Node:
    """The expression with detached values as the values that they are."""
    made: dict[Node, Node] = {}
    for node in reachable([root]):
        data = node.data
        args = [made[a] for a in node.args]
        stops = isinstance(data, Map) and data.word in REGISTRY and REGISTRY[data.word].stops
        made[node] = args[0] if stops else rebuilt(node, args)
    return made[root]


def needed_conditions(root: Node, conditions: Sequence[Node]) -> list[Node]:
    """The conditions that the formula does not show by itself, as by what it divides by."""
    shown = {part for node in reachable([root]) for part in _never_zero(node)}
    return [c for c in conditions if not _is_shown(c, shown)]


def _never_zero(node: Node) -> Iterator[Node]:
    """Operands that cannot be 0 where a node has a value; matrices that have an inverse."""
    data = node.data
    if isinstance(data, Map) and data.word == constructors.POWER:
        if dict(data.params)["exponent"].could_extract_minus_sign():
            yield node.args[0]
    elif isinstance(data, Op) and data.word == "inv":
        yield node.args[0]
    elif isinstance(data, Map) and data.word in REGISTRY:
        rule = REGISTRY[data.word]
        for arg, domain in zip(node.args, rule.domains, strict=False):
            if not domain.holds(0.0) and 0.0 not in domain.smooth_off:
                yield arg


def _is_shown(condition: Node, shown: set[Node]) -> bool:
    data = condition.data
    if not isinstance(data, Map) or data.word != "not_equal":
        return False
    left = condition.args[0]
    of_matrix = isinstance(left.data, Op) and left.data.word == "det"
    return left in shown or (of_matrix and left.args[0] in shown)
