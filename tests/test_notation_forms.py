"""Closed forms in index and matrix notation as a person calls them: calls, letters, values, faults.

What the gallery prints is held elsewhere; here it is every way to ask, and to read the answer.
"""

import os
import subprocess
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import sympy as sp

import symgrad as sg
from symgrad.algebras.tensors import TENSORS
from symgrad.errors import (
    FormulaError,
    GraphError,
    NoClosedForm,
    ParseError,
    ShapeError,
    TraceError,
)
from symgrad.grammar.primitive import REGISTRY
from symgrad.symbolic.notation.reader import read
from symgrad.symbolic.notation.sizes import size_symbol
from symgrad.tracing.naming import NameRefused


def leaf(value, **named):
    return sg.tensor(value, dtype=sg.float64, requires_grad=True, **named)


def squares(X, w, y):
    return ((X @ w - y) ** 2).sum()


SIZES = {"X": "n d", "w": "d", "y": "n"}
RNG = np.random.default_rng(3)
ARRAYS = {"X": RNG.normal(size=(4, 3)), "w": RNG.normal(size=3), "y": RNG.normal(size=4)}
GRADIENT = 2 * ARRAYS["X"].T @ (ARRAYS["X"] @ ARRAYS["w"] - ARRAYS["y"])
MATRIX, INDEX = "2 Xᵀ (X w - y)", "2 Σ_j X[j,i] (Σ_k X[j,k] w[k] - y[j])"


def mlp(X, W1, b1, W2):
    h = sg.tanh(X @ W1 + b1)
    return ((h @ W2) ** 2).sum()


LAYERS = {"X": "n d", "W1": "d k", "b1": "k", "W2": "k m"}
DRAWN = {"n": 4, "d": 3, "k": 2, "m": 5}
WEIGHTS = {
    name: RNG.normal(size=tuple(DRAWN[c] for c in sizes.split())) for name, sizes in LAYERS.items()
}


# ways to call -------------------------------------------------------------------------------------


def test_traced_tensors_have_the_sizes_that_they_have():
    X, w, y = (leaf(ARRAYS[n]) for n in SIZES)
    loss = squares(X, w, y)
    form = sg.closed_form(loss, w)
    assert str(form) == repr(form) == MATRIX
    assert (form.notation, form.shape, form.wrt) == ("matrix", (3,), ("w",))
    assert form.letters == {"X": (4, 3), "w": (3,), "y": (4,)}
    loss.backward()
    assert str(sg.closed_form(loss, w)) == MATRIX
    np.testing.assert_allclose(form.evaluate(), w.grad.numpy())
    assert str(sg.closed_form(loss, w, w)) == str(sg.closed_form(loss, wrt=(w, w))) == "2 Xᵀ X"


def test_a_function_and_example_inputs():
    for wrt in ("w", 1, -2, ("w",), ["w"]):
        form = sg.closed_form(squares, *ARRAYS.values(), wrt=wrt)
        assert str(form) == MATRIX
        assert form.wrt == ("w",)
    np.testing.assert_allclose(form.evaluate(), GRADIENT)
    tensors = [sg.tensor(a) for a in ARRAYS.values()]
    assert str(sg.closed_form(squares, *tensors, wrt="w")) == MATRIX
    assert str(sg.closed_form(squares, [[1, 2], [3, 4]], [3, 4], [5, 6], wrt="w")) == MATRIX


def test_a_function_and_sizes():
    for wrt in ("w", 1, -2, ("w",)):
        form = sg.closed_form(squares, **SIZES, wrt=wrt)
        assert str(form) == MATRIX
    assert str(sg.closed_form(squares, shapes=SIZES, wrt="w")) == MATRIX
    assert str(sg.closed_form(squares, shapes={"X": "n d"}, w="d", y="n", wrt="w")) == MATRIX
    assert str(sg.closed_form(squares, **SIZES, wrt=("w", "w"))) == "2 Xᵀ X"
    assert [str(n) for n in form.shape] == ["d"]
    assert {n: " ".join(map(str, s)) for n, s in form.letters.items()} == SIZES


def test_the_sizes_come_in_any_order_and_the_letters_in_the_functions():
    one = sg.closed_form(squares, **SIZES, wrt="w")
    other = sg.closed_form(squares, y="n", w="d", X="n d", wrt="w")
    assert str(one) == str(other)
    assert list(one.letters) == list(other.letters) == ["X", "w", "y"]


def test_the_three_notations():
    assert str(sg.closed_form(squares, **SIZES, wrt="w", notation="matrix")) == MATRIX
    form = sg.closed_form(squares, **SIZES, wrt="w", notation="index")
    assert str(form) == INDEX
    assert (form.notation, form.indices) == ("index", ("i",))
    assert sg.closed_form(squares, **SIZES, wrt="w").indices == ()
    entries = sg.closed_form(squares, [[1.0, 2.0]], [3.0, 4.0], [5.0], wrt="w", notation="element")
    assert str(entries).startswith("[2*X[0, 0]*")


def test_the_default_says_entries_in_indices_and_scalars_as_ever():
    mean = sg.closed_form(lambda x: (2 * (3 * x + 2) ** 2).mean(), x="m n", wrt="x")
    assert str(mean) == "12 (3 x[i,j] + 2) / (m n)"
    assert mean.notation == "index"
    cube = sg.closed_form(lambda x: x * x * x, x="a b c", wrt="x")
    assert cube.notation == "index"
    assert len(cube.indices) == 6
    assert str(sg.closed_form(lambda a, b: a * b**2, 2.0, 3.0, wrt="b")) == "2*a*b"
    assert str(sg.closed_form(lambda a, b: a * b**2, a="", b="", wrt="b")) == "2 a b"


def test_parameters_whose_names_clash_with_the_calls_come_by_shapes():
    def of_them(wrt, check):
        return (wrt * check).sum()

    assert str(sg.closed_form(of_them, shapes={"wrt": "n", "check": "n"}, wrt="wrt")) == "check"


def test_parameters_may_have_defaults_or_be_anonymous():
    def scaled(X, s=3):
        return (s * X * X).sum()

    assert str(sg.closed_form(scaled, X="n", wrt="X")) == "6 X"
    assert str(sg.closed_form(scaled, X="n", s="", wrt="X")) == "2 s X"
    assert str(sg.closed_form(lambda **k: (k["q"] ** 2).sum(), q="n", wrt="q")) == "2 q"
    assert str(sg.closed_form(lambda *a: (a[0] * a[1]).sum(), u="n", v="n", wrt="v")) == "u"


def test_sizes_are_numbers_sums_and_products_too():
    def tail(x, v):
        return (x[1:] * v).sum()

    form = sg.closed_form(tail, x="n+1", v="n", wrt="v", notation="index")
    assert str(form) == "x[i+1]"
    np.testing.assert_allclose(form.evaluate(x=np.arange(4.0), v=np.ones(3)), [1, 2, 3])
    assert str(sg.closed_form(lambda X: X.mean(), X="n 3", wrt="X")) == "1/(3 n)"
    assert str(sg.closed_form(lambda X: X.mean(), X="2*n", wrt="X")) == "1/(2 n)"


def test_integers_are_labels():
    def loss(X, W, y):
        return -sg.log_softmax(X @ W, 1)[sg.arange(X.shape[0]), y].mean()

    form = sg.closed_form(loss, X="n d", W="d k", y="int n", wrt="W")
    assert str(form) == "(1/n) Xᵀ (softmax(X W) - Y)\n  where Y = onehot(y, k)"
    X, W, y = RNG.normal(size=(4, 3)), leaf(RNG.normal(size=(3, 2))), np.array([0, 1, 1, 0])
    loss(sg.tensor(X), W, sg.tensor(y)).backward()
    np.testing.assert_allclose(form.evaluate(X=X, W=W, y=y), W.grad.numpy())


# assumptions and dims -----------------------------------------------------------------------------


def quadratic(A, x):
    return x @ A @ x


def test_assumptions_of_the_call_and_of_a_tensor():
    plain = sg.closed_form(quadratic, A="n n", x="n", wrt="x")
    assert str(plain) == "(A + Aᵀ) x"
    known = sg.closed_form(quadratic, A="n n", x="n", wrt="x", assume={"A": "symmetric"})
    assert str(known) == "2 A x"
    S, x = [[2.0, 1.0], [1.0, 3.0]], leaf([1.0, 2.0])
    for A, assume in ((leaf(S, assume="symmetric"), None), (leaf(S), {"A": "symmetric"})):
        form = sg.closed_form(quadratic(A, x), x, assume=assume)
        assert str(form) == "2 A x"
        np.testing.assert_allclose(form.evaluate(), [8.0, 14.0])


def test_a_derivative_is_the_unconstrained_one():
    for assume in (None, {"A": "symmetric"}):
        form = sg.closed_form(quadratic, A="n n", x="n", wrt="A", assume=assume)
        assert str(form) == "x xᵀ"


def test_several_assumptions():
    facts = ("symmetric", "positive definite")
    form = sg.closed_form(
        lambda A, x: x @ sg.inv(A) @ x, A="n n", x="n", wrt="x", assume={"A": facts}
    )
    assert str(form) == "2 A⁻¹ x"


def test_dims_name_the_sizes_of_a_tensor():
    X = leaf([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], dims=("n", "d"))
    form = sg.closed_form((X * X).mean(), X)
    assert str(form) == "(2/(d n)) X"
    assert [str(n) for n in form.shape] == ["n", "d"]
    np.testing.assert_allclose(form.evaluate(), X.detach().numpy() / 3)
    np.testing.assert_allclose(form.evaluate(X=np.ones((2, 5))), np.full((2, 5), 0.2))


# what a form says ---------------------------------------------------------------------------------


def test_every_way_to_write_a_form():
    form = sg.closed_form(squares, **SIZES, wrt="w")
    assert form.text() == MATRIX
    assert form.text("ascii") == "2 X' (X w - y)"
    assert form.latex() == r"2 X^{\top} (X w - y)"
    assert form._repr_latex_() == f"${form.latex()}$"
    X, w, y = (sp.MatrixSymbol(n, *s) for n, s in (("X", (4, 3)), ("w", (3, 1)), ("y", (4, 1))))
    numbers = sg.closed_form(squares, *ARRAYS.values(), wrt="w")
    assert numbers.sympy().doit() == (2 * X.T * (X * w - y)).doit()


def test_a_form_is_code_that_runs():
    form = sg.closed_form(mlp, **LAYERS, wrt="W1")
    made = {}
    exec(form.code(), made)
    np.testing.assert_allclose(made["gradient"](**WEIGHTS), form.evaluate(**WEIGHTS))
    for ask in (lambda: form.code("cobol"), lambda: form.text("klingon")):
        with pytest.raises(ValueError, match=r"not '(cobol|klingon)'"):
            ask()


def test_conditions_stand_bare_in_latex_and_mathml():
    def branches(w):
        return w * w if w.sum() > 0 else w

    for form in (
        sg.closed_form(branches, [1.0, 2.0], wrt="w"),
        sg.closed_form(branches, [1.0, 2.0], wrt="w", notation="element"),
    ):
        assert form.latex().endswith(r"\quad\text{when}\quad w_{0} + w_{1} > 0")
        pieces = [ET.fromstring(line) for line in form.mathml().splitlines()]
        assert "".join(pieces[-1].itertext()) == "when\xa0w0+w1>0"
    form = sg.closed_form(lambda x: (x * x / x).sum(), x="n", wrt="x")
    assert form.latex() == r"1 \quad\text{when}\quad x_{i} \ne 0"
    last = ET.fromstring(form.mathml().splitlines()[-1])
    assert "".join(last.itertext()) == "when\xa0xi≠0"


def test_mathml_is_well_formed():
    for notation in ("matrix", "index"):
        form = sg.closed_form(mlp, **LAYERS, wrt="W1", notation=notation)
        pieces = form.mathml().splitlines()
        assert len(pieces) == 1 + len(form.lets)
        for piece in pieces:
            root = ET.fromstring(piece)
            assert root.tag == "{http://www.w3.org/1998/Math/MathML}math"
            assert len(list(root.iter())) > 5


def test_index_notation_as_sympy():
    form = sg.closed_form(squares, **SIZES, wrt="w", notation="index")
    assert form.latex().startswith(r"2 \sum_{j=0}^{n - 1} X_{j,i}")
    total = form.sympy().subs(dict(zip(form.letters["X"], (4, 3), strict=True))).doit()
    for k in range(3):
        entry = total.subs(sp.Symbol("i", integer=True), k)
        at = {e: ARRAYS[str(e.base)][tuple(map(int, e.indices))] for e in entry.atoms(sp.Indexed)}
        assert abs(float(entry.xreplace(at)) - GRADIENT[k]) < 1e-9


def test_lets_have_the_programs_names():
    form = sg.closed_form(mlp, **LAYERS, wrt="W1")
    assert str(form) == ("2 Xᵀ ((h W2 W2ᵀ) ⊙ (1 - h^∘2))\n  where h = tanh(X W1 + 1 b1ᵀ)")
    assert dict(form.lets) == {"h": "tanh(X W1 + 1 b1ᵀ)"}
    index = sg.closed_form(mlp, **LAYERS, wrt="W1", notation="index")
    assert dict(index.lets) == {"h[i,j]": "tanh(b1[j] + Σ_l W1[l,j] X[i,l])"}
    np.testing.assert_allclose(form.evaluate(**WEIGHTS), index.evaluate(**WEIGHTS))


def test_what_has_no_name_is_numbered_past_the_letters():
    def f(t1, x):
        return (sg.softmax(x * t1, 0) ** 2).sum()

    form = sg.closed_form(f, t1="n", x="n", wrt="x")
    assert list(form.lets) == ["t2"]


def test_a_let_does_not_take_a_letters_name():
    def f(h, x):
        inner = sg.tanh(h @ x)
        return (inner**3).sum() + sg.tanh(inner).sum()

    def g(inner, h, x):
        return f(h, x) + inner.sum()

    lone = sg.closed_form(f, h="n d", x="d", wrt="x")
    assert "inner" in lone.lets
    taken = sg.closed_form(g, inner="n", h="n d", x="d", wrt="x")
    assert "inner" not in taken.lets
    assert "where" in str(taken)


def test_a_gradient_that_is_not_there_is_zero_with_its_shape():
    form = sg.closed_form(lambda x, y: (x * x).sum(), x="n", y="n d", wrt="y")
    assert str(form) == "0   of shape (n, d)"
    assert form.evaluate(x=np.ones(2), y=np.ones((2, 3))).tolist() == [[0.0] * 3] * 2
    x, z = leaf([1.0, 2.0]), leaf([[1.0, 2.0]])
    other = sg.closed_form((x * x).sum(), z)
    assert str(other) == "0   of shape (1, 2)"
    assert other.evaluate().tolist() == [[0.0, 0.0]]
    assert str(sg.closed_form(lambda a, b: a * a, a="", b="", wrt="b")) == "0"


# constants, detached values, writes ---------------------------------------------------------------


def test_raw_arrays_are_constants():
    w = leaf([1.0, 2.0])
    form = sg.closed_form((np.array([[3.0, 4.0], [5.0, 6.0]]) @ w * 0.1).sum(), w)
    assert list(form.constants) == ["c0"]
    assert form.constants["c0"].tolist() == [[3.0, 4.0], [5.0, 6.0]]
    assert "c0" in str(form)
    np.testing.assert_allclose(form.evaluate(), [0.8, 1.0])
    np.testing.assert_allclose(form.evaluate(c0=np.ones((2, 2))), [0.2, 0.2])


def test_places_in_an_array_are_constants_too():
    W, places = leaf([[1.0, 2.0], [3.0, 4.0]]), np.array([0, 1, 1])
    form = sg.closed_form((W[places] ** 2).sum(), W)
    np.testing.assert_allclose(form.evaluate(), [[2.0, 4.0], [12.0, 16.0]])
    assert any(np.array_equal(c, places) for c in form.constants.values())


def test_detached_values_count_in_the_value_alone():
    form = sg.closed_form(lambda x: (x.detach() * x).sum(), x="n", wrt="x")
    assert str(form) == "x"
    assert str(sg.closed_form(lambda x: (x.detach() * x).sum(), x="n")) == "‖x‖²"


def test_writes_are_in_the_formula():
    def written(x, v):
        y = x.clone()
        y[1:] = v
        return (y * y).sum()

    x, v = np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0])
    for notation in ("matrix", "index", None):
        by_size = {"x": "n+1", "v": "n", "notation": notation}
        in_v = sg.closed_form(written, **by_size, wrt="v")
        in_x = sg.closed_form(written, **by_size, wrt="x")
        np.testing.assert_allclose(in_v.evaluate(x=x, v=v), [8.0, 10.0])
        np.testing.assert_allclose(in_x.evaluate(x=x, v=v), [2.0, 0.0, 0.0])
        traced = sg.closed_form(written, x, v, wrt="x", notation=notation)
        np.testing.assert_allclose(traced.evaluate(), [2.0, 0.0, 0.0])
    assert str(sg.closed_form(written, x="n+1", v="n", wrt="v")) == "2 v"


def test_a_leaf_written_since_is_refused():
    x = leaf([1.0, 2.0])
    y = (x * x).sum()
    with sg.no_grad():
        x += 1.0
    with pytest.raises(GraphError, match=r"x \+= 1\.0"):
        sg.closed_form(y, x)


# conditions ---------------------------------------------------------------------------------------


def test_branches_that_were_taken_are_said_with_their_lines():
    def f(w):
        if w.sum() > 0:
            return (w * w).sum()
        return w.sum()

    for notation in ("index", "matrix"):
        form = sg.closed_form(f, [1.0, 2.0], wrt="w", notation=notation)
        assert "\n  when w[0] + w[1] > 0   (test_notation_forms.py:" in str(form)
        assert form.guards[0].endswith("if w.sum() > 0:)")
        assert r"\text{when}" in form.latex()
        below = sg.closed_form(f, [-1.0, -2.0], wrt="w", notation=notation)
        assert "w[0] + w[1] <= 0" in str(below)
        assert str(below.holds_when) == "w[0] + w[1] <= 0"


def test_a_loop_of_a_length_that_depends_on_values_keeps_its_path():
    def f(v):
        p = v * 2
        while p.norm() < 20:
            p = p * 2
        return p

    form = sg.closed_form(f, [1.0, 2.0], wrt=0)
    assert str(form).startswith("16 I\n  when ")
    assert len(form.guards) == 4
    assert all("while p.norm() < 20:" in line for line in form.guards)


def test_what_simplifying_assumed_is_a_condition():
    form = sg.closed_form(lambda x: (x * x / x).sum(), x="n", wrt="x")
    assert str(form) == "1\n  when x[i] ≠ 0"
    assert form.guards == ("x[i] ≠ 0",)
    assert form.holds_when is not sp.true
    assert r"\text{when}" in form.latex()
    assert form.text("ascii").splitlines()[1].strip() == "when x[i] != 0"
    assert form.evaluate(x=[2.0, 3.0]).tolist() == [1.0, 1.0]


def test_an_inverse_that_cancels_asks_for_a_determinant():
    form = sg.closed_form(lambda A: sg.inv(A) @ A, A="n n")
    assert str(form) == "I\n  when det(A) ≠ 0"
    assert form.guards == ("det(A) ≠ 0",)
    assert form.holds_when is not sp.true


# values -------------------------------------------------------------------------------------------


def test_values_at_any_size():
    form = sg.closed_form(mlp, **LAYERS, wrt="W1")
    W1 = leaf(WEIGHTS["W1"])
    rest = {n: sg.tensor(a) for n, a in WEIGHTS.items() if n != "W1"}
    mlp(W1=W1, **rest).backward()
    np.testing.assert_allclose(form.evaluate(**WEIGHTS), W1.grad.numpy())
    assert form.evaluate(**{n: np.ones((1,) * a.ndim) for n, a in WEIGHTS.items()}).shape == (1, 1)


def test_values_in_float32_and_in_fifty_digits():
    form = sg.closed_form(squares, **SIZES, wrt="w")
    single = form.evaluate(dtype=np.float32, **ARRAYS)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, GRADIENT, rtol=1e-5)
    assert form.evaluate(dtype=sg.float32, **ARRAYS).dtype == np.float32
    assert form.evaluate(**ARRAYS).dtype == np.float64
    digits = form.evaluate(digits=50, X=[[1.0, 2.0]], w=[0.1, 0.25], y=[0.5])
    exact = 2 * (sp.Rational(0.1) + sp.Rational(1, 2) - sp.Rational(1, 2))
    assert all(
        abs(d - k * exact) < sp.Float("1e-49", 60) for d, k in zip(digits, (1, 2), strict=True)
    )
    plain = sg.closed_form(lambda x: sg.exp(x).sum(), x="n").evaluate(digits=40, x=[1.0])
    assert plain == sp.exp(1).evalf(40)


def test_values_that_do_not_fit_are_refused():
    form = sg.closed_form(squares, **SIZES, wrt="w")
    with pytest.raises(TypeError, match="needs a value for w"):
        form.evaluate(X=ARRAYS["X"])
    with pytest.raises(TypeError, match="the letters are X, w, y"):
        form.evaluate(**ARRAYS, Z=1.0)
    with pytest.raises(ShapeError, match=r"w has the shape \(d,\)"):
        form.evaluate(**{**ARRAYS, "w": np.ones(2)})
    with pytest.raises(ShapeError, match=r"y has the shape \(n,\)"):
        form.evaluate(**{**ARRAYS, "y": np.ones((4, 1))})
    traced = sg.closed_form(squares, *ARRAYS.values(), wrt="w")
    with pytest.raises(ShapeError, match="X"):
        traced.evaluate(X=np.ones((2, 3)))


def test_letters_left_out_keep_what_was_traced():
    traced = sg.closed_form(squares, *ARRAYS.values(), wrt="w")
    zero = traced.evaluate(w=np.zeros(3))
    np.testing.assert_allclose(zero, -2 * ARRAYS["X"].T @ ARRAYS["y"])
    np.testing.assert_allclose(traced.evaluate(w=sg.tensor(ARRAYS["w"])), GRADIENT)


def test_the_cost_of_the_check_is_told_apart():
    form = sg.closed_form(squares, **SIZES, wrt="w")
    assert {"trace", "derive", "print", "check"} <= form.timings.keys()
    assert all(seconds >= 0 for seconds in form.timings.values())
    unchecked = sg.closed_form(squares, **SIZES, wrt="w", check=False)
    assert str(unchecked) == MATRIX
    assert unchecked.timings["check"] < form.timings["check"]


# names --------------------------------------------------------------------------------------------

CLASHING = ["i", "j", "k", "n", "m", "d", "t1", "e", "I", "W1", "x_1", "β", "mu", "lambda", "λ"]


@pytest.mark.parametrize("name", CLASHING)
def test_a_letter_may_be_an_index_a_size_a_let_or_greek(name):
    value = leaf([0.5, -1.5, 2.0], name=name)
    want = sg.autograd.grad((sg.softmax(value, 0) ** 2).sum(), value)[0].numpy()
    for notation in ("index", "matrix"):
        form = sg.closed_form((sg.softmax(value, 0) ** 2).sum(), value, notation=notation)
        (letter,) = form.letters
        assert letter not in form.lets
        assert letter not in form.indices
        np.testing.assert_allclose(form.evaluate(), want)
        assert form.latex()
        assert form.text("ascii").isascii()


@pytest.mark.parametrize("name", [n for n in CLASHING if n.isidentifier() and n != "lambda"])
def test_a_parameter_may_be_an_index_a_size_a_let_or_greek(name):
    def f(**inputs):
        return (sg.tanh(inputs[name]) ** 2).sum(1)

    at = RNG.normal(size=(3, 2))
    slope = 2 * np.tanh(at) * (1 - np.tanh(at) ** 2)
    jacobian = np.einsum("ij,ia->iaj", slope, np.eye(3))
    value = sg.closed_form(f, shapes={name: "p q"}, notation="matrix")
    (letter,) = value.letters
    np.testing.assert_allclose(value.evaluate(**{letter: at}), (np.tanh(at) ** 2).sum(1))
    for notation in ("index", None):
        form = sg.closed_form(f, shapes={name: "p q"}, wrt=name, notation=notation)
        np.testing.assert_allclose(form.evaluate(**{letter: at}), jacobian)


def test_sizes_may_be_named_as_indices_are():
    form = sg.closed_form(lambda X: (X @ X.T).sum(), X="i j", wrt="X", notation="index")
    at = RNG.normal(size=(3, 2))
    np.testing.assert_allclose(form.evaluate(X=at), np.tile(2 * at.sum(0), (3, 1)))
    assert not set(form.indices) & {"i", "j"}


def test_letters_are_kept_from_constants_lets_and_each_other():
    values = np.array([3.0, 4.0])
    c0, other = leaf([1.0, 2.0], name="c0"), leaf([5.0, 6.0], name="c0")
    form = sg.closed_form((c0 * values * other).sum(), notation="index")
    assert len(form.letters) == 3
    assert form.evaluate() == 63.0
    x0 = leaf([1.0, 2.0], name="x0")
    assert len(sg.closed_form((x0 * leaf([1.0, 2.0])).sum()).letters) == 2

    def labelled(X, Y, y):
        return -sg.log_softmax(X @ Y, 1)[sg.arange(X.shape[0]), y].mean()

    taken = sg.closed_form(labelled, X="n d", Y="d k", y="int n", wrt="Y")
    assert str(taken) == "(1/n) Xᵀ (softmax(X Y) - t1)\n  where t1 = onehot(y, k)"
    sized = sg.closed_form(lambda x: (sg.softmax(x, 0) ** 2).sum(), x="t1", wrt="x")
    assert "t1" not in sized.lets


def test_a_letter_may_have_a_functions_name():
    form = sg.closed_form(lambda sin, X: sg.sin(X @ sin).sum(), sin="d", X="n d", wrt="sin")
    assert str(form) == "Xᵀ cos(X sin)"
    tall = sg.closed_form(quadratic, A="n n", x="n", wrt="x").text("ascii")
    assert tall == "(A + A') x"
    named = sg.closed_form(lambda T, x: x @ T @ x, T="n n", x="n", wrt="x")
    assert named.text("ascii") == "(T + T') x"


def test_the_letter_pi_is_not_the_constant():
    for f, name in ((lambda π: (π * np.pi).sum(), "π"), (lambda pi: (pi * np.pi).sum(), "pi")):
        for notation in ("index", "matrix"):
            with pytest.raises(NameRefused, match="the number π stands in the formula"):
                sg.closed_form(f, wrt=name, notation=notation, **{name: "n"})
        with pytest.raises(NameRefused, match="the number π stands in the formula"):
            sg.closed_form(f, [1.0, 2.0], notation="element")
    letter = sg.closed_form(lambda π, x: (x * π).sum(), π="", x="n", wrt="x", notation="index")
    assert letter.evaluate(π=2.0, x=[1.0, 1.0]).tolist() == [2.0, 2.0]
    assert read(str(letter), {"π": ()}) == letter.printed.tree
    number = sg.closed_form(lambda x: (x * np.pi).sum(), x="n", wrt="x", notation="index")
    assert str(number) == "π"


def test_sizes_of_one_and_none():
    form = sg.closed_form(lambda x: (x * x).sum(), x="1", wrt="x")
    assert form.evaluate(x=[3.0]).tolist() == [6.0]
    wide = sg.closed_form(squares, **SIZES, wrt="w")
    assert wide.evaluate(X=[[2.0]], w=[3.0], y=[1.0]).tolist() == [20.0]
    empty = leaf(np.zeros((0, 3)))
    none = sg.closed_form((empty**2).sum(), empty)
    assert none.evaluate().shape == none.shape == (0, 3)


def test_a_size_that_is_one_by_chance_is_an_axis():
    rng = np.random.default_rng(1)
    for notation in ("index", "matrix"):
        form = sg.closed_form(
            lambda Q, K: ((Q @ K.T) ** 2).sum(), Q="n k", K="m k", wrt="Q", notation=notation
        )
        for n, m, k in ((2, 3, 1), (1, 1, 1), (1, 3, 2), (3, 1, 2)):
            Q, K = rng.random((n, k)), rng.random((m, k))
            np.testing.assert_allclose(form.evaluate(Q=Q, K=K), 2 * Q @ K.T @ K, rtol=1e-14)
    one = sg.closed_form(lambda x, A: A @ x, x="1", A="n 1", notation="index")
    assert one.evaluate(x=[3.0], A=[[2.0]]).tolist() == [6.0]
    assert one.evaluate(x=[3.0], A=[[2.0], [4.0]]).tolist() == [6.0, 12.0]


def test_sizes_that_stand_in_no_shape_alone_are_solved():
    even = sg.closed_form(lambda x: (x[::2] ** 2).sum(), x="2*n", wrt="x")
    assert even.evaluate(x=np.arange(6.0)).tolist() == [0, 0, 4, 0, 8, 0]
    assert even.point({"x": np.arange(2.0)})[1] == {size_symbol("n"): 1}
    odd = sg.closed_form(lambda x: x.sum() / x.shape[0], x="2*n+1", wrt="x")
    assert odd.evaluate(x=np.ones(5)).tolist() == [0.2] * 5
    for wrong in (np.ones(5), np.ones((2, 1))):
        with pytest.raises(sg.ShapeError, match=r"x has the shape \(2\*n,\)"):
            even.evaluate(x=wrong)
    parts = sg.closed_form(lambda X: (X.reshape(2, -1, X.shape[1]) ** 2).sum(), X="2*n d", wrt="X")
    assert (parts.evaluate(X=np.ones((4, 3))) == 2).all()
    later = sg.closed_form(lambda x, y: x.sum() * y, x="n*d", y="d", wrt="x")
    assert later.evaluate(x=np.ones(6), y=np.ones(2)).shape == (2, 6)
    with pytest.raises(sg.ShapeError, match=r"x has the shape \(d\*n,\) and d is 4, from y"):
        later.evaluate(x=np.ones(6), y=np.ones(4))


def test_labels_are_whole_and_within_what_they_pick_from():
    form = sg.closed_form(lambda x, y: x[y], x="n", y="int m")
    assert form.evaluate(x=[1.0, 2.0], y=[-1, 0]).tolist() == [2.0, 1.0]
    for wrong in ([5, 0], [0, -3]):
        with pytest.raises(sg.AxisError, match="the axis that it picks from has n = 2 entries"):
            form.evaluate(x=[1.0, 2.0], y=wrong)
    with pytest.raises(sg.DtypeError, match="y holds integers"):
        form.evaluate(x=[1.0, 2.0], y=[0.5, 0.0])
    with pytest.raises(sg.DtypeError, match="y holds integers: there is no derivative in it"):
        sg.closed_form(lambda x, y: x[y], x="n", y="int m", wrt="y")
    one = sg.closed_form(lambda x, y: (x[y] ** 2).sum(), x="1 n", y="int m", wrt="x")
    assert one.evaluate(x=[[1.0, 2.0]], y=[0, 0, 0]).tolist() == [[6.0, 12.0]]
    places = sg.tensor([0, 1])
    with pytest.raises(sg.DtypeError, match="places holds integers: there is no derivative"):
        sg.closed_form((leaf([1.0, 2.0])[places]).sum(), places)


def test_a_number_of_digits_that_is_none_is_refused():
    for form in (
        sg.closed_form(lambda x: x**2, x="n"),
        sg.closed_form(lambda x: x**2, [2.0], notation="element"),
    ):
        for wrong in (0, -3):
            with pytest.raises(ValueError, match="digits is 1 or more"):
                form.evaluate(x=[2.0], digits=wrong)
        with pytest.raises(TypeError, match="digits is a whole number"):
            form.evaluate(x=[2.0], digits=2.5)
        assert [str(v) for v in form.evaluate(x=[2.0], digits=1)] == ["4."]


def test_a_greek_size_is_printed_as_a_greek_letter():
    for notation in ("index", "matrix"):
        form = sg.closed_form(lambda x: x.mean(), x="lambda", wrt="x", notation=notation)
        assert "1/λ" in str(form)
        assert "1/lambda" in form.text("ascii")
        assert form.evaluate(x=np.ones(4)).tolist() == [0.25] * 4
        for text in (str(form), form.text("ascii")):
            again = read(text, {"x": ("lambda",)}, shape=form.shape if form.indices == () else ())
            assert again == form.printed.tree
    with pytest.raises(ParseError, match="is the name of an input and of a size of λ"):
        sg.closed_form(lambda λ: λ, λ="lambda")


def test_an_assumption_about_an_example_is_checked_in_every_notation():
    for notation in (None, "element", "index", "matrix"):
        with pytest.raises(TypeError, match="assume names 'Z'; the inputs are X"):
            sg.closed_form(lambda X: X * X, [[1.0]], notation=notation, assume={"Z": "positive"})
        with pytest.raises(sg.ShapeError, match="X is declared symmetric, and its sizes differ"):
            sg.closed_form(
                lambda X: X * X, [[1.0, 2.0]], notation=notation, assume={"X": "symmetric"}
            )


def test_names_that_cannot_be_are_refused_clearly():
    with pytest.raises(ParseError, match="is the name of an input and of a size of X"):
        sg.closed_form(lambda n, X: n * X, n="", X="n d")
    with pytest.raises(NameRefused, match="'class' cannot name a tensor"):
        sg.closed_form(lambda **k: k["class"], shapes={"class": "n"})
    with pytest.raises(ParseError, match="'class'"):
        sg.closed_form(lambda X: X, X="class")
    for bad in ("__import__('os')", "n; d", "n**2", "n/2", "n-1", "0", "-1", "n,,d", "1e3"):
        with pytest.raises(ParseError):
            sg.closed_form(lambda X: X, X=bad)


PROGRAM = """
import numpy as np, symgrad as sg
def mlp(X, W1, b1, W2, y):
    h = sg.tanh(X @ W1 + b1)
    return -sg.log_softmax(h @ W2, 1)[sg.arange(X.shape[0]), y].mean()
for notation in ("index", "matrix", None):
    for wrt in ("W1", "b1", "W2", "X"):
        form = sg.closed_form(mlp, X="n d", W1="d k", b1="k", W2="k c", y="int n", wrt=wrt,
                              notation=notation)
        print(form, form.latex(), form.text("ascii"), form.mathml(), form.lets)
x = sg.tensor([1.0, 2.0, 3.0], requires_grad=True)
print(sg.closed_form(sg.norm(x) * sg.softmax(x, 0), x), sg.closed_form(sg.norm(x), x, x))
"""


def test_the_text_is_the_same_for_every_hash_seed():
    texts = set()
    for seed in ("0", "1", "42"):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
        )
        texts.add(done.stdout)
    assert len(texts) == 1
    assert texts.pop()


# faults and refusals ------------------------------------------------------------------------------


def test_a_rule_that_is_broken_is_named_with_its_line(monkeypatch):
    true = type(TENSORS).apply

    def wrong(self, rule, operands, params):
        word = "cos" if rule.word == "sin" else rule.word
        return true(self, REGISTRY[word], operands, params)

    monkeypatch.setattr(type(TENSORS), "apply", wrong)
    x = leaf([0.3, 0.4])
    for make in (
        lambda: sg.closed_form((sg.sin(x) * 2).sum()),
        lambda: sg.closed_form(lambda x: (sg.sin(x) * 2).sum(), [0.3, 0.4], wrt="x"),
    ):
        with pytest.raises(FormulaError, match="disagrees") as caught:
            make()
        text = str(caught.value)
        assert "fault" in text
        assert "sin" in text
        assert "test_notation_forms.py:" in text
        assert "mend" in text
    assert str(sg.closed_form((sg.sin(x) * 2).sum(), check=False)) != ""


def test_what_cannot_be_written_is_refused_with_the_operation_and_its_line():
    def slopes(x):
        return sg.rules.scan.prod_slope(x) + 1

    for f, notation, sizes, words in (
        (slopes, "index", {"x": "n"}, r"prod_slope\(xs\): .*\n  at .*return sg.rules.scan.prod"),
        (lambda x: sg.sort(x).values, None, {"x": "n"}, r"^sort\(x\): .*\n  at .* lambda x: sg.s"),
    ):
        with pytest.raises(NoClosedForm, match=words) as caught:
            sg.closed_form(f, notation=notation, wrt="x", **sizes)
        assert "\n  mend " in str(caught.value)
        assert "test_notation_forms.py:" in str(caught.value)


def test_branching_on_values_or_sizes_asks_for_numbers():
    for f, line in (
        (lambda x: x if x.sum() > 0 else -x, "branch depends on numbers"),
        (lambda x: x if x.shape[0] > 3 else -x, "number that a size stands for"),
        (lambda x: sum(x[i] for i in range(x.shape[0])), "number that a size stands for"),
        (lambda x: float(x.sum()) * x, "value depends on numbers"),
    ):
        with pytest.raises(TraceError, match=line) as caught:
            sg.closed_form(f, x="n")
        assert "test_notation_forms.py:" in str(caught.value)
        assert "example inputs" in str(caught.value)


def test_inner_sizes_that_differ_are_found_by_letter():
    with pytest.raises(ShapeError, match="k is d in a, m in b") as caught:
        sg.closed_form(lambda X, W: X @ W, X="n d", W="m p")
    assert "give b the shape (d, p)" in str(caught.value)
    with pytest.raises(ShapeError, match="sizes n and m differ"):
        sg.closed_form(lambda X, W: X + W, X="n d", W="m d")


def test_what_a_notation_cannot_show_is_refused_or_shown_otherwise():
    with pytest.raises(NoClosedForm, match="example inputs"):
        sg.closed_form(squares, **SIZES, wrt="w", notation="element")
    assert sg.closed_form(lambda x: x * x, x="a b c").notation == "index"


def test_calls_that_are_no_calls():
    for call, words in (
        (lambda: sg.closed_form(squares, X="n d"), "no sizes for w, y"),
        (lambda: sg.closed_form(squares), "no sizes for X, w, y"),
        (lambda: sg.closed_form(squares, **SIZES, Z="n"), "no input 'Z'"),
        (lambda: sg.closed_form(squares, **SIZES, wrt="Z"), "the inputs are X, w, y"),
        (lambda: sg.closed_form(squares, **SIZES, wrt=7), "the inputs are X, w, y"),
        (lambda: sg.closed_form(squares, *ARRAYS.values(), X="n"), "not both"),
        (lambda: sg.closed_form(leaf([1.0]), X="n"), "takes no sizes"),
        (lambda: sg.closed_form(squares, **SIZES, assume={"Q": "symmetric"}), "the inputs are"),
    ):
        with pytest.raises(TypeError, match=words):
            call()
    with pytest.raises(ValueError, match="not 'prose'"):
        sg.closed_form(squares, **SIZES, notation="prose")
    with pytest.raises(ValueError, match="'upper' is not known"):
        sg.closed_form(quadratic, A="n n", x="n", assume={"A": "upper"})
    with pytest.raises(TraceError, match="gave float"):
        sg.closed_form(lambda x: 3.0, x="n")


def test_what_is_no_matrix_is_said_in_indices():
    form = sg.closed_form(lambda X: X * X, X="a b c", notation="matrix")
    assert form.notation == "index"
    cubes = {"a": "i n", "b": "j n", "c": "k n"}
    inside = sg.closed_form(
        lambda a, b, c: sg.exp(sg.einsum("in,jn,kn->ijk", a, b, c)).sum(),
        **cubes,
        notation="matrix",
    )
    assert "in index notation: 3 axes are more than a matrix has" in str(inside)
    assert str(form) == (
        "X[i,j,k]²\n  in index notation: this has 3 axes, (a, b, c), and a matrix has 2"
    )


def test_the_index_of_a_softmax_takes_no_other():
    def traced(x):
        return sg.trace(sg.log_softmax(x, dim=0))

    form = sg.closed_form(traced, x="n n", notation="index")
    assert form.checked
    assert str(form) == "Σ_i log_softmax_j(x[j,i])[i]"
