"""What a closed form holds under: asked where it matters, left out where it is known."""

from __future__ import annotations

import pytest
import sympy as sp

import symgrad as sg
from symgrad.symbolic import agreeing


def inverted(x):
    return sg.exp(sg.log(x)).sum()


def test_a_condition_is_said_once():
    form = sg.closed_form(inverted, x="n", wrt="x")
    assert str(form) == "1\n  when x[i] > 0"


def test_what_is_declared_is_not_asked_again():
    form = sg.closed_form(inverted, x="n", wrt="x", assume={"x": "positive"})
    assert str(form) == "1"
    assert form.holds_when == sp.true


def test_what_the_formula_shows_is_left_out_of_it_and_kept_beside_it():
    form = sg.closed_form(lambda A: sg.det(A), A="n n", wrt="A")
    assert str(form) == "det(A) A⁻ᵀ"
    assert str(form.holds_when) == "det(A) ≠ 0"
    assert sg.closed_form(lambda x: sg.log(x).sum(), x="n", wrt="x").holds_when == sp.true


def test_one_point_that_differs_is_enough(monkeypatch):
    found = agreeing._by_formula
    turns = []

    def wrong_once(form, point, weights):
        turns.append(point)
        return found(form, point, weights) + (len(turns) == 1)

    monkeypatch.setattr(agreeing, "_by_formula", wrong_once)
    with pytest.raises(sg.FormulaError, match="disagrees"):
        sg.closed_form(lambda x: sg.sin(x).sum(), x="n", wrt="x")


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (lambda x: x[5] ** 2, "2 x[5] e[5]"),
        (lambda x: x[-4] ** 3, "3 x[n-4]² e[n-4]"),
        (lambda x: (x[:7] ** 2).sum(), "2 x[i] [i < 7]"),
        (lambda x: (x[:7] ** 2)[0], "2 x[0] e[0]"),
    ],
    ids=["fifth", "from_the_end", "first_seven", "one_of_seven"],
)
def test_sizes_are_tried_that_hold_the_places_named(function, text):
    assert str(sg.closed_form(function, x="n", wrt="x")) == text


def test_a_form_says_whether_it_was_checked():
    assert sg.closed_form(inverted, x="n", wrt="x").checked
    assert not sg.closed_form(inverted, x="n", wrt="x", check=False).checked
    nowhere = sg.closed_form(lambda x: sg.sqrt(-x * x - 1).sum(), x="n", wrt="x")
    assert not nowhere.checked


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (lambda x: (x ** x.shape[0]).sum(), "1ᵀ x^∘n"),
        (lambda x: x * (x ** x.shape[0] + 1) / (x ** x.shape[0] + 1), "x\n  when x^∘n ≠ -1"),
        (lambda x: (x**1.5 / x**0.5).sum(), "1ᵀ x\n  when x > 0"),
        (lambda x: (sg.sqrt(x) + 1) * (sg.sqrt(x) - 1), "x[i] - 1\n  when x[i] ≥ 0"),
    ],
    ids=["power_of_a_size", "sum_with_such_a_power", "root_cancelled", "root_multiplied_out"],
)
def test_powers_keep_their_domain(function, text):
    assert str(sg.closed_form(function, x="n")) == text
