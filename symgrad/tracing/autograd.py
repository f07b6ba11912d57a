"""Reverse mode on the tape: ``backward`` and ``grad``, to any order."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from operator import mul
from typing import Any

import numpy as np

from symgrad.algebras.backends import namespace_of
from symgrad.algebras.numpy_adapter import (  # type: ignore[attr-defined]
    _ERROR_STATE,
    _SILENT,
    FLOAT_SCALARS,
    NUMPY,
    silence,
)
from symgrad.errors import GraphError, ShapeError, compose, user_position
from symgrad.grammar.plan import CALLED, SAME
from symgrad.modes import GRAD, INFERENCE, MODE, enable_grad
from symgrad.tracing.node import Leaf, Node, dtype_of, shape_of
from symgrad.tracing.storage import LAST_WRITE
from symgrad.tracing.tensor import Tensor, leaf_of, wrap
from symgrad.tracing.traced import _TRANSPOSE, TRACED, raw, rewrapped, tensor_of
from symgrad.tracing.walks import conformed, keep, refuse_unusable, sweep

_NUMPY_TYPES = frozenset({np.ndarray, np.float64, np.float32, np.float16})


def _numeric_of(g: Any) -> Any:
    if type(g) in _NUMPY_TYPES:
        return NUMPY
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
    grads = _starts(tensors, grad_tensors, create_graph)
    taken = {id(raw(g)) for g in grads.values()}
    wanted = None
    if inputs is not None:
        targets = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
        wanted = {t.node: t for t in map(_tracked, targets)}
    free = not (create_graph if retain_graph is None else retain_graph)
    for holder, g in _run(grads, create_graph, free, wanted).items():
        if wanted is not None and holder not in wanted:
            continue
        owner = _owner(holder, wanted)
        if owner is not None:
            _accumulate(owner, g, holder, create_graph, taken)


def plain_backward(root: Tensor, free: bool) -> None:
    """What nearly every backward is: one scalar, raw numbers, all leaves."""
    one = _ONES.get(type(root._value)) if root._rg else None
    grads: dict[Any, Any] = {root.node: _one(root) if one is None else one}
    _silently(grads, free)
    taken: set[int] | None = None
    for holder, g in grads.items():
        if type(holder) is Leaf:
            if not holder.requires_grad or holder.owner is None:
                continue
            owner = holder.owner()
        else:
            owner = _owner(holder, None)
        if owner is None:
            continue
        if type(g) is holder.form and owner._grad is None:
            owner._grad = wrap(g)
        else:
            taken = set() if taken is None else taken
            _accumulate(owner, g, holder, False, taken)


def _silently(grads: dict[Any, Any], free: bool) -> None:
    # ``with silence()`` written out: its object and its two calls are a tenth of a small backward.
    if _ERROR_STATE is None:
        with silence():
            sweep(grads, _numeric_of, free, None)
        return
    before = _ERROR_STATE.set(_SILENT)
    try:
        sweep(grads, _numeric_of, free, None)
    finally:
        _ERROR_STATE.reset(before)


def _owner(holder: Any, wanted: dict[Any, Tensor] | None) -> Any:
    """The tensor whose ``.grad`` a cotangent is for, while somebody holds it."""
    if wanted is not None:
        return wanted[holder]
    if type(holder) is Leaf:
        return holder.owner() if holder.requires_grad and holder.owner is not None else None
    return holder.extra.retain() if type(holder) is Node and holder.extra is not None else None


def _tracked(tensor: Any) -> Tensor:
    if not isinstance(tensor, Tensor) or not tensor._rg:
        raise GraphError("One of the differentiated Tensors does not require grad")
    return tensor


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]:
    """The gradients of ``outputs`` in ``inputs``, as a tuple; no ``.grad`` changes.

    Takes   as ``backward``; allow_unused: give None for an input that the outputs do not depend
            on; materialize_grads: give zeros for it.
    Raises  GraphError for an unused input that is not allowed, and as ``backward``.

    >>> x = sg.tensor(2.0, requires_grad=True)
    >>> (g,) = sg.autograd.grad(x**3, x, create_graph=True); g
    tensor(12., grad_fn=<MulBackward0>)
    >>> sg.autograd.grad(g, x)
    (tensor(12.),)
    """
    targets = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    wanted: dict[Any, Tensor] | None = None
    for target in targets:
        if type(_tracked(target).node) is Node:
            wanted = {target.node: target} if wanted is None else {**wanted, target.node: target}
    grads = _starts(outputs, grad_outputs, create_graph)
    free = not (create_graph if retain_graph is None else retain_graph)
    found = _run(grads, create_graph, free, wanted)
    allow = materialize_grads if allow_unused is None else allow_unused
    return tuple([_picked(t, found, allow, materialize_grads, create_graph) for t in targets])


def _picked(
    tensor: Tensor, found: dict[Any, Any], allow: bool, fill: bool, create_graph: bool
) -> Tensor | None:
    g = found.get(tensor.node)
    if g is not None:
        if type(g) is tensor.node.form:  # simply a scalar of the operand's own dtype
            return wrap(g)
        return _finished(g, tensor.node, create_graph)
    if fill:
        return wrap(namespace_of(tensor._value).zeros_like(tensor._value))
    if not allow:
        raise GraphError(
            "One of the differentiated Tensors appears to not have been used in the graph. "
            "Set allow_unused=True if this is the desired behavior."
        )
    return None


def _starts(outputs: Any, given: Any, create_graph: bool) -> dict[Any, Any]:
    """The cotangents to start from, by node: raw, or tensors where a graph is made.

    A bare scalar stays one: no tensor has met it yet.
    """
    if type(outputs) is Tensor and given is None:
        seed = _one(outputs)
        bare = type(seed) in FLOAT_SCALARS or not create_graph
        return {outputs.node: seed if bare else wrap(seed)}
    roots = (outputs,) if isinstance(outputs, Tensor) else tuple(outputs)
    grads: dict[Any, Any] = {}
    for root, seed in zip(roots, _seeds(roots, given), strict=True):
        if create_graph and type(seed) not in FLOAT_SCALARS and type(seed) is not Tensor:
            seed = wrap(seed)
        before = grads.get(root.node)
        grads[root.node] = seed if before is None else _plus(before, seed)
    return grads


def _run(
    grads: dict[Any, Any], create_graph: bool, free: bool, wanted: dict[Any, Tensor] | None
) -> dict[Any, Any]:
    with silence():
        if not create_graph:
            return sweep(grads, _numeric_of, free, wanted)
        if MODE.get() & (GRAD | INFERENCE) == GRAD:
            return _traced_sweep(grads, free, wanted)
        with enable_grad():
            return _traced_sweep(grads, free, wanted)


def _traced_sweep(  # noqa: C901, PLR0915 - a call costs what a step does
    grads: dict[Any, Any], free: bool, wanted: Any
) -> dict[Any, Any]:
    """``walks.sweep`` over tensors, so that the gradient has a gradient.

    A cotangent stays a bare NumPy scalar while no tensor has met it: an implicit seed and what
    numbers made of it are then numbers in the graph, not leaves.
    """
    pop, get = grads.pop, grads.get
    heap = [(-root.seq, root) for root in grads if type(root) is Node]
    heap.sort()
    while heap:
        node: Any = heappop(heap)[1]
        g, saved, plan, operands = pop(node), node.saved, node.plan, node.operands
        if saved is None or LAST_WRITE[0] > node.seq:
            refuse_unusable(node)
        if plan.mixed and type(g) in FLOAT_SCALARS:
            g = wrap(g)
        kept, bare = None, type(g) in FLOAT_SCALARS
        for i, pull, place in plan.edges:
            if pull is not None:
                if kept is None:
                    kept = rewrapped(node)
                if bare:
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
            parent = operands[i]
            if plan.mixed:
                cotangent = conformed(TRACED, cotangent, node, parent)
            before = get(parent)
            if before is not None:
                grads[parent] = _plus(before, cotangent)
                continue
            grads[parent] = cotangent
            if type(parent) is Node:
                heappush(heap, (-parent.seq, parent))
        if free and saved:
            node.saved = None
        if node.extra is not None or wanted is not None:
            keep(node, g, grads, wanted)
    return grads


def _plus(a: Any, b: Any) -> Any:
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
        return pull(TRACED, wrap(g), kept, node)
    for value in kept:
        if type(value) is Tensor:
            return pull(TRACED, float(g), kept, node)
    return pull(TRACED, g, kept, node)


def _seeds(roots: Sequence[Tensor], given: Any) -> list[Any]:
    """The cotangents to start from, raw (or tensors, where a tensor with history was given)."""
    if given is None:
        return [_one(root) for root in roots]
    given = list(given) if isinstance(given, (list, tuple)) else [given]
    if len(given) != len(roots):
        raise ShapeError(f"got {len(roots)} tensors and {len(given)} gradients")
    return [
        _one(root) if g is None else _given(root, g) for root, g in zip(roots, given, strict=True)
    ]


def _one(root: Tensor) -> Any:
    """A one of the root's own dtype: a float64 seed would promote a float32 graph."""
    if not root._rg:
        raise _no_grad_fn()
    value = root._value
    one = _ONES.get(type(value))
    if one is not None:
        return one
    if value.size != 1:
        raise ShapeError(
            compose(
                "grad can be implicitly created only for scalar outputs",
                [("shape", tuple(value.shape))],
                where=user_position(),
                mend="reduce it (y.sum().backward()), or give the cotangent: "
                "y.backward(gradient=v) with v of y's shape",
            )
        )
    return namespace_of(value).ones_like(value)


_ONES = {kind: kind(1) for kind in (np.float64, np.float32, np.float16)}


def _no_grad_fn() -> GraphError:
    return GraphError(
        compose(
            "element 0 of tensors does not require grad and does not have a grad_fn",
            where=user_position(),
            mend="make an input with requires_grad=True, outside no_grad",
        )
    )


def _given(root: Tensor, given: Any) -> Any:
    if not root._rg:
        raise _no_grad_fn()
    value = root._value
    history = isinstance(given, Tensor) and given._rg
    g = given._value if isinstance(given, Tensor) else namespace_of(value).asarray(given)
    if tuple(g.shape) != tuple(value.shape):
        raise ShapeError(
            f"Mismatch in shape: grad_output[0] has a shape of {list(g.shape)} and "
            f"output[0] has a shape of {list(value.shape)}."
        )
    if history:
        return given if g.dtype == value.dtype else TRACED.cast(given, dtype=value.dtype)
    return namespace_of(value).cast(g, dtype=value.dtype)


def _finished(g: Any, holder: Any, create_graph: bool) -> Tensor:
    """A cotangent as a tensor of its operand's full shape and dtype, in a buffer of its own."""
    shape, dtype = shape_of(holder.form), dtype_of(holder.form)
    if create_graph:
        g = g if type(g) is Tensor else wrap(g)
        return g if g._value.shape == shape else TRACED.broadcast_to(g, shape=shape)  # type: ignore[no-any-return]
    xp = namespace_of(g)
    if tuple(g.shape) != tuple(shape):
        g = xp.copy_of(xp.broadcast_to(g, shape=shape))
    return wrap(g if g.dtype == dtype else xp.cast(g, dtype=dtype))


def _accumulate(owner: Tensor, g: Any, holder: Any, create_graph: bool, taken: set[int]) -> None:
    """Add ``g`` to a gradient; ``taken`` are the arrays that belong to somebody already, by id."""
    before = owner._grad
    if create_graph:
        new = _finished(g, holder, True)
        owner._grad = new if before is None else before + new
        return
    if type(g) is not holder.form:  # not simply a scalar of the operand's own dtype
        g = _finished(g, holder, False)._value
    if before is None:
        g = _owned(g, taken)
        taken.add(id(g))
        owner._grad = wrap(g)
    elif isinstance(before._value, np.ndarray) and before._value.shape == g.shape:
        before._value += g
    else:
        before._value = before._value + g


def _owned(value: Any, taken: set[int]) -> Any:
    # A cotangent may be a seed, a view of one or of a kept value, or what another leaf got too: a
    # leaf's gradient is its own.
    if isinstance(value, np.ndarray) and (
        value.base is not None or not value.flags.writeable or id(value) in taken
    ):
        return value.copy()
    return value


def _transpose(cotangent: Any, g: Tensor, t: Any) -> Any:
    with enable_grad():
        if not isinstance(cotangent, Tensor) or not cotangent._rg:
            return TRACED.zeros_like(g)
        (out,) = grad(cotangent, g, t, create_graph=True)
    return out


_TRANSPOSE[:] = [_transpose]


def new_leaf(value: Any, requires_grad: bool = True) -> Tensor:
    """A fresh leaf on a raw value."""
    made = wrap(value, None, requires_grad)
    leaf_of(made).requires_grad = requires_grad
    return made
