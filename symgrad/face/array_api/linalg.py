"""``symgrad.array_api.linalg``: the standard's linear algebra extension."""

from symgrad.tracing.array_namespace import LINALG as _LINALG

globals().update(_LINALG)

__all__ = [*_LINALG]
