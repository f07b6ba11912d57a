"""``symgrad.nn``: the door to ``nn.functional``."""

from symgrad.face import functional

__all__ = ["functional"]
