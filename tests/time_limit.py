"""A limit on the time of a block, for proofs and comparisons that may not end."""

from __future__ import annotations

import gc
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class OutOfTime(BaseException):
    """A block took longer than it may: no handler of ordinary errors takes it for one."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise OutOfTime in the block after so many seconds by the clock.

    A timer of the processor's time would make ``process_time`` as coarse as the timer's tick. The
    collector is off meanwhile: what is raised in its callbacks is printed and lost.
    """

    def stop(*_: Any) -> None:
        raise OutOfTime

    collecting = gc.isenabled()
    gc.disable()
    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if collecting:
            gc.enable()
