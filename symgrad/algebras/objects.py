"""Arrays of exact scalars: what ``elements`` and ``precise`` share; only those two import this.

A subclass names its scalars: ``number`` lifts a Python number, ``atoms`` says what a word means on
scalars, ``add_all`` and ``multiply_all`` fold a list, ``sort_key`` decides an order. All that only
moves entries is here, done by NumPy on object arrays.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from symgrad.algebras import matrices
from symgrad.algebras.object_array import NUMBERS, ObjectArray, plain_index
from symgrad.grammar.algebra import Algebra
from symgrad.grammar.kind import reduced_axes
from symgrad.grammar.plan import Cotangents
from symgrad.grammar.primitive import REGISTRY, Primitive

__all__ = ["ObjectArray", "Objects", "plain_index"]


class Objects(Algebra, ABC):
    """Rules over ``ObjectArray``; a word that no atom and no method names reads its formula."""

    name = "objects"
    #: What a word of an elementwise rule means on scalars.
    atoms: ClassVar[dict[str, Callable[..., Any]]]

    # what a subclass says --------------------------------------------------------------------

    @abstractmethod
    def number(self, value: Any) -> Any:
        """A Python number, as a scalar of this algebra."""

    @abstractmethod
    def add_all(self, terms: Sequence[Any]) -> Any:
        """The sum of scalars; of none, 0."""

    @abstractmethod
    def multiply_all(self, factors: Sequence[Any]) -> Any:
        """The product of scalars; of none, 1."""

    @abstractmethod
    def sort_key(self, scalar: Any) -> Any:
        """What Python can order in the place of a scalar.

        Raises  NoClosedForm where the order is not known.
        """

    def magnitude(self, scalar: Any) -> Any:
        """The size of a scalar, for pivoting; None for an algebra that must not divide by guess."""
        return None

    def share(self, scalar: Any) -> Any:
        """A scalar that is about to be used several times; an algebra may give it a name."""
        return scalar

    # values ----------------------------------------------------------------------------------

    def lift(self, value: Any) -> Any:
        """Anything a rule may be given, as an ``ObjectArray`` (tuples entry by entry)."""
        if isinstance(value, ObjectArray):
            return value
        if isinstance(value, tuple):
            return type(value)(v if v is None else self.lift(v) for v in value)
        if isinstance(value, np.ndarray) and value.dtype != object:
            return self.array([self.number(v) for v in value.ravel().tolist()], value.shape)
        if isinstance(value, np.ndarray):
            return ObjectArray(value, self)
        if isinstance(value, NUMBERS):
            value = self.number(value.item() if isinstance(value, np.generic) else value)
        return self.array([value], ())

    def array(self, scalars: Sequence[Any], shape: tuple[int, ...]) -> ObjectArray:
        """An array of ``shape`` of scalars in order."""
        data = np.empty(len(scalars), dtype=object)
        for k, scalar in enumerate(scalars):  # never by np.array: some scalars look iterable to it
            data[k] = scalar
        return ObjectArray(data.reshape(shape), self)

    def map(self, function: Callable[..., Any], *operands: Any) -> ObjectArray:
        """``function`` of scalars, entry by entry, after broadcasting."""
        arrays = np.broadcast_arrays(*(self.lift(o).data for o in operands))
        rows = zip(*(a.ravel().tolist() for a in arrays), strict=True)
        return self.array([function(*row) for row in rows], arrays[0].shape)

    # reading rules ---------------------------------------------------------------------------

    def __getattr__(self, word: str) -> Callable[..., Any]:
        atom = type(self).atoms.get(word) if hasattr(type(self), "atoms") else None
        if atom is not None and word not in REGISTRY:
            return lambda *operands, **params: self.map(atom, *operands, **params)
        return super().__getattr__(word)

    def apply(self, rule: Primitive, operands: tuple[Any, ...], params: dict[str, Any]) -> Any:
        """Read one call of a rule; Python numbers among the operands are lifted exactly."""
        lifted = tuple(self.lift(o) for o in operands)
        return getattr(self, rule.kind.value)(rule, lifted, params)

    def elementwise(
        self, rule: Primitive, operands: tuple[Any, ...], params: dict[str, Any]
    ) -> Any:
        """An atom entry by entry, else the formula."""
        atom = type(self).atoms.get(rule.word)
        if atom is not None and not params:
            return self.map(atom, *operands)
        return self.lift(rule.formula_of(self, operands, params))

    def structural(self, rule: Primitive, operands: tuple[Any, ...], params: dict[str, Any]) -> Any:
        """A method of that name, else the einsum, else the formula."""
        if rule.path_rule is not None and "path" not in params:
            params = {**params, "path": rule.path_rule(self, *operands, **params)}
        native = getattr(type(self), rule.word, None)
        if native is not None:
            return native(self, *operands, **params)
        if rule.einsum_rule is not None and not rule.has_formula:
            ndims = tuple(o.ndim for o in operands)
            return self.einsum(*operands, spec=rule.einsum_rule(ndims, **params))
        return self.lift(rule.formula_of(self, operands, params))

    reduction = scan = contraction = reindexing = selection = factorisation = structural

    def transpose_of(self, pull: Callable[[Any], Any], y: Any, t: Any) -> Any:
        """The transpose of a linear ``pull``, at ``t``: one unit cotangent an entry of ``y``."""
        if not isinstance(y, tuple):
            return self._transposed(pull, y, t)

        def only(k: int) -> Callable[[Any], Any]:
            return lambda g: pull(Cotangents(g if i == k else None for i in range(len(y))))

        return Cotangents(self._transposed(only(k), part, t) for k, part in enumerate(y))

    def _transposed(self, pull: Callable[[Any], Any], y: Any, t: Any) -> ObjectArray:
        entries = []
        for k in range(y.size):
            unit = [self.number(int(i == k)) for i in range(y.size)]
            pulled = pull(self.array(unit, y.shape))
            entries.append(self.sum(self.broadcast_to(pulled, shape=t.shape) * t).item())
        return self.array(entries, y.shape)

    # making ----------------------------------------------------------------------------------

    def full(self, shape: tuple[int, ...], value: int) -> ObjectArray:
        """One integer, everywhere."""
        return self.array([self.number(value)] * math.prod(shape), tuple(shape))

    def zeros(self, shape: tuple[int, ...], *, like: Any = None) -> ObjectArray:
        return self.full(shape, 0)

    def ones(self, shape: tuple[int, ...], *, like: Any = None) -> ObjectArray:
        return self.full(shape, 1)

    def zeros_like(self, x: Any) -> ObjectArray:
        return self.full(self.lift(x).shape, 0)

    def ones_like(self, x: Any) -> ObjectArray:
        return self.full(self.lift(x).shape, 1)

    def eye(self, n: int, *, like: Any = None) -> ObjectArray:
        return self.lift(np.eye(n, dtype=int))  # type: ignore[no-any-return]

    def arange(self, n: int, *, like: Any = None) -> ObjectArray:
        return self.lift(np.arange(n))  # type: ignore[no-any-return]

    def ratio(self, p: int, q: int) -> Any:
        return self.lift(p) / q

    def cast(self, x: Any, *, dtype: Any = None) -> Any:
        """``x`` with truth values as 1 and 0: no other dtype means anything here."""
        return self.map(self.as_number, x)

    def as_number(self, scalar: Any) -> Any:
        """A scalar, a truth value as 1 or 0."""
        return self.number(int(scalar)) if isinstance(scalar, bool) else scalar

    def copy_of(self, x: Any) -> Any:
        return x

    # folding ---------------------------------------------------------------------------------

    def fold(
        self, function: Callable[[Sequence[Any]], Any], x: Any, axis: Any, keepdims: bool
    ) -> ObjectArray:
        """``function`` of the list of scalars along ``axis``."""
        x = self.lift(x)
        gone = reduced_axes(axis, x.ndim)
        if not x.ndim:
            gone = ()
        kept = tuple(i for i in range(x.ndim) if i not in gone)
        shape = tuple(x.shape[i] for i in kept)
        rows = math.prod(shape)
        length = math.prod(x.shape[i] for i in gone)
        moved = x.data.transpose((*kept, *gone)).reshape(rows, length)
        out = self.array([function(moved[r].tolist()) for r in range(rows)], shape)
        full = tuple(1 if i in gone else n for i, n in enumerate(x.shape))
        return self.reshape(out, shape=full) if keepdims else out

    def fold_by(self, word: str, x: Any, axis: Any, keepdims: bool) -> ObjectArray:
        """A two-operand atom, taken along ``axis`` from the first entry to the last."""
        atom = type(self).atoms[word]

        def chain(row: Sequence[Any]) -> Any:
            if not row:
                raise ValueError(f"{word} of no entries has no value")
            out = row[0]
            for scalar in row[1:]:
                out = atom(out, scalar)
            return out

        return self.fold(chain, x, axis, keepdims)

    def sum(self, x: Any, *, axis: Any = None, keepdims: bool = False) -> ObjectArray:
        return self.fold(self.add_all, x, axis, keepdims)

    def prod(self, x: Any, *, axis: Any = None, keepdims: bool = False) -> ObjectArray:
        return self.fold(self.multiply_all, x, axis, keepdims)

    def max(self, x: Any, *, axis: Any = None, keepdims: bool = False) -> ObjectArray:
        return self.fold_by("maximum", x, axis, keepdims)

    def min(self, x: Any, *, axis: Any = None, keepdims: bool = False) -> ObjectArray:
        return self.fold_by("minimum", x, axis, keepdims)

    def all(self, x: Any, *, axis: Any = None, keepdims: bool = False) -> ObjectArray:
        return self.fold_by("logical_and", x, axis, keepdims)

    def any(self, x: Any, *, axis: Any = None, keepdims: bool = False) -> ObjectArray:
        return self.fold_by("logical_or", x, axis, keepdims)

    def cumsum(self, x: Any, *, axis: int | None = None) -> Any:
        x = self.lift(x)
        if not x.ndim:
            return x
        summed = np.cumsum(x.data, axis=axis)
        return self.array(summed.ravel().tolist(), summed.shape)

    def einsum(self, *operands: Any, spec: str) -> ObjectArray:
        """Einstein summation, each entry one sum of products."""
        entries, shape = matrices.contract(self, [self.lift(o).data for o in operands], spec)
        return self.array(entries, shape)

    def matmul(self, a: Any, b: Any) -> ObjectArray:
        """The matrix product, with NumPy's treatment of vectors and of leading axes."""
        a, b = self.lift(a), self.lift(b)
        left = a.data[None, :] if a.ndim == 1 else a.data
        right = b.data[:, None] if b.ndim == 1 else b.data
        lead = np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
        left = np.broadcast_to(left, (*lead, *left.shape[-2:]))
        right = np.broadcast_to(right, (*lead, *right.shape[-2:]))
        letters = "abcdefgh"[: len(lead)]
        out = self.einsum(left, right, spec=f"{letters}ik,{letters}kj->{letters}ij")
        data = out.data
        data = data[..., 0, :] if a.ndim == 1 else data
        return ObjectArray(self._kept(data[..., 0] if b.ndim == 1 else data), self)

    # moving ----------------------------------------------------------------------------------

    @staticmethod
    def _kept(data: Any) -> np.ndarray[Any, Any]:
        """An array again, where NumPy gave the bare scalar of a 0-d result."""
        if isinstance(data, np.ndarray):
            return data
        out: np.ndarray[Any, Any] = np.empty((), dtype=object)
        out[()] = data
        return out

    def moved(self, move: Callable[..., Any], x: Any, *args: Any) -> ObjectArray:
        """``move`` of NumPy on the entries."""
        return ObjectArray(self._kept(move(self.lift(x).data, *args)), self)

    def reshape(self, x: Any, *, shape: Any) -> ObjectArray:
        return self.moved(np.reshape, x, shape)

    def broadcast_to(self, x: Any, *, shape: tuple[int, ...]) -> ObjectArray:
        return self.moved(np.broadcast_to, x, tuple(shape))

    def permute(self, x: Any, *, axes: tuple[int, ...]) -> ObjectArray:
        return self.moved(np.transpose, x, axes)

    def expand_dims(self, x: Any, *, axis: Any) -> ObjectArray:
        return self.moved(np.expand_dims, x, axis)

    def squeeze(self, x: Any, *, axis: Any = None) -> ObjectArray:
        return self.moved(np.squeeze, x, axis)

    def flip(self, x: Any, *, axis: Any = None) -> ObjectArray:
        return self.moved(np.flip, x, axis)

    def concat(self, *xs: Any, axis: int = 0) -> ObjectArray:
        return ObjectArray(np.concatenate([self.lift(x).data for x in xs], axis), self)

    def stack(self, *xs: Any, axis: int = 0) -> ObjectArray:
        return ObjectArray(np.stack([self.lift(x).data for x in xs], axis), self)

    def diagonal(self, x: Any, **params: Any) -> ObjectArray:
        return self.moved(lambda data: np.diagonal(data, **params), x)

    def trace(self, x: Any) -> ObjectArray:
        return self.sum(self.moved(lambda data: np.diagonal(data, 0, -2, -1), x), axis=-1)

    def component(self, x: tuple[Any, ...], *, k: int, n: int) -> Any:
        """One output of a rule with several."""
        return x[k]

    def getitem(self, x: Any, *, index: Any) -> ObjectArray:
        return self.moved(lambda data: data[plain_index(index)], x)

    def take_along_axis(self, x: Any, *, index: Any, axis: int = -1) -> ObjectArray:
        return self.moved(np.take_along_axis, x, plain_index(index), axis)

    def index_add(self, x: Any, *, index: Any, shape: tuple[int, ...]) -> ObjectArray:
        """Zeros of ``shape`` with the entries of ``x`` added at ``index``, repeats adding up."""
        return self._scattered(x, _places(shape)[plain_index(index)], shape)

    def put_add_along_axis(
        self, x: Any, *, index: Any, axis: int, shape: tuple[int, ...]
    ) -> ObjectArray:
        """The adjoint of ``take_along_axis``."""
        places = np.take_along_axis(_places(shape), plain_index(index), axis)
        return self._scattered(x, places, shape)

    def _scattered(self, x: Any, places: Any, shape: tuple[int, ...]) -> ObjectArray:
        places = np.asarray(places)
        values = np.broadcast_to(self.lift(x).data, places.shape)
        terms: list[list[Any]] = [[] for _ in range(math.prod(shape))]
        for place, value in zip(places.ravel().tolist(), values.ravel().tolist(), strict=True):
            terms[place].append(value)
        return self.array([self.add_all(t) for t in terms], tuple(shape))

    # choices ---------------------------------------------------------------------------------

    def argsort(self, x: Any, *, axis: int = -1, descending: bool = False) -> Any:
        """The order along an axis, as plain integers; ties in their order of appearance."""
        if isinstance(x, np.ndarray) and x.dtype != object:
            return np.argsort(-x if descending else x, axis=axis, stable=True)
        data = self.lift(x).data
        if not data.ndim:
            return np.zeros((), dtype=int)
        return np.apply_along_axis(self._order, axis, _keys(data, self.sort_key), descending)

    @staticmethod
    def _order(keys: np.ndarray[Any, Any], descending: bool) -> np.ndarray[Any, Any]:
        # Python's sort keeps ties in order when reversed, too.
        places = sorted(range(len(keys)), key=keys.__getitem__, reverse=descending)
        return np.array(places, dtype=int)

    def argmax(self, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
        """The place of the first largest entry, as plain integers."""
        return np.argmax(_keys(self.lift(x).data, self.sort_key), axis=axis, keepdims=keepdims)

    def argmin(self, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
        """The place of the first smallest entry, as plain integers."""
        return np.argmin(_keys(self.lift(x).data, self.sort_key), axis=axis, keepdims=keepdims)

    # matrices --------------------------------------------------------------------------------

    def det(self, x: Any) -> ObjectArray:
        return self._matrices(lambda rows: [[matrices.det(self, rows)]], x, lambda n: ())

    def inv(self, x: Any) -> ObjectArray:
        return self._matrices(lambda rows: matrices.inv(self, rows), x, lambda n: (n, n))

    def solve(self, a: Any, b: Any) -> ObjectArray:
        return self.matmul(self.inv(a), b)

    def slogdet(self, x: Any) -> tuple[Any, Any]:
        det = self.det(x)
        return self.sign(det), self.log(self.abs(det))

    def _matrices(
        self,
        function: Callable[[list[list[Any]]], list[list[Any]]],
        x: Any,
        shape_of: Callable[[int], tuple[int, ...]],
    ) -> ObjectArray:
        x = self.lift(x)
        lead, n = x.shape[:-2], x.shape[-1]
        entries: list[Any] = []
        for place in np.ndindex(*lead):
            for row in function(x.data[place].tolist()):
                entries.extend(row)
        return self.array(entries, (*lead, *shape_of(n)))


def _places(shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    return np.arange(math.prod(shape)).reshape(shape)


def _keys(data: np.ndarray[Any, Any], key: Callable[[Any], Any]) -> np.ndarray[Any, Any]:
    out = np.empty(data.shape, dtype=object)
    for place in np.ndindex(*data.shape):
        out[place] = key(data[place])
    return out
