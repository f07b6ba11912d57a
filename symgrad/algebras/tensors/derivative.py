"""Cotangents through the nodes themselves; used by the tensors algebra to transpose a pullback.

The adjoint of an einsum is an einsum, of a sum its terms; every other node is its rule's business.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from symgrad.algebras.tensors import constructors
from symgrad.algebras.tensors.carrier import Expression, spread
from symgrad.algebras.tensors.ir import Add, Ein, Map, Node, Op, Slot, reachable, slots_in
from symgrad.errors import NoClosedForm
from symgrad.grammar.kind import Kind
from symgrad.grammar.plan import Cotangents, conform
from symgrad.grammar.primitive import REGISTRY


class Frame(NamedTuple):
    """A node as a rule's pull sees it."""

    params: dict[str, Any]
    shapes: tuple[Any, ...]
    shape: Any
    dtypes: tuple[Any, ...]


def gradient(xp: Any, root: Node, seed: Node, wrt: Node) -> Node:
    """The cotangent of ``wrt`` when that of ``root`` is ``seed``.

    Takes   xp: the algebra that rules are read in.
    """
    nodes = reachable([root])
    moved = {wrt}
    for node in nodes:
        if any(arg in moved for arg in node.args):
            moved.add(node)
    grads: dict[Node, list[Node]] = {root: [seed]} if root in moved else {}
    for node in reversed(nodes):
        if node is wrt or node not in grads:
            continue
        total = _summed(grads.pop(node))
        for place, arg in enumerate(node.args):
            if arg in moved:
                part = _pulled(xp, node, place, total)
                if part is not None:
                    grads.setdefault(arg, []).append(part)
    return _summed(grads[wrt]) if wrt in grads else constructors.constant(0, wrt.sizes)


def _summed(parts: list[Node]) -> Node:
    return constructors.add([1] * len(parts), parts) if len(parts) > 1 else parts[0]


def _pulled(xp: Any, node: Node, place: int, g: Node) -> Node | None:
    data = node.data
    if isinstance(data, Ein):
        others = [k for k in range(len(node.args)) if k != place]
        return constructors.ein(
            data.coef,
            [g, *(node.args[k] for k in others)],
            [data.out, *(data.specs[k] for k in others)],
            data.specs[place],
            data.dims,
            data.equations,
        )
    if isinstance(data, Add):
        return constructors.scaled(data.coefs[place], g)
    if isinstance(data, Map):
        shapes = (node.sizes,) * len(node.args)
        return _by_rule(xp, node, place, Expression(g, node.sizes), shapes, node.sizes)
    assert isinstance(data, Op)
    if data.role != "forward":
        return None
    return _by_rule(xp, node, place, Expression(g, data.shape), data.shapes, data.shape)


def _by_rule(
    xp: Any, node: Node, place: int, g: Expression, shapes: tuple[Any, ...], shape: Any
) -> Node | None:
    data: Any = node.data
    rule = REGISTRY.get(data.word)
    if rule is None:
        raise NoClosedForm(f"{data.word} has no derivative")
    every = tuple(Expression(a, s) for a, s in zip(node.args, shapes, strict=True))
    params = {name: _filled(value, every) for name, value in data.params}
    count = len(every) - slots_in(data.params)
    operands = every[:count]
    if place >= count or not rule.has_derivative(rule.operand_name(place)):
        return None  # integers of a path have none, nor have constant operands
    plan = rule.plan(count, 1 << place, True)
    part = getattr(data, "part", None)
    cotangent: Any = g
    if part is not None:
        cotangent = Cotangents(g if i == part else None for i in range(len(rule.outputs)))
    y = _result(node, rule, xp, operands, params, shape)
    dtypes = tuple(e.dtype for e in operands)
    frame = Frame(params, tuple(e.shape for e in operands), shape, dtypes)
    pull = dict(plan.pulls)[place]
    if pull is None:
        return g.node
    result = pull(xp, cotangent, plan.save(operands, y), frame)
    if result is None:
        return None
    if rule.kind is Kind.ELEMENTWISE:
        result = conform(xp, result, frame.shape, frame.shapes[place])
    return spread(result, frame.shapes[place])


def _result(
    node: Node, rule: Any, xp: Any, operands: tuple[Any, ...], params: dict[str, Any], shape: Any
) -> Any:
    if not rule.outputs:
        return Expression(node, shape)
    return xp.apply(rule, operands, params)


def _filled(value: Any, every: tuple[Expression, ...]) -> Any:
    """A parameter with expressions for slots."""
    if isinstance(value, Slot):
        return every[value.place]
    if isinstance(value, (tuple, list)):
        return type(value)(_filled(v, every) for v in value)
    return value
