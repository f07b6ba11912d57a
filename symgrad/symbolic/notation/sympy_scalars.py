"""The heads that index and matrix notation share, as SymPy expressions; the exports build on it.

Indices are integer symbols, sizes positive ones, letters real.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sympy as sp

from symgrad.algebras.elements import Printed, as_term, exact
from symgrad.errors import NoClosedForm
from symgrad.grammar.kind import Kind
from symgrad.grammar.primitive import REGISTRY
from symgrad.symbolic.notation.sizes import size_tree
from symgrad.symbolic.notation.tree import Tree

_PRINTED = Printed()
_RELATIONS = {"==": sp.Eq, "!=": sp.Ne, "<": sp.Lt, "<=": sp.Le, ">": sp.Gt, ">=": sp.Ge}
_LOGIC = {"and": sp.And, "or": sp.Or, "not": sp.Not}
_OF_SIZES = {"floor_divide": lambda a, b: sp.floor(a / b), "remainder": sp.Mod}


def _is_gate(tree: Tree) -> bool:
    # An equation stays a factor: KroneckerDelta is what SymPy sums over.
    return tree.head == "logic" or (tree.head == "relation" and tree.value != "==")


class Scalars:
    """The heads that both notations share."""

    def __init__(self, letters: Mapping[str, Sequence[Any]]) -> None:
        self.letters = letters

    def of(self, tree: Tree) -> Any:
        """A part as SymPy holds it."""
        found: Callable[[Tree], Any] | None = getattr(self, f"on_{tree.head}", None)
        if found is None:
            raise NoClosedForm(f"{tree.head} has no SymPy expression here")
        return found(tree)

    def each(self, tree: Tree) -> list[Any]:
        """The parts of a tree."""
        return [self.of(part) for part in tree.args]

    def extent(self, size: Any) -> Any:
        """A size that a tree or the caller holds."""
        return self.of(size_tree(size))

    def shape(self, name: str) -> tuple[Any, ...]:
        """The sizes of a letter; none for a scalar."""
        return tuple(self.extent(size) for size in self.letters.get(name, ()))

    def on_number(self, tree: Tree) -> Any:
        return exact(tree.value)

    def on_size(self, tree: Tree) -> Any:
        return sp.Symbol(tree.value, integer=True, positive=True)

    def on_sum(self, tree: Tree) -> Any:
        return sp.Add(*self.each(tree))

    def on_negative(self, tree: Tree) -> Any:
        return -self.of(tree.args[0])

    def on_product(self, tree: Tree) -> Any:
        """Factors multiplied; a condition takes them in, so that it hides what has no value."""
        gates = [f for f in tree.args if _is_gate(f)]
        product = sp.Mul(*(self.of(f) for f in tree.args if not _is_gate(f)))
        if not gates:
            return product
        condition = sp.And(*map(self.condition, gates))
        return sp.Piecewise((product, condition), (sp.S.Zero, True))

    def on_quotient(self, tree: Tree) -> Any:
        above, below = self.each(tree)
        if not isinstance(above, sp.Piecewise):
            return above / below
        # What a condition hides it hides with what is below the line.
        return sp.Piecewise(*((value and value / below, holds) for value, holds in above.args))

    def on_power(self, tree: Tree) -> Any:
        base, exponent = self.each(tree)
        return base**exponent

    def on_relation(self, tree: Tree) -> Any:
        left, right = self.each(tree)
        if tree.value == "==" and left.is_integer and right.is_integer:
            return sp.KroneckerDelta(left, right)
        return as_term(_RELATIONS[tree.value](left, right))

    def on_logic(self, tree: Tree) -> Any:
        return as_term(self.condition(tree))

    def condition(self, tree: Tree) -> Any:
        """A part as something that holds or not."""
        if tree.head == "relation":
            return _RELATIONS[tree.value](*self.each(tree))
        if tree.head == "logic":
            return _LOGIC[tree.value](*map(self.condition, tree.args))
        return sp.Ne(self.of(tree), 0)

    def on_call(self, tree: Tree) -> Any:
        word, params = tree.value
        operands = [
            self.condition(part) if part.head in ("relation", "logic") else self.of(part)
            for part in tree.args
        ]
        return self.called(word, operands, dict(params))

    def called(self, word: str, operands: Sequence[Any], params: Mapping[str, Any]) -> Any:
        """A function of scalars.

        Raises  NoClosedForm for a function of whole arrays.
        """
        if word in _OF_SIZES:
            return _OF_SIZES[word](*operands)
        rule = REGISTRY.get(word)
        if rule is None or rule.kind is not Kind.ELEMENTWISE:
            raise NoClosedForm(f"{word} of a whole array has no SymPy expression")
        lifted = [_PRINTED.array([operand], ()) for operand in operands]
        return as_term(getattr(_PRINTED, word)(*lifted, **params).item())
