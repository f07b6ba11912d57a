"""Writes into a tensor's buffer: in-place functions, augmented assignment, ``x[i] = v``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symgrad.algebras.backends import namespace_of
from symgrad.errors import GraphError, ShapeError, TraceError, compose, user_position
from symgrad.grammar.primitive import REGISTRY, Primitive
from symgrad.modes import GRAD, MODE
from symgrad.tracing.guards import drop
from symgrad.tracing.node import Leaf, Node, extras
from symgrad.tracing.tensor import Tensor, buffer, storage_of, wrap
from symgrad.tracing.traced import apply, raw


def _refuse(target: Tensor, what: str) -> None:
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
        raise ShapeError(f"{what}: result type {value.dtype} can't be cast to {into.dtype}")
    storage = storage_of(target)
    storage.written(user_position())
    into[...] = value
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
    places = raw(index) if not isinstance(index, tuple) else tuple(raw(i) for i in index)
    into = buffer(x)
    into[places] = raw(value)
    storage_of(x).written(user_position())
    if type(x.node) is Leaf:
        drop(x.node)


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
