"""The array API standard 2024.12 against array_api_strict: names, signatures, every function."""

import array as buffers
import inspect
import itertools
import math
import os
import subprocess
import sys

import array_api_strict as strict
import numpy as np
import pytest

import symgrad as sg

strict.set_array_api_strict_flags(api_version="2024.12")
xp = sg.array_api
#: What strict lists besides the standard's 2024.12: its own flags, and names of the next version.
OTHERS = {
    "isin", "broadcast_shapes", "ArrayAPIStrictFlags", "Device", "__version__",
    "get_array_api_strict_flags", "reset_array_api_strict_flags", "set_array_api_strict_flags",
}  # fmt: skip
ROOMS = {"": (xp, strict), "linalg": (xp.linalg, strict.linalg), "fft": (xp.fft, strict.fft)}
NAMES = [
    f"{room}.{name}".lstrip(".")
    for room, (_, theirs) in ROOMS.items()
    for name in theirs.__all__
    if name not in OTHERS
]

BOOLS, SIGNED = ["bool"], ["int8", "int16", "int32", "int64"]
UNSIGNED = ["uint8", "uint16", "uint32", "uint64"]
FLOATS, COMPLEX = ["float32", "float64"], ["complex64", "complex128"]
INTEGERS, REAL = SIGNED + UNSIGNED, SIGNED + UNSIGNED + FLOATS
NUMERIC, INEXACT = REAL + COMPLEX, FLOATS + COMPLEX
EVERY = BOOLS + NUMERIC
SHAPES = [(), (3,), (0,), (2, 3), (2, 0, 3), (4, 1, 2)]
TWO_SHAPES = [((), ()), ((3,), ()), ((2, 3), (3,)), ((2, 1), (1, 4)), ((0, 3), (1, 3)), ((), (0,))]


def of(room, name):
    """A function by its dotted name, in a namespace."""
    for part in name.split("."):
        room = getattr(room, part)
    return room


def drawn(rng, shape, dtype, low=-5, high=6):
    """An ndarray that a dtype can hold."""
    kind = np.dtype(dtype).kind
    if kind == "b":
        return rng.integers(0, 2, shape).astype(bool)
    if kind in "iu":
        return rng.integers(0 if kind == "u" else low, high, shape).astype(dtype)
    values = rng.uniform(low, high, shape)
    if kind == "c":
        values = values + 1j * rng.uniform(low, high, shape)
    return np.asarray(values, dtype=dtype)


def same(found, wanted, exact=False):
    """Shape, dtype and values, of arrays, tuples and lists of them, dtypes and plain answers."""
    if isinstance(wanted, (tuple, list)):
        assert len(found) == len(wanted)
        assert getattr(found, "_fields", None) == getattr(wanted, "_fields", None)
        for f, w in zip(found, wanted, strict=True):
            same(f, w, exact)
        return
    if not hasattr(wanted, "shape"):
        assert found == wanted
        return
    assert isinstance(found, sg.Tensor)
    assert tuple(found.shape) == wanted.shape
    assert found.dtype.name == str(wanted.dtype).rpartition(".")[2]
    f, w = found.numpy(), np.asarray(wanted._array)
    single = found.dtype.name in ("float32", "complex64")
    rtol, atol = (2e-5, 1e-5) if single else (1e-11, 1e-12)
    with np.errstate(all="ignore"):
        if exact or f.dtype.kind not in "fc":
            np.testing.assert_array_equal(f, w)
        else:
            np.testing.assert_allclose(f, w, rtol=rtol, atol=atol)


def both(name, *arrays, **kwargs):
    """The function of both namespaces on the same values."""
    given = [[], []]
    for array in arrays:
        if str(array)[:1] == "@":
            given = [[*g, of(room, array[1:])] for g, room in zip(given, (xp, strict), strict=True)]
            continue
        for k, make in enumerate((sg.tensor, strict.asarray)):
            if isinstance(array, np.ndarray):
                given[k].append(make(array))
            elif isinstance(array, (list, tuple)) and any(isinstance(a, np.ndarray) for a in array):
                given[k].append([make(a) for a in array])
            else:
                given[k].append(array)
    named = []
    for room, make in ((xp, sg.tensor), (strict, strict.asarray)):
        named.append(dict(kwargs))
        for key, value in kwargs.items():
            if isinstance(value, np.ndarray):
                named[-1][key] = make(value)
            elif isinstance(value, str) and value.startswith("@"):
                named[-1][key] = of(room, value[1:])
    with np.errstate(all="ignore"):
        same(of(xp, name)(*given[0], **named[0]), of(strict, name)(*given[1], **named[1]))


# names and signatures -----------------------------------------------------------------------------


def test_the_names_are_the_standards():
    for room, theirs in ROOMS.values():
        assert set(theirs.__all__) - OTHERS == set(room.__all__)
        assert all(hasattr(room, name) for name in room.__all__)
    assert xp.__array_api_version__ == "2024.12"
    assert len(NAMES) > 180


@pytest.mark.parametrize("name", [n for n in NAMES if inspect.isfunction(of(strict, n))])
def test_a_signature_is_the_standards(name):
    def listed(function):
        return [
            (p.name, p.kind, None if "UNDEF" in repr(p.default) else p.default)
            for p in inspect.signature(function).parameters.values()
        ]

    assert listed(of(xp, name)) == listed(of(strict, name))
    assert of(xp, name).__name__ in (name.rpartition(".")[2], "namespace_info")
    assert inspect.getdoc(of(xp, name)).partition("\n")[0]


def test_constants_and_dtypes():
    for name in ("e", "inf", "pi", "newaxis"):
        assert getattr(xp, name) == getattr(strict, name)
    assert math.isnan(xp.nan)
    for name in EVERY:
        assert getattr(xp, name) == getattr(sg, name)


# every function -----------------------------------------------------------------------------------

UNARY = {
    "abs": NUMERIC, "acos": INEXACT, "acosh": INEXACT, "asin": INEXACT, "asinh": INEXACT,
    "atan": INEXACT, "atanh": INEXACT, "bitwise_invert": BOOLS + INTEGERS, "ceil": REAL,
    "conj": COMPLEX, "cos": INEXACT, "cosh": INEXACT, "exp": INEXACT, "expm1": INEXACT,
    "floor": REAL, "imag": COMPLEX, "isfinite": NUMERIC, "isinf": NUMERIC, "isnan": NUMERIC,
    "log": INEXACT, "log10": INEXACT, "log1p": INEXACT, "log2": INEXACT, "logical_not": BOOLS,
    "negative": SIGNED + INEXACT, "positive": NUMERIC, "real": COMPLEX, "reciprocal": FLOATS,
    "round": NUMERIC, "sign": NUMERIC, "signbit": FLOATS, "sin": INEXACT, "sinh": INEXACT,
    "sqrt": INEXACT, "square": NUMERIC, "tan": INEXACT, "tanh": INEXACT, "trunc": REAL,
    "zeros_like": EVERY, "ones_like": EVERY, "count_nonzero": EVERY,
}  # fmt: skip
BINARY = {
    "add": NUMERIC, "atan2": FLOATS, "bitwise_and": BOOLS + INTEGERS,
    "bitwise_or": BOOLS + INTEGERS, "bitwise_xor": BOOLS + INTEGERS, "copysign": FLOATS,
    "divide": INEXACT, "equal": EVERY,
    "greater": REAL, "greater_equal": REAL, "hypot": FLOATS, "less": REAL, "less_equal": REAL,
    "logaddexp": FLOATS, "logical_and": BOOLS, "logical_or": BOOLS, "logical_xor": BOOLS,
    "maximum": REAL, "minimum": REAL, "multiply": NUMERIC, "nextafter": FLOATS, "not_equal": EVERY,
    "subtract": NUMERIC, "remainder": FLOATS, "floor_divide": FLOATS,
}  # fmt: skip


@pytest.mark.parametrize("name", UNARY)
def test_an_elementwise_function_of_one(name):
    rng = np.random.default_rng(0)
    for dtype, shape in itertools.product(UNARY[name], SHAPES):
        both(name, drawn(rng, shape, dtype))


@pytest.mark.parametrize("name", BINARY)
def test_an_elementwise_function_of_two_and_its_promotion(name):
    rng = np.random.default_rng(1)
    for one, other in itertools.product(BINARY[name], repeat=2):
        try:
            strict.result_type(getattr(strict, one), getattr(strict, other))
        except TypeError:
            continue  # int with float, uint64 with int64: the standard leaves these open
        for k, shapes in enumerate(TWO_SHAPES):
            if one == other or k == 2:
                both(name, drawn(rng, shapes[0], one), drawn(rng, shapes[1], other))
    for dtype in BINARY[name]:  # numbers are weak, on either side
        kind = np.dtype(dtype).kind
        array, number = drawn(rng, (3,), dtype), {"b": True, "c": 2j, "f": 1.5}.get(kind, 3)
        both(name, array, number)
        both(name, number, array)


SPECIAL = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 0.5, 1e300, 5e-324])


@pytest.mark.parametrize("name", [n for n in UNARY if "float64" in UNARY[n]])
def test_special_values(name):
    both(name, SPECIAL)
    if "complex128" in UNARY[name] and name not in ("sign", "reciprocal"):
        a, b = np.meshgrid(SPECIAL[:6], SPECIAL[:6])
        z = np.empty(a.shape, complex)
        z.real, z.imag = a, b
        both(name, z)


@pytest.mark.parametrize("name", [n for n in BINARY if "float64" in BINARY[n]])
def test_special_values_of_two(name):
    a, b = np.meshgrid(SPECIAL, SPECIAL)
    both(name, a, b)


def test_shifts_and_powers_of_integers():
    rng = np.random.default_rng(2)
    for dtype in INTEGERS:
        a, n = drawn(rng, (2, 3), dtype), drawn(rng, (3,), dtype, 0, 4)
        for name in ("bitwise_left_shift", "bitwise_right_shift", "pow"):
            both(name, a, n)
        both("floor_divide", a, n + np.ones_like(n))
        both("remainder", a, n + np.ones_like(n))
    for dtype in INEXACT:
        both("pow", drawn(rng, (2, 3), dtype), drawn(rng, (3,), dtype))
        both("pow", drawn(rng, (2, 3), dtype), 2)


REDUCTIONS = {
    "sum": NUMERIC, "prod": NUMERIC, "max": REAL, "min": REAL, "mean": FLOATS, "std": FLOATS,
    "var": FLOATS, "any": EVERY, "all": EVERY, "argmax": REAL, "argmin": REAL,
    "count_nonzero": EVERY, "linalg.vector_norm": INEXACT,
}  # fmt: skip


@pytest.mark.parametrize("name", REDUCTIONS)
def test_a_reduction(name):
    rng = np.random.default_rng(3)
    one_axis = name in ("argmax", "argmin")
    for dtype in REDUCTIONS[name]:
        for shape in [(), (3,), (2, 3), (2, 1, 4)]:
            axes = [None, *range(-len(shape), len(shape))]
            axes += [] if one_axis else [tuple(range(len(shape)))]
            for axis, keepdims in itertools.product(axes, (False, True)):
                if axis == () or (not shape and one_axis):
                    continue
                both(name, drawn(rng, shape, dtype, -2, 3), axis=axis, keepdims=keepdims)
        if name not in ("max", "min", "argmax", "argmin", "mean", "std", "var"):
            both(name, drawn(rng, (2, 0), dtype), axis=1)


def test_dtypes_and_corrections_of_reductions():
    rng = np.random.default_rng(4)
    for name in ("sum", "prod", "cumulative_sum", "cumulative_prod"):
        for dtype, wanted in [("int8", "int32"), ("int16", "float64"), ("float32", "float64"),
                              ("uint8", "uint16"), ("float32", "complex64")]:  # fmt: skip
            both(name, drawn(rng, (4,), dtype), dtype=f"@{wanted}")
    for name, correction in itertools.product(("std", "var"), (0, 1, 1.5)):
        both(name, drawn(rng, (4, 3), "float64"), axis=0, correction=correction)
    for name, dtype in itertools.product(("cumulative_sum", "cumulative_prod"), NUMERIC):
        for initial in (False, True):
            both(name, drawn(rng, (4,), dtype), include_initial=initial)
            both(name, drawn(rng, (2, 3), dtype), axis=1, include_initial=initial)
            both(name, drawn(rng, (2, 0), dtype), axis=-1, include_initial=initial)


VECTOR_ORDERS = [1, 2, 3, 0, -1, -2.5, 0.5, math.inf, -math.inf]


@pytest.mark.parametrize("order", VECTOR_ORDERS)
def test_norms_of_vectors(order):
    rng = np.random.default_rng(5)
    for dtype, axis in itertools.product(INEXACT, (None, 0, -1, (0, 1), (0, 2))):
        for keepdims in (False, True):
            x = drawn(rng, (2, 3, 2), dtype)
            both("linalg.vector_norm", x, axis=axis, ord=order, keepdims=keepdims)


@pytest.mark.parametrize("order", ["fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf])
def test_norms_of_matrices(order):
    rng = np.random.default_rng(6)
    for dtype, keepdims in itertools.product(INEXACT, (False, True)):
        both("linalg.matrix_norm", drawn(rng, (2, 3, 4), dtype), ord=order, keepdims=keepdims)


MOVES = [
    ("broadcast_to", (2, 1), ((3, 2, 4),), {}),
    ("expand_dims", (2, 3), (1,), {}),
    ("expand_dims", (2, 3), (-1,), {}),
    ("flip", (2, 3), (), {}),
    ("flip", (2, 3), (), {"axis": -1}),
    ("flip", (2, 3), (), {"axis": (0, 1)}),
    ("matrix_transpose", (4, 2, 3), (), {}),
    ("moveaxis", (2, 3, 4), (0, -1), {}),
    ("moveaxis", (2, 3, 4), ((0, 1), (-1, 0)), {}),
    ("permute_dims", (2, 3, 4), ((2, 0, 1),), {}),
    ("repeat", (2, 3), (2,), {}),
    ("repeat", (2, 3), (2,), {"axis": 1}),
    ("reshape", (2, 6), ((3, -1),), {}),
    ("reshape", (2, 6), ((3, 4),), {"copy": True}),
    ("roll", (2, 3), (4,), {}),
    ("roll", (2, 3), (-1,), {"axis": 1}),
    ("roll", (2, 3), ((1, 2),), {"axis": (0, 1)}),
    ("roll", (2, 3), (1,), {"axis": (0, 1)}),
    ("roll", (0,), (1,), {}),
    ("squeeze", (1, 2, 1), (0,), {}),
    ("squeeze", (1, 2, 1), ((0, 2),), {}),
    ("tile", (2, 3), ((2,),), {}),
    ("tile", (2,), ((2, 1, 3),), {}),
    ("tile", (2, 3), ((0, 1),), {}),
    ("tril", (3, 4), (), {}),
    ("tril", (2, 3, 3), (), {"k": -1}),
    ("triu", (3, 4), (), {"k": 1}),
    ("unstack", (2, 3), (), {}),
    ("unstack", (2, 3), (), {"axis": -1}),
    ("linalg.diagonal", (2, 3, 4), (), {}),
    ("linalg.diagonal", (3, 4), (), {"offset": -1}),
]


@pytest.mark.parametrize("case", MOVES, ids=lambda c: f"{c[0]}{c[1]}")
def test_a_move(case):
    name, shape, args, kwargs = case
    rng = np.random.default_rng(7)
    for dtype in EVERY:
        both(name, drawn(rng, shape, dtype), *args, **kwargs)


def test_joining_and_spreading():
    rng = np.random.default_rng(8)
    for one, other in [("int8", "int16"), ("float32", "float64"), ("uint8", "int8"),
                       ("bool", "bool"), ("float32", "complex128")]:  # fmt: skip
        arrays = [drawn(rng, (2, 3), one), drawn(rng, (2, 3), other)]
        both("concat", arrays, axis=1)
        both("concat", arrays, axis=None)
        both("stack", arrays, axis=-1)
    for dtype in ("int64", "float32", "complex64"):
        grid = [drawn(rng, (n,), dtype) for n in (2, 3, 4)]
        for indexing, count in itertools.product(("xy", "ij"), (1, 2, 3)):
            makes = [[make(a) for a in grid[:count]] for make in (sg.tensor, strict.asarray)]
            same(
                list(xp.meshgrid(*makes[0], indexing=indexing)),
                list(strict.meshgrid(*makes[1], indexing=indexing)),
            )
        pair = [drawn(rng, shape, dtype) for shape in ((2, 1), (3,))]
        same(
            list(xp.broadcast_arrays(*map(sg.tensor, pair))),
            list(strict.broadcast_arrays(*map(strict.asarray, pair))),
        )


def test_choosing_and_searching():
    rng = np.random.default_rng(9)
    where = rng.integers(0, 2, (2, 3)).astype(bool)
    for one, other in [("int8", "int32"), ("float32", "float64"), ("bool", "bool"),
                       ("complex64", "complex128")]:  # fmt: skip
        both("where", where, drawn(rng, (2, 3), one), drawn(rng, (3,), other))
    for dtype in EVERY:
        x, places = drawn(rng, (3, 4), dtype), np.array([2, 0, 0])
        both("take", x, places, axis=0)
        both("take", x[0], places)
        both("take_along_axis", x, rng.integers(0, 4, (3, 2)), axis=-1)
        both("take_along_axis", x, rng.integers(0, 3, (1, 4)), axis=0)
        both("nonzero", x)
        several = np.concatenate([x, x[:2]])
        counted = xp.unique_counts(sg.tensor(several))
        assert counted._fields == ("values", "counts")
        assert counted.counts.tolist() == np.unique_counts(several).counts.tolist()
        assert xp.unique_inverse(sg.tensor(several)).inverse_indices.shape == several.shape
        every = xp.unique_all(sg.tensor(several))
        assert every._fields == ("values", "indices", "inverse_indices", "counts")
        assert xp.take(every.values, xp.reshape(every.inverse_indices, (-1,))).tolist() == (
            several.reshape(-1).tolist()
        )
        found, wanted = xp.unique_values(sg.tensor(several)), np.unique(several)
        assert sorted(found.tolist(), key=str) == sorted(wanted.tolist(), key=str)
    for dtype in REAL:
        x = drawn(rng, (3, 4), dtype)
        for axis, descending in itertools.product((0, 1, -1), (False, True)):
            both("sort", x, axis=axis, descending=descending)
            both("argsort", x, axis=axis, descending=descending)
        line = np.sort(drawn(rng, (5,), dtype))
        for side in ("left", "right"):
            both("searchsorted", line, drawn(rng, (2, 3), dtype), side=side)
        back = line[::-1].copy()
        both("searchsorted", back, line, sorter=np.arange(5)[::-1].copy())
    for dtype in NUMERIC:
        x = drawn(rng, (3, 4), dtype)
        for axis, n in itertools.product((0, -1), (1, 2)):
            both("diff", x, axis=axis, n=n)
        same(
            xp.diff(sg.tensor(x), prepend=sg.tensor(x[:, :1]), append=sg.tensor(x)),
            strict.diff(
                strict.asarray(x), prepend=strict.asarray(x[:, :1]), append=strict.asarray(x)
            ),
        )


def test_clipping():
    rng = np.random.default_rng(10)
    for dtype in REAL:
        x = drawn(rng, (2, 3), dtype)
        low, high = (1, 3) if np.dtype(dtype).kind != "f" else (-1.5, 2.0)
        both("clip", x)
        both("clip", x, low)
        both("clip", x, None, high)
        both("clip", x, low, high)
        both("clip", x, np.full(3, low, dtype), np.full((2, 1), high, dtype))


# matrices and transforms --------------------------------------------------------------------------


def positive_definite(rng, dtype, n=3, lead=(2,)):
    a = drawn(rng, (*lead, n, n), dtype)
    return (a @ np.conj(np.swapaxes(a, -1, -2)) + 3 * np.eye(n)).astype(dtype)


@pytest.mark.parametrize("dtype", INEXACT)
def test_linear_algebra(dtype):
    rng = np.random.default_rng(11)
    a, spd = drawn(rng, (2, 3, 3), dtype), positive_definite(rng, dtype)
    for name in ("det", "inv", "slogdet", "svdvals", "pinv", "matrix_rank", "trace"):
        both(f"linalg.{name}", a)
    both("linalg.trace", a, offset=1)
    both("linalg.pinv", a[:, :2], rtol=0.5)
    both("linalg.matrix_rank", a, rtol=0.9)
    both("linalg.cholesky", spd)
    both("linalg.cholesky", spd, upper=True)
    both("linalg.eigvalsh", spd)
    both("linalg.solve", a, drawn(rng, (2, 3, 4), dtype))
    both("linalg.solve", a, drawn(rng, (3,), dtype))
    for n in (-2, -1, 0, 1, 2, 5):
        both("linalg.matrix_power", a, n)
    both("linalg.outer", a[0, 0], a[0, :2, 1])
    both("linalg.qr", a)
    both("linalg.qr", a[:, :, :2], mode="complete")
    for full in (True, False):
        found = xp.linalg.svd(sg.tensor(a[:, :2]), full_matrices=full)
        wanted = strict.linalg.svd(strict.asarray(a[:, :2]), full_matrices=full)
        assert found._fields == wanted._fields
        same(found.S, wanted.S)
        assert [tuple(f.shape) for f in found] == [w.shape for w in wanted]
    w, v = xp.linalg.eigh(sg.tensor(spd))
    np.testing.assert_allclose((v.numpy() * w.numpy()[:, None, :]) @ np.conj(v.mT.numpy()), spd,
                               rtol=1e-3)  # fmt: skip


def test_products():
    rng = np.random.default_rng(12)
    pairs = [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((4, 2, 3), (3, 5)), ((2, 0), (0, 3))]
    for dtype, shapes in itertools.product(NUMERIC, pairs):
        a, b = (drawn(rng, s, dtype, -3, 4) for s in shapes)
        both("matmul", a, b)
        both("linalg.matmul", a, b)
    for dtype in NUMERIC:
        a, b = drawn(rng, (2, 3), dtype, -3, 4), drawn(rng, (3, 2), dtype, -3, 4)
        for axes in (0, 1, ([1], [0]), ([0, 1], [1, 0])):
            both("tensordot", a, b, axes=axes)
        both("vecdot", a, drawn(rng, (3,), dtype, -3, 4))
        both("vecdot", drawn(rng, (3, 1), dtype, -3, 4), b, axis=-2)
        if dtype not in UNSIGNED:
            both("linalg.cross", drawn(rng, (2, 3), dtype, -3, 4), drawn(rng, (3,), dtype, -3, 4))
    for dtype in INTEGERS:
        both("linalg.trace", drawn(rng, (3, 3), dtype))


@pytest.mark.parametrize("name", [n for n in NAMES if n.startswith("fft.") and "freq" not in n])
def test_a_transform(name):
    rng = np.random.default_rng(13)
    real = name.removeprefix("fft.") in ("rfft", "rfftn", "ihfft")
    for dtype in FLOATS if real else COMPLEX:
        x = drawn(rng, (4, 6), dtype)
        parameters = inspect.signature(of(xp, name)).parameters
        both(name, x)
        for norm in ("ortho", "forward") if "norm" in parameters else ():
            both(name, x, norm=norm)
        if "n" in parameters:
            both(name, x, n=5, axis=0)
        if "s" in parameters:
            both(name, x, s=(3, 5), axes=(0, 1))
        if "axes" in parameters:
            both(name, x, axes=(1,))


def test_frequencies():
    for name, n in itertools.product(("fftfreq", "rfftfreq"), (1, 4, 5)):
        both(f"fft.{name}", n, d=0.5, dtype="@float64")
        assert of(xp.fft, name)(n).dtype == xp.float32


# made ---------------------------------------------------------------------------------------------


def test_creation():
    for name in EVERY:
        dtype = f"@{name}"
        for make, shape in itertools.product(("zeros", "ones"), (3, (), (2, 0), (2, 3))):
            both(make, shape, dtype=dtype)
        both("eye", 3, dtype=dtype)
        both("eye", 2, 4, k=-1, dtype=dtype)
        both("full", (2,), 1, dtype=dtype)
        both("full_like", np.zeros((2, 3)), 1, dtype=dtype)
        assert xp.empty((2, 3), dtype=getattr(xp, name)).dtype == name
        assert xp.empty_like(xp.zeros(2), dtype=getattr(xp, name)).dtype == name
    for name in REAL:
        both("arange", 5, dtype=f"@{name}")
        both("arange", 1, 9, 2, dtype=f"@{name}")
    for args in ((5,), (2, 5), (5, 2), (5, 2, -1), (0, 0)):
        both("arange", *args)
    for name in INEXACT:
        both("linspace", 0.0, 1.0, 5, dtype=f"@{name}")
        both("linspace", 0.0, 1.0, 5, dtype=f"@{name}", endpoint=False)
        both("linspace", 0.0, 1.0, 1, dtype=f"@{name}")
    for value, dtype in ((True, "bool"), (3, "int64"), (2.5, "float32"), (1j, "complex64")):
        assert xp.full((2,), value).dtype == xp.asarray(value).dtype == dtype
    with pytest.raises(sg.ShapeError):
        xp.arange(0, 1, 0)


def test_asarray_shares_copies_and_refuses():
    a = np.zeros(2)
    assert xp.asarray(a).numpy() is a
    assert xp.asarray(a, copy=False).numpy() is a
    t = xp.asarray(a)
    assert xp.asarray(t) is t
    copied = xp.asarray(t, copy=True)
    copied[0] = 1.0
    assert a[0] == 0.0
    for obj, dtype in (([1.0], None), (t, xp.float32), (a, xp.float32)):
        with pytest.raises(ValueError, match="copy=False"):
            xp.asarray(obj, dtype=dtype, copy=False)
    assert xp.asarray(strict.asarray([1.0, 2.0])).tolist() == [1.0, 2.0]
    held = buffers.array("d", [1.0, 2.0])
    for buffer in (held, memoryview(held)):
        assert xp.asarray(buffer).dtype == xp.float64
        assert xp.asarray(buffer).tolist() == [1.0, 2.0]
    x = sg.ones(2, requires_grad=True)
    assert xp.asarray(x, dtype=xp.float64).requires_grad
    assert xp.asarray(x, copy=True).requires_grad


def test_dtype_questions_are_strict_ones():
    every = [getattr(strict, n) for n in EVERY]
    for one, other in itertools.product(every, repeat=2):
        ours = [getattr(xp, str(d).rpartition(".")[2]) for d in (one, other)]
        if {"uint64"} & {d.name for d in ours} and {"i", "u"} == {d.dtype.kind for d in ours}:
            continue
        assert xp.can_cast(*ours) == strict.can_cast(one, other), ours
        try:
            wanted = strict.result_type(one, other)
        except TypeError:
            continue
        assert xp.result_type(*ours).name == str(wanted).rpartition(".")[2]
        assert xp.result_type(xp.zeros(2, dtype=ours[0]), ours[1]) == xp.result_type(*ours)
    kinds = ["bool", "signed integer", "unsigned integer", "integral", "real floating",
             "complex floating", "numeric"]  # fmt: skip
    for name, kind in itertools.product(EVERY, kinds):
        args = getattr(xp, name), getattr(strict, name)
        assert xp.isdtype(args[0], kind) == strict.isdtype(args[1], kind)
        assert xp.isdtype(args[0], (kind, xp.int8)) == strict.isdtype(args[1], (kind, strict.int8))
    for name in INEXACT:
        ours, theirs = xp.finfo(getattr(xp, name)), strict.finfo(getattr(strict, name))
        for field in ("bits", "eps", "max", "min", "smallest_normal"):
            assert getattr(ours, field) == getattr(theirs, field)
            assert type(getattr(ours, field)) is type(getattr(theirs, field))
        assert ours.dtype.name == str(theirs.dtype).rpartition(".")[2]
    for name in INTEGERS:
        ours, theirs = xp.iinfo(getattr(xp, name)), strict.iinfo(getattr(strict, name))
        assert (ours.bits, ours.max, ours.min) == (theirs.bits, theirs.max, theirs.min)
    for name, other in itertools.product(EVERY, repeat=2):
        if np.dtype(name).kind == "c" and np.dtype(other).kind != "c":
            with pytest.raises(TypeError):
                xp.astype(xp.ones(2, dtype=getattr(xp, name)), getattr(xp, other))
        else:
            both("astype", drawn(np.random.default_rng(0), (3,), name, 0, 3), f"@{other}")


def test_the_library_tells_of_itself():
    info, theirs = xp.__array_namespace_info__(), strict.__array_namespace_info__()
    assert set(info.dtypes()) == set(theirs.dtypes())
    for kind in ("bool", "integral", "real floating", "numeric", ("bool", "signed integer")):
        assert set(info.dtypes(kind=kind)) == set(theirs.dtypes(kind=kind))
    assert set(info.capabilities()) == set(theirs.capabilities())
    assert set(info.default_dtypes()) == set(theirs.default_dtypes())
    assert info.default_device() in info.devices()


# array objects ------------------------------------------------------------------------------------


def test_an_array_object_has_the_standards_members():
    x = xp.asarray([[1, 2], [3, 4]])
    members = [n for n in dir(strict.asarray(0)) if n.startswith("__") and n not in dir(object)]
    missing = [n for n in members if not hasattr(x, n)]
    assert not [n for n in missing if n not in ("__buffer__", "__annotations__") and n[2] != "i"]
    assert x.__array_namespace__() is xp
    assert x.__array_namespace__(api_version="2023.12") is xp
    with pytest.raises(ValueError, match=r"2099\.01"):
        x.__array_namespace__(api_version="2099.01")
    assert x.to_device(x.device) is x
    assert (x.T.tolist(), x.mT.tolist(), x.ndim, x.size) == (
        [[1, 3], [2, 4]],
        [[1, 3], [2, 4]],
        2,
        4,
    )
    assert complex(xp.asarray(2.0)) == 2
    assert [10, 20, 30][xp.asarray(1)] == 20


def test_nothing_orders_complex_numbers():
    z = xp.asarray([1 + 2j, 3 - 1j])
    for f in (
        xp.less, xp.greater_equal, xp.maximum, xp.minimum, xp.atan2, xp.hypot, xp.logaddexp,
        xp.searchsorted, xp.remainder, xp.floor_divide, xp.copysign, xp.nextafter,
    ):  # fmt: skip
        with pytest.raises(sg.DtypeError):
            f(z, z)
    for f in (xp.max, xp.min, xp.sort, xp.argsort, xp.argmax, xp.argmin, xp.floor, xp.ceil,
              xp.trunc, xp.signbit, xp.std, xp.var, lambda z: xp.clip(z, 0, 1)):  # fmt: skip
        with pytest.raises(sg.DtypeError):
            f(z)
    with pytest.raises(sg.DtypeError, match=r"not defined for symgrad\.complex64"):
        xp.floor(z)


def test_operators_of_integers():
    rng = np.random.default_rng(14)
    for dtype in INTEGERS:
        a, b = drawn(rng, (2, 3), dtype), np.array([1, 3, 4], dtype)
        for ours, theirs in ((sg.tensor(a), sg.tensor(b)),):
            x, y = strict.asarray(a), strict.asarray(b)
            for found, wanted in [
                (ours << theirs, x << y), (ours >> theirs, x >> y), (ours & theirs, x & y),
                (ours | theirs, x | y), (ours ^ theirs, x ^ y), (~ours, ~x),
                (ours // theirs, x // y), (ours % theirs, x % y), (ours << 1, x << 1),
                (1 << theirs, 1 << y), (5 >> theirs, 5 >> y), (7 // theirs, 7 // y),
            ]:  # fmt: skip
                same(found, wanted)
    x = sg.tensor([12, 7, 5])
    alias, before = x.detach(), x
    x //= 2
    x %= 4
    x <<= 2
    x |= 1
    x &= 13
    x ^= 2
    x >>= 1
    assert x is before
    assert (
        alias.tolist()
        == x.tolist()
        == [((((n // 2) % 4 << 2 | 1) & 13) ^ 2) >> 1 for n in (12, 7, 5)]
    )
    mask = sg.tensor([True, False])
    mask &= sg.tensor([True, True])
    mask |= sg.tensor([False, True])
    assert mask.tolist() == [True, True]
    with pytest.raises(sg.DtypeError):
        x //= 2.5
    with pytest.raises(TypeError):
        x <<= "text"
    with pytest.raises(sg.DtypeError, match="integers"):
        sg.tensor([1.0]) << 1
    with pytest.raises(sg.DtypeError, match="integers"):
        ~sg.tensor([1.0])


DEVICE = strict.Device("device1")


def there(array):
    """A tensor on strict's other device, which stands in for a GPU."""
    return sg.tensor(strict.asarray(array, device=DEVICE))


@pytest.mark.parametrize("name", [*UNARY, *BINARY, *REDUCTIONS, "linalg.inv", "linalg.svd",
                                  "fft.fft", "sort", "cumulative_sum", "cumulative_prod",
                                  "unique_all", "linalg.trace", "linalg.cross"])  # fmt: skip
def test_another_device_stays_where_it_is(name):
    rng = np.random.default_rng(16)
    dtypes = (UNARY | BINARY | REDUCTIONS).get(name, ["float64"])
    shape = (3,) if name.startswith("cumulative") else (3, 3)
    count = 2 if name in BINARY or name == "linalg.cross" else 1
    if name.startswith("fft"):
        dtypes = ["complex64"]
    for dtype in dtypes:
        arrays = [drawn(rng, shape, dtype, 1, 4) for _ in range(count)]
        with np.errstate(all="ignore"):
            found = of(xp, name)(*map(there, arrays))
            wanted = of(xp, name)(*map(sg.tensor, arrays))
        several = isinstance(found, tuple)
        for f, w in zip(*((found, wanted) if several else ([found], [wanted])), strict=True):
            assert f._value.device == DEVICE
            assert f.dtype == w.dtype
            np.testing.assert_allclose(f.tolist(), w.tolist(), rtol=1e-5)


# gradients ----------------------------------------------------------------------------------------


def test_what_is_a_rule_is_traced():
    x = sg.tensor([[1.0, 2.0], [3.0, 5.0]], requires_grad=True, dtype=sg.float64)
    for f in (
        lambda x: xp.sum(xp.sin(x) * xp.pow(x, 2)),
        lambda x: xp.std(x) + xp.var(x, correction=1),
        lambda x: xp.sum(xp.sort(x, axis=0, descending=True) * x),
        lambda x: xp.sum(xp.cumulative_sum(x, axis=1, include_initial=True) ** 2),
        lambda x: xp.sum(xp.matmul(x, xp.permute_dims(x, (1, 0)))) + xp.linalg.trace(x @ x),
        lambda x: xp.linalg.det(x) + xp.linalg.vector_norm(x, ord=3) + xp.linalg.matrix_norm(x),
        lambda x: xp.sum(xp.linalg.matrix_power(x, 3)) + xp.sum(xp.vecdot(x, x)),
        lambda x: (
            xp.sum(xp.tril(x) * xp.roll(x, 1, axis=0)) + xp.sum(xp.take(x, sg.tensor([1]), axis=0))
        ),
        lambda x: xp.sum(xp.concat([x, 2 * x], axis=None)) + xp.sum(xp.stack(xp.unstack(x))),
        lambda x: xp.sum(xp.astype(x, xp.float64) * x) + xp.sum(x, dtype=xp.float64),
        lambda x: xp.sum(xp.clip(x, 2.0, None)) + xp.sum(xp.where(x > 2, x, 0.0)),
        lambda x: xp.sum(xp.meshgrid(x[0], x[1])[0] ** 2) + xp.sum(xp.repeat(x, 2) ** 2),
        lambda x: xp.sum(xp.diff(x) ** 2) + xp.sum(xp.tile(x, (2, 1)) ** 2),
    ):
        report = sg.crosscheck(f, x)
        assert report.ok, report


#: Names whose results are integers, truths or made of no values: nothing of theirs has a gradient.
FLAT = {
    "all", "any", "argmax", "argmin", "argsort", "count_nonzero", "equal", "greater",
    "greater_equal", "isfinite", "isinf", "isnan", "less", "less_equal", "logical_and",
    "logical_not", "logical_or", "logical_xor", "nonzero", "not_equal", "searchsorted", "signbit",
    "linalg.matrix_rank", "zeros_like", "ones_like", "empty_like", "full_like", "can_cast", "finfo",
    "iinfo", "isdtype", "result_type", "arange", "eye", "full", "linspace", "zeros", "ones",
    "empty", "fft.fftfreq", "fft.rfftfreq", "__array_namespace_info__",
}  # fmt: skip
#: Arguments after the first that a call needs.
REST = {
    "broadcast_to": ((2, 2),), "expand_dims": (0,), "moveaxis": (0, 1), "permute_dims": ((1, 0),),
    "repeat": (2,), "reshape": ((4,),), "roll": (1,), "squeeze": ((),), "tile": ((2,),),
    "astype": (sg.float64,), "linalg.matrix_power": (2,), "fft.hfft": (), "clip": (0.0, 1.0),
}  # fmt: skip


def arguments(name, x):
    """What a call of a function with a tracked operand takes."""
    if name in ("concat", "stack"):
        return [[x, x]]
    if name == "where":
        return [x > 0, x, x]
    if name in ("take", "take_along_axis"):
        return [x[0], sg.tensor([1, 0])]
    if name == "linalg.cross":
        return [xp.stack([x[0, 0]] * 3)] * 2
    if name in ("meshgrid", "broadcast_arrays", "linalg.outer"):
        return [x[0], x[1]]
    if name.startswith("cumulative"):
        return [x[0]]
    needed = [
        p for p in inspect.signature(of(xp, name)).parameters.values()
        if p.default is p.empty and p.kind is p.POSITIONAL_ONLY
    ]  # fmt: skip
    return [x, *REST.get(name, (x,) * (len(needed) - 1))]


def followed(name):
    """Whether a function gives numbers that a gradient could flow through."""
    return inspect.isfunction(of(strict, name)) and name not in FLAT


REFUSED = {n for n in NAMES if n.startswith(("fft.", "bitwise", "unique"))} | {
    "ceil", "copysign", "floor", "floor_divide", "nextafter", "remainder", "round", "trunc", "imag",
    "cumulative_prod", "from_dlpack", *(f"linalg.{n}" for n in (
        "cholesky", "eigh", "eigvalsh", "pinv", "qr", "svd", "svdvals")),
}  # fmt: skip


@pytest.mark.parametrize("name", [n for n in NAMES if followed(n)])
def test_no_function_loses_a_gradient_in_silence(name):
    x = sg.tensor([[0.75, 0.25], [0.25, 0.5]], requires_grad=True)
    function, args = of(xp, name), arguments(name, x)
    if name in REFUSED:
        with pytest.raises(
            (sg.TraceError, sg.ExportError, sg.DtypeError), match=r"array_api|imag|grad"
        ):
            function(*args)
        return
    with np.errstate(all="ignore"):
        found = function(*args)
    for part in found if isinstance(found, (tuple, list)) else [found]:
        assert part.requires_grad, name


@pytest.mark.parametrize("name", [n for n in NAMES if followed(n)])
def test_no_function_takes_text_or_nothing(name):
    with pytest.raises((TypeError, ValueError, RuntimeError)) as caught:
        of(xp, name)("text")
    assert not isinstance(caught.value, AssertionError | AttributeError)


def test_what_has_no_rule_refuses_inside_a_recording():
    x = sg.tensor([1.5, 2.5])
    with sg.record():
        y = x * 2
        with pytest.raises(sg.TraceError, match=r"array_api\.floor"):
            xp.floor(y)
    assert xp.floor(x).tolist() == [1.0, 2.0]


def test_a_branch_on_a_standard_comparison_is_known():
    x = sg.tensor([1.0, 2.0], requires_grad=True)
    form = sg.closed_form(lambda v: xp.sum(v * v) if xp.all(xp.greater(v, 0)) else xp.sum(v), x)
    assert "0" in str(form.holds_when)
    y = xp.sum(x * x) if xp.all(xp.logical_and(x > 0, x < 5)) else xp.sum(x)
    held = "(x[0] > 0) & (x[1] > 0) & (x[0] < 5) & (x[1] < 5)"
    assert str(sg.closed_form(y, x).holds_when) == held


# who uses it --------------------------------------------------------------------------------------


def standardised(x):
    """Code for any array library, as scipy's and scikit-learn's is."""
    xp = x.__array_namespace__()
    floats = x if xp.isdtype(x.dtype, "real floating") else xp.astype(x, xp.float64)
    centre = xp.mean(floats, axis=0, keepdims=True)
    scale = xp.std(floats, axis=0, keepdims=True)
    scale = xp.where(scale == 0, xp.ones_like(scale), scale)
    return (floats - centre) / scale


def principal_axes(x, k):
    xp = x.__array_namespace__()
    centred = x - xp.mean(x, axis=0)
    u, s, vt = xp.linalg.svd(centred, full_matrices=False)
    largest = xp.argmax(xp.abs(u), axis=0)
    signs = xp.sign(xp.take_along_axis(u, xp.expand_dims(largest, axis=0), axis=0))
    return xp.matmul(centred, xp.matrix_transpose(vt[:k, :])) * signs[:, :k], s


def test_code_for_any_library_runs_unchanged():
    rng = np.random.default_rng(15)
    data = rng.normal(size=(20, 4))
    same(standardised(sg.tensor(data)), standardised(strict.asarray(data)))
    same(list(principal_axes(sg.tensor(data), 2)), list(principal_axes(strict.asarray(data), 2)))
    x = sg.tensor(data, requires_grad=True)
    (standardised(x) ** 3).sum().backward()
    assert x.grad.shape == x.shape
    with pytest.raises(sg.TraceError, match=r"linalg\.svd"):
        principal_axes(x, 2)


SCIPY = """
import numpy as np
from scipy import fft, special, stats
import symgrad as sg

x = sg.tensor(np.random.default_rng(0).normal(size=(5, 3)), requires_grad=True)
for f in (special.logsumexp, special.softmax, stats.zscore, lambda v: stats.moment(v, order=3)):
    y = f(x)
    assert isinstance(y, sg.Tensor) and y.requires_grad
    np.testing.assert_allclose(y.detach().numpy(), f(x.detach().numpy()), rtol=1e-12)
p, = sg.autograd.grad(special.logsumexp(x), x)
np.testing.assert_allclose(p.numpy(), special.softmax(x.detach().numpy()), rtol=1e-12)
np.testing.assert_allclose(fft.rfft(x.detach()).numpy(), np.fft.rfft(x.detach().numpy()))
for refused in (fft.rfft, stats.skew):
    try:
        refused(x)
    except sg.SymgradError:
        continue
    assert refused is stats.skew
"""


def test_scipy_computes_with_tensors_and_is_traced():
    environment = {**os.environ, "SCIPY_ARRAY_API": "1"}
    command = [sys.executable, "-W", "ignore", "-c", SCIPY]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr


# on many inputs at once ---------------------------------------------------------------------------


MAPPED = {
    "a rule": lambda x: xp.sum(xp.sin(x)),
    "a deviation": lambda x: xp.std(x),
    "a norm": lambda x: xp.linalg.vector_norm(x, ord=3),
    "a floor": lambda x: xp.floor(x),
    "a remainder": lambda x: xp.remainder(x, 2),
    "a transform": lambda x: xp.fft.fft(x),
    "several results": lambda x: xp.linalg.svd(xp.linalg.outer(x, x)).S,
    "singular values": lambda x: xp.linalg.matrix_norm(xp.linalg.outer(x, x), ord=2),
    "a question": lambda x: xp.signbit(x),
    "a place": lambda x: xp.argmax(x),
    "a search": lambda x: xp.searchsorted(xp.sort(x), x),
    "a product so far": lambda x: xp.cumulative_prod(x),
    "an angle": lambda x: x.angle(),
    "parts": lambda x: xp.real(x) + xp.imag(x * 1j),
    "conjugates": lambda x: xp.conj(x + 1j),
    "whole numbers": lambda x: xp.sum(xp.astype(x, xp.int64) << 1),
    "bits": lambda x: ~xp.astype(x, xp.int64),
    "truths": lambda x: xp.any(xp.logical_xor(x > 1, x < 2)),
    "a trace": lambda x: xp.linalg.trace(xp.linalg.outer(x, x)),
}


@pytest.mark.parametrize("name", MAPPED)
@pytest.mark.filterwarnings("ignore::symgrad.errors.PerformanceWarning")
def test_vmap_maps_the_standards_functions(name):
    f = MAPPED[name]
    x = sg.tensor(np.random.default_rng(17).uniform(-3, 3, (3, 4)))
    found, wanted = sg.vmap(f)(x), [f(row) for row in x]
    assert found.dtype == wanted[0].dtype
    np.testing.assert_allclose(found.numpy(), np.stack([w.numpy() for w in wanted]), rtol=1e-12)
