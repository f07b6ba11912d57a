"""Python's operators, as words of rules: one table for every carrier."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

#: dunder -> (word, whether the operands come in reverse)
BINARY: dict[str, tuple[str, bool]] = {
    "__add__": ("add", False),
    "__radd__": ("add", True),
    "__sub__": ("subtract", False),
    "__rsub__": ("subtract", True),
    "__mul__": ("multiply", False),
    "__rmul__": ("multiply", True),
    "__truediv__": ("divide", False),
    "__rtruediv__": ("divide", True),
    "__pow__": ("power", False),
    "__rpow__": ("power", True),
    "__matmul__": ("matmul", False),
    "__rmatmul__": ("matmul", True),
    "__lt__": ("less", False),
    "__le__": ("less_equal", False),
    "__gt__": ("greater", False),
    "__ge__": ("greater_equal", False),
    "__eq__": ("equal", False),
    "__ne__": ("not_equal", False),
    "__and__": ("logical_and", False),
    "__rand__": ("logical_and", True),
    "__or__": ("logical_or", False),
    "__ror__": ("logical_or", True),
    "__xor__": ("not_equal", False),
    "__rxor__": ("not_equal", True),
}

UNARY: dict[str, str] = {"__neg__": "negative", "__abs__": "abs", "__invert__": "logical_not"}


def install(
    carrier: type,
    binary: Callable[[str, bool], Callable[[Any, Any], Any]],
    unary: Callable[[str], Callable[[Any], Any]],
) -> None:
    """Give ``carrier`` every operator.

    Takes   binary: from a word and whether it is reflected to a method of two operands;
            unary: from a word to a method of one.
    """
    for name, (word, reflected) in BINARY.items():
        setattr(carrier, name, _named(binary(word, reflected), name))
    for name, word in UNARY.items():
        setattr(carrier, name, _named(unary(word), name))
    # Equality is elementwise, so identity is what hashes.
    carrier.__hash__ = object.__hash__  # type: ignore[assignment,method-assign]


def _named(method: Callable[..., Any], name: str) -> Callable[..., Any]:
    method.__name__ = name
    return method
