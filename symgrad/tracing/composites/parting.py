"""Parts of a tensor, and tensors in other layouts, in PyTorch's dialect.

``functions`` lists them; what they have in common with NumPy is in ``arrangement``.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symgrad.errors import AxisError, ShapeError, compose, user_position
from symgrad.grammar.kind import broadcast_shape
from symgrad.tracing import arrangement
from symgrad.tracing.calling import call, either_name, entries_at, shape_of
from symgrad.tracing.dtypes import Size, axis_of
from symgrad.tracing.parts import conjugated
from symgrad.tracing.tensor import Tensor, known_size

# parts --------------------------------------------------------------------------------------------


def _axis(name: str, input: Any, dim: int) -> int:
    """An axis that has entries to pick from.

    Raises  AxisError for a 0-d tensor, or outside the tensor.
    """
    if not shape_of(input):
        raise AxisError(
            compose(f"{name}() cannot be applied to a 0-dim tensor.", where=user_position())
        )
    return axis_of(dim, len(shape_of(input)))


@either_name
def select(input: Any, dim: int, index: int) -> Tensor:
    """The entries at one place along an axis, without that axis.

    Raises  AxisError for a place outside it.

    >>> sg.select(sg.tensor([[1.0, 2.0], [3.0, 4.0]]), 1, 0)
    tensor([1., 3.])
    """
    axis = _axis("select", input, dim)
    n = shape_of(input)[axis]
    if isinstance(n, int) and not -n <= index < n:
        raise AxisError(
            compose(
                f"select(): index {index} out of range for tensor of size {list(shape_of(input))} "
                f"at dimension {axis}",
                where=user_position(),
            )
        )
    return entries_at(input, axis, index)  # type: ignore[no-any-return]


@either_name
def narrow(input: Any, dim: int, start: Any, length: int) -> Tensor:
    """``length`` entries along an axis, from ``start`` on.

    Raises  ShapeError where the axis does not have them, AxisError for a start outside it.

    >>> sg.narrow(sg.tensor([1.0, 2.0, 3.0]), 0, 1, 2)
    tensor([2., 3.])
    """
    axis = _axis("narrow", input, dim)
    first = int(start)
    n = known_size(input, axis, "narrow()")
    if length < 0:
        raise ShapeError(compose("narrow(): length must be non-negative.", where=user_position()))
    if not -n <= first <= n:
        raise AxisError(
            compose(
                f"start out of range (expected to be in range of [{-n}, {n}], but got {first})",
                where=user_position(),
            )
        )
    first += n if first < 0 else 0
    if first + length > n:
        raise ShapeError(
            compose(
                f"start ({first}) + length ({length}) exceeds dimension size ({n}).",
                where=user_position(),
            )
        )
    return entries_at(input, axis, slice(first, first + length))  # type: ignore[no-any-return]


@either_name
def unbind(input: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """The entries along an axis, one tensor each.

    Raises  AxisError for a 0-d tensor.

    >>> sg.unbind(sg.tensor([[1.0, 2.0], [3.0, 4.0]]))
    (tensor([1., 2.]), tensor([3., 4.]))
    """
    if not shape_of(input):
        raise AxisError(
            compose("Dimension specified as 0 but tensor has no dimensions", where=user_position())
        )
    axis = axis_of(dim, len(shape_of(input)))
    return tuple(entries_at(input, axis, i) for i in range(known_size(input, axis, "unbind()")))


@either_name
def tensor_split(input: Any, indices_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Cut along an axis into so many parts, as equal as can be, or at the places listed.

    Raises  AxisError for a 0-d tensor, ShapeError for no part.

    >>> sg.tensor_split(sg.tensor([1.0, 2.0, 3.0]), 2)
    (tensor([1., 2.]), tensor([3.]))
    """
    if not shape_of(input):
        raise ShapeError(
            compose(
                "tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 "
                "dims",
                where=user_position(),
            )
        )
    axis = axis_of(dim, len(shape_of(input)))
    n = known_size(input, axis, "tensor_split()")
    wanted = indices_or_sections
    wanted = wanted.tolist() if isinstance(wanted, Tensor) else wanted
    if isinstance(wanted, int):
        if wanted < 1:
            raise ShapeError(
                compose(
                    f"number of sections must be larger than 0, got {wanted}",
                    where=user_position(),
                )
            )
        least, more = divmod(n, wanted)
        cuts = [0, *itertools.accumulate([least + 1] * more + [least] * (wanted - more))]
    else:
        cuts = [0, *wanted, n]
    parts = itertools.pairwise(cuts)
    return tuple(entries_at(input, axis, slice(a, b)) for a, b in parts)


@either_name
def split_with_sizes(input: Any, split_sizes: Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """Cut along an axis into parts of the sizes listed.

    Raises  ShapeError where the sizes do not add up.

    >>> sg.split_with_sizes(sg.tensor([1.0, 2.0, 3.0]), [1, 2])
    (tensor([1.]), tensor([2., 3.]))
    """
    return arrangement.split(input, list(split_sizes), dim)


def _cut(name: str, least: int, axis: int) -> Callable[..., tuple[Tensor, ...]]:
    """``tensor_split`` along a fixed axis into equal parts."""

    def function(input: Any, indices_or_sections: Any) -> tuple[Tensor, ...]:
        shape = shape_of(input)
        if len(shape) < least:
            raise ShapeError(
                compose(
                    f"torch.{name} requires a tensor with at least {least} dimension"
                    f"{'s' * (least > 1)}, but got a tensor with {len(shape)} dimensions!",
                    where=user_position(),
                )
            )
        along = 0 if name == "hsplit" and len(shape) == 1 else axis
        n = shape[along]
        if isinstance(indices_or_sections, int) and (
            indices_or_sections < 1 or n % indices_or_sections
        ):
            raise ShapeError(
                compose(
                    f"torch.{name} attempted to split along dimension {along}, but the size of the "
                    f"dimension {n} is not divisible by the split_size {indices_or_sections}!",
                    where=user_position(),
                    mend="tensor_split cuts into parts as equal as can be",
                )
            )
        return tensor_split(input, indices_or_sections, along)

    shape = tuple(1 if i == axis else 2 for i in range(3))
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""Cut into equal parts, or at the places listed, along axis {axis}.

    Raises  ShapeError for fewer than {least} axes, or for parts that would not be equal.

    >>> [*map(tuple, (part.shape for part in sg.{name}(sg.ones(2, 2, 2), 2)))] == [{shape}] * 2
    True
    """
    return function


hsplit, vsplit, dsplit = _cut("hsplit", 1, 1), _cut("vsplit", 2, 0), _cut("dsplit", 3, 2)

# layouts ------------------------------------------------------------------------------------------


@either_name
def unflatten(input: Any, dim: int, sizes: Sequence[int]) -> Tensor:
    """One axis taken apart into several; one of the sizes may be -1.

    Raises  ShapeError where they do not make up the axis.

    >>> sg.unflatten(sg.ones(2, 6), 1, (3, -1)).shape
    symgrad.Size([2, 3, 2])
    """
    shape = shape_of(input)
    if not shape:
        raise ShapeError(compose("unflatten: a 0-d tensor has no axis", where=user_position()))
    axis = axis_of(dim, len(shape))
    if not len(sizes):
        raise ShapeError(compose("unflatten: sizes must be non-empty", where=user_position()))
    known = math.prod(n for n in sizes if n != -1)
    fits = known != 0 and shape[axis] % known == 0 if -1 in sizes else known == shape[axis]
    if not fits:
        raise ShapeError(
            compose(
                f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size of dim "
                f"{dim} ({shape[axis]}) in the input tensor",
                where=user_position(),
            )
        )
    whole = [shape[axis] // known if n == -1 else n for n in sizes]
    return call("reshape", input, shape=(*shape[:axis], *whole, *shape[axis + 1 :]))  # type: ignore[no-any-return]


def expand_as(input: Any, other: Any) -> Tensor:
    """Broadcast to another tensor's shape.

    >>> sg.tensor([1.0, 2.0]).expand_as(sg.zeros(2, 2))
    tensor([[1., 2.],
            [1., 2.]])
    """
    return arrangement.expand(input, *shape_of(other))


def broadcast_tensors(*tensors: Any) -> tuple[Tensor, ...]:
    """Tensors broadcast to one shape.

    Raises  ShapeError where the shapes do not broadcast.

    >>> sg.broadcast_tensors(sg.tensor([1.0, 2.0]), sg.tensor([[3.0]]))
    (tensor([[1., 2.]]), tensor([[3., 3.]]))
    """
    shape = broadcast_shapes(*map(shape_of, tensors))
    return tuple(
        x if shape_of(x) == shape else call("broadcast_to", x, shape=tuple(shape)) for x in tensors
    )


def broadcast_shapes(*shapes: Any) -> Size:
    """The shape that several broadcast to.

    Raises  ShapeError where they do not.

    >>> sg.broadcast_shapes((2, 1), (3,))
    symgrad.Size([2, 3])
    """
    listed = [(s,) if isinstance(s, int) else tuple(s) for s in shapes]
    try:
        return Size(broadcast_shape(*listed))
    except ValueError as error:
        raise ShapeError(
            compose(
                "Shape mismatch: objects cannot be broadcast to a single shape.",
                [("shapes", ", ".join(map(str, listed)))],
                where=user_position(),
            )
        ) from error


def fliplr(input: Any) -> Tensor:
    """The second axis in reverse.

    Raises  ShapeError for fewer than two axes.

    >>> sg.fliplr(sg.tensor([[1.0, 2.0]]))
    tensor([[2., 1.]])
    """
    return _flipped(input, 1)


def flipud(input: Any) -> Tensor:
    """The first axis in reverse.

    Raises  ShapeError for a 0-d tensor.

    >>> sg.flipud(sg.tensor([1.0, 2.0]))
    tensor([2., 1.])
    """
    return _flipped(input, 0)


def _flipped(x: Any, axis: int) -> Tensor:
    if len(shape_of(x)) <= axis:
        raise ShapeError(compose(f"Input must be >= {axis + 1}-d.", where=user_position()))
    return call("flip", x, axis=(axis,))  # type: ignore[no-any-return]


def rot90(input: Any, k: int = 1, dims: Sequence[int] = (0, 1)) -> Tensor:
    """Turned by k right angles in the plane of two axes, the first toward the second.

    Raises  ShapeError where dims are not two different axes.

    >>> sg.rot90(sg.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([[2., 4.],
            [1., 3.]])
    """
    ndim = len(shape_of(input))
    if len(dims) != 2 or ndim < 2:
        raise ShapeError(
            compose(
                f"expected total dims >= 2 and rotation dims == 2, but got total dims {ndim} and "
                f"rotation dims {len(dims)}",
                where=user_position(),
            )
        )
    first, second = (axis_of(d, ndim) for d in dims)
    if first == second:
        raise ShapeError(
            compose("expected rotation dims to be different axes.", where=user_position())
        )
    if k % 4 == 0:
        return call("clone", input)  # type: ignore[no-any-return]
    if k % 4 == 2:
        return call("flip", input, axis=(first, second))  # type: ignore[no-any-return]
    turned = call("flip", input, axis=(second if k % 4 == 1 else first,))
    return arrangement.transpose(turned, first, second)


def adjoint(input: Any) -> Tensor:
    """The last two axes swapped, and complex entries conjugated.

    >>> sg.adjoint(sg.tensor([[1.0, 2.0]])).shape
    symgrad.Size([2, 1])
    >>> sg.adjoint(sg.tensor([[1 + 2j, 3j]]))
    tensor([[1.-2.j],
            [0.-3.j]])
    """
    turned = arrangement.transpose(input, -2, -1) if shape_of(input) else input
    return conjugated(turned)  # type: ignore[no-any-return]


def diag_embed(input: Any, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """Matrices with the last axis of ``input`` on a diagonal, zeros elsewhere.

    Raises  ShapeError where dim1 and dim2 are one axis.

    >>> sg.diag_embed(sg.tensor([1.0, 2.0]), 1)
    tensor([[0., 1., 0.],
            [0., 0., 2.],
            [0., 0., 0.]])
    """
    shape = shape_of(input)
    n = known_size(input, len(shape) - 1, "diag_embed()")
    ndim = len(shape) + 1
    first, second = axis_of(dim1, ndim), axis_of(dim2, ndim)
    if first == second:
        raise ShapeError(
            compose(
                f"diagonal dimensions cannot be identical {dim1}, {dim2}", where=user_position()
            )
        )
    places, size = np.arange(n), n + abs(offset)
    index = (Ellipsis, places + max(-offset, 0), places + max(offset, 0))
    made = call("index_add", input, index=index, shape=(*shape[:-1], size, size))
    return arrangement.moveaxis(made, (-2, -1), (first, second))


def diagflat(input: Any, offset: int = 0) -> Tensor:
    """A matrix with all entries of ``input`` on a diagonal.

    >>> sg.diagflat(sg.tensor([1.0, 2.0]))
    tensor([[1., 0.],
            [0., 2.]])
    """
    return arrangement.diag(arrangement.ravel(input), offset)
