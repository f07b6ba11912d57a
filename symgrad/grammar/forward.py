"""Forward mode, the kind's business: the tangent of a result from one operand's tangent."""

from __future__ import annotations

from typing import Any

from symgrad.grammar.kind import Kind
from symgrad.grammar.plan import Cotangents, Pull, fetch
from symgrad.grammar.primitive import Primitive


def push_one(
    rule: Primitive,
    xp: Any,
    index: int,
    t: Any,
    operands: tuple[Any, ...],
    y: Any,
    saved: tuple[Any, ...],
    pull: Pull | None,
    frame: Any,
) -> Any:
    """The tangent of ``y`` that ``t``, the tangent of the operand at ``index``, causes.

    Elementwise: the same product as backward. Linear: the rule itself. Reduction: the weights
    that backward would hand to ones, summed. A declared jvp; else the transpose of the vjp.
    """
    name = rule.operand_name(index)
    if pull is None:
        return t
    if rule.kind is Kind.ELEMENTWISE:
        return pull(xp, t, saved, frame)
    if name in rule.linear_operands:
        return _by_linearity(rule, xp, index, t, operands, frame.params)
    if name in rule.jvps:
        return _declared(rule, xp, index, t, operands, y, frame)
    if rule.kind is Kind.REDUCTION:
        weights = pull(xp, xp.ones_like(y), saved, frame)
        axis, keepdims = frame.params.get("axis"), frame.params.get("keepdims", False)
        # A selection's weight of 0 says that the entry does not count, whatever its tangent is.
        moved = xp.masked(t, weights) if rule.selects else weights * t
        return xp.sum(moved, axis=axis, keepdims=keepdims)
    return xp.transpose_of(lambda g: pull(xp, g, saved, frame), y, t)


def _by_linearity(
    rule: Primitive,
    xp: Any,
    index: int,
    t: Any,
    operands: tuple[Any, ...],
    params: dict[str, Any],
) -> Any:
    if rule.kind is Kind.CONTRACTION:  # linear in each operand while the others stand still
        moved = (*operands[:index], t, *operands[index + 1 :])
    else:  # linear in all operands together
        linear = rule.linear_operands
        moved = tuple(
            t if i == index else _zero(xp, o) if rule.operand_name(i) in linear else o
            for i, o in enumerate(operands)
        )
    return xp.apply(rule, moved, params)


def _zero(xp: Any, operand: Any) -> Any:
    return type(operand)(0) if isinstance(operand, (int, float)) else xp.zeros_like(operand)


def _declared(
    rule: Primitive,
    xp: Any,
    index: int,
    t: Any,
    operands: tuple[Any, ...],
    y: Any,
    frame: Any,
) -> Any:
    asked = rule.jvps[rule.operand_name(index)]
    values = {rule.operand_name(i): o for i, o in enumerate(operands)}
    values["y"] = y
    arguments = [
        values[w] if w in values else fetch(w, xp, t, (), frame, {}, index) for w in asked.wants
    ]
    result = asked.function(*arguments)
    return Cotangents(result) if rule.outputs else result
