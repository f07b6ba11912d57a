"""``sg.closed_form``: the formula of a traced result or of a function, or of their derivatives."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from symgrad.algebras.devices import to_host
from symgrad.errors import NoClosedForm, compose
from symgrad.modes import enable_grad, record
from symgrad.symbolic import any_size, elementwise
from symgrad.symbolic.form import ClosedForm
from symgrad.symbolic.letters import caller, variables
from symgrad.symbolic.refusing import refuse_integers, refuse_pi, tensor_of
from symgrad.tracing.complexes import refuse_complex
from symgrad.tracing.guards import Taken, watched
from symgrad.tracing.naming import NameRefused, check_name
from symgrad.tracing.node import Leaf
from symgrad.tracing.storage import tick
from symgrad.tracing.tensor import Tensor, leaf_of, wrap

__all__ = ["ClosedForm", "closed_form"]

NOTATIONS = ("element", "index", "matrix")


@enable_grad()
def closed_form(
    of: Tensor | Callable[..., Any],
    *args: Any,
    wrt: Any = None,
    notation: str | None = None,
    check: bool = True,
    assume: Mapping[str, Any] | None = None,
    shapes: Mapping[str, str] | None = None,
    **sizes: Any,
) -> ClosedForm:
    """The formula of a program, or of its derivative, at any size.

    Takes   of: a traced tensor, then the tensors to differentiate in, one after another (x, x gives
            the Hessian); or a function, then example inputs; or a function and the sizes of its
            parameters, X="n d", "int n" for integers, "" for a scalar (``shapes={"X": "n d"}``
            where a parameter's name clashes); wrt: a parameter's name or position, or a tuple of
            them; notation: "element", "index" or "matrix", None for the one that reads best;
            assume: what is known of inputs, by name ("symmetric", "positive definite",
            "orthogonal", "diagonal", "positive", "rows sum to one"; several in a tuple);
            check: compare the formula with reverse mode when it is made.
    Gives   a ``ClosedForm`` of the shape of the result, then of each tensor differentiated in.
    Raises  NoClosedForm where an operation has no formula, naming it and its line; TraceError where
            a function that has only sizes asks for numbers; GraphError where a leaf has been
            written since; FormulaError where formula and numbers disagree.
    Limits  branches are those that the program took: of a function all in the call, of a tensor
            all on its leaves since they were last written; element notation is for small examples.
            Indices count from 0.
    Source  reverse mode over einsum expressions; Jacobians by taking off a seed leaf.

    >>> print(sg.closed_form(lambda X, w, y: ((X @ w - y) ** 2).sum(), X="n d", w="d", y="n",
    ...                      wrt="w"))
    2 Xᵀ (X w - y)
    >>> x = sg.tensor([[1.0, 2.0]], requires_grad=True)
    >>> print(sg.closed_form(((3 * x + 2) ** 2).sum(), x, notation="index"))
    6 (3 x[i] + 2)
    >>> print(sg.closed_form(lambda a, b: a * b**2, 2.0, 3.0, wrt="b"))
    2*a*b
    """
    if notation not in (None, *NOTATIONS):
        raise ValueError(f"notation is 'element', 'index' or 'matrix', not {notation!r}")
    how = any_size.How(notation, check, dict(assume or {}))
    if isinstance(of, Tensor):
        if sizes or shapes:
            named = ", ".join({**(shapes or {}), **sizes})
            raise TypeError(f"closed_form of a tensor takes no sizes: {named}")
        given = (*args, *_listed(wrt))
        return _of_tensor(of, given, variables(caller()), how)
    if not callable(of):
        raise TypeError(f"closed_form takes a tensor or a function, not {type(of).__name__}")
    if args and (sizes or shapes):
        raise TypeError("closed_form takes example inputs or sizes, not both")
    if sizes or shapes or not args:
        return any_size.of_function(of, {**(shapes or {}), **sizes}, _listed(wrt), how)
    return _of_call(of, args, wrt, how)


def _of_call(
    of: Callable[..., Any], args: Sequence[Any], wrt: Any, how: any_size.How
) -> ClosedForm:
    names = _parameter_names(of, len(args))
    places = [names.index(any_size.chosen(w, names)) for w in _listed(wrt)]
    inputs = _inputs(names, args, places)
    chosen = [inputs[place] for place in places]
    start = tick()
    with record(), watched(leaf_of(x) for x in inputs) as taken:
        result = tensor_of(of(*inputs))
    return _of_tensor(result, chosen, variables(caller()), how, start, taken)


def _listed(wrt: Any) -> tuple[Any, ...]:
    if wrt is None:
        return ()
    return tuple(wrt) if isinstance(wrt, (tuple, list)) else (wrt,)


def _inputs(names: Sequence[str], args: Sequence[Any], places: Sequence[int]) -> list[Tensor]:
    """The example inputs as fresh leaves, named as the function names them.

    Takes   places: of those that are differentiated in.
    """
    made = []
    for place, (name, value) in enumerate(zip(names, args, strict=True)):
        raw = to_host(value._value) if isinstance(value, Tensor) else np.asarray(value)
        refuse_complex(f"closed_form: the input {name}", raw)
        if raw.dtype.kind not in "fiub":
            raise TypeError(f"{name}: example inputs are tensors, arrays and numbers")
        # A number that a person types stands for a real one; listed ones may be labels.
        typed = isinstance(value, int) or (isinstance(value, (list, tuple)) and place in places)
        if typed and raw.dtype.kind in "iu":
            raw = raw.astype(np.float64)
        tensor = wrap(np.array(raw) if raw.shape else raw[()])
        leaf = leaf_of(tensor)
        leaf.assigned = name
        if raw.dtype.kind == "f":
            tensor.requires_grad_()
        made.append(tensor)
    return made


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


def _of_tensor(
    y: Tensor,
    wrt: Sequence[Any],
    known: Mapping[int, str],
    how: any_size.How,
    start: int = 0,
    taken: Taken | None = None,
) -> ClosedForm:
    for x in wrt:
        if not isinstance(x, Tensor):
            raise TypeError(f"closed_form differentiates in tensors, not {type(x).__name__}")
        name = getattr(leaf_of(x), "assigned", None) or known.get(id(x), "this tensor")
        refuse_integers(name, x.dtype.name)
    _refuse_unrecorded(y, wrt)
    if how.notation != "element":
        form = any_size.of_tensor(y, wrt, known, how, start, taken)
        if form is not None:
            return form
    entries = elementwise.of_tensor(y, wrt, known, how.check, start, taken)
    how.facts(entries.letters)  # entries need no assumptions, and a wrong one is told all the same
    refuse_pi(entries.letters, (*entries.expressions, *entries.lets.values()))
    return entries


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
