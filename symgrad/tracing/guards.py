"""Branches that a program took on traced values, kept as structure without values.

A guard hangs on every tracked leaf that its condition depends on. A decision that cannot be kept
that way marks those leaves instead: a formula may say too much of its branches, never too little.
Imports tensors and walks.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from symgrad.algebras.backends import is_formula
from symgrad.algebras.devices import to_host
from symgrad.errors import Position, ShapeError, user_position
from symgrad.grammar.primitive import REGISTRY
from symgrad.modes import GRAD, MODE, RECORDING
from symgrad.tracing.dtypes import raw_dtype_name
from symgrad.tracing.node import Leaf, Node, extras, shape_of
from symgrad.tracing.storage import tick
from symgrad.tracing.tensor import Tensor, leaf_of, refuse_formula
from symgrad.tracing.walks import structure

MAX_GUARDS = 64
MAX_NODES = 2000

#: Entries of an array that a guard may keep alive; a larger one it only watches.
MAX_ENTRIES = 64

_TRUTHS = np.dtype(bool)


class Lost(str):
    """The line of a branch whose condition is not kept, and when it was taken."""

    __slots__ = ("seq",)
    seq: int

    def __new__(cls, line: str, seq: int) -> Lost:
        made = super().__new__(cls, line)
        made.seq = seq
        return made


class Guard:
    """One branch: a small program over leaves, whether it held, and the user's line.

    It holds tracked leaves weakly, since they hold it, and large ones, since it would keep data.
    """

    __slots__ = ("leaves", "position", "seq", "spans", "steps", "truth")

    def __init__(
        self, nodes: list[Node], leaves: list[Any], truth: bool, position: Position
    ) -> None:
        places: dict[Any, tuple[str, int]] = {leaf: ("leaf", k) for k, leaf in enumerate(leaves)}
        places.update({n: ("step", k) for k, n in enumerate(nodes)})
        self.steps = tuple(
            (
                n.rule,
                tuple(o if isinstance(o, (int, float)) else places[o] for o in n.operands),
                n.params,
                n.form,
            )
            for n in nodes
        )
        self.leaves = tuple(weakref.ref(leaf) if _light(leaf) else leaf for leaf in leaves)
        self.spans = _spans(nodes, leaves)  # when each leaf was read first, and last
        self.truth = truth
        self.position = position
        self.seq = tick()

    def found(self) -> list[Any]:
        """The leaves in order, None for one that is gone."""
        return [ref() if isinstance(ref, weakref.ref) else ref for ref in self.leaves]

    def forgotten(self, leaf: Any) -> bool:
        """Whether the branch was about a value that ``leaf`` no longer has."""
        pairs = zip(self.found(), self.spans, strict=True)
        return any(here is leaf and _written(leaf) > last for here, (_, last) in pairs)

    def rebuilt(self) -> Node | None:
        """The condition as a graph again; None once a leaf is gone, or written since."""
        leaves = self.found()
        for leaf, (first, _) in zip(leaves, self.spans, strict=True):
            if leaf is None or _written(leaf) > first:
                return None
        made: list[Node] = []
        for rule, operands, params, form in self.steps:
            node = _structural(rule, params, form, self.position)
            node.operands = tuple(
                o if isinstance(o, (int, float)) else leaves[o[1]] if o[0] == "leaf" else made[o[1]]
                for o in operands
            )
            made.append(node)
        return made[-1]

    def same_as(self, other: Guard) -> bool:
        """Whether the other is the same branch on the same values' structure."""
        return (
            self.position == other.position
            and self.truth == other.truth
            and len(self.steps) == len(other.steps)
            and self.leaves == other.leaves
            and all(
                a[0] is b[0] and a[1] == b[1] and _alike(a[2], b[2])
                for a, b in zip(self.steps, other.steps, strict=True)
            )
        )

    def again(self, other: Guard) -> None:
        """The same branch was taken once more."""
        self.seq, self.spans = other.seq, other.spans


def _light(leaf: Any) -> bool:
    """Whether a guard only watches a leaf: it is tracked, or large."""
    if not isinstance(leaf, Leaf):
        return False
    return leaf.requires_grad or math.prod(shape_of(leaf.form)) > MAX_ENTRIES


def _spans(nodes: list[Node], leaves: list[Any]) -> tuple[tuple[float, float], ...]:
    first: dict[Any, int] = {}
    last: dict[Any, int] = {}
    for node in nodes:
        for operand in node.operands:
            if not isinstance(operand, (int, float)):
                first.setdefault(operand, node.seq)
                last[operand] = node.seq
    return tuple((first.get(leaf, math.inf), last.get(leaf, math.inf)) for leaf in leaves)


def _written(leaf: Any) -> int:
    """When a leaf's buffer was last written, by any name that shares it."""
    storage = leaf.extra.storage if isinstance(leaf, Leaf) and leaf.extra is not None else None
    return storage.version if storage is not None else 0


def _structural(rule: Any, params: dict[str, Any], form: Any, position: Position) -> Node:
    """A node that records structure only."""
    node = Node()
    node.rule, node.params, node.form = rule, params, form
    node.plan, node.saved, node.extra = None, (), None
    node.seq = tick()
    node.code, node.lasti = position.code, position.lasti
    return node


def _alike(a: Any, b: Any) -> bool:
    """Whether two parameters are the same, arrays by their entries."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_alike(a[k], b[k]) for k in a)
    if isinstance(a, (tuple, list)):
        return len(a) == len(b) and all(map(_alike, a, b))
    if hasattr(a, "shape"):
        a, b = np.asarray(to_host(a)), np.asarray(to_host(b))
        return a.dtype == b.dtype and np.array_equal(a, b)
    return bool(a == b)


def _heavy(params: Any) -> bool:
    """Whether parameters hold arrays that a guard should not keep alive."""
    if isinstance(params, dict):
        return any(map(_heavy, params.values()))
    if isinstance(params, (tuple, list)):
        return any(map(_heavy, params))
    return hasattr(params, "shape") and math.prod(params.shape) > MAX_ENTRIES


# taking note ------------------------------------------------------------------------------------


class Taken:
    """The branches that one call of a function took, on any leaf."""

    def __init__(self, inputs: Iterable[Any]) -> None:
        self.inputs = tuple(inputs)
        self.guards: dict[int, Guard] = {}
        self.lost: dict[str, None] = {}  # an ordered set: a loop loses one line many times

    def concerns(self, leaves: Iterable[Any]) -> bool:
        """Whether an input is among the leaves."""
        return any(leaf is item for leaf in leaves for item in self.inputs)


_WATCH: ContextVar[Taken | None] = ContextVar("symgrad_branches", default=None)


@contextmanager
def watched(inputs: Iterable[Any] = ()) -> Iterator[Taken]:
    """Collect the branches that are taken inside.

    Takes   inputs: leaves that count though no gradient is asked for in them.
    """
    taken = Taken(inputs)
    token = _WATCH.set(taken)
    try:
        yield taken
    finally:
        _WATCH.reset(token)


def truth(tensor: Tensor) -> bool:
    """``bool(tensor)``, noted as a guard on the tracked leaves that it depends on.

    Raises  ShapeError for more than one entry (or none).
    """
    refuse_formula(tensor, "a branch")
    value = to_host(tensor._value)
    if value.size != 1:
        raise ShapeError(
            "Boolean value of Tensor with more than one value is ambiguous: use .any() or .all()"
            if value.size
            else "Boolean value of Tensor with no values is ambiguous"
        )
    held = bool(value.item())
    if tensor._rg or type(tensor.node) is Node or _WATCH.get() is not None:
        _note(tensor, held, user_position())
    return held


def _note(tensor: Tensor, held: bool, position: Position) -> None:
    nodes, leaves = structure([_condition(tensor, position)])
    taken = _WATCH.get()
    tracked = [leaf for leaf in leaves if isinstance(leaf, Leaf) and leaf.requires_grad]
    if not tracked and (taken is None or not taken.concerns(leaves)):
        return
    if len(nodes) > MAX_NODES or any(_heavy(n.params) for n in nodes):
        _mark(tracked, position, taken)
        return
    guard = Guard(nodes, leaves, held, position)
    stale = [leaf for leaf in tracked if guard.forgotten(leaf)]
    if stale or not all(_keep(leaf, guard, taken) for leaf in tracked):
        _mark(tracked, position, taken)
    elif taken is not None and not tracked:
        _collect(taken, guard)


def _condition(tensor: Tensor, position: Position) -> Any:
    """The node of a truth value; of a number, that it is not zero."""
    root = leaf_of(tensor)
    if type(root) is Node and raw_dtype_name(tensor._value) == "bool":
        return root
    return _derived("not_equal", {}, (root, 0), tuple(tensor._value.shape), position)


def _keep(leaf: Any, guard: Guard, taken: Taken | None) -> bool:
    """Hang a guard on a leaf, once; False where the leaf has no room."""
    kept = extras(leaf)
    for before in kept.guards:
        if guard.same_as(before):
            before.again(guard)
            return taken is None or _collect(taken, before)
    _tidy(leaf)
    if len(kept.guards) >= MAX_GUARDS:
        return False
    kept.guards.append(guard)
    return taken is None or _collect(taken, guard)


def _collect(taken: Taken, guard: Guard) -> bool:
    if len(taken.guards) >= 4 * MAX_GUARDS and id(guard) not in taken.guards:
        taken.lost[str(guard.position)] = None
    else:
        taken.guards[id(guard)] = guard
    return True


def _tidy(leaf: Any) -> None:
    """Let go of guards on an earlier value; of those whose other leaves are gone keep the line."""
    kept = extras(leaf)
    standing = []
    for guard in kept.guards:
        if guard.forgotten(leaf):
            continue
        if None in guard.found():
            kept.guards_dropped = Lost(str(guard.position), guard.seq)
        else:
            standing.append(guard)
    kept.guards[:] = standing


def _mark(leaves: Iterable[Any], position: Position, taken: Taken | None) -> None:
    line = Lost(str(position), tick())
    for leaf in leaves:
        extras(leaf).guards_dropped = line
    if taken is not None:
        taken.lost[line] = None


def traced(value: Any) -> bool:
    """Whether a decision by this value is one that a formula would have to name."""
    mode = MODE.get()
    if type(value) is not Tensor or not mode & (GRAD | RECORDING):
        return False
    if is_formula(value._value):  # it is in the formula, whatever it decides
        return False
    if value._rg or type(value.node) is Node:
        return True
    return bool(mode & RECORDING) and value.node is not None


def lose(*values: Any) -> None:
    """A decision was taken by these values that cannot be printed: formulas say so, with the line.

    Takes   values: anything; those that are no traced tensors do not count.
    """
    roots = [value.node for value in values if traced(value)]
    if not roots:
        return
    leaves = structure(roots)[1]
    taken = _WATCH.get()
    tracked = [leaf for leaf in leaves if isinstance(leaf, Leaf) and leaf.requires_grad]
    if tracked or (taken is not None and taken.concerns(leaves)):
        _mark(tracked, user_position(), taken)


def quantified(word: str, entries: Tensor, result: Tensor) -> Tensor:
    """``result`` of ``all`` or ``any`` of all entries, with a structure to print a branch by.

    Takes   word: "all" or "any"; entries: of any dtype, a number holds where it is not zero.
    Limits  more than 64 entries are no condition that anyone reads: such a branch is lost.
    """
    if not traced(entries):
        return result
    count = math.prod(entries._value.shape)
    if count > MAX_ENTRIES:
        lose(entries)
    elif count:
        position = user_position()
        joint = REGISTRY["logical_and" if word == "all" else "logical_or"]
        root = _condition(entries, position)
        flat = _derived("reshape", {"shape": (count,)}, (root,), (count,), position)
        whole = _joined(joint.word, flat, count, position)
        result.node = _derived("reshape", {"shape": ()}, (whole,), (), position)
    return result


def _joined(word: str, flat: Node, count: int, position: Position) -> Node:
    """All entries joined by halves: few operations, and a shallow formula."""

    def part(start: int, stop: int) -> Node:
        index = {"index": slice(start, stop)}
        return _derived("getitem", index, (flat,), (stop - start,), position)

    if count == 1:
        return flat
    half = count // 2
    both = _derived(word, {}, (part(0, half), part(half, 2 * half)), (half,), position)
    whole = _joined(word, both, half, position)
    if count > 2 * half:
        whole = _derived(word, {}, (whole, part(count - 1, count)), (1,), position)
    return whole


def _derived(
    word: str,
    params: dict[str, Any],
    operands: tuple[Any, ...],
    shape: tuple[int, ...],
    position: Position,
) -> Node:
    """A structural node of truths."""
    node = _structural(REGISTRY[word], params, (shape, _TRUTHS), position)
    node.operands = operands
    return node


# reading ----------------------------------------------------------------------------------------


def standing(leaf: Any) -> tuple[list[Guard], list[Lost]]:
    """The guards on a leaf's present value, and the lines of branches that are not kept."""
    extra = leaf.extra if isinstance(leaf, Leaf) else None
    if extra is None:
        return [], []
    guards = [g for g in extra.guards if not g.forgotten(leaf)]
    line = extra.guards_dropped
    return guards, [line] if isinstance(line, Lost) and line.seq > _written(leaf) else []


def drop(leaf: Any) -> None:
    """Forget a leaf's guards: its value changed."""
    if leaf.extra is not None:
        leaf.extra.guards.clear()
        leaf.extra.guards_dropped = ""
