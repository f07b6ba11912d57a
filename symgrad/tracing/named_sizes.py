"""What ``arrangement`` does by counting, for axes whose sizes have names."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

from symgrad.algebras.backends import is_size
from symgrad.errors import ShapeError
from symgrad.tracing.calling import call, shape_of
from symgrad.tracing.creation import arange, eye
from symgrad.tracing.tensor import Tensor, known_size


def cuts_of(x: Any, axis: int, wanted: Any) -> list[Any]:
    """Where to cut an axis whose size has a name, into parts of one size or of those listed.

    Raises  ShapeError where the parts do not make up the size, TraceError where how many parts
            there are depends on its number.
    """
    n = shape_of(x)[axis]
    if isinstance(wanted, (tuple, list)):
        found = [0, *accumulate(wanted)]
        if found[-1] - n != 0:
            raise ShapeError(f"sizes that add up to {n} are expected, but got {list(wanted)}")
        return found
    count = n / wanted
    if getattr(count, "is_Integer", False):
        return [k * wanted for k in range(int(count) + 1)]
    return [0, *range(wanted, known_size(x, axis, "split()"), wanted), n]


def each_repeated(x: Tensor, axis: int, times: Any) -> Tensor:
    """Each entry equally often, by sizes that may have names."""
    if not isinstance(times, int) and not is_size(times):
        known_size(x, axis, "repeat_interleave()")
    shape = shape_of(x)
    before, n, after = shape[:axis], shape[axis], shape[axis + 1 :]
    full = (*before, n, times, *after)
    spread = call("broadcast_to", call("expand_dims", x, axis=axis + 1), shape=full)
    return call("reshape", spread, shape=(*before, n * times, *after))  # type: ignore[no-any-return]


def diagonal_matrix(x: Tensor, diagonal: int) -> Tensor:
    """As ``diag`` of a vector whose size has a name: by an identity, placed among zeros."""
    n = shape_of(x)[0]
    square = call("einsum", x, eye(n), spec="i,ij->ij")
    if not diagonal:
        return square  # type: ignore[no-any-return]
    size, down, right = n + abs(diagonal), max(-diagonal, 0), max(diagonal, 0)
    index = (slice(down, down + n), slice(right, right + n))
    return call("index_add", square, index=index, shape=(size, size))  # type: ignore[no-any-return]


def triangle(x: Any, n: Any, m: Any, diagonal: int, test: str) -> Tensor:
    """A triangle of matrices whose sizes have names: by comparing the places of entries."""
    rows = call("expand_dims", arange(n), axis=1)
    kept = call(test, call("subtract", arange(m), rows), diagonal)
    return call("where", kept, x, 0.0)  # type: ignore[no-any-return]


def first_rolled(step: Any, n: Any) -> Any:
    """The place of the entry that comes first; the axis is taken as long enough, as slices do."""
    step = getattr(step, "_sympy_", lambda: step)()
    below = step < 0 if isinstance(step, int) else step.is_negative
    return -step if below else n - step
