"""Bugs that only a GPU would show, planted into rules: a layer without a GPU finds each.

``strict`` is array_api_strict on its fake device, ``stand-in`` the stand-in for CuPy, ``counts``
its counters. What one of them cannot see another does: NumPy's tests see none.
"""

import numpy as np
import pytest
import test_every_rule as every
import test_transfers as transfers

from symgrad.grammar.plan import ask
from symgrad.grammar.primitive import REGISTRY
from symgrad.verification.examples import cases_of
from tests.standin import installed


def stray_function(xp, x):
    return np.exp(x)


def stray_conversion(xp, x):
    return np.exp(np.asarray(x))


def stray_constant(xp, x):
    return xp.exp(x) * np.ones(())


def stray_array(xp, x):
    return xp.exp(x) + np.zeros(x.shape, x.dtype)


def stray_zeros(xp, x):
    return xp.exp(x) + xp.namespace.zeros(x.shape, dtype=x.dtype)


def branch_on_values(xp, x):
    return xp.exp(x) if xp.any(x > 1) else xp.exp(x) + 0


def number_out_of_an_array(xp, x):
    return xp.exp(x) * float(xp.sum(xp.ones_like(x)) * 0 + 1)


def shape_out_of_an_array(xp, x):
    count = xp.argmax(xp.reshape(xp.ones_like(x), shape=(-1,))) if x.size else 0
    return xp.exp(x) * (1 + sum(0 for _ in range(count)))


def scatter_by_numpy(xp, x):
    y = xp.exp(x)
    if x.shape:
        np.add.at(y, ..., 0)
    return y


PLANTED = {
    stray_function: {"strict"},  # CuPy's arrays send np.exp to CuPy
    stray_conversion: {"strict", "stand-in"},
    stray_constant: {"strict", "stand-in"},
    stray_array: {"strict", "stand-in"},
    stray_zeros: {"strict"},  # there is one current card
    branch_on_values: {"counts"},
    number_out_of_an_array: {"counts"},
    shape_out_of_an_array: {"stand-in"},
    scatter_by_numpy: {"strict"},
}


def found_by(rule, what="value"):
    """The layers that find something wrong with a rule."""
    out = set()
    for name in ("numpy", "strict", "stand-in"):
        backend = every.BACKENDS[name]
        with backend.ready():
            for example in cases_of(rule):
                run = every.Run(every.reference(rule, example.name), "float64", backend)
                try:
                    every.VARIANTS[what](run)
                except Exception:  # a planted bug may give anything
                    out.add(name)
    with installed():
        try:
            waits = transfers.moves_and_awaits(rule)
        except Exception:  # the same
            waits = 1
    return out | ({"counts"} if waits else set())


def test_a_sound_rule_is_sound():
    assert found_by(REGISTRY["exp"]) == set()


@pytest.mark.parametrize("bug", PLANTED, ids=lambda bug: bug.__name__)
def test_a_planted_bug_is_found_without_a_gpu(bug, monkeypatch):
    monkeypatch.setattr(REGISTRY["exp"], "forward", bug)
    found = found_by(REGISTRY["exp"])
    assert PLANTED[bug] <= found
    assert "numpy" not in found


@pytest.mark.parametrize("layer", ["strict", "stand-in", "counts"])
def test_each_layer_is_needed(layer):
    assert any(wanted == {layer} for wanted in PLANTED.values())


def test_a_stray_np_in_a_derivative_is_found(monkeypatch):
    rule = REGISTRY["exp"]
    asked = ask(lambda x: np.exp(x), rule.operands, rule.parameters, "exp with a stray np")
    monkeypatch.setitem(rule.partials, "x", asked)
    monkeypatch.setattr(rule, "_plans", {})
    # Raw arrays run backward alone: in forward mode x is a tensor, and np.exp of it is traced.
    assert "strict" in found_by(rule, "order1-reverse")
