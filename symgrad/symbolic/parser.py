"""Reads an expression that a person typed, running none of it; floor 4 and above may import it.

Python's own parser settles what binds tighter. A sweep over the characters goes first, since deep
or long text exhausts that parser; the tree is then walked with a stack into a program that is data.
"""

from __future__ import annotations

import ast
import difflib
import inspect
import keyword
import math
import operator
import re
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from symgrad.errors import ParseError
from symgrad.grammar.primitive import REGISTRY

#: Limits: characters (so also nodes), levels, operators that wait on one another, digits of a
#: whole number, characters of a decimal, letters of a name, size of a constant exponent.
LENGTH, DEPTH, CHAIN, DIGITS, DECIMAL, LETTERS, EXPONENT = 20_000, 100, 1000, 40, 100, 50, 1000

_UNARY = """sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh
    exp log log2 log10 log1p expm1 sqrt abs sign sigmoid relu softplus"""
#: Functions by the name that people write: the rule's word and how many values it takes.
FUNCTIONS: dict[str, tuple[str, int]] = {
    **{word: (word, 1) for word in _UNARY.split()},
    **{"maximum": ("maximum", 2), "minimum": ("minimum", 2)},
    **{"pow": ("power", 2), "where": ("where", 3)},
}
CONSTANTS = {"pi": math.pi, "e": math.e}
_LISTED = (*FUNCTIONS, *CONSTANTS)

# fmt: off
_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide",
    ast.Pow: "power", ast.USub: "negative", ast.UAdd: "",  # a plus sign is no step
    ast.Lt: "less", ast.LtE: "less_equal", ast.Gt: "greater", ast.GtE: "greater_equal",
    ast.Eq: "equal", ast.NotEq: "not_equal",
}
_ARITHMETIC: dict[str, Callable[..., Any]] = {
    "add": operator.add, "subtract": operator.sub, "multiply": operator.mul,
    "divide": operator.truediv, "power": operator.pow, "negative": operator.neg,
}
# fmt: on
_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_TOKEN = re.compile(
    rf"[ \t\r\n]+|(?P<number>{_NUMBER}[\w.]*)|(?P<name>[A-Za-z_]\w*)|(?P<open>\()|(?P<close>\))"
    r"|(?P<comma>,)|(?P<operator>\*\*|[<>=!]=|[-+*]|/(?!/)|<(?![<>])|>(?!>))"
    r"|(?P<foreign>//|<<|>>|<>|:=|.)",
    re.ASCII | re.DOTALL,
)
#: What to write for a sign or a word that people mean well.
_WRITE = {"^": "**", "//": "/", "%": "/", "=": "==", ":=": "==", "<>": "!=", "ln": "log"}
_WRITE |= dict.fromkeys("[]{}", "round brackets") | dict.fromkeys("'\"`", "numbers and names")
_WRITE |= {"\xd7": "*", "\xb7": "*", "\xf7": "/", "\u2212": "-", "\xb2": "**2", "\u03c0": "pi"}


@dataclass(frozen=True)
class Number:
    """A number of the text: ``value`` is what is computed with, ``text`` how it was written."""

    value: int | float
    text: str


#: What a step works on: a name, a number, or (an int) the index of an earlier step.
Operand = str | Number | int


@dataclass(frozen=True)
class Step:
    """One rule applied: its word, its operands, and the first and last column of its text."""

    word: str
    operands: tuple[Operand, ...]
    columns: tuple[int, int]


@dataclass(frozen=True, repr=False)
class Expression:
    """An expression as a flat program, and a callable function of its names.

    Takes   values for ``names``, by position or by name.
    Gives   what the last step gives; a text that is one name or number has no steps.
    Raises  TypeError for values that are missing, doubled or not asked for, naming them.
    Limits  those of ``parse``.
    Source  three-address code: Aho, Sethi and Ullman, Compilers (1986), section 8.1

    >>> from symgrad.symbolic.parser import read
    >>> read("2*x").steps
    (Step(word='multiply', operands=(Number(value=2, text='2'), 'x'), columns=(1, 3)),)
    >>> read("2*x").evaluate(lambda word, a, b: f"{word} {a} {b}", {"x": 5})
    'multiply 2 5'
    """

    text: str
    names: tuple[str, ...]
    steps: tuple[Step, ...]
    result: Operand

    def __post_init__(self) -> None:
        shown = " ".join(self.text.split())
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        signature = inspect.Signature([inspect.Parameter(name, kind) for name in self.names])
        # Set on the object: as properties they would hide the class's own name and signature.
        object.__setattr__(self, "__name__", shown if len(shown) <= 60 else shown[:57] + "...")
        object.__setattr__(self, "__signature__", signature)

    def __repr__(self) -> str:
        return f"sg.parse({self.text!r})"

    def __call__(self, /, *values: Any, **named: Any) -> Any:
        surplus = [f"value {i + 1}" for i in range(len(self.names), len(values))]
        self._check([*self.names[: len(values)], *surplus, *named])
        given = dict(zip(self.names, values, strict=False), **named)
        return self.evaluate(lambda word, *operands: REGISTRY[word](*operands), given)

    def evaluate(self, call: Callable[..., Any], values: Mapping[str, Any]) -> Any:
        """Run the steps, each as ``call(word, *operands)``, with ``values`` for the names."""
        self._check(list(values))
        found: dict[Any, Any] = dict(values)

        def look(operand: Operand) -> Any:
            return operand.value if isinstance(operand, Number) else found[operand]

        for index, step in enumerate(self.steps):
            found[index] = call(step.word, *map(look, step.operands))
        return look(self.result)

    def _check(self, given: list[str]) -> None:
        wrong = {
            "missing": [name for name in self.names if name not in given],
            "given twice": [name for name in self.names if given.count(name) > 1],
            "not asked for": [str(name) for name in given if name not in self.names],
        }
        if said := [f"{what}: {', '.join(who)}" for what, who in wrong.items() if who]:
            takes = ", ".join(self.names) or "no values"
            raise TypeError(f"Expression({self.text[:60]!r}) takes {takes}; {'; '.join(said)}")


def parse(text: str, names: Iterable[str] | None = None) -> Expression:
    """Read an expression that a person typed, as a function of its names.

    Takes   text: numbers, names, ``+ - * / **``, brackets, pi, e, the functions in ``FUNCTIONS``,
            and ``where(x > 0, a, b)``; a name is a letter, then letters, digits and ``_``.
            names: all that it may use, in the order of its parameters; without them each new
            name declares itself, in order of first appearance.
    Gives   an Expression, to be called with the names' values.
    Raises  ParseError, one line with the column and the mend, for any other text.
    Limits  20,000 ASCII characters, 100 levels, 1000 operators in a chain, 40 digits of a whole
            number, constant exponents to 1000.
    Source  Python's grammar, https://docs.python.org/3/reference/expressions.html

    >>> f = sg.parse("x**2*y + 1")
    >>> f.names, f(sg.tensor(3.0), y=2)
    (('x', 'y'), tensor(19.))
    """
    if not isinstance(text, str):
        raise TypeError(f"an expression is a text, not {type(text).__name__}")
    declared = None if names is None else tuple(dict.fromkeys(names))
    for name in declared or ():
        if trouble := _name_trouble(name) or ("it has a meaning" if name in _LISTED else ""):
            raise ParseError(f"the name {name[:60]!a} cannot be declared: {trouble}", text=text)
    if len(text) > LENGTH:
        _refuse(text, LENGTH + 1, f"at most {LENGTH} characters are read; write less")
    _sweep(text)
    # The brackets give leading blanks a place to stand, and make Python's offsets 1-based columns.
    try:
        tree = ast.parse("(" + re.sub(r"\s", " ", text) + ")", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        _refuse(text, 1, "this is too deep to read from here; write it in parts")
    return _Builder(text, declared).build(tree)


#: The same reader, by the name that readers of files and command lines use.
read = parse


def read_value(text: str) -> int | float:
    """Read one number, as typed after ``--at x=``.

    Takes   text: numbers, pi and e, with ``+ - * / **`` and brackets.
    Gives   an int where only whole numbers are added, multiplied or raised; else a float.
    Raises  ParseError, as ``parse``.

    >>> from symgrad.symbolic.parser import read_value
    >>> read_value("2"), read_value("-1/4")
    (2, -0.25)
    """
    expression = read(text, ())
    for step in expression.steps:
        if step.word not in _ARITHMETIC:
            _refuse(text, step.columns[0], "a value has no functions in it; write its number")
    return expression.evaluate(_fold, {})  # type: ignore[no-any-return]


def _refuse(text: str, column: int, message: str) -> NoReturn:
    raise ParseError(f"column {column}: {message}", text=text, column=column)


def _fold(word: str, *numbers: Any) -> int | float:
    """Python's arithmetic on constants; ValueError for what is no real number of fair size."""
    try:
        value = _ARITHMETIC[word](*numbers)
        if isinstance(value, complex):
            raise ValueError("a negative number has no such real power; change the base")
        if isinstance(value, int) and abs(value) >= 10**DIGITS:
            raise ValueError(f"this has over {DIGITS} digits; write a decimal such as 1e50")
        if not math.isfinite(value):
            raise OverflowError
    except ArithmeticError:
        raise ValueError("this divides by zero, or no float holds it; change a number") from None
    return value  # type: ignore[no-any-return]


def _name_trouble(name: str) -> str:
    """What keeps a word from being a name, empty if nothing does."""
    if len(name) > LETTERS:
        return f"a name has at most {LETTERS} letters; shorten it"
    if not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII):
        return f"{name!a} is no name; begin with a letter, go on with letters, digits and _"
    return f"'{name}' is Python's word; choose another name" if keyword.iskeyword(name) else ""


def _number_trouble(token: str) -> str:
    """What keeps a token from being a number, empty if nothing does."""
    if not re.fullmatch(_NUMBER, token, re.ASCII):
        return f"'{token[:20]}' is no number; write plain decimals, and * to multiply"
    if len(token) > (DIGITS if token.isdigit() else DECIMAL):
        return f"a number has at most {DIGITS} digits, a decimal {DECIMAL}; write fewer"
    if token.isdigit():
        return f"'{token}' begins with 0; write {int(token)}" if str(int(token)) != token else ""
    if math.isinf(float(token)) or (not float(token) and re.match(r"[0.]*[1-9]", token)):
        return "no float is so large or so small; write another number"
    return ""


def _foreign_trouble(token: str) -> str:
    """Why a sign is not read; one that is not plain ASCII is named by its code point alone."""
    shown = repr(token) if " " < token < "\x7f" else f"U+{ord(token):04X}"
    what = "a power" if token == "^" else "read"
    return f"{shown} is not {what} here; write {_WRITE.get(token, 'numbers, names and + - * / **')}"


_ENDS = ("number", "name", "close")
_TROUBLE = {"name": _name_trouble, "number": _number_trouble, "foreign": _foreign_trouble}

#: An open bracket: its column, whether it is a call's, how deep and tall the text was before it.
_Group = namedtuple("_Group", "column call depth height")


def _misplaced(kind: str, token: str, before: str, group: _Group) -> str:
    """Why a token cannot follow one of the kind ``before``, empty if it can."""
    ended = before in _ENDS
    if ended and (kind in ("number", "name") or (kind == "open" and before != "name")):
        return "two values stand side by side; write * between them"
    if kind == "comma" and not group.call:
        return "',' stands only between a function's values; write one value"
    if kind == "close" and not group.column:
        return "')' closes nothing; write ( before it"
    empty = kind == "close" and before == "open" and group.call
    if ended or empty or kind in ("number", "name", "open") or token in ("+", "-"):
        return ""
    return "a value is missing here; write a number or a name"


def _sweep(text: str) -> None:
    """Refuse, at its column, what Python's parser would choke on or take for something else."""
    groups, before, depth, height = [_Group(0, False, -1, 0)], "start", 0, 0
    for found in _TOKEN.finditer(text):
        kind, token, column = found.lastgroup, found.group(), found.start() + 1
        if kind is None:
            continue
        trouble = _TROUBLE[kind](token) if kind in _TROUBLE else ""
        if trouble := trouble or _misplaced(kind, token, before, groups[-1]):
            _refuse(text, column, trouble)
        if kind == "open":
            groups.append(_Group(column, before == "name", depth, height))
            depth, height = depth + 1, 0
        elif kind == "close":
            group = groups.pop()
            signs = group.depth - groups[-1].depth - 1
            depth, height = group.depth, max(group.height, height + signs + 2)
        elif kind in ("operator", "comma"):
            waits = token == "**" or before not in _ENDS
            depth, height = (depth if waits else groups[-1].depth) + 1, height + 1
        if depth > DEPTH or height > CHAIN:
            _refuse(text, column, f"over {DEPTH} levels or {CHAIN} operators; write it in parts")
        before = kind
    if trouble := _misplaced("end", "", before, groups[-1]):
        _refuse(text, len(text.rstrip()) + 1, trouble)
    if len(groups) > 1:
        _refuse(text, groups[-1].column, "'(' is never closed; add )")


class _Builder:
    """Turns the tree into steps, operands first, and refuses whatever is not listed."""

    def __init__(self, text: str, declared: tuple[str, ...] | None) -> None:
        self.text, self.declared = text, declared
        self.names = dict.fromkeys(declared or ())
        self.steps: list[Step] = []
        self.known: dict[Operand, int | float] = {}
        self.ready: list[Operand] = []
        self.conditions: set[ast.expr] = set()

    def build(self, tree: ast.expr) -> Expression:
        todo: list[tuple[ast.expr, str, list[ast.expr]]] = [(tree, "", [])]
        while todo:
            node, word, children = todo.pop()
            if word:
                self.finish(node, word, children)
                continue
            word, children = self.enter(node)
            todo += [(node, word, children)] if word else []
            todo += [(child, "", []) for child in reversed(children)]
        return Expression(self.text, tuple(self.names), tuple(self.steps), self.ready.pop())

    def refuse(self, node: ast.expr, message: str) -> NoReturn:
        _refuse(self.text, node.col_offset, message)

    def enter(self, node: ast.expr) -> tuple[str, list[ast.expr]]:
        match node:
            case ast.Constant(value=int() | float() as value):
                text = self.text[node.col_offset - 1 : (node.end_col_offset or 0) - 1]
                self.ready.append(Number(value, text))
            case ast.Name(id=name):
                self.ready.append(self.named(node, name))
            case ast.UnaryOp(op=sign, operand=operand) if type(sign) in _OPERATORS:
                return _OPERATORS[type(sign)], [operand]
            case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _OPERATORS:
                return _OPERATORS[type(sign)], [left, right]
            case ast.Compare(left=left, ops=[sign], comparators=[right]) if node in self.conditions:
                return _OPERATORS[type(sign)], [left, right]
            case ast.Compare():
                self.refuse(node, "one comparison stands first in where; write where(x > 0, a, b)")
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
                return self.called(node, name, args)
            case _:
                self.refuse(node, "this is not read here; write numbers, names and + - * / **")
        return "", []

    def named(self, node: ast.expr, name: str) -> Operand:
        if name in CONSTANTS:
            return Number(CONSTANTS[name], name)
        if name in FUNCTIONS:
            self.refuse(node, f"'{name}' is a function; write {name}(...)")
        if self.declared is None:
            self.names[name] = None
        elif name not in self.names:
            self.unknown(node, name, f"the names are: {', '.join(self.declared[:8]) or 'none'}")
        return name

    def called(self, node: ast.expr, name: str, args: list[ast.expr]) -> tuple[str, list[ast.expr]]:
        if name not in FUNCTIONS:
            self.unknown(node, name, f"write {name}*(...) for a product", "as a function")
        word, count = FUNCTIONS[name]
        if len(args) != count:
            usual = ("a", "a, b", "x > 0, a, b")[count - 1]
            self.refuse(node, f"{name} takes {count}, not {len(args)}; write {name}({usual})")
        if word == "where":
            if not isinstance(args[0], ast.Compare):
                self.refuse(args[0], "where needs a comparison; write where(x > 0, a, b)")
            self.conditions.add(args[0])
        return word, args

    def unknown(self, node: ast.expr, name: str, mend: str, role: str = "here") -> NoReturn:
        near = difflib.get_close_matches(_WRITE.get(name, name), (*self.names, *_LISTED), 1)
        mend = f"did you mean '{near[0]}'?" if near and near[0] != name else mend
        self.refuse(node, f"'{name}' is not known {role}; {mend}")

    def finish(self, node: ast.expr, word: str, children: list[ast.expr]) -> None:
        operands = tuple(self.ready[-len(children) :])
        del self.ready[-len(children) :]
        first, last = node.col_offset, (node.end_col_offset or 0) - 1
        values = [o.value if isinstance(o, Number) else self.known.get(o) for o in operands]
        if word == "power" and values[1] is not None and abs(values[1]) > EXPONENT:
            self.refuse(children[1], f"a constant exponent goes to {EXPONENT}; write a smaller one")
        if word not in _ARITHMETIC and all(isinstance(o, Number) for o in operands[-2:]):
            # No step may compute in integers alone: rules let those wrap around, silently.
            operands = tuple(
                Number(float(o.value), o.text) if isinstance(o, Number) else o for o in operands
            )
        if word in _ARITHMETIC and None not in values:
            try:
                value = _fold(word, *values)
            except ValueError as error:
                self.refuse(node, str(error))
            if all(isinstance(o, Number) and o.text not in CONSTANTS for o in operands):
                self.ready.append(Number(value, self.text[first - 1 : last]))
                return
            self.known[len(self.steps)] = value
        self.ready.append(len(self.steps))
        self.steps.append(Step(word, operands, (first, last)))
