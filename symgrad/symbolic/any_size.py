"""Closed forms in index and matrix notation, of traced tensors and of functions with sizes."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from symgrad.algebras.tensors import TENSORS
from symgrad.algebras.tensors.carrier import held
from symgrad.algebras.tensors.ir import Node
from symgrad.errors import NoClosedForm, compose, user_position
from symgrad.grammar.assumption import check_square, check_values, checked
from symgrad.modes import record
from symgrad.symbolic import agreeing
from symgrad.symbolic import program as programs
from symgrad.symbolic.derivatives import refuse_written
from symgrad.symbolic.deriving import Derived, derived, needed_conditions
from symgrad.symbolic.elementwise import Read, held_values, read
from symgrad.symbolic.lowering import Lowering
from symgrad.symbolic.net import NoMatrix
from symgrad.symbolic.notation_form import NotationForm
from symgrad.symbolic.printed import Naming, Printed, printed
from symgrad.symbolic.program import Program, Traced
from symgrad.symbolic.refusing import (
    numbers_in,
    refuse_integers,
    refuse_pi,
    tensor_of,
    told,
)
from symgrad.tracing.guards import Taken
from symgrad.tracing.naming import check_name
from symgrad.tracing.node import Foreign, Leaf, shape_of
from symgrad.tracing.symbolic import asking_for_numbers, check_sizes, read_sizes, symbol_tensor
from symgrad.tracing.tensor import Tensor, leaf_of
from symgrad.tracing.walks import operand_value, structure


class How(NamedTuple):
    """How a formula is wanted: its notation (None picks), whether it is checked, assumptions."""

    notation: str | None
    check: bool
    assume: dict[str, Any]

    def facts(self, known: Mapping[str, Sequence[Any]]) -> dict[str, tuple[str, ...]]:
        """What is declared of each letter.

        Takes   known: the shape of each input.
        Raises  TypeError for a letter that is not there, ValueError for an unknown assumption,
                ShapeError for one that the shape cannot have.
        """
        found = {}
        for name, declared in self.assume.items():
            if name not in known:
                raise TypeError(f"assume names {name!r}; the inputs are {', '.join(known)}")
            found[name] = checked(declared)
            check_square(name, found[name], known[name])
        return found


# functions with sizes -----------------------------------------------------------------------------


def of_function(
    function: Callable[..., Any], sizes: Mapping[str, str], wrt: Sequence[Any], how: How
) -> NotationForm:
    """The formula of a function whose inputs have sizes and no numbers."""
    started = time.perf_counter()
    order = _parameters(function, sizes)
    if how.notation == "element":
        raise NoClosedForm(
            compose(
                "element notation writes every entry out, and the inputs have sizes only.",
                [(name, f'"{sizes[name]}"') for name in order],
                where=user_position(),
                mend="give example inputs, closed_form(f, a, b, notation='element'), or take "
                "notation='index'",
            )
        )
    check_sizes(sizes)
    known = {name: read_sizes(sizes[name]) for name in order}
    declared = how.facts({name: shape for name, (_, shape) in known.items()})
    tensors = {n: symbol_tensor(n, shape, kind) for n, (kind, shape) in known.items()}
    for name, tensor in tensors.items():
        kind, shape = known[name]
        tensor._value = programs.letter(name, shape, declared.get(name, ()), kind)
        leaf_of(tensor).value = tensor._value
        leaf_of(tensor).requires_grad = tensor._rg = kind == "float"
    letters = [chosen(w, order) for w in wrt]
    for name in letters:
        refuse_integers(name, known[name][0])
    with record(), asking_for_numbers():
        given = function(**tensors) if _takes_names(function) else function(*tensors.values())
    result = tensor_of(given)
    made = _of_symbols(function, result, tensors, letters)
    return _checked(_formed(made, how, started), made, how)


def _parameters(function: Callable[..., Any], sizes: Mapping[str, str]) -> list[str]:
    """The inputs in the function's order, all with sizes.

    Raises  TypeError for one without sizes, or sizes of none.
    """
    try:
        found = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return list(sizes)
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in found):
        return list(sizes)
    names = [p.name for p in found]
    missing = [p.name for p in found if p.name not in sizes and p.default is p.empty]
    unknown = [name for name in sizes if name not in names]
    if missing or unknown:
        rows = [("inputs", ", ".join(names) or "none")]
        what = f"no sizes for {', '.join(missing)}" if missing else f"no input {unknown[0]!r}"
        example = missing[0] if missing else (names or ["X"])[0]
        raise TypeError(
            compose(
                f"closed_form: {what}.",
                rows,
                mend=f'give each input its sizes, {example}="n d", or "" for a scalar; '
                "or example inputs by position",
            )
        )
    for name in sizes:
        check_name(name)
    return [name for name in names if name in sizes]


def _takes_names(function: Callable[..., Any]) -> bool:
    try:
        kinds = {p.kind for p in inspect.signature(function).parameters.values()}
    except (TypeError, ValueError):
        return False
    return not kinds & {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.VAR_POSITIONAL}


def chosen(wanted: Any, names: Sequence[str]) -> str:
    """The input that ``wrt`` names, by its name or its place.

    Raises  TypeError for one that is not there, with those that are.
    """
    place = isinstance(wanted, int) and not isinstance(wanted, bool)
    if place and -len(names) <= wanted < len(names):
        return str(names[wanted])
    if wanted in names:
        return str(wanted)
    raise TypeError(f"wrt={wanted!r}: the inputs are {', '.join(names) or 'none'}")


def _of_symbols(
    function: Callable[..., Any], result: Tensor, tensors: Mapping[str, Tensor], wrt: list[str]
) -> Program:
    letters = {name: t._value for name, t in tensors.items()}
    named = _takes_names(function)

    def run(values: Mapping[str, Any]) -> tuple[Tensor, dict[str, Tensor]]:
        given = {n: programs.number_tensor(values[n], True) for n in letters}
        with record():
            y = function(**given) if named else function(*given.values())
        return y, given

    nodes = structure([leaf_of(result)])[0]
    refuse_written(nodes)
    values = dict(_values_of(nodes))
    raw = result._value
    whole = raw if hasattr(raw, "node") else TENSORS.full(raw.item(), tuple(raw.shape))
    root, more, constants = programs.with_constants(whole, letters)
    return Program(
        root,
        {**letters, **more},
        wrt,
        run,
        constants=constants,
        known=programs.names_in_program(values, nodes),
        steps=programs.steps_of(nodes, values),
    )


def _values_of(nodes: Sequence[Any]) -> list[tuple[Any, Any]]:
    """The expressions of recorded nodes, computed again."""
    leaves = structure(nodes[-1:])[1] if nodes else []
    known = {leaf: _as_traced(leaf.value) for leaf in leaves}
    found = []
    for node in nodes:
        operands = tuple(operand_value(o, known) for o in node.operands)
        known[node] = TENSORS.apply(node.rule, operands, node.params)
        found.append((node, known[node]))
    return found


def _as_traced(value: Any) -> Any:
    """An array as the trace computed with it."""
    return held(value) if hasattr(value, "dtype") and not hasattr(value, "node") else value


# traced tensors -----------------------------------------------------------------------------------


def of_tensor(
    y: Tensor,
    wrt: Sequence[Tensor],
    known: Mapping[int, str],
    how: How,
    start: int,
    taken: Taken | None,
) -> NotationForm | None:
    """The formula of a traced tensor; None where element notation is the one to take."""
    started = time.perf_counter()
    trace = read(y, wrt, known, start, taken)
    shaped = [item for item in trace.names if shape_of(item.form)]
    if how.notation is None and not shaped:
        return None
    declared = how.facts({name: shape_of(item.form) for item, name in trace.names.items()})
    for item, name in trace.names.items():
        if isinstance(item, Leaf) and item.facts:
            declared.setdefault(name, item.facts)
    values = held_values(trace.names, trace.tensors)
    for name in values.keys() & declared.keys():
        check_values(np, name, declared[name], values[name])
    lowering = Traced(trace.names, declared)
    try:
        lowering.lower(trace.nodes)
        made = _of_trace(y, wrt, trace, lowering)
        branches = _branches(trace)
        form = _formed(made, how, started, branches, trace.dropped)
    except NoClosedForm:
        if how.notation is not None:
            raise
        return None
    return _checked(form, made, how)


def _of_trace(y: Tensor, wrt: Sequence[Tensor], trace: Read, lowering: Traced) -> Program:
    names = [trace.names[leaf_of(x)] for x in wrt]
    values = held_values(trace.names, trace.tensors)
    raw = {n for item, n in trace.names.items() if isinstance(item, Foreign)}
    letters = dict(lowering.letters)
    constants = {n: v for n, v in values.items() if n in raw and n in letters}
    constants.update(lowering.constants)
    return Program(
        programs.expression_of(y, lowering.values),
        letters,
        names,
        programs.again(trace.nodes, leaf_of(y), trace.names, names),
        values={**{n: v for n, v in values.items() if n in letters}, **lowering.constants},
        constants=constants,
        known=programs.names_in_program(lowering.values, trace.nodes),
        steps=programs.steps_of(trace.nodes, lowering.values),
    )


def _branches(trace: Read) -> list[Any]:
    if not trace.guards:
        return []
    lowered = Lowering(trace.names, trace.letters.taken).finish([], trace.guards)
    back: dict[Any, Any] = {}
    for let, meaning in lowered.lets.items():
        back[let] = meaning.xreplace(back)
    return [b._replace(condition=b.condition.xreplace(back)) for b in lowered.branches]


# both ---------------------------------------------------------------------------------------------


def _formed(
    made: Program,
    how: How,
    started: float,
    branches: Sequence[Any] = (),
    dropped: Sequence[str] = (),
) -> NotationForm:
    clock = [("trace", started), ("derive", time.perf_counter())]
    try:
        found = derived(made.root, [made.letters[name] for name in made.wrt])
        clock.append(("print", time.perf_counter()))
        text = _printed(found, made, how.notation)
    except NoClosedForm as error:
        raise told(error, made) from error
    form = NotationForm(
        found.short,
        text,
        letters=made.letters,
        values=made.values,
        constants=made.constants,
        wrt=tuple(made.wrt),
        branches=branches,
        dropped=dropped,
    )
    clock.append(("", time.perf_counter()))
    form.timings = {name: after - before for (name, before), (_, after) in pairwise(clock)}
    return form


def _checked(form: NotationForm, made: Program, how: How) -> NotationForm:
    """A form that was compared with its program, if that is wanted."""
    started = time.perf_counter()
    form.checked = how.check and agreeing.check(form, made)
    form.timings["check"] = time.perf_counter() - started
    return form


def _printed(found: Derived, made: Program, notation: str | None) -> Printed:
    sizes = {str(s) for e in made.letters.values() for n in e.shape
             for s in getattr(n, "free_symbols", ())}  # fmt: skip
    naming = Naming({*made.letters, *sizes}, made.known)
    conditions = needed_conditions(found.short.node, found.conditions)
    text = _in_words(found.short.node, conditions, naming, notation)
    refuse_pi(made.letters, numbers_in(text))
    rest = [c for c in found.conditions if c not in conditions]
    return text._replace(implied=tuple(printed(c, (), naming, None).tree for c in rest))


def _in_words(
    node: Node, conditions: Sequence[Node], naming: Naming, notation: str | None
) -> Printed:
    """The formula; in indices, with the reason, where matrix notation is wanted and cannot."""
    try:
        return printed(node, conditions, naming, notation)
    except NoMatrix as error:
        text = printed(node, conditions, naming, "index")
        return text._replace(note=f"in index notation: {error}")
