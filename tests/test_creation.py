"""Tensors from data, sizes, chance and files: what is taken, what is refused, what it says."""

import copy
import pickle

import numpy as np
import pytest

import symgrad as sg

MASKED = np.ma.array([1.0, 2.0], mask=[False, True])
NOT_HELD = {
    "long complex array": np.array([1j, 2.0], dtype=np.clongdouble),
    "long complex scalar": np.clongdouble(1j),
    "dates": np.array(["2020-01-01"], dtype="datetime64[D]"),
    "durations": np.array([1], dtype="timedelta64[s]"),
    "masked": MASKED,
    "objects": np.array([1, 2], dtype=object),
    "long double": np.longdouble(1),
    "text": np.array(["a"]),
    "nothing": [None],
    "too large": 2**70,
    "just too large": [2**63],
    "other byte order": np.array([1.0], dtype=np.dtype("f8").newbyteorder("S")),
}


@pytest.mark.parametrize("data", NOT_HELD.values(), ids=NOT_HELD.keys())
@pytest.mark.parametrize("make", [sg.tensor, sg.as_tensor])
def test_what_no_tensor_can_hold_is_refused(make, data):
    with pytest.raises(sg.DtypeError, match="test_creation"):
        make(data)


@pytest.mark.parametrize(
    "data", [d for d in NOT_HELD.values() if isinstance(d, (np.ndarray, np.generic))]
)
def test_operands_go_through_the_same_gate(data):
    x = sg.ones(data.size, requires_grad=True)
    for call in (lambda: x * data, lambda: data + x, lambda: sg.maximum(x, data)):
        with pytest.raises((sg.DtypeError, sg.TraceError)):
            call()
    if type(data) is np.ndarray:
        with pytest.raises(sg.DtypeError):
            sg.from_numpy(data)


def test_a_refusal_says_the_mend():
    with pytest.raises(sg.DtypeError, match=r"a\.filled"):
        sg.tensor(MASKED)
    with pytest.raises(sg.DtypeError, match=r"np\.complex128"):
        sg.zeros(2) + np.array([1j, 2.0], dtype=np.clongdouble)
    with pytest.raises(sg.DtypeError, match=r"2\.0\*\*70"):
        sg.tensor(2**70)


@pytest.mark.parametrize("name", ["uint16", "uint32", "uint64", "float16", "int8", "bool"])
def test_an_array_keeps_its_dtype(name):
    array = np.array([0, 1], dtype=name)
    assert sg.tensor(array).dtype == getattr(sg, name) == array.dtype
    assert (sg.ones(2) * array).dtype == sg.float32


def test_a_whole_number_that_does_not_fit_is_never_wrapped():
    for value, dtype in ((300, sg.uint8), ([1, -1], sg.uint8), (2**31, "int32")):
        with pytest.raises(sg.DtypeError, match="does not fit"):
            sg.tensor(value, dtype=dtype)
    assert sg.tensor([255, 0], dtype=sg.uint8).tolist() == [255, 0]


# values that leave the trace ----------------------------------------------------------------------

LEAVING = {
    "list": lambda x: sg.tensor([x, 2 * x]),
    "nested": lambda x: sg.tensor([[1.0, x], [x * x, 0.0]]),
    "as_tensor": lambda x: sg.as_tensor([x]),
    "full": lambda x: sg.full((2,), x),
    "tensor": lambda x: sg.tensor(x),
}


@pytest.mark.parametrize("make", LEAVING.values(), ids=LEAVING.keys())
def test_a_tracked_value_that_is_copied_warns_at_the_users_line(make):
    x = sg.tensor(2.0, requires_grad=True)
    with pytest.warns(UserWarning, match=r"sg\.stack") as caught:
        made = make(x)
    assert caught[0].filename == __file__
    assert not made.requires_grad


@pytest.mark.parametrize("make", LEAVING.values(), ids=LEAVING.keys())
def test_inside_a_recording_it_is_refused(make):
    x = sg.tensor(2.0, requires_grad=True)
    with sg.record(), pytest.raises(sg.TraceError, match="inside a recording"):
        make(x)


def test_untracked_tensors_are_copied_in_silence():
    x = sg.tensor(2.0)
    for make in LEAVING.values():
        assert not make(x).requires_grad
    tracked = x.requires_grad_()
    assert sg.as_tensor(tracked) is tracked


# sizes --------------------------------------------------------------------------------------------

WRONG_SIZES = {
    "step 0": lambda: sg.arange(0, 5, 0),
    "wrong way": lambda: sg.arange(5, 0),
    "endless": lambda: sg.arange(0, float("inf")),
    "not a number": lambda: sg.arange(float("nan")),
    "steps below 0": lambda: sg.linspace(0, 1, -3),
    "half a step": lambda: sg.linspace(0, 1, 2.5),
    "eye below 0": lambda: sg.eye(-1),
    "eye of other": lambda: sg.eye(2, -1),
    "bounds turned": lambda: sg.randint(5, 2, (3,)),
    "no integer": lambda: sg.randint(0, (3,)),
    "permutation": lambda: sg.randperm(-1),
    "size": lambda: sg.zeros(-1),
    "half a size": lambda: sg.zeros(1.5),
}


@pytest.mark.parametrize("make", WRONG_SIZES.values(), ids=WRONG_SIZES.keys())
def test_sizes_that_are_none(make):
    with pytest.raises(sg.ShapeError, match="test_creation"):
        make()


def test_sizes_at_the_edge():
    assert sg.linspace(0, 1, 0).tolist() == []
    assert sg.arange(5, 0, -2).tolist() == [5, 3, 1]
    assert sg.arange(0).tolist() == []
    assert sg.eye(2, 3).shape == (2, 3)
    assert sg.eye(0).shape == (0, 0)
    assert sg.randint(0, 5, 3).shape == (3,)
    assert sg.randint(5, [2, 2]).shape == (2, 2)


def test_full_takes_one_value():
    with pytest.raises(sg.DtypeError, match="one number"):
        sg.full((2,), [1, 2, 3])
    assert sg.full((2,), sg.tensor(3.0)).tolist() == [3.0, 3.0]


def test_seeds():
    sg.manual_seed(-1)
    first = sg.rand(2).tolist()
    sg.manual_seed(-1)
    assert sg.rand(2).tolist() == first
    with pytest.raises(sg.DtypeError, match="integer"):
        sg.manual_seed("a")


# files, copies ------------------------------------------------------------------------------------


def test_broken_files_have_one_clear_error(tmp_path):
    whole = tmp_path / "whole.npz"
    sg.save(sg.ones(3, requires_grad=True), whole)
    data = whole.read_bytes()
    np.save(tmp_path / "single.npy", np.ones(2))
    np.savez(tmp_path / "other.npz", a=np.ones(2))
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "zip").write_bytes(b"PK\x03\x04 rubbish")
    (tmp_path / "cut").write_bytes(data[:-30])
    (tmp_path / "bent").write_bytes(data.replace(b"\x80?", b"\x80>"))
    for path in tmp_path.iterdir():
        if path != whole:
            with pytest.raises(sg.DtypeError, match=r"was not written by symgrad\.save"):
                sg.load(path)
    assert sg.load(whole).tolist() == [1.0, 1.0, 1.0]
    with pytest.raises(FileNotFoundError):
        sg.load(tmp_path / "nowhere")


def test_a_leaf_can_be_pickled_and_a_result_cannot():
    x = sg.tensor([1.0, 2.0], requires_grad=True, name="w", dims=("n",))
    back = pickle.loads(pickle.dumps(x))
    assert (back.tolist(), back.requires_grad, back.name) == ([1.0, 2.0], True, "w")
    assert pickle.loads(pickle.dumps(sg.tensor(3))).item() == 3
    with pytest.raises(sg.GraphError, match=r"sg\.save"):
        pickle.dumps(x * 2)


def test_a_shallow_copy_shares_the_buffer():
    x = sg.tensor([1.0, 2.0], requires_grad=True)
    twin = copy.copy(x)
    assert twin is not x
    assert twin.requires_grad
    with sg.no_grad():
        twin *= 3
    assert x.tolist() == [3.0, 6.0]
    result = copy.copy(x * 2)
    result.sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]


# dtypes of results --------------------------------------------------------------------------------


def test_integers_stay_integers_under_powers_as_in_pytorch():
    x = sg.tensor([1, 2])
    assert ((2**x).tolist(), (2**x).dtype) == ([2, 4], sg.int64)
    assert (x**x).dtype == (x**2).dtype == sg.int64
    assert (2.0**x).dtype == sg.float32
    with pytest.raises(sg.DtypeError, match="negative powers"):
        x**-1


@pytest.mark.parametrize("name", ["uint8", "int8", "int32", "bool"])
def test_totals_of_integers_are_int64(name):
    x = sg.tensor([1, 1], dtype=name)
    assert x.sum().dtype == x.prod().dtype == x.cumsum(0).dtype == sg.int64
    assert x.sum(0).item() == 2


@pytest.mark.parametrize("dtype", [sg.float32, sg.float64])
def test_the_slope_of_zero_to_a_power_is_pytorchs(dtype):
    a = sg.zeros(5, dtype=dtype, requires_grad=True)
    b = sg.tensor([0.0, 1.0, 0.5, 2.0, -1.0], dtype=dtype, requires_grad=True)
    with np.errstate(divide="ignore"):
        (a**b).sum().backward()
        (c,) = sg.autograd.grad((0**b).sum(), b)
    assert b.grad.tolist() == c.tolist() == [0.0, 0.0, 0.0, 0.0, -np.inf]
    assert a.grad.tolist() == [0.0, 1.0, np.inf, 0.0, -np.inf]
    assert b.grad.dtype == dtype


def _double(value):
    return sg.tensor(value, dtype=sg.float64)


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        ([np.float64(1.5)], "float64"),
        ([np.float64(1.5), 2.0], "float64"),
        ([2.0, np.float64(1.5)], "float64"),
        ([np.float16(1.5)], "float16"),
        ([np.float32(1.5), 2], "float32"),
        ([np.array([1.0, 2.0])], "float64"),
        ([[_double(1.5), 2.0], [1, 2]], "float64"),
        ([sg.tensor(1.0), sg.tensor(2)], "float32"),
        ([_double(1.5), 2j], "complex128"),
        ([1.0, np.int64(2)], "float32"),
        ([1.0, 2j], "complex64"),
    ],
)
def test_a_list_keeps_the_dtype_of_the_arrays_in_it(data, dtype):
    assert sg.tensor(data).dtype == getattr(sg, dtype)
    assert sg.tensor(data, dtype=sg.complex64).dtype == sg.complex64


@pytest.mark.parametrize(
    ("a", "b", "dtype"),
    [(1.0, 0.0, "float32"), (1, 2.0, "float32"), (1, 2, "int64"), (1j, 0.0, "complex64"),
     (True, False, "bool"), (np.float64(1), np.float64(0), "float32")],
)  # fmt: skip
def test_a_choice_of_two_numbers_has_the_default_dtype(a, b, dtype):
    mask = sg.tensor([True, False])
    found = sg.where(mask, a, b)
    assert found.dtype == getattr(sg, dtype)
    assert found.tolist() == [a, b]
    assert np.where(mask, 1.0, 0.0).dtype == sg.float64  # NumPy's function has NumPy's


def test_a_full_tensor_has_the_dtype_of_a_number():
    for value in (np.float64(2), np.float16(2), _double(2.0), 2.0):
        assert sg.full((1,), value).dtype == sg.float32
    assert sg.full((1,), np.int32(2)).dtype == sg.int64
    assert sg.full((1,), np.float64(2), dtype=sg.float64).dtype == sg.float64
