"""Reads a derivation as plain text; ``steps`` offers it as ``.text()``, the command prints it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symgrad.algebras.devices import to_host
from symgrad.tracing.tensor import Tensor

if TYPE_CHECKING:
    from symgrad.derivations.steps import Derivation, Step

#: Columns are lined up as far as this; a longer text pushes the rest of its line to the right.
WIDTH = 44
#: An array of more entries is named by its dtype and shape, so that no line grows with its size.
ENTRIES = 12


def write(derivation: Derivation) -> str:
    """The lesson: what is given, the steps forward, the steps backward, the results."""
    parts = []
    if derivation.inputs:
        given = [f"{k} = {shown(v)}" for k, v in derivation.inputs.items()]
        parts.append(section("given", given))
    if derivation.forward:
        parts.append(section("forward", table(derivation.forward)))
    if derivation.backward:
        title = f"backward (g_v is d {derivation.output} / d v)"
        parts.append(section(title, table(derivation.backward)))
    parts.append(results(derivation))
    return "\n\n".join(parts)


def section(title: str, lines: list[str]) -> str:
    """Lines under a title, set in by two."""
    return "\n".join([title, *(f"  {line}".rstrip() for line in lines)])


def table(steps: tuple[Step, ...]) -> list[str]:
    """One line a step: name, formula, number, and the rule that says so."""
    rows = [(step.name, step.formula, shown(step.value), step.rule) for step in steps]
    name, formula, number = (max(min(len(row[i]), WIDTH) for row in rows) for i in range(3))
    return [f"{n:<{name}} = {f:<{formula}} = {v:<{number}}   {rule}" for n, f, v, rule in rows]


def results(derivation: Derivation) -> str:
    """The closed forms, the value and the gradients."""
    several = len(derivation.gradients) > 1
    lines = []
    for letter, formula in derivation.formulas.items():
        said = f"none: {formula}" if isinstance(formula, str) else str(formula)
        lines += _labelled(f"closed form d/d{letter}" if several else "closed form", said)
    lines += _labelled("value", shown(derivation.value, exact=True))
    for letter, gradient in derivation.gradients.items():
        label = f"gradient d/d{letter}" if several else "gradient"
        lines += _labelled(label, shown(gradient, exact=True))
    return "\n".join(lines)


def _labelled(label: str, text: str) -> list[str]:
    if "\n" not in text:
        return [f"{label:<12} {text}"]
    return [label, *(f"  {line}" for line in text.splitlines())]


def shown(value: Any, *, exact: bool = False) -> str:
    """A number or a small array in one line, a large array by its dtype and shape.

    Takes   exact: all digits that the dtype holds; else 10 (float64) or 7 (float32) of them, and
            4 where the line would grow long.

    >>> shown(sg.tensor([[1.0, 2.5], [0.1, 4.0]]))
    '[[1, 2.5], [0.1, 4]]'
    >>> shown(sg.zeros(100, 3))
    'float32 (100, 3)'
    """
    if isinstance(value, tuple):
        return "(" + ", ".join("0" if v is None else shown(v, exact=exact) for v in value) + ")"
    if not isinstance(value, Tensor):
        return str(value)
    host = to_host(value._value)
    if host.size > ENTRIES:
        return f"{host.dtype.name} {tuple(host.shape)}"
    if exact:
        return _row(host, 0)
    text = _row(host, 7 if host.dtype.itemsize <= 4 else 10)
    return text if len(text) <= WIDTH else _row(host, 4)


def _row(array: Any, digits: int) -> str:
    if not array.ndim:
        return _entry(array[()], digits)
    return "[" + ", ".join(_row(part, digits) for part in array) + "]"


def _entry(number: Any, digits: int) -> str:
    if number.dtype.kind != "f":
        return str(number)
    text = f"{float(number):.{digits}g}" if digits else str(number)
    return text.removesuffix(".0")
