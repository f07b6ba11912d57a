"""Formula trees as text: what is written, in two alphabets, is what is read back, exactly."""

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import symgrad  # noqa: F401  (its rules sign in to the registry)
from symgrad.errors import NoClosedForm, ParseError, ShapeError
from symgrad.symbolic.notation.grammar import DEPTH
from symgrad.symbolic.notation.reader import inferable, read
from symgrad.symbolic.notation.shapes import shape_of
from symgrad.symbolic.notation.sizes import size_symbol, size_tree, size_value
from symgrad.symbolic.notation.text import write, write_condition
from symgrad.symbolic.notation.tree import Along, Bound, Call, Slice, Tree

# trees by hand ------------------------------------------------------------------------------


def num(value):
    return Tree("number", value=sympy.Rational(value))


def size(name):
    return Tree("size", value=name)


def index(name):
    return Tree("index", value=name)


def let(name):
    return Tree("letter", value=name)


def neg(part):
    return Tree("negative", (part,))


def add(*terms):
    return Tree("sum", terms)


def mul(*factors):
    return Tree("product", factors)


def over(above, below):
    return Tree("quotient", (above, below))


def power(base, exponent):
    return Tree("power", (base, exponent))


def entry(array, *places):
    array = let(array) if isinstance(array, str) else array
    return Tree("entry", (array, *(index(p) if isinstance(p, str) else p for p in places)))


def sigma(body, *bounds):
    return Tree("sigma", (body,), tuple(Bound(*b) for b in bounds))


def call(word, *args, **params):
    return Tree("call", args, Call(word, tuple(params.items())))


def relation(sign, left, right):
    return Tree("relation", (left, right), sign)


def along(word, body, bounds, places=(), **params):
    value = Along(word, tuple(params.items()), tuple(Bound(*b) for b in bounds), tuple(places))
    return Tree("along", (body,), value)


def head(name, *args, value=None):
    return Tree(name, args, value)


def had(*parts):
    return Tree("hadamard", parts)


def t(part):
    return head("transpose", part)


def inv(part):
    return head("inverse", part)


def ones(n):
    return Tree("ones", value=size_tree(n))


def eye(n):
    return Tree("identity", value=size_tree(n))


N, M, D = map(size_symbol, "nmd")
i, j, k, n, m, d = index("i"), index("j"), index("k"), size("n"), size("m"), size("d")
x, y, w, s, X, A, B, S, lam = map(let, ["x", "y", "w", "s", "X", "A", "B", "S", "lambda"])
ONE, TWO, THREE, HALF = num(1), num(2), num(3), num("1/2")
ALL = Slice(None, None, None)

# fmt: off
LETTERS = {
    "x": (N,), "y": (N,), "w": (D,), "s": (N,), "v": (M,), "a": (), "lambda": (), "σ": (N,),
    "X": (N, D), "A": (N, N), "B": (N, N), "S": (N, N), "P": (M, N), "h": (N, M), "t1": (N,),
    "t2": (N, D), "V": (M, D), "Z": (N, 2 * N), "q": (), "u[0]": (),
}
sx = call("sigmoid", mul(X, w))

INDEX = [  # a tree, its text in Unicode, its text in ASCII (None: the same)
    (over(mul(num(12), add(mul(THREE, entry("P", "i", "j")), TWO)), mul(m, n)),
     "12 (3 P[i,j] + 2) / (m n)", None),
    (mul(TWO, add(mul(THREE, entry("P", "i", "j")), TWO)), "2 (3 P[i,j] + 2)", None),
    (add(entry("x", add(i, ONE)), neg(power(entry("x", "i"), TWO))),
     "x[i+1] - x[i]²", "x[i+1] - x[i]^2"),
    (sigma(mul(entry("X", "j", "i"), add(
        sigma(mul(entry("X", "j", "k"), entry("w", "k")), ("k", d, False)), neg(entry("y", "j")))),
        ("j", n, False)),
     "Σ_j X[j,i] (Σ_k X[j,k] w[k] - y[j])", "sum_j X[j,i] (sum_k X[j,k] w[k] - y[j])"),
    (sigma(entry("x", add(j, ONE)), ("j", add(n, neg(ONE)), True)),
     "Σ_{j<n-1} x[j+1]", "sum_{j<n-1} x[j+1]"),
    (sigma(entry("X", "j", "k"), ("j", n, False), ("k", d, False)),
     "Σ_{j,k} X[j,k]", "sum_{j,k} X[j,k]"),
    (sigma(entry("A", add(j, ONE), k), ("j", add(n, neg(ONE)), True), ("k", n, False)),
     "Σ_{j<n-1,k} A[j+1,k]", "sum_{j<n-1,k} A[j+1,k]"),
    (sigma(add(entry("x", "j"), entry("y", "j")), ("j", n, False)),
     "Σ_j (x[j] + y[j])", "sum_j (x[j] + y[j])"),
    (mul(sigma(entry("x", "j"), ("j", n, False)), entry("y", "i")),
     "(Σ_j x[j]) y[i]", "(sum_j x[j]) y[i]"),
    (mul(TWO, sigma(entry("x", "j"), ("j", n, False))), "2 Σ_j x[j]", "2 sum_j x[j]"),
    (add(sigma(entry("x", "j"), ("j", n, False)), neg(entry("y", "i"))),
     "Σ_j x[j] - y[i]", "sum_j x[j] - y[i]"),
    (over(sigma(entry("x", "j"), ("j", n, False)), n), "(Σ_j x[j])/n", "(sum_j x[j])/n"),
    (over(mul(TWO, sigma(entry("x", "j"), ("j", n, False))), n),
     "(2 Σ_j x[j])/n", "(2 sum_j x[j])/n"),
    (sigma(over(entry("x", "j"), n), ("j", n, False)), "Σ_j (x[j]/n)", "sum_j (x[j]/n)"),
    (mul(relation("<", i, add(n, neg(ONE))), entry("x", "i")), "[i < n - 1] x[i]", None),
    (relation(">", entry("x", "i"), num(0)), "[x[i] > 0]", None),
    (relation("==", i, j), "[i = j]", "[i == j]"),
    (relation("!=", i, j), "[i ≠ j]", "[i != j]"),
    (add(relation("<=", i, j), relation(">=", i, j)), "[i ≤ j] + [i ≥ j]", "[i <= j] + [i >= j]"),
    (head("logic", relation("<", i, n), relation(">", j, num(0)), value="and"),
     "[i < n and j > 0]", None),
    (head("logic", head("logic", relation("<", i, n), relation(">", j, num(0)), value="or"),
          head("logic", relation("==", i, j), value="not"), value="and"),
     "[(i < n or j > 0) and not i = j]", "[(i < n or j > 0) and not i == j]"),
    (along("softmax", entry("A", "i", "j"), [("j", n, False)], [j]), "softmax_j(A[i,j])", None),
    (along("softmax", entry("A", "i", "j"), [("j", n, False)], [i]), "softmax_j(A[i,j])[i]", None),
    (along("log_softmax", entry("A", "i", "j"), [("j", n, False)], [j]),
     "log_softmax_j(A[i,j])", None),
    (along("max", entry("A", "i", "j"), [("j", n, False)]), "max_j(A[i,j])", None),
    (along("max", entry("A", "i", add(j, ONE)), [("j", add(n, neg(ONE)), True)]),
     "max_{j<n-1}(A[i,j+1])", None),
    (along("norm", entry("x", "j"), [("j", n, False)], ord=3), "norm_j(x[j]; ord=3)", None),
    (entry(inv(A), "i", "j"), "(A⁻¹)[i,j]", "(A^-1)[i,j]"),
    (call("exp", entry("x", "i")), "exp(x[i])", None),
    (call("tanh", add(entry("x", "i"), ONE)), "tanh(x[i] + 1)", None),
    (call("sigmoid", entry("σ", "i")), "σ(σ[i])", "sigma(sigma[i])"),
    (mul(call("abs", entry("x", "i")), call("abs", add(call("abs", entry("y", "i")), ONE))),
     "|x[i]| ||y[i]| + 1|", "abs(x[i]) abs(abs(y[i]) + 1)"),
    (call("sqrt", add(entry("x", "i"), ONE)), "√(x[i] + 1)", "sqrt(x[i] + 1)"),
    (mul(call("sqrt", n), power(call("sqrt", TWO), THREE)), "√n (√2)³", "sqrt(n) sqrt(2)^3"),
    (power(entry("σ", "i"), neg(THREE)), "σ[i]⁻³", "sigma[i]^(-3)"),
    (power(entry("x", "i"), neg(ONE)), "x[i]⁻¹", "x[i]^(-1)"),
    (power(entry("x", "i"), HALF), "x[i]^(1/2)", None),
    (power(entry("x", "i"), let("a")), "x[i]^a", None),
    (power(let("a"), entry("x", "i")), "a^(x[i])", None),
    (power(neg(let("a")), num(10)), "(-a)¹⁰", "(-a)^10"),
    (entry("X", add(i, ONE), mul(TWO, j)), "X[i+1,2*j]", None),
    (entry("x", add(mul(m, i), j)), "x[m*i+j]", None),
    (mul(entry("x", call("floor_divide", i, m)), entry("x", call("remainder", i, m))),
     "x[i//m] x[i%m]", None),
    (entry("x", call("remainder", call("floor_divide", add(i, ONE), m), TWO)),
     "x[((i+1)//m)%2]", None),
    (relation("==", call("remainder", i, TWO), num(0)), "[i % 2 = 0]", "[i % 2 == 0]"),
    (entry("x", add(n, neg(ONE), neg(i))), "x[n-1-i]", None),
    (entry("x", entry("y", "i")), "x[y[i]]", None),
    (neg(mul(TWO, entry("x", "i"))), "-2 x[i]", None),
    (add(neg(entry("x", "i")), neg(add(entry("y", "i"), ONE))), "-x[i] - (y[i] + 1)", None),
    (mul(TWO, neg(entry("x", "i"))), "2 (-x[i])", None),
    (over(entry("x", "i"), n), "x[i]/n", None),
    (over(ONE, mul(m, n)), "1/(m n)", None),
    (over(add(let("a"), ONE), power(n, TWO)), "(a + 1)/n²", "(a + 1)/n^2"),
    (add(mul(HALF, let("a")), num("1/3")), "(1/2) a + 1/3", None),
    (mul(over(ONE, n), lam, Tree("number", value=sympy.pi)), "(1/n) λ π", "(1/n) lambda pi"),
    (add(Tree("number", value=sympy.E), neg(Tree("number", value=sympy.oo))),
     "exp(1) - ∞", "exp(1) - inf"),
    (mul(let("u[0]"), let("q")), "u[0] q", None),
    (call("where", relation(">", entry("x", "i"), num(0)), entry("x", "i"), num(0)),
     "where(x[i] > 0, x[i], 0)", None),
    (call("clip", entry("x", "i"), min=-1, max=None, kind="hard", at=(0, 1), step=0.5, flag=True),
     "clip(x[i]; min=-1, max=None, kind='hard', at=(0, 1), step=0.5, flag=True)", None),
]

MATRIX = [
    (mul(TWO, t(X), add(mul(X, w), neg(y))), "2 Xᵀ (X w - y)", "2 X' (X w - y)"),
    (mul(TWO, add(mul(lam, w), mul(t(X), add(mul(X, w), neg(y))))),
     "2 (λ w + Xᵀ (X w - y))", "2 (lambda w + X' (X w - y))"),
    (mul(TWO, add(mul(lam, eye(D)), mul(t(X), X))), "2 (λ I + Xᵀ X)", "2 (lambda I + X' X)"),
    (mul(over(ONE, n), t(X), add(sx, neg(y))),
     "(1/n) Xᵀ (σ(X w) - y)", "(1/n) X' (sigma(X w) - y)"),
    (mul(over(ONE, n), t(X), head("diag", had(sx, add(ONE, neg(sx)))), X),
     "(1/n) Xᵀ diag(σ(X w) ⊙ (1 - σ(X w))) X",
     "(1/n) X' diag(sigma(X w) .* (1 - sigma(X w))) X"),
    (add(head("diag", s), neg(mul(s, t(s)))), "diag(s) - s sᵀ", "diag(s) - s s'"),
    (add(eye(N), neg(mul(ones(N), t(s)))), "I - 1 sᵀ", "I - 1 s'"),
    (add(mul(TWO, ones(N)), s), "2 1 + s", None),
    (mul(t(ones(N)), A), "1ᵀ A", "1' A"),
    (mul(add(A, t(A)), x), "(A + Aᵀ) x", "(A + A') x"),
    (t(inv(A)), "A⁻ᵀ", "A^-T"),
    (inv(A), "A⁻¹", "A^-1"),
    (inv(t(A)), "(Aᵀ)⁻¹", "(A')^-1"),
    (power(A, TWO), "A²", "A^2"),
    (mul(t(A), t(B)), "Aᵀ Bᵀ", "A' B'"),
    (over(add(A, neg(B)), head("norm", add(A, neg(B)), value="F")),
     "(A - B)/‖A - B‖_F", "(A - B)/normF(A - B)"),
    (over(x, head("norm", x)), "x/‖x‖", "x/norm(x)"),
    (mul(HALF, add(inv(S), neg(mul(inv(S), let("t1"), t(let("t1")), inv(S))))),
     "(1/2) (S⁻¹ - S⁻¹ t1 t1ᵀ S⁻¹)", "(1/2) (S^-1 - S^-1 t1 t1' S^-1)"),
    (head("each_power", let("t1"), TWO), "t1^∘2", "t1.^2"),
    (head("each_power", s, neg(HALF)), "s^∘(-1/2)", "s.^(-1/2)"),
    (had(add(ONE, neg(head("each_power", let("h"), TWO))), mul(let("t2"), t(let("V")))),
     "(1 - h^∘2) ⊙ (t2 Vᵀ)", "(1 - h.^2) .* (t2 V')"),
    (mul(had(A, B), x), "(A ⊙ B) x", "(A .* B) x"),
    (add(had(A, B), neg(S)), "A ⊙ B - S", "A .* B - S"),
    (head("kron", A, add(B, S)), "A ⊗ (B + S)", "kron(A, B + S)"),
    (head("trace", mul(A, B)), "tr(A B)", None),
    (head("det", A), "det(A)", None),
    (head("vec", A), "vec(A)", None),
    (head("slice", x, value=(Slice(ONE, None, None),)), "x[1:]", None),
    (head("slice", X, value=(ALL, num(0))), "X[:,0]", None),
    (head("slice", X, value=(Slice(ONE, add(n, neg(ONE)), None), Slice(None, None, TWO))),
     "X[1:n-1,::2]", None),
    (head("slice", mul(X, w), value=(Slice(ONE, None, None),)), "(X w)[1:]", None),
    (mul(head("slice", x, value=(num(0),)), y), "x[0] y", None),
    (head("blocks", A, B, value=(2, 1)), "[A; B]", None),
    (head("blocks", A, B, B, S, value=(2, 2)), "[A, B; B, S]", None),
    (head("blocks", relation(">", A, num(0)), value=(1, 1)), "[[A > 0]]", None),
    (head("blocks", s, Tree("zeros", value=(n,)), value=(2, 1)), "[s; 0]", None),
    (had(relation(">", x, num(0)), y), "[x > 0] ⊙ y", "[x > 0] .* y"),
    (add(x, Tree("unit", value=(THREE, n))), "x + e[3]", None),
]
# fmt: on
SHAPES = {"[s; 0]": (2 * N,)}
BOTH = [(*row, ("i", "j")) for row in INDEX] + [(*row, ()) for row in MATRIX]


@pytest.mark.parametrize(("tree", "text", "plain", "indices"), BOTH, ids=[r[1] for r in BOTH])
def test_golden_texts_both_ways(tree, text, plain, indices):
    given_ = {"shape": SHAPES.get(text), "indices": indices, "sizes": "nmd"}
    assert write(tree) == text
    assert write(tree, "ascii") == (plain or text)
    assert write(tree, "ascii").isascii()
    assert read(text, LETTERS, **given_) == tree
    assert read(plain or text, LETTERS, **given_) == tree
    assert inferable(tree, LETTERS, SHAPES.get(text))


def test_an_inner_index_of_the_same_name_tells_nothing_of_an_outer_one():
    inner = sigma(entry("v", "j"), ("j", m, False))
    tree = sigma(mul(inner, entry("x", "j")), ("j", n, False))
    assert write(tree) == "Σ_j (Σ_j v[j]) x[j]"
    assert read(write(tree), LETTERS) == tree


def test_a_condition_needs_no_brackets():
    both = head("logic", relation("<", i, n), relation(">", j, num(0)), value="and")
    assert write_condition(both) == "i < n and j > 0"
    assert read("i < n and j > 0", LETTERS, indices="ij") == both


# what people type ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("X^T X w", "Xᵀ X w"),
        ("2*X'*(X*w - y)", "2 Xᵀ (X w - y)"),
        ("x ⊙ A y", "x ⊙ (A y)"),
        ("λ w", "λ w"),
        ("lambda w", "λ w"),
        ("a**2 / 4 / 2", "(a²/4)/2"),
        ("a/4*2", "(a/4) 2"),
        ("0.25 a", "(1/4) a"),
        ("-a - 1", "-a - 1"),
        ("Σ_i x[i] y[i]", "Σ_i x[i] y[i]"),
        ("sum_i x[i] / n", "(Σ_i x[i])/n"),
        ("[a = 1] [not a ≠ 2]", "[a = 1] [not a ≠ 2]"),
        ("norm(x)", "‖x‖"),
        ("kron(A, B)", "A ⊗ B"),
    ],
)
def test_what_people_type(typed, written):
    assert write(read(typed, LETTERS)) == written


# sizes that no text bears -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tree", "shape", "text"),
    [
        (eye(N), (N, N), "I_n"),
        (ones(N), (N,), "1_n"),
        (ones(N - 1), (N - 1,), "1_{n-1}"),
        (Tree("zeros", value=(n, num(3))), (N, 3), "0_{n,3}"),
        (Tree("unit", value=(num(0), n)), (N,), "e_n[0]"),
        (mul(ones(N), t(ones(M))), (N, M), "1_n 1_mᵀ"),
        (head("blocks", x, Tree("zeros", value=(m,)), value=(2, 1)), (N + M,), "[x; 0_m]"),
        (head("vec", eye(N)), None, "vec(I_n)"),
    ],
)
def test_sizes_are_written_where_nothing_tells_them(tree, shape, text):
    assert not inferable(tree, LETTERS)
    assert write(tree, sized=True) == text
    assert read(text, LETTERS, sizes="nm") == tree
    if shape is not None:
        assert inferable(tree, LETTERS, shape)
        assert read(write(tree), LETTERS, shape=shape) == tree


def test_number_and_column_of_ones_differ():
    assert read("1 - x", LETTERS).args[0] == ONE
    assert read("1 xᵀ", LETTERS, shape=(M, N)).args[0] == ones(M)
    assert read("1/n", LETTERS) == over(ONE, n)
    assert read("1", LETTERS) == ONE


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("Xᵀ X w", (D,)),
        ("wᵀ", (1, D)),
        ("wᵀ w", ()),
        ("x wᵀ", (N, D)),
        ("xᵀ X", (1, D)),
        ("xᵀ X w A", (N, N)),
        ("tr(A) w", (D,)),
        ("A ⊗ X", (N**2, N * D)),
        ("vec(X)", (N * D,)),
        ("[X; X]", (2 * N, D)),
        ("[x, X]", (N, D + 1)),
        ("diag(A)", (N,)),
        ("x[1:]", (N - 1,)),
        ("x[:-1]", (N - 1,)),
        ("X[0,:]", (D,)),
        ("x[::2]", (sympy.floor((N + 1) / 2),)),
        ("x[::-1]", (N,)),
        ("x[n-2:0:-1]", (N - 2,)),
        ("x[1:n-1]", (N - 2,)),
        ("sum(X; axis=1)", (N,)),
        ("max(X; axis=0, keepdims=True)", (1, D)),
        ("softmax(X) - 1", (N, D)),
    ],
)
def test_shapes(text, shape):
    assert shape_of(read(text, LETTERS), LETTERS) == tuple(map(sympy.sympify, shape))


def test_no_shape_where_parts_do_not_fit():
    with pytest.raises(ShapeError, match="do not fit"):
        shape_of(mul(x, y), LETTERS)


@pytest.mark.parametrize(
    "value",
    [3, 0, -2, N, N - 1, 1 - N, 2 * M * N, N / 2, 3 * N / (2 * M), N**2 - M, 2**N, -M * (N - 1),
     sympy.floor((N + 1) / 2), sympy.ceiling(N / 2), sympy.Max(N - 1, 2), sympy.Mod(N, 3)],
)  # fmt: skip
def test_sizes_as_trees(value):
    assert sympy.expand(size_value(size_tree(value)) - value) == 0
    for alphabet in ("unicode", "ascii"):
        tree = size_tree(value)
        assert read(write(tree, alphabet), {}, sizes="nm") == tree


def test_what_is_no_size():
    with pytest.raises(ValueError, match="no size"):
        size_value(x)
    with pytest.raises(ValueError, match="no size"):
        size_tree(sympy.sin(N))


# refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "column 1: a value is missing here; write a number, a name or a bracket"),
        ("2 (x", "column 5: '(' at column 3 is never closed; write ) here"),
        ("2 x)", "column 4: ')' follows nothing that it fits; add an operator"),
        ("2 + lambd", "column 5: 'lambd' is not known here; did you mean 'lambda'?"),
        ("x[i]", "column 3: 'i' is not known here; the names are: "),
        ("Σ_j x[j+1]", "column 1: how far j runs is not known; write {j<n}"),
        ("x # y", "column 3: '#' is not read here; write a formula's own signs"),
        ("a & a", "column 3: '&' is not read here; write and"),
        ("x y", "column 1: two columns stand side by side; write ⊙ or a transpose"),
        ("1/n A", "column 5: does this factor stand above or below the line? write brackets"),
        ("A ⊙ B ⊗ S", "column 7: which of these goes first? write brackets"),
        ("a * -2", "column 5: a value is missing here; write a number, a name or a bracket"),
        ("[0 < a < 1]", "column 8: relations do not chain; join two with and"),
        ("I", "column 1: no size follows for this; write it: 1_n, I_n, e_n[0], 0_n"),
        ("[A, B; S]", "column 9: the rows have different lengths; write as many parts in each"),
        ("3/0", "column 2: this divides by zero; change a number"),
        ("√a²", "column 3: a root of a power, or a power of a root? write brackets"),
        ("|a", "column 3: '|' at column 1 is never closed; close it"),
        ("a/Σ_i x[i]", "column 3: a sum takes all that follows it; write (Σ_j ...)"),
        ("softmax_k(A[0,k])", "column 1: softmax keeps its axis; write softmax_k(...)[i] for"),
        ("2_n", "column 1: only 1_n, 0_n and 0_{n,m} bear sizes; write a product"),
        ("tr(A, B)", "column 1: tr takes 1 part; write tr(...)"),
        ("(" * 61 + "a" + ")" * 61,
         "column 62: over 60 brackets stand in one another; name the inner part"),
        ("9" * 1001, "column 1: a number has at most 1000 digits; write fewer"),
    ],
)  # fmt: skip
def test_refusals(text, message):
    with pytest.raises(ParseError) as caught:
        read(text, LETTERS)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
    assert caught.value.text == text
    assert caught.value.column == int(message.split()[1].rstrip(":"))


def test_unknown_functions_are_refused_where_the_words_are_given():
    assert read("tnh(a)", LETTERS).value.word == "tnh"
    with pytest.raises(ParseError, match="column 1: 'tnh' is not known as a function; did"):
        read("tnh(a)", LETTERS, words={"tanh"})


def test_limits_of_length_and_depth():
    with pytest.raises(ParseError, match="at most 100000 characters"):
        read("a " * 60_000, LETTERS)
    tree = a = let("a")
    for _ in range(DEPTH - 5):
        tree = mul(TWO, add(tree, a))
    assert read(write(tree), LETTERS) == tree
    for _ in range(DEPTH):
        tree = mul(TWO, add(tree, a))
    with pytest.raises(NoClosedForm, match="too deep for one line"):
        write(tree)


def test_writer_refuses_what_it_does_not_know():
    with pytest.raises(ValueError, match="no part 'cube'"):
        write(Tree("cube"))
    with pytest.raises(ValueError, match="the alphabet is"):
        write(x, "latin")


# any tree -----------------------------------------------------------------------------------

numbers = st.one_of(
    st.integers(0, 12).map(num),
    st.sampled_from(["1/2", "3/4", "12/5"]).map(num),
    st.just(Tree("number", value=sympy.pi)),
)
whole = st.integers(2, 5).map(num)
FREE = ("i", "j")


def no_one(part):
    """A factor: the number 1 is none, and in a product no product stands."""
    return part != ONE and part.head != "product"


@st.composite
def places(draw, names):
    """A formula in brackets behind an array."""
    name = index(draw(st.sampled_from(names)))
    one = draw(whole)
    return draw(
        st.sampled_from([
            name, add(name, one), add(mul(one, name), n), add(n, neg(ONE), neg(name)), one,
            call("floor_divide", name, one), call("remainder", add(name, m), one),
            mul(one, name), entry("y", name), neg(name),
        ])
    )  # fmt: skip


@st.composite
def scalars(draw, depth=4, names=FREE):
    """A formula in index notation."""
    if depth == 0 or draw(st.integers(0, 5)) == 0:
        return draw(leaves(names))
    kind = draw(st.sampled_from(sorted(_SCALAR_KINDS)))
    return _SCALAR_KINDS[kind](draw, depth - 1, names)


@st.composite
def leaves(draw, names):
    name = draw(st.sampled_from(["x", "X", "A", "P", "a", "lambda", "number", "size", "unary"]))
    if name == "number":
        return draw(numbers)
    if name == "size":
        return draw(st.sampled_from([n, m, d]))
    if name == "unary":
        return entry(inv(add(A, t(B))), draw(places(names)), draw(places(names)))
    rank = len(LETTERS[name])
    return entry(name, *(draw(places(names)) for _ in range(rank))) if rank else let(name)


def some(draw, depth, names, count=2, keep=lambda part: True):
    parts = [draw(scalars(depth, names).filter(keep)) for _ in range(draw(st.integers(2, count)))]
    return tuple(parts)


def _summed(draw, depth, names):
    parts = some(draw, depth, names, 3, lambda part: part.head not in ("sum", "negative"))
    signs = draw(st.lists(st.booleans(), min_size=len(parts), max_size=len(parts)))
    return add(*(neg(p) if minus else p for p, minus in zip(parts, signs, strict=True)))


def _bound(draw, names):
    name = draw(st.sampled_from(["i", "j", "k", "l"]))
    return name, tuple(dict.fromkeys((*names, name)))


def _sigma(draw, depth, names):
    name, inner = _bound(draw, names)
    body = draw(scalars(depth, inner))
    if draw(st.booleans()):
        return sigma(body, (name, draw(st.sampled_from([n, add(n, neg(ONE)), THREE])), True))
    factors = body.args if body.head == "product" else (TWO if body == ONE else body,)
    return sigma(mul(entry("x", name), *factors), (name, n, False))


def _along(draw, depth, names):
    name, inner = _bound(draw, names)
    body = draw(scalars(depth, inner))
    word = draw(st.sampled_from(["softmax", "max", "logsumexp", "log_softmax"]))
    at = [draw(places(names))] if "softmax" in word else []
    at = [index(name)] if at and name in names and draw(st.booleans()) else at
    return along(word, body, [(name, draw(st.sampled_from([n, mul(TWO, n)])), True)], at)


def _relation(draw, depth, names):
    sign = draw(st.sampled_from(["==", "!=", "<", "<=", ">", ">="]))
    return relation(sign, *(draw(scalars(depth, names)) for _ in range(2)))


def _logic(draw, depth, names):
    word = draw(st.sampled_from(["and", "or", "not"]))
    made = [_relation(draw, depth, names) for _ in range(1 if word == "not" else 2)]
    if depth > 1 and draw(st.booleans()):
        made[0] = _logic(draw, depth - 1, names)
    if word != "not" and made[0].value == word:
        word = "not"
    return head("logic", *(made[:1] if word == "not" else made), value=word)


def _quotient(draw, depth, names):
    above, below = draw(scalars(depth, names)), draw(scalars(depth, names))
    return over(above, n if below.head == "number" else below)


def _call(draw, depth, names):
    word = draw(st.sampled_from(["exp", "sigmoid", "abs", "sqrt", "floor_divide", "maximum"]))
    args = some(draw, depth, names)
    args = args if word in ("floor_divide", "maximum") else args[:1]
    return call(word, *args) if (word, args) != ("exp", (ONE,)) else num(2)


def _negative(draw, depth, names):
    return neg(draw(scalars(depth, names).filter(lambda part: part.head != "negative")))


_SCALAR_KINDS = {
    "sum": _summed,
    "product": lambda *a: mul(*some(*a, 3, no_one)),
    "quotient": _quotient,
    "power": lambda draw, *a: power(
        draw(scalars(*a)), draw(st.sampled_from([TWO, num(13), neg(ONE), HALF, neg(HALF), n, i]))
    ),
    "sigma": _sigma,
    "along": _along,
    "relation": _relation,
    "logic": _logic,
    "call": _call,
    "negative": _negative,
}


@settings(max_examples=150, deadline=None)
@given(scalars())
def test_any_tree_in_index_notation_is_read_back(tree):
    for alphabet in ("unicode", "ascii"):
        text = write(tree, alphabet)
        assert read(text, LETTERS, indices=FREE, sizes="nmd") == tree, text
        again = write_condition(tree, alphabet)
        assert read(again, LETTERS, indices=FREE, sizes="nmd") == tree, again


_LEAVES = {
    (): ["a", "lambda", "q"],
    (N,): ["x", "y", "s", "σ"],
    (D,): ["w"],
    (N, N): ["A", "B", "S"],
    (N, D): ["X", "t2"],
    (D, N): [],
}


@st.composite
def array_leaves(draw, shape):
    made = [let(name) for name in _LEAVES[shape]]
    made += [num(3), HALF, n, over(ONE, n)] if shape == () else []
    if len(shape) == 1:
        made += [mul(TWO, ones(*shape)), Tree("unit", value=(num(0), size_tree(*shape)))]
    made += [eye(N)] if shape == (N, N) else [t(X)] if shape == (D, N) else []
    return draw(st.sampled_from(made))


def plain(part):
    """A term of a sum, with neither a sign nor terms of its own."""
    return part.head not in ("sum", "negative")


def entrywise(part):
    """A part of an entrywise product."""
    return part.head not in ("hadamard", "number")


def signed(draw, get, shape):
    first, second = get(shape, plain), get(shape, plain)
    return add(
        *draw(st.sampled_from([(first, second), (first, neg(second)), (neg(first), second)]))
    )


def matmul(draw, get, shape):
    if shape == ():
        return mul(TWO, get(shape, no_one))
    return mul(get((shape[0], N), no_one), get((N, *shape[1:]), no_one))


def norm(draw, get, shape):
    of = draw(st.sampled_from([(N,), (N, D)]))
    return head("norm", get(of), value="F" if len(of) == 2 else None)


COLUMN, ROWS, SQUARE = [(N,)], [(N,), (N, D)], [(N, N)]
#: A way to build an array, and the shapes that it gives; None: any.
_ARRAY_KINDS = [
    (signed, None),
    (matmul, None),
    (norm, [()]),
    (lambda draw, get, shape: add(ONE, neg(get(shape, plain))), ROWS),
    (lambda draw, get, shape: had(get(shape, entrywise), get(shape, entrywise)), ROWS + SQUARE),
    (lambda draw, get, shape: relation("<=", get(shape), get(shape)), ROWS),
    (
        lambda draw, get, shape: head(
            "each_power", get(shape), draw(st.sampled_from([TWO, neg(ONE), HALF, n]))
        ),
        ROWS + SQUARE,
    ),
    (lambda draw, get, shape: power(get(shape), num(11)), [(), (N, N)]),
    (lambda draw, get, shape: mul(get((), no_one), get(shape, no_one)), None),
    (lambda draw, get, shape: over(get(shape), get((), lambda p: p.head != "number")), None),
    (
        lambda draw, get, shape: call(
            draw(st.sampled_from(["exp", "sigmoid", "abs", "sqrt", "softmax"])), get(shape)
        ),
        None,
    ),
    (lambda draw, get, shape: neg(get(shape, lambda p: p.head != "negative")), None),
    (lambda draw, get, shape: t(get(shape[::-1])), [(N, N), (D, N), (N, D)]),
    (lambda draw, get, shape: inv(get(shape)), SQUARE),
    (lambda draw, get, shape: head("diag", get((N, N))), COLUMN),
    (lambda draw, get, shape: head("diag", get((N,))), SQUARE),
    (lambda draw, get, shape: head("trace", get((N, N))), [()]),
    (lambda draw, get, shape: head("det", get((N, N))), [()]),
    (lambda draw, get, shape: mul(get((N,), no_one), t(get((shape[1],)))), [*SQUARE, (N, D)]),
    (lambda draw, get, shape: mul(t(get((N,))), get((N,), no_one)), [()]),
    (lambda draw, get, shape: head("slice", get((N, D)), value=(ALL, num(0))), COLUMN),
]  # fmt: skip


@st.composite
def arrays(draw, shape, depth=4):
    """A formula in matrix notation, of a shape."""
    if depth == 0 or draw(st.integers(0, 5)) == 0:
        return draw(array_leaves(shape))
    build = draw(
        st.sampled_from([b for b, shapes in _ARRAY_KINDS if not shapes or shape in shapes])
    )

    def get(which, keep=lambda part: True):
        return draw(arrays(which, depth - 1).filter(keep))

    return build(draw, get, shape)


@st.composite
def shaped(draw):
    shape = draw(st.sampled_from([(), (N,), (N, N), (N, D)]))
    return shape, draw(arrays(shape))


@settings(max_examples=150, deadline=None)
@given(shaped())
def test_any_tree_in_matrix_notation_is_read_back(drawn):
    shape, tree = drawn
    assert shape_of(tree, LETTERS) == shape
    sized = not inferable(tree, LETTERS, shape)
    for alphabet in ("unicode", "ascii"):
        text = write(tree, alphabet, sized=sized)
        assert read(text, LETTERS, shape=shape, sizes="nmd") == tree, text
        again = write(tree, alphabet, sized=True)
        assert read(again, LETTERS, sizes="nmd") == tree, again
