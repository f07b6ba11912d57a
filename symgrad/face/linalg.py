"""``symgrad.linalg``: matrices, as in PyTorch and NumPy."""

from symgrad.tracing.diagnosis import LinAlgError
from symgrad.tracing.functions import FUNCTIONS as _FUNCTIONS

det = _FUNCTIONS["det"]
inv = _FUNCTIONS["inv"]
matmul = _FUNCTIONS["matmul"]
norm = _FUNCTIONS["norm"]
slogdet = _FUNCTIONS["slogdet"]
solve = _FUNCTIONS["solve"]

__all__ = ["LinAlgError", "det", "inv", "matmul", "norm", "slogdet", "solve"]
