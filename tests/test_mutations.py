"""Rules broken on purpose: a crosscheck must differ and name the rule; pytest runs it.

Each mutant is one declaration replaced in the registry for the length of a test. The unbroken
program of every mutant must pass, or finding the mutant would prove nothing.
"""

import json
import math

import numpy as np
import pytest

import symgrad as sg
from symgrad.grammar.plan import ask
from symgrad.grammar.primitive import REGISTRY
from symgrad.verification.agreement import Verdict

SQUARE = np.array([[0.3, -1.2, 0.7], [1.1, 0.4, -0.6], [-0.9, 0.8, 1.7]])
VECTOR = np.array([0.7, -1.3, 0.4])


@pytest.fixture
def mutate(monkeypatch):
    """Replace a declaration of a rule, for one test.

    A recording goes through the general door, which asks the rule for its plan, so emptying the
    plans is enough: the operators' short cuts keep the unbroken ones.
    """

    def patch(word, what, operand, function):
        rule = REGISTRY[word]
        if what == "forward":
            monkeypatch.setattr(rule, "forward", function)
            return
        tables = {"partial": rule.partials, "vjp": rule.vjps, "jvp": rule.jvps}
        asked = ask(function, rule.operands, rule.parameters, f"{word}.{what}")
        monkeypatch.setitem(tables[what], operand, asked)
        monkeypatch.setattr(rule, "_plans", {})

    return patch


def shares(xp, g, y, x, axis):
    return g * xp.tied(x, y)


def ignores_g(xp, g, x):
    return xp.cos(x)


def squares_g(xp, g, x):
    return g * g * xp.cos(x)


def clamps_g(xp, g, x):
    return xp.maximum(g, 0) * xp.cos(x)


def flat_tanh(y):
    return 1 - y * y


def wrong_far_out(xp, x):
    return xp.where(xp.greater(x, 3), 0 * x, xp.cos(x))


def wrong_in_single(xp, x):
    return xp.cos(x) if x.dtype != np.float32 else xp.cos(x) * 1.001


def overwrites(xp, g, index, shapes):
    out = np.zeros(shapes[0])
    out[index] = g
    return out


#: name: (rule, what, operand, the wrong declaration, program, inputs)
MUTANTS = {
    "wrong sign": ("sin", "partial", "x", lambda xp, x: -xp.cos(x), lambda x: sg.sin(x), (0.7,)),
    "missing factor": ("square", "partial", "x", lambda x: x, lambda x: sg.square(x), (0.7,)),
    "extra factor": ("exp", "partial", "x", lambda y: 2 * y, lambda x: sg.exp(x), (0.7,)),
    "zero": ("log", "partial", "x", lambda x: 0 * x, lambda x: sg.log(x), (0.7,)),
    "tiny beside large": (
        "sin", "partial", "x", lambda x: 0 * x, lambda x: 1e-6 * sg.sin(x) + 1e3, (0.7,)),
    "swapped operand": ("multiply", "partial", "a", lambda a: a, lambda a, b: a * b, (0.7, 1.9)),
    "missing sign of a quotient": (
        "divide", "partial", "b", lambda g, y, b: g * (y / b), lambda a, b: a / b, (0.7, 1.9)),
    "swapped branches": (
        "where", "partial", "a", lambda xp, g, condition: xp.where(condition, 0 * g, g),
        lambda x: sg.where(x > 0, 3 * x, x * x), (VECTOR,)),
    "cotangent ignored": ("sin", "partial", "x", ignores_g, lambda x: 3 * sg.sin(x), (0.7,)),
    "cotangent squared": ("sin", "partial", "x", squares_g, lambda x: 3 * sg.sin(x), (0.7,)),
    "cotangent clamped": ("sin", "partial", "x", clamps_g, lambda x: -sg.sin(x), (0.7,)),
    "a relative error of 1e-12": (
        "sin", "partial", "x", lambda xp, x: xp.cos(x) * (1 + 1e-12), lambda x: sg.sin(x), (0.7,)),
    "digits lost": ("tanh", "partial", "x", flat_tanh, lambda x: sg.tanh(x), (15.0,)),
    "wrong far out": ("sin", "partial", "x", wrong_far_out, lambda x: sg.sin(x), ([0.5, 4.0],)),
    "wrong in float32": (
        "sin", "partial", "x", wrong_in_single, lambda x: sg.sin(x), (np.float32(0.7),)),
    "wrong value at a kink": (
        "relu", "partial", "x", lambda xp, x: 2 * xp.step(x) + 2 * (1 - xp.abs(xp.sign(x)))
        - xp.step(x), lambda x: sg.relu(x), (0.0,)),
    "wrong shares of a tie": ("max", "vjp", "x", shares, lambda x: sg.amax(x), ([2.0, 2.0, 1.0],)),
    "both of a pair that ties": (
        "maximum", "partial", "b", lambda xp, a, b: 1 + 0 * a, lambda a, b: sg.maximum(a, b),
        (1.5, 1.5)),
    "mean without its count": ("mean", "vjp", "x", lambda g: g, lambda x: x.mean(), (VECTOR,)),
    "sum doubled": ("sum", "vjp", "x", lambda g: 2 * g, lambda x: (x * x).sum(), (VECTOR,)),
    "softmax without its mean": (
        "softmax", "vjp", "x", lambda g, y: g * y, lambda x: sg.softmax(x, 0), (VECTOR,)),
    "logsumexp shifted": (
        "logsumexp", "vjp", "x", lambda xp, g, x, axis: g * xp.exp(x),
        lambda x: sg.logsumexp(x, 0), (VECTOR,)),
    "prod by division": (
        "prod", "vjp", "x", lambda g, y, x: g * y / x, lambda x: sg.prod(x), ([0.0, 2.0, 3.0],)),
    "matmul without a transpose": (
        "matmul", "vjp", "a", lambda xp, g, b: xp.matmul(g, b), lambda a, b: (a @ b).sum(),
        (SQUARE, SQUARE + 1)),
    "matmul of other shapes": (
        "matmul", "vjp", "a", lambda xp, g, b: xp.matmul(g, b), lambda a, b: (a @ b).sum(),
        (SQUARE[:2], SQUARE[:, :2])),
    "cumsum backwards": (
        "cumsum", "vjp", "x", lambda xp, g, axis: xp.cumsum(g, axis=axis),
        lambda x: sg.cumsum(x, 0), (VECTOR,)),
    "det without its transpose": (
        "det", "vjp", "x", lambda xp, g, y, x: g * y * xp.inv(x), lambda x: sg.linalg.det(x),
        (SQUARE,)),
    "inverse with the wrong sign": (
        "inv", "vjp", "x",
        lambda xp, g, y: xp.einsum(y, g, y, spec="ji,jk,lk->il"),
        lambda x: sg.linalg.inv(x), (SQUARE,)),
    "repeats that overwrite": (
        "getitem", "vjp", "x", overwrites, lambda x: x[np.array([0, 0, 2])] * VECTOR, (VECTOR,)),
    "a missing broadcast sum": (
        "broadcast_to", "vjp", "x", lambda g: g,
        lambda x: sg.broadcast_to(x, (4, 3)) * np.arange(12.0).reshape(4, 3), (VECTOR,)),
    "norm unscaled": (
        "norm", "vjp", "x", lambda g, x: g * x, lambda x: sg.norm(x), (VECTOR,)),
}  # fmt: skip


def arrays(inputs):
    return tuple(np.array(i, float) if isinstance(i, list) else i for i in inputs)


@pytest.mark.parametrize("name", MUTANTS)
def test_a_broken_gradient_is_found_and_named(name, mutate):
    word, what, operand, function, program, inputs = MUTANTS[name]
    inputs = arrays(inputs)
    before = sg.crosscheck(program, *inputs)
    assert before.ok, f"the unbroken program fails:\n{before}"
    mutate(word, what, operand, function)
    report = sg.crosscheck(program, *inputs)
    assert not report.ok, f"{name} was not found:\n{report}"
    assert [f.rule for f in report.faults] == [word], str(report)
    fault = report.faults[0]
    assert operand in fault.what or "raises" in fault.what
    assert "test_mutations.py:" in fault.place or "raises" in fault.what or " and " in fault.what
    assert "test_mutations.py" in fault.line
    assert f"the rule {word} is wrong" in str(report)
    assert json.loads(report.to_json())["faults"][0]["rule"] == word


FORWARDS = {
    "off by a factor": (
        "exp", lambda xp, x: xp.exp(x) * (1 + 1e-9), lambda x: sg.exp(x) * 2, (0.7,)),
    "unstable": ("log1p", lambda xp, x: xp.log(1 + x), lambda x: sg.log1p(x), (1e-9,)),
    "overflows": (
        "logsumexp",
        lambda xp, x, *, axis=None, keepdims=False: xp.log(
            xp.sum(xp.exp(x), axis=axis, keepdims=keepdims)),
        lambda x: sg.logsumexp(x, 0), (np.array([800.0, 801.0]),)),
    "wrong axis": (
        "sum", lambda xp, x, *, axis=None, keepdims=False: xp.sum(
            x, axis=None if axis is None else 1 - axis),
        lambda x: (x.sum(0) * VECTOR).sum(), (SQUARE,)),
}  # fmt: skip


@pytest.mark.parametrize("name", FORWARDS)
def test_a_broken_forward_is_found_and_named(name, mutate):
    word, function, program, inputs = FORWARDS[name]
    assert sg.crosscheck(program, *inputs).ok
    mutate(word, "forward", "", function)
    report = sg.crosscheck(program, *inputs)
    assert report.verdict is Verdict.DIFFERS
    assert not report.ok
    assert report.faults[0].rule == word, str(report)
    assert report.faults[0].what == "forward"


def test_a_broken_tangent_is_found_though_reverse_is_right(mutate):
    program = lambda x: sg.softmax(x, 0)
    assert sg.crosscheck(program, VECTOR).ok
    mutate("softmax", "jvp", "x", lambda t, y: t * y)
    report = sg.crosscheck(program, VECTOR)
    assert {r.name: r.verdict for r in report.routes}["forward"] == Verdict.DIFFERS
    assert not report.ok
    assert (report.faults[0].rule, report.faults[0].what) == (
        "softmax",
        "tangent of its operand 'x'",
    )


def test_the_node_at_fault_is_named_in_a_deep_graph(mutate):
    def program(x):
        for _ in range(6):
            x = sg.tanh(x) + 0.1 * sg.cos(x)
        return sg.atan(x).sum()

    assert sg.crosscheck(program, VECTOR).ok
    mutate("atan", "partial", "x", lambda x: 1 / (1 + x))
    report = sg.crosscheck(program, VECTOR)
    assert report.faults[0].rule == "atan"
    assert report.faults[0].node > 20
    assert "return sg.atan(x).sum()" in report.faults[0].line


@pytest.mark.parametrize(
    ("word", "function", "program"),
    [
        ("sin", lambda xp, x: xp.detach(xp.cos(x)), lambda x: sg.sin(x).sum()),
        ("square", lambda xp, x: 2 * xp.detach(x), lambda x: (sg.square(x) * x).sum()),
        ("tanh", lambda xp, y, x: 1 - xp.detach(y) * y, lambda x: sg.tanh(x).sum()),
    ],
)
def test_a_second_derivative_that_was_detached_is_found(word, function, program, mutate):
    assert sg.crosscheck(program, VECTOR, order=2).ok
    mutate(word, "partial", "x", function)
    assert sg.crosscheck(program, VECTOR).ok, "its first derivative is right"
    report = sg.crosscheck(program, VECTOR, order=2)
    assert not report.ok
    assert report.faults[0].rule == word, str(report)
    assert "second derivative" in report.faults[0].what


def test_a_mutant_that_only_rounds_is_not_called_wrong(mutate):
    mutate("sin", "partial", "x", lambda xp, x: xp.sin(x + xp.pi / 2))
    assert sg.crosscheck(lambda x: sg.sin(x), 0.7).ok
    assert math.isfinite(sg.crosscheck(lambda x: sg.sin(x), 0.7).ulps)
