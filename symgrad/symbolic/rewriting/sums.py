"""Sums that vanish, and sums that complete each other; read by the simplifier through islands.

What deviates from its mean adds up to 0, so it does beside factors that stand still. What is taken
away from where a mask holds is left where it does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from symgrad.algebras.tensors import constructors
from symgrad.algebras.tensors.constructors import constant_of
from symgrad.algebras.tensors.equations import Equation, equation, nonnegative, plain
from symgrad.algebras.tensors.ir import Add, Ein, Node
from symgrad.symbolic.rewriting.patterns import Rewrite

#: Sums of more terms are not looked at in pairs, and factors not looked into more deeply.
MOST_TERMS, _DEPTH = 12, 8


def rewrites(node: Node) -> Iterator[Rewrite]:
    """What a product that is summed, or a sum, may be instead."""
    if isinstance(node.data, Ein):
        yield from _without_vanishing(node, node.data)
        yield from _where_masked(node, node.data)
    elif isinstance(node.data, Add):
        yield from _completed(node, node.data)


# sums that vanish ---------------------------------------------------------------------------------


def _without_vanishing(node: Node, data: Ein) -> Iterator[Rewrite]:
    """A product in which a factor adds up to 0, or terms of one do."""
    tied = {i for eq in data.equations for i, _ in eq.terms}
    for place, (arg, spec) in enumerate(zip(node.args, data.specs, strict=True)):
        elsewhere = {i for k, s in enumerate(data.specs) if k != place for i in s}
        for axis, index in enumerate(spec):
            if index in elsewhere or index in tied or index in data.out or spec.count(index) > 1:
                continue
            if _vanishes(arg, axis, _DEPTH):
                yield Rewrite(constructors.constant(0, node.sizes), None)
                return
            less = _less(arg, axis)
            if less is not None:
                args = [*node.args[:place], less, *node.args[place + 1 :]]
                made = constructors.ein(
                    data.coef, args, data.specs, data.out, data.dims, data.equations
                )
                yield Rewrite(made, None)


def _less(node: Node, axis: int) -> Node | None:
    """A sum without the terms that add up to 0; None where there is none."""
    data = node.data
    if not isinstance(data, Add):
        return None
    terms = list(zip(data.coefs, node.args, strict=True))
    kept = [(c, a) for c, a in terms if not _vanishes(a, axis, _DEPTH)]
    if len(kept) == len(terms) or not kept:
        return None
    return constructors.add([c for c, _ in kept], [a for _, a in kept])


@lru_cache(maxsize=4096)
def _vanishes(node: Node, axis: int, depth: int) -> bool:
    """Whether the entries along an axis add up to 0, for sure."""
    data = node.data
    if isinstance(data, Add):
        if len(node.args) > MOST_TERMS:
            return False
        total = constructors.add(data.coefs, [_added_up(a, axis) for a in node.args])
        return bool(constant_of(total) == 0)
    if not isinstance(data, Ein) or depth <= 0 or data.out.count(data.out[axis]) > 1:
        return False
    index = data.out[axis]
    if any(i == index for eq in data.equations for i, _ in eq.terms):
        return False
    holding = [k for k, spec in enumerate(data.specs) if index in spec]
    if len(holding) != 1:
        return False
    spec = data.specs[holding[0]]
    return spec.count(index) == 1 and _vanishes(node.args[holding[0]], spec.index(index), depth - 1)


def _added_up(node: Node, axis: int) -> Node:
    axes = tuple(range(len(node.sizes)))
    kept = tuple(a for a in axes if a != axis)
    return constructors.ein(1, (node,), (axes,), kept, node.sizes)


# sums under a mask --------------------------------------------------------------------------------


def _where_masked(node: Node, data: Ein) -> Iterator[Rewrite]:
    """A sum under a mask, without the terms that are 0 where the mask holds."""
    for eq in data.equations:
        for index, _ in eq.terms:
            run = _run(eq, index, data)
            for place, (arg, spec) in enumerate(zip(node.args, data.specs, strict=True)):
                if run is None or spec.count(index) != 1 or not isinstance(arg.data, Add):
                    continue
                axis = spec.index(index)
                kept = [
                    (c, a)
                    for c, a in zip(arg.data.coefs, arg.args, strict=True)
                    if not _is_outside(a, axis, run)
                ]
                if len(kept) == len(arg.args):
                    continue
                less = constructors.constant(0, arg.sizes)
                if kept:
                    less = constructors.add([c for c, _ in kept], [a for _, a in kept])
                args = [*node.args[:place], less, *node.args[place + 1 :]]
                made = constructors.ein(
                    data.coef, args, data.specs, data.out, data.dims, data.equations
                )
                yield Rewrite(made, None)


def _is_outside(node: Node, axis: int, run: tuple[Any, Any]) -> bool:
    """Whether a term is 0 along a run of an axis."""
    data = node.data
    if not isinstance(data, Ein):
        return False
    for eq in data.equations:
        own = _run(eq, data.out[axis], data)
        if own is not None and (nonnegative(own[0] - run[1]) or nonnegative(run[0] - own[1])):
            return True
    return False


# sums that complete each other --------------------------------------------------------------------


def _completed(node: Node, data: Add) -> Iterator[Rewrite]:
    """x less what it is where a mask holds: x where the mask does not hold."""
    if len(node.args) > MOST_TERMS:
        return
    for a, term in enumerate(node.args):
        for b, masked in enumerate(node.args):
            if a == b or data.coefs[a] + data.coefs[b] != 0:
                continue
            for bare, left in _complements(masked):
                if bare is term:
                    rest = [k for k in range(len(node.args)) if k not in (a, b)]
                    made = constructors.add(
                        [data.coefs[a], *(data.coefs[k] for k in rest)],
                        [left, *(node.args[k] for k in rest)],
                    )
                    yield Rewrite(made, None)


def _complements(node: Node) -> Iterator[tuple[Node, Node]]:
    """A product without one of its masks, and with the opposite one."""
    data = node.data
    if not isinstance(data, Ein):
        return
    if len(node.args) == 1:  # a slice that is put in its place again
        node = constructors.ein(
            data.coef, node.args, data.specs, data.out, data.dims, data.equations
        )
        data = node.data
        if not isinstance(data, Ein):
            return  # it is what it was put together from
    for eq in data.equations:
        others = [e for e in data.equations if e is not eq]
        opposite = _opposite(eq, others, data)
        if opposite is not None:
            size, other = opposite
            gone = [i for i, _ in eq.terms if _is_free(i, others, data)]
            dims = [1 if i in gone else n for i, n in enumerate(data.dims)]
            bare = constructors.ein(data.coef, node.args, data.specs, data.out, dims, tuple(others))
            left = constructors.ein(
                data.coef, node.args, data.specs, data.out, [*dims, size], (*others, other)
            )
            yield bare, left


def _opposite(eq: Equation, others: list[Equation], data: Ein) -> tuple[Any, Equation] | None:
    """How many places are left by a mask that runs from an end, and the mask of these."""
    free = [i for i, _ in eq.terms if _is_free(i, others, data)]
    held = [i for i, _ in eq.terms if i not in free]
    run = _run(eq, held[0], data) if len(held) == 1 else None
    if run is None:
        return None
    start, end = run
    size, new = data.dims[held[0]], len(data.dims)
    if start == 0:  # what follows is left
        return plain(size - end), equation({held[0]: 1, new: -1}, plain(-end))
    if plain(size - end) == 0:  # what comes before is left
        return start, equation({held[0]: 1, new: -1})
    return None


def _run(eq: Equation, index: int, data: Ein) -> tuple[Any, Any] | None:
    """From where and up to where an index may run by an equation with at most one other."""
    coefs = dict(eq.terms)
    sign = coefs.pop(index, 0)
    if sign not in (1, -1) or len(coefs) > 1:
        return None
    count: Any = 1
    for other, coef in coefs.items():
        if coef != -sign:
            return None
        count = data.dims[other]
    start = plain(-sign * eq.offset)
    return start, plain(start + count)


def _is_free(index: int, others: list[Equation], data: Ein) -> bool:
    """Whether an index stands in one equation alone."""
    held = index in data.out or any(index in spec for spec in data.specs)
    return not held and not any(index == i for eq in others for i, _ in eq.terms)
