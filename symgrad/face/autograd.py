"""``symgrad.autograd``: reverse mode, as in PyTorch."""

from symgrad.face import autograd_function as function
from symgrad.face import autograd_graph as graph
from symgrad.modes import enable_grad, inference_mode, no_grad, set_grad_enabled
from symgrad.tracing.anomaly import detect_anomaly, set_detect_anomaly
from symgrad.tracing.autograd import backward, grad
from symgrad.tracing.custom import Function
from symgrad.tracing.saving import checkpoint, checkpoint_sequential

__all__ = [
    "Function", "backward", "checkpoint", "checkpoint_sequential", "detect_anomaly", "enable_grad",
    "function", "grad", "graph", "inference_mode", "no_grad", "set_detect_anomaly",
    "set_grad_enabled",
]  # fmt: skip
