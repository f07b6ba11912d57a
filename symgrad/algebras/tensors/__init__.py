"""Closed forms at any size: einsum expressions that are built once, shared, and never expanded.

``ir`` is the data, ``constructors`` the mathematics, ``carrier`` an expression with its shape,
``algebra`` reads rules over it, ``evaluate`` gives the numbers. SymPy loads with this package,
so nothing that ``import symgrad`` loads imports it.
"""

from symgrad.algebras.tensors.algebra import TENSORS, Tensors
from symgrad.algebras.tensors.carrier import Expression, leaf
from symgrad.algebras.tensors.evaluate import evaluate

__all__ = ["TENSORS", "Expression", "Tensors", "evaluate", "leaf"]
