"""Buffers shared with other libraries: DLPack both ways, and who takes a detached tensor."""

import numpy as np
import pytest

import symgrad as sg

DTYPES = [
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16",
    "float32", "float64", "complex64", "complex128",
]  # fmt: skip


def numbers(dtype, shape=(2, 3)):
    return np.arange(6).reshape(shape).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_numpy_and_tensors_share_a_buffer_both_ways(dtype):
    a = numbers(dtype)
    t = sg.from_dlpack(a)
    assert t.dtype == dtype
    a[0, 0] = 1
    assert t[0, 0].item() == 1
    t[1, 2] = 0
    assert a[1, 2] == 0
    back = np.from_dlpack(t)
    assert np.shares_memory(back, a)
    assert back.dtype == dtype
    assert np.from_dlpack(sg.tensor(3, dtype=dtype)).shape == ()


def test_views_keep_their_strides():
    a = numbers("float64", (3, 2))
    t = sg.from_dlpack(a.T[:, ::2])
    assert t.tolist() == a.T[:, ::2].tolist()
    assert np.from_dlpack(t.T).tolist() == a[::2].tolist()
    assert sg.from_dlpack(sg.tensor(a)).tolist() == a.tolist()
    assert sg.from_dlpack(np.zeros((0, 2))).shape == (0, 2)


def test_what_requires_grad_refuses_in_pytorchs_words():
    x = sg.ones(2, requires_grad=True)
    for export in (
        np.from_dlpack,
        sg.from_dlpack,
        lambda x: x.__dlpack__(),
        lambda x: (x * 2).__dlpack__(),
    ):
        with pytest.raises(BufferError, match="Can't export tensors that require gradient"):
            export(x)
    assert np.from_dlpack(x.detach()).tolist() == [1.0, 1.0]
    with sg.record(), pytest.raises(sg.TraceError, match="__dlpack__"):
        (x.detach() * 2 + x).detach().__dlpack__()


def test_copies_are_made_on_request_only():
    a = np.zeros(2)
    assert np.shares_memory(sg.from_dlpack(a, copy=False).numpy(), a)
    assert not np.shares_memory(sg.from_dlpack(a, copy=True).numpy(), a)
    t = sg.tensor([1.0, 2.0])
    assert not np.shares_memory(np.from_dlpack(t, copy=True), t.numpy())
    assert t.__dlpack_device__() == (1, 0)


def test_a_read_only_buffer_is_read_only_in_the_tensor_too():
    a = np.arange(3.0)
    a.flags.writeable = False
    t = sg.from_dlpack(a)
    with pytest.raises(sg.GraphError, match="read-only"):
        t[0] = 1.0
    with pytest.raises(sg.ExportError, match="read"):
        t.__dlpack__()  # a side that cannot be told
    assert not np.from_dlpack(t).flags.writeable


def test_a_write_from_symgrad_is_noted():
    a = np.ones(2)
    c = sg.from_dlpack(a)
    x = sg.ones(2, requires_grad=True)
    y = (x * c).sum()
    c[0] = 5.0
    with pytest.raises(sg.GraphError, match="inplace"):
        y.backward()


@pytest.mark.parametrize("source", [[1.0, 2.0], 3.0, None, "text"])
def test_what_exports_nothing_is_refused(source):
    with pytest.raises(sg.DtypeError, match="__dlpack__"):
        sg.from_dlpack(source)


def test_numbers_that_tensors_do_not_hold_are_refused():
    with pytest.raises((sg.DtypeError, sg.ExportError)):
        sg.from_dlpack(np.array([1, 2], dtype=object))
    with pytest.raises((sg.DtypeError, sg.ExportError)):
        sg.from_dlpack(np.zeros(2, dtype="datetime64[D]"))


# other libraries ----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [d for d in DTYPES if d != "float16"])
def test_pytorch(dtype):
    torch = pytest.importorskip("torch")
    t = sg.tensor(numbers(dtype))
    theirs = torch.from_dlpack(t)
    assert theirs.tolist() == t.tolist()
    theirs[0, 1] = 0
    assert t[0, 1].item() == 0
    again = sg.from_dlpack(theirs)
    assert again.dtype == dtype
    again[1, 1] = 1
    assert theirs[1, 1].item() == t[1, 1].item() == 1
    tracked = torch.ones(2, requires_grad=True)
    with pytest.raises(BufferError, match="require"):
        sg.from_dlpack(tracked)
    with pytest.raises(BufferError, match="require"):
        torch.from_dlpack(sg.ones(2, requires_grad=True))
    with pytest.raises((sg.DtypeError, sg.ExportError)):
        sg.from_dlpack(torch.ones(2, dtype=torch.bfloat16))


@pytest.mark.parametrize("dtype", ["int32", "float32", "complex64", "bool"])
def test_jax(dtype):
    jax = pytest.importorskip("jax")
    values = numbers(dtype)
    t = sg.from_dlpack(jax.numpy.asarray(values))
    assert t.tolist() == values.tolist()
    with pytest.raises(sg.GraphError, match="read-only"):
        t[0, 0] = 1  # JAX's arrays never change
    theirs = jax.dlpack.from_dlpack(sg.tensor(values))
    assert np.asarray(theirs).tolist() == values.tolist()


def test_strict_arrays():
    strict = pytest.importorskip("array_api_strict")
    t = sg.from_dlpack(strict.asarray([1.0, 2.0]))
    assert t.tolist() == [1.0, 2.0]
    assert float(strict.sum(strict.from_dlpack(t))) == 3.0


def test_matplotlib_plots_a_detached_tensor():
    pytest.importorskip("matplotlib").use("Agg")
    from matplotlib.figure import Figure

    x = sg.linspace(0, 1, 5).requires_grad_()
    axes = Figure().subplots()
    (line,) = axes.plot(x.detach(), (x * x).detach())
    np.testing.assert_allclose(line.get_xydata()[:, 1], [0, 0.0625, 0.25, 0.5625, 1])
    assert axes.imshow(sg.ones(2, 3)).get_array().shape == (2, 3)
    axes.hist(x.detach())
    axes.fill_between(x.detach(), x.detach(), 0)


def test_pandas_holds_a_detached_tensor():
    pandas = pytest.importorskip("pandas")
    x = sg.ones(3, 2, requires_grad=True)
    frame = pandas.DataFrame(x.detach(), columns=["a", "b"])
    assert frame["a"].sum() == 3.0
    assert pandas.Series(x.detach()[:, 0]).mean() == 1.0
    frame["c"] = x.detach()[:, 1]
    assert frame.shape == (3, 3)
    assert sg.tensor(frame["c"].to_numpy()).tolist() == [1.0] * 3


def test_scipy_takes_a_detached_tensor():
    from scipy import integrate, interpolate, linalg, optimize, signal, sparse, stats

    x = sg.tensor([[2.0, 1.0], [1.0, 3.0]], dtype=sg.float64, requires_grad=True)
    plain = x.detach()
    np.testing.assert_allclose(linalg.inv(plain), np.linalg.inv(plain.numpy()))
    np.testing.assert_allclose(linalg.expm(plain), linalg.expm(plain.numpy()))
    assert sparse.csr_matrix(plain).sum() == 7.0
    assert stats.describe(plain.numpy().ravel()).nobs == 4
    assert stats.pearsonr(plain[0], plain[1]).statistic == pytest.approx(-1.0)
    assert signal.convolve(plain[0], plain[1]).shape == (3,)
    spline = interpolate.CubicSpline(sg.arange(4).double(), sg.arange(4).double() ** 2)
    assert spline(1.5) == pytest.approx(2.25)
    assert integrate.trapezoid(plain[0]) == 1.5
    assert optimize.root(lambda v: v**2 - 2, sg.tensor([1.0], dtype=sg.float64)).success
    for call in (linalg.inv, linalg.expm, lambda x: signal.convolve(x[0], x[1])):
        with pytest.raises((sg.TraceError, ValueError)):
            call(x)
