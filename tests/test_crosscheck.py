"""The verdict on right programs, on kinks and edges, on sums that cancel; pytest runs it."""

import json
import math
import time

import numpy as np
import pytest

import symgrad as sg
from symgrad.errors import DtypeError, ShapeError, TraceError
from symgrad.verification.agreement import Verdict, number, spacing, ulps
from symgrad.verification.budget import Budget
from symgrad.verification.recording import recorded
from symgrad.verification.routes import places, sample
from symgrad.verification.slopes import Slopes

RNG = np.random.default_rng(7)
VECTOR = np.array([0.7, -1.3, 0.4])


def polynomial(x):
    return 2 * x**4 + x**3 + 3 * x**2 + 5 * x + 1


def cross_entropy(p, x):
    scores = sg.tanh(x @ p["first"]) @ p["layers"][0] + p["layers"][1]
    return (sg.logsumexp(scores, 1) - scores[:, 0]).mean()


def looped(x):
    for _ in range(30):
        x = sg.sin(x) * 1.5
    return x


def numpy_program(x):
    return np.sum(np.sin(x) * x) / np.dot(x, x)


PARAMETERS = {
    "first": RNG.normal(size=(3, 4)),
    "layers": (RNG.normal(size=(4, 2)), RNG.normal(size=2)),
}
RIGHT = {
    "a polynomial": (polynomial, 2.0),
    "a vector": (lambda x: x * x, VECTOR),
    "a matmul chain": (
        lambda a, b: (a @ b @ sg.permute(a, (1, 0))).sum(),
        RNG.normal(size=(2, 3)), RNG.normal(size=(3, 3))),
    "softmax cross entropy": (cross_entropy, PARAMETERS, RNG.normal(size=(5, 3))),
    "sorted": (lambda x: sg.sort(x)[0] * np.arange(3.0), VECTOR),
    "a loop": (looped, 0.3),
    "numpy's own functions": (numpy_program, VECTOR),
    "float32": (lambda x: sg.softmax(x, 0), VECTOR.astype(np.float32)),
    "a tensor": (lambda x: sg.exp(x).sum(), sg.tensor([0.1, 0.2])),
    "several results": (lambda x: {"a": sg.sin(x), "b": (x * x).sum()}, VECTOR),
    "repeated indices": (lambda x: x[np.array([0, 0, 2])] * VECTOR, VECTOR),
    "broadcasting": (lambda x, y: x[:, None] * y, VECTOR, np.array([1.5, -0.5])),
    "determinants": (lambda x: sg.linalg.det(x), RNG.normal(size=(3, 3))),
    "where, off its edge": (lambda x: sg.where(x > 0, x * x, -x), VECTOR),
    "a product with a zero": (lambda x: sg.prod(x), np.array([0.0, 2.0, 3.0])),
    "a branch, off its edge": (lambda x: x * x if x > 0 else -x, 0.3),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_program_is_proved_from_independent_sources(name):
    f, *inputs = RIGHT[name]
    report = sg.crosscheck(f, *inputs)
    assert report.ok, str(report)
    assert report.verdict is Verdict.PROVED, str(report)
    assert report.sources == ("formula", "forward")
    assert all(r.verdict != "unavailable" for r in report.routes), str(report)
    assert report.value.ok
    assert report.ulps <= 64
    assert not report.faults


def test_the_polynomial_of_the_first_page():
    report = sg.crosscheck(polynomial, 2.0)
    assert (report.rows[0].got, report.value.got) == (93.0, 63.0)
    assert report.ulps < 1e-30
    text = str(report)
    assert text.startswith("crosscheck of polynomial: proved (0 ULP)")
    for route in ("reverse", "forward", "symbolic", "50 digits", "finite differences"):
        assert f"\n  {route}" in text
    assert "again  sg.crosscheck(polynomial, 2.0, seed=0)" in text


@pytest.mark.parametrize(
    ("f", "x", "kind", "left", "right", "got"),
    [
        (lambda x: sg.relu(x), 0.0, "kink", 0, 1, 0),
        (lambda x: sg.abs(x), 0.0, "kink", -1, 1, 0),
        (lambda x: sg.clip(x, -1, 1), 1.0, "kink", 1, 0, 1),
        (lambda x: sg.sqrt(x), 0.0, "boundary", math.nan, math.inf, math.inf),
        (lambda x: 1 / x, 0.0, "pole", math.inf, -math.inf, -math.inf),
        (lambda x: x * x if x > 0 else -x, 0.0, "kink", -1, 0, -1),
    ],
)
def test_a_point_without_a_derivative_is_classified(f, x, kind, left, right, got):
    report = sg.crosscheck(f, x)
    row = report.rows[0]
    assert report.verdict is Verdict.NOT_DIFFERENTIABLE, str(report)
    assert report.ok, str(report)
    assert row.why.startswith(kind)
    assert [row.left, row.right, row.got] == pytest.approx([left, right, got], nan_ok=True)


@pytest.mark.parametrize("ties", [[1.0, 1.0, 0.0], [2.0, 2.0, 2.0]])
@pytest.mark.parametrize("f", [sg.amax, sg.amin, lambda x: sg.sort(x)[0][0]])
def test_ties_pass_between_their_slopes(f, ties):
    report = sg.crosscheck(f, np.array(ties))
    assert report.ok, str(report)


def test_a_jump_is_said_to_be_one():
    report = sg.crosscheck(lambda x: sg.sign(x), 0.0)
    assert report.rows[0].why.startswith("jump")
    report = sg.crosscheck(lambda x: x * x if x > 0 else x - 1, 0.0)
    assert report.rows[0].why.startswith("jump")
    assert "edge of a branch" in str(report)


@pytest.mark.parametrize(
    "f", [lambda x: x**3, lambda x: x * x, lambda x: sg.sin(x) ** 2, lambda x: x**2 * sg.abs(x)]
)
def test_a_flat_point_is_no_kink(f):
    report = sg.crosscheck(f, 0.0)
    assert report.ok, str(report)
    assert report.rows[0].verdict in (Verdict.PROVED, Verdict.AGREES)


def test_outside_the_domain_nothing_is_confirmed():
    report = sg.crosscheck(lambda x: sg.log(x), -1.0)
    assert report.verdict is Verdict.UNDEFINED
    assert not report.ok
    assert "outside the domain" in report.summary


def test_conventions_at_kinks_that_do_not_add_up_are_found():
    report = sg.crosscheck(lambda x: sg.relu(x) - sg.relu(-x), 0.0)
    assert report.verdict is Verdict.DIFFERS
    assert not report.ok
    assert not report.faults  # no rule is wrong by itself
    assert "conventions at kinks may not add up" in str(report)


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: x + 1e12, 1.0), (lambda x: sg.sin(x), 1e10), (lambda x: sg.log(x), 1e-5),
        (lambda x: sg.sqrt(x), 1e-7), (lambda x: sg.abs(x), 1e-8), (lambda x: x**2, 1e9),
        (lambda x: sg.tanh(x), 200.0), (lambda x: sg.sigmoid(x), -700.0), (lambda x: 1 / x, 1e-200),
        (lambda x: sg.exp(x), -740.0), (lambda x: 1e-6 * sg.sin(x), 1.0),
    ],
)  # fmt: skip
def test_extreme_points_of_right_rules_raise_no_alarm(f, x):
    report = sg.crosscheck(f, x)
    assert report.ok, str(report)
    assert report.verdict in (Verdict.PROVED, Verdict.AGREES)


def test_what_cancels_is_ill_conditioned_and_not_wrong():
    report = sg.crosscheck(lambda x: sg.softmax(x, 0).sum(), np.sin(np.arange(7.0)))
    assert report.ok, str(report)
    assert report.verdict is Verdict.ILL_CONDITIONED
    report = sg.crosscheck(lambda x: 1e8 * x + (1 - 1e8) * x, 1.1)
    assert report.value.verdict is Verdict.ILL_CONDITIONED
    assert report.value.condition == pytest.approx(1.5e8, rel=0.5)
    assert report.value.ulps > 1e6
    assert report.ok


def test_a_detached_value_is_held_constant_and_said_so():
    report = sg.crosscheck(lambda x: (x.detach() * x).sum(), VECTOR)
    assert report.ok, str(report)
    assert "detached by request at test_crosscheck.py" in str(report)
    report = sg.crosscheck(lambda x, y: (x.detach() * y).sum(), VECTOR, VECTOR)
    assert [r.verdict for r in report.rows] == [Verdict.DETACHED, Verdict.PROVED]
    report = sg.crosscheck(lambda x: x.detach() ** 2, 1.0)
    assert report.verdict is Verdict.DETACHED
    assert report.ok


def test_a_value_that_leaves_the_trace_is_an_error():
    with pytest.raises(TraceError, match="through float"):
        sg.crosscheck(lambda x: math.sin(x), 1.0)
    with pytest.raises(TraceError, match=r"\.item\(\)"):
        sg.crosscheck(lambda x: (x * x).item(), 1.0)
    with pytest.raises(TraceError, match="not a tensor"):
        sg.crosscheck(lambda x: 3.0, 1.0)


def test_inputs_must_hold_floats():
    with pytest.raises(DtypeError, match=r"2\.0 a float"):
        sg.crosscheck(lambda x: x * 2, 2)
    assert sg.crosscheck(lambda x, n: x**n, 2.0, 3).ok
    with pytest.raises(ValueError, match="knows no route"):
        sg.crosscheck(polynomial, 2.0, routes=("reverse", "divination"))


# a gradient by hand ---------------------------------------------------------------------------


def by_hand(x):
    return np.cos(x) * x + np.sin(x)


def test_a_gradient_by_hand_is_the_subject_and_reverse_confirms_it():
    f = lambda x: (np.sin(x) * x).sum()
    report = sg.crosscheck(f, VECTOR, gradient=by_hand)
    assert report.ok, str(report)
    assert report.routes[0].name == "gradient"
    assert report.sources == ("formula", "forward", "partials")
    wrong = sg.crosscheck(f, VECTOR, gradient=lambda x: np.cos(x) * x - np.sin(x))
    assert wrong.verdict is Verdict.DIFFERS
    assert not wrong.faults  # the rules are right
    assert wrong.rows[0].element.startswith("x[")
    off = lambda x: by_hand(x) + 1e-9
    assert not sg.crosscheck(f, VECTOR, gradient=off).ok
    assert sg.crosscheck(f, VECTOR, gradient=off, rtol=1e-6).ok
    assert sg.crosscheck(f, VECTOR, gradient=off, atol=1e-8).ok
    assert not sg.crosscheck(f, VECTOR, gradient=off, rtol=1e-12).ok


def test_gradients_by_hand_come_in_containers_and_as_jacobians():
    two = sg.crosscheck(
        lambda a, b: (a * b).sum(), VECTOR, VECTOR + 1, gradient=lambda a, b: (b, a)
    )
    assert two.ok, str(two)
    jacobian = sg.crosscheck(lambda x: x * x, VECTOR, gradient=lambda x: np.diag(2 * x))
    assert jacobian.ok, str(jacobian)
    with pytest.raises(ShapeError, match="gave 1 arrays for 2 inputs"):
        sg.crosscheck(lambda a, b: (a * b).sum(), VECTOR, VECTOR, gradient=lambda a, b: (b,))
    with pytest.raises(ShapeError, match="has shape"):
        sg.crosscheck(lambda a: a.sum(), VECTOR, gradient=lambda a: np.ones(2))


# bounds, seeds, sources -----------------------------------------------------------------------


def test_above_the_budget_a_seeded_sample_is_checked_and_said_so():
    x = RNG.normal(size=400)
    begun = time.monotonic()
    report = sg.crosscheck(lambda x: (sg.sin(x) * x).sum(), x, budget=0.3)
    assert time.monotonic() - begun < 20
    assert report.ok, str(report)
    digits = next(r for r in report.routes if r.name == "50 digits")
    assert 0 < digits.checked < 400
    assert f"{digits.checked} of 400 elements" in str(report)
    assert "sampled, seed 0" in str(report)


def test_what_is_too_large_for_digits_is_checked_in_wide_floats():
    if np.finfo(np.longdouble).eps > 1e-17:
        pytest.skip("no floats wider than float64 here")
    a, b = RNG.normal(size=(60, 60)), RNG.normal(size=(60, 60))
    report = sg.crosscheck(lambda a, b: sg.tanh(a @ b).sum(), a, b, budget=0.5)
    assert report.ok, str(report)
    assert "in 80-bit floats: one look takes about" in str(report)
    wrong = sg.crosscheck(
        lambda a, b: (a @ b).sum(), a, b, budget=0.5,
        gradient=lambda a, b: (np.ones((60, 60)) @ b.T, a @ np.ones((60, 60))),
    )  # fmt: skip
    assert wrong.verdict is Verdict.DIFFERS


def test_a_sample_takes_every_input_in_turn_and_repeats():
    recording = recorded(lambda a, b: a.sum() + b.sum(), (np.ones(500), np.ones(3)), 0)
    every = places(recording)
    some, directions = sample(recording, every, Budget(1.0, 5), 0.1, 1.0)
    assert {k for k, _ in some} == {0, 1}
    assert directions == 4
    assert some == sample(recording, every, Budget(1.0, 5), 0.1, 1.0)[0]
    more = sample(recording, every, Budget(1.0, 5), 0.01, 1.0)[0]
    assert set(some) <= set(more)


def test_reports_repeat_bit_by_bit_and_survive_json():
    f = lambda x: sg.softmax(x, 0)
    first, second = sg.crosscheck(f, VECTOR, seed=3), sg.crosscheck(f, VECTOR, seed=3)
    assert str(first) == str(second)
    data = json.loads(first.to_json())
    assert data["verdict"] == "proved"
    assert data["ok"] is True
    assert data["seed"] == 3
    assert [r["name"] for r in data["routes"]] == [r.name for r in first.routes]
    assert (
        json.loads(sg.crosscheck(lambda x: sg.sqrt(x), 0.0).to_json())["rows"][0]["right"] == "inf"
    )


def test_a_pass_needs_two_sources():
    report = sg.crosscheck(polynomial, 2.0, routes=("reverse", "forward", "symbolic", "50 digits"))
    assert report.sources == ("formula",)
    assert not report.ok
    assert "1 of the 2 sources" in report.summary
    assert sg.crosscheck(polynomial, 2.0, routes=("finite differences", "50 digits")).ok


def test_a_function_that_changes_between_calls_is_noticed():
    rng = np.random.default_rng(0)
    report = sg.crosscheck(lambda x: (x * rng.normal(size=3)).sum(), VECTOR)
    assert "f gives another value when it is called again" in str(report)
    assert report.ok, str(report)


def test_second_derivatives_are_checked_on_request():
    report = sg.crosscheck(lambda x, y: (sg.sin(x) * y**3).sum(), VECTOR, VECTOR + 2, order=2)
    assert report.ok, str(report)
    second = next(r for r in report.routes if r.name == "second order")
    assert second.verdict == "agrees"
    assert (second.checked, second.total) == (12, 12)  # every entry along either input


def test_empty_inputs_have_nothing_to_differ():
    report = sg.crosscheck(lambda x: (x * 2).sum(), np.zeros((0, 3)))
    assert report.ok, str(report)


# the parts ------------------------------------------------------------------------------------


def test_units_in_the_last_place():
    assert ulps(1.0, 1.0, np.float64) == 0
    assert ulps(np.nextafter(1.0, 2), 1.0, np.float64) == 1
    assert ulps(float(np.nextafter(np.float32(1), np.float32(2))), 1.0, np.float32) == 1
    assert ulps(5e-324, 0.0, np.float64) == 1
    assert ulps(math.nan, math.nan, np.float64) == 0
    assert ulps(math.inf, 1.0, np.float64) == math.inf
    assert ulps(math.inf, 1e400, np.float64) == 0
    assert spacing(0.0, np.float64) == 5e-324
    assert spacing(1e-310, np.float64) == 5e-324
    assert [number(v) for v in (0, 0.4, 12.0, 3.1e9, math.inf)] == [
        "0",
        "0.4",
        "12",
        "3.1e+09",
        "inf",
    ]


@pytest.mark.parametrize(
    ("f", "x", "kind"),
    [
        (lambda x: x**2, 0.0, "smooth"), (lambda x: sg.abs(x), 0.0, "kink"),
        (lambda x: sg.sign(x), 0.0, "jump"), (lambda x: sg.sqrt(x), 0.0, "boundary"),
        (lambda x: 1 / x, 0.0, "pole"), (lambda x: sg.log(x), -1.0, "undefined"),
        (lambda x: sg.sqrt(sg.abs(x)), 0.0, "infinite"), (lambda x: sg.tanh(x), 200.0, "smooth"),
        (lambda x: sg.abs(x) ** 3, 0.0, "smooth"), (lambda x: x + 1, 1e-300, "smooth"),
    ],
)  # fmt: skip
def test_slopes_tell_the_sort_of_point(f, x, kind):
    recording = recorded(f, (x,), 0)
    size = abs(x) or 1.0
    found = Slopes(recording).along({recording.leaves[0]: np.asarray(size)}).over(size)
    assert found.kind == kind
    if x in (200.0, 1e-300):
        want = 1.0 if x < 1 else 1 / math.cosh(200) ** 2
        assert float(found.value) == pytest.approx(want, rel=1e-15)


def _with_grad(x):
    return sg.autograd.grad((x**3).sum(), x, create_graph=True)[0].sum()


def _with_hooks(x):
    y = x**2
    y.register_hook(lambda g: g)
    y.retain_grad()
    return y.sum()


@pytest.mark.parametrize("mode", [sg.enable_grad, sg.no_grad, sg.inference_mode])
@pytest.mark.parametrize("f", [_with_grad, _with_hooks])
def test_a_function_may_ask_for_gradients_itself(f, mode):
    with mode():
        report = sg.crosscheck(f, sg.tensor([1.0, 2.0]), order=2)
    assert report.ok, report
    assert [r.verdict for r in report.routes if r.verdict == "unavailable"] == []
