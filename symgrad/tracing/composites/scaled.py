"""Sums and products with a factor, and products of matrices by their ranks, in PyTorch's dialect.

``functions`` lists them. Each is made of rules, so that its derivatives are theirs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symgrad.errors import DtypeError, ShapeError, compose, user_position
from symgrad.tracing.calling import beside, call, dtype_name, either_name, entries_at, shape_of
from symgrad.tracing.dtypes import axis_of, is_floating
from symgrad.tracing.parts import conjugated
from symgrad.tracing.tensor import Tensor
from symgrad.tracing.traced import raw
from symgrad.tracing.without_rule import floor_divide, trunc


def add(input: Any, other: Any, *, alpha: Any = 1) -> Tensor:
    """``input + alpha * other``, entry by entry; shapes broadcast.

    Raises  DtypeError for a fraction ``alpha`` beside integers.

    >>> sg.add(sg.tensor([1.0, 2.0]), sg.tensor([1.0, 1.0]), alpha=10)
    tensor([11., 12.])
    """
    return call("add", input, times(other, alpha, input))  # type: ignore[no-any-return]


def subtract(input: Any, other: Any, *, alpha: Any = 1) -> Tensor:
    """``input - alpha * other``, entry by entry; shapes broadcast.

    Raises  DtypeError for a fraction ``alpha`` beside integers, and for truths.

    >>> sg.sub(sg.tensor([1.0, 2.0]), 1, alpha=2)
    tensor([-1.,  0.])
    """
    _no_truths(input, other)
    return call("subtract", input, times(other, alpha, input))  # type: ignore[no-any-return]


def rsub(input: Any, other: Any, *, alpha: Any = 1) -> Tensor:
    """``other - alpha * input``.

    >>> sg.rsub(sg.tensor([1.0, 2.0]), 1)
    tensor([ 0., -1.])
    """
    return subtract(other, input, alpha=alpha)


def times(x: Any, factor: Any, *beside: Any) -> Any:
    """``factor * x``, x itself where the factor is 1.

    Raises  DtypeError for a fraction where x and what it meets are integers.
    """
    if isinstance(factor, float) and not any(_is_fraction(v) for v in (x, *beside)):
        raise DtypeError(
            compose(
                "For integral input tensors, argument alpha must not be a floating point number.",
                [("alpha", factor)],
                where=user_position(),
                mend="x.float() first, or a whole alpha",
            )
        )
    return x if type(factor) in (int, float) and factor == 1 else call("multiply", x, factor)


def _is_fraction(x: Any) -> bool:
    value = raw(x)
    return is_floating(value) if hasattr(value, "dtype") else isinstance(value, float)


def _no_truths(*values: Any) -> None:
    if any(type(v) is bool or (type(v) is Tensor and dtype_name(v) == "bool") for v in values):
        raise DtypeError(
            compose(
                "Subtraction, the `-` operator, with a bool tensor is not supported.",
                where=user_position(),
                mend="a ^ b is where they differ, ~a the opposite",
            )
        )


def divide(input: Any, other: Any, *, rounding_mode: str | None = None) -> Tensor:
    """``input / other``, entry by entry.

    Takes   rounding_mode: None, "floor" (down) or "trunc" (toward zero); a rounded quotient is
            flat, so it has no rule: it is computed where no gradient flows.
    Raises  ShapeError (a ValueError) for another mode, TraceError under gradients.

    >>> sg.div(sg.tensor([-3.0, 3.0]), 2), sg.div(sg.tensor([-3.0, 3.0]), 2, rounding_mode="floor")
    (tensor([-1.5000,  1.5000]), tensor([-2.,  1.]))
    """
    if rounding_mode is None:
        return call("divide", input, other)  # type: ignore[no-any-return]
    if rounding_mode == "floor":
        return floor_divide(input, other)
    if rounding_mode != "trunc":
        raise ShapeError(
            compose(
                "div expected rounding_mode to be one of None, 'trunc', or 'floor' "
                f"but found {rounding_mode!r}",
                where=user_position(),
            )
        )
    quotient = trunc(call("divide", input, other))
    whole = not any(map(_is_fraction, (input, other)))
    return quotient.long() if whole else quotient  # type: ignore[attr-defined]


def addcmul(input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Tensor:
    """``input + value * tensor1 * tensor2``.

    >>> sg.addcmul(sg.tensor([1.0]), sg.tensor([2.0]), sg.tensor([3.0]), value=0.5)
    tensor([4.])
    """
    return add(input, call("multiply", tensor1, tensor2), alpha=value)


def addcdiv(input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Tensor:
    """``input + value * tensor1 / tensor2``.

    >>> sg.addcdiv(sg.tensor([1.0]), sg.tensor([2.0]), sg.tensor([4.0]))
    tensor([1.5000])
    """
    return add(input, call("divide", tensor1, tensor2), alpha=value)


def lerp(input: Any, end: Any, weight: Any) -> Tensor:
    """``input + weight * (end - input)``: a point on the way from one to the other.

    >>> sg.lerp(sg.tensor([0.0, 10.0]), sg.tensor([10.0, 20.0]), 0.25)
    tensor([ 2.5000, 12.5000])
    """
    step = call("multiply", call("subtract", end, input), weight)
    return call("add", input, step)  # type: ignore[no-any-return]


# products by their ranks --------------------------------------------------------------------------


def _ranked(name: str, ranks: tuple[int, int], words: tuple[str, str]) -> Callable[..., Tensor]:
    """``matmul`` for operands of exactly these ranks."""

    def function(input: Any, other: Any) -> Tensor:
        for x, rank, word in zip((input, other), ranks, words, strict=True):
            if len(shape_of(x)) != rank:
                raise ShapeError(
                    compose(
                        f"{name}: {word}; got {len(shape_of(x))}D",
                        [("input", shape_of(input)), ("other", shape_of(other))],
                        where=user_position(),
                        mend="matmul, or the operator @, takes every rank",
                    )
                )
        if name == "bmm" and shape_of(input)[0] != shape_of(other)[0]:
            raise ShapeError(
                compose(
                    "batch1 and batch2 must have same number of batches",
                    [("batch1", shape_of(input)), ("batch2", shape_of(other))],
                    where=user_position(),
                )
            )
        return call("matmul", input, other)  # type: ignore[no-any-return]

    function.__name__ = function.__qualname__ = name
    return function


mm = _ranked("mm", (2, 2), ("self must be a matrix", "mat2 must be a matrix"))
mm.__doc__ = """The product of two matrices, without broadcasting.

    Raises  ShapeError for operands of other ranks, or of inner sizes that differ.

    >>> sg.mm(sg.tensor([[1.0, 2.0]]), sg.tensor([[3.0], [4.0]]))
    tensor([[11.]])
    """
mv = _ranked("mv", (2, 1), ("self must be a matrix", "vec must be a vector"))
mv.__doc__ = """The product of a matrix and a vector.

    Raises  ShapeError for operands of other ranks, or of inner sizes that differ.

    >>> sg.mv(sg.tensor([[1.0, 2.0]]), sg.tensor([3.0, 4.0]))
    tensor([11.])
    """
bmm = _ranked("bmm", (3, 3), ("batch1 must be a 3D tensor", "batch2 must be a 3D tensor"))
bmm.__doc__ = """The products of two batches of matrices, one by one.

    Raises  ShapeError for operands of other ranks, of other counts, or of inner sizes that differ.

    >>> sg.bmm(sg.ones(2, 1, 3), sg.ones(2, 3, 1)).shape
    symgrad.Size([2, 1, 1])
    """


def _plus(input: Any, product: Any, beta: Any, alpha: Any) -> Tensor:
    scaled = times(product, alpha, input)
    if type(beta) in (int, float) and beta == 0:  # then PyTorch does not read input, nan or not
        return call("broadcast_to", scaled, shape=shape_of(scaled))  # type: ignore[no-any-return]
    return call("add", times(input, beta, product), scaled)  # type: ignore[no-any-return]


def addmm(input: Any, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """``beta * input + alpha * mat1 @ mat2``, of matrices.

    >>> sg.addmm(sg.tensor([1.0]), sg.tensor([[1.0, 2.0]]), sg.tensor([[3.0], [4.0]]))
    tensor([[12.]])
    """
    return _plus(input, mm(mat1, mat2), beta, alpha)


def addmv(input: Any, mat: Any, vec: Any, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """``beta * input + alpha * mat @ vec``, of a matrix and a vector.

    >>> sg.addmv(sg.tensor([1.0]), sg.tensor([[1.0, 2.0]]), sg.tensor([3.0, 4.0]))
    tensor([12.])
    """
    return _plus(input, mv(mat, vec), beta, alpha)


def addr(input: Any, vec1: Any, vec2: Any, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """``beta * input + alpha * outer(vec1, vec2)``.

    >>> sg.addr(sg.zeros(1, 2), sg.tensor([2.0]), sg.tensor([3.0, 4.0]))
    tensor([[6., 8.]])
    """
    return _plus(input, call("outer", vec1, vec2), beta, alpha)


def baddbmm(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """``beta * input + alpha * batch1 @ batch2``, of batches of matrices.

    >>> sg.baddbmm(sg.zeros(1), sg.ones(2, 1, 3), sg.ones(2, 3, 1)).flatten()
    tensor([3., 3.])
    """
    return _plus(input, bmm(batch1, batch2), beta, alpha)


def addbmm(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """``beta * input + alpha * sum of batch1[i] @ batch2[i]``.

    >>> sg.addbmm(sg.zeros(1), sg.ones(2, 1, 3), sg.ones(2, 3, 1))
    tensor([[6.]])
    """
    return _plus(input, call("sum", bmm(batch1, batch2), axis=0), beta, alpha)


def multi_dot(tensors: Any) -> Tensor:
    """The product of several matrices, from left to right; the first and the last may be vectors.

    Raises  ShapeError for fewer than two.

    >>> sg.linalg.multi_dot([sg.ones(1, 2), sg.ones(2, 3), sg.ones(3, 1)])
    tensor([[6.]])
    """
    if len(tensors) < 2:
        raise ShapeError(
            compose(
                f"multi_dot(): expected at least 2 tensors but got {len(tensors)}",
                where=user_position(),
            )
        )
    product = tensors[0]
    for factor in tensors[1:]:
        product = call("matmul", product, factor)
    return product  # type: ignore[no-any-return]


def chain_matmul(*matrices: Any) -> Tensor:
    """The product of matrices, from left to right.

    >>> sg.chain_matmul(sg.ones(1, 2), sg.ones(2, 3), sg.ones(3, 1))
    tensor([[6.]])
    """
    listed = matrices[0] if len(matrices) == 1 and not isinstance(matrices[0], Tensor) else matrices
    product = listed[0]
    for factor in listed[1:]:
        product = mm(product, factor)
    return product  # type: ignore[no-any-return]


def matrix_power(input: Any, n: int) -> Tensor:
    """A square matrix multiplied n times with itself; its inverse for a negative n.

    Raises  ShapeError for what is not square.

    >>> sg.matrix_power(sg.tensor([[1.0, 1.0], [0.0, 1.0]]), 3)
    tensor([[1., 3.],
            [0., 1.]])
    """
    shape = shape_of(input)
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise ShapeError(
            compose(
                f"linalg.matrix_power: A must be batches of square matrices, but they are {shape}",
                where=user_position(),
            )
        )
    if n == 0:
        ones = np.eye(shape[-1], dtype=dtype_name(input))
        return beside(np.array(np.broadcast_to(ones, shape)), input)
    if n == 1:
        return call("clone", input)  # type: ignore[no-any-return]
    return powered(input if n > 0 else call("inv", input), abs(n))  # type: ignore[no-any-return]


def powered(x: Any, n: int) -> Any:
    """Square matrices multiplied n times with themselves, n above 0, in about log n products."""
    made: Any = None
    while n:
        if n & 1:
            made = x if made is None else call("matmul", made, x)
        n >>= 1
        x = call("matmul", x, x) if n else x
    return made


@either_name
def vecdot(x: Any, y: Any, *, dim: int = -1) -> Tensor:
    """Dot products along an axis, the first vector conjugated; shapes broadcast.

    >>> sg.linalg.vecdot(sg.tensor([[1.0, 2.0], [3.0, 4.0]]), sg.tensor([1.0, 1.0]))
    tensor([3., 7.])
    """
    return call("sum", call("multiply", conjugated(x), y), axis=dim)  # type: ignore[no-any-return]


@either_name
def cross(input: Any, other: Any, dim: int | None = None) -> Tensor:
    """Cross products of vectors of three, along an axis: by default the first that has three.

    Raises  ShapeError where none has, or the one named has another size.

    >>> sg.cross(sg.tensor([1.0, 0.0, 0.0]), sg.tensor([0.0, 1.0, 0.0]))
    tensor([0., 0., 1.])
    """
    threes = [axis for axis, n in enumerate(shape_of(input)) if n == 3]
    if dim is None and not threes:
        raise ShapeError(compose("no dimension of size 3 in input", where=user_position()))
    return crossed(input, other, dim=threes[0] if dim is None else dim)


@either_name
def crossed(input: Any, other: Any, *, dim: int = -1) -> Tensor:
    """Cross products of vectors of three, along an axis.

    Raises  ShapeError where that axis has another size.

    >>> sg.linalg.cross(sg.tensor([1.0, 0.0, 0.0]), sg.tensor([0.0, 1.0, 0.0]))
    tensor([0., 0., 1.])
    """
    axis = axis_of(dim, len(shape_of(input)))
    sizes = [shape_of(x)[axis] if axis < len(shape_of(x)) else None for x in (input, other)]
    if sizes != [3, 3]:
        raise ShapeError(
            compose(
                f"linalg.cross: inputs dimension {dim} must have length 3. Got {sizes[0]} and "
                f"{sizes[1]}",
                where=user_position(),
            )
        )
    return upright(input, axis, other, axis)  # type: ignore[no-any-return]


def upright(x: Any, at: int, y: Any, there: int) -> Any:
    """Cross products of vectors of three, along an axis of each that counts them."""
    (a, b), (c, d) = (
        [entries_at(v, axis, np.array(order)) for order in ([1, 2, 0], [2, 0, 1])]
        for v, axis in ((x, at), (y, there))
    )
    return call("subtract", call("multiply", a, d), call("multiply", b, c))
