"""What happens to a cotangent that arrived: its owner, its shape, its buffer; for ``autograd``."""

from __future__ import annotations

from typing import Any

import numpy as np

from symgrad.algebras.backends import is_batched, is_formula, namespace_of
from symgrad.algebras.devices import in_host, to_host
from symgrad.errors import user_position
from symgrad.grammar.masks import plain
from symgrad.tracing.devices import device_of
from symgrad.tracing.dtypes import device
from symgrad.tracing.hooks import accumulated, arrived, shown
from symgrad.tracing.node import Leaf, Node
from symgrad.tracing.tensor import Tensor, storage_of, wrap
from symgrad.tracing.traced import TRACED, raw
from symgrad.tracing.writing import refresh


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
    g = plain(g)
    if type(holder) is Leaf and isinstance(holder.value, np.ndarray):
        g = at_home(g, create_graph)
    return shown(g, holder.form, TRACED if create_graph else namespace_of(g))  # type: ignore[no-any-return]


def at_home(g: Any, create_graph: bool) -> Any:
    """A cotangent for a tensor of the CPU: one that a small operand got on a GPU comes home."""
    there = raw(g)
    if in_host(there) or is_formula(there) or is_batched(there):
        return g
    if not create_graph:
        return to_host(there)
    return TRACED.to_device(g, device=device("cpu"), source=device_of(there))


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
        if not isinstance(before._value, np.generic) and before._value.shape == g.shape:
            namespace_of(before._value).add_into(before._value, g)
        else:
            before._value = before._value + g
            if before.node is not None:
                refresh(storage_of(before))


def owned(value: Any, taken: set[int]) -> Any:
    """``value``, copied unless its buffer is nobody else's."""
    # A cotangent may be a seed, a view of one or of a kept value, or what another leaf got too: a
    # leaf's gradient is its own.
    if isinstance(value, np.generic):
        return value
    shared = getattr(value, "base", None) is not None or id(value) in taken
    if shared or (isinstance(value, np.ndarray) and not value.flags.writeable):
        return namespace_of(value).copy_of(value)
    return value
