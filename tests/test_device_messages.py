"""The words of every error about devices, held against golden/device_messages.txt.

``python -m tests.test_device_messages`` writes the file anew. Everything is asked on the stand-in
for CuPy; where no GPU shall be there, it says so.
"""

import sys
from unittest import mock

import numpy as np
import pytest

import symgrad as sg
from tests.golden_words import cases_of, message, read, write
from tests.standin import installed

GOLDEN = "device_messages.txt"


def cupy_is_not_installed():
    with mock.patch.dict(sys.modules, {"cupy": None}):
        sg.zeros(2, device="cuda")


def there_is_no_card():
    with mock.patch.object(sys.modules["cupy"], "is_available", return_value=False):
        sg.zeros(2).to("cuda")


def a_card_of_another_number():
    sg.zeros(2, device="cuda:7")


def a_device_of_another_name():
    sg.device("abacus")


def a_device_without_a_name():
    sg.zeros(2, device="")


def a_device_with_a_crooked_number():
    sg.device("cuda:01")


def a_device_with_two_numbers():
    sg.device("cuda:1", 1)


def a_device_below_zero():
    sg.device("cuda", -1)


def a_move_to_cuda_that_names_the_cpu():
    sg.zeros(2).cuda("cpu")


def a_question_about_the_cpus_memory():
    sg.cuda.memory_allocated("cpu")


def a_sum_over_two_devices():
    moved = sg.ones(2, device="cuda")
    return moved + sg.ones(2)


def a_product_over_two_devices():
    weights = sg.ones(2, 3, requires_grad=True)
    return weights @ sg.ones(3, device="cuda")


def a_stack_over_two_cards():
    sg.stack([sg.ones(2, device="cuda:1"), sg.ones(2, device="cuda:0")])


def an_array_beside_a_tensor_of_a_card():
    return np.ones(2) * sg.ones(2, device="cuda")


def a_write_from_another_device():
    target = sg.zeros(3, device="cuda")
    target[1:] = sg.ones(2)


def an_update_from_another_device():
    sg.zeros(3, device="cuda").add_(sg.ones(3))


def a_cotangent_on_another_device():
    x = sg.ones(2, device="cuda", requires_grad=True)
    (x * x).backward(sg.ones(2))


def a_gradient_on_another_device():
    x = sg.ones(2, device="cuda", requires_grad=True)
    x.grad = sg.ones(2)


def numpys_array_of_a_card():
    sg.ones(2, device="cuda").numpy()


def a_numpy_function_that_converts():
    np.asarray(sg.ones(2, device="cuda"))


def a_singular_matrix_on_a_card():
    sg.linalg.inv(sg.zeros(2, 2, device="cuda"))


def sizes_that_differ_on_a_card():
    return sg.ones(2, 3, device="cuda") + sg.ones(4, device="cuda")


def events_that_were_not_recorded():
    sg.cuda.Event(enable_timing=True).elapsed_time(sg.cuda.Event(enable_timing=True))


CASES = cases_of(globals())


def words(case):
    with installed():
        return message(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_the_words_are_those_of_the_golden_file(case):
    assert words(case) == read(GOLDEN)[case.__name__]


def test_the_golden_file_has_no_other_words():
    assert set(read(GOLDEN)) == {case.__name__ for case in CASES}


if __name__ == "__main__":
    write(GOLDEN, "test_device_messages", CASES, words)
