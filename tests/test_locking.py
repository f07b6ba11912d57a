"""NumPy arrays that a graph keeps: a write between forward and backward never misleads."""

import contextlib
import gc
import threading

import numpy as np
import pytest

import symgrad as sg
from symgrad.tracing import locking

LARGE = locking.SMALL // 8 + 1


def tracked(n):
    return sg.tensor(np.arange(1.0, n + 1), requires_grad=True)


PROGRAMS = {
    "multiply": lambda x, a: x * a,
    "reflected": lambda x, a: a * x,
    "divide": lambda x, a: x / (a + 2.0) * a,
    "numpy": lambda x, a: np.multiply(a, x),
    "matmul": lambda x, a: a @ x,
    "maximum": lambda x, a: sg.maximum(x, a) * a,
    "a view": lambda x, a: x[1:] * a[1:],
    "two": lambda x, a: x * a + (x * x) * a,
    "in place": lambda x, a: x.clone().mul_(a),
}


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("n", [5, LARGE])
def test_a_write_raises_or_the_gradient_is_right(name, n):
    f, a = PROGRAMS[name], np.linspace(0.5, 3.0, n)
    x, other = tracked(n), tracked(n)
    f(other, a.copy()).sum().backward()
    y = f(x, a).sum()
    with contextlib.suppress(ValueError):  # locked; a copy does not mind
        a[0] = 100.0
    y.backward()
    np.testing.assert_array_equal(x.grad.numpy(), other.grad.numpy())
    a[0] = 7.0  # nobody keeps it any more
    assert not locking._LOCKED
    assert not locking._VIEWS


def test_a_small_array_is_copied_and_never_locked():
    x, a = tracked(3), np.ones(3)
    y = x * a
    a[0] = 100.0
    y.sum().backward()
    assert x.grad.tolist() == [1.0, 1.0, 1.0]


def test_a_large_one_is_locked_while_a_graph_keeps_it():
    x, a = tracked(LARGE), np.ones(LARGE)
    y, z = x * a, x * a
    with pytest.raises(ValueError, match="read-only"):
        a[0] = 100.0
    y.sum().backward(retain_graph=True)
    del z
    with pytest.raises(ValueError, match="read-only"):
        a[0] = 100.0
    y.sum().backward()
    a[0] = 100.0
    w = x * a
    assert not a.flags.writeable
    del w
    gc.collect()
    assert a.flags.writeable


def test_what_keeps_nothing_locks_nothing():
    x, a = tracked(LARGE), np.ones(LARGE)
    kept = [x + a, x - a, sg.tensor(a) * a, x.detach() * a]
    with sg.no_grad():
        kept.append(x * a)
    assert a.flags.writeable
    b = np.ones(LARGE, dtype=np.float32)
    kept.append(x * b)  # converted: what the graph keeps is its own
    assert b.flags.writeable


def test_a_view_locks_the_memory_under_it():
    x, base = tracked(LARGE), np.ones((2, LARGE))
    row = base[0]
    y = x * row
    for target in (row, base):
        with pytest.raises(ValueError, match="read-only"):
            target[0] = 2.0
    del y
    row[0] = base[1, 0] = 2.0
    y = x * base[1]  # nobody else holds this view
    with pytest.raises(ValueError, match="read-only"):
        base[1, 0] = 3.0
    y.sum().backward()
    assert x.grad.numpy()[0] == 2.0


def test_an_owners_own_lock_stays():
    x, a = tracked(LARGE), np.ones(LARGE)
    a.flags.writeable = False
    (x * a).sum().backward()
    assert not a.flags.writeable
    shared = np.broadcast_to(np.float64(2.0), (LARGE,))
    (x * shared).sum().backward()


def test_memory_that_is_nobodys_array_is_copied():
    x, raw = tracked(LARGE), bytearray(8 * LARGE)
    a = np.frombuffer(raw)
    y = x * a
    raw[7] = 64
    y.sum().backward()
    assert x.grad.abs().sum().item() == 0.0


def test_higher_orders_keep_it_as_long_as_they_need_it():
    x, a = tracked(LARGE), np.full(LARGE, 2.0)
    y = (x * x * a).sum()
    (g,) = sg.autograd.grad(y, x, create_graph=True)
    (h,) = sg.autograd.grad(g.sum(), x, retain_graph=True)
    assert h.numpy()[0] == 4.0
    with pytest.raises(ValueError, match="read-only"):
        a[0] = 1.0
    del y, g
    gc.collect()
    a[0] = 1.0


def test_threads_share_an_array():
    a, faults = np.ones(LARGE), []

    def work():
        try:
            for _ in range(50):
                x = tracked(LARGE)
                (x * a * a).sum().backward()
        except Exception as error:  # a thread's error would be lost
            faults.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert a.flags.writeable
    assert not locking._LOCKED
