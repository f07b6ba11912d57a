"""A closed form: expressions, lets, conditions, and what a person does with them."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import sympy as sp

from symgrad.algebras.devices import to_host
from symgrad.algebras.elements import element_name, exact, symbol
from symgrad.errors import NoClosedForm, ShapeError
from symgrad.symbolic.arguments import refuse_digits
from symgrad.symbolic.code import element_code
from symgrad.symbolic.evaluation import values_at
from symgrad.symbolic.latex import formula_latex
from symgrad.symbolic.lets import parts, weight
from symgrad.symbolic.lowering import Branch
from symgrad.symbolic.notation.mathml import condition_mathml, element, expression_mathml
from symgrad.symbolic.text import formula_text
from symgrad.tracing.tensor import Tensor

#: The most parts that ``sympy()`` writes out in full, and the most levels.
_WHOLE, _LEVELS = 20_000, 200


class ClosedForm(ABC):
    """A formula of a traced program, made by ``sg.closed_form``; ``print`` shows it.

    Every notation has ``text``, ``latex``, ``mathml``, ``sympy``, ``evaluate``, ``lets``,
    ``holds_when``, ``guards``, ``letters``, ``constants``, ``shape`` and ``wrt``; ``notation`` says
    which it is, ``timings`` the seconds that each stage of making it took, ``checked`` whether it
    was compared with reverse mode where both have values.

    >>> x = sg.tensor(2.0, requires_grad=True)
    >>> sg.closed_form(x**3 + x, x).latex()
    '3 x^{2} + 1'
    """

    notation = "element"
    shape: tuple[Any, ...]
    letters: Mapping[str, tuple[Any, ...]]
    branches: tuple[Branch, ...]
    incomplete: tuple[str, ...]
    timings: dict[str, float]
    checked = False

    @abstractmethod
    def text(self, alphabet: str = "unicode") -> str:
        """The formula with its lets and conditions."""

    @abstractmethod
    def latex(self) -> str:
        """The formula as LaTeX, for math mode."""

    @property
    def holds_when(self) -> Any:
        """The branches that the program took, and what simplifying assumed, as a SymPy condition.

        True where there is nothing. Where branches are not known, a symbol of that name stands for
        them: never true in silence.
        """
        unknown = (sp.Symbol(line) for line in self._unknown)
        return sp.And(*(b.condition for b in self.branches), *self._assumed(), *unknown)

    def _assumed(self) -> list[Any]:
        """What simplifying assumed, as SymPy conditions."""
        return []

    @property
    def _taken(self) -> list[Branch]:
        return [b for b in self.branches if b.condition is not sp.true]

    @property
    def _unknown(self) -> list[str]:
        return [f"incomplete: branched at {line}" for line in self.incomplete]

    def _refuse_letters(self, values: Mapping[str, Any]) -> None:
        for name in values:
            if name not in self.letters:
                known = ", ".join(self.letters) or "none"
                raise TypeError(f"evaluate() knows no letter {name!r}; the letters are {known}")

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return self.text()

    def _repr_latex_(self) -> str:
        return f"${self.latex()}$"


class ElementForm(ClosedForm):
    """A formula in element notation: one SymPy expression an entry, sharing kept by lets.

    Made by ``sg.closed_form``; ``print`` shows it. ``shape`` is the result's, ``letters`` the
    shape of every letter, ``wrt`` the letters it is differentiated in, ``constants`` the arrays
    that the trace held, ``lets`` what t1, t2, ... stand for, ``guards`` the lines where the program
    branched.

    >>> x = sg.tensor(2.0, requires_grad=True)
    >>> cf = sg.closed_form(x**3 + x, x); cf
    3*x**2 + 1
    >>> cf.evaluate(x=1), cf.latex()
    (4.0, '3 x^{2} + 1')
    """

    def __init__(
        self,
        expressions: Sequence[Any],
        shape: tuple[int, ...],
        *,
        lets: Mapping[sp.Symbol, Any],
        branches: Sequence[Branch],
        dropped: Sequence[str],
        values: Mapping[str, Any],
        letters: Mapping[str, tuple[int, ...]],
        wrt: tuple[str, ...],
        constants: Mapping[str, Any],
    ) -> None:
        self.expressions = tuple(expressions)
        self.shape = shape
        self.lets: Mapping[sp.Symbol, Any] = MappingProxyType(dict(lets))
        self.branches = tuple(branches)
        self.incomplete = tuple(dropped)
        self.letters: Mapping[str, tuple[int, ...]] = MappingProxyType(dict(letters))
        self.wrt = wrt
        self.constants = dict(constants)
        self._values = dict(values)
        self.timings = {}
        conditions = [(b.condition, b.line) for b in self._taken]
        self._text = formula_text(self.expressions, shape, self.lets, conditions, dropped)

    @property
    def guards(self) -> tuple[str, ...]:
        """One line for each branch: the condition, and the user's line."""
        return (*(f"{b.condition}   ({b.line})" for b in self.branches), *self._unknown)

    def text(self, alphabet: str = "unicode") -> str:
        """The formula with its lets and conditions; element notation has one alphabet."""
        return self._text

    def code(self, language: str = "python") -> str:
        """The formula as a function of NumPy arrays, as text that needs nothing but NumPy."""
        return element_code(self, language)

    def mathml(self) -> str:
        """The formula as presentation MathML, lets written out; conditions follow."""
        whole = self.sympy()
        if self.shape:  # an array of more axes has a row for each of their places
            rows = math.prod(self.shape[:-1])
            whole = sp.Matrix(rows, self.shape[-1], list(sp.flatten(whole)))
            whole = whole.T if len(self.shape) == 1 else whole
        taken = [condition_mathml(b.condition) for b in self._taken]
        return "\n".join([element(expression_mathml(whole)), *taken])

    def latex(self) -> str:
        """The formula as LaTeX, for math mode."""
        conditions = [b.condition for b in self._taken]
        return formula_latex(self.expressions, self.shape, self.lets, conditions)

    def sympy(self) -> Any:
        """The formula as SymPy holds it, lets written out.

        Gives   an expression where the shape is (), else an ``ImmutableDenseNDimArray``.
        Raises  NoClosedForm where writing the lets out would make it huge; ``lets`` still works.
        """
        self._refuse_huge()
        back: dict[Any, Any] = {}
        for let, meaning in self.lets.items():
            back[let] = meaning.xreplace(back)
        whole = [e.xreplace(back) for e in self.expressions]
        return whole[0] if not self.shape else sp.ImmutableDenseNDimArray(whole, self.shape)

    def _refuse_huge(self) -> None:
        sizes: dict[Any, int] = {}
        levels: dict[Any, int] = {}
        for let, meaning in self.lets.items():
            sizes[let] = sum(sizes.get(p, 1) for p in parts(meaning))
            below = [levels.get(p, 0) for p in meaning.free_symbols]
            levels[let] = 1 + max(below, default=0)
        total = sum(sizes.get(p, 1) for e in self.expressions for p in parts(e))
        if total > _WHOLE or max(levels.values(), default=0) > _LEVELS:
            raise NoClosedForm(
                f"written out without lets the formula has {total:,} parts; "
                f"use .expressions with .lets, which share them"
            )

    def evaluate(self, *, digits: int | None = None, **values: Any) -> Any:
        """The formula's value.

        Takes   digits: None for floats, else how many digits are to be right; values: numbers by
                letter; letters left out keep the values that were traced.
        Gives   a float or an array; with ``digits`` SymPy numbers (nested lists, by shape).
        Raises  TypeError for a letter that is not there, or one whose value is not known;
                ShapeError for a value that does not fit; ValueError for digits below 1.

        >>> x = sg.tensor(2.0, requires_grad=True, name="x")
        >>> sg.closed_form(x.sqrt()).evaluate(digits=30)
        1.41421356237309504880168872421
        """
        refuse_digits(digits)
        numbers = self.numbers(17 if digits is None else digits, values)
        if digits is not None:
            return in_digits(numbers, self.shape, digits)
        floats = np.array([n if isinstance(n, bool) else float(n) for n in numbers])
        return floats.reshape(self.shape) if self.shape else floats[0].item()

    def numbers(
        self, digits: int, values: Mapping[str, Any] | None = None, *, as_meant: bool = False
    ) -> list[Any]:
        """The entries' values in order, as mpmath numbers, ``digits`` of them right.

        Takes   as_meant: read the point's floats as the formula reads its constants, 0.7 as 7/10.
        """
        point = self._point(values or {})
        if as_meant:
            point = {letter: exact(value) for letter, value in point.items()}
        return values_at(self.lets, self.expressions, point, digits)

    def _point(self, values: Mapping[str, Any]) -> dict[sp.Symbol, Any]:
        self._refuse_letters(values)
        point: dict[sp.Symbol, Any] = {}
        for name, shape in self.letters.items():
            given = values.get(name, self._values.get(name))
            if given is None:
                raise TypeError(f"evaluate() needs {name}: its array is gone")
            array = _array(given)
            if array.shape != shape:
                raise ShapeError(f"{name} has the shape {shape}; the value has {array.shape}")
            for place in np.ndindex(*shape):
                point[symbol(element_name(name, place))] = _plain(array[place])
        return point


def _array(value: Any) -> np.ndarray[Any, Any]:
    if isinstance(value, Tensor):
        value = to_host(value._value)
    return value if isinstance(value, np.ndarray) else np.array(value, dtype=object)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, (np.generic, np.ndarray)) else value


def in_digits(numbers: Sequence[Any], shape: tuple[int, ...], digits: int) -> Any:
    """Entries in order as SymPy's numbers: nested lists of a shape, or the one of shape ()."""
    made: np.ndarray[Any, Any] = np.empty(len(numbers), dtype=object)
    made[:] = [_sympy_number(n, digits) for n in numbers]
    return made.reshape(shape).tolist() if shape else made[0]


def _sympy_number(number: Any, digits: int) -> Any:
    """An mpmath number or a truth value, as SymPy holds it."""
    if isinstance(number, bool):
        return sp.true if number else sp.false
    if number != number:
        return sp.nan
    if abs(number) == float("inf"):
        return sp.oo if number > 0 else -sp.oo
    return sp.Float(number._mpf_, digits)


def shortest(expression: Any, limit: int = 60) -> str:
    """An expression for a message, cut where it is long."""
    text = str(expression) if weight(expression, limit) < limit else "(a long expression)"
    return text[:limit]
