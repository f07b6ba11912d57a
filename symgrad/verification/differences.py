"""Finite differences of f itself, in floats, each with an estimate of its own error."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from symgrad.verification.floats import FORMULAS, WIDEST, run, values_of
from symgrad.verification.recording import Recording, contracted

#: Steps shrink by this; Richardson's extrapolation removes the error in its square.
RATIO = 10.0**0.75
SCALES = 17
#: A call that takes longer than this is made at fewer scales, those that mostly serve.
SLOW, FEW_SCALES = 5e-3, (3, 9)


@dataclass(frozen=True)
class Difference:
    """A derivative along a direction and how far it may be off."""

    value: float
    error: float

    def over(self, size: float) -> Difference:
        """The same in units of 1, from a step of ``size``."""
        return Difference(self.value / size, self.error / size)

    def resolved(self, natural: float) -> bool:
        """Whether the error is small beside what is measured."""
        return self.error <= 1e-4 * max(abs(self.value), 1e-2 * natural)


class Differences:
    """Central differences of a recording's function at many scales, the best one kept.

    Inputs are float64 for it, whatever f was given: the function is the same one. Where the
    trace holds a detached value, or f gives another value when it is called again, the recorded
    graph is run in the place of f.
    """

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.starts = [np.asarray(i.value, np.float64) for i in recording.inputs]
        self.eps = float(np.finfo(np.float64).eps)
        self.repeatable = True
        self._at: Callable[[list[np.ndarray[Any, Any]]], Any] = recording.call
        self._choose()

    @property
    def _range(self) -> tuple[int, int]:
        return (1, SCALES) if self.seconds < SLOW else FEW_SCALES

    @property
    def scales(self) -> int:
        """At how many scales the function is called, twice at each."""
        return self._range[1] - self._range[0] + 1

    def _choose(self) -> None:
        recording = self.recording
        values = values_of(recording)
        held = {n: np.asarray(values[n]) for n in recording.detached}
        outs = [values[t.node] if t.node is not None else t._value for t in recording.outputs]
        traced = float(contracted(outs, recording.cotangents))
        again = recording.call([i.value for i in recording.inputs])
        begun = time.perf_counter()
        with np.errstate(all="ignore"):
            first = self._safe(self.starts)
        self.seconds = time.perf_counter() - begun
        self.repeatable = again == traced or (again != again and traced != traced)
        if held or not self.repeatable or first is None:
            self._at = lambda values: self._replayed(values, held)

    def _safe(self, values: list[np.ndarray[Any, Any]]) -> Any:
        try:
            return self._at(values)
        except (TypeError, ValueError, RuntimeError):  # f takes its own dtype only
            return None

    def _replayed(self, values: list[np.ndarray[Any, Any]], held: dict[Any, Any]) -> float:
        found = run(self.recording, values, held)
        outs = [found[t.node] if t.node is not None else t._value for t in self.recording.outputs]
        return float(contracted(outs, self.recording.cotangents))

    def along(self, direction: list[np.ndarray[Any, Any]]) -> Difference:
        """The derivative along a direction that is scaled as the inputs are."""
        with np.errstate(all="ignore"):
            slopes, noise = self._slopes(direction)
        best = Difference(np.nan, np.inf)
        square = RATIO**2
        extrapolated = [(square * b - a) / (square - 1) for a, b in itertools.pairwise(slopes)]
        for k in range(1, len(extrapolated)):
            spread = abs(extrapolated[k] - extrapolated[k - 1])
            error = spread + noise[k + 1]
            if error < best.error:
                best = Difference(float(extrapolated[k]), float(error))
        return best

    def _slopes(self, direction: list[np.ndarray[Any, Any]]) -> tuple[list[float], list[float]]:
        slopes, noise = [], []
        first, last = self._range
        for k in range(first, last + 1):
            t = RATIO**-k
            up = [x + t * v for x, v in zip(self.starts, direction, strict=True)]
            down = [x - t * v for x, v in zip(self.starts, direction, strict=True)]
            width = self._width(up, down, direction)
            if width == 0.0:
                break
            above, below = self._at(up), self._at(down)
            slopes.append((above - below) / width)
            noise.append(4 * self.eps * max(abs(above), abs(below)) / width)
        return slopes, noise

    def _width(self, up: Any, down: Any, direction: Any) -> float:
        """The step that was really taken, in units of the direction: x + t v is rounded too."""
        gaps = [
            ((u - d)[v != 0] / v[v != 0]).mean()
            for u, d, v in zip(up, down, direction, strict=True)
            if np.any(v != 0)
        ]
        return sum(gaps) / len(gaps) if gaps else 0.0


class WideDifferences(Differences):
    """The same of the formulas, in the widest floats there are: for graphs too large for digits."""

    def _choose(self) -> None:
        self.eps = float(np.finfo(WIDEST).eps)
        self.starts = [np.asarray(i.value, WIDEST) for i in self.recording.inputs]
        values = values_of(self.recording)
        self._held = {n: np.asarray(values[n], WIDEST) for n in self.recording.detached}
        self._at = self._formulas
        begun = time.perf_counter()
        with np.errstate(all="ignore"):
            self.values = self._run(self.starts)
        self.seconds = time.perf_counter() - begun

    def _run(self, starts: list[np.ndarray[Any, Any]]) -> list[Any]:
        found = run(self.recording, starts, self._held, algebra=FORMULAS, dtype=WIDEST)
        return [found[t.node] if t.node is not None else t._value for t in self.recording.outputs]

    def _formulas(self, starts: list[np.ndarray[Any, Any]]) -> Any:
        return contracted(self._run(starts), self.recording.cotangents, WIDEST)
