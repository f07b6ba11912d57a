"""What binds how tightly in a written formula, and its signs; text writer and reader share it."""

from __future__ import annotations

import re

from symgrad.grammar.kind import Kind
from symgrad.grammar.primitive import REGISTRY
from symgrad.symbolic.notation.tree import Tree
from symgrad.tracing.naming import ALL_SIGNS

#: How tightly a part binds. OPEN is a sum sign, which takes all that follows it in its product.
OR, AND, NOT, RELATION, SUM, OPEN, ENTRYWISE, QUOTIENT, PRODUCT, POSTFIX, ATOM = range(11)

#: How deep brackets may nest in a text that is read, and parts in a tree that is written; how
#: long a text and a number may be. Both passes call themselves, so the depths stay far below
#: what Python's stack holds.
DEPTH, LEVELS, LENGTH, DIGITS = 60, 120, 100_000, 1000

UNICODE, ASCII = "unicode", "ascii"

#: Signs by what they stand for, in Unicode and in ASCII.
SIGNS: dict[str, tuple[str, str]] = {
    "==": ("=", "=="),
    "!=": ("≠", "!="),
    "<": ("<", "<"),
    "<=": ("≤", "<="),
    ">": (">", ">"),
    ">=": ("≥", ">="),
    "hadamard": ("⊙", ".*"),
    "each_power": ("^∘", ".^"),
    "transpose": ("ᵀ", "'"),
    "inverse": ("⁻¹", "^-1"),
    "inverse transpose": ("⁻ᵀ", "^-T"),
    "sigma": ("Σ", "sum"),
    "pi": ("π", "pi"),
    "oo": ("∞", "inf"),
    "kron": ("⊗", "kron"),
}
#: A relation by any of its signs.
RELATIONS = {sign: name for name in ("==", "!=", "<", "<=", ">", ">=") for sign in SIGNS[name]}
DIGIT_SIGNS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
RAISED = str.maketrans("0123456789-", DIGIT_SIGNS + "⁻")
LOWERED = str.maketrans(DIGIT_SIGNS + "⁻", "0123456789-")

#: Heads that are written as a function is, and their names.
FUNCTION_HEADS = {"diag": "diag", "trace": "tr", "det": "det", "vec": "vec"}
#: Words of two operands that are written between them.
INFIX = {"floor_divide": "//", "remainder": "%"}

_SPELLED = {ord(sign): name for name, sign in ALL_SIGNS.items()}
_STEM = re.compile(r"([A-Za-z]+)(?=$|[\d_\[])")


def name_of(word: str) -> str:
    """What a rule is called in a formula.

    >>> from symgrad.symbolic.notation.grammar import name_of
    >>> name_of("sigmoid"), name_of("tanh")
    ('σ', 'tanh')
    """
    rule = REGISTRY.get(word)
    return word if rule is None or rule.notation is None else rule.notation


def word_of(name: str) -> str:
    """The rule that goes by a name, in Unicode or spelled out; the name itself where none does."""
    if name in REGISTRY:
        return name
    words = {r.notation: w for w, r in REGISTRY.items() if r.notation not in (None, *REGISTRY)}
    return words.get(name) or words.get(greek(name), name)


def greek(name: str) -> str:
    """A name with its Greek letter as one sign.

    >>> from symgrad.symbolic.notation.grammar import greek, spelled
    >>> greek("lambda_1"), spelled("λ_1"), greek("alphabet")
    ('λ_1', 'lambda_1', 'alphabet')
    """
    return _STEM.sub(lambda found: ALL_SIGNS.get(found[1], found[1]), name, count=1)


def spelled(name: str) -> str:
    """A name with its Greek letters spelled out."""
    return name.translate(_SPELLED)


def keeps_axis(word: str) -> bool:
    """Whether a function of a whole axis gives an axis again, as a softmax does."""
    return word in REGISTRY and REGISTRY[word].kind is Kind.SCAN


def is_one(tree: Tree) -> bool:
    """Whether a part is the bare number 1, which as a factor stands for a column of ones."""
    return tree.head == "number" and tree.value == 1
