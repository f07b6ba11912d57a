"""Writes into buffers: what is refused, and that a refused write changes nothing."""

import array_api_strict
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


# x[i] = v under gradients -----------------------------------------------------------------------


def a_slice(x, v):
    y = x.clone()
    y[1:] = v
    return y


def an_entry_and_one_computed_from_it(x, v):
    y = x * 1
    y[0] = v[0]
    y[-1] = y[0] * v[1]
    return y


def a_mask(x, v):
    y = x * 1
    y[np.array([True, False, True, False])] = v[:2]
    y[sg.tensor([False, True, False, False])] = 2.5
    return y


def integers_without_repeats(x, v):
    y = x * 1
    y[[3, 0, 1]] = v * v
    y[sg.tensor(2)] = v[1]
    return y


def a_recurrence(x, v):
    y = x * 2
    for i in range(1, 4):
        y[i] = y[i - 1] * v[i - 1] + y[i]
    return y


def augmented_parts(x, v):
    y = x * 1
    y[1:] += v
    y[1:] *= v
    y[::2] -= v[1]
    y[0] /= v[0]
    y[np.array([True, True, False, False])] += x[2]
    return y


def a_buffer_that_starts_plain(x, v):
    y = sg.zeros(4, dtype=sg.float64)
    y[1:] += v
    y[0] += v[0] * v[0]
    y[:] = y + x
    return y


def rows(x, v):
    y = sg.ones(3, 4, dtype=sg.float64)
    y[0] = x
    for i in range(1, 3):
        y[i] = y[i - 1] * 2 + x
    y[:, 1] = v
    y[(slice(None), -1)] = 1.5
    y[[0, 2]] *= 3
    y[1:, 2:] = sg.reshape(v[:2], (1, 2, 1))
    return y


def of_another_dtype(x, v):
    y = x * 1
    y[1:] = v.to(sg.float32)
    return y


WRITES = [
    a_slice, an_entry_and_one_computed_from_it, a_mask, integers_without_repeats, a_recurrence,
    augmented_parts, a_buffer_that_starts_plain, rows,
]  # fmt: skip


@pytest.mark.parametrize("write", WRITES, ids=lambda write: write.__name__)
def test_a_recorded_write_has_the_gradient_of_its_program(write):
    rng = np.random.default_rng(5)
    arrays = [rng.uniform(0.5, 2, 4), rng.uniform(0.5, 2, 3)]

    def total(*values):
        y = write(*values)
        return (y * y * y).sum()

    leaves = [sg.tensor(a, requires_grad=True) for a in arrays]
    total(*leaves).backward()
    for k, leaf in enumerate(leaves):
        for i in range(arrays[k].size):
            at = [[a.copy() for a in arrays] for _ in range(2)]
            for sign, moved in zip((1, -1), at, strict=True):
                moved[k][i] += sign * 1e-6
            high, low = (total(*map(sg.tensor, moved)).item() for moved in at)
            assert leaf.grad[i].item() == pytest.approx((high - low) / 2e-6, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("write", WRITES, ids=lambda write: write.__name__)
def test_a_recorded_write_is_what_an_unrecorded_one_leaves(write):
    x, v = np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.5, 1.5, 2.5])
    recorded = write(sg.tensor(x, requires_grad=True), sg.tensor(v, requires_grad=True))
    with sg.no_grad():
        plain = write(sg.tensor(x), sg.tensor(v))
    assert recorded.requires_grad
    assert recorded.grad_fn.name() == "CopySlices"
    np.testing.assert_array_equal(recorded.detach().numpy(), plain.numpy())


@pytest.mark.parametrize("write", [a_slice, a_mask, a_recurrence, augmented_parts])
def test_crosscheck_confirms_a_recorded_write(write):
    x, v = sg.tensor([1.0, 2.0, 3.0, 4.0]), sg.tensor([0.5, 1.5, 2.5])
    assert sg.crosscheck(write, x, v).ok


def test_a_recorded_write_of_another_dtype():
    x = sg.tensor([1.0, 2.0, 3.0, 4.0], dtype=sg.float64, requires_grad=True)
    v = sg.tensor([1.0, 2.0, 3.0], dtype=sg.float64, requires_grad=True)
    y = of_another_dtype(x, v)
    assert y.dtype == sg.float64
    y.sum().backward()
    assert x.grad.tolist() == [1.0, 0.0, 0.0, 0.0]
    assert v.grad.tolist() == [1.0, 1.0, 1.0]


def test_a_recorded_write_has_a_closed_form():
    x, v = sg.tensor([1.0, 2.0], requires_grad=True), sg.tensor(3.0, requires_grad=True)
    y = x * x
    y[0] = v * 5
    assert str(sg.closed_form(y.sum(), notation="element")) == "5*v + x[1]**2"
    assert sg.closed_form(y.sum()).evaluate() == pytest.approx(19.0)
    assert sg.closed_form(y.sum(), x).evaluate().tolist() == [0.0, 4.0]


def test_infinite_entries_do_not_poison_a_write():
    x = sg.tensor([np.inf, np.nan, 2.0], requires_grad=True)
    y = x * 1
    y[:2] = 1.0
    assert y.tolist() == [1.0, 1.0, 2.0]
    y.sum().backward()
    assert x.grad.tolist() == [0.0, 0.0, 1.0]


def test_what_a_graph_kept_before_a_write_is_stale():
    x = sg.ones(3, requires_grad=True)
    y = x * 1
    z = y * y
    y[0] = 2.0
    with pytest.raises(GraphError, match="modified by an inplace operation"):
        z.sum().backward()


def test_a_leaf_and_a_view_of_one_are_refused():
    x = sg.ones(3, requires_grad=True)
    with pytest.raises(GraphError, match="a leaf Variable that requires grad"):
        x[0] = 5.0
    with pytest.raises(GraphError, match="a view of a leaf Variable that requires grad"):
        x[1:] += 1
    with pytest.raises(GraphError, match="a view of a leaf Variable that requires grad"):
        x[0].mul_(2)
    assert x.tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("index", [[0, 0], np.array([1, -2]), sg.tensor([2, 2])])
def test_an_entry_that_is_named_twice_is_refused_under_gradients(index):
    y = sg.ones(3, requires_grad=True) * 1
    with pytest.raises(GraphError, match="names an entry more than once"):
        y[index] = 2.0
    assert y.tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("index", "value", "kind"),
    [(5, 1, AxisError), (1.5, 3, AxisError), (slice(None), np.ones(4), ShapeError)],
)
def test_a_recorded_write_that_does_not_fit_changes_nothing(index, value, kind):
    y = sg.ones(3, requires_grad=True) * 1
    with pytest.raises(kind, match="x\\[i\\] = v"):
        y[index] = value
    assert y.tolist() == [1.0, 1.0, 1.0]
    assert y.grad_fn.name() == "MulBackward0"


# warnings ---------------------------------------------------------------------------------------


def test_the_lines_that_were_warned_about_are_bounded():
    x = sg.tensor(1.0, requires_grad=True)
    line = "float(x)\n"
    for k in range(1100):
        code = compile(line, f"<a line {k}>", "exec")
        with pytest.warns(UserWarning, match="takes a value out of the trace"):
            exec(code, {"x": x})
    assert len(tensors._WARNED) <= 1024


def test_a_write_without_gradients_is_in_no_formula():
    def silent(x):
        y = x.clone()
        with sg.no_grad():
            y[0] = 5.0
        return (y * y).sum()

    x = sg.tensor([1.0, 2.0], requires_grad=True)
    for ask in (
        lambda: sg.closed_form(silent(x), x),
        lambda: sg.closed_form(silent(x), x, notation="element"),
        lambda: sg.closed_form(silent, x="n", wrt="x"),
    ):
        with pytest.raises(sg.GraphError, match=r"written without gradients[^$]*y\[0\] = 5\.0"):
            ask()


def test_forward_mode_goes_through_a_write_of_a_number():
    def written(x):
        y = x * x
        y[0] = 0.0
        return y

    point, direction = sg.tensor([1.0, 2.0]), sg.tensor([1.0, 1.0])
    value, slope = sg.func.jvp(written, (point,), (direction,))
    assert value.tolist() == [0.0, 4.0]
    assert slope.tolist() == [0.0, 4.0]


def test_an_entry_is_named_once_at_any_size_and_on_any_library():
    def twice(x):
        y = x * 1.0
        y[[0, 0]] = x[:2]
        return y.sum()

    strict = sg.as_tensor(array_api_strict.asarray([1.0, 2.0, 3.0])).requires_grad_()
    for ask in (
        lambda: sg.closed_form(twice, x="n", wrt="x"),
        lambda: twice(sg.tensor([1.0, 2.0, 3.0], requires_grad=True)),
        lambda: twice(strict),
    ):
        with pytest.raises(sg.GraphError, match="names an entry more than once"):
            ask()


def test_no_gradient_flows_into_integers():
    x, y = sg.tensor([1.0, 2.0], requires_grad=True), sg.tensor([1, 2, 3])
    with pytest.raises(sg.DtypeError, match="only floats can have gradients"):
        y[0] = x[0]
    assert y.tolist() == [1, 2, 3]


def test_an_operand_in_the_same_buffer_is_kept_as_it_was():
    def f(r):
        y = r * 1
        y[0].mul_(y[-1])  # the product keeps y[-1], of other entries in the same buffer
        y[:, 1].mul_(3.0)
        return (y * y).sum()

    x = sg.tensor(np.arange(9.0).reshape(3, 3) / 3 + 0.5, requires_grad=True)
    f(x).backward()
    steps = np.eye(9).reshape(9, 3, 3) * 1e-6
    values = [[f(x.detach() + s * e).item() for s in (1, -1)] for e in steps]
    slopes = [(up - down) / 2e-6 for up, down in values]
    np.testing.assert_allclose(x.grad.numpy().ravel(), slopes, rtol=1e-6)
