"""Registering hooks, as methods of tensors and nodes; ``hooks`` runs them.

They belong to a node or a leaf, as in PyTorch: a tensor's hooks stay with the history that it had.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from symgrad.errors import GraphError, compose, user_position
from symgrad.tracing.node import Leaf, Node, extras
from symgrad.tracing.tensor import Tensor, leaf_of

_NUMBER = itertools.count()


class Hooks:
    """The hooks of one node or leaf, each kind in the order of registration."""

    __slots__ = ("after", "before", "behind", "tensor")

    def __init__(self) -> None:
        self.tensor: dict[int, Callable[..., Any]] = {}  # see and replace a tensor's cotangent
        self.before: dict[int, Callable[..., Any]] = {}  # before a node's derivative runs
        self.behind: dict[int, Callable[..., Any]] = {}  # after it ran
        self.after: dict[int, Callable[..., Any]] = {}  # after a leaf's gradient was added up


class RemovableHandle:
    """What a registration gives: ``remove()`` ends the hook, and so does a ``with`` block.

    >>> x = sg.tensor(1.0, requires_grad=True)
    >>> handle = x.register_hook(lambda g: 2 * g)
    >>> handle.remove()
    >>> (x * 3).backward(); x.grad
    tensor(3.)
    """

    def __init__(self, hooks: dict[int, Callable[..., Any]], hook: Callable[..., Any]) -> None:
        if not callable(hook):
            raise GraphError(
                compose(
                    f"a hook is a function; {hook!r} is none.",
                    where=user_position(),
                    mend="x.register_hook(lambda g: 2 * g)",
                )
            )
        self.id = next(_NUMBER)
        self._hooks = hooks
        hooks[self.id] = hook

    def remove(self) -> None:
        """End the hook; once it is ended nothing happens."""
        self._hooks.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *exc: object) -> None:
        self.remove()


def hooks_of(holder: Node | Leaf) -> Hooks:
    """The hooks of a node or leaf, made on first use."""
    extra = extras(holder)
    if extra.hooks is None:
        extra.hooks = Hooks()
        extra.watched = True
    return extra.hooks  # type: ignore[no-any-return]


# registering, as methods --------------------------------------------------------------------------


def _tracked(tensor: Tensor) -> Node | Leaf:
    if not tensor._rg:
        raise GraphError(
            compose(
                "cannot register a hook on a tensor that doesn't require gradient",
                where=user_position(),
                mend="make it with requires_grad=True",
            )
        )
    return leaf_of(tensor)  # type: ignore[no-any-return]


def register_hook(self: Tensor, hook: Callable[[Tensor], Any]) -> RemovableHandle:
    """Call ``hook(grad)`` when this tensor's gradient is computed; what it gives replaces it.

    Takes   hook: from the gradient, a tensor of this one's shape, to another or None (unchanged);
            it must not change its argument.
    Gives   a handle with ``remove()``.
    Raises  GraphError if this tensor does not require grad.

    >>> x = sg.tensor([1.0, 2.0], requires_grad=True)
    >>> handle = x.register_hook(lambda g: g * 10)
    >>> (x * x).sum().backward(); x.grad
    tensor([20., 40.])
    """
    return RemovableHandle(hooks_of(_tracked(self)).tensor, hook)


def register_post_accumulate_grad_hook(
    self: Tensor, hook: Callable[[Tensor], None]
) -> RemovableHandle:
    """Call ``hook(x)`` when a backward has added to this leaf's ``.grad``.

    Raises  GraphError for a tensor that is no leaf.

    >>> w = sg.tensor([1.0, 2.0], requires_grad=True)
    >>> def step(w):
    ...     with sg.no_grad():
    ...         w -= 0.5 * w.grad
    ...     w.grad = None
    >>> handle = w.register_post_accumulate_grad_hook(step)
    >>> (w * w).sum().backward(); w
    tensor([0., 0.], requires_grad=True)
    """
    holder = _tracked(self)
    if not isinstance(holder, Leaf):
        raise GraphError(
            compose(
                "post accumulate grad hooks cannot be registered on non-leaf tensors",
                where=user_position(),
                mend="y.register_hook(f) sees the gradient of a value inside a graph",
            )
        )
    return RemovableHandle(hooks_of(holder).after, hook)


def register_node_hook(self: Node | Leaf, hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(grad_inputs, grad_outputs)`` after this node ran; it may give new grad_inputs.

    The tuples are as ``next_functions`` and the results are; None where no gradient flows.
    """
    return RemovableHandle(hooks_of(_whole(self)).behind, hook)


def register_node_prehook(self: Node | Leaf, hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(grad_outputs)`` before this node runs; it may give a new tuple."""
    return RemovableHandle(hooks_of(_whole(self)).before, hook)


def _whole(holder: Any) -> Any:
    projects = type(holder) is Node and holder.rule.projection
    return holder.operands[0] if projects else holder


Node.register_hook = Leaf.register_hook = register_node_hook  # type: ignore[attr-defined]
Node.register_prehook = Leaf.register_prehook = register_node_prehook  # type: ignore[attr-defined]
