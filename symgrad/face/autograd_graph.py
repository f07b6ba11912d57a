"""``symgrad.autograd.graph``: nodes, and who keeps what backward needs, as in PyTorch."""

from symgrad.tracing.node import Node
from symgrad.tracing.saving import (
    disable_saved_tensors_hooks,
    save_on_cpu,
    saved_tensors_hooks,
)

__all__ = ["Node", "disable_saved_tensors_hooks", "save_on_cpu", "saved_tensors_hooks"]
