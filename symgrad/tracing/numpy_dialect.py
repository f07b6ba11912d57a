"""NumPy's dialect: ``np.f(tensor)`` is traced for whatever has a rule; the rest raises its mend.

Where nothing is tracked and nothing is recorded there is nothing to trace: NumPy itself computes
what has no rule, and its results are NumPy's.
"""

from __future__ import annotations

import difflib
import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from symgrad.algebras.backends import is_formula
from symgrad.algebras.devices import to_host
from symgrad.errors import TraceError, compose, user_position
from symgrad.modes import GRAD, MODE, RECORDING
from symgrad.tracing import numpy_functions
from symgrad.tracing.devices import refuse_off_host
from symgrad.tracing.locking import given_out, plain
from symgrad.tracing.numpy_functions import NUMPY_FUNCTIONS, hosts
from symgrad.tracing.tensor import Tensor, refuse_formula, refuse_leaving

collect = numpy_functions.collect

_DEFAULTS = {"out": None, "where": True, "dtype": None, "casting": "same_kind", "subok": True,
             "order": None, "initial": None}  # fmt: skip
_REDUCTIONS = {"add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min",
               "logical_and": "all", "logical_or": "any"}  # fmt: skip
_SIGNS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "power": "**"}

#: Functions that write into their first argument.
_WRITERS = frozenset({"copyto", "put", "place", "putmask", "fill_diagonal", "put_along_axis"})

#: How libraries take in whatever they are given: they want NumPy's own array of a plain value.
_TAKERS = frozenset({"atleast_1d", "atleast_2d", "atleast_3d"})

#: What to write instead of functions without a rule, where a similar name is no help.
_INSTEAD = {
    "sinc": "with t = np.pi * x: np.sin(t) / t, and 1 where x is 0",
    "cbrt": "np.sign(x) * np.abs(x) ** (1 / 3)",
    "fmax": "sg.fmax(x, y)",
    "fmin": "sg.fmin(x, y)",
    "logaddexp2": "sg.logaddexp2(x, y)",
    "heaviside": "sg.heaviside(x, values)",
    "nansum": "sg.nansum(x)",
    "nan_to_num": "sg.nan_to_num(x)",
    "median": "np.sort(x) and the entry in the middle",
    "quantile": "sg.quantile(x, q)",
    "percentile": "sg.quantile(x, q / 100)",
    "cumprod": "np.exp(np.cumsum(np.log(x))), for positive x",
    "gradient": "np.diff(x)",
    "select": "np.where(condition, x, y)",
    "piecewise": "np.where(condition, x, y)",
    "choose": "np.where(condition, x, y)",
    "block": "np.vstack and np.hstack",
    "insert": "np.concatenate([x[:i], value, x[i:]])",
    "delete": "np.concatenate([x[:i], x[i + 1:]])",
    "nanmean": "sg.nanmean(x)",
    "add.accumulate": "np.cumsum(x)",
    "multiply.outer": "np.outer(x, y)",
}
_STEPS = "it is flat or jumps: use x.detach(), if no gradient is meant to flow"
_INSTEAD |= dict.fromkeys(_WRITERS, "sg.where(mask, v, x): a new value; NumPy would write into x's")
_INSTEAD |= dict.fromkeys(("floor", "ceil", "trunc", "fix", "rint", "round", "around"), _STEPS)
_INSTEAD |= dict.fromkeys(
    ("mod", "remainder", "fmod", "floor_divide", "divmod"),
    "x - n * k, with k an integer that you take from x.detach()",
)


def array_ufunc(self: Tensor, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """NumPy's door for ufuncs."""
    native = ufunc if method == "__call__" else getattr(ufunc, method)
    name = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
    if method == "reduce" and ufunc.__name__ in _REDUCTIONS:
        name = _REDUCTIONS[ufunc.__name__]
        if len(inputs) < 2:
            kwargs = {"axis": 0, **kwargs}
    return _called(name, native, inputs, kwargs)


def array_function(self: Tensor, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
    """NumPy's door for everything else."""
    module = func.__module__.removeprefix("numpy").lstrip(".")
    name = f"{module}.{func.__name__}" if module else func.__name__
    for place, parameter in enumerate(_parameters(func)[: len(args)]):
        if parameter in _DEFAULTS:  # np.sum(x, 0, float): by place as by name
            late = zip(_parameters(func)[place:], args[place:], strict=False)
            args, kwargs = args[:place], {**dict(late), **kwargs}
            break
    return _called(name, func, args, kwargs)


@functools.cache
def _parameters(func: Any) -> tuple[str, ...]:
    """A function's parameters by place; none for those that starred or compiled ones hide."""
    if func.__name__ in ("where", "full_like", "astype"):
        return ()
    try:
        given = inspect.signature(func).parameters.values()
    except ValueError:
        return ()
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return tuple(p.name for p in given if p.kind in kinds)


def _called(name: str, native: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    function = NUMPY_FUNCTIONS.get(name)
    if function is None or (name in _TAKERS and not (_recorded() or _tracked(args))):
        return _by_numpy(name, native, args, kwargs, _refusal)
    makes = name.endswith("_like") or name == "astype"
    left: dict[str, Any] = {}
    dtype = None
    for key, value in kwargs.items():
        if value is np._NoValue or (key == "order" and value in ("C", "K", "A")):
            continue
        if key not in _DEFAULTS or makes:
            left[key] = value
        elif key == "dtype":
            dtype = value
        elif not _is_default(value, _DEFAULTS[key]):
            return _by_numpy(name, native, args, kwargs, functools.partial(_refused, key))
    result = function(*args, **left)
    if dtype is not None and result.dtype != dtype:
        return _by_numpy(name, native, args, kwargs, functools.partial(_refused, "dtype"))
    return result


def _is_default(value: Any, default: Any) -> bool:
    # An array compares to an array: only what is a word or a truth value is compared.
    return value is default or (isinstance(value, (bool, str)) and value == default)


def _by_numpy(
    name: str,
    native: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    refusal: Callable[..., TraceError],
) -> Any:
    """What NumPy itself makes of the values, where nothing is tracked and nothing recorded."""
    out = kwargs.get("out")
    targets: Any = out if isinstance(out, tuple) else (out,)
    if name in _WRITERS or name.endswith(".at"):
        targets = args[:1]
    into_tensor = any(isinstance(target, Tensor) for target in targets)
    if _recorded() or into_tensor or _tracked(args) or _tracked(kwargs):
        raise refusal(name, args, kwargs)
    return native(*hosts(args), **hosts(kwargs))


def _recorded() -> bool:
    return bool(MODE.get() & RECORDING)


def _tracked(value: Any) -> bool:
    if isinstance(value, Tensor):
        return value._rg or is_formula(value._value)
    if isinstance(value, (list, tuple)):
        return any(_tracked(v) for v in value)
    return isinstance(value, dict) and any(_tracked(v) for v in value.values())


def _refusal(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> TraceError:
    hint = _INSTEAD.get(name)
    if hint is None:
        room, _, last = name.rpartition(".")
        there = {n.rpartition(".")[2]: n for n in NUMPY_FUNCTIONS if n.rpartition(".")[0] == room}
        near = [there[n] for n in difflib.get_close_matches(last, there, 2, 0.75)]
        hint = (
            f"the nearest that is: {', '.join('np.' + n for n in near)}"
            if near
            else "detach() the tensor first, if no gradient is meant to flow"
        )
    return TraceError(
        compose(f"np.{name} has no rule, so it cannot be traced.", where=user_position(), mend=hint)
    )


def _refused(key: str, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> TraceError:
    """The error for a parameter that no rule takes."""
    sign, out = _SIGNS.get(name), kwargs.get("out")
    mend = f"leave out {key}"
    if key == "out" and sign and type(out) is tuple and out[0] is args[0]:
        mend = f"a = a {sign} x makes a new array; a {sign}= x would write into NumPy's own"
    elif key == "dtype":
        mend = "x.to(dtype) first, which is traced, or leave out dtype"
    return TraceError(
        compose(f"np.{name}({key}=...) is not traced.", where=user_position(), mend=mend)
    )


def array(self: Tensor, dtype: Any = None, copy: bool | None = None) -> Any:
    """NumPy's door for conversion: refused where history would be lost."""
    refuse_formula(self, "a NumPy array")
    if self._rg and MODE.get() & GRAD:
        raise TraceError(
            compose(
                "Can't call numpy() on Tensor that requires grad: NumPy cannot build an array out "
                "of traced values.",
                where=user_position(),
                mend="np.stack([x, y]) or sg.stack([x, y]) instead of np.array([x, y]); "
                "x.detach().numpy() if no gradient is meant to flow",
            )
        )
    refuse_leaving(self, "a NumPy array")
    refuse_off_host(self._value)
    leaves = isinstance(self._value, np.ndarray) and not copy
    held = given_out(self, self._value) if leaves else plain(to_host(self._value))
    made = np.asarray(held, dtype=dtype)
    return made.copy() if copy else made
