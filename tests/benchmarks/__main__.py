"""``make bench``: interleaved rounds, medians of ratios, one thread; writes a results file.

    python -m tests.benchmarks [--forms] [--rounds 15] [--only NAME] [--write]

A ratio is symgrad's time over the peer's in the same round, so that a busy machine slows both.
``--forms`` measures closed forms instead: their size, their text and their time.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import sympy

from tests.benchmarks import growing, symbolic
from tests.benchmarks.contenders import contenders
from tests.benchmarks.memory import memory_figures
from tests.benchmarks.workloads import Workload, workloads

RESULTS = Path(__file__).parent / "results"


def _calls_for(runner: Callable[[], Any], seconds: float) -> int:
    runner()
    start = time.process_time()
    runner()
    return max(1, int(seconds / max(time.process_time() - start, 1e-7)))


def measure(work: Workload, rounds: int) -> dict[str, Any]:
    """Microseconds a call of everybody, and symgrad's ratio to each."""
    runners = contenders(work)
    calls = {name: min(20_000, _calls_for(run, 0.02)) for name, run in runners.items()}
    times: dict[str, list[float]] = {name: [] for name in runners}
    order = list(runners)
    shuffle = random.Random(0)
    for _ in range(rounds):
        shuffle.shuffle(order)
        for name in order:
            run, n = runners[name], calls[name]
            gc.collect()
            start = time.process_time()
            for _ in range(n):
                run()
            times[name].append((time.process_time() - start) / n)
    ratios = {
        name: statistics.median(a / b for a, b in zip(times["symgrad"], ts, strict=True))
        for name, ts in times.items()
        if name != "symgrad"
    }
    return {
        "workload": work.name,
        "microseconds": {n: round(statistics.median(ts) * 1e6, 2) for n, ts in times.items()},
        "ratio": {n: round(r, 3) for n, r in ratios.items()},
        "bounds": work.bounds,
    }


def _line(row: dict[str, Any]) -> str:
    parts = []
    for name, ratio in row["ratio"].items():
        bound = row["bounds"].get(name)
        mark = "" if bound is None else f" (<= {bound}: {'yes' if ratio <= bound else 'NO'})"
        parts.append(f"{name} {ratio:.3f}{mark}")
    return f"{row['workload']:34s} {row['microseconds']['symgrad']:>12.1f} us   {'   '.join(parts)}"


def _machine() -> dict[str, Any]:
    return {
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "sympy": sympy.__version__,
        "load": [round(v, 2) for v in os.getloadavg()],
    }


def _eager(rounds: int, only: str) -> dict[str, Any]:
    print("ratio = symgrad / peer; process time, one thread, medians of interleaved rounds")
    rows = []
    for work in workloads():
        if only in work.name:
            rows.append(measure(work, rounds))
            print(_line(rows[-1]), flush=True)
    figures = memory_figures() if not only or only in "memory" else []
    for figure in figures:
        print(f"{figure['figure']:58s} {figure['value']:>12} (<= {figure['bound']})", flush=True)
    return {"rows": rows, "figures": figures}


def _forms(rounds: int, only: str) -> dict[str, Any]:
    print("closed forms; process time, medians of interleaved rounds; without the check")
    print(symbolic.bounds_line(), symbolic.HEAD, sep="\n")
    rows = []
    for case in symbolic.programs():
        if only in case.name:
            rows.append(symbolic.measure(case, rounds))
            print(symbolic.line(rows[-1]), flush=True)
    figures = growing.figures() if not only or only in "growing" else []
    for figure in figures:
        print(growing.line(figure), flush=True)
    return {"bounds": symbolic.BOUNDS, "rows": rows, "figures": figures}


def _write(name: str, found: dict[str, Any]) -> None:
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}-{time.strftime('%Y-%m-%d')}.json"
    path.write_text(json.dumps({"machine": _machine(), **found}, indent=1) + "\n")
    print(f"written: {path.relative_to(Path.cwd())}")


def main() -> None:
    """Run, print, and write the results file where that is asked for."""
    parser = argparse.ArgumentParser(description="symgrad beside its peers")
    parser.add_argument("--forms", action="store_true", help="closed forms, beside SymPy's diff")
    parser.add_argument("--rounds", type=int, default=None, help="15; 5 of closed forms")
    parser.add_argument("--only", default="")
    parser.add_argument("--write", action="store_true", help="keep the results under results/")
    asked = parser.parse_args()
    gc.freeze()  # what the peers loaded is not walked again by each collection
    if asked.forms:
        name, found = "forms", _forms(asked.rounds or 5, asked.only)
    else:
        name, found = "eager", _eager(asked.rounds or 15, asked.only)
    if asked.write:
        _write(name, found)


if __name__ == "__main__":
    main()
