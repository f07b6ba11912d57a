"""Which tensors are views of which: a base, and for each view the steps that lead to it.

A write through any of them changes all (``writing``). Who merely shares a buffer (``detach``,
``.data``) is of another family, on the same storage. ``traced`` places what it makes.
"""

from __future__ import annotations

import weakref
from typing import Any, NamedTuple

import numpy as np

from symgrad.algebras.backends import has_views, is_batched, namespace_of, share_memory
from symgrad.grammar.primitive import Primitive
from symgrad.modes import GRAD, MODE
from symgrad.tracing.locking import part
from symgrad.tracing.node import Form, Leaf, extras, form_of
from symgrad.tracing.tensor import Tensor, leaf_of, storage_of, wrap


class Step(NamedTuple):
    """One reindexing on the way from a base to a view, and the form of what it gives."""

    rule: Primitive
    params: dict[str, Any]
    form: Form


class Family:
    """A base and the views of it.

    The base itself is held weakly, and what stands for it (node, value) strongly: views outlive
    the name of what they are views of.
    """

    __slots__ = ("__weakref__", "_limit", "members", "node", "owner", "requires_grad", "value")

    def __init__(self, base: Tensor) -> None:
        self.owner: Any = weakref.ref(base)
        self.members: list[weakref.ref[Tensor]] = []
        self._limit = 16
        self.node, self.requires_grad, self.value = leaf_of(base), base._rg, base._value

    def base(self) -> Tensor:
        """The base, or a tensor that stands for it where nobody holds it any more."""
        owner = self.owner()
        if owner is not None:
            return owner  # type: ignore[no-any-return]
        return wrap(self.value, self.node, self.requires_grad)

    def update(self, base: Tensor) -> None:
        """Note what the base is now."""
        self.node, self.requires_grad, self.value = base.node, base._rg, base._value

    def add(self, member: Tensor) -> None:
        """Take in a view; those that are gone are dropped now and then."""
        if len(self.members) >= self._limit:
            self.members = [m for m in self.members if m() is not None]
            self._limit = 2 * len(self.members) + 16
        self.members.append(weakref.ref(member))

    def alive(self) -> list[Tensor]:
        """The views that somebody holds."""
        return [tensor for tensor in (m() for m in self.members) if tensor is not None]


class Place(NamedTuple):
    """Where a tensor is in its family: no steps for the base itself."""

    family: Family
    steps: tuple[Step, ...]
    quiet: bool  # made without gradients: a write that has some would be ambiguous
    cell: Any = None  # where an entry lies that is held as a scalar


def place_of(tensor: Tensor) -> Place | None:
    """A tensor's place; None for one that has no views and is none."""
    return getattr(tensor, "_place", None)


def placed(out: Tensor, source: Tensor, rule: Primitive, params: dict[str, Any]) -> None:
    """Note that ``out``, what a reindexing gave, is a view of ``source``, if it is one."""
    value, held = out._value, source._value
    if has_views(value) and has_views(held):
        shared = value.base is not None and share_memory(value, held)
        if shared and not rule.view:  # NumPy's flip is a view, and PyTorch's a copy
            out._value = namespace_of(value).copy_of(value)
    else:
        shared = True  # a scalar stands for its entry: writes keep the two alike
    if not (shared and rule.view) or not is_plain(params.get("index")):
        return
    if isinstance(out._value, np.ndarray):
        out._value = part(out._value, held)
    place = place_of(source)
    if place is None:
        place = Place(Family(source), (), False)
        source._place = place
    storage = extras(leaf_of(out)).storage = storage_of(source)
    storage.share(place.family)
    if type(out.node) is Leaf and type(source.node) is Leaf:
        out.node.number = source.node.number
    out._inference = source._inference
    step = Step(rule, params, form_of(out._value))
    out._place = Place(
        place.family, (*place.steps, step), not MODE.get() & GRAD, _cell(out, source, params)
    )
    place.family.add(out)


def _cell(out: Tensor, source: Tensor, params: dict[str, Any]) -> Any:
    """The place in memory of an entry that is held as a scalar."""
    if not (isinstance(out._value, np.generic) and isinstance(source._value, np.ndarray)):
        return None
    index = params.get("index")
    if index is None:
        return None
    parts = index if isinstance(index, tuple) else (index,)
    return source._value[parts if Ellipsis in parts else (*parts, Ellipsis)]


def is_plain(index: Any) -> bool:
    """Whether an index is of integers and slices alone: only then does it name a view."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(part is None or part is Ellipsis or type(part) in (int, slice) for part in parts)


def leave(tensor: Tensor) -> None:
    """Let a tensor go from its family: it gets a buffer, or a history, of its own."""
    place = place_of(tensor)
    if place is None:
        return
    family = place.family
    if place.steps:
        family.members = [m for m in family.members if m() is not tensor]
    else:
        family.owner = _nobody
    tensor._place = None


def _nobody() -> None:
    return None


def overlap(a: Tensor, b: Tensor) -> bool:
    """Whether two views of one base may have entries in common; unknown is yes."""
    mine, its = _memory(a), _memory(b)
    return not (has_views(mine) and has_views(its)) or share_memory(mine, its)


def _memory(tensor: Tensor) -> Any:
    place = place_of(tensor)
    return tensor._value if place is None or place.cell is None else place.cell


def shares(tensor: Tensor, value: Any) -> bool:
    """Whether a tensor's own array lies in the memory of ``value``."""
    mine = tensor._value
    if is_batched(mine) and is_batched(value):
        return shares(mine.data, value.raw)
    return share_memory(mine, value)
