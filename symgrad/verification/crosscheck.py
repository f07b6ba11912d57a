"""``crosscheck``: a gradient confirmed from independent sources, or the reason why not.

The face and the command import this; the routes, the judging and the report are beside it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symgrad.modes import enable_grad
from symgrad.tracing.node import Leaf
from symgrad.verification import branches, judging, routes
from symgrad.verification.agreement import Tolerance, Verdict
from symgrad.verification.budget import Budget
from symgrad.verification.conclusion import concluded, function_name, repeat
from symgrad.verification.floats import Scales
from symgrad.verification.judging import Entry, Judge
from symgrad.verification.localisation import Localisation
from symgrad.verification.oracles import Arrays, by_hand, reverse
from symgrad.verification.recording import Recording, recorded
from symgrad.verification.report import Fault, Report, Route, Row
from symgrad.verification.routes import DigitsRoute, Found, Place
from symgrad.verification.second import second_route
from symgrad.verification.slopes import LONG
from symgrad.verification.values import value_row, wide_value

ROUTES = ("reverse", "forward", "symbolic", "50 digits", "finite differences")
KINK_DIRECTIONS = 3


@enable_grad()
def crosscheck(
    f: Callable[..., Any],
    *inputs: Any,
    gradient: Any = None,
    rtol: float | None = None,
    atol: float | None = None,
    seed: int = 0,
    budget: float = 10.0,
    k_ulp: float = 64.0,
    routes: Iterable[str] | None = None,
    order: int = 1,
) -> Report:
    """Check the gradient of ``f`` at ``inputs`` by routes that share as little as possible.

    Takes   f: a function of tensors with a tensor result (or a dict, list or tuple of them; what
            is not a scalar is contracted with a seeded cotangent);
            inputs: tensors, NumPy arrays, floats, and dicts, lists and tuples of these;
            gradient: a gradient written by hand, as a function of the inputs, which is then what
            is checked; rtol, atol: a tolerance of one's own (else ``k_ulp`` units in the last
            place, times the natural scale where numbers cancel); seed: of all that is drawn;
            budget: seconds that the symbolic and the 50-digit routes may take together;
            order: 2 checks second derivatives too, each pair of inputs by itself;
            routes: some of "reverse", "forward", "symbolic", "50 digits", "finite differences".
    Gives   a Report: ``print`` it; ``report.ok`` is True where every entry that was looked at is
            confirmed from two sources other than its own.
    Raises  TraceError for a value that leaves the trace, DtypeError where no input is a float,
            and what f itself raises; never for a difference.
    Limits  above the budget a seeded sample of entries and random directions is checked, and the
            report says how many of how many.

    >>> report = sg.crosscheck(lambda x: x**3, 2.0)
    >>> report.ok, report.verdict.value
    (True, 'proved')
    """
    recording = recorded(f, inputs, seed)
    nodes = len(recording.nodes)
    tolerance = Tolerance(max(k_ulp, 8 * math.sqrt(nodes)), rtol, atol)
    wanted = tuple(ROUTES if routes is None else routes)
    unknown = [r for r in wanted if r not in ROUTES]
    if unknown:
        raise ValueError(f"crosscheck knows no route {unknown[0]!r}; it knows {', '.join(ROUTES)}")
    with np.errstate(all="ignore"):
        check = Check(recording, tolerance, Budget(budget, seed), wanted, gradient, order)
        return check.report()


@dataclass
class Check:
    """One crosscheck under way."""

    recording: Recording
    tolerance: Tolerance
    budget: Budget
    wanted: tuple[str, ...]
    gradient: Any
    order: int = 1
    notes: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    made: list[Route] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.judge = Judge(self.recording, self.tolerance, self._scales)
        self.total = sum(i.size for i in self.recording.inputs)
        self.raised = ""
        self.reverse: Arrays | None = None

    def _scales(self) -> Scales | None:
        try:
            return Scales(self.recording, self.budget.seed)
        except (ValueError, TypeError, IndexError, AttributeError, RuntimeError):
            return None  # a rule that raises has no scale; it is found by localisation

    def report(self) -> Report:
        """Run the routes, weigh them, and look for the rule at fault where they differ."""
        subject = self._subject()
        digits = DigitsRoute(self.recording, self.budget)
        started = digits.start()
        value = value_row(self.recording, self.judge, digits)
        undefined = started and self._undefined(digits)
        if started and not undefined and "50 digits" in self.wanted:
            digits.run()
            self._at_branches(digits)
        elif undefined:
            digits.found.why = "f has no value here"
        wide = None
        if "50 digits" in self.wanted:
            wide = wide_value(self.recording, self.judge, value, digits)
        self.notes += digits.found.notes
        symbolic = self._symbolic(digits, undefined)
        rows, kinks = self._rows(subject, digits, symbolic, undefined)
        self._others(subject, digits, symbolic, kinks, undefined)
        if wide is not None:
            made = judging.difference_verdict(self.judge, subject, wide, set(), self.total)
            made.detail = f"{made.detail}; in 80-bit floats: {digits.found.why}"
            self.made = [made if r.name == "50 digits" else r for r in self.made]
        self._localise(rows, value)
        if self.order == 2:
            self._second(undefined)
        own, options = self.gradient is not None, {"seed": self.budget.seed}
        again = repeat(self.recording, {"gradient": "...", **options} if own else options)
        name, seed = function_name(self.recording), self.budget.seed
        report = Report(name, seed, rows, self.made, value, self.faults, self.notes, again)
        k_ulp, given = self.tolerance.k_ulp, self.tolerance.own
        return concluded(report, self.recording, k_ulp, own=own, given=given)

    def _second(self, undefined: bool) -> None:
        hidden = routes.opaque(self.recording)
        if hidden or undefined:
            why = "f has no value here" if undefined else f"{hidden[0]} has no formula"
            self.made.append(Route("second order", "unavailable", why))
            return
        made, fault = second_route(self.recording, self.budget, search=not self.faults)
        self.made.append(made)
        self.faults += [] if fault is None else [fault]

    # the subject ------------------------------------------------------------------------------

    def _subject(self) -> Arrays:
        name = "reverse" if self.gradient is None else "gradient"
        self.made.append(Route(name, "the subject", total=self.total, checked=self.total))
        try:
            self.reverse = reverse(self.recording)
        except Exception as error:  # a rule's own mistake may raise anything
            self.raised = (
                f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
            )
            self.notes.append(f"reverse mode raises {self.raised}")
            self.judge.suspect = True
        if self.gradient is not None:
            return by_hand(self.gradient, self.recording)
        if self.reverse is not None:
            return self.reverse
        return [np.full(i.value.shape, np.nan, i.value.dtype) for i in self.recording.inputs]

    def _at_branches(self, digits: DigitsRoute) -> None:
        """Where the inputs lie on the edge of a branch, slopes from the graphs on either side."""
        lines = branches.edges(self.recording)
        if not lines:
            return
        self.notes.append(f"the inputs lie on the edge of a branch: {'; '.join(lines)}")
        for place, old in digits.found.entries.items():
            size = routes.scale_at(self.recording, place)
            slope = branches.slope_beside(self.recording, place, size, self.budget.seed)
            digits.found.entries[place] = old if slope is None else slope

    def _undefined(self, digits: DigitsRoute) -> bool:
        state = digits.state
        assert state is not None
        return bool(state.algebra.context.isnan(state.base))

    # weighing ---------------------------------------------------------------------------------

    def _symbolic(self, digits: DigitsRoute, undefined: bool) -> Found:
        if "symbolic" not in self.wanted or undefined:
            return Found("symbolic", why="f has no value here" if undefined else "not asked for")
        found = routes.symbolic_route(self.recording, self.budget, digits.state)
        self.notes += found.notes
        return found

    def _rows(
        self, subject: Arrays, digits: DigitsRoute, symbolic: Found, undefined: bool
    ) -> tuple[list[Row], set[Place]]:
        references = {**symbolic.entries, **digits.found.entries}
        entries: dict[int, list[Entry]] = {k: [] for k in range(len(subject))}
        kinks: set[Place] = set()
        for place, reference in references.items():
            entry = self.judge.entry(subject, place, reference)
            entries[place[0]].append(entry)
            if entry.slope is not None:
                kinks.add(place)
        rows = [judging.row(self.recording, k, found) for k, found in entries.items()]
        for k, made in enumerate(rows):
            if undefined:
                made.verdict, made.why, made.ok = Verdict.UNDEFINED, "outside the domain", False
            elif self._held_back(k):
                made.verdict = Verdict.DETACHED if made.ok else made.verdict
        self._among_kinks(subject, digits, rows, kinks)
        return rows, kinks

    def _held_back(self, k: int) -> bool:
        """Whether an input reaches the result only through values that were detached."""
        if not self.recording.detached:
            return False
        leaf: Leaf = self.recording.leaves[k]
        roots = {t.node for t in self.recording.outputs}
        live = set(self.recording.dependents({leaf}))
        if live & roots:
            return False
        reached: set[Any] = {leaf}
        for node in self.recording.nodes:
            if any(o in reached for o in node.operands if not isinstance(o, (int, float))):
                reached.add(node)
        return bool(reached & roots)

    def _among_kinks(
        self, subject: Arrays, digits: DigitsRoute, rows: list[Row], kinks: set[Place]
    ) -> None:
        """Where several entries have kinks, the gradient must also fit directions among them."""
        if len(kinks) < 2 or digits.slopes is None:
            return
        rng = np.random.default_rng(self.budget.seed)
        for n in range(KINK_DIRECTIONS):
            direction = [np.zeros(i.value.shape) for i in self.recording.inputs]
            for k, e in sorted(kinks):
                weight = 1.0 if n == 0 else rng.uniform(0.5, 1.5) * rng.choice([-1.0, 1.0])
                direction[k].reshape(-1)[e] = weight
            slope = digits.along(direction)
            got = sum(float(np.sum(np.asarray(g, float)[v != 0] * v[v != 0]))
                      for g, v in zip(subject, direction, strict=True))  # fmt: skip
            if slope.kind in ("smooth", "kink") and not slope.holds(got, 1e-6):
                for k in {place[0] for place in kinks}:
                    rows[k].ok = False
                    rows[k].why += (
                        f"; along {'them all' if n == 0 else 'a random direction'} "
                        f"{got:g} lies outside {float(slope.left):g} and {float(slope.right):g}"
                    )
                self.judge.suspect = True
                return

    # the other routes -------------------------------------------------------------------------

    def _others(
        self,
        subject: Arrays,
        digits: DigitsRoute,
        symbolic: Found,
        kinks: set[Place],
        undefined: bool,
    ) -> None:
        smooth = [p for p in routes.places(self.recording) if p not in kinks]
        if "reverse" in self.wanted and self.gradient is not None:
            self.made.append(self._against_reverse(subject, kinks))
        if "forward" in self.wanted:
            found = routes.forward_route(self.recording, self.budget, smooth)
            against = self.reverse if self.reverse is not None else subject
            made = judging.agreement_route(self.judge, against, found, kinks, self.total)
            self.made.append(made)
        if "symbolic" in self.wanted:
            made = judging.agreement_route(self.judge, subject, symbolic, kinks, self.total)
            if made.verdict == Verdict.DIFFERS and symbolic.again and digits.slopes is not None:
                symbolic = routes.deeper(symbolic, self.recording, digits.slopes.state(LONG[1]))
                made = judging.agreement_route(self.judge, subject, symbolic, kinks, self.total)
            agrees = made.verdict in (Verdict.AGREES, Verdict.ILL_CONDITIONED)
            if symbolic.proved and agrees and self.gradient is None:
                made.verdict = Verdict.PROVED
            self.made.append(made)
        if "50 digits" in self.wanted:
            made = judging.agreement_route(self.judge, subject, digits.found, kinks, self.total)
            self.made.append(made)
        if "finite differences" in self.wanted:
            self.made.append(self._differences(subject, smooth, kinks, undefined))

    def _against_reverse(self, subject: Arrays, kinks: set[Place]) -> Route:
        found = Found("reverse", why="" if self.reverse is not None else f"it raises {self.raised}")
        if self.reverse is not None:
            found.entries = {
                p: float(self.reverse[p[0]].ravel()[p[1]]) for p in routes.places(self.recording)
            }
        return judging.agreement_route(self.judge, subject, found, kinks, self.total)

    def _differences(
        self, subject: Arrays, smooth: list[Place], kinks: set[Place], undefined: bool
    ) -> Route:
        if undefined:
            return Route("finite differences", "unavailable", "f has no value here")
        found = routes.difference_route(self.recording, self.budget, smooth)
        self.notes += found.notes
        made = judging.difference_verdict(self.judge, subject, found, kinks, self.total)
        if made.verdict == Verdict.AGREES or not smooth:
            return made
        second = routes.forward_digits_route(self.recording, self.budget, smooth)
        if second.why:
            return made
        again = judging.agreement_route(self.judge, subject, second, kinks, self.total)
        again.name = "finite differences"
        again.detail = f"{again.detail}, the forward at 50 digits"
        return again

    # the fault --------------------------------------------------------------------------------

    def _localise(self, rows: list[Row], value: Row) -> None:
        differs = [r for r in self.made if r.verdict == Verdict.DIFFERS]
        unknown = (Verdict.UNDEFINED, Verdict.UNCONFIRMED)
        off = [r for r in rows if not r.ok and r.verdict not in unknown]
        if not (self.judge.suspect or differs or off or not value.ok):
            return
        bad = bool(differs or off or not value.ok)
        search = Localisation(
            self.recording, self.budget.seed, self.budget.share(1.0 if bad else 0.3),
            Tolerance(self.tolerance.k_ulp),
        )  # fmt: skip
        self.faults = search.search(tangents=any(r.name == "forward" for r in differs))
        if bad and not self.faults and self.gradient is None:
            if search.kinks:
                self.notes.append(
                    f"conventions at kinks may not add up: {'; '.join(search.kinks[:4])}"
                )
            self.notes.append(
                f"every one of the {search.checked} rules is right by itself at its own values"
                + (f"; not looked at: {', '.join(search.skipped)}" if search.skipped else "")
            )
