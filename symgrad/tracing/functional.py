"""``autograd.functional``: Jacobians, Hessians and their products, called as PyTorch calls them.

Inputs and results are tensors or tuples of them. ``func`` has the newer functions of functions.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from symgrad.errors import GraphError, ShapeError, compose, user_position
from symgrad.modes import enable_grad
from symgrad.tracing.forward import Push
from symgrad.tracing.jacobians import basis, cut, reshaped, spans, turned
from symgrad.tracing.operands import keeping_arrays
from symgrad.tracing.problems import Problem, listed, unlisted
from symgrad.tracing.tensor import Tensor
from symgrad.tracing.traced import TRACED
from symgrad.tracing.vmap import vmap

Tensors = Tensor | tuple[Tensor, ...]


# products ---------------------------------------------------------------------------------------


def vjp(
    func: Callable[..., Any],
    inputs: Tensors,
    v: Any = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """A function's result, and ``v`` times its Jacobian.

    Takes   inputs: a tensor or a tuple of them, as func takes them; v: tensors of the results'
            shapes, or None for a single result of one entry; create_graph: keep the history;
            strict: refuse a result that does not depend on an input.
    Gives   (result, product); the product has the inputs' shapes.
    Raises  DtypeError (a TypeError) for what is no tensor, ShapeError for a v that does not fit,
            GraphError in strict mode.

    >>> x = sg.tensor([1.0, 2.0])
    >>> sg.autograd.functional.vjp(lambda x: x**2, x, sg.tensor([1.0, 10.0]))
    (tensor([1., 4.]), tensor([ 2., 40.]))
    """
    with enable_grad():
        problem = Problem("vjp", func, inputs, create_graph, strict)
        whose = "the user-provided function's result"
        seeds = problem.vector(v, problem.outs, not problem.single_out, whose)
        found = problem.slopes(problem.outs, seeds, create_graph, "output")
    return problem.result(problem.outs), problem.gradient(found)


def jvp(
    func: Callable[..., Any],
    inputs: Tensors,
    v: Any = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """A function's result, and its Jacobian times ``v``, by forward mode.

    Takes   as ``vjp``; v: tensors of the inputs' shapes, or None for a single input of one entry.
    Gives   (result, product); the product has the results' shapes.
    Raises  as ``vjp``.

    >>> x = sg.tensor([1.0, 2.0])
    >>> sg.autograd.functional.jvp(lambda x: x**2, x, sg.tensor([1.0, 10.0]))
    (tensor([1., 4.]), tensor([ 2., 40.]))
    """
    with enable_grad(), keeping_arrays():
        problem = Problem("jvp", func, inputs, create_graph, strict)
        steps = problem.vector(v, problem.given, not problem.single_in, "the input")
        if strict:
            ones = [TRACED.ones_like(o) for o in problem.outs]
            problem.slopes(problem.outs, ones, create_graph, "output")
        moved = Push(problem.given, problem.outs, create_graph).along(steps)
    return problem.result(problem.outs), problem.result(moved)


def vhp(
    func: Callable[..., Any],
    inputs: Tensors,
    v: Any = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """A scalar function's result, and ``v`` times its Hessian, by reverse mode twice.

    Takes   as ``jvp``; func gives one tensor of one entry.
    Gives   (result, product); the product has the inputs' shapes.
    Raises  as ``vjp``; ShapeError for a result of several entries.

    >>> x = sg.tensor([1.0, 2.0])
    >>> sg.autograd.functional.vhp(lambda x: (x**3).sum(), x, sg.tensor([1.0, 10.0]))
    (tensor(9.), tensor([  6., 120.]))
    """
    with enable_grad():
        problem, steps, first = _first("vhp", func, inputs, v, create_graph, strict)
        found = problem.slopes(first, steps, create_graph, "jacobian")
    return problem.result(problem.outs), problem.gradient(found)


def hvp(
    func: Callable[..., Any],
    inputs: Tensors,
    v: Any = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """A scalar function's result, and its Hessian times ``v``, by forward over reverse mode.

    Takes   as ``vhp``.
    Gives   as ``vhp``.
    Raises  as ``vhp``.

    >>> x = sg.tensor([1.0, 2.0])
    >>> sg.autograd.functional.hvp(lambda x: (x**3).sum(), x, sg.tensor([1.0, 10.0]))
    (tensor(9.), tensor([  6., 120.]))
    """
    with enable_grad(), keeping_arrays():
        problem, steps, first = _first("hvp", func, inputs, v, create_graph, strict)
        if strict:
            problem.slopes(first, steps, True, "jacobian")
        moved = Push(problem.given, first, create_graph).along(steps)
    return problem.result(problem.outs), problem.gradient(moved)


def _first(
    name: str, func: Any, inputs: Any, v: Any, create_graph: bool, strict: bool
) -> tuple[Problem, Any, tuple[Tensor, ...]]:
    """A scalar problem, ``v`` for its inputs, and its gradient with a history."""
    problem = Problem(name, func, inputs, create_graph, strict)
    steps = problem.vector(v, problem.given, not problem.single_in, "the input")
    out = problem.scalar()
    first = problem.slopes((out,), (TRACED.ones_like(out),), True, "output")
    return problem, steps, first


# matrices ---------------------------------------------------------------------------------------


def jacobian(
    func: Callable[..., Any],
    inputs: Tensors,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """The Jacobian of a function.

    Takes   as ``vjp``; vectorize: compute all rows at once, by ``vmap``, instead of one by one;
            strategy: "reverse-mode", or "forward-mode" for all columns at once.
    Gives   a tensor of shape (*result.shape, *input.shape); a tuple for several results, of tuples
            for several inputs.
    Raises  as ``vjp``; GraphError for strict with vectorize or with forward mode.

    >>> sg.autograd.functional.jacobian(lambda x: x**2, sg.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    _refuse_mode("jacobian", strategy)
    forward = strategy == "forward-mode"
    if strict and (vectorize or forward):
        other = "vectorize=True" if vectorize else 'strategy="forward-mode"'
        raise GraphError(f"jacobian: strict=True and {other} are not supported together.")
    with enable_grad(), keeping_arrays():
        problem = Problem("jacobian", func, inputs, create_graph, strict)
        table = (_by_columns if forward else _at_once if vectorize else _one_by_one)(problem)
    rows = tuple(unlisted(problem.left(row), problem.single_in) for row in table)
    return unlisted(rows, problem.single_out)


def _refuse_mode(name: str, strategy: str) -> None:
    if strategy not in ("forward-mode", "reverse-mode"):
        raise ShapeError(
            compose(
                f"{name}: {strategy!r} is no strategy.",
                where=user_position(),
                mend='take "reverse-mode", or "forward-mode" where results outnumber inputs',
            )
        )


def _one_by_one(problem: Problem) -> list[list[Tensor]]:
    """For each result, its Jacobian in each input: a backward pass for each row."""
    table = []
    for out in problem.outs:
        flat = TRACED.reshape(out, shape=(-1,))
        count = math.prod(out.shape)
        rows = [
            problem.slopes((flat[k],), (None,), problem.create_graph, "output")
            for k in range(count)
        ]
        table.append([
            reshaped(TRACED.stack(*(row[i] for row in rows), axis=0), (*out.shape, *g.shape))
            if rows else TRACED.zeros((*out.shape, *g.shape), like=g)
            for i, g in enumerate(problem.given)
        ])  # fmt: skip
    return table


def _at_once(problem: Problem) -> list[list[Tensor]]:
    """The same by one backward pass for a batch of rows."""
    pull = vmap(lambda *seeds: problem.slopes(problem.outs, seeds, problem.create_graph, "output"))
    found = pull(*basis(problem.outs))
    return [
        [
            reshaped(cut(part, start, stop), (*out.shape, *g.shape))
            for part, g in zip(found, problem.given, strict=True)
        ]
        for out, (start, stop) in zip(problem.outs, spans(problem.outs), strict=True)
    ]


def _by_columns(problem: Problem) -> list[list[Tensor]]:
    """The same by one forward pass for a batch of columns."""
    push = Push(problem.given, problem.outs, problem.create_graph)
    found = vmap(lambda *steps: tuple(push.along(steps)))(*basis(problem.given))
    return [
        [
            turned(cut(columns, start, stop), out, g)
            for g, (start, stop) in zip(problem.given, spans(problem.given), strict=True)
        ]
        for columns, out in zip(found, problem.outs, strict=True)
    ]


def hessian(
    func: Callable[..., Any],
    inputs: Tensors,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The Hessian of a scalar function.

    Takes   as ``jacobian``; func gives one tensor of one entry.
    Gives   a tensor of shape (*input.shape, *input.shape); for several inputs a tuple of tuples.
    Raises  as ``jacobian``; ShapeError for a result of several entries.

    >>> sg.autograd.functional.hessian(lambda x: (x**3).sum(), sg.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    _refuse_mode("hessian", outer_jacobian_strategy)
    single, parts = listed(inputs, "inputs", "hessian")

    def gradient(*given: Tensor) -> Any:
        problem = Problem("hessian", func, given, True, strict)
        out = problem.scalar()
        found = problem.slopes((out,), (TRACED.ones_like(out),), True, "output")
        return unlisted(found, single)

    return jacobian(
        gradient, parts[0] if single else parts, create_graph, strict, vectorize,
        outer_jacobian_strategy,
    )  # fmt: skip
