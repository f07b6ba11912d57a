"""The tensor as an object: copies, pickles, what it says of its memory, and Python's own words."""

import copy
import gc
import os
import pickle
import weakref

import pytest

import symgrad as sg


def leaf(value):
    return sg.tensor(value, dtype=sg.float64, requires_grad=True)


# copies -------------------------------------------------------------------------------------------


def test_a_deep_copy_is_a_leaf_of_its_own_with_its_gradient():
    x = leaf([1.0, 2.0])
    (x * x).sum().backward()
    made = copy.deepcopy(x)
    assert made is not x
    assert made.requires_grad
    assert made.is_leaf
    assert made.grad.tolist() == [2.0, 4.0]
    assert made.grad is not x.grad
    with sg.no_grad():
        made.fill_(9.0)
    assert x.tolist() == [1.0, 2.0]
    with pytest.raises(RuntimeError, match="deepcopy protocol"):
        copy.deepcopy(x * 2)


@pytest.mark.parametrize("again", [copy.deepcopy, lambda held: pickle.loads(pickle.dumps(held))])
def test_views_that_are_copied_together_share_again(again):
    base = sg.arange(6.0)
    held = {"base": base, "part": base[2:4], "turned": base.reshape(2, 3).T, "other": sg.ones(2)}
    made = again(held)
    made["base"][2] = 77.0
    assert made["part"].tolist() == [77.0, 3.0]
    assert made["turned"].tolist() == [[0.0, 3.0], [1.0, 4.0], [77.0, 5.0]]
    assert made["turned"].stride() == (1, 3)
    assert base.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert made["other"].tolist() == [1.0, 1.0]


def test_a_view_copied_alone_keeps_its_place():
    part = sg.arange(6.0)[2:5:2]
    made = copy.deepcopy(part)
    assert made.tolist() == [2.0, 4.0]
    assert (made.stride(), made.storage_offset()) == ((2,), 2)
    assert made.untyped_storage().nbytes() == 24


def test_a_write_after_a_copy_is_noticed_in_the_copy():
    held = [sg.arange(4.0)]
    held.append(held[0][1:3])
    base, part = copy.deepcopy(held)
    w = leaf([1.0, 2.0])
    y = (part.double() * w).sum()
    z = (part * sg.ones(2, requires_grad=True)).sum()
    base[1] = 50.0
    y.backward()  # the cast made a buffer of its own
    with pytest.raises(RuntimeError):
        z.backward()


@pytest.mark.parametrize("dtype", [sg.float16, sg.float64, sg.int8, sg.uint32, sg.bool])
@pytest.mark.parametrize("shape", [(), (0,), (2, 3)])
def test_every_dtype_and_shape_survives_a_pickle(dtype, shape):
    x = sg.ones(*shape, dtype=dtype) if shape else sg.tensor(1, dtype=dtype)
    made = pickle.loads(pickle.dumps(x))
    assert (made.dtype, made.shape, made.tolist()) == (x.dtype, x.shape, x.tolist())


def test_dtypes_sizes_devices_and_results_are_pickled():
    for thing in (sg.float32, sg.int64, sg.bool):
        assert pickle.loads(pickle.dumps(thing)) is thing
        assert copy.deepcopy(thing) is thing
    size = pickle.loads(pickle.dumps(sg.Size([2, 3])))
    assert type(size) is sg.Size
    assert size == (2, 3)
    assert pickle.loads(pickle.dumps(sg.device("cuda", 1))) == sg.device("cuda:1")
    found = pickle.loads(pickle.dumps(sg.tensor([[1.0, 3.0]]).max(1)))
    assert found.values.tolist() == [3.0]
    assert type(found).__name__ == "max"


def test_a_pickle_keeps_what_a_leaf_was_told():
    a = sg.tensor([[2.0, 1.0], [1.0, 2.0]], requires_grad=True, name="A", assume="symmetric")
    made = pickle.loads(pickle.dumps(a))
    assert made.name == "A"
    assert made.requires_grad
    assert str(sg.closed_form((made * made).sum(), made)) == str(sg.closed_form((a * a).sum(), a))


# memory -------------------------------------------------------------------------------------------


def test_what_a_tensor_says_of_its_memory():
    x = sg.arange(6.0).reshape(2, 3)
    assert x.stride() == (3, 1)
    assert x.T.stride() == (1, 3)
    assert x.T.stride(0) == 1
    assert x[1].storage_offset() == 3
    assert x[1].data_ptr() == x.data_ptr() + 12
    assert x.is_contiguous()
    assert not x.T.is_contiguous()
    assert (x.itemsize, x.nbytes, x.element_size()) == (4, 24, 4)
    assert x[1].untyped_storage() == x.untyped_storage()
    assert x.untyped_storage() != x.clone().untyped_storage()
    assert sg.zeros(0, 3).stride() == (3, 1)
    assert x.type() == "symgrad.FloatTensor"
    assert x.type("torch.LongTensor").dtype == sg.int64
    assert x.detach().is_set_to(x)
    assert not x.clone().is_set_to(x)
    assert x.T.dim_order() == (1, 0)
    assert (x.is_cpu, x.is_cuda, x.get_device()) == (True, False, -1)


def test_shared_memory_is_seen_by_a_forked_process():
    x = sg.zeros(3)
    assert not x.is_shared()
    assert x.share_memory_() is x
    assert x.is_shared()
    assert x[1:].is_shared()
    child = os.fork()
    if not child:
        x.fill_(5.0)
        os._exit(0)
    os.waitpid(child, 0)
    assert x.tolist() == [5.0, 5.0, 5.0]
    for taken in (lambda t: t[1:], lambda t: t.detach(), lambda t: t.numpy(), lambda t: t.T):
        base = sg.zeros(3)
        held = taken(base)
        with pytest.raises(sg.GraphError, match=r"views[\s\S]*clone"):
            base.share_memory_()
        assert not base.is_shared()
        del held
        assert base.fill_(1.0).share_memory_().is_shared()


def test_what_pytorch_copies_is_no_view_here():
    x = sg.arange(4.0).reshape(2, 2)
    copies = (
        x.flip(0), sg.fliplr(x), sg.rot90(x), sg.rot90(x, 2), x.repeat(1, 1), x.tile(1), x.diag(),
        x.roll(0, 0), sg.cat([x]), x.tril(1), x.masked_fill(x < 0, 0.0), x.clamp(-9.0, 9.0),
    )  # fmt: skip
    for made in copies:
        made.fill_(77.0)
    assert x.tolist() == [[0.0, 1.0], [2.0, 3.0]]


def test_what_pytorch_views_is_a_view_here():
    x = sg.zeros(2, 2)
    views = (x.t(), x.squeeze(0), x.H, x.mT, x.diagonal(), x.narrow(0, 0, 1), x.select(1, 0),
             x.unbind()[0], x.unflatten(0, (2, 1)), x.movedim(0, 1), x.view(4))  # fmt: skip
    for k, view in enumerate(views):
        view.fill_(float(k + 1))
        assert (x == k + 1).any()


def test_a_view_refuses_what_would_be_a_copy():
    turned = sg.arange(6.0).reshape(2, 3).T
    with pytest.raises(sg.ShapeError, match=r"compatible[\s\S]*Use .reshape"):
        turned.view(-1)
    assert turned.view(3, 2).tolist() == turned.tolist()
    assert turned.reshape(-1).shape == (6,)
    assert sg.tensor([1.0]).view(sg.int32).item() == 1065353216
    with pytest.raises(sg.GraphError, match="no gradient"):
        leaf([1.0]).view(sg.int64)


# Python's own words -------------------------------------------------------------------------------


def test_tensors_hash_by_identity():
    x, y = sg.tensor([1.0]), sg.tensor([1.0])
    assert hash(x) != hash(y)
    held = {x: "x", y: "y"}
    assert (held[x], held[y]) == ("x", "y")
    assert len({x, y, x}) == 2


def test_a_weak_reference_goes_with_its_tensor():
    x = sg.tensor([1.0])
    seen = weakref.ref(x)
    assert seen() is x
    del x
    gc.collect()
    assert seen() is None


def test_length_iteration_and_membership():
    x = leaf([[1.0, 2.0], [3.0, 4.0]])
    first, second = x
    (first * second).sum().backward()
    assert x.grad.tolist() == [[3.0, 4.0], [1.0, 2.0]]
    assert len(x) == 2
    assert 3 in x
    assert sg.tensor(4.0) in x
    assert 5 not in x
    with pytest.raises(sg.DtypeError, match="scalar"):
        "a" in x  # noqa: B015
    with pytest.raises(TypeError, match="0-d"):
        iter(sg.tensor(1.0))


def test_comparisons_with_what_is_no_number():
    x = sg.tensor([1.0, 2.0])
    assert (x == None) is False  # noqa: E711
    assert (x != "a") is True
    with pytest.raises(TypeError):
        x < None  # noqa: B015
    with pytest.raises(RuntimeError, match="ambiguous"):
        bool(x == x)


def test_a_write_through_a_view_of_bytes_is_noticed():
    x = sg.tensor([1.0, 2.0])
    bits = x.view(sg.int32)
    y = (x * sg.ones(2, requires_grad=True)).sum()
    bits.zero_()
    assert x.tolist() == [0.0, 0.0]
    with pytest.raises(sg.GraphError):
        y.backward()


def test_formats():
    assert f"{sg.tensor(1.5):.3f}" == "1.500"
    assert f"{sg.tensor([1.5])}" == "tensor([1.5000])"
    assert f"{leaf(2.0):5.1f}" == "  2.0"
    assert f"{sg.tensor(3)} {leaf(2.0)}" == "3 2.0"  # a 0-d tensor is its number, as in PyTorch
    assert str(sg.tensor(3)) == "tensor(3)"
    with pytest.raises(TypeError, match="format"):
        f"{sg.tensor([1.5]):.2f}"


def test_the_opposite_of_bits_and_of_truths():
    assert (~sg.tensor([5, -1])).tolist() == [-6, 0]
    assert (~sg.tensor([True, False])).tolist() == [False, True]
    with pytest.raises(sg.DtypeError, match="not floats"):
        ~sg.tensor([1.0])


def test_float_and_int_of_many_entries():
    for convert in (float, int):
        with pytest.raises(sg.ShapeError, match="only one element"):
            convert(sg.tensor([1.0, 2.0]))
    assert int(sg.tensor([2.7])) == 2


def test_results_print_as_pytorchs():
    assert repr(sg.tensor([[1.0, 3.0]]).max(1)) == (
        "symgrad.return_types.max(\nvalues=tensor([3.]),\nindices=tensor([1]))"
    )
    values, indices = sg.tensor([3.0, 1.0]).sort()
    assert (values.tolist(), indices.tolist()) == ([1.0, 3.0], [1, 0])


# names --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("holder", "name", "said"),
    [
        (sg, "exmp1", "module 'symgrad' has no attribute 'exmp1'; the nearest: expm1, exp, expm1_"),
        (sg.nn.functional, "crossentropy", "the nearest: cross_entropy"),
        (sg.linalg, "inverse", "the nearest: inv"),
        (sg.special, "xlogpy", "the nearest: xlog1py, xlogy"),
        (sg, "qqq", "module 'symgrad' has no attribute 'qqq'$"),
    ],
)
def test_a_missing_name_names_the_nearest(holder, name, said):
    with pytest.raises(AttributeError, match=said):
        getattr(holder, name)


def test_infos_of_dtypes():
    assert repr(sg.iinfo(sg.int8)) == "iinfo(min=-128, max=127, dtype=int8)"
    assert repr(sg.finfo(sg.float32)) == (
        "finfo(resolution=1e-06, min=-3.40282e+38, max=3.40282e+38, eps=1.19209e-07, "
        "smallest_normal=1.17549e-38, tiny=1.17549e-38, dtype=float32)"
    )
    assert sg.finfo().dtype == "float32"
    assert sg.iinfo(sg.uint8).max == 255


@pytest.mark.parametrize(
    ("a", "b"), [(sg.float32, sg.int64), (sg.bool, sg.uint8), (sg.int32, sg.int64)]
)
def test_promotion_is_that_of_a_sum(a, b):
    x, y = sg.ones(1, dtype=a), sg.ones(1, dtype=b)
    assert sg.promote_types(a, b) == sg.result_type(x, y) == (x + y).dtype
    assert sg.result_type(x, 1.5) == (x * 1.5).dtype
    assert sg.result_type(1, 2.5) == sg.float32


def test_random_numbers_written_into_a_tensor():
    sg.manual_seed(0)
    x = sg.zeros(200)
    assert x.uniform_(2.0, 3.0) is x
    assert bool(((x >= 2) & (x < 3)).all())
    assert abs(x.normal_(5.0, 0.1).mean().item() - 5) < 0.1
    assert set(x.bernoulli_(0.5).tolist()) == {0.0, 1.0}
    assert sg.zeros(9, dtype=sg.int64).random_(3).max() < 3
    kept = sg.nn.functional.dropout(sg.ones(1000), 0.25)
    assert abs(kept.mean().item() - 1) < 0.1
    assert kept.unique().tolist() == pytest.approx([0.0, 4 / 3])
    with pytest.raises(sg.GraphError, match="leaf"):
        leaf([1.0]).uniform_()
