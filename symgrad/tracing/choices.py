"""The largest, the sorted, the chosen, and what is true of all, in PyTorch's dialect.

Places and truths have no gradient; ``functions`` lists all of these.
"""

from __future__ import annotations

from collections.abc import Callable
from types import NoneType
from typing import Any

import numpy as np

from symgrad.algebras.backends import is_formula, namespace_of
from symgrad.algebras.numeric import NUMBERS
from symgrad.algebras.numpy_adapter import silence
from symgrad.errors import AxisError, ShapeError
from symgrad.grammar.kind import broadcast_shape
from symgrad.tracing import guards
from symgrad.tracing.arrangement import squeeze
from symgrad.tracing.calling import call, either_name, shape_of
from symgrad.tracing.complexes import refuse_complex
from symgrad.tracing.creation import as_tensor
from symgrad.tracing.dtypes import axis_of, is_floating, raw_dtype_name
from symgrad.tracing.looping import is_many, looped, per_entry
from symgrad.tracing.operands import as_array
from symgrad.tracing.results import RESULTS
from symgrad.tracing.tensor import Tensor, refuse_formulas, wrap
from symgrad.tracing.traced import raw


@either_name
def sort(input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = True) -> Any:
    """Sorted values and the places they came from; ties keep their order.

    >>> sg.sort(sg.tensor([3.0, 1.0, 2.0])).values
    tensor([1., 2., 3.])
    """
    places = argsort(input, dim, descending)
    return RESULTS["sort"](call("sort_values", input, axis=dim, descending=descending), places)


@either_name
def argsort(
    input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = True
) -> Tensor:
    """The places that sort ``input`` along an axis; no gradient.

    >>> sg.argsort(sg.tensor([3.0, 1.0, 2.0]))
    tensor([1, 2, 0])
    """
    value = raw(input)
    refuse_complex("argsort()", value)
    axis = axis_of(dim, len(value.shape))
    if not value.shape:
        return wrap(namespace_of(value).asarray(0))
    guards.lose(input)
    return wrap(namespace_of(value).argsort(value, axis=axis, descending=descending))


def extreme(word: str, places: str) -> Callable[..., Any]:
    """``max`` or ``min``, and with an axis the places too."""
    place_of = place(places)

    def function(input: Tensor, dim: Any = None, keepdim: bool = False) -> Any:
        if dim is None:
            return call(word, input)
        if isinstance(dim, Tensor):
            return call(f"{word}imum", input, dim)
        where = place_of(input, dim, keepdim=True)
        if not input._value.shape:
            return RESULTS[word](call("clone", input), where)
        if is_formula(where._value):  # the rule is the formula that people read
            values = call(word, input, axis=dim, keepdims=keepdim)
            return RESULTS[word](values, where if keepdim else squeeze(where, dim))
        values = call("take_along_axis", input, index=where._value, axis=dim)
        if not keepdim:
            values, where = squeeze(values, dim), squeeze(where, dim)
        return RESULTS[word](values, where)

    function.__name__ = function.__qualname__ = word
    function.__doc__ = f"""The {word}imum: of all entries, or with its places along an axis.

    Without ``dim`` ties share the gradient; with it the first place has it all. A tensor as
    second argument compares entry by entry.

    >>> sg.{word}(sg.tensor([2.0, 2.0]))
    tensor(2.)
    """
    return either_name(function)


def place(word: str) -> Callable[..., Any]:
    """``argmax`` or ``argmin``."""

    def function(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
        value = raw(input)
        refuse_complex(f"{word}()", value)
        axis = None if dim is None else axis_of(dim, len(value.shape))
        if not value.shape:
            return wrap(namespace_of(value).asarray(0))
        if dim is None and 0 in value.shape:
            raise AxisError(
                f"{word}(): Expected reduction dim to be specified for input.numel() == 0."
            )
        if axis is not None and value.shape[axis] == 0:
            raise AxisError(f"{word}(): Expected reduction dim {dim} to have non-zero size.")
        guards.lose(input)
        return wrap(getattr(namespace_of(value), word)(value, axis=axis, keepdims=keepdim))

    function.__name__ = function.__qualname__ = word
    function.__doc__ = f"""The place of the {word[3:]}imum along an axis or of all; no gradient.

    >>> sg.{word}(sg.tensor([2.0, 2.0]))
    tensor(0)
    """
    return either_name(function)


def truth(word: str) -> Callable[..., Any]:
    """``any`` or ``all``."""

    def function(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
        value = raw(input)
        ndim = len(shape_of(value))
        axis: Any = None
        if isinstance(dim, (tuple, list)):
            axis = tuple(axis_of(d, ndim) for d in dim)
        elif dim is not None:
            axis = axis_of(dim, ndim) if ndim else None
        if is_formula(value):
            return _counted(word, input, axis, keepdim)
        held = wrap(getattr(namespace_of(value), word)(value, axis=axis, keepdims=keepdim))
        if axis is None and not keepdim:
            return guards.quantified(word, input, held)
        guards.lose(input)
        return held

    function.__name__ = function.__qualname__ = word
    function.__doc__ = f"""Whether {word} entry is true (along an axis); no gradient.

    >>> sg.{word}(sg.tensor([True, True]))
    tensor(True)
    """
    return either_name(function)


def _counted(word: str, x: Tensor, axis: Any, keepdims: bool) -> Tensor:
    """``any`` or ``all`` as a formula: how many entries are, or are not, is compared with 0."""
    test = "not_equal" if word == "any" else "equal"
    found = call("where", call(test, x, 0), 1.0, 0.0)
    return call(test, call("sum", found, axis=axis, keepdims=keepdims), 0)  # type: ignore[no-any-return]


def isclose(
    input: Tensor, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Tensor:
    """Which entries are within atol + rtol |other|; no gradient.

    Raises  ShapeError where the shapes do not broadcast.

    >>> sg.isclose(sg.tensor([1.0, 2.0]), sg.tensor([1.0 + 1e-7, 3.0]))
    tensor([ True, False])
    """
    if is_many(input, other):
        return per_entry(lambda a, b: isclose(a, b, rtol, atol, equal_nan), input, other)  # type: ignore[no-any-return]
    refuse_formulas("isclose()", input, other)
    guards.lose(input, other)
    a, b = raw(input), raw(other)
    try:
        broadcast_shape(shape_of(a), shape_of(b))
    except ValueError as error:
        raise ShapeError(f"isclose(input, other): the shapes do not broadcast: {error}") from error
    if _is_truth(a) and _is_truth(b):
        return call("equal", a, b)  # type: ignore[no-any-return]
    xp = namespace_of(a if type(b) in NUMBERS else b)
    like = a if type(b) in NUMBERS else b
    if all(raw_dtype_name(v) == "bool" for v in (a, b) if type(v) not in NUMBERS):
        return wrap(xp.equal(a, b))
    a, b = (as_array(v, like) if type(v) in NUMBERS and is_floating(like) else v for v in (a, b))
    with silence():  # two infinities tie, and their difference is none
        apart = xp.abs(a - b)
        near = xp.logical_and(xp.less_equal(apart, atol + rtol * xp.abs(b)), xp.isfinite(apart))
    same = xp.logical_or(near, xp.equal(a, b))
    if equal_nan:
        same = xp.logical_or(same, xp.logical_and(xp.isnan(a), xp.isnan(b)))
    return wrap(same)


def _is_truth(value: Any) -> bool:
    return str(getattr(value, "dtype", type(value).__name__)).endswith("bool")


def allclose(
    input: Tensor, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> bool:
    """Whether every entry is within atol + rtol |other|.

    >>> sg.allclose(sg.tensor([1.0]), sg.tensor([1.0 + 1e-7]))
    True
    """
    refuse_formulas("allclose()", input, other)
    same = isclose(input, other, rtol, atol, equal_nan)._value
    return bool(namespace_of(same).all(same))


def equal(input: Any, other: Any) -> bool:
    """Whether two tensors have the same shape and the same entries.

    >>> sg.equal(sg.tensor([1.0]), sg.tensor([1.0]))
    True
    """
    refuse_formulas("equal()", input, other)
    guards.lose(input, other)
    a, b = raw(input), raw(other)
    return tuple(a.shape) == tuple(b.shape) and bool((a == b).all())


def nonzero(input: Any, *, as_tuple: bool = False) -> Any:
    """The places of the entries that are not zero (or True), one a row; no gradient.

    Takes   as_tuple: give one tensor an axis instead, which index a tensor.

    >>> sg.nonzero(sg.tensor([0.0, 3.0, 5.0]), as_tuple=True)
    (tensor([1, 2]),)
    """
    if is_many(input):
        return looped("nonzero", lambda x: nonzero(x, as_tuple=as_tuple), input)
    refuse_formulas("nonzero()", input)
    guards.lose(input)
    value = raw(input)
    if not as_tuple:
        every = nonzero(input, as_tuple=True) if shape_of(value) else ()
        return wrap(_columns(value, [p._value for p in every]))
    held = value if shape_of(value) else value.reshape(1)
    namespace = namespace_of(value).namespace
    return tuple(wrap(places) for places in namespace.nonzero(held))


def _columns(value: Any, places: list[Any]) -> Any:
    namespace = namespace_of(value).namespace
    if not places:
        return namespace.zeros((int(bool(value)), 0), dtype=namespace.int64)
    return namespace.stack(places, axis=1)


def where(condition: Tensor, input: Any = None, other: Any = None) -> Any:
    """``input`` where the condition holds, else ``other``; the condition alone: where it holds.

    >>> sg.where(sg.tensor([True, False]), sg.tensor([1.0, 2.0]), 0)
    tensor([1., 0.])
    >>> sg.where(sg.tensor([True, False]))
    (tensor([0]),)
    """
    if input is None and other is None:
        return nonzero(condition, as_tuple=True)
    if input is None or other is None:
        raise TypeError("where() takes a condition and two values, or a condition alone")
    input, other = _number(input), _number(other)
    if type(input) in NUMBERS and type(other) in NUMBERS:  # they have PyTorch's dtype for numbers
        input, other = _in_default_dtype(input), _in_default_dtype(other)
    return call("where", condition, input, other)


def _in_default_dtype(value: Any) -> Any:
    return as_tensor(value) if isinstance(value, (float, complex)) else value


def clip(input: Tensor, min: Any = None, max: Any = None) -> Tensor:
    """``input`` kept within bounds: numbers, or tensors that it broadcasts with.

    >>> sg.clip(sg.tensor([-1.0, 0.5, 2.0]), 0, 1)
    tensor([0.0000, 0.5000, 1.0000])
    """
    if min is None and max is None:
        raise TypeError("clip() takes at least one of min and max")
    low, high = _number(min), _number(max)
    if not isinstance(low, (int, float, NoneType)):
        input, low = call("maximum", input, low), None
    if not isinstance(high, (int, float, NoneType)):
        return call("minimum", clip(input, low) if low is not None else input, high)  # type: ignore[no-any-return]
    if low is None and high is None:
        return input
    return call("clip", input, min=low, max=high)  # type: ignore[no-any-return]


def _number(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
