"""Who is timed: each installed library as a function from a workload to a thing to call."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np

import symgrad as sg
from tests.benchmarks.workloads import Workload

Runner = Callable[[], Any]


def _symgrad(work: Workload) -> Runner:
    x = sg.tensor(work.start, requires_grad=True)

    def first() -> Any:
        x.grad = None
        work.program(sg, x).backward()
        return x.grad

    def second() -> Any:
        (g,) = sg.autograd.grad(work.program(sg, x), x, create_graph=True)
        return sg.autograd.grad(g, x)[0]

    return first if work.order == 1 else second


def _torch(work: Workload) -> Runner:
    import torch

    torch.set_num_threads(1)
    x = torch.tensor(work.start, requires_grad=True)

    def first() -> Any:
        x.grad = None
        work.program(torch, x).backward()
        return x.grad

    def second() -> Any:
        (g,) = torch.autograd.grad(work.program(torch, x), x, create_graph=True)
        return torch.autograd.grad(g, x)[0]

    return first if work.order == 1 else second


def _autograd(work: Workload) -> Runner:
    import autograd
    import autograd.numpy as anp

    gradient = autograd.grad(lambda x: work.program(anp, x))
    if work.order == 2:
        gradient = autograd.grad(gradient)
    start = work.start if work.start.ndim else work.start.dtype.type(work.start)
    return lambda: gradient(start)


def _jax(work: Workload) -> Runner:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    gradient = jax.grad(lambda x: work.program(jnp, x))
    compiled = jax.jit(jax.grad(gradient) if work.order == 2 else gradient)
    start = jnp.asarray(work.start)
    return lambda: np.asarray(compiled(start))


_MAKERS: dict[str, Callable[[Workload], Runner]] = {
    "symgrad": _symgrad,
    "torch": _torch,
    "autograd": _autograd,
    "jax (jit)": _jax,
}


def contenders(work: Workload) -> dict[str, Runner]:
    """Everybody who is installed and can run the workload."""
    out = {}
    for name, make in _MAKERS.items():
        if importlib.util.find_spec(name.split()[0]) is None:
            continue
        if work.peers and name not in work.peers:
            continue
        if name == "jax (jit)" and work.name.startswith("loop"):
            continue  # unrolling the loop takes minutes to compile
        out[name] = make(work)
    return out
