"""Tensors in files, and copies for Python's own ``copy`` and ``pickle``; imported by the face."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from symgrad.algebras.devices import to_host
from symgrad.errors import DtypeError, GraphError, compose, user_position
from symgrad.tracing.creation import tensor
from symgrad.tracing.devices import device_of
from symgrad.tracing.node import Leaf, Node
from symgrad.tracing.tensor import Tensor, alias, wrap

#: What reading a file that is not, or no longer, an archive of arrays ends in.
_BROKEN = (ValueError, EOFError, KeyError, NotImplementedError, zipfile.BadZipFile, zlib.error)


def save(tensors: Any, path: str | Path) -> None:
    """Write a tensor, or a dict of tensors by name, to an ``.npz`` file; nothing is pickled.

    Takes   tensors: a tensor, or {name: tensor}; history is not kept, ``requires_grad`` is.
    """
    several = isinstance(tensors, dict)
    items = tensors if several else {"": tensors}
    arrays: dict[str, Any] = {}
    for name, t in items.items():
        if not isinstance(name, str) or not isinstance(t, Tensor):
            raise DtypeError("save takes a tensor, or a dict of tensors by name")
        arrays[f"{'t' if several else 's'}{int(t.requires_grad)}:{name}"] = to_host(t._value)
    with Path(path).open("wb") as file:
        # savez takes names as keywords: any text is one, and the file stays plain npz.
        np.savez(file, **arrays)


def load(path: str | Path) -> Any:
    """Read what ``save`` wrote: a tensor, or a dict of tensors.

    Raises  DtypeError for a file that is not one of ``save``'s, or is broken.
    """
    with Path(path).open("rb") as file:
        try:
            with np.load(file, allow_pickle=False) as archive:
                found = {key: archive[key] for key in archive.files}
        except (*_BROKEN, AttributeError, TypeError) as error:
            # NumPy's own words here recommend its unsafe reader; a single array is no archive.
            raise _not_ours(path) from error
    if not all(key[:1] in "ts" and key[2:3] == ":" for key in found):
        raise _not_ours(path)
    made = {key[3:]: tensor(value, requires_grad=key[1] == "1") for key, value in found.items()}
    return made[""] if [key[0] for key in found] == ["s"] else made


def _not_ours(path: Any) -> DtypeError:
    return DtypeError(
        compose(
            f"{path} was not written by symgrad.save, or it is broken.",
            where=user_position(),
            mend="sg.from_numpy(np.load(path)) for NumPy's own files",
        )
    )


def copied(self: Tensor) -> Tensor:
    """What ``copy.copy`` gives: another tensor on the same buffer, of the same history."""
    if type(self.node) is Node:
        return wrap(self._value, self.node, self._rg)
    made = alias(self)
    if self._rg:
        made.requires_grad_()
    return made


def reduced(self: Tensor, protocol: int) -> Any:
    """What ``pickle`` keeps of a tensor: its values, and what its leaf was told.

    Raises  GraphError for a result: the operations that made it cannot be kept.
    """
    if type(self.node) is Node and self._rg:
        raise GraphError(
            compose(
                "a tensor that operations made cannot be pickled: its history would be lost.",
                where=user_position(),
                mend="pickle x.detach(), or write it with sg.save(x.detach(), path)",
            )
        )
    leaf = self.node if type(self.node) is Leaf else None
    name, dims = (leaf.assigned, leaf.dims) if leaf is not None else (None, None)
    place = str(device_of(self._value))
    return _rebuilt, (np.asarray(to_host(self._value)), place, self._rg, name, dims)


def _rebuilt(values: Any, device: str, requires_grad: bool, name: Any, dims: Any) -> Tensor:
    return tensor(values, device=device, requires_grad=requires_grad, name=name, dims=dims)


def install() -> None:
    """Give tensors what ``copy`` and ``pickle`` ask for; called once, by the face."""
    setattr(Tensor, "__copy__", copied)  # noqa: B010 - a class with slots, told so for mypy
    setattr(Tensor, "__reduce_ex__", reduced)  # noqa: B010
