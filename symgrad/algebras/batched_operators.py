"""Python's operators on batched values: those of rules, and those that have none.

What has no rule (remainders, bits) is left to the tensors outside, which refuse it where a
gradient would have to follow.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from symgrad.algebras.batched import Batched
from symgrad.algebras.batching import BATCHED, aligned, deepest, held_at
from symgrad.grammar import operators
from symgrad.grammar.masks import Masked
from symgrad.grammar.primitive import REGISTRY

#: Words of truths that are bits of integers.
_BITS: dict[str, Callable[..., Any]] = {
    "logical_and": operator.and_, "logical_or": operator.or_, "not_equal": operator.xor,
}  # fmt: skip
_XOR = ("__xor__", "__rxor__")
_STEPS: dict[str, Callable[..., Any]] = {
    "mod": operator.mod, "floordiv": operator.floordiv,
}  # fmt: skip


def per_entry(compute: Callable[..., Any], *operands: Any) -> Batched:
    """What ``compute`` gives of the tensors outside, entry by entry."""
    level = deepest(operands)
    held = [held_at(o, level) for o in operands]
    found = level.inside.computed(compute, *aligned(level, held))
    mapped = any(isinstance(o, Batched) and o.mapped for o in held)
    return Batched(found, level, mapped)


def _of_two(word: str, reflected: bool) -> Callable[[Any, Any], Any]:
    def method(a: Any, b: Any) -> Any:
        if isinstance(b, Masked):
            return NotImplemented
        operands = (b, a) if reflected else (a, b)
        return BATCHED.apply(*REGISTRY[word].read_by_number(operands, {}))

    return method


def _of_one(word: str) -> Callable[[Any], Any]:
    return lambda a: BATCHED.apply(REGISTRY[word], (a,), {})


def _without_rule(compute: Callable[..., Any], reflected: bool) -> Callable[[Any, Any], Any]:
    return lambda a, b: per_entry(compute, *((b, a) if reflected else (a, b)))


def _bits(name: str, compute: Callable[..., Any], of_truths: Any) -> Callable[..., Any]:
    """An operator that is logic between truths, and works on the bits of integers."""
    reflected = name.startswith("__r")

    def method(a: Any, *b: Any) -> Any:
        if all(_is_truth(o) for o in (a, *b)):
            return of_truths(a, *b)
        return per_entry(compute, *((*b, a) if reflected else (a, *b)))

    return method


def _is_truth(value: Any) -> bool:
    return type(value) is bool or str(getattr(value, "dtype", "")).endswith("bool")


def _entries(x: Batched, index: Any) -> Any:
    return BATCHED.getitem(x, index=index)


def install() -> None:
    """Give the carrier its operators."""
    operators.install(Batched, _of_two, _of_one)
    for name, compute in _STEPS.items():
        setattr(Batched, f"__{name}__", _without_rule(compute, False))
        setattr(Batched, f"__r{name}__", _without_rule(compute, True))
    for name, (word, reflected) in operators.BINARY.items():
        if word in _BITS and (word != "not_equal" or name in _XOR):
            setattr(Batched, name, _bits(name, _BITS[word], _of_two(word, reflected)))
    Batched.__invert__ = _bits(  # type: ignore[operator]
        "__invert__", operator.invert, _of_one("logical_not")
    )
    Batched.__getitem__ = _entries
