"""Which names a tensor may bear in a formula; checked when they are given."""

from __future__ import annotations

import keyword
import re

from symgrad.errors import SymgradError

GREEK = (
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda",
    "mu", "nu", "xi", "omicron", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi",
    "omega",
)  # fmt: skip
#: The sign of each Greek letter by its name.
SIGNS = {name: chr(0x3B1 + i + (i > 16)) for i, name in enumerate(GREEK)}
_LETTERS = {sign: name for name, sign in SIGNS.items()}
#: The same, small and capital.
ALL_SIGNS = {**SIGNS, **{name.capitalize(): sign.upper() for name, sign in SIGNS.items()}}
_SHAPE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,48}(\[\d+(,\s?\d+)*\])?\Z", re.ASCII)


def in_latin(name: str) -> str:
    """A name that is one Greek letter, spelled as people type it; any other as it is."""
    return _LETTERS.get(name, name)


class NameRefused(SymgradError, ValueError):
    """A name that cannot stand in a formula."""


def check_name(name: str) -> str:
    """The name, where it is an identifier, a Greek letter, or one of those with indices.

    Raises  NameRefused (a ValueError) otherwise.

    >>> check_name("w1"), check_name("λ")
    ('w1', 'λ')
    """
    plain = _LETTERS.get(name, name) if isinstance(name, str) else ""
    # `lambda` is a Greek letter first: it reaches no Python code under this name.
    if _SHAPE.match(plain) and (plain in GREEK or not keyword.iskeyword(plain)):
        return name
    raise NameRefused(
        f"{str(name)[:40]!r} cannot name a tensor in a formula: take an identifier (w1), a Greek "
        f"letter (λ or lambda), or one with indices (w[0, 1])"
    )
