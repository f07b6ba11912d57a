"""The lines that random programs are made of; each knows the sizes of what it gives."""

from __future__ import annotations

import random
from typing import NamedTuple

import sympy

from tests.random_programs import Call, K, Leaf, M, N, Program

#: Sizes of inputs and how often they are drawn.
SIZES = (N, N, N, M, M, K, 1, 2, 3)


class Value(NamedTuple):
    """A value: its sizes, a bound of its entries, and whether they are positive."""

    name: str
    dims: tuple
    bound: float = 2.0
    positive: bool = True


class Writer:
    """Writes one program line by line."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.leaves, self.lines, self.values = [], [], []
        for _ in range(self.rng.choice((1, 1, 2, 2, 3))):
            self.leaf()

    # inputs and choices

    def leaf(self, dims=None):
        if dims is None:
            rank = self.rng.choice(
                (0, 1, 1, 1, 2, 2, 2, 2, 3) if self.rng.random() < 0.3 else (1, 2)
            )
            dims = tuple(self.rng.choice(SIZES) for _ in range(rank))
            if rank == 3:
                dims = tuple(self.rng.choice((N, M, 2)) for _ in range(rank))
        made = Leaf(f"x{len(self.leaves)}", dims)
        self.leaves.append(made)
        self.values.append(Value(made.name, dims))
        return self.values[-1]

    def integers(self, dims, below):
        made = Leaf(f"x{len(self.leaves)}", dims, below)
        self.leaves.append(made)
        return made.name

    def pick(self, wanted=lambda v: True):
        found = [v for v in self.values if wanted(v)]
        if not found:
            return None
        late = found[-3:]
        return self.rng.choice(late if self.rng.random() < 0.7 else found)

    def partner(self, v):
        """A value that broadcasts with ``v``: a known one, or a new input."""
        found = [w for w in self.values if broadcast(v.dims, w.dims) is not None]
        if found and self.rng.random() < 0.6:
            return self.rng.choice(found)
        dims = list(v.dims)
        if not all(isinstance(d, (int, sympy.Symbol)) for d in dims):
            return self.rng.choice(found)
        if dims and self.rng.random() < 0.5:
            dims[self.rng.randrange(len(dims))] = 1
        while dims and self.rng.random() < 0.3:
            dims.pop(0)
        return self.leaf(tuple(dims))

    def add(self, word, args, dims, bound=2.0, positive=False, /, **params):
        name = f"v{len(self.lines) + 1}"
        self.lines.append(Call(name, word, tuple(args), tuple(params.items())))
        self.values.append(Value(name, tuple(dims), bound, positive))
        return self.values[-1]

    def axis(self, v, wanted=lambda d: True):
        found = [k for k, d in enumerate(v.dims) if wanted(d)]
        return self.rng.choice(found) if found else None

    # kinds of lines

    def unary(self):
        word = self.rng.choice(
            ("tanh", "exp", "sigmoid", "square", "sqrt", "abs", "relu", "log", "sin", "power",
             "root", "reciprocal", "scaled", "softplus")
        )  # fmt: skip
        if word in ("sqrt", "log", "root", "reciprocal"):
            v = self.pick(lambda v: v.positive)
        elif word == "exp":
            v = self.pick(lambda v: v.bound <= 3)
        else:
            v = self.pick()
        if v is None:
            return
        if word == "power":
            self.add("**", (v.name, self.rng.choice((2, 3))), v.dims, v.bound**3, v.positive)
        elif word == "root":
            self.add("**", (v.name, self.rng.choice((-1, -2, 0.5, 1.5))), v.dims, 9.0, True)
        elif word == "reciprocal":
            self.add("/", (1, v.name), v.dims, 9.0, True)
        elif word == "scaled":
            self.add("*", (self.rng.choice((2, 3, 0.5, -1)), v.name), v.dims, 3 * v.bound)
        elif word == "abs":
            # the absolute value of what may have either sign
            if v.positive:
                v = self.add("-", (v.name, 0.7), v.dims, v.bound)
            self.add("abs", (v.name,), v.dims, v.bound)
        else:
            grown = {"tanh": 1, "sigmoid": 1, "sin": 1, "exp": 20.0, "square": v.bound**2}
            kept = word in ("exp", "sigmoid", "sqrt", "softplus")
            same = word in ("tanh", "square") and v.positive
            self.add(word, (v.name,), v.dims, grown.get(word, v.bound), kept or same)

    def binary(self):
        v = self.pick()
        w = self.partner(v)
        sign = self.rng.choice("++-***/")
        if sign == "/" and not w.positive:
            sign = "*"
        bound = (
            v.bound * w.bound if sign == "*" else 5 * v.bound if sign == "/" else v.bound + w.bound
        )
        pair = (v, w) if self.rng.random() < 0.7 or sign == "/" else (w, v)
        self.add(sign, [p.name for p in pair], broadcast(v.dims, w.dims), bound,
                 sign != "-" and v.positive and w.positive)  # fmt: skip

    def extreme(self):
        v = self.pick()
        w = self.partner(v)
        if w.name != v.name:
            word = self.rng.choice(("maximum", "minimum"))
            self.add(word, (v.name, w.name), broadcast(v.dims, w.dims), max(v.bound, w.bound),
                     v.positive and w.positive)  # fmt: skip

    def where(self):
        v = self.pick()
        w = self.partner(v)
        dims = broadcast(v.dims, w.dims)
        if w.name == v.name:
            return
        mask = self.add(self.rng.choice((">", "<=")), (v.name, w.name), dims)
        self.values.pop()
        x = self.partner(Value("", dims))
        y = self.rng.choice((v.name, w.name, 0, 1.0))
        self.add(
            "where", (mask.name, x.name, y), broadcast(dims, x.dims), v.bound + w.bound + x.bound
        )

    def reduction(self, v=None, whole=None):
        v = v or self.pick(lambda v: v.dims)
        if v is None:
            return None
        word = self.rng.choice(("sum", "sum", "sum", "mean", "mean", "logsumexp", "amax", "amin"))
        whole = self.rng.random() < 0.3 if whole is None else whole
        grown = v.bound * 5 if word == "sum" else v.bound + 2
        keep = v.positive and word in ("sum", "mean", "amax", "amin")
        if whole:
            params = {"dim": tuple(range(len(v.dims)))} if word in ("logsumexp",) else {}
            return self.add(word, (v.name,), (), grown, keep, **params)
        k, keepdim = self.axis(v), self.rng.random() < 0.4
        dims = list(v.dims)
        dims[k : k + 1] = [1] if keepdim else []
        shown = k if self.rng.random() < 0.7 else k - len(v.dims)
        params = {"keepdim": True} if keepdim else {}
        return self.add(word, (v.name,), dims, grown, keep, dim=shown, **params)

    def scan(self):
        v = self.pick(lambda v: v.dims)
        if v is not None:
            word = self.rng.choice(("softmax", "softmax", "log_softmax", "cumsum"))
            bound = v.bound * 4 if word != "softmax" else 1.0
            self.add(word, (v.name,), v.dims, bound, word == "softmax", dim=self.axis(v))

    def product(self):
        v = self.pick(lambda v: 1 <= len(v.dims) <= 2)
        if v is None:
            return
        inner = v.dims[-1]
        found = [w for w in self.values if 1 <= len(w.dims) <= 2 and w.dims[0] == inner]
        if found and self.rng.random() < 0.6:
            w = self.rng.choice(found)
        elif isinstance(inner, (int, sympy.Symbol)):
            w = self.leaf((inner,) if self.rng.random() < 0.5 else (inner, self.rng.choice(SIZES)))
        else:
            return
        self.add("@", (v.name, w.name), v.dims[:-1] + w.dims[1:], 4 * v.bound * w.bound,
                 v.positive and w.positive)  # fmt: skip

    def einsum(self):
        v = self.pick(lambda v: 1 <= len(v.dims) <= 3)
        w = self.pick(lambda w: 1 <= len(w.dims) <= 3)
        if v is None or w is None:
            return
        letters, spec = {}, []
        for value in (v, w):
            text = ""
            for d in value.dims:
                known = [c for c, e in letters.items() if e == d]
                fresh = chr(97 + len(letters))
                c = self.rng.choice([*known, fresh]) if known and self.rng.random() < 0.9 else fresh
                letters[c] = d
                text += c
            spec.append(text)
        kept = [c for c in letters if self.rng.random() < 0.5][:2]
        self.rng.shuffle(kept)
        text = f"{spec[0]},{spec[1]}->{''.join(kept)}"
        dims = [letters[c] for c in kept]
        positive = v.positive and w.positive
        self.add("einsum", (v.name, w.name), dims, 9 * v.bound * w.bound, positive, spec=text)

    def outer(self):
        v, w = (self.pick(lambda v: len(v.dims) == 1) for _ in range(2))
        if v is not None and w is not None:
            self.add("outer", (v.name, w.name), v.dims + w.dims, v.bound * w.bound,
                     v.positive and w.positive)  # fmt: skip

    def trace(self):
        v = self.pick(lambda v: len(v.dims) == 2 and v.dims[0] == v.dims[1])
        if v is not None:
            self.add("trace", (v.name,), (), 4 * v.bound, v.positive)

    def turned(self):
        v = self.pick(lambda v: len(v.dims) >= 2)
        if v is not None:
            a, b = self.rng.sample(range(len(v.dims)), 2)
            dims = list(v.dims)
            dims[a], dims[b] = dims[b], dims[a]
            self.add("transpose", (v.name, a, b), dims, v.bound, v.positive)

    def sliced(self):
        v = self.pick(lambda v: v.dims)
        if v is None:
            return
        k = self.axis(v)
        place, size = self.place(v.dims[k])
        if place is None:
            return
        key = (*[slice(None)] * k, place)
        dims = list(v.dims)
        dims[k : k + 1] = [] if size is None else [size]
        self.add("[]", (v.name,), dims, v.bound, v.positive, key=key if k else place)

    def place(self, d):
        """A place or a slice of an axis, and the size that is left of it."""
        found = [(0, None), (-1, None)]
        if isinstance(d, sympy.Basic) or d > 1:
            found += [(slice(1, None), d - 1), (slice(None, -1), d - 1)] * 2
        if isinstance(d, int):
            found += [(slice(None, None, 2), (d + 1) // 2), (d - 1, None)] if d > 1 else []
        if isinstance(d, sympy.Add):
            found = [(0, None), (-1, None)] if d.is_positive else [(None, None)]
        return self.rng.choice(found)

    def flipped(self):
        v = self.pick(lambda v: v.dims)
        if v is not None:
            word = self.rng.choice(("flip", "flip", "roll"))
            if word == "flip":
                self.add("flip", (v.name,), v.dims, v.bound, v.positive, dims=(self.axis(v),))
            else:
                self.add(
                    "roll", (v.name,), v.dims, v.bound, v.positive, shifts=1, dims=self.axis(v)
                )

    def joined(self):
        v = self.pick(lambda v: v.dims)
        if v is None:
            return
        if self.rng.random() < 0.5:
            others = [w for w in self.values if w.dims == v.dims]
            w = self.rng.choice(others)
            dims = list(v.dims)
            k = self.rng.randrange(len(dims) + 1)
            dims.insert(k, 2)
            if len(dims) <= 3:
                self.add("stack", ([v.name, w.name],), dims, max(v.bound, w.bound),
                         v.positive and w.positive, dim=k)  # fmt: skip
            return
        k = self.axis(v)
        rest = v.dims[:k] + v.dims[k + 1 :]
        same = [w for w in self.values if len(w.dims) == len(v.dims)]
        others = [w for w in same if w.dims[:k] + w.dims[k + 1 :] == rest]
        w = self.rng.choice(others)
        dims = list(v.dims)
        dims[k] = v.dims[k] + w.dims[k]
        self.add("cat", ([v.name, w.name],), dims, max(v.bound, w.bound),
                 v.positive and w.positive, dim=k)  # fmt: skip

    def reshaped(self):
        v = self.pick(lambda v: len(v.dims) == 2)
        w = self.pick(lambda w: len(w.dims) == 1)
        if v is not None and self.rng.random() < 0.6:
            shape = self.rng.choice(((v.dims[0] * v.dims[1],), (v.dims[1], v.dims[0])))
            self.add("reshape", (v.name,), shape, v.bound, v.positive, shape=shape)
        elif w is not None:
            shape = self.rng.choice(((w.dims[0], 1), (1, w.dims[0])))
            self.add("reshape", (w.name,), shape, w.bound, w.positive, shape=shape)

    def written(self):
        v = self.pick(lambda v: v.dims and v.name[0] == "v") or self.pick(lambda v: v.dims)
        if v is None:
            return
        k = self.axis(v)
        place, size = self.place(v.dims[k])
        if place is None:
            return
        rest = list(v.dims)
        rest[k : k + 1] = [] if size is None else [size]
        found = [w for w in self.values if broadcast(w.dims, rest) == tuple(rest)]
        key = (*[slice(None)] * k, place)
        if found:
            w = self.rng.choice(found)
            self.add("[]=", (v.name, w.name), v.dims, max(v.bound, w.bound),
                     v.positive and w.positive, key=key if k else place)  # fmt: skip

    def looked_up(self):
        v = self.pick(lambda v: v.dims and all(isinstance(d, (int, sympy.Symbol)) for d in v.dims))
        if v is None:
            return
        if self.rng.random() < 0.5:
            size = self.rng.choice((N, M, K, 3))
            name = self.integers((size,), v.dims[0])
            self.add("take", (v.name, name), (size, *v.dims[1:]), v.bound, v.positive)
            return
        k = self.axis(v)
        dims = list(v.dims)
        dims[k] = self.rng.choice((1, 1, 2))
        name = self.integers(tuple(dims), v.dims[k])
        self.add("take_along_axis", (v.name, name), dims, v.bound, v.positive, axis=k)

    KINDS = (
        (unary, 8), (binary, 7), (extreme, 1), (where, 2), (reduction, 4), (scan, 3), (product, 4),
        (einsum, 2), (outer, 1), (trace, 1), (turned, 2), (sliced, 3), (flipped, 1), (joined, 2),
        (reshaped, 2), (written, 2), (looked_up, 1),
    )  # fmt: skip


def broadcast(a, b):
    """The sizes of two arrays spread over each other; None where they do not fit."""
    if len(a) < len(b):
        a, b = b, a
    out = list(a)
    for j in range(1, len(b) + 1):
        x, y = a[-j], b[-j]
        if x != y and 1 not in (x, y):
            return None
        out[-j] = y if x == 1 else x
    return tuple(out)


def program_of(seed):
    """The random program of a seed."""
    writer = Writer(seed)
    rng = writer.rng
    kinds, weights = zip(*Writer.KINDS, strict=True)
    for _ in range(400):
        if len(writer.lines) >= 2 + seed % 6:
            break
        rng.choices(kinds, weights)[0](writer)
        if writer.values[-1].bound > 500:
            v = writer.values[-1]
            writer.add("tanh", (v.name,), v.dims, 1.0, v.positive)
    last = writer.values[-1]
    order = rng.choices((1, 2), (3, 1))[0]
    if order == 2 or rng.random() < 0.6 or len(last.dims) > 1:
        while last.dims:
            last = writer.reduction(last, whole=rng.random() < 0.7)
    reached = {last.name}
    for line in reversed(writer.lines):
        if line.out in reached:
            reached.update(line.names())
    chosen = [x for x in writer.leaves if x.name in reached and x.below is None]
    if not chosen:
        return program_of(seed + 1_000_003)
    wrt = [rng.choice(chosen) for _ in range(order)]
    dims = {v.name: v.dims for v in writer.values}
    return Program(tuple(writer.leaves), tuple(writer.lines), last.name,
                   tuple(x.name for x in wrt), dims)  # fmt: skip
