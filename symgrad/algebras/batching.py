"""The batched algebra: one program run on many inputs at once, for ``vmap``; one method a kind.

A kind aligns the hidden axis, which stands in front, moves the parameters, and runs the same rule
on the level outside, where it is recorded as any other. Imports the grammar and the numeric
algebras, never tensors: a level brings the algebra outside with it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from symgrad.algebras.backends import namespace_of
from symgrad.algebras.batched import Batched
from symgrad.algebras.numeric import NUMBERS, Numeric
from symgrad.grammar.algebra import Algebra
from symgrad.grammar.kind import Kind
from symgrad.grammar.primitive import Primitive
from symgrad.grammar.stacking import Stacked, axis_behind, behind, unstacked

Params = dict[str, Any]
_LETTERS = "ZYXWVUTSRQPONMLKJIHGFEDCBAzyxwvutsrqponmlkjihgfedcba"


class Batches(Algebra):
    """Reads a rule once for many inputs: the rule itself, on data with one axis more."""

    name = "batched"
    batched = True
    pi, e, inf = math.pi, math.e, math.inf
    namespace = np  # its names of dtypes

    def apply(self, rule: Primitive, operands: tuple[Any, ...], params: Params) -> Any:
        if rule.projection:  # its operand is the tuple of a rule with several outputs
            return rule.forward(self, *operands, **params)
        level = deepest((*operands, *params.values()))
        if level is None:  # a derivative's own arithmetic on what all inputs share
            arrays = (o for o in operands if type(o) not in NUMBERS)
            return getattr(namespace_of(next(arrays)), rule.word)(*operands, **params)
        level.refuse_closed()
        if rule.kind is Kind.ELEMENTWISE:  # a bare seed is a number to whoever reads the graph
            operands = tuple(o.item() if isinstance(o, np.floating) else o for o in operands)
        held = [held_at(o, level) for o in operands]
        own = [p for p in _listed(params.values()) if _is_mapped(p) and p.level is level]
        if any(_is_mask_of_many(p, level) for p in _listed(params.values())):
            return level.one_by_one(level, rule, tuple(held), params)
        mapped = bool(own) or any(map(_is_mapped, held))
        if not mapped:
            found = level.inside.apply(rule, tuple(map(_data, held)), _freed(params, level))
        elif rule.batched_rule is not None:
            found = self._declared(rule, level, held, _freed(params, level))
        elif rule.composed:
            return rule.forward(self, *operands, **params)
        else:
            method = getattr(self, rule.kind.value)
            plain = {k: unstacked(v) for k, v in _freed(params, level).items()}
            return method(rule, level, held, plain)
        return _wrapped(found, level, mapped)

    run = apply

    def _declared(self, rule: Primitive, level: Any, held: list[Any], params: Params) -> Any:
        """The call as the rule itself declares it for many."""
        function: Any = rule.batched_rule
        if not rule.takes_shared:
            return function(level.inside, level.size, *_spread(level, held), **params)
        shared = frozenset(i for i, o in enumerate(held) if not _is_mapped(o))
        return function(level.inside, level.size, *map(_data, held), **params, shared=shared)

    put: Any = Numeric.put  # in words that many inputs have: counted, placed, chosen
    # the kinds --------------------------------------------------------------------------------

    def elementwise(self, rule: Primitive, level: Any, held: list[Any], params: Params) -> Any:
        """New axes of size 1 behind the hidden one, as broadcasting puts them in front."""
        found = level.inside.apply(rule, tuple(aligned(level, held)), params)
        return _wrapped(found, level, True)

    def reduction(self, rule: Primitive, level: Any, held: list[Any], params: Params) -> Any:
        """The same axes, one further back."""
        if held[0].shape == ():  # all of no axes: one of size 1, that is reduced
            params = {**params, "keepdims": False}
        return self._along(rule, level, held, params)

    def scan(self, rule: Primitive, level: Any, held: list[Any], params: Params) -> Any:
        """The same axes, one further back; the result has the operand's shape."""
        return self._along(rule, level, held, params)

    def selection(self, rule: Primitive, level: Any, held: list[Any], params: Params) -> Any:
        """The same axes, one further back, and the integers of the path with the hidden axis."""
        if params.get("path", self) is None:
            params = {k: v for k, v in params.items() if k != "path"}
        return self._along(rule, level, held, params)

    def reindexing(self, rule: Primitive, level: Any, held: list[Any], params: Params) -> Any:
        """The same axes, one further back."""
        return self._along(rule, level, held, params)

    def _along(self, rule: Primitive, level: Any, held: list[Any], params: Params) -> Any:
        datas = _spread(level, held)
        ndim = len(held[0].shape)
        bare = ndim == 0 and "axis" in params
        if bare:
            datas = [level.inside.expand_dims(d, axis=1) for d in datas]
        moved = behind(params, max(ndim, int(bare)))
        found = level.inside.apply(rule, tuple(datas), moved)
        if bare and len(found.shape) == 2:
            found = level.inside.squeeze(found, axis=1)
        return _wrapped(found, level, True)

    def contraction(self, rule: Primitive, level: Any, held: list[Any], params: Params) -> Any:
        """The einsum with one letter more, or what factorisations do: both are linear algebra."""
        if rule.vectors:
            return self.factorisation(rule, level, held, params)
        if rule.einsum_rule is None:
            return self._along(rule, level, held, params)
        dtype = next(o.dtype for o in held if isinstance(o, Batched))
        dtype = None if _dtype_name(dtype) == "bool" else dtype  # a number beside truths counts
        held = [
            held_at(self.asarray(o, dtype=dtype) if type(o) in NUMBERS else o, level) for o in held
        ]
        spec = rule.einsum_rule(tuple(len(_shape(o)) for o in held), **params)
        inputs, _, out = spec.partition("->")
        letter = next(c for c in _LETTERS if c not in spec)
        terms = [
            (letter if _is_mapped(o) else "") + term
            for o, term in zip(held, inputs.split(","), strict=True)
        ]
        spec = f"{','.join(terms)}->{letter}{out}"
        return _wrapped(level.inside.einsum(*map(_data, held), spec=spec), level, True)

    def factorisation(self, rule: Primitive, level: Any, held: list[Any], params: Params) -> Any:
        """The hidden axis as one more of those in front of the matrices."""
        vectors = [i for i, o in enumerate(held) if len(_shape(o)) == 1 and _slot(rule, i)]
        mapped = [i for i, o in enumerate(held) if _is_mapped(o)]
        small = all(len(_shape(o)) <= 2 for o in held)
        if len(mapped) == 1 and mapped[0] in vectors and small:
            return self._as_matrix(rule, level, held, params, mapped[0])
        lost = []
        if any(i in mapped for i in vectors):
            lost = [_slot(rule, i) for i in vectors]
            held = [
                _grown(level, o, _slot(rule, i)) if i in vectors else o for i, o in enumerate(held)
            ]
        # A rule of matrices alone does not broadcast what stands in front of them.
        datas = aligned(level, held) if rule.vectors else _spread(level, held)
        found = level.inside.apply(rule, tuple(datas), params)
        if lost:
            found = level.inside.squeeze(found, axis=tuple(sorted(lost)))
        return _wrapped(found, level, True)

    def _as_matrix(
        self, rule: Primitive, level: Any, held: list[Any], params: Params, place: int
    ) -> Any:
        """Many vectors beside one matrix are a matrix: one product instead of many."""
        datas, inside = [_data(o) for o in held], level.inside
        as_columns = _slot(rule, place) == -1
        if as_columns:
            datas[place] = inside.permute(datas[place], axes=(1, 0))
        found = inside.apply(rule, tuple(datas), params)
        if as_columns and len(found.shape) == 2:
            found = inside.permute(found, axes=(1, 0))
        return _wrapped(found, level, True)

    def opaque(self, rule: Primitive, level: Any, held: list[Any], params: Params) -> Any:
        """Numbers only: one input after the other."""
        return level.one_by_one(level, rule, tuple(held), params)

    def masks(self, g: Any) -> bool:
        """Whether a cotangent shall bear its mask: as the level outside has it."""
        return bool(g.level.inside.masks(g.data)) if isinstance(g, Batched) else True

    # what is no rule --------------------------------------------------------------------------

    def cast(self, x: Any, *, dtype: Any) -> Any:
        """The same values in another dtype; itself where nothing changes."""
        if not isinstance(x, Batched):
            return namespace_of(x).cast(x, dtype=dtype)
        wanted = _dtype_name(dtype)
        if _dtype_name(x.dtype) == wanted:
            return x
        return Batched(x.level.inside.to_dtype(x.data, wanted), x.level, x.mapped)

    def asarray(self, value: Any, *, dtype: Any = None, device: Any = None) -> Any:
        """A value as an operand beside batched ones."""
        if isinstance(value, Batched):
            return value if dtype is None else self.cast(value, dtype=dtype)
        if hasattr(value, "shape"):
            return value if dtype is None else namespace_of(value).cast(value, dtype=dtype)
        made = np.asarray(value, dtype=None if dtype is None else _dtype_name(dtype))
        return made if made.shape else made[()]

    def taken_in(self, value: Any) -> Any:
        """A raw operand as it is."""
        return value

    def zeros_like(self, x: Any) -> Any:
        """Zeros of x's shape, the same for all."""
        return self.zeros(x.shape, like=x)

    def ones_like(self, x: Any) -> Any:
        """Ones of x's shape, the same for all."""
        return self.ones(x.shape, like=x)

    def zeros(self, shape: Any, *, like: Any) -> Any:
        """Zeros, the same for all."""
        return self._made(like, lambda xp, raw: xp.zeros(shape, like=raw))

    def ones(self, shape: Any, *, like: Any) -> Any:
        """Ones, the same for all."""
        return self._made(like, lambda xp, raw: xp.ones(shape, like=raw))

    def eye(self, n: Any, *, like: Any) -> Any:
        """The identity matrix, the same for all."""
        return self._made(like, lambda xp, raw: xp.eye(n, like=raw))

    def arange(self, n: Any, *, like: Any) -> Any:
        """The integers 0 to n - 1, the same for all."""
        return self._made(like, lambda xp, raw: xp.arange(n, like=raw))

    def _made(self, like: Any, make: Callable[[Any, Any], Any]) -> Any:
        if not isinstance(like, Batched):
            return make(namespace_of(like), like)
        return like.beside(make(namespace_of(like.raw), like.raw))

    def copy_of(self, x: Any) -> Any:
        """The same values in a buffer of their own."""
        if not isinstance(x, Batched):
            return namespace_of(x).copy_of(x)
        return Batched(x.level.inside.clone(x.data), x.level, x.mapped)

    def argsort(self, x: Any, *, axis: int = -1, descending: bool = False) -> Any:
        """The places that sort each."""
        at = axis_behind(axis, x.ndim) if isinstance(x, Batched) and x.mapped else axis
        return self._of_raw("argsort", x, axis=at, descending=descending)

    def argmax(self, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
        """The places of the largest entries of each."""
        return self._counted("argmax", x, axis, keepdims)

    def argmin(self, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
        """The places of the smallest entries of each."""
        return self._counted("argmin", x, axis, keepdims)

    def any(self, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
        """Whether any entry of each holds."""
        return self._counted("any", x, axis, keepdims)

    def all(self, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
        """Whether all entries of each hold."""
        return self._counted("all", x, axis, keepdims)

    def floor(self, x: Any) -> Any:
        """The next integer below, which has no rule."""
        return self._of_raw("floor", x)

    def ceil(self, x: Any) -> Any:
        """The next integer above."""
        return self._of_raw("ceil", x)

    def round(self, x: Any) -> Any:
        """The nearest integer."""
        return self._of_raw("round", x)

    def trunc(self, x: Any) -> Any:
        """The next integer towards 0."""
        return self._of_raw("trunc", x)

    def _counted(self, word: str, x: Any, axis: Any, keepdims: bool) -> Any:
        """A reduction that has no rule: all entries are flattened, for places count through."""
        if not (isinstance(x, Batched) and x.mapped):
            return self._of_raw(word, x, axis=axis, keepdims=keepdims)
        if axis is not None and x.shape:
            return self._of_raw(word, x, axis=axis_behind(axis, x.ndim), keepdims=keepdims)
        flat = Batched(x.level.inside.reshape(x.data, shape=(x.level.size, x.size)), x.level, True)
        found = self._of_raw(word, flat, axis=1, keepdims=False)
        return self.reshape(found, shape=(1,) * x.ndim) if keepdims and x.shape else found

    def _of_raw(self, word: str, x: Any, **params: Any) -> Any:
        if not isinstance(x, Batched):
            return getattr(namespace_of(x), word)(x, **params)
        found = getattr(namespace_of(x.raw), word)(x.raw, **params)
        return Batched(x.level.inside.held(found), x.level, x.mapped)


def _listed(values: Any) -> list[Any]:
    """Values, those in tuples among them."""
    out: list[Any] = []
    for value in values:
        out.extend(value) if isinstance(value, (tuple, list)) else out.append(value)
    return out


def deepest(values: Any) -> Any:
    """The innermost level that one of the values belongs to; None where none does."""
    level: Any = None
    for value in _listed(values):
        if isinstance(value, Batched) and (level is None or value.level.depth > level.depth):
            level = value.level
    return level


def held_at(value: Any, level: Any) -> Any:
    """An operand as one of this level; a Python number as it is."""
    if type(value) in NUMBERS or (isinstance(value, Batched) and value.level is level):
        return value
    return Batched(level.inside.held(value), level, False)


def _is_mapped(value: Any) -> bool:
    return isinstance(value, Batched) and value.mapped


def _is_mask_of_many(value: Any, level: Any) -> bool:
    """Whether how many entries a parameter names differs, here or on a level outside."""
    if not isinstance(value, Batched) or _dtype_name(value.dtype) != "bool":
        return False
    return value.mapped or value.level is not level or isinstance(value.raw, Batched)


def _data(value: Any) -> Any:
    return value.data if isinstance(value, Batched) else value


def _shape(value: Any) -> tuple[Any, ...]:
    return tuple(getattr(value, "shape", ()))


def _freed(params: Params, level: Any) -> Params:
    """Parameters in which batched arrays are plain ones, or stacked ones."""
    return {k: _freed_one(v, level) for k, v in params.items()}


def _freed_one(value: Any, level: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_freed_one(v, level) for v in value)
    if not isinstance(value, Batched) or value.level is not level:
        return value
    return Stacked(value.raw) if value.mapped else value.raw


def _wrapped(found: Any, level: Any, mapped: bool) -> Any:
    if isinstance(found, tuple):
        return tuple(Batched(part, level, mapped) for part in found)
    return Batched(found, level, mapped)


def _spread(level: Any, held: list[Any]) -> list[Any]:
    """Every operand's data with the hidden axis; a number as it is."""
    return [
        _data(o) if not isinstance(o, Batched) or o.mapped
        else level.inside.broadcast_to(o.data, shape=(level.size, *o.shape))
        for o in held
    ]  # fmt: skip


def aligned(level: Any, held: list[Any]) -> list[Any]:
    """Every operand's data, with axes of size 1 behind the hidden one where others have more."""
    ndim = max(len(_shape(o)) for o in held)
    return [
        level.inside.expand_dims(o.data, axis=tuple(range(1, 1 + ndim - len(o.shape))))
        if _is_mapped(o) and len(o.shape) < ndim
        else _data(o)
        for o in held
    ]


def _slot(rule: Primitive, index: int) -> Any:
    return rule.vectors.get(rule.operand_name(index))


def _grown(level: Any, value: Batched, axis: int) -> Batched:
    grown = level.inside.expand_dims(value.data, axis=axis)
    return Batched(grown, level, value.mapped)


def _dtype_name(dtype: Any) -> str:
    if isinstance(dtype, type):
        return np.dtype(dtype).name
    return getattr(dtype, "name", None) or str(dtype).rpartition(".")[2]


BATCHED = Batches()
