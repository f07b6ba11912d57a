"""What people give as numbers: what fits no tensor, and the dtype asked for; for ``creation``."""

from __future__ import annotations

from typing import Any

import numpy as np

from symgrad.algebras.backends import is_size
from symgrad.errors import DtypeError, compose, user_position


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
