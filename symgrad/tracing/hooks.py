"""Hooks: functions that see cotangents on their way, and may replace them; ``attended`` runs them.

They belong to a node or a leaf, as in PyTorch: a tensor's hooks stay with the history that it had.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import numpy as np

from symgrad.algebras.backends import is_batched, namespace_of
from symgrad.errors import GraphError, Position, compose, user_position
from symgrad.grammar.kind import Kind
from symgrad.grammar.masks import Masked, plain, through
from symgrad.grammar.plan import READY, SAME, Cotangents, conform
from symgrad.tracing.node import Leaf, Node, dtype_of, extras, shape_of
from symgrad.tracing.tensor import Tensor, leaf_of, wrap
from symgrad.tracing.traced import TRACED, raw, rewrapped

Values = dict[Any, Any]

#: Whether backward looks for nans, and names the operation that made the first.
ANOMALY: ContextVar[bool] = ContextVar("symgrad_detect_anomaly", default=False)

_NUMBER = itertools.count()


class Hooks:
    """The hooks of one node or leaf, each kind in the order of registration."""

    __slots__ = ("after", "before", "behind", "tensor")

    def __init__(self) -> None:
        self.tensor: dict[int, Callable[..., Any]] = {}  # see and replace a tensor's cotangent
        self.before: dict[int, Callable[..., Any]] = {}  # before a node's derivative runs
        self.behind: dict[int, Callable[..., Any]] = {}  # after it ran
        self.after: dict[int, Callable[..., Any]] = {}  # after a leaf's gradient was added up


class RemovableHandle:
    """What a registration gives: ``remove()`` ends the hook, and so does a ``with`` block.

    >>> x = sg.tensor(1.0, requires_grad=True)
    >>> handle = x.register_hook(lambda g: 2 * g)
    >>> handle.remove()
    >>> (x * 3).backward(); x.grad
    tensor(3.)
    """

    def __init__(self, hooks: dict[int, Callable[..., Any]], hook: Callable[..., Any]) -> None:
        if not callable(hook):
            raise GraphError(
                compose(
                    f"a hook is a function; {hook!r} is none.",
                    where=user_position(),
                    mend="x.register_hook(lambda g: 2 * g)",
                )
            )
        self.id = next(_NUMBER)
        self._hooks = hooks
        hooks[self.id] = hook

    def remove(self) -> None:
        """End the hook; once it is ended nothing happens."""
        self._hooks.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *exc: object) -> None:
        self.remove()


def hooks_of(holder: Node | Leaf) -> Hooks:
    """The hooks of a node or leaf, made on first use."""
    extra = extras(holder)
    if extra.hooks is None:
        extra.hooks = Hooks()
        extra.watched = True
    return extra.hooks  # type: ignore[no-any-return]


# registering, as methods --------------------------------------------------------------------------


def _tracked(tensor: Tensor) -> Node | Leaf:
    if not tensor._rg:
        raise GraphError(
            compose(
                "cannot register a hook on a tensor that doesn't require gradient",
                where=user_position(),
                mend="make it with requires_grad=True",
            )
        )
    return leaf_of(tensor)  # type: ignore[no-any-return]


def register_hook(self: Tensor, hook: Callable[[Tensor], Any]) -> RemovableHandle:
    """Call ``hook(grad)`` when this tensor's gradient is computed; what it gives replaces it.

    Takes   hook: from the gradient, a tensor of this one's shape, to another or None (unchanged);
            it must not change its argument.
    Gives   a handle with ``remove()``.
    Raises  GraphError if this tensor does not require grad.

    >>> x = sg.tensor([1.0, 2.0], requires_grad=True)
    >>> handle = x.register_hook(lambda g: g * 10)
    >>> (x * x).sum().backward(); x.grad
    tensor([20., 40.])
    """
    return RemovableHandle(hooks_of(_tracked(self)).tensor, hook)


def register_post_accumulate_grad_hook(
    self: Tensor, hook: Callable[[Tensor], None]
) -> RemovableHandle:
    """Call ``hook(x)`` when a backward has added to this leaf's ``.grad``.

    Raises  GraphError for a tensor that is no leaf.

    >>> w = sg.tensor([1.0, 2.0], requires_grad=True)
    >>> def step(w):
    ...     with sg.no_grad():
    ...         w -= 0.5 * w.grad
    ...     w.grad = None
    >>> handle = w.register_post_accumulate_grad_hook(step)
    >>> (w * w).sum().backward(); w
    tensor([0., 0.], requires_grad=True)
    """
    holder = _tracked(self)
    if not isinstance(holder, Leaf):
        raise GraphError(
            compose(
                "post accumulate grad hooks cannot be registered on non-leaf tensors",
                where=user_position(),
                mend="y.register_hook(f) sees the gradient of a value inside a graph",
            )
        )
    return RemovableHandle(hooks_of(holder).after, hook)


def register_node_hook(self: Node | Leaf, hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(grad_inputs, grad_outputs)`` after this node ran; it may give new grad_inputs.

    The tuples are as ``next_functions`` and the results are; None where no gradient flows.
    """
    return RemovableHandle(hooks_of(_whole(self)).behind, hook)


def register_node_prehook(self: Node | Leaf, hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(grad_outputs)`` before this node runs; it may give a new tuple."""
    return RemovableHandle(hooks_of(_whole(self)).before, hook)


def _whole(holder: Any) -> Any:
    projects = type(holder) is Node and holder.rule.projection
    return holder.operands[0] if projects else holder


Node.register_hook = Leaf.register_hook = register_node_hook  # type: ignore[attr-defined]
Node.register_prehook = Leaf.register_prehook = register_node_prehook  # type: ignore[attr-defined]


# in a sweep ---------------------------------------------------------------------------------------


def attended(
    node: Node, g: Any, saved: Any, grads: Values, wanted: Values | None, xp_of: Callable[..., Any]
) -> tuple[Any, Any]:
    """What a node's hooks make of its cotangent, and the edges to follow.

    The cotangent stays among the results where somebody asked for it.
    """
    extra = node.extra
    hooks = extra.hooks if extra is not None else None
    if hooks is not None and hooks.tensor:
        g = replaced(hooks.tensor, g, node.form, xp_of(g))
    if (extra is not None and extra.retain is not None) or (wanted is not None and node in wanted):
        grads[node] = plain(g)
    hooked = hooks is not None and (hooks.before or hooks.behind)
    if not (hooked or ANOMALY.get() or node.rule.kind is Kind.OPAQUE):
        return g, node.plan.edges  # type: ignore[union-attr]
    xp = xp_of(g)
    if hooks is not None and hooks.before:
        g = _before(node, hooks, g, xp)
    found = _pulled(node, g, saved, xp)
    if ANOMALY.get():
        _refuse_nan(node, found)
    if hooks is not None and hooks.behind:
        found = _behind(node, hooks, g, found, xp)
    return g, [(i, _constant(cotangent), READY) for i, cotangent in found]


def _constant(cotangent: Any) -> Callable[..., Any]:
    return lambda xp, g, saved, node: cotangent


def replaced(hooks: dict[int, Callable[..., Any]], g: Any, form: Any, xp: Any) -> Any:
    """A cotangent after the hooks of a tensor; itself where none gave another."""
    seen = shown(g, form, xp)
    for hook in tuple(hooks.values()):
        given = hook(seen)
        if given is not None:
            seen = _checked(hook, given, seen)
            g = seen if xp is TRACED else seen._value
    return g


def shown(g: Any, form: Any, xp: Any) -> Any:
    """A cotangent as a tensor of its operand's full shape and dtype."""
    if isinstance(g, Cotangents):
        return tuple(
            _zeros(part, xp) if value is None else shown(value, part, xp)
            for value, part in zip(g, form, strict=True)
        )
    g, shape, dtype = plain(g), shape_of(form), dtype_of(form)
    if xp is TRACED:
        g = g if isinstance(g, Tensor) else wrap(g)
        return g if tuple(g.shape) == tuple(shape) else TRACED.broadcast_to(g, shape=shape)
    if tuple(g.shape) != tuple(shape):
        g = xp.copy_of(xp.broadcast_to(g, shape=shape))
    return wrap(g if g.dtype == dtype else xp.cast(g, dtype=dtype))


def _zeros(form: Any, xp: Any) -> Tensor:
    like = namespace_of(dtype_of(form).type(0)).zeros(shape_of(form), like=dtype_of(form).type(0))
    return wrap(like)


def _checked(hook: Any, given: Any, was: Tensor) -> Tensor:
    if not isinstance(given, Tensor):
        raise _refused(hook, f"changed the type of value: {type(given).__name__}")
    if tuple(given.shape) != tuple(was.shape):
        raise _refused(
            hook, f"changed the size of value: {tuple(was.shape)} to {tuple(given.shape)}"
        )
    if given.dtype != was.dtype:
        raise _refused(hook, f"changed the type of value: {was.dtype} to {given.dtype}")
    return given


def _checked_tuple(hook: Any, given: Any, count: int) -> tuple[Any, ...]:
    parts: tuple[Any, ...] = given if isinstance(given, tuple) else (given,)
    if len(parts) != count:
        raise _refused(hook, f"returned an incorrect number of values: {len(parts)} for {count}")
    return parts


def _refused(hook: Any, what: str) -> GraphError:
    name = getattr(hook, "__name__", type(hook).__name__)
    code = getattr(hook, "__code__", None)
    rows = [("hook", Position(code, 0))] if code is not None else []
    mend = "give a tensor of the gradient's own shape and dtype, or None to leave it as it is"
    return GraphError(compose(f"hook {name!r} has {what}", rows, where=user_position(), mend=mend))


def _before(node: Node, hooks: Hooks, g: Any, xp: Any) -> Any:
    several = isinstance(g, Cotangents)
    seen = shown(g, node.form, xp)
    seen = tuple(seen) if several else (seen,)
    for hook in tuple(hooks.before.values()):
        given = hook(seen)
        if given is not None:
            parts = _checked_tuple(hook, given, len(seen))
            seen = tuple(
                old if new is None else _checked(hook, new, old)
                for new, old in zip(parts, seen, strict=True)
            )
            back = [part if xp is TRACED else part._value for part in seen]
            g = Cotangents(back) if several else back[0]
    return g


def _pulled(node: Node, g: Any, saved: Any, xp: Any) -> list[tuple[int, Any]]:
    """The cotangent of each operand, in its own shape and dtype."""
    plan = node.plan
    assert plan is not None
    kept = rewrapped(node, saved) if xp is TRACED and plan.slots else saved
    if node.rule.kind is Kind.OPAQUE:
        every = node.params["call"].pulled(xp, g, node)
        found = [(i, every[i]) for i, _ in plan.pulls]
    else:
        if xp is TRACED and not isinstance(g, (Tensor, Cotangents, Masked)):
            g = wrap(g)
        found = [(i, _edge(xp, g, pull, place, kept, node, i)) for i, pull, place in plan.edges]
    return [
        (i, c if isinstance(c, Cotangents) else conformed(xp, c, node, node.operands[i]))
        for i, c in found
        if c is not None
    ]


def _edge(xp: Any, g: Any, pull: Any, place: int, kept: Any, node: Node, i: int) -> Any:
    """The cotangent that one edge of a plan gives."""
    if pull is None:
        return g * kept[place] if place >= 0 else g if place == SAME else -g
    if isinstance(g, Masked):
        return through(pull, xp, g, kept, node, node.operands[i])
    return pull(xp, g, kept, node)


def _behind(node: Node, hooks: Hooks, g: Any, found: list[Any], xp: Any) -> list[Any]:
    outputs = shown(g, node.form, xp)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    known = dict(found)
    seen = tuple(
        shown(known[i], operand.form, xp) if i in known else None
        for i, operand in enumerate(node.operands)
    )
    for hook in tuple(hooks.behind.values()):
        given = hook(seen, outputs)
        if given is not None:
            parts = _checked_tuple(hook, given, len(seen))
            seen = tuple(
                new if old is None or new is None else _checked(hook, new, old)
                for new, old in zip(parts, seen, strict=True)
            )
    return [
        (i, part if xp is TRACED else part._value)
        for i, part in enumerate(seen)
        if part is not None and i in known
    ]


def conformed(xp: Any, cotangent: Any, node: Node, parent: Any) -> Any:
    """A cotangent in the shape and dtype of the operand that it is for."""
    form = parent.form
    if isinstance(cotangent, Masked):
        if node.rule.kind is Kind.ELEMENTWISE:
            cotangent = cotangent.conformed(xp, node.shape, shape_of(form))
        return cotangent if _is_of(cotangent.value, dtype_of(form)) else plain(cotangent)
    if node.rule.kind is Kind.ELEMENTWISE:
        cotangent = conform(xp, cotangent, node.shape, shape_of(form))
    dtype = form[1] if type(form) is tuple else form
    return cotangent if _is_of(cotangent, dtype) else xp.cast(cotangent, dtype=dtype)


def _is_of(cotangent: Any, dtype: Any) -> bool:
    mine = raw(cotangent).dtype
    if isinstance(dtype, type):  # a scalar's
        return isinstance(mine, np.dtype) and mine == dtype
    # Of one library: another's dtype is not even compared.
    return type(mine) is type(dtype) and mine == dtype


def _refuse_nan(node: Node, found: list[tuple[int, Any]]) -> None:
    for i, cotangent in found:
        parts = cotangent if isinstance(cotangent, Cotangents) else (cotangent,)
        for part in parts:
            value = raw(plain(part))
            value = value.array if is_batched(value) else value
            if value is not None and bool(namespace_of(value).any(value != value)):
                raise GraphError(
                    compose(
                        f"Function {node.name()!r} returned nan values in its {i}th output.",
                        [
                            ("rule", f"{node.rule.name}, whose {node.rule.operand_name(i)} got it"),
                            ("made", node.position),
                        ],
                        mend="look at the operands there: a division by zero, a root or a "
                        "logarithm at the edge",
                    )
                )


# where a leaf's gradient arrives ------------------------------------------------------------------


def arrived(leaf: Leaf, g: Any, create_graph: bool) -> Any:
    """A leaf's whole cotangent after its tensor's hooks."""
    hooks, g = leaf.extra.hooks if leaf.extra is not None else None, plain(g)
    if hooks is None or not (hooks.tensor or hooks.before):
        return g
    xp = TRACED if create_graph else namespace_of(g)
    g = replaced(hooks.tensor, g, leaf.form, xp)
    if hooks.before:
        g = _before(leaf, hooks, g, xp)  # type: ignore[arg-type]
    return g


def accumulated(leaf: Leaf, owner: Tensor, g: Any) -> None:
    """Tell the hooks that a leaf's gradient was added up."""
    hooks = leaf.extra.hooks if leaf.extra is not None else None
    if hooks is None:
        return
    for hook in tuple(hooks.behind.values()):
        hook((), (shown(g, leaf.form, TRACED if isinstance(g, Tensor) else namespace_of(g)),))
    for hook in tuple(hooks.after.values()):
        hook(owner)
