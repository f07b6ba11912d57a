"""Where arrays live: the CPU, and GPUs through CuPy; imported by creation and methods."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symgrad.algebras.backends import is_batched, is_formula
from symgrad.algebras.devices import card, in_host, made_on, move
from symgrad.errors import DeviceError, compose, user_position
from symgrad.tracing.dtypes import device


def device_of(value: Any) -> device:
    """The device of a raw value.

    >>> device_of(np.float32(1.0))
    device(type='cpu')
    """
    if in_host(value) or is_formula(value):
        return device("cpu")
    if is_batched(value):
        return device_of(value.raw)
    number = getattr(value.device, "id", None)
    if number is not None:
        return device("cuda", int(number))
    other = device("strict")
    other.raw = value.device
    return other


def resolved(where: Any) -> device:
    """The device that a person names; ``cuda`` is the current GPU.

    Raises  DeviceError, with the mend, for a GPU that is not there.

    >>> resolved("cpu")
    device(type='cpu')
    """
    found = where if isinstance(where, device) else device(where)
    if found.type == "cuda":
        return device("cuda", card(found.index))
    return found if found.type != "cpu" or found.index is None else device("cpu")


def place(value: Any, where: Any) -> Any:
    """A raw value on the device that a person names; itself where it is there already.

    Raises  DeviceError, with the mend, for a GPU that is not there.
    """
    if where is None:
        return value
    wanted = resolved(where)
    return value if wanted == device_of(value) else move(value, wanted)


def filled_there(where: Any, make: Callable[[Any], Any]) -> Any:
    """An array that ``make(xp)`` makes where it shall be, of NumPy's or CuPy's functions.

    What can be computed on a GPU is not sent there.
    """
    wanted = None if where is None else resolved(where)
    if wanted is not None and wanted.type == "cuda":
        return made_on(wanted, make)
    made = make(np)
    return place(made if made.ndim else made[()], wanted)


def refuse_other_device(g: Any, value: Any) -> None:
    """Raise DeviceError for a gradient that is not where its tensor is; None is no gradient."""
    if g is None or isinstance(g, np.generic) or type(g) is type(value) is np.ndarray:
        return
    there, here = device_of(g), device_of(value)
    if there != here and not is_formula(g):
        raise DeviceError(
            compose(
                f"attempting to assign a gradient with device type '{there}' to a tensor with "
                f"device type '{here}'. Please ensure that the gradient and the tensor are on the "
                "same device",
                where=user_position(),
                mend=f"move it: g.to('{here}')",
            )
        )


def refuse_off_host(value: Any) -> None:
    """Raise DeviceError (a TypeError too) for a value that NumPy cannot see."""
    if in_host(value) or is_formula(value):
        return
    raise DeviceError(
        compose(
            f"can't convert {device_of(value)} device type tensor to numpy. Use Tensor.cpu() to "
            "copy the tensor to host memory first.",
            where=user_position(),
            mend="x.cpu().numpy(), or np.asarray(x.cpu())",
        )
    )
