"""Writes the stub by which editors complete ``sg.`` and tensors' methods; ``make stubs`` runs it.

Functions and methods are installed from the registry when symgrad is imported, where no editor
looks. ``symgrad/__init__.pyi`` says what they are: a new rule is in it after ``make stubs``.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from symgrad.face import functions  # noqa: F401  (it gives tensors their methods)
from symgrad.grammar import operators
from symgrad.tracing.dtypes import DType
from symgrad.tracing.tensor import Tensor

PACKAGE = "symgrad"
FILE = Path(__file__).resolve().parent.parent / "__init__.pyi"
HEAD = '''"""What ``import symgrad as sg`` offers, for editors and type checkers.

Written by ``make stubs``. Do not edit: change the rule or the function, then run it again.
"""

# ruff: noqa: E501  (the first lines of docstrings, unbroken)

from builtins import bool as _bool
from typing import Any

'''
#: Return types that a stub can name; every other is Any.
_RETURNS = {"Tensor": "Tensor", "None": "None", "bool": "_bool"}
#: PyTorch's names of two parameters, which every rule that has them takes too.
_ALSO = {"axis": "dim", "keepdims": "keepdim"}
_WIDTH = 100
Parameter = inspect.Parameter


def render() -> str:
    """The stub's text, formatted as ruff formats it."""
    names = [n for n in dir(sys.modules[PACKAGE]) if not n.startswith("_")]
    public = {name: getattr(sys.modules[PACKAGE], name) for name in names}
    imports: dict[str, list[str]] = {f"{PACKAGE}.tracing.tensor": ["Tensor as _Tensor"]}
    constants, defined = ["__version__: str"], []
    for name, value in public.items():
        if isinstance(value, DType):
            constants.append(f"{name}: DType")
        elif value is None or type(value) is float:
            constants.append(f"{name}: Any")
        elif isinstance(value, ModuleType):
            if value.__name__.startswith(f"{PACKAGE}.face."):
                imports.setdefault(f"{PACKAGE}.face", []).append(f"{name} as {name}")
        elif value is Tensor or not getattr(value, "__module__", "").startswith(PACKAGE):
            continue
        elif _importable(value) and not _gives_tensor(value):
            own = value.__qualname__ == name
            said = f"{name} as {name}" if own else value.__qualname__
            imports.setdefault(value.__module__, []).append(said)
            constants += [] if own else [f"{name} = {value.__qualname__}"]
        elif callable(value):
            defined.append(_definition(name, value, method=False))
    imports.setdefault(f"{PACKAGE}.tracing.dtypes", []).append("DType")
    blocks = ["".join(_imports(imports)), "\n".join(constants) + "\n", _tensor(), "".join(defined)]
    return HEAD + "\n".join(block.rstrip("\n") + "\n" for block in blocks)


def _importable(value: Any) -> bool:
    module = importlib.import_module(value.__module__)
    return getattr(module, getattr(value, "__qualname__", ""), None) is value


def _gives_tensor(value: Any) -> bool:
    return inspect.isfunction(value) and _returns(value) == "Tensor"


def _imports(wanted: dict[str, list[str]]) -> Iterator[str]:
    for module, names in sorted(wanted.items()):
        for name in sorted(set(names)):
            yield f"from {module} import {name}\n"


def _tensor() -> str:
    """The class, with all that is installed into it."""
    lines = ['class Tensor(_Tensor):\n    """An array that can be differentiated."""\n\n']
    lines.append("    @property\n    def grad(self) -> Tensor | None: ...\n")
    lines.append("    @grad.setter\n    def grad(self, value: _Tensor | None) -> None: ...\n")
    for name in ("T", "mT", "real", "imag", "data"):
        lines.append(f"    @property\n    def {name}(self) -> Tensor: ...\n")
    lines.append("    @data.setter\n    def data(self, value: Any) -> None: ...\n")
    lines.append("    @property\n    def device(self) -> Any: ...\n")
    for name in operators.BINARY:
        ignore = "  # type: ignore[override]" if name in ("__eq__", "__ne__") else ""
        lines.append(f"    def {name}(self, other: Any) -> Tensor: ...{ignore}\n")
    lines += [f"    def {name}(self) -> Tensor: ...\n" for name in operators.UNARY]
    lines.append("    def __getitem__(self, index: Any) -> Tensor: ...\n")
    lines.append("    def __setitem__(self, index: Any, value: Any) -> None: ...\n")
    lines.append("    def __iter__(self) -> Any: ...\n    def __bool__(self) -> _bool: ...\n")
    for name, value in sorted(vars(Tensor).items()):
        if not name.startswith("_") and inspect.isfunction(value) and name not in _OWN:
            lines.append(_definition(name, value, method=True))
    return "".join(lines)


#: Methods that the class itself defines: editors see those without our help.
_OWN = {"is_inference", "item", "numpy", "requires_grad_", "retain_grad", "tolist"}


def _returns(function: Callable[..., Any]) -> str:
    rule = getattr(function, "rule", None)
    if rule is not None:
        return "Any" if rule.outputs else "Tensor"
    said = inspect.signature(function).return_annotation
    return _RETURNS.get(said if isinstance(said, str) else getattr(said, "__name__", ""), "Any")


def _definition(name: str, function: Callable[..., Any], *, method: bool) -> str:
    """One ``def``, with the first line of its docstring."""
    indent = "    " if method else ""
    result = f") -> {_returns(function)}:"
    parameters = _parameters(function, method)
    doc = next(iter((inspect.getdoc(function) or "").splitlines()), "").rstrip()
    raw, quoted = "r" if "\\" in doc else "", doc.replace('"""', "'''")
    body = f'{indent}    {raw}"""{quoted}"""\n\n' if doc else ""
    head = f"{indent}def {name}({', '.join(parameters)}{result}{'' if body else ' ...'}"
    if len(head) > _WIDTH:
        listed = "".join(f"{indent}    {p},\n" for p in parameters)
        head = f"{indent}def {name}(\n{listed}{indent}{result}{'' if body else ' ...'}"
    return f"{head}\n{body}"


def _parameters(function: Callable[..., Any], method: bool) -> list[str]:
    given = [*inspect.signature(function).parameters.values()]
    out = ["self"] if method else []
    starred = False
    named = [p for p in given if p.kind is Parameter.KEYWORD_ONLY]
    for p in given[1:] if method else given:
        if p.kind in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD):
            stars = "*" if p.kind is Parameter.VAR_POSITIONAL else "**"
            starred = starred or stars == "*"
            out.append(f"{stars}{p.name}: Any")
            continue
        if p.kind is Parameter.KEYWORD_ONLY and not starred:
            # A rule takes its parameters by position too, as PyTorch's functions do.
            out.append("*args: Any" if hasattr(function, "rule") else "*")
            starred = True
        by_position = p in named and hasattr(function, "rule")
        out.append(_one(p.name, ... if by_position else p.default))
    if hasattr(function, "rule"):
        out += [f"{_ALSO[p.name]}: Any = ..." for p in named if p.name in _ALSO]
    return out


def _one(name: str, default: Any) -> str:
    if default is Parameter.empty:
        return f"{name}: Any"
    plain = default is None or isinstance(default, (bool, int, float, str))
    return f"{name}: Any = {_quoted(default) if plain else '...'}"


def _quoted(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the stub; with ``--check`` write nothing and give 1 where it is out of date."""
    text = render()
    if "--check" not in (sys.argv[1:] if arguments is None else arguments):
        FILE.write_text(text, encoding="utf-8")
        print(f"{FILE.name}: {len(text.splitlines())} lines")
        return 0
    current = FILE.exists() and FILE.read_text(encoding="utf-8") == text
    print(f"{FILE.name} is {'current' if current else 'out of date: run make stubs'}")
    return 0 if current else 1


if __name__ == "__main__":
    raise SystemExit(main())
