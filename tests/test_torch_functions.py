"""PyTorch's functions under PyTorch's names: values, gradients and second derivatives are its own.

The golden results are recorded by ``golden/make_torch_functions.py``; no torch is needed here.
"""

import json
import warnings
from pathlib import Path

import pytest
from golden.make_torch_functions import record, refused
from torch_cases import CASES, MISUSE

import symgrad as sg

GOLDEN = json.loads((Path(__file__).parent / "golden" / "torch_functions.json").read_text())
ERRORS = json.loads((Path(__file__).parent / "golden" / "torch_errors.json").read_text())


def numbers(found):
    return [float(v) for v in found]


def same(mine, golden, rel):
    """Whether two lists of entries are the same; a gradient that is None is one of zeros."""
    if mine is None or golden is None:
        return not any(numbers(mine or golden or []))
    return numbers(mine) == pytest.approx(numbers(golden), rel=rel, abs=rel, nan_ok=True)


@pytest.mark.parametrize("name", CASES)
def test_a_function_does_as_pytorchs(name):
    golden = GOLDEN[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of targets that broadcast, as PyTorch warns
        mine = record(sg, name)
    for got, wanted in zip(mine["results"], golden["results"], strict=True):
        assert (got["shape"], got["dtype"]) == (wanted["shape"], wanted["dtype"])
        assert same(got["entries"], wanted["entries"], 1e-6 if got["dtype"] == "float32" else 1e-9)
    for order in ("first", "second"):
        for got, wanted in zip(mine.get(order, []), golden.get(order, []), strict=False):
            assert same(got, wanted, 1e-7), order
    assert flows(mine) == flows(golden)


def flows(found):
    """Whether a gradient reaches an input."""
    return any(g is not None and any(numbers(g)) for g in found.get("first", []))


def test_every_golden_result_has_its_program():
    assert set(GOLDEN) == set(CASES)
    assert len(CASES) > 250


@pytest.mark.parametrize("name", MISUSE)
def test_misuse_raises_the_class_of_pytorchs_error(name):
    error = refused(sg, name)
    assert ERRORS[name] in {kind.__name__ for kind in type(error).__mro__}, repr(error)
    assert set(ERRORS) == set(MISUSE)
