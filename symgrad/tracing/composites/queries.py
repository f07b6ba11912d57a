"""Questions about tensors and dtypes, in PyTorch's dialect; the face lists them."""

from __future__ import annotations

from typing import Any

import numpy as np

from symgrad.errors import DtypeError, GraphError, compose, user_position
from symgrad.tracing import guards
from symgrad.tracing.dtypes import (
    DTYPES,
    DType,
    as_numpy_dtype,
    default_float,
    get_default_dtype,
    is_floating,
    raw_dtype_name,
)
from symgrad.tracing.tensor import Tensor
from symgrad.tracing.traced import raw


def is_tensor(obj: Any) -> bool:
    """Whether something is a tensor.

    >>> sg.is_tensor(sg.tensor(1)), sg.is_tensor(1)
    (True, False)
    """
    return isinstance(obj, Tensor)


def is_floating_point(input: Tensor) -> bool:
    """Whether the dtype is floating, so that gradients can flow.

    >>> sg.is_floating_point(sg.tensor([1.0])), sg.is_floating_point(sg.tensor([1]))
    (True, False)
    """
    return is_floating(input._value)


def is_complex(input: Tensor) -> bool:
    """Whether the dtype is complex.

    >>> sg.is_complex(sg.tensor([1.0]))
    False
    """
    return raw_dtype_name(input._value).startswith("complex")


def is_signed(input: Tensor) -> bool:
    """Whether the dtype has negative numbers.

    >>> sg.is_signed(sg.tensor([1])), sg.is_signed(sg.tensor([True]))
    (True, False)
    """
    return raw_dtype_name(input._value)[0] not in "ub"


def is_nonzero(input: Tensor) -> bool:
    """Whether the single entry is not zero.

    Raises  GraphError (a RuntimeError) where there is more than one.

    >>> sg.is_nonzero(sg.tensor([1.5]))
    True
    """
    if not input._value.shape or input._value.size == 1:
        return bool(input)
    many = "more than one value" if input._value.size else "no values"
    raise GraphError(
        compose(f"Boolean value of Tensor with {many} is ambiguous", where=user_position())
    )


def is_same_size(input: Tensor, other: Tensor) -> bool:
    """Whether two tensors have the same shape.

    >>> sg.is_same_size(sg.zeros(2), sg.ones(2))
    True
    """
    return tuple(input.shape) == tuple(other.shape)


def numel(input: Tensor) -> int:
    """The number of entries.

    >>> sg.numel(sg.zeros(2, 3))
    6
    """
    return input.shape.numel()


def typename(obj: Any) -> str:
    """The name of an object's type, as PyTorch writes it.

    >>> sg.typename(sg.tensor([1.0]))
    'symgrad.FloatTensor'
    """
    if isinstance(obj, Tensor):
        return tensor_type(obj.dtype)
    return f"{type(obj).__module__}.{type(obj).__qualname__}".removeprefix("builtins.")


#: Dtypes by the names that PyTorch's tensor types have.
_TYPES = {
    "float16": "Half", "float32": "Float", "float64": "Double", "int8": "Char", "int16": "Short",
    "int32": "Int", "int64": "Long", "uint8": "Byte", "bool": "Bool", "uint16": "UInt16",
    "uint32": "UInt32", "uint64": "UInt64", "complex64": "ComplexFloat",
    "complex128": "ComplexDouble",
}  # fmt: skip


def tensor_type(dtype: DType) -> str:
    """PyTorch's name of the type of tensors of a dtype.

    >>> from symgrad.tracing.composites.queries import tensor_type
    >>> tensor_type(sg.int64)
    'symgrad.LongTensor'
    """
    return f"symgrad.{_TYPES[dtype.name]}Tensor"


def dtype_of_type(name: str) -> DType:
    """The dtype that the name of a tensor type stands for.

    Raises  ValueError for a name that is none.
    """
    bare = name.rpartition(".")[2].removesuffix("Tensor")
    for dtype, known in _TYPES.items():
        if known == bare:
            return DTYPES[dtype]
    raise ValueError(f"invalid type: {name!r}")


# promotion ----------------------------------------------------------------------------------------


def promote_types(type1: Any, type2: Any) -> DType:
    """The dtype that entries of two dtypes have together; a float beside integers keeps its own.

    >>> sg.promote_types(sg.int64, sg.float32)
    symgrad.float32
    """
    a, b = as_numpy_dtype(type1), as_numpy_dtype(type2)
    floats = [d for d in (a, b) if d.kind in "fc"]
    found = floats[0] if len(floats) == 1 else np.promote_types(a, b)
    return DTYPES[found.name]


def result_type(tensor1: Any, tensor2: Any) -> DType:
    """The dtype of the sum of two operands; a Python number takes that of the tensor beside it.

    >>> sg.result_type(sg.tensor([1, 2]), 1.5)
    symgrad.float32
    """
    guards.lose()
    values = [raw(x) for x in (tensor1, tensor2)]
    strong = [DTYPES[raw_dtype_name(v)] for v in values if hasattr(v, "dtype")]
    weak = [v for v in values if not hasattr(v, "dtype")]
    if len(strong) == 2:
        return promote_types(*strong)
    if not strong:
        kinds = [_weak(v) for v in weak]
        return promote_types(*kinds)
    rank = ("b", "i", "f")
    own, number = strong[0], _weak(weak[0])
    kind = own.dtype.kind.replace("u", "i")
    return own if rank.index(number.dtype.kind) <= rank.index(kind) else number


def _weak(value: Any) -> DType:
    """The dtype that a Python number has alone."""
    if isinstance(value, bool):
        return DTYPES["bool"]
    return DTYPES["int64"] if isinstance(value, int) else get_default_dtype()


def can_cast(from_: Any, to: Any) -> bool:
    """Whether entries of one dtype may be written into another: not floats into integers.

    >>> sg.can_cast(sg.float32, sg.int64), sg.can_cast(sg.float64, sg.float32)
    (False, True)
    """
    order = {"b": 0, "u": 1, "i": 1, "f": 2, "c": 3}
    a, b = as_numpy_dtype(from_), as_numpy_dtype(to)
    if a.kind == "i" and b.kind == "u":
        return False
    return order[a.kind] <= order[b.kind]


class finfo:
    """What a floating dtype can hold.

    Raises  DtypeError (a TypeError) for a dtype that is not floating.

    >>> sg.finfo(sg.float32).eps
    1.1920928955078125e-07
    """

    __slots__ = ("bits", "dtype", "eps", "max", "min", "resolution", "smallest_normal", "tiny")

    def __init__(self, type: Any = None) -> None:
        wanted = default_float() if type is None else as_numpy_dtype(type)
        if wanted.kind not in "fc":
            raise DtypeError(
                compose(
                    f"torch.finfo() requires a floating point input type. {wanted} is not.",
                    where=user_position(),
                    mend="sg.iinfo for integers",
                )
            )
        found = np.finfo(wanted)
        self.bits, self.dtype = found.bits, found.dtype.name
        self.eps, self.max, self.min = float(found.eps), float(found.max), float(found.min)
        self.smallest_normal = self.tiny = float(found.smallest_normal)
        self.resolution = 10.0 ** -int(found.precision)

    def __repr__(self) -> str:
        words = ("resolution", "min", "max", "eps", "smallest_normal", "tiny")
        said = ", ".join(f"{word}={getattr(self, word):.6g}" for word in words)
        return f"finfo({said}, dtype={self.dtype})"


class iinfo:
    """What an integer dtype can hold.

    Raises  DtypeError (a TypeError) for a dtype that is not one of integers.

    >>> sg.iinfo(sg.int8).max
    127
    """

    __slots__ = ("bits", "dtype", "max", "min")

    def __init__(self, type: Any) -> None:
        wanted = as_numpy_dtype(type)
        if wanted.kind not in "iu":
            raise DtypeError(
                compose(
                    f"torch.iinfo() requires an integer input type. {wanted} is not.",
                    where=user_position(),
                    mend="sg.finfo for floats",
                )
            )
        found = np.iinfo(wanted)
        self.bits, self.dtype, self.min, self.max = found.bits, wanted.name, found.min, found.max

    def __repr__(self) -> str:
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"
