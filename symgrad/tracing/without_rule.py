"""Operators that have no rule: computed where no gradient flows, else refused with the mend."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from symgrad.algebras.backends import is_batched, is_formula, namespace_of
from symgrad.algebras.devices import to_host
from symgrad.errors import DtypeError, ShapeError, TraceError, compose, user_position
from symgrad.grammar.kind import broadcast_shape
from symgrad.grammar.primitive import REGISTRY
from symgrad.modes import MODE, RECORDING
from symgrad.tracing import operands as sorting
from symgrad.tracing.calling import call, shape_of
from symgrad.tracing.complexes import refuse_complex
from symgrad.tracing.devices import device_of, place
from symgrad.tracing.dtypes import raw_dtype_name
from symgrad.tracing.levels import outside
from symgrad.tracing.looping import is_many, per_entry
from symgrad.tracing.node import Node
from symgrad.tracing.tensor import Tensor, wrap
from symgrad.tracing.traced import apply, raw
from symgrad.tracing.writing import write


def followed(*values: Any) -> bool:
    """Whether a gradient, or a recording, follows one of the values, here or on a level outside."""
    return any(_is_followed(v) for v in values if isinstance(v, Tensor))


def _is_followed(x: Tensor) -> bool:
    held = x._value
    if x._rg or is_formula(held) or (MODE.get() & RECORDING and type(x.node) is Node):
        return True
    if not is_batched(held):
        return False
    with outside(held.level):
        return _is_followed(held.data)


def refuse(name: str, mend: str) -> TraceError:
    """The error for an operator that a gradient would have to go through."""
    return TraceError(
        compose(f"{name} has no rule, so it cannot be traced.", where=user_position(), mend=mend)
    )


def _stepwise(shown: str, compute: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    """What a function of two with steps gives, entry by entry; no gradient goes through it."""
    if followed(a, b):
        raise refuse(shown, "x.detach() on both sides, if no gradient is meant to flow")
    if is_many(a, b):
        return per_entry(compute, a, b)
    refuse_complex(shown, raw(a), raw(b))
    return wrap(compute(*sorting.alike(*_broadcast(shown, a, b))))


def _step_operator(
    sign: str, compute: Callable[[Any, Any], Any], reflected: bool
) -> Callable[..., Any]:
    """``//`` or ``%``."""

    def method(self: Tensor, other: Any) -> Any:
        if not sorting.acceptable(other):
            return NotImplemented
        a, b = (other, self) if reflected else (self, other)
        return _stepwise(f"x {sign} y", compute, a, b)

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
        return wrap(compute(*sorting.alike(a, b)))

    return method


def _kind(value: Any) -> str:
    value = raw(value)
    return raw_dtype_name(value)[0] if hasattr(value, "dtype") else type(value).__name__[0]


def _round(self: Tensor, ndigits: int = 0) -> Tensor:
    if followed(self):
        raise refuse("round(x)", "round(x.detach(), n), if no gradient is meant to flow")
    if is_many(self):
        return per_entry(lambda x: _round(x, ndigits), self)  # type: ignore[no-any-return]
    refuse_complex("round(x)", self._value)
    xp, scale = namespace_of(self._value), 10 ** abs(ndigits)
    if not ndigits:
        return wrap(xp.round(self._value))
    value = self._value * scale if ndigits > 0 else self._value / scale
    return wrap(xp.round(value) / scale if ndigits > 0 else xp.round(value) * scale)


def rounding(name: str, doc: str) -> Callable[[Any], Tensor]:
    """A function that steps, by the array library's own name of it."""

    def function(input: Any) -> Tensor:
        if followed(input):
            raise refuse(f"{name}(x)", "x.detach(), if no gradient is meant to flow")
        value = raw(input)
        if _kind(value) == "b":
            raise DtypeError(f"{name}() takes numbers, not truths; x.int() has 1 and 0")
        return wrap(getattr(namespace_of(value), name)(value))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


_FLAT = "Computed where no gradient flows, for it is flat."

floor = rounding("floor", f"""The next whole number below. {_FLAT}

    Raises  TraceError under gradients.

    >>> sg.floor(sg.tensor([1.5, -1.5]))
    tensor([ 1., -2.])
    """)  # fmt: skip
ceil = rounding("ceil", f"""The next whole number above. {_FLAT}

    Raises  TraceError under gradients.

    >>> sg.ceil(sg.tensor([1.5, -1.5]))
    tensor([ 2., -1.])
    """)  # fmt: skip
trunc = rounding("trunc", f"""The whole part. {_FLAT}

    Raises  TraceError under gradients.

    >>> sg.trunc(sg.tensor([1.5, -1.5]))
    tensor([ 1., -1.])
    """)  # fmt: skip


def round(input: Any, *, decimals: int = 0) -> Tensor:
    """The nearest number with so many decimals, ties to even; computed where no gradient flows.

    Raises  TraceError under gradients.

    >>> sg.round(sg.tensor([0.5, 1.5, 1.26]))
    tensor([0., 2., 1.])
    """
    return _round(input, decimals)


def frac(input: Any) -> Tensor:
    """What a number has beyond its whole part, with its sign: its slope is 1.

    >>> sg.frac(sg.tensor([1.5, -1.25]))
    tensor([ 0.5000, -0.2500])
    """
    whole = trunc(input.detach() if isinstance(input, Tensor) else input)  # type: ignore[attr-defined]
    return call("subtract", input, whole)  # type: ignore[no-any-return]


def _of_two(name: str, sign: str, doc: str) -> Callable[[Any, Any], Tensor]:
    compute = getattr(operator, sign)

    def function(input: Any, other: Any) -> Tensor:
        if not any(hasattr(raw(v), "shape") for v in (input, other)):
            raise DtypeError(f"{name}() takes tensors: one of the two at least")
        return _stepwise(f"{name}(x, y)", compute, input, other)  # type: ignore[no-any-return]

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


floor_divide = _of_two("floor_divide", "floordiv", """The quotient, rounded down.

    Raises  TraceError under gradients: it is flat between its steps.

    >>> sg.floor_divide(sg.tensor([7, -7]), 2)
    tensor([ 3, -4])
    """)  # fmt: skip
remainder = _of_two("remainder", "mod", """What division leaves, with the sign of the divisor.

    Raises  TraceError under gradients.

    >>> sg.remainder(sg.tensor([7, -7]), 4)
    tensor([3, 1])
    """)  # fmt: skip


#: Operators of truths and bits: the rule for truths, and the sign.
_BITS = {"and": ("logical_and", "&"), "or": ("logical_or", "|"), "xor": ("not_equal", "^")}
_OPERATORS = {"and": operator.and_, "or": operator.or_, "xor": operator.xor}


def fmod(input: Any, other: Any) -> Tensor:
    """What division leaves, with the sign of the dividend.

    Raises  TraceError under gradients.

    >>> sg.fmod(sg.tensor([7.0, -7.0]), 4)
    tensor([ 3., -3.])
    """
    if followed(input, other):
        raise refuse("fmod(x, y)", "x.detach() on both sides, if no gradient is meant to flow")
    if is_many(input, other):
        return per_entry(fmod, input, other)  # type: ignore[no-any-return]
    a, b = _broadcast("fmod", input, other)
    raws = sorting.alike(a, b)
    left = np.fmod(*(to_host(r) if hasattr(r, "dtype") else r for r in raws))
    return wrap(place(left, device_of(raws[0] if hasattr(raws[0], "dtype") else raws[1])))


def signbit(input: Tensor) -> Tensor:
    """Which entries have a minus sign, -0.0 included; no gradient.

    >>> sg.signbit(sg.tensor([1.0, -0.0]))
    tensor([False,  True])
    """
    value = raw(input)
    if _kind(value) != "f":
        return call("less", input, 0)  # type: ignore[no-any-return]
    return wrap(place(np.signbit(to_host(value)), device_of(value)))


def _bitwise(name: str, sign: str, doc: str) -> Callable[[Any, Any], Tensor]:
    method = _bits(*_BITS[sign], _OPERATORS[sign], False)

    def function(input: Tensor, other: Any) -> Tensor:
        return method(input, other)  # type: ignore[no-any-return]

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


bitwise_and = _bitwise("bitwise_and", "and", """``&``: of truths, or bit by bit of integers.

    >>> sg.bitwise_and(sg.tensor([6]), 3)
    tensor([2])
    """)  # fmt: skip
bitwise_or = _bitwise("bitwise_or", "or", """``|``: of truths, or bit by bit of integers.

    >>> sg.bitwise_or(sg.tensor([6]), 3)
    tensor([7])
    """)  # fmt: skip
bitwise_xor = _bitwise("bitwise_xor", "xor", """``^``: of truths, or bit by bit of integers.

    >>> sg.bitwise_xor(sg.tensor([6]), 3)
    tensor([5])
    """)  # fmt: skip


def bitwise_not(input: Tensor) -> Tensor:
    """``~``: of truths, or bit by bit of integers.

    Raises  DtypeError for floats.

    >>> sg.bitwise_not(sg.tensor([6]))
    tensor([-7])
    """
    kind = _kind(input)
    if kind == "b":
        return call("logical_not", input)  # type: ignore[no-any-return]
    if kind not in "iu":
        raise DtypeError("bitwise_not() takes truths or integers, not floats: compare first")
    if is_many(input):
        return per_entry(bitwise_not, input)  # type: ignore[no-any-return]
    return wrap(operator.invert(raw(input)))


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
        "__pos__": _itself, "__round__": _round, "__invert__": bitwise_not,
    }  # fmt: skip
    for name, sign, compute in (
        ("floordiv", "//", operator.floordiv), ("mod", "%", operator.mod),
    ):  # fmt: skip
        found[f"__{name}__"] = _step_operator(sign, compute, False)
        found[f"__r{name}__"] = _step_operator(sign, compute, True)
    for name, sign, compute in (
        ("lshift", "<<", operator.lshift),
        ("rshift", ">>", operator.rshift),
    ):
        found[f"__{name}__"] = _shifted(sign, compute, False)
        found[f"__r{name}__"] = _shifted(sign, compute, True)
    for name, (word, sign) in _BITS.items():
        compute = _OPERATORS[name]
        found[f"__{name}__"] = _bits(word, sign, compute, False)
        found[f"__r{name}__"] = _bits(word, sign, compute, True)
    for name in ("floordiv", "mod", "lshift", "rshift", "and", "or", "xor"):
        found[f"__i{name}__"] = _in_place(name, found[f"__{name}__"])
    return found
