"""Random programs on the stand-in for CuPy: the CPU's numbers, and nothing moved or awaited."""

import numpy as np
import pytest

import symgrad as sg
from tests.random_checks import arrays_for, sizes_for
from tests.random_lines import program_of
from tests.standin import counted, installed
from tests.standin.machine import LOG


def derived(program, arrays, device):
    """Value, gradients, and gradients of their squares; on the CPU. What was moved or awaited."""
    tensors = {
        name: sg.tensor(a, device=device, requires_grad=a.dtype.kind == "f")
        for name, a in arrays.items()
    }
    leaves = [t for t in tensors.values() if t.requires_grad]
    with counted(log=True):
        value = program(**tensors)
        found = [value]
        root = (value * value).sum()
        if root.requires_grad:
            found += sg.autograd.grad(root, leaves, create_graph=True, allow_unused=True)
        second = [(g * g).sum() for g in found[1:] if g is not None and g.requires_grad]
        if second:
            found += sg.autograd.grad(second, leaves, allow_unused=True)
    asked = [line for line in LOG if ":" in line]
    return [None if t is None else t.detach().cpu().numpy() for t in found], asked


def check(seed, device):
    program, rng = program_of(seed), np.random.default_rng(seed)
    arrays = arrays_for(program, sizes_for(program, rng, seed % 2), rng)
    arrays = {name: np.asarray(a) for name, a in arrays.items()}
    try:
        want, _ = derived(program, arrays, "cpu")
    except sg.SymgradError as error:
        with pytest.raises(type(error)):
            derived(program, arrays, device)
        return
    found, asked = derived(program, arrays, device)
    assert not asked, program.source()
    for a, b in zip(found, want, strict=True):
        assert (a is None) == (b is None), program.source()
        if b is not None:
            assert a.dtype == b.dtype
            scale = max(1.0, float(np.max(np.abs(b), initial=0.0, where=np.isfinite(b))))
            np.testing.assert_allclose(
                a, b, rtol=1e-9, atol=1e-10 * scale, err_msg=program.source()
            )


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("device", ["cuda", "cuda:1"])
def test_random_programs(device):
    with installed():
        for seed in range(150):
            check(seed, device)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("device", ["cuda", "cuda:1"])
def test_many_random_programs(device):
    with installed():
        for seed in range(1000, 5000):
            check(seed, device)
