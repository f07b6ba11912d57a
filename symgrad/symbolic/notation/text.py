"""Writes a formula's tree as one line of text, in Unicode or ASCII; all that print formulas use it.

Both notations share one grammar, which the reader reads back to the same tree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import sympy

from symgrad.errors import NoClosedForm
from symgrad.symbolic.notation import grammar
from symgrad.symbolic.notation.grammar import ATOM, OPEN, OR, POSTFIX, PRODUCT, QUOTIENT, SUM
from symgrad.symbolic.notation.tree import Bound, Slice, Tree

#: Parts that take a bracket with an index right after them.
_BARE_ARRAYS = frozenset({"letter", "call", "diag", "vec"})
_PLAIN = frozenset({"letter", "size", "index"})


def write(tree: Tree, alphabet: str = grammar.UNICODE, *, sized: bool = False) -> str:
    """Write a formula as one line of text.

    Takes   tree; alphabet: "unicode" or "ascii"; sized: whether each column of ones, identity,
            unit column and block of zeros bears its size, for a reader who cannot infer it.
    Gives   a text that ``reader.read`` reads back to the same tree.
    Raises  NoClosedForm for a tree over 120 parts deep; ValueError for an unknown head.
    Limits  a letter that is called I, e or pi hides the constant of that name from a reader.

    >>> from symgrad.symbolic.notation.text import write
    >>> from symgrad.symbolic.notation.tree import Tree
    >>> X, w = Tree("letter", value="X"), Tree("letter", value="w")
    >>> write(Tree("product", (Tree("transpose", (X,)), w)))
    'Xᵀ w'
    >>> write(Tree("product", (Tree("transpose", (X,)), w)), "ascii")
    "X' w"
    """
    return _Writer(alphabet, sized).at(tree, SUM, bare="01")


def write_condition(tree: Tree, alphabet: str = grammar.UNICODE, *, sized: bool = False) -> str:
    """Write a relation, or several joined, without the brackets that make it 1 or 0.

    >>> from symgrad.symbolic.notation.text import write, write_condition
    >>> from symgrad.symbolic.notation.tree import Tree
    >>> less = Tree("relation", (Tree("index", value="i"), Tree("size", value="n")), "<")
    >>> write(less), write_condition(less)
    ('[i < n]', 'i < n')
    """
    return _Writer(alphabet, sized).at(tree, OR)


class _Writer:
    """Each method gives a text and how tightly it binds; ``at`` puts the brackets."""

    def __init__(self, alphabet: str, sized: bool) -> None:
        if alphabet not in (grammar.UNICODE, grammar.ASCII):
            raise ValueError(f"the alphabet is 'unicode' or 'ascii', not {alphabet!r}")
        self.ascii, self.sized = alphabet == grammar.ASCII, sized
        self.depth = 0

    def sign(self, name: str) -> str:
        return grammar.SIGNS[name][self.ascii]

    def name(self, name: str) -> str:
        return grammar.spelled(name) if self.ascii else grammar.greek(name)

    def at(
        self, tree: Tree, level: int, *, tight: bool = False, bare: str = "", logic: bool = False
    ) -> str:
        """A part as it stands where ``level`` binds.

        ``tight`` is the style within index brackets; ``bare`` names the constants, 1 or 0, that
        an array is expected to be here, so that no size need tell them from numbers.
        """
        text, own = self.part(tree, tight, bare)
        if own >= level:
            return text
        condition = tree.head in ("relation", "logic") and not logic
        return f"[{text}]" if condition else f"({text})"

    def part(self, tree: Tree, tight: bool, bare: str) -> tuple[str, int]:
        """A part without brackets, and how tightly it binds."""
        if self.depth >= grammar.LEVELS:
            raise NoClosedForm("the formula is too deep for one line; give its parts names")
        self.depth += 1
        found = self.written(tree, tight, bare)
        self.depth -= 1
        return found

    def written(self, tree: Tree, tight: bool, bare: str) -> tuple[str, int]:
        head = tree.head
        if head in _TIGHT:
            return _TIGHT[head](self, tree, tight)
        if head in ("ones", "zeros"):
            return self.constant(tree, bare), ATOM
        if head in grammar.FUNCTION_HEADS:
            inner = self.at(tree.args[0], OR, bare="1")
            return f"{grammar.FUNCTION_HEADS[head]}({inner})", ATOM
        if head not in _LOOSE:
            raise ValueError(f"a formula has no part {head!r}")
        return _LOOSE[head](self, tree)

    # scalars and what both notations share

    def number(self, tree: Tree) -> tuple[str, int]:
        value = tree.value
        if value == sympy.pi:
            return self.sign("pi"), ATOM
        if value == sympy.E:
            return "exp(1)", ATOM
        if value == sympy.oo:
            return self.sign("oo"), ATOM
        return str(value), ATOM if value.is_Integer and value >= 0 else QUOTIENT

    def letter(self, tree: Tree) -> tuple[str, int]:
        return self.name(tree.value), ATOM

    def plain(self, tree: Tree) -> tuple[str, int]:
        return str(tree.value), ATOM

    def sum(self, tree: Tree, tight: bool) -> tuple[str, int]:
        plus, minus = ("+", "-") if tight else (" + ", " - ")
        text = self.at(tree.args[0], SUM if tree.args[0].head == "negative" else OPEN, tight=tight)
        for term in tree.args[1:]:
            taken = term.head == "negative"
            inner = term.args[0] if taken else term
            text += (minus if taken else plus) + self.at(inner, OPEN, tight=tight)
        return text, SUM

    def negative(self, tree: Tree, tight: bool) -> tuple[str, int]:
        return "-" + self.at(tree.args[0], OPEN, tight=tight), SUM

    def product(self, tree: Tree, tight: bool) -> tuple[str, int]:
        if tight:
            return "*".join(self.at(f, POSTFIX, tight=True) for f in tree.args), PRODUCT
        opened = tree.args[-1].head == "sigma"
        closed = tree.args[:-1] if opened else tree.args
        texts = [self.at(f, POSTFIX, bare="1") for f in closed]
        texts += [self.at(tree.args[-1], OPEN)] if opened else []
        return " ".join(texts), OPEN if opened else PRODUCT

    def quotient(self, tree: Tree, tight: bool) -> tuple[str, int]:
        above, below = tree.args
        upper, own = self.part(above, tight, "")
        slash = " / " if own == PRODUCT and not tight else "/"
        if own < PRODUCT:
            upper = f"[{upper}]" if above.head in ("relation", "logic") else f"({upper})"
        return upper + slash + self.at(below, POSTFIX, tight=tight), QUOTIENT

    def power(self, tree: Tree, tight: bool) -> tuple[str, int]:
        base, exponent = self.at(tree.args[0], ATOM, tight=tight), tree.args[1]
        bare = exponent.args[0] if exponent.head == "negative" else exponent
        if bare.head == "number" and bare.value.is_Integer and not self.ascii:
            minus = "-" if exponent.head == "negative" else ""
            return base + f"{minus}{bare.value}".translate(grammar.RAISED), POSTFIX
        return f"{base}^{self.exponent(exponent)}", POSTFIX

    def exponent(self, tree: Tree) -> str:
        simple = tree.head in _PLAIN or (tree.head == "number" and tree.value.is_Integer)
        text = self.at(tree, OR)
        # A letter such as x[1] would be read as an entry of the whole power.
        return text if simple and not text.endswith("]") else f"({text})"

    def call(self, tree: Tree, tight: bool) -> tuple[str, int]:
        word, params = tree.value
        if word in grammar.INFIX and len(tree.args) == 2 and not params:
            left, right = (self.at(part, POSTFIX, tight=tight) for part in tree.args)
            space = "" if tight else " "
            return f"{left}{space}{grammar.INFIX[word]}{space}{right}", QUOTIENT
        if len(tree.args) == 1 and not params and not self.ascii:
            inner = self.at(tree.args[0], OR)
            if word == "abs":
                return f"|{inner}|", ATOM
            if word == "sqrt":
                return f"√{inner}" if self.rooted(tree.args[0]) else f"√({inner})", POSTFIX
        args = ", ".join(self.at(part, OR) for part in tree.args)
        return f"{self.name(grammar.name_of(word))}({args}{self.params(params)})", ATOM

    def rooted(self, tree: Tree) -> bool:
        """Whether a root needs no brackets round what it is taken of."""
        if tree.head == "entry":
            return tree.args[0].head == "letter"
        return tree.head in _PLAIN or (tree.head == "number" and tree.value.is_Integer)

    def params(self, params: tuple[tuple[str, Any], ...]) -> str:
        if not params:
            return ""
        return "; " + ", ".join(f"{name}={self.value(value)}" for name, value in params)

    def value(self, value: Any) -> str:
        if isinstance(value, Tree):
            return self.at(value, SUM)
        if isinstance(value, tuple):
            inner = ", ".join(self.value(v) for v in value)
            return f"({inner},)" if len(value) == 1 else f"({inner})"
        return repr(value) if isinstance(value, str | float) else str(value)

    def relation(self, tree: Tree) -> tuple[str, int]:
        left, right = (self.at(part, SUM) for part in tree.args)
        return f"{left} {self.sign(tree.value)} {right}", grammar.RELATION

    def logic(self, tree: Tree) -> tuple[str, int]:
        if tree.value == "not":
            return f"not {self.at(tree.args[0], grammar.NOT, logic=True)}", grammar.NOT
        level = grammar.AND if tree.value == "and" else grammar.OR
        texts = [self.at(part, level + 1, logic=True) for part in tree.args]
        return f" {tree.value} ".join(texts), level

    # index notation

    def entry(self, tree: Tree) -> tuple[str, int]:
        array, *places = tree.args
        inner = ",".join(self.at(p, SUM, tight=True) for p in places)
        return f"{self.array(array)}[{inner}]", ATOM

    def array(self, tree: Tree) -> str:
        text = self.at(tree, ATOM)
        bare = tree.head in _BARE_ARRAYS and not text.endswith(("|", "]"))
        return text if bare or text.startswith("(") else f"({text})"

    def sigma(self, tree: Tree) -> tuple[str, int]:
        body = tree.args[0]
        text, own = self.part(body, False, "")
        if body.head not in ("product", "sigma") and own < POSTFIX:
            text = f"[{text}]" if body.head in ("relation", "logic") else f"({text})"
        return f"{self.sign('sigma')}_{self.bounds(tree.value)} {text}", OPEN

    def bounds(self, bounds: tuple[Bound, ...]) -> str:
        texts = [
            f"{b.index}<{self.at(b.size, SUM, tight=True)}" if b.shown else b.index for b in bounds
        ]
        plain = len(texts) == 1 and not bounds[0].shown and "_" not in texts[0]
        return texts[0] if plain else "{" + ",".join(texts) + "}"

    def along(self, tree: Tree) -> tuple[str, int]:
        word, params, bounds, places = tree.value
        name = f"{self.name(grammar.name_of(word))}_{self.bounds(bounds)}"
        text = f"{name}({self.at(tree.args[0], OR)}{self.params(params)})"
        own = tuple(Tree("index", value=b.index) for b in bounds)
        if places and not (places == own and grammar.keeps_axis(word)):
            text += "[" + ",".join(self.at(p, SUM, tight=True) for p in places) + "]"
        return text, ATOM

    # matrix notation

    def hadamard(self, tree: Tree) -> tuple[str, int]:
        texts = [self.at(part, POSTFIX, bare="1") for part in tree.args]
        return f" {self.sign('hadamard')} ".join(texts), grammar.ENTRYWISE

    def kron(self, tree: Tree) -> tuple[str, int]:
        if self.ascii:
            return f"kron({', '.join(self.at(part, OR, bare='1') for part in tree.args)})", ATOM
        texts = [self.at(part, POSTFIX, bare="1") for part in tree.args]
        return " ⊗ ".join(texts), grammar.ENTRYWISE

    def each_power(self, tree: Tree) -> tuple[str, int]:
        base = self.at(tree.args[0], ATOM)
        return base + self.sign("each_power") + self.exponent(tree.args[1]), POSTFIX

    def transpose(self, tree: Tree) -> tuple[str, int]:
        part = tree.args[0]
        if part.head == "inverse":
            return self.at(part.args[0], ATOM) + self.sign("inverse transpose"), POSTFIX
        return self.at(part, ATOM, bare="1") + self.sign("transpose"), POSTFIX

    def inverse(self, tree: Tree) -> tuple[str, int]:
        return self.at(tree.args[0], ATOM) + self.sign("inverse"), POSTFIX

    def norm(self, tree: Tree) -> tuple[str, int]:
        inner = self.at(tree.args[0], OR, bare="1")
        if self.ascii:
            return f"norm{tree.value or ''}({inner})", ATOM
        return f"‖{inner}‖" + (f"_{tree.value}" if tree.value else ""), ATOM

    def constant(self, tree: Tree, bare: str) -> str:
        sign, sizes = ("1", (tree.value,)) if tree.head == "ones" else ("0", tree.value)
        return sign if sign in bare and not self.sized else sign + self.subscript(sizes)

    def subscript(self, sizes: Iterable[Tree]) -> str:
        texts = [self.at(size, SUM, tight=True) for size in sizes]
        simple = len(texts) == 1 and re.fullmatch(r"[A-Za-z][A-Za-z0-9]*", texts[0])
        return f"_{texts[0]}" if simple else "_{" + ",".join(texts) + "}"

    def identity(self, tree: Tree) -> tuple[str, int]:
        return "I" + (self.subscript((tree.value,)) if self.sized else ""), ATOM

    def unit(self, tree: Tree) -> tuple[str, int]:
        place, size = tree.value
        sub = self.subscript((size,)) if self.sized else ""
        return f"e{sub}[{self.at(place, SUM, tight=True)}]", ATOM

    def slice(self, tree: Tree) -> tuple[str, int]:
        inner = ",".join(self.cut(cut) for cut in tree.value)
        return f"{self.array(tree.args[0])}[{inner}]", ATOM

    def cut(self, cut: Slice | Tree) -> str:
        if isinstance(cut, Tree):
            return self.at(cut, SUM, tight=True)
        start, stop, step = ("" if p is None else self.at(p, SUM, tight=True) for p in cut)
        return f"{start}:{stop}" + (f":{step}" if step else "")

    def blocks(self, tree: Tree) -> tuple[str, int]:
        rows, columns = tree.value
        texts = [self.at(part, SUM, bare="01") for part in tree.args]
        lines = [", ".join(texts[r * columns : (r + 1) * columns]) for r in range(rows)]
        return f"[{'; '.join(lines)}]", ATOM


_TIGHT: dict[str, Callable[[_Writer, Tree, bool], tuple[str, int]]] = {
    head: getattr(_Writer, head)
    for head in ("sum", "negative", "product", "quotient", "power", "call")
}
_LOOSE: dict[str, Callable[[_Writer, Tree], tuple[str, int]]] = {
    "index": _Writer.plain,
    "size": _Writer.letter,
    **{
        head: getattr(_Writer, head)
        for head in (
            *("number", "letter", "relation", "logic", "entry", "sigma", "along", "hadamard"),
            *("kron", "each_power", "transpose", "inverse", "norm", "identity", "unit"),
            *("slice", "blocks"),
        )
    },
}
