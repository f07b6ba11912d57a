"""The gradients that routes give: by the reverse rules, by hand, and along directions forward.

The verification floor imports this.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symgrad.algebras.devices import in_host, to_host
from symgrad.errors import ShapeError, compose
from symgrad.modes import enable_grad
from symgrad.tracing.autograd import grad
from symgrad.tracing.forward import push_through
from symgrad.tracing.tensor import Tensor, wrap
from symgrad.tracing.trees import parts
from symgrad.verification.containers import floats
from symgrad.verification.recording import Recording, contracted

Arrays = list[np.ndarray[Any, Any]]


def reverse(recording: Recording) -> Arrays:
    """The gradient in each input, by ``autograd.grad``."""
    roots = [t for t in recording.outputs if t.requires_grad]
    if not roots:
        return [np.zeros_like(i.value) for i in recording.inputs]
    seeds = [
        wrap(g[()] if g.ndim == 0 else g)
        for t, g in zip(recording.outputs, recording.cotangents, strict=True)
        if t.requires_grad
    ]
    found = grad(
        roots, recording.tensors, seeds, retain_graph=True, allow_unused=True,
        materialize_grads=True,
    )  # fmt: skip
    out = [np.asarray(to_host(g._value)) for g in found if g is not None]
    for made, i in zip(out, recording.inputs, strict=True):
        if made.shape != i.value.shape:
            raise ShapeError(
                f"the gradient of {i.name} has shape {made.shape}, not {i.value.shape}"
            )
    return out


def tangent(recording: Recording, direction: Arrays) -> float:
    """<cotangents, J direction> by forward mode, in float64."""
    steps = [
        wrap(np.asarray(v, i.value.dtype)[()])
        for v, i in zip(direction, recording.inputs, strict=True)
    ]
    with enable_grad():  # a transposed rule records its own pullback
        pushed = [
            to_host(push_through(out, recording.tensors, steps)._value) for out in recording.outputs
        ]
    return float(contracted(pushed, recording.cotangents))


def by_hand(gradient: Any, recording: Recording) -> Arrays:
    """A gradient that somebody wrote, as one array an input.

    Takes   gradient: a function of f's inputs, or what such a function gives: one array for one
            input, a tuple or the inputs' own containers for several. Where f is not a scalar,
            each may be a Jacobian of shape out + in.
    Raises  ShapeError where the shapes do not fit the inputs.
    """
    found = gradient(*recording.args) if callable(gradient) else gradient
    given = [_array(part) for _, part in parts(found) if _array(part) is not None]
    if len(given) != len(recording.inputs) and len(recording.inputs) == 1:
        given = [np.asarray(found, float)]
    if len(given) != len(recording.inputs):
        raise ShapeError(
            compose(
                f"gradient= gave {len(given)} arrays for {len(recording.inputs)} inputs.",
                [("inputs", ", ".join(i.name for i in recording.inputs))],
                mend="return one array for each input, in their order",
            )
        )
    return [
        _fitted(g, i.value, i.name, recording) for g, i in zip(given, recording.inputs, strict=True)
    ]


def _array(part: Any) -> Any:
    if isinstance(part, int) and not isinstance(part, bool):
        return np.asarray(float(part))
    if in_host(part) and part.dtype.kind in "iu":
        return np.asarray(part, np.float64)
    if isinstance(part, Tensor) and not part.dtype.is_floating_point:
        return np.asarray(to_host(part._value), np.float64)
    return floats(part)


def _fitted(g: Any, value: Any, name: str, recording: Recording) -> np.ndarray[Any, Any]:
    if g.shape == value.shape:
        return np.asarray(g)
    out = recording.cotangents[0]
    if len(recording.cotangents) == 1 and g.shape == out.shape + value.shape:
        return np.tensordot(out.astype(np.float64), g, axes=out.ndim)
    raise ShapeError(f"the gradient of {name} has shape {g.shape}; the input has {value.shape}")


def position_of(function: Callable[..., Any]) -> str:
    """A function's file and line."""
    code = getattr(function, "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code is not None else repr(function)
