"""A SymPy expression as steps to run, each part once; imported by ``from_sympy``.

A bound index stands for the step that counts it, so two sums over one letter stay apart, and equal
sums are one step. Nothing here recurses: an expression may be as deep as SymPy can hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import sympy as sp
from sympy.logic.boolalg import BooleanAtom
from sympy.matrices.expressions.matexpr import MatrixElement

from symgrad.symbolic import sympy_indices, sympy_values
from symgrad.symbolic.sympy_roles import Roles, Survey
from symgrad.symbolic.sympy_sizes import Equation, Reach
from symgrad.symbolic.sympy_values import Part, Run
from symgrad.symbolic.sympy_words import FOLDED, WORDS, refuse

#: Letters in scope: each with the step that counts it.
Scope = tuple[tuple[Any, int], ...]


class Step(NamedTuple):
    """One computation: what computes it, the steps it takes, and what else it needs."""

    function: Callable[..., Part]
    operands: tuple[int, ...]
    data: Any


@dataclass(frozen=True)
class Plan:
    """Steps, where their results are, and how a call's arrays give the sizes."""

    expr: Any
    steps: tuple[Step, ...]
    results: tuple[int, ...]
    shape: tuple[int, ...] | None  # of a matrix, None for a scalar
    axes: tuple[int, ...]  # the free indices' steps
    counts: bool  # whether there are indices at all
    drops: bool  # whether what is computed may be dropped, warnings and all
    indices: tuple[Any, ...]
    order: tuple[str, ...]  # the parameters
    scalars: frozenset[str]
    bases: frozenset[str]
    integers: frozenset[str]  # arrays that an index is read from
    sizes: Mapping[str, Any]  # sizes that are parameters
    solving: Sequence[tuple[Any, Equation]]
    checks: Sequence[Equation]
    ranges: Mapping[Any, Sequence[Reach]]


def planned(expr: Any, names: Sequence[str], indices: Sequence[str] | None) -> Plan:
    """The plan of an expression or matrix, with its parameters in order.

    Raises  NoClosedForm for a part without a rule; ValueError for names that do not fit.
    """
    whole, entries, shape = _entries(expr)
    survey = Survey(entries)
    roles = Roles(survey, names, indices)
    builder = _Builder(survey, roles)
    axes = tuple(builder.free(s) for s in sorted(roles.indices, key=str))
    scope = tuple(zip(sorted(roles.indices, key=str), axes, strict=True))
    results = tuple(builder.build(e, scope) for e in entries)
    placed = dict(scope)
    return Plan(
        whole,
        tuple(builder.steps),
        results,
        shape,
        tuple(placed[s] for s in roles.indices),
        any(step.function is sympy_indices.counted for step in builder.steps),
        any(step.function is sympy_indices.confined for step in builder.steps),
        roles.indices,
        roles.order,
        roles.scalars,
        frozenset(survey.bases),
        frozenset(survey.integers),
        roles.given_sizes,
        roles.solving,
        roles.checks,
        roles.ranges,
    )


def _entries(expr: Any) -> tuple[Any, list[Any], tuple[int, ...] | None]:
    if isinstance(expr, sp.MatrixBase):
        whole = expr.as_immutable()
        return whole, list(whole.flat()), tuple(int(n) for n in whole.shape)
    if isinstance(expr, sp.NDimArray):
        whole = sp.ImmutableDenseNDimArray(expr)
        return whole, list(whole._array), tuple(int(n) for n in whole.shape)
    return expr, [expr], None


# steps that read what a call brings --------------------------------------------------------------


def _number(_run: Run, _parts: Sequence[Part], value: Any) -> Part:
    return Part(value)


def _array(run: Run, _parts: Sequence[Part], name: str) -> Part:
    return Part(run.arrays[name])


def _size(run: Run, _parts: Sequence[Part], symbol: Any) -> Part:
    return Part(run.sizes[symbol])


def _value_of(atom: Any) -> Any:
    """A constant as the Python number that is nearest, a Fraction for p/q."""
    if isinstance(atom, BooleanAtom):
        return bool(atom)
    if atom.is_Integer:
        return int(atom)
    if atom.is_Rational:
        return Fraction(int(atom.p), int(atom.q))
    if atom is sp.S.ComplexInfinity or not atom.is_number or atom.is_extended_real is False:
        refuse(atom)
    return float(atom)


class _Builder:
    """Steps in the making: equal steps are one."""

    def __init__(self, survey: Survey, roles: Roles) -> None:
        self.survey, self.roles = survey, roles
        self.steps: list[Step] = []
        self.made: dict[Any, int] = {}
        self.slots: dict[tuple[Any, Scope], int] = {}

    def emit(self, function: Callable[..., Part], operands: Sequence[int], data: Any) -> int:
        key = (function, tuple(operands), type(data), data)
        if key not in self.made:
            self.made[key] = len(self.steps)
            self.steps.append(Step(function, tuple(operands), data))
        return self.made[key]

    def count(self, symbol: Any, bounds: Sequence[int]) -> int:
        """The step that counts an index; its number is the axis."""
        key = ("count", symbol, tuple(bounds))
        if key not in self.made:
            self.made[key] = axis = len(self.steps)
            self.steps.append(Step(sympy_indices.counted, tuple(bounds), (axis, symbol)))
        return self.made[key]

    def free(self, symbol: Any) -> int:
        return self.count(symbol, [self.build(b, ()) for b in self.roles.limits[symbol]])

    def key(self, expr: Any, scope: Scope) -> tuple[Any, Scope]:
        mentioned = self.survey.mentioned(expr)
        return expr, tuple(s for s in scope if s[0] in mentioned)

    def build(self, root: Any, scope: Scope) -> int:
        """The slot of an expression, its parts first."""
        stack = [(root, scope)]
        while stack:
            expr, here = stack[-1]
            key = self.key(expr, here)
            if key not in self.slots:
                missing = self.visit(expr, here)
                if not isinstance(missing, int):
                    stack.extend(reversed(missing))
                    continue
                self.slots[key] = missing
            stack.pop()
        return self.slots[self.key(root, scope)]

    def visit(self, expr: Any, scope: Scope) -> int | list[tuple[Any, Scope]]:
        """The slot of an expression whose parts are there; else the parts that are not."""
        if isinstance(expr, (sp.Sum, sp.Product)):
            return self.visit_sum(expr, scope)
        if isinstance(expr, (sp.Symbol, sp.Idx)):
            return self.letter(expr, scope)
        if not expr.args and not isinstance(expr, sp.Piecewise):
            return self.emit(_number, (), _value_of(expr))
        plain = self.survey.rewrite(expr)
        if plain is not expr:
            slot = self.slots.get(self.key(plain, scope))
            return [(plain, scope)] if slot is None else slot
        if isinstance(expr, sp.Rational):
            return self.emit(_number, (), _value_of(expr))
        if isinstance(expr, sp.Piecewise):
            return self.visit_choice(expr, scope)
        function, data, parts = _form(expr)
        missing = self.missing(parts, scope)
        return missing or self.emit(function, self.found(parts, scope), data)

    def missing(self, parts: Sequence[Any], scope: Scope) -> list[tuple[Any, Scope]]:
        terms = [p[0] if type(p) is tuple else p for p in parts]
        return [(t, scope) for t in terms if self.key(t, scope) not in self.slots]

    def found(self, parts: Sequence[Any], scope: Scope) -> list[int]:
        """The slots of parts; one that comes as (base, exponent) is raised to it."""
        slots = []
        for part in parts:
            if type(part) is tuple:
                slot = self.slots[self.key(part[0], scope)]
                slots.append(self.emit(sympy_values.power, (slot,), part[1]))
            else:
                slots.append(self.slots[self.key(part, scope)])
        return slots

    def letter(self, symbol: Any, scope: Scope) -> int:
        for name, slot in scope:
            if name == symbol:
                return slot
        if symbol in self.roles.sizes:
            return self.emit(_size, (), symbol)
        return self.emit(_array, (), str(symbol))

    def visit_sum(self, expr: Any, scope: Scope) -> int | list[tuple[Any, Scope]]:
        ranges: list[int] = []
        masks: list[int] = []
        for symbol, *bounds in reversed(expr.limits):
            if len(bounds) != 2 or any(b.is_infinite for b in bounds):
                refuse(expr)
            missing = self.missing(bounds, scope)
            if missing:
                return missing
            ends = self.found(bounds, scope)
            index = self.count(symbol, ends)
            ranges.append(index)
            hangs = any(self.key(b, scope)[1] for b in bounds)
            scope = (*(s for s in scope if s[0] != symbol), (symbol, index))
            if hangs:
                masks = [self.emit(sympy_indices.within, (index, *ends, *masks), None)]
                scope = self.confine(scope, masks[0])
        adds = isinstance(expr, sp.Sum)
        above, below = _factors(expr.function) if adds else ([expr.function], [])
        missing = self.missing([*above, *below], scope)
        if missing:
            return missing
        operands = [*ranges, *masks, *self.found([*above, *below], scope)]
        function = sympy_indices.total if adds else sympy_indices.multiplied
        return self.emit(function, operands, (len(above), len(ranges), len(masks)))

    def confine(self, scope: Scope, mask: int) -> Scope:
        """The letters in scope, kept to where a condition holds."""
        return tuple((s, self.emit(sympy_indices.confined, (k, mask), None)) for s, k in scope)

    def visit_choice(self, expr: Any, scope: Scope) -> int | list[tuple[Any, Scope]]:
        """A Piecewise: a value sees the indices only where it may be chosen."""
        conditions = [pair.args[1] for pair in expr.args]
        missing = self.missing(conditions, scope)
        if missing:
            return missing
        operands: list[int] = []
        before: list[int] = []  # conditions on indices alone, none of which holds here any more
        for value, condition in (pair.args for pair in expr.args):
            (slot,) = self.found([condition], scope)
            here = [self.emit(sympy_values.elementwise, (k,), "logical_not") for k in before]
            if self.on_indices(condition, slot, scope):
                here.append(slot)
                before.append(slot)
            inner = scope
            if here:
                mask = self.emit(sympy_values.fold, here, "logical_and")
                inner = self.confine(self.key(value, scope)[1], mask)
            missing += self.missing([value], inner)
            operands += [] if missing else [*self.found([value], inner), slot]
        return missing or self.emit(sympy_values.choose, operands, None)

    def on_indices(self, condition: Any, slot: int, scope: Scope) -> bool:
        """Whether a condition hangs on indices, and on nothing that is read."""
        if not self.key(condition, scope)[1]:
            return False
        stack, done = [slot], set()
        while stack:
            step = stack.pop()
            if self.steps[step].function in (sympy_indices.read, _array):
                return False
            done.add(step)
            stack.extend(k for k in self.steps[step].operands if k not in done)
        return True


def _form(expr: Any) -> tuple[Callable[..., Part], Any, Sequence[Any]]:
    """How a part is computed: by what, with what, from which parts."""
    if isinstance(expr, (sp.Indexed, MatrixElement)):
        base, *indices = expr.args
        name = base.args[0] if base.args else base
        return sympy_indices.read, (str(name), str(expr)), indices
    if expr.is_Add:
        return sympy_values.add, None, expr.args
    if expr.is_Mul or _divides(expr):
        above, below = _factors(expr)
        return sympy_values.product, len(above), [*above, *below]
    if expr.is_Pow:
        return _power_form(expr)
    if expr.func in FOLDED:
        return sympy_values.fold, FOLDED[expr.func], expr.args
    if expr.func not in WORDS:
        refuse(expr)
    return sympy_values.elementwise, WORDS[expr.func], expr.args


def _exponent(expr: Any) -> Fraction | None:
    exponent = expr.args[1]
    return Fraction(int(exponent.p), int(exponent.q)) if exponent.is_Rational else None


def _divides(expr: Any) -> bool:
    exponent = _exponent(expr) if expr.is_Pow else None
    return exponent is not None and exponent < 0 and expr.args[0] is not sp.E


def _power_form(expr: Any) -> tuple[Callable[..., Part], Any, Sequence[Any]]:
    base, exponent = expr.args
    if base is sp.E:
        return sympy_values.elementwise, "exp", [exponent]
    known = _exponent(expr)
    if base.is_Rational and base < 0 and known is not None and known.denominator > 1:
        refuse(expr)
    return sympy_values.power, known, [base, exponent] if known is None else [base]


def _factors(expr: Any) -> tuple[list[Any], list[Any]]:
    """What a product multiplies and what it divides by."""
    above: list[Any] = []
    below: list[Any] = []
    for factor in expr.args if expr.is_Mul else [expr]:
        if not _divides(factor):
            above.append(factor)
            continue
        base, exponent = factor.args
        raised = Fraction(-int(exponent.p), int(exponent.q))
        below.append(base if raised == 1 else (base, raised))
    return above, below
