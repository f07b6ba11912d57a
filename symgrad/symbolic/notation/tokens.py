"""Cuts the text of a formula into tokens, each with its column; the formula reader reads those."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple, NoReturn

from symgrad.errors import ParseError
from symgrad.symbolic.notation.grammar import DIGIT_SIGNS, DIGITS, LENGTH, greek, spelled

_NAME = rf"[^\W\d{DIGIT_SIGNS}ᵀ](?:(?![{DIGIT_SIGNS}ᵀ])\w)*"
_TOKEN = re.compile(
    rf"(?P<blank>[ \t\r\n]+)|(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<sub>(?<=[\d‖])_)"
    rf"|(?P<name>{_NAME})|(?P<raised>⁻?[{DIGIT_SIGNS}]+|⁻?ᵀ|'(?![\w]*')|\^-T(?!\w)|\^-1(?!\d))"
    r"|(?P<text>'[\w ]*')"
    r"|(?P<sign>\^∘|\.\^|\.\*|\*\*|//|[<>=!]=|[-+*/%^=<>≤≥≠⊙⊗√∞|‖()\[\]{},;:·−])"
    r"|(?P<foreign>.)",
    re.DOTALL,
)
_SAME = {"**": "^", "·": "*", "−": "-"}


class Token(NamedTuple):
    """A token: its kind, its text, its first column, and whether a blank stands before it."""

    kind: str
    text: str
    column: int
    spaced: bool


def refuse(text: str, column: int, message: str) -> NoReturn:
    """Raise what is wrong with a text, with the column."""
    raise ParseError(f"column {column}: {message}", text=text, column=column)


def tokens(text: str, letters: Iterable[str] = ()) -> list[Token]:
    """The tokens of a text, an ``end`` last.

    Takes   text; letters: the known names, of which those with brackets are one token.
    Raises  ParseError for a sign that no formula has, and for what is too long.

    >>> from symgrad.symbolic.notation.tokens import tokens
    >>> [(t.kind, t.text) for t in tokens("2 x²")]
    [('number', '2'), ('name', 'x'), ('raised', '²'), ('end', '')]
    """
    if len(text) > LENGTH:
        refuse(text, LENGTH + 1, f"at most {LENGTH} characters are read; write less")
    # An entry's name, w[0, 1], is one letter where it was given as one.
    entries = {form: name for name in letters if "[" in name
               for form in (spelled(name), greek(name), name)}  # fmt: skip
    found, spaced, at = [], True, 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        assert match is not None
        kind, token, column = match.lastgroup or "", match.group(), at + 1
        at = match.end()
        if kind == "blank":
            spaced = True
            continue
        if kind == "name" and entries and text[at : at + 1] == "[":
            whole = next((e for e in entries if text.startswith(e, column - 1)), None)
            if whole is not None:
                token, at = entries[whole], column - 1 + len(whole)
        if kind == "foreign":
            _foreign(text, token, column)
        if kind == "number" and len(token) > DIGITS:
            refuse(text, column, f"a number has at most {DIGITS} digits; write fewer")
        found.append(Token(kind, _SAME.get(token, token), column, spaced))
        spaced = False
    return [*found, Token("end", "", len(text.rstrip()) + 1, True)]


def _foreign(text: str, sign: str, column: int) -> NoReturn:
    shown = repr(sign) if " " < sign < "\x7f" else f"U+{ord(sign):04X}"
    mend = {"&": "and", "!": "!=", "@": "a blank between factors"}.get(
        sign, "a formula's own signs"
    )
    refuse(text, column, f"{shown} is not read here; write {mend}")
