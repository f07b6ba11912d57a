"""What a write must leave alone: values that a graph keeps, or starts from, in the same buffer.

``writing`` asks before it writes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from symgrad.algebras.backends import has_views, is_batched, namespace_of, of_one_buffer
from symgrad.grammar.primitive import REGISTRY
from symgrad.modes import GRAD, MODE, RECORDING, SAVING
from symgrad.tracing.node import Leaf, Node, extras
from symgrad.tracing.tensor import Tensor, storage_of, wrap
from symgrad.tracing.traced import apply, raw


def as_it_was(target: Tensor) -> Tensor:
    """The tensor to compute from.

    Plain data under gradients gets a leaf of its own on a copy: the graph keeps what was there. So
    does what a saver keeps; what a node keeps itself is copied when it is known (``settle``).
    """
    mode = MODE.get()
    kept = mode & SAVING or (type(target.node) is not Node and mode & (GRAD | RECORDING))
    if not kept and (isinstance(target._value, np.generic) or has_views(target._value)):
        return target
    copied = namespace_of(target._value).copy_of(target._value)
    plain = type(target.node) is Leaf and not target._rg
    return wrap(copied, None if plain else target.node, target._rg)


def apart(target: Tensor, value: Any) -> Any:
    """An operand of a write, copied where the write would change what a graph starts from.

    That is plain data in the target's own buffer. In a ``vmap`` it is any operand there: the write
    that is recorded outside is another operation than the one that computed the values.
    """
    mine, its = target, value
    while isinstance(its, Tensor) and is_batched(mine._value) and is_batched(its._value):
        mine, its = mine._value.data, its._value.data
        if storage_of(mine) is storage_of(its):
            return apply(REGISTRY["clone"], (value,), {})
    plain = not (isinstance(value, Tensor) and type(value.node) is Node)
    if plain and MODE.get() & (GRAD | RECORDING) and of_one_buffer(raw(value), target._value):
        copied = _copied(raw(value))
        return wrap(copied) if isinstance(value, Tensor) else copied
    return value


def settle(node: Any, moment: int, target: Tensor) -> None:
    """Mark what a write computed since ``moment``, and copy what it kept of the target's buffer."""
    stack, storage, into = [node], storage_of(target), target._value
    while stack:
        item = stack.pop()
        if type(item) is not Node or item.seq < moment:
            continue
        extra = extras(item)
        extra.storage, extra.wrote = storage, True
        if item.saved:
            item.saved = tuple(_copied(v) if of_one_buffer(v, into) else v for v in item.saved)
        stack.extend(item.operands)


def _copied(value: Any) -> Any:
    return namespace_of(value).copy_of(value)
