"""Reads the ``--at`` values of a command line; the commands import this."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence

from symgrad.errors import ParseError, SymgradError
from symgrad.symbolic.parser import FUNCTIONS, Expression, read_value

_MEND = "write NAME=NUMBER, as in --at x=2"


class NoValue(SymgradError, ValueError):
    """A value that is missing, not asked for, doubled, or no number."""


def read_values(expression: Expression, at: Sequence[str]) -> dict[str, float]:
    """One number for each name of the expression, in its order.

    Takes   at: texts such as ``x=2`` or ``x=2,y=3``.
    Raises  NoValue, one line that names the text and the column where there is one.

    >>> from symgrad.symbolic.parser import parse
    >>> read_values(parse("x*y"), ["y=1/4", "x=2"])
    {'x': 2, 'y': 0.25}
    """
    found: dict[str, float] = {}
    for name, number, text in _parts(at):
        if name in found:
            raise NoValue(f"--at gives {name} twice; give it once")
        if name not in expression.names:
            names = ", ".join(expression.names[:8]) or "no names at all"
            raise NoValue(f"{text}: {name} is not in the expression, which has {names}")
        found[name] = number
    for name in expression.names:
        if name not in found:
            raise NoValue(_missing(expression, name, list(found)))
    return {name: found[name] for name in expression.names}


def _parts(at: Sequence[str]) -> Iterator[tuple[str, float, str]]:
    """Name, number and shown text of each value; a comma parts several in one option."""
    for option in at:
        shown = f"--at {option[:40]!a}"
        start = 0
        for part in option.split(","):
            name, equals, value = part.partition("=")
            name = name.strip()
            if not equals or not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII):
                raise NoValue(f"{shown}: column {start + 1}: {_MEND}")
            yield name, _number(shown, value, start + len(part) - len(value)), shown
            start += len(part) + 1


def _number(shown: str, value: str, before: int) -> float:
    try:
        return read_value(value)
    except ParseError as error:
        said = str(error).partition(": ")[2] or str(error)
        raise NoValue(f"{shown}: column {before + max(error.column, 1)}: {said}") from None


def _missing(expression: Expression, name: str, given: list[str]) -> str:
    # The reader has accepted the text, so a name stands wherever its letters stand alone.
    found = re.search(rf"(?<![\w.]){name}\b", expression.text, re.ASCII)
    column = found.start() + 1 if found else 1
    near = difflib.get_close_matches(name, (*given, *FUNCTIONS), 1)
    hint = f" (or did you mean {near[0]}?)" if near else ""
    return f"column {column}: {name} has no value; add --at {name}=NUMBER{hint}"
