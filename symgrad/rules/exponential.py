"""Exponentials and logarithms; imports the grammar only."""

from __future__ import annotations

from typing import Any

from symgrad.grammar.domain import above_minus_one, positive, reals
from symgrad.grammar.primitive import elementwise

__all__ = ["exp", "expm1", "log", "log1p", "log2", "log10", "logaddexp"]


def _log_of(xp: Any, n: int, x: Any) -> Any:
    # A 0-d array beside x, for the logarithm of a bare number would come in a dtype of its own.
    return xp.log(n * xp.ones((), like=x))


@elementwise(codomain=positive, domain=reals, spellings=("numpy.exp",))
def exp(xp: Any, x: Any) -> Any:
    r"""Exponential, $e^x$.

    Takes   x: real array, any shape, a pure number; integers give the default float dtype.
    Gives   an array of x's shape and dtype, 0 or more; inf beyond x = 709 (float32: 88).
    Source  DLMF 4.2.19, https://dlmf.nist.gov/4.2

    >>> sg.exp(sg.tensor([0.0, 1.0]))
    tensor([1.0000, 2.7183])
    """
    return xp.exp(x)


@exp.partial("x")
def _(y: Any) -> Any:
    return y


@elementwise(domain=reals, spellings=("numpy.expm1",))
def expm1(xp: Any, x: Any) -> Any:
    r"""Exponential less one, $e^x - 1$, with all its digits near 0.

    Takes   x: real array, any shape, a pure number; integers give the default float dtype.
    Gives   an array of x's shape and dtype, -1 or more.
    Source  the definition.

    >>> sg.expm1(sg.tensor([0.0, 1.0]))
    tensor([0.0000, 1.7183])
    """
    return xp.expm1(x)


@expm1.formula
def _(xp: Any, x: Any) -> Any:
    return xp.exp(x) - 1


@expm1.partial("x")
def _(xp: Any, x: Any) -> Any:
    # Not y + 1: where x is far below 0, y is -1 to the last digit.
    return xp.exp(x)


@elementwise(domain=positive, spellings=("numpy.log",))
def log(xp: Any, x: Any) -> Any:
    r"""Natural logarithm, $\log x$.

    Takes   x: positive array, any shape; integers give the default float dtype.
    Gives   an array of x's shape and dtype; -inf at 0, nan below.
    Source  DLMF 4.2.2, https://dlmf.nist.gov/4.2

    >>> sg.log(sg.tensor([1.0, 2.0]))
    tensor([0.0000, 0.6931])
    """
    return xp.log(x)


@log.partial("x")
def _(g: Any, x: Any) -> Any:
    return g / x


@elementwise(domain=above_minus_one, grad_fn="Log1PBackward0", spellings=("numpy.log1p",))
def log1p(xp: Any, x: Any) -> Any:
    r"""Logarithm of one more, $\log(1 + x)$, with all its digits near 0.

    Takes   x: array above -1, any shape; integers give the default float dtype.
    Gives   an array of x's shape and dtype; -inf at -1, nan below.
    Source  the definition.

    >>> sg.log1p(sg.tensor([0.0, 1.0]))
    tensor([0.0000, 0.6931])
    """
    return xp.log1p(x)


@log1p.formula
def _(xp: Any, x: Any) -> Any:
    return xp.log(1 + x)


@log1p.partial("x")
def _(g: Any, x: Any) -> Any:
    return g / (1 + x)


@elementwise(domain=positive, spellings=("numpy.log2",))
def log2(xp: Any, x: Any) -> Any:
    r"""Logarithm to the base 2, $\log x / \log 2$.

    Takes   x: positive array, any shape; integers give the default float dtype.
    Gives   an array of x's shape and dtype; -inf at 0, nan below.
    Source  the definition.

    >>> sg.log2(sg.tensor([1.0, 8.0]))
    tensor([0., 3.])
    """
    return xp.log2(x)


@log2.formula
def _(xp: Any, x: Any) -> Any:
    return xp.log(x) / _log_of(xp, 2, x)


@log2.partial("x")
def _(xp: Any, g: Any, x: Any) -> Any:
    return g / (x * _log_of(xp, 2, x))


@elementwise(domain=positive, spellings=("numpy.log10",))
def log10(xp: Any, x: Any) -> Any:
    r"""Logarithm to the base 10, $\log x / \log 10$.

    Takes   x: positive array, any shape; integers give the default float dtype.
    Gives   an array of x's shape and dtype; -inf at 0, nan below.
    Source  the definition.

    >>> sg.log10(sg.tensor([1.0, 50.0]))
    tensor([0.0000, 1.6990])
    """
    return xp.log10(x)


@log10.formula
def _(xp: Any, x: Any) -> Any:
    return xp.log(x) / _log_of(xp, 10, x)


@log10.partial("x")
def _(xp: Any, g: Any, x: Any) -> Any:
    return g / (x * _log_of(xp, 10, x))


@elementwise(domain=reals, spellings=("numpy.logaddexp",))
def logaddexp(xp: Any, a: Any, b: Any) -> Any:
    r"""Logarithm of a sum of exponentials, $\log(e^a + e^b)$, without overflow.

    Takes   a, b: real arrays of shapes that broadcast, or numbers.
    Gives   an array of the broadcast shape and the promoted dtype.
    Limits  where both are inf, or both -inf, the derivative is nan.
    Source  the definition; with the larger operand taken out of the sum.

    >>> sg.logaddexp(sg.tensor([0.0, 1000.0]), sg.tensor([0.0, 0.0]))
    tensor([6.9315e-01, 1.0000e+03])
    """
    return xp.logaddexp(a, b)


@logaddexp.formula
def _(xp: Any, a: Any, b: Any) -> Any:
    return xp.log(xp.exp(a) + xp.exp(b))


@logaddexp.partial("a")
def _(xp: Any, a: Any, b: Any) -> Any:
    return xp.sigmoid(a - b)


@logaddexp.partial("b")
def _(xp: Any, a: Any, b: Any) -> Any:
    return xp.sigmoid(b - a)
