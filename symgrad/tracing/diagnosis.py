"""From an array library's complaint to one clear error in the rule's own letters."""

from __future__ import annotations

import re
from typing import Any

from symgrad.errors import (
    AxisError,
    DeviceError,
    DtypeError,
    Position,
    ShapeError,
    SymgradError,
    compose,
)
from symgrad.grammar.kind import Kind, broadcast_shape
from symgrad.grammar.primitive import Primitive
from symgrad.tracing.node import Leaf, Node
from symgrad.tracing.tensor import Tensor

#: One operand of a signature such as ``a[.., i, k] * b[.., k, j]``.
_TERM = re.compile(r"(\w+)\[([^\]]*)\]")


def diagnose(
    rule: Primitive,
    operands: tuple[Any, ...],
    params: dict[str, Any],
    error: Exception,
    where: Position,
) -> Exception:
    """The error to raise for ``error``, which computing the rule gave."""
    if isinstance(error, SymgradError):
        if isinstance(error, (DeviceError, DtypeError)) and "\n" not in str(error):
            return type(error)(compose(str(error), rows(rule, operands), where=where))
        return error
    heading = f"{rule.name}({', '.join(rule.operands)}{_shown(params)})"
    kind: type[SymgradError] = ShapeError
    if (isinstance(error, IndexError) and not isinstance(error, ValueError)) or type(
        error
    ).__name__ == "AxisError":
        kind = AxisError
    elif isinstance(error, TypeError):
        kind = DtypeError
    why = _why(rule, operands) or str(error).rstrip(".")
    given = [("rule", rule.signature_text)] if rule.signature_text else []
    return kind(
        compose(
            f"{heading}: {why}.",
            [*given, *rows(rule, operands)],
            mend=_mend(rule, operands),
            where=where,
        )
    )


def _shown(params: dict[str, Any]) -> str:
    shown = {k: v for k, v in params.items() if k != "path"}
    return "".join(f", {k}={v!r}" for k, v in shown.items())[:60]


def rows(rule: Primitive, operands: tuple[Any, ...]) -> list[tuple[str, str]]:
    """One line an operand: dtype, shape, device, and the line that made it."""
    out = []
    for i, operand in enumerate(operands[:6]):
        name = rule.operand_name(i) if not rule.variadic else f"{rule.operands[-1]}[{i}]"
        if isinstance(operand, Tensor):
            made = operand.node.position if isinstance(operand.node, (Node, Leaf)) else None
            place = f"   {made}" if made is not None and made.code is not None else ""
            out.append((name, f"{operand.dtype.name} {tuple(operand.shape)}{place}"))
        elif hasattr(operand, "shape"):
            out.append((name, f"{operand.dtype} {tuple(operand.shape)}   (array)"))
        else:
            out.append((name, repr(operand)[:60]))
    return out


def _shapes(operands: tuple[Any, ...]) -> list[tuple[int, ...]]:
    return [tuple(getattr(o, "shape", ())) for o in operands]


def _why(rule: Primitive, operands: tuple[Any, ...]) -> str:
    shapes = _shapes(operands)
    if rule.kind is Kind.ELEMENTWISE and len(shapes) > 1:
        try:
            broadcast_shape(*shapes)
        except ValueError as error:
            return f"the shapes do not broadcast: {error}"
    clash = _clash(rule, shapes)
    if clash is not None:
        letter, first, n, second, m, _ = clash
        return f"the sizes of {letter} differ: {letter} is {n} in {first}, {m} in {second}"
    return ""


def _mend(rule: Primitive, operands: tuple[Any, ...]) -> str:
    clash = _clash(rule, _shapes(operands))
    if clash is None:
        return ""
    return f"give {clash[3]} the shape {clash[5]}"


def _clash(rule: Primitive, shapes: list[tuple[int, ...]]) -> Any:
    """The first letter of the rule's signature that two operands give different sizes."""
    sizes: dict[str, tuple[str, int]] = {}
    for (name, letters), shape in zip(_TERM.findall(rule.signature_text), shapes, strict=False):
        names = [part.strip() for part in letters.split(",") if part.strip() != ".."]
        tail = shape[len(shape) - len(names) :]
        for place, (letter, n) in enumerate(zip(names, tail, strict=False)):
            first, m = sizes.setdefault(letter, (name, n))
            if m != n:
                at = len(shape) - len(names) + place
                wanted = (*shape[:at], m, *shape[at + 1 :])
                return letter, first, m, name, n, wanted
    return None
