"""Which operation of a program has a wrong formula; asked once a formula was found to be wrong.

Every operation is tried alone: its value, then the cotangent of each operand, as an expression at
the numbers that the program itself computes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from symgrad.algebras.devices import to_host
from symgrad.algebras.numpy_adapter import NUMPY
from symgrad.algebras.tensors import TENSORS, Expression, evaluate, leaf
from symgrad.algebras.tensors.derivative import gradient
from symgrad.errors import SymgradError
from symgrad.modes import record
from symgrad.symbolic.program import Program
from symgrad.symbolic.refusing import FAILURES
from symgrad.tracing.node import Node
from symgrad.tracing.tensor import leaf_of
from symgrad.tracing.traced import TRACED
from symgrad.tracing.walks import operand_value, pull_all, replay, structure

_CLOSE = 1e-6


def first_fault(program: Program, point: tuple[dict[str, Any], dict[Any, int]]) -> str:
    """The first operation whose formula is not what it computes, with its line, in words."""
    values, sizes = point
    leaves = {e: values[n] for n, e in program.letters.items() if n in values}
    for node, expression, operands, result in _numbered(program, values):
        if expression is not None and _differs(expression, sizes, leaves, result):
            return f"the value of {node.rule.name}, {node.position}"
        name = _wrong_cotangent(node, operands, result)
        if name is not None:
            return f"the derivative of {node.rule.name} in {name}, {node.position}"
    return "no operation alone: simplifying, or printing"


def _numbered(
    program: Program, values: Mapping[str, Any]
) -> Iterator[tuple[Node, Expression | None, tuple[Any, ...], Any]]:
    """Each operation with its expression, and the numbers of its operands and result."""
    with record():  # what is differentiated in nothing would leave no trace
        y, tensors = program.run(values)
    if y.node is None:
        return
    nodes, leaves = structure([y.node])
    held = {leaf_of(t): t for t in tensors.values()}
    known: dict[Any, Any] = {item: held.get(item, item.value) for item in leaves}
    made = replay(nodes, known, TRACED)
    expressions = [e for _, e in program.steps]
    aligned = len(expressions) == len(nodes)
    for k, node in enumerate(nodes):
        operands = tuple(_raw(operand_value(o, made)) for o in node.operands)
        yield node, expressions[k] if aligned else None, operands, _raw(made[node])


def _raw(value: Any) -> Any:
    return np.asarray(to_host(value._value)) if hasattr(value, "_value") else value


def _differs(
    expression: Expression, sizes: Mapping[Any, int], leaves: Mapping[Any, Any], want: Any
) -> bool:
    try:
        got = evaluate(expression, sizes, leaves)
    except SymgradError:
        return False  # a size that this operation alone does not say
    return not _close(got, want)


def _close(got: Any, want: Any) -> bool:
    got, want = np.asarray(got, dtype=float), np.asarray(want, dtype=float)
    if got.shape != want.shape:
        return False
    scale = np.max(np.abs(want), initial=1e-12)
    return bool(np.all(np.abs(got - want) <= _CLOSE * scale) or not np.isfinite(want).all())


def _wrong_cotangent(node: Node, operands: tuple[Any, ...], result: Any) -> str | None:
    """The operand whose cotangent, as an expression, is not what the rule computes."""
    if node.plan is None or node.rule.outputs or not isinstance(result, np.ndarray):
        return None
    try:
        return _first_wrong(node, operands, result)
    except FAILURES:
        return None  # this operation alone cannot be asked


def _first_wrong(node: Node, operands: tuple[Any, ...], result: Any) -> str | None:
    weight = np.random.default_rng(node.rule.word.encode()[0]).uniform(0.5, 1.5, result.shape)
    letters = [
        leaf(f"operand {k}", np.shape(o), "int" if np.asarray(o).dtype.kind in "iub" else "float")
        for k, o in enumerate(operands)
    ]
    params = {k: v for k, v in node.params.items() if k != "path"}
    y = TENSORS.apply(node.rule, tuple(letters), params)
    seed = leaf("the cotangent", result.shape)
    given = {**dict(zip(letters, operands, strict=True)), seed: weight}
    pulled = dict(pull_all(node, operands, result, weight, NUMPY))
    for k, want in pulled.items():
        found = gradient(TENSORS, y.node, seed.node, letters[k].node)
        got = evaluate(Expression(found, letters[k].shape), {}, given)
        if not _close(got, want):
            return node.rule.operand_name(k)
    return None
