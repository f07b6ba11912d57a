"""Who keeps what backward needs: hooks that pack it away, checkpoints that compute it again.

``traced`` hands each node's kept values to the saver in force; a sweep asks for them back.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from types import TracebackType
from typing import Any

from symgrad.algebras.devices import to_host
from symgrad.algebras.numeric import NUMBERS
from symgrad.algebras.numpy_adapter import silence
from symgrad.errors import GraphError, compose, refuse_uncallable, user_position
from symgrad.modes import MODE, SAVING, _Mode
from symgrad.tracing import operands as sorting
from symgrad.tracing.devices import device_of, place
from symgrad.tracing.locking import SharedBuffer, safe
from symgrad.tracing.node import Foreign, Leaf, Node, extras
from symgrad.tracing.tensor import Tensor, wrap

#: The savers in force, innermost last; a word instead of one refuses hooks.
_SAVERS: ContextVar[tuple[Any, ...]] = ContextVar("symgrad_savers", default=())


def keep(node: Node, raws: tuple[Any, ...]) -> None:
    """Hand a new node's kept values to the innermost saver."""
    saver = _SAVERS.get()[-1]
    if not isinstance(saver, str):
        saver.keep(node, raws)


def hold(node: Node, value: Any) -> None:
    """Hand a custom function's result to the innermost saver: nobody may run its forward again."""
    saver = _SAVERS.get()[-1]
    if isinstance(saver, _Segment):
        saver.hold(node, value)


def packing() -> _Packer | None:
    """The hooks that pack what is kept here, or None."""
    saver = _SAVERS.get()[-1] if MODE.get() & SAVING else None
    return saver if isinstance(saver, _Packer) else None


class _Block:
    """A block in which a saver is in force."""

    def __init__(self, saver: Any) -> None:
        self._saver = saver
        self._mode = _Mode(on=SAVING)

    def __enter__(self) -> Any:
        self._mode.__enter__()
        _SAVERS.set((*_SAVERS.get(), self._saver))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        savers = _SAVERS.get()
        _SAVERS.set(savers[: max(i for i, s in enumerate(savers) if s is self._saver)])
        self._mode.__exit__(kind, error, trace)


class saved_tensors_hooks(_Block):
    """A block in which what backward needs is packed when it is kept, unpacked when it is used.

    Takes   pack_hook: from a tensor to anything; unpack_hook: from that to a tensor of the same
            shape and dtype. The innermost block counts.
    Raises  GraphError where ``disable_saved_tensors_hooks`` is in force.

    >>> seen = []
    >>> def pack(x):
    ...     seen.append(tuple(x.shape))
    ...     return x
    >>> x = sg.ones(3, requires_grad=True)
    >>> with sg.autograd.graph.saved_tensors_hooks(pack, lambda x: x):
    ...     y = (x * x).sum()
    >>> seen
    [(3,), (3,)]
    """

    def __init__(
        self, pack_hook: Callable[[Tensor], Any], unpack_hook: Callable[[Any], Tensor]
    ) -> None:
        super().__init__(_Packer(pack_hook, unpack_hook))

    def __enter__(self) -> Any:
        refused = next((s for s in reversed(_SAVERS.get()) if isinstance(s, str)), None)
        if refused is not None:
            raise GraphError(refused)
        return super().__enter__()


class save_on_cpu(saved_tensors_hooks):
    """A block in which what backward needs waits on the CPU, and goes back when it is used.

    Takes   pin_memory: taken as PyTorch takes it, and without effect.

    >>> x = sg.ones(3, requires_grad=True)
    >>> with sg.autograd.graph.save_on_cpu():
    ...     y = (x * x).sum()
    >>> y.backward(); x.grad
    tensor([2., 2., 2.])
    """

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        def pack(x: Tensor) -> Any:
            return device_of(x._value), wrap(to_host(x._value))

        def unpack(packed: Any) -> Tensor:
            where, x = packed
            return wrap(place(x._value, where))

        super().__init__(pack, unpack)


class disable_saved_tensors_hooks(_Block):
    """A block in which ``saved_tensors_hooks`` raises the given message."""

    def __init__(self, error_message: str) -> None:
        super().__init__(error_message)


class _Packer:
    """A saver that packs each kept value by the user's hooks."""

    def __init__(self, pack: Callable[[Tensor], Any], unpack: Callable[[Any], Tensor]) -> None:
        self.pack, self.unpack = pack, unpack

    def keep(self, node: Node, raws: tuple[Any, ...]) -> None:
        if not node.saved:
            return
        packed = [
            (False, v) if type(v) in NUMBERS else (True, self.pack(wrap(v))) for v in node.saved
        ]
        extras(node).packed = _Packed(packed, self.unpack, node.saved)
        node.saved = None


class _Packed:
    """The packed values of one node."""

    __slots__ = ("_forms", "_parts", "_unpack")

    def __init__(self, parts: list[Any], unpack: Callable[[Any], Tensor], saved: Any) -> None:
        self._parts, self._unpack = parts, unpack
        self._forms = [getattr(v, "shape", None) for v in saved]

    def unpacked(self, node: Node) -> tuple[Any, ...]:
        """The values themselves.

        Raises  GraphError for what is no tensor, or one of another shape.
        """
        return tuple(
            unpacked(self._unpack, part, shape, node.position) if packed else part
            for (packed, part), shape in zip(self._parts, self._forms, strict=True)
        )


def unpacked(unpack: Callable[[Any], Any], part: Any, shape: Any, kept: object) -> Any:
    """The raw value that an unpack hook gives back.

    Takes   shape: of the value that was packed; kept: where that was, for the error.
    Raises  GraphError for what is no tensor, or one of another shape.
    """
    value = unpack(part)
    if not isinstance(value, Tensor):
        raise GraphError(
            "Output of saved tensor unpack_hook expected to be a Tensor but got result of "
            f"type {type(value).__name__}"
        )
    if value._value.shape != shape:
        raise GraphError(
            compose(
                "unpack_hook gave a tensor of another shape.",
                [("given", tuple(value.shape)), ("kept", f"{shape}, {kept}")],
                where=user_position(),
            )
        )
    return value._value


# checkpoints --------------------------------------------------------------------------------------


class _Segment:
    """A saver that keeps nothing but where its part of the graph starts, and replays it."""

    __slots__ = ("_found", "_starts")

    def __init__(self) -> None:
        self._starts: dict[int, Any] = {}  # values of nodes outside, by their moment
        self._found: dict[int, Any] = {}  # computed again and not asked for yet, by moment

    def keep(self, node: Node, raws: tuple[Any, ...]) -> None:
        for operand, raw in zip(node.operands, raws, strict=True):
            if type(operand) is Node and not self._holds(operand):
                self._starts[operand.seq] = raw
            elif (
                isinstance(operand, Foreign)
                or type(getattr(operand, "value", None)) is SharedBuffer
            ):
                self._starts[operand.seq] = safe(operand.value)
        extras(node).packed = self
        if node.saved:
            node.saved = None

    def hold(self, node: Node, value: Any) -> None:
        """Start from a result that cannot be computed again: random numbers, other libraries."""
        self._starts[node.seq] = value

    def _holds(self, node: Any) -> bool:
        if type(node) is Node and node.rule.projection:
            node = node.operands[0]
        return type(node) is Node and node.extra is not None and node.extra.packed is self

    def unpacked(self, node: Node) -> Any:
        """What ``node`` kept: the segment is run again up to it where it must be."""
        if node.seq not in self._found:
            with silence():
                self._run(node)
        return self._found.pop(node.seq)

    def _run(self, last: Node) -> None:
        values: dict[Any, Any] = {}
        for node in self._members(last):
            given = [self._value(node, operand, values) for operand in node.operands]
            if node.rule.projection:
                values[node] = given[0][node.params["k"]]
                continue
            tensors = tuple(v if type(v) in NUMBERS else wrap(v) for v in given)
            call = sorting.sort(node.rule, tensors, node.params)
            values[node] = call.xp.run(node.rule, call.raws, node.params)
            if node.plan is not None and node.plan.slots:
                self._found[node.seq] = node.plan.save(call.raws, values[node])

    def _members(self, last: Node) -> list[Node]:
        found, stack = {last}, [last]
        while stack:
            for operand in stack.pop().operands:
                if self._holds(operand) and operand not in found:
                    found.add(operand)
                    stack.append(operand)
        return sorted(found, key=lambda node: node.seq)

    def _value(self, node: Node, operand: Any, values: dict[Any, Any]) -> Any:
        if type(operand) is Node and operand in values:
            return values[operand]
        if isinstance(operand, Foreign):
            return self._starts[operand.seq]
        if not isinstance(operand, (Leaf, Node)):
            return operand
        storage = operand.extra.storage if operand.extra is not None else None
        if storage is not None and storage.version > node.seq:
            raise GraphError(
                compose(
                    "a checkpoint cannot be computed again: what it starts from has been modified "
                    "by an inplace operation.",
                    [("used", node.position), ("write", storage.writer)],
                    mend="write after backward, or into a copy",
                )
            )
        known = self._starts.get(operand.seq)
        return operand.value if known is None else known  # type: ignore[union-attr]


def checkpoint(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """``function(*args)``, whose inner values are not kept but computed again in backward.

    Takes   function: of tensors; it runs once: backward replays its recorded operations;
            use_reentrant, preserve_rng_state, context_fn, determinism_check, debug: taken as
            PyTorch takes them, and without effect.
    Gives   what the function gives; gradients of every order and formulas are as without.
    Raises  GraphError in backward, where what it starts from was written since.

    >>> x = sg.tensor([0.0, 1.0], requires_grad=True)
    >>> sg.autograd.checkpoint(lambda x: x.sin().exp().sum(), x).backward(); x.grad
    tensor([1.0000, 1.2534])
    """
    refuse_uncallable("checkpoint", function, call="checkpoint(f, x)")
    for option in _OPTIONS:
        kwargs.pop(option, None)
    with _Block(_Segment()):
        return function(*args, **kwargs)


_OPTIONS = ("use_reentrant", "preserve_rng_state", "context_fn", "determinism_check", "debug",
            "early_stop")  # fmt: skip


def checkpoint_sequential(
    functions: Any,
    segments: int,
    input: Any,  # noqa: A002 - PyTorch's name
    use_reentrant: bool | None = None,
    preserve_rng_state: bool = True,
) -> Any:
    """A chain of functions in ``segments`` checkpoints, the last of which keeps its values.

    Takes   use_reentrant, preserve_rng_state: as ``checkpoint``.

    >>> x = sg.tensor([0.0, 1.0], requires_grad=True)
    >>> sg.autograd.checkpoint_sequential([sg.sin, sg.exp, sg.sum], 2, x).backward(); x.grad
    tensor([1.0000, 1.2534])
    """
    chain = list(functions)
    size = max(len(chain) // segments, 1)
    cut, x = size * (segments - 1), input
    for start in range(0, cut, size):
        x = checkpoint(_chained(chain[start : start + size]), x)
    return _chained(chain[cut:])(x)


def _chained(functions: list[Callable[[Any], Any]]) -> Callable[[Any], Any]:
    def run(x: Any) -> Any:
        for function in functions:
            x = function(x)
        return x

    return run
