"""``symgrad.array_api``: the array API standard 2024.12; what ``x.__array_namespace__()`` gives."""

import sys as _sys

from symgrad.face.array_api import fft, linalg
from symgrad.tracing.array_dialect import VERSION as __array_api_version__
from symgrad.tracing.array_dialect import sign_in as _sign_in
from symgrad.tracing.array_dtypes import STANDARD as _STANDARD
from symgrad.tracing.array_dtypes import namespace_info as __array_namespace_info__
from symgrad.tracing.array_namespace import CONSTANTS as _CONSTANTS
from symgrad.tracing.array_namespace import FUNCTIONS as _FUNCTIONS
from symgrad.tracing.dtypes import DTYPES as _DTYPES

_DTYPES_HERE = {name: _DTYPES[name] for name in _STANDARD}
globals().update({**_FUNCTIONS, **_CONSTANTS, **_DTYPES_HERE})
_sign_in(_sys.modules[__name__])

__all__ = [
    "__array_api_version__", "__array_namespace_info__", "fft", "linalg",
    *_FUNCTIONS, *_CONSTANTS, *_DTYPES_HERE,
]  # fmt: skip
