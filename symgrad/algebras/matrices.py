"""Products, determinants and inverses of exact scalars; imported by ``objects`` alone.

Numbers are eliminated with pivoting. Symbols are never divided by a guess of what is not zero:
their determinant is free of division, their inverse the adjugate over it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Rows = list[list[Any]]

#: The largest matrix of symbols whose determinant is expanded by cofactors.
COFACTORS = 4


def det(algebra: Any, rows: Rows) -> Any:
    """The determinant; of a matrix without rows, 1."""
    if not rows:
        return algebra.number(1)
    if algebra.magnitude(rows[0][0]) is not None:
        return _eliminated(algebra, rows, [])[0]
    return _cofactors(algebra, rows) if len(rows) <= COFACTORS else _bird(algebra, rows)


def inv(algebra: Any, rows: Rows) -> Rows:
    """The inverse.

    Raises  ZeroDivisionError for numbers that have none.
    """
    n = len(rows)
    if n and algebra.magnitude(rows[0][0]) is not None:
        unit = [[algebra.number(int(i == j)) for j in range(n)] for i in range(n)]
        return _eliminated(algebra, rows, unit)[1]
    whole = algebra.share(det(algebra, rows))
    minors = [[det(algebra, _without(rows, j, i)) for j in range(n)] for i in range(n)]
    return [[(-1) ** (i + j) * minors[i][j] / whole for j in range(n)] for i in range(n)]


def _without(rows: Rows, i: int, j: int) -> Rows:
    return [row[:j] + row[j + 1 :] for k, row in enumerate(rows) if k != i]


def _cofactors(algebra: Any, rows: Rows) -> Any:
    if len(rows) == 1:
        return rows[0][0]
    terms = []
    for j, entry in enumerate(rows[0]):
        minor = algebra.share(_cofactors(algebra, _without(rows, 0, j)))
        terms.append(algebra.multiply_all([entry, minor, algebra.number((-1) ** j)]))
    return algebra.add_all(terms)


def _bird(algebra: Any, rows: Rows) -> Any:
    """Bird's method: n - 1 products of matrices, no division, no search for a pivot.

    Source  R. S. Bird, "A simple division-free algorithm for computing determinants", 2011.
    """
    n = len(rows)
    moved = rows
    for _ in range(n - 1):
        upper = [[moved[i][j] if j > i else algebra.number(0) for j in range(n)] for i in range(n)]
        for i in range(n):
            below = [moved[k][k] for k in range(i + 1, n)]
            upper[i][i] = algebra.share(-1 * algebra.add_all(below))
        columns = list(zip(*rows, strict=True))
        moved = [[_dot(algebra, row, column) for column in columns] for row in upper]
    return moved[0][0] if n % 2 else -1 * moved[0][0]


def _dot(algebra: Any, a: Sequence[Any], b: Sequence[Any]) -> Any:
    pairs = zip(a, b, strict=True)
    return algebra.share(algebra.add_all([algebra.multiply_all(pair) for pair in pairs]))


def _eliminated(algebra: Any, rows: Rows, right: Rows) -> tuple[Any, Rows]:
    """The determinant, and the right-hand sides solved, by Gauss and Jordan."""
    n = len(rows)
    work = [[*row, *(right[i] if right else [])] for i, row in enumerate(rows)]
    whole = algebra.number(1)
    for k in range(n):
        pivot = max(range(k, n), key=lambda i: algebra.magnitude(work[i][k]))
        if not work[pivot][k]:
            if right:
                raise ZeroDivisionError("the matrix is singular: it has no inverse")
            return algebra.number(0), []
        if pivot != k:
            work[k], work[pivot] = work[pivot], work[k]
            whole = -whole
        whole = whole * work[k][k]
        for i in range(n) if right else range(k + 1, n):
            if i != k and work[i][k]:
                factor = work[i][k] / work[k][k]
                work[i] = [a - factor * b for a, b in zip(work[i], work[k], strict=True)]
    solved = [[value / work[i][i] for value in work[i][n:]] for i in range(n)] if right else []
    return whole, solved


def contract(
    algebra: Any, arrays: Sequence[np.ndarray[Any, Any]], spec: str
) -> tuple[list[Any], tuple[int, ...]]:
    """Einstein summation, each entry one sum of products: the entries in order, and the shape."""
    inputs, _, out = spec.replace(" ", "").partition("->")
    terms = inputs.split(",")
    sizes: dict[str, int] = {}
    for term, array in zip(terms, arrays, strict=True):
        sizes.update(zip(term, array.shape, strict=True))
    gone = [c for c in sizes if c not in out]
    shape = tuple(sizes[c] for c in out)
    inner = list(np.ndindex(*(sizes[c] for c in gone)))
    pairs = list(zip(terms, arrays, strict=True))
    entries = []
    for place in np.ndindex(*shape):
        at = dict(zip(out, place, strict=True))
        products = []
        for summed in inner:
            at.update(zip(gone, summed, strict=True))
            factors = [array[tuple(at[c] for c in term)] for term, array in pairs]
            products.append(algebra.multiply_all(factors))
        entries.append(algebra.add_all(products))
    return entries, shape
