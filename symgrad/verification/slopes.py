"""One-sided slopes at many digits: the reference value, and what sort of point this is.

The recorded graph is replayed in the precise algebra at the inputs and a step to either side, so
the slopes rest on the rules' formulas and on no derivative. The verification floor imports this.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from symgrad.algebras.objects import ObjectArray
from symgrad.algebras.precise import Precise
from symgrad.tracing.node import Leaf, Node
from symgrad.tracing.walks import operand_value
from symgrad.verification.recording import Recording

#: (digits of the step, digits carried): a short look, and a long one where that is not clear.
SHORT, LONG = (60, 140), (100, 500)
#: Relative agreement that makes two slopes the same number.
SAME = 1e-25


@dataclass(frozen=True)
class Slope:
    """The derivative along a direction, or why there is none, with both one-sided slopes."""

    kind: str  # "smooth", "kink", "jump", "boundary", "pole", "infinite" or "undefined"
    value: Any  # an mpmath number; nan where there is no derivative
    left: Any
    right: Any

    @property
    def smooth(self) -> bool:
        """Whether there is one derivative."""
        return self.kind == "smooth"

    def over(self, size: float) -> Slope:
        """The same in units of 1, from a step of ``size``."""
        if size == 1.0:
            return self
        unit = self.value.context.mpf(size)
        return Slope(self.kind, self.value / unit, self.left / unit, self.right / unit)

    def holds(self, got: float, tolerance: float) -> bool:
        """Whether a returned value lies between the one-sided slopes."""
        finite = [float(s) for s in (self.left, self.right) if not math.isnan(float(s))]
        if not finite or math.isnan(got):
            return False
        slack = tolerance * max(1.0 if abs(s) == math.inf else abs(s) for s in finite)
        return min(finite) - slack <= got <= max(finite) + slack


class State:
    """A recording's values at the inputs, with some number of digits."""

    def __init__(
        self, recording: Recording, algebra: Precise, frozen: dict[Node, Any], forward: bool
    ) -> None:
        self.recording, self.algebra, self.frozen = recording, algebra, frozen
        self.read = algebra.forward_of if forward else algebra.apply
        self.values: dict[Any, Any] = {}
        for leaf, i in zip(recording.leaves, recording.inputs, strict=True):
            self.values[leaf] = algebra.lift(np.asarray(i.value))
        for leaf in recording.constants:
            self.values[leaf] = algebra.lift(leaf.value)
        self._run(recording.nodes, self.values)
        self.base = self.contracted(self.values)

    def _run(self, nodes: list[Node], values: dict[Any, Any]) -> None:
        for node in nodes:
            if node in self.frozen:
                values[node] = self.algebra.lift(self.frozen[node])
                continue
            operands = tuple(operand_value(o, values) for o in node.operands)
            values[node] = self.read(node.rule, operands, fresh(node))

    def contracted(self, values: dict[Any, Any]) -> Any:
        """<cotangents, outputs>."""
        total = self.algebra.context.zero
        for tensor, g in zip(self.recording.outputs, self.recording.cotangents, strict=True):
            out = (
                values[tensor.node] if tensor.node is not None else self.algebra.lift(tensor._value)
            )
            for a, b in zip(out.data.ravel().tolist(), np.ravel(g).tolist(), strict=True):
                total = total + a * self.algebra.number(b)
        return total

    def moved(self, steps: dict[Leaf, ObjectArray], nodes: list[Node]) -> Any:
        """<cotangents, outputs> with the inputs moved by ``steps``; only ``nodes`` change."""
        values = _Overlay(self.values)
        for leaf, step in steps.items():
            values[leaf] = self.values[leaf] + step
        self._run(nodes, values)
        return self.contracted(values)


class _Overlay(dict[Any, Any]):
    """New values over those of the base."""

    def __init__(self, below: dict[Any, Any]) -> None:
        super().__init__()
        self.below = below

    def __missing__(self, key: Any) -> Any:
        return self.below[key]


def fresh(node: Node) -> dict[str, Any]:
    """A node's parameters without the integers that its path chose: they are chosen anew."""
    if node.rule.path_rule is None:
        return node.params
    return {k: v for k, v in node.params.items() if k != "path"}


class Slopes:
    """One-sided slopes of a recording along directions.

    Takes   frozen: nodes that keep a value; forward: read the rules' forwards, not their formulas.
    """

    def __init__(
        self, recording: Recording, frozen: dict[Node, Any] | None = None, *, forward: bool = False
    ) -> None:
        self.recording, self.forward = recording, forward
        self.frozen = frozen or {}
        self._states: dict[int, State] = {}
        self._dependents: dict[frozenset[Any], list[Node]] = {}
        self.largest = 0.0

    def state(self, digits: int) -> State:
        """The values at the inputs with so many digits, computed once."""
        if digits not in self._states:
            self._states[digits] = State(self.recording, Precise(digits), self.frozen, self.forward)
        return self._states[digits]

    def along(self, direction: dict[Leaf, np.ndarray[Any, Any]]) -> Slope:
        """The slope along a direction: exact steps for each entry of the leaves that move."""
        first = self._sides(SHORT, direction)
        if self._clear(first):
            value = (first.left + first.right) / 2
            self.largest = max(self.largest, abs(float(value)))
            return Slope("smooth", value, first.left, first.right)
        return _classified(first, self._sides(LONG, direction))

    def _clear(self, s: _Sides) -> bool:
        size = max(abs(s.left), abs(s.right))
        if not (s.finite and size > 0):
            return False
        # A slope about as small as the step may be the step itself: x**3 at 0.
        floor = 1e-20 * max(float(abs(s.base)), self.largest, 1e-20)
        # One as large as 1/step may be a jump, the same to either side: sign at 0.
        steep = 1e15 * max(abs(s.base), 1)
        return bool(abs(s.right - s.left) <= SAME * size and floor < size < steep)

    def _sides(self, depth: tuple[int, int], direction: dict[Leaf, Any]) -> _Sides:
        exponent, digits = depth
        state = self.state(digits)
        ctx = state.algebra.context
        h = ctx.mpf(10) ** -exponent
        moved = frozenset(direction)
        if moved not in self._dependents:
            self._dependents[moved] = self.recording.dependents(set(moved))
        nodes = self._dependents[moved]
        ahead = {
            k: state.algebra.lift(v) * state.algebra.array([h], ()) for k, v in direction.items()
        }
        behind = {k: -v for k, v in ahead.items()}
        up, down = state.moved(ahead, nodes), state.moved(behind, nodes)
        return _Sides(state.base, (state.base - down) / h, (up - state.base) / h, h, up, down)


@dataclass(frozen=True)
class _Sides:
    base: Any
    left: Any
    right: Any
    h: Any
    up: Any
    down: Any

    @property
    def finite(self) -> bool:
        ctx = self.h.context
        return bool(ctx.isfinite(self.left) and ctx.isfinite(self.right))


def _classified(a: _Sides, b: _Sides) -> Slope:
    """What two looks at the one-sided slopes, the second from much nearer, say together."""
    ctx = b.h.context
    if ctx.isnan(b.base):
        return Slope("undefined", ctx.nan, ctx.nan, ctx.nan)
    if ctx.isinf(b.base):
        return Slope("pole", ctx.nan, b.left, b.right)
    size = max(abs(b.left), abs(b.right)) if b.finite else ctx.inf
    before = max(abs(a.left), abs(a.right))
    steeper = ctx.isfinite(before) and size > 1e5 * before > 0
    if b.finite and size > 0 and abs(b.right - b.left) <= SAME * size and not steeper:
        shrinks = ctx.isfinite(before) and size <= 1e-15 * before
        value = ctx.zero if shrinks else (b.left + b.right) / 2
        return Slope("smooth", value, value, value)
    left, right = _limit(a.left, b.left, a.h, b.h), _limit(a.right, b.right, a.h, b.h)
    jump = "jump" in (left, right)
    shown = [s if not isinstance(s, str) else n for s, n in ((left, b.left), (right, b.right))]
    shown = [ctx.sign(s) * ctx.inf if jump and abs(s) * b.h > 0 and i == "jump" else s
             for s, i in zip(shown, (left, right), strict=True)]  # fmt: skip
    if jump:
        return Slope("jump", ctx.nan, shown[0], shown[1])
    if ctx.isnan(left) or ctx.isnan(right):
        return Slope("boundary", ctx.nan, left, right)
    if ctx.isinf(left) or ctx.isinf(right):
        return Slope("infinite", ctx.nan, left, right)
    gap = abs(b.right - b.left)
    if gap <= 1e-10 * abs(a.right - a.left) or left == right:
        middle = (b.left + b.right) / 2
        before = max(abs(a.left), abs(a.right))
        value = ctx.zero if abs(middle) <= 1e-15 * before else middle
        return Slope("smooth", value, value, value)
    return Slope("kink", ctx.nan, left, right)


def _limit(far: Any, near: Any, far_h: Any, near_h: Any) -> Any:
    """Where a one-sided slope goes: a number, an infinity, nan, or the word jump."""
    ctx = near_h.context
    if ctx.isnan(near) or ctx.isnan(far) or ctx.isinf(near):
        return near
    far = ctx.mpf(far)
    size = max(abs(near), abs(far))
    if abs(near - far) <= 1e-12 * size:
        return near
    # A step that moved nothing at first, and each side differently later, moved digits alone.
    if abs(near) <= 1e-10 * abs(far) or far == 0:
        return ctx.zero
    if abs(near) > abs(far):
        stays = abs(near) * near_h > abs(far) * ctx.mpf(far_h) / 2
        return "jump" if stays else ctx.sign(near) * ctx.inf
    return near
