"""What a custom function's forward leaves for its backward; ``custom`` makes and asks it."""

from __future__ import annotations

from typing import Any, NamedTuple

from symgrad.errors import GraphError, compose
from symgrad.tracing.locking import SharedBuffer, safe
from symgrad.tracing.node import Node
from symgrad.tracing.saving import packing, unpacked
from symgrad.tracing.tensor import Tensor, wrap
from symgrad.tracing.traced import projection, tensor_of


class Part(NamedTuple):
    """One saved tensor: an output by its raw value (outputs hold their node), another itself."""

    value: Any  # or what a hook packed it into
    which: int | None  # the output that it is
    storage: Any
    moment: int  # stale where its storage was written after this
    unpack: Any = None  # gets the value back, where a hook packed it
    node: Any = None  # whose value it is, where a hook packed it
    requires_grad: bool = False
    shape: Any = None


class Kept:
    """What ``save_for_backward`` was given, held by the node until backward frees it."""

    __slots__ = ("__weakref__", "parts")

    def __init__(self) -> None:
        self.parts: list[Part] = []

    def add(self, tensor: Tensor | None, which: int | None, moment: int, storage: Any) -> None:
        """Keep a tensor, or what the hooks in force make of it."""
        value: Any = tensor if which is None or tensor is None else tensor._value
        if type(getattr(value, "_value", None)) is SharedBuffer:  # somebody outside may write it
            value = wrap(safe(value._value), value.node, value._rg)
        hooks = packing() if tensor is not None else None
        if hooks is None or tensor is None:
            self.parts.append(Part(value, which, storage, moment))
            return
        packed = hooks.pack(wrap(tensor._value))
        node = tensor.node if which is None else None
        shape = tensor._value.shape
        self.parts.append(Part(packed, which, None, moment, hooks.unpack, node, tensor._rg, shape))


class FunctionCtx:
    """What a forward leaves for its backward; any attribute may be set on it besides."""

    def __init__(self) -> None:
        self.needs_input_grad: tuple[bool, ...] = ()
        self._to_save: tuple[Any, ...] = ()
        self._for_forward: tuple[Any, ...] = ()
        self._dirty: tuple[Tensor, ...] = ()
        self._no_gradient: tuple[Tensor, ...] = ()
        self._materialize = True
        self._kept: Any = lambda: None
        self._node: Node | None = None  # while a backward that is recorded runs
        self._pushing = False
        self._moments: list[tuple[Any, int]] = []  # of what forward mode will read

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keep tensors for ``saved_tensors`` in backward, where a write since is noticed."""
        self._to_save = tensors

    def save_for_forward(self, *tensors: Tensor | None) -> None:
        """Keep tensors for ``saved_tensors`` in jvp."""
        self._for_forward = tensors

    def mark_dirty(self, *tensors: Tensor) -> None:
        """Say which inputs the forward wrote into; it must also return them."""
        self._dirty = tensors

    def mark_non_differentiable(self, *tensors: Tensor) -> None:
        """Say which outputs have no gradient."""
        self._no_gradient = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether outputs that nobody used get zeros in backward (the default) or None."""
        self._materialize = value

    @property
    def saved_tensors(self) -> tuple[Tensor | None, ...]:
        """What was saved.

        Raises  GraphError once backward freed it, or for what was written since.
        """
        if self._pushing:
            for storage, moment in self._moments:
                _refuse_stale(storage, moment)
            return self._for_forward or self._to_save
        kept = self._kept()
        if kept is None:
            raise GraphError(
                "Trying to backward through the graph a second time (or directly access saved "
                "tensors after they have already been freed)."
            )
        return tuple(_restored(self, part) for part in kept.parts)


def _restored(ctx: FunctionCtx, part: Part) -> Any:
    _refuse_stale(part.storage, part.moment)
    value = part.value
    if part.unpack is not None:
        value = unpacked(part.unpack, value, part.shape, "by save_for_backward")
        if part.which is None:
            return wrap(value, part.node, part.requires_grad)
    if part.which is None:
        return value
    node = ctx._node
    if node is None:
        return wrap(value)
    if node.rule.outputs:
        node = projection(node, part.which, len(node.rule.outputs), value, True)
    return tensor_of(node, value)


def _refuse_stale(storage: Any, moment: int) -> None:
    if storage is not None and storage.version > moment:
        raise GraphError(
            compose(
                "one of the variables needed for gradient computation has been modified by an "
                "inplace operation: a function's forward saved it, and it was written since.",
                [("write", storage.writer)],
                mend="write into a copy, or save a clone()",
            )
        )
