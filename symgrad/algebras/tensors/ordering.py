"""One order for the operands of an einsum, whatever order they came in; read by constructors.

Colour refinement: operands, equations and indices are told apart by what they touch, round by
round. Those that stay alike keep the order that they came in; that can only miss a merge.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symgrad.algebras.tensors.equations import Equation
from symgrad.algebras.tensors.ir import Node, Size, Spec, text_of

Factor = tuple[Node, Spec]


def ordered(
    factors: list[Factor], out: Spec, dims: dict[int, Size], equations: Sequence[Equation] = ()
) -> tuple[list[Factor], list[int]]:
    """The factors of an einsum in canonical order, and the indices of its equations in one.

    Takes   factors: nodes with their index numbers; out: the result's; dims: sizes by index.
    """
    if not equations:
        if len(factors) < 2:
            return factors, []
        if all(i in out for _, spec in factors for i in spec):
            key = lambda f: (f[0].digest, tuple(out.index(i) for i in f[1]))
            return sorted(factors, key=key), []
    touched = [list(spec) for _, spec in factors]
    touched += [[i for i, _ in eq.terms] for eq in equations]
    labels: dict[int, Any] = {k: (0, node.digest.hex()) for k, (node, _) in enumerate(factors)}
    for k, eq in enumerate(equations, start=len(factors)):
        labels[k] = (1, "".join(sorted(text_of(abs(c)) for _, c in eq.terms)) + text_of(eq.offset))
    indices = _ranked({i: (_places(out, i), text_of(n)) for i, n in _held(dims, touched).items()})
    things = _ranked(labels)
    for _ in range(len(touched)):
        before = len(set(things.values())), len(set(indices.values()))
        things = _ranked({k: (things[k], _seen(touched[k], indices, k, factors)) for k in things})
        indices = _ranked({i: (indices[i], _touches(i, touched, things)) for i in indices})
        if before == (len(set(things.values())), len(set(indices.values()))):
            break
    order = sorted(range(len(factors)), key=lambda k: things[k])
    return [factors[k] for k in order], sorted(indices, key=lambda i: indices[i])


def _held(dims: dict[int, Size], touched: list[list[int]]) -> dict[int, Size]:
    return {i: dims[i] for spec in touched for i in spec}


def _seen(
    spec: list[int], indices: dict[int, int], k: int, factors: list[Factor]
) -> tuple[int, ...]:
    """The colours of the indices of an operand in order; of an equation, sorted."""
    colours = (indices[i] for i in spec)
    return tuple(colours) if k < len(factors) else tuple(sorted(colours))


def _places(spec: Sequence[int], index: int) -> tuple[int, ...]:
    return tuple(p for p, i in enumerate(spec) if i == index)


def _touches(
    index: int, touched: list[list[int]], things: dict[int, int]
) -> tuple[tuple[int, tuple[int, ...]], ...]:
    return tuple(
        sorted((things[k], _places(s, index)) for k, s in enumerate(touched) if index in s)
    )


def _ranked(colours: dict[int, Any]) -> dict[int, int]:
    """The same colours as small numbers, in the colours' own order."""
    rank = {colour: r for r, colour in enumerate(sorted(set(colours.values())))}
    return {key: rank[colour] for key, colour in colours.items()}
