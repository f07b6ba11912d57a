"""The errors that symgrad raises, and how one is worded; anyone may import this.

A message says what happened, where in the user's code, why, and the mend. Each class is at once
PyTorch's and NumPy's class for the same misuse, so that a program written for either catches it.
"""

from __future__ import annotations

import difflib
import linecache
import os
import sys
from collections.abc import Iterable
from types import CodeType, FrameType

_PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep


class SymgradError(Exception):
    """Whatever symgrad raises on purpose."""


class ShapeError(SymgradError, RuntimeError, ValueError):
    """Sizes or ranks that do not fit together."""


class AxisError(ShapeError, IndexError):
    """An axis or an index outside the array."""


class DtypeError(SymgradError, RuntimeError, TypeError):
    """A dtype that the operation does not take, or that cannot require grad."""


class IndexDtypeError(DtypeError, IndexError):
    """An index of anything but integers and truths."""


class DeviceError(SymgradError, RuntimeError, TypeError):
    """A device that is not there, or operands on several devices (CuPy's TypeError)."""


class GraphError(SymgradError, RuntimeError):
    """The recorded graph cannot do what was asked: freed, changed since, or not connected."""


class TraceError(SymgradError, TypeError, RuntimeError):
    """A value was about to leave the trace, or an operation that the trace cannot follow."""


class ExportError(SymgradError, RuntimeError, BufferError):
    """A buffer that cannot be shared with another library."""


class DeclarationError(SymgradError, TypeError):
    """A rule that is declared wrongly; raised while the rule is being read."""


class NoClosedForm(SymgradError, RuntimeError):
    """There is no formula to print; the numbers still work."""


class FormulaError(SymgradError, RuntimeError):
    """A formula disagrees with the numbers of the program that it was made from."""


class ParseError(SymgradError, ValueError):
    """Text that is not an expression; ``column`` is 1-based, ``text`` what was read."""

    def __init__(self, message: str, *, text: str = "", column: int = 0) -> None:
        super().__init__(message)
        self.text = text
        self.column = column


class PerformanceWarning(UserWarning):
    """Something is right, and slower than it looks."""


class Position:
    """A place in somebody's code, kept as two words and read only when it is printed."""

    __slots__ = ("code", "lasti")

    def __init__(self, code: CodeType | None, lasti: int) -> None:
        self.code = code
        self.lasti = lasti

    @property
    def line(self) -> int:
        """The line's number, 0 where it is unknown."""
        if self.code is None:
            return 0
        for start, end, number in self.code.co_lines():
            if start <= self.lasti < end and number is not None:
                return number
        return self.code.co_firstlineno

    @property
    def file(self) -> str:
        """The file's path as Python knows it."""
        return "" if self.code is None else self.code.co_filename

    @property
    def source(self) -> str:
        """The line itself, stripped; empty where the source is not at hand."""
        return linecache.getline(self.file, self.line).strip() if self.code else ""

    def __str__(self) -> str:
        if self.code is None:
            return "(unknown line)"
        place = f"{os.path.basename(self.file)}:{self.line}"
        return f"{place}   {self.source}" if self.source else place

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Position):
            return NotImplemented
        return self.code is other.code and self.lasti == other.lasti

    def __hash__(self) -> int:
        return hash((id(self.code), self.lasti))


def user_position() -> Position:
    """The nearest calling line outside the package; one without code where there is none."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if not frame.f_code.co_filename.startswith(_PACKAGE):
            return Position(frame.f_code, frame.f_lasti)
        frame = frame.f_back
    return Position(None, 0)


def no_attribute(module: str, name: str, names: Iterable[str]) -> AttributeError:
    """The error for a name that a module does not have, with the nearest that it has.

    >>> no_attribute("symgrad", "exmp1", ["exp", "expm1"])
    AttributeError("module 'symgrad' has no attribute 'exmp1'; the nearest: expm1, exp")
    """
    near = [] if name.startswith("_") else difflib.get_close_matches(name, [*names], 3, 0.6)
    hint = f"; the nearest: {', '.join(near)}" if near else ""
    return AttributeError(f"module {module!r} has no attribute {name!r}{hint}")


def compose(
    what: str,
    rows: Iterable[tuple[str, object]] = (),
    *,
    mend: str = "",
    where: Position | None = None,
) -> str:
    """Word an error: a first line that says what, then labelled rows, the line, and the mend.

    >>> print(compose("matmul(a, b): the inner sizes differ.", [("a", "(2, 3)")], mend="turn b"))
    matmul(a, b): the inner sizes differ.
      a      (2, 3)
      mend   turn b
    """
    lines = [what]
    lines += [f"  {label:<6} {text}" for label, text in rows]
    if where is not None and where.code is not None:
        lines.append(f"  {'at':<6} {where}")
    if mend:
        lines.append(f"  {'mend':<6} {mend}")
    return "\n".join(lines)


def refusal(
    kind: type[Exception], what: str, *rows: tuple[str, object], mend: str = ""
) -> Exception:
    """The error to raise from inside a function: worded, with the user's line.

    >>> str(refusal(ShapeError, "k is out of range", ("k", 3))).splitlines()[:2]
    ['k is out of range', '  k      3']
    """
    return kind(compose(what, rows, where=user_position(), mend=mend))


def refuse_uncallable(name: str, func: object, *, call: str = "") -> None:
    """Raise DtypeError where a transform of functions is given anything else.

    Takes   call: how the transform is called, where it is not ``name(f)(x)``.

    >>> refuse_uncallable("vmap", len)
    """
    if not callable(func):
        raise refusal(
            DtypeError,
            f"{name} takes a function; this is {_a(type(func).__name__)}.",
            mend=f"give the function itself: {call or f'{name}(f)(x)'}, not {name}(f(x))",
        )


def _a(noun: str) -> str:
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"
