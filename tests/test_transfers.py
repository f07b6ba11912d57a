"""What a program asks of a GPU, counted on the stand-in: nothing is moved or awaited unasked."""

import numpy as np
import pytest
import test_every_rule as every

import symgrad as sg
from symgrad.grammar.kind import Kind
from symgrad.grammar.primitive import REGISTRY
from symgrad.tracing.autograd import new_leaf
from symgrad.verification.examples import cases_of, draw
from tests.standin import counted, installed
from tests.standin.machine import LOG

#: Rules that wait for the card, and why.
WAITS = {
    "inv": "a singular matrix is refused, as in PyTorch: cuSOLVER's answer has to be read",
    "solve": "a singular matrix is refused, as in PyTorch: cuSOLVER's answer has to be read",
    "slogdet": "its derivative solves, and a singular matrix is refused",
    "det": "the derivative of its derivative decomposes, and a failure is refused",
    "cofactor": "its singular values are computed, and a failure is refused",
    "cofactor_slope": "its singular values are computed, and a failure is refused",
}


@pytest.fixture(autouse=True)
def cp():
    with installed() as module:
        yield module


class Case(every.Run):
    """A case on the stand-in, its operands drawn and its integers on the card; no reference."""

    def __init__(self, rule, example):
        ref = object.__new__(every.Reference)
        ref.rule, ref.example = rule, example
        ref.operands = draw(rule, example, np.random.default_rng(example.seed))
        flows = [rule.has_derivative(rule.operand_name(i)) for i in range(len(ref.operands))]
        ref.moving = [
            i
            for i, o in enumerate(ref.operands)
            if flows[i] and o.dtype.kind == "f" and i != example.number
        ]
        super().__init__(ref, "float32", every.BACKENDS["stand-in"])

    def parameter(self, value, name=""):
        if isinstance(value, list):  # of an index
            return self.backend.array(np.asarray(value))
        return super().parameter(value, name)


@pytest.mark.parametrize("rule", every.RULES, ids=lambda rule: rule.name)
def test_a_rule_moves_and_awaits_nothing(rule):
    waited = moves_and_awaits(rule)
    assert waited == 0 or rule.word in WAITS
    assert waited > 0 or rule.word not in WAITS, "it does not wait: strike it from the list"


def moves_and_awaits(rule):
    """How often a rule's cases wait for the card, forward and backward; a transfer is an error."""
    waited = 0
    for example in cases_of(rule):
        run = Case(rule, example)
        leaves = run.operands(new_leaf)
        with counted(log=True) as forward:
            y = run.call(*leaves)
        heard = [line for line in LOG if ":" in line]
        g = sg.ones_like(y.detach())
        backward = None
        if y.requires_grad:
            with counted(log=True) as backward:
                y.backward(g)
            heard += [line for line in LOG if ":" in line]
        for counts in filter(None, (forward, backward)):
            assert counts.to_device == counts.to_host == 0, (example.name, heard)
            waited += counts.synchronisations
    return waited


def test_what_waits_is_listed_with_a_reason():
    assert set(WAITS) <= set(REGISTRY)
    assert all(REGISTRY[word].kind is Kind.FACTORISATION or len(WAITS[word]) > 20 for word in WAITS)


# a training step ---------------------------------------------------------------------------------


class Network:
    """Two layers on the card, float32, a batch of 64."""

    def __init__(self, rng):
        def sent(*shape, requires_grad=True):
            values = rng.standard_normal(shape).astype("float32") * 0.3
            return sg.tensor(values, device="cuda", requires_grad=requires_grad)

        self.inputs, self.wanted = (sent(64, n, requires_grad=False) for n in (32, 4))
        self.weights = [sent(32, 16), sent(16), sent(16, 4), sent(4)]

    def loss(self):
        W1, b1, W2, b2 = self.weights
        return ((sg.tanh(self.inputs @ W1 + b1) @ W2 + b2 - self.wanted) ** 2).mean()

    def step(self, rate=0.1):
        for w in self.weights:
            w.grad = None
        loss = self.loss()
        loss.backward()
        with sg.no_grad():
            for w in self.weights:
                w -= rate * w.grad
        return loss


def test_a_training_step_moves_and_awaits_nothing(rng):
    network = Network(rng)
    network.step()
    with counted(log=True) as counts:
        loss = network.step()
    assert (counts.to_device, counts.to_host, counts.synchronisations) == (0, 0, 0), LOG
    with counted() as counts:
        loss.item()
    assert (counts.to_device, counts.to_host, counts.synchronisations) == (0, 1, 1)


def test_a_training_step_keeps_its_budget(rng):
    """Launches and bytes of each part; a rule or a walk that launches more is seen here."""
    network = Network(rng)
    network.step()
    with counted() as forward:
        loss = network.loss()
    with counted() as backward:
        loss.backward()
    with counted() as update, sg.no_grad():
        for w in network.weights:
            w -= 0.1 * w.grad
    assert forward.launches <= 9  # two layers, the difference, its square, the mean
    assert backward.launches <= 14 + 4  # and a sum into each gradient that is there already
    assert update.launches <= 4 * 2  # a product, and the difference in place
    assert forward.bytes <= 45_000
    assert backward.bytes <= 90_000
    assert update.bytes <= 13_500


def test_a_training_step_is_the_cpus(rng):
    values = [rng.standard_normal(s).astype("float32") for s in ((64, 32), (64, 4))]
    network = Network(rng)
    network.inputs, network.wanted = (sg.tensor(v, device="cuda") for v in values)
    start = [w.detach().cpu() for w in network.weights]
    for _ in range(3):
        network.step()
    found = [w.detach().cpu().numpy() for w in network.weights]
    network.inputs, network.wanted = map(sg.tensor, values)
    network.weights = [w.clone().requires_grad_() for w in start]
    for _ in range(3):
        network.step()
    for there, here in zip(found, network.weights, strict=True):
        np.testing.assert_allclose(there, here.detach().numpy(), rtol=2e-5, atol=1e-6)


def test_higher_orders_move_and_await_nothing():
    x = sg.tensor([1.0, -2.0, 3.0], device="cuda", requires_grad=True)
    v = sg.ones(3, device="cuda")
    with counted(log=True) as counts:
        (g,) = sg.autograd.grad((sg.tanh(x) ** 3 * sg.exp(-x)).sum(), x, create_graph=True)
        sg.autograd.grad((g * v).sum(), x)
        sg.func.jvp(lambda t: sg.where(t > 0, t * 2, 0.5).log_softmax(0), (x.detach(),), (v,))
    assert (counts.to_device, counts.to_host, counts.synchronisations) == (0, 0, 0), LOG


@pytest.mark.parametrize(
    ("use", "to_host", "waits"),
    [
        (lambda x: repr(x), 1, 1),
        (lambda x: x.sum().item(), 1, 1),
        (lambda x: x.tolist(), 1, 1),
        (lambda x: x.cpu(), 1, 1),
        (lambda x: bool((x > 0).all()), 1, 1),
        (lambda x: 1 if x.sum() > 0 else 2, 1, 1),
        (lambda x: float(x.detach().sum()), 1, 1),
        (lambda x: f"{x.detach().sum():.3f}", 1, 1),
        (lambda x: x[x > 0], 0, 1),
        (lambda x: (x.size, x.shape, len(x), x.numel(), x.dtype, x.device, x.is_leaf), 0, 0),
        (lambda x: list(x), 0, 0),
        (lambda x: x.to("cuda:1").to("cuda:0"), 0, 0),
        (lambda x: x.detach().clone().zero_().add_(1).mul_(2.0), 0, 0),
        (lambda x: 2**x + x.clamp(min=0) + sg.maximum(x, 0.5) + sg.where(x > 0, x, 0.0), 0, 0),
    ],
)
def test_what_is_asked_for_is_done_once(use, to_host, waits):
    x = sg.tensor([1.0, -2.0, 3.0], device="cuda", requires_grad=True)
    with counted(log=True) as counts:
        use(x)
    assert (counts.to_device, counts.to_host, counts.synchronisations) == (0, to_host, waits), LOG


def test_writes_by_masks_are_not_looked_at_on_the_cpu():
    x = sg.tensor([1.0, -2.0, 3.0], device="cuda", requires_grad=True)
    y, mask = x.clone(), x.detach() > 0
    with counted() as counts:
        y[mask] = 0.0
    assert counts.to_host == 0
