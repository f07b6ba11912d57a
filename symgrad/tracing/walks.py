"""Walks over a recorded graph; each is given its algebra and knows no operation.

``sweep`` runs cotangents backward over kept values, ``structure`` lists a graph, ``replay``
recomputes every value in any algebra, ``pullback`` and ``pushforward`` differentiate a replay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from heapq import heappop, heappush
from operator import attrgetter
from typing import Any

import numpy as np

from symgrad.errors import GraphError, NoClosedForm, compose
from symgrad.grammar.forward import push_one
from symgrad.grammar.kind import Kind
from symgrad.grammar.masks import Masked, plain, pushed, through
from symgrad.grammar.plan import OUTPUT, READY, SAME, Cotangents, conform
from symgrad.tracing.hooks import attended, conformed
from symgrad.tracing.node import Node
from symgrad.tracing.storage import LAST_WRITE

Values = dict[Any, Any]
Needed = set[Node] | None


_by_seq = attrgetter("seq")


def structure(roots: Iterable[Any], stop: Values | None = None) -> tuple[list[Node], list[Any]]:
    """All nodes and all leaves (tensors and foreign arrays) below ``roots``, in order.

    Takes   stop: items that are known: the search ends there, and they are not among the results.
    """
    nodes: list[Node] = []
    leaves: list[Any] = []
    stack = list(roots)
    seen: set[int] = set()
    while stack:
        item = stack.pop()
        if isinstance(item, (int, float)) or id(item) in seen or (stop and item in stop):
            continue
        seen.add(id(item))
        if type(item) is Node:
            nodes.append(item)
            stack.extend(item.operands)
        else:
            leaves.append(item)
    nodes.sort(key=_by_seq)
    leaves.sort(key=_by_seq)
    return nodes, leaves


def sweep(  # noqa: C901, PLR0915 - a call costs what a step does
    grads: Values,
    xp_of: Callable[[Any], Any],
    free: bool,
    wanted: Values | None,
    needed: Needed = None,
) -> Values:
    """Run raw cotangents backward from the nodes in ``grads``, latest first.

    The moment of recording is the order: whatever uses a node was recorded after it. The latest
    operand of a node is followed at once unless the heap holds a later one, so that a chain
    touches neither the heap nor ``grads``.

    Takes   grads: cotangents of the roots; xp_of: the algebra of a cotangent;
            free: let values go as they are used; wanted: nodes whose own cotangent is kept;
            needed: visit only these nodes, which lead to a wanted one (None: all).
    Gives   ``grads``: the cotangents of leaves, and of nodes that are wanted or retained.
    Raises  GraphError where a value was freed by an earlier sweep, or written since.
    """
    pop, get = grads.pop, grads.get
    last_write, xp, kind = LAST_WRITE[0], None, None
    heap = starting(grads, needed)
    while heap:
        node: Any = heappop(heap)[1]
        g = pop(node)
        while node is not None:
            saved = node.saved
            if saved is None or last_write > node.seq:
                saved = usable(node, free)
            operands, plan = node.operands, node.plan
            edges = plan.edges
            if wanted is not None or (node.extra is not None and node.extra.watched):
                g, edges = attended(node, g, saved, grads, wanted, xp_of)
            following = carried = None
            for i, pull, place in edges:
                if pull is None:
                    cotangent = g * saved[place] if place >= 0 else g if place == SAME else -g
                else:
                    if type(g) is not kind:
                        kind, xp = type(g), xp_of(g)
                    if kind is Masked:
                        cotangent = through(pull, xp, g, saved, node, operands[i])
                    else:
                        cotangent = pull(xp, g, saved, node)
                    if cotangent is None:
                        continue
                parent = operands[i]
                if needed is not None and parent not in needed and parent not in (wanted or ()):
                    continue
                if plan.mixed and place != READY:
                    cotangent = conformed(xp_of(g), cotangent, node, parent)
                if parent is following:
                    masked = type(cotangent) is Masked  # an array may not know how to add it
                    carried = cotangent + carried if masked else carried + cotangent
                    continue
                before = get(parent)
                if before is not None:
                    masked = type(cotangent) is Masked
                    grads[parent] = cotangent + before if masked else before + cotangent
                elif type(parent) is not Node or (needed is not None and parent not in needed):
                    grads[parent] = cotangent
                elif following is None:
                    following, carried = parent, cotangent
                elif following.seq > parent.seq:
                    grads[parent] = cotangent
                    heappush(heap, (-parent.seq, parent))
                else:
                    grads[following] = carried
                    heappush(heap, (-following.seq, following))
                    following, carried = parent, cotangent
            if free and saved:
                node.saved = None
            if following is not None and heap and -heap[0][0] > following.seq:
                grads[following] = carried
                heappush(heap, (-following.seq, following))
                following = None
            node = following
            g = carried
    return grads


def starting(grads: Values, needed: Needed) -> list[tuple[int, Node]]:
    """The nodes to start from, as a heap with the latest on top."""
    heap = [
        (-root.seq, root)
        for root in grads
        if type(root) is Node and (needed is None or root in needed)
    ]
    heap.sort()  # a sorted list is a heap
    return heap


def leading_to(wanted: Values, roots: Iterable[Any]) -> Needed:
    """The nodes below ``roots`` through which a gradient reaches a wanted one; None: all do."""
    nodes: list[Node] = []
    seen: set[Any] = set()
    stack = list(roots)
    others = False
    while stack:
        item = stack.pop()
        if item in seen:
            continue
        seen.add(item)
        if type(item) is not Node:
            others = others or item not in wanted
            continue
        others = others or item in wanted
        nodes.append(item)
        plan = item.plan
        if plan is not None:
            operands = item.operands
            for edge in plan.edges:
                stack.append(operands[edge[0]])
    if not others:
        return None
    nodes.sort(key=_by_seq)
    found: set[Node] = set()
    for node in nodes:
        for edge in node.plan.edges if node.plan is not None else ():
            operand = node.operands[edge[0]]
            if operand in found or operand in wanted:
                found.add(node)
                break
    return found


def usable(node: Node, free: bool) -> Any:
    """What ``node`` kept, got back from where hooks put it.

    Raises  GraphError if it was freed, or written since it was recorded.
    """
    if node.saved is not None:
        refuse_stale(node)
        return node.saved
    packed = node.extra.packed if node.extra is not None else None
    if packed is None:
        raise GraphError(freed(node))
    if free:
        node.extra.packed = None  # type: ignore[union-attr]
    return packed.unpacked(node)


def freed(node: Node) -> str:
    """The message of a second backward."""
    return compose(
        "Trying to backward through the graph a second time: its values were freed by the first.",
        [("first", f"{node.name()} of {node.rule.name}, recorded at {node.position}")],
        mend="give the first backward retain_graph=True, or compute the value again",
    )


def refuse_stale(node: Node) -> None:
    """Raise if a value that ``node`` kept has been written since it was recorded."""
    for place, slot in enumerate(node.plan.slots if node.plan else ()):
        holder = node if slot == OUTPUT else node.operands[slot]
        if type(holder) is Node and holder.rule.view and isinstance(node.saved[place], np.generic):  # type: ignore[index]
            continue  # an entry of a view was kept as a number of its own
        extra = getattr(holder, "extra", None)
        storage = extra.storage if extra is not None else None
        if node.extra is not None and storage is node.extra.storage and node.extra.wrote:
            continue  # the node is a write into this storage: it kept copies
        if storage is not None and storage.version > node.seq:
            name = "its result" if slot == OUTPUT else node.rule.operand_name(slot)
            raise GraphError(
                compose(
                    f"one of the variables needed for gradient computation has been modified by "
                    f"an inplace operation: {node.rule.name} kept {name}, written since.",
                    [("kept", node.position), ("write", storage.writer)],
                    mend="write into a copy: x = x.clone() before, or an operation "
                    "that is not in place",
                )
            )


# replays: every value again, in any algebra -----------------------------------------------------


def replay(nodes: list[Node], values: Values, algebra: Any) -> Values:
    """Recompute every node in ``algebra``.

    Takes   nodes: in order, as ``structure`` gives them; values: each leaf's value in the
            algebra (a Python number stands for itself).
    Gives   the same mapping with each node's value added.
    """
    for node in nodes:
        operands = tuple(operand_value(o, values) for o in node.operands)
        if node.rule.kind is Kind.OPAQUE and not hasattr(algebra, "opaque"):
            raise NoClosedForm(compose(f"{node.rule.name} has no formula.", where=node.position))
        values[node] = algebra.apply(node.rule, operands, node.params)
    return values


def operand_value(operand: Any, values: Values) -> Any:
    """A number itself, anything else from ``values``."""
    return operand if isinstance(operand, (int, float)) else values[operand]


class Frame:
    """A node as a pull sees it in another algebra: parameters, and shapes of that algebra."""

    __slots__ = ("dtypes", "params", "shape", "shapes")

    def __init__(self, params: dict[str, Any], operands: tuple[Any, ...], y: Any) -> None:
        self.params = params
        self.shapes = tuple(getattr(o, "shape", ()) for o in operands)
        self.shape = getattr(y, "shape", ())
        self.dtypes = tuple(getattr(o, "dtype", None) for o in operands)


def pullback(nodes: list[Node], values: Values, grads: Values, algebra: Any) -> Values:
    """Cotangents of all leaves and nodes in ``algebra``, from a replay's values.

    Takes   grads: cotangents of the roots. Gives the mapping with all others added.
    """
    for node in reversed(nodes):
        g = grads.get(node)
        if g is None or node.plan is None:
            continue
        operands = tuple(operand_value(o, values) for o in node.operands)
        for i, cotangent in pull_all(node, operands, values[node], g, algebra):
            parent = node.operands[i]
            before = grads.get(parent)
            grads[parent] = cotangent if before is None else before + cotangent
    return grads


def pull_all(
    node: Node, operands: tuple[Any, ...], y: Any, g: Any, algebra: Any
) -> list[tuple[int, Any]]:
    """The cotangent of each operand that one node hands on, in ``algebra``."""
    plan = node.plan
    assert plan is not None
    frame = Frame(node.params, operands, y)
    saved = plan.save(operands, y)
    out = []
    for i, pull in plan.pulls:
        cotangent = g if pull is None else pull(algebra, g, saved, frame)
        if cotangent is None:
            continue
        if node.rule.kind is Kind.ELEMENTWISE:
            cotangent = conform(algebra, cotangent, frame.shape, frame.shapes[i])
        out.append((i, cotangent))
    return out


def pushforward(
    nodes: list[Node], values: Values, tangents: Values, algebra: Any, known: Values | None = None
) -> Values:
    """Tangents of all nodes in ``algebra``, from a replay's values and the leaves' tangents.

    Takes   known: the operands of nodes, where they are not what ``values`` holds.
    """
    for node in nodes:
        if node.plan is None:
            continue
        moved = {i for i, _ in node.plan.pulls if node.operands[i] in tangents}
        if not moved:
            continue
        operands = known[node] if known is not None else None
        if operands is None:
            operands = tuple(operand_value(o, values) for o in node.operands)
        steps = {i: tangents[node.operands[i]] for i in moved}
        tangents[node] = push(node, operands, values[node], steps, algebra)
    return tangents


def beside(node: Node, operands: tuple[Any, ...], y: Any, algebra: Any) -> tuple[Any, ...]:
    """The operands as a derivative sees them: with numbers made the algebra's own."""
    return tuple(
        algebra.beside(o, node.rule, y) if type(o) in (int, float, bool) else o for o in operands
    )


def push(node: Node, operands: tuple[Any, ...], y: Any, steps: dict[int, Any], algebra: Any) -> Any:
    """The tangent of one node's result, from tangents of some of its operands."""
    rule, plan = node.rule, node.plan
    assert plan is not None
    frame = Frame(node.params, operands, y)
    saved = plan.save(beside(node, operands, y, algebra), y)
    pulls = dict(plan.pulls)
    total: Any = None
    for i, t in steps.items():
        pull = pulls[i]
        push = partial(_pushed, node, algebra, i, operands, y, saved, frame)
        back = None if pull is None else partial(_pulled, pull, algebra, saved, frame)
        part = pushed(push, back, algebra, t, rule.chooses(i, pull), node)
        total = part if total is None else total + part
    if isinstance(total, Cotangents) or total.shape == frame.shape:
        return total
    return algebra.broadcast_to(plain(total), shape=frame.shape)


def _pushed(
    node: Node, algebra: Any, i: int, operands: Any, y: Any, saved: Any, frame: Any, t: Any
) -> Any:
    pull = dict(node.plan.pulls)[i]  # type: ignore[union-attr]
    return push_one(node.rule, algebra, i, t, operands, y, saved, pull, frame)


def _pulled(pull: Any, algebra: Any, saved: Any, frame: Any, g: Any) -> Any:
    return pull(algebra, g, saved, frame)
