"""What a selection did not choose never poisons a gradient, of any order; pytest runs it."""

import numpy as np
import pytest

import symgrad as sg
from symgrad.algebras.numpy_adapter import NUMPY
from symgrad.grammar.masks import Masked
from symgrad.grammar.primitive import REGISTRY

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # forward meets the edge


#: A program, a point, its slope there, and the slope of that (both by hand).
CASES = {
    "a root where it is one": (
        lambda x: sg.where(x > 0, sg.sqrt(x), 0), [0.0, -1.0, 4.0], [0, 0, 0.25], [0, 0, -1 / 32],
    ),
    "an exponential that overflows": (
        lambda x: sg.where(x <= 0, sg.exp(x), 1 + x), [1000.0, 0.0], [1, 1], [0, 1],
    ),
    "nested": (
        lambda x: sg.where(
            x > 0, sg.log(sg.sqrt(x)), sg.where(x < -1, sg.sqrt(-x - 1), 0 * x)
        ),
        [0.0, -1.0, 4.0, -5.0], [0, 0, 0.125, -0.25], [0, 0, -1 / 32, -1 / 32],
    ),
    "both branches infinite": (
        lambda x: sg.where(x > 0, 1 / x, 1 / (x - 1)), [0.0, 1.0, 2.0], [-1, -1, -0.25],
        [-2, 2, 0.25],
    ),
    "the larger": (lambda x: sg.maximum(sg.sqrt(x), 1), [0.0, 4.0], [0, 0.25], [0, -1 / 32]),
    "the smaller": (lambda x: sg.minimum(sg.log(x), 1), [9.0, 1.0], [0, 1], [0, -1]),
    "a rectifier": (lambda x: sg.relu(sg.log(x)), [0.0, 4.0], [0, 0.25], [0, -1 / 16]),
    "bounds": (
        lambda x: sg.clip(sg.sqrt(x), 1, 3), [0.0, 4.0, 100.0], [0, 0.25, 0], [0, -1 / 32, 0],
    ),
    "entries by a mask": (lambda x: sg.sqrt(x)[x > 0], [0.0, 4.0], [0, 0.25], [0, -1 / 32]),
    "the largest": (lambda x: sg.amax(sg.sqrt(x)), [0.0, 4.0], [0, 0.25], [0, -1 / 32]),
    "through shapes": (
        lambda x: sg.where(
            (x > 0)[:, None], sg.sqrt(x).reshape(3, 1) * sg.ones(1, 2, dtype=sg.float64), 0
        ),
        [0.0, -1.0, 4.0], [0, 0, 0.5], [0, 0, -1 / 16],
    ),
    "a broadcast number": (
        lambda x: sg.where(x > 0, (x * x).sum() ** 0.5, 0), [0.0, 0.0], [0, 0], [0, 0],
    ),
    "beside what counts": (
        lambda x: sg.where(x > 0, sg.sqrt(x), 0) + sg.sqrt(x + 1), [0.0, 3.0],
        [0.5, 0.25 + 0.5 / 3**0.5], [-0.25, -1 / 32 - 0.25 / 3**1.5],
    ),
    "two branches of one root": (
        lambda x: sg.where(x > 1, (r := sg.sqrt(x)), 0) + sg.where(x < 0, r, 0), [0.0, 4.0],
        [0, 0.25], [0, -1 / 32],
    ),
    "zero that is none": (lambda x: sg.sin(x) ** 2, [0.0], [0], [2]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_slopes_of_both_orders_and_both_modes(name):
    f, point, slope, bend = CASES[name]
    x = sg.tensor(point, dtype=sg.float64, requires_grad=True)
    f(x).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), slope, rtol=1e-12)
    (g,) = sg.autograd.grad(f(x).sum(), x, create_graph=True)
    np.testing.assert_allclose(g.detach().numpy(), slope, rtol=1e-12)
    (h,) = sg.autograd.grad(g.sum(), x)
    np.testing.assert_allclose(h.numpy(), bend, rtol=1e-12, atol=1e-12)
    fixed, ones = x.detach(), sg.ones_like(x)
    _, moved = sg.func.jvp(lambda x: f(x).sum(), (fixed,), (ones,))
    assert moved.item() == pytest.approx(sum(slope), rel=1e-12)
    _, bent = sg.func.jvp(sg.func.grad(lambda x: f(x).sum()), (fixed,), (ones,))
    np.testing.assert_allclose(bent.numpy(), bend, rtol=1e-12, atol=1e-12)


def test_an_infinite_slope_that_counts_stays():
    x = sg.tensor([0.0, 1.0], requires_grad=True)
    sg.where(x >= 0, sg.sqrt(x), 0).sum().backward()
    assert x.grad.tolist() == [float("inf"), 0.5]


def test_values_that_are_nan_and_not_chosen():
    x = sg.tensor([-1.0, 4.0], requires_grad=True)
    y = sg.where(x > 0, sg.log(x) * sg.sqrt(x), 0)
    y.sum().backward()
    assert x.grad[0].item() == 0.0


@pytest.mark.parametrize("word", [word for word, rule in REGISTRY.items() if rule.selects is True])
def test_every_selection_bears_a_mask(word):
    """The pull of ones is 0 exactly where nothing was chosen: what the mask is made of."""
    rule = REGISTRY[word]
    for i, name in enumerate(rule.operands):
        if rule.has_derivative(name):
            plan = rule.plan(len(rule.operands), 1 << i, False)
            ((_, pull, _),) = plan.edges
            assert pull is not plan.pulls[0][1]


def test_no_mask_where_nothing_is_multiplied(monkeypatch):
    made = []
    monkeypatch.setattr(Masked, "mask", property(lambda self: made.append(self)))
    x, w = sg.ones(4, 3, requires_grad=True), sg.ones(3, 2, requires_grad=True)
    b = sg.ones(2, requires_grad=True)
    sg.relu(x @ w + b).sum().backward()
    assert made == []


def test_masks_of_sums_and_signs():

    a = Masked(NUMPY, np.array([3.0, 0.0]), lambda: np.array([True, False]))
    b = Masked(NUMPY, np.array([0.0, 0.0]), lambda: np.array([False, False]))
    inf = np.array([2.0, np.inf])
    assert (a * inf).value.tolist() == (inf * a).value.tolist() == [6.0, 0.0]
    assert (-a).value.tolist() == [-3.0, 0.0]
    assert (a + b).mask.tolist() == [True, False]
    plain = np.array([1.0, 1.0])
    assert (a + plain).tolist() == (plain + a).tolist() == [4.0, 1.0]
    assert type(np.float64(1.0) + Masked(NUMPY, np.float64(2.0), lambda: True)) is np.float64


def test_hooks_and_retained_gradients_see_plain_values():
    x = sg.tensor([0.0, 4.0], requires_grad=True)
    root = sg.sqrt(x)
    root.retain_grad()
    seen = []
    root.register_hook(lambda g: seen.append(g.tolist()))
    root.grad_fn.register_hook(lambda inputs, outputs: seen.append(inputs[0].tolist()))
    sg.where(x > 0, root, 0).sum().backward()
    assert seen == [[0.0, 1.0], [0.0, 0.25]]
    assert root.grad.tolist() == [0.0, 1.0]
    assert x.grad.tolist() == [0.0, 0.25]
    (g,) = sg.autograd.grad(sg.where(x > 0, sg.sqrt(x), 0).sum(), x)
    assert g.tolist() == [0.0, 0.25]


def test_masks_through_stacks_of_other_dtypes():
    a = sg.ones(3, requires_grad=True)
    b = sg.ones(3, dtype=sg.float64, requires_grad=True)
    sg.relu(sg.stack([a * 2, b * 2])).sum().backward()
    assert a.grad.tolist() == b.grad.tolist() == [2.0, 2.0, 2.0]


def test_long_chains_of_masks_do_not_recurse():
    x = sg.ones(4, requires_grad=True)
    h = x * 1
    for _ in range(400):
        h = h.reshape(2, 2).T.reshape(4)
    total, y = sg.relu(h), x * 1
    for _ in range(700):
        total = total + sg.where(x > 0, y, 0.0)
    total.sum().backward()
    assert x.grad.tolist() == [701.0] * 4


@pytest.mark.parametrize(
    "f",
    [
        lambda x: sg.sqrt(sg.relu(x)),
        lambda x: sg.sqrt(sg.where(x > 0, x, 0)),
        lambda x: sg.sqrt(sg.relu(x)).reshape(2, 1).T,
    ],
)
def test_tangents_bear_masks_too(f):
    x = sg.tensor([-1.0, 4.0], requires_grad=True)
    f(x).sum().backward()
    _, moved = sg.func.jvp(f, (x.detach(),), (sg.ones(2),))
    assert x.grad.tolist() == moved.ravel().tolist() == [0.0, 0.25]
    assert sg.crosscheck(lambda x: f(x).sum(), x).ok


def _with(write):
    def f(x):
        y = sg.sqrt(x) * 1
        write(x, y)
        return y

    return f


@pytest.mark.parametrize(
    "f",
    [
        _with(lambda x, y: y.__setitem__(x <= 0, 0.0)),
        _with(lambda x, y: y.__setitem__(0, 0.0)),
        _with(lambda x, y: y[:1].zero_()),
        lambda x: sg.max(sg.sqrt(x).reshape(1, 2), dim=1)[0],
    ],
)
def test_what_was_written_over_or_not_taken(f):
    x = sg.tensor([0.0, 4.0], requires_grad=True)
    f(x).sum().backward()
    assert x.grad.tolist() == [0.0, 0.25]
