"""Losses of ``nn.functional`` about classes, made of rules; the face lists them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from symgrad.algebras.backends import is_formula
from symgrad.algebras.devices import in_host
from symgrad.errors import AxisError, DtypeError, ShapeError, compose, user_position
from symgrad.tracing.calling import beside, call, dtype_name, integers, shape_of
from symgrad.tracing.composites.indexed import gather
from symgrad.tracing.composites.losses import Reduction, reduced
from symgrad.tracing.dtypes import is_floating
from symgrad.tracing.tensor import Tensor
from symgrad.tracing.traced import raw


def _classes(input: Any, target: Any) -> int:
    """The axis of the classes: the second, or the only one.

    Raises  ShapeError or AxisError where the target does not fit.
    """
    shape, aims = shape_of(input), shape_of(target)
    if not shape:
        raise ShapeError(
            compose("input tensor should be 1D or more, with classes", where=user_position())
        )
    axis = 1 if len(shape) > 1 else 0
    rest = (*shape[:axis], *shape[axis + 1 :])
    if aims != rest:
        if len(shape) > 1 and len(aims) == len(rest) and aims[:1] != rest[:1]:
            what = f"Expected input batch_size ({rest[0]}) to match target batch_size ({aims[0]})."
        else:
            what = f"Expected target size {list(rest)}, got {list(aims)}"
        raise ShapeError(compose(what, [("input", shape)], where=user_position()))
    return axis


def _aims(input: Any, target: Any, axis: int, ignored: int) -> tuple[Any, Any, bool]:
    """Which targets count, classes that are there for all, and whether surely all count.

    Values are looked at in host memory alone: a step of training waits for no other device.

    Raises  AxisError there for a class that is none.
    """
    aims = integers(target)
    if not in_host(aims):
        there = call("not_equal", target, ignored)
        return there, call("where", there, target, 0), False
    held: Any = np.asarray(aims)
    counted = np.asarray(held != ignored)
    outside = counted & ((held < 0) | (held >= shape_of(input)[axis]))
    if outside.any():
        wrong = held[outside].flat[0]
        raise AxisError(compose(f"Target {wrong} is out of bounds.", where=user_position()))
    whole = bool(counted.all() and counted.size)
    return beside(counted, input), beside(np.where(counted, held, 0), input), whole


def nll_loss(
    input: Any, target: Any, weight: Any = None, *, ignore_index: int = -100,
    reduction: Reduction = "mean",
) -> Tensor:  # fmt: skip
    """The negative of the log-probability of each target class.

    Takes   input: log-probabilities, classes along the second axis (or the only one); target:
            integers, one for each place; weight: one number a class; ignore_index: the class that
            counts nothing.
    Raises  AxisError for a class that is none, ShapeError for shapes that do not fit.

    >>> sg.nn.functional.nll_loss(sg.tensor([[-1.0, -2.0]]), sg.tensor([1]))
    tensor(2.)
    """
    axis = _classes(input, target)
    if is_formula(raw(target)) or is_formula(raw(input)):
        return _of_formulas(input, target, weight, axis, reduction)
    there, safe, whole = _aims(input, target, axis, ignore_index)
    along = call("expand_dims", safe, axis=axis)
    picked = call("squeeze", gather(input, axis, along), axis=(axis,))
    if weight is None and whole:
        return reduced(call("negative", picked), reduction)
    counts: Any = there.to(dtype=dtype_name(input))
    if weight is not None:
        counts = call("multiply", counts, call("getitem", weight, index=raw(safe)))
    # An ignored class may have the log-probability minus infinity, which 0 does not cancel.
    picked = picked if whole else call("where", there, picked, 0)
    entries = call("negative", call("multiply", picked, counts))
    if reduction == "mean":
        return call("divide", call("sum", entries), call("sum", counts))  # type: ignore[no-any-return]
    return reduced(entries, reduction)


def _of_formulas(input: Any, target: Any, weight: Any, axis: int, reduction: Reduction) -> Tensor:
    """The same of sizes alone: no class is ignored, and all are there."""
    rows = call("expand_dims", target, axis=axis)
    entries = call("negative", call("squeeze", gather(input, axis, rows), axis=(axis,)))
    if weight is None:
        return reduced(entries, reduction)
    counts = call("getitem", weight, index=integers(target))
    entries = call("multiply", entries, counts)
    if reduction != "mean":
        return reduced(entries, reduction)
    return call("divide", call("sum", entries), call("sum", counts))  # type: ignore[no-any-return]


def cross_entropy(
    input: Any, target: Any, weight: Any = None, *, ignore_index: int = -100,
    reduction: Reduction = "mean", label_smoothing: float = 0.0,
) -> Tensor:  # fmt: skip
    """``nll_loss`` of ``log_softmax``: what a network's scores cost, given the right classes.

    Takes   target: integers as in nll_loss, or probabilities of input's shape; label_smoothing:
            the share that is spread evenly over all classes.
    Raises  ShapeError for a smoothing outside [0, 1] and shapes that do not fit, AxisError for a
            class that is none.

    >>> sg.nn.functional.cross_entropy(sg.tensor([[0.0, 0.0]]), sg.tensor([1]))
    tensor(0.6931)
    """
    if not 0 <= label_smoothing <= 1:
        raise ShapeError(
            compose(
                f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}",
                where=user_position(),
            )
        )
    axis = 1 if len(shape_of(input)) > 1 else 0
    scores = call("log_softmax", input, axis=axis)
    if shape_of(target) == shape_of(input):
        return _of_shares(scores, target, weight, axis, reduction, label_smoothing)
    found = nll_loss(scores, target, weight, ignore_index=ignore_index, reduction=reduction)
    if not label_smoothing:
        return found
    return _smoothed(scores, target, weight, axis, found, ignore_index, reduction, label_smoothing)


def _along(weight: Any, ndim: int, axis: int) -> Any:
    return call("reshape", weight, shape=tuple(-1 if i == axis else 1 for i in range(ndim)))


def _of_shares(
    scores: Any, target: Any, weight: Any, axis: int, reduction: Reduction, smoothing: float
) -> Tensor:
    """The loss where the target is a probability for each class."""
    if not is_floating(raw(target)):
        raise DtypeError(
            compose(
                "Expected floating point type for target with class probabilities, got "
                f"{raw(target).dtype}",
                where=user_position(),
            )
        )
    shape = shape_of(scores)
    if smoothing:
        even = smoothing / shape[axis]
        target = call("add", call("multiply", target, 1 - smoothing), even)
    entries = call("negative", call("multiply", scores, target))
    if weight is not None:
        entries = call("multiply", entries, _along(weight, len(shape), axis))
    if reduction == "none":
        return call("sum", entries, axis=axis)  # type: ignore[no-any-return]
    total = reduced(entries, "sum") if reduction == "mean" else reduced(entries, reduction)
    return (
        call("divide", total, math.prod((*shape[:axis], *shape[axis + 1 :])))
        if reduction == "mean"
        else total
    )


def _smoothed(
    scores: Any, target: Any, weight: Any, axis: int, found: Any, ignored: int,
    reduction: Reduction, share: float,
) -> Tensor:  # fmt: skip
    """A share of the loss spread over all classes."""
    n = shape_of(scores)[axis]
    each = scores if weight is None else call(
        "multiply", scores, _along(weight, len(shape_of(scores)), axis))  # fmt: skip
    spread = call("negative", call("sum", each, axis=axis))
    there, safe, _ = _aims(scores, target, axis, ignored)
    spread = call("where", there, spread, 0)
    if reduction == "mean":
        kept = there.to(dtype=dtype_name(scores))
        if weight is not None:
            kept = call("multiply", kept, call("getitem", weight, index=raw(safe)))
        counted = call("sum", kept)
        spread = call("divide", call("sum", spread), counted)
    else:
        spread = reduced(spread, reduction)
    return call(  # type: ignore[no-any-return]
        "add", call("multiply", found, 1 - share), call("multiply", spread, share / n)
    )
