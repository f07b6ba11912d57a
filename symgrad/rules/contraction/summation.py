"""Sums over letters, along diagonals, and running; imports the grammar only."""

from __future__ import annotations

from functools import cache
from string import ascii_letters
from typing import Any

from symgrad.errors import ShapeError
from symgrad.grammar.domain import case, reals
from symgrad.grammar.plan import conform
from symgrad.grammar.primitive import contraction

__all__ = ["cumsum", "einsum", "trace"]


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
                f"einsum({spec!r}): operand {k} has {len(shape)} axes, "
                f"and {term!r} names {len(term)}"
            )
        for letter, n in zip(term, shape, strict=True):
            known = sizes.setdefault(letter, n)
            if known == 1:
                sizes[letter] = n
            elif known != n and n != 1:
                raise ShapeError(f"einsum({spec!r}): the sizes of {letter} differ: {known} and {n}")
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
    fresh = iter(c for c in ascii_letters if c not in mine)
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
    composed=True,
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
    worded=True,
    domain=reals,
    integers=True,
    spellings=("numpy.cumsum",),
    cases=(
        case((2, 3), axis=1),
        case((2, 3), axis=0),
        case((2, 3, 4), axis=-2),
        case((1,), axis=0),
        case((0, 3), axis=0),
        case((), axis=0),
    ),
)
def cumsum(xp: Any, x: Any, *, axis: int) -> Any:
    r"""Running sum, $\sum_{j \le i} x_j$.

    Takes   x: real array; axis: the one to sum along.
    Gives   an array of x's shape and dtype.
    Source  the definition; the adjoint is the running sum from the other end.

    >>> sg.cumsum(sg.tensor([1.0, 2.0, 3.0]), 0)
    tensor([1., 3., 6.])
    """
    return xp.cumsum(x, axis=axis) if x.shape else xp.copy_of(x)


@cumsum.formula
def _(xp: Any, x: Any, *, axis: int) -> Any:
    if not x.shape:
        return x
    at = axis % len(x.shape)
    places = xp.arange(x.shape[at], like=x)
    seen = xp.less_equal(xp.expand_dims(places, axis=0), xp.expand_dims(places, axis=1))
    before, after = ascii_letters[2 : at + 2], ascii_letters[at + 2 : len(x.shape) + 1]
    spec = f"{before}b{after},ab->{before}a{after}"
    return xp.einsum(x, xp.cast(seen, dtype=x.dtype), spec=spec)


cumsum.linear("x")


@cumsum.vjp("x")
def _(xp: Any, g: Any, axis: int, shapes: Any) -> Any:
    if not shapes[0]:
        return g
    return xp.flip(xp.cumsum(xp.flip(g, axis=axis), axis=axis), axis=axis)


@cumsum.shape
def _(shapes: Any) -> Any:
    return shapes[0]
