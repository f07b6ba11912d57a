"""``symgrad.autograd``: reverse mode, as in PyTorch."""

from symgrad.face import functional
from symgrad.tracing.autograd import backward, grad

__all__ = ["backward", "functional", "grad"]
