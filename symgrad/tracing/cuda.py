"""``symgrad.cuda``: GPUs, streams, events and memory, under PyTorch's names; over CuPy's.

Without CuPy, a driver or a card the questions answer (False, 0), and what needs a card raises
DeviceError with the mend.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import Any

from symgrad.algebras.devices import card, cuda_count, cuda_library
from symgrad.errors import DeviceError, GraphError, compose, user_position
from symgrad.tracing.dtypes import device as device_type


def is_available() -> bool:
    """Whether tensors can be moved to a GPU here.

    >>> isinstance(sg.cuda.is_available(), bool)
    True
    """
    return cuda_count() > 0


def device_count() -> int:
    """How many GPUs can be used here: 0 without CuPy, a driver or a card.

    >>> sg.cuda.device_count() >= 0
    True
    """
    return cuda_count()


def current_device() -> int:
    """The number of the GPU that ``"cuda"`` stands for.

    Raises  DeviceError where there is none.

    >>> sg.cuda.current_device() if sg.cuda.is_available() else 0
    0
    """
    return card(None)


def set_device(device: Any) -> None:
    """Make a GPU the current one.

    >>> if sg.cuda.is_available():
    ...     sg.cuda.set_device(sg.cuda.current_device())
    """
    cuda_library().cuda.Device(_number(device)).use()


def get_device_name(device: Any = None) -> str:
    """What the driver calls a GPU.

    >>> name = sg.cuda.get_device_name() if sg.cuda.is_available() else "none"
    """
    properties = cuda_library().cuda.runtime.getDeviceProperties(_number(device))
    return str(properties["name"].decode())


def synchronize(device: Any = None) -> None:
    """Wait until a GPU (None: the current one) has done all that it was given.

    Raises  DeviceError where there is none.

    >>> if sg.cuda.is_available():
    ...     sg.cuda.synchronize()
    """
    cuda_library().cuda.Device(_number(device)).synchronize()


def _number(device: Any) -> int:
    """The number of a GPU that a person names; None is the current one."""
    if device is None:
        return card(None)
    found = device_type(device)
    if found.type != "cuda":
        raise DeviceError(
            compose(
                f"Expected a cuda device, but got: {found}",
                where=user_position(),
                mend="name a GPU: 'cuda', 'cuda:1', 1, or None for the current one",
            )
        )
    return card(found.index)


class _Entered(ABC):
    """What CuPy enters and leaves, as a block."""

    def __init__(self) -> None:
        self._stack: list[ExitStack] = []

    @abstractmethod
    def _parts(self) -> list[AbstractContextManager[Any]]:
        """What to enter, in order."""

    def __enter__(self) -> Any:
        with ExitStack() as stack:
            for part in self._parts():
                stack.enter_context(part)
            self._stack.append(stack.pop_all())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.pop().__exit__(kind, error, trace)


class device(_Entered):
    """A block in which a GPU is the current one; None changes nothing.

    >>> with sg.cuda.device(0 if sg.cuda.is_available() else None):
    ...     sg.zeros(2).sum()
    tensor(0.)
    """

    def __init__(self, device: Any) -> None:
        super().__init__()
        self._device = device

    def _parts(self) -> list[AbstractContextManager[Any]]:
        if self._device is None:
            return []
        return [cuda_library().cuda.Device(_number(self._device))]


class Stream(_Entered):
    """A queue of work of a GPU; ``with sg.cuda.stream(s):`` gives work to it.

    Takes   device: whose (None: the current GPU's); priority: lower numbers go first.
    Raises  DeviceError where there is no GPU.
    Limits  of one program, work on two streams is not ordered: ``wait_stream`` or events order it.

    >>> if sg.cuda.is_available():
    ...     side = sg.cuda.Stream()
    ...     with sg.cuda.stream(side):
    ...         y = sg.ones(3, device="cuda") * 2
    ...     sg.cuda.current_stream().wait_stream(side)
    """

    def __init__(self, device: Any = None, priority: int = 0) -> None:
        super().__init__()
        library = cuda_library().cuda
        self.device = device_type("cuda", _number(device))
        with library.Device(self.device.index):
            self.raw = library.Stream(non_blocking=True, priority=priority or None)

    @property
    def cuda_stream(self) -> int:
        """The address that CUDA knows it by."""
        return int(self.raw.ptr)

    def _parts(self) -> list[AbstractContextManager[Any]]:
        return [cuda_library().cuda.Device(self.device.index), self.raw]

    def query(self) -> bool:
        """Whether all its work is done."""
        return bool(self.raw.done)

    def synchronize(self) -> None:
        """Wait until all its work is done."""
        self.raw.synchronize()

    def record_event(self, event: Event | None = None) -> Event:
        """Record an event (a new one for None) after the work that it has now; the event."""
        event = Event() if event is None else event
        event.record(self)
        return event

    def wait_event(self, event: Event) -> None:
        """Let its further work begin after an event."""
        self.raw.wait_event(event.raw)

    def wait_stream(self, stream: Stream) -> None:
        """Let its further work begin after the work that another stream has now."""
        self.wait_event(stream.record_event())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stream) and self.cuda_stream == other.cuda_stream

    def __hash__(self) -> int:
        return hash(self.cuda_stream)

    def __repr__(self) -> str:
        return f"<symgrad.cuda.Stream device={self.device} cuda_stream={self.cuda_stream:#x}>"


class stream(_Entered):
    """A block whose work goes to a stream; None changes nothing.

    >>> with sg.cuda.stream(None):
    ...     sg.ones(3).sum()
    tensor(3.)
    """

    def __init__(self, stream: Stream | None) -> None:
        super().__init__()
        self.stream = stream

    def _parts(self) -> list[AbstractContextManager[Any]]:
        return [] if self.stream is None else self.stream._parts()


def current_stream(device: Any = None) -> Stream:
    """The stream that work goes to.

    >>> if sg.cuda.is_available():
    ...     sg.cuda.current_stream().synchronize()
    """
    number = _number(device)
    found: Stream = Stream.__new__(Stream)
    _Entered.__init__(found)
    found.device = device_type("cuda", number)
    found.raw = cuda_library().cuda.get_current_stream(number)
    return found


class Event:
    """A moment in a stream's work.

    Takes   enable_timing: whether it can measure time; blocking: let the CPU sleep while it waits;
            interprocess: let other processes see it.
    Raises  DeviceError where there is no GPU.

    >>> if sg.cuda.is_available():
    ...     start, end = (sg.cuda.Event(enable_timing=True) for _ in range(2))
    ...     start.record(); y = sg.ones(3, device="cuda") * 2; end.record()
    ...     end.synchronize(); elapsed = start.elapsed_time(end)
    """

    def __init__(
        self, enable_timing: bool = False, blocking: bool = False, interprocess: bool = False
    ) -> None:
        made = cuda_library().cuda.Event
        self.raw = made(block=blocking, disable_timing=not enable_timing, interprocess=interprocess)
        self._recorded = False

    def record(self, stream: Stream | None = None) -> None:
        """Record it after the work that a stream (None: the current one) has now."""
        self.raw.record(None if stream is None else stream.raw)
        self._recorded = True

    def wait(self, stream: Stream | None = None) -> None:
        """Let further work of a stream (None: the current one) begin after it."""
        (current_stream() if stream is None else stream).wait_event(self)

    def query(self) -> bool:
        """Whether it has been reached."""
        return bool(self.raw.done)

    def synchronize(self) -> None:
        """Wait until it has been reached."""
        self.raw.synchronize()

    def elapsed_time(self, end_event: Event) -> float:
        """Milliseconds from this event to another.

        Raises  GraphError (a RuntimeError) where one was not recorded, or cannot measure time.
        """
        if not (self._recorded and end_event._recorded):
            raise GraphError(
                compose(
                    "Both events must be recorded before calculating elapsed time.",
                    where=user_position(),
                    mend="start.record(), the work, end.record(), end.synchronize()",
                )
            )
        library = cuda_library().cuda
        try:
            return float(library.get_elapsed_time(self.raw, end_event.raw))
        except library.runtime.CUDARuntimeError as error:
            raise GraphError(
                "Both events must be created with argument 'enable_timing=True', and be completed "
                f"before calculating elapsed time: {error}"
            ) from error


# memory ------------------------------------------------------------------------------------------


def memory_allocated(device: Any = None) -> int:
    """Bytes of a GPU that arrays hold; 0 where there is no GPU.

    >>> sg.cuda.memory_allocated() >= 0
    True
    """
    return _bytes(device, "used_bytes")


def memory_reserved(device: Any = None) -> int:
    """Bytes of a GPU that CuPy's pool holds, for arrays now or later; 0 where there is no GPU.

    >>> sg.cuda.memory_reserved() >= sg.cuda.memory_allocated()
    True
    """
    return _bytes(device, "total_bytes")


def max_memory_allocated(device: Any = None) -> int:
    """The most bytes that arrays held since ``reset_peak_memory_stats``; 0 where there is no GPU.

    Limits  before the first reset, what the pool holds: at least that much was never needed.
            Counted is what the thread allocates that did the reset.

    >>> sg.cuda.max_memory_allocated() >= sg.cuda.memory_allocated()
    True
    """
    if not is_available():
        return 0
    number = _number(device)
    peak = _PEAKS.get(number)
    return memory_reserved(number) if peak is None else max(peak, memory_allocated(number))


def reset_peak_memory_stats(device: Any = None) -> None:
    """Begin to count the most bytes that arrays hold.

    >>> if sg.cuda.is_available():
    ...     sg.cuda.reset_peak_memory_stats()
    """
    number = _number(device)
    if not _PEAKS:
        _hook().__enter__()
    _PEAKS[number] = memory_allocated(number)


def empty_cache() -> None:
    """Give the memory that CuPy's pool holds for later back to the GPU.

    >>> sg.cuda.empty_cache()
    """
    if is_available():
        cuda_library().get_default_memory_pool().free_all_blocks()


def _bytes(device: Any, what: str) -> int:
    if not is_available():
        return 0
    library = cuda_library()
    with library.cuda.Device(_number(device)):
        return int(getattr(library.get_default_memory_pool(), what)())


_PEAKS: dict[int, int] = {}


def _hook() -> Any:
    """CuPy's hook that notes the most bytes in use; there is no such number in its pool."""
    library = cuda_library()
    pool = library.get_default_memory_pool()

    class Peak(library.cuda.MemoryHook):  # type: ignore[misc,name-defined,unused-ignore]
        """Notes, at each allocation, how much is in use."""

        name = "symgrad's peak"

        def malloc_postprocess(self, *, device_id: int, **kwargs: Any) -> None:
            if device_id in _PEAKS:
                _PEAKS[device_id] = max(_PEAKS[device_id], pool.used_bytes())

    return Peak()
