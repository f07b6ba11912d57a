"""Writes into buffers: what is refused, and that a refused write changes nothing."""

import numpy as np
import pytest

import symgrad as sg
from symgrad.errors import AxisError, DtypeError, GraphError, ShapeError
from symgrad.tracing import tensor as tensors
from symgrad.tracing.functions import IN_PLACE


def version(x):
    return 0 if x.node is None or x.node.extra is None else x.node.extra.storage.version


def locked():
    array = np.array([1.0, 2.0])
    x = sg.from_numpy(array)
    x._value.flags.writeable = False
    return x


# read-only buffers ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "write",
    [lambda x: x.add_(1), lambda x: x.__setitem__(0, 5.0), lambda x: x.zero_(), lambda x: x.sin_()],
)
def test_a_read_only_buffer_is_refused_and_backward_still_works(write):
    x = locked()
    w = sg.tensor([3.0, 4.0], dtype=sg.float64, requires_grad=True)
    y = (x * w).sum()
    with pytest.raises(GraphError, match="read-only") as caught:
        write(x)
    assert "test_writing.py" in str(caught.value)
    assert "clone() it first" in str(caught.value)
    y.backward()
    assert w.grad.tolist() == [1.0, 2.0]


def test_a_write_that_the_array_refuses_is_no_write():
    x = sg.zeros(3)
    w = sg.ones(3, requires_grad=True)
    y = (x * w).sum()
    for index, value in ((5, 1.0), (slice(None), np.ones(4)), (0, "a")):
        with pytest.raises((ShapeError, DtypeError)):
            x[index] = value
    y.backward()
    assert w.grad.tolist() == [0.0, 0.0, 0.0]
    assert version(x) == 0


def test_a_write_that_is_done_makes_older_graphs_stale():
    x = sg.zeros(3)
    w = sg.ones(3, requires_grad=True)
    y = (x * w).sum()
    x[0] = 1.0
    with pytest.raises(GraphError, match="modified by an inplace operation"):
        y.backward()


# x[i] = v: the classes are PyTorch 2.13's (and NumPy's) ----------------------------------------


@pytest.mark.parametrize(
    ("index", "value", "kind", "words"),
    [
        (5, 1, IndexError, "index 5 is out of bounds"),
        ((0, 0), 1, IndexError, "too many indices"),
        (1.5, 3, IndexError, "only integers, slices"),
        (sg.tensor([0, 7]), 3, IndexError, "index 7 is out of bounds"),
        (sg.tensor([True, False]), 3, IndexError, "boolean index did not match"),
        (slice(None), sg.ones(4), RuntimeError, "could not broadcast"),
        (0, "a", TypeError, "could not convert|invalid literal"),
        (0, 1j, TypeError, "complex"),
    ],
)
def test_an_index_or_a_value_that_does_not_fit(index, value, kind, words):
    x = sg.zeros(3, dtype=sg.int64)
    with pytest.raises(kind, match=words) as caught:
        x[index] = value
    message = str(caught.value)
    assert message.startswith("x[i] = v: ")
    assert "x      int64 (3,)" in message
    assert "x[index] = value" in message
    assert isinstance(caught.value, sg.errors.SymgradError)
    assert x.tolist() == [0, 0, 0]


def test_the_classes_of_a_misfit():
    x = sg.zeros(3)
    with pytest.raises(AxisError):
        x[5] = 1
    with pytest.raises(ShapeError):
        x[:] = sg.ones(4)
    with pytest.raises(DtypeError):
        x[0] = "a"
    small = sg.zeros(2, dtype=sg.uint8)
    with pytest.raises(DtypeError, match="out of bounds for uint8"):
        small[0] = 300


# dtypes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "change"),
    [
        (lambda: sg.tensor([1, 2]), lambda x: x.__iadd__(1.5)),
        (lambda: sg.tensor([1, 2]), lambda x: x.__itruediv__(2)),
        (lambda: sg.tensor([1, 2]), lambda x: x.sin_()),
        (lambda: sg.tensor([True, False]), lambda x: x.__iadd__(1)),
    ],
)
def test_a_result_of_another_kind_does_not_go_in(data, change):
    x = data()
    before = x.tolist()
    with pytest.raises(DtypeError, match=r"result type .* can't be cast to") as caught:
        change(x)
    assert "test_writing.py" in str(caught.value)
    assert x.tolist() == before
    assert version(x) == 0


# what is no write -------------------------------------------------------------------------------


def test_no_twin_writes_into_a_condition_or_copies_onto_itself():
    assert "where_" not in IN_PLACE
    assert "clone_" not in IN_PLACE
    assert {"sin_", "add_", "mul_", "clamp_", "relu_"} <= set(IN_PLACE)
    assert not hasattr(sg.Tensor, "where_")


# inference mode ---------------------------------------------------------------------------------


@pytest.fixture
def made():
    with sg.inference_mode():
        return sg.ones(2) * 1


@pytest.mark.parametrize(
    "write",
    [lambda y: y.add_(1), lambda y: y.__setitem__(0, 1.0), lambda y: y.zero_()],
)
def test_a_tensor_of_inference_mode_is_written_there_only(made, write):
    with pytest.raises(GraphError, match="Inplace update to inference tensor outside"):
        write(made)
    with sg.no_grad(), pytest.raises(GraphError, match="Inplace update"):
        write(made)
    assert made.tolist() == [1.0, 1.0]
    assert version(made) == 0
    with sg.inference_mode():
        write(made)
    write(made.clone())


def test_aliases_of_a_tensor_of_inference_mode_are_of_it_too(made):
    assert made.detach().is_inference()
    for other in (made.detach(), made.data, made.reshape(2, 1)):
        with pytest.raises(GraphError, match="Inplace update"):
            other.zero_()


def test_a_tensor_from_outside_is_written_inside():
    a = sg.ones(2)
    with sg.inference_mode():
        a.add_(1)
        view = a.detach()
    assert not a.is_inference()
    assert not view.is_inference()
    view.add_(1)
    assert a.tolist() == [3.0, 3.0]


def test_requires_grad_in_inference_mode():
    with sg.inference_mode():
        x = sg.ones(2).requires_grad_()
        assert x.requires_grad
        y = sg.ones(2)
    with pytest.raises(GraphError, match="inference mode cannot require grad"):
        y.requires_grad_()


# warnings ---------------------------------------------------------------------------------------


def test_the_lines_that_were_warned_about_are_bounded():
    x = sg.tensor(1.0, requires_grad=True)
    line = "float(x)\n"
    for k in range(1100):
        code = compile(line, f"<a line {k}>", "exec")
        with pytest.warns(UserWarning, match="takes a value out of the trace"):
            exec(code, {"x": x})
    assert len(tensors._WARNED) <= 1024
