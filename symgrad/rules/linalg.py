"""Matrices in the last two axes: determinants, inverses, systems; imports the grammar only."""

from __future__ import annotations

from typing import Any

from symgrad.grammar.domain import case, invertible, reals, square
from symgrad.grammar.kind import broadcast_shape
from symgrad.grammar.plan import conform
from symgrad.grammar.primitive import factorisation

__all__ = ["cofactor", "det", "inv", "slogdet", "solve"]

_LAYOUTS = (case((2, 2)), case((3, 3)), case((2, 3, 3)), case((1, 1)), case((0, 3, 3)))

#: Up to this size the derivative of det is made of determinants of minors: right everywhere.
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


@det.vjp("x")
def _(xp: Any, g: Any, x: Any) -> Any:
    return _spread(xp, g) * _slope(xp, x)


@det.jvp("x")
def _(xp: Any, t: Any, x: Any) -> Any:
    return xp.sum(_slope(xp, x) * t, axis=(-2, -1))


def _slope(xp: Any, x: Any) -> Any:
    """The derivative of each determinant."""
    n = x.shape[-1]
    if n == 0:
        return xp.zeros_like(x)
    if n == 1:
        return xp.ones_like(x)
    return _by_minors(xp, x, n) if n in _SMALL else xp.cofactor(x)


@det.shape
def _(shapes: Any) -> Any:
    return tuple(shapes[0][:-2])


def _by_minors(xp: Any, x: Any, n: int) -> Any:
    """Cofactors by their definition, with one call of det."""
    lead = len(x.shape) - 2
    rows = xp.stack(*(_without(xp, x, i, lead) for i in range(n)), axis=lead)
    minors = xp.stack(*(_without(xp, rows, j, lead + 2) for j in range(n)), axis=lead + 1)
    one = xp.ones((), like=x)
    signs = xp.stack(*(one if i % 2 == 0 else -one for i in range(n)), axis=0)
    return xp.det(minors) * xp.expand_dims(signs, axis=1) * signs


def _without(xp: Any, x: Any, i: int, axis: int) -> Any:
    """``x`` with one place of an axis left out."""
    every = (slice(None),) * axis
    before = xp.getitem(x, index=(*every, slice(None, i)))
    after = xp.getitem(x, index=(*every, slice(i + 1, None)))
    return xp.concat(before, after, axis=axis)


@factorisation(
    domain=invertible,
    inner=True,
    signature="x[.., i, i]",
    cases=(case((2, 2)), case((3, 3)), case((2, 3, 3)), case((1, 1)), case((5, 5))),
)
def cofactor(xp: Any, x: Any) -> Any:
    r"""Cofactors, $(\operatorname{cof} x)_{ij} = (-1)^{i+j} \det x_{\hat\imath \hat\jmath}$.

    Takes   x: real array of square matrices in the last two axes, of size 1 or more.
    Gives   an array of x's shape and dtype, $\det(x)\,x^{-T}$ where x is invertible.
    Limits  singular matrices are welcome, but the derivative divides by det x.
    Source  singular values: those of cof x are the products of the others.

    >>> sg.rules.linalg.cofactor(sg.tensor([[1.5, 0.0], [0.0, 4.25]]))
    tensor([[4.2500, 0.0000],
            [0.0000, 1.5000]])
    """
    left, values, right = xp.svd(x)
    turn = xp.det(left) * xp.det(right)
    others = xp.prod_slope(values, axis=-1) * xp.expand_dims(turn, axis=len(turn.shape))
    return xp.matmul(left * xp.expand_dims(others, axis=len(turn.shape)), right)


@cofactor.formula
def _(xp: Any, x: Any) -> Any:
    n = x.shape[-1]
    return xp.ones_like(x) if n == 1 else _by_minors(xp, x, n)


@cofactor.vjp("x")
def _(xp: Any, g: Any, y: Any, x: Any) -> Any:
    return _turned(xp, g, y, x)


@cofactor.jvp("x")
def _(xp: Any, t: Any, y: Any, x: Any) -> Any:
    return _turned(xp, t, y, x)


def _turned(xp: Any, g: Any, y: Any, x: Any) -> Any:
    """The second derivative of det times g; it is symmetric, so both directions use it."""
    along = _spread(xp, xp.sum(g * y, axis=(-2, -1)))
    across = xp.matmul(xp.matmul(y, _transposed(xp, g)), y)
    return (along * y - across) / _spread(xp, xp.det(x))


@cofactor.shape
def _(shapes: Any) -> Any:
    return shapes[0]


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


@inv.vjp("x")
def _(xp: Any, g: Any, y: Any) -> Any:
    across = _transposed(xp, y)
    return -xp.matmul(xp.matmul(across, g), across)


@inv.jvp("x")
def _(xp: Any, t: Any, y: Any) -> Any:
    return -xp.matmul(xp.matmul(y, t), y)


@inv.shape
def _(shapes: Any) -> Any:
    return shapes[0]


@factorisation(
    domain=(invertible, reals),
    grad_fn="LinalgSolveExBackward0",
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
