"""Writes into a tensor's buffer: in-place functions, augmented assignment, ``x[i] = v``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symgrad.algebras.backends import namespace_of
from symgrad.errors import (
    AxisError,
    DtypeError,
    GraphError,
    ShapeError,
    TraceError,
    compose,
    user_position,
)
from symgrad.grammar.kind import Kind
from symgrad.grammar.primitive import REGISTRY, Primitive
from symgrad.modes import GRAD, INFERENCE, MODE
from symgrad.tracing.guards import drop
from symgrad.tracing.node import Leaf, Node, extras
from symgrad.tracing.tensor import Tensor, buffer, storage_of, wrap
from symgrad.tracing.traced import apply, raw


def _refuse(target: Tensor, what: str) -> None:
    _refuse_buffer(target, what)
    if not MODE.get() & GRAD or not target._rg:
        return
    if type(target.node) is not Node:
        raise GraphError(
            compose(
                "a leaf Variable that requires grad is being used in an in-place operation.",
                [("write", what)],
                where=user_position(),
                mend="compute a new value (y = x + 1), or update it inside `with sg.no_grad():`",
            )
        )


def _refuse_buffer(target: Tensor, what: str) -> None:
    """Raise for a buffer that cannot be written here: of inference mode, or read-only."""
    extra = target.node.extra if target.node is not None else None
    storage = extra.storage if extra is not None else None
    inference = storage.inference if storage is not None else target._inference
    if inference and not MODE.get() & INFERENCE:
        raise GraphError(
            compose(
                "Inplace update to inference tensor outside InferenceMode is not allowed.",
                [("write", what)],
                where=user_position(),
                mend="clone() it first, or write inside `with sg.inference_mode():`",
            )
        )
    value = target._value
    if isinstance(value, np.ndarray) and not value.flags.writeable:
        raise GraphError(
            compose(
                "this tensor's buffer is read-only: entries of it are shared, or its owner "
                "locked it.",
                [("write", what)],
                where=user_position(),
                mend="clone() it first",
            )
        )


def _refuse_views(target: Tensor, result: Tensor) -> None:
    node = target.node
    shared = node is not None and node.extra is not None and node.extra.storage is not None
    viewed = shared and node.extra.storage.viewed
    if viewed and (target._rg or result._rg):
        raise GraphError(
            compose(
                "an in-place write, under gradients, into a buffer that a view shares.",
                where=user_position(),
                mend="clone() the view first, or build a new value (sg.where, sg.concat)",
            )
        )


def write(target: Tensor, compute: Callable[[Tensor], Tensor], what: str) -> Tensor:
    """Replace a tensor's values by ``compute`` of them, in its own buffer.

    Takes   compute: from the tensor as it was (on a copy of the buffer) to the new values.
    Raises  GraphError for a leaf that requires grad; ShapeError if the shape would change. A
            refused write changes nothing.
    """
    _refuse(target, what)
    before = wrap(namespace_of(target._value).copy_of(target._value), target.node, target._rg)
    result = compute(before)
    _refuse_views(target, result)
    if tuple(result._value.shape) != tuple(target._value.shape):
        raise ShapeError(
            f"{what}: the result has the shape {tuple(result.shape)}, which does not fit into "
            f"{tuple(target.shape)}"
        )
    into = buffer(target)
    value = result._value
    if into.dtype != value.dtype and not np.can_cast(value.dtype, into.dtype, "same_kind"):
        raise DtypeError(
            compose(
                f"{what}: result type {value.dtype} can't be cast to {into.dtype}.",
                where=user_position(),
                mend="compute a new value instead: x = x + 1.5",
            )
        )
    storage = storage_of(target)
    into[...] = value
    storage.written(user_position())  # after the write: a refused one changes nothing
    if type(target.node) is Leaf:
        drop(target.node)
    if result._rg:
        # Recorded before the write's moment: the moment of the write is what makes others stale.
        result.node.seq = storage.version
        target.node, target._rg = result.node, True
        extras(target.node).storage = storage
    return target


def _apart(other: Any, target: Tensor) -> Any:
    """An operand that the write would overwrite, on a copy of its buffer; any other as it is."""
    value = raw(other)
    mine = target._value
    if not (isinstance(value, np.ndarray) and isinstance(mine, np.ndarray)):
        return other
    if not np.may_share_memory(value, mine):
        return other
    copied = namespace_of(value).copy_of(value)
    return wrap(copied, other.node, other._rg) if isinstance(other, Tensor) else copied


def takes_its_place(rule: Primitive) -> bool:
    """Whether a rule has an in-place twin: its result may stand where its first operand stood.

    Not where that operand is a condition, and not for a copy, which would write what is there.
    """
    elementwise = rule.kind is Kind.ELEMENTWISE and rule.method and rule.differentiable
    return elementwise and rule.word != "clone" and rule.operands[0] not in rule.constant


def in_place(rule: Primitive) -> Callable[..., Tensor]:
    """The in-place twin of a rule: ``sin_(x)`` writes sin(x) into x."""

    def function(x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        (_, *others), params = rule.bind((x, *args), kwargs)
        kept = tuple(_apart(other, x) for other in others)
        return write(x, lambda old: apply(rule, (old, *kept), params), f"{rule.name}_")

    function.__name__ = function.__qualname__ = f"{rule.name}_"
    function.__doc__ = f"""``{rule.name}``, written into its first operand, which is returned.

    Raises  GraphError for a leaf that requires grad, outside ``no_grad``.
    """
    return function


def augmented(word: str) -> Callable[[Tensor, Any], Tensor]:
    """The method of an augmented assignment."""
    rule = REGISTRY[word]

    def method(x: Tensor, other: Any) -> Tensor:
        other = _apart(other, x)
        return write(x, lambda old: apply(rule, (old, other), {}), f"{rule.name}_")

    return method


def setitem(x: Tensor, index: Any, value: Any) -> None:
    """``x[index] = value`` on a tensor that no gradient needs.

    Raises  TraceError under gradients, with the functional way to write it.
    """
    if MODE.get() & GRAD and (x._rg or (isinstance(value, Tensor) and value._rg)):
        raise TraceError(
            compose(
                "x[i] = v under gradients is not recorded.",
                where=user_position(),
                mend="build a new value: sg.where(mask, v, x), sg.concat([...]), sg.stack([...])",
            )
        )
    _refuse_buffer(x, "x[i] = v")
    places = raw(index) if not isinstance(index, tuple) else tuple(raw(i) for i in index)
    into = buffer(x)
    try:
        into[places] = raw(value)
    except (IndexError, ValueError, TypeError, OverflowError) as error:
        raise _misfit(x, value, error) from error
    storage_of(x).written(user_position())
    if type(x.node) is Leaf:
        drop(x.node)


def _misfit(x: Tensor, value: Any, error: Exception) -> Exception:
    """The error to raise for an index or a value that the array library refused."""
    kind: type[Exception] = ShapeError
    if isinstance(error, IndexError):
        kind = AxisError
    elif isinstance(error, (TypeError, OverflowError)) or not hasattr(raw(value), "shape"):
        kind = DtypeError
    given = [("x", _described(x)), ("v", _described(value))]
    return kind(compose(f"x[i] = v: {str(error).rstrip('.')}.", given, where=user_position()))


def _described(value: Any) -> str:
    held = raw(value)
    if hasattr(held, "shape"):
        return f"{held.dtype} {tuple(held.shape)}"
    return repr(value)[:60]


def copy_(x: Tensor, source: Any) -> Tensor:
    """Write the values of ``source`` into ``x``; shapes broadcast.

    >>> x = sg.zeros(2); sg.Tensor.copy_(x, sg.tensor([1.0, 2.0]))
    tensor([1., 2.])
    """
    source = source if isinstance(source, Tensor) else wrap(namespace_of(x._value).asarray(source))
    shape = tuple(x.shape)
    return write(
        x, lambda old: apply(REGISTRY["broadcast_to"], (source,), {"shape": shape}), "copy_"
    )


def zero_(x: Tensor) -> Tensor:
    """Write zeros into ``x``.

    >>> sg.Tensor.zero_(sg.ones(2))
    tensor([0., 0.])
    """
    return write(x, lambda old: wrap(namespace_of(old._value).zeros_like(old._value)), "zero_")
