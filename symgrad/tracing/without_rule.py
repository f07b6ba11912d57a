"""Operators that have no rule: computed where no gradient flows, else refused with the mend."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from symgrad.algebras.backends import is_formula, namespace_of
from symgrad.errors import DtypeError, ShapeError, TraceError, compose, user_position
from symgrad.grammar.kind import broadcast_shape
from symgrad.grammar.primitive import REGISTRY
from symgrad.modes import MODE, RECORDING
from symgrad.tracing import operands as sorting
from symgrad.tracing.calling import shape_of
from symgrad.tracing.complexes import refuse_complex
from symgrad.tracing.dtypes import raw_dtype_name
from symgrad.tracing.looping import is_many, per_entry
from symgrad.tracing.node import Node
from symgrad.tracing.tensor import Tensor, wrap
from symgrad.tracing.traced import apply, raw
from symgrad.tracing.writing import write


def followed(*values: Any) -> bool:
    """Whether a gradient, or a recording, follows one of the values."""
    tensors = [v for v in values if isinstance(v, Tensor)]
    if any(is_formula(v._value) for v in tensors):
        return True
    if MODE.get() & RECORDING:
        return any(v._rg or type(v.node) is Node for v in tensors)
    return any(v._rg for v in tensors)


def refuse(name: str, mend: str) -> TraceError:
    """The error for an operator that a gradient would have to go through."""
    return TraceError(
        compose(f"{name} has no rule, so it cannot be traced.", where=user_position(), mend=mend)
    )


def _stepwise(sign: str, compute: Callable[[Any, Any], Any], reflected: bool) -> Callable[..., Any]:
    like = REGISTRY["subtract"]

    def method(self: Tensor, other: Any) -> Any:
        if not sorting.acceptable(other):
            return NotImplemented
        if is_many(self, other):
            a, b = (other, self) if reflected else (self, other)
            return per_entry(compute, a, b)
        if followed(self, other):
            raise refuse(f"x {sign} y", "x.detach() on both sides, if no gradient is meant to flow")
        refuse_complex(f"x {sign} y", raw(self), raw(other))
        a, b = _broadcast(f"a {sign} b", *((other, self) if reflected else (self, other)))
        call = sorting.sort(like, (a, b))
        return wrap(compute(*call.raws))

    return method


def _broadcast(name: str, a: Any, b: Any) -> tuple[Any, Any]:
    try:
        broadcast_shape(shape_of(a), shape_of(b))
    except ValueError as error:
        raise ShapeError(f"{name}: the shapes do not broadcast: {error}") from error
    return a, b


def _bits(
    word: str, sign: str, compute: Callable[[Any, Any], Any], reflected: bool
) -> Callable[..., Any]:
    """``&``, ``|`` or ``^``: logic of truths is a rule; bits of integers have no gradient."""
    rule = REGISTRY[word]

    def method(self: Tensor, other: Any) -> Any:
        if not sorting.acceptable(other):
            return NotImplemented
        a, b = (other, self) if reflected else (self, other)
        if is_many(a, b):
            return per_entry(compute, a, b)
        kinds = {_kind(a), _kind(b)}
        if kinds == {"b"}:
            return apply(rule, (a, b), rule.defaults)
        if not kinds <= {"b", "i", "u"}:
            raise DtypeError(
                f"a {sign} b takes truths or integers, not floats; compare first: (x > 0) {sign} y"
            )
        if followed(self, other):
            raise refuse(f"a {sign} b of integers", "take truths: (x > 0) & (y > 0)")
        a, b = _broadcast(f"a {sign} b", a, b)
        return wrap(compute(raw(a), raw(b)))

    return method


def _shifted(sign: str, compute: Callable[[Any, Any], Any], reflected: bool) -> Callable[..., Any]:
    """``<<`` or ``>>`` of integers."""

    def method(self: Tensor, other: Any) -> Any:
        if not sorting.acceptable(other):
            return NotImplemented
        a, b = (other, self) if reflected else (self, other)
        if not {_kind(a), _kind(b)} <= {"i", "u"}:
            raise DtypeError(f"a {sign} b takes integers, not floats or truths")
        if is_many(a, b):
            return per_entry(compute, a, b)
        a, b = _broadcast(f"a {sign} b", a, b)
        call = sorting.sort(REGISTRY["subtract"], (a, b))
        return wrap(compute(*call.raws))

    return method


def _inverted(self: Tensor) -> Any:
    """``~``: not of truths, every bit of integers turned."""
    rule, kind = REGISTRY["logical_not"], _kind(self)
    if kind == "b" or is_formula(self._value):
        return apply(rule, (self,), rule.defaults)
    if kind not in "iu":
        raise DtypeError("~x takes truths or integers, not floats; compare first: ~(x > 0)")
    if is_many(self):
        return per_entry(operator.invert, self)
    return wrap(~self._value)


def _kind(value: Any) -> str:
    value = raw(value)
    return raw_dtype_name(value)[0] if hasattr(value, "dtype") else type(value).__name__[0]


def _round(self: Tensor, ndigits: int = 0) -> Tensor:
    if is_many(self):
        return per_entry(lambda x: _round(x, ndigits), self)  # type: ignore[no-any-return]
    if followed(self):
        raise refuse("round(x)", "round(x.detach(), n), if no gradient is meant to flow")
    refuse_complex("round(x)", self._value)
    xp, scale = namespace_of(self._value), 10 ** abs(ndigits)
    if not ndigits:
        return wrap(xp.round(self._value))
    value = self._value * scale if ndigits > 0 else self._value / scale
    return wrap(xp.round(value) / scale if ndigits > 0 else xp.round(value) * scale)


def _itself(self: Tensor) -> Tensor:
    if raw_dtype_name(self._value) == "bool":
        raise DtypeError("The `+` operator, on a bool tensor is not supported.")
    return self


def _in_place(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    """The augmented assignment of an operator."""

    def augmented(self: Tensor, other: Any) -> Any:
        if not sorting.acceptable(other):
            return NotImplemented
        return write(self, lambda old: method(old, other), f"__i{name}__")

    return augmented


def operators() -> dict[str, Callable[..., Any]]:
    """The methods, by their dunder names."""
    found: dict[str, Callable[..., Any]] = {
        "__pos__": _itself,
        "__round__": _round,
        "__invert__": _inverted,
    }
    for name, sign, compute in (
        ("floordiv", "//", operator.floordiv), ("mod", "%", operator.mod),
    ):  # fmt: skip
        found[f"__{name}__"] = _stepwise(sign, compute, False)
        found[f"__r{name}__"] = _stepwise(sign, compute, True)
    for name, sign, compute in (
        ("lshift", "<<", operator.lshift),
        ("rshift", ">>", operator.rshift),
    ):
        found[f"__{name}__"] = _shifted(sign, compute, False)
        found[f"__r{name}__"] = _shifted(sign, compute, True)
    for name, word, sign, compute in (
        ("and", "logical_and", "&", operator.and_),
        ("or", "logical_or", "|", operator.or_),
        ("xor", "not_equal", "^", operator.xor),
    ):
        found[f"__{name}__"] = _bits(word, sign, compute, False)
        found[f"__r{name}__"] = _bits(word, sign, compute, True)
    for name in ("floordiv", "mod", "lshift", "rshift", "and", "or", "xor"):
        found[f"__i{name}__"] = _in_place(name, found[f"__{name}__"])
    return found
