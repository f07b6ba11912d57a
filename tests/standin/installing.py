"""Putting the stand-in where ``import cupy`` finds it, and taking it away again."""

from __future__ import annotations

import functools
import importlib.machinery
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from symgrad.algebras.devices import ELSEWHERE
from tests.standin.namespace import modules

#: What holds CuPy, or was made from it.
_MADE_FROM_IT = ("cupy", "cupyx", "cupy_backends", "array_api_compat.cupy")
_ADAPTERS = ("symgrad.algebras.cupy_adapter",)


@functools.cache
def _modules() -> dict[str, ModuleType]:
    made = modules()
    for path, module in made.items():
        module.__spec__ = importlib.machinery.ModuleSpec(path, None, is_package=True)
        module.__path__ = []  # type: ignore[attr-defined]
    return made


def stand_in() -> ModuleType:
    """The stand-in as a module, not installed."""
    return _modules()["cupy"]


_LOADED: dict[str, ModuleType] = {}  # what was made from the stand-in, for the next time


@contextmanager
def installed() -> Iterator[ModuleType]:
    """A block in which ``import cupy`` gives the stand-in; what was there comes back after it."""
    before = {name: sys.modules.pop(name) for name in list(sys.modules) if _is_of_it(name)}
    sys.modules.update(_modules())
    sys.modules.update(_LOADED)
    elsewhere = ELSEWHERE[0]
    try:
        yield stand_in()
    finally:
        ELSEWHERE[0] = elsewhere
        for name in list(sys.modules):
            if _is_of_it(name):
                module = sys.modules.pop(name)
                if name not in _modules():
                    _LOADED[name] = module
        sys.modules.update(before)


def _is_of_it(name: str) -> bool:
    return name in _ADAPTERS or any(
        name == made or name.startswith(f"{made}.") for made in _MADE_FROM_IT
    )
