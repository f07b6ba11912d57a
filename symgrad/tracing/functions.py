"""PyTorch's dialect: a function for every rule, and the composites made of several.

``FUNCTIONS`` (by name) is what the face and the methods of tensors are filled from.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Sequence
from types import NoneType
from typing import Any

import numpy as np

from symgrad.algebras.backends import namespace_of
from symgrad.errors import AxisError, DtypeError, ShapeError
from symgrad.grammar.kind import Kind
from symgrad.grammar.primitive import REGISTRY, Primitive
from symgrad.grammar.spelling import Spelling
from symgrad.tracing.shortcuts import is_unary, unary
from symgrad.tracing.tensor import Tensor, wrap
from symgrad.tracing.traced import apply, raw
from symgrad.tracing.writing import in_place

FUNCTIONS: dict[str, Callable[..., Any]] = {}
IN_PLACE: dict[str, Callable[..., Any]] = {}

values_and_indices = namedtuple("values_and_indices", ("values", "indices"))


def function_of(rule: Primitive, spelling: Spelling | None = None) -> Callable[..., Any]:
    """The function that a person calls a rule by, under one of its spellings."""
    if is_unary(rule):
        function: Callable[..., Any] = unary(rule.word)
    elif rule.outputs:
        function = _with_outputs(rule, spelling)
    else:

        def function(*args: Any, **kwargs: Any) -> Any:
            operands, params = rule.bind(args, kwargs, spelling)
            return apply(rule, operands, params)

    function.__name__ = function.__qualname__ = spelling.name if spelling else rule.name
    function.__doc__ = rule.__doc__
    function.__module__ = rule.__module__
    function.__signature__ = rule.__signature__  # type: ignore[attr-defined]
    function.rule = rule  # type: ignore[attr-defined]
    return function


def _with_outputs(rule: Primitive, spelling: Spelling | None) -> Callable[..., Any]:
    result = namedtuple(rule.name, rule.outputs)  # type: ignore[misc]

    def function(*args: Any, **kwargs: Any) -> Any:
        operands, params = rule.bind(args, kwargs, spelling)
        return result(*apply(rule, operands, params))

    return function


def collect() -> None:
    """Fill the tables from the registry, and add the composites."""
    for rule in REGISTRY.values():
        if not rule.inner:
            FUNCTIONS[rule.name] = function_of(rule)
        for spelling in rule.spellings:
            if spelling.dialect == "torch":
                FUNCTIONS[spelling.name] = function_of(rule, spelling)
        if rule.kind is Kind.ELEMENTWISE and rule.method and rule.differentiable:
            IN_PLACE[f"{rule.name}_"] = in_place(rule)
            for spelling in rule.spellings:
                if spelling.dialect == "torch":
                    IN_PLACE[f"{spelling.name}_"] = in_place(rule)
    FUNCTIONS.update(COMPOSITES)


def _rule(word: str, *operands: Any, **params: Any) -> Any:
    rule = REGISTRY[word]
    return apply(rule, *rule.bind(operands, params))


# composites ---------------------------------------------------------------------------------------


def pow(input: Any, exponent: Any) -> Tensor:
    """Power; a number as exponent is exact in formulas.

    >>> sg.pow(sg.tensor([1.0, 3.0]), 2)
    tensor([1., 9.])
    """
    return _rule("power", input, exponent)  # type: ignore[no-any-return]


def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Swap two axes.

    >>> sg.transpose(sg.tensor([[1.0, 2.0]]), 0, 1)
    tensor([[1.],
            [2.]])
    """
    ndim = input.ndim
    axes = list(range(ndim))
    first, second = axis_of(dim0, ndim), axis_of(dim1, ndim)
    axes[first], axes[second] = axes[second], axes[first]
    return _rule("permute", input, axes=tuple(axes))  # type: ignore[no-any-return]


def t(input: Tensor) -> Tensor:
    """The transpose of a matrix; a vector stays.

    >>> sg.t(sg.tensor([[1.0, 2.0]])).shape
    symgrad.Size([2, 1])
    """
    if input.ndim > 2:
        raise ShapeError(f"t() expects a tensor with <= 2 dimensions, but self is {input.ndim}D")
    return input if input.ndim < 2 else transpose(input, 0, 1)


def expand(input: Tensor, *sizes: Any) -> Tensor:
    """Broadcast to sizes, where -1 keeps an axis as it is.

    >>> sg.expand(sg.tensor([[1.0], [2.0]]), -1, 2)
    tensor([[1., 1.],
            [2., 2.]])
    """
    wanted = tuple(sizes[0]) if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)) else sizes
    lead = len(wanted) - input.ndim
    shape = tuple(
        input._value.shape[i - lead] if n == -1 and i >= lead else n for i, n in enumerate(wanted)
    )
    return _rule("broadcast_to", input, shape=shape)  # type: ignore[no-any-return]


def view_as(input: Tensor, other: Tensor) -> Tensor:
    """Reshape as another tensor is shaped.

    >>> sg.view_as(sg.tensor([1.0, 2.0]), sg.zeros(2, 1)).shape
    symgrad.Size([2, 1])
    """
    return _rule("reshape", input, shape=tuple(other.shape))  # type: ignore[no-any-return]


def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """Merge neighbouring axes into one.

    >>> sg.flatten(sg.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([1., 2., 3., 4.])
    """
    shape = tuple(input.shape)
    if not shape:
        return _rule("reshape", input, shape=(1,))  # type: ignore[no-any-return]
    first, last = axis_of(start_dim, len(shape)), axis_of(end_dim, len(shape))
    count = 1
    for n in shape[first : last + 1]:
        count *= n
    return _rule("reshape", input, shape=(*shape[:first], count, *shape[last + 1 :]))  # type: ignore[no-any-return]


def squeeze(input: Tensor, dim: Any = None) -> Tensor:
    """Drop axes of size 1: all of them, or those named that have it.

    >>> sg.squeeze(sg.zeros(1, 2, 1)).shape
    symgrad.Size([2])
    """
    shape = tuple(input.shape)
    named = range(len(shape)) if dim is None else (dim if isinstance(dim, tuple) else (dim,))
    gone = tuple(a for a in (axis_of(d, len(shape)) for d in named) if shape and shape[a] == 1)
    return _rule("squeeze", input, axis=gone) if gone else input


def axis_of(dim: int, ndim: int) -> int:
    """An axis counted from the front.

    Raises  AxisError (an IndexError) outside the tensor.
    """
    bound = max(ndim, 1)
    if not -bound <= dim < bound:
        raise AxisError(
            f"Dimension out of range (expected to be in range of [{-bound}, {bound - 1}], "
            f"but got {dim})"
        )
    return dim % bound


def sort(input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = True) -> Any:
    """Sorted values and the places they came from; ties keep their order.

    >>> sg.sort(sg.tensor([3.0, 1.0, 2.0])).values
    tensor([1., 2., 3.])
    """
    values = _rule("sort_values", input, axis=dim, descending=descending)
    return values_and_indices(values, argsort(input, dim, descending))


def argsort(input: Tensor, dim: int = -1, descending: bool = False) -> Tensor:
    """The places that sort ``input`` along an axis; no gradient.

    >>> sg.argsort(sg.tensor([3.0, 1.0, 2.0]))
    tensor([1, 2, 0])
    """
    value = input._value
    if not value.shape:
        return wrap(namespace_of(value).asarray(0))
    return wrap(namespace_of(value).argsort(value, axis=dim, descending=descending))


def _extreme(word: str, places: str) -> Callable[..., Any]:
    def function(input: Tensor, dim: Any = None, keepdim: bool = False) -> Any:
        if dim is None:
            return _rule(word, input)
        if isinstance(dim, Tensor):
            return _rule(f"{word}imum", input, dim)
        where = _places(places)(input, axis_of(dim, input.ndim), keepdim=True)
        if not input._value.shape:
            return values_and_indices(input, where)
        values = _rule("take_along_axis", input, index=where._value, axis=dim)
        if not keepdim:
            values, where = squeeze(values, dim), squeeze(where, dim)
        return values_and_indices(values, where)

    function.__name__ = function.__qualname__ = word
    function.__doc__ = f"""The {word}imum: of all entries, or with its places along an axis.

    Without ``dim`` ties share the gradient; with it the first place has it all. A tensor as
    second argument compares entry by entry.

    >>> sg.{word}(sg.tensor([2.0, 2.0]))
    tensor(2.)
    """
    return function


def _places(word: str) -> Callable[..., Any]:
    def function(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
        value = input._value
        if not value.shape:
            return wrap(namespace_of(value).asarray(0))
        return wrap(getattr(namespace_of(value), word)(value, axis=dim, keepdims=keepdim))

    function.__name__ = function.__qualname__ = word
    function.__doc__ = f"""The place of the {word[3:]}imum along an axis or of all; no gradient.

    >>> sg.{word}(sg.tensor([2.0, 2.0]))
    tensor(0)
    """
    return function


def _sequence(word: str, name: str) -> Callable[..., Any]:
    def function(tensors: Sequence[Any], dim: int = 0, *, axis: int | None = None) -> Tensor:
        if isinstance(tensors, Tensor) or not hasattr(tensors, "__len__"):
            raise DtypeError(f"{name}() takes a list or a tuple of tensors")
        if not len(tensors):
            raise ShapeError(f"{name}() needs at least one tensor")
        return _rule(word, *tensors, axis=dim if axis is None else axis)  # type: ignore[no-any-return]

    function.__name__ = function.__qualname__ = name
    function.__doc__ = REGISTRY[word].__doc__ if word in REGISTRY else None
    return function


def einsum(equation: str, *operands: Any) -> Tensor:
    """Einstein summation, as ``einsum("ij,jk->ik", a, b)``.

    >>> sg.einsum("i,i->", sg.tensor([1.0, 2.0]), sg.tensor([3.0, 4.0]))
    tensor(11.)
    """
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = tuple(operands[0])
    spec = equation.replace(" ", "")
    if "->" not in spec:
        letters = spec.replace(",", "")
        spec += "->" + "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    return _rule("einsum", *operands, spec=spec)  # type: ignore[no-any-return]


def where(condition: Tensor, input: Any = None, other: Any = None) -> Tensor:
    """``input`` where the condition holds, else ``other``.

    >>> sg.where(sg.tensor([True, False]), sg.tensor([1.0, 2.0]), 0)
    tensor([1., 0.])
    """
    if input is None or other is None:
        raise TypeError("where() takes a condition and two values")
    return _rule("where", condition, input, other)  # type: ignore[no-any-return]


def _truth(word: str) -> Callable[..., Any]:
    def function(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
        value = raw(input)
        return wrap(getattr(namespace_of(value), word)(value, axis=dim, keepdims=keepdim))

    function.__name__ = function.__qualname__ = word
    function.__doc__ = f"""Whether {word} entry is true (along an axis); no gradient.

    >>> sg.{word}(sg.tensor([True, True]))
    tensor(True)
    """
    return function


def allclose(
    input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> bool:
    """Whether every entry is within atol + rtol |other|.

    >>> sg.allclose(sg.tensor([1.0]), sg.tensor([1.0 + 1e-7]))
    True
    """
    a, b = raw(input), raw(other)
    xp = namespace_of(a)
    near = xp.less_equal(xp.abs(a - b), atol + rtol * xp.abs(b))
    same = xp.logical_or(near, xp.equal(a, b))
    if equal_nan:
        same = xp.logical_or(same, xp.logical_and(xp.isnan(a), xp.isnan(b)))
    return bool(xp.all(same))


def equal(input: Any, other: Any) -> bool:
    """Whether two tensors have the same shape and the same entries.

    >>> sg.equal(sg.tensor([1.0]), sg.tensor([1.0]))
    True
    """
    a, b = raw(input), raw(other)
    return tuple(a.shape) == tuple(b.shape) and bool((a == b).all())


def clip(input: Tensor, min: Any = None, max: Any = None) -> Tensor:
    """``input`` kept within bounds: numbers, or tensors that it broadcasts with.

    >>> sg.clip(sg.tensor([-1.0, 0.5, 2.0]), 0, 1)
    tensor([0.0000, 0.5000, 1.0000])
    """
    if min is None and max is None:
        raise TypeError("clip() takes at least one of min and max")
    low, high = _bound(min), _bound(max)
    if not isinstance(low, (int, float, NoneType)):
        input, low = _rule("maximum", input, low), None
    if not isinstance(high, (int, float, NoneType)):
        return _rule("minimum", clip(input, low) if low is not None else input, high)  # type: ignore[no-any-return]
    if low is None and high is None:
        return input
    return _rule("clip", input, min=low, max=high)  # type: ignore[no-any-return]


def _bound(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def take_along_axis(input: Tensor, indices: Any, axis: int = -1) -> Tensor:
    """Entries by an array of integers along an axis.

    >>> sg.take_along_axis(sg.tensor([3.0, 1.0]), sg.tensor([1, 0]), 0)
    tensor([1., 3.])
    """
    return _rule("take_along_axis", input, index=raw(indices), axis=axis)  # type: ignore[no-any-return]


def detach(input: Tensor) -> Tensor:
    """The same values without history.

    >>> sg.detach(sg.tensor([1.0], requires_grad=True))
    tensor([1.])
    """
    return input.detach()  # type: ignore[attr-defined,no-any-return]


COMPOSITES: dict[str, Callable[..., Any]] = {
    "pow": pow, "transpose": transpose, "swapaxes": transpose, "t": t, "expand": expand,
    "view_as": view_as, "flatten": flatten, "squeeze": squeeze, "sort": sort, "argsort": argsort,
    "max": _extreme("max", "argmax"), "min": _extreme("min", "argmin"),
    "argmax": _places("argmax"), "argmin": _places("argmin"),
    "cat": _sequence("concat", "cat"), "concat": _sequence("concat", "concat"),
    "concatenate": _sequence("concat", "concatenate"), "stack": _sequence("stack", "stack"),
    "detach": detach, "einsum": einsum, "where": where, "any": _truth("any"), "all": _truth("all"),
    "allclose": allclose, "equal": equal, "clip": clip, "clamp": clip,
    "take_along_axis": take_along_axis,
}  # fmt: skip
