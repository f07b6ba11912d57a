"""Formula trees as LaTeX and MathML: golden texts, brackets, and well-formed elements."""

import xml.etree.ElementTree as ET

import pytest
import sympy as sp

from symgrad.symbolic.notation.latex import latex
from symgrad.symbolic.notation.layout import last_of
from symgrad.symbolic.notation.mathml import mathml
from symgrad.symbolic.notation.sizes import size_tree
from symgrad.symbolic.notation.tree import Along, Bound, Slice
from tests.trees import add, call, entry, index, let, mul, neg, num, rel, t, tr


def size(name):
    return t("size", value=name)


def over(a, b):
    return t("quotient", a, b)


def sigma(body, *bounds):
    made = tuple(Bound(i, size_tree(n), True) for i, n in bounds)
    return t("sigma", body, value=made)


def along(word, body, *bounds, places=(), shown=False, **params):
    made = tuple(Bound(i, size_tree(n), shown) for i, n in bounds)
    return t("along", body, value=Along(word, tuple(params.items()), made, places))


A, B, X, w, x, y, s = map(let, "ABXwxys")
i, j, k = map(index, "ijk")
m, n = map(size, "mn")
XW = mul(X, w)
residual = add(A, neg(B))

INDEX = {
    "the quadratic program": (
        over(mul(num(12), add(mul(num(3), entry("x", "i", "j")), num(2))), mul(m, n)),
        r"\frac{12 (3 x_{i,j} + 2)}{m n}",
    ),
    "a sum with bounds": (
        sigma(mul(entry("A", "i", "j"), entry("x", "j")), ("j", "n")),
        r"\sum_{j=0}^{n - 1} A_{i,j} x_{j}",
    ),
    "two sums": (
        sigma(entry("A", "i", "j"), ("i", "m"), ("j", 3)),
        r"\sum_{i=0}^{m - 1} \sum_{j=0}^{2} A_{i,j}",
    ),
    "a sum of a sum": (
        sigma(add(entry("x", "j"), num(1)), ("j", "n")),
        r"\sum_{j=0}^{n - 1} (x_{j} + 1)",
    ),
    "a sum that is not the last factor": (
        mul(sigma(entry("x", "j"), ("j", "n")), entry("y", "i")),
        r"\left( \sum_{j=0}^{n - 1} x_{j} \right) y_{i}",
    ),
    "a sum as the last factor": (
        mul(num(2), entry("y", "i"), sigma(entry("x", "j"), ("j", "n"))),
        r"2 y_{i} \sum_{j=0}^{n - 1} x_{j}",
    ),
    "a sum that stands before a term": (
        add(sigma(entry("x", "j"), ("j", "n")), neg(entry("y", "i"))),
        r"\sum_{j=0}^{n - 1} x_{j} - y_{i}",
    ),
    "a sum to a power": (
        t("power", sigma(entry("x", "j"), ("j", "n")), num(2)),
        r"\left( \sum_{j=0}^{n - 1} x_{j} \right)^{2}",
    ),
    "Iverson's brackets": (
        mul(rel(i, "<", add(n, neg(num(1)))), entry("x", add(i, num(1)))),
        r"[\,i < n - 1\,] x_{i + 1}",
    ),
    "relations joined": (
        t("logic", rel(i, "==", num(0)), rel(j, "!=", k), value="and"),
        r"[\,i = 0 \wedge j \ne k\,]",
    ),
    "none of them": (
        t("logic", t("logic", rel(i, "<=", j), rel(i, ">=", k), value="or"), value="not"),
        r"[\,\neg (i \le j \vee i \ge k)\,]",
    ),
    "softmax at its own index": (
        along("softmax", entry("x", "i", "j"), ("j", "n"), places=(j,)),
        r"\operatorname{softmax}_{j}(x_{i,j})",
    ),
    "softmax read elsewhere": (
        along("softmax", entry("x", "i", "k"), ("k", "n"), places=(j,)),
        r"\operatorname{softmax}_{k}(x_{i,k})_{j}",
    ),
    "a maximum": (along("max", entry("x", "j"), ("j", "n")), r"\max_{j}(x_{j})"),
    "a maximum with its size": (
        along("max", mul(j, entry("y", "i")), ("j", "n"), shown=True),
        r"\max_{j < n}(j y_{i})",
    ),
    "an entry of a let": (entry("t1", "i", "j"), r"(t_{1})_{i,j}"),
    "an entry looked up": (entry("x", entry("y", "i")), r"x_{y_{i}}"),
    "an entry of an inverse": (entry(t("inverse", A), "i", "j"), r"(A^{-1})_{i,j}"),
    "a Greek letter": (mul(let("alpha"), entry("lambda", "i")), r"\alpha \lambda_{i}"),
    "a word": (t("power", entry("out", "i"), num(2)), r"\mathrm{out}_{i}^{2}"),
    "a logistic function": (
        mul(call("sigmoid", entry("x", "i")), call("sigmoid", neg(entry("x", "i")))),
        r"\sigma(x_{i}) \sigma(-x_{i})",
    ),
    "functions by name": (
        add(call("exp", x), call("asin", x), call("log2", x), call("softplus", x)),
        r"\exp(x) + \arcsin(x) + \log_{2}(x) + \operatorname{softplus}(x)",
    ),
    "a tall argument": (call("tanh", over(x, y)), r"\tanh\left( \frac{x}{y} \right)"),
    "a root": (over(num(1), call("sqrt", add(x, num(1)))), r"\frac{1}{\sqrt{x + 1}}"),
    "a size taken off": (call("abs", add(x, neg(y))), r"\lvert x - y \rvert"),
    "a parameter": (call("clip", x, min=-1, max=0.5), None),
    "a choice": (
        call("where", rel(x, ">", num(0)), x, neg(x)),
        r"\begin{cases} x & \text{if } x > 0 \\ -x & \text{otherwise} \end{cases}",
    ),
    "division without a rest": (
        add(call("floor_divide", n, num(2)), call("remainder", n, num(2))),
        r"\left\lfloor \frac{n}{2} \right\rfloor + n \bmod 2",
    ),
}

MATRIX = {
    "least squares": (
        mul(num(2), tr(X), add(XW, neg(y))),
        r"2 X^{\top} (X w - y)",
    ),
    "the logistic Hessian": (
        mul(
            tr(X),
            t("diag", t("hadamard", call("sigmoid", XW), call("sigmoid", neg(XW)))),
            X,
        ),
        r"X^{\top} \operatorname{diag}(\sigma(X w) \odot \sigma(-X w)) X",
    ),
    "the softmax Jacobian": (
        add(t("diag", s), neg(mul(s, tr(s)))),
        r"\operatorname{diag}(s) - s s^{\top}",
    ),
    "a Frobenius norm": (
        over(residual, t("norm", residual, value="F")),
        r"\frac{A - B}{\lVert A - B \rVert_{F}}",
    ),
    "a squared norm": (t("power", t("norm", x), num(2)), r"\lVert x \rVert^{2}"),
    "a determinant and a trace": (
        mul(t("det", A), t("trace", mul(A, B))),
        r"\det(A) \operatorname{tr}(A B)",
    ),
    "an inverse turned": (tr(t("inverse", A)), r"A^{-\top}"),
    "the inverse of what is turned": (t("inverse", tr(mul(A, B))), r"(A B)^{-\top}"),
    "entry by entry": (
        t("hadamard", mul(A, B), t("each_power", add(A, B), num(2))),
        r"A B \odot (A + B)^{\circ 2}",
    ),
    "a product of an entrywise one": (mul(t("hadamard", A, B), x), r"(A \odot B) x"),
    "Kronecker": (add(t("kron", A, B), neg(num(1))), r"A \otimes B - 1"),
    "both kinds": (t("kron", t("hadamard", A, B), A), r"(A \odot B) \otimes A"),
    "an affine layer": (
        add(mul(X, let("W1")), mul(t("ones", value=n), tr(let("b")))),
        r"X W_{1} + \mathbf{1} b^{\top}",
    ),
    "constants": (
        add(t("identity", value=n), mul(t("unit", value=(3, n)), tr(t("zeros", value=(n,))))),
        r"I + e_{3} \mathbf{0}^{\top}",
    ),
    "a slice": (t("slice", x, value=(Slice(num(1), None, None),)), r"x_{1:}"),
    "a column": (t("slice", X, value=(Slice(None, None, None), num(0))), r"X_{:,0}"),
    "steps": (
        t("slice", mul(A, x), value=(Slice(None, neg(num(1)), num(2)),)),
        r"(A x)_{:-1:2}",
    ),
    "blocks": (
        t("blocks", A, x, tr(x), num(0), value=(2, 2)),
        r"\begin{bmatrix} A & x \\ x^{\top} & 0 \end{bmatrix}",
    ),
    "blocks turned": (
        tr(t("blocks", x, y, value=(2, 1))),
        r"\begin{bmatrix} x \\ y \end{bmatrix}^{\top}",
    ),
    "rows one after another": (t("vec", mul(A, B)), r"\operatorname{vec}(A B)"),
    "cofactors": (call("cofactor", A), r"\operatorname{cof}(A)"),
}

NUMBERS = {
    "numbers side by side": (mul(num(2), num(3), x), r"2 \cdot 3 x"),
    "a number behind": (mul(x, num(2)), r"x \cdot 2"),
    "a half": (mul(num(1, 2), x), r"\frac{1}{2} x"),
    "a half in an exponent": (t("power", x, neg(num(1, 2))), r"x^{-1/2}"),
    "constants": (mul(num(2), t("number", value=sp.pi), t("number", value=sp.oo)), r"2 \pi \infty"),
    "e to a power": (t("power", t("number", value=sp.E), mul(num(2), x)), r"e^{2 x}"),
    "minus before a sum": (neg(add(x, y)), r"-(x + y)"),
    "minus twice": (neg(neg(x)), r"-(-x)"),
    "minus in front": (add(neg(x), neg(add(x, y))), r"-x - (x + y)"),
    "a sum in a sum": (add(x, add(x, y)), r"x + (x + y)"),
    "minus in a product": (mul(x, neg(y)), r"x (-y)"),
    "a power of a power": (t("power", t("power", x, num(2)), num(3)), r"(x^{2})^{3}"),
    "a power of a quotient": (
        t("power", over(x, y), num(2)),
        r"\left( \frac{x}{y} \right)^{2}",
    ),
}

EVERY = {
    f"{kind}: {name}": pair
    for kind, table in (("index", INDEX), ("matrix", MATRIX), ("numbers", NUMBERS))
    for name, pair in table.items()
}


@pytest.mark.parametrize("name", [name for name, pair in EVERY.items() if pair[1] is not None])
def test_latex_is_as_people_write_it(name):
    tree, text = EVERY[name]
    assert latex(tree) == text


def test_parameters_stand_behind_the_operands_by_name():
    tree = INDEX["a parameter"][0]
    assert latex(tree) == r"\operatorname{clip}(x, \mathrm{min} = -1, \mathrm{max} = 0.5)"


@pytest.mark.parametrize("name", EVERY)
def test_mathml_is_well_formed_and_only_core(name):
    root = ET.fromstring(mathml(EVERY[name][0]))
    space = "{http://www.w3.org/1998/Math/MathML}"
    core = {
        *["math", "mrow", "mi", "mn", "mo", "mtext", "mfrac", "msqrt", "msup", "msub"],
        *["munderover", "mtable", "mtr", "mtd"],
    }
    counts = {"mfrac": 2, "msup": 2, "msub": 2, "munderover": 3}
    for element in root.iter():
        tag = element.tag.removeprefix(space)
        assert tag in core
        assert len(element) == counts.get(tag, len(element)), tag


def test_mathml_has_the_tags_that_the_formula_asks_for():
    text = mathml(INDEX["the quadratic program"][0])
    assert "<mfrac>" in text
    assert "<msub><mi>x</mi><mrow><mi>i</mi><mo>,</mo><mi>j</mi></mrow></msub>" in text
    assert "<mn>3</mn><mo>&#x2062;</mo><msub>" in text
    summed = mathml(INDEX["a sum with bounds"][0])
    assert "<munderover><mo>&#x2211;</mo><mrow><mi>j</mi><mo>=</mo><mn>0</mn></mrow>" in summed
    assert "<mi>σ</mi><mo>&#x2061;</mo><mrow>" in mathml(INDEX["a logistic function"][0])
    assert '<mo form="prefix">−</mo><mi>y</mi>' in mathml(NUMBERS["minus in a product"][0])
    assert "<mtable>" in mathml(MATRIX["blocks"][0])
    assert "<mi>λ</mi>" in mathml(let("lambda"))


def test_mathml_escapes_what_a_name_might_hold():
    root = ET.fromstring(mathml(rel(let("a<b>&c"), "<", num(1))))
    assert [e.text for e in root.iter() if e.tag.endswith("}mi")] == ["a<b>&c"]
    assert [e.text for e in root.iter() if e.tag.endswith("}mo")] == ["[", "<", "]"]


def test_the_last_place_of_an_axis_gathers_its_number():
    assert last_of(num(4)) == num(3)
    assert last_of(add(n, num(1))) == n
    assert latex(last_of(add(n, neg(num(1))))) == "n - 2"
    assert latex(last_of(size_tree(2 * sp.Symbol("n") / 3))) == r"\frac{2 n}{3} - 1"


def test_brackets_grow_with_what_they_hold():
    tall = call("log", sigma(call("exp", entry("x", "j")), ("j", "n")))
    assert latex(tall) == r"\log\left( \sum_{j=0}^{n - 1} \exp(x_{j}) \right)"
    norm = t("norm", over(x, y))
    assert latex(norm) == r"\left\lVert \frac{x}{y} \right\rVert"
