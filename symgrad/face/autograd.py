"""``symgrad.autograd``: reverse mode, as in PyTorch."""

from typing import Any

from symgrad.face import autograd_function as function
from symgrad.face import autograd_graph as graph
from symgrad.modes import enable_grad, inference_mode, no_grad, set_grad_enabled
from symgrad.tracing.anomaly import detect_anomaly, set_detect_anomaly
from symgrad.tracing.autograd import backward, grad
from symgrad.tracing.custom import Function
from symgrad.tracing.saving import checkpoint, checkpoint_sequential


def check_functions() -> Any:
    """A block that checks every custom function: see ``verification.custom_functions``."""
    from symgrad.verification.custom_functions import check_functions as made

    return made()


__all__ = [
    "Function", "backward", "check_functions", "checkpoint", "checkpoint_sequential",
    "detect_anomaly", "enable_grad", "function", "grad", "graph", "inference_mode", "no_grad",
    "set_detect_anomaly", "set_grad_enabled",
]  # fmt: skip
