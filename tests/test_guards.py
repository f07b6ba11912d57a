"""Branches: a formula names every decision that the program took, or says that it cannot."""

import gc
import threading
import weakref

import numpy as np
import pytest
import sympy as sp

import symgrad as sg
from symgrad.algebras.elements import symbol
from symgrad.tracing import guards as module


def leaf(data, name="x"):
    return sg.tensor(data, dtype=sg.float64, requires_grad=True, name=name)


def guards(x):
    return [] if x.node.extra is None else x.node.extra.guards


def holds(y, *wrt):
    return sg.closed_form(y, *wrt).holds_when


A, B, C = (symbol(f"x[{k}]") for k in range(3))


# which branches count -------------------------------------------------------------------------


def test_one_line_on_several_entries_is_several_branches():
    x = leaf([1.0, 2.0, -3.0])
    s = 0 * x.sum()
    for k in range(3):
        if x[k] > 0:
            s = s + x[k] ** 2
    assert holds(s * 1, x) == sp.And(A > 0, B > 0, C <= 0)


def test_parameters_that_are_arrays_are_compared_by_their_entries():
    x = leaf([1.0, 2.0, 3.0])
    for index in (np.array([0, 1]), np.array([0, 1]), np.array([1, 2])):
        assert x[index].sum() > 0
    assert len(guards(x)) == 2


def test_a_branch_that_was_not_taken_counts():
    x = leaf([1.0, -3.0])
    s = x[0] ** 2
    if x[1] > 0:
        s = s + x[1] ** 2
    assert holds(s, x) == (B <= 0)


def test_a_branch_in_a_call_counts_on_any_leaf():
    c = leaf(2.0, "c")

    def f(x, n):
        if c > 1 and n > 2:
            return x * 2
        return x

    for _ in range(2):  # the second time c's guard is there already
        form = sg.closed_form(f, 3.0, np.array(4), wrt=0)
        assert form.holds_when == sp.And(symbol("c") > 1, symbol("n") > 2)


def test_branches_before_a_call_do_not_count_in_it():
    c = leaf(2.0, "c")
    assert c > 1
    assert sg.closed_form(lambda x: x * c, 3.0, wrt=0).holds_when is sp.true


def test_a_branch_on_a_leaf_below_what_is_differentiated_in():
    x = leaf(2.0)
    h = x * 3
    y = h * h if x > 1 else h
    assert holds(y, h) == (symbol("x") > 1)


def test_a_bare_value_is_a_branch_on_not_being_zero():
    x = leaf(2.0)
    y = x * 2 if x else x * 3
    assert holds(y, x) == sp.Ne(symbol("x"), 0)
    x = leaf(0.0)
    y = x * 2 if x * 3 else x * 3
    assert holds(y, x) == sp.Eq(3 * symbol("x"), 0)


@pytest.mark.parametrize(
    ("ask", "expected"),
    [
        (lambda x: (x > 0).all(), sp.Not(sp.And(A > 0, B > 0, C > 0))),
        (lambda x: (x > 0).any(), sp.Or(A > 0, B > 0, C > 0)),
        (lambda x: sg.all(x > 0), sp.Not(sp.And(A > 0, B > 0, C > 0))),
        (lambda x: np.any(x > 0), sp.Or(A > 0, B > 0, C > 0)),
        (lambda x: x.any(), sp.Or(sp.Ne(A, 0), sp.Ne(B, 0), sp.Ne(C, 0))),
        (lambda x: (x[:1] > 0).all(), A > 0),
    ],
)
def test_branches_on_all_and_any(ask, expected):
    x = leaf([1.0, 2.0, -3.0])
    y = x.sum() if ask(x) else x[0]
    assert sp.simplify_logic(sp.Equivalent(holds(y, x), expected)) is sp.true


def test_all_of_nothing_is_no_branch():
    x = leaf([1.0])
    assert (x[:0] > 0).all()
    assert holds(x * 2, x) is sp.true


# decisions that cannot be printed ---------------------------------------------------------------

DECISIONS = {
    "equal": lambda x: x.sum() if sg.equal(x, x * 1) else x[0],
    "allclose": lambda x: x.sum() if sg.allclose(x, x * 1) else x[0],
    "isclose": lambda x: x.sum() if sg.isclose(x, x * 1).all() else x[0],
    "in": lambda x: x.sum() if 2.0 in x else x[0],
    "a mask": lambda x: x[x > 0].sum(),
    "the largest's place": lambda x: x[x.argmax()],
    "NumPy's place": lambda x: x[np.argmin(x)],
    "the largest along an axis": lambda x: x.max(dim=0).values,
    "sort": lambda x: x.sort().values[0],
    "NumPy's sort": lambda x: np.sort(x)[0],
    "nonzero": lambda x: x[sg.nonzero(x > 0, as_tuple=True)[0]].sum(),
    "all along an axis": lambda x: x.sum() if (x.reshape(1, 3) > 0).all(dim=1) else x[0],
    "NumPy's allclose": lambda x: x.sum() if np.allclose(x, x) else x[0],
}


@pytest.mark.parametrize("name", DECISIONS)
def test_a_decision_that_cannot_be_printed_is_said(name):
    x = leaf([1.0, 2.0, -3.0])
    outside = sg.closed_form(DECISIONS[name](x), x)
    inside = sg.closed_form(DECISIONS[name], [1.0, 2.0, -3.0], wrt=0)
    for form in (outside, inside):
        assert "incomplete: branched at test_guards.py" in str(form)
        assert form.holds_when is not sp.true
        assert form.incomplete


def test_decisions_without_gradients_are_free():
    x = leaf([1.0, 2.0, -3.0])
    with sg.no_grad():
        x.argmax()
        (x > 0).all()
    plain = sg.tensor([1.0, 2.0])
    assert plain.argmax() == 1
    assert plain.any()
    assert plain.node is None
    assert holds(x * 2, x) is sp.true


def test_a_large_condition_is_lost_and_said():
    x = leaf([1.0] * 100)
    assert (x > 0).all()
    form = sg.closed_form(x[0] * 2)
    assert form.holds_when is not sp.true
    assert "branched at" in form.guards[0]


# leaves that change -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["data", "detach"])
def test_a_write_by_another_name_drops_the_guards(name):
    x = leaf(2.0)
    assert x > 0
    alias = x.data if name == "data" else x.detach()
    alias -= 5.0
    y = x * 2
    assert holds(y, x) is sp.true
    if x < 0:
        y = y * 3
    assert holds(y, x) == (symbol("x") < 0)


def test_the_same_branch_after_a_write_counts_anew():
    x = leaf(2.0)

    def asked():
        return bool(x > 0)

    assert asked()
    x.data.add_(1.0)
    assert holds(x * 2, x) is sp.true
    assert asked()
    assert len(guards(x)) == 1
    assert holds(x * 2, x) == (symbol("x") > 0)


def test_a_write_drops_what_was_lost_before_it():
    x = leaf([1.0, 2.0])
    x.argmax()
    x.data.zero_()
    assert holds(x[0] * 2, x) is sp.true


def test_a_branch_on_a_value_from_before_a_write_is_said():
    x = leaf(2.0)
    condition = x > 1
    x.data.zero_()
    y = x * 2 if condition else x
    form = sg.closed_form(y, x)
    assert form.incomplete
    assert form.holds_when is not sp.true


def test_a_condition_on_another_leaf_that_was_written_is_said():
    x, z = leaf(2.0), leaf(3.0, "z")
    y = x * 2 if x * z > 1 else x
    with sg.no_grad():
        z -= 10
    assert sg.closed_form(y, x).incomplete


def test_guards_on_old_values_make_room():
    x = leaf(0.0)
    for k in range(200):
        x.data.fill_(float(k))
        assert x > -1 - k
    assert len(guards(x)) <= 64
    assert holds(x * 2, x) == (symbol("x") > -200)


# what a guard keeps -----------------------------------------------------------------------------


def test_a_guard_keeps_no_data():
    w = leaf([1.0] * 100)
    kept = []
    for k in range(80):
        batch = sg.ones(100, dtype=sg.float64) * (k + 1)
        kept.append(weakref.ref(batch))
        assert (w * batch).sum() > 0
        values = batch._value
        kept.append(weakref.ref(values))
        del batch, values
    gc.collect()
    assert [ref() for ref in kept] == [None] * len(kept)
    assert len(guards(w)) <= 1
    form = sg.closed_form(w[0] * 2)
    assert "incomplete: branched at" in str(form)


def test_a_small_operand_is_kept():
    w = leaf([1.0, 2.0])
    c = sg.tensor([3.0, 4.0], dtype=sg.float64)
    assert (w * c).sum() > 0
    del c
    form = sg.closed_form(w[0] * 2)
    assert not form.incomplete
    assert form.holds_when is not sp.true


def test_a_guard_keeps_no_large_index():
    x = leaf([1.0] * 100)
    index = np.arange(100)
    assert x[index].sum() > 0
    assert guards(x) == []
    assert sg.closed_form(x[0] * 2).incomplete


def test_the_branches_of_another_thread_are_not_collected():
    c = leaf(2.0, "c")
    taken = []

    def work():
        with module.watched() as found:
            assert c > 1
        taken.append(found)

    with module.watched() as here:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert len(taken[0].guards) == 1
    assert not here.guards


# the edge of a branch ---------------------------------------------------------------------------


def test_crosscheck_sees_the_edge_of_a_joint_condition():
    def f(x):
        return x.sum() * 2 if (x > 0).all() else x.sum()

    report = sg.crosscheck(f, sg.tensor([0.0, 1.0], dtype=sg.float64))
    assert "on the edge of a branch" in str(report)
    assert "not differentiable here" in str(report)


def test_crosscheck_finds_the_slope_that_a_test_for_zero_hides():
    def f(x):
        return x * 2 if x else x * 3

    report = sg.crosscheck(f, sg.tensor(0.0, dtype=sg.float64))
    assert not report.ok
    assert "differs" in str(report)
