"""One recorded operation, and the leaves that it starts from; imported by walks and tensors.

A node has two lifetimes. The *values* that its plan names are kept until backward frees them; the
*structure* (rule, operands in order, parameters, forms, the user's line) lives as long as the node.
"""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from symgrad.errors import Position
from symgrad.grammar.plan import Plan
from symgrad.grammar.primitive import Primitive
from symgrad.tracing.storage import Storage, tick

Form = Any  # a NumPy scalar type (a 0-d value), or (shape, dtype) of an array


def form_of(value: Any) -> Form:
    """Shape and dtype of a raw value, in one word where it is a scalar."""
    return (value.shape, value.dtype)


def shape_of(form: Form) -> tuple[int, ...]:
    """The shape that a form stands for."""
    return form[0] if type(form) is tuple else ()


def dtype_of(form: Form) -> Any:
    """The dtype that a form stands for."""
    return form[1] if type(form) is tuple else form


class Extras:
    """What few nodes and leaves have: shared storage, a retained gradient's owner, guards."""

    __slots__ = (
        "guards", "guards_dropped", "hooks", "metadata", "name", "packed", "retain", "storage",
        "watched", "wrote",
    )  # fmt: skip

    def __init__(self) -> None:
        self.storage: Storage | None = None
        self.retain: Any = None
        self.watched = False  # a sweep has to look: hooks, a retained gradient, a custom function
        self.hooks: Any = None
        self.packed: Any = None  # who gives back what a hook, or a checkpoint, put away
        self.metadata: dict[Any, Any] | None = None  # the user's
        self.name = ""  # PyTorch's, where a write made the node
        self.wrote = False  # computed what a write put into its storage
        self.guards: list[Any] = []
        self.guards_dropped = ""


class Node:
    """One recorded operation."""

    __slots__ = (
        "code", "extra", "form", "lasti", "operands", "params", "plan", "rule", "saved", "seq",
    )  # fmt: skip

    rule: Primitive
    operands: tuple[Any, ...]  # Node | Leaf | Foreign | a Python number, in the rule's order
    plan: Plan | None  # None: structure only, no gradient flows through
    saved: tuple[Any, ...] | None  # None once backward freed it
    params: dict[str, Any]
    form: Form
    seq: int
    code: Any
    lasti: int
    extra: Extras | None

    @property
    def shape(self) -> tuple[int, ...]:
        """The result's shape."""
        return shape_of(self.form)

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """The operands' shapes; a Python number has none: ()."""
        return tuple(() if isinstance(o, (int, float)) else shape_of(o.form) for o in self.operands)

    @property
    def dtypes(self) -> tuple[Any, ...]:
        """The operands' dtypes; a Python number has none."""
        return tuple(
            None if isinstance(o, (int, float)) else dtype_of(o.form) for o in self.operands
        )

    @property
    def position(self) -> Position:
        """The user's line."""
        return Position(self.code, self.lasti)

    def name(self) -> str:
        """PyTorch's name of this backward node.

        >>> (sg.tensor(2.0, requires_grad=True) * 3).grad_fn.name()
        'MulBackward0'
        """
        rule = self.rule
        if self.extra is not None and self.extra.name:
            return self.extra.name
        if rule.projection and type(self.operands[0]) is Node:
            return self.operands[0].name()
        named = rule.grad_fn
        return named if isinstance(named, str) else named(self.params, self.shapes)

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """What the gradient flows to: pairs of a node (None where none does) and an output number.

        >>> y = sg.tensor(2.0, requires_grad=True) * 3
        >>> y.grad_fn.next_functions
        ((<AccumulateGrad>, 0), (None, 0))
        """
        flows = {i for i, _ in self.plan.pulls} if self.plan else set()
        if self.rule.projection:
            return self.operands[0].next_functions  # type: ignore[no-any-return]
        return tuple(
            (o if i in flows and isinstance(o, (Node, Leaf)) else None, 0)
            for i, o in enumerate(self.operands)
        )

    @property
    def metadata(self) -> dict[Any, Any]:
        """A dictionary for whatever the user wants to keep with this node.

        >>> y = sg.tensor(2.0, requires_grad=True) * 3
        >>> y.grad_fn.metadata["layer"] = 1; y.grad_fn.metadata
        {'layer': 1}
        """
        return metadata_of(self)

    def __repr__(self) -> str:
        return f"<{self.name()}>"


class Leaf:
    """Where a trace starts: a tensor that no recorded operation made.

    It holds the value, never the tensor (a tensor holds its leaf), so there is no cycle.
    """

    __slots__ = (
        "__weakref__", "assigned", "dims", "extra", "facts", "form", "number", "owner",
        "position", "requires_grad", "seq", "value", "version",
    )  # fmt: skip

    def __init__(self, value: Any, requires_grad: bool, position: Position | None = None) -> None:
        self.value = value
        self.form = type(value) if isinstance(value, np.generic) else form_of(value)
        self.requires_grad = requires_grad
        self.owner: weakref.ref[Any] | None = None
        self.assigned: str | None = None  # the name that the user gave
        self.dims: tuple[str, ...] | None = None
        self.facts: tuple[str, ...] = ()  # what the user declared of it, for formulas
        self.number = False  # a number of a sweep's own, or a view of it
        self.extra: Extras | None = None
        self.seq = tick()
        self.version = self.seq
        self.position = position

    plan = None
    rule = None

    @property
    def variable(self) -> Any:
        """The tensor, while somebody holds it."""
        return self.owner() if self.owner is not None else None

    @property
    def metadata(self) -> dict[Any, Any]:
        """A dictionary for whatever the user wants to keep with this leaf."""
        return metadata_of(self)

    @property
    def next_functions(self) -> tuple[()]:
        """Nothing: the gradient ends here."""
        return ()

    def name(self) -> str:
        """PyTorch's name of a leaf's node."""
        return "torch::autograd::AccumulateGrad"

    def __repr__(self) -> str:
        return "<AccumulateGrad>"


class Foreign:
    """A raw array operand: held weakly, with its form, so that structure never keeps values."""

    __slots__ = ("form", "ref", "seq")

    plan = None

    def __init__(self, value: Any, kept: bool = False) -> None:
        self.form = form_of(value)
        self.seq = tick()
        if kept:  # a recording holds what its program made on the way
            self.ref: Any = lambda: value
            return
        try:
            self.ref = weakref.ref(value)
        except TypeError:  # an array type without weak references is kept whole
            self.ref = lambda: value

    @property
    def value(self) -> Any:
        """The array, or None once nobody else holds it."""
        return self.ref()


def is_number(item: Any) -> bool:
    """Whether formulas write a leaf as the number that it is: nobody has a name for it."""
    if isinstance(item, Leaf):
        return item.number and item.variable is None and 0 not in shape_of(item.form)
    return isinstance(item, Foreign) and not shape_of(item.form) and item.value is not None


def extras(holder: Node | Leaf) -> Extras:
    """The extras of a node or leaf, made on first use."""
    if holder.extra is None:
        holder.extra = Extras()
    return holder.extra


def metadata_of(holder: Node | Leaf) -> dict[Any, Any]:
    """The user's own dictionary of a node or leaf, made on first use."""
    extra = extras(holder)
    if extra.metadata is None:
        extra.metadata = {}
    return extra.metadata
