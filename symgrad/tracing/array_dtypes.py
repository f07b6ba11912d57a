"""The standard's questions about dtypes and about the library itself; for ``array_namespace``."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from symgrad.algebras.numeric import NUMBERS
from symgrad.algebras.numpy_adapter import NUMPY
from symgrad.errors import DtypeError, compose, user_position
from symgrad.tracing.complexes import default_complex
from symgrad.tracing.conversion import to
from symgrad.tracing.dtypes import (
    DTYPES,
    DType,
    as_numpy_dtype,
    default_float,
    device,
)
from symgrad.tracing.operands import common
from symgrad.tracing.tensor import Tensor

KINDS: dict[str, tuple[str, ...]] = {
    "bool": ("b",), "signed integer": ("i",), "unsigned integer": ("u",), "integral": ("i", "u"),
    "real floating": ("f",), "complex floating": ("c",), "numeric": ("i", "u", "f", "c"),
}  # fmt: skip
#: The standard's dtypes; float16 is ours beside them.
STANDARD = tuple(name for name in DTYPES if name != "float16")


class FloatLimits(NamedTuple):
    """What ``finfo`` gives: Python floats, and the dtype of real numbers that they are of."""

    bits: int
    eps: float
    max: float
    min: float
    smallest_normal: float
    dtype: DType


class IntegerLimits(NamedTuple):
    """What ``iinfo`` gives."""

    bits: int
    max: int
    min: int
    dtype: DType


def _dtype_of(value: Any) -> np.dtype[Any]:
    return as_numpy_dtype(value.dtype if hasattr(value, "shape") else value)


def finfo(type: Any, /) -> FloatLimits:
    """The limits of a floating dtype, or of an array's; of a complex one, of its parts.

    >>> sg.array_api.finfo(sg.float32).bits
    32
    """
    found = _dtype_of(type)
    if found.kind not in "fc":
        raise _no_limits("finfo", "a floating", found)
    limits = np.finfo(found)
    return FloatLimits(
        int(limits.bits), float(limits.eps), float(limits.max), float(limits.min),
        float(limits.smallest_normal), DTYPES[limits.dtype.name],
    )  # fmt: skip


def iinfo(type: Any, /) -> IntegerLimits:
    """The limits of an integer dtype, or of an array's.

    >>> sg.array_api.iinfo(sg.int8).max
    127
    """
    found = _dtype_of(type)
    if found.kind not in "iu":
        raise _no_limits("iinfo", "an integer", found)
    limits = np.iinfo(found)
    return IntegerLimits(
        int(limits.bits), int(limits.max), int(limits.min), DTYPES[limits.dtype.name]
    )


def _no_limits(name: str, wanted: str, found: np.dtype[Any]) -> DtypeError:
    return DtypeError(
        compose(f"{name} takes {wanted} dtype; this is {found}.", where=user_position())
    )


def isdtype(dtype: Any, kind: Any) -> bool:
    """Whether a dtype is of a kind, of one of several, or another dtype's equal.

    Raises  ValueError for a kind that the standard does not name.

    >>> sg.array_api.isdtype(sg.float32, "real floating")
    True
    """
    found = as_numpy_dtype(dtype)
    for one in kind if isinstance(kind, tuple) else (kind,):
        if isinstance(one, str):
            if one not in KINDS:
                raise ValueError(f"isdtype: {one!r} is no kind; take one of {', '.join(KINDS)}")
            if found.kind in KINDS[one]:
                return True
        elif found == as_numpy_dtype(one):
            return True
    return False


def result_type(*arrays_and_dtypes: Any) -> DType:
    """The dtype that operands of these dtypes give; Python numbers are weak.

    >>> sg.array_api.result_type(sg.int8, sg.int16), sg.array_api.result_type(sg.float32, 1.0)
    (symgrad.int16, symgrad.float32)
    """
    numbers = {type(v) for v in arrays_and_dtypes if type(v) in NUMBERS}
    dtypes = {_dtype_of(v) for v in arrays_and_dtypes if type(v) not in NUMBERS}
    if not dtypes:
        raise DtypeError(
            compose("result_type takes an array or a dtype among the rest.", where=user_position())
        )
    found = common(dtypes, NUMPY)
    if found.kind not in "fc" and numbers & {float, complex}:
        found = default_float()
    if complex in numbers and found.kind != "c":
        found = np.dtype("complex128") if found == np.float64 else np.dtype("complex64")
    return DTYPES[found.name]


def can_cast(from_: Any, to: Any, /) -> bool:
    """Whether promotion leads from one dtype (or array) to another: within a kind, upwards.

    >>> sg.array_api.can_cast(sg.int8, sg.int16), sg.array_api.can_cast(sg.int16, sg.float32)
    (True, False)
    """
    one, other = _dtype_of(from_), _dtype_of(to)
    kinds = {"u": "i", "c": "f"}
    if kinds.get(one.kind, one.kind) != kinds.get(other.kind, other.kind):
        return False
    return np.result_type(one, other) == other


def astype(x: Tensor, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Tensor:
    """An array in another dtype; a copy in any case unless ``copy=False``.

    Raises  DtypeError for complex numbers as anything else: take their real part.

    >>> sg.array_api.astype(sg.tensor([1, 2]), sg.float64)
    tensor([1., 2.], dtype=symgrad.float64)
    """
    if x.dtype.is_complex and as_numpy_dtype(dtype).kind != "c":
        raise DtypeError(
            compose(
                f"astype: {x.dtype} does not go into {as_numpy_dtype(dtype)}.",
                where=user_position(),
                mend="take its real part: xp.real(x)",
            )
        )
    return to(x, dtype=dtype, device=device, copy=copy)


class Info:
    """What ``__array_namespace_info__()`` gives: devices, dtypes and what the library can do.

    >>> sg.array_api.__array_namespace_info__().capabilities()["boolean indexing"]
    True
    """

    def capabilities(self) -> dict[str, Any]:
        """What of the standard's optional behaviour there is."""
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 64}

    def default_device(self) -> device:
        """Where arrays are made unless a device is named."""
        return device("cpu")

    def default_dtypes(self, *, device: Any = None) -> dict[str, DType]:
        """The dtypes that Python's numbers become."""
        return {
            "real floating": DTYPES[default_float().name],
            "complex floating": DTYPES[default_complex().name],
            "integral": DTYPES["int64"],
            "indexing": DTYPES["int64"],
        }

    def dtypes(self, *, device: Any = None, kind: Any = None) -> dict[str, DType]:
        """The standard's dtypes by name, all or those of a kind."""
        return {
            name: DTYPES[name] for name in STANDARD if kind is None or isdtype(DTYPES[name], kind)
        }

    def devices(self) -> list[device]:
        """The devices that arrays can be on here."""
        return [device("cpu")]


def namespace_info() -> Info:
    """Devices, dtypes and capabilities, as the standard lists them.

    >>> sg.array_api.__array_namespace_info__().default_dtypes()["integral"]
    symgrad.int64
    """
    return Info()
