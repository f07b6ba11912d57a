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
from numpy import ndarray

from symgrad.algebras.backends import formulas, is_formula, is_size
from symgrad.algebras.numpy_adapter import FLOAT_SCALARS, NUMPY
from symgrad.grammar import operators, primitive
from symgrad.grammar.kind import Kind
from symgrad.grammar.plan import OUTPUT
from symgrad.grammar.primitive import REGISTRY, Primitive
from symgrad.modes import GRAD, MODE
from symgrad.tracing import operands as sorting
from symgrad.tracing.node import Node
from symgrad.tracing.storage import CLOCK
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
_NUMPY_FLOATS = frozenset({np.ndarray, *FLOAT_SCALARS})

#: Numbers as 0-d arrays, which NumPy multiplies an array by in half the time.
_CONSTANTS: dict[tuple[float, Any], Any] = {}
_MOST_CONSTANTS = 256

#: What a call of one or two operands keeps, as a number that a short cut can switch on.
_NOTHING, _FIRST, _SECOND, _BOTH, _OTHER = range(5)
_KEPT = {(): _NOTHING, (0,): _FIRST, (1,): _SECOND, (0, 1): _BOTH}
_KEPT_OF_ONE = {(): _NOTHING, (0,): _FIRST, (OUTPUT,): _SECOND, (0, OUTPUT): _BOTH}


def constant(number: float, dtype: Any) -> Any:
    """A number as a 0-d array of ``dtype``: what NumPy would make of it at every call."""
    key = (number, dtype)
    found = _CONSTANTS.get(key)
    if found is None:
        if len(_CONSTANTS) >= _MOST_CONSTANTS:
            _CONSTANTS.clear()
        found = np.array(number, dtype=dtype)
        if number:  # 0.0 and -0.0 are one key
            _CONSTANTS[key] = found
    return found


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
    return _quick(rule, compute, reflected, slow)


def _quick(  # noqa: C901, PLR0915 - a call costs a fifth of what it does
    rule: Primitive, compute: Callable[..., Any], reflected: bool, slow: Callable[[Any, Any], Any]
) -> Callable[[Any, Any], Any]:
    plans = tuple(rule.plan(2, mask, False) for mask in range(4))
    keeps = tuple(_KEPT.get(plan.slots, _OTHER) for plan in plans)
    params, mode, untracked = rule.defaults, MODE.get, _untracked(compute, reflected, slow)

    def method(a: Any, b: Any) -> Any:  # noqa: C901, PLR0915
        x = a._value
        if mode() != GRAD or type(x) not in _NUMPY_FLOATS:
            return slow(a, b)
        kind = type(b)
        if kind is Tensor:
            if a._rg:
                mask = 3 if b._rg else 1
            elif b._rg:
                mask = 2
            else:
                return untracked(a, b, x, b._value)
            if mask != 3 and (b if mask == 1 else a)._inference:
                return slow(a, b)
            y = b._value
            left, right = a.node or leaf_of(a), b.node or leaf_of(b)
            form = left.form
            if type(x) is not type(y) or (form is not right.form and form != right.form):
                if x.shape or type(y) not in _NUMPY_FLOATS or y.shape or x.dtype is not y.dtype:
                    return slow(a, b)
                # An entry of plain data is a 0-d view: computed with as the scalar that it is.
                x, y, form = x[()], y[()], x.dtype.type
        elif (kind is not float and kind is not int) or not a._rg:
            return untracked(a, b, x, b)
        else:
            y = b if type(x) is not ndarray else constant(b, x.dtype)
            form = a.node.form
            if reflected:
                x, y, mask, left, right = y, x, 2, b, a.node
            else:
                mask, left, right = 1, a.node, b
        value = compute(x, y)
        kept = keeps[mask]
        node = Node()
        node.rule, node.params = rule, params
        node.operands = (left, right)
        node.plan = plan = plans[mask]
        if kept == _BOTH:
            node.saved = (x, y)
        elif kept == _SECOND:
            node.saved = (y,)
        elif kept == _FIRST:
            node.saved = (x,)
        else:
            node.saved = () if kept == _NOTHING else plan.save((x, y), value)
        node.form, node.extra = form, None
        node.seq = next(CLOCK)
        frame = _getframe(1)
        node.code, node.lasti = frame.f_code, frame.f_lasti
        out = Tensor()
        out._value, out.node = value, node
        out._rg, out._inference = True, False
        out._grad = None
        return out

    return method


def _untracked(
    compute: Callable[..., Any], reflected: bool, slow: Callable[[Any, Any], Any]
) -> Callable[[Any, Any, Any, Any], Any]:
    def method(a: Any, b: Any, x: Any, y: Any) -> Any:
        # What a gradient's own operations are full of: a seed of ones, times constants.
        if type(a.node) is Node or type(x) not in FLOAT_SCALARS:
            return slow(a, b)
        if y is b and type(b) is not float and type(b) is not int:
            return slow(a, b)
        if y is not b and (type(y) is not type(x) or type(b.node) is Node):
            return slow(a, b)
        return wrap(compute(y, x) if reflected else compute(x, y))

    return method


def _general(rule: Primitive, reflected: bool) -> Callable[[Any, Any], Any]:
    params = rule.defaults

    def method(a: Any, b: Any) -> Any:
        if not sorting.acceptable(b):
            return NotImplemented
        return apply(rule, (b, a) if reflected else (a, b), params)

    return method


def unary(word: str) -> Callable[..., Any]:
    """A function of one operand."""
    rule = REGISTRY[word]
    params = rule.defaults
    if rule.kind is Kind.REDUCTION:
        return _reduction(rule)
    if not rule.differentiable:
        return lambda x: apply(rule, (x,), params)
    compute = _BY_PYTHON.get(word) or getattr(NUMPY, word)
    plan = rule.plan(1, 1, False)
    save, kept = plan.save, _KEPT_OF_ONE.get(plan.slots, _OTHER)
    mode = MODE.get

    def function(x: Any) -> Any:
        if type(x) is not Tensor or not x._rg or mode() != GRAD:
            return apply(rule, (x,), params)
        raw = x._value
        if type(raw) not in _NUMPY_FLOATS:
            return apply(rule, (x,), params)
        value = compute(raw)
        parent = x.node
        node = Node()
        node.rule = rule
        node.operands = (parent,)
        node.plan = plan
        if kept == _NOTHING:
            node.saved = ()
        elif kept == _FIRST:
            node.saved = (raw,)
        else:
            node.saved = (value,) if kept == _SECOND else save((raw,), value)
        node.params = params
        node.form = parent.form
        node.seq = next(CLOCK)
        frame = _getframe(1)
        node.code, node.lasti = frame.f_code, frame.f_lasti
        node.extra = None
        out = Tensor()
        out._value = value
        out.node = node
        out._rg = True
        out._grad = None
        out._inference = False
        return out

    return function


def _reduction(rule: Primitive) -> Callable[..., Any]:
    """A reduction, with a short cut where all entries are reduced to one."""
    params, forward, mode = rule.defaults, rule.forward, MODE.get

    def function(*args: Any, **kwargs: Any) -> Any:
        x = args[0] if len(args) == 1 and not kwargs else None
        if type(x) is not Tensor or not x._rg or mode() != GRAD or type(x._value) is not ndarray:
            operands, given = rule.bind(args, kwargs)
            return apply(rule, operands, given)
        raw = x._value
        try:
            value = forward(NUMPY, raw, **params)
        except ValueError:  # the door words it
            return apply(rule, args, params)
        if type(value) not in FLOAT_SCALARS or value.dtype != raw.dtype:
            return apply(rule, args, params)
        plan = rule.plan(1, 1, False)
        return _noted(
            rule, x.node, plan, plan.save((raw,), value), params, _getframe(1), value, type(value)
        )

    return function


def _noted(
    rule: Primitive,
    parent: Any,
    plan: Any,
    saved: Any,
    params: Any,
    frame: Any,
    value: Any,
    form: Any,
) -> Tensor:
    """Record one plain call of one operand, its result's form given."""
    node = Node()
    node.rule = rule
    node.operands = (parent,)
    node.plan = plan
    node.saved = saved
    node.params = params
    node.form = form
    node.seq = next(CLOCK)
    node.code = frame.f_code
    node.lasti = frame.f_lasti
    node.extra = None
    out = Tensor()
    out._value = value
    out.node = node
    out._rg = True
    out._grad = None
    out._inference = False
    return out


def power_method() -> Callable[[Any, Any], Any]:
    """``a ** b``: a number as exponent is a parameter, an array an operand."""
    by_number, by_array = REGISTRY["power_number"], REGISTRY["power"]
    plan = by_number.plan(1, 1, False)
    mode = MODE.get

    def power(a: Any, b: Any) -> Any:
        kind = type(b)
        if kind is int or kind is float:
            x, params = a._value, {"exponent": b}
            if not a._rg or mode() != GRAD or type(x) not in _NUMPY_FLOATS:
                return apply(by_number, (a,), params)
            return _noted(by_number, a.node, plan, (x,), params, _getframe(1), x**b, a.node.form)
        if isinstance(b, np.generic):
            return apply(by_number, (a,), {"exponent": b.item()})
        if is_size(b):
            plain = None if is_formula(a._value) else formulas().python_number(b)
            exponent = formulas().number_of(b) if plain is None else plain
            return apply(by_number, (a,), {"exponent": exponent})
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
    """Whether calls of a rule have a short cut of one operand.

    Elementwise functions of one operand and nothing else, and reductions under their own name.
    """
    if len(rule.operands) != 1 or rule.variadic or rule.outputs:
        return False
    if rule.kind is Kind.REDUCTION:
        respelled = any(s.dialect == "torch" for s in rule.spellings)
        return rule.differentiable and rule.path_rule is None and not (rule.required or respelled)
    return rule.kind is Kind.ELEMENTWISE and not rule.parameters
