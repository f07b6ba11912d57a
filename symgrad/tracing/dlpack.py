"""Buffers shared with other array libraries by DLPack; tensors get ``__dlpack__`` from here."""

from __future__ import annotations

from typing import Any

import numpy as np

from symgrad.algebras.dlpack_adapter import taken_in
from symgrad.errors import DtypeError, ExportError, compose, user_position
from symgrad.tracing.devices import place
from symgrad.tracing.dtypes import check_held
from symgrad.tracing.locking import given_out, shared
from symgrad.tracing.tensor import Tensor, buffer, refuse_leaving, wrap

_REFUSALS = (BufferError, ValueError, RuntimeError)


def from_dlpack(x: Any, /, *, device: Any = None, copy: bool | None = None) -> Tensor:
    """A tensor on the buffer of an array of any library that has ``__dlpack__``.

    Takes   x: NumPy's, PyTorch's, JAX's or CuPy's array, or a tensor; device: where to; copy: True
            for a buffer of its own, False to refuse one.
    Gives   a tensor without history; a write to either is seen by both, unless it was copied.
    Raises  ExportError (a BufferError) for what requires grad or cannot be shared; DtypeError for
            numbers that tensors do not hold, and for what has no ``__dlpack__``.
    Source  https://data-apis.org/array-api/2024.12/design_topics/data_interchange.html

    >>> a = np.zeros(2); t = sg.from_dlpack(a); a[0] = 5.0; t
    tensor([5., 0.], dtype=symgrad.float64)
    """
    if not hasattr(x, "__dlpack__"):
        raise DtypeError(
            compose(
                f"from_dlpack takes an array that has __dlpack__; this is a {type(x).__name__}.",
                where=user_position(),
                mend="sg.tensor(...) takes numbers and lists",
            )
        )
    try:
        found = taken_in(x, copy)
    except ExportError:
        raise
    except TypeError as error:
        raise DtypeError(
            compose(f"from_dlpack: {_words(error)}.", where=user_position())
        ) from error
    except _REFUSALS as error:
        raise ExportError(
            compose(f"from_dlpack: {_words(error)}.", where=user_position())
        ) from error
    check_held(found)
    made = place(found, device)
    if copy is False and made is not found:
        raise ExportError(
            compose(
                "from_dlpack(copy=False): another device means a copy.",
                where=user_position(),
                mend="leave out copy, or device",
            )
        )
    return wrap(shared(made, lockable=False) if isinstance(made, np.ndarray) and not copy else made)


def _words(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".")


def dlpack(
    self: Tensor,
    *,
    stream: Any = None,
    max_version: tuple[int, int] | None = None,
    dl_device: tuple[Any, int] | None = None,
    copy: bool | None = None,
) -> Any:
    """The tensor's buffer as a DLPack capsule, for another library's ``from_dlpack``.

    Raises  ExportError (a BufferError) for a tensor that requires grad, and for a buffer that is
            read-only, where the other side cannot be told.

    >>> np.from_dlpack(sg.tensor([1.0, 2.0]))
    array([1., 2.], dtype=float32)
    """
    refuse_leaving(self, "__dlpack__")
    if self._rg:
        raise ExportError(
            compose(
                "Can't export tensors that require gradient, use tensor.detach()",
                where=user_position(),
            )
        )
    asked = {"stream": stream, "max_version": max_version, "dl_device": dl_device, "copy": copy}
    given = {key: value for key, value in asked.items() if value is not None}
    try:
        return given_out(self, buffer(self), lockable=False).__dlpack__(**given)
    except _REFUSALS as error:
        raise ExportError(
            compose(f"__dlpack__: {_words(error)}.", where=user_position(), mend="clone() it first")
        ) from error


def dlpack_device(self: Tensor) -> tuple[Any, int]:
    """Where the buffer is, in DLPack's numbers: (1, 0) is the CPU.

    >>> tuple(map(int, sg.tensor([1.0]).__dlpack_device__()))
    (1, 0)
    """
    refuse_leaving(self, "__dlpack_device__")
    return buffer(self).__dlpack_device__()  # type: ignore[no-any-return]
