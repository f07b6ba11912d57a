"""A derivation as data: every step forward and backward, with its formula, number and rule.

``sg.explain`` makes one; ``text`` reads it, and later readers will. The formulas are what the rules
themselves say, run over phrases (``written``).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from symgrad.derivations.text import write
from symgrad.derivations.written import Phrase, Written, sum_text
from symgrad.errors import (
    FormulaError,
    GraphError,
    NoClosedForm,
    ShapeError,
    compose,
    user_position,
)
from symgrad.grammar.plan import Cotangents
from symgrad.modes import enable_grad, no_grad, record
from symgrad.symbolic.closed_form import closed_form
from symgrad.symbolic.letters import caller, name_leaves, variables
from symgrad.tracing.autograd import new_leaf
from symgrad.tracing.creation import as_tensor
from symgrad.tracing.node import Leaf, Node
from symgrad.tracing.tensor import Tensor, leaf_of, wrap
from symgrad.tracing.traced import TRACED, tensor_of
from symgrad.tracing.walks import operand_value, pull_all, structure


@dataclass(frozen=True)
class Step:
    """One line of a derivation."""

    name: str  #: what the step defines: v3, or g_v3 for a gradient
    formula: str  #: in terms of earlier names
    value: Any  #: the number, as a tensor; a tuple for a rule with several results
    rule: str  #: the rules that say so, in the order of the formula's terms
    line: str  #: where the user wrote it


@dataclass(frozen=True, repr=False)
class Derivation:
    """How a value and its gradient came about; ``print(derivation)`` is the lesson."""

    inputs: Mapping[str, Tensor]
    forward: tuple[Step, ...]
    backward: tuple[Step, ...]
    output: str
    value: Tensor
    gradients: Mapping[str, Tensor]
    formulas: Mapping[str, Any]  #: closed forms by letter; the reason as text where there is none

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps, forward then backward."""
        return self.forward + self.backward

    @property
    def gradient(self) -> Any:
        """The gradient; a tuple where several letters are differentiated by."""
        found = tuple(self.gradients.values())
        return found[0] if len(found) == 1 else found

    @property
    def closed_form(self) -> Any:
        """The derivative's formula; a tuple for several letters, None where there is none."""
        found = tuple(None if isinstance(f, str) else f for f in self.formulas.values())
        return found[0] if len(found) == 1 else found

    def text(self) -> str:
        """The lesson as plain text."""
        return write(self)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        counts = f"{len(self.forward)} steps forward, {len(self.backward)} backward"
        return f"<derivation: {counts}>"


@enable_grad()
def explain(y: Tensor | Callable[..., Any], *wrt: Any) -> Derivation:
    """Say step by step how a value and its gradient come about.

    Takes   y: a scalar tensor, before or after ``backward()``, and the tensors to differentiate
            by (none: all that it depends on and that require grad); or a function, and the
            numbers, arrays or tensors to call it with.
    Gives   a Derivation: ``print`` it, or read ``.forward``, ``.backward``, ``.value``,
            ``.gradient``, ``.closed_form``.
    Raises  ShapeError if y is not scalar; GraphError if y depends on none of the tensors, or a
            leaf was written since; TraceError if the function lets a value leave the trace.
    Source  reverse accumulation: Griewank and Walther, Evaluating Derivatives (2008), section 3.2

    >>> x = sg.tensor(3.0, requires_grad=True)
    >>> for step in sg.explain(x * x + 2 * x).steps:
    ...     print(step.name, "=", step.formula, "=", step.value.item())
    v1 = x*x = 9.0
    v2 = 2*x = 6.0
    v3 = v1 + v2 = 15.0
    g_v3 = 1 = 1.0
    g_v2 = g_v3 = 1.0
    g_v1 = g_v3 = 1.0
    g_x = g_v2*2 + g_v1*x + g_v1*x = 8.0
    """
    if not isinstance(y, Tensor) and callable(y):
        return _explain_call(y, wrt)
    if not isinstance(y, Tensor):
        raise TypeError(f"explain takes a tensor or a function, not {type(y).__name__}")
    _require_scalar(y)
    nodes, leaves = structure([leaf_of(y)])
    targets = [leaf_of(x) for x in wrt]
    if not wrt:
        targets = [leaf for leaf in leaves if isinstance(leaf, Leaf) and leaf.requires_grad]
    known = {*nodes, *leaves}
    if not targets or any(t not in known for t in targets):
        raise GraphError(
            compose(
                "explain: y does not depend on what it is to be differentiated by.",
                where=user_position(),
                mend="make an input with requires_grad=True before y is computed from it",
            )
        )
    return _derive(y, targets, nodes, leaves)


def _explain_call(f: Callable[..., Any], inputs: tuple[Any, ...]) -> Derivation:
    given = _fresh(f, inputs)
    with record():
        y = f(*given)
    y = as_tensor(y)
    _require_scalar(y)
    targets = [leaf_of(x) for x in given]
    nodes, leaves = structure([leaf_of(y)])
    return _derive(y, targets, nodes, [*targets, *(x for x in leaves if x not in targets)])


def _fresh(f: Callable[..., Any], inputs: tuple[Any, ...]) -> list[Tensor]:
    """The inputs as leaves of their own, named after the function's parameters."""
    try:
        names = [*inspect.signature(f).parameters]
    except (TypeError, ValueError):
        names = []
    given = []
    for i, value in enumerate(inputs):
        source = as_tensor(value)
        leaf = new_leaf(source._value)
        named = names[i] if i < len(names) and len(names) >= len(inputs) else f"x{i}"
        leaf.node.assigned = source.name or named
        given.append(leaf)
    return given


def _require_scalar(y: Tensor) -> None:
    if y.size != 1:
        raise ShapeError(
            compose(
                "explain: only the derivation of a scalar is written down.",
                [("shape", tuple(y.shape))],
                where=user_position(),
                mend="reduce it: sg.explain(y.sum(), x), or one entry: sg.explain(y[0], x)",
            )
        )


def _derive(y: Tensor, targets: list[Any], nodes: list[Node], leaves: list[Any]) -> Derivation:
    _refuse_changed(nodes)
    names = _names(leaves, nodes)
    written = Written(TRACED)
    with no_grad():
        phrases = {leaf: Phrase(_value_of(leaf), names[leaf], written) for leaf in leaves}
        given = leaves if nodes else targets  # a function that gives a number has no letter for it
        inputs = {names[leaf]: phrases[leaf].value for leaf in given}
        forward = [_forward_step(node, phrases, names, written) for node in nodes]
        root = leaf_of(y)
        backward, found = _backward_steps(root, targets, nodes, phrases, names, written)
        gradients = {names[t]: _spread(found.get(t), phrases[t].value) for t in targets}
    formulas = {names[t]: _formula(y, t) for t in targets}
    value = phrases[root].value
    return Derivation(
        inputs, tuple(forward), tuple(backward), names[root], value, gradients, formulas
    )


def _value_of(leaf: Any) -> Tensor:
    if leaf.value is None:
        raise GraphError("explain: an array that the program used is gone; keep it in a variable")
    return wrap(as_tensor(leaf.value)._value)


def _refuse_changed(nodes: list[Node]) -> None:
    """A leaf that was written since it was used has another derivation now."""
    for node in nodes:
        for operand in node.operands:
            extra = operand.extra if isinstance(operand, Leaf) else None
            storage = extra.storage if extra is not None else None
            if storage is not None and storage.version > node.seq:
                raise GraphError(
                    compose(
                        "explain: a tensor was written since the program used it.",
                        [("used", node.position), ("write", storage.writer)],
                        mend="explain before the write, or run the program again",
                    )
                )


def _forward_step(
    node: Node, phrases: dict[Any, Any], names: dict[Any, str], written: Written
) -> Step:
    operands = tuple(operand_value(o, phrases) for o in node.operands)
    made = written.apply(node.rule, operands, node.params)
    name, parts = names[node], made if isinstance(made, tuple) else (made,)
    values = tuple(part.value for part in parts)
    if isinstance(made, tuple):
        phrases[node] = tuple(Phrase(v, f"{name}[{k}]", written) for k, v in enumerate(values))
        formula = parts[0].text.removesuffix("[0]")
        return Step(name, formula, values, node.rule.name, str(node.position))
    phrases[node] = Phrase(values[0], name, written)
    return Step(name, made.text, values[0], node.rule.name, str(node.position))


def _backward_steps(
    root: Any,
    targets: list[Any],
    nodes: list[Node],
    phrases: dict[Any, Any],
    names: dict[Any, str],
    written: Written,
) -> tuple[list[Step], dict[Any, Any]]:
    """Cotangents of all nodes between the root and the targets, and the targets' values."""
    between = set(targets)
    for node in nodes:
        if any(not isinstance(o, (int, float)) and o in between for o in node.operands):
            between.add(node)
    seed = Phrase(TRACED.ones_like(phrases[root].value), "1", written)
    terms: dict[Any, list[tuple[Any, str]]] = {root: [(seed, "start")]}
    steps, found = [], {}
    for item in (*reversed(nodes), *reversed(targets)):
        if item not in terms or item not in between or item in found:
            continue
        like = phrases[item]
        step, found[item] = _gathered(f"g_{names[item]}", item, terms.pop(item), like)
        steps.append(step)
        if not isinstance(item, Node) or item.plan is None:
            continue
        g = _named(found[item], step.name, written)
        operands = tuple(operand_value(o, phrases) for o in item.operands)
        for i, part in pull_all(item, operands, phrases[item], g, written):
            terms.setdefault(item.operands[i], []).append((part, item.rule.name))
    return steps, found


def _gathered(name: str, item: Any, parts: list[tuple[Any, str]], like: Any) -> tuple[Step, Any]:
    """One step for all that flows into one name, its number as large as the value's."""
    rules = ", ".join(dict.fromkeys(rule for _, rule in parts))
    line = str(item.position) if item.position is not None else ""
    if isinstance(parts[0][0], tuple):
        total = sum((part for part, _ in parts[1:]), start=parts[0][0])
        formula = ", ".join("0" if p is None else p.text for p in total)
        value: Any = tuple(None if p is None else p.value for p in total)
        return Step(name, formula, value, rules, line), value
    value = parts[0][0].value
    for part, _ in parts[1:]:
        value = value + part.value
    value = _spread(value, like.value)
    return Step(name, sum_text(part for part, _ in parts), value, rules, line), value


def _named(value: Any, name: str, written: Written) -> Any:
    if isinstance(value, tuple):
        return Cotangents(
            None if v is None else Phrase(v, f"{name}[{k}]", written) for k, v in enumerate(value)
        )
    return Phrase(value, name, written)


def _spread(value: Any, like: Tensor) -> Tensor:
    """A gradient of its operand's shape and dtype: zeros where nothing flows."""
    if value is None:
        return TRACED.zeros_like(like)
    if tuple(value.shape) != tuple(like.shape):
        value = TRACED.broadcast_to(value, shape=tuple(like.shape))
    return value if value.dtype == like.dtype else value.to(like.dtype)  # type: ignore[no-any-return]


def _formula(y: Tensor, target: Any) -> Any:
    """The closed form of the derivative, or the reason why there is none."""
    try:
        return closed_form(y, tensor_of(target, target.value))
    except (NoClosedForm, FormulaError) as refusal:
        return str(refusal).splitlines()[0]


def _names(leaves: list[Any], nodes: list[Node]) -> dict[Any, str]:
    """A letter for each leaf, as closed forms have it, and v1, v2, ... for what is computed."""
    names, letters = name_leaves(leaves, variables(caller()), {})
    names.update({node: letters.claim(f"v{i}", False) for i, node in enumerate(nodes, 1)})
    return names
