"""Tensors joined, and grids and choices of their entries, in PyTorch's dialect."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from symgrad.errors import ShapeError, compose, user_position
from symgrad.tracing import arrangement
from symgrad.tracing.calling import call, entries_at, shape_of
from symgrad.tracing.tensor import Tensor, known_size


def atleast_3d(*tensors: Any) -> Any:
    """Tensors with at least three axes; several give a tuple.

    >>> sg.atleast_3d(sg.tensor([2.0, 3.0])).shape
    symgrad.Size([1, 2, 1])
    """
    several = len(tensors) > 1 or isinstance(tensors[0], (tuple, list))
    listed = tensors if len(tensors) > 1 else tensors[0] if several else tensors
    made = tuple(arrangement.at_least(3, x) for x in listed)
    return made if several else made[0]


def dstack(tensors: Sequence[Any]) -> Tensor:
    """Join tensors along the third axis.

    >>> sg.dstack([sg.tensor([1.0, 2.0]), sg.tensor([3.0, 4.0])])
    tensor([[[1., 3.],
             [2., 4.]]])
    """
    return call("concat", *(arrangement.at_least(3, x) for x in tensors), axis=2)  # type: ignore[no-any-return]


def block_diag(*tensors: Any) -> Tensor:
    """Matrices along the diagonal of one, zeros elsewhere; a vector is a row.

    Raises  ShapeError for more than two axes.

    >>> sg.block_diag(sg.tensor([[1.0]]), sg.tensor([[2.0, 3.0]]))
    tensor([[1., 0., 0.],
            [0., 2., 3.]])
    """
    blocks = [arrangement.at_least(2, x) for x in tensors]
    if any(len(shape_of(b)) > 2 for b in blocks):
        raise ShapeError(
            compose("torch.block_diag: Input tensors must have 2 or fewer dimensions",
                    where=user_position())
        )  # fmt: skip
    columns = sum(shape_of(b)[1] for b in blocks)
    made, right = [], 0
    for block in blocks:
        m = shape_of(block)[1]
        widths = ((0, 0), (right, columns - right - m))
        made.append(call("pad", block, widths=widths))
        right += m
    return call("concat", *made, axis=0)  # type: ignore[no-any-return]


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Tensor, ...]:
    """Vectors spread over the grid that they span, one tensor each.

    Takes   indexing: "ij", axes in the order of the vectors, or "xy", the first two swapped.
    Raises  ShapeError for what is no vector, or for another indexing.

    >>> sg.meshgrid(sg.tensor([1.0, 2.0]), sg.tensor([3.0]), indexing="ij")
    (tensor([[1.],
            [2.]]), tensor([[3.],
            [3.]]))
    """
    listed = (
        tuple(tensors[0]) if len(tensors) == 1 and not isinstance(tensors[0], Tensor) else tensors
    )
    if indexing not in ("ij", "xy"):
        raise ShapeError(
            compose(
                f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}',
                where=user_position(),
            )
        )
    if any(len(shape_of(x)) > 1 for x in listed):
        raise ShapeError(
            compose(
                "torch.meshgrid: Expected 0D or 1D tensor in the tensor list",
                where=user_position(),
            )
        )
    return grid([arrangement.at_least(1, x) for x in listed], indexing == "xy")


def grid(vectors: Sequence[Any], swapped: bool) -> tuple[Tensor, ...]:
    """Vectors spread over the grid that they span, its first two axes swapped on request."""
    order = list(range(len(vectors)))
    if swapped and len(vectors) > 1:
        order[:2] = 1, 0
    sizes = [math.prod(shape_of(x)) for x in vectors]
    shape = tuple(sizes[i] for i in order)
    made = []
    for i, x in enumerate(vectors):
        line = tuple(sizes[i] if j == i else 1 for j in order)
        made.append(call("broadcast_to", call("reshape", x, shape=line), shape=shape))
    return tuple(made)


def cartesian_prod(*tensors: Any) -> Tensor:
    """All tuples that take one entry from each vector, one a row.

    >>> sg.cartesian_prod(sg.tensor([1, 2]), sg.tensor([3, 4]))
    tensor([[1, 3],
            [1, 4],
            [2, 3],
            [2, 4]])
    """
    if len(tensors) == 1:
        return tensors[0]  # type: ignore[no-any-return]
    columns = [arrangement.ravel(x) for x in meshgrid(*tensors, indexing="ij")]
    return call("stack", *columns, axis=1)  # type: ignore[no-any-return]


def combinations(input: Any, r: int = 2, with_replacement: bool = False) -> Tensor:
    """All choices of r entries of a vector, in order, one a row.

    >>> sg.combinations(sg.tensor([1, 2, 3]))
    tensor([[1, 2],
            [1, 3],
            [2, 3]])
    """
    if len(shape_of(input)) != 1:
        raise ShapeError(compose("Expect a 1D vector", where=user_position()))
    pick = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    places = [*pick(range(known_size(input, 0, "combinations()")), r)]
    index = np.array(places, dtype=int).reshape(len(places), r)
    return entries_at(input, 0, index)  # type: ignore[no-any-return]


def vander(x: Any, N: int | None = None, increasing: bool = False) -> Tensor:
    """Powers of the entries of a vector, a column each: falling, or rising where ``increasing``.

    >>> sg.vander(sg.tensor([2.0, 3.0]))
    tensor([[2., 1.],
            [3., 1.]])
    """
    if len(shape_of(x)) != 1:
        raise ShapeError(compose("x must be a one-dimensional tensor.", where=user_position()))
    n = known_size(x, 0, "vander()") if N is None else N
    if n < 0:
        raise ShapeError(compose("N must be non-negative.", where=user_position()))
    powers = [call("power", x, k) for k in range(n)]
    return call("stack", *(powers if increasing else powers[::-1]), axis=1)  # type: ignore[no-any-return]
