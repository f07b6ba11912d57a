"""f's own value beside its formula at many digits; the verification floor imports this.

A wrong or an unstable forward shows here, before any derivative.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from symgrad.algebras.devices import to_host
from symgrad.verification import routes
from symgrad.verification.agreement import Verdict
from symgrad.verification.judging import Entry, Judge
from symgrad.verification.oracles import Arrays
from symgrad.verification.recording import Recording
from symgrad.verification.report import Row
from symgrad.verification.routes import DigitsRoute, Found
from symgrad.verification.slopes import LONG, SHORT


def outputs(recording: Recording) -> Arrays:
    """f's results as arrays."""
    return [np.asarray(to_host(t._value)) for t in recording.outputs]


def value_row(recording: Recording, judge: Judge, digits: DigitsRoute) -> Row:
    """The verdict on f's value; unavailable where many digits take too long."""
    outs = outputs(recording)
    shape = outs[0].shape if len(outs) == 1 else (len(outs),)
    row = Row("value", shape, str(outs[0].dtype), Verdict.UNCONFIRMED, True, why=digits.found.why)
    if digits.slopes is None:
        return row
    entries = _entries(recording, judge, digits, SHORT[1])
    if any(e.verdict is Verdict.DIFFERS for e in entries):
        entries = _entries(recording, judge, digits, LONG[1])
    return _filled(row, entries, outs)


def wide_value(recording: Recording, judge: Judge, row: Row, digits: DigitsRoute) -> Found | None:
    """The formulas in wide floats, where many digits take too long; f's value too, into ``row``."""
    if not digits.too_large:
        return None
    found, exact = routes.wide_route(recording, digits.budget)
    outs = outputs(recording)
    entries: list[Entry] = []
    for k, (out, want) in enumerate(zip(outs, exact, strict=False)):
        _compared(judge, entries, k, out, np.ravel(want).tolist() if want.ndim else [want])
    if entries:
        _filled(row, entries, outs)
    return found


def _entries(recording: Recording, judge: Judge, digits: DigitsRoute, depth: int) -> list[Entry]:
    assert digits.slopes is not None
    state = digits.slopes.state(depth)
    entries: list[Entry] = []
    for k, (out, tensor) in enumerate(zip(outputs(recording), recording.outputs, strict=True)):
        exact = state.values[tensor.node] if tensor.node is not None else state.algebra.lift(out)
        _compared(judge, entries, k, out, exact.data.ravel().tolist())
    return entries


def _compared(
    judge: Judge, entries: list[Entry], k: int, out: np.ndarray[Any, Any], want: list[Any]
) -> None:
    """Add the entries of one result that are no better than those before."""
    for e, (got, exact) in enumerate(zip(out.ravel().tolist(), want, strict=True)):

        def scale(k: int = k, e: int = e) -> float:
            return judge.output_scale(k, e)

        verdict, raw, condition = judge.weigh(got, exact, out.dtype, scale)
        if verdict is not Verdict.AGREES or not entries or raw > entries[-1].ulps:
            entries.append(Entry((k, e), verdict, raw, got, float(exact), condition))


def _filled(row: Row, entries: list[Entry], outs: Arrays) -> Row:
    if not entries:
        row.verdict, row.why = Verdict.AGREES, ""
        return row
    order = list(Verdict)
    top = max(entries, key=lambda e: (order.index(e.verdict), e.ulps))
    row.verdict, row.ulps, row.condition, row.why = top.verdict, top.ulps, top.condition, ""
    row.got, row.want, row.ok = top.got, top.want, top.verdict is not Verdict.DIFFERS
    where = np.unravel_index(top.place[1], outs[top.place[0]].shape)
    row.element = f"[{', '.join(str(int(p)) for p in where)}]" if len(where) else ""
    return row
