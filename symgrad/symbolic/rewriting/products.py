"""Rewrites of one einsum: what is assumed of its operands, inverses that meet, sums that part.

A product over a sum is distributed only where a delta or a summed index dissolves by it; whether
the result is kept is the driver's to say, by the cost.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from symgrad.algebras.elements import exact
from symgrad.algebras.tensors import constructors
from symgrad.algebras.tensors.constructors import POWER
from symgrad.algebras.tensors.equations import equation, renamed
from symgrad.algebras.tensors.ir import Add, Ein, Map, Node, Op, Spec
from symgrad.symbolic.rewriting import facts, inverses
from symgrad.symbolic.rewriting.patterns import Rewrite

#: A sum of more terms is not distributed over.
MOST_TERMS = 8


def rewrites(node: Node) -> Iterator[Rewrite]:
    """What an einsum may be instead, or a sum of one array's multiples."""
    data = node.data
    if isinstance(data, Add):
        yield from _with_one_factor(node, data)
    if not isinstance(data, Ein):
        return
    for rule in (*_CERTAIN, _opened, _distributed):
        yield from rule(node, data)


def certain(node: Node) -> Node | None:
    """The rewrites that always shorten and hold everywhere; None where there is none."""
    data = node.data
    if not isinstance(data, Ein):
        return None
    for rule in (*_CERTAIN, _freed, _once):
        for made in rule(node, data):
            if made.condition is None and made.node is not node:
                return made.node
    return None


def _with(data: Ein, args: list[Node], specs: list[Spec], more: tuple = ()) -> Node:  # type: ignore[type-arg]
    return constructors.ein(data.coef, args, specs, data.out, data.dims, (*data.equations, *more))


def _without(node: Node, places: tuple[int, ...]) -> tuple[list[Node], list[Spec]]:
    data = node.data
    assert isinstance(data, Ein)
    kept = [k for k in range(len(node.args)) if k not in places]
    return [node.args[k] for k in kept], [data.specs[k] for k in kept]


def _base(node: Node) -> tuple[Node, Any]:
    data = node.data
    if isinstance(data, Map) and data.word == POWER:
        return node.args[0], dict(data.params)["exponent"]
    return node, 1


def _cancelled(node: Node, data: Ein) -> Iterator[Rewrite]:
    """x and 1/x at the same indices, where x is never 0."""
    seen: dict[tuple[bytes, Spec], int] = {}
    for k, (arg, spec) in enumerate(zip(node.args, data.specs, strict=True)):
        base, exponent = _base(arg)
        other = seen.setdefault((base.digest, spec), k)
        if other == k:
            continue
        _, before = _base(node.args[other])
        condition = None
        if not _keeps_domain(base, before, exponent):
            whole = exact(before).is_Integer and exact(exponent).is_Integer
            condition = facts.against_zero("not_equal" if whole else "greater", base)
        args, specs = _without(node, (other, k))
        merged = constructors.power(base, before + exponent)
        yield Rewrite(_with(data, [*args, merged], [*specs, spec]), condition)
        return


def _keeps_domain(base: Node, one: Any, other: Any) -> bool:
    """Whether a product of two powers has a value wherever the power of the sum has one."""
    one, other = exact(one), exact(other)
    roots = facts.nonnegative(base) and one.is_positive and other.is_positive
    if facts.nonzero(base) or roots:
        return True
    return bool((one + other).is_negative and one.is_Integer and other.is_Integer)


def _opened(node: Node, data: Ein) -> Iterator[Rewrite]:
    """(x y)^k x as x^(k + 1) y^k: a power of a product beside one of its factors."""
    places = {(_base(a)[0], s) for a, s in zip(node.args, data.specs, strict=True)}
    for k, (arg, spec) in enumerate(zip(node.args, data.specs, strict=True)):
        base, exponent = _base(arg)
        inner = base.data
        if not isinstance(inner, Ein) or not exact(exponent).is_Integer or exponent == 1:
            continue
        entrywise = all(s == inner.out for s in inner.specs) and not inner.equations
        if not entrywise or len(set(inner.out)) < len(inner.out) or inner.coef != 1:
            continue
        if any((_base(a)[0], spec) in places for a in base.args):
            args, specs = _without(node, (k,))
            args += [constructors.power(a, exponent) for a in base.args]
            yield Rewrite(_with(data, args, [*specs, *(spec for _ in base.args)]), None)
            return


def _symmetric(node: Node, data: Ein) -> Iterator[Rewrite]:
    """The indices of a symmetric matrix in one order."""
    for k, (arg, spec) in enumerate(zip(node.args, data.specs, strict=True)):
        if len(spec) == 2 and spec[0] != spec[1] and facts.symmetric(arg):
            turned = (spec[1], spec[0])
            args, specs = list(node.args), list(data.specs)
            specs[k] = turned
            other = _with(data, args, specs)
            if other is not node and _key(other) < _key(node):
                yield Rewrite(other, None)
                return


def _key(node: Node) -> tuple[object, ...]:
    """What of two orders of indices is taken: the one that runs as the result does."""
    data = node.data
    return (data.specs, node.digest) if isinstance(data, Ein) else ((), node.digest)


def _diagonal(node: Node, data: Ein) -> Iterator[Rewrite]:
    """A diagonal matrix is 0 where its two indices differ."""
    for arg, spec in zip(node.args, data.specs, strict=True):
        if len(spec) == 2 and spec[0] != spec[1] and "diagonal" in facts.facts_of(arg):
            tie = equation({spec[0]: 1, spec[1]: -1})
            yield Rewrite(_with(data, list(node.args), list(data.specs), (tie,)), None)
            return


def _shares(node: Node, data: Ein) -> Iterator[Rewrite]:
    """What adds up to 1 along a summed axis, where nothing else is summed with it."""
    for k, (arg, spec) in enumerate(zip(node.args, data.specs, strict=True)):
        axis = facts.sums_to_one(arg)
        if axis is None or spec.count(spec[axis]) > 1 or spec[axis] in data.out:
            continue
        others = [s for j, s in enumerate(data.specs) if j != k]
        tied = any(spec[axis] == i for eq in data.equations for i, _ in eq.terms)
        if tied or any(spec[axis] in s for s in others):
            continue
        args, specs = _without(node, (k,))
        one = constructors.constant(1, tuple(data.dims[i] for i in spec if i != spec[axis]))
        rest = tuple(i for i in spec if i != spec[axis])
        dims = list(data.dims)
        # The index that is gone must not be counted as a factor of its size.
        number = {i: n for n, i in enumerate(i for i in range(len(dims)) if i != spec[axis])}
        made = constructors.ein(
            data.coef,
            [*args, one],
            [tuple(number[i] for i in s) for s in (*specs, rest)],
            tuple(number[i] for i in data.out),
            [dims[i] for i in number],
            [renamed(eq, number.__getitem__) for eq in data.equations],
        )
        yield Rewrite(made, None)
        return


def _inverses(node: Node, data: Ein) -> Iterator[Rewrite]:
    """An inverse beside its matrix, and an orthogonal matrix beside itself."""
    for a, (left, first) in enumerate(zip(node.args, data.specs, strict=True)):
        for b, (right, second) in enumerate(zip(node.args, data.specs, strict=True)):
            if a == b or len(first) != 2 or len(second) != 2:
                continue
            for i, j, condition in _meeting(left, right):
                if first[i] != second[j] or not inverses.only_there(data, first[i], (a, b)):
                    continue
                ends = (first[1 - i], second[1 - j])
                if ends[0] == first[i] or ends[1] == second[j]:
                    continue
                yield Rewrite(_closed(node, data, (a, b), first[i], ends), condition)
                return


def _meeting(left: Node, right: Node) -> Iterator[tuple[int, int, Node | None]]:
    """The axes at which two matrices give the identity when summed, and when they do."""
    data = left.data
    if isinstance(data, Op) and data.word == "inv" and left.args[0] is right:
        axes = [(1, 0), (0, 1)]
        if facts.symmetric(right):
            axes += [(0, 0), (1, 1)]
        condition = None if facts.invertible(right) else facts.has_inverse(right)
        yield from ((i, j, condition) for i, j in axes)
    if left is right and "orthogonal" in facts.facts_of(left):
        yield 0, 0, None
        yield 1, 1, None


def _closed(
    node: Node, data: Ein, places: tuple[int, int], index: int, ends: tuple[int, int]
) -> Node:
    args, specs = _without(node, places)
    number = {i: n for n, i in enumerate(i for i in range(len(data.dims)) if i != index)}
    ties = [renamed(eq, number.__getitem__) for eq in data.equations]
    if ends[0] != ends[1]:
        ties.append(equation({number[ends[0]]: 1, number[ends[1]]: -1}))
    return constructors.ein(
        data.coef,
        args,
        [tuple(number[i] for i in s) for s in specs],
        tuple(number[i] for i in data.out),
        [data.dims[i] for i in number],
        ties,
    )


def _distributed(node: Node, data: Ein) -> Iterator[Rewrite]:
    """The sum of products, where that dissolves a delta, an equation or a sum."""
    for k, (arg, spec) in enumerate(zip(node.args, data.specs, strict=True)):
        inner = arg.data
        if not isinstance(inner, Add) or len(arg.args) > MOST_TERMS:
            continue
        if not _dissolves(data, arg, k):
            continue
        args, specs = _without(node, (k,))
        terms = [_with(data, [*args, term], [*specs, spec]) for term in arg.args]
        yield Rewrite(constructors.add(inner.coefs, terms), None)


def _once(node: Node, data: Ein) -> Iterator[Rewrite]:
    """A power of what is 1 or 0 is itself."""
    for k, arg in enumerate(node.args):
        base, exponent = _base(arg)
        if exponent != 1 and exact(exponent).is_positive and facts.indicates(base):
            args = [*node.args[:k], base, *node.args[k + 1 :]]
            yield Rewrite(_with(data, args, list(data.specs)), None)
            return


def _freed(node: Node, data: Ein) -> Iterator[Rewrite]:
    """A sum that holds a delta, multiplied out: only so is the delta gone from its product."""
    for k, (arg, spec) in enumerate(zip(node.args, data.specs, strict=True)):
        inner = arg.data
        if not isinstance(inner, Add) or not any(_has_delta(t) for t in arg.args):
            continue
        alone = len(node.args) == 1 and not data.equations and set(spec) == set(data.out)
        if alone and len(set(data.out)) == len(data.out):
            continue
        args, specs = _without(node, (k,))
        terms = [_with(data, [*args, term], [*specs, spec]) for term in arg.args]
        yield Rewrite(constructors.add(inner.coefs, terms), None)
        return


def _with_one_factor(node: Node, data: Add) -> Iterator[Rewrite]:
    """A - diag(t) A as diag(1 - t) A: one array in every term, beside what runs along one axis."""
    axes = tuple(range(len(node.sizes)))
    alone = [a for a in node.args if not isinstance(a.data, Add)]
    if len(axes) < 2 or len(node.args) > MOST_TERMS:
        return
    for shared in alone:
        rests = [_beside(term, shared) for term in node.args]
        if any(rest is None for rest in rests):
            continue
        found = [rest for rest in rests if rest is not None]
        used = tuple(i for i in axes if any(i in s for _, _, specs in found for s in specs))
        if not 0 < len(used) < len(axes):
            continue
        sizes = [node.sizes[i] for i in used]
        spec = tuple(range(len(used)))
        terms = [
            constructors.ein(c, args, [tuple(map(used.index, s)) for s in specs], spec, sizes)
            for c, args, specs in found
        ]
        inner = constructors.add(data.coefs, terms)
        whole = constructors.ein(1, [inner, shared], [used, axes], axes, node.sizes)
        yield Rewrite(whole, None, preferred=True)
        return


def _beside(term: Node, shared: Node) -> tuple[Any, list[Node], list[Spec]] | None:
    """What multiplies one array in a term, by the axes of the term; None where it is not there."""
    if term is shared:
        return 1, [], []
    data = term.data
    if not isinstance(data, Ein) or data.equations or len(set(data.out)) < len(data.out):
        return None
    for k, (arg, spec) in enumerate(zip(term.args, data.specs, strict=True)):
        if arg is shared and spec == data.out:
            args, specs = _without(term, (k,))
            if any(i not in data.out for s in specs for i in s):
                return None
            return data.coef, args, [tuple(map(data.out.index, s)) for s in specs]
    return None


def _dissolves(data: Ein, arg: Node, place: int) -> bool:
    spec = data.specs[place]
    outside = {i for j, s in enumerate(data.specs) if j != place for i in s}.union(data.out)
    tied = {i for eq in data.equations for i, _ in eq.terms}
    if any(i not in outside or i in tied for i in spec):
        return True
    return any(_has_delta(term) for term in arg.args)


def _has_delta(node: Node) -> bool:
    """Whether two axes of a node are tied to each other."""
    data = node.data
    if not isinstance(data, Ein):
        return False
    tied = [[i for i, _ in eq.terms if i in data.out] for eq in data.equations]
    return any(len(t) > 1 for t in tied) or len(set(data.out)) != len(data.out)


#: Rules whose result is shorter; what they ask for is a condition of each.
_CERTAIN = (_cancelled, _symmetric, _diagonal, _shares, _inverses, inverses.met)
