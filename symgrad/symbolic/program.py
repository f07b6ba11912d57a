"""A program as a formula's maker sees it: what to lower, and how to run it at a point.

One comes from a trace with numbers, one from a function and sizes; both give the same expression
and can be run again, which is what every formula is checked against.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sympy

from symgrad.algebras.devices import to_host
from symgrad.algebras.tensors import TENSORS, Expression
from symgrad.algebras.tensors.constructors import leaf as leaf_node
from symgrad.algebras.tensors.ir import Op, reachable
from symgrad.errors import NoClosedForm, SymgradError, compose
from symgrad.grammar.kind import Kind
from symgrad.symbolic.rewriting.cost import rebuilt
from symgrad.symbolic.variables import assigned_names
from symgrad.tracing.autograd import new_leaf
from symgrad.tracing.node import Leaf, Node, is_number, shape_of
from symgrad.tracing.tensor import Tensor, leaf_of
from symgrad.tracing.traced import TRACED
from symgrad.tracing.walks import operand_value, replay

Run = Callable[[Mapping[str, Any]], "tuple[Tensor, dict[str, Tensor]]"]


@dataclass
class Program:
    """What was traced, as one expression over letters.

    ``values`` holds the numbers of letters that have some; ``known`` the names that the program
    itself gave to its values; ``run`` computes the result again from numbers by letter.
    """

    root: Expression
    letters: dict[str, Expression]
    wrt: list[str]
    run: Run
    values: dict[str, Any] = field(default_factory=dict)
    constants: dict[str, Any] = field(default_factory=dict)
    known: dict[Any, str] = field(default_factory=dict)
    steps: list[tuple[Node, Expression]] = field(default_factory=list)


def letter(
    name: str, shape: Sequence[Any], facts: Sequence[str], kind: str = "float"
) -> Expression:
    """An input as an expression: its letter, its sizes and what is known of it."""
    squeezed = tuple(n for n in shape if n != 1)
    return Expression(leaf_node(name, squeezed, tuple(sorted(facts))), tuple(shape), kind)


_KINDS = {"f": "float", "i": "int", "u": "int", "b": "bool"}


class Traced:
    """Lowers a recorded trace: its leaves become letters, its arrays constants."""

    def __init__(self, names: Mapping[Any, str], facts: Mapping[str, Sequence[str]]) -> None:
        self.values: dict[Any, Any] = {}
        self.letters: dict[str, Expression] = {}
        self.constants: dict[str, Any] = {}
        self.names = names
        for item, name in names.items():
            self.values[item] = self._leaf(item, name, facts.get(name, ()))

    def _leaf(self, item: Any, name: str, facts: Sequence[str]) -> Any:
        shape = shape_of(item.form)
        if is_number(item):
            number = to_host(item.value).ravel()[0].item()  # all entries are this one
            return TENSORS.full(number, shape) if shape else number
        sizes: Sequence[Any] = shape
        if isinstance(item, Leaf) and item.dims is not None:
            sizes = [
                1 if n == 1 else sympy.Symbol(d, integer=True, positive=True)
                for d, n in zip(item.dims, shape, strict=True)
            ]
        form = item.form[1] if type(item.form) is tuple else np.dtype(item.form)
        made = letter(name, sizes, facts, _KINDS.get(np.dtype(str(form)).kind, "float"))
        self.letters[name] = made
        return made

    def lower(self, nodes: Sequence[Node]) -> None:
        """Give every node its expression.

        Raises  NoClosedForm, naming the rule and the line, for one that has no formula.
        """
        for node in nodes:
            operands = tuple(operand_value(o, self.values) for o in node.operands)
            if node.rule.kind is Kind.OPAQUE:
                raise no_formula(node, "it is opaque")
            given = {k: v for k, v in node.params.items() if k != "path"}
            params = {k: self._held(v) for k, v in _counted_from_start(node, given).items()}
            try:
                self.values[node] = TENSORS.apply(node.rule, operands, params)
            except NoClosedForm as error:
                raise no_formula(node, str(error)) from error
            except SymgradError as error:
                if any(getattr(item, "dims", None) for item in self.names):
                    raise _fixed_sizes(node, error) from error
                raise
            except (NotImplementedError, ValueError) as error:
                raise no_formula(node, str(error)) from error

    def _held(self, value: Any) -> Any:
        """A parameter with a letter for each array of numbers in it."""
        arrays = isinstance(value, tuple) and any(map(_is_array, value))
        if arrays:
            return tuple(self._held(v) for v in value)
        array = np.asarray(to_host(value)) if _is_array(value) else None
        if array is None or array.dtype.kind == "b" or array.ndim == 0 or _is_even(array):
            return value if array is None else array
        name = _fresh_constant(self.letters)
        made = letter(name, array.shape, (), "int")
        self.letters[name] = made
        self.constants[name] = array
        return made


def _fresh_constant(taken: Container[str]) -> str:
    """The first of c0, c1, ... that is free."""
    return next(name for k in itertools.count() if (name := f"c{k}") not in taken)


def with_constants(
    root: Expression, letters: Mapping[str, Expression]
) -> tuple[Expression, dict[str, Expression], dict[str, Any]]:
    """The expression with a letter c0, c1, ... for each array of numbers that it holds.

    Gives   the expression, these letters, and their values.
    """
    made: dict[Any, Any] = {}
    found: dict[str, Expression] = {}
    values: dict[str, Any] = {}
    for node in reachable([root.node]):
        if isinstance(node.data, Op) and node.data.word == "asarray":
            array = dict(node.data.params)["value"]
            name = _fresh_constant({*letters, *found})
            kind = _KINDS.get(array.dtype.kind, "float")
            found[name] = letter(name, array.shape, (), kind)
            values[name] = array
            made[node] = found[name].node
        else:
            made[node] = rebuilt(node, [made[a] for a in node.args])
    return Expression(made[root.node], root.shape, root.kind), found, values


def _counted_from_start(node: Node, params: dict[str, Any]) -> dict[str, Any]:
    """Arrays of places, those that count from the end of their axis as they are from its start."""
    index = params.get("index")
    if index is None:
        return params
    shape = params.get("shape") or node.shapes[0]
    if "axis" in params:
        return {**params, "index": _positive(index, shape[params["axis"]])}
    parts = index if isinstance(index, tuple) else (index,)
    taking = sum(_axes_of(p) for p in parts if p is not Ellipsis)
    made, axis = [], 0
    for part in parts:
        made.append(_positive(part, shape[axis]) if _is_array(part) else part)
        axis += len(shape) - taking if part is Ellipsis else _axes_of(part)
    return {**params, "index": tuple(made)}


def _axes_of(part: Any) -> int:
    """How many axes a part of an index takes: a mask as many as it has."""
    if part is None:
        return 0
    kind = getattr(part, "dtype", None)
    return part.ndim if kind is not None and "bool" in str(kind) else 1


def _positive(places: Any, size: int) -> Any:
    array = np.asarray(to_host(places))
    return np.where(array < 0, array + size, array) if array.dtype.kind == "i" else places


def _is_array(value: Any) -> bool:
    listed = isinstance(value, list) and len(value) > 0
    return listed or hasattr(value, "shape")


def _is_even(array: Any) -> bool:
    """Whether integers run as a slice does: then they are no array of their own."""
    if array.ndim != 1 or array.size < 2:
        return bool(array.ndim == 1)
    steps = np.diff(array)
    return bool((steps == steps[0]).all() and steps[0] != 0 and (array >= 0).all())


def as_written(node: Node) -> str:
    """An operation's name, as the user's own line has it where that can be read."""
    rule, line = node.rule, node.position.source
    spelled = [s.name.rpartition(".")[2] for s in rule.spellings]
    return next((name for name in [rule.name, *spelled] if name in line), rule.name)


def _first_line(text: str) -> str:
    return next(iter(text.splitlines()), "it gives no reason")


def no_formula(node: Node, why: str) -> NoClosedForm:
    """The refusal of one operation, with what can still be had."""
    return NoClosedForm(
        compose(
            f"{as_written(node)} has no closed form: {_first_line(why)}",
            where=node.position,
            mend="the numbers still work: backward() and sg.crosscheck; "
            "notation='element' prints what one entry of a small example is",
        )
    )


def _fixed_sizes(node: Node, error: Exception) -> NoClosedForm:
    return NoClosedForm(
        compose(
            f"{as_written(node)}: the program used a size's number, and dims= gives it a name: "
            f"{_first_line(str(error))}",
            where=node.position,
            mend='give the function and its sizes: closed_form(f, X="n d"), or leave out dims',
        )
    )


def again(nodes: Sequence[Node], root: Any, names: Mapping[Any, str], wrt: Sequence[str]) -> Run:
    """A way to run a trace again, on other numbers of its letters, in float64."""

    def run(values: Mapping[str, Any]) -> tuple[Tensor, dict[str, Tensor]]:
        fresh: dict[Any, Any] = {}
        tensors: dict[str, Tensor] = {}
        for item, name in names.items():
            value = values[name] if name in values else to_host(item.value)
            tensors[name] = fresh[item] = number_tensor(value, name in wrt)
        made = replay(list(nodes), fresh, TRACED)
        return made[root], tensors

    return run


def widened(value: Any) -> Any:
    """An array in float64, where a formula and its program are compared (integers stay)."""
    raw = np.asarray(to_host(value))
    return raw.astype(np.float64) if raw.dtype.kind == "f" else raw


def number_tensor(value: Any, wanted: bool) -> Tensor:
    """A leaf in float64 (integers stay), which requires grad where that is wanted."""
    raw = widened(value)
    return new_leaf(raw if raw.shape else raw[()], wanted and raw.dtype.kind == "f")


def names_in_program(values: Mapping[Any, Any], nodes: Sequence[Node]) -> dict[Any, str]:
    """The program's own names of expressions, by their node."""
    found: dict[Any, str] = {}
    for node, name in assigned_names(nodes).items():
        value = values.get(node)
        if isinstance(value, Expression) and name not in found.values():
            found.setdefault(value.node, name)
    return found


def steps_of(nodes: Sequence[Node], values: Mapping[Any, Any]) -> list[tuple[Node, Expression]]:
    """The operations of a trace in order, each with its expression."""
    return [(n, values[n]) for n in nodes if isinstance(values.get(n), Expression)]


def expression_of(y: Tensor, values: Mapping[Any, Any]) -> Expression:
    """The expression of a result."""
    made = values[leaf_of(y)]
    return made if isinstance(made, Expression) else TENSORS.full(made, tuple(y.shape))
