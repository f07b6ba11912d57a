"""What a crosscheck found, as data and as a table; the verification floor and readers import it."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from typing import Any

from symgrad.verification.agreement import Verdict, figure, number

#: What each route rests on: a subject is confirmed by sources other than its own.
SOURCES = {
    "reverse": "partials",
    "forward": "partials",
    "rules over symbols": "partials",
    "symbolic": "formula",
    "50 digits": "formula",
    "second order": "formula",
    "finite differences": "forward",
    "gradient": "own",
}


@dataclass
class Route:
    """One way to the gradient: whether it agrees with the subject, how far, on what."""

    name: str
    verdict: str  # a verdict's word, "the subject" or "unavailable"
    detail: str = ""
    ulps: float | None = None
    checked: int = 0
    total: int = 0
    sampled: bool = False
    worst: str = ""
    directions: int = 0  # random ones, where the elements are a sample

    @property
    def source(self) -> str:
        """What the route rests on."""
        return SOURCES[self.name]

    @property
    def confirms(self) -> bool:
        """Whether it agrees with the subject."""
        return self.verdict in (Verdict.PROVED, Verdict.AGREES, Verdict.ILL_CONDITIONED)

    def coverage(self, seed: int) -> str:
        """How many of how many, and whether that is a sample."""
        if not self.total:
            return ""
        if not self.sampled:
            return f"{self.checked} of {self.total} elements"
        along = f", {self.directions} directions" if self.directions else ""
        return f"{self.checked} of {self.total} elements{along} (sampled, seed {seed})"


@dataclass
class Row:
    """The verdict on the gradient of one input."""

    input: str
    shape: tuple[int, ...]
    dtype: str
    verdict: Verdict
    ok: bool
    ulps: float = 0.0
    element: str = ""  # the worst one
    got: float = math.nan
    want: float = math.nan
    condition: float = math.nan
    why: str = ""
    left: float = math.nan  # one-sided slopes, where there is no derivative
    right: float = math.nan

    @property
    def words(self) -> str:
        """The verdict with its figures."""
        return worded(self.verdict, self.ulps, self.condition, self.why)


def worded(verdict: Verdict, ulps: float, condition: float, why: str) -> str:
    """A verdict's word with the figures that belong to it."""
    if verdict is Verdict.AGREES:
        return "agrees" if math.isnan(ulps) else f"agrees ({figure(ulps)} ULP)"
    if verdict is Verdict.PROVED:
        return f"proved ({figure(ulps)} ULP)"
    if verdict is Verdict.ILL_CONDITIONED:
        return f"ill-conditioned ({figure(ulps)} ULP, condition {number(condition)})"
    if verdict in (Verdict.NOT_DIFFERENTIABLE, Verdict.UNDEFINED, Verdict.UNCONFIRMED) and why:
        return f"{verdict.value} ({why})"
    return verdict.value


@dataclass
class Fault:
    """A rule that is wrong by itself, at the values that it had in the graph."""

    rule: str
    what: str  # "forward", "gradient of its operand 'x'", "tangent of its operand 'x'"
    place: str  # the rule's file and line
    line: str  # the user's line
    node: int
    element: str
    got: float
    want: float
    ulps: float

    def __str__(self) -> str:
        return (
            f"the rule {self.rule} is wrong: its {self.what}, element {self.element}, "
            f"is {self.got!r}, not {self.want!r} ({number(self.ulps)} ULP)"
        )


@dataclass
class Report:
    """A crosscheck's result; ``print`` gives the table, ``ok`` the answer.

    ``rows`` has a verdict for each input, ``routes`` one for each way to the gradient, ``value``
    one for f's result itself, and ``faults`` names rules that are wrong by themselves.
    """

    function: str
    seed: int
    rows: list[Row]
    routes: list[Route]
    value: Row
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    repeat: str = ""
    verdict: Verdict = Verdict.AGREES
    ok: bool = False

    @property
    def worst_row(self) -> Row:
        """The input with the worst news."""
        order = list(Verdict)
        return max(self.rows, key=lambda r: (not r.ok, order.index(r.verdict), r.ulps))

    @property
    def ulps(self) -> float:
        """The largest error among smooth elements, in units of the last place."""
        found = [r.ulps for r in self.rows if not math.isnan(r.ulps)]
        return max(found, default=math.nan if self.rows else 0.0)

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources that confirm the subject, other than its own."""
        own = {r.source for r in self.routes if r.verdict == "the subject"}
        return tuple(sorted({r.source for r in self.routes if r.confirms} - own))

    @property
    def summary(self) -> str:
        """The verdict in one line."""
        row = self.worst_row
        if self.verdict is Verdict.DIFFERS:
            return self.verdict.value
        if self.verdict is Verdict.UNCONFIRMED and len(self.sources) > 1:
            return "unavailable (no second derivative was checked)"
        if self.verdict is Verdict.UNCONFIRMED:
            return (
                f"unavailable ({len(self.sources)} of the 2 sources that a pass needs confirm it)"
            )
        return worded(self.verdict, self.ulps, row.condition, row.why)

    def to_json(self) -> str:
        """The whole report as JSON text; numbers that JSON lacks are the strings inf and nan."""
        data = {
            "ok": self.ok, "summary": self.summary, "sources": list(self.sources), **asdict(self),
        }  # fmt: skip
        for route, made in zip(data["routes"], self.routes, strict=True):
            route["source"] = made.source
        return json.dumps(_plain(data), indent=1, allow_nan=False)

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        lines = [f"crosscheck of {self.function}: {self.summary}"]
        lines += _table(("input", "shape", "dtype", "verdict", "worst", "gradient", "reference"), [
            (
                r.input, str(tuple(r.shape)), r.dtype, r.words, r.element,
                _figure(r.got), _figure(r.want),
            )
            for r in (self.value, *self.rows)
        ])  # fmt: skip
        lines += [""]
        lines += _table(("route", "source", "verdict", "worst", "checked"), [
            (r.name, r.source, _with_detail(r), r.worst, r.coverage(self.seed)) for r in self.routes
        ])  # fmt: skip
        for fault in self.faults:
            lines += ["", str(fault)]
            lines += [f"  {'rule':<6} {fault.place}", f"  {'line':<6} {fault.line}"]
        lines += ["", *(f"  {'note':<6} {note}" for note in self.notes)] if self.notes else []
        lines += [f"  {'again':<6} {self.repeat}"]
        return "\n".join(lines)

    __repr__ = __str__


def _with_detail(route: Route) -> str:
    return f"{route.verdict} ({route.detail})" if route.detail else route.verdict


def _figure(value: float) -> str:
    return "" if math.isnan(value) else repr(float(value))


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[k]) for row in (head, *rows)) for k in range(len(head))]
    return [
        ("  " + "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True))).rstrip()
        for row in (head, *rows)
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
