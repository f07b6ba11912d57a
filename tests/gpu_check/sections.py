"""The sections of ``gpu-check``; each gives its status, a line for people, and figures."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import symgrad as sg
from tests.gpu_check.programs import PROGRAMS, Program

Found = dict[str, Any]


class Asked(NamedTuple):
    """What the command line asked for."""

    stand_in: bool
    select: str  # pytest's -k; empty for all
    scale: float  # of the sizes of benchmarks
    rounds: int


# environment -------------------------------------------------------------------------------------


def environment(asked: Asked, left: float) -> Found:
    """What is there; FAIL without a card."""
    try:
        name, count = sg.cuda.get_device_name(), sg.cuda.device_count()
    except sg.DeviceError as error:
        return {"status": "FAIL", "line": str(error)}
    import cupy

    runtime = cupy.cuda.runtime
    device = cupy.cuda.Device()
    found = {
        "card": name,
        "cards": count,
        "compute capability": device.compute_capability,
        "memory GiB": round(device.mem_info[1] / 2**30, 1),
        "driver": runtime.driverGetVersion(),
        "runtime": runtime.runtimeGetVersion(),
        "cupy": cupy.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "symgrad": sg.__version__,
        "torch": _torch_version(),
    }
    if (asked.stand_in) != ("stand-in" in name):
        return {"status": "FAIL", "line": f"asked for stand-in={asked.stand_in}, found {name}"}
    return {"status": "pass", "line": f"{name}, CuPy {cupy.__version__}", **found}


def _torch_version() -> str:
    torch = _torch()
    return "" if torch is None else str(torch.__version__)


def _torch() -> Any:
    """PyTorch, where it is installed and sees the card."""
    try:
        import torch
    except ImportError:
        return None
    return torch if torch.cuda.is_available() else None


# tests -------------------------------------------------------------------------------------------


class Watch:
    """pytest's plugin that counts, and ends the run in time."""

    def __init__(self, seconds: float) -> None:
        self.until = time.monotonic() + seconds
        self.counts = {"passed": 0, "failed": 0, "skipped": 0}
        self.asked = 0
        self.failures: list[str] = []
        self.cut = False

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.asked = len(session.items)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or (report.when == "setup" and not report.passed):
            self.counts[report.outcome] += 1
            if report.failed:
                self.failures.append(report.nodeid)

    def pytest_runtest_protocol(self, item: pytest.Item) -> None:
        if time.monotonic() > self.until:
            self.cut = True
            item.session.shouldstop = "out of time"


def tests(asked: Asked, left: float) -> Found:
    """``pytest -m gpu`` in this process; a run without a passed test is a FAIL."""
    os.environ["SYMGRAD_REQUIRE_GPU"] = "1"
    watch = Watch(min(0.7 * left, left - 60) if left > 120 else left)
    words = [
        "-m",
        "gpu",
        "-q",
        "--no-header",
        "--tb=short",
        "--maxfail=50",
        "-p",
        "no:cacheprovider",
    ]
    if asked.select:
        words += ["-k", asked.select]
    pytest.main([*words, "tests"], plugins=[watch])
    counts = watch.counts
    run = sum(counts.values())
    good = counts["passed"] > 0 and not counts["failed"] and not watch.cut
    line = f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped"
    if watch.cut:
        line += f"; out of time after {run} of {watch.asked}"
    return {
        "status": "pass" if good else "FAIL",
        "line": line,
        **counts,
        "asked": watch.asked,
        "select": asked.select or "all",
        "failures": watch.failures[:50],
    }


# ceilings ----------------------------------------------------------------------------------------


def milliseconds(use: Callable[[], Any], rounds: int, calls: int = 1) -> float:
    """The median time of a call on the card, by events."""
    use()
    times = []
    for _ in range(rounds):
        start, end = (sg.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        for _ in range(calls):
            use()
        end.record()
        end.synchronize()
        times.append(start.elapsed_time(end) / calls)
    return statistics.median(times)


def ceilings(asked: Asked, left: float) -> Found:
    """What the card can do at most: bytes a second, launches, products."""
    import cupy

    n = max(1024, int(asked.scale * 2**28))
    a, b = cupy.ones(n, "float32"), cupy.zeros(n, "float32")

    def copy() -> None:
        b[...] = a

    copied = 8 * n / max(milliseconds(copy, asked.rounds), 1e-9) / 1e9
    small = cupy.ones(16, "float32")
    start = time.perf_counter()
    for _ in range(1000):
        cupy.add(small, 1.0)
    launch = (time.perf_counter() - start) * 1e3
    sg.cuda.synchronize()
    x = sg.ones(16, device="cuda")
    start = time.perf_counter()
    for _ in range(1000):
        x + 1.0
    door = (time.perf_counter() - start) * 1e3
    sg.cuda.synchronize()
    m = max(16, int(asked.scale * 4096))
    p = cupy.asarray(np.random.default_rng(0).standard_normal((m, m)).astype("float32"))
    product = 2 * m**3 / max(milliseconds(lambda: p @ p, asked.rounds), 1e-9) / 1e9
    return {
        "status": "pass",
        "line": f"copy {copied:.3f} TB/s, launch {launch:.1f} us (symgrad {door:.1f} us), "
        f"product {product:.1f} TFLOP/s",
        "copy_TB_per_s": copied,
        "ufunc_launch_us": launch,
        "symgrad_launch_us": door,
        "matmul_TFLOP_per_s": product,
    }


# correctness -------------------------------------------------------------------------------------


def tensors(arrays: list[Any], moving: int, dtype: str, device: str) -> list[Any]:
    """Arrays as tensors: floats in ``dtype``, the first ``moving`` of them with gradients."""
    cast = [a.astype(dtype) if a.dtype.kind == "f" else a for a in arrays]
    return [sg.tensor(a, device=device, requires_grad=i < moving) for i, a in enumerate(cast)]


def poison(nbytes: int) -> None:
    """Leave NaN in the memory that the pool hands out next: what is not written is seen."""
    import cupy

    block = cupy.full(nbytes // 8, np.nan)
    del block


def off_by(program: Program, dtype: str, rng: np.random.Generator) -> tuple[float, float]:
    """The largest error of value and gradients, in units of their largest entry; and the bound."""
    arrays = program.make(rng, program.small)
    here = tensors(arrays, program.moving, "float64", "cpu")
    want = program.function(sg, *here)
    want.backward()
    poison(1 << 24)
    there = tensors(arrays, program.moving, dtype, "cuda")
    found = program.function(sg, *there)
    found.backward()
    pairs = [(found.detach(), want.detach())]
    pairs += [(t.grad, h.grad) for t, h in zip(there, here, strict=True) if h.grad is not None]
    worst = 0.0
    for got, exact in pairs:
        a, b = got.cpu().numpy().astype("float64"), exact.numpy()
        off = float(np.max(np.abs(a - b)) / max(np.max(np.abs(b)), 1e-30))
        worst = max(worst, off if np.isfinite(off) else np.inf)  # max() passes NaN by
    size = max(a.size for a in arrays)
    return worst, 8 * float(np.finfo(dtype).eps) * size**0.5


def correctness(asked: Asked, left: float) -> Found:
    """Programs in float32 and float64 on the card, against float64 on the CPU."""
    rng, rows = np.random.default_rng(7), []
    for program in PROGRAMS:
        for dtype in ("float32", "float64"):
            worst, bound = off_by(program, dtype, rng)
            row = {"program": program.name, "dtype": dtype, "error": worst, "bound": bound}
            rows.append({**row, "ok": worst <= bound})
    bad = [r for r in rows if not r["ok"]]
    line = f"{len(rows) - len(bad)} of {len(rows)} agree with float64 on the CPU"
    line += "".join(f"; {r['program']} {r['dtype']} is off by {r['error']:.2e}" for r in bad)
    return {"status": "FAIL" if bad else "pass", "line": line, "rows": rows}


# benchmarks --------------------------------------------------------------------------------------


def _ours(program: Program, arrays: list[Any]) -> Callable[[], Any]:
    leaves = tensors(arrays, program.moving, "float32", "cuda")

    def run() -> None:
        for leaf in leaves:
            leaf.grad = None
        program.function(sg, *leaves).backward()

    return run


def _theirs(program: Program, arrays: list[Any], torch: Any) -> Callable[[], Any]:
    cast = [torch.as_tensor(a.astype("float32") if a.dtype.kind == "f" else a) for a in arrays]
    leaves = [t.cuda().requires_grad_(i < program.moving) for i, t in enumerate(cast)]

    def run() -> None:
        for leaf in leaves:
            leaf.grad = None
        program.function(torch, *leaves).backward()

    return run


def benchmarks(asked: Asked, left: float) -> Found:
    """Value and gradient in float32, on CuPy and, where it is installed, PyTorch eager."""
    torch, rng, rows = _torch(), np.random.default_rng(8), []
    until = time.monotonic() + left
    left_out = []
    for program in PROGRAMS:
        if until - time.monotonic() < 10:
            left_out.append(program.name)
            continue
        arrays = program.make(rng, max(program.small, int(asked.scale * program.size)))
        run = _ours(program, arrays)
        ours = milliseconds(run, asked.rounds)
        row = {"program": program.name, "entries": arrays[0].size, "symgrad_ms": ours}
        if torch is not None:
            side = torch.cuda.Stream()
            with torch.cuda.stream(side):
                row["torch_ms"] = milliseconds_of_torch(
                    torch, _theirs(program, arrays, torch), asked.rounds
                )
            row["ratio"] = ours / row["torch_ms"]
            torch.cuda.empty_cache()
        rows.append(row)
        del run
        sg.cuda.empty_cache()
    shown = [f"{r['program']} {r['symgrad_ms']:.3f} ms" + _ratio(r) for r in rows]
    shown += [f"{name} left out: no time" for name in left_out]
    peer = "PyTorch eager beside" if torch is not None else "PyTorch is not installed"
    return {"status": "pass", "line": f"{peer}; " + "; ".join(shown), "rows": rows}


def _ratio(row: dict[str, Any]) -> str:
    return f" ({row['ratio']:.2f} of PyTorch's)" if "ratio" in row else ""


def milliseconds_of_torch(torch: Any, use: Callable[[], Any], rounds: int) -> float:
    """The same as ``milliseconds``, by PyTorch's own events."""
    use()
    times = []
    for _ in range(rounds):
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        use()
        end.record()
        end.synchronize()
        times.append(start.elapsed_time(end))
    return statistics.median(times)
