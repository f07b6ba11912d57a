"""Each route run over a recording, within its share of the budget; ``crosscheck`` weighs them.

The verification floor imports this. A route gives one number a place (an input and an entry of
it) or a direction, and never raises for what it cannot do: it says why.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symgrad.errors import NoClosedForm
from symgrad.grammar.kind import Kind
from symgrad.tracing.node import Node
from symgrad.verification import symbols
from symgrad.verification.budget import SECONDS_PER_DIGIT_OPERATION, Budget
from symgrad.verification.differences import Differences, WideDifferences
from symgrad.verification.floats import WIDEST, values_of
from symgrad.verification.oracles import Arrays, tangent
from symgrad.verification.recording import Recording, work
from symgrad.verification.slopes import SHORT, Slope, Slopes, State

Place = tuple[int, int]  # which input, which entry of it (flat)

#: Shares of the budget; what one route leaves over the next ones do not take.
SHARES = {"50 digits": 0.45, "symbolic": 0.3, "finite differences": 0.15, "forward": 0.1}
DIRECTIONS = 4


@dataclass
class Found:
    """What one route gave."""

    name: str
    why: str = ""  # why it gave nothing
    entries: dict[Place, Any] = field(default_factory=dict)
    along: list[tuple[Arrays, Any]] = field(default_factory=list)
    sampled: bool = False
    proved: bool = False
    notes: list[str] = field(default_factory=list)
    again: Any = None  # what can give the numbers again


def places(recording: Recording) -> list[Place]:
    """Every entry of every input."""
    return [(k, e) for k, i in enumerate(recording.inputs) for e in range(i.size)]


def scale_at(recording: Recording, place: Place) -> float:
    """The size of an entry, by which steps from it are measured; 1 at 0."""
    size = abs(float(recording.inputs[place[0]].value.ravel()[place[1]]))
    return size if 0 < size < np.inf else 1.0


def unit(recording: Recording, place: Place, length: float) -> Arrays:
    """A step of one entry."""
    out = [np.zeros(i.value.shape) for i in recording.inputs]
    flat = out[place[0]].reshape(-1)
    flat[place[1]] = length
    out[place[0]] = flat.reshape(recording.inputs[place[0]].value.shape)
    return out


def drawn(recording: Recording, rng: np.random.Generator) -> Arrays:
    """A random signed direction, each entry scaled as its input is."""
    out = []
    for i in recording.inputs:
        size = np.abs(np.asarray(i.value, np.float64))
        size = np.where((size > 0) & np.isfinite(size), size, 1.0)
        out.append(size * rng.uniform(0.5, 1.5, size.shape) * rng.choice([-1.0, 1.0], size.shape))
    return out


def sample(
    recording: Recording, every: list[Place], budget: Budget, each: float, room: float
) -> tuple[list[Place], int]:
    """All entries where they fit, else a seeded sample and a number of random directions.

    Gives   the entries, every input among them in turn, and how many directions.
    """
    count = budget.affordable(len(every), each, room)
    if count >= len(every):
        return every, 0
    directions = min(max(count // 2, 1), DIRECTIONS)
    return _in_turn(recording, every, budget.seed)[: max(count - directions, 1)], directions


def _in_turn(recording: Recording, every: list[Place], seed: int) -> list[Place]:
    """Entries in a seeded order, one of each input after the other."""
    rng = np.random.default_rng(seed)
    by_input: list[list[Place]] = [[] for _ in recording.inputs]
    for place in every:
        by_input[place[0]].append(place)
    ranked = []
    for some in by_input:
        ranked += [(rank, some[n]) for rank, n in enumerate(rng.permutation(len(some)).tolist())]
    return [place for _, place in sorted(ranked)]


def opaque(recording: Recording) -> list[str]:
    """The rules without a formula in a recording."""
    return [n.rule.name for n in recording.nodes if n.rule.kind is Kind.OPAQUE]


class DigitsRoute:
    """Slopes of the formulas at 50 digits and more: the reference."""

    def __init__(self, recording: Recording, budget: Budget) -> None:
        self.recording, self.budget = recording, budget
        self.found = Found("50 digits")
        self.slopes: Slopes | None = None
        self.each = 0.0
        self.too_large = False

    @property
    def state(self) -> State | None:
        """The values at the inputs, once they are computed."""
        return self.slopes.state(SHORT[1]) if self.slopes is not None else None

    def start(self) -> bool:
        """Compute the values at the inputs, if the estimate fits."""
        hidden = opaque(self.recording)
        if hidden:
            self.found.why = f"{hidden[0]} has no formula"
            return False
        seconds = sum(map(work, self.recording.nodes)) * SECONDS_PER_DIGIT_OPERATION
        room = self.budget.share(SHARES["50 digits"])
        if 3 * seconds > room:
            self.too_large = True
            self.found.why = (
                f"one look takes about {3 * seconds:.0f} s, the budget gives {room:.1f} s"
            )
            return False
        begun = time.perf_counter()
        slopes = Slopes(self.recording)
        try:
            state = slopes.state(SHORT[1])
            frozen = self._other_branches(state)
            if frozen:
                slopes = Slopes(self.recording, frozen)
                slopes.state(SHORT[1])
        except NoClosedForm as why:
            self.found.why = str(why).splitlines()[0]
            return False
        self.each = 2.5 * (time.perf_counter() - begun)
        self.slopes = slopes
        return True

    def _other_branches(self, state: State) -> dict[Node, Any]:
        """Conditions that floats and many digits decide differently, with the floats' answer."""
        values: dict[Any, Any] | None = None
        frozen = {}
        for node in self.recording.nodes:
            form = node.form if not node.rule.outputs else ((), np.float64)
            dtype = form[1] if type(form) is tuple else form
            if np.dtype(dtype).kind != "b":
                continue
            values = values_of(self.recording) if values is None else values
            seen = np.asarray(values[node])
            exact = np.array([bool(v) for v in state.values[node].data.ravel()]).reshape(seen.shape)
            if np.any(exact != seen):
                frozen[node] = seen
                self.found.notes.append(
                    f"rounding decides {node.rule.name} at {node.position}: f's branch is kept"
                )
        return frozen

    def run(self) -> Found:
        """Slopes in every entry, or in a seeded sample and along random directions."""
        assert self.slopes is not None
        every = places(self.recording)
        room = self.budget.share(SHARES["50 digits"])
        chosen, directions = sample(self.recording, every, self.budget, self.each, room)
        rng = np.random.default_rng(self.budget.seed)
        for _ in range(directions):
            direction = drawn(self.recording, rng)
            self.found.along.append((direction, self.along(direction)))
        deadline = time.monotonic() + 2 * room
        for place in chosen:
            self.found.entries[place] = self.slope(place)
            if time.monotonic() > deadline:
                break
        self.found.sampled = len(self.found.entries) < len(every)
        return self.found

    def slope(self, place: Place) -> Slope:
        """The slope in one entry, for a step of its own size."""
        size = scale_at(self.recording, place)
        return self.along(unit(self.recording, place, size), only=place[0]).over(size)

    def along(self, direction: Arrays, only: int | None = None) -> Slope:
        """The slope along a direction."""
        assert self.slopes is not None
        leaves = self.recording.leaves
        chosen = range(len(leaves)) if only is None else (only,)
        return self.slopes.along({leaves[k]: direction[k] for k in chosen})


def symbolic_route(recording: Recording, budget: Budget, state: State | None) -> Found:
    """SymPy's derivative of each formula, chained; the rules over symbols proven equal to it."""
    found = Found("symbolic")
    hidden = opaque(recording)
    seconds = symbols.cost(recording)
    room = budget.share(SHARES["symbolic"])
    if hidden:
        found.why = f"{hidden[0]} has no formula"
    elif seconds > room:
        found.why = f"it takes about {seconds:.0f} s, the budget gives {room:.1f} s"
    elif state is None:
        found.why = "it needs the values that 50 digits could not give"
    if found.why:
        return found
    assert state is not None
    route = symbols.Symbolic(recording, state)
    try:
        grads = route.gradient()
    except NoClosedForm as why:
        found.why = str(why).splitlines()[0]
        return found
    found.again = route
    found.proved = route.proved
    found.notes = [f"not proven over symbols, only at these numbers: {n}" for n in route.unproved]
    return _with_entries(found, recording, grads, state)


def deeper(found: Found, recording: Recording, state: State) -> Found:
    """The symbolic numbers again with more digits: a derivative may cancel where f does not."""
    found.again.state = state
    return _with_entries(found, recording, found.again.gradient(), state)


def _with_entries(found: Found, recording: Recording, grads: Any, state: State) -> Found:
    for k, (leaf, i) in enumerate(zip(recording.leaves, recording.inputs, strict=True)):
        entries = symbols.as_array(grads.get(leaf), i.value.shape, state.algebra).data.ravel()
        found.entries.update({(k, e): v for e, v in enumerate(entries.tolist())})
    return found


def wide_route(recording: Recording, budget: Budget) -> tuple[Found, list[Any]]:
    """Differences of the formulas in the widest floats, and f's value in them."""
    found = Found("50 digits")
    if np.finfo(WIDEST).eps > 1e-17:
        found.why = "this machine has no floats wider than float64"
        return found, []
    try:
        route = WideDifferences(recording)
        return difference_route(recording, budget, places(recording), route), route.values
    except (TypeError, ValueError, NoClosedForm, AttributeError) as why:
        found.why = f"wide floats cannot run it: {str(why).splitlines()[0]}"
        return found, []


def difference_route(
    recording: Recording, budget: Budget, wanted: Iterable[Place], given: Differences | None = None
) -> Found:
    """Finite differences of f in the wanted entries (those with a derivative), or a sample."""
    found = Found("finite differences" if given is None else "50 digits")
    route = Differences(recording) if given is None else given
    chosen = list(wanted)
    if not route.repeatable:
        found.notes.append(
            "f gives another value when it is called again: the trace was run instead"
        )
    each = 2 * route.scales * max(route.seconds, 2e-5)
    room = budget.share(SHARES["finite differences"])
    taken, directions = sample(recording, chosen, budget, each, room)
    found.sampled = len(taken) < len(chosen)
    for place in taken:
        size = scale_at(recording, place)
        found.entries[place] = route.along(unit(recording, place, size)).over(size)
    rng = np.random.default_rng(budget.seed + 1)
    for _ in range(directions):
        direction = drawn(recording, rng)
        found.along.append((direction, route.along(direction)))
    if not chosen:
        found.why = "no entry has a derivative here"
    return found


def forward_digits_route(recording: Recording, budget: Budget, wanted: Iterable[Place]) -> Found:
    """Slopes of the forwards themselves at many digits, where floats cannot resolve them."""
    found = Found("finite differences")
    chosen = list(wanted)
    seconds = 3 * sum(map(work, recording.nodes)) * SECONDS_PER_DIGIT_OPERATION
    room = budget.share(SHARES["finite differences"])
    count = budget.affordable(len(chosen), seconds, room)
    hidden = opaque(recording)
    if not count or hidden:
        found.why = f"{hidden[0]} runs in floats alone" if hidden else "the budget is too small"
        return found
    found.sampled = count < len(chosen)
    slopes = Slopes(recording, forward=True)
    deadline = time.monotonic() + 3 * room + 1
    try:
        for place in _in_turn(recording, chosen, budget.seed)[:count]:
            size = scale_at(recording, place)
            step = unit(recording, place, size)[place[0]]
            slope = slopes.along({recording.leaves[place[0]]: step}).over(size)
            if slope.smooth:
                found.entries[place] = slope
            if time.monotonic() > deadline:
                found.sampled = True
                break
    except (NoClosedForm, TypeError, ValueError, AttributeError) as why:
        found.why = str(why).splitlines()[0]
    return found


def forward_route(recording: Recording, budget: Budget, wanted: Iterable[Place]) -> Found:
    """Forward mode along every unit direction, or a sample and random directions."""
    found = Found("forward")
    chosen = list(wanted)
    begun = time.perf_counter()
    rng = np.random.default_rng(budget.seed + 2)
    directions = [drawn(recording, rng)]
    try:
        with np.errstate(all="ignore"):
            found.along.append((directions[0], tangent(recording, directions[0])))
            each = time.perf_counter() - begun
            taken, _ = sample(recording, chosen, budget, each, budget.share(SHARES["forward"]))
            found.sampled = len(taken) < len(chosen)
            for place in taken:
                found.entries[place] = tangent(recording, unit(recording, place, 1.0))
    except Exception as error:  # a rule's own mistake may raise anything
        found.why = (
            f"it raises {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        )
    return found
