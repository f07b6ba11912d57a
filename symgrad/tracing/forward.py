"""Forward mode: a function's derivative along tangents, by one walk over its recorded run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from symgrad.algebras.numeric import NUMBERS
from symgrad.errors import DtypeError, GraphError, ShapeError, compose, user_position
from symgrad.grammar.masks import plain
from symgrad.grammar.plan import OUTPUT
from symgrad.modes import enable_grad
from symgrad.tracing.node import Leaf, Node
from symgrad.tracing.operands import keeping_arrays
from symgrad.tracing.running import Run, matching
from symgrad.tracing.storage import LAST_WRITE
from symgrad.tracing.tensor import Tensor, leaf_of, wrap
from symgrad.tracing.traced import TRACED, tensor_of
from symgrad.tracing.trees import structure_of
from symgrad.tracing.walks import operand_value, pushforward, refuse_stale, structure


class Push:
    """The derivative of ``outs`` along tangents of ``given``, any number of times.

    ``outer`` says whether somebody differentiates what the tangents are multiplied with.
    """

    def __init__(self, given: Sequence[Tensor], outs: Sequence[Tensor], outer: bool) -> None:
        self.given, self.outs = given, outs
        self.values: dict[Any, Any] = {leaf_of(g): g for g in given}
        self.nodes, self.operands = values_below([o for o in outs if o._rg], self.values)
        if not outer:
            self.values = {k: _untracked(v) for k, v in self.values.items()}
            self.operands = {k: _untracked(v) for k, v in self.operands.items()}

    def along(self, steps: Sequence[Tensor]) -> list[Tensor]:
        """The tangents of all results, from those of the arguments' parts."""
        start: dict[Any, Any] = {}
        for p, s in zip(self.given, steps, strict=True):
            start[leaf_of(p)] = s if leaf_of(p) not in start else start[leaf_of(p)] + s
        moved = pushforward(self.nodes, self.values, start, TRACED, self.operands)
        return [_moved(o, moved) for o in self.outs]


def _untracked(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_untracked, value))
    return wrap(value._value) if type(value) is Tensor else value


def _moved(out: Tensor, moved: dict[Any, Any]) -> Tensor:
    found = plain(moved.get(out.node)) if out._rg else None
    if found is None:
        return TRACED.zeros_like(out)
    return found.to(dtype=out.dtype)  # type: ignore[no-any-return]


def jvp(
    func: Callable[..., Any],
    primals: Sequence[Any],
    tangents: Sequence[Any],
    *,
    strict: bool = False,
    has_aux: bool = False,
) -> Any:
    """func's value and its derivative along ``tangents``, by forward mode; it nests.

    Takes   func: a function of tensors, or of dicts, lists and tuples of them, that gives such;
            primals, tangents: tuples of one form; each tangent has its primal's shape, and is
            taken in its dtype; strict: refuse a result that does not depend on the primals;
            has_aux: func gives (result, anything else), which is handed on as a third.
    Gives   (value, derivative), both in the form of the result.
    Raises  ShapeError where a tangent does not fit its primal, GraphError for a result that is no
            tensor.

    >>> sg.func.jvp(sg.sin, (sg.tensor(0.0),), (sg.tensor(2.0),))
    (tensor(0.), tensor(2.))
    """
    _refuse_bare(primals, tangents)
    with enable_grad(), keeping_arrays():
        run = Run("jvp", func, tuple(primals), {}, tuple(range(len(primals))), has_aux)
        steps = _steps(run, tuple(tangents), tuple(primals))
        if strict:
            _refuse_constant(run)
        moved = Push(run.given, run.outs, run.outer).along(steps)
    outer = run.outer or any(s._rg for s in steps)
    shown = run.shown(run.outs, outer), run.shown(moved, outer)
    return (*shown, run.shown_aux()) if has_aux else shown


def linearize(func: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """func's value at ``primals``, and its derivative there as a function of tangents.

    func runs once: each call of the derivative is one walk over what that run recorded.

    Takes   func: as ``jvp``'s; primals: its arguments.
    Gives   (value, push); push takes a tangent for each primal, and gives the derivative in the
            form of the result.
    Raises  as ``jvp``.

    >>> y, push = sg.func.linearize(sg.sin, sg.tensor(0.0)); push(sg.tensor(2.0))
    tensor(2.)
    """
    with enable_grad(), keeping_arrays():
        run = Run("linearize", func, primals, {}, tuple(range(len(primals))), False)
        push = Push(run.given, run.outs, run.outer)

    def function(*tangents: Any) -> Any:
        with enable_grad():
            steps = _steps(run, tangents, primals)
            moved = push.along(steps)
        return run.shown(moved, run.outer or any(s._rg for s in steps))

    return run.shown(run.outs), function


def _refuse_bare(primals: Any, tangents: Any) -> None:
    if not all(isinstance(side, (tuple, list)) for side in (primals, tangents)):
        raise DtypeError(
            compose(
                "jvp takes a tuple of primals and a tuple of tangents.",
                where=user_position(),
                mend="sg.func.jvp(f, (x,), (v,))",
            )
        )


def _steps(run: Run, tangents: tuple[Any, ...], primals: tuple[Any, ...]) -> list[Tensor]:
    if len(primals) != len(tangents):
        raise ShapeError(
            compose(
                f"{run.name} got {len(primals)} primals and {len(tangents)} tangents",
                where=user_position(),
                mend="give a tangent for each primal, zeros where it stands still",
            )
        )
    found = matching("tangent", "primal", tangents, structure_of(primals), run.given)
    return [s.to(dtype=p.dtype) for s, p in zip(found, run.given, strict=True)]


def _refuse_constant(run: Run) -> None:
    own = {leaf_of(g) for g in run.given}
    for out in run.outs:
        nodes, leaves = structure([out.node] if out._rg else [])
        if not own.intersection((*nodes, *leaves)):
            raise GraphError(
                compose(
                    "jvp: a result does not depend on the primals, and strict=True refuses that.",
                    where=user_position(),
                    mend="leave strict out: the derivative is then zero",
                )
            )


def push_through(out: Tensor, given: Sequence[Tensor], steps: Sequence[Tensor]) -> Tensor:
    """The tangent of ``out`` along ``steps`` of the tensors ``given`` that it was computed from."""
    (found,) = Push(given, (out,), True).along(steps)
    return found


def values_below(
    outs: Iterable[Tensor], values: dict[Any, Any]
) -> tuple[list[Node], dict[Node, tuple[Any, ...]]]:
    """Every value below some tensors again, as tensors on the graph's own nodes.

    What a node kept is what it was computed with, whatever was written since.

    Takes   values: tensors of the nodes and leaves to start from; the others are added.
    Gives   the nodes in order, and the operands of each.
    Raises  GraphError for a value that is needed and was written since.
    """
    nodes, leaves = structure([out.node for out in outs], stop=values)
    for leaf in leaves:
        if leaf.value is None:
            raise _gone(nodes, leaf)
        values[leaf] = tensor_of(leaf, leaf.value) if isinstance(leaf, Leaf) else leaf.value
    every: dict[Node, tuple[Any, ...]] = {}
    for node in nodes:
        kept = _kept(node)
        given = every[node] = tuple(
            _operand(node, i, o, values, kept) for i, o in enumerate(node.operands)
        )
        # Without a history here, so that nothing is recorded again; a level outside records.
        found = kept.get(OUTPUT)
        if found is None:
            found = TRACED.apply(node.rule, _untracked(given), node.params)
            found = found if isinstance(found, tuple) else found._value
        values[node] = found if isinstance(found, tuple) else tensor_of(node, found)
    return nodes, every


def _kept(node: Node) -> dict[int, Any]:
    """The raw values that a node holds, by the operand's place."""
    if node.plan is None or not node.plan.slots or not node.saved:
        return {}
    if LAST_WRITE[0] > node.seq:
        refuse_stale(node)
    return dict(zip(node.plan.slots, node.saved, strict=True))


def _operand(node: Node, i: int, operand: Any, values: Any, kept: dict[int, Any]) -> Any:
    if i in kept and type(operand) not in NUMBERS:
        known = values.get(operand)
        same = type(known) is Tensor and known._value is kept[i]
        return known if same else tensor_of(operand, kept[i])
    storage = getattr(getattr(operand, "extra", None), "storage", None)
    if type(operand) is Leaf and storage is not None and storage.version > node.seq:
        raise GraphError(
            compose(
                f"forward mode needs what {node.rule.name} was computed with, and it has been "
                "modified by an inplace operation since.",
                [("used", node.position), ("write", storage.writer)],
                where=user_position(),
                mend="write into a copy, or after the derivative",
            )
        )
    return operand_value(operand, values)


def _gone(nodes: list[Node], leaf: Any) -> GraphError:
    user = next(node for node in nodes if leaf in node.operands)
    return GraphError(
        compose(
            f"an array that {user.rule.name} was computed with is gone: only the trace knew it.",
            [("used", user.position)],
            where=user_position(),
            mend="give the array a name that lives as long as the result (c = np.ones(2))",
        )
    )
