"""Random tensors, from one generator that ``manual_seed`` sets; imported by the face."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from symgrad.algebras.batched import Batched
from symgrad.errors import DtypeError, GraphError, ShapeError, compose, user_position
from symgrad.modes import BATCHING, MODE
from symgrad.tracing.creation import filled, like
from symgrad.tracing.devices import place
from symgrad.tracing.dtypes import as_numpy_dtype
from symgrad.tracing.levels import LEVELS, outside
from symgrad.tracing.sizes import sizes_of
from symgrad.tracing.tensor import Tensor, wrap
from symgrad.tracing.traced import TRACED

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
def randperm(n: int) -> Tensor:
    """The integers 0 to n - 1 in random order.

    >>> sorted(sg.randperm(3).tolist())
    [0, 1, 2]
    """
    (count,) = sizes_of((n,))
    return wrap(_GENERATOR[0].permutation(count))


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
