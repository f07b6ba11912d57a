"""The cotangents that a backward starts from; imported by ``autograd``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symgrad.algebras.backends import is_batched, is_formula, namespace_of
from symgrad.algebras.numpy_adapter import FLOAT_SCALARS
from symgrad.errors import GraphError, ShapeError, compose, user_position
from symgrad.tracing.devices import refuse_other_device
from symgrad.tracing.higher import of_number, plus
from symgrad.tracing.tensor import Tensor, wrap
from symgrad.tracing.traced import TRACED

#: Ones of the scalar types: a float64 seed would promote a float32 graph.
ONES = {kind: kind(1) for kind in (np.float64, np.float32, np.float16)}


def starts(outputs: Any, given: Any, create_graph: bool) -> dict[Any, Any]:
    """The cotangents to start from, by node: raw, or tensors where a graph is made.

    A bare scalar stays one: no tensor has met it yet.
    """
    if type(outputs) is Tensor and given is None:
        seed = one(outputs)
        bare = type(seed) in FLOAT_SCALARS or not create_graph
        return {outputs.node: seed if bare else _as_tensor(seed)}
    roots = (outputs,) if isinstance(outputs, Tensor) else tuple(outputs)
    grads: dict[Any, Any] = {}
    for root, seed in zip(roots, _seeds(roots, given, create_graph), strict=True):
        if create_graph and type(seed) not in FLOAT_SCALARS and type(seed) is not Tensor:
            seed = _as_tensor(seed) if given is None else wrap(seed)
        before = grads.get(root.node)
        grads[root.node] = seed if before is None else plus(before, seed)
    return grads


def _as_tensor(seed: Any) -> Tensor:
    """An implicit one as a tensor."""
    return wrap(seed) if is_batched(seed) or is_formula(seed) else of_number(seed)


def _seeds(roots: Sequence[Tensor], given: Any, create_graph: bool) -> list[Any]:
    """The cotangents to start from, raw (or tensors, where a tensor with history was given)."""
    if given is None:
        return [one(root) for root in roots]
    given = list(given) if isinstance(given, (list, tuple)) else [given]
    if len(given) != len(roots):
        raise ShapeError(
            compose(
                f"got {len(roots)} tensors and {len(given)} gradients",
                where=user_position(),
                mend="give a gradient for each tensor, or None for a scalar's one",
            )
        )
    return [
        one(root) if g is None else _given(root, g, create_graph)
        for root, g in zip(roots, given, strict=True)
    ]


def one(root: Tensor) -> Any:
    """A one of the root's own dtype: a float64 seed would promote a float32 graph."""
    if not root._rg:
        raise _no_grad_fn()
    value = root._value
    found = ONES.get(type(value))
    if found is not None:
        return found
    if is_batched(value) and not value.shape and (kind := value.scalar_type()) in ONES:
        return ONES[kind]  # a number in the graph, as everywhere
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


def _no_grad_fn() -> GraphError:
    return GraphError(
        compose(
            "element 0 of tensors does not require grad and does not have a grad_fn",
            where=user_position(),
            mend="make an input with requires_grad=True, outside no_grad",
        )
    )


def _given(root: Tensor, given: Any, create_graph: bool) -> Any:
    if not root._rg:
        raise _no_grad_fn()
    value = root._value
    history = create_graph and isinstance(given, Tensor) and given._rg
    g = given._value if isinstance(given, Tensor) else namespace_of(value).asarray(given)
    if is_batched(value) and not is_batched(g):
        g = value.beside(g)
    refuse_other_device(g, value)
    if tuple(g.shape) != tuple(value.shape):
        raise ShapeError(
            f"Mismatch in shape: grad_output[0] has a shape of {list(g.shape)} and "
            f"output[0] has a shape of {list(value.shape)}."
        )
    if history:
        return given if g.dtype == value.dtype else TRACED.cast(given, dtype=value.dtype)
    return namespace_of(g).cast(g, dtype=value.dtype)
