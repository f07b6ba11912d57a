"""A matrix beside the inverse of a product that it is in: (A X)⁻¹ A is X⁻¹; products imports it."""

from __future__ import annotations

from collections.abc import Iterator

from symgrad.algebras.tensors import TENSORS, Expression, constructors
from symgrad.algebras.tensors.equations import renamed
from symgrad.algebras.tensors.ir import Ein, Node, Op, Spec
from symgrad.symbolic.rewriting import facts
from symgrad.symbolic.rewriting.patterns import Rewrite


def met(node: Node, data: Ein) -> Iterator[Rewrite]:
    """(M R)⁻¹ M as R⁻¹, and M (R M)⁻¹ likewise: square factors have inverses where M R has one."""
    for a, (left, first) in enumerate(zip(node.args, data.specs, strict=True)):
        inverse = isinstance(left.data, Op) and left.data.word == "inv" and len(first) == 2
        if not inverse or not isinstance(left.args[0].data, Ein) or left.args[0].data.equations:
            continue
        turns = (first, first[::-1]) if facts.symmetric(left) else (first,)
        for b, (right, second) in enumerate(zip(node.args, data.specs, strict=True)):
            square = len(second) == 2 and right.sizes[0] == right.sizes[1]
            if a == b or not square or second[0] == second[1]:
                continue
            for spec in turns:
                made = _without_both(node, data, (a, b), spec)
                if made is not None:
                    yield Rewrite(made, None)
                    return


def _without_both(node: Node, data: Ein, places: tuple[int, int], first: Spec) -> Node | None:
    """The product with the inverse of the rest instead of the two."""
    left, right = (node.args[k] for k in places)
    second = data.specs[places[1]]
    for side in (0, 1):
        index = first[side]
        if index not in second or not only_there(data, index, places):
            continue
        place = second.index(index)
        rest = _rest(left.args[0], right, place, side)
        if rest is None and facts.symmetric(right):
            rest = _rest(left.args[0], right, 1 - place, side)
        if rest is None:
            continue
        end = second[1 - place]
        spec = (first[0], end) if side == 1 else (end, first[1])
        kept = [k for k in range(len(node.args)) if k not in places]
        inverse = TENSORS.inv(Expression(rest, rest.sizes)).node
        args = [*(node.args[k] for k in kept), inverse]
        return _made(data, args, [*(data.specs[k] for k in kept), spec], data.out)
    return None


def _rest(product: Node, matrix: Node, place: int, side: int) -> Node | None:
    """R of a product M R (side 1) or R M (side 0), M read from the axis ``place``."""
    data = product.data
    assert isinstance(data, Ein)
    outer = data.out[1 - side]
    for k, (arg, spec) in enumerate(zip(product.args, data.specs, strict=True)):
        if arg is not matrix or len(set(spec)) < 2 or spec[place] != outer:
            continue
        inner = spec[1 - place]
        kept = [j for j in range(len(product.args)) if j != k]
        specs = [data.specs[j] for j in kept]
        if not kept or inner in data.out or any(outer in s for s in specs):
            continue
        out = (inner, data.out[1]) if side == 1 else (data.out[0], inner)
        return _made(data, [product.args[j] for j in kept], specs, out)
    return None


def only_there(data: Ein, index: int, places: tuple[int, int]) -> bool:
    """Whether an index is summed over, and two operands alone bear it."""
    if index in data.out or any(index == i for eq in data.equations for i, _ in eq.terms):
        return False
    return not any(index in s for k, s in enumerate(data.specs) if k not in places)


def _made(data: Ein, args: list[Node], specs: list[Spec], out: Spec) -> Node:
    """A product over the indices that are left: one that is gone must not count as its size."""
    used = {i for s in (*specs, out) for i in s}
    used.update(i for eq in data.equations for i, _ in eq.terms)
    number = {i: n for n, i in enumerate(sorted(used))}
    return constructors.ein(
        data.coef,
        args,
        [tuple(number[i] for i in s) for s in specs],
        tuple(number[i] for i in out),
        [data.dims[i] for i in number],
        [renamed(eq, number.__getitem__) for eq in data.equations],
    )
