"""Real and imaginary parts, conjugates and angles; ``functions`` lists them."""

from __future__ import annotations

from typing import Any

import numpy as np

from symgrad.algebras.backends import namespace_of
from symgrad.algebras.numpy_adapter import NUMPY
from symgrad.errors import DtypeError, compose, user_position
from symgrad.tracing.complexes import is_complex_value
from symgrad.tracing.looping import is_many, per_entry
from symgrad.tracing.node import extras
from symgrad.tracing.tensor import (
    Tensor,
    buffer,
    leaf_of,
    storage_of,
    wrap,
)
from symgrad.tracing.without_rule import followed, refuse


def _is_complex(name: str, x: Any) -> bool:
    if isinstance(x, Tensor):
        return is_complex_value(x._value)
    raise DtypeError(
        compose(
            f"{name}() takes a tensor; this is a {type(x).__name__}.",
            where=user_position(),
            mend="make one: sg.as_tensor(values)",
        )
    )


def real(input: Tensor) -> Tensor:
    """The real part, in the same buffer; a real tensor is its own.

    >>> sg.real(sg.tensor([1 + 2j]))
    tensor([1.])
    """
    return _part(input, "real") if _is_complex("real", input) else input


def imag(input: Tensor) -> Tensor:
    """The imaginary part, in the same buffer.

    Raises  DtypeError for a tensor that is not complex.

    >>> sg.imag(sg.tensor([1 + 2j]))
    tensor([2.])
    """
    if not _is_complex("imag", input):
        raise DtypeError(
            compose(
                "imag is not implemented for tensors with non-complex dtypes.",
                where=user_position(),
                mend="it is sg.zeros_like(x)",
            )
        )
    return _part(input, "imag")


def _part(x: Tensor, name: str) -> Tensor:
    if is_many(x):
        return per_entry(lambda one: _part(one, name), x)  # type: ignore[no-any-return]
    xp = namespace_of(x._value)
    if xp is not NUMPY:
        return wrap(getattr(xp.namespace, name)(x._value))
    made = wrap(getattr(buffer(x), name))
    extras(leaf_of(made)).storage = storage_of(x)
    made._inference = x._inference
    return made


def conj(input: Tensor) -> Tensor:
    """The complex conjugate; a real tensor is its own.

    >>> sg.conj(sg.tensor([1 + 2j]))
    tensor([1.-2.j])
    """
    if not _is_complex("conj", input):
        return input
    if is_many(input):
        return per_entry(conj, input)  # type: ignore[no-any-return]
    return wrap(namespace_of(input._value).namespace.conj(input._value))


def conjugated(x: Any) -> Any:
    """The conjugate of complex values; real ones, and what is no tensor, as they are."""
    return conj(x) if isinstance(x, Tensor) and is_complex_value(x._value) else x


def angle(input: Tensor) -> Tensor:
    """The angle of complex numbers, in (-pi, pi]; of real ones 0 or pi.

    Raises  TraceError for a tensor that requires grad: it has no rule.

    >>> sg.angle(sg.tensor([1j, -1 + 0j]))
    tensor([1.5708, 3.1416])
    """
    complex_input = _is_complex("angle", input)
    if followed(input):
        raise refuse("angle(x)", "sg.atan2(y, x) of the two parts is traced")
    if is_many(input):
        return per_entry(angle, input)  # type: ignore[no-any-return]
    value, xp = input._value, namespace_of(input._value)
    if xp is NUMPY:
        return wrap(np.angle(value))
    if not complex_input:
        return wrap(xp.namespace.atan2(xp.zeros_like(value), value))
    return wrap(xp.namespace.atan2(xp.namespace.imag(value), xp.namespace.real(value)))
