"""``cf.code()``: the text runs on NumPy alone and gives what the formula gives."""

import ast
import textwrap

import numpy as np
import pytest
import sympy

import symgrad as sg
from symgrad.algebras.tensors import evaluate
from tests.random_checks import points_of
from tests.random_lines import program_of

TITLES = {"value", "gradient", "jacobian", "hessian", "derivative"}
SIZES = (
    {"n": 4, "d": 3, "k": 2, "m": 5, "h": 3, "e": 2, "v": 6, "b": 2},
    {"n": 5, "d": 2, "k": 3, "m": 4, "h": 4, "e": 3, "v": 5, "b": 3},
)


def squares(X, w, y):
    return ((X @ w - y) ** 2).sum()


def logistic(X, w, y):
    return (sg.softplus(X @ w) - y * (X @ w)).mean()


def cross_entropy(X, W, Y):
    return -(Y * sg.log_softmax(X @ W, axis=1)).sum()


def perceptron(X, W, b, v, y):
    return ((sg.tanh(X @ W + b) @ v - y) ** 2).mean()


def rectified(X, W, b, v, y):
    return ((sg.relu(X @ W + b) @ v - y) ** 2).mean()


def attention(Q, K, V):
    return sg.softmax(Q @ K.T / 3, axis=-1) @ V


def layer_norm(x, w):
    centred = x - x.mean(-1, keepdim=True)
    return (centred / (centred**2).mean(-1, keepdim=True).sqrt() * w).sum()


def rosenbrock(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


XWY = {"X": "n d", "w": "d", "y": "n"}
NET = {"X": "n d", "W": "d h", "b": "h", "v": "h", "y": "n"}
QKV = {"Q": "n d", "K": "m d", "V": "m e"}
AB = {"a": "n", "b": "n"}

#: name: (function, sizes, what it is differentiated in)
PROGRAMS = {
    "squares": (squares, XWY, "w"),
    "squares, Hessian": (squares, XWY, ("w", "w")),
    "logistic": (logistic, XWY, "w"),
    "logistic, Hessian": (logistic, XWY, ("w", "w")),
    "cross entropy": (cross_entropy, {"X": "n d", "W": "d k", "Y": "n k"}, "W"),
    "perceptron": (perceptron, NET, "W"),
    "rectified": (rectified, NET, "W"),
    "attention": (attention, QKV, None),
    "attention, slope": (lambda Q, K, V: attention(Q, K, V).sum(), QKV, "Q"),
    "layer norm": (layer_norm, {"x": "n d", "w": "n d"}, "x"),
    "Rosenbrock": (rosenbrock, {"x": "n"}, "x"),
    "Rosenbrock, Hessian": (rosenbrock, {"x": "n"}, ("x", "x")),
    "concat": (lambda a, b: sg.concat([a, b**2]), {"a": "n", "b": "m"}, None),
    "stack": (lambda a, b: sg.stack([a, b**2], 1), AB, None),
    "heads": (lambda X: X.reshape(X.shape[0], X.shape[1], 1), {"X": "n d"}, None),
    "merge": (lambda X: X.reshape(X.shape[0] * X.shape[1]), {"X": "n d"}, None),
    "norm": (lambda x: sg.norm(x), {"x": "n"}, "x"),
    "norms": (lambda X: sg.norm(X, ord=3, axis=1).sum(), {"X": "n d"}, "X"),
    "log det": (lambda A: sg.slogdet(A)[1], {"A": "n n"}, "A"),
    "hypotenuse": (lambda x, y: sg.hypot(x, y).sum(), {"x": "n", "y": "n"}, "x"),
    "entropy": (lambda x, y: sg.special.xlogy(x, y).sum(), {"x": "n", "y": "n"}, "y"),
    "product of sizes": (lambda x, y: x.mean() * y.sum(), {"x": "n*d", "y": "d"}, "x"),
    "det": (sg.det, {"x": "n n"}, "x"),
    "inv": (lambda A: sg.inv(A).sum(), {"A": "n n"}, "A"),
    "solve": (lambda A, b: sg.solve(A, b).sum(), {"A": "n n", "b": "n"}, "A"),
    "quadratic": (lambda A, x: x @ A @ x, {"A": "n n", "x": "n"}, "x"),
    "Kronecker": (sg.kron, {"a": "n m", "b": "k d"}, None),
    "Jacobian": (lambda x: sg.sin(x) * x.sum(), {"x": "n"}, "x"),
    "matrix Jacobian": (lambda A, x: A @ x, {"A": "n m", "x": "m"}, "A"),
    "largest": (lambda x: x.amax(), {"x": "n"}, "x"),
    "larger": (lambda a, b: sg.maximum(a, b).sum(), AB, "a"),
    "logsumexp": (lambda X: sg.logsumexp(X, axis=1), {"X": "n d"}, None),
    "softmax": (lambda x: sg.softmax(x, axis=0), {"x": "n"}, "x"),
    "product": (lambda x: x.prod(), {"x": "n"}, "x"),
    "column": (lambda a, B: a * B, {"a": "n 1", "B": "n m"}, "a"),
    "kept": (lambda a, B: (a * B).sum(1, keepdim=True), {"a": "n 1", "B": "n m"}, None),
    "embedding": (lambda E, y: (E[y] ** 2).sum(), {"E": "v d", "y": "int n"}, "E"),
    "cumsum": (lambda x: (x.cumsum(0) ** 2).sum(), {"x": "n"}, "x"),
    "flip": (lambda a, b: (a.flip(0) * b).sum(), AB, "a"),
    "entry": (lambda x: x[3] ** 2, {"x": "n"}, "x"),
    "scalars": (lambda a, b: a * b**2, {"a": "", "b": ""}, "b"),
    "roots": (lambda x: (x.abs() ** 1.5).sum() + (1 / x**2).sum(), {"x": "n"}, "x"),
    "three": (lambda A, x: sg.einsum("ijk,j,k->i", A, x, x), {"A": "n m m", "x": "m"}, "x"),
    "batches": (lambda A, B: A @ B, {"A": "b n m", "B": "b m k"}, None),
    "where": (lambda a, b: sg.where(a > b, a, b * 2).sum(), AB, "b"),
    "clip": (lambda x: sg.clip(x, min=-1, max=1).sum(), {"x": "n"}, "x"),
    "constant": (lambda x: x.sum(), {"x": "n m"}, "x"),
}


def form(name, notation=None):
    function, sizes, wrt = PROGRAMS[name]
    return sg.closed_form(function, **sizes, wrt=wrt, notation=notation, check=False)


def function_of(text):
    """The function that a text makes in an empty namespace."""
    assert all(len(line) <= 100 for line in text.splitlines())
    imported = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(n) for n in imported] == ["import numpy as np"]
    space = {}
    exec(compile(text, "code", "exec"), space)
    (found,) = (value for name, value in space.items() if name in TITLES)
    return found


def numbers_of(cf, arrays):
    """The formula's own numbers, by the nodes that it is printed from."""
    held, sizes = cf.point(arrays)
    with np.errstate(all="ignore"):
        return evaluate(cf.expression, sizes, {cf.inputs[name]: a for name, a in held.items()})


def arrays_of(cf, kinds, sizes, rng):
    made = {}
    for name, shape in cf.letters.items():
        counts = tuple(
            int(size.subs({n: sizes[n.name] for n in size.free_symbols}))
            for size in map(sympy.S, shape)
        )
        whole = kinds[name].startswith("int")
        made[name] = rng.integers(0, 4, counts) if whole else rng.uniform(0.2, 1.5, counts)
    return made


def agree(found, want):
    assert np.shape(found) == np.shape(want)
    np.testing.assert_allclose(found, want, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_text_runs_and_agrees(name):
    cf = form(name)
    run = function_of(cf.code())
    rng = np.random.default_rng(7)
    for sizes in SIZES:
        arrays = arrays_of(cf, PROGRAMS[name][1], sizes, rng)
        before = {letter: np.array(a) for letter, a in arrays.items()}
        agree(run(**arrays), numbers_of(cf, arrays))
        assert all(np.array_equal(before[letter], a) for letter, a in arrays.items())


@pytest.mark.parametrize("name", ["squares", "logistic", "quadratic", "attention", "softmax"])
def test_the_text_agrees_with_evaluate(name):
    cf = form(name)
    arrays = arrays_of(cf, PROGRAMS[name][1], SIZES[0], np.random.default_rng(3))
    agree(function_of(cf.code())(**arrays), cf.evaluate(**arrays))


@pytest.mark.parametrize("seed", range(40))
def test_random_programs(seed):
    program = program_of(seed)
    shapes = {leaf.name: leaf.text() for leaf in program.leaves}
    cf = sg.closed_form(program, shapes=shapes, wrt=program.wrt, check=False)
    run = function_of(cf.code())
    for _, arrays, *_ in points_of(program)[:2]:
        given = {name: np.asarray(arrays[name]) for name in cf.letters}
        with np.errstate(all="ignore"):
            found = run(**given)
        agree(found, numbers_of(cf, given))


GOLDEN = {
    "squares": '''
        import numpy as np


        def gradient(X, w, y):
            """2 Xᵀ (X w - y)"""
            return 2 * (X.T @ (X @ w - y))
    ''',
    "squares, Hessian": '''
        import numpy as np


        def hessian(X, w, y):
            """2 Xᵀ X"""
            return 2 * (X.T @ X)
    ''',
    "attention": '''
        import numpy as np


        def softmax(x):
            """Shares of the exponentials along an axis."""
            s1 = np.exp(x - np.max(x, axis=1, keepdims=True))
            return s1 / np.sum(s1, axis=1, keepdims=True)


        def value(Q, K, V):
            """softmax((1/3) Q Kᵀ) V"""
            return softmax((Q @ K.T) / 3) @ V
    ''',
    "softmax": '''
        import numpy as np


        def softmax(x):
            """Shares of the exponentials along an axis."""
            s1 = np.exp(x - np.max(x, axis=0, keepdims=True))
            return s1 / np.sum(s1, axis=0, keepdims=True)


        def jacobian(x):
            """diag(t1) - t1 t1ᵀ
              where t1 = softmax(x)
            """
            t1 = softmax(x)
            return np.diag(t1) - t1[:, None] * t1
    ''',
    "quadratic": '''
        import numpy as np


        def gradient(A, x):
            """(A + Aᵀ) x"""
            return A @ x + A.T @ x
    ''',
    "norm": '''
        import numpy as np


        def gradient(x):
            """x/‖x‖"""
            return x / np.linalg.norm(x)
    ''',
}


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_text(name):
    wanted = textwrap.dedent(GOLDEN[name]).lstrip("\n")
    assert form(name).code("python") == wanted


def test_slices_are_written_in_place():
    text = form("Rosenbrock").code()
    assert "x[1:] - x[:-1]**2" in text
    assert "[:-1] += " in text
    assert "einsum" not in text


def test_blocks_are_concatenated():
    assert "return np.concatenate([a, b**2])" in form("concat").code()


def test_another_language_is_refused():
    with pytest.raises(ValueError, match="'python', not 'fortran'"):
        form("squares").code("fortran")
    x = sg.tensor(2.0, requires_grad=True)
    with pytest.raises(ValueError, match="'python', not 'fortran'"):
        sg.closed_form(x**2, x).code("fortran")


def test_letters_stay_and_no_name_clashes():
    cf = sg.closed_form(
        lambda λ, t1, softmax: λ * sg.softmax(t1 * softmax, axis=0),
        λ="", t1="n", softmax="n", wrt="t1", check=False,
    )  # fmt: skip
    run = function_of(cf.code())
    assert run.__code__.co_varnames[:3] == ("λ", "t1", "softmax")
    arrays = arrays_of(cf, {"λ": "", "t1": "n", "softmax": "n"}, SIZES[0], np.random.default_rng(1))
    agree(run(**arrays), numbers_of(cf, arrays))


def test_constants_are_parameters():
    c = np.arange(3.0)
    x = sg.tensor([1.0, 2.0, 3.0], requires_grad=True)
    cf = sg.closed_form((x**2 * c).sum(), x)
    run = function_of(cf.code())
    agree(run(x=np.array([1.0, 2.0, 3.0]), **cf.constants), cf.evaluate())


ELEMENTS = {
    "exponentials": lambda x: (sg.exp(x) * x).sum(),
    "ramps": lambda x: sg.relu(x).sum(),
    "shares": lambda x: sg.softmax(x, axis=1)[0, 0],
    "larger": lambda x: sg.maximum(x, 2 * x).sum(),
    "sizes": lambda x: x.abs().sum(),
    "determinant": sg.det,
    "array": lambda x: x @ x,
}


@pytest.mark.parametrize("name", ELEMENTS)
@pytest.mark.parametrize("order", range(3))
def test_element_notation(name, order):
    x = sg.tensor([[1.0, 2.0], [3.0, -4.0]], requires_grad=True, dtype=sg.float64)
    cf = sg.closed_form(ELEMENTS[name](x), *[x] * order, notation="element", check=False)
    for at in (np.array([[1.0, 2.0], [3.0, -4.0]]), np.array([[0.5, -2.0], [-1.0, 0.25]])):
        agree(function_of(cf.code())(at), cf.evaluate(x=at))


def test_sizes_that_stand_alone_nowhere_are_solved_for():
    cf = sg.closed_form(lambda x: (x[::2] ** 2).sum(), x="2*n", wrt="x", check=False)
    text = cf.code()
    assert "n = x.shape[0] // 2" in text
    x = np.arange(6.0)
    agree(function_of(text)(x), np.where(np.arange(6) % 2 == 0, 2 * x, 0.0))


def test_a_word_that_sympy_alone_knows_is_refused():
    x = sg.tensor(2.0, requires_grad=True)
    cf = sg.closed_form(x**2, x, notation="element")
    cf.expressions = (sympy.gamma(sympy.Symbol("x")),)
    with pytest.raises(sg.NoClosedForm if hasattr(sg, "NoClosedForm") else RuntimeError):
        cf.code()
