"""One order for the operands of an einsum, whatever order they came in; read by constructors.

Colour refinement: operands and indices are told apart by what they touch, round by round.
Operands that stay alike keep the order that they came in; that can only miss a merge.
"""

from __future__ import annotations

from typing import Any

from symgrad.algebras.tensors.ir import Node, Size, Spec, text_of


def ordered(
    factors: list[tuple[Node, Spec]], out: Spec, dims: dict[int, Size]
) -> list[tuple[Node, Spec]]:
    """The factors of an einsum in canonical order.

    Takes   factors: nodes with their index numbers; out: the result's; dims: sizes by index.
    """
    if len(factors) < 2:
        return factors
    if all(i in out for _, spec in factors for i in spec):
        return sorted(factors, key=lambda f: (f[0].digest, tuple(out.index(i) for i in f[1])))
    indices = _ranked({i: (_places(out, i), text_of(dims[i])) for i in dims})
    digests = {k: node.digest for k, (node, _) in enumerate(factors)}
    operands = _ranked(digests)
    for _ in range(len(factors)):
        before = len(set(operands.values())), len(set(indices.values()))
        operands = _ranked(
            {k: (operands[k], tuple(indices[i] for i in s)) for k, (_, s) in enumerate(factors)}
        )
        indices = _ranked({i: (indices[i], _touches(i, factors, operands)) for i in indices})
        if before == (len(set(operands.values())), len(set(indices.values()))):
            break
    return [factors[k] for k in sorted(operands, key=lambda k: operands[k])]


def _places(spec: Spec, index: int) -> tuple[int, ...]:
    return tuple(p for p, i in enumerate(spec) if i == index)


def _touches(
    index: int, factors: list[tuple[Node, Spec]], operands: dict[int, int]
) -> tuple[tuple[int, tuple[int, ...]], ...]:
    return tuple(
        sorted((operands[k], _places(s, index)) for k, (_, s) in enumerate(factors) if index in s)
    )


def _ranked(colours: dict[int, Any]) -> dict[int, int]:
    """The same colours as small numbers, in the colours' own order."""
    rank = {colour: r for r, colour in enumerate(sorted(set(colours.values())))}
    return {key: rank[colour] for key, colour in colours.items()}
