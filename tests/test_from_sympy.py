"""SymPy's expressions as functions: values against NumPy, derivatives against SymPy, refusals."""

import inspect
import math
import os
import subprocess
import sys

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import symgrad as sg
from symgrad.algebras.elements import symbol
from symgrad.errors import NoClosedForm, ShapeError
from symgrad.tracing.autograd import new_leaf

x, y = symbol("x"), symbol("y")
i, j, k, m, n, p = sp.symbols("i j k m n p", integer=True)
X, Y, A, B = map(sp.IndexedBase, ("x", "y", "A", "B"))
GUARD = lambda condition: sp.Piecewise((1, condition), (0, True))
rng = np.random.default_rng(5)
a23, b34, u3, v3, a33 = (rng.uniform(0.5, 2, s) for s in ((2, 3), (3, 4), (3,), (3,), (3, 3)))


def leaf(value):
    return sg.tensor(value, dtype=sg.float64, requires_grad=True)


def numbers(result):
    return result.detach().numpy()


# ------------------------------------------------------------------------------------ the function


def test_a_function_with_names_and_a_signature():
    f = sg.from_sympy(x**2 / 3 + y)
    assert repr(f) == "sg.from_sympy(x**2/3 + y)"
    assert (f.names, f.__name__) == (("x", "y"), "x**2/3 + y")
    assert str(inspect.signature(f)) == "(x, y)"
    assert f.expr == x**2 / 3 + y
    assert f(3, 1.0).item() == f(y=1, x=sg.tensor(3.0)).item() == 4.0
    assert f == sg.from_sympy(x**2 / 3 + y)


def test_names_give_the_order_and_may_say_more_than_is_there():
    f = sg.from_sympy(x - y, "y", x, "z")
    assert f.names == ("y", "x", "z")
    assert f(1.0, 5.0, 0.0).item() == 4.0


def test_values_that_are_missing_or_not_asked_for():
    f = sg.from_sympy(x - y)
    with pytest.raises(TypeError, match=r"takes x, y: missing a required argument: 'y'"):
        f(1.0)
    with pytest.raises(TypeError, match=r"takes x, y: got an unexpected keyword argument 'z'"):
        f(1.0, 2.0, z=3)


def test_scalars_take_arrays_entry_by_entry():
    out = sg.from_sympy(x * y + 1)(np.array([1.0, 2.0]), 3.0)
    np.testing.assert_array_equal(numbers(out), [4.0, 7.0])


def test_numbers_take_the_dtype_of_the_arrays():
    f = sg.from_sympy(x * y + sp.sqrt(2))
    assert f(2.0, 3.0).dtype == sg.float32
    assert f(np.array(2.0), 0.1).item() == 2 * 0.1 + math.sqrt(2)
    assert f(sg.tensor(2.0), np.float32(3)).dtype == sg.float32
    assert f(2, 3).dtype == f(sg.tensor(2), sg.tensor(3)).dtype == sg.float32
    assert sg.from_sympy(x**-2)(sg.tensor([2, 4])).tolist() == [0.25, 0.0625]


def test_names_that_python_cannot_call():
    f = sg.from_sympy(symbol("lambda") * symbol("x_{1}"))
    assert f.names == ("λ", "x1")
    assert f(2.0, x1=3.0).item() == 6.0


def test_choices_among_numbers_keep_the_dtype():
    e = sp.exp(sp.sin(sp.Piecewise((2, x < y), (1, True))))
    got = sg.from_sympy(e)(leaf(1.0), leaf(2.0)).item()
    assert got == pytest.approx(math.exp(math.sin(2.0)), rel=1e-15)
    f = sg.from_sympy(y * sp.sin(sp.Piecewise((1, X[i] > 1), (0, True))))
    assert sg.closed_form(f, u3[:1], 2.0, notation="element").evaluate().dtype == float
    assert sg.closed_form(sg.from_sympy(x * 0 + 3, "x"), 2.0, notation="element").sympy() == 3


def test_constants_alone():
    assert sg.from_sympy(sp.Rational(1, 3))().dtype == sg.float32
    assert sg.from_sympy(sp.oo)().item() == math.inf
    assert sg.from_sympy(x > y)(1.0, 2.0).tolist() is False


# ------------------------------------------------------------------------- round trips by formula

EXPRESSIONS = [
    x, 3 * x, x / 3, -x, x - y, 2 * x * y / 7, x**2, x**3 - x, 1 / x, x**-3, 5 / (x * y),
    sp.sqrt(x), 1 / sp.sqrt(x), x ** sp.Rational(1, 3), x ** sp.Rational(-2, 5), x**y, 2**x,
    sp.exp(x * y), sp.exp(-(x**2) / 2), sp.log(x), sp.log(x, 2), sp.sin(x) * sp.cos(y),
    sp.tan(x), sp.asin(x / 2), sp.acos(x / 3), sp.atan(x), sp.sinh(x), sp.cosh(x), sp.tanh(x),
    sp.asinh(x), sp.acosh(x + 1), sp.atanh(x / 2), sp.Abs(x - y), sp.sign(x) * x,
    sp.Max(x, y), sp.Min(x, y, x * y), sp.atan2(y, x), sp.pi * x / 4 + sp.E * y,
    sp.exp(1) * x, sp.sqrt(2) * x, x / sp.sqrt(2 * sp.pi), sp.Piecewise((x, x < 1), (y**2, True)),
    sp.Piecewise((x, (x > 0) & (y < 1)), (y, (x > 2) | (y > 3)), (x * y, True)),
    sp.Piecewise((x, sp.Ne(x, y)), (0, True)), sp.sec(x), sp.csc(x), sp.cot(x), sp.sech(x),
    sp.csch(x), sp.coth(x), sp.acot(x), sp.asec(x + 1), sp.acsc(x + 1), sp.asech(x / 2),
    sp.acsch(x), sp.acoth(x + 1), sp.sinc(x), (x + y) ** 2 / (1 + x) ** 3,
    (x**2 + 1) ** sp.Rational(3, 2), sp.sin(sp.exp(x / y)) ** 2, x * (y + sp.Rational(1, 3)),
    sp.log(1 + sp.exp(x)), sp.Rational(22, 7) * x**2 * y / 3, sp.Float("0.1") * x,
    sp.Heaviside(x - y) * x, sp.KroneckerDelta(x, y) + x, sp.GoldenRatio * x,
]  # fmt: skip


def values_near_each_other(a, b, at, tolerance=1e-25):
    first, second = (sp.N(sp.sympify(e).subs(at), 30) for e in (a, b))
    return abs(first - second) <= tolerance * (1 + abs(second))


@pytest.mark.parametrize("e", EXPRESSIONS, ids=str)
def test_the_formula_of_the_function_is_the_expression(e):
    f = sg.from_sympy(e, "x", "y")
    at = {x: sp.Rational(71, 97), y: sp.Rational(137, 101)}
    loose = 1e-15 if e.has(sp.GoldenRatio, sp.Float) else 1e-25
    form = sg.closed_form(f, 0.7, 1.3, notation="element").sympy()
    assert values_near_each_other(form, e, at, loose)
    slope = sg.closed_form(f, 0.7, 1.3, wrt="x", notation="element").sympy()
    wanted = e.diff(x).subs(at).doit().subs(sp.DiracDelta(at[x] - at[y]), 0)
    if not wanted.has(sp.Derivative, sp.Subs, sp.KroneckerDelta):
        assert values_near_each_other(slope, wanted, at, loose)
    slopes = sg.func.grad(f)(leaf(0.7), leaf(1.3))
    numeric = float(sp.N(sp.sympify(slope).subs({x: sp.Rational(7, 10), y: sp.Rational(13, 10)})))
    assert slopes.item() == pytest.approx(numeric, rel=1e-12)


def test_a_third_stays_a_third():
    for e, text in [
        (x / 3, "x/3"), (x * 2 / 3 + 1, "2*x/3 + 1"), (sp.Rational(1, 3) / x, "1/(3*x)"),
        (sp.pi * x / 3, "pi*x/3"), (-x / 7, "-x/7"), (sp.sqrt(3) * x, "sqrt(3)*x"),
    ]:  # fmt: skip
        assert str(sg.closed_form(sg.from_sympy(e), 0.7, notation="element")) == text
        single = sg.closed_form(sg.from_sympy(e), np.float32(0.75), notation="element")
        assert str(single) == text


def test_the_step_is_half_at_0_as_in_sympy():
    f = sg.from_sympy(sp.Heaviside(x))
    assert f(np.array([-1.0, 0.0, 2.0])).tolist() == [0.0, 0.5, 1.0]
    assert sg.from_sympy(sp.Heaviside(x, 1))(0.0).item() == 1.0
    assert math.isnan(sg.from_sympy(sp.Piecewise((x, x > 0)))(-1.0).item())


@st.composite
def expressions(draw):
    """A smooth expression of x and y that is defined for positive x and y."""
    positive = [sp.exp, sp.atan, sp.tanh, sp.sin, sp.cos, lambda e: sp.log(2 + e**2),
                lambda e: sp.sqrt(1 + e**2), lambda e: 1 / (3 + sp.cos(e)), lambda e: e / 3,
                lambda e: sp.tanh(e) ** 3]  # fmt: skip
    leaves = st.sampled_from([x, y, sp.Integer(2), sp.Rational(-3, 7), sp.pi])
    tree = st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(lambda f, e: f(sp.sin(e)), st.sampled_from(positive), inner),
            st.builds(lambda a, b: a + b, inner, inner),
            st.builds(lambda a, b: a * b, inner, inner),
            st.builds(lambda a, b: sp.Max(a, b), inner, inner),
            st.builds(lambda a, b: sp.Piecewise((a, x < y), (b, True)), inner, inner),
        ),
        max_leaves=8,
    )
    return sp.sympify(draw(tree))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(expressions())
def test_any_tree_has_sympys_value_and_slope(e):
    f = sg.from_sympy(e, "x", "y")
    at = {x: 0.625, y: 1.375}
    a, b = leaf(0.625), leaf(1.375)
    out = f(a, b)
    assert out.item() == pytest.approx(float(sp.N(e.subs(at))), rel=1e-11, abs=1e-12)
    if not out.requires_grad:
        return
    (slope,) = sg.autograd.grad(out, a, allow_unused=True)
    wanted = sp.N(e.subs(sp.Max(x, y), y).diff(x).subs(at).doit())
    got = 0.0 if slope is None else slope.item()
    if wanted.is_number and wanted.is_extended_real:
        assert got == pytest.approx(float(wanted), rel=1e-9, abs=1e-11)


# --------------------------------------------------------------------------------- sums and indices


SUMS = [
    (sp.Sum(X[i], (i, 0, n - 1)), [u3], lambda x: x.sum()),
    (sp.Sum(X[i] ** 2, (i, 0, n - 1)) / n, [u3], lambda x: (x**2).mean()),
    (sp.Sum(X[i] * Y[i], (i, 0, n - 1)), [u3, v3], lambda x, y: x @ y),
    (sp.Sum(A[i, j] * X[j], (j, 0, n - 1)), [a23, u3], lambda A, x: A @ x),
    (sp.Sum(A[j, i] * X[j], (j, 0, n - 1)), [a23.T.copy(), u3], lambda A, x: A.T @ x),
    (sp.Sum(A[i, j] * B[j, k], (j, 0, n - 1)), [a23, b34], lambda A, B: A @ B),
    (sp.Sum(A[i, j] * B[j, k], (j, 0, n - 1), (k, 0, p - 1)), [a23, b34],
     lambda A, B: (A @ B).sum(1)),
    (sp.Sum(sp.exp(A[i, j]) / 3, (i, 0, m - 1), (j, 0, n - 1)), [a23],
     lambda A: np.exp(A).sum() / 3),
    (A[i, j] - sp.Sum(A[i, k], (k, 0, n - 1)) / n, [a23], lambda A: A - A.mean(1, keepdims=True)),
    (sp.exp(A[i, j]) / sp.Sum(sp.exp(A[i, j]), (j, 0, n - 1)), [a23],
     lambda A: np.exp(A) / np.exp(A).sum(1, keepdims=True)),
    (sp.Sum(A[i, i], (i, 0, n - 1)), [a23[:, :2]], lambda A: np.trace(A)),
    (A[j, i], [a23.T], lambda A: A.T),
    (X[i] * Y[j], [u3, v3], lambda x, y: np.outer(x, y)),
    (sp.Sum(X[i] / Y[i], (i, 0, n - 1)), [u3, v3], lambda x, y: (x / y).sum()),
    (sp.Sum(i * X[i], (i, 0, n - 1)), [u3], lambda x: x @ np.arange(3)),
    (sp.Sum(X[i] * sp.exp(-i / n), (i, 0, n - 1)), [u3], lambda x: x @ np.exp(-np.arange(3) / 3)),
    (sp.Sum(X[i] * 2**i, (i, 0, n - 1)), [u3], lambda x: x @ np.array([1, 2, 4])),
    (X[i] / (i + 1), [u3], lambda x: x / np.array([1, 2, 3])),
    (sp.Sum((X[i + 1] - X[i]) ** 2, (i, 0, n - 2)), [u3], lambda x: (np.diff(x) ** 2).sum()),
    (X[i + 1] - X[i], [u3], lambda x: np.diff(x)),
    (X[2 * i], [u3], lambda x: x[::2]),
    (sp.Sum(X[n - 1 - i] * Y[i], (i, 0, n - 1)), [u3, v3], lambda x, y: x[::-1] @ y),
    (X[0] * X[i] - X[2], [u3], lambda x: x[0] * x - x[2]),
    (sp.Sum(Y[j], (j, 0, i)) * X[i], [u3, v3], lambda x, y: x * np.cumsum(y)),
    (sp.Sum(X[i] * X[j], (j, 0, i), (i, 0, n - 1)), [u3],
     lambda x: np.tril(np.outer(x, x)).sum()),
    (sp.Sum(X[j] / (i - j), (j, 0, i - 1)) - X[i], [u3],
     lambda x: np.array([0, x[0], x[0] / 2 + x[1]]) - x),
    (sp.Sum(X[j] * sp.KroneckerDelta(i, j), (j, 0, n - 1)) * X[i], [u3], lambda x: x * x),
    (sp.Sum(sp.KroneckerDelta(i, j) * A[i, j], (i, 0, m - 1), (j, 0, n - 1)), [a23],
     lambda A: np.trace(A)),
    (sp.Sum(3, (i, 0, n - 1)) * X[n - 1] * sp.Sum(X[i], (i, 0, n - 1)), [u3],
     lambda x: 9 * x[2] * x.sum()),
    (sp.Sum(X[i] * Y[j], (i, 0, n - 1), (j, 0, m - 1)), [u3, v3], lambda x, y: x.sum() * y.sum()),
    (sp.Sum(sp.Sum(X[j], (j, 0, n - 1)) * Y[j], (j, 0, m - 1)), [u3, v3],
     lambda x, y: x.sum() * y.sum()),
    (sp.Sum(X[i], (i, 1, n - 1)) - sp.Sum(X[i], (i, 0, n - 2)), [u3], lambda x: x[2] - x[0]),
    (sp.Product(X[i], (i, 0, n - 1)), [u3], lambda x: x.prod()),
    (sp.Sum(X[2 * i + j] * (j + 1), (j, 0, 1), (i, 0, 0)), [u3], lambda x: x[0] + 2 * x[1]),
    (sp.Sum(A[i, j], (i, 0, j), (j, 0, m - 1)), [a33], lambda A: np.triu(A).sum()),
    (sp.Sum(A[i, j] * A[i, k] * X[k], (i, 0, m - 1), (k, 0, n - 1)), [a23, u3],
     lambda A, x: A.T @ A @ x),
    (sp.sqrt(sp.Sum(X[i] ** 2, (i, 0, n - 1)) / n) * sp.log(n), [u3],
     lambda x: np.sqrt((x**2).mean()) * np.log(3)),
    (sp.Sum(X[i] * sp.Abs(i - j), (i, 0, n - 1)) / Y[j], [u3, v3],
     lambda x, y: np.abs(np.subtract.outer(np.arange(3), np.arange(3))) @ x / y),
    (sp.Product(X[i] + Y[j], (i, 0, n - 1)) * Y[j], [u3, v3],
     lambda x, y: (x[:, None] + y).prod(0) * y),
    (sp.Product(X[j], (j, 0, i)) / X[i], [u3], lambda x: np.cumprod(x) / x),
    (sp.Max(X[i], Y[i], 1), [u3, v3], lambda x, y: np.maximum(np.maximum(x, y), 1)),
    (sp.Sum(A[i, j] * B[j, k] * X[k], (j, 0, n - 1), (k, 0, p - 1)) + sp.Symbol("s"),
     [a23, b34, 2.0, b34[0]], lambda A, B, s, x: A @ B @ x + s),
]  # fmt: skip


@pytest.mark.parametrize(("e", "arrays", "wanted"), SUMS, ids=[str(e) for e, _, _ in SUMS])
def test_sums_are_what_numpy_computes(e, arrays, wanted):
    f = sg.from_sympy(e)
    arrays = [np.asarray(a) for a in arrays]
    np.testing.assert_allclose(numbers(f(*arrays)), wanted(*arrays), rtol=1e-13)
    leaves = [leaf(a) for a in arrays]
    f(*leaves).sum().backward()
    for place, array in enumerate(arrays):
        slopes = np.zeros_like(array)
        for at in np.ndindex(array.shape):
            shifted = [[a.copy() for a in arrays] for _ in range(2)]
            shifted[0][place][at] += 1e-5
            shifted[1][place][at] -= 1e-5
            slopes[at] = (np.sum(wanted(*shifted[0])) - np.sum(wanted(*shifted[1]))) / 2e-5
        np.testing.assert_allclose(numbers(leaves[place].grad), slopes, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("e", [e for e, _, _ in SUMS[:10]], ids=str)
def test_gradients_are_sympys_of_the_written_out_sum(e):
    arrays = next(a for s, a, _ in SUMS if s == e)
    f = sg.from_sympy(e)
    form = sg.closed_form(f, *arrays, notation="element")
    first = f.names[0]
    slopes = sg.closed_form(f, *arrays, wrt=first, notation="element")
    outs = [form.sympy()] if not form.shape else list(sp.flatten(form.sympy().tolist()))
    places = list(np.ndindex(arrays[0].shape))
    letters = [symbol(f"{first}[{', '.join(map(str, at))}]") for at in places]
    got = sp.flatten([slopes.sympy()] if not slopes.shape else slopes.sympy().tolist())
    wanted = [o.diff(letter) for o in outs for letter in letters]
    assert len(got) == len(wanted)
    at = {s: sp.Rational(3 + 2 * q, 7) for q, s in enumerate(sorted(
        {s for o in outs for s in o.free_symbols}, key=str))}  # fmt: skip
    for mine, sympys in zip(got, wanted, strict=True):
        assert values_near_each_other(mine, sympys, at)


def test_formulas_of_sums_hold_numbers_and_no_letters_for_indices():
    f = sg.from_sympy(sp.Sum(i * X[i], (i, 0, n - 1)) / 3)
    assert str(sg.closed_form(f, u3, notation="element")) == "x[1]/3 + 2*x[2]/3"
    f = sg.from_sympy(X[i] - X[i - 1] * GUARD(i >= 1))
    assert str(sg.closed_form(f, u3, notation="element")) == "[x[0], -x[0] + x[1], -x[1] + x[2]]"
    f = sg.from_sympy(12 * (3 * sp.IndexedBase("x", shape=(m, n))[i, j] + 2) / (m * n))
    form = sg.closed_form(f, np.ones((1, 2)), notation="element")
    assert str(form) == "[[18*x[0, 0] + 12, 18*x[0, 1] + 12]]"


def test_free_indices_in_the_order_asked_for():
    e = A[i, j] * X[j]
    np.testing.assert_allclose(numbers(sg.from_sympy(e)(a23, u3)), a23 * u3)
    f = sg.from_sympy(e, indices=(j, i))
    assert f.indices == ("j", "i")
    np.testing.assert_allclose(numbers(f(a23, u3)), (a23 * u3).T)
    with pytest.raises(ValueError, match="the free indices are i, j; indices= gives i"):
        sg.from_sympy(e, indices=(i,))


def test_a_free_index_that_the_value_does_not_depend_on_is_still_an_axis():
    f = sg.from_sympy(sp.Sum(A[i, j], (j, 0, n - 1)) * 0 + sp.Piecewise((X[i], i < 1), (2, True)))
    assert f(np.array([5.0, 6.0, 7.0])).tolist() == [5.0, 2.0, 2.0]
    g = sg.from_sympy(sp.Mul(A[i, j], 0, evaluate=False) + 1)
    assert g(a23).shape == (2, 3)


def test_idx_bears_its_range():
    a, b = sp.Idx("a", n), sp.Idx("b", 3)
    f = sg.from_sympy(sp.KroneckerDelta(a, b) * sp.IndexedBase("x", shape=(n,))[a])
    assert f(u3[:2]).tolist() == [[u3[0], 0, 0], [0, u3[1], 0]]
    assert sg.from_sympy(sp.Sum(X[a], a))(u3).item() == pytest.approx(u3.sum())
    assert sg.from_sympy(X[sp.Idx("c")])(u3).shape == (3,)
    assert sg.from_sympy(X[a] / n)(u3).tolist() == (u3 / 3).tolist()
    assert sg.from_sympy(X[a] * Y[b])(u3, v3).shape == (3, 3)
    assert sg.from_sympy(a * b, indices=(b, a))(2).tolist() == [[0, 0], [0, 1], [0, 2]]


GUARDED = [
    (X[i] - X[i - 1] * GUARD(i >= 1), lambda x: np.diff(x, prepend=0)),
    (sp.Sum(X[i - 1] * X[i] * GUARD(i >= 1), (i, 0, n - 1)), lambda x: x[:-1] @ x[1:]),
    (sp.Piecewise((sp.log(X[i + 1]), i < 2), (0, True)) + X[i],
     lambda x: x + np.log(np.append(x[1:], 1))),
    (sp.Sum(X[i - 1] * GUARD((i >= 1) & (i < 2)), (i, 0, 2)) + X[0], lambda x: 2 * x[0]),
    (sp.Sum(X[i - j] * Y[j] * GUARD(j <= i), (j, 0, n - 1)) - Y[i], None),
    (sp.KroneckerDelta(i, 0) * X[i + 2] + X[i], lambda x: x + np.array([x[2], 0, 0])),
    (sp.Piecewise((sp.Sum(X[i - 1 + j], (j, 0, 1)), i >= 1), (X[0], True)) + X[i],
     lambda x: x + np.array([x[0], x[0] + x[1], x[1] + x[2]])),
]  # fmt: skip


@pytest.mark.parametrize(("e", "wanted"), GUARDED, ids=[str(e) for e, _ in GUARDED])
def test_reads_outside_are_masked_where_something_guards_them(e, wanted):
    f = sg.from_sympy(e)
    if wanted is None:
        np.testing.assert_allclose(numbers(f(u3, v3)), np.convolve(u3, v3)[:3] - v3)
        return
    t = leaf(u3)
    out = f(t)
    np.testing.assert_allclose(numbers(out), wanted(u3), rtol=1e-14)
    out.sum().backward()
    slopes = [(wanted(u3 + h).sum() - wanted(u3 - h).sum()) / 2e-6 for h in np.eye(3) * 1e-6]
    np.testing.assert_allclose(numbers(t.grad), slopes, rtol=1e-6, atol=1e-6)


def test_reads_outside_that_nothing_guards():
    with pytest.raises(ShapeError) as caught:
        sg.from_sympy(sp.Sum(sp.IndexedBase("x", shape=(n,))[i], (i, 1, n)))(u3)
    assert str(caught.value) == (
        "x[i] reads index 3 of axis 0, which counts from 0 to 2.\n"
        "  mend   indices count from 0 as in Python: sum from 0 to n - 1, or guard the read with "
        "Piecewise((..., condition on the index), (0, True))"
    )
    with pytest.raises(ShapeError, match=r"x\[i - 1\] reads index -1"):
        sg.from_sympy(X[i - 1] + X[i])(u3)
    with pytest.raises(ShapeError, match=r"x\[5\] reads index 5"):
        sg.from_sympy(X[5])(u3)


def test_arrays_of_integers_are_indices():
    f = sg.from_sympy(sp.Sum(X[Y[i]] * A[i, Y[i]], (i, 0, n - 1)))
    at = np.array([2, 0])
    t = leaf(u3)
    f(a23, t, at).backward()
    wanted = np.zeros(3)
    np.add.at(wanted, at, a23[[0, 1], at])
    np.testing.assert_allclose(numbers(t.grad), wanted)
    with pytest.raises(ShapeError, match="no whole number"):
        f(a23, u3, np.array([0.5, 1.0]))
    with pytest.raises(ShapeError, match="reads index 7"):
        f(a23, u3, np.array([7, 0]))


def test_sizes_come_from_the_arrays_or_are_parameters():
    assert sg.from_sympy(sp.Sum(X[i], (i, 0, n - 1)) / n).names == ("x",)
    assert sg.from_sympy(sp.Sum(X[i], (i, 0, n - 1)), "x", "n")(u3, 2).item() == pytest.approx(
        u3[:2].sum()
    )
    f = sg.from_sympy(sp.Sum(1 / (i + 1) * x, (i, 0, n - 1)))
    assert f.names == ("n", "x")
    assert f(3, np.array(1.0)).item() == pytest.approx(11 / 6)
    form = sg.closed_form(f, 3, 1.0, notation="element", wrt="x")
    assert str(form) == "11/6"
    with pytest.raises(ShapeError, match=r"n is .*no whole number"):
        f(2.5, 1.0)
    declared = sp.IndexedBase("x", shape=(2 * n,))
    assert sg.from_sympy(n * declared[i])(np.ones(6)).tolist() == [3.0] * 6
    with pytest.raises(ShapeError, match="x has the length 5 along axis 0, which is 2\\*n for no"):
        sg.from_sympy(n * declared[i])(np.ones(5))


def test_arrays_that_disagree():
    dot = sg.from_sympy(sp.Sum(X[i] * Y[i], (i, 0, n - 1)))
    with pytest.raises(ShapeError) as caught:
        dot(np.ones(3), np.ones(5))
    assert str(caught.value) == (
        "y has the length 5 along axis 0; the expression has n, which is 3.\n"
        "  n      3, from x\n"
        "  mend   give arrays whose lengths agree"
    )
    with pytest.raises(ShapeError, match="the index i runs over lengths that differ"):
        sg.from_sympy(X[i] * Y[i])(np.ones(3), np.ones(5))
    with pytest.raises(ShapeError, match="1 axes"):
        sg.from_sympy(A[i, j])(np.ones(3))
    with pytest.raises(ShapeError, match="2 axes"):
        sg.from_sympy(X[i])(np.ones((3, 3)))


def test_empty_arrays_and_backward_ranges():
    assert sg.from_sympy(sp.Sum(X[i] ** 2, (i, 0, n - 1)))(np.ones(0)).item() == 0
    assert sg.from_sympy(X[i] * 2)(np.ones(0)).shape == (0,)
    with pytest.raises(ShapeError, match="before its start"):
        sg.from_sympy(sp.Sum(X[i], (i, 4, n - 1)), "x", "n")(u3, 2)
    after = sp.Sum(X[j], (j, i + 2, n - 1))
    with pytest.raises(ShapeError, match="guard the sum"):
        sg.from_sympy(after + X[i])(u3)
    guarded = sg.from_sympy(sp.Piecewise((after, i < n - 1), (0, True)) + X[i])
    np.testing.assert_allclose(numbers(guarded(u3)), u3 + np.array([u3[2], 0, 0]))


def test_one_letter_bound_twice_is_two_indices():
    e = sp.Sum(X[i], (i, 0, n - 1)) * sp.Sum(Y[i], (i, 0, m - 1)) + X[i]
    out = sg.from_sympy(e)(u3, np.ones(2))
    np.testing.assert_allclose(numbers(out), 2 * u3.sum() + u3)


def test_what_is_not_chosen_may_be_infinite():
    t = leaf(u3)
    sg.from_sympy(sp.Sum(1 / (X[i] - X[j]), (j, 0, i - 1)))(t).sum().backward()
    assert np.isfinite(numbers(t.grad)).all()
    for e in [
        sp.Piecewise((X[i] / i, i > 0), (0, True)),
        sp.Piecewise((0, sp.Eq(i, 0)), (X[i] / i, True)),
        sp.Sum(X[i] / i, (i, 1, n - 1)),
    ]:
        t = leaf(u3)
        out = sg.from_sympy(e)(t)
        out.sum().backward()
        assert out.sum().item() == pytest.approx(u3[1] + u3[2] / 2)
        assert t.grad.tolist() == [0.0, 1.0, 0.5]


def test_sympys_own_derivatives_of_sums_are_the_gradient():
    declared, index = sp.IndexedBase("x", shape=(n,)), sp.Idx("k", n)
    for base, letter in ((X, k), (declared, index)):
        e = sp.Sum(base[i] ** 2 * Y[i] / (1 + base[i]), (i, 0, n - 1))
        t = leaf(u3)
        sg.from_sympy(e)(t, v3).backward()
        slope = sg.from_sympy(e.diff(base[letter]))
        assert (slope.names, slope.indices) == (("x", "y"), ("k",))
        np.testing.assert_allclose(numbers(slope(u3, v3)), numbers(t.grad))


def written_out(e):
    """A sum with numbers as bounds, term by term."""
    if isinstance(e, sp.Sum):
        *inner, (letter, low, high) = e.limits
        body = sp.Sum(e.function, *inner) if inner else e.function
        terms = [body.xreplace({letter: sp.Integer(v)}) for v in range(int(low), int(high) + 1)]
        return sp.Add(*map(written_out, terms))
    return e.func(*map(written_out, e.args)) if e.has(sp.Sum) else e


@st.composite
def indexed(draw):
    """A sum over i, then j, of a product; bounds may hang on i."""
    factors = [
        X[i], Y[j], X[n - 1 - i], A[i, j], A[j, i], i + 1, X[i] - Y[j], sp.Rational(2, 3), n,
        sp.KroneckerDelta(i, j), 1 / (X[i] + Y[j]), sp.exp(-X[i] * j), sp.cos(A[i, j]) ** 2,
        sp.Piecewise((X[i - 1], i > 0), (0, True)),
        sp.Piecewise((1 / (i - j), i > j), (Y[j], True)),
        X[i - 1] * sp.Piecewise((1, i > 0), (0, True)), sp.Max(X[i], Y[j]), (-1) ** (i + j),
        sp.Sum(A[i, k], (k, 0, n - 1)), sp.Sum(X[k], (k, 0, i)), x, x**i,
    ]  # fmt: skip
    picked = draw(st.lists(st.sampled_from(factors), min_size=1, max_size=4))
    body = sp.Mul(*picked) if draw(st.booleans()) else sp.Add(*picked)
    inner = draw(st.sampled_from([(j, 0, n - 1), (j, 0, i), (j, 0, i - 1), (j, i, n - 1)]))
    return sp.Sum(body, inner, (i, 0, n - 1)) if draw(st.booleans()) else sp.Sum(body, inner)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(indexed())
def test_any_sum_is_what_sympy_writes_out(e):
    size, arrays = 3, {"A": a33, "x": u3, "y": v3, "z": np.array(0.75)}
    if i in e.free_symbols:
        e = e + X[i]
    e = e.xreplace({x: symbol("z")})
    f = sg.from_sympy(e, *arrays, "n")
    e = e.xreplace({n: sp.Integer(size)})
    places = [{i: sp.Integer(at)} for at in range(size)] if f.indices else [{}]
    terms = [written_out(e.xreplace(at)) for at in places]
    letters = {
        base[at]: symbol(f"{base}{at}")
        for base in (X, Y, A)
        for at in np.ndindex(arrays[str(base)].shape)
    }
    terms = [t.xreplace(letters) for t in terms]
    point = {s: sp.Rational(float(arrays[str(r.base)][r.indices])) for r, s in letters.items()}
    point[symbol("z")] = sp.Rational(3, 4)
    given = {name: leaf(value) for name, value in arrays.items()}
    out = f(**given, n=size)
    np.testing.assert_allclose(
        numbers(out).ravel(), [float(t.xreplace(point)) for t in terms], rtol=1e-12, atol=1e-12
    )
    total = sp.Add(*terms)
    if out.requires_grad:
        out.sum().backward()
    for read, letter in letters.items():
        grad = given[str(read.base)].grad
        got = 0.0 if grad is None else grad[tuple(map(int, read.indices))].item()
        wanted = float(sp.N(total.diff(letter).xreplace(point)))
        assert got == pytest.approx(wanted, rel=1e-10, abs=1e-11)


def test_arrays_of_another_device():
    strict = pytest.importorskip("array_api_strict")
    raw = strict.asarray([1.0, 2.0, 3.0], dtype=strict.float32, device=strict.Device("device1"))
    t = new_leaf(raw, True)
    for e, wanted in [(sp.Sum(i * X[i], (i, 0, n - 1)), 8.0), (GUARDED[0][0], 3.0)]:
        out = sg.from_sympy(e)(t).sum()
        assert out._value.device == raw.device
        assert out.item() == wanted


def test_a_number_beside_arrays_is_one_number():
    with pytest.raises(ShapeError, match="s is one number beside indexed arrays"):
        sg.from_sympy(X[i] * sp.Symbol("s"))(u3, u3)


# ------------------------------------------------------------------------------------ matrices


def test_matrices_and_arrays_of_scalars():
    f = sg.from_sympy(sp.Matrix([[x, 2 * y], [sp.Rational(1, 2), x * y]]))
    assert f(3.0, 4.0).tolist() == [[3.0, 8.0], [0.5, 12.0]]
    assert f(np.ones(5), 4.0).shape == (5, 2, 2)
    text = str(sg.closed_form(f, 3.0, 4.0, wrt="x", notation="element"))
    assert text == "[[1, 0],\n [0, y]]"
    assert sg.from_sympy(sp.Array([x, y, 1]))(1.0, 2.0).tolist() == [1.0, 2.0, 1.0]
    assert sg.from_sympy(sp.Matrix([X[i], 2 * X[i]]))(u3).shape == (3, 2, 1)
    assert sg.from_sympy(sp.Array(x))(2.0).tolist() == 2.0
    rotation = sp.rot_axis3(x)
    np.testing.assert_allclose(
        numbers(sg.from_sympy(rotation)(0.3)), np.array(rotation.subs(x, 0.3), float), rtol=1e-6
    )


def test_matrix_symbols_entry_by_entry():
    M = sp.MatrixSymbol("M", 2, 2)
    f = sg.from_sympy(M.as_explicit().det())
    square = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert (f.names, f(square).item()) == (("M",), -2.0)
    f = sg.from_sympy(sp.Sum(sp.MatrixSymbol("M", n, n)[i, i], (i, 0, n - 1)) / n)
    assert (f.names, f(square).item()) == (("M",), 2.5)


# ---------------------------------------------------------------- sharing, depth, other readers


def test_shared_parts_are_one_step():
    z = x
    for _ in range(40):
        z = sp.sin(z) * z
    f = sg.from_sympy(z)
    assert len(f._plan.steps) < 130
    assert np.isfinite(f(0.3).item())


def test_five_thousand_levels():
    e = x
    for _ in range(5000):
        e = sp.sin(e, evaluate=False)
    f = sg.from_sympy(e)
    t = leaf(0.5)
    out = f(t)
    out.backward()
    wanted = 0.5
    for _ in range(5000):
        wanted = math.sin(wanted)
    assert out.item() == pytest.approx(wanted, rel=1e-12)
    assert t.grad.item() > 0
    assert len(repr(f)) < 100


def test_long_sums_of_terms():
    letters = sp.symbols("a:2000")
    f = sg.from_sympy(sp.Add(*(s**2 for s in letters)))
    assert len(f.names) == 2000
    assert f(*[1.0] * 2000).item() == 2000.0


def test_every_order_and_the_cross_check():
    f = sg.from_sympy(sp.exp(x * y) * sp.sin(x))
    a, b = leaf(0.7), leaf(1.3)
    out = f(a, b)
    for order in range(1, 5):
        (out,) = sg.autograd.grad(out, a, create_graph=True)
        wanted = (sp.exp(x * y) * sp.sin(x)).diff(x, order).subs({x: 0.7, y: 1.3})
        assert out.item() == pytest.approx(float(wanted))
    assert sg.crosscheck(f, leaf(0.7), leaf(1.3))
    assert sg.crosscheck(sg.from_sympy(sp.Sum(X[i] ** 2 * Y[i], (i, 0, n - 1))), leaf(u3), leaf(v3))


def test_tensors_keep_their_letters():
    w = leaf(u3)
    out = sg.from_sympy(sp.Sum(X[i] ** 2, (i, 0, n - 1)) / 3)(w)
    assert str(sg.closed_form(out, w, notation="element")) == "[2*w[0]/3, 2*w[1]/3, 2*w[2]/3]"


def test_the_same_for_every_hash_seed():
    code = (
        "import sympy as sp, numpy as np, symgrad as sg\n"
        "x, y, z = sp.symbols('x y z'); i, j, n = sp.symbols('i j n', integer=True)\n"
        "A = sp.IndexedBase('A')\n"
        "e = sp.Max(x, y, z) * sp.Piecewise((x, (x > 0) & (y > 1) & (z > 2)), (y, True))\n"
        "f = sg.from_sympy(e + sp.Sum(A[i, j] * x**i, (i, 0, n - 1)))\n"
        "print([(s.function.__name__, s.operands, str(s.data)) for s in f._plan.steps])\n"
        "print(f.names, f.indices)\n"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "1", "77")
    }  # fmt: skip
    assert len(texts) == 1


# ------------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    "given", ["x + 1", 3, 2.5, [x], None, np.ones(2), sp.Tuple(x), sp.FiniteSet(x)]
)
def test_sympy_objects_only(given):
    with pytest.raises(TypeError, match="from_sympy takes a SymPy"):
        sg.from_sympy(given)


def test_text_goes_to_parse():
    with pytest.raises(TypeError, match=r"write sg\.parse\('x \+ 1'\)"):
        sg.from_sympy("x + 1")


@pytest.mark.parametrize(
    ("e", "said"),
    [
        (sp.besselj(0, x), "no rule for besselj"),
        (sp.zeta(x) + 1, "no rule for zeta"),
        (sp.Function("g")(x), "no rule for g"),
        (sp.I * x, "I is no real number"),
        (sp.Derivative(sp.sin(x), x), r"no rule for Derivative.*\n.*\n.*doit"),
        (sp.Integral(x, x), "no rule for Integral"),
        (sp.re(sp.Symbol("z")), r"no rule for re(.|\n)*real=True"),
        (sp.zoo * (x + 1), "zoo|ComplexInfinity"),
        (
            sp.Sum(x / k**2, (k, 1, sp.oo)),
            r"Sum\(x/k\*\*2, \(k, 1, oo\)\) has no two finite bounds",
        ),
        (x * (-8) ** sp.Rational(1, 3), "is no real number"),
        (sp.Array([1, 2, 3])[i], "no rule for Indexed"),
        (sp.Matrix([1, 2, 3])[i, 0], "no rule for MatrixElement"),
        (sp.MatrixSymbol("M", 2, 2), "whole matrices"),
        (sp.MatrixSymbol("M", 2, 2).T, "whole matrices"),
    ],
    ids=str,
)
def test_what_has_no_rule_is_refused_at_once(e, said):
    with pytest.raises(NoClosedForm, match=said):
        sg.from_sympy(e)


def test_names_that_do_not_fit():
    with pytest.raises(ValueError, match="the names leave out y"):
        sg.from_sympy(x + y, "x")
    with pytest.raises(ValueError, match="a name stands twice"):
        sg.from_sympy(x, "x", "x")
    with pytest.raises(ValueError, match="two things are called x"):
        sg.from_sympy(x + sp.Symbol("x"))
    with pytest.raises(ValueError, match="two things are called x"):
        sg.from_sympy(x * X[i])
    with pytest.raises(ValueError, match="no array tells how far the index j runs"):
        sg.from_sympy(X[i + j] + X[i])
    assert sg.from_sympy(X[k] * 2, "x", "k")(u3, 1).item() == 2 * u3[1]
