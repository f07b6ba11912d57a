"""Arrays between calls of an algebra: floats, exact scalars, and plain integers for indices.

Only the evaluator imports this. Between two calls a value is a NumPy array: of the algebra's
scalars, or of integers and truth values where nothing but indices and sizes went into it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from symgrad.algebras.elements import exact
from symgrad.algebras.numpy_adapter import silence
from symgrad.algebras.object_array import ObjectArray
from symgrad.errors import NoClosedForm

Array = np.ndarray[Any, Any]

#: Words that plain integers answer by NumPy at once, in every algebra.
_EXACT = frozenset({
    "add", "subtract", "multiply", "negative", "less", "less_equal", "greater", "greater_equal",
    "equal", "not_equal", "logical_and", "logical_or", "logical_not", "matmul",
})  # fmt: skip
#: Integers beyond this are numbers, not indices: products of two must not overflow.
_LARGEST = 2**31


def is_plain(array: Array) -> bool:
    """Whether an array holds integers or truth values: they need no algebra."""
    return array.dtype.kind in "biu"


def is_small(*arrays: Array) -> bool:
    """Whether integers are so small that a product, and a sum of few, does not overflow."""
    return all(np.abs(a.astype(float)).max(initial=0) < _LARGEST for a in arrays)


class Arithmetic:
    """One algebra's words on NumPy arrays."""

    def __init__(self, algebra: Any) -> None:
        self.algebra = algebra
        self.exact = hasattr(algebra, "lift")

    def array(self, value: Any) -> Array:
        """What an algebra gave or a caller brought, as a NumPy array."""
        data = value.data if isinstance(value, ObjectArray) else value
        if isinstance(data, np.ndarray):
            return data
        if isinstance(data, (bool, int, float, np.generic)):
            return np.asarray(data)
        out: Array = np.empty((), dtype=object)  # never by asarray: it may look iterable
        out[()] = data
        return out

    def numbers(self, array: Array) -> Array:
        """The same array of the algebra's numbers; truth values as 1 and 0."""
        if array.dtype == bool:
            array = array.astype(int)
        if not self.exact:
            return array if array.dtype.kind in "fc" else array.astype(float)
        data: Array = self.algebra.lift(array).data
        return data

    def number(self, value: Any) -> Array:
        """A SymPy number; a small integer as a plain one.

        Raises  NoClosedForm for one that the algebra cannot hold.
        """
        value = exact(value)
        if value.is_Integer and abs(value) < _LARGEST:
            return np.asarray(int(value))
        algebra = self.algebra
        named = {sp.pi: "pi", sp.E: "e", sp.oo: "inf"}.get(value)
        if named is not None:
            return self.array(getattr(algebra, named))
        if self.exact and isinstance(algebra.number(0), sp.Basic):
            return self.array(value)
        if value.is_Rational:
            ratio = algebra.ratio(int(value.p), int(value.q))
            return self.numbers(self.array(ratio))
        if not self.exact:
            return np.asarray(float(value))
        if not value.is_number or not hasattr(algebra, "context"):
            raise NoClosedForm(f"{algebra.name} holds no number {value}")
        return self.array(algebra.context.mpf(str(value.evalf(algebra.context.dps))))

    def call(self, word: str, *arrays: Array, part: int | None = None, **params: Any) -> Array:
        """A word of the algebra, on plain integers by NumPy where those are enough.

        ``part`` picks one result of a word that has several.
        """
        if word in _EXACT and not params and all(map(is_plain, arrays)) and is_small(*arrays):
            if word in ("add", "subtract", "multiply", "negative", "matmul"):
                arrays = tuple(a.astype(int) for a in arrays)
            return np.asarray(getattr(np, word)(*arrays))
        with silence():
            if not self.exact:
                found = getattr(self.algebra, word)(*map(self._float, arrays), **params)
            else:
                lifted = [self.algebra.lift(a) for a in arrays]
                found = getattr(self.algebra, word)(*lifted, **params)
        return self.array(found if part is None else found[part])

    def _float(self, array: Array) -> Array:
        return array if array.dtype.kind in "bfc" else array.astype(float)

    def sum(self, array: Array, axes: tuple[int, ...]) -> Array:
        """The sum over some axes."""
        if is_plain(array) and is_small(array):
            return np.asarray(array.sum(axis=axes))
        return self.call("sum", array, axis=axes)

    def only_where(self, condition: Array, array: Array) -> Array:
        """The array where the condition holds, else 0, whatever stands there."""
        if is_plain(condition) and is_plain(array):
            return np.where(condition, array, 0)
        return self.call("where", condition, self.numbers(array), self.numbers(np.asarray(0)))

    def truth(self, array: Array) -> Array:
        """Numbers as conditions, and conditions as they are."""
        return array if array.dtype == bool else self.call("not_equal", array, np.asarray(0))

    def whole(self, array: Array) -> Array:
        """Integer-valued numbers as plain integers.

        Raises  NoClosedForm for one that is not known.
        """
        if is_plain(array):
            return array.astype(int)
        if array.dtype != object:
            return np.rint(array).astype(int)
        flat = array.ravel().tolist()
        if any(getattr(v, "is_number", True) is False for v in flat):
            raise NoClosedForm("a place in an array is not known as a number")
        return np.array([int(v) for v in flat], dtype=int).reshape(array.shape)
