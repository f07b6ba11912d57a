"""An algebra whose values are NumPy source: a rule's own forward, written out as a function.

No table of operations stands here: words are NumPy's where a rule is spelled so, else the rule's
stable forward is run over pieces of source and becomes a function above; imported by ``coding``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import sympy as sp

from symgrad.algebras.numeric import STANDARD
from symgrad.algebras.tensors.carrier import TRUTHS
from symgrad.errors import NoClosedForm
from symgrad.grammar import operators
from symgrad.grammar.algebra import Algebra
from symgrad.grammar.kind import Kind, broadcast_shape, reduced_axes, reduced_shape
from symgrad.grammar.primitive import REGISTRY, Primitive, infer_shape
from symgrad.symbolic.coding.source import (
    ATOM,
    COMPARE,
    MATMUL,
    POWER,
    PRODUCT,
    SIGN,
    SUM,
    Block,
    Code,
    Names,
    as_numbers,
    call,
    infix,
    number,
    number_text,
    view,
    wrapped,
)

Params = dict[str, Any]
#: Words that Python writes between or before operands.
_INFIX = {
    "add": ("+", SUM), "subtract": ("-", SUM), "multiply": ("*", PRODUCT),
    "divide": ("/", PRODUCT), "less": ("<", COMPARE), "less_equal": ("<=", COMPARE),
    "greater": (">", COMPARE), "greater_equal": (">=", COMPARE), "equal": ("==", COMPARE),
    "not_equal": ("!=", COMPARE),
}  # fmt: skip


class _Large(sp.Symbol):  # type: ignore[misc]
    """A size of a function that holds for all: forwards that treat small ones apart go on."""

    def __lt__(self, other: Any) -> bool:
        return False

    def __gt__(self, other: Any) -> bool:
        return True

    __le__, __ge__ = __lt__, __gt__


def raised(x: Code, exponent: Any) -> Code:
    """A power by a number, as a root or a quotient where it is one."""
    exponent = sp.nsimplify(exponent) if isinstance(exponent, float) else sp.sympify(exponent)
    x = as_numbers(x)
    if exponent.could_extract_minus_sign():
        below = raised(x, -exponent)
        return Code("1 / {0}", (below,), x.shape, level=PRODUCT, needs=(SIGN,), over=below)
    if exponent == 1:
        return x
    if exponent == sp.Rational(1, 2):
        return call("np.sqrt", (x,), x.shape)
    text = number_text(exponent)
    text = text if text.isidentifier() or text.isdecimal() else f"({text})"
    return Code(f"{{0}}**{text}", (x,), x.shape, level=POWER, needs=(ATOM,))


class Emitting(Algebra):
    """Rules over source; ``functions`` holds the text of each that NumPy lacks."""

    name = "numpy source"
    pi, e, inf = sp.pi, sp.E, math.inf

    def __init__(self, names: Names) -> None:
        self.names = names
        self.functions: dict[Any, str] = {}
        self._made: dict[Any, tuple[str, Any]] = {}
        self.namespace = self

    # reading a call ----------------------------------------------------------------------------

    def apply(self, rule: Primitive, operands: tuple[Any, ...], params: Params) -> Any:
        values = tuple(map(lifted, operands))
        native = type(self).__dict__.get(f"_{rule.word}")
        if native is not None:
            return native(self, *values, **params)
        if rule.word in _INFIX and len(values) == 2:
            sign, level = _INFIX[rule.word]
            kind = "bool" if level == COMPARE else "float"
            if level == COMPARE:
                made = Code(f"{{0}} {sign} {{1}}", values, _broadcast(values),
                            level=COMPARE, needs=(SUM, SUM), kind=kind)  # fmt: skip
                return made
            return infix(sign, as_numbers(values[0]), as_numbers(values[1]), level)
        spelled = _numpy_name(rule)
        if spelled is not None and rule.path_rule is None and self._speaks(rule, params, values):
            return self._numpy(rule, spelled, values, params)
        return self._function(rule, values, params)

    run = apply

    def _speaks(self, rule: Primitive, params: Params, values: Sequence[Code]) -> bool:
        """Whether NumPy's function of that name means the same; its norm of matrices differs."""
        if rule.word != "norm":
            return True
        axis = params.get("axis")
        axes = reduced_axes(axis, values[0].ndim)
        return len(axes) == 1 or (axis is None and params.get("ord") is None)

    def _numpy(self, rule: Primitive, spelled: str, values: Sequence[Code], params: Params) -> Any:
        shape = self._shape(rule, values, params)
        extra = ", ".join(
            f"{_numpy_parameter(rule, k)}={_argument(v)}"
            for k, v in params.items()
            if rule.defaults.get(k, params) != v
        )
        kind = "bool" if rule.word in TRUTHS else "float"
        if rule.outputs:
            whole = call(f"np.{spelled}", values, (), extra)
            return tuple(view(whole, f"[{k}]", own) for k, own in enumerate(shape))
        if kind != "bool":
            values = [as_numbers(v) for v in values]
        return call(f"np.{spelled}", values, shape, extra, kind)

    def _shape(self, rule: Primitive, values: Sequence[Code], params: Params) -> Any:
        if rule.shape_rule is not None:
            return infer_shape(rule, tuple(v.shape for v in values), params)
        if rule.kind is Kind.REDUCTION:
            axis, keepdims = params.get("axis"), params.get("keepdims", False)
            return reduced_shape(values[0].shape, axis, keepdims)
        return _broadcast(values)

    # a rule as a function ----------------------------------------------------------------------

    def _function(self, rule: Primitive, values: Sequence[Code], params: Params) -> Any:
        arrays = [k for k, v in params.items() if isinstance(v, Code)]
        every = [*values, *(params[k] for k in arrays)]
        fixed = tuple((k, str(v)) for k, v in params.items() if k not in arrays)
        pattern = () if rule.kind is Kind.ELEMENTWISE else tuple(_pattern(v) for v in every)
        key = (rule.word, fixed, pattern, tuple(arrays), len(values))
        if key not in self._made:
            self._made[key] = self._written(rule, every, params, arrays)
        name, result = self._made[key]
        if name == "":
            return result(every)
        shape = self._shape(rule, values, params)
        if isinstance(result, tuple):
            whole = call(name, every, ())
            return tuple(view(whole, f"[{k}]", own) for k, own in enumerate(shape))
        return call(name, every, shape)

    def _written(
        self, rule: Primitive, values: Sequence[Code], params: Params, arrays: Sequence[str]
    ) -> tuple[str, Any]:
        own = Names(self.names.taken)
        letters = _letters(rule, len(values) - len(arrays), arrays)
        inner = [_standing(x, v) for x, v in zip(letters, values, strict=True)]
        count = len(values) - len(arrays)
        given = {**params, **dict(zip(arrays, inner[count:], strict=True))}
        try:
            result = rule.forward(self, *inner[:count], **given)
        except (TypeError, RecursionError) as error:
            raise NoClosedForm(f"{rule.name} has no NumPy source at any size: {error}") from error
        several = isinstance(result, tuple)
        root = _tuple(result) if several else lifted(result)
        own.taken.update(letters)
        block = Block(root, own, stem="s")
        if not block.lines and not several and _short(block.result, letters):
            template = root
            return "", lambda every: _replaced(template, dict(zip(inner, every, strict=True)))
        name = self.names.of(rule.notation if _is_name(rule.notation) else rule.name)
        self.functions[name] = _function_text(name, letters, rule, block)
        return name, result if several else None

    # words that are NumPy's under another name, or no function at all ----------------------------

    def _power(self, x: Code, y: Code) -> Code:
        if y.is_number:
            return raised(x, sp.sympify(y.text) if y.text.isdigit() else float(y.text))
        return Code("{0} ** {1}", (x, y), _broadcast((x, y)), level=POWER, needs=(ATOM, SIGN))

    def _power_number(self, x: Code, *, exponent: Any) -> Code:
        return raised(x, exponent)

    def _negative(self, x: Code) -> Code:
        if x.is_number and not x.text.startswith("-"):
            return Code(f"-{x.text}", level=SIGN, fill=f"-{x.text}")
        return Code("-{0}", (as_numbers(x),), x.shape, level=SIGN, needs=(PRODUCT,))

    def _matmul(self, a: Code, b: Code) -> Code:
        shape = (*a.shape[:-1], *b.shape[-1:]) if b.ndim > 1 else a.shape[:-1]
        return Code("{0} @ {1}", (a, b), shape, level=MATMUL, needs=(MATMUL, SIGN))

    def _where(self, condition: Code, a: Code, b: Code) -> Code:
        shape = _broadcast((condition, a, b))
        plain = [number(float(v.fill)) if v.fill in ("0", "1") else v for v in (a, b)]
        return Code("np.where({0}, {1}, {2})", (condition, *plain), shape)

    def _cast(self, x: Code, *, dtype: Any) -> Code:
        word = str(getattr(dtype, "name", dtype))
        if x.kind == "bool":
            return as_numbers(x)
        return view(x, ".astype(int)", x.shape) if word.startswith("int") else x

    def _clone(self, x: Code) -> Code:
        return x

    _to_device = _detach = _clone

    def _getitem(self, x: Code, *, index: Any) -> Code:
        parts = index if isinstance(index, tuple) else (index,)
        shape = _indexed(x.shape, parts)
        places = [p for p in parts if isinstance(p, Code)]
        if not places:
            return view(x, f"[{', '.join(map(_index_text, parts))}]", shape)
        held = iter(range(1, len(places) + 1))
        inner = [f"{{{next(held)}}}" if isinstance(p, Code) else _index_text(p) for p in parts]
        text = "{0}[" + ", ".join(inner) + "]"
        return Code(text, (x, *places), shape, needs=(ATOM, *(COMPARE for _ in places)))

    def _expand_dims(self, x: Code, *, axis: Any) -> Code:
        axes = axis if isinstance(axis, tuple) else (axis,)
        ndim = x.ndim + len(axes)
        new = {a % ndim for a in axes}
        old = iter(x.shape)
        shape = tuple(1 if a in new else next(old) for a in range(ndim))
        return call("np.expand_dims", (x,), shape, _argument(axis))

    def _squeeze(self, x: Code, *, axis: Any = None) -> Code:
        gone = reduced_axes(axis, x.ndim)
        shape = tuple(n for a, n in enumerate(x.shape) if a not in gone)
        return call("np.squeeze", (x,), shape, _argument(axis))

    def _permute(self, x: Code, *, axes: Any) -> Code:
        if tuple(axes) == tuple(range(x.ndim)):
            return x
        shape = tuple(x.shape[a] for a in axes)
        return transposed(x, tuple(axes), shape)

    def _concat(self, *xs: Code, axis: int = 0) -> Code:
        own = [x.shape[axis % x.ndim] for x in xs]
        shape = list(xs[0].shape)
        shape[axis % len(shape)] = sum(own)
        return _listed("np.concatenate", xs, tuple(shape), axis)

    def _stack(self, *xs: Code, axis: int = 0) -> Code:
        shape = list(xs[0].shape)
        shape.insert(axis % (len(shape) + 1), len(xs))
        return _listed("np.stack", xs, tuple(shape), axis)

    def _take_along_axis(self, x: Code, *, index: Any, axis: int = -1) -> Code:
        places = lifted(index)
        shape = tuple(
            p if a == axis % x.ndim else n
            for a, (n, p) in enumerate(zip(x.shape, places.shape, strict=True))
        )
        return call("np.take_along_axis", (x, places), shape, f"axis={axis}")

    def _one_hot(self, x: Code, *, n: Any) -> Code:
        shape = (*x.shape, n)
        return Code(f"np.eye({number_text(n)})[{{0}}]", (x,), shape)

    def _prod_slope(self, *xs: Code, axis: Any = None) -> Code:
        """A loop over sizes in its forward: here with the entry itself replaced by 1."""
        if len(xs) > 1:
            raise NoClosedForm("products differentiated twice have no NumPy source")
        (x,) = xs
        axes = reduced_axes(axis, x.ndim)
        name = "products_of_others"
        if name not in self.functions:
            self.names.taken.add(name)
            self.functions[name] = _PRODUCTS_OF_OTHERS
        return call(name, (x,), x.shape, _argument(axes)) if axes else ones(x)

    # words that are no rules -----------------------------------------------------------------------

    def zeros_like(self, x: Any) -> Code:
        x = lifted(x)
        return Code("np.zeros_like({0})", (x,), x.shape, fill="0")

    def ones_like(self, x: Any) -> Code:
        return ones(lifted(x))

    def zeros(self, shape: Any, *, like: Any) -> Code:
        return call("np.zeros", (), tuple(shape), shape_text(shape))

    def ones(self, shape: Any, *, like: Any) -> Code:
        if not tuple(shape):
            return number(1.0)
        return call("np.ones", (), tuple(shape), shape_text(shape))

    def eye(self, n: Any, *, like: Any) -> Code:
        return call("np.eye", (), (n, n), number_text(n))

    def arange(self, n: Any, *, like: Any = None) -> Code:
        return Code(f"np.arange({number_text(n)})", shape=(n,), kind="int")

    def argsort(self, x: Any, *, axis: int = -1, descending: bool = False) -> Code:
        x = lifted(x)
        if not descending:
            return call("np.argsort", (x,), x.shape, f'axis={axis}, kind="stable"', "int")
        n = number_text(x.shape[axis])
        flipped = call("np.flip", (x,), x.shape, f"axis={axis}")
        found = call("np.argsort", (flipped,), x.shape, f'axis={axis}, kind="stable"', "int")
        back = call("np.flip", (found,), x.shape, f"axis={axis}", "int")
        return Code(f"{n} - 1 - {{0}}", (back,), x.shape, level=SUM, needs=(PRODUCT,), kind="int")

    def svd(self, x: Code) -> tuple[Code, ...]:
        whole = call("np.linalg.svd", (x,), (), "full_matrices=False")
        n, m = x.shape[-2:]
        own = (x.shape, (*x.shape[:-2], n), (*x.shape[:-2], m, m))
        return tuple(view(whole, f"[{k}]", shape) for k, shape in enumerate(own))

    def asarray(self, value: Any, **_: Any) -> Code:
        return lifted(np.asarray(value))

    def copy_of(self, x: Any) -> Code:
        return lifted(x)


def ones(x: Code) -> Code:
    """An array of ones of a piece's shape."""
    return Code("np.ones_like({0})", (x,), x.shape, fill="1")


_PRODUCTS_OF_OTHERS = '''def products_of_others(x, axes):
    """For each entry the product of all others along some axes."""
    order = [a for a in range(x.ndim) if a not in axes] + list(axes)
    moved = np.transpose(x, order)
    flat = moved.reshape(*moved.shape[: x.ndim - len(axes)], -1)
    others = np.where(np.eye(flat.shape[-1], dtype=bool), 1.0, flat[..., None, :]).prod(axis=-1)
    return np.transpose(others.reshape(moved.shape), np.argsort(order))'''


def lifted(value: Any) -> Code:
    """A piece of source from a number or an array."""
    if isinstance(value, Code):
        return value
    if isinstance(value, (np.ndarray, list)) and np.ndim(value):
        array = np.asarray(value)
        text = np.array2string(array, separator=", ", threshold=array.size + 1)
        kind = {"b": "bool", "i": "int"}.get(array.dtype.kind, "float")
        return Code(f"np.array({' '.join(text.split())})", shape=array.shape, kind=kind)
    return number(value.item() if hasattr(value, "item") else value)


def transposed(x: Code, axes: tuple[int, ...], shape: tuple[Any, ...]) -> Code:
    """A piece with its axes in another order."""
    if axes == (1, 0):
        return view(x, ".T", shape)
    if axes == tuple(range(x.ndim)):
        return x
    if axes == (*range(x.ndim - 2), x.ndim - 1, x.ndim - 2):
        return call("np.swapaxes", (x,), shape, "-1, -2", x.kind)
    return call("np.transpose", (x,), shape, str(axes), x.kind)


def shape_text(shape: Sequence[Any]) -> str:
    """A shape as an argument: a bare number where there is one axis."""
    if len(shape) == 1:
        return number_text(shape[0])
    return "(" + ", ".join(map(number_text, shape)) + ")"


def _listed(name: str, xs: Sequence[Code], shape: tuple[Any, ...], axis: int) -> Code:
    places = ", ".join(f"{{{k}}}" for k in range(len(xs)))
    extra = f", axis={axis}" if axis else ""
    return Code(f"{name}([{places}]{extra})", xs, shape)


def _numpy_name(rule: Primitive) -> str | None:
    """The rule's own NumPy spelling; the standard's word where it has none."""
    for spelling in rule.spellings:
        if spelling.dialect == "numpy" and not spelling.fixed:
            return spelling.name
    return rule.word if rule.word in STANDARD else None


def _numpy_parameter(rule: Primitive, name: str) -> str:
    spelling = next((s for s in rule.spellings if s.dialect == "numpy"), None)
    renames = spelling.renames if spelling else {}
    known = {own: theirs for theirs, own in renames.items()}
    return known.get(name, name) if name in ("min", "max", "widths") else name


def _argument(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        inner = ", ".join(map(_argument, value))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, str):
        return f'"{value}"'
    return str(value) if value is None or isinstance(value, bool) else number_text(value)


def _index_text(part: Any) -> str:
    if part is Ellipsis:
        return "..."
    if isinstance(part, slice):
        ends = [("" if p is None else number_text(p)) for p in (part.start, part.stop)]
        step = "" if part.step is None else f":{number_text(part.step)}"
        return f"{ends[0]}:{ends[1]}{step}"
    return "None" if part is None else _argument(part)


def _indexed(shape: tuple[Any, ...], parts: tuple[Any, ...]) -> tuple[Any, ...]:
    """The shape that basic indexing gives, where integer arrays stand side by side."""
    rank = sum(p is not None and p is not Ellipsis for p in parts)
    every = [slice(None)] * (len(shape) - rank)
    at = next((k for k, p in enumerate(parts) if p is Ellipsis), len(parts))
    full = [*parts[:at], *every, *parts[at + 1 :]]
    axes, out, placed = iter(shape), [], False
    for part in full:
        if part is None:
            out.append(1)
            continue
        n = next(axes)
        if isinstance(part, slice):
            out.append(_slice_length(part, n))
        elif isinstance(part, Code) and not placed:
            out.extend(part.shape)
            placed = True
    return tuple(out)


def _slice_length(part: slice, n: Any) -> Any:
    if isinstance(n, int) and all(p is None or isinstance(p, int) for p in
                                  (part.start, part.stop, part.step)):  # fmt: skip
        return len(range(*part.indices(n)))
    if part.step not in (None, 1):
        return sp.Symbol("_")
    start, stop = part.start or 0, n if part.stop is None else part.stop
    return (n if stop is n else n + stop if stop < 0 else stop) - (
        n + start if start < 0 else start
    )


def _broadcast(values: Sequence[Code]) -> tuple[Any, ...]:
    return broadcast_shape(*(v.shape for v in values))


def _pattern(x: Code) -> Any:
    return tuple(n if isinstance(n, int) else None for n in x.shape)


def _standing(letter: str, x: Code) -> Code:
    """A function's own operand: sizes that are not known are read off it."""
    sizes = tuple(
        n if isinstance(n, int) else _Large(f"{letter}.shape[{k}]", integer=True, positive=True)
        for k, n in enumerate(x.shape)
    )
    return Code(letter, shape=sizes, kind=x.kind)


def _letters(rule: Primitive, count: int, arrays: Sequence[str]) -> list[str]:
    if rule.variadic:
        names = [*rule.operands[:-1]]
        return [*names, *(f"x{k}" for k in range(count - len(names))), *arrays]
    return [*rule.operands[:count], *arrays]


def _tuple(parts: Sequence[Any]) -> Code:
    pieces = [lifted(p) for p in parts]
    return Code(", ".join(f"{{{k}}}" for k in range(len(pieces))), pieces, level=COMPARE)


def _short(text: str, letters: Sequence[str]) -> bool:
    """Whether a body may stand in place of its call: it is short and reads each operand once."""
    words = "".join(c if c.isalnum() or c in "._" else " " for c in text).split()
    return len(text) <= 40 and all(words.count(letter) <= 1 for letter in letters)


def _replaced(root: Code, given: dict[Code, Code]) -> Code:
    """A small piece with other operands in place of its own."""
    if root in given:
        return given[root]
    if not root.args:
        return root
    args = [_replaced(a, given) for a in root.args]
    shape = _broadcast(args)
    return Code(root.text, args, shape, level=root.level, needs=root.needs, kind=root.kind)


def _is_name(text: str | None) -> bool:
    return bool(text) and str(text).isascii() and str(text).isidentifier()


def _function_text(name: str, letters: Sequence[str], rule: Primitive, block: Block) -> str:
    first = (rule.__doc__ or rule.name).strip().splitlines()[0].partition(", $")[0].rstrip(".")
    lines = [f'"""{first}."""', *block.lines, wrapped(f"return {block.result}")]
    body = "\n".join("    " + row for line in lines for row in line.split("\n"))
    return f"def {name}({', '.join(letters)}):\n{body}"


def _binary(word: str, reflected: bool) -> Callable[[Any, Any], Any]:
    def method(a: Any, b: Any) -> Any:
        first, second = (b, a) if reflected else (a, b)
        return _OPERATORS.apply(REGISTRY[word], (first, second), {})

    return method


_OPERATORS = Emitting(Names())
operators.install(Code, _binary, lambda word: lambda x: _OPERATORS.apply(REGISTRY[word], (x,), {}))
