"""Choices among values: the larger, the named, the sorted; imports the grammar only.

What happens at a tie or at an edge is a mask with a name, the same in every algebra.
"""

from __future__ import annotations

from typing import Any

from symgrad.grammar.domain import (
    Domain,
    booleans,
    case,
    distinct_reals,
    integers,
    nonnegative,
    reals,
)
from symgrad.grammar.primitive import elementwise, selection

__all__ = [
    "above", "clip", "inside", "masked", "maximum", "minimum", "one_hot", "sort_values", "where",
]  # fmt: skip

#: Where ``clip`` between -1 and 1, as its cases have it, is smooth.
_off_the_bounds = Domain("all real numbers, smooth off the bounds", smooth_off=(-1.0, 1.0))

_BOUNDS = (
    case((2, 3), min=-1, max=1),
    case((), min=-1, max=None),
    case((1,), min=None, max=1),
    case((0, 3), min=-1, max=1),
)


def _crossed(low: Any, high: Any) -> bool:
    return low is not None and high is not None and bool(low > high)


@elementwise(selects=True, domain=distinct_reals, integers=True, spellings=("numpy.maximum",))
def maximum(xp: Any, a: Any, b: Any) -> Any:
    r"""The larger of two, $\max(a, b)$, entry by entry.

    Takes   a, b: real arrays of shapes that broadcast, or numbers.
    Gives   an array of the broadcast shape and the promoted dtype; nan where either is.
    Limits  at a tie each operand gets half of the gradient.
    Source  the definition; the convention is PyTorch's.

    >>> sg.maximum(sg.tensor([1.0, 5.0]), sg.tensor([3.0, 2.0]))
    tensor([3., 5.])
    """
    return xp.maximum(a, b)


@maximum.formula
def _(xp: Any, a: Any, b: Any) -> Any:
    # Half of each at a tie: the value is the same, and so is then the slope that is chosen there.
    return xp.where(xp.greater(a, b), a, xp.where(xp.equal(a, b), (a + b) / 2, b))


@maximum.partial("a")
def _(xp: Any, g: Any, a: Any, b: Any) -> Any:
    return xp.masked(g, xp.above(a, b))


@maximum.partial("b")
def _(xp: Any, g: Any, a: Any, b: Any) -> Any:
    return xp.masked(g, 1 - xp.above(a, b))


@elementwise(selects=True, domain=distinct_reals, integers=True, spellings=("numpy.minimum",))
def minimum(xp: Any, a: Any, b: Any) -> Any:
    r"""The smaller of two, $\min(a, b)$, entry by entry.

    Takes   a, b: real arrays of shapes that broadcast, or numbers.
    Gives   an array of the broadcast shape and the promoted dtype; nan where either is.
    Limits  at a tie each operand gets half of the gradient.
    Source  the definition; the convention is PyTorch's.

    >>> sg.minimum(sg.tensor([1.0, 5.0]), sg.tensor([3.0, 2.0]))
    tensor([1., 2.])
    """
    return xp.minimum(a, b)


@minimum.formula
def _(xp: Any, a: Any, b: Any) -> Any:
    return xp.where(xp.greater(b, a), a, xp.where(xp.equal(b, a), (a + b) / 2, b))


@minimum.partial("a")
def _(xp: Any, g: Any, a: Any, b: Any) -> Any:
    return xp.masked(g, xp.above(b, a))


@minimum.partial("b")
def _(xp: Any, g: Any, a: Any, b: Any) -> Any:
    return xp.masked(g, 1 - xp.above(b, a))


@elementwise(codomain=nonnegative, domain=distinct_reals, inner=True)
def above(xp: Any, a: Any, b: Any) -> Any:
    r"""Share of a in the maximum: 1 where $a > b$, 1/2 where they tie, else 0.

    Takes   a, b: real arrays of shapes that broadcast, or numbers.
    Gives   an array of the broadcast shape and the promoted dtype.
    Limits  the derivative is 0 everywhere, at the jump too.
    Source  the definition.

    >>> sg.rules.selection.above(sg.tensor([1.0, 2.0, 3.0]), 2)
    tensor([0.0000, 0.5000, 1.0000])
    """
    # By comparing, not by sign(a - b): two infinities tie.
    # Not by comparing with None, which NumPy takes for float64.
    dtypes = [v.dtype for v in (a, b) if hasattr(v, "dtype")]
    dtype = dtypes[0] if len(dtypes) == 1 or dtypes[0] == dtypes[1] else xp.maximum(a, b).dtype
    tied = xp.cast(xp.greater_equal(a, b), dtype=dtype)
    return xp.where(xp.greater(a, b), tied, tied / 2)


@above.formula
def _(xp: Any, a: Any, b: Any) -> Any:
    one = xp.ones_like(a + b)
    return xp.where(xp.greater(a, b), one, xp.where(xp.equal(a, b), one / 2, 0 * one))


@above.partial("a")
def _() -> Any:
    return 0


@above.partial("b")
def _() -> Any:
    return 0


@elementwise(selects=True, domain=reals, constant=("mask",), inner=True)
def masked(xp: Any, x: Any, mask: Any) -> Any:
    r"""Product with a mask, $x m$, that is 0 where the mask is, whatever x is there.

    Takes   x: real array; mask: array of weights, 0 where x does not count; shapes that broadcast.
    Gives   an array of the broadcast shape and the promoted dtype.
    Limits  the mask has no derivative: it is constant wherever it is continuous.
    Source  the definition; an infinite cotangent must not become nan by meeting a 0.

    >>> sg.rules.selection.masked(sg.tensor([1.0, 2.0]), sg.tensor([0.5, 0.0]))
    tensor([0.5000, 0.0000])
    """
    product = x * mask
    return xp.where(xp.equal(mask, 0), xp.zeros_like(product), product)


@masked.formula
def _(xp: Any, x: Any, mask: Any) -> Any:
    return x * xp.detach(mask)


@masked.partial("x")
def _(xp: Any, g: Any, mask: Any) -> Any:
    return xp.masked(g, mask)


@elementwise(
    selects=True,
    domain=(booleans, reals, reals),
    integers=True,
    constant=("condition",),
    spellings=("numpy.where",),
)
def where(xp: Any, condition: Any, a: Any, b: Any) -> Any:
    r"""The entries of a where the condition holds, else those of b.

    Takes   condition: boolean array; a, b: arrays or numbers; shapes that broadcast.
    Gives   an array of the broadcast shape and the promoted dtype of a and b.
    Limits  both operands are computed everywhere, chosen or not.
    Source  the definition.

    >>> sg.where(sg.tensor([True, False]), sg.tensor([1.0, 2.0]), 0)
    tensor([1., 0.])
    """
    return xp.where(condition, a, b)


@where.partial("a")
def _(xp: Any, g: Any, condition: Any) -> Any:
    return xp.where(condition, g, xp.zeros_like(g))


@where.partial("b")
def _(xp: Any, g: Any, condition: Any) -> Any:
    return xp.where(condition, xp.zeros_like(g), g)


@elementwise(
    selects=True,
    domain=_off_the_bounds,
    integers=True,
    grad_fn="ClampBackward1",
    spellings=("numpy.clip", "torch.clamp"),
    cases=_BOUNDS,
)
def clip(xp: Any, x: Any, *, min: Any = None, max: Any = None) -> Any:
    r"""The nearest value within bounds, $\min(\max(x, l), u)$.

    Takes   x: real array, any shape; min, max: numbers, or None for no bound on that side.
    Gives   an array of x's shape and dtype; max everywhere if min > max.
    Limits  at a bound itself the derivative is 1.
    Source  the definition; the convention is PyTorch's.

    >>> sg.clip(sg.tensor([-2.0, 0.5, 3.0]), min=-1, max=1)
    tensor([-1.0000,  0.5000,  1.0000])
    """
    if min is not None:
        x = xp.maximum(x, min)
    return x if max is None else xp.minimum(x, max)


@clip.formula
def _(xp: Any, x: Any, *, min: Any = None, max: Any = None) -> Any:
    if _crossed(min, max):
        return 0 * x + max
    out = x if min is None else xp.where(xp.less(x, min), min, x)
    return out if max is None else xp.where(xp.greater(x, max), max, out)


@clip.partial("x")
def _(xp: Any, g: Any, x: Any, min: Any, max: Any) -> Any:
    return xp.masked(g, xp.inside(x, min=min, max=max))


@elementwise(
    codomain=nonnegative,
    domain=_off_the_bounds,
    integers=True,
    inner=True,
    cases=_BOUNDS,
)
def inside(xp: Any, x: Any, *, min: Any = None, max: Any = None) -> Any:
    r"""Mask of what lies within bounds: 1 where $l \le x \le u$, else 0.

    Takes   x: real array, any shape; min, max: numbers, or None for no bound on that side.
    Gives   an array of x's shape and dtype.
    Limits  the derivative is 0 everywhere, at the jumps too.
    Source  the definition.

    >>> sg.rules.selection.inside(sg.tensor([-2.0, 1.0, 3.0]), min=-1, max=1)
    tensor([0., 1., 0.])
    """
    held = xp.equal(x, x) if min is None else xp.greater_equal(x, min)
    if max is not None:
        held = xp.logical_and(held, xp.less_equal(x, max))
    return xp.cast(held, dtype=x.dtype)


@inside.formula
def _(xp: Any, x: Any, *, min: Any = None, max: Any = None) -> Any:
    one = xp.ones_like(x)
    if _crossed(min, max):
        return 0 * one
    out = one if min is None else xp.where(xp.less(x, min), 0 * one, one)
    return out if max is None else xp.where(xp.greater(x, max), 0 * one, out)


@inside.partial("x")
def _() -> Any:
    return 0


@selection(
    domain=distinct_reals,
    integers=True,
    grad_fn="SortBackward0",
    inner=True,
    spellings=("numpy.sort",),
    cases=(
        case((2, 3), axis=-1),
        case((2, 3), axis=0, descending=True),
        case((4, 1, 3), axis=1),
        case((5,)),
        case((1,)),
        case((0, 3), axis=0),
        case(()),
    ),
)
def sort_values(xp: Any, x: Any, *, axis: int = -1, descending: bool = False, path: Any) -> Any:
    r"""The entries of x in order along an axis.

    Takes   x: real array, any shape; axis: the one to sort along; descending: largest first.
    Gives   an array of x's shape and dtype; ties in their order of appearance, nan as the largest.
    Limits  where entries tie, each keeps the gradient of the place it went to.
    Source  a permutation, linear once the order is known.

    >>> sg.rules.selection.sort_values(sg.tensor([3.0, 1.0, 2.0]))
    tensor([1., 2., 3.])
    """
    return xp.take_along_axis(x, index=path, axis=axis) if x.shape else x


@sort_values.path
def _(xp: Any, x: Any, *, axis: int = -1, descending: bool = False) -> Any:
    return xp.argsort(x, axis=axis, descending=descending) if x.shape else None


@sort_values.vjp("x")
def _(xp: Any, g: Any, axis: int, shape: Any, path: Any) -> Any:
    # A permutation's inverse is the order of its integers, and gathers what a scatter would add.
    return xp.take_along_axis(g, index=xp.argsort(path, axis=axis), axis=axis) if shape else g


@sort_values.jvp("x")
def _(xp: Any, t: Any, axis: int, shape: Any, path: Any) -> Any:
    return xp.take_along_axis(t, index=path, axis=axis) if shape else t


@sort_values.shape
def _(shapes: Any) -> Any:
    return shapes[0]


@selection(
    domain=integers,
    integers=True,
    differentiable=False,
    inner=True,
    notation="onehot",
    cases=(
        case((3,), n=5),
        case((2, 3), n=5),
        case((), n=5),
        case((1,), n=5),
        case((0, 3), n=5),
        case((4,), n=1),
    ),
)
def one_hot(xp: Any, x: Any, *, n: int) -> Any:
    r"""Rows of the identity matrix, $y_{ij} = [x_i = j]$.

    Takes   x: integer array, any shape; n: how many places there are.
    Gives   an array of x's dtype with one axis more, of size n; negative integers count from the
            end, and one that names no place gives zeros.
    Source  the definition; a gather is the product with it, and a scatter with its transpose.

    >>> sg.rules.selection.one_hot(sg.tensor([0, -1]), n=3)
    tensor([[1, 0, 0],
            [0, 0, 1]])
    """
    places = xp.expand_dims(xp.where(xp.less(x, 0), x + n, x), axis=len(x.shape))
    return xp.cast(xp.equal(places, xp.arange(n, like=x)), dtype=x.dtype)


@one_hot.shape
def _(n: Any, shapes: Any) -> Any:
    return (*shapes[0], n)
