"""``symgrad.autograd``: reverse mode, as in PyTorch."""

from symgrad.tracing.autograd import backward, grad

__all__ = ["backward", "grad"]
