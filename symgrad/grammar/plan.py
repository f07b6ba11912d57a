"""From what a derivative asks for, by name, to a positional call; read by primitives and walks.

A derivative function names its arguments out of ``xp, g, t, y``, the rule's operands, its
parameters, and the structure (``shapes``, ``shape``, ``path``, ``index``). The names are checked
when the rule is declared. For each set of operands that need a gradient a ``Plan`` says which
values are kept until backward frees them, and holds one ``pull(xp, g, saved, node)`` an operand.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from symgrad.errors import DeclarationError

Pull = Callable[[Any, Any, Any, Any], Any]

#: The slot of a rule's own output among the kept values.
OUTPUT = -1

STRUCTURE = ("shapes", "shape", "dtypes", "path", "index")
"""Shapes of all operands; shape of the result; the operands' dtypes; a selection's integers; which
variadic operand."""


@dataclass(frozen=True)
class Asked:
    """A derivative function with the names that it asks for, in its own order."""

    function: Callable[..., Any]
    wants: tuple[str, ...]
    values: tuple[str, ...]  # those of ``wants`` that are operands or ``y``

    @property
    def structural(self) -> bool:
        """Whether it asks for anything besides ``xp``, ``g`` and values."""
        return any(w not in self.values and w not in ("xp", "g", "t") for w in self.wants)


def ask(
    function: Callable[..., Any], operands: tuple[str, ...], parameters: tuple[str, ...], what: str
) -> Asked:
    """Read and check what a derivative function asks for.

    Raises  DeclarationError for a name that nobody can give, or values asked for out of order.
    """
    order = ("xp", "g", "t", "y", *operands, *parameters, *STRUCTURE)
    wants = tuple(inspect.signature(function).parameters)
    for name in wants:
        if name not in order:
            raise DeclarationError(
                f"{what} asks for {name!r}; it may ask for {', '.join(order)}, in that order"
            )
    if sorted(wants, key=order.index) != list(wants):
        raise DeclarationError(f"{what} asks for {wants}; the order is {', '.join(order)}")
    values = tuple(w for w in wants if w == "y" or w in operands)
    return Asked(function, wants, values)


class Cotangents(tuple):  # type: ignore[type-arg]
    """Cotangents (or tangents) of a rule with several outputs; None where one is not used."""

    __slots__ = ()

    def __add__(self, other: Any) -> Cotangents:
        return Cotangents(
            b if a is None else a if b is None else a + b for a, b in zip(self, other, strict=True)
        )


class Plan:
    """What one call keeps, and how each operand's cotangent is pulled back.

    ``edges`` are the pulls as a sweep reads them: (operand, what to call or None, place). Nothing
    to call is the cotangent times the value kept at ``place``, itself (``SAME``) or ``NEGATED``.
    A selection's edges give cotangents that bear a mask, where its pulls give plain ones.
    ``FREELY`` marks a pull that touches the cotangent by operators alone.
    """

    __slots__ = ("edges", "mixed", "pulls", "save", "slots")

    def __init__(
        self,
        slots: tuple[int, ...],
        save: Callable[[tuple[Any, ...], Any], tuple[Any, ...]],
        pulls: tuple[tuple[int, Pull | None], ...],
        mixed: bool = False,
        edges: tuple[tuple[int, Pull | None], ...] | None = None,
    ) -> None:
        self.slots = slots
        self.save = save
        self.pulls = pulls
        self.mixed = mixed  # operands differ in shape or dtype: cotangents must be conformed
        self.edges = tuple((i, *_edge(pull)) for i, pull in (edges or pulls))


SAME, NEGATED, FREELY, CALLED = -1, -2, -3, -4
#: An edge of a sweep's own, whose cotangent is computed and conformed already.
READY = -5


def _edge(pull: Pull | None) -> tuple[Pull | None, int]:
    if pull is None:
        return None, SAME
    if pull is _negated:
        return None, NEGATED
    if isinstance(pull, Product):
        return None, pull.place
    return pull, FREELY if vars(pull).get("freely") else CALLED


class Product:
    """The pull of a partial that is a kept value: what most are, so a sweep does it in place."""

    __slots__ = ("place",)

    def __init__(self, place: int) -> None:
        self.place = place

    def __call__(self, xp: Any, g: Any, saved: Any, node: Any) -> Any:
        return g * saved[self.place]


def freely(pull: Pull) -> Pull:
    """Mark a pull that touches the cotangent by operators alone: a bare number will do."""
    vars(pull)["freely"] = True
    return pull


def _is_identity(function: Callable[..., Any]) -> bool:
    # Derivatives hold no data-dependent Python, so what one does to a stranger it does to all.
    stranger = object()
    try:
        return function(stranger) is stranger
    except (TypeError, AttributeError):
        return False


def saver(slots: tuple[int, ...]) -> Callable[[tuple[Any, ...], Any], tuple[Any, ...]]:
    """A function that picks the values to keep out of the operands and the result."""
    if not slots:
        return lambda operands, y: ()
    if slots == (OUTPUT,):
        return lambda operands, y: (y,)
    if len(slots) == 1:
        only = slots[0]
        return lambda operands, y: (operands[only],)
    if slots == (0, 1):
        return lambda operands, y: (operands[0], operands[1])
    if len(slots) == 2 and slots[1] == OUTPUT:
        first = slots[0]
        return lambda operands, y: (operands[first], y)
    return lambda operands, y: tuple(y if i == OUTPUT else operands[i] for i in slots)


def positional(asked: Asked, places: tuple[int, ...]) -> Pull:
    """A pull that only needs ``xp``, ``g`` and values kept at ``places``: the fast cases."""
    f = asked.function
    pattern = ("xp" in asked.wants, "g" in asked.wants or "t" in asked.wants)
    if len(places) == 1:
        i = places[0]
        if pattern == (False, False) and _is_identity(f):
            return Product(i)
        one: dict[tuple[bool, bool], Pull] = {
            (False, False): lambda xp, g, s, n: g * f(s[i]),
            (True, False): lambda xp, g, s, n: g * f(xp, s[i]),
            (False, True): lambda xp, g, s, n: f(g, s[i]),
            (True, True): lambda xp, g, s, n: f(xp, g, s[i]),
        }
        found = one[pattern]
    elif len(places) == 2:
        i, j = places
        two: dict[tuple[bool, bool], Pull] = {
            (False, False): lambda xp, g, s, n: g * f(s[i], s[j]),
            (True, False): lambda xp, g, s, n: g * f(xp, s[i], s[j]),
            (False, True): lambda xp, g, s, n: f(g, s[i], s[j]),
            (True, True): lambda xp, g, s, n: f(xp, g, s[i], s[j]),
        }
        found = two[pattern]
    else:
        return by_name(asked, places, 0)
    return found if pattern == (True, True) else freely(found)


def with_parameter(asked: Asked, place: int, name: str) -> Pull:
    """A partial of one kept value and one parameter, as a power by a number has."""
    f = asked.function
    return freely(lambda xp, g, s, n: g * f(s[place], n.params[name]))


def by_name(asked: Asked, places: tuple[int, ...], index: int) -> Pull:
    """A pull that may ask for anything; each argument is fetched where it lives."""
    where = dict(zip(asked.values, places, strict=True))
    f, wants = asked.function, asked.wants
    product = "g" not in wants and "t" not in wants
    if wants in (("g",), ("xp", "g")):
        return (lambda xp, g, s, n: f(g)) if len(wants) == 1 else (lambda xp, g, s, n: f(xp, g))

    def pull(xp: Any, g: Any, saved: Any, node: Any) -> Any:
        arguments = [fetch(name, xp, g, saved, node, where, index) for name in wants]
        result = f(*arguments)
        return g * result if product else result

    return pull


def fetch(
    name: str, xp: Any, g: Any, saved: Any, node: Any, where: dict[str, int], index: int
) -> Any:
    """One asked-for argument."""
    if name in where:
        return saved[where[name]]
    if name == "xp":
        return xp
    if name in ("g", "t"):
        return g
    if name == "index":  # a parameter of that name goes before the operand's place
        return node.params.get("index", index)
    if name in ("shapes", "shape", "dtypes"):
        return getattr(node, name)
    return node.params[name]


def _negated(xp: Any, g: Any, saved: Any, node: Any) -> Any:
    return -g


def nothing(xp: Any, g: Any, saved: Any, node: Any) -> Any:
    """The pull of a partial that is 0 everywhere."""
    return xp.zeros_like(g)


def constant(value: int) -> Pull | None:
    """The pull of an elementwise rule whose partial is a number; None stands for 1."""
    if value == 1:
        return None
    if value == -1:
        return _negated
    if value == 0:
        return nothing
    return freely(lambda xp, g, s, n: g * value)


def fit(xp: Any, g: Any, shape: tuple[int, ...]) -> Any:
    """``g``, which may be smaller, spread to ``shape``."""
    return g if g.shape == shape else xp.broadcast_to(g, shape=shape)


def conform(xp: Any, g: Any, full: tuple[int, ...], shape: tuple[int, ...]) -> Any:
    """A cotangent of the broadcast result, summed back to an operand's ``shape``.

    Broadcasting is undone here and nowhere else: no rule does it.
    """
    if full == shape:
        return g
    g = fit(xp, g, full)
    lead = len(full) - len(shape)
    if lead:
        g = xp.sum(g, axis=tuple(range(lead)))
    ones = tuple(i for i, n in enumerate(shape) if n == 1 and full[i + lead] != 1)
    return xp.sum(g, axis=ones, keepdims=True) if ones else g


def whole(pull: Pull) -> Pull:
    """A pull whose rule sees a cotangent of the result's full shape."""

    def pulled(xp: Any, g: Any, saved: Any, node: Any) -> Any:
        return pull(xp, g if isinstance(g, tuple) else fit(xp, g, node.shape), saved, node)

    return pulled


def restored(pull: Pull, y_place: int | None) -> Pull:
    """A reduction's pull: reduced axes of ``g`` and ``y`` stand again as 1."""

    def pulled(xp: Any, g: Any, saved: Any, node: Any) -> Any:
        axis = node.params.get("axis")
        if axis is not None and not node.params.get("keepdims"):
            ndim = len(node.shapes[0])
            axes = axis if isinstance(axis, tuple) else (axis,)
            axes = tuple(sorted(a % ndim for a in axes)) if ndim else ()
            if axes:
                g = xp.expand_dims(fit(xp, g, node.shape), axis=axes)
                if y_place is not None:
                    y = xp.expand_dims(saved[y_place], axis=axes)
                    saved = (*saved[:y_place], y, *saved[y_place + 1 :])
        return pull(xp, g, saved, node)

    return pulled
