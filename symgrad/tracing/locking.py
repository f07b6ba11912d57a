"""NumPy arrays that a graph keeps: copied if small, locked if not, so that a write cannot mislead.

NumPy tells nobody of a write. So what a derivative will read of somebody's array is either a copy,
or the array itself, read-only until backward frees it: ``a[0] = 1`` raises in between. The graph
holds a view of its own, and the array is unlocked when the last such view goes.
"""

from __future__ import annotations

import threading
import weakref
from typing import Any

import numpy as np

#: Bytes up to which a copy is cheaper than anything else, and never in anybody's way.
SMALL = 1 << 16

#: Arrays that are locked, by id: the array and how many views of a graph's keep it so.
_LOCKED: dict[int, list[Any]] = {}

#: A view may go, and unlock, in any thread and in the middle of anything, this module included.
_GATE = threading.RLock()

#: The views that graphs hold, by id; each is taken out when it goes.
_VIEWS: dict[int, weakref.ref[Any]] = {}


def protected(slots: tuple[int, ...], originals: tuple[Any, ...], raws: tuple[Any, ...]) -> Any:
    """The raw operands of a call, with those that are somebody's arrays and will be kept made safe.

    Takes   slots: which operands the call keeps; originals, raws: the operands before and after
            sorting: an array that was converted on the way is nobody else's.
    """
    out = list(raws)
    for slot in slots:
        if slot >= 0 and isinstance(originals[slot], np.ndarray) and raws[slot] is originals[slot]:
            out[slot] = keep(raws[slot])
    return tuple(out)


def keep(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """What a graph may keep of an array: a copy, or a view while whose life the array is locked.

    Limits  a view that somebody made before stays writable: NumPy cannot find it.

    >>> from symgrad.tracing.locking import keep
    >>> a = np.zeros(100_000); kept = keep(a); a.flags.writeable
    False
    >>> del kept; a.flags.writeable
    True
    """
    if id(array) in _VIEWS:
        return array
    chain = _owners(array)
    if array.nbytes <= SMALL or chain is None:
        return array.copy()
    with _GATE:
        mine = [owner for owner in chain if owner.flags.writeable or id(owner) in _LOCKED]
        if not mine:  # read-only all along: by its owner's wish
            return array
        for owner in mine:
            _LOCKED.setdefault(id(owner), [owner, 0])[1] += 1
            owner.flags.writeable = False
    return _held(array.view(np.ndarray), mine)


def _held(view: np.ndarray[Any, Any], mine: list[Any]) -> np.ndarray[Any, Any]:
    """A view that unlocks arrays when it goes."""
    key = id(view)

    def freed(_: Any) -> None:
        with _GATE:
            del _VIEWS[key]
            for owner in reversed(mine):  # whoever owns the memory first: a view asks it
                _release(owner)

    _VIEWS[key] = weakref.ref(view, freed)
    return view


def _owners(array: np.ndarray[Any, Any]) -> list[Any] | None:
    """The array and what it is a view of, to the memory's owner; None where that is no array."""
    chain: list[Any] = [array]
    while chain[-1].base is not None:
        chain.append(chain[-1].base)
        if not isinstance(chain[-1], np.ndarray):
            return None
    return chain


def _release(owner: np.ndarray[Any, Any]) -> None:
    entry = _LOCKED[id(owner)]
    entry[1] -= 1
    if not entry[1]:
        del _LOCKED[id(owner)]
        owner.flags.writeable = True
