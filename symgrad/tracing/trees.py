"""Tensors in dicts, lists, tuples and named tuples, taken apart and put together again.

It knows nothing of what stands in them: anything that is none of these is a part. ``None`` is a
part too.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Path = tuple[Any, ...]


@dataclass(frozen=True)
class Structure:
    """How a tree is built, without its parts: a kind of container with keys, or one part."""

    kind: Any = None  # the container's type; None for a part
    keys: Path = ()
    inner: tuple[Structure, ...] = ()

    def __str__(self) -> str:
        if self.kind is None:
            return "*"
        shown = [str(s) for s in self.inner]
        if issubclass(self.kind, dict):
            return (
                "{" + ", ".join(f"{k!r}: {s}" for k, s in zip(self.keys, shown, strict=True)) + "}"
            )
        if issubclass(self.kind, list):
            return f"[{', '.join(shown)}]"
        return f"({', '.join(shown)}{',' if len(shown) == 1 else ''})"


PART = Structure()


class Unlike(Exception):
    """A tree that is not built as another; the two places that differ are its arguments."""


def _children(tree: Any) -> list[tuple[Any, Any]] | None:
    """The keys and items of a container; None for a part."""
    if isinstance(tree, dict):
        return list(tree.items())
    return list(enumerate(tree)) if isinstance(tree, (list, tuple)) else None


def structure_of(tree: Any) -> Structure:
    """How a tree is built.

    >>> str(structure_of((1, {"a": [2, 3]})))
    "(*, {'a': [*, *]})"
    """
    children = _children(tree)
    if children is None:
        return PART
    keys = tuple(key for key, _ in children)
    return Structure(type(tree), keys, tuple(structure_of(item) for _, item in children))


def parts(tree: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Everything in a tree that is no container, with its path.

    >>> list(parts((1, {"a": [2, 3]})))
    [((0,), 1), ((1, 'a', 0), 2), ((1, 'a', 1), 3)]
    """
    children = _children(tree)
    if children is None:
        yield path, tree
        return
    for key, item in children:
        yield from parts(item, (*path, key))


def leaves_of(tree: Any) -> list[Any]:
    """The parts of a tree, in order."""
    return [part for _, part in parts(tree)]


def rebuilt(tree: Any, leaf: Callable[[Path, Any], Any], path: Path = ()) -> Any:
    """The same tree with ``leaf(path, part)`` in the place of each part.

    >>> rebuilt((1, {"a": 2}), lambda path, part: part * 10)
    (10, {'a': 20})
    """
    children = _children(tree)
    if children is None:
        return leaf(path, tree)
    items = [rebuilt(item, leaf, (*path, key)) for key, item in children]
    return _made(type(tree), [key for key, _ in children], items)


def built(structure: Structure, leaves: Iterator[Any]) -> Any:
    """The tree of a structure, its parts taken from ``leaves`` in order."""
    if structure.kind is None:
        return next(leaves)
    items = [built(s, leaves) for s in structure.inner]
    return _made(structure.kind, structure.keys, items)


def _made(kind: Any, keys: Any, items: list[Any]) -> Any:
    if issubclass(kind, dict):
        made: dict[Any, Any] = OrderedDict() if issubclass(kind, OrderedDict) else {}
        made.update(zip(keys, items, strict=True))
        return made
    return kind(*items) if hasattr(kind, "_fields") else kind(items)


def leaves_along(structure: Structure, tree: Any, prefix: bool = False) -> list[Any]:
    """The parts of a tree that is built like ``structure``, in the order of that.

    Takes   prefix: a part of the tree may stand where the structure has a container: it then
            counts for each part in there.
    Raises  Unlike where the tree is built otherwise. A list counts as a tuple; a dict needs the
            same keys, in any order.

    >>> leaves_along(structure_of((1, (2, 3))), (0, None), prefix=True)
    [0, None, None]
    """
    children = _children(tree)
    if structure.kind is None:
        if children is not None:
            raise Unlike(structure, structure_of(tree))
        return [tree]
    if children is None:
        if not prefix:
            raise Unlike(structure, PART)
        return [tree] * _count(structure)
    alike = issubclass(structure.kind, dict) == isinstance(tree, dict)
    if not alike or {k for k, _ in children} != set(structure.keys):
        raise Unlike(structure, structure_of(tree))
    found = dict(children)
    out: list[Any] = []
    for key, inner in zip(structure.keys, structure.inner, strict=True):
        out += leaves_along(inner, found[key], prefix)
    return out


def _count(structure: Structure) -> int:
    return 1 if structure.kind is None else sum(map(_count, structure.inner))
