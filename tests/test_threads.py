"""Threads and asynchronous tasks: graphs, modes, views and hooks of each are its own; pytest."""

import asyncio
import sys
import threading

import pytest

import symgrad as sg


@pytest.fixture
def restless():
    """Threads that are switched as often as Python can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def in_threads(work, count=8):
    wrong = []

    def run(k):
        try:
            wrong.extend(f"thread {k}: {what}" for what in work(k))
        except Exception as error:
            wrong.append(f"thread {k}: {error!r}")

    threads = [threading.Thread(target=run, args=(k,)) for k in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


class Twice(sg.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * 2

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * 2 + 0 * x


def one_graph(k, i):
    """A graph with everything in it; its gradient at k is known. Gives what is wrong."""
    x = sg.tensor([float(k + 1), 2.0], requires_grad=True)
    with sg.set_grad_enabled(i % 5 != 0):
        y = x * x
        recording = y.requires_grad
        if recording:
            seen = []
            y.register_hook(lambda g: seen.append(1))
            head = y[0]
            head.mul_(3)  # through a view into its base
            y = sg.where(y > 0, y, sg.sqrt(y)) + Twice.apply(x)
    if recording is (i % 5 == 0):
        yield "the mode of another thread"
    if not recording:
        return
    if i % 3:
        y.sum().backward()
        g = x.grad
    else:
        (g,) = sg.autograd.grad(y.sum(), x, create_graph=True)
        (h,) = sg.autograd.grad(g.sum(), x)
        if h.tolist() != [6.0, 2.0]:
            yield f"second order {h.tolist()}"
    if g.tolist() != [6.0 * (k + 1) + 2, 6.0]:
        yield f"gradient {g.tolist()}"


@pytest.mark.parametrize("count", [250, pytest.param(1250, marks=pytest.mark.slow)])
def test_many_graphs_in_eight_threads(restless, count):
    """Ten thousand graphs in the slow run."""

    def work(k):
        for i in range(count):
            yield from one_graph(k, i)
        if not sg.is_grad_enabled():
            yield "a mode is left"

    with sg.no_grad():  # a thread starts in plain gradient mode, as in PyTorch
        assert in_threads(work) == []


def test_a_write_of_one_thread_is_seen_by_the_backward_of_another(restless):
    def work(k):
        for _ in range(200):
            x = sg.ones(3, requires_grad=True)
            y = x.exp()
            z = y * 1
            y.add_(1)
            try:
                z.sum().backward()
                (y * y).sum().backward()
            except sg.GraphError:
                continue
            yield "a stale value was used"

    assert in_threads(work) == []


def test_tasks_have_modes_of_their_own():
    async def quiet():
        with sg.no_grad(), sg.autograd.detect_anomaly():
            await asyncio.sleep(0)
            return sg.is_grad_enabled()

    async def loud():
        await asyncio.sleep(0)
        x = sg.ones(1, requires_grad=True)
        (x * 2).backward()
        return sg.is_grad_enabled(), x.grad.item()

    async def both():
        return await asyncio.gather(quiet(), loud(), quiet(), loud())

    assert asyncio.run(both()) == [False, (True, 2.0), False, (True, 2.0)]
    assert sg.is_grad_enabled()


def test_savers_are_of_their_thread():
    packed = []
    started, done = threading.Event(), threading.Event()

    def work(k):
        started.wait(5)
        x = sg.ones(2, requires_grad=True)
        (x * x).sum().backward()
        done.set()
        return []

    def holder():
        with sg.autograd.graph.saved_tensors_hooks(lambda t: packed.append(t) or t, lambda t: t):
            started.set()
            done.wait(5)

    thread = threading.Thread(target=holder)
    thread.start()
    assert in_threads(work, 1) == []
    thread.join()
    assert packed == []
