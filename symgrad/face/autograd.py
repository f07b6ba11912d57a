"""``symgrad.autograd``: reverse mode, as in PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symgrad.errors import no_attribute
from symgrad.face import autograd_function as function
from symgrad.face import autograd_functional as functional
from symgrad.face import autograd_graph as graph
from symgrad.modes import enable_grad, inference_mode, no_grad, set_grad_enabled
from symgrad.tracing.anomaly import detect_anomaly, set_detect_anomaly
from symgrad.tracing.autograd import backward, grad
from symgrad.tracing.custom import Function
from symgrad.tracing.saving import checkpoint, checkpoint_sequential

if TYPE_CHECKING:
    from typing import Any

    from symgrad.verification.custom_functions import check_functions

__all__ = [
    "Function", "backward", "check_functions", "checkpoint", "checkpoint_sequential",
    "detect_anomaly", "enable_grad", "function", "functional", "grad", "graph", "inference_mode",
    "no_grad", "set_detect_anomaly", "set_grad_enabled",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name != "check_functions":  # it comes with the verification floor, on first use
        raise no_attribute("symgrad.autograd", name, __all__)
    from symgrad.verification.custom_functions import check_functions

    return check_functions
