"""``symgrad.autograd.functional``: Jacobians and Hessians, as in PyTorch."""

from symgrad.tracing.functional import hessian, hvp, jacobian, jvp, vhp, vjp

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]
