"""Every rule's derivative, proven over symbols: the vjp minus what SymPy differentiates is 0.

The rule's own pull runs over ``Elements``; beside it stands the sum of g * d out / d in, by SymPy's
``diff`` of the rule's formula. Where a formula has kinks, branches or an order of entries, they are
decided at a point, so that the proof holds in the region around it.
"""

from types import SimpleNamespace

import numpy as np
import pytest
import sympy as sp

import symgrad as sg  # noqa: F401  (declares the rules)
from symgrad.algebras.elements import Elements
from symgrad.grammar.kind import Kind
from symgrad.grammar.plan import Cotangents
from symgrad.grammar.primitive import REGISTRY
from symgrad.tracing import walks
from symgrad.verification.examples import cases_of, draw

#: Rules without a proof, and why.
UNPROVEN = {
    "component": "its operand is the tuple of a rule with several outputs: slogdet's proof has it",
    "detach": "its derivative is 0 because the user asks for that, and not by its formula",
}
LARGEST = 8  # entries of all operands together: a proof at one small shape is about the formula
ENTRIES = 6  # of an operand: the others are proven by the same formula


def provable(rule):
    return [n for n in rule.operands if rule.has_derivative(n)] and rule.word not in UNPROVEN


def cases(rule):
    """Up to three small cases; the kind's own business, broadcasting, is proven by numbers."""
    found = []
    for case in cases_of(rule):
        sizes = [int(np.prod(s)) for s in case.shapes]
        if min(sizes) > 0 and sum(sizes) <= LARGEST and case.layout == "plain":
            found.append(case)
    found.sort(key=lambda c: -sum(int(np.prod(s)) for s in c.shapes))
    if rule.kind is not Kind.ELEMENTWISE:
        return found[:4]
    # One entry says all, but where there are regions: then several entries, and so several regions.
    ordered = found if has_region(rule) else found[::-1]
    return list({str(c.parameters): c for c in reversed(ordered)}.values())


def has_region(rule):
    """Whether the formula is a different one in different places."""
    return rule.kind is Kind.SELECTION or any(
        d.distinct or d.smooth_off or d.dtype == "bool" for d in rule.domains
    )


def symbols(rule, case):
    """An algebra and the rule's operands in it: letters, where a float is taken."""
    values = draw(rule, case, np.random.default_rng(case.seed))
    plain, point, letters = Elements(), {}, []
    for i, value in enumerate(values):
        if value.dtype.kind != "f":
            letters.append(value)
            continue
        letters.append(plain.letters(f"x{i}", value.shape).data)
        numbers = map(sp.Rational, value.ravel().tolist())
        point.update(zip(letters[-1].ravel(), numbers, strict=True))
    algebra = Elements(point) if has_region(rule) else plain
    return algebra, tuple(algebra.lift(x) for x in letters)


def residues(rule, case):
    """What is left, for each entry of each operand, of the pull minus SymPy's derivative."""
    algebra, operands = symbols(rule, case)
    params = case.params
    if rule.path_rule is not None:
        params = {**params, "path": rule.path_rule(algebra, *operands, **params)}
    y = algebra.apply(rule, operands, params)
    out = y if case.output is None else y[case.output]
    g = algebra.letters("g", out.shape)
    seed = g
    if case.output is not None:
        seed = Cotangents(g if k == case.output else None for k in range(len(rule.outputs)))
    flows = [i for i, o in enumerate(operands) if rule.has_derivative(rule.operand_name(i))]
    plan = rule.plan(len(operands), sum(1 << i for i in flows), False)
    node = SimpleNamespace(rule=rule, plan=plan, params=params)
    pulled = dict(walks.pull_all(node, operands, y, seed, algebra))
    for i in flows:
        if operands[i].data.size == 0:
            continue
        cotangent = pulled.get(i, algebra.zeros_like(operands[i]))
        cotangent = algebra.broadcast_to(cotangent, shape=operands[i].shape)
        rows = list(zip(operands[i].data.ravel(), cotangent.data.ravel(), strict=True))
        for letter, got in rows[:ENTRIES]:
            entries = zip(g.data.ravel(), out.data.ravel(), strict=True)
            residue = got - sum(h * sp.diff(e, letter) for h, e in entries)
            # SymPy's slope of a jump is a DiracDelta at the jump itself; the proof is off it.
            yield residue.replace(sp.DiracDelta, lambda *_: sp.S.Zero)


#: From quick to thorough: the first that gives 0 is the proof.
STEPS = {
    "equal": lambda e: e,
    "expand": sp.expand,
    "cancel": lambda e: sp.cancel(sp.together(e)),
    "exponentials": lambda e: sp.cancel(sp.together(e.rewrite(sp.exp))),
    "signs": lambda e: sp.cancel(sp.together(e.replace(sp.Abs, lambda u: sp.sign(u) * u))),
}


def proof_of(residue):
    """The name of the first step that gives 0, or None."""
    return next((name for name, step in STEPS.items() if step(residue) == 0), None)


def proven(rule):
    found = cases(rule)
    assert found, f"{rule.name}: no case is small enough; declare one of up to {LARGEST} entries"
    how = []
    for case in found:
        for residue in residues(rule, case):
            name = proof_of(residue)
            assert name, f"{case.name}: vjp - sum(g * dout/din) is not proven 0: {residue}"
            how.append(name)
    return how


@pytest.mark.parametrize(
    "rule", [pytest.param(r, id=r.name) for r in REGISTRY.values() if provable(r)]
)
def test_the_pull_is_the_derivative_of_the_formula(rule):
    assert proven(rule)


def test_what_is_not_proven_is_listed_with_a_reason():
    assert set(UNPROVEN) <= set(REGISTRY)
    assert all(len(reason) > 20 for reason in UNPROVEN.values())
