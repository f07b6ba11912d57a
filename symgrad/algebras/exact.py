"""From a float to the number that somebody meant by it; imported by algebras and printers."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

#: A fraction with a denominator up to here is believed if the float is the nearest one to it ...
EXACT_DENOMINATOR = 10**6
#: ... and up to here, also a few roundings away from it: 1/3 - 1 is then -2/3.
NEAR_DENOMINATOR = 1000
_ROUNDINGS = 4
_PI_DENOMINATOR = 24


def meant(value: float) -> Fraction:
    """The short decimal or fraction that a finite float stands for.

    Takes   value: a finite float; one that came through float32 is read at float32's width.
    Gives   p/q if the float is nearest to it and q is small; else the decimal that Python prints.

    >>> from symgrad.algebras.exact import meant
    >>> meant(0.1), meant(1 / 3), meant(0.044715)
    (Fraction(1, 10), Fraction(1, 3), Fraction(8943, 200000))
    """
    if value == int(value):
        return Fraction(repr(value)) if abs(value) > 2**53 else Fraction(int(value))
    if _is_single(value):
        return _meant_single(value)
    near = Fraction(value).limit_denominator(NEAR_DENOMINATOR)
    # Dyadic numbers are never rounded, and far from 1 some small fraction is near by chance.
    believable = abs(value) <= NEAR_DENOMINATOR and near.denominator & (near.denominator - 1)
    if believable and near and abs(float(near) - value) <= _ROUNDINGS * np.spacing(abs(value)):
        return near
    guess = Fraction(value).limit_denominator(EXACT_DENOMINATOR)
    return guess if float(guess) == value else Fraction(repr(value))


def multiple_of_pi(value: float) -> Fraction | None:
    """p/q where a float can only be p/q times pi, as ``np.pi / 2`` and ``2 * math.pi`` are.

    >>> from symgrad.algebras.exact import multiple_of_pi
    >>> multiple_of_pi(3.141592653589793 / 2), multiple_of_pi(3.14)
    (Fraction(1, 2), None)
    """
    ratio = Fraction(value / math.pi).limit_denominator(_PI_DENOMINATOR)
    if not ratio or abs(ratio) > _PI_DENOMINATOR:
        return None
    rounded = float(ratio) * math.pi
    if _is_single(value):
        return ratio if float(np.float32(rounded)) == value else None
    return ratio if abs(rounded - value) <= 2 * np.spacing(abs(value)) else None


def _is_single(value: float) -> bool:
    """Whether a double of many digits is a rounded float32: by chance one in 10**8 is."""
    if abs(value) > 3e38:
        return False
    return float(np.float32(value)) == value and len(repr(value)) > 11


def _meant_single(value: float) -> Fraction:
    short = Fraction(str(np.float32(value)))
    guess = Fraction(value).limit_denominator(NEAR_DENOMINATOR)
    fits = float(np.float32(float(guess))) == value
    return guess if fits and guess.denominator <= short.denominator else short
