"""Sizes that people give, numbers or names, and the tensors that names alone make; for creation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symgrad.algebras.backends import formulas, is_size
from symgrad.errors import ShapeError, TraceError, compose, user_position
from symgrad.tracing.dtypes import as_numpy_dtype
from symgrad.tracing.tensor import Tensor, wrap


def sizes_of(size: tuple[Any, ...]) -> tuple[int, ...]:
    """Sizes given one by one, or as one tuple or list; those with names as they are.

    Raises  ShapeError for what is no size.
    """
    if len(size) == 1 and isinstance(size[0], (tuple, list)):
        size = tuple(size[0])
    try:
        sizes = tuple(_size(n) for n in size)
    except (AttributeError, TypeError) as error:
        raise ShapeError(
            compose(f"sizes are integers; got {size}", where=user_position())
        ) from error
    if any(n < 0 for n in sizes if isinstance(n, int)):
        raise ShapeError(
            compose(
                f"Trying to create tensor with negative dimension: {sizes}", where=user_position()
            )
        )
    return sizes


def _size(n: Any) -> Any:
    if not is_size(n):
        return int(n.__index__())
    found = formulas().number_of(n)
    if isinstance(found, int):
        return found
    if not found.is_integer:
        raise TypeError("no integer")
    return found


def named(sizes: tuple[Any, ...]) -> bool:
    """Whether a size has a name, so that what has it is a formula."""
    return not all(isinstance(n, int) for n in sizes)


def one_number(make: Callable[..., Any], name: str, sizes: tuple[Any, ...]) -> Any:
    """What ``make`` makes, at sizes that have names: one number everywhere.

    Raises  TraceError where it is drawn by chance.
    """
    if make not in (np.zeros, np.ones):
        raise TraceError(
            compose(
                f"{name}() draws numbers, and a size here has only a name.",
                where=user_position(),
                mend="make it an input of the function, with its sizes",
            )
        )
    return formulas().full(make(()).item(), sizes)


def formula_as(value: Any, dtype: Any) -> Tensor:
    """A formula as a tensor, of the dtype that was named."""
    return wrap(value if dtype is None else formulas().asarray(value, dtype=as_numpy_dtype(dtype)))


def steps_between(low: Any, high: Any, step: Any) -> Any:
    """Evenly spaced numbers, as many as a size with a name says."""
    algebra = formulas()
    count = algebra.number_of(high - low) / algebra.number_of(step)
    if not count.is_integer:
        raise ShapeError(
            compose(
                f"arange(): from {low} to {high} in steps of {step} are how many?",
                where=user_position(),
                mend="step * sg.arange(n) has n entries",
            )
        )
    counted = algebra.arange(sizes_of((count,))[0], like=0.0)
    if step != 1:
        counted = algebra.multiply(algebra.taken_in(step), counted)
    return counted if low == 0 else algebra.add(counted, algebra.taken_in(low))


def identity(rows: Any, columns: Any) -> Any:
    """Ones where the places are equal, else zeros."""
    algebra = formulas()
    if rows == columns:
        return algebra.eye(rows, like=0.0)
    down = algebra.expand_dims(algebra.arange(rows, like=0.0), axis=1)
    same = algebra.equal(down, algebra.arange(columns, like=0.0))
    return algebra.cast(same, dtype=np.float64)


def between(start: Any, end: Any, count: Any) -> Any:
    """So many numbers from ``start`` to ``end``, both included."""
    algebra = formulas()
    first, last = algebra.number_of(start), algebra.number_of(end)
    step = algebra.taken_in((last - first) / (count - 1))
    places = algebra.arange(count, like=0.0)
    return algebra.add(algebra.taken_in(first), algebra.multiply(step, places))
