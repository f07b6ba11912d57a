"""Sorting the operands of a call: values out of tensors, one device, one dtype."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

import numpy as np

from symgrad.algebras.backends import formulas, is_batched, is_formula, is_size, namespace_of
from symgrad.algebras.devices import in_host
from symgrad.algebras.numeric import NUMBERS, Numeric
from symgrad.algebras.numpy_adapter import NUMPY
from symgrad.errors import DeviceError, DtypeError, compose, user_position
from symgrad.grammar.kind import Kind
from symgrad.grammar.primitive import REGISTRY, Primitive
from symgrad.tracing.complexes import check_complex, default_complex
from symgrad.tracing.diagnosis import rows
from symgrad.tracing.dtypes import check_held, default_float
from symgrad.tracing.locking import SharedBuffer, plain
from symgrad.tracing.node import Node
from symgrad.tracing.tensor import Tensor, wrap

#: Rules that every array does by its own operator, a Python number on either side. In all others
#: a number comes as an array: a derivative may bring it together with nothing but other numbers,
#: and has to know the dtype.
_TAKES_NUMBERS = frozenset({"add", "subtract", "multiply", "divide"})


#: Rules that count truths as 1 and 0 by themselves, in a formula.
_COUNTS = _TAKES_NUMBERS - {"divide"}

#: Where forward mode keeps the arrays that its function makes on the way: the trace itself holds
#: them weakly.
_KEEPING: ContextVar[list[Any] | None] = ContextVar("keeping", default=None)


@contextmanager
def keeping_arrays() -> Iterator[list[Any]]:
    """A block in which no array operand goes before the outermost such block ends.

    Gives   the list that holds them: who needs them longer holds it.
    """
    kept = _KEEPING.get()
    if kept is not None:
        yield kept
        return
    kept = []
    token = _KEEPING.set(kept)
    try:
        yield kept
    finally:
        _KEEPING.reset(token)


class Call(NamedTuple):
    """A call made ready: raw operands of one namespace, device and dtype."""

    xp: Numeric
    originals: tuple[Any, ...]  # tensors, arrays and Python numbers as they came
    raws: tuple[Any, ...]
    mask: int  # bit i: operand i requires grad
    traced: bool  # whether any operand belongs to a recorded structure
    cast: bool  # whether an operand changed its dtype on the way
    foreign: bool  # whether an operand is somebody's array


def acceptable(value: Any) -> bool:
    """Whether an operator takes this as its other operand."""
    return (
        isinstance(value, (Tensor, int, float, complex, np.ndarray, np.generic))
        or hasattr(value, "__array_namespace__")
        or is_size(value)
    )


def of_size(value: Any, beside: Iterable[Any] = ()) -> Any:
    """SymPy's number as an operand: a Python number, or a tensor that is this one number.

    Takes   beside: the operands; where one is a formula, a number stays exact.
    """
    if not any(is_formula(getattr(other, "_value", other)) for other in beside):
        plain = formulas().python_number(value)
        if plain is not None:
            return plain
    found = formulas().taken_in(value)
    return wrap(found) if is_formula(found) else found


def sort(rule: Primitive, operands: tuple[Any, ...], params: dict[str, Any] | None = None) -> Call:
    """Make a call ready.

    Raises  DtypeError for an operand that is no array or number, DeviceError for several devices.
    """
    originals, raws, mask, traced, foreign = [], [], 0, False, False
    for i, operand in enumerate(operands):
        if type(operand) is Tensor:
            mask |= operand._rg << i
            traced = traced or operand._rg or type(operand.node) is Node
            value = operand._value
            if type(value) is SharedBuffer:
                value, foreign = plain(value), True
            raws.append(value)
        elif isinstance(operand, (bool, int, float, complex, np.generic)):
            operand = _number(operand)
            raws.append(operand)
        elif is_size(operand):
            operand = of_size(operand, operands)
            raws.append(operand._value if type(operand) is Tensor else operand)
        elif acceptable(operand):
            check_held(operand)
            foreign = True
            raws.append(operand)
        else:
            raise DtypeError(_refusal(rule, i, operand))
        originals.append(operand)
    xp = _one_namespace(rule, raws, originals)
    fractions = params is not None and any(type(v) is float for v in params.values())
    sorted_raws, cast = _promoted(rule, raws, xp, fractions, traced)
    if foreign and (kept := _KEEPING.get()) is not None:
        kept.append(sorted_raws)
    return Call(xp, tuple(originals), sorted_raws, mask, traced, cast, foreign)


def alike(*operands: Any) -> tuple[Any, ...]:
    """Raw operands of what has no rule, promoted as those of a difference are."""
    return sort(REGISTRY["subtract"], operands).raws


def _number(operand: Any) -> Any:
    """A number as Python's own."""
    if isinstance(operand, np.generic):
        check_held(operand)
        return operand.item()
    if type(operand) in NUMBERS:
        return operand
    # One of a kind of its own, as x.size is.
    return next(kind for kind in (float, complex, int) if isinstance(operand, kind))(operand)


def _refusal(rule: Primitive, index: int, operand: Any) -> str:
    name = rule.operand_name(index)
    return (
        f"{rule.name}(): {name} is a {type(operand).__name__}; it takes tensors, arrays and "
        f"numbers. Make one with sg.tensor(...) or sg.as_tensor(...)"
    )


def _one_namespace(rule: Primitive, raws: list[Any], originals: list[Any]) -> Numeric:
    found: Numeric | None = None
    device: Any = None
    for raw in raws:
        if type(raw) in NUMBERS:
            continue
        here = namespace_of(raw)
        place = getattr(raw, "device", None)
        if found is None:
            found, device = here, place
        elif here is not found or place != device:
            if is_batched(here) or is_batched(found):  # the level outside compares devices
                found = here if is_batched(here) else found
                continue
            if is_formula(here) or is_formula(found):
                return formulas()  # type: ignore[no-any-return]
            if here is NUMPY and raw.shape == ():
                continue  # a 0-d CPU operand goes where the others are, as in PyTorch
            if found is NUMPY and _all_small(raws):
                found, device = here, place
                continue
            names = device_name(found, device), device_name(here, place)
            raise _apart(rule, originals, *names)
    return found if found is not None else NUMPY


def _apart(rule: Primitive, originals: list[Any], one: str, other: str) -> DeviceError:
    """The refusal of operands on two devices."""
    target = other if one == "cpu" else one  # of the CPU and a GPU, the GPU
    elsewhere = next(i for i, o in enumerate(originals) if _place_of(o) not in ("", target))
    given = rows(rule, tuple(originals))
    name = given[elsewhere][0] if elsewhere < len(given) else rule.operands[-1]
    is_tensor = type(originals[elsewhere]) is Tensor
    moved = f"{name}.to({target!r})" if is_tensor else f"sg.as_tensor({name}, device={target!r})"
    return DeviceError(
        compose(
            "Expected all tensors to be on the same device, but found at least two devices, "
            f"{one} and {other}!",
            [("in", f"{rule.name}({', '.join(rule.operands)})"), *given],
            where=user_position(),
            mend=f"{moved}; a number or a 0-d CPU tensor goes by itself",
        )
    )


def _place_of(operand: Any) -> str:
    """The device's name of an operand; a number has none."""
    value = operand._value if type(operand) is Tensor else operand
    if type(value) in NUMBERS:
        return ""
    return device_name(namespace_of(value), getattr(value, "device", None))


def _all_small(raws: list[Any]) -> bool:
    return all(r.shape == () for r in raws if type(r) not in NUMBERS and namespace_of(r) is NUMPY)


def device_name(xp: Numeric, device: Any) -> str:
    """A device's name as a person reads it."""
    if xp is NUMPY:
        return "cpu"
    number = getattr(device, "id", None)
    return f"cuda:{number}" if number is not None else str(device)


def _promoted(
    rule: Primitive, raws: list[Any], xp: Numeric, fractions: bool, traced: bool
) -> tuple[tuple[Any, ...], bool]:
    """Operands of one dtype: array API rules, with numbers weak and float winning over int."""
    here, kinds = raws, set(map(type, raws))
    if complex in kinds:
        check_complex(rule, traced)
    if xp is not NUMPY:
        raws = [_moved(r, raws, xp) for r in raws]
    arrays = [
        (i, r) for i, r in enumerate(raws)
        if type(r) not in NUMBERS and _promotes(rule, i)
    ]  # fmt: skip
    dtypes = {r.dtype for _, r in arrays}
    target = next(iter(dtypes)) if len(dtypes) == 1 else common(dtypes, xp)
    kind = "" if target is None else _kind(target)
    if kind == "c":
        check_complex(rule, traced)
    if target is None:
        return tuple(raws), False
    fractions = fractions or (
        float in kinds and any(type(r) is float and _promotes(rule, i) for i, r in enumerate(raws))
    )
    if kind not in "fc" and (fractions or not rule.integers):
        target, kind = as_namespace_dtype(xp, default_float()), "f"
    if complex in kinds and kind != "c":
        target, kind = _complex_beside(xp, target), "c"
    return _converted_all(rule, here, raws, xp, arrays, target, kind)


def _converted_all(
    rule: Primitive, here: Any, raws: Any, xp: Numeric, arrays: Any, target: Any, kind: str
) -> tuple[tuple[Any, ...], bool]:
    """The operands with what promotes in one dtype, and whether any changed on the way."""
    cast = any(a is not b for a, b in zip(here, raws, strict=True))
    out = list(raws)
    for i, r in arrays:
        if r.dtype != target:
            out[i] = _converted(rule, r, xp, target)
            cast = True
    if kind in "fc" and lifts(rule):
        like = out[arrays[0][0]]
        for i, r in enumerate(out):
            if type(r) in NUMBERS and _promotes(rule, i):
                out[i] = as_array(r, like)
    return tuple(out), cast


def _complex_beside(xp: Numeric, target: Any) -> Any:
    """The dtype of real numbers that meet a complex one: as wide as they are."""
    if _kind(target) != "f":
        return as_namespace_dtype(xp, default_complex())
    wide = target == as_namespace_dtype(xp, np.dtype("float64"))
    return as_namespace_dtype(xp, np.dtype("complex128" if wide else "complex64"))


def _converted(rule: Primitive, value: Any, xp: Numeric, dtype: Any) -> Any:
    """An operand in the dtype of the others."""
    if is_formula(xp) and rule.word in _COUNTS:
        return xp.asarray(value, dtype=dtype)  # truths count in sums and products as they are
    if namespace_of(value) is xp or is_batched(xp):
        return xp.cast(value, dtype=dtype)
    return xp.asarray(value.item(), dtype=dtype)


def _moved(value: Any, raws: list[Any], xp: Numeric) -> Any:
    """A 0-d NumPy operand, where the others are; anything else as it is."""
    if is_formula(xp):
        return xp.taken_in(value)
    if is_batched(xp) or not in_host(value):
        return value
    other = next(r for r in raws if type(r) not in NUMBERS and namespace_of(r) is xp)
    dtype = as_namespace_dtype(xp, value.dtype)
    return xp.asarray(value.item(), dtype=dtype, device=getattr(other, "device", None))


def sent(rule: Primitive, x: Tensor, value: Any) -> Any:
    """The raw value of a rule's other operand, where ``x`` is.

    Raises  DeviceError for one on another device that is no number.
    """
    raws = [x._value, value._value if type(value) is Tensor else value]
    xp = _one_namespace(rule, raws, [x, value])
    return raws[1] if xp is NUMPY else _moved(raws[1], raws, xp)


def lifts(rule: Primitive) -> bool:
    """Whether the rule takes a Python number among its operands as an array."""
    return rule.kind is Kind.ELEMENTWISE and rule.word not in _TAKES_NUMBERS


def as_array(number: complex, like: Any) -> Any:
    """A number with the dtype, the namespace and the device of ``like``."""
    if is_batched(like):
        return like.beside(as_array(number, like.raw))
    xp = namespace_of(like)
    if xp is NUMPY:
        try:
            return like.dtype.type(number)
        except OverflowError as error:
            raise DtypeError(
                compose(
                    f"{number} does not fit {like.dtype}.",
                    where=user_position(),
                    mend="take a wider dtype: x.long()",
                )
            ) from error
    return xp.asarray(number, dtype=like.dtype, device=getattr(like, "device", None))


def _promotes(rule: Primitive, index: int) -> bool:
    return rule.domains[min(index, len(rule.domains) - 1)].dtype == "float"


def common(dtypes: set[Any], xp: Numeric) -> Any:
    """The dtype that operands of these dtypes are computed in; None where there is none."""
    floats = [d for d in dtypes if _kind(d) in "fc"]
    chosen = floats or list(dtypes)
    if not chosen:
        return None
    if xp is NUMPY:
        return np.result_type(*chosen)
    out = chosen[0]
    for other in chosen[1:]:
        out = xp.namespace.result_type(out, other)
    return out


def _kind(dtype: Any) -> str:
    if isinstance(dtype, np.dtype):
        return dtype.kind
    name = str(dtype).rpartition(".")[2]
    return {"f": "f", "b": "b", "u": "u", "c": "c"}.get(name[0], "i")


def as_namespace_dtype(xp: Numeric, dtype: np.dtype[Any]) -> Any:
    """A NumPy dtype as the namespace's own."""
    if xp is NUMPY:
        return dtype
    found = getattr(xp.namespace, dtype.name)
    return dtype if isinstance(found, type) else found  # CuPy's dtypes are NumPy's
