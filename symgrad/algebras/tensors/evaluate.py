"""The numbers of an expression at given sizes, by NumPy; above ``constructors`` in ``tensors``.

One pass over the shared nodes, each computed once and let go after its last use.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import sympy

from symgrad.algebras.numpy_adapter import NUMPY
from symgrad.algebras.tensors.carrier import Expression
from symgrad.algebras.tensors.constructors import POWER
from symgrad.algebras.tensors.gathering import Gathering
from symgrad.algebras.tensors.ir import (
    Add,
    Ein,
    Leaf,
    Map,
    Node,
    Op,
    Slot,
    reachable,
    slots_in,
    text_of,
)
from symgrad.errors import GraphError, ShapeError, compose
from symgrad.grammar.primitive import REGISTRY

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def evaluate(
    expression: Expression | Node,
    sizes: Mapping[Any, int] | None = None,
    values: Mapping[Any, Any] | None = None,
) -> Any:
    """The array that an expression stands for.

    Takes   sizes: an int for each symbol in the shapes; values: an array for each leaf, by the
            leaf's Expression or its node.
    Gives   a NumPy array of the expression's shape.
    Raises  GraphError for a leaf or a symbol without a value, ShapeError for an array that does
            not have its leaf's sizes.

    >>> from sympy import Symbol
    >>> from symgrad.algebras.tensors import leaf
    >>> n = Symbol("n", integer=True, positive=True)
    >>> x = leaf("x", (n,))
    >>> print(evaluate(x * x / n, {n: 2}, {x: [2.0, 4.0]}))
    [2. 8.]
    """
    run = _Run(sizes or {}, values or {})
    if isinstance(expression, Node):
        return run.value(expression)
    shape = tuple(map(run.number, expression.shape))
    return np.reshape(run.value(expression.node), shape)


class _Run:
    """One evaluation: sizes, leaves, and the values that are still needed."""

    def __init__(self, sizes: Mapping[Any, int], values: Mapping[Any, Any]) -> None:
        self.sizes = {symbol: int(n) for symbol, n in sizes.items()}
        self.leaves = {
            (key.node if isinstance(key, Expression) else key): value
            for key, value in values.items()
        }
        self.numbers: dict[Any, Any] = {}
        self.several: dict[Any, tuple[Any, ...]] = {}
        self.readers: dict[type, Callable[[Any, Any, list[Any]], Any]] = {
            Leaf: self.leaf, Ein: self.ein, Add: self.add, Map: self.map, Op: self.op,
        }  # fmt: skip

    def value(self, root: Node) -> Any:
        nodes = reachable([root])
        uses = Counter(arg for node in nodes for arg in node.args)
        held: dict[Node, Any] = {}
        # Masked branches compute what nobody reads; their warnings mean nothing here.
        with np.errstate(all="ignore"):
            for node in nodes:
                arrays = [held[arg] for arg in node.args]
                held[node] = self.readers[type(node.data)](node, node.data, arrays)
                for arg in node.args:
                    uses[arg] -= 1
                    if not uses[arg]:
                        del held[arg]
        return held[root]

    def number(self, value: Any) -> Any:
        """A size, a coefficient or an exponent as a Python number."""
        if not isinstance(value, sympy.Basic):
            return value
        found = self.numbers.get(value)
        if found is None:
            at = value.subs(self.sizes) if value.free_symbols else value
            if at.free_symbols:
                raise GraphError(
                    compose(
                        f"the size {at} has no value.",
                        mend=f"give evaluate a number for {', '.join(map(str, at.free_symbols))}",
                    )
                )
            # Integers keep an index an index; beyond 64 bits NumPy has floats alone.
            small = at.is_Integer and abs(at) < 2**63
            found = self.numbers[value] = int(at) if small else _as_float(at)
        return found

    def shape(self, sizes: tuple[Any, ...]) -> tuple[int, ...]:
        """How far each index runs: n - 2 is no place at all where n is 1."""
        return tuple(max(self.number(n), 0) for n in sizes)

    # one method a kind of node ------------------------------------------------------------------

    def leaf(self, node: Node, data: Leaf, arrays: list[Any]) -> Any:
        if node not in self.leaves:
            raise GraphError(
                compose(
                    f"the leaf {data.letter} has no value.",
                    mend=f"give evaluate an array for {data.letter}",
                )
            )
        value, shape = np.asarray(self.leaves[node]), self.shape(node.sizes)
        if tuple(n for n in value.shape if n != 1) != tuple(n for n in shape if n != 1):
            raise ShapeError(f"{data.letter} has the shape {value.shape}, its formula {shape}")
        return value.reshape(shape)

    def ein(self, node: Node, data: Ein, arrays: list[Any]) -> Any:
        coef = self.number(data.coef)
        if data.equations:
            return coef * self.gathered(data, arrays)
        shape = self.shape(node.sizes)
        if not arrays:
            product: Any = np.asarray(float(coef))
            carried: tuple[int, ...] = ()
        else:
            present = {i for spec in data.specs for i in spec}
            carried = tuple(dict.fromkeys(i for i in data.out if i in present))
            product = _contracted(arrays, data.specs, carried)
            product = product if data.coef is sympy.S.One else product * coef
        full = tuple(dict.fromkeys(data.out))  # carried, with what is broadcast among it
        dims = self.shape(tuple(data.dims[i] for i in full))
        stood = tuple(n if i in carried else 1 for i, n in zip(full, dims, strict=True))
        spread = np.broadcast_to(np.reshape(product, stood), dims)
        if len(full) == len(data.out):
            return spread
        made = np.zeros(shape, dtype=spread.dtype)
        # A writeable view of the diagonal: NumPy's einsum gives one for repeated letters.
        np.einsum(made, list(data.out), list(full))[...] = spread
        return made

    def gathered(self, data: Ein, arrays: list[Any]) -> Any:
        equations = [
            (tuple((i, self.number(c)) for i, c in eq.terms), self.number(eq.offset))
            for eq in data.equations
        ]
        return Gathering(self.shape(data.dims), equations).result(
            arrays,
            data.specs,
            data.out,
            lambda found, specs, out: _contracted(found, tuple(specs), out),
        )

    def add(self, node: Node, data: Add, arrays: list[Any]) -> Any:
        total: Any = None
        for coef, array in zip(data.coefs, arrays, strict=True):
            array = array.astype(float) if array.dtype == bool else array
            term = array if coef is sympy.S.One else array * self.number(coef)
            total = term if total is None else total + term
        return total

    def map(self, node: Node, data: Map, arrays: list[Any]) -> Any:
        params = self.params(data.params, arrays)
        if data.word == POWER and arrays[0].dtype.kind in "iu" and params["exponent"] < 0:
            arrays = [arrays[0].astype(float)]  # NumPy refuses 2**-1 of integers
        return np.asarray(_called(data.word, arrays, params))

    def op(self, node: Node, data: Op, arrays: list[Any]) -> Any:
        full = [np.reshape(a, self.shape(s)) for a, s in zip(arrays, data.shapes, strict=True)]
        params = self.params(data.params, full)
        operands = full[: len(full) - slots_in(data.params)]
        if data.role == "path":
            rule = REGISTRY[data.word].path_rule
            assert rule is not None
            value = rule(NUMPY, *operands, **params)
            return np.reshape(value, self.shape(node.sizes)) if value is not None else np.asarray(0)
        if data.part is None:
            value = _called(data.word, operands, params)
        else:
            key = (data.word, text_of(data.params), node.args)
            if key not in self.several:
                self.several[key] = _called(data.word, operands, params)
            value = self.several[key][data.part]
        return np.reshape(value, self.shape(node.sizes))

    def params(self, params: tuple[tuple[str, Any], ...], arrays: list[Any]) -> dict[str, Any]:
        return {name: self.thawed(value, arrays) for name, value in params}

    def thawed(self, value: Any, arrays: list[Any]) -> Any:
        """A parameter with numbers for sizes and arrays for slots."""
        if isinstance(value, Slot):
            return arrays[value.place]
        if isinstance(value, (tuple, list)):
            return type(value)(self.thawed(v, arrays) for v in value)
        if isinstance(value, slice):
            parts = (value.start, value.stop, value.step)
            return slice(*(self.thawed(v, arrays) for v in parts))
        return self.number(value)


def _as_float(value: Any) -> float:
    """A SymPy number as a float; 1/0, which has no sign, as nan."""
    return float(value) if value.is_extended_real else float("nan")


def _called(word: str, operands: list[Any], params: dict[str, Any]) -> Any:
    """A word's forward: its rule's, or NumPy's own for one that is no rule."""
    rule = REGISTRY.get(word)
    if rule is None:
        return getattr(NUMPY, word)(*operands, **params)
    return rule.forward(NUMPY, *operands, **params)


def _contracted(arrays: list[Any], specs: tuple[tuple[int, ...], ...], out: tuple[int, ...]) -> Any:
    # Beyond 52 letters opt_einsum goes on with these characters.
    letters = {i: _LETTERS[i] if i < 52 else chr(140 + i) for spec in specs for i in spec}
    text = ",".join("".join(letters[i] for i in spec) for spec in specs)
    numbers = [a.astype(float) if a.dtype == bool else a for a in arrays]
    return NUMPY.einsum(*numbers, spec=text + "->" + "".join(letters[i] for i in out))
