"""A subject weighed against what the routes gave: entry by entry, input by input.

The verification floor imports this; ``crosscheck`` puts the rows together.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symgrad.algebras.precise import Precise
from symgrad.verification.agreement import Tolerance, Verdict, error_of, figure, number, ulps
from symgrad.verification.differences import Difference
from symgrad.verification.floats import Scales
from symgrad.verification.oracles import Arrays
from symgrad.verification.recording import Recording
from symgrad.verification.report import Route, Row
from symgrad.verification.routes import Found, Place
from symgrad.verification.slopes import Slope

#: A condition beyond this is news by itself.
ILL = 1e6


@dataclass
class Entry:
    """One entry of the subject beside its reference."""

    place: Place
    verdict: Verdict
    ulps: float
    got: float
    want: float
    condition: float = math.nan
    slope: Slope | None = None
    ok: bool = True


@dataclass
class Judge:
    """Compares numbers of one recording within a tolerance; ``suspect`` asks for localisation."""

    recording: Recording
    tolerance: Tolerance
    scales_of: Callable[[], Scales | None]
    suspect: bool = False
    _scales: Any = field(default=None)

    def scale(self, place: Place) -> float:
        """The natural scale of a gradient's entry, measured when it is first asked for."""
        if self._scales is None:
            self._scales = self.scales_of() or False
        if self._scales is False:
            return 0.0
        return float(self._scales.gradient[place[0]].ravel()[place[1]])

    def output_scale(self, k: int, e: int) -> float:
        """The natural scale of an entry of f's result."""
        if self._scales is None:
            self._scales = self.scales_of() or False
        return 0.0 if self._scales is False else float(self._scales.outputs[k].ravel()[e])

    def weigh(
        self, got: float, want: Any, dtype: Any, scale: Callable[[], float], quiet: bool = False
    ) -> tuple[Verdict, float, float]:
        """The verdict on one number, its error in ULPs, and the condition where it was needed."""
        raw = ulps(got, want, dtype)
        error = error_of(got, want) if raw else 0.0
        if self.tolerance.holds(error, float(want), raw):
            return Verdict.AGREES, raw, math.nan
        self.suspect = self.suspect or not quiet
        if self.tolerance.own:
            return Verdict.DIFFERS, raw, math.nan
        natural = scale()
        size = abs(float(want))
        condition = natural / size if size > 0 else math.inf if natural else math.nan
        if error > self.tolerance.k_ulp * float(np.finfo(dtype).eps) * natural:
            return Verdict.DIFFERS, raw, condition
        if size * 10 <= natural * float(np.finfo(dtype).eps):
            # Only rounding is left of what cancelled: count in the ULPs of its terms.
            raw = error / (float(np.finfo(dtype).eps) * natural)
        return (Verdict.AGREES if condition <= ILL else Verdict.ILL_CONDITIONED), raw, condition

    def entry(self, subject: Arrays, place: Place, reference: Any, quiet: bool = False) -> Entry:
        """One entry of the subject against a number or a slope.

        Takes   quiet: the other is rounded as the subject is; what is within its natural scale
                is no reason to suspect a rule.
        """
        array = subject[place[0]]
        got = float(array.ravel()[place[1]])
        if isinstance(reference, Slope) and not reference.smooth:
            return self._without_derivative(place, got, reference)
        want = reference.value if isinstance(reference, Slope) else reference
        dtype = _width(array.dtype, self.recording.inputs[place[0]].value.dtype)
        verdict, raw, condition = self.weigh(got, want, dtype, lambda: self.scale(place), quiet)
        return Entry(
            place, verdict, raw, got, float(want), condition, ok=verdict is not Verdict.DIFFERS
        )

    def _without_derivative(self, place: Place, got: float, slope: Slope) -> Entry:
        undefined = slope.kind == "undefined"
        verdict = Verdict.UNDEFINED if undefined else Verdict.NOT_DIFFERENTIABLE
        dtype = self.recording.inputs[place[0]].value.dtype
        room = self.tolerance.k_ulp * float(np.finfo(dtype).eps)
        ok = not undefined and (
            math.isfinite(got) if slope.kind == "jump" else slope.holds(got, room)
        )
        return Entry(place, verdict, 0.0, got, math.nan, slope=slope, ok=ok)


def _width(given: Any, own: Any) -> Any:
    """The coarser of two float dtypes: a gradient is as fine as its input at most."""
    return given if np.finfo(given).eps >= np.finfo(own).eps else own


def element(recording: Recording, place: Place) -> str:
    """An entry's name: x[1, 2]."""
    i = recording.inputs[place[0]]
    where = np.unravel_index(place[1], i.value.shape) if i.value.ndim else ()
    return f"{i.name}[{', '.join(str(int(p)) for p in where)}]" if len(where) else i.name


def row(recording: Recording, k: int, entries: list[Entry]) -> Row:
    """The verdict on one input, from those of its entries."""
    order = list(Verdict)
    i = recording.inputs[k]
    made = Row(i.name, i.value.shape, str(i.value.dtype), Verdict.AGREES, True)
    if not entries:
        made.verdict = Verdict.UNCONFIRMED if i.size else Verdict.AGREES
        made.ok, made.why = not i.size, "no reference"
        return made
    worst = max(entries, key=lambda e: (not e.ok, order.index(e.verdict), _finite(e.ulps)))
    made.verdict, made.ok, made.condition = (
        worst.verdict,
        all(e.ok for e in entries),
        worst.condition,
    )
    made.ulps = max(e.ulps for e in entries)
    made.element, made.got, made.want = element(recording, worst.place), worst.got, worst.want
    if worst.slope is not None:
        made.left, made.right = float(worst.slope.left), float(worst.slope.right)
        made.why = _kink(worst, sum(e.slope is not None for e in entries))
    return made


def _finite(value: float) -> float:
    return value if math.isfinite(value) else 1e308


def _kink(worst: Entry, count: int) -> str:
    slope = worst.slope
    assert slope is not None
    if slope.kind == "undefined":
        return "outside the domain"
    kind = "infinite slope" if slope.kind == "infinite" else slope.kind
    many = f", {count} elements" if count > 1 else ""
    if slope.kind == "jump":
        return f"jump{many}, gradient {worst.got:g}"
    lies = "lies between" if worst.ok else "lies outside"
    slopes = f"slopes {float(slope.left):g} and {float(slope.right):g}"
    return f"{kind}{many}, {slopes}, gradient {worst.got:g} {lies}"


def agreement_route(
    judge: Judge, subject: Arrays, found: Found, kinks: set[Place], total: int
) -> Route:
    """How a route with references or tangents of every entry agrees with the subject."""
    made = _blank(found, total)
    if found.why:
        return made
    worst: tuple[Any, ...] = (0, -1.0, None)
    order, ctx = list(Verdict), Precise(30).context
    for place, reference in found.entries.items():
        if place in kinks:
            continue
        quiet = isinstance(reference, float)
        entry = judge.entry(subject, place, ctx.mpf(reference) if quiet else reference, quiet)
        made.checked += 1
        worst = max(
            worst, (order.index(entry.verdict), _finite(entry.ulps), place), key=lambda w: w[:2]
        )
    off = [v for v in (_direction(judge, subject, d, r) for d, r in found.along) if v is not None]
    verdicts = [order[worst[0]], *off] if made.checked else off
    if not verdicts:
        made.detail = "no entry has a derivative here"
        return made
    verdict = max(verdicts, key=order.index)
    made.verdict = Verdict.AGREES if verdict is Verdict.PROVED else verdict
    made.ulps = worst[1] if worst[1] >= 0 else None
    if made.ulps is not None:
        made.detail = f"{figure(made.ulps)} ULP"
    else:
        made.detail = "along random directions"
    if worst[2] is not None and worst[1] > 0:
        made.worst = element(judge.recording, worst[2])
    return made


def _direction(judge: Judge, subject: Arrays, direction: Arrays, reference: Any) -> Verdict | None:
    """A derivative along a direction against the subject's; None where there is none."""
    if isinstance(reference, Slope):
        if not reference.smooth:
            return None
        reference = reference.value
    exact = not isinstance(reference, float)
    terms = [np.asarray(g, np.float64) * v for g, v in zip(subject, direction, strict=True)]
    got = math.fsum(float(x) for t in terms for x in t.ravel())
    if not math.isfinite(got) or not math.isfinite(float(reference)):
        return None
    size = math.fsum(abs(float(x)) for t in terms for x in t.ravel())
    dtype = max((i.value.dtype for i in judge.recording.inputs), key=lambda d: np.finfo(d).eps)

    def natural() -> float:
        return size + sum(
            judge.scale((k, e)) * abs(float(v))
            for k, d in enumerate(direction) for e, v in enumerate(d.ravel())
        )  # fmt: skip

    off = abs(got - float(reference))
    if off <= 8 * judge.tolerance.k_ulp * float(np.finfo(dtype).eps) * size:
        return Verdict.AGREES
    if judge.tolerance.own and judge.tolerance.holds(off, size, math.inf):
        return Verdict.AGREES
    judge.suspect = judge.suspect or exact
    room = 8 * judge.tolerance.k_ulp * float(np.finfo(dtype).eps) * natural()
    return Verdict.AGREES if off <= room else Verdict.DIFFERS


def difference_verdict(
    judge: Judge, subject: Arrays, found: Found, kinks: set[Place], total: int
) -> Route:
    """How finite differences agree with the subject, within their own error estimates."""
    made = _blank(found, total)
    if found.why:
        return made
    natural = _natural(subject, judge.recording)
    pairs: list[tuple[Place | None, float, Difference]] = []
    for place, d in found.entries.items():
        size = abs(float(judge.recording.inputs[place[0]].value.ravel()[place[1]])) or 1.0
        if place not in kinks and d.resolved(natural / size):
            pairs.append((place, float(subject[place[0]].ravel()[place[1]]), d))
    made.checked = len(pairs)
    for direction, d in found.along:
        terms = zip(subject, direction, strict=True)
        got = math.fsum(float(np.sum(np.asarray(g, np.float64) * v)) for g, v in terms)
        if d.resolved(natural):
            pairs.append((None, got, d))
    if not pairs:
        hidden = any(place not in kinks for place in found.entries) or found.along
        made.detail = "rounding hides the slopes" if hidden else "no entry has a derivative here"
        made.total = 0
        return made
    return _differed(judge, made, pairs, natural)


def _differed(judge: Judge, made: Route, pairs: list[Any], natural: float) -> Route:
    """The route with its verdict, from subject and difference in pairs."""
    wrong = [p for p in pairs if not abs(p[1] - p[2].value) <= _room(judge, p, natural)]
    if not wrong:
        off = max(abs(got - d.value) / max(abs(d.value), 1e-300) for _, got, d in pairs)
        made.verdict, made.detail = Verdict.AGREES, f"to {number(off)} relative"
        return made
    place, got, d = wrong[0]
    made.verdict = Verdict.DIFFERS
    made.worst = element(judge.recording, place) if place is not None else "along a direction"
    made.detail = f"{got:.10g}, not {d.value:.10g} ± {number(d.error)}"
    return made


def _blank(found: Found, total: int) -> Route:
    """A route that has agreed with nothing yet."""
    return Route(
        found.name, "unavailable", found.why, total=0 if found.why else total,
        sampled=found.sampled, directions=len(found.along),
    )  # fmt: skip


def _natural(subject: Arrays, recording: Recording) -> float:
    sizes = [
        np.abs(np.asarray(g, float))
        * np.where(np.abs(i.value) > 0, np.abs(i.value.astype(float)), 1.0)
        for g, i in zip(subject, recording.inputs, strict=True)
    ]
    found = [float(np.max(s[np.isfinite(s)])) for s in sizes if np.any(np.isfinite(s))]
    return max(found, default=0.0)


def _room(judge: Judge, pair: tuple[Place | None, float, Difference], natural: float) -> float:
    """Ten times the estimated error, and a little for what no estimate sees."""
    place, _, d = pair
    if place is not None:
        size = abs(float(judge.recording.inputs[place[0]].value.ravel()[place[1]])) or 1.0
        natural = natural / size
    fine = all(i.value.dtype == np.float64 for i in judge.recording.inputs)
    room = 10 * d.error + (1e-8 if fine else 1e-3) * max(abs(d.value), 1e-3 * natural)
    if judge.tolerance.own:
        return max(
            room, (judge.tolerance.atol or 0.0) + (judge.tolerance.rtol or 0.0) * abs(d.value)
        )
    return room
