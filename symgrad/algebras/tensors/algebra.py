"""The tensors algebra: rules read over expressions with symbolic sizes; one method a kind.

Which word is more than a name is said in the tables below; all else stays opaque under its word,
with the shape that its rule declares. Numbers come back through ``evaluate``.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import sympy

from symgrad.algebras.tensors import constructors
from symgrad.algebras.tensors.carrier import (
    Expression,
    Shape,
    leaf,
    lift,
    spread,
    squeezed,
)
from symgrad.algebras.tensors.derivative import gradient
from symgrad.algebras.tensors.products import (
    contracted,
    letters_of,
    lopsided,
    product,
    refuse_spreading,
)
from symgrad.algebras.tensors.words import NATIVES, Words, broadcast, opaque
from symgrad.grammar import operators
from symgrad.grammar.kind import reduced_axes, reduced_shape
from symgrad.grammar.plan import Cotangents
from symgrad.grammar.primitive import Primitive, infer_shape

Params = dict[str, Any]
_FRESH = itertools.count()

#: Sums of the operands: one coefficient each.
SUMS: dict[str, tuple[int, ...]] = {
    "add": (1, 1), "subtract": (1, -1), "negative": (-1,), "clone": (1,),
}  # fmt: skip

#: Products of the operands: one exponent each.
PRODUCTS: dict[str, tuple[Any, ...]] = {
    "multiply": (1, 1), "divide": (1, -1), "reciprocal": (-1,), "square": (2,),
    "sqrt": (sympy.Rational(1, 2),),
}  # fmt: skip

#: Contractions in which an axis of size 1 broadcasts also where it is summed.
SPREADING = frozenset({"einsum"})


class Tensors(Words):
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
        self._natives: dict[str, Callable[..., Any]] = {w: getattr(self, w) for w in NATIVES}

    def apply(self, rule: Primitive, operands: tuple[Any, ...], params: Params) -> Any:
        native = self._natives.get(rule.word)
        if native is not None:
            return native(*operands, **params)
        if rule.worded or (rule.inner and rule.has_formula and rule.notation is None):
            return rule.formula_of(self, tuple(map(lift, operands)), params)
        return getattr(self, rule.kind.value)(rule, operands, params)

    #: Numbers are computed by a rule's forward; here a call is read as any other.
    run = apply

    # one method a kind ------------------------------------------------------------------------

    def elementwise(self, rule: Primitive, operands: tuple[Any, ...], params: Params) -> Expression:
        """A sum, a product, or the rule's name over operands of one shape."""
        values = [lift(o) for o in operands]
        shape = broadcast(rule.name, values)
        if rule.word in SUMS:
            nodes = [spread(v, shape) for v in values]
            return Expression(constructors.add(SUMS[rule.word], nodes), shape)
        if rule.word in PRODUCTS:
            return product(values, PRODUCTS[rule.word], shape)
        nodes = [spread(v, shape) for v in values]
        return Expression(constructors.mapped(rule.word, params, nodes), shape)

    def reduction(self, rule: Primitive, operands: tuple[Any, ...], params: Params) -> Any:
        """The formula where it is made of words, else the rule's name over axes that are there."""
        x = lift(operands[0])
        if rule.shape_rule is not None:
            return self._named(rule, operands, params)
        shape = reduced_shape(x.shape, params.get("axis"), params.get("keepdims", False))
        axes = _present(x.shape, params.get("axis"))
        if not axes:  # of one entry each: the formula, or the entry itself
            made = rule.formula_of(self, (x,), params) if rule.has_formula else x
            return Expression(lift(made).node, shape)
        plain = Expression(x.node, squeezed(x.shape))
        given = {**params, "axis": _shortest(axes, plain.ndim), "keepdims": False}
        given = {name: value for name, value in given.items() if name in params}
        made = opaque(rule.word, [plain], given, reduced_shape(plain.shape, axes, False))
        return Expression(made.node, shape)

    def scan(self, rule: Primitive, operands: tuple[Any, ...], params: Params) -> Any:
        """The rule's name over axes that are there; along one entry its formula."""
        x = lift(operands[0])
        if len(operands) > 1 or "axis" not in params or not _is_axes(params["axis"]):
            own = None if rule.shape_rule is not None else x.shape
            return self._named(rule, operands, params, own)
        axes = _present(x.shape, params["axis"])
        if not axes and rule.has_formula:
            return rule.formula_of(self, (x,), params)
        if not axes:
            return self._named(rule, operands, params, x.shape)
        plain = Expression(x.node, squeezed(x.shape))
        axis = axes[0] if len(axes) == 1 else _shortest(axes, plain.ndim)
        made = opaque(rule.word, [plain], {**params, "axis": axis}, plain.shape)
        return Expression(made.node, x.shape)

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
        """The rule's name; of matrices with one entry the formula."""
        sizes = [lift(o).shape for o in operands]
        if rule.has_formula and any(1 in s[-2:] for s in sizes):
            return rule.formula_of(self, tuple(map(lift, operands)), params)
        return self._named(rule, operands, params)

    def path_params(self, rule: Primitive, operands: tuple[Any, ...], params: Params) -> Params:
        """The parameters with the rule's path among them: integers that stay a name."""
        if rule.path_rule is None or "path" in params:
            return params
        values = [lift(o) for o in operands]
        return {**params, "path": opaque(rule.word, values, params, values[0].shape, role="path")}

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
            return opaque(rule.word, values, params, shape)
        return tuple(opaque(rule.word, values, params, own, part=k) for k, own in enumerate(shape))

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


def _is_axes(axis: Any) -> bool:
    return axis is None or isinstance(axis, (int, tuple))


def _present(shape: Shape, axis: Any) -> tuple[int, ...]:
    """The axes that are meant and are longer than 1, counted without those that are not."""
    place = {a: k for k, a in enumerate(a for a, n in enumerate(shape) if n != 1)}
    meant = reduced_axes(axis, len(shape)) if shape else ()
    return tuple(sorted(place[a] for a in meant if a in place))


def _shortest(axes: tuple[int, ...], ndim: int) -> Any:
    """Axes as a rule takes them: None for all, one as a number."""
    if len(axes) == ndim and ndim > 1:
        return None
    return axes[0] if len(axes) == 1 and ndim > 1 else axes if len(axes) > 1 else None


TENSORS = Tensors()


def _binary(word: str, reflected: bool) -> Callable[[Any, Any], Any]:
    def method(a: Any, b: Any) -> Any:
        if getattr(b, "ndim", 0) and not isinstance(b, Expression):
            return NotImplemented
        return getattr(TENSORS, word)(b, a) if reflected else getattr(TENSORS, word)(a, b)

    return method


operators.install(Expression, _binary, lambda word: lambda x: getattr(TENSORS, word)(x))
