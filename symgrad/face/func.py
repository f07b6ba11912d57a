"""``symgrad.func``: functions that make functions, as in PyTorch and JAX."""

from symgrad.tracing.transforms import grad, jvp, value_and_grad, vjp
from symgrad.tracing.vmap import vmap

__all__ = ["grad", "jvp", "value_and_grad", "vjp", "vmap"]
