"""Matrices and frequencies of the standard, made of rules; ``array_namespace`` lists them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from symgrad.errors import ShapeError, compose, user_position
from symgrad.grammar.primitive import REGISTRY
from symgrad.tracing.array_dialect import is_plain, named_dtype, native
from symgrad.tracing.calling import call, shape_of
from symgrad.tracing.complexes import is_complex_value
from symgrad.tracing.composites.matrices import norm_of_matrices
from symgrad.tracing.composites.scaled import powered, upright
from symgrad.tracing.conversion import to
from symgrad.tracing.devices import place
from symgrad.tracing.dtypes import as_numpy_dtype, axis_of, default_float
from symgrad.tracing.looping import is_many, looped
from symgrad.tracing.tensor import Tensor, wrap
from symgrad.tracing.traced import TRACED, raw
from symgrad.tracing.without_rule import followed, refuse


def _check_matrix(name: str, x: Any, square: bool = False) -> tuple[int, ...]:
    shape = tuple(shape_of(x))
    if len(shape) < 2 or (square and shape[-1] != shape[-2]):
        kind = "square matrices" if square else "a matrix, or several"
        raise ShapeError(
            compose(f"{name} takes {kind}; the shape is {shape}.", where=user_position())
        )
    return shape


def diagonal(x: Any, /, *, offset: int = 0) -> Tensor:
    """The diagonals of matrices.

    >>> sg.array_api.linalg.diagonal(sg.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([1., 4.])
    """
    _check_matrix("diagonal", x)
    return call("diagonal", x, offset=offset, axis1=-2, axis2=-1)  # type: ignore[no-any-return]


def outer(x1: Any, x2: Any, /) -> Tensor:
    """Every product of an entry of one vector and one of another.

    >>> sg.array_api.linalg.outer(sg.tensor([1, 2]), sg.tensor([3, 4]))
    tensor([[3, 4],
            [6, 8]])
    """
    if len(shape_of(x1)) != 1 or len(shape_of(x2)) != 1:
        raise ShapeError(compose("outer takes two vectors.", where=user_position()))
    return call("outer", x1, x2)  # type: ignore[no-any-return]


def cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Tensor:
    """The product of vectors in space that stands upright on both.

    >>> sg.array_api.linalg.cross(sg.tensor([1.0, 0.0, 0.0]), sg.tensor([0.0, 1.0, 0.0]))
    tensor([0., 0., 1.])
    """
    first, second = (axis_of(axis, len(shape_of(x))) for x in (x1, x2))
    for x, at in ((x1, first), (x2, second)):
        if shape_of(x)[at] != 3:
            raise ShapeError(
                compose(
                    f"cross: along the axis are 3 entries; the shape is {tuple(shape_of(x))}.",
                    where=user_position(),
                )
            )
    return upright(x1, first, x2, second)  # type: ignore[no-any-return]


def matrix_power(x: Any, n: int, /) -> Tensor:
    """The n-th power of square matrices; a negative one is of the inverse.

    >>> sg.array_api.linalg.matrix_power(sg.tensor([[2.0, 0.0], [0.0, 1.0]]), 3)
    tensor([[8., 0.],
            [0., 1.]])
    """
    shape = _check_matrix("matrix_power", x, square=True)
    if n == 0:
        return call("broadcast_to", TRACED.eye(shape[-1], like=x), shape=shape)  # type: ignore[no-any-return]
    return powered(x if n > 0 else call("inv", x), abs(n))  # type: ignore[no-any-return]


def trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Tensor:
    """Sums of the diagonals of matrices.

    >>> sg.array_api.linalg.trace(sg.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor(5.)
    """
    _check_matrix("trace", x)
    if is_plain(REGISTRY["trace"], (x,)):
        kept = None if dtype is None else named_dtype(dtype)
        return native("linalg.trace", x, offset=offset, dtype=kept)  # type: ignore[no-any-return]
    x = x if dtype is None else to(x, dtype=dtype)
    return call("sum", diagonal(x, offset=offset), axis=-1)  # type: ignore[no-any-return]


def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: float = 2) -> Tensor:
    """The length of vectors, of any order: along an axis, several, or of all entries.

    >>> sg.array_api.linalg.vector_norm(sg.tensor([3.0, 4.0]))
    tensor(5.)
    """
    ndim = len(shape_of(x))
    axes = tuple(range(ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    axes = tuple(axis_of(a, ndim) for a in axes)
    size = call("abs", x) if is_complex_value(raw(x)) else x
    if ord == 2 or not axes:
        whole = {"axis": axes, "keepdims": keepdims}
        return call("norm", size, **whole) if axes else call("abs", size)  # type: ignore[no-any-return]
    if ord in (math.inf, -math.inf):
        word = "max" if ord > 0 else "min"
        return call(word, call("abs", size), axis=axes, keepdims=keepdims)  # type: ignore[no-any-return]
    if ord == 0:
        if followed(x):
            raise refuse("a norm of order 0", "xp.count_nonzero(x) counts, and has no gradient")
        counted = to(call("not_equal", size, 0), dtype=size.dtype)
        return call("sum", counted, axis=axes, keepdims=keepdims)  # type: ignore[no-any-return]
    if ord > 0 and len(axes) == 1:
        return call("norm", size, ord=ord, axis=axes[0], keepdims=keepdims)  # type: ignore[no-any-return]
    powers = call("power", call("abs", size), float(ord))
    total = call("sum", powers, axis=axes, keepdims=keepdims)
    return call("power", total, 1 / ord)  # type: ignore[no-any-return]


def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Tensor:
    """The size of matrices: of their entries ("fro"), rows, columns or singular values.

    Raises  TraceError for singular values (2, -2, "nuc") of what a gradient follows.

    >>> sg.array_api.linalg.matrix_norm(sg.tensor([[3.0, 0.0], [4.0, 0.0]]))
    tensor(5.)
    """
    _check_matrix("matrix_norm", x)
    size = call("abs", x) if is_complex_value(raw(x)) else x
    if ord in ("fro", 1, -1, math.inf, -math.inf):
        return norm_of_matrices(size, ord, (-2, -1), keepdims)  # type: ignore[no-any-return]
    if followed(x):
        raise refuse(f"array_api.linalg.matrix_norm(ord={ord!r})", "ord='fro', 1 or inf is traced")
    if is_many(x):
        return looped("matrix_norm", lambda one: matrix_norm(one, keepdims=keepdims, ord=ord), x)  # type: ignore[no-any-return]
    return native("linalg.matrix_norm", x, ord=ord, keepdims=keepdims)  # type: ignore[no-any-return]


def frequencies(name: str) -> Callable[..., Tensor]:
    """``fftfreq`` or ``rfftfreq``, which make an array of a number alone."""
    make = getattr(np.fft, name)

    def function(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Tensor:
        wanted = default_float() if dtype is None else as_numpy_dtype(dtype)
        return wrap(place(make(n, d).astype(wanted), device))

    function.__doc__ = f"""The frequencies that the places of a transform stand for.

    >>> sg.array_api.fft.{name}(4)[:2]
    tensor([0.0000, 0.2500])
    """
    return function


LINALG: dict[str, Callable[..., Any]] = {
    f.__name__: f for f in (diagonal, outer, cross, matrix_power, trace, vector_norm, matrix_norm)
}
