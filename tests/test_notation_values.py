"""The numbers of formula trees: every head by hand in floats, then exactly and to many digits."""

import numpy as np
import pytest
import sympy as sp

from symgrad.algebras.elements import Elements, symbol
from symgrad.algebras.numpy_adapter import NUMPY
from symgrad.algebras.precise import Precise
from symgrad.errors import NoClosedForm, ShapeError
from symgrad.symbolic.notation.sizes import size_tree
from symgrad.symbolic.notation.tree import Along, Bound, Slice
from symgrad.symbolic.notation.values import value
from tests.trees import add, call, entry, index, let, mul, neg, num, rel, t, tr


def sigma(body, *bounds):
    return t("sigma", body, value=tuple(Bound(i, size_tree(n), True) for i, n in bounds))


def along(word, body, *bounds, places=(), **params):
    made = tuple(Bound(i, size_tree(n), False) for i, n in bounds)
    return t("along", body, value=Along(word, tuple(params.items()), made, places))


n, i, j, k = t("size", value="n"), index("i"), index("j"), index("k")
A, B, X, w, x, y, c = map(let, ["A", "B", "X", "w", "x", "y", "c"])
ALL = Slice(None, None, None)
SIZES = {"m": 3, "n": 2, "one": 1}
SHAPES = {
    "A": (2, 2), "B": (2, 2), "X": (3, 2), "w": (2,), "x": (2,), "y": (3,), "c": (), "Q": (1, 2),
}  # fmt: skip


@pytest.fixture
def given(rng):
    return {name: np.round(rng.uniform(0.5, 2.0, shape), 3) for name, shape in SHAPES.items()}


def softmax(a, axis=-1):
    e = np.exp(a)
    return e / e.sum(axis=axis, keepdims=True)


def sig(a):
    return 1 / (1 + np.exp(-a))


size = {"m": t("size", value="m"), "n": n}
INDEX = {
    "an entry": (entry("X", "j", "i"), "i j3", lambda v: v["X"].T),
    "the quadratic program": (
        t("quotient", mul(num(12), add(mul(num(3), entry("A", "i", "j")), num(2))),
          mul(size["n"], size["m"])),
        "i j",
        lambda v: 12 * (3 * v["A"] + 2) / 6,
    ),
    "a sum": (sigma(mul(entry("X", "i", "j"), entry("w", "j")), ("j", "n")), "i3",
              lambda v: v["X"] @ v["w"]),
    "two sums": (sigma(entry("X", "i", "j"), ("i", "m"), ("j", "n")), "", lambda v: v["X"].sum()),
    "a sum of what does not depend on it": (sigma(entry("w", "i"), ("j", "m")), "i",
                                            lambda v: 3 * v["w"]),
    "a sum of places": (sigma(mul(j, entry("w", "j")), ("j", "n")), "", lambda v: v["w"][1]),
    "a hidden outer index": (
        mul(entry("w", "j"), sigma(entry("A", "j", "i"), ("j", "n"))), "i j",
        lambda v: v["A"].sum(0)[:, None] * v["w"],
    ),
    "a shift": (mul(rel(i, "<", num(1)), entry("w", add(i, num(1)))), "i",
                lambda v: np.array([v["w"][1], 0.0])),
    "a reversed shift": (mul(rel(i, ">=", num(1)), entry("y", add(i, neg(num(1))))), "i",
                         lambda v: np.array([0.0, v["y"][0]])),
    "nothing over nothing": (
        mul(rel(i, "!=", j), t("quotient", num(1), add(i, neg(j)))), "i j",
        lambda v: np.array([[0.0, -1.0], [1.0, 0.0]]),
    ),
    "a difference": (add(rel(i, "==", j), neg(mul(entry("x", "i"), entry("x", "j")))), "i j",
                     lambda v: np.eye(2) - np.outer(v["x"], v["x"])),
    "relations joined": (
        t("logic", rel(i, "<=", j), t("logic", rel(i, "==", num(0)), value="not"), value="and"),
        "i j", lambda v: np.array([[0.0, 0.0], [0.0, 1.0]]),
    ),
    "one of two": (t("logic", rel(i, ">", j), rel(j, "==", num(1)), value="or"), "i j",
                   lambda v: np.array([[0.0, 1.0], [1.0, 1.0]])),
    "a place looked up": (entry("X", entry("places", "i"), num(0)), "i",
                          lambda v: v["X"][[2, 0], 0]),
    "softmax at its own index": (
        along("softmax", entry("X", "i", "j"), ("j", "n"), places=(j,)), "i j",
        lambda v: softmax(v["X"][:2]),
    ),
    "softmax read elsewhere": (
        along("softmax", entry("X", "j", "k"), ("k", "n"), places=(i,)), "i j",
        lambda v: softmax(v["X"][:2]).T,
    ),
    "softmax at the index of its row": (
        along("softmax", entry("A", "i", "k"), ("k", "n"), places=(i,)), "i",
        lambda v: np.diagonal(softmax(v["A"])),
    ),
    "a maximum": (along("max", entry("X", "i", "j"), ("j", "n")), "i",
                  lambda v: v["X"][:2].max(1)),
    "a maximum of all": (along("max", entry("X", "i", "j"), ("i", "m"), ("j", "n")), "",
                         lambda v: v["X"].max()),
    "logsumexp": (along("logsumexp", mul(num(2), entry("w", "j")), ("j", "n")), "",
                  lambda v: np.log(np.exp(2 * v["w"]).sum())),
    "a product": (along("prod", entry("w", "i"), ("j", "m")), "i", lambda v: v["w"] ** 3),
    "functions": (add(call("sigmoid", entry("w", "i")), call("tanh", c)), "i",
                  lambda v: sig(v["w"]) + np.tanh(v["c"])),
    "two operands": (call("maximum", entry("w", "i"), entry("x", "j")), "i j",
                     lambda v: np.maximum.outer(v["w"], v["x"])),
    "a choice": (call("where", rel(entry("w", "i"), ">", c), entry("w", "i"), num(0)), "i",
                 lambda v: np.where(v["w"] > v["c"], v["w"], 0)),
    "a power": (t("power", entry("w", "i"), neg(num(1, 2))), "i", lambda v: v["w"] ** -0.5),
    "a number alone": (num(2, 3), "i j", lambda v: np.full((2, 2), 2 / 3)),
    "an entry of an inverse": (entry(t("inverse", A), "i", "j"), "i j",
                               lambda v: np.linalg.inv(v["A"])),
    "a determinant": (mul(t("det", A), entry("w", "i")), "i",
                      lambda v: np.linalg.det(v["A"]) * v["w"]),
    "halves of places": (entry("y", call("floor_divide", add(i, num(3)), num(2))), "i",
                         lambda v: v["y"][[1, 2]]),
    "rests of places": (entry("w", call("remainder", add(i, num(1)), num(2))), "i",
                        lambda v: v["w"][[1, 0]]),
}  # fmt: skip

MATRIX = {
    "least squares": (mul(num(2), tr(X), add(mul(X, w), neg(y))),
                      lambda v: 2 * v["X"].T @ (v["X"] @ v["w"] - v["y"])),
    "a row times a column": (mul(tr(w), A, x), lambda v: v["w"] @ v["A"] @ v["x"]),
    "a column times a row": (mul(w, tr(y)), lambda v: np.outer(v["w"], v["y"])),
    "a number in a product": (mul(tr(w), x, A), lambda v: (v["w"] @ v["x"]) * v["A"]),
    "a row": (tr(w), lambda v: v["w"][None, :]),
    "a row in a row": (mul(tr(w), A), lambda v: (v["w"] @ v["A"])[None, :]),
    "one row": (mul(let("Q"), w), lambda v: v["Q"] @ v["w"]),
    "back from one row": (mul(tr(let("Q")), let("Q"), w), lambda v: v["Q"].T @ (v["Q"] @ v["w"])),
    "a number in a sum": (add(A, neg(num(1, 2)), c), lambda v: v["A"] - 0.5 + v["c"]),
    "entry by entry": (t("hadamard", A, B, c), lambda v: v["A"] * v["B"] * v["c"]),
    "each power": (t("each_power", A, neg(num(2))), lambda v: v["A"] ** -2.0),
    "a matrix power": (t("power", A, num(3)), lambda v: np.linalg.matrix_power(v["A"], 3)),
    "a negative matrix power": (t("power", A, neg(num(2))),
                                lambda v: np.linalg.matrix_power(v["A"], -2)),
    "a quotient": (t("quotient", A, t("norm", A, value="F")),
                   lambda v: v["A"] / np.linalg.norm(v["A"])),
    "a quotient of matrices": (t("quotient", A, B), lambda v: v["A"] / v["B"]),
    "an inverse turned": (tr(t("inverse", A)), lambda v: np.linalg.inv(v["A"]).T),
    "a diagonal matrix": (add(t("diag", x), neg(mul(x, tr(x)))),
                          lambda v: np.diag(v["x"]) - np.outer(v["x"], v["x"])),
    "a diagonal": (t("diag", mul(A, B)), lambda v: np.diag(v["A"] @ v["B"])),
    "the logistic Hessian": (
        mul(tr(X), t("diag", t("hadamard", call("sigmoid", mul(X, w)),
                               call("sigmoid", neg(mul(X, w))))), X),
        lambda v: v["X"].T @ np.diag(sig(v["X"] @ v["w"]) * sig(-v["X"] @ v["w"])) @ v["X"],
    ),
    "a trace": (mul(t("trace", mul(A, B)), t("det", A)),
                lambda v: np.trace(v["A"] @ v["B"]) * np.linalg.det(v["A"])),
    "a norm": (t("power", t("norm", y), num(2)), lambda v: v["y"] @ v["y"]),
    "Kronecker": (t("kron", X, A), lambda v: np.kron(v["X"], v["A"])),
    "Kronecker of columns": (t("kron", x, y), lambda v: np.kron(v["x"], v["y"])),
    "rows after another": (t("vec", X), lambda v: v["X"].reshape(-1)),
    "ones": (mul(t("ones", value=t("size", value="m")), tr(w)), lambda v: np.tile(v["w"], (3, 1))),
    "ones by name": (t("ones", value=sp.Symbol("m") - 1), lambda v: np.ones(2)),
    "the identity": (add(t("identity", value=2), neg(A)), lambda v: np.eye(2) - v["A"]),
    "a unit": (t("unit", value=(num(1), n)), lambda v: np.array([0.0, 1.0])),
    "zeros": (t("zeros", value=(n, num(3))), lambda v: np.zeros((2, 3))),
    "a slice": (t("slice", y, value=(Slice(num(1), None, None),)), lambda v: v["y"][1:]),
    "a column of it": (t("slice", X, value=(ALL, num(0))), lambda v: v["X"][:, 0]),
    "a row of it": (mul(tr(t("slice", X, value=(num(2), ALL))), w), lambda v: v["X"][2] @ v["w"]),
    "steps back": (t("slice", X, value=(Slice(None, None, neg(num(2))), ALL)),
                   lambda v: v["X"][::-2]),
    "an entry": (t("slice", X, value=(num(2), neg(num(1)))), lambda v: v["X"][2, -1]),
    "blocks": (t("blocks", A, x, tr(w), num(1), value=(2, 2)),
               lambda v: np.block([[v["A"], v["x"][:, None]], [v["w"][None, :], np.ones((1, 1))]])),
    "a column of blocks": (t("blocks", x, t("zeros", value=(num(2),)), value=(2, 1)),
                           lambda v: np.concatenate([v["x"], np.zeros(2)])),
    "a gate": (t("hadamard", rel(A, ">", num(1)), B), lambda v: np.where(v["A"] > 1, v["B"], 0)),
    "a function": (call("tanh", mul(A, x)), lambda v: np.tanh(v["A"] @ v["x"])),
    "a function of all": (mul(call("max", X), x), lambda v: v["X"].max() * v["x"]),
    "a function along": (call("logsumexp", X, axis=1),
                         lambda v: np.log(np.exp(v["X"]).sum(1))),
    "softmax": (call("softmax", X), lambda v: softmax(v["X"])),
    "softmax of a column": (add(call("softmax", mul(A, x)), call("logsumexp", X)),
                            lambda v: softmax(v["A"] @ v["x"]) + np.log(np.exp(v["X"]).sum())),
    "sums so far": (call("cumsum", X), lambda v: np.cumsum(v["X"], 1)),
    "one of two results": (call("slogdet", A, part=1),
                           lambda v: np.log(abs(np.linalg.det(v["A"])))),
    "one-hot rows": (call("one_hot", let("places"), t("size", value="m")),
                     lambda v: np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])),
    "constants": (mul(t("number", value=sp.pi), t("power", t("number", value=sp.E), c)),
                  lambda v: np.pi * np.exp(v["c"])),
    "infinity": (neg(t("number", value=sp.oo)), lambda v: np.array(-np.inf)),
}  # fmt: skip

PLACES = {"places": np.array([-1, 0])}
EVERY = {
    **{f"index: {name}": row for name, row in INDEX.items()},
    **{f"matrix: {name}": (tree, "", by_hand) for name, (tree, by_hand) in MATRIX.items()},
}


def run(row, given, algebra=NUMPY):
    tree, free, _ = row
    indices = [(name[0], int(name[1:] or 2)) for name in free.split()]
    return value(tree, {**given, **PLACES}, SIZES, indices=indices, algebra=algebra)


@pytest.mark.parametrize("name", EVERY)
def test_every_head_gives_what_numpy_gives_by_hand(name, given):
    found, wanted = run(EVERY[name], given), EVERY[name][2]({**given, **PLACES})
    assert found.dtype == float
    assert found.shape == np.shape(wanted)
    np.testing.assert_allclose(found, wanted, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("name", EVERY)
def test_many_digits_give_the_same(name, given):
    precise = Precise(50)
    lifted = {name: precise.lift(array) for name, array in given.items()}
    found = run(EVERY[name], lifted, precise)
    assert found.dtype == object
    wanted = run(EVERY[name], given)
    assert found.shape == wanted.shape
    np.testing.assert_allclose(found.astype(float), wanted, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("name", EVERY)
def test_symbols_give_the_same_once_numbers_are_put_in(name, given):
    elements = Elements()
    letters = {name: elements.letters(name, array.shape) for name, array in given.items()}
    at = {
        s: sp.Rational(str(v))
        for name, array in given.items()
        for s, v in zip(letters[name].data.ravel(), array.ravel().tolist(), strict=True)
    }
    found = run(EVERY[name], letters, elements)
    wanted = run(EVERY[name], given)
    assert found.shape == wanted.shape
    numbers = [float(sp.sympify(e).xreplace(at).doit()) for e in found.ravel()]
    np.testing.assert_allclose(np.reshape(numbers, found.shape), wanted, rtol=1e-12, atol=1e-14)


def test_rationals_stay_exact():
    third = mul(num(1, 3), x)
    found = value(third, {"x": Elements().letters("x", (2,))}, {}, algebra=Elements())
    assert found.tolist() == [symbol("x[0]") / 3, symbol("x[1]") / 3]
    precise = Precise(50)
    found = value(mul(num(1, 3), num(3)), {}, {}, algebra=precise)
    assert abs(found.item() - 1) < precise.context.mpf(10) ** -60
    pi = value(t("number", value=sp.pi), {}, {}, algebra=precise).item()
    assert abs(pi - precise.context.pi) == 0
    assert value(t("number", value=sp.sqrt(2)), {}, {}, algebra=precise).item() == pytest.approx(
        2**0.5
    )


def test_relations_between_symbols_stay_conditions_and_between_indices_do_not():
    elements = Elements()
    letters = {"x": elements.letters("x", (2,))}
    found = value(rel(entry("x", "i"), ">", num(0)), letters, {}, indices=[("i", 2)],
                  algebra=elements)  # fmt: skip
    zero = symbol("x[0]")
    assert found[0] == sp.Piecewise((1, zero > 0), (0, True))
    found = value(rel(i, "<", j), {}, {}, indices=[("i", 2), ("j", 2)], algebra=elements)
    assert found.tolist() == [[0, 1], [0, 0]]


def test_a_relation_that_fails_hides_whatever_stands_beside_it():
    bad = mul(rel(i, ">", num(0)), call("log", entry("x", "i")))
    found = value(bad, {"x": np.array([-1.0, 1.0])}, {}, indices=[("i", 2)])
    assert found.tolist() == [0.0, 0.0]
    below = t("quotient", mul(rel(i, ">", num(0)), entry("x", "i")), i)
    assert value(below, {"x": np.array([1.0, 3.0])}, {}, indices=[("i", 2)]).tolist() == [0.0, 3.0]
    alone = t("quotient", rel(i, ">", num(0)), i)
    assert value(alone, {}, {}, indices=[("i", 2)]).tolist() == [0.0, 1.0]
    nothing = sigma(mul(rel(j, "<", num(0)), call("exp", mul(num(1000), j))), ("j", 3))
    assert value(nothing, {}, {}).item() == 0.0


def test_axes_without_entries_sum_to_nothing():
    found = value(sigma(entry("X", "i", "j"), ("j", 0)), {"X": np.zeros((2, 0))}, {},
                  indices=[("i", 2)])  # fmt: skip
    assert found.tolist() == [0.0, 0.0]


def test_a_function_of_whole_arrays_takes_their_leading_axes_as_a_batch(rng):
    batch = rng.normal(size=(3, 2, 2))
    found = value(entry(t("inverse", A), "i", "j", "k"), {"A": batch}, {},
                  indices=[("i", 3), ("j", 2), ("k", 2)])  # fmt: skip
    np.testing.assert_allclose(found, np.linalg.inv(batch))
    found = value(entry(t("det", A), "i"), {"A": batch}, {}, indices=[("i", 3)])
    np.testing.assert_allclose(found, np.linalg.det(batch))


def test_free_indices_are_the_axes_in_their_order():
    outer = mul(entry("x", "i"), entry("y", "j"))
    given = {"x": np.array([1.0, 2.0]), "y": np.array([1.0, 10.0, 100.0])}
    found = value(outer, given, {}, indices=[("j", 3), ("i", 2)])
    assert found.tolist() == [[1.0, 2.0], [10.0, 20.0], [100.0, 200.0]]


def test_what_does_not_fit_is_refused():
    with pytest.raises(ShapeError, match="the index k is bound by nothing"):
        value(entry("x", "k"), {"x": np.ones(2)}, {}, indices=[("i", 2)])
    with pytest.raises(ShapeError, match="2 indices for an array of shape"):
        value(entry("x", "i", "i"), {"x": np.ones(2)}, {}, indices=[("i", 2)])
    with pytest.raises(ShapeError, match="meet entry by entry"):
        value(add(x, A), {"x": np.ones(2), "A": np.ones((2, 2))}, {})
    with pytest.raises(ShapeError, match="a product of shapes"):
        value(mul(A, X), {"A": np.ones((2, 2)), "X": np.ones((3, 2))}, {})
    with pytest.raises(NoClosedForm, match="wobble"):
        value(call("wobble", A), {"A": np.ones((2, 2))}, {})
    with pytest.raises(KeyError, match="x"):
        value(x, {}, {})
