"""NumPy's functions on tensors: the rules' spellings, and composites in NumPy's own meaning.

``numpy_dialect`` looks names up in ``NUMPY_FUNCTIONS``.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from symgrad.algebras.backends import is_formula
from symgrad.algebras.devices import in_host, to_host
from symgrad.errors import AxisError, ShapeError, TraceError, compose, user_position
from symgrad.grammar.primitive import REGISTRY
from symgrad.tracing import arrangement, choices, creation, functions, guards, parts, statistics
from symgrad.tracing.calling import call, entries_at, integers, shape_of
from symgrad.tracing.dtypes import axis_of, raw_dtype_name
from symgrad.tracing.functions import FUNCTIONS, function_of
from symgrad.tracing.locking import plain
from symgrad.tracing.looping import is_many, looped
from symgrad.tracing.numpy_matrices import MATRICES, array
from symgrad.tracing.tensor import Tensor, refuse_formulas, wrap

NUMPY_FUNCTIONS: dict[str, Callable[..., Any]] = {}

#: Answers about a value rather than values: nothing of theirs has a gradient.
_ANSWERS = (
    "argsort", "argmax", "argmin", "any", "all", "nonzero", "flatnonzero", "argwhere",
    "count_nonzero", "searchsorted", "isclose", "iscomplexobj", "isrealobj", "result_type",
    "can_cast", "signbit", "lexsort", "iscomplex", "isreal",
    "argpartition", "digitize", "isin", "isneginf", "isposinf", "nanargmax", "nanargmin",
    "array_equiv", "may_share_memory", "shares_memory", "diag_indices_from", "tril_indices_from",
    "triu_indices_from", "bitwise_count",
)  # fmt: skip


def hosts(value: Any) -> Any:
    """The same arguments with every tensor as a NumPy array, lists and tuples included."""
    if isinstance(value, Tensor):
        return plain(to_host(value._value))
    if type(value) in (list, tuple):
        return type(value)(hosts(v) for v in value)
    return {k: hosts(v) for k, v in value.items()} if type(value) is dict else value


def _wrapped(value: Any) -> Any:
    if in_host(value):
        return wrap(value)
    return tuple(_wrapped(v) for v in value) if type(value) is tuple else value


#: Answers that are formulas where there are only sizes.
_FORMULAS = ("argsort", "argmax", "argmin", "any", "all")


def _answer(name: str) -> Callable[..., Any]:
    def function(*args: Any, **kwargs: Any) -> Any:
        first = args[0] if args else next(iter(kwargs.values()), None)
        many = is_many(*args, *kwargs.values())
        if name in _FORMULAS and (many or is_formula(getattr(first, "_value", None))):
            return FUNCTIONS[name](*args, **kwargs)
        if many and not kwargs:
            return looped(f"np.{name}", function, *args)
        refuse_formulas(f"np.{name}", *args, *kwargs.values())
        try:
            found = _wrapped(getattr(np, name)(*hosts(args), **hosts(kwargs)))
        except ValueError as error:
            kind = AxisError if isinstance(error, np.exceptions.AxisError) else ShapeError
            raise kind(f"np.{name}: {error}") from error
        if name in ("any", "all") and len(args) == 1 and not kwargs:
            return guards.quantified(name, args[0], found)
        guards.lose(*args)
        return found

    return function


def _arrays(xs: Any) -> list[Any]:
    return [array(x) for x in xs]


def _flat(a: Any, axis: int | None) -> tuple[Any, int]:
    """``axis=None`` is along all entries."""
    return (arrangement.ravel(a), 0) if axis is None else (a, axis_of(axis, len(shape_of(a))))


def _transpose(a: Any, axes: Any = None) -> Any:
    order = tuple(reversed(range(a.ndim))) if axes is None else tuple(axes)
    return call("permute", a, axes=order)


def _sort(a: Any, axis: int | None = -1, kind: Any = None, *, stable: Any = None) -> Any:
    a, axis = _flat(a, axis)
    return call("sort_values", a, axis=axis)


def _cumsum(a: Any, axis: int | None = None) -> Any:
    a, axis = _flat(a, axis)
    return call("cumsum", a, axis=axis)


def _clip(a: Any, a_min: Any = None, a_max: Any = None, **newer: Any) -> Any:
    low, high = newer.get("min", a_min), newer.get("max", a_max)
    if low is None and high is None:
        return call("clone", a)
    low, high = (array(v) if isinstance(v, list) else v for v in (low, high))
    return choices.clip(a, low, high)


def _einsum(spec: str, *operands: Any, **_: Any) -> Any:
    if not isinstance(spec, str):
        raise TraceError(
            compose(
                "np.einsum by lists of axes is not traced.",
                where=user_position(),
                mend="write the axes as letters: np.einsum('ij,j->i', A, v)",
            )
        )
    return statistics.einsum(spec, *operands)


def _like(make: Callable[..., Any]) -> Callable[..., Any]:
    def function(a: Any, *args: Any, **kwargs: Any) -> Any:
        if is_formula(a._value) or is_many(a):
            return getattr(creation, make.__name__)(a, *args, **kwargs)
        kwargs = {k: v for k, v in kwargs.items() if k not in ("subok", "order")}
        return wrap(make(to_host(a._value), *hosts(args), **hosts(kwargs)))

    return function


def _concatenate(arrays: Any, axis: int | None = 0) -> Any:
    made = _arrays(arrays)
    if axis is None:
        made, axis = [arrangement.ravel(x) for x in made], 0
    return call("concat", *made, axis=axis)


def _append(arr: Any, values: Any, axis: int | None = None) -> Any:
    return _concatenate([arr, values], axis)


def _stack(arrays: Any, axis: int = 0) -> Any:
    return call("stack", *_arrays(arrays), axis=axis)


def _tile(A: Any, reps: Any) -> Any:
    return arrangement.tile(array(A), reps if isinstance(reps, int) else tuple(reps))


def _repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    return arrangement.repeat_interleave(a, repeats, axis)


def _roll(a: Any, shift: Any, axis: Any = None) -> Any:
    steps = shift if isinstance(shift, (int, tuple)) else np.asarray(hosts(shift)).tolist()
    return arrangement.roll(a, tuple(steps) if isinstance(steps, list) else steps, axis)


def _take(a: Any, indices: Any, axis: int | None = None, *, mode: str = "raise") -> Any:
    if mode != "raise":
        raise ShapeError(f"np.take(mode={mode!r}) is not traced: wrap or clip the integers first")
    a, axis = _flat(a, axis)
    places = integers(indices)  # truths are the integers 0 and 1 here, not a mask
    places = places.astype(int) if raw_dtype_name(places) == "bool" else places
    return entries_at(a, axis, places if np.ndim(places) else int(places))


def _take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    arr, axis = _flat(arr, axis)
    return functions.take_along_axis(arr, indices, axis)


def _where(condition: Any, *choice: Any) -> Any:
    if not choice:
        return _answer("nonzero")(condition)
    listed = [array(v) if isinstance(v, list) else v for v in (condition, *choice)]
    return function_of(REGISTRY["where"])(*listed)


def _named_split(x: Any, parts: Any, axis: int) -> Any:
    """``np.split`` along an axis whose size has a name."""
    n = shape_of(x)[axis]
    if isinstance(parts, int):
        return arrangement.chunk(x, parts, axis)
    cuts = [0, *parts, n]
    return arrangement.split(x, [b - a for a, b in itertools.pairwise(cuts)], axis)


def _split(exact: bool) -> Callable[..., Any]:
    def function(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
        at = axis_of(axis, len(shape_of(ary)))
        n = shape_of(ary)[at]
        if not isinstance(n, int):
            return list(_named_split(ary, indices_or_sections, at))
        if isinstance(indices_or_sections, int):
            parts = indices_or_sections
            if parts < 1 or (exact and n % parts):
                raise ShapeError(f"np.split: {n} entries do not divide into {parts} equal parts")
            sizes = [n // parts + (i < n % parts) for i in range(parts)]
            cuts = np.cumsum(sizes)[:-1].tolist()
        else:
            cuts = [int(i) for i in indices_or_sections]
        pairs = zip([0, *cuts], [*cuts, n], strict=True)
        return [entries_at(ary, at, slice(a, b)) for a, b in pairs]

    return function


def _spread(finish: Callable[..., Any]) -> Callable[..., Any]:
    def function(
        a: Any, axis: Any = None, ddof: Any = 0, keepdims: bool = False, *, correction: Any = None
    ) -> Any:
        taken = ddof if correction is None else correction
        return statistics.spread(finish, a, axis, bool(keepdims), taken)

    return function


def _average(a: Any, axis: Any = None, weights: Any = None, *, keepdims: bool = False) -> Any:
    if weights is None:
        return call("mean", a, axis=axis, keepdims=keepdims)
    weights = array(weights)
    if shape_of(weights) != shape_of(a):
        if not isinstance(axis, int) or len(shape_of(weights)) != 1:
            raise ShapeError("np.average: weights of another shape need an axis, and are a vector")
        at = axis_of(axis, len(shape_of(a)))
        wanted = tuple(-1 if i == at else 1 for i in range(len(shape_of(a))))
        weights = call("reshape", weights, shape=wanted)
        weights = call("broadcast_to", weights, shape=shape_of(a))
    total = call("sum", call("multiply", a, weights), axis=axis, keepdims=keepdims)
    return call("divide", total, call("sum", weights, axis=axis, keepdims=keepdims))


def _diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    def around(x: Any) -> Any:
        if x is None or shape_of(x):
            return x
        at, shape = axis_of(axis, len(shape_of(a))), shape_of(a)
        one = (*shape[:at], 1, *shape[at + 1 :])
        return call("broadcast_to", array(x), shape=one)

    return statistics.diff(a, n, axis, around(prepend), around(append))


def _ptp(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    largest, smallest = (call(w, a, axis=axis, keepdims=keepdims) for w in ("max", "min"))
    return call("subtract", largest, smallest)


def _vdot(a: Any, b: Any) -> Any:
    return statistics.vdot(arrangement.ravel(array(a)), arrangement.ravel(b))


def _angle(z: Any, deg: bool) -> Any:
    found = parts.angle(z)
    return call("multiply", found, 180 / np.pi) if deg else found


def _array_equal(a1: Any, a2: Any, *rest: Any, **more: Any) -> bool:
    refuse_formulas("np.array_equal", a1, a2)
    guards.lose(a1, a2)
    return np.array_equal(hosts(a1), hosts(a2), *rest, **more)


def _allclose(a: Any, b: Any, *rest: Any, **more: Any) -> bool:
    refuse_formulas("np.allclose", a, b)
    guards.lose(a, b)
    return np.allclose(hosts(a), hosts(b), *hosts(rest), **hosts(more))


_COMPOSITES: dict[str, Callable[..., Any]] = {
    "transpose": _transpose, "sort": _sort, "einsum": _einsum, "cumsum": _cumsum, "clip": _clip,
    "concatenate": _concatenate, "append": _append, "stack": _stack, "tile": _tile,
    "repeat": _repeat, "roll": _roll, "take": _take, "take_along_axis": _take_along_axis,
    "where": _where, "split": _split(True), "array_split": _split(False), "average": _average,
    "diff": _diff, "ptp": _ptp, "vdot": _vdot, "array_equal": _array_equal, "allclose": _allclose,
    "var": _spread(statistics.variance), "std": _spread(statistics.deviation),
    "vstack": lambda tup: arrangement.vstack(_arrays(tup)),
    "hstack": lambda tup: arrangement.hstack(_arrays(tup)),
    "column_stack": lambda tup: arrangement.column_stack(_arrays(tup)),
    "atleast_1d": lambda *xs: arrangement.atleast_1d(*_arrays(xs)),
    "atleast_2d": lambda *xs: arrangement.atleast_2d(*_arrays(xs)),
    "ravel": arrangement.ravel, "real": parts.real, "angle": lambda z, deg=False: _angle(z, deg),
    "conjugate": parts.conj, "conj": parts.conj,
    "diag": lambda v, k=0: arrangement.diag(v, k),
    "inner": lambda a, b: statistics.inner(a, b),
    "tensordot": lambda a, b, axes=2: statistics.tensordot(a, b, axes),
    "moveaxis": lambda a, source, destination: arrangement.moveaxis(a, source, destination),
    "swapaxes": lambda a, axis1, axis2: arrangement.transpose(a, axis1, axis2),
    "squeeze": lambda a, axis=None: arrangement.squeeze(a, axis),
    "shape": lambda a: tuple(a.shape),
    "ndim": lambda a: a.ndim,
    "size": lambda a, axis=None: a.shape.numel() if axis is None else a.shape[axis],
    "zeros_like": _like(np.zeros_like), "ones_like": _like(np.ones_like),
    "full_like": _like(np.full_like), "empty_like": _like(np.zeros_like),
}  # fmt: skip


def collect() -> None:
    """Fill the table from the rules' NumPy spellings, and add NumPy's own composites."""
    for rule in REGISTRY.values():
        for spelling in rule.spellings:
            if spelling.dialect == "numpy":
                NUMPY_FUNCTIONS[spelling.name] = function_of(rule, spelling)
    NUMPY_FUNCTIONS.update({name: _answer(name) for name in _ANSWERS})
    NUMPY_FUNCTIONS.update(_COMPOSITES)
    NUMPY_FUNCTIONS.update(MATRICES)
