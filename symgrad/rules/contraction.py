"""Products that sum over shared indices, and running sums; imports the grammar only."""

from __future__ import annotations

from functools import cache
from typing import Any

from symgrad.errors import ShapeError
from symgrad.grammar.domain import case, reals
from symgrad.grammar.kind import broadcast_shape
from symgrad.grammar.plan import conform
from symgrad.grammar.primitive import contraction
from symgrad.grammar.spelling import spell

__all__ = ["cumsum", "dot", "einsum", "matmul", "outer", "trace"]

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


def _product_shape(a: Any, b: Any) -> Any:
    rows = a[-2:-1] if len(a) > 1 else ()
    columns = b[-1:] if len(b) > 1 else ()
    return (*broadcast_shape(a[:-2], b[:-2]), *rows, *columns)


@contraction(
    domain=reals,
    integers=True,
    grad_fn="MmBackward0",
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
    Source  the product rule.

    >>> sg.matmul(sg.tensor([[1.0, 2.0], [3.0, 4.0]]), sg.tensor([1.0, -1.0]))
    tensor([-1., -1.])
    """
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


@cache
def _read(spec: str, count: int) -> tuple[tuple[str, ...], str]:
    """The terms and the output of a spec.

    Raises  ShapeError for one that is not explicit, naming the mend.
    """
    inputs, arrow, out = spec.partition("->")
    terms = tuple(inputs.split(","))
    wrong = ""
    if "." in spec:
        wrong = "an ellipsis is not read here; write a letter for each axis"
    elif not arrow:
        wrong = "the output is missing; write it after ->"
    elif not all(term == "" or (term.isascii() and term.isalpha()) for term in (*terms, out)):
        wrong = "an index is a letter a-z or A-Z"
    elif len(terms) != count:
        wrong = f"it names {len(terms)} operands, and {count} were given"
    elif len(set(out)) != len(out) or not set(out) <= set(inputs):
        wrong = "each letter of the output stands in an operand, and once in the output"
    if wrong:
        raise ShapeError(f"einsum({spec!r}): {wrong}")
    return terms, out


def _sizes(terms: tuple[str, ...], shapes: Any, spec: str) -> dict[str, Any]:
    """Each letter's size; 1 gives way, as in broadcasting."""
    sizes: dict[str, Any] = {}
    for k, (term, shape) in enumerate(zip(terms, shapes, strict=True)):
        if len(term) != len(shape):
            raise ShapeError(
                f"einsum({spec!r}): operand {k} has {len(shape)} axes, and {term!r} names {len(term)}"
            )
        for letter, n in zip(term, shape, strict=True):
            known = sizes.setdefault(letter, n)
            if known == 1:
                sizes[letter] = n
            elif known != n and n != 1:
                raise ShapeError(f"einsum({spec!r}): {letter} is {known} and {n}")
    return sizes


@contraction(
    domain=reals,
    integers=True,
    method=False,
    cases=(
        case((2, 3), (3, 4), spec="ij,jk->ik"),
        case((2, 3), spec="ij->ji"),
        case((2, 3), spec="ij->"),
        case((3, 3), spec="ii->"),
        case((3, 3, 2), spec="iij->ij"),
        case((2, 3), (2, 3), spec="ij,ij->i"),
        case((2, 3), (4,), spec="ij,k->jk"),
        case((2, 3), (3, 4), (4,), spec="ij,jk,k->i"),
        case((), (3,), spec=",i->i"),
        case((2, 1), (1, 4), spec="ij,jk->ik"),
        case((2, 0), (0, 3), spec="ij,jk->ik"),
    ),
)
def einsum(xp: Any, *operands: Any, spec: str) -> Any:
    r"""Einstein summation: the product of the operands, summed over letters not in the output.

    Takes   operands: real arrays; spec: explicit, as "ij,jk->ik", one letter for each axis; a
            letter may repeat, and axes of size 1 broadcast.
    Gives   an array with an axis for each letter of the output, of the promoted dtype.
    Raises  ShapeError for a spec that does not fit, and for an ellipsis.
    Source  the product rule; the adjoint of an einsum is an einsum.

    >>> sg.einsum("ij,j->i", sg.tensor([[1.0, 2.0], [3.0, 4.0]]), sg.tensor([1.0, -1.0]))
    tensor([-1., -1.])
    """
    terms, _ = _read(spec, len(operands))
    _sizes(terms, tuple(getattr(x, "shape", ()) for x in operands), spec)
    return xp.einsum(*operands, spec=spec)


einsum.linear("operands")


@einsum.vjp("operands")
def _(xp: Any, g: Any, operands: Any, spec: str, shapes: Any, index: int) -> Any:
    terms, out = _read(spec, len(shapes))
    sizes = _sizes(terms, shapes, spec)
    mine, shape = terms[index], shapes[index]
    others = [k for k in range(len(terms)) if k != index]
    found = {*out, *(letter for k in others for letter in terms[k])}
    once = "".join(dict.fromkeys(mine))
    kept = "".join(letter for letter in once if letter in found)
    inputs = ",".join((out, *(terms[k] for k in others)))
    pulled = xp.einsum(g, *(operands[k] for k in others), spec=f"{inputs}->{kept}")
    pulled = _spread(xp, pulled, once, kept, tuple(sizes[letter] for letter in once))
    held = tuple(shape[mine.index(letter)] for letter in once)
    pulled = conform(xp, pulled, tuple(sizes[letter] for letter in once), held)
    return pulled if once == mine else _on_diagonal(xp, pulled, once, mine, shape)


def _spread(xp: Any, x: Any, letters: str, kept: str, full: Any) -> Any:
    """``x``, whose axes are ``kept``, with the missing letters as axes along which it is equal."""
    missing = tuple(i for i, letter in enumerate(letters) if letter not in kept)
    x = xp.expand_dims(x, axis=missing) if missing else x
    return x if x.shape == full else xp.broadcast_to(x, shape=full)


def _on_diagonal(xp: Any, x: Any, once: str, mine: str, shape: Any) -> Any:
    """``x`` where all axes of a repeated letter agree, 0 elsewhere."""
    fresh = iter(c for c in _BATCH + _BATCH.upper() + "ijkIJK" if c not in mine)
    target, factors, terms = "", [x], [once]
    for axis, letter in enumerate(mine):
        if letter in target:
            other = next(fresh)
            factors.append(xp.eye(shape[axis], like=x))
            terms.append(letter + other)
            letter = other
        target += letter
    return xp.einsum(*factors, spec=f"{','.join(terms)}->{target}")


@einsum.einsum
def _(ndims: tuple[int, ...], spec: str) -> str:
    return spec


@einsum.shape
def _(spec: str, shapes: Any) -> Any:
    terms, out = _read(spec, len(shapes))
    sizes = _sizes(terms, shapes, spec)
    return tuple(sizes[letter] for letter in out)


@contraction(
    domain=reals,
    integers=True,
    signature="x[i, i]",
    spellings=("numpy.trace",),
    cases=(case((3, 3)), case((1, 1)), case((2, 3)), case((0, 0))),
)
def trace(xp: Any, x: Any) -> Any:
    r"""Sum of the diagonal, $\sum_i x_{ii}$.

    Takes   x: real matrix, square or not.
    Gives   a number of x's dtype.
    Raises  ShapeError for anything but a matrix.
    Source  the definition; the derivative is the identity matrix.

    >>> sg.trace(sg.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor(5.)
    """
    if len(x.shape) != 2:
        raise ShapeError(f"trace(x): expected a matrix, x has the shape {tuple(x.shape)}")
    if x.shape[0] != x.shape[1]:
        least = slice(min(x.shape))
        x = xp.getitem(x, index=(least, least))
    return xp.einsum(x, spec="ii->")


trace.linear("x")


@trace.vjp("x")
def _(xp: Any, g: Any, shapes: Any) -> Any:
    rows, columns = shapes[0]
    if rows == columns:
        return g * xp.eye(rows, like=g)
    least = min(rows, columns)
    corner = (slice(least), slice(least))
    return xp.index_add(g * xp.eye(least, like=g), index=corner, shape=(rows, columns))


@trace.einsum
def _(ndims: tuple[int, ...]) -> str:
    return "ii->"


@trace.shape
def _(shapes: Any) -> Any:
    return ()


@contraction(
    domain=reals,
    integers=True,
    spellings=(spell("numpy.cumsum", axis=None),),
    cases=(
        case((2, 3), axis=1),
        case((2, 3), axis=0),
        case((2, 3, 4), axis=-2),
        case((1,), axis=0),
        case((0, 3), axis=0),
        case((), axis=0),
        case((2, 3), axis=None),
    ),
)
def cumsum(xp: Any, x: Any, *, axis: int | None) -> Any:
    r"""Running sum, $\sum_{j \le i} x_j$.

    Takes   x: real array; axis: the one to sum along, or None for all entries in order.
    Gives   an array of x's shape (flat for axis None) and dtype.
    Source  the definition; the adjoint is the running sum from the other end.

    >>> sg.cumsum(sg.tensor([1.0, 2.0, 3.0]), 0)
    tensor([1., 3., 6.])
    """
    if axis is None:
        return xp.cumsum(xp.reshape(x, shape=(-1,)), axis=0)
    return xp.cumsum(x, axis=axis) if x.shape else xp.copy_of(x)


cumsum.linear("x")


@cumsum.vjp("x")
def _(xp: Any, g: Any, axis: int | None, shapes: Any) -> Any:
    if not shapes[0]:
        return g if axis is not None else xp.reshape(g, shape=())
    along = 0 if axis is None else axis
    pulled = xp.flip(xp.cumsum(xp.flip(g, axis=along), axis=along), axis=along)
    return pulled if axis is not None else xp.reshape(pulled, shape=shapes[0])


@cumsum.shape
def _(axis: int | None, shapes: Any) -> Any:
    if axis is not None:
        return shapes[0]
    size = 1
    for n in shapes[0]:
        size = size * n
    return (size,)
