"""NumPy arrays that a graph keeps: a write between forward and backward never misleads."""

import contextlib
import copy
import gc
import pickle
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


def test_an_array_that_nobody_else_holds_lives_as_long_as_its_copy():
    x = tracked(2)
    y = (x * np.array([3.0, 4.0])).sum()
    gc.collect()
    assert list(sg.closed_form(y, x).constants) == ["c0"]
    y.backward()
    gc.collect()
    assert not locking._COPIED


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


# tensors that share a buffer with NumPy -----------------------------------------------------------


SHARES = {
    "from_numpy": sg.from_numpy,
    "as_tensor": sg.as_tensor,
    "from_dlpack": sg.from_dlpack,
    "asarray": sg.array_api.asarray,
}
USES = {
    "multiply": lambda x, t: x * t,
    "reflected": lambda x, t: t * x,
    "divided": lambda x, t: x / (t * t + 1.0),
    "a function": lambda x, t: x * sg.exp(t),
    "a product": lambda x, t: x @ t,
    "a view": lambda x, t: x[1:] * t[1:],
    "a view of a view": lambda x, t: x[2:] * t[1:][1:],
    "an alias": lambda x, t: x * t.detach(),
    "tracked": lambda x, t: x * t.requires_grad_() * t,
    "in place": lambda x, t: x.clone().mul_(t),
    "numpy": lambda x, t: np.multiply(t, x),
}


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("n", [5, LARGE])
def test_a_shared_buffer_never_misleads(share, use, n):
    a = np.linspace(0.5, 3.0, n)
    x, other = tracked(n), tracked(n)
    USES[use](other, sg.tensor(a)).sum().backward()
    t = SHARES[share](a)
    assert np.shares_memory(np.asarray(t.detach()), a)
    y = USES[use](x, t).sum()
    with contextlib.suppress(ValueError):
        a[2] = 100.0
    y.backward()
    np.testing.assert_array_equal(x.grad.numpy(), other.grad.numpy())
    a[2] = 7.0
    assert t[2].item() == 7.0
    assert not locking._LOCKED


@pytest.mark.parametrize("give", [lambda t: t.numpy(), np.asarray, np.from_dlpack])
@pytest.mark.parametrize("n", [5, LARGE])
def test_a_buffer_that_went_out_never_misleads(give, n):
    x, t = tracked(n), sg.tensor(np.linspace(0.5, 3.0, n))
    before = t.tolist()
    a = give(t)
    assert type(a) is np.ndarray
    assert np.shares_memory(a, t.numpy())
    y = (x * t).sum()
    with contextlib.suppress(ValueError):
        a[0] = 100.0
    y.backward()
    assert x.grad.tolist() == before
    a[0] = 7.0
    assert t[0].item() == 7.0


def test_symgrads_own_writes_go_on_and_are_noted():
    a = np.ones(LARGE)
    x, t = tracked(LARGE), sg.from_numpy(a)
    y = (x * t).sum()
    t += 1.0
    assert a[0] == 2.0
    with pytest.raises(sg.GraphError, match="inplace"):
        y.backward()
    w = sg.from_numpy(np.ones(LARGE)).requires_grad_()
    for _ in range(3):
        (w * w).sum().backward()
        with sg.no_grad():
            w -= 0.25 * w.grad
        w.grad = None
    assert w.numpy(force=True)[0] == 0.125


def test_no_mark_reaches_the_outside_or_spreads():
    a = np.ones(3)
    t = sg.from_numpy(a)
    assert t.numpy() is a
    assert np.asarray(t) is a
    for made in (
        t * 2,
        t + t,
        t.clone(),
        sg.exp(t),
        t.sum(),
        t.float(),
        sg.stack([t, t]),
        t.detach() * 1,
    ):
        assert type(made._value) is not locking.SharedBuffer
    for out in (t[1:].numpy(), np.asarray(t[1:]), np.atleast_1d(t), np.round(t), (t * t).numpy()):
        assert type(out) is np.ndarray
    assert type(pickle.loads(pickle.dumps(t._value))) is np.ndarray
    assert type(copy.deepcopy(t)._value) is type(copy.deepcopy(t._value)) is np.ndarray
    assert repr(t) == "tensor([1., 1., 1.], dtype=symgrad.float64)"
    assert t[1:].numpy().base is not None
    t[1:].fill_(3.0)
    assert a.tolist() == [1.0, 3.0, 3.0]
    t[0].fill_(5.0)
    assert a.tolist() == [5.0, 3.0, 3.0]
