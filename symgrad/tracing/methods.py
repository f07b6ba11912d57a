"""Methods of tensors: PyTorch's, filled from the functions, and what needs the floors below."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from symgrad.algebras.backends import has_views, is_batched, is_formula, namespace_of
from symgrad.algebras.devices import in_host, to_host
from symgrad.errors import DtypeError, GraphError, ShapeError, compose, user_position
from symgrad.grammar.primitive import REGISTRY
from symgrad.modes import MODE, RECORDING
from symgrad.tracing import (
    arrangement,
    array_dialect,
    assigning,
    autograd,
    buffers,
    choices,
    conversion,
    dlpack,
    forms,
    functions,
    guards,
    hook_handles,
    in_place,
    numpy_dialect,
    parts,
    random,
    shortcuts,
    views,
    without_rule,
)
from symgrad.tracing import operands as sorting
from symgrad.tracing.calling import call
from symgrad.tracing.composites.queries import numel
from symgrad.tracing.creation import as_tensor
from symgrad.tracing.devices import device_of
from symgrad.tracing.dtypes import (
    default_float,
    raw_dtype_name,
)
from symgrad.tracing.functions import FUNCTIONS, IN_PLACE, TWIN_METHODS
from symgrad.tracing.node import Node, extras
from symgrad.tracing.places import placed, selected
from symgrad.tracing.printing import format_tensor
from symgrad.tracing.tensor import (
    Tensor,
    alias,
    buffer,
    known_size,
    leaf_of,
    refuse_formula,
    refuse_leaving,
    storage_of,
)
from symgrad.tracing.traced import apply, raw


def _backward(
    self: Tensor,
    gradient: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Any = None,
) -> None:
    """Add this tensor's gradient to the ``.grad`` of its leaves; see ``sg.autograd.backward``.

    >>> x = sg.tensor([1.0, 2.0], requires_grad=True)
    >>> (x * x).sum().backward(); x.grad
    tensor([2., 4.])
    """
    if gradient is None and inputs is None and not create_graph:
        autograd.plain_backward(self, not retain_graph)
    else:
        autograd.backward(self, gradient, retain_graph, create_graph, inputs)


def _detach(self: Tensor) -> Tensor:
    """The same values without history, in the same buffer.

    >>> sg.tensor(1.0, requires_grad=True).detach()
    tensor(1.)
    """
    if MODE.get() & RECORDING:
        return _detached(self)
    return alias(self)


def _detached(self: Tensor) -> Tensor:
    """Inside a recording: a node that stops gradients, on the same buffer."""
    out: Tensor = apply(REGISTRY["detach"], (self,), {})
    storage = storage_of(self)
    if in_host(self._value):
        out._value = buffer(self)
    extras(leaf_of(out)).storage = storage
    storage.aliases = (*storage.aliases, weakref.ref(out))
    return out


def _getitem(self: Tensor, index: Any) -> Tensor:
    """Entries by integers, slices, ``...``, ``None``, integer arrays and masks."""
    self, places = selected(self, placed(index))
    if (
        not self._rg
        and isinstance(self._value, np.ndarray)
        and _names_one(places, self._value.ndim)
    ):
        # An entry of plain data is a view of it, as in PyTorch; NumPy would copy it out.
        places = (*places, ...) if isinstance(places, tuple) else (places, ...)
    return apply(REGISTRY["getitem"], (self,), {"index": places})  # type: ignore[no-any-return]


def _names_one(places: Any, ndim: int) -> bool:
    if MODE.get() & RECORDING:
        return False
    if not isinstance(places, tuple):
        return ndim == 1 and type(places) is int
    return len(places) == ndim and all(type(p) is int for p in places)


def _iter(self: Tensor) -> Iterator[Tensor]:
    if not self._value.shape:
        raise TypeError("iteration over a 0-d tensor")
    return (_getitem(self, i) for i in range(known_size(self, 0, "iteration")))


def _contains(self: Tensor, value: Any) -> bool:
    refuse_formula(self, "a branch")
    if not sorting.acceptable(value):
        raise DtypeError(
            compose(
                "Tensor.__contains__ only supports Tensor or scalar, but you passed in a "
                f"{type(value).__name__}.",
                where=user_position(),
            )
        )
    guards.lose(self, value)
    found = namespace_of(self._value).equal(self._value, raw(value))
    return bool(namespace_of(self._value).any(found))


def _repr(self: Tensor) -> str:
    node = self.node
    if is_batched(self._value):
        value = self._value
        shown = f"bdim=0, value={value.data!r}" if value.mapped else f"value={value.data!r}"
        return f"BatchedTensor(lvl={value.level.depth}, {shown})"
    if is_formula(self._value):
        grad_fn = f", grad_fn={node!r}" if self._rg and type(node) is Node else ""
        return f"tensor(<formula>, size={tuple(self._value.shape)}{grad_fn})"
    return format_tensor(
        to_host(self._value),
        dtype=raw_dtype_name(self._value),
        default_float=default_float().name,
        device=str(device_of(self._value)),
        grad_fn=node.name() if self._rg and type(node) is Node else None,
        requires_grad=self._rg,
    )


def _permute(self: Tensor, *dims: Any) -> Tensor:
    """Axes in another order."""
    axes = tuple(dims[0]) if len(dims) == 1 and isinstance(dims[0], (tuple, list)) else dims
    return FUNCTIONS["permute"](self, axes=axes)  # type: ignore[no-any-return]


def _dim(self: Tensor) -> int:
    """How many axes."""
    return self.ndim


def _where(self: Tensor, condition: Tensor, other: Any) -> Tensor:
    """This tensor where the condition holds, else ``other``."""
    return choices.where(condition, self, other)  # type: ignore[no-any-return]


def _transposed(self: Tensor) -> Tensor:
    return (
        arrangement.t(self)
        if self.ndim <= 2
        else FUNCTIONS["permute"](self, axes=tuple(reversed(range(self.ndim))))
    )


def _set_data(self: Tensor, value: Any) -> None:
    refuse_leaving(self, ".data = ...")
    source = as_tensor(value)
    if self._rg and raw_dtype_name(source._value)[0] != "f":
        raise DtypeError("data of a tensor that requires grad stays floating")
    before, self._value = self._value, source._value
    views.leave(self)
    old = self.node
    if old is None or type(old) is Node:
        return
    guards.drop(old)
    if before.shape != self._value.shape or before.dtype != self._value.dtype:
        self.node = None
        leaf = leaf_of(self, old.position)  # an older graph cannot end in a leaf of another form
        leaf.assigned, leaf.dims = old.assigned, old.dims
        extras(leaf).hooks = extras(old).hooks
        return
    old.value = self._value
    # A storage of its own: what shares the old buffer has not been written. What a graph kept of
    # this leaf is stale from now on.
    extras(old).storage = None
    storage_of(self).written(user_position())


def _contiguous(self: Tensor) -> Tensor:
    """This tensor, or a copy whose entries lie in order in memory.

    >>> x = sg.zeros(2, 3)
    >>> x.contiguous() is x, x.T.contiguous() is x.T
    (True, False)
    """
    value = self._value
    if not has_views(value) or value.flags.c_contiguous:
        return self
    return call("clone", self)  # type: ignore[no-any-return]


def _detach_(self: Tensor) -> Tensor:
    """Cut this tensor's history, in place.

    Raises  GraphError for a view: its base would keep the history.

    >>> y = sg.tensor([1.0], requires_grad=True) * 2; y.detach_()
    tensor([2.])
    """
    known = views.place_of(self)
    if known is not None and known.steps:
        raise GraphError(
            compose(
                "Can't detach views in-place. Use detach() instead.",
                where=user_position(),
                mend="y = y.detach(), or y.clone() before",
            )
        )
    storage = storage_of(self)
    views.leave(self)
    self.node, self._rg = None, False
    extras(leaf_of(self)).storage = storage
    return self


def _base(self: Tensor) -> Tensor | None:
    known = views.place_of(self)
    return known.family.base() if known is not None and known.steps else None


def _repeat(self: Tensor, *sizes: Any) -> Tensor:
    """The whole tensor so many times along each axis, new axes in front.

    >>> sg.tensor([1.0, 2.0]).repeat(2, 1).shape
    symgrad.Size([2, 2])
    """
    listed = sizes[0] if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)) else sizes
    if len(listed) < self.ndim:
        raise ShapeError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of "
            f"tensor: repeat{tuple(listed)} of {tuple(self.shape)}"
        )
    return arrangement.tile(self, *sizes)


METHODS: dict[str, Callable[..., Any]] = {
    "backward": _backward, "detach": _detach, "detach_": _detach_,
    "_is_view": lambda self: _base(self) is not None, "to": conversion.to,
    "float": conversion.caster("float32"), "double": conversion.caster("float64"),
    "half": conversion.caster("float16"), "long": conversion.caster("int64"),
    "int": conversion.caster("int32"), "bool": conversion.caster("bool"),
    "cfloat": conversion.caster("complex64"), "cdouble": conversion.caster("complex128"),
    "cpu": conversion.cpu, "cuda": conversion.cuda, "astype": conversion.astype,
    "permute": _permute, "contiguous": _contiguous, "repeat": _repeat,
    "copy_": in_place.copy_, "zero_": in_place.zero_, "pow": functions.pow, "fill_": in_place.fill_,
    "nelement": numel, "dim": _dim,
    "ndimension": _dim, "short": conversion.caster("int16"), "char": conversion.caster("int8"),
    "byte": conversion.caster("uint8"),
    "__getitem__": _getitem, "__setitem__": assigning.setitem, "__iter__": _iter,
    "__contains__": _contains, "__repr__": _repr, "__bool__": guards.truth,
    "register_hook": hook_handles.register_hook,
    "register_post_accumulate_grad_hook": hook_handles.register_post_accumulate_grad_hook,
    "where": _where, "__array__": numpy_dialect.array,
    "__array_ufunc__": numpy_dialect.array_ufunc,
    "__array_function__": numpy_dialect.array_function,
    "__array_namespace__": array_dialect.array_namespace,
    "__dlpack__": dlpack.dlpack, "__dlpack_device__": dlpack.dlpack_device,
    "to_device": conversion.to_device,
}  # fmt: skip

_HIDDEN = {
    "cat", "concat", "concatenate", "stack", "einsum", "where", "hstack", "vstack", "column_stack",
    "atleast_1d", "atleast_2d", "atleast_3d", "tensordot", "block_diag", "broadcast_shapes",
    "broadcast_tensors", "bucketize", "can_cast", "cartesian_prod", "chain_matmul", "combinations",
    "dstack", "is_tensor", "isin", "meshgrid", "promote_types", "result_type", "row_stack", "rsub",
    "searchsorted", "std_mean", "bilinear", "celu", "cosine_similarity", "dropout",
    "pairwise_distance", "selu", "cdist", "cosine_embedding_loss", "pdist", "triplet_margin_loss",
    "pixel_shuffle", "pixel_unshuffle", "layer_norm", "cumulative_trapezoid",
    "rms_norm", "threshold", "trapezoid", "trapz", "typename", "vander", "var_mean", "real", "imag",
}  # fmt: skip


PROPERTIES: dict[str, Any] = {
    "_base": property(_base, doc="What this is a view of, or None."),
    "_version": property(lambda self: storage_of(self).writes, doc="How often it was written."),
    "data": property(_detach, _set_data, doc="The values, without history."),
    "device": property(lambda self: device_of(self._value), doc="The device."),
    "real": property(parts.real, doc="The real part; a real tensor itself."),
    "imag": property(parts.imag, doc="The imaginary part of complex numbers."),
    "T": property(_transposed, doc="The transpose."),
}

_AUGMENTED = {
    "__iadd__": "add",
    "__isub__": "subtract",
    "__imul__": "multiply",
    "__itruediv__": "divide",
    "__ipow__": "power",
}


def install() -> None:
    """Give tensors every method; called once, when the package is imported."""
    shortcuts.install()
    functions.collect()
    numpy_dialect.collect()
    for name, function in FUNCTIONS.items():
        rule = getattr(function, "rule", None)
        if name not in _HIDDEN and (rule is None or rule.method):
            setattr(Tensor, name, function)
    own = METHODS | buffers.METHODS | forms.METHODS | random.METHODS
    for name, function in (*IN_PLACE.items(), *TWIN_METHODS.items(), *own.items()):
        setattr(Tensor, name, function)
    for name, function in (PROPERTIES | buffers.PROPERTIES | forms.PROPERTIES).items():
        setattr(Tensor, name, function)
    # Python's own words about a wrong call name it.
    for name, function in own.items():
        if function.__module__ in (m.__name__ for m in (buffers, conversion, forms)) or (
            function.__module__ == __name__
        ):
            function.__qualname__ = f"Tensor.{name}"
    for name, method in without_rule.operators().items():
        setattr(Tensor, name, method)
    Tensor.eq = FUNCTIONS["eq"]  # type: ignore[attr-defined]  # sg.equal is one truth, and no rule
    Tensor.copy = Tensor.clone  # type: ignore[attr-defined]
    for operator, word in _AUGMENTED.items():
        setattr(Tensor, operator, in_place.augmented(word))
