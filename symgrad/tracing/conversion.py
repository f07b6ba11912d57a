"""A tensor in another dtype or on another device; ``methods`` imports it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from symgrad.algebras.backends import is_batched, is_formula, namespace_of
from symgrad.errors import DeviceError, compose, user_position
from symgrad.grammar.primitive import REGISTRY
from symgrad.tracing.calling import call
from symgrad.tracing.complexes import check_complex, is_complex_value
from symgrad.tracing.devices import device_of, place, resolved
from symgrad.tracing.dtypes import DTYPES, as_numpy_dtype, device, raw_dtype_name
from symgrad.tracing.node import Node
from symgrad.tracing.operands import as_namespace_dtype
from symgrad.tracing.parts import real
from symgrad.tracing.tensor import Tensor, wrap


def to(
    self: Tensor,
    *args: Any,
    dtype: Any = None,
    device: Any = None,
    other: Tensor | None = None,
    non_blocking: bool = False,
    copy: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """This tensor in another dtype or on another device; itself where nothing changes.

    Takes   a device, a dtype, or a tensor to be like; copy: give a buffer of its own in any case;
            non_blocking, memory_format: taken as PyTorch takes them, and without effect.

    >>> sg.tensor([1.0]).to("cpu", sg.float64)
    tensor([1.], dtype=symgrad.float64)
    """
    flags = [a for a in args if isinstance(a, bool)]  # non_blocking, then copy
    copy = copy or (len(flags) > 1 and flags[1])
    for argument in (*args, other):
        if isinstance(argument, Tensor):
            dtype, device = argument.dtype, device_of(argument._value)
        elif isinstance(argument, str) and argument.partition(":")[0] not in ("cpu", "cuda"):
            dtype = argument
        elif isinstance(argument, (str, device_type)) or type(argument) is int:
            device = argument
        elif argument is not None and not isinstance(argument, bool):
            dtype = argument
    out = self
    if device is not None and resolved(device) != device_of(self._value):
        out = _moved(out, resolved(device))
    if dtype is not None and _differs(out._value, as_numpy_dtype(dtype)):
        out = _cast(out, as_numpy_dtype(dtype))
    return call("clone", out) if copy and out is self else out


device_type = device


def _differs(value: Any, dtype: np.dtype[Any]) -> bool:
    if is_formula(value) and value.dtype.kind in "fiu":  # formulas know one width of each
        return str(value.dtype.kind) != dtype.kind.replace("u", "i")
    return raw_dtype_name(value) != dtype.name


def _moved(self: Tensor, where: device) -> Tensor:
    if self._rg or type(self.node) is Node or is_batched(self._value):
        source = device_of(self._value)
        return call("to_device", self, device=where, source=source)  # type: ignore[no-any-return]
    return wrap(place(self._value, where))


def _cast(self: Tensor, dtype: Any) -> Tensor:
    target = as_namespace_dtype(namespace_of(self._value), dtype)
    if dtype.kind in "fc" and (self._rg or type(self.node) is Node):
        if dtype.kind == "c":
            check_complex(REGISTRY["cast"], True)
        return call("cast", self, dtype=target)  # type: ignore[no-any-return]
    value = self._value
    if dtype.kind not in "cb" and is_complex_value(value):
        warnings.warn(
            "Casting complex values to real discards the imaginary part", UserWarning, stacklevel=3
        )
        value = real(self)._value
    return wrap(namespace_of(value).cast(value, dtype=target))


def caster(name: str) -> Callable[[Tensor], Tensor]:
    """The short form of ``to`` for one dtype.

    >>> sg.tensor([1.0]).double()
    tensor([1.], dtype=symgrad.float64)
    """

    def method(self: Tensor) -> Tensor:
        return to(self, dtype=DTYPES[name])

    method.__doc__ = f"This tensor as {name}."
    return method


def astype(self: Tensor, dtype: Any) -> Tensor:
    """This tensor in another dtype (NumPy's name of ``to``).

    >>> sg.tensor([1.5]).astype(np.int64)
    tensor([1])
    """
    return to(self, dtype=dtype)


def to_device(self: Tensor, device: Any, /, *, stream: Any = None) -> Tensor:
    """This tensor on another device (the array API standard's name of ``to``).

    >>> sg.tensor([1.0]).to_device("cpu")
    tensor([1.])
    """
    return to(self, device=device)


def cpu(self: Tensor, memory_format: Any = None) -> Tensor:
    """This tensor on the CPU; itself where it is there.

    >>> x = sg.tensor([1.0]); x.cpu() is x
    True
    """
    return to(self, device="cpu")


def cuda(
    self: Tensor, device: Any = None, non_blocking: bool = False, memory_format: Any = None
) -> Tensor:
    """This tensor on a GPU; itself where it is there.

    Takes   device: "cuda", "cuda:1", a device or a number; None is the current GPU.
    Raises  DeviceError, with the mend, where that GPU is not there.
    """
    wanted = device_type("cuda" if device is None else device)
    if wanted.type != "cuda":
        raise DeviceError(
            compose(
                "Invalid device, must be cuda device",
                where=user_position(),
                mend=f"x.to({str(wanted)!r}) moves to any device",
            )
        )
    return to(self, device=wanted)
