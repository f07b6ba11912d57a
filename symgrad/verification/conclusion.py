"""From rows and routes to a report's verdict: what confirms what, and whether that is enough.

``crosscheck`` imports this.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from symgrad.algebras.devices import to_host
from symgrad.symbolic.parser import Expression
from symgrad.tracing.tensor import Tensor
from symgrad.verification import routes
from symgrad.verification.agreement import Verdict, worst
from symgrad.verification.recording import Recording
from symgrad.verification.report import Report

_SMOOTH = (Verdict.PROVED, Verdict.AGREES, Verdict.ILL_CONDITIONED, Verdict.UNCONFIRMED)


def concluded(
    report: Report, recording: Recording, k_ulp: float, *, own: bool, given: bool
) -> Report:
    """The report with its verdict.

    Takes   own: the subject is somebody's own gradient, not reverse mode; given: the tolerance is
            the caller's, so that nothing is called proved.
    """
    rows, made = report.rows, report.routes
    if report.faults and not own:
        for row in rows:
            if row.verdict in (Verdict.ILL_CONDITIONED, Verdict.AGREES) and row.ulps > k_ulp:
                row.verdict, row.ok = Verdict.DIFFERS, False
    differs = any(r.verdict == Verdict.DIFFERS for r in made) or not report.value.ok
    differs = differs or bool(report.faults) or any(r.verdict is Verdict.DIFFERS for r in rows)
    proved = any(r.name == "symbolic" and r.verdict == Verdict.PROVED for r in made)
    if proved and not (differs or own or given):
        for row in rows:
            row.verdict = Verdict.PROVED if row.verdict is Verdict.AGREES else row.verdict
    report.verdict = Verdict.DIFFERS if differs else worst([r.verdict for r in rows])
    _confirm(report, recording)
    for node in recording.detached:
        report.notes.append(f"detached by request at {node.position}: held constant by every route")
    return report


def _confirm(report: Report, recording: Recording) -> None:
    """Whether enough sources confirm the subject: two, or one for an opaque function."""
    smooth = any(r.verdict in _SMOOTH and math.prod(r.shape) for r in report.rows)
    hidden = routes.opaque(recording)
    if hidden:
        report.notes.append(f"{hidden[0]} is opaque: one source has to do")
    enough = not smooth or len(report.sources) >= (1 if hidden else 2)
    second = [r for r in report.routes if r.name == "second order" and not r.confirms]
    if report.verdict is not Verdict.DIFFERS and (not enough or (second and smooth)):
        report.verdict = Verdict.UNCONFIRMED
    elif report.verdict is Verdict.UNCONFIRMED:
        # Directions confirm an input as a whole of which no entry was in the sample.
        report.verdict = Verdict.AGREES
        for row in report.rows:
            if row.verdict is Verdict.UNCONFIRMED:
                row.verdict, row.ok, row.ulps = Verdict.AGREES, True, math.nan
    bad = report.verdict in (Verdict.UNCONFIRMED, Verdict.DIFFERS)
    report.ok = enough and not bad and all(r.ok for r in report.rows)


def repeat(recording: Recording, options: dict[str, Any]) -> str:
    """The line that repeats a check: f by its name, floats as they are typed."""
    name = function_name(recording)
    typed = isinstance(recording.function, Expression)  # its text says all: nothing to define
    shown = [repr(recording.function) if typed else "f" if name == "<lambda>" else name]
    spare = iter(dict.fromkeys(i.name.partition("[")[0] for i in recording.inputs))
    for a in recording.args:
        if typed and isinstance(a, Tensor) and a.dtype == np.float64 and not a.ndim:
            a = to_host(a._value).item()
        plain = isinstance(a, (float, int))
        shown.append(repr(a) if plain else next(spare, "..."))
        if plain and isinstance(a, float):
            next(spare, None)
    shown += [f"{key}={value}" for key, value in options.items()]
    return f"sg.crosscheck({', '.join(shown)})"


def function_name(recording: Recording) -> str:
    """What f is called."""
    return str(getattr(recording.function, "__name__", "f"))
