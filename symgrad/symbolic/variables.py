"""What the program calls a value: the variable that the line of an operation assigns.

Read off the bytecode that the trace remembers anyway, so nothing is recorded for it. Imported by
closed forms, for the names of lets.
"""

from __future__ import annotations

import bisect
import dis
from collections.abc import Iterable
from functools import lru_cache
from types import CodeType

from symgrad.grammar.primitive import REGISTRY
from symgrad.tracing.naming import NameRefused, check_name
from symgrad.tracing.node import Node

_STORES = frozenset({"STORE_FAST", "STORE_NAME", "STORE_GLOBAL", "STORE_DEREF"})


@lru_cache(maxsize=256)
def _instructions(code: CodeType) -> tuple[list[int], list[str | None]]:
    """The offsets of all instructions, and for each the variable that its result goes into."""
    offsets: list[int] = []
    names: list[str | None] = []
    for instruction in dis.get_instructions(code):
        if instruction.opname in _STORES and names:
            names[-1] = str(instruction.argval)
        offsets.append(instruction.offset)
        names.append(None)
    return offsets, names


def _assigned(code: CodeType, lasti: int) -> str | None:
    # While a call runs, its frame may point behind the call, into the space that caches take.
    offsets, names = _instructions(code)
    place = bisect.bisect_right(offsets, lasti) - 1
    return names[place] if place >= 0 else None


def assigned_names(nodes: Iterable[Node]) -> dict[Node, str]:
    """The variable's name of each node that a line assigns; none where a loop does so often."""
    places: dict[tuple[CodeType, int], list[Node]] = {}
    for node in nodes:
        if node.code is not None:
            places.setdefault((node.code, node.lasti), []).append(node)
    found: dict[Node, str] = {}
    for (code, lasti), group in places.items():
        name = _assigned(code, lasti)
        once = len({node.rule.word for node in group}) == len(group)
        if name is not None and once and _is_letter(name):
            found[max(group, key=lambda n: n.seq)] = name
    return found


def _is_letter(name: str) -> bool:
    try:
        check_name(name)
    except NameRefused:
        return False
    return not name.startswith("_") and name not in REGISTRY and len(name) <= 12
