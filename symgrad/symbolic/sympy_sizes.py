"""Sizes and ranges of SymPy's indices, from the shapes of arrays; imported by ``from_sympy``."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import sympy as sp

from symgrad.errors import ShapeError, compose

Shapes = Mapping[str, tuple[int, ...]]


class Read(NamedTuple):
    """One axis of one read: the array, the axis, its index, the ranges around it, the guard."""

    name: str
    axis: int
    index: Any
    ranges: tuple[tuple[Any, Any, Any], ...]  # symbol, low, high
    guarded: bool
    text: str


class Equation(NamedTuple):
    """A length in terms of sizes; ``exact`` where nothing else will do."""

    length: Any
    name: str
    axis: int
    exact: bool
    declared: bool = False


def linear(expr: Any, symbols: Collection[Any]) -> tuple[dict[Any, Any], Any] | None:
    """Coefficients of ``symbols``, and the rest, where numbers multiply them; else None."""
    found = sp.expand(expr).as_coefficients_dict()
    coefficients = {s: found[s] for s in symbols if s in found}
    rest = sp.Add(*(k * v for k, v in found.items() if k not in coefficients))
    return None if any(_mentions(rest, s) for s in symbols) else (coefficients, rest)


def _mentions(expr: Any, symbol: Any) -> bool:
    return symbol in expr.free_symbols


def equations(
    declared: Mapping[str, tuple[Any, ...]], reads: Sequence[Read], sizes: Collection[Any]
) -> list[Equation]:
    """What the shapes say about the sizes: declared lengths, then the furthest reads."""
    found = [
        Equation(length, name, axis, True, True)
        for name, shape in sorted(declared.items())
        for axis, length in enumerate(shape)
    ]
    places = sorted({(r.name, r.axis) for r in reads if r.name not in declared})
    for name, axis in places:
        here = [r for r in reads if (r.name, r.axis) == (name, axis)]
        ends = [e for r in here if not r.guarded for e in _end(r)]
        ends = ends or [e for r in here if r.guarded for e in _end(r)]
        found += [Equation(e + 1, name, axis, whole) for e, whole in _furthest(ends)]
    return [e for e in found if e.length.free_symbols & set(sizes) or e.exact]


def _end(read: Read) -> list[tuple[Any, bool]]:
    """The last place that a read reaches, and whether it reads the axis as it is."""
    bound = {symbol for symbol, _, _ in read.ranges}
    inside = [s for s in bound if _mentions(read.index, s)]
    if len(inside) != 1:
        return []
    (symbol, low, high) = next(r for r in read.ranges if r[0] == inside[0])
    parts = linear(read.index, [symbol])
    if parts is None or any(_mentions(low, s) or _mentions(high, s) for s in bound):
        return []
    slope = parts[0].get(symbol, sp.S.Zero)
    if read.guarded:
        return [(high, False)] if slope == 1 else []
    end = sp.expand(read.index.xreplace({symbol: high if slope > 0 else low}))
    return [(end, read.index == symbol and low == 0)]


def _furthest(ends: Sequence[tuple[Any, bool]]) -> list[tuple[Any, bool]]:
    """The ends without those that lie before another by a known number."""
    kept: list[tuple[Any, bool]] = []
    for end, whole in ends:
        gaps = [sp.expand(end - other) for other, _ in kept]
        if any(g.is_number and g <= 0 for g in gaps):
            continue
        kept = [k for k, g in zip(kept, gaps, strict=True) if not (g.is_number and g > 0)]
        kept.append((end, whole))
    return kept


def solvable(
    found: Sequence[Equation], sought: Collection[Any], fixed: Collection[Any]
) -> list[tuple[Any, Equation]]:
    """Which size follows from which equation, in an order in which each can be computed."""
    order: list[tuple[Any, Equation]] = []
    known = set(fixed)
    while True:
        for equation in found:
            unknown = equation.length.free_symbols - known
            (symbol,) = unknown if len(unknown) == 1 else (None,)
            if symbol in sought and linear(equation.length, [symbol]):
                order.append((symbol, equation))
                known.add(symbol)
                break
        else:
            return order


def solve(
    order: Sequence[tuple[Any, Equation]],
    checks: Sequence[Equation],
    shapes: Shapes,
    given: Mapping[Any, int],
) -> dict[Any, int]:
    """Every size as a number.

    Raises  ShapeError where a length fits no size, or two arrays disagree.
    """
    sizes: dict[Any, Any] = {s: sp.Integer(n) for s, n in given.items()}
    source: dict[Any, Equation] = {}
    for symbol, equation in order:
        length = _length(equation, shapes)
        parts = linear(equation.length.xreplace(sizes), [symbol])
        assert parts is not None
        solved = (length - parts[1]) / parts[0][symbol]
        if not equation.exact:
            solved = sp.floor(solved)
        if not solved.is_Integer:
            raise ShapeError(
                f"{equation.name} has the length {length} along axis {equation.axis}, which is "
                f"{equation.length} for no whole {symbol}"
            )
        sizes[symbol], source[symbol] = solved, equation
    for equation in checks:
        _check(equation, shapes, sizes, source)
    return {s: int(n) for s, n in sizes.items()}


def _length(equation: Equation, shapes: Shapes) -> int:
    shape = shapes[equation.name]
    if equation.axis >= len(shape):
        raise ShapeError(
            f"{equation.name} has {len(shape)} axes; the expression reads axis {equation.axis}"
        )
    return shape[equation.axis]


def _check(
    equation: Equation,
    shapes: Shapes,
    sizes: Mapping[Any, Any],
    source: Mapping[Any, Equation],
) -> None:
    length, wanted = _length(equation, shapes), equation.length.xreplace(sizes)
    if wanted.free_symbols or wanted == length:
        return
    used = sorted(equation.length.free_symbols, key=str)
    rows = [(str(s), f"{sizes[s]}" + (f", from {source[s].name}" if s in source else ""))
            for s in used]  # fmt: skip
    raise ShapeError(
        compose(
            f"{equation.name} has the length {length} along axis {equation.axis}; the expression "
            f"has {equation.length}, which is {wanted}.",
            rows,
            mend="give arrays whose lengths agree",
        )
    )


class Reach(NamedTuple):
    """How a free index reads one axis: slope * index + offset."""

    name: str
    axis: int
    slope: int
    offset: Any
    text: str


def reaches(symbol: Any, reads: Sequence[Read], sizes: Collection[Any]) -> list[Reach]:
    """Where the range of a free index can be read off, guarded reads only if there are no others.

    >>> from symgrad.symbolic.sympy_sizes import reaches
    >>> reaches(None, [], ())
    []
    """
    found: dict[bool, list[Reach]] = {False: [], True: []}
    for read in reads:
        if not _mentions(read.index, symbol) or any(r[0] == symbol for r in read.ranges):
            continue
        parts = linear(read.index, [symbol])
        if parts is None or not parts[0].get(symbol, sp.S.Zero).is_Integer:
            continue
        if parts[1].free_symbols <= set(sizes):
            slope = int(parts[0][symbol])
            if not read.guarded or slope == 1:
                offset = sp.S.Zero if read.guarded else parts[1]
                found[read.guarded].append(Reach(read.name, read.axis, slope, offset, read.text))
    return list(dict.fromkeys(found[False] or found[True]))


def ends(
    symbol: Any, places: Sequence[Reach], shapes: Shapes, sizes: Mapping[Any, int]
) -> tuple[int, int]:
    """First and last value of a free index: it counts from 0 as far as every read is inside.

    Raises  ShapeError where two arrays that it reads as they are have different lengths.
    """
    last: list[int] = []
    plain: dict[int, Reach] = {}
    for reach in places:
        length = _length(Equation(sp.S.Zero, reach.name, reach.axis, True), shapes)
        offset = int(reach.offset.xreplace({s: sp.Integer(n) for s, n in sizes.items()}))
        if reach.slope > 0:
            last.append((length - 1 - offset) // reach.slope)
        else:
            last.append(offset // -reach.slope)
        if (reach.slope, reach.offset) == (1, 0):
            plain.setdefault(length, reach)
    if len(plain) > 1:
        (m, a), (n, b), *_ = plain.items()
        raise ShapeError(
            compose(
                f"the index {symbol} runs over lengths that differ.",
                [("reads", f"{a.text}, {m} along axis {a.axis} of {a.name}"),
                 ("and", f"{b.text}, {n} along axis {b.axis} of {b.name}")],
                mend="give arrays whose lengths agree",
            )
        )  # fmt: skip
    return 0, min(last)
