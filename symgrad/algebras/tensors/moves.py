"""Words that only move entries, as einsums with equations; the tensors algebra has them as methods.

``x[1:]`` sums x_j [j = i + 1], joining arrays adds their blocks, a reshape counts entries in two
ways, and an array of integers picks by a one-hot factor. Nothing here is opaque.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import sympy

from symgrad.algebras.elements import exact
from symgrad.algebras.tensors import constructors
from symgrad.algebras.tensors.carrier import Expression, Shape, shape_of, spread, squeezed
from symgrad.algebras.tensors.equations import Equation, equation, plain
from symgrad.errors import AxisError, ShapeError, TraceError, compose
from symgrad.grammar.kind import broadcast_shape


class Selected(NamedTuple):
    """What an index does to an array: the shapes on both sides, and what ties their indices."""

    shape: Shape  # of the result
    source: tuple[int, ...]  # the index number of each axis of the array
    target: tuple[int, ...]  # ... and of the result
    dims: dict[int, Any]
    equations: list[Equation]
    factors: list[tuple[Any, tuple[int, ...]]]  # one-hot nodes with their index numbers


def taken(x: Expression, index: Any, one_hot: Any) -> Expression:
    """``x[index]``."""
    found = selected(x.shape, index, one_hot)
    return _built(x.node, found, found.source, found.target, found.shape)


def added(x: Expression, index: Any, shape: Any, one_hot: Any) -> Expression:
    """Zeros of ``shape`` with the entries of x added where ``index`` says."""
    shape = shape_of(shape)
    found = selected(shape, index, one_hot)
    node = spread(x, found.shape)
    return _built(node, found, found.target, found.source, shape)


def _built(
    node: Any, found: Selected, own: tuple[int, ...], out: tuple[int, ...], shape: Shape
) -> Expression:
    # Nodes have no axes of size 1: an index of such an axis is 0 wherever it is met.
    ones = {i for i, n in found.dims.items() if n == 1}
    args = [node, *(n for n, _ in found.factors)]
    specs = [tuple(i for i in s if i not in ones) for s in (own, *(s for _, s in found.factors))]
    equations = [
        equation({i: c for i, c in eq.terms if i not in ones}, eq.offset) for eq in found.equations
    ]
    kept = tuple(i for i in out if i not in ones)
    dims = [found.dims[i] for i in range(len(found.dims))]
    return Expression(constructors.ein(1, args, specs, kept, dims, equations), shape)


def selected(shape: Shape, index: Any, one_hot: Any) -> Selected:
    """Read an index as equations between the axes of an array of ``shape`` and of its result."""
    reading = _Reading(shape, one_hot)
    parts = list(index) if isinstance(index, tuple) else [index]
    parts = [found for part in parts for found in _without_masks(part)]
    named = sum(1 for p in parts if p is not None and p is not Ellipsis)
    if named > len(shape):
        raise AxisError(f"too many indices: {named} for an array of {len(shape)} axes")
    if not any(p is Ellipsis for p in parts):
        parts.append(Ellipsis)
    gathers = any(_is_array(p) for p in parts)
    spots = []
    for place, part in enumerate(parts):
        if part is None:
            reading.fresh(1)
        elif part is Ellipsis:
            for _ in range(len(shape) - named):
                reading.keep()
        elif isinstance(part, slice):
            reading.cut(part)
        elif gathers and (_is_array(part) or isinstance(part, (int, np.integer))):
            spots.append((place, len(reading.target)))
            reading.gather(part)
        else:
            reading.pick(part)
    together = bool(spots) and spots[-1][0] - spots[0][0] == len(spots) - 1
    return reading.finish(spots[0][1] if together else 0)


def _is_array(part: Any) -> bool:
    return isinstance(part, (list, np.ndarray, Expression))


def _without_masks(part: Any) -> list[Any]:
    """A mask of numbers as integers; any other part as it is."""
    if isinstance(part, bool) or (isinstance(part, np.ndarray) and part.dtype == bool):
        return list(np.nonzero(np.asarray(part)))
    if isinstance(part, Expression) and part.dtype == bool:
        raise TraceError(
            compose(
                "how many entries a mask picks depends on its values.",
                mend="keep the shape: where(mask, x, 0)",
            )
        )
    return [part]


class _Reading:
    """An index while it is being read, axis by axis."""

    def __init__(self, shape: Shape, one_hot: Any) -> None:
        self.shape, self.one_hot = shape, one_hot
        self.source: list[int] = []
        self.target: list[int] = []
        self.sizes: list[Any] = []
        self.dims: dict[int, Any] = {}
        self.equations: list[Equation] = []
        self.arrays: list[tuple[int, Any]] = []

    def number(self, size: Any) -> int:
        self.dims[len(self.dims)] = size
        return len(self.dims) - 1

    def axis(self) -> tuple[int, Any]:
        """The next axis of the array."""
        size = self.shape[len(self.source)]
        found = self.number(size)
        self.source.append(found)
        return found, size

    def fresh(self, size: Any) -> int:
        found = self.number(size)
        self.target.append(found)
        self.sizes.append(size)
        return found

    def keep(self) -> None:
        found, size = self.axis()
        self.target.append(found)
        self.sizes.append(size)

    def cut(self, part: slice) -> None:
        size = self.shape[len(self.source)]
        start, step, count = _span(part, size)
        if start == 0 and step == 1 and count == size:
            self.keep()
            return
        found, _ = self.axis()
        made = self.fresh(count)
        self.equations.append(equation({found: 1, made: -step}, -start))

    def pick(self, place: Any) -> None:
        found, size = self.axis()
        at = place if isinstance(place, (int, sympy.Basic)) else int(place)
        from_end = isinstance(at, int) and at < 0
        self.equations.append(equation({found: 1}, -plain(size + at if from_end else at)))

    def gather(self, part: Any) -> None:
        found, _ = self.axis()
        value = part if isinstance(part, Expression) else np.asarray(part)
        self.arrays.append((found, value))

    def finish(self, spot: int) -> Selected:
        factors: list[tuple[Any, tuple[int, ...]]] = []
        if self.arrays:
            full = broadcast_shape(*(tuple(v.shape) for _, v in self.arrays))
            axes = tuple(self.number(n) for n in full)
            self.target[spot:spot] = axes
            self.sizes[spot:spot] = full
            for found, value in self.arrays:
                self._point(found, value, axes, factors)
        return Selected(
            tuple(self.sizes), tuple(self.source), tuple(self.target),
            self.dims, self.equations, factors,
        )  # fmt: skip

    def _point(self, found: int, value: Any, axes: tuple[int, ...], factors: list[Any]) -> None:
        own = axes[len(axes) - len(value.shape) :]
        line = _as_line(value, self.dims[found])
        if line is not None:
            terms = {found: 1}
            if len(value.shape) == 1:
                terms[own[0]] = -line[1]
            self.equations.append(equation(terms, -line[0]))
            return
        hot = self.one_hot(value, self.dims[found])
        stood = [i for i, n in zip(own, value.shape, strict=True) if n != 1]
        factors.append((hot.node, (*stood, found)))


def _as_line(value: Any, size: Any) -> tuple[Any, int] | None:
    """Start and step of integers that run evenly, as arange does; None for others."""
    if isinstance(value, Expression):
        data: Any = value.node.data
        counts = getattr(data, "word", "") == "arange"
        return (0, 1) if counts and value.ndim == 1 else None
    if value.ndim > 1 or not value.size:
        return None
    flat = [int(v) if v >= 0 else plain(size + int(v)) for v in value.ravel().tolist()]
    if not value.ndim or len(flat) == 1:
        return flat[0], 0
    step = flat[1] - flat[0]
    even = all(plain(b - a - step) == 0 for a, b in itertools.pairwise(flat))
    return (flat[0], int(step)) if even and step != 0 else None


def _span(part: slice, n: Any) -> tuple[Any, int, Any]:
    """Start, step and count of a slice; a symbolic size is taken as large enough."""
    step = 1 if part.step is None else int(part.step)
    known = isinstance(n, int) and all(
        isinstance(v, (int, type(None))) for v in (part.start, part.stop)
    )
    if known:
        places = range(*part.indices(n))
        return (places.start if len(places) else 0), step, len(places)
    if step < 0:
        if part.start is None and part.stop is None:
            return n - 1, step, (n - step - 1) // -step
        raise ShapeError("a slice that runs backward needs a size that is a number")
    start = 0 if part.start is None else part.start
    stop = n if part.stop is None else part.stop
    start = n + start if isinstance(start, int) and start < 0 else start
    stop = n + stop if isinstance(stop, int) and stop < 0 else stop
    count = stop - start if step == 1 else (stop - start + step - 1) // step
    return plain(start), step, plain(count)


# joining, counting in other ways, turning round --------------------------------------------------


def joined(parts: Sequence[Expression], axis: int) -> Expression:
    """Arrays one after the other along an axis: the sum of their blocks."""
    if not parts[0].ndim:
        raise ShapeError("concat: zero-dimensional arrays cannot be concatenated")
    along = axis % parts[0].ndim
    total = plain(sum(p.shape[along] for p in parts))
    shape = (*parts[0].shape[:along], total, *parts[0].shape[along + 1 :])
    start: Any = 0
    blocks = []
    for part in parts:
        rest = (*part.shape[:along], *part.shape[along + 1 :])
        if rest != (*shape[:along], *shape[along + 1 :]):
            raise ShapeError(f"concat: {part.shape} does not fit beside {parts[0].shape}")
        end = plain(start + part.shape[along])
        blocks.append(_block(part, shape, along, start))
        start = end
    nodes = [b.node for b in blocks]
    return Expression(constructors.add([1] * len(nodes), nodes), shape)


def _block(part: Expression, shape: Shape, along: int, start: Any) -> Expression:
    """A part at its place in zeros."""
    if part.shape == shape:
        return part
    if part.shape[along] == 0:
        return Expression(constructors.constant(0, squeezed(shape)), shape)
    names = list(range(part.ndim))
    out = [part.ndim if a == along else a for a in names]
    dims = {**dict(enumerate(part.shape)), part.ndim: shape[along]}
    tie = equation({part.ndim: 1, along: -1}, -start)
    found = Selected(shape, tuple(names), tuple(out), dims, [tie], [])
    return _built(part.node, found, tuple(names), tuple(out), shape)


def reshaped(x: Expression, shape: Any) -> Expression:
    """The same entries in order in another shape: both count them alike."""
    wanted = _completed(x.shape, shape_of(shape))
    if any(n == 0 for n in (*x.shape, *wanted)):
        return Expression(constructors.constant(0, squeezed(wanted)), wanted)
    old = [(a, n) for a, n in enumerate(squeezed(x.shape))]
    new = [(len(old) + a, n) for a, n in enumerate(squeezed(wanted))]
    dims = [n for _, n in (*old, *new)]
    equations = []
    for olds, news in _groups(old, new):
        terms: dict[int, Any] = {}
        for side, sign in ((olds, 1), (news, -1)):
            stride: Any = 1
            for index, size in reversed(side):
                terms[index] = sign * stride
                stride = plain(stride * size)
        equations.append(equation(terms))
    spec = tuple(i for i, _ in old)
    out = tuple(i for i, _ in new)
    return Expression(constructors.ein(1, (x.node,), (spec,), out, dims, equations), wanted)


def _completed(old: Shape, shape: Shape) -> Shape:
    """A shape with the size that stands for -1."""
    rest = [n for n in shape if n != -1]
    total, known = plain(math.prod(old)), plain(math.prod(rest))
    if len(rest) < len(shape):
        left = _quotient(total, known)
        shape = tuple(left if n == -1 else n for n in shape)
    if plain(math.prod(shape) - total) != 0:
        raise ShapeError(f"reshape: {tuple(old)} has {total} entries, {tuple(shape)} another count")
    return shape


def _quotient(total: Any, known: Any) -> Any:
    if isinstance(total, int) and isinstance(known, int):
        return total // known if known else 0
    ratio = sympy.cancel(exact(total) / known)
    if not ratio.is_polynomial():
        raise ShapeError(f"reshape: {known} does not divide {total} at every size")
    return plain(ratio)


def _groups(old: list[tuple[int, Any]], new: list[tuple[int, Any]]) -> list[tuple[Any, Any]]:
    """Runs of axes on both sides that hold as many entries, as short as can be."""
    found, olds, news = [], [], []  # type: ignore[var-annotated]
    left, right = list(old), list(new)
    before: Any = 1
    after: Any = 1
    while left or right or olds or news:
        if olds and news and plain(before - after) == 0:
            found.append((olds, news))
            olds, news, before, after = [], [], 1, 1
            continue
        if left and (not right or not olds or _is_smaller(before, after)):
            olds.append(left.pop(0))
            before = plain(before * olds[-1][1])
        elif right:
            news.append(right.pop(0))
            after = plain(after * news[-1][1])
        else:
            found.append((olds, news))
            break
    return found


def _is_smaller(a: Any, b: Any) -> bool:
    """Whether the product a still has to grow to reach b: b is a multiple of it."""
    if isinstance(a, int) and isinstance(b, int):
        return a < b
    ratio = sympy.cancel(exact(b) / a)
    return bool(ratio.is_polynomial() and ratio != 1)


def turned(x: Expression, axes: Sequence[int]) -> Expression:
    """The entries in reverse order along axes."""
    index = tuple(slice(None, None, -1) if a in axes else slice(None) for a in range(x.ndim))
    return taken(x, index, None)
