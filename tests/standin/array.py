"""The stand-in's array: no ndarray, on a card, and never on the host unasked."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.standin.machine import (
    Device,
    MemoryPointer,
    download,
    launch,
    same_card,
    synchronise,
    upload,
)

#: What atomic additions exist for on a card.
ADDS_AT = frozenset({"int32", "int64", "uint32", "uint64", "float16", "float32", "float64"})
#: name -> the functions and ufuncs of the ``cupy`` module; ``namespace`` fills it.
FUNCTIONS: dict[str, Callable[..., Any]] = {}


class ndarray:
    """An array of a card."""

    __module__ = "cupy"
    __slots__ = ("__weakref__", "_a", "_base", "data")
    __array_priority__ = 100

    def __init__(
        self,
        shape: Any,
        dtype: Any = float,
        memptr: Any = None,
        strides: Any = None,
        order: str = "C",
    ) -> None:
        self._a = np.empty(shape, dtype, order)  # type: ignore[call-overload]
        self._base, self.data = None, memptr or MemoryPointer(self._a.nbytes)

    # what it is

    shape = property(lambda self: self._a.shape)
    dtype = property(lambda self: self._a.dtype)
    ndim = property(lambda self: self._a.ndim)
    size = property(lambda self: self._a.size)
    nbytes = property(lambda self: self._a.nbytes)
    itemsize = property(lambda self: self._a.itemsize)
    strides = property(lambda self: self._a.strides)
    base = property(lambda self: self._base)
    flags = property(lambda self: Flags(self._a.flags))
    device = property(lambda self: Device(self.data.device_id))
    T = property(lambda self: view(self, self._a.T))
    mT = property(lambda self: view(self, self._a.mT))
    real = property(lambda self: view(self, self._a.real))
    imag = property(lambda self: view(self, self._a.imag))

    def __len__(self) -> int:
        return len(self._a)

    def __iter__(self) -> Any:
        if not self.ndim:
            raise TypeError("iteration over a 0-d array")
        return (self[i] for i in range(len(self)))

    __hash__ = None  # type: ignore[assignment]

    # to the host

    def get(
        self, stream: Any = None, order: str = "C", out: Any = None, blocking: bool = True
    ) -> np.ndarray[Any, Any]:
        download("get")
        return np.array(self._a, order=order)  # type: ignore[call-overload,no-any-return]

    def item(self) -> Any:
        download("item")
        return self._a.item()

    def tolist(self) -> Any:
        return self.get().tolist()

    def __array__(self, dtype: Any = None) -> Any:
        raise TypeError(
            "Implicit conversion to a NumPy array is not allowed. Please use `.get()` to construct "
            "a NumPy array explicitly."
        )

    def __bool__(self) -> bool:
        return bool(self.get())

    def __int__(self) -> int:
        return int(self.get())

    def __float__(self) -> float:
        return float(self.get())

    def __complex__(self) -> complex:
        return complex(self.get())

    def __format__(self, spec: str) -> str:
        return format(self.get(), spec)

    def __repr__(self) -> str:
        return repr(self.get())

    def __str__(self) -> str:
        return str(self.get())

    def set(self, arr: Any, stream: Any = None) -> None:
        upload("set")
        self._a[...] = arr

    # copies

    def copy(self, order: str = "C") -> ndarray:
        launch("copy", 2 * self.nbytes)
        return fresh(self._a.copy(order))  # type: ignore[arg-type]

    def astype(
        self,
        dtype: Any,
        order: str = "K",
        casting: Any = None,
        subok: Any = None,
        copy: bool = True,
    ) -> ndarray:
        if not copy and self.dtype == np.dtype(dtype):
            return self
        with np.errstate(all="ignore"):
            made = self._a.astype(dtype)
        launch("astype", self.nbytes + made.nbytes)
        return fresh(made)

    def fill(self, value: Any) -> None:
        same_card([self])
        refuse_host(value)
        launch("fill", self.nbytes)
        self._a.fill(lowered(value))

    def __copy__(self) -> ndarray:
        return self.copy()

    def __deepcopy__(self, memo: Any) -> ndarray:
        with self.device:
            return self.copy()

    # entries

    def __getitem__(self, slices: Any) -> Any:
        index, advanced, masked = places(self, slices)
        if not advanced:  # a view, of one entry too: never a scalar
            parts = index if isinstance(index, tuple) else (index,)
            whole = any(p is Ellipsis for p in parts)
            return view(self, self._a[parts if whole else (*parts, ...)])
        same_card([self])
        if masked:
            synchronise("x[mask]")
        found = np.asarray(self._a[index])
        launch("getitem", 2 * found.nbytes)
        return fresh(found)

    def __setitem__(self, slices: Any, value: Any) -> None:
        index, advanced, masked = places(self, slices)
        refuse_host(value)
        same_card([o for o in (self, value) if isinstance(o, ndarray)])
        value = lowered(value)
        if advanced and not masked and np.size(value) > 1:
            refuse_twice(self._a.shape, index)
        if masked and np.ndim(value):
            synchronise("x[mask] = array")
        with np.errstate(all="ignore"):
            self._a[index] = value
        launch("setitem", np.asarray(value).nbytes + self._a[index].nbytes)

    def put(self, indices: Any, values: Any, mode: str = "wrap") -> None:
        same_card([self])
        refuse_twice((self.size,), (lowered(indices),))
        launch("put", self.nbytes)
        self._a.put(lowered(indices), lowered(values), mode)

    # NumPy's functions, sent to CuPy's

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        found = FUNCTIONS.get(ufunc.__name__)
        if found is None or method not in ("__call__", "at") or ufunc.signature is not None:
            return NotImplemented
        return found(*inputs, **kwargs) if method == "__call__" else found.at(*inputs)  # type: ignore[attr-defined]

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        module = func.__module__.partition(".")[2]
        found = FUNCTIONS.get(f"{module}.{func.__name__}" if module else func.__name__)
        if found is None or any(t not in (ndarray, np.ndarray) for t in types):
            return NotImplemented
        return found(*args, **kwargs)


class Flags:
    """``cupy.ndarray.flags``: three of NumPy's."""

    def __init__(self, flags: Any) -> None:
        self.c_contiguous, self.f_contiguous = flags.c_contiguous, flags.f_contiguous
        self.owndata, self.forc = flags.owndata, flags.forc


def fresh(values: Any) -> ndarray:
    """A new array of the current card."""
    made = ndarray.__new__(ndarray)
    made._a = np.asarray(values)
    made._base, made.data = None, MemoryPointer(made._a.nbytes)
    return made


def view(of: ndarray, values: np.ndarray[Any, Any]) -> ndarray:
    """A view: the same memory."""
    made = ndarray.__new__(ndarray)
    made._a, made.data = values, of.data
    made._base = of if of._base is None else of._base
    return made


def lowered(value: Any) -> Any:
    """NumPy's arrays of the stand-in's, in lists and tuples too."""
    if isinstance(value, ndarray):
        return value._a
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return type(value)(lowered(v) for v in value)
    return value


def arrays_in(value: Any) -> list[ndarray]:
    """The arrays in a nest of lists, tuples and dicts."""
    if isinstance(value, ndarray):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [a for v in value for a in arrays_in(v)] if isinstance(value, (list, tuple)) else []


def refuse_host(*values: Any) -> None:
    """CuPy's refusal of NumPy's arrays, 0-d ones too; NumPy's scalars pass."""
    for value in values:
        if isinstance(value, (list, tuple)):
            refuse_host(*value)
        elif isinstance(value, np.ndarray):
            raise TypeError(f"Unsupported type {type(value)}")


def places(array: ndarray, slices: Any) -> tuple[Any, bool, bool]:
    """An index for NumPy; whether it holds arrays; whether it holds a mask.

    Lists and host arrays are sent to the card; integers out of range wrap, as on a card.
    """
    parts = slices if isinstance(slices, tuple) else (slices,)
    out, advanced, masked, axis = [], False, False, 0
    named = sum(n_axes(p) for p in parts)
    for part in parts:
        if isinstance(part, (list, np.ndarray)):
            upload("index")
            part = fresh(
                np.asarray(part, np.int32 if isinstance(part, list) and not part else None)
            )
        if isinstance(part, ndarray):
            same_card([part])
            part, advanced = part._a, True
            if part.dtype.kind == "b":
                if masked:
                    raise ValueError("CuPy takes one boolean array in an index")
                masked = True
            elif part.dtype.kind not in "iu":
                raise IndexError("arrays used as indices must be of integer or boolean type.")
            elif array.shape[axis : axis + 1] and array.shape[axis]:
                part = part % array.shape[axis]
        elif not (part is None or part is Ellipsis or isinstance(part, (int, np.integer, slice))):
            raise IndexError(f"unsupported index {part!r}")
        axis = axis + n_axes(part) if part is not Ellipsis else axis + array.ndim - named
        out.append(part)
    return (tuple(out) if isinstance(slices, tuple) else out[0]), advanced, masked


def n_axes(part: Any) -> int:
    """How many axes a part of an index names."""
    if part is None or part is Ellipsis:
        return 0
    mask = getattr(part, "dtype", None) == np.bool_
    return int(part.ndim) if mask else 1


def refuse_twice(shape: tuple[int, ...], index: Any) -> None:
    """Which of two values an entry gets is undefined on a card."""
    counts = np.zeros(math.prod(shape), np.int64)
    named = np.arange(math.prod(shape)).reshape(shape)[index]
    np.add.at(counts, np.ravel(named), 1)
    if counts.max(initial=0) > 1:
        raise ValueError("the stand-in: an index names an entry twice, whose value is undefined")


BINARY = {
    "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "true_divide",
    "mod": "remainder", "floordiv": "floor_divide", "pow": "power", "and": "bitwise_and",
    "or": "bitwise_or", "xor": "bitwise_xor", "lshift": "left_shift", "rshift": "right_shift",
    "matmul": "matmul",
}  # fmt: skip
COMPARED = {
    "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal", "eq": "equal",
    "ne": "not_equal",
}  # fmt: skip
UNARY = {"neg": "negative", "pos": "positive", "abs": "absolute", "invert": "invert"}


def _use_theirs(other: Any) -> bool:
    missing = object()
    found = getattr(other, "__array_ufunc__", missing)
    return found is None if found is not missing else getattr(other, "__array_priority__", 0) > 100


def _operator(name: str, reflected: bool = False, compared: bool = False) -> Callable[..., Any]:
    def method(self: Any, other: Any, mod: Any = None) -> Any:
        if _use_theirs(other):
            return NotImplemented
        if compared and not isinstance(
            other, (ndarray, int, float, complex, np.generic, np.ndarray)
        ):
            return NotImplemented
        pair = (other, self) if reflected else (self, other)
        return FUNCTIONS[name](*pair)

    return method


def _in_place(name: str) -> Callable[..., Any]:
    def method(self: Any, other: Any) -> Any:
        FUNCTIONS[name](self, other, out=self)
        return self

    return method


for _dunder, _name in BINARY.items():
    setattr(ndarray, f"__{_dunder}__", _operator(_name))
    setattr(ndarray, f"__r{_dunder}__", _operator(_name, reflected=True))
    if _dunder != "matmul":
        setattr(ndarray, f"__i{_dunder}__", _in_place(_name))
for _dunder, _name in COMPARED.items():
    setattr(ndarray, f"__{_dunder}__", _operator(_name, compared=True))
for _dunder, _name in UNARY.items():
    setattr(ndarray, f"__{_dunder}__", lambda self, _n=_name: FUNCTIONS[_n](self))
