"""What a custom function's forward leaves for its backward; ``custom`` makes and asks it."""

from __future__ import annotations

from typing import Any

from symgrad.errors import GraphError, compose
from symgrad.tracing.node import Node
from symgrad.tracing.tensor import Tensor, wrap
from symgrad.tracing.traced import projection, tensor_of


class Kept:
    """What ``save_for_backward`` was given, held by the node until backward frees it."""

    __slots__ = ("__weakref__", "parts")

    def __init__(self) -> None:
        #: ("other", tensor), or ("output", which, raw value, storage): outputs hold their node.
        self.parts: list[tuple[Any, ...]] = []


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
            return self._for_forward or self._to_save
        kept = self._kept()
        if kept is None:
            raise GraphError(
                "Trying to backward through the graph a second time (or directly access saved "
                "tensors after they have already been freed)."
            )
        return tuple(_restored(self, part) for part in kept.parts)


def _restored(ctx: FunctionCtx, part: tuple[Any, ...]) -> Any:
    if part[0] == "other":
        _, tensor, moment = part
        if tensor is not None and tensor.node is not None and tensor.node.extra is not None:
            _refuse_stale(ctx, tensor.node.extra.storage, moment)
        return tensor
    _, k, value, storage, moment = part
    _refuse_stale(ctx, storage, moment)
    node = ctx._node
    if node is None:
        return wrap(value)
    if node.rule.outputs:
        node = projection(node, k, len(node.rule.outputs), value, True)
    return tensor_of(node, value)


def _refuse_stale(ctx: FunctionCtx, storage: Any, moment: int) -> None:
    if storage is not None and storage.version > moment:
        raise GraphError(
            compose(
                "one of the variables needed for gradient computation has been modified by an "
                "inplace operation: a function's forward saved it, and it was written since.",
                [("write", storage.writer)],
                mend="write into a copy, or save a clone()",
            )
        )
