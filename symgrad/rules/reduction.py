"""Sums, products, extremes and norms over axes; imports the grammar only."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from symgrad.errors import ShapeError
from symgrad.grammar.domain import case, distinct_reals, kink_at_zero, nonnegative, nonzero, reals
from symgrad.grammar.kind import reduced_axes
from symgrad.grammar.primitive import elementwise, reduction
from symgrad.grammar.spelling import spell

__all__ = [
    "divide_or_zero", "logsumexp", "max", "mean", "min", "norm", "prod", "sum", "tied",
]  # fmt: skip

_FILLED = (
    case((2, 3)),
    case((2, 3), axis=0),
    case((2, 3), axis=-1, keepdims=True),
    case((2, 3, 2), axis=(0, 2)),
    case((4, 1, 3), axis=1),
    case((1,)),
    case(()),
    case((0, 3), axis=1),
)
_LAYOUTS = (*_FILLED, case((0, 3), axis=0), case((0,)))


def _named(name: str) -> Callable[..., str]:
    """PyTorch's names of a reduction: of all entries, or over axes."""
    return lambda params, shapes: f"{name}Backward{int(params['axis'] is not None)}"


def _count(shape: tuple[int, ...], axis: Any) -> int:
    """How many entries each result is made of."""
    gone = reduced_axes(axis, len(shape))
    return math.prod(n for i, n in enumerate(shape) if i in gone)


@reduction(
    domain=reals,
    integers=True,
    grad_fn=_named("Sum"),
    spellings=("numpy.sum",),
    cases=_LAYOUTS,
)
def sum(xp: Any, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    r"""Sum over all entries or over axes, $\sum_i x_i$.

    Takes   x: real array, any shape; axis: an axis, several, or None for all; keepdims: whether
            summed axes stay, with size 1.
    Gives   an array without those axes, of x's dtype; 0 where there is nothing to add.
    Source  the definition.

    >>> sg.sum(sg.tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    tensor([4., 6.])
    """
    return xp.sum(x, axis=axis, keepdims=keepdims)


@sum.vjp("x")
def _(g: Any) -> Any:
    return g


sum.linear("x")


@reduction(
    worded=True, domain=reals, grad_fn=_named("Mean"), spellings=("numpy.mean",), cases=_FILLED
)
def mean(xp: Any, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    r"""Arithmetic mean of all entries or over axes, $\frac{1}{n} \sum_i x_i$.

    Takes   x: real array, any shape; axis: an axis, several, or None for all; keepdims: whether
            the axes stay, with size 1.
    Gives   an array without those axes, of x's dtype; nan where there is nothing to average.
    Source  the definition.

    >>> sg.mean(sg.tensor([1.0, 2.0, 6.0]))
    tensor(3.)
    """
    return xp.sum(x, axis=axis, keepdims=keepdims) / _count(x.shape, axis)


@mean.vjp("x")
def _(g: Any, axis: Any, shapes: Any) -> Any:
    return g / _count(shapes[0], axis)


mean.linear("x")


@reduction(
    domain=reals,
    integers=True,
    grad_fn=_named("Prod"),
    spellings=("numpy.prod",),
    cases=_LAYOUTS,
)
def prod(xp: Any, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    r"""Product of all entries or over axes, $\prod_i x_i$.

    Takes   x: real array, any shape; axis: an axis, several, or None for all; keepdims: whether
            the axes stay, with size 1.
    Gives   an array without those axes, of x's dtype; 1 where there is nothing to multiply.
    Source  the product rule, by products of the other entries: zeros keep their gradient.

    >>> sg.prod(sg.tensor([2.0, 3.0, 4.0]))
    tensor(24.)
    """
    return xp.prod(x, axis=axis, keepdims=keepdims)


@prod.vjp("x")
def _(xp: Any, g: Any, x: Any, axis: Any) -> Any:
    return g * xp.prod_slope(x, axis=axis)


@reduction(
    domain=distinct_reals,
    integers=True,
    selects=True,
    grad_fn="MaxBackward1",
    spellings=("numpy.max", "numpy.amax", spell("torch.amax", grad_fn="AmaxBackward0")),
    cases=_FILLED,
)
def max(xp: Any, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    r"""The largest entry of all or over axes, $\max_i x_i$.

    Takes   x: real array, any shape; axis: an axis, several, or None for all; keepdims: whether
            the axes stay, with size 1.
    Gives   an array without those axes, of x's dtype; nan where there is one.
    Limits  entries that tie share the gradient equally; there is no largest of nothing.
    Source  the definition; the convention is PyTorch's amax.

    >>> sg.amax(sg.tensor([[1.0, 5.0], [3.0, 2.0]]), axis=1)
    tensor([5., 3.])
    """
    return xp.max(x, axis=axis, keepdims=keepdims)


@max.vjp("x")
def _(xp: Any, g: Any, y: Any, x: Any, axis: Any) -> Any:
    return _shared(xp, g, xp.tied(x, y), axis)


def _shared(xp: Any, g: Any, mask: Any, axis: Any) -> Any:
    """g in equal shares to the entries that the mask marks."""
    return xp.masked(g / xp.sum(mask, axis=axis, keepdims=axis is not None), mask)


@reduction(
    domain=distinct_reals,
    integers=True,
    selects=True,
    grad_fn="MinBackward1",
    spellings=("numpy.min", "numpy.amin", spell("torch.amin", grad_fn="AminBackward0")),
    cases=_FILLED,
)
def min(xp: Any, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    r"""The smallest entry of all or over axes, $\min_i x_i$.

    Takes   x: real array, any shape; axis: an axis, several, or None for all; keepdims: whether
            the axes stay, with size 1.
    Gives   an array without those axes, of x's dtype; nan where there is one.
    Limits  entries that tie share the gradient equally; there is no smallest of nothing.
    Source  the definition; the convention is PyTorch's amin.

    >>> sg.amin(sg.tensor([[1.0, 5.0], [3.0, 2.0]]), axis=1)
    tensor([1., 2.])
    """
    return xp.min(x, axis=axis, keepdims=keepdims)


@min.vjp("x")
def _(xp: Any, g: Any, y: Any, x: Any, axis: Any) -> Any:
    return _shared(xp, g, xp.tied(x, y), axis)


@elementwise(codomain=nonnegative, domain=distinct_reals, inner=True)
def tied(xp: Any, a: Any, b: Any) -> Any:
    r"""Mask of equality: 1 where $a = b$ (or both are nan), else 0.

    Takes   a, b: real arrays of shapes that broadcast and one dtype.
    Gives   an array of the broadcast shape and that dtype.
    Limits  the derivative is 0 everywhere, at the jump too.
    Source  the definition.

    >>> sg.rules.reduction.tied(sg.tensor([1.0, 2.0]), sg.tensor(2.0))
    tensor([0., 1.])
    """
    same = xp.logical_or(xp.equal(a, b), xp.logical_and(xp.isnan(a), xp.isnan(b)))
    return xp.cast(same, dtype=a.dtype)


@tied.formula
def _(xp: Any, a: Any, b: Any) -> Any:
    one = xp.ones_like(a + b)
    return xp.where(xp.equal(a, b), one, 0 * one)


@tied.partial("a")
def _() -> Any:
    return 0


@tied.partial("b")
def _() -> Any:
    return 0


@reduction(domain=reals, cases=_FILLED)
def logsumexp(xp: Any, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    r"""Logarithm of the sum of exponentials, $\log \sum_i e^{x_i}$.

    Takes   x: real array, any shape; axis: an axis, several, or None for all; keepdims: whether
            the axes stay, with size 1.
    Gives   an array without those axes, of x's dtype; -inf where all is -inf or there is nothing.
    Limits  where all is -inf the gradient is taken as 0.
    Source  shifted by the maximum, which overflows nowhere; the derivative is the softmax.

    >>> sg.logsumexp(sg.tensor([1000.0, 1000.0]), axis=0)
    tensor(1000.6932)
    """
    if not _count(x.shape, axis) or not math.prod(x.shape):
        return xp.sum(x, axis=axis, keepdims=keepdims) - xp.inf
    top = xp.max(x, axis=axis, keepdims=True)
    alive = xp.isfinite(top)
    shift = xp.where(alive, top, xp.zeros_like(top))
    total = xp.sum(xp.exp(x - shift), axis=axis, keepdims=True)
    out = xp.where(alive, xp.log(xp.where(alive, total, xp.ones_like(total))) + shift, top)
    return out if keepdims else xp.sum(out, axis=axis)  # over axes of size 1: drops them


@logsumexp.formula
def _(xp: Any, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    return xp.log(xp.sum(xp.exp(x), axis=axis, keepdims=keepdims))


@logsumexp.vjp("x")
def _(xp: Any, g: Any, x: Any, axis: Any) -> Any:
    return g * xp.logsumexp_slope(x, axis=axis)


@reduction(
    codomain=nonnegative,
    domain=kink_at_zero,
    grad_fn="LinalgVectorNormBackward0",
    spellings=("numpy.linalg.norm",),
    cases=(
        *_LAYOUTS,
        case((2, 3), ord=1, axis=1),
        case((2, 3), ord=2, axis=0),
        case((2, 3), ord=3, axis=0, keepdims=True),
        case((2, 3), ord=math.inf, axis=1),
        case((2, 3), ord=-math.inf, axis=1),
    ),
)
def norm(xp: Any, x: Any, *, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    r"""Length, $\sqrt{\sum_i x_i^2}$, or of order p along an axis, $(\sum_i |x_i|^p)^{1/p}$.

    Takes   x: real array, any shape; ord: None or "fro" for the 2-norm of the entries; a number
            above 0, inf or -inf, along one axis; axis: an axis, several, or None for all;
            keepdims: whether the axes stay, with size 1.
    Gives   an array without those axes, of x's dtype; neither overflows nor underflows on the way.
    Raises  ShapeError for a numbered order over several axes: norms of matrices differ from it.
    Limits  where the norm is 0 the gradient is taken as 0.
    Source  the definition; the convention is PyTorch's.

    >>> sg.norm(sg.tensor([3.0, 4.0]))
    tensor(5.)
    """
    p = _order(ord, x.shape, axis)
    if p == 1:
        return xp.sum(xp.abs(x), axis=axis, keepdims=keepdims)
    if p == math.inf:
        return xp.max(xp.abs(x), axis=axis, keepdims=keepdims)
    if p == -math.inf:
        return xp.min(xp.abs(x), axis=axis, keepdims=keepdims)
    if not math.prod(x.shape):
        return xp.sum(x, axis=axis, keepdims=keepdims)
    size = xp.abs(x)
    top = xp.max(size, axis=axis, keepdims=True)
    # Near 1 no scale is needed, and squares of integers stay exact.
    far = xp.logical_and(
        xp.logical_or(xp.greater(top, 10**9), xp.less(top, xp.ratio(1, 10**9))),
        xp.logical_and(xp.isfinite(top), xp.greater(top, 0)),
    )
    scale = xp.where(far, top, xp.ones_like(top))
    scaled = size / scale
    total = xp.sum(scaled * scaled if p == 2 else scaled**p, axis=axis, keepdims=True)
    out = scale * (xp.sqrt(total) if p == 2 else total ** (1 / p))
    return out if keepdims else xp.sum(out, axis=axis)  # over axes of size 1: drops them


def _order(ord: Any, shape: tuple[int, ...], axis: Any) -> Any:
    if ord is None or ord == "fro":
        return 2
    if len(reduced_axes(axis, len(shape))) > 1:
        raise ShapeError(
            f"norm(x, ord={ord!r}) of entries goes along one axis; over several only the 2-norm "
            f"(ord=None) is the same for entries and matrices: name one axis, or flatten x"
        )
    if isinstance(ord, str) or not (ord > 0 or ord == -math.inf):
        raise ShapeError(f"norm(x, ord={ord!r}): ord is a number above 0, inf, -inf or 'fro'")
    return ord


@norm.formula
def _(xp: Any, x: Any, *, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    p = _order(ord, x.shape, axis)
    size = xp.abs(x)
    if p == math.inf:
        return xp.max(size, axis=axis, keepdims=keepdims)
    if p == -math.inf:
        return xp.min(size, axis=axis, keepdims=keepdims)
    if p == 1:
        return xp.sum(size, axis=axis, keepdims=keepdims)
    if p == 2:
        return xp.sqrt(xp.sum(x * x, axis=axis, keepdims=keepdims))
    root = xp.ratio(1, p) if isinstance(p, int) else 1 / p
    return xp.sum(size**p, axis=axis, keepdims=keepdims) ** root


@norm.vjp("x")
def _(xp: Any, g: Any, y: Any, x: Any, ord: Any, axis: Any, shapes: Any) -> Any:
    p = _order(ord, shapes[0], axis)
    if p == 2:
        return g * xp.divide_or_zero(x, y)
    if p == 1:
        return g * xp.sign(x)
    if p in (math.inf, -math.inf):
        return xp.sign(x) * _shared(xp, g, xp.tied(xp.abs(x), y), axis)
    share = xp.divide_or_zero(xp.abs(x), y)
    if p < 1:
        return g * xp.divide_or_zero(xp.sign(x), share ** (1 - p))
    return g * xp.sign(x) * share ** (p - 1)


@elementwise(domain=(reals, nonzero), inner=True)
def divide_or_zero(xp: Any, a: Any, b: Any) -> Any:
    r"""Quotient, $a / b$, taken as 0 where $b = 0$.

    Takes   a, b: real arrays of shapes that broadcast and one dtype.
    Gives   an array of the broadcast shape and that dtype.
    Limits  where b = 0 the derivatives are 0 too.
    Source  the quotient rule; the direction of a vector of length 0 is taken as 0.

    >>> sg.rules.reduction.divide_or_zero(sg.tensor([1.0, 2.0]), sg.tensor([0.0, 4.0]))
    tensor([0.0000, 0.5000])
    """
    none = xp.equal(b, 0)
    return xp.where(none, 0 * a, a / xp.where(none, xp.ones_like(b), b))


@divide_or_zero.formula
def _(xp: Any, a: Any, b: Any) -> Any:
    return a / b


@divide_or_zero.partial("a")
def _(xp: Any, g: Any, b: Any) -> Any:
    return xp.divide_or_zero(g, b)


@divide_or_zero.partial("b")
def _(xp: Any, g: Any, y: Any, b: Any) -> Any:
    return -g * xp.divide_or_zero(y, b)
