"""The gallery's programs as data, with the text that must come out; its tests and maker read it.

``wanted`` is the text that a textbook (or a derivation by hand) gives; None where there is no usual
way to write it, and the golden file alone holds it. ``yet`` says why ours is not that text so far.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import symgrad as sg


@dataclass(frozen=True)
class Case:
    """One formula: a function, the sizes of its inputs, and what it is differentiated in."""

    name: str
    title: str
    function: Callable[..., Any]
    sizes: dict[str, str]
    wrt: str | tuple[str, ...]
    wanted: str | None = None
    notation: str | None = None
    assume: dict[str, Any] = field(default_factory=dict)
    group: str = ""
    at: dict[str, int] = field(default_factory=dict)  # sizes to expand it at, where not 2 and 3
    yet: str = ""
    many: str = ""  # how a call says the sizes of many letters

    def form(self, check: bool = True) -> Any:
        """The closed form."""
        return sg.closed_form(
            self.function, wrt=self.wrt, notation=self.notation, assume=self.assume, check=check,
            shapes=self.sizes,
        )  # fmt: skip

    def index_form(self) -> Any:
        """The same formula in index notation, unchecked."""
        return sg.closed_form(
            self.function, wrt=self.wrt, notation="index", assume=self.assume, check=False,
            shapes=self.sizes,
        )  # fmt: skip

    def source(self) -> str:
        """The function as the first argument of a call: its name, or a lambda's own text."""
        code = self.function.__code__
        if self.function.__name__ != "<lambda>":
            return self.function.__name__
        text = Path(code.co_filename).read_text(encoding="utf-8")
        found = [
            part for part in ast.walk(ast.parse(text))
            if isinstance(part, ast.Lambda) and part.lineno == code.co_firstlineno
        ]  # fmt: skip
        assert len(found) == 1, f"{self.name}: one lambda a line, please"
        return " ".join((ast.get_source_segment(text, found[0]) or "").split())

    def definitions(self) -> list[str]:
        """The defs that a call needs, those that others use first."""
        if self.function.__name__ == "<lambda>":
            return []
        names = [n for n in self.function.__code__.co_names if inspect.isfunction(globals().get(n))]
        functions = [*(globals()[name] for name in names), self.function]
        return [inspect.getsource(f).split("  # noqa")[0].strip() for f in functions]


def grouped(group: str, *cases: Case) -> list[Case]:
    """Cases with their group's name."""
    return [Case(**{**vars(case), "group": group}) for case in cases]


# regression ---------------------------------------------------------------------------------------


def mean_of_squares(x):
    return (2 * (3 * x + 2) ** 2).mean()


def least_squares(X, w, y):
    return ((X @ w - y) ** 2).sum()


def ridge(X, w, y, λ):
    return ((X @ w - y) ** 2).sum() + λ * (w**2).sum()


def logistic(X, w, y):
    p = 1 / (1 + sg.exp(-X @ w))
    return -(y * sg.log(p) + (1 - y) * sg.log(1 - p)).mean()


def logistic_by_softplus(X, w, y):
    z = X @ w
    return (sg.softplus(z) - y * z).mean()


def poisson(X, w, y):
    z = X @ w
    return (sg.exp(z) - y * z).sum()


def cross_entropy(X, W, Y):
    return -(Y * sg.log_softmax(X @ W, axis=1)).sum() / X.shape[0]


def cross_entropy_of_labels(X, W, y):
    n = y.shape[0]
    return -sg.log_softmax(X @ W, axis=1)[sg.arange(n), y].mean()


def cross_entropy_of_taken(X, W, y):
    logp = sg.log_softmax(X @ W, axis=1)
    return -sg.take_along_axis(logp, y[:, None], axis=1).mean()


REGRESSION = grouped(
    "Regression and classification",
    Case("mean_of_squares", "The mean of 2 (3x + 2)², any size", mean_of_squares,
         {"x": "m n"}, "x", "12 (3 x[i,j] + 2) / (m n)"),
    Case("mean_of_squares_2x3", "The mean of 2 (3x + 2)², 2 x 3", mean_of_squares,
         {"x": "2 3"}, "x", "2 (3 x[i,j] + 2)"),
    Case("least_squares", "Least squares", least_squares,
         {"X": "n d", "w": "d", "y": "n"}, "w", "2 Xᵀ (X w - y)"),
    Case("least_squares_hessian", "Least squares, Hessian", least_squares,
         {"X": "n d", "w": "d", "y": "n"}, ("w", "w"), "2 Xᵀ X"),
    Case("ridge", "Ridge regression", ridge,
         {"X": "n d", "w": "d", "y": "n", "λ": ""}, "w", "2 (λ w + Xᵀ (X w - y))"),
    Case("ridge_hessian", "Ridge regression, Hessian", ridge,
         {"X": "n d", "w": "d", "y": "n", "λ": ""}, ("w", "w"), "2 (λ I + Xᵀ X)"),
    Case("logistic", "Logistic loss, written out", logistic,
         {"X": "n d", "w": "d", "y": "n"}, "w", "(1/n) Xᵀ (σ(X w) - y)"),
    Case("logistic_hessian", "Logistic loss, Hessian", logistic,
         {"X": "n d", "w": "d", "y": "n"}, ("w", "w"),
         "(1/n) Xᵀ diag(σ(X w) ⊙ (1 - σ(X w))) X"),
    Case("logistic_third", "Logistic loss, third derivative", logistic,
         {"X": "n d", "w": "d", "y": "n"}, ("w", "w", "w")),
    Case("logistic_by_softplus", "Logistic loss by softplus", logistic_by_softplus,
         {"X": "n d", "w": "d", "y": "n"}, "w", "(1/n) Xᵀ (σ(X w) - y)"),
    Case("poisson", "Poisson regression", poisson,
         {"X": "n d", "w": "d", "y": "n"}, "w", "Xᵀ (exp(X w) - y)"),
    Case("poisson_hessian", "Poisson regression, Hessian", poisson,
         {"X": "n d", "w": "d", "y": "n"}, ("w", "w"), "Xᵀ diag(exp(X w)) X"),
    Case("cross_entropy", "Softmax cross-entropy, one-hot labels", cross_entropy,
         {"X": "n d", "W": "d k", "Y": "n k"}, "W", "(1/n) Xᵀ (softmax(X W) - Y)",
         assume={"Y": "rows sum to one"}),
    Case("cross_entropy_any", "Softmax cross-entropy, labels of any weight", cross_entropy,
         {"X": "n d", "W": "d k", "Y": "n k"}, "W"),
    Case("cross_entropy_hessian", "Softmax cross-entropy, Hessian", cross_entropy,
         {"X": "n d", "W": "d k", "Y": "n k"}, ("W", "W"), assume={"Y": "rows sum to one"}),
    Case("cross_entropy_labels", "Softmax cross-entropy, integer labels", cross_entropy_of_labels,
         {"X": "n d", "W": "d k", "y": "int n"}, "W",
         "(1/n) Xᵀ (softmax(X W) - Y)\n  where Y = onehot(y, k)"),
    Case("cross_entropy_taken", "Softmax cross-entropy, labels by take_along_axis",
         cross_entropy_of_taken, {"X": "n d", "W": "d k", "y": "int n"}, "W",
         "(1/n) Xᵀ (softmax(X W) - Y)\n  where Y = onehot(y, k)"),
)  # fmt: skip


# softmax and its kin ------------------------------------------------------------------------------


def softmax(x):
    s = sg.softmax(x, axis=0)
    return s  # noqa: RET504 (the formula shall be named after it)


def log_softmax(x):
    return sg.log_softmax(x, axis=0)


def log_sum_exp(x):
    return sg.log(sg.exp(x).sum())


def gaussian_mixture(x, μ, s, w):
    z = (x[:, None] - μ) / s
    return sg.logsumexp(w - sg.log(s) - z**2 / 2, axis=1).sum()


def log_likelihood(X, μ, S):
    r = X - μ
    n = X.shape[0]
    return -(n / 2) * sg.log(sg.det(S)) - sg.trace(r @ sg.inv(S) @ r.T) / 2


SOFTMAX = grouped(
    "Softmax and likelihoods",
    Case("softmax_jacobian", "The Jacobian of softmax", softmax, {"x": "n"}, "x",
         "diag(s) - s sᵀ\n  where s = softmax(x)"),
    Case("log_softmax_jacobian", "The Jacobian of log-softmax", log_softmax, {"x": "n"}, "x",
         "I - 1 softmax(x)ᵀ"),
    Case("log_sum_exp", "Log-sum-exp", log_sum_exp, {"x": "n"}, "x", "softmax(x)"),
    Case("log_sum_exp_hessian", "Log-sum-exp, Hessian", log_sum_exp, {"x": "n"}, ("x", "x"),
         "diag(t1) - t1 t1ᵀ\n  where t1 = softmax(x)"),
    Case("entropy", "Entropy", lambda p: -(p * sg.log(p)).sum(), {"p": "n"}, "p",
         "-(log(p[i]) + 1)", assume={"p": "positive"}),
    Case("gaussian_mean", "Gaussian log-likelihood in the mean", log_likelihood,
         {"X": "n d", "μ": "d", "S": "d d"}, "μ", assume={"S": "positive definite"}),
    Case("gaussian_mean_hessian", "Gaussian log-likelihood in the mean, Hessian", log_likelihood,
         {"X": "n d", "μ": "d", "S": "d d"}, ("μ", "μ"), "-n S⁻¹",
         assume={"S": "positive definite"}),
    Case("gaussian_covariance", "Gaussian log-likelihood in the covariance", log_likelihood,
         {"X": "n d", "μ": "d", "S": "d d"}, "S", assume={"S": "positive definite"}),
    Case("mixture_means", "Gaussian mixture, log-likelihood in the means", gaussian_mixture,
         {"x": "n", "μ": "k", "s": "k", "w": "k"}, "μ",
         notation="index"),
    Case("mixture_scales", "Gaussian mixture, log-likelihood in the scales", gaussian_mixture,
         {"x": "n", "μ": "k", "s": "k", "w": "k"}, "s", notation="index",
         assume={"s": "positive"}),
    Case("mixture_weights", "Gaussian mixture, log-likelihood in the log-weights", gaussian_mixture,
         {"x": "n", "μ": "k", "s": "k", "w": "k"}, "w",
         notation="index"),
)  # fmt: skip


# networks -----------------------------------------------------------------------------------------


def perceptron(X, Y, W, b, V, c):
    h = sg.tanh(X @ W + b)
    return ((h @ V + c - Y) ** 2).mean()


def relu_network(X, y, W, v):
    return ((sg.relu(X @ W) @ v - y) ** 2).sum()


def attention(Q, K, V, G):
    P = sg.softmax(Q @ K.T / Q.shape[1] ** 0.5, axis=1)
    return (P @ V * G).sum()


def many_heads(Q, K, V, mask, G, heads=2):
    def split(A):
        return A.reshape(A.shape[0], A.shape[1], heads, A.shape[2] // heads).permute(0, 2, 1, 3)

    q, k, v = split(Q), split(K), split(V)
    P = sg.softmax(q @ k.transpose(-1, -2) / k.shape[-1] ** 0.5 + mask, axis=-1)
    out = (P @ v).permute(0, 2, 1, 3).reshape(*Q.shape)
    return (out * G).sum()


def layer_norm(x, γ, β, G, ε):
    c = x - x.mean(-1, keepdims=True)
    r = 1 / sg.sqrt((c**2).mean(-1, keepdims=True) + ε)
    z = c * r
    return (G * (γ * z + β)).sum()


def cell(x, h, c, W, U, b):
    k = h.shape[0]
    z = x @ W + h @ U + b
    i = sg.sigmoid(z[:k])
    f = sg.sigmoid(z[k : 2 * k])
    o = sg.sigmoid(z[2 * k : 3 * k])
    a = sg.tanh(z[3 * k :])
    c = f * c + i * a
    return o * sg.tanh(c), c


def lstm_cell(x, h, c, W, U, b, g):
    h, c = cell(x, h, c, W, U, b)
    return (h * g).sum()


def lstm(x, h, c, W, U, b, g, steps=4):
    for t in range(steps):
        h, c = cell(x[t], h, c, W, U, b)
    return (h * g).sum()


def convolution(x, w, g):
    k, m = w.shape[0], x.shape[0]
    windows = sg.stack([w[j] * x[j : m - k + 1 + j] for j in range(k)])
    return (windows.sum(0) * g).sum()


MLP = {"X": "n d", "Y": "n o", "W": "d k", "b": "k", "V": "k o", "c": "o"}
HEADS = {"Q": "b n 2*k", "K": "b m 2*k", "V": "b m 2*k", "mask": "n m", "G": "b n 2*k"}
NORM = {"x": "n d", "γ": "d", "β": "d", "G": "n d", "ε": ""}
CELL = {"x": "d", "h": "k", "c": "k", "W": "d 4*k", "U": "k 4*k", "b": "4*k", "g": "k"}
ATTENTION = {"Q": "n k", "K": "m k", "V": "m p", "G": "n p"}
#: A program takes the root of a size in floats, so sizes have roots that are exact.
HALF = {"n": 2, "m": 2, "k": 4, "p": 2}

NETWORKS = grouped(
    "Networks",
    *(Case(f"mlp_{w}", f"Two-layer network in {w}", perceptron, MLP, w) for w in "WbVc"),
    Case("relu_network", "One relu layer", relu_network,
         {"X": "n d", "y": "n", "W": "d k", "v": "k"}, "W"),
    Case("attention_Q", "Attention in Q", attention, ATTENTION, "Q", at=HALF),
    Case("attention_K", "Attention in K", attention, ATTENTION, "K", at=HALF),
    Case("attention_V", "Attention in V", attention, ATTENTION, "V",
         "softmax((1/√k) Q Kᵀ)ᵀ G", at=HALF),
    *(Case(f"heads_{w}", f"Masked attention of two heads in {w}", many_heads, HEADS, w,
           notation="index", at={"b": 2, "n": 2, "m": 2, "k": 1}) for w in "QKV"),
    Case("layer_norm", "Layer normalisation", layer_norm, NORM, "x", notation="index",
         assume={"ε": "positive"}),
    Case("layer_norm_scale", "Layer normalisation in the scale", layer_norm, NORM, "γ",
         notation="index", assume={"ε": "positive"}),
    Case("lstm_cell_x", "LSTM cell in its input", lstm_cell, CELL, "x", at={"d": 2, "k": 2}),
    Case("lstm_cell_W", "LSTM cell in its weights", lstm_cell, CELL, "W", at={"d": 2, "k": 2}),
    Case("lstm", "LSTM, four steps, in its recurrent weights", lstm,
         {**CELL, "x": "4 d"}, "U", at={"d": 1, "k": 2}),
    Case("convolution_kernel", "Convolution by shifted slices, in its kernel", convolution,
         {"x": "m+2", "w": "3", "g": "m"}, "w", notation="index", at={"m": 3}),
    Case("convolution_signal", "Convolution by shifted slices, in its signal", convolution,
         {"x": "m+2", "w": "3", "g": "m"}, "x", notation="index", at={"m": 3}),
)  # fmt: skip


# programs -----------------------------------------------------------------------------------------


def rosenbrock(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def eighth_power(A):
    P = A
    for _ in range(7):
        P = P @ A
    return sg.trace(P)


def chain(A, x):
    for _ in range(64):
        x = A @ x
    return x.sum()


def factors(x, **matrices):
    for A in matrices.values():
        x = A @ x
    return x.sum()


PROGRAMS = grouped(
    "Programs",
    Case("rosenbrock", "Rosenbrock's function", rosenbrock, {"x": "n"}, "x", notation="index",
         at={"n": 4}),
    Case("rosenbrock_hessian", "Rosenbrock's function, tridiagonal Hessian", rosenbrock,
         {"x": "n"}, ("x", "x"), notation="index", at={"n": 4}),
    Case("eighth_power", "The trace of A⁸", eighth_power, {"A": "n n"}, "A", "8 (Aᵀ)⁷",
         at={"n": 2}),
    Case("chain_start", "A chain of 64 factors, in where it starts", chain,
         {"A": "n n", "x": "n"}, "x", "(Aᵀ)⁶⁴ 1", at={"n": 2}),
    Case("chain_of_letters", "A chain of 64 matrices, in where it starts", factors,
         {"x": "n", **{f"A{k}": "n n" for k in range(1, 65)}}, "x",
         " ".join(f"A{k}ᵀ" for k in range(1, 65)) + " 1", at={"n": 2},
         many='**{f"A{k}": "n n" for k in range(1, 65)}'),
    Case("relu", "relu: 0 at 0", lambda x: sg.relu(x).sum(), {"x": "n"}, "x"),
    Case("abs", "abs: 0 at 0", lambda x: sg.abs(x).sum(), {"x": "n"}, "x", "sign(x[i])"),
    Case("max", "max: equal shares at ties", lambda x: sg.amax(x), {"x": "n"}, "x"),
    Case("maximum", "maximum: one half at ties", lambda x, y: sg.maximum(x, y).sum(),
         {"x": "n", "y": "n"}, "x"),
    Case("huber", "Huber's loss",
         lambda x: sg.where(sg.abs(x) < 1, x**2 / 2, sg.abs(x) - 1 / 2).sum(), {"x": "n"}, "x"),
    Case("variance", "The variance", lambda x: ((x - x.mean()) ** 2).mean(), {"x": "n"}, "x",
         "2 (n x[i] - Σ_j x[j]) / n²", notation="index"),
    Case("sigmoid", "The logistic function", lambda x: sg.sigmoid(x).sum(), {"x": "n"}, "x",
         "σ(x[i]) (1 - σ(x[i]))"),
    Case("softplus", "softplus", lambda x: sg.softplus(x).sum(), {"x": "n"}, "x", "σ(x[i])"),
    Case("product", "A product of all entries", lambda x: sg.prod(x), {"x": "n"}, "x"),
    Case("cumulative", "A cumulative sum, weighted", lambda x, w: (w * sg.cumsum(x, 0)).sum(),
         {"x": "n", "w": "n"}, "x", notation="index"),
)  # fmt: skip
