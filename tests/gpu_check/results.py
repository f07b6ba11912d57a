"""The results file: rewritten whole, in one move, after every section."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "tests" / "benchmarks" / "results"
#: What a results file of a dry run is called, and says: no card was there.
STAND_IN = "stand-in"
#: Sections without which a run proves nothing: one of them skipped is no success.
NEEDED = {"environment", "tests", "correctness"}


def commit() -> str:
    """The commit that is checked, short; "-dirty" where files differ from it."""
    try:
        found = _git("rev-parse", "--short", "HEAD")
        return found + ("-dirty" if _git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return os.environ.get("SYMGRAD_COMMIT", "unknown")


def _git(*words: str) -> str:
    command = ["git", *words]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=20)
    return run.stdout.strip()


class Results:
    """What the sections found, kept in a file that is whole at every moment."""

    def __init__(self, folder: Path, stand_in: bool) -> None:
        of = STAND_IN if stand_in else "gpu"
        self.found: dict[str, Any] = {
            "what": "a dry run on the stand-in: NO CARD, and no time means anything"
            if stand_in
            else "a run on a card",
            "hardware": STAND_IN if stand_in else "none found yet",
            "date": time.strftime("%Y-%m-%d %H:%M:%S"),
            "commit": commit(),
            "verdict": "unfinished",
            "sections": {},
        }
        name = f"{of}-{time.strftime('%Y-%m-%d')}-{self.found['commit']}.json"
        if stand_in and folder.resolve() == KEPT.resolve():
            raise SystemExit("gpu-check: a dry run is not kept among results of cards; give --out")
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / name

    def keep(self, section: str, found: dict[str, Any]) -> None:
        """Add what a section found, and write the file."""
        self.found["sections"][section] = found
        self.write()

    def finish(self) -> bool:
        """The verdict over all sections, written: whether nothing failed that has to run."""
        failed = [n for n, s in self.found["sections"].items() if s["status"] == "FAIL"]
        skipped = [n for n, s in self.found["sections"].items() if s["status"] == "skipped"]
        self.found["verdict"] = (
            f"FAIL: {', '.join(failed)}"
            if failed
            else f"incomplete: {', '.join(skipped)} skipped"
            if skipped
            else "pass"
        )
        self.write()
        return not failed and not NEEDED & set(skipped)

    def write(self) -> None:
        """The whole file anew, beside the old one, and then in its place."""
        beside = self.path.with_suffix(".part")
        beside.write_text(json.dumps(self.found, indent=1) + "\n", encoding="utf-8")
        os.replace(beside, self.path)
