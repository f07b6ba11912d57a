"""Every rule over expressions with symbolic sizes: evaluated at two sizes, it is what NumPy says."""

from __future__ import annotations

import math
import subprocess
import sys
import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from sympy import Integer, Rational, Symbol

import symgrad as sg
from symgrad.algebras.numpy_adapter import NUMPY
from symgrad.algebras.tensors import TENSORS, Expression, evaluate, leaf
from symgrad.algebras.tensors import constructors as build
from symgrad.algebras.tensors.ir import Add, Ein, Map, Op, reachable
from symgrad.errors import GraphError, ShapeError, TraceError
from symgrad.grammar.kind import Kind
from symgrad.grammar.plan import Cotangents
from symgrad.grammar.primitive import REGISTRY
from symgrad.tracing import walks
from symgrad.verification.examples import cases_of, cotangent, draw

#: The rules that need numbers for the sizes of some of their cases, and why.
NEEDS_NUMBERS = {
    "diagonal": "which of two sizes is smaller",
    "trace": "which of two sizes is smaller",
}

#: The rules that cannot be read over expressions at all, and why.
NOT_READ: dict[str, str] = {}


def size(name):
    return Symbol(name, integer=True, positive=True)


n, m, k = map(size, "nmk")

# sizes of a case, as symbols ---------------------------------------------------------------------


def lengths(value):
    """The lengths of lists and arrays among parameters: they pin sizes to numbers."""
    if isinstance(value, list):
        return {len(value)}.union(*map(lengths, value))
    if isinstance(value, (tuple, np.ndarray)):
        return set().union(*map(lengths, value)) if isinstance(value, tuple) else {*value.shape}
    return set()


def symbols_of(example):
    """A symbol for each size of a case that is no 0 or 1."""
    pinned = lengths(tuple(dict(example.parameters).values()))
    found = sorted({s for shape in example.shapes for s in shape} - {0, 1} - pinned)
    return {s: size(f"n{s}") for s in found}


def resized(example, change):
    """The case with each size ``s`` as ``change(s)``, in shapes and in a parameter ``shape``."""
    parameters = tuple(
        (name, tuple(map(change, value)) if name == "shape" and isinstance(value, tuple) else value)
        for name, value in example.parameters
    )
    shapes = tuple(tuple(map(change, shape)) for shape in example.shapes)
    return replace(example, shapes=shapes, parameters=parameters)


def examples_of(rule):
    found = [e for e in cases_of(rule) if e.layout == "plain" and not e.output]
    # A rule whose operand is not an array is read through the rules whose outputs it takes.
    return found


# one rule, read in one algebra -------------------------------------------------------------------


def read(algebra, rule, operands, params, seed):
    """The result of a rule and the cotangents of its operands, as a flat list of pairs."""
    if rule.path_rule is not None:
        if algebra is TENSORS:
            params = TENSORS.path_params(rule, operands, params)
        else:
            params = {**params, "path": rule.path_rule(NUMPY, *operands, **params)}
    run = algebra.apply if algebra is TENSORS else algebra.run
    y = run(rule, operands, params)
    results = [("y", part) for part in (y if rule.outputs else (y,))]
    if not rule.differentiable:
        return results
    plan = rule.plan(len(operands), (1 << len(operands)) - 1, True)
    node = SimpleNamespace(rule=rule, params=params, plan=plan, operands=operands)
    shapes = [part.shape for _, part in results]
    g = Cotangents(map(seed, range(len(shapes)), shapes)) if rule.outputs else seed(0, shapes[0])
    pulled = walks.pull_all(node, operands, y, g, algebra)
    return results + [(rule.operand_name(i), cotangent) for i, cotangent in pulled]


def formulas(rule, example, values):
    """A rule over leaves; ``values`` gets an entry for each leaf's symbol."""
    leaves = tuple(leaf(f"x{i}", shape) for i, shape in enumerate(example.shapes))
    seeds = {}

    def seed(part, shape):
        return seeds.setdefault(part, leaf(f"G{part}", shape))

    return leaves, seeds, read(TENSORS, rule, leaves, example.params, seed)


def agrees(got, want):
    assert got.shape == np.shape(want)
    np.testing.assert_allclose(got, want, rtol=1e-10, atol=1e-12)


def check(rule, example, symbols):
    """One case, formula against numbers at its own sizes and at twice these."""
    symbolic = resized(example, lambda s: symbols.get(s, s))
    leaves, seeds, formula = formulas(rule, symbolic, {})
    for factor in (1, 2):
        sizes = {symbol: factor * s for s, symbol in symbols.items()}
        concrete = resized(example, lambda s, f=factor: s * f if s in symbols else s)
        rng = np.random.default_rng(example.seed + factor)
        operands = draw(rule, concrete, rng)
        weights = {}

        def seed(part, shape, rng=rng, weights=weights):
            return weights.setdefault(part, cotangent(shape, rng))

        with np.errstate(all="ignore"):
            numbers = read(NUMPY, rule, operands, concrete.params, seed)
        given = dict(zip(leaves, operands, strict=True))
        given.update((seeds[part], weights[part]) for part in seeds)
        assert [name for name, _ in formula] == [name for name, _ in numbers]
        for (name, expression), (_, want) in zip(formula, numbers, strict=True):
            assert all(a == b for a, b in zip(
                (int(Integer(s).subs(sizes)) if not isinstance(s, int) else s
                 for s in expression.shape), np.shape(want), strict=True)), name
            agrees(evaluate(expression, sizes, given), want)


def read_symbolically(rule):
    """All cases of a rule; gives the reasons why some needed numbers for their sizes."""
    reasons = set()
    for example in examples_of(rule):
        try:
            check(rule, example, symbols_of(example))
        except TypeError as error:
            if "truth value of Relational" not in str(error):
                raise
            reasons.add("which of two sizes is smaller")
            check(rule, example, {})
    return reasons


@pytest.mark.parametrize("word", sorted(REGISTRY))
def test_every_rule_over_symbolic_sizes(word):
    rule = REGISTRY[word]
    if word in NOT_READ:
        pytest.skip(NOT_READ[word])
    reasons = read_symbolically(rule)
    assert "; ".join(sorted(reasons)) == NEEDS_NUMBERS.get(word, "")
