"""Formulas as plain text; imported by closed forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy as sp

#: Rows of an array longer than this are broken, one entry a line.
WIDTH = 96


def written(expression: Any) -> str:
    """One expression on one line.

    >>> from symgrad.symbolic.text import written
    >>> import sympy; x = sympy.Symbol("x"); written(3 * x + 2)
    '3*x + 2'
    """
    return str(sp.sstr(expression))


def array_text(entries: Sequence[str], shape: tuple[int, ...], margin: int = 0) -> str:
    """Entries as nested brackets, one row a line.

    >>> from symgrad.symbolic.text import array_text
    >>> print(array_text(["a", "b", "c", "d"], (2, 2)))
    [[a, b],
     [c, d]]
    """
    if not shape:
        return entries[0]
    pad = " " * (margin + 1)
    if len(shape) == 1:
        row = "[" + ", ".join(entries) + "]"
        return row if len(row) + margin <= WIDTH else "[" + f",\n{pad}".join(entries) + "]"
    step = len(entries) // shape[0] if shape[0] else 0
    rows = [
        array_text(entries[k * step : (k + 1) * step], shape[1:], margin + 1)
        for k in range(shape[0])
    ]
    return "[" + f",\n{pad}".join(rows) + "]"


def formula_text(
    expressions: Sequence[Any],
    shape: tuple[int, ...],
    lets: Mapping[Any, Any],
    conditions: Sequence[tuple[Any, str]],
    dropped: Sequence[str],
) -> str:
    """The formula, then where its lets and conditions are, each on its own line."""
    lines = [array_text([written(e) for e in expressions], shape)]
    lines += _listed("where", [f"{let} = {written(e)}" for let, e in lets.items()])
    lines += _listed("when", [f"{written(c)}   ({line})" for c, line in conditions])
    lines += [f"  incomplete: branched at {line}" for line in dropped]
    return "\n".join(lines)


def _listed(word: str, items: list[str]) -> list[str]:
    blank = " " * len(word)
    return [f"  {word if k == 0 else blank} {item}" for k, item in enumerate(items)]
