"""``sg.closed_form``: the formula of a traced result, or of its derivatives."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from symgrad.algebras.devices import to_host
from symgrad.errors import NoClosedForm, TraceError, compose
from symgrad.modes import record
from symgrad.symbolic import derivatives
from symgrad.symbolic.checking import check as check_numbers
from symgrad.symbolic.form import ClosedForm
from symgrad.symbolic.letters import Letters, caller, name_leaves, variables
from symgrad.symbolic.lowering import Lowering, guards_between
from symgrad.tracing.guards import Taken, watched
from symgrad.tracing.naming import NameRefused, check_name
from symgrad.tracing.node import Foreign, Leaf
from symgrad.tracing.storage import tick
from symgrad.tracing.tensor import Tensor, leaf_of, wrap
from symgrad.tracing.walks import structure

__all__ = ["ClosedForm", "closed_form"]


def closed_form(
    of: Tensor | Callable[..., Any],
    *args: Any,
    wrt: Any = None,
    notation: str = "element",
    check: bool = True,
    **sizes: Any,
) -> ClosedForm:
    """The formula of a traced result, or of its derivative, one expression an entry.

    Takes   of: a traced tensor, then the tensors to differentiate in, one after another (x, x gives
            the Hessian); or a function, then example inputs, with ``wrt`` a parameter's name or
            position, or a tuple of them; check: compare the formula with the numbers once.
    Gives   a ``ClosedForm`` of the shape of the result, then of each tensor differentiated in.
    Raises  NoClosedForm where a rule has no formula or it would be too large; GraphError where a
            leaf has been written since; FormulaError where formula and numbers disagree.
    Limits  entry by entry, so for small examples; branches are those that the program took: of a
            function all in the call, of a tensor all on its leaves since they were last written.

    >>> x = sg.tensor([[1.0, 2.0]], requires_grad=True)
    >>> sg.closed_form((3 * x + 2) ** 2, x).shape
    (1, 2, 1, 2)
    >>> print(sg.closed_form(lambda a, b: a * b**2, 2.0, 3.0, wrt="b"))
    2*a*b
    """
    _refuse_notation(notation, sizes)
    if isinstance(of, Tensor):
        given = (*args, *_listed(wrt))
        return _of_tensor(of, given, variables(caller()), check)
    if not callable(of):
        raise TypeError(f"closed_form takes a tensor or a function, not {type(of).__name__}")
    inputs, names = _inputs(of, args)
    chosen = [inputs[_position(w, names)] for w in _listed(wrt)]
    start = tick()
    with record(), watched(leaf_of(x) for x in inputs) as taken:
        result = of(*inputs)
    if not isinstance(result, Tensor):
        raise TraceError(f"the function gave {type(result).__name__}, not a tensor")
    return _of_tensor(result, chosen, variables(caller()), check, start, taken)


def _refuse_notation(notation: str, sizes: Mapping[str, Any]) -> None:
    if notation not in ("element", "index", "matrix"):
        raise ValueError(f"notation is 'element', 'index' or 'matrix', not {notation!r}")
    if notation != "element":
        raise NoClosedForm(
            f"notation={notation!r} is not there yet: it comes with symbolic sizes; "
            f"notation='element' works"
        )
    if sizes:
        first = next(iter(sizes))
        raise NoClosedForm(
            f"{first}={sizes[first]!r}: symbolic sizes come with index notation; give example "
            f"inputs by position instead: closed_form(f, a, b, wrt='a')"
        )


def _listed(wrt: Any) -> tuple[Any, ...]:
    if wrt is None:
        return ()
    return tuple(wrt) if isinstance(wrt, (tuple, list)) else (wrt,)


def _inputs(function: Callable[..., Any], args: Sequence[Any]) -> tuple[list[Tensor], list[str]]:
    """The example inputs as fresh leaves, named as the function names them."""
    names = _parameter_names(function, len(args))
    made = []
    for name, value in zip(names, args, strict=True):
        raw = to_host(value._value) if isinstance(value, Tensor) else np.asarray(value)
        if raw.dtype.kind not in "fiub":
            raise TypeError(f"{name}: example inputs are tensors, arrays and numbers")
        if isinstance(value, int) and not isinstance(value, bool):
            raw = raw.astype(np.float64)  # a number that a person types stands for a real one
        tensor = wrap(np.array(raw) if raw.shape else raw[()])
        leaf = leaf_of(tensor)
        leaf.assigned = name
        if raw.dtype.kind == "f":
            tensor.requires_grad_()
        made.append(tensor)
    return made, names


def _parameter_names(function: Callable[..., Any], count: int) -> list[str]:
    try:
        found = [
            p.name for p in inspect.signature(function).parameters.values()
            if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        ]  # fmt: skip
    except (TypeError, ValueError):
        found = []
    names = []
    for k in range(count):
        try:
            names.append(check_name(found[k]))
        except (IndexError, NameRefused):
            names.append(f"x{k}")
    return names


def _position(wanted: Any, names: Sequence[str]) -> int:
    if isinstance(wanted, int) and -len(names) <= wanted < len(names):
        return wanted
    if wanted in names:
        return names.index(wanted)
    raise TypeError(f"wrt={wanted!r}: the inputs are {', '.join(names) or 'none'}")


def _of_tensor(
    y: Tensor,
    wrt: Sequence[Any],
    known: Mapping[int, str],
    check: bool,
    start: int = 0,
    taken: Taken | None = None,
) -> ClosedForm:
    for x in wrt:
        if not isinstance(x, Tensor):
            raise TypeError(f"closed_form differentiates in tensors, not {type(x).__name__}")
    _refuse_unrecorded(y, wrt)
    nodes, leaves = derivatives.inputs_of(y, wrt)
    guards, dropped = guards_between(nodes, leaves, start, taken)
    outside = [leaf for g in guards for leaf in structure([g.rebuilt()])[1]]
    every = sorted({*leaves, *outside}, key=lambda item: item.seq)
    tensors = {leaf_of(x): x for x in wrt}
    names, letters = name_leaves(every, known, tensors)
    traced = derivatives.again(y, wrt, nodes, leaves)
    lowering = Lowering(names, letters.taken)
    for item, tensor in traced.leaves.items():
        lowering.same(item, tensor)
    lowered = lowering.finish(traced.results, guards)
    form = ClosedForm(
        lowered.expressions,
        traced.shape,
        lets=lowered.lets,
        branches=lowered.branches,
        dropped=dropped,
        wrt=tuple(names[leaf_of(x)] for x in wrt),
        **_tables(names, lowering, tensors, letters),
    )
    if check and traced.numbers:
        check_numbers(form, traced)
    return form


def _tables(
    names: Mapping[Any, str], lowering: Lowering, tensors: Mapping[Any, Tensor], letters: Letters
) -> dict[str, Any]:
    """Shapes, values and constants by letter."""
    held = {n: tensors[item]._value if item in tensors else item.value for item, n in names.items()}
    values = {n: np.array(to_host(v)) for n, v in held.items() if v is not None}
    raw = {n for item, n in names.items() if isinstance(item, Foreign)}
    shapes = {n: array.shape for n, array in lowering.arrays.items()}
    return {
        "letters": shapes,
        "values": {n: v for n, v in values.items() if n in shapes},
        "constants": {n: v for n, v in values.items() if n in raw and n in shapes},
    }


def _refuse_unrecorded(y: Tensor, wrt: Sequence[Tensor]) -> None:
    """A bare value has no formula in other tensors."""
    bare = not y._rg and (y.node is None or type(y.node) is Leaf)
    named = isinstance(y.node, Leaf) and y.node.assigned is not None
    if bare and not named and all(x is not y for x in wrt):
        raise NoClosedForm(
            compose(
                "this tensor is a bare value: nothing was recorded on the way to it.",
                mend="make an input with requires_grad=True, or compute inside `with sg.record():`",
            )
        )
