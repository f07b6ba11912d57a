"""Islands of commuting factors: polynomials over counted letters, sums that vanish, blocks."""

import random

import pytest
import sympy
from sympy import QQ
from sympy.polys.rings import PolyRing

import symgrad as sg
from symgrad.symbolic.notation import build
from symgrad.symbolic.notation.sizes import size_symbol, size_tree
from symgrad.symbolic.notation.tree import Tree
from symgrad.symbolic.rewriting import fractions, islands, numbering
from symgrad.symbolic.rewriting.fractions import ADD, ATOM, MUL, NUM, POW
from symgrad.symbolic.stacking import stacked


def text(f, sizes, wrt="x", notation="index"):
    return str(sg.closed_form(f, **sizes, wrt=wrt, notation=notation))


RING = PolyRing(list("abcd"), QQ, sympy.grlex)


def some_polynomial(rng):
    found = RING.one
    for _ in range(rng.randint(1, 3)):
        terms = [
            rng.randint(-3, 3) * RING.gens[rng.randrange(4)] ** rng.randint(0, 2)
            * RING.gens[rng.randrange(4)] ** rng.randint(0, 1)
            for _ in range(rng.randint(1, 3))
        ]  # fmt: skip
        found = found * (sum(terms, RING.zero) or RING.one)
    return found


@pytest.mark.parametrize("seed", range(60))
def test_factors_are_those_of_sympy(seed):
    poly = some_polynomial(random.Random(seed))
    product = RING.one
    for factor, exponent in fractions.factored(poly):
        product = product * factor**exponent
    assert product == poly
    ours = sorted(e for f, e in fractions.factored(poly) if len(f) > 1)
    assert ours == sorted(e for f, e in poly.factor_list()[1] if len(f) > 1)


def shape_of(x, y):
    formula = (MUL, ((ADD, ((ATOM, x), (NUM, 1, 1))), (POW, -1, 1, (ATOM, y)), (ATOM, y)))
    keys = numbering.counted([formula], {x: 0, y: 0}, order=lambda key: key)
    return numbering.renamed(formula, {key: k for k, key in enumerate(keys)})


def test_a_renamed_island_has_the_same_shape():
    assert shape_of("x", "y") == shape_of("y", "x") == shape_of("p", "q")


def test_a_renamed_program_is_no_new_work():
    def f(x, y):
        return ((x * y + x) ** 2 / (1 + x)).sum()

    text(f, {"x": "n", "y": "n"})
    before = fractions.answer.cache_info().misses
    sg.closed_form(lambda u, v: f(u, v), u="q", v="q", wrt="u")
    assert fractions.answer.cache_info().misses == before


def test_terms_that_all_cancel_are_nothing():
    def f(x):
        return sg.logsumexp(x.transpose(1, 0) / x.transpose(1, 0), dim=(0, 1))

    assert text(f, {"x": "n n"}).startswith("0")


def test_shared_parts_are_not_read_without_end():
    def f(x):
        for _ in range(30):
            x = x * x + x
        return x.sum()

    islands.candidates.cache_clear()
    assert text(f, {"x": "n"})


def test_what_deviates_from_its_mean_adds_up_to_nothing():
    def f(x, g):
        c = x - x.mean()
        return (g * c / sg.sqrt((c * c).mean())).sum()

    assert "(Σ_j c[j])" not in text(f, {"x": "n", "g": "n"})
    assert text(lambda x: (x - x.mean()).sum() * x.sum(), {"x": "n"}).startswith("0")


def test_what_a_mask_leaves():
    def f(x):
        return (x**2).sum() - (x[1:] ** 2).sum()

    def g(x, v):
        y = x.clone()
        y[:-1] = v
        return (y**2).sum()

    assert text(f, {"x": "n"}) == "2 x[i] [i < 1]"
    assert text(g, {"x": "m+1", "v": "m"}) == "2 x[i] [i ≥ m]"


N = size_symbol("n")


def block(before, name, after, columns=None):
    """A part between zeros: rows of a column, or of a matrix with so many columns."""
    gaps = [(n,) if columns is None else (n, columns) for n in (before, after)]
    zeros = [Tree("zeros", value=tuple(map(size_tree, gap))) for gap in gaps]
    parts = [t for t in (zeros[0], build.letter(name), zeros[1]) if t.value[0] != build.ZERO]
    return Tree("blocks", tuple(parts), (len(parts), 1))


def test_blocks_at_different_places_are_one():
    terms = [block(3 * N, "c", 0), block(0, "a", 3 * N), build.negated(block(N, "b", 2 * N))]
    whole = stacked(build.summed(terms), (4 * N,))
    a, b, gap, c = whole.args
    assert (a.value, b.args[0].value, gap.value, c.value) == ("a", "b", (size_tree(N),), "c")
    assert whole.value == (4, 1)
    assert b.head == "negative"


def test_blocks_that_overlap_stay_apart():
    for second in (block(1, "b", N - 2), block(N, "b", 0)):  # at n = 1 the first ends at n + 2
        terms = build.summed([block(0, "a", N - 2), second])
        assert stacked(terms, (2 * N,)) == terms


def test_rows_of_matrices_are_put_together():
    terms = build.summed([block(0, "A", 2, columns=N), block(N, "B", 0, columns=N)])
    whole = stacked(terms, (N + 2, N))
    assert [part.value for part in whole.args] == ["A", "B"]
