"""Entries that move and keep their values, of one array or of two; imports the grammar only.

Every rule is linear and declared with its adjoint.
"""

from symgrad.rules.reindexing import conversion, indexing, layout, padding, stacked, writing

__all__ = ["conversion", "indexing", "layout", "padding", "stacked", "writing"]
