"""All mathematics of the einsum expressions: each constructor gives the normal form at once.

Products flatten into one einsum, constants go into its coefficient, an index that nothing carries
becomes a factor of its size, diagonals dissolve, sums collect like terms. No step enlarges the
domain of a formula. Nothing here recurses, so depth has no limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy
from sympy import Rational, S

from symgrad.algebras.elements import exact
from symgrad.algebras.tensors import ir
from symgrad.algebras.tensors.equations import (
    Contradiction,
    Equation,
    Solver,
    renamed,
    within,
    without,
)
from symgrad.algebras.tensors.ir import Add, Ein, Map, Node, Size, Spec
from symgrad.algebras.tensors.ordering import ordered

#: Operands of one einsum, and terms of one sum, beyond which nesting stays: A^(2^k) must not
#: be written out, nor a sum of 10^5 terms be copied at each step.
CAP = 12
POWER = "power_number"


def leaf(letter: str, sizes: tuple[Size, ...], facts: tuple[str, ...] = ()) -> Node:
    """An array that is known by its letter, and by what is known of it."""
    return ir.intern(ir.Leaf(letter, facts), (), sizes)


def constant(coef: Any, sizes: tuple[Size, ...]) -> Node:
    """One number in every entry."""
    out = tuple(range(len(sizes)))
    return ir.intern(Ein(exact(coef), (), out, sizes), (), sizes)


def constant_of(node: Node) -> Any:
    """The number that stands in every entry, or None where there is none."""
    data = node.data
    if not isinstance(data, Ein) or data.specs or data.equations:
        return None
    return data.coef if len(set(data.out)) == len(data.out) else None


# products ---------------------------------------------------------------------------------------


def ein(
    coef: Any,
    args: Sequence[Node],
    specs: Sequence[Spec],
    out: Spec,
    dims: Sequence[Size],
    equations: Sequence[Equation] = (),
) -> Node:
    """The einsum ``coef * sum(product of args)``, in normal form.

    Takes   specs: the index numbers of each operand; out: those of the result, where one may
            stand twice (a diagonal) or belong to no operand (broadcasting); dims: size by index;
            equations: between indices; the product is 0 where one does not hold.
    """
    product = _Product(coef, out, dims, equations)
    room = CAP - len(args)
    for arg, spec in zip(args, specs, strict=True):
        grown = len(arg.args) - 1
        whole = len(args) > 1 and is_pick(arg)
        if isinstance(arg.data, Ein) and grown <= max(room, 0) and not whole:
            room -= grown
            product.absorb(arg, spec)
        else:
            part, bare = _peeled(S.One, arg)
            product.coef *= part
            product.factors.append((bare, spec))
    return product.finish()


class _Product:
    """An einsum while it is being put together; index numbers are its own."""

    def __init__(
        self, coef: Any, out: Spec, dims: Sequence[Size], equations: Sequence[Equation]
    ) -> None:
        self.coef = exact(coef)
        self.out = out
        self.dims = dict(enumerate(dims))
        self.factors: list[tuple[Node, Spec]] = []
        self.equations = list(equations)
        self.same: dict[int, int] = {}  # an index, and the one that a delta makes it equal to

    def find(self, index: int) -> int:
        while index in self.same:
            index = self.same[index]
        return index

    def join(self, a: int, b: int) -> int:
        """Make two indices one, the lower number."""
        a, b = self.find(a), self.find(b)
        if a != b:
            self.same[max(a, b)] = min(a, b)
        return min(a, b)

    def absorb(self, arg: Node, spec: Spec) -> None:
        """Take the operands of an inner einsum in place of it."""
        data = arg.data
        assert isinstance(data, Ein)
        self.coef *= data.coef
        name: dict[int, int] = {}
        for inner, outer in zip(data.out, spec, strict=True):
            if inner not in name:
                name[inner] = outer
            else:
                self.join(name[inner], outer)
        for inner, size in enumerate(data.dims):
            if inner not in name:
                name[inner] = len(self.dims)
                self.dims[name[inner]] = size
        for operand, inner_spec in zip(arg.args, data.specs, strict=True):
            self.factors.append((operand, tuple(name[i] for i in inner_spec)))
        self.equations += [renamed(eq, name.__getitem__) for eq in data.equations]

    def finish(self) -> Node:
        solved: list[Equation] = []
        gone: set[int] = set()
        if self.equations:
            held = {*self.out, *(i for _, spec in self.factors for i in spec)}
            solver = Solver(self.dims, set(map(self.find, held)), self.join, self.find)
            try:
                solved = solver.solve(self.equations)
            except Contradiction:
                return constant(0, tuple(self.dims[self.find(i)] for i in self.out))
            gone = solver.gone
        out = tuple(map(self.find, self.out))
        sizes = tuple(self.dims[i] for i in out)
        factors = [(node, tuple(map(self.find, spec))) for node, spec in self.factors]
        if solved and len(factors) > 1:
            factors, solved = self._picked(factors, out, solved, gone)
        factors = _merged_powers(factors)
        carried = {i for _, spec in factors for i in spec}.union(out)
        carried.update(i for eq in solved for i, _ in eq.terms)
        for i in self.dims:
            if i not in carried and i not in self.same and i not in gone:
                self.coef *= self.dims[i]
        if self.coef is S.Zero:
            return constant(0, sizes)
        distinct = len(set(out)) == len(out) and not solved
        if self.coef is S.One and distinct and len(factors) == 1 and factors[0][1] == out:
            return factors[0][0]
        return self._numbered(factors, out, sizes, solved)

    def _picked(
        self,
        factors: list[tuple[Node, Spec]],
        out: Spec,
        solved: list[Equation],
        gone: set[int],
    ) -> tuple[list[tuple[Node, Spec]], list[Equation]]:
        """Operands that are read at computed places, each as a slice of its own."""
        left = []
        for eq in solved:
            index = self._picks(eq, factors, out, solved)
            if index is None:
                left.append(eq)
            else:
                gone.add(index)
                factors = [
                    self._sliced(node, spec, index, eq) if index in spec else (node, spec)
                    for node, spec in factors
                ]
        return factors, left

    def _picks(
        self, eq: Equation, factors: list[tuple[Node, Spec]], out: Spec, solved: list[Equation]
    ) -> int | None:
        for index, _ in eq.terms:
            found = without(eq, index)
            held = any(index in spec for _, spec in factors)
            alone = not any(index in dict(e.terms) for e in solved if e is not eq)
            if found is None or index in out or not held or not alone:
                continue
            if within(*found, self.dims[index], self.dims):
                return index
        return None

    def _sliced(self, node: Node, spec: Spec, index: int, eq: Equation) -> tuple[Node, Spec]:
        others = tuple(i for i, _ in eq.terms if i != index)
        kept = tuple(dict.fromkeys(j for i in spec for j in (others if i == index else (i,))))
        number = {i: k for k, i in enumerate(dict.fromkeys((*kept, *spec)))}
        made = ein(
            1,
            (node,),
            (tuple(number[i] for i in spec),),
            tuple(number[i] for i in kept),
            [self.dims[i] for i in number],
            (renamed(eq, number.__getitem__),),
        )
        return made, kept

    def _numbered(
        self,
        factors: list[tuple[Node, Spec]],
        out: Spec,
        sizes: tuple[Size, ...],
        solved: list[Equation],
    ) -> Node:
        factors, indices = ordered(factors, out, self.dims, solved)
        number: dict[int, int] = {}
        for i in (*out, *(i for _, spec in factors for i in spec), *indices):
            number.setdefault(i, len(number))
        specs = tuple(tuple(number[i] for i in spec) for _, spec in factors)
        equations = sorted((renamed(eq, number.__getitem__) for eq in solved), key=ir.text_of)
        data = Ein(
            self.coef,
            specs,
            tuple(number[i] for i in out),
            tuple(self.dims[i] for i in number),
            tuple(equations),
        )
        return ir.intern(data, tuple(node for node, _ in factors), sizes)


def is_pick(node: Node) -> bool:
    """Whether a node is one operand read at places that its own indices give: a slice."""
    data = node.data
    if not isinstance(data, Ein) or len(data.specs) != 1 or not data.equations:
        return False
    (spec,) = data.specs
    summed = [i for i in range(len(data.dims)) if i not in data.out]
    if len(summed) != len(data.equations) or len(set(data.out)) != len(data.out):
        return False
    dims = dict(enumerate(data.dims))
    for index in summed:
        holding = [eq for eq in data.equations if index in dict(eq.terms)]
        found = without(holding[0], index) if len(holding) == 1 and index in spec else None
        if found is None or not within(*found, dims[index], dims):
            return False
    return True


def _merged_powers(factors: list[tuple[Node, Spec]]) -> list[tuple[Node, Spec]]:
    """Equal factors as one power. x and 1/x stay apart: cancelling them would forget x = 0."""
    if len({node.digest for node, _ in factors}) == len(factors) and not _has_powers(factors):
        return factors
    groups: dict[tuple[bytes, Spec, bool], list[Any]] = {}
    for node, spec in factors:
        base, exponent = _as_power(node)
        group = groups.setdefault((base.digest, spec, exponent > 0), [base, spec, node, 0, 0])
        group[3] += exponent
        group[4] += 1
    return [
        (node if count == 1 else power(base, exponent), spec)
        for base, spec, node, exponent, count in groups.values()
    ]


def _has_powers(factors: list[tuple[Node, Spec]]) -> bool:
    return any(isinstance(node.data, Map) and node.data.word == POWER for node, _ in factors)


def _as_power(node: Node) -> tuple[Node, Any]:
    """A node as base and integer exponent."""
    data = node.data
    if isinstance(data, Map) and data.word == POWER and data.params[0][1].is_Integer:
        return node.args[0], data.params[0][1]
    return node, S.One


def scaled(coef: Any, node: Node) -> Node:
    """``coef`` times a node."""
    axes = tuple(range(len(node.sizes)))
    return node if coef == 1 else ein(coef, (node,), (axes,), axes, node.sizes)


# sums -------------------------------------------------------------------------------------------


def add(coefs: Sequence[Any], args: Sequence[Node]) -> Node:
    """The sum of ``coefs[k] * args[k]``, all of one shape, with like terms collected."""
    sizes = args[0].sizes
    terms = [_peeled(exact(c), arg) for c, arg in zip(coefs, args, strict=True)]
    room = CAP - len(terms)
    totals: dict[bytes, tuple[Any, Node]] = {}
    for coef, node in terms:
        grown = len(node.args) - 1
        if isinstance(node.data, Add) and grown <= room:
            room -= grown
            inner = [(coef * c, a) for c, a in zip(node.data.coefs, node.args, strict=True)]
        else:
            inner = [(coef, node)]
        for c, a in inner:
            before = totals.get(a.digest)
            totals[a.digest] = (c if before is None else before[0] + c, a)
    kept = [totals[digest] for digest in sorted(totals) if totals[digest][0] != 0]
    if not kept:
        return constant(0, sizes)
    content = kept[0][0] if len(kept) == 1 else _content(kept)
    if len(kept) == 1:
        return scaled(content, kept[0][1])
    data = Add(tuple(c / content for c, _ in kept))
    return scaled(content, ir.intern(data, tuple(a for _, a in kept), sizes))


def _peeled(coef: Any, node: Node) -> tuple[Any, Node]:
    """A term as coefficient times a node of coefficient 1."""
    data = node.data
    if not isinstance(data, Ein) or data.coef is S.One or data.coef is S.Zero:
        return (S.Zero if isinstance(data, Ein) and data.coef is S.Zero else coef), node
    bare = data._replace(coef=S.One)
    plain = not data.equations and len(set(data.out)) == len(data.out)
    if plain and data.specs == (data.out,):
        return coef * data.coef, node.args[0]
    return coef * data.coef, ir.intern(bare, node.args, node.sizes)


def _content(terms: list[tuple[Any, Node]]) -> Any:
    """What all coefficients share: a sign, a whole number or one fraction, one common rest.

    So a - b and b - a are one node. The sign is that of a letter that stands alone, else of the
    constant, else of the first: x - 1 and 1 - tanh(x) are what people write.
    """
    coefs = [c for c, _ in terms]
    numbers, rests = zip(*(c.as_coeff_Mul(rational=True) for c in coefs), strict=True)
    if not all(c.is_Rational and c.is_finite for c in numbers):
        return S.One
    below = numbers[0].q if all(c.q == numbers[0].q for c in numbers) else 1
    shared = Rational(sympy.igcd(*(c.p for c in numbers)), below)
    leading = min(range(len(terms)), key=lambda k: _precedence(*terms[k]))
    if numbers[leading] < 0:
        shared = -shared
    return shared * rests[0] if all(r == rests[0] for r in rests) else shared


def _precedence(coef: Any, node: Node) -> int:
    if abs(coef) != 1:
        return 3
    return 0 if isinstance(node.data, ir.Leaf) else 1 if constant_of(node) is not None else 2


# entry by entry, and the rest -------------------------------------------------------------------


def mapped(word: str, params: dict[str, Any], args: Sequence[Node]) -> Node:
    """The rule ``word`` applied entry by entry to nodes of one shape."""
    return ir.intern(Map(word, tuple(params.items())), tuple(args), args[0].sizes)


def power(base: Node, exponent: Any) -> Node:
    """A node to a number, entry by entry."""
    exponent = exact(exponent)
    if exponent is S.One:
        return base
    if exponent is S.Zero:
        return constant(1, base.sizes)
    number = constant_of(base)
    if number is not None and (number.is_nonzero or exponent.is_positive):
        raised = number**exponent
        if raised.is_real:
            return constant(raised, base.sizes)
    data = base.data
    if isinstance(data, Ein) and exponent.is_Integer and data.coef not in (S.Zero, S.One):
        coef, bare = _peeled(S.One, base)
        return scaled(coef**exponent, power(bare, exponent))
    if isinstance(data, Map) and data.word == POWER:
        inner = data.params[0][1]
        if _nests(inner, exponent):
            return power(base.args[0], inner * exponent)
    return mapped(POWER, {"exponent": exponent}, (base,))


def _nests(inner: Any, outer: Any) -> bool:
    """Whether (x^inner)^outer is x^(inner * outer) with neither side defined where one is not."""
    if not (outer.is_Integer and inner.is_Rational):
        return False
    if inner.is_Integer:
        return not (inner < 0 and outer < 0)
    return not (inner * outer).is_Integer


def opaque(
    word: str,
    params: dict[str, Any],
    args: Sequence[Node],
    shapes: Sequence[tuple[Size, ...]],
    shape: tuple[Size, ...],
    *,
    role: str = "forward",
    part: int | None = None,
) -> Node:
    """A rule that stays a name, with the shapes that its operands and its result stand in."""
    data = ir.Op(word, role, part, tuple(params.items()), tuple(shapes), shape)
    return ir.intern(data, tuple(args), tuple(n for n in shape if n != 1))
