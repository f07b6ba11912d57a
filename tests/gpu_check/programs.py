"""What is computed and timed on the card: programs over the functions of symgrad or PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

Arrays = list[np.ndarray[Any, Any]]


class Program(NamedTuple):
    """A scalar function of arrays; the first ``moving`` of them get gradients."""

    name: str
    function: Callable[..., Any]  # (functions, *tensors) -> scalar
    make: Callable[[np.random.Generator, int], Arrays]
    moving: int
    size: int  # of a benchmark
    small: int  # of a test of correctness


def chain(F: Any, x: Any) -> Any:
    """Twelve elementwise operations and a sum."""
    y = F.tanh(x * 1.3 + 0.2)
    y = F.sqrt(y * y + 1.0)
    y = F.log(y) * F.exp(-y)
    return F.sum(F.sin(y + x))


def network(F: Any, W1: Any, b1: Any, W2: Any, b2: Any, X: Any, Y: Any) -> Any:
    """Two layers and a mean square."""
    return F.mean((F.tanh(X @ W1 + b1) @ W2 + b2 - Y) ** 2)


def cross_entropy(F: Any, Z: Any, T: Any) -> Any:
    """Log-softmax of rows against one-hot targets."""
    top = F.amax(Z, -1, True).detach()
    shifted = Z - top
    logs = shifted - F.log(F.sum(F.exp(shifted), -1, keepdim=True))
    return -F.mean(F.sum(logs * T, -1))


def standardised(F: Any, X: Any, w: Any) -> Any:
    """Rows moved to mean 0 and variance 1, weighted, through a hinge."""
    m = F.mean(X, -1, keepdim=True)
    v = F.mean((X - m) ** 2, -1, keepdim=True)
    return F.sum(F.relu((X - m) / F.sqrt(v + 1e-5) * w))


def solved(F: Any, A: Any, b: Any) -> Any:
    """The logarithm of a determinant and the solution of a system."""
    logarithm = F.linalg.slogdet(A)[1]
    return logarithm + F.sum(F.linalg.solve(A, b) ** 2)


def picked(F: Any, x: Any, i: Any) -> Any:
    """Entries by integers that repeat, a cumulative sum, and a sort."""
    return F.sum(F.cumsum(x[i] ** 2, 0) * 1e-3) + F.sum(F.sort(x)[0] * F.sin(x))


def _normal(rng: np.random.Generator, *shapes: tuple[int, ...]) -> Arrays:
    return [rng.standard_normal(shape) for shape in shapes]


def _matrix(rng: np.random.Generator, n: int) -> Arrays:
    a, b = _normal(rng, (n, n), (n, 2))
    return [a / n**0.5 + 2 * np.eye(n), b]


def _rows(rng: np.random.Generator, n: int) -> Arrays:
    z = rng.standard_normal((n, 1000))
    return [z, np.eye(1000)[rng.integers(0, 1000, n)]]


def _layers(rng: np.random.Generator, n: int) -> Arrays:
    shapes = (1024, 1024), (1024,), (1024, 256), (256,)
    weights = [w * 0.03 for w in _normal(rng, *shapes)]
    return [*weights, *_normal(rng, (n, 1024), (n, 256))]


def _places(rng: np.random.Generator, n: int) -> Arrays:
    return [rng.standard_normal(n), rng.integers(0, n, n)]


PROGRAMS = (
    Program("chain of 12", chain, lambda rng, n: _normal(rng, (n,)), 1, 50_000_000, 10_000),
    Program("small chain", chain, lambda rng, n: _normal(rng, (n,)), 1, 1_000, 100),
    Program("network of two layers", network, _layers, 4, 8192, 32),
    Program("cross-entropy, 1000 classes", cross_entropy, _rows, 1, 16384, 64),
    Program(
        "rows standardised",
        standardised,
        lambda rng, n: _normal(rng, (n, 512), (512,)),
        2,
        32768,
        64,
    ),
    Program("determinant and system", solved, _matrix, 2, 512, 24),
    Program("entries and order", picked, _places, 1, 1_000_000, 1_000),
)
