"""The last touch on a tree of matrix notation: brackets and orders; the matrix printer calls it.

What stands here never changes a value, only which of several equal ways of writing it is taken.
"""

from __future__ import annotations

from collections.abc import Sequence

from symgrad.symbolic.notation import build
from symgrad.symbolic.notation.matrices import MATRIX, SCALAR, Forms
from symgrad.symbolic.notation.tree import Tree


def polished(tree: Tree, forms: Forms) -> Tree:
    """A finished tree as people write it.

    Takes   forms: which of its letters are scalars, columns and matrices.
    """
    return _with_one_sign(_arranged(tree, forms))


def _arranged(tree: Tree, forms: Forms) -> Tree:
    """Brackets and traces; it calls itself, for a tree is only so deep."""
    args = tuple(_arranged(part, forms) for part in tree.args)
    if tree.head == "product":
        return tree._replace(args=_with_brackets(args, forms))
    if tree.head == "trace":
        ways = [*_rotated(args[0], forms), *_rotated(forms.transposed(args[0]), forms)]
        return tree._replace(args=(min(ways, key=lambda t: (build.extent(t), build.sketch(t))),))
    return tree._replace(args=args)


def _rotated(tree: Tree, forms: Forms) -> list[Tree]:
    """Products of the same trace: tr(A B C) is tr(B C A)."""
    if tree.head != "product" or any(forms.of(f) != MATRIX for f in tree.args):
        return [tree]
    factors = tree.args
    return [tree._replace(args=factors[k:] + factors[:k]) for k in range(len(factors))]


def _with_brackets(factors: Sequence[Tree], forms: Forms) -> tuple[Tree, ...]:
    """Factors that make a scalar in brackets, where more follow: 2 (xᵀ A x) x."""
    found: list[Tree] = []
    run: list[Tree] = []
    for k, factor in enumerate(factors):
        run.append(factor)
        if forms.of_product(run) == SCALAR:
            more = len(run) > 1 and k + 1 < len(factors)
            found += [Tree("product", tuple(run))] if more else run
            run = []
    return (*found, *run)


# differences whose sign is free -------------------------------------------------------------------


def _with_one_sign(tree: Tree) -> Tree:
    """(m - x)ᵀ S (m - x) as (x - m)ᵀ S (x - m), where x - m stands elsewhere."""
    held: set[Tree] = set()
    free = False
    stack = [(tree, False)]
    while stack:
        part, even = stack.pop()
        places = _free(part, even)
        free = free or bool(places)
        for k, arg in enumerate(part.args):
            bare = _unturned(arg)
            if bare.head == "sum" and k not in places:
                held.add(bare)
            stack.append((bare, _stays_even(part, even, k)))
    return _matching(tree, held, False) if free and held else tree


def _matching(tree: Tree, held: set[Tree], even: bool) -> Tree:
    places = _free(tree, even)
    args = []
    for k, arg in enumerate(tree.args):
        bare = _unturned(arg)
        other = build.flipped(bare) if k in places and bare not in held else None
        if other is None or other not in held:
            other = _matching(bare, held, _stays_even(tree, even, k))
        args.append(other if bare is arg else arg._replace(args=(other,)))
    return tree._replace(args=tuple(args))


def _unturned(tree: Tree) -> Tree:
    return tree.args[0] if tree.head == "transpose" else tree


def _free(tree: Tree, even: bool) -> set[int]:
    """The places of sums whose sign does not count: in a square, or twice in a product."""
    factors = [_unturned(part) for part in tree.args]
    sums = [f for f in factors if f.head == "sum"]
    if tree.head in ("product", "hadamard") and not even:
        return {k for k, f in enumerate(factors) if f in sums and sums.count(f) % 2 == 0}
    return {k for k, f in enumerate(factors) if f in sums and _stays_even(tree, even, k)}


def _stays_even(tree: Tree, even: bool, place: int) -> bool:
    """Whether the sign of a part does not count: of a square's base, and of its factors."""
    if tree.head in ("power", "each_power"):
        exponent = tree.args[1]
        return place == 0 and exponent.head == "number" and exponent.value % 2 == 0
    if tree.head in ("product", "hadamard", "quotient"):
        return even
    return tree.head == "norm"
