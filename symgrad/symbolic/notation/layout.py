"""How a formula stands on the page: what is bracketed, and where; LaTeX and MathML share this walk.

A writer subclasses ``Layout`` and says how each mark looks; no writer decides a bracket. Operators
are named by their own characters. Juxtaposition binds tighter than ⊙ and ⊗, those tighter than +;
a sum with bounds runs on to the end of its term.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import sympy as sp

from symgrad.grammar.primitive import REGISTRY
from symgrad.symbolic.notation.marks import Marks
from symgrad.symbolic.notation.sizes import size_tree
from symgrad.symbolic.notation.tree import Along, Bound, Slice, Tree

#: How tightly a part holds together; a part is bracketed where its place asks for more.
SUM, ENTRYWISE, PRODUCT, RAISED, ATOM = range(5)

#: Functions whose name on paper is neither their word nor what their rule calls it.
_NAMES = {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "asinh": "arsinh", "acosh": "arcosh",
    "atanh": "artanh", "maximum": "max", "minimum": "min", "gamma": "Γ", "digamma": "ψ",
    "log2": "log", "log10": "log",
}  # fmt: skip
_BASES = {"log2": "2", "log10": "10"}
_FENCED = {"abs": ("|", "|"), "floor": ("⌊", "⌋"), "ceil": ("⌈", "⌉")}
_RELATIONS = {"==": "=", "!=": "≠", "<=": "≤", ">=": "≥"}
_LOGIC = {"and": "∧", "or": "∨"}
_PARTS_OF_NAME = re.compile(r"([A-Za-z]+|[^\x00-\x7f])_?(\d*)(?:\[(.*)\])?\Z")


class Box(NamedTuple):
    """A part that is written: its marks, and what its surroundings must know of it."""

    text: str
    rank: int = ATOM
    tall: bool = False  # higher than a line: brackets round it grow
    runs_on: bool = False  # a factor after it would be read as part of it
    digits: bool = False  # begins with a number: a factor before it needs a dot


def name_parts(name: str) -> tuple[str, tuple[str, ...]]:
    """A name without what stands below it, and that.

    >>> from symgrad.symbolic.notation.layout import name_parts
    >>> name_parts("t1"), name_parts("w2[0, 1]"), name_parts("loss")
    (('t', ('1',)), ('w', ('2', '0,1')), ('loss', ()))
    """
    match = _PARTS_OF_NAME.match(name)
    if match is None:
        return name, ()
    below = (match[2], (match[3] or "").replace(" ", ""))
    return match[1], tuple(part for part in below if part)


def last_of(size: Tree) -> Tree:
    """The last place of an axis of ``size`` entries: ``size - 1``, with its number gathered."""
    terms = size.args if size.head == "sum" else (size,)
    total, rest = sp.Integer(-1), []
    for term in terms:
        inner = term.args[0] if term.head == "negative" else term
        if inner.head == "number":
            total += -inner.value if term.head == "negative" else inner.value
        else:
            rest.append(term)
    if total != 0 or not rest:
        rest.append(size_tree(total))
    return rest[0] if len(rest) == 1 else Tree("sum", tuple(rest))


class Layout(Marks):
    """Walks a tree and brackets it; a subclass gives the marks."""

    def of(self, tree: Tree) -> Box:
        """A part, with no bracket round it."""
        found: Callable[[Tree], Box] = getattr(self, f"on_{tree.head}")
        return found(tree)

    def held(self, tree: Tree, rank: int, last: bool = True) -> Box:
        """A part where something of ``rank`` is wanted: bracketed if it holds less tightly."""
        box = self.of(tree)
        if box.rank < rank or (box.runs_on and not last):
            return self.bracketed(box)
        return box

    def bracketed(self, box: Box) -> Box:
        """A part in brackets."""
        return Box(self.fence("(", box.text, ")", box.tall), tall=box.tall)

    def small(self, tree: Tree) -> str:
        """An exponent: its fractions are written on the line."""
        if tree.head == "negative":
            return self.mark("-") + self.small(tree.args[0])
        if tree.head == "number" and getattr(tree.value, "q", 1) != 1:
            return self.number(str(tree.value.p)) + self.mark("/") + self.number(str(tree.value.q))
        return self.held(tree, PRODUCT).text if tree.head == "relation" else self.of(tree).text

    # both notations --------------------------------------------------------------------------

    def on_number(self, tree: Tree) -> Box:
        value = tree.value
        if getattr(value, "is_Rational", False) and value.q != 1:
            over, under = self.number(str(value.p)), self.number(str(value.q))
            return Box(self.fraction(over, under), RAISED, tall=True, digits=True)
        named = {sp.pi: "π", sp.E: "e", sp.oo: "∞"}.get(value)
        return Box(self.number(named or str(value)), digits=named is None)

    def on_letter(self, tree: Tree) -> Box:
        return Box(self.name(tree.value))

    on_size = on_index = on_letter

    def on_sum(self, tree: Tree) -> Box:
        first, *rest = tree.args
        # A minus before the first term needs no bracket: nothing stands to its left.
        head = self.of(first) if first.head == "negative" else self.held(first, ENTRYWISE)
        parts, tall = [head.text], head.tall
        for term in rest:
            minus = term.head == "negative"
            box = self.held(term.args[0] if minus else term, ENTRYWISE)
            parts += [self.mark("−" if minus else "+"), box.text]
            tall = tall or box.tall
        return Box(self.spread(*parts), SUM, tall)

    def on_negative(self, tree: Tree) -> Box:
        box = self.held(tree.args[0], ENTRYWISE)
        return Box(self.mark("-") + box.text, SUM, box.tall)

    def on_product(self, tree: Tree) -> Box:
        count = len(tree.args)
        boxes = [self.held(f, PRODUCT + (f.head == "product"), k + 1 == count)
                 for k, f in enumerate(tree.args)]  # fmt: skip
        text = boxes[0].text
        for box in boxes[1:]:
            dot = box.digits
            text = (
                self.spread(text, self.mark("·"), box.text) if dot else self.times(text, box.text)
            )
        tall = any(b.tall for b in boxes)
        return Box(text, PRODUCT, tall, boxes[-1].runs_on, boxes[0].digits)

    def on_quotient(self, tree: Tree) -> Box:
        over, under = (self.of(part).text for part in tree.args)
        return Box(self.fraction(over, under), RAISED, tall=True)

    def on_power(self, tree: Tree) -> Box:
        base = self.held(tree.args[0], ATOM)
        text = self.above(base.text, self.small(tree.args[1]))
        return Box(text, RAISED, base.tall, digits=base.digits)

    def on_call(self, tree: Tree) -> Box:
        word = tree.value.word
        if word == "where" and len(tree.args) == 3:
            then, otherwise = (self.of(part).text for part in tree.args[1:])
            text = self.cases(self.statement(tree.args[0]).text, then, otherwise)
            return Box(text, SUM, tall=True)
        if word == "remainder":
            left, right = (self.held(part, RAISED).text for part in tree.args)
            return Box(self.spread(left, self.function("mod"), right), ENTRYWISE)
        if word == "floor_divide":
            over, under = (self.of(part).text for part in tree.args)
            return Box(self.fence("⌊", self.fraction(over, under), "⌋", True), tall=True)
        boxes = [self.of(part) for part in tree.args]
        if word == "sqrt":
            return Box(self.root(boxes[0].text), tall=boxes[0].tall)
        if word in _FENCED:
            left, right = _FENCED[word]
            return Box(self.fence(left, boxes[0].text, right, boxes[0].tall), tall=boxes[0].tall)
        name = self.function_of(word)
        return self.applied(name, boxes, tree.value.params)

    def function_of(self, word: str) -> str:
        """The name of a rule's function on paper."""
        rule = REGISTRY.get(word)
        name = _NAMES.get(word) or (rule.notation if rule is not None else None) or word
        shown = self.function(name)
        return self.below(shown, self.number(_BASES[word])) if word in _BASES else shown

    def applied(
        self, name: str, boxes: Sequence[Box], params: Iterable[tuple[str, Any]] = ()
    ) -> Box:
        """A function of its operands, parameters after them by name."""
        tall = any(box.tall for box in boxes)
        parts = [box.text for box in boxes]
        parts += [self.spread(self.name(k), self.mark("="), self.plain(v)) for k, v in params]
        return Box(
            self.applying(name, self.fence("(", self.listed(parts, tight=False), ")", tall)),
            tall=tall,
        )

    def plain(self, value: Any) -> str:
        """A parameter's value."""
        if isinstance(value, (Tree, sp.Basic)):
            return self.of(size_tree(value)).text
        if isinstance(value, tuple):
            inner = self.listed([self.plain(part) for part in value], tight=True)
            return self.fence("(", inner, ")", tall=False)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            digits = self.number(str(abs(value)))
            return self.mark("-") + digits if value < 0 else digits
        return self.function(str(value))

    def on_relation(self, tree: Tree) -> Box:
        box = self.statement(tree)
        return Box(self.fence("[", box.text, "]", box.tall), tall=box.tall)

    on_logic = on_relation

    def statement(self, tree: Tree) -> Box:
        """A relation, or several joined, that is not calculated with."""
        if tree.head == "relation":
            left, right = (self.of(part) for part in tree.args)
            sign = self.mark(_RELATIONS.get(tree.value, tree.value))
            return Box(self.spread(left.text, sign, right.text), SUM, left.tall or right.tall)
        if tree.head != "logic":
            return self.of(tree)
        boxes = [self._joined(part, tree.value == "not") for part in tree.args]
        tall = any(box.tall for box in boxes)
        if tree.value == "not":
            return Box(self.mark("¬") + boxes[0].text, SUM, tall)
        parts = [boxes[0].text]
        for box in boxes[1:]:
            parts += [self.mark(_LOGIC[tree.value]), box.text]
        return Box(self.spread(*parts), SUM, tall)

    def _joined(self, tree: Tree, negated: bool) -> Box:
        box = self.statement(tree)
        nested = tree.head == "logic" and tree.value != "not"
        return self.bracketed(box) if nested or (negated and tree.head == "relation") else box

    # index notation --------------------------------------------------------------------------

    def base(self, tree: Tree) -> Box:
        """An array that takes an index: bracketed unless it is a letter with nothing below it."""
        if tree.head == "letter" and not name_parts(tree.value)[1]:
            return self.of(tree)
        return self.bracketed(self.of(tree))

    def on_entry(self, tree: Tree) -> Box:
        array, *places = tree.args
        box = self.base(array)
        if not places:
            return self.of(array)
        below = self.listed([self.of(place).text for place in places], tight=True)
        return Box(self.below(box.text, below), tall=box.tall)

    def on_sigma(self, tree: Tree) -> Box:
        text = self.held(tree.args[0], PRODUCT).text
        for bound in reversed(tree.value):
            last = self.of(last_of(size_tree(bound.size))).text
            text = self.summed(self.name(bound.index), last, text)
        return Box(text, PRODUCT, tall=True, runs_on=True)

    def on_along(self, tree: Tree) -> Box:
        along: Along = tree.value
        over = self.listed([self._bound(bound) for bound in along.bounds], tight=True)
        name = self.below(self.function_of(along.word), over)
        box = self.applied(name, [self.of(tree.args[0])], along.params)
        own = tuple(Tree("index", value=bound.index) for bound in along.bounds)
        if not along.places or along.places == own:
            return box
        places = self.listed([self.of(place).text for place in along.places], tight=True)
        return Box(self.below(box.text, places), tall=box.tall)

    def _bound(self, bound: Bound) -> str:
        index = self.name(bound.index)
        if not bound.shown:
            return index
        return self.spread(index, self.mark("<"), self.of(size_tree(bound.size)).text)

    # matrix notation -------------------------------------------------------------------------

    def _between(self, sign: str, tree: Tree) -> Box:
        count = len(tree.args)
        boxes = [self.held(f, PRODUCT, k + 1 == count) for k, f in enumerate(tree.args)]
        parts = [boxes[0].text]
        for box in boxes[1:]:
            parts += [self.mark(sign), box.text]
        tall = any(box.tall for box in boxes)
        return Box(self.spread(*parts), ENTRYWISE, tall, boxes[-1].runs_on)

    def on_hadamard(self, tree: Tree) -> Box:
        return self._between("⊙", tree)

    def on_kron(self, tree: Tree) -> Box:
        return self._between("⊗", tree)

    def on_each_power(self, tree: Tree) -> Box:
        base, exponent = self.held(tree.args[0], ATOM), tree.args[1]
        small = self.small(exponent)
        if exponent.head in ("sum", "product", "quotient"):
            small = self.bracketed(self.of(exponent)).text
        return self._raised(base, self.spread(self.mark("∘"), small))

    def _raised(self, base: Box, sign: str) -> Box:
        return Box(self.above(base.text, sign), RAISED, base.tall)

    def on_transpose(self, tree: Tree) -> Box:
        return self._turned(tree, "inverse", self.mark("⊤"))

    def on_inverse(self, tree: Tree) -> Box:
        return self._turned(tree, "transpose", self.mark("-") + self.number("1"))

    def _turned(self, tree: Tree, other: str, sign: str) -> Box:
        inner = tree.args[0]
        if inner.head == other:
            return self._raised(self.held(inner.args[0], ATOM), self.mark("-") + self.mark("⊤"))
        return self._raised(self.held(inner, ATOM), sign)

    def _named(self, name: str) -> Callable[[Tree], Box]:
        return lambda tree: self.applied(self.function(name), [self.of(tree.args[0])])

    def on_diag(self, tree: Tree) -> Box:
        return self._named("diag")(tree)

    def on_trace(self, tree: Tree) -> Box:
        return self._named("tr")(tree)

    def on_det(self, tree: Tree) -> Box:
        return self._named("det")(tree)

    def on_vec(self, tree: Tree) -> Box:
        return self._named("vec")(tree)

    def on_norm(self, tree: Tree) -> Box:
        box = self.of(tree.args[0])
        text = self.fence("‖", box.text, "‖", box.tall)
        return Box(self.below(text, self.name(tree.value)) if tree.value else text, tall=box.tall)

    def on_ones(self, tree: Tree) -> Box:
        return Box(self.glyph(tree.head))

    on_identity = on_zeros = on_ones

    def on_unit(self, tree: Tree) -> Box:
        return Box(self.below(self.glyph("unit"), self.of(size_tree(tree.value[0])).text))

    def on_slice(self, tree: Tree) -> Box:
        box = self.base(tree.args[0])
        places = self.listed([self._place(place) for place in tree.value], tight=True)
        return Box(self.below(box.text, places), tall=box.tall)

    def _place(self, place: Slice | Tree) -> str:
        if isinstance(place, Tree):
            return self.of(place).text
        start, stop, step = ("" if p is None else self.of(p).text for p in place)
        text = start + self.mark(":") + stop
        return text + self.mark(":") + step if step else text

    def on_blocks(self, tree: Tree) -> Box:
        rows, columns = tree.value
        texts = [self.of(part).text for part in tree.args]
        return Box(self.grid([texts[r * columns :][:columns] for r in range(rows)]), tall=True)
