"""The tensor: a raw value, where it came from, and what a person asks of it.

Operators and functions are installed by ``traced``, gradients by ``autograd``; this file is what a
tensor *is*, and imports neither.
"""

from __future__ import annotations

import math
import warnings
import weakref
from typing import Any

import numpy as np

from symgrad.algebras.backends import is_batched, is_formula
from symgrad.algebras.devices import to_host
from symgrad.errors import (
    DtypeError,
    GraphError,
    Position,
    ShapeError,
    TraceError,
    compose,
    user_position,
)
from symgrad.modes import GRAD, INFERENCE, MODE, RECORDING
from symgrad.tracing.devices import refuse_off_host, refuse_other_device
from symgrad.tracing.dtypes import DType, NamedCount, Size, dtype_of_raw, is_floating, size_along
from symgrad.tracing.locking import given_out
from symgrad.tracing.node import Leaf, Node, extras
from symgrad.tracing.storage import Storage


class Tensor:
    """An array that can be differentiated; made by ``sg.tensor`` and by operations.

    Behaviour and printing are PyTorch's. ``sg.tensor`` makes one from data: the class takes none.
    """

    __slots__ = ("__weakref__", "_grad", "_inference", "_place", "_rg", "_value", "node")

    _value: Any  # a raw array, or a NumPy scalar while nobody needs its buffer
    node: Any  # Node | Leaf | None
    _rg: bool
    _grad: Any
    _inference: bool  # made in inference mode: it never takes part in a gradient
    _place: Any  # among the views of a base; not set for what has none, and is none

    #: SymPy asks for this name before it tries to make a symbol of what it is multiplied with: a
    #: size times a tensor is then left to the tensor.
    _op_priority = 1000.0

    # No __getattr__ here, ever: with one, CPython reads every slot of a tensor three times slower.

    # what it is ---------------------------------------------------------------------------

    @property
    def shape(self) -> Size:
        """The sizes, as a tuple."""
        return Size(self._value.shape)

    @property
    def ndim(self) -> int:
        """How many axes."""
        return len(self._value.shape)

    @property
    def size(self) -> int:
        """The number of entries, as in NumPy; called, it is the shape, as in PyTorch."""
        return callable_size(self._value.shape)  # type: ignore[no-any-return]

    @property
    def dtype(self) -> DType:
        """The dtype, equal to NumPy's."""
        return dtype_of_raw(self._value)

    @property
    def requires_grad(self) -> bool:
        """Whether gradients flow to this tensor."""
        return self._rg

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        self.requires_grad_(wanted)

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded operation made it (or no gradient flows through it)."""
        return not self._rg or type(self.node) is not Node

    @property
    def grad_fn(self) -> Node | None:
        """The node that made it, None for a leaf."""
        return self.node if self._rg and type(self.node) is Node else None

    @property
    def grad(self) -> Tensor | None:
        """The gradient that has been accumulated here, or None."""
        return self._grad  # type: ignore[no-any-return]

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is not None and (not isinstance(value, Tensor) or value.shape != self.shape):
            is_one = isinstance(value, Tensor)
            got = f"shape {tuple(value.shape)}" if is_one else type(value).__name__
            raise GraphError(
                f"grad must be None or a tensor of shape {tuple(self.shape)}; this is {got}"
            )
        refuse_other_device(None if value is None else value._value, self._value)
        self._grad = value

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    # leaves -------------------------------------------------------------------------------

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Switch on (or off) whether gradients are recorded from here.

        Raises  DtypeError for a dtype that is not floating; GraphError off a leaf.
        """
        if requires_grad and not is_floating(self._value):
            raise DtypeError(
                compose(
                    "only Tensors of floating point dtype can require gradients; "
                    f"this is {self.dtype}",
                    where=user_position(),
                    mend="take the real and the imaginary part, x.real and x.imag"
                    if self.dtype.is_complex
                    else "write the numbers with a point (2.0), or give dtype=sg.float32",
                )
            )
        if requires_grad and self._inference and not MODE.get() & INFERENCE:
            raise GraphError(
                "a tensor made in inference mode cannot require grad; clone() it outside"
            )
        if not self.is_leaf:
            if requires_grad:
                return self
            raise GraphError(
                compose(
                    "you can only change requires_grad flags of leaf variables.",
                    where=user_position(),
                    mend="y.detach() is the value without its history",
                )
            )
        self._rg = bool(requires_grad)
        if requires_grad or self.node is not None:
            leaf_of(self, user_position()).requires_grad = self._rg
        return self

    def retain_grad(self) -> None:
        """Keep the gradient of a tensor that is not a leaf."""
        if not self._rg:
            raise GraphError("can't retain_grad on Tensor that has requires_grad=False")
        if type(self.node) is Node:
            extra = extras(self.node)
            extra.retain, extra.watched = weakref.ref(self), True

    @property
    def retains_grad(self) -> bool:
        """Whether ``retain_grad`` was asked for."""
        node = self.node
        return type(node) is Node and node.extra is not None and node.extra.retain is not None

    def is_inference(self) -> bool:
        """Whether it was made in inference mode."""
        return self._inference

    # values that leave --------------------------------------------------------------------

    def item(self) -> Any:
        """The single entry, as a Python number.

        Raises  GraphError (a RuntimeError) where there is more than one entry.
        """
        refuse_formula(self, ".item()")
        if self._value.size != 1:
            raise GraphError(
                compose(
                    f"a Tensor with {self._value.size} elements cannot be converted to Scalar",
                    where=user_position(),
                    mend="tolist() or numpy() gives all entries; x[i].item() one of them",
                )
            )
        refuse_leaving(self, ".item()")
        return to_host(self._value).item()

    def tolist(self) -> Any:
        """The entries, as nested lists of Python numbers (a number for a 0-d tensor)."""
        refuse_leaving(self, ".tolist()")
        return to_host(self._value).tolist()

    def numpy(self, *, force: bool = False) -> np.ndarray[Any, Any]:
        """The values as a NumPy array that shares this tensor's buffer.

        Raises  GraphError if it requires grad (detach it first), DeviceError off the CPU.
        """
        refuse_leaving(self, ".numpy()")
        if force:
            return np.array(to_host(self._value))
        if self._rg and MODE.get() & GRAD:
            raise GraphError(
                compose(
                    "Can't call numpy() on Tensor that requires grad. "
                    "Use tensor.detach().numpy() instead.", where=user_position(),
                )
            )  # fmt: skip
        refuse_off_host(self._value)
        return given_out(self, buffer(self))  # type: ignore[no-any-return]

    def __index__(self) -> int:
        refuse_formula(self, "an index")
        if np.asarray(to_host(self._value)).dtype.kind not in "iub" or self._value.size != 1:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self.item())

    def __len__(self) -> int:
        if not self._value.shape:
            raise TypeError("len() of a 0-d tensor")
        return known_size(self, 0, "len()")

    def __format__(self, spec: str) -> str:
        if self._value.shape or (is_formula(self._value) and not spec):
            return object.__format__(self, spec)  # PyTorch's too: a TypeError where there is a spec
        refuse_formula(self, f"the format {spec!r}")
        return format(to_host(self._value).item(), spec)

    @property
    def name(self) -> str | None:
        """The letter that the user gave it, or None."""
        return self.node.assigned if type(self.node) is Leaf else None


def refuse_many(tensor: Tensor) -> None:
    """Raise for what is no single number: float() and int() say ValueError."""
    if math.prod(n for n in tensor._value.shape if isinstance(n, int)) != 1:
        raise ShapeError(
            compose(
                "only one element tensors can be converted to Python scalars",
                [("shape", tuple(tensor._value.shape))],
                where=user_position(),
                mend="x.tolist() gives all entries",
            )
        )


def known_size(tensor: Tensor, axis: int, how: str) -> int:
    """The number of entries along an axis.

    Raises  TraceError for a size that is a name.
    """
    n = tensor._value.shape[axis]
    if isinstance(n, int):
        return n
    raise TraceError(
        compose(
            f"{how} needs the number that the size {n} stands for, and the input has only sizes.",
            where=user_position(),
            mend="x.shape[0] is the size by its name; or give example inputs: closed_form(f, a, b)",
        )
    )


def callable_size(shape: tuple[Any, ...]) -> Any:
    """The number of entries, which can also be called for the shape."""
    count = Size(shape).numel()
    return _CallableSize(count, shape) if isinstance(count, int) else NamedCount(count, shape)


class _CallableSize(int):
    """The number of entries that can also be called for the shape."""

    _shape: tuple[int, ...]

    def __new__(cls, count: int, shape: tuple[int, ...]) -> _CallableSize:
        made = super().__new__(cls, count)
        made._shape = shape
        return made

    def __call__(self, dim: int | None = None) -> Any:
        return size_along(self._shape, dim)


def wrap(value: Any, node: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor around a raw value."""
    made: Tensor = Tensor.__new__(Tensor)
    made._value = value
    made.node = node
    made._rg = requires_grad
    made._grad = None
    made._inference = MODE.get() & INFERENCE != 0
    return made


def leaf_of(tensor: Tensor, position: Position | None = None) -> Any:
    """The node or leaf of a tensor; a leaf is made on first use."""
    if tensor.node is None:
        leaf = Leaf(tensor._value, tensor._rg, position)
        leaf.owner = weakref.ref(tensor)
        tensor.node = leaf
    return tensor.node


def storage_of(tensor: Tensor) -> Storage:
    """The storage that a tensor shares with its views and aliases, made on first use."""
    holder = extras(leaf_of(tensor))
    if holder.storage is None:
        holder.storage = Storage(tensor._inference)
    return holder.storage


def buffer(tensor: Tensor) -> Any:
    """The tensor's own array, a scalar first turned into a 0-d array that can be shared."""
    if isinstance(tensor._value, np.generic):
        place = getattr(tensor, "_place", None)
        cell = None if place is None else place.cell
        tensor._value = np.asarray(tensor._value) if cell is None else cell
        if type(tensor.node) is Leaf:
            tensor.node.value = tensor._value
    return tensor._value


def alias(tensor: Tensor) -> Tensor:
    """A tensor without history on the same buffer and storage."""
    value = buffer(tensor)
    made = wrap(value.detached() if is_batched(value) else value)
    storage = storage_of(tensor)
    extras(leaf_of(made)).storage = storage
    made._inference = storage.inference
    return made


#: Lines that have been warned about: they hold code objects, so not for ever.
_WARNED: set[Any] = set()
_MOST_WARNED = 1024


def refuse_formula(tensor: Tensor, how: str) -> None:
    """A tensor that has only sizes has no value to give, nor one that stands for many."""
    if is_batched(tensor._value) and tensor._value.mapped:
        tensor._value.refuse(how)
    if not is_formula(tensor._value):
        return
    branch = how == "a branch"
    raise TraceError(
        compose(
            f"this {'branch' if branch else 'value'} depends on numbers, and the input has only "
            "sizes.",
            [] if branch else [("asked", f"{how} of {tensor!r}")],
            where=user_position(),
            mend="give example inputs: closed_form(f, a, b)"
            + ("; or choose with sg.where, which keeps both" if branch else ""),
        )
    )


def refuse_formulas(how: str, *values: Any) -> None:
    """The same for each of several values that is a tensor."""
    for value in values:
        if isinstance(value, Tensor):
            refuse_formula(value, how)


def refuse_leaving(tensor: Tensor, how: str) -> None:
    """Inside a recording a value may not leave the trace."""
    refuse_formula(tensor, how)
    if MODE.get() & RECORDING and (tensor._rg or type(tensor.node) is Node):
        raise TraceError(
            compose(
                f"a traced value leaves the trace through {how}, inside a recording.",
                where=user_position(),
                mend="keep it a tensor: np.sin(x) or sg.sin(x), not math.sin(x); "
                "np.stack([...]) or sg.stack([...]), not a[0] = x",
            )
        )


def warn_leaving(tensor: Tensor, how: str) -> None:
    """Outside one, a tracked value that leaves warns once a line."""
    refuse_leaving(tensor, how)
    if not tensor._rg:
        return
    position = user_position()
    if position in _WARNED:
        return
    if len(_WARNED) >= _MOST_WARNED:
        _WARNED.clear()
    _WARNED.add(position)
    warnings.warn(
        f"{how} takes a value out of the trace: no gradient flows through it, at {position}. "
        "Use np.sin or sg.sin instead of math.sin, or x.item() / x.detach() if this is meant.",
        UserWarning,
        stacklevel=3,
    )
