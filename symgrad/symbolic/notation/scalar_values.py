"""The heads that both notations share, evaluated; the evaluators of each build on this."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from symgrad.errors import NoClosedForm
from symgrad.grammar.kind import Kind
from symgrad.grammar.primitive import REGISTRY
from symgrad.symbolic.notation.arithmetic import Arithmetic, Array, is_plain, is_small
from symgrad.symbolic.notation.build import RELATIONS
from symgrad.symbolic.notation.sizes import size_tree
from symgrad.symbolic.notation.tree import Tree

_RELATIONS = {sign: word for word, sign in RELATIONS.items()}
_GATES = frozenset({"relation", "logic"})
#: What integers answer without leaving the integers.
_WHOLE = frozenset({"floor_divide", "remainder", "maximum", "minimum", "abs"})


def is_entrywise(word: str) -> bool:
    """Whether a word is of scalars, and of arrays entry by entry."""
    rule = REGISTRY.get(word)
    return rule is not None and rule.kind is Kind.ELEMENTWISE


_ONE = Tree("number", value=1)


class Part(NamedTuple):
    """The numbers of a part, and what its axes are."""

    data: Array
    frame: tuple[Any, ...]


class ScalarValues(ABC):
    """Sums, products, functions and relations, entry by entry; a subclass aligns the entries."""

    def __init__(
        self, arithmetic: Arithmetic, letters: Mapping[str, Any], sizes: Mapping[str, int]
    ) -> None:
        self.arithmetic, self.letters, self.sizes = arithmetic, letters, sizes

    @abstractmethod
    def aligned(self, values: Sequence[Part]) -> tuple[list[Array], Any]:
        """Arrays that broadcast against one another, and the frame of what comes of them."""

    @abstractmethod
    def other(self, tree: Tree) -> Part:
        """A head that this notation does not have."""

    @abstractmethod
    def call(self, word: str, values: Sequence[Part], params: Mapping[str, Any]) -> Part:
        """A function of operands."""

    def of(self, tree: Tree) -> Part:
        """A part of the formula."""
        found: Callable[[Tree], Part] = getattr(self, f"on_{tree.head}", self.other)
        return found(tree)

    def whole(self, size: Any) -> int:
        """A size or a place that a tree holds, as an integer."""
        return int(self.arithmetic.whole(self.of(size_tree(size)).data).item())

    def letter(self, name: str) -> Array:
        """A letter's array."""
        return self.arithmetic.array(self.letters[name])

    def entrywise(self, word: str, *values: Part, **params: Any) -> Part:
        """A word on entries that lie on one another."""
        arrays, frame = self.aligned(values)
        return Part(self.arithmetic.call(word, *arrays, **params), frame)

    def folded(self, word: str, values: Sequence[Part]) -> Part:
        """A word of two operands, from left to right."""
        total = values[0]
        for part in values[1:]:
            total = self.entrywise(word, total, part)
        return total

    # heads -----------------------------------------------------------------------------------

    def on_number(self, tree: Tree) -> Part:
        return self.constant(self.arithmetic.number(tree.value))

    def on_size(self, tree: Tree) -> Part:
        return self.constant(np.asarray(int(self.sizes[tree.value])))

    @abstractmethod
    def constant(self, data: Array) -> Part:
        """A single number."""

    def on_sum(self, tree: Tree) -> Part:
        total = self.of(tree.args[0])
        for term in tree.args[1:]:
            minus = term.head == "negative"
            part = self.of(term.args[0] if minus else term)
            total = self.added("subtract" if minus else "add", total, part)
        return total

    def added(self, word: str, total: Part, part: Part) -> Part:
        """One more term."""
        return self.entrywise(word, total, part)

    def on_negative(self, tree: Tree) -> Part:
        return self.entrywise("negative", self.of(tree.args[0]))

    def on_product(self, tree: Tree) -> Part:
        return self.gated(tree.args, self.multiplied)

    def multiplied(self, values: Sequence[Part]) -> Part:
        """Factors multiplied."""
        return self.folded("multiply", values)

    def gated(self, factors: Sequence[Tree], multiply: Callable[[Sequence[Part]], Part]) -> Part:
        """A product that is 0 where one of its relations is, whatever its other factors are."""
        gates = [f for f in factors if f.head in _GATES]
        rest = [self.of(f) for f in factors if f.head not in _GATES]
        found = multiply(rest) if rest else self.constant(np.asarray(1))
        for gate in gates:
            arrays, frame = self.aligned([self.condition(gate), found])
            condition, data = np.broadcast_arrays(*arrays)
            found = Part(self.arithmetic.only_where(condition, data), frame)
        return found

    def on_quotient(self, tree: Tree) -> Part:
        above, below = tree.args
        factors = above.args if above.head in ("product", "hadamard") else (above,)
        gates = [f for f in factors if f.head in _GATES]
        if gates:  # they hide what is below the line, too
            rest = tuple(f for f in factors if f.head not in _GATES)
            over = Tree(above.head if rest else "product", (_ONE, *rest))
            return self.gated([*gates, Tree("quotient", (over, below))], self.multiplied)
        return self.entrywise("divide", *(self._numbers(self.of(part)) for part in tree.args))

    def _numbers(self, part: Part) -> Part:
        return Part(self.arithmetic.numbers(part.data), part.frame)

    def on_power(self, tree: Tree) -> Part:
        base, exponent = (self.of(part) for part in tree.args)
        if is_plain(base.data) and is_plain(exponent.data) and not np.any(exponent.data < 0):
            (b, e), frame = self.aligned([base, exponent])
            if is_small(b.astype(float) ** e):
                return Part(np.asarray(b.astype(int) ** e.astype(int)), frame)
        return self.entrywise("power", self._numbers(base), self._numbers(exponent))

    def on_call(self, tree: Tree) -> Part:
        word, params = tree.value
        values = [
            self.condition(part) if part.head in _GATES else self.of(part) for part in tree.args
        ]
        if word in _WHOLE and all(is_plain(part.data) for part in values):
            arrays, frame = self.aligned(values)
            return Part(np.asarray(getattr(np, word)(*arrays)), frame)
        if word in ("floor_divide", "remainder"):
            return self._divided(word, *map(self._numbers, values))
        numbers = [p if p.data.dtype == bool else self._numbers(p) for p in values]
        return self._numbers(self._without_truth(self.call(word, numbers, dict(params))))

    def _divided(self, word: str, a: Part, b: Part) -> Part:
        count = self.entrywise("floor", self.entrywise("divide", a, b))
        if word == "floor_divide":
            return count
        return self.entrywise("subtract", a, self.entrywise("multiply", count, b))

    def ruled(self, word: str, arrays: Sequence[Array], params: Mapping[str, Any]) -> Array:
        """A rule on whole arrays; a scan for which no axis is written goes along the last."""
        rule = REGISTRY.get(word)
        if rule is None:
            raise NoClosedForm(f"{word} has no rule that numbers could be put into")
        given = {k: v for k, v in params.items() if k != "part"}
        along = rule.kind is Kind.SCAN or "axis" in rule.required
        if along and "axis" in rule.parameters:
            given.setdefault("axis", -1)
        numbers = [a if a.dtype == bool else self.arithmetic.numbers(a) for a in arrays]
        return self.arithmetic.call(word, *numbers, part=params.get("part"), **given)

    def _without_truth(self, part: Part) -> Part:
        if part.data.dtype == object and self.arithmetic.exact:
            return Part(self.arithmetic.array(self.arithmetic.algebra.cast(part.data)), part.frame)
        return part

    def on_relation(self, tree: Tree) -> Part:
        condition = self.condition(tree)
        one = np.ones(condition.data.shape, dtype=int)
        return Part(self.arithmetic.only_where(condition.data, one), condition.frame)

    on_logic = on_relation

    def condition(self, tree: Tree) -> Part:
        """A relation as truth values, or as conditions where it is not decided."""
        if tree.head == "relation":
            return self.entrywise(_RELATIONS[tree.value], *(self.of(p) for p in tree.args))
        if tree.head == "logic":
            values = [self.condition(part) for part in tree.args]
            if tree.value == "not":
                return self.entrywise("logical_not", values[0])
            return self.folded(f"logical_{tree.value}", values)
        part = self.of(tree)
        return Part(self.arithmetic.truth(part.data), part.frame)
