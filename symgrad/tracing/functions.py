"""PyTorch's dialect: a function for every rule, and the composites made of several.

``FUNCTIONS`` (by name) is what the face and the methods of tensors are filled from.
"""

from __future__ import annotations

import functools
from collections import namedtuple
from collections.abc import Callable, Sequence
from typing import Any

from symgrad.errors import DtypeError, ShapeError
from symgrad.grammar.primitive import REGISTRY, Primitive
from symgrad.grammar.spelling import Spelling
from symgrad.tracing import arrangement, choices, parts, statistics
from symgrad.tracing.calling import call, integers
from symgrad.tracing.dtypes import is_floating
from symgrad.tracing.in_place import in_place, takes_its_place
from symgrad.tracing.shortcuts import is_unary, unary
from symgrad.tracing.tensor import Tensor
from symgrad.tracing.traced import apply

FUNCTIONS: dict[str, Callable[..., Any]] = {}
IN_PLACE: dict[str, Callable[..., Any]] = {}


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
        if takes_its_place(rule):
            IN_PLACE[f"{rule.name}_"] = in_place(rule, f"{rule.name}_")
            for spelling in rule.spellings:
                if spelling.dialect == "torch":
                    IN_PLACE[f"{spelling.name}_"] = in_place(rule, f"{spelling.name}_")
    FUNCTIONS.update(COMPOSITES)


# composites of this file; the others are in arrangement, choices and statistics ------------------


def pow(input: Any, exponent: Any) -> Tensor:
    """Power; a number as exponent is exact in formulas.

    >>> sg.pow(sg.tensor([1.0, 3.0]), 2)
    tensor([1., 9.])
    """
    return call("power", input, exponent)  # type: ignore[no-any-return]


def _sequence(word: str, name: str) -> Callable[..., Any]:
    def function(tensors: Sequence[Any], dim: int = 0, *, axis: int | None = None) -> Tensor:
        _check_sequence(tensors, name)
        return call(word, *tensors, axis=dim if axis is None else axis)  # type: ignore[no-any-return]

    function.__name__ = function.__qualname__ = name
    function.__doc__ = REGISTRY[word].__doc__ if word in REGISTRY else None
    return function


def _joined(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of several tensors, with a word about what is no list of them."""

    @functools.wraps(function)
    def checked(tensors: Sequence[Any]) -> Tensor:
        _check_sequence(tensors, function.__name__)
        return function(tensors)  # type: ignore[no-any-return]

    return checked


def _check_sequence(tensors: Any, name: str) -> None:
    if isinstance(tensors, Tensor) or not hasattr(tensors, "__len__"):
        raise DtypeError(f"{name}() takes a list or a tuple of tensors")
    if not len(tensors):
        raise ShapeError(f"{name}() needs at least one tensor")


def take_along_axis(input: Tensor, indices: Any, axis: int = -1) -> Tensor:
    """Entries by an array of integers along an axis.

    >>> sg.take_along_axis(sg.tensor([3.0, 1.0]), sg.tensor([1, 0]), 0)
    tensor([1., 3.])
    """
    return call("take_along_axis", input, index=integers(indices), axis=axis)  # type: ignore[no-any-return]


def detach(input: Tensor) -> Tensor:
    """The same values without history.

    >>> sg.detach(sg.tensor([1.0], requires_grad=True))
    tensor([1.])
    """
    return input.detach()  # type: ignore[attr-defined,no-any-return]


def is_floating_point(input: Tensor) -> bool:
    """Whether the dtype is floating, so that gradients can flow.

    >>> sg.is_floating_point(sg.tensor([1.0])), sg.is_floating_point(sg.tensor([1]))
    (True, False)
    """
    return is_floating(input._value)


COMPOSITES: dict[str, Callable[..., Any]] = {
    name: getattr(room, name)
    for room, names in {
        arrangement: (
            "transpose", "t", "moveaxis", "expand", "view_as", "flatten", "ravel", "squeeze",
            "atleast_1d", "atleast_2d", "split", "chunk", "tile", "repeat_interleave", "roll",
            "take", "diag", "tril", "triu",
        ),
        choices: ("sort", "argsort", "isclose", "allclose", "equal", "nonzero", "where", "clip"),
        parts: ("is_complex", "real", "imag", "conj", "angle"),
        statistics: ("var", "std", "diff", "einsum", "inner", "vdot", "tensordot"),
    }.items()
    for name in names
}  # fmt: skip
COMPOSITES |= {
    "pow": pow, "swapaxes": arrangement.transpose, "movedim": arrangement.moveaxis,
    "max": choices.extreme("max", "argmax"), "min": choices.extreme("min", "argmin"),
    "argmax": choices.place("argmax"), "argmin": choices.place("argmin"),
    "cat": _sequence("concat", "cat"), "concat": _sequence("concat", "concat"),
    "concatenate": _sequence("concat", "concatenate"), "stack": _sequence("stack", "stack"),
    "hstack": _joined(arrangement.hstack), "vstack": _joined(arrangement.vstack),
    "column_stack": _joined(arrangement.column_stack), "detach": detach,
    "any": choices.truth("any"), "all": choices.truth("all"), "clamp": choices.clip,
    "take_along_axis": take_along_axis, "is_floating_point": is_floating_point,
}  # fmt: skip
