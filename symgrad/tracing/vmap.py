"""``vmap``: a function of one input, run on many at once; imports the traced algebra."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from symgrad.algebras.backends import enrol
from symgrad.algebras.batched import Batched
from symgrad.algebras.batched_operators import install as install_operators
from symgrad.algebras.batching import BATCHED
from symgrad.errors import (
    AxisError,
    GraphError,
    ShapeError,
    compose,
    refuse_uncallable,
    user_position,
)
from symgrad.grammar.algebra import Algebra
from symgrad.grammar.primitive import Primitive
from symgrad.tracing import conversion
from symgrad.tracing.levels import Level, entered, outside, running
from symgrad.tracing.looping import one_by_one
from symgrad.tracing.running import named_after
from symgrad.tracing.tensor import Tensor, wrap
from symgrad.tracing.traced import TRACED
from symgrad.tracing.trees import (
    Structure,
    Unlike,
    built,
    leaves_along,
    leaves_of,
    structure_of,
)

enrol(Batched, BATCHED)
install_operators()

RANDOMNESS = ("error", "different", "same")


class Outside(Algebra):
    """Rules over the tensors that batched values hold, run and recorded outside of their level."""

    name = "outside"
    lasting = False

    def __init__(self, level: Level) -> None:
        # Not the level itself: it holds this, and would then be left to the garbage collector.
        self.outer, self.mode = level.outer, level.mode

    def apply(self, rule: Primitive, operands: tuple[Any, ...], params: dict[str, Any]) -> Any:
        with outside(self):
            return TRACED.apply(rule, operands, params)

    def held(self, value: Any) -> Tensor:
        """A raw value as a tensor of this level; a tensor as it is."""
        if type(value) is Tensor:
            return value
        # Whoever gave an array may write into it: what a graph keeps is its own.
        return wrap(value.copy() if isinstance(value, np.ndarray) else value)

    def to_dtype(self, x: Tensor, name: str) -> Tensor:
        """``x`` in the dtype of that name."""
        with outside(self):
            return conversion.to(x, dtype=name)

    def computed(self, compute: Callable[..., Any], *datas: Any) -> Any:
        """What a function of tensors that is no rule gives here."""
        with outside(self):
            return compute(*datas)

    def masks(self, g: Any) -> bool:
        with outside(self):
            return TRACED.masks(g)

    def detached(self, x: Tensor) -> Tensor:
        """``x`` without its history."""
        with outside(self):
            return x.detach()  # type: ignore[attr-defined,no-any-return]

    def arange(self, n: int, *, like: Any) -> Any:
        """The integers 0 to n - 1, raw, on the device of ``like``."""
        return TRACED.arange(n, like=like)


# the transform ----------------------------------------------------------------------------------


def vmap(
    func: Callable[..., Any],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """A function that runs ``func``, written for one input, on many at once.

    Takes   func: a function of tensors, or of dicts, lists and tuples of them, that gives such;
            in_dims: which axis of each argument counts the inputs, None for one that all share;
            nested as the arguments are, or one for all; keyword arguments are shared by all;
            out_dims: where that axis stands in each result; None for one that all share;
            randomness: "error" refuses random functions inside, "different" draws for each input,
            "same" once for all; chunk_size: how many inputs at most at a time.
    Gives   a function of the stacked arguments; gradients flow through it, and it nests.
    Raises  ShapeError (a ValueError) for axes that do not fit the arguments; TraceError where func
            asks for the number that a value is, as ``if x > 0`` and ``float(x)`` do.
    Limits  what a rule cannot do for many at once runs on one input at a time, with a warning.

    >>> sg.vmap(sg.dot)(sg.tensor([[1.0, 2.0], [3.0, 4.0]]), sg.tensor([[1.0, 0.0], [0.0, 1.0]]))
    tensor([1., 4.])
    >>> sg.vmap(lambda x, c: x * c, in_dims=(0, None))(sg.tensor([1.0, 2.0]), sg.tensor(10.0))
    tensor([10., 20.])
    """
    refuse_uncallable("vmap", func)
    if randomness not in RANDOMNESS:
        raise ShapeError(
            f"Only allowed values for randomness are 'error', 'different', or 'same'. "
            f"Got {randomness}"
        )
    if chunk_size is not None and not (isinstance(chunk_size, int) and chunk_size > 0):
        raise ShapeError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")
    name = _name_of(func)
    _refuse_out_dims(name, out_dims)

    @named_after(func)
    def function(*args: Any, **kwargs: Any) -> Any:
        taken = _Inputs(name, in_dims, args)
        each = functools.partial(func, **kwargs) if kwargs else func
        if chunk_size is None or taken.size <= chunk_size:
            return taken.run(each, out_dims, randomness, 0, taken.size)
        starts = range(0, taken.size, chunk_size)
        found = [
            taken.run(each, out_dims, randomness, k, min(k + chunk_size, taken.size))
            for k in starts
        ]
        return _joined(name, found, out_dims)

    return function


def _name_of(func: Any) -> str:
    if isinstance(func, functools.partial):
        return f"functools.partial({_name_of(func.func)}, ...)"
    return str(getattr(func, "__name__", None) or repr(func))


class _Inputs:
    """The arguments of one call, as parts, and the axis of each that counts the inputs."""

    def __init__(self, name: str, in_dims: Any, args: tuple[Any, ...]) -> None:
        self.name = name
        self.structure, self.parts = structure_of(args), leaves_of(args)
        if not args:
            self.refuse("got no inputs", "give the function at least one tensor by position")
        if not isinstance(in_dims, (int, tuple, list)) or isinstance(in_dims, bool):
            kind = type(in_dims).__name__
            self.refuse(f"in_dims is an int, or nested as the inputs are; it is {kind}")
        whole = tuple(in_dims) if isinstance(in_dims, list) else in_dims
        try:
            self.dims = leaves_along(self.structure, whole, prefix=True)
        except Unlike:
            shown = f"{structure_of(whole)} and {self.structure}"
            self.refuse(f"in_dims is not built as the inputs are: {shown}")
        self.size = self._measured()

    def refuse(self, what: str, mend: str = "") -> NoReturn:
        """Raise ShapeError about this call."""
        raise ShapeError(
            compose(f"vmap({self.name})(<inputs>): {what}.", where=user_position(), mend=mend)
        )

    def _measured(self) -> Any:
        sizes = []
        for k, (part, dim) in enumerate(zip(self.parts, self.dims, strict=True)):
            if dim is None:
                continue
            if not isinstance(dim, int):
                self.refuse(f"got in_dim={dim!r} for an input; it is an int or None")
            if not isinstance(part, Tensor):
                self.refuse(
                    f"got in_dim={dim} for an input of type {type(part).__name__}",
                    "give a tensor, or None in in_dims for what all inputs share",
                )
            ndim = len(part.shape)
            if not -ndim <= dim < ndim:
                there = (
                    f"expected -{ndim} <= in_dim < {ndim}" if ndim else "it has none to map over"
                )
                self.refuse(f"got in_dim={dim} for an input of {ndim} axes; {there}")
            self.dims[k] = dim % ndim
            sizes.append(part.shape[dim % ndim])
        if not sizes:
            self.refuse("expected at least one tensor to map over; every in_dim is None")
        if any(n != sizes[0] for n in sizes):
            self.refuse(
                f"expected all tensors to have the same size in the mapped dimension, got sizes "
                f"{sizes}"
            )
        return sizes[0]

    def run(self, func: Any, out_dims: Any, randomness: str, start: Any, stop: Any) -> Any:
        """The results for the inputs from ``start`` to ``stop``."""
        size = stop - start
        whole = size == self.size
        fronts = [
            part if dim is None else in_front(part, dim, None if whole else slice(start, stop))
            for part, dim in zip(self.parts, self.dims, strict=True)
        ]
        level = Level(size, randomness, Outside, one_by_one)
        held = iter([
            part if dim is None else wrap(Batched(part, level, True))
            for part, dim in zip(fronts, self.dims, strict=True)
        ])  # fmt: skip
        with running(level):
            out = _seen(func(*built(self.structure, held)))
        structure, leaves = structure_of(out), leaves_of(out)
        dims = _out_dims(self.name, out_dims, structure)
        found = [_left(self.name, leaf, dim, level) for leaf, dim in zip(leaves, dims, strict=True)]
        return built(structure, iter(found))


def _seen(out: Any) -> Any:
    """A function's results as the level sees them: none a tensor from outside."""
    held = (entered(p) if isinstance(p, Tensor) else p for p in leaves_of(out))
    return built(structure_of(out), iter(list(held)))


def in_front(x: Tensor, dim: int, span: slice | None = None) -> Tensor:
    """A tensor with one axis in front of the others, cut to ``span`` along it."""
    if span is not None:
        x = TRACED.getitem(x, index=(*(slice(None),) * dim, span))
    if dim == 0:
        return x
    order = (dim, *(i for i in range(len(x.shape)) if i != dim))
    return TRACED.permute(x, axes=order)  # type: ignore[no-any-return]


def _refuse_out_dims(name: str, out_dims: Any) -> None:
    for dim in leaves_of(out_dims):
        if dim is not None and not isinstance(dim, int):
            raise ShapeError(
                f"vmap({name}, ..., out_dims={out_dims}): out_dims is an int, None, or nested as "
                "the results are"
            )


def _out_dims(name: str, out_dims: Any, structure: Structure) -> list[Any]:
    single = structure.kind is None and isinstance(out_dims, (tuple, list)) and len(out_dims) == 1
    try:
        return leaves_along(structure, out_dims[0] if single else out_dims, prefix=True)
    except Unlike:
        raise ShapeError(
            compose(
                f"vmap({name}, ..., out_dims={out_dims}): out_dims is not built as the results "
                f"are: {structure_of(out_dims)} and {structure}.",
                where=user_position(),
            )
        ) from None


def _left(name: str, part: Any, dim: int | None, level: Level) -> Any:
    """One result, outside of its level."""
    if not isinstance(part, Tensor):
        if dim is None:
            return part
        raise ShapeError(
            compose(
                f"vmap({name}, ...): {name} must give tensors; it gave {type(part).__name__}.",
                where=user_position(),
                mend="return a tensor, or None in out_dims for what all inputs share",
            )
        )
    if part._rg:
        raise GraphError(
            compose(
                f"vmap({name}, ...): a result requires grad through a leaf that was made inside.",
                where=user_position(),
                mend="give the tensor as an argument, with in_dims=None if all inputs share it",
            )
        )
    value = part._value
    if not isinstance(value, Batched):
        value = Batched(part, level, False)
    if dim is None:
        if value.mapped:
            raise ShapeError(
                compose(
                    f"vmap({name}, ...): out_dims is None for a result that differs from one "
                    "input to the next.",
                    where=user_position(),
                    mend="say where its axis shall stand: out_dims=0",
                )
            )
        return value.data
    return _put_at(name, value, dim, level)


def _put_at(name: str, value: Batched, dim: int, level: Level) -> Any:
    data, ndim = value.data, len(value.shape) + 1
    if not value.mapped:
        data = TRACED.broadcast_to(data, shape=(level.size, *value.shape))
    if not -ndim <= dim < ndim:
        raise AxisError(
            compose(
                f"vmap({name}, ...): out_dims={dim} for a result of {ndim} axes; expected "
                f"-{ndim} <= out_dim < {ndim}.",
                where=user_position(),
            )
        )
    if dim % ndim == 0:
        return data
    order = list(range(1, ndim))
    order.insert(dim % ndim, 0)
    return TRACED.permute(data, axes=tuple(order))


def _joined(name: str, found: list[Any], out_dims: Any) -> Any:
    """The results of several runs, one after the other."""
    structure = structure_of(found[0])
    dims = _out_dims(name, out_dims, structure)
    columns = zip(*map(leaves_of, found), strict=True)
    whole = [
        column[0] if dim is None else TRACED.concat(*column, axis=dim)
        for column, dim in zip(columns, dims, strict=True)
    ]
    return built(structure, iter(whole))
