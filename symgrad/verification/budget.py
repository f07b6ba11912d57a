"""What a route may cost, estimated before it starts, and which elements it then looks at."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

#: Seconds for one scalar operation of a route, where nothing has been measured yet.
SECONDS_PER_DIGIT_OPERATION = 1.2e-5
SECONDS_PER_SYMBOL_OPERATION = 1e-4


@dataclass(frozen=True)
class Budget:
    """Seconds for a call, shared out among its routes; the same seed draws the same sample."""

    seconds: float
    seed: int

    def share(self, part: float) -> float:
        """A part of the whole, in seconds."""
        return self.seconds * part

    def affordable(self, wanted: int, each: float, seconds: float) -> int:
        """How many of ``wanted`` equal pieces of work fit; below all of them a round number.

        Round numbers keep a sample the same when a machine is a little faster or slower.
        """
        fits = int(seconds / each) if each > 0 else wanted
        if fits >= wanted:
            return wanted
        return 0 if fits < 1 else 2 ** int(math.log2(fits))

    def sample(self, total: int, count: int) -> list[int]:
        """``count`` of ``total`` places in a seeded order; a larger sample contains a smaller."""
        if count >= total:
            return list(range(total))
        rng = np.random.default_rng(self.seed)
        if total <= 1 << 20:
            return sorted(rng.permutation(total)[:count].tolist())
        seen: dict[int, None] = {}
        while len(seen) < count:
            seen[int(rng.integers(total))] = None
        return sorted(seen)
