"""What is timed: one function a workload, over the functions of whichever library runs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Workload(NamedTuple):
    """A program, its inputs, and the ratio that symgrad is asked to reach."""

    name: str
    program: Callable[[Any, Any], Any]  # (functions, x) -> scalar
    start: np.ndarray[Any, Any]
    order: int
    bounds: dict[str, float]
    peers: tuple[str, ...] = ()  # who can run it; none named: all


def polynomial(F: Any, x: Any) -> Any:
    return 2 * x**4 + x**3 + 3 * x**2 + 5 * x + 1


def loop(F: Any, x: Any) -> Any:
    y = x
    for _ in range(1000):
        y = y * 1.0001 + 0.001
    return y


def scalar_mix(F: Any, x: Any) -> Any:
    return F.sin(x) * x + F.exp(-x) / (x * x + 1) - F.log(x + 3)


def chain(F: Any, x: Any) -> Any:
    """Twelve elementwise operations and a sum."""
    y = F.tanh(x * 1.3 + 0.2)
    y = F.sqrt(y * y + 1.0)
    y = F.log(y) * F.exp(-y)
    return F.sum(F.sin(y + x))


def chosen(F: Any, x: Any) -> Any:
    """A choice between two branches: their cotangents bear masks."""
    return F.sum(F.where(x > 0, F.log(x * x + 1.0), F.sin(x) * F.exp(x)))


def written(F: Any, x: Any) -> Any:
    """A result that is written in part, through a view, and as a whole."""
    y = x * 1.5
    head = y[: x.shape[0] // 2]
    head.mul_(2.0)
    y[0] = 1.0
    y += 0.5
    return F.sum(y * y)


def _array(n: int, dtype: str) -> np.ndarray[Any, Any]:
    return np.random.default_rng(0).uniform(-1, 1, n).astype(dtype)


def workloads() -> list[Workload]:
    """All of them, small first."""
    two = np.float32(2.0)
    first = {"torch": 0.18, "autograd": 0.10}
    out = [
        Workload("polynomial", polynomial, two, 1, first),
        Workload("scalar mix", scalar_mix, two, 1, first),
        Workload("loop of 2000 operations", loop, two, 1, first),
        Workload("polynomial, second order", polynomial, two, 2, {"torch": 0.3}),
        Workload("scalar mix, second order", scalar_mix, two, 2, {"torch": 0.3}),
    ]
    for dtype, bound in (("float32", 0.9), ("float64", 1.8)):
        for n in (100, 10_000, 1_000_000):
            target = 0.45 if n == 100 else bound
            name, start = f"chain of 12, {n:,} {dtype}", _array(n, dtype)
            out.append(Workload(name, chain, start, 1, {"torch": target}))
    for n in (100, 10_000):
        start = _array(n, "float32")
        out.append(Workload(f"a choice, {n:,} float32", chosen, start, 1, {}))
        torch = ("symgrad", "torch")
        out.append(Workload(f"writes and a view, {n:,} float32", written, start, 1, {}, torch))
    return out
