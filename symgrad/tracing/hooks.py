"""Hooks in a sweep: they see cotangents on their way, and may replace them.

``hook_handles`` registers them; ``walks`` and ``higher`` ask ``attended`` where a node has some.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from symgrad.algebras.backends import has_views, is_batched, namespace_of
from symgrad.algebras.devices import in_host
from symgrad.errors import DtypeError, GraphError, Position, compose, user_position
from symgrad.grammar.kind import Kind
from symgrad.grammar.masks import Masked, plain, through
from symgrad.grammar.plan import READY, SAME, Cotangents, conform
from symgrad.tracing.hook_handles import Hooks
from symgrad.tracing.levels import unrecorded_here
from symgrad.tracing.node import Leaf, Node, dtype_of, shape_of
from symgrad.tracing.tensor import Tensor, wrap
from symgrad.tracing.traced import TRACED, raw, rewrapped

Values = dict[Any, Any]

#: Whether backward looks for nans, and names the operation that made the first.
ANOMALY: ContextVar[bool] = ContextVar("symgrad_detect_anomaly", default=False)


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
        given = _called(hook, xp, seen)
        if given is not None:
            seen = _checked(hook, given, seen)
            g = seen
    return lent(g, xp)


def _called(hook: Callable[..., Any], xp: Any, *seen: Any) -> Any:
    """What a hook gives; it records nothing where the gradient itself is not recorded."""
    if xp is TRACED:
        return hook(*seen)
    with unrecorded_here():
        return hook(*seen)


def lent(g: Any, xp: Any) -> Any:
    """A cotangent as a sweep carries it, after somebody else saw it.

    Raw, it is a view: whoever ends with it copies what is not his own.
    """
    if xp is TRACED or isinstance(g, (Masked, Cotangents)):
        return g
    value = raw(g)
    return value.view() if has_views(value) else value


def shown(g: Any, form: Any, xp: Any) -> Any:
    """A cotangent as a tensor of its operand's full shape and dtype."""
    if isinstance(g, Cotangents):
        there = next(value for value in g if value is not None)
        return tuple(
            zeros_of(part, there) if value is None else shown(value, part, xp)
            for value, part in zip(g, form, strict=True)
        )
    g, shape, dtype = plain(g), shape_of(form), dtype_of(form)
    if xp is TRACED:
        g = g if isinstance(g, Tensor) else wrap(g)
        return g if tuple(g.shape) == tuple(shape) else TRACED.broadcast_to(g, shape=shape)
    if tuple(g.shape) != tuple(shape):
        g = xp.copy_of(xp.broadcast_to(g, shape=shape))
    return wrap(g if g.dtype == dtype else xp.cast(g, dtype=dtype))


def zeros_of(form: Any, beside: Any) -> Tensor:
    """Zeros of a form, on the device of another cotangent."""
    like, dtype = raw(plain(beside)), dtype_of(form)
    like = like.array if is_batched(like) else like
    xp = namespace_of(like)
    made = xp.zeros(shape_of(form), like=like)
    return wrap(made if made.dtype == dtype else xp.cast(made, dtype=dtype))


def _checked(hook: Any, given: Any, was: Tensor) -> Tensor:
    if not isinstance(given, Tensor):
        raise _refused(hook, f"changed the type of value: {type(given).__name__}", DtypeError)
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


def _refused(hook: Any, what: str, kind: type[Exception] = GraphError) -> Exception:
    name = getattr(hook, "__name__", type(hook).__name__)
    code = getattr(hook, "__code__", None)
    rows = [("hook", Position(code, 0))] if code is not None else []
    mend = "give a tensor of the gradient's own shape and dtype, or None to leave it as it is"
    return kind(compose(f"hook {name!r} has {what}", rows, where=user_position(), mend=mend))


def _before(node: Node, hooks: Hooks, g: Any, xp: Any) -> Any:
    several = isinstance(g, Cotangents)
    seen = shown(g, node.form, xp)
    seen = tuple(seen) if several else (seen,)
    for hook in tuple(hooks.before.values()):
        given = _called(hook, xp, seen)
        if given is not None:
            parts = _checked_tuple(hook, given, len(seen))
            seen = tuple(
                old if new is None else _checked(hook, new, old)
                for new, old in zip(parts, seen, strict=True)
            )
            back = [lent(part, xp) for part in seen]
            g = Cotangents(back) if several else back[0]
    return g


def _pulled(node: Node, g: Any, saved: Any, xp: Any) -> list[tuple[int, Any]]:
    """The cotangent of each operand, in its own shape and dtype."""
    plan = node.plan
    assert plan is not None
    kept = rewrapped(node, saved) if xp is TRACED and plan.slots else saved
    if "call" in node.params and node.rule.kind is Kind.OPAQUE:
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
        given = _called(hook, xp, seen, outputs)
        if given is not None:
            parts = _checked_tuple(hook, given, len(seen))
            seen = tuple(
                new if old is None or new is None else _checked(hook, new, old)
                for new, old in zip(parts, seen, strict=True)
            )
    return [(i, lent(part, xp)) for i, part in enumerate(seen) if part is not None and i in known]


def conformed(xp: Any, cotangent: Any, node: Node, parent: Any) -> Any:
    """A cotangent in the shape and dtype of the operand that it is for."""
    shape, dtype = shape_of(parent.form), dtype_of(parent.form)
    if isinstance(cotangent, Masked):
        if node.rule.kind is Kind.ELEMENTWISE:
            cotangent = cotangent.conformed(xp, node.shape, shape)
        return cotangent if _is_of(cotangent.value, dtype) else plain(cotangent)
    if node.rule.kind is Kind.ELEMENTWISE:
        cotangent = conform(xp, cotangent, node.shape, shape)
    return cotangent if _is_of(cotangent, dtype) else xp.cast(cotangent, dtype=dtype)


def _is_of(cotangent: Any, dtype: Any) -> bool:
    mine = raw(cotangent).dtype
    if isinstance(dtype, type):  # a scalar's, and so of the CPU: CuPy's dtypes are NumPy's too
        return in_host(raw(cotangent)) and mine == dtype
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


def arrived(leaf: Any, g: Any, create_graph: bool) -> Any:
    """A leaf's whole cotangent (or that of a node where a sweep ends) after its tensor's hooks."""
    hooks, g = leaf.extra.hooks if leaf.extra is not None else None, plain(g)
    if hooks is None or not (hooks.tensor or hooks.before):
        return g
    xp = TRACED if create_graph else namespace_of(g)
    g = replaced(hooks.tensor, g, leaf.form, xp)
    if hooks.before and type(leaf) is Leaf:
        g = _before(leaf, hooks, g, xp)  # type: ignore[arg-type]
    return g


def accumulated(leaf: Leaf, owner: Tensor, g: Any) -> None:
    """Tell the hooks that a leaf's gradient was added up."""
    hooks = leaf.extra.hooks if leaf.extra is not None else None
    if hooks is None:
        return
    xp = TRACED if isinstance(g, Tensor) else namespace_of(g)
    for hook in tuple(hooks.after.values()):
        _called(hook, xp, owner)
    for hook in tuple(hooks.behind.values()):
        _called(hook, xp, (), (shown(g, leaf.form, xp),))
