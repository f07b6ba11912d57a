"""The numbers of a formula: its tree evaluated over floats, many digits or SymPy scalars.

Closed forms check what they print with this. An index formula is evaluated for all its indices at
once: a part is an array with an axis for each index that it depends on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from symgrad.algebras.numpy_adapter import NUMPY
from symgrad.errors import ShapeError
from symgrad.symbolic.notation.arithmetic import Arithmetic, Array
from symgrad.symbolic.notation.matrix_values import MatrixValues
from symgrad.symbolic.notation.scalar_values import Part, ScalarValues, is_entrywise
from symgrad.symbolic.notation.sizes import size_tree
from symgrad.symbolic.notation.tree import Along, Bound, Tree, parts

_WORDS = {"inverse": "inv", "det": "det"}
_INDEXED = frozenset({"index", "entry", "sigma", "along"})


def value(
    tree: Tree,
    letters: Mapping[str, Any],
    sizes: Mapping[str, int],
    *,
    indices: Sequence[tuple[str, int]] = (),
    algebra: Any = NUMPY,
) -> Array:
    """The numbers of a formula.

    Takes   tree: in index or matrix notation; letters: the array of each letter, as NumPy arrays
            or as ``ObjectArray``; sizes: by name; indices: the free indices with their sizes, in
            the order of the result's axes; algebra: NUMPY, a Precise or an Elements.
    Gives   an array of floats, or of the algebra's scalars: shape () for a scalar, (n,) for a
            column, (n, m) for a matrix; in index notation one axis for each free index.
    Raises  KeyError for a letter or a size without a value; ShapeError for an index that nothing
            binds, and for sizes that do not fit.
    Limits  a place outside an array is read at its nearest entry (in a formula that is printed, a
            relation beside it is 0 there); a place that is itself looked up counts from the end
            where it is negative.

    >>> from symgrad.symbolic.notation.tree import Tree
    >>> from symgrad.symbolic.notation.values import value
    >>> i, x = Tree("index", value="i"), Tree("letter", value="x")
    >>> double = Tree("product", (Tree("number", value=2), Tree("entry", (x, i))))
    >>> value(double, {"x": np.array([1.0, 4.0])}, {}, indices=[("i", 2)])
    array([2., 8.])
    """
    arithmetic = Arithmetic(algebra)
    if not indices and not any(part.head in _INDEXED for part in parts(tree)):
        return MatrixValues(arithmetic, letters, sizes).result(tree)
    return IndexValues(arithmetic, letters, sizes, dict(indices)).result(tree)


class IndexValues(ScalarValues):
    """Index notation: the frame of a part is the names of its axes, in order."""

    def __init__(
        self,
        arithmetic: Arithmetic,
        letters: Mapping[str, Any],
        sizes: Mapping[str, int],
        scope: Mapping[str, int],
    ) -> None:
        super().__init__(arithmetic, letters, sizes)
        self.scope = dict(scope)

    def result(self, tree: Tree) -> Array:
        """The array with the free indices as its axes."""
        part = self.of(tree)
        names = tuple(self.scope)
        data = self.arithmetic.numbers(self._along_axes(part, names))
        return np.array(np.broadcast_to(data, tuple(self.scope.values())))

    def within(self, bounds: Iterable[Bound]) -> IndexValues:
        """The same formula inside a sum: the bound indices hide outer ones of their names."""
        own = {bound.index: self.whole(size_tree(bound.size)) for bound in bounds}
        return IndexValues(self.arithmetic, self.letters, self.sizes, {**self.scope, **own})

    def _along_axes(self, part: Part, names: tuple[str, ...]) -> Array:
        """The data with its axes in the order of ``names``, of length 1 where it has none."""
        data, frame = part
        missing = [name for name in frame if name not in names]
        if missing:
            raise ShapeError(f"the index {missing[0]} is bound by nothing in the formula")
        order = sorted(range(len(frame)), key=lambda k: names.index(frame[k]))
        data = data.transpose(order) if order else data
        # The ellipsis keeps an array of no axes an array.
        return data[(*(slice(None) if name in frame else None for name in names), ...)]

    def aligned(self, values: Sequence[Part]) -> tuple[list[Array], Any]:
        names = tuple(dict.fromkeys(name for part in values for name in part.frame))
        if not names:
            return [part.data for part in values], ()
        return [self._along_axes(part, names) for part in values], names

    def constant(self, data: Array) -> Part:
        return Part(data.reshape(()), ())

    # heads -----------------------------------------------------------------------------------

    def on_index(self, tree: Tree) -> Part:
        size = self.scope.get(tree.value)
        if size is None:
            raise ShapeError(f"the index {tree.value} is bound by nothing in the formula")
        return Part(np.arange(size), (tree.value,))

    def on_entry(self, tree: Tree) -> Part:
        array = self._array(tree.args[0])
        places = tree.args[1:]
        if array.ndim != len(places):
            raise ShapeError(f"{len(places)} indices for an array of shape {array.shape}")
        if not places:
            return Part(array, ())
        found, names = self.aligned([self.of(place) for place in places])
        shape = np.broadcast_shapes(*(f.shape for f in found))
        if 0 in array.shape:
            return Part(np.zeros(shape, dtype=int), names)
        looked_up = [any(p.head == "entry" for p in parts(place)) for place in places]
        index = tuple(
            _fitted(self.arithmetic.whole(f), n, from_end=looked)
            for f, n, looked in zip(found, array.shape, looked_up, strict=True)
        )
        return Part(self.arithmetic.array(array[index]), names)

    def _array(self, tree: Tree) -> Array:
        if tree.head == "letter":
            return self.letter(tree.value)
        word = tree.value.word if tree.head == "call" else _WORDS.get(tree.head)
        if word is not None and all(part.head == "letter" for part in tree.args):
            params = dict(tree.value.params) if tree.head == "call" else {}
            # Not as matrices: leading axes are a batch.
            return self.ruled(word, [self.letter(part.value) for part in tree.args], params)
        return MatrixValues(self.arithmetic, self.letters, self.sizes).result(tree)

    def on_letter(self, tree: Tree) -> Part:
        return Part(self.letter(tree.value), ())

    def on_sigma(self, tree: Tree) -> Part:
        inner = self.within(tree.value)
        data, outer, count = inner.spread(tree.args[0], tree.value)
        axes = tuple(range(data.ndim - count, data.ndim))
        return Part(self.arithmetic.sum(data, axes), outer)

    def spread(self, body: Tree, bounds: Sequence[Bound]) -> tuple[Array, tuple[str, ...], int]:
        """The body with an axis for each bound index, those last."""
        part = self.of(body)
        own = tuple(bound.index for bound in bounds)
        outer = tuple(name for name in part.frame if name not in own)
        data = self._along_axes(part, (*outer, *own))
        lengths = tuple(self.scope[name] for name in own)
        return np.broadcast_to(data, (*data.shape[: len(outer)], *lengths)), outer, len(own)

    def on_along(self, tree: Tree) -> Part:
        along: Along = tree.value
        data, outer, count = self.within(along.bounds).spread(tree.args[0], along.bounds)
        last = tuple(range(data.ndim - count, data.ndim))
        axis = last[0] if count == 1 else last
        numbers = self.arithmetic.numbers(np.array(data))
        found = self.ruled(along.word, [numbers], {**dict(along.params), "axis": axis})
        if not along.places:
            return Part(found, outer)
        sizes = [Part(np.arange(n), (o,)) for n, o in zip(found.shape, outer, strict=False)]
        index, names = self.aligned([*sizes, *(self.of(place) for place in along.places)])
        pairs = zip(map(self.arithmetic.whole, index), found.shape, strict=True)
        fitted = tuple(_fitted(places, n, from_end=False) for places, n in pairs)
        return Part(self.arithmetic.array(found[fitted]), names)

    def other(self, tree: Tree) -> Part:
        """A head of matrix notation: the trace, the norm or the determinant of whole arrays."""
        data = MatrixValues(self.arithmetic, self.letters, self.sizes).result(tree)
        return Part(data, ())

    def call(self, word: str, values: Sequence[Part], params: Mapping[str, Any]) -> Part:
        if is_entrywise(word) or any(part.frame for part in values):
            return self.entrywise(word, *values, **params)
        return Part(self.ruled(word, [part.data for part in values], params), ())


def _fitted(places: Array, size: int, *, from_end: bool) -> Array:
    """Places within an axis; those outside it at its nearest entry."""
    if from_end:
        places = np.where(places < 0, places + size, places)
    return np.clip(places, 0, size - 1)
