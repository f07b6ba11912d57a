"""Closed forms of random programs agree with reverse mode, stage by stage, and are in matrix form.

``python -m tests.random_programs COUNT SEED`` runs any number of them.
"""

from __future__ import annotations

import functools
import subprocess
import sys
from pathlib import Path

import pytest

from symgrad.algebras.tensors import constructors
from symgrad.symbolic import deriving
from symgrad.symbolic.index_notation import IndexNotation
from symgrad.symbolic.notation.tree import Tree
from tests.random_checks import Tally, outcome, smallest
from tests.random_lines import program_of
from tests.random_programs import Program, minimised

#: Of the derivatives of rank 2 or less, the part that has a matrix form: of programs over scalars,
#: vectors and matrices, and of all, arrays of rank 3 included.
LEAST, LEAST_OF_ALL = 0.99, 0.96


def told(tally):
    """What a person needs to see of failures: the rates, and the first ones made small."""
    lines = [tally.text()]
    for seed, failure in tally.failures[:3]:
        program = smallest(seed, failure)
        again = outcome(program).failure or failure
        lines += ["", f"# seed {seed}: {again.stage}", f"# {again.detail}", program.source()]
    for seed, why in tally.no_matrix[:3]:
        lines += ["", f"# seed {seed}: no matrix form, {why}", program_of(seed).source()]
    return "\n".join(lines)


@functools.cache
def run(start, count):
    """The tally of some programs, which more than one test reads."""
    tally = Tally()
    for seed in range(start, start + count):
        tally.add(seed)
    return tally


# one test a hundred programs, so that a failure names a few of them
@pytest.mark.parametrize("start", range(0, 300, 100))
def test_random_closed_forms(start):
    tally = run(start, 100)
    assert not tally.failures, told(tally)
    assert len(tally.refused) <= 2, told(tally)
    assert tally.points >= 2 * tally.count, told(tally)
    assert tally.empty == 0, told(tally)


def test_almost_all_have_a_matrix_form():
    tallies = [run(start, 100) for start in range(0, 300, 100)]
    missed = sum(len(t.flat_missed) for t in tallies)
    assert missed <= (1 - LEAST) * sum(t.flat for t in tallies), "\n".join(map(told, tallies))
    assert sum(len(t.no_matrix) for t in tallies) <= (1 - LEAST_OF_ALL) * sum(
        t.small for t in tallies
    ), "\n".join(map(told, tallies))


@pytest.mark.slow
def test_many_random_closed_forms():
    tally = run(10_000, 2_000)
    assert not tally.failures, told(tally)
    assert tally.empty <= 2, told(tally)
    assert tally.flat_rate >= LEAST, told(tally)
    assert tally.rate >= LEAST_OF_ALL, told(tally)


# the programs themselves -------------------------------------------------------------------------


def test_programs_are_the_same_in_every_process():
    code = "from tests.random_lines import program_of; print(program_of(7).source())"
    texts = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[1],
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert texts == {program_of(7).source() + "\n"}


def test_programs_meet_every_kind_of_line():
    words = {line.word for seed in range(300) for line in program_of(seed).lines}
    for word in ("@", "einsum", "where", "[]", "[]=", "cat", "stack", "reshape", "softmax",
                 "take_along_axis", "logsumexp", "amax", "maximum", "outer", "flip"):  # fmt: skip
        assert word in words


def test_a_source_says_what_runs():
    source = program_of(1).source()
    assert source.startswith("def f(")
    assert "print(sg.closed_form(f, " in source


# planted faults ----------------------------------------------------------------------------------


def first_failure(count=120):
    for seed in range(count):
        found = outcome(program_of(seed)).failure
        if found is not None:
            return seed, found
    return None


def test_a_wrong_sign_in_peel_is_found(monkeypatch):
    sound = deriving.peel

    def wrong(expression, seed):
        return constructors.scaled(-1, sound(expression, seed))

    monkeypatch.setattr(deriving, "peel", wrong)
    found = first_failure()
    assert found is not None
    assert found[1].stage.startswith("raw")


def test_a_dropped_equation_is_found(monkeypatch):
    sound = constructors._Product.absorb

    def forgetful(product, arg, spec):
        before = list(product.equations)
        sound(product, arg, spec)
        product.equations[:] = before

    monkeypatch.setattr(constructors._Product, "absorb", forgetful)
    assert first_failure() is not None


def test_a_wrong_number_in_a_printed_formula_is_found(monkeypatch):
    sound = IndexNotation.formula

    def wrong(notation, *args, **options):
        return Tree("negative", (sound(notation, *args, **options),))

    monkeypatch.setattr(IndexNotation, "formula", wrong)
    found = first_failure()
    assert found is not None
    assert found[1].stage == "index notation"


def test_failures_are_made_small():
    big = program_of(16)
    words = [line.word for line in big.lines]
    small = minimised(big, lambda p: words[-1] in [line.word for line in p.lines])
    assert isinstance(small, Program)
    assert len(small.lines) <= min(2, len(big.lines))
