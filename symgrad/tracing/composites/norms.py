"""Norms and distances of ``nn.functional``, made of rules; the face lists them.

There is no state here, but for the running statistics that are given.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from symgrad.errors import ShapeError, refusal
from symgrad.tracing.calling import call, dtype_name, either_name, shape_of
from symgrad.tracing.composites.parting import broadcast_tensors
from symgrad.tracing.dtypes import axis_of
from symgrad.tracing.tensor import Tensor
from symgrad.tracing.writing import write


@either_name
def normalize(input: Any, p: float = 2.0, dim: Any = 1, eps: float = 1e-12) -> Tensor:
    """``input`` over its norm along an axis, which counts as eps at least.

    >>> sg.nn.functional.normalize(sg.tensor([[3.0, 4.0]]))
    tensor([[0.6000, 0.8000]])
    """
    size = call("norm", input, ord=p, axis=dim, keepdims=True)
    return call("divide", input, call("clip", size, min=eps, max=None))  # type: ignore[no-any-return]


def _standard(x: Any, axes: tuple[int, ...], eps: float) -> Any:
    apart = call("subtract", x, call("mean", x, axis=axes, keepdims=True))
    variance = call("mean", call("square", apart), axis=axes, keepdims=True)
    return call("divide", apart, call("sqrt", call("add", variance, eps)))


def _scaled(x: Any, weight: Any, bias: Any, shape: tuple[int, ...]) -> Tensor:
    """Times a weight, plus a bias, both first brought into a shape that broadcasts."""
    for word, part in (("multiply", weight), ("add", bias)):
        if part is not None:
            x = call(word, x, call("reshape", part, shape=shape))
    return x  # type: ignore[no-any-return]


def _last(input: Any, normalized_shape: Sequence[int], weight: Any, bias: Any) -> Any:
    """The axes that a shape at the end names, and that shape."""
    sizes = tuple(normalized_shape)
    if not sizes or shape_of(input)[-len(sizes) :] != sizes:
        raise refusal(
            ShapeError,
            f"Given normalized_shape={list(sizes)}, expected input with shape "
            f"[*, {', '.join(map(str, sizes))}], but got input of size{list(shape_of(input))}",
        )
    for word, part in (("weight", weight), ("bias", bias)):
        if part is not None and shape_of(part) != sizes:
            raise refusal(
                ShapeError,
                f"Expected {word} to be of same shape as normalized_shape, but got {word} of shape "
                f"{list(shape_of(part))} and normalized_shape = {list(sizes)}",
            )
    return tuple(range(-len(sizes), 0)), sizes


def layer_norm(
    input: Any, normalized_shape: Sequence[int], weight: Any = None, bias: Any = None,
    eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """Mean 0 and variance 1 over the last axes, then times weight, plus bias.

    Raises  ShapeError where input does not end in ``normalized_shape``.

    >>> sg.nn.functional.layer_norm(sg.tensor([1.0, 3.0]), [2])
    tensor([-1.0000,  1.0000])
    """
    axes, sizes = _last(input, normalized_shape, weight, bias)
    return _scaled(_standard(input, axes, eps), weight, bias, sizes)


def rms_norm(
    input: Any, normalized_shape: Sequence[int], weight: Any = None, eps: float | None = None
) -> Tensor:
    """Over the root of the mean square over the last axes, then times weight.

    Takes   eps: what is added to the mean square; default the dtype's.

    >>> sg.nn.functional.rms_norm(sg.tensor([3.0, 4.0]), [2])
    tensor([0.8485, 1.1314])
    """
    axes, sizes = _last(input, normalized_shape, weight, None)
    small = float(np.finfo(dtype_name(input)).eps) if eps is None else eps
    square = call("mean", call("square", input), axis=axes, keepdims=True)
    grown = call("divide", input, call("sqrt", call("add", square, small)))
    return _scaled(grown, weight, None, sizes)


def group_norm(
    input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Tensor:
    """Mean 0 and variance 1 over groups of channels (the second axis), then weight and bias.

    Raises  ShapeError where the channels do not divide into the groups.

    >>> sg.nn.functional.group_norm(sg.tensor([[1.0, 3.0]]), 1)
    tensor([[-1.0000,  1.0000]])
    """
    shape = shape_of(input)
    if len(shape) < 2 or shape[1] % num_groups:
        raise refusal(
            ShapeError,
            "Expected number of channels in input to be divisible by num_groups, but got input of "
            f"shape {list(shape)} and num_groups={num_groups}",
        )
    rows = call("reshape", input, shape=(shape[0], num_groups, -1))
    made = call("reshape", _standard(rows, (2,), eps), shape=shape)
    return _scaled(made, weight, bias, (1, shape[1], *(1,) * (len(shape) - 2)))


def instance_norm(
    input: Any, running_mean: Any = None, running_var: Any = None, weight: Any = None,
    bias: Any = None, use_input_stats: bool = True, momentum: float = 0.1, eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """Mean 0 and variance 1 for each channel of each sample, then weight and bias.

    Raises  TypeError for running statistics, which it does not keep here.

    >>> sg.nn.functional.instance_norm(sg.tensor([[[1.0, 3.0]]]))
    tensor([[[-1.0000,  1.0000]]])
    """
    if running_mean is not None or running_var is not None or not use_input_stats:
        raise TypeError("instance_norm() keeps no running statistics here; batch_norm() does")
    shape = shape_of(input)
    made = _standard(input, tuple(range(2, len(shape))), eps)
    return _scaled(made, weight, bias, (1, shape[1], *(1,) * (len(shape) - 2)))


def batch_norm(
    input: Any, running_mean: Any, running_var: Any, weight: Any = None, bias: Any = None,
    training: bool = False, momentum: float = 0.1, eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """Mean 0 and variance 1 for each channel (the second axis), then weight and bias.

    Takes   training: take mean and variance from the input, and move the running ones, in place,
            by ``momentum`` toward them; else take the running ones.
    Raises  ShapeError for one value a channel in training.

    >>> f = sg.nn.functional.batch_norm
    >>> f(sg.tensor([[1.0], [3.0]]), sg.zeros(1), sg.ones(1), training=True)
    tensor([[-1.0000],
            [ 1.0000]])
    """
    shape = shape_of(input)
    row = (1, shape[1], *(1,) * (len(shape) - 2))
    axes = (0, *range(2, len(shape)))
    if not training:
        mean, variance = (call("reshape", x, shape=row) for x in (running_mean, running_var))
        spread = call("sqrt", call("add", variance, eps))
        made = call("divide", call("subtract", input, mean), spread)
        return _scaled(made, weight, bias, row)
    n = math.prod(shape[a] for a in axes)
    if n == 1:
        raise refusal(
            ShapeError,
            f"Expected more than 1 value per channel when training, got input size {list(shape)}",
        )
    _move(running_mean, input, axes, momentum)
    apart_square = _variance_of(input, axes, n)
    _move(running_var, apart_square, axes, momentum)
    return _scaled(_standard(input, axes, eps), weight, bias, row)


def _variance_of(x: Any, axes: tuple[int, ...], n: int) -> Any:
    plain = x.detach()
    apart = call("subtract", plain, call("mean", plain, axis=axes, keepdims=True))
    return call("multiply", call("square", apart), n / (n - 1))


def _move(running: Any, x: Any, axes: tuple[int, ...], momentum: float) -> None:
    if running is None:
        return
    found = call("mean", x.detach(), axis=axes)
    step = call("multiply", call("subtract", found, running.detach()), momentum)
    write(running, lambda old: call("add", old, step), "batch_norm")


# distances ----------------------------------------------------------------------------------------


@either_name
def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """The cosine of the angle between vectors along an axis; shapes broadcast.

    >>> sg.nn.functional.cosine_similarity(sg.tensor([[1.0, 1.0]]), sg.tensor([[1.0, 0.0]]))
    tensor([0.7071])
    """
    x1, x2 = broadcast_tensors(x1, x2)
    axis = axis_of(dim, len(shape_of(x1)))
    units = []
    for x in (x1, x2):
        size = call("norm", x, axis=axis if shape_of(x) else None, keepdims=True)
        units.append(call("divide", x, call("clip", size, min=eps, max=None)))
    return call("sum", call("multiply", *units), axis=axis if shape_of(x1) else None)  # type: ignore[no-any-return]


def pairwise_distance(
    x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> Tensor:
    """The norm of ``x1 - x2 + eps`` along the last axis.

    >>> f = sg.nn.functional.pairwise_distance
    >>> f(sg.tensor([[3.0, 0.0]]), sg.tensor([[0.0, 4.0]]), eps=0.0)
    tensor([5.])
    """
    apart = call("add", call("subtract", x1, x2), eps)
    return call("norm", apart, ord=p, axis=-1, keepdims=keepdim)  # type: ignore[no-any-return]
