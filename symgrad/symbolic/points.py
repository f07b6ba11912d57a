"""Numbers to try a formula at: sizes for its symbols, arrays for its letters; for checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import sympy

from symgrad.algebras.tensors import Expression
from symgrad.algebras.tensors.ir import Leaf
from symgrad.symbolic.rewriting import facts

#: Sizes that are tried, different ones first, so that two axes are not mixed up unseen.
_SIZES = (3, 4, 2, 5, 3, 4, 2)
#: Ranges that entries are drawn from, one after the other, until the program gives numbers.
RANGES = ((0.3, 1.3), (-1.0, 1.0), (1.2, 2.5), (0.1, 0.9))


def sizes_of(letters: Iterable[Expression], turn: int = 0) -> dict[Any, int]:
    """A small number for each symbol among the sizes of some letters; other ones at each turn."""
    symbols = {s for e in letters for n in e.shape for s in getattr(n, "free_symbols", ())}
    ordered = sorted(symbols, key=str)
    return {s: _SIZES[(k + turn) % len(_SIZES)] for k, s in enumerate(ordered)}


def numbers_for(
    letters: Mapping[str, Expression],
    sizes: Mapping[Any, int],
    span: tuple[float, float],
    rng: np.random.Generator,
) -> dict[str, Any]:
    """An array for each letter, such as its dtype and its declared facts ask for."""
    return {
        name: _drawn(e, tuple(_number(n, sizes) for n in e.shape), span, rng)
        for name, e in letters.items()
    }


def _number(size: Any, sizes: Mapping[Any, int]) -> int:
    return int(size.subs(sizes)) if isinstance(size, sympy.Basic) else int(size)


def _drawn(
    e: Expression, shape: Sequence[int], span: tuple[float, float], rng: np.random.Generator
) -> Any:
    if e.kind == "int":
        return rng.integers(0, 2, shape)
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
