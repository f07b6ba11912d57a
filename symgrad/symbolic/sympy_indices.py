"""Indices of SymPy's arrays as axes: ranges, reads, sums, stacks; imported by ``from_sympy``."""

from __future__ import annotations

import string
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NoReturn

import numpy as np

from symgrad.algebras.devices import to_host
from symgrad.errors import ShapeError, compose
from symgrad.symbolic.sympy_values import Part, Run, choose, merged, product, spread
from symgrad.tracing.calling import call
from symgrad.tracing.creation import as_tensor


def whole(part: Part, what: str) -> Part:
    """A part as whole numbers, for an index or a bound.

    Raises  ShapeError for any other number.
    """
    value = part.value if part.known else to_host(part.value._value)
    array = np.asarray(float(value) if isinstance(value, Fraction) else value)
    if (
        array.dtype.kind not in "iub"
        and not (np.isfinite(array) & (array == np.floor(array))).all()
    ):
        raise ShapeError(f"{what} is {array.ravel()[:3]}..., which is no whole number")
    array = array.astype(np.int64)
    return Part(array if part.axes else int(array), part.axes, part.bad)


def counted(run: Run, parts: Sequence[Part], data: tuple[int, Any]) -> Part:
    """An index as a known array over its own axis, from its two bounds, both included."""
    axis, symbol = data
    if parts:
        low, high = (whole(p, f"a bound of {symbol}").value for p in parts)
        if np.any(np.asarray(high) - low < -1):
            _refuse_backwards(symbol, low, high)
        first, last = int(np.min(low, initial=2**62)), int(np.max(high, initial=-(2**62)))
        if not (np.size(low) and np.size(high)):
            first, last = 0, -1
    else:
        first, last = run.ends[symbol]
    run.lengths[axis] = last - first + 1
    return Part(np.arange(first, last + 1), (axis,))


def _refuse_backwards(symbol: Any, low: Any, high: Any) -> NoReturn:
    raise ShapeError(
        compose(
            f"the range of {symbol} ends at {np.min(high)}, before its start {np.max(low)}.",
            [("why", "SymPy reads such a sum as minus the sum of what lies between")],
            mend="give bounds in rising order, or guard the sum: Piecewise((Sum(...), i < n), ...)",
        )
    )


def read(run: Run, parts: Sequence[Part], data: tuple[str, str]) -> Part:
    """The entries of an array at its indices; what lies outside is marked, and reads the edge."""
    name, text = data
    array = run.arrays[name]
    if array.ndim != len(parts):
        raise ShapeError(
            compose(
                f"{name} has {array.ndim} axes; {text} reads {len(parts)}.",
                mend=f"give {name} an array of {len(parts)} axes",
            )
        )
    at = [whole(p, f"an index of {text}") for p in parts]
    axes = merged(at)
    bad = _outside(run, array.shape, at, axes, text)
    if bad is None:
        sliced = _slices(at, array.shape)
        if sliced is not None:
            return _sliced(array, sliced, at)
    places = [np.clip(p.value, 0, max(n - 1, 0)) for p, n in zip(at, array.shape, strict=True)]
    index = tuple(
        spread(v, p.axes, axes) if p.axes else int(v) for v, p in zip(places, at, strict=True)
    )
    if bad is not None and 0 in array.shape:
        _refuse_outside(run)
    lengths = [run.lengths[a] for a in axes]
    index = (np.broadcast_to(index[0], lengths).copy(), *index[1:])
    return Part(call("getitem", array, index=index), axes, bad)


def _outside(
    run: Run, shape: tuple[int, ...], at: Sequence[Part], axes: tuple[int, ...], text: str
) -> Any:
    """Where an index lies outside, None for nowhere."""
    bad = None
    for k, (part, length) in enumerate(zip(at, shape, strict=True)):
        value = np.asarray(part.value)
        out = (value < 0) | (value >= length)
        if out.any():
            first = int(value[out].ravel()[0]) if value.ndim else int(value)
            run.outside.append(
                f"{text} reads index {first} of axis {k}, which counts from 0 to {length - 1}"
            )
            made = spread(out, part.axes, axes)
            made = made.reshape((1,) * (len(axes) - made.ndim) + made.shape)
            bad = made if bad is None else bad | made
        if part.bad is not None:
            bad = part.bad if bad is None else bad | part.bad
    return bad


def _slices(at: Sequence[Part], shape: tuple[int, ...]) -> tuple[Any, ...] | None:
    """Basic indices where each axis is read by a number or in even steps; else None."""
    axes = [a for p in at for a in p.axes]
    if len(set(axes)) != len(axes) or any(len(p.axes) > 1 for p in at):
        return None
    found: list[Any] = []
    for part, length in zip(at, shape, strict=True):
        if not part.axes:
            found.append(part.value)
            continue
        value = part.value
        if not value.size:
            found.append(slice(0, 0, 1))
            continue
        step = int(value[1] - value[0]) if value.size > 1 else 1
        if not step or (np.diff(value) != step).any():
            return None
        first, last = int(value[0]), int(value[-1]) + (1 if step > 0 else -1)
        if (first, last, step) == (0, length, 1):
            found.append(slice(None))
        else:
            found.append(slice(first, None if last < 0 else last, step))
    return tuple(found)


def _sliced(array: Any, index: tuple[Any, ...], at: Sequence[Part]) -> Part:
    if any(i != slice(None) for i in index):
        array = call("getitem", array, index=index)
    order = [a for p in at for a in p.axes]
    if order != sorted(order):
        array = call("permute", array, axes=tuple(int(k) for k in np.argsort(order)))
    return Part(array, tuple(sorted(order)))


def _refuse_outside(run: Run) -> NoReturn:
    raise ShapeError(
        compose(
            f"{run.outside[0]}.",
            mend="indices count from 0 as in Python: sum from 0 to n - 1, or guard the read "
            "with Piecewise((..., condition on the index), (0, True))",
        )
    )


def within(run: Run, parts: Sequence[Part], _data: Any = None) -> Part:
    """Where an index lies within its bounds, for bounds that hang on other indices."""
    index, low, high = (whole(p, "a bound") for p in parts[:3])
    axes = merged(parts)
    i, a, b = (spread(np.asarray(p.value), p.axes, axes) for p in (index, low, high))
    held = (a <= i) & (i <= b)
    return Part(held & spread(parts[3].value, parts[3].axes, axes) if parts[3:] else held, axes)


def confined(run: Run, parts: Sequence[Part], _data: Any = None) -> Part:
    """An index where a condition on indices holds; elsewhere as it is at a place where it holds.

    What is computed where the condition fails is then dropped, but must not be infinite: 0 times
    its slope would be nan.
    """
    index, held = parts
    if held.plain:
        return index
    axes = merged(parts)
    lengths = tuple(run.lengths[a] for a in axes)
    both = [np.broadcast_to(spread(p.value, p.axes, axes), lengths) for p in (index, held)]
    if not both[1].any():
        return index
    return Part(np.where(both[1], both[0], both[0].ravel()[both[1].argmax()]), axes)


def total(run: Run, parts: Sequence[Part], data: tuple[int, int, int]) -> Part:
    """A sum of products over axes.

    Takes   parts: the indices, the condition on them (or none), then the factors; data: how many
            factors multiply, how many indices and conditions there are.
    """
    factors, axes, mask = _apart(parts, data)
    above = data[0]
    if mask is None and all(p.bad is None for p in factors):
        flat = not any(p.axes for p in factors[above:])
        if flat and not all(p.known for p in factors):
            return _einsum(run, factors, above, axes)
    made = product(run, factors, above)
    if mask is not None:
        if not mask.value.any():
            return Part(0)
        made = choose(run, [made, mask, Part(0), Part(True)])
    return _summed(run, made, axes)


def _apart(
    parts: Sequence[Part], data: tuple[int, int, int]
) -> tuple[list[Part], tuple[int, ...], Part | None]:
    """Factors, the axes summed, and where the terms lie within the bounds."""
    _, count, masks = data
    axes = tuple(a for p in parts[:count] for a in p.axes)
    return list(parts[count + masks :]), axes, parts[count] if masks else None


def _einsum(run: Run, factors: list[Part], above: int, axes: tuple[int, ...]) -> Part:
    over = [p for p in factors[:above] if p.axes]
    others = [p for p in factors[:above] if not p.axes]
    known = [p for p in over if p.known]
    if len(known) > 1:  # exact among themselves first
        over = [*(p for p in over if not p.known), product(run, known, len(known))]
    held = merged(over)
    if len(over) == 1 or not over:
        base = over[0] if over else Part(1)
        made = _summed(run, base, axes)
    else:
        names = dict(zip(held, string.ascii_letters, strict=False))
        kept = tuple(a for a in held if a not in axes)
        terms = ",".join("".join(names[a] for a in p.axes) for p in over)
        spec = f"{terms}->{''.join(names[a] for a in kept)}"
        made = Part(call("einsum", *(run.operand(p) for p in over), spec=spec), kept)
        made = _repeated(run, made, [a for a in axes if a not in held])
    rest = factors[above:]
    return product(run, [made, *others, *rest], 1 + len(others)) if others or rest else made


def _repeated(run: Run, part: Part, axes: Sequence[int]) -> Part:
    """A part summed over axes that it does not depend on: counted."""
    if not axes:
        return part
    count = int(np.prod([run.lengths[a] for a in axes]))
    return product(run, [part, Part(count)], 2)


def _summed(run: Run, part: Part, axes: tuple[int, ...]) -> Part:
    places = tuple(part.axes.index(a) for a in axes if a in part.axes)
    absent = [a for a in axes if a not in part.axes]
    if places:
        kept = tuple(a for a in part.axes if a not in axes)
        made = part.value.sum(axis=places) if part.known else call("sum", part.value, axis=places)
        if part.known and not kept:
            made = made.item()
        bad = None if part.bad is None else _full_bad(run, part).any(axis=places)
        part = Part(made, kept, bad)
    return _repeated(run, part, absent)


def _full_bad(run: Run, part: Part) -> Any:
    return np.broadcast_to(part.bad, tuple(run.lengths[a] for a in part.axes))


def multiplied(run: Run, parts: Sequence[Part], data: tuple[int, int, int]) -> Part:
    """The product over axes, in ``total``'s terms, of one factor."""
    (factor,), axes, mask = _apart(parts, data)
    held = merged((factor, *parts[: data[1] + data[2]]))
    lengths = [run.lengths[a] for a in held]
    value = spread(run.operand(factor), factor.axes, held)
    made = Part(call("broadcast_to", value, shape=tuple(lengths)), held, factor.bad)
    if factor.bad is not None:
        made = made._replace(bad=np.broadcast_to(spread(factor.bad, factor.axes, held), lengths))
    if mask is not None:
        made = choose(run, [made, mask, Part(1), Part(True)])
    for axis in sorted(axes, reverse=True):
        place = made.axes.index(axis)
        bad = None if made.bad is None else made.bad.any(axis=place)
        kept = made.axes[:place] + made.axes[place + 1 :]
        made = Part(call("prod", made.value, axis=place), kept, bad)
    return made


def finished(
    run: Run, parts: Sequence[Part], axes: Sequence[int], shape: tuple[int, ...] | None
) -> Any:
    """The result as a tensor: an axis for every free index as asked for, then the matrix's own.

    Raises  ShapeError where it depends on a read outside an array.
    """
    if any(p.bad is not None and p.bad.any() for p in parts):
        _refuse_outside(run)
    if not parts:
        return as_tensor(np.zeros(shape or (), run.dtype))
    order = sorted(axes)
    values = [_tensor(run, p, tuple(order)) for p in parts]
    common = tuple(run.lengths[a] for a in order)
    if not axes:
        common = np.broadcast_shapes(*(v.shape for v in values))
    values = [v if v.shape == common else call("broadcast_to", v, shape=common) for v in values]
    made = values[0]
    if shape is not None:
        made = call("stack", *values, axis=len(common))
        made = call("reshape", made, shape=(*common, *shape))
    if order != list(axes):
        turned = [order.index(a) for a in axes]
        made = call("permute", made, axes=(*turned, *range(len(turned), made.ndim)))
    return made


def _tensor(run: Run, part: Part, axes: tuple[int, ...]) -> Any:
    if isinstance(part.value, bool):
        return as_tensor(np.asarray(part.value), device=run.device)
    value = run.written(part.value) if part.plain else run.operand(part)
    return spread(value, part.axes, axes)
