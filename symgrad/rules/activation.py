"""Activations of neural networks, entry by entry; imports the grammar only.

``sigmoid``, ``sigmoid_slope`` and ``tanh_half`` are closed under differentiation by products, so
that no order subtracts nearly equal numbers.
"""

from __future__ import annotations

from typing import Any

from symgrad.grammar.domain import kink_at_zero, nonnegative, positive, reals, shares
from symgrad.grammar.primitive import elementwise

__all__ = ["relu", "sigmoid", "sigmoid_slope", "softplus", "step", "tanh_half"]


@elementwise(codomain=shares, domain=reals, notation="σ")
def sigmoid(xp: Any, x: Any) -> Any:
    r"""Logistic function, $\sigma(x) = 1 / (1 + e^{-x})$.

    Takes   x: real array, any shape, a pure number; integers give the default float dtype.
    Gives   an array of x's shape and dtype, within [0, 1].
    Limits  float64 rounds to 1 beyond x = 37; the derivative keeps its digits to |x| = 708.
    Source  the definition.

    >>> sg.sigmoid(sg.tensor([0.0, 2.0]))
    tensor([0.5000, 0.8808])
    """
    # Above 0 as 1 / (1 + e^-x), below as e^x / (1 + e^x): neither exponential can overflow.
    return xp.exp(xp.minimum(x, 0)) / (1 + xp.exp(-xp.abs(x)))


@sigmoid.formula
def _(xp: Any, x: Any) -> Any:
    return 1 / (1 + xp.exp(-x))


@sigmoid.partial("x")
def _(xp: Any, x: Any) -> Any:
    return xp.sigmoid_slope(x)


@elementwise(domain=reals, inner=True)
def sigmoid_slope(xp: Any, x: Any) -> Any:
    r"""Slope of the logistic function, $\sigma(x)\,\sigma(-x)$.

    Takes   x: real array, any shape, a pure number.
    Gives   an array of x's shape and dtype, within [0, 1/4].
    Source  the quotient rule.

    >>> sg.rules.activation.sigmoid_slope(sg.tensor([0.0, 2.0]))
    tensor([0.2500, 0.1050])
    """
    t = xp.exp(-xp.abs(x))
    s = 1 + t
    return t / (s * s)


@sigmoid_slope.formula
def _(xp: Any, x: Any) -> Any:
    return xp.sigmoid(x) * xp.sigmoid(-x)


@sigmoid_slope.partial("x")
def _(xp: Any, y: Any, x: Any) -> Any:
    # The product rule on the formula would subtract sigmoid(x) from sigmoid(-x): nothing near 0.
    return -y * xp.tanh_half(x)


@elementwise(domain=reals, inner=True)
def tanh_half(xp: Any, x: Any) -> Any:
    r"""Hyperbolic tangent of the half, $\tanh(x/2) = 2\sigma(x) - 1$.

    Takes   x: real array, any shape, a pure number.
    Gives   an array of x's shape and dtype, within [-1, 1].
    Source  the definition.

    >>> sg.rules.activation.tanh_half(sg.tensor([0.0, 2.0]))
    tensor([0.0000, 0.7616])
    """
    return xp.tanh(x / 2)


@tanh_half.formula
def _(xp: Any, x: Any) -> Any:
    return 2 * xp.sigmoid(x) - 1


@tanh_half.partial("x")
def _(xp: Any, x: Any) -> Any:
    return 2 * xp.sigmoid_slope(x)


@elementwise(codomain=positive, domain=reals, method=False)
def softplus(xp: Any, x: Any) -> Any:
    r"""Smooth ramp, $\log(1 + e^x)$.

    Takes   x: real array, any shape, a pure number; integers give the default float dtype.
    Gives   an array of x's shape and dtype, 0 or more.
    Source  the definition; the derivative is the logistic function.

    >>> sg.softplus(sg.tensor([0.0, 2.0]))
    tensor([0.6931, 2.1269])
    """
    return xp.maximum(x, 0) + xp.log1p(xp.exp(-xp.abs(x)))


@softplus.formula
def _(xp: Any, x: Any) -> Any:
    return xp.log(1 + xp.exp(x))


@softplus.partial("x")
def _(xp: Any, x: Any) -> Any:
    return xp.sigmoid(x)


@elementwise(selects=True, codomain=nonnegative, domain=kink_at_zero, integers=True)
def relu(xp: Any, x: Any) -> Any:
    r"""Ramp: $x$ where it is above 0, else 0.

    Takes   x: real array, any shape.
    Gives   an array of x's shape and dtype, 0 or more.
    Limits  at 0 the derivative is taken as 0.
    Source  the definition; the convention is PyTorch's.

    >>> sg.relu(sg.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """
    return xp.maximum(x, 0)


@relu.formula
def _(xp: Any, x: Any) -> Any:
    return xp.where(xp.greater(x, 0), x, 0)


@relu.partial("x")
def _(xp: Any, g: Any, x: Any) -> Any:
    return xp.masked(g, xp.step(x))


@elementwise(codomain=nonnegative, domain=kink_at_zero, integers=True, inner=True)
def step(xp: Any, x: Any) -> Any:
    r"""Mask of what is above 0: 1 where $x > 0$, else 0.

    Takes   x: real array, any shape.
    Gives   an array of x's shape and dtype.
    Limits  the derivative is 0 everywhere, at the jump too.
    Source  the definition.

    >>> sg.rules.activation.step(sg.tensor([-1.0, 0.0, 2.0]))
    tensor([0., 0., 1.])
    """
    return xp.cast(xp.greater(x, 0), dtype=x.dtype)


@step.formula
def _(xp: Any, x: Any) -> Any:
    one = xp.ones_like(x)
    return xp.where(xp.greater(x, 0), one, 0 * one)


@step.partial("x")
def _() -> Any:
    return 0
