"""The machine that the stand-in has: two cards, streams, events, memory, and counters."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

CARDS = 2
UNIT = 512  # bytes: the pool hands out multiples of it
BYTES_OF_A_CARD = 16 << 30


@dataclass
class Counts:
    """What a program asked of the machine."""

    launches: int = 0
    bytes: int = 0  # read and written by kernels
    to_device: int = 0
    to_host: int = 0
    synchronisations: int = 0

    def since(self, before: Counts) -> Counts:
        """What was counted after ``before``."""
        names = [field.name for field in fields(self)]
        return Counts(*(getattr(self, n) - getattr(before, n) for n in names))


TOTAL = Counts()
#: The arrays that kernels have made of late, where somebody asked for a log of the launches.
LOG: list[str] = []
_LOGGING = [False]


@contextmanager
def counted(*, log: bool = False) -> Iterator[Counts]:
    """A block whose launches, bytes, transfers and synchronisations are counted.

    Gives   the counts, complete at the end of the block; with ``log`` the names go to ``LOG``.
    """
    before, found = Counts(**vars(TOTAL)), Counts()
    LOG.clear()
    _LOGGING[0] = log
    try:
        yield found
    finally:
        _LOGGING[0] = False
        vars(found).update(vars(TOTAL.since(before)))


def launch(name: str, moved: int, times: int = 1) -> None:
    """Count a kernel, or several."""
    TOTAL.launches += times
    TOTAL.bytes += moved
    note(name)


def synchronise(name: str) -> None:
    """Count a wait for the card."""
    TOTAL.synchronisations += 1
    note(f"sync: {name}")


def upload(name: str) -> None:
    """Count a copy from the host."""
    TOTAL.to_device += 1
    note(f"to device: {name}")


def download(name: str) -> None:
    """Count a copy to the host, which waits for the card."""
    TOTAL.to_host += 1
    synchronise(f"to host: {name}")


def note(what: str) -> None:
    if _LOGGING[0]:
        LOG.append(what)


# cards -------------------------------------------------------------------------------------------

_CURRENT = [0]


class Device:
    """``cupy.cuda.Device``: a number, and a block in which it is the current one."""

    __module__ = "cupy.cuda.device"

    def __init__(self, device: Any = None) -> None:
        self.id = _CURRENT[0] if device is None else int(device)
        self._before: list[int] = []

    def use(self) -> None:
        check_card(self.id)
        _CURRENT[0] = self.id

    def __enter__(self) -> Device:
        self._before.append(_CURRENT[0])
        self.use()
        return self

    def __exit__(self, *args: object) -> None:
        _CURRENT[0] = self._before.pop()

    def synchronize(self) -> None:
        synchronise("Device.synchronize")

    @property
    def mem_info(self) -> tuple[int, int]:
        return BYTES_OF_A_CARD - pool().total_bytes(), BYTES_OF_A_CARD

    @property
    def compute_capability(self) -> str:
        return "00"

    def __int__(self) -> int:
        return self.id

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Device) and self.id == other.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        return f"<CUDA Device {self.id}>"


class CUDARuntimeError(RuntimeError):
    """What the runtime raises."""


def check_card(number: int) -> None:
    if not 0 <= number < CARDS:
        raise CUDARuntimeError("cudaErrorInvalidDevice: invalid device ordinal")


def current() -> int:
    """The number of the current card."""
    return _CURRENT[0]


def same_card(arrays: list[Any]) -> None:
    """Refuse a kernel over arrays of another card, as CuPy does without peer access."""
    for array in arrays:
        if array.data.device_id != _CURRENT[0]:
            raise ValueError(
                f"The device where the array resides ({array.data.device_id}) is different from "
                f"the current device ({_CURRENT[0]}). Peer access is unavailable between these "
                "devices."
            )


# memory ------------------------------------------------------------------------------------------

_ADDRESSES = itertools.count(1 << 30, 1 << 20)


class MemoryPool:
    """``cupy.cuda.MemoryPool``: bytes in use, and bytes held."""

    __module__ = "cupy.cuda.memory"

    def __init__(self) -> None:
        self.used, self.held = [0] * CARDS, [0] * CARDS

    def used_bytes(self) -> int:
        return self.used[_CURRENT[0]]

    def total_bytes(self) -> int:
        return self.held[_CURRENT[0]]

    def free_bytes(self) -> int:
        return self.total_bytes() - self.used_bytes()

    def free_all_blocks(self, stream: Any = None) -> None:
        self.held[_CURRENT[0]] = self.used[_CURRENT[0]]


_POOL = MemoryPool()


def pool() -> MemoryPool:
    """The one pool."""
    return _POOL


class MemoryHook:
    """``cupy.cuda.MemoryHook``: a block in which the pool tells of what it hands out."""

    __module__ = "cupy.cuda.memory_hook"
    name = "MemoryHook"

    def __enter__(self) -> Any:
        if self.name in HOOKS:
            raise KeyError(f"memory hook {self.name} already exists")
        HOOKS[self.name] = self
        return self

    def __exit__(self, *_: object) -> None:
        del HOOKS[self.name]

    def malloc_postprocess(self, **kwargs: Any) -> None: ...

    def free_postprocess(self, **kwargs: Any) -> None: ...


HOOKS: dict[str, Any] = {}


class MemoryPointer:
    """``cupy.cuda.MemoryPointer``: an address on a card; shared by an array and its views."""

    __module__ = "cupy.cuda.memory"

    def __init__(self, nbytes: int) -> None:
        self.device_id, self.ptr = _CURRENT[0], next(_ADDRESSES)
        self.nbytes = -(-nbytes // UNIT) * UNIT
        _POOL.used[self.device_id] += self.nbytes
        _POOL.held[self.device_id] = max(_POOL.held[self.device_id], _POOL.used[self.device_id])
        for hook in HOOKS.values():
            hook.malloc_postprocess(
                device_id=self.device_id, size=nbytes, mem_size=self.nbytes,
                mem_ptr=self.ptr, pmem_id=id(self),
            )  # fmt: skip

    @property
    def device(self) -> Device:
        return Device(self.device_id)

    def __del__(self) -> None:
        _POOL.used[self.device_id] -= self.nbytes
        for hook in HOOKS.values():
            hook.free_postprocess(
                device_id=self.device_id, mem_size=self.nbytes, mem_ptr=self.ptr, pmem_id=id(self)
            )


# time --------------------------------------------------------------------------------------------


class Event:
    """``cupy.cuda.Event``: a moment on a stream."""

    __module__ = "cupy.cuda.stream"

    def __init__(
        self, block: bool = False, disable_timing: bool = False, interprocess: bool = False
    ) -> None:
        self.timing, self.moment = not disable_timing, 0.0

    def record(self, stream: Any = None) -> None:
        self.moment = time.perf_counter()

    def synchronize(self) -> None:
        synchronise("Event.synchronize")

    @property
    def done(self) -> bool:
        return True


class Stream:
    """``cupy.cuda.Stream``: a queue of kernels."""

    __module__ = "cupy.cuda.stream"

    def __init__(
        self,
        null: bool = False,
        non_blocking: bool = False,
        ptds: bool = False,
        priority: Any = None,
    ) -> None:
        self.ptr, self.priority, self.device_id = 0 if null else id(self), priority, _CURRENT[0]
        self._before: list[Stream] = []

    def use(self) -> Stream:
        _STREAM[0] = self
        return self

    def __enter__(self) -> Stream:
        self._before.append(_STREAM[0])
        return self.use()

    def __exit__(self, *args: object) -> None:
        _STREAM[0] = self._before.pop()

    def synchronize(self) -> None:
        synchronise("Stream.synchronize")

    @property
    def done(self) -> bool:
        return True

    def record(self, event: Event | None = None) -> Event:
        event = Event() if event is None else event
        event.record(self)
        return event

    def wait_event(self, event: Event) -> None: ...

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stream) and self.ptr == other.ptr

    def __hash__(self) -> int:
        return hash(self.ptr)


_STREAM = [Stream(null=True)]


def get_current_stream(device_id: int = -1) -> Stream:
    return _STREAM[0]


def get_elapsed_time(start_event: Event, end_event: Event) -> float:
    if not (start_event.timing and end_event.timing):
        raise CUDARuntimeError("cudaErrorInvalidResourceHandle: invalid resource handle")
    return (end_event.moment - start_event.moment) * 1e3
