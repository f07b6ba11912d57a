"""Formula trees as MathML Core, which browsers show by themselves; imported by closed forms."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape

import sympy as sp

from symgrad.symbolic.notation.layout import Layout, name_parts
from symgrad.symbolic.notation.tree import Tree
from symgrad.tracing.naming import ALL_SIGNS

_LEAF = re.compile(r"<(m[ino]|mtext)(?: [^<>]*)?>[^<]*</\1>\Z")
_GLYPHS = {
    "ones": "<mn>\U0001d7cf</mn>", "zeros": "<mn>\U0001d7ce</mn>", "identity": "<mi>I</mi>",
    "unit": "<mi>e</mi>",
}  # fmt: skip
_INVISIBLE_TIMES = "<mo>&#x2062;</mo>"


def mathml(tree: Tree) -> str:
    """A formula as a ``<math>`` element.

    Takes   tree: in index or matrix notation.
    Gives   well-formed presentation MathML Core in display style.
    Source  https://www.w3.org/TR/mathml-core/

    >>> from symgrad.symbolic.notation.mathml import mathml
    >>> from symgrad.symbolic.notation.tree import Tree
    >>> print(mathml(Tree("letter", value="lambda")))
    <math xmlns="http://www.w3.org/1998/Math/MathML" display="block"><mrow><mi>λ</mi></mrow></math>
    """
    return element(_MathML().of(tree).text)


def condition_mathml(condition: Tree | sp.Basic) -> str:
    """A ``<math>`` element that says when a formula holds, without the brackets of a relation.

    Takes   condition: a relation, or several joined, as a tree or in SymPy's form.

    >>> from symgrad.symbolic.notation.mathml import condition_mathml
    >>> from symgrad.symbolic.notation.tree import Tree
    >>> less = Tree("relation", (Tree("index", value="i"), Tree("size", value="n")), "<")
    >>> "<mtext>when&#xa0;</mtext><mi>i</mi><mo>&lt;</mo><mi>n</mi>" in condition_mathml(less)
    True
    """
    tree = isinstance(condition, Tree)
    shown = _MathML().statement(condition).text if tree else expression_mathml(condition)
    return element(f"<mtext>when&#xa0;</mtext>{shown}")


def expression_mathml(expression: sp.Basic) -> str:
    """A SymPy expression as marks, entries' indices below their letters."""
    back = {s: _lowered(s.name) for s in expression.free_symbols if "[" in s.name}
    made = str(sp.mathml(expression.xreplace(back), printer="presentation"))
    # SymPy leaves the sign as it is, and names what XML knows by number only.
    return made.replace("<mo><", "<mo>&lt;").replace("&InvisibleTimes;", "&#x2062;")


def _lowered(name: str) -> sp.Symbol:
    stem, _, places = name.partition("[")
    return sp.Symbol(f"{stem}_{places.rstrip(']').replace(' ', '')}", real=True)


def element(inner: str) -> str:
    """Marks as one ``<math>`` element, in display style."""
    space = "http://www.w3.org/1998/Math/MathML"
    return f'<math xmlns="{space}" display="block"><mrow>{inner}</mrow></math>'


def _one(text: str) -> str:
    """Marks as a single element: what stands in a fraction or beside a script must be one."""
    return text if _LEAF.match(text) else f"<mrow>{text}</mrow>"


class _MathML(Layout):
    def name(self, name: str) -> str:
        stem, below = name_parts(name)
        shown = f"<mi>{escape(ALL_SIGNS.get(stem, stem))}</mi>"
        if not below:
            return shown
        inner = "<mo>;</mo>".join(
            "<mo>,</mo>".join(f"<mn>{escape(n)}</mn>" for n in part.split(",")) for part in below
        )
        return self.below(shown, inner)

    def number(self, digits: str) -> str:
        tag = "mi" if digits in ("π", "e", "∞") else "mn"
        return f"<{tag}>{escape(digits)}</{tag}>"

    def mark(self, character: str) -> str:
        if character == "-":
            return '<mo form="prefix">−</mo>'
        return f"<mo>{escape(character)}</mo>"

    def function(self, name: str) -> str:
        return f"<mi>{escape(name)}</mi>"

    def glyph(self, name: str) -> str:
        return _GLYPHS[name]

    def spread(self, *parts: str) -> str:
        return "".join(parts)

    def times(self, left: str, right: str) -> str:
        return left + _INVISIBLE_TIMES + right

    def applying(self, name: str, operands: str) -> str:
        return f"{name}<mo>&#x2061;</mo>{operands}"

    def listed(self, parts: Iterable[str], tight: bool) -> str:
        return "<mo>,</mo>".join(parts)

    def fence(self, left: str, inner: str, right: str, tall: bool) -> str:
        stretchy = "true" if tall else "false"
        before = f'<mo form="prefix" stretchy="{stretchy}">{left}</mo>'
        after = f'<mo form="postfix" stretchy="{stretchy}">{right}</mo>'
        return f"<mrow>{before}{inner}{after}</mrow>"

    def fraction(self, over: str, under: str) -> str:
        return f"<mfrac>{_one(over)}{_one(under)}</mfrac>"

    def root(self, inner: str) -> str:
        return f"<msqrt>{inner}</msqrt>"

    def above(self, base: str, exponent: str) -> str:
        return f"<msup>{_one(base)}{_one(exponent)}</msup>"

    def below(self, base: str, index: str) -> str:
        return f"<msub>{_one(base)}{_one(index)}</msub>"

    def summed(self, index: str, last: str, body: str) -> str:
        first = f"<mrow>{index}<mo>=</mo><mn>0</mn></mrow>"
        sign = f"<munderover><mo>&#x2211;</mo>{first}{_one(last)}</munderover>"
        return f"<mrow>{sign}{body}</mrow>"

    def grid(self, rows: Sequence[Sequence[str]]) -> str:
        return f"<mrow><mo>[</mo>{_table(rows)}<mo>]</mo></mrow>"

    def cases(self, condition: str, then: str, otherwise: str) -> str:
        holds = f"<mtext>if&#xa0;</mtext>{condition}"
        rows = [(then, holds), (otherwise, "<mtext>otherwise</mtext>")]
        return f'<mrow><mo form="prefix">{{</mo>{_table(rows)}</mrow>'


def _table(rows: Iterable[Sequence[str]]) -> str:
    cells = ("".join(f"<mtd>{cell}</mtd>" for cell in row) for row in rows)
    return "<mtable>" + "".join(f"<mtr>{row}</mtr>" for row in cells) + "</mtable>"
