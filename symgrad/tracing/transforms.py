"""Functions that make functions: gradients and products with transposed Jacobians.

``forward`` holds those that go the other way, ``jacobians`` those that give whole matrices.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from symgrad.algebras.backends import is_batched, is_formula, namespace_of
from symgrad.algebras.numpy_adapter import NUMPY
from symgrad.errors import ShapeError, compose, refuse_uncallable, user_position
from symgrad.modes import enable_grad
from symgrad.tracing import autograd
from symgrad.tracing.running import Argnums, Run, matching, named_after, refuse_result, selected
from symgrad.tracing.tensor import Tensor
from symgrad.tracing.traced import TRACED


def value_and_grad(
    func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """A function that gives func's value and its gradient in the arguments ``argnums``.

    Takes   func: a function of tensors (arrays and numbers are taken too), or of dicts, lists and
            tuples of them, with a 0-d result; argnums: which positional arguments, negative ones
            from the end; has_aux: func gives (result, anything else), which is handed on.
    Gives   a function of func's arguments that gives (value, gradient); the gradient has the form
            of the argument, and is a tuple where argnums is one.
    Raises  ShapeError for a result of one or more axes, GraphError for one that is no tensor,
            AxisError for an argument that the call has not.

    >>> sg.func.value_and_grad(lambda x: x * x)(sg.tensor(3.0))
    (tensor(9.), tensor(6.))
    >>> sg.func.value_and_grad(lambda p: p["w"] * p["b"])({"w": sg.tensor(2.0), "b": 3.0})[1]
    {'w': tensor(3.), 'b': tensor(2.)}
    """
    refuse_uncallable("value_and_grad", func)

    @named_after(func)
    def function(*args: Any, **kwargs: Any) -> Any:
        places = selected(argnums, len(args))
        with enable_grad():
            run = Run("grad", func, args, kwargs, places, has_aux)
            value = _scalar(run)
            grads = pulled(run, (None,), run.outer)
        gradient = run.by_argument(grads, isinstance(argnums, int))
        shown = run.shown([value])
        return ((shown, run.shown_aux()), gradient) if has_aux else (shown, gradient)

    return function


def _scalar(run: Run) -> Tensor:
    if run.built.kind is not None:
        refuse_result(run.name, run.out)
    value: Tensor = run.outs[0]
    if value._value.shape != ():
        raise ShapeError(
            compose(
                f"grad needs a scalar result; it has shape {tuple(value.shape)}",
                where=user_position(),
                mend="reduce it (y.sum()), or take sg.func.vjp",
            )
        )
    return value


def pulled(run: Run, seeds: Sequence[Any], create_graph: bool) -> tuple[Tensor, ...]:
    """The cotangents of a run's arguments from those of its results; None is a one."""
    found = cotangents(run.outs, run.given, seeds, create_graph)
    return tuple(
        TRACED.zeros_like(g) if f is None else f for f, g in zip(found, run.given, strict=True)
    )


def cotangents(
    outs: Sequence[Tensor], given: Sequence[Tensor], seeds: Sequence[Any], create_graph: bool
) -> tuple[Tensor | None, ...]:
    """The cotangents of ``given`` from those of ``outs``; None where nothing depends on it."""
    tracked = [(o, s) for o, s in zip(outs, seeds, strict=True) if o._rg]
    if not tracked:
        return (None,) * len(given)
    roots, starts = zip(*tracked, strict=True)
    return autograd.grad(
        roots, given, starts, retain_graph=True, create_graph=create_graph, allow_unused=True
    )


def grad(
    func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """A function that gives the gradient of func in the arguments ``argnums``; it nests.

    Takes   as ``value_and_grad``.
    Gives   a function of func's arguments that gives the gradient, or (gradient, the rest).
    Raises  as ``value_and_grad``.

    >>> sg.func.grad(sg.func.grad(lambda x: x**3))(sg.tensor(2.0))
    tensor(12.)
    """
    refuse_uncallable("grad", func)
    both = value_and_grad(func, argnums, has_aux)

    @named_after(func)
    def function(*args: Any, **kwargs: Any) -> Any:
        value, gradient = both(*args, **kwargs)
        return (gradient, value[1]) if has_aux else gradient

    return function


def grad_and_value(
    func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """``value_and_grad`` the other way round, as PyTorch has it: (gradient, value).

    >>> sg.func.grad_and_value(lambda x: x * x)(sg.tensor(3.0))
    (tensor(6.), tensor(9.))
    """
    both = value_and_grad(func, argnums, has_aux)

    @named_after(func)
    def function(*args: Any, **kwargs: Any) -> Any:
        value, gradient = both(*args, **kwargs)
        return gradient, value

    return function


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """func's value, and a function from a cotangent to the cotangents of all primals.

    Takes   func: a function of tensors, or of dicts, lists and tuples of them, that gives such; the
            cotangent has the form of the result. Zeros are the cotangent of a primal that func does
            not use. has_aux: func gives (result, anything else), which is handed on as a third.
    Gives   (value, pull); pull gives a tuple, a part for each primal.
    Raises  GraphError for a result that is no tensor, ShapeError for a cotangent of another form.

    >>> y, pull = sg.func.vjp(sg.sin, sg.tensor(0.0)); pull(sg.tensor(2.0))
    (tensor(2.),)
    """
    with enable_grad():
        run = Run("vjp", func, primals, {}, tuple(range(len(primals))), has_aux)

    def pull(cotangent: Any) -> Any:
        return run.by_argument(pull_parts(run, cotangent), False)

    shown = run.shown(run.outs)
    return (shown, pull, run.shown_aux()) if has_aux else (shown, pull)


def pull_parts(run: Run, cotangent: Any) -> tuple[Tensor, ...]:
    """The cotangents of a run's arguments, part by part."""
    seeds = matching("cotangent", "result", cotangent, run.built, run.outs)
    seeds = [s.to(dtype=o.dtype) if o._rg else s for s, o in zip(seeds, run.outs, strict=True)]
    history = run.outer or any(s._rg or _meets_strangers(s, run) for s in seeds)
    return pulled(run, seeds, history)


def _meets_strangers(seed: Tensor, run: Run) -> bool:
    """Whether cotangents for many inputs would meet arrays that refuse their operators.

    NumPy's and CuPy's leave an operation to what they do not know; in a graph of tensors nobody
    meets an array.
    """
    if not is_batched(seed._value):
        return False
    raws = [o._value for o in run.outs]
    return any((namespace_of(r) is not NUMPY and not is_batched(r)) or is_formula(r) for r in raws)
