"""Who shares a buffer, and when it was last written; imported by nodes and tensors.

A version is the moment of the last write, on the same clock that numbers the nodes: a value kept
at moment s is stale exactly when its storage was written after s.
"""

from __future__ import annotations

import itertools
import threading
import weakref
from typing import Any

#: One clock for nodes, leaves and writes.
CLOCK = itertools.count(1)
tick = CLOCK.__next__

#: The moment of the last write to any storage: while it is older than a node, nothing is stale.
LAST_WRITE = [0]
_WRITING = threading.Lock()


class Storage:
    """A buffer as its views, ``detach`` and ``.data`` share it.

    ``version`` is the moment of its last write, ``silent`` of the last one that no graph recorded.
    """

    __slots__ = ("aliases", "families", "inference", "silent", "version", "writer", "writes")

    def __init__(self, inference: bool = False) -> None:
        self.inference = inference  # made in inference mode: written there only
        self.version = self.silent = 0
        self.writes = 0
        self.aliases: tuple[weakref.ref[Any], ...] = ()  # detached inside a recording
        self.families: tuple[weakref.ref[Any], ...] = ()  # bases with views: aliases have their own
        self.writer: object = None  # where the last write was, for the error that names it

    def share(self, family: Any) -> None:
        """Note a base that has views in this buffer."""
        if not any(known() is family for known in self.families):
            alive = (known for known in self.families if known() is not None)
            self.families = (*alive, weakref.ref(family))

    def is_aliased(self) -> bool:
        """Whether a recording has detached tensors on it: they share values, and no history."""
        return any(alias() is not None for alias in self.aliases)

    def written(self, where: object, *, recorded: bool = False) -> None:
        """Note a write."""
        with _WRITING:  # the last write of any thread stays the last
            self.writes += 1
            self.version = LAST_WRITE[0] = tick()
        self.silent = self.silent if recorded else self.version
        self.writer = where
