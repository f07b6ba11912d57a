"""When two numbers agree: errors in units of the last place, scales, and the words of a verdict.

The verification floor imports this; it knows numbers and nothing of graphs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np


class Verdict(StrEnum):
    """What a check found; the order is from the strongest agreement to the worst news."""

    PROVED = "proved"
    AGREES = "agrees"
    DETACHED = "detached by request"
    ILL_CONDITIONED = "ill-conditioned"
    NOT_DIFFERENTIABLE = "not differentiable here"
    UNDEFINED = "undefined"
    UNCONFIRMED = "unavailable"
    DIFFERS = "differs"


_ORDER = {verdict: place for place, verdict in enumerate(Verdict)}


def worst(verdicts: list[Verdict]) -> Verdict:
    """The worst news among several verdicts.

    >>> worst([Verdict.AGREES, Verdict.DIFFERS]).value
    'differs'
    """
    return max(verdicts, key=_ORDER.__getitem__, default=Verdict.PROVED)


@dataclass(frozen=True)
class Tolerance:
    """How far a subject may lie from a reference: in ULPs, or by its caller's rtol and atol."""

    k_ulp: float
    rtol: float | None = None
    atol: float | None = None

    @property
    def own(self) -> bool:
        """Whether the caller gave the tolerance."""
        return self.rtol is not None or self.atol is not None

    def holds(self, error: float, reference: float, raw_ulps: float) -> bool:
        """Whether an error is within the tolerance, before any condition is weighed."""
        if self.own:
            return error <= (self.atol or 0.0) + (self.rtol or 0.0) * abs(reference)
        return raw_ulps <= self.k_ulp


def spacing(reference: float, dtype: Any) -> float:
    """The distance between floats of a dtype at a reference value.

    >>> spacing(1.0, np.float64) == 2.0**-52
    True
    """
    info = np.finfo(dtype)
    size = abs(reference)
    if size == 0 or not math.isfinite(size):
        return float(info.smallest_subnormal) if size == 0 else float(info.max) * float(info.eps)
    low = max(
        math.frexp(size)[1] - 1 - (info.nmant), math.frexp(float(info.smallest_subnormal))[1] - 1
    )
    return math.ldexp(1.0, low)


def ulps(got: float, reference: Any, dtype: Any) -> float:
    """The distance from a reference (an mpmath number) in units of its last place.

    >>> import mpmath
    >>> ulps(1.0 + 2.0**-52, mpmath.mpf(1), np.float64)
    1.0
    """
    return _distance(got, reference, dtype)[1]


def error_of(got: float, reference: Any) -> float:
    """The distance from a reference; inf where only one of the two is finite."""
    return _distance(got, reference, np.float64)[0]


def _distance(got: float, reference: Any, dtype: Any) -> tuple[float, float]:
    got = float(got)
    rounded = float(reference)
    if math.isnan(got) or math.isnan(rounded):
        return (0.0, 0.0) if math.isnan(got) and math.isnan(rounded) else (math.inf, math.inf)
    beyond = abs(rounded) > float(np.finfo(dtype).max)
    if math.isinf(got) or math.isinf(rounded) or beyond:
        # An overflow that the exact value explains is right.
        same = (math.isinf(got) or (beyond and abs(got) == np.finfo(dtype).max)) and beyond
        same = same and (got > 0) == (rounded > 0)
        return (0.0, 0.0) if same else (math.inf, math.inf)
    if hasattr(reference, "context"):
        error = float(abs(reference.context.mpf(got) - reference))
    else:
        error = float(abs(np.longdouble(got) - np.longdouble(reference)))
    unit = spacing(rounded, dtype)
    return error, error / unit


def figure(value: float) -> str:
    """An error in ULPs as people read it: what is far below one is none.

    >>> figure(1e-70), figure(0.4)
    ('0', '0.4')
    """
    return "0" if value < 0.05 else number(value)


def number(value: float) -> str:
    """A count of ULPs, a condition or an error as people read it.

    >>> number(0.4), number(12.0), number(3.1e9), number(float("inf"))
    ('0.4', '12', '3.1e+09', 'inf')
    """
    if value == 0:
        return "0"
    if math.isfinite(value) and 0.05 <= abs(value) < 1e5:
        return f"{value:.0f}" if abs(value) >= 9.95 else f"{value:.1f}".removesuffix(".0")
    return f"{value:.1e}"
