"""Writes into a tensor's buffer, through ``write``.

A write changes every tensor of its buffer's family (``views``), values and histories alike.
``in_place`` builds ``x.add_(y)`` and ``x += y`` on this, ``assigning`` ``x[i] = v``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symgrad.algebras.backends import is_batched, is_formula, namespace_of
from symgrad.algebras.batched import Batched
from symgrad.errors import DtypeError, GraphError, Position, ShapeError, compose, user_position
from symgrad.grammar.primitive import REGISTRY
from symgrad.modes import GRAD, INFERENCE, MODE, RECORDING, SAVING, no_grad
from symgrad.tracing.dtypes import raw_dtype_name
from symgrad.tracing.guards import drop
from symgrad.tracing.levels import LEVELS, entered, outside
from symgrad.tracing.node import Leaf, Node, extras
from symgrad.tracing.preserving import as_it_was, settle
from symgrad.tracing.saving import keep
from symgrad.tracing.storage import Storage, tick
from symgrad.tracing.tensor import Tensor, storage_of, wrap
from symgrad.tracing.traced import TRACED, apply
from symgrad.tracing.views import Family, Place, Step, overlap, place_of, shares
from symgrad.tracing.walks import Frame

_MEND = "compute a new value (y = x + 1), or update it inside `with sg.no_grad():`"
_WHOLE = {"index": Ellipsis}


# what is refused, before anything changes -------------------------------------------------------


def refuse(target: Tensor, what: str, mend: str = _MEND) -> None:
    """Raise for a tensor that cannot be written here and now.

    Raises  GraphError for a leaf that requires grad, or a view of one, under gradients; for a
            buffer that is read-only, or of inference mode.
    """
    refuse_buffer(target, what)
    if not MODE.get() & GRAD:
        return
    place = place_of(target)
    base = place.family.base() if place is not None and place.steps else target
    if base._rg and type(base.node) is not Node:
        of = "a leaf" if base is target else "a view of a leaf"
        raise GraphError(
            compose(
                f"{of} Variable that requires grad is being used in an in-place operation.",
                [("write", what)],
                where=user_position(),
                mend=mend,
            )
        )


def refuse_buffer(target: Tensor, what: str) -> None:
    """Raise for a buffer that cannot be written here: of inference mode, or read-only."""
    extra = target.node.extra if target.node is not None else None
    storage = extra.storage if extra is not None else None
    inference = storage.inference if storage is not None else target._inference
    if inference and not MODE.get() & INFERENCE:
        raise GraphError(
            compose(
                "Inplace update to inference tensor outside InferenceMode is not allowed.",
                [("write", what)],
                where=user_position(),
                mend="clone() it first, or write inside `with sg.inference_mode():`",
            )
        )
    value = target._value
    if isinstance(value, np.ndarray) and not value.flags.writeable:
        raise GraphError(
            compose(
                "this tensor's buffer is read-only: entries of it are shared, or its owner "
                "locked it.",
                [("write", what)],
                where=user_position(),
                mend="clone() it first",
            )
        )


def _refuse_quiet(place: Place | None, result: Tensor, what: str) -> None:
    """Raise for a view that ``no_grad`` made, where the write would have a gradient."""
    if place is None or not (place.quiet and MODE.get() & GRAD):
        return
    if place.family.base()._rg or result._rg:
        raise GraphError(
            compose(
                "A view was created in no_grad mode and is being modified inplace with grad mode "
                "enabled: which gradient is meant?",
                [("write", what)],
                where=user_position(),
                mend="make the view and the write both inside no_grad, or both outside",
            )
        )


def _refuse_misfit(target: Tensor, result: Tensor, recorded: bool, what: str) -> None:
    """Raise for a result whose shape or dtype does not go into the target."""
    into = target._value
    if tuple(result._value.shape) != tuple(into.shape):
        raise ShapeError(
            f"{what}: the result has the shape {tuple(result.shape)}, which does not fit into "
            f"{tuple(target.shape)}"
        )
    if is_batched(result._value) and result._value.mapped:
        _refuse_many(target, what)
    if result._value.dtype is into.dtype and (not result._rg or into.dtype.kind == "f"):
        return
    given, own = (raw_dtype_name(v) for v in (result._value, into))
    if given != own and not np.can_cast(given, own, "same_kind"):
        raise DtypeError(
            compose(
                f"{what}: result type {given} can't be cast to {own}.",
                where=user_position(),
                mend="compute a new value instead: x = x + 1.5",
            )
        )
    if recorded and result._rg and not own.startswith("float"):
        raise DtypeError(
            compose(
                f"{what}: a gradient would flow into {own}; only floats can have gradients.",
                where=user_position(),
                mend="write into x.float(), or write v.detach()",
            )
        )


def _refuse_many(target: Tensor, what: str) -> None:
    """Raise for a target that all inputs of a ``vmap`` share, where each would write its own."""
    if not (is_batched(target._value) and target._value.mapped):
        raise GraphError(
            compose(
                f"vmap: {what} would write other values for each input into a tensor that all "
                "share.",
                where=user_position(),
                mend="compute a new value (x = x + y), or write into one of each input's own: "
                "sg.zeros_like(y)",
            )
        )


# the write --------------------------------------------------------------------------------------


def follows(*values: Any) -> bool:
    """Whether a gradient, or a recording, follows one of the values."""
    mode = MODE.get()
    if not mode & GRAD:
        return False
    tensors = [v for v in values if isinstance(v, Tensor)]
    recorded = mode & RECORDING and any(type(v.node) is Node for v in tensors)
    return bool(recorded) or any(v._rg for v in tensors)


def write(target: Tensor, compute: Callable[[Tensor], Tensor], what: str, name: str = "") -> Tensor:
    """Replace a tensor's values by ``compute`` of them, in its own buffer.

    Takes   compute: from the tensor as it was to the new values; name: PyTorch's of the new
            node, where it is not that of the last operation.
    Raises  GraphError for a leaf that requires grad; ShapeError if the shape would change. A
            refused write changes nothing.
    """
    refuse(target, what)
    place, moment = place_of(target), tick()
    result = compute(as_it_was(target))
    _refuse_quiet(place, result, what)
    recorded = follows(result)
    _refuse_misfit(target, result, recorded, what)
    if result._value.dtype != target._value.dtype:
        result = apply(REGISTRY["cast"], (result,), {"dtype": target._value.dtype})
    if not recorded and follows(target):  # what was there has a history: it ends here
        result, recorded = apply(REGISTRY["put"], (target, result), _WHOLE), True
    if recorded:
        settle(result.node, moment, target)
    _store(target, result._value)
    _tell(target, place, result if recorded else wrap(result._value), recorded, name)
    return target


def noted(target: Tensor) -> None:
    """Note a write that no graph recorded, into an array that holds the new values already."""
    storage = storage_of(target)
    storage.written(user_position())
    if storage.families:  # an alias may have views where the target has none
        refresh(storage)
    if type(target.node) is Leaf:
        drop(target.node)


def rewritten(target: Tensor, result: Tensor) -> Tensor:
    """A tensor whose values were replaced already, with the history of ``result``."""
    _tell(target, place_of(target), result, True, "")
    return target


def _tell(target: Tensor, place: Place | None, result: Tensor, recorded: bool, name: str) -> None:
    """Tell everybody whom it concerns that a target holds new values."""
    storage = storage_of(target)
    storage.written(user_position(), recorded=recorded and not storage.is_aliased())
    if type(target.node) is Leaf:
        drop(target.node)
    base = _whole(target, place, result, recorded)
    if recorded:
        # Recorded before the write's moment: the moment of the write is what makes others stale.
        _adopt(target, place, result, base, name)
    if storage.families:
        refresh(storage)


def _store(target: Tensor, value: Any) -> None:
    """Put values where the target has its own."""
    mine = target._value
    if is_batched(mine) or is_batched(value):
        _store_outside(target, value)
    elif isinstance(mine, np.generic):
        target._value = mine.dtype.type(value)
    elif is_formula(mine) or is_formula(value):  # formulas have no buffer
        target._value = value
    else:
        namespace_of(mine).overwrite(mine, value)
        return
    if type(target.node) is Leaf:
        target.node.value = target._value


def _store_outside(target: Tensor, value: Any) -> None:
    """Put values for many inputs into the data that a tensor stands for: a write outside."""
    level = LEVELS.get()[-1]
    new = value if is_batched(value) else Batched(wrap(value), level, False)
    own = entered(target)._value
    if own.data is target and new.data._rg:  # its history will be of the level outside
        own = target._value = Batched(wrap(target._value), level, False)
    shape = {"shape": tuple(own.data.shape)}
    with outside(level):
        write(own.data, lambda old: apply(REGISTRY["broadcast_to"], (new.data,), shape), "copy_")


def _whole(target: Tensor, place: Place | None, result: Tensor, recorded: bool) -> Tensor | None:
    """The base after a write into a view of it; None where its values are right already."""
    if place is None or not place.steps:
        return None
    base = place.family.base()
    shared = shares(target, base._value)
    if shared and not recorded:
        return None
    if recorded:
        whole = _through(as_it_was(base), place.steps, result)
    elif is_batched(base._value):  # nothing is recorded here, and a level outside may record
        whole = _through(wrap(base._value), place.steps, result)
    else:
        with no_grad():
            whole = _through(base, place.steps, result)
    if not shared:
        _store(base, whole._value)
    return whole


def _through(x: Tensor, steps: tuple[Step, ...], v: Tensor) -> Tensor:
    """x with the entries that the steps lead to replaced by v."""
    parts = [x]
    for step in steps[:-1]:
        parts.append(apply(step.rule, (parts[-1],), step.params))
    for step, part in zip(reversed(steps), reversed(parts), strict=True):
        v = _replaced(part, step, v)
    return v


def _replaced(x: Tensor, step: Step, v: Tensor) -> Tensor:
    """x with what one step leads to replaced by v."""
    if step.rule.write_rule is not None:
        return step.rule.write_rule(TRACED, x, v, **step.params)  # type: ignore[no-any-return]
    ((_, pull),) = step.rule.plan(1, 1, False).pulls
    assert pull is not None
    frame = Frame(step.params, (x,), v)
    placed = pull(TRACED, v, (), frame)
    if placed.shape.numel() == v.shape.numel():  # every entry has its place: x is gone
        return placed  # type: ignore[no-any-return]
    named = pull(TRACED, TRACED.ones_like(v), (), frame)
    return TRACED.where(named > 0, placed, x)  # type: ignore[no-any-return]


# whom a write concerns --------------------------------------------------------------------------


def _adopt(
    target: Tensor, place: Place | None, result: Tensor, whole: Tensor | None, name: str
) -> None:
    """Give a written tensor, its base and all their views the history of the write."""
    storage = storage_of(target)
    made = extras(result.node)
    made.storage, made.wrote, result.node.seq = storage, True, storage.version
    if whole is None:
        _renode(target, result.node, result._rg, storage, name)
        if place is None:
            return
    assert place is not None
    family = place.family
    base = family.base()
    if whole is not None:
        _renode(base, whole.node, whole._rg, storage, "CopySlices")
    family.update(base)
    position = user_position()
    for member in family.alive():
        if member is target or overlap(member, target):
            _regenerate(member, family, storage, position)
        elif type(member.node) is Node:  # none of its entries changed: nor did its history
            extras(member.node).name = "AsStridedBackward0"


def _renode(tensor: Tensor, node: Any, requires_grad: bool, storage: Storage, name: str) -> None:
    old = tensor.node.extra if tensor.node is not None else None
    extra = extras(node)
    extra.storage, extra.name = storage, name
    if old is not None and old.retain is not None and tensor.node is not node:
        extra.retain, old.retain, extra.watched = old.retain, None, True
    tensor.node, tensor._rg = node, requires_grad


def _regenerate(member: Tensor, family: Family, storage: Storage, position: Position) -> None:
    """Write a view's history anew: the steps from what its base is now."""
    parent = family.node
    place = place_of(member)
    assert place is not None
    for rule, params, form in place.steps:
        node = Node()
        node.rule, node.operands, node.params = rule, (parent,), params
        node.plan = rule.plan(1, 1, False) if family.requires_grad else None
        node.saved, node.form, node.seq = (), form, tick()
        node.code, node.lasti, node.extra = position.code, position.lasti, None
        if MODE.get() & SAVING and node.plan is not None:
            keep(node, (family.value,))
        parent = node
    if type(member.node) is Leaf:
        drop(member.node)
    _renode(member, parent, family.requires_grad, storage, "AsStridedBackward0")


def refresh(storage: Storage) -> None:
    """Read views anew whose values are copies: entries held as scalars, formulas, other arrays."""
    for known in storage.families:
        family = known()
        if family is None:
            continue
        base = family.base()
        family.value = base._value
        for member in family.alive():
            if shares(member, base._value):
                continue
            value, place = base._value, place_of(member)
            assert place is not None
            if place.cell is not None:
                _show(member, place.cell[()])
                continue
            for rule, params, _ in place.steps:
                value = namespace_of(value).run(rule, (value,), params)
            _show(member, value)


def _show(member: Tensor, value: Any) -> None:
    member._value = value
    if type(member.node) is Leaf:
        member.node.value = value
