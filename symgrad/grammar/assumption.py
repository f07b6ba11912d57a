"""What people may declare of an input, for formulas; tensors check it, the simplifier reads it."""

from __future__ import annotations

from typing import Any

#: Each assumption, and what it implies.
ASSUMPTIONS: dict[str, frozenset[str]] = {
    "symmetric": frozenset(),
    "positive definite": frozenset({"symmetric"}),
    "orthogonal": frozenset(),
    "diagonal": frozenset({"symmetric"}),
    "positive": frozenset(),
    "rows sum to one": frozenset(),
}

#: Those that only square matrices can have.
OF_SQUARES = frozenset({"symmetric", "positive definite", "orthogonal", "diagonal"})


def checked(declared: Any) -> tuple[str, ...]:
    """Assumptions as a sorted tuple, from one or several names.

    Raises  ValueError for one that is not known, naming all.

    >>> from symgrad.grammar.assumption import checked
    >>> checked("symmetric"), checked(["positive", "diagonal"])
    (('symmetric',), ('diagonal', 'positive'))
    """
    names = (declared,) if isinstance(declared, str) else tuple(declared)
    for name in names:
        if name not in ASSUMPTIONS:
            known = ", ".join(map(repr, ASSUMPTIONS))
            raise ValueError(f"assume={name!r} is not known; it is one of {known}")
    return tuple(sorted(set(names)))
