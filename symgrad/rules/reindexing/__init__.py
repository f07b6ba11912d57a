"""Entries that move and keep their values: layout, indexing, conversion; imports the grammar only.

Every rule is linear and declared with its adjoint.
"""

from symgrad.rules.reindexing import conversion, indexing, layout

__all__ = ["conversion", "indexing", "layout"]
