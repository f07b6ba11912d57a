"""The measuring of closed forms still runs: one round on two programs, and how forms grow."""

import json

import pytest

from tests.benchmarks import growing, symbolic

NAMES = ("least_squares", "logistic_hessian")


def case_of(name):
    return next(case for case in symbolic.programs() if case.name == name)


@pytest.mark.parametrize("name", NAMES)
def test_measures_a_program(name):
    row = symbolic.measure(case_of(name), rounds=1)
    json.dumps(row)
    # Counts are the same on every machine; times are for `python -m tests.benchmarks --forms`.
    assert row["holds"]["graph"]
    assert row["holds"]["characters"]
    assert set(row["ms"]) == {"again", "renamed", "named", "4", "40", "400"}
    assert all(ms > 0 for ms in row["ms"].values())
    assert row["sympy_ms"] > 0
    assert symbolic.line(row).startswith(name)


def test_a_program_without_a_form_is_a_row_that_says_so():
    case = symbolic.gallery.Case("none", "", lambda x: x.no_such_thing(), {"x": "n"}, "x")
    with pytest.raises(AttributeError):
        symbolic.measure(case, rounds=1)
    case = symbolic.gallery.Case("none", "", lambda x: bool(x.sum() > 0), {"x": "n"}, "x")
    row = symbolic.measure(case, rounds=1)
    assert not row["holds"]["refused"]
    assert "NO: TraceError" in symbolic.line(row)


def test_renaming_changes_letters_and_sizes_and_nothing_else():
    case = case_of("cross_entropy_labels")
    other = symbolic.renamed(case, 7)
    assert other.sizes == {"a0q7": "nq7 dq7", "a1q7": "dq7 kq7", "a2q7": "int nq7"}
    assert other.form().evaluate is not None  # checked as the other one is
    assert symbolic.renamed(case, 7, sizes_too=False).sizes["a0q7"] == "n d"


def test_numbered_gives_every_size_a_number_of_its_own():
    sizes = symbolic.numbered(case_of("least_squares"), 10).sizes
    assert sizes == {"X": "40 50", "w": "50", "y": "40"}


def test_traced_nodes_are_operations():
    assert symbolic.traced_nodes(case_of("least_squares")) == 4  # matmul, minus, square, sum


def test_growth_is_measured():
    found = [*growing.nets((2, 3, 4, 5)), *growing.derivatives(2), *growing.chains(3)]
    json.dumps(found)
    assert all(growing.line(figure) for figure in found)
    nodes = [f for f in found if "nodes" in f["figure"]]
    assert all(f["holds"] for f in nodes)
