"""Comparisons, logic and the tests for special floats; imports the grammar only.

None has a gradient: a result is true or false, and what depends on it is a branch or a mask.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from symgrad.grammar.domain import booleans, reals
from symgrad.grammar.primitive import elementwise

__all__ = [
    "equal", "greater", "greater_equal", "isfinite", "isinf", "isnan", "less", "less_equal",
    "logical_and", "logical_not", "logical_or", "not_equal",
]  # fmt: skip

_truth = partial(elementwise, codomain=booleans, differentiable=False, integers=True)


@_truth(domain=reals, spellings=("numpy.less", "torch.lt"))
def less(xp: Any, a: Any, b: Any) -> Any:
    r"""Whether $a < b$, entry by entry.

    Takes   a, b: real arrays of shapes that broadcast, or numbers.
    Gives   a boolean array of the broadcast shape; False where either is nan.
    Source  the definition.

    >>> sg.less(sg.tensor([1.0, 3.0]), 2)
    tensor([ True, False])
    """
    return xp.less(a, b)


@_truth(domain=reals, spellings=("numpy.less_equal", "torch.le"))
def less_equal(xp: Any, a: Any, b: Any) -> Any:
    r"""Whether $a \le b$, entry by entry.

    Takes   a, b: real arrays of shapes that broadcast, or numbers.
    Gives   a boolean array of the broadcast shape; False where either is nan.
    Source  the definition.

    >>> sg.less_equal(sg.tensor([1.0, 2.0, 3.0]), 2)
    tensor([ True,  True, False])
    """
    return xp.less_equal(a, b)


@_truth(domain=reals, spellings=("numpy.greater", "torch.gt"))
def greater(xp: Any, a: Any, b: Any) -> Any:
    r"""Whether $a > b$, entry by entry.

    Takes   a, b: real arrays of shapes that broadcast, or numbers.
    Gives   a boolean array of the broadcast shape; False where either is nan.
    Source  the definition.

    >>> sg.greater(sg.tensor([1.0, 3.0]), 2)
    tensor([False,  True])
    """
    return xp.greater(a, b)


@_truth(domain=reals, spellings=("numpy.greater_equal", "torch.ge"))
def greater_equal(xp: Any, a: Any, b: Any) -> Any:
    r"""Whether $a \ge b$, entry by entry.

    Takes   a, b: real arrays of shapes that broadcast, or numbers.
    Gives   a boolean array of the broadcast shape; False where either is nan.
    Source  the definition.

    >>> sg.greater_equal(sg.tensor([1.0, 2.0, 3.0]), 2)
    tensor([False,  True,  True])
    """
    return xp.greater_equal(a, b)


@_truth(
    domain=reals,
    method=False,  # torch.equal is one bool for whole tensors; torch.eq is this
    spellings=("numpy.equal", "torch.eq"),
)
def equal(xp: Any, a: Any, b: Any) -> Any:
    r"""Whether $a = b$, entry by entry.

    Takes   a, b: arrays of shapes that broadcast, or numbers.
    Gives   a boolean array of the broadcast shape; False where either is nan.
    Source  the definition.

    >>> sg.eq(sg.tensor([1.0, 2.0]), 2)
    tensor([False,  True])
    """
    return xp.equal(a, b)


@_truth(domain=reals, spellings=("numpy.not_equal", "torch.ne"))
def not_equal(xp: Any, a: Any, b: Any) -> Any:
    r"""Whether $a \ne b$, entry by entry.

    Takes   a, b: arrays of shapes that broadcast, or numbers.
    Gives   a boolean array of the broadcast shape; True where either is nan.
    Source  the definition.

    >>> sg.not_equal(sg.tensor([1.0, 2.0]), 2)
    tensor([ True, False])
    """
    return xp.not_equal(a, b)


@_truth(domain=booleans, spellings=("numpy.logical_and",))
def logical_and(xp: Any, a: Any, b: Any) -> Any:
    r"""Whether both hold, $a \land b$.

    Takes   a, b: boolean arrays of shapes that broadcast.
    Gives   a boolean array of the broadcast shape.
    Source  the definition.

    >>> sg.logical_and(sg.tensor([True, True]), sg.tensor([True, False]))
    tensor([ True, False])
    """
    return xp.logical_and(a, b)


@_truth(domain=booleans, spellings=("numpy.logical_or",))
def logical_or(xp: Any, a: Any, b: Any) -> Any:
    r"""Whether either holds, $a \lor b$.

    Takes   a, b: boolean arrays of shapes that broadcast.
    Gives   a boolean array of the broadcast shape.
    Source  the definition.

    >>> sg.logical_or(sg.tensor([True, False]), sg.tensor([False, False]))
    tensor([ True, False])
    """
    return xp.logical_or(a, b)


@_truth(domain=booleans, spellings=("numpy.logical_not",))
def logical_not(xp: Any, x: Any) -> Any:
    r"""Whether it does not hold, $\lnot x$.

    Takes   x: boolean array, any shape.
    Gives   a boolean array of x's shape.
    Source  the definition.

    >>> sg.logical_not(sg.tensor([True, False]))
    tensor([False,  True])
    """
    return xp.logical_not(x)


@_truth(domain=reals, spellings=("numpy.isnan",))
def isnan(xp: Any, x: Any) -> Any:
    r"""Whether an entry is not a number.

    Takes   x: real array, any shape.
    Gives   a boolean array of x's shape.
    Source  IEEE 754.

    >>> sg.isnan(sg.tensor([1.0, float("nan")]))
    tensor([False,  True])
    """
    return xp.isnan(x)


@_truth(domain=reals, spellings=("numpy.isinf",))
def isinf(xp: Any, x: Any) -> Any:
    r"""Whether an entry is infinite, of either sign.

    Takes   x: real array, any shape.
    Gives   a boolean array of x's shape.
    Source  IEEE 754.

    >>> sg.isinf(sg.tensor([1.0, float("-inf")]))
    tensor([False,  True])
    """
    return xp.isinf(x)


@_truth(domain=reals, spellings=("numpy.isfinite",))
def isfinite(xp: Any, x: Any) -> Any:
    r"""Whether an entry is neither infinite nor nan.

    Takes   x: real array, any shape.
    Gives   a boolean array of x's shape.
    Source  IEEE 754.

    >>> sg.isfinite(sg.tensor([1.0, float("inf"), float("nan")]))
    tensor([ True, False, False])
    """
    return xp.isfinite(x)
