"""Branches that a program took on traced values, kept as structure without values."""

from __future__ import annotations

import weakref
from typing import Any

from symgrad.algebras.devices import to_host
from symgrad.errors import Position, ShapeError, user_position
from symgrad.tracing.node import Leaf, Node, extras
from symgrad.tracing.storage import tick
from symgrad.tracing.tensor import Tensor
from symgrad.tracing.walks import structure

MAX_GUARDS = 64
MAX_NODES = 2000


class Guard:
    """One branch: a small program over leaves, whether it held, and the user's line.

    It holds tracked leaves weakly, since they hold it.
    """

    __slots__ = ("asked", "leaves", "position", "seq", "steps", "truth")

    def __init__(self, node: Node, truth: bool, position: Position) -> None:
        nodes, leaves = structure([node])
        places: dict[Any, tuple[str, int]] = {leaf: ("leaf", k) for k, leaf in enumerate(leaves)}
        places.update({n: ("step", k) for k, n in enumerate(nodes)})
        self.steps = tuple(
            (
                n.rule,
                tuple(o if isinstance(o, (int, float)) else places[o] for o in n.operands),
                n.params,
                n.form,
            )
            for n in nodes
        )
        self.leaves = tuple(
            weakref.ref(leaf) if isinstance(leaf, Leaf) and leaf.requires_grad else leaf
            for leaf in leaves
        )
        self.asked = frozenset(n.seq for n in nodes)  # which values the condition was about
        self.truth = truth
        self.position = position
        self.seq = tick()

    def rebuilt(self) -> Node | None:
        """The condition as a graph again; None once one of its leaves is gone."""
        leaves = [ref() if isinstance(ref, weakref.ref) else ref for ref in self.leaves]
        if any(leaf is None for leaf in leaves):
            return None
        made: list[Node] = []
        for rule, operands, params, form in self.steps:
            node = Node()
            node.rule, node.params, node.form = rule, params, form
            node.operands = tuple(
                o if isinstance(o, (int, float)) else leaves[o[1]] if o[0] == "leaf" else made[o[1]]
                for o in operands
            )
            node.plan, node.saved, node.extra = None, (), None
            node.seq = tick()
            node.code, node.lasti = self.position.code, self.position.lasti
            made.append(node)
        return made[-1]

    def same_as(self, other: Guard) -> bool:
        """Whether the other is the same branch on the same values' structure."""
        return (
            self.position == other.position
            and self.truth == other.truth
            and len(self.steps) == len(other.steps)
            and all(
                a[0] is b[0] and a[1] == b[1] for a, b in zip(self.steps, other.steps, strict=True)
            )
            and self.leaves == other.leaves
        )


def truth(tensor: Tensor) -> bool:
    """``bool(tensor)``, noted as a guard on the tracked leaves that it depends on.

    Raises  ShapeError for more than one entry (or none).
    """
    value = to_host(tensor._value)
    if value.size != 1:
        raise ShapeError(
            "Boolean value of Tensor with more than one value is ambiguous: use .any() or .all()"
            if value.size
            else "Boolean value of Tensor with no values is ambiguous"
        )
    held = bool(value.item())
    if type(tensor.node) is Node or tensor._rg:
        _note(tensor, held, user_position())
    return held


def _note(tensor: Tensor, held: bool, position: Position) -> None:
    root = tensor.node
    if type(root) is not Node:
        return
    nodes, leaves = structure([root])
    tracked = [leaf for leaf in leaves if isinstance(leaf, Leaf) and leaf.requires_grad]
    if not tracked:
        return
    guard = Guard(root, held, position) if len(nodes) <= MAX_NODES else None
    for leaf in tracked:
        kept = extras(leaf)
        if guard is None or len(kept.guards) >= MAX_GUARDS:
            kept.guards_dropped = str(position)
        elif not any(guard.same_as(g) for g in kept.guards):
            kept.guards.append(guard)


def drop(leaf: Any) -> None:
    """Forget a leaf's guards: its value changed."""
    if leaf.extra is not None:
        leaf.extra.guards.clear()
        leaf.extra.guards_dropped = ""
