"""The places that an index names, as a graph keeps them; reading and writing entries use it."""

from __future__ import annotations

from typing import Any

import numpy as np

from symgrad.algebras.backends import is_batched, is_formula
from symgrad.algebras.devices import in_host, to_host
from symgrad.grammar.primitive import REGISTRY
from symgrad.tracing.calling import integers
from symgrad.tracing.creation import as_tensor
from symgrad.tracing.dtypes import raw_dtype_name
from symgrad.tracing.guards import lose
from symgrad.tracing.tensor import Tensor
from symgrad.tracing.traced import apply


def place(part: Any) -> Any:
    """One part of an index, arrays copied: the graph keeps it, and yours may change."""
    if isinstance(part, Tensor):
        lose(part)
        if not part._value.shape and raw_dtype_name(part._value)[0] in "iu":
            stays = is_formula(part._value) or is_batched(part._value)
            return part._value if stays else int(part._value)
        return integers(part)
    if isinstance(part, np.integer):
        return int(part)
    if isinstance(part, np.ndarray) and part.dtype.kind in "iub":
        return part.copy()
    if not isinstance(part, list):
        return part
    listed = to_host(as_tensor(part)._value)
    return listed if listed.size else listed.astype(np.int64)  # of no entries: no places


def placed(index: Any) -> Any:
    """An index, each part as the graph keeps it."""
    return tuple(map(place, index)) if isinstance(index, tuple) else place(index)


def selected(x: Tensor, places: Any) -> tuple[Tensor, Any]:
    """A tensor with the axes that integers name taken first, as in PyTorch, and the other places.

    NumPy counts an integer as one more array, and moves the axes of arrays that something parts
    to the front: x[0, :, [0, 1]] would have them before the slice's.
    """
    if not isinstance(places, tuple) or len(places) < 3 or not any(map(_is_array, places)):
        return x, places
    if sum(len(_passed_over(p)) for p in places if p is not Ellipsis) == len(x._value.shape):
        places = tuple(p for p in places if p is not Ellipsis)  # it parts nothing
    if not _is_parted(places):
        return x, places
    first = [q for p in places for q in _passed_over(p)]
    rest = tuple(p for p in places if not _is_integer(p))
    return apply(REGISTRY["getitem"], (x,), {"index": tuple(first)}), rest


def _is_parted(places: tuple[Any, ...]) -> bool:
    """Whether an index has integers, and other parts between these and its arrays."""
    found = [k for k, p in enumerate(places) if _is_integer(p) or _is_array(p)]
    return found[-1] - found[0] + 1 > len(found) and any(map(_is_integer, places))


def _is_integer(part: Any) -> bool:
    if hasattr(part, "dtype"):
        return not part.shape and raw_dtype_name(part)[0] in "iu"
    return type(part) is not bool and hasattr(type(part), "__index__")


def _is_array(part: Any) -> bool:
    return bool(getattr(part, "shape", ()))


def _passed_over(part: Any) -> tuple[Any, ...]:
    """What stands for a part while integers alone are looked at."""
    if part is None or part is Ellipsis or _is_integer(part):
        return () if part is None else (part,)
    whole = (slice(None),)
    masks = _is_array(part) and raw_dtype_name(part) == "bool"
    return whole * len(part.shape) if masks else whole


def names_twice(shape: tuple[Any, ...], places: Any) -> bool:
    """Whether an index names an entry more than once.

    Of an axis whose size has a name, two places are the same where they are written alike.
    """
    listed = places if isinstance(places, tuple) else (places,)
    if _is_masked_off_host(listed):
        return False  # a mask names each entry once, and it stays where it is
    parts = tuple(map(_hosted, listed))
    if all(isinstance(n, int) for n in shape):
        counts = np.zeros(shape, dtype=int)
        np.add.at(counts, parts, 1)
        return bool(counts.max(initial=0) > 1)
    arrays = [p for p in parts if getattr(p, "shape", ()) and p.dtype.kind != "b"]
    if not arrays:
        return False
    lines = np.stack([a.ravel() for a in np.broadcast_arrays(*arrays)])
    return np.unique(lines, axis=1).shape != lines.shape


def _is_masked_off_host(parts: tuple[Any, ...]) -> bool:
    """Whether the arrays of an index are masks of another device, and nothing but masks."""
    arrays = [p for p in parts if hasattr(p, "dtype") and not is_formula(p)]
    off_host = any(not in_host(p) for p in arrays)
    return off_host and all(raw_dtype_name(p) == "bool" for p in arrays)


def _hosted(part: Any) -> Any:
    return to_host(part) if hasattr(part, "dtype") and not is_formula(part) else part
