"""Custom functions under ``vmap``: by their own rule for many, or on one input after the other."""

from __future__ import annotations

from typing import Any, NamedTuple

from symgrad.algebras.batched import Batched
from symgrad.errors import GraphError, ShapeError, compose, user_position
from symgrad.tracing.levels import LEVELS, Level, entered, outside
from symgrad.tracing.looping import looped
from symgrad.tracing.tensor import Tensor, wrap
from symgrad.tracing.trees import built, leaves_along, leaves_of, structure_of
from symgrad.tracing.vmap import in_front


class VmapInfo(NamedTuple):
    """What a function's own ``vmap`` is told of the map that it runs in."""

    batch_size: int
    randomness: str


def many(cls: Any, args: tuple[Any, ...]) -> Any:
    """A custom function of mapped arguments, recorded on the level outside.

    Gives   its results, as tensors of this level without a history here.
    Raises  ShapeError where its ``vmap`` does not give (results, out_dims).
    """
    level = LEVELS.get()[-1]
    plain = tuple(wrap(entered(a)._value) if isinstance(a, Tensor) else a for a in args)
    own = getattr(cls, "vmap", None)
    if own is None:
        return looped(f"{cls.__name__}.apply", cls.apply, *plain)
    if cls.generate_vmap_rule:
        raise GraphError(
            f"{cls.__name__} has both a vmap and generate_vmap_rule=True: leave one out"
        )
    values = [a._value if isinstance(a, Tensor) else a for a in plain]
    in_dims = tuple(0 if isinstance(v, Batched) and v.mapped else None for v in values)
    datas = [v.data if isinstance(v, Batched) else v for v in values]
    with outside(level):
        given = own(VmapInfo(level.size, level.randomness), in_dims, *datas)
        if not (isinstance(given, tuple) and len(given) == 2):
            raise ShapeError(f"{cls.__name__}.vmap must give (results, out_dims)")
        out, dims = given
        structure = structure_of(out)
        listed = leaves_along(structure, dims, prefix=True)
        parts = [
            _placed(part, dim, level) for part, dim in zip(leaves_of(out), listed, strict=True)
        ]
    return built(structure, iter(parts))


def _placed(part: Any, dim: int | None, level: Level) -> Any:
    if not isinstance(part, Tensor):
        return part
    if dim is not None:
        part = in_front(part, dim % len(part.shape))
    return wrap(Batched(part, level, dim is not None))


def refuse_hidden(cls: Any, args: tuple[Any, ...]) -> None:
    """Raise GraphError for a forward whose history outside would not be the function's own.

    It is given a ctx, so it cannot run outside, where a gradient is recorded too.
    """
    values = [entered(a)._value for a in args if isinstance(a, Tensor)]
    if any(isinstance(v, Batched) and v.data._rg for v in values):
        raise GraphError(
            compose(
                f"{cls.__name__}: under vmap inside of another gradient a custom function needs "
                "setup_context.",
                where=user_position(),
                mend="split forward(ctx, x) into forward(x) and setup_context(ctx, inputs, output)",
            )
        )
