"""``make gpu-check`` itself, from end to end on the stand-in: what it runs, keeps, and refuses."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import symgrad as sg
from tests.gpu_check import __main__ as command
from tests.gpu_check import sections
from tests.gpu_check.results import KEPT, Results
from tests.gpu_check.sections import Asked
from tests.standin import installed

ROOT = Path(__file__).resolve().parents[1]
ASKED = Asked(stand_in=True, select="", scale=1e-5, rounds=1)


def gpu_check(*words):
    told = [sys.executable, "-m", "tests.gpu_check", *words]
    environ = {k: v for k, v in os.environ.items() if k != "SYMGRAD_REQUIRE_GPU"}
    return subprocess.run(
        told, cwd=ROOT, capture_output=True, text=True, timeout=300, env=environ, check=False
    )


def test_the_whole_command_on_the_stand_in(tmp_path):
    run = gpu_check(
        "--stand-in", "--out", str(tmp_path), "--scale", "1e-5", "--rounds", "2",
        "--select", "test_gpu.py or tanh-case0",
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    (path,) = tmp_path.iterdir()
    assert path.name.startswith("stand-in-")
    found = json.loads(path.read_text())
    assert found["hardware"] == "stand-in"
    assert "NO CARD" in found["what"]
    assert found["verdict"] == "pass"
    assert list(found["sections"]) == [name for name, _, _ in command.SECTIONS]
    assert all(s["status"] == "pass" for s in found["sections"].values())
    tests = found["sections"]["tests"]
    assert tests["passed"] == tests["asked"] > 20
    assert tests["skipped"] == tests["failed"] == 0
    assert all(r["ok"] for r in found["sections"]["correctness"]["rows"])
    for name in found["sections"]:
        assert f"\n{name}" in "\n" + run.stdout
    assert "hardware: stand-in" in run.stdout


def test_without_a_card_it_fails_and_says_so(tmp_path):
    if __import__("conftest").why_no_gpu() == "":
        pytest.skip("there is a card")
    run = gpu_check("--out", str(tmp_path))
    assert run.returncode == 1
    (path,) = tmp_path.iterdir()
    assert path.name.startswith("gpu-")
    found = json.loads(path.read_text())
    assert found["verdict"] == "FAIL: environment"
    assert found["hardware"] == "none found yet"
    assert list(found["sections"]) == ["environment"]
    assert "mend" in found["sections"]["environment"]["line"]


def test_a_dry_run_is_not_kept_among_results_of_cards():
    with pytest.raises(SystemExit, match="not kept among results of cards"):
        Results(KEPT, stand_in=True)


def play(monkeypatch, tmp_path, *statuses, budget=480.0):
    """Run sections that give these statuses; the file after each, and whether all is well."""
    results, files = Results(tmp_path, stand_in=True), []

    def section(status):
        def found(asked, left):
            files.append(json.loads(results.path.read_text()) if results.path.exists() else None)
            if status == "raises":
                raise RuntimeError("the card fell off")
            return {"status": status, "line": ""}

        return found

    names = [name for name, _, _ in command.SECTIONS]
    least = [least for _, _, least in command.SECTIONS]
    planned = tuple(zip(names, map(section, statuses), least, strict=False))
    monkeypatch.setattr(command, "SECTIONS", planned)
    return command.run(ASKED, results, budget), files, json.loads(results.path.read_text())


def test_the_file_is_whole_after_every_section(monkeypatch, tmp_path):
    good, files, last = play(monkeypatch, tmp_path, *["pass"] * 5)
    assert good
    assert last["verdict"] == "pass"
    assert [len(f["sections"]) for f in files[1:]] == [1, 2, 3, 4]
    assert all(f["verdict"] == "unfinished" for f in files[1:])
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("what", ["FAIL", "raises"])
def test_a_section_that_fails_fails_the_run_and_not_the_next_section(what, monkeypatch, tmp_path):
    good, _, last = play(monkeypatch, tmp_path, "pass", "pass", what, "pass", "pass")
    assert not good
    assert last["verdict"] == "FAIL: ceilings"
    assert last["sections"]["benchmarks"]["status"] == "pass"
    if what == "raises":
        assert last["sections"]["ceilings"]["line"] == "RuntimeError: the card fell off"


def test_what_there_is_no_time_for_is_skipped_with_a_line(monkeypatch, tmp_path):
    good, _, last = play(monkeypatch, tmp_path, *["pass"] * 5, budget=0.0)
    assert not good  # a run without its tests proves nothing
    assert last["verdict"].startswith("incomplete: tests, ceilings")
    assert "are left, and it wants 60" in last["sections"]["tests"]["line"]


def reports(monkeypatch, *outcomes):
    """What the section of tests finds where pytest reports these outcomes."""

    def main(words, plugins):
        (watch,) = plugins
        for n, outcome in enumerate(outcomes):
            report = pytest.TestReport(f"test_{n}", ("", 0, ""), {}, outcome, None, "call")
            watch.pytest_runtest_logreport(report)

    monkeypatch.setattr(pytest, "main", main)
    monkeypatch.setenv("SYMGRAD_REQUIRE_GPU", "1")
    return sections.tests(ASKED, 100.0)


def test_a_run_without_a_passed_test_is_no_success(monkeypatch):
    assert reports(monkeypatch)["status"] == "FAIL"
    assert reports(monkeypatch, "skipped", "skipped")["status"] == "FAIL"
    found = reports(monkeypatch, "passed", "failed", "skipped")
    assert found["status"] == "FAIL"
    assert found["line"] == "1 passed, 1 failed, 1 skipped"
    assert found["failures"] == ["test_1"]
    assert reports(monkeypatch, "passed", "skipped")["status"] == "pass"


def test_a_wrong_result_is_a_failure(monkeypatch):
    right = sections.off_by
    wrong = sections.PROGRAMS[1].name

    def off_by(program, dtype, rng):
        worst, bound = right(program, dtype, rng)
        return (2 * bound, bound) if program.name == wrong else (worst, bound)

    monkeypatch.setattr(sections, "off_by", off_by)
    with installed():
        found = sections.correctness(ASKED, 100.0)
    assert found["status"] == "FAIL"
    assert found["line"].startswith("12 of 14 agree")
    assert wrong in found["line"]


def test_what_no_kernel_wrote_is_seen():
    """The memory that a card hands out holds NaN, and a result with it is infinitely off."""
    with installed() as cupy:
        program = sections.PROGRAMS[1]
        unwritten = program._replace(
            function=lambda F, x: F.sum(x * 2) + _unwritten(cupy, x) if x.is_cuda else F.sum(x * 2)
        )
        assert sections.off_by(unwritten, "float64", np.random.default_rng(0))[0] == np.inf


def _unwritten(cupy, x):
    return sg.as_tensor(cupy.empty((), x._value.dtype))
