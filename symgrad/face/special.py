"""``symgrad.special``: special functions, as in PyTorch and SciPy."""

from symgrad.tracing.functions import FUNCTIONS as _FUNCTIONS

expit = _FUNCTIONS["sigmoid"]
expm1 = _FUNCTIONS["expm1"]
log1p = _FUNCTIONS["log1p"]
log_softmax = _FUNCTIONS["log_softmax"]
logsumexp = _FUNCTIONS["logsumexp"]
softmax = _FUNCTIONS["softmax"]
xlogy = _FUNCTIONS["xlogy"]

__all__ = ["expit", "expm1", "log1p", "log_softmax", "logsumexp", "softmax", "xlogy"]
