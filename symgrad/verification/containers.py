"""Inputs in dicts, lists and tuples, taken apart into arrays.

The verification floor imports this; it knows tensors and nothing of routes.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from symgrad.algebras.devices import in_host, to_host
from symgrad.errors import DtypeError
from symgrad.tracing.complexes import refuse_complex
from symgrad.tracing.tensor import Tensor
from symgrad.tracing.trees import parts


@dataclass(frozen=True)
class Input:
    """One array of floats among the inputs: what it is called, where it stands, its value."""

    name: str
    path: tuple[Any, ...]
    value: np.ndarray[Any, Any]

    @property
    def size(self) -> int:
        """How many entries."""
        return int(self.value.size)


def floats(value: Any) -> np.ndarray[Any, Any] | None:
    """The entries as a NumPy array of floats; None for anything that has no gradient."""
    if isinstance(value, Tensor):
        value = to_host(value._value)
    if isinstance(value, float):
        return np.asarray(value, dtype=np.float64)
    if in_host(value) and value.dtype.kind == "f":
        return np.array(value)
    return None


def inputs_of(f: Callable[..., Any], args: tuple[Any, ...]) -> list[Input]:
    """Every array of floats among a call's arguments, named after f's parameters.

    Raises  DtypeError where there is none.
    """
    names = _parameter_names(f, len(args))
    found = []
    for path, part in parts(args):
        refuse_complex("crosscheck of an input", getattr(part, "_value", part))
        value = floats(part)
        if value is not None:
            rest = "".join(f"[{key!r}]" for key in path[1:])
            found.append(Input(names[path[0]] + rest, path, value))
    if not found:
        raise DtypeError(
            "crosscheck found no floats among the inputs: give tensors, NumPy arrays or floats, "
            "or dicts, lists and tuples of these; 2 is an int, 2.0 a float"
        )
    return found


def _parameter_names(f: Callable[..., Any], count: int) -> list[str]:
    try:
        given = [
            p.name for p in inspect.signature(f).parameters.values()
            if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        ]  # fmt: skip
    except (TypeError, ValueError):  # a callable that shows no signature
        given = []
    return [given[k] if k < len(given) else f"x{k}" for k in range(count)]
