"""What each letter of a SymPy expression is: parameter, array, size, index; for ``from_sympy``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixElement

from symgrad.symbolic.sympy_sizes import Equation, Reach, Read, equations, reaches, solvable
from symgrad.symbolic.sympy_words import GUARDS, refuse, rewritten

#: Ranges of the indices in scope: symbol, low, high.
Ranges = tuple[tuple[Any, Any, Any], ...]


def dimensions(symbol: Any) -> tuple[Any, ...]:
    """The bounds that an ``Idx`` bears, both included; empty without them.

    >>> import sympy
    >>> from symgrad.symbolic.sympy_roles import dimensions
    >>> dimensions(sympy.Idx("i", 3)), dimensions(sympy.Idx("i"))
    ((0, 2), ())
    """
    bears = isinstance(symbol, sp.Idx) and symbol.lower is not None and symbol.upper is not None
    return (symbol.lower, symbol.upper) if bears else ()


def children(expr: Any) -> tuple[Any, ...]:
    """The parts of an expression that have values."""
    if isinstance(expr, (sp.Symbol, sp.Idx, sp.Rational)):
        return ()
    if isinstance(expr, (sp.Indexed, MatrixElement)):
        return tuple(expr.args[1:])
    if isinstance(expr, sp.Piecewise):
        return tuple(part for pair in expr.args for part in pair.args)
    if isinstance(expr, (sp.Sum, sp.Product)):
        return (expr.function, *(b for limit in expr.limits for b in limit[1:]))
    return tuple(expr.args)


class Survey:
    """Everything that stands in some expressions, found once."""

    def __init__(self, entries: Sequence[Any]) -> None:
        self._rewritten: dict[Any, Any] = {}
        self._mentions: dict[Any, frozenset[Any]] = {}
        self.bases: dict[str, tuple[Any, ...]] = {}
        self.integers: set[str] = set()
        self.reads: list[Read] = []
        self.values: set[Any] = set()  # letters that are bound by nothing, by where they stand
        self.indexing: set[Any] = set()
        self.bare: set[Any] = set()
        self.bounding: set[Any] = set()
        self.mates: dict[Any, Any] = {}  # a letter that a KroneckerDelta ties to an index: its end
        order = self._in_order(entries)
        bound = {limit[0] for e in order if isinstance(e, (sp.Sum, sp.Product))
                 for limit in e.limits}  # fmt: skip
        free = {e for e in order if isinstance(e, (sp.Symbol, sp.Idx))}
        for expr in order:
            self._mention(expr, bound | free if bound or self._has_arrays(order) else ())
        self._look(entries)

    def rewrite(self, expr: Any) -> Any:
        """The expression in functions that have rules, always the same object."""
        if expr not in self._rewritten:
            self._rewritten[expr] = rewritten(expr)
        return self._rewritten[expr]

    def mentioned(self, expr: Any) -> frozenset[Any]:
        """The letters that may be indices and stand in an expression."""
        return self._mentions.get(expr, frozenset())

    def _parts(self, expr: Any) -> tuple[Any, ...]:
        plain = self.rewrite(expr)
        return children(expr) if plain is expr else (plain,)

    def _in_order(self, entries: Sequence[Any]) -> list[Any]:
        order: list[Any] = []
        done: set[Any] = set()
        stack = [(e, False) for e in reversed(entries)]
        while stack:
            expr, ready = stack.pop()
            if ready:
                order.append(expr)
            elif expr not in done:
                done.add(expr)
                stack.append((expr, True))
                stack.extend((p, False) for p in reversed(self._parts(expr)))
                if isinstance(expr, sp.Idx):
                    stack.extend((p, False) for p in dimensions(expr))
        return order

    @staticmethod
    def _has_arrays(order: Iterable[Any]) -> bool:
        return any(isinstance(e, (sp.Indexed, MatrixElement)) for e in order)

    def _mention(self, expr: Any, letters: Collection[Any]) -> None:
        here = {expr} if expr in letters else set()
        self._mentions[expr] = frozenset(here.union(*map(self.mentioned, self._parts(expr))))

    def _look(self, entries: Sequence[Any]) -> None:
        """Note every letter and every read, with the ranges and the guards around it."""
        stack: list[tuple[Any, Ranges, str, bool]] = [
            (e, (), "value", False) for e in reversed(entries)
        ]
        done: set[Any] = set()
        while stack:
            expr, ranges, where, guarded = stack.pop()
            ranges = tuple(r for r in ranges if r[0] in self.mentioned(expr))
            if (expr, ranges, where, guarded) in done:
                continue
            done.add((expr, ranges, where, guarded))
            if isinstance(expr, (sp.Symbol, sp.Idx)):
                self._letter(expr, ranges, where)
                stack += [(b, (), "bound", False) for b in dimensions(expr)]
            elif isinstance(expr, (sp.Sum, sp.Product)):
                stack += self._bounds(expr, ranges, where, guarded)
            elif isinstance(expr, (sp.Indexed, MatrixElement)):
                self._read(expr, ranges, where, guarded)
                stack += [(p, ranges, "index", False) for p in children(expr)]
            else:
                if isinstance(expr, sp.KroneckerDelta):
                    self._tie(expr.args[:2], ranges)
                guards = guarded or _guards(expr)
                stack += [(p, ranges, where, guards) for p in reversed(self._parts(expr))]

    def _letter(self, symbol: Any, ranges: Ranges, where: str) -> None:
        if all(r[0] != symbol for r in ranges):
            {"value": self.values, "index": self.indexing, "bound": self.bounding}[where].add(
                symbol
            )

    def _tie(self, pair: Sequence[Any], ranges: Ranges) -> None:
        for letter, other in (pair, pair[::-1]):
            if isinstance(letter, sp.Symbol) and all(r[0] != letter for r in ranges):
                for symbol, _, high in ranges:
                    if symbol == other and not any(r[0] in high.free_symbols for r in ranges):
                        self.mates.setdefault(letter, high)

    def _bounds(
        self, expr: Any, ranges: Ranges, where: str, guarded: bool
    ) -> list[tuple[Any, Ranges, str, bool]]:
        found: list[tuple[Any, Ranges, str, bool]] = []
        for symbol, *bounds in reversed(expr.limits):
            found += [(b, ranges, "bound", guarded) for b in bounds]
            if len(bounds) == 2:
                ranges = (*(r for r in ranges if r[0] != symbol), (symbol, *bounds))
        return [*found, (expr.function, ranges, where, guarded)]

    def _read(self, expr: Any, ranges: Ranges, where: str, guarded: bool) -> None:
        base, *indices = expr.args
        if not isinstance(base, (sp.IndexedBase, sp.MatrixSymbol)):
            refuse(expr)
        name = str(base.args[0] if base.args else base)
        shape = getattr(base, "shape", None)
        if self.bases.get(name):
            shape = self.bases[name]
        self.bases[name] = tuple(shape or ())
        if where == "index":
            self.integers.add(name)
        here = sorted(self.mentioned(expr) - {r[0] for r in ranges}, key=str)
        ranges += tuple((s, *dimensions(s)) for s in here if dimensions(s))
        for axis, index in enumerate(indices):
            self.reads.append(Read(name, axis, index, ranges, guarded, str(expr)))
            if isinstance(index, (sp.Symbol, sp.Idx)) and all(r[0] != index for r in ranges):
                self.bare.add(index)


def _guards(expr: Any) -> bool:
    """Whether a part may keep the others from being needed."""
    return isinstance(expr, GUARDS) or (
        expr.is_Mul and any(isinstance(a, GUARDS) for a in expr.args)
    )


class Roles:
    """Which letters are parameters, sizes and free indices, and how sizes are found."""

    def __init__(self, survey: Survey, names: Sequence[str], indices: Sequence[str] | None) -> None:
        declared = {n: s for n, s in survey.bases.items() if s}
        shaped = {s for shape in declared.values() for e in shape for s in e.free_symbols}
        asked = set(indices or ())
        free = {s for s in survey.indexing | survey.bare if str(s) not in names and s not in shaped}
        free = {s for s in free if s not in survey.bounding or s in survey.bare or str(s) in asked}
        free |= {s for s in survey.values | survey.bounding if str(s) in asked}
        free |= {s for s in survey.values if isinstance(s, sp.Idx)}
        free |= {s for s in survey.mates if str(s) not in names and s not in shaped}
        sizes = (shaped | survey.bounding | survey.indexing) - free
        self.sizes = {s for s in sizes if not isinstance(s, sp.Idx)}
        self.indices = _in_order(free, indices)
        self._solve(survey, declared, names)
        letters = survey.values - free - self.sizes
        self.scalars = frozenset(map(str, letters))
        unknown = self.sizes - {s for s, _ in self.solving}
        self.given_sizes = {str(s): s for s in sorted(unknown, key=str)}
        _refuse_twins([*letters, *self.sizes, *free], survey.bases)
        wanted = sorted({*map(str, letters), *survey.bases, *self.given_sizes})
        missing = [n for n in wanted if n not in names]
        if names and missing:
            raise ValueError(f"from_sympy: the names leave out {', '.join(missing)}; give them too")
        if len(set(names)) < len(names):
            raise ValueError(f"from_sympy: a name stands twice in {', '.join(names)}")
        self.order = tuple(names) if names else tuple(wanted)
        self.ranges: dict[Any, list[Reach]] = {}
        self.limits: dict[Any, tuple[Any, ...]] = {}
        for symbol in self.indices:
            found = [] if dimensions(symbol) else reaches(symbol, survey.reads, self.sizes)
            tied = symbol in survey.mates and not found
            limits = (sp.S.Zero, survey.mates[symbol]) if tied else dimensions(symbol)
            self.limits[symbol] = limits
            if not limits:
                _refuse_unranged(symbol, found)
                self.ranges[symbol] = found

    def _solve(self, survey: Survey, declared: Any, names: Sequence[str]) -> None:
        found = equations(declared, survey.reads, self.sizes)
        sought = {s for s in self.sizes if str(s) not in names}
        fixed = self.sizes - sought
        self.solving: list[tuple[Any, Equation]] = solvable(found, sought, fixed)
        used = [e for _, e in self.solving]
        # How far a size that the caller gives reaches into an array is the caller's to say.
        self.checks = [
            e for e in found
            if e not in used and (e.declared or (e.exact and not e.length.free_symbols & fixed))
        ]  # fmt: skip


def _in_order(free: Collection[Any], indices: Sequence[str] | None) -> tuple[Any, ...]:
    if indices is None:
        return tuple(sorted(free, key=str))
    by_name = {str(s): s for s in free}
    if set(by_name) != set(indices) or len(set(indices)) < len(indices):
        raise ValueError(
            f"from_sympy: the free indices are {', '.join(sorted(by_name)) or 'none'}; "
            f"indices= gives {', '.join(indices) or 'none'}"
        )
    return tuple(by_name[n] for n in indices)


def _refuse_twins(letters: Iterable[Any], bases: Collection[str]) -> None:
    seen: dict[str, Any] = {}
    for letter in letters:
        name = str(letter)
        if name in bases or seen.setdefault(name, letter) != letter:
            raise ValueError(
                f"from_sympy: two things are called {name}; rename one (symbols of one name and "
                f"different assumptions differ)"
            )


def _refuse_unranged(symbol: Any, found: Sequence[Any]) -> None:
    if not found:
        raise ValueError(
            f"from_sympy: no array tells how far the index {symbol} runs; write "
            f"sympy.Idx({str(symbol)!r}, n), or name it as a parameter: from_sympy(expr, ..., "
            f"{str(symbol)!r})"
        )
