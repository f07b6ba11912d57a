"""The traced algebra: rules over tensors, each call computed and recorded.

``apply`` is the one door for a call of any rule; operators and one-operand functions have a short
cut through it for the common case (plain gradient mode, floats, equal shapes), which the eager
benchmarks measure. Imports tensors and the numeric algebra; everything above imports this.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from sys import _getframe
from typing import Any

import numpy as np

from symgrad.algebras.backends import namespace_of
from symgrad.algebras.numpy_adapter import FLOAT_SCALARS, NUMPY
from symgrad.errors import user_position
from symgrad.grammar import operators, primitive
from symgrad.grammar.algebra import Algebra
from symgrad.grammar.kind import Kind
from symgrad.grammar.primitive import REGISTRY, Primitive
from symgrad.modes import GRAD, MODE, RECORDING
from symgrad.tracing import operands as sorting
from symgrad.tracing.diagnosis import diagnose
from symgrad.tracing.node import Foreign, Leaf, Node, extras, form_of
from symgrad.tracing.storage import tick
from symgrad.tracing.tensor import Tensor, leaf_of, storage_of, wrap

_new = object.__new__
_FAILURES = (ValueError, TypeError, IndexError, np.linalg.LinAlgError)


def apply(rule: Primitive, operands: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """Compute one call of a rule, and record it where a gradient or a recording asks for it.

    Takes   operands: tensors, arrays and numbers in the rule's order; params: all parameters.
    Gives   a tensor, or a tuple of tensors for a rule with several outputs.
    Raises  ShapeError, DtypeError, DeviceError in the rule's own letters, with the user's line.
    """
    try:
        call = sorting.sort(rule, operands)
        xp = call.xp
        if rule.path_rule is not None and "path" not in params:
            params = {**params, "path": rule.path_rule(xp, *call.raws, **params)}
        value = rule.forward(xp, *call.raws, **params)
    except _FAILURES as error:
        raise diagnose(rule, operands, params, error, user_position(2)) from error
    mode = MODE.get()
    mask = call.mask if rule.differentiable else 0
    if not (mode & RECORDING or (mode & GRAD and call.traced)):
        return _unrecorded(rule, value, operands)
    node = _record(rule, call, mask, value, params)
    if rule.outputs:
        return _components(rule, value, node, bool(mask))
    return _finish(rule, value, node, bool(mask), operands)


def _unrecorded(rule: Primitive, value: Any, operands: tuple[Any, ...]) -> Any:
    if rule.outputs:
        return tuple(wrap(v) for v in value)
    return _finish(rule, value, None, False, operands)


def _finish(
    rule: Primitive, value: Any, node: Any, requires_grad: bool, operands: tuple[Any, ...]
) -> Tensor:
    out = wrap(value, node, requires_grad)
    if rule.kind is Kind.REINDEXING and isinstance(value, np.ndarray) and value.base is not None:
        source = operands[0]
        if isinstance(source, Tensor) and np.may_share_memory(value, source._value):
            storage = extras(leaf_of(out)).storage = storage_of(source)
            storage.viewed = True
    return out


def _components(rule: Primitive, value: tuple[Any, ...], node: Node, flows: bool) -> Any:
    component = REGISTRY["component"]
    out = []
    for k, part in enumerate(value):
        floating = flows and part.dtype.kind == "f"
        projection = Node()
        projection.rule = component
        projection.operands = (node,)
        projection.plan = component.plan(1, 1 if floating else 0, False)
        projection.saved = ()
        projection.params = {"k": k, "n": len(value)}
        projection.form = form_of(part)
        projection.seq = tick()
        projection.code, projection.lasti = node.code, node.lasti
        projection.extra = None
        out.append(wrap(part, projection, floating))
    return tuple(out)


def _record(rule: Primitive, call: Any, mask: int, value: Any, params: dict[str, Any]) -> Node:
    parents = []
    for original, raw in zip(call.originals, call.raws, strict=True):
        if type(original) is Tensor:
            parents.append(original.node or leaf_of(original))
        elif isinstance(original, (int, float)):
            parents.append(original)
        else:
            parents.append(Foreign(raw))
    node: Node = _new(Node)
    node.rule = rule
    node.operands = tuple(parents)
    plan = rule.plan(len(parents), mask, call.cast or _spread(rule, call.raws, value))
    node.plan = plan if mask else None
    node.saved = plan.save(call.raws, value) if mask else ()
    node.params = params
    node.form = tuple(map(form_of, value)) if rule.outputs else form_of(value)
    node.seq = tick()
    position = user_position(3)
    node.code, node.lasti = position.code, position.lasti
    node.extra = None
    return node


def _spread(rule: Primitive, raws: tuple[Any, ...], value: Any) -> bool:
    """Whether an elementwise call broadcast an operand."""
    if rule.kind is not Kind.ELEMENTWISE or len(raws) == 1:
        return False
    shape = value.shape
    return any(not isinstance(r, (int, float)) and r.shape != shape for r in raws)


# short cuts ---------------------------------------------------------------------------------------

#: Operators that Python itself dispatches by the operand: fastest for scalars, right for arrays.
_BY_PYTHON: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
}


def _plain(x: Any) -> bool:
    """A float scalar or a float NumPy array: nothing to promote, nothing to move."""
    return type(x) in FLOAT_SCALARS or (type(x) is np.ndarray and x.dtype.char in "fd")


def _noted(
    rule: Primitive, operands: Any, plan: Any, saved: Any, params: Any, frame: Any, value: Any
) -> Tensor:
    """Record one plain call: what ``_record`` does when there is nothing to look into."""
    node = Node()
    node.rule = rule
    node.operands = operands
    node.plan = plan
    node.saved = saved
    node.params = params
    kind = type(value)
    node.form = kind if kind in FLOAT_SCALARS else (value.shape, value.dtype)
    node.seq = tick()
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


_BOTH = (0, 1)


def binary(word: str, reflected: bool) -> Callable[[Any, Any], Any]:
    """The method of a two-operand operator."""
    rule = REGISTRY[word]
    compute = _BY_PYTHON.get(word)
    slow = _general(rule, reflected)
    if compute is None:
        return slow
    plans = tuple(rule.plan(2, mask, False) for mask in range(4))
    slots = tuple(plan.slots for plan in plans)
    params = rule.defaults

    def method(a: Any, b: Any) -> Any:
        if MODE.get() != GRAD:
            return slow(a, b)
        x = a._value
        scalar = type(x)
        kind = type(b)
        if kind is Tensor:
            y = b._value
            if scalar is not type(y) or (scalar not in FLOAT_SCALARS and not _alike(x, y)):
                return slow(a, b)
            if a._rg:
                mask = 3 if b._rg else 1
            elif b._rg:
                mask = 2
            else:
                return slow(a, b)
            operands = (a.node or leaf_of(a), b.node or leaf_of(b))
        elif (kind is float or kind is int) and a._rg:
            if scalar not in FLOAT_SCALARS and not _plain(x):
                return slow(a, b)
            if reflected:
                x, y, mask, operands = b, x, 2, (b, a.node)
            else:
                y, mask, operands = b, 1, (a.node, b)
        else:
            return slow(a, b)
        value = compute(x, y)
        kept = slots[mask]
        # ``_noted``, written out: here a call costs a fifth of the operation.
        node = Node()
        node.rule = rule
        node.operands = operands
        node.plan = plans[mask]
        if not kept:
            node.saved = ()
        elif kept == _BOTH:
            node.saved = (x, y)
        else:
            node.saved = plans[mask].save((x, y), value)
        node.params = params
        node.form = scalar if scalar is not np.ndarray else (value.shape, value.dtype)
        node.seq = tick()
        frame = _getframe(1)
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

    return method


def _alike(x: Any, y: Any) -> bool:
    """Whether two raw values are float NumPy arrays of one shape and dtype."""
    return (
        type(x) is np.ndarray
        and x.shape == y.shape
        and x.dtype is y.dtype
        and x.dtype.char in "fd"
    )


def _general(rule: Primitive, reflected: bool) -> Callable[[Any, Any], Any]:
    params = rule.defaults

    def method(a: Any, b: Any) -> Any:
        if not sorting.acceptable(b):
            return NotImplemented
        return apply(rule, (b, a) if reflected else (a, b), params)

    return method


def power_method() -> Callable[[Any, Any], Any]:
    """``a ** b``: a number as exponent is a parameter, an array an operand."""
    by_number, by_array = REGISTRY["power_number"], REGISTRY["power"]
    plan = by_number.plan(1, 1, False)

    def power(a: Any, b: Any) -> Any:
        kind = type(b)
        if kind is int or kind is float:
            x = a._value
            if a._rg and MODE.get() == GRAD and (type(x) in FLOAT_SCALARS or _plain(x)):
                value = x**b
                params = {"exponent": b}
                return _noted(by_number, (a.node,), plan, (x,), params, _getframe(1), value)
            return apply(by_number, (a,), {"exponent": b})
        if isinstance(b, np.generic):
            return apply(by_number, (a,), {"exponent": b.item()})
        if not sorting.acceptable(b):
            return NotImplemented
        return apply(by_array, (a, b), {})

    return power


def power(a: Any, b: Any) -> Any:
    """A power of a tensor or by one, from within symgrad."""
    return a**b if isinstance(a, Tensor) else apply(REGISTRY["power"], (a, b), {})


def unary(word: str) -> Callable[[Any], Any]:
    """A function of one operand."""
    rule = REGISTRY[word]
    if not rule.differentiable:
        return lambda x: apply(rule, (x,), rule.defaults)
    native = getattr(NUMPY, word)
    plan = rule.plan(1, 1, False)
    save, params = plan.save, rule.defaults

    def function(x: Any) -> Any:
        if type(x) is Tensor and x._rg and MODE.get() == GRAD and _plain(x._value):
            raw = x._value
            value = native(raw)
            return _noted(rule, (x.node,), plan, save((raw,), value), params, _getframe(1), value)
        return apply(rule, (x,), params)

    return function


class Traced(Algebra):
    """Rules over tensors; ``create_graph`` and every higher order run backward in it."""

    name = "traced"
    pi, e, inf = NUMPY.pi, NUMPY.e, NUMPY.inf

    def apply(self, rule: Primitive, operands: tuple[Any, ...], params: dict[str, Any]) -> Any:
        if rule.name == "component":  # its operand is the tuple of a rule with several outputs
            return operands[0][params["k"]]
        return apply(rule, operands, params)

    def zeros_like(self, x: Any) -> Tensor:
        return wrap(namespace_of(raw(x)).zeros_like(raw(x)))

    def ones_like(self, x: Any) -> Tensor:
        return wrap(namespace_of(raw(x)).ones_like(raw(x)))

    def zeros(self, shape: tuple[int, ...], *, like: Any) -> Tensor:
        return wrap(namespace_of(raw(like)).zeros(shape, like=raw(like)))

    def ones(self, shape: tuple[int, ...], *, like: Any) -> Tensor:
        return wrap(namespace_of(raw(like)).ones(shape, like=raw(like)))

    def eye(self, n: int, *, like: Any) -> Tensor:
        return wrap(namespace_of(raw(like)).eye(n, like=raw(like)))

    def arange(self, n: int, *, like: Any) -> Any:
        return namespace_of(raw(like)).arange(n, like=raw(like))

    def argsort(self, x: Any, **params: Any) -> Any:
        return namespace_of(raw(x)).argsort(raw(x), **params)

    def copy_of(self, x: Any) -> Any:
        return apply(REGISTRY["clone"], (x,), {})

    def power(self, a: Any, b: Any) -> Any:
        return power(a, b)

    def transpose_of(self, pull: Callable[[Any], Any], y: Any, t: Any) -> Any:
        """The transpose of a linear ``pull``, at ``t``: the gradient of <pull(g), t> in g."""
        from_zero = self.zeros_like(y)
        from_zero._rg = True
        leaf_of(from_zero).requires_grad = True
        return _transposed(pull, from_zero, t)


_TRANSPOSE: list[Callable[..., Any]] = []


def _transposed(pull: Callable[[Any], Any], g: Any, t: Any) -> Any:
    return _TRANSPOSE[0](pull(g), g, t)


def raw(x: Any) -> Any:
    """The raw value of a tensor, anything else as it is."""
    return x._value if type(x) is Tensor else x


TRACED = Traced()


def rewrapped(node: Node) -> tuple[Any, ...]:
    """A node's kept values as tensors of its graph, through the plan's slots."""
    plan, saved = node.plan, node.saved
    assert plan is not None and saved is not None
    out = []
    for slot, value in zip(plan.slots, saved, strict=True):
        source = node if slot == -1 else node.operands[slot]
        out.append(tensor_of(source, value))
    return tuple(out)


def tensor_of(source: Any, value: Any) -> Any:
    """The tensor that a node, a leaf or a number stands for."""
    if type(source) is Node:
        return wrap(value, source, source.plan is not None)
    if type(source) is Leaf:
        made = source.variable
        return made if made is not None else wrap(value, source, source.requires_grad)
    return value


def install() -> None:
    """Give tensors their operators, and rules their door."""
    operators.install(
        Tensor,
        lambda word, reflected: power_method()
        if word == "power" and not reflected
        else binary(word, reflected),
        unary,
    )
    primitive.sign_in(apply)
