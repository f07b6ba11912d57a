"""The one cost that a rewrite has to lower: about the length of the formula, shared parts once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from symgrad.algebras.tensors import constructors
from symgrad.algebras.tensors.ir import Add, Ein, Leaf, Map, Node, Op, reachable


def own(node: Node) -> int:
    """What one node adds to the text, its operands being letters."""
    data = node.data
    if isinstance(data, Leaf):
        return 0
    if isinstance(data, Ein):
        if constructors.constant_of(node) is not None:
            return 1
        if data.coef == -1 and data.specs == (data.out,) and isinstance(node.args[0].data, Add):
            return 0  # a sign: the difference below it is written the other way round
        outside = {i for spec in data.specs for i in spec}
        spread = len(set(data.out) - outside)
        return 2 * len(node.args) + bool(abs(data.coef) != 1) + 3 * len(data.equations) + 2 * spread
    if isinstance(data, Add):
        return 2 * len(node.args) + sum(1 for c in data.coefs if abs(c) != 1) + 1
    if isinstance(data, Map):
        return (1 if data.word == constructors.POWER else 2) + len(node.args)
    assert isinstance(data, Op)
    return 2 + len(node.args)


def cost(roots: Iterable[Node]) -> int:
    """What a whole formula costs."""
    return sum(own(node) for node in reachable(roots))


class Graph:
    """Which nodes a formula holds, and how often each is used."""

    def __init__(self, roots: Sequence[Node]) -> None:
        self.nodes = set(reachable(roots))
        self.uses: Counter[Node] = Counter(roots)
        for node in self.nodes:
            self.uses.update(node.args)

    def replace(self, old: Node, new: Node) -> None:
        """Take note that a node now stands for another."""
        self.nodes.add(new)
        self.uses[new] = max(self.uses[new], self.uses[old])

    def owned(self, node: Node) -> set[Node]:
        """The nodes that would go with this one."""
        left = Counter({node: self.uses[node]})
        found = {node}
        for part in reversed(reachable([node])):
            if part is not node and left[part] < self.uses[part]:
                continue
            found.add(part)
            left.update(part.args)
        return found

    def reuses(self, old: Node, new: Node) -> bool:
        """Whether every function that ``new`` calls is in the formula without ``old``."""
        gone = self.owned(old)
        called = [n for n in reachable([new]) if _is_function(n)]
        return bool(called) and all(n in self.nodes and n not in gone for n in called)

    def gain(self, old: Node, new: Node) -> int:
        """By how much the formula becomes shorter where ``new`` stands for ``old``."""
        gone = self.owned(old)
        before = sum(map(own, gone))
        after = sum(own(n) for n in reachable([new]) if n in gone or n not in self.nodes)
        return before - after


def _is_function(node: Node) -> bool:
    data = node.data
    return isinstance(data, Op) or (isinstance(data, Map) and data.word != constructors.POWER)


def rebuilt(node: Node, args: Sequence[Node]) -> Node:
    """A node over other operands of the same shapes, in normal form."""
    if all(a is b for a, b in zip(args, node.args, strict=True)):
        return node
    data = node.data
    if isinstance(data, Ein):
        return constructors.ein(data.coef, args, data.specs, data.out, data.dims, data.equations)
    if isinstance(data, Add):
        return constructors.add(data.coefs, args)
    if isinstance(data, Map):
        if data.word == constructors.POWER:
            return constructors.power(args[0], dict(data.params)["exponent"])
        return constructors.mapped(data.word, dict(data.params), args)
    assert isinstance(data, Op)
    return constructors.opaque(
        data.word, dict(data.params), args, data.shapes, data.shape, role=data.role, part=data.part
    )
