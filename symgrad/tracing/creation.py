"""Making tensors from data and from sizes; imported by whatever takes arrays from people."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from symgrad.algebras.backends import formulas, is_formula, is_size, namespace_of
from symgrad.algebras.devices import in_host, to_host
from symgrad.errors import DtypeError, ShapeError, compose, user_position
from symgrad.grammar.assumption import check_square, check_values, checked
from symgrad.tracing.data import converted, fractional_dtype, not_held
from symgrad.tracing.devices import filled_there, place
from symgrad.tracing.dtypes import (
    DTYPES,
    as_numpy_dtype,
    check_held,
    default_float,
    raw_dtype_name,
)
from symgrad.tracing.levels import spread_as
from symgrad.tracing.locking import shared, shared_with
from symgrad.tracing.naming import check_name
from symgrad.tracing.sizes import (
    between,
    formula_as,
    identity,
    named,
    one_number,
    sizes_of,
    steps_between,
)
from symgrad.tracing.tensor import Tensor, leaf_of, refuse_leaving, wrap

_TOLD: dict[Any, Any] = {}


def tensor(
    data: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    name: str | None = None,
    dims: tuple[str, ...] | None = None,
    assume: Any = (),
) -> Tensor:
    """A new tensor that holds a copy of ``data``.

    Takes   data: numbers, nested lists, a NumPy array (its dtype stays), another tensor (copied
            without history); dtype: default float32 for Python floats, int64 for ints;
            name: the letter that it has in formulas; dims: names of its sizes; assume: what its
            formulas may take for granted ("symmetric", ...; see ``closed_form``).
    Raises  ShapeError for ragged lists, DtypeError for what holds no numbers or cannot require
            grad.

    >>> sg.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    tensor([[1., 2.],
            [3., 4.]], requires_grad=True)
    """
    made = wrap(place(_from_data(data, dtype, copy=True, how="sg.tensor()"), device))
    marked = _marked(made, requires_grad, name, dims)
    if assume:
        leaf_of(marked, user_position()).facts = _checked_facts(made, assume)
    return marked


def _checked_facts(made: Tensor, assume: Any) -> tuple[str, ...]:
    declared = checked(assume)
    check_square("", declared, tuple(made.shape))
    if not is_formula(made._value):
        check_values(np, "", declared, to_host(made._value))
    return declared


def _marked(
    made: Tensor, requires_grad: bool, name: str | None = None, dims: tuple[str, ...] | None = None
) -> Tensor:
    position = user_position()
    if requires_grad:
        made.requires_grad_()
    if requires_grad or name is not None or dims is not None:
        leaf = leaf_of(made, position)
        leaf.position = position
        leaf.assigned = check_name(name) if name is not None else None
        leaf.dims = _checked_dims(made, dims)
    return made


def _checked_dims(made: Tensor, dims: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if dims is None:
        return None
    if len(dims) != made.ndim:
        raise ShapeError(f"dims names {len(dims)} sizes; the tensor has {made.ndim}")
    return tuple(check_name(d) for d in dims)


def _from_data(data: Any, dtype: Any, *, copy: bool, how: str) -> Any:
    """A raw value that a tensor can hold; an array keeps its dtype unless ``dtype`` is named."""
    wanted = None if dtype is None else as_numpy_dtype(dtype)
    if isinstance(data, Tensor):
        _tell_leaving(data, how)
        data = data._value
    if is_formula(data) or is_size(data):
        return formulas().asarray(formulas().taken_in(data), dtype=wanted)
    if in_host(data):
        check_held(data)
        base = np.array(data, copy=True) if copy else np.asarray(data)
        found = base if wanted is None else converted(base, wanted)
        return found[()] if found.shape == () else found
    if hasattr(data, "__array_namespace__") or (hasattr(data, "get") and hasattr(data, "dtype")):
        check_held(data)
        xp = namespace_of(data)
        if wanted is not None and raw_dtype_name(data) != wanted.name:
            return xp.cast(data, dtype=wanted)
        return xp.copy_of(data) if copy else data
    found = _from_python(data, wanted, how)
    return found[()] if found.shape == () else found


def _from_python(data: Any, wanted: np.dtype[Any] | None, how: str) -> np.ndarray[Any, Any]:
    try:
        found = np.array(_unwrapped(data, how))
    except ValueError as error:
        raise ShapeError(
            compose(
                "the nested lists are ragged: their lengths differ.",
                [("data", repr(data)[:70])],
                where=user_position(),
                mend="give every row the same length",
            )
        ) from error
    if found.dtype.name not in DTYPES or (wanted is None and found.dtype.name == "uint64"):
        raise not_held(data, found)
    wanted = fractional_dtype(data, found.dtype) if wanted is None else wanted
    return found if wanted is None else converted(found, wanted)


def _unwrapped(data: Any, how: str) -> Any:
    """Nested lists with the values of the tensors in them."""
    if isinstance(data, Tensor):
        _tell_leaving(data, how)
        return to_host(data._value)
    if isinstance(data, (list, tuple)):
        return [_unwrapped(item, how) for item in data]
    return data


def _tell_leaving(data: Tensor, how: str) -> None:
    """Warn, at the user's line, of a gradient that ends here; inside a recording, refuse."""
    refuse_leaving(data, how)
    if not data._rg:
        return
    position = user_position()
    warnings.warn_explicit(
        f"{how} copies values out of the trace: no gradient flows through it. Use "
        "sg.stack([...]) or x.clone() to keep it, x.detach() if this is meant.",
        UserWarning,
        position.file or "<unknown>",
        position.line,
        registry=_TOLD,  # the default filter tells once a line
    )


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """``data`` as a tensor: itself where it is one, sharing the buffer of a NumPy array.

    >>> sg.as_tensor([1, 2, 3])
    tensor([1, 2, 3])
    """
    if isinstance(data, Tensor) and dtype is None and device is None:
        return data
    if isinstance(data, Tensor):
        return data.to(dtype=dtype, device=device)  # type: ignore[attr-defined,no-any-return]
    value = place(_from_data(data, dtype, copy=False, how="sg.as_tensor()"), device)
    return wrap(shared_with(data, value))


def from_numpy(array: np.ndarray[Any, Any]) -> Tensor:
    """A tensor that shares the buffer of a NumPy array: writes to either are seen by both.

    >>> a = np.zeros(2); t = sg.from_numpy(a); a[0] = 5.0; t
    tensor([5., 0.], dtype=symgrad.float64)
    """
    if not isinstance(array, np.ndarray):
        raise DtypeError(
            compose(
                f"expected np.ndarray (got {type(array).__name__})",
                where=user_position(),
                mend="sg.as_tensor(...) takes whatever holds numbers",
            )
        )
    check_held(array)
    return wrap(shared(array))


def filled(
    make: Callable[..., Any], doc: str, name: str, native: str = ""
) -> Callable[..., Tensor]:
    """A public function of sizes, from one of a shape; ``native`` is every library's name of it."""

    def create(
        *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False
    ) -> Tensor:
        wanted = default_float() if dtype is None else as_numpy_dtype(dtype)
        sizes = sizes_of(size)
        if named(sizes):
            return _marked(formula_as(one_number(make, name, sizes), dtype), requires_grad)
        if native:
            made = filled_there(device, lambda xp: getattr(xp, native)(sizes, wanted))
        else:
            made = make(sizes).astype(wanted, copy=False)
            made = place(made if made.ndim else made[()], device)
        return _marked(wrap(made), requires_grad)

    create.__name__ = create.__qualname__ = name
    create.__doc__ = doc
    return create


zeros = filled(np.zeros, """Zeros of the given sizes.

    >>> sg.zeros(2, 3)
    tensor([[0., 0., 0.],
            [0., 0., 0.]])
    """, "zeros", "zeros")  # fmt: skip
ones = filled(np.ones, """Ones of the given sizes.

    >>> sg.ones(3)
    tensor([1., 1., 1.])
    """, "ones", "ones")  # fmt: skip
empty = filled(np.zeros, """Entries that somebody will overwrite, of the given sizes (zeros here).

    >>> sg.empty(2).shape
    symgrad.Size([2])
    """, "empty", "zeros")  # fmt: skip


def full(
    size: Any,
    fill_value: float,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """One value, everywhere.

    >>> sg.full((2,), 7)
    tensor([7, 7])
    """
    sizes = sizes_of((size,) if isinstance(size, int) or is_size(size) else tuple(size))
    if named(sizes) or is_size(fill_value):
        made = formulas().broadcast_to(formulas().taken_in(fill_value), shape=sizes)
        return _marked(formula_as(made, dtype), requires_grad)
    value = to_host(_from_data(fill_value, dtype, copy=True, how="sg.full()"))
    if value.shape != ():
        raise DtypeError(
            compose(
                f"full(): it takes one number, not values of shape {tuple(value.shape)}.",
                where=user_position(),
                mend="sg.as_tensor(values).expand(size) spreads several",
            )
        )
    if dtype is None:  # it is a number, whatever held it
        value = _from_python(value.item(), None, "sg.full()")
    made = filled_there(device, lambda xp: xp.full(sizes, value.item(), value.dtype))
    return _marked(wrap(made), requires_grad)


def arange(
    start: float,
    end: float | None = None,
    step: float = 1,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Evenly spaced from ``start`` up to and without ``end``.

    >>> sg.arange(3), sg.arange(1, 2, 0.5)
    (tensor([0, 1, 2]), tensor([1.0000, 1.5000]))
    """
    low, high = (0, start) if end is None else (start, end)
    if any(map(is_size, (low, high, step))):
        return _marked(formula_as(steps_between(low, high, step), dtype), requires_grad)
    whole = all(isinstance(v, (int, np.integer)) for v in (low, high, step))
    if not step or not math.isfinite(high - low) or (high - low) * step < 0:
        why = "the step is 0" if not step else f"from {low} to {high} no step of {step} leads"
        raise ShapeError(compose(f"arange(): {why}.", where=user_position()))
    count = math.ceil((high - low) / step)
    wanted = (
        as_numpy_dtype(dtype)
        if dtype is not None
        else np.dtype("int64")
        if whole
        else default_float()
    )
    made = filled_there(device, lambda xp: (low + step * xp.arange(count)).astype(wanted))
    return _marked(wrap(made), requires_grad)


def linspace(
    start: float,
    end: float,
    steps: int,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """``steps`` values from ``start`` to ``end``, both included.

    >>> sg.linspace(0, 1, 3)
    tensor([0.0000, 0.5000, 1.0000])
    """
    wanted = default_float() if dtype is None else as_numpy_dtype(dtype)
    (count,) = sizes_of((steps,))
    if named((count,)) or is_size(start) or is_size(end):
        return _marked(formula_as(between(start, end, count), dtype), requires_grad)
    made = filled_there(
        device, lambda xp: xp.linspace(start, end, count, dtype=np.float64).astype(wanted)
    )
    return _marked(wrap(made), requires_grad)


def eye(
    n: int,
    m: int | None = None,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """The identity matrix.

    >>> sg.eye(2)
    tensor([[1., 0.],
            [0., 1.]])
    """
    wanted = default_float() if dtype is None else as_numpy_dtype(dtype)
    rows, columns = sizes_of((n, n if m is None else m))
    if named((rows, columns)):
        return _marked(formula_as(identity(rows, columns), dtype), requires_grad)
    made = filled_there(device, lambda xp: xp.eye(rows, columns, dtype=wanted))
    return _marked(wrap(made), requires_grad)


def like(make: Callable[..., Tensor], name: str, drawn: bool = False) -> Callable[..., Tensor]:
    """The sibling of a function of sizes that takes them from a tensor.

    Takes   drawn: it gives random numbers, which know themselves what to do in a ``vmap``.
    """

    def create(
        input: Tensor, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
    ) -> Tensor:
        wanted = input.dtype if dtype is None else dtype
        where = input.device if device is None else device  # type: ignore[attr-defined]
        made = make(tuple(input.shape), dtype=wanted, device=where, requires_grad=requires_grad)
        return made if drawn else spread_as(made, input)

    create.__name__ = create.__qualname__ = name
    create.__doc__ = f"""As ``{name[:-5]}``, with the shape, dtype and device of ``input``.

    >>> sg.{name}(sg.tensor([1.0, 2.0])).shape
    symgrad.Size([2])
    """
    return create


zeros_like = like(zeros, "zeros_like")
ones_like = like(ones, "ones_like")
empty_like = like(empty, "empty_like")


def full_like(
    input: Tensor,
    fill_value: float,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """As ``full``, with the shape, dtype and device of ``input``.

    >>> sg.full_like(sg.tensor([1.0, 2.0]), 3)
    tensor([3., 3.])
    """
    wanted = input.dtype if dtype is None else dtype
    where = input.device if device is None else device  # type: ignore[attr-defined]
    made = full(
        tuple(input.shape), fill_value, dtype=wanted, device=where, requires_grad=requires_grad
    )
    return spread_as(made, input)
