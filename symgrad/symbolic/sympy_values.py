"""Values of SymPy's parts over named axes, by symgrad's rules; imported by ``from_sympy``.

A part is known before any array is read (a Python number, or a NumPy array over indices), or it is
a tensor. Its axes are numbers, always in rising order. ``bad`` says where it read outside an array.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from symgrad.algebras.elements import Elements, exact
from symgrad.tracing.calling import call
from symgrad.tracing.creation import as_tensor
from symgrad.tracing.dtypes import raw_dtype_name
from symgrad.tracing.tensor import Tensor

#: The most entries of a known array that a recording writes out as numbers of the formula.
_WRITTEN = 4096
#: A whole number beyond this is computed with as a float, since int64 would wrap around.
_LARGEST = 2**62
#: The most bits of an exact power of numbers.
_BITS = 10_000

_ON_NUMBERS: dict[str, Callable[..., Any]] = {
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "equal": operator.eq,
    "not_equal": operator.ne,
    "logical_and": lambda a, b: bool(a) and bool(b),
    "logical_or": lambda a, b: bool(a) or bool(b),
    "logical_not": lambda a: not a,
    "maximum": max,
    "minimum": min,
    "abs": abs,
}


class Part(NamedTuple):
    """A value, its axes, and where it is not to be used (None: nowhere)."""

    value: Any
    axes: tuple[int, ...] = ()
    bad: Any = None

    @property
    def known(self) -> bool:
        """Whether no array had to be read for it."""
        return not isinstance(self.value, Tensor)

    @property
    def plain(self) -> bool:
        """Whether it is a Python number."""
        return self.known and not isinstance(self.value, np.ndarray)


class Run:
    """One call: the arrays, the sizes, and the numbers' dtype."""

    def __init__(
        self,
        arrays: dict[str, Any],
        sizes: dict[Any, int],
        ends: dict[Any, tuple[int, int]],
        dtype: Any,
        recording: bool,
        device: Any = None,
    ) -> None:
        self.arrays, self.sizes, self.ends, self.dtype = arrays, sizes, ends, dtype
        self.recording, self.device = recording, device
        self.outside: list[str] = []
        self.lengths: dict[int, int] = {}

    def operand(self, part: Part) -> Any:
        """What a rule takes for a part."""
        value = part.value
        if isinstance(value, Fraction):
            return float(value)
        return self.constant(value) if isinstance(value, np.ndarray) else value

    def constant(self, array: Any) -> Any:
        """A known array as a tensor; in a recording written in numbers, so that those print."""
        truth = array.dtype.kind == "b"
        if not self.recording or not 0 < array.size <= _WRITTEN:
            return as_tensor(array if truth else array.astype(self.dtype), device=self.device)
        numbers = [float(n) for n in array.ravel().tolist()]
        made = {n: self.written(n) for n in dict.fromkeys(numbers)}
        row = call("reshape", call("stack", *(made[n] for n in numbers)), shape=array.shape)
        return call("greater", row, 0) if truth else row

    def written(self, number: float) -> Any:
        """A number as the result of a step, which has no letter in a formula."""
        if not self.recording:
            return as_tensor(np.asarray(float(number), self.dtype), device=self.device)
        return self.fitted(call("negative", -float(number)))

    def fitted(self, tensor: Any) -> Any:
        """A tensor that was computed from numbers alone, in the call's dtype."""
        same = raw_dtype_name(tensor._value) == np.dtype(self.dtype).name
        return tensor if same else call("cast", tensor, dtype=self.dtype)

    def floats(self, part: Part, word: str) -> Any:
        """A rule's operand; integers stay what they are only where they may be an index again."""
        value = self.operand(part)
        whole_numbers = isinstance(value, Tensor) and raw_dtype_name(value._value)[0] in "iu"
        if whole_numbers and word not in ("add", "multiply", "negative"):
            return call("cast", value, dtype=self.dtype)
        return value


def merged(parts: Sequence[Part]) -> tuple[int, ...]:
    """The axes of what is computed from the parts."""
    return tuple(sorted({a for p in parts for a in p.axes}))


def spread(value: Any, axes: tuple[int, ...], to: tuple[int, ...]) -> Any:
    """A value over ``axes`` as one over ``to``, with a length of 1 where an axis is new."""
    if axes == to or not isinstance(value, (np.ndarray, Tensor)) or not axes:
        return value
    sizes = dict(zip(axes, value.shape, strict=True))
    shape = tuple(sizes.get(a, 1) for a in to if a >= axes[0])
    if len(shape) == len(axes):
        return value
    if isinstance(value, Tensor):
        return call("reshape", value, shape=shape)
    return value.reshape(shape)


def _full(bad: Any, axes: tuple[int, ...], to: tuple[int, ...]) -> Any:
    """``bad`` with every axis of ``to`` in its shape, so that it can be summed over each."""
    made = spread(bad, axes, to)
    return made.reshape((1,) * (len(to) - made.ndim) + made.shape)


def _bads(parts: Sequence[Part], axes: tuple[int, ...]) -> Any:
    found = [_full(p.bad, p.axes, axes) for p in parts if p.bad is not None]
    return functools.reduce(np.logical_or, found) if found else None


def elementwise(run: Run, parts: Sequence[Part], word: str) -> Part:
    """One rule on parts, over the union of their axes."""
    axes = merged(parts)
    if all(p.plain for p in parts):
        return Part(_of_numbers(run, word, [p.value for p in parts]))
    if all(p.known for p in parts) and word in _ON_NUMBERS:
        function = getattr(np, word)
        return Part(function(*(spread(_array(p.value), p.axes, axes) for p in parts)), axes)
    operands = [spread(run.floats(p, word), p.axes, axes) for p in parts]
    return Part(call(word, *operands), axes, _bads(parts, axes))


def fold(run: Run, parts: Sequence[Part], word: str) -> Part:
    """A rule of two over any number of parts, known ones first."""
    order = sorted(parts, key=lambda p: not p.known)
    return functools.reduce(lambda a, b: elementwise(run, (a, b), word), order)


def _array(value: Any) -> Any:
    return float(value) if isinstance(value, Fraction) else value


def _of_numbers(run: Run, word: str, values: Sequence[Any]) -> Any:
    if word in _ON_NUMBERS:
        return tidy(_ON_NUMBERS[word](*values))
    if run.recording:  # there sqrt(2) is to stay what it is
        return run.fitted(call(word, *(float(v) for v in values)))
    return _number(word, tuple(values))


@functools.lru_cache(maxsize=1024)
def _number(word: str, values: tuple[Any, ...]) -> Any:
    """A function of numbers, once, to the last digit of a float."""
    terms = [sp.Rational(v.numerator, v.denominator) if isinstance(v, Fraction) else exact(v)
             for v in values]  # fmt: skip
    found = sp.N(Elements.atoms[word](*terms), 20)
    return float(found) if found.is_extended_real else float("nan")


def tidy(value: Any) -> Any:
    """A whole Fraction as an int."""
    whole = isinstance(value, Fraction) and value.denominator == 1
    return int(value) if whole else value


# sums, products, powers --------------------------------------------------------------------------


def _known_op(function: Callable[..., Any], a: Part, b: Part) -> Part:
    """Arithmetic of two known parts, exact where whole numbers stay small."""
    axes = merged((a, b))
    x, y = (spread(_array(p.value), p.axes, axes) for p in (a, b))
    if a.plain and b.plain:
        return Part(tidy(function(a.value, b.value)))
    if all(_whole(v) for v in (x, y)) and function(_most(x), _most(y)) < _LARGEST:
        return Part(function(x, y), axes)
    return Part(function(np.asarray(x, dtype=float), np.asarray(y, dtype=float)), axes)


def _whole(value: Any) -> bool:
    return isinstance(value, int) or (isinstance(value, np.ndarray) and value.dtype.kind in "iub")


def _most(value: Any) -> int:
    array = np.asarray(value)
    return max(1, int(array.max(initial=0)), -int(array.min(initial=0)))


def _counted(part: Part) -> Part:
    """Truths as 0 and 1."""
    if isinstance(part.value, bool):
        return Part(int(part.value))
    if isinstance(part.value, np.ndarray) and part.value.dtype.kind == "b":
        return Part(part.value.astype(np.int64), part.axes)
    return part


def add(run: Run, parts: Sequence[Part], _data: Any = None) -> Part:
    """The sum of the parts: the known ones exactly, then the others in order."""
    known = functools.reduce(
        lambda a, b: _known_op(operator.add, a, b), [_counted(p) for p in parts if p.known], Part(0)
    )
    rest = [p for p in parts if not p.known]
    if not rest:
        return known
    total = functools.reduce(lambda a, b: elementwise(run, (a, b), "add"), rest)
    return total if known.plain and known.value == 0 else elementwise(run, (total, known), "add")


class _Factors(NamedTuple):
    """A product in its kinds of parts: a number, known arrays, and tensors."""

    number: Any
    arrays: Part
    above: list[Part]
    below: list[Part]


def _factors(parts: Sequence[Part], count: int) -> _Factors:
    number: Any = Fraction(1)
    arrays = Part(1)
    above: list[Part] = []
    below: list[Part] = []
    for k, part in enumerate(map(_counted, parts)):
        divides = k >= count
        if part.plain:
            number = _quotient(number, part.value) if divides else number * part.value
        elif not part.known:
            (below if divides else above).append(part)
        elif divides:
            with np.errstate(all="ignore"):
                inverse = Part(1 / np.asarray(part.value, dtype=float), part.axes)
            arrays = _known_op(operator.mul, arrays, inverse)
        else:
            arrays = _known_op(operator.mul, arrays, part)
    return _Factors(tidy(number), arrays, above, below)


def _quotient(a: Any, b: Any) -> Any:
    if b == 0:
        return float("nan") if a == 0 or a != a else float("inf") * (1 if a > 0 else -1)
    return a / (Fraction(b) if isinstance(b, int) else b)


def _scaled(run: Run, part: Part, number: Any) -> Part:
    """A part times a number: p and q each by itself, which keeps a third a third."""
    if part.known:
        return _known_op(operator.mul, part, Part(number))
    top, bottom = (number, 1) if isinstance(number, float) else number.as_integer_ratio()
    if top == -1:
        part = elementwise(run, (part,), "negative")
    elif top != 1:
        part = elementwise(run, (part, Part(top)), "multiply")
    return part if bottom == 1 else elementwise(run, (part, Part(bottom)), "divide")


def product(run: Run, parts: Sequence[Part], count: int) -> Part:
    """The product of the first ``count`` parts, divided by the others.

    A part that read outside an array counts as 0 where a known factor is 0.
    """
    number, arrays, above, below = _factors(parts, count)
    if not above and not below:
        return _scaled(run, arrays, number)
    every = above if arrays.plain else [*above, arrays]
    if every:
        made = _multiplied(run, every)
    else:
        top = number if isinstance(number, float) else number.numerator
        made, number = Part(top), Fraction(1, getattr(number, "denominator", 1))
    if below:
        made = elementwise(run, (made, _multiplied(run, below)), "divide")
    made = _scaled(run, made, tidy(number))
    if made.bad is None or arrays.plain:
        return made
    return choose(run, [Part(0), Part(arrays.value == 0, arrays.axes), made, Part(True)])


def _multiplied(run: Run, parts: Sequence[Part]) -> Part:
    return functools.reduce(lambda a, b: elementwise(run, (a, b), "multiply"), parts)


def power(run: Run, parts: Sequence[Part], exponent: Any) -> Part:
    """A part to a known exponent (a Fraction), or to another part (None)."""
    if exponent is None:
        base, raised = parts
        if base.plain and raised.plain:
            return Part(_power_of_numbers(run, base.value, raised.value))
        return elementwise(run, parts, "power")
    (base,) = map(_counted, parts)
    if base.plain:
        return Part(_power_of_numbers(run, base.value, exponent))
    whole = exponent.denominator == 1
    if base.known and whole:
        small = _whole(base.value) and _most(base.value) ** int(exponent) < _LARGEST
        value = base.value if small else base.value.astype(float)
        return Part(value ** int(exponent), base.axes)
    if exponent == Fraction(1, 2):
        return elementwise(run, (base,), "sqrt")
    return elementwise(run, (base, Part(tidy(exponent))), "power")


def _power_of_numbers(run: Run, base: Any, exponent: Any) -> Any:
    exponent = tidy(exponent)
    if isinstance(exponent, int) and isinstance(base, (int, Fraction)):
        ratio = Fraction(base)
        bits = max(ratio.numerator.bit_length(), ratio.denominator.bit_length())
        if bits * abs(exponent) < _BITS and (ratio or exponent >= 0):
            return tidy(ratio**exponent)
    if exponent == Fraction(1, 2):
        return _of_numbers(run, "sqrt", [base])
    return _of_numbers(run, "power", [base, exponent])


# choices -----------------------------------------------------------------------------------------


def choose(run: Run, parts: Sequence[Part], _data: Any = None) -> Part:
    """The first value whose condition holds; parts are value, condition, value, condition, ..."""
    pairs = _open(parts)
    rest = Part(float("nan"))
    for value, held in reversed(pairs):
        if held.plain:
            rest = value if held.value else rest
            continue
        axes = merged((value, held, rest))
        if value.known and held.known and rest.known:
            three = [spread(_array(p.value), p.axes, axes) for p in (held, value, rest)]
            rest = Part(np.where(*three), axes)
            continue
        three = [run.operand(held), *(_real(run, p) for p in (value, rest))]
        operands = [
            spread(v, p.axes, axes) for v, p in zip(three, (held, value, rest), strict=True)
        ]
        rest = Part(call("where", *operands), axes, _bad_choice(held, value, rest, axes))
    return rest


def _real(run: Run, part: Part) -> Any:
    """A value to choose: two bare numbers alone would not know their dtype."""
    plain = part.plain and not isinstance(part.value, bool)
    return run.written(part.value) if plain else run.operand(part)


def _open(parts: Sequence[Part]) -> list[tuple[Part, Part]]:
    """The pairs that can be chosen: known conditions may leave none of the places to a value."""
    kept = []
    taken = Part(np.asarray(False))
    for value, held in zip(parts[::2], parts[1::2], strict=True):
        if held.known:
            axes = merged((taken, held))
            before, here = (spread(np.asarray(p.value), p.axes, axes) for p in (taken, held))
            if not (here & ~before).any() and here.size:
                continue
            taken = Part(before | here, axes)
        kept.append((value, held))
    return kept


def _bad_choice(held: Part, a: Part, b: Part, axes: tuple[int, ...]) -> Any:
    if a.bad is None and b.bad is None:
        return held.bad
    if not held.known:
        return _bads((held, a, b), axes)
    no = np.zeros((1,) * len(axes), dtype=bool)
    first, second = (no if p.bad is None else _full(p.bad, p.axes, axes) for p in (a, b))
    bad = np.where(_full(held.value, held.axes, axes), first, second)
    return bad if bad.any() else None
