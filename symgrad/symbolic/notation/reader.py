"""Reads a formula that the text writer wrote, or a person typed, to its tree; it runs none of it.

The parser climbs by how tightly operators bind. Checks and tests read printed formulas with it.
"""

from __future__ import annotations

import itertools
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

import sympy

from symgrad.errors import ParseError
from symgrad.symbolic.notation import grammar
from symgrad.symbolic.notation.grammar import (
    ENTRYWISE,
    NOT,
    OPEN,
    OR,
    POSTFIX,
    PRODUCT,
    QUOTIENT,
    RELATION,
    SUM,
)
from symgrad.symbolic.notation.operands import Operands
from symgrad.symbolic.notation.shapes import Form, Hole, Shapes, as_size, known, unify
from symgrad.symbolic.notation.sizes import size_tree
from symgrad.symbolic.notation.text import write
from symgrad.symbolic.notation.tokens import Token, refuse
from symgrad.symbolic.notation.tree import Call, Tree, parts

_ENTRYWISE = {"⊙": "hadamard", ".*": "hadamard", "⊗": "kron"}
_BINDS = {
    "or": OR, "and": grammar.AND, "+": SUM, "-": SUM, "/": QUOTIENT, "//": QUOTIENT,
    "%": QUOTIENT, "*": PRODUCT,
    **dict.fromkeys(grammar.RELATIONS, RELATION), **dict.fromkeys(_ENTRYWISE, ENTRYWISE),
}  # fmt: skip
_DIVIDES = {sign: word for word, sign in grammar.INFIX.items()}
_INDEXED = frozenset({"index", "sigma", "along"})
_MATRIX = frozenset(
    {
        "hadamard",
        "each_power",
        "transpose",
        "inverse",
        "diag",
        "trace",
        "det",
        "norm",
        "kron",
        "vec",
    }
    | {"ones", "identity", "unit", "slice", "blocks", "zeros"}
)
_OPENS = frozenset("([√∞")


def read(
    text: str,
    letters: Mapping[str, Sequence[Any]],
    *,
    shape: Sequence[Any] | None = None,
    sizes: Iterable[str] = (),
    indices: Iterable[str] = (),
    words: Container[str] | None = None,
    notation: str | None = None,
) -> Tree:
    """Read a formula in index or matrix notation, in Unicode or ASCII.

    Takes   text; letters: for each letter or let its sizes, ints or SymPy expressions in sizes;
            shape: that of the result; sizes: further names of sizes; indices: those that no sum
            binds; words: the functions that it may use, all where None; notation: "matrix" where
            v[0] is a place of a column also where nothing else tells (None lets the rest tell).
    Gives   the tree that ``text.write`` writes so.
    Raises  ParseError, one line with the column and the mend, for any other text.
    Limits  100,000 characters, 60 brackets in one another, numbers of 1000 digits.
    Source  precedence climbing: M. Richards, BCPL: the language and its compiler (1979)

    >>> from symgrad.symbolic.notation.reader import read
    >>> from symgrad.symbolic.notation.text import write
    >>> tree = read("2 X' (X w - y)", {"X": ("n", "d"), "w": ("d",), "y": ("n",)})
    >>> write(tree)
    '2 Xᵀ (X w - y)'
    """
    if not isinstance(text, str):
        raise TypeError(f"a formula is a text, not {type(text).__name__}")
    wanted = None if shape is None else tuple(map(as_size, shape))
    named = [s.name for n in wanted or () for s in sorted(n.free_symbols, key=str)]
    parser = _Parser(text, letters, [*sizes, *named], indices, words)
    tree = _picked(_constant(parser.whole(), wanted), letters, notation == "matrix")
    form = Shapes(letters).form(tree)
    if _holes(tree):
        return _filled(text, tree, letters, wanted)
    if form is None:
        _check_columns(text, tree, letters)
    return tree


def inferable(
    tree: Tree, letters: Mapping[str, Sequence[Any]], shape: Sequence[Any] | None = None
) -> bool:
    """Whether a formula can be read back without the sizes of its constants being written.

    Takes   tree, letters, shape: as ``read`` takes them.
    Gives   False where the text needs ``write(tree, sized=True)``.

    >>> from symgrad.symbolic.notation.reader import inferable
    >>> from symgrad.symbolic.notation.tree import Tree
    >>> identity = Tree("identity", value=Tree("size", value="n"))
    >>> inferable(identity, {}), inferable(identity, {}, ("n", "n"))
    (False, True)
    """
    sizes, indices = _names(tree)
    try:
        return read(write(tree), letters, shape=shape, sizes=sizes, indices=indices) == tree
    except ParseError:
        return False


def _names(tree: Tree) -> tuple[list[str], list[str]]:
    """The names of sizes and of indices in a tree, those in values too."""
    found: dict[str, dict[str, None]] = {"size": {}, "index": {}}
    stack: list[Any] = [tree]
    while stack:
        part = stack.pop()
        if isinstance(part, Tree) and part.head in found:
            found[part.head][part.value] = None
        elif isinstance(part, tuple):
            stack.extend(part)
    return list(found["size"]), list(found["index"])


def _constant(tree: Tree, shape: tuple[Any, ...] | None) -> Tree:
    """A lone 1 or 0 that must be an array, as its shape says."""
    if shape and grammar.is_one(tree) and len(shape) == 1:
        return Tree("ones", value=size_tree(shape[0]))
    if shape and tree.head == "number" and tree.value == 0 and len(shape) <= 2:
        return Tree("zeros", value=tuple(map(size_tree, shape)))
    return tree


def _picked(tree: Tree, letters: Mapping[str, Sequence[Any]], matrix: bool) -> Tree:
    """The tree with v[0] as a slice of one place, where its other parts are matrix notation."""
    picks, stack = False, [tree]
    while stack:
        part = stack.pop()
        if part.head in _INDEXED:
            return tree
        picks |= part.head == "entry"
        matrix |= part.head in _MATRIX or (part.head == "letter" and bool(letters[part.value]))
        stack.extend(part.args[1:] if part.head == "entry" else part.args)
    if not (matrix and picks):
        return tree
    made: dict[int, Tree] = {}
    for part in reversed(list(parts(tree))):
        args = tuple(made[id(a)] for a in part.args)
        if part.head == "entry":
            made[id(part)] = Tree("slice", args[:1], args[1:])
        else:
            made[id(part)] = Tree(part.head, args, part.value)
    return made[id(tree)]


def _holes(tree: Tree) -> list[Hole]:
    """The sizes that are to be found."""
    found = []
    for part in parts(tree):
        values = part.value if type(part.value) is tuple else (part.value,)
        found += [v for v in values if isinstance(v, Hole)]
    return found


def _filled(
    text: str, tree: Tree, letters: Mapping[str, Sequence[Any]], shape: tuple[Any, ...] | None
) -> Tree:
    """The tree with the sizes that no text bears."""
    shapes = Shapes(letters)
    form = shapes.form(tree)
    if form is None:
        _check_columns(text, tree, letters)
    if form is not None and shape is not None and len(shape) == len(form.axes):
        for a, b in zip(form.axes, shape, strict=True):
            unify(a, b)
        shapes.solve()
    for hole in _holes(tree):
        if isinstance(known(hole), Hole):
            refuse(text, hole.column, "no size follows for this; write it: 1_n, I_n, e_n[0], 0_n")
    made: dict[int, Tree] = {}
    for part in reversed(list(parts(tree))):
        value = part.value
        if isinstance(value, Hole):
            value = size_tree(known(value))
        elif type(value) is tuple:
            value = tuple(size_tree(known(v)) if isinstance(v, Hole) else v for v in value)
        made[id(part)] = Tree(part.head, tuple(made[id(a)] for a in part.args), value)
    return made[id(tree)]


def _check_columns(text: str, tree: Tree, letters: Mapping[str, Sequence[Any]]) -> None:
    """Refuse two columns side by side: the commonest slip, and one with two mends."""
    for part in parts(tree):
        if part.head == "product":
            forms = [Shapes(letters).form(factor) for factor in part.args]
            arrays = [form for form in forms if form != Form(())]
            for left, right in itertools.pairwise(arrays):
                if left and right and len(left.axes) == len(right.axes) == 1:
                    refuse(text, 1, "two columns stand side by side; write ⊙ or a transpose")


class _Parser(Operands):
    """The operators: each loop goes on while what follows binds tightly enough."""

    def whole(self) -> Tree:
        found = self.parse(OR)
        if self.token.kind != "end":
            self.refuse(f"'{self.token.text}' follows nothing that it fits; add an operator")
        return found

    def parse(self, level: int) -> Tree:
        first = self.token
        if self.sees("-"):
            left = self.negative(level)
        elif self.sees("not") and level <= NOT:
            self.next()
            left = Tree("logic", (self.enter("", NOT),), "not")
        elif (total := self.sigma()) is not None:
            if level > PRODUCT:
                self.refuse("a sum takes all that follows it; write (Σ_j ...)", first)
            left = total
        else:
            left = self.suffixed()
        before = ""
        while (binds := self.binding()) is not None and binds >= level:
            sign = self.token.text if binds != PRODUCT or self.sees("*") else ""
            if before in ("/", "//", "%") and binds == PRODUCT and not sign:
                self.refuse("does this factor stand above or below the line? write brackets")
            left = self.joined(sign, binds, left)
            before = sign
        return left

    def negative(self, level: int) -> Tree:
        if level > SUM:
            self.refuse("a sign behind an operator; write brackets round it")
        self.next()
        return Tree("negative", (self.parse(OPEN),))

    def binding(self) -> int | None:
        """How tightly the next operator binds; a factor right beside binds as a product."""
        token = self.token
        if token.kind in ("sign", "name") and token.text in _BINDS:
            return _BINDS[token.text]
        return PRODUCT if self.starts() else None

    def starts(self) -> bool:
        """Whether a factor begins here; a bar without a blank before it closes the open one."""
        token = self.token
        if token.kind in ("number", "name"):
            return token.text not in ("and", "or", "not")
        if token.text in ("|", "‖"):
            return token.spaced or self.open != token.text
        return token.kind == "sign" and token.text in _OPENS

    def joined(self, sign: str, binds: int, left: Tree) -> Tree:
        """What an operator makes of the part before it and those after it."""
        if sign in ("or", "and"):
            return Tree("logic", self.several(left, sign, binds + 1), sign)
        if binds == RELATION:
            self.next()
            right = self.parse(SUM)
            if self.binding() == RELATION:
                self.refuse("relations do not chain; join two with and")
            return Tree("relation", (left, right), grammar.RELATIONS[sign])
        if binds == SUM:
            return self.summed(left)
        if binds == ENTRYWISE:
            return self.entrywise(sign, left)
        return self.divided(left) if binds == QUOTIENT else self.multiplied(left)

    def several(self, left: Tree, sign: str, level: int) -> tuple[Tree, ...]:
        found = [left]
        while self.sees(sign):
            self.next()
            found.append(self.parse(level))
        return tuple(found)

    def summed(self, left: Tree) -> Tree:
        terms = [left]
        while self.sees("+", "-"):
            minus = self.next().text == "-"
            term = self.parse(OPEN)
            terms.append(Tree("negative", (term,)) if minus else term)
        return Tree("sum", tuple(terms))

    def entrywise(self, sign: str, left: Tree) -> Tree:
        head, token = _ENTRYWISE[sign], self.token
        found = [self.array(part, token) for part in self.several(left, sign, QUOTIENT)]
        if self.binding() == ENTRYWISE or (head == "kron" and len(found) > 2):
            self.refuse("which of these goes first? write brackets")
        return Tree(head, tuple(found))

    def divided(self, above: Tree) -> Tree:
        token = self.next()
        below = self.parse(POSTFIX)
        if token.text != "/":
            return Tree("call", (above, below), Call(_DIVIDES[token.text]))
        if below.head == "number" and below.value == 0:
            self.refuse("this divides by zero; change a number", token)
        if all(part.head == "number" and part.value.is_Rational for part in (above, below)):
            return Tree("number", value=above.value / below.value)
        return Tree("quotient", (above, below))

    def multiplied(self, left: Tree) -> Tree:
        first = self.token
        factors = [left]
        while self.sees("*") or self.starts():
            if self.sees("*"):
                self.next()
            total = self.sigma()
            factors.append(self.suffixed() if total is None else total)
            if total is not None:
                break
        return Tree("product", tuple(self.array(factor, first) for factor in factors))

    # what stands after an operand

    def suffixed(self) -> Tree:
        """An operand with its powers, transposes and places."""
        if self.sees("√"):
            self.next()
            return self.root()
        token, found = self.token, self.operand()
        while True:
            if self.token.kind == "raised":
                found = self.raised(found, token)
            elif self.touches("["):
                found = self.places(found)
            elif self.sees("^"):
                self.next()
                found = self.powered(found)
            elif self.sees("^∘", ".^"):
                self.next()
                found = Tree("each_power", (found, self.exponent()))
            else:
                return found

    def raised(self, base: Tree, token: Token) -> Tree:
        sign = self.next().text
        if sign in ("ᵀ", "'"):
            return Tree("transpose", (self.array(base, token),))
        if sign in ("⁻ᵀ", "^-T"):
            return Tree("transpose", (Tree("inverse", (base,)),))
        if sign in ("⁻¹", "^-1"):
            form = Shapes(self.letters).form(base)
            if form is None or len(form.axes) == 2:
                return Tree("inverse", (base,))
            sign = "⁻¹"
        exponent = int(sign.translate(grammar.LOWERED))
        number = Tree("number", value=sympy.Integer(abs(exponent)))
        return Tree("power", (base, Tree("negative", (number,)) if exponent < 0 else number))

    def powered(self, base: Tree) -> Tree:
        if self.sees("T") and self.looked_up("T") is None:
            self.next()
            return Tree("transpose", (base,))
        return Tree("power", (base, self.exponent()))

    def exponent(self) -> Tree:
        if self.sees("-"):
            self.next()
            return Tree("negative", (self.operand(),))
        return self.operand()
