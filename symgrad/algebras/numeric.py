"""The numeric algebra: any array namespace that speaks the array API standard.

Backends that differ from the standard have an adapter of their own beside this;
``backends.namespace_of`` finds the one that an array belongs to.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from symgrad.algebras.devices import move, to_host
from symgrad.grammar.algebra import Algebra
from symgrad.grammar.primitive import REGISTRY, Primitive

#: Python's own numbers, which have no shape and no dtype. By type and not by isinstance: a 0-d
#: float64 is held as a NumPy scalar, which is a Python float as well.
NUMBERS = frozenset({bool, int, float, complex})

#: Words that every standard namespace has under the same name and with the same arguments.
STANDARD = frozenset({
    "add", "subtract", "multiply", "divide", "negative", "abs", "sign", "sqrt", "exp", "expm1",
    "log", "log1p", "log2", "log10", "sin", "cos", "tan", "asin", "acos", "atan", "sinh",
    "cosh", "tanh", "asinh", "acosh", "atanh", "maximum", "minimum", "where", "less",
    "less_equal", "greater", "greater_equal", "equal", "not_equal", "logical_and", "logical_or",
    "logical_not", "floor", "ceil", "round", "trunc", "isfinite", "isnan", "isinf", "atan2",
    "hypot", "logaddexp", "reciprocal", "square", "matmul", "zeros_like", "ones_like", "argmax",
    "argmin", "any", "all",
})  # fmt: skip

#: Words of rules whose forward is right for complex numbers too, as the standard defines them.
#: Rules that move or add up entries (reindexing, contraction) are, all of them.
COMPLEX = frozenset({
    "add", "subtract", "multiply", "divide", "negative", "reciprocal", "abs", "clone", "cast",
    "exp", "expm1", "log", "log1p", "log2", "log10", "square", "sqrt", "power", "power_number",
    "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh",
    "equal", "not_equal", "isnan", "isinf", "isfinite", "logical_and", "logical_or", "logical_not",
    "where", "sum", "mean", "prod", "det", "slogdet", "inv", "solve", "detach", "to_device",
})  # fmt: skip


class Numeric(Algebra):
    """Rules over the arrays of one namespace; a word without a native runs its rule's forward."""

    name = "numeric"
    #: Whether reindexing gives views, whose memory ``may_share`` compares.
    views = False
    pi = math.pi
    e = math.e
    inf = math.inf

    def __init__(self, namespace: Any) -> None:
        self.namespace = namespace
        for word in STANDARD:
            native = getattr(namespace, word, None)
            if native is not None and not hasattr(type(self), word):
                self.__dict__[word] = native

    def __getattr__(self, word: str) -> Callable[..., Any]:
        rule = REGISTRY.get(word)
        if rule is None:
            raise AttributeError(f"the numeric algebra knows no word {word!r}")
        call = self._bound(rule)
        self.__dict__[word] = call
        return call

    def _bound(self, rule: Primitive) -> Callable[..., Any]:
        forward = rule.forward

        def call(*operands: Any, **params: Any) -> Any:
            if rule.path_rule is not None and "path" not in params:
                params["path"] = rule.path_rule(self, *operands, **params)
            return forward(self, *operands, **params)

        call.__name__ = rule.name
        return call

    def masks(self, g: Any) -> bool:
        return True

    def run(self, rule: Primitive, operands: tuple[Any, ...], params: dict[str, Any]) -> Any:
        """The rule's forward on raw arrays."""
        return rule.forward(self, *operands, **params)

    # creation, always beside an array that says dtype and device ------------------------------

    def asarray(self, value: Any, *, dtype: Any = None, device: Any = None) -> Any:
        """An array of this namespace from a Python value or an array of it."""
        kwargs = {} if device is None else {"device": device}
        return self.namespace.asarray(value, dtype=dtype, **kwargs)

    def zeros(self, shape: tuple[int, ...], *, like: Any) -> Any:
        """Zeros with the dtype and the device of ``like``."""
        return self.namespace.zeros(shape, dtype=like.dtype, device=like.device)

    def ones(self, shape: tuple[int, ...], *, like: Any) -> Any:
        """Ones with the dtype and the device of ``like``."""
        return self.namespace.ones(shape, dtype=like.dtype, device=like.device)

    def eye(self, n: int, *, like: Any) -> Any:
        """The identity matrix with the dtype and the device of ``like``."""
        return self.namespace.eye(n, dtype=like.dtype, device=like.device)

    def arange(self, n: int, *, like: Any) -> Any:
        """The integers 0 to n - 1 on the device of ``like``."""
        return self.namespace.arange(n, device=like.device)

    def cast(self, x: Any, *, dtype: Any) -> Any:
        """``x`` in another dtype; itself where nothing changes."""
        if isinstance(dtype, type):  # a NumPy scalar's: the value goes home to the CPU
            return dtype(to_host(x))
        named = getattr(dtype, "name", None)  # NumPy's or symgrad's own: by name
        dtype = dtype if named is None else getattr(self.namespace, named)
        return x if x.dtype == dtype else self.namespace.astype(x, dtype)

    def copy_of(self, x: Any) -> Any:
        """The same values in a buffer of their own."""
        return self.namespace.asarray(x, copy=True)

    def overwrite(self, into: Any, value: Any) -> None:
        """Write ``value`` into the buffer of ``into``, in its dtype."""
        into[...] = self.cast(value, dtype=into.dtype)

    def add_into(self, into: Any, value: Any) -> None:
        """Add ``value`` to what the buffer of ``into`` holds."""
        into += value

    def in_place(self, compute: Callable[[Any, Any], Any], into: Any, value: Any) -> None:
        """Write by one of Python's in-place operators."""
        compute(into, value)

    def write_at(self, into: Any, index: Any, value: Any) -> None:
        """Write ``value`` into the entries of ``into`` that an index names."""
        into[index] = value

    def may_share(self, a: Any, b: Any) -> bool:
        """Whether two arrays may lie in the same memory."""
        return False

    def to_device(self, x: Any, *, device: Any, source: Any) -> Any:
        """``x``, which is on ``source``, on another device."""
        return move(x, device)

    # structure --------------------------------------------------------------------------------

    def sum(self, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
        return self.signed(self.namespace.sum(x, axis=axis, keepdims=keepdims))

    def signed(self, total: Any) -> Any:
        """A total as PyTorch gives it: of any integers int64, where the standard says uint64."""
        namespace = self.namespace
        if total.dtype != namespace.uint64:
            return total
        return namespace.astype(total, namespace.int64)

    def prod(self, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
        return self.signed(self.namespace.prod(x, axis=axis, keepdims=keepdims))

    def max(self, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
        return self.namespace.max(x, axis=axis, keepdims=keepdims)

    def min(self, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
        return self.namespace.min(x, axis=axis, keepdims=keepdims)

    def cumsum(self, x: Any, *, axis: int) -> Any:
        return self.signed(self.namespace.cumulative_sum(x, axis=axis))

    def power(self, x: Any, y: Any) -> Any:
        return x**y

    def reshape(self, x: Any, *, shape: tuple[int, ...]) -> Any:
        return self.namespace.reshape(x, shape)

    def broadcast_to(self, x: Any, *, shape: tuple[int, ...]) -> Any:
        return self.namespace.broadcast_to(x, shape)

    def permute(self, x: Any, *, axes: tuple[int, ...]) -> Any:
        return self.namespace.permute_dims(x, axes)

    def expand_dims(self, x: Any, *, axis: int | tuple[int, ...]) -> Any:
        for a in sorted(axis) if isinstance(axis, tuple) else (axis,):
            x = self.namespace.expand_dims(x, axis=a)
        return x

    def squeeze(self, x: Any, *, axis: Any = None) -> Any:
        if axis is None:
            axis = tuple(i for i, n in enumerate(x.shape) if n == 1)
        return self.namespace.squeeze(x, axis=axis)

    def flip(self, x: Any, *, axis: Any) -> Any:
        return self.namespace.flip(x, axis=axis)

    def concat(self, *xs: Any, axis: int = 0) -> Any:
        return self.namespace.concat(list(xs), axis=axis)

    def stack(self, *xs: Any, axis: int = 0) -> Any:
        return self.namespace.stack(list(xs), axis=axis)

    def argsort(self, x: Any, *, axis: int = -1, descending: bool = False) -> Any:
        return self.namespace.argsort(x, axis=axis, descending=descending, stable=True)

    def take_along_axis(self, x: Any, *, index: Any, axis: int = -1) -> Any:
        if type(index) is list:
            index = self.asarray(index, device=x.device)
        return self.namespace.take_along_axis(x, index, axis=axis)

    def getitem(self, x: Any, *, index: Any) -> Any:
        return _gathered(self.namespace, x, index)

    def put(self, x: Any, v: Any, *, index: Any) -> Any:
        """``x`` with the entries that an index names replaced by ``v``."""
        ones = self.ones_like(self.getitem(x, index=index))
        named = self.index_add(ones, index=index, shape=x.shape)
        placed = self.index_add(ones * v, index=index, shape=x.shape)
        return self.where(self.greater(named, 0), placed, x)

    def index_add(self, x: Any, *, index: Any, shape: tuple[int, ...]) -> Any:
        """Zeros of ``shape`` with the entries of ``x`` added at ``index``, repeats adding up."""
        size = math.prod(shape)
        every = self.namespace.reshape(self.namespace.arange(size, device=x.device), tuple(shape))
        places = _gathered(self.namespace, every, index)
        flat = self.namespace.reshape(places, (-1,))
        hot = self.namespace.astype(
            flat[:, None] == self.namespace.arange(size, device=x.device)[None, :], x.dtype
        )
        values = self.namespace.reshape(self.broadcast_to(x, shape=places.shape), (1, -1))
        return self.namespace.reshape(self.namespace.matmul(values, hot), tuple(shape))

    def einsum(self, *operands: Any, spec: str) -> Any:
        """Einstein summation by transposes and broadcast products: every namespace has those."""
        inputs, _, out = spec.partition("->")
        terms = inputs.split(",")
        letters = list(dict.fromkeys("".join(terms)))
        total: Any = None
        for x, term in zip(operands, terms, strict=True):
            y = self._aligned(x, term, letters)
            total = y if total is None else total * y
        gone = tuple(i for i, letter in enumerate(letters) if letter not in out)
        total = self.sum(total, axis=gone) if gone else total
        kept = [letter for letter in letters if letter in out]
        return self.permute(total, axes=tuple(kept.index(letter) for letter in out))

    def _aligned(self, x: Any, term: str, letters: list[str]) -> Any:
        for letter in set(term):
            while term.count(letter) > 1:
                x, term = self._diagonal(x, term, letter)
        order = sorted(range(len(term)), key=lambda i: letters.index(term[i]))
        x = self.permute(x, axes=tuple(order)) if order else x
        missing = tuple(i for i, letter in enumerate(letters) if letter not in term)
        return self.expand_dims(x, axis=missing) if missing else x

    def _diagonal(self, x: Any, term: str, letter: str) -> tuple[Any, str]:
        i = term.index(letter)
        j = term.index(letter, i + 1)
        rest = [k for k in range(len(term)) if k not in (i, j)]
        x = self.permute(x, axes=(*rest, i, j))
        return self.namespace.linalg.diagonal(x), "".join(term[k] for k in rest) + letter

    # linear algebra ---------------------------------------------------------------------------

    def det(self, x: Any) -> Any:
        return self.namespace.linalg.det(x)

    def slogdet(self, x: Any) -> Any:
        return tuple(self.namespace.linalg.slogdet(x))

    def inv(self, x: Any) -> Any:
        return self.namespace.linalg.inv(x)

    def solve(self, a: Any, b: Any) -> Any:
        return self.namespace.linalg.solve(a, b)

    def svd(self, x: Any) -> Any:
        return tuple(self.namespace.linalg.svd(x, full_matrices=False))


# indexing by what the standard has: slices, whole masks, and take along one axis ----------------


def _gathered(namespace: Any, x: Any, index: Any) -> Any:
    """``x[index]`` with NumPy's meaning of integer arrays among slices, None and an ellipsis."""
    listed = index if isinstance(index, tuple) else (index,)
    foreign = [type(p) is list or type(p).__module__ == "numpy" for p in listed]
    parts = [
        namespace.asarray(p, device=x.device) if f else p
        for p, f in zip(listed, foreign, strict=True)
    ]
    if any("bool" in str(getattr(p, "dtype", "")) for p in parts):
        return x[index]  # a mask stands alone in the standard
    if not any(p is Ellipsis for p in parts):
        parts.append(Ellipsis)
    at = next(i for i, p in enumerate(parts) if p is Ellipsis)
    named = sum(p is not None for p in parts) - 1
    parts[at : at + 1] = [slice(None)] * (x.ndim - named)
    if not any(hasattr(p, "shape") for p in parts):
        return x[(*parts, Ellipsis)]
    where = [i for i, p in enumerate(parts) if p is not None and not isinstance(p, slice)]
    x = x[tuple(slice(None) if i in where else p for i, p in enumerate(parts))]
    spot = where[0] if where[-1] - where[0] == len(where) - 1 else 0
    return _taken(namespace, x, [parts[i] for i in where], where, spot)


def _taken(namespace: Any, x: Any, integers: list[Any], axes: list[int], spot: int) -> Any:
    """Entries of ``x`` by one integer array for each of ``axes``; their axes come at ``spot``."""
    rest = [i for i in range(x.ndim) if i not in axes]
    sizes = [x.shape[a] for a in axes]
    x = namespace.permute_dims(x, (*rest[:spot], *axes, *rest[spot:]))
    x = namespace.reshape(x, (*x.shape[:spot], math.prod(sizes), *x.shape[spot + len(axes) :]))
    flat: Any = 0
    for part, n in zip(integers, sizes, strict=True):
        flat = flat * n + (part % n if n else part)
    taken = namespace.take(x, namespace.reshape(flat, (-1,)), axis=spot)
    return namespace.reshape(taken, (*x.shape[:spot], *flat.shape, *x.shape[spot + 1 :]))
