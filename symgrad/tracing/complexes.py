"""Complex values: what takes them, and what refuses them; sorting of operands imports this.

They are computed with, forward only: no rule says what a complex gradient is, so whatever would
need one refuses.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from symgrad.algebras.numeric import COMPLEX
from symgrad.errors import DtypeError, compose, user_position
from symgrad.grammar.kind import Kind
from symgrad.grammar.primitive import Primitive
from symgrad.modes import GRAD, MODE, RECORDING
from symgrad.tracing.dtypes import default_float, raw_dtype_name

_MOVES = frozenset({Kind.REINDEXING, Kind.CONTRACTION})
_PARTS = "take the real and the imaginary part, x.real and x.imag, and compute with those"


def default_complex() -> np.dtype[Any]:
    """The dtype that Python's complex numbers become, as NumPy's: as wide as the default float."""
    return np.dtype("complex128" if default_float() == np.float64 else "complex64")


def is_complex_value(value: Any) -> bool:
    """Whether a raw value or a number is complex.

    >>> from symgrad.tracing.complexes import is_complex_value
    >>> is_complex_value(np.zeros(2, complex)), is_complex_value(1j), is_complex_value(2.0)
    (True, True, False)
    """
    if hasattr(value, "dtype"):
        return raw_dtype_name(value).startswith("complex")
    return isinstance(value, complex)


def refuse_complex(what: str, *values: Any) -> None:
    """Raise DtypeError where one of the raw values is complex: ``what`` is of real numbers."""
    if any(is_complex_value(v) for v in values):
        raise DtypeError(
            compose(
                f"{what} is not implemented for complex numbers.",
                where=user_position(),
                mend=_PARTS,
            )
        )


def takes_complex(rule: Primitive) -> bool:
    """Whether a rule's forward is right for complex numbers."""
    return rule.word in COMPLEX or rule.kind in _MOVES


def check_complex(rule: Primitive, tracked: bool) -> None:
    """Raise DtypeError unless a rule computes with complex numbers, here and now.

    Takes   tracked: whether an operand takes part in a gradient or a recorded structure.
    """
    if not takes_complex(rule):
        refuse_complex(f"{rule.name}()", 1j)
    mode = MODE.get()
    if mode & RECORDING or (tracked and mode & GRAD):
        raise DtypeError(
            compose(
                f"{rule.name}(): gradients and formulas are of real numbers, and an operand is "
                "complex.",
                where=user_position(),
                mend=_PARTS + "; or x.detach(), if no gradient is meant to flow",
            )
        )
