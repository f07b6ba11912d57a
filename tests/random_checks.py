"""Closed forms of random programs against reverse mode, each stage of their making apart."""

from __future__ import annotations

import time
import zlib
from collections import Counter
from typing import NamedTuple

import numpy as np
import sympy

from symgrad.algebras.tensors import Expression, evaluate
from symgrad.errors import NoClosedForm
from symgrad.modes import record
from symgrad.symbolic import any_size, deriving, printed
from symgrad.symbolic import program as programs
from symgrad.symbolic.notation.reader import read
from symgrad.symbolic.notation.values import value as tree_value
from symgrad.symbolic.notation_form import NotationForm
from symgrad.tracing import autograd
from symgrad.tracing.symbolic import read_sizes, symbol_tensor
from symgrad.tracing.tensor import leaf_of, wrap
from symgrad.tracing.traced import TRACED
from tests.random_lines import program_of
from tests.random_programs import minimised

CLOSE = 1e-7
LONE = (("number", "zeros"), ("number", "ones"))


class Failure(NamedTuple):
    """The stage that is wrong, and what shows it."""

    stage: str
    detail: str


class Outcome(NamedTuple):
    """What became of one program: its failure, the rank of its derivative, its matrix form."""

    failure: Failure | None
    rank: int = 0
    matrix: bool = False
    points: int = 0
    refused: str = ""
    no_matrix: str = ""
    empty: int = 0  # points without a right matrix form, where a value has no entries


class Wrong(Exception):
    """A stage that gives other numbers."""


# numbers -----------------------------------------------------------------------------------------


def sizes_for(program, rng, ones):
    symbols = sorted({d for x in program.leaves for d in x.dims if isinstance(d, sympy.Symbol)},
                     key=str)  # fmt: skip
    drawn = dict(zip(symbols, rng.permutation([2, 3, 4]).tolist(), strict=False))
    if ones and symbols:
        for s in symbols:
            drawn[s] = 1 if rng.random() < 0.6 else drawn[s]
        drawn[symbols[rng.integers(len(symbols))]] = 1
    return drawn


def arrays_for(program, sizes, rng):
    def number(d):
        return sizes.get(d, d)

    return {
        x.name: rng.uniform(0.3, 1.3, tuple(map(number, x.dims))) if x.below is None
        else rng.integers(0, number(x.below), tuple(map(number, x.dims)))
        for x in program.leaves
    }  # fmt: skip


def by_reverse_mode(program, arrays, rng):
    """The derivative, every axis before its last input weighted; and the weights."""
    weights = []
    with np.errstate(all="ignore"):
        tensors = {n: programs.number_tensor(v, True) for n, v in arrays.items()}
        with record():
            current = program(**tensors)
        for name in program.wrt:
            weight = rng.uniform(0.5, 1.5, tuple(current.shape))
            weights.append(weight)
            total = (current * wrap(weight)).sum()
            if not total._rg:
                current = TRACED.zeros_like(tensors[name])
                continue
            (current,) = autograd.grad(total, tensors[name], create_graph=True, allow_unused=True,
                                       materialize_grads=True)  # fmt: skip
    return np.asarray(current._value), weights


def weighted(found, weights):
    for weight in weights:
        found = np.tensordot(weight, found, axes=weight.ndim)
    return found


def compare(found, want, weights):
    """Raises  Wrong where the numbers differ."""
    found = weighted(np.asarray(found, dtype=float), weights)
    if found.shape != want.shape:
        raise Wrong(f"shape {found.shape}, reverse mode {want.shape}")
    scale = np.max(np.abs(want), initial=0.0)
    if not np.all(np.abs(found - want) <= CLOSE * scale + 1e-9):
        raise Wrong(f"{np.round(found, 6).tolist()}, reverse mode {np.round(want, 6).tolist()}")


def has_empty_reductions(program, sizes):
    """Whether something that has no value for no entries is taken of none."""
    return any(
        sympy.S(d).subs(sizes) == 0
        for line in program.lines
        if line.word in ("mean", "logsumexp", "amax", "amin", "softmax", "log_softmax")
        for d in program.dims.get(line.args[0], ())
    )


def has_empty_values(program, sizes):
    """Whether a value has no entries: matrix forms promise nothing of such sizes (note 0014)."""
    return any(sympy.S(d).subs(sizes) == 0 for dims in program.dims.values() for d in dims)


def points_of(program):
    """Sizes, arrays, the derivative there and its weights, at a few points."""
    rng = np.random.default_rng(zlib.crc32(program.source().encode()))
    found = []
    for ones in (False, False, True):
        sizes = sizes_for(program, rng, ones)
        if ones and has_empty_reductions(program, sizes):
            continue
        arrays = arrays_for(program, sizes, rng)
        try:
            want, weights = by_reverse_mode(program, arrays, rng)
        except (IndexError, ValueError, RuntimeError):
            if not ones:
                raise
            continue  # an axis of length 1 has no second place
        if np.isfinite(want).all() and np.max(np.abs(want), initial=0.0) < 1e9:
            found.append((sizes, arrays, want, weights))
    return found


# stages ------------------------------------------------------------------------------------------


def lowered(program):
    """The program over symbols, as ``closed_form`` lowers it."""
    tensors = {}
    for x in program.leaves:
        kind, shape = read_sizes(x.text())
        tensors[x.name] = tensor = symbol_tensor(x.name, shape, kind)
        tensor._value = programs.letter(x.name, shape, (), kind)
        leaf_of(tensor).value = tensor._value
    with record():
        result = program(**tensors)
    return any_size._of_symbols(program, result, tensors, list(program.wrt))


def raw_derivative(root, wrt):
    for place, x in enumerate(wrt):
        root = deriving._differentiated(root, x, place)
    return Expression(deriving.without_stops(root.node), root.shape)


def form_of(made, found, notation):
    sizes = {str(s) for e in made.letters.values() for n in e.shape
             for s in getattr(n, "free_symbols", ())}  # fmt: skip
    naming = printed.Naming({*made.letters, *sizes}, made.known)
    text = printed.printed(found.short.node, found.conditions, naming, notation)
    return NotationForm(found.short, text, letters=made.letters, values={}, constants={},
                        wrt=tuple(made.wrt))  # fmt: skip


def numbers_of(form, held, sizes):
    """The printed trees as numbers, lets first."""
    named = {str(s): n for s, n in sizes.items()}

    def number(tree, node, indices):
        counts = [int(sympy.S(n).subs(sizes)) for n in node.sizes]
        pairs = list(zip(indices, counts, strict=False))
        found = np.asarray(tree_value(tree, held, named, indices=pairs))
        return np.broadcast_to(found, counts)

    with np.errstate(all="ignore"):
        for let in form.printed.lets:
            held[let.name] = number(let.tree, let.node, let.indices)
        found = number(form.printed.tree, form.expression.node, form.indices)
    return found.reshape([int(sympy.S(n).subs(sizes)) for n in form.shape])


def check_numbers(form, points):
    for sizes, arrays, want, weights in points:
        held = {
            name: array.reshape([a for a, d in zip(array.shape, form.letters[name], strict=True)
                                 if d != 1])
            for name, array in arrays.items()
        }  # fmt: skip
        compare(numbers_of(form, held, sizes), want, weights)


def check_text(form, alphabet):
    """Every text of a form is read back as its tree."""
    letters = form._sizes_by_letter()
    sizes = [s.name for e in form.inputs.values() for n in e.shape
             for s in getattr(n, "free_symbols", ())]  # fmt: skip
    for let in (*form.printed.lets, None):
        node = let.node if let else form.expression.node
        tree = let.tree if let else form.printed.tree
        indices = let.indices if let else form.indices
        text = form._write(tree, node, alphabet)
        got = read(
            text,
            letters,
            shape=tuple(node.sizes),
            sizes=sizes,
            indices=indices,
            notation=form.notation,
        )
        # A lone number is read as the array of it that the sizes ask for.
        if got != tree and (tree.head, got.head) not in LONE:
            again = form._write(got, node, alphabet)
            raise Wrong(f"{text!r} is read as another tree, {again!r}")


class Stages:
    """Runs the stages of one program, and remembers which one is on."""

    def __init__(self, program):
        self.program = program
        self.stage = "reverse mode"
        self.rank, self.matrix, self.points, self.no_matrix, self.empty = 0, False, [], "", 0

    def run(self):
        self.points = points_of(self.program)
        self.stage = "trace"
        made = lowered(self.program)
        wrt = [made.letters[n] for n in made.wrt]
        self.stage = "raw expression"
        self.against(made, raw_derivative(made.root, wrt))
        self.stage = "simplified expression"
        found = deriving.derived(made.root, wrt)
        self.rank = len(found.short.node.sizes)
        self.against(made, found.short)
        self.stage = "index notation"
        index = form_of(made, found, "index")
        check_numbers(index, self.points)
        self.texts(index, "index")
        self.stage = "matrix notation"
        try:
            matrix = form_of(made, found, "matrix")
        except NoClosedForm as error:
            self.no_matrix = str(error).splitlines()[0]
        else:
            self.matrix = True
            self.numbers(matrix)
            self.texts(matrix, "matrix")

    def numbers(self, matrix):
        """The matrix form at every point; one that is wrong of empty values is counted."""
        for point in self.points:
            try:
                check_numbers(matrix, [point])
            except Exception:
                if not has_empty_values(self.program, point[0]):
                    raise
                self.empty += 1

    def against(self, made, expression):
        for sizes, arrays, want, weights in self.points:
            leaves = {e: arrays[n] for n, e in made.letters.items()}
            compare(evaluate(expression, sizes, leaves), want, weights)

    def texts(self, form, notation):
        for alphabet in ("unicode", "ascii"):
            self.stage = f"{notation} text, {alphabet}"
            check_text(form, alphabet)
        self.stage = f"{notation}, other printers"
        for text in (str(form), form.latex(), form.mathml()):
            assert text


def outcome(program):
    """What became of a program."""
    stages = Stages(program)
    try:
        stages.run()
    except NoClosedForm as error:
        return Outcome(None, refused=f"{stages.stage}: {str(error).splitlines()[0]}")
    except Wrong as error:
        failure = Failure(stages.stage, str(error))
    except Exception as error:  # any error of any stage is a finding
        failure = Failure(f"{stages.stage}: {type(error).__name__}", str(error)[:500])
    else:
        return Outcome(None, stages.rank, stages.matrix, len(stages.points), "", stages.no_matrix,
                       stages.empty)  # fmt: skip
    return Outcome(failure, stages.rank, stages.matrix, len(stages.points))


# many --------------------------------------------------------------------------------------------


def has_boxes(program):
    """Whether a value of the program has more than two axes that are not of size 1."""
    names = [line.out for line in program.lines] + [x.name for x in program.leaves]
    return any(sum(d != 1 for d in program.dims.get(name, ())) > 2 for name in names)


class Tally:
    """Counts over many programs."""

    def __init__(self):
        self.count, self.seconds = 0, 0.0
        self.failures, self.refused, self.no_matrix = [], [], []
        self.small, self.flat, self.points, self.empty = 0, 0, 0, 0

    def add(self, seed):
        program = program_of(seed)
        started = time.perf_counter()
        got = outcome(program)
        self.seconds += time.perf_counter() - started
        self.count += 1
        self.points += got.points
        self.empty += got.empty
        if got.failure:
            self.failures.append((seed, got.failure))
        elif got.refused:
            self.refused.append((seed, got.refused))
        elif got.rank <= 2:
            self.small += 1
            self.flat += not has_boxes(program)
            if not got.matrix:
                self.no_matrix.append((seed, got.no_matrix))

    @property
    def rate(self):
        return 1 - len(self.no_matrix) / max(self.small, 1)

    @property
    def flat_missed(self):
        """Those without a matrix form whose every value is a scalar, a vector or a matrix."""
        return [seed for seed, _ in self.no_matrix if not has_boxes(program_of(seed))]

    @property
    def flat_rate(self):
        return 1 - len(self.flat_missed) / max(self.flat, 1)

    def text(self):
        stages = Counter(f.stage for _, f in self.failures)
        lines = [
            f"{self.count} programs, {len(self.failures)} wrong, {len(self.refused)} refused, "
            f"{self.points} points ({self.empty} of empty values wrong in matrix form), "
            f"{self.seconds:.0f} s",
            f"matrix forms: {100 * self.rate:.1f} % of {self.small} of rank <= 2, "
            f"{100 * self.flat_rate:.1f} % of the {self.flat} that meet no array of rank 3",
            *(f"  {n:4d} {stage}" for stage, n in stages.most_common()),
            *(f"  refused {n:4d} {why}"
              for why, n in Counter(w for _, w in self.refused).most_common(12)),
        ]  # fmt: skip
        return "\n".join(lines)


def smallest(seed, failure):
    """The program of a seed, made small while the same stage fails."""

    def fails(program):
        got = outcome(program).failure
        return got is not None and got.stage == failure.stage

    return minimised(program_of(seed), fails)


def main(count=1000, seed=0):
    tally = Tally()
    for k in range(count):
        tally.add(seed + k)
    print(tally.text())
    shown = Counter()
    for number, failure in tally.failures:
        shown[failure.stage] += 1
        if shown[failure.stage] <= 3:
            program = smallest(number, failure)
            again = outcome(program).failure
            print(f"\n# seed {number}: {again.stage}\n# {again.detail[:300]}\n{program.source()}")
    for number, why in tally.no_matrix[:5]:
        print(f"\n# seed {number}: no matrix form, {why}\n{program_of(number).source()}")
