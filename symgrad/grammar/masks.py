"""Cotangents that a selection zeroed: what was not chosen never poisons a gradient.

The zeros of ``where(x > 0, sqrt(x), 0)`` meet an infinite slope at 0. So such a cotangent carries
the mask of what counts, through elementwise pulls and reindexings, and is 0 off it whatever it
meets; elsewhere the mask ends. It is computed when something is multiplied, not before. Read by
plans and by sweeps.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symgrad.grammar.kind import Kind
from symgrad.grammar.plan import Pull, conform

#: How many masks may wait for each other.
_DEEPEST = 50

_CARRYING = frozenset({Kind.ELEMENTWISE, Kind.REINDEXING, Kind.SELECTION})


class Masked:
    """A cotangent that is 0 off its mask, whatever the value there is multiplied with.

    Takes   xp: the algebra of the value; make: what gives the mask, an array of truths; before:
            the cotangents whose masks it will ask for.
    """

    __slots__ = ("_depth", "_make", "_mask", "value", "xp")

    _depth: int

    __array_ufunc__ = None  # NumPy's arrays leave sums and products with it to this class

    def __init__(self, xp: Any, value: Any, make: Callable[[], Any], *before: Masked) -> None:
        self.xp, self.value, self._make, self._mask = xp, value, make, None
        self._depth = 1 + max((m._depth for m in before if m._mask is None), default=0)
        if self._depth > _DEEPEST:  # each asks the one before: not without end
            self._mask, self._depth = make(), 0

    @property
    def mask(self) -> Any:
        """Where the value counts."""
        if self._mask is None:
            self._mask = self._make()
        return self._mask

    @property
    def dtype(self) -> Any:
        """The value's."""
        return self.value.dtype

    @property
    def shape(self) -> Any:
        """The value's."""
        return self.value.shape

    def kept(self, value: Any) -> Any:
        """A value with zeros off the mask."""
        return self.xp.where(self.mask, value, 0)

    def _with(self, value: Any) -> Masked:
        return Masked(self.xp, value, lambda: self.mask, self)

    def __mul__(self, other: Any) -> Masked:
        return self._with(self.kept(self.value * other))

    def __rmul__(self, other: Any) -> Masked:
        return self._with(self.kept(other * self.value))

    def __neg__(self) -> Masked:
        return self._with(-self.value)

    def __add__(self, other: Any) -> Any:
        if not isinstance(other, Masked):
            return self.value + other  # what comes without a mask counts everywhere
        return Masked(
            self.xp,
            self.value + other.value,
            lambda: self.xp.logical_or(self.mask, other.mask),
            self,
            other,
        )

    def __radd__(self, other: Any) -> Any:
        return other + self.value

    def conformed(self, xp: Any, full: tuple[int, ...], shape: tuple[int, ...]) -> Any:
        """What broadcasting spread, summed back to ``shape``: one that counts is enough."""
        if full == shape:
            return self
        value = conform(xp, self.value, full, shape)

        def make() -> Any:
            return xp.greater(conform(xp, _as_numbers(xp, self), full, shape), 0)

        return Masked(xp, value, make, self)


def plain(g: Any) -> Any:
    """A cotangent without its mask; any other as it is."""
    return g.value if isinstance(g, Masked) else g


def _as_numbers(xp: Any, g: Masked) -> Any:
    """The mask as ones and zeros of the value's dtype."""
    return xp.where(g.mask, xp.ones_like(g.value), xp.zeros_like(g.value))


def _carries(operand: Any) -> bool:
    """Whether a mask is of use to a node: one that multiplies, or hands on."""
    rule = getattr(operand, "rule", None)
    return rule is not None and rule.kind in _CARRYING


def selecting(pull: Pull | None, index: int, selects: Any) -> Pull | None:
    """The pull of a selection, whose cotangent bears the mask of what was chosen.

    A selection's pull is linear with weights: of ones, it is 0 where nothing was chosen.

    Takes   selects: True, or from a call's parameters to whether it is one that selects; False
            leaves the pull as it is.
    """

    if pull is None or not selects:
        return pull

    def pulled(xp: Any, g: Any, saved: Any, node: Any) -> Any:
        cotangent = pull(xp, g, saved, node)
        if not (_carries(node.operands[index]) and xp.masks(cotangent)):
            return cotangent
        if callable(selects) and not selects(node.params):
            return cotangent

        def make() -> Any:
            return xp.not_equal(pull(xp, xp.ones_like(g), saved, node), 0)

        return Masked(xp, cotangent, make)

    return pulled


def through(pull: Pull, xp: Any, g: Masked, saved: Any, node: Any, operand: Any) -> Any:
    """What a node's pull makes of a cotangent that bears a mask."""
    kind = node.rule.kind
    if kind is Kind.ELEMENTWISE:
        inner = pull(xp, g.value, saved, node)
        value = g.kept(plain(inner))
        if not _carries(operand):
            return value
        if isinstance(inner, Masked):
            return Masked(xp, value, lambda: xp.logical_and(g.mask, inner.mask), g, inner)
        return Masked(xp, value, lambda: g.mask, g)
    value = plain(pull(xp, g.value, saved, node))
    if kind not in _CARRYING or not _carries(operand) or value is None:
        return value

    def make() -> Any:
        return xp.not_equal(plain(pull(xp, _as_numbers(xp, g), saved, node)), 0)

    return Masked(xp, value, make, g)


def pushed(push: Callable[[Any], Any], pull: Any, xp: Any, t: Any, chooses: Any, node: Any) -> Any:
    """What a node makes of an operand's tangent, which may bear a mask, or gets one here.

    Takes   push: from a plain tangent to the result's; pull: the operand's, of ones, from kept
            values; chooses: whether its zeros say that nothing was chosen.
    """
    value, kind = push(plain(t)), node.rule.kind
    chooses = chooses and kind is Kind.ELEMENTWISE and pull is not None and xp.masks(value)
    if not isinstance(t, Masked) and not chooses:
        return value
    if kind is Kind.ELEMENTWISE:
        value = t.kept(value) if isinstance(t, Masked) else value
        if not chooses:
            return Masked(xp, value, lambda: t.mask, t) if isinstance(t, Masked) else value

        def make() -> Any:
            chosen = xp.not_equal(pull(xp.ones_like(value)), 0)
            return xp.logical_and(t.mask, chosen) if isinstance(t, Masked) else chosen

        return Masked(xp, value, make, *((t,) if isinstance(t, Masked) else ()))
    if isinstance(t, Masked) and kind is Kind.REINDEXING:
        return Masked(xp, value, lambda: xp.not_equal(push(_as_numbers(xp, t)), 0), t)
    return value
