"""Short cuts past ``traced.apply`` for what nearly every call is, which the benchmarks measure.

Plain gradient mode, NumPy floats, equal shapes: nothing to promote, move or broadcast. Anything
else goes through the door. Recording is written out in the two hottest places on purpose: a call
costs a fifth of a scalar operation. Imported by ``methods``, which installs it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from sys import _getframe
from typing import Any

import numpy as np

from symgrad.algebras.numpy_adapter import FLOAT_SCALARS, NUMPY
from symgrad.grammar import operators, primitive
from symgrad.grammar.kind import Kind
from symgrad.grammar.primitive import REGISTRY, Primitive
from symgrad.modes import GRAD, MODE
from symgrad.tracing import operands as sorting
from symgrad.tracing.node import Node
from symgrad.tracing.storage import tick
from symgrad.tracing.tensor import Tensor, leaf_of, wrap
from symgrad.tracing.traced import TRACED, apply

#: Operators that Python itself dispatches by the operand: fastest for scalars, right for arrays.
_BY_PYTHON: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "negative": operator.neg,
}
_BOTH = (0, 1)
_NUMPY_FLOATS = frozenset({np.ndarray, *FLOAT_SCALARS})


def binary(word: str, reflected: bool) -> Callable[[Any, Any], Any]:
    """The method of a two-operand operator.

    A tracked tensor is floating, and equal forms are equal shapes and dtypes: that is all there
    is to ask before computing.
    """
    rule = REGISTRY[word]
    compute = _BY_PYTHON.get(word)
    slow = _general(rule, reflected)
    if compute is None:
        return slow
    plans = tuple(rule.plan(2, mask, False) for mask in range(4))
    slots = tuple(plan.slots for plan in plans)
    params = rule.defaults

    def untracked(a: Any, b: Any, x: Any, y: Any) -> Any:
        # What a gradient's own operations are full of: a seed of ones, times constants.
        if type(a.node) is Node or type(x) not in FLOAT_SCALARS:
            return slow(a, b)
        if y is not b and (type(y) is not type(x) or type(b.node) is Node):
            return slow(a, b)
        return wrap(compute(y, x) if reflected else compute(x, y))

    def method(a: Any, b: Any) -> Any:
        x = a._value
        if MODE.get() != GRAD or type(x) not in _NUMPY_FLOATS:
            return slow(a, b)
        kind = type(b)
        if kind is Tensor:
            if a._rg:
                mask = 3 if b._rg else 1
            elif b._rg:
                mask = 2
            else:
                return untracked(a, b, x, b._value)
            y = b._value
            left, right = a.node or leaf_of(a), b.node or leaf_of(b)
            form = left.form
            if (form is not right.form and form != right.form) or type(x) is not type(y):
                return slow(a, b)
        elif (kind is float or kind is int) and a._rg:
            if reflected:
                x, y, mask, left, right = b, x, 2, b, a.node
                form = right.form
            else:
                y, mask, left, right = b, 1, a.node, b
                form = left.form
        elif kind is float or kind is int:
            return untracked(a, b, x, b)
        else:
            return slow(a, b)
        value = compute(x, y)
        kept = slots[mask]
        node = Node()
        node.rule = rule
        node.operands = (left, right)
        node.plan = plans[mask]
        if not kept:
            node.saved = ()
        else:
            node.saved = (x, y) if kept == _BOTH else plans[mask].save((x, y), value)
        node.params = params
        node.form = form
        node.seq = tick()
        frame = _getframe(1)
        node.code = frame.f_code
        node.lasti = frame.f_lasti
        node.extra = None
        return _held(value, node)

    return method


def _held(value: Any, node: Node) -> Tensor:
    out = Tensor()
    out._value = value
    out.node = node
    out._rg = True
    out._grad = None
    out._inference = False
    return out


def _general(rule: Primitive, reflected: bool) -> Callable[[Any, Any], Any]:
    params = rule.defaults

    def method(a: Any, b: Any) -> Any:
        if not sorting.acceptable(b):
            return NotImplemented
        return apply(rule, (b, a) if reflected else (a, b), params)

    return method


def unary(word: str) -> Callable[[Any], Any]:
    """A function of one operand."""
    rule = REGISTRY[word]
    params = rule.defaults
    if not rule.differentiable:
        return lambda x: apply(rule, (x,), params)
    compute = _BY_PYTHON.get(word) or getattr(NUMPY, word)
    plan = rule.plan(1, 1, False)
    save = plan.save

    def function(x: Any) -> Any:
        if type(x) is not Tensor or not x._rg or MODE.get() != GRAD:
            return apply(rule, (x,), params)
        raw = x._value
        if type(raw) not in _NUMPY_FLOATS:
            return apply(rule, (x,), params)
        value = compute(raw)
        parent = x.node
        return _noted(rule, parent, plan, save((raw,), value), params, _getframe(1), value)

    return function


def _noted(
    rule: Primitive, parent: Any, plan: Any, saved: Any, params: Any, frame: Any, value: Any
) -> Tensor:
    """Record one plain call of one operand."""
    node = Node()
    node.rule = rule
    node.operands = (parent,)
    node.plan = plan
    node.saved = saved
    node.params = params
    node.form = parent.form
    node.seq = tick()
    node.code = frame.f_code
    node.lasti = frame.f_lasti
    node.extra = None
    return _held(value, node)


def power_method() -> Callable[[Any, Any], Any]:
    """``a ** b``: a number as exponent is a parameter, an array an operand."""
    by_number, by_array = REGISTRY["power_number"], REGISTRY["power"]
    plan = by_number.plan(1, 1, False)

    def power(a: Any, b: Any) -> Any:
        kind = type(b)
        if kind is int or kind is float:
            x = a._value
            params = {"exponent": b}
            if a._rg and MODE.get() == GRAD and type(x) in _NUMPY_FLOATS:
                return _noted(by_number, a.node, plan, (x,), params, _getframe(1), x**b)
            return apply(by_number, (a,), params)
        if isinstance(b, np.generic):
            return apply(by_number, (a,), {"exponent": b.item()})
        if not sorting.acceptable(b):
            return NotImplemented
        return apply(by_array, (a, b), {})

    return power


def install() -> None:
    """Give tensors their operators, and rules their door."""
    powers = power_method()

    def of_two(word: str, reflected: bool) -> Callable[[Any, Any], Any]:
        return powers if word == "power" and not reflected else binary(word, reflected)

    operators.install(Tensor, of_two, unary)
    primitive.sign_in(apply)
    for rule in REGISTRY.values():
        if is_unary(rule):
            TRACED.__dict__.setdefault(rule.word, unary(rule.word))


def is_unary(rule: Primitive) -> bool:
    """Whether a rule is an elementwise function of one operand and nothing else."""
    return rule.kind is Kind.ELEMENTWISE and len(rule.operands) == 1 and not rule.parameters
