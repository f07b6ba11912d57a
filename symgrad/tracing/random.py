"""Random tensors, from one generator that ``manual_seed`` sets; imported by the face."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from symgrad.algebras.batched import Batched
from symgrad.algebras.devices import to_host
from symgrad.errors import DtypeError, GraphError, ShapeError, compose, user_position
from symgrad.modes import BATCHING, MODE
from symgrad.tracing.creation import filled, like
from symgrad.tracing.devices import device_of, place
from symgrad.tracing.dtypes import as_numpy_dtype, default_float
from symgrad.tracing.levels import LEVELS, outside
from symgrad.tracing.sizes import sizes_of
from symgrad.tracing.tensor import Tensor, wrap
from symgrad.tracing.traced import TRACED
from symgrad.tracing.writing import write

_GENERATOR = [np.random.default_rng()]

F = TypeVar("F", bound=Callable[..., Tensor])


def for_each_input(draw: F) -> F:
    """A random function as ``vmap`` wants it: refused, drawn for each input, or once for all."""

    @functools.wraps(draw)
    def drawn(*args: Any, **kwargs: Any) -> Tensor:
        if not MODE.get() & BATCHING:
            return draw(*args, **kwargs)
        level = LEVELS.get()[-1]
        if level.randomness == "error":
            raise GraphError(
                compose(
                    "vmap: called random operation while in randomness error mode.",
                    where=user_position(),
                    mend='sg.vmap(f, randomness="different") draws for each input, "same" once '
                    "for all; or draw before, and give it as an argument",
                )
            )
        different = level.randomness == "different"
        with outside(level):
            found = [drawn(*args, **kwargs) for _ in range(level.size if different else 1)]
            data = TRACED.stack(*found, axis=0) if different else found[0]
        return wrap(Batched(data, level, different))

    return drawn  # type: ignore[return-value]


def _drawn(draw: Callable[..., Any], doc: str, name: str) -> Callable[..., Tensor]:
    """A public function of sizes that draws floats, and refuses to name them anything else."""
    create = filled(draw, doc, name)

    @functools.wraps(create)
    def drawn(*size: Any, dtype: Any = None, **where: Any) -> Tensor:
        if dtype is not None and as_numpy_dtype(dtype).kind != "f":
            raise DtypeError(
                compose(
                    f"{name}() draws floats, not {as_numpy_dtype(dtype)}.",
                    where=user_position(),
                    mend="draw floats, then x.to(dtype); x + 1j * y of two draws is complex",
                )
            )
        return create(*size, dtype=dtype, **where)

    return drawn


rand = _drawn(lambda s: np.asarray(_GENERATOR[0].random(s)), """Uniform in [0, 1).

    >>> bool((sg.rand(3) < 1).all())
    True
    """, "rand")  # fmt: skip
randn = _drawn(lambda s: np.asarray(_GENERATOR[0].standard_normal(s)), """Standard normal.

    >>> sg.randn(2, 3).shape
    symgrad.Size([2, 3])
    """, "randn")  # fmt: skip
rand, randn = for_each_input(rand), for_each_input(randn)
rand_like = like(rand, "rand_like", drawn=True)
randn_like = like(randn, "randn_like", drawn=True)


@for_each_input
def randint(
    low: int, high: int | None = None, size: Any = (), *, dtype: Any = None, device: Any = None
) -> Tensor:
    """Integers from ``low`` (0 where only one bound is given) up to and without ``high``.

    >>> sg.randint(5, size=(3,)).dtype
    symgrad.int64
    """
    if high is None or isinstance(high, (tuple, list)):
        low, high, size = 0, low, size if high is None else high
    if not low < high:
        raise ShapeError(
            compose(
                f"randint(): no integer is at least {low} and below {high}.",
                where=user_position(),
                mend="give the lower bound first: randint(low, high, size)",
            )
        )
    made = np.asarray(_GENERATOR[0].integers(low, high, sizes_of((size,))))
    wanted = np.dtype("int64") if dtype is None else as_numpy_dtype(dtype)
    return wrap(place(made.astype(wanted), device))


@for_each_input
def randperm(n: int, *, dtype: Any = None, device: Any = None) -> Tensor:
    """The integers 0 to n - 1 in random order.

    >>> sorted(sg.randperm(3).tolist())
    [0, 1, 2]
    """
    (count,) = sizes_of((n,))
    wanted = np.dtype("int64") if dtype is None else as_numpy_dtype(dtype)
    return wrap(place(_GENERATOR[0].permutation(count).astype(wanted), device))


def randint_like(input: Tensor, low: int, high: int | None = None, *, dtype: Any = None) -> Tensor:
    """As ``randint``, with the shape, dtype and device of ``input``.

    >>> sg.randint_like(sg.zeros(3), 5).dtype
    symgrad.float32
    """
    wanted = input.dtype if dtype is None else dtype
    bounds = (0, low) if high is None else (low, high)
    where = input.device  # type: ignore[attr-defined]
    return randint(*bounds, tuple(input.shape), dtype=wanted, device=where)


def bernoulli(input: Tensor, p: float | None = None) -> Tensor:
    """Ones by chance, zeros else: each with the probability that ``input`` says, or all with p.

    Raises  ShapeError for what is no probability.

    >>> sg.bernoulli(sg.tensor([0.0, 1.0]))
    tensor([0., 1.])
    """
    held = to_host(input._value) if p is None else np.full(tuple(input.shape), p)
    if not np.all((held >= 0) & (held <= 1)):
        raise ShapeError(compose("bernoulli expects p to be in [0, 1]", where=user_position()))
    made = np.asarray(_GENERATOR[0].random(held.shape) < held)
    return wrap(place(made.astype(to_host(input._value).dtype), device_of(input._value)))


def normal(mean: Any = 0.0, std: Any = 1.0, size: Any = None) -> Tensor:
    """Normal numbers, of one mean and spread, or of one of each for every entry.

    Raises  ShapeError for a negative spread.

    >>> sg.normal(0.0, 1.0, (2, 3)).shape
    symgrad.Size([2, 3])
    """
    middle, spread = (to_host(x._value) if isinstance(x, Tensor) else x for x in (mean, std))
    if np.any(np.asarray(spread) < 0):
        raise ShapeError(
            compose(f"normal expects std >= 0.0, but found std {spread}", where=user_position())
        )
    sizes = np.broadcast_shapes(np.shape(middle), np.shape(spread))
    made = np.asarray(
        _GENERATOR[0].normal(middle, spread, sizes if size is None else sizes_of((size,)))
    )
    wanted = next((x.dtype.dtype for x in (mean, std) if isinstance(x, Tensor)), default_float())
    return wrap(made.astype(wanted)[()] if not made.ndim else made.astype(wanted))


def multinomial(input: Tensor, num_samples: int, replacement: bool = False) -> Tensor:
    """Places drawn by chance from weights along the last axis.

    Raises  ShapeError for more draws than there are weights that are not 0.

    >>> sg.multinomial(sg.tensor([0.0, 1.0]), 2, replacement=True)
    tensor([1, 1])
    """
    held = to_host(input._value)
    rows = held.reshape(-1, held.shape[-1]).astype(np.float64)
    if not replacement and np.any((rows > 0).sum(axis=-1) < num_samples):
        raise ShapeError(
            compose(
                "cannot sample n_sample > prob_dist.size(-1) samples without replacement",
                where=user_position(),
            )
        )
    drawn = [
        _GENERATOR[0].choice(len(row), num_samples, replacement, row / row.sum()) for row in rows
    ]
    return wrap(
        place(np.stack(drawn).reshape(*held.shape[:-1], num_samples), device_of(input._value))
    )


def _filling(name: str, draw: Any, doc: str) -> Any:
    """A method that writes random numbers into every entry."""

    def method(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        made = np.asarray(draw(tuple(self.shape), *args, **kwargs))
        held = wrap(place(made.astype(self.dtype.dtype), device_of(self._value)))
        return write(self, lambda old: held, name)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = doc
    return method


def _between(shape: Any, low: Any = None, high: Any = None) -> Any:
    if high is None:
        low, high = 0, 2**24 if low is None else low
    return _GENERATOR[0].integers(low, high, shape)


#: Methods that write random numbers into a tensor.
METHODS: dict[str, Any] = {
    "uniform_": _filling(
        "uniform_",
        lambda shape, a=0.0, b=1.0: _GENERATOR[0].uniform(a, b, shape),
        "Write numbers between two bounds (0 and 1) into every entry.",
    ),
    "normal_": _filling(
        "normal_",
        lambda shape, mean=0.0, std=1.0: _GENERATOR[0].normal(mean, std, shape),
        "Write normal numbers of a mean and a spread into every entry.",
    ),
    "bernoulli_": _filling(
        "bernoulli_",
        lambda shape, p=0.5: (
            _GENERATOR[0].random(shape) < (to_host(p._value) if isinstance(p, Tensor) else p)
        ),
        "Write ones, each with probability p, and zeros into every entry.",
    ),
    "exponential_": _filling(
        "exponential_",
        lambda shape, lambd=1.0: _GENERATOR[0].exponential(1 / lambd, shape),
        "Write exponential numbers of a rate into every entry.",
    ),
    "random_": _filling(
        "random_", _between, "Write integers below a bound, or between two, into every entry."
    ),
}


def manual_seed(seed: int) -> None:
    """Start the random numbers of ``rand`` and its siblings at a known place, an integer.

    >>> sg.manual_seed(0); a = sg.rand(2); sg.manual_seed(0); bool((a == sg.rand(2)).all())
    True
    """
    if not isinstance(seed, (int, np.integer)):
        raise DtypeError(
            compose(
                f"manual_seed(): a seed is an integer; this is a {type(seed).__name__}.",
                where=user_position(),
            )
        )
    # A negative seed counts from the end of 64 bits, as PyTorch's does.
    _GENERATOR[0] = np.random.default_rng(int(seed) if seed >= 0 else int(seed) + 2**64 - 1)
