"""``symgrad.nn``: the door to ``nn.functional``."""

from symgrad.face import nn_functional as functional

__all__ = ["functional"]
