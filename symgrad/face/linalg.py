"""``symgrad.linalg``: matrices, as in PyTorch and NumPy."""

from symgrad.tracing.composites.matrices import diagonal, matrix_norm, vander, vector_norm
from symgrad.tracing.composites.matrices import linalg_norm as norm
from symgrad.tracing.composites.scaled import crossed as cross
from symgrad.tracing.composites.scaled import matrix_power, multi_dot, vecdot
from symgrad.tracing.diagnosis import LinAlgError
from symgrad.tracing.functions import FUNCTIONS as _FUNCTIONS

det = _FUNCTIONS["det"]
inv = _FUNCTIONS["inv"]
matmul = _FUNCTIONS["matmul"]
slogdet = _FUNCTIONS["slogdet"]
solve = _FUNCTIONS["solve"]

__all__ = [
    "LinAlgError", "cross", "det", "diagonal", "inv", "matmul", "matrix_norm", "matrix_power",
    "multi_dot", "norm", "slogdet", "solve", "vander", "vecdot", "vector_norm",
]  # fmt: skip
