"""Devices and training steps on the real CuPy, where there is a card: ``pytest -m gpu``.

The rules themselves run there by ``test_every_rule``, as the backend ``cupy``.
"""

import numpy as np
import pytest
from test_device_writes import PROGRAMS, outcome
from test_random_devices import check

import symgrad as sg

pytestmark = pytest.mark.gpu


@pytest.fixture
def cp():
    return pytest.importorskip("cupy")


def test_a_tensor_goes_there_and_comes_back(cp):
    x = sg.tensor([1.0, 2.0], requires_grad=True)
    y = x.to("cuda")
    assert y.is_cuda
    assert y.device == f"cuda:{sg.cuda.current_device()}"
    assert type(y._value) is cp.ndarray
    assert y.cuda() is y
    (y * y).sum().backward()
    assert x.grad.device == "cpu"
    assert x.grad.tolist() == [2.0, 4.0]
    assert "device='cuda:" in repr(y)


@pytest.mark.parametrize("dtype", [sg.float16, sg.float32, sg.float64, sg.int32, sg.int64, sg.bool])
def test_creation(dtype):
    for make in (sg.zeros, sg.ones, sg.empty):
        assert make(2, 3, dtype=dtype, device="cuda").shape == (2, 3)
    assert sg.full((2,), 1, dtype=dtype, device="cuda").tolist() == [1, 1]
    assert sg.tensor([0, 1], dtype=dtype, device="cuda").dtype == dtype
    assert sg.arange(3, device="cuda").tolist() == [0, 1, 2]
    assert sg.eye(2, device="cuda").tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert sg.linspace(0, 1, 3, device="cuda").tolist() == [0.0, 0.5, 1.0]


def test_mixed_devices_are_refused():
    a, b = sg.zeros(2, device="cuda"), sg.zeros(2)
    for use in (lambda: a + b, lambda: b @ a, lambda: sg.stack([a, b]), lambda: a * np.zeros(2)):
        with pytest.raises(sg.DeviceError, match="same device"):
            use()
    with pytest.raises(sg.DeviceError, match="can't convert cuda"):
        np.asarray(a)
    assert (a + sg.tensor(2.0) * 1 + 1).tolist() == [3.0, 3.0]


def test_a_singular_matrix_is_refused():
    with pytest.raises(sg.linalg.LinAlgError):
        sg.linalg.inv(sg.zeros(2, 2, device="cuda"))
    with pytest.raises(sg.linalg.LinAlgError):
        sg.linalg.solve(sg.ones(2, 2, device="cuda"), sg.ones(2, device="cuda"))
    assert sg.linalg.slogdet(sg.zeros(2, 2, device="cuda")).logabsdet.item() == -np.inf


def test_gradients_add_up_where_an_index_repeats():
    x = sg.tensor([1.0, 2.0, 3.0], device="cuda", requires_grad=True)
    i = sg.tensor([0, 0, 2, 0], device="cuda")
    (x[i] * sg.tensor([1.0, 2.0, 4.0, 8.0], device="cuda")).sum().backward()
    assert x.grad.tolist() == [11.0, 0.0, 4.0]
    x.grad = None
    x[x > 1.5].sum().backward()
    assert x.grad.tolist() == [0.0, 1.0, 1.0]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_a_write_does_there_what_it_does_on_the_cpu(program):
    there, here = outcome(program, "cuda"), outcome(program, "cpu")
    if isinstance(here[0], type):
        assert there == here
        return
    for a, b in zip(there, here, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("seed", range(100))
def test_a_random_program_gives_the_cpus_numbers(seed):
    check(seed, "cuda")


def network(weights, inputs, wanted):
    W1, b1, W2, b2 = weights
    return ((sg.tanh(inputs @ W1 + b1) @ W2 + b2 - wanted) ** 2).mean()


def trained(device, dtype, rng, steps=20):
    shapes = ((32, 16), (16,), (16, 4), (4,), (64, 32), (64, 4))
    made = [sg.tensor(rng.standard_normal(s) * 0.3, dtype=dtype, device=device) for s in shapes]
    weights = [w.requires_grad_() for w in made[:4]]
    losses = []
    for _ in range(steps):
        loss = network(weights, *made[4:])
        for w in weights:
            w.grad = None
        loss.backward()
        with sg.no_grad():
            for w in weights:
                w -= 0.1 * w.grad
        losses.append(loss.item())
    return losses, [w.detach().cpu().numpy() for w in weights]


@pytest.mark.parametrize(("dtype", "unit"), [(sg.float32, 1e-5), (sg.float64, 1e-12)])
def test_training_gives_the_cpus_weights(dtype, unit, seed):
    there = trained("cuda", dtype, np.random.default_rng(seed))
    here = trained("cpu", sg.float64, np.random.default_rng(seed))
    assert there[0][-1] < there[0][0]
    np.testing.assert_allclose(there[0], here[0], rtol=100 * unit)
    for a, b in zip(there[1], here[1], strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=100 * unit)


def test_memory_is_given_back():
    def step():
        x = sg.rand(1000, device="cuda").requires_grad_()
        (sg.exp(sg.sin(x) * x) ** 2).sum().backward()

    step()
    before = sg.cuda.memory_allocated()
    for _ in range(10):
        step()
    assert sg.cuda.memory_allocated() == before
    sg.cuda.reset_peak_memory_stats()
    step()
    assert sg.cuda.max_memory_allocated() >= before + 4000


def test_streams_and_events():
    start, end = (sg.cuda.Event(enable_timing=True) for _ in range(2))
    side = sg.cuda.Stream()
    x = sg.ones(1_000_000, device="cuda")
    side.wait_stream(sg.cuda.current_stream())
    with sg.cuda.stream(side):
        start.record()
        y = x * 2 + 1
        end.record()
    end.synchronize()
    assert start.elapsed_time(end) > 0
    sg.cuda.current_stream().wait_stream(side)
    assert y.sum().item() == 3_000_000.0
    sg.cuda.synchronize()


def test_a_second_card():
    if sg.cuda.device_count() < 2:
        pytest.skip("there is one card")
    x = sg.tensor([1.0, 2.0], device="cuda:1", requires_grad=True)
    y = (x * x).to("cuda:0") * sg.ones(2, device="cuda:0")
    y.sum().backward()
    assert x.grad.device == "cuda:1"
    assert x.grad.tolist() == [2.0, 4.0]
