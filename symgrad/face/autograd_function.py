"""``symgrad.autograd.function``: a person's own functions, as in PyTorch."""

from symgrad.tracing.custom import Function, once_differentiable
from symgrad.tracing.function_context import FunctionCtx

__all__ = ["Function", "FunctionCtx", "once_differentiable"]
