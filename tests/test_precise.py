"""The precise algebra: digits, edges of domains, structure, and ties; pytest runs it."""

import mpmath
import numpy as np
import pytest

from symgrad.algebras.numpy_adapter import NUMPY
from symgrad.algebras.precise import Precise
from symgrad.grammar.kind import Kind
from symgrad.grammar.primitive import REGISTRY

P = Precise(50)


def value(x):
    return P.lift(x).data.item()


def close(got, want, digits=50):
    with mpmath.workdps(digits + 10):
        want = mpmath.mpf(want)
        got = mpmath.mpf(got)
        return abs(got - want) <= abs(want) * mpmath.mpf(10) ** -digits


@pytest.mark.parametrize(
    ("word", "x", "want"),
    [
        ("exp", 1, "2.7182818284590452353602874713526624977572470936999595749669676277"),
        ("sin", 1, "0.84147098480789650665250232163029899962256306079837106567275170999"),
        ("log1p", 1e-300, None),
        ("tanh", 0.5, "0.46211715726000975850231848364367254873028928033011303855273181584"),
        ("sqrt", 2, "1.4142135623730950488016887242096980785696718753769480731766797380"),
    ],
)
def test_a_word_has_its_digits(word, x, want):
    got = getattr(P, word)(x).item()
    assert close(got, want if want is not None else mpmath.mpf(x))


def test_an_instance_changes_nobody_elses_precision():
    before = mpmath.mp.dps
    few, many = Precise(20), Precise(200)
    assert close(many.exp(1).item(), few.exp(1).item(), 20)
    assert many.exp(1).item().context.dps == 215
    assert mpmath.mp.dps == before


def test_a_float_is_held_exactly():
    with mpmath.workdps(30):
        assert value(0.1) != mpmath.mpf(1) / 10
    assert float(value(0.1)) == 0.1
    assert value(0.1) * 2**55 == int(0.1 * 2**55)


@pytest.mark.parametrize(
    ("word", "operands", "want"),
    [
        ("log", (0,), "-inf"), ("log", (-1,), "nan"), ("sqrt", (-1,), "nan"),
        ("divide", (1, 0), "inf"), ("divide", (-1, 0), "-inf"), ("divide", (0, 0), "nan"),
        ("asin", (2,), "nan"), ("acosh", (0.5,), "nan"), ("atanh", (2,), "nan"),
        ("power", (0, -1), "inf"), ("power", (-8, 1 / 3), "nan"), ("power", (0, 0), "1.0"),
        ("log1p", (-1,), "-inf"), ("exp", (-float("inf"),), "0.0"),
        ("tanh", (float("inf"),), "1.0"),
        ("maximum", (float("nan"), 1), "nan"), ("maximum", (1, float("nan")), "nan"),
        ("minimum", (1, float("nan")), "nan"), ("sign", (float("nan"),), "nan"),
    ],
)  # fmt: skip
def test_off_the_domain_there_is_nan_or_infinity_and_no_error(word, operands, want):
    assert str(float(getattr(P, word)(*operands).item())) == want


def test_a_tower_of_exponentials_ends_as_infinity():
    x = P.lift(10)
    for _ in range(6):
        x = P.exp(x)
    assert P.context.isinf(x.item())
    assert P.context.isinf(P.power(P.lift(7), P.lift(2.0**1000) ** 9).item())


def test_comparisons_are_decided_and_casts_count():
    held = P.greater(P.lift(np.array([1.0, 2.0])), 1)
    assert held.data.tolist() == [False, True]
    assert P.cast(held, dtype=np.float64).data.tolist() == [0, 1]
    assert P.cast(P.lift(np.array([1.9, -1.9])), dtype=np.int64).data.tolist() == [1, -1]
    assert P.cast(P.lift(np.array([0.0, 0.5])), dtype=np.bool_).data.tolist() == [False, True]


def test_a_selection_chooses_anew_from_the_values():
    rule = REGISTRY["sort_values"]
    x = P.lift(np.array([3.0, 1.0, float("nan"), 2.0]))
    out = P.apply(rule, (x,), dict(rule.defaults))
    assert [float(v) for v in out.data[:3]] == [1, 2, 3]
    assert P.context.isnan(out.data[3])


def test_matrices_keep_their_digits():
    hilbert = P.lift(np.array([[1, 2], [3, 4]])) / 7
    product = P.matmul(hilbert, P.inv(hilbert))
    assert all(close(v, w) for v, w in zip(product.data.diagonal(), (1, 1), strict=True))
    assert P.matmul(P.zeros((2, 0)), P.zeros((0, 3))).data.tolist() == [[0, 0, 0]] * 2


def test_the_forward_is_read_on_request_and_agrees_with_the_formula():
    rule = REGISTRY["logsumexp"]
    x = P.lift(np.array([1.0, 2.0, 3.0]))
    params = {**rule.defaults, "axis": 0}
    assert close(P.forward_of(rule, (x,), params).item(), P.apply(rule, (x,), params).item())


UNARY = [
    r.word
    for r in REGISTRY.values()
    if r.kind is Kind.ELEMENTWISE and len(r.operands) == 1 and not r.required and r.differentiable
]


@pytest.mark.parametrize("word", UNARY)
def test_every_function_of_one_number_agrees_with_floats(word):
    rule = REGISTRY[word]
    domain = rule.domains[0]
    points = [x for x in (-1.4, -0.6, 0.3, 0.9, 1.7) if domain.holds(x)]
    assert points
    for x in points:
        exact = P.apply(rule, (P.lift(x),), dict(rule.defaults)).item()
        floats = rule.forward(NUMPY, np.float64(x), **rule.defaults)
        assert abs(float(exact) - float(floats)) <= 1e-14 * max(1.0, abs(float(floats)))
