"""Points on the edge of a branch that the program took: ``if x > 0`` at x = 0.

The recorded graph holds one branch alone, so f is run again a little to either side, and each
side's own graph gives the slope there. The verification floor imports this.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from symgrad.algebras.precise import Precise
from symgrad.errors import SymgradError
from symgrad.tracing.node import Node
from symgrad.tracing.trees import rebuilt
from symgrad.tracing.walks import operand_value, structure
from symgrad.verification.recording import Recording, recorded
from symgrad.verification.slopes import SHORT, Slope, Slopes, State

#: How far to the side, in units of the entry's size: past every rounding, before other branches.
ASIDE = 1e-7
_COMPARISONS = frozenset({"less", "less_equal", "greater", "greater_equal", "equal", "not_equal"})


def edges(recording: Recording) -> list[str]:
    """The lines of branches whose condition is an equality at the inputs, to rounding."""
    lines, seen = [], set()
    for leaf in recording.leaves:
        for guard in leaf.extra.guards if leaf.extra is not None else ():
            root = guard.rebuilt()
            if root is None or id(guard) in seen:
                continue
            seen.add(id(guard))
            if _on_edge(root):
                lines.append(str(guard.position))
    return lines


def _on_edge(root: Node) -> bool:
    """Whether any comparison in a condition is an equality at the leaves' values."""
    algebra = Precise(30)
    nodes, leaves = structure([root])
    values: dict[Any, Any] = {leaf: algebra.lift(np.asarray(leaf.value)) for leaf in leaves}

    def near(p: Any, q: Any) -> bool:
        return bool(abs(p - q) <= 4e-16 * max(abs(p), abs(q)))

    for node in nodes:
        operands = tuple(operand_value(o, values) for o in node.operands)
        if node.rule.word in _COMPARISONS:
            a, b = (algebra.lift(o) for o in operands)
            if any(algebra.map(near, a, b).data.ravel()):
                return True
        if node is not root:
            values[node] = algebra.apply(node.rule, operands, node.params)
    return False


def slope_beside(
    recording: Recording, place: tuple[int, int], size: float, seed: int
) -> Slope | None:
    """The one-sided slopes of f in one entry, each from the graph that f records on that side.

    Gives   None where f cannot be run there.
    """
    sides = []
    for sign in (-1.0, 1.0):
        moved = [i.value.copy() for i in recording.inputs]
        moved[place[0]].reshape(-1)[place[1]] += sign * ASIDE * size
        by_path = {i.path: v for i, v in zip(recording.inputs, moved, strict=True)}

        def leaf(path: tuple[Any, ...], part: Any, at: dict[Any, Any] = by_path) -> Any:
            return at.get(path, part)

        args = rebuilt(recording.args, leaf)
        try:
            beside = recorded(recording.function, args, seed)
        except (SymgradError, ValueError, ArithmeticError):
            return None
        beside.inputs = recording.inputs  # its graph, at the point itself
        slopes = Slopes(beside)
        step = np.zeros(recording.inputs[place[0]].value.shape)
        step.reshape(-1)[place[1]] = size
        found = slopes.along({beside.leaves[place[0]]: step}).over(size)
        sides.append((found.left if sign < 0 else found.right, slopes.state(SHORT[1])))
    return _joined(sides, recording)


def _joined(sides: list[tuple[Any, State]], recording: Recording) -> Slope:
    (left, below), (right, above) = sides
    ctx = above.algebra.context
    here = State(recording, above.algebra, {}, False).base
    size = max(abs(here), abs(above.base), abs(below.base))
    jump = max(abs(above.base - here), abs(ctx.mpf(below.base) - here)) > 1e-14 * size
    if jump:
        return Slope("jump", ctx.nan, left, right)
    if abs(right - left) <= 1e-20 * max(abs(left), abs(right)):
        return Slope("smooth", right, right, right)
    return Slope("kink", ctx.nan, left, right)
