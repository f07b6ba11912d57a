"""Counts, bins and places in sorted values, in PyTorch's dialect; ``functions`` lists them.

They are path: no gradient flows through them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from symgrad.algebras.devices import to_host
from symgrad.errors import DtypeError, ShapeError, refusal
from symgrad.tracing import guards
from symgrad.tracing.calling import beside, shape_of
from symgrad.tracing.dtypes import axis_of
from symgrad.tracing.tensor import Tensor, refuse_formulas
from symgrad.tracing.traced import raw


def _plain(name: str, *values: Any) -> list[Any]:
    """Values on the host, their branches lost to guards: nothing flows through a count."""
    refuse_formulas(f"{name}()", *values)
    guards.lose(*values)
    return [None if v is None else np.asarray(to_host(raw(v))) for v in values]


def unique(
    input: Any, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False,
    dim: int | None = None,
) -> Any:  # fmt: skip
    """The different entries (or slices along an axis), sorted; no gradient.

    Takes   return_inverse: also where each entry is among them; return_counts: also how often.

    >>> sg.unique(sg.tensor([2.0, 1.0, 2.0]), return_counts=True)
    (tensor([1., 2.]), tensor([1, 2]))
    """
    (value,) = _plain("unique", input)
    axis = None if dim is None else axis_of(dim, value.ndim)
    found = np.unique(value, return_inverse=True, return_counts=True, axis=axis, equal_nan=False)
    inverse = found[1].reshape(value.shape if axis is None else -1)
    wanted = [
        found[0],
        *([inverse] if return_inverse else []),
        *([found[2]] if return_counts else []),
    ]
    made = tuple(beside(v, input) for v in wanted)
    return made if len(made) > 1 else made[0]


def unique_consecutive(
    input: Any, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """Entries (or slices along an axis) that differ from the one before; no gradient.

    >>> sg.unique_consecutive(sg.tensor([1, 1, 2, 1]))
    tensor([1, 2, 1])
    """
    (value,) = _plain("unique_consecutive", input)
    axis = None if dim is None else axis_of(dim, value.ndim)
    line = value.reshape(-1) if axis is None else np.moveaxis(value, axis, 0)
    apart = (line[1:] != line[:-1]).reshape(max(len(line) - 1, 0), -1).any(axis=1)
    new = np.concatenate([np.ones(min(len(line), 1), dtype=bool), apart])
    places = np.flatnonzero(new)
    inverse = np.cumsum(new) - 1
    inverse = inverse.reshape(value.shape) if axis is None else inverse
    kept = line[places] if axis is None else np.moveaxis(line[places], 0, axis)
    counts = np.diff(np.append(places, len(line)))
    wanted = [kept, *([inverse] if return_inverse else []), *([counts] if return_counts else [])]
    made = tuple(beside(v, input) for v in wanted)
    return made if len(made) > 1 else made[0]


def bincount(input: Any, weights: Any = None, minlength: int = 0) -> Tensor:
    """How often each of 0, 1, 2, ... is among the entries of a vector, or their weights' sum.

    Raises  DtypeError for what is no integer, ShapeError for negative ones or another shape.

    >>> sg.bincount(sg.tensor([0, 2, 2]))
    tensor([1, 0, 2])
    """
    value, weight = _plain("bincount", input, weights)
    if value.dtype.kind not in "iu":
        raise refusal(DtypeError, f"bincount(): it counts integers, not {value.dtype}")
    if value.ndim != 1 or (value.size and value.min() < 0):
        raise refusal(ShapeError, "bincount only supports 1-d non-negative integral inputs.")
    if weight is not None and weight.shape != value.shape:
        raise refusal(ShapeError, "weights should be 1-d and have the same length as input")
    counted = np.bincount(value.astype(np.int64), weight, minlength)
    if weight is not None:
        counted = counted.astype(weight.dtype if weight.dtype == np.float32 else np.float64)
    return beside(counted, input)


def histc(input: Any, bins: int = 100, min: float = 0, max: float = 0) -> Tensor:
    """How many entries lie in each of so many equal bins between two bounds; no gradient.

    Takes   min, max: the bounds; where they are equal, those of the entries.
    Raises  ShapeError for bounds that are not in order, or for no bin; DtypeError for integers.

    >>> sg.histc(sg.tensor([1.0, 2.0, 1.0]), bins=4, min=0, max=3)
    tensor([0., 2., 1., 0.])
    """
    (value,) = _plain("histc", input)
    if value.dtype.kind != "f":
        raise refusal(
            DtypeError, f"histc(): not implemented for {value.dtype}", mend="x.float() first"
        )
    if bins < 1:
        raise refusal(ShapeError, f"histc(): bins must be > 0, but got {bins}")
    low, high = (float(min), float(max))
    if low == high and value.size:
        low, high = float(value.min()), float(value.max())
    if low == high:
        low, high = low - 1, high + 1
    if not low < high or not math.isfinite(high - low):
        raise refusal(ShapeError, f"histc(): max must be larger than min: {low}, {high}")
    counted = np.histogram(value[~np.isnan(value)], bins, (low, high))[0]
    return beside(counted.astype(value.dtype), input)


def searchsorted(
    sorted_sequence: Any, input: Any, *, out_int32: bool = False, right: bool = False,
    side: str | None = None,
) -> Tensor:  # fmt: skip
    """Where values would have to be put into sorted ones so that these stay sorted; no gradient.

    Takes   sorted_sequence: a vector, or rows along the last axis, one for each row of input;
            right (or side="right"): behind equal entries instead of before them.
    Raises  ShapeError where the rows do not pair up.

    >>> sg.searchsorted(sg.tensor([1.0, 3.0, 5.0]), sg.tensor([3.0, 6.0]))
    tensor([1, 3])
    """
    if side not in (None, "left", "right") or (side == "left" and right):
        raise refusal(ShapeError, f"searchsorted(): side and right disagree: {side!r}, {right}")
    edges, value = _plain("searchsorted", sorted_sequence, input)
    where: Any = "right" if right or side == "right" else "left"
    if edges.ndim == 1:
        found = np.searchsorted(edges, value, where)
    elif edges.ndim and edges.shape[:-1] == value.shape[:-1]:
        found = np.zeros(value.shape, dtype=np.int64)
        for row in np.ndindex(edges.shape[:-1]):
            found[row] = np.searchsorted(edges[row], value[row], where)
    else:
        raise refusal(
            ShapeError,
            "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 "
            "dimensions of boundaries tensor and input value tensor must match",
        )
    like = sorted_sequence if isinstance(sorted_sequence, Tensor) else input
    return beside(np.asarray(found, dtype=np.int32 if out_int32 else np.int64), like)


def bucketize(
    input: Any, boundaries: Any, *, out_int32: bool = False, right: bool = False
) -> Tensor:
    """The number of the bin that each entry lies in, between sorted boundaries; no gradient.

    >>> sg.bucketize(sg.tensor([0.5, 4.0]), sg.tensor([1.0, 3.0]))
    tensor([0, 2])
    """
    if len(shape_of(boundaries)) != 1:
        raise refusal(
            ShapeError,
            f"boundaries tensor must be 1 dimension, but got dim({len(shape_of(boundaries))})",
        )
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)


def isin(elements: Any, test_elements: Any, *, invert: bool = False) -> Tensor:
    """Which entries are among those of another tensor; no gradient.

    >>> sg.isin(sg.tensor([1, 2, 3]), sg.tensor([2, 5]))
    tensor([False,  True, False])
    """
    value, among = _plain("isin", elements, test_elements)
    like = elements if isinstance(elements, Tensor) else test_elements
    return beside(np.isin(value, among, invert=invert), like)


def argwhere(input: Any) -> Tensor:
    """The places of the entries that are not zero, one a row; no gradient.

    >>> sg.argwhere(sg.tensor([0.0, 3.0]))
    tensor([[1]])
    """
    (value,) = _plain("argwhere", input)
    return beside(np.argwhere(value), input)
