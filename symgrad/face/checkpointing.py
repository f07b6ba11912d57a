"""``symgrad.utils.checkpoint``: PyTorch's path to checkpoints."""

from types import ModuleType

from symgrad.tracing.saving import checkpoint, checkpoint_sequential

__all__ = ["checkpoint", "checkpoint_sequential", "utils"]

utils = ModuleType("symgrad.utils", "PyTorch's drawer of paths: ``symgrad.utils.checkpoint``.")
