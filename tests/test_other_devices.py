"""Tensors on another device, as a GPU's are: array_api_strict's fake one stands in for it."""

import array_api_strict
import numpy as np
import pytest

import symgrad as sg
from symgrad.tracing.autograd import new_leaf

DEVICE = array_api_strict.Device("device1")


def there(values, requires_grad=True):
    raw = array_api_strict.asarray(values, dtype=array_api_strict.float32, device=DEVICE)
    return new_leaf(raw, requires_grad)


@pytest.mark.parametrize("left", [True, False])
def test_a_small_cpu_tensor_goes_where_the_others_are(left):
    x, c = there([1.0, 2.0]), sg.tensor(3.0, requires_grad=True)
    y = (c * 1) * x if left else x * (c * 1)
    assert y._value.device == DEVICE
    y.sum().backward()
    assert x.grad._value.device == DEVICE
    assert x.grad.tolist() == [3.0, 3.0]
    assert c.grad.tolist() == 3.0
    assert isinstance(c.grad._value, np.floating)


def test_operands_of_two_devices_are_refused():
    x = there([1.0, 2.0])
    for other in (sg.zeros(2), np.zeros(2)):
        with pytest.raises(sg.DeviceError, match=r"same device.*cpu.*device1"):
            other * x
        with pytest.raises(sg.DeviceError, match="same device"):
            x + other


def test_integers_from_the_cpu_index():
    x = there([1.0, 2.0, 3.0])
    for index in (sg.tensor([0, 0, 2]), np.array([0, 0, 2]), [0, 0, 2]):
        x.grad = None
        x[index].sum().backward()
        assert x.grad.tolist() == [2.0, 0.0, 1.0]


def test_what_is_done_there_stays_there():
    x = there([1.0, 2.0])
    results = [
        sg.where(x > 1.5, x, 0.0), sg.maximum(x, 1.5), 2.0**x, x[x > 1.5], x.sort().values,
        np.sin(x), x @ x, x.max(), x / 3, 3 - x, sg.func.grad(lambda v: (v**3).sum())(x),
    ]  # fmt: skip
    for result in results:
        assert result._value.device == DEVICE
        assert result.dtype == sg.float32


def test_values_come_home():
    x = there([1.0, 2.0])
    assert x.cpu().detach().numpy().tolist() == [1.0, 2.0]
    assert x.tolist() == [1.0, 2.0]
    assert x.sum().item() == 3.0
    assert bool(x.sum() > 2)
    (x.cpu() * sg.tensor([3.0, 4.0])).sum().backward()
    assert x.grad._value.device == DEVICE
    assert x.grad.tolist() == [3.0, 4.0]
