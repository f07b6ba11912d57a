"""Methods of tensors: PyTorch's, filled from the functions, and what needs the floors below."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from symgrad.algebras.backends import namespace_of
from symgrad.algebras.devices import to_host
from symgrad.algebras.numpy_adapter import NUMPY
from symgrad.errors import DtypeError, GraphError, ShapeError
from symgrad.grammar.primitive import REGISTRY
from symgrad.modes import MODE, RECORDING
from symgrad.tracing import autograd, functions, guards, numpy_dialect, shortcuts, writing
from symgrad.tracing.creation import as_tensor
from symgrad.tracing.devices import device_of, place
from symgrad.tracing.dtypes import (
    DTYPES,
    DType,
    as_numpy_dtype,
    default_float,
    device,
    raw_dtype_name,
)
from symgrad.tracing.functions import FUNCTIONS, IN_PLACE
from symgrad.tracing.node import Node
from symgrad.tracing.printing import format_tensor
from symgrad.tracing.tensor import Tensor, alias, leaf_of, refuse_leaving, wrap
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
        return apply(REGISTRY["detach"], (self,), {})  # type: ignore[no-any-return]
    return alias(self)


def _to(self: Tensor, *args: Any, dtype: Any = None, device: Any = None, **_: Any) -> Tensor:
    """This tensor in another dtype or on another device; itself where nothing changes.

    Takes   a device, a dtype, or a tensor to be like.

    >>> sg.tensor([1.0]).to("cpu", sg.float64)
    tensor([1.], dtype=symgrad.float64)
    """
    for argument in args:
        if isinstance(argument, Tensor):
            dtype, device = argument.dtype, device_of(argument._value)
        elif isinstance(argument, str) and argument.partition(":")[0] not in ("cpu", "cuda"):
            dtype = argument
        elif isinstance(argument, (str, device_type)):
            device = argument
        elif not isinstance(argument, bool):
            dtype = argument
    out = self
    if device is not None and device_type(device) != device_of(self._value):
        out = _moved(out, device_type(device))
    if dtype is not None and raw_dtype_name(out._value) != as_numpy_dtype(dtype).name:
        out = _cast(out, as_numpy_dtype(dtype))
    return out


device_type = device


def _moved(self: Tensor, where: device) -> Tensor:
    if self._rg:
        return apply(REGISTRY["to_device"], (self,), {"device": where})  # type: ignore[no-any-return]
    return wrap(place(self._value, where))


def _cast(self: Tensor, dtype: Any) -> Tensor:
    target = (
        dtype
        if namespace_of(self._value) is NUMPY
        else getattr(namespace_of(self._value).namespace, dtype.name)
    )
    if dtype.kind == "f" and (self._rg or type(self.node) is Node):
        return apply(REGISTRY["cast"], (self,), {"dtype": target})  # type: ignore[no-any-return]
    return wrap(namespace_of(self._value).cast(self._value, dtype=target))


def _caster(name: str) -> Callable[[Tensor], Tensor]:
    def method(self: Tensor) -> Tensor:
        return _to(self, dtype=DTYPES[name])

    method.__doc__ = f"This tensor as {name}."
    return method


def _getitem(self: Tensor, index: Any) -> Tensor:
    """Entries by integers, slices, ``...``, ``None``, integer arrays and masks."""
    parts = index if isinstance(index, tuple) else (index,)
    clean = tuple(_index_part(p) for p in parts)
    places = clean if isinstance(index, tuple) else clean[0]
    return apply(REGISTRY["getitem"], (self,), {"index": places})  # type: ignore[no-any-return]


def _index_part(part: Any) -> Any:
    if isinstance(part, Tensor):
        value = part._value
        if raw_dtype_name(value)[0] not in "iub":
            raise DtypeError("tensors used as indices must be long, int, byte or bool tensors")
        return value if value.shape or raw_dtype_name(value) == "bool" else int(value)
    if isinstance(part, list):
        return to_host(as_tensor(part)._value)
    return part


def _iter(self: Tensor) -> Iterator[Tensor]:
    if not self._value.shape:
        raise TypeError("iteration over a 0-d tensor")
    return (_getitem(self, i) for i in range(self._value.shape[0]))


def _contains(self: Tensor, value: Any) -> bool:
    found = namespace_of(self._value).equal(self._value, raw(value))
    return bool(namespace_of(self._value).any(found))


def _repr(self: Tensor) -> str:
    node = self.node
    return format_tensor(
        to_host(self._value),
        dtype=raw_dtype_name(self._value),
        default_float=default_float().name,
        device=str(device_of(self._value)),
        grad_fn=node.name() if self._rg and type(node) is Node else None,
        requires_grad=self._rg,
    )


def _view(self: Tensor, *shape: Any) -> Tensor:
    """The same entries in another shape (or another dtype's name, as ``view(dtype)`` refuses)."""
    if len(shape) == 1 and isinstance(shape[0], DType):
        raise ShapeError("view(dtype) is not differentiable; use .to(dtype)")
    return FUNCTIONS["reshape"](self, *shape)  # type: ignore[no-any-return]


def _permute(self: Tensor, *dims: Any) -> Tensor:
    """Axes in another order."""
    axes = tuple(dims[0]) if len(dims) == 1 and isinstance(dims[0], (tuple, list)) else dims
    return FUNCTIONS["permute"](self, axes=axes)  # type: ignore[no-any-return]


def _deepcopy(self: Tensor, memo: dict[int, Any]) -> Tensor:
    if type(self.node) is Node and self._rg:
        raise GraphError(
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy "
            "protocol; use x.detach().clone()"
        )
    made = wrap(namespace_of(self._value).copy_of(self._value))
    if self._rg:
        made.requires_grad_()
    if self._grad is not None:
        made._grad = _deepcopy(self._grad, memo)
    memo[id(self)] = made
    return made


def _cpu(self: Tensor) -> Tensor:
    """This tensor on the CPU."""
    return _to(self, device="cpu")


def _cuda(self: Tensor, index: int = 0) -> Tensor:
    """This tensor on a GPU."""
    return _to(self, device=device("cuda", index))


def _numel(self: Tensor) -> int:
    """The number of entries."""
    return int(self.size)


def _dim(self: Tensor) -> int:
    """How many axes."""
    return self.ndim


def _where(self: Tensor, condition: Tensor, other: Any) -> Tensor:
    """This tensor where the condition holds, else ``other``."""
    return functions.where(condition, self, other)


def _transposed(self: Tensor) -> Tensor:
    return (
        functions.t(self)
        if self.ndim <= 2
        else FUNCTIONS["permute"](self, axes=tuple(reversed(range(self.ndim))))
    )


def _set_data(self: Tensor, value: Any) -> None:
    refuse_leaving(self, ".data = ...")
    source = as_tensor(value)
    if self._rg and raw_dtype_name(source._value)[0] != "f":
        raise DtypeError("data of a tensor that requires grad stays floating")
    self._value = source._value
    if self.node is not None and type(self.node) is not Node:
        guards.drop(self.node)
        old = self.node
        self.node = None
        leaf = leaf_of(self, old.position)
        leaf.assigned, leaf.dims = old.assigned, old.dims


METHODS: dict[str, Callable[..., Any]] = {
    "backward": _backward, "detach": _detach, "to": _to, "float": _caster("float32"),
    "double": _caster("float64"), "half": _caster("float16"), "long": _caster("int64"),
    "int": _caster("int32"), "bool": _caster("bool"), "view": _view, "permute": _permute,
    "copy_": writing.copy_, "zero_": writing.zero_, "pow": functions.pow,
    "__getitem__": _getitem, "__setitem__": writing.setitem, "__iter__": _iter,
    "__contains__": _contains, "__repr__": _repr, "__bool__": guards.truth,
    "__deepcopy__": _deepcopy, "cpu": _cpu, "cuda": _cuda, "numel": _numel, "dim": _dim,
    "where": _where, "__array__": numpy_dialect.array,
    "__array_ufunc__": numpy_dialect.array_ufunc,
    "__array_function__": numpy_dialect.array_function,
}  # fmt: skip

_HIDDEN = {"cat", "concat", "concatenate", "stack", "einsum", "where"}


PROPERTIES: dict[str, Any] = {
    "data": property(_detach, _set_data, doc="The values, without history."),
    "device": property(lambda self: device_of(self._value), doc="The device."),
    "T": property(_transposed, doc="The transpose."),
    "mT": property(
        lambda self: functions.transpose(self, -2, -1), doc="The last two axes swapped."
    ),
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
    for name, function in (*IN_PLACE.items(), *METHODS.items(), *PROPERTIES.items()):
        setattr(Tensor, name, function)
    for operator, word in _AUGMENTED.items():
        setattr(Tensor, operator, writing.augmented(word))
