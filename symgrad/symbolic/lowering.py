"""From a recorded graph to expressions in letters and lets; imported by closed forms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from symgrad.algebras.devices import to_host
from symgrad.algebras.elements import as_truth
from symgrad.algebras.objects import ObjectArray
from symgrad.errors import NoClosedForm, SymgradError, compose
from symgrad.symbolic.lets import Formula, Sharing, unbound
from symgrad.symbolic.simplification import Tidy
from symgrad.tracing.guards import Guard, Taken, standing
from symgrad.tracing.node import Foreign, Leaf, Node, is_number, shape_of
from symgrad.tracing.tensor import Tensor
from symgrad.tracing.walks import operand_value, structure

#: A constant of more bits than this (a thousand digits) is no formula that anyone reads.
MAX_BITS = 3400


class Branch(NamedTuple):
    """One branch that the program took: the user's line, and the condition that held there."""

    condition: Any
    line: str


class Lowered(NamedTuple):
    """The expressions of all results in order, the lets below them, and the branches taken."""

    expressions: list[Any]
    lets: dict[sp.Symbol, Any]
    branches: list[Branch]


class Lowering:
    """One formula in the making: letters of leaves, and one algebra that shares across results."""

    def __init__(self, names: Mapping[Any, str], taken: Iterable[str]) -> None:
        self.algebra = Sharing()
        self.taken = tuple(taken)
        self.values: dict[Any, Any] = {}
        self.arrays: dict[str, ObjectArray] = {}
        for item, name in names.items():
            self.values[item] = self._letters(item, name)

    def _letters(self, item: Any, name: str) -> ObjectArray:
        shape = shape_of(item.form)
        if is_number(item):
            return self.algebra.lift(to_host(item.value))  # type: ignore[no-any-return]
        self.arrays[name] = made = self.algebra.letters(name, shape)
        return made

    def same(self, item: Any, tensor: Tensor) -> None:
        """Let a fresh leaf be the letter of the item that it stands for."""
        self.values[tensor.node] = self.values[item]

    def run(self, roots: Sequence[Any]) -> None:
        """Give every node below ``roots`` its expressions; leaves without a letter are numbers."""
        nodes, leaves = structure(roots, self.values)
        for leaf in leaves:
            self.values[leaf] = self._constant(leaf)
        for node in nodes:
            self.values[node] = self._apply(node)

    def _constant(self, leaf: Any) -> Any:
        value = leaf.value if isinstance(leaf, (Leaf, Foreign)) else None
        if value is None:
            raise NoClosedForm("an array that the gradient was computed from is gone")
        return self.algebra.lift(np.asarray(to_host(value)))

    def _apply(self, node: Node) -> Any:
        operands = tuple(operand_value(o, self.values) for o in node.operands)
        self.algebra.charge(1)
        try:
            return self.algebra.apply(node.rule, operands, node.params)
        except NoClosedForm as error:
            if "\n" in str(error):
                raise
            raise NoClosedForm(_worded(node, str(error))) from error
        except SymgradError:
            raise
        except (AttributeError, TypeError, ValueError, NotImplementedError) as error:
            raise NoClosedForm(_worded(node, str(error))) from error

    def of(self, tensor: Tensor) -> list[Any]:
        """The entries of a result, in order."""
        if tensor.node is None:
            return list(self.algebra.lift(np.asarray(to_host(tensor._value))).data.ravel())
        return list(self.values[tensor.node].data.ravel())

    def branches(self, guards: Sequence[Guard]) -> list[Branch]:
        """Each guard's condition as it held."""
        out = []
        for guard in guards:
            root = guard.rebuilt()
            assert root is not None  # guards_between dropped those that are gone
            self.run([root])
            held = as_truth(self.values[root].item())
            out.append(Branch(held if guard.truth else sp.Not(held), str(guard.position)))
        return out

    def finish(self, results: Sequence[Tensor], guards: Sequence[Guard]) -> Lowered:
        """Expressions of all results, with lets shared between them."""
        self.run([r.node for r in results if r.node is not None])
        flat = [e for r in results for e in self.of(r)]
        _refuse_huge_constants(flat)
        branches = self.branches(guards)
        conditions = [b.condition for b in branches]
        made: Formula = unbound(self.algebra, [*flat, *conditions], self.taken, Tidy())
        held = [
            Branch(c, b.line) for c, b in zip(made.expressions[len(flat) :], branches, strict=True)
        ]
        return Lowered(made.expressions[: len(flat)], made.lets, held)


def _refuse_huge_constants(expressions: Sequence[Any]) -> None:
    """Exact constants multiply out: 1.0001 three thousand times has 12,000 digits."""
    for expression in expressions:
        for held in expression.atoms(sp.Rational):
            if max(held.p.bit_length(), held.q.bit_length()) > MAX_BITS:
                raise NoClosedForm(
                    compose(
                        f"an exact constant has grown beyond {MAX_BITS * 3 // 10} digits.",
                        mend="make it a letter: c = sg.tensor(1.0001, name='c') before the loop",
                    )
                )


def _worded(node: Node, why: str) -> str:
    return compose(f"{node.rule.name}: no formula entry by entry: {why}", where=node.position)


def guards_between(
    nodes: Iterable[Node], leaves: Iterable[Any], start: int, taken: Taken | None = None
) -> tuple[list[Guard], list[str]]:
    """The branches taken since a moment on any leaf, in order, and the lines of lost ones.

    A branch after the result counts: it may be why this is the result and no other.

    Takes   nodes: of the formula; one that chose by its operands (a sort) is a branch of its own;
            leaves: of the formula (below a node that it is differentiated in, that one's too);
            taken: what one call of a function took besides, on any leaf.
    """
    items = [*leaves, *(taken.inputs if taken is not None else ())]
    below = structure([item for item in items if type(item) is Node])[1]
    found = dict(taken.guards) if taken is not None else {}
    lost = list(taken.lost) if taken is not None else []
    lost += [str(node.position) for node in nodes if node.rule.path_rule is not None]
    for leaf in {id(item): item for item in (*items, *below)}.values():
        guards, lines = standing(leaf)
        found.update({id(g): g for g in guards if g.seq >= start})
        lost += [line for line in lines if line.seq >= start]
    lost += [str(g.position) for g in found.values() if g.rebuilt() is None]
    whole = [g for g in found.values() if g.rebuilt() is not None]
    return sorted(whole, key=lambda g: g.seq), list(dict.fromkeys(lost))
