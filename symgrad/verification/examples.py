"""Operands to try a rule on, drawn from its kind and its domain; imported by tests and crosscheck.

Every drawn number is one that float32 holds, so that one reference value serves every dtype.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from symgrad.grammar.domain import Case, Domain, case
from symgrad.grammar.kind import Kind
from symgrad.grammar.primitive import Primitive

#: How far a drawn number stays from a point where a function is not smooth.
CLEARANCE = 0.2
#: How far apart two drawn numbers are that must not tie.
SPACING = 0.25

#: Parameters that mean the same in every rule, by name: a rule that asks for no others needs no
#: cases of its own. Whoever runs a case puts the backend's own dtype and device in their place.
EVERYWHERE = {"dtype": "float32", "device": "cpu", "source": "cpu"}

Shapes = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Example:
    """One way to call a rule: shapes, parameters, how operands lie in memory, how far they spread.

    ``output`` says which output of a rule with several is meant.
    """

    rule: Primitive
    place: int
    shapes: Shapes
    parameters: tuple[tuple[str, Any], ...] = ()
    layout: str = "plain"  # or "strided": a transposed view with gaps
    spread: str = "near"  # or "wide": close to every edge of the domain, and far out
    number: int | None = None  # the operand that comes as a Python number
    output: int | None = None

    @property
    def params(self) -> dict[str, Any]:
        """All parameters, the rule's defaults included."""
        return {**self.rule.defaults, **dict(self.parameters)}

    @property
    def seed(self) -> int:
        """A seed that depends on nothing but the rule and the case."""
        return zlib.crc32(self.name.encode())

    @property
    def name(self) -> str:
        """What the case is called in a test's id.

        >>> from symgrad.grammar.primitive import REGISTRY
        >>> cases_of(REGISTRY["tanh"])[2].name
        'tanh-case2'
        """
        of = "" if self.output is None else f"-{self.rule.outputs[self.output]}"
        return f"{self.rule.name}-case{self.place}{of}"


def cases_of(rule: Primitive) -> list[Example]:
    """The fixed list of cases of a rule: its kind's, and those that it declares itself.

    Gives   an empty list for a rule that must declare cases and does not.

    >>> from symgrad.grammar.primitive import REGISTRY
    >>> [c.shapes for c in cases_of(REGISTRY["tanh"])][:3]
    [((),), ((1,),), ((0, 3),)]
    """
    outputs = range(len(rule.outputs)) if rule.outputs else (None,)
    return [
        Example(rule, n, c.shapes, c.parameters, output=k, **how)
        for n, (c, how) in enumerate(_with_layouts(rule))
        for k in outputs
    ]


def _with_layouts(rule: Primitive) -> Iterator[tuple[Case, dict[str, Any]]]:
    """The rule's cases, then a large one in strided memory, wide ones, and Python numbers."""
    cases = _merged(rule)
    yield from ((c, {}) for c in cases)
    large = [c for c in cases if any(math.prod(s) > 1 for s in c.shapes)]
    if not large:
        return
    yield large[-1], {"layout": "strided"}
    if rule.kind is not Kind.ELEMENTWISE:
        return
    count, parameters = len(large[0].shapes), large[0].parameters
    if not any(d.distinct for d in rule.domains):
        yield Case(((7,),) * count, parameters), {"spread": "wide"}
    floats = [i for i, d in enumerate(rule.domains) if d.dtype == "float"]
    flows = [i for i in floats if rule.has_derivative(rule.operand_name(i))]
    for k in floats if len(floats) > 1 else ():
        if rule.differentiable and flows == [k]:
            continue  # a number in the only place that has a derivative leaves nothing to check
        shapes = tuple(() if i == k else (2, 3) for i in range(count))
        yield Case(shapes, parameters), {"number": k}


def _merged(rule: Primitive) -> list[Case]:
    if rule.required and not rule.cases and set(rule.required) <= set(EVERYWHERE):
        given = {name: EVERYWHERE[name] for name in rule.required}
        return [case(shape, **given) for shape in ((), (1,), (0, 3), (2, 3))]
    fixed = _FIXED[rule.kind](rule) if rule.kind in _FIXED else []
    if rule.required or _needs_cases(rule):
        fixed = []
    if rule.kind is Kind.ELEMENTWISE and rule.cases:
        first = rule.cases[0].parameters
        shapes = [c.shapes for c in rule.cases]
        own = [Case(c.shapes, first) for c in _elementwise(rule) if c.shapes not in shapes]
        return [*rule.cases, *own]
    return [*fixed, *(c for c in rule.cases if not _among(c, fixed))]


def _among(one: Case, others: list[Case]) -> bool:
    # By text: parameters may hold arrays, which do not compare to a truth value.
    return any(repr(one) == repr(other) for other in others)


def _needs_cases(rule: Primitive) -> bool:
    return rule.kind not in _FIXED or (rule.variadic and rule.kind is not Kind.ELEMENTWISE)


def _elementwise(rule: Primitive) -> list[Case]:
    n = len(rule.operands)
    same: list[tuple[int, ...]] = [(), (1,), (0, 3), (2, 3)]
    cases = [Case((shape,) * n) for shape in same]
    if n > 1:  # every pattern of broadcasting, each with every operand in every place
        patterns: list[list[tuple[int, ...]]] = [
            [(2, 3), (3,)], [(2, 1), (1, 3)], [(), (2, 3)], [(1, 1), (2,)], [(0, 3), (1, 3)],
        ]  # fmt: skip
        for pattern in patterns:
            for turn in range(2):
                cases.append(Case(tuple(pattern[(i + turn) % 2] for i in range(n))))
    return cases


def _reduction(rule: Primitive) -> list[Case]:
    return [
        case(()),
        case((1,)),
        case((2, 3)),
        case((2, 3), axis=0),
        case((2, 3), axis=-1, keepdims=True),
        case((2, 3), axis=(0, 1)),
        case((2, 3), keepdims=True),
        case((2, 1, 3), axis=(0, -1)),
        case((0, 3), axis=1),
        case((3, 2), axis=1),
    ]


def _scan(rule: Primitive) -> list[Case]:
    return [
        case((1,), axis=0),
        case((2, 3), axis=-1),
        case((2, 3), axis=0),
        case((2, 1, 2), axis=1),
        case((0, 3), axis=-1),
    ]


def _factorisation(rule: Primitive) -> list[Case]:
    if len(rule.operands) > 1:
        return []
    return [case((2, 2)), case((1, 1)), case((3, 3)), case((2, 2, 2)), case((0, 2, 2))]


_FIXED = {
    Kind.ELEMENTWISE: _elementwise,
    Kind.REDUCTION: _reduction,
    Kind.SCAN: _scan,
    Kind.FACTORISATION: _factorisation,
}


# drawing ------------------------------------------------------------------------------------------


def draw(
    rule: Primitive, example: Example, rng: np.random.Generator, dtype: Any = np.float64
) -> tuple[np.ndarray[Any, Any], ...]:
    """NumPy operands for one case, inside the domain and away from kinks, ties and poles.

    Takes   dtype: of the floating operands; their values are the same in float32 and float64.

    >>> from symgrad.grammar.primitive import REGISTRY
    >>> rule = REGISTRY["log"]
    >>> (x,) = draw(rule, cases_of(rule)[3], np.random.default_rng(0)); x.shape, bool((x > 0).all())
    ((2, 3), True)
    """
    domains = [rule.domains[min(i, len(rule.domains) - 1)] for i in range(len(example.shapes))]
    tied = [i for i, domain in enumerate(domains) if domain.distinct]
    apart = _apart(rng, [example.shapes[i] for i in tied])
    out = []
    for domain, shape in zip(domains, example.shapes, strict=True):
        values = next(apart) if domain.distinct else drawn(domain, shape, rng, example.spread)
        if domain.dtype == "float":
            values = values.astype(np.float32).astype(dtype)
        out.append(strided(values) if example.layout == "strided" else values)
    return tuple(out)


def drawn(
    domain: Domain, shape: tuple[int, ...], rng: np.random.Generator, spread: str = "near"
) -> np.ndarray[Any, Any]:
    """One operand inside a domain."""
    if domain.dtype == "bool":
        return rng.random(shape) < 0.5
    if domain.dtype == "int":
        return rng.integers(1 if 0.0 in domain.poles else -4, 5, shape)
    if domain.matrix:
        return _matrix(domain, shape, rng)
    count = math.prod(shape)
    one = _one_wide if spread == "wide" else _one
    values = [one(domain, rng, k) for k in range(count)]
    return np.array(values, dtype=np.float64).reshape(shape)


def _one(domain: Domain, rng: np.random.Generator, _: int) -> float:
    low, high = domain.low, domain.high
    if math.isfinite(low) and math.isfinite(high):
        margin = 0.1 * (high - low)
        low, high = low + margin, high - margin
    elif math.isfinite(low):
        low, high = low + 0.3, low + 3.0
    elif math.isfinite(high):
        low, high = high - 3.0, high - 0.3
    else:
        low, high = -2.5, 2.5
    for _ in range(1000):
        value = float(rng.uniform(low, high))
        if all(abs(value - p) >= CLEARANCE for p in (*domain.poles, *domain.smooth_off)):
            return value
    raise ValueError(f"no number of {domain.name!r} is clear of its poles and kinks")


def _one_wide(domain: Domain, rng: np.random.Generator, k: int) -> float:
    """From a thousandth beside an edge to twenty beyond it, alternately at either."""
    step = float(10 ** rng.uniform(-3, 1.3))
    low, high = domain.low, domain.high
    if math.isfinite(low) and math.isfinite(high):
        step = (high - low) * min(0.5, step / 20)
        return low + step if k % 2 else high - step
    if math.isfinite(low):
        return low + step
    if math.isfinite(high):
        return high - step
    edges = (*domain.poles, *domain.smooth_off) or (0.0,)
    for _ in range(1000):
        value = edges[k % len(edges)] + (step if k % 2 else -step)
        if all(abs(value - p) >= 1e-3 for p in edges):
            return value
        step = float(10 ** rng.uniform(-3, 1.3))
    raise ValueError(f"no number of {domain.name!r} is clear of its poles and kinks")


def _apart(rng: np.random.Generator, shapes: list[tuple[int, ...]]) -> Iterator[Any]:
    """Operands of which no two entries tie, neither within one nor across."""
    total = sum(math.prod(s) for s in shapes)
    grid = (np.arange(total) - total / 2 + 0.5) * SPACING + rng.uniform(-0.05, 0.05, total)
    values = rng.permutation(grid)
    start = 0
    for shape in shapes:
        stop = start + math.prod(shape)
        yield values[start:stop].reshape(shape)
        start = stop


def _matrix(
    domain: Domain, shape: tuple[int, ...], rng: np.random.Generator
) -> np.ndarray[Any, Any]:
    values = rng.uniform(-1.0, 1.0, shape)
    if domain.matrix != "invertible" or not values.size:
        return values
    # A heavy diagonal keeps the condition small; one row turned round makes either sign of det.
    n = shape[-1]
    values = values * 0.8 / n + 1.5 * np.eye(n)
    values[..., 0, :] *= rng.choice([-1.0, 1.0], shape[:-2])[..., None]
    return values


def strided(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The same values as a transposed view with gaps between its entries.

    >>> strided(np.zeros((2, 3))).flags.c_contiguous
    False
    """
    if not values.ndim:
        return values
    wide = np.zeros((*(2 * n for n in values.shape[::-1]),), dtype=values.dtype)
    view: np.ndarray[Any, Any] = wide[(slice(None, None, 2),) * values.ndim].transpose()
    view[...] = values
    return view


def cotangent(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray[Any, Any]:
    """Signed weights away from 0, that float32 holds."""
    magnitude = rng.uniform(0.3, 2.0, shape)
    signed = magnitude * rng.choice([-1.0, 1.0], shape)
    return np.asarray(signed, dtype=np.float32).astype(np.float64)
