"""A formula at any size against reverse mode, at random points; where they differ, the first node.

The printed formula is what is evaluated, lets and all. Axes of results are weighted at random, so
that one sweep an order is enough however many entries there are.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from symgrad.algebras.devices import to_host
from symgrad.algebras.numpy_adapter import NUMPY
from symgrad.algebras.tensors import Expression, evaluate
from symgrad.algebras.tensors.ir import Ein, reachable
from symgrad.errors import FormulaError, compose
from symgrad.symbolic.arguments import number
from symgrad.symbolic.fault import first_fault
from symgrad.symbolic.notation_form import NotationForm
from symgrad.symbolic.points import RANGES, numbers_for, sizes_of
from symgrad.symbolic.program import Program, widened
from symgrad.tracing import autograd
from symgrad.tracing.tensor import Tensor, wrap
from symgrad.tracing.traced import TRACED

#: Relative difference that is believed to be rounding, and how many points may be tried.
CLOSE, TRIES = 1e-6, 4
#: By how much inputs are moved to see how much the program's value moves.
_NUDGE = 1e-9
#: A printed formula that would need larger arrays is evaluated as einsums instead.
_LARGE = 2_000_000

Point = tuple[dict[str, Any], dict[Any, int]]


def check(form: NotationForm, program: Program) -> bool:
    """Compare a formula with its program.

    Gives   True; False where there is no point at which both have a value.
    Raises  FormulaError where they differ, with the first operation whose formula is wrong.
    """
    seed = zlib.crc32(program.root.node.digest)
    for k in range(TRIES):
        point = _point(program, k, np.random.default_rng(seed + k))
        want, weights = _by_reverse_mode(program, point[0], np.random.default_rng(k))
        if want is None or not np.isfinite(want).all():
            continue
        got = _by_formula(form, point, weights)
        assumed = form.printed.conditions or form.printed.implied
        if got is None or (assumed and not np.isfinite(got).all()):
            continue  # what simplifying assumed does not hold here
        if _agree(got, want):
            return True
        if _is_tame(program, point, want, k):
            raise _disagreement(form, program, got, want, point)
    return False


def _point(program: Program, k: int, rng: np.random.Generator) -> Point:
    """The traced numbers first, if there are some; then random ones."""
    letters = program.letters
    if program.values and k < 1:
        given = {n: widened(v) for n, v in program.values.items()}
        if given.keys() >= letters.keys():
            return given, {}
    sizes = sizes_of(letters.values(), program.root.node, k)
    drawn = numbers_for(letters, sizes, RANGES[k % len(RANGES)], rng)
    drawn.update({n: np.asarray(c) for n, c in program.constants.items()})
    return drawn, sizes


def _by_reverse_mode(
    program: Program, values: Mapping[str, Any], rng: np.random.Generator
) -> tuple[Any, list[Any]]:
    """The last derivative, every axis before it weighted; and the weights.

    Gives   None where the program has no value there, as where a matrix is singular.
    """
    weights: list[Any] = []
    try:
        return _weighted(program, values, rng, weights), weights
    except np.linalg.LinAlgError:
        return None, weights


def _weighted(
    program: Program, values: Mapping[str, Any], rng: np.random.Generator, weights: list[Any]
) -> Any:
    with np.errstate(all="ignore"):
        current, tensors = program.run(values)
        for name in program.wrt:
            weight = rng.uniform(0.5, 1.5, tuple(current.shape))
            weights.append(weight)
            total = (wrap(weight) * current).sum()  # type: ignore[operator]
            current = _gradient(total, tensors[name])
    return np.asarray(to_host(current._value))


def _is_tame(program: Program, point: Point, want: Any, turn: int) -> bool:
    """Whether the program's own value hardly moves with its inputs: else it is all rounding."""
    moved = {
        n: v * (1 + _NUDGE) if np.asarray(v).dtype.kind == "f" else v for n, v in point[0].items()
    }
    other, _ = _by_reverse_mode(program, moved, np.random.default_rng(turn))
    if other is None or not np.isfinite(other).all():
        return False
    scale = np.max(np.abs(want), initial=1e-300)
    return bool(np.max(np.abs(other - want), initial=0.0) <= 1e-3 * scale)


def _gradient(total: Tensor, x: Tensor) -> Tensor:
    if not total._rg:
        return TRACED.zeros_like(x)
    (g,) = autograd.grad(total, x, create_graph=True, allow_unused=True, materialize_grads=True)
    assert g is not None
    return g


def _by_formula(form: NotationForm, point: Point, weights: list[Any]) -> Any:
    """The same of the printed formula; None where it has no value there."""
    values, _ = point
    arrays, sizes = form.point({n: v for n, v in values.items() if n in form.letters})
    sizes = {**point[1], **sizes}
    try:
        with np.errstate(all="ignore"):
            if _extent(form.expression, sizes) > _LARGE:
                leaves = {e: arrays[n] for n, e in form.inputs.items()}
                found = evaluate(form.expression, sizes, leaves)
            else:
                found = form.numbers_at(arrays, sizes, NUMPY)
    except np.linalg.LinAlgError:
        return None
    for weight in weights:
        found = np.tensordot(weight, found, axes=weight.ndim)
    return found


def _extent(expression: Expression, sizes: Mapping[Any, int]) -> int:
    """The most entries that one product of the formula runs over."""
    most = 1
    for node in reachable([expression.node]):
        if isinstance(node.data, Ein):
            most = max(most, math.prod(number(n, sizes) for n in node.data.dims))
    return most


def _agree(got: Any, want: Any) -> bool:
    if got.shape != want.shape:
        return False
    scale = np.max(np.abs(want), initial=0.0)
    with np.errstate(all="ignore"):
        return bool(np.all(np.abs(got - want) <= CLOSE * np.maximum(scale, 1e-300) + 1e-12))


# which operation is at fault ----------------------------------------------------------------------


def _disagreement(
    form: NotationForm, program: Program, got: Any, want: Any, point: Point
) -> FormulaError:
    rows = [("formula", str(form).splitlines()[0][:90])]
    if got.shape == want.shape:
        k = int(np.nanargmax(np.abs(np.where(np.isfinite(got), got - want, np.inf))))
        place = tuple(int(i) for i in np.unravel_index(k, want.shape)) if want.shape else ()
        pair = f"{got.ravel()[k]:.17g}, reverse mode {want.ravel()[k]:.17g}"
        rows.append(("at", f"entry {place}: {pair}"))
    else:
        rows.append(("shape", f"{got.shape}, the program's {want.shape}"))
    rows.append(("fault", first_fault(program, point)))
    return FormulaError(
        compose(
            "the formula disagrees with the program.",
            rows,
            mend="this is a fault of a rule or of symgrad: sg.crosscheck looks closer; "
            "check=False prints the formula all the same",
        )
    )
