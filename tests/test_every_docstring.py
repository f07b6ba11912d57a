"""Every public name says what it is, and what computes shows how: names are found, never listed."""

import ast
import doctest
import importlib
import inspect
import re
import types
from pathlib import Path

import pytest

import symgrad as sg
from symgrad.grammar.primitive import REGISTRY

PACKAGE = Path(sg.__file__).parent
DOORS = {name: getattr(sg, name) for name in ("autograd", "func", "linalg", "special", "cuda")}
DOORS["nn.functional"] = sg.nn.functional

#: What computes nothing that an example could show, and why.
WITHOUT_EXAMPLE = {
    "record": "a mode: its errors are in test_numpy_functions",
    "set_grad_enabled": "a mode: shown by no_grad",
    "is_grad_enabled": "answers a question",
    "is_inference_mode_enabled": "answers a question",
    "get_printoptions": "answers a question",
    "set_printoptions": "changes how tensors print: test_printing",
    "save": "writes a file: test_numpy_functions",
    "load": "reads a file: test_numpy_functions",
    "Tensor": "made by sg.tensor, which has the example",
    "Size": "a tuple",
    "dtype": "sg.float32 and its siblings",
    "requires_grad_": "a switch",
    "retain_grad": "a switch",
    "is_inference": "answers a question",
    "numel": "answers a question",
    "nelement": "PyTorch's other name of numel",
    "dim": "answers a question",
    "item": "a number out of a tensor: test_tensor",
    "tolist": "numbers out of a tensor: test_tensor",
    "numpy": "an array out of a tensor: test_tensor",
    "cpu": "a short form of to", "cuda": "a short form of to", "float": "a short form of to",
    "double": "a short form of to", "half": "a short form of to", "long": "a short form of to",
    "int": "a short form of to", "bool": "a short form of to", "short": "a short form of to",
    "char": "a short form of to", "byte": "a short form of to", "ndimension": "answers a question",
    "cfloat": "a short form of to", "cdouble": "a short form of to",
    "view": "PyTorch's name of reshape", "permute": "the function has the example",
    "where": "the function has the example",
}  # fmt: skip


def public(holder):
    """Functions and classes that a module or a class offers, by name."""
    found = {}
    for name in dir(holder):
        if name.startswith("_"):
            continue
        value = inspect.getattr_static(holder, name, None)
        value = (
            getattr(holder, name)
            if value is None or isinstance(holder, types.ModuleType)
            else value
        )
        value = value.__func__ if isinstance(value, staticmethod | classmethod) else value
        if callable(value) and not isinstance(value, sg.dtype):
            found[name] = value
    return found


NAMES = {f"sg.{name}": value for name, value in public(sg).items()}
for door, module in DOORS.items():
    NAMES.update({f"sg.{door}.{name}": value for name, value in public(module).items()})
NAMES.update({f"Tensor.{name}": value for name, value in public(sg.Tensor).items()})
PROPERTIES = {
    name: value
    for name in dir(sg.Tensor)
    if not name.startswith("_")
    and isinstance(value := inspect.getattr_static(sg.Tensor, name), property)
}


def bare(name):
    return name.rpartition(".")[2]


def computes(name, value):
    """Whether an example is due: not for errors, in-place twins and what the table excuses."""
    if inspect.isclass(value):
        return not issubclass(value, Exception | tuple) and bare(name) not in WITHOUT_EXAMPLE
    return bare(name) not in WITHOUT_EXAMPLE and not bare(name).endswith("_")


def test_there_are_names_to_look_at():
    assert len(NAMES) > 150
    assert {"sg.sin", "sg.closed_form", "sg.func.jvp", "Tensor.backward"} <= set(NAMES)
    assert {"shape", "grad", "T", "data"} <= set(PROPERTIES)


@pytest.mark.parametrize("name", NAMES)
def test_a_public_name_has_a_docstring(name):
    doc = inspect.getdoc(NAMES[name])
    assert doc, f"{name} has no docstring"
    first = doc.partition("\n")[0]
    assert first.rstrip()[-1] in ".:)?"
    assert len(first) <= 100


@pytest.mark.parametrize("name", [n for n in NAMES if computes(n, NAMES[n])])
def test_what_computes_has_an_example(name):
    assert ">>> " in inspect.getdoc(NAMES[name]), f"{name} shows no example"


def test_what_is_excused_exists():
    assert set(WITHOUT_EXAMPLE) <= {bare(name) for name in NAMES}


@pytest.mark.parametrize("name", PROPERTIES)
def test_a_property_has_a_docstring(name):
    assert PROPERTIES[name].__doc__


# rules --------------------------------------------------------------------------------------------

SECTION = re.compile(r"^    (Takes|Gives|Raises|Limits|Source)  ?\s*(\S.*)$", re.M)
ORDER = ["Takes", "Gives", "Raises", "Limits", "Source"]


@pytest.mark.parametrize("rule", REGISTRY.values(), ids=lambda rule: rule.name)
def test_a_rules_docstring_has_its_sections(rule):
    found = [name for name, _ in SECTION.findall(rule.__doc__)]
    assert {"Takes", "Gives", "Source"} <= set(found)
    assert found == sorted(found, key=ORDER.index)
    takes = rule.__doc__.partition("Takes")[2].partition("\n    Gives")[0]
    for operand in rule.operands:
        assert re.search(rf"\b{operand}\b", takes), f"Takes says nothing of {operand}"
    for parameter in rule.parameters:
        assert re.search(rf"\b{parameter}\b", rule.__doc__.replace("\n", " ")), parameter


@pytest.mark.parametrize("rule", REGISTRY.values(), ids=lambda rule: rule.name)
def test_a_rules_example_runs(rule):
    """pytest collects functions alone, and a rule is an object: its doctest runs here."""
    parser, out = doctest.DocTestParser(), []
    test = parser.get_doctest(rule.__doc__, {"sg": sg}, rule.name, None, 0)
    assert test.examples
    runner = doctest.DocTestRunner(verbose=False)
    runner.run(test, out=out.append)
    assert runner.failures == 0, "".join(out)


# modules ------------------------------------------------------------------------------------------

FILES = sorted(p for p in PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_file_says_what_it_is(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    doc = ast.get_docstring(tree)
    assert doc, f"{path.name} has no docstring"
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{path.name}: {node.name} has no docstring"


def test_names_that_load_later_are_documented_where_they_live():
    for name, module in sg._LATER.items():
        value = getattr(importlib.import_module(module), name)
        assert inspect.getdoc(value)
