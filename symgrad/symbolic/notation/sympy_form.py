"""Formula trees as SymPy expressions: sums over indices here, matrices by ``matrix``.

Closed forms hand these out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sympy as sp

from symgrad.algebras.elements import symbol
from symgrad.errors import NoClosedForm
from symgrad.symbolic.notation.sympy_matrices import matrix
from symgrad.symbolic.notation.sympy_scalars import Scalars
from symgrad.symbolic.notation.tree import Along, Bound, Tree

__all__ = ["indexed", "matrix"]


def indexed(tree: Tree, letters: Mapping[str, Sequence[Any]]) -> Any:
    """A formula of index notation in SymPy's ``Indexed`` and ``Sum``.

    Takes   tree: in index notation; letters: the sizes of each array, integers or SymPy
            expressions or trees; a letter that is not among them is a scalar.
    Gives   an expression; a relation is a KroneckerDelta or a Piecewise, a softmax its formula.
    Raises  NoClosedForm, naming the part, for what SymPy cannot hold, as a maximum over an index.

    >>> from symgrad.symbolic.notation.sympy_form import indexed
    >>> from symgrad.symbolic.notation.tree import Bound, Tree
    >>> n, j = Tree("size", value="n"), Tree("index", value="j")
    >>> x = Tree("entry", (Tree("letter", value="x"), j))
    >>> indexed(Tree("sigma", (x,), (Bound("j", n, True),)), {"x": (n,)})
    Sum(x[j], (j, 0, n - 1))
    """
    return _Indexed(letters, {}).of(tree)


class _Indexed(Scalars):
    """Index notation; ``scope`` holds the expression that each bound index stands for."""

    def __init__(self, letters: Mapping[str, Sequence[Any]], scope: Mapping[str, Any]) -> None:
        super().__init__(letters)
        self.scope = dict(scope)

    def within(self, values: Mapping[str, Any]) -> _Indexed:
        """The same formula where some indices stand for other expressions."""
        return _Indexed(self.letters, {**self.scope, **values})

    def ranges(self, bounds: Sequence[Bound]) -> tuple[_Indexed, list[tuple[Any, Any, Any]]]:
        """The formula inside a sum, and SymPy's ranges.

        A bound index gets a new name where its own stands for something outside: SymPy would
        take the one for the other.
        """
        taken = {s.name for value in self.scope.values() for s in value.free_symbols}
        inner, ranges = {}, []
        for bound in bounds:
            name, number = bound.index, 0
            while name in taken:
                number += 1
                name = f"{bound.index}_{number}"
            taken.add(name)
            inner[bound.index] = sp.Symbol(name, integer=True)
            ranges.append((inner[bound.index], 0, self.extent(bound.size) - 1))
        return self.within(inner), ranges

    def on_index(self, tree: Tree) -> Any:
        found = self.scope.get(tree.value)
        return sp.Symbol(tree.value, integer=True) if found is None else found

    def on_letter(self, tree: Tree) -> Any:
        if self.letters.get(tree.value):
            raise NoClosedForm(f"the whole array {tree.value} has no expression in its entries")
        return symbol(tree.value)

    def on_entry(self, tree: Tree) -> Any:
        array, *places = tree.args
        if array.head != "letter":
            raise NoClosedForm(f"an entry of {array.head} has no SymPy expression")
        if not places:
            return symbol(array.value)
        shape = self.shape(array.value)
        if len(shape) != len(places):
            raise NoClosedForm(f"{array.value} has {len(places)} indices and {len(shape)} sizes")
        return sp.IndexedBase(symbol(array.value), shape=shape)[tuple(map(self.of, places))]

    def on_sigma(self, tree: Tree) -> Any:
        inner, ranges = self.ranges(tree.value)
        return sp.Sum(inner.of(tree.args[0]), *ranges)

    def on_along(self, tree: Tree) -> Any:
        along: Along = tree.value
        formula = _ALONG.get(along.word)
        if formula is None or along.params:
            raise NoClosedForm(f"{along.word} along an index has no SymPy expression")
        # The outer index of a place may share the bound one's name; then it must be kept apart.
        places = [self.of(place) for place in along.places]
        own = {bound.index: place for bound, place in zip(along.bounds, places, strict=False)}
        inner, ranges = self.within(own).ranges(along.bounds)
        body = inner.of(tree.args[0])
        here = self.within(own).of(tree.args[0]) if places else None
        return formula(body, ranges, here)


def _count(ranges: Sequence[tuple[Any, Any, Any]]) -> Any:
    return sp.Mul(*(last + 1 for _, _, last in ranges))


def _softmax(body: Any, ranges: Sequence[Any], here: Any) -> Any:
    return sp.exp(here) / sp.Sum(sp.exp(body), *ranges)


#: A function along indices by its body, the ranges, and the body at the place that is read.
_ALONG: dict[str, Callable[[Any, Sequence[Any], Any], Any]] = {
    "sum": lambda body, ranges, here: sp.Sum(body, *ranges),
    "mean": lambda body, ranges, here: sp.Sum(body, *ranges) / _count(ranges),
    "prod": lambda body, ranges, here: sp.Product(body, *ranges),
    "norm": lambda body, ranges, here: sp.sqrt(sp.Sum(body**2, *ranges)),
    "softmax": _softmax,
    "logsumexp_slope": _softmax,
    "log_softmax": lambda body, ranges, here: here - sp.log(sp.Sum(sp.exp(body), *ranges)),
    "logsumexp": lambda body, ranges, here: sp.log(sp.Sum(sp.exp(body), *ranges)),
}
