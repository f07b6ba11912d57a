"""``symgrad.linalg``: matrices, as in PyTorch and NumPy."""

from symgrad.face.functions import FUNCTIONS as _FUNCTIONS

__all__ = ["det", "inv", "matmul", "norm", "slogdet", "solve"]

globals().update({name: _FUNCTIONS[name] for name in __all__})
