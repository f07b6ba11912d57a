"""Jacobians and Hessians by ``sg.func`` and by ``autograd.functional``; trees; random nestings."""

from __future__ import annotations

import random
from collections import OrderedDict, namedtuple

import numpy as np
import pytest
import symgrad.autograd.functional as functional

import symgrad as sg
from symgrad.tracing.trees import Unlike, leaves_along, structure_of

F = sg.func
X = np.array([0.3, -1.2, 2.0])


def t(values, **facts):
    return sg.tensor(np.asarray(values, dtype=float), **facts)


def same(found, wanted, tol=1e-12):
    np.testing.assert_allclose(found.detach().numpy(), np.asarray(wanted), rtol=tol, atol=tol)


def curve(x):
    return sg.sin(x) * x.sum()


def first(x):
    return np.diag(np.cos(x) * x.sum()) + np.sin(x)[:, None]


# analytic results ---------------------------------------------------------------------------------

WHOLE = {
    "jacrev": F.jacrev,
    "jacfwd": F.jacfwd,
    "jacrev in chunks": lambda f: F.jacrev(f, chunk_size=2),
    "jacfwd in chunks": lambda f: F.jacfwd(f, chunk_size=2),
    "one by one": lambda f: lambda x: functional.jacobian(f, x),
    "vectorised": lambda f: lambda x: functional.jacobian(f, x, vectorize=True),
    "forward": lambda f: lambda x: functional.jacobian(f, x, strategy="forward-mode"),
}


@pytest.mark.parametrize("jacobian", WHOLE.values(), ids=WHOLE.keys())
def test_a_jacobian(jacobian):
    same(jacobian(curve)(t(X)), first(X))
    for shape in ((), (1,), (2, 0), (2, 3)):
        x = t(np.ones(shape))
        found = jacobian(lambda x: sg.stack([x, 2 * x]))(x)
        assert found.shape == (2, *shape, *shape)
    same(jacobian(lambda x: x.sum())(t(X)), np.ones(3))
    assert jacobian(lambda x: sg.ones(2))(t(X)).tolist() == [[0.0] * 3] * 2


@pytest.mark.parametrize("outer", [F.jacrev, F.jacfwd])
@pytest.mark.parametrize("inner", [F.jacrev, F.jacfwd])
@pytest.mark.parametrize("innermost", [F.jacrev, F.jacfwd, F.grad])
def test_third_derivatives(outer, inner, innermost):
    x, f = t(X), lambda x: (x**4).sum() + x[0] * x[1] * x[2]
    wanted = np.zeros((3, 3, 3))
    for i in range(3):
        wanted[i, i, i] = 24 * X[i]
    for i, j, k in ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)):
        wanted[i, j, k] = 1
    same(outer(inner(innermost(f)))(x), wanted)


def test_hessians():
    f = lambda a, b: (a**3 * b).sum()
    a, b = t(X), t([1.0, 2.0, 3.0])
    (aa, ab), (ba, bb) = F.hessian(f, argnums=(0, 1))(a, b)
    same(aa, np.diag(6 * X * [1, 2, 3]))
    same(ab, np.diag(3 * X**2))
    same(ba, np.diag(3 * X**2))
    same(bb, np.zeros((3, 3)))
    for facts in ({}, {"vectorize": True}, {"outer_jacobian_strategy": "forward-mode"}):
        found = functional.hessian(f, (a, b), **facts)
        for row, wanted in zip(found, ((aa, ab), (ba, bb)), strict=True):
            for one, other in zip(row, wanted, strict=True):
                same(one, other.numpy())
    same(functional.hessian(lambda x: (x**3).sum().reshape(1), a), np.diag(6 * X))


def test_perturbations_are_not_confused():
    one = t(1.0)
    assert F.grad(lambda x: x * F.grad(lambda y: x + y)(one))(one).item() == 1.0
    inner = lambda x: F.jacfwd(lambda y: x * y)(one)
    assert F.jacfwd(lambda x: x * inner(x))(t(5.0)).item() == 10.0
    push = lambda f, x: F.jvp(f, (x,), (one,))[1]
    assert push(lambda x: x * push(lambda y: x + y, one), one).item() == 1.0
    mixed = lambda x: x * sg.vmap(F.grad(lambda y: (x * y) ** 2))(sg.stack([one, 2 * one])).sum()
    assert F.grad(mixed)(t(2.0)).item() == pytest.approx(3 * 2 * 3 * 2.0**2)


def test_linearize_runs_the_function_once():
    seen = []

    def f(x, y):
        seen.append(1)
        return {"p": sg.sin(x) * y}

    out, push = F.linearize(f, t(X), t(2.0))
    same(out["p"], np.sin(X) * 2)
    for v in (t([1.0, 0.0, 0.0]), t(X)):
        same(push(v, t(0.5))["p"], np.cos(X) * v.numpy() * 2 + np.sin(X) * 0.5)
    assert seen == [1]
    rows = sg.vmap(lambda v: push(v, t(0.0))["p"])(sg.eye(3, dtype=sg.float64))
    same(rows, np.diag(2 * np.cos(X)))
    with pytest.raises(sg.ShapeError, match="tangent of shape"):
        push(t(1.0), t(1.0))
    with pytest.raises(sg.ShapeError, match="2 primals and 1 tangents"):
        push(t(X))
    u = t(X).requires_grad_()
    push(u, t(0.0))["p"].sum().backward()
    same(u.grad, 2 * np.cos(X))


# trees --------------------------------------------------------------------------------------------

Pair = namedtuple("Pair", ("w", "b"))


def test_arguments_and_results_in_trees():
    p = {"layer": Pair(t(X), t(1.0)), "list": [t(2.0), (t(3.0),)]}
    f = lambda p: ((p["layer"].w * p["list"][0]).sum() + p["layer"].b) * p["list"][1][0]
    g = F.grad(f)(p)
    assert type(g["layer"]) is Pair
    assert isinstance(g["list"], list)
    assert isinstance(g["list"][1], tuple)
    same(g["layer"].w, [6.0] * 3)
    same(g["layer"].b, 3.0)
    same(g["list"][1][0], X.sum() * 2 + 1)
    value, again = F.value_and_grad(f)(p)
    same(value, (X.sum() * 2 + 1) * 3)
    same(again["list"][0], 3 * X.sum())


def test_jacobians_in_trees():
    p = OrderedDict(a=t(X), b=t(2.0))
    f = lambda p: {"u": p["a"] * p["b"], "v": [p["a"].sum()]}
    for jacobian in (F.jacrev, F.jacfwd):
        found = jacobian(f)(p)
        assert type(found["u"]) is OrderedDict
        same(found["u"]["a"], 2 * np.eye(3))
        same(found["u"]["b"], X)
        same(found["v"][0]["a"], np.ones(3))
        same(found["v"][0]["b"], 0.0)
    by_two = F.jacrev(lambda a, b: (a * b, b), argnums=(1, 0))(t(X), t(2.0))
    same(by_two[0][0], X)
    same(by_two[1][1], np.zeros(3))


def test_cotangents_and_tangents_in_trees():
    f = lambda d: {"u": d["a"] * d["b"], "v": (d["a"],)}
    d = {"a": t(X), "b": t(2.0)}
    out, pull = F.vjp(f, d)
    (g,) = pull({"v": (t(X),), "u": t([1.0, 1.0, 1.0])})  # the order of keys does not count
    same(g["a"], X + 2)
    same(g["b"], X.sum())
    out, moved = F.jvp(f, (d,), ({"b": t(1.0), "a": t(X)},))
    same(moved["u"], X * 2 + X)
    same(out["v"][0], X)
    with pytest.raises(sg.ShapeError, match=r"form \{'u': \*\}.*\{'u': \*, 'v': \(\*,\)\}"):
        pull({"u": t(X)})
    with pytest.raises(sg.ShapeError, match="tangents have the form"):
        F.jvp(f, (d,), ({"a": t(X)},))


def test_what_is_handed_on_beside_the_result():
    f = lambda x: ((x**2).sum(), {"twice": x * 2, "name": "n"})
    g, aux = F.grad(f, has_aux=True)(t(X))
    same(g, 2 * X)
    assert aux["name"] == "n"
    assert not aux["twice"].requires_grad
    h = lambda x: (x**2, x * 3)
    for found in (
        F.jacrev(h, has_aux=True)(t(X)),
        F.jacfwd(h, has_aux=True)(t(X)),
        F.vjp(h, t(X), has_aux=True)[1:],
        F.jvp(h, (t(X),), (t(X),), has_aux=True)[1:],
    ):
        assert len(found) == 2
        same(found[1], 3 * X)
        assert not found[1].requires_grad


def test_structures():
    tree = (1, {"a": [2, None]}, Pair(3, 4))
    assert str(structure_of(tree)) == "(*, {'a': [*, *]}, (*, *))"
    assert leaves_along(structure_of(tree), (0, None, (1, 2)), prefix=True) == [0, None, None, 1, 2]
    for other in ((1, 2), (1, {"b": [2, 3]}, (3, 4)), (1, {"a": [2]}, (3, 4)), 5):
        with pytest.raises(Unlike):
            leaves_along(structure_of(tree), other)


# misuse -------------------------------------------------------------------------------------------

MISUSES = {
    "an argument that is not there": (
        lambda x: F.jacrev(sg.sin, argnums=1)(x),
        sg.AxisError,
        "argument 1; the call has 1",
    ),
    "no argument": (lambda x: F.grad(sg.sum, argnums=())(x), sg.ShapeError, "names no argument"),
    "an argument twice": (
        lambda x: F.grad(sg.dot, argnums=(0, -2))(x, x),
        sg.ShapeError,
        "names an argument twice",
    ),
    "a text": (lambda x: F.grad(sg.sum, argnums="a")(x), sg.DtypeError, "argnums are integers"),
    "None": (lambda x: F.grad(lambda a: x.sum())(None), sg.DtypeError, "holds a NoneType"),
    "one axis": (lambda x: F.grad(lambda a: a.sum().reshape(1))(x), sg.ShapeError, r"shape \(1,\)"),
    "no tensor": (lambda x: F.jacfwd(lambda a: 3.0)(x), sg.GraphError, "it gave float"),
    "chunks": (lambda x: F.jacrev(sg.sin, chunk_size=0), sg.ShapeError, "chunk_size"),
    "a constant, strictly": (
        lambda x: F.jvp(lambda a: x * 1, (x,), (x,), strict=True),
        sg.GraphError,
        "does not depend on the primals",
    ),
    "a list": (lambda x: functional.jacobian(sg.sin, [x]), TypeError, "given inputs has type list"),
    "a float": (lambda x: functional.vjp(sg.sin, 3.0), TypeError, "given inputs has type float"),
    "a float among them": (
        lambda x: functional.vjp(sg.dot, (x, 3.0)),
        TypeError,
        "value at index 1 has type float",
    ),
    "a result of floats": (lambda x: functional.jvp(lambda a: 3.0, x, x), TypeError, "outputs of"),
    "v left out": (lambda x: functional.vjp(sg.sin, x), RuntimeError, "v can only be None"),
    "v left out, forward": (lambda x: functional.jvp(sg.sin, x), RuntimeError, "v can only be"),
    "too many v": (
        lambda x: functional.vjp(sg.sin, x, (x, x)),
        RuntimeError,
        "should contain a single Tensor",
    ),
    "too few v": (
        lambda x: functional.jvp(sg.dot, (x, x), (x,)),
        RuntimeError,
        "invalid length: should be 2 but got 1",
    ),
    "v of another size": (
        lambda x: functional.hvp(lambda a, b: a @ b, (x, x), (x, x[0])),
        RuntimeError,
        r"Entry 1 in v has invalid size: should be \(3,\) but got \(\)",
    ),
    "no scalar": (lambda x: functional.hessian(sg.sin, x), RuntimeError, "a single element"),
    "a tuple": (lambda x: functional.vhp(lambda a: (a,), x, x), RuntimeError, "a single Tensor"),
    "no strategy": (
        lambda x: functional.jacobian(sg.sin, x, strategy="x"),
        RuntimeError,
        "'x' is no strategy",
    ),
    "strict at once": (
        lambda x: functional.jacobian(sg.sin, x, strict=True, vectorize=True),
        RuntimeError,
        "not supported together",
    ),
    "strict forward": (
        lambda x: functional.jacobian(sg.sin, x, strict=True, strategy="forward-mode"),
        RuntimeError,
        "not supported together",
    ),
}


@pytest.mark.parametrize(("call", "kind", "words"), MISUSES.values(), ids=MISUSES.keys())
def test_a_misuse(call, kind, words):
    with pytest.raises(kind, match=words) as caught:
        call(t(X))
    assert isinstance(caught.value, sg.SymgradError)


STRICT = {
    "jacobian": lambda f, x: functional.jacobian(f, x, strict=True),
    "vjp": lambda f, x: functional.vjp(f, x, strict=True),
    "jvp": lambda f, x: functional.jvp(f, x, x, strict=True),
    "vhp": lambda f, x: functional.vhp(f, x, x, strict=True),
    "hvp": lambda f, x: functional.hvp(f, x, x, strict=True),
    "hessian": lambda f, x: functional.hessian(f, x, strict=True),
}


@pytest.mark.parametrize("call", STRICT.values(), ids=STRICT.keys())
def test_strict_mode(call):
    x = (t(X), t(X))
    call(lambda a, b: (a**2 * b**2).sum(), x)
    with pytest.raises(sg.GraphError, match="independent of input 1"):
        call(lambda a, b: (a**3).sum(), x)
    with pytest.raises(sg.GraphError, match=r"Output 0 .* does not require grad"):
        call(lambda a, b: sg.ones(3).sum(), x)


@pytest.mark.parametrize("call", [STRICT["vhp"], STRICT["hvp"], STRICT["hessian"]])
def test_a_linear_function_has_no_hessian_in_strict_mode(call):
    with pytest.raises(sg.GraphError, match="independent of input 0"):
        call(lambda a: a.sum(), t(X))


# products -----------------------------------------------------------------------------------------


def test_products_with_jacobians_and_hessians():
    x, v = t(X), t([1.0, -2.0, 0.5])
    value, product = functional.vjp(curve, x, v)
    same(value, np.sin(X) * X.sum())
    same(product, first(X).T @ v.numpy())
    value, product = functional.jvp(curve, x, v)
    same(product, first(X) @ v.numpy())
    f = lambda x: (x**3).sum() * x[0]
    wanted = functional.hessian(f, x).numpy() @ v.numpy()
    for name in ("vhp", "hvp"):
        value, product = getattr(functional, name)(f, x, v)
        same(value, (X**3).sum() * X[0])
        same(product, wanted)
        assert not value.requires_grad
        assert not product.requires_grad


@pytest.mark.parametrize("name", ["vjp", "jvp", "vhp", "hvp"])
def test_products_keep_their_history_on_request(name):
    x = t(X).requires_grad_()
    f = lambda x: (x**4).sum() if name in ("vhp", "hvp") else x**4
    value, product = getattr(functional, name)(f, x, t(X), create_graph=True)
    assert value.requires_grad
    (g,) = sg.autograd.grad(product.sum(), x)
    wanted = 24 * X**2 if name in ("vhp", "hvp") else 12 * X**3
    same(g, wanted if name != "none" else 0)


def test_matrices_keep_their_history_on_request():
    x = t(X).requires_grad_()
    for facts in ({}, {"vectorize": True}, {"strategy": "forward-mode"}):
        found = functional.jacobian(lambda x: x**3, x, create_graph=True, **facts)
        (g,) = sg.autograd.grad(found.sum(), x)
        same(g, 6 * X)
    found = functional.hessian(lambda x: (x**4).sum(), x, create_graph=True)
    (g,) = sg.autograd.grad(found.sum(), x)
    same(g, 24 * X)
    assert not functional.jacobian(lambda x: x**3, x).requires_grad
    assert x.grad is None


def test_a_closures_leaf_is_not_taken_for_the_input():
    x = t(X).requires_grad_()
    same(functional.jacobian(lambda z: z * x, x), np.diag(X))
    same(F.jacrev(lambda z: z * x)(x), np.diag(X))


# random nestings ----------------------------------------------------------------------------------

ENTRIES = [
    sg.sin, sg.tanh, lambda x: x * x, lambda x: sg.exp(x / 3), lambda x: 1 / (1 + x**2),
    lambda x: sg.where(x > 0.3, x * x, sg.sin(x)), lambda x: sg.log(x * x + 2), sg.sigmoid,
]  # fmt: skip
SHAPES = [
    lambda x: x.sum(), lambda x: x - x.mean(), lambda x: sg.stack([x, sg.sin(x)], -1),
    lambda x: x.reshape(-1), lambda x: x.prod(), lambda x: sg.norm(x + 2),
    lambda x: sg.softmax(x, -1) if x.ndim else x, lambda x: x[0] if x.ndim else x,
    lambda x: sg.cumsum(x, 0) if x.ndim else x, lambda x: x @ x.T if x.ndim == 2 else x,
    lambda x: sg.cat([x, 2 * x]) if x.ndim else x, lambda x: sg.sort(x, 0)[0] if x.ndim else x,
    lambda x: x[[1, 0, 1]] if x.ndim and x.shape[0] > 1 else x,
    lambda x: sg.logsumexp(x, axis=0) if x.ndim else x, lambda x: (x * 1).mul_(2).add_(1),
]  # fmt: skip


def scalar(f):
    return lambda x: sg.sin(f(x)).sum()


#: Each way to compute something, beside another that says the same.
PAIRS = [
    (F.jacrev, F.jacfwd),
    (lambda f: F.grad(scalar(f)), lambda f: F.jacfwd(scalar(f))),
    (
        lambda f: lambda x: F.jvp(f, (x,), (sg.cos(x),))[1],
        lambda f: lambda x: F.linearize(f, x)[1](sg.cos(x)),
    ),
    (lambda f: lambda x: F.vjp(f, x)[1](sg.cos(f(x)))[0], lambda f: F.grad(scalar(f))),
]
#: The same of functions that are mapped, for an argument that has an axis.
MAPS = [
    (sg.vmap, lambda f: lambda x: sg.stack([f(r) for r in x])),
    (
        lambda f: sg.vmap(f, in_dims=-1, out_dims=-1),
        lambda f: lambda x: sg.stack([f(r) for r in sg.moveaxis(x, -1, 0)], -1),
    ),
    (
        lambda f: lambda x: sg.vmap(lambda r: f(r) * x.sum())(x),
        lambda f: lambda x: sg.stack([f(r) for r in x]) * x.sum(),
    ),
]


def mapped(way):
    return lambda f: lambda x: way(f)(x) if x.ndim else f(x)


PAIRS += [(mapped(one), mapped(other)) for one, other in MAPS]


@pytest.mark.parametrize("number", range(120))
def test_two_ways_agree_in_random_nestings(number):
    rng = random.Random(number)
    steps = [
        rng.choice(ENTRIES if rng.random() < 0.5 else SHAPES) for _ in range(rng.randint(2, 4))
    ]
    shape = rng.choice([(2,), (3,), (2, 3), (2, 2)])
    x = t(np.random.default_rng(number).standard_normal(shape))

    def program(x):
        for step in steps:
            x = step(x)
        return x

    one = other = program
    for _ in range(rng.randint(1, 3)):
        pairs = PAIRS if one(x).numel() < 64 else PAIRS[1:2]
        here, there = rng.choice(pairs)
        one, other = here(one), there(other)
    found, wanted = one(x), other(x)
    assert found.shape == wanted.shape
    assert found.dtype == wanted.dtype
    assert not found.requires_grad
    scale = max(1.0, float(abs(wanted).max())) if wanted.numel() else 1.0
    same(found / scale, wanted.numpy() / scale, 1e-9)
