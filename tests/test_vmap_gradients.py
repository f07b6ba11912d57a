"""Gradients inside and around ``vmap`` of what looks at numbers, and of what has no rule."""

from __future__ import annotations

import gc
import warnings

import numpy as np
import pytest

import symgrad as sg

xp, F = sg.array_api, sg.nn.functional
NAN = float("nan")
X = np.array([[3.0, 1.0, 2.0], [1.0, 2.0, 3.0], [NAN, 5.0, NAN]])
PLACES = np.array([[0, 2], [1, 1], [2, 0]])


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sg.errors.PerformanceWarning)
        yield


def in_turn(f, *inputs):
    return np.stack([f(*(x[k] for x in inputs)).numpy() for k in range(len(inputs[0]))])


def alike(f, *inputs):
    inputs = tuple(map(sg.tensor, inputs))
    np.testing.assert_allclose(sg.vmap(f)(*inputs).numpy(), in_turn(f, *inputs), rtol=1e-13)


# order statistics ---------------------------------------------------------------------------------

ORDERED = {
    "median": lambda q: q.median(),
    "median along": lambda q: q.median(0).values,
    "places of the median": lambda q: (q * q.median(0).indices).sum(),
    "quantile": lambda q: q.quantile(0.6),
    "quantiles": lambda q: q.quantile(sg.tensor([0.2, 0.5])).sum(),
    "nearest": lambda q: q.quantile(0.3, interpolation="nearest"),
    "cummax": lambda q: (q * q.cummax(0).values).sum(),
    "cummin": lambda q: (q * q.cummin(0).values).sum(),
}
TRANSFORMS = {
    "grad": sg.func.grad,
    "jacrev": sg.func.jacrev,
    "jacfwd": sg.func.jacfwd,
    "hessian": sg.func.hessian,
    "vjp": lambda f: lambda q: sg.func.vjp(f, q)[1](sg.ones(()).to(q.dtype))[0],
}


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("name", ORDERED)
def test_order_statistics_have_their_gradients_inside(name, transform):
    f = TRANSFORMS[transform](ORDERED[name])
    alike(ORDERED[name], X)
    alike(f, X)
    alike(sg.vmap(f), X[None])
    alike(sg.func.grad(lambda z: sg.vmap(ORDERED[name])(z).sum()), X[None])


def test_the_gradient_of_a_median_inside():
    x = sg.tensor([[3.0, 1.0, 2.0], [1.0, 2.0, 3.0]])
    found = sg.vmap(sg.func.grad(lambda q: q.median()))(x)
    assert found.tolist() == [[0, 0, 1], [0, 1, 0]]


def test_shares_that_differ_run_in_turn_and_lose_no_gradient_silently():
    x, q = X[:2], np.array([0.2, 0.7])
    f = lambda x, s: x.quantile(s)
    alike(f, x, q)
    outside = sg.func.grad(lambda x, q: sg.vmap(f)(x, q).sum())(sg.tensor(x), sg.tensor(q))
    np.testing.assert_allclose(
        outside.numpy(), in_turn(sg.func.grad(f), sg.tensor(x), sg.tensor(q))
    )
    with pytest.raises(sg.TraceError, match="runs on one input at a time, and a gradient"):
        sg.vmap(sg.func.grad(f))(sg.tensor(x), sg.tensor(q))


# without a rule -----------------------------------------------------------------------------------

WITHOUT = {
    "//": lambda q: (q // 2 * q).sum(),
    "%": lambda q: (q % 2).sum(),
    "round": lambda q: round(q).sum(),
    "fmod": lambda q: sg.fmod(q, 2).sum(),
    "floor": lambda q: q.floor().sum(),
    "ceil": lambda q: q.ceil().sum(),
    "trunc": lambda q: q.trunc().sum(),
    "remainder": lambda q: sg.remainder(q, 2).sum(),
    "floor_divide": lambda q: sg.floor_divide(q, 2).sum(),
    "array_api.floor": lambda q: xp.floor(q).sum(),
    "array_api.fft": lambda q: xp.abs(xp.fft.fft(q)).sum(),
    "array_api.cumulative_prod": lambda q: xp.cumulative_prod(q).sum(),
    "array_api.unique_values": lambda q: xp.unique_values(q).sum(),
}


@pytest.mark.parametrize("name", WITHOUT)
def test_what_has_no_rule_refuses_on_every_level(name):
    f, x, grad = WITHOUT[name], sg.tensor(X[:2]), sg.func.grad
    for call in (
        lambda: grad(f)(x[0]),
        lambda: sg.vmap(grad(f))(x),
        lambda: grad(lambda z: sg.vmap(f)(z).sum())(x),
        lambda: sg.vmap(grad(lambda z: sg.vmap(f)(z).sum()))(x[None]),
        lambda: grad(lambda z: sg.vmap(sg.vmap(f))(z).sum())(x[None]),
        lambda: sg.vmap(sg.func.jacrev(f))(x),
        lambda: sg.vmap(sg.func.jacfwd(f))(x),
    ):
        with pytest.raises(sg.TraceError, match="has no rule"):
            call()
    alike(f, X[:2])
    alike(lambda q: f(q.detach()) * q.sum(), X[:2])
    alike(sg.func.grad(lambda q: f(q.detach()) * q.sum()), X[:2])


# places that each input has of its own ------------------------------------------------------------

PLACED = {
    "scatter a number": lambda x, k, s: x.scatter(0, k, 9.0),
    "scatter": lambda x, k, s: x.scatter(0, k, s),
    "scatter, adding": lambda x, k, s: x.scatter(0, k, s, reduce="add"),
    "scatter_add": lambda x, k, s: x.scatter_add(0, k, s),
    "index_fill": lambda x, k, s: x.index_fill(0, k, 9.0),
    "index_fill by a tensor": lambda x, k, s: x.index_fill(0, k, s[0]),
    "index_copy": lambda x, k, s: x.index_copy(0, k, s),
    "index_put": lambda x, k, s: x.index_put((k,), s),
    "put": lambda x, k, s: x.put(k, s),
}


@pytest.mark.parametrize("name", PLACED)
def test_places_that_differ(name):
    f, x, s = PLACED[name], X[:2].T @ X[:2], X[:2].T
    alike(f, x, PLACES, s)
    total = lambda x, k, s: (f(x, k, s) ** 2).sum()
    for argument in (0, 2):
        alike(sg.func.grad(total, argument), x, PLACES, s)
    alike(sg.func.hessian(total), x, PLACES, s)


def test_places_out_of_range_are_refused():
    with pytest.raises(sg.AxisError, match="index 9 is out of bounds"):
        sg.vmap(lambda x, k: x.scatter(0, k + 9, 9.0))(sg.tensor(X), sg.tensor(PLACES * 0))


def test_one_hot_of_mapped_integers():
    k = sg.tensor([0, 2, 1])
    assert sg.vmap(lambda k: F.one_hot(k, 3))(k).tolist() == F.one_hot(k, 3).tolist()
    with pytest.raises(sg.ShapeError, match="another shape for another input"):
        sg.vmap(lambda k: F.one_hot(k))(k)


def _masked(value):
    def f(q):
        y = q * 2
        y[q > 1.5] = value(q)
        return (y * q).sum()

    return f


@pytest.mark.parametrize(
    "value", [lambda q: 5.0, lambda q: q.sum(), lambda q: sg.tensor(5)], ids=str
)
def test_one_value_where_masks_of_several_sizes_hold(value):
    x = X[:2] + np.array([[1.0], [0.0]])
    f = _masked(value)
    alike(f, x)
    for transform in TRANSFORMS.values():
        alike(transform(f), x)


def test_values_where_masks_of_one_size_hold():
    f = _masked(lambda q: q[q > 1.5] * 3)
    alike(f, X[:2])
    for transform in TRANSFORMS.values():
        alike(transform(f), X[:2])


# what is left behind ------------------------------------------------------------------------------

LEFT = {
    "vmap": lambda x: sg.vmap(lambda q: (q.sin() * q).sum())(x),
    "vmap of grad": lambda x: sg.vmap(sg.func.grad(lambda q: (q.sin() * q).sum()))(x),
    "nested": lambda x: sg.vmap(sg.vmap(sg.sin))(x),
    "hessian": lambda x: sg.func.hessian(lambda q: (q.sin() * q).sum())(x[0]),
    "vmap of hessian": lambda x: sg.vmap(sg.func.hessian(lambda q: q.prod()))(x),
    "in turn": lambda x: sg.vmap(lambda q: q.cummax(0).values)(x),
    "median": lambda x: sg.vmap(lambda q: q.median())(x),
    "vectorized": lambda x: sg.autograd.functional.jacobian(sg.sin, x[0], vectorize=True),
}


@pytest.mark.parametrize("name", LEFT)
def test_nothing_of_a_vmap_waits_for_the_collector(name):
    x = sg.tensor(X[:2])
    LEFT[name](x)
    gc.collect()
    gc.disable()
    try:
        LEFT[name](x)
        assert gc.collect() == 0
    finally:
        gc.enable()


# no functions -------------------------------------------------------------------------------------

NO_FUNCTIONS = {
    "vmap": lambda f, x: sg.vmap(f),
    "grad": lambda f, x: sg.func.grad(f),
    "value_and_grad": lambda f, x: sg.func.value_and_grad(f),
    "jacrev": lambda f, x: sg.func.jacrev(f),
    "jacfwd": lambda f, x: sg.func.jacfwd(f),
    "hessian": lambda f, x: sg.func.hessian(f),
    "vjp": lambda f, x: sg.func.vjp(f, x),
    "jvp": lambda f, x: sg.func.jvp(f, (x,), (x,)),
    "linearize": lambda f, x: sg.func.linearize(f, x),
    "checkpoint": lambda f, x: sg.autograd.checkpoint(f, x),
}


@pytest.mark.parametrize("name", NO_FUNCTIONS)
def test_what_is_no_function_is_refused_by_name(name):
    with pytest.raises(sg.DtypeError, match=f"^{name} takes a function; this is an int") as caught:
        NO_FUNCTIONS[name](3, sg.tensor(1.0))
    assert "test_vmap_gradients.py" in str(caught.value)
    assert f"mend   give the function itself: {name}(f" in str(caught.value)
