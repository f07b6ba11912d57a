"""Where arrays live: the CPU, and GPUs through CuPy; imported by creation and methods."""

from __future__ import annotations

from typing import Any

import numpy as np

from symgrad.algebras.backends import is_batched, is_formula
from symgrad.algebras.devices import move
from symgrad.tracing.dtypes import device


def device_of(value: Any) -> device:
    """The device of a raw value.

    >>> device_of(np.float32(1.0))
    device(type='cpu')
    """
    if isinstance(value, (np.ndarray, np.generic)) or is_formula(value):
        return device("cpu")
    if is_batched(value):
        return device_of(value.raw)
    number = getattr(value.device, "id", None)
    if number is not None:
        return device("cuda", int(number))
    other = device("strict")
    other.raw = value.device
    return other


def place(value: Any, where: Any) -> Any:
    """A raw value on the device that a person names; itself where it is there already.

    Raises  DeviceError, with the mend, for a GPU that is not there.
    """
    if where is None:
        return value
    wanted = where if isinstance(where, device) else device(where)
    return value if wanted == device_of(value) else move(value, wanted)
