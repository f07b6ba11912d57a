"""Products of two operands: matrices, vectors, outer; imports the grammar only."""

from __future__ import annotations

from typing import Any

from symgrad.errors import ShapeError
from symgrad.grammar.domain import case, reals
from symgrad.grammar.kind import broadcast_shape
from symgrad.grammar.plan import conform
from symgrad.grammar.primitive import contraction

__all__ = ["dot", "kron", "matmul", "outer"]

_BATCH = "abcdefghlmnopqrstuvwxyz"


def _turned(xp: Any, x: Any, ndim: int) -> Any:
    """The last two axes swapped."""
    return xp.permute(x, axes=(*range(ndim - 2), ndim - 1, ndim - 2))


def _left(xp: Any, g: Any, b: Any, shapes: Any) -> Any:
    """The cotangent of a in ``a @ b``."""
    n, m = len(shapes[0]), len(shapes[1])
    if m == 1:
        return g * b if n == 1 else xp.expand_dims(g, axis=-1) * b
    if n == 1:
        batch = _BATCH[: m - 2]
        return xp.matmul(b, g) if m == 2 else xp.einsum(b, g, spec=f"{batch}kj,{batch}j->k")
    if n == 2 and m > 2:
        batch = _BATCH[: m - 2]
        return xp.einsum(g, b, spec=f"{batch}ij,{batch}kj->ik")
    moved = xp.matmul(g, _turned(xp, b, m))
    return moved if m == 2 else conform(xp, moved, moved.shape, shapes[0])


def _right(xp: Any, g: Any, a: Any, shapes: Any) -> Any:
    """The cotangent of b in ``a @ b``."""
    n, m = len(shapes[0]), len(shapes[1])
    if n == 1:
        return g * a if m == 1 else xp.expand_dims(a, axis=-1) * xp.expand_dims(g, axis=-2)
    if m == 1:
        batch = _BATCH[: n - 2]
        return xp.matmul(g, a) if n == 2 else xp.einsum(g, a, spec=f"{batch}i,{batch}ik->k")
    if m == 2 and n > 2:
        # One product over all rows: a stack of products, summed, would be as large as the batch.
        batch = _BATCH[: n - 2]
        return xp.einsum(a, g, spec=f"{batch}ik,{batch}ij->kj")
    moved = xp.matmul(_turned(xp, a, n), g)
    return moved if n == 2 else conform(xp, moved, moved.shape, shapes[1])


def _product_spec(ndims: tuple[int, ...]) -> str:
    n, m = ndims
    batch = _BATCH[: max(n, m, 2) - 2]
    first = batch[len(batch) - n + 2 :] + "ik" if n > 1 else "k"
    second = batch[len(batch) - m + 2 :] + "kj" if m > 1 else "k"
    return f"{first},{second}->{batch}{'i' if n > 1 else ''}{'j' if m > 1 else ''}"


def _product_name(params: Any, shapes: Any) -> str:
    """PyTorch's name: it has a function for each sort of product."""
    n, m = len(shapes[0]), len(shapes[1])
    if n > 2 or m > 2:
        return "BmmBackward0"
    return {(1, 1): "DotBackward0", (2, 1): "MvBackward0"}.get((n, m), "MmBackward0")


def _product_shape(a: Any, b: Any) -> Any:
    rows = a[-2:-1] if len(a) > 1 else ()
    columns = b[-1:] if len(b) > 1 else ()
    return (*broadcast_shape(a[:-2], b[:-2]), *rows, *columns)


@contraction(
    domain=reals,
    integers=True,
    grad_fn=_product_name,
    vectors={"a": -2, "b": -1},
    signature="a[.., i, k] * b[.., k, j]",
    spellings=("numpy.matmul", "torch.mm", "torch.mv", "torch.bmm"),
    cases=(
        case((2, 3), (3, 4)),
        case((2, 3), (3,)),
        case((3,), (3, 4)),
        case((3,), (3,)),
        case((1, 1), (1, 1)),
        case((0, 3), (3, 2)),
        case((2, 0), (0, 3)),
        case((5, 2, 3), (3, 4)),
        case((2, 3), (5, 3, 4)),
        case((5, 2, 3), (3,)),
        case((3,), (5, 3, 4)),
        case((5, 2, 3), (5, 3, 4)),
        case((5, 1, 2, 3), (4, 3, 2)),
    ),
)
def matmul(xp: Any, a: Any, b: Any) -> Any:
    r"""Matrix product, $\sum_k a_{ik} b_{kj}$.

    Takes   a, b: real arrays of one or more axes; a vector on the left is a row, on the right a
            column; axes before the last two are a batch, and broadcast.
    Gives   an array of the promoted dtype; a number for two vectors.
    Raises  ShapeError where inner sizes differ, and for a number.
    Source  the product rule.

    >>> sg.matmul(sg.tensor([[1.0, 2.0], [3.0, 4.0]]), sg.tensor([1.0, -1.0]))
    tensor([-1., -1.])
    """
    if not getattr(a, "ndim", 0) or not getattr(b, "ndim", 0):
        raise ShapeError("matmul(a, b): both need at least one axis; use * for a number")
    return xp.matmul(a, b)


matmul.linear("a", "b")


@matmul.vjp("a")
def _(xp: Any, g: Any, b: Any, shapes: Any) -> Any:
    return _left(xp, g, b, shapes)


@matmul.vjp("b")
def _(xp: Any, g: Any, a: Any, shapes: Any) -> Any:
    return _right(xp, g, a, shapes)


@matmul.einsum
def _(ndims: tuple[int, ...]) -> str:
    return _product_spec(ndims)


@matmul.shape
def _(shapes: Any) -> Any:
    return _product_shape(*shapes)


@contraction(
    domain=reals,
    integers=True,
    signature="a[.., k] * b[k] or a[i, k] * b[k, j]",
    spellings=("numpy.dot",),
    cases=(
        case((3,), (3,)),
        case((2, 3), (3,)),
        case((3,), (3, 4)),
        case((2, 3), (3, 4)),
        case((), (3,)),
        case((2, 3), ()),
        case((), ()),
        case((0,), (0,)),
    ),
)
def dot(xp: Any, a: Any, b: Any) -> Any:
    r"""Inner product, $\sum_k a_k b_k$; of matrices their product.

    Takes   a, b: real arrays of at most two axes (a of more, if b is a vector); with a number the
            product entry by entry.
    Gives   an array of the promoted dtype; a number for two vectors.
    Limits  b with more than two axes is refused: matmul and einsum say which axes are meant.
    Source  the product rule; the shapes are numpy.dot's.

    >>> sg.dot(sg.tensor([1.0, 2.0]), sg.tensor([3.0, 4.0]))
    tensor(11.)
    """
    n, m = len(getattr(a, "shape", ())), len(getattr(b, "shape", ()))
    if not n or not m:
        return xp.multiply(a, b)
    if m > 2 or (n > 2 and m > 1):
        raise ShapeError(f"dot(a, b): a has {n} axes, b has {m}; use matmul or einsum")
    return xp.matmul(a, b)


dot.linear("a", "b")


@dot.vjp("a")
def _(xp: Any, g: Any, b: Any, shapes: Any) -> Any:
    if all(shapes):
        return _left(xp, g, b, shapes)
    return xp.sum(g * b) if shapes[1] else g * b


@dot.vjp("b")
def _(xp: Any, g: Any, a: Any, shapes: Any) -> Any:
    if all(shapes):
        return _right(xp, g, a, shapes)
    return xp.sum(g * a) if shapes[0] else g * a


@dot.einsum
def _(ndims: tuple[int, ...]) -> str:
    if all(ndims):
        return _product_spec(ndims)
    letters = _BATCH[: max(ndims)]
    return f"{letters[: ndims[0]]},{letters[: ndims[1]]}->{letters}"


@dot.shape
def _(shapes: Any) -> Any:
    return _product_shape(*shapes) if all(shapes) else (*shapes[0], *shapes[1])


@contraction(
    domain=reals,
    integers=True,
    grad_fn="MulBackward0",
    signature="a[i] * b[j]",
    spellings=("numpy.outer", "torch.ger"),
    cases=(case((2,), (3,)), case((1,), (1,)), case((0,), (3,))),
)
def outer(xp: Any, a: Any, b: Any) -> Any:
    r"""Outer product, $a_i b_j$.

    Takes   a, b: real vectors.
    Gives   a matrix of a's size by b's size, of the promoted dtype.
    Raises  ShapeError for anything but two vectors.
    Source  the product rule.

    >>> sg.outer(sg.tensor([1.0, 2.0]), sg.tensor([3.0, 4.0]))
    tensor([[3., 4.],
            [6., 8.]])
    """
    for name, v in (("a", a), ("b", b)):
        if len(getattr(v, "shape", ())) != 1:
            raise ShapeError(
                f"outer(a, b): {name} has the shape {tuple(getattr(v, 'shape', ()))}, and must be "
                f"a vector; reshape it to (-1,)"
            )
    return xp.expand_dims(a, axis=-1) * xp.expand_dims(b, axis=0)


outer.linear("a", "b")


@outer.vjp("a")
def _(xp: Any, g: Any, b: Any) -> Any:
    return xp.matmul(g, b)


@outer.vjp("b")
def _(xp: Any, g: Any, a: Any) -> Any:
    return xp.matmul(a, g)


@outer.einsum
def _(ndims: tuple[int, ...]) -> str:
    return "i,j->ij"


@outer.shape
def _(shapes: Any) -> Any:
    return (*shapes[0], *shapes[1])


@contraction(
    worded=True,
    composed=True,
    domain=reals,
    integers=True,
    grad_fn="ViewBackward0",
    signature="a[i, j] * b[k, l]",
    spellings=("numpy.kron",),
    cases=(
        case((2, 3), (3, 2)),
        case((2, 2), (2, 2)),
        case((2,), (3,)),
        case((1, 1), (2, 3)),
        case((3,), (1,)),
        case((2,), (3, 2)),
        case((0, 2), (2, 3)),
    ),
)
def kron(xp: Any, a: Any, b: Any) -> Any:
    r"""Kronecker product, $y_{(ik)(jl)} = a_{ij} b_{kl}$: b once for each entry of a.

    Takes   a, b: real matrices or vectors; a vector beside a matrix is a row.
    Gives   an array of the promoted dtype, whose sizes are the products of theirs.
    Raises  ShapeError for an operand with no axis or with more than two.
    Source  the definition; the product rule.

    >>> sg.kron(sg.tensor([1.0, 2.0]), sg.tensor([[1.0, 0.0], [0.0, 1.0]]))
    tensor([[1., 0., 2., 0.],
            [0., 1., 0., 2.]])
    """
    shapes = tuple(tuple(getattr(v, "shape", ())) for v in (a, b))
    i, k, ik = _blocks(shapes)
    blocks = xp.einsum(_lined(xp, a, i), _lined(xp, b, k), spec=f"{i},{k}->{ik}")
    return xp.reshape(blocks, shape=_kron_shape(shapes))


def _blocks(shapes: Any) -> tuple[str, str, str]:
    """Letters for the axes of a, of b, and of all products."""
    for name, shape in zip("ab", shapes, strict=True):
        if not 1 <= len(shape) <= 2:
            raise ShapeError(
                f"kron(a, b): {name} has the shape {tuple(shape)}, and must be a matrix or a "
                f"vector; einsum says which axes are meant"
            )
    return ("i", "k", "ik") if len(shapes[0]) == len(shapes[1]) == 1 else ("ij", "kl", "ikjl")


def _lined(xp: Any, x: Any, letters: str) -> Any:
    """A vector beside a matrix, as a row."""
    return x if len(x.shape) == len(letters) else xp.expand_dims(x, axis=0)


def _full_shape(shapes: Any) -> Any:
    ndim = max(map(len, shapes))
    a, b = ((1,) * (ndim - len(s)) + tuple(s) for s in shapes)
    return tuple(size for pair in zip(a, b, strict=True) for size in pair)


def _kron_shape(shapes: Any) -> Any:
    full = _full_shape(shapes)
    return tuple(full[n] * full[n + 1] for n in range(0, len(full), 2))


kron.linear("a", "b")


@kron.vjp("a")
def _(xp: Any, g: Any, b: Any, shapes: Any) -> Any:
    i, k, ik = _blocks(shapes)
    return _unblocked(xp, g, _lined(xp, b, k), f"{ik},{k}->{i}", shapes, 0)


@kron.vjp("b")
def _(xp: Any, g: Any, a: Any, shapes: Any) -> Any:
    i, k, ik = _blocks(shapes)
    return _unblocked(xp, g, _lined(xp, a, i), f"{ik},{i}->{k}", shapes, 1)


def _unblocked(xp: Any, g: Any, other: Any, spec: str, shapes: Any, index: int) -> Any:
    """The cotangent of one operand: that of all products, summed with the other operand."""
    pulled = xp.einsum(xp.reshape(g, shape=_full_shape(shapes)), other, spec=spec)
    return pulled if len(pulled.shape) == len(shapes[index]) else xp.squeeze(pulled, axis=0)


@kron.shape
def _(shapes: Any) -> Any:
    return _kron_shape(shapes)
