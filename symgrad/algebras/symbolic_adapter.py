"""The tensors algebra as a backend: what tracing asks of arrays, answered by formulas.

Found by ``backends`` for a value that is a formula; SymPy loads with it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from symgrad.algebras.elements import exact
from symgrad.algebras.tensors import constructors
from symgrad.algebras.tensors.algebra import Tensors
from symgrad.algebras.tensors.carrier import (
    KINDS,
    Expression,
    held,
    is_truth,
    lift,
    number,
    rationalised,
)
from symgrad.errors import AxisError, DtypeError, ShapeError, TraceError, compose, user_position
from symgrad.grammar.kind import Kind, reduced_shape
from symgrad.grammar.primitive import Primitive

Params = dict[str, Any]

_OF_NUMBERS = frozenset(("add", "subtract", "negative"))
_ALONG = (Kind.REDUCTION, Kind.SCAN, Kind.CONTRACTION, Kind.SELECTION)
_MOVING = (Kind.REINDEXING, Kind.SELECTION)


class Symbolic(Tensors):
    """Rules over formulas whose dtypes are known: numbers, integers and truths.

    The nodes are those of the tensors algebra; only the dtypes are looked after here.
    """

    name = "symbolic"
    symbolic = True
    namespace = np  # its names of dtypes

    def apply(self, rule: Primitive, operands: tuple[Any, ...], params: Params) -> Any:
        if rule.word in _OF_NUMBERS:
            _refuse_truths(rule, operands)
        if rule.kind in _ALONG and params.get("axis") is not None:
            _refuse_axes(params["axis"], len(getattr(operands[0], "shape", ())))
        value = super().apply(rule, operands, params)
        if not isinstance(value, Expression):
            return value
        kind = _kind(rule, operands)
        return value if kind is None else Expression(value.node, value.shape, kind)

    run = apply

    def taken_in(self, value: Any) -> Any:
        """A raw operand as a formula: arrays as they are, numbers of SymPy made exact."""
        if isinstance(value, (Expression, bool, int, float)):
            return value
        return held(value) if hasattr(value, "dtype") else number(value)

    def number_of(self, value: Any) -> Any:
        """A number as SymPy has it: floats as the fractions they stand for, whole ones as ints."""
        found = exact(rationalised(value._sympy_() if hasattr(value, "_sympy_") else value))
        return int(found) if found.is_Integer else found

    def python_number(self, value: Any) -> int | float | None:
        """A number of SymPy's as Python has it; None for what sizes stand in."""
        found = value._sympy_() if hasattr(value, "_sympy_") else value
        if not (getattr(found, "is_number", False) and found.is_real):
            return None
        return int(found) if found.is_Integer else float(found)

    def cast(self, x: Any, *, dtype: Any) -> Expression:
        """The same values as numbers, integers or truths.

        Raises  TraceError for numbers that would be cut off to integers.
        """
        value, kind = lift(x), _kind_named(dtype)
        own = _kind_named(value.dtype)
        if kind == own:
            return value
        if kind == "bool":
            return self.not_equal(value, 0)  # type: ignore[no-any-return]
        if kind == "int" and own == "float":
            raise TraceError(
                compose(
                    "numbers cut off to integers have no formula.",
                    where=user_position(),
                    mend='say that an input holds integers: y="int n"',
                )
            )
        return Expression(super().cast(value, dtype=dtype).node, value.shape, kind)

    def asarray(self, value: Any, *, dtype: Any = None, device: Any = None) -> Expression:
        """A formula of a number, an array, or itself, with its entries taken as a dtype's."""
        array = getattr(value, "ndim", 0) and not isinstance(value, Expression)
        made = held(value) if array else lift(value)
        return made if dtype is None else Expression(made.node, made.shape, _kind_named(dtype))

    def argmax(self, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
        """The places of the largest entries, which stay a name."""
        return self._places("argmax", x, axis, keepdims)

    def argmin(self, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
        """The places of the smallest entries, which stay a name."""
        return self._places("argmin", x, axis, keepdims)

    def _places(self, word: str, x: Any, axis: Any, keepdims: bool) -> Any:
        x = lift(x)
        shape = reduced_shape(x.shape, axis, keepdims)
        params = {"axis": axis, "keepdims": keepdims}
        node = constructors.opaque(word, params, [x.node], [x.shape], shape)
        return Expression(node, shape)


def _kind(rule: Primitive, operands: tuple[Any, ...]) -> str | None:
    """The dtype of a rule's result; None where the result knows it."""
    if is_truth(rule.word):
        return "bool"
    if rule.projection or rule.word == "cast":
        return None
    if not rule.integers:
        return "float"
    kinds = {
        _kind_named(o.dtype) if isinstance(o, Expression) else type(o).__name__
        for o, domain in zip(operands, _domains(rule, len(operands)), strict=True)
        if domain.dtype == "float"
    }
    if kinds <= {"bool"} and (rule.kind in _MOVING or rule.word == "multiply"):
        return "bool"
    return "int" if kinds <= {"int", "bool"} else "float"


def _refuse_axes(axis: Any, ndim: int) -> None:
    axes = axis if isinstance(axis, tuple) else (axis,)
    for a in axes:
        if not -max(ndim, 1) <= a < max(ndim, 1):
            raise AxisError(f"axis {a} is out of bounds for array of dimension {ndim}")
    if len({a % max(ndim, 1) for a in axes}) < len(axes):
        raise ShapeError(f"an axis is named twice in {axes}")


def _refuse_truths(rule: Primitive, operands: tuple[Any, ...]) -> None:
    """NumPy joins truths by a sum, and refuses their difference; a formula would count."""
    if all(getattr(o, "dtype", None) == KINDS["bool"] for o in operands):
        raise DtypeError(
            f"{rule.name}() of truths counts in a formula: write p | q, or p.double() to count"
        )


def _domains(rule: Primitive, count: int) -> list[Any]:
    last = len(rule.domains) - 1
    return [rule.domains[min(i, last)] for i in range(count)]


def _kind_named(dtype: Any) -> str:
    return {"b": "bool", "i": "int", "u": "int"}.get(np.dtype(dtype).kind, "float")


SYMBOLIC = Symbolic()
