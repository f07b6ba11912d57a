"""Pieces of NumPy source and the block of lines that they make; read by all of ``coding``.

A piece names its operands, so that what is used twice becomes one assignment.
"""

from __future__ import annotations

import keyword
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import sympy as sp
from sympy.printing.numpy import NumPyPrinter

from symgrad.algebras.elements import exact
from symgrad.algebras.tensors.ir import Size
from symgrad.errors import NoClosedForm
from symgrad.grammar.kind import broadcast_shape

#: How tightly a text binds, as Python has it.
COMPARE, SUM, TERM, MATMUL, PRODUCT, SIGN, POWER, ATOM = range(8)
#: Beyond this many characters a part gets a line of its own; no line is longer than the second.
LONG, WIDTH = 56, 100


class Code:
    """One NumPy expression: a template, its operands, how it binds, and its array's shape.

    ``needs`` says how tightly each operand must bind to stand bare. A piece with ``lines`` is
    made by statements about ``{name}``; ``value`` is the number, or the formula in sizes, that it
    shows. ``over`` is x where the piece is 1 / x; ``fill`` the number of an array that has one.
    """

    __slots__ = (
        "args", "fill", "hint", "kind", "level", "lines", "needs", "over", "shape", "text", "value",
    )  # fmt: skip

    def __init__(
        self,
        text: str,
        args: Sequence[Code] = (),
        shape: tuple[Size, ...] = (),
        *,
        level: int = ATOM,
        needs: Sequence[int] = (),
        lines: Sequence[str] = (),
        kind: str = "float",
        over: Code | None = None,
        fill: str | None = None,
        value: Any = None,
    ) -> None:
        self.text, self.args, self.shape = text, tuple(args), shape
        self.level, self.needs = level, tuple(needs) or (COMPARE,) * len(self.args)
        self.lines, self.kind, self.over, self.fill = tuple(lines), kind, over, fill
        self.hint: str | None = None
        self.value = value

    @property
    def ndim(self) -> int:
        """How many axes the array has."""
        return len(self.shape)

    @property
    def dtype(self) -> str:
        """Masks and the like are cast to it."""
        return self.kind

    @property
    def is_number(self) -> bool:
        """Whether the text is a bare number."""
        return not self.args and self.fill is not None


def number(value: Any) -> Code:
    """A number, or a formula in sizes."""
    text = number_text(value)
    level = ATOM
    if any(c in text for c in "+- ") or text.startswith("-"):
        level = SIGN if text[1:].replace(".", "").isalnum() else SUM
    elif "*" in text or "/" in text:
        level = PRODUCT
    return Code(text, level=level, fill=text, value=exact(value))


class _Printer(NumPyPrinter):  # type: ignore[misc]
    """SymPy's own NumPy source, under the name np."""

    def _module_format(self, fqn: str, register: bool = True) -> str:
        module, _, name = fqn.partition(".")
        if not name:
            return module  # a function that Python has itself
        if module != "numpy":
            raise NoClosedForm(f"{name} is in {module}, not in NumPy")
        return f"np.{name}"

    def _print_Max(self, expr: Any) -> str:
        return self._nested("np.maximum", expr.args)

    def _print_Min(self, expr: Any) -> str:
        return self._nested("np.minimum", expr.args)

    def _nested(self, name: str, args: Sequence[Any]) -> str:
        whole = str(self._print(args[-1]))
        for arg in reversed(args[:-1]):
            whole = f"{name}({self._print(arg)}, {whole})"
        return whole

    def _print_Piecewise(self, expr: Any) -> str:
        whole = "np.nan"
        for value, condition in reversed(expr.args):
            text = self._print(value)
            held = condition is sp.true
            whole = text if held else f"np.where({self._print(condition)}, {text}, {whole})"
        return whole

    def emptyPrinter(self, expr: Any) -> str:
        raise NoClosedForm(f"NumPy has no source for {type(expr).__name__}")

    _print_not_supported = emptyPrinter


PRINTER = _Printer()


def number_text(value: Any) -> str:
    """A number or a formula in sizes as Python has it."""
    if isinstance(value, (int, float)):
        value = exact(value)
    if value is sp.S.Infinity or value is sp.S.NegativeInfinity:
        return "np.inf" if value is sp.S.Infinity else "-np.inf"
    if value.is_Integer and abs(value) < 2**63:
        return str(value)
    if value.is_number and value.is_real and (value.is_Rational or value.is_Float):
        short = value.is_Rational and value.q < 10**6 and abs(value.p) < 10**9
        return str(value) if short else repr(float(value))
    text = str(PRINTER.doprint(value))
    fractional = "floor" in text or "ceil" in text
    return f"int({text})" if fractional else text


def call(
    name: str, args: Sequence[Code], shape: tuple[Size, ...], extra: str = "", kind: str = "float"
) -> Code:
    """A call of a function with operands and further arguments as text."""
    places = ", ".join([f"{{{k}}}" for k in range(len(args))] + ([extra] if extra else []))
    return Code(f"{name}({places})", args, shape, kind=kind)


def view(x: Code, suffix: str, shape: tuple[Size, ...]) -> Code:
    """An attribute or a subscript of a piece."""
    return Code("{0}" + suffix.replace("{", "{{").replace("}", "}}"), (x,), shape,
                needs=(ATOM,), kind=x.kind)  # fmt: skip


def infix(sign: str, a: Code, b: Code, level: int, kind: str = "float") -> Code:
    """Two pieces with an operator between them."""
    return Code(
        f"{{0}} {sign} {{1}}", (a, b), broadcast_shape(a.shape, b.shape),
        level=level, needs=(level, level + 1), kind=kind,
    )  # fmt: skip


def times(a: Code, b: Code) -> Code:
    """The product entry by entry; a reciprocal divides."""
    if b.over is not None and not b.fill:
        if a.is_number and a.text == "1":
            return b
        return infix("/", a, b.over, PRODUCT)
    if a.over is not None:
        return infix("/", b, a.over, PRODUCT)
    if a.is_number and a.text == "1":
        return b
    if b.is_number and b.text == "1":
        return a
    return infix("*", as_numbers(a), as_numbers(b), PRODUCT)


def as_numbers(x: Code) -> Code:
    """Truths as 1 and 0."""
    if x.kind != "bool":
        return x
    return Code("np.where({0}, 1.0, 0.0)", (x,), x.shape)


def scaled(coef: Any, x: Code) -> Code:
    """A piece times an exact number."""
    if coef == 1:
        return x
    above, below = coef.as_numer_denom()
    if coef.is_number and not (abs(above) < 10**6 and abs(below) < 10**6):
        return times(number(coef), x)
    if above == -1 and x.over is None:
        made = Code("-{0}", (as_numbers(x),), x.shape, level=SIGN, needs=(PRODUCT,))
    else:
        made = times(number(above), x)
    return made if below == 1 else infix("/", made, number(below), PRODUCT)


def total(terms: Sequence[tuple[Any, Code]]) -> Code:
    """The sum of pieces times exact numbers; what is added comes before what is taken away."""
    ranked = sorted(terms, key=lambda term: (_is_taken(term[0]), term[1].is_number))
    made: Code | None = None
    for coef, x in ranked:
        x = as_numbers(x)
        if made is None:
            made = scaled(coef, x)
        elif _is_taken(coef):
            made = infix("-", made, scaled(-coef, x), SUM)
        else:
            made = Code("{0} + {1}", (made, scaled(coef, x)), broadcast_shape(made.shape, x.shape),
                        level=SUM, needs=(SUM, SUM))  # fmt: skip
    assert made is not None
    return made


def turned(x: Code) -> Code | None:
    """b - a of a piece that is a - b; None for any other."""
    if x.text != "{0} - {1}" or x.hint is not None or x.args[0].is_number:
        return None
    return infix("-", x.args[1], x.args[0], SUM)


def _is_taken(coef: Any) -> bool:
    return bool(exact(coef).could_extract_minus_sign())


class Names:
    """Names of one function: each once, never a keyword's."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.taken = {"np", *taken}

    def of(self, wanted: str) -> str:
        """The wanted name, with an underscore or a number where it is taken."""
        name = f"{wanted}_" if keyword.iskeyword(wanted) else wanted
        k = 1
        while name in self.taken:
            k += 1
            name = f"{wanted}_{k}"
        self.taken.add(name)
        return name

    def fresh(self, stem: str = "t") -> str:
        """The next of t1, t2, ... that is free."""
        k = 1
        while f"{stem}{k}" in self.taken:
            k += 1
        return self.of(f"{stem}{k}")


class Block:
    """Straight lines that compute a piece; ``result`` is its text after them."""

    def __init__(self, root: Code, names: Names, stem: str = "t") -> None:
        self.names, self.stem = names, stem
        self.lines: list[str] = []
        self.texts: dict[Code, tuple[str, int]] = {}
        order, root = _shared(_ordered(root))
        self.uses = Counter(arg for code in order for arg in code.args)
        for code in order:
            self.texts[code] = self._written(code, code is root)
        self.result = self.texts[root][0]

    def _written(self, code: Code, last: bool) -> tuple[str, int]:
        shown = [self._operand(a, need) for a, need in zip(code.args, code.needs, strict=True)]
        if code.lines:
            name = self._name(code)
            self.lines += [wrapped(line.format(*shown, name=name)) for line in code.lines]
            return name, ATOM
        text = code.text.format(*shown)
        cheap = len(text) <= 12 and (not code.args or (code.level == ATOM and "(" not in text))
        cheap = cheap or (not code.args and "(" not in text)
        named = code.hint is not None and (bool(code.args) or code.level < ATOM)
        shared = self.uses[code] > 1 and not cheap
        if not last and (named or shared or (len(text) > LONG and code.args)):
            name = self._name(code)
            self.lines.append(wrapped(f"{name} = {text}"))
            return name, ATOM
        return text, code.level

    def _name(self, code: Code) -> str:
        return code.hint if code.hint else self.names.fresh(self.stem)

    def _operand(self, code: Code, need: int) -> str:
        text, level = self.texts[code]
        # A matrix product beside * reads wrongly without parentheses, even where Python agrees.
        mixed = need == MATMUL and level == PRODUCT
        return f"({text})" if level < need or mixed else text


def _ordered(root: Code) -> list[Code]:
    """All pieces below one and it, operands first, left before right."""
    found: dict[Code, None] = {}
    stack: list[tuple[Code, bool]] = [(root, False)]
    while stack:
        code, done = stack.pop()
        if code in found:
            continue
        if done:
            found[code] = None
        else:
            stack.append((code, True))
            stack.extend((arg, False) for arg in reversed(code.args))
    return list(found)


def _shared(order: list[Code]) -> tuple[list[Code], Code]:
    """The pieces with each text but once, and the one that stands for the last."""
    found: dict[Any, Code] = {}
    one: dict[Code, Code] = {}
    for code in order:
        code.args = tuple(one[arg] for arg in code.args)
        key = (code.text, tuple(map(id, code.args)), code.needs, code.lines)
        one[code] = found.setdefault(key, code)
        one[code].hint = one[code].hint or code.hint
    return list(found.values()), one[order[-1]]


def wrapped(line: str, indent: int = 4) -> str:
    """A statement over several lines where it is too long for one."""
    if len(line) + indent <= WIDTH:
        return line
    found = [(line.index(s), s) for s in (" = ", " += ", " -= ", "return ") if s in line]
    head, sign, body = line.partition(min(found)[1]) if found else ("", "", line)
    rows = _rows(body, WIDTH - indent - 4)
    return f"{head}{sign}(\n" + "\n".join(f"    {row}" for row in rows) + "\n)"


def _rows(body: str, width: int) -> list[str]:
    """A text in rows, broken at the spaces that stand inside the fewest brackets."""
    rows: list[str] = []
    while len(body) > width:
        depth, breaks = 0, []
        for k, c in enumerate(body[: width + 1]):
            depth += (c in "([{") - (c in ")]}")
            if c == " " and k > width // 3:
                breaks.append((depth, -k))
        cut = -min(breaks)[1] if breaks else body.find(" ", width)
        if cut < 0:
            break
        rows.append(body[:cut])
        body = body[cut + 1 :]
    return [*rows, body]
