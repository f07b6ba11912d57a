"""The simplifier: every rewrite is tried where it may fit, and kept where the formula is shorter.

Bounded in effort and without recursion: a few passes over the nodes, operands first, and at each
node a few rewrites. What a rewrite asks for is collected beside the result.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from symgrad.algebras.tensors.ir import Add, Ein, Leaf, Map, Node, Op, reachable
from symgrad.symbolic.rewriting import islands, patterns, products
from symgrad.symbolic.rewriting.cost import Graph, rebuilt
from symgrad.symbolic.rewriting.patterns import Rewrite

#: Passes over all nodes, and rewrites at one node in one pass.
PASSES, STEPS = 4, 6


class Simplified(NamedTuple):
    """Shorter nodes for the roots, and the conditions under which they are the same."""

    roots: list[Node]
    conditions: list[Node]


def simplified(roots: Sequence[Node]) -> Simplified:
    """Formulas of the same values that read shorter."""
    found = list(roots)
    conditions: dict[Node, Node | None] = {}
    for _ in range(PASSES):
        made = _pass(found, conditions)
        if all(a is b for a, b in zip(made, found, strict=True)):
            break
        found = made
    return Simplified(found, _left(found, conditions))


def _left(roots: Sequence[Node], conditions: dict[Node, Node | None]) -> list[Node]:
    """The conditions without those for an inverse that is gone and was not in the program.

    Cofactors, and what is left, are continuous: equal where the inverse is, they are equal.
    """
    inverted = {
        n.args[0] for n in reachable(roots) if isinstance(n.data, Op) and n.data.word == "inv"
    }
    return [c for c, matrix in conditions.items() if matrix is None or matrix in inverted]


def recognised(root: Node) -> Node:
    """A program's expression with what it writes out as the functions that people know.

    1 / (1 + exp(-x)) is the sigmoid, whose derivatives are then those that people write.
    """
    made: dict[Node, Node] = {}
    for node in reachable([root]):
        found = rebuilt(node, [made[a] for a in node.args])
        for _ in range(STEPS):
            other = next(iter(patterns.rewrites(found, early=True)), None)
            if other is None or other.condition is not None:
                break
            found = other.node
        made[node] = found
    return made[root]


def _pass(roots: list[Node], conditions: dict[Node, Node | None]) -> list[Node]:
    graph = Graph(roots)
    new: dict[Node, Node] = {}
    for node in reachable(roots):
        args = [new[a] for a in node.args]
        made = rebuilt(node, args)
        if made is not node:
            graph.replace(node, made)
        new[node] = _best(made, graph, conditions)
        if new[node] is not made:
            graph.replace(made, new[node])
    return [new[root] for root in roots]


def _best(node: Node, graph: Graph, conditions: dict[Node, Node | None]) -> Node:
    for _ in range(STEPS):
        sure = products.certain(node)
        if sure is not None:
            graph.replace(node, sure)
            node = sure
            continue
        better = None
        gain = 0
        for candidate in _candidates(node):
            if candidate.node is node:
                continue
            made = _settled(candidate.node)
            won = 10**6 if candidate.preferred else graph.gain(node, made)
            if candidate.identity and won <= 0 and graph.reuses(node, made):
                won = 1  # σ(-x) as 1 - σ(x), where σ(x) is there already
            if won > gain:
                better, gain = candidate._replace(node=made), won
        if better is None:
            return node
        if better.condition is not None:
            matrix = better.inverted if better.inverted in node.args else None
            known = conditions.get(better.condition, matrix)
            conditions[better.condition] = known and matrix
        graph.replace(node, better.node)
        node = better.node
    return node


def _candidates(node: Node) -> Iterator[Rewrite]:
    data = node.data
    if isinstance(data, Leaf):
        return
    yield from patterns.rewrites(node)
    if isinstance(data, (Ein, Add, Map)):
        yield from products.rewrites(node)
        yield from islands.candidates(node)


def _settled(node: Node) -> Node:
    """A candidate after what is certain of it and of its terms: only so is it compared."""
    data = node.data
    if isinstance(data, Add):
        args = [_certain(a) for a in node.args]
        node = rebuilt(node, args)
    return _certain(node)


def _certain(node: Node) -> Node:
    for _ in range(STEPS):
        made = products.certain(node)
        if made is None:
            break
        node = made
    return node
