"""Views and writes on a GPU, on the stand-in: the CPU's values, gradients and refusals."""

import numpy as np
import pytest

import symgrad as sg
from tests.standin import counted, installed


@pytest.fixture(autouse=True)
def _there():
    with installed():
        yield


def a_view_is_scaled(x):
    y = x * 1
    v = y[0:2]
    v.mul_(2.0)
    return y


def an_entry_is_scaled(x):
    y = x * 1
    v = y[0]
    v.mul_(3.0)
    return y


def a_reshape_sees_its_base_change(x):
    y = x * 1
    v = y.reshape(3, 1)
    y.add_(1.0)
    return v * v


def a_view_of_a_view_is_copied_into(x):
    y = x * 1
    v = y[1:]
    w = v[1:]
    w.copy_(x[:1])
    return y * v.sum()


def entries_by_a_mask(x):
    y = x.clone()
    y[y > 1.5] = 0.0
    return y * x


def entries_by_integers(x):
    y = x.clone()
    y[sg.tensor([0, 2], device=x.device)] = x[:2] * 2
    return y


def augmented(x):
    y = x.clone()
    y += x
    y *= x
    return y


def a_column_is_zeroed(x):
    y = (x * 1).reshape(1, 3).expand(2, 3).clone()
    y.t()[0].zero_()
    return y


def functions_in_place(x):
    y = x.clone()
    y.exp_()
    y.sin_()
    return y


def through_detach(x):
    y = x.clone()
    z = y.detach()
    z.mul_(2.0)
    return y * 1


def a_kept_value_is_changed(x):
    y = x * 1
    z = y.sin()
    y.add_(1.0)
    return z


def a_kept_operand_is_zeroed(x):
    y = x * 1
    z = y * y
    y.detach().zero_()
    return z


def a_leaf_without_gradients(x):
    with sg.no_grad():
        x.mul_(2.0)
    return x * x


def entries_from_itself(x):
    y = x.clone()
    y[0] = y[1]
    y[1:] = y[:2].clone()
    return y


def overlapping_entries(x):
    y = x.clone()
    y[0:2] = y[1:3]
    return y * x


def every_second_entry(x):
    y = x.clone()
    v = y.T if y.ndim > 1 else y[::2]
    v += 1
    return y * y


def through_data(x):
    y = x.clone()
    y.data.mul_(3.0)
    return y * x


def a_leaf_through_detach(x):
    v = x.detach()[1:]
    v.zero_()
    return x * 2


def two_views_that_overlap(x):
    y = x * 1
    a = y[:2]
    b = y[1:]
    a.mul_(2.0)
    b.mul_(3.0)
    return y + a.sum() + b.sum()


def a_flip_is_a_copy(x):
    y = x.clone()
    v = y.flip(0)
    v.zero_()
    return y * x


def an_einsum_is_no_alias(x):
    y = x.clone()
    v = sg.einsum("i->i", y)
    v.add_(1.0)
    return y * v


def data_by_entries(x):
    y = x.detach().clone()
    y[0] = sg.tensor(5.0)
    y[1:] = x.detach()[:2]
    y[1:] += 1
    return y * x


def data_through_a_view(x):
    y = x.detach().clone()
    v = y[1:]
    v -= 0.5
    y *= 2
    return y * x


def data_through_a_reshape(x):
    y = x.detach().clone()
    v = y.view(3, 1)
    v.mul_(2.0)
    y[:2].zero_()
    return y * x


def a_base_under_its_view(x):
    y = x.clone()
    v = y[:2]
    y.mul_(2.0)
    v.add_(1.0)
    return y * v.sum()


def data_by_a_mask(x):
    y = x.detach().clone()
    y[x.detach() > 1.5] = 0.0
    y[[0]] = 7.0
    return y * x


PROGRAMS = [
    a_view_is_scaled,
    an_entry_is_scaled,
    a_reshape_sees_its_base_change,
    a_view_of_a_view_is_copied_into,
    entries_by_a_mask,
    entries_by_integers,
    augmented,
    a_column_is_zeroed,
    functions_in_place,
    through_detach,
    a_kept_value_is_changed,
    a_kept_operand_is_zeroed,
    a_leaf_without_gradients,
    entries_from_itself,
    overlapping_entries,
    every_second_entry,
    through_data,
    a_leaf_through_detach,
    two_views_that_overlap,
    a_flip_is_a_copy,
    an_einsum_is_no_alias,
    data_by_entries,
    data_through_a_view,
    data_through_a_reshape,
    a_base_under_its_view,
    data_by_a_mask,
]


def outcome(program, device):
    """Values, gradients and what became of the leaf; or the class and words of the refusal."""
    x = sg.tensor([1.0, 2.0, 3.0], device=device, requires_grad=True)
    try:
        y = program(x)
        (y * y).sum().backward()
    except sg.SymgradError as error:
        return type(error), str(error).partition("\n")[0]
    assert y.device == x.grad.device == x.device
    return y.tolist(), x.grad.tolist(), x.tolist()


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_a_write_does_on_a_card_what_it_does_on_the_cpu(program):
    want = outcome(program, "cpu")
    assert outcome(program, "cuda") == want
    assert outcome(program, "cuda:1") == want


def test_some_of_the_programs_are_refused():
    refused = [p for p in PROGRAMS if isinstance(outcome(p, "cuda")[0], type)]
    assert a_kept_operand_is_zeroed in refused
    assert len(refused) < len(PROGRAMS) / 4


def test_what_is_written_is_on_the_same_device():
    x = sg.zeros(3, device="cuda")
    x[0] = sg.tensor(2.0)  # a 0-d tensor of the CPU goes by itself
    x[1:] = 1
    assert x.tolist() == [2.0, 1.0, 1.0]
    for value in (sg.ones(2), np.ones(2), sg.ones(2, device="cuda:1")):
        with pytest.raises(sg.DeviceError, match="at least two devices"):
            x[1:] = value
    assert x.tolist() == [2.0, 1.0, 1.0]


def test_an_update_is_one_kernel():
    w, g = sg.ones(4, device="cuda", requires_grad=True), sg.ones(4, device="cuda")
    pointer = w._value.data.ptr
    with counted() as counts, sg.no_grad():
        w -= 0.5 * g
    assert counts.launches == 2  # the product, and the difference in w's own buffer
    assert w._value.data.ptr == pointer
    assert w.tolist() == [0.5] * 4


def programs_of_transforms(device):
    """Transforms of one function: vmap, its gradient, Jacobians both ways, a Hessian, a solve."""
    xs = sg.tensor(np.arange(6.0).reshape(3, 2) / 5 + 0.1, device=device)
    w = sg.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=sg.float64, device=device)

    def f(x):
        return (sg.tanh(x @ w) * x).sum()

    return [
        sg.func.vmap(f)(xs),
        sg.func.vmap(sg.func.grad(f))(xs),
        sg.func.vmap(lambda x: x.sort().values[0] * x.max())(xs),
        sg.func.vmap(lambda x: sg.linalg.solve(w, x))(xs),
        sg.func.jacrev(lambda x: sg.sin(x @ w))(xs[0]),
        sg.func.jacfwd(lambda x: sg.sin(x @ w))(xs[0]),
        sg.func.hessian(f)(xs[0]),
    ]


@pytest.mark.parametrize("device", ["cuda", "cuda:1"])
def test_transforms_do_on_a_card_what_they_do_on_the_cpu(device):
    with counted() as counts:
        found = programs_of_transforms(device)
    assert (counts.to_device, counts.to_host) == (2, 0)  # the two arrays that were given
    for got, want in zip(found, programs_of_transforms("cpu"), strict=True):
        assert got.device == ("cuda:0" if device == "cuda" else device)
        np.testing.assert_allclose(
            got.detach().cpu().numpy(), want.detach().numpy(), rtol=1e-12, atol=1e-14
        )
