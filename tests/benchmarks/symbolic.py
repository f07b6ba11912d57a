"""Closed forms measured: graph, text and time of each program of the gallery, beside SymPy's diff.

A traced node is an operation that the program recorded; letters are not counted there, and are in
the simplified graph, so its ratio is the harder one. A time is that of gradient, simplification and
printing; the trace and the check stand apart. *again* is a program that was seen before; *renamed*
has letters and sizes of new names, so that no node and no simplified part is known from before.
"""

from __future__ import annotations

import itertools
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import sympy as sp

import symgrad as sg
from symgrad.algebras.elements import element_name, symbol
from symgrad.algebras.tensors.ir import reachable
from symgrad.errors import SymgradError
from symgrad.symbolic import any_size
from symgrad.tracing.symbolic import read_sizes
from symgrad.tracing.tensor import leaf_of
from symgrad.tracing.walks import structure
from tests.time_limit import OutOfTime, within

TESTS = str(Path(__file__).resolve().parents[1])
if TESTS not in sys.path:
    sys.path.append(TESTS)  # where the gallery is, as pytest sees it

import gallery  # noqa: E402
import gallery_identities  # noqa: E402

BOUNDS = {
    "graph": 3.0,  # simplified nodes a traced node
    "characters": 60.0,  # of the text with its lets, a traced node
    "ms_a_node": 2.5,
    "sympy": 0.5,  # of SymPy's diff of the program lowered at size 4
    "sizes": 1.25,  # time at 400 over time at 4, and named over numbered: about 1
    "seconds": 0.3,  # trace, gradient, simplification and printing
}
#: SymPy gets so many seconds a case, for writing out and for each round.
CAP = 20.0
SIZE = 4
_DTYPES = {"int", "bool", "float"}
_fresh = itertools.count()
_ENTRIES: dict[Any, tuple[list[Any] | None, str]] = {}


class Times(NamedTuple):
    """Milliseconds of one closed form."""

    trace: float
    work: float  # gradient, simplification, printing, the text written
    check: float


def programs() -> list[gallery.Case]:
    """The gallery's programs, larger ones first, then the identities."""
    written = (gallery.REGRESSION, gallery.SOFTMAX, gallery.NETWORKS, gallery.PROGRAMS)
    return [*(c for group in written for c in group), *gallery_identities.IDENTITIES]


# cases made of a case -----------------------------------------------------------------------------


def _wrt(case: gallery.Case) -> tuple[str, ...]:
    return (case.wrt,) if isinstance(case.wrt, str) else tuple(case.wrt)


def renamed(case: gallery.Case, fresh: int, *, sizes_too: bool = True) -> gallery.Case:
    """The same program with letters, and sizes, of other names."""
    names = {name: f"a{k}q{fresh}" for k, name in enumerate(case.sizes)}

    def again(**values: Any) -> Any:
        return case.function(**{name: values[new] for name, new in names.items()})

    def size(match: re.Match[str]) -> str:
        word = match.group()
        return word if word in _DTYPES or not sizes_too else f"{word}q{fresh}"

    sizes = {names[n]: re.sub(r"[^\W\d]\w*", size, text) for n, text in case.sizes.items()}
    assume = {names[n]: facts for n, facts in case.assume.items()}
    wrt = tuple(names[n] for n in _wrt(case))
    return replace(case, function=again, sizes=sizes, assume=assume, wrt=wrt)


def _size_letters(case: gallery.Case) -> list[sp.Symbol]:
    found: dict[sp.Symbol, None] = {}
    for text in case.sizes.values():
        for size in read_sizes(text)[1]:
            free = getattr(size, "free_symbols", ())
            found.update(dict.fromkeys(sorted(free, key=str)))
    return list(found)


def _numbers(text: str, at: dict[sp.Symbol, int]) -> tuple[str, tuple[int, ...]]:
    dtype, sizes = read_sizes(text)
    return dtype, tuple(int(n.subs(at)) if isinstance(n, sp.Basic) else int(n) for n in sizes)


def numbered(case: gallery.Case, scale: int) -> gallery.Case:
    """The same program with numbers for its sizes, each another, ``scale`` times 4, 5, 6, ..."""
    at = {n: (SIZE + k) * scale for k, n in enumerate(_size_letters(case))}
    sizes = {}
    for name, text in case.sizes.items():
        dtype, shape = _numbers(text, at)
        sizes[name] = " ".join(["int"] * (dtype == "int") + [str(n) for n in shape])
    return replace(case, sizes=sizes)


# what is measured ---------------------------------------------------------------------------------


@contextmanager
def process_time() -> Iterator[None]:
    """Closed forms say how much of the processor they took: a busy machine is no matter then."""
    before = any_size.time
    any_size.time = SimpleNamespace(perf_counter=time.process_time)  # type: ignore[assignment]
    try:
        yield
    finally:
        any_size.time = before


def timed(case: gallery.Case, *, check: bool = False) -> Times:
    """One closed form's times."""
    with process_time():
        form = case.form(check=check)
    t, start = form.timings, time.process_time()
    form.text()
    written = time.process_time() - start
    return Times(*(1e3 * s for s in (t["trace"], t["derive"] + t["print"] + written, t["check"])))


def traced_nodes(case: gallery.Case) -> int:
    """How many operations the program records."""
    counts = []

    def counted(**values: Any) -> Any:
        result = case.function(**values)
        counts.append(len(structure([leaf_of(result)])[0]))
        return result

    replace(case, function=counted).form(check=False)
    return max(1, counts[0])


def sizes_of(case: gallery.Case) -> dict[str, Any]:
    """Graph and text, in all and a traced node."""
    form = case.form(check=False)
    traced = traced_nodes(case)
    graph, text = len(reachable([form.expression.node])), len(form.text())
    return {
        "notation": form.notation,
        "traced": traced,
        "letters": len(case.sizes),
        "simplified": graph,
        "graph": round(graph / traced, 2),
        "graph_with_letters": round(graph / (traced + len(case.sizes)), 2),
        "text": text,
        "characters": round(text / traced, 1),
    }


# SymPy beside it ----------------------------------------------------------------------------------


class Written(NamedTuple):
    """A program's entries, and the letters of each tensor that it is differentiated in."""

    entries: list[Any]
    letters: list[list[sp.Symbol]]


def _shapes(case: gallery.Case) -> dict[str, tuple[str, tuple[int, ...]]]:
    at = dict.fromkeys(_size_letters(case), SIZE)
    return {name: _numbers(text, at) for name, text in case.sizes.items()}


def written_out(case: gallery.Case) -> list[Any]:
    """The program's entries at size 4, without lets: what SymPy's diff takes."""
    random, shapes = np.random.default_rng(0), _shapes(case)
    values = [
        random.integers(0, SIZE, shape) if dtype == "int" else random.uniform(0.5, 1.5, shape)
        for dtype, shape in shapes.values()
    ]

    def positional(*given: Any) -> Any:
        return case.function(**dict(zip(shapes, given, strict=True)))

    whole = sg.closed_form(positional, *values, notation="element", check=False).sympy()
    return list(sp.flatten(whole)) if hasattr(whole, "shape") else [whole]


def _letters(case: gallery.Case) -> list[list[sp.Symbol]]:
    letters, shapes = [], _shapes(case)
    for name in _wrt(case):
        shape = shapes[name][1]
        stem = f"x{list(shapes).index(name)}"
        letters.append([symbol(element_name(stem, place)) for place in np.ndindex(*shape)])
    return letters


def sympy_ms(written: Written) -> float:
    """Milliseconds of SymPy's diff, every entry in every letter; its letters new ones each time."""
    free = {s for e in written.entries for s in e.free_symbols}
    new = {s: sp.Dummy(f"u{k}", real=True) for k, s in enumerate(sorted(free, key=str))}
    entries = [e.xreplace(new) for e in written.entries]
    letters = [[new.get(s, s) for s in group] for group in written.letters]
    start = time.process_time()
    for group in letters:
        entries = [sp.diff(e, s) for e in entries for s in group]
    return (time.process_time() - start) * 1e3


def _beside_sympy(case: gallery.Case) -> tuple[Written | None, str]:
    """What SymPy can be timed on, or why it cannot."""
    key = (case.function, tuple(case.sizes.items()))
    if key not in _ENTRIES:
        _ENTRIES.clear()  # cases of one program stand beside each other
        _ENTRIES[key] = _entries_or_why(case)
    entries, why = _ENTRIES[key]
    return (Written(entries, _letters(case)), "") if entries is not None else (None, why)


def _entries_or_why(case: gallery.Case) -> tuple[list[Any] | None, str]:
    try:
        with within(CAP):
            return written_out(case), ""
    except OutOfTime:
        return None, f"not written out in {CAP:.0f} s"
    except (SymgradError, AttributeError, TypeError, ValueError, NotImplementedError) as error:
        return None, f"not written out: {str(error).splitlines()[0][:90]}"


# one program --------------------------------------------------------------------------------------


def measure(case: gallery.Case, rounds: int, *, sympy: bool = True) -> dict[str, Any]:
    """Every figure of one program, and whether each is within its bound."""
    row: dict[str, Any] = {"program": case.name, "group": case.group, "order": len(_wrt(case))}
    try:
        return row | _measured(case, rounds, sympy)
    except (SymgradError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        why = f"{type(error).__name__}: {str(error).splitlines()[0]}"
        return row | {"refused": why, "holds": {"refused": False}}


def _measured(case: gallery.Case, rounds: int, sympy: bool) -> dict[str, Any]:
    row = sizes_of(case)
    kinds: dict[str, Callable[[], Times]] = {
        "again": lambda: timed(case),
        "renamed": lambda: timed(renamed(case, next(_fresh))),
        "named": lambda: timed(renamed(case, next(_fresh), sizes_too=False)),
    }
    for key, scale in (("4", 1), ("40", 10), ("400", 100)):
        other = numbered(case, scale)
        kinds[key] = lambda other=other: timed(renamed(other, next(_fresh)))
    written, why = _beside_sympy(case) if sympy else (None, "not asked for")
    times: dict[str, list[Times]] = {kind: [] for kind in kinds}
    theirs: list[float] = []
    for run in kinds.values():
        run()  # once before, so that what is timed has been seen
    quick = timed(case).work < 5
    for k in range(3 * rounds if quick else rounds):
        for kind, run in kinds.items():
            times[kind].append(run())
        # A long one is timed once.
        if written is not None and k < rounds and max(theirs, default=0.0) < 2e3:
            theirs.append(_capped(written))
    row |= _figures(row["traced"], times)
    row["check_ms"] = round(timed(case, check=True).check, 2)
    row |= _ratios(times, theirs, why)
    row["holds"] = _held(row)
    return row


def _capped(written: Written) -> float:
    try:
        with within(CAP):
            return sympy_ms(written)
    except OutOfTime:
        return CAP * 1e3


def _figures(traced: int, times: dict[str, list[Times]]) -> dict[str, Any]:
    work = {kind: statistics.median(t.work for t in found) for kind, found in times.items()}
    whole = statistics.median(t.trace + t.work for t in times["renamed"])
    return {
        "ms": {kind: round(ms, 3) for kind, ms in work.items()},
        "trace_ms": round(statistics.median(t.trace for t in times["renamed"]), 3),
        "ms_a_node": {kind: round(work[kind] / traced, 3) for kind in ("again", "renamed")},
        "seconds": round(whole / 1e3, 4),
    }


def _ratios(times: dict[str, list[Times]], theirs: list[float], why: str) -> dict[str, Any]:
    work = {kind: [t.work for t in found] for kind, found in times.items()}
    out: dict[str, Any] = {
        "sizes": {
            "40/4": _median_ratio(work["40"], work["4"]),
            "400/4": _median_ratio(work["400"], work["4"]),
            "named/4": _median_ratio(work["named"], work["4"]),
        }
    }
    if theirs:
        out["sympy_ms"] = round(statistics.median(theirs), 2)
        out["sympy_capped"] = max(theirs) >= CAP * 1e3
        out["sympy"] = {k: _median_ratio(work[k], theirs) for k in ("again", "renamed")}
    else:
        out["sympy_none"] = why
    return out


def _median_ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    return round(statistics.median(a / b for a, b in zip(ours, theirs, strict=False)), 3)


def _held(row: dict[str, Any]) -> dict[str, bool]:
    """Whether each figure is within its bound, of the warm times the larger."""
    held = {name: row[name] <= BOUNDS[name] for name in ("graph", "characters", "seconds")}
    held["ms_a_node"] = max(row["ms_a_node"].values()) <= BOUNDS["ms_a_node"]
    held["sizes"] = max(row["sizes"].values()) <= BOUNDS["sizes"]
    if "sympy" in row:
        held["sympy"] = row["sympy"]["renamed"] <= BOUNDS["sympy"]
    return held


# the table ----------------------------------------------------------------------------------------

HEAD = (
    f"{'program':26s} {'ops':>4s} {'graph':>6s} {'chars':>6s} {'ms again':>9s} {'renamed':>8s} "
    f"{'ms/op':>6s} {'trace':>6s} {'check':>7s} {'sympy ms':>9s} {'ratio':>6s} "
    f"{'40/4':>5s} {'400/4':>5s} {'name/4':>6s}  "
)


def bounds_line() -> str:
    """The bounds, to stand over the table."""
    b = BOUNDS
    return (
        f"bounds: graph <= {b['graph']:g} nodes an op, text <= {b['characters']:g} characters an "
        f"op, <= {b['ms_a_node']:g} ms an op, <= {b['sympy']:g} of SymPy's diff (at size {SIZE}, "
        f"at most {CAP:.0f} s), sizes <= {b['sizes']:g}, <= {b['seconds']:g} s"
    )


def line(row: dict[str, Any]) -> str:
    """One program's figures, and yes, or NO with what is out of bounds."""
    no = [name for name, held in row["holds"].items() if not held]
    if "refused" in row:
        return f"{row['program'][:26]:26s} NO: {row['refused'][:120]}"
    theirs, ratio = "-", "-"
    if "sympy" in row:
        theirs = ">20000" if row["sympy_capped"] else f"{row['sympy_ms']:.1f}"
        ratio = f"{row['sympy']['renamed']:.3f}"
    s = row["sizes"]
    return (
        f"{row['program'][:26]:26s} {row['traced']:4d} {row['graph']:6.2f} "
        f"{row['characters']:6.1f} {row['ms']['again']:9.2f} {row['ms']['renamed']:8.2f} "
        f"{max(row['ms_a_node'].values()):6.2f} {row['trace_ms']:6.1f} {row['check_ms']:7.1f} "
        f"{theirs:>9s} {ratio:>6s} {s['40/4']:5.2f} {s['400/4']:5.2f} {s['named/4']:6.2f}  "
        f"{'yes' if not no else 'NO: ' + ', '.join(no)}"
    )
