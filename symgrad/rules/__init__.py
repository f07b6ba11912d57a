"""What the mathematics is: one subject a file. Importing this package declares every rule."""

from symgrad.rules import (
    activation,
    arithmetic,
    comparison,
    contraction,
    exponential,
    hyperbolic,
    linalg,
    reduction,
    reindexing,
    scan,
    selection,
    trigonometric,
)

__all__ = [
    "activation",
    "arithmetic",
    "comparison",
    "contraction",
    "exponential",
    "hyperbolic",
    "linalg",
    "reduction",
    "reindexing",
    "scan",
    "selection",
    "trigonometric",
]
