"""Why a formula cannot be had: the user's operation, its line and the mend; for closed forms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import sympy

from symgrad.algebras.tensors import TENSORS, Expression, leaf
from symgrad.algebras.tensors.derivative import gradient
from symgrad.algebras.tensors.ir import Node as Part
from symgrad.algebras.tensors.ir import reachable
from symgrad.algebras.tensors.peeling import Hidden
from symgrad.errors import (
    DtypeError,
    NoClosedForm,
    SymgradError,
    TraceError,
    compose,
    user_position,
)
from symgrad.symbolic.notation.tree import parts
from symgrad.symbolic.printed import Printed
from symgrad.symbolic.program import Program, as_written
from symgrad.tracing.naming import NameRefused
from symgrad.tracing.node import Node, shape_of
from symgrad.tracing.tensor import Tensor

#: What an operation alone, on letters of its own, may raise where it cannot be asked.
FAILURES = (SymgradError, AttributeError, KeyError, TypeError, ValueError)


def told(error: NoClosedForm, program: Program) -> NoClosedForm:
    """The refusal of a formula with the operation as the user wrote it, the line and the mend.

    Takes   error: as the notations and the derivatives raise it.
    """
    if "\n" in str(error):
        return error
    if not isinstance(error, Hidden):
        return NoClosedForm(compose(f"{error}.", where=user_position(), mend=_mend(program)))
    node, what, where = _operation(error.word, program), error.word, user_position()
    if node is not None:
        what, where = f"{as_written(node)}({', '.join(node.rule.operands)})", node.position
    return NoClosedForm(compose(f"{what}: {error}.", where=where, mend=_mend(program)))


def tensor_of(result: Any) -> Tensor:
    """What a function gave, where that is a tensor.

    Raises  TraceError for anything else.
    """
    if isinstance(result, Tensor):
        return result
    several = isinstance(result, (tuple, list))
    raise TraceError(
        compose(
            f"the function gave {type(result).__name__}, not a tensor.",
            where=user_position(),
            mend="give one result, or sg.stack them"
            if several
            else "keep the result a tensor: no float(), .item() or .numpy() inside the function",
        )
    )


def refuse_integers(name: str, kind: str) -> None:
    """Refuse to differentiate in what holds no real numbers.

    Takes   kind: the dtype of the input, or "float", "int", "bool".
    Raises  DtypeError, naming the input.
    """
    if "float" not in kind:
        held = "truth values" if "bool" in kind else "integers"
        raise DtypeError(
            compose(
                f"wrt: {name} holds {held}: there is no derivative in it.",
                where=user_position(),
                mend="differentiate in an input of floats, or give this one as floats",
            )
        )


def refuse_pi(letters: Iterable[str], numbers: Iterable[Any]) -> None:
    """Refuse a letter that prints as a number of the same formula does: π beside π.

    Raises  NameRefused, naming the letter.
    """
    named = sorted({"pi", "π"}.intersection(letters))
    if named and any(isinstance(n, sympy.Basic) and n.has(sympy.pi) for n in numbers):
        raise NameRefused(
            compose(
                f"{named[0]!r} is the name of an input, and the number π stands in the formula.",
                where=user_position(),
                mend="give the input another name",
            )
        )


def numbers_in(text: Printed) -> Iterator[Any]:
    """The numbers that a printed formula shows, those of its lets and conditions too."""
    for tree in (text.tree, *(let.tree for let in text.lets), *text.conditions):
        yield from (part.value for part in parts(tree) if part.head == "number")


def _mend(program: Program) -> str:
    if program.values:
        return 'notation="element" writes the entries out; sg.func.jacrev gives the numbers'
    wrt = f'wrt="{program.wrt[0]}", ' if program.wrt else ""
    return (
        f'give example inputs, closed_form(f, a, {wrt}notation="element"), whose path is kept; '
        "sg.func.jacrev gives the numbers"
    )


def _operation(word: str, program: Program) -> Node | None:
    """The first operation that holds a word, or whose derivatives do."""
    for node, expression in program.steps:
        if word in _words(expression.node):
            return node
    return next((node for node, _ in program.steps if word in _derived_words(node)), None)


def _words(root: Part) -> set[str]:
    return {str(getattr(part.data, "word", "")) for part in reachable([root])}


def _derived_words(node: Node) -> set[str]:
    """The words of an operation's first and second derivatives, by itself."""
    shapes = [shape_of(getattr(o, "form", ())) for o in node.operands]
    letters = tuple(leaf(f"operand {k}", shape) for k, shape in enumerate(shapes))
    params = {k: v for k, v in node.params.items() if k != "path"}
    found: set[str] = set()
    try:
        value = TENSORS.apply(node.rule, letters, params)
        roots = [value.node] if isinstance(value, Expression) else []
        for order in range(2):
            roots = [g for root in roots for g in _gradients(root, letters, order)]
            found = found.union(*map(_words, roots))
    except FAILURES:
        return found  # this operation alone has no derivative that could be asked further
    return found


def _gradients(root: Part, letters: tuple[Any, ...], order: int) -> Iterator[Part]:
    seed = leaf(f"cotangent {order}", root.sizes)
    for letter in letters:
        yield gradient(TENSORS, root, seed.node, letter.node)
