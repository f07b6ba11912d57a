"""Reads what operators stand between: numbers, names, brackets, calls, sums over indices.

Imported by the reader, which adds the operators.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import sympy

from symgrad.grammar.primitive import REGISTRY
from symgrad.symbolic.notation import grammar
from symgrad.symbolic.notation.grammar import PRODUCT, SUM, spelled
from symgrad.symbolic.notation.scope import Scope
from symgrad.symbolic.notation.shapes import Hole, Shapes, axis_size
from symgrad.symbolic.notation.tokens import Token
from symgrad.symbolic.notation.tree import Along, Bound, Call, Slice, Tree

_FUNCTION_HEADS = {name: head for head, name in grammar.FUNCTION_HEADS.items()}
_ONE = Tree("number", value=sympy.S.One)
_KEYWORDS = ("and", "or", "not")
_Found = TypeVar("_Found")


class Operands(Scope):
    """A method for each operand."""

    def operand(self) -> Tree:
        """A number, a name, a call, or whatever stands in brackets."""
        token = self.token
        if token.kind == "number":
            return self.number(self.next())
        if token.kind == "name" and token.text not in _KEYWORDS:
            return self.named(self.next())
        if self.sees("("):
            self.next()
            found = self.enter("(")
            self.expect(")", f"'(' at column {token.column} is never closed")
            return found
        if self.sees("["):
            return self.squared(self.next())
        if self.sees("|", "‖"):
            return self.barred(self.next())
        if self.sees("∞"):
            self.next()
            return Tree("number", value=sympy.oo)
        return self.refuse("a value is missing here; write a number, a name or a bracket")

    def number(self, token: Token) -> Tree:
        if self.token.kind == "sub" and not self.token.spaced:
            self.next()
            sizes = self.subscript()
            if token.text == "1" and len(sizes) == 1:
                return Tree("ones", value=sizes[0])
            if token.text == "0" and len(sizes) <= 2:
                return Tree("zeros", value=tuple(sizes))
            self.refuse("only 1_n, 0_n and 0_{n,m} bear sizes; write a product", token)
        return Tree("number", value=sympy.Rational(token.text))

    def squared(self, token: Token) -> Tree:
        """A condition, which is 1 or 0, or parts put together."""
        first = self.at
        parts, rows, columns = [self.enter("[")], 1, 0
        conditional = parts[0].head in ("relation", "logic") and (first, self.at) not in self.sealed
        if conditional and self.sees("]"):
            self.next()
            self.sealed.add((first - 1, self.at))
            return parts[0]
        while self.sees(",", ";"):
            if self.next().text == ";":
                columns = columns or len(parts)
                if len(parts) != rows * columns:
                    self.refuse("the rows have different lengths; write as many parts in each")
                rows += 1
            parts.append(self.enter("["))
        columns = columns or len(parts)
        if len(parts) != rows * columns:
            self.refuse("the rows have different lengths; write as many parts in each")
        self.expect("]", f"'[' at column {token.column} is never closed")
        return Tree("blocks", tuple(self.filled(parts, columns, token)), (rows, columns))

    def filled(self, parts: list[Tree], columns: int, token: Token) -> Iterable[Tree]:
        """Parts of a block matrix: 1 is a column of ones there, and 0 is zeros."""
        forms = [Shapes(self.letters).form(p) for p in parts if p.head != "number"]
        ranks = {len(form.axes) for form in forms if form is not None}
        flat = columns == 1 and 1 in ranks and 2 not in ranks
        for part in parts:
            if part.head == "number" and part.value == 0:
                count = 1 if flat else 2
                yield Tree("zeros", value=tuple(Hole(token.column) for _ in range(count)))
            else:
                yield self.array(part, token)

    def barred(self, token: Token) -> Tree:
        found = self.enter(token.text)
        if not self.sees(token.text):
            self.refuse(f"'{token.text}' at column {token.column} is never closed; close it")
        self.next()
        if token.text == "|":
            return Tree("call", (found,), Call("abs"))
        kind = None
        if self.token.kind == "sub" and not self.token.spaced:
            self.next()
            kind = self.next().text
        return Tree("norm", (self.array(found, token),), kind)

    # names

    def named(self, token: Token) -> Tree:
        name = token.text
        if self.touches("("):
            return self.called(token)
        if self.touches("{") and name.endswith("_") and name not in self.letters:
            return self.subscripted(token)
        if (found := self.looked_up(name)) is not None:
            return found
        if name == "I":
            return Tree("identity", value=Hole(token.column))
        if name == "e" and self.touches("["):
            return self.unit(Hole(token.column))
        stem, _, size = name.partition("_")
        if stem in ("I", "e") and size in self.sizes:
            tree = Tree("size", value=size)
            return Tree("identity", value=tree) if stem == "I" else self.unit(tree)
        return self.unknown(token)

    def subscripted(self, token: Token) -> Tree:
        stem = token.text[:-1]
        if stem in ("I", "e"):
            sizes = self.subscript()
            if len(sizes) != 1:
                self.refuse(f"{stem} has one size; write {stem}_n", token)
            return Tree("identity", value=sizes[0]) if stem == "I" else self.unit(sizes[0])
        bounds = self.bounds()
        if not self.touches("("):
            self.refuse(f"'{stem}' over indices needs brackets; write {stem}_j(...)", token)
        return self.along(token, stem, bounds)

    def unit(self, size: Any) -> Tree:
        self.expect("[", "a unit column names its place")
        place = self.enter("[", SUM)
        self.expect("]", "'[' is never closed")
        return Tree("unit", value=(place, size))

    # calls

    def called(self, token: Token) -> Tree:
        name = token.text
        word = grammar.word_of(name)
        stem, _, index = name.rpartition("_")
        if stem and word not in REGISTRY and grammar.word_of(stem) in REGISTRY:
            return self.along(token, stem, [(index, None)])
        args, params = self.arguments()
        heads = {**_FUNCTION_HEADS, "norm": "norm", "normF": "norm", "kron": "kron"}
        if name in heads:
            count = 2 if name == "kron" else 1
            if len(args) != count or params:
                self.refuse(
                    f"{name} takes {count} part{'s'[: count - 1]}; write {name}(...)", token
                )
            value = "F" if name == "normF" else None
            return Tree(heads[name], tuple(self.array(a, token) for a in args), value)
        if self.words is not None and word not in self.words:
            near = difflib.get_close_matches(name, [w for w in REGISTRY if w in self.words], 1)
            mend = f"did you mean '{near[0]}'?" if near else f"write {name} (...) for a product"
            self.refuse(f"'{name[:60]}' is not known as a function; {mend}", token)
        if word == "exp" and args == [_ONE] and not params:
            return Tree("number", value=sympy.E)
        return Tree("call", tuple(args), Call(word, params))

    def arguments(self) -> tuple[list[Tree], tuple[tuple[str, Any], ...]]:
        """What stands in a function's brackets: its operands, then its parameters."""
        opened, args = self.next(), []
        if not self.sees(")"):
            args.append(self.enter("("))
        while self.sees(","):
            self.next()
            args.append(self.enter("("))
        params: list[tuple[str, Any]] = []
        while self.sees(";" if not params else ","):
            self.next()
            name = self.next().text
            self.expect("=", "a parameter is name=value")
            params.append((name, self.value()))
        self.expect(")", f"'(' at column {opened.column} is never closed")
        return args, tuple(params)

    def value(self) -> Any:
        """A parameter's value: a Python constant, or a tuple of them."""
        token = self.token
        if self.sees("True", "False", "None"):
            return {"True": True, "False": False, "None": None}[self.next().text]
        if token.kind == "text":
            return self.next().text[1:-1]
        if self.sees("("):
            self.next()
            found = []
            while not self.sees(")"):
                found.append(self.value())
                if not self.sees(")"):
                    self.expect(",", "values stand between commas")
            self.next()
            return tuple(found)
        tree = self.enter("(", SUM)
        minus, bare = (-1, tree.args[0]) if tree.head == "negative" else (1, tree)
        if bare.head != "number":
            return tree
        written = self.tokens[self.at - 1].text
        if bare.value.is_Integer and "." not in written and "e" not in written:
            return minus * int(bare.value)
        return minus * (float(written) if "." in written or "e" in written else bare.value)

    # sums and functions over indices

    def bounds(self) -> list[tuple[str, Tree | None]]:
        """Indices in braces, each with its size where that is written."""
        self.next()
        found: list[tuple[str, Tree | None]] = []
        while not found or self.sees(","):
            self.at += bool(found)
            if self.token.kind != "name":
                self.refuse("an index is missing here; write a name such as j")
            name, size = self.next().text, None
            if self.sees("<"):
                self.next()
                size = self.size()
            found.append((name, size))
        self.expect("}", "'{' is never closed")
        return found

    def sigma(self) -> Tree | None:
        """A sum over indices, None where none stands here."""
        token = self.token
        sign, bar, index = token.text.partition("_")
        named = token.kind == "name" and bar and sign in grammar.SIGNS["sigma"]
        if not named or token.text in self.letters or spelled(token.text) in self.spelled:
            return None
        self.next()
        bounds = [(index, None)] if index else self.bounds() if self.touches("{") else []
        if not bounds:
            self.refuse("a sum names its index; write Σ_j or Σ_{j<n}", token)
        body = self.within(bounds, lambda: self.enter("", PRODUCT))
        return Tree("sigma", (body,), self.bound(bounds, body, token))

    def within(
        self, bounds: Sequence[tuple[str, Tree | None]], read: Callable[[], _Found]
    ) -> _Found:
        before = self.indices
        self.indices = [*before, *(name for name, _ in bounds)]
        found = read()
        self.indices = before
        return found

    def bound(
        self, bounds: Sequence[tuple[str, Tree | None]], body: Tree, token: Token
    ) -> tuple[Bound, ...]:
        """The indices with their sizes, found in the body where they are not written."""
        made = []
        for name, size in bounds:
            found = axis_size(name, body, self.letters) if size is None else size
            if found is None:
                self.refuse(f"how far {name} runs is not known; write {{{name}<n}}", token)
            made.append(Bound(name, found, size is not None))
        return tuple(made)

    def along(self, token: Token, name: str, bounds: Sequence[tuple[str, Tree | None]]) -> Tree:
        """A function of whole axes, and where its result is read."""
        args, params = self.within(bounds, self.arguments)
        if len(args) != 1:
            self.refuse(f"{name} over indices takes one part; write {token.text}(...)", token)
        word, places = grammar.word_of(name), []
        if self.touches("["):
            self.next()
            places = [self.enter("[", SUM)]
            while self.sees(","):
                self.next()
                places.append(self.enter("[", SUM))
            self.expect("]", "'[' is never closed")
        elif grammar.keeps_axis(word):
            if lost := [index for index, _ in bounds if index not in self.indices]:
                mend = f"write {token.text}(...)[i] for {lost[0]} = i"
                self.refuse(f"{name} keeps its axis; {mend}", token)
            places = [Tree("index", value=index) for index, _ in bounds]
        value = Along(word, params, self.bound(bounds, args[0], token), tuple(places))
        return Tree("along", (args[0],), value)

    # what stands after an array

    def places(self, array: Tree) -> Tree:
        """An entry, or a slice where one of the places is a range."""
        opened = self.next()
        cuts: list[Slice | Tree] = []
        while not cuts or self.sees(","):
            self.at += bool(cuts)
            cuts.append(self.cut())
        self.expect("]", f"'[' at column {opened.column} is never closed")
        if any(isinstance(cut, Slice) for cut in cuts):
            return Tree("slice", (array,), tuple(cuts))
        return Tree("entry", (array, *(cut for cut in cuts if isinstance(cut, Tree))))

    def cut(self) -> Slice | Tree:
        found: list[Tree | None] = [None]
        while not self.sees("]", ",") and len(found) <= 3:
            if self.sees(":"):
                self.next()
                found.append(None)
            else:
                found[-1] = self.enter("[", SUM)
                if not self.sees(":", "]", ","):
                    break
        first = found[0]
        if len(found) == 1 and first is not None:
            return first
        if len(found) not in (2, 3):
            self.refuse("a place is a formula or start:stop:step; write one")
        start, stop, step = (*found, None)[:3]
        return Slice(start, stop, step)

    def root(self) -> Tree:
        """What a root sign stands before: an operand, with its places."""
        found = self.operand()
        while self.touches("["):
            found = self.places(found)
        if self.token.kind == "raised" or self.sees("^", "^∘", ".^"):
            self.refuse("a root of a power, or a power of a root? write brackets")
        return Tree("call", (found,), Call("sqrt"))
