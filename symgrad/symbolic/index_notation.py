"""Index notation: the entry at i, j of an einsum expression, with sums over named indices.

Names are allotted on the way down, so nothing is captured: an index is none of the letters, sizes
and indices around it. Equations between indices are solved here: x[i + 1], [i < n - 1].
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sympy import Rational, S

from symgrad.algebras.tensors.constructors import POWER
from symgrad.algebras.tensors.ir import Add, Ein, Leaf, Map, Node, Op
from symgrad.algebras.tensors.peeling import Hidden
from symgrad.grammar.kind import Kind, reduced_axes
from symgrad.grammar.primitive import REGISTRY
from symgrad.symbolic.notation import build
from symgrad.symbolic.notation.places import Place, Places
from symgrad.symbolic.notation.shapes import axis_size
from symgrad.symbolic.notation.sizes import size_tree
from symgrad.symbolic.notation.tree import Along, Bound, Tree, parts

_NAMES = ("i", "j", "k", "l", "p", "q", "r", "s", "u", "v", "a", "b", "c", "d", "e", "f", "g", "h")


class IndexNotation:
    """One formula in index notation.

    Takes   named: the letter of each node that has one of its own; taken: names that no index may
            have; letters: the sizes of every letter.
    """

    def __init__(
        self,
        named: Mapping[Node, str],
        taken: Iterable[str],
        letters: Mapping[str, Sequence[Any]],
    ) -> None:
        self.named = dict(named)
        self.letters = dict(letters)
        self.taken = set(taken)

    def free(self, count: int, used: Iterable[str] = ()) -> list[str]:
        """Names for indices, none of them taken."""
        blocked = self.taken.union(used)
        pool = [*_NAMES, *(f"i{k}" for k in range(1, count + len(blocked) + 2))]
        return [name for name in pool if name not in blocked][:count]

    def formula(self, node: Node, indices: Sequence[str], *, meaning: bool = False) -> Tree:
        """The entry of a node at the given indices.

        Takes   meaning: what the node stands for, though it has a letter.
        """
        places = Places({build_index(i): n for i, n in zip(indices, node.sizes, strict=True)})
        at = [Place.of(build_index(i)) for i in indices]
        made = self._of(node, at, places) if meaning else self.entry(node, at, places)
        return build.without_minus(made)

    def entry(self, node: Node, at: Sequence[Place], places: Places) -> Tree:
        """A node's entry: of its letter, or written out."""
        name = self.named.get(node)
        data = node.data
        if name is None and isinstance(data, Leaf):
            name = data.letter
        if name is None:
            return self._of(node, at, places)
        if not at:
            return build.letter(name)
        return Tree("entry", (build.letter(name), *(p.tree() for p in at)))

    def _of(self, node: Node, at: Sequence[Place], places: Places) -> Tree:
        data = node.data
        if isinstance(data, Ein):
            return _Product(self, node, data, at, places).tree()
        if isinstance(data, Add):
            terms = [
                self.term(c, a, at, places) for c, a in zip(data.coefs, node.args, strict=True)
            ]
            return build.summed(gathered(terms))
        if isinstance(data, Map):
            return self._mapped(node, data, at, places)
        if isinstance(data, Op):
            return self._opaque(node, data, at, places)
        return self.entry(node, at, places)

    def term(self, coef: Any, node: Node, at: Sequence[Place], places: Places) -> Tree:
        """A coefficient times an entry, as one fraction."""
        if isinstance(node.data, Ein) and node not in self.named:
            return _Product(self, node, node.data, at, places, coef).tree()
        return build.scaled(coef, [self.entry(node, at, places)])

    # entry by entry -----------------------------------------------------------------------------

    def _mapped(self, node: Node, data: Map, at: Sequence[Place], places: Places) -> Tree:
        args = [self.entry(a, at, places) for a in node.args]
        params = dict(data.params)
        if data.word == POWER:
            return powered(args[0], params["exponent"])
        return build.worded(data.word, args, params)

    # rules that keep their name -----------------------------------------------------------------

    def _opaque(self, node: Node, data: Op, at: Sequence[Place], places: Places) -> Tree:
        if data.word == "arange":
            return at[0].tree()
        if data.word == "one_hot":
            source = self.entry(node.args[0], at[:-1], places)
            return build.relation("==", source, at[-1].tree())
        if data.word in build.BARE:
            return self.entry(node.args[0], at, places)
        rule = REGISTRY.get(data.word)
        along = rule is not None and rule.kind in (Kind.REDUCTION, Kind.SCAN)
        if along and len(node.args) == 1 and data.part is None and 1 not in data.shapes[0]:
            return self._along(node, data, rule, at, places)
        return self._whole(node, data, at)

    def _along(self, node: Node, data: Op, rule: Any, at: Sequence[Place], places: Places) -> Tree:
        """A function of whole axes, which binds their indices."""
        params = dict(data.params)
        axes = reduced_axes(params.pop("axis", None), len(data.shapes[0]))
        params.pop("keepdims", None)
        keeps = rule.kind is Kind.SCAN
        names = self.free(len(axes), places.names())
        own = [str(at[a].tree().value) for a in axes] if keeps else []
        if own and all(at[a].is_index for a in axes):
            others = {n for k, p in enumerate(at) if k not in axes for n in indices_in(p.tree())}
            names = names if others.intersection(own) else own  # not x[i, i]
        bound = {a: build_index(n) for a, n in zip(axes, names, strict=True)}
        inner = places.with_ranges({bound[a]: data.shapes[0][a] for a in axes})
        rest = iter([p for a, p in enumerate(at) if not (keeps and a in bound)])
        inside = [
            Place.of(bound[a]) if a in bound else next(rest) for a in range(len(data.shapes[0]))
        ]
        body = self.entry(node.args[0], inside, inner)
        bounds = self.bounds(bound.values(), inner, body)
        read = tuple(at[a].tree() for a in axes) if keeps else ()
        shown = tuple(build.shown_params(data.word, params).items())
        return Tree("along", (body,), Along(data.word, shown, bounds, read))

    def bounds(self, indices: Iterable[Tree], places: Places, body: Tree) -> tuple[Bound, ...]:
        """The bounds of indices; a size is written where no axis of a letter tells it."""
        made = []
        for index in indices:
            size = size_tree(places.size(index))
            made.append(
                Bound(index.value, size, axis_size(index.value, body, self.letters) != size)
            )
        return tuple(made)

    def _whole(self, node: Node, data: Op, at: Sequence[Place]) -> Tree:
        """A function of whole arrays, which have letters; its entry where it is an array."""
        refuse_places(data)
        args = []
        for arg in node.args:
            name = self.named.get(arg) or getattr(arg.data, "letter", None)
            if name is None:
                raise Hidden(data.word, "it is taken of what has no letter")
            args.append(build.letter(name))
        if data.word == "inv":
            made = Tree("inverse", tuple(args))
        elif data.word == "det":
            made = Tree("det", tuple(args))
        else:
            params = dict(data.params)
            if data.part is not None:
                params["part"] = data.part
            made = build.called(data.word, *args, **build.shown_params(data.word, params))
        return Tree("entry", (made, *(p.tree() for p in at))) if at else made


def refuse_places(data: Op) -> None:
    """Raise NoClosedForm for integers that a program found by comparing values."""
    if data.role != "forward" or data.word not in REGISTRY:
        raise Hidden(data.word, "the places that it finds depend on the values")


def build_index(name: str) -> Tree:
    """An index by its name."""
    return Tree("index", value=name)


def powered(base: Tree, exponent: Any) -> Tree:
    """A power as people write it: roots by their sign, negative ones below the line."""
    exponent = S(exponent)
    if exponent.could_extract_minus_sign():
        return build.divided(build.ONE, powered(base, -exponent))
    if exponent is S.One:
        return base
    if exponent == Rational(1, 2):
        return build.called("sqrt", base)
    return Tree(
        "power", (base, build.number(exponent) if exponent.is_number else size_tree(exponent))
    )


class _Product:
    """One einsum at given places: its equations solved, its sums placed, its fraction built."""

    def __init__(
        self,
        notation: IndexNotation,
        node: Node,
        data: Ein,
        at: Sequence[Place],
        places: Places,
        coef: Any = S.One,
    ) -> None:
        self.notation, self.node, self.data = notation, node, data
        self.places = places
        self.coef = coef * data.coef
        self.env: dict[int, Place] = {}
        self.conditions: list[Tree] = []
        self.operands = list(zip(node.args, data.specs, strict=True))
        for index, place in zip(data.out, at, strict=True):
            if index in self.env:
                self.conditions += self.places.equal(self.env[index], place)
            else:
                self.env[index] = place
        self.summed: dict[str, Tree] = {}

    def tree(self) -> Tree:
        self._solve()
        self._name_rest()
        return self._assembled()

    def _solve(self) -> None:
        """Compute every index that equations or one-hot factors give; name one where all wait."""
        left = list(self.data.equations)
        while True:
            before = len(left), len(self.env), len(self.operands)
            left = [eq for eq in left if not self._try(eq)]
            self.operands = [o for o in self.operands if not self._is_pointed(o)]
            if (len(left), len(self.env), len(self.operands)) != before:
                continue
            if not left:
                return
            unknown = [i for eq in left for i, _ in eq.terms if i not in self.env]
            self._name(max(unknown, key=lambda i: (self._weight(i), -i)))

    def _weight(self, index: int) -> int:
        return sum(spec.count(index) for _, spec in self.operands)

    def _try(self, eq: Any) -> bool:
        unknown = [(i, c) for i, c in eq.terms if i not in self.env]
        known = Place.combined([(self.env[i], c) for i, c in eq.terms if i in self.env], eq.offset)
        if not unknown:
            self.conditions += self.places.zero(known)
            return True
        if len(unknown) == 1:
            index, coef = unknown[0]
            found, conditions = self.places.solved(known, coef, self.data.dims[index])
            self.env[index] = found
            self.conditions += conditions
            return True
        digits = self.places.digits(known, [(i, c, self.data.dims[i]) for i, c in unknown])
        if digits is None:
            return False
        self.env.update(digits)
        return True

    def _is_pointed(self, operand: tuple[Node, tuple[int, ...]]) -> bool:
        """Whether a one-hot factor only says where an index is; then it says so."""
        node, spec = operand
        data = node.data
        if not (isinstance(data, Op) and data.word == "one_hot") or node in self.notation.named:
            return False
        *rest, last = spec
        if last in self.env or any(i not in self.env for i in rest) or 1 in data.shape:
            return False
        source = self.notation.entry(node.args[0], [self.env[i] for i in rest], self.places)
        self.env[last] = Place.of(source)
        return True

    def _name(self, index: int) -> None:
        (name,) = self.notation.free(1, self.places.names())
        made = build_index(name)
        self.places = self.places.with_ranges({made: self.data.dims[index]})
        self.env[index] = Place.of(made)
        self.summed[name] = made

    def _name_rest(self) -> None:
        order = [i for _, spec in self.operands for i in spec]
        for index in dict.fromkeys(order):
            if index not in self.env:
                self._name(index)

    def _assembled(self) -> Tree:
        above: list[Tree] = list(self.conditions)
        below: list[Tree] = []
        for node, spec in self.operands:
            part = self.notation.entry(node, [self.env[i] for i in spec], self.places)
            minus, bare = build.unsigned(part)
            self.coef = -self.coef if minus else self.coef
            inside = not indices_in(bare).isdisjoint(self.summed)
            if bare.head == "quotient":
                above.append(bare.args[0])
                (above if inside else below).append(
                    build.divided(build.ONE, bare.args[1]) if inside else bare.args[1]
                )
            else:
                above.append(bare)
        flat = [f for part in above for f in (part.args if part.head == "product" else (part,))]
        gates = self.places.needed([f for f in flat if f.head == "relation"])
        rest = [f for f in flat if f.head != "relation"]
        factors = self._with_sums([*gates, *rest])
        return build.scaled(self.coef, factors, [b for b in below if b != build.ONE])

    def _with_sums(self, factors: list[Tree]) -> list[Tree]:
        """Factors in a reader's order, those that share summed indices under one sign."""
        factors = [f for f in factors if f != build.ONE]
        groups: list[tuple[set[str], list[Tree]]] = []
        outside = []
        for factor in factors:
            own = indices_in(factor) & self.summed.keys()
            if not own:
                outside.append(factor)
                continue
            joined = [g for g in groups if g[0] & own]
            groups = [g for g in groups if not g[0] & own]
            names = own.union(*(g[0] for g in joined))
            groups.append((names, [f for g in joined for f in g[1]] + [factor]))
        sums = [self._sigma(names, group) for names, group in groups]
        unused = self.summed.keys() - {n for names, _ in groups for n in names}
        counts = [size_tree(self.places.size(self.summed[n])) for n in sorted(unused)]
        return sorted([*counts, *outside], key=_factor_rank) + sorted(sums, key=_factor_rank)

    def _sigma(self, names: set[str], factors: list[Tree]) -> Tree:
        under = [f.args[1] for f in factors if f.head == "quotient" and f.args[0] == build.ONE]
        over = [f for f in factors if f.head != "quotient" or f.args[0] != build.ONE]
        body = build.multiplied(sorted(over, key=_factor_rank))
        body = build.divided(body, build.multiplied(under)) if under else body
        indices = [tree for name, tree in self.summed.items() if name in names]
        bounds = self.notation.bounds(indices, self.places, body)
        return Tree("sigma", (body,), bounds)


def indices_in(tree: Tree) -> set[str]:
    """The names of all indices in a tree, those at which a softmax is read included."""
    found: set[str] = set()
    stack = [tree]
    while stack:
        for part in parts(stack.pop()):
            if part.head == "index":
                found.add(part.value)
            elif part.head == "along":
                stack += part.value.places
    return found


def gathered(terms: list[Tree]) -> list[Tree]:
    """Terms under the same conditions as one bracket with them."""
    groups: dict[tuple[str, ...], list[tuple[Tree, list[Tree], list[Tree]]]] = {}
    for term in terms:
        minus, bare = build.unsigned(term)
        factors = bare.args if bare.head == "product" else (bare,)
        gates = [f for f in factors if f.head == "relation"]
        rest = [f for f in factors if f.head != "relation"]
        inner = build.multiplied(rest)
        key = tuple(sorted(map(build.sketch, gates)))
        groups.setdefault(key, []).append((term, [build.negated(inner) if minus else inner], gates))
    out: list[Tree] = []
    for key, group in groups.items():
        if not key or len(group) < 2:
            out += [term for term, _, _ in group]
        else:
            body = build.summed(t for _, inner, _ in group for t in inner)
            out.append(build.multiplied([body, *group[0][2]]))
    return out


def _factor_rank(factor: Tree) -> tuple[Any, ...]:
    """Numbers, sizes, scalars, entries, functions, brackets, sums; conditions last."""
    order = {"number": 0, "size": 1, "relation": 8, "logic": 8, "sum": 6, "sigma": 7, "call": 4,
             "along": 5}  # fmt: skip
    rank = order.get(factor.head, 3)
    if rank in (3, 4) and not any(p.head in ("entry", "index") for p in parts(factor)):
        rank = 2
    return rank, build.extent(factor) > 12, build.sketch(factor)
