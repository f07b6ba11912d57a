"""What people give as numbers: what fits no tensor, and the dtype asked for; for ``creation``."""

from __future__ import annotations

from typing import Any

import numpy as np

from symgrad.algebras.backends import is_size
from symgrad.algebras.numeric import NUMBERS
from symgrad.errors import DtypeError, compose, user_position
from symgrad.tracing.complexes import default_complex
from symgrad.tracing.dtypes import default_float, raw_dtype_name
from symgrad.tracing.tensor import Tensor


def not_held(data: Any, found: np.ndarray[Any, Any]) -> DtypeError:
    """The error for data that no tensor holds, with what to give instead."""
    whole = found.dtype.kind == "u" or all(isinstance(n, int) for n in found.flat)
    mend = ""
    if whole:  # NumPy makes uint64 or objects of them
        what = "a number does not fit a tensor: integers go up to 2**63 - 1."
        mend = "write it as a float: 2.0**70"
    elif any(map(is_size, found.flat)):
        what = "a list with sizes that have names holds no numbers."
        mend = "sg.stack([sg.as_tensor(v) for v in values])"
    else:
        what = f"tensors hold numbers; {type(data).__name__} holds something else."
    return DtypeError(compose(what, [("data", repr(data)[:70])], where=user_position(), mend=mend))


def converted(found: np.ndarray[Any, Any], wanted: np.dtype[Any]) -> np.ndarray[Any, Any]:
    """The values as ``wanted``; a whole number that does not fit is refused, never wrapped."""
    if wanted.kind in "iu" and found.dtype.kind in "iu" and found.size:
        low, high = int(found.min()), int(found.max())
        bounds = np.iinfo(wanted)
        if low < bounds.min or high > bounds.max:
            worst = low if low < bounds.min else high
            raise DtypeError(
                compose(
                    f"{worst} does not fit {wanted.name}: it holds {bounds.min} to {bounds.max}.",
                    where=user_position(),
                    mend="take a wider dtype: sg.int64",
                )
            )
    if found.dtype.kind == "c" and wanted.kind != "c":
        raise DtypeError(
            compose(
                f"complex numbers do not fit {wanted.name}.",
                where=user_position(),
                mend="take their real part, a.real, or a complex dtype: sg.complex64",
            )
        )
    return found.astype(wanted, copy=False)


def fractional_dtype(data: Any, found: np.dtype[Any]) -> np.dtype[Any] | None:
    """The dtype of nested lists, as in PyTorch: Python's floats have the default, arrays their own.

    Takes   found: the dtype that NumPy gives them.
    Gives   None where they hold no fractions: NumPy's own.
    """
    if found.kind not in "fc":
        return None
    dtypes: set[np.dtype[Any]] = set()
    _collect((data,), dtypes)
    return np.result_type(*dtypes or (default_float(),))


def _collect(items: Any, dtypes: set[np.dtype[Any]]) -> None:
    """Add the dtypes of fractions in nested lists; of numbers, each kind is looked at once."""
    kinds = set(map(type, items))
    if float in kinds:
        dtypes.add(default_float())
    if complex in kinds:
        dtypes.add(default_complex())
    if kinds <= NUMBERS:
        return
    for item in items:
        if isinstance(item, (list, tuple)):
            _collect(item, dtypes)
        elif type(item) not in NUMBERS:
            value = item._value if isinstance(item, Tensor) else item
            known = hasattr(value, "dtype")
            dtype = np.dtype(raw_dtype_name(value)) if known else np.asarray(value).dtype
            if dtype.kind in "fc":
                dtypes.add(dtype)
