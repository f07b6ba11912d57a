"""An algebra whose values are NumPy source: a rule's own forward, written out as a function.

No table of operations stands here: words are NumPy's where a rule is spelled so, else the rule's
stable forward is run over pieces of source and becomes a function above; imported by ``coding``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sympy as sp

from symgrad.algebras.numeric import STANDARD
from symgrad.algebras.tensors.carrier import is_truth
from symgrad.errors import NoClosedForm
from symgrad.grammar import operators
from symgrad.grammar.kind import Kind, reduced_axes, reduced_shape
from symgrad.grammar.primitive import REGISTRY, Primitive, infer_shape
from symgrad.symbolic.coding.source import (
    COMPARE,
    PRODUCT,
    SUM,
    Block,
    Code,
    Names,
    as_numbers,
    call,
    infix,
    view,
    wrapped,
)
from symgrad.symbolic.coding.words import Words, argument, broadcast, lifted

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


class Emitting(Words):
    """Rules over source; ``functions`` holds the text of each that NumPy lacks."""

    def __init__(self, names: Names) -> None:
        super().__init__(names)
        self._made: dict[Any, tuple[str, Any]] = {}

    # reading a call ----------------------------------------------------------------------------

    def apply(self, rule: Primitive, operands: tuple[Any, ...], params: Params) -> Any:
        values = tuple(map(lifted, operands))
        native = getattr(type(self), f"word_{rule.word}", None)
        if native is not None:
            return native(self, *values, **params)
        if rule.word in _INFIX and len(values) == 2:
            sign, level = _INFIX[rule.word]
            if level == COMPARE:
                return Code(f"{{0}} {sign} {{1}}", values, broadcast(values),
                            level=COMPARE, needs=(SUM, SUM), kind="bool")  # fmt: skip
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
            f"{_numpy_parameter(rule, k)}={argument(v)}"
            for k, v in params.items()
            if rule.defaults.get(k, params) != v
        )
        kind = "bool" if is_truth(rule.word) else "float"
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
        return broadcast(values)

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
        scalar = rule.kind is Kind.ELEMENTWISE  # its text does not depend on sizes
        inner = [
            Code(x, kind=v.kind) if scalar else _standing(x, v)
            for x, v in zip(letters, values, strict=True)
        ]
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
        name = self.names.of(_called(rule))
        self.functions[name] = _function_text(name, letters, rule, block)
        return name, result if several else None


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
    shape = broadcast(args)
    return Code(root.text, args, shape, level=root.level, needs=root.needs, kind=root.kind)


def _called(rule: Primitive) -> str:
    """The name of a rule's function: that of formulas where it is one in ASCII."""
    shown = rule.notation or ""
    return shown if shown.isascii() and shown.isidentifier() else rule.name


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
