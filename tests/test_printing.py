"""The text of a tensor, held against what PyTorch 2.13 printed (golden/printing.json)."""

import json
import timeit
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from symgrad.tracing.printing import format_tensor, get_printoptions, set_printoptions

GOLDEN = json.loads((Path(__file__).parent / "golden" / "printing.json").read_text())
LEAF = {"grad_fn": None, "requires_grad": False}


@pytest.fixture(autouse=True)
def _default_options():
    set_printoptions(profile="default")
    yield
    set_printoptions(profile="default")


def contents(case):
    """The array of a golden case; NumPy has no bfloat16, so float32 carries it."""
    name = case["dtype"]
    dtype = np.dtype("float32" if name == "bfloat16" else name)
    if "range" in case:
        start, step = case["range"]
        return (
            (np.arange(np.prod(case["shape"])) * step + start).astype(dtype).reshape(case["shape"])
        )
    read = {
        "f": float.fromhex,
        "c": lambda text: complex(*map(float.fromhex, text.split())),
        "b": lambda text: text == "1",
    }.get(dtype.kind, int)
    return np.array([read(text) for text in case["data"]], dtype).reshape(case["shape"])


def label(case):
    return f"{case['dtype']}-{case['shape']}"


@pytest.mark.parametrize("case", GOLDEN, ids=label)
def test_the_text_is_pytorchs(case):
    set_printoptions(**case.get("options", {}))
    text = format_tensor(contents(case), dtype=case["dtype"], **case["call"])
    assert text == case["text"].replace("dtype=torch.", "dtype=symgrad.")


def test_the_golden_file_covers_what_it_is_for():
    dtypes = Counter(case["dtype"] for case in GOLDEN)
    ranks = Counter(len(case["shape"]) for case in GOLDEN)
    texts = [case["text"] for case in GOLDEN]
    assert len(GOLDEN) >= 80
    assert min(dtypes[name] for name in ("float16", "float32", "float64", "int64", "bool")) >= 5
    assert min(ranks[rank] for rank in range(5)) >= 10
    for part in ("...", "e-", "nan", "-inf", "-0.", "\n\n\n", ",\n       grad_fn", "device="):
        assert sum(part in text for text in texts) >= 3, part


def test_a_numpy_scalar_prints_like_a_zero_dimensional_array():
    for number in (np.float32(0.7616), np.float64(3), np.int64(-4), np.bool_(True)):
        name = number.dtype.name
        assert format_tensor(number, dtype=name, **LEAF) == format_tensor(
            np.array(number), dtype=name, **LEAF
        )


def test_memory_layout_does_not_show():
    x = np.arange(2000.0).reshape(40, 50)
    for view in (x.T, x[::-1, ::2], np.broadcast_to(x[0], (30, 50))):
        assert format_tensor(view, dtype="float64", **LEAF) == format_tensor(
            view.copy(), dtype="float64", **LEAF
        )


def test_the_contents_are_left_alone():
    x = np.array([[0.5, np.nan], [-0.0, 1e30]])
    before = x.tobytes()
    x.flags.writeable = False
    format_tensor(x, dtype="float64", **LEAF)
    assert x.tobytes() == before


def test_numpys_own_options_and_error_state_change_nothing():
    x = np.array([5e-324, 1.7e308, np.nan])
    plain = format_tensor(x, dtype="float64", **LEAF)
    with np.printoptions(precision=1, suppress=True, legacy="1.13"), np.errstate(all="raise"):
        assert format_tensor(x, dtype="float64", **LEAF) == plain


def test_other_devices_are_named_and_the_cpu_is_not():
    ones = np.ones(2, np.float32)
    made = format_tensor(ones, dtype="float32", device="cuda:0", **LEAF)
    assert made == "tensor([1., 1.], device='cuda:0')"
    assert format_tensor(ones, dtype="float32", device="cpu", **LEAF) == "tensor([1., 1.])"


def test_a_leaf_says_requires_grad_and_a_result_names_its_node():
    x = np.array(2.5)
    written = format_tensor(x, dtype="float32", grad_fn="MulBackward0", requires_grad=True)
    assert written == "tensor(2.5000, grad_fn=<MulBackward0>)"
    written = format_tensor(x, dtype="float32", grad_fn=None, requires_grad=True)
    assert written == "tensor(2.5000, requires_grad=True)"


def test_lines_break_where_pytorchs_shorter_dtype_name_makes_them():
    # PyTorch just fits these into 80 columns; the longer module name must not break the line.
    fits = [case for case in GOLDEN if max(map(len, case["text"].split("\n"))) in (79, 80)]
    fits = [case for case in fits if ", dtype=torch." in case["text"] and "options" not in case]
    assert fits
    for case in fits:
        text = format_tensor(contents(case), dtype=case["dtype"], **case["call"])
        assert text.count("\n") == case["text"].count("\n")


def test_options_are_returned_kept_and_restored():
    first = get_printoptions()
    assert first == {
        "precision": 4,
        "threshold": 1000,
        "edgeitems": 3,
        "linewidth": 80,
        "sci_mode": None,
    }
    set_printoptions(precision=2, sci_mode=True)
    set_printoptions(linewidth=np.int64(40))
    # As in PyTorch: sci_mode goes back to None in every call that leaves it out.
    assert get_printoptions() == first | {"precision": 2, "linewidth": 40}
    set_printoptions(profile="full")
    assert get_printoptions()["threshold"] == float("inf")
    get_printoptions()["precision"] = 9
    assert get_printoptions()["precision"] == 4
    set_printoptions(**first)
    assert get_printoptions() == first


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            {"profile": "long"},
            ValueError,
            "set_printoptions: profile is 'long'; it may be 'default', 'short', 'full'.",
        ),
        ({"precision": -1}, ValueError, "set_printoptions: precision is -1; it takes 0 or more."),
        ({"edgeitems": 1.5}, TypeError, "set_printoptions: edgeitems is 1.5; it takes an integer."),
        ({"linewidth": "9"}, TypeError, "set_printoptions: linewidth is '9'; it takes an integer."),
        ({"threshold": True}, TypeError, "set_printoptions: threshold is True; it takes a number."),
        (
            {"threshold": float("nan")},
            ValueError,
            "set_printoptions: threshold is nan; it takes 0 or more.",
        ),
        (
            {"sci_mode": "on"},
            TypeError,
            "set_printoptions: sci_mode is 'on'; it may be True, False, None.",
        ),
    ],
)
def test_a_bad_option_is_refused_and_changes_nothing(options, error, message):
    before = get_printoptions()
    with pytest.raises(error) as caught:
        set_printoptions(**{"precision": 7, "sci_mode": True} | options)
    assert str(caught.value) == message
    assert get_printoptions() == before


def test_only_the_shown_elements_of_a_huge_array_are_read():
    # 10**12 elements in 8 bytes: reading them all would neither fit nor end.
    huge = np.broadcast_to(np.float64(0.5), (10**6, 10**6))
    text = format_tensor(huge, dtype="float64", **LEAF)
    assert text.count("0.5000") == 36
    assert text.count("...") == 7


def test_a_scalar_prints_fast():
    # About 9 us; the best of many short runs stays clear of whatever else the machine does.
    x = np.array(0.7616, np.float32)
    timer = timeit.Timer(lambda: format_tensor(x, dtype="float32", **LEAF))
    assert min(timer.repeat(repeat=60, number=20)) / 20 < 30e-6
