"""The words of the errors of transforms, against golden/transform_messages.txt.

``python -m tests.test_transform_messages`` writes that anew; look at the difference.
"""

import numpy as np
import pytest
import symgrad.autograd.functional as functional

import symgrad as sg
from tests.golden_words import cases_of, message, read, write

GOLDEN = "transform_messages.txt"


def rows():
    return sg.tensor(np.arange(6.0).reshape(2, 3))


def a_branch_on_many():
    sg.vmap(lambda r: r if r.sum() > 0 else -r)(rows())


def a_number_of_many():
    sg.vmap(lambda r: r * r.sum().item())(rows())


def nothing_to_map():
    sg.vmap(lambda: 1)()


def every_argument_shared():
    sg.vmap(sg.sin, in_dims=(None,))(rows())


def a_number_to_map():
    sg.vmap(sg.add)(rows(), 3.0)


def several_sizes_to_map():
    sg.vmap(sg.add)(rows(), rows()[:1])


def an_axis_to_map_that_is_not_there():
    sg.vmap(sg.sin, in_dims=2)(rows())


def a_scalar_to_map():
    sg.vmap(sg.sin)(rows()[0, 0])


def axes_in_of_another_form():
    sg.vmap(lambda d: d["a"], in_dims=({"b": 0},))({"a": rows()})


def axes_out_of_another_form():
    sg.vmap(lambda r: (r, r), out_dims=(0, 0, 0))(rows())


def an_axis_out_that_is_not_there():
    sg.vmap(sg.sin, out_dims=2)(rows())


def a_result_that_differs_and_is_shared():
    sg.vmap(sg.sin, out_dims=None)(rows())


def a_result_that_is_no_tensor():
    sg.vmap(lambda r: 3.0)(rows())


def a_leaf_made_inside():
    sg.vmap(lambda r: r.requires_grad_() * 2)(rows())


def random_numbers_refused():
    sg.vmap(lambda r: r + sg.rand(3))(rows())


def a_randomness_that_is_none():
    sg.vmap(sg.sin, randomness="some")


def a_write_into_what_all_share():
    shared = sg.zeros(3, dtype=sg.float64)
    sg.vmap(lambda r: shared.add_(r))(rows())


def a_value_of_a_vmap_that_ended():
    kept = []
    sg.vmap(lambda r: kept.append(r) or r)(rows())
    kept[0] * 2


def a_shape_of_one_input():
    sg.vmap(lambda r: r.reshape(2, 2))(rows())


def an_index_of_each_input_in_a_formula():
    sg.closed_form(lambda x: sg.vmap(lambda r: r[sg.argmax(r)])(x), x="n d")


def a_gradient_of_axes():
    sg.func.grad(sg.sin)(rows())


def a_gradient_of_no_tensor():
    sg.func.grad(lambda x: 3.0)(rows())


def a_gradient_in_none():
    sg.func.grad(lambda x: rows().sum())(None)


def an_argument_named_twice():
    sg.func.grad(sg.dot, argnums=(0, 0))(rows()[0], rows()[0])


def an_argument_that_is_not_there():
    sg.func.jacrev(sg.sin, argnums=1)(rows())


def a_cotangent_of_another_form():
    sg.func.vjp(lambda x: {"a": x, "b": [x]}, rows())[1]({"a": rows()})


def a_tangent_of_another_shape():
    sg.func.linearize(sg.sin, rows())[1](rows()[0])


def a_tangent_too_few():
    sg.func.jvp(sg.add, (rows(), rows()), (rows(),))


def a_constant_in_strict_mode():
    sg.func.jvp(lambda x: rows() * 1, (rows(),), (rows(),), strict=True)


def an_input_that_is_a_list():
    functional.jacobian(sg.sin, [rows()])


def a_vector_left_out():
    functional.vjp(sg.sin, rows())


def a_vector_of_another_size():
    functional.jvp(sg.sin, rows(), rows()[0])


def a_hessian_of_several_entries():
    functional.hessian(sg.sin, rows())


def an_unused_input_in_strict_mode():
    functional.jacobian(lambda x, y: x * 2, (rows(), rows()), strict=True)


def a_linear_function_in_strict_mode():
    functional.vhp(lambda x: x.sum(), rows(), rows(), strict=True)


def a_strategy_that_is_none():
    functional.jacobian(sg.sin, rows(), strategy="sideways")


CASES = cases_of(globals(), rows)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_the_words_are_those_of_the_golden_file(case):
    assert message(case) == read(GOLDEN)[case.__name__]


def test_the_golden_file_has_no_other_words():
    assert set(read(GOLDEN)) == {case.__name__ for case in CASES}


if __name__ == "__main__":
    write(GOLDEN, "test_transform_messages", CASES)
