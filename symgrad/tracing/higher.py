"""The sweep over tensors, so that a gradient has a gradient; imported by ``autograd``."""

from __future__ import annotations

from heapq import heappop, heappush
from operator import mul
from typing import Any

from symgrad.algebras.numpy_adapter import FLOAT_SCALARS
from symgrad.grammar.masks import Masked, plain, through
from symgrad.grammar.plan import CALLED, READY, SAME
from symgrad.modes import no_grad
from symgrad.tracing.hooks import attended, conformed
from symgrad.tracing.node import Node
from symgrad.tracing.storage import LAST_WRITE
from symgrad.tracing.tensor import Tensor, leaf_of, wrap
from symgrad.tracing.traced import TRACED, raw, rewrapped, tensor_of
from symgrad.tracing.walks import Needed, starting, usable


def traced_sweep(  # noqa: C901, PLR0915 - a call costs what a step does
    grads: dict[Any, Any], free: bool, wanted: Any, needed: Needed
) -> dict[Any, Any]:
    """``walks.sweep`` over tensors, so that the gradient has a gradient.

    A cotangent stays a bare NumPy scalar while no tensor has met it: an implicit seed and what
    numbers made of it are then numbers in the graph, not leaves.
    """
    pop, get = grads.pop, grads.get
    heap = starting(grads, needed)
    while heap:
        node: Any = heappop(heap)[1]
        g, saved, plan, operands = pop(node), node.saved, node.plan, node.operands
        if saved is None or LAST_WRITE[0] > node.seq:
            saved = usable(node, free)
        if plan.mixed and type(g) in FLOAT_SCALARS:
            g = of_number(g)
        edges = plan.edges
        if wanted is not None or (node.extra is not None and node.extra.watched):
            g, edges = attended(node, g, saved, grads, wanted, _traced)
        kept, bare = None, type(g) in FLOAT_SCALARS
        for i, pull, place in edges:
            parent = operands[i]
            if needed is not None and parent not in needed and parent not in wanted:
                continue
            if pull is not None:
                if kept is None:
                    kept = rewrapped(node, saved)
                if type(g) is Masked:
                    cotangent = through(pull, TRACED, g, kept, node, parent)
                elif bare:
                    cotangent = _pulled(pull, place, g, kept, node)
                else:
                    cotangent = pull(TRACED, g, kept, node)
                if cotangent is None:
                    continue
            elif place < 0:
                cotangent = g if place == SAME else -g
            else:
                slot = plan.slots[place]
                factor = tensor_of(node if slot < 0 else operands[slot], saved[place])
                # A bare number promotes nothing, and makes no leaf.
                cotangent = mul(factor, float(g) if bare and type(factor) is Tensor else g)
            if plan.mixed and place != READY:
                cotangent = conformed(TRACED, cotangent, node, parent)
            before = get(parent)
            if before is not None:
                grads[parent] = plus(before, cotangent)
                continue
            grads[parent] = cotangent
            if type(parent) is Node and (needed is None or parent in needed):
                heappush(heap, (-parent.seq, parent))
        if free and saved:
            node.saved = None
    return grads


def by_the_door(grads: dict[Any, Any], free: bool, wanted: Any, needed: Needed) -> dict[Any, Any]:
    """``walks.sweep`` by calls of rules that enter the device of what they are given.

    For graphs on several GPUs, or on one that is not the current one: CuPy computes on the current
    one alone, and the plain sweep uses its operators as they are.
    """
    for holder, g in grads.items():
        grads[holder] = g if type(g) is Tensor else wrap(g)
    with no_grad():
        traced_sweep(grads, free, wanted, needed)
    for holder, g in grads.items():
        grads[holder] = raw(plain(g))
    return grads


def _traced(g: Any) -> Any:
    return TRACED


def of_number(value: Any) -> Tensor:
    """A number of the sweep's own as a tensor: a formula has no letter for it."""
    made = wrap(value)
    leaf_of(made).number = True
    return made


def plus(a: Any, b: Any) -> Any:
    """A sum of cotangents, a bare one as a Python number where it meets a tensor."""
    if type(a) is not type(b):
        if type(a) in FLOAT_SCALARS and type(b) is Tensor:
            a = float(a)
        elif type(b) in FLOAT_SCALARS and type(a) is Tensor:
            b = float(b)
    return a + b


def _pulled(pull: Any, place: int, g: Any, kept: tuple[Any, ...], node: Node) -> Any:
    """A pull of a bare cotangent: as a Python number where operators alone touch it."""
    if place == CALLED:
        return pull(TRACED, of_number(g), kept, node)
    for value in kept:
        if type(value) is Tensor:
            return pull(TRACED, float(g), kept, node)
    return pull(TRACED, g, kept, node)
