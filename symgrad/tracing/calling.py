"""Calling rules by their words, for the functions that are made of several; those import it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from symgrad.algebras.backends import namespace_of
from symgrad.errors import IndexDtypeError, compose, user_position
from symgrad.grammar.primitive import REGISTRY
from symgrad.tracing.devices import device_of, place
from symgrad.tracing.dtypes import raw_dtype_name
from symgrad.tracing.node import Node, extras
from symgrad.tracing.tensor import Tensor, wrap
from symgrad.tracing.traced import apply

F = TypeVar("F", bound=Callable[..., Any])

#: NumPy's names of two parameters, which PyTorch's functions take as well.
_NUMPYS = {"axis": "dim", "keepdims": "keepdim"}


def call(word: str, *operands: Any, **params: Any) -> Any:
    """One call of the rule with that word."""
    rule = REGISTRY[word]
    return apply(rule, *rule.bind(operands, params))


def either_name(function: F) -> F:
    """Let a function with ``dim`` and ``keepdim`` take ``axis=`` and ``keepdims=`` too."""
    signature = inspect.signature(function)
    taken = {name: torchs for name, torchs in _NUMPYS.items() if torchs in signature.parameters}

    @functools.wraps(function)
    def inside(*args: Any, **kwargs: Any) -> Any:
        for name, torchs in taken.items():
            if name in kwargs:
                if torchs in kwargs:
                    raise TypeError(f"{function.__name__}() got {torchs} and {name}: give one")
                kwargs[torchs] = kwargs.pop(name)
        return function(*args, **kwargs)

    extra = [inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY, default=None) for n in taken]
    listed = [*signature.parameters.values(), *extra]
    inside.__signature__ = signature.replace(parameters=listed)  # type: ignore[attr-defined]
    return inside  # type: ignore[return-value]


def entries_at(x: Any, axis: int, part: Any) -> Any:
    """What an integer, a slice or integers name along one axis."""
    return call("getitem", x, index=(*(slice(None),) * axis, part))


def axes_of(dim: Any) -> Any:
    """Axes as a rule takes them: a list of them as a tuple."""
    return tuple(dim) if isinstance(dim, list) else dim


def shape_of(x: Any) -> tuple[int, ...]:
    """The shape of a tensor or an array; a number has none: ()."""
    return tuple(getattr(x, "shape", ()))


def labelled(function: F, label: Callable[..., str] | str) -> F:
    """A function whose results bear PyTorch's name of it, where one rule alone made them.

    Takes   label: the name, or what finds it from the arguments (empty: the rule's).
    """

    @functools.wraps(function)
    def inside(*args: Any, **kwargs: Any) -> Any:
        out = function(*args, **kwargs)
        name = label if isinstance(label, str) else label(*args, **kwargs)
        for part in out if isinstance(out, tuple) else (out,):
            made = part._rg and type(part.node) is Node and not any(part is a for a in args[:1])
            if name and made:
                extras(part.node).name = name
        return out

    return inside  # type: ignore[return-value]


def dtype_name(x: Any) -> str:
    """The dtype's name of a tensor or an array."""
    return raw_dtype_name(x._value if isinstance(x, Tensor) else x)


def beside(value: Any, like: Any) -> Tensor:
    """NumPy's numbers or truths as a tensor on the device of another."""
    made = np.asarray(value)
    held = like._value if isinstance(like, Tensor) else like
    return wrap(place(made if made.ndim else made[()], device_of(held)))


def integers(index: Any) -> Any:
    """An index of integers or truths, copied: a graph keeps it, and yours may change.

    Raises  IndexDtypeError for an index of anything else.
    """
    value = index._value if isinstance(index, Tensor) else index
    if not hasattr(value, "dtype"):
        value = np.asarray(value)
        value = value.astype(int) if not value.size else value
    if raw_dtype_name(value)[0] not in "iub":
        raise IndexDtypeError(
            compose(
                "tensors used as indices must be long, int, byte or bool tensors",
                where=user_position(),
                mend="x[mask > 0] takes a mask, x[i.long()] integers",
            )
        )
    return namespace_of(value).copy_of(value)
