"""Spread, differences, products over axes, in PyTorch's dialect; ``functions`` lists them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from symgrad.errors import DtypeError, ShapeError, compose, user_position
from symgrad.grammar.kind import reduced_axes
from symgrad.tracing.calling import axes_of, call, either_name, entries_at, shape_of
from symgrad.tracing.complexes import refuse_complex
from symgrad.tracing.dtypes import axis_of, is_floating
from symgrad.tracing.parts import conj
from symgrad.tracing.tensor import Tensor

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def _spread(name: str, finish: Callable[..., Any]) -> Callable[..., Any]:
    def function(
        input: Tensor,
        dim: Any = None,
        unbiased: bool | None = None,
        keepdim: bool = False,
        *,
        correction: Any = None,
    ) -> Tensor:
        if isinstance(dim, bool):  # PyTorch's short form: x.std(False)
            dim, unbiased = None, dim
        if unbiased is not None and correction is not None:
            raise TypeError(f"{name}() takes unbiased or correction, not both")
        if isinstance(input, Tensor) and not is_floating(input._value):
            refuse_complex(f"{name}()", input._value)
            raise DtypeError(
                f"{name}() takes floats; this is {input.dtype}: use x.float().{name}()"
            )
        if correction is None:
            correction = 1 if unbiased is None else int(unbiased)
        axis = axes_of(dim)
        return spread(finish, input, axis, keepdim, correction)  # type: ignore[no-any-return]

    function.__name__ = function.__qualname__ = name
    kind = "Variance" if name == "var" else "Standard deviation"
    function.__doc__ = f"""{kind} of all entries or over axes, with n - 1 in the denominator.

    Takes   correction: what is taken off n there (``unbiased=False`` is correction=0).

    >>> sg.{name}(sg.tensor([1.0, 2.0, 3.0]))
    tensor(1.)
    """
    return either_name(function)


def spread(finish: Callable[..., Any], x: Any, axis: Any, keepdims: bool, correction: Any) -> Any:
    """A variance or a standard deviation, with the rule's own names of parameters."""
    refuse_complex("a variance", getattr(x, "_value", x))
    shape = shape_of(x)
    for a in () if axis is None else axis if isinstance(axis, tuple) else (axis,):
        axis_of(a, len(shape))
    n = math.prod(shape[a] for a in reduced_axes(axis, len(shape))) if shape else 1
    apart = call("subtract", x, call("mean", x, axis=axis, keepdims=True))
    left = n - correction
    return finish(apart, axis, keepdims, max(left, 0) if isinstance(n, int) else left)


def variance(apart: Any, axis: Any, keepdims: bool, n: Any) -> Any:
    """The mean square, over n."""
    return call("divide", call("sum", call("square", apart), axis=axis, keepdims=keepdims), n)


def deviation(apart: Any, axis: Any, keepdims: bool, n: Any) -> Any:
    """Its root, as a norm: where all entries are the same the gradient is 0, as in PyTorch."""
    root = math.sqrt(n) if isinstance(n, (int, float)) else n**0.5
    return call("divide", call("norm", apart, axis=axis, keepdims=keepdims), root)


var = _spread("var", variance)
std = _spread("std", deviation)


@either_name
def diff(
    input: Tensor, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None
) -> Tensor:
    """Differences of neighbours along an axis, n times.

    >>> sg.diff(sg.tensor([1.0, 4.0, 9.0]))
    tensor([3., 5.])
    """
    if not shape_of(input):
        raise ShapeError("diff() needs at least one axis")
    if n < 0:
        raise ShapeError(f"diff(): n counts how often, and is not {n}")
    axis = axis_of(dim, len(shape_of(input)))
    around = [x for x in (prepend, input, append) if x is not None]
    x: Any = call("concat", *around, axis=axis) if len(around) > 1 else input
    for _ in range(n):
        later, earlier = slice(1, None), slice(None, -1)
        x = call("subtract", entries_at(x, axis, later), entries_at(x, axis, earlier))
    return x  # type: ignore[no-any-return]


def einsum(equation: str, *operands: Any) -> Tensor:
    """Einstein summation, as ``einsum("ij,jk->ik", a, b)``.

    >>> sg.einsum("i,i->", sg.tensor([1.0, 2.0]), sg.tensor([3.0, 4.0]))
    tensor(11.)
    """
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = tuple(operands[0])
    spec = equation.replace(" ", "")
    if "->" not in spec:
        letters = spec.replace(",", "")
        spec += "->" + "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    return call("einsum", *operands, spec=spec)  # type: ignore[no-any-return]


def inner(input: Any, other: Any) -> Tensor:
    """Product over the last axis of both; of vectors, their dot product.

    >>> sg.inner(sg.tensor([1.0, 2.0]), sg.tensor([3.0, 4.0]))
    tensor(11.)
    """
    ndims = len(shape_of(input)), len(shape_of(other))
    if 0 in ndims:
        return call("multiply", input, other)  # type: ignore[no-any-return]
    if ndims == (1, 1):
        return call("dot", input, other)  # type: ignore[no-any-return]
    return tensordot(input, other, ([-1], [-1]))


def vdot(input: Any, other: Any) -> Tensor:
    """Dot product of two vectors, the first conjugated where it is complex.

    >>> sg.vdot(sg.tensor([1.0, 2.0]), sg.tensor([3.0, 4.0]))
    tensor(11.)
    """
    return dot(conj(input) if isinstance(input, Tensor) else input, other)


def dot(input: Any, tensor: Any) -> Tensor:
    """Dot product of two vectors.

    Raises  ShapeError for what is no vector: ``matmul`` and ``inner`` take more axes.

    >>> sg.dot(sg.tensor([1.0, 2.0]), sg.tensor([3.0, 4.0]))
    tensor(11.)
    """
    ndims = len(shape_of(input)), len(shape_of(tensor))
    if ndims != (1, 1):
        raise ShapeError(
            compose(
                f"1D tensors expected, but got {ndims[0]}D and {ndims[1]}D tensors",
                [("input", shape_of(input)), ("tensor", shape_of(tensor))],
                where=user_position(),
                mend="a @ b, or inner(a, b)",
            )
        )
    return call("dot", input, tensor)  # type: ignore[no-any-return]


def tensordot(a: Any, b: Any, dims: Any = 2) -> Tensor:
    """Product over several axes: the last of a with the first of b, or the axes listed for each.

    Raises  ShapeError where their sizes, or how many they are, differ.

    >>> sg.tensordot(sg.tensor([[1.0, 2.0]]), sg.tensor([3.0, 4.0]), 1)
    tensor([11.])
    """
    n, m = len(shape_of(a)), len(shape_of(b))
    if isinstance(dims, int):
        if dims > min(n, m) or dims < 0:
            raise ShapeError(f"tensordot(): dims={dims} for operands of {n} and {m} axes")
        dims = (range(n - dims, n), range(dims))
    mine, theirs = ([d] if isinstance(d, int) else list(d) for d in dims)
    mine, theirs = [axis_of(d, n) for d in mine], [axis_of(d, m) for d in theirs]
    if len(mine) != len(theirs) or len({*mine}) < len(mine) or len({*theirs}) < len(theirs):
        raise ShapeError(f"tensordot(): axes {mine} of a and {theirs} of b do not pair up")
    first, second = list(_LETTERS[:n]), list(_LETTERS[n : n + m])
    for i, j in zip(mine, theirs, strict=True):
        second[j] = first[i]
    sizes = [(shape_of(a)[i], shape_of(b)[j]) for i, j in zip(mine, theirs, strict=True)]
    if any(p != q and isinstance(p, int) and isinstance(q, int) for p, q in sizes):
        raise ShapeError(
            compose(
                "tensordot(): contracted dimensions need to match.",
                [("a", shape_of(a)), ("b", shape_of(b)), ("axes", f"{mine} of a, {theirs} of b")],
                where=user_position(),
            )
        )
    kept = [c for i, c in enumerate(first) if i not in mine]
    kept += [c for j, c in enumerate(second) if j not in theirs]
    return call("einsum", a, b, spec=f"{''.join(first)},{''.join(second)}->{''.join(kept)}")  # type: ignore[no-any-return]
