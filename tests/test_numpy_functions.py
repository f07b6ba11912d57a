"""NumPy's functions on tensors are traced; what leaves the trace says so; files hold tensors."""

import math
import warnings

import numpy as np
import pytest

import symgrad as sg
from symgrad.tracing import tensor as tensors


def leaf(value, dtype=None):
    return sg.tensor(value, dtype=dtype or sg.float64, requires_grad=True)


def slope(f, x, h=1e-6):
    """Central differences of a NumPy function, one entry after the other."""
    x = np.asarray(x, dtype=float)
    out = np.zeros(x.shape)
    for place in np.ndindex(*x.shape):
        step = np.zeros(x.shape)
        step[place] = h
        out[place] = (f(x + step) - f(x - step)) / (2 * h)
    return out


A = np.array([[1.0, 2.0, 0.5], [0.3, 1.5, -1.0], [2.0, 0.1, 1.0]])
V = np.array([0.3, 0.7, 1.2])

#: Ordinary NumPy functions of one vector, with a number as result.
FUNCTIONS = {
    "ufunc": lambda x: np.sum(np.sin(x) * np.exp(-x)),
    "other ufuncs": lambda x: np.sum(np.arctan2(x, 2.0) + np.log1p(x) + np.sqrt(x) + np.tanh(x)),
    "array on the left": lambda x: np.sum(np.ones(3) * x + A @ x - V / x),
    "numpy number on the left": lambda x: np.sum(np.float64(2) * x + np.float32(3) / x),
    "matrix on the left": lambda x: np.sum(A * x),
    "dot": lambda x: np.dot(x, np.dot(A, x)),
    "matmul": lambda x: np.matmul(np.matmul(x, A), x),
    "reductions": lambda x: x.sum() * np.mean(x) + np.prod(x) + np.max(x) - np.min(x),
    "reduce": lambda x: np.add.reduce(x) * np.multiply.reduce(x) + np.maximum.reduce(x),
    "norm": lambda x: np.linalg.norm(x),
    "det": lambda x: np.linalg.det(A * x),
    "inv": lambda x: np.sum(np.linalg.inv(A + np.outer(x, x))),
    "solve": lambda x: np.sum(np.linalg.solve(A, x) ** 2),
    "stack": lambda x: np.sum(np.stack([x, 2 * x]) ** 2),
    "concatenate": lambda x: np.sum(np.concatenate([x, x * x])[1:5]),
    "vstack": lambda x: np.sum(np.vstack([x, V]) * np.vstack([V, x])),
    "hstack": lambda x: np.sum(np.hstack([x, x]) ** 3),
    "where": lambda x: np.sum(np.where(x > 0.5, x**2, 3 * x)),
    "clip": lambda x: np.sum(np.clip(x, 0.5, 1.0) * V),
    "maximum": lambda x: np.sum(np.maximum(x, 0.5) * np.minimum(x, 1.0)),
    "einsum": lambda x: np.einsum("i,ij,j->", x, A, x),
    "outer": lambda x: np.sum(np.outer(x, x) * A),
    "sort": lambda x: np.sum(np.sort(-x) * V),
    "cumsum": lambda x: np.sum(np.cumsum(x) * V),
    "shapes": lambda x: np.sum(np.transpose(np.reshape(x, (3, 1))) * np.expand_dims(x, 1) * A),
    "ravel": lambda x: np.sum(np.ravel(np.outer(x, V))[::2]),
    "trace": lambda x: np.trace(A * x),
    "power": lambda x: np.sum(np.power(x, 3) + np.power(2.0, x) + x**x),
    "square": lambda x: np.sum(np.square(x) + np.abs(x) + np.negative(x)),
    "negative index": lambda x: x[-1] * x[0] + np.sum(x[1:]),
    "python's sum": lambda x: sum(x * x),
    "std and var": lambda x: np.std(A * x, axis=0) @ V + np.var(x, ddof=1) + np.std(x, None, None),
    "average": lambda x: np.average(x * x, weights=V) + np.average(A * x, axis=0, weights=V) @ V,
    "diag": lambda x: np.sum(np.diag(x, 1) ** 2) + np.sum(np.diag(A * x)),
    "at least": lambda x: np.sum(np.atleast_2d(x) * A) + np.atleast_1d(x[0])[0],
    "column_stack": lambda x: np.sum(
        np.column_stack([x, V])
        * np.column_stack(
            [
                V,
                x,
            ]
        )
    ),
    "append": lambda x: np.sum(np.append(x, [1.0, 2.0])[1:4] ** 2),
    "append rows": lambda x: np.sum(np.append(A * x, A, axis=0)[1:5] ** 2),
    "tile": lambda x: np.sum(np.tile(x, (2, 2)) ** 2),
    "repeat": lambda x: np.sum(np.repeat(x, [1, 2, 0]) ** 2) + np.sum(np.repeat(A * x, 2, axis=1)),
    "roll": lambda x: np.sum(np.roll(x, 1) * V) + np.sum(np.roll(A * x, (1, 2), (0, 1)) * A),
    "take": lambda x: np.sum(np.take(x, [0, 0, -1]) ** 2) + np.sum(np.take(A * x, 1, axis=1)),
    "inner": lambda x: np.inner(x, V) + np.sum(np.inner(A * x, A)),
    "vdot": lambda x: np.vdot(A * x, A),
    "tensordot": lambda x: np.tensordot(A * x, A, axes=2) + np.tensordot(x, A, 1) @ V,
    "moveaxis": lambda x: np.sum(np.moveaxis(A * x, 0, 1) * A),
    "triangles": lambda x: np.sum(np.tril(A * x) ** 2) + np.sum(np.triu(A * x, k=1) ** 3),
    "split": lambda x: np.sum(np.split(x, 3)[1] ** 2) + np.sum(np.array_split(x, 2)[0] ** 3),
    "split at": lambda x: np.sum(np.split(x, [1])[1] ** 2),
    "diff": lambda x: np.sum(np.diff(x, prepend=0.5) ** 2) + np.sum(np.diff(A * x, axis=0) ** 2),
    "ptp": lambda x: np.ptp(x * x),
    "a number among arrays": lambda x: np.sum(np.hstack([x, 1.0]) ** 2),
    "concatenate all": lambda x: np.sum(np.concatenate([A * x, A], axis=None) ** 2),
    "where it is": lambda x: np.sum(x[np.where(x > 0.5)] ** 2) + np.sum(x[np.nonzero(x > 1)]),
    "dtype and order": lambda x: np.sum(np.ravel(A * x, order="C"), dtype=float),
    "by place": lambda x: (
        np.sum(np.sum(A * x, 0, float) * V) + np.sum(np.sum(A * x, 1, None, None, True))
    ),
    "swapaxes": lambda x: np.sum(np.swapaxes(A * x, axis1=0, axis2=1) * A),
    "loop": lambda x: sum(A[i, i] * x[i] ** 2 for i in range(3)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_numpy_function_is_differentiated_unchanged(name):
    f = FUNCTIONS[name]
    x = leaf(V)
    y = f(x)
    assert isinstance(y, sg.Tensor)
    assert y.dtype == sg.float64
    np.testing.assert_allclose(y.item(), f(V), rtol=1e-13)
    y.backward()
    np.testing.assert_allclose(x.grad.numpy(), slope(f, V), rtol=1e-6, atol=1e-8)


def test_a_numpy_function_gives_numpys_own_result_of_plain_values():
    x = sg.tensor([1.25, 2.5, -0.5], dtype=sg.float64)
    for found, wanted in [
        (np.round(x), [1.0, 2.0, -0.0]),
        (np.mod(x, 1), [0.25, 0.5, 0.5]),
        (np.median(x), 1.25),
        (np.atleast_1d(x), [1.25, 2.5, -0.5]),
        (np.sum(x, where=np.array([True, False, True])), 0.75),
        (np.sum(x, dtype=np.float32), 3.25),
        (np.reshape(sg.tensor([[1, 2], [3, 4]]), 4, order="F"), [1, 3, 2, 4]),
    ]:
        assert isinstance(found, (np.ndarray, np.generic))
        np.testing.assert_array_equal(found, wanted)
    for name in ("round", "median"):
        with sg.record(), pytest.raises(sg.TraceError, match="no rule"):
            getattr(np, name)(x)


def test_an_array_is_written_in_place_by_plain_values_only():
    w, kept = np.ones(3), sg.tensor([1.0, 2.0, 3.0], dtype=sg.float64)
    before = w
    w -= 0.5 * kept
    assert w is before
    assert w.tolist() == [0.5, 0.0, -0.5]
    with pytest.raises(sg.TraceError, match="a = a - x"):
        w -= leaf([1.0, 2.0, 3.0])
    np.add.at(w, np.array([0, 0, 1]), kept)
    assert w.tolist() == [3.5, 3.0, -0.5]
    for write in (np.copyto, np.add.at, np.put):
        with pytest.raises(sg.TraceError, match="no rule"):
            write(kept, [0, 1, 2], 5)
    with pytest.raises(sg.TraceError, match="out"):
        np.add(w, w, out=kept)
    assert kept.tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("method", ["BFGS", "L-BFGS-B", "SLSQP", "Newton-CG"])
def test_scipy_minimises_with_a_gradient_of_symgrad(method):
    from scipy.optimize import minimize

    def f(v):
        return np.sum((v - 1) ** 2) + np.prod(v) ** 2

    found = minimize(f, np.zeros(2), jac=sg.func.grad(f), method=method)
    assert found.success
    assert type(found.x) is np.ndarray
    np.testing.assert_allclose(slope(f, found.x), 0, atol=1e-4)


def test_answers_have_no_gradient_and_bad_axes_one_error():
    x = leaf([[0.0, 2.0], [3.0, 0.0]])
    assert [p.tolist() for p in np.where(x > 1)] == [[0, 1], [1, 0]]
    assert np.isclose(x, x.T).tolist() == [[True, False], [False, True]]
    assert np.logical_and.reduce(x > -1).tolist() == [True, True]
    assert np.logical_or.reduce(x > 2, axis=1).tolist() == [False, True]
    assert np.count_nonzero(x).item() == 2
    assert np.zeros_like(x, dtype=int).dtype == sg.int64
    for call in (np.argmax, np.argsort, np.any, np.all):
        with pytest.raises(IndexError, match="axis 5") as caught:
            call(x, axis=5)
        assert isinstance(caught.value, sg.AxisError)
    with pytest.raises(sg.ShapeError, match="empty"):
        np.argmax(leaf(np.zeros(0)))


@pytest.mark.parametrize(
    ("call", "mend"),
    [
        (lambda x: np.mod(x, 2), r"x - n \* k"),
        (np.floor, "flat or jumps"),
        (np.median, r"np\.sort"),
        (np.cbrt, r"\(1 / 3\)"),
        (np.nansum, r"sg\.nansum"),
        (lambda x: np.sum(x, dtype=np.float32), r"x\.to\(dtype\)"),
        (lambda x: np.reshape(x, (3, 1), order="F"), "leave out order"),
        (np.fft.fft, "detach"),
    ],
)
def test_a_refusal_says_what_to_write(call, mend):
    with pytest.raises(sg.TraceError, match=rf"mend +.*{mend}"):
        call(leaf([1.0, 2.0, 3.0]))


def test_numpy_numbers_are_weak_and_arrays_are_not():
    x = leaf([1.0, 2.0], sg.float32)
    assert (np.float64(2) * x).dtype == sg.float32
    assert (x * np.float64(2)).dtype == sg.float32
    assert (np.ones(2) * x).dtype == sg.float64
    assert isinstance(np.float64(2) * x, sg.Tensor)
    assert isinstance(np.ones(2) - x, sg.Tensor)


def test_an_array_made_of_tensors_names_the_function_to_use():
    x, y = leaf(1.0), leaf(2.0)
    with pytest.raises(sg.TraceError, match=r"np\.stack") as caught:
        np.array([x, y])
    assert "np.array([x, y])" in str(caught.value)
    with pytest.raises(sg.TraceError, match=r"np\.stack"):
        np.asarray(leaf([1.0, 2.0]))
    a = np.zeros(2)
    with pytest.raises((sg.TraceError, ValueError)):
        a[:] = leaf([1.0, 2.0])
    assert np.asarray(sg.tensor([1.0, 2.0])).tolist() == [1.0, 2.0]


def test_a_function_without_a_rule_names_the_nearest():
    with pytest.raises(sg.TraceError, match=r"np\.sinc has no rule.*\n.*\n?.*np\.sin"):
        np.sinc(leaf([1.0]))
    with pytest.raises(sg.TraceError, match="no rule"):
        np.fft.fft(leaf([1.0]))
    with pytest.raises(sg.TraceError, match="not traced"):
        np.sum(leaf([1.0, 2.0]), where=np.array([True, False]))


def test_out_is_refused():
    with pytest.raises(sg.TraceError, match="out"):
        np.sin(leaf([1.0]), out=np.zeros(1))


# leaving the trace --------------------------------------------------------------------------------


@pytest.fixture
def fresh_warnings(monkeypatch):
    monkeypatch.setattr(tensors, "_WARNED", set())


def test_float_of_a_traced_value_warns_once_a_line(fresh_warnings):
    x = leaf(2.0)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        for _ in range(3):
            float(x)
        math.sin(x)
    assert len(seen) == 2
    assert all(w.category is UserWarning for w in seen)
    assert "out of the trace" in str(seen[0].message)
    assert "math.sin" in str(seen[1].message)
    assert seen[0].filename == __file__


def test_float_of_a_plain_value_does_not_warn(fresh_warnings):
    assert float(sg.tensor(2.0)) == 2.0
    assert float(leaf(2.0).detach()) == 2.0
    assert int(sg.tensor(2)) == 2
    assert leaf(2.0).item() == 2.0  # PyTorch's way to say that it is meant


@pytest.mark.parametrize(
    "leave",
    [float, int, math.sin, lambda x: x.item(), lambda x: x.tolist(), lambda x: x.detach().item()],
)
def test_a_value_that_leaves_a_recording_is_an_error(leave, fresh_warnings):
    x = leaf(2.0)
    with sg.record(), pytest.raises(sg.TraceError, match="leaves the trace"):
        leave(x * 2)


def test_an_entry_of_an_array_set_in_a_recording_says_why():
    """NumPy words any error of an entry anew; ours is its cause, and Python prints both."""
    a, x = np.zeros(2), leaf(2.0)
    with sg.record(), pytest.raises(ValueError, match="array element") as caught:
        a[0] = x * 2
    assert isinstance(caught.value.__cause__, sg.TraceError)
    assert "not a[0] = x" in str(caught.value.__cause__)
    with sg.record(), pytest.raises(sg.TraceError, match="NumPy array"):
        np.asarray(x > 1)


def test_detach_in_a_recording_is_recorded():
    x = leaf(2.0)
    with sg.record():
        y = (x * x).detach() * x
        assert "detach" in {node.rule.name for node in _nodes(y)}
    y.backward()
    assert x.grad.item() == 4.0


def _nodes(y):
    from symgrad.tracing.walks import structure

    return structure([y.node])[0]


def test_a_recording_ends_with_its_block():
    x = leaf(2.0)
    with pytest.raises(KeyError), sg.record():
        raise KeyError("inside")
    assert (x * 2).item() == 4.0


# guards -------------------------------------------------------------------------------------------


def guards(x):
    return [] if x.node.extra is None else x.node.extra.guards


def test_a_branch_on_a_traced_value_is_a_guard():
    x = leaf(2.0)
    y = x * 2 if x > 1 else x
    y.backward()
    (guard,) = guards(x)
    assert guard.truth is True
    assert "x * 2 if x > 1 else x" in str(guard.position)
    assert guard.rebuilt().rule.name == "greater"


def test_a_branch_taken_again_is_one_guard():
    x = leaf(2.0)
    for _ in range(5):
        if x * x > 1:
            pass
    assert len(guards(x)) == 1


def test_a_branch_on_a_constant_is_no_guard():
    x, c = leaf(2.0), sg.tensor(1.0)
    assert c > 0
    x * c
    assert guards(x) == []


def test_guards_are_bounded_and_say_so():
    x = leaf(1.0)
    y = x
    for _ in range(100):
        y = y + 1
        assert y > 0
    assert len(guards(x)) <= 64
    assert "assert y > 0" in x.node.extra.guards_dropped


def test_guards_go_when_the_leaf_changes():
    x = leaf(1.0)
    assert x > 0
    with sg.no_grad():
        x += 1
    assert guards(x) == []


# files --------------------------------------------------------------------------------------------


def test_a_tensor_comes_back_from_a_file(tmp_path):
    x = leaf([[1.0, 2.0]], sg.float32)
    sg.save(x, tmp_path / "x.npz")
    y = sg.load(tmp_path / "x.npz")
    assert y.tolist() == x.tolist()
    assert y.dtype == sg.float32
    assert y.requires_grad
    assert y.is_leaf


def test_several_tensors_come_back_by_name(tmp_path):
    several = {
        "w": leaf(1.0), "layer/b:0": sg.tensor([1, 2]), "": sg.tensor(True), "file": sg.zeros(0, 3),
    }  # fmt: skip
    sg.save(several, tmp_path / "all")
    found = sg.load(tmp_path / "all")
    assert list(found) == list(several)
    for name, tensor in several.items():
        assert found[name].tolist() == tensor.tolist()
        assert found[name].dtype == tensor.dtype
        assert found[name].shape == tensor.shape
        assert found[name].requires_grad == tensor.requires_grad


def test_files_hold_no_pickles(tmp_path):
    np.save(tmp_path / "bad.npy", np.array([object()]), allow_pickle=True)
    np.savez(tmp_path / "other.npz", a=np.zeros(2))
    (tmp_path / "text").write_text("not a file of tensors")
    for name in ("bad.npy", "other.npz", "text"):
        with pytest.raises(sg.DtypeError, match=r"not written by symgrad\.save"):
            sg.load(tmp_path / name)
    with pytest.raises(sg.DtypeError):
        sg.save([1, 2], tmp_path / "list")
    assert not (tmp_path / "list").exists()
    with pytest.raises(FileNotFoundError):
        sg.load(tmp_path / "nowhere")


def test_a_file_refused_half_way_leaves_the_old_one(tmp_path):
    sg.save(leaf(1.0), tmp_path / "x")
    with pytest.raises(sg.DtypeError):
        sg.save({"a": leaf(2.0), "b": "text"}, tmp_path / "x")
    assert sg.load(tmp_path / "x").item() == 1.0


def test_answers_take_their_operand_by_keyword():
    x = sg.tensor([3.0, 1.0, 2.0])
    assert np.argsort(a=x).tolist() == [1, 2, 0]
    assert bool(np.any(a=x > 2.5))


def test_an_axis_that_is_not_there_is_an_axis_error():
    with pytest.raises(sg.AxisError, match="axis"):
        np.split(sg.tensor([1.0, 2.0]), 2, axis=5)
