"""What equals what, for the simplifier: each identity once, as two readings; grammar only.

The right side is the one that people would rather read.
"""

from __future__ import annotations

from typing import Any

from symgrad.grammar.domain import booleans, invertible, kink_at_zero, open_unit, positive, reals
from symgrad.grammar.domain import tangent_domain as between_poles
from symgrad.grammar.identity import IDENTITIES, INVERSES, identity, inverse

__all__ = ["IDENTITIES", "INVERSES"]

Sides = tuple[Any, ...]

# exponentials and logarithms ----------------------------------------------------------------------


@identity(x=positive, conditional=True)
def exp_of_log(xp: Any, x: Any) -> Sides:
    r"""$e^{\log x} = x$, for x above 0: elsewhere the left side has no value."""
    return xp.exp(xp.log(x)), x, xp.greater(x, 0)


@identity(x=reals)
def log_of_exp(xp: Any, x: Any) -> Sides:
    r"""$\log e^x = x$."""
    return xp.log(xp.exp(x)), x


@identity(x=reals)
def exp_times_exp_of_negative(xp: Any, x: Any) -> Sides:
    """$e^x e^{-x} = 1$."""
    return xp.exp(x) * xp.exp(-x), xp.ones_like(x)


@identity(x=reals, parameters=("axis",))
def exp_of_log_softmax(xp: Any, x: Any, axis: Any) -> Sides:
    r"""$\exp \operatorname{log\,softmax} x = \operatorname{softmax} x$."""
    return xp.exp(xp.log_softmax(x, axis=axis)), xp.softmax(x, axis=axis)


@identity(x=reals, parameters=("axis",))
def log_of_softmax(xp: Any, x: Any, axis: Any) -> Sides:
    r"""$\log \operatorname{softmax} x$ is the word that does not underflow."""
    return xp.log(xp.softmax(x, axis=axis)), xp.log_softmax(x, axis=axis)


@identity(x=reals, parameters=("axis",), preferred=True)
def softmax_along_one_axis(xp: Any, x: Any, axis: Any) -> Sides:
    r"""The slope of a logsumexp over one axis is the softmax."""
    return xp.logsumexp_slope(x, axis=axis), xp.softmax(x, axis=axis)


@identity(a=reals, b=reals, conditional=True, preferred=True)
def share_away_from_ties(xp: Any, a: Any, b: Any) -> Sides:
    """The share of a in the larger of a and b, where they differ: 1 or 0."""
    one = xp.ones_like(a + b)
    larger = xp.greater(a, b)
    share = xp.where(larger, one, xp.where(xp.equal(a, b), one / 2, 0 * one))
    return share, xp.where(larger, one, 0 * one), xp.not_equal(a, b)


@identity(x=reals, parameters=("axis",), conditional=True, preferred=True)
def product_of_the_others(xp: Any, x: Any, axis: Any) -> Sides:
    r"""$\prod_{j \ne i} x_j = \prod_j x_j / x_i$, where no entry is 0."""
    whole = xp.prod(x, axis=axis, keepdims=True)
    return xp.prod_slope(x, axis=axis), whole / x, xp.not_equal(x, 0)


@identity(x=reals, parameters=("axis",))
def sum_of_softmax(xp: Any, x: Any, axis: Any) -> Sides:
    """Shares add up to 1."""
    total = xp.sum(xp.softmax(x, axis=axis), axis=axis)
    return total, xp.ones_like(xp.sum(x, axis=axis))


@identity(x=reals)
def sigmoid_of_negative(xp: Any, x: Any) -> Sides:
    r"""$\sigma(-x) = 1 - \sigma(x)$."""
    return xp.sigmoid(-x), 1 - xp.sigmoid(x)


@identity(x=reals)
def log_of_sigmoid(xp: Any, x: Any) -> Sides:
    r"""$\log \sigma(x) = -\operatorname{softplus}(-x)$."""
    return xp.log(xp.sigmoid(x)), -xp.softplus(-x)


@identity(x=reals, preferred=True, early=True)
def sigmoid_written_out(xp: Any, x: Any) -> Sides:
    r"""$1 / (1 + e^x) = \sigma(-x)$."""
    return 1 / (1 + xp.exp(x)), xp.sigmoid(-x)


@identity(x=reals, preferred=True, early=True)
def exp_times_sigmoid_of_negative(xp: Any, x: Any) -> Sides:
    r"""$e^x \sigma(-x) = \sigma(x)$."""
    return xp.exp(x) * xp.sigmoid(-x), xp.sigmoid(x)


@identity(x=reals, parameters=("axis",), preferred=True, early=True)
def log_of_sum_of_exp(xp: Any, x: Any, axis: Any) -> Sides:
    r"""$\log \sum e^x$ is the logsumexp."""
    return xp.log(xp.sum(xp.exp(x), axis=axis)), xp.logsumexp(x, axis=axis)


@identity(x=reals, preferred=True, early=True)
def log_of_one_plus_exp(xp: Any, x: Any) -> Sides:
    r"""$\log(1 + e^x) = \operatorname{softplus} x$."""
    return xp.log(1 + xp.exp(x)), xp.softplus(x)


# odd and even functions ---------------------------------------------------------------------------


@identity(x=reals)
def sin_is_odd(xp: Any, x: Any) -> Sides:
    r"""$\sin(-x) = -\sin x$."""
    return xp.sin(-x), -xp.sin(x)


@identity(x=reals)
def cos_is_even(xp: Any, x: Any) -> Sides:
    r"""$\cos(-x) = \cos x$."""
    return xp.cos(-x), xp.cos(x)


@identity(x=between_poles)
def tan_is_odd(xp: Any, x: Any) -> Sides:
    r"""$\tan(-x) = -\tan x$."""
    return xp.tan(-x), -xp.tan(x)


@identity(x=open_unit)
def asin_is_odd(xp: Any, x: Any) -> Sides:
    r"""$\arcsin(-x) = -\arcsin x$."""
    return xp.asin(-x), -xp.asin(x)


@identity(x=reals)
def atan_is_odd(xp: Any, x: Any) -> Sides:
    r"""$\arctan(-x) = -\arctan x$."""
    return xp.atan(-x), -xp.atan(x)


@identity(x=reals)
def sinh_is_odd(xp: Any, x: Any) -> Sides:
    r"""$\sinh(-x) = -\sinh x$."""
    return xp.sinh(-x), -xp.sinh(x)


@identity(x=reals)
def cosh_is_even(xp: Any, x: Any) -> Sides:
    r"""$\cosh(-x) = \cosh x$."""
    return xp.cosh(-x), xp.cosh(x)


@identity(x=reals)
def tanh_is_odd(xp: Any, x: Any) -> Sides:
    r"""$\tanh(-x) = -\tanh x$."""
    return xp.tanh(-x), -xp.tanh(x)


@identity(x=reals)
def asinh_is_odd(xp: Any, x: Any) -> Sides:
    r"""$\operatorname{arsinh}(-x) = -\operatorname{arsinh} x$."""
    return xp.asinh(-x), -xp.asinh(x)


@identity(x=open_unit)
def atanh_is_odd(xp: Any, x: Any) -> Sides:
    r"""$\operatorname{artanh}(-x) = -\operatorname{artanh} x$."""
    return xp.atanh(-x), -xp.atanh(x)


@identity(x=reals)
def abs_is_even(xp: Any, x: Any) -> Sides:
    """$|-x| = |x|$."""
    return xp.abs(-x), xp.abs(x)


@identity(x=reals)
def sign_is_odd(xp: Any, x: Any) -> Sides:
    r"""$\operatorname{sign}(-x) = -\operatorname{sign} x$."""
    return xp.sign(-x), -xp.sign(x)


@identity(x=reals, parameters=("ord", "axis", "keepdims"))
def norm_is_even(xp: Any, x: Any, ord: Any, axis: Any, keepdims: Any) -> Sides:
    r"""$\lVert -x \rVert = \lVert x \rVert$, of every order."""
    how = {"ord": ord, "axis": axis, "keepdims": keepdims}
    return xp.norm(-x, **how), xp.norm(x, **how)


# squares ------------------------------------------------------------------------------------------


@identity(x=reals)
def squares_on_the_circle(xp: Any, x: Any) -> Sides:
    r"""$\sin^2 x + \cos^2 x = 1$."""
    return xp.sin(x) ** 2 + xp.cos(x) ** 2, xp.ones_like(x)


@identity(x=reals)
def squares_on_the_hyperbola(xp: Any, x: Any) -> Sides:
    r"""$\cosh^2 x - \sinh^2 x = 1$."""
    return xp.cosh(x) ** 2 - xp.sinh(x) ** 2, xp.ones_like(x)


@identity(x=reals)
def square_of_abs(xp: Any, x: Any) -> Sides:
    """$|x|^2 = x^2$."""
    return xp.abs(x) ** 2, x**2


@identity(x=reals, parameters=("axis", "keepdims"), preferred=True, early=True)
def square_of_norm(xp: Any, x: Any, axis: Any, keepdims: Any) -> Sides:
    r"""$\lVert x \rVert^2 = \sum x^2$, which is smooth at 0 too."""
    norm = xp.norm(x, axis=axis, keepdims=keepdims)
    return norm**2, xp.sum(x**2, axis=axis, keepdims=keepdims)


# absolute values, ramps and masks -----------------------------------------------------------------


@identity(x=reals)
def abs_of_abs(xp: Any, x: Any) -> Sides:
    """$||x|| = |x|$."""
    return xp.abs(xp.abs(x)), xp.abs(x)


@identity(x=reals)
def sign_times_itself(xp: Any, x: Any) -> Sides:
    r"""$x \operatorname{sign} x = |x|$."""
    return xp.sign(x) * x, xp.abs(x)


@identity(x=reals)
def abs_times_sign(xp: Any, x: Any) -> Sides:
    r"""$|x| \operatorname{sign} x = x$."""
    return xp.abs(x) * xp.sign(x), x


@identity(x=kink_at_zero)
def relu_of_relu(xp: Any, x: Any) -> Sides:
    """A ramp of what is not below 0 changes nothing."""
    return xp.relu(xp.relu(x)), xp.relu(x)


@identity(x=kink_at_zero)
def relu_times_step(xp: Any, x: Any) -> Sides:
    """A ramp is 0 where the step is."""
    return xp.relu(x) * xp.step(x), xp.relu(x)


@identity(x=kink_at_zero)
def itself_times_step(xp: Any, x: Any) -> Sides:
    """$x [x > 0]$ is the ramp."""
    return x * xp.step(x), xp.relu(x)


@identity(x=kink_at_zero)
def step_times_step(xp: Any, x: Any) -> Sides:
    """A mask twice is the mask."""
    return xp.step(x) * xp.step(x), xp.step(x)


@identity(x=reals)
def larger_of_one(xp: Any, x: Any) -> Sides:
    r"""$\max(x, x) = x$."""
    return xp.maximum(x, x), x


@identity(x=reals)
def smaller_of_one(xp: Any, x: Any) -> Sides:
    r"""$\min(x, x) = x$."""
    return xp.minimum(x, x), x


@identity(c=booleans, x=reals)
def choice_of_one(xp: Any, c: Any, x: Any) -> Sides:
    """Both branches are one."""
    return xp.where(c, x, x), x


@identity(c=booleans, x=reals)
def choice_or_zero(xp: Any, c: Any, x: Any) -> Sides:
    """A choice with 0 is a product with the truth, as 1 or 0."""
    return xp.where(c, x, 0), xp.cast(c, dtype=x.dtype) * x


@identity(c=booleans, x=reals)
def zero_or_choice(xp: Any, c: Any, x: Any) -> Sides:
    """A choice with 0 is a product with the truth of the opposite."""
    return xp.where(c, 0, x), (1 - xp.cast(c, dtype=x.dtype)) * x


# matrices -----------------------------------------------------------------------------------------


def _transposed(xp: Any, x: Any) -> Any:
    return xp.permute(x, axes=(1, 0))


@identity(x=invertible, conditional=True)
def inverse_of_inverse(xp: Any, x: Any) -> Sides:
    """$(x^{-1})^{-1} = x$."""
    return xp.inv(xp.inv(x)), x, xp.not_equal(xp.det(x), 0)


@identity(x=invertible, ndims={"x": 2})
def inverse_of_transpose(xp: Any, x: Any) -> Sides:
    """$(x^T)^{-1} = (x^{-1})^T$."""
    return xp.inv(_transposed(xp, x)), _transposed(xp, xp.inv(x))


@identity(x=invertible)
def det_of_inverse(xp: Any, x: Any) -> Sides:
    r"""$\det x^{-1} = 1 / \det x$."""
    return xp.det(xp.inv(x)), 1 / xp.det(x)


@identity(x=invertible, ndims={"x": 2})
def det_of_transpose(xp: Any, x: Any) -> Sides:
    r"""$\det x^T = \det x$."""
    return xp.det(_transposed(xp, x)), xp.det(x)


@identity(x=invertible, ndims={"x": 2}, conditional=True, preferred=True)
def cofactor_by_inverse(xp: Any, x: Any) -> Sides:
    r"""$\operatorname{cof} x = \det(x)\,x^{-T}$, where x is invertible."""
    determinant = xp.det(x)
    found = determinant * _transposed(xp, xp.inv(x))
    return xp.cofactor(x), found, xp.not_equal(determinant, 0)


@inverse(x=invertible, ndims={"x": 2})
def inverse_times_itself(xp: Any, x: Any) -> Sides:
    """$x^{-1} x = 1$."""
    return xp.matmul(xp.inv(x), x), xp.eye(x.shape[0], like=x)


@inverse(x=invertible, ndims={"x": 2})
def itself_times_inverse(xp: Any, x: Any) -> Sides:
    """$x x^{-1} = 1$."""
    return xp.matmul(x, xp.inv(x)), xp.eye(x.shape[0], like=x)
