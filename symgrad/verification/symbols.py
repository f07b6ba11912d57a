"""SymPy's derivative of every node's formula, chained; and the rules over symbols, proven equal.

Each node is lowered by itself over fresh symbols, so nothing grows with depth, nothing is
simplified across nodes, and a proof for each node is a proof for the graph: the chain rule is
exact. An elementwise rule is lowered as one scalar function. The verification floor imports this.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sympy as sp

from symgrad.algebras.elements import Elements, symbol
from symgrad.algebras.objects import ObjectArray
from symgrad.errors import NoClosedForm
from symgrad.grammar.kind import Kind
from symgrad.grammar.plan import Cotangents, conform
from symgrad.tracing.node import Node
from symgrad.tracing.walks import operand_value, pull_all
from symgrad.verification.budget import SECONDS_PER_DIGIT_OPERATION, SECONDS_PER_SYMBOL_OPERATION
from symgrad.verification.expressions import Computed, is_zero
from symgrad.verification.one_node import array_parameter
from symgrad.verification.recording import Recording, work
from symgrad.verification.slopes import State

#: Entries up to which a node without a proof on its branch is tried with its conditions too.
SMALL = 8

Slot = tuple[int, int]  # an operand of a node, and the place of an entry in it


@dataclass
class Lowered:
    """One node over symbols: SymPy's derivative of <g, formula> in each entry of each operand."""

    scalar: bool
    letters: dict[int, Any]  # operand -> its symbols, as an object array
    cotangents: list[Any]  # symbols of the outputs' cotangents
    slopes: dict[int, list[Any]]  # operand -> one expression an entry
    proved: bool = True


@dataclass
class Symbolic:
    """The gradient of a recording from the formulas of its nodes."""

    recording: Recording
    state: State
    proved: bool = True
    unproved: list[str] = field(default_factory=list)
    _known: dict[Any, Lowered] = field(default_factory=dict)

    def gradient(self) -> dict[Any, Any]:
        """Each leaf's gradient, in the precise algebra.

        Raises  NoClosedForm for a rule that has no formula over symbols.
        """
        algebra, values = self.state.algebra, self.state.values
        grads: dict[Any, Any] = {}
        for tensor, g in zip(self.recording.outputs, self.recording.cotangents, strict=True):
            if tensor.node is not None:
                seed = algebra.lift(np.asarray(g))
                before = grads.get(tensor.node)
                grads[tensor.node] = seed if before is None else seed + before
        for node in reversed(self.recording.nodes):
            cotangents = grads.get(node)
            if cotangents is None or node.plan is None or node.rule.stops:
                continue
            for parent, cotangent in self._pulled(node, values, cotangents):
                grads[parent] = grads[parent] + cotangent if parent in grads else cotangent
        return grads

    def _pulled(self, node: Node, values: Any, g: Any) -> list[tuple[Any, Any]]:
        if node.rule.projection:  # a projection: nothing to differentiate
            k, n = node.params["k"], node.params["n"]
            return [(node.operands[0], Cotangents(g if i == k else None for i in range(n)))]
        lowered = self.lowered(node, values)
        operands = [self.state.algebra.lift(operand_value(o, values)) for o in node.operands]
        computed = Computed(self.state.algebra)
        moving = [i for i, _ in node.plan.pulls] if node.plan else []
        run = self._scalar if lowered.scalar else self._whole
        return [(node.operands[i], run(lowered, computed, operands, g, i)) for i in moving]

    def _scalar(
        self, lowered: Lowered, computed: Computed, operands: list[Any], g: Any, i: int
    ) -> Any:
        algebra = self.state.algebra
        full = np.broadcast_shapes(g.shape, *(o.shape for o in operands))
        rows = [np.broadcast_to(o.data, full).ravel().tolist() for o in operands]
        seeds = np.broadcast_to(g.data, full).ravel().tolist()
        slope = lowered.slopes[i][0]
        entries = []
        for k, seed in enumerate(seeds):
            if seed == 0:  # nothing depends on the entry, however steep the function is there
                entries.append(algebra.context.zero)
                continue
            at = {lowered.letters[j].item(): rows[j][k] for j in lowered.letters}
            at[lowered.cotangents[0].item()] = algebra.context.one
            partial = computed.value(slope, at)  # linear in the cotangent, which may be infinite
            entries.append(partial * seed if partial != 0 else algebra.context.zero)
        return conform(algebra, algebra.array(entries, full), full, operands[i].shape)

    def _whole(
        self, lowered: Lowered, computed: Computed, operands: list[Any], g: Any, i: int
    ) -> Any:
        at: dict[Any, Any] = {}
        for j, letters in lowered.letters.items():
            at.update(zip(letters.ravel().tolist(), operands[j].data.ravel().tolist(), strict=True))
        parts = g if isinstance(g, tuple) else (g,)
        for letters, part in zip(lowered.cotangents, parts, strict=True):
            entries = [self.state.algebra.context.zero] * letters.size
            if part is not None:
                entries = np.broadcast_to(part.data, letters.shape).ravel().tolist()
            at.update(zip(letters.ravel().tolist(), entries, strict=True))
        entries = [computed.value(e, at) for e in lowered.slopes[i]]
        return self.state.algebra.array(entries, operands[i].shape)

    # lowering ---------------------------------------------------------------------------------

    def lowered(self, node: Node, values: Any) -> Lowered:
        """A node over symbols, differentiated and its rule's cotangents compared."""
        key = _key(node)
        found = self._known.get(key) if key is not None else None
        if found is None:
            found = self._lower(node, values)
            if key is not None:
                self._known[key] = found
        if not found.proved:
            self.proved = False
            note = f"{node.rule.name} at {node.position}"
            if note not in self.unproved:
                self.unproved.append(note)
        return found

    def _lower(self, node: Node, values: Any) -> Lowered:
        scalar = node.rule.kind is Kind.ELEMENTWISE and not array_parameter(node)
        if scalar:
            return self._over(Elements(), node, values, scalar)
        # The branch that the numbers take has no conditions: SymPy is quick there, and proves it.
        try:
            found = self._over(Elements(point=self._point(node, values)), node, values, scalar)
        except NoClosedForm:
            return self._over(Elements(), node, values, scalar)
        size = sum(data.size for data in found.letters.values())
        if found.proved or size > SMALL:
            return found
        whole = self._over(Elements(), node, values, scalar)
        return whole if whole.proved else found

    def _point(self, node: Node, values: Any) -> dict[Any, Any]:
        """The numbers of a node's symbols."""
        at = {}
        for i, operand in enumerate(node.operands):
            if isinstance(operand, int) or not node.rule.has_derivative(node.rule.operand_name(i)):
                continue
            numbers = self.state.algebra.lift(operand_value(operand, values)).data.ravel().tolist()
            if not (numbers and isinstance(numbers[0], bool)):
                at.update({symbol(f"a{i}_{k}"): _rational(v) for k, v in enumerate(numbers)})
        return at

    def _over(self, algebra: Elements, node: Node, values: Any, scalar: bool) -> Lowered:
        letters: dict[int, Any] = {}
        operands = [
            self._operand(algebra, node, i, values, scalar, letters)
            for i in range(len(node.operands))
        ]
        params = node.params
        out = algebra.apply(node.rule, tuple(operands), params)
        outs = out if isinstance(out, tuple) else (out,)
        g = [algebra.letters(f"g{k}", o.shape) for k, o in enumerate(outs)]
        moving = [i for i, _ in node.plan.pulls] if node.plan else []
        slopes = _differentiated(outs, g, {i: letters[i] for i in moving})
        lowered = Lowered(scalar, letters, [part.data for part in g], slopes)
        _prove(lowered, node, operands, out, g, algebra)
        return lowered

    def _operand(
        self, algebra: Elements, node: Node, i: int, values: Any, scalar: bool, letters: Any
    ) -> Any:
        operand = node.operands[i]
        fixed = not node.rule.has_derivative(node.rule.operand_name(i))
        if isinstance(operand, int):
            return algebra.lift(operand)
        value = self.state.algebra.lift(operand_value(operand, values))
        if fixed or (value.data.size and isinstance(value.data.flat[0], bool)):
            return self._truths(algebra, value, scalar, i, letters)
        shape = () if scalar else value.shape
        entries = [symbol(f"a{i}_{k}") for k in range(math.prod(shape))]
        made = algebra.array(entries, shape)
        letters[i] = made.data
        return made

    def _truths(self, algebra: Elements, value: Any, scalar: bool, i: int, letters: Any) -> Any:
        if not scalar:
            return algebra.array(
                [sp.true if v is True else sp.false if v is False else sp.Integer(int(v))
                 for v in value.data.ravel().tolist()], value.shape
            )  # fmt: skip
        # One scalar function for all entries: a condition is a symbol that is true or false.
        made = algebra.array([sp.Symbol(f"c{i}")], ())
        letters[i] = made.data
        return made


def _rational(value: Any) -> Any:
    """An mpmath number as the same SymPy number."""
    if not value.context.isfinite(value):
        raise NoClosedForm("an operand is not finite")
    sign, mantissa, exponent, _ = value._mpf_
    return (-1) ** sign * sp.Integer(int(mantissa)) * sp.Integer(2) ** exponent


def _key(node: Node) -> Any:
    """What two nodes share when they are the same function of symbols; None: keep nothing."""
    if node.rule.kind in BRANCHING or array_parameter(node):
        return None
    same = tuple(o if isinstance(o, int) else None for o in node.operands)
    pulls = tuple(i for i, _ in node.plan.pulls) if node.plan else ()
    shapes = () if node.rule.kind is Kind.ELEMENTWISE else _shapes(node)
    try:
        key = (node.rule.word, same, pulls, shapes, repr(sorted(node.params.items())))
        hash(key)
    except TypeError:
        return None
    return key


def _shapes(node: Node) -> Any:
    forms = [None if isinstance(o, (int, float)) else o.form for o in node.operands]
    return tuple(repr(f[0] if type(f) is tuple else ()) for f in forms)


def _differentiated(outs: Any, g: Any, letters: dict[int, Any]) -> dict[int, list[Any]]:
    """SymPy's derivative of sum g out in each letter, one output entry at a time."""
    places = {s: (i, k) for i, data in letters.items() for k, s in enumerate(data.ravel().tolist())}
    sums: dict[Slot, list[Any]] = {place: [] for place in places.values()}
    for out, seeds in zip(outs, g, strict=True):
        for e, seed in zip(out.data.ravel().tolist(), seeds.data.ravel().tolist(), strict=True):
            for term in sp.Add.make_args(sp.S(e)):  # each by itself: a sum of n costs n, not n * n
                for s in sorted(term.free_symbols & places.keys(), key=str):
                    sums[places[s]].append(seed * sp.diff(term, s))
    return {i: [sp.Add(*sums[i, k]) for k in range(data.size)] for i, data in letters.items()}


def _prove(
    lowered: Lowered, node: Node, operands: list[Any], out: Any, g: list[Any], algebra: Elements
) -> None:
    """Compare the rule's cotangents over symbols with SymPy's derivative, entry by entry."""
    seed = Cotangents(g) if isinstance(out, tuple) else g[0]
    try:
        pulled = dict(pull_all(node, tuple(operands), out, seed, algebra))
        spread = {i: algebra.broadcast_to(c, shape=operands[i].shape) for i, c in pulled.items()}
    except Exception:  # a rule's own mistake may raise anything; the numbers will tell
        lowered.proved = False
        return
    for i, slopes in lowered.slopes.items():
        rule = spread.get(i)
        entries = rule.data.ravel().tolist() if rule is not None else [0] * len(slopes)
        if not all(is_zero(sp.S(a) - b) for a, b in zip(entries, slopes, strict=True)):
            lowered.proved = False


#: Kinds whose rules may take a branch by their values: what is proven holds for one node alone.
BRANCHING = (Kind.SELECTION, Kind.REDUCTION, Kind.SCAN, Kind.FACTORISATION)
#: About how many steps of SymPy one operation of a node of each kind takes.
PIECES = {
    Kind.ELEMENTWISE: 10.0, Kind.REDUCTION: 3.0, Kind.SCAN: 90.0, Kind.CONTRACTION: 12.0,
    Kind.REINDEXING: 2.0, Kind.SELECTION: 3.0, Kind.FACTORISATION: 50.0, Kind.OPAQUE: 0.0,
}  # fmt: skip


def cost(recording: Recording) -> float:
    """About how many seconds the route will take."""
    seconds, seen = 0.0, set()
    for node in recording.nodes:
        if node.plan is None:
            continue
        key = _key(node)
        if node.rule.kind is Kind.ELEMENTWISE and not array_parameter(node):
            seconds += 6 * work(node) * SECONDS_PER_DIGIT_OPERATION
            pieces = 100.0
        else:
            pieces = PIECES[node.rule.kind] * work(node)
        if key is None or key not in seen:
            seconds += pieces * SECONDS_PER_SYMBOL_OPERATION
        seen.add(key)
    return seconds


def as_array(value: Any, shape: tuple[int, ...], algebra: Any) -> ObjectArray:
    """A gradient at its full shape; zeros where no gradient came."""
    if value is None:
        return algebra.zeros(shape)  # type: ignore[no-any-return]
    return algebra.broadcast_to(value, shape=shape)  # type: ignore[no-any-return]
