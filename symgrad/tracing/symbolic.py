"""Tensors that have sizes and no numbers: a function is traced for every size at once.

Sizes come as text, read by a parser of their own. Imported by what makes closed forms, never by
what ``import symgrad`` loads: SymPy comes with it.
"""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import sympy

from symgrad.algebras.tensors.carrier import leaf
from symgrad.errors import ParseError, Position, SymgradError, TraceError, compose, user_position
from symgrad.tracing.naming import GREEK, check_name, in_latin
from symgrad.tracing.tensor import Tensor, leaf_of, wrap

#: Limits of one text: characters, levels of a size, sizes, and digits of a number.
_LENGTH, _DEPTH, _SIZES, _DIGITS = 400, 20, 32, 9

_DTYPES = ("float", "int", "bool")
_LAMBDA = "lambda_of_sizes"
_SIZE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,48}\Z", re.ASCII)
_MEND = 'sizes stand apart, as in "n d" or "int n 3"; each is a number, a name, or like n+1 or 2*n'


def symbol_tensor(
    name: str, shape: tuple[Any, ...], dtype: str = "float", requires_grad: bool | None = None
) -> Tensor:
    """A tensor that is known by its letter and its sizes alone.

    Takes   name: the letter; shape: ints, and SymPy expressions in positive integer symbols, as
            ``read_sizes`` gives them; dtype: "float", "int" or "bool"; requires_grad: default
            True for floats.
    Raises  NameRefused for a name that cannot stand in a formula, DtypeError where integers
            should require grad.

    >>> from symgrad.tracing.symbolic import read_sizes, symbol_tensor
    >>> x = symbol_tensor("x", read_sizes("n d")[1]); x.shape
    symgrad.Size([n, d])
    >>> (x * x).sum()
    tensor(<formula>, size=(), grad_fn=<SumBackward0>)
    """
    made = wrap(leaf(check_name(name), shape, dtype))
    position = user_position()
    if dtype == "float" if requires_grad is None else requires_grad:
        made.requires_grad_()
    holder = leaf_of(made, position)
    holder.assigned, holder.position = name, position
    return made


# sizes from text ----------------------------------------------------------------------------------


def size_symbol(name: str) -> sympy.Symbol:
    """The symbol of a size: a positive integer.

    Raises  ParseError for what is no name of a size.
    """
    if not _SIZE.match(name) or (keyword.iskeyword(name) and name not in GREEK):
        raise _refused(name, f"{name[:40]!r} cannot name a size.", 0)
    return sympy.Symbol(name, integer=True, positive=True)


def read_sizes(text: str) -> tuple[str, tuple[Any, ...]]:
    """The dtype and the sizes that a text names.

    Takes   text: an optional ``int`` or ``bool`` (or ``float``), then sizes apart by blanks or
            commas: numbers, names, sums and products such as ``n+1``, ``2*n``, ``n*(d+1)``; none
            is a single number.
    Gives   "float", "int" or "bool", and a tuple of ints and SymPy expressions.
    Raises  ParseError for anything else.

    >>> from symgrad.tracing.symbolic import read_sizes
    >>> read_sizes("int n 3"), read_sizes("2*n, d+1"), read_sizes("")
    (('int', (n, 3)), ('float', (2*n, d + 1)), ('float', ()))
    """
    if not isinstance(text, str):
        raise _refused(str(text), f"sizes are given as text, not as {type(text).__name__}.", 0)
    if len(text) > _LENGTH:
        raise _refused(text, f"sizes in {len(text)} characters; {_LENGTH} are the most.", 0)
    parts = _parts(text)
    dtype = parts.pop(0)[0] if parts and parts[0][0] in _DTYPES else "float"
    if len(parts) > _SIZES:
        raise _refused(text, f"{len(parts)} sizes; {_SIZES} are the most.", 0)
    return dtype, tuple(_size(text, part, at) for part, at in parts)


def check_sizes(inputs: Mapping[str, Any]) -> None:
    """Refuse sizes that clash with the names of inputs.

    Takes   inputs: for each input's name the text of its sizes.
    Raises  ParseError for a size that has the name of an input, or for a text that is none.

    >>> from symgrad.tracing.symbolic import check_sizes
    >>> check_sizes({"X": "n d", "w": "d"})
    """
    taken = {in_latin(name) for name in inputs}  # λ and lambda print alike
    for name, text in inputs.items():
        for size in read_sizes(text)[1]:
            for symbol in getattr(size, "free_symbols", ()):
                if symbol.name in taken:
                    raise ParseError(
                        compose(
                            f"{symbol.name!r} is the name of an input and of a size of {name}.",
                            [("sizes", f'{name}="{text}"')],
                            where=user_position(),
                            mend="give the size another letter",
                        ),
                        text=text,
                        column=text.find(symbol.name) + 1,
                    )


def _parts(text: str) -> list[tuple[str, int]]:
    """The words of a text with their places; signs and brackets hold words together."""
    joined = re.sub(r"\s*([-+*])\s*", lambda m: m[1].center(len(m[0]), "\0"), text)
    joined = re.sub(r"(?<=\()\s+|\s+(?=\))", lambda m: "\0" * len(m[0]), joined)
    found = [(m[0].replace("\0", ""), m.start()) for m in re.finditer(r"[^\s,]+", joined)]
    if re.search(r"(^|,)\s*,|,\s*$", text.strip() or "x"):
        raise _refused(text, "a size is missing at a comma.", text.find(","))
    return found


def _size(text: str, part: str, at: int) -> Any:
    if re.search(r"[^\w()*+-]", part):
        raise _refused(text, f"{part[:40]!r} is no size.", at)
    try:
        # `lambda` is a Greek letter first, and to Python a word.
        tree = ast.parse(re.sub(r"\blambda\b", _LAMBDA, part), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _refused(text, f"{part[:40]!r} is no size.", at) from error
    size = _value(tree, text, part, at, 0)
    size = int(size) if size.is_Integer else sympy.expand(size)
    if isinstance(size, int) and size < 1:
        raise _refused(text, f"a size is 1 or more, not {size}.", at)
    return size


def _value(tree: ast.expr, text: str, part: str, at: int, depth: int) -> Any:
    """A size out of whole numbers, names, sums and products, and nothing else."""
    if depth > _DEPTH:
        raise _refused(text, f"a size of more than {_DEPTH} levels.", at)
    if isinstance(tree, ast.Constant) and type(tree.value) is int:
        if len(str(tree.value)) > _DIGITS:
            raise _refused(text, f"a size of more than {_DIGITS} digits.", at)
        return sympy.Integer(tree.value)
    if isinstance(tree, ast.Name):
        return _symbol(tree.id, text, at)
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, (ast.Add, ast.Mult)):
        left = _value(tree.left, text, part, at, depth + 1)
        right = _value(tree.right, text, part, at, depth + 1)
        return left + right if isinstance(tree.op, ast.Add) else left * right
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Sub):
        why = f"{part[:40]!r} may be 0 or less, which is no size."
        raise _refused(text, why, at, "let the smaller size have the name: n, and n+1 elsewhere")
    raise _refused(text, f"{part[:40]!r} is no size.", at)


def _symbol(name: str, text: str, at: int) -> sympy.Symbol:
    name = "lambda" if name == _LAMBDA else name
    if name in _DTYPES:
        raise _refused(text, f"{name!r} says what the entries are, and stands first.", at)
    if not _SIZE.match(name):
        raise _refused(text, f"{name[:40]!r} cannot name a size.", at)
    return size_symbol(name)


def _refused(text: str, why: str, at: int, mend: str = _MEND) -> ParseError:
    return ParseError(
        compose(why, [("sizes", repr(text[:70]))], where=user_position(), mend=mend),
        text=text,
        column=at + 1,
    )


# a program that asks for numbers ------------------------------------------------------------------

_KNOWN = 'give that size as a number: X="n 3"'
_FUNCTIONS = "sg.sqrt(n) or n ** 0.5, sg.log(n), sg.arange(n): math's and NumPy's want numbers"

#: What Python, SymPy and NumPy say where a size would have to be a number; the mend of each.
_ASKING = (
    ("truth value of Relational", ""),
    ("interpreted as an integer", _KNOWN),
    ("expected a sequence of integers", "sg.zeros(n) and its like take sizes by their names"),
    ("Cannot convert symbols to int", _KNOWN),
    ("can't multiply sequence by non-int of type", _KNOWN),
    ("Cannot convert expression to float", _FUNCTIONS),
    ("loop of ufunc does not support argument", _FUNCTIONS),
    ("must be real number, not", _FUNCTIONS),
)


@contextmanager
def asking_for_numbers() -> Iterator[None]:
    """Let a user's function that asks a size for its number fail with its own line and a mend.

    Raises  TraceError in place of the TypeError that Python, SymPy or NumPy raised.

    >>> from symgrad.tracing.symbolic import asking_for_numbers, size_symbol
    >>> with asking_for_numbers():
    ...     range(size_symbol("n"))
    Traceback (most recent call last):
    ...
    symgrad.errors.TraceError: this needs the number that a size stands for...
    """
    try:
        yield
    except TypeError as error:
        found = next((mend for words, mend in _ASKING if words in str(error)), None)
        if found is None or isinstance(error, SymgradError):
            raise
        general = "give example inputs: closed_form(f, a, b)"
        raise TraceError(
            compose(
                "this needs the number that a size stands for, and the input has only sizes.",
                [("asked", str(error).splitlines()[0][:90])],
                where=_users_line(error.__traceback__),
                mend=f"{found}; or {general}" if found else general,
            )
        ) from error
    except ValueError as error:
        inner = error.__cause__ or error.__context__
        if isinstance(error, SymgradError) or not isinstance(inner, TraceError):
            raise
        raise inner from None  # NumPy's a[0] = x says something else of it


def _users_line(trace: TracebackType | None) -> Position:
    """The innermost line of a traceback that is neither this package's nor a library's."""
    found = Position(None, 0)
    while trace is not None:
        module = str(trace.tb_frame.f_globals.get("__name__", "")).partition(".")[0]
        if module not in _LIBRARIES:
            found = Position(trace.tb_frame.f_code, trace.tb_lasti)
        trace = trace.tb_next
    return found


_LIBRARIES = frozenset({"symgrad", "sympy", "numpy", "contextlib", "mpmath"})
