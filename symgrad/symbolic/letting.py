"""Which parts of a formula get a letter of their own; read by the index and the matrix printer.

A part that is used often and is not short is named once. The rule is the length of the text: a
name costs its line and its uses, no name costs the part at each use.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import Any

from symgrad.algebras.tensors.constructors import constant_of, is_pick
from symgrad.algebras.tensors.ir import Add, Ein, Leaf, Map, Node, Op, reachable

#: Characters that a line "where t1 = " adds.
_LINE = 10
#: A text longer than this, or of more levels, is named even where it is used once.
_LONG, _DEEP = 240, 24


def lengths(nodes: Iterable[Node], named: Mapping[Node, Any]) -> tuple[dict[Node, int], set[Node]]:
    """About how long each node's text is, where what is ``named`` is its letter.

    Gives   the lengths, and the nodes at which a text has grown so long that it is cut there.
    """
    found: dict[Node, int] = {}
    levels: dict[Node, int] = {}
    cut: set[Node] = set()
    for node in nodes:
        short = [a in named or a in cut for a in node.args]
        sizes = [2 if s else found[a] for s, a in zip(short, node.args, strict=True)]
        below = [0 if s else levels[a] for s, a in zip(short, node.args, strict=True)]
        found[node], levels[node] = _length(node, sizes), _height(node) + max(below, default=0)
        if (found[node] > _LONG or levels[node] > _DEEP) and _may_be_named(node):
            cut.add(node)
    return found, cut


def _height(node: Node) -> int:
    """How many levels of brackets a node may add: a product may nest all that is no letter."""
    if not isinstance(node.data, Ein):
        return 1
    return 1 + 2 * sum(1 for a in node.args if not isinstance(a.data, Leaf))


def _length(node: Node, args: Sequence[int]) -> int:
    data = node.data
    if isinstance(data, Leaf):
        return len(data.letter)
    if isinstance(data, Ein):
        coef = 0 if data.coef == 1 else min(len(str(data.coef)), 12) + 1
        return sum(args) + max(len(args) - 1, 0) + coef + 6 * len(data.equations) + (not args)
    if isinstance(data, Add):
        return sum(args) + 3 * (len(args) - 1) + sum(1 for c in data.coefs if abs(c) != 1) + 2
    if isinstance(data, Map) and "exponent" in dict(data.params):
        return sum(args) + 2
    return sum(args) + len(data.word) + 2 * max(len(args), 1)


def chosen(
    roots: Sequence[Node],
    forced: Callable[[Node], bool],
    known: Mapping[Node, str],
    inline: Container[Node] = (),
) -> list[Node]:
    """The nodes to name, operands first.

    Takes   roots: what is printed; forced: nodes that have to be letters; known: names that the
            user gave to values of the program, which are taken up where they help; inline: nodes
            that are written out at each use.
    """
    nodes = reachable(roots)
    named: dict[Node, bool] = {}
    for _ in range(2):  # what is named shortens what holds it
        worthy = {node: True for node, worth in named.items() if worth}
        length, cut = lengths(nodes, worthy)
        named = _pass(nodes, set(roots), length, forced, known, cut)
    return [n for n in nodes if n in named and n not in inline]


def _pass(
    nodes: list[Node],
    roots: set[Node],
    length: Mapping[Node, int],
    forced: Callable[[Node], bool],
    known: Mapping[Node, str],
    cut: Container[Node],
) -> dict[Node, bool]:
    """The nodes to name, and whether for their own sake, not only because the text is cut there."""
    uses: dict[Node, int] = dict.fromkeys(roots, 1)
    named: dict[Node, bool] = {}
    for node in reversed(nodes):
        count, size = uses.get(node, 0), length[node]
        if node not in roots and count and _may_be_named(node):
            worth = count > 1 and count * size > size + 2 * count + _LINE
            welcome = count > 1 and node in known and size > 4
            own = worth or welcome or forced(node)
            if own or node in cut:
                named[node] = own
        each = 1 if node in named else count
        for arg in node.args:
            uses[arg] = uses.get(arg, 0) + each
    return named


def _may_be_named(node: Node) -> bool:
    data = node.data
    if isinstance(data, Leaf) or constant_of(node) is not None:
        return False
    if isinstance(data, Op) and data.word in ("arange", "asarray"):
        return False
    if isinstance(data, Ein) and len(data.specs) == 1 and is_pick(node):
        return False
    return not (isinstance(data, Ein) and not data.specs)
