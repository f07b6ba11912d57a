"""The tensors algebra: rules read over expressions with symbolic sizes; one method a kind.

Which word is more than a name is said in the tables below; all else stays opaque under its word,
with the shape that its rule declares. Numbers come back through ``evaluate``.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import sympy

from symgrad.algebras.elements import exact
from symgrad.algebras.tensors import constructors
from symgrad.algebras.tensors.carrier import (
    Expression,
    Shape,
    leaf,
    lift,
    shape_of,
    spread,
    squeezed,
)
from symgrad.algebras.tensors.derivative import gradient
from symgrad.algebras.tensors.ir import Map, Slot
from symgrad.algebras.tensors.products import (
    contracted,
    letters_of,
    lopsided,
    product,
    rearranged,
    refuse_spreading,
)
from symgrad.errors import AxisError, ShapeError
from symgrad.grammar import operators
from symgrad.grammar.algebra import Algebra
from symgrad.grammar.kind import broadcast_shape, reduced_axes, reduced_shape
from symgrad.grammar.plan import Cotangents
from symgrad.grammar.primitive import REGISTRY, Primitive, infer_shape

Params = dict[str, Any]
_FRESH = itertools.count()

#: Sums of the operands: one coefficient each.
SUMS: dict[str, tuple[int, ...]] = {
    "add": (1, 1), "subtract": (1, -1), "negative": (-1,), "clone": (1,), "detach": (1,),
}  # fmt: skip

#: Products of the operands: one exponent each.
PRODUCTS: dict[str, tuple[Any, ...]] = {
    "multiply": (1, 1), "divide": (1, -1), "reciprocal": (-1,), "square": (2,),
    "sqrt": (sympy.Rational(1, 2),),
}  # fmt: skip

#: Reductions that say no more than their formula in other words does.
WORDED = frozenset({"mean"})

#: Contractions in which an axis of size 1 broadcasts also where it is summed.
SPREADING = frozenset({"einsum"})

#: Elementwise words whose entries are true or false; a cast makes them 1 and 0.
TRUTHS = frozenset(
    ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal",
     "logical_and", "logical_or", "logical_not", "isnan", "isinf", "isfinite")
)  # fmt: skip


class Tensors(Algebra):
    """Rules over Expressions: the result holds at every size.

    >>> from sympy import Symbol
    >>> from symgrad.algebras.tensors import leaf
    >>> n = Symbol("n", integer=True, positive=True)
    >>> x, y = leaf("x", (n,)), leaf("y", (n,))
    >>> (x * y + y * x).node is (2 * (y * x)).node
    True
    """

    name = "tensors"
    pi, e, inf = sympy.pi, sympy.E, sympy.oo

    def __init__(self) -> None:
        self._natives: dict[str, Callable[..., Any]] = {
            word: getattr(self, word)
            for word in ("sum", "power", "power_number", "broadcast_to", "permute", "expand_dims",
                         "squeeze", "cast", "to_device", "component")
        }  # fmt: skip

    def apply(self, rule: Primitive, operands: tuple[Any, ...], params: Params) -> Any:
        native = self._natives.get(rule.word)
        if native is not None:
            return native(*operands, **params)
        return getattr(self, rule.kind.value)(rule, operands, params)

    # one method a kind ------------------------------------------------------------------------

    def elementwise(self, rule: Primitive, operands: tuple[Any, ...], params: Params) -> Expression:
        """A sum, a product, or the rule's name over operands of one shape."""
        values = [lift(o) for o in operands]
        shape = _broadcast(rule.name, values)
        if rule.word in SUMS:
            nodes = [spread(v, shape) for v in values]
            return Expression(constructors.add(SUMS[rule.word], nodes), shape)
        if rule.word in PRODUCTS:
            return product(values, PRODUCTS[rule.word], shape)
        nodes = [spread(v, shape) for v in values]
        return Expression(constructors.mapped(rule.word, params, nodes), shape)

    def reduction(self, rule: Primitive, operands: tuple[Any, ...], params: Params) -> Any:
        """The formula where it is made of words, else the rule's name."""
        if rule.word in WORDED:
            return rule.formula_of(self, tuple(map(lift, operands)), params)
        if rule.shape_rule is not None:
            return self._named(rule, operands, params)
        axis, keepdims = params.get("axis"), params.get("keepdims", False)
        shape = reduced_shape(lift(operands[0]).shape, axis, keepdims)
        return self._named(rule, operands, params, shape)

    def scan(self, rule: Primitive, operands: tuple[Any, ...], params: Params) -> Any:
        """The rule's name; the shape is the operand's where none is declared."""
        own = None if rule.shape_rule is not None else lift(operands[0]).shape
        return self._named(rule, operands, params, own)

    def contraction(self, rule: Primitive, operands: tuple[Any, ...], params: Params) -> Any:
        """The einsum that the rule declares; one that is none keeps its name."""
        if rule.einsum_rule is None:
            return self._named(rule, operands, params)
        values = [lift(o) for o in operands]
        spec = rule.einsum_rule(tuple(v.ndim for v in values), **params)
        letters, out = letters_of(rule.name, spec, values)
        if any(lopsided(term, v.shape) for term, v in zip(letters, values, strict=True)):
            return self._named(rule, operands, params)
        if rule.word not in SPREADING:
            refuse_spreading(rule.name, letters, out, values)
        return contracted(rule.name, letters, out, values)

    def reindexing(self, rule: Primitive, operands: tuple[Any, ...], params: Params) -> Any:
        """An einsum where the rule declares one, else its name."""
        return self.contraction(rule, operands, params)

    def selection(self, rule: Primitive, operands: tuple[Any, ...], params: Params) -> Any:
        """The rule's name over its operands and the integers that its path computes."""
        return self._named(rule, operands, self.path_params(rule, operands, params))

    def factorisation(self, rule: Primitive, operands: tuple[Any, ...], params: Params) -> Any:
        """The rule's name."""
        return self._named(rule, operands, params)

    def path_params(self, rule: Primitive, operands: tuple[Any, ...], params: Params) -> Params:
        """The parameters with the rule's path among them: integers that stay a name."""
        if rule.path_rule is None or "path" in params:
            return params
        values = [lift(o) for o in operands]
        return {**params, "path": _opaque(rule.word, values, params, values[0].shape, role="path")}

    def _named(
        self,
        rule: Primitive,
        operands: tuple[Any, ...],
        params: Params,
        shape: Shape | None = None,
    ) -> Any:
        values = [lift(o) for o in operands]
        if shape is None:
            shapes = tuple(v.shape for v in values)
            shape = infer_shape(rule, shapes, params)
        if not rule.outputs:
            return _opaque(rule.word, values, params, shape)
        return tuple(_opaque(rule.word, values, params, own, part=k) for k, own in enumerate(shape))

    def transpose_of(self, pull: Callable[[Any], Any], y: Any, t: Any) -> Any:
        """The transpose of a linear ``pull``, at ``t``: the gradient of <pull(g), t> in g."""
        several = isinstance(y, tuple)
        outputs = y if several else (y,)
        # Fresh letters, which no result keeps: the pull is linear in them.
        held = [leaf(f"cotangent {next(_FRESH)}", part.shape) for part in outputs]
        t = lift(t)
        pulled = spread(pull(Cotangents(held) if several else held[0]), t.shape)
        found = [
            Expression(gradient(self, pulled, t.node, g.node), part.shape)
            for g, part in zip(held, outputs, strict=True)
        ]
        return Cotangents(found) if several else found[0]

    # words that are no more than an einsum, or nothing ----------------------------------------

    def sum(self, x: Any, *, axis: Any = None, keepdims: bool = False) -> Expression:
        """Sum over axes: an einsum whose result lacks their indices."""
        x = lift(x)
        gone = reduced_axes(axis, x.ndim)
        kept = tuple(a for a in range(x.ndim) if a not in gone)
        made = rearranged(x, kept, tuple(x.shape[a] for a in kept))
        return Expression(made.node, reduced_shape(x.shape, axis, keepdims))

    def permute(self, x: Any, *, axes: Sequence[int]) -> Expression:
        """The same entries with the axes in another order."""
        x = lift(x)
        order = tuple(_axis(a, x.ndim) for a in axes)
        if sorted(order) != list(range(x.ndim)):
            raise ShapeError(f"permute: axes {tuple(axes)} do not order {x.ndim} axes")
        return rearranged(x, order, tuple(x.shape[a] for a in order))

    def expand_dims(self, x: Any, *, axis: Any) -> Expression:
        """The same entries with new axes of size 1."""
        x = lift(x)
        axes = axis if isinstance(axis, tuple) else (axis,)
        ndim = x.ndim + len(axes)
        new = {_axis(a, ndim) for a in axes}
        old = iter(x.shape)
        return Expression(x.node, tuple(1 if a in new else next(old) for a in range(ndim)))

    def squeeze(self, x: Any, *, axis: Any = None) -> Expression:
        """The same entries without axes of size 1."""
        x = lift(x)
        if axis is None:
            return Expression(x.node, squeezed(x.shape))
        gone = reduced_axes(axis, x.ndim)
        shape = tuple(n for a, n in enumerate(x.shape) if a not in gone or n != 1)
        return Expression(x.node, shape)

    def broadcast_to(self, x: Any, *, shape: Any) -> Expression:
        """The same entries, repeated along new axes and those of size 1."""
        shape = shape_of(shape)
        return Expression(spread(lift(x), shape), shape)

    def power(self, a: Any, b: Any) -> Any:
        """A power; by a number it is one of the products."""
        base, exponent = lift(a), lift(b)
        number = constructors.constant_of(exponent.node)
        if number is not None and not exponent.node.sizes:
            shape = _broadcast("power", [base, exponent])
            return Expression(constructors.power(base.node, number), shape)
        return self.elementwise(REGISTRY["power"], (base, exponent), {})

    def power_number(self, x: Any, *, exponent: Any) -> Any:
        """A power by a number."""
        return self.power(x, exponent)

    def cast(self, x: Any, *, dtype: Any) -> Expression:
        """The same values; those that are true or false become 1 or 0."""
        value = lift(x)
        data = value.node.data
        if isinstance(data, Map) and data.word in TRUTHS:
            made = constructors.mapped("cast", {"dtype": "float64"}, (value.node,))
            return Expression(made, value.shape)
        return value

    def to_device(self, x: Any, *, device: Any) -> Expression:
        """The same values: formulas live nowhere."""
        return lift(x)

    def component(self, x: Any, *, k: int, n: int) -> Any:
        """One output of a rule with several."""
        return x[k]

    def copy_of(self, x: Any) -> Expression:
        """The same value: expressions never change."""
        return lift(x)

    # creation -----------------------------------------------------------------------------------

    def ratio(self, p: Any, q: Any) -> Any:
        """The number p/q, exactly."""
        return exact(p) / exact(q)

    def full(self, number: Any, shape: Any) -> Expression:
        """One number in every entry."""
        shape = shape_of(shape)
        return Expression(constructors.constant(number, squeezed(shape)), shape)

    def zeros(self, shape: Any, *, like: Any) -> Expression:
        return self.full(0, shape)

    def ones(self, shape: Any, *, like: Any) -> Expression:
        return self.full(1, shape)

    def zeros_like(self, x: Any) -> Expression:
        return self.full(0, lift(x).shape)

    def ones_like(self, x: Any) -> Expression:
        return self.full(1, lift(x).shape)

    def eye(self, n: Any, *, like: Any) -> Expression:
        """The identity matrix: one index that stands twice in the result."""
        shape = shape_of((n, n))
        sizes = squeezed(shape)
        out = (0,) * len(sizes)
        return Expression(constructors.ein(1, (), (), out, sizes[:1]), shape)

    def arange(self, n: Any, *, like: Any) -> Expression:
        """The integers 0 to n - 1."""
        return _opaque("arange", [], {"n": n, "like": 0.0}, (n,))

    def argsort(self, x: Any, *, axis: int = -1, descending: bool = False) -> Expression:
        """The integers that sort x along an axis, ties in their order of appearance."""
        x = lift(x)
        return _opaque("argsort", [x], {"axis": axis, "descending": descending}, x.shape)


def _broadcast(name: str, values: list[Expression]) -> Shape:
    try:
        return broadcast_shape(*(v.shape for v in values))
    except ValueError as error:
        raise ShapeError(f"{name}: {error}") from error


def _axis(axis: int, ndim: int) -> int:
    if not -ndim <= axis < ndim:
        raise AxisError(f"axis {axis} is outside an array of {ndim} axes")
    return axis % ndim


def _opaque(
    word: str,
    values: list[Expression],
    params: Params,
    shape: Any,
    *,
    role: str = "forward",
    part: int | None = None,
) -> Expression:
    """A rule that stays a name; expressions among its parameters become operands too."""
    extra: list[Expression] = []
    held = {k: _slotted(v, extra, len(values)) for k, v in params.items()}
    every = [*values, *extra]
    shape = shape_of(shape)
    node = constructors.opaque(
        word, held, [v.node for v in every], [v.shape for v in every], shape, role=role, part=part
    )
    return Expression(node, shape)


def _slotted(value: Any, extra: list[Expression], before: int) -> Any:
    if isinstance(value, Expression):
        extra.append(value)
        return Slot(before + len(extra) - 1)
    if isinstance(value, (tuple, list)):
        return type(value)(_slotted(v, extra, before) for v in value)
    if hasattr(value, "__array__") and not isinstance(value, type):
        return np.asarray(value)
    return value


TENSORS = Tensors()


def _binary(word: str, reflected: bool) -> Callable[[Any, Any], Any]:
    def method(a: Any, b: Any) -> Any:
        if getattr(b, "ndim", 0) and not isinstance(b, Expression):
            return NotImplemented
        return getattr(TENSORS, word)(b, a) if reflected else getattr(TENSORS, word)(a, b)

    return method


operators.install(Expression, _binary, lambda word: lambda x: getattr(TENSORS, word)(x))
