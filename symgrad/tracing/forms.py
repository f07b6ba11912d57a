"""Methods of tensors that no function has: other forms, and Python's numbers; for ``methods``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symgrad.errors import ShapeError, compose, user_position
from symgrad.tracing import arrangement, buffers
from symgrad.tracing.calling import beside, call
from symgrad.tracing.complexes import refuse_complex
from symgrad.tracing.dtypes import DType
from symgrad.tracing.functions import FUNCTIONS, TWIN_METHODS
from symgrad.tracing.parts import conjugated
from symgrad.tracing.tensor import Tensor, refuse_many, warn_leaving


def _view(self: Tensor, *shape: Any) -> Tensor:
    """The same entries of the same memory in another shape, or read as another dtype.

    Raises  ShapeError where the entries do not lie in order: ``reshape`` copies them.
    """
    if len(shape) == 1 and isinstance(shape[0], DType):
        return buffers.viewed_as(self, shape[0])
    made = FUNCTIONS["reshape"](self, *shape)
    mine, its = self._value, made._value
    scattered = type(mine) is np.ndarray and not mine.flags.c_contiguous and mine.size
    if scattered and not np.may_share_memory(mine, its):
        raise ShapeError(
            compose(
                "view size is not compatible with input tensor's size and stride (at least one "
                "dimension spans across two contiguous subspaces).",
                [("size", tuple(mine.shape)), ("stride", buffers.stride(self))],
                where=user_position(),
                mend="Use .reshape(...) instead, which copies",
            )
        )
    return made  # type: ignore[no-any-return]


def _fill_diagonal(self: Tensor, fill_value: Any, wrap: bool = False) -> Tensor:
    """Write one number into the diagonal.

    Raises  ShapeError for a vector, or for axes that differ where there are more than two.

    >>> sg.zeros(2, 2).fill_diagonal_(1)
    tensor([[1., 0.],
            [0., 1.]])
    """
    shape = tuple(self.shape)
    if len(shape) < 2 or (len(shape) > 2 and len({*shape}) > 1):
        raise ShapeError(
            compose(
                "fill_diagonal_(): dimensions must be larger than 1, and all of equal length "
                "where there are more than two.",
                [("self", shape)],
                where=user_position(),
            )
        )
    mask = np.zeros(shape, dtype=bool)
    np.fill_diagonal(mask, True, wrap=wrap)
    return TWIN_METHODS["masked_fill_"](self, beside(mask, self), fill_value)  # type: ignore[no-any-return]


def _sum_to_size(self: Tensor, *size: Any) -> Tensor:
    """Summed over what broadcasting would have spread, down to a size that broadcasts to this.

    Raises  ShapeError for a size that does not.

    >>> sg.ones(2, 3).sum_to_size(1, 3)
    tensor([[2., 2., 2.]])
    """
    listed = size[0] if len(size) == 1 and isinstance(size[0], (tuple, list)) else size
    wanted, shape = tuple(listed), tuple(self.shape)
    lead = len(shape) - len(wanted)
    fits = lead >= 0 and all(n in (1, m) for n, m in zip(wanted, shape[lead:], strict=True))
    if not fits:
        raise ShapeError(
            compose(
                f"size {list(wanted)} is not expandable to size {list(shape)}.",
                where=user_position(),
            )
        )
    gone = tuple(i for i in range(len(shape)) if i < lead or wanted[i - lead] != shape[i])
    total = call("sum", self, axis=gone, keepdims=True) if gone else self
    return call("reshape", total, shape=wanted) if lead else total


def _matrix_transpose(name: str, doc: str) -> property:
    def read(self: Tensor) -> Tensor:
        if name == "H" and self.ndim != 2 and self.ndim != 0:
            raise ShapeError(
                compose(
                    f"tensor.H is only supported on matrices (2-D tensors). Got {self.ndim}-D "
                    "tensor.",
                    where=user_position(),
                    mend="x.mH is the adjoint of each matrix of a batch",
                )
            )
        if self.ndim == 1:
            raise ShapeError(
                compose(
                    f"tensor.{name} is only supported on matrices or batches of matrices. Got "
                    f"{self.ndim}-D tensor.",
                    where=user_position(),
                )
            )
        turned = FUNCTIONS["transpose"](self, -2, -1) if self.ndim else self
        return turned if name == "mT" else conjugated(turned)

    return property(read, doc=doc)


# what Python asks of a number ---------------------------------------------------------------------


def _float(self: Tensor) -> float:
    """The single entry, for ``float(x)``."""
    refuse_many(self)
    warn_leaving(self, "float()")
    refuse_complex("float(x)", self._value)
    return float(self.item())


def _int(self: Tensor) -> int:
    """The single entry, for ``int(x)``."""
    refuse_many(self)
    warn_leaving(self, "int()")
    refuse_complex("int(x)", self._value)
    return int(self.item())


def _complex(self: Tensor) -> complex:
    """The single entry, for ``complex(x)``."""
    refuse_many(self)
    warn_leaving(self, "complex()")
    return complex(self.item())


METHODS: dict[str, Callable[..., Any]] = {
    "view": _view, "fill_diagonal_": _fill_diagonal, "sum_to_size": _sum_to_size,
    "reshape_as": arrangement.view_as, "__float__": _float, "__int__": _int,
    "__complex__": _complex,
}  # fmt: skip
PROPERTIES: dict[str, Any] = {
    "mT": _matrix_transpose("mT", "The last two axes swapped."),
    "H": _matrix_transpose("H", "The adjoint of a matrix: of a real one, the transpose."),
    "mH": _matrix_transpose("mH", "The adjoint of each matrix: of real ones, the transpose."),
}
