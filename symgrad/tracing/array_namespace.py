"""Every name of the array API standard, and what answers to it; ``face/array_api`` hands them out.

The lines are the standard's own signatures. A name in ``_BY_RULE`` is a rule of that name, or one
that is spelled ``array_api.name``; the others have no rule, and are sorted by what their results
are: floats whose gradient would be lost, or integers and truths, which have none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symgrad.tracing import array_dtypes
from symgrad.tracing.array_creation import CREATION
from symgrad.tracing.array_dialect import (
    answering,
    by_namespace,
    by_rule,
    dressed,
    on_arrays,
    rules,
    signatures,
    stepwise,
)
from symgrad.tracing.array_functions import FUNCTIONS_HERE, along
from symgrad.tracing.array_linalg import LINALG as _MADE
from symgrad.tracing.array_linalg import frequencies
from symgrad.tracing.array_sums import SUMS

_BY_RULE = """
abs(x, /)
acos(x, /)
acosh(x, /)
add(x1, x2, /)
asin(x, /)
asinh(x, /)
atan(x, /)
atan2(x1, x2, /)
atanh(x, /)
broadcast_to(x, /, shape)
concat(arrays, /, *, axis=0)
cos(x, /)
cosh(x, /)
divide(x1, x2, /)
equal(x1, x2, /)
exp(x, /)
expand_dims(x, /, axis)
expm1(x, /)
flip(x, /, *, axis=None)
greater(x1, x2, /)
greater_equal(x1, x2, /)
hypot(x1, x2, /)
isfinite(x, /)
isinf(x, /)
isnan(x, /)
less(x1, x2, /)
less_equal(x1, x2, /)
log(x, /)
log10(x, /)
log1p(x, /)
log2(x, /)
logaddexp(x1, x2, /)
logical_and(x1, x2, /)
logical_not(x, /)
logical_or(x1, x2, /)
matmul(x1, x2, /)
max(x, /, *, axis=None, keepdims=False)
maximum(x1, x2, /)
mean(x, /, *, axis=None, keepdims=False)
min(x, /, *, axis=None, keepdims=False)
minimum(x1, x2, /)
multiply(x1, x2, /)
negative(x, /)
not_equal(x1, x2, /)
permute_dims(x, /, axes)
positive(x, /)
pow(x1, x2, /)
prod(x, /, *, axis=None, dtype=None, keepdims=False)
reciprocal(x, /)
sign(x, /)
sin(x, /)
sinh(x, /)
sqrt(x, /)
square(x, /)
squeeze(x, /, axis)
stack(arrays, /, *, axis=0)
subtract(x1, x2, /)
sum(x, /, *, axis=None, dtype=None, keepdims=False)
tan(x, /)
tanh(x, /)
where(condition, x1, x2, /)
"""

_STEPWISE = """
bitwise_and(x1, x2, /)
bitwise_invert(x, /)
bitwise_left_shift(x1, x2, /)
bitwise_or(x1, x2, /)
bitwise_right_shift(x1, x2, /)
bitwise_xor(x1, x2, /)
ceil(x, /)
copysign(x1, x2, /)
floor(x, /)
floor_divide(x1, x2, /)
nextafter(x1, x2, /)
remainder(x1, x2, /)
round(x, /)
trunc(x, /)
"""

_FORWARD = """
cumulative_prod(x, /, *, axis=None, dtype=None, include_initial=False)
unique_all(x, /)
unique_counts(x, /)
unique_inverse(x, /)
unique_values(x, /)
"""

_ANSWERS = """
count_nonzero(x, /, *, axis=None, keepdims=False)
signbit(x, /)
"""

_LINALG_BY_RULE = """
det(x, /)
inv(x, /)
slogdet(x, /)
solve(x1, x2, /)
"""

_LINALG_FORWARD = """
cholesky(x, /, *, upper=False)
eigh(x, /)
eigvalsh(x, /)
pinv(x, /, *, rtol=None)
qr(x, /, *, mode='reduced')
svd(x, /, *, full_matrices=True)
svdvals(x, /)
"""

_LINALG_ANSWERS = "matrix_rank(x, /, *, rtol=None)"

_FFT = """
fft(x, /, *, n=None, axis=-1, norm='backward')
fftn(x, /, *, s=None, axes=None, norm='backward')
fftshift(x, /, *, axes=None)
hfft(x, /, *, n=None, axis=-1, norm='backward')
ifft(x, /, *, n=None, axis=-1, norm='backward')
ifftn(x, /, *, s=None, axes=None, norm='backward')
ifftshift(x, /, *, axes=None)
ihfft(x, /, *, n=None, axis=-1, norm='backward')
irfft(x, /, *, n=None, axis=-1, norm='backward')
irfftn(x, /, *, s=None, axes=None, norm='backward')
rfft(x, /, *, n=None, axis=-1, norm='backward')
rfftn(x, /, *, s=None, axes=None, norm='backward')
"""

_DETACH = "x.detach(), if no gradient is meant to flow"
#: What to write instead where detaching is not all there is to say.
_INSTEAD = {
    "remainder": "x - n * k, with k an integer that you take from x.detach()",
    "floor_divide": "x - n * k, with k an integer that you take from x.detach()",
    "copysign": "xp.where(y < 0, -xp.abs(x), xp.abs(x))",
    "cumulative_prod": "xp.exp(xp.cumulative_sum(xp.log(x))), for positive x",
    "unique_values": "xp.take(x, places), with places that you take from x.detach()",
}

CONSTANTS: dict[str, Any] = {
    "e": 2.718281828459045, "inf": float("inf"), "nan": float("nan"), "newaxis": None,
    "pi": 3.141592653589793,
}  # fmt: skip


def _ruled(text: str, prefix: str = "") -> dict[str, Callable[..., Any]]:
    known = rules()
    return {
        name: by_rule(prefix + name, signature, *known[name])
        for name, signature in signatures(text)
    }


def _forward(text: str, prefix: str = "") -> dict[str, Callable[..., Any]]:
    return {
        name: by_namespace(prefix + name, signature, _INSTEAD.get(name, _DETACH))
        for name, signature in signatures(text)
    }


def _answers(text: str, prefix: str = "") -> dict[str, Callable[..., Any]]:
    return {name: answering(prefix + name, s) for name, s in signatures(text)}


def _shown(table: dict[str, Callable[..., Any]]) -> dict[str, Callable[..., Any]]:
    for name, function in table.items():
        function.__name__ = function.__qualname__ = name
    return dict(sorted(table.items()))


def _several_axes(function: Callable[..., Any]) -> Callable[..., Any]:
    """A transform over several axes: sizes without axes are of the last ones."""

    def transform(*args: Any, **kwargs: Any) -> Any:
        sizes = kwargs.get("s")
        if sizes is not None and kwargs.get("axes") is None:
            kwargs["axes"] = tuple(range(-len(sizes), 0))
        return function(*args, **kwargs)

    return dressed(transform, function.__name__, function.__signature__, function.__doc__)  # type: ignore[attr-defined]


def _gated(table: dict[str, Callable[..., Any]], prefix: str = "") -> dict[str, Callable[..., Any]]:
    return {name: on_arrays(prefix + name, function) for name, function in table.items()}


FUNCTIONS = _shown(
    {
        **_ruled(_BY_RULE),
        **{n: stepwise(n, s, _INSTEAD.get(n, _DETACH)) for n, s in signatures(_STEPWISE)},
        **_forward(_FORWARD),
        **_answers(_ANSWERS),
        **CREATION,
        **_gated(FUNCTIONS_HERE),
        **_gated({name: along(name) for name in ("argmax", "argmin", "all", "any")}),
        **_gated(SUMS),
        **_gated({"astype": array_dtypes.astype}),
        **{
            name: getattr(array_dtypes, name)
            for name in ("can_cast", "finfo", "iinfo", "isdtype", "result_type")
        },
    }
)

LINALG = _shown(
    {
        **_ruled(_LINALG_BY_RULE, "linalg."),
        **_forward(_LINALG_FORWARD, "linalg."),
        **_answers(_LINALG_ANSWERS, "linalg."),
        **_gated(_MADE, "linalg."),
        **{n: FUNCTIONS[n] for n in ("matmul", "matrix_transpose", "tensordot", "vecdot")},
    }
)

FFT = _shown(
    {
        name: _several_axes(function) if "s" in function.__signature__.parameters else function  # type: ignore[attr-defined]
        for name, function in _forward(_FFT, "fft.").items()
    }
    | {name: frequencies(name) for name in ("fftfreq", "rfftfreq")}
)
