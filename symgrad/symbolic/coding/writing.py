"""The function of a closed form at any size, as NumPy source; imported by ``symbolic.code``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import sympy as sp

from symgrad.algebras.elements import exact
from symgrad.algebras.tensors.constructors import POWER
from symgrad.algebras.tensors.ir import Add, Ein, Leaf, Map, Node, Op, Slot, reachable, slots_in
from symgrad.grammar.kind import Kind
from symgrad.grammar.primitive import REGISTRY
from symgrad.symbolic.coding.contracting import contraction, full, shape_tuple
from symgrad.symbolic.coding.emitting import Emitting
from symgrad.symbolic.coding.placing import Placing, Written
from symgrad.symbolic.coding.source import Code, Names, number, scaled, total, turned, view
from symgrad.symbolic.coding.words import lifted, raised, shape_text

Size = Any


class Writing:
    """One formula's nodes as source.

    Takes   names: those of the function; letters: name and shape of each input, by letter; lets:
            the names of nodes that the formula names; sizes: the name of each symbol.
    """

    def __init__(
        self,
        names: Names,
        letters: Mapping[str, tuple[str, tuple[Size, ...]]],
        lets: Mapping[Node, str],
        sizes: Mapping[Any, Any],
    ) -> None:
        self.letters, self.lets, self.sizes = letters, lets, sizes
        self.words = Emitting(names)
        self.readers = {
            Leaf: self.leaf, Ein: self.ein, Add: self.add, Map: self.map, Op: self.op,
        }  # fmt: skip
        self.held: dict[Node, Code | Written] = {}
        self.several: dict[Any, Any] = {}

    def result(self, root: Node, shape: Sequence[Size]) -> Code:
        """The piece whose array is the formula's, of its full shape."""
        nodes = reachable([root])
        self.uses = Counter(arg for node in nodes for arg in node.args)
        for node in nodes:
            made = self.readers[type(node.data)](node, node.data)  # type: ignore[operator]
            if node in self.lets:
                made = made.whole() if isinstance(made, Written) else made
                if made.hint is None and made.args:
                    made.hint = self.lets[node]
            self.held[node] = made
        whole = self.value(root)
        given = [self.number(n) for n in shape]
        if not whole.ndim and given:
            return self._constant(whole, given)
        whole = full(whole, [self.number(n) for n in root.sizes])
        return expanded(whole, given)

    def value(self, node: Node) -> Code:
        """The array of a node, which broadcasts to the node's sizes."""
        made = self.held[node]
        if isinstance(made, Written):
            made = self.held[node] = made.whole()
        return made

    def number(self, value: Any) -> Any:
        """A size or a coefficient in the function's own names."""
        if isinstance(value, sp.Basic):
            value = value.xreplace(self.sizes) if value.free_symbols else value
            return int(value) if value.is_Integer else value
        return value

    def coefficient(self, value: Any) -> Any:
        """A coefficient as a SymPy number."""
        return exact(self.number(value))

    def _constant(self, value: Code, shape: Sequence[Size]) -> Code:
        text = shape_text(shape)
        known = {"0": "np.zeros", "1": "np.ones"}.get(value.text if value.is_number else "")
        if known:
            return Code(f"{known}({text})", shape=tuple(shape))
        return Code(f"np.full({text}, {{0}}, dtype=float)", (value,), tuple(shape))

    # one method a kind of node -------------------------------------------------------------------

    def leaf(self, node: Node, data: Leaf) -> Code:
        name, shape = self.letters[data.letter]
        return squeezed(Code(name, shape=tuple(map(self.number, shape))))

    def ein(self, node: Node, data: Ein) -> Code | Written:
        coef = self.coefficient(data.coef)
        dims = [self.number(n) for n in data.dims]
        factors = [(self.value(a), s) for a, s in zip(node.args, data.specs, strict=True)]
        if coef == 0:
            return number(0)
        if coef.could_extract_minus_sign():
            coef, factors = self._turned(coef, factors, node)
        if not data.equations and len(set(data.out)) == len(data.out):
            return scaled(coef, contraction(factors, data.out, dict(enumerate(dims))))
        equations = [
            eq._replace(terms=tuple((i, self.number(c)) for i, c in eq.terms),
                        offset=self.number(eq.offset)) for eq in data.equations
        ]  # fmt: skip
        made = Placing(dims, equations).product(factors, data.out)
        if isinstance(made, Written):
            return made._replace(code=scaled(coef, made.code))
        return scaled(coef, made)

    def _turned(self, coef: Any, factors: list[Any], node: Node) -> tuple[Any, list[Any]]:
        """-(a - b) as b - a, where nothing else needs a - b."""
        for k, (arg, (code, spec)) in enumerate(zip(node.args, factors, strict=True)):
            other = turned(code) if self.uses[arg] == 1 else None
            if other is not None:
                return -coef, [*factors[:k], (other, spec), *factors[k + 1 :]]
        return coef, factors

    def add(self, node: Node, data: Add) -> Code:
        coefs = [self.coefficient(c) for c in data.coefs]
        terms = list(zip(coefs, (self.held[a] for a in node.args), node.args, strict=True))
        joined = self._joined(terms)
        if joined is not None:
            return joined
        plain = [(c, t) for c, t, _ in terms if isinstance(t, Code)]
        written = [(c, t) for c, t, _ in terms if isinstance(t, Written)]
        if not written:
            return total(plain)
        shape = tuple(self.number(n) for n in node.sizes)
        lines = [f"{{name}} = np.zeros({shape_text(shape)})"]
        pieces: list[Code] = []
        if plain:
            base = total(plain)
            pieces = [base]
            lines.append("{name} += {0}")
        for coef, term in written:
            sign = "-=" if coef.could_extract_minus_sign() else "+="
            code = scaled(-coef if sign == "-=" else coef, term.code)
            line, pieces = term._replace(code=code).statement(sign, pieces)
            lines.append(line)
        return Code("", pieces, shape, lines=lines)

    def _joined(self, terms: Sequence[Any]) -> Code | None:
        """Blocks that fill an axis one after the other: a concatenation."""
        blocks = []
        for coef, term, node in terms:
            block = isinstance(term, Written) and _block(node)
            if not block:
                return None
            axis, start = block
            data = node.data
            shape = [self.number(n) for n in term.shape]
            (length,) = [self.number(data.dims[i]) for i in _lengths(node, axis)]
            shape[axis] = length
            blocks.append((start, axis, length, full(scaled(coef, term.code), shape)))
        if len({axis for _, axis, _, _ in blocks}) != 1:
            return None
        return _concatenated(blocks, terms[0][1].shape)

    def map(self, node: Node, data: Map) -> Code:
        args = [self.value(a) for a in node.args]
        params = self.params(data.params, args)
        if data.word == POWER:
            return raised(args[0], params["exponent"])
        return lifted(self._called(data.word, args, params))

    def op(self, node: Node, data: Op) -> Code:
        shapes = [tuple(map(self.number, s)) for s in data.shapes]
        args = [
            expanded(full(self.value(a), [n for n in s if n != 1]), s)
            for a, s in zip(node.args, shapes, strict=True)
        ]
        params = self.params(data.params, args)
        operands = args[: len(args) - slots_in(data.params)]
        if data.role == "path":
            rule = REGISTRY[data.word].path_rule
            assert rule is not None
            return lifted(rule(self.words, *operands, **params))
        rule_ = REGISTRY.get(data.word)
        if rule_ is not None and rule_.kind is Kind.REDUCTION and params.get("keepdims"):
            params["keepdims"] = 1 in shapes[0]
        key = (data.word, repr(data.params), node.args)
        if data.part is None or key not in self.several:
            self.several[key] = self._called(data.word, operands, params)
        made = self.several[key]
        return squeezed(lifted(made if data.part is None else made[data.part]))

    def _called(self, word: str, args: Sequence[Code], params: dict[str, Any]) -> Any:
        rule = REGISTRY.get(word)
        if rule is None:
            return getattr(self.words, word)(*args, **params)
        return self.words.apply(rule, tuple(args), params)

    def params(self, params: Sequence[tuple[str, Any]], args: Sequence[Code]) -> dict[str, Any]:
        """Parameters with sizes in own names, and pieces for slots."""
        return {name: self._thawed(value, args) for name, value in params}

    def _thawed(self, value: Any, args: Sequence[Code]) -> Any:
        if isinstance(value, Slot):
            return args[value.place]
        if isinstance(value, (tuple, list)):
            return type(value)(self._thawed(v, args) for v in value)
        return self.number(value)


def squeezed(x: Code) -> Code:
    """A piece without its axes of size 1."""
    if 1 not in x.shape:
        return x
    marks = ["0" if n == 1 else ":" for n in x.shape]
    while marks and marks[-1] == ":":
        marks.pop()
    return view(x, "[" + ", ".join(marks) + "]", tuple(n for n in x.shape if n != 1))


def expanded(x: Code, shape: Sequence[Size]) -> Code:
    """A piece with axes of size 1 where a shape has them."""
    shape = tuple(shape)
    if x.shape == shape:
        return x
    if not x.ndim:
        return Code(f"np.reshape({{0}}, {shape_tuple(shape)})", (x,), shape)
    marks = ["None" if n == 1 else ":" for n in shape]
    while marks and marks[-1] == ":":
        marks.pop()
    return view(x, "[" + ", ".join(marks) + "]", shape)


def _block(node: Node) -> tuple[int, Any] | None:
    """The axis along which an array is zeros but for one run of places, and its start."""
    data = node.data
    if not isinstance(data, Ein) or len(data.equations) != 1 or len(set(data.out)) != len(data.out):
        return None
    (eq,) = data.equations
    axes = [a for a, i in enumerate(data.out) if i in dict(eq.terms)]
    if len(axes) != 1 or len(eq.terms) != 2 or {c for _, c in eq.terms} != {1, -1}:
        return None
    sign = dict(eq.terms)[data.out[axes[0]]]
    return axes[0], -sign * eq.offset


def _lengths(node: Node, axis: int) -> list[int]:
    data = node.data
    assert isinstance(data, Ein)
    return [i for i, _ in data.equations[0].terms if i != data.out[axis]]


def _concatenated(blocks: Sequence[Any], shape: tuple[Size, ...]) -> Code | None:
    axis = blocks[0][1]
    ordered, reach = [], sp.S.Zero
    left = list(blocks)
    while left:
        found = next((b for b in left if sp.expand(b[0] - reach) == 0), None)
        if found is None:
            return None
        left.remove(found)
        ordered.append(found[3])
        reach = reach + found[2]
    if sp.expand(reach - shape[axis]) != 0:
        return None
    places = ", ".join(f"{{{k}}}" for k in range(len(ordered)))
    extra = f", axis={axis}" if axis else ""
    return Code(f"np.concatenate([{places}]{extra})", ordered, shape)
