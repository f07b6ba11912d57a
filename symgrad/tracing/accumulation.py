"""What happens to a cotangent that arrived: its owner, its shape, its buffer; for ``autograd``."""

from __future__ import annotations

from typing import Any

import numpy as np

from symgrad.algebras.backends import namespace_of
from symgrad.errors import user_position
from symgrad.grammar.masks import plain
from symgrad.tracing.hooks import accumulated, arrived
from symgrad.tracing.node import Leaf, Node, dtype_of, shape_of
from symgrad.tracing.tensor import Tensor, storage_of, wrap
from symgrad.tracing.traced import TRACED


def owner_of(holder: Any, wanted: dict[Any, Tensor] | None) -> Any:
    """The tensor whose ``.grad`` a cotangent is for, while somebody holds it."""
    if wanted is not None and holder in wanted:
        return wanted[holder]
    if type(holder) is Node:
        return holder.extra.retain() if holder.extra is not None and holder.extra.retain else None
    if wanted is not None or type(holder) is not Leaf or not holder.requires_grad:
        return None
    return holder.variable


def finished(g: Any, holder: Any, create_graph: bool) -> Tensor:
    """A cotangent as a tensor of its operand's full shape and dtype, in a buffer of its own."""
    g, shape, dtype = plain(g), shape_of(holder.form), dtype_of(holder.form)
    if create_graph:
        g = g if type(g) is Tensor else wrap(g)
        return g if g._value.shape == shape else TRACED.broadcast_to(g, shape=shape)  # type: ignore[no-any-return]
    xp = namespace_of(g)
    if tuple(g.shape) != tuple(shape):
        g = xp.copy_of(xp.broadcast_to(g, shape=shape))
    return wrap(g if g.dtype == dtype else xp.cast(g, dtype=dtype))


def deliver(owner: Tensor, g: Any, holder: Any, create_graph: bool, taken: set[int]) -> None:
    """Bring a cotangent to its owner's ``.grad``, past the hooks of a leaf."""
    if holder.extra is None or type(holder) is not Leaf:
        accumulate(owner, g, holder, create_graph, taken)
        return
    g = arrived(holder, g, create_graph)
    accumulate(owner, g, holder, create_graph, taken)
    accumulated(holder, owner, g)


def accumulate(owner: Tensor, g: Any, holder: Any, create_graph: bool, taken: set[int]) -> None:
    """Add ``g`` to a gradient; ``taken`` are the arrays that belong to somebody already, by id."""
    before = owner._grad
    if create_graph:
        new = finished(g, holder, True)
        owner._grad = new if before is None else before + new
        return
    if type(g) is not holder.form:  # not simply a scalar of the operand's own dtype
        g = finished(g, holder, False)._value
    if before is None:
        g = owned(g, taken)
        taken.add(id(g))
        owner._grad = wrap(g)
    elif type(before.node) is Node:  # it has a history, which keeps the value that it had
        owner._grad = wrap(before._value + g)
    else:
        if before.node is not None:  # it takes part in some graph: that must notice
            storage_of(before).written(user_position())
        if isinstance(before._value, np.ndarray) and before._value.shape == g.shape:
            before._value += g
        else:
            before._value = before._value + g


def owned(value: Any, taken: set[int]) -> Any:
    """``value``, copied unless its buffer is nobody else's."""
    # A cotangent may be a seed, a view of one or of a kept value, or what another leaf got too: a
    # leaf's gradient is its own.
    if isinstance(value, np.ndarray) and (
        value.base is not None or not value.flags.writeable or id(value) in taken
    ):
        return value.copy()
    return value
