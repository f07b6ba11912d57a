"""Hyperbolic functions and their inverses; imports the grammar only."""

from __future__ import annotations

from typing import Any

from symgrad.grammar.domain import above_one, open_unit, positive, reals
from symgrad.grammar.primitive import elementwise

__all__ = ["acosh", "asinh", "atanh", "cosh", "sech2", "sinh", "tanh"]


@elementwise(domain=reals, spellings=("numpy.sinh",))
def sinh(xp: Any, x: Any) -> Any:
    r"""Hyperbolic sine, $\sinh x = (e^x - e^{-x}) / 2$.

    Takes   x: real array, any shape, a pure number; integers give the default float dtype.
    Gives   an array of x's shape and dtype; inf beyond |x| = 710 (float32: 89).
    Source  DLMF 4.28.1, https://dlmf.nist.gov/4.28

    >>> sg.sinh(sg.tensor([0.0, 1.0]))
    tensor([0.0000, 1.1752])
    """
    return xp.sinh(x)


@sinh.partial("x")
def _(xp: Any, x: Any) -> Any:
    return xp.cosh(x)


@elementwise(codomain=positive, domain=reals, spellings=("numpy.cosh",))
def cosh(xp: Any, x: Any) -> Any:
    r"""Hyperbolic cosine, $\cosh x = (e^x + e^{-x}) / 2$.

    Takes   x: real array, any shape, a pure number; integers give the default float dtype.
    Gives   an array of x's shape and dtype, 1 or more; inf beyond |x| = 710 (float32: 89).
    Source  DLMF 4.28.2, https://dlmf.nist.gov/4.28

    >>> sg.cosh(sg.tensor([0.0, 1.0]))
    tensor([1.0000, 1.5431])
    """
    return xp.cosh(x)


@cosh.partial("x")
def _(xp: Any, x: Any) -> Any:
    return xp.sinh(x)


@elementwise(codomain=open_unit, domain=reals, spellings=("numpy.tanh",))
def tanh(xp: Any, x: Any) -> Any:
    r"""Hyperbolic tangent, $\tanh x = \sinh x / \cosh x$.

    Takes   x: real array, any shape, a pure number; integers give the default float dtype.
    Gives   an array of x's shape and dtype, within [-1, 1].
    Limits  float64 rounds to +-1 beyond |x| = 19; the derivative keeps its digits to |x| = 354.
    Source  DLMF 4.28.4, https://dlmf.nist.gov/4.28

    >>> sg.tanh(sg.tensor([0.0, 1.0]))
    tensor([0.0000, 0.7616])
    """
    return xp.tanh(x)


@tanh.partial("x")
def _(xp: Any, x: Any) -> Any:
    return xp.sech2(x)


@elementwise(domain=reals, inner=True)
def sech2(xp: Any, x: Any) -> Any:
    r"""Slope of the hyperbolic tangent, $1 - \tanh^2 x = 1 / \cosh^2 x$.

    Takes   x: real array, any shape, a pure number.
    Gives   an array of x's shape and dtype, within [0, 1].
    Limits  float64 rounds to 0 beyond |x| = 373.
    Source  DLMF 4.35.11, https://dlmf.nist.gov/4.35

    >>> sg.rules.hyperbolic.sech2(sg.tensor([0.0, 1.0]))
    tensor([1.0000, 0.4200])
    """
    # Not 1 - tanh**2, which has no digits left at 19. Beyond 710 cosh is inf, and this is 0;
    # the root goes first, for cosh**2 would be inf from 355 on.
    r = xp.reciprocal(xp.cosh(x))
    return r * r


@sech2.formula
def _(xp: Any, x: Any) -> Any:
    t = xp.tanh(x)
    return 1 - t * t


@sech2.partial("x")
def _(xp: Any, y: Any, x: Any) -> Any:
    return -2 * xp.tanh(x) * y


@elementwise(domain=reals, spellings=("numpy.arcsinh", "numpy.asinh", "torch.arcsinh"))
def asinh(xp: Any, x: Any) -> Any:
    r"""Inverse hyperbolic sine, $\log(x + \sqrt{x^2 + 1})$.

    Takes   x: real array, any shape; integers give the default float dtype.
    Gives   an array of x's shape and dtype.
    Source  DLMF 4.37.16, https://dlmf.nist.gov/4.37

    >>> sg.asinh(sg.tensor([0.0, 1.0]))
    tensor([0.0000, 0.8814])
    """
    return xp.asinh(x)


@asinh.partial("x")
def _(xp: Any, g: Any, x: Any) -> Any:
    return g / xp.hypot(x, 1)


@elementwise(domain=above_one, spellings=("numpy.arccosh", "numpy.acosh", "torch.arccosh"))
def acosh(xp: Any, x: Any) -> Any:
    r"""Inverse hyperbolic cosine, $\log(x + \sqrt{x^2 - 1})$.

    Takes   x: array of 1 or more, any shape; integers give the default float dtype.
    Gives   an array of x's shape and dtype, 0 or more; nan below 1.
    Limits  the derivative is inf at 1.
    Source  DLMF 4.37.19, https://dlmf.nist.gov/4.37

    >>> sg.acosh(sg.tensor([1.0, 2.0]))
    tensor([0.0000, 1.3170])
    """
    return xp.acosh(x)


@acosh.partial("x")
def _(xp: Any, g: Any, x: Any) -> Any:
    # Two roots, for x * x overflows and x * x - 1 loses digits near 1.
    return g / (xp.sqrt(x - 1) * xp.sqrt(x + 1))


@elementwise(domain=open_unit, spellings=("numpy.arctanh", "numpy.atanh", "torch.arctanh"))
def atanh(xp: Any, x: Any) -> Any:
    r"""Inverse hyperbolic tangent, $\frac{1}{2} \log\frac{1 + x}{1 - x}$.

    Takes   x: array within (-1, 1), any shape; integers give the default float dtype.
    Gives   an array of x's shape and dtype; inf at the ends, nan outside.
    Source  DLMF 4.37.24, https://dlmf.nist.gov/4.37

    >>> sg.atanh(sg.tensor([0.0, 0.5]))
    tensor([0.0000, 0.5493])
    """
    return xp.atanh(x)


@atanh.partial("x")
def _(xp: Any, g: Any, x: Any) -> Any:
    return g / xp.one_minus_square(x)
