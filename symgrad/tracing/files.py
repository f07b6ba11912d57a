"""Tensors in files, and copies for Python's own ``copy`` and ``pickle``; imported by the face."""

from __future__ import annotations

import copy
import copyreg
import zipfile
import zlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from symgrad.algebras.backends import namespace_of, root_of
from symgrad.algebras.devices import to_host
from symgrad.errors import DtypeError, GraphError, compose, user_position
from symgrad.tracing.creation import tensor
from symgrad.tracing.devices import device_of, place
from symgrad.tracing.node import Leaf, Node, extras
from symgrad.tracing.storage import Storage
from symgrad.tracing.tensor import Tensor, alias, leaf_of, storage_of, wrap

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


class Shown(NamedTuple):
    """Which bytes of an array a view shows, and how."""

    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    dtype: Any
    writeable: bool

    def of(self, root: Any) -> Any:
        """That view of another array of the same bytes."""
        made: Any = np.ndarray(self.shape, self.dtype, root, self.offset, self.strides)
        made.flags.writeable = self.writeable
        return made


def _taken_apart(value: Any) -> tuple[Any, Shown | None]:
    """The array that a value's memory belongs to, and what the value shows of it.

    None for what shows all of it, and for what cannot be told: then it is a copy of its own.
    """
    if not isinstance(value, np.ndarray):
        return np.asarray(to_host(value)), None
    root = root_of(value)
    if root is value or not root.flags.c_contiguous:
        return value, None
    start = root.__array_interface__["data"][0]
    offset = value.__array_interface__["data"][0] - start
    flags = value.flags.writeable or not root.flags.writeable
    return root, Shown(offset, value.shape, value.strides, value.dtype, bool(flags))


def deepcopied(self: Tensor, memo: dict[Any, Any]) -> Tensor:
    """What ``copy.deepcopy`` gives: a leaf on a buffer of its own.

    Views that are copied with it share that buffer. The gradient is copied too; hooks are
    not, as in PyTorch.

    Raises  GraphError for a result: the operations that made it cannot be copied.
    """
    if type(self.node) is Node and self._rg:
        raise GraphError(
            compose(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy "
                "protocol.",
                mend="x.detach().clone() is a copy of the value",
            )
        )
    value = self._value
    made = wrap(value)
    if isinstance(value, np.ndarray):
        root, shown = _taken_apart(value)
        known = memo.get(("symgrad buffer", id(root)))
        fresh, first = (root.copy(), made) if known is None else known
        memo["symgrad buffer", id(root)] = (fresh, first)
        made._value = fresh if shown is None else shown.of(fresh)
        if first is not made:
            extras(leaf_of(made)).storage = storage_of(first)
    else:
        made._value = namespace_of(value).copy_of(value)
    memo[id(self)] = made
    _told(made, self._rg, *_said(self))
    if self._grad is not None:
        made._grad = copy.deepcopy(self._grad, memo)
    return made


def _said(self: Tensor) -> tuple[Any, Any, Any]:
    """What a leaf was told by its user: its letter, names of its sizes, assumptions."""
    leaf = self.node
    return (leaf.assigned, leaf.dims, leaf.facts) if type(leaf) is Leaf else (None, None, ())


def _told(made: Tensor, requires_grad: bool, name: Any, dims: Any, facts: Any) -> Tensor:
    if requires_grad:
        made.requires_grad_()
    if name is not None or dims is not None or facts:
        leaf = leaf_of(made, user_position())
        leaf.assigned, leaf.dims, leaf.facts = name, dims, facts
    return made


def reduced(self: Tensor, protocol: int) -> Any:
    """What ``pickle`` keeps of a tensor: its values, and what its leaf was told.

    Tensors that share a buffer share one again, where they are pickled together.

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
    root, shown = _taken_apart(self._value)
    extra = self.node.extra if self.node is not None else None
    storage = extra.storage if extra is not None else None
    where = str(device_of(self._value))
    scalar = isinstance(self._value, np.generic)
    return _rebuilt, (root, shown, storage, where, scalar, self._rg, *_said(self))


def _rebuilt(
    root: Any, shown: Any, storage: Any, where: str, scalar: bool, requires_grad: bool, *said: Any
) -> Tensor:
    value = root if shown is None else shown.of(root)
    made = wrap(place(value[()] if scalar else value, None if where == "cpu" else where))
    if storage is not None and where == "cpu":
        extras(leaf_of(made)).storage = storage
    return _told(made, requires_grad, *said)


#: A storage is its own moment: what is unpickled has not been written yet.
copyreg.pickle(Storage, lambda storage: (Storage, (storage.inference,)))


def install() -> None:
    """Give tensors what ``copy`` and ``pickle`` ask for; called once, by the face."""
    for name, method in (
        ("__copy__", copied), ("__deepcopy__", deepcopied), ("__reduce_ex__", reduced),
    ):  # fmt: skip
        setattr(Tensor, name, method)
