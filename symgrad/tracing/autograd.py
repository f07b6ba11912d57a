"""Reverse mode on the tape: ``backward`` and ``grad``, to any order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symgrad.algebras.backends import namespace_of
from symgrad.algebras.numpy_adapter import NUMPY
from symgrad.errors import GraphError, ShapeError, compose, user_position
from symgrad.modes import enable_grad, no_grad
from symgrad.tracing.node import Leaf, Node, dtype_of, shape_of
from symgrad.tracing.tensor import Tensor, leaf_of, wrap
from symgrad.tracing.traced import _TRANSPOSE, TRACED, rewrapped
from symgrad.tracing.walks import reachable, sweep

_NUMPY_TYPES = frozenset({np.ndarray, np.float64, np.float32, np.float16})


def _numeric_of(g: Any) -> Any:
    return NUMPY if type(g) in _NUMPY_TYPES else namespace_of(g[-1] if isinstance(g, tuple) else g)


def _traced_of(g: Any) -> Any:
    return TRACED


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
    roots = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    seeds = _seeds(roots, grad_tensors)
    wanted = None if inputs is None else [inputs] if isinstance(inputs, Tensor) else list(inputs)
    held: dict[Any, Any] = {}
    retains: dict[Any, Tensor] = {}
    nodes = reachable([r.node for r in roots])
    for node in nodes:
        if node.extra is not None and node.extra.retain is not None:
            retains[node] = node.extra.retain()
    if wanted is not None:
        for t in wanted:
            if not t._rg:
                raise GraphError("One of the differentiated Tensors does not require grad")
            retains = {t.node: t for t in wanted}
    keep = create_graph if retain_graph is None else retain_graph
    grads = _run(nodes, roots, seeds, create_graph, not keep, retains, held)
    for leaf, g in grads.items():
        if type(leaf) is Leaf and leaf.requires_grad and (wanted is None or leaf in retains):
            owner = leaf.variable
            if owner is not None:
                _accumulate(owner, _finished(g, leaf, create_graph), create_graph)
    for node, g in held.items():
        if isinstance(node, Node) and retains[node] is not None:
            _accumulate(retains[node], _finished(g, node, create_graph), create_graph)


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
    roots = [outputs] if isinstance(outputs, Tensor) else list(outputs)
    wanted = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    for t in wanted:
        if not isinstance(t, Tensor) or not t._rg:
            raise GraphError("One of the differentiated Tensors does not require grad")
    seeds = _seeds(roots, grad_outputs)
    retains = {t.node: t for t in wanted}
    held: dict[Any, Any] = {}
    keep = create_graph if retain_graph is None else retain_graph
    nodes = reachable([r.node for r in roots])
    grads = _run(nodes, roots, seeds, create_graph, not keep, retains, held)
    held.update({k: v for k, v in grads.items() if k in retains})
    allow = materialize_grads if allow_unused is None else allow_unused
    return tuple(_picked(t, held, allow, materialize_grads, create_graph) for t in wanted)


def _picked(
    tensor: Tensor, held: dict[Any, Any], allow: bool, fill: bool, create_graph: bool
) -> Tensor | None:
    g = held.get(tensor.node)
    if g is not None:
        return _finished(g, tensor.node, create_graph)
    if fill:
        return wrap(namespace_of(tensor._value).zeros_like(tensor._value))
    if not allow:
        raise GraphError(
            "One of the differentiated Tensors appears to not have been used in the graph. "
            "Set allow_unused=True if this is the desired behavior."
        )
    return None


def _run(
    nodes: list[Node],
    roots: list[Tensor],
    seeds: list[Any],
    create_graph: bool,
    free: bool,
    retains: dict[Any, Any],
    held: dict[Any, Any],
) -> dict[Any, Any]:
    grads: dict[Any, Any] = {}
    for root, seed in zip(roots, seeds, strict=True):
        value = seed if create_graph else seed._value
        before = grads.get(root.node)
        grads[root.node] = value if before is None else before + value

    def hold(node: Node, g: Any) -> None:
        if node in retains:
            held[node] = g

    watch = hold if retains else None
    if create_graph:
        with enable_grad(), np.errstate(all="ignore"):
            return sweep(nodes, grads, _traced_of, rewrapped, free, watch)
    with np.errstate(all="ignore"):
        return sweep(nodes, grads, _numeric_of, None, free, watch)


def _seeds(roots: list[Tensor], given: Any) -> list[Tensor]:
    if given is None or isinstance(given, Tensor) or not isinstance(given, (list, tuple)):
        given = [given] * len(roots) if given is None else [given]
    if len(given) != len(roots):
        raise ShapeError(f"got {len(roots)} tensors and {len(given)} gradients")
    return [_seed(root, g) for root, g in zip(roots, given, strict=True)]


def _seed(root: Tensor, given: Any) -> Tensor:
    if not root._rg:
        raise GraphError(
            compose(
                "element 0 of tensors does not require grad and does not have a grad_fn",
                where=user_position(4),
                mend="make an input with requires_grad=True, outside no_grad",
            )
        )
    value = root._value
    if given is None:
        if value.size != 1:
            raise ShapeError(
                compose(
                    "grad can be implicitly created only for scalar outputs",
                    [("shape", tuple(value.shape))],
                    where=user_position(4),
                    mend="reduce it (y.sum().backward()), or give the cotangent: "
                    "y.backward(gradient=v) with v of y's shape",
                )
            )
        return wrap(namespace_of(value).ones_like(value) if value.shape else type_one(value))
    if not isinstance(given, Tensor):
        given = wrap(namespace_of(value).asarray(given, dtype=value.dtype))
    if tuple(given._value.shape) != tuple(value.shape):
        raise ShapeError(
            f"Mismatch in shape: grad_output[0] has a shape of {given.shape} and "
            f"output[0] has a shape of {root.shape}."
        )
    if given._value.dtype != value.dtype:
        return wrap(namespace_of(value).cast(given._value, dtype=value.dtype))
    return given


def type_one(value: Any) -> Any:
    """A one of a 0-d value's own type: a float64 seed would promote a float32 graph."""
    if isinstance(value, np.generic):
        return type(value)(1)
    return namespace_of(value).ones_like(value)


def _finished(g: Any, holder: Any, create_graph: bool) -> Tensor:
    """A cotangent as a tensor of its operand's full shape and dtype, in a buffer of its own."""
    shape, dtype = shape_of(holder.form), dtype_of(holder.form)
    if create_graph:
        g = g if isinstance(g, Tensor) else wrap(g)
        return g if g.shape == shape else TRACED.broadcast_to(g, shape=shape)  # type: ignore[no-any-return]
    xp = namespace_of(g)
    if tuple(g.shape) != tuple(shape):
        g = xp.copy_of(xp.broadcast_to(g, shape=shape))
    return wrap(g if g.dtype == dtype else xp.cast(g, dtype=dtype))


def _accumulate(owner: Tensor, g: Tensor, create_graph: bool) -> None:
    before = owner._grad
    if before is None:
        owner._grad = g if create_graph or isinstance(g._value, np.generic) else _owned(g)
    elif create_graph:
        owner._grad = before + g
    else:
        with no_grad():
            owner._grad = before + g


def _owned(g: Tensor) -> Tensor:
    # A cotangent may be a view of a seed or of a kept value: a leaf's gradient is its own.
    value = g._value
    if isinstance(value, np.ndarray) and (value.base is not None or not value.flags.writeable):
        return wrap(value.copy())
    return g


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
