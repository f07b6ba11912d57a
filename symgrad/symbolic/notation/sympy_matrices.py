"""Matrix notation as SymPy's matrix expressions; closed forms hand these out.

A vector is a matrix of one column. Where a product has one row and one column it is its entry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy as sp
from sympy.core.function import FunctionClass
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.diagonal import DiagMatrix, DiagonalOf
from sympy.matrices.expressions.slice import MatrixSlice

from symgrad.algebras.elements import as_term, symbol
from symgrad.errors import NoClosedForm
from symgrad.symbolic.notation.sympy_scalars import Scalars
from symgrad.symbolic.notation.tree import Slice, Tree


def matrix(tree: Tree, letters: Mapping[str, Sequence[Any]]) -> Any:
    """A formula of matrix notation as a SymPy matrix expression, or a scalar one.

    Takes   tree: in matrix notation; letters: the sizes of each array, integers or SymPy
            expressions or trees; a letter that is not among them is a scalar.
    Gives   a MatrixExpr, an expression where the value is a scalar.
    Raises  NoClosedForm, naming the part, for what SymPy cannot hold.
    Limits  a product with one row and one column is a scalar, also where a size is 1; SymPy's own
            derivatives of matrix expressions are not to be trusted; entries and
            explicit matrices are.

    >>> from symgrad.symbolic.notation.sympy_matrices import matrix
    >>> from symgrad.symbolic.notation.tree import Tree
    >>> A, x = Tree("letter", value="A"), Tree("letter", value="x")
    >>> turned = Tree("product", (Tree("transpose", (A,)), x))
    >>> matrix(turned, {"A": ("m", "n"), "x": ("m",)})
    A.T*x
    """
    try:
        return _Matrices(letters).of(tree)
    except (TypeError, ValueError) as error:  # sizes that it cannot compare, complex entries
        raise NoClosedForm(f"SymPy refuses the matrix expression: {error}") from error


_WHOLE = frozenset({"softmax", "logsumexp_slope", "logsumexp"})


def _is_matrix(value: Any) -> bool:
    return bool(getattr(value, "is_Matrix", False))


class _Matrices(Scalars):
    """Matrix expressions beside scalars."""

    def on_letter(self, tree: Tree) -> Any:
        shape = self.shape(tree.value)
        if not shape:
            return symbol(tree.value)
        if len(shape) > 2:
            raise NoClosedForm(f"{tree.value} has {len(shape)} axes: SymPy's matrices have two")
        return sp.MatrixSymbol(tree.value, *(*shape, 1)[:2])

    # sums and products -----------------------------------------------------------------------

    def on_sum(self, tree: Tree) -> Any:
        terms = self.each(tree)
        shape = next((term.shape for term in terms if _is_matrix(term)), None)
        if shape is None:
            return sp.Add(*terms)
        spread = [t if _is_matrix(t) else sp.MatMul(t, sp.OneMatrix(*shape)) for t in terms]
        return sp.MatAdd(*spread)

    def on_negative(self, tree: Tree) -> Any:
        return _scaled(sp.S.NegativeOne, self.of(tree.args[0]))

    def on_product(self, tree: Tree) -> Any:
        return _multiplied(self.each(tree))

    def on_hadamard(self, tree: Tree) -> Any:
        factors = self.each(tree)
        matrices = [factor for factor in factors if _is_matrix(factor)]
        scale = sp.Mul(*(factor for factor in factors if not _is_matrix(factor)))
        if not matrices:
            return scale
        whole = matrices[0] if len(matrices) == 1 else sp.HadamardProduct(*matrices)
        return _scaled(scale, whole)

    def on_quotient(self, tree: Tree) -> Any:
        above, below = self.each(tree)
        if not _is_matrix(below):
            return _scaled(1 / below, above)
        under = sp.HadamardPower(below, -1)
        return sp.HadamardProduct(above, under) if _is_matrix(above) else _scaled(above, under)

    def on_power(self, tree: Tree) -> Any:
        base, exponent = self.each(tree)
        return sp.MatPow(base, exponent) if _is_matrix(base) else base**exponent

    def on_each_power(self, tree: Tree) -> Any:
        base, exponent = self.each(tree)
        return sp.HadamardPower(base, exponent) if _is_matrix(base) else base**exponent

    def on_kron(self, tree: Tree) -> Any:
        return sp.KroneckerProduct(*self.each(tree))

    # one matrix ------------------------------------------------------------------------------

    def on_transpose(self, tree: Tree) -> Any:
        inner = self.of(tree.args[0])
        return sp.Transpose(inner) if _is_matrix(inner) else inner

    def on_inverse(self, tree: Tree) -> Any:
        return sp.Inverse(self.of(tree.args[0]))

    def on_diag(self, tree: Tree) -> Any:
        inner = self.of(tree.args[0])
        return DiagMatrix(inner) if inner.shape[1] == 1 else DiagonalOf(inner)

    def on_trace(self, tree: Tree) -> Any:
        return sp.Trace(self.of(tree.args[0]))

    def on_det(self, tree: Tree) -> Any:
        return sp.Determinant(self.of(tree.args[0]))

    def on_norm(self, tree: Tree) -> Any:
        inner = self.of(tree.args[0])
        if not _is_matrix(inner):
            return sp.Abs(inner)
        square = sp.MatMul(sp.Transpose(inner), inner)
        return sp.sqrt(square[0, 0] if inner.shape[1] == 1 else sp.Trace(square))

    def on_relation(self, tree: Tree) -> Any:
        return as_term(self.condition(tree))

    def condition(self, tree: Tree) -> Any:
        if any(map(_is_matrix, self.each(tree) if tree.head == "relation" else [])):
            raise NoClosedForm("a relation between the entries of matrices")
        return super().condition(tree)

    # made of nothing, cut and put together ---------------------------------------------------

    def on_ones(self, tree: Tree) -> Any:
        return sp.OneMatrix(self.extent(tree.value), 1)

    def on_identity(self, tree: Tree) -> Any:
        return sp.Identity(self.extent(tree.value))

    def on_zeros(self, tree: Tree) -> Any:
        return sp.ZeroMatrix(*(*map(self.extent, tree.value), 1)[:2])

    def on_unit(self, tree: Tree) -> Any:
        place, size = map(self.extent, tree.value)
        return MatrixSlice(sp.Identity(size), (0, size, 1), (place, place + 1, 1))

    def on_blocks(self, tree: Tree) -> Any:
        rows, columns = tree.value
        parts = [p if _is_matrix(p) else _scaled(p, sp.OneMatrix(1, 1)) for p in self.each(tree)]
        return sp.BlockMatrix([parts[r * columns :][:columns] for r in range(rows)])

    def on_slice(self, tree: Tree) -> Any:
        array = self.of(tree.args[0])
        places = tree.value
        if not any(isinstance(place, Slice) for place in places):
            spots = [self._spot(p, n) for p, n in zip(places, array.shape, strict=False)]
            return array[(*spots, 0)[:2]]
        ranges = [self._range(p, n) for p, n in zip(places, array.shape, strict=False)]
        cut = MatrixSlice(array, *(*ranges, (0, 1, 1))[:2])
        # One row of a matrix is a vector, so a column.
        return sp.Transpose(cut) if not isinstance(places[0], Slice) else cut

    def _spot(self, place: Any, size: Any) -> Any:
        spot = self.of(place)
        return spot + size if spot.is_negative else spot

    def _range(self, place: Any, size: Any) -> tuple[Any, Any, Any]:
        if not isinstance(place, Slice):
            spot = self._spot(place, size)
            return spot, spot + 1, 1
        step = sp.S.One if place.step is None else self.of(place.step)
        if step != 1 and not (step.is_positive and step.is_Integer):
            raise NoClosedForm("a slice that steps back has no SymPy expression")
        start = 0 if place.start is None else self._spot(place.start, size)
        stop = size if place.stop is None else self._spot(place.stop, size)
        return start, stop, step

    def called(self, word: str, operands: Sequence[Any], params: Mapping[str, Any]) -> Any:
        places = [k for k, operand in enumerate(operands) if _is_matrix(operand)]
        if not places:
            return super().called(word, operands, params)
        if word in _WHOLE and not params:
            return self._whole(word, operands[0])
        if len(places) > 1:
            raise NoClosedForm(f"{word} of several matrices has no SymPy expression")
        entry = symbol("entry")
        filled = [entry if k in places else operand for k, operand in enumerate(operands)]
        value = super().called(word, filled, params)
        plain = isinstance(value.func, FunctionClass) and value.args == (entry,)
        function = value.func if plain else sp.Lambda(entry, value)
        return ElementwiseApplyFunction(function, operands[places[0]])

    def _whole(self, word: str, inner: Any) -> Any:
        """A softmax or its like, by its formula."""
        rows, columns = inner.shape
        powers = ElementwiseApplyFunction(sp.exp, inner)
        total = sp.MatMul(sp.OneMatrix(1, rows), powers, sp.OneMatrix(columns, 1))[0, 0]
        if word == "logsumexp":
            return sp.log(total)
        if columns != 1:
            raise NoClosedForm(f"{word} of every row of a matrix has no SymPy expression")
        return _scaled(1 / total, powers)


def _scaled(scale: Any, value: Any) -> Any:
    if not _is_matrix(value):
        return scale * value
    return value if scale == 1 else sp.MatMul(scale, value)


def _multiplied(factors: Sequence[Any]) -> Any:
    """The product from left to right; a row times a column is a scalar."""
    scale: Any = sp.S.One
    chain: list[Any] = []
    for factor in factors:
        if not _is_matrix(factor):
            scale = scale * factor
            continue
        chain.append(factor)
        product = sp.MatMul(*chain)
        if product.shape == (1, 1):
            scale, chain = scale * product[0, 0], []
    if not chain:
        return scale
    return _scaled(scale, chain[0] if len(chain) == 1 else sp.MatMul(*chain))
