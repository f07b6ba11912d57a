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
