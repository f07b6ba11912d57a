"""Matrices in the last two axes: determinants, inverses, systems; imports the grammar only."""

from __future__ import annotations

from typing import Any

from symgrad.grammar.domain import case, invertible, reals, square
from symgrad.grammar.kind import broadcast_shape
from symgrad.grammar.plan import conform
from symgrad.grammar.primitive import factorisation

__all__ = ["cofactor", "cofactor_slope", "det", "inv", "slogdet", "solve"]

_LAYOUTS = (case((2, 2)), case((3, 3)), case((2, 3, 3)), case((1, 1)), case((0, 3, 3)))

#: Up to this size cofactors are made of determinants of minors: right everywhere.
_SMALL = (2, 3, 4)


def _transposed(xp: Any, x: Any) -> Any:
    """The transpose of the last two axes."""
    n = len(x.shape)
    return xp.permute(x, axes=(*range(n - 2), n - 1, n - 2))


def _spread(xp: Any, g: Any) -> Any:
    """A number for each matrix, to be multiplied with matrices."""
    n = len(g.shape)
    return xp.expand_dims(g, axis=(n, n + 1))


@factorisation(
    domain=square,
    grad_fn="LinalgDetBackward0",
    signature="x[.., i, i]",
    spellings=("numpy.linalg.det",),
    cases=(*_LAYOUTS, case((0, 0)), case((5, 5))),
)
def det(xp: Any, x: Any) -> Any:
    r"""Determinant, $\det x$.

    Takes   x: real array of square matrices in the last two axes.
    Gives   an array of the leading shape and x's dtype; 1 for a matrix without entries.
    Limits  right for singular matrices too; second derivatives there up to size 4, beyond they
            divide by det x.
    Source  Jacobi's formula, $\partial \det x / \partial x = \operatorname{cof} x$.

    >>> sg.det(sg.tensor([[2.0, 1.0], [0.0, 3.0]]))
    tensor(6.)
    """
    return xp.det(x)


@det.formula
def _(xp: Any, x: Any) -> Any:
    n = x.shape[-1]
    if n == 0:
        return xp.prod(x, axis=(-2, -1))
    if n == 1:
        return xp.squeeze(x, axis=(-2, -1))
    first = xp.getitem(x, index=(..., 0, slice(None)))
    return xp.sum(first * xp.getitem(xp.cofactor(x), index=(..., 0, slice(None))), axis=-1)


@det.vjp("x")
def _(xp: Any, g: Any, x: Any) -> Any:
    return _spread(xp, g) * xp.cofactor(x)


@det.jvp("x")
def _(xp: Any, t: Any, x: Any) -> Any:
    return xp.sum(xp.cofactor(x) * t, axis=(-2, -1))


@det.shape
def _(shapes: Any) -> Any:
    return tuple(shapes[0][:-2])


def _minors(xp: Any, x: Any) -> Any:
    """For each entry of a matrix, the matrix without its row and column."""
    n, lead = x.shape[-1], len(x.shape) - 2
    rows = xp.stack(*(_without(xp, x, i, lead) for i in range(n)), axis=lead)
    return xp.stack(*(_without(xp, rows, j, lead + 2) for j in range(n)), axis=lead + 1)


def _signed(xp: Any, x: Any) -> Any:
    """The entries times $(-1)^{i + j}$."""
    one = xp.ones((), like=x)
    signs = xp.stack(*(one if i % 2 == 0 else -one for i in range(x.shape[-1])), axis=0)
    return x * xp.expand_dims(signs, axis=1) * signs


def _by_minors(xp: Any, x: Any) -> Any:
    """Cofactors by their definition, with one call of det."""
    return _signed(xp, xp.det(_minors(xp, x)))


def _without(xp: Any, x: Any, i: int, axis: int) -> Any:
    """``x`` with one place of an axis left out."""
    every = (slice(None),) * axis
    before = xp.getitem(x, index=(*every, slice(None, i)))
    after = xp.getitem(x, index=(*every, slice(i + 1, None)))
    return xp.concat(before, after, axis=axis)


@factorisation(
    domain=invertible,
    inner=True,
    notation="cof",
    signature="x[.., i, i]",
    cases=(case((5, 5)), *_LAYOUTS, case((0, 0)), case((4, 4))),
)
def cofactor(xp: Any, x: Any) -> Any:
    r"""Cofactors, $(\operatorname{cof} x)_{ij} = (-1)^{i+j} \det x_{\hat\imath \hat\jmath}$.

    Takes   x: real array of square matrices in the last two axes.
    Gives   an array of x's shape and dtype, $\det(x)\,x^{-T}$ where x is invertible.
    Limits  singular matrices are welcome; beyond size 4 the derivative divides by det x.
    Source  the definition; beyond size 4 the singular values: those of cof x are the products of
            the others.

    >>> sg.rules.linalg.cofactor(sg.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([[ 4., -3.],
            [-2.,  1.]])
    """
    n = x.shape[-1]
    if n < 2:
        return xp.ones_like(x)
    if n in _SMALL:
        return _by_minors(xp, x)
    left, values, right = xp.svd(x)
    turn = xp.det(left) * xp.det(right)
    others = xp.prod_slope(values, axis=-1) * xp.expand_dims(turn, axis=len(turn.shape))
    return xp.matmul(left * xp.expand_dims(others, axis=len(turn.shape)), right)


@cofactor.formula
def _(xp: Any, x: Any) -> Any:
    return xp.ones_like(x) if x.shape[-1] < 2 else _by_minors(xp, x)


@cofactor.vjp("x")
def _(xp: Any, g: Any, x: Any) -> Any:
    return xp.cofactor_slope(x, g)  # a second derivative, which is symmetric


@cofactor.jvp("x")
def _(xp: Any, t: Any, x: Any) -> Any:
    return xp.cofactor_slope(x, t)


cofactor.shape(lambda shapes: shapes[0])


@factorisation(
    domain=(invertible, reals),
    inner=True,
    signature="x[.., i, i], v[.., i, i]",
    cases=tuple(case(s, s) for s in ((2, 2), (3, 3), (2, 3, 3), (1, 1), (0, 3, 3), (4, 4), (5, 5))),
)
def cofactor_slope(xp: Any, x: Any, v: Any) -> Any:
    r"""Slope of the cofactors along v, $(\langle v, C \rangle C - C v^T C) / \det x$, $C$ cof x.

    Takes   x: real array of square matrices in the last two axes; v: one of x's shape.
    Gives   an array of that shape and the promoted dtype.
    Limits  right for singular matrices up to size 4; beyond it divides by det x.
    Source  the second derivative of det along v; by minors, whose sizes are one less.

    >>> x, v = sg.tensor([[1.0, 2.0], [2.0, 4.0]]), sg.tensor([[0.0, 1.0], [3.0, 5.0]])
    >>> sg.rules.linalg.cofactor_slope(x, v)
    tensor([[ 5., -3.],
            [-1.,  0.]])
    """
    n = x.shape[-1]
    if n < 2:
        return xp.zeros_like(x * v)
    return _along(xp, xp.cofactor, (x,), v) if n in _SMALL else _by_quotient(xp, x, v)


@cofactor_slope.formula
def _(xp: Any, x: Any, v: Any) -> Any:
    return _by_quotient(xp, x, v)


def _by_quotient(xp: Any, x: Any, v: Any) -> Any:
    y = xp.cofactor(x)
    return _bent(xp, y, v, y) / _spread(xp, xp.det(x))


def _bent(xp: Any, left: Any, v: Any, right: Any) -> Any:
    """<v, left> right - left v^T right."""
    along = _spread(xp, xp.sum(v * left, axis=(-2, -1)))
    return along * right - xp.matmul(xp.matmul(left, _transposed(xp, v)), right)


def _along(xp: Any, word: Any, operands: tuple[Any, ...], v: Any) -> Any:
    """The derivative along v of what is made of minors, from that of the smaller ones."""
    smaller = word(*(_minors(xp, o) for o in operands))
    return _signed(xp, xp.sum(smaller * _minors(xp, v), axis=(-2, -1)))


@cofactor_slope.vjp("x")
def _(xp: Any, g: Any, y: Any, x: Any, v: Any) -> Any:
    return _third(xp, g, y, x, v)


@cofactor_slope.jvp("x")
def _(xp: Any, t: Any, y: Any, x: Any, v: Any) -> Any:
    return _third(xp, t, y, x, v)


@cofactor_slope.vjp("v")
def _(xp: Any, g: Any, x: Any) -> Any:
    return xp.cofactor_slope(x, g)


cofactor_slope.linear("v")


def _third(xp: Any, g: Any, y: Any, x: Any, v: Any) -> Any:
    """The third derivative of det along v and g: symmetric, so both directions use it."""
    n = x.shape[-1]
    if n in (0, 1):
        return xp.zeros_like(x)
    if n in _SMALL:
        return _along(xp, xp.cofactor_slope, (x, v), g)
    c, turned = xp.cofactor(x), xp.cofactor_slope(x, g)
    bent = _bent(xp, turned, v, c) + _bent(xp, c, v, turned)
    return (bent - y * _spread(xp, xp.sum(c * g, axis=(-2, -1)))) / _spread(xp, xp.det(x))


cofactor_slope.shape(lambda shapes: shapes[0])


@factorisation(
    domain=invertible,
    grad_fn="LinalgSlogdetBackward0",
    signature="x[.., i, i]",
    outputs=("sign", "logabsdet"),
    spellings=("numpy.linalg.slogdet",),
    cases=(*_LAYOUTS, case((5, 5))),
)
def slogdet(xp: Any, x: Any) -> Any:
    r"""Sign of the determinant and logarithm of its size, $\log |\det x|$.

    Takes   x: real array of square matrices in the last two axes.
    Gives   sign and logabsdet, of the leading shape and x's dtype; 0 and -inf for a singular one.
    Limits  the sign has no gradient; the gradient of logabsdet needs invertible matrices.
    Source  $\partial \log |\det x| / \partial x = x^{-T}$.

    >>> sg.slogdet(sg.tensor([[2.0, 0.0], [0.0, -4.0]])).logabsdet
    tensor(2.0794)
    """
    return xp.slogdet(x)


@slogdet.formula
def _(xp: Any, x: Any) -> Any:
    determinant = xp.det(x)
    return xp.sign(determinant), xp.log(xp.abs(determinant))


@slogdet.vjp("x")
def _(xp: Any, g: Any, x: Any) -> Any:
    return None if g[1] is None else _spread(xp, g[1]) * _transposed(xp, xp.inv(x))


@slogdet.jvp("x")
def _(xp: Any, t: Any, x: Any) -> Any:
    slope = xp.sum(_transposed(xp, xp.inv(x)) * t, axis=(-2, -1))
    return xp.zeros_like(slope), slope


@slogdet.shape
def _(shapes: Any) -> Any:
    return tuple(shapes[0][:-2]), tuple(shapes[0][:-2])


@factorisation(
    domain=invertible,
    grad_fn="LinalgInvExBackward0",
    signature="x[.., i, i]",
    spellings=("numpy.linalg.inv", "torch.inverse"),
    cases=(*_LAYOUTS, case((0, 0)), case((5, 5))),
)
def inv(xp: Any, x: Any) -> Any:
    r"""Inverse matrix, $x^{-1}$.

    Takes   x: real array of invertible matrices in the last two axes.
    Gives   an array of x's shape and dtype.
    Raises  LinAlgError for a matrix that is singular.
    Source  $\mathrm{d}(x^{-1}) = -x^{-1}\,\mathrm{d}x\,x^{-1}$.

    >>> sg.inv(sg.tensor([[2.0, 0.0], [0.0, 4.0]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.2500]])
    """
    return xp.inv(x)


@inv.formula
def _(xp: Any, x: Any) -> Any:
    return _transposed(xp, xp.cofactor(x)) / _spread(xp, xp.det(x))


@inv.vjp("x")
def _(xp: Any, g: Any, y: Any) -> Any:
    across = _transposed(xp, y)
    return -xp.matmul(xp.matmul(across, g), across)


@inv.jvp("x")
def _(xp: Any, t: Any, y: Any) -> Any:
    return -xp.matmul(xp.matmul(y, t), y)


inv.shape(lambda shapes: shapes[0])


@factorisation(
    worded=True,
    domain=(invertible, reals),
    grad_fn="LinalgSolveExBackward0",
    vectors={"b": -1},
    signature="a[.., i, i] \\ b[.., i, k]",
    spellings=("numpy.linalg.solve",),
    cases=(
        case((3, 3), (3,)),
        case((3, 3), (3, 2)),
        case((2, 3, 3), (3, 2)),
        case((3, 3), (2, 3, 2)),
        case((2, 3, 3), (3,)),
        case((1, 1), (1,)),
        case((3, 3), (3, 0)),
    ),
)
def solve(xp: Any, a: Any, b: Any) -> Any:
    r"""Solution of a linear system, $y = a^{-1} b$.

    Takes   a: real array of invertible matrices; b: a vector, or matrices with one column each
            system; leading axes broadcast.
    Gives   an array of b's trailing shape and the promoted dtype.
    Raises  LinAlgError for a matrix that is singular.
    Source  $\mathrm{d}y = a^{-1}(\mathrm{d}b - \mathrm{d}a\,y)$.

    >>> sg.solve(sg.tensor([[2.0, 0.0], [0.0, 4.0]]), sg.tensor([2.0, 2.0]))
    tensor([1.0000, 0.5000])
    """
    return xp.solve(a, b)


@solve.formula
def _(xp: Any, a: Any, b: Any) -> Any:
    return xp.matmul(xp.inv(a), b)


@solve.vjp("a")
def _(xp: Any, g: Any, y: Any, a: Any, shapes: Any, shape: Any) -> Any:
    vector = len(shapes[1]) == 1
    back = xp.solve(_transposed(xp, a), _columns(xp, g, vector))
    slope = -xp.matmul(back, _transposed(xp, _columns(xp, y, vector)))
    return conform(xp, slope, (*_lead(shape, vector), *shapes[0][-2:]), shapes[0])


@solve.vjp("b")
def _(xp: Any, g: Any, a: Any, shapes: Any, shape: Any) -> Any:
    vector = len(shapes[1]) == 1
    back = xp.solve(_transposed(xp, a), _columns(xp, g, vector))
    if vector:
        back = xp.squeeze(back, axis=len(shape))
    return conform(xp, back, shape, shapes[1])


@solve.jvp("a")
def _(xp: Any, t: Any, y: Any, a: Any, shapes: Any, shape: Any) -> Any:
    vector = len(shapes[1]) == 1
    ahead = -xp.solve(a, xp.matmul(t, _columns(xp, y, vector)))
    return xp.squeeze(ahead, axis=len(shape)) if vector else ahead


solve.linear("b")


def _columns(xp: Any, x: Any, vector: bool) -> Any:
    """A vector for each system as a matrix of one column."""
    return xp.expand_dims(x, axis=len(x.shape)) if vector else x


def _lead(shape: tuple[int, ...], vector: bool) -> tuple[int, ...]:
    return tuple(shape[: len(shape) - (1 if vector else 2)])


@solve.shape
def _(shapes: Any) -> Any:
    a, b = shapes
    if len(b) == 1:
        return (*a[:-2], b[0])
    return (*broadcast_shape(a[:-2], b[:-2]), *b[-2:])
