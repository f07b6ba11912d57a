"""PyTorch's functions under PyTorch's names: values, gradients and second derivatives are its own.

The golden results are recorded by ``golden/make_torch_functions.py``; no torch is needed here.
"""

import json
import warnings
from pathlib import Path

import array_api_strict
import numpy as np
import pytest
from golden.make_torch_functions import listed, record, refused, tensors, weighed
from torch_cases import CASES, INPUTS, MISUSE

import symgrad as sg
from symgrad.tracing.autograd import new_leaf

GOLDEN = json.loads((Path(__file__).parent / "golden" / "torch_functions.json").read_text())
ERRORS = json.loads((Path(__file__).parent / "golden" / "torch_errors.json").read_text())


def numbers(found):
    return [float(v) for v in found]


def same(mine, golden, rel):
    """Whether two lists of entries are the same; a gradient that is None is one of zeros."""
    if mine is None or golden is None:
        return not any(numbers(mine or golden or []))
    return numbers(mine) == pytest.approx(numbers(golden), rel=rel, abs=rel, nan_ok=True)


@pytest.mark.parametrize("name", CASES)
def test_a_function_does_as_pytorchs(name):
    golden = GOLDEN[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of targets that broadcast, as PyTorch warns
        mine = record(sg, name)
    for got, wanted in zip(mine["results"], golden["results"], strict=True):
        assert (got["shape"], got["dtype"]) == (wanted["shape"], wanted["dtype"])
        assert same(got["entries"], wanted["entries"], 1e-6 if got["dtype"] == "float32" else 1e-9)
    for order in ("first", "second"):
        for got, wanted in zip(mine.get(order, []), golden.get(order, []), strict=False):
            assert same(got, wanted, 1e-7), order
    assert flows(mine) == flows(golden)


def flows(found):
    """Whether a gradient reaches an input."""
    return any(g is not None and any(numbers(g)) for g in found.get("first", []))


def test_every_golden_result_has_its_program():
    assert set(GOLDEN) == set(CASES)
    assert len(CASES) > 250


@pytest.mark.parametrize("name", MISUSE)
def test_misuse_raises_the_class_of_pytorchs_error(name):
    error = refused(sg, name)
    assert ERRORS[name] in {kind.__name__ for kind in type(error).__mro__}, repr(error)
    assert set(ERRORS) == set(MISUSE)


def test_batch_norm_moves_the_running_statistics():
    mean, variance = sg.tensor([1.0, 1.0]), sg.tensor([2.0, 2.0])
    x = sg.tensor([[1.0, 0.0], [3.0, 0.0], [5.0, 6.0]], requires_grad=True)
    sg.nn.functional.batch_norm(x, mean, variance, training=True, momentum=0.5)
    assert mean.tolist() == [2.0, 1.5]
    assert variance.tolist() == pytest.approx([3.0, 7.0])  # over n - 1, as PyTorch's
    assert not mean.requires_grad
    again = sg.nn.functional.batch_norm(x, mean, variance)
    assert again[0].tolist() == pytest.approx([-1 / 3**0.5, -1.5 / 7**0.5], rel=1e-4)
    assert (mean.tolist(), variance.tolist()) == ([2.0, 1.5], pytest.approx([3.0, 7.0]))


@pytest.mark.parametrize(
    ("program", "name"),
    [
        (lambda x: x.transpose(0, 1), "TransposeBackward0"),
        (lambda x: x.swapaxes(0, 1), "TransposeBackward0"),
        (lambda x: x.mT, "TransposeBackward0"),
        (lambda x: x.T, "PermuteBackward0"),
        (lambda x: x.t(), "TBackward0"),
        (lambda x: x[None].squeeze(), "SqueezeBackward0"),
        (lambda x: x[None].squeeze(0), "SqueezeBackward1"),
        (lambda x: x[None].squeeze((0, 1)), "SqueezeBackward2"),
        (lambda x: x.unbind()[0], "UnbindBackward0"),
        (lambda x: x.chunk(2)[0], "SplitBackward0"),
        (lambda x: x.split([1, 1])[1], "SplitWithSizesBackward0"),
        (lambda x: x.max(), "MaxBackward1"),
        (lambda x: x.max(1).values, "MaxBackward0"),
        (lambda x: sg.max(x, dim=0, keepdim=True).values, "MaxBackward0"),
        (lambda x: sg.max(x, x + 1), "MaximumBackward0"),
        (lambda x: x.amax(1), "AmaxBackward0"),
        (lambda x: x.sgn(), "SgnBackward0"),
        (lambda x: x.sign(), "SignBackward0"),
        (lambda x: x.topk(1).values, "TopkBackward0"),
        (lambda x: x.median(), "MedianBackward0"),
        (lambda x: x.median(1).values, "MedianBackward1"),
        (lambda x: x.index_select(0, sg.tensor([0])), "IndexSelectBackward0"),
        (lambda x: x.masked_fill(x > 2, 0), "MaskedFillBackward0"),
    ],
)
def test_what_one_rule_makes_bears_pytorchs_name(program, name):
    x = sg.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    made = program(x)
    assert made.grad_fn.name() == name
    assert f"grad_fn=<{name}>" in repr(made)
    made.sum().backward()
    assert x.grad is not None
    with sg.no_grad():
        assert program(x).grad_fn is None


def as_function(name):
    """A case as a function of its inputs of floats, weighed to one number, and these inputs."""
    program, names = CASES[name]
    inputs = [x.detach() for x in tensors(sg, names)]
    places = [i for i, x in enumerate(inputs) if x.is_floating_point()]

    def function(*given):
        full = list(inputs)
        for i, x in zip(places, given, strict=True):
            full[i] = x
        results = listed(program(sg, *full))
        return weighed(sg, [y for y in results if y.is_floating_point()])

    return function, tuple(inputs[i] for i in places)


@pytest.mark.parametrize("name", [n for n, g in GOLDEN.items() if flows(g)])
def test_forward_mode_agrees_with_reverse_mode(name):
    function, inputs = as_function(name)
    ways = tuple(sg.tensor(np.cos(np.arange(x.numel())).reshape(tuple(x.shape))) for x in inputs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _, forward = sg.func.jvp(function, inputs, ways)
        _, pull = sg.func.vjp(function, *inputs)
        found = pull(sg.tensor(1.0, dtype=sg.float64))
    found = found if isinstance(found, tuple) else (found,)
    backward = sum((g * t).sum().item() for g, t in zip(found, ways, strict=True))
    assert forward.item() == pytest.approx(backward, rel=1e-9, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("name", [n for n, (_, inputs) in CASES.items() if inputs])
def test_vmap_is_the_loop(name):
    program, names = CASES[name]
    inputs = [x.detach() for x in tensors(sg, names)]
    places = [i for i, x in enumerate(inputs) if x.is_floating_point()]
    if not places:
        return

    def function(*given):
        full = list(inputs)
        for i, x in zip(places, given, strict=True):
            full[i] = x
        return tuple(listed(program(sg, *full)))

    first = [inputs[i] for i in places]
    second = [x * 0.75 for x in first]
    both = [sg.stack(pair) for pair in zip(first, second, strict=True)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        many, one, two = sg.vmap(function)(*both), function(*first), function(*second)
    for stacked, a, b in zip(many, one, two, strict=True):
        assert stacked.dtype == a.dtype
        wanted = np.stack([a.numpy(), b.numpy()]).astype(float)
        assert stacked.numpy().astype(float) == pytest.approx(wanted, nan_ok=True)


def test_dropout_draws_for_each_input_under_vmap():
    x = sg.ones(2, 1000)
    made = sg.vmap(lambda v: F.dropout(v, 0.5), randomness="different")(x)
    assert set(made.unique().tolist()) == {0.0, 2.0}
    assert (made[0] != made[1]).any()
    with pytest.raises(sg.GraphError, match="randomness"):
        sg.vmap(lambda v: F.dropout(v, 0.5))(x)


# elsewhere ----------------------------------------------------------------------------------------

DEVICE = array_api_strict.Device("device1")
#: Cases that make an operand of their own, which is on the CPU.
FROM_CPU = {
    "F.soft_margin_loss", "F.hinge_embedding_loss", "F.margin_ranking_loss",
    "F.cosine_embedding_loss", "F.attention masked",
}  # fmt: skip


def there(names):
    """The inputs of a case on array_api_strict's other device, which no NumPy reads by itself."""
    arrays = [np.asarray(INPUTS[name]) for name in names]
    arrays = [a.astype(np.float64) if a.dtype.kind == "f" else a for a in arrays]
    held = [array_api_strict.asarray(a, device=DEVICE) for a in arrays]
    return [new_leaf(h, a.dtype.kind == "f") for h, a in zip(held, arrays, strict=True)]


@pytest.mark.parametrize("name", [n for n, (_, inputs) in CASES.items() if inputs])
def test_a_function_does_the_same_on_another_device(name):
    program, names = CASES[name]
    inputs = there(names)
    if name in FROM_CPU:
        with pytest.raises(sg.DeviceError, match="same device"):
            program(sg, *inputs)
        return
    results = listed(program(sg, *inputs))
    for got, wanted in zip(results, GOLDEN[name]["results"], strict=True):
        assert got._value.device == DEVICE
        entries = np.asarray(got.detach().tolist(), dtype=float).reshape(-1).tolist()
        assert same(entries, wanted["entries"], 1e-7)
    flowing = [y for y in results if y.requires_grad]
    if flowing:
        sum(y.sum() for y in flowing).backward()
        assert all(x.grad is None or x.grad._value.device == DEVICE for x in inputs)


# formulas -----------------------------------------------------------------------------------------

F = sg.nn.functional


@pytest.mark.parametrize(
    ("program", "sizes", "form"),
    [
        (F.mse_loss, {"input": "n", "target": "n"}, "2 (input[i] - target[i]) / n"),
        (lambda x, t: F.cross_entropy(x, t), {"x": "n c", "t": "int n"}, "(1/n) (softmax(x) - T)"),
        (lambda x, y: F.binary_cross_entropy_with_logits(x, y), {"x": "n", "y": "n"},
         "(1 - y[i] - σ(-x[i]))/n"),
        (lambda x: F.silu(x).sum(), {"x": "n"}, "σ(x[i]) (x[i] + 1 - x[i] σ(x[i]))"),
        (lambda x: F.leaky_relu(x).sum(), {"x": "n"}, "(99 [x[i] > 0] + 1)/100"),
        (lambda W, x: F.linear(x, W).sum(), {"W": "m k", "x": "n k"}, "1 1ᵀ x"),
        (lambda x, y: sg.add(x, y, alpha=3).sum(), {"x": "n", "y": "n"}, "1"),
        (lambda x, y: sg.dist(x, y), {"x": "n", "y": "n"}, "(x - y)/‖x - y‖"),
        (lambda a: sg.matrix_power(a, 3).trace(), {"a": "n n"}, "3 (aᵀ)²"),
        (lambda x: x.masked_fill(x < 0, 0).sum(), {"x": "n"}, "[x[i] ≥ 0]"),
    ],
)  # fmt: skip
def test_a_function_of_sizes_has_its_formula(program, sizes, form):
    made = sg.closed_form(program, **sizes, wrt=next(iter(sizes)))
    assert str(made).splitlines()[0] == form


@pytest.mark.parametrize("name", ["cross_entropy", "nll_loss"])
def test_a_loss_of_classes_is_the_same_by_numbers_and_by_formula(name):
    x = sg.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], dtype=sg.float64, requires_grad=True)
    target = sg.tensor([2, 0])
    loss = getattr(F, name)(x, target)
    loss.backward()
    form = sg.closed_form(getattr(F, name), input="n c", target="int n", wrt="input")
    found = np.asarray(form.evaluate(input=x.detach().numpy(), target=target.numpy()), dtype=float)
    assert found == pytest.approx(x.grad.numpy())
    assert sg.crosscheck(lambda x: getattr(F, name)(x, target), x.detach()).ok
