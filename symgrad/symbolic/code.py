"""``ClosedForm.code``: a formula as a NumPy function that needs nothing else; used by the forms."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import sympy as sp

from symgrad.algebras.elements import element_name
from symgrad.errors import NoClosedForm
from symgrad.symbolic.arguments import Reading, readings
from symgrad.symbolic.coding.source import PRINTER, WIDTH, Block, Names, number_text, wrapped
from symgrad.symbolic.coding.writing import Writing

__all__ = ["element_code", "notation_code"]

LANGUAGES = ("python",)


def notation_code(form: Any, language: str = "python") -> str:
    """The function of a formula at any size.

    Takes   language: "python".
    Gives   a module's text: helpers, then the function; NumPy is all that it imports.
    Raises  ValueError for another language; NoClosedForm where NumPy has no source for a word.
    Limits  masks are float64; where a slice of the program is empty the function may raise.
    """
    _check(language)
    names = Names()
    letters = {name: (names.of(name), shape) for name, shape in form.letters.items()}
    sizes = _sizes(form.letters, names)
    title = _title(form.wrt, form.shape, form.letters)
    lets = {let.node: names.of(let.name) for let in form.printed.lets}
    writing = Writing(names, letters, lets, sizes)
    root = writing.result(form.expression.node, form.shape)
    names.taken.update(writing.words.functions)
    block = Block(root, names)
    body = [*block.lines, wrapped(f"return {block.result}")]
    read = _read_sizes(letters, sizes, "\n".join(body))
    main = _function(title, [n for n, _ in letters.values()], form.text(), [*read, *body])
    return "\n\n\n".join(["import numpy as np", *writing.words.functions.values(), main]) + "\n"


def _check(language: str) -> None:
    if language not in LANGUAGES:
        known = ", ".join(map(repr, LANGUAGES))
        raise ValueError(f"code() writes {known}, not {language!r}")


def _title(wrt: Sequence[str], shape: Any, letters: Mapping[str, Any]) -> str:
    """What the function is called, after what it gives."""
    if not wrt:
        return "value"
    if len(wrt) == 1:
        return "gradient" if tuple(shape) == tuple(letters[wrt[0]]) else "jacobian"
    scalar = tuple(shape) == tuple(n for name in wrt for n in letters[name])
    return "hessian" if len(wrt) == 2 and scalar else "derivative"


def _sizes(letters: Mapping[str, Any], names: Names) -> dict[Any, Any]:
    """The symbol of each size's own name in the function."""
    found: dict[Any, Any] = {}
    for shape in letters.values():
        for n in shape:
            for symbol in sorted(getattr(n, "free_symbols", ()), key=str):
                if symbol not in found:
                    name = names.of(symbol.name)
                    found[symbol] = sp.Symbol(name, integer=True, positive=True)
    return found


def _read_sizes(letters: Mapping[str, Any], sizes: Mapping[Any, Any], body: str) -> list[str]:
    """The lines that read sizes off the inputs; only those that the body names."""
    words = set("".join(c if c.isalnum() or c == "_" else " " for c in body).split())
    wanted = {symbol for symbol, own in sizes.items() if own.name in words}
    order = readings({name: shape for name, (_, shape) in letters.items()})
    for at in reversed(order):
        if at.symbol in wanted:
            wanted |= at.slope.free_symbols | at.offset.free_symbols
    left = sorted(str(n) for n in wanted.difference(at.symbol for at in order))
    if left:
        raise NoClosedForm(f"no shape tells {left[0]}: give an input that has it as a size")
    return _read_lines([at for at in order if at.symbol in wanted], letters, sizes)


def _read_lines(
    order: Sequence[Reading], letters: Mapping[str, Any], sizes: Mapping[Any, Any]
) -> list[str]:
    """One line a reading; one for all axes of a shape where these are new sizes."""
    lines: list[str] = []
    alone = {at.symbol: at.letter for at in order if at.slope == 1 and at.offset == 0}
    for at in order:
        name, shape = letters[at.letter]
        if all(alone.get(n) == at.letter for n in shape) and len(set(shape)) == len(shape):
            listed = ", ".join(sizes[n].name for n in shape) + ("," if len(shape) == 1 else "")
            line = f"{listed} = {name}.shape"
        else:
            read = f"{name}.shape[{at.axis}]"
            slope, offset = (_factor(v.xreplace(dict(sizes))) for v in (at.slope, at.offset))
            read = read if at.offset == 0 else f"({read} - {offset})"
            read += "" if at.slope == 1 else f" // {slope}"
            line = f"{sizes[at.symbol].name} = {read}"
        if line not in lines:
            lines.append(line)
    return lines


def _factor(size: Any) -> str:
    """A size's text, in brackets where it is more than a number or a name."""
    text = number_text(size)
    return text if text.isalnum() else f"({text})"


def _function(title: str, inputs: Sequence[str], text: str, body: Sequence[str]) -> str:
    head = f"def {title}({', '.join(inputs)}):"
    if len(head) > WIDTH:
        rows = textwrap.wrap(", ".join(inputs), WIDTH - 4)
        head = "\n".join([f"def {title}(", *(f"    {row}" for row in rows), "):"])
    lines = [*_docstring(text), *body]
    return "\n".join([head, *("    " + row for line in lines for row in line.split("\n"))])


def _docstring(text: str) -> list[str]:
    text = text.replace('"""', "'''")
    mark = 'r"""' if "\\" in text else '"""'
    rows = [row for line in text.split("\n") for row in _rows(line)]
    if len(rows) == 1 and len(rows[0]) < WIDTH - 12 and not rows[0].endswith('"'):
        return [f'{mark}{rows[0]}"""']
    return [mark + rows[0], *rows[1:], '"""']


def _rows(line: str) -> list[str]:
    return textwrap.wrap(
        line, WIDTH - 8, break_long_words=False, break_on_hyphens=False,
        subsequent_indent=" " * (len(line) - len(line.lstrip()) + 4),
    ) or [""]  # fmt: skip


# element notation --------------------------------------------------------------------------------


def element_code(form: Any, language: str = "python") -> str:
    """The function of a formula of entries: inputs are arrays, x[0, 1] one of their entries.

    Takes   language: "python".
    Gives   a module's text; NumPy is all that it imports.
    Raises  ValueError for another language.
    """
    _check(language)
    names = Names()
    letters = {name: names.of(name) for name in form.letters}
    back: dict[Any, Any] = {}
    for name, shape in form.letters.items():
        for place in np.ndindex(*shape):
            own = letters[name]
            text = own + (f"[{', '.join(map(str, place))}]" if place else "")
            back[element_name(name, place)] = sp.Symbol(text, real=True)
    title = _title(form.wrt, form.shape, form.letters)
    body = []
    for let, meaning in form.lets.items():
        flat = "_".join(re.findall(r"\w+", let.name))  # t1[0, 1] is t1_0_1
        own = sp.Symbol(names.of(flat), real=True)
        body.append(wrapped(f"{own.name} = {_scalar(meaning, back)}"))
        back[let.name] = own
    texts = [_scalar(e, back) for e in form.expressions]
    body.append(_returned(texts, form.shape))
    main = _function(title, list(letters.values()), form.text(), body)
    return f"import numpy as np\n\n\n{main}\n"


def _scalar(expression: Any, back: Mapping[str, Any]) -> str:
    known = {s: back[s.name] for s in expression.free_symbols if s.name in back}
    return str(PRINTER.doprint(expression.xreplace(known)))


def _returned(texts: Sequence[str], shape: Sequence[int]) -> str:
    if not shape:
        return wrapped(f"return {texts[0]}")
    listed = ", ".join(texts)
    tail = f".reshape({', '.join(map(str, shape))})" if len(shape) > 1 else ""
    return wrapped(f"return np.array([{listed}]){tail}")
