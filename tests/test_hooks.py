"""Hooks of tensors, nodes and leaves, in PyTorch's order and with its words; pytest runs it."""

import pytest

import symgrad as sg


def leaf():
    return sg.tensor([1.0, 2.0], requires_grad=True)


def test_the_order_of_all_hooks():
    x, seen = leaf(), []
    y = x * 3
    z = y * y
    z.grad_fn.register_prehook(lambda outputs: seen.append(("before", outputs[0].tolist())))
    z.grad_fn.register_hook(
        lambda inputs, outputs: seen.append(
            ("behind", [i.tolist() for i in inputs], outputs[0].tolist())
        )
    )
    y.register_hook(lambda g: seen.append(("y", g.tolist())))
    x.register_hook(lambda g: seen.append(("x", g.tolist())))
    x.register_post_accumulate_grad_hook(lambda p: seen.append(("after", p.grad.tolist())))
    z.sum().backward()
    assert seen == [
        ("before", [1.0, 1.0]),
        ("behind", [[3.0, 6.0], [3.0, 6.0]], [1.0, 1.0]),
        ("y", [6.0, 12.0]),
        ("x", [18.0, 36.0]),
        ("after", [18.0, 36.0]),
    ]


def test_a_hook_replaces_and_is_removed():
    x = leaf()
    y = x * 3
    handle = y.register_hook(lambda g: g * 10)
    y.retain_grad()
    y.sum().backward(retain_graph=True)
    assert x.grad.tolist() == [30.0, 30.0]
    assert y.grad.tolist() == [10.0, 10.0]
    handle.remove()
    handle.remove()
    x.grad = None
    with y.register_hook(lambda g: g * 100):
        y.sum().backward(retain_graph=True)
    y.sum().backward()
    assert x.grad.tolist() == [303.0, 303.0]


def test_every_hook_runs_once_a_backward():
    x, seen = leaf(), []
    y = x * 3
    y.register_hook(lambda g: seen.append("y"))
    x.register_hook(lambda g: seen.append("x"))
    (y * y + y).sum().backward()
    assert sorted(seen) == ["x", "y"]


def test_the_hook_of_a_leaf_sees_the_whole_gradient():
    x, seen = leaf(), []
    x.register_hook(lambda g: seen.append(g.tolist()))
    (x * 2 + x * 3).sum().backward()
    assert seen == [[5.0, 5.0]]
    (g,) = sg.autograd.grad((x * 2).sum(), x)
    assert seen[1:] == [g.tolist()]


def test_hooks_of_a_node_replace_what_it_hands_on():
    x = leaf()
    y = x * 2
    y.grad_fn.register_prehook(lambda outputs: (outputs[0] * 5,))
    y.grad_fn.register_hook(
        lambda inputs, outputs: tuple(None if g is None else g * 10 for g in inputs)
    )
    y.sum().backward()
    assert x.grad.tolist() == [100.0, 100.0]


def test_hooks_take_part_in_a_second_order():
    x = leaf()
    y = x * x
    y.register_hook(lambda g: g * x)
    (g,) = sg.autograd.grad(y.sum(), x, create_graph=True)
    assert g.tolist() == [2.0, 8.0]  # x * 2x
    (h,) = sg.autograd.grad(g.sum(), x)
    assert h.tolist() == [4.0, 8.0]


def test_hooks_of_a_rule_with_several_results():
    x, seen = leaf(), []
    values, _ = sg.sort(x * 1.0)
    values.register_hook(lambda g: seen.append(g.tolist()))
    _, log = sg.linalg.slogdet(sg.diag(x))
    log.grad_fn.register_prehook(lambda outputs: seen.append([len(outputs)]))
    (values.sum() + log).backward()
    assert seen == [[2], [1.0, 1.0]] or seen == [[1.0, 1.0], [2]]
    assert x.grad.tolist() == [2.0, 1.5]


def test_a_step_in_a_post_accumulate_hook():
    w = leaf()

    def step(p):
        with sg.no_grad():
            p -= 0.5 * p.grad
        p.grad = None

    w.register_post_accumulate_grad_hook(step)
    (w * w).sum().backward()
    assert w.tolist() == [0.0, 0.0]
    assert w.grad is None


def test_hooks_of_a_gradients_accumulator():
    x, seen = leaf(), []
    accumulator = (x * 2).grad_fn.next_functions[0][0]
    assert accumulator.variable is x
    accumulator.register_hook(lambda inputs, outputs: seen.append((inputs, outputs[0].tolist())))
    (x * 2).sum().backward()
    assert seen == [((), [2.0, 2.0])]


def test_a_hook_stays_with_the_history_that_it_was_given():
    x, seen = leaf(), []
    y = x * 3
    y.register_hook(lambda g: seen.append(g.tolist()))
    y.mul_(2)
    y.sum().backward()
    assert seen == [[2.0, 2.0]]  # of y before the write


def test_a_backward_inside_a_hook():
    x, inner = leaf(), leaf()

    def again(g):
        assert not sg.is_grad_enabled()  # as in PyTorch
        with sg.enable_grad():
            (inner * g).sum().backward()

    (x * 2).register_hook(again)
    y = x * 2
    y.register_hook(again)
    y.sum().backward()
    assert inner.grad.tolist() == [1.0, 1.0]
    assert x.grad.tolist() == [2.0, 2.0]


def test_metadata_is_the_users():
    y = leaf() * 2
    y.grad_fn.metadata["layer"] = 3
    assert y.grad_fn.metadata == {"layer": 3}


@pytest.mark.parametrize(
    ("register", "words"),
    [
        (lambda x: sg.ones(2).register_hook(print), "doesn't require gradient"),
        (lambda x: (x * 2).register_post_accumulate_grad_hook(print), "non-leaf tensors"),
        (lambda x: x.register_hook(3), "a hook is a function; 3 is none"),
    ],
)
def test_what_cannot_be_registered(register, words):
    with pytest.raises(sg.GraphError, match=words):
        register(leaf())


@pytest.mark.parametrize(
    ("hook", "words"),
    [
        (lambda g: g[0], "changed the size of value"),
        (lambda g: 3.0, "changed the type of value: float"),
        (lambda g: g.double(), "changed the type of value: .*float32 to .*float64"),
    ],
)
def test_what_a_hook_may_not_give(hook, words):
    x = leaf()
    x.register_hook(hook)
    with pytest.raises((sg.GraphError, sg.DtypeError), match=words):
        (x * 2).sum().backward()


def test_a_node_hook_gives_as_many_as_it_got():
    y = leaf() * 2
    y.grad_fn.register_hook(lambda inputs, outputs: (None,))
    with pytest.raises(sg.GraphError, match="incorrect number of values: 1 for 2"):
        y.sum().backward()


# the first nan ------------------------------------------------------------------------------------


def test_the_first_nan_is_named_with_its_line():
    x = sg.tensor([0.0, 1.0], requires_grad=True)
    root = x.sqrt()
    with sg.autograd.detect_anomaly(), pytest.raises(sg.GraphError) as found:
        (root * 0).sum().backward()
    words = str(found.value)
    assert "Function 'SqrtBackward0' returned nan values in its 0th output." in words
    assert "root = x.sqrt()" in words
    (root * 1).sum().backward()  # infinite, and no nan; nobody looks any more


def test_the_search_also_looks_at_second_orders_and_ends():
    x = sg.tensor([0.0], requires_grad=True)
    with sg.autograd.set_detect_anomaly(True), pytest.raises(sg.GraphError, match="nan values"):
        sg.autograd.grad((x.sqrt() * 0).sum(), x, create_graph=True)
    (g,) = sg.autograd.grad((x.sqrt() * 0).sum(), x)
    assert g.isnan().all()


# what a hook must not change ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "watch",
    [
        lambda y: y.grad_fn.register_hook(lambda inputs, outputs: None),
        lambda y: y.grad_fn.register_prehook(lambda outputs: None),
        lambda y: y.register_hook(lambda g: None),
    ],
)
def test_a_watched_broadcast_is_summed_once(watch):
    x, s = sg.ones(4, 3, requires_grad=True), sg.tensor([2.0, 3.0, 4.0], requires_grad=True)
    y = x * s
    watch(y)
    y.sum().backward()
    assert s.grad.tolist() == [4.0, 4.0, 4.0]
    with sg.autograd.detect_anomaly():
        (g,) = sg.autograd.grad((x * s).sum(), s)
    assert g.tolist() == [4.0, 4.0, 4.0]


def test_a_watched_selection_in_a_second_order():
    x = leaf()
    y = x * 2
    y.grad_fn.register_hook(lambda inputs, outputs: None)
    sg.relu(y).sum().backward(create_graph=True)
    assert x.grad.tolist() == [2.0, 2.0]


def test_what_a_hook_kept_belongs_to_it():
    kept, x, w = [], leaf(), leaf()
    y = x + w
    y.register_hook(kept.append)
    y.sum().backward()
    x.grad.mul_(5)
    y = x + w
    y.sum().backward()
    assert kept[0].tolist() == [1.0, 1.0]
    constant = sg.ones(2)
    x = leaf()
    x.register_hook(lambda g: constant)
    for _ in range(2):
        x.sum().backward()
    assert constant.tolist() == [1.0, 1.0]


def test_hooks_of_the_value_that_grad_is_asked_for():
    x = leaf()
    y = x * 2
    y.register_hook(lambda g: g * 10)
    y.retain_grad()
    (g,) = sg.autograd.grad((y * y).sum(), y, retain_graph=True)
    assert g.tolist() == [40.0, 80.0]
    sg.autograd.grad((y * y).sum(), x)
    assert y.grad.tolist() == [80.0, 160.0]


def test_grad_leaves_the_way_to_others_alone():
    x, w, seen = leaf(), leaf(), []
    y = x.sin()
    y.register_hook(seen.append)
    z = (y * w).sum()
    sg.autograd.grad(z, w)
    assert seen == []
    y.sum().backward()  # its values are still there
    assert x.grad is not None
