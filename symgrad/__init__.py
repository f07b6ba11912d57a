"""symgrad: derivatives of ordinary array programs, run, printed, and checked against each other.

>>> import symgrad as sg
>>> x = sg.tensor(2.0, requires_grad=True)
>>> y = 2 * x**4 + x**3 + 3 * x**2 + 5 * x + 1
>>> y.backward(); y, x.grad
(tensor(63., grad_fn=<AddBackward0>), tensor(93.))
>>> print(sg.closed_form(y, x))
8*x**3 + 3*x**2 + 6*x + 5
"""

from __future__ import annotations

import builtins
import importlib
import math
import sys
from types import ModuleType
from typing import Any

from symgrad import rules as rules
from symgrad.errors import (
    AxisError,
    DeclarationError,
    DeviceError,
    DtypeError,
    ExportError,
    FormulaError,
    GraphError,
    IndexDtypeError,
    NoClosedForm,
    ParseError,
    PerformanceWarning,
    ShapeError,
    SymgradError,
    TraceError,
)
from symgrad.errors import no_attribute as _no_attribute
from symgrad.face.functions import *  # noqa: F403  (one function for every rule)

from symgrad.face import (  # isort: skip  (they name those)
    array_api,
    autograd,
    checkpointing,
    cuda,
    func,
    linalg,
    nn,
    special,
)
from symgrad.modes import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    record,
    set_grad_enabled,
)
from symgrad.tracing.anomaly import is_anomaly_enabled
from symgrad.tracing.composites.queries import finfo, iinfo
from symgrad.tracing.creation import (
    arange,
    as_tensor,
    empty,
    empty_like,
    eye,
    from_numpy,
    full,
    full_like,
    linspace,
    ones,
    ones_like,
    tensor,
    zeros,
    zeros_like,
)
from symgrad.tracing.dlpack import from_dlpack
from symgrad.tracing.dtypes import DTYPES as _DTYPES
from symgrad.tracing.dtypes import DType as dtype
from symgrad.tracing.dtypes import Size, device, get_default_dtype, set_default_dtype
from symgrad.tracing.files import load, save
from symgrad.tracing.printing import get_printoptions, set_printoptions
from symgrad.tracing.random import (
    bernoulli,
    manual_seed,
    multinomial,
    normal,
    rand,
    rand_like,
    randint,
    randint_like,
    randn,
    randn_like,
    randperm,
)
from symgrad.tracing.ranges import asarray, logspace, scalar_tensor, tril_indices, triu_indices
from symgrad.tracing.tensor import Tensor
from symgrad.tracing.vmap import vmap

__version__ = "0.1.0"

float16, float32, float64 = _DTYPES["float16"], _DTYPES["float32"], _DTYPES["float64"]
half, float, double = float16, float32, float64
complex64, complex128 = _DTYPES["complex64"], _DTYPES["complex128"]
cfloat, cdouble = complex64, complex128
int8, int16, int32, int64 = _DTYPES["int8"], _DTYPES["int16"], _DTYPES["int32"], _DTYPES["int64"]
uint8, uint16, uint32 = _DTYPES["uint8"], _DTYPES["uint16"], _DTYPES["uint32"]
uint64, long, int, bool = _DTYPES["uint64"], int64, int32, _DTYPES["bool"]
short = int16
pi, e, inf, nan, newaxis = math.pi, math.e, math.inf, math.nan, None

#: What loads on first use: name -> module that holds it. SymPy, SciPy and the rest come with them.
_LATER = {
    "closed_form": "symgrad.symbolic.closed_form",
    "ClosedForm": "symgrad.symbolic.closed_form",
    "parse": "symgrad.symbolic.parser",
    "from_sympy": "symgrad.symbolic.from_sympy",
    "explain": "symgrad.derivations.steps",
    "crosscheck": "symgrad.verification.crosscheck",
}

#: The doors are modules: ``import symgrad.autograd``, ``from symgrad.func import jvp``.
_DOORS = {
    "array_api": array_api, "autograd": autograd, "cuda": cuda, "func": func, "linalg": linalg,
    "nn": nn, "special": special,
}  # fmt: skip
utils = checkpointing.utils
utils.checkpoint = checkpointing  # type: ignore[attr-defined]
_ROOMS = {
    "array_api.fft": array_api.fft, "array_api.linalg": array_api.linalg,
    "autograd.function": autograd.function, "autograd.functional": autograd.functional,
    "autograd.graph": autograd.graph, "nn.functional": nn.functional,
    "utils": utils, "utils.checkpoint": checkpointing,
}  # fmt: skip
sys.modules.update({f"{__name__}.{_name}": _door for _name, _door in (_DOORS | _ROOMS).items()})


def _no_other(path: str, door: ModuleType) -> Any:
    """What a door says to a name that it has not."""

    def refuse(name: str) -> Any:
        raise _no_attribute(f"{__name__}.{path}", name, door.__all__)

    return refuse


for _name, _door in (_DOORS | _ROOMS).items():
    if hasattr(_door, "__all__") and not hasattr(_door, "__getattr__"):
        _door.__getattr__ = _no_other(_name, _door)  # type: ignore[method-assign]

_SCAFFOLDING = {"Any", "ModuleType", "annotations", "builtins", "importlib", "math", "sys"}
#: What a star brings: no module but the doors, and nothing that hides one of Python's own names.
__all__ = [
    _name
    for _name in sorted({*globals(), *_LATER})
    if not (_name.startswith("_") or _name in _SCAFFOLDING or hasattr(builtins, _name))
    and (_name in _DOORS or not isinstance(globals().get(_name), ModuleType))
]


def __getattr__(name: str) -> Any:
    module = _LATER.get(name)
    if module is None:
        raise _no_attribute(__name__, name, __all__)
    value = getattr(importlib.import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER} - _SCAFFOLDING)
