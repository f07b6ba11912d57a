"""One einsum as a net of vectors and matrices, undone knot by knot; read by matrix notation."""

from __future__ import annotations

from typing import Any

from symgrad.algebras.tensors.equations import nonnegative, plain, within, without
from symgrad.algebras.tensors.ir import Ein, Leaf, Map, Node
from symgrad.errors import NoClosedForm
from symgrad.symbolic.kronecker import counted_together, reshaped_operand
from symgrad.symbolic.notation import build
from symgrad.symbolic.notation.matrices import Pick, each, placed
from symgrad.symbolic.notation.places import Place, Places
from symgrad.symbolic.notation.sizes import size_tree
from symgrad.symbolic.notation.tree import Tree

Matrix = Any  # a Tree, or a Pick


class NoMatrix(NoClosedForm):
    """What matrix notation cannot say; index notation can."""


class Edge:
    """A matrix between two knots: its rows run with ``rows``, its columns with ``columns``."""

    __slots__ = ("columns", "matrix", "rows")

    def __init__(self, rows: int, columns: int, matrix: Matrix) -> None:
        self.rows, self.columns, self.matrix = rows, columns, matrix

    def touches(self, knot: int) -> bool:
        return knot in (self.rows, self.columns)

    def other(self, knot: int) -> int:
        return self.columns if self.rows == knot else self.rows


class Net:
    """The knots of one einsum, what hangs on them, and what ties them."""

    def __init__(self, notation: Any, node: Node, data: Ein) -> None:
        self.notation, self.forms = notation, notation.forms
        self.node, self.data = node, data
        self.out = tuple(dict.fromkeys(data.out))
        self.coef = data.coef
        self.weights: dict[int, list[Tree]] = {}
        self.units: dict[int, Any] = {}
        self.edges: list[Edge] = []
        self.scalars: list[Tree] = []
        self.below: list[Tree] = []
        self.extra: dict[int, Any] = {}  # knots that no index of the einsum is
        self.whole = counted_together(notation, node, data)
        if self.whole is not None:
            self.summed: list[int] = []
            return
        turned: dict[int, tuple[Tree, Any]] = {}
        for eq in data.equations:
            found = reshaped_operand(notation, node, data, eq) if len(eq.terms) > 2 else None
            if found is None:
                self._tie(eq)
            else:
                turned[found[0]] = found[1:]
        for k, (arg, spec) in enumerate(zip(node.args, data.specs, strict=True)):
            if k in turned:
                self._hang(*turned[k])
            else:
                self._add(arg, spec)
        knots = {*self.weights, *self.units, *(k for e in self.edges for k in (e.rows, e.columns))}
        self.summed = sorted(knots.difference(self.out))

    # reading ------------------------------------------------------------------------------------

    def _add(self, arg: Node, spec: tuple[int, ...]) -> None:
        data = arg.data
        if not spec and isinstance(data, Map) and arg not in self.notation.named:
            exponent = dict(data.params).get("exponent")
            if exponent is not None and exponent.is_negative:
                positive = self.notation._power(self.notation.array(arg.args[0]), -exponent, False)
                self.below.append(positive)
                return
        self._hang(self.notation.array(arg), spec)

    def _hang(self, tree: Tree, spec: tuple[int, ...]) -> None:
        """A tree at its indices: a number, a column, or a matrix between two."""
        if len(spec) > 2:
            raise NoMatrix(f"{len(spec)} axes are more than a matrix has")
        if not spec:
            self._scalar(tree)
        elif len(spec) == 1:
            self.weights.setdefault(spec[0], []).append(tree)
        elif spec[0] == spec[1]:
            self.weights.setdefault(spec[0], []).append(Tree("diag", (tree,)))
        else:
            self.edges.append(Edge(spec[0], spec[1], tree))

    def _scalar(self, tree: Tree) -> None:
        minus, bare = build.unsigned(tree)
        self.coef = -self.coef if minus else self.coef
        if bare.head == "quotient":
            self.scalars.append(bare.args[0])
            self.below.append(bare.args[1])
        else:
            self.scalars.append(bare)

    def _tie(self, eq: Any) -> None:
        dims = self.data.dims
        if len(eq.terms) == 1 and eq.terms[0][1] == 1:
            self._stand(eq.terms[0][0], plain(-eq.offset))
            return
        if len(eq.terms) != 2:
            raise NoMatrix("axes that are counted together")
        (i, _), (j, _) = eq.terms
        for rows, columns in ((i, j), (j, i)):
            found = without(eq, columns)
            if found is None:
                continue
            terms, start = found
            step = dict(terms)[rows]
            if isinstance(step, int) and within(terms, start, dims[columns], dict(enumerate(dims))):
                pick = Pick(start, step, dims[rows], dims[columns], False)
                self.edges.append(Edge(rows, columns, pick))
                return
        self._shift(i, j, dict(eq.terms), eq.offset)

    def _stand(self, knot: int, at: Any) -> None:
        """A knot at one place, and the condition that its axis has it.

        An axis of a letter has the places that the program reads; a result has no others.
        """
        self.units[knot] = at
        if knot in self.out:
            return
        letters = zip(self.node.args, self.data.specs, strict=True)
        if not any(isinstance(arg.data, Leaf) and knot in spec for arg, spec in letters):
            self.scalars += Places({}).inside(Place((), at), self.data.dims[knot])

    def _shift(self, i: int, j: int, coefs: dict[int, Any], offset: Any) -> None:
        """A shift that runs out of both axes: a run of places that both have."""
        dims = self.data.dims
        if coefs[i] != 1 or coefs[j] != -1:
            raise NoMatrix("places that are neither a slice nor a shift")
        ahead, behind = (offset, 0) if nonnegative(offset) else (0, -offset)
        counts = [plain(dims[i] - behind), plain(dims[j] - ahead)]
        if nonnegative(counts[1] - counts[0]):
            count = counts[0]
        elif nonnegative(counts[0] - counts[1]):
            count = counts[1]
        else:
            raise NoMatrix("a shift of which it is not known where it ends")
        if any(_is_negative_at_large(n) for n in (ahead, behind, count)):
            raise NoMatrix("a shift of which it is not known which way it goes")
        middle = len(dims) + len(self.extra)
        self.extra[middle] = count
        self.edges.append(Edge(middle, i, Pick(behind, 1, count, dims[i], False)))
        self.edges.append(Edge(middle, j, Pick(ahead, 1, count, dims[j], False)))

    def size(self, knot: int) -> Any:
        """How far the index at a knot runs."""
        return self.extra[knot] if knot in self.extra else self.data.dims[knot]

    # undoing ------------------------------------------------------------------------------------

    def tree(self, coef: Any) -> Tree:
        """The whole net, times a coefficient."""
        if self.whole is not None:
            made: Tree = self.notation.times(coef * self.coef, [self.whole])
            return made
        for knot in sorted(self.units):
            self._at_unit(knot)
        while self.summed:
            self._undo(self._next())
        factors, spread = self._assembled()
        if spread and len(self.scalars) == 1 and not self.below:
            # A number for every entry: 1 (1ᵀ x) reads as one product.
            factors = [*factors, *self.scalars] if len(self.out) == 1 else [*self.scalars, *factors]
        else:
            factors = [*sorted(self.scalars, key=_by_length), *factors]
        whole: Tree = self.notation.times(coef * self.coef, factors, self.below)
        return whole

    def _at_unit(self, knot: int) -> None:
        """A knot that stands still: everything is read at that place."""
        at = self.units[knot]
        weights = self.weights.pop(knot, [])
        self.scalars += [placed(w, 0, at, False) for w in weights]
        for edge in [e for e in self.edges if e.touches(knot)]:
            self.edges.remove(edge)
            matrix = edge.matrix
            if isinstance(matrix, Pick):
                matrix = matrix.tree()
            part = placed(matrix, 0 if edge.rows == knot else 1, at, True)
            self.weights.setdefault(edge.other(knot), []).append(part)
        if knot in self.out:
            size = size_tree(self.size(knot))
            self.weights[knot] = [Tree("unit", value=(size_tree(at), size))]
        else:
            self.summed = [k for k in self.summed if k != knot]
            held = {e.other(knot) for e in self.edges if e.touches(knot)}
            assert not held

    def _next(self) -> int:
        """The summed knot that is easiest to undo."""

        def cost(knot: int) -> tuple[int, ...]:
            tied = [e for e in self.edges if e.touches(knot)]
            ends = [e.other(knot) for e in tied]
            twice = len(ends) == 2 and len(set(ends)) == 1
            open_ends = sum(1 for k in ends if k in self.out)
            letters = sum(1 for e in tied if getattr(e.matrix, "head", "") == "letter")
            return (3 if twice else len(set(ends)) + (len(ends) > 2)), open_ends, -letters, knot

        return min(self.summed, key=cost)

    def _undo(self, knot: int) -> None:
        tied = [e for e in self.edges if e.touches(knot)]
        ends = {e.other(knot) for e in tied}
        if len(tied) > 2 or (len(tied) == 2 and len(ends) == 1 and not self._is_ring(knot, tied)):
            self._merge(knot)
            tied = [e for e in self.edges if e.touches(knot)]
        if len(tied) > 2:
            raise NoMatrix("an index that three arrays share")
        self.summed.remove(knot)
        weights = self.weights.pop(knot, [])
        for edge in tied:
            self.edges.remove(edge)
        if not tied:
            self.scalars.append(self._total(knot, weights))
        elif len(tied) == 1:
            end = tied[0].other(knot)
            self.weights.setdefault(end, []).append(self._applied(tied[0], end, knot, weights))
        elif len(ends) == 1:
            self._close_ring(knot, next(iter(ends)), tied)
        else:
            left, right = sorted(tied, key=lambda e: e.other(knot))
            a, b = left.other(knot), right.other(knot)
            self.edges.append(Edge(a, b, self._chained(left, right, a, knot, b, weights)))

    def _is_ring(self, knot: int, tied: list[Edge]) -> bool:
        """Whether two knots, tied twice and to nothing else, are all there is: a trace."""
        other = tied[0].other(knot)
        alone = other not in self.out and len([e for e in self.edges if e.touches(other)]) == 2
        picks = any(isinstance(e.matrix, Pick) for e in tied)
        return alone and not picks and not self.weights.get(knot) and not self.weights.get(other)

    def _close_ring(self, knot: int, other: int, tied: list[Edge]) -> None:
        self.summed.remove(other)
        first = self._oriented(tied[0], other)
        second = self._oriented(tied[1], knot)
        self.scalars.append(Tree("trace", (build.multiplied([first, second]),)))

    def _merge(self, knot: int) -> None:
        """Matrices between the same two knots become one, entry by entry."""
        groups: dict[int, list[Edge]] = {}
        for edge in self.edges:
            if edge.touches(knot):
                groups.setdefault(edge.other(knot), []).append(edge)
        for other, group in groups.items():
            if len(group) < 2:
                continue
            parts = [self._tree(self._oriented(e, group[0].rows)) for e in group]
            for edge in group:
                self.edges.remove(edge)
            made = each("hadamard", sorted(parts, key=_by_length))
            columns = other if group[0].rows == knot else knot
            self.edges.append(Edge(group[0].rows, columns, made))

    def _oriented(self, edge: Edge, rows: int) -> Matrix:
        if edge.rows == rows:
            return edge.matrix
        if isinstance(edge.matrix, Pick):
            return edge.matrix.transposed()
        return self.forms.transposed(edge.matrix)

    def _tree(self, matrix: Matrix) -> Tree:
        return matrix.tree() if isinstance(matrix, Pick) else matrix

    def _ones(self, knot: int) -> Tree:
        return Tree("ones", value=size_tree(self.size(knot)))

    def _total(self, knot: int, weights: list[Tree]) -> Tree:
        """The sum over a knot of the product of what hangs on it."""
        if not weights:
            return size_tree(self.size(knot))
        if len(weights) == 1:
            (weight,) = weights
            if weight.head == "each_power" and weight.args[1] == build.number(2):
                return Tree("power", (Tree("norm", (weight.args[0],)), build.number(2)))
            if weight.head == "diag":
                return Tree("trace", weight.args)
            return self._scalar_product(self._ones(knot), weight)
        first, *rest = sorted(weights, key=_by_length)
        return self._scalar_product(first, each("hadamard", rest))

    def _scalar_product(self, a: Tree, b: Tree) -> Tree:
        """aᵀ b, which is bᵀ a: whichever is shorter."""
        ways = [
            build.multiplied([self.forms.transposed(a), b]),
            build.multiplied([self.forms.transposed(b), a]),
        ]
        return min(ways, key=build.extent)

    def _applied(self, edge: Edge, end: int, knot: int, weights: list[Tree]) -> Tree:
        """A matrix times the column on a knot."""
        column = each("hadamard", sorted(weights, key=_by_length)) if weights else self._ones(knot)
        matrix = self._oriented(edge, end)
        if isinstance(matrix, Pick):
            return matrix.before(column, None)
        squares = matrix.head == "each_power" and not weights and len(self.out) == 0
        if squares and matrix.args[1] == build.number(2) and not self._is_tied(end):
            # The sum of all squares: its root is the Frobenius norm.
            self.summed.remove(end)
            norm = Tree("norm", (matrix.args[0],), "F")
            self.scalars.append(Tree("power", (norm, build.number(2))))
            return build.ONE
        return build.multiplied([matrix, column])

    def _is_tied(self, knot: int) -> bool:
        return bool(self.weights.get(knot)) or any(e.touches(knot) for e in self.edges)

    def _chained(
        self, left: Edge, right: Edge, a: int, knot: int, b: int, weights: list[Tree]
    ) -> Matrix:
        """Two matrices that meet in a knot, with the diagonal of what hangs on it between them."""
        first, second = self._oriented(left, a), self._oriented(right, knot)
        if weights:
            diagonal = Tree("diag", (each("hadamard", sorted(weights, key=_by_length)),))
            if isinstance(second, Pick):
                second = second.behind(diagonal, self.size(knot))
            else:
                second = build.multiplied([diagonal, second])
        if isinstance(first, Pick) and isinstance(second, Pick):
            second = second.tree()
        if isinstance(first, Pick):
            return first.before(second, self.size(b))
        if isinstance(second, Pick):
            return second.behind(first, self.size(a))
        return build.multiplied([first, second])

    # putting together ---------------------------------------------------------------------------

    def _assembled(self) -> tuple[list[Tree], bool]:
        """The factors of the result, and whether they are ones alone."""
        weights = {k: [w for w in self.weights.get(k, []) if w != build.ONE] for k in self.out}
        if not self.data.out:
            return [], False
        if len(self.data.out) > 2 or (len(self.out) < 2 and self.edges):
            raise NoMatrix("more axes than a matrix has")
        columns = {k: each("hadamard", sorted(w, key=_by_length)) for k, w in weights.items() if w}
        if len(self.data.out) == 1:
            (knot,) = self.out
            return [columns.get(knot, self._ones(knot))], knot not in columns
        if len(self.out) == 1:
            (knot,) = self.out
            if knot not in columns:
                return [Tree("identity", value=size_tree(self.size(knot)))], False
            return [Tree("diag", (columns[knot],))], False
        return self._between(columns)

    def _between(self, columns: dict[int, Tree]) -> tuple[list[Tree], bool]:
        rows, cols = self.data.out
        if not self.edges:
            left = columns.get(rows, self._ones(rows))
            right = columns.get(cols, self._ones(cols))
            return [left, self.forms.transposed(right)], not columns
        parts = [self._tree(self._oriented(e, rows)) for e in self.edges]
        middle = each("hadamard", sorted(parts, key=_by_length))
        factors = [middle]
        if rows in columns:
            factors.insert(0, Tree("diag", (columns[rows],)))
        if cols in columns:
            factors.append(Tree("diag", (columns[cols],)))
        return factors, False


def _is_negative_at_large(value: Any) -> bool:
    """Whether a number of places is below 0 once all sizes are large, as 2 - n is."""
    sizes = getattr(value, "free_symbols", ())
    return bool(value.subs(dict.fromkeys(sizes, 10**6)) < 0) if sizes else bool(value < 0)


def _by_length(tree: Tree) -> tuple[int, str]:
    return build.extent(tree), build.sketch(tree)
