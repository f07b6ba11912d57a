"""Composites of PyTorch's dialect: values, gradients, names, and what they refuse.

Expected values are PyTorch 2.13's where a number is written out, NumPy's elsewhere.
"""

import numpy as np
import pytest

import symgrad as sg

V = np.array([0.3, 1.7, -1.2])
M = np.array([[1.0, 2.5, -0.5], [0.3, 4.0, 7.0]])
A = np.arange(24.0).reshape(2, 3, 4) / 7


def leaf(value):
    return sg.tensor(value, dtype=sg.float64, requires_grad=True)


def slope(f, x, h=1e-6):
    """Central differences of a weighted sum of what a function of tensors gives."""
    out = np.zeros(x.shape)
    for place in np.ndindex(*x.shape):
        step = np.zeros(x.shape)
        step[place] = h
        out[place] = (weighed(f, sg.tensor(x + step)) - weighed(f, sg.tensor(x - step))).item() / (
            2 * h
        )
    return out


def weighed(f, x):
    """A sum that tells every entry of every result from the others."""
    found = f(x)
    total = 0
    for k, y in enumerate(found if isinstance(found, (tuple, list)) else [found]):
        w = np.cos(np.arange(y.numel()) + k).reshape(tuple(y.shape))
        total = total + (y * sg.tensor(w)).sum()
    return total


#: name -> (function of one tensor, the same in NumPy, where it starts)
SAME = {
    "std": (lambda x: x.std(), lambda x: np.std(x, ddof=1), V),
    "std over axes": (
        lambda x: x.std((0, 2), keepdim=True),
        lambda x: np.std(x, axis=(0, 2), ddof=1, keepdims=True),
        A,
    ),
    "std, biased": (lambda x: x.std(False), np.std, V),
    "var": (lambda x: x.var(1), lambda x: np.var(x, axis=1, ddof=1), M),
    "var, correction": (
        lambda x: sg.var(x, correction=0.5),
        lambda x: np.sum((x - x.mean()) ** 2) / 2.5,
        V,
    ),
    "diag of a vector": (lambda x: sg.diag(x, -1), lambda x: np.diag(x, -1), V),
    "diag of a matrix": (lambda x: x.diag(1), lambda x: np.diag(x, 1), M),
    "tril": (lambda x: x.tril(), np.tril, A),
    "tril, moved": (lambda x: x.tril(-1), lambda x: np.tril(x, -1), M),
    "triu": (lambda x: x.triu(1), lambda x: np.triu(x, 1), M),
    "atleast_2d": (sg.atleast_2d, np.atleast_2d, V),
    "column_stack": (
        lambda x: sg.column_stack([x, 2 * x]),
        lambda x: np.column_stack([x, 2 * x]),
        V,
    ),
    "hstack": (lambda x: sg.hstack([x, x]), lambda x: np.hstack([x, x]), M),
    "vstack": (lambda x: sg.vstack([x, x * x]), lambda x: np.vstack([x, x * x]), V),
    "tile": (lambda x: x.tile(2, 1, 2), lambda x: np.tile(x, (2, 1, 2)), M),
    "repeat": (lambda x: x.repeat(2, 2, 1), lambda x: np.tile(x, (2, 2, 1)), M),
    "repeat_interleave": (
        lambda x: sg.repeat_interleave(x, sg.tensor([2, 0, 1]), dim=1),
        lambda x: np.repeat(x, [2, 0, 1], axis=1),
        M,
    ),
    "roll": (lambda x: x.roll(1), lambda x: np.roll(x, 1), M),
    "roll over axes": (lambda x: x.roll((1, -4), (0, 1)), lambda x: np.roll(x, (1, -4), (0, 1)), M),
    "take": (lambda x: x.take(sg.tensor([0, -1, 0])), lambda x: np.take(x, [0, -1, 0]), M),
    "inner": (lambda x: sg.inner(x, 2 * x), lambda x: np.inner(x, 2 * x), M),
    "vdot": (lambda x: sg.vdot(x, x * x), lambda x: np.vdot(x, x * x), V),
    "tensordot": (
        lambda x: sg.tensordot(x, x * x, ([1, 2], [1, 2])),
        lambda x: np.tensordot(x, x * x, ([1, 2], [1, 2])),
        A,
    ),
    "tensordot, counted": (
        lambda x: sg.tensordot(x, x.T, 1),
        lambda x: np.tensordot(x, x.T, 1),
        M,
    ),
    "moveaxis": (
        lambda x: x.moveaxis((0, 1), (-1, 0)),
        lambda x: np.moveaxis(x, (0, 1), (-1, 0)),
        A,
    ),
    "split": (lambda x: x.split(2, -1), lambda x: np.split(x, [2], -1), M),
    "split by sizes": (lambda x: x.split([1, 2], 1), lambda x: np.split(x, [1], 1), M),
    "chunk": (lambda x: x.chunk(2), lambda x: np.array_split(x, 2), V),
    "diff": (lambda x: x.diff(), np.diff, M),
    "diff twice": (lambda x: sg.diff(x, 2, 0), lambda x: np.diff(x, 2, 0), A.reshape(6, 4)),
    "ravel": (lambda x: x.ravel(), np.ravel, A),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_values_and_gradients(name):
    f, wanted, start = SAME[name]
    x = leaf(start)
    found, expected = f(x), wanted(start)
    if not isinstance(found, tuple):
        found, expected = [found], [expected]
    assert len(found) == len(expected)
    for y, other in zip(found, expected, strict=True):
        assert tuple(y.shape) == np.shape(other)
        np.testing.assert_allclose(y.detach().numpy(), other, rtol=1e-13)
    weighed(f, x).backward()
    np.testing.assert_allclose(x.grad.numpy(), slope(f, start), rtol=1e-6, atol=1e-7)


def test_composites_have_a_second_derivative():
    report = sg.crosscheck(lambda x: (sg.diag(x).std(0) * sg.tril(sg.outer(x, x)).roll(1)).sum(), V)
    assert report.ok, report


def test_the_slope_of_a_deviation_of_equal_entries_is_zero():
    x = leaf([2.0, 2.0, 2.0])
    x.std().backward()
    assert x.grad.tolist() == [0.0, 0.0, 0.0]  # PyTorch's convention


def test_a_triangle_has_exact_zeros_in_its_formula():
    x = sg.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=sg.float64, requires_grad=True, name="x")
    form = sg.closed_form(sg.tril(x).sum(), x, notation="element")
    assert str(form) == "[[1, 0],\n [1, 1]]"
    assert sg.closed_form(sg.tril(x).sum(), x).evaluate().tolist() == [[1, 0], [1, 1]]


BOTH = {
    "max": (lambda x: x.max(axis=1, keepdims=True), lambda x: x.max(1, True)),
    "min": (lambda x: sg.min(x, axis=0), lambda x: sg.min(x, 0)),
    "argmax": (lambda x: x.argmax(axis=0, keepdims=True), lambda x: x.argmax(0, True)),
    "argmin": (lambda x: x.argmin(axis=1), lambda x: x.argmin(1)),
    "any": (lambda x: (x > 2).any(axis=0), lambda x: (x > 2).any(0)),
    "all": (lambda x: (x > 2).all(axis=1, keepdims=True), lambda x: (x > 2).all(1, True)),
    "sort": (lambda x: x.sort(axis=0), lambda x: x.sort(0)),
    "argsort": (lambda x: x.argsort(axis=0), lambda x: x.argsort(0)),
    "squeeze": (lambda x: x[None].squeeze(axis=0), lambda x: x[None].squeeze(0)),
    "std": (lambda x: x.std(axis=0, keepdims=True), lambda x: x.std(0, keepdim=True)),
    "diff": (lambda x: x.diff(axis=0), lambda x: x.diff(dim=0)),
    "split": (lambda x: x.split(2, axis=1), lambda x: x.split(2, 1)),
}


@pytest.mark.parametrize("name", BOTH)
def test_axis_and_keepdims_mean_dim_and_keepdim(name):
    by_axis, by_dim = BOTH[name]
    assert repr(by_axis(leaf(M))) == repr(by_dim(leaf(M)))


def test_an_axis_given_twice_is_refused():
    with pytest.raises(TypeError, match="dim and axis"):
        leaf(M).max(dim=0, axis=0)


REFUSED = {
    "flatten backward": (lambda: leaf(M).flatten(1, 0), sg.ShapeError, "start_dim cannot come"),
    "argsort": (lambda: leaf(V).argsort(3), IndexError, r"range of \[-1, 0\], but got 3"),
    "argmax": (lambda: leaf(V).argmax(-2), IndexError, r"range of \[-1, 0\], but got -2"),
    "argmax of nothing": (lambda: sg.zeros(0).argmax(), IndexError, "dim to be specified"),
    "argmin along nothing": (lambda: sg.zeros(0, 3).argmin(0), IndexError, "non-zero size"),
    "max along no axis": (lambda: leaf(V).max(2), IndexError, "but got 2"),
    "any": (lambda: (leaf(V) > 0).any(3), IndexError, "but got 3"),
    "all": (lambda: (leaf(M) > 0).all((0, 2)), IndexError, "but got 2"),
    "sort": (lambda: leaf(V).sort(1), IndexError, "but got 1"),
    "size": (lambda: leaf(V).size(3), IndexError, "but got 3"),
    "size of a number": (lambda: leaf(2.0).size(0), IndexError, "no dimensions"),
    "allclose": (lambda: sg.allclose(sg.zeros(3), sg.zeros(2)), sg.ShapeError, "do not broadcast"),
    "std": (lambda: leaf(V).std(4), IndexError, "but got 4"),
    "var of integers": (lambda: sg.tensor([1, 2]).var(), sg.DtypeError, r"x\.float\(\)"),
    "split": (lambda: leaf(V).split([2, 2]), sg.ShapeError, "add up to 3"),
    "split into nothing": (lambda: leaf(V).split(0), sg.ShapeError, "1 entry or more"),
    "chunk": (lambda: leaf(V).chunk(0), sg.ShapeError, "1 or more"),
    "repeat": (lambda: leaf(M).repeat(2), sg.ShapeError, "repeat dims"),
    "roll": (lambda: leaf(M).roll((1, 2), 0), sg.ShapeError, "one for each"),
    "moveaxis": (lambda: leaf(M).moveaxis((0, 0), (0, 1)), sg.ShapeError, "each once"),
    "diag": (lambda: leaf(A).diag(), sg.ShapeError, "3 axes"),
    "tril": (lambda: leaf(V).tril(), sg.ShapeError, "too few axes"),
    "tensordot": (lambda: sg.tensordot(leaf(M), leaf(M), 3), sg.ShapeError, "dims=3"),
    "tensordot, sizes": (lambda: sg.tensordot(leaf(M), leaf(M), 1), sg.ShapeError, "differ"),
    "transpose": (lambda: leaf(M).transpose(), TypeError, r"x\.transpose\(0, 1\).*x\.T"),
    "hstack": (lambda: sg.hstack(leaf(M)), sg.DtypeError, "a list or a tuple"),
    "vstack": (lambda: sg.vstack([]), sg.ShapeError, "at least one"),
    "where": (lambda: sg.where(leaf(V) > 0, 1.0), TypeError, "two values"),
    "take": (lambda: leaf(V).take(sg.tensor([0.5])), sg.DtypeError, "indices must be"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    call, kind, words = REFUSED[name]
    with pytest.raises(kind, match=words):
        call()


def test_isclose_of_infinities_and_numbers():
    inf = float("inf")
    found = sg.isclose(sg.tensor([1.0, inf, inf, float("nan")]), sg.tensor([inf, inf, -inf, 1.0]))
    assert found.tolist() == [False, True, False, False]
    assert sg.allclose(sg.tensor([1.0]), 1.0)
    assert not sg.allclose(sg.tensor([1]), 1.5)
    nan = sg.tensor([float("nan")])
    assert not sg.allclose(nan, nan)
    assert sg.allclose(nan, nan, equal_nan=True)


def test_where_and_nonzero_name_places():
    mask = sg.tensor([[True, False], [True, True]])
    assert [p.tolist() for p in sg.where(mask)] == [[0, 1, 1], [0, 0, 1]]
    assert sg.nonzero(mask).tolist() == [[0, 0], [1, 0], [1, 1]]
    assert sg.nonzero(sg.tensor(3.0)).shape == (1, 0)
    x = leaf([[1.0, 2.0], [3.0, 4.0]])
    x[sg.where(mask)].sum().backward()
    assert x.grad.tolist() == [[1.0, 0.0], [1.0, 1.0]]


#: What PyTorch 2.13 calls the backward node of each.
NAMES = {
    "x[0]": "SelectBackward0", "x[:, 0]": "SelectBackward0", "x[1:, 0]": "SelectBackward0",
    "x[0, 1:]": "SliceBackward0", "x[1:]": "SliceBackward0", "x[:]": "SliceBackward0",
    "x[..., 0]": "SelectBackward0", "x[None]": "UnsqueezeBackward0", "x[...]": "AliasBackward0",
    "x[[0, 1]]": "IndexBackward0", "x[[0, 1], 0]": "IndexBackward0", "x[x > 0]": "IndexBackward0",
    "x @ x": "MmBackward0", "x @ v": "MvBackward0", "v @ v": "DotBackward0",
    "sg.bmm(x[None], x[None])": "BmmBackward0",
    "x.sum()": "SumBackward0", "x.sum(0)": "SumBackward1", "x.mean()": "MeanBackward0",
    "x.mean(dim=(0, 1))": "MeanBackward1", "x.prod(0)": "ProdBackward1",
}  # fmt: skip
CALLS = {
    "x[0]": lambda x, v: x[0], "x[:, 0]": lambda x, v: x[:, 0], "x[1:, 0]": lambda x, v: x[1:, 0],
    "x[0, 1:]": lambda x, v: x[0, 1:], "x[1:]": lambda x, v: x[1:], "x[:]": lambda x, v: x[:],
    "x[..., 0]": lambda x, v: x[..., 0], "x[None]": lambda x, v: x[None],
    "x[...]": lambda x, v: x[...], "x[[0, 1]]": lambda x, v: x[[0, 1]],
    "x[[0, 1], 0]": lambda x, v: x[[0, 1], 0], "x[x > 0]": lambda x, v: x[x > 0],
    "x @ x": lambda x, v: x @ x, "x @ v": lambda x, v: x @ v, "v @ v": lambda x, v: v @ v,
    "sg.bmm(x[None], x[None])": lambda x, v: sg.bmm(x[None], x[None]),
    "x.sum()": lambda x, v: x.sum(), "x.sum(0)": lambda x, v: x.sum(0),
    "x.mean()": lambda x, v: x.mean(), "x.mean(dim=(0, 1))": lambda x, v: x.mean(dim=(0, 1)),
    "x.prod(0)": lambda x, v: x.prod(0),
}  # fmt: skip


@pytest.mark.parametrize("text", NAMES)
def test_grad_fn_bears_pytorchs_name(text):
    y = CALLS[text](leaf(np.ones((2, 2))), leaf(np.ones(2)))
    assert y.grad_fn.name() == NAMES[text]


def test_parts_and_sums_of_a_shape_are_shapes():
    shape = sg.zeros(2, 3).shape
    one = (1,)
    for found, wanted in [
        (shape[1:], (3,)),
        (shape + one, (2, 3, 1)),
        (one + shape, (1, 2, 3)),
        (shape * 2, (2, 3, 2, 3)),
    ]:
        assert type(found) is sg.Size
        assert found == wanted
    assert type(shape[0]) is int
    assert [*shape] == [2, 3]


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x.std() + x.var(0).sum(),
        lambda x: x.tril().roll((1, 1), (0, 1)).tile(2, 1).sum(),
        lambda x: sg.diag(x[0], 1).sum() + sg.inner(x, x).sum() + x.diff().sum(),
        lambda x: (
            sg.repeat_interleave(x, sg.tensor([2, 0, 1]), dim=1).take(sg.tensor([0, 2])).sum()
        ),
        lambda x: x.split(2, 1)[0].sum() + sg.column_stack([x, x]).sum(),
    ],
)
def test_composites_run_on_another_device(f):
    strict = pytest.importorskip("array_api_strict")
    there = strict.asarray(M.tolist(), device=strict.Device("device1"))
    x, y = sg.as_tensor(there).requires_grad_(), leaf(M)
    f(x).backward()
    f(y).backward()
    np.testing.assert_allclose(x.grad.tolist(), y.grad.tolist(), rtol=1e-12, atol=1e-14)
    assert sg.allclose(x, x)
    assert not sg.allclose(x, 1.0)
    assert (x > 1).any(0).shape == (3,)
    assert sg.nonzero(x > 1).tolist() == sg.nonzero(y > 1).tolist()
