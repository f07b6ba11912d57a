"""Layers of ``nn.functional`` made of rules: products, padding, chance; the face lists them.

Their weights are arguments: there is no state here.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from symgrad.algebras.backends import is_formula
from symgrad.algebras.devices import in_host, to_host
from symgrad.errors import AxisError, DtypeError, ShapeError, refusal
from symgrad.tracing import random
from symgrad.tracing.calling import beside, call, dtype_name, entries_at, integers, shape_of
from symgrad.tracing.looping import is_many, looped, per_entry
from symgrad.tracing.tensor import Tensor
from symgrad.tracing.traced import raw
from symgrad.tracing.writing import write

# products -----------------------------------------------------------------------------------------


def linear(input: Any, weight: Any, bias: Any = None) -> Tensor:
    """``input @ weight.T + bias``.

    Takes   input: [..., n]; weight: [m, n], or a vector [n]; bias: [m].
    Gives   [..., m].
    Raises  ShapeError where the sizes differ.

    >>> sg.nn.functional.linear(sg.tensor([1.0, 2.0]), sg.tensor([[3.0, 4.0]]), sg.tensor([1.0]))
    tensor([12.])
    """
    turned = call("permute", weight, axes=(1, 0)) if len(shape_of(weight)) == 2 else weight
    product = call("matmul", input, turned)
    return product if bias is None else call("add", product, bias)  # type: ignore[no-any-return]


def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Tensor:
    """``input1 @ weight[k] @ input2 + bias[k]`` for every k.

    Takes   input1: [..., n]; input2: [..., m]; weight: [o, n, m]; bias: [o].
    Gives   [..., o].

    >>> f = sg.nn.functional.bilinear
    >>> f(sg.tensor([[1.0, 2.0]]), sg.tensor([[3.0]]), sg.ones(1, 2, 1))
    tensor([[9.]])
    """
    batch = "abcdefghj"[: len(shape_of(input1)) - 1]
    spec = f"{batch}n,onm,{batch}m->{batch}o"
    product = call("einsum", input1, weight, input2, spec=spec)
    return product if bias is None else call("add", product, bias)  # type: ignore[no-any-return]


def embedding(input: Any, weight: Any, padding_idx: int | None = None) -> Tensor:
    """The rows of a matrix that integers name.

    Takes   padding_idx: a row that no gradient reaches.
    Raises  AxisError for a row that is not there, DtypeError for what is no integer.

    >>> sg.nn.functional.embedding(sg.tensor([1, 0]), sg.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([[3., 4.],
            [1., 2.]])
    """
    if len(shape_of(weight)) != 2:
        raise refusal(ShapeError, "'weight' must be 2-D", ("weight", shape_of(weight)))
    rows = integers(input)
    if is_formula(rows) or is_formula(raw(weight)):
        return call("getitem", weight, index=rows)  # type: ignore[no-any-return]
    n = shape_of(weight)[0]
    held: Any = np.asarray(rows) if in_host(rows) else np.zeros(0)
    if np.any((held < 0) | (held >= n)):
        raise refusal(AxisError, "index out of range in self", ("rows", n))
    found = call("getitem", weight, index=rows)
    if padding_idx is None:
        return found  # type: ignore[no-any-return]
    kept = call("expand_dims", call("not_equal", input, padding_idx % n), axis=-1)
    return call("where", kept, found, found.detach())  # type: ignore[no-any-return]


def pixel_shuffle(input: Any, upscale_factor: int) -> Tensor:
    """Channels spread over a finer grid: [..., c r r, h, w] becomes [..., c, h r, w r].

    Raises  ShapeError where the channels do not divide.

    >>> sg.nn.functional.pixel_shuffle(sg.arange(4.0).reshape(4, 1, 1), 2)
    tensor([[[0., 1.],
             [2., 3.]]])
    """
    shape, r = shape_of(input), upscale_factor
    if len(shape) < 3 or r < 1 or shape[-3] % r**2:
        raise refusal(
            ShapeError,
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square "
            f"of upscale_factor {r}",
            ("input", shape),
        )
    lead, c, h, w = shape[:-3], shape[-3] // r**2, shape[-2], shape[-1]
    parts = call("reshape", input, shape=(*lead, c, r, r, h, w))
    n = len(lead)
    order = (*range(n), n, n + 3, n + 1, n + 4, n + 2)
    turned = call("permute", parts, axes=order)
    return call("reshape", turned, shape=(*lead, c, h * r, w * r))  # type: ignore[no-any-return]


def pixel_unshuffle(input: Any, downscale_factor: int) -> Tensor:
    """The inverse of pixel_shuffle: [..., c, h r, w r] becomes [..., c r r, h, w].

    Raises  ShapeError where height or width do not divide.

    >>> sg.nn.functional.pixel_unshuffle(sg.arange(4.0).reshape(1, 2, 2), 2).shape
    symgrad.Size([4, 1, 1])
    """
    shape, r = shape_of(input), downscale_factor
    if len(shape) < 3 or r < 1 or shape[-2] % r or shape[-1] % r:
        raise refusal(
            ShapeError,
            f"pixel_unshuffle expects height and width to be divisible by downscale_factor {r}",
            ("input", shape),
        )
    lead, c, h, w = shape[:-3], shape[-3], shape[-2] // r, shape[-1] // r
    parts = call("reshape", input, shape=(*lead, c, h, r, w, r))
    n = len(lead)
    turned = call("permute", parts, axes=(*range(n), n, n + 2, n + 4, n + 1, n + 3))
    return call("reshape", turned, shape=(*lead, c * r * r, h, w))  # type: ignore[no-any-return]


def scaled_dot_product_attention(
    query: Any, key: Any, value: Any, attn_mask: Any = None, dropout_p: float = 0.0,
    is_causal: bool = False, scale: float | None = None,
) -> Tensor:  # fmt: skip
    """``softmax(query @ key.mT * scale + mask) @ value``.

    Takes   query: [..., l, e]; key: [..., s, e]; value: [..., s, v]; attn_mask: truths (where to
            look) or numbers to add, [..., l, s]; is_causal: look at no later place; scale: default
            1 / sqrt(e).
    Gives   [..., l, v].

    >>> q = sg.ones(1, 2)
    >>> sg.nn.functional.scaled_dot_product_attention(q, q, sg.tensor([[5.0, 6.0]]))
    tensor([[5., 6.]])
    """
    size = shape_of(query)[-1]
    ndim = len(shape_of(key))
    turned = call("permute", key, axes=(*range(ndim - 2), ndim - 1, ndim - 2))
    factor = size**-0.5 if scale is None else scale
    scores = call("multiply", call("matmul", query, turned), factor)
    if is_causal:
        if attn_mask is not None:
            raise refusal(ShapeError, "attn_mask should not be set when is_causal=True")
        attn_mask = beside(np.tri(*shape_of(scores)[-2:], dtype=bool), scores)
    if attn_mask is not None and dtype_name(attn_mask) == "bool":
        scores = call("where", attn_mask, scores, -math.inf)
    elif attn_mask is not None:
        scores = call("add", scores, attn_mask)
    weights = dropout(call("softmax", scores, axis=-1), dropout_p)
    return call("matmul", weights, value)  # type: ignore[no-any-return]


# chance, places -----------------------------------------------------------------------------------


def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Entries dropped by chance, the others made larger so that the mean stays.

    Takes   p: the share that is dropped; training: without it nothing is.
    Raises  ShapeError (a ValueError) for a share outside [0, 1].

    >>> sg.nn.functional.dropout(sg.tensor([1.0, 2.0]), 0.5, training=False)
    tensor([1., 2.])
    """
    if not 0 <= p <= 1:
        raise refusal(ShapeError, f"dropout probability has to be between 0 and 1, but got {p}")
    if not training or p == 0:
        return input  # type: ignore[no-any-return]
    drawn = random.rand(*shape_of(input), device=input.device)
    kept = call("greater_equal", drawn, p).to(dtype=dtype_name(input))

    def compute(x: Any) -> Any:
        left = call("multiply", x, kept)
        return left if p == 1 else call("divide", left, 1 - p)

    return write(input, compute, "dropout_") if inplace else compute(input)


def one_hot(tensor: Any, num_classes: int = -1) -> Tensor:
    """Integers as rows of zeros with a one at their place; no gradient.

    Raises  DtypeError for what is no integer, ShapeError for one outside the classes.

    >>> sg.nn.functional.one_hot(sg.tensor([0, 2]))
    tensor([[1, 0, 0],
            [0, 0, 1]])
    """
    if is_many(tensor):
        each = functools.partial(one_hot, num_classes=num_classes)
        # Without a number of classes each input would have its own.
        return looped("one_hot", each, tensor) if num_classes == -1 else per_entry(each, tensor)  # type: ignore[no-any-return]
    held = to_host(raw(tensor))
    if held.dtype != np.int64:
        raise refusal(DtypeError, "one_hot is only applicable to index tensor of type LongTensor")
    if not held.size and num_classes <= 0:
        raise refusal(ShapeError, "Can not infer total number of classes from empty tensor.")
    if held.size and held.min() < 0:
        raise refusal(ShapeError, "Class values must be non-negative.")
    n = int(held.max()) + 1 if num_classes == -1 else num_classes
    if n <= 0:
        raise refusal(ShapeError, "num_classes should be positive")
    if held.size and held.max() >= n:
        raise refusal(ShapeError, "Class values must be smaller than num_classes.")
    hot = (np.expand_dims(held, -1) == np.arange(n)).astype(np.int64)
    return beside(hot, tensor)


def pad(
    input: Any, pad: Sequence[int], mode: str = "constant", value: float | None = None
) -> Tensor:
    """More entries around: (before, after) of the last axis, then of the one before it, and so on.

    Takes   mode: "constant" (with ``value``, 0 by default), "reflect", "replicate" or "circular";
            a negative number cuts entries off instead, in the first mode.
    Raises  ShapeError for numbers that do not pair up, or for more than an axis can give.

    >>> sg.nn.functional.pad(sg.tensor([1.0, 2.0]), (1, 2))
    tensor([0., 1., 2., 0., 0.])
    """
    shape = shape_of(input)
    if len(pad) % 2 or len(pad) > 2 * len(shape):
        raise refusal(
            ShapeError,
            "Padding length must be divisible by 2 and at most twice the number of dimensions of "
            f"the input, but got {list(pad)} for {len(shape)} dimensions",
        )
    pairs = [(pad[i], pad[i + 1]) for i in range(0, len(pad), 2)]
    if mode != "constant":
        for i, pair in enumerate(pairs):
            input = _continued(input, len(shape) - 1 - i, pair, mode)
        return input  # type: ignore[no-any-return]
    for i, (before, after) in enumerate(pairs):
        axis, n = len(shape) - 1 - i, shape[len(shape) - 1 - i]
        if n + before + after < 0:
            raise refusal(ShapeError, f"The input size {n}, plus negative padding {before} and "
                          f"{after}, resulted in a negative output size")  # fmt: skip
        if before < 0 or after < 0:
            input = entries_at(input, axis, slice(max(-before, 0), n - max(-after, 0)))
    widths = [(max(b, 0), max(a, 0)) for b, a in reversed(pairs)]
    widths = [(0, 0)] * (len(shape) - len(widths)) + widths
    made = call("pad", input, widths=tuple(widths))
    if not value:
        return made  # type: ignore[no-any-return]
    inside = np.pad(np.ones(shape_of(input), dtype=bool), widths)
    return call("where", beside(inside, input), made, value)  # type: ignore[no-any-return]


def _continued(x: Any, axis: int, pair: tuple[int, int], mode: str) -> Any:
    """Entries of an axis repeated beyond its ends."""
    modes = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    if mode not in modes:
        raise refusal(ShapeError, f"Unrecognised padding mode {mode}")
    n = shape_of(x)[axis]
    most = {"reflect": n - 1, "circular": n}.get(mode, max(*pair, 0))
    if max(pair) > most or not n:
        raise refusal(
            ShapeError,
            f"Padding size should be less than the corresponding input dimension, but got: padding "
            f"{pair} at dimension {axis} of input {list(shape_of(x))}",
        )
    places = np.pad(np.arange(n), [max(p, 0) for p in pair], mode=modes[mode])  # type: ignore[call-overload]
    places = places[max(-pair[0], 0) : len(places) - max(-pair[1], 0)]
    return entries_at(x, axis, places)
