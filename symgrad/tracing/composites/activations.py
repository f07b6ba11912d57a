"""Activations of ``nn.functional`` that are made of rules; the face lists them.

At kinks the slope is PyTorch's. A branch that could overflow is read at a bounded argument, so
that the other branch's gradient is never lost in it.
"""

from __future__ import annotations

import math
from typing import Any

from symgrad.errors import AxisError, ShapeError, TraceError, compose, user_position
from symgrad.tracing.calling import call, either_name, entries_at, shape_of
from symgrad.tracing.composites.scaled import times
from symgrad.tracing.dtypes import axis_of, is_floating
from symgrad.tracing.tensor import Tensor
from symgrad.tracing.traced import raw
from symgrad.tracing.writing import write


def _finished(x: Any, compute: Any, inplace: bool, name: str) -> Tensor:
    """The result, or, where asked for in place, x with it."""
    return write(x, compute, f"{name}_") if inplace else compute(x)


def _signed(x: Any, above: Any, below: Any) -> Any:
    """``above`` where x is positive, else ``below``."""
    return call("where", call("greater", x, 0), above, below)


def _whole(x: Any, number: float) -> float:
    """A number beside integers: one of them, where it is whole."""
    fractions = not hasattr(raw(x), "dtype") or is_floating(raw(x))
    return number if fractions or not float(number).is_integer() else int(number)


def _upto_zero(x: Any) -> Any:
    return call("clip", x, min=None, max=0)


def relu(input: Any, inplace: bool = False) -> Tensor:
    """The positive part; slope 0 at 0.

    >>> sg.nn.functional.relu(sg.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """
    return _finished(input, lambda x: call("relu", x), inplace, "relu")


def leaky_relu(input: Any, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """Positive entries as they are, others times ``negative_slope``.

    >>> sg.nn.functional.leaky_relu(sg.tensor([-1.0, 2.0]))
    tensor([-0.0100,  2.0000])
    """

    def compute(x: Any) -> Any:
        return _signed(x, x, call("multiply", x, negative_slope))

    return _finished(input, compute, inplace, "leaky_relu")


def prelu(input: Any, weight: Any) -> Tensor:
    """Positive entries as they are, others times a weight: one for all, or one for each channel.

    Takes   weight: a vector; channels are the second axis of input.
    Raises  ShapeError where there is not one weight a channel.

    >>> sg.nn.functional.prelu(sg.tensor([[-1.0, 2.0]]), sg.tensor([0.5]))
    tensor([[-0.5000,  2.0000]])
    """
    count, shape = math.prod(shape_of(weight)), shape_of(input)
    if count != 1:
        channels = shape[1] if len(shape) > 1 else 1
        if count != channels:
            raise ShapeError(
                compose(
                    "Mismatch of parameter numbers and input channel size. Found parameter numbers "
                    f"= {count} and channel size = {channels}.",
                    where=user_position(),
                )
            )
        weight = call("reshape", weight, shape=(1, count, *(1,) * (len(shape) - 2)))
    elif len(shape_of(weight)) > len(shape):
        weight = call("reshape", weight, shape=(1,) * len(shape))
    return _signed(input, input, call("multiply", weight, input))  # type: ignore[no-any-return]


def elu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """Positive entries as they are, others alpha (exp(x) - 1).

    >>> sg.nn.functional.elu(sg.tensor([-1.0, 2.0]))
    tensor([-0.6321,  2.0000])
    """

    def compute(x: Any) -> Any:
        return _signed(x, x, times(call("expm1", _upto_zero(x)), alpha))

    return _finished(input, compute, inplace, "elu")


def celu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """Positive entries as they are, others alpha (exp(x / alpha) - 1).

    >>> sg.nn.functional.celu(sg.tensor([-1.0, 2.0]), alpha=2.0)
    tensor([-0.7869,  2.0000])
    """
    if alpha == 0:
        raise ShapeError(compose("ZeroDivisionError for CELU: alpha is 0", where=user_position()))

    def compute(x: Any) -> Any:
        grown = call("expm1", call("divide", _upto_zero(x), alpha))
        return _signed(x, x, times(grown, alpha))

    return _finished(input, compute, inplace, "celu")


def selu(input: Any, inplace: bool = False) -> Tensor:
    """``elu`` with the two constants that keep mean 0 and variance 1.

    Source  Klambauer et al., Self-Normalizing Neural Networks, https://arxiv.org/abs/1706.02515

    >>> sg.nn.functional.selu(sg.tensor([-1.0, 2.0]))
    tensor([-1.1113,  2.1014])
    """
    alpha, scale = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946

    def compute(x: Any) -> Any:
        return times(elu(x, alpha), scale)

    return _finished(input, compute, inplace, "selu")


def gelu(input: Any, approximate: str = "none") -> Tensor:
    """The Gaussian error linear unit, in its approximation by tanh.

    Limits  approximate="none" needs erf, which has no rule yet.
    Raises  TraceError for it.

    >>> sg.nn.functional.gelu(sg.tensor([-1.0, 2.0]), approximate="tanh")
    tensor([-0.1588,  1.9546])
    """
    if approximate != "tanh":
        raise TraceError(
            compose(
                "gelu(approximate='none') is made of erf, which has no rule here.",
                where=user_position(),
                mend="gelu(x, approximate='tanh') is within 5e-4 of it",
            )
        )
    cubed = call("multiply", call("power", input, 3), 0.044715)
    inner = call("multiply", call("add", input, cubed), math.sqrt(2 / math.pi))
    grown = call("add", 1, call("tanh", inner))
    return call("multiply", call("multiply", input, 0.5), grown)  # type: ignore[no-any-return]


def silu(input: Any, inplace: bool = False) -> Tensor:
    """``x * sigmoid(x)``.

    >>> sg.nn.functional.silu(sg.tensor([-1.0, 2.0]))
    tensor([-0.2689,  1.7616])
    """

    def compute(x: Any) -> Any:
        return call("multiply", x, call("sigmoid", x))

    return _finished(input, compute, inplace, "silu")


def mish(input: Any, inplace: bool = False) -> Tensor:
    """``x * tanh(softplus(x))``.

    >>> sg.nn.functional.mish(sg.tensor([-1.0, 2.0]))
    tensor([-0.3034,  1.9440])
    """

    def compute(x: Any) -> Any:
        return call("multiply", x, call("tanh", call("softplus", x)))

    return _finished(input, compute, inplace, "mish")


def softplus(input: Any, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """``log(1 + exp(beta x)) / beta``, a smooth relu.

    Takes   threshold: where beta x is above it the result is x itself.
    Limits  with the defaults the exact rule is used, which is within 3e-9 of x there.

    >>> sg.nn.functional.softplus(sg.tensor([0.0, 100.0]))
    tensor([  0.6931, 100.0000])
    """
    if beta == 1 and threshold == 20:
        return call("softplus", input)  # type: ignore[no-any-return]
    scaled = times(input, beta)
    smooth = call("divide", call("softplus", scaled), beta)
    return call("where", call("greater", scaled, threshold), input, smooth)  # type: ignore[no-any-return]


def softsign(input: Any) -> Tensor:
    """``x / (1 + |x|)``.

    >>> sg.nn.functional.softsign(sg.tensor([-1.0, 3.0]))
    tensor([-0.5000,  0.7500])
    """
    return call("divide", input, call("add", call("abs", input), 1))  # type: ignore[no-any-return]


def tanhshrink(input: Any) -> Tensor:
    """``x - tanh(x)``.

    >>> sg.nn.functional.tanhshrink(sg.tensor([0.0, 1.0]))
    tensor([0.0000, 0.2384])
    """
    return call("subtract", input, call("tanh", input))  # type: ignore[no-any-return]


def logsigmoid(input: Any) -> Tensor:
    """The logarithm of sigmoid, without overflow.

    >>> sg.nn.functional.logsigmoid(sg.tensor([0.0, -1000.0]))
    tensor([-6.9315e-01, -1.0000e+03])
    """
    return call("negative", call("softplus", call("negative", input)))  # type: ignore[no-any-return]


def hardtanh(
    input: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False
) -> Tensor:
    """Entries kept within two bounds; slope 0 at the bounds.

    Raises  ShapeError for bounds that are not in order.

    >>> sg.nn.functional.hardtanh(sg.tensor([-2.0, 0.5]))
    tensor([-1.0000,  0.5000])
    """
    if min_val > max_val:
        raise ShapeError(compose("min_val cannot be greater than max_val", where=user_position()))

    low_bound, high_bound = (_whole(input, v) for v in (min_val, max_val))

    def compute(x: Any) -> Any:
        low = call("where", call("less_equal", x, min_val), low_bound, x)
        return call("where", call("greater_equal", x, max_val), high_bound, low)

    return _finished(input, compute, inplace, "hardtanh")


def relu6(input: Any, inplace: bool = False) -> Tensor:
    """Entries kept within 0 and 6; slope 0 at the bounds.

    >>> sg.nn.functional.relu6(sg.tensor([-2.0, 0.5, 9.0]))
    tensor([0.0000, 0.5000, 6.0000])
    """
    return hardtanh(input, 0.0, 6.0, inplace)


def hardsigmoid(input: Any, inplace: bool = False) -> Tensor:
    """A sigmoid of three straight lines: ``relu6(x + 3) / 6``.

    >>> sg.nn.functional.hardsigmoid(sg.tensor([-4.0, 0.0, 4.0]))
    tensor([0.0000, 0.5000, 1.0000])
    """

    def compute(x: Any) -> Any:
        return call("divide", relu6(call("add", x, 3)), 6)

    return _finished(input, compute, inplace, "hardsigmoid")


def hardswish(input: Any, inplace: bool = False) -> Tensor:
    """``x * hardsigmoid(x)``.

    >>> sg.nn.functional.hardswish(sg.tensor([-4.0, 0.0, 4.0]))
    tensor([-0., 0., 4.])
    """

    def compute(x: Any) -> Any:
        inner = call("divide", call("multiply", x, call("add", x, 3)), 6)
        low = call("where", call("less_equal", x, -3), call("multiply", x, 0), inner)
        return call("where", call("greater_equal", x, 3), x, low)

    return _finished(input, compute, inplace, "hardswish")


def hardshrink(input: Any, lambd: float = 0.5) -> Tensor:
    """Entries within ``lambd`` of 0 become 0.

    >>> sg.nn.functional.hardshrink(sg.tensor([-1.0, 0.25]))
    tensor([-1.,  0.])
    """
    near = call("less_equal", call("abs", input), lambd)
    return call("where", near, 0, input)  # type: ignore[no-any-return]


def softshrink(input: Any, lambd: float = 0.5) -> Tensor:
    """Entries moved by ``lambd`` toward 0, and 0 where they are nearer.

    Raises  ShapeError for a negative ``lambd``.

    >>> sg.nn.functional.softshrink(sg.tensor([-1.0, 0.25]))
    tensor([-0.5000,  0.0000])
    """
    if lambd < 0:
        raise ShapeError(
            compose(
                f"lambda must be greater or equal to 0, but found to be {lambd}.",
                where=user_position(),
            )
        )
    near = call("less_equal", input, lambd)
    upper = call("where", near, 0, call("subtract", input, lambd))
    return call("where", call("less", input, -lambd), call("add", input, lambd), upper)  # type: ignore[no-any-return]


def threshold(input: Any, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """Entries above the threshold as they are, others ``value``.

    >>> sg.nn.functional.threshold(sg.tensor([-1.0, 2.0]), 0, 20)
    tensor([20.,  2.])
    """

    def compute(x: Any) -> Any:
        return call("where", call("greater", x, threshold), x, _whole(x, value))

    return _finished(input, compute, inplace, "threshold")


@either_name
def glu(input: Any, dim: int = -1) -> Tensor:
    """The first half along an axis times the sigmoid of the second.

    Raises  ShapeError for an odd size, AxisError for a 0-d tensor.

    >>> sg.nn.functional.glu(sg.tensor([4.0, 0.0]))
    tensor([2.])
    """
    if not shape_of(input):
        raise AxisError(
            compose("glu does not support scalars because halving size must be even",
                    where=user_position())
        )  # fmt: skip
    axis = axis_of(dim, len(shape_of(input)))
    n = shape_of(input)[axis]
    if n % 2:
        raise ShapeError(
            compose(
                f"Halving dimension must be even, but dimension {axis} is size {n}",
                where=user_position(),
            )
        )
    first, second = (entries_at(input, axis, s) for s in (slice(n // 2), slice(n // 2, None)))
    return call("multiply", first, call("sigmoid", second))  # type: ignore[no-any-return]


@either_name
def softmin(input: Any, dim: int = -1) -> Tensor:
    """``softmax`` of the negative.

    >>> sg.nn.functional.softmin(sg.tensor([0.0, 0.0]))
    tensor([0.5000, 0.5000])
    """
    return call("softmax", call("negative", input), axis=dim)  # type: ignore[no-any-return]


def _normal(word: str) -> Any:
    def function(input: Any, dim: int | None = None, *, dtype: Any = None) -> Tensor:
        if dtype is not None:
            input = input.to(dtype=dtype)
        ndim = len(shape_of(input))
        axis = dim if dim is not None else 0 if ndim in (0, 1, 3) else 1
        return call(word, input, axis=axis)  # type: ignore[no-any-return]

    function.__name__ = function.__qualname__ = word
    what = "Shares that add up to 1" if word == "softmax" else "The logarithm of softmax"
    function.__doc__ = f"""{what}, along an axis.

    Takes   dim: the axis; dtype: what the input is cast to first.

    >>> sg.nn.functional.{word}(sg.tensor([0.0, 0.0]), dim=0).exp().sum() > 0
    tensor(True)
    """
    return either_name(function)


softmax, log_softmax = _normal("softmax"), _normal("log_softmax")
