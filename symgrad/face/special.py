"""``symgrad.special``: special functions, as in PyTorch and SciPy."""

from symgrad.face.functions import FUNCTIONS as _FUNCTIONS

__all__ = ["expit", "log1p", "logsumexp", "softmax", "xlogy"]

globals().update({name: _FUNCTIONS[name] for name in __all__ if name != "expit"})
expit = _FUNCTIONS["sigmoid"]
