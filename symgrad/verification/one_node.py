"""One node as a recording of its own: fresh leaves for its operands, its own rule, one cotangent.

Localisation imports this.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from symgrad.algebras.numpy_adapter import NUMPY
from symgrad.grammar.kind import Kind
from symgrad.grammar.plan import Cotangents
from symgrad.grammar.primitive import REGISTRY
from symgrad.tracing.node import Leaf, Node
from symgrad.tracing.tensor import wrap
from symgrad.tracing.walks import pull_all
from symgrad.verification.containers import Input
from symgrad.verification.floats import FLOATS, nudges
from symgrad.verification.recording import Recording
from symgrad.verification.slopes import SHORT, Slope, Slopes

#: Entries of an elementwise node that are looked at.
ENTRIES = 64
#: By how much operands are moved to see how far a rule spreads rounding.
NUDGE = 1e-9


class OneNode:
    """One node as a recording: fresh leaves for its operands, its own rule, one cotangent."""

    def __init__(self, node: Node, operands: tuple[Any, ...], y: Any, g: Any) -> None:
        self.node, self.operands = node, operands
        self.leaves: dict[int, Leaf] = {}
        inputs, tensors = [], []
        alone = Node()
        for name in ("rule", "params", "plan", "form", "code", "lasti", "seq"):
            setattr(alone, name, getattr(node, name))
        alone.saved, alone.extra = (), None
        made: list[Any] = []
        for i, value in enumerate(operands):
            if is_number(value):
                made.append(value)
                continue
            value = np.asarray(value)
            leaf = Leaf(value, value.dtype.kind == "f")
            made.append(leaf)
            if value.dtype.kind == "f":
                self.leaves[i] = leaf
                inputs.append(Input(node.rule.operand_name(i), (i,), value))
                tensors.append(wrap(value, leaf, True))
        alone.operands = tuple(made)
        self.parts = y if isinstance(y, tuple) else (y,)
        self.g = [np.asarray(p) for p in (g if isinstance(g, tuple) else (g,))]
        constants = [
            leaf for leaf in made if isinstance(leaf, Leaf) and leaf not in self.leaves.values()
        ]
        outputs = [wrap(y, alone)] if not isinstance(y, tuple) else [
            wrap(p, _projection(alone, k, len(y))) for k, p in enumerate(y)
        ]  # fmt: skip
        nodes = [alone] if not isinstance(y, tuple) else [alone, *(t.node for t in outputs)]
        self.recording = Recording(
            lambda: None, (), inputs, tensors, outputs, self.g, nodes, constants
        )
        self.alone = alone
        self.slopes = Slopes(self.recording)
        self.state = self.slopes.state(SHORT[1])

    def outputs(self) -> list[list[Any]]:
        """The formula's values at the operands, with many digits."""
        out = self.state.values[self.alone]
        return [p.data.ravel().tolist() for p in (out if isinstance(out, tuple) else (out,))]

    def slope(self, i: int, k: int) -> Slope:
        """The slope in one entry of an operand."""
        x = np.asarray(self.operands[i])
        size = abs(float(x.ravel()[k]))
        step = size if 0 < size < np.inf else 1.0
        direction = np.zeros(x.size)
        direction[k] = step
        return self.slope_along(i, direction.reshape(x.shape)).over(step)

    def slope_along(self, i: int, direction: np.ndarray[Any, Any]) -> Slope:
        """The slope along a direction of an operand."""
        return self.slopes.along({self.leaves[i]: direction})

    def contracted(self, parts: Any) -> float:
        """<cotangent, parts>."""
        return float(sum(
            np.sum(np.asarray(p, np.float64) * g) for p, g in zip(parts, self.g, strict=True)
            if p is not None
        ))  # fmt: skip

    def output_scales(self, seed: int) -> list[np.ndarray[Any, Any]]:
        """How far rounding inside the forward may carry each output; elementwise: nowhere."""
        parts = [np.asarray(p) for p in self.parts]
        if self.node.rule.kind is Kind.ELEMENTWISE:
            return [np.zeros(p.shape) for p in parts]
        spread = self._spread(
            lambda values: _tuple(FLOATS.apply(self.node.rule, values, dict(self.node.params))),
            parts, seed,
        )  # fmt: skip
        return [np.fmax(s, _largest(p)) for s, p in zip(spread, parts, strict=True)]

    def scales(self, i: int, seed: int) -> np.ndarray[Any, Any]:
        """The natural scale of each entry of an operand's cotangent."""
        shape = np.shape(self.operands[i])
        if self.node.rule.kind is Kind.ELEMENTWISE and shape == np.shape(self.parts[0]):
            return np.zeros(shape)

        def pulled(values: tuple[Any, ...]) -> list[Any]:
            y = FLOATS.apply(self.node.rule, values, dict(self.node.params))
            g = Cotangents(self.g) if isinstance(y, tuple) else self.g[0] * self._jitter
            found = dict(pull_all(self.node, values, y, g, NUMPY)).get(i, np.zeros(shape))
            return [np.broadcast_to(found, shape)]

        (spread,) = self._spread(pulled, [np.zeros(shape)], seed)
        # Entries that are mixed along an axis round as the largest of them does.
        return np.asarray(np.fmax(spread, _largest(pulled(self.operands)[0])))

    _jitter: Any = 1.0

    def _spread(self, run: Any, like: list[Any], seed: int) -> list[np.ndarray[Any, Any]]:
        rng = np.random.default_rng(seed)
        self._jitter = 1.0
        base = run(self._nudged(rng, 0.0))
        out = [np.zeros(np.shape(p)) for p in like]
        for _ in range(3):
            self._jitter = 1 + NUDGE * nudges(rng, np.shape(self.g[0]))
            moved = run(self._nudged(rng, NUDGE))
            for k, (a, b) in enumerate(zip(base, moved, strict=True)):
                out[k] = np.fmax(
                    out[k], np.abs(np.asarray(b, float) - np.asarray(a, float)) / NUDGE
                )
        self._jitter = 1.0
        return out

    def _nudged(self, rng: np.random.Generator, nudge: float) -> tuple[Any, ...]:
        out = []
        for value in self.operands:
            value = value if is_number(value) else np.asarray(value)
            if getattr(value, "dtype", None) is not None and value.dtype.kind == "f":
                value = value.astype(np.float64) * (1 + nudge * nudges(rng, value.shape))
            out.append(value)
        return tuple(out)


def _projection(node: Node, k: int, n: int) -> Node:
    """One output of a node with several, as a node."""
    made = Node()
    made.rule, made.params = REGISTRY["component"], {"k": k, "n": n}
    made.operands, made.plan, made.saved, made.extra = (node,), None, (), None
    made.form, made.seq, made.code, made.lasti = node.form[k], node.seq, node.code, node.lasti
    return made


def _largest(values: Any) -> float:
    """The largest finite size among values."""
    sizes = np.abs(np.asarray(values, np.float64))
    sizes = sizes[np.isfinite(sizes)]
    return float(np.max(sizes)) if sizes.size else 0.0


def is_number(value: Any) -> bool:
    """Whether it is Python's own number, taken as it is (np.float64 is a float too)."""
    return isinstance(value, (int, float)) and not isinstance(value, np.generic)


def _tuple(y: Any) -> tuple[Any, ...]:
    return y if isinstance(y, tuple) else (y,)


def thinned(operands: tuple[Any, ...], y: Any, g: Any, seed: int) -> tuple[Any, Any, Any]:
    """An elementwise node at some entries of its result: the special ones, and a seeded draw."""
    shape = np.shape(y)
    count = math.prod(shape)
    if count <= ENTRIES:
        return operands, y, g
    rows = [o if is_number(o) else np.broadcast_to(np.asarray(o), shape).ravel() for o in operands]
    arrays = [np.asarray(r, float) for r in rows if not is_number(r)]
    special = [
        k for a in arrays for k in (np.argmin(np.abs(a)), np.argmax(np.abs(a)), np.argmin(a))
    ]
    for k, a in enumerate(arrays):
        special += np.flatnonzero(a == 0)[:4].tolist()
        for b in arrays[:k]:
            special += np.flatnonzero(a == b)[:4].tolist()
    drawn = np.random.default_rng(seed).choice(count, ENTRIES - 16, replace=False)
    chosen = sorted({*map(int, special), *map(int, drawn)})
    thin = tuple(r if is_number(r) else r[chosen] for r in rows)
    return thin, np.asarray(y).ravel()[chosen], np.broadcast_to(g, shape).ravel()[chosen]


def array_parameter(node: Node) -> bool:
    """Whether a parameter of the call is an array."""
    return any(hasattr(v, "shape") and v.shape for v in node.params.values())
