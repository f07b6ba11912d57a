"""Losses of ``nn.functional``, made of rules; the face lists them.

Each reduces its entries to their mean (the default), their sum, or not at all.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from symgrad.algebras.devices import in_host
from symgrad.errors import ShapeError, compose, user_position
from symgrad.tracing.calling import beside, call, dtype_name, shape_of
from symgrad.tracing.tensor import Tensor
from symgrad.tracing.traced import raw

Reduction = str


def reduced(entries: Any, reduction: Reduction) -> Tensor:
    """The mean of the entries, their sum, or the entries themselves.

    Raises  ShapeError (a ValueError) for another word.
    """
    if reduction == "none":
        return entries  # type: ignore[no-any-return]
    if reduction not in ("mean", "sum"):
        raise ShapeError(
            compose(
                f"{reduction} is not a valid value for reduction",
                where=user_position(),
                mend="one of 'none', 'mean', 'sum'",
            )
        )
    return call(reduction, entries)  # type: ignore[no-any-return]


def _differ(input: Any, target: Any) -> None:
    """Warn of a target whose shape broadcasts, as PyTorch does: seldom what is meant."""
    if shape_of(input) != shape_of(target):
        warnings.warn(
            f"Using a target size ({shape_of(target)}) that is different to the input size "
            f"({shape_of(input)}). This will likely lead to incorrect results due to broadcasting. "
            "Please ensure they have the same size.",
            UserWarning,
            stacklevel=3,
        )


def _weighed(entries: Any, weight: Any) -> Any:
    return entries if weight is None else call("multiply", entries, weight)


def mse_loss(
    input: Any, target: Any, *, reduction: Reduction = "mean", weight: Any = None
) -> Tensor:
    """The square of the difference.

    >>> sg.nn.functional.mse_loss(sg.tensor([1.0, 3.0]), sg.tensor([1.0, 1.0]))
    tensor(2.)
    """
    _differ(input, target)
    square = call("square", call("subtract", input, target))
    return _averaged(square, weight, reduction)


def l1_loss(
    input: Any, target: Any, *, reduction: Reduction = "mean", weight: Any = None
) -> Tensor:
    """The size of the difference.

    >>> sg.nn.functional.l1_loss(sg.tensor([1.0, 3.0]), sg.tensor([1.0, 1.0]))
    tensor(1.)
    """
    _differ(input, target)
    size = call("abs", call("subtract", input, target))
    return _averaged(size, weight, reduction)


def _averaged(entries: Any, weight: Any, reduction: Reduction) -> Tensor:
    if weight is None or reduction != "mean":
        return reduced(_weighed(entries, weight), reduction)
    total = call("sum", call("multiply", entries, weight))
    return call("divide", total, call("sum", weight))  # type: ignore[no-any-return]


def huber_loss(
    input: Any,
    target: Any,
    *,
    reduction: Reduction = "mean",
    delta: float = 1.0,
    weight: Any = None,
) -> Tensor:
    """Half the square of a difference up to delta, beyond it a straight line.

    Raises  ShapeError for a delta that is not positive.

    >>> sg.nn.functional.huber_loss(sg.tensor([0.5, 3.0]), sg.tensor([0.0, 0.0]))
    tensor(1.3125)
    """
    if delta <= 0:
        raise ShapeError(
            compose(
                "huber_loss does not support non-positive values for delta.", where=user_position()
            )
        )
    _differ(input, target)
    apart = call("subtract", input, target)
    size = call("abs", apart)
    square = call("multiply", call("square", apart), 0.5)
    line = call("multiply", call("subtract", size, 0.5 * delta), delta)
    return _averaged(call("where", call("less", size, delta), square, line), weight, reduction)


def smooth_l1_loss(
    input: Any, target: Any, *, reduction: Reduction = "mean", beta: float = 1.0
) -> Tensor:
    """``huber_loss`` over beta: where beta is 0, ``l1_loss``.

    Raises  ShapeError for a negative beta.

    >>> sg.nn.functional.smooth_l1_loss(sg.tensor([0.5, 3.0]), sg.tensor([0.0, 0.0]))
    tensor(1.3125)
    """
    if beta < 0:
        raise ShapeError(
            compose(
                "smooth_l1_loss does not support negative values for beta.", where=user_position()
            )
        )
    if beta == 0:
        return l1_loss(input, target, reduction=reduction)
    return reduced(
        call("divide", huber_loss(input, target, reduction="none", delta=beta), beta), reduction
    )


# probabilities ------------------------------------------------------------------------------------


def _same(name: str, input: Any, target: Any) -> None:
    if shape_of(input) != shape_of(target):
        raise ShapeError(
            compose(
                f"{name}: target size ({shape_of(target)}) must be the same as input size "
                f"({shape_of(input)})",
                where=user_position(),
                mend="target.view_as(input), or unsqueeze one of the two",
            )
        )


def binary_cross_entropy(
    input: Any, target: Any, weight: Any = None, *, reduction: Reduction = "mean"
) -> Tensor:
    """What probabilities of a yes cost, given the right ones; logarithms are not less than -100.

    Raises  ShapeError where the shapes differ, or a probability lies outside [0, 1].

    >>> sg.nn.functional.binary_cross_entropy(sg.tensor([0.5]), sg.tensor([1.0]))
    tensor(0.6931)
    """
    _same("binary_cross_entropy", input, target)
    held = raw(input)  # no other device is waited for
    if in_host(held) and not np.all((held >= 0) & (held <= 1)):
        raise ShapeError(
            compose(
                "all elements of input should be between 0 and 1",
                where=user_position(),
                mend="binary_cross_entropy_with_logits takes scores of any size",
            )
        )
    yes = call("clip", call("log", input), min=-100, max=None)
    no = call("clip", call("log", call("subtract", 1, input)), min=-100, max=None)
    held_yes = call("multiply", target, yes)
    entries = call(
        "negative", call("add", held_yes, call("multiply", call("subtract", 1, target), no))
    )
    return reduced(_weighed(entries, weight), reduction)


def binary_cross_entropy_with_logits(
    input: Any, target: Any, weight: Any = None, *, reduction: Reduction = "mean",
    pos_weight: Any = None,
) -> Tensor:  # fmt: skip
    """``binary_cross_entropy`` of the sigmoid of scores, without overflow.

    Takes   pos_weight: how much more a yes counts than a no.
    Raises  ShapeError where the shapes differ.

    >>> sg.nn.functional.binary_cross_entropy_with_logits(sg.tensor([0.0]), sg.tensor([1.0]))
    tensor(0.6931)
    """
    _same("binary_cross_entropy_with_logits", input, target)
    misses = call("softplus", call("negative", input))
    if pos_weight is not None:
        more = call("multiply", call("subtract", pos_weight, 1), target)
        misses = call("multiply", misses, call("add", more, 1))
    entries = call("add", call("multiply", call("subtract", 1, target), input), misses)
    return reduced(_weighed(entries, weight), reduction)


def kl_div(
    input: Any, target: Any, *, reduction: Reduction = "mean", log_target: bool = False
) -> Tensor:
    """How far log-probabilities are from probabilities: target (log target - input).

    Takes   reduction: also "batchmean", the sum over the size of the first axis; log_target:
            whether the target is in logarithms as well.

    >>> sg.nn.functional.kl_div(sg.tensor([-1.0]), sg.tensor([1.0]), reduction="sum")
    tensor(1.)
    """
    if log_target:
        entries = call("multiply", call("exp", target), call("subtract", target, input))
    else:
        own = call("xlogy", target, target)
        entries = call("subtract", own, call("multiply", target, input))
    if reduction == "batchmean":
        total = call("sum", entries)
        return call("divide", total, shape_of(input)[0]) if shape_of(input) else total  # type: ignore[no-any-return]
    return reduced(entries, reduction)


def poisson_nll_loss(
    input: Any, target: Any, log_input: bool = True, full: bool = False, *, eps: float = 1e-8,
    reduction: Reduction = "mean",
) -> Tensor:  # fmt: skip
    """What the rate of a Poisson distribution (or its logarithm) costs, given counts.

    >>> sg.nn.functional.poisson_nll_loss(sg.tensor([0.0]), sg.tensor([2.0]))
    tensor(1.)
    """
    if log_input:
        entries = call("subtract", call("exp", input), call("multiply", target, input))
    else:
        logs = call("log", call("add", input, eps))
        entries = call("subtract", input, call("multiply", target, logs))
    if full:
        half_log = call("multiply", call("log", call("multiply", target, 2 * math.pi)), 0.5)
        stirling = call("add", call("subtract", call("xlogy", target, target), target), half_log)
        entries = call("add", entries, call("where", call("greater", target, 1), stirling, 0))
    return reduced(entries, reduction)


def gaussian_nll_loss(
    input: Any, target: Any, var: Any, full: bool = False, eps: float = 1e-6,
    reduction: Reduction = "mean",
) -> Tensor:  # fmt: skip
    """What a mean and a variance cost, given values of a normal distribution.

    Raises  ShapeError for a negative variance.

    >>> sg.nn.functional.gaussian_nll_loss(sg.tensor([1.0]), sg.tensor([3.0]), sg.tensor([1.0]))
    tensor(2.)
    """
    if not isinstance(var, Tensor):
        number = beside(np.asarray(var, dtype_name(input)), input)
        var = call("broadcast_to", number, shape=shape_of(input))
    if shape_of(var) == shape_of(input)[:-1] and shape_of(var) != shape_of(input):
        var = call("expand_dims", var, axis=-1)
    held = raw(var)
    if in_host(held) and np.any(np.asarray(held) < 0):
        raise ShapeError(compose("var has negative entry/entries", where=user_position()))
    low = call("less", var, eps)
    # The lower bound lifts the value and not the gradient, as PyTorch's clamp without history.
    lifted = call("add", var, call("subtract", eps, var.detach()))
    var = call("where", low, lifted, var)
    square = call("divide", call("square", call("subtract", input, target)), var)
    entries = call("multiply", call("add", call("log", var), square), 0.5)
    if full:
        entries = call("add", entries, 0.5 * math.log(2 * math.pi))
    return reduced(entries, reduction)


# margins ------------------------------------------------------------------------------------------


def soft_margin_loss(input: Any, target: Any, *, reduction: Reduction = "mean") -> Tensor:
    """``log(1 + exp(-target input))``, target being 1 or -1.

    >>> sg.nn.functional.soft_margin_loss(sg.tensor([0.0]), sg.tensor([1.0]))
    tensor(0.6931)
    """
    product = call("multiply", target, input)
    return reduced(call("softplus", call("negative", product)), reduction)


def hinge_embedding_loss(
    input: Any, target: Any, *, margin: float = 1.0, reduction: Reduction = "mean"
) -> Tensor:
    """``input`` where the target is 1, what it lacks to the margin where the target is -1.

    >>> sg.nn.functional.hinge_embedding_loss(sg.tensor([0.25, 0.25]), sg.tensor([1, -1]))
    tensor(0.5000)
    """
    lacking = call("clip", call("subtract", margin, input), min=0, max=None)
    far = call("where", call("equal", target, 1), 0, lacking)
    near = call("where", call("equal", target, -1), 0, input)
    return reduced(call("add", far, near), reduction)


def margin_ranking_loss(
    input1: Any, input2: Any, target: Any, *, margin: float = 0.0, reduction: Reduction = "mean"
) -> Tensor:
    """How far input1 and input2 are from being in the order that target (1 or -1) says.

    >>> sg.nn.functional.margin_ranking_loss(sg.tensor([1.0]), sg.tensor([3.0]), sg.tensor([1.0]))
    tensor(2.)
    """
    apart = call("subtract", input1, input2)
    held = call("add", call("multiply", call("negative", target), apart), margin)
    return reduced(call("clip", held, min=0, max=None), reduction)
