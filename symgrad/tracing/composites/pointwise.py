"""Functions of one entry or two that are made of several rules, and of all but NaN: PyTorch's.

``functions`` lists them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from symgrad.errors import DtypeError, compose, user_position
from symgrad.tracing.calling import axes_of, call, dtype_name, either_name
from symgrad.tracing.choices import clip
from symgrad.tracing.dtypes import default_float, is_floating
from symgrad.tracing.tensor import Tensor
from symgrad.tracing.traced import raw


def exp2(input: Any) -> Tensor:
    """Two to the power of each entry.

    >>> sg.exp2(sg.tensor([0.0, 3.0]))
    tensor([1., 8.])
    """
    return call("power", 2.0, input)  # type: ignore[no-any-return]


def rsqrt(input: Any) -> Tensor:
    """One over the square root.

    >>> sg.rsqrt(sg.tensor([4.0, 0.25]))
    tensor([0.5000, 2.0000])
    """
    return call("reciprocal", call("sqrt", input))  # type: ignore[no-any-return]


def deg2rad(input: Any) -> Tensor:
    """Angles in radians, from degrees.

    >>> sg.deg2rad(sg.tensor([180.0]))
    tensor([3.1416])
    """
    return call("multiply", input, math.pi / 180)  # type: ignore[no-any-return]


def rad2deg(input: Any) -> Tensor:
    """Angles in degrees, from radians.

    >>> sg.rad2deg(sg.tensor([0.0, 1.0]))
    tensor([ 0.0000, 57.2958])
    """
    return call("multiply", input, 180 / math.pi)  # type: ignore[no-any-return]


def positive(input: Any) -> Tensor:
    """The tensor itself.

    Raises  DtypeError for truths.

    >>> sg.positive(sg.tensor([-1.0]))
    tensor([-1.])
    """
    return +input  # type: ignore[no-any-return]


def logit(input: Any, eps: float | None = None) -> Tensor:
    """The logarithm of the odds, log(x / (1 - x)): the inverse of sigmoid.

    Takes   eps: where given, entries are first kept within [eps, 1 - eps].

    >>> sg.logit(sg.tensor([0.5, 0.75]))
    tensor([0.0000, 1.0986])
    """
    if not is_floating(raw(input)) and isinstance(input, Tensor):
        input = input.to(dtype=default_float())  # type: ignore[attr-defined]
    if eps is not None:
        # At the bounds, as outside, PyTorch's gradient is 0.
        inside = call("logical_and", call("greater", input, eps), call("less", input, 1 - eps))
        input = call("where", inside, input, clip(input.detach(), eps, 1 - eps))
    return call("log", call("divide", input, call("subtract", 1, input)))  # type: ignore[no-any-return]


def entr(input: Any) -> Tensor:
    """The entropy's terms, -x log x; 0 at 0, minus infinity below.

    >>> sg.special.entr(sg.tensor([0.0, 1.0, -1.0]))
    tensor([0., 0., -inf])
    """
    below = call("less", input, 0)
    held = call("where", below, 1, input)
    return call("where", below, -math.inf, call("subtract", 0, call("xlogy", held, held)))  # type: ignore[no-any-return]


def xlog1py(input: Any, other: Any) -> Tensor:
    """``input * log1p(other)``, and 0 where input is 0, whatever other is.

    >>> sg.special.xlog1py(sg.tensor([0.0, 2.0]), sg.tensor([-1.0, 0.0]))
    tensor([0., 0.])
    """
    empty = call("logical_and", call("equal", input, 0), call("less_equal", other, -1))
    held = call("where", empty, 0, other)
    return call("multiply", input, call("log1p", held))  # type: ignore[no-any-return]


def logaddexp2(input: Any, other: Any) -> Tensor:
    """The logarithm to base 2 of the sum of powers of 2.

    >>> sg.logaddexp2(sg.tensor([1.0]), sg.tensor([1.0]))
    tensor([2.])
    """
    scaled = (call("multiply", x, math.log(2)) for x in (input, other))
    return call("divide", call("logaddexp", *scaled), math.log(2))  # type: ignore[no-any-return]


def ldexp(input: Any, other: Any) -> Tensor:
    """``input`` times two to the power of ``other``.

    >>> sg.ldexp(sg.tensor([1.5]), sg.tensor([2]))
    tensor([6.])
    """
    return call("multiply", input, exp2(other))  # type: ignore[no-any-return]


def float_power(input: Any, exponent: Any) -> Tensor:
    """Power, in double precision.

    >>> sg.float_power(sg.tensor([3]), 2)
    tensor([9.], dtype=symgrad.float64)
    """
    base, power = (x.to("float64") if isinstance(x, Tensor) else x for x in (input, exponent))  # type: ignore[attr-defined]
    return call("power", base, power)  # type: ignore[no-any-return]


def heaviside(input: Any, values: Any) -> Tensor:
    """0 below 0, 1 above, and ``values`` at 0.

    >>> sg.heaviside(sg.tensor([-1.0, 0.0, 2.0]), sg.tensor(0.5))
    tensor([0.0000, 0.5000, 1.0000])
    """
    if raw(input).dtype != raw(values).dtype:
        raise DtypeError(
            compose(
                "heaviside is not yet implemented for tensors with different dtypes.",
                where=user_position(),
            )
        )
    step = call("greater", input, 0).to(dtype=dtype_name(input))
    return call("where", call("equal", input, 0), values, step)  # type: ignore[no-any-return]


def isposinf(input: Any) -> Tensor:
    """Which entries are plus infinity.

    >>> sg.isposinf(sg.tensor([1.0, float("inf")]))
    tensor([False,  True])
    """
    return call("equal", input, math.inf)  # type: ignore[no-any-return]


def isneginf(input: Any) -> Tensor:
    """Which entries are minus infinity.

    >>> sg.isneginf(sg.tensor([1.0, -float("inf")]))
    tensor([False,  True])
    """
    return call("equal", input, -math.inf)  # type: ignore[no-any-return]


def isreal(input: Any) -> Tensor:
    """Which entries have no imaginary part: of real dtypes all.

    >>> sg.isreal(sg.tensor([1.0, 2.0]))
    tensor([True, True])
    """
    return call("logical_or", call("equal", input, input), call("not_equal", input, input))  # type: ignore[no-any-return]


def logical_xor(input: Any, other: Any) -> Tensor:
    """Where one of two is true (not zero), and not the other.

    >>> sg.logical_xor(sg.tensor([True, True]), sg.tensor([True, False]))
    tensor([False,  True])
    """
    return call("not_equal", _truths(input), _truths(other))  # type: ignore[no-any-return]


def _truths(x: Any) -> Any:
    held = hasattr(raw(x), "dtype") and dtype_name(x) == "bool"
    return x if held or isinstance(x, bool) else call("not_equal", x, 0)


def clamp_min(input: Any, min: Any) -> Tensor:
    """``input``, and ``min`` where it is less.

    >>> sg.clamp_min(sg.tensor([-1.0, 1.0]), 0)
    tensor([0., 1.])
    """
    return clip(input, min=min)


def clamp_max(input: Any, max: Any) -> Tensor:
    """``input``, and ``max`` where it is more.

    >>> sg.clamp_max(sg.tensor([-1.0, 1.0]), 0)
    tensor([-1.,  0.])
    """
    return clip(input, max=max)


def fmax(input: Any, other: Any) -> Tensor:
    """The larger of two entries; of a number and NaN the number.

    >>> sg.fmax(sg.tensor([1.0, float("nan")]), sg.tensor([2.0, 3.0]))
    tensor([2., 3.])
    """
    return _but_nan("maximum", input, other)  # type: ignore[no-any-return]


def fmin(input: Any, other: Any) -> Tensor:
    """The smaller of two entries; of a number and NaN the number.

    >>> sg.fmin(sg.tensor([1.0, float("nan")]), sg.tensor([2.0, 3.0]))
    tensor([1., 3.])
    """
    return _but_nan("minimum", input, other)  # type: ignore[no-any-return]


def _but_nan(word: str, a: Any, b: Any) -> Any:
    mine, theirs = (call("where", call("isnan", x), y, x) for x, y in ((a, b), (b, a)))
    return call(word, mine, theirs)


def nan_to_num(
    input: Any, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
) -> Tensor:
    """Numbers in place of NaN and of infinities: 0 and the dtype's largest, or what is given.

    >>> sg.nan_to_num(sg.tensor([float("nan"), 1.0]))
    tensor([0., 1.])
    """
    if not is_floating(raw(input)):
        return call("clone", input)  # type: ignore[no-any-return]
    most = float(np.finfo(dtype_name(input)).max)
    upper, lower = (most if posinf is None else posinf), (-most if neginf is None else neginf)
    found = call("where", call("isnan", input), nan, input)
    found = call("where", isposinf(input), upper, found)
    return call("where", isneginf(input), lower, found)  # type: ignore[no-any-return]


@either_name
def nansum(input: Any, dim: Any = None, keepdim: bool = False) -> Tensor:
    """The sum of all entries, or over axes, NaN counting as 0.

    >>> sg.nansum(sg.tensor([1.0, float("nan")]))
    tensor(1.)
    """
    found = call("where", call("isnan", input), 0, input) if is_floating(raw(input)) else input
    return call("sum", found, axis=axes_of(dim), keepdims=keepdim)  # type: ignore[no-any-return]


@either_name
def nanmean(input: Any, dim: Any = None, keepdim: bool = False) -> Tensor:
    """The mean of the entries that are not NaN, of all or over axes.

    >>> sg.nanmean(sg.tensor([1.0, 3.0, float("nan")]))
    tensor(2.)
    """
    if not is_floating(raw(input)):
        raise DtypeError(
            compose(
                f"nanmean(): expected input to have floating point dtype, got {raw(input).dtype}",
                where=user_position(),
                mend="x.float() first",
            )
        )
    there = call("logical_not", call("isnan", input)).to(dtype=dtype_name(input))
    count = call("sum", there, axis=axes_of(dim), keepdims=keepdim)
    return call("divide", nansum(input, dim, keepdim), count)  # type: ignore[no-any-return]
