"""An expression printed: notation, lets and their trees; imported by closed forms of any size."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from symgrad.algebras.tensors.ir import Add, Ein, Leaf, Map, Node, Op, reachable
from symgrad.grammar.kind import Kind
from symgrad.grammar.primitive import REGISTRY
from symgrad.symbolic.index_notation import IndexNotation
from symgrad.symbolic.letting import chosen
from symgrad.symbolic.matrix_notation import MatrixNotation
from symgrad.symbolic.net import NoMatrix
from symgrad.symbolic.notation.text import write
from symgrad.symbolic.notation.tree import Tree, parts
from symgrad.symbolic.rewriting import facts


class Let(NamedTuple):
    """What a letter stands for: its name, its free indices (index notation), and its tree."""

    name: str
    node: Node
    indices: tuple[str, ...]
    tree: Tree


class Printed(NamedTuple):
    """A formula in one notation; ``implied`` are conditions that it shows itself, as 1/x does."""

    notation: str
    tree: Tree
    indices: tuple[str, ...]
    lets: tuple[Let, ...]
    conditions: tuple[Tree, ...]
    implied: tuple[Tree, ...] = ()
    note: str = ""


class Naming:
    """The names that are taken, and those that values of the program have."""

    def __init__(self, taken: Iterable[str], known: Mapping[Node, str]) -> None:
        self.taken = set(taken)
        self.known = {n: name for n, name in known.items() if name not in self.taken}

    def names(self, nodes: Sequence[Node]) -> dict[Node, str]:
        """A letter for each node: the program's own, a one-hot's capital, else t1, t2, ..."""
        found: dict[Node, str] = {}
        used = set(self.taken)
        for node in nodes:
            name = self.known.get(node) or self._capital(node)
            if name is not None and name not in used:
                used.add(name)
                found[node] = name
        number = 0
        for node in nodes:
            if node in found:
                continue
            number += 1
            while f"t{number}" in used:
                number += 1
            found[node] = f"t{number}"
        return {node: found[node] for node in nodes}

    def _capital(self, node: Node) -> str | None:
        """Y for the one-hot of y."""
        data = node.data
        if not (isinstance(data, Op) and data.word == "one_hot"):
            return None
        letter = getattr(node.args[0].data, "letter", "")
        wanted = len(letter) == 1 and letter.upper() not in (letter, "I")  # I is the identity
        return letter.upper() if wanted else None


def printed(
    node: Node, conditions: Sequence[Node], naming: Naming, notation: str | None
) -> Printed:
    """The formula of a node in a notation; None picks the one that reads best.

    Raises  NoClosedForm where the notation cannot say it.
    """
    if notation == "index":
        return in_indices(node, conditions, naming)
    if notation == "matrix":
        return in_matrices(node, conditions, naming)
    if len(node.sizes) <= 2 and (_is_linear(node) or not _is_pointwise(node)):
        found = _readable(node, conditions, naming)
        if found is not None:
            return found
    return in_indices(node, conditions, naming)


def _readable(node: Node, conditions: Sequence[Node], naming: Naming) -> Printed | None:
    """Matrix notation where it can say it, unless it has to piece blocks together at length."""
    try:
        found = in_matrices(node, conditions, naming)
    except NoMatrix:
        return None  # index notation can say whatever matrix notation cannot
    pieced = any(p.head in ("blocks", "slice") for p in parts(found.tree))
    if not pieced:
        return found
    other = in_indices(node, conditions, naming)
    return found if _length(found) <= _length(other) else other


def _length(form: Printed) -> int:
    return sum(len(write(tree)) for tree in (form.tree, *(let.tree for let in form.lets)))


def in_matrices(node: Node, conditions: Sequence[Node], naming: Naming) -> Printed:
    """Matrix notation.

    Raises  NoMatrix where it cannot be said so.
    """
    roots = [node, *conditions]
    lets = chosen(roots, _is_one_hot, naming.known)
    names = naming.names(lets)
    leaves = [n for n in reachable(roots) if isinstance(n.data, Leaf)]
    ranks = {n.data.letter: len(n.sizes) for n in leaves}  # type: ignore[union-attr]
    ranks.update({name: len(n.sizes) for n, name in names.items()})
    symmetric = {n.data.letter for n in leaves if facts.symmetric(n)}  # type: ignore[union-attr]
    symmetric |= {name for n, name in names.items() if facts.symmetric(n)}
    writer = MatrixNotation(names, ranks, frozenset(symmetric))
    tree = writer.formula(node)
    meanings = tuple(Let(names[n], n, (), writer.formula(n)) for n in lets)
    shown = tuple(writer.formula(c) for c in conditions)
    return Printed("matrix", tree, (), meanings, shown)


def in_indices(node: Node, conditions: Sequence[Node], naming: Naming) -> Printed:
    """Index notation."""
    roots = [node, *conditions]
    whole = _whole_arrays(roots)
    lets = chosen(roots, whole.__contains__, naming.known, _without_letters(roots))
    names = naming.names(lets)
    sizes = {**letters_of(roots), **{name: n.sizes for n, name in names.items()}}
    writer = IndexNotation(names, {*naming.taken, *names.values()}, sizes)

    def formula(part: Node) -> tuple[tuple[str, ...], Tree]:
        indices = tuple(writer.free(len(part.sizes)))
        return indices, writer.formula(part, indices, meaning=True)

    indices, tree = formula(node)
    meanings = tuple(Let(names[n], n, *formula(n)) for n in lets)
    return Printed("index", tree, indices, meanings, tuple(formula(c)[1] for c in conditions))


def _is_one_hot(node: Node) -> bool:
    """Labels as a matrix are a letter in matrix notation: Y, where Y = onehot(y)."""
    return isinstance(node.data, Op) and node.data.word == "one_hot"


def _whole_arrays(roots: Sequence[Node]) -> set[Node]:
    """Operands of functions of whole arrays, which index notation calls by a letter."""
    found: set[Node] = set()
    for node in reachable(roots):
        data = node.data
        if not isinstance(data, Op) or data.word in ("one_hot", "arange", "asarray"):
            continue
        rule = REGISTRY.get(data.word)
        along = rule is not None and rule.kind in (Kind.REDUCTION, Kind.SCAN)
        if not along or len(node.args) != 1 or 1 in data.shapes[0]:
            found.update(node.args)
    return found


def _without_letters(roots: Sequence[Node]) -> set[Node]:
    """Nodes that hold no letter, as [j <= i]: formulas in the indices themselves."""
    found: set[Node] = set()
    for node in reachable(roots):
        if not isinstance(node.data, Leaf) and all(a in found for a in node.args):
            found.add(node)
    return found


def _is_pointwise(node: Node) -> bool:
    """Whether every entry is a formula in the entries at the same indices: no sums, no deltas."""
    from_one = all(
        isinstance(part.data, (Leaf, Map)) or not _mixes(part) for part in reachable([node])
    )
    return from_one and bool(node.sizes)


def _is_linear(node: Node) -> bool:
    """Whether it is a sum of multiples of letters, as 2 A: whole arrays say that shortest."""
    data = node.data
    if isinstance(data, Add):
        return all(map(_is_linear, node.args))
    if isinstance(data, Ein):
        arrays = [a for a, spec in zip(node.args, data.specs, strict=True) if spec == data.out]
        others = [a for a in node.args if a not in arrays]
        letters = all(isinstance(a.data, Leaf) for a in node.args)
        return letters and len(arrays) == 1 and not any(a.sizes for a in others)
    return isinstance(data, Leaf)


def _mixes(node: Node) -> bool:
    data = node.data
    if isinstance(data, Op):
        return data.word not in ("arange",)
    out = getattr(data, "out", None)
    if out is None:
        return False
    summed = {i for spec in data.specs for i in spec}.difference(out)  # type: ignore[union-attr]
    turned = any(tuple(sorted(s)) != s for s in data.specs)  # type: ignore[union-attr]
    spread = any(set(s) != set(out) for s in data.specs if s)  # type: ignore[union-attr]
    return bool(summed) or turned or spread or len(set(out)) != len(out)


def letters_of(nodes: Sequence[Node]) -> dict[str, Any]:
    """The sizes of every letter below some nodes."""
    return {n.data.letter: n.sizes for n in reachable(nodes) if isinstance(n.data, Leaf)}


__all__ = ["Let", "Naming", "Printed", "letters_of", "printed"]
