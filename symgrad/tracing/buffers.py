"""What a tensor says of its buffer, and what it makes after its kind; ``methods`` imports it."""

from __future__ import annotations

import math
import mmap
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from symgrad.algebras.backends import namespace_of, root_of
from symgrad.algebras.numpy_adapter import NUMPY
from symgrad.errors import DeviceError, DtypeError, GraphError, compose, user_position
from symgrad.tracing import creation, views
from symgrad.tracing.composites.queries import dtype_of_type, tensor_type
from symgrad.tracing.devices import device_of
from symgrad.tracing.dtypes import DType, axis_of, raw_dtype_name
from symgrad.tracing.locking import taken_back
from symgrad.tracing.node import Leaf, extras
from symgrad.tracing.tensor import Tensor, buffer, leaf_of, refuse_formula, storage_of, wrap


def _held(self: Tensor, how: str) -> Any:
    """The tensor's NumPy array.

    Raises  DeviceError where it is not in host memory.
    """
    refuse_formula(self, how)
    if namespace_of(self._value) is not NUMPY:
        raise DeviceError(
            compose(
                f"{how} is known in host memory; this tensor is on {device_of(self._value)}",
                where=user_position(),
                mend="x.cpu() first",
            )
        )
    return buffer(self)


def stride(self: Tensor, dim: int | None = None) -> Any:
    """How many entries lie between neighbours along each axis, or along one.

    >>> sg.zeros(2, 3).stride(), sg.zeros(2, 3).T.stride(1)
    ((3, 1), 3)
    """
    value = self._value
    if isinstance(value, np.ndarray) and value.size:
        steps = tuple(n // value.itemsize for n in value.strides)
    else:
        shape = tuple(value.shape)
        steps = tuple(math.prod(max(n, 1) for n in shape[i + 1 :]) for i in range(len(shape)))
    return steps if dim is None else steps[axis_of(dim, len(steps))]


def storage_offset(self: Tensor) -> int:
    """The place of the first entry in the storage that the tensor shares with its base.

    >>> sg.zeros(2, 3)[1].storage_offset()
    3
    """
    value = _held(self, "storage_offset()")
    return (_address(value) - _address(root_of(value))) // value.itemsize  # type: ignore[no-any-return]


def _address(value: Any) -> Any:
    return value.__array_interface__["data"][0]


def data_ptr(self: Tensor) -> int:
    """The address of the first entry, in host memory.

    >>> x = sg.zeros(2); x.data_ptr() == x[:1].data_ptr()
    True
    """
    return int(_address(_held(self, "data_ptr()")))


class UntypedStorage:
    """The memory that a tensor and its views share, as bytes."""

    __slots__ = ("_root",)

    def __init__(self, root: Any) -> None:
        self._root = root

    def data_ptr(self) -> int:
        """The address of the first byte.

        >>> x = sg.zeros(4); x[1:].untyped_storage().data_ptr() == x.data_ptr()
        True
        """
        return int(_address(self._root))

    def nbytes(self) -> int:
        """How many bytes there are.

        >>> sg.zeros(4)[1:].untyped_storage().nbytes()
        16
        """
        return int(self._root.nbytes)

    size = __len__ = nbytes

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, UntypedStorage):
            return NotImplemented
        return self.data_ptr() == other.data_ptr()

    def __hash__(self) -> int:
        return hash(self.data_ptr())


def untyped_storage(self: Tensor) -> UntypedStorage:
    """The memory that the tensor shares with its views, as bytes.

    >>> x = sg.zeros(4); x[1:].untyped_storage() == x.untyped_storage()
    True
    """
    return UntypedStorage(root_of(_held(self, "untyped_storage()")))


def is_contiguous(self: Tensor, memory_format: Any = None) -> bool:
    """Whether the entries lie in order in memory.

    >>> sg.zeros(2, 3).is_contiguous(), sg.zeros(2, 3).T.is_contiguous()
    (True, False)
    """
    flags = getattr(self._value, "flags", None)
    return bool(getattr(flags, "c_contiguous", True))


def is_set_to(self: Tensor, tensor: Tensor) -> bool:
    """Whether both are the same entries of the same memory.

    >>> x = sg.zeros(2); x.is_set_to(x.detach()), x.is_set_to(x.clone())
    (True, False)
    """
    same = self.shape == tensor.shape and stride(self) == stride(tensor)
    return same and data_ptr(self) == data_ptr(tensor)


def is_shared(self: Tensor) -> bool:
    """Whether the memory is shared with other processes: asked for by ``share_memory_``.

    >>> sg.zeros(2).is_shared()
    False
    """
    value = self._value
    return isinstance(value, np.ndarray) and _maps_memory(root_of(value).base)


def _maps_memory(base: Any) -> bool:
    return isinstance(base, mmap.mmap) or isinstance(getattr(base, "obj", None), mmap.mmap)


def _holds_alone(self: Tensor) -> bool:
    """Whether nobody but the tensor and its leaf holds its array; views that are gone do not."""
    place = views.place_of(self)
    if place is not None and not place.steps and not place.family.alive():
        views.leave(self)
    del place  # its family holds the array too
    leaf = type(self.node) is Leaf and self.node.value is self._value
    return sys.getrefcount(self._value) <= 2 + leaf


def share_memory_(self: Tensor) -> Tensor:
    """Move the entries into memory that processes forked from this one share.

    Limits  a tensor that is pickled for another process is still a copy there.
    Raises  GraphError where others hold that memory, as views do: they would be left behind.

    >>> sg.ones(2).share_memory_().is_shared()
    True
    """
    _held(self, "share_memory_()")
    taken_back(self)
    if is_shared(self) or not self._value.nbytes:
        return self
    if root_of(self._value) is not self._value or not _holds_alone(self):
        raise GraphError(
            compose(
                "share_memory_() of a tensor whose memory others hold: its views, a graph, an "
                "array.",
                where=user_position(),
                mend="call it before views are taken, or clone() first",
            )
        )
    value = self._value
    shared = np.frombuffer(mmap.mmap(-1, value.nbytes), dtype=value.dtype).reshape(value.shape)
    shared[...] = value
    self._value = shared
    if type(self.node) is Leaf:
        self.node.value = shared
    return self


def get_device(self: Tensor) -> int:
    """The number of the GPU, -1 on the CPU.

    >>> sg.zeros(2).get_device()
    -1
    """
    where = device_of(self._value)
    return -1 if where.type != "cuda" else where.index or 0


def dim_order(self: Tensor) -> tuple[int, ...]:
    """The axes from the one with the largest stride to the one with the smallest.

    >>> sg.zeros(2, 3).T.dim_order()
    (1, 0)
    """
    steps = stride(self)
    return tuple(sorted(range(len(steps)), key=lambda a: -steps[a]))


def type_(self: Tensor, dtype: Any = None, non_blocking: bool = False) -> Any:
    """The name of the tensor's type; with a dtype (or such a name), the tensor in that dtype.

    >>> sg.zeros(2).type(), sg.zeros(2).type(sg.int64)
    ('symgrad.FloatTensor', tensor([0, 0]))
    """
    if dtype is None:
        return tensor_type(self.dtype)
    known = isinstance(dtype, str) and dtype.endswith("Tensor")
    return self.to(dtype=dtype_of_type(dtype) if known else dtype)  # type: ignore[attr-defined]


def type_as(self: Tensor, other: Tensor) -> Tensor:
    """The tensor in another's dtype.

    >>> sg.zeros(2).type_as(sg.tensor(1))
    tensor([0, 0])
    """
    return self.to(dtype=other.dtype)  # type: ignore[attr-defined,no-any-return]


def element_size(self: Tensor) -> int:
    """Bytes an entry.

    >>> sg.zeros(2).element_size()
    4
    """
    return self.dtype.itemsize


def viewed_as(self: Tensor, dtype: DType) -> Tensor:
    """The same bytes read as another dtype, without history.

    Raises  ShapeError where the last axis does not divide, GraphError for a tensor that is traced.
    """
    if self._rg:
        raise GraphError(
            compose(
                "view(dtype) of a tensor that requires grad: bytes have no gradient.",
                where=user_position(),
                mend="x.to(dtype) converts the values; x.detach().view(dtype) reads the bytes",
            )
        )
    value = _held(self, "view(dtype)")
    try:
        made = wrap(value.view(dtype.dtype))
    except (ValueError, TypeError) as error:
        raise DtypeError(
            compose(
                f"{raw_dtype_name(value)} entries of shape {tuple(value.shape)} cannot be read as "
                f"{dtype.name}: {error}",
                where=user_position(),
            )
        ) from error
    extras(leaf_of(made)).storage = storage_of(self)
    return made


# made after its own kind --------------------------------------------------------------------------


def new_tensor(
    self: Tensor, data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """A new tensor from data, of this one's dtype and device.

    >>> sg.zeros(1, dtype=sg.float64).new_tensor([1, 2])
    tensor([1., 2.], dtype=symgrad.float64)
    """
    return creation.tensor(data, **_mine(self, dtype, device), requires_grad=requires_grad)


def _mine(self: Tensor, dtype: Any, device: Any) -> dict[str, Any]:
    wanted = self.dtype if dtype is None else dtype
    return {"dtype": wanted, "device": device_of(self._value) if device is None else device}


def _new(name: str, make: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def method(
        self: Tensor,
        *size: Any,
        dtype: Any = None,
        device: Any = None,
        requires_grad: bool = False,
    ) -> Tensor:
        return make(*size, **_mine(self, dtype, device), requires_grad=requires_grad)

    method.__name__ = method.__qualname__ = f"new_{name}"
    method.__doc__ = f"""As ``{name}``, of this tensor's dtype and device.

    >>> sg.zeros(1, dtype=sg.float64).new_{name}(2, 3).dtype
    symgrad.float64
    """
    return method


new_zeros, new_ones = _new("zeros", creation.zeros), _new("ones", creation.ones)
new_empty = _new("empty", creation.empty)


def new_full(
    self: Tensor,
    size: Any,
    fill_value: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """As ``full``, of this tensor's dtype and device.

    >>> sg.zeros(1).new_full((2,), 7)
    tensor([7., 7.])
    """
    return creation.full(
        size, fill_value, **_mine(self, dtype, device), requires_grad=requires_grad
    )


METHODS: dict[str, Callable[..., Any]] = {
    "type": type_, "type_as": type_as, "stride": stride, "storage_offset": storage_offset,
    "data_ptr": data_ptr, "untyped_storage": untyped_storage, "is_contiguous": is_contiguous,
    "is_set_to": is_set_to, "is_shared": is_shared, "share_memory_": share_memory_,
    "get_device": get_device, "dim_order": dim_order, "new_tensor": new_tensor,
    "new_zeros": new_zeros, "new_ones": new_ones, "new_empty": new_empty, "new_full": new_full,
    "element_size": element_size,
}  # fmt: skip
PROPERTIES: dict[str, Any] = {
    "itemsize": property(element_size, doc="Bytes an entry."),
    "nbytes": property(lambda self: int(self.size) * element_size(self), doc="Bytes in all."),
    "is_cpu": property(
        lambda self: device_of(self._value).type == "cpu", doc="Whether on the CPU."
    ),
    "is_cuda": property(
        lambda self: device_of(self._value).type == "cuda", doc="Whether on a GPU."
    ),
    "is_sparse": property(lambda self: False, doc="False: all tensors here are dense."),
    "output_nr": property(lambda self: 0, doc="Which result of its operation it is."),
}
