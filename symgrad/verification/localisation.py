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
from symgrad.grammar.masks import plain
from symgrad.grammar.plan import Cotangents
from symgrad.tracing.node import Node
from symgrad.tracing.walks import operand_value, pull_all, push
from symgrad.verification.agreement import Tolerance, error_of, ulps
from symgrad.verification.budget import SECONDS_PER_DIGIT_OPERATION
from symgrad.verification.custom_functions import gap
from symgrad.verification.floats import FLOATS, cotangents_of, values_of
from symgrad.verification.one_node import OneNode, array_parameter, thinned
from symgrad.verification.oracles import position_of
from symgrad.verification.recording import Recording, number_of, work
from symgrad.verification.report import Fault

#: Entries of one operand that are looked at, where each costs a run of the whole node.
FEW_ENTRIES = 24
#: Relative to the operands, less than this is rounding of the reference itself.
NOTHING = 1e-100


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
    floor: float = 0.0  # what many digits leave of an exact zero
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
                    self.skipped.append(
                        f"{len(self.recording.nodes) - self.checked} nodes: out of time"
                    )
                    break
                self.checked += 1
                if node.rule.name in ("component", "detach"):
                    continue
                if node.rule.kind is Kind.OPAQUE:
                    found = self._custom(node, values, grads)
                else:
                    found = next(self._faults(node, values, grads, tangents), None)
                if found is not None:
                    self.faults.append(found)
                    break
        return self.faults

    def _custom(self, node: Node, values: dict[Any, Any], grads: dict[Any, Any]) -> Fault | None:
        """The fault of a custom function: its backward against differences of its forward."""
        operands = tuple(operand_value(o, values) for o in node.operands)
        found = gap(node, operands, self._seed(values[node], grads.get(node)), self.seed)
        if found is None:
            return None
        what = f"gradient of its argument {node.params['call'].places[found.operand]}, along a line"
        derivative = node.params["call"].cls.backward
        off = abs(found.got - found.want) / np.spacing(abs(found.want) or 1.0)
        return self._fault(node, what, derivative, (), found.got, found.want, off)

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
        if node.rule.kind is Kind.ELEMENTWISE and not array_parameter(node):
            operands, y, g = thinned(operands, y, g, self.seed)
        cost = work(node) * SECONDS_PER_DIGIT_OPERATION
        if node.rule.kind is not Kind.ELEMENTWISE and 8 * cost > self.deadline - time.monotonic():
            self.skipped.append(f"{node.rule.name} at {node.position}: too large for the time left")
            return
        try:
            single = OneNode(node, operands, y, g)
        except NoClosedForm as why:
            self.skipped.append(f"{node.rule.name}: {why}")
            return
        self.floor = NOTHING * max((_size(o) for o in operands), default=0.0)
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

    def _forward(self, node: Node, single: OneNode, y: Any) -> Iterator[Fault]:
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
                what = f"gradient of its operand {name!r}, of shape {got} instead of {shape},"
                function = _derivative(node, name)
                yield self._fault(node, what, function, (), np.nan, np.nan, np.inf)
                return

    def _backward(
        self, node: Node, single: OneNode, operands: Any, y: Any, g: Any
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
        self, node: Node, single: OneNode, i: int, got: np.ndarray[Any, Any], what: str
    ) -> Iterator[Fault]:
        name = node.rule.operand_name(i)
        each = 3 * work(node) * SECONDS_PER_DIGIT_OPERATION
        fits = int((self.deadline - time.monotonic()) / 4 / each)
        limit = got.size if node.rule.kind is Kind.ELEMENTWISE else min(max(fits, 2), FEW_ENTRIES)
        rng = np.random.default_rng(self.seed)
        chosen = (
            range(got.size) if got.size <= limit else rng.choice(got.size, limit, replace=False)
        )
        scale = single.scales(i, self.seed)
        function = _derivative(node, name)
        for k in chosen:
            slope = single.slope(i, int(k))
            a = float(got.ravel()[k])
            if not slope.smooth:
                if f"{node.rule.name} at {node.position}" not in self.kinks:
                    self.kinks.append(f"{node.rule.name} at {node.position}")
                if slope.kind == "kink" and not slope.holds(a, 1e-6):
                    place = np.unravel_index(k, got.shape)
                    yield self._fault(node, what, function, place, a, float(slope.right), np.inf)
                    return
                continue
            off = self._off(a, slope.value, got.dtype, float(scale.ravel()[k]))
            if off is not None:
                place = np.unravel_index(k, got.shape)
                yield self._fault(node, what, function, place, a, float(slope.value), off)
                return
        yield from self._together(node, single, i, got, what, float(np.sum(scale)))

    def _together(
        self,
        node: Node,
        single: OneNode,
        i: int,
        got: np.ndarray[Any, Any],
        what: str,
        scale: float,
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
        self, node: Node, single: OneNode, full: dict[int, np.ndarray[Any, Any]]
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

    def _pushed(self, node: Node, single: OneNode, operands: Any, y: Any) -> Iterator[Fault]:
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
                pushed = plain(push(node, operands, y, {i: t[()]}, _Forward()))
            except (ValueError, TypeError, IndexError, AttributeError, RuntimeError):
                continue  # no transpose in floats by itself: the graph's own check saw it
            parts = pushed if isinstance(pushed, tuple) else (pushed,)
            got = single.contracted(parts)
            slope = single.slope_along(i, t)
            room = (1e-9 if x.dtype == np.float64 else 1e-3) * max(
                abs(float(slope.value)),
                single.contracted([np.abs(p) for p in parts if p is not None]),
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
        return None if error_of(got, want) <= max(room, self.floor) else raw

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


class _Forward:
    """NumPy's words with rules called by their forward, for one node's tangent."""

    def __getattr__(self, word: str) -> Any:
        return getattr(FLOATS if word == "apply" else NUMPY, word)


def _size(operand: Any) -> float:
    sizes = np.abs(np.asarray(operand, np.float64))
    return float(np.max(sizes, initial=0.0, where=np.isfinite(sizes)))


def _spreads(small: tuple[int, ...], full: tuple[int, ...]) -> bool:
    try:
        return np.broadcast_shapes(small, full) == full
    except ValueError:
        return False


def _derivative(node: Node, name: str) -> Any:
    asked = node.rule.partials.get(name) or node.rule.vjps.get(name)
    return asked.function if asked is not None else node.rule.forward
