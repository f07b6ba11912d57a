"""The stand-in for CuPy: as CuPy where that can be known without a card, strict where not."""

import importlib
import importlib.util

import numpy as np
import pytest

from tests.standin import counted, installed, stand_in
from tests.standin.array import ndarray
from tests.standin.contract import differences, kept, parameters, read, signature_of
from tests.standin.namespace import CONTRACT, modules


@pytest.fixture
def cp():
    with installed() as module:
        yield module


def test_no_name_is_made_up():
    for path, module in modules().items():
        if path in CONTRACT:
            names = {
                n for n, v in vars(module).items() if n[0] != "_" and f"{path}.{n}" not in PATHS
            }
            assert names <= set(CONTRACT[path]) | {"device", "stream"}, path
    public = {n for n in vars(ndarray) if n[0] != "_"}
    assert public <= set(CONTRACT["cupy.ndarray"])


PATHS = {f"{p}.{n}" for p, n in (path.rpartition(".")[::2] for path in modules())}
PATHS |= {"cupy.cuda.runtime.CUDARuntimeError"}


def test_names_that_cupy_lacks_are_absent(cp):
    for name in ("vecdot", "unstack", "errstate", "insert", "einsum_path"):
        assert not hasattr(cp, name)
    for name in ("to_device", "__index__", "__array_namespace__", "__contains__", "__setstate__"):
        assert not hasattr(cp.zeros(2), name)


def test_the_contract_is_that_of_the_wheel():
    """Where the real CuPy can be imported: the same names and signatures as in the file."""
    if importlib.util.find_spec("cupy") is None:
        pytest.skip("CuPy is not installed")
    now = read()
    if now["version"] != kept()["version"]:
        pytest.skip(f"CuPy {now['version']}, not {kept()['version']}")
    assert differences(kept(), now) == []


def test_a_contract_says_what_changed():
    before = {"version": "1", "cupy": {"sum": "f(a)", "gone": "f()"}}
    now = {"version": "2", "cupy": {"sum": "f(a, axis=)", "new": "value"}}
    assert differences(before, now) == [
        "cupy.gone: f() -> absent",
        "cupy.new: absent -> value",
        "cupy.sum: f(a) -> f(a, axis=)",
    ]


def test_signatures_survive_their_text():
    def f(a, /, b, c=1, *rest, d, e=2, **more):
        """Nothing."""

    def g(a, *, b=None):
        """Nothing."""

    for function in (f, g):
        text = parameters(function)
        assert parameters(_of(signature_of(text))) == text
    assert parameters(f) == "a, /, b, c=, *rest, d, e=, **more"


def _of(signature):
    def made():
        """Nothing."""

    made.__signature__ = signature
    return made


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda cp, x: cp.sum(x, correction=1), "unexpected keyword"),
        (lambda cp, x: cp.std(x, correction=1), "unexpected keyword"),
        (lambda cp, x: cp.zeros(2, device=x.device), "unexpected keyword"),
        (lambda cp, x: cp.sort(x, descending=True), "unexpected keyword"),
        (lambda cp, x: cp.clip(x, min=0, max=1), "unexpected keyword|missing"),
        (lambda cp, x: cp.reshape(x, shape=(3, 1)), "unexpected keyword|missing"),
        (lambda cp, x: cp.add(x, 1, where=x > 0), "Wrong arguments"),
        (lambda cp, x: np.asarray(x), "Implicit conversion to a NumPy array is not allowed"),
        (lambda cp, x: x + np.ones(3), "Unsupported type <class 'numpy.ndarray'>"),
        (lambda cp, x: np.ones(3) + x, "Unsupported type <class 'numpy.ndarray'>"),
        (lambda cp, x: cp.add(x, np.asarray(1.0)), "Unsupported type"),
        (lambda cp, x: cp.concatenate([x, np.ones(3)]), "Unsupported type"),
        (lambda cp, x: range(x[0]), "cannot be interpreted as an integer"),
        (lambda cp, x: [1, 2, 3][x.argmax()], "list indices must be integers"),
        (lambda cp, x: cp.add.at(cp.zeros(3, "int8"), cp.asarray([0]), 1), "only supports"),
        (lambda cp, x: np.add.reduce(x), "returned NotImplemented"),
    ],
)
def test_what_cupy_refuses(cp, call, words):
    with pytest.raises(TypeError, match=words):
        call(cp, cp.asarray([1.0, 2.0, 3.0]))


def test_what_cupy_dispatches(cp):
    x = cp.asarray([1.0, 4.0])
    for found in (np.sqrt(x), np.sum(x), np.linalg.norm(x), np.float64(2.0) * x, 2 * x, -x, x**2):
        assert type(found) is cp.ndarray


def test_what_differs_from_numpy_in_silence(cp):
    x = cp.asarray([1.0, 2.0, 3.0])
    assert type(x.sum()) is type(x[0]) is type(cp.max(x)) is cp.ndarray  # never a scalar
    assert x[cp.asarray([0, 3, -1])].tolist() == [1.0, 1.0, 3.0]  # integers wrap
    with pytest.raises(IndexError):
        x[3]  # a Python number does not
    with pytest.raises(ValueError, match="names an entry twice"):
        x[cp.asarray([0, 0])] = cp.asarray([1.0, 2.0])
    x[cp.asarray([0, 0])] = 5.0
    assert x.tolist() == [5.0, 2.0, 3.0]
    with pytest.raises(np.exceptions.AxisError):
        cp.argsort(cp.asarray(1.0))
    assert np.isnan(cp.empty(2).tolist()).all()


def test_a_singular_matrix_is_garbage_unless_asked(cp):
    cupyx = importlib.import_module("cupyx")
    zero = cp.zeros((2, 2))
    with counted() as counts:
        assert np.isnan(cp.linalg.inv(zero).get()).all()
    assert counts.synchronisations == 1  # of get
    with cupyx.errstate(linalg="raise"), pytest.raises(np.linalg.LinAlgError):
        cp.linalg.inv(zero)


def test_promotion_is_that_of_cupys_loops(cp):
    half, whole = cp.ones(2, "float16"), cp.ones(2, "int32")
    special = importlib.import_module("cupyx.scipy.special")
    assert special.erf(half).dtype == "float64"  # CuPy has no loop of its own for it
    assert (whole * 2.0).dtype == "float64"
    assert (cp.ones(2, "float32") * 2.0).dtype == "float32"
    assert (cp.ones(2, "float32") + np.float64(1)).dtype == "float64"


@pytest.mark.parametrize(
    ("use", "waits"),
    [
        (lambda x: float(x.sum()), 1),
        (lambda x: bool(x.sum() > 0), 1),
        (lambda x: x.get(), 1),
        (lambda x: x.sum().item(), 1),
        (lambda x: x[x > 0], 1),
        (lambda x: x * 2 + x.sum(), 0),
        (lambda x: x.reshape(-1, 1).T[0], 0),
    ],
)
def test_what_waits_for_the_card_is_counted(cp, use, waits):
    x = cp.asarray([1.0, 2.0])
    with counted() as counts:
        use(x)
    assert counts.synchronisations == waits
    assert counts.to_device == 0


def test_launches_and_bytes_are_counted(cp):
    x = cp.zeros(100, "float32")
    with counted() as counts:
        y = x * 2.0
        y.reshape(10, 10).T  # noqa: B018 - a view costs nothing
        y.sum()
    assert counts.launches == 2
    assert counts.bytes == 800 + 404
    assert counts.to_host == counts.synchronisations == 0


def test_two_cards_do_not_mix(cp):
    here = cp.zeros(2)
    with cp.cuda.Device(1):
        there = cp.zeros(2)
        with pytest.raises(ValueError, match="Peer access is unavailable"):
            here + 1
        moved = here.copy()
    assert (there.device.id, moved.device.id, here.device.id) == (1, 1, 0)
    with pytest.raises(ValueError, match="Peer access"):
        here + there
    with pytest.raises(RuntimeError, match="invalid device ordinal"):
        cp.cuda.Device(2).use()


def test_memory_is_counted_while_it_is_held(cp):
    pool = cp.get_default_memory_pool()
    before = pool.used_bytes()
    x = cp.zeros(1024, "float32")
    view = x[2:]
    assert pool.used_bytes() == before + 4096
    del x
    assert pool.used_bytes() == before + 4096
    del view
    assert pool.used_bytes() == before


def test_it_goes_as_it_came():
    before = importlib.util.find_spec("cupy")
    with installed() as cp:
        assert importlib.import_module("cupy") is cp
        assert cp is stand_in()
    assert importlib.util.find_spec("cupy") == before
