"""Depth, leaks, peak memory and import time; each figure in a process of its own."""

from __future__ import annotations

import importlib.util
import json
import statistics
import subprocess
import sys
from typing import Any

_DEPTH = """
import gc, json, resource, time
import symgrad as sg
def rss():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * resource.getpagesize()
N = 1_000_000
x = sg.tensor(1.0, requires_grad=True)
before = rss(); t0 = time.process_time()
y = x
for _ in range(N):
    y = y * 1.0
per = (rss() - before) / N; t1 = time.process_time()
y.backward(); t2 = time.process_time()
del y
t3 = time.process_time()
print(json.dumps([per, t1 - t0, t2 - t1, t3 - t2]))
"""

_LEAK = """
import gc, json, resource
import symgrad as sg
def rss():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * resource.getpagesize()
def run(n):
    for _ in range(n):
        x = sg.tensor(2.0, requires_grad=True)
        y = x * x + sg.sin(x)
        if y > 0:
            y = y * 2
        y.backward()
run(2000); gc.collect(); gc.disable()
before = rss(); run(100_000)
print(json.dumps(rss() - before))
"""

_PEAK = """
import json, resource, sys
import numpy as np
a = np.random.default_rng(0).uniform(-1, 1, 4_000_000)
if {library!r} == "torch":
    import torch as F
    F.set_num_threads(1)
    x = F.tensor(a, requires_grad=True)
else:
    import symgrad as F
    x = F.tensor(a, requires_grad=True)
from tests.benchmarks.workloads import chain
(F.sin(x[:10]).sum()).backward(); x.grad = None
with open("/proc/self/clear_refs", "w") as f:
    f.write("5")
def hwm():
    for line in open("/proc/self/status"):
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
before = hwm()
chain(F, x).backward()
print(json.dumps((hwm() - before) / a.nbytes))
"""

_IMPORT = "import time; t = time.perf_counter(); import {name}; print(time.perf_counter() - t)"


def _run(code: str) -> Any:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def _import_seconds(name: str) -> float:
    times = [float(_run(_IMPORT.format(name=name))) for _ in range(7)]
    return statistics.median(times)


def memory_figures() -> list[dict[str, Any]]:
    """Each figure with the bound that it is asked to keep."""
    per, forward, backward, free = _run(_DEPTH)
    peak = round(_run(_PEAK.format(library="symgrad")), 2)
    extra = _import_seconds("symgrad") - _import_seconds("numpy")
    rows = [
        ("bytes a node, chain of 10^6", round(per), 1300),
        ("seconds forward, chain of 10^6", round(forward, 2), "-"),
        ("seconds backward, chain of 10^6", round(backward, 2), "-"),
        ("seconds to free, chain of 10^6", round(free, 2), "-"),
        ("bytes grown in 10^5 iterations, collector off", _run(_LEAK), 5_000_000),
        ("seconds of `import symgrad` beyond NumPy's", round(extra, 3), 0.15),
        ("peak memory of chain, 4*10^6 float64, in inputs", peak, "torch's"),
    ]  # fmt: skip
    if importlib.util.find_spec("torch") is not None:
        torch_peak = round(_run(_PEAK.format(library="torch")), 2)
        rows.append(("peak memory of the same in torch, in inputs", torch_peak, "-"))
    return [{"figure": f, "value": v, "bound": b} for f, v, b in rows]
