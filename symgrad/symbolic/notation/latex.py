r"""Formula trees as LaTeX, for math mode; imported by closed forms and derivations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from symgrad.symbolic.latex import letter_latex
from symgrad.symbolic.notation.layout import Layout
from symgrad.symbolic.notation.tree import Tree

_MARKS = {
    "−": "-", "·": r"\cdot", "⊙": r"\odot", "⊗": r"\otimes", "∘": r"\circ", "⊤": r"\top",
    "≠": r"\ne", "≤": r"\le", "≥": r"\ge", "∧": r"\wedge", "∨": r"\vee", "¬": r"\neg ",
}  # fmt: skip
_NUMBERS = {"π": r"\pi", "∞": r"\infty", "e": "e"}
_FENCES = {
    "|": (r"\lvert", r"\rvert"), "‖": (r"\lVert", r"\rVert"), "⌊": (r"\lfloor", r"\rfloor"),
    "⌈": (r"\lceil", r"\rceil"),
}  # fmt: skip
_OWN = frozenset({
    "exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "max",
    "min", "det",
})  # fmt: skip
_OTHER = {"mod": r"\bmod", "σ": r"\sigma", "Γ": r"\Gamma", "ψ": r"\psi"}
_GLYPHS = {"ones": r"\mathbf{1}", "zeros": r"\mathbf{0}", "identity": "I", "unit": "e"}


def latex(tree: Tree) -> str:
    r"""A formula as LaTeX, without the signs that enter math mode.

    Takes   tree: in index or matrix notation.
    Gives   text that LaTeX with amsmath, KaTeX and MathJax read.
    Limits  a relation that is calculated with is written in Iverson's brackets.

    >>> from symgrad.symbolic.notation.latex import latex
    >>> from symgrad.symbolic.notation.tree import Tree
    >>> i, x = Tree("index", value="i"), Tree("letter", value="x")
    >>> print(latex(Tree("quotient", (Tree("entry", (x, i)), Tree("size", value="n")))))
    \frac{x_{i}}{n}
    """
    return _Latex().of(tree).text


def condition_latex(tree: Tree) -> str:
    r"""A relation, or several joined, without the brackets that make it 1 or 0.

    >>> from symgrad.symbolic.notation.latex import condition_latex
    >>> from symgrad.symbolic.notation.tree import Tree
    >>> less = Tree("relation", (Tree("index", value="i"), Tree("size", value="n")), "<")
    >>> condition_latex(less)
    'i < n'
    """
    return _Latex().statement(tree).text


class _Latex(Layout):
    def name(self, name: str) -> str:
        return letter_latex(name)

    def number(self, digits: str) -> str:
        return _NUMBERS.get(digits, digits)

    def mark(self, character: str) -> str:
        return _MARKS.get(character, character)

    def function(self, name: str) -> str:
        if name in _OWN:
            return rf"\{name}"
        escaped = name.replace("_", r"\_")
        return _OTHER.get(name) or rf"\operatorname{{{escaped}}}"

    def glyph(self, name: str) -> str:
        return _GLYPHS[name]

    def spread(self, *parts: str) -> str:
        return " ".join(parts)

    def times(self, left: str, right: str) -> str:
        return f"{left} {right}"

    def applying(self, name: str, operands: str) -> str:
        return name + operands

    def listed(self, parts: Iterable[str], tight: bool) -> str:
        return ("," if tight else ", ").join(parts)

    def fence(self, left: str, inner: str, right: str, tall: bool) -> str:
        if left in _FENCES:
            left, right = _FENCES[left]
            inner = f" {inner} "
        elif left == "[":
            inner = rf"\,{inner}\,"
        if tall:
            return rf"\left{left} {inner.strip()} \right{right}"
        return f"{left}{inner}{right}"

    def fraction(self, over: str, under: str) -> str:
        return rf"\frac{{{over}}}{{{under}}}"

    def root(self, inner: str) -> str:
        return rf"\sqrt{{{inner}}}"

    def above(self, base: str, exponent: str) -> str:
        return f"{base}^{{{exponent}}}"

    def below(self, base: str, index: str) -> str:
        return f"{base}_{{{index}}}"

    def summed(self, index: str, last: str, body: str) -> str:
        return rf"\sum_{{{index}=0}}^{{{last}}} {body}"

    def grid(self, rows: Sequence[Sequence[str]]) -> str:
        inner = r" \\ ".join(" & ".join(row) for row in rows)
        return rf"\begin{{bmatrix}} {inner} \end{{bmatrix}}"

    def cases(self, condition: str, then: str, otherwise: str) -> str:
        rows = rf"{then} & \text{{if }} {condition} \\ {otherwise} & \text{{otherwise}}"
        return rf"\begin{{cases}} {rows} \end{{cases}}"
