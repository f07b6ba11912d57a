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


def namespace_of(value: Any) -> Any:
    """The numeric algebra that an array belongs to; a formula's is made of formulas.

    Raises  DeviceError for what is no array of any known namespace.
    """
    found = _KNOWN.get(type(value))
    if found is not None:
        return found
    for base in type(value).__mro__:
        if base in _KNOWN:
            return _KNOWN[base]
    if type(value).__module__.partition(".")[0] == "cupy":
        numeric: Any = _load_cupy()
    elif is_formula(value):
        numeric = _load_symbolic()
    elif hasattr(value, "__array_namespace__"):
        numeric = Numeric(value.__array_namespace__())
    else:
        raise DeviceError(f"{type(value).__name__} is not an array that symgrad can compute with")
    _KNOWN[type(value)] = numeric
    return numeric


def enrol(carrier: type, algebra: Any) -> None:
    """Let values of a type belong to an algebra, which says so itself."""
    _KNOWN[carrier] = algebra


def is_formula(value: Any) -> bool:
    """Whether a raw value, or an algebra, is of formulas instead of numbers.

    >>> from symgrad.algebras.backends import is_formula
    >>> is_formula(np.zeros(2))
    False
    """
    return getattr(type(value), "symbolic", False) is True


def has_views(value: Any) -> bool:
    """Whether a raw value's reindexings are views whose memory can be compared: NumPy's, CuPy's.

    >>> from symgrad.algebras.backends import has_views
    >>> has_views(np.zeros(2)), has_views(np.float32(0.0))
    (True, False)
    """
    if isinstance(value, (np.ndarray, np.generic)):
        return isinstance(value, np.ndarray)
    return not (is_formula(value) or is_batched(value)) and namespace_of(value).views


def share_memory(a: Any, b: Any) -> bool:
    """Whether two raw values lie in the same memory, as far as that can be known."""
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and np.may_share_memory(a, b)
    return type(a) is type(b) and has_views(a) and namespace_of(a).may_share(a, b)


def of_one_buffer(a: Any, b: Any) -> bool:
    """Whether two raw values are views of one array, whatever entries they hold."""
    both = isinstance(a, np.ndarray) and isinstance(b, np.ndarray)
    if not both and (type(a) is not type(b) or not has_views(a)):
        return False
    return root_of(a) is root_of(b)


def root_of(array: Any) -> Any:
    """The array whose memory a view shows; an array of its own is its own root."""
    while isinstance(array.base, (np.ndarray, type(array))):
        array = array.base
    return array


def is_batched(value: Any) -> bool:
    """Whether a raw value, or an algebra, stands for many inputs of a ``vmap`` at once.

    >>> from symgrad.algebras.backends import is_batched
    >>> is_batched(np.zeros(2))
    False
    """
    return getattr(type(value), "batched", False) is True


def is_size(value: Any) -> bool:
    """Whether a value is SymPy's: a size with a name, or what was computed from such sizes.

    >>> from symgrad.algebras.backends import is_size
    >>> is_size(3)
    False
    """
    return type(value).__module__.partition(".")[0] == "sympy" or hasattr(value, "_sympy_")


def formulas() -> Any:
    """The algebra of formulas, for values that come from sizes alone."""
    return _load_symbolic()


def _load_cupy() -> Any:
    from symgrad.algebras.cupy_adapter import CUPY

    return CUPY


def _load_symbolic() -> Any:
    from symgrad.algebras.symbolic_adapter import SYMBOLIC

    return SYMBOLIC
