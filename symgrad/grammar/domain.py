"""Where a rule is defined, as data; part of the grammar, so anyone above may import it.

A domain is read by the tests and by ``crosscheck`` (operands are drawn from it), by the
reference pages, and by the algebras that need an assumption.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Domain:
    """A set of operands: an interval of reals with isolated points left out, or a sort of matrix.

    ``smooth_off`` holds points where the function has a value but no derivative; drawn operands
    keep away from them, and tests visit them on purpose. ``distinct`` asks that no two entries
    tie.
    """

    name: str
    low: float = -math.inf
    high: float = math.inf
    poles: tuple[float, ...] = ()
    smooth_off: tuple[float, ...] = ()
    dtype: str = "float"  # "float", "int" or "bool"
    distinct: bool = False
    matrix: str = ""  # "", "square" or "invertible"

    def holds(self, value: float) -> bool:
        """Whether a single real number lies inside (matrices are not judged here).

        >>> positive.holds(0.0), reals.holds(-3.0)
        (False, True)
        """
        return self.low < value < self.high and value not in self.poles


reals = Domain("all real numbers")
positive = Domain("x > 0", low=0.0)
nonnegative = Domain("x >= 0, smooth for x > 0", low=0.0, smooth_off=(0.0,))
nonzero = Domain("x != 0", poles=(0.0,))
open_unit = Domain("-1 < x < 1", low=-1.0, high=1.0)
shares = Domain("0 < x < 1", low=0.0, high=1.0)
above_one = Domain("x > 1", low=1.0)
above_minus_one = Domain("x > -1", low=-1.0)
kink_at_zero = Domain("all real numbers, smooth for x != 0", smooth_off=(0.0,))
tangent_domain = Domain("-pi/2 < x < pi/2 and its shifts", low=-math.pi / 2, high=math.pi / 2)
distinct_reals = Domain("real numbers, smooth where no two tie", distinct=True)
booleans = Domain("true or false", dtype="bool")
integers = Domain("integers", dtype="int")
square = Domain("square matrices in the last two axes", matrix="square")
invertible = Domain("invertible matrices in the last two axes", matrix="invertible")


@dataclass(frozen=True)
class Case:
    """One operand layout that a rule is tried on: shapes and the parameters that go with them."""

    shapes: tuple[tuple[int, ...], ...]
    parameters: tuple[tuple[str, Any], ...] = ()


def case(*shapes: tuple[int, ...], **parameters: Any) -> Case:
    """Write a Case in a rule's declaration.

    >>> case((2, 3), shape=(6,)).shapes
    ((2, 3),)
    """
    return Case(shapes, tuple(parameters.items()))
