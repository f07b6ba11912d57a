"""Jacobians without seeds: an expression linear in a leaf, with that leaf taken off.

The cotangent of x for a cotangent G of y is linear in G. Dropping G from every product, and giving
the result G's indices, leaves the Jacobian; a delta appears where it is diagonal, nowhere else.
"""

from __future__ import annotations

from symgrad.algebras.tensors import constructors
from symgrad.algebras.tensors.ir import Add, Ein, Node, reachable
from symgrad.errors import NoClosedForm


class Hidden(NoClosedForm):
    """A word of the algebra behind which no formula is seen; whoever traced knows its line."""

    def __init__(self, word: str, why: str) -> None:
        super().__init__(why)
        self.word = word


def peel(root: Node, seed: Node) -> Node:
    """The tensor J with ``root[a] = sum over g of J[g, a] seed[g]``.

    Takes   root: a node that is linear in the leaf ``seed``.
    Gives   a node with the axes of ``seed``, then those of ``root``.
    Raises  NoClosedForm where the seed stands inside of what is not linear by its form.
    """
    made: dict[Node, Node] = {seed: _identity(seed)}
    for node in reachable([root]):
        if node is seed or not any(arg in made for arg in node.args):
            continue
        data = node.data
        if isinstance(data, Add):
            made[node] = _of_sum(node, data, made)
        elif isinstance(data, Ein):
            made[node] = _of_product(node, data, made, seed)
        else:
            word = getattr(data, "word", type(data).__name__)
            raise Hidden(word, "this derivative has no formula in index or matrix notation")
    return made.get(root) or constructors.constant(0, (*seed.sizes, *root.sizes))


def _identity(seed: Node) -> Node:
    axes = tuple(range(len(seed.sizes)))
    return constructors.ein(1, (), (), (*axes, *axes), seed.sizes)


def _of_sum(node: Node, data: Add, made: dict[Node, Node]) -> Node:
    coefs, parts = [], []
    for coef, arg in zip(data.coefs, node.args, strict=True):
        if arg not in made:
            raise NoClosedForm("a sum of what depends on the cotangent and what does not")
        coefs.append(coef)
        parts.append(made[arg])
    return constructors.add(coefs, parts)


def _of_product(node: Node, data: Ein, made: dict[Node, Node], seed: Node) -> Node:
    holding = [k for k, arg in enumerate(node.args) if arg in made]
    if len(holding) != 1:
        raise NoClosedForm("a product of several parts that depend on the cotangent")
    k = holding[0]
    lead = tuple(range(len(data.dims), len(data.dims) + len(seed.sizes)))
    return constructors.ein(
        data.coef,
        [made[a] if i == k else a for i, a in enumerate(node.args)],
        [(*lead, *s) if i == k else s for i, s in enumerate(data.specs)],
        (*lead, *data.out),
        (*data.dims, *seed.sizes),
        data.equations,
    )
