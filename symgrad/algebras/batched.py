"""The carrier of the batched algebra: many values that a program takes for one.

``batching`` reads rules over it, and gives it its operators.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from symgrad.algebras.devices import in_host, to_host
from symgrad.errors import TraceError, compose, user_position


class Batched:
    """What a program under ``vmap`` computes with: many values that it takes for one.

    ``data`` is a tensor of the level outside; ``mapped`` says whether it has the hidden axis, in
    front, or is the same for all. ``shape`` is what the program sees.
    """

    __slots__ = ("data", "level", "mapped", "shape")

    __getitem__: Callable[..., Any]  # as the operators: ``batched_operators`` gives it

    batched = True
    __array_ufunc__ = None  # NumPy leaves its operators to those below

    def __init__(self, data: Any, level: Any, mapped: bool) -> None:
        self.data, self.level, self.mapped = data, level, mapped
        shape = data._value.shape
        self.shape = shape[1:] if mapped else shape

    @property
    def raw(self) -> Any:
        """The values, as the level outside holds them."""
        return self.data._value

    @property
    def array(self) -> Any:
        """The values, as the array library holds them: below every level."""
        value = self.raw
        while isinstance(value, Batched):
            value = value.raw
        return value

    @property
    def dtype(self) -> Any:
        """The dtype, as the array library's own."""
        return self.raw.dtype

    @property
    def device(self) -> Any:
        """The device, as the array library's own."""
        return getattr(self.raw, "device", "cpu")

    @property
    def ndim(self) -> int:
        """How many axes the program sees."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """How many entries the program sees."""
        return math.prod(self.shape)

    def beside(self, raw: Any) -> Batched:
        """A raw value as one that all inputs of this level share."""
        return Batched(self.level.inside.held(raw), self.level, False)

    def scalar_type(self) -> Any:
        """The type of NumPy's scalars of this dtype; None for another library's arrays."""
        inner = self.array
        return inner.dtype.type if in_host(inner) else None

    def detached(self) -> Batched:
        """The same values, without their history outside."""
        return Batched(self.level.inside.detached(self.data), self.level, self.mapped)

    def get(self) -> Any:
        """The values on the host: only where they are the same for all.

        Raises  TraceError where each input has its own.
        """
        if self.mapped:
            self.refuse("the value")
        return to_host(self.raw)

    def item(self) -> Any:
        """The single entry, under the same condition."""
        return self.get().item()

    def refuse(self, how: str) -> None:
        """Raise TraceError: many values do not make one number or one branch."""
        branch = how == "a branch"
        what = "data-dependent control flow" if branch else f"{how} of a Tensor"
        raise TraceError(
            compose(
                f"vmap: {what} has no one answer: each of the {self.level.size} inputs has its "
                "own.",
                where=user_position(),
                mend="choose with sg.where(condition, a, b), which keeps both" if branch
                else "keep it a tensor, or call the function on one input at a time",
            )
        )  # fmt: skip

    def __bool__(self) -> bool:
        if self.mapped:
            self.refuse("a branch")
        return bool(to_host(self.raw))
