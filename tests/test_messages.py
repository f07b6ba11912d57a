"""The words of every error, held against golden/messages.txt.

A message is read by a person who did not expect it: what happened, where, why, and the mend.
``python -m tests.test_messages`` writes the file anew; look at the difference before you keep it.
"""

import math
import os
import re

import numpy as np
import pytest

import symgrad as sg
from tests.golden_words import cases_of, message, read, write

GOLDEN = "messages.txt"


def leaf(*shape):
    return sg.ones(*shape, requires_grad=True)


def sizes_of_a_product():
    hidden = sg.ones(32, 128)
    weights = leaf(64, 10)
    return hidden @ weights


def sizes_of_a_product_in_float64():
    return sg.ones(2, 3, dtype=sg.float64) @ sg.ones(2, 3, dtype=sg.float64)


def shapes_that_do_not_broadcast():
    bias = leaf(4)
    return sg.ones(2, 3) + bias


def shapes_of_a_sum_in_place():
    x = sg.zeros(3)
    x += sg.ones(2, 3)


def reshape_to_another_size():
    return leaf(2, 3).reshape(4, 2)


def an_axis_that_is_not_there():
    return leaf(2, 3).sum(dim=2)


def an_axis_to_swap():
    return leaf(2, 3).transpose(0, 2)


def an_index_that_is_not_there():
    return leaf(3)[5]


def too_many_indices():
    return leaf(3)[0, 0]


def a_concatenation_of_other_shapes():
    return sg.cat([sg.ones(2, 3), sg.ones(2, 4)])


def an_inverse_of_what_is_not_square():
    return sg.linalg.inv(leaf(2, 3))


def a_singular_matrix():
    return sg.linalg.inv(sg.zeros(2, 2))


def a_system_with_a_singular_matrix():
    return sg.linalg.solve(sg.zeros(2, 2), leaf(2))


def a_system_with_a_vector_of_another_size():
    return sg.linalg.solve(sg.eye(2), leaf(3))


def vectors_of_other_sizes():
    return sg.ones(3) @ leaf(4)


def a_matrix_and_a_vector_of_other_sizes():
    return sg.ones(2, 3) @ leaf(4)


def matrices_of_other_sizes_under_dot():
    return sg.dot(sg.ones(2, 3), sg.ones(4, 5))


def a_determinant_of_what_is_not_square():
    return sg.linalg.det(leaf(2, 3))


def a_determinant_of_a_vector():
    return sg.linalg.det(leaf(3))


def an_index_from_a_long_array():
    return leaf(3)[np.arange(100)]


def a_slice_too_many():
    return leaf(3)[1:2, ::2]


def a_mask_of_another_shape():
    return leaf(3)[np.array([True, False])]


def a_negative_power_of_integers():
    return sg.tensor([1, 2]) ** -1


def einsum_of_other_sizes():
    return sg.einsum("ij,jk->ik", sg.ones(2, 3), sg.ones(4, 5))


def the_largest_of_nothing():
    return sg.zeros(0).max()


def an_operand_of_text():
    return sg.sin("text")


def a_sum_with_text():
    return leaf(2) + "text"


def an_integer_that_requires_grad():
    return sg.tensor([1, 2], requires_grad=True)


def a_mask_of_floats():
    return leaf(3)[sg.tensor([0.0, 1.0])]


def ragged_lists():
    return sg.tensor([[1.0, 2.0], [3.0]])


def a_list_of_text():
    return sg.tensor(["a", "b"])


def a_complex_tensor_that_requires_grad():
    return sg.tensor([1j], requires_grad=True)


def an_operand_of_complex_numbers():
    return leaf(2) + np.array([1j, 2])


def complex_numbers_in_order():
    return sg.tensor([1j, 2]).max()


def complex_numbers_as_floats():
    return sg.tensor([1j], dtype=sg.float32)


def a_complex_number_into_floats():
    sg.zeros(2)[0] = 1j


def the_imaginary_part_of_floats():
    return sg.ones(2).imag


def a_closed_form_of_complex_numbers():
    return sg.closed_form(lambda x: x * x, sg.tensor([1j]), wrt="x")


def a_crosscheck_of_complex_numbers():
    return sg.crosscheck(lambda x: x * x, sg.tensor([1j]))


def random_complex_numbers():
    return sg.randn(2, dtype=sg.complex64)


def a_transform_of_what_requires_grad():
    return np.fft.fft(leaf(4))


def singular_values_of_what_requires_grad():
    return np.linalg.svd(leaf(2, 2))


def a_numpy_function_that_nothing_is_like():
    return np.unwrap(leaf(3))


def a_floor_in_the_standards_dialect():
    return sg.array_api.floor(leaf(3))


def a_remainder_in_the_standards_dialect():
    return sg.array_api.remainder(leaf(3), 2.0)


def a_transform_in_the_standards_dialect():
    return sg.array_api.fft.fft(leaf(3))


def a_matrix_that_has_no_root():
    return sg.array_api.linalg.cholesky(-sg.eye(2))


def text_in_the_standards_dialect():
    return sg.array_api.sin("text")


def numbers_alone_in_the_standards_dialect():
    return sg.array_api.add(1, 2)


def a_parameter_that_the_standard_does_not_have():
    return sg.array_api.sum(sg.ones(2), dim=0)


def the_floor_of_complex_numbers():
    return sg.array_api.floor(sg.tensor([1j]))


def a_version_of_the_standard_that_is_not_spoken():
    return sg.ones(2).__array_namespace__(api_version="2099.01")


def a_copy_that_must_not_be():
    return sg.array_api.asarray([1.0, 2.0], copy=False)


def complex_numbers_as_floats_in_the_standards_dialect():
    return sg.array_api.astype(sg.tensor([1j]), sg.float32)


def a_vector_product_of_other_sizes():
    return sg.array_api.vecdot(sg.ones(3), sg.ones(4))


def a_buffer_of_what_requires_grad():
    return np.from_dlpack(leaf(3))


def a_buffer_of_a_list():
    return sg.from_dlpack([1.0, 2.0])


def a_buffer_that_is_read_only():
    array = np.ones(2)
    array.flags.writeable = False
    return sg.from_numpy(array).__dlpack__()


def a_shift_of_floats():
    return sg.ones(2) << 1


def the_bits_of_floats():
    return ~sg.ones(2)


def an_operand_of_dates():
    return leaf(1) * np.array(["2020-01-01"], dtype="datetime64[D]")


def a_masked_array():
    return sg.tensor(np.ma.array([1.0, 2.0], mask=[True, False]))


def a_number_that_is_too_large():
    return sg.tensor(2**70)


def a_number_that_does_not_fit_its_dtype():
    return sg.tensor([1, 300], dtype=sg.uint8)


def a_tracked_value_in_a_list_inside_a_recording():
    x = leaf(1).sum()
    with sg.record():
        return sg.tensor([x, x])


def a_step_of_zero():
    return sg.arange(0, 5, 0)


def steps_below_zero():
    return sg.linspace(0, 1, -3)


def a_value_of_several_entries():
    return sg.full((2,), [1, 2, 3])


def bounds_the_wrong_way_round():
    return sg.randint(5, 2, (3,))


def a_seed_of_text():
    return sg.manual_seed("now")


def a_dtype_that_is_none():
    return sg.zeros(2, dtype="float128x")


def a_default_dtype_of_integers():
    sg.set_default_dtype(sg.int64)


def a_device_that_is_none():
    return sg.zeros(2).to("abacus:1")


def a_second_backward():
    x = leaf(2)
    loss = (x * x).sum()
    loss.backward()
    loss.backward()


def a_backward_of_several_entries():
    (leaf(2) * 2).backward()


def a_gradient_of_another_shape():
    (leaf(2) * 2).backward(sg.ones(3))


def a_backward_without_history():
    sg.ones(1).backward()


def a_gradient_in_what_was_not_used():
    sg.autograd.grad(leaf(1).sum(), leaf(1))


def a_write_into_a_leaf():
    sg.sin_(leaf(2))


def an_entry_set_under_gradients():
    x = leaf(2)
    x[0] = 5.0


def a_value_written_since():
    x = leaf(2)
    y = x * 1
    z = y * y
    y += 1
    z.sum().backward()


def requires_grad_off_a_leaf():
    (leaf(2) * 2).requires_grad_(False)


def item_of_several():
    leaf(2).item()


def numpy_of_a_tracked_tensor():
    leaf(2).numpy()


def truth_of_several():
    if leaf(2) > 0:
        pass


def a_deep_copy_of_a_result():
    import copy

    copy.deepcopy(leaf(2) * 2)


def an_array_of_tensors():
    np.array([leaf(2), leaf(2)])


def a_numpy_function_without_a_rule():
    np.sinc(leaf(2))


def a_numpy_function_with_out():
    np.sin(leaf(2), out=np.zeros(2))


def a_value_that_leaves_a_recording():
    with sg.record():
        float(leaf(1).sum())


def a_name_that_symgrad_has_not():
    sg.sinn(leaf(2))


def a_method_that_a_tensor_has_not():
    leaf(2).sinn()


def a_parameter_that_is_misspelt():
    sg.sum(leaf(2), axsi=0)


def a_parameter_that_is_missing():
    sg.softmax(leaf(2))


def an_operand_that_is_missing():
    sg.maximum(leaf(2))


def a_name_that_is_code():
    sg.tensor(1.0, name="__import__('os')")


def a_name_with_a_space():
    sg.tensor(1.0, name="two words")


def too_few_names_of_sizes():
    sg.tensor([[1.0]], dims=("n",))


def a_tangent_of_another_shape():
    sg.func.jvp(sg.sin, (sg.ones(2),), (sg.ones(3),))


def a_jvp_of_bare_tensors():
    sg.func.jvp(sg.sin, sg.ones(2), sg.ones(2))


def a_function_that_gives_a_number():
    sg.func.vjp(lambda x: x.sum().item(), sg.ones(2))


def an_argument_that_the_call_has_not():
    sg.func.grad(lambda x, y: x * y, argnums=3)(sg.tensor(1.0), sg.tensor(2.0))


def a_pickled_result():
    import pickle

    pickle.dumps(leaf(2) * 2)


def a_gradient_of_several_results():
    sg.func.grad(lambda x: x * 2)(sg.ones(2))


def a_file_of_something_else():
    sg.load(__file__)


def an_asynchronous_generator_under_a_mode():
    @sg.no_grad()
    async def numbers():
        yield 1


def a_formula_without_sizes_of_an_input():
    sg.closed_form(lambda X, w: X @ w, X="n d", wrt="w")


def a_formula_with_sizes_of_no_input():
    sg.closed_form(lambda X: X, X="n d", Z="n")


def a_formula_in_an_input_that_is_not_there():
    sg.closed_form(lambda X: X, X="n d", wrt="Y")


def a_size_with_the_name_of_an_input():
    sg.closed_form(lambda n, X: n * X, n="", X="n d")


def a_size_that_may_be_nothing():
    sg.closed_form(lambda x: x, x="n-1")


def a_size_that_is_code():
    sg.closed_form(lambda x: x, x="__import__('os')")


def an_input_with_the_name_of_a_keyword():
    sg.closed_form(lambda **k: k["class"], shapes={"class": "n"})


def a_formula_that_branches_on_values():
    sg.closed_form(lambda x: x if x.sum() > 0 else -x, x="n")


def a_formula_that_branches_on_a_size():
    sg.closed_form(lambda x: x if x.shape[0] > 3 else -x, x="n")


def a_formula_that_counts_to_a_size():
    sg.closed_form(lambda x: sum(x[i] for i in range(x.shape[0])), x="n")


def a_formula_with_a_root_of_a_size():
    sg.closed_form(lambda x: x / math.sqrt(x.shape[0]), x="n")


def a_formula_that_asks_for_a_float():
    sg.closed_form(lambda x: float(x.sum()) * x, x="n")


def a_formula_of_entries_that_a_mask_picks():
    sg.closed_form(lambda x: x[x > 0].sum(), x="n")


def inner_sizes_that_differ_by_name():
    sg.closed_form(lambda X, W: X @ W, X="n d", W="k m")


def sizes_that_do_not_broadcast_by_name():
    sg.closed_form(lambda X, W: X + W, X="n d", W="k d")


def a_determinant_of_sizes_that_differ():
    sg.closed_form(lambda A: sg.det(A), A="n d")


def a_reshape_that_does_not_divide():
    sg.closed_form(lambda X: X.reshape(2, -1), X="n 3")


def entries_of_a_formula_without_numbers():
    sg.closed_form(lambda X: X * X, X="n d", notation="element")


def a_notation_that_is_none():
    sg.closed_form(lambda X: X, X="n", notation="prose")


def an_assumption_that_is_none():
    sg.closed_form(lambda A: A, A="n n", assume={"A": "upper"})


def an_assumption_about_no_input():
    sg.closed_form(lambda A: A, A="n n", assume={"B": "symmetric"})


def an_assumption_that_the_sizes_cannot_have():
    sg.closed_form(lambda X: X, X="n d", assume={"X": "symmetric"})


def a_derivative_in_integers():
    sg.closed_form(lambda x, y: x[y], x="n", y="int m", wrt="y")


def a_reshape_that_divides_at_no_size():
    sg.closed_form(lambda X: X.reshape(2, -1), X="3")


def a_reshape_of_sizes_with_names():
    sg.closed_form(lambda X: X.reshape(-1, 2), X="n d")


def a_formula_of_places_that_the_values_gave():
    x = sg.tensor([2.0, 1.0, 3.0], requires_grad=True)
    sg.closed_form(sg.sort(x).values, x, notation="index")


def a_letter_beside_the_number_of_its_name():
    sg.closed_form(lambda π: (π * np.pi).sum(), π="n", wrt="π")


def a_label_outside_of_what_it_picks_from():
    sg.closed_form(lambda x, y: x[y], x="n", y="int m").evaluate(x=[1.0, 2.0], y=[5, 0])


def labels_that_are_floats():
    sg.closed_form(lambda x, y: x[y], x="n", y="int m").evaluate(x=[1.0, 2.0], y=[0.5, 0])


def digits_that_are_none():
    sg.closed_form(lambda x: x, x="n").evaluate(x=[1.0], digits=-3)


def an_assumption_that_the_shape_cannot_have():
    sg.tensor([1.0, 2.0], assume="symmetric")


def an_assumption_that_the_values_do_not_have():
    sg.tensor([[1.0, 2.0], [3.0, 4.0]], assume="symmetric")


def an_operation_without_a_formula():
    sg.closed_form(lambda x: sg.sort(x).values, x="n", wrt="x")


def a_place_that_depends_on_values():
    sg.closed_form(lambda x: x.argmax(), x="n")


def example_inputs_and_sizes():
    sg.closed_form(lambda X: X, [1.0], X="n")


def sizes_of_a_tensor():
    sg.closed_form(leaf(2), X="n")


def a_formula_of_a_number():
    sg.closed_form(lambda x: 3.0, x="n")


def a_formula_of_a_bare_value():
    sg.closed_form(sg.tensor(2.0) * 3)


def a_value_of_a_formula_that_is_missing():
    sg.closed_form(lambda X, w: X @ w, X="n d", w="d").evaluate(X=np.ones((2, 3)))


def a_value_of_a_letter_that_is_not_there():
    sg.closed_form(lambda X: X, X="n").evaluate(Z=1.0)


def a_value_of_another_shape():
    sg.closed_form(lambda X, w: X @ w, X="n d", w="d").evaluate(X=np.ones((2, 3)), w=np.ones(2))


# views, hooks, savers, functions ------------------------------------------------------------------


def a_write_into_a_view_of_a_leaf():
    leaf(3)[1:].mul_(2)


def a_write_into_a_view_that_no_grad_made():
    y = leaf(3) * 2
    with sg.no_grad():
        view = y[0]
    view.mul_(2)


def a_write_into_an_expanded_tensor():
    (leaf(3) * 2).expand(2, 3).mul_(2)


def a_history_cut_in_a_view():
    (leaf(3) * 2)[0].detach_()


def a_view_of_another_layout():
    sg.zeros(2, 3).T.view(-1)


def a_hook_of_what_has_no_gradient():
    sg.ones(2).register_hook(print)


def a_hook_that_is_no_function():
    leaf(2).register_hook(3)


def a_post_accumulate_hook_off_a_leaf():
    (leaf(2) * 2).register_post_accumulate_grad_hook(print)


def a_hook_that_changes_the_shape():
    x = leaf(2)
    x.register_hook(lambda g: g[0])
    (x * 2).sum().backward()


def a_node_hook_that_gives_too_few():
    y = leaf(2) * 2
    y.grad_fn.register_hook(lambda inputs, outputs: (None,))
    y.sum().backward()


def a_nan_in_backward():
    x = sg.zeros(2, requires_grad=True)
    with sg.autograd.detect_anomaly():
        (x.sqrt() * 0).sum().backward()


def an_unpack_hook_that_gives_a_number():
    x = leaf(2)
    with sg.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: 3):
        y = (x * x).sum()
    y.backward()


def a_checkpoint_whose_start_was_written():
    x, w = leaf(3), sg.ones(3)
    y = sg.autograd.checkpoint(lambda x: (x.exp() * w).sum(), x)
    w.mul_(2)
    y.backward()


class Double(sg.autograd.Function):
    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x)
        return x * 2

    @staticmethod
    def backward(ctx, g):
        _ = ctx.saved_tensors
        return g


def a_function_that_gives_too_few_gradients():
    Double.apply(leaf(2), leaf(2)).sum().backward()


def a_function_whose_saved_tensor_was_written():
    x = leaf(2) * 1
    y = Double.apply(x, leaf(2))
    x.add_(1)
    y.sum().backward()


def a_formula_of_a_function():
    sg.closed_form(Double.apply(leaf(2), leaf(2)).sum(), leaf(2))


class Crooked(sg.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, g):
        return g * 3


def a_made_up_gradient_that_is_checked():
    with sg.autograd.check_functions():
        Crooked.apply(leaf(2))


CASES = cases_of(globals(), leaf)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_the_words_are_those_of_the_golden_file(case):
    assert message(case) == read(GOLDEN)[case.__name__]


def test_the_golden_file_has_no_other_words():
    assert set(read(GOLDEN)) == {case.__name__ for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_a_message_is_of_use(case):
    """Lines that fit a screen, printable, and no word of what symgrad is made of inside."""
    text = message(case)
    assert all(len(line) <= 240 for line in text.splitlines())
    assert text.isprintable() or "\n" in text
    assert not re.search(r"ufunc|gufunc|_value|ndarray object|<class|0x[0-9a-f]{6}", text)
    assert str(os.sep) + "symgrad" + os.sep not in text


SYMGRADS = [sg.ShapeError, sg.AxisError, sg.DtypeError, sg.GraphError, sg.TraceError]


def test_each_error_is_pytorchs_class_and_numpys_and_symgrads():
    for kind in SYMGRADS:
        assert issubclass(kind, sg.SymgradError)
        assert issubclass(kind, RuntimeError)
    assert issubclass(sg.ShapeError, ValueError)
    assert issubclass(sg.AxisError, IndexError)
    assert issubclass(sg.DtypeError, TypeError)


if __name__ == "__main__":
    write(GOLDEN, "test_messages", CASES)
