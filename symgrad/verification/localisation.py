"""Which rule is at fault: every node checked by itself, at the values that it had in the graph.

The verification floor imports this. A node becomes a recording of its own, of one rule, so its
value, its cotangents and its tangents are compared with 50-digit slopes of that one formula.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symgrad.algebras.numpy_adapter import NUMPY
from symgrad.errors import NoClosedForm
from symgrad.grammar.kind import Kind
from symgrad.grammar.plan import Cotangents
from symgrad.grammar.primitive import REGISTRY
from symgrad.tracing.node import Leaf, Node
from symgrad.tracing.tensor import wrap
from symgrad.tracing.walks import operand_value, pull_all, push
from symgrad.verification.agreement import Tolerance, error_of, ulps
from symgrad.verification.containers import Input
from symgrad.verification.floats import FLOATS, cotangents_of, nudges, values_of
from symgrad.verification.oracles import position_of
from symgrad.verification.budget import SECONDS_PER_DIGIT_OPERATION
from symgrad.verification.recording import Recording, number_of, work
from symgrad.verification.report import Fault
from symgrad.verification.slopes import SHORT, Slope, Slopes

#: Entries of one operand that are looked at; elementwise nodes are cheap, the others are not.
ENTRIES, FEW_ENTRIES = 64, 24
NUDGE = 1e-9


@dataclass
class Localisation:
    """A search for wrong rules in a recording, within a number of seconds."""

    recording: Recording
    seed: int
    seconds: float
    tolerance: Tolerance
    checked: int = 0
    skipped: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    deadline: float = math.inf
    kinks: list[str] = field(default_factory=list)  # nodes at a point without a derivative

    def search(self, *, tangents: bool = False) -> list[Fault]:
        """Check the nodes in the order of recording, until a wrong rule is found.

        Takes   tangents: check forward mode too.
        """
        self.deadline = time.monotonic() + self.seconds
        with np.errstate(all="ignore"):
            values = values_of(self.recording)
            grads = self._cotangents(values)
            for node in self.recording.nodes:
                if time.monotonic() > self.deadline:
                    self.skipped.append(f"{len(self.recording.nodes) - self.checked} nodes: out of time")
                    break
                self.checked += 1
                if node.rule.name in ("component", "detach") or node.rule.kind is Kind.OPAQUE:
                    continue
                found = next(self._faults(node, values, grads, tangents), None)
                if found is not None:
                    self.faults.append(found)
                    break
        return self.faults

    def _cotangents(self, values: dict[Any, Any]) -> dict[Any, Any]:
        try:
            return cotangents_of(self.recording, values)
        except (ValueError, TypeError, IndexError, RuntimeError):
            return {}  # a rule that raises is found below, with a drawn cotangent

    def _faults(
        self, node: Node, values: dict[Any, Any], grads: dict[Any, Any], tangents: bool
    ) -> Iterator[Fault]:
        operands = tuple(operand_value(o, values) for o in node.operands)
        y = values[node]
        g = self._seed(y, grads.get(node))
        if node.plan is not None:
            yield from self._shapes(node, operands, y, g)
        if node.rule.kind is Kind.ELEMENTWISE and not _array_parameter(node):
            operands, y, g = _thinned(operands, y, g, self.seed)
        cost = work(node) * SECONDS_PER_DIGIT_OPERATION
        if node.rule.kind is not Kind.ELEMENTWISE and 8 * cost > self.deadline - time.monotonic():
            self.skipped.append(f"{node.rule.name} at {node.position}: too large for the time left")
            return
        try:
            single = _Single(node, operands, y, g)
        except NoClosedForm as why:
            self.skipped.append(f"{node.rule.name}: {why}")
            return
        yield from self._forward(node, single, y)
        if node.plan is None:
            return
        yield from self._backward(node, single, operands, y, g)
        if tangents:
            yield from self._pushed(node, single, operands, y)

    def _seed(self, y: Any, g: Any) -> Any:
        rng = np.random.default_rng(self.seed)

        def drawn(part: Any, given: Any) -> Any:
            if given is not None and np.any(given) and np.all(np.isfinite(given)):
                return np.broadcast_to(given, np.shape(part))
            return np.asarray(rng.uniform(0.5, 1.5, np.shape(part)), np.asarray(part).dtype)[()]

        if isinstance(y, tuple):
            given = g if g is not None else (None,) * len(y)
            return Cotangents(drawn(p, q) for p, q in zip(y, given, strict=True))
        return drawn(y, g)

    # the three checks -------------------------------------------------------------------------

    def _forward(self, node: Node, single: _Single, y: Any) -> Iterator[Fault]:
        scales = single.output_scales(self.seed)
        for part, want, scale in zip(
            y if isinstance(y, tuple) else (y,), single.outputs(), scales, strict=True
        ):
            part = np.asarray(part)
            if part.dtype.kind != "f":
                continue
            for k, (a, b) in enumerate(zip(part.ravel().tolist(), want, strict=True)):
                off = self._off(a, b, part.dtype, float(scale.ravel()[k]))
                if off is not None:
                    place = np.unravel_index(k, part.shape)
                    yield self._fault(node, "forward", node.rule.forward, place, a, float(b), off)
                    return

    def _shapes(self, node: Node, operands: Any, y: Any, g: Any) -> Iterator[Fault]:
        """A cotangent that raises, or has another shape than its operand, at the full size."""
        try:
            pulled = dict(pull_all(node, operands, y, g, NUMPY))
        except (ValueError, TypeError, IndexError, AttributeError, RuntimeError) as error:
            yield self._raised(node, error)
            return
        for i, cotangent in pulled.items():
            name, shape = node.rule.operand_name(i), np.shape(operands[i])
            got = np.shape(cotangent)
            if not _spreads(got, shape):
                yield self._fault(node, f"gradient of its operand {name!r}, of shape {got} instead of {shape},",
                                  _derivative(node, name), (), np.nan, np.nan, np.inf)  # fmt: skip
                return

    def _backward(
        self, node: Node, single: _Single, operands: Any, y: Any, g: Any
    ) -> Iterator[Fault]:
        pulled = dict(pull_all(node, operands, y, g, NUMPY))
        plan = node.plan
        assert plan is not None
        full = {}
        for i, _ in plan.pulls:
            if i not in single.leaves:
                continue
            shape = np.shape(operands[i])
            full[i] = np.broadcast_to(np.asarray(pulled.get(i, np.zeros(()))), shape)
            what = f"gradient of its operand {node.rule.operand_name(i)!r}"
            yield from self._entries(node, single, i, full[i], what)
        if len(full) > 1:
            yield from self._jointly(node, single, full)

    def _entries(
        self, node: Node, single: _Single, i: int, got: np.ndarray[Any, Any], what: str
    ) -> Iterator[Fault]:
        name = node.rule.operand_name(i)
        each = 3 * work(node) * SECONDS_PER_DIGIT_OPERATION
        fits = int((self.deadline - time.monotonic()) / 4 / each)
        limit = got.size if node.rule.kind is Kind.ELEMENTWISE else min(max(fits, 2), FEW_ENTRIES)
        rng = np.random.default_rng(self.seed)
        chosen = range(got.size) if got.size <= limit else rng.choice(got.size, limit, replace=False)
        scale = single.scales(i, self.seed)
        for k in chosen:
            slope = single.slope(i, int(k))
            a = float(got.ravel()[k])
            if not slope.smooth:
                if f"{node.rule.name} at {node.position}" not in self.kinks:
                    self.kinks.append(f"{node.rule.name} at {node.position}")
                if slope.kind == "kink" and not slope.holds(a, 1e-6):
                    yield self._fault(node, what, _derivative(node, name), np.unravel_index(k, got.shape),
                                      a, float(slope.right), np.inf)  # fmt: skip
                    return
                continue
            off = self._off(a, slope.value, got.dtype, float(scale.ravel()[k]))
            if off is not None:
                yield self._fault(node, what, _derivative(node, name),
                                  np.unravel_index(k, got.shape), a, float(slope.value), off)  # fmt: skip
                return
        yield from self._together(node, single, i, got, what, float(np.sum(scale)))

    def _together(
        self, node: Node, single: _Single, i: int, got: np.ndarray[Any, Any], what: str, scale: float
    ) -> Iterator[Fault]:
        """All entries moved at once: what each alone does not show, such as shares of a tie."""
        if got.size < 2 or node.rule.kind is Kind.ELEMENTWISE:
            return
        name = node.rule.operand_name(i)
        slope = single.slope_along(i, np.ones(got.shape))
        total = float(np.sum(got, dtype=np.float64))
        relative = 1e-9 if got.dtype == np.float64 else 1e-3
        size = max(float(np.sum(np.abs(got), dtype=np.float64)), abs(float(slope.value)))
        room = max(relative * size, self.tolerance.k_ulp * float(np.finfo(got.dtype).eps) * scale)
        if slope.smooth and abs(total - float(slope.value)) > room:
            yield self._fault(node, f"{what} summed over all entries", _derivative(node, name), (),
                              total, float(slope.value), np.inf)  # fmt: skip

    def _jointly(
        self, node: Node, single: _Single, full: dict[int, np.ndarray[Any, Any]]
    ) -> Iterator[Fault]:
        """All operands moved at once: what two of them share at a tie."""
        ones = {single.leaves[i]: np.ones(got.shape) for i, got in full.items()}
        slope = single.slopes.along(ones)
        total = sum(float(np.sum(got, dtype=np.float64)) for got in full.values())
        size = sum(float(np.sum(np.abs(got), dtype=np.float64)) for got in full.values())
        fine = all(got.dtype == np.float64 for got in full.values())
        room = (1e-9 if fine else 1e-3) * max(size, abs(float(slope.value)))
        if slope.smooth and self.kinks and abs(total - float(slope.value)) > room:
            names = " and ".join(repr(node.rule.operand_name(i)) for i in full)
            first = _derivative(node, node.rule.operand_name(min(full)))
            yield self._fault(node, f"gradient of {names} summed over all entries", first, (),
                              total, float(slope.value), np.inf)  # fmt: skip

    def _pushed(self, node: Node, single: _Single, operands: Any, y: Any) -> Iterator[Fault]:
        plan = node.plan
        assert plan is not None
        rng = np.random.default_rng(self.seed)
        for i, _ in plan.pulls:
            name = node.rule.operand_name(i)
            x = np.asarray(operands[i])
            if x.dtype.kind != "f":
                continue
            t = np.asarray(rng.uniform(0.5, 1.5, x.shape), x.dtype)
            what = f"tangent of its operand {name!r}"
            asked = node.rule.jvps.get(name)
            function = asked.function if asked is not None else _derivative(node, name)
            try:
                pushed = push(node, operands, y, {i: t[()]}, _Forward())
            except (ValueError, TypeError, IndexError, AttributeError, RuntimeError):
                continue  # no transpose in floats by itself: the graph's own check saw it
            parts = pushed if isinstance(pushed, tuple) else (pushed,)
            got = single.contracted(parts)
            slope = single.slope_along(i, t)
            room = (1e-9 if x.dtype == np.float64 else 1e-3) * max(
                abs(float(slope.value)), single.contracted([np.abs(p) for p in parts if p is not None])
            )
            if slope.smooth and abs(got - float(slope.value)) > abs(room):
                yield self._fault(node, what, function, (), got, float(slope.value), np.inf)
                return

    # wording ----------------------------------------------------------------------------------

    def _off(self, got: float, want: Any, dtype: Any, scale: float) -> float | None:
        """The error in ULPs where it is beyond the tolerance; None where it is within."""
        raw = ulps(got, want, dtype)
        if raw <= self.tolerance.k_ulp:
            return None
        room = self.tolerance.k_ulp * float(np.finfo(dtype).eps) * scale
        return None if error_of(got, want) <= room else raw

    def _fault(
        self, node: Node, what: str, function: Any, place: Any, got: float, want: float, off: float
    ) -> Fault:
        element = f"[{', '.join(str(int(p)) for p in place)}]" if len(place) else "()"
        return Fault(
            node.rule.name, what, position_of(function), str(node.position),
            number_of(self.recording, node), element, float(got), float(want), float(off),
        )  # fmt: skip

    def _raised(self, node: Node, error: Exception) -> Fault:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        return self._fault(node, f"gradient, which raises {type(error).__name__} ({first}),",
                           node.rule.forward, (), np.nan, np.nan, np.inf)  # fmt: skip


def _thinned(operands: tuple[Any, ...], y: Any, g: Any, seed: int) -> tuple[Any, Any, Any]:
    """An elementwise node at some entries of its result: the special ones, and a seeded draw."""
    shape = np.shape(y)
    count = math.prod(shape)
    if count <= ENTRIES:
        return operands, y, g
    rows = [
        o if _is_number(o) else np.broadcast_to(np.asarray(o), shape).ravel() for o in operands
    ]
    arrays = [np.asarray(r, float) for r in rows if not _is_number(r)]
    special = [k for a in arrays for k in (np.argmin(np.abs(a)), np.argmax(np.abs(a)), np.argmin(a))]
    for k, a in enumerate(arrays):
        special += np.flatnonzero(a == 0)[:4].tolist()
        for b in arrays[:k]:
            special += np.flatnonzero(a == b)[:4].tolist()
    drawn = np.random.default_rng(seed).choice(count, ENTRIES - 16, replace=False)
    chosen = sorted({*map(int, special), *map(int, drawn)})
    thin = tuple(r if _is_number(r) else r[chosen] for r in rows)
    return thin, np.asarray(y).ravel()[chosen], np.broadcast_to(g, shape).ravel()[chosen]


def _array_parameter(node: Node) -> bool:
    return any(hasattr(v, "shape") and v.shape for v in node.params.values())


class _Forward:
    """NumPy's words with rules called by their forward, for one node's tangent."""

    def __getattr__(self, word: str) -> Any:
        return getattr(FLOATS if word == "apply" else NUMPY, word)


class _Single:
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
            if _is_number(value):
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
        constants = [leaf for leaf in made if isinstance(leaf, Leaf) and leaf not in self.leaves.values()]
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
        """How far rounding inside the forward may carry each output; elementwise rules have none."""
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
        return np.fmax(spread, _largest(pulled(self.operands)[0]))

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
                out[k] = np.fmax(out[k], np.abs(np.asarray(b, float) - np.asarray(a, float)) / NUDGE)
        self._jitter = 1.0
        return out

    def _nudged(self, rng: np.random.Generator, nudge: float) -> tuple[Any, ...]:
        out = []
        for value in self.operands:
            value = value if _is_number(value) else np.asarray(value)
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


def _is_number(value: Any) -> bool:
    """Whether it is Python's own number, which a rule takes as it is (np.float64 is a float too)."""
    return isinstance(value, (int, float)) and not isinstance(value, np.generic)


def _tuple(y: Any) -> tuple[Any, ...]:
    return y if isinstance(y, tuple) else (y,)


def _spreads(small: tuple[int, ...], full: tuple[int, ...]) -> bool:
    try:
        return np.broadcast_shapes(small, full) == full
    except ValueError:
        return False


def _derivative(node: Node, name: str) -> Any:
    asked = node.rule.partials.get(name) or node.rule.vjps.get(name)
    return asked.function if asked is not None else node.rule.forward
