"""Where a reader stands in a formula, and what the names in it mean; operands are read by it."""

from __future__ import annotations

import difflib
from abc import ABC, abstractmethod
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any, NoReturn

import sympy

from symgrad.symbolic.notation import grammar
from symgrad.symbolic.notation.grammar import OR, SUM, spelled
from symgrad.symbolic.notation.shapes import Hole, as_size
from symgrad.symbolic.notation.tokens import Token, refuse, tokens
from symgrad.symbolic.notation.tree import Tree

_NUMBERS = {"pi": sympy.pi, "π": sympy.pi, "inf": sympy.oo}


class Scope(ABC):
    """A place in the tokens, the names in scope, and a method for each operand."""

    def __init__(
        self,
        text: str,
        letters: Mapping[str, Sequence[Any]],
        sizes: Iterable[str],
        indices: Iterable[str],
        words: Container[str] | None,
    ) -> None:
        self.text, self.letters, self.words = text, letters, words
        self.tokens, self.at = tokens(text, letters), 0
        self.spelled = {spelled(name): name for name in reversed(list(letters))}
        self.sizes = dict.fromkeys(sizes)
        for axes in letters.values():
            for axis in axes:
                self.sizes |= dict.fromkeys(sorted(s.name for s in as_size(axis).free_symbols))
        self.indices = list(indices)
        self.open = ""
        self.depth, self.sizing = 0, False
        self.sealed: set[tuple[int, int]] = set()

    # tokens

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def next(self) -> Token:
        token = self.token
        self.at += token.kind != "end"
        return token

    def sees(self, *texts: str) -> bool:
        return self.token.kind in ("sign", "name", "sub") and self.token.text in texts

    def touches(self, text: str) -> bool:
        """Whether a bracket stands right after what was read."""
        return self.token.kind == "sign" and self.token.text == text and not self.token.spaced

    def expect(self, text: str, after: str) -> Token:
        if not self.sees(text):
            self.refuse(f"{after}; write {text} here")
        return self.next()

    def refuse(self, message: str, token: Token | None = None) -> NoReturn:
        refuse(self.text, (token or self.token).column, message)

    @abstractmethod
    def parse(self, level: int) -> Tree:
        """A part that binds at least as tightly as ``level``; the reader's."""

    def enter(self, bracket: str, level: int = OR) -> Tree:
        """A part within a bracket, or behind a sign (no bracket), one level deeper."""
        if self.depth >= grammar.DEPTH:
            self.refuse(f"over {grammar.DEPTH} brackets stand in one another; name the inner part")
        self.depth += 1
        outer = self.open
        self.open = bracket or outer
        found = self.parse(level)
        self.open = outer
        self.depth -= 1
        return found

    def looked_up(self, name: str) -> Tree | None:
        """What a name stands for: an index, a letter, a size, or a number of its own."""
        size = next((s for s in self.sizes if s == name or spelled(name) == s), None)
        if self.sizing and size is not None:
            return Tree("size", value=size)
        if name in self.indices:
            return Tree("index", value=name)
        if name in self.letters:
            return Tree("letter", value=name)
        if size is not None:
            return Tree("size", value=size)
        if spelled(name) in self.spelled:
            return Tree("letter", value=self.spelled[spelled(name)])
        return Tree("number", value=_NUMBERS[name]) if name in _NUMBERS else None

    def unknown(self, token: Token) -> NoReturn:
        listed = [*self.letters, *self.sizes, *self.indices]
        near = difflib.get_close_matches(token.text, listed, 1)
        known = f"the names are: {', '.join(listed[:12]) or 'none'}"
        mend = f"did you mean '{near[0]}'?" if near else known
        self.refuse(f"'{token.text[:60]}' is not known here; {mend}", token)

    def subscript(self) -> list[Tree]:
        """Sizes after an underscore: one name, or several in braces."""
        if not self.sees("{"):
            if self.token.kind != "name" or self.token.text not in self.sizes:
                self.refuse("a size is missing after _; write a size, or several in braces")
            return [Tree("size", value=self.next().text)]
        self.next()
        found = [self.size()]
        while self.sees(","):
            self.next()
            found.append(self.size())
        self.expect("}", "'{' is never closed")
        return found

    def size(self) -> Tree:
        before, self.sizing = self.sizing, True
        found = self.enter("{", SUM)
        self.sizing = before
        return found

    def array(self, tree: Tree, token: Token) -> Tree:
        """What stands where an array must: there, 1 is a column of ones."""
        return Tree("ones", value=Hole(token.column)) if grammar.is_one(tree) else tree
