"""Axes that are counted together, in matrix notation: Kronecker products, and reshapes.

Read by nets. Both sides of an equation m i + j = p q + r count the same entries in order: where one
side is an operand's own, the operand is reshaped; where it is the result's, the rest is.
"""

from __future__ import annotations

from typing import Any

from symgrad.algebras.tensors import constructors
from symgrad.algebras.tensors.equations import counted, negative, plain, renamed
from symgrad.algebras.tensors.ir import Ein, Node
from symgrad.symbolic.notation import build
from symgrad.symbolic.notation.sizes import size_tree
from symgrad.symbolic.notation.tree import Tree


def counted_together(notation: Any, node: Node, data: Ein) -> Tree | None:
    """A Kronecker product, or the entries of a matrix in another shape; None for neither."""
    whole = reshaped_result(notation, node, data)
    if whole is not None:
        return whole
    pairs = {p: found for p in data.out if (found := _digits(data, p)) is not None}
    if len(pairs) != 2 or len(pairs) != len(data.equations):
        return None
    digits = list(pairs.values())
    upper = _reached(data, {d[0] for d in digits})
    lower = _reached(data, {d[1] for d in digits})
    if upper & lower:
        return None
    outs = [(digits[0][k], digits[1][k]) for k in (0, 1)]
    sides = [
        _part(node, data, out, {k for k, s in enumerate(data.specs) if set(s) & reached})
        for out, reached in zip(outs, (upper, lower), strict=True)
    ]
    return Tree("kron", tuple(map(notation.array, sides)))


def reshaped_operand(
    notation: Any, node: Node, data: Ein, eq: Any
) -> tuple[int, Tree, tuple[int, ...]] | None:
    """An operand all of whose axes an equation counts.

    Gives   its place, its tree in the other shape, and the indices that this has.
    """
    rest = [e for e in data.equations if e != eq]
    elsewhere = set(data.out).union(i for e in rest for i, _ in e.terms)
    for left, right in _sides(data, eq):
        for k, spec in enumerate(data.specs):
            alone = not any(set(s) & set(left) for j, s in enumerate(data.specs) if j != k)
            if spec == left and alone and not elsewhere & set(left):
                sizes = [size_tree(data.dims[i]) for i in right]
                return k, reshape(notation.array(node.args[k]), sizes), right
    return None


def reshaped_result(notation: Any, node: Node, data: Ein) -> Tree | None:
    """A result all of whose axes an equation counts: the rest, reshaped."""
    if data.coef != 1 and not node.args:
        return None
    for eq in data.equations:
        for left, right in _sides(data, eq):
            rest = [e for e in data.equations if e != eq]
            held = {i for e in rest for i, _ in e.terms}
            held.update(i for s in data.specs for i in s)
            if left == data.out and not held & set(left) and len(right) <= 2:
                kept = [i for i in range(len(data.dims)) if i not in left]
                number = {i: n for n, i in enumerate(kept)}
                inner = constructors.ein(
                    1,
                    node.args,
                    [tuple(number[i] for i in s) for s in data.specs],
                    tuple(number[i] for i in right),
                    [data.dims[i] for i in number],
                    [renamed(e, number.__getitem__) for e in rest],
                )
                return reshape(notation.array(inner), [size_tree(data.dims[i]) for i in left])
    return None


def reshape(tree: Tree, sizes: list[Tree]) -> Tree:
    """A tree's entries in order in another shape."""
    if len(sizes) == 1:
        return Tree("vec", (tree,))
    return build.called("reshape", tree, *sizes)


def _sides(data: Ein, eq: Any) -> list[tuple[Any, Any]]:
    """The indices on either side of an equation in counting order, both ways round; else none."""
    if eq.offset != 0 or len(eq.terms) < 3:
        return []
    plus = [(i, c) for i, c in eq.terms if not negative(c)]
    minus = [(i, -c) for i, c in eq.terms if negative(c)]
    dims = dict(enumerate(data.dims))
    left, right = counted(plus, dims), counted(minus, dims)
    if left is None or right is None or plain(left[1] - right[1]) != 0:
        return []  # no count, or one side leaves entries out
    return [(left[0], right[0]), (right[0], left[0])]


def _digits(data: Ein, index: int) -> tuple[int, int] | None:
    """The two indices that a result's index counts: p = m i + k."""
    for eq in data.equations:
        terms = dict(eq.terms)
        others = [i for i in terms if i != index]
        if index not in terms or len(others) != 2 or eq.offset != 0:
            continue
        if any(i in data.out for i in others) or terms[index] not in (1, -1):
            continue
        ratio = {i: plain(-terms[i] * terms[index]) for i in others}
        for low, high in (others, others[::-1]):
            if ratio[low] == 1 and plain(ratio[high] - data.dims[low]) == 0:
                return high, low
    return None


def _reached(data: Ein, start: set[int]) -> set[int]:
    """All indices that operands tie to some."""
    found, grown = set(start), True
    while grown:
        grown = False
        for spec in data.specs:
            if found & set(spec) and not set(spec) <= found:
                found |= set(spec)
                grown = True
    return found


def _part(node: Node, data: Ein, out: tuple[int, int], places: set[int]) -> Node:
    """The einsum of some operands with other indices as its result's."""
    used = {*out, *(i for k in places for i in data.specs[k])}
    number = {i: n for n, i in enumerate(sorted(used))}
    order = sorted(places)
    return constructors.ein(
        1,
        [node.args[k] for k in order],
        [tuple(number[i] for i in data.specs[k]) for k in order],
        tuple(number[i] for i in out),
        [data.dims[i] for i in number],
    )
