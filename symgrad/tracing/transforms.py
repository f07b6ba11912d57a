"""Functions that make functions: gradients, products with Jacobians, in both directions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from symgrad.errors import GraphError, ShapeError
from symgrad.modes import enable_grad, no_grad
from symgrad.tracing import autograd
from symgrad.tracing.creation import as_tensor
from symgrad.tracing.node import Leaf, Node
from symgrad.tracing.tensor import Tensor, leaf_of, wrap
from symgrad.tracing.traced import TRACED, tensor_of
from symgrad.tracing.walks import operand_value, pushforward, structure


def _fresh(value: Any) -> Tensor:
    """A new identity for an argument: a tracked alias where it is tracked, else a new leaf."""
    given = as_tensor(value)
    if given._rg:
        return TRACED.clone(given)  # type: ignore[no-any-return]
    made = wrap(given._value, None, False)
    return made.requires_grad_()


def _outer(out: Any, given: Sequence[Any], arguments: Sequence[Any]) -> bool:
    """Whether a result also depends on tracked tensors outside: arguments, or a closure's."""
    if any(isinstance(a, Tensor) and a._rg for a in arguments):
        return True
    if not isinstance(out, Tensor) or not out._rg:
        return False
    own = {leaf_of(g): g for g in given if isinstance(g, Tensor)}
    _, leaves = structure([out.node], stop=own)
    return any(isinstance(leaf, Leaf) and leaf.requires_grad for leaf in leaves)


def _selected(argnums: int | Sequence[int]) -> tuple[int, ...]:
    return (argnums,) if isinstance(argnums, int) else tuple(argnums)


def value_and_grad(
    f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """A function that gives f's value and its gradient in the arguments ``argnums``.

    Takes   f: a function of tensors (arrays and numbers are taken too) with a scalar result;
            has_aux: f gives (result, anything else), handed on as it is.
    Gives   a function of f's arguments that gives (value, gradient).

    >>> sg.func.value_and_grad(lambda x: x * x)(sg.tensor(3.0))
    (tensor(9.), tensor(6.))
    """

    def function(*args: Any, **kwargs: Any) -> Any:
        places = _selected(argnums)
        with enable_grad():
            given = [_fresh(a) if i in places else a for i, a in enumerate(args)]
            out = f(*given, **kwargs)
            value, aux = out if has_aux else (out, None)
            outer = _outer(value, [given[i] for i in places], args)
            if not isinstance(value, Tensor):
                raise GraphError(f"the function must give a tensor; it gave {type(value).__name__}")
            if value._value.size != 1:
                raise ShapeError(f"grad needs a scalar result; it has shape {tuple(value.shape)}")
            grads = _gradients(value, [given[i] for i in places], outer)
        gradient = grads[0] if isinstance(argnums, int) else grads
        shown = value if outer else value.detach()  # type: ignore[attr-defined]
        return ((shown, aux), gradient) if has_aux else (shown, gradient)

    return function


def _gradients(value: Tensor, wanted: list[Tensor], create_graph: bool) -> tuple[Any, ...]:
    if not value._rg:
        return tuple(TRACED.zeros_like(w) for w in wanted)
    return autograd.grad(
        value, wanted, create_graph=create_graph, allow_unused=True, materialize_grads=True
    )


def grad(
    f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """A function that gives the gradient of f in the arguments ``argnums``; it nests.

    >>> sg.func.grad(sg.func.grad(lambda x: x**3))(sg.tensor(2.0))
    tensor(12.)
    """
    both = value_and_grad(f, argnums, has_aux)

    def function(*args: Any, **kwargs: Any) -> Any:
        value, gradient = both(*args, **kwargs)
        return (gradient, value[1]) if has_aux else gradient

    return function


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., tuple[Any, ...]]]:
    """f's value, and a function from a cotangent to the cotangents of all primals.

    >>> y, pull = sg.func.vjp(sg.sin, sg.tensor(0.0)); pull(sg.tensor(2.0))
    (tensor(2.),)
    """
    with enable_grad():
        given = [_fresh(p) for p in primals]
        out = f(*given)
    outer = _outer(out, given, primals)

    def pull(cotangent: Any) -> tuple[Any, ...]:
        found = autograd.grad(
            out, given, cotangent, retain_graph=True, create_graph=outer,
            allow_unused=True, materialize_grads=True,
        )  # fmt: skip
        return tuple(found)

    return (out if outer else out.detach()), pull


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """f's value at ``primals`` and its derivative along ``tangents``, by forward mode; it nests.

    Takes   primals, tangents: sequences of equal length; each tangent has its primal's shape.
    Raises  ShapeError where a tangent does not fit its primal.

    >>> sg.func.jvp(sg.sin, (sg.tensor(0.0),), (sg.tensor(2.0),))
    (tensor(0.), tensor(2.))
    """
    if len(primals) != len(tangents):
        raise ShapeError(f"jvp got {len(primals)} primals and {len(tangents)} tangents")
    steps = [as_tensor(t) for t in tangents]
    with enable_grad():
        given = [_fresh(p) for p in primals]
        for p, s in zip(given, steps, strict=True):
            if tuple(p.shape) != tuple(s.shape):
                raise ShapeError(f"a tangent of shape {s.shape} for a primal of shape {p.shape}")
        out = f(*given)
        outer = _outer(out, given, (*primals, *tangents))
        tangent = push_through(out, given, steps)
    return (out, tangent) if outer else (out.detach(), tangent.detach())  # type: ignore[attr-defined]


def push_through(out: Tensor, given: Sequence[Tensor], steps: Sequence[Tensor]) -> Tensor:
    """The tangent of ``out`` along ``steps`` of the tensors ``given`` that it was computed from."""
    if not out._rg:
        return TRACED.zeros_like(out)
    start: dict[Any, Any] = {}
    for p, s in zip(given, steps, strict=True):
        start[leaf_of(p)] = s if leaf_of(p) not in start else start[leaf_of(p)] + s
    values: dict[Any, Any] = {leaf_of(p): p for p in given}
    nodes = kept_values(out, values)
    moved = pushforward(nodes, values, start, TRACED)
    found = moved.get(out.node)
    return TRACED.zeros_like(out) if found is None else found


def kept_values(out: Tensor, values: dict[Any, Any]) -> list[Node]:
    """Every value below ``out`` again, as tensors on the graph's own nodes.

    Takes   values: tensors of the nodes and leaves to start from; the others are added.
    Gives   the nodes in order.
    """
    nodes, leaves = structure([out.node], stop=values)
    for leaf in leaves:
        values[leaf] = tensor_of(leaf, leaf.value) if isinstance(leaf, Leaf) else leaf.value
    with no_grad():
        for node in nodes:
            operands = tuple(operand_value(o, values) for o in node.operands)
            found = TRACED.apply(node.rule, operands, node.params)
            values[node] = found if isinstance(found, tuple) else tensor_of(node, found._value)
    return nodes
