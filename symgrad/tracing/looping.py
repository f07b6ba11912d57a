"""Rules and functions that cannot run on many inputs at once: one at a time, and saying so.

Imports levels; whatever has such a function imports this.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

from symgrad.algebras.backends import is_batched
from symgrad.algebras.batched import Batched
from symgrad.errors import PerformanceWarning, ShapeError, TraceError, compose, user_position
from symgrad.grammar.primitive import Primitive
from symgrad.modes import BATCHING, MODE
from symgrad.tracing.levels import LEVELS, Level, entered, outside
from symgrad.tracing.tensor import Tensor, wrap

_TOLD: dict[Any, Any] = {}


def one_by_one(level: Level, rule: Primitive, held: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """A rule on one input after the other, the results side by side.

    Takes   held: batched operands and numbers; params: batched arrays among them are taken apart.
    Raises  ShapeError where the results differ in shape.
    """

    def one(k: int) -> Any:
        operands = tuple(_entry(o, level, k) for o in held)
        each = {name: _raw_entry(v, level, k) for name, v in params.items()}
        return level.inside.apply(rule, operands, each)

    return _gathered(rule.name, one, level)


def looped(name: str, function: Callable[..., Any], *values: Any, flows: bool = False) -> Any:
    """A function that has no rule, on one input after the other.

    Takes   function: from tensors of the level outside to a tensor, or a tuple of them; flows:
            whether a gradient goes through it, which it does on the levels outside alone.
    Raises  TraceError where it does, and a gradient of this level follows one of the values.
    """
    level = LEVELS.get()[-1]
    seen = [entered(v) if isinstance(v, Tensor) else v for v in values]
    if flows and any(isinstance(v, Tensor) and v._rg for v in seen):
        raise TraceError(
            compose(
                f"vmap: {name} runs on one input at a time, and a gradient inside of the vmap "
                "cannot follow it.",
                where=user_position(),
                mend="take the gradient outside, of the sum of vmap(f)(x); or call the function on "
                "one input at a time",
            )
        )
    held = [v._value if isinstance(v, Tensor) else v for v in seen]
    kind: Any = tuple

    def one(k: int) -> Any:
        nonlocal kind
        each = [_entry(o, level, k) for o in held]
        with outside(level):
            found = function(*each)
        kind = type(found)
        return found

    found = _gathered(name, one, level)
    if not isinstance(found, tuple):
        return wrap(found)
    parts = map(wrap, found)
    return kind(*parts) if hasattr(kind, "_fields") else tuple(parts)


def alone(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that looks at the numbers of one input, so that it runs on one at a time."""

    @functools.wraps(function)
    def inside(*args: Any, **kwargs: Any) -> Any:
        if not is_many(*args):
            return function(*args, **kwargs)
        return looped(function.__name__, lambda *each: inside(*each, **kwargs), *args)

    return inside


def per_entry(function: Callable[..., Any], *values: Any) -> Any:
    """A function that works entry by entry and has no rule, on all inputs at once."""
    level = LEVELS.get()[-1]
    held = [entered(v)._value if isinstance(v, Tensor) else v for v in values]
    ndim = max(len(getattr(v, "shape", ())) for v in held)
    datas = []
    for value in held:
        data = value.data if is_batched(value) else value
        if is_batched(value) and value.mapped and len(value.shape) < ndim:
            new = tuple(range(1, 1 + ndim - len(value.shape)))
            data = level.inside.expand_dims(data, axis=new)
        datas.append(data)
    with outside(level):
        found = function(*datas)
    return wrap(Batched(found, level, any(is_batched(v) and v.mapped for v in held)))


def of_one_input(
    rule: Primitive, operands: tuple[Any, ...], params: dict[str, Any], error: Exception
) -> Exception:
    """What went wrong with a call on many inputs, in the words of the first; else the error."""
    level = LEVELS.get()[-1]
    if not (isinstance(level.size, int) and level.size):
        return error
    held = [o._value if isinstance(o, Tensor) else o for o in operands]
    each = {name: _raw_entry(v, level, 0) for name, v in params.items()}
    try:
        level.inside.apply(rule, tuple(_entry(o, level, 0) for o in held), each)
    except (ValueError, TypeError, IndexError) as found:
        return found
    return error


def is_many(*values: Any) -> bool:
    """Whether some of the values stand for many inputs, one for each."""
    if not MODE.get() & BATCHING:
        return False
    return any(is_batched(getattr(v, "_value", None)) for v in values)


def _gathered(name: str, one: Callable[[int], Any], level: Level) -> Any:
    if not isinstance(level.size, int):
        raise TraceError(
            compose(
                f"vmap: {name} runs on one input at a time, and there are {level.size}: a size "
                "has no number here.",
                where=user_position(),
                mend="give example inputs: closed_form(f, a, b)",
            )
        )
    tell_slow(name)
    found = [one(k) for k in range(level.size)]
    if found and isinstance(found[0], tuple):
        columns = zip(*found, strict=True)
        return tuple(_side_by_side(name, list(column), level) for column in columns)
    return _side_by_side(name, found, level)


def _entry(value: Any, level: Level, k: int) -> Any:
    if not isinstance(value, Batched):
        return value
    return level.inside.getitem(value.data, index=k) if value.mapped else value.data


def _raw_entry(value: Any, level: Level, k: int) -> Any:
    if isinstance(value, tuple):
        return tuple(_raw_entry(v, level, k) for v in value)
    if not isinstance(value, Batched) or value.level is not level:
        return value
    return value.raw[k] if value.mapped else value.raw


def _side_by_side(name: str, found: list[Any], level: Level) -> Batched:
    shapes = {tuple(t.shape) for t in found}
    if len(shapes) != 1:
        shown = ", ".join(map(str, sorted(shapes))) or "none, for there is no input"
        raise ShapeError(
            compose(
                f"vmap: {name} gives a result of another shape for another input: {shown}.",
                where=user_position(),
                mend="keep all entries, and choose with sg.where; or map the function in a loop",
            )
        )
    return Batched(level.inside.stack(*found, axis=0), level, True)


def tell_slow(name: str) -> None:
    """Warn, once a line, that something runs on one input at a time."""
    position = user_position()
    warnings.warn_explicit(
        f"vmap: {name} has no way to run on many inputs at once: it runs on one at a time, at "
        f"{position}.",
        PerformanceWarning,
        position.file or "<unknown>",
        position.line,
        registry=_TOLD,  # the default filter tells once a line
    )
