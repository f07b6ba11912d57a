"""Formula trees as SymPy expressions: at sizes and numbers they give what the evaluator gives."""

import numpy as np
import pytest
import sympy as sp
import test_notation_values as by_hand
from sympy.matrices.expressions.diagonal import DiagonalOf
from test_notation_values import INDEX, MATRIX, SHAPES, SIZES, along

from symgrad.errors import NoClosedForm
from symgrad.symbolic.notation.sympy_form import indexed, matrix
from symgrad.symbolic.notation.tree import Tree
from tests.trees import add, entry, let, mul, t

given = by_hand.given

#: What SymPy has no expression for, and the word that the refusal names.
NOT_INDEXED = {
    "a maximum": "max", "a maximum of all": "max", "an entry of an inverse": "inverse",
    "a determinant": "det",
}  # fmt: skip
NOT_MATRIX = {
    "rows after another": "vec", "steps back": "steps back", "a gate": "a relation",
    "a function of all": "max", "a function along": "logsumexp", "softmax": "softmax",
    "one of two results": "slogdet", "one-hot rows": "one_hot", "sums so far": "cumsum",
}  # fmt: skip
LETTERS = {**{name: shape for name, shape in SHAPES.items() if shape}, "places": (2,)}
AT = {sp.Symbol(name, integer=True, positive=True): size for name, size in SIZES.items()}


def numbers(given):
    """A rational for each entry as SymPy writes it."""
    found = {}
    arrays = {**given, "places": np.array([2, 0])}
    for name, array in arrays.items():
        letter = sp.Symbol(name, real=True)
        base = sp.IndexedBase(letter, shape=array.shape) if array.ndim else letter
        for place in np.ndindex(array.shape):
            found[base[place] if array.ndim else base] = sp.Rational(str(array[place]))
    return found


@pytest.mark.parametrize("name", [name for name in INDEX if name not in NOT_INDEXED])
def test_sums_give_the_numbers_of_the_formula(name, given):
    tree, free, _ = INDEX[name]
    wanted = by_hand.run(INDEX[name], given)
    expression = indexed(tree, LETTERS).subs(AT)
    at = numbers(given)
    letters = [sp.Symbol(part[0], integer=True) for part in free.split()]
    for place in np.ndindex(wanted.shape):
        entries = expression.subs(dict(zip(letters, place, strict=True))).doit()
        # Twice: a place that is looked up must be a number before its entry is found.
        found = sp.sympify(entries).subs(at).subs(at).doit()
        assert float(found) == pytest.approx(wanted[place], rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("name", [name for name in MATRIX if name not in NOT_MATRIX])
def test_matrices_give_the_numbers_of_the_formula(name, given):
    wanted = by_hand.run((MATRIX[name][0], "", None), given)
    expression = matrix(MATRIX[name][0], LETTERS).subs(AT)
    rationals = {name: sp.Matrix(np.vectorize(lambda v: sp.Rational(str(v)))(array))
                 for name, array in given.items() if array.ndim}  # fmt: skip
    at = {sp.MatrixSymbol(name, *m.shape): m for name, m in rationals.items()}
    at[sp.Symbol("c", real=True)] = sp.Rational(str(given["c"]))
    if isinstance(expression, DiagonalOf):  # SymPy 1.14 cannot take explicit matrices into it
        expression = expression.as_explicit()
    found = expression.subs(at).doit()
    if not getattr(found, "is_Matrix", False):
        found = sp.ImmutableMatrix([found])
    explicit = sp.Matrix(found.as_explicit()).doit().evalf(30)
    array = np.array(explicit.tolist(), dtype=float).reshape(wanted.shape)
    np.testing.assert_allclose(array, wanted, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("table", "name"), [
    *((indexed, name) for name in NOT_INDEXED), *((matrix, name) for name in NOT_MATRIX),
])  # fmt: skip
def test_what_sympy_cannot_hold_is_refused_by_name(table, name):
    tree = INDEX[name][0] if table is indexed else MATRIX[name][0]
    word = NOT_INDEXED.get(name) if table is indexed else NOT_MATRIX.get(name)
    with pytest.raises(NoClosedForm, match=word):
        table(tree, LETTERS)


def test_names_that_would_be_taken_for_one_another_are_kept_apart():
    j = Tree("index", value="j")
    found = indexed(along("softmax", entry("x", "j"), ("j", "n"), places=(j,)), {"x": ("n",)})
    assert str(found) == "exp(x[j])/Sum(exp(x[j_1]), (j_1, 0, n - 1))"


def test_the_gradient_of_least_squares_reads_as_in_the_book():
    n, m = (sp.Symbol(name, integer=True, positive=True) for name in "nm")
    X, w, y = sp.MatrixSymbol("X", m, n), sp.MatrixSymbol("w", n, 1), sp.MatrixSymbol("y", m, 1)
    found = matrix(MATRIX["least squares"][0], {"X": ("m", "n"), "w": ("n",), "y": ("m",)})
    assert found.doit().expand() == (2 * X.T * (X * w - y)).doit().expand()
    assert str(matrix(mul(t("transpose", let("w")), let("w")), {"w": ("n",)})).startswith("Sum(")
    assert matrix(add(let("a"), let("b")), {}) == sum(sp.symbols("a b", real=True))


def test_what_sympy_itself_refuses_is_refused_as_no_closed_form():
    shapes = {"A": (2, 3), "w": ("n",)}
    with pytest.raises(NoClosedForm, match="SymPy refuses"):
        matrix(t("inverse", let("A")), shapes)
    condition = t("relation", let("w"), let("w"), value=">")
    with pytest.raises(NoClosedForm, match="a relation between"):
        matrix(by_hand.call("where", condition, let("w"), let("w")), shapes)


def test_a_condition_hides_what_is_below_the_line():
    i = Tree("index", value="i")
    zero = Tree("number", value=sp.S.Zero)
    found = indexed(t("quotient", mul(t("relation", i, zero, value=">"), entry("x", "i")), i),
                    {"x": (2,)})  # fmt: skip
    assert found.subs(sp.Symbol("i", integer=True), 0) == 0
