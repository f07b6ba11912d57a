"""``symgrad.func``: functions that make functions, as in PyTorch and JAX."""

from symgrad.tracing.forward import jvp, linearize
from symgrad.tracing.jacobians import hessian, jacfwd, jacrev
from symgrad.tracing.transforms import grad, grad_and_value, value_and_grad, vjp
from symgrad.tracing.vmap import vmap

__all__ = [
    "grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "linearize", "value_and_grad",
    "vjp", "vmap",
]  # fmt: skip
