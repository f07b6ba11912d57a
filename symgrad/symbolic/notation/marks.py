"""The marks that a formula is written with; LaTeX and MathML say how each looks.

``Layout`` walks a tree by them. Operators are named by their own characters.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence


class Marks(ABC):
    """How a name, an operator, a fraction and their like look in one language."""

    @abstractmethod
    def name(self, name: str) -> str:
        """The letter of an array, a size or an index."""

    @abstractmethod
    def number(self, digits: str) -> str:
        """A number in digits, or one of the characters π, e and ∞."""

    @abstractmethod
    def mark(self, character: str) -> str:
        """An operator, by its character; "-" is the sign of one part, "−" stands between two."""

    @abstractmethod
    def function(self, name: str) -> str:
        """The name of a function."""

    @abstractmethod
    def glyph(self, name: str) -> str:
        """A constant array: ones, zeros, identity, unit."""

    @abstractmethod
    def spread(self, *parts: str) -> str:
        """Parts beside one another, with the space that operators have."""

    @abstractmethod
    def times(self, left: str, right: str) -> str:
        """Two factors side by side."""

    @abstractmethod
    def applying(self, name: str, operands: str) -> str:
        """A function before its operands in brackets."""

    @abstractmethod
    def listed(self, parts: Iterable[str], tight: bool) -> str:
        """Parts with commas between; tight below a letter."""

    @abstractmethod
    def fence(self, left: str, inner: str, right: str, tall: bool) -> str:
        """``inner`` between two brackets; for a statement that counts as 1 or 0 they are [ ]."""

    @abstractmethod
    def fraction(self, over: str, under: str) -> str:
        """A quotient with its bar."""

    @abstractmethod
    def root(self, inner: str) -> str:
        """A square root."""

    @abstractmethod
    def above(self, base: str, exponent: str) -> str:
        """``exponent`` above and right of ``base``."""

    @abstractmethod
    def below(self, base: str, index: str) -> str:
        """``index`` below and right of ``base``."""

    @abstractmethod
    def summed(self, index: str, last: str, body: str) -> str:
        """A sum over ``index`` from 0 to ``last``."""

    @abstractmethod
    def grid(self, rows: Sequence[Sequence[str]]) -> str:
        """Blocks in square brackets."""

    @abstractmethod
    def cases(self, condition: str, then: str, otherwise: str) -> str:
        """One value where a condition holds, else another."""
