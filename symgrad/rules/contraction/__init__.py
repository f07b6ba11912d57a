"""Products that sum over shared indices, and running sums; imports the grammar only.

Every rule is linear in each operand.
"""

from symgrad.rules.contraction import products, summation

__all__ = ["products", "summation"]
