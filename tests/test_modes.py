"""Modes in threads, tasks, generators and blocks left out of order."""

import asyncio
import contextvars
import threading

import pytest

import symgrad as sg


def test_threads_share_one_block():
    block = sg.no_grad()
    barrier = threading.Barrier(2)
    seen, errors = [], []

    def work():
        try:
            for _ in range(20):
                barrier.wait()
                with block:
                    barrier.wait()
                    seen.append(sg.is_grad_enabled())
                seen.append(not sg.is_grad_enabled())
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert seen == [False] * 80


def test_one_block_is_entered_twice():
    block = sg.no_grad()
    with block:
        with block:
            assert not sg.is_grad_enabled()
        assert not sg.is_grad_enabled()
    assert sg.is_grad_enabled()


def test_blocks_left_out_of_order():
    first, second = sg.no_grad(), sg.enable_grad()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert sg.is_grad_enabled()  # the one still open decides
    second.__exit__(None, None, None)
    assert sg.is_grad_enabled()
    second, first = sg.enable_grad(), sg.no_grad()
    with sg.no_grad():
        second.__enter__()
        first.__enter__()
        second.__exit__(None, None, None)
        first.__exit__(None, None, None)
        assert not sg.is_grad_enabled()
    assert sg.is_grad_enabled()


def test_a_block_of_another_context_is_left_alone():
    def opened():
        with sg.no_grad():
            yield

    generator = opened()
    contextvars.copy_context().run(next, generator)
    assert sg.is_grad_enabled()
    with sg.enable_grad():
        generator.close()
        assert sg.is_grad_enabled()
    assert sg.is_grad_enabled()


def test_a_generator_runs_in_the_mode_and_its_caller_does_not():
    @sg.no_grad()
    def three():
        got = yield sg.is_grad_enabled()
        try:
            yield (got, sg.is_grad_enabled())
        except KeyError:
            yield ("caught", sg.is_grad_enabled())
        return "end"

    running = three()
    assert next(running) is False
    assert sg.is_grad_enabled()
    assert running.send(7) == (7, False)
    assert sg.is_grad_enabled()
    assert running.throw(KeyError()) == ("caught", False)
    assert sg.is_grad_enabled()
    with pytest.raises(StopIteration) as stop:
        next(running)
    assert stop.value.value == "end"
    assert sg.is_grad_enabled()


def test_a_generator_is_closed_in_the_mode():
    ended = []

    @sg.no_grad
    def endless():
        try:
            while True:
                yield 1
        finally:
            ended.append(sg.is_grad_enabled())

    running = endless()
    next(running)
    running.close()
    assert ended == [False]
    assert sg.is_grad_enabled()


def test_an_error_in_a_generator_comes_through():
    @sg.no_grad()
    def broken():
        yield 1
        raise KeyError("inside")

    running = broken()
    next(running)
    with pytest.raises(KeyError, match="inside"):
        next(running)
    assert sg.is_grad_enabled()


def test_coroutines_run_in_the_mode_each_in_its_own_task():
    @sg.no_grad()
    async def off():
        before = sg.is_grad_enabled()
        await asyncio.sleep(0)
        return before, sg.is_grad_enabled()

    async def on():
        await asyncio.sleep(0)
        return sg.is_grad_enabled()

    async def both():
        return await asyncio.gather(off(), on(), off())

    assert asyncio.run(both()) == [(False, False), True, (False, False)]
    assert sg.is_grad_enabled()


def test_asynchronous_generators_are_refused():
    async def numbers():
        yield 1

    with pytest.raises(TypeError, match="open the mode inside"):
        sg.no_grad()(numbers)


@pytest.mark.parametrize("wanted", [False, True])
def test_a_switch_that_becomes_a_block_ends_with_it(wanted):
    switch = sg.set_grad_enabled(wanted)
    assert sg.is_grad_enabled() is wanted
    with switch:
        assert sg.is_grad_enabled() is wanted
    assert sg.is_grad_enabled()


def test_a_switch_is_entered_in_another_thread():
    with sg.enable_grad():
        switch = sg.set_grad_enabled(False)
        seen = []

        def work():
            with switch:
                seen.append(sg.is_grad_enabled())
            seen.append(sg.is_grad_enabled())

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert seen == [False, True]


def test_an_inference_tensor_is_not_kept_for_a_gradient():
    with sg.inference_mode():
        w = sg.tensor(2.0)
    x = sg.tensor(3.0, requires_grad=True)
    with pytest.raises(sg.GraphError, match="Inference tensors cannot be saved for backward"):
        x * w
    with pytest.raises(sg.GraphError, match="Inference tensors cannot be saved for backward"):
        sg.maximum(x, w)
    assert (x + w).requires_grad
