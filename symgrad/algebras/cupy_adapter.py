"""CuPy as a numeric algebra, through array-api-compat; loaded on the first CuPy array.

What CuPy 14 does otherwise than NumPy and the standard is mended here, and only here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from symgrad.algebras.devices import ELSEWHERE
from symgrad.algebras.numeric import NUMBERS, Numeric
from symgrad.grammar.kind import broadcast_shape

#: What atomic additions exist for; anything else is added up in a wider dtype.
_ADDED = frozenset({"int32", "int64", "uint32", "uint64", "float16", "float32", "float64"})


class CuPy(Numeric):
    """Rules over CuPy arrays: what array-api-compat leaves different is mended here."""

    views = True

    def __init__(self, namespace: Any, cupy: Any, cupyx: Any) -> None:
        super().__init__(namespace)
        self._cupy, self._cupyx = cupy, cupyx

    # the card: CuPy computes on the current one, whatever the operands are on ------------------

    def run(self, rule: Any, operands: tuple[Any, ...], params: dict[str, Any]) -> Any:
        place = self._elsewhere(operands)
        if place is None:
            return rule.forward(self, *operands, **params)
        with place:
            return rule.forward(self, *operands, **params)

    def path_of(self, rule: Any, operands: tuple[Any, ...], params: dict[str, Any]) -> Any:
        place = self._elsewhere(operands)
        if place is None:
            return rule.path_rule(self, *operands, **params)
        with place:
            return rule.path_rule(self, *operands, **params)

    def _elsewhere(self, operands: tuple[Any, ...]) -> Any:
        """The card of the operands, where it is not the one that everything else is on."""
        for operand in operands:
            if isinstance(operand, self._cupy.ndarray):
                place = operand.device
                if place.id == 0 == self._cupy.cuda.runtime.getDevice():
                    return None
                ELSEWHERE[0] = True
                return place
        return None

    # creation ---------------------------------------------------------------------------------

    def asarray(self, value: Any, *, dtype: Any = None, device: Any = None) -> Any:
        """An array of the device; a Python number is written there by a kernel: no transfer."""
        if device is not None:
            with device:
                return self.asarray(value, dtype=dtype)
        if type(value) in NUMBERS:
            return self._cupy.full((), value, dtype)
        if isinstance(value, self._cupy.ndarray) and value.device != self._cupy.cuda.Device():
            value = value.copy()
        return self._cupy.asarray(value, dtype=dtype)

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

    def zeros_like(self, x: Any) -> Any:
        with x.device:
            return self._cupy.zeros_like(x)

    def ones_like(self, x: Any) -> Any:
        with x.device:
            return self._cupy.ones_like(x)

    # what is done outside of rules ------------------------------------------------------------

    def copy_of(self, x: Any) -> Any:
        with x.device:
            return x.copy()

    def cast(self, x: Any, *, dtype: Any) -> Any:
        with x.device:
            return super().cast(x, dtype=dtype)

    def overwrite(self, into: Any, value: Any) -> None:
        with into.device:
            super().overwrite(into, value)

    def add_into(self, into: Any, value: Any) -> None:
        with into.device:
            super().add_into(into, value)

    def in_place(self, compute: Callable[[Any, Any], Any], into: Any, value: Any) -> None:
        with into.device:
            compute(into, value)

    def write_at(self, into: Any, index: Any, value: Any) -> None:
        with into.device:
            into[index] = value

    def may_share(self, a: Any, b: Any) -> bool:
        return bool(self._cupy.may_share_memory(a, b))

    def any(self, x: Any, **params: Any) -> Any:
        with x.device:
            return self._cupy.any(x, **params)

    def all(self, x: Any, **params: Any) -> Any:
        with x.device:
            return self._cupy.all(x, **params)

    def equal(self, x: Any, y: Any) -> Any:
        with getattr(x, "device", None) or y.device:
            return self._cupy.equal(x, y)

    # structure --------------------------------------------------------------------------------

    def expand_dims(self, x: Any, *, axis: Any) -> Any:
        return self._cupy.expand_dims(x, axis)

    def argsort(self, x: Any, *, axis: int = -1, descending: bool = False) -> Any:
        if not x.shape:  # CuPy sorts no array without axes
            return self._cupy.zeros((), dtype=self._cupy.int64)
        with x.device:
            return super().argsort(x, axis=axis, descending=descending)

    def getitem(self, x: Any, *, index: Any) -> Any:
        return x[index]

    def put(self, x: Any, v: Any, *, index: Any) -> Any:
        out = x.copy()
        out[index] = v
        return out

    def take_along_axis(self, x: Any, *, index: Any, axis: int = -1) -> Any:
        return self._cupy.take_along_axis(x, self._cupy.asarray(index), axis)

    def index_add(self, x: Any, *, index: Any, shape: tuple[int, ...]) -> Any:
        if x.dtype.kind == "c":
            parts = [self.index_add(p, index=index, shape=shape) for p in (x.real, x.imag)]
            return (parts[0] + 1j * parts[1]).astype(x.dtype)
        if x.dtype.name not in _ADDED:
            wide = self.index_add(x.astype(self._cupy.int64), index=index, shape=shape)
            return wide.astype(x.dtype)
        out = self.zeros(shape, like=x)
        # add.at wants the values at the full shape of the places that are addressed.
        places = self._cupy.arange(math.prod(shape)).reshape(shape)[index]
        flat = self._cupy.broadcast_to(x, places.shape).ravel()
        self._cupy.add.at(out.reshape(-1), places.ravel(), flat)
        return out

    def einsum(self, *operands: Any, spec: str) -> Any:
        return self._cupy.einsum(spec, *operands, optimize=len(operands) > 2)

    # linear algebra: cuSOLVER leaves garbage of a singular matrix unless it is asked, by a wait --

    def inv(self, x: Any) -> Any:
        with self._cupyx.errstate(linalg="raise"):
            return self._cupy.linalg.inv(x)

    def solve(self, a: Any, b: Any) -> Any:
        vector = b.ndim == 1
        b = b[:, None] if vector else b
        lead = broadcast_shape(a.shape[:-2], b.shape[:-2])  # CuPy does not broadcast stacks
        a, b = (self._cupy.broadcast_to(x, (*lead, *x.shape[-2:])) for x in (a, b))
        if not b.size:  # cuSOLVER is not asked for no columns at all
            return b.copy()
        with self._cupyx.errstate(linalg="raise"):
            y = self._cupy.linalg.solve(a, b)
        return y[..., 0] if vector else y

    def svd(self, x: Any) -> Any:
        with self._cupyx.errstate(linalg="raise"):
            return tuple(self._cupy.linalg.svd(x, full_matrices=False))


def _load_namespace() -> CuPy:
    import array_api_compat.cupy as namespace
    import cupy
    import cupyx

    return CuPy(namespace, cupy, cupyx)


CUPY = _load_namespace()
