"""Matrix notation, evaluated; ``values`` hands it the trees that have no index.

Every array has two axes here. The frame of a part says whether it is tall and whether it is wide:
a column is tall, a row is wide, a matrix both, a scalar neither, whatever its sizes are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from symgrad.errors import NoClosedForm, ShapeError
from symgrad.grammar.primitive import REGISTRY
from symgrad.symbolic.notation.arithmetic import Array, is_plain
from symgrad.symbolic.notation.scalar_values import Part, ScalarValues, is_entrywise
from symgrad.symbolic.notation.sizes import sizes_named
from symgrad.symbolic.notation.tree import Slice, Tree

SCALAR, COLUMN, ROW, MATRIX = (False, False), (True, False), (False, True), (True, True)


class MatrixValues(ScalarValues):
    """Columns, rows and matrices of numbers."""

    def result(self, tree: Tree) -> Array:
        """The array: of shape () for a scalar, (n,) for a column, else (n, m)."""
        return np.array(self.natural(self.of(tree), numbers=True))

    def natural(self, part: Part, *, numbers: bool = False) -> Array:
        """A part as NumPy would hold it: a column has one axis, a scalar none."""
        data = self.arithmetic.numbers(part.data) if numbers else part.data
        if part.frame == SCALAR:
            return data.reshape(())
        return data.reshape(-1) if part.frame == COLUMN else data

    def wrapped(self, data: Any) -> Part:
        """An array as NumPy holds it; one axis is a column's."""
        array = self.arithmetic.array(data)
        if array.ndim > 2:
            raise ShapeError(f"an array of shape {array.shape} is no matrix")
        frame = (SCALAR, COLUMN, MATRIX)[array.ndim]
        return Part(array.reshape((*array.shape, 1, 1)[:2]), frame)

    def constant(self, data: Array) -> Part:
        return Part(data.reshape(1, 1), SCALAR)

    def aligned(self, values: Sequence[Part]) -> tuple[list[Array], Any]:
        shapes = {part.data.shape for part in values if part.frame != SCALAR}
        if len(shapes) > 1:
            raise ShapeError(f"parts of shapes {sorted(shapes)} meet entry by entry")
        frame = tuple(any(part.frame[k] for part in values) for k in (0, 1))
        return [part.data for part in values], frame

    def other(self, tree: Tree) -> Part:
        raise NoClosedForm(f"matrix notation has no {tree.head}")

    def on_letter(self, tree: Tree) -> Part:
        return self.wrapped(self.letter(tree.value))

    def on_product(self, tree: Tree) -> Part:
        # A relation of arrays is a matrix among the factors; it hides nothing entry by entry.
        return self.multiplied([self.of(factor) for factor in tree.args])

    def on_quotient(self, tree: Tree) -> Part:
        if tree.args[0].head == "hadamard":
            return super().on_quotient(tree)
        return self.entrywise("divide", *(self._numbers(self.of(part)) for part in tree.args))

    # products --------------------------------------------------------------------------------

    def multiplied(self, values: Sequence[Part]) -> Part:
        total = values[0]
        for part in values[1:]:
            total = self.times(total, part)
        return total

    def times(self, left: Part, right: Part) -> Part:
        """The matrix product; a scalar multiplies every entry."""
        if SCALAR in (left.frame, right.frame):
            return self.entrywise("multiply", left, right)
        if left.data.shape[1] != right.data.shape[0]:
            raise ShapeError(f"a product of shapes {left.data.shape} and {right.data.shape}")
        frame = (left.frame[0], right.frame[1])
        return Part(self.arithmetic.call("matmul", left.data, right.data), frame)

    def on_hadamard(self, tree: Tree) -> Part:
        return self.gated(tree.args, lambda values: self.folded("multiply", values))

    def on_each_power(self, tree: Tree) -> Part:
        return super().on_power(tree)

    def on_power(self, tree: Tree) -> Part:
        base = self.of(tree.args[0])
        if base.frame != MATRIX:
            return super().on_power(tree)
        exponent = self.whole(tree.args[1])
        step = base if exponent >= 0 else self._inverse(base)
        total = Part(np.eye(base.data.shape[0], dtype=int), MATRIX)
        for _ in range(abs(exponent)):
            total = self.times(total, step)
        return total

    def on_kron(self, tree: Tree) -> Part:
        total = self.of(tree.args[0])
        for factor in tree.args[1:]:
            part = self.of(factor)
            (a, b), (c, d) = total.data.shape, part.data.shape
            grid = total.data[:, None, :, None], part.data[None, :, None, :]
            data = self.arithmetic.call("multiply", *grid).reshape(a * c, b * d)
            frame = tuple(x or y for x, y in zip(total.frame, part.frame, strict=True))
            total = Part(data, frame)
        return total

    # one matrix ------------------------------------------------------------------------------

    def on_transpose(self, tree: Tree) -> Part:
        part = self.of(tree.args[0])
        return Part(part.data.T, part.frame[::-1])

    def on_inverse(self, tree: Tree) -> Part:
        return self._inverse(self.of(tree.args[0]))

    def _inverse(self, part: Part) -> Part:
        return Part(self.arithmetic.call("inv", self.arithmetic.numbers(part.data)), part.frame)

    def on_diag(self, tree: Tree) -> Part:
        part = self.of(tree.args[0])
        if part.frame == MATRIX:
            return Part(np.diagonal(part.data).reshape(-1, 1), COLUMN)
        entries = part.data.reshape(-1)
        data = np.zeros((len(entries), len(entries)), dtype=int)
        if not is_plain(entries):
            data = self.arithmetic.numbers(data)
        np.fill_diagonal(data, entries)
        return Part(data, MATRIX)

    def on_trace(self, tree: Tree) -> Part:
        entries = np.diagonal(self.of(tree.args[0]).data)
        return self.constant(self.arithmetic.sum(entries, (0,)))

    def on_det(self, tree: Tree) -> Part:
        numbers = self.arithmetic.numbers(self.of(tree.args[0]).data)
        return self.constant(self.arithmetic.call("det", numbers))

    def on_norm(self, tree: Tree) -> Part:
        numbers = self.arithmetic.numbers(self.of(tree.args[0]).data)
        squares = self.arithmetic.call("multiply", numbers, numbers)
        return self.constant(self.arithmetic.call("sqrt", self.arithmetic.sum(squares, (0, 1))))

    def on_vec(self, tree: Tree) -> Part:
        return Part(self.of(tree.args[0]).data.reshape(-1, 1), COLUMN)

    # made of nothing -------------------------------------------------------------------------

    def count(self, size: Any) -> int:
        """A size: what comes to less than 0 is an axis without places."""
        return max(self.whole(size), 0)

    def on_ones(self, tree: Tree) -> Part:
        return Part(np.ones((self.count(tree.value), 1), dtype=int), COLUMN)

    def on_identity(self, tree: Tree) -> Part:
        return Part(np.eye(self.count(tree.value), dtype=int), MATRIX)

    def on_unit(self, tree: Tree) -> Part:
        place, size = self.whole(tree.value[0]), self.count(tree.value[1])
        data = np.zeros((size, 1), dtype=int)
        data[place : place + 1] = 1  # none of a place beyond
        return Part(data, COLUMN)

    def on_zeros(self, tree: Tree) -> Part:
        return self.wrapped(np.zeros(tuple(map(self.count, tree.value)), dtype=int))

    # cut and put together --------------------------------------------------------------------

    def on_slice(self, tree: Tree) -> Part:
        array = self.natural(self.of(tree.args[0]))
        if array.ndim != len(tree.value):
            raise ShapeError(f"{len(tree.value)} places for an array of shape {array.shape}")
        return self.wrapped(array[tuple(self._place(place) for place in tree.value)])

    def _place(self, place: Slice | Tree) -> Any:
        if isinstance(place, Tree):
            return self.whole(place)
        start, stop, step = (None if part is None else self.whole(part) for part in place)
        back = step is not None and step < 0
        if start is not None and start < 0 and not _is_from_end(place.start):
            return slice(0, 0) if back else slice(0, stop, step)
        if stop is not None and stop < 0 and not _is_from_end(place.stop):
            return slice(start, None, step) if back else slice(0, 0)
        return slice(start, stop, step)

    def on_blocks(self, tree: Tree) -> Part:
        rows, columns = tree.value
        values = [self.of(part) for part in tree.args]
        data = [part.data for part in values]
        if not all(map(is_plain, data)):
            data = [self.arithmetic.numbers(d) for d in data]
        lines = [np.concatenate(data[r * columns :][:columns], axis=1) for r in range(rows)]
        frame = tuple(
            count > 1 or any(part.frame[k] for part in values)
            for k, count in enumerate((rows, columns))
        )
        return Part(np.concatenate(lines, axis=0), frame)

    def _with_sizes(
        self, word: str, values: Sequence[Part], params: Mapping[str, Any]
    ) -> tuple[Sequence[Part], Mapping[str, Any]]:
        """A call's operands, and its parameters with the sizes that are written behind them."""
        rule = REGISTRY.get(word)
        count = len(values) if rule is None or rule.variadic else len(rule.operands)
        if rule is None or count >= len(values):
            return values, params
        sizes = tuple(int(self.arithmetic.whole(v.data).item()) for v in values[count:])
        return values[:count], {**params, **sizes_named(rule, sizes)}

    def call(self, word: str, values: Sequence[Part], params: Mapping[str, Any]) -> Part:
        if is_entrywise(word):
            return self.entrywise(word, *values, **params)
        values, params = self._with_sizes(word, values, params)
        found = self.ruled(word, [self.natural(part) for part in values], params)
        same = [p.frame for p in values if p.data.shape == found.shape and p.frame == ROW]
        return Part(found, ROW) if same else self.wrapped(found)


def _is_from_end(place: Tree | None) -> bool:
    """Whether a place is written as -1: m - 2 that comes to -1 lies before the first entry."""
    return place is not None and place.head == "negative" and place.args[0].head == "number"
