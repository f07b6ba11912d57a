"""CuPy as a numeric algebra, through array-api-compat; loaded on the first CuPy array."""

from __future__ import annotations

import math
from typing import Any

from symgrad.algebras.numeric import Numeric


class CuPy(Numeric):
    """Rules over CuPy arrays: what array-api-compat leaves different is mended here."""

    def __init__(self, namespace: Any, cupy: Any) -> None:
        super().__init__(namespace)
        self._cupy = cupy

    def zeros(self, shape: tuple[int, ...], *, like: Any) -> Any:
        with like.device:
            return self._cupy.zeros(shape, dtype=like.dtype)

    def ones(self, shape: tuple[int, ...], *, like: Any) -> Any:
        with like.device:
            return self._cupy.ones(shape, dtype=like.dtype)

    def eye(self, n: int, *, like: Any) -> Any:
        with like.device:
            return self._cupy.eye(n, dtype=like.dtype)

    def arange(self, n: int, *, like: Any) -> Any:
        with like.device:
            return self._cupy.arange(n)

    def expand_dims(self, x: Any, *, axis: Any) -> Any:
        return self._cupy.expand_dims(x, axis)

    def getitem(self, x: Any, *, index: Any) -> Any:
        return x[index]

    def take_along_axis(self, x: Any, *, index: Any, axis: int = -1) -> Any:
        return self._cupy.take_along_axis(x, self._cupy.asarray(index), axis)

    def index_add(self, x: Any, *, index: Any, shape: tuple[int, ...]) -> Any:
        out = self.zeros(shape, like=x)
        # add.at wants the values at the full shape of the places that are addressed.
        places = self._cupy.arange(math.prod(shape)).reshape(shape)[index]
        flat = self._cupy.broadcast_to(x, places.shape).ravel()
        self._cupy.add.at(out.reshape(-1), places.ravel(), flat)
        return out


def _load_namespace() -> CuPy:
    import array_api_compat.cupy as namespace
    import cupy

    return CuPy(namespace, cupy)


CUPY = _load_namespace()
