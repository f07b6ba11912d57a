"""Where arrays live: the CPU, and GPUs through CuPy; imported by creation and methods."""

from __future__ import annotations

from typing import Any

import numpy as np

from symgrad.algebras.backends import to_cuda
from symgrad.errors import DeviceError
from symgrad.tracing.dtypes import device
from symgrad.tracing.tensor import to_host


def device_of(value: Any) -> device:
    """The device of a raw value.

    >>> device_of(np.float32(1.0))
    device(type='cpu')
    """
    if isinstance(value, (np.ndarray, np.generic)):
        return device("cpu")
    number = getattr(value.device, "id", None)
    return device("strict") if number is None else device("cuda", int(number))


def place(value: Any, where: Any) -> Any:
    """A raw value on the device that a person names; itself where it is there already.

    Raises  DeviceError, with the mend, for a GPU that is not there.
    """
    if where is None:
        return value
    wanted = device(where)
    here = device_of(value)
    if wanted == here:
        return value
    if wanted.type == "cpu":
        return to_host(value)
    if wanted.type == "strict":
        raise DeviceError("the strict device is for tests; make its arrays with array_api_strict")
    return to_cuda(value, wanted.index or 0)
