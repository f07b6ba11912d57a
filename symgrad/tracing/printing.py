"""How a tensor is written, letter for letter as PyTorch does; tracing and above may import this.

Only the elements that will be seen are ever turned into Python numbers, so a huge array prints as
fast as a small one. Widths and line breaks are those of PyTorch 2.13, the dtype's longer module
name apart: a program that changes its import must not see its output wrap elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

_PREFIX = "tensor("
_INDENT = len(_PREFIX)
_DTYPE = "dtype=symgrad."
# PyTorch decides where to break with its own, shorter module name in mind.
_DTYPE_SURPLUS = len(_DTYPE) - len("dtype=torch.")
_COMPLEX_OF = {"float64": "complex128"}


@dataclass(frozen=True)
class PrintOptions:
    """How tensors are printed; see ``set_printoptions`` for what each word means."""

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


_PROFILES: dict[str, dict[str, Any]] = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full": {"precision": 4, "threshold": math.inf, "edgeitems": 3, "linewidth": 80},
}
_options = PrintOptions()


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Choose how tensors are printed, in every thread, until it is called again.

    Takes   precision: digits after the point.
            threshold: with more elements than this, only the edges are printed.
            edgeitems: how many elements each edge of a shortened axis shows.
            linewidth: characters a line may hold.
            profile: "default", "short" or "full"; the other words override it.
            sci_mode: True or False forces the scientific form on or off; None, also when it is
            left out, lets the values decide.
    Gives   nothing; a word left out (``sci_mode`` apart) keeps its value.
    Raises  ValueError for an unknown profile or a negative number, TypeError for what is no number;
            then nothing has changed.
    Source  torch.set_printoptions, https://docs.pytorch.org/docs/stable/tensors.html

    >>> import numpy as np
    >>> from symgrad.tracing.printing import format_tensor, set_printoptions
    >>> set_printoptions(precision=2)
    >>> format_tensor(np.float32(0.125), dtype="float32", grad_fn=None, requires_grad=False)
    'tensor(0.12)'
    >>> set_printoptions(profile="default")
    """
    global _options
    if profile is not None and profile not in _PROFILES:
        known = ", ".join(map(repr, _PROFILES))
        raise ValueError(f"set_printoptions: profile is {profile!r}; it may be {known}.")
    changes = dict(_PROFILES[profile]) if profile is not None else {}
    if precision is not None:
        changes["precision"] = _count("precision", precision)
    if threshold is not None:
        changes["threshold"] = _count("threshold", threshold, fractions=True)
    if edgeitems is not None:
        changes["edgeitems"] = _count("edgeitems", edgeitems)
    if linewidth is not None:
        changes["linewidth"] = _count("linewidth", linewidth)
    if sci_mode is not None and not isinstance(sci_mode, (bool, np.bool_)):
        raise TypeError(f"set_printoptions: sci_mode is {sci_mode!r}; it may be True, False, None.")
    changes["sci_mode"] = None if sci_mode is None else bool(sci_mode)
    _options = replace(_options, **changes)


def get_printoptions() -> dict[str, Any]:
    """The options in force, as words that ``set_printoptions`` takes back.

    Gives   a new dict: precision, threshold, edgeitems, linewidth, sci_mode.
    Source  torch.get_printoptions, https://docs.pytorch.org/docs/stable/tensors.html

    >>> from symgrad.tracing.printing import get_printoptions
    >>> get_printoptions()["linewidth"]
    80
    """
    return asdict(_options)


def format_tensor(
    values: np.ndarray[Any, Any] | np.generic,
    *,
    dtype: str,
    default_float: str = "float32",
    device: str = "cpu",
    grad_fn: str | None,
    requires_grad: bool,
) -> str:
    """Write a tensor as PyTorch's ``repr`` does.

    Takes   values: the contents, in host memory: bools, integers, real or complex floats.
            dtype: the tensor's dtype by name, "float32"; printed where it cannot be guessed.
            default_float: the float dtype that goes without saying.
            device: printed unless it is "cpu".
            grad_fn: the name of the node that made the tensor, None for a leaf.
            requires_grad: printed for a leaf only.
    Gives   the text, over several lines where it is long.
    Limits  NumPy has no bfloat16: its contents come as float32, with dtype="bfloat16".
    Source  torch.Tensor.__repr__ of PyTorch 2.13, https://docs.pytorch.org/docs/stable/tensors.html

    >>> import numpy as np
    >>> from symgrad.tracing.printing import format_tensor
    >>> x = np.array([[1.0, 2.5], [3.0, 4.0]])
    >>> print(format_tensor(x, dtype="float64", grad_fn="AddBackward0", requires_grad=True))
    tensor([[1.0000, 2.5000],
            [3.0000, 4.0000]], dtype=symgrad.float64, grad_fn=<AddBackward0>)
    """
    options = _options
    array = np.asarray(values)
    suffixes = []
    if device != "cpu":
        suffixes.append(f"device='{device}'")
    if (array.ndim != 1 and not array.size) or (array.size and not options.edgeitems):
        suffixes.append(f"size={array.shape}")
    # An empty tensor has no element from which a reader could tell integers from floats.
    guessed = ("int64", "bool", _COMPLEX_OF.get(default_float, "complex64")) if array.size else ()
    if dtype != default_float and dtype not in guessed:
        suffixes.append(_DTYPE + dtype)
    if grad_fn is not None:
        suffixes.append(f"grad_fn=<{grad_fn}>")
    elif requires_grad:
        suffixes.append("requires_grad=True")
    text = _PREFIX + _contents(array, options)
    return _with_suffixes(text, suffixes, options.linewidth) + ")"


def _count(name: str, value: Any, *, fractions: bool = False) -> Any:
    """The value, if it can count something; ``fractions`` also lets floats and infinity pass."""
    allowed = (int, np.integer, float, np.floating) if fractions else (int, np.integer)
    if isinstance(value, bool) or not isinstance(value, allowed):
        wanted = "a number" if fractions else "an integer"
        raise TypeError(f"set_printoptions: {name} is {value!r}; it takes {wanted}.")
    if not value >= 0:
        raise ValueError(f"set_printoptions: {name} is {value!r}; it takes 0 or more.")
    return value.item() if isinstance(value, np.generic) else value


def _contents(values: np.ndarray[Any, Any], options: PrintOptions) -> str:
    """The bracketed numbers."""
    if values.size == 0:
        return "[]"
    edge, gaps = options.edgeitems, [False] * values.ndim
    if values.size > options.threshold and values.ndim:
        if not edge:
            return "[...]"
        gaps = [size > 2 * edge for size in values.shape]
        picks = [
            [*range(edge), *range(size - edge, size)] if gap else range(size)
            for size, gap in zip(values.shape, gaps, strict=True)
        ]
        values = values[np.ix_(*picks)]
    cells, width = _cells(values, options)
    if not values.ndim:
        return cells[0]
    per_line = max(1, (options.linewidth - _INDENT - values.ndim + 1) // (width + 2))
    return _brackets(cells, values.shape, gaps, _Layout(_INDENT, edge, per_line))


@dataclass(frozen=True)
class _Layout:
    """Where brackets stand: spaces before them, items on each side of a gap, cells a line."""

    indent: int
    edge: int
    per_line: int


def _brackets(cells: list[str], shape: Sequence[int], gaps: Sequence[bool], at: _Layout) -> str:
    """Cells of one array, in order, with brackets, commas, breaks, and dots for a gap."""
    margin = " " * (at.indent + 1)
    if len(shape) == 1:
        # PyTorch gives the dots in a row, but not those between rows, a space of their own.
        items = [*cells[: at.edge], " ...", *cells[at.edge :]] if gaps[0] else cells
        lines = [items[i : i + at.per_line] for i in range(0, len(items), at.per_line)]
        return "[" + f",\n{margin}".join(", ".join(line) for line in lines) + "]"
    step = len(cells) // shape[0]
    inside = replace(at, indent=at.indent + 1)
    blocks = [
        _brackets(cells[i : i + step], shape[1:], gaps[1:], inside)
        for i in range(0, len(cells), step)
    ]
    if gaps[0]:
        blocks.insert(at.edge, "...")
    return "[" + ("," + "\n" * (len(shape) - 1) + margin).join(blocks) + "]"


def _cells(values: np.ndarray[Any, Any], options: PrintOptions) -> tuple[list[str], int]:
    """Each number as padded text, in order, and the width that lines are reckoned with."""
    flat = values.reshape(-1)
    if flat.dtype.kind == "f":
        return _float_cells(flat.tolist(), options)
    if flat.dtype.kind == "c":
        real, real_width = _float_cells(flat.real.tolist(), options)
        imag, imag_width = _float_cells(flat.imag.tolist(), options)
        joined = [a + _signed(b.lstrip()) + "j" for a, b in zip(real, imag, strict=True)]
        return joined, real_width + imag_width + 1
    texts = [str(value) for value in flat.tolist()]
    width = max(map(len, texts))
    return [text.rjust(width) for text in texts], width


def _signed(text: str) -> str:
    """The text, with a plus where it has no sign."""
    return text if text.startswith("-") else "+" + text


def _float_cells(numbers: list[float], options: PrintOptions) -> tuple[list[str], int]:
    """Real numbers in the one form, whole, fixed or scientific, that suits all of them."""
    ordinary = [number for number in numbers if number and math.isfinite(number)]
    whole = all(number.is_integer() for number in ordinary)
    if ordinary and _scientific(ordinary, options.sci_mode):
        form = f".{options.precision}e"
        texts = [format(number, form) for number in numbers]
    elif whole:
        texts = [f"{number:.0f}" + ("." if math.isfinite(number) else "") for number in numbers]
    else:
        form = f".{options.precision}f"
        texts = [format(number, form) for number in numbers]
    # Zeros, nan and inf do not count here: PyTorch lets a wide one stick out of its column.
    counted = (
        len(text)
        for number, text in zip(numbers, texts, strict=True)
        if number and math.isfinite(number)
    )
    width = max(counted, default=1)
    return [text.rjust(width) for text in texts], width


def _scientific(ordinary: list[float], wanted: bool | None) -> bool:
    """Whether exponents are called for: asked for, or else large, tiny, or far apart."""
    if wanted is not None:
        return wanted
    low, high = min(map(abs, ordinary)), max(map(abs, ordinary))
    return high / low > 1000.0 or high > 1.0e8 or low < 1.0e-4


def _with_suffixes(text: str, suffixes: Sequence[str], linewidth: int) -> str:
    """The text with each suffix behind it, on the same line where it still fits."""
    # PyTorch starts two columns late here, and keeps no such margin on the lines that follow.
    column = len(text) - text.rfind("\n") + 1
    for suffix in suffixes:
        length = len(suffix) - (_DTYPE_SURPLUS if suffix.startswith(_DTYPE) else 0)
        if column + length + 2 > linewidth:
            text += ",\n" + " " * _INDENT + suffix
            column = _INDENT + length
        else:
            text += ", " + suffix
            column += length + 2
    return text
