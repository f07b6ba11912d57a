"""The values that a person gives a formula: arrays by letter, and their sizes; for the forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from symgrad.algebras.devices import to_host
from symgrad.algebras.tensors import Expression
from symgrad.algebras.tensors.ir import Leaf, Node, Op, reachable
from symgrad.errors import AxisError, DtypeError, ShapeError, compose, user_position
from symgrad.tracing.tensor import Tensor

_KINDS: dict[str | None, str] = {"int": "integers", "bool": "truth values"}


def as_array(value: Any) -> np.ndarray[Any, Any]:
    """A tensor, an array, a list or a number as an array of the host."""
    return np.asarray(to_host(value._value) if isinstance(value, Tensor) else value)


def shape_text(shape: Sequence[Any]) -> str:
    """A shape as Python writes one."""
    return "(" + ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "") + ")"


def refuse_digits(digits: Any) -> None:
    """Refuse a number of digits that is none.

    Raises  ValueError; TypeError for what is no whole number.
    """
    if digits is None:
        return
    if not isinstance(digits, (int, np.integer)) or isinstance(digits, bool):
        raise TypeError(f"digits is a whole number, not {type(digits).__name__}")
    if digits < 1:
        raise ValueError(f"digits is 1 or more, not {digits}")


def refuse_fractions(name: str, e: Expression, array: np.ndarray[Any, Any]) -> None:
    """Refuse floats for a letter that holds integers.

    Raises  DtypeError, naming the letter.
    """
    if e.kind in _KINDS and array.dtype.kind == "f":
        raise DtypeError(
            compose(
                f"evaluate: {name} holds {_KINDS[e.kind]}, and the value holds {array.dtype}.",
                where=user_position(),
                mend=f"{name}=np.asarray({name}).astype({e.kind})",
            )
        )


# sizes --------------------------------------------------------------------------------------------


def sizes_read(
    letters: Mapping[str, Sequence[Any]], shapes: Mapping[str, tuple[int, ...]]
) -> dict[Any, int]:
    """The number of each symbol among the declared sizes, from the shapes of the values.

    Takes   letters: declared sizes by letter; shapes: those of the values.
    Raises  ShapeError where a value does not fit, naming the size, its number and where from.
    Limits  a size that stands in no shape alone is solved where its shapes are linear in it: n of
            2 n + 1, or of n d where d is known.

    >>> from symgrad.symbolic.arguments import sizes_read
    >>> from symgrad.tracing.symbolic import read_sizes
    >>> sizes_read({"x": read_sizes("2*n+1")[1]}, {"x": (7,)})
    {n: 3}
    """
    found: dict[Any, int] = {}
    origin: dict[Any, str] = {}
    fitting = {n: shape for n, shape in letters.items() if len(shape) == len(shapes[n])}
    for at in readings(fitting):
        slope, offset = at.slope.subs(found), at.offset.subs(found)
        count = (shapes[at.letter][at.axis] - offset) / slope if slope != 0 else sp.nan
        if count.is_Integer:
            found[at.symbol], origin[at.symbol] = int(count), at.letter
    for name, shape in letters.items():
        if not _fits(shape, shapes[name], found):
            raise _misfit(name, shape, shapes[name], found, origin)
    return found


class Reading(NamedTuple):
    """How a size follows from a shape: the axis is ``slope`` times it, plus ``offset``."""

    symbol: Any
    letter: str
    axis: int
    slope: Any
    offset: Any


def readings(letters: Mapping[str, Sequence[Any]]) -> list[Reading]:
    """Where each size is read, in an order in which each needs but those before it.

    Takes   letters: declared sizes by letter.
    Gives   sizes that stand alone first; those that follow from none are left out.

    >>> from symgrad.symbolic.arguments import readings
    >>> from symgrad.tracing.symbolic import read_sizes
    >>> [str(r.symbol) for r in readings({"x": read_sizes("n*d")[1], "y": read_sizes("d")[1]})]
    ['d', 'n']
    """
    axes = [
        (name, axis, size)
        for name, shape in letters.items()
        for axis, size in enumerate(shape)
        if isinstance(size, sp.Basic)
    ]
    axes.sort(key=lambda found: not found[2].is_Symbol)
    known: dict[Any, Reading] = {}
    count = -1
    while len(known) > count:
        count = len(known)
        for name, axis, size in axes:
            symbols = size.free_symbols - known.keys()
            if len(symbols) != 1:
                continue
            (symbol,) = symbols
            slope = sp.diff(size, symbol)
            if symbol not in slope.free_symbols:
                offset = sp.expand(size).subs(symbol, 0)
                known[symbol] = Reading(symbol, name, axis, slope, offset)
    return list(known.values())


def _fits(shape: Sequence[Any], have: tuple[int, ...], found: Mapping[Any, int]) -> bool:
    if len(shape) != len(have):
        return False
    return all(_at(size, found) == n for size, n in zip(shape, have, strict=True))


def number(size: Any, sizes: Mapping[Any, int]) -> int:
    """A size at the numbers of its symbols."""
    return int(_at(size, sizes))


def _at(size: Any, found: Mapping[Any, int]) -> Any:
    return size.subs(found) if isinstance(size, sp.Basic) else sp.Integer(size)


def _misfit(
    name: str,
    shape: Sequence[Any],
    have: tuple[int, ...],
    found: Mapping[Any, int],
    origin: Mapping[Any, str],
) -> ShapeError:
    symbols = [s for size in shape for s in sorted(getattr(size, "free_symbols", ()), key=str)]
    known = [
        f" and {s} is {found[s]}, from {origin[s]}"
        for s in dict.fromkeys(symbols)
        if origin.get(s, name) != name
    ]
    return ShapeError(
        f"{name} has the shape {shape_text(shape)}{','.join(known)}; the value has {have}"
    )


# places -------------------------------------------------------------------------------------------


def refuse_places_outside(root: Node, arrays: Mapping[str, Any], sizes: Mapping[Any, int]) -> None:
    """Refuse labels and indices outside of the axis that they pick from.

    Raises  AxisError, naming the letter, the label and the size.
    """
    for node in reachable([root]):
        if not (isinstance(node.data, Op) and node.data.word == "one_hot"):
            continue
        source, size = node.args[0].data, node.data.shape[-1]
        count = _at(size, sizes)
        if not isinstance(source, Leaf) or not count.is_Integer:
            continue
        places, n = np.asarray(arrays.get(source.letter, ())), int(count)
        wrong = places[(places < -n) | (places >= n)]
        if wrong.size:
            told = n if isinstance(size, int) or size.is_Integer else f"{size} = {n}"
            raise AxisError(
                compose(
                    f"evaluate: {source.letter} holds {wrong[0]}, and the axis that it picks from "
                    f"has {told} entries.",
                    where=user_position(),
                    mend=f"places count from 0 to {n - 1}, or from the end with -1",
                )
            )
