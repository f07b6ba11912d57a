"""``symgrad.special``: special functions, as in PyTorch and SciPy."""

from symgrad.tracing.composites.pointwise import entr, xlog1py
from symgrad.tracing.functions import FUNCTIONS as _FUNCTIONS

exp2 = _FUNCTIONS["exp2"]
expit = _FUNCTIONS["sigmoid"]
expm1 = _FUNCTIONS["expm1"]
log1p = _FUNCTIONS["log1p"]
log_softmax = _FUNCTIONS["log_softmax"]
logit = _FUNCTIONS["logit"]
logsumexp = _FUNCTIONS["logsumexp"]
round = _FUNCTIONS["round"]
softmax = _FUNCTIONS["softmax"]
xlogy = _FUNCTIONS["xlogy"]

__all__ = [
    "entr", "exp2", "expit", "expm1", "log1p", "log_softmax", "logit", "logsumexp", "round",
    "softmax", "xlog1py", "xlogy",
]  # fmt: skip
