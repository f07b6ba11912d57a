r"""Formulas as LaTeX; imported by closed forms."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import sympy as sp

from symgrad.tracing.naming import ALL_SIGNS, SIGNS

_INDEXED = re.compile(r"(.+)\[(.*)\]\Z")
_NUMBERED = re.compile(r"([A-Za-z]+)_?(\d+)\Z")
#: Greek letters as people type them, and by their names.
_COMMANDS = {sign: name for name, sign in SIGNS.items() if name != "omicron"}
#: The capitals that LaTeX has commands for: the others look like Latin ones.
_CAPITALS = (
    "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega",
)  # fmt: skip
_COMMANDS |= {ALL_SIGNS[name]: name for name in _CAPITALS}


def letter_latex(name: str) -> str:
    r"""A letter's LaTeX: indices below it, Greek names as letters.

    >>> from symgrad.symbolic.latex import letter_latex
    >>> letter_latex("x[0, 1]"), letter_latex("lambda"), letter_latex("W1[2]")
    ('x_{0,1}', '\\lambda', 'W_{1;2}')
    """
    indexed = _INDEXED.match(name)
    stem, below = (indexed[1], [indexed[2].replace(" ", "")]) if indexed else (name, [])
    numbered = _NUMBERED.match(stem)
    if numbered:
        stem, below = numbered[1], [numbered[2], *below]
    command = _COMMANDS.get(ALL_SIGNS.get(stem, stem))
    if command is not None:
        shown = rf"\{command}"
    else:
        shown = stem if len(stem) == 1 else rf"\mathrm{{{stem.replace('_', chr(92) + '_')}}}"
    return f"{shown}_{{{';'.join(below)}}}" if below else shown


def expression_latex(expression: Any) -> str:
    """One expression's LaTeX."""
    names = {s: letter_latex(s.name) for s in expression.free_symbols}
    return str(sp.latex(expression, symbol_names=names))


def array_latex(entries: Sequence[str], shape: tuple[int, ...]) -> str:
    """Entries as a column, a matrix, or a column of matrices."""
    if not shape:
        return entries[0]
    step = len(entries) // shape[0] if shape[0] else 0
    parts = [entries[k * step : (k + 1) * step] for k in range(shape[0])]
    if len(shape) == 2:
        rows = [" & ".join(row) for row in parts]
    else:
        rows = [array_latex(part, shape[1:]) for part in parts]
    return r"\begin{bmatrix}" + r" \\ ".join(rows) + r"\end{bmatrix}"


def formula_latex(
    expressions: Sequence[Any],
    shape: tuple[int, ...],
    lets: Mapping[Any, Any],
    conditions: Sequence[Any],
) -> str:
    """The formula with its lets and conditions, ready for math mode."""
    body = array_latex([expression_latex(e) for e in expressions], shape)
    lines = [rf"{expression_latex(s)} &= {expression_latex(e)}" for s, e in lets.items()]
    out = body
    if lines:
        inner = r" \\ ".join(lines)
        out += rf" \quad\text{{where}}\quad \begin{{aligned}}{inner}\end{{aligned}}"
    if conditions:
        out += r" \quad\text{when}\quad " + r" \wedge ".join(map(expression_latex, conditions))
    return out
