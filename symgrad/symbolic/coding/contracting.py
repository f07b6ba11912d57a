"""Einsums without equations as NumPy source, two operands a step; imported by ``writing``.

The order is opt_einsum's at sizes of 100 for each symbol. A step is ``@`` where it is a matrix
product, entry by entry where nothing is summed, else ``np.einsum``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import opt_einsum

from symgrad.symbolic.coding.source import (
    MATMUL,
    SIGN,
    Code,
    as_numbers,
    call,
    number,
    times,
    view,
)
from symgrad.symbolic.coding.words import shape_text, transposed

Spec = tuple[int, ...]
Factor = tuple[Code, Spec]
_LETTERS = "ijklmnpqrstuvwabcdefgh"
#: Every size that is a symbol, where an order of contraction is looked for.
_TYPICAL = 100


def full(x: Code, shape: Sequence[Any]) -> Code:
    """A piece with all of its entries: broadcast where it stands for more than it holds."""
    shape = tuple(shape)
    if tuple(x.shape) == shape:
        return x
    return call("np.broadcast_to", (as_numbers(x),), shape, shape_tuple(shape))


def shape_tuple(shape: Sequence[Any]) -> str:
    """A shape as an argument, a tuple also for one axis."""
    text = shape_text(shape)
    return f"({text},)" if len(shape) == 1 else text


def contraction(factors: Sequence[Factor], out: Spec, dims: Mapping[int, Any]) -> Code:
    """The product of factors, summed over what ``out`` lacks; out holds each index once.

    Gives   a piece that broadcasts to the sizes of ``out``.
    """
    scalars = [code for code, spec in factors if not spec]
    left = [_distinct(code, spec, dims) for code, spec in factors if spec]
    if not all(set(spec) <= set(out) for _, spec in left):
        left = _stepwise(left, out, dims)
    made: Code | None = None
    for code in [*scalars, *(aligned(code, spec, out) for code, spec in left)]:
        made = code if made is None else times(made, code)
    return number(1) if made is None else made


def aligned(x: Code, spec: Spec, out: Spec) -> Code:
    """A piece whose axes stand as ``out`` has them, with None where it lacks one."""
    if not spec:
        return x
    x = _padded(x, len(spec))
    order = tuple(spec.index(i) for i in out if i in spec)
    x = transposed(x, order, tuple(x.shape[a] for a in order))
    held = [i in spec for i in out]
    held = held[held.index(True) :]
    if all(held):
        return x
    old = iter(x.shape)
    shape = tuple(next(old) if h else 1 for h in held)
    marks = [":" if h else "None" for h in held]
    return view(x, "[" + ", ".join(marks) + "]", shape)


def _padded(x: Code, ndim: int) -> Code:
    """A piece with all its axes, those that broadcasting would add included."""
    missing = ndim - x.ndim
    if missing <= 0:
        return x
    marks = ", ".join(["None"] * missing + [":"] * x.ndim)
    if not x.ndim:
        x = x if not x.is_number else call("np.asarray", (x,), ())
    return view(x, f"[{marks}]", (*(1,) * missing, *x.shape))


def _distinct(x: Code, spec: Spec, dims: Mapping[int, Any]) -> Factor:
    """A factor that holds each index once: diagonals are read off."""
    kept = tuple(dict.fromkeys(spec))
    if kept == spec:
        return x, spec
    x = full(x, [dims[i] for i in spec])
    shape = tuple(dims[i] for i in kept)
    if len(spec) == 2:
        return call("np.diagonal", (x,), shape), kept
    return _einsum([(x, spec)], kept, dims), kept


def _stepwise(factors: list[Factor], out: Spec, dims: Mapping[int, Any]) -> list[Factor]:
    """Two factors at a time, until nothing is to be summed."""
    work = list(factors)
    for place in _path(work, out, dims):
        chosen = [work[k] for k in sorted(place)]
        work = [f for k, f in enumerate(work) if k not in place]
        wanted = {*out, *(i for _, spec in work for i in spec)}
        if len(chosen) == 1:
            work.append(_summed(*chosen[0], wanted, dims))
        else:
            first, second = (_summed(c, s, {*wanted, *o}, dims) for (c, s), o in
                             zip(chosen, (chosen[1][1], chosen[0][1]), strict=True))  # fmt: skip
            work.append(_pair(first, second, wanted, out if not work else (), dims))
    return work


def _path(factors: list[Factor], out: Spec, dims: Mapping[int, Any]) -> list[tuple[int, ...]]:
    if len(factors) < 3:
        return [tuple(range(len(factors)))]
    names = {i: opt_einsum.get_symbol(i) for i in dims}
    text = ",".join("".join(names[i] for i in spec) for _, spec in factors)
    held = {i for _, spec in factors for i in spec}
    goal = "".join(names[i] for i in out if i in held)
    shapes = [tuple(_typical(dims[i]) for i in spec) for _, spec in factors]
    found, _ = opt_einsum.contract_path(f"{text}->{goal}", *shapes, shapes=True)
    return [tuple(place) for place in found]


def _typical(size: Any) -> int:
    if isinstance(size, int):
        return size
    return max(int(size.subs(dict.fromkeys(size.free_symbols, _TYPICAL))), 1)


def _summed(x: Code, spec: Spec, wanted: set[int], dims: Mapping[int, Any]) -> Factor:
    """A factor without the indices that nothing else has."""
    gone = tuple(a for a, i in enumerate(spec) if i not in wanted)
    if not gone:
        return x, spec
    kept = tuple(i for i in spec if i in wanted)
    x = full(x, [dims[i] for i in spec])
    shape = tuple(dims[i] for i in kept)
    if not kept:
        return call("np.sum", (as_numbers(x),), ()), ()
    axis = str(gone[0]) if len(gone) == 1 else str(gone)
    return call("np.sum", (as_numbers(x),), shape, f"axis={axis}"), kept


def _pair(
    first: Factor, second: Factor, wanted: set[int], goal: Spec, dims: Mapping[int, Any]
) -> Factor:
    (a, sa), (b, sb) = first, second
    shared = [i for i in sa if i in sb]
    gone = [i for i in shared if i not in wanted]
    union = tuple(dict.fromkeys((*sa, *sb)))
    if not gone:
        order = tuple(i for i in goal if i in union) or union
        order = order if set(order) == set(union) else union
        return times(aligned(a, sa, order), aligned(b, sb, order)), order
    a, b = (as_numbers(full(x, [dims[i] for i in s])) for x, s in (first, second))
    if len(gone) == 1 and len(shared) == 1:
        # A matrix comes before its vector, as people write it.
        pairs = [((a, sa), (b, sb)), ((b, sb), (a, sa))]
        for pair in pairs if len(sa) >= len(sb) else pairs[::-1]:
            made = _matrix_product(*pair, gone[0], dims)
            if made is not None and (not goal or _in_order(made[1], goal)):
                return made
        made = _matrix_product((a, sa), (b, sb), gone[0], dims)
        if made is not None:
            return made
    if len(gone) == 1:
        made = _batched((a, sa), (b, sb), gone[0], [i for i in shared if i in wanted], goal, dims)
        if made is not None:
            return made
    if sa == sb or (set(sa) == set(sb) and len(gone) == len(sa)):
        product = times(a, aligned(b, sb, sa))
        return _summed(full(product, [dims[i] for i in sa]), sa, wanted, dims)
    kept = tuple(i for i in union if i in wanted)
    kept = tuple(i for i in goal if i in kept) if goal else kept
    return _einsum([(a, sa), (b, sb)], kept, dims), kept


def _in_order(spec: Spec, goal: Spec) -> bool:
    return [i for i in goal if i in spec] == list(spec)


def _matrix_product(
    first: Factor, second: Factor, index: int, dims: Mapping[int, Any]
) -> Factor | None:
    """``a @ b`` where the index can stand last in a and first in a matrix or vector b."""
    (a, sa), (b, sb) = first, second
    if len(sb) > 2 or (len(sa) > 2 and sa[-1] != index):
        return None
    if sa[-1] != index:
        a, sa = view(a, ".T", a.shape[::-1]), sa[::-1]
    if sb[0] != index:
        b, sb = view(b, ".T", b.shape[::-1]), sb[::-1]
    spec = (*sa[:-1], *sb[1:])
    shape = tuple(dims[i] for i in spec)
    needs = (MATMUL, SIGN)
    return Code("{0} @ {1}", (a, b), shape, level=MATMUL, needs=needs), spec


def _batched(
    first: Factor, second: Factor, index: int, batch: list[int], goal: Spec, dims: Mapping[int, Any]
) -> Factor | None:
    """``a @ b`` of matrices in the last two axes, behind axes that both have first."""
    n = len(batch)
    for (a, sa), (b, sb) in ((first, second), (second, first)):
        if sa[:n] != sb[:n] or set(sa[:n]) != set(batch) or len(sa) != n + 2 or len(sb) != n + 2:
            return None
        row, column = (next(i for i in s[n:] if i != index) for s in (sa, sb))
        spec = (*sa[:n], row, column)
        if goal and not _in_order(spec, goal):
            continue
        last = (*range(n), n + 1, n)
        if sa[-1] != index:
            a = transposed(a, last, (*a.shape[:n], *a.shape[n:][::-1]))
        if sb[n] != index:
            b = transposed(b, last, (*b.shape[:n], *b.shape[n:][::-1]))
        shape = tuple(dims[i] for i in spec)
        return Code("{0} @ {1}", (a, b), shape, level=MATMUL, needs=(MATMUL, SIGN)), spec
    return None


def _einsum(factors: Sequence[Factor], out: Spec, dims: Mapping[int, Any]) -> Code:
    order = list(dict.fromkeys(i for _, spec in factors for i in spec))
    letter = {i: _LETTERS[k] if k < len(_LETTERS) else chr(65 + k - len(_LETTERS))
              for k, i in enumerate(order)}  # fmt: skip
    words = ["".join(letter[i] for i in spec) for _, spec in factors]
    text = ",".join(words) + "->" + "".join(letter[i] for i in out)
    places = ", ".join(f"{{{k}}}" for k in range(len(factors)))
    codes = [as_numbers(code) for code, _ in factors]
    return Code(f'np.einsum("{text}", {places})', codes, tuple(dims[i] for i in out))
