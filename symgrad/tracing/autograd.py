"""Reverse mode on the tape: ``backward`` and ``grad``, to any order."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from symgrad.algebras.backends import namespace_of
from symgrad.algebras.batching import BATCHED
from symgrad.algebras.devices import ELSEWHERE
from symgrad.algebras.numpy_adapter import ERROR_STATE, NUMPY, SILENT, silence
from symgrad.errors import GraphError, compose, user_position
from symgrad.grammar.masks import Masked, plain
from symgrad.modes import BATCHING, GRAD, INFERENCE, MODE, enable_grad
from symgrad.tracing.accumulation import deliver, finished, owned, owner_of
from symgrad.tracing.higher import by_the_door, traced_sweep
from symgrad.tracing.hooks import ANOMALY, arrived
from symgrad.tracing.node import Leaf, Node
from symgrad.tracing.seeds import ONES, one, starts
from symgrad.tracing.tensor import Tensor, leaf_of, wrap
from symgrad.tracing.traced import _TRANSPOSE, TRACED, raw
from symgrad.tracing.vmap import vmap
from symgrad.tracing.walks import Needed, leading_to, sweep

_NUMPY_TYPES = frozenset({np.ndarray, np.float64, np.float32, np.float16})


def _numeric_of(g: Any) -> Any:
    if type(g) in _NUMPY_TYPES:
        # In a vmap a number may meet values that stand for many.
        return NUMPY if not MODE.get() & BATCHING else BATCHED
    if type(g) is Masked:
        return g.xp
    return namespace_of(next(p for p in g if p is not None) if isinstance(g, tuple) else g)


def backward(
    tensors: Tensor | Sequence[Tensor],
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Tensor | Sequence[Tensor] | None = None,
) -> None:
    """Add the gradient of ``tensors`` to the ``.grad`` of the leaves that they come from.

    Takes   grad_tensors: the cotangents, one a tensor; None (a one) for scalars;
            retain_graph: keep values for a second backward (default: as ``create_graph``);
            create_graph: record the gradient's own operations; inputs: only these accumulate.
    Raises  GraphError where nothing requires grad, or a second backward finds values freed;
            ShapeError where a tensor is not scalar and no cotangent is given.

    >>> x = sg.tensor(3.0, requires_grad=True)
    >>> sg.autograd.backward(x * x); x.grad
    tensor(6.)
    """
    if type(tensors) is Tensor and grad_tensors is None and inputs is None and not create_graph:
        plain_backward(tensors, not retain_graph)
        return
    grads = starts(tensors, grad_tensors, create_graph)
    taken = {id(raw(g)) for g in grads.values()}
    wanted = None
    if inputs is not None:
        targets = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
        wanted = {t.node: t for t in map(_tracked, targets)}
        if not wanted:
            raise GraphError("backward(inputs=[]): name at least one tensor, or leave inputs out")
    needed = None if wanted is None else leading_to(wanted, grads)
    free = not (create_graph if retain_graph is None else retain_graph)
    for holder, g in _run(grads, create_graph, free, wanted, needed).items():
        owner = owner_of(holder, wanted)
        if owner is not None:
            deliver(owner, g, holder, create_graph, taken)


def plain_backward(root: Tensor, free: bool) -> None:
    """What nearly every backward is: one scalar, raw numbers, all leaves."""
    seed = ONES.get(type(root._value)) if root._rg else None
    grads: dict[Any, Any] = {root.node: one(root) if seed is None else seed}
    _silently(grads, free)
    taken: set[int] | None = None
    for holder, g in grads.items():
        if type(holder) is Leaf:
            if not holder.requires_grad or holder.owner is None:
                continue
            owner = holder.owner()
        else:
            owner = owner_of(holder, None)
        if owner is None:
            continue
        if type(g) is holder.form and owner._grad is None and holder.extra is None:
            owner._grad = wrap(g)
        else:
            taken = set() if taken is None else taken
            deliver(owner, g, holder, False, taken)


def _silently(grads: dict[Any, Any], free: bool) -> None:
    if ELSEWHERE[0]:
        with silence():
            by_the_door(grads, free, None, None)
        return
    # ``with silence()`` written out: its object and its two calls are a tenth of a small backward.
    if ERROR_STATE is None:
        with silence():
            sweep(grads, _numeric_of, free, {} if ANOMALY.get() else None)
        return
    before = ERROR_STATE.set(SILENT)
    try:
        sweep(grads, _numeric_of, free, {} if ANOMALY.get() else None)
    finally:
        ERROR_STATE.reset(before)


def _tracked(tensor: Any) -> Tensor:
    if not isinstance(tensor, Tensor) or not tensor._rg:
        raise GraphError(
            compose(
                "One of the differentiated Tensors does not require grad",
                [("given", type(tensor).__name__)],
                where=user_position(),
                mend="make it with requires_grad=True, before the program runs",
            )
        )
    return tensor


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]:
    """The gradients of ``outputs`` in ``inputs``, as a tuple; no ``.grad`` changes.

    Takes   as ``backward``; is_grads_batched: the first axis of each cotangent counts many of
            them, and so does that of each gradient; allow_unused: give None for an input that the
            outputs do not depend on; materialize_grads: give zeros for it; only_inputs: taken as
            PyTorch takes it, and without effect.
    Raises  GraphError for an unused input that is not allowed, and as ``backward``.

    >>> x = sg.tensor(2.0, requires_grad=True)
    >>> (g,) = sg.autograd.grad(x**3, x, create_graph=True); g
    tensor(12., grad_fn=<MulBackward0>)
    >>> sg.autograd.grad(g, x)
    (tensor(12.),)
    """
    if is_grads_batched:
        each = partial(grad, outputs, inputs, create_graph=create_graph)
        keeps = create_graph if retain_graph is None else retain_graph
        return _many(each, grad_outputs, keeps, allow_unused, materialize_grads)
    targets = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    wanted: dict[Any, Tensor] = {_tracked(t).node: t for t in targets}
    grads = starts(outputs, grad_outputs, create_graph)
    free = not (create_graph if retain_graph is None else retain_graph)
    # The sweep stops at them, and leaves the way to others: what lies there is somebody else's.
    needed = leading_to(wanted, grads)
    found = _run(grads, create_graph, free, None if needed is None else wanted, needed)
    if needed is not None:
        found = _hooked(wanted, found, needed, create_graph)
    for holder, g in found.items():  # whoever retains its gradient gets it
        if type(holder) is Node and holder.extra is not None and holder.extra.retain is not None:
            owner = holder.extra.retain()
            if owner is not None:
                deliver(owner, plain(g), holder, create_graph, {id(raw(plain(g)))})
    allow = materialize_grads if allow_unused is None else allow_unused
    return tuple([_picked(t, found, allow, materialize_grads, create_graph) for t in targets])


def _hooked(
    wanted: dict[Any, Tensor], found: dict[Any, Any], needed: set[Node], create_graph: bool
) -> dict[Any, Any]:
    """The cotangents, past the hooks of values at which the sweep stopped."""
    for node in wanted:
        stopped = type(node) is Node and node not in needed and node in found
        if stopped and node.extra is not None and node.extra.hooks is not None:
            found[node] = arrived(node, found[node], create_graph)
    return found


def _many(
    each: Any, seeds: Any, keep: bool, allow_unused: bool | None, materialize: bool
) -> tuple[Tensor | None, ...]:
    """The gradients for many cotangents at once; None for an input that nothing depends on."""
    listed = (seeds,) if isinstance(seeds, Tensor) else tuple(seeds or ())
    shared = tuple(0 if isinstance(s, Tensor) else None for s in listed)
    missing: list[bool] = []

    def function(*given: Any) -> Any:
        found = each(given, retain_graph=keep, allow_unused=allow_unused,
                     materialize_grads=materialize)  # fmt: skip
        missing.extend(g is None for g in found)
        return tuple(g for g in found if g is not None)

    left = iter(vmap(function, shared)(*listed))
    return tuple(None if gone else next(left) for gone in missing)


def _picked(
    tensor: Tensor, found: dict[Any, Any], allow: bool, fill: bool, create_graph: bool
) -> Tensor | None:
    g = found.get(tensor.node)
    if g is not None:
        g = arrived(tensor.node, g, create_graph) if type(tensor.node) is Leaf else plain(g)
        if type(g) is tensor.node.form:  # simply a scalar of the operand's own dtype
            return wrap(g)
        g = finished(g, tensor.node, create_graph)
        return g if create_graph else wrap(owned(g._value, set()))
    if fill:
        return wrap(namespace_of(tensor._value).zeros_like(tensor._value))
    if not allow:
        raise GraphError(
            compose(
                "One of the differentiated Tensors appears to not have been used in the graph.",
                [("shape", tuple(tensor.shape))],
                where=user_position(),
                mend="Set allow_unused=True if this is the desired behavior.",
            )
        )
    return None


def _run(
    grads: dict[Any, Any],
    create_graph: bool,
    free: bool,
    wanted: dict[Any, Tensor] | None,
    needed: Needed,
) -> dict[Any, Any]:
    if wanted is None and ANOMALY.get():
        wanted = {}
    with silence():
        if not create_graph:
            if ELSEWHERE[0]:
                return by_the_door(grads, free, wanted, needed)
            return sweep(grads, _numeric_of, free, wanted, needed)
        if MODE.get() & (GRAD | INFERENCE) == GRAD:
            return traced_sweep(grads, free, wanted, needed)
        with enable_grad():
            return traced_sweep(grads, free, wanted, needed)


def _transpose(cotangent: Any, starts: list[Tensor], t: Any) -> Sequence[Any]:
    with enable_grad():
        if not isinstance(cotangent, Tensor) or not cotangent._rg:
            return [TRACED.zeros_like(g) for g in starts]
        return grad(cotangent, starts, t, create_graph=True, materialize_grads=True)


_TRANSPOSE[:] = [_transpose]


def new_leaf(value: Any, requires_grad: bool = True) -> Tensor:
    """A fresh leaf on a raw value."""
    made = wrap(value, None, requires_grad)
    leaf_of(made).requires_grad = requires_grad
    return made
