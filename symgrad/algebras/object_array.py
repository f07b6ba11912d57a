"""The carrier of the algebras of exact scalars; imported by ``objects`` and its subclasses."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from symgrad.grammar import operators

if TYPE_CHECKING:
    from symgrad.algebras.objects import Objects

#: What is lifted where an array is meant.
NUMBERS = (bool, int, float, np.generic)


class ObjectArray:
    """An n-d array of scalars of one algebra; a 0-d array stays an array."""

    __slots__ = ("__weakref__", "algebra", "data")
    __array_ufunc__ = None  # ndarray * this asks this, rather than multiplying entry by entry

    def __init__(self, data: np.ndarray[Any, Any], algebra: Objects) -> None:
        self.data = data
        self.algebra = algebra

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes."""
        return tuple(self.data.shape)

    @property
    def ndim(self) -> int:
        """How many axes."""
        return self.data.ndim

    @property
    def size(self) -> int:
        """How many entries."""
        return self.data.size

    @property
    def dtype(self) -> np.dtype[Any]:
        """Always object; exact scalars have no width."""
        return np.dtype(object)

    @property
    def device(self) -> None:
        """Scalars live nowhere in particular."""
        return None

    def item(self) -> Any:
        """The single scalar.

        Raises  ValueError where there is more than one.
        """
        return self.data.item()

    def __getitem__(self, index: Any) -> Any:
        return self.data[index]

    def __repr__(self) -> str:
        return f"{self.algebra.name}({self.data!r})"


def _is_operand(value: Any) -> bool:
    return isinstance(value, (ObjectArray, np.ndarray, *NUMBERS))


def _binary(word: str, reflected: bool) -> Callable[[Any, Any], Any]:
    def method(a: ObjectArray, b: Any) -> Any:
        if not _is_operand(b):
            return NotImplemented
        call = getattr(a.algebra, word)
        return call(b, a) if reflected else call(a, b)

    return method


def _unary(word: str) -> Callable[[Any], Any]:
    return lambda a: getattr(a.algebra, word)(a)


operators.install(ObjectArray, _binary, _unary)


def plain_index(index: Any) -> Any:
    """An index with every array in it an array of plain integers or truth values."""
    if isinstance(index, tuple):
        return tuple(plain_index(part) for part in index)
    if isinstance(index, ObjectArray):
        return np.array([int(v) for v in index.data.ravel()], dtype=int).reshape(index.shape)
    if isinstance(index, list) or hasattr(index, "shape"):
        return np.asarray(index)
    return index
