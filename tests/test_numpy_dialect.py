"""NumPy's dialect by inspection: every public function of NumPy, on plain and on tracked tensors.

A call that NumPy itself takes gives NumPy's values of plain tensors, and of tracked ones tracked
values, an answer that has no gradient, or one clear refusal: never values without history.
"""

import warnings

import numpy as np
import pytest

import symgrad as sg
from symgrad.tracing.numpy_functions import _ANSWERS

V, M = np.array([0.9, 0.2, 0.3, 0.7]), np.array([[0.9, 0.2], [0.2, 0.7]])
PLACES = np.array([0, 1, 0, 1])

#: Ways to call a function, from a vector, a matrix and what stacks several.
PATTERNS = {
    "v": lambda v, m, stack: (v,),
    "m": lambda v, m, stack: (m,),
    "v v": lambda v, m, stack: (v, v),
    "m m": lambda v, m, stack: (m, m),
    "m v": lambda v, m, stack: (m, v[:2]),
    "[v v]": lambda v, m, stack: ([v, v],),
    "[m m]": lambda v, m, stack: ([m, m],),
    "[[m m]]": lambda v, m, stack: ([[m, m]],),
    "[m m m]": lambda v, m, stack: ([m, m, m],),
    "v 1": lambda v, m, stack: (v, 1),
    "m 2": lambda v, m, stack: (m, 2),
    "1 v": lambda v, m, stack: (1, v),
    "v [0, 1]": lambda v, m, stack: (v, [0, 1]),
    "v places": lambda v, m, stack: (v, PLACES),
    "m 0 1": lambda v, m, stack: (m, 0, 1),
    "mask v v": lambda v, m, stack: (v > 0.5, v, v),
    "mask v": lambda v, m, stack: (v > 0.5, v),
    "[mask] [v]": lambda v, m, stack: ([v > 0.5], [v * 2]),
    "stack": lambda v, m, stack: (stack([m, m]),),
    "stack m": lambda v, m, stack: (stack([m, m]), m),
    "triple": lambda v, m, stack: (v[:3], v[1:]),
    "f 0 m": lambda v, m, stack: (np.sum, 0, m),
    "m places m": lambda v, m, stack: (m, np.array([[0, 1], [1, 0]]), 0),
    "places v": lambda v, m, stack: (PLACES, v),
    "x xp fp": lambda v, m, stack: (v, v, v),
}
#: What is no function of arrays, or none that NumPy hands to anybody else's; and why.
LEFT_OUT = {
    "save", "savez", "savez_compressed", "savetxt", "load", "loadtxt", "genfromtxt", "fromfile",
    "fromstring", "fromregex", "info", "test", "show_config", "show_runtime", "get_include",
    "set_printoptions", "printoptions", "seterr", "setbufsize", "seterrcall",  # files and settings
    "frompyfunc", "vectorize", "nditer", "nested_iters",  # machinery
    "bmat", "asmatrix", "mintypecode", "typename",  # matrices that are gone; letters of dtypes
    "isfortran", "frombuffer",  # memory itself: NumPy asks its own arrays only
    "isscalar", "iterable", "shape", "ndim", "size", "einsum_path",  # questions about the object
}  # fmt: skip
#: Answers besides those that the dialect lists: integers, truths, dtypes, or of the form alone.
ANSWERS = {
    *_ANSWERS, "array_equal", "allclose", "zeros_like", "ones_like", "full_like", "empty_like",
    "equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "isnan", "isinf",
    "isfinite", "logical_and", "logical_or", "logical_xor", "logical_not", "sign",
}  # fmt: skip
ROOMS = {"": np, "linalg.": np.linalg, "fft.": np.fft, "emath.": np.emath}
NAMES = [
    prefix + name
    for prefix, room in ROOMS.items()
    for name in room.__all__
    if callable(getattr(room, name))
    and not isinstance(getattr(room, name), type)
    and name not in LEFT_OUT
]


def of(name):
    room, _, last = name.rpartition(".")
    return getattr(ROOMS[f"{room}." if room else ""], last)


def parts(found):
    if isinstance(found, (tuple, list)):
        return [p for part in found for p in parts(part)]
    return [found]


def calls(name):
    """The patterns that NumPy takes for its own arrays, with what it gives."""
    for pattern, arguments in PATTERNS.items():
        if pattern == "[mask] [v]" and name not in ("select", "piecewise"):
            continue  # elsewhere the list of tensors would be a switch
        try:
            with np.errstate(all="ignore"):
                wanted = of(name)(*arguments(V.copy(), M.copy(), np.stack))
        except Exception:
            continue
        yield pattern, arguments, wanted


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        warnings.simplefilter("ignore", np.exceptions.ComplexWarning)
        yield


def test_there_are_functions_to_look_at():
    assert len(NAMES) > 300
    assert sum(bool(list(calls(name))) for name in NAMES) > 280


@pytest.mark.parametrize("name", NAMES)
def test_plain_tensors_give_numpys_own_values(name):
    for pattern, arguments, wanted in calls(name):
        try:
            found = of(name)(*arguments(sg.tensor(V), sg.tensor(M), sg.stack))
        except (sg.SymgradError, TypeError):
            continue
        if name in ("empty_like", "array_repr", "array_str", "array2string"):
            continue
        for f, w in zip(parts(found), parts(wanted), strict=True):
            assert np.shape(f) == np.shape(w), pattern
            if np.asarray(w).dtype.kind in "fciub":
                assert np.asarray(f).dtype == np.asarray(w).dtype, pattern
                np.testing.assert_allclose(np.asarray(f), w, rtol=1e-12, err_msg=pattern)


@pytest.mark.parametrize("name", NAMES)
def test_tracked_tensors_stay_tracked_or_are_refused(name):
    for pattern, arguments, _ in calls(name):
        v = sg.tensor(V, requires_grad=True)
        m = sg.tensor(M, requires_grad=True)
        try:
            found = of(name)(*arguments(v, m, sg.stack))
        except (sg.SymgradError, TypeError):
            continue
        for part in parts(found):
            dtype = getattr(part, "dtype", None)
            numbers = dtype is not None and np.dtype(dtype).kind in "fc"
            if numbers and name not in ANSWERS:
                assert isinstance(part, sg.Tensor), pattern
                assert part.requires_grad, pattern


#: Calls that are traced, besides those of test_numpy_functions: their slopes are the differences'.
TRACED = {
    "products": lambda v: np.dot(np.stack([np.outer(v, v)] * 2), v).sum() + np.dot(v, 2.0).sum(),
    "trace": lambda v: np.trace(np.outer(v, v) ** 2, 1)
    + np.linalg.trace(np.outer(v, v), offset=-1),
    "norms": lambda v: np.linalg.norm(np.outer(v, v), 1)
    + np.linalg.norm(np.outer(v, v), axis=(0, 1)) + np.linalg.norm(v, 3)
    + np.linalg.norm(np.outer(v, v), np.inf, keepdims=True).sum(),
    "more norms": lambda v: np.linalg.vector_norm(v, ord=1) + np.linalg.matrix_norm(np.outer(v, v)),
    "matrices": lambda v: np.linalg.matrix_power(np.outer(v, v), 3).sum()
    + np.linalg.multi_dot([v, np.outer(v, v), v]),
    "vectors": lambda v: np.matvec(np.outer(v, v), v).sum() + np.vecmat(v, np.outer(v, v)).sum()
    + np.vecdot(v, v) + np.cross(v[:3], v[1:] ** 2).sum(),
    "trapezoid": lambda v: np.trapezoid(v**2, v)
    + np.trapezoid(np.outer(v, v), dx=0.5, axis=0).sum(),
    "grids": lambda v: sum((g**2).sum() for g in np.meshgrid(v, v[:2]))
    + sum((g**2).sum() for g in np.meshgrid(v, v[:2], sparse=True, indexing="ij")),
    "stacks": lambda v: (np.dstack([v, v**2]) ** 2).sum() + np.atleast_3d(v).sum(),
    "flips": lambda v: (np.flipud(v) * v).sum()
    + (np.fliplr(np.outer(v, v)) * np.outer(v, v)).sum(),
    "triangles": lambda v: (np.tril(v) ** 2).sum() + (np.triu(v, 1) ** 3).sum(),
    "angles": lambda v: np.deg2rad(v).sum() + np.degrees(v**2).sum() + np.exp2(v).sum(),
    "parts": lambda v: (np.real(v) * np.conj(v)).sum() + np.fabs(-v).sum(),
    "unstacked": lambda v: np.unstack(np.outer(v, v))[1].sum() + np.astype(v, np.float64).prod(),
    "spread": lambda v: (np.broadcast_arrays(v, np.ones((2, 1)))[0] ** 2).sum(),
    "sums so far": lambda v: (np.cumulative_sum(v, include_initial=True) ** 2).sum(),
    "kron": lambda v: (np.kron(v, [1.0, 2.0]) ** 2).sum() + np.kron(v, 3.0).sum(),
    "chosen": lambda v: np.where([True, False, True, False], v**2, [1.0, 2, 3, 4]).sum(),
    "taken by truths": lambda v: (np.take(v, np.array([True, False, True])) ** 2).sum(),
    "clipped": lambda v: np.clip(v, None, None).sum() + np.clip(v**2, [0.1] * 4, 0.5).sum(),
}  # fmt: skip


@pytest.mark.parametrize("name", TRACED)
def test_more_of_numpy_is_differentiated_unchanged(name):
    f = TRACED[name]
    x = sg.tensor(V, requires_grad=True)
    y = f(x)
    np.testing.assert_allclose(y.item(), f(V), rtol=1e-12)
    y.backward()
    step = 1e-6
    slopes = [(f(V + step * e) - f(V - step * e)) / (2 * step) for e in np.eye(4)]
    np.testing.assert_allclose(x.grad.numpy(), slopes, rtol=1e-6, atol=1e-8)


#: What gives other values of integers than NumPy, as in PyTorch: a fraction, never 0.
ROUNDED = {"reciprocal"}


@pytest.mark.parametrize("dtype", ["int64", "uint8", "float32", "complex128"])
@pytest.mark.parametrize("name", [n for n in NAMES if not n.startswith("empty")])
def test_other_dtypes_give_numpys_values_too(name, dtype):
    scale = 10 if dtype in ("int64", "uint8") else 1
    v, m = (V * scale).astype(dtype), (M * scale).astype(dtype)
    if dtype == "complex128":
        v, m = v * (1 + 0.5j), m * (1 - 0.3j)
    for pattern, arguments, _ in calls(name):
        if "mask" in pattern or name in ROUNDED or "array_" in name:
            continue
        try:
            wanted = of(name)(*arguments(v.copy(), m.copy(), np.stack))
        except Exception:
            continue
        try:
            found = of(name)(*arguments(sg.tensor(v), sg.tensor(m), sg.stack))
        except (sg.SymgradError, TypeError):
            continue
        for f, w in zip(parts(found), parts(wanted), strict=True):
            assert np.shape(f) == np.shape(w), pattern
            if np.asarray(w).dtype.kind in "fciub":
                exact = np.asarray(w).dtype.itemsize > 2 and dtype != "float32"
                near = {"rtol": 1e-5 if exact else 1e-2, "atol": 1e-6 if exact else 1e-2}
                np.testing.assert_allclose(np.asarray(f), w, err_msg=pattern, **near)


def test_arrays_among_the_parameters_of_a_question():
    x = sg.tensor(V, requires_grad=True)
    assert np.allclose(x, V, sg.tensor(1e-5), 1e-8)
    assert np.array_equal(x, V, True)
    assert np.isin(x, V).all()
    assert np.roll(x, np.array(1)).tolist() == np.roll(V, 1).tolist()
    with pytest.raises(sg.DtypeError, match="hold no str"):
        np.append(x, "text")


@pytest.mark.filterwarnings("ignore::symgrad.errors.PerformanceWarning")
def test_numpys_questions_are_asked_of_each_input_of_a_vmap():
    x = sg.tensor(np.random.default_rng(18).uniform(size=(3, 4)))
    for f in (
        np.argsort, np.argmax, np.count_nonzero, np.zeros_like, np.signbit,
        lambda v: np.isin(v, [0.5]), lambda v: np.any(v > 0.5), lambda v: np.cross(v[:3], v[1:]),
        lambda v: np.trapezoid(v), lambda v: np.meshgrid(v, v)[1], np.linalg.norm,
    ):  # fmt: skip
        found = sg.vmap(f)(x)
        wanted = np.stack([np.asarray(f(row)) for row in x.numpy()])
        np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-12)
    with pytest.raises(sg.TraceError, match="each of the 3 inputs"):
        sg.vmap(np.floor)(x)
