"""The lesson: steps say what the rules say, their numbers are right, and any time will do."""

import numpy as np
import pytest

import symgrad as sg
from symgrad.derivations.text import shown
from symgrad.derivations.written import Phrase, Written, number_text, sum_text
from symgrad.errors import GraphError, ShapeError, TraceError
from symgrad.grammar.kind import Kind
from symgrad.grammar.plan import ask
from symgrad.grammar.primitive import REGISTRY
from symgrad.tracing.traced import TRACED, apply
from symgrad.verification.examples import cases_of, draw

POLYNOMIAL = """\
given
  x = 2

forward
  v1  = x**4    = 16   power_number
  v2  = 2*v1    = 32   multiply
  v3  = x**3    = 8    power_number
  v4  = v2 + v3 = 40   add
  v5  = x**2    = 4    power_number
  v6  = 3*v5    = 12   multiply
  v7  = v4 + v6 = 52   add
  v8  = 5*x     = 10   multiply
  v9  = v7 + v8 = 62   add
  v10 = v9 + 1  = 63   add

backward (g_v is d v10 / d v)
  g_v10 = 1                                            = 1    start
  g_v9  = g_v10                                        = 1    add
  g_v8  = g_v9                                         = 1    add
  g_v7  = g_v9                                         = 1    add
  g_v6  = g_v7                                         = 1    add
  g_v5  = g_v6*3                                       = 3    multiply
  g_v4  = g_v7                                         = 1    add
  g_v3  = g_v4                                         = 1    add
  g_v2  = g_v4                                         = 1    add
  g_v1  = g_v2*2                                       = 2    multiply
  g_x   = g_v8*5 + g_v5*2*x + g_v3*3*x**2 + g_v1*4*x**3 = 93   multiply, power_number

closed form  8*x**3 + 3*x**2 + 6*x + 5
value        63
gradient     93"""


def polynomial(x):
    return 2 * x**4 + x**3 + 3 * x**2 + 5 * x + 1


def written(value, name):
    return Phrase(sg.tensor(value), name, Written(TRACED))


def test_the_lesson_of_the_polynomial():
    x = sg.tensor(2.0, requires_grad=True)
    assert sg.explain(polynomial(x), x).text() == POLYNOMIAL


def test_it_is_the_same_before_and_after_backward():
    x = sg.tensor(2.0, requires_grad=True)
    y = polynomial(x)
    before = str(sg.explain(y))
    y.backward()
    assert str(sg.explain(y)) == before == POLYNOMIAL


def test_a_function_with_a_number():
    derivation = sg.explain(polynomial, 2.0)
    assert derivation.text() == POLYNOMIAL
    assert derivation.gradient.item() == 93.0
    assert derivation.value.item() == 63.0
    assert str(derivation.closed_form) == "8*x**3 + 3*x**2 + 6*x + 5"
    assert [s.name for s in derivation.steps] == [
        *(f"v{i}" for i in range(1, 11)),
        *(f"g_v{i}" for i in range(10, 0, -1)),
        "g_x",
    ]


PROGRAMS = {
    "quotient": lambda x: (sg.exp(x) / (1 + x * x)).sum(),
    "mean of squares": lambda x: (2 * (3 * x + 2) ** 2).mean(),
    "softmax": lambda x: sg.softmax(x, -1)[0] * sg.logsumexp(x, -1),
    "matrix": lambda x: (sg.outer(x, x) @ x).prod(),
    "sorted": lambda x: sg.sort(x).values[1] + x[::-1][0] + sg.maximum(x, 1.5).sum(),
    "joined": lambda x: (sg.cat([x, sg.tanh(x)]) ** 2).sum() - x.norm(),
    "solved": lambda x: sg.linalg.solve(sg.outer(x, x) + sg.eye(3, dtype=x.dtype), x).sum(),
    "determinant": lambda x: sg.det(sg.outer(x, x) + sg.eye(3, dtype=x.dtype)) + sg.abs(x).max(),
    "two results": lambda x: sg.slogdet(sg.outer(x, x) + sg.eye(3, dtype=x.dtype)).logabsdet,
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_numbers_are_those_of_backward(program, monkeypatch):
    # The formula has tests of its own; here it would only cost time.
    monkeypatch.setattr("symgrad.derivations.steps.closed_form", lambda y, x: "left out")
    x = sg.tensor([0.5, -1.25, 2.0], dtype=sg.float64, requires_grad=True)
    y = program(x)
    derivation = sg.explain(y, x)
    y.backward()
    np.testing.assert_allclose(derivation.value.numpy(), y.detach().numpy(), rtol=1e-15)
    np.testing.assert_allclose(derivation.gradient.numpy(), x.grad.numpy(), rtol=1e-13)
    names = [step.name for step in derivation.steps]
    assert len(set(names)) == len(names)
    assert derivation.backward[-1].name == "g_x"


def test_a_wrong_rule_shows_in_the_lesson(monkeypatch):
    """The lesson is read off the rules: break one, and its line and its number change."""
    rule = REGISTRY["exp"]
    wrong = ask(lambda y: 3 * y, ("x",), (), "exp.partial('x')")
    monkeypatch.setitem(rule.partials, "x", wrong)
    rule._plans.clear()
    try:
        with sg.record():
            derivation = sg.explain(sg.exp(sg.tensor([0.0, 1.0], requires_grad=True) * 1).sum())
    finally:
        rule._plans.clear()
    (line,) = [s for s in derivation.backward if s.rule == "exp"]
    assert line.formula == "g_v2*3*v2"


def test_only_the_way_to_the_asked_letter_is_shown():
    x = sg.tensor(2.0, requires_grad=True)
    w = sg.tensor(3.0, requires_grad=True)
    y = sg.sin(w) * x
    assert [s.name for s in sg.explain(y, x).backward] == ["g_v2", "g_x"]
    both = sg.explain(y)
    assert list(both.gradients) == ["x", "w"]
    assert both.gradient[0].item() == sg.sin(w).item()


def test_broadcasting_is_said():
    b = sg.tensor(1.0, requires_grad=True)
    y = (sg.ones(2, 3) + b).sum()
    assert [s.formula for s in sg.explain(y, b).backward][-1] == "sum(g_v1, axis=(0, 1))"


def test_letters_do_not_clash():
    v1 = sg.tensor(2.0, requires_grad=True)
    derivation = sg.explain(v1 * v1)
    assert [s.name for s in derivation.forward] == ["v1_2"]
    assert derivation.backward[-1].name == "g_v1"


def test_a_detached_value_gives_nothing_back():
    derivation = sg.explain(lambda x: x * x.detach(), 3.0)
    assert derivation.gradient.item() == 3.0
    assert [s.formula for s in derivation.forward] == ["detach(x)", "x*v1"]
    assert derivation.backward[-1].formula == "g_v2*v1"


def test_a_function_without_its_letter():
    derivation = sg.explain(lambda x: 7.0, 3.0)
    assert derivation.gradient.item() == 0.0
    assert derivation.forward == ()


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda x: sg.explain(x * 2, x), ShapeError, "reduce it"),
        (lambda x: sg.explain(sg.tensor(1.0)), GraphError, "does not depend"),
        (lambda x: sg.explain(x.sum(), sg.tensor(1.0)), GraphError, "does not depend"),
        (lambda x: sg.explain(3.0), TypeError, "float"),
        (lambda x: sg.explain(lambda a: sg.tensor(float(a)), 2.0), TraceError, "leaves the trace"),
    ],
)
def test_what_cannot_be_explained(make, error, says):
    with pytest.raises(error, match=says):
        make(sg.tensor([1.0, 2.0], requires_grad=True))


def test_a_leaf_written_since_is_refused():
    x = sg.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).sum()
    with sg.no_grad():
        x.mul_(2)
    with pytest.raises(GraphError, match="explain: a tensor was written since"):
        sg.explain(y, x)


def test_an_array_that_is_gone_is_said():
    x = sg.tensor([1.0, 2.0], requires_grad=True)
    y = (x * np.array([3.0, 4.0], dtype=np.float32)).sum()
    y.backward()
    with pytest.raises(GraphError, match="keep it in a variable"):
        sg.explain(y, x)


def test_brackets_stand_where_they_are_needed():
    a, b = written(2.0, "a"), written(3.0, "b")
    texts = {
        (a + b) * a: "(a + b)*a", a + b * a: "a + b*a", a - (b - a): "a - (b - a)",
        a / (b * a): "a/(b*a)", a * (b / a): "a*b/a", (a * b) ** 2: "(a*b)**2",
        a**-1: "a**(-1)", (a**2) ** 3: "(a**2)**3", a ** (b**2): "a**(b**2)",
        -(a + b): "-(a + b)", -(-a * b): "-(-a*b)", a * -b: "a*(-b)", a + -b: "a - b",
        (-a) ** 2: "(-a)**2", 1 * a: "a", a * 1: "a", a**1: "a", 0 + a: "a", a - 0: "a",
        2 * a: "2*a", (-3) ** a: "(-3)**a", a - -3: "a - (-3)", a + -3: "a - 3",
        2.0 / a: "2/a", a * 0.5: "a*0.5", a / b * a: "a/b*a",
    }  # fmt: skip
    assert {phrase.text: text for phrase, text in texts.items() if phrase.text != text} == {}


def test_small_words():
    a = written([1.0, 2.0, 3.0], "a")
    assert a[1:, None].text == "a[1:, None]"
    assert (a + a)[::2].text == "(a + a)[::2]"
    assert sum_text([a, -a, a * 2]) == "a - a + a*2"
    assert number_text(1e300) == "1e+300"
    assert shown(sg.tensor([1.0, 1 / 3])) == "[1, 0.3333333]"
    assert shown(sg.zeros(5, 5)) == "float32 (5, 5)"


def written_rules():
    """Each rule with a derivative, on its first few cases of plain layout."""
    for rule in REGISTRY.values():
        if not rule.differentiable or rule.kind is Kind.OPAQUE or rule.name == "component":
            continue
        plain = [c for c in cases_of(rule) if c.layout == "plain" and c.number is None]
        yield pytest.param(rule, plain[:6], id=rule.name)


@pytest.mark.parametrize(("rule", "cases"), [*written_rules()])
def test_every_rule_can_be_written(rule, cases, monkeypatch):
    """Forward and backward run over phrases, and their numbers are those of the tape."""
    monkeypatch.setattr("symgrad.derivations.steps.closed_form", lambda y, x: "left out")
    assert cases
    for case in cases:
        rng = np.random.default_rng(case.seed)
        operands = [sg.tensor(o) for o in draw(rule, case, rng)]
        wanted = []
        for k, x in enumerate(operands):
            if rule.has_derivative(rule.operand_name(k)) and x.dtype == sg.float64:
                wanted.append(x.requires_grad_())
        made = apply(rule, tuple(operands), case.params)
        parts = made if isinstance(made, tuple) else (made,)
        y = sum(((p * p).sum() for p in parts if p.requires_grad), start=sg.tensor(0.0))
        derivation = sg.explain(y, *wanted)
        y.backward()
        for x, gradient in zip(wanted, derivation.gradients.values(), strict=True):
            np.testing.assert_allclose(gradient.numpy(), x.grad.numpy(), rtol=1e-12, atol=1e-13)
        assert all(step.formula for step in derivation.steps)
        assert not any("object at 0x" in step.formula for step in derivation.steps)
