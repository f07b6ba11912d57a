"""One run of the function under test, recorded; every route of the verification floor reads it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symgrad.algebras.devices import to_host
from symgrad.errors import TraceError, compose, user_position
from symgrad.grammar.kind import Kind
from symgrad.modes import record
from symgrad.symbolic.derivatives import refuse_written
from symgrad.tracing.autograd import new_leaf
from symgrad.tracing.node import Leaf, Node, shape_of
from symgrad.tracing.tensor import Tensor
from symgrad.tracing.trees import parts, rebuilt
from symgrad.tracing.walks import structure
from symgrad.verification.containers import Input, inputs_of


@dataclass
class Recording:
    """A graph with its inputs and outputs, and one cotangent for each output.

    The function checked is the scalar <cotangents, outputs>; a scalar f has the cotangent 1.
    """

    function: Callable[..., Any]
    args: tuple[Any, ...]
    inputs: list[Input]
    tensors: list[Tensor]
    outputs: list[Tensor]
    cotangents: list[np.ndarray[Any, Any]]
    nodes: list[Node] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)  # leaves that are no inputs

    @property
    def leaves(self) -> list[Leaf]:
        """The inputs' places in the graph."""
        return [t.node for t in self.tensors]

    @property
    def detached(self) -> list[Node]:
        """Where the user asked that no gradient flows."""
        return [n for n in self.nodes if n.rule.stops]

    @property
    def live(self) -> list[Node]:
        """The nodes that are computed anew; a detached value stands still, as was asked."""
        return [n for n in self.nodes if n.rule.name != "detach"]

    def dependents(self, moved: set[Any]) -> list[Node]:
        """The nodes whose values change when ``moved`` leaves or nodes do, in order."""
        known = set(moved)
        out = []
        for node in self.live:
            if any(o in known for o in node.operands if not isinstance(o, (int, float))):
                known.add(node)
                out.append(node)
        return out

    def call(self, values: list[np.ndarray[Any, Any]]) -> float:
        """f itself at other values of the inputs, contracted with the cotangents, in float64."""
        by_path = {i.path: v for i, v in zip(self.inputs, values, strict=True)}

        def leaf(path: tuple[Any, ...], part: Any) -> Any:
            return new_leaf(_bare(by_path[path])) if path in by_path else part

        out = self.function(*rebuilt(self.args, leaf))  # it may ask for gradients itself
        found = [to_host(p._value) for _, p in parts(out) if isinstance(p, Tensor)]
        return float(contracted(found, self.cotangents))


def contracted(values: list[Any], cotangents: list[Any], dtype: Any = np.float64) -> Any:
    """<cotangents, values> in float64, or a wider dtype."""
    with np.errstate(all="ignore"):
        return sum(
            np.sum(np.asarray(v, dtype) * np.asarray(g, dtype))
            for v, g in zip(values, cotangents, strict=True)
        )


def _bare(value: np.ndarray[Any, Any]) -> Any:
    return value[()] if value.ndim == 0 else value


def recorded(f: Callable[..., Any], args: tuple[Any, ...], seed: int) -> Recording:
    """Run ``f`` once on fresh leaves, recording everything.

    Raises  TraceError for a value that leaves the trace, or a result that is no tensor; whatever
            f itself raises.
    """
    inputs = inputs_of(f, args)
    made = {i.path: new_leaf(_bare(i.value.copy())) for i in inputs}
    with record(), np.errstate(all="ignore"):
        out = f(*rebuilt(args, lambda path, part: made.get(path, part)))
    outputs = [p for _, p in parts(out) if isinstance(p, Tensor)]
    if not outputs or any(not isinstance(p, Tensor) for _, p in parts(out)):
        raise TraceError(
            compose(
                f"crosscheck: the function gave {type(out).__name__}, not a tensor "
                "(or a dict, list or tuple of tensors).",
                where=user_position(),
                mend="return the tensor itself, not y.item(), y.numpy() or float(y)",
            )
        )
    outputs = [t for t in outputs if _is_floating(t)]
    rng = np.random.default_rng(seed)
    cotangents = [_cotangent(t, rng, alone=len(outputs) == 1) for t in outputs]
    refuse_written(structure([t.node for t in outputs if t.node is not None])[0])
    recording = Recording(f, args, inputs, [made[i.path] for i in inputs], outputs, cotangents)
    _follow(recording)
    return recording


def _is_floating(t: Tensor) -> bool:
    return bool(to_host(t._value).dtype.kind == "f")


def _cotangent(t: Tensor, rng: np.random.Generator, *, alone: bool) -> np.ndarray[Any, Any]:
    value = to_host(t._value)
    if alone and value.size == 1:
        return np.ones(value.shape, value.dtype)
    # Signed, and away from 0: a cotangent that is never negative lets clamped rules pass.
    drawn = rng.uniform(0.5, 1.5, value.shape) * rng.choice([-1.0, 1.0], value.shape)
    return np.asarray(drawn, value.dtype)


def _follow(recording: Recording) -> None:
    roots = [t.node for t in recording.outputs if t.node is not None]
    nodes, leaves = structure(roots)
    own = {id(leaf) for leaf in recording.leaves}
    recording.nodes = nodes
    recording.constants = [leaf for leaf in leaves if id(leaf) not in own]


def work(node: Node) -> float:
    """About how many scalar operations a node is, for an algebra that does them one by one."""
    shapes = [shape_of(f) if f is not None else () for f in (_shape_form(o) for o in node.operands)]
    out = _out_size(node)
    sizes = [math.prod(s) for s in shapes]
    kind = node.rule.kind
    if kind is Kind.FACTORISATION:
        last = shapes[0][-1] if shapes and shapes[0] else 1
        return 3.0 * last * max([out, *sizes])
    if kind is Kind.CONTRACTION:
        inner = [s[-1] for s in shapes if s]
        return float(max([out * (inner[0] if inner else 1), *sizes]))
    weight = 6.0 if node.rule.has_formula else 1.0
    return weight * max([out, *sizes, 1])


def _out_size(node: Node) -> int:
    forms = node.form if node.rule.outputs else (node.form,)
    return sum(math.prod(shape_of(f)) for f in forms)


def _shape_form(operand: Any) -> Any:
    if isinstance(operand, (int, float)):
        return None
    if type(operand) is Node and operand.rule.outputs:
        return operand.form[0]
    return operand.form


def number_of(recording: Recording, node: Node) -> int:
    """A node's place in the order of recording, as reports count it (from 1)."""
    return recording.nodes.index(node) + 1
