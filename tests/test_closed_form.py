"""Closed forms, mostly entry by entry: golden text, sharing, letters, branches, refusals."""

import gc
import os
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

import symgrad as sg
from symgrad.algebras.elements import Printed, symbol
from symgrad.errors import FormulaError, GraphError, NoClosedForm, ShapeError
from symgrad.grammar.kind import Kind
from symgrad.grammar.primitive import REGISTRY
from symgrad.verification.examples import cases_of, draw


def leaf(value, **named):
    return sg.tensor(value, dtype=sg.float64, requires_grad=True, **named)


def polynomial(x):
    return 2 * x**4 + x**3 + 3 * x**2 + 5 * x + 1


# ----------------------------------------------------------------------------------- golden text


def test_the_polynomial_before_and_after_backward():
    x = sg.tensor(2.0, requires_grad=True)
    y = polynomial(x)
    assert str(sg.closed_form(y)) == "2*x**4 + x**3 + 3*x**2 + 5*x + 1"
    assert str(sg.closed_form(y, x)) == "8*x**3 + 3*x**2 + 6*x + 5"
    y.backward()
    assert str(sg.closed_form(y, x)) == "8*x**3 + 3*x**2 + 6*x + 5"
    assert repr(sg.closed_form(y, x, x)) == "24*x**2 + 6*x + 6"
    assert str(sg.closed_form(y, x, x, x, x)) == "48"
    assert sg.closed_form(y, x).evaluate() == 93.0 == x.grad.item()


def test_the_mean_of_squares():
    x = sg.tensor([[1.0, 2, 3], [3, 2, 1]], requires_grad=True)
    o = (2 * (3 * x + 2) ** 2).mean()
    assert str(sg.closed_form(o, x)) == "2 (3 x[i,j] + 2)"
    assert str(sg.closed_form(o, x, notation="element")) == (
        "[[6*x[0, 0] + 4, 6*x[0, 1] + 4, 6*x[0, 2] + 4],\n"
        " [6*x[1, 0] + 4, 6*x[1, 1] + 4, 6*x[1, 2] + 4]]"
    )
    assert sg.closed_form(o, x).evaluate().tolist() == [[10, 16, 22], [22, 16, 10]]


GOLDEN = [
    (lambda x: x * x + 3 * x + 1, "2*x + 3"),
    (lambda x: (x + 1) ** 10, "10*(x + 1)**9"),
    (lambda x: 1 / (1 + x**2), "-2*x/(x**2 + 1)**2"),
    (lambda x: (x - 1) / (x + 1), "2/(x + 1)**2"),
    (lambda x: x**x, "x**x*(log(x) + 1)"),
    (lambda x: x ** (1 / 3), "1/(3*x**(2/3))"),
    (sg.tanh, "1 - tanh(x)**2"),
    (sg.softplus, "1/(1 + exp(-x))"),
    (sg.asinh, "1/sqrt(x**2 + 1)"),
    (lambda x: 0.1 * x + 1 / 3, "1/10"),
    (lambda x: sg.sqrt(1 + x * x), "x/sqrt(x**2 + 1)"),
    (lambda x: sg.maximum(x, 1.0), "Piecewise((1, x > 1), (1/2, Eq(x, 1)), (0, True))"),
    (sg.relu, "Piecewise((1, x > 0), (0, True))"),
    (lambda x: x.detach() * x, "x"),
]


@pytest.mark.parametrize(("f", "wanted"), GOLDEN, ids=[w for _, w in GOLDEN])
def test_derivatives_read_as_in_textbooks(f, wanted):
    assert str(sg.closed_form(lambda x: f(x), 2.0, wrt="x")) == wanted


def test_least_squares_share_the_residual():
    X, w, y = leaf([[1.0, 2.0], [3.0, 4.0]]), leaf([0.5, -1.0]), leaf([1.0, 2.0])
    loss = ((X @ w - y) ** 2).sum()
    assert str(sg.closed_form(loss, w)) == "2 Xᵀ (X w - y)"
    assert str(sg.closed_form(loss, w, notation="element")) == (
        "[2*X[0, 0]*t1[0] + 2*X[1, 0]*t1[1], 2*X[0, 1]*t1[0] + 2*X[1, 1]*t1[1]]\n"
        "  where t1[0] = X[0, 0]*w[0] + X[0, 1]*w[1] - y[0]\n"
        "        t1[1] = X[1, 0]*w[0] + X[1, 1]*w[1] - y[1]"
    )
    want = 2 * X.detach().numpy().T @ X.detach().numpy()
    for notation in ("element", "index", "matrix"):
        hessian = sg.closed_form(loss, w, w, notation=notation)
        np.testing.assert_allclose(hessian.evaluate(), want)
    assert str(hessian) == "2 Xᵀ X"


def test_jacobians_have_the_shape_of_result_then_operand():
    a, b = leaf([2.0, 3.0]), leaf([6.0, 4.0])
    c = 2 * a**6 - b**9
    entries = sg.closed_form(c, a, notation="element")
    assert str(entries) == "[[12*a[0]**5, 0],\n [0, 12*a[1]**5]]"
    assert str(sg.closed_form(c, a)) == "12 diag(a^∘5)"
    for form in (entries, sg.closed_form(c, a)):
        assert form.shape == (2, 2)
        assert form.wrt == ("a",)
    assert sg.closed_form(c.sum(), a, b).evaluate().tolist() == [[0, 0], [0, 0]]


def test_a_gradient_that_is_not_there_is_zero_and_of_itself_one():
    x, z = leaf(2.0), leaf([1.0, 2.0])
    assert str(sg.closed_form(x * x, z)) == "0   of shape (2,)"
    assert str(sg.closed_form(x * x, z, notation="element")) == "[0, 0]"
    assert str(sg.closed_form(z, z)) == "I"
    assert str(sg.closed_form(z, z, notation="element")) == "[[1, 0],\n [0, 1]]"
    h = sg.sin(x)
    assert str(sg.closed_form(h * h + x, h)) == "2*h"


def test_latex():
    w = leaf([1.0, 2.0])
    rate = leaf(0.5, name="λ")
    assert sg.closed_form(sg.exp(rate * w[0]), w, notation="element").latex() == (
        r"\begin{bmatrix}\lambda e^{w_{0} \lambda} \\ 0\end{bmatrix}"
    )


# -------------------------------------------------------------------------------------- sharing


def chain(z, n):
    for _ in range(n):
        z = sg.sin(z) * z
    return z


def test_sharing_keeps_twelve_products_small():
    z = leaf(0.3)
    y = chain(z, 12)
    for form in (sg.closed_form(y), sg.closed_form(y, z)):
        assert len(str(form)) < 1500
        assert form.lets
    y.backward()
    assert abs(sg.closed_form(y, z).evaluate() - z.grad.item()) < 1e-15
    with pytest.raises(NoClosedForm, match="lets"):
        sg.closed_form(y, z).sympy()


def test_lets_written_back_are_the_expression():
    z = leaf(0.3)
    form = sg.closed_form(chain(z, 3), z)
    s = symbol("z")
    want = s
    for _ in range(3):
        want = sp.sin(want) * want
    assert abs(sp.N((form.sympy() - want.diff(s)).subs(s, sp.Rational(7, 5)), 30)) < 1e-25


def test_a_deep_chain_needs_no_recursion():
    y = z = leaf(0.3)
    for _ in range(1200):
        y = sg.sin(y)
    y.backward()
    assert abs(sg.closed_form(y, z).evaluate() / z.grad.item() - 1) < 1e-10


def test_too_large_is_refused_with_what_can_be_done():
    big = sg.tensor(np.ones((64, 64)), requires_grad=True)
    with pytest.raises(NoClosedForm, match="smaller example"):
        sg.closed_form((big @ big).sum(), big, notation="element")
    with pytest.raises(NoClosedForm, match="smaller example"):
        sg.closed_form(2 * big, big, notation="element")
    assert str(sg.closed_form((big @ big).sum(), big))


def test_the_text_is_the_same_for_every_hash_seed():
    program = (
        "import numpy as np, symgrad as sg\n"
        "w = sg.tensor([0.5, -1.0, 2.0], requires_grad=True)\n"
        "X = sg.tensor(np.arange(6.0).reshape(2, 3), requires_grad=True)\n"
        "p = sg.softmax(X * w, axis=1)\n"
        "for notation in ('element', 'index', None):\n"
        "    print(sg.closed_form((p * sg.log(p)).sum(), w, notation=notation))\n"
        "    print(sg.closed_form(sg.norm(w), w, w, notation=notation).latex())\n"
    )
    texts = set()
    for seed in ("0", "1", "77"):
        found = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        texts.add(found.stdout)
    assert len(texts) == 1
    assert "t1" in texts.pop()


# -------------------------------------------------------------------------------------- letters


def test_names_come_from_name_then_the_variable_then_numbers():
    u = leaf(1.0, name="x")
    x = leaf(3.0)
    _hidden = leaf(2.0)
    form = sg.closed_form(u * x * _hidden * leaf(5.0))
    assert sorted(form.letters) == ["x", "x0", "x1", "x2"]
    assert form.evaluate() == 30.0


def test_an_entry_and_an_array_do_not_share_a_name():
    w = leaf([1.0, 2.0])
    first = leaf(3.0, name="w[0]")
    form = sg.closed_form((w * first).sum(), first)
    assert dict(form.letters) == {"w[0]": (), "w2": (2,)}


def test_lets_avoid_letters():
    t1 = leaf([1.0, 2.0, 3.0])
    form = sg.closed_form(sg.norm(t1), t1, notation="element")
    assert [s.name for s in form.lets] == ["t2"]


def test_raw_arrays_are_constants_and_untracked_tensors_letters():
    v, a = leaf([1.0, 2.0]), sg.tensor([5.0, 6.0], dtype=sg.float64)
    y = (np.array([3.0, 4.0]) * v * a).sum()
    form = sg.closed_form(y, v, notation="element")
    assert str(form) == "[a[0]*c0[0], a[1]*c0[1]]"
    plain = sg.closed_form(y, v)
    assert str(plain) == "a[i] c0[i]"
    gc.collect()
    assert list(form.constants) == list(plain.constants) == ["c0"]


def test_an_array_that_is_gone_stays_a_letter():
    v = leaf([1.0, 2.0])

    def inside():
        return (sg.sin(v) * np.array([3.0, 4.0])).sum()

    y = inside()
    y.backward()  # frees the last value that held the array
    gc.collect()
    forms = [sg.closed_form(y, v, notation="element"), sg.closed_form(y, v)]
    texts = ["[c0[0]*cos(v[0]), c0[1]*cos(v[1])]", "c0[i] cos(v[i])"]
    assert list(map(str, forms)) == texts
    for form in forms:
        with pytest.raises(TypeError, match="c0"):
            form.evaluate()
        np.testing.assert_allclose(form.evaluate(c0=[3, 4]), v.grad.numpy())


def test_a_functions_parameters_are_its_letters():
    for notation, text in (("element", "[[1, 0],\n [0, 1]]"), (None, "I"), ("index", "[i = j]")):
        form = sg.closed_form(
            lambda p, q: (p * q).sum(), np.ones(2), [1.0, 2.0], wrt=("p", 1), notation=notation
        )
        assert str(form) == text
        assert form.wrt == ("p", "q")
    with pytest.raises(TypeError, match="the inputs are a"):
        sg.closed_form(lambda a: a, 1.0, wrt="b")


# ------------------------------------------------------------------------------------- branches


def test_branches_that_were_taken_are_conditions():
    def f(a):
        if a > 0 and a < 5:
            return a * a
        return a

    form = sg.closed_form(f, 2.0, wrt="a")
    a = symbol("a")
    assert form.holds_when == sp.And(a > 0, a < 5)
    assert str(form).startswith("2*a\n  when a > 0   (")
    outside = sg.closed_form(f, -2.0, wrt="a")
    assert str(outside).startswith("1\n")
    assert outside.holds_when == (a <= 0)
    assert len(form.guards) == 2
    assert sg.closed_form(lambda a: a * a, 2.0).holds_when is sp.true


def test_a_loop_keeps_the_path_that_it_took():
    def f(v):
        p = v * 2
        while p.norm() < 20:
            p = p * 2
        return p

    for notation, text in (("element", "[[16, 0],\n [0, 16]]"), (None, "16 I\n")):
        form = sg.closed_form(f, [1.0, 2.0], wrt=0, notation=notation)
        assert str(form).startswith(text)
        x, y = symbol("v[0]"), symbol("v[1]")
        assert form.holds_when.subs({x: 1, y: 2}) == sp.true
        assert form.holds_when.subs({x: 10, y: 2}) == sp.false
        assert "(test_closed_form.py:" in str(form)


def test_a_branch_after_the_result_counts():
    """It chose which of the two is the result, though that was there before."""

    def later(x):
        y = x * x
        if x > 1:
            return y, x
        return x, y

    x = leaf(2.0)
    y, _ = later(x)
    assert sg.closed_form(y, x).holds_when == (symbol("x") > 1)


def test_dropped_branches_are_said():
    x = leaf(2.0)
    y = x

    def step(k):
        return x > -k

    for k in range(70):
        if step(k):
            y = y + 1
    form = sg.closed_form(y, x)
    assert "incomplete: branched at" in str(form)
    assert form.incomplete
    assert any("incomplete" in line for line in form.guards)


# --------------------------------------------------------------------------------------- values


def test_fifty_digits_are_right():
    x = leaf(1e-8)
    found = sg.closed_form((sg.exp(x) - 1 - x) / x**2).evaluate(digits=50)
    exact = sp.Rational(1e-8)
    want = sp.N((sp.exp(exact) - 1 - exact) / exact**2, 60)
    assert abs(found - want) < sp.Float("1e-49")
    third = sg.closed_form(x + 1).evaluate(digits=40, x=Fraction(1, 3))
    assert third == sp.Float(sp.Rational(4, 3), 40)


def test_evaluate_takes_values_by_letter():
    w = leaf([1.0, 2.0])
    form = sg.closed_form((w * w).sum(), w)
    assert form.evaluate(w=[3, 4]).tolist() == [6.0, 8.0]
    assert form.evaluate(digits=20, w=sg.tensor([3.0, 4.0])) == [sp.Float(6, 20), sp.Float(8, 20)]
    with pytest.raises(TypeError, match="the letters are w"):
        form.evaluate(v=1)
    with pytest.raises(ShapeError, match="shape"):
        form.evaluate(w=[1, 2, 3])


def test_sympy_gives_an_expression_or_an_array():
    w = leaf([1.0, 2.0])
    assert sg.closed_form(w[0] ** 2, notation="element").sympy() == symbol("w[0]") ** 2
    found = sg.closed_form(sg.sin(w), notation="element").sympy()
    assert isinstance(found, sp.ImmutableDenseNDimArray)
    assert found.shape == (2,)


# ------------------------------------------------------------------------------------- refusals


def test_a_leaf_written_since_is_refused_with_the_line():
    x = leaf(2.0)
    y = x * x
    with sg.no_grad():
        x += 1.0
    with pytest.raises(GraphError, match=r"x \+= 1\.0"):
        sg.closed_form(y, x)
    assert str(sg.closed_form(x * x, x)) == "2*x"


def test_an_unknown_notation_and_entries_of_symbolic_sizes_are_refused():
    x = leaf(2.0)
    with pytest.raises(ValueError, match="notation"):
        sg.closed_form(x, notation="prose")
    with pytest.raises(NoClosedForm, match="give example inputs"):
        sg.closed_form(lambda X: X, X="n d", notation="element")
    for notation in ("index", "matrix"):
        assert str(sg.closed_form(x * x, x, notation=notation)) == "2 x"
    assert str(sg.closed_form(x * x, x)) == "2*x"


def test_what_was_not_recorded_is_refused():
    with pytest.raises(NoClosedForm, match="nothing was recorded"):
        sg.closed_form(sg.tensor(2.0) * 3, leaf(1.0))
    with pytest.raises(TypeError, match="a tensor or a function"):
        sg.closed_form(3.0)
    with pytest.raises(TypeError, match="differentiates in tensors"):
        sg.closed_form(leaf(1.0), "x")


def test_a_wrong_formula_is_found_when_it_is_made(monkeypatch):
    monkeypatch.setitem(Printed.atoms, "sin", sp.cos)
    x = leaf(0.3)
    with pytest.raises(FormulaError, match="disagrees"):
        sg.closed_form(sg.sin(x) * 2)
    assert str(sg.closed_form(sg.sin(x) * 2, check=False)) == "2*cos(x)"


def test_cancellation_in_doubles_is_no_wrong_formula():
    x = leaf(1.0)
    y = ((x + 1e17) - 1e17) * x
    assert y.item() == 0.0
    assert str(sg.closed_form(y)) == "x**2"


# ------------------------------------------------------------------------------------ every rule


def differentiable():
    """A small case of every rule with a derivative."""
    for rule in REGISTRY.values():
        if rule.kind is Kind.OPAQUE or rule.outputs or not rule.differentiable:
            continue
        cases = [c for c in cases_of(rule) if (c.spread, c.layout) == ("near", "plain")]
        small = [c for c in cases if 0 < max(map(np.prod, c.shapes), default=0) <= 6]
        if small and rule.word not in {"component", "to_device"}:
            yield pytest.param(rule, small[-1], id=rule.name)


#: Their places depend on the values, or they take a whole array that has no letter.
NO_INDICES = {"take_along_axis", "prod_slope", "sort_values"}


@pytest.mark.parametrize("notation", ["element", "index", None])
@pytest.mark.parametrize(("rule", "example"), list(differentiable()))
def test_every_rule_has_its_jacobian_as_a_formula(rule, example, notation):
    operands = draw(rule, example, np.random.default_rng(example.seed))
    tensors = [sg.tensor(x, requires_grad=x.dtype.kind == "f") for x in operands]
    y = rule(*tensors, **example.params)
    if notation == "index" and rule.word in NO_INDICES:
        with pytest.raises(NoClosedForm):
            every_jacobian(y, tensors, notation)
        return
    every_jacobian(y, tensors, notation)


def every_jacobian(y, tensors, notation):
    """Formulas of a result and of its Jacobians, each checked against the numbers when made."""
    assert str(sg.closed_form(y, notation=notation))
    for x in tensors:
        if x.requires_grad:
            form = sg.closed_form(y, x, notation=notation)
            assert form.shape == (*y.shape, *x.shape)
            assert form.latex()


@pytest.mark.parametrize("at", [3.0, 4.0, 6.0, -5.0])
@pytest.mark.parametrize("name", ["tanh", "sigmoid", "softplus"])
def test_a_formula_is_compared_in_float64_whatever_the_dtype(name, at):
    x = sg.tensor([at], requires_grad=True)
    y = getattr(sg, name, getattr(sg.nn.functional, name))(x).sum()
    assert sg.closed_form(y, x).text
    assert "closed form  none" not in str(sg.explain(y))


@pytest.mark.parametrize("mode", [sg.no_grad, sg.inference_mode])
def test_formulas_are_made_in_any_mode(mode):
    x = sg.tensor([1.0, 2.0], requires_grad=True)
    y = (x**3).sum()
    with mode():
        assert str(sg.closed_form(lambda x: (x**2).sum(), x="n", wrt="x")) == "2 x"
        assert str(sg.closed_form(lambda x: (x**2).sum(), sg.tensor([1.0, 2.0]), wrt="x")) == "2 x"
        assert str(sg.closed_form(y, x)) == "3 x[i]²"
        assert sg.explain(y).gradient.tolist() == [3.0, 12.0]
        assert sg.explain(lambda x: (x**2).sum(), sg.tensor([1.0, 2.0])).gradient.tolist() == [2, 4]
        assert not sg.is_grad_enabled()


@pytest.mark.parametrize("dtype", [sg.float32, sg.float64])
def test_the_one_that_a_gradient_starts_from_is_no_letter(dtype):
    x = sg.tensor([1.0, 2.0], dtype=dtype, requires_grad=True)
    (g,) = sg.autograd.grad((x**3).sum(), x, create_graph=True)
    assert str(sg.closed_form(g)) == "3 x[i]²"
    assert str(sg.closed_form(g, notation="element")) == "[3*x[0]**2, 3*x[1]**2]"
    assert str(sg.closed_form(g.sum(), x)) == "6 x"
    (g,) = sg.autograd.grad((x**3).sum(0, keepdim=True).reshape(1, 1), x, create_graph=True)
    assert "x0" not in str(sg.closed_form(g))
    (g,) = sg.autograd.grad(sg.logsumexp(x, 0), x, create_graph=True)
    assert str(sg.closed_form(g)) == "softmax(x)"
    (x**3).sum().backward(create_graph=True)
    assert str(sg.closed_form((x.grad**2).sum(), x)) == "36 x[i]³"


def test_a_tensor_that_the_user_gave_stays_a_letter():
    x = sg.tensor([1.0, 2.0], requires_grad=True)
    a = sg.tensor(2.0)
    assert sg.closed_form(a * x, notation="index").letters.keys() == {"a", "x"}
    s = sg.tensor(3.0, requires_grad=True)
    s.backward(create_graph=True)
    assert sg.closed_form(s.grad * x, notation="index").text


def test_a_function_of_sizes_may_ask_for_gradients_itself():
    def slope(A, x):
        return sg.autograd.grad(sg.tanh(A @ x).sum(), x, create_graph=True)[0]

    def total(x):
        return sg.autograd.grad((x**3).sum(), x, create_graph=True)[0].sum()

    assert str(sg.closed_form(slope, A="n m", x="m")) == "Aᵀ (1 - tanh(A x)^∘2)"
    assert str(sg.closed_form(total, x="n", wrt="x")) == "6 x"
