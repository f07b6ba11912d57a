"""What is installed beside symgrad, asked of the packages' own records; ``info`` prints it."""

from __future__ import annotations

import platform
import sys
from importlib import metadata

from symgrad.algebras.devices import cuda_count
from symgrad.grammar.primitive import REGISTRY

#: Packages by what they are for; those that start with "cupy" come under several names.
_NEEDED = ("numpy", "scipy", "sympy", "mpmath", "opt_einsum", "array-api-compat")
_OPTIONAL = {"matplotlib": "plots", "cupy": "GPU", "torch": "comparison", "jax": "comparison"}


def describe() -> str:
    """Versions and extras, one a line.

    >>> print(describe().splitlines()[0].split()[0])
    symgrad
    """
    rows = [("symgrad", sys.modules["symgrad"].__version__, f"{len(REGISTRY)} rules")]
    rows.append(("python", platform.python_version(), platform.platform(terse=True)))
    rows += [(name, version_of(name) or "not installed", "") for name in _NEEDED]
    for name, purpose in _OPTIONAL.items():
        rows.append((name, version_of(name) or "not installed", purpose))
    rows.append(("cuda", "available" if cuda_count() else "not available", "GPU"))
    return "\n".join(f"{name:<17} {version:<14} {note}".rstrip() for name, version, note in rows)


def version_of(name: str) -> str:
    """The installed version of a package, empty where there is none."""
    for candidate in (name, f"{name}-cuda13x", f"{name}-cuda12x") if name == "cupy" else (name,):
        try:
            return metadata.version(candidate)
        except metadata.PackageNotFoundError:
            continue
    return ""
