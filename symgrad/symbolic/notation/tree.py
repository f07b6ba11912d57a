"""A formula as it stands on paper: what the printers write, the reader reads, and checks evaluate.

A tree holds no array and knows no rule; every writer and reader goes by ``head`` alone. Index
notation and matrix notation share the scalar heads. Indices count from 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple


class Tree(NamedTuple):
    """One part of a formula.

    ``head`` says what it is, ``args`` what it is made of, ``value`` what is no tree:

    =============  =============================================================================
    both notations
    number         ``value``: a SymPy number (Integer, Rational, pi, E, oo); never negative
    letter         ``value``: the name of an array or a scalar, or of a let (t1)
    size           ``value``: the name of a size (n)
    sum            two or more terms; a term that is taken off is a ``negative``
    negative       one part, with a minus sign before it
    product        two or more factors side by side; of matrices their matrix product
    quotient       numerator, denominator (a scalar, or both entry by entry)
    power          base, exponent: of scalars; in matrix notation also of a square matrix
    call           ``value``: a Call; args: its operands
    relation       two parts; ``value``: one of == != < <= > >=; in a sum or product 1 or 0
    logic          parts joined; ``value``: and, or, not

    index notation
    index          ``value``: the name of an index
    entry          array, then an index formula for each axis
    sigma          the summand; ``value``: Bounds, one for each index summed over
    along          the body of a function of a whole axis (softmax_j, max_j);
                   ``value``: Along, which binds its indices in the body

    matrix notation (vectors are columns; a bare number in a sum is added to every entry)
    hadamard       two or more factors, multiplied entry by entry
    each_power     base, exponent: entry by entry
    transpose      of a matrix; of a column, its row
    inverse        of a matrix
    diag           of a vector the diagonal matrix, of a matrix its diagonal as a column
    trace, det     of a matrix; the scalar
    norm           of a vector or matrix: the root of the sum of squares
    kron           two matrices, their Kronecker product
    vec            of a matrix: its entries as a column, row after row
    ones           ``value``: the size; a column of ones
    identity       ``value``: the size
    unit           ``value``: (place, size); a column that is 1 there and 0 elsewhere
    slice          an array; ``value``: one Slice for each axis
    blocks         parts put together; ``value``: (rows, columns), args row after row
    zeros          ``value``: the sizes, one or two
    =============  =============================================================================
    """

    head: str
    args: tuple[Tree, ...] = ()
    value: Any = None


class Call(NamedTuple):
    """A function by its rule's word, with the parameters that are not its defaults."""

    word: str
    params: tuple[tuple[str, Any], ...] = ()


class Bound(NamedTuple):
    """An index and its size, a tree: it runs from 0 to size - 1.

    ``shown`` tells whether the size is written; else it is that of an axis the index stands at.
    """

    index: str  # type: ignore[assignment]  # a name, not a tuple's method
    size: Tree
    shown: bool


class Along(NamedTuple):
    """A function of whole axes: the indices that it binds, and for each what it is read at.

    ``places`` holds an index formula for each bound index where the result keeps the axis, as a
    softmax does; it is empty where the axes are gone, as for a maximum.
    """

    word: str
    params: tuple[tuple[str, Any], ...]
    bounds: tuple[Bound, ...]
    places: tuple[Tree, ...]


class Slice(NamedTuple):
    """Places along an axis, as Python writes them: start, stop, step; each a tree or None."""

    start: Tree | None
    stop: Tree | None
    step: Tree | None


def parts(tree: Tree) -> Iterator[Tree]:
    """Every part of a tree, itself first, without recursion; those that values hold are not."""
    stack = [tree]
    while stack:
        part = stack.pop()
        yield part
        stack.extend(reversed(part.args))
