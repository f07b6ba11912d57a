"""What people may declare of an input, for formulas; tensors check it, the simplifier reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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

    Takes   name: of the input; "" where it has none.
    Raises  ShapeError, naming the input, the assumption and the sizes.
    """
    wrong = sorted(OF_SQUARES.intersection(declared))
    if not wrong or (len(shape) == 2 and shape[0] == shape[1]):
        return
    sizes = "(" + ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "") + ")"
    why = f"its sizes differ: {shape[0]} and {shape[1]}" if len(shape) == 2 else (
        f"only a square matrix can be so; it has the shape {sizes}"
    )  # fmt: skip
    named = [isinstance(n, int) for n in shape]
    mend = f"give {name or 'it'} two equal sizes" if all(named) else f'give {name}="n n"'
    raise ShapeError(
        compose(
            f"assume: {name or 'this tensor'} is declared {wrong[0]}, and {why}.",
            [(name, sizes)] if name else [],
            where=user_position(),
            mend=f"{mend}, or leave the assumption out",
        )
    )


def _is_close(xp: Any, a: Any, b: Any) -> bool:
    room = xp.finfo(a.dtype).eps ** 0.5 * (abs(a).max() + 1)
    return bool((abs(a - b) <= room).all())


def _is_definite(xp: Any, a: Any) -> bool:
    return _is_close(xp, a, a.T) and bool((xp.linalg.eigvalsh(a) > 0).all())


#: How numbers show each assumption.
_HOLDS: dict[str, Callable[[Any, Any], bool]] = {
    "symmetric": lambda xp, a: _is_close(xp, a, a.T),
    "positive definite": _is_definite,
    "orthogonal": lambda xp, a: _is_close(xp, a @ a.T, xp.eye(len(a), dtype=a.dtype)),
    "diagonal": lambda xp, a: not (a - xp.diag(xp.diagonal(a))).any(),
    "positive": lambda xp, a: bool((a > 0).all()),
    "rows sum to one": lambda xp, a: _is_close(xp, a.sum(-1), xp.ones_like(a.sum(-1))),
}


def check_values(xp: Any, name: str, declared: Iterable[str], array: Any) -> None:
    """Refuse an assumption that the numbers of an input do not have.

    Takes   xp: NumPy; name: of the input; "" where it has none; array: of floats, on the host.
    Raises  ValueError, naming the input and the assumption.
    Limits  sums and products are compared up to the root of the dtype's precision.
    """
    for fact in declared:
        if array.size and not _HOLDS[fact](xp, array):
            raise ValueError(
                compose(
                    f"assume: {name or 'this tensor'} is declared {fact}, and its values are not.",
                    where=user_position(),
                    mend="correct the values, or leave the assumption out",
                )
            )
