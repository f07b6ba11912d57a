"""A function run once on arguments of its own, for the transforms that differentiate it.

Imports the tape; ``transforms``, ``forward`` and ``jacobians`` import this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NoReturn, TypeVar

from symgrad.algebras.backends import is_batched
from symgrad.errors import (
    AxisError,
    DtypeError,
    GraphError,
    ShapeError,
    compose,
    refuse_uncallable,
    user_position,
)
from symgrad.tracing.creation import as_tensor
from symgrad.tracing.dtypes import default_float
from symgrad.tracing.levels import entered
from symgrad.tracing.node import Leaf
from symgrad.tracing.tensor import Tensor, leaf_of, wrap
from symgrad.tracing.traced import TRACED
from symgrad.tracing.trees import Unlike, built, leaves_along, leaves_of, rebuilt, structure_of
from symgrad.tracing.walks import structure

Argnums = int | Sequence[int]
F = TypeVar("F", bound=Callable[..., Any])


def named_after(f: Callable[..., Any]) -> Callable[[F], F]:
    """Give a function made of ``f`` its name and its words, and not its signature.

    Arguments come by position: ``argnums`` and ``in_dims`` count them.
    """

    def decorate(function: F) -> F:
        for name in ("__name__", "__qualname__", "__doc__", "__module__"):
            if hasattr(f, name):
                setattr(function, name, getattr(f, name))
        return function

    return decorate


class Run:
    """What one run of a function took and gave.

    ``given`` are the parts of the arguments that it is differentiated in, each with an identity
    of its own; ``outs`` the parts of its result; ``outer`` whether those also depend on tracked
    tensors from outside: arguments, or a closure's.
    """

    def __init__(
        self,
        name: str,
        f: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        places: tuple[int, ...],
        has_aux: bool,
    ) -> None:
        refuse_uncallable(name, f, call=f"{name}(f, ...)")
        self.name = name
        fresh = {
            i: rebuilt(args[i], lambda _, part: _fresh(name, part)) for i in dict.fromkeys(places)
        }
        self.inner = [structure_of(args[i]) for i in places]
        self.given: list[Tensor] = [part for i in places for part in leaves_of(fresh[i])]
        out = f(*(fresh.get(i, a) for i, a in enumerate(args)), **kwargs)
        self.aux: Any
        self.out, self.aux = _paired(out) if has_aux else (out, None)
        self.built = structure_of(self.out)
        self.outs = tuple(leaves_of(self.out))
        for part in self.outs:
            if not isinstance(part, Tensor):
                refuse_result(name, part)
        tracked = (p for i in places for p in leaves_of(args[i]) if isinstance(p, Tensor))
        self.tracked = any(entered(p)._rg for p in tracked)
        self.outer = self.tracked or reaches_out(self.outs, self.given)

    def shown(self, found: Iterable[Tensor], outer: bool | None = None) -> Any:
        """Tensors in the form of the result, without the history that was only ours."""
        keep = self.outer if outer is None else outer
        return built(self.built, iter([t if keep else bare(t) for t in found]))

    def shown_aux(self) -> Any:
        """What the function gave beside its result, without the history that was only ours."""

        def part(_: Any, value: Any) -> Any:
            if not isinstance(value, Tensor) or not value._rg:
                return value
            keep = self.tracked or reaches_out([value], self.given)
            return value if keep else bare(value)

        return rebuilt(self.aux, part)

    def by_argument(self, found: Sequence[Any], single: bool) -> Any:
        """One thing for each part of the arguments, in their form; bare for a single argument."""
        left = iter(found)
        each = tuple(built(s, left) for s in self.inner)
        return each[0] if single else each


def _paired(out: Any) -> tuple[Any, Any]:
    if not isinstance(out, tuple) or len(out) != 2:
        raise GraphError(
            compose(
                "has_aux: the function must give (result, anything else).", where=user_position()
            )
        )
    return out


def refuse_result(name: str, given: Any) -> NoReturn:
    """Raise GraphError for what is no tensor."""
    raise GraphError(
        compose(
            f"{name}: the function must give a tensor; it gave {type(given).__name__}.",
            where=user_position(),
            mend="keep the result a tensor: no float(), .item() or .numpy() inside the function",
        )
    )


def _fresh(name: str, value: Any) -> Tensor:
    """A new identity for an argument: a tracked alias where it is tracked, else a new leaf."""
    if value is None or isinstance(value, (str, set)):
        raise DtypeError(
            compose(
                f"{name}: an argument to differentiate in holds a {type(value).__name__}.",
                where=user_position(),
                mend="give tensors, or dicts, lists and tuples of them; argnums says which",
            )
        )
    return identity(as_tensor(value, default_float() if isinstance(value, (bool, int)) else None))


def identity(x: Tensor, follow: bool = True) -> Tensor:
    """A tensor as an input with an identity of its own: the function may know it otherwise.

    Takes   follow: whether a history that it has goes on.
    """
    x = entered(x)
    if follow and x._rg:
        return TRACED.clone(x)  # type: ignore[no-any-return]
    return wrap(x._value, None, False).requires_grad_()


def bare(x: Tensor) -> Tensor:
    """The same values without the history at this level; that of a level outside stays."""
    if is_batched(x._value):
        return wrap(x._value)
    return x.detach()  # type: ignore[attr-defined,no-any-return]


def reaches_out(outs: Iterable[Tensor], given: Iterable[Tensor]) -> bool:
    """Whether tensors depend on tracked ones besides those ``given``."""
    roots = [out.node for out in outs if out._rg]
    own = {leaf_of(g): g for g in given}
    _, leaves = structure(roots, stop=own)
    return any(isinstance(leaf, Leaf) and leaf.requires_grad for leaf in leaves)


def selected(argnums: Argnums, count: int) -> tuple[int, ...]:
    """Places of arguments, counted from the front.

    Raises  AxisError for one that the call has not, ShapeError for none or one named twice.
    """
    named = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    for place in named:
        if not isinstance(place, int):
            raise DtypeError(f"argnums are integers; {place!r} is a {type(place).__name__}")
        if not -count <= place < count:
            raise AxisError(
                compose(
                    f"argnums names argument {place}; the call has {count}.",
                    where=user_position(),
                    mend="count from 0, and give the arguments by position, not by name",
                )
            )
    found = tuple(place % count for place in named)
    if not found or len(set(found)) != len(found):
        raise ShapeError(
            compose(
                f"argnums={argnums} {'names an argument twice' if found else 'names no argument'}.",
                where=user_position(),
            )
        )
    return found


def matching(what: str, of: str, given: Any, run_built: Any, others: Sequence[Tensor]) -> Any:
    """Tensors, one for each of ``others``, from a tree that is built as they were.

    Raises  ShapeError for another form, or a part of another shape.
    """
    try:
        parts = leaves_along(run_built, given)
    except Unlike:
        found, wanted = structure_of(given), str(run_built)
        raise ShapeError(
            compose(
                f"{what}s have the form {found}, and the {of}s {wanted}: give "
                f"{len(others)} tensor{'s' * (len(others) != 1)} in that form.",
                where=user_position(),
            )
        ) from None
    tensors = [entered(as_tensor(p)) for p in parts]
    for one, other in zip(tensors, others, strict=True):
        if tuple(one.shape) != tuple(other.shape):
            shapes = f"shape {tuple(one.shape)} for a {of} of shape {tuple(other.shape)}"
            raise ShapeError(
                compose(
                    f"a {what} of {shapes}",
                    where=user_position(),
                    mend=f"give the {what} the shape {tuple(other.shape)}",
                )
            )
    return tensors
