"""The same entries in another dtype, on another device, or out of several outputs.

Imports the grammar only.
"""

from __future__ import annotations

from typing import Any

from symgrad.grammar.domain import reals
from symgrad.grammar.plan import Cotangents
from symgrad.grammar.primitive import reindexing

__all__ = ["cast", "component", "to_device"]


@reindexing(domain=reals, integers=True, grad_fn="ToCopyBackward0", inner=True)
def cast(xp: Any, x: Any, *, dtype: Any) -> Any:
    r"""The same values, rounded to another dtype.

    Takes   x: array, any shape; dtype: a dtype of x's array library.
    Gives   an array of x's shape; x itself where the dtype is x's.
    Source  the identity; rounding is not differentiated.

    >>> sg.tensor([1.0, 2.0], requires_grad=True).to(sg.float64)
    tensor([1., 2.], dtype=symgrad.float64, grad_fn=<ToCopyBackward0>)
    """
    return xp.cast(x, dtype=dtype)


@cast.adjoint("x")
def _(xp: Any, g: Any, dtypes: Any) -> Any:
    return xp.cast(g, dtype=dtypes[0])


@cast.shape
def _(shapes: Any) -> Any:
    return shapes[0]


@reindexing(domain=reals, integers=True, grad_fn="ToCopyBackward0", inner=True)
def to_device(xp: Any, x: Any, *, device: Any, source: Any) -> Any:
    r"""The same values on another device.

    Takes   x: array, any shape and dtype; device: a device of x's array library; source: the one
            that x is on, which the gradient goes back to.
    Gives   an array of x's shape and dtype.
    Source  the identity; the adjoint moves back.

    >>> sg.tensor([1.0]).to("cpu")
    tensor([1.])
    """
    return xp.to_device(x, device=device, source=source)


@to_device.formula
def _(xp: Any, x: Any, *, device: Any, source: Any) -> Any:
    return x  # symbols and exact numbers live nowhere


@to_device.adjoint("x")
def _(xp: Any, g: Any, device: Any, source: Any) -> Any:
    return xp.to_device(g, device=source, source=device)


@to_device.shape
def _(shapes: Any) -> Any:
    return shapes[0]


@reindexing(domain=reals, integers=True, inner=True, projection=True)
def component(xp: Any, x: Any, *, k: int, n: int) -> Any:
    r"""One output of a rule that has several.

    Takes   x: the tuple of outputs; k: which; n: how many there are.
    Gives   the output.
    Source  a projection; the adjoint hands on None for the other outputs.

    >>> sg.slogdet(sg.tensor([[-2.0]])).sign
    tensor(-1.)
    """
    return x[k]


@component.adjoint("x")
def _(g: Any, k: int, n: int) -> Any:
    return Cotangents(g if i == k else None for i in range(n))


@component.shape
def _(k: int, shapes: Any) -> Any:
    return shapes[0][k]
