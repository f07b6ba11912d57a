"""The recorded graph in floats again: its values, its cotangents, and how rounding grows in it.

The verification floor imports this. ``values_of`` runs what f ran; ``Scales`` runs the graph in
float64 with every intermediate result nudged, which measures the natural scale of each gradient.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from symgrad.algebras.devices import to_host
from symgrad.algebras.numpy_adapter import NUMPY, NumPy
from symgrad.grammar.algebra import Algebra
from symgrad.grammar.plan import Cotangents
from symgrad.grammar.primitive import Primitive
from symgrad.tracing.forward import values_below
from symgrad.tracing.node import Node
from symgrad.tracing.tensor import Tensor
from symgrad.tracing.walks import operand_value, pull_all
from symgrad.verification.recording import Recording
from symgrad.verification.slopes import fresh

#: The relative nudge, and how many draws: far above rounding, far below any curvature.
NUDGE, DRAWS = 2.0**-30, 6


class Floats(Algebra):
    """Rules by their forward over NumPy arrays, each call of which starts at ``apply``."""

    name = "floats"

    def apply(self, rule: Primitive, operands: tuple[Any, ...], params: dict[str, Any]) -> Any:
        if rule.path_rule is not None and "path" not in params:
            params = {**params, "path": rule.path_rule(NUMPY, *operands, **params)}
        return rule.forward(NUMPY, *operands, **params)


class Formulas(NumPy):
    """Rules by their formula over NumPy arrays of any width; the words in them by NumPy's own."""

    name = "formulas"

    def apply(self, rule: Primitive, operands: tuple[Any, ...], params: dict[str, Any]) -> Any:
        if rule.path_rule is not None and "path" not in params:
            params = {**params, "path": rule.path_rule(self, *operands, **params)}
        return rule.formula_of(self, operands, params)


FLOATS = Floats()
FORMULAS = Formulas(np)
#: The widest floats of this machine: 80 bits on x86, elsewhere perhaps no wider than float64.
WIDEST = np.longdouble


def values_of(recording: Recording) -> dict[Any, Any]:
    """Each node's and leaf's raw value, in its own dtype, as f computed it."""
    found: dict[Any, Any] = {}
    for tensor in recording.outputs:
        if tensor.node is not None:
            values_below([tensor], found)
    return {key: _raw(value) for key, value in found.items()}


def _raw(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_raw(v) for v in value)
    return to_host(value._value) if isinstance(value, Tensor) else value


def cotangents_of(
    recording: Recording, values: dict[Any, Any], nudge: Any = None
) -> dict[Any, Any]:
    """Each node's and leaf's cotangent, by the rules that backward runs."""
    grads: dict[Any, Any] = {}
    for tensor, g in zip(recording.outputs, recording.cotangents, strict=True):
        if tensor.node is not None:
            seed = np.asarray(g, values[tensor.node].dtype)
            before = grads.get(tensor.node)
            grads[tensor.node] = seed if before is None else before + seed
    for node in reversed(recording.nodes):
        incoming = grads.get(node)
        if incoming is None or node.plan is None:
            continue
        operands = tuple(operand_value(o, values) for o in node.operands)
        for i, cotangent in pull_all(node, operands, values[node], incoming, NUMPY):
            moved = cotangent if nudge is None else nudge(cotangent)
            parent = node.operands[i]
            before = grads.get(parent)
            grads[parent] = moved if before is None else before + moved
    return grads


def run(
    recording: Recording,
    starts: list[np.ndarray[Any, Any]],
    held: dict[Node, Any] | None = None,
    nudge: Any = None,
    algebra: Algebra | None = None,
    dtype: Any = np.float64,
) -> dict[Any, Any]:
    """Each node's value in float64, from other values of the inputs.

    Takes   held: nodes that keep a value (a detached one); nudge: applied to every result;
            algebra, dtype: others than the forwards in float64.
    """
    read = FLOATS if algebra is None else algebra
    values: dict[Any, Any] = {}
    for leaf, start in zip(recording.leaves, starts, strict=True):
        values[leaf] = np.asarray(start, dtype)[()]
    for leaf in recording.constants:
        raw = to_host(leaf.value)
        values[leaf] = raw.astype(dtype) if raw.dtype.kind == "f" else raw
    for node in recording.nodes:
        if held is not None and node in held:
            values[node] = held[node]
            continue
        operands = tuple(operand_value(o, values) for o in node.operands)
        params = {k: dtype if k == "dtype" and _floating(v) else v for k, v in fresh(node).items()}
        out = read.apply(node.rule, operands, params)
        values[node] = out if nudge is None else nudge(out)
    return values


def _floating(dtype: Any) -> bool:
    return bool(np.dtype(dtype).kind == "f")


def nudges(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Signed factors near 1: signs alone would let equal terms cancel."""
    return np.asarray(rng.uniform(0.5, 1.0, shape) * rng.choice([-1.0, 1.0], shape))


class Scales:
    """How far rounding of every intermediate result may carry each result and each gradient.

    ``gradient[k]`` is an array: the k-th input's |error| for a unit of relative rounding error,
    the sum over paths that VERIFICATION calls the natural scale. ``outputs`` is the same for f.
    """

    def __init__(self, recording: Recording, seed: int) -> None:
        self.recording = recording
        rng = np.random.default_rng(seed)

        def nudge(x: Any) -> Any:
            if isinstance(x, tuple):
                parts = (v if v is None else nudge(v) for v in x)
                return Cotangents(parts) if isinstance(x, Cotangents) else tuple(parts)
            x = np.asarray(x)
            if x.dtype.kind != "f":
                return x[()]
            return (x * (1 + NUDGE * nudges(rng, x.shape)))[()]

        starts = [np.asarray(i.value, np.float64) for i in recording.inputs]
        with np.errstate(all="ignore"):
            base = run(recording, starts)
            grads = cotangents_of(recording, base)
            self.outputs = [np.zeros(np.shape(g)) for g in recording.cotangents]
            self.gradient = [np.zeros(i.value.shape) for i in recording.inputs]
            for _ in range(DRAWS):
                # The inputs too: an elimination is as good as an input a rounding away deserves.
                values = run(recording, [np.asarray(nudge(x)) for x in starts], nudge=nudge)
                moved = cotangents_of(recording, values, nudge)
                self._widen(base, grads, values, moved)

    def _widen(self, base: Any, grads: Any, values: Any, moved: Any) -> None:
        for k, tensor in enumerate(self.recording.outputs):
            if tensor.node is not None:
                gap = np.abs(np.asarray(values[tensor.node]) - base[tensor.node]) / NUDGE
                self.outputs[k] = np.fmax(self.outputs[k], gap)
        for k, leaf in enumerate(self.recording.leaves):
            if leaf in grads and leaf in moved:
                gap = np.abs(np.asarray(moved[leaf]) - grads[leaf]) / NUDGE
                self.gradient[k] = np.fmax(self.gradient[k], gap)
