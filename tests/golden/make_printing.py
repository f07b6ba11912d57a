"""Writes printing.json: tensors and the text that PyTorch itself prints for them; run by hand.

    python tests/golden/make_printing.py        (with torch 2.13 at hand; the tests need no torch)

Each case holds what ``format_tensor`` is given and what it must answer: ``data`` as text (floats in
hexadecimal, so that every bit, nan and inf survive JSON) or ``range`` as [start, step], and the
``text`` that PyTorch wrote. Only the device cases are put together from PyTorch's own two
functions, for want of such a device. The result is the same for every run with the same torch.
"""

import json
import random
from pathlib import Path

HERE = Path(__file__).resolve().parent
NAN, INF = float("nan"), float("inf")
CASES = []


def words(t):
    """The elements as text, in order."""
    flat = t.detach().reshape(-1)
    if t.dtype.is_complex:
        return [f"{v.real.hex()} {v.imag.hex()}" for v in flat.tolist()]
    if t.dtype.is_floating_point:
        return [v.hex() for v in flat.tolist()]
    return [str(int(v)) for v in flat.tolist()]


def add(t, *, span=None, device="cpu", options=None, default_float="float32"):
    """Keep one case; ``span`` replaces the data of a long regular tensor."""
    torch.set_printoptions(profile="default")
    torch.set_printoptions(**(options or {}))
    torch.set_default_dtype(getattr(torch, default_float))
    text = repr(t) if device == "cpu" else elsewhere(t, device)
    torch.set_default_dtype(torch.float32)
    torch.set_printoptions(profile="default")
    name = str(t.dtype).removeprefix("torch.")
    case = {"dtype": name, "shape": list(t.shape)}
    case |= {"range": span} if span else {"data": words(t)}
    if options:
        case["options"] = options
    keywords = {
        "default_float": default_float,
        "device": device,
        "grad_fn": t.grad_fn and type(t.grad_fn).__name__,
        "requires_grad": t.requires_grad,
    }
    plain = {"default_float": "float32", "device": "cpu"}
    case["call"] = {k: v for k, v in keywords.items() if k not in plain or plain[k] != v}
    CASES.append(case | {"text": text})


def elsewhere(t, device):
    """The text of a tensor on a device that this machine lacks."""
    suffixes = [f"device='{device}'"]
    if t.dtype not in (torch.float32, torch.int64, torch.bool):
        suffixes.append(f"dtype={t.dtype}")
    if t.grad_fn:
        suffixes.append(f"grad_fn=<{type(t.grad_fn).__name__}>")
    elif t.requires_grad:
        suffixes.append("requires_grad=True")
    contents = torch._tensor_str._tensor_str(t, 7)
    return torch._tensor_str._add_suffixes("tensor(" + contents, suffixes, 7, force_newline=False)


def ramp(start, step, *shape, dtype=None):
    """Evenly spaced numbers, exact in the dtype, and the span that makes them again."""
    count = torch.Size(shape).numel()
    values = torch.arange(count, dtype=torch.float64) * step + start
    made = values.to(dtype or torch.float32).reshape(shape)
    if not torch.equal(made.double().reshape(-1), values):
        raise ValueError(f"ramp({start}, {step}, {shape}) is not exact in {dtype}")
    return made, [start, step]


def scalars():
    """Rank 0, at and around every boundary between the forms."""
    plain = [63.0, 0.1, 0.0, -0.0, NAN, INF, -INF, -2.5, 1e8, 1.5e8, 99999999.5, 100000008.0]
    for value in [*plain, 1e-4, 1.1e-4, 3e38, 1e-45, 123456.789]:
        add(torch.tensor(value))
    for value in [1e-4, 9.9e-5, 1e8, 1e8 + 0.5, 5e-324, 1.7e308, 0.3, NAN]:
        add(torch.tensor(value, dtype=torch.float64))
    for value in [0.1, 65504.0, 6e-8, INF]:
        add(torch.tensor(value, dtype=torch.float16))
    for value, dtype in [(5, torch.int64), (-7, torch.int32), (255, torch.uint8), (1, torch.bool)]:
        add(torch.tensor(value, dtype=dtype))
    add(torch.tensor(0.1, dtype=torch.bfloat16))
    add(torch.tensor(1.5 - 2j))


def vectors():
    """Rank 1: padding, forms, breaking of lines."""
    add(torch.tensor([0.0, 0.7615941559557649]))
    for row in (
        [1.0, NAN],
        [NAN, -INF],
        [0.0, -0.0],
        [1.0, 1000.0],
        [1.0, 1001.0],
        [0.5, 500.5],
        [0.5, 501.0],
        [1e-4, 0.1],
        [1.001e-4, 0.1],
        [-1.0, 2.5, NAN, INF, -INF, 0.0],
        [-1e9, 0.0, NAN, INF, -INF],
        [1e-10, 3.0],
        [-0.5, 0.25],
        [123.0, -INF, 0.0],
        [0.99999, 0.1],
        [2.5, 3.5],
    ):
        add(torch.tensor(row))
        add(torch.tensor(row, dtype=torch.float64))
    add(torch.tensor([5e-324, 1.7e308], dtype=torch.float64))
    add(torch.tensor([1.0, 65504.0, 6e-8], dtype=torch.float16))
    add(torch.tensor([1, -20, 300]))
    add(torch.tensor([True, False]))
    add(torch.tensor([-128, 127], dtype=torch.int8))
    add(torch.tensor([2**63 - 1, -(2**63)]))
    add(torch.tensor([1.0, 2.5, 0.1], dtype=torch.bfloat16))
    add(torch.tensor([1 + 2j, -3.25 - 0.5j, complex(NAN, -INF), complex(0.0, -0.0)]))
    add(torch.tensor([1 + 1000j, 1e-7 - 3j], dtype=torch.complex128))
    for count in (9, 10, 60):
        for start, step, dtype in (
            (0.0, 1.0, torch.float32),
            (-0.5, 0.25, torch.float64),
            (-3, 1, torch.int64),
        ):
            made, span = ramp(start, step, count, dtype=dtype)
            add(made, span=span)
    add(torch.arange(40) % 3 == 0)
    # Zeros and nan count as one column wide, so more of them stand on a line than fit.
    for shape in ((60,), (2, 40)):
        add(torch.zeros(shape, dtype=torch.float64))
        add(torch.full(shape, NAN))
    add(torch.arange(30) * (0.5 - 3j))
    add(torch.arange(30) * (1 - 20j))


def empties():
    """No elements."""
    for shape in ((0,), (0, 3), (2, 0), (1, 0, 2)):
        add(torch.empty(shape))
        add(torch.empty(shape, dtype=torch.int64))
    add(torch.empty(0, dtype=torch.float64), default_float="float64")
    add(torch.empty(0, dtype=torch.bool))
    add(torch.empty(0, dtype=torch.complex64))
    add(torch.empty((0, 4), dtype=torch.float64, requires_grad=True))
    add(torch.empty(0, requires_grad=True) * 2)


def ranks():
    """Rank 2 and above: blank lines, and dots in the middle of what is long."""
    for shape in ((2, 2), (1, 1), (3, 1), (2, 3, 2), (1, 2, 1, 3), (2, 2, 2, 2), (1, 1, 1, 1, 2)):
        for dtype, step in ((torch.float32, 1.0), (torch.float64, 0.125), (torch.int32, 7)):
            made, span = ramp(-2, step, *shape, dtype=dtype)
            add(made, span=span)
    for shape in ((2, 30), (2, 2, 17)):
        made, span = ramp(-2, 0.5, *shape)
        add(made, span=span)
    add(torch.tensor([[True, False], [False, False]]))
    for shape in (
        (1000,),
        (1001,),
        (50, 50),
        (5, 300),
        (300, 5),
        (6, 7, 40),
        (7, 2, 100),
        (8, 7, 6, 7),
        (1, 1, 1, 1001),
        (1100, 1),
    ):
        for dtype, step in ((torch.float64, 0.5), (torch.int64, 3)):
            made, span = ramp(-4, step, *shape, dtype=dtype)
            add(made, span=span)
    # Only what is shown may decide the form: the huge one here is hidden.
    hidden = torch.ones(12)
    hidden[6] = 1e12
    add(hidden, options={"threshold": 11})
    rows, span = ramp(0.0, 1.0, 1200)
    add(rows.requires_grad_(), span=span)


def suffixes():
    """grad_fn, requires_grad, dtype and device, on the last line or on their own."""
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    add(x)
    for made in (x + 1, x.sum(), x.mean(), x @ x, x.reshape(-1), x.exp(), x.log_softmax(0), x[0]):
        add(made)
    add(x.sum() + 44 + 9)
    for count in range(5, 15):
        leaf = torch.arange(count, dtype=torch.float64, requires_grad=True)
        add(leaf)
        add(leaf * 0.25)
        add(leaf.float() * 0.5)
    for count in range(10, 22):
        add((torch.arange(count) % 10).to(torch.int16))
    wide = torch.arange(60, dtype=torch.float64).reshape(4, 15)
    add(wide)
    add(wide.requires_grad_())
    add(torch.tensor([1.0, 2.0]), default_float="float64")
    add(torch.tensor([1.0, 2.5], dtype=torch.float64), default_float="float64")
    add(torch.tensor([1j], dtype=torch.complex128), default_float="float64")
    add(torch.tensor([1j], dtype=torch.complex64), default_float="float64")
    for device in ("cuda:0", "cuda:1"):
        add(torch.tensor(63.0), device=device)
        add(x * 2, device=device)
        add(torch.tensor([1.5, 2.5], dtype=torch.float64, requires_grad=True), device=device)
        for count in (8, 9, 10, 11):
            add(torch.arange(count, dtype=torch.float64) / 3, device=device)


def options():
    """Every option, alone and together."""
    x = torch.tensor([[1.12345678, -22.5, 0.0], [300.25, NAN, 7.0]])
    long, long_span = ramp(0.0, 1.0, 1001)
    cube, cube_span = ramp(0.0, 0.5, 3, 8, 5)
    for chosen in (
        {"precision": 2},
        {"precision": 0},
        {"precision": 10},
        {"sci_mode": True},
        {"sci_mode": True, "precision": 1},
        {"sci_mode": False},
        {"linewidth": 20},
        {"linewidth": 0},
        {"linewidth": 200},
        {"profile": "short"},
        {"profile": "short", "precision": 3},
        {"threshold": 0, "edgeitems": 1},
        {"threshold": 5, "edgeitems": 0},
        {"edgeitems": 0},
        {"threshold": 10, "edgeitems": 4, "linewidth": 60, "precision": 1},
    ):
        add(x, options=chosen)
        add(long, span=long_span, options=chosen)
        add(cube, span=cube_span, options=chosen)
        add(torch.tensor(1e-9), options=chosen)
    pair = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True) * 2
    for linewidth in range(18, 54, 3):
        add(pair, options={"linewidth": linewidth})
        add(pair, options={"linewidth": linewidth + 20}, device="cuda:0")
    add(torch.arange(1001), span=[0, 1], options={"profile": "full"})
    add(torch.tensor([1e10, 1e-10, 0.0, NAN]), options={"sci_mode": False})
    add(torch.tensor([0.0, NAN]), options={"sci_mode": True})
    add(torch.tensor([2.0, 4.0, INF]), options={"sci_mode": True})


def drawn(count=80, seed=20):
    """Random shapes, dtypes and magnitudes."""
    draw = random.Random(seed)
    floats = (torch.float16, torch.float32, torch.float64)
    kinds = (*floats, *floats, torch.int64, torch.int32, torch.bool, torch.complex64)
    for _ in range(count):
        dtype = draw.choice(kinds)
        shape = [draw.randint(1, 5) for _ in range(draw.randint(0, 4))]
        size = torch.Size(shape).numel()
        spread = draw.choice((0, 0, 1, 2, 5, 12))  # how many powers of ten on each side of one
        row = [element(draw, dtype, spread) for _ in range(size)]
        made = torch.tensor(row, dtype=dtype).reshape(shape)
        if (dtype.is_floating_point or dtype.is_complex) and draw.random() < 0.5:
            made.requires_grad_()
            made = made if draw.random() < 0.5 else draw.choice((torch.neg, torch.clone))(made)
        chosen = {"threshold": 20, "edgeitems": draw.randint(1, 2)} if draw.random() < 0.3 else None
        add(made, options=chosen)


def element(draw, dtype, spread):
    """One number for a tensor of this dtype."""
    if dtype is torch.bool:
        return draw.random() < 0.5
    if dtype.is_complex:
        return complex(*(element(draw, torch.float32, spread) for _ in range(2)))
    if not dtype.is_floating_point:
        return draw.randint(-(10 ** draw.randint(0, 9)), 10 ** draw.randint(0, 9))
    if draw.random() < 0.08:
        return draw.choice((0.0, -0.0, NAN, INF, -INF))
    reach = min(spread, 3) if dtype is torch.float16 else spread
    value = draw.uniform(-9, 9) * 10.0 ** draw.uniform(-reach, reach)
    return float(round(value)) if draw.random() < 0.4 else value


def main():
    for part in (scalars, vectors, empties, ranks, suffixes, options, drawn):
        part()
    lines = ",\n".join(json.dumps(case) for case in CASES)
    (HERE / "printing.json").write_text(f"[\n{lines}\n]\n")
    print(f"{len(CASES)} cases, torch {torch.__version__}")


if __name__ == "__main__":
    # Not at the top: pytest imports this file in search of doctests, where there is no torch.
    import torch

    main()
