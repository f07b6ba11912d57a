"""Random programs over arrays with named sizes: data that runs with numbers and with symbols.

``python -m tests.random_programs COUNT SEED`` makes that many, checks their closed forms and prints
the rates and the first failures, made as small as they still fail.
"""

from __future__ import annotations

import inspect
import operator
import sys
from dataclasses import dataclass, field, replace

import sympy

import symgrad as sg
from symgrad.tracing.symbolic import size_symbol

N, M, K = map(size_symbol, "nmk")
INFIX = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "**": operator.pow, "@": operator.matmul, ">": operator.gt, "<=": operator.le,
}  # fmt: skip


@dataclass(frozen=True)
class Leaf:
    """An input: its sizes; of integers, the size that they are below."""

    name: str
    dims: tuple
    below: object = None

    def text(self):
        kind = "int " if self.below is not None else ""
        return kind + " ".join(str(d).replace(" ", "") for d in self.dims)


@dataclass(frozen=True)
class Call:
    """One line: ``out = word(*args, **params)``; an arg is a name, a list of names or a number."""

    out: str
    word: str
    args: tuple
    params: tuple = ()

    def names(self):
        for arg in self.args:
            yield from ([arg] if isinstance(arg, str) else arg if isinstance(arg, list) else [])


@dataclass(frozen=True)
class Program:
    """Inputs, lines, the name of the result and the inputs that it is differentiated in."""

    leaves: tuple
    lines: tuple
    result: str
    wrt: tuple = ()
    dims: dict = field(default_factory=dict, compare=False, hash=False)

    @property
    def __signature__(self):
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        return inspect.Signature([inspect.Parameter(leaf.name, kind) for leaf in self.leaves])

    def __call__(self, **tensors):
        known = {
            d: tensors[leaf.name].shape[axis]
            for leaf in self.leaves
            for axis, d in enumerate(leaf.dims)
            if isinstance(d, sympy.Symbol)
        }
        held = dict(tensors)
        for line in self.lines:
            args = [
                [held[a] for a in arg] if isinstance(arg, list) else held.get(arg, arg)
                if isinstance(arg, str) else arg
                for arg in line.args
            ]  # fmt: skip
            params = {name: _at(value, known) for name, value in line.params}
            held[line.out] = _run(line.word, args, params)
        return held[self.result]

    def source(self):
        """Code that can be pasted, and the call that asks for its derivative."""
        sizes = {leaf.name: leaf.text() for leaf in self.leaves}
        rows = [f"def f({', '.join(sizes)}):"]
        seen = set().union(*(_symbols(v) for line in self.lines for _, v in line.params), set())
        for s in sorted(seen, key=str):
            where = next((leaf, k) for leaf in self.leaves for k, d in enumerate(leaf.dims)
                         if d == s)  # fmt: skip
            rows.append(f"    {s} = {where[0].name}.shape[{where[1]}]")
        rows += [f"    {_line_text(line)}" for line in self.lines]
        wrt = self.wrt[0] if len(self.wrt) == 1 else self.wrt
        given = "".join(f", {name}={text!r}" for name, text in sizes.items())
        return "\n".join([*rows, f"    return {self.result}", "",
                          f"print(sg.closed_form(f{given}, wrt={wrt!r}))"])  # fmt: skip


def _at(value, known):
    """A parameter with the run's sizes."""
    if isinstance(value, sympy.Basic):
        found = value.subs(known, simultaneous=True)
        return int(found) if found.is_Integer else found
    if isinstance(value, (tuple, list)):
        return type(value)(_at(v, known) for v in value)
    return value


def _symbols(value):
    if isinstance(value, sympy.Basic):
        return value.free_symbols
    return set().union(*map(_symbols, value)) if isinstance(value, (tuple, list)) else set()


def _run(word, args, params):
    if word in INFIX:
        return INFIX[word](*args)
    if word == "[]":
        return args[0][params["key"]]
    if word == "take":
        return args[0][args[1]]
    if word == "einsum":
        return sg.einsum(params["spec"], *args)
    if word == "[]=":
        copy = args[0].clone()
        copy[params["key"]] = args[1]
        return copy
    return getattr(sg, word)(*args, **params)


def _line_text(line):
    args = [f"[{', '.join(a)}]" if isinstance(a, list) else str(a) for a in line.args]
    if line.word in INFIX:
        return f"{line.out} = {args[0]} {line.word} {args[1]}"
    if line.word == "take":
        return f"{line.out} = {args[0]}[{args[1]}]"
    if line.word in ("[]", "[]="):
        (_, key), *_ = line.params
        place = ", ".join(map(_place_text, key)) if isinstance(key, tuple) else _place_text(key)
        if line.word == "[]":
            return f"{line.out} = {args[0]}[{place}]"
        return f"{line.out} = {args[0]}.clone(); {line.out}[{place}] = {args[1]}"
    if line.word == "einsum":
        return f"{line.out} = sg.einsum({dict(line.params)['spec']!r}, {', '.join(args)})"
    params = [f"{name}={value!r}" for name, value in line.params]
    return f"{line.out} = sg.{line.word}({', '.join([*args, *params])})"


def _place_text(part):
    if not isinstance(part, slice):
        return str(part)
    ends = ["" if v is None else str(v) for v in (part.start, part.stop)]
    return ":".join([*ends, *([] if part.step is None else [str(part.step)])])


# smaller programs --------------------------------------------------------------------------------


def trimmed(program):
    """Without lines and inputs that the result does not need."""
    needed, lines = {program.result}, []
    for line in reversed(program.lines):
        if line.out in needed:
            lines.append(line)
            needed.update(line.names())
    used = set().union(*(_symbols(v) for line in lines for _, v in line.params), set())
    kept = []
    for leaf in program.leaves:
        if leaf.name in needed or leaf.name in program.wrt or used & set(leaf.dims):
            kept.append(leaf)
            used -= set(leaf.dims)
    return replace(program, leaves=tuple(kept), lines=tuple(reversed(lines)))


def smaller(program):
    """Programs with one line less, or with an input in the place of a line."""
    dims = program.dims
    for line in program.lines[:-1][::-1]:
        yield trimmed(replace(program, result=line.out))
        total = Call("total", "sum", (line.out,))
        yield trimmed(replace(program, lines=(*program.lines, total), result="total"))
    for k, line in enumerate(program.lines):
        for name in line.names():
            if dims.get(name) == dims.get(line.out):
                yield trimmed(_without(program, k, name))
        shape = dims.get(line.out)
        if shape is not None and all(isinstance(d, (int, sympy.Symbol)) for d in shape):
            fresh = Leaf(f"u{k}", shape)
            made = _without(program, k, fresh.name)
            if len(program.lines) > 1:
                yield trimmed(replace(made, leaves=(*program.leaves, fresh),
                                      dims={**dims, fresh.name: shape}))  # fmt: skip
    if len(program.wrt) > 1:
        yield replace(program, wrt=program.wrt[:1])


def _without(program, k, name):
    gone = program.lines[k].out

    def swapped(arg):
        if isinstance(arg, list):
            return [swapped(a) for a in arg]
        return name if isinstance(arg, str) and arg == gone else arg

    lines = tuple(
        replace(line, args=tuple(map(swapped, line.args)))
        for j, line in enumerate(program.lines) if j != k
    )  # fmt: skip
    return replace(program, lines=lines, result=swapped(program.result))


def minimised(program, fails, tries=200):
    """A smallest program that still fails, by ``fails``."""
    smallest = trimmed(program)
    if not fails(smallest):
        return program
    while tries > 0:
        for candidate in smaller(smallest):
            tries -= 1
            size = (len(candidate.lines), len(candidate.wrt), len(candidate.leaves))
            now = (len(smallest.lines), len(smallest.wrt), len(smallest.leaves))
            known = set(candidate.wrt) <= {x.name for x in candidate.leaves}
            if size < now and known and fails(candidate):
                smallest = candidate
                break
            if tries <= 0:
                break
        else:
            break
    return smallest


if __name__ == "__main__":
    from tests.random_checks import main

    main(*map(int, sys.argv[1:3]))
