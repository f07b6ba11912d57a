"""Sums of parts between zeros as one matrix of blocks; the matrix printer puts terms through it.

[a; 0] + [0; b] is [a; b]: parts that stand at different places of one axis.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from symgrad.algebras.tensors.equations import nonnegative, plain
from symgrad.symbolic.notation import build
from symgrad.symbolic.notation.sizes import size_tree, size_value
from symgrad.symbolic.notation.tree import Tree


class Piece(NamedTuple):
    """What stands from one place of an axis up to another, and zeros before and after it."""

    axis: int
    start: Any
    end: Any
    content: Tree


def stacked(tree: Tree, sizes: tuple[Any, ...]) -> Tree:
    """A sum whose blocks at different places are one matrix of blocks.

    Takes   sizes: those of the whole.
    Gives   the tree as it is, where no two blocks can be put together.

    >>> from symgrad.symbolic.notation import build
    >>> from symgrad.symbolic.notation.tree import Tree
    >>> from symgrad.symbolic.stacking import stacked
    >>> zeros = Tree("zeros", value=(build.number(2),))
    >>> above = Tree("blocks", (build.letter("a"), zeros), (2, 1))
    >>> below = Tree("blocks", (zeros, build.letter("b")), (2, 1))
    >>> [part.value for part in stacked(build.summed([above, below]), (4,)).args]
    ['a', 'b']
    """
    if tree.head != "sum":
        return tree
    groups: list[list[Piece]] = []
    rest: list[Tree] = []
    for term in tree.args:
        piece = _piece(term, sizes)
        if piece is None:
            rest.append(term)
            continue
        home = next((g for g in groups if all(_apart(piece, other) for other in g)), None)
        if home is None:
            groups.append([piece])
        else:
            home.append(piece)
    if all(len(group) == 1 for group in groups):
        return tree
    return build.summed([*rest, *(_together(group, sizes) for group in groups)])


def _piece(term: Tree, sizes: tuple[Any, ...]) -> Piece | None:
    """A term as one part between zeros, its sign and its number taken in."""
    minus, bare = build.unsigned(term)
    front: tuple[Tree, ...] = ()
    if bare.head == "product" and all(f.head in ("number", "size") for f in bare.args[:-1]):
        front, bare = bare.args[:-1], bare.args[-1]
    if bare.head != "blocks" or 1 not in bare.value:
        return None
    contents = [part for part in bare.args if part.head != "zeros"]
    if len(contents) != 1:
        return None
    axis = 0 if bare.value[1] == 1 else 1
    place = bare.args.index(contents[0])
    before = sum(size_value(part.value[axis]) for part in bare.args[:place])
    after = sum(size_value(part.value[axis]) for part in bare.args[place + 1 :])
    content = build.multiplied([*front, contents[0]])
    return Piece(
        axis,
        plain(before),
        plain(sizes[axis] - after),
        build.without_minus(build.negated(content)) if minus else content,
    )


def _apart(a: Piece, b: Piece) -> bool:
    return a.axis == b.axis and (_follows(a, b) or _follows(b, a))


def _follows(a: Piece, b: Piece) -> bool:
    """Whether a piece begins where the other has ended, or later."""
    return nonnegative(a.start - b.end)


def _together(group: list[Piece], sizes: tuple[Any, ...]) -> Tree:
    """Pieces one after the other, with zeros where there is none."""
    axis = group[0].axis
    parts: list[Tree] = []
    reached: Any = 0
    for piece in sorted(group, key=lambda a: sum(_follows(a, b) for b in group if b is not a)):
        parts += _gap(piece.start - reached, axis, sizes)
        parts.append(piece.content)
        reached = piece.end
    parts += _gap(sizes[axis] - reached, axis, sizes)
    return Tree("blocks", tuple(parts), (len(parts), 1) if axis == 0 else (1, len(parts)))


def _gap(size: Any, axis: int, sizes: tuple[Any, ...]) -> list[Tree]:
    size = plain(size)
    if size == 0:
        return []
    value = tuple(size if k == axis else n for k, n in enumerate(sizes))
    return [Tree("zeros", value=tuple(map(size_tree, value)))]
