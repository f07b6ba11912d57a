"""In-place functions and augmented assignment: a rule's result, written into its operand."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from symgrad.algebras.backends import has_views, is_formula, namespace_of
from symgrad.errors import ShapeError
from symgrad.grammar.kind import Kind
from symgrad.grammar.primitive import REGISTRY, Primitive
from symgrad.tracing.dtypes import is_floating
from symgrad.tracing.preserving import apart
from symgrad.tracing.tensor import Tensor, wrap
from symgrad.tracing.traced import TRACED, apply, raw
from symgrad.tracing.views import place_of
from symgrad.tracing.writing import follows, noted, refuse_buffer, write


def takes_its_place(rule: Primitive) -> bool:
    """Whether a rule has an in-place twin: its result may stand where its first operand stood.

    Not where that operand is a condition, and not for a copy, which would write what is there.
    """
    elementwise = rule.kind is Kind.ELEMENTWISE and rule.method and rule.differentiable
    return elementwise and rule.word != "clone" and rule.operands[0] not in rule.constant


def in_place(rule: Primitive, name: str) -> Callable[..., Tensor]:
    """The in-place twin of a rule: ``sin_(x)`` writes sin(x) into x.

    Takes   name: the one it is called by.
    """

    def function(x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        (_, *others), params = rule.bind((x, *args), kwargs)
        others = [apart(x, other) for other in others]
        return write(x, lambda old: apply(rule, (old, *others), params), name)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""``{rule.name}``, written into its first operand, which is returned.

    Raises  GraphError for a leaf that requires grad, outside ``no_grad``.
    """
    return function


_IN_PLACE: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.iadd, "subtract": operator.isub, "multiply": operator.imul,
    "divide": operator.itruediv,
}  # fmt: skip


def augmented(word: str) -> Callable[[Tensor, Any], Tensor]:
    """The method of an augmented assignment."""
    rule, compute = REGISTRY[word], _IN_PLACE.get(word)

    def method(x: Tensor, other: Any) -> Tensor:
        if compute is not None and _is_simple(x, other) and not follows(x, other):
            refuse_buffer(x, f"{rule.name}_")
            if type(x._value) is np.ndarray:
                compute(x._value, raw(other))
            else:
                namespace_of(x._value).in_place(compute, x._value, raw(other))
            noted(x)
            return x
        other = apart(x, other)
        return write(x, lambda old: apply(rule, (old, other), {}), f"{rule.name}_")

    return method


def _is_simple(x: Tensor, other: Any) -> bool:
    """Whether NumPy (or CuPy) can write in place by itself: one dtype, no growth, no copies."""
    mine, theirs = x._value, raw(other)
    if not has_views(mine) or mine.dtype.kind != "f" or place_of(x) is not None:
        return False
    if type(theirs) in (int, float):
        return True
    if type(theirs) is not type(mine) or theirs.shape != mine.shape:
        return False
    near = type(mine) is np.ndarray or theirs.device == mine.device
    return bool(near and theirs.dtype == mine.dtype)


def copy_(x: Tensor, source: Any) -> Tensor:
    """Write the values of ``source`` into ``x``; shapes broadcast.

    >>> x = sg.zeros(2); sg.Tensor.copy_(x, sg.tensor([1.0, 2.0]))
    tensor([1., 2.])
    """
    source = _source(x, source).to(x.device)  # type: ignore[attr-defined]
    shape = tuple(x.shape)
    return write(
        x,
        lambda old: apply(REGISTRY["broadcast_to"], (source,), {"shape": shape}),
        "copy_",
        "CopyBackwards",
    )


def _source(x: Tensor, value: Any) -> Tensor:
    """What is copied into x, which takes any dtype: into integers without a gradient."""
    given = value if isinstance(value, Tensor) else wrap(namespace_of(x._value).asarray(value))
    if is_floating(x._value) or is_formula(x._value) or not is_floating(given._value):
        return given
    xp = namespace_of(given._value)
    return wrap(xp.cast(given._value, dtype=x._value.dtype))


def zero_(x: Tensor) -> Tensor:
    """Write zeros into ``x``.

    >>> sg.Tensor.zero_(sg.ones(2))
    tensor([0., 0.])
    """
    return write(x, TRACED.zeros_like, "zero_", "ZeroBackward0")


def fill_(x: Tensor, value: Any) -> Tensor:
    """Write one number into every entry.

    >>> sg.zeros(2).fill_(3)
    tensor([3., 3.])
    """
    if getattr(value, "shape", ()) != ():
        raise ShapeError(f"fill_ takes one number, not a tensor of shape {tuple(value.shape)}")
    source = _source(x, value)
    shape = tuple(x.shape)
    return write(
        x,
        lambda old: apply(REGISTRY["broadcast_to"], (source,), {"shape": shape}),
        "fill_",
        "FillBackward2" if source is value else "FillBackward0",
    )
