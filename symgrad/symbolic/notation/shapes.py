"""Shapes of formulas in matrix notation, and the sizes that no text bears; the reader asks.

The sizes of a column of ones, an identity, a unit column and a block of zeros follow from what
stands beside them: each is an unknown until the shapes around it tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import sympy

from symgrad.errors import ShapeError
from symgrad.grammar.kind import Kind
from symgrad.grammar.primitive import REGISTRY, infer_shape
from symgrad.symbolic.notation.sizes import size_symbol, size_tree, size_value, sizes_named
from symgrad.symbolic.notation.tree import Slice, Tree, parts

Size = Any


class Hole:
    """A size that is not written: the column of the text where it is missing, and what is found."""

    def __init__(self, column: int = 0) -> None:
        self.column = column
        self.found: Hole | Size | None = None


class Form(NamedTuple):
    """The sizes of the axes, and whether it is the row of a column: their product is a scalar."""

    axes: tuple[Size, ...]
    row: bool = False


SCALAR = Form(())


def shape_of(tree: Tree, letters: Mapping[str, Sequence[Size]]) -> tuple[Size, ...]:
    """The shape of a formula in matrix notation.

    Takes   tree; letters: for each letter its sizes, ints or SymPy expressions.
    Gives   SymPy expressions: one for a column, two for a matrix or a row, none for a scalar.
    Raises  ShapeError where parts do not fit, such as two columns side by side.

    >>> import sympy
    >>> from symgrad.symbolic.notation.shapes import shape_of
    >>> from symgrad.symbolic.notation.tree import Tree
    >>> shape_of(Tree("transpose", (Tree("letter", value="w"),)), {"w": ("d",)})
    (1, d)
    """
    form = Shapes(letters).form(tree)
    if form is None or any(isinstance(known(n), Hole) for n in form.axes):
        raise ShapeError("the parts of this formula do not fit; check products and transposes")
    return tuple(known(n) for n in form.axes)


def axis_size(index: str, body: Tree, letters: Mapping[str, Sequence[Size]]) -> Tree | None:
    """The size of the first axis at which an index stands bare, None where it stands at none.

    Takes   index: its name; body: where to look; letters: for each letter its sizes.
    Gives   a tree; a bound with this size need not be written.
    """
    stack = [body]
    while stack:
        part = stack.pop()
        inner: list[Tree] = list(part.args)
        if part.head in ("sigma", "along"):
            bounds = part.value if part.head == "sigma" else part.value.bounds
            # An inner index of the same name hides this one in its body, not in its places.
            inner = [] if any(b.index == index for b in bounds) else inner
            inner += part.value.places if part.head == "along" else ()
        elif part.head == "entry":
            for axis, place in enumerate(part.args[1:]):
                if place.head == "index" and place.value == index:
                    sizes = axes_of(part.args[0], letters)
                    if sizes is not None and axis < len(sizes):
                        return size_tree(sizes[axis])
        stack.extend(reversed(inner))
    return None


def axes_of(array: Tree, letters: Mapping[str, Sequence[Size]]) -> tuple[Size, ...] | None:
    """The sizes of an array, None where they are not known."""
    if array.head == "letter":
        sizes = letters.get(array.value)
        return None if sizes is None else tuple(map(as_size, sizes))
    form = Shapes(letters).form(array)
    if form is None or any(isinstance(known(n), Hole) for n in form.axes):
        return None
    return tuple(known(n) for n in form.axes)


def as_size(value: Any) -> Size:
    """A size as a SymPy expression whose symbols are those of ``size_symbol``."""
    if isinstance(value, Tree):
        return size_value(value)
    if isinstance(value, str):
        return size_symbol(value)
    if isinstance(value, int):
        return sympy.Integer(value)
    return value.xreplace({s: size_symbol(s.name) for s in value.free_symbols})


def known(size: Size | Hole) -> Size | Hole:
    """What a size was found to be; an unknown that nothing tells is handed back."""
    while isinstance(size, Hole) and size.found is not None:
        size = size.found
    return size


def unify(a: Size | Hole, b: Size | Hole) -> None:
    """Make two sizes one, where either is unknown."""
    a, b = known(a), known(b)
    if a is b:
        return
    if isinstance(a, Hole):
        a.found = b
    elif isinstance(b, Hole):
        b.found = a


class Shapes:
    """The forms of a tree's parts, each from those of its own parts, and what ties sizes."""

    def __init__(self, letters: Mapping[str, Sequence[Size]]) -> None:
        self.letters = letters
        self.ties: list[tuple[str, list[Size | Hole], Size | Hole]] = []

    def form(self, tree: Tree) -> Form | None:
        """The form of a tree, None where it is not known; its unknown sizes are filled in."""
        found: dict[int, Form | None] = {}
        for part in reversed(list(parts(tree))):
            found[id(part)] = self._form(part, [found[id(a)] for a in part.args])
        self.solve()
        return found[id(tree)]

    def solve(self) -> None:
        """Use what ties sizes, a sum or a product of them, until nothing more follows."""
        moved = True
        while moved:
            moved = False
            for tie in list(self.ties):
                if self._settle(*tie):
                    self.ties.remove(tie)
                    moved = True

    def _settle(self, kind: str, sizes: list[Size | Hole], total: Size | Hole) -> bool:
        values, total = [known(s) for s in sizes], known(total)
        open_ = [v for v in values if isinstance(v, Hole)]
        join = sympy.Add if kind == "sum" else sympy.Mul
        settled = [v for v in values if not isinstance(v, Hole)]
        if not open_:
            unify(join(*settled), total)
            return True
        if len(open_) > 1 or isinstance(total, Hole):
            return False
        rest = total - join(*settled) if kind == "sum" else total / join(*settled)
        unify(open_[0], sympy.expand(rest))
        return True

    def tied(self, kind: str, sizes: Iterable[Size | Hole]) -> Size | Hole:
        """A size that is the sum or product of others."""
        total, sizes = Hole(), list(sizes)
        self.ties.append((kind, sizes, total))
        self.solve()
        return known(total)

    def _form(self, part: Tree, forms: list[Form | None]) -> Form | None:
        head = part.head
        if head in _SCALARS:
            return SCALAR
        if head in _TOGETHER:
            return self.together(forms)
        if head in ("negative", "power", "inverse"):
            if head == "inverse" and forms[0] is not None and len(forms[0].axes) == 2:
                unify(*forms[0].axes)
            return forms[0]
        if head in _SIZED:
            sizes = part.value if head == "zeros" else (part.value,)
            sizes = (part.value[1],) if head == "unit" else sizes
            axes = tuple(s if isinstance(s, Hole) else as_size(s) for s in sizes)
            return Form(axes * 2 if head == "identity" else axes)
        if head == "letter":
            sizes = self.letters.get(part.value)
            return None if sizes is None else Form(tuple(map(as_size, sizes)))
        if head == "call":
            return self.called(part, forms)
        if head == "blocks":
            return self.blocks(part.value, forms)
        if head == "product":
            return self.product(forms)
        return self.moved(part, forms)

    def together(self, forms: Iterable[Form | None]) -> Form | None:
        """Parts entry by entry: scalars with arrays of one shape."""
        first = SCALAR
        for form in forms:
            if form is None:
                return None
            if first is SCALAR or not first.axes:
                first = form
            elif form.axes:
                if len(form.axes) != len(first.axes) or form.row != first.row:
                    return None
                for a, b in zip(first.axes, form.axes, strict=True):
                    unify(a, b)
        return first

    def product(self, forms: Iterable[Form | None]) -> Form | None:
        """Factors side by side, from the left; a row times a column is a scalar."""
        left = SCALAR
        for right in forms:
            if right is None or max(len(left.axes), len(right.axes)) > 2:
                return None
            if not left.axes or not right.axes:
                left = right if right.axes else left
                continue
            height = left.axes[:-1] if len(left.axes) == 2 else left.axes
            inner = left.axes[-1] if len(left.axes) == 2 else sympy.S.One
            if len(left.axes) == 1 and (len(right.axes) == 1 or known(right.axes[0]) != 1):
                return None
            unify(inner, right.axes[0])
            if left.row and len(right.axes) == 1:
                left = SCALAR
            else:
                left = Form((*height, *right.axes[1:]), left.row)
        return left

    def called(self, part: Tree, forms: list[Form | None]) -> Form | None:
        """Entry by entry, or with the axes gone that a reduction names."""
        rule = REGISTRY.get(part.value.word)
        count = len(part.args) if rule is None or rule.variadic else len(rule.operands)
        if rule is not None and count < len(part.args):
            return self._with_sizes(part, rule, forms[:count])
        if rule is None or rule.kind is not Kind.REDUCTION:
            return self.together(forms)
        params, form = dict(part.value.params), forms[0] if forms else None
        if form is None:
            return None
        axis = params.get("axis")
        gone = (
            range(len(form.axes)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        )
        if not all(isinstance(a, int) for a in gone):
            return None
        named = {a % max(len(form.axes), 1) for a in gone}
        kept = [sympy.S.One if i in named else n for i, n in enumerate(form.axes)]
        if not params.get("keepdims"):
            kept = [n for i, n in enumerate(form.axes) if i not in named]
        return Form(tuple(kept))

    def _with_sizes(self, part: Tree, rule: Any, forms: list[Form | None]) -> Form | None:
        """A call that is told sizes: what its rule declares of them."""
        known = [form.axes for form in forms if form is not None]
        if len(known) < len(forms):
            return None
        sizes = tuple(size_value(a) for a in part.args[len(forms) :])
        return Form(infer_shape(rule, tuple(known), sizes_named(rule, sizes)))

    def blocks(self, grid: tuple[int, int], forms: list[Form | None]) -> Form | None:
        """Parts put together: heights add up down the rows, widths along the columns."""
        rows, columns = grid
        given = [form for form in forms if form is not None]
        if len(given) < len(forms) or any(len(form.axes) > 2 for form in given):
            return None
        tall = [(*form.axes, *(sympy.S.One,) * (2 - len(form.axes))) for form in given]
        for i in range(rows):
            for j in range(columns):
                unify(tall[i * columns][0], tall[i * columns + j][0])
                unify(tall[j][1], tall[i * columns + j][1])
        height = self.tied("sum", [tall[i * columns][0] for i in range(rows)])
        if columns == 1 and all(len(form.axes) < 2 for form in given):
            return Form((height,))
        return Form((height, self.tied("sum", [size[1] for size in tall[:columns]])))

    def moved(self, part: Tree, forms: list[Form | None]) -> Form | None:
        """Transposes, diagonals, Kronecker products, columns of matrices and slices."""
        form, head = forms[0], part.head
        if form is None or any(f is None or len(f.axes) > 2 for f in forms):
            return None
        if head == "transpose":
            return _turned(form)
        if head == "diag":
            return Form(form.axes * 2 if len(form.axes) == 1 else form.axes[:1])
        if head == "vec":
            return Form((self.tied("product", form.axes),))
        if head == "kron":
            given = [f for f in forms if f is not None and f.axes]
            if len(given) < 2:
                return given[0] if given else SCALAR
            tall = [(*f.axes, *(sympy.S.One,) * (2 - len(f.axes))) for f in given]
            axes = [self.tied("product", sizes) for sizes in zip(*tall, strict=True)]
            return Form(tuple(axes[: max(len(f.axes) for f in given)]))
        if head == "slice":
            cuts = zip(part.value, form.axes, strict=False)
            return Form(tuple(_cut(c, n) for c, n in cuts if isinstance(c, Slice)))
        return None


_SCALARS = frozenset({"number", "size", "index", "entry", "sigma", "along", "trace", "det", "norm"})
_SIZED = frozenset({"ones", "identity", "unit", "zeros"})
_TOGETHER = frozenset({"sum", "hadamard", "each_power", "relation", "logic", "quotient"})


def _turned(form: Form) -> Form:
    if len(form.axes) == 1:
        return Form((sympy.S.One, form.axes[0]), row=True)
    return Form(form.axes[1:]) if form.row else Form(form.axes[::-1])


def _cut(cut: Slice, size: Size | Hole) -> Size | Hole:
    """How many places a slice picks, as Python counts them."""
    if cut == Slice(None, None, None):
        return size
    length = known(size)
    if isinstance(length, Hole):
        return Hole()
    try:
        start, stop, step = (None if p is None else size_value(p) for p in cut)
    except ValueError:
        return Hole()
    step = sympy.S.One if step is None else step
    if step.is_negative:
        span = _from_end(start, length - 1, length) - _from_end(stop, -sympy.S.One, length)
    else:
        span = _from_end(stop, length, length) - _from_end(start, sympy.S.Zero, length)
    width = -step if step.is_negative else step
    return span if width == 1 else sympy.floor((span + width - 1) / width)


def _from_end(place: Any, default: Size, length: Size) -> Size:
    """A place counted from the front; one below 0 counts from the end."""
    if place is None:
        return default
    return place + length if place.is_negative else place
