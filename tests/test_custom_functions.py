"""``autograd.Function``: a person's own forward and backward, as in PyTorch; pytest runs it."""

import gc

import numpy as np
import pytest
from symgrad.autograd.function import once_differentiable

import symgrad as sg
from tests.standin import installed


class Cube(sg.autograd.Function):
    """x³, with everything that a function can have."""

    @staticmethod
    def forward(ctx, x, scale):
        ctx.save_for_backward(x)
        ctx.save_for_forward(x)
        ctx.scale = scale
        return x**3 * scale

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 3 * x**2 * g * ctx.scale, None

    @staticmethod
    def jvp(ctx, t, _):
        (x,) = ctx.saved_tensors
        return 3 * x**2 * t * ctx.scale


class Exponential(sg.autograd.Function):
    """exp, which keeps its own result, in the newer style."""

    @staticmethod
    def forward(x):
        return x.exp()

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(output)

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return g * y


class Halves(sg.autograd.Function):
    """Two results, and one that has no gradient."""

    @staticmethod
    def forward(ctx, x):
        big = x > 1
        ctx.mark_non_differentiable(big)
        return x * 2, x * 3, big

    @staticmethod
    def backward(ctx, a, b, c):
        return 2 * a + 3 * b


def leaf():
    return sg.tensor([1.0, 2.0], requires_grad=True)


def test_numbers_of_every_order():
    x = leaf()
    y = Cube.apply(x, 2)
    assert y.grad_fn.name() == "CubeBackward"
    assert str(y) == "tensor([ 2., 16.], grad_fn=<CubeBackward>)"
    (g,) = sg.autograd.grad(y.sum(), x, create_graph=True)
    (h,) = sg.autograd.grad(g.sum(), x, create_graph=True)
    (k,) = sg.autograd.grad(h.sum(), x)
    assert (g.tolist(), h.tolist(), k.tolist()) == ([6.0, 24.0], [12.0, 24.0], [12.0, 12.0])


def test_a_result_that_was_kept_has_its_history():
    x = leaf()
    (g,) = sg.autograd.grad(Exponential.apply(x).sum(), x, create_graph=True)
    (h,) = sg.autograd.grad(g.sum(), x)
    assert h.tolist() == pytest.approx(np.exp([1.0, 2.0]).tolist())


def test_several_results():
    x = leaf()
    a, b, big = Halves.apply(x)
    assert big.tolist() == [False, True]
    assert not big.requires_grad
    a.sum().backward(retain_graph=True)
    assert x.grad.tolist() == [2.0, 2.0]
    (a * b).sum().backward()
    assert x.grad.tolist() == [14.0, 26.0]


def test_zeros_for_an_unused_result_are_where_the_others_are():
    class Pair(sg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2, x.double() * 3

        @staticmethod
        def backward(ctx, a, b):
            assert (b.device, b.dtype) == (a.device, sg.float64)
            return 2 * a + (3 * b).float()

    with installed():
        for device in ("cpu", "cuda"):
            x = sg.tensor([1.0, 2.0], device=device, requires_grad=True)
            first, _ = Pair.apply(x)
            seen = []
            first.grad_fn.register_prehook(lambda gs, seen=seen: seen.extend(g.device for g in gs))
            first.sum().backward()
            assert x.grad.tolist() == [2.0, 2.0]
            assert seen == [x.device, x.device]


def test_unused_results_are_zeros_or_none():
    seen = []

    class Seen(sg.autograd.Function):
        @staticmethod
        def forward(ctx, x, fill):
            ctx.set_materialize_grads(fill)
            return x * 1, x * 1

        @staticmethod
        def backward(ctx, a, b):
            seen.append(None if b is None else b.tolist())
            return a, None

    for fill in (True, False):
        Seen.apply(leaf(), fill)[0].sum().backward()
    assert seen == [[0.0, 0.0], None]


def test_which_inputs_need_gradients():
    seen = []

    class Product(sg.autograd.Function):
        @staticmethod
        def forward(ctx, a, b, c):
            return a * b

        @staticmethod
        def backward(ctx, g):
            seen.append(ctx.needs_input_grad)
            return g, None, None

    Product.apply(leaf(), sg.ones(2), "text").sum().backward()
    assert seen == [(True, False, False)]
    with sg.no_grad():
        assert not Product.apply(leaf(), sg.ones(2), 0).requires_grad


def test_a_marked_input_is_written():
    class Doubled(sg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            x.mul_(2)
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx, g):
            return g * 2

    x = leaf()
    y = x * 1
    entry = y[0]
    out = Doubled.apply(y)
    assert out is y
    assert y.grad_fn.name() == "DoubledBackward"
    assert entry.grad_fn.name() == "AsStridedBackward0"
    assert entry.item() == 2.0
    y.sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]
    z = x * 1
    Doubled.apply(z[1])
    assert z.tolist() == [1.0, 4.0]
    x.grad = None
    z.sum().backward()
    assert x.grad.tolist() == [1.0, 2.0]
    with pytest.raises(sg.GraphError, match="a leaf Variable that requires grad"):
        Doubled.apply(leaf())


def test_an_input_that_is_returned_is_another_tensor():
    class Same(sg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x

        @staticmethod
        def backward(ctx, g):
            return g * 5

    x = leaf()
    y = Same.apply(x)
    assert y is not x
    y.sum().backward()
    assert x.grad.tolist() == [5.0, 5.0]


def test_a_first_order_alone():
    class Once(sg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        @once_differentiable
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return 2 * x * g

    x = leaf()
    y = Once.apply(x)
    (g,) = sg.autograd.grad((y * y).sum(), x, create_graph=True)
    assert g.tolist() == [4.0, 32.0]
    with pytest.raises(sg.GraphError, match="differentiate twice"):
        sg.autograd.grad(g.sum(), x)


def test_what_was_saved_is_freed_and_goes_stale():
    x = leaf()
    y = Exponential.apply(x)
    y.sum().backward()
    with pytest.raises(sg.GraphError, match="a second time"):
        y.sum().backward()
    z = Exponential.apply(x)
    z.add_(1)
    with pytest.raises(sg.GraphError, match=r"forward saved it, and it was written since"):
        z.sum().backward()


def wrong(backward):
    class Wrong(sg.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            return x * y

    Wrong.backward = staticmethod(backward)
    return Wrong


@pytest.mark.parametrize(
    ("backward", "kind", "words"),
    [
        (lambda ctx, g: g, sg.GraphError, r"incorrect number of gradients \(expected 2, got 1\)"),
        (lambda ctx, g: (3.0, g), sg.DtypeError, "expected Variable or None.*float"),
        (
            lambda ctx, g: (sg.ones(3), g),
            sg.ShapeError,
            r"WrongBackward returned an invalid gradient at index 0 - got \[3\] but expected "
            r"shape compatible with \[2\]",
        ),
    ],
)
def test_what_a_backward_may_not_give(backward, kind, words):
    with pytest.raises(kind, match=words):
        wrong(backward).apply(leaf(), leaf()).sum().backward()


def test_a_gradient_of_a_broadcast_shape_is_summed():
    function = wrong(lambda ctx, g: (sg.ones(4, 2), None))
    x = leaf()
    function.apply(x, leaf()).sum().backward()
    assert x.grad.tolist() == [4.0, 4.0]


def test_a_function_without_backward_says_so():
    class Bare(sg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

    with pytest.raises(NotImplementedError, match="implement either the backward or vjp"):
        Bare.apply(leaf()).sum().backward()


def test_forward_mode_by_its_own_rule_and_by_transposing():
    x, t = sg.tensor([1.0, 2.0]), sg.tensor([1.0, 10.0])
    value, moved = sg.func.jvp(lambda x: Cube.apply(x, 1) * 2, (x,), (t,))
    assert (value.tolist(), moved.tolist()) == ([2.0, 16.0], [6.0, 240.0])
    _, moved = sg.func.jvp(lambda x: sg.sin(Exponential.apply(x)), (x,), (t,))
    expected = np.exp([1.0, 2.0]) * np.cos(np.exp([1.0, 2.0])) * [1.0, 10.0]
    np.testing.assert_allclose(moved.numpy(), expected, rtol=1e-5)
    _, moved = sg.func.jvp(lambda x: Halves.apply(x)[1], (x,), (t,))
    assert moved.tolist() == [3.0, 30.0]


def test_a_checkpoint_replays_a_function():
    x = leaf()
    y = sg.autograd.checkpoint(lambda x: Cube.apply(x.sin(), 1).sum(), x)
    y.backward()
    expected = 3 * np.sin([1.0, 2.0]) ** 2 * np.cos([1.0, 2.0])
    np.testing.assert_allclose(x.grad.numpy(), expected, rtol=1e-5)


def test_a_graph_of_functions_is_freed_by_counting():
    gc.collect()
    gc.disable()
    try:
        x = leaf()
        y = (Exponential.apply(x) * Cube.apply(x, 1)).sum() + Halves.apply(x)[0].sum()
        sg.autograd.grad(y, x, create_graph=True)
        y.backward()
        del x, y
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_formulas_refuse_and_name_it():
    with pytest.raises((sg.NoClosedForm, sg.TraceError), match="Cube"):
        sg.closed_form(lambda x: Cube.apply(x, 1).sum(), x="n", wrt="x")
    x = leaf()
    with pytest.raises(sg.NoClosedForm, match="Cube"):
        sg.closed_form(Cube.apply(x, 1).sum(), x)


def test_the_lesson_tells_of_a_function():
    x = leaf()
    text = sg.explain(Cube.apply(x * 2, 1).sum(), x).text()
    assert "v2 = Cube(v1)" in text
    assert "g_v1 = Cube.backward(g_v2)" in text


class Crooked(sg.autograd.Function):
    """A made-up gradient: legal, and wrong."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 3 * x * g


def test_a_check_is_made_on_request_and_in_a_crosscheck():
    x = sg.tensor([1.0, 2.0], requires_grad=True)
    Crooked.apply(x)  # by itself nobody is surprised
    with sg.autograd.check_functions(), pytest.raises(sg.GraphError, match="Crooked"):
        Crooked.apply(x)
    with sg.autograd.check_functions():
        Cube.apply(x, 2)
        Exponential.apply(x)
        Halves.apply(x)
    assert sg.crosscheck(lambda x: Cube.apply(x, 2), x).ok
    report = sg.crosscheck(lambda x: sg.sin(Crooked.apply(x)), x)
    assert not report.ok
    assert "Crooked" in str(report)


def test_the_gradient_of_a_leaf_is_nobodys_saved_tensor():
    class Saved(sg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * 1

        @staticmethod
        def backward(ctx, g):
            return ctx.saved_tensors[0]

    x = leaf()
    for _ in range(2):
        Saved.apply(x).sum().backward()
    assert (x.tolist(), x.grad.tolist()) == ([1.0, 2.0], [2.0, 4.0])
    with sg.autograd.graph.saved_tensors_hooks(lambda t: t * 3, lambda t: t):
        y = Saved.apply(x).sum()
    (g,) = sg.autograd.grad(y, x)
    assert g.tolist() == [3.0, 6.0]


def test_an_unpack_hook_of_a_saved_tensor_gives_its_shape():
    for unpack, words in ((lambda t: 3, "expected to be a Tensor"), (lambda t: t[0], "shape")):
        with sg.autograd.graph.saved_tensors_hooks(lambda t: t, unpack):
            y = Cube.apply(leaf(), 1).sum()
        with pytest.raises(sg.GraphError, match=words):
            y.backward()


def test_a_jvp_of_several_arguments():
    class Product(sg.autograd.Function):
        @staticmethod
        def forward(ctx, x, w):
            ctx.save_for_forward(x, w)
            return x * w

        @staticmethod
        def jvp(ctx, a, b):
            x, w = ctx.saved_tensors
            return a * w + b * x

        @staticmethod
        def backward(ctx, g):
            raise AssertionError("forward mode runs forward")

    t = sg.tensor
    value, moved = sg.func.jvp(Product.apply, (t(3.0), t(4.0)), (t(1.0), t(10.0)))
    assert (value.item(), moved.item()) == (12.0, 34.0)


def test_results_that_are_no_tensors_are_handed_on():
    class Mixed(sg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2, 3.5, None

        @staticmethod
        def backward(ctx, g, number, nothing):
            return g * 2

    x = leaf()
    y, number, nothing = Mixed.apply(x)
    assert (number, nothing) == (3.5, None)
    y.sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]


def test_a_forward_may_ask_for_numbers_inside_a_recording():
    class Numbers(sg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return sg.from_numpy(np.sin(x.detach().numpy()))

        @staticmethod
        def backward(ctx, g):
            return g * ctx.saved_tensors[0].cos()

    assert sg.crosscheck(Numbers.apply, leaf()).ok
    with pytest.raises(sg.NoClosedForm, match="Numbers"):
        sg.closed_form(lambda x: Numbers.apply(x).sum(), leaf())


def test_a_checkpoint_runs_a_random_forward_once():
    class Noisy(sg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.noise = sg.rand(2)
            return x * ctx.noise

        @staticmethod
        def backward(ctx, g):
            return g * ctx.noise

    x = leaf()
    y = sg.autograd.checkpoint(lambda x: Noisy.apply(x.sin()).exp(), x)
    noise = y.detach().log() / x.detach().sin()
    (g,) = sg.autograd.grad(y.sum(), x)
    np.testing.assert_allclose(g.numpy(), (noise * x.cos() * y).detach().numpy(), rtol=1e-5)


def test_a_check_has_no_false_alarms():
    class Kinked(sg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            other = x * 7
            ctx.mark_non_differentiable(other)
            return x.abs(), other

        @staticmethod
        def backward(ctx, g, _):
            return g * ctx.saved_tensors[0].sign()

    with sg.autograd.check_functions():
        Kinked.apply(leaf())
        Kinked.apply(sg.tensor([1e-9, 1.0], requires_grad=True))
