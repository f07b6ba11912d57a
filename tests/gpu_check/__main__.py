"""Run the sections one after another, each in the time that is left, and keep what they find.

    python -m tests.gpu_check [--budget 480] [--out FOLDER] [--select EXPRESSION] [--stand-in]

``--stand-in`` is the dry run of the command itself, without a card: its file says so in its name
and in its first lines, and it is never kept among the results of cards.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.gpu_check import sections
from tests.gpu_check.results import KEPT, Results
from tests.gpu_check.sections import Asked
from tests.standin import installed

#: Each section, and the seconds without which it is not begun.
SECTIONS: tuple[tuple[str, Callable[[Asked, float], dict[str, Any]], float], ...] = (
    ("environment", sections.environment, 0),
    ("tests", sections.tests, 60),
    ("ceilings", sections.ceilings, 10),
    ("correctness", sections.correctness, 20),
    ("benchmarks", sections.benchmarks, 40),
)


def run(asked: Asked, results: Results, budget: float) -> bool:
    """All sections; whether nothing failed."""
    until = time.monotonic() + budget
    for name, section, least in SECTIONS:
        left = until - time.monotonic()
        start = time.monotonic()
        if least and left < least * min(1.0, budget / 480):
            found: dict[str, Any] = {
                "status": "skipped",
                "line": f"{left:.0f} s are left, and it wants {least:.0f}",
            }
        else:
            found = tried(section, asked, left)
        found["seconds"] = round(time.monotonic() - start, 2)
        if "card" in found and not asked.stand_in:
            results.found["hardware"] = found["card"]
        results.keep(name, found)
        print(f"{name:<12} {found['status']:<8} {found['seconds']:>7.1f} s   {found['line']}")
        if name == "environment" and found["status"] == "FAIL":
            break
    good = results.finish()
    print(f"{results.found['verdict']}   (hardware: {results.found['hardware']})")
    print(f"written: {results.path}")
    return good


def tried(
    section: Callable[[Asked, float], dict[str, Any]], asked: Asked, left: float
) -> dict[str, Any]:
    """What a section finds; an error of it is a FAIL, and the next one runs."""
    try:
        return section(asked, left)
    except Exception as error:  # whatever a card raises belongs into the file
        told = traceback.format_exc()
        return {"status": "FAIL", "line": f"{type(error).__name__}: {error}", "error": told}


def main() -> None:
    """Read the command line, run, and leave with 1 where anything failed."""
    parser = argparse.ArgumentParser(description="all that needs a card, in one command")
    parser.add_argument("--budget", type=float, default=480.0, help="seconds for everything")
    parser.add_argument("--out", type=Path, default=Path(os.environ.get("OUT") or KEPT))
    parser.add_argument("--select", default="", help="pytest's -k: part of the tests")
    parser.add_argument("--scale", type=float, default=1.0, help="of the benchmarks' sizes")
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--stand-in", action="store_true", help="a dry run, without a card")
    given = parser.parse_args()
    asked = Asked(given.stand_in, given.select, given.scale, given.rounds)
    results = Results(given.out, given.stand_in)
    with installed() if given.stand_in else contextlib.nullcontext():
        good = run(asked, results, given.budget)
    raise SystemExit(0 if good else 1)


if __name__ == "__main__":
    main()
