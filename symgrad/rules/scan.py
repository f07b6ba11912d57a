"""Maps along an axis that keep the shape; imports the grammar only.

``prod_slope`` and ``logsumexp_slope`` are the words that the derivatives of two reductions use.
"""

from __future__ import annotations

import math
from typing import Any

from symgrad.grammar.domain import case, positive, reals
from symgrad.grammar.kind import reduced_axes
from symgrad.grammar.primitive import scan

__all__ = ["log_softmax", "logsumexp_slope", "prod_slope", "softmax"]

_LAYOUTS = (
    case((2, 3), axis=-1),
    case((2, 3), axis=0),
    case((4, 1, 3), axis=1),
    case((5,), axis=0),
    case((1,), axis=0),
    case((0, 3), axis=0),
    case((3, 0), axis=0),
    case((), axis=0),
)


@scan(codomain=positive, domain=reals, cases=_LAYOUTS)
def softmax(xp: Any, x: Any, *, axis: Any) -> Any:
    r"""Shares of the exponentials along an axis, $e^{x_i} / \sum_j e^{x_j}$.

    Takes   x: real array, any shape; axis: the one along which the shares add up to 1.
    Gives   an array of x's shape and dtype, within [0, 1].
    Limits  nan along an axis that is all -inf, or that holds inf.
    Source  shifted by the maximum, which cancels; $\partial y_i / \partial x_j = y_i ([i=j]-y_j)$.

    >>> sg.softmax(sg.tensor([0.0, 0.0]), axis=0)
    tensor([0.5000, 0.5000])
    """
    if not math.prod(x.shape):
        return xp.exp(x)
    axis = axis if x.shape else None
    powers = xp.exp(x - xp.max(x, axis=axis, keepdims=True))
    return powers / xp.sum(powers, axis=axis, keepdims=True)


@softmax.formula
def _(xp: Any, x: Any, *, axis: Any) -> Any:
    powers = xp.exp(x)
    return powers / xp.sum(powers, axis=axis if x.shape else None, keepdims=True)


@softmax.vjp("x")
def _(xp: Any, g: Any, y: Any, axis: Any, shape: Any) -> Any:
    return _centred(xp, g, y, axis if shape else None)


@softmax.jvp("x")
def _(xp: Any, t: Any, y: Any, axis: Any, shape: Any) -> Any:
    return _centred(xp, t, y, axis if shape else None)


def _centred(xp: Any, g: Any, y: Any, axis: Any) -> Any:
    """The Jacobian of a softmax y times g; it is symmetric, so both directions use it."""
    return y * (g - xp.sum(g * y, axis=axis, keepdims=True))


@softmax.shape
def _(shapes: Any) -> Any:
    return shapes[0]


@scan(domain=reals, cases=_LAYOUTS)
def log_softmax(xp: Any, x: Any, *, axis: Any) -> Any:
    r"""Logarithm of the softmax, $x_i - \log \sum_j e^{x_j}$.

    Takes   x: real array, any shape; axis: the one along which the shares add up to 1.
    Gives   an array of x's shape and dtype, 0 or less.
    Limits  nan along an axis that is all -inf, or that holds inf.
    Source  shifted by the maximum, which cancels.

    >>> sg.log_softmax(sg.tensor([0.0, 0.0]), axis=0)
    tensor([-0.6931, -0.6931])
    """
    if not math.prod(x.shape):
        return xp.exp(x)
    axis = axis if x.shape else None
    shifted = x - xp.max(x, axis=axis, keepdims=True)
    return shifted - xp.log(xp.sum(xp.exp(shifted), axis=axis, keepdims=True))


@log_softmax.formula
def _(xp: Any, x: Any, *, axis: Any) -> Any:
    return x - xp.log(xp.sum(xp.exp(x), axis=axis if x.shape else None, keepdims=True))


@log_softmax.vjp("x")
def _(xp: Any, g: Any, y: Any, axis: Any, shape: Any) -> Any:
    return g - xp.exp(y) * xp.sum(g, axis=axis if shape else None, keepdims=True)


@log_softmax.jvp("x")
def _(xp: Any, t: Any, y: Any, axis: Any, shape: Any) -> Any:
    return t - xp.sum(xp.exp(y) * t, axis=axis if shape else None, keepdims=True)


@log_softmax.shape
def _(shapes: Any) -> Any:
    return shapes[0]


@scan(
    codomain=positive,
    domain=reals,
    inner=True,
    notation="softmax",
    cases=(*_LAYOUTS, case((2, 3)), case((2, 3, 2), axis=(0, 2))),
)
def logsumexp_slope(xp: Any, x: Any, *, axis: Any = None) -> Any:
    r"""Slope of logsumexp: the softmax over one or several axes, 0 where all is -inf.

    Takes   x: real array, any shape; axis: an axis, several, or None for all.
    Gives   an array of x's shape and dtype, within [0, 1].
    Source  shifted by the maximum, which cancels.

    >>> sg.rules.scan.logsumexp_slope(sg.tensor([0.0, 0.0]))
    tensor([0.5000, 0.5000])
    """
    if not math.prod(x.shape):
        return xp.exp(x)
    axis = axis if x.shape else None
    top = xp.max(x, axis=axis, keepdims=True)
    dead = xp.equal(top, -xp.inf)
    powers = xp.exp(x - xp.where(dead, xp.zeros_like(top), top))
    total = xp.sum(powers, axis=axis, keepdims=True)
    return powers / xp.where(dead, xp.ones_like(total), total)


@logsumexp_slope.formula
def _(xp: Any, x: Any, *, axis: Any = None) -> Any:
    powers = xp.exp(x)
    return powers / xp.sum(powers, axis=axis if x.shape else None, keepdims=True)


@logsumexp_slope.vjp("x")
def _(xp: Any, g: Any, y: Any, axis: Any, shape: Any) -> Any:
    return _centred(xp, g, y, axis if shape else None)


@logsumexp_slope.jvp("x")
def _(xp: Any, t: Any, y: Any, axis: Any, shape: Any) -> Any:
    return _centred(xp, t, y, axis if shape else None)


@logsumexp_slope.shape
def _(shapes: Any) -> Any:
    return shapes[0]


@scan(
    domain=reals,
    inner=True,
    cases=(
        case((2, 3)),
        case((2, 3), axis=-1),
        case((2, 3, 2), axis=(0, 2)),
        case((2, 3), (2, 3), axis=1),
        case((5,), (5,), (5,)),
        case((1,), axis=0),
        case((0, 3), axis=0),
        case(()),
        case((), ()),
    ),
)
def prod_slope(xp: Any, *xs: Any, axis: Any = None) -> Any:
    r"""Slope of a product in each entry, along directions: $\partial_i D^k_{v_1..v_k} \prod_j x_j$.

    With x alone it is the product of the other entries, $\prod_{j \ne i} x_j$. No division, so
    zeros do no harm, and its own derivatives are the same word with one direction more.

    Takes   xs: x, then directions v of x's shape; axis: an axis, several, or None for all.
    Gives   an array of x's shape and dtype.
    Limits  k directions cost 3^k products.
    Source  the product rule; a balanced tree of products, over numbers with $\epsilon_k^2 = 0$.

    >>> sg.rules.scan.prod_slope(sg.tensor([2.0, 0.0, 3.0]))
    tensor([0., 6., 0.])
    """
    x = xs[0]
    if not x.shape:
        return xp.ones_like(x) if len(xs) == 1 else xp.zeros_like(x)
    gone = reduced_axes(axis, len(x.shape))
    order = (*(i for i in range(len(x.shape)) if i not in gone), *gone)
    lined = tuple(xp.permute(v, axes=order) for v in xs)
    moved = lined[0].shape
    count = math.prod(x.shape[i] for i in gone)
    if not math.prod(moved):
        return xs[0]
    flat = (*moved[: len(moved) - len(gone)], count)
    lined = tuple(xp.reshape(v, shape=flat) for v in lined)
    terms: list[Any] = [None] * 2 ** (len(xs) - 1)
    terms[0] = lined[0]
    for k, direction in enumerate(lined[1:]):
        terms[2**k] = direction
    found = _others(xp, terms, count)[-1]
    if found is None:
        return xp.zeros_like(x)
    back = tuple(order.index(i) for i in range(len(order)))
    return xp.permute(xp.reshape(found, shape=moved), axes=back)


def _others(xp: Any, terms: list[Any], n: int) -> list[Any]:
    """For each entry of the last axis, the product of all others; ``terms`` as in ``_times``."""
    if n == 2:
        return [None if p is None else xp.flip(p, axis=-1) for p in terms]
    one = xp.ones_like(xp.getitem(terms[0], index=(..., slice(None, 1))))
    none: list[Any] = [None] * (len(terms) - 1)
    if n == 1:
        return [one, *none]
    if n % 2:
        terms = [
            None if p is None else xp.concat(p, q if q is not None else 0 * one, axis=-1)
            for p, q in zip(terms, [one, *none], strict=True)
        ]
    even, odd = _every_second(xp, terms, 0), _every_second(xp, terms, 1)
    above = _others(xp, _times(even, odd), (n + 1) // 2)
    pairs = zip(_times(above, odd), _times(above, even), strict=True)
    return [_woven(xp, left, right, n) for left, right in pairs]


def _every_second(xp: Any, terms: list[Any], start: int) -> list[Any]:
    index = (..., slice(start, None, 2))
    return [None if p is None else xp.getitem(p, index=index) for p in terms]


def _times(a: list[Any], b: list[Any]) -> list[Any]:
    """The product of two sums of terms; bit k of a term's place says whether it holds epsilon_k."""
    out: list[Any] = [None] * len(a)
    for i, p in enumerate(a):
        for j, q in enumerate(b):
            if p is None or q is None or i & j:
                continue
            part = p * q
            out[i | j] = part if out[i | j] is None else out[i | j] + part
    return out


def _woven(xp: Any, left: Any, right: Any, n: int) -> Any:
    """Two arrays entry by entry in turn, cut to n entries; a missing one is zero."""
    if left is None and right is None:
        return None
    left = xp.zeros_like(right) if left is None else left
    right = xp.zeros_like(left) if right is None else right
    both = xp.stack(left, right, axis=-1)
    width = left.shape[-1] * 2
    woven = xp.reshape(both, shape=(*left.shape[:-1], width))
    return xp.getitem(woven, index=(..., slice(None, n))) if n < width else woven


@prod_slope.vjp("xs")
def _(xp: Any, g: Any, xs: Any, axis: Any, index: Any) -> Any:
    # The k-th derivative is symmetric: g takes the place of the direction that is asked for.
    kept = xs if index == 0 else (*xs[:index], *xs[index + 1 :])
    return xp.prod_slope(*kept, g, axis=axis)


@prod_slope.shape
def _(shapes: Any) -> Any:
    return shapes[0]
