"""Writes torch_functions.json: what PyTorch makes of each program of ``torch_cases``; run by hand.

    python tests/golden/make_torch_functions.py     (with torch 2.13 at hand; the tests need none)

Each case holds its results (shape, dtype, entries), the gradients of a weighed sum of them, and
the gradients of a weighed sum of those.
"""

import json
import math
import sys
import warnings
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from torch_cases import CASES, INPUTS, MISUSE, ONCE  # noqa: E402


def tensors(T, names):
    """The inputs of a case: floats are float64 and require grad."""
    out = []
    for name in names:
        x = T.tensor(INPUTS[name])
        out.append(x.to(T.float64).requires_grad_() if x.is_floating_point() else x)
    return out


def listed(found):
    return list(found) if isinstance(found, (tuple, list)) else [found]


def weighed(T, parts):
    """A sum that tells every entry from the others."""
    total = 0
    for k, y in enumerate(parts):
        count = y.numel()
        w = T.tensor([math.cos(i + k) for i in range(count)], dtype=T.float64).reshape(
            tuple(y.shape)
        )
        total = total + (y * w).sum()
    return total


def entries(x):
    """Entries as JSON holds them: floats as text, which also says nan and inf."""
    flat = x.detach().clone().reshape(-1).tolist()
    return [repr(float(v)) if x.is_floating_point() else int(v) for v in flat]


def record(T, name):
    """What a case gives: its results, and their derivatives of first and second order."""
    program, names = CASES[name]
    inputs = tensors(T, names)
    results = listed(program(T, *inputs))
    out = {
        "results": [
            {
                "shape": list(y.shape),
                "dtype": str(y.dtype).rpartition(".")[2],
                "entries": entries(y),
            }
            for y in results
        ]
    }
    flowing = [y for y in results if y.requires_grad]
    leaves = [x for x in inputs if x.requires_grad]
    if flowing and leaves:
        first = T.autograd.grad(weighed(T, flowing), leaves, create_graph=True, allow_unused=True)
        out["first"] = [None if g is None else entries(g) for g in first]
        again = [g for g in first if g is not None and g.requires_grad]
        if again and name not in ONCE:
            second = T.autograd.grad(weighed(T, again), leaves, allow_unused=True)
            out["second"] = [None if g is None else entries(g) for g in second]
    return out


def refused(T, name):
    """The class of the error that a misuse raises."""
    try:
        MISUSE[name](T)
    except Exception as error:
        return error
    raise AssertionError(f"{name} raises nothing")


if __name__ == "__main__":
    import torch

    warnings.simplefilter("ignore")
    known = (IndexError, TypeError, ValueError, RuntimeError, NotImplementedError)
    errors = {n: type(refused(torch, n)) for n in MISUSE}
    said = {n: next(k for k in known if issubclass(c, k)).__name__ for n, c in errors.items()}
    (HERE / "torch_errors.json").write_text(json.dumps(said, indent=0) + "\n")
    rows = [f"{json.dumps(name)}: {json.dumps(record(torch, name))}" for name in CASES]
    (HERE / "torch_functions.json").write_text("{\n" + ",\n".join(rows) + "\n}\n")
    print(f"{len(rows)} cases")
