"""Functions that make functions: nesting, closures, both modes, and their mistakes."""

from __future__ import annotations

import weakref

import numpy as np
import pytest

import symgrad as sg
from symgrad.tracing.forward import push_through


def t(*values: float) -> sg.Tensor:
    return sg.tensor(values[0] if len(values) == 1 else list(values), dtype=sg.float64)


def test_grad_nests_to_any_order():
    f = lambda x: x**5
    found = [5 * 16.0, 20 * 8.0, 60 * 4.0, 120 * 2.0, 120.0]
    for wanted in found:
        f = sg.func.grad(f)
        assert f(t(2.0)).item() == pytest.approx(wanted, rel=1e-14)


def test_grad_of_a_closure_over_an_outer_argument():
    # d/dx x (d/dy x y) = d/dx x * x = 2 x: the inner result depends on the outer argument.
    inner = lambda x: sg.func.grad(lambda y: x * y)(t(3.0))
    assert sg.func.grad(lambda x: x * inner(x))(t(5.0)).item() == 10.0


def test_jvp_of_jvp_does_not_confuse_perturbations():
    # d/dx (x d/dy (x + y)) = 1, and not 2.
    inner = lambda x: sg.func.jvp(lambda y: x + y, (t(1.0),), (t(1.0),))[1]
    value, slope = sg.func.jvp(lambda x: x * inner(x), (t(2.0),), (t(1.0),))
    assert (value.item(), slope.item()) == (2.0, 1.0)


def test_the_argument_of_an_inner_jvp_is_another():
    # d/dx (x d/dy (x + y) at y = x) = 1, where the inner argument is x itself.
    inner = lambda x: sg.func.jvp(lambda y: x + y, (x,), (t(1.0),))[1]
    value, slope = sg.func.jvp(lambda x: x * inner(x), (t(2.0),), (t(1.0),))
    assert (value.item(), slope.item()) == (2.0, 1.0)
    outer = sg.func.grad(lambda x: x * sg.func.grad(lambda y: x * y)(x))
    assert outer(t(3.0)).item() == 6.0


def test_jvp_of_jvp_gives_the_second_derivative():
    first = lambda x: sg.func.jvp(sg.sin, (x,), (t(1.0),))[1]
    _, second = sg.func.jvp(first, (t(0.7),), (t(1.0),))
    assert second.item() == pytest.approx(-np.sin(0.7), rel=1e-15)


def test_forward_over_reverse_is_a_hessian_vector_product():
    f = lambda x: (x**3).sum()
    _, product = sg.func.jvp(sg.func.grad(f), (t(1.0, 2.0),), (t(1.0, -1.0),))
    np.testing.assert_allclose(product.numpy(), [6.0, -12.0], rtol=1e-15)


def test_reverse_over_forward_is_one_too():
    f = lambda x: sg.func.jvp(lambda z: (z**3).sum(), (x,), (t(1.0, -1.0),))[1]
    np.testing.assert_allclose(sg.func.grad(f)(t(1.0, 2.0)).numpy(), [6.0, -12.0], rtol=1e-15)


@pytest.mark.parametrize("name", ["log_softmax", "softmax", "cumsum"])
def test_forward_and_reverse_are_transposes(name):
    f = lambda x: getattr(sg, name)(x, axis=0)
    x, v, u = t(0.3, -1.0, 2.0), t(1.0, 0.5, -2.0), t(-1.0, 2.0, 0.25)
    _, push = sg.func.jvp(f, (x,), (v,))
    _, pull = sg.func.vjp(f, x)
    assert sg.dot(u, push).item() == pytest.approx(sg.dot(pull(u)[0], v).item(), rel=1e-13)


def test_vjp_can_be_pulled_twice():
    _, pull = sg.func.vjp(lambda a, b: a * b, t(2.0), t(3.0))
    assert [g.item() for g in pull(t(1.0))] == [3.0, 2.0]
    assert [g.item() for g in pull(t(10.0))] == [30.0, 20.0]


def test_value_and_grad_hands_on_what_comes_beside():
    f = lambda w, b: ((w * w + b), {"seen": 7})
    (value, aside), (dw, db) = sg.func.value_and_grad(f, argnums=(0, 1), has_aux=True)(
        t(3.0), t(1.0)
    )
    assert (value.item(), aside, dw.item(), db.item()) == (10.0, {"seen": 7}, 6.0, 1.0)


def test_an_argument_that_is_not_used_has_gradient_zero():
    assert sg.func.grad(lambda x, y: x * 2, argnums=1)(t(3.0), t(1.0, 2.0)).tolist() == [0.0, 0.0]
    assert sg.func.grad(lambda x: t(1.0))(t(3.0)).item() == 0.0


def test_the_arguments_are_left_alone():
    x = t(2.0)
    sg.func.grad(lambda z: z * z)(x)
    assert not x.requires_grad
    assert x.grad is None


def test_mistakes():
    with pytest.raises(sg.ShapeError, match="scalar result"):
        sg.func.grad(lambda x: x)(t(1.0, 2.0))
    with pytest.raises(sg.ShapeError, match="1 primals and 2 tangents"):
        sg.func.jvp(sg.sin, (t(1.0),), (t(1.0), t(1.0)))
    with pytest.raises(sg.ShapeError, match="tangent of shape"):
        sg.func.jvp(sg.sin, (t(1.0, 2.0),), (t(1.0),))
    with pytest.raises(sg.GraphError, match="must give a tensor"):
        sg.func.grad(lambda x: 3.0)(t(1.0))
    with pytest.raises(sg.GraphError, match="must give a tensor; it gave tuple"):
        sg.func.grad(lambda x: (x, x))(t(1.0))
    with pytest.raises(sg.GraphError, match="has_aux"):
        sg.func.grad(lambda x: x, has_aux=True)(t(1.0))
    for transform in (
        lambda f: sg.func.vjp(f, t(1.0)),
        lambda f: sg.func.jvp(f, (t(1.0),), (t(1.0),)),
    ):
        with pytest.raises(sg.GraphError, match="must give a tensor; it gave float"):
            transform(lambda x: 3.0)
    with pytest.raises(sg.DtypeError, match="tuple of primals"):
        sg.func.jvp(sg.sin, t(1.0, 2.0), t(1.0, 2.0))
    with pytest.raises(sg.ShapeError, match="cotangent of shape"):
        sg.func.vjp(sg.sin, t(1.0, 2.0))[1](t(1.0))
    with pytest.raises(sg.ShapeError, match="2 tensors"):
        sg.func.vjp(lambda x: (x, x), t(1.0))[1](t(1.0))


def test_a_tracked_tensor_of_a_closure_gets_its_gradient():
    x = t(5.0).requires_grad_()
    sg.func.grad(lambda y: x * y * y)(t(3.0)).backward()
    assert x.grad.item() == 6.0


def test_a_gradient_of_plain_arguments_is_plain():
    assert not sg.func.grad(lambda x: x**3)(t(2.0)).requires_grad


FORWARD = {
    "a sum": lambda v: v + np.ones(2),
    "a product": lambda v: np.sin(v * np.array([3, 4])),
    "a list of both": lambda v: np.concatenate([v * v, np.ones(2)]),
    "a product of matrices": lambda v: v @ np.array([[1.0, 2.0], [3.0, 4.0]]),
    "a choice": lambda v: np.where(np.array([True, False]), v * v, np.zeros(2)),
}


@pytest.mark.parametrize("f", FORWARD.values(), ids=FORWARD.keys())
def test_forward_mode_passes_arrays_that_only_the_function_knew(f):
    x, v = t(1.0, 2.0), t(0.5, -1.0)
    value, moved = sg.func.jvp(f, (x,), (v,))
    _, pull = sg.func.vjp(f, x)
    u = sg.as_tensor(np.arange(1.0, 1.0 + value.numel()))
    assert sg.dot(u, moved).item() == pytest.approx(sg.dot(pull(u)[0], v).item(), rel=1e-13)


def test_such_arrays_are_kept_for_an_outer_forward_mode_too():
    inner = lambda u: sg.func.jvp(lambda v: (v * np.array([3.0, 4.0])) ** 3, (u,), (t(1.0, 1.0),))
    _, second = sg.func.jvp(lambda u: inner(u)[1], (t(1.0, 2.0),), (t(1.0, 1.0),))
    np.testing.assert_allclose(second.numpy(), [6 * 27.0, 12 * 64.0], rtol=1e-14)


def test_arrays_are_let_go_after_forward_mode():
    kept = []

    def f(v):
        array = np.ones(2)
        kept.append(weakref.ref(array))
        return v * array

    sg.func.jvp(f, (t(1.0, 2.0),), (t(1.0, 1.0),))
    assert kept[0]() is None


def test_an_array_that_is_gone_is_named():
    x = t(1.0, 2.0).requires_grad_()
    y = x + np.ones(2)
    with pytest.raises(sg.GraphError, match="an array that add was computed with is gone"):
        push_through(y, [x], [t(1.0, 1.0)])


def test_a_function_that_ignores_its_input_has_a_cotangent_of_zero():
    value, pull = sg.func.vjp(lambda x: t(1.0), t(2.0, 3.0))
    assert value.item() == 1.0
    assert pull(t(1.0))[0].tolist() == [0.0, 0.0]
    _, moved = sg.func.jvp(lambda x: t(1.0), (t(2.0),), (t(1.0),))
    assert moved.item() == 0.0


def test_results_may_be_tuples():
    f = lambda x, y: (x * y, t(7.0), x + 1)
    values, pull = sg.func.vjp(f, t(2.0), t(3.0))
    assert [v.item() for v in values] == [6.0, 7.0, 3.0]
    assert [g.item() for g in pull((t(1.0), t(1.0), t(10.0)))] == [13.0, 2.0]
    values, moved = sg.func.jvp(f, (t(2.0), t(3.0)), (t(1.0), t(0.5)))
    assert [v.item() for v in values] == [6.0, 7.0, 3.0]
    assert [m.item() for m in moved] == [4.0, 0.0, 1.0]


def test_a_pull_is_differentiable_in_its_cotangent():
    _, pull = sg.func.vjp(lambda x: x**3, t(2.0))
    u = t(1.0).requires_grad_()
    pull(u * u)[0].backward()
    assert u.grad.item() == 24.0


def test_arguments_are_counted_from_either_end():
    f = lambda x, y: x * y
    assert sg.func.grad(f, argnums=-1)(t(2.0), t(3.0)).item() == 2.0
    both = sg.func.grad(f, argnums=(0, -1))(t(2.0), t(3.0))
    assert [g.item() for g in both] == [3.0, 2.0]
    for place in (2, 3, -3):
        with pytest.raises(sg.AxisError, match=f"argument {place}; the call has 2"):
            sg.func.grad(f, argnums=place)(t(2.0), t(3.0))


def test_numbers_are_taken_as_floats():
    assert sg.func.grad(lambda x: x * x)(3).item() == 6.0
    assert sg.func.grad(lambda x: x * x)(3).dtype == sg.float32
    with pytest.raises(sg.DtypeError, match="floating point"):
        sg.func.grad(lambda x: x * x)(sg.tensor(3))


def test_a_tangent_is_taken_in_its_primals_dtype():
    x = sg.tensor([1.0, 2.0])
    value, moved = sg.func.jvp(lambda v: v * v, (x,), (t(1.0, 1.0),))
    assert value.dtype == moved.dtype == sg.float32
    assert moved.tolist() == [2.0, 4.0]
    value, moved = sg.func.jvp(lambda v: v + np.ones(2), (x,), (sg.ones(2),))
    assert value.dtype == moved.dtype == sg.float64
