"""Closed forms in element notation, of traced tensors; the door is ``closed_form``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from symgrad.algebras.devices import to_host
from symgrad.symbolic import derivatives
from symgrad.symbolic.checking import check as check_numbers
from symgrad.symbolic.form import ElementForm
from symgrad.symbolic.letters import Letters, name_leaves
from symgrad.symbolic.lowering import Lowering, guards_between
from symgrad.tracing.guards import Guard, Taken
from symgrad.tracing.node import Foreign, Node
from symgrad.tracing.tensor import Tensor, leaf_of
from symgrad.tracing.walks import structure


class Read(NamedTuple):
    """A traced result as every notation reads it: its nodes, letters and branches."""

    nodes: list[Node]
    leaves: list[Any]
    guards: list[Guard]
    dropped: list[str]
    names: dict[Any, str]
    letters: Letters
    tensors: dict[Any, Tensor]


def read(
    y: Tensor,
    wrt: Sequence[Tensor],
    known: Mapping[int, str],
    start: int,
    taken: Taken | None,
) -> Read:
    """The trace below ``y``, its leaves named, and the branches that it depends on."""
    nodes, leaves = derivatives.inputs_of(y, wrt)
    guards, dropped = guards_between(nodes, leaves, start, taken)
    outside = [leaf for g in guards for leaf in structure([g.rebuilt()])[1]]
    every = sorted({*leaves, *outside}, key=lambda item: item.seq)
    tensors = {leaf_of(x): x for x in wrt}
    names, letters = name_leaves(every, known, tensors)
    return Read(nodes, leaves, guards, dropped, names, letters, tensors)


def of_tensor(
    y: Tensor,
    wrt: Sequence[Tensor],
    known: Mapping[int, str],
    check: bool,
    start: int,
    taken: Taken | None,
) -> ElementForm:
    """The formula of a traced tensor, or of its derivatives, entry by entry."""
    trace = read(y, wrt, known, start, taken)
    traced = derivatives.again(y, wrt, trace.nodes, trace.leaves)
    lowering = Lowering(trace.names, trace.letters.taken)
    for item, tensor in traced.leaves.items():
        lowering.same(item, tensor)
    lowered = lowering.finish(traced.results, trace.guards)
    form = ElementForm(
        lowered.expressions,
        traced.shape,
        lets=lowered.lets,
        branches=lowered.branches,
        dropped=trace.dropped,
        wrt=tuple(trace.names[leaf_of(x)] for x in wrt),
        **_tables(trace.names, lowering, trace.tensors),
    )
    if check and traced.numbers:
        check_numbers(form, traced)
        form.checked = True
    return form


def held_values(names: Mapping[Any, str], tensors: Mapping[Any, Tensor]) -> dict[str, Any]:
    """The value of every letter that has one."""
    held = {n: tensors[item]._value if item in tensors else item.value for item, n in names.items()}
    return {n: np.array(to_host(v)) for n, v in held.items() if v is not None}


def _tables(
    names: Mapping[Any, str], lowering: Lowering, tensors: Mapping[Any, Tensor]
) -> dict[str, Any]:
    """Shapes, values and constants by letter."""
    values = held_values(names, tensors)
    raw = {n for item, n in names.items() if isinstance(item, Foreign)}
    shapes = {n: array.shape for n, array in lowering.arrays.items()}
    return {
        "letters": shapes,
        "values": {n: v for n, v in values.items() if n in shapes},
        "constants": {n: v for n, v in values.items() if n in raw and n in shapes},
    }
