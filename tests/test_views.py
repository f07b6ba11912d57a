"""Views of tensors, and writes through them: values and gradients as in PyTorch; pytest runs it."""

import random

import numpy as np
import pytest

import symgrad as sg
from symgrad.grammar.primitive import REGISTRY
from symgrad.tracing import views
from symgrad.verification.examples import cases_of, draw

VIEWS = [rule for rule in REGISTRY.values() if rule.view]


# each rule that gives a view ----------------------------------------------------------------------


def viewed(rule):
    """A case of the rule whose result is a view that can be written."""
    for example in cases_of(rule):
        (x,) = draw(rule, example, np.random.default_rng(1))
        if x.size and all(n > 0 for n in x.shape):
            yield x, example.params


@pytest.mark.parametrize("rule", VIEWS, ids=lambda rule: rule.name)
def test_a_write_through_a_view_reaches_the_base_and_back(rule):
    tried = 0
    for x, params in viewed(rule):
        leaf = sg.tensor(x, requires_grad=True)
        base = leaf * 1
        view = rule(base, **params)
        if views.place_of(view) is None or rule.word == "broadcast_to":
            continue
        tried += 1
        assert view._base is base
        weights = sg.tensor(np.random.default_rng(2).uniform(1, 2, view.shape))
        plain = np.array(x)
        view.mul_(weights)
        rule(sg.tensor(x), **params)  # the same entries of plain data, written by NumPy
        named = np.array(x)
        entries = sg.from_numpy(named)
        rule(entries, **params).mul_(weights)
        np.testing.assert_allclose(base.detach().numpy(), named)
        np.testing.assert_allclose(view.detach().numpy(), rule(entries, **params).numpy())
        base.sum().backward()
        ones = np.ones_like(plain)
        scaled = sg.from_numpy(ones)
        rule(scaled, **params).mul_(weights)
        np.testing.assert_allclose(leaf.grad.numpy(), scaled.numpy())
    assert tried or rule.word == "broadcast_to"


def test_an_expanded_tensor_is_not_written_but_follows_its_base():
    x = sg.ones(3, requires_grad=True) * 1
    wide = x.expand(2, 3)
    with pytest.raises(sg.GraphError, match="read-only"):
        wide.mul_(2)
    x.mul_(3)
    assert wide.tolist() == [[3.0] * 3] * 2
    assert wide.grad_fn.name() == "AsStridedBackward0"


def test_what_numpy_views_and_pytorch_copies_is_a_copy():
    x = sg.tensor([1.0, 2.0])
    flipped = x.flip(0)
    flipped.zero_()
    assert x.tolist() == [1.0, 2.0]
    assert flipped._base is None


# who changes with whom ----------------------------------------------------------------------------


def test_views_of_one_base_change_together():
    x = sg.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = x * 1
    row, entry, turned = y[0], y[0, 1], y.T
    row.mul_(10)
    assert (y.tolist(), entry.item(), turned[1].tolist()) == (
        [[10.0, 20.0], [3.0, 4.0]], 20.0, [20.0, 4.0],
    )  # fmt: skip
    entry.add_(1)
    assert row.tolist() == [10.0, 21.0]
    names = [t.grad_fn.name() for t in (y, row, entry, turned)]
    assert names == ["CopySlices", *["AsStridedBackward0"] * 3]
    (entry * turned[0].sum()).backward()
    assert x.grad.tolist() == [[210.0, 130.0], [21.0, 0.0]]


def test_views_outlive_the_name_of_their_base():
    x = sg.ones(3, requires_grad=True)
    y = x * 2
    first, both = y[0], y[:2]
    del y
    first.mul_(5)
    assert both.tolist() == [10.0, 2.0]
    both.sum().backward()
    assert x.grad.tolist() == [10.0, 2.0, 0.0]


def test_a_plain_buffer_gets_a_history_with_all_its_views():
    x = sg.tensor([2.0, 3.0], requires_grad=True)
    y = sg.zeros(3)
    view = y[1:]
    y[1] = x[0] * x[1]
    assert view.requires_grad
    view.sum().backward()
    assert x.grad.tolist() == [3.0, 2.0]


def test_a_history_that_is_written_over_ends():
    x = sg.ones(2, requires_grad=True)
    for write, name in (
        (lambda y: y.zero_(), "ZeroBackward0"),
        (lambda y: y.fill_(2), "FillBackward0"),
        (lambda y: y.copy_(sg.zeros(2)), "CopyBackwards"),
    ):
        y = x * 3
        write(y)
        assert y.grad_fn.name() == name
        y.sum().backward()
        assert x.grad.tolist() == [0.0, 0.0]
        x.grad = None


def test_an_alias_is_no_view_of_the_history():
    x = sg.ones(2, requires_grad=True)
    y = x * 2
    entry = y[0]
    y.detach()[0] = 7.0
    assert y.tolist() == [7.0, 2.0]
    assert entry.item() == 7.0
    y.sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]


def test_the_alias_of_an_entry_writes_into_its_base():
    y = sg.ones(2, 2, requires_grad=True) * 2
    entry = y[1][0]
    entry.detach().fill_(7)
    assert y.tolist() == [[2.0, 2.0], [7.0, 2.0]]
    assert entry.item() == 7.0


def test_no_grad_updates_reach_views_and_leave_the_history():
    w = sg.tensor([1.0, 2.0], requires_grad=True)
    first = w[0]
    with sg.no_grad():
        w -= 0.5 * sg.ones(2)
        w[1] = 9.0
    assert w.tolist() == [0.5, 9.0]
    assert first.item() == 0.5
    assert w.is_leaf


def test_a_view_made_without_gradients_is_not_written_with_them():
    y = sg.ones(2, requires_grad=True) * 1
    with sg.no_grad():
        view = y[0]
    with pytest.raises(sg.GraphError, match="created in no_grad mode"):
        view.mul_(2)
    assert y.tolist() == [1.0, 1.0]


def test_a_value_that_a_view_kept_is_stale_after_a_write_to_the_base():
    x = sg.ones(3, requires_grad=True)
    y = x * 2
    z = y[1:] * y[1:]
    y.add_(1)
    with pytest.raises(sg.GraphError, match=r"multiply kept a, written since"):
        z.sum().backward()


def test_an_entry_that_was_kept_is_a_number_of_its_own():
    x = sg.tensor([1.0, 2.0], requires_grad=True)
    y = sg.zeros(4)
    y[0] = x[0]
    for i in range(1, 4):
        y[i] = y[i - 1] * x[1]
    y[3].backward()
    assert x.grad.tolist() == [8.0, 12.0]


def test_detach_in_place_and_what_a_view_is():
    y = sg.ones(2, requires_grad=True) * 2
    view = y[:1]
    with pytest.raises(sg.GraphError, match="Can't detach views in-place"):
        view.detach_()
    assert view._is_view()
    assert not y._is_view()
    assert y.detach_() is y
    assert (y.requires_grad, y.grad_fn) == (False, None)
    with pytest.raises(sg.ShapeError, match=r"Use .reshape"):
        sg.zeros(2, 3).T.view(-1)


def test_a_retained_gradient_moves_to_the_new_history():
    y = sg.ones(2, requires_grad=True) * 1
    y.retain_grad()
    y.mul_(2)
    (y * y).sum().backward()
    assert y.grad.tolist() == [4.0, 4.0]


def test_the_data_of_a_tensor_leaves_its_views():
    x = sg.tensor([1.0, 2.0])
    view = x[:1]
    x.data = sg.tensor([5.0, 6.0])
    x.mul_(2)
    assert view.tolist() == [1.0]


def test_many_views_of_one_base_are_not_kept():
    x = sg.ones(100)
    for _ in range(10_000):
        x[1:3]
    assert len(views.place_of(x).family.members) < 100


def test_closed_forms_follow_views():
    def f(x):
        y = x.clone()
        head = y[:2]
        head.mul_(3)
        y[0] = x[1] * x[1]
        return (head * y[1]).sum() + y.sum()

    x = sg.tensor([1.0, 2.0, 3.0], requires_grad=True)
    assert sg.crosscheck(f, x).ok
    f(x).backward()
    form = sg.closed_form(f, x="n", wrt="x")
    np.testing.assert_allclose(np.asarray(form.evaluate(x=x.detach().numpy())), x.grad.numpy())


# random programs against differences --------------------------------------------------------------


class Program:
    """A random program of views and writes, run on tensors."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.steps = [self.random.random() for _ in range(200)]

    def __call__(self, x, w):
        choices = iter(self.steps)

        def pick(options):
            return options[int(next(choices) * len(options))]

        tensors = [x * 1.5]
        for _ in range(int(next(choices) * 8) + 3):
            t = pick(tensors)
            if next(choices) < 0.5:
                tensors.append(self.view(t, pick))
            else:
                self.write(t, w, pick, tensors)
        return sum(((i + 1) * (t * t).sum() for i, t in enumerate(tensors)), 0 * w)

    @staticmethod
    def view(t, pick):
        options = [lambda: t[..., None]]
        if t.ndim and t.shape[0] > 1:
            options += [lambda: t[0], lambda: t[-1:], lambda: t[::2], lambda: t[1:]]
        if t.ndim == 2:
            options += [lambda: t.T, lambda: t[:, -1], lambda: t.diagonal(), lambda: t.reshape(-1)]
        return pick(options)()

    @staticmethod
    def write(t, w, pick, tensors):
        options = [
            lambda: t.mul_(w), lambda: t.sin_(), lambda: t.add_(pick(tensors).sum() * 0.1),
            lambda: t.fill_(0.5), lambda: t.tanh_(), lambda: t.__imul__(t.mean() + 0.5),
        ]  # fmt: skip
        if t.ndim:
            options += [
                lambda: t.__setitem__(0, w * 2),
                lambda: t.__setitem__(-1, t[0].clone() * w),
            ]
        pick(options)()


@pytest.mark.parametrize("seed", range(60))
def test_random_writes_have_the_slopes_of_their_program(seed):
    program = Program(seed)
    rng = np.random.default_rng(seed)
    data, factor = rng.uniform(0.2, 1, (3, 3)), 0.8
    x = sg.tensor(data, requires_grad=True)
    w = sg.tensor(factor, dtype=sg.float64, requires_grad=True)
    program(x, w).backward()
    step = 1e-6
    for leaf, moves in ((w, [(0.0, step)]), (x, [(rng.uniform(-1, 1, (3, 3)) * step, 0.0)])):
        for dx, dw in moves:
            high, low = (
                program(sg.tensor(data + s * dx), sg.tensor(factor + s * dw, dtype=sg.float64))
                for s in (1, -1)
            )
            slope = (high.item() - low.item()) / 2
            along = (leaf.grad.numpy() * (dw if leaf is w else dx)).sum()
            assert along == pytest.approx(slope, rel=1e-5, abs=1e-9)


# aliases, and what a write reads of its own buffer ------------------------------------------------


def squared_by_its_alias(x):
    y = x.sin()
    y.mul_(y.detach())
    return y.sum()


def test_a_write_that_reads_its_own_buffer_is_replayed_right():
    x = sg.tensor([1.0, 2.0, 3.0], dtype=sg.float64, requires_grad=True)
    expected = np.cos([1.0, 2.0, 3.0]) * np.sin([1.0, 2.0, 3.0])  # the alias is a constant
    (plain,) = sg.autograd.grad(squared_by_its_alias(x), x)
    (graph,) = sg.autograd.grad(squared_by_its_alias(x), x, create_graph=True)
    (again,) = sg.autograd.grad(sg.autograd.checkpoint(squared_by_its_alias, x), x)
    for got in (plain, graph, again):
        np.testing.assert_allclose(got.detach().numpy(), expected)
    _, moved = sg.func.jvp(squared_by_its_alias, (x.detach(),), (sg.ones_like(x),))
    assert moved.item() == pytest.approx(expected.sum())


@pytest.mark.parametrize(
    "write",
    [lambda a: a.detach().fill_(3), lambda a: a.data.mul_(5), lambda a: a.detach()[:1].zero_()],
)
def test_a_write_through_an_alias_is_in_no_formula(write):
    def f(x):
        a = x * 2
        held = a.detach()
        write(a)
        return (a * a).sum() + 0 * held.sum()

    x = sg.tensor([1.0, 2.0], requires_grad=True)
    for ask in (
        lambda: sg.closed_form(f, x, wrt=0),
        lambda: sg.closed_form(f, x="n", wrt="x"),
        lambda: sg.crosscheck(f, x),
    ):
        with pytest.raises(sg.GraphError, match="written without gradients"):
            ask()


def test_data_of_a_result_leaves_its_views():
    y = sg.tensor([1.0, 2.0], requires_grad=True) * 2
    view = y[:1]
    y.data = sg.zeros(2)
    view.mul_(3)
    assert y.tolist() == [0.0, 0.0]


def test_a_wider_operand_and_a_cast_keep_nothing_of_the_buffer():
    x = sg.tensor([1.0, 2.0], requires_grad=True)
    s = sg.tensor(2.0, dtype=sg.float64, requires_grad=True)
    y = x * 1
    y.mul_(s)
    wide = y.double()
    y.add_(1)
    (y.sum() + wide.sum()).backward()
    assert (x.grad.tolist(), s.grad.item()) == ([4.0, 4.0], 6.0)


def test_a_checkpoint_of_writes_through_views():
    def f(x):
        a = x * 2
        view = a[:2]
        view.mul_(x[1:])
        a[2] = view.sum()
        return (a * a).sin().sum()

    x = sg.tensor([1.0, 2.0, 3.0], requires_grad=True)
    (plain,) = sg.autograd.grad(f(x), x)
    (again,) = sg.autograd.grad(sg.autograd.checkpoint(f, x), x)
    assert (plain == again).all()


def test_a_view_of_a_number_of_a_gradient_follows_it():
    x = sg.tensor(3.0, requires_grad=True)
    (x * x).backward()
    view = x.grad.reshape(1)
    (x * x).backward()
    assert view.tolist() == [12.0]
