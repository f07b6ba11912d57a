"""``sg.from_sympy``: a SymPy expression as a function that symgrad differentiates."""

from __future__ import annotations

import inspect
import keyword
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sympy as sp

from symgrad.algebras.devices import in_host
from symgrad.errors import ShapeError, compose
from symgrad.modes import MODE, RECORDING
from symgrad.symbolic.form import shortest
from symgrad.symbolic.sympy_indices import finished, whole
from symgrad.symbolic.sympy_plan import Plan, planned
from symgrad.symbolic.sympy_sizes import ends, solve
from symgrad.symbolic.sympy_values import Part, Run
from symgrad.tracing.calling import call
from symgrad.tracing.creation import as_tensor
from symgrad.tracing.dtypes import default_float, raw_dtype_name
from symgrad.tracing.tensor import Tensor, wrap

__all__ = ["SympyFunction", "from_sympy"]


@dataclass(frozen=True, repr=False)
class SympyFunction:
    """A SymPy expression as a function of its symbols and arrays; made by ``sg.from_sympy``.

    Takes   values for ``names``, by position or by name: tensors, arrays, numbers.
    Gives   a tensor: an axis for each of ``indices``, then the axes of a matrix.
    Raises  TypeError for values that are missing or not asked for; ShapeError for arrays whose
            lengths fit no sizes, and for a result that needs entries outside an array.

    >>> import sympy
    >>> x, y = sympy.symbols("x y")
    >>> f = sg.from_sympy(x**2 / 3 + y)
    >>> f, f.names, f(3.0, y=1.0)
    (sg.from_sympy(x**2/3 + y), ('x', 'y'), tensor(4.))
    """

    expr: Any
    names: tuple[str, ...]
    indices: tuple[str, ...] = ()
    _plan: Plan = field(kw_only=True, compare=False)

    def __post_init__(self) -> None:
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        signature = inspect.Signature([inspect.Parameter(name, kind) for name in self.names])
        # Set on the object: as properties they would hide the class's own name and signature.
        object.__setattr__(self, "__name__", shortest(self.expr))
        object.__setattr__(self, "__signature__", signature)

    def __repr__(self) -> str:
        return f"sg.from_sympy({shortest(self.expr)})"

    def __call__(self, /, *values: Any, **named: Any) -> Any:
        signature: inspect.Signature = self.__signature__  # type: ignore[attr-defined]
        try:
            given = signature.bind(*values, **named).arguments
        except TypeError as error:
            takes = ", ".join(self.names) or "no values"
            raise TypeError(f"{self!r} takes {takes}: {error}") from None
        return _run(
            self._plan, dict(zip(self._plan.order, map(given.get, self.names), strict=True))
        )


def from_sympy(expr: Any, *names: Any, indices: Sequence[Any] | None = None) -> SympyFunction:
    """A SymPy expression as a function of tensors, computed by symgrad's own rules.

    Symbols and ``IndexedBase``s are its parameters. Sizes (what stands in the bounds of a ``Sum``
    or in the shape of an ``IndexedBase``) come from the arrays; a free index is an axis of the
    result, as far as every array reaches. Indices count from 0.

    Takes   expr: an expression of real scalars, ``Indexed`` and ``Sum``, or a matrix or array of
            such; names: the parameters in the order wanted (symbols, arrays or their names),
            alphabetical without them; a size named here is a parameter; indices: free indices in
            the order of the result's axes.
    Gives   a ``SympyFunction``, for ``backward``, ``sg.closed_form``, ``sg.crosscheck``.
    Raises  TypeError for what is no SymPy object; NoClosedForm for a function without a rule;
            ValueError for names that do not fit the expression.
    Limits  real numbers; a matrix is one of scalars, no ``MatrixSymbol`` as a whole; constants such
            as sqrt(2) are exact in formulas of the function, floats in those of its result.
    Source  SymPy's tensor.indexed, https://docs.sympy.org/latest/modules/tensor/indexed.html

    >>> import sympy
    >>> i, n = sympy.symbols("i n", integer=True)
    >>> x = sympy.IndexedBase("x")
    >>> f = sg.from_sympy(sympy.Sum(x[i]**2, (i, 0, n - 1)) / n)
    >>> f.names, f(sg.tensor([1.0, 2.0, 4.0]))
    (('x',), tensor(7.))
    >>> print(sg.closed_form(f, np.array([1.0, 2.0]), wrt="x", notation="element"))
    [x[0], x[1]]
    """
    _refuse_others(expr)
    asked = [str(getattr(n, "label", n)) for n in names]
    plan = planned(expr, asked, None if indices is None else [str(i) for i in indices])
    called = _python_names([str(s) for s in plan.order])
    return SympyFunction(plan.expr, called, tuple(str(i) for i in plan.indices), _plan=plan)


def _refuse_others(expr: Any) -> None:
    if isinstance(expr, str):
        raise TypeError(
            f"from_sympy takes a SymPy object, and reads no text; write sg.parse({expr[:40]!r})"
        )
    known = isinstance(expr, (sp.Basic, sp.MatrixBase, sp.NDimArray))
    if not known or isinstance(expr, (sp.Tuple, sp.Dict, sp.Set)):
        raise TypeError(
            f"from_sympy takes a SymPy expression or matrix, not {type(expr).__name__}; "
            f"write sympy.sympify(number), or sympy.Array([...]) for several"
        )


def _python_names(names: Iterable[str]) -> tuple[str, ...]:
    """Names that can stand in a call: Greek where a word is Python's, x0, x1, ... where none is."""
    made: list[str] = []
    for k, name in enumerate(names):
        plain = "λ" if name == "lambda" else name
        fits = plain.isidentifier() and not keyword.iskeyword(plain)
        made.append(plain if fits else f"x{k}")
    if len(set(made)) < len(made):
        raise ValueError(f"these names cannot be told apart in a call: {', '.join(made)}")
    return tuple(made)


def _run(plan: Plan, given: Mapping[str, Any]) -> Any:
    """The steps in order, on the values of one call."""
    dtype = _dtype(given.values())
    arrays = {
        name: _as_array(value, dtype, integers=name in plan.integers)
        for name, value in given.items()
    }
    if plan.counts:
        _refuse_wide(plan, arrays)
    shapes = {name: tuple(arrays[name].shape) for name in plan.bases}
    fixed = {plan.sizes[n]: _as_size(n, arrays[n]) for n in arrays if n in plan.sizes}
    sizes = solve(plan.solving, plan.checks, shapes, fixed)
    ranges = {s: ends(s, places, shapes, sizes) for s, places in plan.ranges.items()}
    recording = bool(MODE.get() & RECORDING)
    run = Run(arrays, sizes, ranges, dtype, recording, _device(arrays.values()))
    slots: list[Part] = []
    with np.errstate(all="ignore") if plan.drops else nullcontext():
        for step in plan.steps:
            slots.append(step.function(run, [slots[k] for k in step.operands], step.data))
    return finished(run, [slots[k] for k in plan.results], plan.axes, plan.shape)


def _refuse_wide(plan: Plan, arrays: Mapping[str, Any]) -> None:
    for name, array in arrays.items():
        if name in plan.scalars and array.ndim:
            raise ShapeError(
                compose(
                    f"{name} is one number beside indexed arrays; it has the shape "
                    f"{tuple(array.shape)}.",
                    mend=f"write IndexedBase({name!r})[i] for an array, or give a number",
                )
            )


def _as_size(name: str, array: Any) -> int:
    part = whole(Part(array), name)
    return int(np.asarray(part.value).item())


def _dtype(values: Iterable[Any]) -> Any:
    """The float dtype that the arrays share, else the default."""
    raws = [v._value if isinstance(v, Tensor) else v for v in values]
    names = [raw_dtype_name(r) for r in raws if hasattr(r, "dtype")]
    floats = [np.dtype(name) for name in names if name[0] == "f"]
    return np.result_type(*floats) if floats else default_float()


def _device(values: Iterable[Any]) -> Any:
    """Where the arrays are, None for the host: there the constants go too."""
    raws = [v._value if isinstance(v, Tensor) else v for v in values]
    there = [r for r in raws if hasattr(r, "dtype") and not in_host(r)]
    return wrap(there[0]).device if there else None  # type: ignore[attr-defined]


def _as_array(value: Any, dtype: Any, *, integers: bool) -> Any:
    """A value as a tensor; integers are floats, but where an index is read from them."""
    if not hasattr(value, "dtype"):
        value = np.asarray(value)
        value = value if integers else value.astype(dtype)
    tensor = as_tensor(value)
    whole_numbers = raw_dtype_name(tensor._value)[0] in "iu"
    return call("cast", tensor, dtype=dtype) if whole_numbers and not integers else tensor
