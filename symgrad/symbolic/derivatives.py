"""A trace recorded again on fresh leaves, and its derivatives to any order; for closed forms.

The derivative is itself a traced program: the rules run over tensors, and what they recorded is
lowered. So first and higher orders are one way, and every formula comes with its numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from symgrad.algebras.devices import to_host
from symgrad.errors import DtypeError, GraphError, NoClosedForm, compose
from symgrad.grammar.kind import Kind
from symgrad.modes import record
from symgrad.tracing import autograd
from symgrad.tracing.node import Foreign, Leaf, Node, dtype_of, shape_of
from symgrad.tracing.storage import Storage
from symgrad.tracing.tensor import Tensor, leaf_of, wrap
from symgrad.tracing.traced import TRACED
from symgrad.tracing.walks import replay, structure

#: Entries of the trace, times entries of the results, times orders: the most that is recorded.
MOST_ENTRIES = 400_000


class Again(NamedTuple):
    """The trace again: the fresh tensor of every leaf, and the results, of equal shapes."""

    leaves: dict[Any, Tensor]
    results: list[Tensor]
    shape: tuple[int, ...]  # of all results together
    numbers: bool  # whether the values are the program's (else some array is gone)


def inputs_of(y: Tensor, wrt: Sequence[Tensor]) -> tuple[list[Node], list[Any]]:
    """The nodes below ``y``, and the leaves in order; a tensor of ``wrt`` is a leaf.

    Raises  GraphError where a leaf has been written since; NoClosedForm for an opaque rule.
    """
    stop = {leaf_of(x): None for x in wrt}
    nodes, leaves = structure([leaf_of(y)], stop)
    for node in nodes:
        if node.rule.kind is Kind.OPAQUE:
            raise NoClosedForm(
                compose(f"{node.rule.name} has no formula: it is opaque", where=node.position)
            )
    found = sorted({*leaves, *stop}, key=lambda item: item.seq)
    _refuse_changed(nodes, found)
    return nodes, found


def _refuse_changed(nodes: list[Node], leaves: list[Any]) -> None:
    first_use: dict[Any, int] = {}
    for node in nodes:
        for operand in node.operands:
            if isinstance(operand, Leaf):
                first_use.setdefault(operand, node.seq)
    for leaf in leaves:
        storage = leaf.extra.storage if isinstance(leaf, Leaf) and leaf.extra else None
        if storage is not None and storage.version > first_use.get(leaf, storage.version):
            raise _written(
                storage,
                "a leaf of this graph has been written since: its formula would be checked "
                "against values that are gone.",
            )
    refuse_written(nodes)


def refuse_written(nodes: Sequence[Node]) -> None:
    """Raise GraphError where a computed value was written without gradients."""
    for node in nodes:
        storage = node.extra.storage if node.extra is not None else None
        if storage is not None and storage.silent > node.seq:
            raise _written(
                storage,
                f"the value of {node.name()} has been written without gradients since: no formula "
                "holds that write.",
            )


def _written(storage: Storage, what: str) -> GraphError:
    mend = "take the closed form before the write, or compute the result again"
    return GraphError(compose(what, [("write", storage.writer)], mend=mend))


def again(y: Tensor, wrt: Sequence[Tensor], nodes: list[Node], leaves: list[Any]) -> Again:
    """Record the trace on fresh leaves in float64, and differentiate it in each of ``wrt``.

    Raises  NoClosedForm where the work would be out of bounds.
    """
    _refuse_large(y, wrt, nodes)
    wanted = {leaf_of(x): x for x in wrt}
    fresh: dict[Any, Tensor] = {}
    numbers = True
    for item in leaves:
        value = wanted[item]._value if item in wanted else item.value
        if isinstance(item, Foreign) and value is None:
            value, numbers = np.ones(shape_of(item.form), dtype_of(item.form)), False
        fresh[item] = _fresh(value, item in wanted)
    with record(), np.errstate(all="ignore"):
        values = replay(nodes, dict(fresh), TRACED)
        results, shape = [values[leaf_of(y)]], tuple(y.shape)
        for x in wrt:
            results = _differentiated(results, fresh[leaf_of(x)])
            shape = (*shape, *x.shape)
    return Again(fresh, results, shape, numbers)


def _fresh(value: Any, wanted: bool) -> Tensor:
    raw = np.asarray(to_host(value))
    if raw.dtype.kind == "f":
        raw = raw.astype(np.float64)
    elif wanted:
        raise DtypeError(f"a derivative needs a tensor of floating dtype; this is {raw.dtype}")
    return autograd.new_leaf(raw if raw.shape else raw[()], wanted)


def _refuse_large(y: Tensor, wrt: Sequence[Tensor], nodes: list[Node]) -> None:
    entries = 1 + sum(map(_entries, nodes))
    for before in [y, *wrt][: len(wrt)]:
        entries *= 3 * max(1, before.numel() if hasattr(before, "numel") else 1)
    if entries > MOST_ENTRIES:
        raise NoClosedForm(
            f"about {entries:,} entries would be computed for this formula; entry by entry at most "
            f"{MOST_ENTRIES:,} are. Take a smaller example, or one entry of the result: y[0]"
        )


def _entries(node: Node) -> int:
    forms = node.form if node.rule.outputs else (node.form,)
    return sum(math.prod(shape_of(form)) for form in forms)


def _differentiated(tensors: list[Tensor], x: Tensor) -> list[Tensor]:
    """The gradient of every entry of ``tensors`` in ``x``."""
    out = []
    for t in tensors:
        for k in range(t._value.size):
            seed = np.zeros(t.shape)
            seed.reshape(-1)[k] = 1.0
            out.append(_gradient(t, seed, x))
    return out


def _gradient(t: Tensor, seed: Any, x: Tensor) -> Tensor:
    if not t._rg:
        return TRACED.zeros_like(x)
    (g,) = autograd.grad(
        t, x, wrap(seed), create_graph=True, allow_unused=True, materialize_grads=True
    )
    assert g is not None
    return g
