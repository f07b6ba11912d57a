"""Reads a rule as the line that a person would write down, beside its number; ``steps`` uses it.

A phrase is a text in terms of earlier names together with the value that it stands for. Rules and
their derivatives run over phrases unchanged, so a lesson can say nothing that the rules do not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from symgrad.grammar import operators
from symgrad.grammar.algebra import Algebra
from symgrad.grammar.kind import Kind
from symgrad.grammar.primitive import REGISTRY, Primitive

#: How tightly a text binds; ``ATOM`` is a name, a number, a call.
LOOSE, SUM, PRODUCT, POWER, ATOM = range(5)


class Sign(NamedTuple):
    """How Python writes a word as an operator, and how tightly it binds."""

    text: str
    level: int


_SIGNS = {
    "add": Sign(" + ", SUM), "subtract": Sign(" - ", SUM),
    "multiply": Sign("*", PRODUCT), "divide": Sign("/", PRODUCT), "matmul": Sign(" @ ", PRODUCT),
    "power": Sign("**", POWER),
    "less": Sign(" < ", LOOSE), "less_equal": Sign(" <= ", LOOSE),
    "greater": Sign(" > ", LOOSE), "greater_equal": Sign(" >= ", LOOSE),
    "equal": Sign(" == ", LOOSE), "not_equal": Sign(" != ", LOOSE),
}  # fmt: skip
#: Signs whose right side needs no brackets at the same level.
_ASSOCIATIVE = ("add", "multiply")
#: A number that leaves the other operand as it is: (word, whether it stands on the right).
_NEUTRAL = {
    ("add", False): "0", ("add", True): "0", ("subtract", True): "0",
    ("multiply", False): "1", ("multiply", True): "1", ("divide", True): "1", ("power", True): "1",
}  # fmt: skip
_FILLED = {"zeros_like": "0", "zeros": "0", "ones_like": "1", "ones": "1"}
#: Numbers that have a name.
_NAMED = {math.pi: "pi", math.e: "e"}
#: Parameters that the reader of a line does not need: how, not what.
_SILENT = ("path", "like", "call")


class Phrase:
    """A text and the value that it stands for, with Python's operators."""

    __slots__ = ("algebra", "level", "text", "value", "words")
    __array_ufunc__ = None  # a NumPy scalar on the left leaves the product to us

    def __init__(
        self, value: Any, text: str, algebra: Written, level: int = ATOM, words: int = 0
    ) -> None:
        self.value = value
        self.text = text
        self.algebra = algebra
        self.level = level
        self.words = words  # how many words were applied to reach this text

    @property
    def shape(self) -> tuple[int, ...]:
        """The value's sizes."""
        return tuple(self.value.shape)

    @property
    def ndim(self) -> int:
        """How many axes."""
        return len(self.value.shape)

    @property
    def size(self) -> int:
        """How many entries."""
        return math.prod(self.value.shape)

    @property
    def dtype(self) -> Any:
        """The value's dtype."""
        return self.value.dtype

    @property
    def device(self) -> Any:
        """The value's device."""
        return getattr(self.value, "device", None)

    def __getitem__(self, index: Any) -> Any:
        return self.algebra.getitem(self, index=index)

    def __repr__(self) -> str:
        return self.text


class Written(Algebra):
    """Rules over phrases: each word computes by ``numbers`` and is written down."""

    name = "written"

    def __init__(self, numbers: Any) -> None:
        self.numbers = numbers
        for constant in ("pi", "e", "inf"):
            setattr(self, constant, Phrase(getattr(numbers, constant), constant, self))

    def __getattr__(self, word: str) -> Callable[..., Any]:
        compute = getattr(self.numbers, word)

        def call(*operands: Any, **params: Any) -> Any:
            plain = {name: bare(value) for name, value in params.items()}
            return self._made(word, operands, params, compute(*map(bare, operands), **plain))

        call.__name__ = word
        self.__dict__[word] = call
        return call

    def ratio(self, p: int, q: int) -> Phrase:
        """p/q, unreduced, as a person writes it."""
        return Phrase(self.numbers.ratio(p, q), f"{p}/{q}", self, PRODUCT)

    def apply(self, rule: Primitive, operands: tuple[Any, ...], params: dict[str, Any]) -> Any:
        """One call of a rule: by its formula if that is a single word, else by its name."""
        if rule.projection:
            return rule.forward(self, *operands, **params)
        value = self.numbers.apply(rule, tuple(map(bare, operands)), params)
        named = self._made(rule.word, operands, params, value)
        if isinstance(named, tuple) or rule.word in _SIGNS or not _is_spelled(rule):
            return named
        once = rule.formula_of(self, operands, params)
        return Phrase(named.value, once.text, self, once.level, 1) if once.words == 1 else named

    def pulled(self, call: Any, g: Any) -> Any:
        """What a custom function's backward gave: its own text is code, not a formula."""
        given = type(g)(map(bare, g)) if isinstance(g, tuple) else bare(g)
        shown = ", ".join(p.text for p in g if p is not None) if isinstance(g, tuple) else g.text
        text = f"{call.cls.__name__}.backward({shown})"
        return [
            None if value is None else Phrase(value, text, self, ATOM, 1)
            for value in call.pulled(self.numbers, given)
        ]

    def _made(self, word: str, operands: Any, params: dict[str, Any], value: Any) -> Any:
        words = 1 + sum(o.words for o in operands if isinstance(o, Phrase))
        if isinstance(value, tuple):
            call = _call(word, operands, params)
            return tuple(Phrase(v, f"{call}[{k}]", self, ATOM, words) for k, v in enumerate(value))
        text, level = _write(word, operands, params)
        return Phrase(value, text, self, level, words)


def _is_spelled(rule: Primitive) -> bool:
    """Whether people may write the rule otherwise than by its name: ``x**4``, not power_number."""
    return rule.kind is Kind.ELEMENTWISE and not rule.method


def bare(x: Any) -> Any:
    """The value of a phrase, anything else as it is."""
    if isinstance(x, Phrase):
        return x.value
    return type(x)(map(bare, x)) if type(x) in (tuple, list) else x


def number_text(value: float | int) -> str:
    """A Python number as it is written in a formula: a whole one without a point.

    >>> number_text(2.0), number_text(0.5), number_text(-3), number_text(math.pi)
    ('2', '0.5', '-3', 'pi')
    """
    if value in _NAMED:
        return _NAMED[value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e16:
        return str(int(value))
    return repr(value)


def sum_text(phrases: Iterable[Phrase]) -> str:
    """The terms of a sum in one line; a term with a minus sign is taken away, a zero left out."""
    texts = [p.text for p in phrases if p.text != "0"] or ["0"]
    signed = (f" - {t[1:]}" if t.startswith("-") else f" + {t}" for t in texts[1:])
    return texts[0] + "".join(signed)


def _text_of(operand: Any) -> tuple[str, int]:
    """An operand's text, and how tightly it binds."""
    if isinstance(operand, Phrase):
        text, level = operand.text, operand.level
    elif isinstance(operand, (bool, int, float)):
        text, level = number_text(operand), ATOM
    else:
        return f"array{tuple(operand.shape)}" if hasattr(operand, "shape") else str(operand), ATOM
    # A minus sign binds as a product does, whatever follows it.
    return text, min(level, PRODUCT) if text.startswith("-") else level


def _write(word: str, operands: tuple[Any, ...], params: dict[str, Any]) -> tuple[str, int]:
    if word in _FILLED:
        return _FILLED[word], ATOM
    if word == "negative":
        text, level = _text_of(operands[0])
        plain = level >= PRODUCT and not text.startswith("-")
        return (f"-{text}" if plain else f"-({text})"), PRODUCT
    if word == "getitem":
        text, level = _text_of(operands[0])
        inner = text if level == ATOM else f"({text})"
        return f"{inner}[{index_text(params['index'])}]", ATOM
    if word in _SIGNS and len(operands) == 2:
        return _between(word, *map(_text_of, operands))
    return _call(word, operands, params), ATOM


def _between(word: str, a: tuple[str, int], b: tuple[str, int]) -> tuple[str, int]:
    """``a`` and ``b`` with the word's sign between them, and no brackets that say nothing."""
    if a[0] == _NEUTRAL.get((word, False)):
        return b
    if b[0] == _NEUTRAL.get((word, True)):
        return a
    sign = _SIGNS[word]
    if word == "add" and b[0].startswith("-"):
        return f"{a[0]} - {b[0][1:]}", SUM
    tight_left = a[1] > sign.level or (a[1] == sign.level and sign.level in (SUM, PRODUCT))
    tight_right = b[1] > sign.level or (b[1] == sign.level and word in _ASSOCIATIVE)
    left = a[0] if tight_left else f"({a[0]})"
    right = b[0] if tight_right and not b[0].startswith("-") else f"({b[0]})"
    return f"{left}{sign.text}{right}", sign.level


def _call(word: str, operands: tuple[Any, ...], params: dict[str, Any]) -> str:
    rule = REGISTRY.get(word)
    defaults = rule.defaults if rule is not None else {}
    said = [_text_of(o)[0] for o in operands]
    for name, value in params.items():
        usual = name in defaults and type(defaults[name]) is type(value)
        if name in _SILENT or (usual and defaults[name] == value):
            continue
        said.append(f"{name}={_parameter(name, bare(value))}")
    return f"{rule.name if rule else word}({', '.join(said)})"


def _parameter(name: str, value: Any) -> str:
    if name != "index":
        return repr(value)
    return f"({index_text(value)})" if isinstance(value, tuple) else index_text(value)


def index_text(index: Any) -> str:
    """An index as it stands between square brackets.

    >>> index_text((0, slice(1, None), None, Ellipsis))
    '0, 1:, None, ...'
    """
    if isinstance(index, tuple):
        return ", ".join(map(index_text, index))
    if isinstance(index, slice):
        ends = ["" if end is None else str(end) for end in (index.start, index.stop)]
        return ":".join(ends) + (f":{index.step}" if index.step not in (None, 1) else "")
    if index is Ellipsis:
        return "..."
    if hasattr(index, "shape") and math.prod(index.shape) > 8:
        return f"array{tuple(index.shape)}"
    return str(index.tolist()) if hasattr(index, "tolist") else str(index)


def _binary(word: str, reflected: bool) -> Callable[[Any, Any], Any]:
    def method(a: Phrase, b: Any) -> Any:
        call = getattr(a.algebra, word)
        return call(b, a) if reflected else call(a, b)

    return method


def _unary(word: str) -> Callable[[Any], Any]:
    return lambda a: getattr(a.algebra, word)(a)


operators.install(Phrase, _binary, _unary)
