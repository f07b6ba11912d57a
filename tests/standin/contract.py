"""The names and signatures of the real CuPy, read from its wheel and kept as JSON.

    python -m tests.standin.contract [--check]

The wheel imports without a card, so its names can be read anywhere; what the names *do* needs one.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

PATH = Path(__file__).with_name("contract.json")
MODULES = (
    "cupy", "cupy.linalg", "cupy.fft", "cupy.random", "cupy.cuda", "cupy.cuda.runtime", "cupyx",
    "cupyx.scipy.special",
)  # fmt: skip
CLASSES = (
    "cupy.ndarray", "cupy.ufunc", "cupy.cuda.Device", "cupy.cuda.Stream", "cupy.cuda.Event",
    "cupy.cuda.ExternalStream",
    "cupy.cuda.MemoryPool", "cupy.cuda.MemoryPointer", "cupy.cuda.MemoryHook",
)  # fmt: skip
#: What of a class is part of how its objects are used, among the names with underscores.
DUNDERS = re.compile(
    r"__(i|r)?(add|sub|mul|truediv|floordiv|mod|pow|matmul|and|or|xor|lshift|rshift|divmod)__"
    r"|__(lt|le|gt|ge|eq|ne|neg|pos|abs|invert|bool|int|float|complex|index|len|iter|contains"
    r"|getitem|setitem|copy|deepcopy|array|array_ufunc|array_function|array_priority"
    r"|array_namespace|cuda_array_interface|dlpack|dlpack_device|format|hash|enter|exit|call)__"
)


def parameters(thing: Any) -> str | None:
    """A signature as ``a, axis=, /, *, out=``; None where it cannot be read."""
    try:
        return _written(inspect.signature(thing))
    except (TypeError, ValueError):
        # What Cython compiled says its signature in the first line of its text.
        named = re.match(r"[\w.]*?(\w+)\(([^)]*(?:\([^)]*\)[^)]*)*)\)", thing.__doc__ or "")
        return None if named is None else _trimmed(named.group(2))


def _written(signature: inspect.Signature) -> str:
    out, before = [], None
    by = inspect.Parameter
    for p in signature.parameters.values():
        if before is by.POSITIONAL_ONLY and p.kind is not by.POSITIONAL_ONLY:
            out.append("/")
        if p.kind is by.KEYWORD_ONLY and before not in (by.KEYWORD_ONLY, by.VAR_POSITIONAL):
            out.append("*")
        stars = {by.VAR_POSITIONAL: "*", by.VAR_KEYWORD: "**"}.get(p.kind, "")
        out.append(f"{stars}{p.name}{'' if p.default is by.empty else '='}")
        before = p.kind
    if before is by.POSITIONAL_ONLY:
        out.append("/")
    return ", ".join(out)


def _trimmed(text: str) -> str:
    """The same of a signature as text: types and the values of defaults left out."""
    parts = [part.strip() for part in re.split(r",(?![^(]*\))", text) if part.strip()]
    out = []
    for part in parts:
        name, equals, _ = part.partition("=")
        bare = name.split(":")[0].split()[-1]
        if bare != "self":
            out.append(bare + ("=" if equals else ""))
    return ", ".join(out)


def signature_of(text: str) -> inspect.Signature:
    """The signature that a text of ``parameters`` stands for.

    >>> signature_of("a, axis=, *, out=")
    <Signature (a, axis=None, *, out=None)>
    """
    by, made = inspect.Parameter, []
    parts = text.split(", ") if text else []
    kind = by.POSITIONAL_ONLY if "/" in parts else by.POSITIONAL_OR_KEYWORD
    for part in parts:
        if part == "/":
            kind = by.POSITIONAL_OR_KEYWORD
        elif part == "*":
            kind = by.KEYWORD_ONLY
        elif part.startswith("**"):
            made.append(by(part[2:], by.VAR_KEYWORD))
        elif part.startswith("*"):
            made.append(by(part[1:], by.VAR_POSITIONAL))
            kind = by.KEYWORD_ONLY
        else:
            default = None if part.endswith("=") else by.empty
            made.append(by(part.rstrip("="), kind, default=default))
    return inspect.Signature(made)


def described(thing: Any) -> str:
    """What a name is: ``f(…)``, ``ufunc 2 1 ff->f …``, ``class`` or ``value``."""
    if type(thing).__name__ == "ufunc":
        return f"ufunc {thing.nin} {thing.nout} {' '.join(thing.types)}"
    if isinstance(thing, type):
        return "class"
    if callable(thing):
        found = parameters(thing)
        return "f" if found is None else f"f({found})"
    return "value"


def read() -> dict[str, Any]:
    """The contract of the CuPy that is installed.

    Raises  ImportError where there is none.
    """
    cupy = importlib.import_module("cupy")
    out: dict[str, Any] = {"version": cupy.__version__}
    for path in MODULES:
        module = importlib.import_module(path)
        out[path] = {
            name: described(thing)
            for name, thing in sorted(vars(module).items())
            if not name.startswith("_") and not isinstance(thing, ModuleType)
        }
    for path in CLASSES:
        module, _, name = path.rpartition(".")
        held = getattr(importlib.import_module(module), name)
        out[path] = {
            name: described(getattr(held, name))
            for name in sorted(dir(held))
            if not name.startswith("_") or DUNDERS.fullmatch(name)
        }
    return out


def differences(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """What of one contract is otherwise in another, a line each."""
    out = []
    for part in sorted({*before, *now} - {"version"}):
        old, new = before.get(part, {}), now.get(part, {})
        for name in sorted({*old, *new}):
            if old.get(name) != new.get(name):
                out.append(f"{part}.{name}: {old.get(name, 'absent')} -> {new.get(name, 'absent')}")
    return out


def kept() -> dict[str, Any]:
    """The contract in the repository."""
    found: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))
    return found


def main() -> None:
    """Write the contract anew, or say what differs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; say what differs")
    now = read()
    if parser.parse_args().check:
        print("\n".join(differences(kept(), now)) or "no difference")
        return
    PATH.write_text(json.dumps(now, indent=0) + "\n", encoding="utf-8")
    print(f"{PATH.name}: CuPy {now['version']}, {sum(map(len, now.values()))} names")


if __name__ == "__main__":
    main()
