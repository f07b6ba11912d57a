"""Who shares a buffer, and when it was last written; imported by nodes and tensors.

A version is the moment of the last write, on the same clock that numbers the nodes: a value kept
at moment s is stale exactly when its storage was written after s.
"""

from __future__ import annotations

import itertools

#: One clock for nodes, leaves and writes.
CLOCK = itertools.count(1)
tick = CLOCK.__next__

#: The moment of the last write to any storage: while it is older than a node, nothing is stale.
LAST_WRITE = [0]


class Storage:
    """A buffer as its views, ``detach`` and ``.data`` share it.

    ``version`` is the moment of its last write, ``silent`` of the last one that no graph recorded.
    """

    __slots__ = ("inference", "silent", "version", "viewed", "writer")

    def __init__(self, inference: bool = False) -> None:
        self.inference = inference  # made in inference mode: written there only
        self.version = self.silent = 0
        self.viewed = False
        self.writer: object = None  # where the last write was, for the error that names it

    def written(self, where: object, *, recorded: bool = False) -> None:
        """Note a write."""
        self.version = LAST_WRITE[0] = tick()
        self.silent = self.silent if recorded else self.version
        self.writer = where
