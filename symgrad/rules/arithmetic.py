"""Sums, products, quotients and signs; imports the grammar only."""

from __future__ import annotations

from typing import Any

from symgrad.grammar.domain import kink_at_zero, nonnegative, nonzero, reals
from symgrad.grammar.primitive import elementwise
from symgrad.grammar.spelling import spell

__all__ = [
    "abs", "add", "clone", "detach", "divide", "multiply", "negative", "reciprocal", "sign",
    "subtract",
]  # fmt: skip


@elementwise(domain=reals, integers=True, spellings=("numpy.add",))
def add(xp: Any, a: Any, b: Any) -> Any:
    r"""Sum, $a + b$.

    Takes   a, b: real arrays of shapes that broadcast, or numbers.
    Gives   an array of the broadcast shape and the promoted dtype.
    Source  the definition.

    >>> sg.add(sg.tensor([1.0, 2.0]), 1)
    tensor([2., 3.])
    """
    return xp.add(a, b)


@add.partial("a")
def _() -> Any:
    return 1


@add.partial("b")
def _() -> Any:
    return 1


@elementwise(
    domain=reals, integers=True, grad_fn="SubBackward0", spellings=("numpy.subtract", "torch.sub")
)
def subtract(xp: Any, a: Any, b: Any) -> Any:
    r"""Difference, $a - b$.

    Takes   a, b: real arrays of shapes that broadcast, or numbers.
    Gives   an array of the broadcast shape and the promoted dtype.
    Source  the definition.

    >>> sg.subtract(sg.tensor([1.0, 2.0]), 1)
    tensor([0., 1.])
    """
    return xp.subtract(a, b)


@subtract.partial("a")
def _() -> Any:
    return 1


@subtract.partial("b")
def _() -> Any:
    return -1


@elementwise(
    domain=reals, integers=True, grad_fn="MulBackward0", spellings=("numpy.multiply", "torch.mul")
)
def multiply(xp: Any, a: Any, b: Any) -> Any:
    r"""Product entry by entry, $a \cdot b$.

    Takes   a, b: real arrays of shapes that broadcast, or numbers.
    Gives   an array of the broadcast shape and the promoted dtype.
    Source  the product rule.

    >>> sg.multiply(sg.tensor([1.0, 2.0]), 3)
    tensor([3., 6.])
    """
    return xp.multiply(a, b)


@multiply.partial("a")
def _(b: Any) -> Any:
    return b


@multiply.partial("b")
def _(a: Any) -> Any:
    return a


@elementwise(
    domain=(reals, nonzero),
    grad_fn="DivBackward0",
    spellings=("numpy.divide", "numpy.true_divide", "torch.div", "torch.true_divide"),
)
def divide(xp: Any, a: Any, b: Any) -> Any:
    r"""Quotient, $a / b$.

    Takes   a, b: real arrays of shapes that broadcast, or numbers; integers give the default float.
    Gives   an array of the broadcast shape; by zero it is inf or nan, as IEEE 754 says.
    Source  the quotient rule.

    >>> sg.divide(sg.tensor([1.0, 2.0]), 4)
    tensor([0.2500, 0.5000])
    """
    return xp.divide(a, b)


@divide.partial("a")
def _(g: Any, b: Any) -> Any:
    return g / b


@divide.partial("b")
def _(g: Any, y: Any, b: Any) -> Any:
    return -g * (y / b)


@elementwise(
    domain=reals, integers=True, grad_fn="NegBackward0", spellings=("numpy.negative", "torch.neg")
)
def negative(xp: Any, x: Any) -> Any:
    r"""Negation, $-x$.

    Takes   x: real array, any shape.
    Gives   an array of x's shape and dtype.
    Source  the definition.

    >>> sg.negative(sg.tensor([1.0, -2.0]))
    tensor([-1.,  2.])
    """
    return xp.negative(x)


@negative.partial("x")
def _() -> Any:
    return -1


@elementwise(domain=nonzero, spellings=("numpy.reciprocal",))
def reciprocal(xp: Any, x: Any) -> Any:
    r"""Reciprocal, $1 / x$.

    Takes   x: real array, any shape, not 0; integers give the default float dtype.
    Gives   an array of x's shape and dtype.
    Source  the quotient rule.

    >>> sg.reciprocal(sg.tensor([1.0, 4.0]))
    tensor([1.0000, 0.2500])
    """
    return 1 / x


@reciprocal.partial("x")
def _(g: Any, y: Any) -> Any:
    return -g * y * y


@elementwise(
    codomain=nonnegative,
    domain=kink_at_zero,
    integers=True,
    spellings=("numpy.abs", "numpy.absolute", "torch.absolute"),
)
def abs(xp: Any, x: Any) -> Any:
    r"""Absolute value, $|x|$.

    Takes   x: real array, any shape.
    Gives   an array of x's shape and dtype.
    Limits  at 0 the derivative is taken as 0.
    Source  the definition; the convention is PyTorch's.

    >>> sg.abs(sg.tensor([1.0, -2.0]))
    tensor([1., 2.])
    """
    return xp.abs(x)


@abs.partial("x")
def _(xp: Any, x: Any) -> Any:
    return xp.sign(x)


@elementwise(
    domain=kink_at_zero,
    integers=True,
    spellings=("numpy.sign", spell("torch.sgn", grad_fn="SgnBackward0")),
)
def sign(xp: Any, x: Any) -> Any:
    r"""Sign: -1, 0 or 1.

    Takes   x: real array, any shape.
    Gives   an array of x's shape and dtype.
    Limits  the derivative is 0 everywhere, at the jump too.
    Source  the definition.

    >>> sg.sign(sg.tensor([3.0, 0.0, -2.0]))
    tensor([ 1.,  0., -1.])
    """
    return xp.sign(x)


@sign.partial("x")
def _() -> Any:
    return 0


@elementwise(
    domain=reals, integers=True, spellings=("numpy.copy", "numpy.positive", "array_api.positive")
)
def clone(xp: Any, x: Any) -> Any:
    r"""A copy, $x$, through which gradients flow.

    Takes   x: array, any shape and dtype.
    Gives   the same values in a buffer of their own.
    Source  the identity.

    >>> sg.clone(sg.tensor([1.0, 2.0]))
    tensor([1., 2.])
    """
    return xp.copy_of(x)


@clone.formula
def _(xp: Any, x: Any) -> Any:
    return x


@clone.partial("x")
def _() -> Any:
    return 1


@elementwise(domain=reals, integers=True, inner=True, stops=True)
def detach(xp: Any, x: Any) -> Any:
    r"""The value $x$, through which no gradient flows.

    Takes   x: array, any shape and dtype.
    Gives   the same values; the derivative is 0 by request.
    Source  the identity.

    >>> sg.detach(sg.tensor([1.0], requires_grad=True))
    tensor([1.])
    """
    return x


@detach.partial("x")
def _() -> Any:
    return 0
