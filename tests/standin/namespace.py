"""The stand-in's modules: every name of the contract, its signature, and NumPy's arithmetic."""

from __future__ import annotations

import contextlib
import functools
import types
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from tests.standin import array, machine
from tests.standin.array import (
    ADDS_AT,
    FUNCTIONS,
    arrays_in,
    fresh,
    lowered,
    ndarray,
    refuse_host,
    view,
)
from tests.standin.contract import kept, signature_of

CONTRACT = kept()
#: Functions whose result's size the host has to know.
COUNTS_FIRST = frozenset({
    "nonzero", "flatnonzero", "argwhere", "unique", "extract", "compress", "trim_zeros", "union1d",
    "array_equal", "intersect1d", "setdiff1d", "setxor1d",
})  # fmt: skip
#: Functions that ask the types alone.
OF_TYPES = frozenset({
    "result_type", "can_cast", "promote_types", "issubdtype", "min_scalar_type", "isdtype",
    "iterable", "common_type", "ndim", "size", "shape", "broadcast_shapes", "may_share_memory",
    "shares_memory", "isscalar", "isrealobj", "iscomplexobj", "finfo", "iinfo", "dtype",
})  # fmt: skip
#: What the kernels of LAPACK leave where a matrix has no inverse.
FAILS = frozenset({"solve", "inv", "cholesky", "qr", "svd", "eigh", "eigvalsh", "pinv", "lstsq"})
#: Names of CuPy's that NumPy has under another one.
RENAMED = {"newshape": "shape"}

errors = {"linalg": "ignore"}


# ufuncs ------------------------------------------------------------------------------------------


class ufunc:
    """A universal function with the loops that CuPy has, whatever NumPy has."""

    __module__ = "cupy"

    def __init__(self, name: str, described: str, compute: Any) -> None:
        _, nin, nout, *loops = described.split()
        self.name, self.__name__ = f"cupy_{name}", name
        self.nin, self.nout, self.types, self._compute = int(nin), int(nout), loops, compute
        self.nargs = self.nin + self.nout

    def __repr__(self) -> str:
        return f"<ufunc {self.name!r}>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if unknown := set(kwargs) - {"out", "casting", "dtype"}:
            raise TypeError(f"Wrong arguments {sorted(unknown)}")
        if not self.nin <= len(args) <= self.nargs:
            raise TypeError(f"Wrong number of arguments for {self.name}")
        inputs, out = args[: self.nin], kwargs.get("out", args[self.nin :] or None)
        for value in inputs:
            if not isinstance(value, (ndarray, bool, int, float, complex, np.generic)):
                raise TypeError(f"Unsupported type {type(value)}")
        machine.same_card(arrays_in((*inputs, out)))
        given = self._loop(inputs, kwargs.get("dtype"))
        with np.errstate(all="ignore"):
            found = self._compute(*map(lowered, inputs))
        many = found if isinstance(found, tuple) else (found,)
        made = [np.asarray(v, t) for v, t in zip(many, given, strict=True)]
        read = sum(a.nbytes for a in arrays_in(inputs))
        machine.launch(self.__name__, read + sum(m.nbytes for m in made))
        if out is not None:
            return self._written(made, out, kwargs.get("casting", "same_kind"))
        results = tuple(fresh(m) for m in made)
        return results if self.nout > 1 else results[0]

    def _written(self, made: list[Any], out: Any, casting: str) -> Any:
        targets = out if isinstance(out, tuple) else (out,)
        for target, values in zip(targets, made, strict=True):
            if not isinstance(target, ndarray):
                raise TypeError("return arrays must be of ArrayType")
            np.copyto(target._a, values, casting=casting)  # type: ignore[arg-type]
        return targets[0] if self.nout == 1 else tuple(targets)

    def _loop(self, inputs: tuple[Any, ...], dtype: Any) -> list[np.dtype[Any]]:
        """The dtypes of the results: of the first loop that takes the operands."""
        if dtype is not None:
            return [np.dtype(dtype)] * self.nout
        strong = [v.dtype for v in inputs if isinstance(v, (ndarray, np.generic))]
        common = np.result_type(*strong, *(v for v in inputs if not hasattr(v, "dtype")))
        held = [v.dtype if hasattr(v, "dtype") else common for v in inputs]
        for loop in self.types:
            taken, _, given = loop.partition("->")
            if all(np.can_cast(h, t) for h, t in zip(held, taken, strict=True)):
                return [np.dtype(c) for c in given]
        raise TypeError(f"cannot find a loop of {self.name} for {[str(h) for h in held]}")

    def at(self, a: Any, indices: Any, b: Any = None) -> None:
        if self.__name__ not in (
            "add",
            "subtract",
            "maximum",
            "minimum",
            "bitwise_and",
            "bitwise_or",
        ):
            raise NotImplementedError(f"`{self.name}.at` is not supported yet")
        taken = {"add": ADDS_AT, "subtract": {"int32", "uint32"}}.get(self.__name__)
        if taken is not None and a.dtype.name not in taken:
            raise TypeError(
                f"{self.__name__}.at only supports {', '.join(sorted(taken))} as data type"
            )
        refuse_host(a, b)
        machine.same_card(arrays_in((a, indices, b)))
        index, _, _ = array.places(a, indices)
        machine.launch(f"{self.__name__}.at", 2 * a.nbytes)
        getattr(np, self.__name__).at(a._a, index, np.asarray(lowered(b), a.dtype))

    def _folded(self, what: str, a: Any, kwargs: dict[str, Any]) -> Any:
        if self.__name__ not in ("add", "multiply"):
            raise NotImplementedError(f"`{self.name}.{what}` is not supported yet")
        machine.launch(f"{self.__name__}.{what}", a.nbytes)
        return fresh(getattr(getattr(np, self.__name__), what)(a._a, **kwargs))

    def reduce(
        self, array: Any, axis: Any = 0, dtype: Any = None, out: Any = None, keepdims: bool = False
    ) -> Any:
        return self._folded("reduce", array, {"axis": axis, "dtype": dtype, "keepdims": keepdims})

    def accumulate(self, array: Any, axis: int = 0, dtype: Any = None, out: Any = None) -> Any:
        return self._folded("accumulate", array, {"axis": axis, "dtype": dtype})

    def outer(self, A: Any, B: Any, **kwargs: Any) -> Any:
        return self(A.reshape(A.shape + (1,) * B.ndim), B, **kwargs)


# functions ---------------------------------------------------------------------------------------


def function(path: str, name: str, text: str | None, compute: Any) -> Callable[..., Any]:
    """A function of the contract: its arguments checked, its arithmetic NumPy's."""
    signature = None if text is None else signature_of(text)

    def call(*args: Any, **kwargs: Any) -> Any:
        if signature is not None:
            try:
                signature.bind(*args, **kwargs)
            except TypeError as error:
                raise TypeError(f"{name}() {error}") from None
        kwargs = {RENAMED.get(k, k): v for k, v in kwargs.items()}
        given = arrays_in((args, kwargs))
        if name in OF_TYPES:
            return compute(*lowered(args), **{k: lowered(v) for k, v in kwargs.items()})
        refuse_host(*args, *kwargs.values())
        if name in COUNTS_FIRST:
            machine.same_card(given)
            machine.synchronise(name)
        return _run(path, name, compute, args, kwargs, given)

    call.__name__ = call.__qualname__ = name
    call.__module__ = path
    if signature is not None:
        call.__signature__ = signature  # type: ignore[attr-defined]
    return call


def _run(
    path: str, name: str, compute: Any, args: Any, kwargs: dict[str, Any], given: list[ndarray]
) -> Any:
    out = kwargs.pop("out", None)
    kwargs = {k: lowered(v) for k, v in kwargs.items() if k not in ("blocking", "subok")}
    with np.errstate(all="ignore"):
        if path == "cupy.linalg" and name in FAILS:
            found = _factorised(name, compute, lowered(args), kwargs)
        else:
            found = compute(*lowered(args), **kwargs)
    results = _raised(found, given)
    moved = sum(a.nbytes for a in given)
    made = [r for r in arrays_in(results) if r._base is None and not any(r is g for g in given)]
    if made:  # a view is a view on any card
        machine.same_card(given)
        machine.launch(name, moved + sum(r.nbytes for r in made))
    if out is not None:
        np.copyto(out._a, results._a, casting="same_kind")
        return out
    return results


def _factorised(name: str, compute: Any, args: Any, kwargs: Any) -> Any:
    if errors["linalg"] == "raise":
        machine.synchronise(f"linalg.{name}")
        return compute(*args, **kwargs)
    try:
        return compute(*args, **kwargs)
    except np.linalg.LinAlgError:
        shape = args[-1].shape if name == "solve" else args[0].shape
        return np.full(shape, np.nan, args[0].dtype)


def _raised(found: Any, given: list[ndarray]) -> Any:
    """NumPy's results as arrays of the card: views of what was given, or new."""
    if isinstance(found, (tuple, list)):
        made = [_raised(f, given) for f in found]
        return made if type(found) is list else tuple(made)
    if isinstance(found, np.generic):
        return fresh(found)
    if not isinstance(found, np.ndarray):
        return found
    for source in given:
        if found is source._a:
            return source
        if found.base is not None and np.may_share_memory(found, source._a):
            return view(source, found)
    return fresh(found)


def methods(contract: dict[str, str]) -> None:
    """Give the array the rest of its methods: those that are functions too."""
    for name, described in contract.items():
        if name.startswith("_") or hasattr(ndarray, name) or not described.startswith("f"):
            continue
        compute = getattr(np.ndarray, name, None)
        if compute is not None:
            setattr(ndarray, name, _method(name, described[2:-1].removeprefix("self, "), compute))
        else:
            setattr(ndarray, name, _absent(f"ndarray.{name}"))


def _method(name: str, text: str, compute: Any) -> Any:
    called = function("cupy.ndarray", name, f"self, {text}".rstrip(", "), compute)

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return called(self, *args, **kwargs)

    return functools.wraps(called)(method)


def _absent(name: str) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"CuPy has {name}, and the stand-in does not do it yet")

    return call


# what differs from NumPy -------------------------------------------------------------------------


def asarray(
    a: Any, dtype: Any = None, order: Any = None, *, copy: Any = None, blocking: bool = False
) -> Any:
    return _made("asarray", a, dtype, bool(copy))


def make(
    obj: Any, dtype: Any = None, copy: bool = True, order: str = "K", subok: bool = False,
    ndmin: int = 0, *, blocking: bool = False,
) -> Any:  # fmt: skip
    return _made("array", obj, dtype, copy)


def ascontiguousarray(a: Any, dtype: Any = None) -> Any:
    return a if isinstance(a, ndarray) and a.flags.c_contiguous else _made("array", a, dtype, True)


def _made(name: str, a: Any, dtype: Any, copy: bool) -> Any:
    if isinstance(a, ndarray):
        same = dtype is None or a.dtype == dtype
        return a if same and not copy else a.astype(a.dtype if dtype is None else dtype)
    found = arrays_in(a)
    if found:  # a nest of arrays is stacked on the card
        machine.launch(name, sum(f.nbytes for f in found))
    else:
        machine.upload(name)
    return fresh(np.array(lowered(a), dtype))


def asnumpy(
    a: Any, stream: Any = None, order: str = "C", out: Any = None, *, blocking: bool = True
) -> Any:
    return a.get() if isinstance(a, ndarray) else np.asarray(a)


def astype(x: Any, dtype: Any, /, *, copy: bool = True) -> Any:
    return x.astype(dtype, copy=copy)


def clip(a: Any, a_min: Any, a_max: Any) -> Any:
    return np.clip(a, a_min, a_max)


def ranked(compute: Any) -> Any:
    """Sorting, of arrays that have axes."""

    def call(a: Any, axis: Any = -1, kind: Any = None) -> Any:
        if not np.ndim(a):
            raise np.exceptions.AxisError("Sorting arrays with the rank of zero is not supported")
        if kind not in (None, "stable"):
            raise ValueError("unsupported kind: only None and 'stable' are accepted")
        return compute(a, axis, kind="stable")

    return call


def copied(a: Any, order: str = "K") -> Any:
    return a.copy()


def einsum(*operands: Any, optimize: Any = False, dtype: Any = None) -> Any:
    # As CuPy, by pairs and products of matrices, whatever is asked for.
    return np.einsum(*operands, optimize=True, dtype=dtype)


def solve(a: Any, b: Any) -> Any:
    if a.ndim > 2 and b.ndim > 1 and a.shape[:-1] != b.shape[:-1]:  # NumPy broadcasts stacks
        raise ValueError("a must have (..., M, M) shape and b must have (..., M, K) shape")
    if a.ndim == 2 and b.ndim > 1 and a.shape[:-1] != b.shape[:-1]:
        raise ValueError("a must have (..., M, M) shape and b must have (..., M, K) shape")
    return np.linalg.solve(a, b)


def empty_filled(make_it: Any) -> Any:
    """Fresh memory holds anything: here NaN, so that what is never written is seen."""

    def call(*args: Any, **kwargs: Any) -> Any:
        made = make_it(*args, **kwargs)
        if made.dtype.kind in "fc":
            made.fill(np.nan)
        return made

    return call


@contextlib.contextmanager
def errstate(
    *,
    divide: Any = None,
    over: Any = None,
    under: Any = None,
    invalid: Any = None,
    linalg: Any = None,
) -> Any:
    before = errors["linalg"]
    errors["linalg"] = linalg or before
    try:
        yield
    finally:
        errors["linalg"] = before


OWN: dict[str, Any] = {
    "cupy.asarray": asarray, "cupy.array": make, "cupy.asanyarray": asarray,
    "cupy.ascontiguousarray": ascontiguousarray, "cupy.asnumpy": asnumpy, "cupy.astype": astype,
    "cupy.copy": copied, "cupy.is_available": lambda: True, "cupy.ndarray": ndarray,
    "cupy.ufunc": ufunc, "cupy.get_default_memory_pool": machine.pool,
    "cupyx.errstate": errstate, "cupyx.geterr": lambda: dict(errors),
    "cupyx.scatter_add": lambda a, slices, value: FUNCTIONS["add"].at(a, slices, value),
    "cupy.cuda.Device": machine.Device, "cupy.cuda.Event": machine.Event,
    "cupy.cuda.Stream": machine.Stream, "cupy.cuda.MemoryPool": machine.MemoryPool,
    "cupy.cuda.MemoryPointer": machine.MemoryPointer, "cupy.cuda.MemoryHook": machine.MemoryHook,
    "cupy.cuda.get_current_stream": machine.get_current_stream,
    "cupy.cuda.get_elapsed_time": machine.get_elapsed_time,
    "cupy.cuda.get_device_id": machine.current, "cupy.cuda.is_available": lambda: True,
    "cupy.cuda.runtime.getDevice": machine.current,
    "cupy.cuda.runtime.getDeviceCount": lambda: machine.CARDS,
    "cupy.cuda.runtime.getDeviceProperties": lambda number: {"name": b"stand-in (no card)"},
    "cupy.cuda.runtime.driverGetVersion": lambda: 0,
    "cupy.cuda.runtime.runtimeGetVersion": lambda: 0,
    "cupy.cuda.runtime.deviceSynchronize": lambda: machine.synchronise("deviceSynchronize"),
}  # fmt: skip
#: NumPy's arithmetic, where the names or the arguments are others.
COMPUTED: dict[str, Any] = {
    "cupy.linalg.solve": solve, "cupy.clip": clip, "cupy.einsum": einsum,
    "cupy.empty": empty_filled(np.empty),
    "cupy.empty_like": empty_filled(np.empty_like), "cupy.sort": ranked(np.sort),
    "cupy.argsort": ranked(np.argsort),
}  # fmt: skip


def filled(path: str, library: Any) -> types.ModuleType:
    """A module with every name of its part of the contract."""
    made = types.ModuleType(path)
    made.__version__ = CONTRACT["version"]  # type: ignore[attr-defined]
    for name, described in CONTRACT[path].items():
        setattr(made, name, _thing(path, name, described, library))
    return made


def _thing(path: str, name: str, described: str, library: Any) -> Any:
    if f"{path}.{name}" in OWN:
        return OWN[f"{path}.{name}"]
    theirs = COMPUTED.get(f"{path}.{name}", getattr(library, name, None))
    if described in ("class", "value"):
        return theirs
    if theirs is None:
        return _absent(f"{path}.{name}")
    if described.startswith("ufunc"):
        return ufunc(name, described, theirs)
    return function(path, name, described[2:-1] if "(" in described else None, theirs)


def modules() -> dict[str, types.ModuleType]:
    """Every module of the stand-in, by its path."""
    libraries = {
        "cupy": np, "cupy.linalg": np.linalg, "cupy.fft": np.fft, "cupy.random": np.random,
        "cupy.cuda": None, "cupy.cuda.runtime": None, "cupyx": None, "cupyx.scipy.special": special,
    }  # fmt: skip
    out = {path: filled(path, library) for path, library in libraries.items()}
    for path in ("cupy.cuda.device", "cupy.cuda.stream", "cupyx.scipy"):
        out[path] = types.ModuleType(path)
    out["cupy.cuda.device"].Device = machine.Device  # type: ignore[attr-defined]
    out["cupy.cuda.stream"].Stream = machine.Stream  # type: ignore[attr-defined]
    out["cupy.cuda.runtime"].CUDARuntimeError = machine.CUDARuntimeError  # type: ignore[attr-defined]
    for path, module in out.items():
        parent, _, name = path.rpartition(".")
        if parent:
            setattr(out[parent], name, module)
        prefix = "" if path == "cupy" else path.removeprefix("cupy.") + "."
        if path in ("cupy", "cupy.linalg", "cupy.fft"):
            FUNCTIONS.update(
                {prefix + n: f for n, f in vars(module).items() if callable(f) and n[0] != "_"}
            )
    methods(CONTRACT["cupy.ndarray"])
    return out
