"""Moving raw arrays between devices; imported by the numeric algebras and by tensors."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from symgrad.errors import DeviceError, compose, user_position

#: Whether anything was ever computed on another GPU than number 0: from then on a backward enters
#: the device of each operation.
ELSEWHERE = [False]


def in_host(value: Any) -> bool:
    """Whether a raw value is NumPy's: one whose numbers are there without a wait.

    >>> from symgrad.algebras.devices import in_host
    >>> in_host(np.zeros(2)), in_host(np.float32(0.0)), in_host(0.0)
    (True, True, False)
    """
    return isinstance(value, (np.ndarray, np.generic))


def to_host(value: Any) -> Any:
    """A NumPy array or scalar of a raw value on any device."""
    if in_host(value):
        return value
    if hasattr(value, "get"):  # CuPy
        return value.get()
    inner = getattr(value, "_array", None)  # array_api_strict keeps its ndarray here
    return np.asarray(value if inner is None else inner)


def move(value: Any, where: Any) -> Any:
    """A raw value on another device.

    Takes   where: symgrad's device, or the device of another raw array.
    Raises  DeviceError, with the mend, for a GPU that is not there.
    """
    kind = getattr(where, "type", None)
    if kind == "cpu" or where == "cpu":
        return to_host(value)
    if kind == "cuda" or hasattr(where, "id"):
        return to_cuda(value, where.index if kind == "cuda" else where.id)
    raw = getattr(where, "raw", where)
    if in_host(value) and not isinstance(raw, str):
        library = sys.modules[type(raw).__module__.partition(".")[0]]  # whose device it is
        return library.asarray(np.asarray(value), device=raw)
    return value.to_device(raw)


def to_cuda(value: Any, index: int | None) -> Any:
    """A raw value on GPU number ``index``; None is the current one.

    Raises  DeviceError, with the mend, where there is no CuPy, no driver, no card of that number.
    """
    cupy = cuda_library()
    number = card(index)
    with cupy.cuda.Device(number):
        if not isinstance(value, cupy.ndarray):
            return cupy.asarray(to_host(value))
        # A copy is made on the current device; CuPy's asarray would give the array as it lies.
        return value if value.device.id == number else value.copy()


def made_on(where: Any, make: Callable[[Any], Any]) -> Any:
    """An array that ``make(cupy)`` makes on a GPU."""
    cupy = cuda_library()
    with cupy.cuda.Device(card(where.index)):
        return make(cupy)


def card(index: int | None) -> int:
    """The number of a GPU that is there; None is the current one.

    Raises  DeviceError for a number that no GPU here has.
    """
    runtime = cuda_library().cuda.runtime
    if index is None:
        return int(runtime.getDevice())
    count = int(runtime.getDeviceCount())
    if not 0 <= index < count:
        some = "one GPU, cuda:0" if count == 1 else f"{count} GPUs, cuda:0 to cuda:{count - 1}"
        raise DeviceError(
            compose(
                f"cuda:{index}: invalid device ordinal.",
                [("here", some)],
                where=user_position(),
                mend="name one of those, or 'cuda' for the current one",
            )
        )
    return index


def cuda_library() -> Any:
    """CuPy, where it can compute.

    Raises  DeviceError, with the mend: install it, or give it a driver and a card.
    """
    cupy = _load_cupy()
    if not cupy.is_available():
        raise DeviceError(
            compose(
                "cuda: CuPy is installed, but it finds no CUDA driver or no card here.",
                where=user_position(),
                mend="`nvidia-smi` must name a card; until then compute on the CPU: device='cpu'",
            )
        )
    return cupy


def cuda_count() -> int:
    """How many GPUs can be used here; 0 without CuPy, a driver or a card."""
    try:
        return int(cuda_library().cuda.runtime.getDeviceCount())
    except DeviceError:
        return 0


def _load_cupy() -> Any:
    try:
        import cupy
    except ImportError as error:
        raise DeviceError(
            compose(
                "cuda needs CuPy, which is not installed.",
                [("why", error)],
                where=user_position(),
                mend="pip install 'symgrad[cuda13]' (or symgrad[cuda12] for an older driver)",
            )
        ) from error
    return cupy
