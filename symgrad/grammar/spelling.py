"""Names that people call a rule by, as data; part of the grammar, so anyone above may import it."""

from __future__ import annotations

from dataclasses import dataclass

#: How a dialect's parameter names map to the canonical ones.
DIALECTS: dict[str, dict[str, str]] = {
    "torch": {
        "dim": "axis",
        "p": "ord",
        "keepdim": "keepdims",
        "dims": "axes",
        "dim1": "axis1",
        "dim2": "axis2",
    },
    "numpy": {
        "a": "x",
        "array": "x",
        "newshape": "shape",
        "a_min": "min",
        "a_max": "max",
        "pad_width": "widths",
    },
    "array_api": {},
}


@dataclass(frozen=True)
class Spelling:
    """One name of a rule in one dialect; ``fixed`` parameters come with the name."""

    dialect: str
    name: str
    fixed: tuple[tuple[str, object], ...] = ()
    grad_fn: str = ""  # PyTorch's name of the backward node under this name; empty: the rule's

    @property
    def renames(self) -> dict[str, str]:
        """The dialect's parameter names, mapped to canonical ones."""
        return DIALECTS[self.dialect]


def spell(text: str, *, grad_fn: str = "", **fixed: object) -> Spelling:
    """Write a spelling as ``dialect.name``.

    >>> spell("numpy.tanh").name
    'tanh'
    """
    dialect, _, name = text.partition(".")
    return Spelling(dialect, name, tuple(fixed.items()), grad_fn)
