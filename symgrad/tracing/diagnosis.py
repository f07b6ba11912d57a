"""From an array library's complaint to one clear error in the rule's own letters."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from symgrad.algebras.backends import is_formula
from symgrad.errors import (
    AxisError,
    DtypeError,
    Position,
    ShapeError,
    SymgradError,
    TraceError,
    compose,
)
from symgrad.grammar.kind import Kind, broadcast_shape
from symgrad.grammar.primitive import Primitive
from symgrad.tracing.node import Leaf, Node
from symgrad.tracing.tensor import Tensor

#: One operand of a signature such as ``a[.., i, k] * b[.., k, j]``.
_TERM = re.compile(r"(\w+)\[([^\]]*)\]")


class LinAlgError(SymgradError, RuntimeError, np.linalg.LinAlgError):
    """A matrix that has no answer: singular, or beyond what the algorithm converges for."""


def diagnose(
    rule: Primitive,
    operands: tuple[Any, ...],
    params: dict[str, Any],
    error: Exception,
    where: Position,
) -> Exception:
    """The error to raise for ``error``, which computing the rule gave."""
    if isinstance(error, TypeError) and any(words in str(error) for words in _ASKS):
        return _asks_for_numbers(rule, operands, params, where)
    why, mend = "", ""
    if not isinstance(error, SymgradError) or _is_about_names(operands, error):
        why, mend = _told(rule, operands, error)
        if not why and _is_about_names(operands, error):
            why, mend = _uneven(rule, operands, params)
    if isinstance(error, SymgradError) and not why:
        if "\n" not in str(error):
            return type(error)(compose(str(error), rows(rule, operands), where=where))
        return error if "\n  at " in str(error) else _placed(error, where)
    heading = f"{rule.name}({', '.join(rule.operands)}{_shown(params)})"
    kind = LinAlgError if why == _SINGULAR else _class_of(error)
    given = [("rule", rule.signature_text)] if rule.signature_text else []
    return kind(
        compose(
            f"{heading}: {why or str(error).rstrip('.')}.",
            [*given, *rows(rule, operands)],
            mend=mend,
            where=where,
        )
    )


def _placed(error: SymgradError, where: Position) -> SymgradError:
    """An error with the user's line, which an algebra does not know; any other as it is."""
    what, mend, rest = str(error).partition("\n  mend ")
    if type(error) is not TraceError or not mend:
        return error
    return TraceError(f"{compose(what, where=where)}{mend}{rest}")


def refuse_clash(rule: Primitive, operands: tuple[Any, ...]) -> None:
    """Raise ShapeError where sizes do not fit the letters of the rule's signature."""
    if _clash(rule, _shapes(operands)) is not None:
        raise ShapeError(f"{rule.name}: the sizes do not fit")


def refuse_uneven(rule: Primitive, value: Any) -> None:
    """Raise ShapeError where a reshape gives a size that is whole at some sizes only, as n / 2."""
    if rule.word == "reshape" and any(_may_be_broken(n) for n in value.shape):
        broken = next(n for n in value.shape if _may_be_broken(n))
        raise ShapeError(f"reshape: the size {broken} need not be a whole number")


def _may_be_broken(size: Any) -> bool:
    return not isinstance(size, int) and not size.is_integer


def _uneven(rule: Primitive, operands: tuple[Any, ...], params: dict[str, Any]) -> tuple[str, str]:
    """Why a reshape of a formula does not go, where -1 stands for a size that is no whole one."""
    shape = params.get("shape")
    if rule.word != "reshape" or not isinstance(shape, tuple) or shape.count(-1) != 1:
        return "", ""
    total = math.prod(operands[0].shape)
    rest = math.prod(n for n in shape if n != -1)
    if isinstance(total, int) and isinstance(rest, int):
        return f"{total} entries do not divide by {rest}", ""
    names = sorted(map(str, total.free_symbols)) if not isinstance(total, int) else ["n"]
    return (
        f"{total} entries need not divide by {rest}",
        f'name a size that does, such as "{rest}*{names[-1]}" for "{names[-1]}"',
    )


#: What SymPy says where a rule asks a size for its number.
_ASKS = ("truth value of Relational", "Cannot convert symbols to int", "Cannot convert expression")


def _asks_for_numbers(
    rule: Primitive, operands: tuple[Any, ...], params: dict[str, Any], where: Position
) -> TraceError:
    return TraceError(
        compose(
            f"{rule.name}({', '.join(rule.operands)}{_shown(params)}) needs the numbers that its "
            "sizes stand for.",
            rows(rule, operands),
            where=where,
            mend="give example inputs: closed_form(f, a, b)",
        )
    )


def _is_about_names(operands: tuple[Any, ...], error: Exception) -> bool:
    """Whether an algebra of formulas complains of shapes: they are told in the rule's letters."""
    names = any(isinstance(o, Tensor) and is_formula(o._value) for o in operands)
    return names and isinstance(error, ShapeError) and not isinstance(error, AxisError)


def _class_of(error: Exception) -> type[SymgradError]:
    index = isinstance(error, IndexError) and not isinstance(error, ValueError)
    if index or type(error).__name__ == "AxisError" or "zero-size array" in str(error):
        return AxisError
    if isinstance(error, TypeError) or "negative integer powers" in str(error):
        return DtypeError
    return ShapeError


def _shown(params: dict[str, Any]) -> str:
    shown = "".join(f", {k}={_brief(v)}" for k, v in params.items() if k != "path")
    return shown if len(shown) <= 60 else f"{shown[:57]}..."


def _brief(value: Any) -> str:
    """A parameter in a few letters: of an array, what it is and not what it holds."""
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"{value.dtype} {tuple(value.shape)}"
    if isinstance(value, tuple):
        inner = ", ".join(_brief(v) for v in value)
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, slice):
        ends = ["" if v is None else str(v) for v in (value.start, value.stop)]
        return ":".join(ends if value.step is None else [*ends, str(value.step)])
    return "..." if value is Ellipsis else repr(value)


def rows(rule: Primitive, operands: tuple[Any, ...]) -> list[tuple[str, str]]:
    """One line an operand: dtype, shape, device off the CPU, and the line that made it."""
    out = []
    for i, operand in enumerate(operands[:6]):
        name = rule.operand_name(i) if not rule.variadic else f"{rule.operands[-1]}[{i}]"
        if isinstance(operand, Tensor):
            made = operand.node.position if isinstance(operand.node, (Node, Leaf)) else None
            place = f"   {made}" if made is not None and made.code is not None else ""
            form = f"{operand.dtype.name} {tuple(operand.shape)}{_where(operand._value)}"
            out.append((name, f"{form}{place}"))
        elif hasattr(operand, "shape"):
            form = f"{operand.dtype} {tuple(operand.shape)}{_where(operand)}"
            out.append((name, f"{form}   (array)"))
        else:
            out.append((name, repr(operand)[:60]))
    return out


def _where(value: Any) -> str:
    """The device of a raw value, where it is not the CPU."""
    number = getattr(getattr(value, "device", None), "id", None)
    return "" if number is None else f", cuda:{number}"


def _shapes(operands: tuple[Any, ...]) -> list[tuple[int, ...]]:
    return [tuple(getattr(o, "shape", ())) for o in operands]


def _told(rule: Primitive, operands: tuple[Any, ...], error: Exception) -> tuple[str, str]:
    """Why, in the rule's own letters, and the mend; empty where the library's words must do."""
    shapes = _shapes(operands)
    if rule.kind is Kind.ELEMENTWISE and len(shapes) > 1:
        try:
            broadcast_shape(*shapes)
        except ValueError as clash:
            return f"the shapes do not broadcast: {clash}", ""
    found = _clash(rule, shapes)
    if found is not None:
        return found
    if isinstance(error, np.linalg.LinAlgError):
        if "singular" in str(error).lower():
            name = rule.operands[0]
            return _SINGULAR, f"add a little to the diagonal: {name} + 1e-6 * sg.eye(n)"
        return "", ""
    if "negative integer powers" in str(error):
        return "integers to negative powers are no integers", "take floats: x.double() ** -1"
    return "", ""


_SINGULAR = "the matrix is singular: it has no inverse"


def _clash(rule: Primitive, shapes: list[tuple[int, ...]]) -> tuple[str, str] | None:
    """The first letter of the rule's signature that is given different sizes, and the mend."""
    sizes: dict[str, tuple[str, int]] = {}
    terms = _terms(rule.signature_text, shapes)
    for k, ((name, listed), shape) in enumerate(zip(terms, shapes, strict=False)):
        letters = [part.strip() for part in listed.split(",") if part.strip() != ".."]
        if len(shape) == len(letters) - 1 and len(terms) > 1 and len(set(letters)) > 1:
            letters = letters[1:] if k == 0 else letters[:1]  # a vector: the sum's letter stays
        if len(shape) < len(letters):
            return f"{name} is {len(shape)}-dimensional; it takes {len(letters)} axes or more", ""
        lead = len(shape) - len(letters)
        for place, (letter, n) in enumerate(zip(letters, shape[lead:], strict=True)):
            first, m = sizes.setdefault(letter, (name, n))
            if m != n and first == name:
                return f"{name} must be square: its sizes are {m} and {n}", ""
            if m != n:
                at = lead + place
                return (
                    f"the sizes of {letter} differ: {letter} is {m} in {first}, {n} in {name}",
                    f"give {name} the shape {(*shape[:at], m, *shape[at + 1 :])}",
                )
    return None


def _terms(signature: str, shapes: list[tuple[int, ...]]) -> list[tuple[str, str]]:
    """The operands of a signature; of several signatures (``or``) the one of these ranks."""
    choices = [_TERM.findall(choice) for choice in signature.split(" or ")]
    for terms in choices:
        listed = [letters.split(",") for _, letters in terms]
        pairs = list(zip(listed, shapes, strict=False))
        if all(len(names) == len(shape) for names, shape in pairs if ".." not in names[0]):
            return terms
    return choices[0]
