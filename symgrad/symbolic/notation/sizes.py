"""Sizes of axes as trees and as SymPy expressions; whoever builds, reads or evaluates trees asks.

A size is a whole number or a formula in the names of sizes, such as n - 1 or m n.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sympy

from symgrad.symbolic.notation.tree import Call, Tree

#: How functions of sizes are called in a tree.
_WORDS = {sympy.floor: "floor", sympy.ceiling: "ceil", sympy.Max: "maximum", sympy.Min: "minimum"}
_FUNCTIONS = {word: function for function, word in _WORDS.items()}


def size_symbol(name: str) -> Any:
    """The SymPy symbol of a size: a positive whole number.

    >>> from symgrad.symbolic.notation.sizes import size_symbol
    >>> size_symbol("n").is_positive
    True
    """
    return sympy.Symbol(name, integer=True, positive=True)


def size_tree(value: Any) -> Tree:
    """The tree of a size, what is added before what is taken off.

    Takes   value: an int, a name, or a SymPy expression in symbols of sizes; a tree is handed back.
    Gives   a tree of number, size, sum, negative, product, quotient, power, and calls of
            floor_divide, remainder, floor, ceil, maximum and minimum.
    Raises  ValueError for any other expression.

    >>> from symgrad.symbolic.notation.sizes import size_symbol, size_tree, size_value
    >>> n = size_symbol("n")
    >>> [part.head for part in size_tree(n - 1).args]
    ['size', 'negative']
    >>> size_value(size_tree(3 * n / 2 - 1))
    3*n/2 - 1
    """
    if isinstance(value, Tree):
        return value
    if isinstance(value, str):
        return Tree("size", value=value)
    if isinstance(value, int):
        return _number(sympy.Integer(value))
    if value.is_Symbol:
        return Tree("size", value=value.name)
    if value.is_Number or value in (sympy.pi, sympy.E):
        return _number(value)
    if value.is_Add:
        terms = [size_tree(term) for term in value.as_ordered_terms()]
        return Tree("sum", tuple(sorted(terms, key=lambda t: t.head == "negative")))
    if value.is_Mul or (value.is_Pow and value.exp.could_extract_minus_sign()):
        return _product(value)
    if value.is_Pow:
        return Tree("power", (size_tree(value.base), size_tree(value.exp)))
    return _call(value)


def _number(value: Any) -> Tree:
    if value.could_extract_minus_sign():
        return Tree("negative", (Tree("number", value=-value),))
    return Tree("number", value=value)


def _product(value: Any) -> Tree:
    scale, rest = value.as_coeff_Mul()
    if scale.could_extract_minus_sign():
        return Tree("negative", (size_tree(-scale * rest),))
    above, below = sympy.fraction(value)
    if below == 1:
        return _flat(value.as_ordered_factors())
    return Tree("quotient", (_flat(_factors(above)), _flat(_factors(below))))


def _factors(value: Any) -> list[Any]:
    return list(value.as_ordered_factors()) if value.is_Mul else [value]


def _flat(factors: Iterable[Any]) -> Tree:
    found = [size_tree(factor) for factor in factors]
    return found[0] if len(found) == 1 else Tree("product", tuple(found))


def _call(value: Any) -> Tree:
    if isinstance(value, sympy.Mod):
        return Tree("call", tuple(map(size_tree, value.args)), Call("remainder"))
    if isinstance(value, sympy.floor):
        above, below = sympy.fraction(sympy.together(value.args[0]))
        if below != 1:
            return Tree("call", (size_tree(above), size_tree(below)), Call("floor_divide"))
    if (word := _WORDS.get(type(value))) is None:
        raise ValueError(f"{value} is no size; write whole numbers and names of sizes")
    args = sorted(value.args, key=sympy.default_sort_key)
    return Tree("call", tuple(map(size_tree, args)), Call(word))


def size_value(tree: Tree) -> Any:
    """The SymPy expression of a size, in symbols that are positive whole numbers.

    Takes   tree: as ``size_tree`` gives it.
    Gives   a SymPy expression.
    Raises  ValueError where the tree holds what is no size.

    >>> from symgrad.symbolic.notation.sizes import size_value
    >>> from symgrad.symbolic.notation.tree import Tree
    >>> size_value(Tree("product", (Tree("size", value="m"), Tree("size", value="n"))))
    m*n
    """
    if tree.head == "number":
        return tree.value
    if tree.head == "size":
        return size_symbol(tree.value)
    if tree.head in ("sum", "product", "negative", "quotient", "power"):
        return _combined(tree.head, [size_value(part) for part in tree.args])
    if tree.head == "call" and not tree.value.params:
        values = [size_value(part) for part in tree.args]
        if tree.value.word == "floor_divide" and len(values) == 2:
            return sympy.floor(values[0] / values[1])
        if tree.value.word == "remainder" and len(values) == 2:
            return sympy.Mod(*values)
        if tree.value.word in _FUNCTIONS:
            return _FUNCTIONS[tree.value.word](*values)
    raise ValueError(f"a {tree.head} is no size; write whole numbers and names of sizes")


def _combined(head: str, values: list[Any]) -> Any:
    if head == "sum":
        return sympy.Add(*values)
    if head == "product":
        return sympy.Mul(*values)
    if head == "negative":
        return -values[0]
    return values[0] / values[1] if head == "quotient" else values[0] ** values[1]


def sizes_named(rule: Any, sizes: tuple[Any, ...]) -> dict[str, Any]:
    """Sizes that stand behind a call's operands, as the parameters of its rule.

    >>> from symgrad.grammar.primitive import REGISTRY
    >>> from symgrad.symbolic.notation.sizes import sizes_named
    >>> sizes_named(REGISTRY["reshape"], (2, 3)), sizes_named(REGISTRY["one_hot"], (4,))
    ({'shape': (2, 3)}, {'n': 4})
    """
    if rule.parameters[0] == "shape":
        return {"shape": sizes}
    return dict(zip(rule.parameters, sizes, strict=False))
