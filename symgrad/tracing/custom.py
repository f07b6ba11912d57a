"""``autograd.Function``: a person's own forward and backward, as a rule of kind Opaque.

A class becomes a rule that no registry holds; a call of it is a node like any other, whose
derivative asks the class. Formulas of it do not exist: numbers only.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from symgrad.algebras.backends import is_batched
from symgrad.errors import DtypeError, GraphError, Position, ShapeError, compose, user_position
from symgrad.grammar.domain import Domain
from symgrad.grammar.kind import Kind
from symgrad.grammar.plan import Cotangents, conform
from symgrad.grammar.primitive import Primitive
from symgrad.modes import GRAD, MODE, RECORDING, _Mode, enable_grad
from symgrad.tracing import operands as sorting
from symgrad.tracing.custom_batches import many, refuse_hidden
from symgrad.tracing.dtypes import is_floating
from symgrad.tracing.function_context import FunctionCtx, Kept
from symgrad.tracing.hooks import lent, shown, zeros_of
from symgrad.tracing.levels import unrecorded_here
from symgrad.tracing.looping import is_many
from symgrad.tracing.node import Node, dtype_of, extras, form_of, shape_of
from symgrad.tracing.tensor import Tensor, alias, refuse_formula, storage_of, wrap
from symgrad.tracing.traced import TRACED, projection, record
from symgrad.tracing.writing import refuse, rewritten

_ANYTHING = Domain("whatever the function takes", dtype="any")

#: What looks at every call of a function, where somebody asked for that.
CHECKER: ContextVar[Callable[..., None] | None] = ContextVar("symgrad_checker", default=None)


class Function:
    """A function with a derivative of its own: make a subclass, and call ``apply``.

    ``forward(ctx, *args)`` and ``backward(ctx, *grad_outputs)`` are static methods, with the same
    meaning as in PyTorch; or ``forward(*args)`` and ``setup_context(ctx, inputs, output)``. ``jvp``
    gives forward mode (without it the transpose of backward is taken), ``vmap`` batches.

    >>> class Cube(sg.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x**3
    ...     @staticmethod
    ...     def backward(ctx, g):
    ...         (x,) = ctx.saved_tensors
    ...         return 3 * x**2 * g
    >>> x = sg.tensor(2.0, requires_grad=True)
    >>> y = Cube.apply(x); y.backward(); y, x.grad
    (tensor(8., grad_fn=<CubeBackward>), tensor(12.))
    """

    generate_vmap_rule = False

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """The value, from tensors and anything else."""
        raise NotImplementedError(
            "You must implement the forward function for custom autograd.Function."
        )

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Keep what backward needs, where forward takes no ctx."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """The cotangents of all arguments, None for those that have none."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom "
            "autograd.Function to use it with backward mode AD."
        )

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """Call the function, and record it where a gradient flows.

        Raises  what forward raises; GraphError for a leaf that requires grad and is marked dirty.
        """
        ctx = FunctionCtx()
        flows = bool(MODE.get() & GRAD)
        ctx.needs_input_grad = tuple(isinstance(a, Tensor) and flows and a._rg for a in args)
        for a in args:
            if isinstance(a, Tensor) and not is_batched(a._value):
                refuse_formula(a, f"{cls.__name__}.apply")
        out = _forward(cls, ctx, args)
        if not any(ctx.needs_input_grad):
            return out
        return _recorded(cls, ctx, args, out)


def once_differentiable(backward: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a backward whose own operations have no derivative: a second order raises.

    >>> from symgrad.autograd.function import once_differentiable
    """

    @functools.wraps(backward)
    def once(ctx: FunctionCtx, *grads: Any) -> Any:
        with unrecorded_here():
            found = backward(ctx, *grads)
        if not (MODE.get() & GRAD and any(isinstance(g, Tensor) and g._rg for g in grads)):
            return found
        parts = found if isinstance(found, tuple) else (found,)
        tracked = next(g for g in grads if isinstance(g, Tensor) and g._rg)
        shut = tuple(_shut(p, tracked) if isinstance(p, Tensor) else p for p in parts)
        return shut if isinstance(found, tuple) else shut[0]

    return once


def _once(xp: Any, x: Any) -> Any:
    return xp.copy_of(x)


def _shut(value: Tensor, tracked: Tensor) -> Tensor:
    """A value that looks differentiable, and raises where somebody differentiates it."""
    rule = Primitive(_once, Kind.OPAQUE, domain=_ANYTHING, grad_fn="DelayedError")
    rule.vjp("x")(_refuse_second)
    call = sorting.sort(rule, (tracked,), {})
    return wrap(value._value, record(rule, call, 1, value._value, {}), True)


def _refuse_second(g: Any) -> Any:
    raise GraphError(
        "trying to differentiate twice a function that was marked with @once_differentiable"
    )


#: A forward runs without gradients, and is no part of a recording: it may ask for numbers.
_QUIET = _Mode(off=GRAD | RECORDING)


# one call -----------------------------------------------------------------------------------------


def _forward(cls: Any, ctx: FunctionCtx, args: tuple[Any, ...]) -> Any:
    batched, old = is_many(*args), cls.setup_context is Function.setup_context
    if batched and not any(ctx.needs_input_grad):
        return many(cls, args)
    if batched and old:
        refuse_hidden(cls, args)
    made = many(cls, args) if batched and not old else None
    with _QUIET:
        if old:
            return cls.forward(ctx, *args)
        out = cls.forward(*args) if made is None else made
        cls.setup_context(ctx, args, out)
        return out


class Call:
    """One call of a function, as its rule's parameter: the class, its arguments, its ctx."""

    __slots__ = ("args", "cls", "count", "ctx", "forms", "inputs", "places", "results", "single")

    def __init__(self, cls: Any, ctx: FunctionCtx, args: tuple[Any, ...], out: Any) -> None:
        self.cls, self.ctx = cls, ctx
        self.places = tuple(i for i, a in enumerate(args) if isinstance(a, Tensor))
        self.inputs = tuple(form_of(args[i]._value) for i in self.places)
        self.args = tuple(None if isinstance(a, Tensor) else a for a in args)
        parts = out if isinstance(out, tuple) else (out,)
        self.single = not isinstance(out, tuple)
        self.count = len(parts)
        self.results = tuple(i for i, p in enumerate(parts) if isinstance(p, Tensor))
        self.forms = tuple(form_of(parts[i]._value) for i in self.results)

    def __repr__(self) -> str:
        return f"<call of {self.cls.__name__}>"

    def run(self, raws: tuple[Any, ...]) -> Any:
        """The forward again, on raw arrays: for replays."""
        args = list(self.args)
        for i, value in zip(self.places, raws, strict=True):
            args[i] = wrap(value)
        out = _forward(self.cls, FunctionCtx(), tuple(args))
        parts = (out,) if self.single else out
        found = tuple(parts[i]._value for i in self.results)
        return found if len(found) > 1 else found[0]

    def pulled(self, xp: Any, g: Any, node: Any = None) -> list[Any]:
        """The cotangents of all tensor arguments, from the class's backward."""
        several = isinstance(g, Cotangents)
        cotangents = tuple(g) if several else (g,)
        given: list[Any] = [None] * self.count
        there = next(part for part in cotangents if part is not None)
        for place, part, form in zip(self.results, cotangents, self.forms, strict=True):
            if part is not None:
                given[place] = shown(part, form, xp)
            elif self.ctx._materialize:
                given[place] = zeros_of(form, there)
        ctx, traced = self.ctx, xp is TRACED
        ctx._node = node if traced and type(node) is Node else None
        try:
            with enable_grad() if traced else unrecorded_here():
                found = _derivative(self.cls)(ctx, *given)
        finally:
            ctx._node = None
        return [self._checked(i, c, traced, node) for i, c in enumerate(self._listed(found))]

    def _where(self) -> list[tuple[str, object]]:
        code = getattr(_derivative(self.cls), "__code__", None)
        return [("rule", Position(code, 0))] if code is not None else []

    def _listed(self, found: Any) -> list[Any]:
        parts = list(found) if isinstance(found, tuple) else [found]
        count, name = len(self.args), f"{self.cls.__name__}Backward"
        if len(parts) < count or any(p is not None for p in parts[count:]):
            raise GraphError(
                compose(
                    f"function {name} returned an incorrect number of gradients (expected "
                    f"{count}, got {len(parts)})",
                    self._where(),
                    mend="give one for each argument of forward, None where there is none",
                )
            )
        return [parts[i] for i in self.places]

    def _checked(self, i: int, c: Any, traced: bool, node: Any) -> Any:
        if c is None:
            return None
        if not isinstance(c, Tensor):
            raise DtypeError(
                compose(
                    f"expected Variable or None (got {type(c).__name__})",
                    self._where(),
                    mend="give a tensor of the argument's shape",
                )
            )
        if type(node) is not Node:
            return lent(c, TRACED if traced else None)
        form = node.operands[i].form
        shape = shape_of(form)
        if tuple(c.shape) != tuple(shape) and not _expands(tuple(shape), tuple(c.shape)):
            raise ShapeError(
                compose(
                    f"Function {self.cls.__name__}Backward returned an invalid gradient at index "
                    f"{self.places[i]} - got {list(c.shape)} but expected shape compatible with "
                    f"{list(shape)}",
                    self._where(),
                )
            )
        xp = TRACED
        with enable_grad() if traced else unrecorded_here():
            c = conform(xp, c, tuple(c.shape), tuple(shape))
            if c._value.dtype != dtype_of(form):
                c = xp.cast(c, dtype=dtype_of(form))
        return lent(c, TRACED if traced else None)

    def pushed(self, xp: Any, t: Any, index: int) -> Any:
        """The tangent of the results from that of one argument, by the class's jvp."""
        tangents: list[Any] = [None] * len(self.args)
        if self.ctx._materialize:  # the others stand still
            for i, form in zip(self.places, self.inputs, strict=True):
                tangents[i] = zeros_of(form, t)
        tangents[self.places[index]] = t if isinstance(t, Tensor) else wrap(t)
        self.ctx._pushing = True
        try:
            found = self.cls.jvp(self.ctx, *tangents)
        finally:
            self.ctx._pushing = False
        parts = found if isinstance(found, tuple) else (found,)
        moved = [p if xp is TRACED else p._value for p in parts]
        return Cotangents(moved) if len(self.results) > 1 else moved[0]


def _expands(small: tuple[int, ...], large: tuple[int, ...]) -> bool:
    tail = large[len(large) - len(small) :] if small else ()
    return len(small) <= len(large) and all(a in (1, b) for a, b in zip(small, tail, strict=True))


def _derivative(cls: Any) -> Any:
    return cls.vjp if hasattr(cls, "vjp") else cls.backward


def _rule_of(cls: Any, count: int) -> Primitive:
    """The rule that a class is, for calls that give ``count`` tensors; the class keeps it."""
    rules = cls.__dict__.get("_rules")
    if rules is None:
        rules = cls._rules = {}
    if count not in rules:
        rules[count] = _made_rule(cls, count)
    return rules[count]  # type: ignore[no-any-return]


def _made_rule(cls: Any, count: int) -> Primitive:
    def forward(xp: Any, *xs: Any, call: Any) -> Any:
        return call.run(xs)

    forward.__name__ = cls.__name__
    rule = Primitive(
        forward,
        Kind.OPAQUE,
        domain=_ANYTHING,
        grad_fn=f"{cls.__name__}Backward",
        integers=True,
        outputs=tuple(f"output{k}" for k in range(count)) if count > 1 else (),
    )
    rule.__doc__ = cls.__doc__

    @rule.vjp("xs")
    def _(xp: Any, g: Any, call: Any, index: int) -> Any:
        return xp.pulled(call, g)[index]

    if hasattr(cls, "jvp"):

        @rule.jvp("xs")
        def _(xp: Any, t: Any, call: Any, index: int) -> Any:
            return call.pushed(xp, t, index)

    return rule


def _recorded(cls: Any, ctx: FunctionCtx, args: tuple[Any, ...], out: Any) -> Any:
    """Give the results of a forward their node."""
    call = Call(cls, ctx, args, out)
    parts = list(out) if isinstance(out, tuple) else [out]
    if not call.results:
        return out
    tensors = tuple(args[i] for i in call.places)
    dirty = {id(t) for t in ctx._dirty}
    for t in ctx._dirty:
        refuse(t, f"{cls.__name__}.mark_dirty")
    rule = _rule_of(cls, len(call.results))
    values = tuple(parts[i]._value for i in call.results)
    ready = sorting.sort(rule, tensors, {"call": call})
    value = values if rule.outputs else values[0]
    node = record(rule, ready, ready.mask, value, {"call": call})
    for k, place in enumerate(call.results):
        parts[place] = _result(ctx, node, k, parts[place], tensors, dirty)
    _keep(ctx, node, out, call)
    ctx._dirty = ctx._no_gradient = ()  # they hold the node, which holds ctx
    checker = CHECKER.get()
    if checker is not None:
        checker(node, ready.raws, value, [parts[i]._rg for i in call.results])
    return tuple(parts) if isinstance(out, tuple) else parts[0]


def _result(
    ctx: FunctionCtx, node: Node, k: int, part: Tensor, tensors: tuple[Any, ...], dirty: set[int]
) -> Tensor:
    flows = is_floating(part._value) and not any(part is t for t in ctx._no_gradient)
    if not flows:
        return part
    many = len(node.rule.outputs)
    maker = projection(node, k, many, part._value, True) if many else node
    if id(part) in dirty:
        return rewritten(part, wrap(part._value, maker, True))
    if any(part is t for t in tensors):
        part = alias(part)
    storage = storage_of(part) if part.node is not None else None
    part.node, part._rg = maker, True
    if storage is not None:
        extras(maker).storage = storage
    return part


def _keep(ctx: FunctionCtx, node: Node, out: Any, call: Call) -> None:
    """Let the node hold what the forward saved."""
    kept = Kept()
    parts = out if isinstance(out, tuple) else (out,)
    results = [parts[i] for i in call.results]
    for tensor in ctx._to_save:
        if tensor is not None and not isinstance(tensor, Tensor):
            raise DtypeError(
                compose(
                    "save_for_backward can only save variables, but argument is of type "
                    f"{type(tensor).__name__}",
                    where=user_position(),
                    mend="set it as an attribute of ctx",
                )
            )
        which = next((k for k, r in enumerate(results) if r is tensor and r is not None), None)
        storage = storage_of(tensor) if tensor is not None else None
        moment = node.seq
        if which is not None and storage is not None:
            moment = max(moment, storage.version)
        kept.add(tensor, which, moment, storage)
    ctx._moments = [(storage_of(t), node.seq) for t in ctx._for_forward if t is not None]
    node.saved = (kept,) if kept.parts else ()
    extras(node).watched = True  # its backward runs once for all operands
    ctx._kept, ctx._to_save = weakref.ref(kept) if kept.parts else (lambda: kept), ()
