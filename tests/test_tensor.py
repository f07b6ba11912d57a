"""Tensors behave as PyTorch's: every test here passes with torch as sg, too."""

import copy
import math

import numpy as np
import pytest

import symgrad as sg

# values that leave --------------------------------------------------------------------------------


def test_item_tolist_and_numpy():
    x = sg.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert x.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert sg.tensor(2).tolist() == 2
    assert type(sg.tensor(2).item()) is int
    assert type(sg.tensor(2.0).item()) is float
    assert sg.tensor(True).item() is True
    assert sg.tensor([[5.0]]).item() == 5.0
    with pytest.raises(RuntimeError, match="4 elements"):
        x.item()
    array = x.numpy()
    array[0, 0] = 10.0
    assert x.tolist()[0][0] == 10.0


def test_numpy_of_what_requires_grad_is_refused():
    x = sg.tensor([1.0], requires_grad=True)
    for tensor in (x, x * 2):
        with pytest.raises(RuntimeError, match="detach"):
            tensor.numpy()
    assert x.detach().numpy().tolist() == [1.0]
    assert x.numpy(force=True).tolist() == [1.0]


def test_truth():
    assert bool(sg.tensor(1.0))
    assert not bool(sg.tensor([[0]]))
    assert sg.tensor(2.0) > 1
    for several in (sg.tensor([1.0, 2.0]), sg.tensor([])):
        with pytest.raises(RuntimeError, match="Boolean value of Tensor"):
            bool(several)


def test_an_integer_tensor_is_an_index():
    assert [10, 20, 30][sg.tensor(1)] == 20
    with pytest.raises(TypeError):
        [10, 20, 30][sg.tensor(1.0)]


def test_a_number_is_formatted():
    assert f"{sg.tensor(3.14159):.2f}" == "3.14"
    assert f"{sg.tensor([1.0, 2.0])}" == "tensor([1., 2.])"


# what a tensor says of itself ---------------------------------------------------------------------


def test_shape_and_size():
    x = sg.zeros(2, 3)
    assert tuple(x.shape) == (2, 3) == tuple(x.size())
    assert x.size(0) == 2
    assert x.size(-1) == 3
    assert x.ndim == x.dim() == 2
    assert x.numel() == x.shape.numel() == 6
    assert len(x) == 2
    assert str(x.device) == "cpu"
    assert "Size([2, 3])" in repr(x.shape)
    with pytest.raises(TypeError, match="0-d"):
        len(sg.tensor(1.0))


def test_iteration_is_along_the_first_axis():
    rows = list(sg.tensor([[1.0, 2.0], [3.0, 4.0]]))
    assert [row.tolist() for row in rows] == [[1.0, 2.0], [3.0, 4.0]]
    with pytest.raises(TypeError, match="0-d"):
        iter(sg.tensor(1.0))
    a, b = sg.tensor([1.0, 2.0], requires_grad=True)
    assert a.requires_grad
    assert b.item() == 2.0


def test_contains():
    assert 2.0 in sg.tensor([1.0, 2.0])
    assert 3.0 not in sg.tensor([1.0, 2.0])


def test_tensors_are_hashed_by_identity():
    x, y = sg.tensor(1.0), sg.tensor(1.0)
    assert len({x: 1, y: 2}) == 2


def test_copies():
    x = sg.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    twin = copy.deepcopy(x)
    assert twin.requires_grad
    assert twin.is_leaf
    assert twin.grad.tolist() == [2.0, 4.0]
    with sg.no_grad():
        twin += 1
    assert x.tolist() == [1.0, 2.0]
    with pytest.raises(RuntimeError, match="deepcopy"):
        copy.deepcopy(x * 2)


# dtypes and devices -------------------------------------------------------------------------------


def test_dtypes_of_new_tensors():
    assert sg.tensor(1.5).dtype == sg.float32
    assert sg.tensor(1).dtype == sg.int64
    assert sg.tensor(True).dtype == sg.bool
    assert sg.tensor([1, 2.5]).dtype == sg.float32
    assert sg.tensor(np.array([1.5])).dtype == sg.float64
    assert sg.tensor(np.float32(1.5)).dtype == sg.float32
    assert sg.tensor([1, 2], dtype=sg.float64).dtype == sg.float64


def test_casts():
    x = sg.tensor([1.7, -2.2])
    assert x.double().dtype == sg.float64
    assert x.float() is x
    assert x.half().dtype == sg.float16
    assert x.to(sg.int64).tolist() == [1, -2]
    assert x.long().dtype == sg.int64
    assert x.int().dtype == sg.int32
    assert x.bool().tolist() == [True, True]
    assert x.to(sg.float32) is x
    assert x.to("cpu") is x
    assert x.cpu() is x
    assert x.to("cpu", sg.float64).dtype == sg.float64
    assert x.to(x.double()).dtype == sg.float64
    assert x.to(device=sg.device("cpu"), dtype=sg.float64).dtype == sg.float64


def test_a_cast_is_differentiated():
    x = sg.tensor([1.0, 2.0], requires_grad=True)
    y = x.double()
    assert "ToCopyBackward0" in repr(y)
    (y * y).sum().backward()
    assert x.grad.dtype == sg.float32
    assert x.grad.tolist() == [2.0, 4.0]
    assert not x.long().requires_grad


@pytest.mark.parametrize(
    ("left", "right", "wanted"),
    [
        ("float32", "float64", "float64"), ("int64", "float32", "float32"),
        ("bool", "int64", "int64"), ("int32", "int64", "int64"), ("float32", 2, "float32"),
        ("float32", 2.5, "float32"), ("int64", 2, "int64"), ("int64", 2.5, "float32"),
        ("bool", 2.5, "float32"), ("float64", 2, "float64"),
    ],
)  # fmt: skip
def test_promotion(left, right, wanted):
    a = sg.ones(2, dtype=getattr(sg, left))
    b = sg.ones(2, dtype=getattr(sg, right)) if isinstance(right, str) else right
    assert (a + b).dtype == getattr(sg, wanted)
    assert (b + a).dtype == getattr(sg, wanted)
    assert (a * b).dtype == getattr(sg, wanted)


def test_integers_of_float_functions_give_the_default_float():
    assert sg.sin(sg.tensor([1, 2])).dtype == sg.float32
    assert (sg.tensor([1, 2]) / sg.tensor([2, 2])).dtype == sg.float32
    assert sg.tensor([1, 2]).sum().dtype == sg.int64


def test_devices():
    assert sg.device("cpu").type == "cpu"
    assert str(sg.device("cuda", 1)) == "cuda:1"
    assert sg.device("cuda:1").index == 1
    assert sg.zeros(2, device="cpu").device == sg.device("cpu")
    with pytest.raises(RuntimeError, match="device"):
        sg.device("abacus")


# making -------------------------------------------------------------------------------------------


def test_making():
    assert sg.zeros(2, 3).tolist() == [[0.0] * 3] * 2
    assert sg.zeros((2, 3)).shape == (2, 3)
    assert sg.ones(2).tolist() == [1.0, 1.0]
    assert sg.zeros(()).shape == ()
    assert sg.full((2,), 7).tolist() == [7, 7]
    assert sg.full((2,), 7).dtype == sg.int64
    assert sg.full((2,), 7.0).dtype == sg.float32
    assert sg.arange(3).tolist() == [0, 1, 2]
    assert sg.arange(1, 2, 0.5).tolist() == [1.0, 1.5]
    assert sg.arange(5, 0, -2).tolist() == [5, 3, 1]
    assert sg.linspace(0, 1, 5).tolist() == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert sg.eye(2, 3).tolist() == [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    assert sg.ones(2, requires_grad=True).requires_grad
    assert sg.empty(2, 3).shape == (2, 3)


@pytest.mark.parametrize("name", ["zeros", "ones", "rand", "randn", "empty"])
def test_making_like(name):
    like = sg.ones(2, 3, dtype=sg.float64)
    made = getattr(sg, f"{name}_like")(like)
    assert made.shape == (2, 3)
    assert made.dtype == sg.float64
    assert not made.requires_grad
    assert getattr(sg, f"{name}_like")(like, dtype=sg.float32).dtype == sg.float32
    assert sg.full_like(like, 2).tolist() == [[2.0] * 3] * 2


def test_tensor_copies_and_from_numpy_shares():
    array = np.array([1.0, 2.0])
    copied, shared, viewed = sg.tensor(array), sg.from_numpy(array), sg.as_tensor(array)
    array[0] = 10.0
    assert copied.tolist() == [1.0, 2.0]
    assert shared.tolist() == viewed.tolist() == [10.0, 2.0]
    x = sg.tensor([1.0])
    assert sg.as_tensor(x) is x
    with pytest.raises(TypeError):
        sg.from_numpy([1.0])


def test_random_numbers_repeat_by_their_seed():
    sg.manual_seed(3)
    first = (sg.rand(3).tolist(), sg.randn(2, 2).tolist(), sg.randint(0, 9, (4,)).tolist())
    sg.manual_seed(3)
    assert first == (sg.rand(3).tolist(), sg.randn(2, 2).tolist(), sg.randint(0, 9, (4,)).tolist())
    assert first[0] != sg.rand(3).tolist()
    assert sorted(sg.randperm(5).tolist()) == [0, 1, 2, 3, 4]
    many = sg.rand(10_000)
    assert 0 <= many.min().item() <= many.max().item() < 1
    assert abs(sg.randn(10_000).mean().item()) < 0.05


@pytest.mark.parametrize("wrong", [[[1.0, 2.0], [3.0]], [1.0, [2.0]]])
def test_ragged_lists_are_refused(wrong):
    with pytest.raises((ValueError, TypeError)):
        sg.tensor(wrong)


@pytest.mark.parametrize("wrong", ["text", ["a", "b"], None, [None], {"a": 1}, object()])
def test_what_holds_no_numbers_is_refused(wrong):
    with pytest.raises((RuntimeError, TypeError, ValueError)):
        sg.tensor(wrong)


def test_sizes_are_integers():
    with pytest.raises(RuntimeError, match="negative"):
        sg.zeros(-1)
    with pytest.raises((TypeError, RuntimeError)):
        sg.zeros(2.5)


# selections of a tensor's methods, which all have tests of their own elsewhere --------------------


def test_indexing_adds_up():
    x = sg.tensor([1.0, 2.0, 3.0], requires_grad=True)
    (x[[0, 0, 2]] * sg.tensor([1.0, 10.0, 100.0])).sum().backward()
    assert x.grad.tolist() == [11.0, 0.0, 100.0]
    x.grad = None
    x[x > 1.5].sum().backward()
    assert x.grad.tolist() == [0.0, 1.0, 1.0]
    x.grad = None
    (x[None, ..., 1:] ** 2).sum().backward()
    assert x.grad.tolist() == [0.0, 4.0, 6.0]
    with pytest.raises(IndexError):
        x[3]


def test_sort_and_extremes_give_values_and_indices():
    x = sg.tensor([[3.0, 1.0, 2.0]], requires_grad=True)
    values, indices = x.sort(dim=1)
    assert values.tolist() == [[1.0, 2.0, 3.0]]
    assert indices.tolist() == [[1, 2, 0]]
    top = x.max(dim=1)
    assert (top.values.item(), top.indices.item()) == (3.0, 0)
    (values * sg.tensor([[1.0, 10.0, 100.0]])).sum().backward()
    assert x.grad.tolist() == [[100.0, 1.0, 10.0]]


def test_ties_share_the_gradient_of_the_extreme_of_all():
    x = sg.tensor([2.0, 2.0, 1.0], requires_grad=True)
    x.max().backward()
    assert x.grad.tolist() == [0.5, 0.5, 0.0]


def test_shapes():
    x = sg.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    assert x.T.tolist() == x.t().tolist() == x.transpose(0, 1).tolist() == x.permute(1, 0).tolist()
    assert x.reshape(-1).shape == x.view(6).shape == x.flatten().shape == (6,)
    assert x.unsqueeze(0).shape == (1, 2, 3)
    assert x.unsqueeze(0).squeeze().shape == (2, 3)
    assert sg.ones(3, 1).expand(-1, 4).shape == (3, 4)
    assert sg.cat([x, x], dim=1).shape == (2, 6)
    assert sg.stack([x, x]).shape == (2, 2, 3)
    assert x.sum(dim=0).tolist() == [5.0, 7.0, 9.0]
    assert x.mean(dim=1, keepdim=True).tolist() == [[2.0], [5.0]]


def test_setting_entries_without_gradients():
    x = sg.zeros(2, 3)
    x[0] = 1.0
    x[1, 1:] = sg.tensor([5.0, 6.0])
    x[x == 0] = -1.0
    assert x.tolist() == [[1.0, 1.0, 1.0], [-1.0, 5.0, 6.0]]


def test_allclose_and_equality():
    a = sg.tensor([1.0, 2.0])
    assert sg.allclose(a, a + 1e-7)
    assert not sg.allclose(a, a + 1e-2)
    assert (a == sg.tensor([1.0, 3.0])).tolist() == [True, False]
    assert not sg.allclose(sg.tensor([math.nan]), sg.tensor([math.nan]))
    assert sg.allclose(sg.tensor([math.nan]), sg.tensor([math.nan]), equal_nan=True)


PARTED = [  # an index; the place of what the arrays name among the axes left, as torch has it
    ((0, slice(None), [0, 1]), lambda a: a[0][:, [0, 1]]),
    ((sg.tensor(1), slice(None), [0, 3]), lambda a: a[1][:, [0, 3]]),
    ((np.int64(-1), slice(1, None), np.array([2, 0])), lambda a: a[-1][1:, [2, 0]]),
    ((slice(None), sg.tensor([0, 2]), None, -1), lambda a: a[..., -1][:, [0, 2], None]),
    ((1, ..., [True, False, True, False]), lambda a: a[1][:, [0, 2]]),
    (([0, 1], slice(None), 2), lambda a: a[..., 2][[0, 1]]),
    ((slice(None), [0, 1], ..., [1, 2]), lambda a: a[:, [0, 1], [1, 2]]),
    (([0, 1], slice(None), [1, 2]), lambda a: a[[0, 1], :, [1, 2]]),
]


@pytest.mark.parametrize(("index", "chosen"), PARTED, ids=[str(i) for i, _ in PARTED])
def test_integers_in_an_index_are_taken_before_its_arrays(index, chosen):
    values = np.arange(24.0).reshape(2, 3, 4)
    x = sg.tensor(values, requires_grad=True)
    y = x[index]
    np.testing.assert_array_equal(y.detach().numpy(), chosen(values))
    weights = np.arange(1.0, y.numel() + 1).reshape(y.shape)
    (g,) = sg.autograd.grad((y * weights).sum(), x)
    assert g.sum().item() == weights.sum()
    np.testing.assert_array_equal(chosen(g.numpy()), weights)
    plain, traced = sg.tensor(values), x * 1
    plain[index] = weights
    traced[index] = sg.tensor(weights)
    np.testing.assert_array_equal(chosen(plain.numpy()), weights)
    np.testing.assert_array_equal(plain.numpy(), traced.detach().numpy())
    (g,) = sg.autograd.grad(traced.sum(), x)
    assert g.sum().item() == values.size - weights.size


def test_an_empty_list_names_no_places():
    x = sg.zeros(2, 3, 4)
    assert (x[[]].shape, x[0, :, []].shape, x[:, [[]]].shape) == ((0, 3, 4), (3, 0), (2, 1, 0, 4))
    x[[]] = 1.0
    assert not x.any()
