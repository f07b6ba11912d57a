"""How closed forms grow: with the layers of a net, the order of a derivative, a chain's factors."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import symgrad as sg
from symgrad.algebras.tensors.ir import reachable
from symgrad.errors import SymgradError
from tests.benchmarks.symbolic import BOUNDS

LAYERS = (10, 20, 50, 100)


def _own_weights(x: Any, **weights: Any) -> Any:
    for W in weights.values():
        x = sg.tanh(W @ x)
    return x.sum()


def _shared_weights(layers: int) -> Callable[..., Any]:
    def net(x: Any, W: Any) -> Any:
        for _ in range(layers):
            x = sg.tanh(W @ x)
        return x.sum()

    return net


def _nets(layers: int) -> dict[str, Callable[[], Any]]:
    """The gradients whose growth is measured, by name."""
    own = {"x": "n", **{f"W{k}": "n n" for k in range(layers)}}
    one = {"x": "n", "W": "n n"}
    shared = _shared_weights(layers)
    return {
        "tanh net, own weights, in x": lambda: _form(_own_weights, own, "x"),
        "tanh net, own weights, in the first": lambda: _form(_own_weights, own, "W0"),
        "tanh net, one weight, in x": lambda: _form(shared, one, "x"),
        "tanh net, one weight, in it": lambda: _form(shared, one, "W"),
    }


def _form(function: Callable[..., Any], sizes: dict[str, str], wrt: Any) -> Any:
    return sg.closed_form(function, shapes=sizes, wrt=wrt, check=False)


def _seen(make: Callable[[], Any], rounds: int = 3) -> dict[str, Any]:
    """Nodes, text and warm milliseconds, trace and text included; or why it has none."""
    try:
        return _measured(make, rounds)
    except SymgradError as error:
        return {"refused": str(error).splitlines()[0]}


def _measured(make: Callable[[], Any], rounds: int) -> dict[str, Any]:
    form, times = make(), []
    for _ in range(rounds):
        start = time.process_time()
        make().text()
        times.append(time.process_time() - start)
    return {
        "nodes": len(reachable([form.expression.node])),
        "text": len(form.text()),
        "ms": round(1e3 * statistics.median(times), 2),
    }


def _figure(name: str, value: float | None, bound: float, **more: Any) -> dict[str, Any]:
    """A value and its bound; None where there is no form, and then it does not hold."""
    holds = value is not None and value <= bound
    return {"figure": name, "value": value, "bound": bound, "holds": holds, **more}


def nets(layers: tuple[int, ...] = LAYERS) -> list[dict[str, Any]]:
    """Text, nodes and time a layer of the deepest net, over those of the shallowest.

    A layer is what one more layer adds, so that what every net has is not counted.
    """
    found: list[dict[str, Any]] = []
    first, second, *_, before, last = layers
    for name in _nets(1):
        seen = {n: _seen(_nets(n)[name]) for n in layers}
        for what, bound in (("text", 1.1), ("nodes", 1.0), ("ms", 1.5)):
            title = f"{name}: {what} a layer, {before} to {last} over {first} to {second}"
            try:
                start = (seen[second][what] - seen[first][what]) / (second - first)
                end = (seen[last][what] - seen[before][what]) / (last - before)
                value = round(end / start, 3)
            except KeyError:
                value = None
            found.append(_figure(title, value, bound, layers=seen))

    return found


def derivatives(most: int = 8) -> list[dict[str, Any]]:
    """The 1st to 8th derivative of tanh(sin(x) y) in x."""
    seen = {
        order: _seen(lambda order=order: _form(  # type: ignore[misc]
            lambda x, y: sg.tanh(sg.sin(x) * y), {"x": "", "y": ""}, ("x",) * order
        ), 1)
        for order in range(1, most + 1)
    }  # fmt: skip
    title = f"tanh(sin(x) y): nodes of derivative {most}"
    return [
        _figure(title, seen[most].get("nodes"), 400, orders=seen),
        _figure(f"tanh(sin(x) y): ms of derivative {most}", seen[most].get("ms"),
                1e3 * BOUNDS["seconds"]),
    ]  # fmt: skip


def chains(factors: int = 64) -> list[dict[str, Any]]:
    """A chain of matrices, in where it starts: nodes, characters and milliseconds a factor."""

    def product(x: Any, **matrices: Any) -> Any:
        for A in matrices.values():
            x = A @ x
        return x.sum()

    sizes = {"x": "n", **{f"A{k}": "n n" for k in range(factors)}}
    seen = _seen(lambda: _form(product, sizes, "x"))
    return [
        _figure(f"chain of {factors} matrices: {what} a factor", _share(seen, what, factors), b)
        for what, b in (("nodes", BOUNDS["graph"]), ("text", BOUNDS["characters"]),
                        ("ms", BOUNDS["ms_a_node"]))
    ]  # fmt: skip


def _share(seen: dict[str, Any], what: str, count: int) -> float | None:
    return round(seen[what] / count, 2) if what in seen else None


def figures() -> list[dict[str, Any]]:
    """All of them, each with the bound that it is asked to keep."""
    return [*nets(), *derivatives(), *chains()]


def line(figure: dict[str, Any]) -> str:
    """One figure, its bound, and yes or NO."""
    held = "yes" if figure["holds"] else "NO"
    value = "refused" if figure["value"] is None else f"{figure['value']:.3f}"
    return f"{figure['figure']:76s} {value:>9s} (<= {figure['bound']:g}: {held})"
