"""The words of rules that NumPy has under another name or as syntax; read by ``emitting``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy as sp

from symgrad.algebras.elements import exact
from symgrad.errors import NoClosedForm
from symgrad.grammar.algebra import Algebra
from symgrad.grammar.kind import broadcast_shape, reduced_axes
from symgrad.symbolic.coding.source import (
    ATOM,
    COMPARE,
    MATMUL,
    POWER,
    PRODUCT,
    SIGN,
    SUM,
    Code,
    Names,
    as_numbers,
    call,
    number,
    number_text,
    view,
)


def raised(x: Code, exponent: Any) -> Code:
    """A power by a number, as a root or a quotient where it is one."""
    exponent = exact(exponent)
    x = as_numbers(x)
    if exponent.could_extract_minus_sign():
        below = raised(x, -exponent)
        return Code("1 / {0}", (below,), x.shape, level=PRODUCT, needs=(SIGN,), over=below)
    if exponent == 1:
        return x
    if exponent == sp.Rational(1, 2):
        return call("np.sqrt", (x,), x.shape)
    text = number_text(exponent)
    text = text if text.isidentifier() or text.isdecimal() else f"({text})"
    return Code(f"{{0}}**{text}", (x,), x.shape, level=POWER, needs=(ATOM,))


class Words(Algebra):
    """Words as source: ``word_tanh`` of a rule's word, ``zeros`` and the like under their name."""

    name = "numpy source"
    pi, e, inf = sp.pi, sp.E, math.inf

    def __init__(self, names: Names) -> None:
        self.names = names
        self.functions: dict[Any, str] = {}

    # words that are NumPy's under another name, or no function at all ----------------------------

    def word_power(self, x: Code, y: Code) -> Code:
        if y.value is not None:
            return raised(x, y.value)
        return Code("{0} ** {1}", (x, y), broadcast((x, y)), level=POWER, needs=(ATOM, SIGN))

    def word_power_number(self, x: Code, *, exponent: Any) -> Code:
        return raised(x, exponent)

    def word_negative(self, x: Code) -> Code:
        if x.value is not None:
            return number(-x.value)
        return Code("-{0}", (as_numbers(x),), x.shape, level=SIGN, needs=(PRODUCT,))

    def word_matmul(self, a: Code, b: Code) -> Code:
        shape = (*a.shape[:-1], *b.shape[-1:]) if b.ndim > 1 else a.shape[:-1]
        return Code("{0} @ {1}", (a, b), shape, level=MATMUL, needs=(MATMUL, SIGN))

    def word_where(self, condition: Code, a: Code, b: Code) -> Code:
        shape = broadcast((condition, a, b))
        plain = [number(float(v.fill)) if v.fill in ("0", "1") else v for v in (a, b)]
        return Code("np.where({0}, {1}, {2})", (condition, *plain), shape)

    def word_cast(self, x: Code, *, dtype: Any) -> Code:
        word = str(getattr(dtype, "name", dtype))
        if x.kind == "bool":
            return as_numbers(x)
        return view(x, ".astype(int)", x.shape) if word.startswith("int") else x

    def word_clone(self, x: Code) -> Code:
        return x

    word_to_device = word_detach = word_clone

    def word_getitem(self, x: Code, *, index: Any) -> Code:
        parts = index if isinstance(index, tuple) else (index,)
        shape = _indexed(x.shape, parts)
        places = [p for p in parts if isinstance(p, Code)]
        if not places:
            return view(x, f"[{', '.join(map(_index_text, parts))}]", shape)
        held = iter(range(1, len(places) + 1))
        inner = [f"{{{next(held)}}}" if isinstance(p, Code) else _index_text(p) for p in parts]
        text = "{0}[" + ", ".join(inner) + "]"
        return Code(text, (x, *places), shape, needs=(ATOM, *(COMPARE for _ in places)))

    def word_expand_dims(self, x: Code, *, axis: Any) -> Code:
        axes = axis if isinstance(axis, tuple) else (axis,)
        ndim = x.ndim + len(axes)
        new = {a % ndim for a in axes}
        old = iter(x.shape)
        shape = tuple(1 if a in new else next(old) for a in range(ndim))
        return call("np.expand_dims", (x,), shape, argument(axis))

    def word_squeeze(self, x: Code, *, axis: Any = None) -> Code:
        gone = reduced_axes(axis, x.ndim)
        shape = tuple(n for a, n in enumerate(x.shape) if a not in gone)
        return call("np.squeeze", (x,), shape, argument(axis))

    def word_permute(self, x: Code, *, axes: Any) -> Code:
        if tuple(axes) == tuple(range(x.ndim)):
            return x
        shape = tuple(x.shape[a] for a in axes)
        return transposed(x, tuple(axes), shape)

    def word_concat(self, *xs: Code, axis: int = 0) -> Code:
        own = [x.shape[axis % x.ndim] for x in xs]
        shape = list(xs[0].shape)
        shape[axis % len(shape)] = sum(own)
        return _listed("np.concatenate", xs, tuple(shape), axis)

    def word_stack(self, *xs: Code, axis: int = 0) -> Code:
        shape = list(xs[0].shape)
        shape.insert(axis % (len(shape) + 1), len(xs))
        return _listed("np.stack", xs, tuple(shape), axis)

    def word_take_along_axis(self, x: Code, *, index: Any, axis: int = -1) -> Code:
        places = lifted(index)
        shape = tuple(
            p if a == axis % x.ndim else n
            for a, (n, p) in enumerate(zip(x.shape, places.shape, strict=True))
        )
        return call("np.take_along_axis", (x, places), shape, f"axis={axis}")

    def word_one_hot(self, x: Code, *, n: Any) -> Code:
        shape = (*x.shape, n)
        return Code(f"np.eye({number_text(n)})[{{0}}]", (x,), shape)

    def word_prod_slope(self, *xs: Code, axis: Any = None) -> Code:
        """A loop over sizes in its forward: here with the entry itself replaced by 1."""
        if len(xs) > 1:
            raise NoClosedForm("products differentiated twice have no NumPy source")
        (x,) = xs
        axes = reduced_axes(axis, x.ndim)
        name = "products_of_others"
        if name not in self.functions:
            self.names.taken.add(name)
            self.functions[name] = _PRODUCTS_OF_OTHERS
        return call(name, (x,), x.shape, argument(axes)) if axes else ones(x)

    # words that are no rules ------------------------------------------------------------------

    def zeros_like(self, x: Any) -> Code:
        x = lifted(x)
        return Code("np.zeros_like({0})", (x,), x.shape, fill="0")

    def ones_like(self, x: Any) -> Code:
        return ones(lifted(x))

    def zeros(self, shape: Any, *, like: Any) -> Code:
        return call("np.zeros", (), tuple(shape), shape_text(shape))

    def ones(self, shape: Any, *, like: Any) -> Code:
        if not tuple(shape):
            return number(1.0)
        return call("np.ones", (), tuple(shape), shape_text(shape))

    def eye(self, n: Any, *, like: Any) -> Code:
        return call("np.eye", (), (n, n), number_text(n))

    def arange(self, n: Any, *, like: Any = None) -> Code:
        return Code(f"np.arange({number_text(n)})", shape=(n,), kind="int")

    def argsort(self, x: Any, *, axis: int = -1, descending: bool = False) -> Code:
        x = lifted(x)
        if not descending:
            return call("np.argsort", (x,), x.shape, f'axis={axis}, kind="stable"', "int")
        n = number_text(x.shape[axis])
        flipped = call("np.flip", (x,), x.shape, f"axis={axis}")
        found = call("np.argsort", (flipped,), x.shape, f'axis={axis}, kind="stable"', "int")
        back = call("np.flip", (found,), x.shape, f"axis={axis}", "int")
        return Code(f"{n} - 1 - {{0}}", (back,), x.shape, level=SUM, needs=(PRODUCT,), kind="int")

    def svd(self, x: Code) -> tuple[Code, ...]:
        whole = call("np.linalg.svd", (x,), (), "full_matrices=False")
        n, m = x.shape[-2:]
        if not (n == m or (isinstance(n, int) and isinstance(m, int))):
            raise NoClosedForm("svd of a matrix of which it is not known which side is longer")
        k = n if n == m else min(n, m)
        own = ((*x.shape[:-1], k), (*x.shape[:-2], k), (*x.shape[:-2], k, m))
        return tuple(view(whole, f"[{k}]", shape) for k, shape in enumerate(own))

    def asarray(self, value: Any, **_: Any) -> Code:
        return lifted(np.asarray(value))

    def copy_of(self, x: Any) -> Code:
        return lifted(x)


def ones(x: Code) -> Code:
    """An array of ones of a piece's shape."""
    return Code("np.ones_like({0})", (x,), x.shape, fill="1")


_PRODUCTS_OF_OTHERS = '''def products_of_others(x, axes):
    """For each entry the product of all others along some axes."""
    order = [a for a in range(x.ndim) if a not in axes] + list(axes)
    moved = np.transpose(x, order)
    flat = moved.reshape(*moved.shape[: x.ndim - len(axes)], -1)
    others = np.where(np.eye(flat.shape[-1], dtype=bool), 1.0, flat[..., None, :]).prod(axis=-1)
    return np.transpose(others.reshape(moved.shape), np.argsort(order))'''


def lifted(value: Any) -> Code:
    """A piece of source from a number or an array."""
    if isinstance(value, Code):
        return value
    if isinstance(value, (np.ndarray, list)) and np.ndim(value):
        array = np.asarray(value)
        text = np.array2string(
            array,
            separator=", ",
            threshold=array.size + 1,
            formatter={"float_kind": lambda value: number_text(float(value))},
        )
        kind = {"b": "bool", "i": "int"}.get(array.dtype.kind, "float")
        return Code(f"np.array({' '.join(text.split())})", shape=array.shape, kind=kind)
    return number(value.item() if hasattr(value, "item") else value)


def transposed(x: Code, axes: tuple[int, ...], shape: tuple[Any, ...]) -> Code:
    """A piece with its axes in another order."""
    if axes == (1, 0):
        return view(x, ".T", shape)
    if axes == tuple(range(x.ndim)):
        return x
    if axes == (*range(x.ndim - 2), x.ndim - 1, x.ndim - 2):
        return call("np.swapaxes", (x,), shape, "-1, -2", x.kind)
    return call("np.transpose", (x,), shape, str(axes), x.kind)


def shape_text(shape: Sequence[Any]) -> str:
    """A shape as an argument: a bare number where there is one axis."""
    if len(shape) == 1:
        return number_text(shape[0])
    return "(" + ", ".join(map(number_text, shape)) + ")"


def _listed(name: str, xs: Sequence[Code], shape: tuple[Any, ...], axis: int) -> Code:
    places = ", ".join(f"{{{k}}}" for k in range(len(xs)))
    extra = f", axis={axis}" if axis else ""
    return Code(f"{name}([{places}]{extra})", xs, shape)


def argument(value: Any) -> str:
    """A parameter as Python has it."""
    if isinstance(value, (tuple, list)):
        inner = ", ".join(map(argument, value))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, str):
        return f'"{value}"'
    return str(value) if value is None or isinstance(value, bool) else number_text(value)


def _index_text(part: Any) -> str:
    if part is Ellipsis:
        return "..."
    if isinstance(part, slice):
        ends = [("" if p is None else number_text(p)) for p in (part.start, part.stop)]
        step = "" if part.step is None else f":{number_text(part.step)}"
        return f"{ends[0]}:{ends[1]}{step}"
    return "None" if part is None else argument(part)


def _indexed(shape: tuple[Any, ...], parts: tuple[Any, ...]) -> tuple[Any, ...]:
    """The shape that basic indexing gives, where integer arrays stand side by side."""
    rank = sum(p is not None and p is not Ellipsis for p in parts)
    every = [slice(None)] * (len(shape) - rank)
    at = next((k for k, p in enumerate(parts) if p is Ellipsis), len(parts))
    full = [*parts[:at], *every, *parts[at + 1 :]]
    axes, out, placed = iter(shape), [], False
    for part in full:
        if part is None:
            out.append(1)
            continue
        n = next(axes)
        if isinstance(part, slice):
            out.append(_slice_length(part, n))
        elif isinstance(part, Code) and not placed:
            out.extend(part.shape)
            placed = True
    return tuple(out)


def _slice_length(part: slice, n: Any) -> Any:
    if isinstance(n, int) and all(p is None or isinstance(p, int) for p in
                                  (part.start, part.stop, part.step)):  # fmt: skip
        return len(range(*part.indices(n)))
    if part.step not in (None, 1):
        return sp.Symbol("_")
    start, stop = part.start or 0, n if part.stop is None else part.stop
    return (n if stop is n else n + stop if stop < 0 else stop) - (
        n + start if start < 0 else start
    )


def broadcast(values: Sequence[Code]) -> tuple[Any, ...]:
    """The shape that pieces broadcast to."""
    return broadcast_shape(*(v.shape for v in values))
