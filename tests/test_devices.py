"""Devices in the face: names, moves, refusals, two cards, ``sg.cuda``; on the stand-in for CuPy."""

import copy
import doctest
import pickle

import numpy as np
import pytest

import symgrad as sg
from symgrad.tracing import cuda
from tests.standin import counted, installed

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def cp():
    with installed() as module:
        yield module


def message(call):
    with pytest.raises(sg.SymgradError) as caught:
        call()
    return str(caught.value)


# names: what PyTorch 2.13 says of the same -------------------------------------------------------


def test_a_device_prints_and_compares_as_pytorchs():
    d = sg.device
    assert repr(d("cuda")) == "device(type='cuda')"
    assert repr(d("cuda:1")) == repr(d("cuda", 1)) == "device(type='cuda', index=1)"
    assert str(d("cpu")) == "cpu"
    assert str(d("cpu", 0)) == "cpu:0"
    assert d("cuda") != d("cuda:0")
    assert d("cpu:0") != d("cpu")
    assert d(d("cuda:1")) == d(type="cuda", index=1)
    assert len({d("cuda"), d("cuda"), d("cuda:0")}) == 2
    assert copy.deepcopy(d("cuda:1")) == pickle.loads(pickle.dumps(d("cuda:1"))) == d("cuda:1")
    with pytest.raises(TypeError):
        d("cpu") < d("cuda")  # noqa: B015


def test_a_device_is_equal_to_its_string():
    assert sg.device("cuda:1") == "cuda:1"
    assert sg.device("cuda:1") != "cuda"
    assert sg.device("cpu") != "abacus"
    assert sg.zeros(1).device == "cpu"
    assert {sg.device("cpu"): 1}["cpu"] == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("abacus",), "Expected one of cpu, cuda device type at start of device string: abacus"),
        (("CPU",), "Expected one of cpu, cuda device type at start of device string: CPU"),
        (("",), "Device string must not be empty"),
        (("cuda:",), "Invalid device string: 'cuda:'"),
        (("cuda:x",), "Invalid device string: 'cuda:x'"),
        (("cuda:-1",), "Invalid device string: 'cuda:-1'"),
        (("cuda:01",), "Invalid device string: 'cuda:01'"),
        (("cuda", -1), "Device index must not be negative"),
        ((-1,), "Device index must not be negative"),
        (("cuda:1", 1), "type (string) must not include an index because index was passed"),
    ],
)
def test_what_names_no_device(given, words):
    with pytest.raises(sg.DeviceError) as caught:
        sg.device(*given)
    assert isinstance(caught.value, RuntimeError)
    assert str(caught.value).startswith(words)


@pytest.mark.parametrize("given", [(1.5,), (None,), (True,), (sg.device("cpu"), 0), ("cuda", "1")])
def test_what_is_no_name_of_a_device(given):
    with pytest.raises(TypeError, match=r"^device\(\): argument '(type|index)' must be"):
        sg.device(*given)


# no GPU ------------------------------------------------------------------------------------------


def _nowhere(monkeypatch, cupy):
    monkeypatch.setitem(__import__("sys").modules, "cupy", cupy)


USES = [
    lambda: sg.zeros(2, device="cuda"),
    lambda: sg.tensor([1.0], device="cuda:0"),
    lambda: sg.zeros(2).cuda(),
    lambda: sg.zeros(2).to("cuda"),
    lambda: sg.rand(2, device="cuda"),
    lambda: sg.zeros(2, device=0),
    lambda: sg.zeros_like(sg.zeros(2), device="cuda"),
    lambda: sg.cuda.synchronize(),
    lambda: sg.cuda.current_device(),
    lambda: sg.cuda.Event(enable_timing=True),
    lambda: sg.cuda.Stream(),
    lambda: sg.cuda.current_stream(),
    lambda: sg.cuda.get_device_name(),
    lambda: sg.cuda.reset_peak_memory_stats(),
    lambda: sg.cuda.device(0).__enter__(),
]


@pytest.mark.parametrize("use", USES)
def test_without_cupy_one_error_names_the_mend(use, monkeypatch):
    _nowhere(monkeypatch, None)
    lines = message(use).splitlines()
    assert lines[0] == "cuda needs CuPy, which is not installed."
    assert lines[-1].startswith("  mend   pip install 'symgrad[cuda13]' (or symgrad[cuda12]")


@pytest.mark.parametrize("use", USES)
def test_without_a_driver_one_error_says_so(use, monkeypatch, cp):
    monkeypatch.setattr(cp, "is_available", lambda: False)
    lines = message(use).splitlines()
    assert lines[0] == "cuda: CuPy is installed, but it finds no CUDA driver or no card here."
    assert lines[-1].startswith("  mend   `nvidia-smi` must name a card")


@pytest.mark.parametrize("missing", ["cupy", "driver"])
def test_questions_are_answered_without_a_gpu(missing, monkeypatch):
    with installed() as cp:
        if missing == "cupy":
            _nowhere(monkeypatch, None)
        else:
            monkeypatch.setattr(cp, "is_available", lambda: False)
        assert not sg.cuda.is_available()
        assert sg.cuda.device_count() == 0
        assert sg.cuda.memory_allocated() == sg.cuda.max_memory_allocated() == 0
        assert sg.cuda.memory_reserved() == 0
        sg.cuda.empty_cache()
        with sg.cuda.stream(None), sg.cuda.device(None):
            assert sg.zeros(2).sum().item() == 0.0
        monkeypatch.undo()


# moving ------------------------------------------------------------------------------------------


def test_cuda_is_the_current_card(cp):
    assert repr(sg.zeros(2, device="cuda").device) == "device(type='cuda', index=0)"
    with sg.cuda.device(1):
        assert sg.cuda.current_device() == 1
        assert sg.zeros(2, device="cuda").device == sg.device("cuda:1") == "cuda:1"
    assert sg.cuda.current_device() == 0
    assert sg.device(1) == "cuda:1"


def test_a_number_that_no_card_has(cp):
    assert message(lambda: sg.zeros(2, device="cuda:2")).splitlines()[:2] == [
        "cuda:2: invalid device ordinal.",
        "  here   2 GPUs, cuda:0 to cuda:1",
    ]


MADE = [
    lambda d: sg.zeros(2, device=d),
    lambda d: sg.ones(2, 3, device=d),
    lambda d: sg.empty(2, device=d),
    lambda d: sg.full((2,), 7, device=d),
    lambda d: sg.arange(1, 3, 0.5, device=d),
    lambda d: sg.linspace(0, 1, 5, device=d),
    lambda d: sg.eye(2, 3, device=d),
    lambda d: sg.zeros((), device=d),
    lambda d: sg.full((), 2.5, device=d),
]
SENT = [
    lambda d: sg.tensor([1.0, 2.0], device=d),
    lambda d: sg.tensor(1.0, device=d),
    lambda d: sg.as_tensor([1, 2], device=d),
    lambda d: sg.rand(2, device=d),
    lambda d: sg.randn(2, device=d),
    lambda d: sg.randint(3, size=(2,), device=d),
    lambda d: sg.randperm(3, device=d),
]


@pytest.mark.parametrize("make", [*MADE, *SENT])
def test_every_creation_takes_a_device(make, cp):
    sg.manual_seed(0)
    here = make("cpu")
    for name in ("cuda", "cuda:1", sg.device("cuda:1"), 1):
        sg.manual_seed(0)
        with counted() as counts:
            there = make(name)
        assert there.is_cuda
        assert not there.is_cpu
        assert there.get_device() == (0 if name == "cuda" else 1)
        assert there.dtype == here.dtype
        assert there.tolist() == here.tolist()
        assert counts.to_device == (0 if make in MADE else 1)
        assert counts.to_host == 0


def test_likes_stay_where_their_model_is(cp):
    x = sg.zeros(2, device="cuda:1")
    for made in (sg.zeros_like(x), sg.ones_like(x), sg.full_like(x, 3.0), sg.rand_like(x)):
        assert made.device == "cuda:1"
    assert sg.zeros_like(x, device="cpu").device == "cpu"


def test_a_move_that_changes_nothing_gives_the_tensor_itself(cp):
    x = sg.zeros(2)
    assert x.cpu() is x.to("cpu") is x.to(sg.device("cpu")) is x
    y = x.cuda()
    assert y.cuda() is y.to("cuda") is y.to("cuda:0") is y.to(0) is y.to(y) is y
    assert y.to("cuda", copy=True) is not y
    assert y.cuda(1).get_device() == 1
    assert y.to("cuda:1", sg.float64).dtype == sg.float64
    assert x.get_device() == -1
    with pytest.raises(sg.DeviceError, match="Invalid device, must be cuda device"):
        x.cuda("cpu")


def test_a_move_is_an_operation_whose_adjoint_moves_back(cp):
    x = sg.tensor([1.0, 2.0], requires_grad=True)
    y = x.to("cuda")
    assert not y.is_leaf
    assert repr(y) == "tensor([1., 2.], device='cuda:0', grad_fn=<ToCopyBackward0>)"
    (y * y).sum().backward()
    assert x.grad.device == "cpu"
    assert x.grad.tolist() == [2.0, 4.0]
    (g,) = sg.autograd.grad((y**3).sum(), x, create_graph=True)
    assert g.device == "cpu"
    (h,) = sg.autograd.grad(g.sum(), x)
    assert h.tolist() == [6.0, 12.0]
    _, t = sg.func.jvp(lambda v: v.cuda().sin(), (x.detach(),), (sg.ones(2),))
    assert t.device == "cuda:0"


def on_two_cards(x, w, v):
    a = (x.to("cuda:1") * w).tanh().sum()
    b = (a.to("cuda:0") * v).sin()
    return (b.to("cuda:1") @ w).cpu() * 2 + a.cpu()


@pytest.mark.parametrize("current", [0, 1])
@pytest.mark.parametrize("create_graph", [False, True])
def test_a_graph_over_two_cards(current, create_graph, cp, rng):
    values = rng.standard_normal((3, 4)) * 0.3
    x, w, v = (sg.tensor(row, requires_grad=True) for row in values)
    a = (x * w).tanh().sum()
    want = sg.autograd.grad((a * v).sin() @ w * 2 + a, (x, w, v))
    with sg.cuda.device(current):
        leaves = [
            sg.tensor(row, device=place, requires_grad=True)
            for row, place in zip(values, ("cpu", "cuda:1", "cuda:0"), strict=True)
        ]
        found = sg.autograd.grad(on_two_cards(*leaves), leaves, create_graph=create_graph)
        for f, g, leaf in zip(found, want, leaves, strict=True):
            assert f.device == leaf.device
            np.testing.assert_allclose(f.tolist(), g.tolist(), rtol=1e-12)
        on_two_cards(*leaves).backward()
        assert [leaf.grad.device for leaf in leaves] == ["cpu", "cuda:1", "cuda:0"]
        for leaf, g in zip(leaves, want, strict=True):
            np.testing.assert_allclose(leaf.grad.tolist(), g.tolist(), rtol=1e-12)


def test_values_leave_a_gpu_only_when_asked(cp):
    x = sg.tensor([1.0, 2.0], device="cuda")
    assert x.tolist() == x.cpu().numpy().tolist() == x.numpy(force=True).tolist() == [1.0, 2.0]
    assert x.sum().item() == 3.0
    for use in (x.numpy, lambda: np.asarray(x), lambda: np.array([x, x])):
        with pytest.raises(TypeError, match="can't convert cuda:0 device type tensor to numpy"):
            use()


def test_another_dtype_stays_on_the_card(cp):
    whole, x = sg.tensor([1, 2], device="cuda"), sg.tensor([1.0, 2.0], device="cuda")
    casts = [x.double(), x.half(), x.long(), x.bool(), x.to(sg.float64), x.type_as(whole)]
    mixed = [whole + 1.5, whole / 2, sg.sin(whole), x + x.double(), whole.float().mean()]
    for found in casts + mixed:
        assert found.device == "cuda:0"
    assert [y.dtype for y in mixed] == [sg.float32, sg.float32, sg.float32, sg.float64, sg.float32]


def test_copies_go_across(cp):
    x, y = sg.tensor([1.0, 2.0], device="cuda:1"), sg.zeros(2)
    assert y.copy_(x).tolist() == [1.0, 2.0]
    assert y.device == "cpu"
    assert x.copy_(sg.ones(2)).device == "cuda:1"
    assert x.tolist() == [1.0, 1.0]
    again = copy.deepcopy(x)
    assert again.device == "cuda:1"
    assert pickle.loads(pickle.dumps(x)).device == "cuda:1"


# one place that refuses several devices ----------------------------------------------------------


def test_operands_of_two_devices_are_refused_in_one_place(cp):
    a, b = sg.zeros(2, device="cuda"), sg.zeros(2)
    found = message(lambda: a + b).splitlines()
    assert found[0] == (
        "Expected all tensors to be on the same device, but found at least two devices, "
        "cuda:0 and cpu!"
    )
    assert found[1:4] == [
        "  in     add(a, b)",
        "  a      float32 (2,), cuda:0",
        "  b      float32 (2,)",
    ]
    assert found[-1] == "  mend   b.to('cuda:0'); a number or a 0-d CPU tensor goes by itself"
    assert "a.to('cuda:0')" in message(lambda: sg.matmul(b, a))
    assert "xs[1].to('cuda:0')" in message(lambda: sg.cat([a, b]))
    assert "y.to('cuda:0')" in message(lambda: sg.where(a > 0, a, b))
    for use in (
        lambda: a @ b, lambda: a * np.zeros(2), lambda: np.add(a, b), lambda: sg.stack([b, a]),
        lambda: sg.einsum("i,i->", a, b), lambda: a.add_(b), lambda: a > b, lambda: a == b,
        lambda: sg.maximum(a, b), lambda: a + sg.zeros(2, device="cuda:1"), lambda: b.add_(a),
    ):  # fmt: skip
        assert "at least two devices" in message(use)
    assert a.tolist() == b.tolist() == [0.0, 0.0]


def test_numbers_and_small_cpu_tensors_go_by_themselves(cp):
    x = sg.tensor([1.0, 2.0], device="cuda", requires_grad=True)
    c = sg.tensor(3.0, requires_grad=True)
    for y in (x * 2, 2 - x, x * np.float64(2.0), x * c, c * x, sg.where(x > c, x, c), c**x):
        assert y.device == "cuda:0"
        assert y.dtype == sg.float32
    (x * c).sum().backward()
    assert (c.grad.device, c.grad.tolist()) == (sg.device("cpu"), 3.0)
    c = sg.tensor(3.0, requires_grad=True)
    c.detach()  # from now on it is an array of its own, and no scalar
    assert type(c._value) is np.ndarray
    for create_graph in (False, True):
        (g,) = sg.autograd.grad((x * c).sum(), c, create_graph=create_graph)
        assert (g.device, g.tolist()) == (sg.device("cpu"), 3.0)
    with pytest.raises(sg.DeviceError):  # not the other way, as in PyTorch
        sg.zeros(2) * x.sum()


def test_a_gradient_lives_where_its_tensor_does(cp):
    x = sg.tensor([1.0, 2.0], device="cuda", requires_grad=True)
    words = "attempting to assign a gradient with device type 'cpu' to a tensor with device type"
    assert message(lambda: setattr(x, "grad", sg.zeros(2))).startswith(words)
    assert message(lambda: (x * 2).backward(sg.ones(2))).startswith(words)
    assert x.grad is None
    x.grad = sg.zeros(2, device="cuda")
    (x * 2).backward(sg.ones(2, device="cuda"))
    assert x.grad.tolist() == [2.0, 2.0]


def test_gradients_are_nobody_elses_array(cp):
    a, b = (sg.tensor([1.0, 2.0], device="cuda", requires_grad=True) for _ in range(2))
    g = sg.ones(2, device="cuda")
    (a + b).backward(g)
    a.grad.zero_()
    assert b.grad.tolist() == g.tolist() == [1.0, 1.0]
    kept = a.grad
    (a * 3).backward(g)
    assert kept.tolist() == [3.0, 3.0]  # added in place, as in PyTorch


# sg.cuda ----------------------------------------------------------------------------------------


def test_streams_and_events(cp):
    start, end = (sg.cuda.Event(enable_timing=True) for _ in range(2))
    with pytest.raises(RuntimeError, match="Both events must be recorded"):
        start.elapsed_time(end)
    side = sg.cuda.Stream()
    start.record()
    with sg.cuda.stream(side):
        assert sg.cuda.current_stream() == side
        x = sg.zeros(2, device="cuda") + 1
        end.record(side)
    assert sg.cuda.current_stream() != side
    sg.cuda.current_stream().wait_stream(side)
    end.synchronize()
    assert end.query()
    assert side.query()
    assert start.elapsed_time(end) >= 0
    assert x.tolist() == [1.0, 1.0]
    plain = sg.cuda.Event()
    plain.record()
    with pytest.raises(RuntimeError, match="enable_timing=True"):
        plain.elapsed_time(end)
    with counted() as counts:
        sg.cuda.synchronize()
        sg.cuda.synchronize("cuda:1")
        side.synchronize()
    assert counts.synchronisations == 3
    with sg.cuda.stream(sg.cuda.Stream(device=1)):
        assert sg.cuda.current_device() == 1
    assert sg.cuda.current_device() == 0


def test_a_stream_is_left_by_an_exception(cp):
    side = sg.cuda.Stream(device=1)
    with pytest.raises(ZeroDivisionError), sg.cuda.stream(side):
        1 / 0  # noqa: B018
    assert sg.cuda.current_device() == 0
    assert sg.cuda.current_stream() != side


def test_memory(cp):
    sg.cuda.empty_cache()
    before = sg.cuda.memory_allocated()
    sg.cuda.reset_peak_memory_stats()
    x = sg.zeros(1024, device="cuda")
    assert sg.cuda.memory_allocated() == before + 4096
    y = sg.zeros(2048, device="cuda")
    del y
    assert sg.cuda.max_memory_allocated() == before + 4096 + 8192
    assert sg.cuda.memory_allocated("cuda:1") == sg.cuda.memory_allocated(1)
    assert sg.cuda.memory_reserved() >= sg.cuda.memory_allocated()
    sg.cuda.empty_cache()
    assert sg.cuda.memory_reserved() == sg.cuda.memory_allocated()
    sg.cuda.reset_peak_memory_stats()
    assert sg.cuda.max_memory_allocated() == sg.cuda.memory_allocated()
    assert x.device == "cuda:0"
    with pytest.raises(sg.DeviceError, match="Expected a cuda device, but got: cpu"):
        sg.cuda.memory_allocated("cpu")


def test_the_examples_of_cuda_run_where_there_is_a_card(cp):
    found = doctest.testmod(cuda, extraglobs={"sg": sg})
    assert found.attempted > 10
    assert not found.failed
    sg.cuda.set_device(0)


def test_the_names_of_cards(cp):
    assert sg.cuda.is_available()
    assert sg.cuda.device_count() == 2
    assert "stand-in" in sg.cuda.get_device_name(1)
    sg.cuda.set_device(1)
    assert sg.cuda.current_device() == 1
    sg.cuda.set_device("cuda:0")
