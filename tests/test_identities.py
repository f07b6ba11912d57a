"""Every declared identity: at 50 digits, in floats, at symbolic sizes, and entry by entry."""

import numpy as np
import pytest
import sympy as sp
from sympy import Symbol

import symgrad as sg  # noqa: F401  (declares the rules)
from symgrad.algebras.elements import Elements
from symgrad.algebras.numpy_adapter import NUMPY
from symgrad.algebras.precise import Precise
from symgrad.algebras.tensors import TENSORS, evaluate, leaf
from symgrad.errors import DeclarationError
from symgrad.grammar.domain import positive, reals
from symgrad.grammar.identity import IDENTITIES, INVERSES, identity
from symgrad.grammar.primitive import REGISTRY
from symgrad.verification.examples import cases_of, draw, drawn

EVERY = [*IDENTITIES, *INVERSES]
PRECISE = Precise(digits=50)
VALUES = {
    "axis": [{"axis": 0}, {"axis": -1}],
    "ord": [{"ord": None}, {"ord": 1}],
    "keepdims": [{"keepdims": False}, {"keepdims": True}],
}


def parameters_of(one):
    """A few assignments of the parameters."""
    found = [{}]
    for name in one.parameters:
        found = [{**a, **b} for a in found for b in VALUES[name]]
    return found


def shape_of(one, operand, domain):
    ndim = one.ndim_of(operand)
    if domain.matrix:
        return (3, 3) if ndim == 2 else (2, 3, 3)
    return (2, 3) if ndim is None else (2, 3, 2)[:ndim]


def operands_of(one, seed=7, shape=None):
    rng = np.random.default_rng(seed)
    pairs = zip(one.operands, one.domains, strict=True)
    return [drawn(d, shape_of(one, o, d) if shape is None else shape, rng) for o, d in pairs]


def digits_of_difference(one):
    """The largest difference of the two sides, over all parameters, at 50 digits."""
    worst = 0
    for parameters in parameters_of(one):
        operands = [PRECISE.lift(v) for v in operands_of(one)]
        lhs, rhs, condition = one.read(PRECISE, *operands, **parameters)
        rhs = PRECISE.lift(rhs)
        assert lhs.shape == rhs.shape
        assert condition is None or condition.data.all()
        worst = max([worst, *map(abs, (lhs - rhs).data.ravel().tolist())])
    return worst


@pytest.mark.parametrize("one", EVERY, ids=lambda one: one.name)
def test_an_identity_holds_at_fifty_digits(one):
    assert digits_of_difference(one) < 1e-50


@pytest.mark.parametrize("one", EVERY, ids=lambda one: one.name)
def test_an_identity_holds_in_floats_and_at_symbolic_sizes(one):
    for parameters in parameters_of(one):
        arrays = operands_of(one)
        want, rhs, _ = one.read(NUMPY, *arrays, **parameters)
        np.testing.assert_allclose(rhs, want, rtol=1e-9, atol=1e-12)
        leaves, given, sizes = [], {}, {}
        for name, array in zip(one.operands, arrays, strict=True):
            symbols = tuple(Symbol(f"n{s}", integer=True, positive=True) for s in array.shape)
            sizes.update(zip(symbols, array.shape, strict=True))
            leaves.append(leaf(name, symbols))
            given[leaves[-1]] = array
        reading = one.read(TENSORS, *leaves, **parameters)
        for side in (reading.lhs, reading.rhs):
            np.testing.assert_allclose(evaluate(side, sizes, given), want, rtol=1e-9, atol=1e-12)
        assert reading.lhs.shape == reading.rhs.shape


@pytest.mark.parametrize(
    "one",
    [i for i in IDENTITIES if not any(d.matrix for d in i.domains)],
    ids=lambda one: one.name,
)
def test_an_identity_holds_over_symbols(one):
    parameters = {name: VALUES[name][0][name] for name in one.parameters}
    shape = (2,) if one.parameters else ()
    values = operands_of(one, shape=shape)
    assert all(is_zero(residue) for residue in residues(one, values, parameters))


def residues(one, values, parameters):
    """What SymPy leaves of each entry of lhs - rhs, in the region around a point."""
    plain, point, operands = Elements(), {}, []
    for name, value, domain in zip(one.operands, values, one.domains, strict=True):
        if value.dtype == bool:
            operands.append(value)
            continue
        letters = plain.letters(name, value.shape)
        if domain is positive:  # beyond what a real symbol knows
            letters = plain.map(lambda s: sp.Symbol(s.name, positive=True), letters)
        point.update(zip(letters.data.ravel(), map(sp.Rational, value.ravel()), strict=True))
        operands.append(letters.data)
    algebra = Elements(point)
    reading = one.read(algebra, *map(algebra.lift, operands), **parameters)
    return (reading.lhs - reading.rhs).data.ravel().tolist()


def is_zero(residue):
    if residue == 0:
        return True
    signs = residue.replace(sp.Abs, lambda u: sp.sign(u) * u)
    return sp.simplify(sp.expand_log(residue, force=False)) == 0 or sp.simplify(signs) == 0


def test_the_declared_identities_are_many_and_named_apart():
    assert len({one.name for one in EVERY}) == len(EVERY) >= 40


def test_a_wrong_identity_is_found():
    planted = []

    @identity(x=reals, into=planted)
    def sign_is_lost(xp, x):
        return xp.tanh(-x), xp.tanh(x)

    assert digits_of_difference(planted[0]) > 0.1
    assert not all(map(is_zero, residues(planted[0], [np.array(0.5)], {})))
    assert planted[0] not in IDENTITIES


def test_a_declaration_that_does_not_fit_is_refused():
    held = []
    with pytest.raises(DeclarationError, match="takes xp, x, axis"):
        identity(x=reals, parameters=("axis",), into=held)(lambda xp, x: (x, x))
    with pytest.raises(DeclarationError, match="ndims names"):
        identity(x=reals, ndims={"y": 2}, into=held)(lambda xp, x: (x, x))
    with pytest.raises(DeclarationError, match="two identities are called 'exp_of_log'"):

        @identity(x=reals)
        def exp_of_log(xp, x):
            return xp.exp(x), x

    @identity(x=reals, into=held)
    def condition_unsaid(xp, x):
        return x, x, xp.greater(x, 0)

    with pytest.raises(DeclarationError, match="conditional=False"):
        held[0].read(PRECISE, PRECISE.lift(1.0))


# formulas that an algebra's own method of the same word hides -------------------------------------


@pytest.mark.parametrize("word", ["cumsum", "solve", "kron", "one_hot", "pad", "put"])
def test_a_formula_in_words_is_the_forward(word):
    rule = REGISTRY[word]
    for example in cases_of(rule):
        operands = draw(rule, example, np.random.default_rng(example.seed))
        want = rule.forward(NUMPY, *operands, **example.params)
        found = rule.formula_of(PRECISE, tuple(map(PRECISE.lift, operands)), example.params)
        assert found.shape == want.shape
        np.testing.assert_allclose(found.data.astype(float), want, rtol=1e-9, atol=1e-12)
        named = () if word == "put" else (2, 3, 4, 5)  # the sizes of an index are numbers
        symbols = {s: Symbol(f"n{s}", integer=True, positive=True) for s in named}
        leaves = [
            leaf(f"x{i}", [symbols.get(n, n) for n in o.shape]) for i, o in enumerate(operands)
        ]
        formula = rule.formula_of(TENSORS, tuple(leaves), example.params)
        got = evaluate(
            formula,
            {symbol: n for n, symbol in symbols.items()},
            dict(zip(leaves, operands, strict=True)),
        )
        assert got.shape == want.shape
        np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-12)


def test_the_formula_of_a_running_sum_over_symbols():
    algebra, rule = Elements(), REGISTRY["cumsum"]
    x = algebra.letters("x", (2, 3, 2))
    for axis in (0, 1, 2, -2):
        found = rule.formula_of(algebra, (x,), {"axis": axis})
        assert (found - algebra.cumsum(x, axis=axis)).data.ravel().tolist() == [0] * 12
