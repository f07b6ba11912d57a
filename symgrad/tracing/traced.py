"""The traced algebra: rules over tensors, each call computed and recorded.

``apply`` is the one door for a call of any rule; ``shortcuts`` passes it by where nothing needs
looking into. Imports tensors and the numeric algebra; everything above imports this.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symgrad.algebras.backends import is_formula, namespace_of
from symgrad.algebras.numeric import NUMBERS
from symgrad.algebras.numpy_adapter import NUMPY
from symgrad.errors import GraphError, compose, user_position
from symgrad.grammar.algebra import Algebra
from symgrad.grammar.kind import Kind
from symgrad.grammar.plan import Cotangents
from symgrad.grammar.primitive import REGISTRY, Primitive
from symgrad.modes import BATCHING, GRAD, MODE, RECORDING, SAVING, enable_grad
from symgrad.tracing import operands as sorting
from symgrad.tracing import saving
from symgrad.tracing.diagnosis import diagnose, refuse_clash, refuse_uneven
from symgrad.tracing.dtypes import is_floating
from symgrad.tracing.levels import lifted
from symgrad.tracing.locking import protected
from symgrad.tracing.looping import of_one_input
from symgrad.tracing.node import Foreign, Leaf, Node, form_of
from symgrad.tracing.storage import tick
from symgrad.tracing.tensor import Tensor, leaf_of, wrap
from symgrad.tracing.views import placed

_new = object.__new__
_FAILURES = (ValueError, TypeError, IndexError, np.linalg.LinAlgError)


def apply(rule: Primitive, operands: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """Compute one call of a rule, and record it where a gradient or a recording asks for it.

    Takes   operands: tensors, arrays and numbers in the rule's order; params: all parameters.
    Gives   a tensor, or a tuple of tensors for a rule with several outputs.
    Raises  ShapeError, DtypeError, DeviceError in the rule's own letters, with the user's line.
    """
    rule, operands, params = rule.read_by_number(operands, params)
    mode = MODE.get()
    if mode & BATCHING:
        operands = lifted(operands, params)
    try:
        call = sorting.sort(rule, operands, params)
        xp = call.xp
        if rule.path_rule is not None and "path" not in params:
            params = _with_path(xp, rule, call.raws, params)
        if rule.kind is Kind.FACTORISATION and is_formula(xp):
            refuse_clash(rule, operands)
        value = xp.run(rule, call.raws, params)
        if rule.kind is Kind.REINDEXING and is_formula(xp):
            refuse_uneven(rule, value)
    except _FAILURES as error:
        # No name for either: a traceback that holds this frame would hold itself.
        raise diagnose(
            rule,
            operands,
            params,
            of_one_input(rule, operands, params, error) if mode & BATCHING else error,
            user_position(),
        ) from error
    mask = call.mask if rule.differentiable else 0
    if not (mode & RECORDING or (mode & GRAD and call.traced)):
        return _unrecorded(rule, value, operands, params)
    node = record(rule, call, mask, value, params)
    if rule.outputs:
        return _components(value, node, bool(mask))
    return _finish(rule, value, node, bool(mask), operands, params)


def _with_path(xp: Any, rule: Primitive, raws: tuple[Any, ...], params: Any) -> dict[str, Any]:
    if is_formula(xp):
        return xp.path_params(rule, raws, params)  # type: ignore[no-any-return]
    return {**params, "path": xp.path_of(rule, raws, params)}


def _unrecorded(
    rule: Primitive, value: Any, operands: tuple[Any, ...], params: dict[str, Any]
) -> Any:
    if rule.outputs:
        return tuple(wrap(v) for v in value)
    return _finish(rule, value, None, False, operands, params)


def _finish(
    rule: Primitive,
    value: Any,
    node: Any,
    requires_grad: bool,
    operands: tuple[Any, ...],
    params: dict[str, Any],
) -> Tensor:
    out = wrap(value, node, requires_grad)
    if rule.kind is Kind.REINDEXING and isinstance(operands[0], Tensor):
        placed(out, operands[0], rule, params)
    return out


def _components(value: tuple[Any, ...], node: Node, flows: bool) -> Any:
    out = []
    for k, part in enumerate(value):
        floating = flows and is_floating(part)
        out.append(wrap(part, projection(node, k, len(value), part, floating), floating))
    return tuple(out)


def projection(node: Node, k: int, count: int, part: Any, flows: bool) -> Node:
    """The node of one result, whose raw value is ``part``, of a node that has several."""
    component = REGISTRY["component"]
    made: Node = _new(Node)
    made.rule = component
    made.operands = (node,)
    made.plan = component.plan(1, 1 if flows else 0, False)
    made.saved = ()
    made.params = {"k": k, "n": count}
    made.form = form_of(part)
    made.seq = tick()
    made.code, made.lasti = node.code, node.lasti
    made.extra = None
    return made


def record(rule: Primitive, call: Any, mask: int, value: Any, params: dict[str, Any]) -> Node:
    """The node of a call that was made ready and computed; bit i of ``mask``: operand i flows."""
    parents = []
    for original, raw in zip(call.originals, call.raws, strict=True):
        if type(original) is Tensor:
            parents.append(original.node or leaf_of(original))
        elif type(original) in NUMBERS:
            parents.append(original)
        else:
            # A formula's own array is what the user gave: it has a letter and a value of its own.
            array = original if is_formula(raw) else raw
            parents.append(Foreign(array, kept=MODE.get() & (RECORDING | SAVING) != 0))
    node: Node = _new(Node)
    node.rule = rule
    node.operands = tuple(parents)
    plan = rule.plan(len(parents), mask, call.cast or _spread(rule, call.raws, value))
    if mask:
        _refuse_inference(rule, plan.slots, call.originals)
    node.plan = plan if mask else None
    raws = call.raws
    if call.foreign and mask:
        raws = protected(plan.slots, call.originals, raws)
    node.saved = plan.save(raws, value) if mask else ()
    node.params = params
    node.form = tuple(map(form_of, value)) if rule.outputs else form_of(value)
    node.seq = tick()
    position = user_position()
    node.code, node.lasti = position.code, position.lasti
    node.extra = None
    if mask and MODE.get() & SAVING:
        if rule.kind is Kind.OPAQUE:
            saving.hold(node, value)
        else:
            saving.keep(node, raws)
    return node


def _refuse_inference(rule: Primitive, slots: tuple[int, ...], originals: Any) -> None:
    for slot in slots:
        if slot >= 0 and type(originals[slot]) is Tensor and originals[slot]._inference:
            raise GraphError(
                compose(
                    f"Inference tensors cannot be saved for backward: {rule.name} would keep "
                    f"{rule.operand_name(slot)}.",
                    where=user_position(),
                    mend="clone() it outside inference_mode to get an ordinary tensor",
                )
            )


def _spread(rule: Primitive, raws: tuple[Any, ...], value: Any) -> bool:
    """Whether an elementwise call broadcast an operand."""
    if rule.kind is not Kind.ELEMENTWISE or len(raws) == 1:
        return False
    shape = value.shape
    return any(type(r) not in NUMBERS and r.shape != shape for r in raws)


class Traced(Algebra):
    """Rules over tensors; ``create_graph`` and every higher order run backward in it."""

    name = "traced"
    pi, e, inf = NUMPY.pi, NUMPY.e, NUMPY.inf

    def apply(self, rule: Primitive, operands: tuple[Any, ...], params: dict[str, Any]) -> Any:
        if rule.projection:  # its operand is the tuple of a rule with several outputs
            return rule.forward(self, *operands, **params)
        return apply(rule, operands, params)

    def beside(self, number: float, rule: Primitive, y: Any) -> Any:
        """The number with the dtype and the device of the result, as the forward saw it."""
        return wrap(sorting.as_array(number, raw(y))) if sorting.lifts(rule) else number

    def masks(self, g: Any) -> bool:
        # Formulas have cases instead, and a recording's own gradients shall print without masks.
        return not (is_formula(raw(g)) or MODE.get() & RECORDING)

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

    def transpose_of(self, pull: Callable[[Any], Any], y: Any, t: Any) -> Any:
        """The transpose of a linear ``pull``, at ``t``: the gradient of <pull(g), t> in g."""
        several = isinstance(y, tuple)
        starts = [self.zeros_like(part) for part in (y if several else (y,))]
        for from_zero in starts:
            from_zero._rg = True
            leaf_of(from_zero).requires_grad = True
        with enable_grad():
            moved = _TRANSPOSE[0](pull(Cotangents(starts) if several else starts[0]), starts, t)
        return Cotangents(moved) if several else moved[0]


_TRANSPOSE: list[Callable[..., Any]] = []


def raw(x: Any) -> Any:
    """The raw value of a tensor, anything else as it is."""
    return x._value if type(x) is Tensor else x


TRACED = Traced()


def rewrapped(node: Node, saved: tuple[Any, ...]) -> tuple[Any, ...]:
    """A node's kept values as tensors of its graph, through the plan's slots."""
    operands, out = node.operands, []
    for place, slot in enumerate(node.plan.slots):  # type: ignore[union-attr]
        out.append(tensor_of(node if slot < 0 else operands[slot], saved[place]))
    return tuple(out)


def tensor_of(source: Any, value: Any) -> Any:
    """The tensor that a node, a leaf or a number stands for."""
    if type(source) is Node:
        out = Tensor()
        out._value = value
        out.node = source
        out._rg = source.plan is not None
        out._grad = None
        out._inference = False
        return out
    if type(source) is Leaf:
        made = source.owner() if source.owner is not None else None
        kept = made is not None and made._value is value  # not a copy of what may be written
        return made if kept else wrap(value, source, source.requires_grad)
    if type(value) is np.ndarray and type(source) in NUMBERS:
        return source  # a short cut's own 0-d array; the door keeps a number as a scalar
    if type(source) in NUMBERS and type(value) not in NUMBERS:
        return wrap(value)  # a number that the rule took as an array
    return value
