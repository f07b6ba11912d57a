"""Moving raw arrays between devices; imported by the numeric algebras and by tensors."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from symgrad.errors import DeviceError


def to_host(value: Any) -> Any:
    """A NumPy array or scalar of a raw value on any device."""
    if isinstance(value, (np.ndarray, np.generic)):
        return value
    if hasattr(value, "get"):  # CuPy
        return value.get()
    inner = getattr(value, "_array", None)  # array_api_strict keeps its ndarray here
    return np.asarray(value if inner is None else inner)


def move(value: Any, where: Any) -> Any:
    """A raw value on another device.

    Takes   where: symgrad's device, or the device of another raw array.
    Raises  DeviceError, with the mend, for a GPU that is not there.
    """
    kind = getattr(where, "type", None)
    if kind == "cpu" or where == "cpu":
        return to_host(value)
    if kind == "cuda" or hasattr(where, "id"):
        return to_cuda(value, where.index or 0 if kind == "cuda" else where.id)
    raw = getattr(where, "raw", where)
    if isinstance(value, (np.ndarray, np.generic)) and not isinstance(raw, str):
        library = sys.modules[type(raw).__module__.partition(".")[0]]  # whose device it is
        return library.asarray(np.asarray(value), device=raw)
    return value.to_device(raw)


def to_cuda(value: Any, index: int) -> Any:
    """A raw value on GPU number ``index``.

    Raises  DeviceError, with the mend, where there is no CuPy or no card.
    """
    cupy = _load_cupy()
    if not cupy.is_available():
        raise DeviceError("cuda: CuPy is installed, but it finds no CUDA driver or no card here")
    with cupy.cuda.Device(index):
        return cupy.asarray(value)


def _load_cupy() -> Any:
    try:
        import cupy
    except ImportError as error:
        raise DeviceError(
            "cuda needs CuPy, which is not installed; pip install 'symgrad[cuda13]' "
            "(or symgrad[cuda12] for an older driver)"
        ) from error
    return cupy
