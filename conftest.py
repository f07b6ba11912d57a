"""What every test gets: doctest names, a fixed seed, the gpu marker; pytest alone imports this.

It stands in the root, not in tests/, because the doctests of symgrad/ and docs/ need it too.
"""

import functools
import importlib.util
import os
import sys
import zlib

import hypothesis
import numpy as np
import pytest

collect_ignore_glob = ["tests/benchmarks/*", "tests/golden/*"]  # run by hand, some import torch
if importlib.util.find_spec("cupy") is None:
    # Doctests import every file of the package, and this one is read only where CuPy is.
    collect_ignore_glob.append("symgrad/algebras/cupy_adapter.py")

SEED = pytest.StashKey[int]()

hypothesis.settings.register_profile("here", deadline=None, print_blob=True)
hypothesis.settings.register_profile("ci", deadline=None, print_blob=True, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "here")


@functools.cache
def why_no_gpu():
    """The reason why no GPU can be used; empty where one can."""
    if importlib.util.find_spec("cupy") is None:
        return "CuPy is not installed: pip install symgrad[cuda13] (or [cuda12])"
    import cupy  # only here: importing it takes a second and succeeds without a card

    return "" if cupy.is_available() else "CuPy finds no CUDA card"


def pytest_runtest_setup(item):
    """Skip a gpu test where there is no GPU; fail it where one was demanded."""
    if item.get_closest_marker("gpu") is None or not (reason := why_no_gpu()):
        return
    if os.environ.get("SYMGRAD_REQUIRE_GPU") == "1":
        pytest.fail(f"SYMGRAD_REQUIRE_GPU=1, but {reason}", pytrace=False)
    pytest.skip(reason)


@pytest.fixture
def seed(request):
    """A number fixed by the test's own name; SYMGRAD_SEED=… tries another."""
    return request.node.stash[SEED]


@pytest.fixture
def rng(seed):
    """NumPy's generator, seeded for this test alone: order and selection change nothing."""
    return np.random.default_rng(seed)


@pytest.fixture(autouse=True)
def _seeded(request):
    chosen = os.environ.get("SYMGRAD_SEED")
    number = int(chosen) if chosen else zlib.crc32(request.node.nodeid.encode())
    request.node.stash[SEED] = number
    # Asked of what is already imported: a test that needs no symgrad does not pay for it.
    manual_seed = getattr(sys.modules.get("symgrad"), "manual_seed", None)
    if manual_seed is not None:
        manual_seed(number)


@pytest.fixture(autouse=True)
def _names(request):
    if isinstance(request.node, pytest.DoctestItem):
        import symgrad  # only for doctests: the test of the floors must run where this fails

        request.getfixturevalue("doctest_namespace").update(sg=symgrad, np=np)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Say in every failure which seed repeats it."""
    report = yield
    if report.failed and SEED in item.stash:
        report.sections.append(("seed", f"SYMGRAD_SEED={item.stash[SEED]} repeats it"))
    return report
