"""Savers: hooks that pack what backward needs, and checkpoints; pytest runs it."""

import gc
import tracemalloc

import numpy as np
import pytest
from symgrad.autograd.graph import disable_saved_tensors_hooks, save_on_cpu, saved_tensors_hooks

import symgrad as sg


def network(x, w):
    for _ in range(4):
        x = sg.tanh(x @ w) * 1.5 + np.ones(3)
    return x


def operands():
    return sg.randn(4, 3, requires_grad=True), sg.randn(3, 3, requires_grad=True)


def gradients(f, *leaves):
    return sg.autograd.grad((f(*leaves) ** 2).sum(), leaves)


@pytest.mark.parametrize(
    "block",
    [
        lambda: saved_tensors_hooks(lambda t: t.numpy().copy(), sg.tensor),
        lambda: save_on_cpu(pin_memory=True),
    ],
)
def test_packed_values_give_the_same_gradient(block):
    x, w = operands()
    expected = gradients(network, x, w)
    with block():
        out = (network(x, w) ** 2).sum()
    for got, want in zip(sg.autograd.grad(out, (x, w)), expected, strict=True):
        assert (got == want).all()


def test_every_kept_value_is_packed_and_unpacked_once():
    packed, unpacked = [], []

    def pack(t):
        packed.append(tuple(t.shape))
        return len(packed) - 1, t

    def unpack(entry):
        unpacked.append(entry[0])
        return entry[1]

    x = sg.ones(3, requires_grad=True)
    with saved_tensors_hooks(pack, unpack):
        y = (x * x).exp().sum()
    assert packed == [(3,), (3,), (3,)]
    assert unpacked == []
    y.backward()
    assert sorted(unpacked) == [0, 1, 2]
    with pytest.raises(sg.GraphError, match="a second time"):
        y.backward()


def test_the_innermost_hooks_count():
    seen = []

    def noted(name):
        return saved_tensors_hooks(lambda t: seen.append(name) or t, lambda t: t)

    x = sg.ones(1, requires_grad=True)
    with noted("outer"):
        x.exp()
        with noted("inner"):
            x.exp()
        x.exp()
    x.exp()
    assert seen == ["outer", "inner", "outer"]


def test_hooks_give_tensors_of_the_same_shape():
    x = sg.ones(2, requires_grad=True)
    for unpack, words in (
        (lambda t: 3, "expected to be a Tensor but got result of type int"),
        (lambda t: t[0], "a tensor of another shape"),
    ):
        with saved_tensors_hooks(lambda t: t, unpack):
            y = (x * x).sum()
        with pytest.raises(sg.GraphError, match=words):
            y.backward()


def test_hooks_can_be_refused():
    with disable_saved_tensors_hooks("not here"), pytest.raises(sg.GraphError, match="not here"):
        saved_tensors_hooks(lambda t: t, lambda t: t).__enter__()
    x = sg.ones(2, requires_grad=True)
    with disable_saved_tensors_hooks("not here"):
        y = (x * x).sum()
    y.backward()
    assert x.grad.tolist() == [2.0, 2.0]


def test_the_savers_end_with_an_exception():
    x = sg.ones(2, requires_grad=True)
    with pytest.raises(ZeroDivisionError), saved_tensors_hooks(lambda t: 1 / 0, lambda t: t):
        x * x
    (x * x).sum().backward()


# checkpoints --------------------------------------------------------------------------------------


def test_a_checkpoint_gives_the_same_gradients_of_every_order():
    x, w = operands()

    def through(x, w):
        h = sg.autograd.checkpoint(network, x * 2, w, use_reentrant=False)
        return sg.autograd.checkpoint(lambda h: network(h, w), h)

    def plain(x, w):
        return network(network(x * 2, w), w)

    for got, want in zip(gradients(through, x, w), gradients(plain, x, w), strict=True):
        assert (got == want).all()
    second = []
    for f in (through, plain):
        (g,) = sg.autograd.grad((f(x, w) ** 2).sum(), x, create_graph=True)
        second.append(sg.autograd.grad((g * g).sum(), w)[0])
    np.testing.assert_allclose(second[0].numpy(), second[1].numpy(), rtol=1e-5)


def test_a_checkpoint_keeps_no_values():
    x = sg.ones(100_000, requires_grad=True)

    def chain(x):
        for _ in range(20):
            x = x.sin()
        return x

    def held(f):
        gc.collect()
        tracemalloc.start()
        y = f(x)
        size = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        return size, y

    plain, y = held(chain)
    light, z = held(lambda x: sg.autograd.checkpoint(chain, x))
    assert light < plain / 8
    z.sum().backward()
    got = x.grad.clone()
    x.grad = None
    y.sum().backward()
    assert (got == x.grad).all()


def test_a_checkpoint_runs_its_function_once_and_leaves_no_cycle():
    runs = []

    def f(x):
        runs.append(1)
        return (x.exp() * x).sum()

    x = sg.ones(3, requires_grad=True)
    gc.collect()
    gc.disable()
    try:
        y = sg.autograd.checkpoint(f, x)
        y.backward(retain_graph=True)
        y.backward()
        del y
        assert gc.collect() == 0
    finally:
        gc.enable()
    assert runs == [1]
    z = sg.autograd.checkpoint(f, x)
    z.backward()
    with pytest.raises(sg.GraphError, match="a second time"):
        z.backward()


def test_a_checkpoint_refuses_what_was_written_since():
    w = sg.ones(3)
    x = sg.ones(3, requires_grad=True)
    y = sg.autograd.checkpoint(lambda x: (x.exp() * w).sum(), x)
    w.mul_(2)
    with pytest.raises(sg.GraphError, match=r"cannot be computed again[^$]*w\.mul_\(2\)"):
        y.backward()


def test_a_sequence_takes_no_word_that_it_does_not_know():
    x = sg.ones(2, requires_grad=True)
    with pytest.raises(TypeError, match="preserve_rng"):
        sg.autograd.checkpoint_sequential([sg.sin], 1, x, preserve_rng=True)
    assert sg.autograd.checkpoint_sequential([sg.sin], 1, input=x).requires_grad


def test_a_sequence_in_checkpoints_and_a_formula_through_one():
    x = sg.tensor([0.0, 1.0], requires_grad=True)
    sg.autograd.checkpoint_sequential([sg.sin, sg.exp, sg.sin, sg.sum], 2, x).backward()
    got = x.grad.clone()
    x.grad = None
    x.sin().exp().sin().sum().backward()
    assert (got == x.grad).all()
    form = sg.closed_form(
        lambda x: sg.autograd.checkpoint(lambda x: (x.sin() * x).sum(), x), x="n", wrt="x"
    )
    assert str(form) == "sin(x[i]) + x[i] cos(x[i])"


def test_pytorchs_path():
    from symgrad.utils.checkpoint import checkpoint

    assert checkpoint is sg.autograd.checkpoint
    assert sg.utils.checkpoint.checkpoint is checkpoint


@pytest.mark.parametrize(
    "block",
    [
        lambda: saved_tensors_hooks(lambda t: t, lambda t: t),
        lambda: sg.autograd.graph.save_on_cpu(),
    ],
)
def test_writes_where_somebody_else_keeps_values(block):
    def f(x):
        y = x * 1.0
        y.mul_(x)
        y[1:].mul_(y[:1].clone())
        y.exp_()
        return y.sum()

    x = sg.tensor([0.5, 0.25, 1.0], requires_grad=True)
    (expected,) = sg.autograd.grad(f(x), x)
    with block():
        out = f(x)
    assert (sg.autograd.grad(out, x)[0] == expected).all()
    assert (sg.autograd.grad(sg.autograd.checkpoint(f, x), x)[0] == expected).all()


def test_a_checkpoint_of_a_value_that_is_written_later():
    x = sg.ones(3, requires_grad=True)
    h = x * 2
    y = sg.autograd.checkpoint(lambda h: (h * h).sum(), h)
    h.add_(1)
    with pytest.raises(sg.GraphError, match="cannot be computed again"):
        y.backward()
    h = x * 2

    def inside(h):
        h.mul_(3)
        return (h * h).sum()

    sg.autograd.checkpoint(inside, h).backward()
    assert x.grad.tolist() == [72.0] * 3
