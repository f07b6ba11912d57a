"""The registry-driven tests bite: rules broken on purpose, and rules that lack something, fail."""

import numpy as np
import pytest
import test_every_proof as proofs
import test_every_rule as every

from symgrad.grammar.domain import case, positive, reals
from symgrad.grammar.kind import Kind
from symgrad.grammar.plan import ask
from symgrad.grammar.primitive import REGISTRY, Primitive
from symgrad.tracing import hooks
from symgrad.verification.examples import cases_of, draw


@pytest.fixture
def broken(monkeypatch):
    """Replace one derivative of a rule, for one test."""

    def replace(word, operand, function):
        rule = REGISTRY[word]
        where = rule.partials if operand in rule.partials else rule.vjps
        asked = ask(function, rule.operands, rule.parameters, f"{word} broken")
        monkeypatch.setitem(where, operand, asked)
        monkeypatch.setattr(rule, "_plans", {})  # plans hold the derivative that was declared
        return rule

    return replace


def fails(rule, what, dtype="float64", namespace="numpy"):
    """How many of the rule's cases fail in one variant."""
    count = 0
    for example in cases_of(rule):
        try:
            every.VARIANTS[what](
                every.Run(every.reference(rule, example.name), dtype, every.BACKENDS[namespace])
            )
        except Exception:  # a broken rule may give anything, an error included
            count += 1
    return count


BREAKS = {
    "wrong sign": ("tanh", "x", lambda xp, x: -xp.sech2(x)),
    "missing factor": ("square", "x", lambda x: x),
    "factor off by 1e-9": ("sin", "x", lambda xp, x: xp.cos(x) * xp.ratio(10**9 + 1, 10**9)),
    "swapped operands": ("divide", "b", lambda g, a, b: -g * b / (a * a)),
    "cotangent ignored": ("exp", "x", lambda xp, g, y: xp.ones_like(g) * y),
    "cotangent without its sign": ("cos", "x", lambda xp, g, x: -xp.abs(g) * xp.sin(x)),
    "wrong where negative": ("relu", "x", lambda xp, x: xp.ones_like(x)),
    "mean without its count": ("mean", "x", lambda xp, g, x: g + 0 * x),
    "matrix not turned": ("inv", "x", lambda xp, g, y: -xp.matmul(xp.matmul(y, g), y)),
}


@pytest.mark.parametrize("why", BREAKS)
def test_a_broken_rule_fails(why, broken):
    word, operand, function = BREAKS[why]
    rule = REGISTRY[word]
    assert not fails(rule, "order1-reverse")
    broken(word, operand, function)
    assert fails(rule, "order1-reverse")
    assert fails(rule, "order1-reverse", namespace="strict")
    if why not in ("factor off by 1e-9",):  # below float32's last digit
        assert fails(rule, "order1-reverse", dtype="float32")


@pytest.mark.parametrize("why", [w for w in BREAKS if BREAKS[w][0] not in ("mean", "inv")])
def test_a_broken_partial_fails_forward_too(why, broken):
    word, operand, function = BREAKS[why]
    assert fails(broken(word, operand, function), "order1-forward")


@pytest.mark.parametrize("why", BREAKS)
def test_a_broken_rule_has_no_proof(why, broken):
    word, operand, function = BREAKS[why]
    rule = REGISTRY[word]
    assert proofs.proven(rule)
    broken(word, operand, function)
    with pytest.raises(AssertionError, match="not proven 0"):
        proofs.proven(rule)


def test_a_detached_second_order_fails_at_second_order_alone(broken):
    rule = broken("sin", "x", lambda xp, x: xp.cos(xp.detach(x)))
    assert not fails(rule, "order1-reverse")
    assert not fails(rule, "order1-forward")
    assert fails(rule, "order2-reverse")
    assert fails(rule, "order2-forward")


def test_lost_digits_fail_at_the_wide_case(broken):
    rule = broken("tanh", "x", lambda y: 1 - y * y)
    wide = [c for c in cases_of(rule) if c.spread == "wide"]
    for dtype in ("float32", "float64"):
        with pytest.raises(AssertionError, match="ULP"):
            every.run_reverse(
                every.Run(every.reference(rule, wide[0].name), dtype, every.BACKENDS["numpy"])
            )


def test_a_wrong_value_fails(monkeypatch):
    rule = REGISTRY["tanh"]
    monkeypatch.setattr(rule, "forward", lambda xp, x: xp.tanh(x) * (1 + 1e-9))
    assert fails(rule, "value")


def test_broadcasting_that_is_not_undone_fails(monkeypatch):
    monkeypatch.setattr(hooks, "conform", lambda xp, g, full, shape: g)
    assert fails(REGISTRY["multiply"], "order1-reverse")


def test_a_rule_that_writes_its_operand_fails(monkeypatch):
    def forward(xp, x):
        x *= 2
        return xp.sin(x / 2)

    monkeypatch.setattr(REGISTRY["sin"], "forward", forward)
    assert fails(REGISTRY["sin"], "value")


# rules that lack something ------------------------------------------------------------------------


def documented(xp, x):
    r"""A rule.

    Takes   x: real array.
    Gives   an array.
    Source  the definition.

    >>> 1
    1
    """
    return x


def undocumented(xp, x):
    return x


def planted(forward=documented, kind=Kind.ELEMENTWISE, **facts):
    rule = Primitive(forward, kind, **{"domain": reals, **facts})
    if facts.get("differentiable", True) and kind is Kind.ELEMENTWISE:
        rule.partial("x")(lambda: 1)
    return rule


def test_a_complete_rule_lacks_nothing():
    assert every.missing(planted()) == []


def test_a_rule_without_docs_is_found():
    assert every.missing(planted(undocumented)) == ["no Takes", "no Gives", "no Source", "no >>>"]


def test_a_rule_without_derivative_is_found():
    rule = planted()
    rule.partials.clear()
    assert every.missing(rule) == ["no derivative in x"]
    assert every.missing(planted(differentiable=False)) == []


def test_a_rule_without_domain_is_found():
    assert every.missing(planted(domain=(reals, positive))) == ["no domain for every operand"]
    assert every.missing(planted(domain=())) == ["no domain for every operand"]


def test_a_rule_of_a_kind_that_needs_cases_is_found_without():
    rule = planted(kind=Kind.REINDEXING)
    rule.adjoint("x")(lambda g: g)
    assert every.missing(rule) == ["no cases, which its kind cannot guess", "no shape"]


def test_a_new_rule_is_tried_without_another_edit():
    """One that no list names gets its cases from its kind and domain, and fails if it is wrong."""
    rule = planted(domain=positive)
    rule.partial("x")(lambda: -1)
    assert fails(rule, "order1-reverse") == fails(rule, "order1-forward") == len(cases_of(rule)) - 1


# what is drawn ------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", every.RULES, ids=lambda rule: rule.name)
def test_what_is_drawn_lies_in_the_domain(rule):
    for example in cases_of(rule):
        rng = np.random.default_rng(example.seed)
        for i, x in enumerate(draw(rule, example, rng)):
            domain = rule.domains[min(i, len(rule.domains) - 1)]
            assert x.shape == example.shapes[i]
            if x.dtype.kind == "f" and not domain.matrix:
                assert all(domain.holds(v) for v in x.ravel().tolist())
                assert not set(domain.smooth_off) & set(x.ravel().tolist())
            if domain.distinct:
                assert len(np.unique(x)) == x.size


def test_what_is_drawn_is_the_same_each_time_and_in_each_dtype():
    example = cases_of(REGISTRY["matmul"])[0]
    drawn = [
        draw(example.rule, example, np.random.default_rng(example.seed), dtype)
        for dtype in (np.float64, np.float64, np.float32)
    ]
    for first, second, single in zip(*drawn, strict=True):
        np.testing.assert_array_equal(first, second)
        np.testing.assert_array_equal(first, single)
        assert single.dtype == np.float32


def test_a_strided_case_is_not_contiguous():
    (example,) = (c for c in cases_of(REGISTRY["tanh"]) if c.layout == "strided")
    (x,) = draw(example.rule, example, np.random.default_rng(0))
    assert not x.flags.c_contiguous
    assert not x.flags.f_contiguous


def test_parameters_of_a_rule_come_with_every_case():
    rule = Primitive(
        lambda xp, x, *, n: x, Kind.ELEMENTWISE, domain=reals, cases=[case((2, 3), n=2)]
    )
    assert all(c.params == {"n": 2} for c in cases_of(rule))
