"""``vmap``: axes in and out, levels, writes, random numbers, and what it refuses."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import symgrad as sg
from symgrad.tracing.levels import LEVELS

X = np.arange(6.0).reshape(2, 3) + 0.5


def t(values, **facts):
    return sg.tensor(np.asarray(values), **facts)


def same(found, wanted):
    np.testing.assert_allclose(found.detach().numpy(), np.asarray(wanted), rtol=1e-13)


# axes ---------------------------------------------------------------------------------------------


def test_axes_in_and_out():
    x = t(X)
    same(sg.vmap(lambda r: r.sum())(x), X.sum(1))
    same(sg.vmap(lambda r: r.sum(), in_dims=1)(x), X.sum(0))
    same(sg.vmap(lambda r: r * 2, in_dims=-1, out_dims=-1)(x), X * 2)
    same(sg.vmap(lambda r, c: r * c, in_dims=(0, None))(x, t([1.0, 2.0, 3.0])), X * [1, 2, 3])
    same(sg.vmap(lambda r, c: r * c, in_dims=(0, None))(x, 3.0), X * 3)
    first, total = sg.vmap(lambda r: (r, r.sum()), out_dims=(1, 0))(x)
    same(first, X.T)
    same(total, X.sum(1))


def test_arguments_and_results_may_be_trees():
    f = lambda d, pair: {"p": d["a"] * pair[0], "q": [pair[1] + d["b"]]}
    found = sg.vmap(f, in_dims=({"a": 0, "b": None}, 0))(
        {"a": t(X), "b": t([1.0, 1.0, 1.0])}, (t(X), t(X))
    )
    same(found["p"], X * X)
    same(found["q"][0], X + 1)


def test_keyword_arguments_are_shared():
    found = sg.vmap(lambda r, k: r * k.sum())(t(X), k=t(X))
    same(found, X * X.sum())


def test_what_all_inputs_share_is_spread_or_left():
    c = t([1.0, 2.0])
    same(sg.vmap(lambda r: c * 1)(t(X)), [[1.0, 2.0]] * 2)
    same(sg.vmap(lambda r: c * 1, out_dims=None)(t(X)), [1.0, 2.0])


def test_inputs_by_chunks():
    x = t(np.arange(14.0).reshape(7, 2))
    for size in (1, 3, 7, 9):
        found, beside = sg.vmap(lambda r: (r * 2, r.sum()), chunk_size=size, out_dims=(1, 0))(x)
        same(found, (x * 2).T.numpy())
        same(beside, x.numpy().sum(1))


def test_levels_nest():
    x = t(X)
    same(sg.vmap(lambda a: sg.vmap(lambda b: a @ b)(x))(x), X @ X.T)
    same(sg.vmap(sg.vmap(lambda s: s * s))(x), X * X)
    f = sg.vmap(lambda a: sg.vmap(lambda b: sg.vmap(lambda c: a * b * c)(x[0]))(x[1]))
    same(f(x[0]), X[0][:, None, None] * X[1][None, :, None] * X[0][None, None, :])
    assert LEVELS.get() == ()


def test_a_level_is_left_where_the_function_raises():
    with pytest.raises(ZeroDivisionError):
        sg.vmap(lambda r: 1 / 0)(t(X))
    assert LEVELS.get() == ()
    x = t(X).requires_grad_()
    (x * x).sum().backward()  # the mode is an ordinary one again
    same(x.grad, 2 * X)


# gradients ----------------------------------------------------------------------------------------


def test_gradients_flow_through_to_arguments_and_closures():
    x, w = t(X).requires_grad_(), t([1.0, 2.0, 3.0]).requires_grad_()
    sg.vmap(lambda r: (r * w).sum() ** 2)(x).sum().backward()
    inner = X @ [1, 2, 3]
    same(x.grad, 2 * inner[:, None] * [1, 2, 3])
    same(w.grad, 2 * inner @ X)


def test_gradients_of_each_input():
    w = t([1.0, 2.0, 3.0])
    found = sg.vmap(sg.func.grad(lambda w, r: (r * w).sum() ** 2), in_dims=(None, 0))(w, t(X))
    same(found, 2 * (X @ [1, 2, 3])[:, None] * X)


def test_a_value_computed_inside_from_outside_alone_keeps_its_history():
    w = t([1.0, 2.0, 3.0]).requires_grad_()

    def f(r):
        doubled = w * 2  # no mapped operand: its history is outside all the same
        return sg.func.grad(lambda y: (y * doubled * r).sum())(w).sum()

    sg.vmap(f)(t(X)).sum().backward()
    same(w.grad, 2 * X.sum(0))


def test_no_grad_inside_and_outside():
    w = sg.ones(3, requires_grad=True)
    with sg.no_grad():
        assert not sg.vmap(lambda r: (r * w).sum())(t(X)).requires_grad

    def f(r):
        with sg.no_grad():
            kept = r * w
        return kept * w

    sg.vmap(f)(t(X)).sum().backward()
    same(w.grad, X.sum(0))


def test_detach_inside_ends_the_history_outside():
    x = t(X).requires_grad_()
    sg.vmap(lambda r: r * r.detach())(x).sum().backward()
    same(x.grad, X)


def test_a_shared_leaf_and_a_mapped_cotangent():
    w = t([1.0, 2.0, 3.0]).requires_grad_()
    y = w**2
    (found,) = sg.autograd.grad(y, w, sg.eye(3, dtype=sg.float64), is_grads_batched=True)
    same(found, np.diag([2.0, 4.0, 6.0]))
    v = t([1.0]).requires_grad_()
    found, missing = sg.autograd.grad(
        w**2, [w, v], sg.eye(3, dtype=sg.float64), is_grads_batched=True, allow_unused=True
    )
    assert missing is None
    same(found, np.diag([2.0, 4.0, 6.0]))


def test_batched_gradients_have_a_history():
    w = t([1.0, 2.0]).requires_grad_()
    (found,) = sg.autograd.grad(
        w**3, w, sg.eye(2, dtype=sg.float64), create_graph=True, is_grads_batched=True
    )
    found.sum().backward()
    same(w.grad, [6.0, 12.0])


# entries ------------------------------------------------------------------------------------------

I, J = np.array([2, 0]), np.array([[2, 0], [1, 1]])
CUBE = np.arange(2 * 3 * 4 * 5.0).reshape(2, 3, 4, 5)
INDICES = {
    "an integer": lambda c, i, j: c[i],
    "integers": lambda c, i, j: c[j],
    "behind a slice": lambda c, i, j: c[:, i],
    "two, together": lambda c, i, j: c[j, j],
    "two, apart": lambda c, i, j: c[j, :, j],
    "behind a slice, together": lambda c, i, j: c[:, j, i],
    "with None": lambda c, i, j: c[None, j, ..., 1:3],
    "with an ellipsis": lambda c, i, j: c[..., j],
    "beside a number": lambda c, i, j: c[1, :, j],
    "beside a list": lambda c, i, j: c[[0, 2], j],
    "plain ones apart": lambda c, i, j: c[[0, 2], :, [1, 1]],
    "a plain mask": lambda c, i, j: c[np.array([True, False, True])],
    "a plain mask apart": lambda c, i, j: c[np.array([True, False, True]), :, j],
}


@pytest.mark.parametrize("entries", INDICES.values(), ids=INDICES.keys())
@pytest.mark.parametrize("mapped", [(0, 0, 0), (None, 0, 0), (0, None, None)], ids=str)
def test_indices_that_each_input_has_of_its_own(entries, mapped):
    given = [CUBE if mapped[0] == 0 else CUBE[0], I, J]
    if mapped[1] is None:
        given[1:] = [I[0], J]
    tensors = [t(given[0]), sg.tensor(given[1]), sg.tensor(given[2])]
    rows = [[v[k] if m == 0 else v for v, m in zip(tensors, mapped, strict=True)] for k in range(2)]
    try:
        wanted = sg.stack([entries(*row) for row in rows])
    except sg.SymgradError:
        pytest.skip("the shapes of this index do not broadcast")
    varies = any(m == 0 for m in mapped)
    assert varies
    found = sg.vmap(entries, in_dims=mapped)(*tensors)
    same(found, wanted.numpy())
    # and backward: where entries come from
    loop, through = tensors[0].clone().requires_grad_(), tensors[0].clone().requires_grad_()
    g = t(np.cos(np.arange(wanted.numel())).reshape(wanted.shape))
    sg.stack(
        [entries(loop[k] if mapped[0] == 0 else loop, *rows[k][1:]) for k in range(2)]
    ).backward(g)
    sg.vmap(entries, in_dims=mapped)(through, *tensors[1:]).backward(g)
    same(through.grad, loop.grad.numpy())


def test_integers_of_an_outer_level_are_one_for_all_of_the_inner():
    x = t(X)
    largest = lambda r: sg.max(r, 0)[0] ** 2
    each = lambda r: sg.func.hessian(largest)(r)
    same(sg.vmap(each)(x), sg.stack([each(r) for r in x]).numpy())
    rows = lambda r: sg.vmap(lambda s: (r * s)[sg.argmax(r)])(x)
    same(sg.vmap(rows)(x), sg.stack([rows(r) for r in x]).numpy())


def test_places_and_truths():
    x = t(X)
    assert sg.vmap(sg.argmax)(x).tolist() == [2, 2]
    assert sg.vmap(lambda r: r.argmin(0))(x).tolist() == [0, 0]
    values, places = sg.vmap(lambda r: sg.max(r, 0))(x)
    same(values, X.max(1))
    assert places.tolist() == [2, 2]
    assert sg.vmap(lambda r: (r > 2).any())(x).tolist() == [True, True]
    assert sg.vmap(lambda r: (r > 2).all(dim=0))(x).tolist() == [False, True]
    assert sg.vmap(lambda r: sg.isclose(r, x[0]))(x).tolist() == [[True] * 3, [False] * 3]
    same(sg.vmap(lambda r: sg.sort(r, descending=True)[0])(x), X[:, ::-1])
    same(sg.vmap(lambda r: r // 2)(x), X // 2)
    same(sg.vmap(lambda r: 7 % r)(x), 7 % X)
    assert sg.vmap(lambda n: n & 1)(sg.tensor([1, 2, 3])).tolist() == [1, 0, 1]
    same(sg.vmap(round)(x), X.round())
    n = sg.tensor([[1, 2], [3, 6]])
    of_raws = lambda r: sg.tensor(r._value % 4) + sg.tensor(r._value & 2)  # as functions have them
    assert sg.vmap(of_raws)(n).tolist() == [[1, 4], [5, 4]]
    with pytest.raises(sg.TraceError, match="no rule"):
        sg.vmap(lambda r: r % 2)(t(X).requires_grad_())


def test_what_has_no_way_for_many_runs_one_by_one_and_says_so_once_a_line():
    x = t([[1.0, 0.0, 2.0], [0.0, 3.0, 4.0]])
    with pytest.warns(sg.PerformanceWarning, match="nonzero has no way to run on many"):
        places = sg.vmap(sg.nonzero)(x)
    assert places.tolist() == [[[0], [2]], [[1], [2]]]

    def chosen(r):
        return r[r > 0]

    leaf = x.clone().requires_grad_()
    with pytest.warns(sg.PerformanceWarning, match="getitem has no way"):
        found = sg.vmap(chosen)(leaf)
    same(found, [[1.0, 2.0], [3.0, 4.0]])
    found.sum().backward()
    same(leaf.grad, [[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sg.vmap(lambda r: r[sg.tensor([True, False, True])])(x)  # one mask for all: no loop


@pytest.mark.filterwarnings("ignore::symgrad.errors.PerformanceWarning")
def test_functions_that_look_at_the_numbers_of_one_input():
    x = t(X)
    running = sg.vmap(lambda r: sg.cummax(r, 0))(x)
    same(running.values, np.maximum.accumulate(X, 1))  # a named tuple, as without a map
    assert running.indices.tolist() == [[0, 1, 2]] * 2
    leaf = t(X).requires_grad_()
    sg.vmap(lambda r: r.median())(leaf).sum().backward()
    same(leaf.grad, [[0, 1, 0]] * 2)
    same(sg.vmap(lambda r: sg.fmod(r, 2.0))(x), np.fmod(X, 2))
    same(sg.vmap(sg.vmap(lambda s: sg.fmod(s, 2.0)))(x), np.fmod(X, 2))
    assert sg.vmap(lambda r: sg.isin(r, x[0]))(x).tolist() == [[True] * 3, [False] * 3]
    with pytest.raises(sg.ShapeError, match="unique gives a result of another shape"):
        sg.vmap(sg.unique)(t([[1.0, 1.0], [1.0, 2.0]]))


# writes -------------------------------------------------------------------------------------------


def test_writes_change_the_argument():
    x = t(X)
    found = sg.vmap(lambda r: r.add_(1))(x)
    same(found, X + 1)
    same(x, X + 1)
    sg.vmap(lambda r, s: r.mul_(s))(x, t([[1.0], [10.0]]))
    same(x, (X + 1) * [[1], [10]])

    def second(r):
        r[0] = r[1] + 5
        r[1:] *= 2
        return r.sum()

    x = t(X)
    found = sg.vmap(second)(x)
    wanted = np.stack([X[:, 1] + 5, 2 * X[:, 1], 2 * X[:, 2]], 1)
    same(x, wanted)
    same(found, wanted.sum(1))


def test_gradients_of_writes():
    def f(r, w):
        y = r * 1
        y[0] = w * r[2]
        y[1:] *= r[0]
        return (y * y).sum()

    x, w = t(X), t(2.0)
    wanted = [sg.func.grad(f, argnums=(0, 1))(r, w) for r in x]
    for_r, for_w = sg.vmap(sg.func.grad(f, argnums=(0, 1)), in_dims=(0, None))(x, w)
    same(for_r, sg.stack([g for g, _ in wanted]).numpy())
    same(for_w, sg.stack([g for _, g in wanted]).numpy())
    leaf, shared = x.clone().requires_grad_(), w.clone().requires_grad_()
    sg.vmap(f, in_dims=(0, None))(leaf, shared).sum().backward()
    same(leaf.grad, for_r.numpy())
    same(shared.grad, for_w.numpy().sum())


def test_writes_of_what_they_overwrite():
    def square(r):
        y = r * 1
        y.mul_(y)
        y[1:].mul_(y[:2])
        y[:1].mul_(y[-1:])
        return (y * y).sum()

    x = t(X)
    wanted = sg.stack([sg.func.grad(square)(r) for r in x]).numpy()
    same(sg.vmap(sg.func.grad(square))(x), wanted)
    same(sg.func.grad(lambda x: sg.vmap(square)(x).sum())(x), wanted)


def test_a_tensor_like_a_mapped_one_is_mapped():
    def f(r):
        out = sg.zeros_like(r)
        out[0] = r[1]
        return out

    same(sg.vmap(f)(t(X)), [[1.5, 0, 0], [4.5, 0, 0]])


def test_writes_that_are_refused_change_nothing():
    shared, leaf = sg.zeros(3), sg.zeros(2, 3, requires_grad=True)
    with pytest.raises(sg.GraphError, match="other values for each input into a tensor that all"):
        sg.vmap(lambda r: shared.add_(r))(t(X))
    assert shared.tolist() == [0, 0, 0]
    with pytest.raises(sg.GraphError, match="a leaf Variable"):
        sg.vmap(lambda r: r.add_(1))(leaf)
    assert leaf.tolist() == [[0] * 3] * 2


# random numbers -----------------------------------------------------------------------------------


def test_random_numbers():
    draw = lambda r: sg.rand(3) + 0 * r
    with pytest.raises(sg.GraphError, match="randomness error mode"):
        sg.vmap(draw)(t(X))
    once = sg.vmap(draw, randomness="same")(t(X))
    assert once[0].tolist() == once[1].tolist()
    each = sg.vmap(draw, randomness="different")(t(X))
    assert each[0].tolist() != each[1].tolist()
    for make in (sg.randn_like, sg.rand_like):
        found = sg.vmap(lambda r, make=make: make(r), randomness="different")(t(X))
        assert found.shape == (2, 3)
        assert found[0].tolist() != found[1].tolist()
    assert sg.vmap(lambda r: sg.randint(0, 5, (2,)), randomness="different")(t(X)).shape == (2, 2)
    orders = sg.vmap(lambda r: sg.randperm(50), randomness="different")(t(X))
    assert [sorted(o.tolist()) for o in orders] == [list(range(50))] * 2
    assert orders[0].tolist() != orders[1].tolist()


def test_random_numbers_of_two_levels():
    inner = lambda r: sg.vmap(lambda s: sg.rand(2) + 0 * s, randomness="same")(r)
    found = sg.vmap(inner, randomness="different")(t(X)).numpy()
    assert (found == found[:, :1]).all()  # one draw for all of the inner level
    assert (found[0] != found[1]).any()  # another for each of the outer
    with pytest.raises(sg.GraphError, match="randomness error mode"):
        sg.vmap(lambda r: sg.vmap(lambda s: sg.rand(2), randomness="different")(r))(t(X))


# what is refused ----------------------------------------------------------------------------------

MISUSES = {
    "nothing to map": (lambda x: sg.vmap(lambda: x)(), "got no inputs"),
    "all shared": (lambda x: sg.vmap(lambda r: r, in_dims=(None,))(x), "at least one tensor"),
    "a number": (lambda x: sg.vmap(lambda r: r)(3.0), "an input of type float"),
    "sizes": (lambda x: sg.vmap(sg.add)(x, x[:1]), r"the same size .* \[2, 1\]"),
    "an axis that is not there": (lambda x: sg.vmap(sg.sin, 2)(x), "in_dim=2 for an input of 2"),
    "a text as axis": (lambda x: sg.vmap(sg.sin, "a")(x), "in_dims is an int, or nested"),
    "a float as axis": (lambda x: sg.vmap(sg.sin, (1.5,))(x), "in_dim=1.5"),
    "another form": (lambda x: sg.vmap(sg.sin, ({"a": 0},))(x), "not built as the inputs"),
    "results of another form": (
        lambda x: sg.vmap(lambda r: (r, r), out_dims=(0, 0, 0))(x),
        "not built as the results",
    ),
    "an axis out that is none": (lambda x: sg.vmap(sg.sin, out_dims="a"), "out_dims is an int"),
    "an axis out too far": (lambda x: sg.vmap(sg.sin, out_dims=5)(x), "out_dims=5"),
    "a shared result that differs": (lambda x: sg.vmap(sg.sin, out_dims=None)(x), "is None for a"),
    "no tensor": (lambda x: sg.vmap(lambda r: 3.0)(x), "must give tensors; it gave float"),
    "randomness": (lambda x: sg.vmap(sg.sin, randomness="x"), "Only allowed values"),
    "chunks": (lambda x: sg.vmap(sg.sin, chunk_size=0), "chunk_size"),
    "masks of several counts": (lambda x: sg.vmap(lambda r: r[r > 1])(x), "of another shape"),
}


@pytest.mark.filterwarnings("ignore::symgrad.errors.PerformanceWarning")
@pytest.mark.parametrize(("call", "words"), MISUSES.values(), ids=MISUSES.keys())
def test_a_misuse_is_a_value_error_as_in_pytorch(call, words):
    with pytest.raises(sg.ShapeError, match=words):
        call(t(X))


LEAVING = {
    "a branch": (lambda r: r if r.sum() > 3 else -r, "data-dependent control flow"),
    "item": (lambda r: r * r.sum().item(), r"\.item\(\) of a Tensor"),
    "float": (lambda r: r * float(r.sum()), r"float\(\) of a Tensor"),
    "numpy": (lambda r: r.numpy(), r"\.numpy\(\) of a Tensor"),
    "a list": (lambda r: sg.tensor(r.tolist()), r"\.tolist\(\) of a Tensor"),
    "a copy": (lambda r: sg.tensor([r[0], r[1]]), "of a Tensor"),
    "allclose": (lambda r: r if sg.allclose(r, r) else -r, r"allclose\(\) of a Tensor"),
    "in": (lambda r: r if 3.0 in r else -r, "data-dependent control flow"),
}


@pytest.mark.parametrize(("f", "words"), LEAVING.values(), ids=LEAVING.keys())
def test_a_value_that_would_leave_is_refused_with_the_mend(f, words):
    with pytest.raises(sg.TraceError, match=words) as caught:
        sg.vmap(f)(t(X))
    assert "test_vmap.py" in str(caught.value)
    assert "mend" in str(caught.value)


def test_values_that_all_inputs_share_may_leave():
    c = t(2.0)
    same(sg.vmap(lambda r: r * c.item() if c > 1 else r)(t(X)), X * 2)
    w = t(2.0).requires_grad_()
    same(sg.vmap(lambda r: r * (w * 2).item())(t(X)), X * 4)


def test_the_words_of_a_value_that_would_leave():
    def f(r):
        if r.sum() > 0:
            return r
        return -r

    with pytest.raises(sg.TraceError) as caught:
        sg.vmap(f)(t(X))
    first, where, mend = str(caught.value).splitlines()
    assert first == (
        "vmap: data-dependent control flow has no one answer: each of the 2 inputs has its own."
    )
    assert where.endswith("if r.sum() > 0:")
    assert mend == "  mend   choose with sg.where(condition, a, b), which keeps both"


def test_errors_speak_of_one_input():
    with pytest.raises(sg.ShapeError, match=r"x\s+float64 \(3,\)"):
        sg.vmap(lambda r: r.reshape(2, 2))(t(X))
    with pytest.raises(sg.AxisError):
        sg.vmap(lambda r: r.sum(1))(t(X))
    with pytest.raises(sg.ShapeError, match=r"\(3,\)"):
        sg.vmap(lambda r: r @ sg.ones(4, 2, dtype=sg.float64))(t(X))


def test_a_value_that_outlives_its_vmap_is_refused():
    kept = []
    sg.vmap(lambda r: kept.append(r * 1) or r)(t(X))
    with pytest.raises(sg.TraceError, match="belongs to a vmap that has ended"):
        kept[0] + 1


def test_a_leaf_made_inside_does_not_leave():
    with pytest.raises(sg.GraphError, match="a leaf that was made inside"):
        sg.vmap(lambda r: r.requires_grad_() * 2)(t(X))


def test_it_shows_what_it_is():
    shown = []
    sg.vmap(lambda r: shown.append(repr(r)) or r)(sg.tensor([[1.0, 2.0]]))
    assert shown == ["BatchedTensor(lvl=1, bdim=0, value=tensor([[1., 2.]]))"]


# formulas -----------------------------------------------------------------------------------------


def test_formulas_at_any_size_go_through():
    form = lambda f, **sizes: str(sg.closed_form(f, **sizes))
    assert form(lambda x: sg.vmap(sg.func.grad(lambda r: (r**3).sum()))(x), x="n d") == "3 x[i,j]²"
    squares = lambda x, w: sg.vmap(lambda r: (r @ w) ** 2)(x).sum()
    assert form(squares, x="n d", w="d", wrt="w") == "2 xᵀ x w"
    gram = lambda x: sg.vmap(lambda a: sg.vmap(lambda b: (a * b).sum())(x))(x)
    assert form(gram, x="n d") == "x xᵀ"
    assert form(lambda x: sg.func.jacrev(sg.sin)(x), x="n") == "diag(cos(x))"
    assert form(lambda x: sg.func.hessian(lambda z: (z**3).sum())(x), x="n") == "6 diag(x)"


def test_formulas_that_are_refused():
    with pytest.raises(sg.NoClosedForm, match="an index that each input"):
        sg.closed_form(lambda x: sg.vmap(lambda r: r[sg.argmax(r)])(x), x="n d")
    with pytest.raises(sg.TraceError, match="data-dependent control flow"):
        sg.closed_form(lambda x: sg.vmap(lambda r: r if r.sum() > 0 else -r)(x), x="n d")


def test_a_recording_goes_through():
    x = sg.tensor([[1.0, 2.0], [3.0, 4.0]])
    f = lambda x: sg.vmap(sg.func.grad(lambda r: (r**3).sum()))(x)
    assert str(sg.closed_form(f, x)) == "3 x[i,j]²"
    assert sg.crosscheck(lambda x: sg.vmap(lambda r: (r * r).sum() * r)(x).sum(), x).ok


# custom functions, checkpoints, masks -------------------------------------------------------------


def cube(**facts):
    """A function whose made-up gradient, 30 x², tells where backward was asked."""

    class Cube(sg.autograd.Function):
        generate_vmap_rule = facts.get("generated", False)

        @staticmethod
        def forward(x):
            return x**3

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(inputs[0])

        @staticmethod
        def backward(ctx, g):
            return g * 30 * ctx.saved_tensors[0] ** 2

    if facts.get("own"):
        Cube.vmap = staticmethod(lambda info, in_dims, x: (Cube.apply(x), in_dims[0]))
    return Cube


@pytest.mark.filterwarnings("ignore::symgrad.errors.PerformanceWarning")
@pytest.mark.parametrize("facts", [{}, {"generated": True}, {"own": True}], ids=str)
def test_custom_functions_keep_their_gradient(facts):
    f = cube(**facts).apply
    x = t(X)
    same(sg.vmap(f)(x), X**3)
    each = sg.vmap(sg.func.grad(lambda r: f(r).sum()))
    same(each(x), 30 * X**2)
    same(sg.func.grad(lambda x: sg.vmap(f)(x).sum())(x), 30 * X**2)
    same(sg.func.grad(lambda x: each(x).sum())(x), 60 * X)
    same(sg.func.jacrev(f)(x[0]), np.diag(30 * X[0] ** 2))


def test_a_custom_functions_own_rule_for_many():
    seen = []

    class Double(sg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def vmap(info, in_dims, x):
            seen.append((info.batch_size, info.randomness, in_dims, tuple(x.shape)))
            return sg.moveaxis(x * 2, 0, 1), 1

    same(sg.vmap(Double.apply)(t(X)), 2 * X)
    assert seen == [(2, "error", (0,), (2, 3))]


def test_a_custom_function_that_would_lose_a_gradient_outside_is_refused():
    class Old(sg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx, g):
            return g * 30 * ctx.saved_tensors[0] ** 2

    each = sg.vmap(sg.func.grad(lambda r: Old.apply(r).sum()))
    same(each(t(X)), 30 * X**2)
    with pytest.raises(sg.GraphError, match="needs setup_context"):
        sg.func.grad(lambda x: each(x).sum())(t(X))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_checkpoints_and_the_search_for_nans():
    f = lambda r: (sg.sin(r) * r).sum()
    kept = lambda r: sg.autograd.checkpoint(f, r, use_reentrant=False)
    x = t(X)
    for way in (
        lambda f: sg.vmap(sg.func.grad(f)),
        lambda f: sg.func.grad(lambda x: sg.vmap(f)(x).sum()),
        lambda f: sg.func.grad(lambda x: sg.vmap(sg.func.grad(f))(x).sum()),
    ):
        same(way(kept)(x), way(f)(x).numpy())
    with sg.autograd.detect_anomaly():
        sg.vmap(sg.func.grad(f))(x)
        with pytest.raises(sg.GraphError, match="nan"):
            sg.vmap(sg.func.grad(lambda r: (sg.sqrt(r) * 0 * r).sum()))(t([[1.0, 0.0]]) * 0 - 1)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_masked_branches_do_not_poison():
    f = lambda r: sg.where(r > 1, sg.sqrt(r - 1), 0 * r)
    x = t([[1.0, 0.0, 2.0], [5.0, 1.0, 1.0]])
    wanted = [[0, 0, 0.5], [0.25, 0, 0]]
    same(sg.vmap(sg.func.grad(lambda r: f(r).sum()))(x), wanted)
    same(sg.func.grad(lambda x: sg.vmap(f)(x).sum())(x), wanted)
    for jacobian in (sg.func.jacrev, sg.func.jacfwd):
        same(jacobian(f)(x[0]), np.diag(wanted[0]))
    same(sg.vmap(sg.func.hessian(lambda r: f(r).sum()))(x)[0], np.diag([0, 0, -0.25]))
