"""Numbers to try a formula at: sizes for its symbols, arrays for its letters; for checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import sympy

from symgrad.algebras.tensors import Expression
from symgrad.algebras.tensors.ir import Ein, Leaf, Node, reachable
from symgrad.symbolic.arguments import number
from symgrad.symbolic.rewriting import facts

#: Sizes that are tried, different ones first, so that two axes are not mixed up unseen.
_SIZES = (3, 4, 2, 5, 3, 4, 2)
#: Ranges that entries are drawn from, one after the other, until the program gives numbers.
RANGES = ((0.3, 1.3), (-1.0, 1.0), (1.2, 2.5), (0.1, 0.9))


def sizes_of(letters: Iterable[Expression], root: Node, turn: int = 0) -> dict[Any, int]:
    """A small number for each symbol among the sizes of some letters; other ones at each turn.

    Takes   root: the formula; a size is no smaller than it takes for the places that this names.
    """
    symbols = {s for e in letters for n in e.shape for s in getattr(n, "free_symbols", ())}
    ordered = sorted(symbols, key=str)
    least = _places_named(root)
    small = [_SIZES[(k + turn) % len(_SIZES)] for k in range(len(ordered))]
    return {s: max(n, least + n - 2) for s, n in zip(ordered, small, strict=True)}


def _places_named(root: Node) -> int:
    """How long an axis has to be for the places 5, n - 6 and the like: 6."""
    sliced = [n.data for n in reachable([root]) if isinstance(n.data, Ein) and n.data.equations]
    shifts = [_constant(eq.offset) for data in sliced for eq in data.equations]
    counts = [_constant(n) - 1 for data in sliced for n in data.dims if isinstance(n, int)]
    most = max((*shifts, *counts), default=0)
    return most + 1 if most > 1 else 0


def _constant(place: Any) -> int:
    """The number in a place: 6 in n - 6."""
    return abs(int(place.as_coeff_Add()[0] if isinstance(place, sympy.Basic) else place))


def numbers_for(
    letters: Mapping[str, Expression],
    sizes: Mapping[Any, int],
    span: tuple[float, float],
    rng: np.random.Generator,
) -> dict[str, Any]:
    """An array for each letter, such as its dtype and its declared facts ask for."""
    shapes = {n: tuple(number(size, sizes) for size in e.shape) for n, e in letters.items()}
    # A label may pick from whichever axis there is, so it fits the shortest.
    shortest = min((n for shape in shapes.values() for n in shape), default=2)
    labels = max(1, min(shortest, 2))
    return {name: _drawn(e, shapes[name], span, rng, labels) for name, e in letters.items()}


def _drawn(
    e: Expression,
    shape: Sequence[int],
    span: tuple[float, float],
    rng: np.random.Generator,
    labels: int,
) -> Any:
    if e.kind == "int":
        return rng.integers(0, labels, shape)
    if e.kind == "bool":
        return rng.integers(0, 2, shape).astype(bool)
    made = np.asarray(rng.uniform(*span, shape))
    if len(shape) == 2 and shape[0] == shape[1]:
        made = made + 2.0 * np.eye(shape[0])  # so that inverses and determinants are tame
    known = facts.facts_of(e.node) if isinstance(e.node.data, Leaf) else frozenset()
    return _with_facts(made, known)


def _with_facts(made: Any, known: frozenset[str]) -> Any:
    if "positive" in known:
        made = np.abs(made) + 0.1
    if "rows sum to one" in known:
        made = np.abs(made) + 0.1
        made = made / made.sum(axis=-1, keepdims=True)
    if "positive definite" in known:
        made = made @ made.T + np.eye(len(made))
    elif "symmetric" in known and "diagonal" not in known:
        made = (made + made.T) / 2
    if "diagonal" in known:
        made = np.diag(np.diag(made))
    if "orthogonal" in known:
        made = np.linalg.qr(made)[0]
    return made
