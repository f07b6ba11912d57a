"""Identities between words, as data: the rules floor declares them, the simplifier reads them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from symgrad.errors import DeclarationError
from symgrad.grammar.domain import Domain

Declared = Callable[..., tuple[Any, ...]]


class Reading(NamedTuple):
    """Both sides of an identity over one algebra, and where it holds; None is everywhere."""

    lhs: Any
    rhs: Any
    condition: Any = None


@dataclass(frozen=True)
class Identity:
    """An equation between two readings; the left one is a nest of words over the operands.

    ``ndims`` names the operands whose number of axes is fixed; the others may have any. The
    condition is one that the domains do not already say.
    """

    name: str
    operands: tuple[str, ...]
    domains: tuple[Domain, ...]
    parameters: tuple[str, ...]
    ndims: tuple[tuple[str, int], ...]
    conditional: bool
    preferred: bool
    early: bool
    function: Declared

    def ndim_of(self, operand: str) -> int | None:
        """How many axes an operand has; None for any number."""
        return dict(self.ndims).get(operand)

    def read(self, xp: Any, *operands: Any, **parameters: Any) -> Reading:
        """Both sides over an algebra, and the condition.

        Raises  DeclarationError where a condition is given and not declared, or the reverse.
        """
        found = Reading(*self.function(xp, *operands, **parameters))
        if (found.condition is not None) != self.conditional:
            raise DeclarationError(f"the identity {self.name}: conditional={self.conditional}")
        return found


#: Every declared identity, in the order of the file; none rewrites what another made back.
IDENTITIES: list[Identity] = []
#: Pairs that cancel where they meet in a product, however many factors stand beside them.
INVERSES: list[Identity] = []


def identity(
    *,
    parameters: tuple[str, ...] = (),
    ndims: dict[str, int] | None = None,
    conditional: bool = False,
    preferred: bool = False,
    early: bool = False,
    into: list[Identity] | None = None,
    **domains: Domain,
) -> Callable[[Declared], Declared]:
    """Declare an identity by a function of xp that gives (lhs, rhs) or (lhs, rhs, condition).

    Takes   parameters: names that stand for themselves on both sides, such as axis; ndims: the
            number of axes of an operand, where it is fixed; conditional: whether the function
            gives a condition; preferred: whether the right side is taken even where it is longer;
            early: whether a program is rewritten by it before it is differentiated (both sides
            smooth, and one that people know by name);
            into: the list that holds it, else ``IDENTITIES``; and the domain
            of each operand, by name.
    Raises  DeclarationError where the function's arguments are not those, or its name is taken.
    """
    known = IDENTITIES if into is None else into

    def declare(function: Declared) -> Declared:
        name = function.__name__
        wanted = ("xp", *domains, *parameters)
        if tuple(inspect.signature(function).parameters) != wanted:
            raise DeclarationError(f"the identity {name} takes {', '.join(wanted)}, in that order")
        if any(name == other.name for other in (*IDENTITIES, *INVERSES)):
            raise DeclarationError(f"two identities are called {name!r}")
        fixed = tuple((ndims or {}).items())
        if not {operand for operand, _ in fixed} <= set(domains):
            raise DeclarationError(f"the identity {name}: ndims names {fixed}")
        held = (name, tuple(domains), tuple(domains.values()), parameters, fixed)
        known.append(Identity(*held, conditional, preferred, early, function))
        return function

    return declare


def inverse(**facts: Any) -> Callable[[Declared], Declared]:
    """Declare a pair of factors whose product is the identity matrix."""
    return identity(into=INVERSES, **facts)
