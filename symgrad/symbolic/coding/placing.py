"""Equations between indices as slices, reshapes and writing into zeros; imported by ``writing``.

An index that an equation computes within its axis is read by a slice where operands stand at it,
and written by one where the result does. An equation that no slice says becomes a mask among the
operands, which is always right.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import sympy as sp

from symgrad.algebras.elements import exact
from symgrad.algebras.tensors.equations import (
    Equation,
    counted,
    negative,
    plain,
    substituted,
    within,
    without,
)
from symgrad.symbolic.coding.contracting import (
    Factor,
    Spec,
    aligned,
    contraction,
    full,
    shape_tuple,
)
from symgrad.symbolic.coding.source import SUM, Code, number, number_text, times, total, view
from symgrad.symbolic.coding.words import shape_text

#: Sizes that are not known are taken to be above it, where the program named a place.
_MANY = 10**4

Terms = tuple[tuple[int, Any], ...]


class Written(NamedTuple):
    """An array of zeros but for what is written at ``places``, one text an axis of ``shape``."""

    code: Code
    places: tuple[str | Code, ...]
    shape: tuple[Any, ...]

    def whole(self) -> Code:
        """The array itself."""
        line, args = self.statement("=", [])
        lines = (f"{{name}} = np.zeros({shape_text(self.shape)})", line)
        return Code("", args, self.shape, lines=lines)

    def statement(self, sign: str, before: list[Code]) -> tuple[str, list[Code]]:
        """The line that writes, with its operands behind those of other lines."""
        args, texts = [*before, self.code], []
        for place in self.places:
            if isinstance(place, Code):
                texts.append(f"{{{len(args)}}}")
                args.append(place)
            else:
                texts.append(place)
        while len(texts) > 1 and texts[-1] == ":":
            texts.pop()
        return f"{{name}}[{', '.join(texts)}] {sign} {{{len(before)}}}", args


class Placing:
    """One einsum with equations or repeated indices of the result.

    Takes   dims: the size of each index, by its number.
    """

    def __init__(self, dims: Sequence[Any], equations: Sequence[Equation]) -> None:
        self.dims = dict(enumerate(dims))
        self.left = list(equations)
        self.computed: dict[int, tuple[Terms, Any]] = {}

    def product(self, factors: Sequence[Factor], out: Spec) -> Code | Written:
        """The product, as an array or as what is to be written into zeros."""
        work = self._solved(list(factors), out)
        free = self._free(out)
        masks = [self._mask(eq) for eq in self.left]
        made = contraction([*work, *masks], free, self.dims)
        if not self.computed and len(set(out)) == len(out):
            return made
        return self._placed(made, out, free)

    # which index is computed from which ------------------------------------------------------

    def _solved(self, factors: list[Factor], out: Spec) -> list[Factor]:
        while True:
            found = self._next(factors, out)
            if found is None:
                return factors
            index, eq, terms, offset = found
            self.left = [
                substituted(e, index, terms, offset) if index in dict(e.terms) else e
                for e in self.left
                if e is not eq
            ]
            self.left = [e for e in self.left if e.terms or e.offset != 0]
            for known, (inner, shift) in list(self.computed.items()):
                at = dict(inner)
                if index in at:
                    self.computed[known] = _composed(at, shift, index, terms, offset)
            factors = [self._read(code, spec, index, terms, offset) for code, spec in factors]
            if index in out:
                self.computed[index] = (terms, offset)

    def _next(self, factors: list[Factor], out: Spec) -> Any:
        for eq in self.left:
            for index, _ in sorted(eq.terms, key=lambda term: term[0] in out):
                found = without(eq, index)
                if found is None or not self._inside(*found, self.dims[index]):
                    continue
                held = any(index in spec for _, spec in factors)
                if held and not self._sliceable(*found, self.dims[index]):
                    continue
                if index in out and not self._unique(found[0], self.dims[index]):
                    continue
                return index, eq, *found
        return None

    def _inside(self, terms: Terms, offset: Any, size: Any) -> bool:
        """Whether a place lies in its axis: x[3] was taken where there are that many entries."""
        if within(terms, offset, size, self.dims):
            return True
        large = {i: _large(n) for i, n in self.dims.items()}
        moved = [(i, _large(c)) for i, c in terms]
        return within(moved, _large(offset), _large(size), large)

    def _sliceable(self, terms: Terms, offset: Any, size: Any) -> bool:
        return len(terms) < 2 or self._radix(terms, offset, size) is not None

    def _unique(self, terms: Terms, size: Any) -> bool:
        """Whether what is written never meets: one index, or the digits of a number."""
        return len(terms) < 2 or self._radix(terms, 0, size) is not None

    def _radix(self, terms: Terms, offset: Any, size: Any) -> tuple[int, ...] | None:
        """The indices whose digits write the place, the leading one first."""
        if offset != 0:
            return None
        found = counted(terms, self.dims)
        return found[0] if found is not None and plain(found[1] - size) == 0 else None

    # reading and writing ---------------------------------------------------------------------

    def _read(self, code: Code, spec: Spec, index: int, terms: Terms, offset: Any) -> Factor:
        """An operand at the places that an index is computed to be."""
        while index in spec:
            axis = spec.index(index)
            code = full(code, [self.dims[i] for i in spec])
            before, after = code.shape[:axis], code.shape[axis + 1 :]
            if len(terms) > 1:
                digits = self._radix(terms, offset, self.dims[index])
                assert digits is not None
                order = digits
                shape = (*before, *(self.dims[i] for i in order), *after)
                code = view(code, f".reshape{shape_tuple(shape)}", shape)
            else:
                order = tuple(i for i, _ in terms)
                text = self._slice(terms, offset, index)
                marks = ", ".join([":"] * axis + [text])
                if text != ":":
                    shape = (*before, *(self.dims[i] for i in order), *after)
                    code = view(code, f"[{marks}]", shape)
            spec = (*spec[:axis], *order, *spec[axis + 1 :])
        return code, spec

    def _slice(self, terms: Terms, offset: Any, index: int) -> str:
        """The slice of an axis that one index runs over; a number where none does."""
        size = self.dims[index]
        if not terms:
            return _place(offset, size)
        ((i, coef),) = terms
        last = offset + coef * (self.dims[i] - 1)
        if negative(coef):
            stop = plain(last - 1)
            head = "" if plain(offset - size + 1) == 0 else _place(offset, size)
            tail = "" if plain(stop + 1) == 0 else number_text(stop)
            return f"{head}:{tail}:{number_text(coef)}"
        head = "" if offset == 0 else _place(offset, size)
        room = plain(size - 1 - last)
        ends = isinstance(room, int) and room < coef if isinstance(coef, int) else room == 0
        short = isinstance(room, int) and not ends and coef == 1
        tail = "" if ends else number_text(-room) if short else number_text(plain(last + 1))
        step = "" if coef == 1 else f":{number_text(coef)}"
        return f"{head}:{tail}{step}"

    def _free(self, out: Spec) -> Spec:
        """The indices that the result depends on, in the order in which its axes name them."""
        found: dict[int, None] = {}
        for i in out:
            terms = self.computed.get(i, (((i, 1),), 0))[0]
            size = self.dims[i]
            for j in self._radix(terms, 0, size) or [j for j, _ in terms]:
                found[j] = None
        return tuple(found)

    def _placed(self, made: Code, out: Spec, free: Spec) -> Code | Written:
        shape = tuple(self.dims[i] for i in out)
        affine = [self.computed.get(i, (((i, 1),), 0)) for i in out]
        order = [self._radix(terms, offset, n) for (terms, offset), n in
                 zip(affine, shape, strict=True)]  # fmt: skip
        named = [i for found in order if found is not None for i in found]
        if None not in order and len(set(named)) == len(named):
            whole = full(made, [self.dims[i] for i in free])
            return view(whole, f".reshape{shape_tuple(shape)}", shape)
        used = [i for terms, _ in affine for i, _ in terms]
        if len(set(used)) == len(used) and all(len(terms) < 2 for terms, _ in affine):
            texts = [self._slice(t, o, i) for (t, o), i in zip(affine, out, strict=True)]
            return Written(made, tuple(texts), shape)
        return self._scattered(made, free, affine, shape)

    def _scattered(
        self, made: Code, free: Spec, affine: Sequence[tuple[Terms, Any]], shape: tuple[Any, ...]
    ) -> Code | Written:
        """Places that several axes share: by arrays of integers, as on a diagonal."""
        if len(shape) == 2 and len(free) == 1 and made.ndim == 0 and not self.computed:
            text = f"np.eye({number_text(shape[0])})"
            eye = Code(text, shape=shape)
            return times(made, eye)
        if len(shape) == 2 and len(free) == 1 and not self.computed and made.shape == shape[:1]:
            return Code("np.diag({0})", (made,), shape)
        places = [
            self._grid(terms, offset, free) if terms else _place(offset, size)
            for (terms, offset), size in zip(affine, shape, strict=True)
        ]
        return Written(made, tuple(places), shape)

    def _grid(self, terms: Terms, offset: Any, free: Spec) -> Code:
        """A linear expression in indices, over all values of the free ones."""
        parts: list[tuple[Any, Code]] = []
        for index, coef in terms:
            size = self.dims[index]
            counted: Code = Code(f"np.arange({number_text(size)})", shape=(size,), kind="int")
            counted = aligned(counted, (index,), free)
            parts.append((exact(coef), counted))
        if offset != 0 or not parts:
            parts.append((sp.S.One, number(offset)))
        return total(parts)

    def _mask(self, eq: Equation) -> Factor:
        """1 where an equation holds."""
        spec = tuple(i for i, _ in eq.terms)
        shape = tuple(self.dims[i] for i in spec)
        if len(spec) == 2 and sorted(c for _, c in eq.terms if isinstance(c, int)) == [-1, 1]:
            shift = plain(eq.offset * dict(eq.terms)[spec[0]])
            sizes = ", ".join(map(number_text, shape))
            return Code(f"np.eye({sizes}, k={number_text(shift)})", shape=shape), spec
        grid = self._grid(eq.terms, eq.offset, spec)
        return Code("np.where({0} == 0, 1.0, 0.0)", (grid,), shape, needs=(SUM,)), spec


def _place(offset: Any, size: Any) -> str:
    """A place counted from the end where it is known so: at small sizes it never wraps around."""
    behind = plain(offset - size)
    known = isinstance(behind, int) and behind < 0 and not isinstance(offset, int)
    return str(behind) if known else number_text(offset)


def _large(size: Any) -> Any:
    symbols = getattr(size, "free_symbols", ())
    return size.subs({s: s + _MANY for s in symbols}, simultaneous=True) if symbols else size


def _composed(
    at: dict[int, Any], shift: Any, index: int, terms: Terms, offset: Any
) -> tuple[Terms, Any]:
    coef = at.pop(index)
    for i, c in terms:
        at[i] = plain(at.get(i, 0) + coef * c)
    return tuple((i, c) for i, c in at.items() if c != 0), plain(shift + coef * offset)
