"""``x[i] = v``: what the index names is replaced, recorded where a gradient follows."""

from __future__ import annotations

from typing import Any

import numpy as np

from symgrad.algebras.backends import has_views, is_batched, is_formula, namespace_of
from symgrad.algebras.devices import in_host
from symgrad.errors import AxisError, DtypeError, GraphError, ShapeError, compose, user_position
from symgrad.grammar.primitive import REGISTRY
from symgrad.tracing import operands as sorting
from symgrad.tracing.complexes import is_complex_value
from symgrad.tracing.dtypes import raw_dtype_name
from symgrad.tracing.places import names_twice, place, placed, selected
from symgrad.tracing.preserving import apart
from symgrad.tracing.tensor import Tensor, buffer, wrap
from symgrad.tracing.traced import apply, raw
from symgrad.tracing.views import Place, is_plain, place_of
from symgrad.tracing.writing import follows, noted, refuse, refuse_buffer, write


def setitem(x: Tensor, index: Any, value: Any) -> None:
    """``x[index] = value``; under gradients the write is recorded, as any other in place.

    Raises  GraphError for a leaf that requires grad, or a view of one, and for an index that names
            an entry twice, under gradients; AxisError, ShapeError, DtypeError for an index or a
            value that does not fit.
    """
    if isinstance(index, tuple) and len(index) > 2:
        x, index = selected(x, tuple(map(place, index)))
    known = place_of(x)
    if known is not None and _is_there(known, index, value):
        return  # x[i] += v wrote through the view that it read, and stores it back
    scalar = known is not None and known.steps and not has_views(x._value)
    if scalar or follows(x, value) or any(map(_is_other, (x, value, *_listed(index)))):
        _put(x, index, value)
        return
    refuse_buffer(x, "x[i] = v")
    places = raw(index) if not isinstance(index, tuple) else tuple(raw(i) for i in index)
    into, given = buffer(x), _beside(x, value)
    if is_complex_value(raw(value)) and not is_complex_value(into):
        raise _misfit(x, value, TypeError(f"complex numbers do not fit {into.dtype}"))
    try:
        namespace_of(into).write_at(into, places, given)
    except (IndexError, ValueError, TypeError, OverflowError) as error:
        raise _misfit(x, value, error) from error
    noted(x)


def _beside(x: Tensor, value: Any) -> Any:
    """A value to write, where x is.

    Raises  DeviceError for one on another device, unless it is a number.
    """
    given = raw(value)
    if not hasattr(given, "dtype") or (type(given) is type(x._value) is np.ndarray):
        return given
    return sorting.sent(REGISTRY["put"], x, value)


def _is_other(value: Any) -> bool:
    """Whether a value is no array of numbers: a formula, or one for each of many inputs."""
    held = raw(value)
    return is_formula(held) or is_batched(held)


def _listed(index: Any) -> tuple[Any, ...]:
    return index if isinstance(index, tuple) else (index,)


def _is_there(known: Place, index: Any, value: Any) -> bool:
    """Whether a value is the very view that the index names."""
    theirs = place_of(value) if isinstance(value, Tensor) else None
    if theirs is None or theirs.family is not known.family or not theirs.steps:
        return False
    *before, last = theirs.steps
    named = placed(index)
    return (
        tuple(before) == known.steps
        and last.rule.word == "getitem"
        and _same(last.params["index"], named)
    )


def _same(a: Any, b: Any) -> bool:
    """Whether two indices of integers and slices name the same entries."""
    a, b = (tuple(p for p in (i if isinstance(i, tuple) else (i,)) if p is not ...) for i in (a, b))
    return len(a) == len(b) and all(
        type(p) is type(q) and p == q for p, q in zip(a, b, strict=True)
    )


def _put(x: Tensor, index: Any, value: Any) -> None:
    """Record ``x[index] = value``, and write it."""
    refuse(x, "x[i] = v", mend="write into a copy: y = x.clone(), then y[i] = v")
    places = placed(index)
    if not is_plain(places):
        _refuse_twice(x, places, value)
    if in_host(x._value) and not _is_other(value):
        value = _fitted(x, places, value)
    value = apart(x, value)
    write(x, lambda old: _replaced(old, places, value), "x[i] = v", "CopySlices")


def _replaced(old: Tensor, places: Any, value: Any) -> Tensor:
    """``old`` with the entries that an index names replaced.

    A mask that differs from one input of a ``vmap`` to the next names as many entries as it may:
    one value for all of them is chosen, where the mask holds.
    """
    mask = places[0] if isinstance(places, tuple) and len(places) == 1 else places
    if is_batched(mask) and raw_dtype_name(mask) == "bool" and not getattr(value, "shape", ()):
        ndim, shape = len(mask.shape), tuple(old.shape)
        if tuple(mask.shape) == shape[:ndim]:
            wide = {"shape": (*mask.shape, *(1,) * (len(shape) - ndim))}
            named = apply(REGISTRY["reshape"], (wrap(mask),), wide)
            return apply(REGISTRY["where"], (named, value, old), {})  # type: ignore[no-any-return]
    return apply(REGISTRY["put"], (old, value), {"index": places})  # type: ignore[no-any-return]


def _refuse_twice(x: Tensor, places: Any, value: Any) -> None:
    """Raise GraphError for an index that names an entry twice: whose gradient would be left?"""
    if any(map(is_batched, _listed(places))):
        return  # each input has an index of its own
    try:
        twice = names_twice(x._value.shape, places)
    except (IndexError, ValueError, TypeError) as error:
        raise _misfit(x, value, error) from error
    if twice:
        raise GraphError(
            compose(
                "x[i] = v under gradients: i names an entry more than once.",
                [("x", _described(x))],
                where=user_position(),
                mend="name each entry once; to add up values, use x.index_add or a product",
            )
        )


def _fitted(x: Tensor, places: Any, value: Any) -> Any:
    """A value of x's dtype with no more axes than the entries that it replaces.

    Raises  what the array library says of an index or a value that does not fit.
    """
    try:
        if is_plain(places):  # it names a view, whose shape is all there is to ask
            trial = np.empty_like(x._value[places])
            trial[...] = raw(value)
            ndim = trial.ndim
        else:
            trial = np.array(x._value)
            trial[places] = raw(value)
            ndim = trial[places].ndim
    except (IndexError, ValueError, TypeError, OverflowError) as error:
        raise _misfit(x, value, error) from error
    if isinstance(value, (bool, int, float)):
        return value
    if not isinstance(value, Tensor):
        return np.asarray(value, dtype=trial.dtype)
    if value._value.dtype != trial.dtype:
        value = apply(REGISTRY["cast"], (value,), {"dtype": trial.dtype})
    extra = value._value.ndim - ndim
    if extra > 0:
        value = apply(REGISTRY["reshape"], (value,), {"shape": tuple(value._value.shape[extra:])})
    return value


def _misfit(x: Tensor, value: Any, error: Exception) -> Exception:
    """The error to raise for an index or a value that the array library refused."""
    kind: type[Exception] = ShapeError
    if isinstance(error, IndexError):
        kind = AxisError
    elif isinstance(error, (TypeError, OverflowError)) or not hasattr(raw(value), "shape"):
        kind = DtypeError
    given = [("x", _described(x)), ("v", _described(value))]
    return kind(compose(f"x[i] = v: {str(error).rstrip('.')}.", given, where=user_position()))


def _described(value: Any) -> str:
    held = raw(value)
    if hasattr(held, "shape"):
        return f"{held.dtype} {tuple(held.shape)}"
    return repr(value)[:60]
