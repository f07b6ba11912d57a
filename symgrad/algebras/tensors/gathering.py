"""The numbers of an einsum whose indices obey equations: gather, contract, scatter; for evaluate.

An index with a coefficient of 1 is computed from the others. Where an operand stands at it, the
operand is gathered (0 outside its axis); where the result does, the result is scattered. So no
array is larger than the operands, the result and the product over the indices that are left.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Terms = tuple[tuple[int, int], ...]
Affine = tuple[Terms, int]


class Gathering:
    """One einsum at given sizes.

    Takes   dims: the size of each index; equations: pairs of terms and offset, all numbers.
    """

    def __init__(self, dims: Sequence[int], equations: Sequence[Affine]) -> None:
        self.dims = dims
        self.computed: dict[int, Affine] = {}
        self.masks: list[Affine] = []
        for terms, offset in equations:
            self._solve(dict(terms), offset)

    def _solve(self, terms: dict[int, int], offset: int) -> None:
        terms, offset = self._replaced(terms, offset)
        pivots = [i for i, c in terms.items() if c in (1, -1)]
        if not pivots:
            self.masks.append((tuple(terms.items()), offset))
            return
        pivot = max(pivots, key=lambda i: (self.dims[i], i))
        sign = -terms.pop(pivot)
        self.computed[pivot] = tuple((i, sign * c) for i, c in terms.items()), sign * offset
        for index, (inner, shift) in list(self.computed.items()):
            if pivot in dict(inner):
                found, moved = self._replaced(dict(inner), shift)
                self.computed[index] = tuple(found.items()), moved

    def _replaced(self, terms: dict[int, int], offset: int) -> tuple[dict[int, int], int]:
        out: dict[int, int] = {}
        for index, coef in terms.items():
            inner, shift = self.affine(index)
            offset += coef * shift
            for i, c in inner:
                out[i] = out.get(i, 0) + coef * c
        return {i: c for i, c in out.items() if c}, offset

    def affine(self, index: int) -> Affine:
        """What an index is in terms of the free ones."""
        return self.computed.get(index, (((index, 1),), 0))

    def free(self, spec: Sequence[int]) -> tuple[int, ...]:
        """The free indices that some indices depend on."""
        return tuple(sorted({i for index in spec for i, _ in self.affine(index)[0]}))

    def place(self, index: int, over: Sequence[int]) -> Any:
        """The values of an index on the grid of free indices."""
        return self._on_grid(self.affine(index), over)

    def _on_grid(self, affine: Affine, over: Sequence[int]) -> Any:
        shape = tuple(self.dims[i] for i in over)
        total: Any = np.full(shape, affine[1], dtype=np.int64)
        for index, coef in affine[0]:
            stand = [1] * len(over)
            stand[over.index(index)] = self.dims[index]
            total = total + coef * np.arange(self.dims[index]).reshape(stand)
        return total

    def gathered(self, array: Any, spec: Sequence[int]) -> tuple[Any, tuple[int, ...]]:
        """An operand over free indices only, and these."""
        if not any(i in self.computed for i in spec):
            return array, tuple(spec)
        over = self.free(spec)
        places, valid = [], np.ones((), dtype=bool)
        for index in spec:
            at = self.place(index, over)
            valid = valid & (at >= 0) & (at < self.dims[index])
            places.append(np.clip(at, 0, max(self.dims[index] - 1, 0)))
        shape = tuple(self.dims[i] for i in over)
        if not array.size:
            return np.zeros(shape, dtype=array.dtype), over
        return np.where(valid, array[tuple(places)], np.zeros((), dtype=array.dtype)), over

    def conditions(self, held: set[int]) -> list[tuple[Any, tuple[int, ...]]]:
        """Masks over free indices for what no operand and no result says."""
        found = []
        for index in self.computed:
            if index not in held:
                over = self.free((index,))
                at = self.place(index, over)
                found.append((((at >= 0) & (at < self.dims[index])).astype(float), over))
        for terms, offset in self.masks:
            over = tuple(sorted(i for i, _ in terms))
            found.append(((self._on_grid((terms, offset), over) == 0).astype(float), over))
        return found

    def result(
        self,
        arrays: Sequence[Any],
        specs: Sequence[Sequence[int]],
        out: Sequence[int],
        contract: Callable[[list[Any], list[tuple[int, ...]], tuple[int, ...]], Any],
    ) -> Any:
        """The einsum's array; ``contract`` is a plain einsum over index numbers."""
        held = {*out, *(i for spec in specs for i in spec)}
        pairs = [self.gathered(a, s) for a, s in zip(arrays, specs, strict=True)]
        pairs += self.conditions(held)
        over = self.free(tuple(dict.fromkeys(out)))
        product = self._product(pairs, over, contract)
        return self._scattered(product, out, over)

    def _product(
        self, pairs: list[tuple[Any, tuple[int, ...]]], over: tuple[int, ...], contract: Any
    ) -> Any:
        carried = {i for _, spec in pairs for i in spec}
        kept = tuple(i for i in over if i in carried)
        made = contract([a for a, _ in pairs], [s for _, s in pairs], kept) if pairs else 1.0
        shape = tuple(self.dims[i] if i in carried else 1 for i in over)
        return np.broadcast_to(np.reshape(made, shape), tuple(self.dims[i] for i in over))

    def _scattered(self, product: Any, out: Sequence[int], over: tuple[int, ...]) -> Any:
        if not any(i in self.computed for i in out) and len(set(out)) == len(out):
            return np.transpose(product, [over.index(i) for i in out])
        made = np.zeros(tuple(self.dims[i] for i in out), dtype=product.dtype)
        valid: Any = np.ones(product.shape, dtype=bool)
        places = []
        for index in out:
            at = np.broadcast_to(self.place(index, over), product.shape)
            valid = valid & (at >= 0) & (at < self.dims[index])
            places.append(at)
        np.add.at(made, tuple(at[valid] for at in places), product[valid])
        return made
