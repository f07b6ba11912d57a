"""Writes into a tensor's buffer: in-place functions, augmented assignment, ``x[i] = v``."""

from __future__ import annotations

import dis
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from symgrad.algebras.backends import is_formula, namespace_of
from symgrad.errors import (
    AxisError,
    DtypeError,
    GraphError,
    Position,
    ShapeError,
    compose,
    user_position,
)
from symgrad.grammar.kind import Kind
from symgrad.grammar.primitive import REGISTRY, Primitive
from symgrad.modes import GRAD, INFERENCE, MODE
from symgrad.tracing.complexes import is_complex_value
from symgrad.tracing.dtypes import raw_dtype_name
from symgrad.tracing.guards import drop
from symgrad.tracing.node import Leaf, Node, extras
from symgrad.tracing.places import names_twice, place
from symgrad.tracing.tensor import Tensor, buffer, storage_of, wrap
from symgrad.tracing.traced import apply, raw

_MEND = "compute a new value (y = x + 1), or update it inside `with sg.no_grad():`"


def _refuse(target: Tensor, what: str, mend: str = _MEND) -> None:
    _refuse_buffer(target, what)
    if not MODE.get() & GRAD or not target._rg:
        return
    if type(target.node) is not Node:
        raise GraphError(
            compose(
                "a leaf Variable that requires grad is being used in an in-place operation.",
                [("write", what)],
                where=user_position(),
                mend=mend,
            )
        )


def _refuse_buffer(target: Tensor, what: str) -> None:
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


class _Probe:
    """Stands where a tensor stands in ``x[i] += v``, and counts references as the methods do."""

    __slots__ = ("_value", "seen")

    _value: Any
    seen: int

    def __getitem__(self, index: int) -> _Probe:
        part = _Probe()
        part._value = self._value = np.zeros(1)
        return part

    def __setitem__(self, index: int, part: _Probe) -> None:
        self.seen = part.seen

    def __iadd__(self, other: int) -> _Probe:
        self.seen = sys.getrefcount(self)
        return self


def _references(holder: Any) -> tuple[int, int]:
    """How many hold the array of a tensor, and how many the one that this is a view of."""
    return sys.getrefcount(holder._value), sys.getrefcount(holder._value.base)


def _counts() -> tuple[int, int, int]:
    """What these counts are where nobody else holds the tensor, its array, or its base."""
    probe = _Probe()
    probe[0] += 1
    probe._value = np.zeros(2)[:1]
    return probe.seen, *_references(probe)


_PASSING, _ALONE, _ALONE_BASE = _counts()


def _is_alone(target: Tensor) -> bool:
    """Whether no view of a tensor's buffer is left: held by nobody, kept by no graph."""
    value, base = _references(target)
    leaf = type(target.node) is Leaf and target.node.value is target._value
    if value > _ALONE + leaf:
        return False
    if target._value.base is None:
        return True
    return type(target._value.base) is np.ndarray and base <= _ALONE_BASE


def _is_shared(target: Tensor) -> bool:
    """Whether views of a tensor's buffer are about."""
    extra = target.node.extra if target.node is not None else None
    storage = extra.storage if extra is not None else None
    if storage is None or not storage.viewed:
        return False
    storage.viewed = not (type(target._value) is np.ndarray and _is_alone(target))
    return bool(storage.viewed)


def _refuse_views(target: Tensor, result: Tensor) -> None:
    if (target._rg or result._rg) and _is_shared(target):
        raise GraphError(
            compose(
                "an in-place write, under gradients, into a buffer that a view shares.",
                where=user_position(),
                mend="clone() the view first, or build a new value (sg.where, sg.concat)",
            )
        )


def write(target: Tensor, compute: Callable[[Tensor], Tensor], what: str) -> Tensor:
    """Replace a tensor's values by ``compute`` of them, in its own buffer.

    Takes   compute: from the tensor as it was (on a copy of the buffer) to the new values.
    Raises  GraphError for a leaf that requires grad; ShapeError if the shape would change. A
            refused write changes nothing.
    """
    _refuse(target, what)
    result = compute(_as_it_was(target))
    _refuse_views(target, result)
    if tuple(result._value.shape) != tuple(target._value.shape):
        raise ShapeError(
            f"{what}: the result has the shape {tuple(result.shape)}, which does not fit into "
            f"{tuple(target.shape)}"
        )
    into = buffer(target)
    value = result._value
    recorded = result._rg and MODE.get() & GRAD != 0
    _refuse_dtype(into, value, recorded, what)
    storage = storage_of(target)
    if is_formula(value):  # formulas have no buffer: the tensor gets the new one
        target._value = value
    else:
        into[...] = namespace_of(into).cast(value, dtype=into.dtype)
    # After the write: a refused one changes nothing.
    storage.written(user_position(), recorded=recorded)
    if type(target.node) is Leaf:
        drop(target.node)
    if recorded:
        # Recorded before the write's moment: the moment of the write is what makes others stale.
        result.node.seq = storage.version
        target.node, target._rg = result.node, True
        extras(target.node).storage = storage
    return target


def _refuse_dtype(into: Any, value: Any, recorded: bool, what: str) -> None:
    given, own = (raw_dtype_name(v) for v in (value, into))
    if given != own and not np.can_cast(given, own, "same_kind"):
        raise DtypeError(
            compose(
                f"{what}: result type {given} can't be cast to {own}.",
                where=user_position(),
                mend="compute a new value instead: x = x + 1.5",
            )
        )
    if recorded and not own.startswith("float"):
        raise DtypeError(
            compose(
                f"{what}: a gradient would flow into {own}; only floats can have gradients.",
                where=user_position(),
                mend="write into x.float(), or write v.detach()",
            )
        )


def _as_it_was(target: Tensor) -> Tensor:
    """The tensor on a copy of its buffer, with its history; plain data gets a leaf of its own."""
    copied = namespace_of(target._value).copy_of(target._value)
    plain = type(target.node) is Leaf and not target._rg
    return wrap(copied, None if plain else target.node, target._rg)


def _apart(other: Any, target: Tensor) -> Any:
    """An operand that the write would overwrite, on a copy of its buffer; any other as it is."""
    value = raw(other)
    mine = target._value
    if not (isinstance(value, np.ndarray) and isinstance(mine, np.ndarray)):
        return other
    if not np.may_share_memory(value, mine):
        return other
    copied = namespace_of(value).copy_of(value)
    return wrap(copied, other.node, other._rg) if isinstance(other, Tensor) else copied


def takes_its_place(rule: Primitive) -> bool:
    """Whether a rule has an in-place twin: its result may stand where its first operand stood.

    Not where that operand is a condition, and not for a copy, which would write what is there.
    """
    elementwise = rule.kind is Kind.ELEMENTWISE and rule.method and rule.differentiable
    return elementwise and rule.word != "clone" and rule.operands[0] not in rule.constant


def in_place(rule: Primitive) -> Callable[..., Tensor]:
    """The in-place twin of a rule: ``sin_(x)`` writes sin(x) into x."""

    def function(x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        (_, *others), params = rule.bind((x, *args), kwargs)
        kept = tuple(_apart(other, x) for other in others)
        return write(x, lambda old: apply(rule, (old, *kept), params), f"{rule.name}_")

    function.__name__ = function.__qualname__ = f"{rule.name}_"
    function.__doc__ = f"""``{rule.name}``, written into its first operand, which is returned.

    Raises  GraphError for a leaf that requires grad, outside ``no_grad``.
    """
    return function


def augmented(word: str) -> Callable[[Tensor, Any], Tensor]:
    """The method of an augmented assignment."""
    rule = REGISTRY[word]

    def method(x: Tensor, other: Any) -> Tensor:
        passing = sys.getrefcount(x) <= _PASSING
        if passing and _follows(x, other) and _is_shared(x) and _is_stored_back(user_position()):
            # x[i] += v: nobody holds this view but the line itself, which stores it by setitem.
            old = apply(REGISTRY["clone"], (x,), {})
            return apply(rule, (old, _apart(other, x)), {})  # type: ignore[no-any-return]
        other = _apart(other, x)
        return write(x, lambda old: apply(rule, (old, other), {}), f"{rule.name}_")

    return method


def _follows(x: Tensor, other: Any) -> bool:
    """Whether a gradient flows through a write of ``other`` into ``x``."""
    return MODE.get() & GRAD != 0 and (x._rg or (isinstance(other, Tensor) and other._rg))


def _is_stored_back(position: Position) -> bool:
    """Whether the user's line is ``x[i] op= v``, which reads, computes, and calls setitem."""
    if position.code is None:
        return False
    following = (i for i in dis.get_instructions(position.code) if i.offset >= position.lasti)
    operation = next(following, None)
    if operation is None or operation.opname != "BINARY_OP":
        return False
    after = next((i.opname for i in following if i.opname not in ("CACHE", "SWAP")), "")
    return after in ("STORE_SUBSCR", "STORE_SLICE")


def setitem(x: Tensor, index: Any, value: Any) -> None:
    """``x[index] = value``; under gradients the write is recorded, as any other in place.

    Raises  GraphError for a leaf that requires grad, for a buffer that a view shares, and for an
    index that names an entry twice, under gradients; AxisError, ShapeError, DtypeError for an
    index or a value that does not fit.
    """
    if _follows(x, value) or is_formula(x._value) or is_formula(raw(value)):
        _put(x, index, value)
        return
    _refuse_buffer(x, "x[i] = v")
    places = raw(index) if not isinstance(index, tuple) else tuple(raw(i) for i in index)
    into = buffer(x)
    if is_complex_value(raw(value)) and not is_complex_value(into):
        raise _misfit(x, value, TypeError(f"complex numbers do not fit {raw_dtype_name(into)}"))
    try:
        into[places] = raw(value)
    except (IndexError, ValueError, TypeError, OverflowError) as error:
        raise _misfit(x, value, error) from error
    storage_of(x).written(user_position())
    if type(x.node) is Leaf:
        drop(x.node)


def _put(x: Tensor, index: Any, value: Any) -> None:
    """Record ``x[index] = value``, and write it."""
    _refuse(x, "x[i] = v", mend="write into a copy: y = x.clone(), then y[i] = v")
    places = tuple(map(place, index)) if isinstance(index, tuple) else place(index)
    _refuse_twice(x, places, value)
    if isinstance(x._value, (np.ndarray, np.generic)) and not is_formula(raw(value)):
        value = _fitted(x, places, value)
    write(x, lambda old: apply(REGISTRY["put"], (old, value), {"index": places}), "x[i] = v")


def _refuse_twice(x: Tensor, places: Any, value: Any) -> None:
    """Raise GraphError for an index that names an entry twice: whose gradient would be left?"""
    try:
        twice = names_twice(x._value.shape, places)
    except (IndexError, ValueError, TypeError) as error:
        raise _misfit(x, value, error) from error
    if twice:
        raise GraphError(
            compose(
                "x[i] = v under gradients: i names an entry more than once.",
                [("x", _described(x))],
                where=user_position(),
                mend="name each entry once; to add up values, use x.index_add or a product",
            )
        )


def _fitted(x: Tensor, places: Any, value: Any) -> Any:
    """A value of x's dtype with no more axes than the entries that it replaces.

    Raises  what the array library says of an index or a value that does not fit.
    """
    trial = np.array(x._value)
    try:
        trial[places] = raw(value)
    except (IndexError, ValueError, TypeError, OverflowError) as error:
        raise _misfit(x, value, error) from error
    if isinstance(value, (bool, int, float)):
        return value
    if not isinstance(value, Tensor):
        return np.asarray(value, dtype=trial.dtype)
    value = _apart(value, x)
    if value._value.dtype != trial.dtype:
        value = apply(REGISTRY["cast"], (value,), {"dtype": trial.dtype})
    extra = value._value.ndim - trial[places].ndim
    if extra > 0:
        value = apply(REGISTRY["reshape"], (value,), {"shape": tuple(value._value.shape[extra:])})
    return value


def _misfit(x: Tensor, value: Any, error: Exception) -> Exception:
    """The error to raise for an index or a value that the array library refused."""
    kind: type[Exception] = ShapeError
    if isinstance(error, IndexError):
        kind = AxisError
    elif isinstance(error, (TypeError, OverflowError)) or not hasattr(raw(value), "shape"):
        kind = DtypeError
    given = [("x", _described(x)), ("v", _described(value))]
    return kind(compose(f"x[i] = v: {str(error).rstrip('.')}.", given, where=user_position()))


def _described(value: Any) -> str:
    held = raw(value)
    if hasattr(held, "shape"):
        return f"{held.dtype} {tuple(held.shape)}"
    return repr(value)[:60]


def copy_(x: Tensor, source: Any) -> Tensor:
    """Write the values of ``source`` into ``x``; shapes broadcast.

    >>> x = sg.zeros(2); sg.Tensor.copy_(x, sg.tensor([1.0, 2.0]))
    tensor([1., 2.])
    """
    source = source if isinstance(source, Tensor) else wrap(namespace_of(x._value).asarray(source))
    shape = tuple(x.shape)
    return write(
        x, lambda old: apply(REGISTRY["broadcast_to"], (source,), {"shape": shape}), "copy_"
    )


def zero_(x: Tensor) -> Tensor:
    """Write zeros into ``x``.

    >>> sg.Tensor.zero_(sg.ones(2))
    tensor([0., 0.])
    """
    return write(x, lambda old: wrap(namespace_of(old._value).zeros_like(old._value)), "zero_")
