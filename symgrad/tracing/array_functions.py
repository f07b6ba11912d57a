"""The standard's functions that are made of several rules; ``array_namespace`` lists them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symgrad.errors import AxisError, DtypeError, ShapeError, compose, user_position
from symgrad.grammar.kind import broadcast_shape
from symgrad.grammar.primitive import REGISTRY
from symgrad.tracing import arrangement, choices, functions, parts
from symgrad.tracing.array_dialect import check_operands, is_plain, native
from symgrad.tracing.calling import call, entries_at, integers, shape_of
from symgrad.tracing.complexes import refuse_complex
from symgrad.tracing.composites import joining, parting
from symgrad.tracing.conversion import to
from symgrad.tracing.dtypes import axis_of
from symgrad.tracing.functions import FUNCTIONS
from symgrad.tracing.looping import is_many, looped
from symgrad.tracing.tensor import Tensor, refuse_formulas
from symgrad.tracing.traced import raw

# the same for every entry -------------------------------------------------------------------------


def clip(x: Any, /, min: Any = None, max: Any = None) -> Tensor:
    """``x`` kept within bounds, numbers or arrays, either of which may be left out.

    >>> sg.array_api.clip(sg.tensor([-1, 5]), 0, 3)
    tensor([0, 3])
    """
    given = [v for v in (x, min, max) if v is not None]
    check_operands("clip", tuple(given))
    if len(given) == 1:
        return call("clone", x)  # type: ignore[no-any-return]
    if is_plain(REGISTRY["maximum"], tuple(given)):
        return native("clip", x, min, max)  # type: ignore[no-any-return]
    shape = broadcast_shape(*map(shape_of, given))
    wide = x if shape_of(x) == shape else call("broadcast_to", x, shape=shape)
    return to(choices.clip(wide, min, max), dtype=x.dtype)


def logical_xor(x1: Any, x2: Any, /) -> Tensor:
    """Where exactly one of two truths holds.

    >>> sg.array_api.logical_xor(sg.tensor([True, True]), sg.tensor([True, False]))
    tensor([False,  True])
    """
    check_operands("logical_xor", (x1, x2))
    for x in (x1, x2):
        if hasattr(x, "dtype") and x.dtype != np.bool_:
            raise DtypeError(
                compose(f"logical_xor takes truths, not {x.dtype}.", where=user_position())
            )
    return call("not_equal", x1, x2)  # type: ignore[no-any-return]


def conj(x: Any, /) -> Tensor:
    """The complex conjugate; real numbers are their own.

    >>> sg.array_api.conj(sg.tensor([1 + 2j]))
    tensor([1.-2.j])
    """
    return parts.conj(x)


def real(x: Any, /) -> Tensor:
    """The real part; real numbers are their own.

    >>> sg.array_api.real(sg.tensor([1 + 2j]))
    tensor([1.])
    """
    return parts.real(x)


def imag(x: Any, /) -> Tensor:
    """The imaginary part of complex numbers.

    >>> sg.array_api.imag(sg.tensor([1 + 2j]))
    tensor([2.])
    """
    return parts.imag(x)


# moved about --------------------------------------------------------------------------------------


def reshape(x: Any, /, shape: Any, *, copy: bool | None = None) -> Tensor:
    """The same entries in another shape; one size may be -1.

    Raises  ShapeError where the sizes do not fit, or copy is False and only a copy will do.

    >>> sg.array_api.reshape(sg.tensor([1, 2, 3, 4]), (2, -1)).shape
    symgrad.Size([2, 2])
    """
    made = call("reshape", x, shape=tuple(shape))
    if copy is None:
        return made  # type: ignore[no-any-return]
    held, source = made._value, x._value
    shared = isinstance(held, np.ndarray) and np.may_share_memory(held, source)
    if copy is False and not shared and made.size:
        raise ShapeError(
            compose(
                "reshape(copy=False): these entries cannot lie so without a copy.",
                where=user_position(),
                mend="leave out copy",
            )
        )
    return call("clone", made) if copy and shared else made  # type: ignore[no-any-return]


def matrix_transpose(x: Any, /) -> Tensor:
    """The last two axes swapped.

    >>> sg.array_api.matrix_transpose(sg.array_api.ones((4, 2, 3))).shape
    symgrad.Size([4, 3, 2])
    """
    if len(shape_of(x)) < 2:
        raise ShapeError(
            compose(
                f"matrix_transpose takes two axes or more; the shape is {tuple(shape_of(x))}.",
                where=user_position(),
            )
        )
    return arrangement.transpose(x, -2, -1)


def moveaxis(x: Any, source: Any, destination: Any, /) -> Tensor:
    """Axes moved to other places.

    >>> sg.array_api.moveaxis(sg.array_api.ones((2, 3, 4)), 0, 2).shape
    symgrad.Size([3, 4, 2])
    """
    return arrangement.moveaxis(x, source, destination)


def roll(x: Any, /, shift: Any, *, axis: Any = None) -> Tensor:
    """Entries moved on, those that leave at the end entering in front.

    >>> sg.array_api.roll(sg.tensor([1, 2, 3]), 1)
    tensor([3, 1, 2])
    """
    if axis is not None and isinstance(axis, tuple) and isinstance(shift, int):
        shift = (shift,) * len(axis)
    return arrangement.roll(x, shift, axis)


def repeat(x: Any, repeats: Any, /, *, axis: int | None = None) -> Tensor:
    """Each entry so many times in a row.

    >>> sg.array_api.repeat(sg.tensor([1, 2]), 2)
    tensor([1, 1, 2, 2])
    """
    return arrangement.repeat_interleave(x, repeats, axis)


def tile(x: Any, repetitions: Any, /) -> Tensor:
    """The whole array so many times along each axis.

    >>> sg.array_api.tile(sg.tensor([1, 2]), (2,))
    tensor([1, 2, 1, 2])
    """
    return arrangement.tile(x, tuple(repetitions))


def unstack(x: Any, /, *, axis: int = 0) -> tuple[Tensor, ...]:
    """The entries along an axis, each an array without it.

    >>> sg.array_api.unstack(sg.tensor([[1, 2], [3, 4]]))
    (tensor([1, 2]), tensor([3, 4]))
    """
    if not shape_of(x):
        raise AxisError(compose("unstack needs at least one axis.", where=user_position()))
    return parting.unbind(x, axis)


def tril(x: Any, /, *, k: int = 0) -> Tensor:
    """The lower triangles of matrices, zeros above the k-th diagonal.

    >>> sg.array_api.tril(sg.tensor([[1, 2], [3, 4]]))
    tensor([[1, 0],
            [3, 4]])
    """
    return arrangement.tril(x, k)


def triu(x: Any, /, *, k: int = 0) -> Tensor:
    """The upper triangles of matrices, zeros below the k-th diagonal.

    >>> sg.array_api.triu(sg.tensor([[1, 2], [3, 4]]))
    tensor([[1, 2],
            [0, 4]])
    """
    return arrangement.triu(x, k)


def broadcast_arrays(*arrays: Any) -> list[Tensor]:
    """Each array spread to the shape of all together.

    >>> [x.shape for x in sg.array_api.broadcast_arrays(sg.ones(2, 1), sg.ones(3))]
    [symgrad.Size([2, 3]), symgrad.Size([2, 3])]
    """
    try:
        shape = broadcast_shape(*map(shape_of, arrays))
    except ValueError as error:
        raise ShapeError(compose(f"broadcast_arrays: {error}.", where=user_position())) from error
    return [call("broadcast_to", x, shape=shape) for x in arrays]


def meshgrid(*arrays: Any, indexing: str = "xy") -> list[Tensor]:
    """Coordinates of a grid, an array for each axis: Cartesian ("xy") or by place ("ij").

    >>> sg.array_api.meshgrid(sg.tensor([1, 2, 3]), sg.tensor([4, 5]))[1]
    tensor([[4, 4, 4],
            [5, 5, 5]])
    """
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid: indexing is 'xy' or 'ij', not {indexing!r}")
    if any(len(shape_of(x)) > 1 for x in arrays):
        raise ShapeError(compose("meshgrid takes vectors.", where=user_position()))
    return list(joining.grid(arrays, indexing == "xy"))


# picked and found ---------------------------------------------------------------------------------


def take(x: Any, indices: Any, /, *, axis: int | None = None) -> Tensor:
    """Entries by their places along an axis, which only a vector may leave out.

    >>> sg.array_api.take(sg.tensor([1, 2, 3]), sg.tensor([2, 0]))
    tensor([3, 1])
    """
    ndim = len(shape_of(x))
    if axis is None and ndim != 1:
        raise AxisError(compose(f"take: of {ndim} axes, say which: axis=0.", where=user_position()))
    at = axis_of(0 if axis is None else axis, ndim)
    return entries_at(x, at, integers(indices))  # type: ignore[no-any-return]


def take_along_axis(x: Any, indices: Any, /, *, axis: int = -1) -> Tensor:
    """Entries by an array of places along an axis, one set for each line.

    >>> sg.array_api.take_along_axis(sg.tensor([3, 1]), sg.tensor([1, 0]))
    tensor([1, 3])
    """
    return functions.take_along_axis(x, indices, axis)


def nonzero(x: Any, /) -> tuple[Tensor, ...]:
    """The places of the entries that are not zero: integers for each axis.

    >>> sg.array_api.nonzero(sg.tensor([0, 5]))
    (tensor([1]),)
    """
    if not shape_of(x):
        raise ShapeError(compose("nonzero needs at least one axis.", where=user_position()))
    return choices.nonzero(x, as_tuple=True)  # type: ignore[no-any-return]


def sort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Tensor:
    """The entries in order along an axis.

    >>> sg.array_api.sort(sg.tensor([3.0, 1.0, 2.0]), descending=True)
    tensor([3., 2., 1.])
    """
    return call("sort_values", x, axis=axis, descending=descending)  # type: ignore[no-any-return]


def argsort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Tensor:
    """The places that put the entries in order.

    >>> sg.array_api.argsort(sg.tensor([3.0, 1.0, 2.0]))
    tensor([1, 2, 0])
    """
    return choices.argsort(x, axis, descending)


def searchsorted(x1: Any, x2: Any, /, *, side: str = "left", sorter: Any = None) -> Tensor:
    """Where numbers would stand in a sorted vector: before those equal to them, or behind.

    >>> sg.array_api.searchsorted(sg.tensor([1.0, 2.0, 3.0]), sg.tensor([2.0]))
    tensor([1])
    """
    refuse_complex("searchsorted()", raw(x1), raw(x2))
    if is_many(x1, x2, sorter):
        return looped(  # type: ignore[no-any-return]
            "searchsorted", lambda a, b, s: searchsorted(a, b, side=side, sorter=s), x1, x2, sorter
        )
    refuse_formulas("searchsorted()", x1, x2)
    return native("searchsorted", x1, x2, side=side, sorter=sorter)  # type: ignore[no-any-return]


def along(word: str) -> Callable[..., Tensor]:
    """``argmax``, ``argmin``, ``any`` or ``all``, with the standard's signature."""
    find = FUNCTIONS[word]

    def function(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Tensor:
        return find(x, axis, keepdims)  # type: ignore[no-any-return]

    function.__doc__ = find.__doc__
    return function


FUNCTIONS_HERE: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (
        clip, logical_xor, conj, real, imag, reshape, matrix_transpose, moveaxis, roll, repeat,
        tile, unstack, tril, triu, broadcast_arrays, meshgrid, take, take_along_axis, nonzero,
        sort, argsort, searchsorted,
    )
}  # fmt: skip
