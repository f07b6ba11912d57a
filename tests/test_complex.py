"""Complex numbers: computed with as NumPy does, printed as PyTorch does, never differentiated."""

import warnings

import numpy as np
import pytest

import symgrad as sg
from symgrad.algebras.numeric import COMPLEX
from symgrad.grammar.kind import Kind
from symgrad.grammar.primitive import REGISTRY

Z = np.array([[1 + 2j, -0.5 + 0.25j], [0.75 - 1j, 2 + 0.5j]])
W = np.array([[0.5 - 1j, 1 + 1j], [-2 + 0.125j, 0.25j]])
WIDTHS = {"complex64": 1e-5, "complex128": 1e-13}
PUBLIC = [r for r in REGISTRY.values() if not r.inner and r.word not in ("clone", "where")]
ELEMENTWISE = [r for r in PUBLIC if r.kind is Kind.ELEMENTWISE and not r.parameters]


def numpys(rule):
    """NumPy's function of the same name."""
    names = [s.name for s in rule.spellings if s.dialect == "numpy"]
    return next((getattr(np, n) for n in names if hasattr(np, n)), None)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    "rule", [r for r in ELEMENTWISE if r.word in COMPLEX], ids=lambda r: r.word
)
def test_an_elementwise_function_is_numpys(rule, width):
    operands = [a.astype(width) for a in (Z, W)[: len(rule.operands)]]
    found = rule(*map(sg.tensor, operands))
    with np.errstate(all="ignore"):
        wanted = numpys(rule)(*operands)
    assert found.dtype == wanted.dtype
    np.testing.assert_allclose(found.numpy(), wanted, rtol=WIDTHS[width])


@pytest.mark.parametrize(
    "rule",
    [
        r
        for r in PUBLIC
        if r.word not in COMPLEX and r.kind not in (Kind.REINDEXING, Kind.CONTRACTION)
    ],
    ids=lambda r: r.word,
)
def test_what_orders_numbers_or_has_no_complex_meaning_refuses(rule):
    operands = [sg.tensor(Z)] * len(rule.operands)
    params = {"axis": 0} if "axis" in rule.required else {}
    with pytest.raises(sg.DtypeError, match="not implemented for complex"):
        rule(*operands, **params)


REFUSED = {
    "sort": lambda z: z.sort(),
    "argsort": lambda z: z.argsort(),
    "argmax": lambda z: z.argmax(1),
    "max along": lambda z: z.max(0),
    "min": lambda z: sg.min(z),
    "max": lambda z: sg.max(z),
    "amax": lambda z: sg.amax(z, 0),
    "minimum": lambda z: sg.minimum(z, z),
    "sign": lambda z: sg.sign(z),
    "relu": lambda z: sg.relu(z),
    "softmax": lambda z: z.softmax(0),
    "sigmoid": lambda z: sg.sigmoid(z),
    "atan2": lambda z: sg.atan2(z, z),
    "clamp": lambda z: z.clamp(0, 1),
    "clamp by tensors": lambda z: z.clamp(sg.zeros(2), None),
    "less": lambda z: z < 1,
    "less than": lambda z: z < 1,
    "maximum": lambda z: sg.maximum(z, 1j),
    "floor division": lambda z: z // 2,
    "remainder": lambda z: z % 2,
    "round": lambda z: round(z),
    "std": lambda z: z.std(),
    "float": lambda z: float(z[0, 0]),
    "int": lambda z: int(z[0, 0]),
    "np.sort": lambda z: np.sort(z),
    "np.var": lambda z: np.var(z),
    "np.std": lambda z: np.std(z, axis=0),
    "array_api.var": lambda z: sg.array_api.var(z),
    "np.maximum": lambda z: np.maximum(z, z),
}


@pytest.mark.parametrize("name", REFUSED)
def test_nothing_of_real_numbers_takes_them_silently(name):
    with pytest.raises(sg.DtypeError):
        REFUSED[name](sg.tensor(Z))


MOVED = {
    "sum": lambda xp, z: xp.sum(z),
    "mean": lambda xp, z: xp.mean(z),
    "prod": lambda xp, z: xp.prod(z),
    "matmul": lambda xp, z: z @ z,
    "transpose": lambda xp, z: z.T,
    "einsum": lambda xp, z: xp.einsum("ij,jk->ik", z, z),
    "trace": lambda xp, z: xp.trace(z),
    "det": lambda xp, z: xp.linalg.det(z),
    "inverse": lambda xp, z: xp.linalg.inv(z),
    "solve": lambda xp, z: xp.linalg.solve(z, z[0]),
    "rows": lambda xp, z: z[1, ::-1] if xp is np else z[1].flip(0),
    "where": lambda xp, z: xp.where(z == z[0, 0], z, 1j),
    "a power": lambda xp, z: z**2 + 2**z + z**0.5 + z**z,
    "a mixture": lambda xp, z: (2 * z - 1.5) / (z + 1j),
    "with reals": lambda xp, z: z * xp.ones(2),
}


@pytest.mark.parametrize("name", MOVED)
def test_sums_products_and_moves_are_numpys(name):
    found, wanted = MOVED[name](sg, sg.tensor(Z)), MOVED[name](np, Z)
    assert found.dtype == wanted.dtype
    np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-12)


def test_promotion_is_the_standards_and_numbers_are_weak():
    single, double = sg.tensor([1.0, 2.0]), sg.tensor([1.0, 2.0], dtype=sg.float64)
    whole, c64 = sg.tensor([1, 2]), sg.tensor([1j, 2])
    assert c64.dtype == sg.complex64 == sg.cfloat
    for found, wanted in [
        (single * 1j, sg.complex64), (1j * double, sg.complex128), (whole + 1j, sg.complex64),
        (c64 * double, sg.complex128), (c64 * whole, sg.complex64), (c64 * 2.5, sg.complex64),
        (c64 * np.float64(2), sg.complex64), (c64 * np.ones(2), sg.complex128),
        (single * np.complex128(1j), sg.complex64), (c64.abs(), sg.float32),
        (sg.exp(c64.cdouble()), sg.cdouble), (sg.full((2,), 1j), sg.complex64),
    ]:  # fmt: skip
        assert found.dtype == wanted
    sg.set_default_dtype(sg.float64)
    try:
        assert sg.tensor(1j).dtype == sg.complex128
    finally:
        sg.set_default_dtype(sg.float32)


def test_parts_share_the_buffer_and_conjugates_do_not():
    z = sg.tensor([1 + 2j, 3 - 4j])
    z.real[0] = 7
    z.imag[1] = 5
    assert z.tolist() == [7 + 2j, 3 + 5j]
    assert z.conj().tolist() == [7 - 2j, 3 - 5j]
    assert z.angle().dtype == z.abs().dtype == z.real.dtype == sg.float32
    assert z.is_complex()
    assert z.dtype.is_complex
    assert not z.dtype.is_floating_point
    x = sg.ones(2, requires_grad=True)
    assert x.real is x
    assert x.conj() is x
    assert sg.vdot(z, z).item() == 7**2 + 2**2 + 3**2 + 5**2
    assert np.vdot(z, z).item() == sg.vdot(z, z).item()
    assert (3 + 5j) in z
    assert complex(z[0]) == 7 + 2j
    with pytest.raises(sg.TraceError, match="angle"):
        x.angle()


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ([1 + 2j, 3 - 4j], "tensor([1.+2.j, 3.-4.j])"),
        (1j, "tensor(0.+1.j)"),
        ([1.5 + 2j, 1e6], "tensor([1.5000e+00+2.j, 1.0000e+06+0.j])"),
        ([float("nan") + 1j, 2], "tensor([nan+1.j, 2.+0.j])"),
        (np.array([1j]), "tensor([0.+1.j], dtype=symgrad.complex128)"),
    ],
)
def test_they_print_as_pytorchs_do(data, text):
    assert repr(sg.tensor(data)) == text


TRACKED = {
    "a number": lambda x: x * 1j,
    "a reflected number": lambda x: 1j + x,
    "a tensor": lambda x: x * sg.tensor([1j, 2]),
    "a reflected tensor": lambda x: sg.tensor([1j, 2]) / x,
    "a 0-d tensor": lambda x: x[0] * sg.tensor(1j),
    "an array": lambda x: x - np.array([1j, 2]),
    "an array first": lambda x: np.array([1j, 2]) @ x,
    "a base": lambda x: 1j**x,
    "an exponent": lambda x: x**1j,
    "a choice": lambda x: sg.where(x > 1, x, 1j),
    "a dtype": lambda x: x.to(sg.complex64),
    "a write": lambda x: x.clone().__setitem__(0, 1j),
    "a stack": lambda x: sg.stack([x, sg.tensor([1j, 2])]),
    "a write in place": lambda x: x.clone().mul_(1j),
}


@pytest.mark.parametrize("name", TRACKED)
def test_a_gradient_never_meets_a_complex_operand(name):
    x = sg.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(sg.DtypeError, match="complex"):
        TRACKED[name](x)
    with sg.no_grad():
        assert (x * 1j).tolist() == [1j, 2j]


def test_nothing_complex_is_recorded():
    z = sg.tensor([1j])
    with sg.record(), pytest.raises(sg.DtypeError, match="real numbers"):
        z * 2
    with pytest.raises(sg.DtypeError, match="real numbers"):
        sg.closed_form(lambda v: (v * 1j).sum(), v="n", wrt="v")
    for call in (sg.closed_form, sg.crosscheck):
        with pytest.raises(sg.DtypeError, match="complex"):
            call(lambda x: x * x, z)
    with pytest.raises(sg.DtypeError, match=r"x\.real and x\.imag"):
        z.requires_grad_()


def test_a_cast_to_reals_tells_what_is_lost():
    z = sg.tensor([1 + 2j])
    with pytest.warns(UserWarning, match="discards the imaginary part"):
        assert z.float().tolist() == [1.0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert z.to(sg.complex128).tolist() == [1 + 2j]
        assert z.bool().tolist() == [True]


def test_they_come_back_from_a_file(tmp_path):
    sg.save(sg.tensor(Z), tmp_path / "z")
    assert sg.load(tmp_path / "z").tolist() == Z.tolist()


CONJUGATED = {
    "H": (lambda z: z.H, Z.conj().T),
    "mH": (lambda z: z.mH, Z.conj().T),
    "adjoint": (lambda z: z.adjoint(), Z.conj().T),
    "sg.adjoint": (lambda z: sg.adjoint(z), Z.conj().T),
    "mT": (lambda z: z.mT, Z.T),
    "vecdot": (lambda z: sg.linalg.vecdot(z, z * 1j), 1j * (Z.conj() * Z).sum(1)),
    "vecdot along": (lambda z: sg.linalg.vecdot(z, z * 1j, dim=0), 1j * (Z.conj() * Z).sum(0)),
    "array_api.vecdot": (lambda z: sg.array_api.vecdot(z, z * 1j), 1j * (Z.conj() * Z).sum(1)),
    "cov": (lambda z: sg.cov(z), np.cov(Z)),
    "norm": (lambda z: z.norm(), np.linalg.norm(Z)),
    "norm along": (lambda z: sg.norm(z, 1, 0, True), np.abs(Z).sum(0, keepdims=True)),
    "vector_norm": (lambda z: sg.linalg.vector_norm(z, np.inf), np.abs(Z).max()),
    "matrix_norm": (lambda z: sg.linalg.matrix_norm(z, 1), np.linalg.norm(Z, 1)),
}


@pytest.mark.parametrize("name", CONJUGATED)
def test_adjoints_products_and_norms_conjugate(name):
    f, wanted = CONJUGATED[name]
    found = f(sg.tensor(Z))
    assert found.dtype == wanted.dtype
    np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-13)
    many = sg.vmap(f)(sg.tensor(np.stack([Z, Z])))
    np.testing.assert_allclose(many.numpy(), np.stack([wanted, wanted]), rtol=1e-13)
