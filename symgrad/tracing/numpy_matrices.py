"""More of NumPy's functions as composites: products, norms, grids, stacks; ``numpy_functions``."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from symgrad.errors import ShapeError
from symgrad.tracing import (
    arrangement,
    array_functions,
    array_linalg,
    array_sums,
    parts,
    statistics,
)
from symgrad.tracing.calling import call, shape_of
from symgrad.tracing.composites import joining, pointwise, spreads
from symgrad.tracing.dtypes import check_held
from symgrad.tracing.tensor import Tensor, wrap


def array(x: Any) -> Any:
    """A number or a list among arrays, as NumPy takes it."""
    if isinstance(x, Tensor) or hasattr(x, "dtype"):
        return x
    found = np.asarray(x)
    check_held(found)
    return wrap(found)


# products -----------------------------------------------------------------------------------------


def dot(a: Any, b: Any) -> Any:
    """A product of numbers, vectors, matrices, or over the last axis and the last but one."""
    a, b = array(a), array(b)
    n, m = len(shape_of(a)), len(shape_of(b))
    if not n or not m:
        return call("multiply", a, b)
    if n <= 2 and m <= 2:
        return call("dot", a, b)
    return statistics.tensordot(a, b, ([n - 1], [max(m - 2, 0)]))


def outer(a: Any, b: Any) -> Any:
    """Every product of an entry of one and an entry of the other."""
    return call("outer", arrangement.ravel(array(a)), arrangement.ravel(array(b)))


def kron(a: Any, b: Any) -> Any:
    """Every product of an entry of one and all of the other, side by side."""
    a, b = array(a), array(b)
    word = "kron" if shape_of(a) and shape_of(b) else "multiply"
    return call(word, a, b)


def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Sums of diagonals of matrices in two axes."""
    found = call("diagonal", a, offset=offset, axis1=axis1, axis2=axis2)
    return call("sum", found, axis=-1)


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """A norm of vectors along one axis, of matrices over two, or of all entries."""
    ndim = len(shape_of(x))
    if axis is None and (ord is None or ndim == 1):
        axes: Any = tuple(range(ndim))
    else:
        axes = tuple(range(ndim)) if axis is None else axis
    several = tuple(axes) if isinstance(axes, (tuple, list)) else (axes,)
    if ord is None or (ord == "fro" and len(several) == 2):
        return array_linalg.vector_norm(x, axis=several, keepdims=keepdims)
    if len(several) == 1:
        return array_linalg.vector_norm(x, axis=several[0], keepdims=keepdims, ord=ord)
    if len(several) != 2:
        raise ShapeError(f"np.linalg.norm: a norm over {len(several)} axes has no order {ord!r}")
    moved = arrangement.moveaxis(x, several, (-2, -1))
    found = array_linalg.matrix_norm(moved, ord=ord)
    if not keepdims:
        return found
    return call("reshape", found, shape=tuple(1 if i in {a % ndim for a in several} else n
                                              for i, n in enumerate(shape_of(x))))  # fmt: skip


def matvec(x1: Any, x2: Any) -> Any:
    """Matrices times vectors."""
    made = call("matmul", x1, call("expand_dims", array(x2), axis=-1))
    return call("squeeze", made, axis=-1)


def vecmat(x1: Any, x2: Any) -> Any:
    """Vectors, conjugated where they are complex, times matrices."""
    x1 = array(x1)
    x1 = parts.conj(x1) if isinstance(x1, Tensor) else np.conj(x1)
    made = call("matmul", call("expand_dims", x1, axis=-2), x2)
    return call("squeeze", made, axis=-2)


def multi_dot(arrays: Any) -> Any:
    """The product of several matrices, from left to right."""
    return functools.reduce(dot, arrays)


def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """The area under a line through points."""
    return spreads.trapezoid(array(y), None if x is None else array(x), dx=dx, dim=axis)


def float_power(x1: Any, x2: Any) -> Any:
    """A power of floats, whatever the operands are."""
    x1, x2 = (call("multiply", x, 1.0) if _is_whole(x) else x for x in (array(x1), array(x2)))
    return call("power", x1, x2)


def _is_whole(x: Any) -> bool:
    return np.dtype(x.dtype).kind in "iub"


# grids, stacks, parts -----------------------------------------------------------------------------


def triangle(name: str) -> Callable[..., Any]:
    """``tril`` or ``triu``; a vector stands for a matrix of equal rows."""
    cut = getattr(arrangement, name)

    def function(m: Any, k: int = 0) -> Any:
        shape = shape_of(m)
        return cut(call("broadcast_to", m, shape=shape * 2) if len(shape) == 1 else m, k)

    return function


def meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> Any:
    """Coordinates of a grid, an array for each axis; ``sparse`` leaves them unspread."""
    made = array_functions.meshgrid(*(arrangement.ravel(array(x)) for x in xi), indexing=indexing)
    if not sparse:
        return tuple(made)
    order = list(range(len(made)))
    if indexing == "xy" and len(made) > 1:
        order[:2] = 1, 0
    return tuple(
        call("reshape", array(x), shape=tuple(-1 if j == i else 1 for j in order))
        for i, x in enumerate(xi)
    )


def dstack(tup: Any) -> Any:
    """Arrays joined along a third axis."""
    return joining.dstack([array(x) for x in tup])


def atleast_3d(*arrays: Any) -> Any:
    """Arrays with three axes or more."""
    return joining.atleast_3d(*map(array, arrays))


def cross(
    a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: Any = None
) -> Any:
    """Products of vectors in space."""
    axisa, axisb, axisc = (axisa, axisb, axisc) if axis is None else (axis,) * 3
    one, other = (arrangement.moveaxis(array(x), at, -1) for x, at in ((a, axisa), (b, axisb)))
    return arrangement.moveaxis(array_linalg.cross(one, other), -1, axisc)


_FLIPS: dict[str, int] = {"flipud": 0, "fliplr": 1}

MATRICES: dict[str, Callable[..., Any]] = {
    "dot": dot, "outer": outer, "kron": kron, "trace": trace, "linalg.norm": norm, "matvec": matvec,
    "vecmat": vecmat, "linalg.multi_dot": multi_dot, "trapezoid": trapezoid, "meshgrid": meshgrid,
    "dstack": dstack, "atleast_3d": atleast_3d, "cross": cross, "float_power": float_power,
    "tril": triangle("tril"), "triu": triangle("triu"),
    "vecdot": lambda x1, x2, axis=-1: array_sums.vecdot(array(x1), array(x2), axis=axis),
    "matrix_transpose": lambda x: array_functions.matrix_transpose(x),
    "broadcast_arrays": lambda *args: tuple(array_functions.broadcast_arrays(*map(array, args))),
    "unstack": lambda x, axis=0: array_functions.unstack(x, axis=axis),
    "astype": lambda x, dtype, copy=True: x.to(dtype, copy=copy),
    "cumulative_sum": lambda x, axis=None, include_initial=False: array_sums.cumulative_sum(
        x, axis=axis, include_initial=include_initial
    ),
    "logical_xor": lambda x1, x2: pointwise.logical_xor(array(x1), array(x2)),
    "fabs": lambda x: call("abs", x), "exp2": pointwise.exp2,
    "deg2rad": pointwise.deg2rad, "radians": pointwise.deg2rad,
    "rad2deg": pointwise.rad2deg, "degrees": pointwise.rad2deg,
    "linalg.matmul": lambda x1, x2: call("matmul", x1, x2),
    "linalg.outer": lambda x1, x2: array_linalg.outer(array(x1), array(x2)),
    "linalg.diagonal": lambda x, offset=0: array_linalg.diagonal(x, offset=offset),
    "linalg.trace": lambda x, offset=0: array_linalg.trace(x, offset=offset),
    "linalg.cross": lambda x1, x2, axis=-1: array_linalg.cross(array(x1), array(x2), axis=axis),
    "linalg.matrix_power": lambda a, n: array_linalg.matrix_power(a, n),
    "linalg.vecdot": lambda x1, x2, axis=-1: array_sums.vecdot(x1, x2, axis=axis),
    "linalg.tensordot": lambda x1, x2, axes=2: statistics.tensordot(x1, x2, axes),
    "linalg.matrix_transpose": lambda x: array_functions.matrix_transpose(x),
    "linalg.vector_norm": lambda x, **how: array_linalg.vector_norm(x, **how),
    "linalg.matrix_norm": lambda x, **how: array_linalg.matrix_norm(x, **how),
}  # fmt: skip
MATRICES |= {name: lambda m, axis=axis: call("flip", m, axis=axis) for name, axis in _FLIPS.items()}
