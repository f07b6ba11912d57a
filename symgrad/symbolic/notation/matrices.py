"""Trees of matrix notation put together: products, transposes, slices, blocks, common factors.

A column, a row and a matrix are told apart by whether they are tall and whether they are wide; a
scalar is neither. Read by the matrix printer.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from symgrad.algebras.tensors.equations import plain
from symgrad.grammar.kind import Kind
from symgrad.grammar.primitive import REGISTRY
from symgrad.symbolic.notation import build
from symgrad.symbolic.notation.sizes import size_tree
from symgrad.symbolic.notation.tree import Slice, Tree

WHOLE = Slice(None, None, None)


class Form(NamedTuple):
    """Whether something has rows, and whether it has columns."""

    tall: bool
    wide: bool


SCALAR, COLUMN, MATRIX = Form(False, False), Form(True, False), Form(True, True)
_FIXED = {
    **dict.fromkeys(("number", "size", "trace", "norm", "det"), SCALAR),
    **dict.fromkeys(("ones", "unit", "vec"), COLUMN),
    **dict.fromkeys(("identity", "inverse", "kron"), MATRIX),
}


class Forms:
    """What every letter is: a scalar, a column or a matrix, and which are symmetric."""

    def __init__(self, ranks: Mapping[str, int], symmetric: frozenset[str] = frozenset()) -> None:
        self.ranks, self.symmetric = dict(ranks), symmetric

    def of(self, tree: Tree) -> Form:
        """The form of a tree."""
        head, args = tree.head, tree.args
        if head in _FIXED:
            return _FIXED[head]
        if head == "letter":
            rank = self.ranks.get(tree.value, 0)
            return Form(rank > 0, rank > 1)
        if head in ("quotient", "power", "each_power", "negative"):
            return self.of(args[0])
        own = getattr(self, f"_of_{head}", None)
        return self._of_all(args) if own is None else own(tree)

    def _of_all(self, parts: Sequence[Tree]) -> Form:
        forms = [self.of(a) for a in parts]
        return Form(any(f.tall for f in forms), any(f.wide for f in forms))

    def _of_zeros(self, tree: Tree) -> Form:
        return Form(True, len(tree.value) > 1)

    def _of_transpose(self, tree: Tree) -> Form:
        tall, wide = self.of(tree.args[0])
        return Form(wide, tall)

    def _of_diag(self, tree: Tree) -> Form:
        return COLUMN if self.of(tree.args[0]).wide else MATRIX

    def _of_product(self, tree: Tree) -> Form:
        return self.of_product(tree.args)

    def _of_blocks(self, tree: Tree) -> Form:
        return Form(True, tree.value[1] > 1 or self.of(tree.args[0]).wide)

    def of_product(self, factors: Sequence[Tree]) -> Form:
        """The form of factors multiplied from left to right."""
        form = SCALAR
        for factor in factors:
            own = self.of(factor)
            if form == SCALAR:
                form = own
            elif own != SCALAR:
                form = Form(form.tall, own.wide)
        return form

    def fits(self, factors: Sequence[Tree]) -> bool:
        """Whether factors can be multiplied from left to right."""
        form = SCALAR
        for factor in factors:
            own = self.of(factor)
            if SCALAR not in (form, own) and form.wide != own.tall:
                return False
            form = own if form == SCALAR else form if own == SCALAR else Form(form.tall, own.wide)
        return True

    def _of_slice(self, tree: Tree) -> Form:
        kept = [isinstance(p, Slice) for p in tree.value]
        if len(kept) == 1:
            return COLUMN if kept[0] else SCALAR
        return Form(any(kept), all(kept))

    def _of_call(self, tree: Tree) -> Form:
        if tree.value.word == "one_hot":
            return Form(True, self.of(tree.args[0]).tall)
        if tree.value.word == "reshape":
            return Form(True, len(tree.args) > 2)
        rule = REGISTRY.get(tree.value.word)
        if rule is not None and rule.kind is Kind.REDUCTION:
            along_one = dict(tree.value.params).get("axis") is not None
            return COLUMN if along_one and self.of(tree.args[0]) == MATRIX else SCALAR
        return self._of_all(tree.args)

    def transposed(self, tree: Tree) -> Tree:
        """The transpose, at the leaves where that is no longer."""
        head, args = tree.head, tree.args
        if self._is_symmetric(tree):
            return tree
        if head == "transpose":
            return args[0]
        if head == "product":
            return self._of_factors(args)
        if head in ("negative", "quotient", "power"):
            return tree._replace(args=(self.transposed(args[0]), *args[1:]))
        if head == "kron":
            return tree._replace(args=tuple(map(self.transposed, args)))
        if head in ("hadamard", "sum") and any(_is_turned(a) for a in args):
            turned = tuple(map(self.transposed, args))
            return Tree(head, turned) if head == "hadamard" else build.summed(turned)
        if head == "each_power" and _is_turned(args[0]):
            return tree._replace(args=(self.transposed(args[0]), args[1]))
        return Tree("transpose", (tree,))

    def _is_symmetric(self, tree: Tree) -> bool:
        form, head = self.of(tree), tree.head
        if form == SCALAR or head == "identity" or (head == "diag" and form == MATRIX):
            return True
        bare = tree.args[0] if head == "inverse" else tree
        return bare.head == "letter" and bare.value in self.symmetric

    def _of_factors(self, factors: Sequence[Tree]) -> Tree:
        """The transpose of a product: what multiplies it by a number stays in front."""
        cut = 0
        for k in range(len(factors) + 1):
            if self.of_product(factors[:k]) == SCALAR:
                cut = k
        scalars, chain = factors[:cut], factors[cut:]
        return build.multiplied([*scalars, *(self.transposed(f) for f in reversed(chain))])

    def gathered(self, terms: list[Tree]) -> list[Tree]:
        """A x + B x as (A + B) x, and x A + x B as x (A + B), where that is shorter."""
        for last in (True, False):
            terms = self._grouped(terms, last)
        return terms

    def _grouped(self, terms: list[Tree], last: bool) -> list[Tree]:
        groups: dict[str, list[tuple[Tree, Tree, Tree]]] = {}
        for term in terms:
            _, bare = build.unsigned(term)
            split = self._split(bare, last)
            if split is not None:
                rest, shared = split
                key = build.sketch(shared)
                groups.setdefault(key, []).append((term, rest, shared))
        for group in groups.values():
            if len(group) < 2:
                continue
            made = self._factored(group, last)
            if made is None:
                continue
            gone = [t for t, _, _ in group]
            return self._grouped([*(t for t in terms if t not in gone), made], last)
        return terms

    def _split(self, bare: Tree, last: bool) -> tuple[Tree, Tree] | None:
        """A product as what is left, and its last (or first) factor."""
        if bare.head != "product" or len(bare.args) < 2:
            return None
        factors = list(bare.args)
        shared = factors.pop() if last else self._first(factors)
        if shared is None or self.of(shared) == SCALAR or not factors:
            return None
        if self.of_product(factors) == SCALAR or not self.fits(factors):
            return None
        return build.multiplied(factors), shared

    def _first(self, factors: list[Tree]) -> Tree | None:
        for k, factor in enumerate(factors):
            if self.of(factor) != SCALAR:
                return factors.pop(k)
        return None

    def _factored(self, group: list[tuple[Tree, Tree, Tree]], last: bool) -> Tree | None:
        shared = group[0][2]
        forms = {self.of(rest) for _, rest, _ in group}
        if len(forms) > 1:
            return None
        signs = [build.unsigned(t)[0] for t, _, _ in group]
        rests = [build.negated(r) if s else r for s, (_, r, _) in zip(signs, group, strict=True)]
        inner = build.summed(rests)
        made = build.multiplied([inner, shared] if last else [shared, inner])
        before = sum(build.extent(t) for t, _, _ in group)
        return made if build.extent(made) < before else None

    def with_powers(self, factors: Sequence[Tree]) -> list[Tree]:
        """Equal square factors side by side as a power."""
        found: list[Tree] = []
        for base, run in itertools.groupby(factors, key=_base):
            group = list(run)
            if len(group) > 1 and self.of(base) == MATRIX:
                count = sum(f.args[1].value if f.head == "power" else 1 for f in group)
                found.append(Tree("power", (base, build.number(count))))
            else:
                found += group
        return found


def _base(factor: Tree) -> Tree:
    whole = factor.head == "power" and factor.args[1].head == "number"
    return factor.args[0] if whole else factor


def _is_turned(tree: Tree) -> bool:
    return build.unsigned(tree)[1].head == "transpose"


def each(head: str, parts: Sequence[Tree]) -> Tree:
    """Parts multiplied entry by entry, flat."""
    found: list[Tree] = []
    for part in parts:
        found += part.args if part.head == head else (part,)
    return found[0] if len(found) == 1 else Tree(head, tuple(found))


def slice_of(start: Any, step: int, count: Any, size: Any) -> Slice:
    """Places start, start + step, ... as Python writes them."""
    stop = plain(start + step * count)
    begin = None if plain(start - (0 if step > 0 else size - 1)) == 0 else size_tree(start)
    whole = plain(stop - size) == 0 if step == 1 else False
    if step == 1:
        return Slice(begin, None if whole else size_tree(stop), None)
    last = plain(start + step * (count - 1))
    if step > 1:
        open_end = isinstance(size, int) and isinstance(last, int) and last + step >= size
        open_end = open_end or plain(last + step - size) == 0 or plain(last + 1 - size) == 0
        return Slice(begin, None if open_end else size_tree(plain(last + 1)), build.number(step))
    end = None if last == 0 else size_tree(plain(last - 1))
    return Slice(begin, end, build.number(step))


class Pick(NamedTuple):
    """Rows of an identity: the matrix with a 1 at (k, start + step k); ``turned`` its transpose."""

    start: Any
    step: int
    count: Any
    size: Any
    turned: bool

    def transposed(self) -> Pick:
        """The other way round."""
        return self._replace(turned=not self.turned)

    def slice(self) -> Slice:
        """The places that it picks."""
        return slice_of(self.start, self.step, self.count, self.size)

    def tree(self) -> Tree:
        """The matrix itself: a slice of the identity."""
        identity = Tree("identity", value=size_tree(self.size))
        value = (WHOLE, self.slice()) if self.turned else (self.slice(), WHOLE)
        return Tree("slice", (identity,), value)

    def before(self, tree: Tree, width: Any) -> Tree:
        """The product with what stands on its right: a column (width None) or a matrix."""
        if not self.turned:
            return _cut(tree, self.slice(), True, width)
        return self._placed(tree, True, width)

    def behind(self, tree: Tree, height: Any) -> Tree:
        """The product with a matrix on its left, of so many rows."""
        if self.turned:
            return _cut(tree, self.slice(), False, height)
        return self._placed(tree, False, height)

    def _placed(self, tree: Tree, rows: bool, other: Any) -> Tree:
        """The tree between zeros, where it stands without gaps."""
        if self.step != 1:
            own = self.tree()
            return build.multiplied([own, tree] if rows else [tree, own])
        parts = [tree]
        for place, gap in ((0, self.start), (1, plain(self.size - self.start - self.count))):
            if gap == 0:
                continue
            sizes: tuple[Tree, ...] = (size_tree(gap),)
            if other is not None:
                sizes = (*sizes, size_tree(other)) if rows else (size_tree(other), *sizes)
            parts.insert(place * len(parts), Tree("zeros", value=sizes))
        if len(parts) == 1:
            return tree
        return Tree("blocks", tuple(parts), (len(parts), 1) if rows else (1, len(parts)))


def _cut(tree: Tree, part: Any, rows: bool, other: Any) -> Tree:
    """Rows or columns of a tree; of a slice along the other axis one slice."""
    if other is None:
        return Tree("slice", (tree,), (part,))
    if tree.head == "slice" and len(tree.value) == 2 and tree.value[0 if rows else 1] == WHOLE:
        kept = tree.value[1 if rows else 0]
        return tree._replace(value=(part, kept) if rows else (kept, part))
    return Tree("slice", (tree,), (part, WHOLE) if rows else (WHOLE, part))


def placed(tree: Tree, axis: int, at: Any, matrix: bool) -> Tree:
    """One place along an axis: a row or a column of a matrix as a column, a number of a vector."""
    where = size_tree(at)
    if not matrix:
        return Tree("slice", (tree,), (where,))
    return Tree("slice", (tree,), (where, WHOLE) if axis == 0 else (WHOLE, where))
