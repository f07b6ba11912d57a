"""The doors: modules that people import by name, and what a star brings."""

import builtins
import subprocess
import sys
from types import ModuleType

import numpy as np
import pytest

import symgrad as sg

DOORS = ("array_api", "autograd", "cuda", "func", "linalg", "nn", "special")


def test_doors_can_be_imported_in_a_fresh_interpreter():
    program = "\n".join(
        [
            *(f"import symgrad.{door}" for door in DOORS),
            "from symgrad.autograd import grad",
            "from symgrad.func import jvp as j",
            "import symgrad.linalg as la, symgrad as sg",
            "import symgrad.nn.functional as F; from symgrad.nn.functional import relu",
            "assert F is sg.nn.functional and F.relu is relu",
            "assert la is sg.linalg and sg.autograd.grad is grad and sg.func.jvp is j",
            "print(sorted(set(sg.__all__) & {'closed_form', 'tensor', 'func'}))",
        ]
    )
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=120
    )
    assert run.stdout.strip() == "['closed_form', 'func', 'tensor']", run.stderr


def test_a_star_brings_what_people_type_and_hides_nothing():
    names = set(sg.__all__)
    assert {"tensor", "sin", "closed_form", "Tensor", "no_grad", "float32", *DOORS} <= names
    assert not {name for name in names if hasattr(builtins, name)}
    assert not names & {"Any", "importlib", "annotations", "sys", "builtins", "ModuleType"}
    modules = {name for name in names if isinstance(getattr(sg, name), ModuleType)}
    assert modules == set(DOORS)
    assert not {name for name in dir(sg) if name in {"importlib", "Any"}}


def test_nn_functional_lists_what_it_has():
    functional = sg.nn.functional
    assert len(functional.__all__) > 60
    assert all(callable(getattr(functional, name)) for name in functional.__all__)
    assert not {name for name in functional.__all__ if name.startswith("_")}


def test_every_door_lists_what_it_has():
    for door in DOORS:
        module = getattr(sg, door)
        assert module.__all__
        assert all(hasattr(module, name) for name in module.__all__)


def test_a_singular_matrix_is_numpys_error_and_pytorchs():
    with pytest.raises(sg.linalg.LinAlgError, match="singular") as caught:
        sg.linalg.inv(sg.zeros(2, 2))
    assert isinstance(caught.value, np.linalg.LinAlgError)
    assert isinstance(caught.value, RuntimeError)
    assert isinstance(caught.value, sg.SymgradError)


@pytest.mark.parametrize(
    ("door", "name", "nearest"),
    [
        (sg.func, "gard", "grad"),
        (sg.cuda, "is_avalable", "is_available"),
        (sg.autograd, "check_function", "check_functions"),
        (sg.autograd.functional, "jacobin", "jacobian"),
        (sg.linalg, "detx", "det"),
        (sg.nn.functional, "silue", "silu"),
        (sg.array_api.fft, "ffft", "fft"),
    ],
)
def test_every_door_names_the_nearest(door, name, nearest):
    with pytest.raises(AttributeError, match=rf"'symgrad\..*{name}'; the nearest: {nearest}"):
        getattr(door, name)
