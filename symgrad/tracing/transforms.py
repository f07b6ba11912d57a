"""Functions that make functions: gradients, products with Jacobians, in both directions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from symgrad.errors import (
    AxisError,
    DtypeError,
    GraphError,
    ShapeError,
    compose,
    user_position,
)
from symgrad.modes import enable_grad, no_grad
from symgrad.tracing import autograd
from symgrad.tracing.creation import as_tensor
from symgrad.tracing.dtypes import default_float
from symgrad.tracing.levels import entered
from symgrad.tracing.node import Leaf, Node
from symgrad.tracing.operands import keeping_arrays
from symgrad.tracing.tensor import Tensor, leaf_of, wrap
from symgrad.tracing.traced import TRACED, tensor_of
from symgrad.tracing.walks import operand_value, pushforward, structure


def _fresh(value: Any) -> Tensor:
    """A new identity for an argument: a tracked alias where it is tracked, else a new leaf."""
    given = entered(as_tensor(value, default_float() if isinstance(value, (bool, int)) else None))
    if given._rg:
        return TRACED.clone(given)  # type: ignore[no-any-return]
    made = wrap(given._value, None, False)
    return made.requires_grad_()


def _outer(outs: Sequence[Tensor], given: Sequence[Any], arguments: Sequence[Any]) -> bool:
    """Whether results also depend on tracked tensors outside: arguments, or a closure's."""
    if any(isinstance(a, Tensor) and a._rg for a in arguments):
        return True
    roots = [out.node for out in outs if out._rg]
    own = {leaf_of(g): g for g in given if isinstance(g, Tensor)}
    _, leaves = structure(roots, stop=own)
    return any(isinstance(leaf, Leaf) and leaf.requires_grad for leaf in leaves)


def _selected(argnums: int | Sequence[int], count: int) -> tuple[int, ...]:
    """Places of arguments, counted from the front."""
    named = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    for place in named:
        if not -count <= place < count:
            raise AxisError(
                compose(
                    f"argnums names argument {place}; the call has {count}.",
                    where=user_position(),
                    mend="count from 0, and give the arguments by position, not by name",
                )
            )
    return tuple(place % count for place in named)


def _results(name: str, out: Any) -> tuple[Tensor, ...]:
    """What a function gave, as a tuple: a tensor, or a tuple or list of tensors."""
    found = tuple(out) if isinstance(out, (tuple, list)) else (out,)
    for part in found:
        if not isinstance(part, Tensor):
            raise _no_tensor(name, part)
    return found


def _no_tensor(name: str, given: Any) -> GraphError:
    return GraphError(
        compose(
            f"{name}: the function must give a tensor; it gave {type(given).__name__}.",
            where=user_position(),
            mend="keep the result a tensor: no float(), .item() or .numpy() inside the function",
        )
    )


def value_and_grad(
    f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """A function that gives f's value and its gradient in the arguments ``argnums``.

    Takes   f: a function of tensors (arrays and numbers are taken too) with a scalar result;
            argnums: which positional arguments, negative ones from the end;
            has_aux: f gives (result, anything else), handed on as it is.
    Gives   a function of f's arguments that gives (value, gradient).
    Raises  ShapeError for a result of several entries, GraphError for one that is no tensor,
            AxisError for an argument that the call has not.

    >>> sg.func.value_and_grad(lambda x: x * x)(sg.tensor(3.0))
    (tensor(9.), tensor(6.))
    """

    def function(*args: Any, **kwargs: Any) -> Any:
        places = _selected(argnums, len(args))
        with enable_grad():
            given = [_fresh(a) if i in places else a for i, a in enumerate(args)]
            value, aux = _paired(f(*given, **kwargs)) if has_aux else (f(*given, **kwargs), None)
            if not isinstance(value, Tensor):
                raise _no_tensor("grad", value)
            if value._value.size != 1:
                raise ShapeError(
                    compose(
                        f"grad needs a scalar result; it has shape {tuple(value.shape)}",
                        where=user_position(),
                        mend="reduce it (y.sum()), or take sg.func.vjp",
                    )
                )
            outer = _outer([value], [given[i] for i in places], args)
            grads = _gradients(value, [given[i] for i in places], outer)
        gradient = grads[0] if isinstance(argnums, int) else grads
        shown = value if outer else value.detach()  # type: ignore[attr-defined]
        return ((shown, aux), gradient) if has_aux else (shown, gradient)

    return function


def _paired(out: Any) -> tuple[Any, Any]:
    if not isinstance(out, tuple) or len(out) != 2:
        raise GraphError(
            compose(
                "has_aux: the function must give (result, anything else).", where=user_position()
            )
        )
    return out


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

    Takes   f: a function of tensors that gives a tensor or a tuple of tensors; the cotangent has
            the same form. Zeros are the cotangent of a primal that f does not use.
    Raises  GraphError for a result that is no tensor, ShapeError for a cotangent of another form.

    >>> y, pull = sg.func.vjp(sg.sin, sg.tensor(0.0)); pull(sg.tensor(2.0))
    (tensor(2.),)
    """
    with enable_grad():
        given = [_fresh(p) for p in primals]
        out = f(*given)
        outs = _results("vjp", out)
        outer = _outer(outs, given, primals)

    def pull(cotangent: Any) -> tuple[Any, ...]:
        seeds = _matching(out, outs, cotangent)
        tracked = [(o, s) for o, s in zip(outs, seeds, strict=True) if o._rg]
        if not tracked:
            return tuple(TRACED.zeros_like(g) for g in given)
        roots, starts = zip(*tracked, strict=True)
        history = outer or any(s._rg for s in starts)
        return autograd.grad(
            roots, given, starts, retain_graph=True, create_graph=history,
            allow_unused=True, materialize_grads=True,
        )  # fmt: skip

    return _shown(out, outs, outer), pull


def _matching(out: Any, outs: tuple[Tensor, ...], cotangent: Any) -> tuple[Tensor, ...]:
    """Cotangents, one a result and of its shape."""
    several = isinstance(out, (tuple, list))
    if several and not (isinstance(cotangent, (tuple, list)) and len(cotangent) == len(outs)):
        raise ShapeError(
            compose(
                f"the function gives {len(outs)} tensors: give as many cotangents, in a tuple.",
                where=user_position(),
            )
        )
    seeds = tuple(as_tensor(c) for c in (cotangent if several else (cotangent,)))
    for o, s in zip(outs, seeds, strict=True):
        _same_shape("cotangent", s, "result", o)
    return seeds


def _same_shape(what: str, given: Tensor, of: str, other: Tensor) -> None:
    if tuple(given.shape) != tuple(other.shape):
        shapes = f"shape {tuple(given.shape)} for a {of} of shape {tuple(other.shape)}"
        raise ShapeError(
            compose(
                f"a {what} of {shapes}",
                where=user_position(),
                mend=f"give the {what} the shape {tuple(other.shape)}",
            )
        )


def _shown(out: Any, outs: Sequence[Tensor], outer: bool) -> Any:
    """A function's result as it gave it, without the history that was only ours."""
    found = tuple(outs) if outer else tuple(o.detach() for o in outs)  # type: ignore[attr-defined]
    return found if isinstance(out, (tuple, list)) else found[0]


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """f's value at ``primals`` and its derivative along ``tangents``, by forward mode; it nests.

    Takes   f: a function of tensors that gives a tensor or a tuple of tensors;
            primals, tangents: tuples of equal length; each tangent has its primal's shape, and is
            taken in its dtype.
    Raises  ShapeError where a tangent does not fit its primal, GraphError for a result that is no
            tensor.

    >>> sg.func.jvp(sg.sin, (sg.tensor(0.0),), (sg.tensor(2.0),))
    (tensor(0.), tensor(2.))
    """
    _refuse_bare(primals, tangents)
    with enable_grad(), keeping_arrays():
        given = [_fresh(p) for p in primals]
        steps = [_step(p, t) for p, t in zip(given, tangents, strict=True)]
        out = f(*given)
        outs = _results("jvp", out)
        outer = _outer(outs, given, (*primals, *tangents))
        moved = [push_through(o, given, steps).to(dtype=o.dtype) for o in outs]  # type: ignore[attr-defined]
    return _shown(out, outs, outer), _shown(out, moved, outer)


def _refuse_bare(primals: Any, tangents: Any) -> None:
    if not all(isinstance(side, (tuple, list)) for side in (primals, tangents)):
        raise DtypeError(
            compose(
                "jvp takes a tuple of primals and a tuple of tangents.",
                where=user_position(),
                mend="sg.func.jvp(f, (x,), (v,))",
            )
        )
    if len(primals) != len(tangents):
        raise ShapeError(
            compose(
                f"jvp got {len(primals)} primals and {len(tangents)} tangents",
                where=user_position(),
                mend="give a tangent for each primal, zeros where it stands still",
            )
        )


def _step(primal: Tensor, tangent: Any) -> Tensor:
    step = as_tensor(tangent)
    _same_shape("tangent", step, "primal", primal)
    return step.to(dtype=primal.dtype)  # type: ignore[attr-defined,no-any-return]


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
        if leaf.value is None:
            raise _gone(nodes, leaf)
        values[leaf] = tensor_of(leaf, leaf.value) if isinstance(leaf, Leaf) else leaf.value
    with no_grad():
        for node in nodes:
            operands = tuple(operand_value(o, values) for o in node.operands)
            found = TRACED.apply(node.rule, operands, node.params)
            values[node] = found if isinstance(found, tuple) else tensor_of(node, found._value)
    return nodes


def _gone(nodes: list[Node], leaf: Any) -> GraphError:
    user = next(node for node in nodes if leaf in node.operands)
    return GraphError(
        compose(
            f"an array that {user.rule.name} was computed with is gone: only the trace knew it.",
            [("used", user.position)],
            where=user_position(),
            mend="give the array a name that lives as long as the result (c = np.ones(2))",
        )
    )
