"""Second derivatives: backward through backward, against mixed differences at many digits.

Each pair of inputs is looked at by itself, so a derivative that was detached on its way cannot
hide behind another. The verification floor imports this.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from symgrad.algebras.devices import to_host
from symgrad.errors import NoClosedForm, SymgradError
from symgrad.grammar.kind import Kind
from symgrad.modes import record
from symgrad.tracing import traced
from symgrad.tracing.autograd import grad
from symgrad.tracing.node import Node
from symgrad.tracing.tensor import wrap
from symgrad.tracing.walks import operand_value
from symgrad.verification.agreement import Verdict, figure, ulps
from symgrad.verification.budget import Budget
from symgrad.verification.floats import values_of
from symgrad.verification.judging import element
from symgrad.verification.oracles import Arrays, position_of
from symgrad.verification.recording import Recording, number_of, recorded
from symgrad.verification.report import Fault, Route
from symgrad.verification.routes import Place, drawn, places, scale_at, unit
from symgrad.verification.slopes import LONG, Slopes

#: (digits of both steps, digits carried), and how far the best float may be off it.
DEPTH = (40, 200)
RELATIVE = {np.dtype(np.float64): 1e-11, np.dtype(np.float32): 1e-3, np.dtype(np.float16): 1e-1}


@dataclass(frozen=True)
class Pair:
    """One entry of a Hessian times a direction: which entry, along which input's direction."""

    place: Place
    along: int
    got: float
    want: float
    ulps: float
    ok: bool


@dataclass
class SecondOrder:
    """The second derivatives of a recording along one drawn direction for each input."""

    recording: Recording
    budget: Budget
    seconds: float
    checked: int = 0
    total: int = 0

    def pairs(self) -> list[Pair]:
        """Every pair of an entry and an input's direction, or a seeded sample of them.

        Raises  NoClosedForm for a rule without a formula, and what a wrong rule raises.
        """
        rng = np.random.default_rng(self.budget.seed)
        direction = drawn(self.recording, rng)
        slopes = Slopes(self.recording)
        begun = time.perf_counter()
        slopes.state(DEPTH[1])
        each = 5 * (time.perf_counter() - begun)
        every = [(p, j) for j in range(len(direction)) for p in places(self.recording)]
        self.total = len(every)
        count = max(self.budget.affordable(len(every), each, self.seconds), 1)
        products = {j: self._product(direction, j) for j in range(len(direction))}
        found = []
        for n in self.budget.sample(len(every), count) if every else []:
            place, j = every[n]
            want = self._mixed(slopes, place, direction, j, DEPTH)
            found.append((place, j, float(products[j][place[0]].ravel()[place[1]]), want))
        self.checked = len(found)
        return self._weighed(found, slopes, direction)

    def _product(self, direction: Arrays, j: int) -> Arrays:
        """The Hessian times the direction of the j-th input, by backward through backward."""
        recording = self.recording
        roots = [
            (t, g)
            for t, g in zip(recording.outputs, recording.cotangents, strict=True)
            if t.requires_grad
        ]
        zeros = [np.zeros(i.value.shape) for i in recording.inputs]
        if not roots:
            return zeros
        with record(), np.errstate(all="ignore"):
            first = grad(
                [t for t, _ in roots], recording.tensors, [wrap(g[()]) for _, g in roots],
                retain_graph=True, create_graph=True, allow_unused=True, materialize_grads=True,
            )  # fmt: skip
            slope = first[j]
            if slope is None or not slope.requires_grad:
                return zeros
            v = np.asarray(direction[j], recording.inputs[j].value.dtype)
            found = grad(
                slope, recording.tensors, wrap(v[()]), allow_unused=True, materialize_grads=True,
                retain_graph=True,
            )  # fmt: skip
        return [np.asarray(to_host(t._value)) for t in found if t is not None]

    def _mixed(
        self, slopes: Slopes, place: Place, direction: Arrays, j: int, depth: tuple[int, int]
    ) -> Any:
        exponent, digits = depth
        state = slopes.state(digits)
        algebra = state.algebra
        ctx = algebra.context
        size = scale_at(self.recording, place)
        h = ctx.mpf(10) ** -exponent
        step = algebra.lift(unit(self.recording, place, size)[place[0]]) * algebra.array([h], ())
        # The direction is rounded to the input's dtype where backward is given it.
        v = np.asarray(direction[j], self.recording.inputs[j].value.dtype)
        other = algebra.lift(v) * algebra.array([h], ())
        leaves = self.recording.leaves
        nodes = self.recording.dependents({leaves[place[0]], leaves[j]})
        total = ctx.zero
        for a in (1, -1):
            for b in (1, -1):
                moved = {leaves[place[0]]: step * a}
                moved[leaves[j]] = moved[leaves[j]] + other * b if place[0] == j else other * b
                total = total + a * b * state.moved(moved, nodes)
        return total / (4 * h * h * ctx.mpf(size))

    def _weighed(self, found: list[Any], slopes: Slopes, direction: Arrays) -> list[Pair]:
        largest: dict[int, float] = {}
        for place, j, _, want in found:
            size = abs(float(want)) * scale_at(self.recording, place)
            if np.isfinite(size):
                largest[j] = max(largest.get(j, 0.0), size)
        out = []
        for place, j, got, want in found:
            dtype = self.recording.inputs[place[0]].value.dtype
            room = RELATIVE[dtype] * max(
                abs(float(want)), largest.get(j, 0.0) / scale_at(self.recording, place) * 1e-3
            )
            ok = bool(abs(got - float(want)) <= room)
            if not ok:
                again = self._mixed(slopes, place, direction, j, LONG)
                if not abs(float(again) - float(want)) <= 1e-12 * abs(float(want)):
                    continue  # a kink: there is no second derivative
            out.append(Pair(place, j, got, float(want), ulps(got, want, dtype), ok))
        return out


def second_route(
    recording: Recording, budget: Budget, *, search: bool
) -> tuple[Route, Fault | None]:
    """Second derivatives as a route, and the rule whose own is wrong where ``search`` says so."""
    made = Route("second order", "unavailable")
    check = SecondOrder(recording, budget, budget.share(0.5))
    try:
        pairs = check.pairs()
    except NoClosedForm as why:
        made.detail = str(why).splitlines()[0]
        return made, None
    except Exception as error:  # a rule's own mistake may raise anything
        made.verdict, made.detail = Verdict.DIFFERS, f"raises {type(error).__name__}: {error}"
        return made, fault_at(recording, budget, budget.seconds) if search else None
    made.checked, made.total = check.checked, check.total
    made.sampled = check.checked < check.total
    if not pairs:
        made.detail = "no entry has a second derivative here"
        return made, None
    top = max(pairs, key=lambda p: (not p.ok, p.ulps))
    made.ulps, made.worst = top.ulps, element(recording, top.place)
    if top.ok:
        made.verdict, made.detail = Verdict.AGREES, f"{figure(top.ulps)} ULP"
        return made, None
    made.verdict = Verdict.DIFFERS
    made.detail = f"{top.got!r}, not {top.want!r}, along {recording.inputs[top.along].name}"
    return made, fault_at(recording, budget, budget.seconds) if search else None


def fault_at(recording: Recording, budget: Budget, seconds: float) -> Fault | None:
    """The first rule whose own second derivative is wrong, at the values that it had."""
    deadline = time.monotonic() + seconds
    values = values_of(recording)
    for node in recording.nodes:
        if time.monotonic() > deadline:
            return None
        if (
            node.plan is None
            or node.rule.name in ("component", "detach")
            or node.rule.kind is Kind.OPAQUE
        ):
            continue
        found = _of_node(node, values, budget, deadline - time.monotonic())
        if found is not None:
            place = np.unravel_index(
                found.place[1], np.shape(values[node.operands[found.place[0]]])
            )
            name = node.rule.operand_name(found.along)
            asked = node.rule.partials.get(name) or node.rule.vjps.get(name)
            return Fault(
                node.rule.name, f"second derivative through the gradient of its operand {name!r}",
                position_of(asked.function if asked else node.rule.forward), str(node.position),
                number_of(recording, node), f"[{', '.join(map(str, place))}]",
                found.got, found.want, found.ulps,
            )  # fmt: skip
    return None


def _of_node(node: Node, values: Any, budget: Budget, seconds: float) -> Pair | None:
    operands = [operand_value(o, values) for o in node.operands]
    free = [k for k, o in enumerate(operands) if not _fixed(node, k, o)]
    if not free or len(free) < len([o for o in node.operands if not isinstance(o, (int, float))]):
        return None
    params = {k: v for k, v in node.params.items() if k != "path"}

    def alone(*given: Any) -> Any:
        every = list(operands)
        for k, tensor in zip(free, given, strict=True):
            every[k] = tensor
        return traced.apply(node.rule, tuple(every), params)

    try:
        single = recorded(alone, tuple(np.asarray(operands[k]) for k in free), budget.seed)
        pairs = SecondOrder(single, budget, seconds / 4).pairs()
    except (NoClosedForm, SymgradError, ValueError, TypeError):
        return None
    wrong = next((p for p in pairs if not p.ok), None)
    if wrong is None:
        return None
    return Pair(
        (free[wrong.place[0]], wrong.place[1]),
        free[wrong.along],
        wrong.got,
        wrong.want,
        wrong.ulps,
        False,
    )


def _fixed(node: Node, k: int, operand: Any) -> bool:
    """Whether an operand is a plain number or nothing that a gradient flows to."""
    plain = isinstance(operand, (int, float)) and not isinstance(operand, np.generic)
    return plain or not node.rule.has_derivative(node.rule.operand_name(k))
