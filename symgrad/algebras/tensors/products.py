"""From shapes and letters to the index numbers of an einsum; read by the tensors algebra."""

from __future__ import annotations

from typing import Any

from symgrad.algebras.tensors import constructors
from symgrad.algebras.tensors.carrier import Expression, Shape, positions, squeezed
from symgrad.errors import ShapeError


def product(values: list[Expression], exponents: tuple[Any, ...], shape: Shape) -> Expression:
    """The product of all values, each to its exponent, at their broadcast shape."""
    nodes = [constructors.power(v.node, p) for v, p in zip(values, exponents, strict=True)]
    specs = [positions(v.shape, shape) for v in values]
    sizes = squeezed(shape)
    out = tuple(range(len(sizes)))
    return Expression(constructors.ein(1, nodes, specs, out, sizes), shape)


def rearranged(x: Expression, kept: tuple[int, ...], shape: Shape) -> Expression:
    """The axes ``kept``, in that order; the others are summed."""
    place = {a: k for k, a in enumerate(a for a in range(x.ndim) if x.shape[a] != 1)}
    out = tuple(place[a] for a in kept if a in place)
    spec = tuple(range(len(place)))
    return Expression(constructors.ein(1, (x.node,), (spec,), out, x.node.sizes), shape)


def letters_of(name: str, spec: str, values: list[Expression]) -> tuple[list[str], str]:
    """The letters of each operand and of the result."""
    inputs, _, out = spec.replace(" ", "").partition("->")
    terms = inputs.split(",")
    for term, value in zip(terms, values, strict=True):
        if len(term) != value.ndim:
            raise ShapeError(f"{name}: {term!r} does not fit the shape {value.shape}")
    return terms, out


def lopsided(term: str, shape: Shape) -> bool:
    """Whether a diagonal is asked for whose axes differ: that is no einsum."""
    return any(shape[term.index(c)] != n for c, n in zip(term, shape, strict=True))


def refuse_spreading(name: str, terms: list[str], out: str, values: list[Expression]) -> None:
    """Raise ShapeError where sizes differ on a summed axis, 1 and n included."""
    for term, value in zip(terms, values, strict=True):
        for other, beside in zip(terms, values, strict=True):
            for letter in set(term).intersection(other).difference(out):
                a, b = value.shape[term.index(letter)], beside.shape[other.index(letter)]
                if a != b:
                    raise ShapeError(f"{name}: the inner sizes {a} and {b} differ")


def contracted(name: str, terms: list[str], out: str, values: list[Expression]) -> Expression:
    """The einsum of all values; axes of size 1 broadcast."""
    sizes: dict[str, Any] = {}
    for term, value in zip(terms, values, strict=True):
        for letter, n in zip(term, value.shape, strict=True):
            if n != 1 and sizes.setdefault(letter, n) != n:
                raise ShapeError(f"{name}: sizes {sizes[letter]} and {n} differ at {letter!r}")
    number = {letter: k for k, letter in enumerate(sizes)}
    # A letter may be 1 here and n there: that axis has no index in the one, and one in the other.
    specs = [
        tuple(number[c] for c, n in zip(term, value.shape, strict=True) if n != 1)
        for term, value in zip(terms, values, strict=True)
    ]
    node = constructors.ein(
        1,
        [v.node for v in values],
        specs,
        tuple(number[c] for c in out if c in number),
        tuple(sizes.values()),
    )
    return Expression(node, tuple(sizes.get(c, 1) for c in out))
