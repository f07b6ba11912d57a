"""What people may declare of an input, for formulas; tensors check it, the simplifier reads it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from symgrad.errors import ShapeError, compose, user_position

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


def check_square(name: str, declared: Iterable[str], shape: Sequence[Any]) -> None:
    """Refuse what only square matrices can be, of anything else.

    Raises  ShapeError, naming the input, the assumption and the sizes.
    """
    wrong = sorted(OF_SQUARES.intersection(declared))
    if wrong and (len(shape) != 2 or shape[0] != shape[1]):
        sizes = "(" + ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "") + ")"
        raise ShapeError(
            compose(
                f"assume: {name} is declared {wrong[0]}, and only a square matrix can be so.",
                [(name, sizes)],
                where=user_position(),
                mend="give it two equal sizes, or leave the assumption out",
            )
        )
