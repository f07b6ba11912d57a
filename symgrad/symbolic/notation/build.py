"""Putting trees together: flat sums and products, signs outside, terms in a reader's order.

Both printers build with these and with nothing else, so a tree has one normal form.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sympy
from sympy import S

from symgrad.algebras.elements import exact
from symgrad.grammar.primitive import REGISTRY
from symgrad.symbolic.notation.sizes import size_tree
from symgrad.symbolic.notation.tree import Call, Tree, parts

#: What holds where a relation does not.
OPPOSITES = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
#: The same with its sides exchanged.
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
#: How a relation, and a connective, is written that a rule of this word is.
RELATIONS = {
    "less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=", "equal": "==",
    "not_equal": "!=",
}  # fmt: skip
_LOGIC = {"logical_and": "and", "logical_or": "or", "logical_not": "not"}
#: Words that leave the values as they are.
BARE = frozenset({"detach", "clone", "cast"})

ZERO, ONE = Tree("number", value=S.Zero), Tree("number", value=S.One)


def number(value: Any) -> Tree:
    """A number; one below 0 as a ``negative``."""
    value = exact(value)
    if value.could_extract_minus_sign():
        return Tree("negative", (Tree("number", value=-value),))
    return Tree("number", value=value)


def letter(name: str) -> Tree:
    """An array or a scalar by its name."""
    return Tree("letter", value=name)


def called(word: str, *args: Tree, **params: Any) -> Tree:
    """A function of operands."""
    return Tree("call", tuple(map(without_minus, args)), Call(word, tuple(params.items())))


def worded(word: str, args: Sequence[Tree], params: Mapping[str, Any]) -> Tree:
    """A rule's word of operands: a relation, a connective, or a function."""
    if word in BARE:
        return args[0]
    if word in RELATIONS:
        return relation(RELATIONS[word], *args)
    if word in _LOGIC:
        return Tree("logic", tuple(args), _LOGIC[word])
    return called(word, *args, **shown_params(word, params))


def shown_params(word: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that are not a rule's defaults."""
    rule = REGISTRY.get(word)
    defaults = rule.defaults if rule is not None else {}
    return {k: v for k, v in params.items() if k not in defaults or defaults[k] != v}


def relation(sign: str, left: Tree, right: Tree) -> Tree:
    """A condition between two parts, a number on the right."""
    if left.head == "number" and right.head != "number":
        left, right, sign = right, left, _MIRRORED.get(sign, sign)
    if left.head == "negative" and right.head == "number":
        left, right, sign = left.args[0], negated(right), _MIRRORED.get(sign, sign)
    if left.head == "sum" and right == ZERO and len(left.args) == 2:
        return _against_number(sign, left, *left.args)
    return Tree("relation", (left, right), sign)


def _against_number(sign: str, whole: Tree, *terms: Tree) -> Tree:
    """1 - x >= 0 as x <= 1."""
    for constant, term in (terms, terms[::-1]):
        taken, bare = unsigned(constant)
        minus, rest = unsigned(term)
        if bare.head != "number" or rest.head == "number":
            continue
        if minus:
            return Tree("relation", (rest, constant), _MIRRORED.get(sign, sign))
        return Tree("relation", (rest, bare if taken else negated(bare)), sign)
    return Tree("relation", (whole, ZERO), sign)


def negated(tree: Tree) -> Tree:
    """The tree with the other sign."""
    if tree.head == "negative":
        return tree.args[0]
    return tree if tree == ZERO else Tree("negative", (tree,))


def unsigned(tree: Tree) -> tuple[bool, Tree]:
    """Whether a minus sign stands before, and what it stands before."""
    return (True, tree.args[0]) if tree.head == "negative" else (False, tree)


def without_minus(tree: Tree) -> Tree:
    """A negative part with the sign taken up by a difference in it: a (c - b)."""
    minus, bare = unsigned(tree)
    found = flipped(bare) if minus else None
    return tree if found is None else found


_TAKES_SIGN = frozenset({"product", "hadamard", "sigma", "diag", "transpose", "quotient", "blocks"})


def flipped(tree: Tree) -> Tree | None:
    """A tree with the other sign, where a difference in it takes it up."""
    if tree.head == "sum":
        mixed = any(unsigned(t)[0] for t in tree.args)
        constant = any(t.head == "number" for t in tree.args)
        return summed(negated(t) for t in tree.args) if mixed and not constant else None
    if tree.head not in _TAKES_SIGN or (tree.head == "blocks" and len(tree.args) > 1):
        return None
    for k, part in enumerate(tree.args[:1] if tree.head == "quotient" else tree.args):
        found = flipped(part)
        if found is not None:
            return tree._replace(args=(*tree.args[:k], found, *tree.args[k + 1 :]))
    return None


def multiplied(factors: Iterable[Tree]) -> Tree:
    """A flat product, its sign outside; number factors of 1 are left out."""
    found: list[Tree] = []
    minus = False
    for factor in factors:
        sign, bare = unsigned(factor)
        minus ^= sign
        if bare == ZERO:
            return ZERO
        found += bare.args if bare.head == "product" else () if bare == ONE else (bare,)
    made = ONE if not found else found[0] if len(found) == 1 else Tree("product", tuple(found))
    return negated(made) if minus else made


def divided(above: Tree, below: Tree) -> Tree:
    """A quotient, its sign outside."""
    minus, above = unsigned(above)
    other, below = unsigned(below)
    if below == ONE or above == ZERO:
        made = above
    elif above.head == below.head == "number":
        made = number(above.value / below.value)
    else:
        made = Tree("quotient", (above, below))
    return negated(made) if minus != other else made


def summed(terms: Iterable[Tree], *, ordered: bool = True) -> Tree:
    """A flat sum, what is added before what is taken off, constants last."""
    found: list[Tree] = []
    for term in terms:
        minus, bare = unsigned(without_minus(term))
        inner = bare.args if bare.head == "sum" else (bare,)
        found += [negated(t) if minus else t for t in inner if t != ZERO]
    if not found:
        return ZERO
    if ordered:
        found.sort(key=_rank)
    if len(found) == 2 and found[0] == ONE and found[1].head == "negative":
        (taken,) = found[1].args
        if taken.head == "relation":
            return Tree("relation", taken.args, OPPOSITES[taken.value])
    return found[0] if len(found) == 1 else Tree("sum", tuple(found))


def _rank(term: Tree) -> tuple[Any, ...]:
    minus, bare = unsigned(term)
    constant = bare.head == "number" or all(p.head in _PLAIN for p in parts(bare))
    spread = any(_is_ones(f) for f in (bare.args if bare.head == "product" else (bare,)))
    return minus, constant, spread, -_degree(bare), extent(bare), sketch(bare)


def _is_ones(factor: Tree) -> bool:
    return factor.head == "ones" or (factor.head == "transpose" and factor.args[0].head == "ones")


_PLAIN = frozenset({"number", "size", "product", "quotient", "power", "sum", "negative"})


def _degree(term: Tree) -> Any:
    """The exponent where a term is a number times a power of one letter; 1 for all others."""
    factors = term.args if term.head == "product" else (term,)
    last = [f for f in factors if f.head != "number"]
    if len(last) != 1 or last[0].head not in ("power", "each_power"):
        return 1
    base, exponent = last[0].args
    whole = exponent.head == "number" and exponent.value.is_Integer
    return int(exponent.value) if whole and base.head in ("letter", "entry") else 1


def extent(tree: Tree) -> int:
    """How many parts a tree has: what its text's length goes by."""
    return sum(1 for _ in parts(tree))


def sketch(tree: Tree) -> str:
    """A text that tells trees apart; only to order them."""
    return " ".join(f"{p.head}{'' if p.value is None else p.value}" for p in parts(tree))


def coefficient(value: Any) -> tuple[bool, list[Tree], list[Tree]]:
    """A SymPy number or formula in sizes: its sign, factors above the line, factors below it."""
    value = exact(value)
    minus = bool(value.could_extract_minus_sign())
    above, below = sympy.fraction(sympy.together(-value if minus else value))
    return minus, _factors(above), _factors(below)


def _factors(value: Any) -> list[Tree]:
    found = []
    for factor in sympy.Mul.make_args(sympy.factor_terms(value)):
        if factor is S.One:
            continue
        if factor.is_number:
            found.append(_numeric(factor))
        elif factor.is_Pow and factor.exp == sympy.Rational(1, 2):
            found.append(called("sqrt", size_tree(factor.base)))
        else:
            found.append(size_tree(factor))
    return sorted(found, key=lambda t: (t.head != "number", extent(t), sketch(t)))


def _numeric(value: Any) -> Tree:
    """A number; roots and powers of numbers as trees."""
    if value.is_Rational or value in (sympy.pi, sympy.E, sympy.oo):
        return number(value)
    if value.is_Pow:
        base, exponent = value.as_base_exp()
        if exponent == sympy.Rational(1, 2):
            return called("sqrt", _numeric(base))
        return Tree("power", (_numeric(base), _numeric(exponent)))
    if value.is_Add:
        return summed(map(_numeric, value.args))
    if value.is_Mul:
        return multiplied(map(_numeric, value.args))
    if value.is_Function and len(value.args) == 1:
        return called(type(value).__name__.lower(), _numeric(value.args[0]))
    return number(value)


def scaled(value: Any, factors: Sequence[Tree], below: Sequence[Tree] = ()) -> Tree:
    """A coefficient times factors over others, as one fraction."""
    minus, above, under = coefficient(value)
    made = divided(multiplied([*above, *factors]), multiplied([*under, *below]))
    return negated(made) if minus else made
