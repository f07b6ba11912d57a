"""The house holds: who imports whom, how long, how named, what never appears; pytest runs it."""

import ast
import functools
import graphlib
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent

FLOORS = {
    "errors": 0,
    "modes": 0,
    "grammar": 1,
    "rules": 2,
    "algebras": 2,
    "tracing": 3,
    "symbolic": 4,
    "nn": 4,
    "optim": 4,
    "profiling": 4,
    "derivations": 5,
    "verification": 5,
    "face": 6,
    "cli": 6,
    "__init__": 7,
    "__main__": 7,
}
#: Rooms that may import, besides themselves, these rooms and the standard library alone.
STRICT = {"grammar": {"errors", "modes"}, "rules": {"grammar", "errors"}}
DRAWERS = {"utils", "util", "helpers", "helper", "misc", "common", "core", "base"}
HEAVY = [  # what loads on first use, so that `import symgrad` stays quick
    *["array_api_compat", "click", "cupy", "jax", "jinja2", "matplotlib"],
    *["mpmath", "opt_einsum", "rich", "scipy", "sympy", "torch"],
]
EVALUATORS = {"eval", "exec", "sympify", "parse_expr"}
# A path that starts at a root; a URL's or a relative path's slash follows a letter, dot or colon.
MACHINE_PATH = re.compile(
    r"(?<![\w.:/*<-])/(?:home|root|work|tmp|opt|mnt|srv|usr|var|etc|Users)/\w"
    r"|\b[A-Z]:\\\\?(?:Users|Windows|Program)"
)


class File(NamedTuple):
    """A file of the package, read once."""

    path: Path  # relative to the checkout
    text: str
    tree: ast.Module

    @property
    def module(self):
        """The dotted name; a package's own file ends in ``__init__``."""
        return ".".join(self.path.with_suffix("").parts)

    @property
    def room(self):
        """The folder of the package that it is in, or its own name at the top."""
        return self.path.with_suffix("").parts[1]

    def at(self, node, what):
        """One fault, as pytest prints it."""
        return f"{self.path.as_posix()}:{getattr(node, 'lineno', node)}: {what}"


class Import(NamedTuple):
    """One imported module: where, what, inside which functions, and whether for types alone."""

    node: ast.AST
    target: str
    functions: tuple[str, ...]
    typing_only: bool


@functools.cache
def read(root):
    """Every Python file of the package under ``root``."""
    files = []
    for path in sorted((root / "symgrad").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        files.append(File(path.relative_to(root), text, ast.parse(text, str(path))))
    assert files, "the package was not found"
    return files


def walk(node, functions=(), typing_only=False):
    """Every node with the functions around it, and whether a TYPE_CHECKING block holds it."""
    yield node, functions, typing_only
    named = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    inner = (*functions, node.name) if named else functions
    asks = ast.unparse(node.test) if isinstance(node, ast.If) else ""
    guarded = node.body if asks in {"TYPE_CHECKING", "typing.TYPE_CHECKING"} else ()
    for child in ast.iter_child_nodes(node):
        yield from walk(child, inner, typing_only or child in guarded)


def imports(file, known):
    """What a file imports, names of the package resolved to the module that they live in."""
    for node, functions, typing_only in walk(file.tree):
        for target in targets(node, file, known):
            yield Import(node, target, functions, typing_only)


def targets(node, file, known):
    """The modules that one node imports; none where it is no import."""
    if isinstance(node, ast.Import):
        return [resolve(alias.name, known) for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        above = file.path.with_suffix("").parts[: -node.level] if node.level else ()
        origin = ".".join([*above, *([node.module] if node.module else [])])
        return [resolve(f"{origin}.{alias.name}", known, origin) for alias in node.names]
    if isinstance(node, ast.Call) and name_of(node.func) in {"import_module", "__import__"}:
        first = node.args[0] if node.args else None
        named = isinstance(first, ast.Constant)
        return [resolve(str(first.value), known) if named else "(computed)"]
    return []


def resolve(name, known, otherwise=None):
    """The file's module for a dotted name, or the name as written where it is not the package's."""
    for candidate in (name, f"{name}.__init__"):
        if candidate in known:
            return candidate
    return resolve(otherwise, known) if otherwise else name


def name_of(node):
    """The last word of a name: ``c`` of ``a.b.c``."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", None)


def room_of(target):
    """The room of a module of the package; None for anybody else's."""
    parts = target.split(".")
    return (parts[1] if len(parts) > 1 else "__init__") if parts[0] == "symgrad" else None


# ---------------------------------------------------------------- the checks: files in, faults out


def imports_run_down(files):
    """An import goes to a lower floor or stays in its room; rules and algebras never meet."""
    known = {file.module for file in files}
    for file in files:
        if file.room not in FLOORS:
            yield file.at(1, f"{file.room} stands on no floor; DESIGN.md section 2 lists them")
            continue
        for found in imports(file, known):
            room = room_of(found.target)
            if room not in {None, file.room} and not may_import(file.room, room):
                yield file.at(found.node, f"{file.room} may not import {room}")


def may_import(room, other):
    """Whether one room of the package may know another."""
    if other not in FLOORS or FLOORS[other] > FLOORS[room]:
        return False
    return other in STRICT.get(room, FLOORS) and {room, other} != {"rules", "algebras"}


def strict_rooms_stay_plain(files):
    """The grammar and the rules import the standard library alone, and compute with ``xp``."""
    known = {file.module for file in files}
    for file in (file for file in files if file.room in STRICT):
        for found in imports(file, known):
            top = found.target.split(".")[0]
            if top != "symgrad" and top not in sys.stdlib_module_names:
                yield file.at(found.node, f"{file.room} may not import {top}")
        for node in ast.walk(file.tree):
            if isinstance(node, ast.Name) and node.id in {"np", "numpy"}:
                yield file.at(node, "a rule computes with xp, not with NumPy")


def no_import_circle(files):
    """No file imports its way back to itself; imports for types alone do not count."""
    known = {file.module for file in files}
    graph = {
        file.module: sorted(
            {found.target for found in imports(file, known) if not found.typing_only}
            & known - {file.module}
        )
        for file in files
    }
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as circle:
        yield "import circle: " + " <- ".join(circle.args[1])


def imports_stand_at_the_top(files):
    """Inside a function only the doors and the named loaders of the algebras import."""
    known = {file.module for file in files}
    for file in files:
        if file.room in {"__init__", "face", "cli"} or file.path.stem == "pytest_plugin":
            continue
        for found in (found for found in imports(file, known) if found.functions):
            name = found.functions[-1]
            if file.room != "algebras" or not name.startswith("_load_"):
                yield file.at(found.node, f"{name}() imports {found.target}")


def nothing_is_long(files):
    """At most 400 lines a file, and 60 a function without its docstring."""
    for file in files:
        if (count := len(file.text.splitlines())) > 400:
            yield file.at(1, f"{count} lines; 400 is the most")
        for node in ast.walk(file.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[ast.get_docstring(node) is not None :]
                count = node.end_lineno - body[0].lineno + 1 if body else 0
                if count > 60:
                    yield file.at(node, f"{node.name}() has {count} lines; 60 is the most")


def every_folder_is_a_package(files):
    """Each folder has its ``__init__.py``: without it tools give its modules other names."""
    known = {file.path for file in files}
    for folder in sorted({file.path.parent for file in files}):
        if folder / "__init__.py" not in known:
            yield f"{folder.as_posix()}: no __init__.py"


def nothing_is_a_drawer(files):
    """No file or folder bears a name that would take anything."""
    for file in files:
        parts = [part.strip("_").lower() for part in file.path.with_suffix("").parts[1:]]
        if drawers := DRAWERS.intersection(parts):
            yield file.at(1, f"{drawers.pop()} says nothing; name the subject")


def no_text_is_evaluated(files):
    """No eval, exec, sympify or parse_expr, however named; a method called eval is nn's own."""
    for file in files:
        for node in ast.walk(file.tree):
            if isinstance(node, ast.alias):
                name = node.name.split(".")[-1]
            elif isinstance(node, ast.Attribute) and node.attr in {"eval", "exec"}:
                name = node.attr if name_of(node.value) in {"builtins", "__builtins__"} else None
            else:
                name = name_of(node)
            if name in EVALUATORS:
                yield file.at(node, f"{name} evaluates text; use symbolic/parser")


def no_error_is_swallowed(files):
    """No bare ``except``, and none that only passes."""
    for file in files:
        for node in ast.walk(file.tree):
            if isinstance(node, ast.ExceptHandler):
                if node.type is None:
                    yield file.at(node, "a bare except; name the error")
                if all(is_empty(statement) for statement in node.body):
                    yield file.at(node, "an error is swallowed")


def is_empty(statement):
    """Whether a statement does nothing: ``pass``, ``...`` or a string."""
    bare = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return isinstance(statement, ast.Pass) or bare


def no_machine_path(files):
    """No path of somebody's machine, in code, text or comment."""
    for file in files:
        for number, line in enumerate(file.text.splitlines(), 1):
            if found := MACHINE_PATH.search(line):
                yield file.at(number, f"{found.group()}… is a path of one machine")


CHECKS = [
    imports_run_down,
    strict_rooms_stay_plain,
    no_import_circle,
    imports_stand_at_the_top,
    nothing_is_long,
    every_folder_is_a_package,
    nothing_is_a_drawer,
    no_text_is_evaluated,
    no_error_is_swallowed,
    no_machine_path,
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_house_holds(check):
    faults = list(check(read(ROOT)))
    assert not faults, "\n".join([check.__doc__, *faults])


def loaded_by(statement, root):
    """The heavy packages that a fresh interpreter holds after a statement."""
    program = f"import sys; {statement}; print(*[m for m in {HEAVY!r} if m in sys.modules])"
    command = [sys.executable, "-W", "error", "-c", program]
    run = subprocess.run(command, capture_output=True, text=True, cwd=root, timeout=120)
    assert run.returncode == 0, run.stderr
    return run.stdout.split()


def test_importing_symgrad_loads_nothing_heavy():
    assert loaded_by("import symgrad", ROOT) == []


# ---------------------------------------------------- the checks themselves: each finds its fault

LONG = "def f():\n" + "    x = 1\n" * 61
PLANTED = [
    (imports_run_down, "grammar/kind.py", "from symgrad.tracing import node"),
    (imports_run_down, "grammar/kind.py", "from ..tracing import node"),
    (imports_run_down, "rules/a.py", "import symgrad.algebras.numeric"),
    (imports_run_down, "rules/a.py", "from symgrad import modes"),
    (imports_run_down, "algebras/a.py", "from symgrad.rules.b import tanh"),
    (imports_run_down, "symbolic/a.py", "import symgrad as sg"),
    (imports_run_down, "tracing/a.py", "if TYPE_CHECKING:\n    from symgrad.face import func"),
    (imports_run_down, "tracing/a.py", "importlib.import_module('symgrad.symbolic')"),
    (imports_run_down, "cellar/a.py", "x = 1"),
    (strict_rooms_stay_plain, "rules/a.py", "import numpy as np"),
    (strict_rooms_stay_plain, "grammar/a.py", "from scipy import special"),
    (strict_rooms_stay_plain, "rules/a.py", "y = np.tanh(1)"),
    (no_import_circle, "tracing/a.py", "from symgrad.tracing import a2"),
    (no_import_circle, "tracing/a.py", "def f():\n    from .a2 import g"),
    (imports_stand_at_the_top, "tracing/a.py", "def f():\n    import sympy"),
    (imports_stand_at_the_top, "tracing/a.py", "def _load_sympy():\n    import sympy"),
    (imports_stand_at_the_top, "tracing/a.py", "def f():\n    __import__('re')"),
    (imports_stand_at_the_top, "algebras/a.py", "def _local():\n    import cupy"),
    (nothing_is_long, "tracing/a.py", "x = 1\n" * 400),
    (nothing_is_long, "tracing/a.py", LONG),
    (every_folder_is_a_package, "nn/inner/a.py", "x = 1"),
    (nothing_is_a_drawer, "tracing/utils.py", "x = 1"),
    (nothing_is_a_drawer, "nn/_base/a.py", "x = 1"),
    (no_text_is_evaluated, "tracing/a.py", "y = eval('1')"),
    (no_text_is_evaluated, "tracing/a.py", "run = exec"),
    (no_text_is_evaluated, "tracing/a.py", "import builtins\nbuiltins.eval('1')"),
    (no_text_is_evaluated, "symbolic/a.py", "y = sympy.sympify('x')"),
    (no_text_is_evaluated, "symbolic/a.py", "from sympy import parse_expr as p"),
    (no_error_is_swallowed, "tracing/a.py", "try:\n    f()\nexcept:\n    g()"),
    (no_error_is_swallowed, "tracing/a.py", "try:\n    f()\nexcept OSError:\n    pass"),
    (no_error_is_swallowed, "tracing/a.py", "try:\n    f()\nexcept OSError:\n    ..."),
    (no_machine_path, "tracing/a.py", "# see /" + "home/ann/notes"),
    (no_machine_path, "tracing/a.py", "x = 'C:\\\\" + "Users'"),
]
NUMBERED = [f"{number}-{check.__name__}" for number, (check, _, _) in enumerate(PLANTED)]

SOUND = {
    "__init__.py": "def __getattr__(name):\n    import symgrad.face.func",
    "errors.py": "import sys",
    "grammar/__init__.py": "from symgrad.grammar.kind import Kind",
    "grammar/kind.py": "from symgrad import errors\nimport dataclasses",
    "rules/hyperbolic.py": "from symgrad.grammar import Kind\nspellings = ('numpy.tanh',)",
    "algebras/numeric.py": "import numpy as np\ndef _load_cupy():\n    import cupy",
    "tracing/a2.py": "from symgrad.tracing import a",
    "tracing/a.py": "if TYPE_CHECKING:\n    from symgrad.tracing import a2\nx = np.sin(1)",
    "tracing/b.py": 'def f():\n    """' + "Long.\n" * 99 + '"""\n' + "    x = 1\n" * 60,
    "nn/module.py": "model.eval()\n# https://numpy.org/doc/usr/ and a/b/usr/c\ny = a /"
    + " usr / c",
    "symbolic/x.py": "try:\n    f()\nexcept OSError:\n    return_value = 1",
    "face/func.py": "def f():\n    import symgrad.symbolic.x",
    "cli/main.py": "def main():\n    import rich",
    "verification/pytest_plugin.py": "def f():\n    import symgrad.symbolic.x",
}


def build(root, sources):
    """A small house of these files under ``root``, read."""
    for name, text in sources.items():
        path = root / "symgrad" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")
        if name in SOUND:
            path.with_name("__init__.py").touch()
    return read(root)


@pytest.mark.parametrize(("check", "name", "text"), PLANTED, ids=NUMBERED)
def test_a_planted_fault_is_found(check, name, text, tmp_path):
    faults = list(check(build(tmp_path, {**SOUND, name: text})))
    assert len(faults) == 1
    place = f"symgrad/{name}"
    assert check is no_import_circle or faults[0].split(":")[0] in {place, str(Path(place).parent)}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_sound_house_has_no_fault(check, tmp_path):
    sources = {
        name: text for name, text in SOUND.items() if name != "verification/pytest_plugin.py"
    }
    assert list(check(build(tmp_path, sources))) == []


def test_every_check_has_a_planted_fault():
    assert {check for check, _, _ in PLANTED} == set(CHECKS)


def test_a_heavy_import_is_seen(tmp_path):
    build(tmp_path, {"__init__.py": "import mpmath"})
    assert loaded_by("import symgrad", tmp_path) == ["mpmath"]
