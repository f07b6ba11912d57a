"""What each leaf of a trace is called in its formula; imported by closed forms."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from types import FrameType
from typing import Any

from symgrad.tracing.naming import NameRefused, check_name
from symgrad.tracing.node import Foreign, Leaf, is_number
from symgrad.tracing.tensor import Tensor

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep

#: Names that SymPy prints for numbers of its own: a variable is not called so in a formula.
_NUMBERS = frozenset({"E", "I", "pi", "oo", "zoo", "nan"})


def caller() -> FrameType | None:
    """The nearest frame outside the package."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    return frame


def variables(frame: FrameType | None) -> dict[int, str]:
    """The first name that holds each tensor, by its identity: locals before globals."""
    found: dict[int, str] = {}
    if frame is None:
        return found
    spaces = (frame.f_locals,) if frame.f_locals is frame.f_globals else (
        frame.f_locals, frame.f_globals,
    )  # fmt: skip
    for space in spaces:
        for name, value in list(space.items()):
            if isinstance(value, Tensor) and not name.startswith("_") and _sayable(name):
                found.setdefault(id(value), name)
    return found


def _sayable(name: str) -> bool:
    try:
        check_name(name)
    except NameRefused:
        return False
    return name not in _NUMBERS


class Letters:
    """Names given so far; no two arrays share one, nor does one look like an entry of another."""

    def __init__(self) -> None:
        self.taken: set[str] = set()
        self._stems: dict[str, bool] = {}  # stem -> whether it stands for a whole array

    def claim(self, wanted: str, whole: bool) -> str:
        """``wanted``, numbered where it clashes with an earlier name."""
        name, number = wanted, 1
        while self._clashes(name, whole):
            number += 1
            name = f"{wanted}_{number}" if wanted[-1:].isdigit() else f"{wanted}{number}"
            if wanted.endswith("]"):
                stem, _, inner = wanted.partition("[")
                name = f"{stem}{number}[{inner}"
        self.taken.add(name)
        stem = name.partition("[")[0]
        self._stems[stem] = self._stems.get(stem, False) or whole or "[" not in name
        return name

    def _clashes(self, name: str, whole: bool) -> bool:
        stem, bracket, _ = name.partition("[")
        if name in self.taken or self._stems.get(stem, False):
            return True
        return stem in self._stems and (whole or not bracket)


def name_leaves(
    leaves: Iterable[Any], known: Mapping[int, str], tensors: Mapping[Any, Tensor]
) -> tuple[dict[Any, str], Letters]:
    """A letter for every leaf: its own name, else the variable that holds it, else x0, x1, ...

    Takes   leaves: in order; known: variables by identity; tensors: the tensor of an item that
            is no leaf (one that is differentiated in).
    Gives   the letters, and what is taken; raw arrays are c0, c1, ...
    """
    letters, names = Letters(), {}
    items = list(leaves)
    for item in items:  # names that people gave come first: only the others are numbered
        if isinstance(item, Leaf) and item.assigned is not None:
            names[item] = letters.claim(item.assigned, bool(_shape(item)))
    for item in items:
        if item in names or isinstance(item, Foreign) or is_number(item):
            continue
        held = item.variable if isinstance(item, Leaf) else tensors.get(item)
        name = known.get(id(held)) if held is not None else None
        if name is not None:
            names[item] = letters.claim(name, bool(_shape(item)))
    counts = {"x": 0, "c": 0}
    for item in items:
        if item not in names:
            first = "c" if isinstance(item, Foreign) or is_number(item) else "x"
            names[item] = letters.claim(f"{first}{counts[first]}", bool(_shape(item)))
            counts[first] += 1
    return names, letters


def _shape(item: Any) -> tuple[int, ...]:
    form = item.form
    return form[0] if type(form) is tuple else ()
