"""What a graph reads later is what it was computed with, whoever writes since; pytest runs it."""

import gc

import numpy as np
import pytest

import symgrad as sg


def ones(*shape):
    return sg.ones(*shape, dtype=sg.float64, requires_grad=True)


def refilled(x):
    b = np.ones(3)
    y = (x * b).sum()
    b[:] = 2
    return y**2


def test_forward_mode_reads_what_was_kept():
    _, moved = sg.func.jvp(refilled, (sg.ones(3),), (sg.ones(3),))
    assert moved.item() == 18.0  # 2 y y' with y = 3
    assert sg.func.hessian(refilled)(sg.ones(2)[:1].expand(3).clone()).tolist() == [[2.0] * 3] * 3


def test_forward_mode_refuses_what_was_written_since():
    def f(x):
        c = sg.ones(2)
        z = x * c
        c.add_(1)
        return z.sum()

    for derive in (
        lambda: sg.func.jvp(f, (sg.ones(2),), (sg.ones(2),)),
        lambda: sg.func.jacfwd(f)(sg.ones(2)),
        lambda: sg.func.grad(f)(sg.ones(2)),
    ):
        with pytest.raises(sg.GraphError, match=r"inplace operation[^$]*c\.add_\(1\)"):
            derive()


def through_vmap(w, b):
    return sg.vmap(lambda row: row * b)(w.reshape(1, -1))


def through_checkpoint(w, b):
    return sg.autograd.checkpoint(lambda w: w * b, w)


class Kept(sg.autograd.Function):
    @staticmethod
    def forward(ctx, w, b):
        ctx.save_for_backward(b)
        return w * b

    @staticmethod
    def backward(ctx, g):
        return g * ctx.saved_tensors[0], None


@pytest.mark.parametrize("size", [3, 20_000])
@pytest.mark.parametrize("make", [lambda a: a, sg.from_numpy, sg.as_tensor])
@pytest.mark.parametrize(
    "f", [lambda w, b: w * b, through_vmap, through_checkpoint], ids=["plain", "vmap", "checkpoint"]
)
def test_an_array_is_copied_or_locked(f, make, size):
    a = np.ones(size)
    w = ones(size)
    y = f(w, make(a)).sum()
    try:
        a[0] = 100
    except ValueError:
        assert size > 3  # locked
    y.backward()
    assert w.grad.tolist() == [1.0] * size
    del y
    gc.collect()
    a[0] = 1


def test_what_a_function_saves_of_an_array():
    a = np.ones(3)
    w = ones(3)
    y = Kept.apply(w, sg.from_numpy(a))
    a[0] = 100
    y.sum().backward()
    assert w.grad.tolist() == [1.0, 1.0, 1.0]


def test_what_a_function_saved_goes_stale():
    w = ones(2)
    y = w * 1
    z = Kept.apply(w * 2, y)
    y.add_(7)
    with pytest.raises(sg.GraphError, match="forward saved it, and it was written since"):
        z.sum().backward()


def test_a_refused_operation_locks_nothing():
    a = np.ones(20_000)
    w = ones(20_000)
    gc.collect()
    gc.disable()
    try:
        with pytest.raises(sg.ShapeError):
            (w * a) @ sg.ones(3, dtype=sg.float64)
        a[0] = 1
    finally:
        gc.enable()


def test_a_tracked_tensor_is_an_array_where_nothing_is_recorded():
    w = ones(2)
    with sg.no_grad():
        assert w.numpy().tolist() == np.asarray(w).tolist() == [1.0, 1.0]
    with pytest.raises(sg.GraphError, match="Can't call numpy"):
        w.numpy()
