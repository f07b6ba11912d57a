"""``symgrad.func``: functions that make functions, as in PyTorch and JAX."""

from symgrad.tracing.transforms import grad, jvp, value_and_grad, vjp

__all__ = ["grad", "jvp", "value_and_grad", "vjp"]
