"""Entries read and replaced at places that tensors of integers or masks name: PyTorch's dialect.

``functions`` lists them. Reading is a gather, writing gives a new tensor: the rules ``getitem``,
``put`` and ``index_add``. Places have no gradient.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from symgrad.algebras.backends import is_batched, is_formula, namespace_of
from symgrad.algebras.devices import in_host, to_host
from symgrad.errors import AxisError, DtypeError, ShapeError, refusal
from symgrad.grammar.kind import broadcast_shape
from symgrad.tracing import guards
from symgrad.tracing.arrangement import ravel
from symgrad.tracing.calling import beside, call, either_name, entries_at, integers, shape_of
from symgrad.tracing.choices import truth
from symgrad.tracing.composites.scaled import times
from symgrad.tracing.dtypes import axis_of, raw_dtype_name
from symgrad.tracing.looping import is_many, looped
from symgrad.tracing.tensor import Tensor, wrap
from symgrad.tracing.traced import raw


def places_of(name: str, index: Any, *sizes: Any) -> Any:
    """Integers as a raw array of its own, checked where they are on the host.

    Raises  DtypeError for what is no integer, AxisError for one outside ``range(size)``.
    """
    if isinstance(index, Tensor):
        guards.lose(index)
    found = integers(index)
    if raw_dtype_name(found)[0] not in "iu":
        raise refusal(
            DtypeError, f"{name}(): Expected dtype int64 for index", ("index", found.dtype)
        )
    below = found.array if is_batched(found) else found
    if in_host(below):
        held: Any = np.asarray(below)
        for size in (n for n in sizes if isinstance(n, int)):
            if held.size and (held.min() < 0 or held.max() >= size):
                outside = held[(held < 0) | (held >= size)].flat[0]
                what = f"index {outside} is out of bounds for dimension with size {size}"
                raise refusal(AxisError, what, ("in", f"{name}()"))
    return found


def _line(name: str, input: Any, dim: int, index: Any) -> tuple[int, Any]:
    """An axis, and a vector of places along it."""
    axis = axis_of(dim, len(shape_of(input)))
    if len(shape_of(index)) > 1:
        raise refusal(AxisError, f"{name}(): Index is supposed to be a vector")
    found = places_of(name, index, (shape_of(input) or (1,))[axis])
    return axis, namespace_of(found).reshape(found, shape=(-1,))


def _mask(name: str, mask: Any) -> Any:
    value = raw(mask)
    if not hasattr(value, "dtype") or raw_dtype_name(value) != "bool":
        raise refusal(
            DtypeError,
            f"{name}: expected BoolTensor for mask",
            ("mask", getattr(value, "dtype", mask)),
        )
    return mask


# read ---------------------------------------------------------------------------------------------


@either_name
def index_select(input: Any, dim: int, index: Any) -> Tensor:
    """The entries at the places of a vector of integers, along an axis.

    Raises  AxisError for a place outside it, DtypeError for what is no integer.

    >>> sg.index_select(sg.tensor([[1.0, 2.0], [3.0, 4.0]]), 1, sg.tensor([1, 1]))
    tensor([[2., 2.],
            [4., 4.]])
    """
    axis, places = _line("index_select", input, dim, index)
    if not shape_of(input):
        return call("clone", input)  # type: ignore[no-any-return]
    return entries_at(input, axis, places)  # type: ignore[no-any-return]


@either_name
def gather(input: Any, dim: int, index: Any, *, sparse_grad: bool = False) -> Tensor:
    """Entries by their places along an axis, one place for each entry of the result.

    Takes   index: integers with as many axes as input, no longer than input along the other axes.
    Gives   a tensor of index's shape.
    Raises  ShapeError for other shapes, AxisError for a place outside the axis.

    >>> sg.gather(sg.tensor([[1.0, 2.0], [3.0, 4.0]]), 1, sg.tensor([[1], [0]]))
    tensor([[2.],
            [3.]])
    """
    shape, axis = shape_of(input), axis_of(dim, len(shape_of(input)))
    places = places_of("gather", index, *((shape[axis],) if shape else (1,)))
    if len(places.shape) != len(shape) and places.size:
        raise refusal(
            ShapeError,
            "Index tensor must have the same number of dimensions as input tensor",
            ("input", shape), ("index", places.shape),
        )  # fmt: skip
    if not shape:
        return call("clone", input)  # type: ignore[no-any-return]
    fits("gather", places.shape, shape, axis)
    part = tuple(slice(None) if i == axis else slice(n) for i, n in enumerate(places.shape))
    whole = all(
        i == axis or n == m for i, (n, m) in enumerate(zip(places.shape, shape, strict=True))
    )
    held = input if whole else call("getitem", input, index=part)
    return call("take_along_axis", held, index=places, axis=axis)  # type: ignore[no-any-return]


def fits(name: str, index: Any, shape: Any, axis: int | None) -> None:
    """Raise ShapeError where an index is longer than what it picks from."""
    for i, (n, m) in enumerate(zip(index, shape, strict=True)):
        if i != axis and isinstance(m, int) and n > m:
            raise refusal(
                ShapeError,
                f"{name}: Size does not match at dimension {i} expected index {list(index)} to be "
                f"no larger than self {list(shape)} apart from dimension {axis}",
            )


@either_name
def take_along_dim(input: Any, indices: Any, dim: int | None = None) -> Tensor:
    """Entries by their places along an axis (of all entries without one); the rest broadcasts.

    >>> sg.take_along_dim(sg.tensor([[1.0, 2.0], [3.0, 4.0]]), sg.tensor([[1]]), 1)
    tensor([[2.],
            [4.]])
    """
    if dim is None:
        return entries_at(ravel(input), 0, places_of("take_along_dim", indices).reshape(-1))  # type: ignore[no-any-return]
    axis = axis_of(dim, len(shape_of(input)))
    places = places_of("take_along_dim", indices, shape_of(input)[axis])
    return call("take_along_axis", input, index=places, axis=axis)  # type: ignore[no-any-return]


def take(input: Tensor, index: Any) -> Tensor:
    """Entries by their places among all entries.

    >>> sg.take(sg.tensor([[1.0, 2.0], [3.0, 4.0]]), sg.tensor([0, 3]))
    tensor([1., 4.])
    """
    return entries_at(ravel(input), 0, integers(index))  # type: ignore[no-any-return]


def masked_select(input: Any, mask: Any) -> Tensor:
    """The entries where a mask holds, in order; the two broadcast.

    Raises  DtypeError for a mask of anything but truths.

    >>> sg.masked_select(sg.tensor([1.0, -2.0, 3.0]), sg.tensor([True, False, True]))
    tensor([1., 3.])
    """
    _mask("masked_select", mask)
    shape = _common(input, mask)
    held = call("broadcast_to", mask, shape=shape)
    return call("getitem", call("broadcast_to", input, shape=shape), index=integers(held))  # type: ignore[no-any-return]


def _common(a: Any, b: Any) -> tuple[int, ...]:
    try:
        return tuple(broadcast_shape(shape_of(a), shape_of(b)))
    except ValueError as error:
        raise refusal(ShapeError, f"the shapes do not broadcast: {error}") from error


# replaced -----------------------------------------------------------------------------------------


def masked_fill(input: Any, mask: Any, value: Any) -> Tensor:
    """``input`` with one number where a mask holds.

    Raises  DtypeError for a mask of anything but truths; ShapeError for a value with axes.

    >>> sg.masked_fill(sg.tensor([1.0, -2.0]), sg.tensor([False, True]), 0)
    tensor([1., 0.])
    """
    _mask("masked_fill", mask)
    if shape_of(value):
        raise refusal(
            ShapeError,
            "masked_fill only supports a 0-dimensional value tensor, but got tensor with "
            f"{len(shape_of(value))} dimension(s).",
        )
    return call("where", mask, _as(input, value), input)  # type: ignore[no-any-return]


def _as(input: Any, value: Any) -> Any:
    """A value in the dtype of what it is written into.

    Raises  DtypeError for a fraction among integers.
    """
    own = raw_dtype_name(raw(input))
    if is_formula(raw(input)):
        return value
    if isinstance(value, Tensor):
        same = value._value.dtype == raw(input).dtype
        return value if same else value.to(dtype=own)  # type: ignore[attr-defined]
    if own[0] in "iu" and isinstance(value, float) and not value.is_integer():
        raise refusal(DtypeError, f"value cannot be converted to type {own} without overflow")
    return bool(value) if own == "bool" else int(value) if own[0] in "iu" else value


_ANY = truth("any")


@either_name
def index_fill(input: Any, dim: int, index: Any, value: Any) -> Tensor:
    """``input`` with one number at the places of a vector, along an axis.

    >>> sg.index_fill(sg.tensor([1.0, 2.0, 3.0]), 0, sg.tensor([0, 2]), -1)
    tensor([-1.,  2., -1.])
    """
    if shape_of(value):
        raise refusal(ShapeError, "index_fill_ only supports a 0-dimensional value tensor")
    axis, places = _line("index_fill", input, dim, index)
    if not is_batched(places):
        return _put(input, axis, np.unique(to_host(places)), _as(input, value))
    shape = shape_of(input) or (1,)
    every = np.arange(shape[axis]).reshape(-1, *(1,) * (len(shape) - axis - 1))
    listed = call("reshape", wrap(places), shape=(-1, *(1,) * every.ndim))
    named = _ANY(call("equal", listed, beside(every, input)), 0)
    filled = call("where", named, _as(input, value), call("reshape", input, shape=shape))
    return call("reshape", filled, shape=shape_of(input))  # type: ignore[no-any-return]


def _put(input: Any, axis: int, places: Any, value: Any) -> Tensor:
    at = (*(slice(None),) * axis, places) if shape_of(input) else ()
    return call("put", input, value, index=at)  # type: ignore[no-any-return]


@either_name
def index_copy(input: Any, dim: int, index: Any, source: Any) -> Tensor:
    """``input`` with the entries of ``source`` at the places of a vector; of two at one the last.

    Raises  ShapeError where source has not one entry for each place.

    >>> sg.index_copy(sg.zeros(3), 0, sg.tensor([2, 0]), sg.tensor([1.0, 2.0]))
    tensor([2., 0., 1.])
    """
    axis, places = _line("index_copy", input, dim, index)
    _as_many("index_copy", input, source, axis, places)
    if is_batched(places):  # each input has places of its own
        at = (*(slice(None),) * axis, places) if shape_of(input) else (0,)
        return last_put(input, at, source)
    held = to_host(places)
    last = np.sort(len(held) - 1 - np.unique(held[::-1], return_index=True)[1])
    if len(last) < len(held):
        source, held = entries_at(source, axis, last), held[last]
    return _put(input, axis, held, source)


def _as_many(name: str, input: Any, source: Any, axis: int, places: Any) -> None:
    shape, given = shape_of(input) or (1,), shape_of(source) or (1,)
    wanted = (*shape[:axis], places.shape[0], *shape[axis + 1 :])
    if given != wanted:
        raise refusal(
            AxisError,
            f"{name}(): source has the shape {tuple(given)}; it needs {wanted}: one entry for each "
            "place of the index",
        )
    if raw_dtype_name(raw(source)) != raw_dtype_name(raw(input)):
        raise refusal(
            DtypeError,
            f"{name}(): self and source expected to have the same dtype, but got (self) "
            f"{raw(input).dtype} and (source) {raw(source).dtype}",
        )


@either_name
def index_add(input: Any, dim: int, index: Any, source: Any, *, alpha: Any = 1) -> Tensor:
    """``input`` plus the entries of ``source``, times alpha, at the places of a vector.

    >>> sg.index_add(sg.ones(3), 0, sg.tensor([0, 0]), sg.tensor([1.0, 2.0]))
    tensor([4., 1., 1.])
    """
    axis, places = _line("index_add", input, dim, index)
    _as_many("index_add", input, source, axis, places)
    at = (*(slice(None),) * axis, places) if shape_of(input) else ()
    spread = call("index_add", times(source, alpha, input), index=at, shape=shape_of(input))
    return call("add", input, spread)  # type: ignore[no-any-return]


def index_put(input: Any, indices: Any, values: Any, accumulate: bool = False) -> Tensor:
    """``input`` with ``values`` at places named by a tuple of integer tensors or masks.

    Takes   accumulate: add instead; without it, of two values at one place the last stays.

    >>> sg.index_put(sg.zeros(3), (sg.tensor([0, 2]),), sg.tensor([1.0, 2.0]))
    tensor([1., 0., 2.])
    """
    at = tuple(slice(None) if i is None else integers(i) for i in indices)
    if raw_dtype_name(raw(values)) != raw_dtype_name(raw(input)):
        raise refusal(
            DtypeError,
            "Index put requires the source and destination dtypes match, got "
            f"{raw(input).dtype} for the destination and {raw(values).dtype} for the source.",
        )
    picked = shape_of(call("getitem", input, index=at))
    if _common(values, np.empty(picked)) != picked:
        raise refusal(
            ShapeError, f"shape mismatch: value tensor of shape {list(shape_of(values))} cannot be "
            f"broadcast to indexing result of shape {list(picked)}")  # fmt: skip
    spread = call("broadcast_to", values, shape=picked)
    if accumulate:
        added = call("index_add", spread, index=at, shape=shape_of(input))
        return call("add", input, added)  # type: ignore[no-any-return]
    return last_put(input, at, spread)


def last_put(input: Any, at: tuple[Any, ...], values: Any) -> Tensor:
    """Values written at places, the last one staying where a place is named twice."""
    shape = shape_of(input)
    if any(map(is_batched, at)):
        return _last_put_each(input, at, values)
    every = _places_named(shape, at)
    first, kept = np.unique(every[::-1], return_index=True)
    chosen = call("getitem", ravel(values), index=len(every) - 1 - kept)
    flat = call("put", ravel(input), chosen, index=first)
    return call("reshape", flat, shape=shape)  # type: ignore[no-any-return]


def _places_named(shape: Any, at: tuple[Any, ...]) -> Any:
    """The places among all entries that an index names, in its order."""
    here = tuple(to_host(raw(i)) if hasattr(i, "dtype") else i for i in at)
    return np.arange(int(np.prod(shape))).reshape(shape)[here].reshape(-1)


def _last_put_each(input: Any, at: tuple[Any, ...], values: Any) -> Tensor:
    """``last_put`` where each input of a ``vmap`` names places of its own."""
    if 0 in shape_of(values):
        return call("clone", input)  # type: ignore[no-any-return]
    shape = shape_of(input)

    def sources(*index: Any) -> Any:
        """Which value each entry gets, -1 for none: integers, so no gradient is lost here."""
        if is_many(*index):
            return looped("a write at places that differ", sources, *index)
        every = _places_named(shape, index)
        found = np.full(int(np.prod(shape)), -1)
        found[every] = np.arange(len(every))
        return beside(found, input)

    found = sources(*(wrap(i) if is_batched(i) else i for i in at))
    stays = call("less", found, 0)
    chosen = entries_at(ravel(values), 0, call("where", stays, 0, found)._value)
    return call("reshape", call("where", stays, ravel(input), chosen), shape=shape)  # type: ignore[no-any-return]


def put(input: Any, index: Any, source: Any, accumulate: bool = False) -> Tensor:
    """``input`` with ``source`` at places among all entries.

    >>> sg.put(sg.zeros(2, 2), sg.tensor([1, 2]), sg.tensor([5.0, 6.0]))
    tensor([[0., 5.],
            [6., 0.]])
    """
    places = integers(index)
    line = namespace_of(places).reshape(places, shape=(-1,))
    flat = index_put(ravel(input), (line,), ravel(source), accumulate)
    return call("reshape", flat, shape=shape_of(input))  # type: ignore[no-any-return]


def masked_scatter(input: Any, mask: Any, source: Any) -> Tensor:
    """``input`` with the entries of ``source``, in order, where a mask holds.

    Raises  ShapeError where source has too few.

    >>> sg.masked_scatter(sg.zeros(3), sg.tensor([True, False, True]), sg.tensor([1.0, 2.0]))
    tensor([1., 0., 2.])
    """
    _mask("masked_scatter", mask)
    shape = _common(input, mask)
    held = np.broadcast_to(to_host(integers(mask)), shape)
    count = int(held.sum())
    if count > int(np.prod(shape_of(source))):
        raise refusal(
            ShapeError,
            "Number of elements of source < number of ones in mask",
        )
    values = entries_at(ravel(source), 0, slice(count))
    return call("put", call("broadcast_to", input, shape=shape), values, index=np.nonzero(held))  # type: ignore[no-any-return]
