"""NumPy's dialect: ``np.f(tensor)`` is traced for whatever has a rule; the rest raises its mend."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any

import numpy as np

from symgrad.algebras.devices import to_host
from symgrad.errors import TraceError, compose, user_position
from symgrad.grammar.primitive import REGISTRY
from symgrad.tracing import functions
from symgrad.tracing.functions import FUNCTIONS, function_of
from symgrad.tracing.tensor import Tensor, wrap
from symgrad.tracing.traced import apply

NUMPY_FUNCTIONS: dict[str, Callable[..., Any]] = {}

_DEFAULTS = {"out": None, "where": True, "dtype": None, "casting": "same_kind", "subok": True,
             "order": None, "initial": None}  # fmt: skip


def _transpose(a: Any, axes: Any = None) -> Any:
    order = tuple(reversed(range(a.ndim))) if axes is None else tuple(axes)
    return FUNCTIONS["permute"](a, axes=order)


def _sort(a: Any, axis: int | None = -1, *_: Any, **__: Any) -> Any:
    if axis is None:
        a, axis = FUNCTIONS["reshape"](a, shape=(-1,)), -1
    return functions.sort(a, axis).values


def _cumsum(a: Any, axis: int | None = None, **_: Any) -> Any:
    if axis is None:
        a, axis = FUNCTIONS["reshape"](a, shape=(-1,)), 0
    return FUNCTIONS["cumsum"](a, axis=axis)


def _clip(a: Any, a_min: Any = None, a_max: Any = None, **newer: Any) -> Any:
    return functions.clip(a, newer.get("min", a_min), newer.get("max", a_max))


def _einsum(spec: str, *operands: Any, **_: Any) -> Any:
    return functions.einsum(spec, *operands)


def _like(make: Callable[..., Any]) -> Callable[..., Any]:
    def function(a: Any, *args: Any, **kwargs: Any) -> Any:
        kwargs = {k: v for k, v in kwargs.items() if k not in ("subok", "order")}
        return wrap(make(to_host(a._value), *args, **kwargs))

    return function


def _sequence(word: str) -> Callable[..., Any]:
    def function(arrays: Any, axis: int = 0, **_: Any) -> Any:
        rule = REGISTRY[word]
        return apply(rule, tuple(arrays), {**rule.defaults, "axis": axis})

    return function


def _places(name: str) -> Callable[..., Any]:
    def function(a: Any, axis: Any = None, **kwargs: Any) -> Any:
        return wrap(getattr(np, name)(to_host(a._value), axis=axis, **kwargs))

    return function


def collect() -> None:
    """Fill the table from the rules' NumPy spellings, and add NumPy's own composites."""
    for rule in REGISTRY.values():
        for spelling in rule.spellings:
            if spelling.dialect == "numpy":
                NUMPY_FUNCTIONS[spelling.name] = function_of(rule, spelling)
    NUMPY_FUNCTIONS.update(
        {
            "transpose": _transpose,
            "sort": _sort,
            "einsum": _einsum,
            "cumsum": _cumsum,
            "clip": _clip,
            "concatenate": _sequence("concat"),
            "stack": _sequence("stack"),
            "vstack": lambda xs, **k: _sequence("concat")([_at_least(x, 2) for x in xs], 0),
            "hstack": lambda xs, **k: _sequence("concat")(
                [_at_least(x, 1) for x in xs], 0 if _at_least(xs[0], 1).ndim == 1 else 1
            ),
            "float_power": FUNCTIONS["pow"],
            "ravel": lambda a, **k: FUNCTIONS["reshape"](a, shape=(-1,)),
            "swapaxes": functions.transpose,
            "squeeze": lambda a, axis=None: functions.squeeze(a, axis),
            "shape": lambda a: tuple(a.shape),
            "ndim": lambda a: a.ndim,
            "size": lambda a, axis=None: int(a.size) if axis is None else a.shape[axis],
            "zeros_like": _like(np.zeros_like),
            "ones_like": _like(np.ones_like),
            "full_like": _like(np.full_like),
            "empty_like": _like(np.zeros_like),
            "argsort": _places("argsort"),
            "argmax": _places("argmax"),
            "argmin": _places("argmin"),
            "any": _places("any"),
            "all": _places("all"),
            "allclose": lambda a, b, *r, **k: np.allclose(_host(a), _host(b), *r, **k),
            "array_equal": lambda a, b, **k: np.array_equal(_host(a), _host(b), **k),
        }
    )


def _host(value: Any) -> Any:
    return to_host(value._value) if isinstance(value, Tensor) else value


def _at_least(x: Any, ndim: int) -> Any:
    missing = ndim - len(x.shape)
    return FUNCTIONS["reshape"](x, shape=(1,) * missing + tuple(x.shape)) if missing > 0 else x


_REDUCTIONS = {"add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min"}


def array_ufunc(self: Tensor, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """NumPy's door for ufuncs."""
    if method == "reduce" and ufunc.__name__ in _REDUCTIONS:
        name = {"add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min"}[
            ufunc.__name__
        ]
        kwargs.setdefault("axis", 0)
    elif method == "__call__":
        name = ufunc.__name__
    else:
        raise _refusal(f"{ufunc.__name__}.{method}")
    return _call(name, inputs, kwargs)


def array_function(self: Tensor, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
    """NumPy's door for everything else."""
    module = func.__module__.removeprefix("numpy").lstrip(".")
    name = f"{module}.{func.__name__}" if module else func.__name__
    return _call(name, args, kwargs)


def _call(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    function = NUMPY_FUNCTIONS.get(name)
    if function is None:
        raise _refusal(name)
    left: dict[str, Any] = {}
    for key, value in kwargs.items():
        if key not in _DEFAULTS:
            left[key] = value
        elif not (value is np._NoValue or _is_default(value, _DEFAULTS[key])):
            raise TraceError(
                compose(f"np.{name}({key}=...) is not traced.", where=user_position(),
                        mend=f"leave out {key}")
            )  # fmt: skip
    return function(*args, **{k: v for k, v in left.items() if v is not np._NoValue})


def _is_default(value: Any, default: Any) -> bool:
    # An array compares to an array: only what is a word or a truth value is compared.
    return value is default or (isinstance(value, (bool, str)) and value == default)


def _refusal(name: str) -> TraceError:
    near = difflib.get_close_matches(name, NUMPY_FUNCTIONS, 2)
    hint = (
        f"the nearest that is: {', '.join('np.' + n for n in near)}"
        if near
        else ("detach() the tensor first, if no gradient is meant to flow")
    )
    return TraceError(
        compose(f"np.{name} has no rule, so it cannot be traced.", where=user_position(), mend=hint)
    )


def array(self: Tensor, dtype: Any = None, copy: bool | None = None) -> Any:
    """NumPy's door for conversion: refused where history would be lost."""
    if self._rg:
        raise TraceError(
            compose(
                "Can't call numpy() on Tensor that requires grad: NumPy cannot build an array out "
                "of traced values.",
                where=user_position(),
                mend="np.stack([x, y]) or sg.stack([x, y]) instead of np.array([x, y]); "
                "x.detach().numpy() if no gradient is meant to flow",
            )
        )
    made = np.asarray(to_host(self._value), dtype=dtype)
    return made.copy() if copy else made
