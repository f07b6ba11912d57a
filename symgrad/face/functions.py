"""Every function of PyTorch's dialect, by name: what ``sg.sin`` and its siblings are."""

from symgrad.tracing import files as _files
from symgrad.tracing import methods as _methods
from symgrad.tracing.functions import FUNCTIONS, IN_PLACE

_methods.install()
_files.install()
globals().update(FUNCTIONS)
globals().update(IN_PLACE)

__all__ = [*FUNCTIONS, *IN_PLACE]
