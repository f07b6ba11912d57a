"""Whole Jacobians and Hessians: one pull or push for a batch of basis vectors, by ``vmap``."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from symgrad.errors import ShapeError, refuse_uncallable
from symgrad.modes import enable_grad
from symgrad.tracing.forward import Push
from symgrad.tracing.operands import keeping_arrays
from symgrad.tracing.running import Argnums, Run, named_after, selected
from symgrad.tracing.tensor import Tensor
from symgrad.tracing.traced import TRACED
from symgrad.tracing.transforms import pull_parts
from symgrad.tracing.trees import built
from symgrad.tracing.vmap import vmap


def jacrev(
    func: Callable[..., Any],
    argnums: Argnums = 0,
    *,
    has_aux: bool = False,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """A function that gives the Jacobian of func in the arguments ``argnums``, row by row at once.

    Takes   func: a function of tensors, or of dicts, lists and tuples of them, that gives such;
            argnums: which positional arguments; has_aux: func gives (result, anything else);
            chunk_size: how many rows at most at a time, where memory is short.
    Gives   a function of func's arguments. Its result has the form of func's, each part in the form
            of the argument, of shape (*result.shape, *argument.shape).
    Raises  as ``vjp``.
    Limits  cheaper than ``jacfwd`` where the result has fewer entries than the argument.

    >>> sg.func.jacrev(lambda x: x**2)(sg.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    refuse_uncallable("jacrev", func)
    if chunk_size is not None and not (isinstance(chunk_size, int) and chunk_size > 0):
        raise ShapeError("jacrev: `chunk_size` should be greater than 0.")

    @named_after(func)
    def function(*args: Any, **kwargs: Any) -> Any:
        places = selected(argnums, len(args))
        with enable_grad():
            run = Run("jacrev", func, args, kwargs, places, has_aux)
            rows = _rows(run, chunk_size)
        jacobian = built(run.built, iter([
            run.by_argument(
                [
                    reshaped(part, (*out.shape, *g.shape))
                    for part, g in zip(row, run.given, strict=True)
                ],
                isinstance(argnums, int),
            )
            for row, out in zip(rows, run.outs, strict=True)
        ]))  # fmt: skip
        return (jacobian, run.shown_aux()) if has_aux else jacobian

    return function


def _rows(run: Run, chunk_size: int | None) -> Iterator[list[Tensor]]:
    """For each part of the result, the rows of its Jacobian in each part of the arguments."""
    if len(run.outs) == 1 and math.prod(run.outs[0].shape) == 1:
        yield list(pull_parts(run, built(run.built, iter([TRACED.ones_like(run.outs[0])]))))
        return
    seeds = basis(run.outs)
    pull = vmap(
        lambda *parts: pull_parts(run, built(run.built, iter(parts))), chunk_size=chunk_size
    )
    found = pull(*seeds)
    for start, stop in spans(run.outs):
        yield [cut(part, start, stop) for part in found]


def basis(tensors: Sequence[Tensor]) -> list[Tensor]:
    """One unit vector for each entry of all tensors: their parts, stacked, in each one's dtype."""
    total = sum(math.prod(t.shape) for t in tensors)
    out = []
    for t, (start, stop) in zip(tensors, spans(tensors), strict=True):
        part = cut(TRACED.permute(TRACED.eye(total, like=t), axes=(1, 0)), start, stop)
        rows = TRACED.permute(part, axes=(1, 0))
        out.append(TRACED.reshape(rows, shape=(total, *t.shape)))
    return out


def spans(tensors: Sequence[Tensor]) -> list[tuple[Any, Any]]:
    """Where the entries of each tensor stand among those of all."""
    spans, start = [], 0
    for t in tensors:
        stop = start + math.prod(t.shape)
        spans.append((start, stop))
        start = stop
    return spans


def cut(rows: Tensor, start: Any, stop: Any) -> Tensor:
    """Some of the rows of a Jacobian; itself where these are all."""
    whole = start == 0 and stop == rows.shape[0]
    return rows if whole else TRACED.getitem(rows, index=slice(start, stop))


def reshaped(x: Tensor, shape: tuple[Any, ...]) -> Tensor:
    """``x`` in another shape; itself where it has it."""
    return x if tuple(x.shape) == shape else TRACED.reshape(x, shape=shape)


def jacfwd(
    func: Callable[..., Any],
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    randomness: str = "error",
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """As ``jacrev``, column by column at once, by forward mode.

    Takes   as ``jacrev``; randomness: taken as PyTorch takes it, and without effect.
    Gives   as ``jacrev``.
    Raises  as ``jvp``.
    Limits  cheaper than ``jacrev`` where the argument has fewer entries than the result.

    >>> sg.func.jacfwd(lambda x: x**2)(sg.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    refuse_uncallable("jacfwd", func)

    @named_after(func)
    def function(*args: Any, **kwargs: Any) -> Any:
        places = selected(argnums, len(args))
        with enable_grad(), keeping_arrays():
            run = Run("jacfwd", func, args, kwargs, places, has_aux)
            columns = _columns(run, chunk_size)
        jacobian = built(run.built, iter([
            run.by_argument(
                [turned(cut(column, start, stop), out, g)
                 for g, (start, stop) in zip(run.given, spans(run.given), strict=True)],
                isinstance(argnums, int),
            )
            for column, out in zip(columns, run.outs, strict=True)
        ]))  # fmt: skip
        return (jacobian, run.shown_aux()) if has_aux else jacobian

    return function


def _columns(run: Run, chunk_size: int | None) -> list[Tensor]:
    """For each part of the result, its derivatives along all unit vectors of the arguments."""
    push = Push(run.given, run.outs, run.outer)
    along = vmap(lambda *steps: tuple(push.along(steps)), chunk_size=chunk_size)
    return list(along(*basis(run.given)))


def turned(columns: Tensor, out: Tensor, given: Tensor) -> Tensor:
    """Derivatives along each entry of an argument, with the argument's axes behind the result's."""
    ndim = len(out.shape)
    if ndim:
        columns = TRACED.permute(columns, axes=(*range(1, ndim + 1), 0))
    return reshaped(columns, (*out.shape, *given.shape))


def hessian(func: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """A function that gives the second derivatives of func: forward over reverse mode.

    Takes   as ``jacrev``; func's result is commonly 0-d.
    Gives   a function of func's arguments; for a tensor x and a 0-d result its result has the shape
            (*x.shape, *x.shape).
    Raises  as ``jacrev``.

    >>> sg.func.hessian(lambda x: (x**3).sum())(sg.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    refuse_uncallable("hessian", func)
    return jacfwd(jacrev(func, argnums), argnums)
