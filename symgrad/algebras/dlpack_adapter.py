"""Buffers of other libraries as raw arrays, by DLPack; imported by tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from symgrad.algebras.devices import _load_cupy as load_cupy

#: DLPack's numbers of the devices whose memory a GPU owns: CUDA, and CUDA managed.
_CUDA = frozenset({2, 13})


def taken_in(source: Any, copy: bool | None = None) -> Any:
    """The raw array on a buffer that another library exports: NumPy's, or CuPy's for a GPU's.

    Raises  BufferError, TypeError, ValueError, RuntimeError as the library words it.

    >>> from symgrad.algebras.dlpack_adapter import taken_in
    >>> taken_in(np.arange(2))
    array([0, 1])
    """
    kind, _ = source.__dlpack_device__()
    if int(kind) in _CUDA:
        made = load_cupy().from_dlpack(source)
        return made.copy() if copy else made
    return np.from_dlpack(source) if copy is None else np.from_dlpack(source, copy=copy)
