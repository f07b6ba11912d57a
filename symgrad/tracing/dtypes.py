"""Dtypes, shapes and devices as a person sees them; imported by tensors."""

from __future__ import annotations

import operator
import re
from typing import Any

import numpy as np

from symgrad.algebras.devices import card
from symgrad.errors import AxisError, DeviceError, DtypeError, compose, user_position


class DType:
    """A dtype: equal to, hashed as and accepted for NumPy's.

    >>> sg.float32 == np.float32, sg.float64
    (True, symgrad.float64)
    """

    __slots__ = ("dtype", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        # NumPy reads this attribute wherever it takes a dtype.
        self.dtype = np.dtype(name)

    @property
    def is_floating_point(self) -> bool:
        """Whether tensors of it can require grad."""
        return self.dtype.kind == "f"

    @property
    def is_complex(self) -> bool:
        """Whether its numbers have an imaginary part."""
        return self.dtype.kind == "c"

    @property
    def itemsize(self) -> int:
        """Bytes an entry."""
        return self.dtype.itemsize

    def __eq__(self, other: object) -> bool:
        if isinstance(other, DType):
            return self.name == other.name
        try:
            return bool(self.dtype == other)
        except TypeError:
            return False

    def __hash__(self) -> int:
        return hash(self.dtype)

    def __reduce__(self) -> Any:
        return _dtype_named, (self.name,)  # one object a dtype, also unpickled or copied

    def __repr__(self) -> str:
        return f"symgrad.{self.name}"


def _dtype_named(name: str) -> DType:
    return DTYPES[name]


NAMES = (
    "float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32",
    "uint64", "bool", "complex64", "complex128",
)  # fmt: skip
DTYPES: dict[str, DType] = {name: DType(name) for name in NAMES}
_HELD = frozenset(np.dtype(name) for name in NAMES)
_DEFAULT = [np.dtype("float32")]


def set_default_dtype(dtype: Any) -> None:
    """Set the dtype that Python floats become (float32 at the start, as in PyTorch).

    >>> sg.set_default_dtype(sg.float64); sg.tensor(1.5).dtype
    symgrad.float64
    >>> sg.set_default_dtype(sg.float32)
    """
    wanted = as_numpy_dtype(dtype)
    if wanted.kind != "f":
        raise DtypeError(
            compose(
                f"the default dtype must be floating; {wanted} is not",
                where=user_position(),
                mend="take sg.float32, sg.float64 or sg.float16",
            )
        )
    _DEFAULT[0] = wanted


def get_default_dtype() -> DType:
    """The dtype that Python floats become.

    >>> sg.get_default_dtype()
    symgrad.float32
    """
    return DTYPES[_DEFAULT[0].name]


def default_float() -> np.dtype[Any]:
    """The default float dtype, as NumPy's."""
    return _DEFAULT[0]


def as_numpy_dtype(dtype: Any) -> np.dtype[Any]:
    """NumPy's dtype for anything that names one.

    Raises  DtypeError for what names none that tensors have.
    """
    try:
        found = np.dtype(dtype.dtype if isinstance(dtype, DType) else dtype)
    except (TypeError, ValueError) as error:
        raise DtypeError(
            compose(
                f"{dtype!r} is no dtype.",
                where=user_position(),
                mend=f"take one of {', '.join(NAMES)}; a device is cpu, cuda or cuda:1",
            )
        ) from error
    if found.name not in DTYPES:
        raise DtypeError(
            compose(
                f"tensors have no dtype {found.name}.",
                where=user_position(),
                mend=f"take one of {', '.join(NAMES)}",
            )
        )
    return found


#: What to make of an array that no tensor can hold, by the kind of its dtype.
_MENDS = {
    "c": "a.astype(np.complex128)",
    "M": "count from a day: (a - a[0]).astype(np.float64)",
    "m": "count in a unit: a / np.timedelta64(1, 's')",
    "O": "name the numbers' dtype: a.astype(np.float64)",
    "f": "a.astype(np.float64)",
}


def check_held(value: Any) -> None:
    """The gate for raw arrays and array scalars: only what a tensor can hold passes.

    Raises  DtypeError, with the mend, for dates, objects, masks and other widths.
    """
    dtype = value.dtype
    masked = isinstance(value, np.ndarray) and hasattr(value, "mask")
    if not masked and (dtype in _HELD if isinstance(dtype, np.dtype) else _is_named(value)):
        return
    if masked:
        what, mend = "a masked array's mask would be lost.", "fill it: a.filled(0.0)"
    elif isinstance(dtype, np.dtype) and not dtype.isnative and dtype.name in DTYPES:
        what = "the array's byte order is not this machine's."
        mend = "a.astype(a.dtype.newbyteorder('='))"
    else:
        what = f"tensors hold no {raw_dtype_name(value)}."
        kind = dtype.kind if isinstance(dtype, np.dtype) else raw_dtype_name(value)[0]
        mend = _MENDS.get(kind, "tensors hold numbers: make some of it first")
    rows = [("given", f"{type(value).__name__} of {raw_dtype_name(value)} {tuple(value.shape)}")]
    raise DtypeError(compose(what, rows, where=user_position(), mend=mend))


def _is_named(value: Any) -> bool:
    return raw_dtype_name(value) in DTYPES


def raw_dtype_name(value: Any) -> str:
    """The dtype's name of a raw value of any namespace."""
    dtype = value.dtype
    return dtype.name if isinstance(dtype, np.dtype) else str(dtype).rpartition(".")[2]


def dtype_of_raw(value: Any) -> DType:
    """The public dtype of a raw value."""
    return DTYPES[raw_dtype_name(value)]


def is_floating(value: Any) -> bool:
    """Whether a raw value is of a real floating dtype."""
    return raw_dtype_name(value).startswith("float")


def axis_of(dim: int, ndim: int) -> int:
    """An axis counted from the front.

    Raises  AxisError (an IndexError) outside the tensor.
    """
    bound = max(ndim, 1)
    if not -bound <= dim < bound:
        raise AxisError(
            compose(
                f"Dimension out of range (expected to be in range of [{-bound}, {bound - 1}], "
                f"but got {dim})",
                where=user_position(),
                mend=f"count axes from 0, or from the end with -1; there are {ndim}",
            )
        )
    return dim % bound


class Size(tuple[int, ...]):
    """A shape: a tuple that prints as PyTorch's, with ``numel``; a part or a sum is one too."""

    __slots__ = ()

    def __getitem__(self, index: Any) -> Any:
        found = tuple.__getitem__(self, index)
        return Size(found) if type(found) is tuple else found

    def __add__(self, other: tuple[Any, ...]) -> Any:
        return Size((*self, *other)) if isinstance(other, tuple) else NotImplemented

    def __radd__(self, other: tuple[Any, ...]) -> Any:
        return Size((*other, *self)) if isinstance(other, tuple) else NotImplemented

    def __mul__(self, times: Any) -> Any:
        return Size(tuple.__mul__(self, times))

    __rmul__ = __mul__

    def numel(self) -> int:
        """The number of entries."""
        count = 1
        for n in self:
            count *= n
        return count

    def __repr__(self) -> str:
        return f"symgrad.Size({list(self)})"


def size_along(shape: tuple[Any, ...], dim: int | None) -> Any:
    """What ``x.size()`` and ``x.size(dim)`` give.

    Raises  AxisError outside the tensor.
    """
    if dim is None:
        return Size(shape)
    if not shape:
        raise AxisError("dimension specified as 0 but tensor has no dimensions")
    return shape[axis_of(dim, len(shape))]


class NamedCount:
    """The number of entries where sizes have names: SymPy's number that can also be called.

    >>> from symgrad.tracing.symbolic import read_sizes, symbol_tensor
    >>> x = symbol_tensor("x", read_sizes("n 3")[1])
    >>> x.size, x.size + 1, x.size(0)
    (3*n, 3*n + 1, n)
    """

    __slots__ = ("_shape", "_sympy_value")

    #: As a tensor's: SymPy leaves to it what is computed with both.
    _op_priority = 900.0

    def __init__(self, count: Any, shape: tuple[Any, ...]) -> None:
        self._shape = shape
        self._sympy_value = count

    def _sympy_(self) -> Any:
        return self._sympy_value

    def __call__(self, dim: int | None = None) -> Any:
        return size_along(self._shape, dim)

    def __eq__(self, other: object) -> bool:
        other = other._sympy_value if isinstance(other, NamedCount) else other
        return bool(self._sympy_value == other)

    def __hash__(self) -> int:
        return hash(self._sympy_value)

    def __int__(self) -> int:
        return int(self._sympy_value)

    def __float__(self) -> float:
        return float(self._sympy_value)

    def __neg__(self) -> Any:
        return -self._sympy_value

    def __repr__(self) -> str:
        return repr(self._sympy_value)


def _counted(name: str) -> Any:
    compute = getattr(operator, name)

    def method(self: NamedCount, other: Any) -> Any:
        other = other._sympy_value if isinstance(other, NamedCount) else other
        return compute(self._sympy_value, other)

    def reflected(self: NamedCount, other: Any) -> Any:
        return compute(other, self._sympy_value)

    return method, reflected


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "lt", "le", "gt", "ge"):
    _method, _reflected = _counted(_name)
    setattr(NamedCount, f"__{_name}__", _method)
    if len(_name) > 2:
        setattr(NamedCount, f"__r{_name}__", _reflected)


class device:
    """Where a tensor lives: ``cpu``, ``cuda`` (the current GPU) or ``cuda:1``; equal to its string.

    Takes   type: the name, with an index or without, a GPU's number alone, or another device;
            index: the GPU's number, where the name does not hold it.
    Raises  DeviceError for a name or a number that no device can have, or a number alone where
            there is no GPU; TypeError for what is neither.
    Limits  as in PyTorch, ``device("cuda")`` and ``device("cuda:0")`` differ; a tensor's own device
            always has its number.

    >>> sg.device("cpu") == "cpu", sg.device("cuda", 1)
    (True, device(type='cuda', index=1))
    """

    __slots__ = ("index", "raw", "type")

    type: str
    index: int | None
    raw: Any  # the array library's own device, where it is neither the CPU nor a GPU

    def __init__(self, type: Any, index: int | None = None) -> None:
        self.raw = None
        if isinstance(type, device) and index is None:
            self.type, self.index, self.raw = type.type, type.index, type.raw
            return
        if isinstance(type, int) and not isinstance(type, bool) and index is None:
            self.type, self.index = "cuda", card(_counted_from_0(type))
            return
        if not isinstance(type, str):
            given = type.__class__.__name__
            raise TypeError(f"device(): argument 'type' must be str, not {given}")
        if not (index is None or isinstance(index, int)):
            raise TypeError(
                f"device(): argument 'index' must be int, not {index.__class__.__name__}"
            )
        self.type, number = _parts_of(type)
        if number is not None and index is not None:
            raise DeviceError(
                compose(
                    "type (string) must not include an index because index was passed "
                    f"explicitly: {type}",
                    where=user_position(),
                    mend=f"leave out index={index}",
                )
            )
        self.index = number if index is None else _counted_from_0(index)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str):
            return str(self) == other
        if not isinstance(other, device):
            return NotImplemented
        return (self.type, self.index, self.raw) == (other.type, other.index, other.raw)

    def __hash__(self) -> int:
        return hash(str(self))

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __repr__(self) -> str:
        index = "" if self.index is None else f", index={self.index}"
        return f"device(type={self.type!r}{index})"


#: A name, and perhaps a number without zeros in front.
_DEVICE = re.compile(r"([a-z]+)(?::(0|[1-9][0-9]*))?")


def _parts_of(text: str) -> tuple[str, int | None]:
    """The type and the number that a device's string names."""
    what = ""
    found = _DEVICE.fullmatch(text)
    if not text:
        what = "Device string must not be empty"
    elif text.partition(":")[0] not in ("cpu", "cuda", "strict"):
        what = f"Expected one of cpu, cuda device type at start of device string: {text}"
    elif found is None:
        what = f"Invalid device string: {text!r}"
    if what or found is None:
        raise DeviceError(compose(what, where=user_position(), mend="write cpu, cuda or cuda:1"))
    return found[1], None if found[2] is None else int(found[2])


def _counted_from_0(index: int) -> int:
    if index < 0:
        raise DeviceError(
            compose("Device index must not be negative", where=user_position(), mend="count from 0")
        )
    return index
