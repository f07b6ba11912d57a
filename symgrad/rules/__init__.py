"""What the mathematics is: one subject a file. Importing this package declares every rule."""

import symgrad.rules.activation as activation
import symgrad.rules.arithmetic as arithmetic
import symgrad.rules.comparison as comparison
import symgrad.rules.contraction as contraction
import symgrad.rules.exponential as exponential
import symgrad.rules.hyperbolic as hyperbolic
import symgrad.rules.identities as identities
import symgrad.rules.linalg as linalg
import symgrad.rules.powers as powers
import symgrad.rules.reduction as reduction
import symgrad.rules.reindexing as reindexing
import symgrad.rules.scan as scan
import symgrad.rules.selection as selection
import symgrad.rules.trigonometric as trigonometric

__all__ = [
    "activation",
    "arithmetic",
    "comparison",
    "contraction",
    "exponential",
    "hyperbolic",
    "identities",
    "linalg",
    "powers",
    "reduction",
    "reindexing",
    "scan",
    "selection",
    "trigonometric",
]
