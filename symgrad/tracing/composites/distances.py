"""Distances of all pairs, and the losses that are made of distances, in PyTorch's dialect."""

from __future__ import annotations

from typing import Any

import numpy as np

from symgrad.errors import ShapeError, compose, user_position
from symgrad.tracing.calling import call, shape_of
from symgrad.tracing.composites.losses import Reduction, reduced
from symgrad.tracing.composites.matrices import vector_norm
from symgrad.tracing.composites.norms import cosine_similarity, pairwise_distance
from symgrad.tracing.tensor import Tensor, known_size


def cdist(x1: Any, x2: Any, p: float = 2.0) -> Tensor:
    """The distance of each row of x1 from each row of x2, in the p-norm.

    Takes   x1: [..., n, k]; x2: [..., m, k].
    Gives   [..., n, m].
    Raises  ShapeError where the rows have not one length.

    >>> sg.cdist(sg.tensor([[0.0, 0.0]]), sg.tensor([[3.0, 4.0], [0.0, 1.0]]))
    tensor([[5., 1.]])
    """
    for name, x in (("X1", x1), ("X2", x2)):
        if len(shape_of(x)) < 2:
            raise ShapeError(
                compose(
                    f"cdist only supports at least 2D tensors, {name} got: {len(shape_of(x))}D",
                    where=user_position(),
                )
            )
    if shape_of(x1)[-1] != shape_of(x2)[-1]:
        raise ShapeError(
            compose(
                "X1 and X2 must have the same number of columns.",
                [("X1", shape_of(x1)), ("X2", shape_of(x2))],
                where=user_position(),
            )
        )
    apart = call("subtract", call("expand_dims", x1, axis=-2), call("expand_dims", x2, axis=-3))
    return vector_norm(apart, p, -1)


def pdist(input: Any, p: float = 2.0) -> Tensor:
    """The distances of all pairs of rows, in the p-norm: those of row 0 first.

    Raises  ShapeError for what is no matrix.

    >>> sg.nn.functional.pdist(sg.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]]))
    tensor([5.0000, 1.0000, 4.2426])
    """
    if len(shape_of(input)) != 2:
        raise ShapeError(
            compose(
                f"pdist only supports 2D tensors, got: {len(shape_of(input))}D",
                where=user_position(),
            )
        )
    first, second = np.triu_indices(known_size(input, 0, "pdist()"), 1)
    rows = (call("getitem", input, index=places) for places in (first, second))
    return vector_norm(call("subtract", *rows), p, -1)


def _lacking(x: Any) -> Any:
    return call("clip", x, min=0, max=None)


def triplet_margin_loss(
    anchor: Any, positive: Any, negative: Any, margin: float = 1.0, p: float = 2, eps: float = 1e-6,
    swap: bool = False, *, reduction: Reduction = "mean",
) -> Tensor:  # fmt: skip
    """What the anchor lacks to be nearer to the positive than to the negative, by a margin.

    Takes   swap: take the distance of positive and negative where that is less.
    Raises  ShapeError for a margin that is not positive.

    >>> a, b, c = sg.tensor([[0.0]]), sg.tensor([[1.0]]), sg.tensor([[1.5]])
    >>> round(sg.nn.functional.triplet_margin_loss(a, b, c).item(), 4)
    0.5
    """
    if margin <= 0:
        raise ShapeError(
            compose(f"margin must be greater than 0, got {margin}", where=user_position())
        )
    near = pairwise_distance(anchor, positive, p, eps)
    far = pairwise_distance(anchor, negative, p, eps)
    if swap:
        far = call("minimum", far, pairwise_distance(positive, negative, p, eps))
    return reduced(_lacking(call("add", call("subtract", near, far), margin)), reduction)


def cosine_embedding_loss(
    input1: Any, input2: Any, target: Any, margin: float = 0.0, *, reduction: Reduction = "mean"
) -> Tensor:
    """One less the cosine where target is 1; the cosine beyond the margin where it is -1.

    >>> x, y = sg.tensor([[1.0, 0.0]]), sg.tensor([[1.0, 0.0]])
    >>> sg.nn.functional.cosine_embedding_loss(x, y, sg.tensor([-1]), margin=0.25)
    tensor(0.7500)
    """
    cosine = cosine_similarity(input1, input2, dim=len(shape_of(target)))
    near = call("where", call("equal", target, 1), call("subtract", 1, cosine), 0)
    far = call("where", call("equal", target, -1), _lacking(call("subtract", cosine, margin)), 0)
    return reduced(call("add", near, far), reduction)


def multilabel_soft_margin_loss(
    input: Any, target: Any, weight: Any = None, *, reduction: Reduction = "mean"
) -> Tensor:
    """The mean over classes of what the score of each costs, given which are right.

    >>> f = sg.nn.functional.multilabel_soft_margin_loss
    >>> f(sg.tensor([[0.0, 0.0]]), sg.tensor([[1.0, 0.0]]))
    tensor(0.6931)
    """
    yes = call("softplus", call("negative", input))
    no = call("add", yes, input)
    held = call("multiply", target, yes)
    entries = call("add", held, call("multiply", call("subtract", 1, target), no))
    if weight is not None:
        entries = call("multiply", entries, weight)
    return reduced(call("mean", entries, axis=-1), reduction)
