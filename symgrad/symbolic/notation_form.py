"""A closed form in index or matrix notation, and what a person does with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import sympy as sp

from symgrad.algebras.numpy_adapter import NUMPY
from symgrad.algebras.precise import Precise
from symgrad.algebras.tensors import Expression
from symgrad.algebras.tensors.ir import Node
from symgrad.errors import NoClosedForm
from symgrad.symbolic.arguments import (
    as_array,
    refuse_digits,
    refuse_fractions,
    refuse_places_outside,
    shape_text,
    sizes_read,
)
from symgrad.symbolic.code import notation_code
from symgrad.symbolic.form import ClosedForm, in_digits
from symgrad.symbolic.latex import expression_latex
from symgrad.symbolic.lowering import Branch
from symgrad.symbolic.notation import sympy_form
from symgrad.symbolic.notation.latex import condition_latex
from symgrad.symbolic.notation.latex import latex as tree_latex
from symgrad.symbolic.notation.mathml import condition_mathml
from symgrad.symbolic.notation.mathml import mathml as tree_mathml
from symgrad.symbolic.notation.reader import inferable
from symgrad.symbolic.notation.text import write, write_condition
from symgrad.symbolic.notation.tree import Tree
from symgrad.symbolic.notation.values import value as tree_value
from symgrad.symbolic.printed import Let, Printed


class NotationForm(ClosedForm):
    """A formula at any size: ``str``, ``latex``, ``mathml``, ``sympy``, ``code``, ``evaluate``."""

    def __init__(
        self,
        expression: Expression,
        printed: Printed,
        *,
        letters: Mapping[str, Expression],
        values: Mapping[str, Any],
        constants: Mapping[str, Any],
        wrt: tuple[str, ...],
        branches: Sequence[Branch] = (),
        dropped: Sequence[str] = (),
    ) -> None:
        self.expression = expression
        self.printed = printed
        self.notation = printed.notation
        self.shape = tuple(expression.shape)
        self.letters = {name: tuple(e.shape) for name, e in letters.items()}
        self.wrt = wrt
        self.constants = dict(constants)
        self.branches = tuple(branches)
        self.incomplete = tuple(dropped)
        self.note = printed.note
        self.timings: dict[str, float] = {}
        self.inputs = dict(letters)
        self._values = dict(values)

    # what it says -------------------------------------------------------------------------------

    @property
    def indices(self) -> tuple[str, ...]:
        """The free indices of the entry that index notation shows; none in matrix notation."""
        return self.printed.indices

    @property
    def lets(self) -> Mapping[str, str]:
        """What t1, t2, ... stand for, as text."""
        return {_left(let): self._write(let.tree, let.node) for let in self.printed.lets}

    def _assumed(self) -> list[Any]:
        return [self._condition(c) for c in (*self.printed.conditions, *self.printed.implied)]

    def _condition(self, tree: Tree) -> Any:
        try:
            made = sympy_form.indexed(tree, self._sizes_by_letter())
            # A relation is a number there, 1 or 0: what is wanted is the relation itself.
            return made.args[0][1] if isinstance(made, sp.Piecewise) else sp.Ne(made, 0)
        except NoClosedForm:
            # SymPy has no determinant of a bare letter: the words stand for it, never true.
            return sp.Symbol(write_condition(tree))

    @property
    def guards(self) -> tuple[str, ...]:
        """One line for each branch, and for each condition of the simplified formula."""
        lines = [f"{b.condition}   ({b.line})" for b in self.branches]
        lines += [write_condition(c) for c in self.printed.conditions]
        return (*lines, *self._unknown)

    def _write(self, tree: Tree, node: Node, alphabet: str = "unicode") -> str:
        sized = self.notation == "matrix" and not inferable(
            tree, self._sizes_by_letter(), tuple(node.sizes)
        )
        return write(tree, alphabet, sized=sized)

    def _sizes_by_letter(self) -> dict[str, tuple[Any, ...]]:
        found = {name: tuple(e.node.sizes) for name, e in self.inputs.items()}
        found.update({let.name: tuple(let.node.sizes) for let in self.printed.lets})
        return found

    def text(self, alphabet: str = "unicode") -> str:
        """The formula with its lets and conditions.

        Takes   alphabet: "unicode", or "ascii" for plain characters.
        """
        lines = [self._write(self.printed.tree, self.expression.node, alphabet)]
        if lines[0] == "0" and self.shape:
            lines[0] = f"0   of shape {shape_text(self.shape)}"
        lets = [
            f"{_left(let)} = {self._write(let.tree, let.node, alphabet)}"
            for let in self.printed.lets
        ]
        lines += _listed("where", lets)
        lines += _listed("when", [write_condition(c, alphabet) for c in self.printed.conditions])
        lines += _listed("when", [f"{b.condition}   ({b.line})" for b in self._taken])
        lines += [f"  {line}" for line in self._unknown]
        lines += [f"  {self.note}"] if self.note else []
        return "\n".join(lines)

    def latex(self) -> str:
        """The formula as LaTeX, for math mode."""
        out = tree_latex(self.printed.tree)
        lines = [f"{tree_latex(_left_tree(let))} &= {tree_latex(let.tree)}"
                 for let in self.printed.lets]  # fmt: skip
        if lines:
            inner = r" \\ ".join(lines)
            out += rf" \quad\text{{where}}\quad \begin{{aligned}}{inner}\end{{aligned}}"
        held = [condition_latex(c) for c in self.printed.conditions]
        held += [expression_latex(b.condition) for b in self._taken]
        if held:
            out += r" \quad\text{when}\quad " + r" \wedge ".join(held)
        return out

    def code(self, language: str = "python") -> str:
        """The formula as a function of NumPy arrays, as text that needs nothing but NumPy."""
        return notation_code(self, language)

    def mathml(self) -> str:
        """The formula as presentation MathML; lets and conditions follow, an element each."""
        equations = [
            Tree("relation", (_left_tree(let), let.tree), "==") for let in self.printed.lets
        ]
        taken = [b.condition for b in self._taken]
        lines = [tree_mathml(tree) for tree in (self.printed.tree, *equations)]
        return "\n".join([*lines, *map(condition_mathml, (*self.printed.conditions, *taken))])

    def sympy(self) -> Any:
        """The formula as SymPy holds it, lets written out.

        Gives   index notation: an expression in ``Indexed`` and ``Sum``; matrix notation: a
                ``MatrixExpr``, or a scalar.
        Raises  NoClosedForm where SymPy has no form for it.
        """
        sizes = self._sizes_by_letter()
        if self.notation == "index":
            whole = sympy_form.indexed(self.printed.tree, sizes)
            for let in reversed(self.printed.lets):
                whole = _written_out(whole, let, sizes)
            return whole
        whole = sympy_form.matrix(self.printed.tree, sizes)
        for let in reversed(self.printed.lets):
            symbol = sympy_form.matrix(Tree("letter", value=let.name), sizes)
            whole = whole.subs(symbol, sympy_form.matrix(let.tree, sizes))
        return whole

    # numbers ------------------------------------------------------------------------------------

    def evaluate(self, *, digits: int | None = None, dtype: Any = None, **values: Any) -> Any:
        """The formula's value.

        Takes   digits: None for floats, else how many digits are to be right; dtype: of floats,
                float64 or float32; values: arrays by letter; letters left out keep the values that
                were traced; sizes follow from the arrays.
        Gives   a float or an array of ``shape``; with ``digits`` SymPy numbers (nested lists).
        Raises  TypeError for a letter that is not there, or that has no value; ShapeError for a
                value that does not fit; DtypeError for floats as labels, AxisError for labels
                outside of what they pick from; ValueError for digits below 1.
        """
        refuse_digits(digits)
        arrays, sizes = self.point(values, dtype)
        if digits is None:
            found = self.numbers_at(arrays, sizes, NUMPY)
            found = found if dtype is None else found.astype(dtype)
            return found if found.shape else found.item()
        found = self.numbers_at(arrays, sizes, Precise(digits + 10))
        return in_digits(found.ravel(), found.shape, digits)

    def point(
        self, values: Mapping[str, Any], dtype: Any = None
    ) -> tuple[dict[str, Any], dict[Any, int]]:
        """Arrays by letter without axes of size 1, and the sizes that they have."""
        self._refuse_letters(values)
        given: dict[str, Any] = {}
        for name, shape in self.letters.items():
            value = values.get(name, self._values.get(name, self.constants.get(name)))
            if value is None:
                raise TypeError(f"evaluate() needs a value for {name}, of {shape_text(shape)}")
            array = as_array(value)
            refuse_fractions(name, self.inputs[name], array)
            wanted = dtype is not None and array.dtype.kind == "f"
            given[name] = array.astype(dtype) if wanted else array
        sizes = sizes_read(self.letters, {name: array.shape for name, array in given.items()})
        arrays = {name: self._without_ones(name, array) for name, array in given.items()}
        refuse_places_outside(self.expression.node, arrays, sizes)
        return arrays, sizes

    def _without_ones(self, name: str, array: Any) -> Any:
        """The array without axes of declared size 1: one that is 1 by chance is an axis."""
        pairs = zip(array.shape, self.letters[name], strict=True)
        return array.reshape(tuple(n for n, size in pairs if size != 1))

    def numbers_at(self, arrays: Mapping[str, Any], sizes: Mapping[Any, int], algebra: Any) -> Any:
        """The array of the printed formula, its lets first, at given arrays and sizes."""
        held = {n: _lifted(a, algebra) for n, a in arrays.items()}
        named = {str(symbol): n for symbol, n in sizes.items()}
        with np.errstate(all="ignore"):
            for let in self.printed.lets:
                held[let.name] = _value(let.tree, let.indices, let.node, held, named, algebra)
            found = _value(
                self.printed.tree, self.indices, self.expression.node, held, named, algebra
            )
        return found.reshape(tuple(_number(n, sizes) for n in self.shape))


def _value(
    tree: Tree,
    indices: Sequence[str],
    node: Node,
    held: Mapping[str, Any],
    sizes: Mapping[str, int],
    algebra: Any,
) -> Any:
    counts = [_number(n, {}, sizes) for n in node.sizes]
    pairs = list(zip(indices, counts, strict=False))
    found = np.asarray(tree_value(tree, held, sizes, indices=pairs, algebra=algebra))
    return np.broadcast_to(found, tuple(counts)) if found.shape != tuple(counts) else found


def _lifted(array: Any, algebra: Any) -> Any:
    if algebra is NUMPY or array.dtype.kind in "iub":
        return array
    return algebra.lift(array).data


def _number(size: Any, sizes: Mapping[Any, int], named: Mapping[str, int] | None = None) -> int:
    if not isinstance(size, sp.Basic):
        return int(size)
    at = {s: sizes[s] if s in sizes else (named or {})[s.name] for s in size.free_symbols}
    return int(size.subs(at))


def _left(let: Let) -> str:
    return write(_left_tree(let))


def _left_tree(let: Let) -> Tree:
    letter = Tree("letter", value=let.name)
    if not let.indices:
        return letter
    return Tree("entry", (letter, *(Tree("index", value=i) for i in let.indices)))


def _written_out(whole: Any, let: Let, sizes: Mapping[str, Any]) -> Any:
    """A let replaced by what it stands for, its indices by those that stand at it."""
    meaning = sympy_form.indexed(let.tree, sizes)
    if not let.indices:
        return whole.subs(sympy_form.indexed(Tree("letter", value=let.name), sizes), meaning)
    names = [sp.Symbol(i, integer=True) for i in let.indices]
    found = {
        part: _fresh(meaning, k).subs(
            dict(zip(names, part.indices, strict=True)), simultaneous=True
        )
        for k, part in enumerate(sorted(whole.atoms(sp.Indexed), key=str))
        if str(part.base.label) == let.name
    }
    return whole.xreplace(found)


def _fresh(meaning: Any, k: int) -> Any:
    """A meaning with sums over indices of its own, which nothing around it has."""
    for total in sorted(meaning.atoms(sp.Sum), key=sp.default_sort_key):
        for bound in total.variables:
            if "_" not in bound.name:
                fresh = sp.Symbol(f"{bound.name}_{k}", integer=True)
                meaning = meaning.xreplace({bound: fresh})
    return meaning


def _listed(word: str, items: list[str]) -> list[str]:
    blank = " " * len(word)
    return [f"  {word if k == 0 else blank} {item}" for k, item in enumerate(items)]
