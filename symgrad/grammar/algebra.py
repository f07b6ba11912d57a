"""What an algebra is: a carrier and one method a kind; every algebra imports this."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symgrad.grammar.primitive import REGISTRY, Primitive


class Algebra:
    """One way to read a rule. Inside a rule, ``xp`` is an algebra.

    ``xp.tanh(x)`` finds the word ``tanh``: a method or a native of the algebra, else the rule of
    that word, interpreted by the method that bears the rule's kind.
    """

    name = "algebra"
    #: Whether it lives as long as the program. Else it keeps no word that was found: each holds
    #: the algebra, which would then be left to the garbage collector.
    lasting = True

    def __getattr__(self, word: str) -> Callable[..., Any]:
        rule = REGISTRY.get(word)
        if rule is None:
            raise AttributeError(f"{self.name} knows no word {word!r}")

        def call(*operands: Any, **params: Any) -> Any:
            return self.apply(rule, *rule.bind(operands, params))

        call.__name__ = word
        if self.lasting:
            self.__dict__[word] = call
        return call

    def apply(self, rule: Primitive, operands: tuple[Any, ...], params: dict[str, Any]) -> Any:
        """Read one call of a rule by the method of its kind."""
        return getattr(self, rule.kind.value)(rule, operands, params)

    def pulled(self, call: Any, g: Any) -> Any:
        """The cotangents that a custom function's own backward gives, one a tensor argument."""
        return call.pulled(self, g)

    def masks(self, g: Any) -> bool:
        """Whether a cotangent that a selection zeroed shall bear its mask: numbers need it."""
        return False

    def path_of(self, rule: Primitive, operands: tuple[Any, ...], params: dict[str, Any]) -> Any:
        """The integers of a selection, computed from its operands."""
        assert rule.path_rule is not None
        return rule.path_rule(self, *operands, **params)

    def beside(self, number: float, rule: Primitive, y: Any) -> Any:
        """A Python number among a rule's operands, as its derivatives shall see it."""
        return number

    def ratio(self, p: int, q: int) -> Any:
        """The number p/q, as exact as the carrier holds it."""
        return p / q
