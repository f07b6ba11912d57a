"""Matrix notation: einsum expressions of at most two axes as products, transposes and slices.

An einsum is a net: indices are its knots, vectors hang on one knot, matrices tie two. A knot that
is summed over goes by multiplying what meets in it. What cannot be so written is refused, and the
caller falls back to index notation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sympy import Rational, S

from symgrad.algebras.tensors import constructors
from symgrad.algebras.tensors.constructors import POWER, constant_of
from symgrad.algebras.tensors.ir import Add, Ein, Leaf, Map, Node, Op
from symgrad.grammar.kind import Kind
from symgrad.grammar.primitive import REGISTRY
from symgrad.symbolic.index_notation import powered, refuse_places
from symgrad.symbolic.net import Net, NoMatrix
from symgrad.symbolic.notation import build
from symgrad.symbolic.notation.matrices import Forms
from symgrad.symbolic.notation.polish import polished
from symgrad.symbolic.notation.sizes import size_tree
from symgrad.symbolic.notation.tree import Tree
from symgrad.symbolic.rewriting import facts
from symgrad.symbolic.stacking import stacked


class KnownForms(Forms):
    """Forms that also know which written parts are symmetric, as Xᵀ X and its inverse are."""

    def __init__(self, ranks: Mapping[str, int], symmetric: frozenset[str]) -> None:
        super().__init__(ranks, symmetric)
        self.written: set[Tree] = set()

    def _is_symmetric(self, tree: Tree) -> bool:
        return super()._is_symmetric(tree) or tree in self.written


class MatrixNotation:
    """One formula in matrix notation.

    Takes   named: the letter of each node that has one of its own; ranks: axes of every letter;
            symmetric: the letters that are their own transpose.
    """

    def __init__(
        self, named: Mapping[Node, str], ranks: Mapping[str, int], symmetric: frozenset[str]
    ) -> None:
        self.named = dict(named)
        self.forms = KnownForms(ranks, symmetric)

    def formula(self, node: Node) -> Tree:
        """What a node is, though it has a letter.

        Raises  NoMatrix for more than two axes, and for nets that no product writes.
        """
        if len(node.sizes) > 2:
            sizes = ", ".join(map(str, node.sizes))
            raise NoMatrix(f"this has {len(node.sizes)} axes, ({sizes}), and a matrix has 2")
        constant = constant_of(node)
        if constant is not None:
            return self._constant(constant, node)
        return polished(build.without_minus(self._of(node)), self.forms)

    def array(self, node: Node) -> Tree:
        """A node as part of a formula: its letter, or written out."""
        if len(node.sizes) > 2:
            raise NoMatrix(f"{len(node.sizes)} axes are more than a matrix has")
        name = self.named.get(node)
        if name is None and isinstance(node.data, Leaf):
            name = node.data.letter
        if name is not None:
            return build.letter(name)
        constant = constant_of(node)
        if constant is not None:
            return build.scaled(constant, [])
        made = self._of(node)
        if facts.symmetric(node):
            self.forms.written.add(made)
        return made

    def _constant(self, value: Any, node: Node) -> Tree:
        if not node.sizes:
            return build.scaled(value, [])
        if value == 0:
            return Tree("zeros", value=tuple(map(size_tree, node.sizes)))
        sizes = [size_tree(n) for n in node.sizes]
        ones = [Tree("ones", value=n) for n in sizes]
        factors = ones[:1] + [Tree("transpose", (one,)) for one in ones[1:]]
        return self.times(value, factors)

    def times(self, coef: Any, factors: list[Tree], below: list[Tree] | None = None) -> Tree:
        """A coefficient times factors; its fraction stands in front."""
        minus, above, under = build.coefficient(coef)
        flat = [
            f
            for factor in factors
            for f in (factor.args if factor.head == "product" else (factor,))
        ]
        factors = self.forms.with_powers(flat)
        if below:
            made = build.divided(
                build.multiplied([*above, *factors]),
                build.multiplied([*under, *sorted(below, key=_by_base)]),
            )
        elif under and factors:
            front = build.divided(build.multiplied(above), build.multiplied(under))
            made = build.multiplied([front, *factors])
        else:
            made = build.divided(build.multiplied([*above, *factors]), build.multiplied(under))
        return build.negated(made) if minus else made

    def _of(self, node: Node) -> Tree:
        data = node.data
        if isinstance(data, Ein):
            return Net(self, node, data).tree(S.One)
        if isinstance(data, Add):
            terms = [self._term(c, a) for c, a in zip(data.coefs, node.args, strict=True)]
            return stacked(build.summed(self.forms.gathered(terms)), node.sizes)
        if isinstance(data, Map):
            return self._mapped(node, data)
        if isinstance(data, Op):
            return self._opaque(node, data)
        return self.array(node)

    def _term(self, coef: Any, node: Node) -> Tree:
        constant = constant_of(node)
        if constant is not None:
            return build.scaled(coef * constant, [])
        if isinstance(node.data, Ein) and node not in self.named:
            return Net(self, node, node.data).tree(coef)
        return self.times(coef, [self.array(node)])

    def _mapped(self, node: Node, data: Map) -> Tree:
        shaped = any(
            a.sizes == node.sizes and constant_of(a) is None and self._spread(a) is None
            for a in node.args
            if len(node.args) > 1
        )
        args = [self._beside(a) if shaped else self._whole(a) for a in node.args]
        params = dict(data.params)
        if data.word == POWER:
            return self._power(args[0], params["exponent"], bool(node.sizes))
        return build.worded(data.word, args, params)

    def _beside(self, node: Node) -> Tree:
        """An operand beside others: a scalar that is spread to all entries is the scalar."""
        spread = self._spread(node)
        return self.array(node if spread is None else spread)

    def _spread(self, node: Node) -> Node | None:
        """The scalar that stands in every entry of an array; None where none does."""
        data = node.data
        if not isinstance(data, Ein) or node in self.named or data.equations or not node.args:
            return None
        if not node.sizes or {i for spec in data.specs for i in spec}.intersection(data.out):
            return None
        dims = [1 if i in data.out else n for i, n in enumerate(data.dims)]
        return constructors.ein(data.coef, node.args, data.specs, (), dims)

    def _whole(self, node: Node) -> Tree:
        """An operand that gives what is around it its shape: a constant has all its entries."""
        constant = None if node in self.named else constant_of(node)
        return self.array(node) if constant is None else self._constant(constant, node)

    def _power(self, base: Tree, exponent: Any, array: bool) -> Tree:
        if not array:
            if base.head == "power" and base.args[0].head == "norm":  # never below 0: √(‖x‖²) = ‖x‖
                base, exponent = base.args[0], base.args[1].value * exponent
            return powered(base, exponent)
        if exponent == Rational(1, 2):
            return build.called("sqrt", base)
        shown = build.number(exponent) if exponent.is_number else size_tree(exponent)
        return Tree("each_power", (base, shown))

    def _opaque(self, node: Node, data: Op) -> Tree:
        if data.word == "one_hot":
            return build.called("one_hot", self.array(node.args[0]), size_tree(data.shape[-1]))
        if any(1 in shape for shape in (*data.shapes, data.shape)):
            raise NoMatrix(f"{data.word} along an axis of size 1")
        args = [self._whole(a) for a in node.args]
        params = dict(data.params)
        if data.word == "arange":  # 0, 1, 2, ...: the running count, less one
            count = build.called("cumsum", Tree("ones", value=size_tree(node.sizes[0])))
            return build.summed([count, build.negated(build.ONE)])
        refuse_places(data)
        if data.part is not None:
            params["part"] = data.part
        if data.word == "inv" and len(node.sizes) == 2:
            return Tree("inverse", tuple(args))
        if data.word == "det" and not node.sizes:
            return Tree("det", tuple(args))
        if data.word == "norm" and not node.sizes and params.get("ord") is None:
            matrix = len(node.args[0].sizes) == 2
            return Tree("norm", (build.without_minus(args[0]),), "F" if matrix else None)
        self._axis(data, params)
        return build.called(data.word, *args, **build.shown_params(data.word, params))

    def _axis(self, data: Op, params: dict[str, Any]) -> None:
        """Leave out an axis that goes without saying: the last of a scan, all of a reduction."""
        rule = REGISTRY.get(data.word)
        if rule is None or "axis" not in params:
            return
        if rule.kind not in (Kind.SCAN, Kind.REDUCTION):
            return
        rank, axis = len(data.shapes[0]), params["axis"]
        axes = (axis,) if isinstance(axis, int) else axis
        axes = tuple(range(rank)) if axes is None else tuple(sorted(a % rank for a in axes))
        params.pop("keepdims", None)
        del params["axis"]
        everything = len(axes) == rank
        if rule.kind is Kind.SCAN:
            if axes == (rank - 1,) or (everything and rank == 1):
                return
            params["axis"] = axes[0] if len(axes) == 1 else None
            if params["axis"] is None and rule.defaults.get("axis", 0) is None:
                raise NoMatrix(f"{data.word} over all entries of a matrix")
        elif not everything:
            params["axis"] = axes[0]


def _by_base(factor: Tree) -> tuple[int, str]:
    """The order of divisors: shorter ones first, whatever powers they bear."""
    base = factor.args[0] if factor.head == "power" else factor
    return build.extent(base), build.sketch(base)


__all__ = ["MatrixNotation"]
