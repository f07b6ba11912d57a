"""Powers and roots, and what their derivatives are made of; imports the grammar only."""

from __future__ import annotations

from typing import Any

from symgrad.grammar.domain import case, nonnegative, positive, reals
from symgrad.grammar.primitive import elementwise

__all__ = ["power", "power_log", "power_number", "power_slope", "sqrt", "square", "xlogy"]


@elementwise(domain=reals, integers=True, grad_fn="PowBackward0", spellings=("numpy.square",))
def square(xp: Any, x: Any) -> Any:
    r"""Square, $x^2$.

    Takes   x: real array, any shape.
    Gives   an array of x's shape and dtype.
    Source  the power rule.

    >>> sg.square(sg.tensor([1.0, -3.0]))
    tensor([1., 9.])
    """
    return x * x


@square.partial("x")
def _(x: Any) -> Any:
    return 2 * x


@elementwise(domain=nonnegative, spellings=("numpy.sqrt",))
def sqrt(xp: Any, x: Any) -> Any:
    r"""Square root, $\sqrt{x}$.

    Takes   x: real array, any shape, 0 or more; integers give the default float dtype.
    Gives   an array of x's shape and dtype; nan below 0.
    Limits  the derivative is inf at 0.
    Source  the power rule.

    >>> sg.sqrt(sg.tensor([1.0, 4.0]))
    tensor([1., 2.])
    """
    return xp.sqrt(x)


@sqrt.partial("x")
def _(g: Any, y: Any) -> Any:
    return g / (y + y)


@elementwise(
    domain=reals, grad_fn="PowBackward0", cases=tuple(
        case((2, 3), exponent=p) for p in (0, 1, 2, 3, 5)
    ), inner=True, integers=True,
)  # fmt: skip
def power_number(xp: Any, x: Any, *, exponent: float) -> Any:
    r"""Power with a number as exponent, $x^p$.

    Takes   x: real array, any shape; exponent: a Python number (not a tensor).
    Gives   an array of x's shape; nan where x < 0 and p is not an integer.
    Source  the power rule.

    >>> sg.tensor([1.0, 3.0]) ** 2
    tensor([1., 9.])
    """
    return x**exponent


@power_number.partial("x")
def _(x: Any, exponent: float) -> Any:
    return exponent * x ** (exponent - 1) if exponent else 0 * x


@elementwise(
    domain=(positive, reals),
    integers=True,
    grad_fn="PowBackward1",
    spellings=("numpy.power", "torch.pow", "array_api.pow"),
)
def power(xp: Any, a: Any, b: Any) -> Any:
    r"""Power with an array as exponent, $a^b$.

    Takes   a, b: real arrays of shapes that broadcast, or numbers; a > 0 unless b is an integer.
    Gives   an array of the broadcast shape and the promoted dtype.
    Limits  the derivative in b is nan where a < 0; at a = b = 0 both derivatives are 0; integers
            take no negative integer powers.
    Source  DLMF 4.2.26, https://dlmf.nist.gov/4.2

    >>> sg.power(sg.tensor([2.0, 3.0]), sg.tensor([3.0, 2.0]))
    tensor([8., 9.])
    """
    return xp.power(a, b)


@power.partial("a")
def _(xp: Any, a: Any, b: Any) -> Any:
    return xp.power_slope(a, b)


@power.partial("b")
def _(xp: Any, a: Any, b: Any) -> Any:
    return xp.power_log(a, b)


power.when_number("b", power_number, "exponent")


@elementwise(domain=(positive, reals), inner=True)
def power_slope(xp: Any, a: Any, b: Any) -> Any:
    r"""Slope of a power in its base, $b\,a^{b-1}$, taken as 0 where $b = 0$.

    Takes   a, b: real arrays of shapes that broadcast.
    Gives   an array of the broadcast shape and the promoted dtype.
    Source  the power rule; the mask keeps 0 * inf away at a = b = 0.

    >>> sg.rules.powers.power_slope(sg.tensor([2.0, 2.0]), sg.tensor([3.0, 0.0]))
    tensor([12.,  0.])
    """
    return xp.where(xp.equal(b, 0), 0 * b, b * xp.power(a, b - 1))


@power_slope.formula
def _(xp: Any, a: Any, b: Any) -> Any:
    return b * xp.power(a, b - 1)


@power_slope.partial("a")
def _(xp: Any, a: Any, b: Any) -> Any:
    return b * xp.power_slope(a, b - 1)


@power_slope.partial("b")
def _(xp: Any, a: Any, b: Any) -> Any:
    return xp.power(a, b - 1) * (1 + b * xp.log(a))


@elementwise(domain=(positive, reals), inner=True)
def power_log(xp: Any, a: Any, b: Any) -> Any:
    r"""Slope of a power in its exponent, $a^b \log a$, taken as 0 where $a = 0$ and $b \ge 0$.

    Takes   a, b: real arrays of shapes that broadcast.
    Gives   an array of the broadcast shape and the promoted dtype.
    Source  DLMF 4.2.26; at a = b = 0 the convention is PyTorch's.

    >>> sg.rules.powers.power_log(sg.tensor([1.0, 0.0]), sg.tensor([3.0, 0.0]))
    tensor([0., 0.])
    """
    y = xp.power(a, b)
    dead = xp.logical_and(xp.equal(a, 0), xp.greater_equal(b, 0))
    return xp.xlogy(y, xp.where(dead, xp.ones_like(y), a))


@power_log.formula
def _(xp: Any, a: Any, b: Any) -> Any:
    return xp.power(a, b) * xp.log(a)


@power_log.partial("a")
def _(xp: Any, a: Any, b: Any) -> Any:
    return xp.power(a, b - 1) * (1 + b * xp.log(a))


@power_log.partial("b")
def _(xp: Any, a: Any, b: Any) -> Any:
    return xp.xlogy(xp.power_log(a, b), a)


@elementwise(domain=(reals, positive))
def xlogy(xp: Any, a: Any, b: Any) -> Any:
    r"""Product with a logarithm, $a \log b$, 0 where $a = 0$.

    Takes   a: real array; b: positive array; shapes that broadcast.
    Gives   an array of the broadcast shape and the promoted dtype.
    Source  scipy.special.xlogy; the limit of a log b at a = 0.

    >>> sg.xlogy(sg.tensor([0.0, 2.0]), sg.tensor([0.0, 1.0]))
    tensor([0., 0.])
    """
    dead = xp.equal(a, 0)
    return xp.where(dead, 0 * a, a * xp.log(xp.where(dead, b * 0 + 1, b)))


@xlogy.formula
def _(xp: Any, a: Any, b: Any) -> Any:
    return a * xp.log(b)


@xlogy.partial("a")
def _(xp: Any, b: Any) -> Any:
    return xp.log(b)


@xlogy.partial("b")
def _(g: Any, a: Any, b: Any) -> Any:
    return g * (a / b)
