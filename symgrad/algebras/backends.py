"""Which numeric algebra an array belongs to: the namespace is taken from the operands."""

from __future__ import annotations

from typing import Any

import numpy as np

from symgrad.algebras.numeric import Numeric
from symgrad.algebras.numpy_adapter import NUMPY
from symgrad.errors import DeviceError

_KNOWN: dict[type, Numeric] = dict.fromkeys(
    (np.ndarray, np.generic, np.float64, np.float32, np.float16, np.int64, np.int32, np.bool_),
    NUMPY,
)


def namespace_of(value: Any) -> Numeric:
    """The numeric algebra that an array belongs to.

    Raises  DeviceError for what is no array of any known namespace.
    """
    found = _KNOWN.get(type(value))
    if found is not None:
        return found
    for base in type(value).__mro__:
        if base in _KNOWN:
            return _KNOWN[base]
    if type(value).__module__.partition(".")[0] == "cupy":
        numeric: Numeric = _load_cupy()
    elif hasattr(value, "__array_namespace__"):
        numeric = Numeric(value.__array_namespace__())
    else:
        raise DeviceError(f"{type(value).__name__} is not an array that symgrad can compute with")
    _KNOWN[type(value)] = numeric
    return numeric


def to_cuda(value: Any, index: int) -> Any:
    """A raw value on GPU number ``index``.

    Raises  DeviceError, with the mend, where there is no CuPy or no card.
    """
    cupy = _load_cupy()._cupy
    if not cupy.is_available():
        raise DeviceError("cuda: CuPy is installed, but it finds no CUDA driver or no card here")
    with cupy.cuda.Device(index):
        return cupy.asarray(value)


def cuda_is_available() -> bool:
    """Whether tensors can be moved to a GPU here.

    >>> isinstance(cuda_is_available(), bool)
    True
    """
    try:
        return bool(_load_cupy()._cupy.is_available())
    except DeviceError:
        return False


def _load_cupy() -> Any:
    try:
        from symgrad.algebras.cupy_adapter import CUPY
    except ImportError as error:
        raise DeviceError(
            "cuda needs CuPy, which is not installed; pip install 'symgrad[cuda13]' "
            "(or symgrad[cuda12] for an older driver)"
        ) from error
    return CUPY
