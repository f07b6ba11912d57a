"""Words that formulas write out: sums, moves of entries, casts; and arrays made from nothing.

Each is a method that the tensors algebra finds by a rule's word before it asks for the rule's kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symgrad.algebras.elements import exact
from symgrad.algebras.tensors import constructors, moves
from symgrad.algebras.tensors.carrier import (
    Expression,
    Shape,
    is_truth,
    lift,
    shape_of,
    spread,
    squeezed,
)
from symgrad.algebras.tensors.ir import Map, Slot
from symgrad.algebras.tensors.products import product, rearranged
from symgrad.errors import AxisError, ShapeError
from symgrad.grammar.algebra import Algebra
from symgrad.grammar.kind import broadcast_shape, reduced_axes, reduced_shape
from symgrad.grammar.plan import conform
from symgrad.grammar.primitive import REGISTRY

Params = dict[str, Any]

#: The words below that rules are called by.
NATIVES = (
    "sum", "power", "power_number", "broadcast_to", "permute", "expand_dims", "squeeze", "cast",
    "to_device", "component", "getitem", "index_add", "concat", "stack", "reshape", "flip",
    "take_along_axis", "put_add_along_axis", "one_hot", "where",
)  # fmt: skip


class Words(Algebra):
    """The words themselves; ``algebra.Tensors`` adds one method a kind."""

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
            shape = broadcast("power", [base, exponent])
            return Expression(constructors.power(base.node, number), shape)
        shape = broadcast("power", [base, exponent])
        nodes = (spread(base, shape), spread(exponent, shape))
        return Expression(constructors.mapped("power", {}, nodes), shape)

    def power_number(self, x: Any, *, exponent: Any) -> Any:
        """A power by a number."""
        return self.power(x, exponent)

    def cast(self, x: Any, *, dtype: Any) -> Expression:
        """The same values; those that are true or false become 1 or 0."""
        value = lift(x)
        data = value.node.data
        if isinstance(data, Map) and is_truth(data.word):
            made = constructors.mapped("cast", {"dtype": "float64"}, (value.node,))
            return Expression(made, value.shape)
        return value

    # words that move entries: einsums with equations between indices ------------------------------

    def getitem(self, x: Any, *, index: Any) -> Expression:
        """The entries that an index names."""
        return moves.taken(lift(x), index, self._one_hot)

    def index_add(self, x: Any, *, index: Any, shape: Any) -> Expression:
        """Zeros of ``shape``, with the entries of x added where an index says."""
        return moves.added(lift(x), index, shape, self._one_hot)

    def concat(self, *xs: Any, axis: int = 0) -> Expression:
        """Arrays one after the other."""
        return moves.joined([lift(x) for x in xs], axis)

    def stack(self, *xs: Any, axis: int = 0) -> Expression:
        """Arrays side by side along a new axis."""
        place = axis % (lift(xs[0]).ndim + 1)
        return moves.joined([self.expand_dims(x, axis=place) for x in xs], place)

    def reshape(self, x: Any, *, shape: Any) -> Expression:
        """The same entries in order, in another shape."""
        return moves.reshaped(lift(x), shape if isinstance(shape, tuple) else (shape,))

    def flip(self, x: Any, *, axis: Any = None) -> Expression:
        """The entries in reverse order."""
        x = lift(x)
        return moves.turned(x, reduced_axes(axis, x.ndim))

    def take_along_axis(self, x: Any, *, index: Any, axis: int = -1) -> Expression:
        """The entries at given places along an axis: a product with a one-hot, summed."""
        x = lift(x)
        at = axis % x.ndim
        hot = self._one_hot(_integers(index), x.shape[at])
        order = (*(a for a in range(x.ndim) if a != at), at)
        return self.sum(
            self._times(self.expand_dims(self.permute(x, axes=order), axis=at), hot), axis=-1
        )

    def put_add_along_axis(self, x: Any, *, index: Any, axis: int, shape: Any) -> Expression:
        """Zeros of ``shape``, with the entries of x added at given places along an axis."""
        shape = shape_of(shape)
        at = axis % len(shape)
        hot = self._one_hot(_integers(index), shape[at])
        whole = self.sum(self._times(self.expand_dims(x, axis=-1), hot), axis=at)
        back = (*range(at), len(shape) - 1, *range(at, len(shape) - 1))
        placed = self.permute(whole, axes=back)
        return lift(conform(self, placed, placed.shape, shape))

    def _times(self, a: Expression, b: Expression) -> Expression:
        return product([a, b], (1, 1), broadcast("multiply", [a, b]))

    def _one_hot(self, places: Any, n: Any) -> Expression:
        """1 where the last axis counts what ``places`` says."""
        if isinstance(places, np.ndarray) and places.ndim:
            if (places < 0).any() and isinstance(n, int):
                places = places % n  # counted from the end
            places = opaque("asarray", [], {"value": places}, places.shape)
        return self.one_hot(places, n=n)

    def one_hot(self, x: Any, *, n: Any) -> Expression:
        """1 where the last axis counts what x says, over x without its axes of size 1."""
        x = lift(x)
        if n == 1:  # nodes have no axis for it
            return REGISTRY["one_hot"].formula_of(self, (x,), {"n": 1})  # type: ignore[no-any-return]
        plain = Expression(x.node, squeezed(x.shape))
        made = opaque("one_hot", [plain], {"n": n}, (*plain.shape, n))
        return Expression(made.node, (*x.shape, n))

    def where(self, condition: Any, a: Any, b: Any) -> Expression:
        """A choice; where one side is 0, the product of the other with the condition as 1 or 0."""
        values = [lift(v) for v in (condition, a, b)]
        shape = broadcast("where", values)
        sides = [constructors.constant_of(v.node) for v in values[1:]]
        if 0 in sides:
            chosen = self.cast(values[0], dtype=float)
            if sides[0] == 0:
                one = constructors.constant(1, chosen.node.sizes)
                rest = constructors.add([1, -1], [one, chosen.node])
                return product([Expression(rest, chosen.shape), values[2]], (1, 1), shape)
            return product([chosen, values[1]], (1, 1), shape)
        nodes = [spread(v, shape) for v in values]
        return Expression(constructors.mapped("where", {}, nodes), shape)

    def to_device(self, x: Any, *, device: Any, source: Any) -> Expression:
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
        if n == 1:
            return self.full(0, (1,))
        return opaque("arange", [], {"n": n, "like": 0.0}, (n,))

    def argsort(self, x: Any, *, axis: int = -1, descending: bool = False) -> Expression:
        """The integers that sort x along an axis, ties in their order of appearance."""
        x = lift(x)
        return opaque("argsort", [x], {"axis": axis, "descending": descending}, x.shape)


def _integers(index: Any) -> Any:
    return np.asarray(index) if isinstance(index, list) else index


def broadcast(name: str, values: list[Expression]) -> Shape:
    """The shape that values broadcast to.

    Raises  ShapeError, naming the rule, where they do not.
    """
    try:
        return broadcast_shape(*(v.shape for v in values))
    except ValueError as error:
        raise ShapeError(f"{name}: {error}") from error


def _axis(axis: int, ndim: int) -> int:
    if not -ndim <= axis < ndim:
        raise AxisError(f"axis {axis} is outside an array of {ndim} axes")
    return axis % ndim


def opaque(
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
