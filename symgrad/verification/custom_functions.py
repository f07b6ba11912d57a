"""A custom function's backward against differences of its own forward; the verification floor.

Made-up gradients are legal, so nobody looks unasked: ``crosscheck`` does where it differs, and
``check_functions`` at every call inside its block.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from symgrad.algebras.devices import to_host
from symgrad.algebras.numpy_adapter import NUMPY
from symgrad.errors import GraphError, compose, user_position
from symgrad.grammar.plan import Cotangents
from symgrad.tracing.custom import CHECKER
from symgrad.tracing.node import Node
from symgrad.verification.oracles import position_of

#: Steps of the differences relative to the operand, and how far the results may lie apart.
_STEPS, _RTOL = (1e-3, 5e-4), 1e-5
_DIRECTIONS = 3


class Gap(NamedTuple):
    """A slope that a backward gives wrongly."""

    operand: int
    got: float
    want: float


def gap(node: Node, operands: tuple[Any, ...], g: Any, seed: int = 0) -> Gap | None:
    """The first operand along which a function's backward is not the slope of its forward.

    Takes   node: of kind Opaque; operands: their raw values; g: the cotangent of its result.
    Limits  three random directions each; slopes are central differences in float64, extrapolated
            over two steps; none where they do not settle: the function has no slope there, or
            computes in fewer digits.
    """
    rng = np.random.default_rng(seed)
    wide = [_wide(o) for o in operands]
    pulled = node.params["call"].pulled(NUMPY, g, node)
    for i, _ in node.plan.pulls if node.plan is not None else ():
        if wide[i].dtype.kind != "f":
            continue
        ours = np.zeros(1) if pulled[i] is None else _wide(pulled[i])
        for _ in range(_DIRECTIONS):
            d = rng.uniform(0.5, 1.0, wide[i].shape) * rng.choice([-1.0, 1.0], wide[i].shape)
            sides = [_slopes(node, wide, i, d, g, h) for h in _STEPS]
            central = [(up + down) / 2 for up, down in sides]
            want = (4 * central[1] - central[0]) / 3
            size = max(abs(want), float(np.sum(np.abs(ours * d))), 1e-12)
            bend = max(abs(up - down) for up, down in sides)
            if not (abs(central[1] - central[0]) <= 0.01 * size and bend <= 0.1 * size):
                continue  # no slope here, or none that differences can tell
            got = float(np.sum(np.broadcast_to(ours, d.shape) * d))
            if abs(got - want) > _RTOL * size:
                return Gap(i, got, want)
    return None


def _wide(value: Any) -> np.ndarray[Any, Any]:
    found = np.asarray(to_host(value))
    return found.astype(np.float64) if found.dtype.kind == "f" else found


def _slopes(node: Node, operands: Any, i: int, d: Any, g: Any, h: float) -> tuple[float, float]:
    """The slopes to both sides, along ``d``."""
    scale = h * max(float(np.max(np.abs(operands[i]), initial=0.0)), 1e-2)
    totals = []
    for sign in (1, 0, -1):
        moved = list(operands)
        moved[i] = operands[i] + sign * scale * d
        out = node.params["call"].run(tuple(moved))
        parts = out if isinstance(out, tuple) else (out,)
        seeds = g if isinstance(g, Cotangents) else (g,)
        totals.append(
            sum(
                float(np.sum(_wide(p) * np.broadcast_to(_wide(s), np.shape(p))))
                for p, s in zip(parts, seeds, strict=True)
                if s is not None and _wide(p).dtype.kind == "f"
            )
        )
    return (totals[0] - totals[1]) / scale, (totals[1] - totals[2]) / scale


@contextmanager
def check_functions() -> Iterator[None]:
    """A block in which every call of an ``autograd.Function`` is checked against its forward.

    The backward is compared, along random directions, with differences of the forward.

    Raises  GraphError at the call of a function whose backward is not the slope of its forward.

    >>> class Wrong(sg.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         return x * 2
    ...     @staticmethod
    ...     def backward(ctx, g):
    ...         return g
    >>> with sg.autograd.check_functions():
    ...     Wrong.apply(sg.tensor(1.0, requires_grad=True))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    symgrad.errors.GraphError: Wrong.backward is not the derivative of Wrong.forward...
    """
    token = CHECKER.set(_check)
    try:
        yield
    finally:
        CHECKER.reset(token)


def _check(node: Node, raws: tuple[Any, ...], value: Any, flows: list[bool]) -> None:
    rng = np.random.default_rng(0)
    parts = value if isinstance(value, tuple) else (value,)
    seeds = [_seed(part, rng) if flow else None for part, flow in zip(parts, flows, strict=True)]
    found = gap(node, raws, Cotangents(seeds) if isinstance(value, tuple) else seeds[0])
    if found is None:
        return
    cls = node.params["call"].cls
    raise GraphError(
        compose(
            f"{cls.__name__}.backward is not the derivative of {cls.__name__}.forward.",
            [
                ("input", node.params["call"].places[found.operand]),
                ("slope", f"{found.got:.6g} by backward, {found.want:.6g} by differences"),
                ("rule", position_of(cls.backward)),
            ],
            where=user_position(),
            mend="correct backward; a made-up gradient is legal, but not inside check_functions",
        )
    )


def _seed(part: Any, rng: np.random.Generator) -> Any:
    found = np.asarray(to_host(part))
    return rng.uniform(0.5, 1.5, found.shape).astype(found.dtype)
