"""The nodes of the einsum expressions: interned, named by content; read by all of ``tensors``.

Four kinds stand over the leaves. Index names are never stored: an ``Ein`` numbers its indices,
so nothing can be captured. A node has no axis of size 1; those live in the carrier only.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

import numpy as np
import sympy

Size = Any  # a positive int, or a SymPy expression in symbols of sizes
Spec = tuple[int, ...]


class Leaf(NamedTuple):
    """An array that somebody gives, known by its letter and by what is known of it."""

    letter: str
    facts: tuple[str, ...] = ()


class Ein(NamedTuple):
    """``coef`` times the product of the operands, summed over each index that is not in ``out``.

    ``specs`` holds one tuple of index numbers an operand, ``dims`` the size of each index. An index
    that is in ``out`` twice stands on a diagonal; one that only ``out`` has is broadcast. Where
    one of ``equations`` between indices does not hold, the product is 0.
    """

    coef: Any
    specs: tuple[Spec, ...]
    out: Spec
    dims: tuple[Size, ...]
    equations: tuple[Any, ...] = ()


class Add(NamedTuple):
    """The sum of all operands, which have one shape, each times its coefficient."""

    coefs: tuple[Any, ...]


class Map(NamedTuple):
    """A rule applied entry by entry to operands of one shape."""

    word: str
    params: tuple[tuple[str, Any], ...]


class Op(NamedTuple):
    """A rule that stays a name: its operands stand with all axes, those of size 1 included.

    ``role`` is "forward", or "path" for the integers that a selection computes; ``part`` counts
    the outputs of a rule with several; a Slot among the parameters stands for an operand.
    """

    word: str
    role: str
    part: int | None
    params: tuple[tuple[str, Any], ...]
    shapes: tuple[tuple[Size, ...], ...]
    shape: tuple[Size, ...]


class Slot(NamedTuple):
    """The place of an operand among an Op's parameters."""

    place: int


def slots_in(value: Any) -> int:
    """How many operands stand among parameters."""
    if isinstance(value, Slot):
        return 1
    return sum(map(slots_in, value)) if isinstance(value, (tuple, list)) else 0


Data = Leaf | Ein | Add | Map | Op


class Node:
    """One interned expression; equal expressions are the same object.

    ``digest`` depends on the content alone, never on the process; ``seq`` grows with each node
    that is made, so operands come before what uses them.
    """

    __slots__ = ("__weakref__", "args", "data", "digest", "seq", "sizes")

    data: Data
    args: tuple[Node, ...]
    sizes: tuple[Size, ...]
    digest: bytes
    seq: int

    def __repr__(self) -> str:
        kind = type(self.data).__name__.lower()
        name = getattr(self.data, "letter", getattr(self.data, "word", ""))
        label = f"{kind} {name}" if name else kind
        return f"<{label} of {len(self.args)}, {sizes_text(self.sizes)}>"


def sizes_text(sizes: tuple[Size, ...]) -> str:
    """Sizes in one line: one that grew long is told by its length."""
    words = [str(s) for s in sizes]
    return "(" + ", ".join(w if len(w) <= 40 else f"{len(w)} characters" for w in words) + ")"


_NODES: WeakValueDictionary[bytes, Node] = WeakValueDictionary()
_COUNT = itertools.count()
_TEXTS: dict[Any, str] = {}


def intern(data: Data, args: tuple[Node, ...], sizes: tuple[Size, ...]) -> Node:
    """The one node with this content, made now if nobody holds it yet."""
    content = hashlib.blake2b(digest_size=16)
    content.update(f"{type(data).__name__}{text_of(tuple(data))}{text_of(sizes)}".encode())
    for arg in args:
        content.update(arg.digest)
    digest = content.digest()
    found = _NODES.get(digest)
    if found is not None:
        return found
    node = object.__new__(Node)
    node.data, node.args, node.sizes = data, args, sizes
    node.digest, node.seq = digest, next(_COUNT)
    _NODES[digest] = node
    return node


def text_of(value: Any) -> str:
    """A text that only equal data share, the same in every process.

    >>> text_of((1, slice(None, 2), "a"))
    "(1,slice(None,2,None),'a',)"
    """
    if isinstance(value, tuple):
        head = type(value).__name__ if hasattr(value, "_fields") else ""
        return head + "(" + "".join(text_of(v) + "," for v in value) + ")"
    if value is None or isinstance(value, (int, str, float)):
        return repr(value)
    if isinstance(value, sympy.Basic):
        found = _TEXTS.get(value)
        if found is None:
            if len(_TEXTS) > 100_000:
                _TEXTS.clear()
            found = _TEXTS[value] = sympy.srepr(value)
        return found
    if isinstance(value, slice):
        return f"slice({text_of(value.start)},{text_of(value.stop)},{text_of(value.step)})"
    if isinstance(value, list):
        return "[" + "".join(text_of(v) + "," for v in value) + "]"
    if isinstance(value, (np.ndarray, np.generic)):
        held = np.ascontiguousarray(value)
        return f"array({held.shape},{held.dtype},{hashlib.blake2b(held.tobytes()).hexdigest()})"
    return repr(value)  # Ellipsis, a dtype, a device: their text is their content


def reachable(roots: Iterable[Node]) -> list[Node]:
    """All nodes below ``roots`` and these, operands before what uses them."""
    found: dict[bytes, Node] = {}
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node.digest not in found:
            found[node.digest] = node
            stack.extend(node.args)
    return sorted(found.values(), key=lambda node: node.seq)
