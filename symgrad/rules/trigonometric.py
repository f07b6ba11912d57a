"""Circular functions, their inverses, and the plane's radius and angle; imports the grammar only.

The words that no one types stand behind derivatives: they keep their digits, to any order, only
if ``1 - x**2``, ``a / hypot(a, b)`` and their like are differentiated as wholes.
"""

from __future__ import annotations

from typing import Any

from symgrad.grammar.domain import nonzero, open_unit, reals, tangent_domain
from symgrad.grammar.primitive import elementwise

__all__ = [
    "acos", "angle_slope", "asin", "atan", "atan2", "atan_slope", "cos", "direction", "hypot",
    "one_minus_square", "sin", "tan",
]  # fmt: skip


@elementwise(domain=reals, spellings=("numpy.sin",))
def sin(xp: Any, x: Any) -> Any:
    r"""Sine, $\sin x$.

    Takes   x: real array, any shape, in radians; integers give the default float dtype.
    Gives   an array of x's shape and dtype, within [-1, 1].
    Source  DLMF 4.14.1, https://dlmf.nist.gov/4.14

    >>> sg.sin(sg.tensor([0.0, 1.0]))
    tensor([0.0000, 0.8415])
    """
    return xp.sin(x)


@sin.partial("x")
def _(xp: Any, x: Any) -> Any:
    return xp.cos(x)


@elementwise(domain=reals, spellings=("numpy.cos",))
def cos(xp: Any, x: Any) -> Any:
    r"""Cosine, $\cos x$.

    Takes   x: real array, any shape, in radians; integers give the default float dtype.
    Gives   an array of x's shape and dtype, within [-1, 1].
    Source  DLMF 4.14.2, https://dlmf.nist.gov/4.14

    >>> sg.cos(sg.tensor([0.0, 1.0]))
    tensor([1.0000, 0.5403])
    """
    return xp.cos(x)


@cos.partial("x")
def _(xp: Any, x: Any) -> Any:
    return -xp.sin(x)


@elementwise(domain=tangent_domain, spellings=("numpy.tan",))
def tan(xp: Any, x: Any) -> Any:
    r"""Tangent, $\tan x = \sin x / \cos x$.

    Takes   x: real array, any shape, in radians; integers give the default float dtype.
    Gives   an array of x's shape and dtype.
    Limits  the poles at odd multiples of pi/2 are no floats, so it is large there, never inf.
    Source  DLMF 4.14.4, https://dlmf.nist.gov/4.14

    >>> sg.tan(sg.tensor([0.0, 1.0]))
    tensor([0.0000, 1.5574])
    """
    return xp.tan(x)


@tan.partial("x")
def _(y: Any) -> Any:
    return 1 + y * y


@elementwise(domain=open_unit, spellings=("numpy.arcsin", "numpy.asin", "torch.arcsin"))
def asin(xp: Any, x: Any) -> Any:
    r"""Inverse sine, $\arcsin x$.

    Takes   x: array within [-1, 1], any shape; integers give the default float dtype.
    Gives   an array of x's shape and dtype, within [-pi/2, pi/2]; nan outside the domain.
    Limits  the derivative is inf at -1 and 1.
    Source  DLMF 4.24.7, https://dlmf.nist.gov/4.24

    >>> sg.asin(sg.tensor([0.0, 1.0]))
    tensor([0.0000, 1.5708])
    """
    return xp.asin(x)


@asin.partial("x")
def _(xp: Any, g: Any, x: Any) -> Any:
    return g / xp.sqrt(xp.one_minus_square(x))


@elementwise(domain=open_unit, spellings=("numpy.arccos", "numpy.acos", "torch.arccos"))
def acos(xp: Any, x: Any) -> Any:
    r"""Inverse cosine, $\arccos x$.

    Takes   x: array within [-1, 1], any shape; integers give the default float dtype.
    Gives   an array of x's shape and dtype, within [0, pi]; nan outside the domain.
    Limits  the derivative is -inf at -1 and 1.
    Source  DLMF 4.24.8, https://dlmf.nist.gov/4.24

    >>> sg.acos(sg.tensor([0.0, 1.0]))
    tensor([1.5708, 0.0000])
    """
    return xp.acos(x)


@acos.partial("x")
def _(xp: Any, g: Any, x: Any) -> Any:
    return -g / xp.sqrt(xp.one_minus_square(x))


@elementwise(domain=reals, inner=True)
def one_minus_square(xp: Any, x: Any) -> Any:
    r"""What a square leaves of one, $1 - x^2$, with all its digits near -1 and 1.

    Takes   x: real array, any shape.
    Gives   an array of x's shape and dtype.
    Source  the factors 1 - x and 1 + x, each correctly rounded.

    >>> sg.rules.trigonometric.one_minus_square(sg.tensor([0.0, 0.5]))
    tensor([1.0000, 0.7500])
    """
    return (1 - x) * (1 + x)


@one_minus_square.formula
def _(xp: Any, x: Any) -> Any:
    return 1 - x * x


@one_minus_square.partial("x")
def _(x: Any) -> Any:
    return -2 * x


@elementwise(domain=reals, spellings=("numpy.arctan", "numpy.atan", "torch.arctan"))
def atan(xp: Any, x: Any) -> Any:
    r"""Inverse tangent, $\arctan x$.

    Takes   x: real array, any shape; integers give the default float dtype.
    Gives   an array of x's shape and dtype, within [-pi/2, pi/2].
    Source  DLMF 4.24.9, https://dlmf.nist.gov/4.24

    >>> sg.atan(sg.tensor([0.0, 1.0]))
    tensor([0.0000, 0.7854])
    """
    return xp.atan(x)


@atan.partial("x")
def _(xp: Any, x: Any) -> Any:
    return xp.atan_slope(x)


@elementwise(domain=reals, inner=True)
def atan_slope(xp: Any, x: Any) -> Any:
    r"""Slope of the inverse tangent, $1 / (1 + x^2)$, without overflow of the square.

    Takes   x: real array, any shape.
    Gives   an array of x's shape and dtype, within [0, 1].
    Source  DLMF 4.24.9, https://dlmf.nist.gov/4.24

    >>> sg.rules.trigonometric.atan_slope(sg.tensor([0.0, 1.0]))
    tensor([1.0000, 0.5000])
    """
    # Numerator and denominator over the larger of x**2 and 1, so that neither leaves the range.
    m = 1 / xp.maximum(xp.abs(x), 1)
    p = x * m
    m = m * m
    return m / (m + p * p)


@atan_slope.formula
def _(xp: Any, x: Any) -> Any:
    return 1 / (1 + x * x)


@atan_slope.partial("x")
def _(y: Any, x: Any) -> Any:
    # y * y would underflow from x = 1e81 on, long before the product does.
    return -2 * (x * y) * y


@elementwise(domain=nonzero, spellings=("numpy.hypot",))
def hypot(xp: Any, a: Any, b: Any) -> Any:
    r"""Distance from the origin, $\sqrt{a^2 + b^2}$, without overflow of the squares.

    Takes   a, b: real arrays of shapes that broadcast, or numbers.
    Gives   an array of the broadcast shape and the promoted dtype, 0 or more.
    Limits  the derivative at a = b = 0 is nan, as PyTorch's.
    Source  the definition.

    >>> sg.hypot(sg.tensor([3.0, 5.0]), sg.tensor([4.0, 12.0]))
    tensor([ 5., 13.])
    """
    return xp.hypot(a, b)


@hypot.formula
def _(xp: Any, a: Any, b: Any) -> Any:
    return xp.sqrt(a * a + b * b)


@hypot.partial("a")
def _(xp: Any, a: Any, b: Any) -> Any:
    return xp.direction(a, b)


@hypot.partial("b")
def _(xp: Any, a: Any, b: Any) -> Any:
    return xp.direction(b, a)


@elementwise(domain=nonzero, inner=True)
def direction(xp: Any, a: Any, b: Any) -> Any:
    r"""First coordinate of the unit vector along (a, b), $a / \sqrt{a^2 + b^2}$.

    Takes   a, b: real arrays of shapes that broadcast, or numbers.
    Gives   an array of the broadcast shape and the promoted dtype, within [-1, 1].
    Limits  nan at a = b = 0.
    Source  the quotient rule, its cancelling terms joined.

    >>> sg.rules.trigonometric.direction(sg.tensor([3.0, 5.0]), sg.tensor([4.0, 12.0]))
    tensor([0.6000, 0.3846])
    """
    return a / xp.hypot(a, b)


@direction.partial("a")
def _(xp: Any, g: Any, a: Any, b: Any) -> Any:
    across = xp.direction(b, a)
    return g * across * (across / xp.hypot(a, b))


@direction.partial("b")
def _(xp: Any, g: Any, y: Any, a: Any, b: Any) -> Any:
    return -g * y * (xp.direction(b, a) / xp.hypot(a, b))


@elementwise(domain=nonzero, spellings=("numpy.arctan2", "numpy.atan2", "torch.arctan2"))
def atan2(xp: Any, a: Any, b: Any) -> Any:
    r"""Angle of the point at height a and abscissa b, $\arg(b + i a)$.

    Takes   a, b: real arrays of shapes that broadcast, or numbers; the height comes first.
    Gives   an array of the broadcast shape and the promoted dtype, within [-pi, pi].
    Limits  it jumps by 2 pi across a = 0 where b < 0; at a = b = 0 the derivative is taken as 0.
    Source  the convention is PyTorch's; DLMF 4.23.36, https://dlmf.nist.gov/4.23

    >>> sg.atan2(sg.tensor([1.0, 1.0]), sg.tensor([1.0, -1.0]))
    tensor([0.7854, 2.3562])
    """
    return xp.atan2(a, b)


@atan2.partial("a")
def _(xp: Any, a: Any, b: Any) -> Any:
    return xp.angle_slope(a, b)


@atan2.partial("b")
def _(xp: Any, a: Any, b: Any) -> Any:
    return -xp.angle_slope(b, a)


@elementwise(domain=nonzero, inner=True)
def angle_slope(xp: Any, a: Any, b: Any) -> Any:
    r"""Slope of the angle in the height, $b / (a^2 + b^2)$, taken as 0 at the origin.

    Takes   a, b: real arrays of shapes that broadcast, or numbers.
    Gives   an array of the broadcast shape and the promoted dtype.
    Source  the chain rule; the mask keeps 0 / 0 away at a = b = 0.

    >>> sg.rules.trigonometric.angle_slope(sg.tensor([3.0, 0.0]), sg.tensor([4.0, 0.0]))
    tensor([0.1600, 0.0000])
    """
    h = xp.hypot(a, b)
    h = xp.where(xp.equal(h, 0), 1, h)
    return b / h / h


@angle_slope.formula
def _(xp: Any, a: Any, b: Any) -> Any:
    return b / (a * a + b * b)


@angle_slope.partial("a")
def _(xp: Any, y: Any, a: Any, b: Any) -> Any:
    return -2 * y * xp.angle_slope(b, a)


@angle_slope.partial("b")
def _(xp: Any, y: Any, a: Any, b: Any) -> Any:
    other = xp.angle_slope(b, a)
    return (other - y) * (other + y)
