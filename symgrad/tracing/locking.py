"""NumPy arrays that a graph keeps: copied if small, locked if not, so that a write cannot mislead.

NumPy tells nobody of a write. So what a derivative will read of somebody's array is either a copy,
or the array itself, read-only until backward frees it: ``a[0] = 1`` raises in between. The graph
holds a view of its own, and the array is unlocked when the last such view goes. A tensor whose
buffer came from NumPy, or went out to it, holds it as a ``SharedBuffer``: no short cut takes that
type, so every call with it comes by the door, which asks here.
"""

from __future__ import annotations

import sys
import threading
import weakref
from typing import Any

import numpy as np

from symgrad.tracing.node import Leaf

#: Bytes up to which a copy is cheaper than anything else, and never in anybody's way.
SMALL = 1 << 16

#: Arrays that are locked, by id: the array and how many views of a graph's keep it so.
_LOCKED: dict[int, list[Any]] = {}

#: The copies that graphs hold, by id, each with the array that it was made of.
_COPIED: dict[int, tuple[weakref.ref[Any], Any]] = {}

#: A view may go, and unlock, in any thread and in the middle of anything, this module included.
_GATE = threading.RLock()

#: The views that graphs hold, by id; each is taken out when it goes.
_VIEWS: dict[int, weakref.ref[Any]] = {}


class SharedBuffer(np.ndarray[Any, Any]):
    """A tensor's view of an array that somebody outside may write; results of it are plain."""

    owner: Any  # the array that was given, or given out: what is locked; None where none can be
    whole: bool  # whether this is all of it, as it lies

    def __array_finalize__(self, source: Any) -> None:
        self.owner, self.whole = getattr(source, "owner", None), False

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        return array[()] if return_scalar else array.view(np.ndarray)

    def __deepcopy__(self, memo: Any) -> Any:
        return np.array(self)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self.view(np.ndarray).__reduce_ex__(protocol)

    def copy(self, order: Any = "C") -> Any:
        """The entries in a buffer that nobody else has."""
        return np.array(self, order=order)

    def astype(self, dtype: Any, *rest: Any, **more: Any) -> Any:
        """The entries in another dtype, as a plain array."""
        return self.view(np.ndarray).astype(dtype, *rest, **more)


def shared(array: np.ndarray[Any, Any], lockable: bool = True) -> SharedBuffer:
    """An array that somebody outside holds, as a tensor holds it.

    Takes   lockable: False where other arrays than this one lead to the memory.

    >>> from symgrad.tracing.locking import shared
    >>> a = np.zeros(2); shared(a).owner is a
    True
    """
    view = array.view(SharedBuffer)
    view.owner, view.whole = array if lockable else None, lockable
    return view


def shared_with(data: Any, value: Any) -> Any:
    """A raw value, marked if it lies in the memory of what somebody gave."""
    both = isinstance(data, np.ndarray) and isinstance(value, np.ndarray)
    return shared(value) if both and np.may_share_memory(value, data) else value


def part(value: np.ndarray[Any, Any], of: Any) -> np.ndarray[Any, Any]:
    """A view of a tensor's raw value, marked as that is."""
    if type(of) is not SharedBuffer:
        return value
    view = value.view(SharedBuffer)
    view.owner = of.owner
    return view


def plain(value: Any) -> Any:
    """A raw value as it is computed with: without the mark of a shared buffer."""
    return value.view(np.ndarray) if type(value) is SharedBuffer else value


def given_out(tensor: Any, value: Any, lockable: bool = True) -> Any:
    """A tensor's own array for somebody outside, who may write into it from now on.

    Takes   value: its buffer; lockable: as ``shared``.
    """
    if type(value) is SharedBuffer and (lockable or value.owner is None):
        return value.owner if value.whole else plain(value)
    value = plain(value)
    if isinstance(value, np.ndarray):
        tensor._value = shared(value, lockable)
        if type(tensor.node) is Leaf:
            tensor.node.value = tensor._value
    return value


def taken_back(tensor: Any) -> None:
    """Take the mark off a tensor whose buffer went out, where nobody holds that array any more."""
    value = tensor._value
    if type(value) is not SharedBuffer or not value.whole:
        return
    owner = value.owner
    # Here, in the call that counts, in the view's attribute, and as its base.
    if sys.getrefcount(owner) <= 3 + (value.base is owner):
        tensor._value = owner
        if type(tensor.node) is Leaf:
            tensor.node.value = owner


def protected(slots: tuple[int, ...], originals: tuple[Any, ...], raws: tuple[Any, ...]) -> Any:
    """The raw operands of a call, with those that are somebody's arrays and will be kept made safe.

    Takes   slots: which operands the call keeps; originals, raws: the operands before and after
            sorting: an array that was converted on the way is nobody else's.
    """
    out = list(raws)
    for slot in slots:
        if slot < 0:
            continue
        raw, original = raws[slot], getattr(originals[slot], "_value", originals[slot])
        if type(original) is SharedBuffer and np.may_share_memory(raw, original):
            out[slot] = _copied(raw) if original.owner is None else keep(raw, original.owner)
        elif isinstance(original, np.ndarray) and raw is originals[slot]:
            out[slot] = keep(raw)
    return tuple(out)


def safe(value: Any) -> Any:
    """A raw value that may be kept: somebody else's array as a copy or a locked view."""
    if type(value) is SharedBuffer:
        raw = value.view(np.ndarray)
        return _copied(raw) if value.owner is None else keep(raw, value.owner)
    return keep(value) if isinstance(value, np.ndarray) else value


def keep(array: np.ndarray[Any, Any], owner: Any = None) -> np.ndarray[Any, Any]:
    """What a graph may keep of an array: a copy, or a view while whose life the array is locked.

    Takes   owner: the array to lock, where ``array`` is a tensor's view of it; the tensor itself
            may write, for its writes are noted.
    Limits  a view that somebody made before stays writable: NumPy cannot find it.

    >>> from symgrad.tracing.locking import keep
    >>> a = np.zeros(100_000); kept = keep(a); a.flags.writeable
    False
    >>> del kept; a.flags.writeable
    True
    """
    if id(array) in _VIEWS:
        return array
    chain = _owners(array if owner is None else owner)
    if array.nbytes <= SMALL or chain is None:
        return _copied(array)
    with _GATE:
        mine = [held for held in chain if held.flags.writeable or id(held) in _LOCKED]
        if not mine:  # read-only all along: by its owner's wish
            return array
        for held in mine:
            _LOCKED.setdefault(id(held), [held, 0])[1] += 1
            held.flags.writeable = False
    view = array.view(np.ndarray)
    view.flags.writeable = False
    return _held(view, mine)


def _copied(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """A copy, with which the array itself lives on: formulas read what the structure names."""
    made = array.copy()
    key = id(made)
    _COPIED[key] = weakref.ref(made, lambda _: _COPIED.pop(key, None)), array
    return made


def _held(view: np.ndarray[Any, Any], mine: list[Any]) -> np.ndarray[Any, Any]:
    """A view that unlocks arrays when it goes."""
    key = id(view)

    def freed(_: Any) -> None:
        with _GATE:
            del _VIEWS[key]
            for held in reversed(mine):  # whoever owns the memory first: a view asks it
                _release(held)

    _VIEWS[key] = weakref.ref(view, freed)
    return view


def _owners(array: np.ndarray[Any, Any]) -> list[Any] | None:
    """The array and what it is a view of, to the memory's owner; None where that is no array."""
    chain: list[Any] = [array]
    while chain[-1].base is not None:
        chain.append(chain[-1].base)
        if not isinstance(chain[-1], np.ndarray):
            return None
    return [found for found in chain if type(found) is not SharedBuffer]


def _release(owner: np.ndarray[Any, Any]) -> None:
    entry = _LOCKED[id(owner)]
    entry[1] -= 1
    if not entry[1]:
        del _LOCKED[id(owner)]
        owner.flags.writeable = True
