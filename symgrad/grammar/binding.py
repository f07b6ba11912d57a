"""Sorting a call's arguments into a rule's operands and parameters; imported by primitives."""

from __future__ import annotations

import difflib
from typing import Any

from symgrad.grammar.spelling import DIALECTS, Spelling

Bound = tuple[tuple[Any, ...], dict[str, Any]]


def bind(
    rule: Any, args: tuple[Any, ...], kwargs: dict[str, Any], spelling: Spelling | None
) -> Bound:
    """Operands in the rule's order, and every parameter by its canonical name.

    Takes   rule: a Primitive; spelling: the name it was called by, whose dialect says what its
            parameters are called (none: PyTorch's).
    Raises  TypeError for an argument that is missing, doubled or unknown, naming the nearest.
    """
    named = _renamed(rule, kwargs, spelling)
    if rule.variadic:
        return args, _parameters(rule, {}, named)
    operands, rest = list(args[: len(rule.operands)]), args[len(rule.operands) :]
    for name in rule.operands[len(operands) :]:
        if name not in named:
            raise TypeError(f"{rule.name}() misses {name!r}: {rule.name}{rule.__signature__}")
        operands.append(named.pop(name))
    return tuple(operands), _parameters(rule, _positional(rule, rest), named)


def _positional(rule: Any, rest: tuple[Any, ...]) -> dict[str, Any]:
    """Parameters by place; sizes and axes may stand apart, as in ``x.reshape(2, 3)``."""
    names = rule.parameters
    apart = names and names[0] in ("shape", "axes") and rest and isinstance(rest[0], int)
    if names and (apart or len(rest) > len(names)):
        return {names[0]: tuple(rest)}
    if len(rest) > len(names):
        raise TypeError(f"{rule.name}() takes fewer positional arguments: {rule.__signature__}")
    return dict(zip(names, rest, strict=False))


def _parameters(rule: Any, positional: dict[str, Any], named: dict[str, Any]) -> dict[str, Any]:
    params = {**rule.defaults, **positional}
    for name, value in named.items():
        if name not in rule.parameters:
            near = difflib.get_close_matches(name, (*rule.operands, *rule.parameters), 1)
            hint = f"; did you mean {near[0]!r}?" if near else f": {rule.__signature__}"
            raise TypeError(f"{rule.name}() takes no {name!r}{hint}")
        if name in positional:
            raise TypeError(f"{rule.name}() got {name!r} twice")
        params[name] = value
    missing = ", ".join(name for name in rule.required if name not in params)
    if missing:
        raise TypeError(f"{rule.name}() misses {missing}: {rule.name}{rule.__signature__}")
    for name, value in params.items():
        if isinstance(value, list) and name != "index":
            params[name] = tuple(value)
    return params


def _renamed(rule: Any, kwargs: dict[str, Any], spelling: Spelling | None) -> dict[str, Any]:
    names = DIALECTS["torch"] if spelling is None else spelling.renames
    out = dict(spelling.fixed) if spelling is not None else {}
    for name, value in kwargs.items():
        known = name in rule.parameters or name in rule.operands
        canonical = name if known else names.get(name, name)
        if canonical == "axes" and "axes" not in rule.parameters:
            canonical = "axis"  # torch.flip says dims where torch.sum says dim
        if canonical in ("input", "other") and rule.operands:
            canonical = rule.operands[0 if canonical == "input" else -1]
        out[canonical] = value
    return out
