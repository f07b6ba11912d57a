"""What tensors do beside the functions: operators without a rule, entries, ``to``, ``data``."""

import numpy as np
import pytest

import symgrad as sg


def leaf(value):
    return sg.tensor(value, dtype=sg.float64, requires_grad=True)


# operators ----------------------------------------------------------------------------------------


def test_plus_is_the_tensor_itself():
    x = leaf([1.0])
    assert +x is x
    with pytest.raises(RuntimeError, match="bool tensor"):
        +sg.tensor([True])


@pytest.mark.parametrize("compute", [round, lambda x: x // 2, lambda x: 2 // x, lambda x: x % 2])
def test_an_operator_without_a_rule_is_refused_on_a_traced_value(compute):
    with pytest.raises(sg.TraceError, match=r"no rule[\s\S]*mend +.*detach"):
        compute(leaf([1.5]))


def test_an_operator_without_a_rule_computes_plain_values():
    n = sg.tensor([7, -7])
    assert (n // 2).tolist() == [3, -4]
    assert (n % 4).tolist() == [3, 1]
    assert (7 // sg.tensor([2, 3])).tolist() == [3, 2]
    assert (n // 2).dtype == sg.int64
    assert (sg.tensor([7.0]) // 2).dtype == sg.float32
    assert round(sg.tensor([1.5, 2.5])).tolist() == [2.0, 2.0]
    assert round(sg.tensor([1.26], dtype=sg.float64), 1).item() == pytest.approx(1.3)
    with pytest.raises(sg.ShapeError, match="do not broadcast"):
        n // sg.tensor([1, 2, 3])


def test_logic_on_either_side_and_bits_of_integers():
    t, f = sg.tensor([True, True]), sg.tensor([True, False])
    assert (True & f).tolist() == (np.array([True, True]) & f).tolist() == [True, False]
    assert (False | f).tolist() == [True, False]
    assert (t ^ f).tolist() == (True ^ f).tolist() == [False, True]
    assert (sg.tensor([6]) & 3).tolist() == [2]
    assert (5 | sg.tensor([2])).tolist() == [7]
    assert (6 ^ sg.tensor([3])).tolist() == [5]
    with pytest.raises(sg.DtypeError, match="compare first"):
        leaf([1.0]) & True


# methods ------------------------------------------------------------------------------------------


def test_methods_that_numpys_programs_use():
    x = leaf([[1.0, 2.0], [3.0, 4.0]])
    assert x.copy().tolist() == x.tolist()
    assert x.copy() is not x
    assert x.astype(np.float32).dtype == sg.float32
    assert x.astype(float) is x
    assert x.ravel().shape == (4,)
    assert x.nelement() == 4
    assert x.element_size() == 8
    assert x.is_floating_point()
    assert not sg.tensor([1]).is_floating_point()
    assert sg.zeros(2).fill_(2.5).tolist() == [2.5, 2.5]
    with pytest.raises(sg.ShapeError, match="one number"):
        sg.zeros(2).fill_(sg.ones(2))
    with pytest.raises(sg.GraphError, match="leaf"):
        leaf([1.0]).fill_(2)


def test_contiguous_copies_only_what_is_not():
    x = leaf([[1.0, 2.0], [3.0, 4.0]])
    assert x.contiguous() is x
    turned = x.T.contiguous()
    assert turned.detach().numpy().flags.c_contiguous
    (turned * sg.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=sg.float64)).sum().backward()
    assert x.grad.tolist() == [[1.0, 3.0], [2.0, 4.0]]


def test_to_takes_pytorchs_arguments_and_no_others():
    x = leaf([1.0])
    assert x.to("cpu", non_blocking=True, memory_format=None) is x
    made = x.to(copy=True)
    assert made is not x
    made.sum().backward()
    assert x.grad.tolist() == [1.0]
    plain = sg.tensor([1.0])
    assert plain.to("cpu", sg.float32, False, True) is not plain
    plain.to(copy=True).fill_(5)
    assert plain.tolist() == [1.0]
    assert x.to(other=plain).dtype == sg.float32
    with pytest.raises(TypeError, match=r"to\(\).*foo"):
        x.to(foo=1)


# entries ------------------------------------------------------------------------------------------


def test_a_graph_keeps_its_own_integers():
    places, x = np.array([0, 1]), leaf([1.0, 2.0, 3.0])
    y = (x[places] * sg.tensor([1.0, 10.0], dtype=sg.float64)).sum()
    places[:] = 2
    y.backward()
    assert x.grad.tolist() == [1.0, 10.0, 0.0]


@pytest.mark.parametrize("as_tensor", [sg.from_numpy, np.asarray])
def test_a_graph_keeps_its_own_mask_and_places(as_tensor):
    held, x = np.array([True, False, True]), leaf([1.0, 2.0, 3.0])
    y = (x[as_tensor(held)] * sg.tensor([1.0, 10.0], dtype=sg.float64)).sum()
    held[:] = [False, True, True]
    y.backward()
    assert x.grad.tolist() == [1.0, 0.0, 10.0]
    places, x = np.array([2, 0]), leaf([1.0, 2.0, 3.0])
    y = (sg.take_along_axis(x, as_tensor(places), 0) + np.take_along_axis(x, as_tensor(places), 0))[
        0
    ]
    places[:] = 1
    y.backward()
    assert x.grad.tolist() == [0.0, 0.0, 2.0]


def test_an_entry_of_plain_data_is_a_view():
    x = sg.tensor([1.0, 2.0])
    first = x[0]
    first += 1
    assert x.tolist() == [2.0, 2.0]
    x[0] += 5
    assert first.item() == 7.0
    assert first.shape == ()
    m = sg.zeros(2, 2)
    m[1, 0].fill_(3)
    assert m.tolist() == [[0.0, 0.0], [3.0, 0.0]]
    for entry in x:
        entry.zero_()
    assert x.tolist() == [0.0, 0.0]


def test_a_write_through_an_entry_is_seen_by_backward():
    x, c = leaf([1.0, 2.0]), sg.tensor([3.0, 4.0], dtype=sg.float64)
    y = (x * c).sum()
    entry = c[0]
    entry += 1
    with pytest.raises(sg.GraphError, match="inplace"):
        y.backward()


def test_an_entry_of_a_traced_tensor_has_a_gradient():
    x = leaf([1.0, 2.0])
    y = x[1] * x[0]
    y.backward()
    assert x.grad.tolist() == [2.0, 1.0]


# data ---------------------------------------------------------------------------------------------


def test_new_data_is_the_same_leaf():
    x = leaf([1.0, 2.0])
    y = (x + 1).sum()
    node = x.node
    x.data = sg.tensor([5.0, 6.0], dtype=sg.float64)
    assert x.node is node
    assert x.tolist() == [5.0, 6.0]
    (g,) = sg.autograd.grad(y, x)  # a sum keeps no values, so nothing is stale
    assert g.tolist() == [1.0, 1.0]
    (x * x).sum().backward()
    assert x.grad.tolist() == [10.0, 12.0]


def test_a_graph_that_kept_the_old_data_is_refused():
    x = leaf([1.0, 2.0])
    y = (x * x).sum()
    before = x.detach()
    x.data = sg.tensor([5.0, 6.0], dtype=sg.float64)
    with pytest.raises(sg.GraphError, match=r"inplace[\s\S]*x\.data = "):
        y.backward()
    before += 1
    assert x.tolist() == [5.0, 6.0]


def test_new_data_drops_the_guards_and_keeps_the_name():
    x = sg.tensor(2.0, requires_grad=True, name="w")
    assert x > 1
    x.data = sg.tensor(-3.0)
    assert x.name == "w"
    assert str(sg.closed_form(x * x, x)) == "2*w"
    assert str(sg.closed_form(x * x, x).holds_when) == "True"
    x.data = sg.tensor([1.0, 2.0])  # of another shape
    assert x.shape == (2,)
    (x * x).sum().backward()
    assert x.grad.tolist() == [2.0, 4.0]
    with pytest.raises(sg.DtypeError, match="floating"):
        x.data = sg.tensor([1, 2])
