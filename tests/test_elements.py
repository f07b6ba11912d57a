"""Exact scalars: constants as people mean them, rules over SymPy entries, choices at a point."""

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

import symgrad as sg
from symgrad.algebras.elements import Elements, Printed, as_term, element_name, exact, symbol
from symgrad.algebras.exact import meant
from symgrad.algebras.numpy_adapter import NUMPY
from symgrad.errors import NoClosedForm
from symgrad.grammar.kind import Kind
from symgrad.grammar.primitive import REGISTRY
from symgrad.symbolic.evaluation import values_at
from symgrad.verification.examples import cases_of, draw

E = Elements()


def numbers(array, point):
    """The entries of an ObjectArray as floats."""
    found = [float(sp.N(e.xreplace(point))) for e in array.data.ravel()]
    return np.array(found).reshape(array.shape)


# ------------------------------------------------------------------------------------- constants


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (0.1, "1/10"),
        (1 / 3, "1/3"),
        (1 / 3 - 1, "-2/3"),  # one rounding away
        (0.1 + 0.2, "3/10"),
        (0.044715, "8943/200000"),
        (2.5e-3, "1/400"),
        (1e-16, "1/10000000000000000"),
        (1 + 2**-52, "5000000000000001/5000000000000000"),  # never quietly 1
        (float(np.float32(0.1)), "1/10"),
        (float(np.float32(1 / 3)), "1/3"),
        (2.0, "2"),
        (-7.0, "-7"),
    ],
)
def test_a_float_is_the_number_that_was_meant(value, wanted):
    assert meant(value) == Fraction(wanted)
    assert str(exact(value)) == wanted


def test_what_is_meant_rounds_back_to_the_float():
    rng = np.random.default_rng(3)
    for value in [*rng.normal(size=300), *10.0 ** rng.uniform(-30, 30, 100), 5e-324, 1.7e308]:
        assert float(meant(float(value))) == value


def test_special_floats_and_truth_values():
    assert exact(float("inf")) is sp.oo
    assert exact(float("-inf")) == -sp.oo
    assert exact(float("nan")) is sp.nan
    assert exact(True) is sp.true
    assert exact(3) == sp.Integer(3)


def test_one_symbol_factory_makes_real_symbols():
    assert symbol("x") == sp.Symbol("x", real=True)
    assert symbol("x") != sp.Symbol("x")
    assert [element_name("A", p) for p in [(), (0,), (1, 2)]] == ["A", "A[0]", "A[1, 2]"]
    assert element_name("w[3]", (1,)) == "w[3, 1]"


# ----------------------------------------------------------------------------------- the carrier


def test_operators_mean_arrays_and_a_0d_array_stays_one():
    x = E.letters("x", (2, 2))
    a, b, c, d = x.data.ravel()
    assert list((x * x).data.ravel()) == [a**2, b**2, c**2, d**2]
    assert (x @ x).data[0, 0] == a**2 + b * c
    total = E.sum(x)
    assert total.shape == ()
    assert (2 * total + 1).shape == ()
    assert (np.ones(2) * x).shape == (2, 2)
    assert (x**0.5).data[0, 0] == sp.sqrt(a)
    assert (1 - x).data[1, 1] == 1 - d


def test_matmul_has_numpys_shapes():
    for left, right in [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((4, 1, 2, 3), (5, 3, 2))]:
        a, b = np.arange(np.prod(left)).reshape(left), np.ones(right, int)
        assert E.matmul(a, b).shape == (a @ b).shape
        assert np.array_equal(numbers(E.matmul(a, b), {}), a @ b)


def test_determinant_and_inverse_of_symbols_are_sympys():
    for n in (1, 2, 3, 4):
        a = E.letters("a", (n, n))
        matrix = sp.Matrix(n, n, list(a.data.ravel()))
        assert sp.expand(E.det(a).item() - matrix.det()) == 0
    five = np.random.default_rng(0).integers(-4, 5, (5, 5))
    assert E.det(five).item() == sp.Matrix(five.tolist()).det()
    a = E.letters("a", (3, 3))
    product = sp.Matrix(3, 3, list(a.data.ravel())) * sp.Matrix(3, 3, list(E.inv(a).data.ravel()))
    assert sp.cancel(sp.together(product[0, 0])) == 1
    assert sp.cancel(sp.together(product[0, 1])) == 0
    assert E.det(np.zeros((0, 0))).item() == 1


def test_forward_mode_by_transposing():
    x, t = E.letters("x", (2,)), E.letters("t", (2,))
    found = E.transpose_of(lambda g: g * x, x, t)
    assert list(found.data) == [x.data[0] * t.data[0], x.data[1] * t.data[1]]


# ----------------------------------------------------------------------- rules, read as formulas


def runnable():
    """A few small cases of every rule that has a formula."""
    for rule in REGISTRY.values():
        if rule.kind is Kind.OPAQUE or rule.outputs or rule.word in {"component", "to_device"}:
            continue
        cases = [c for c in cases_of(rule) if (c.spread, c.layout) == ("near", "plain")]
        small = [c for c in cases if 0 < max(map(np.prod, c.shapes), default=0) <= 9]
        yield from (pytest.param(rule, c, id=c.name) for c in small[-3:])


def lettered(operand, name, point):
    """Symbols for a floating operand, its values put into the point; others as they are."""
    if operand.dtype.kind != "f":
        return operand
    letters = E.letters(name, operand.shape)
    point.update(zip(letters.data.ravel(), operand.ravel().tolist(), strict=True))
    return letters


@pytest.mark.parametrize(("rule", "example"), list(runnable()))
def test_every_rule_reads_as_its_numbers(rule, example):
    operands = draw(rule, example, np.random.default_rng(example.seed))
    params = dict(example.params)
    if rule.path_rule is not None:
        params["path"] = rule.path_rule(NUMPY, *operands, **params)
    want = np.asarray(rule.forward(NUMPY, *operands, **params))
    point = {}
    letters = [lettered(x, f"x{k}", point) for k, x in enumerate(operands)]
    got = E.apply(rule, tuple(letters), params)
    assert got.shape == want.shape
    found = values_at({}, [as_term(e) for e in got.data.ravel()], point, 12)
    np.testing.assert_allclose([float(v) for v in found], want.ravel(), rtol=1e-9, atol=1e-12)


def test_relu_and_maximum_print_short_but_differentiate_right():
    x = E.letters("x", ())
    assert str(Printed().relu(x).item()) == "Max(0, x)"
    slope = E.relu(x).item().diff(symbol("x"))
    assert [slope.subs(symbol("x"), v) for v in (-1, 0, 2)] == [0, 0, 1]
    a, b = E.letters("a", ()), E.letters("b", ())
    share = E.maximum(a, b).item().diff(symbol("a"))
    assert share.subs({symbol("a"): 1, symbol("b"): 1}) == sp.Rational(1, 2)


# ------------------------------------------------------------------------------ choices at a point


def at(values):
    """The algebra that decides at these values of x."""
    return Elements({symbol(f"x[{k}]"): v for k, v in enumerate(values)})


def test_a_point_decides_comparisons_and_orders():
    algebra = at([3.0, 1.0, 2.0])
    x = algebra.letters("x", (3,))
    assert [e == sp.true for e in algebra.greater(x, 1.5).data] == [True, False, True]
    assert algebra.max(x).item() == x.data[0]
    assert algebra.argsort(x).tolist() == [1, 2, 0]
    assert algebra.relu(x - 2).data.tolist() == [x.data[0] - 2, 0, 0]


def test_without_a_point_an_order_is_refused():
    with pytest.raises(NoClosedForm, match="order"):
        E.argsort(E.letters("x", (3,)))
    assert E.argsort([2, 0, 1] * np.ones(1, int)).tolist() == [1, 2, 0]


def test_a_deciding_point_is_held_exactly():
    algebra = Elements({symbol("x"): 0.1})
    # 0.1 as it is held lies above 1/10: what was meant must not turn a branch.
    assert algebra.greater(algebra.letters("x", ()), sg.tensor(0).item()).item() == sp.true
    assert algebra.sort_key(symbol("x")) == sp.Rational(0.1)


def test_an_unknown_word_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_word"):
        E.no_such_word(1)
