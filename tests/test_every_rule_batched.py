"""Every rule of the registry under ``vmap``, against a loop; a new rule needs no edit here.

Each case of ``verification.examples`` is drawn three times and stacked. All operands are mapped,
then each one alone; forward, backward and forward mode run inside of the map, and a gradient
through it.
"""

import array_api_strict
import numpy as np
import pytest

import symgrad as sg
from symgrad.grammar.primitive import REGISTRY
from symgrad.tracing.tensor import to_host, wrap
from symgrad.verification.examples import cases_of, cotangent, draw

#: Rules that no call of theirs alone can try, and where they are tried instead.
NOT_ALONE = {"component": "its operand is the tuple of a rule with several outputs: see slogdet"}
RULES = [rule for word, rule in REGISTRY.items() if word not in NOT_ALONE]
DEVICE = array_api_strict.Device("device1")
SIZE = 3


class Many:
    """A case drawn several times, with some operands mapped and the others shared."""

    def __init__(self, rule, example, mapped, namespace):
        rng = np.random.default_rng(example.seed)
        draws = [draw(rule, example, rng) for _ in range(SIZE)]
        self.rule, self.example, self.strict = rule, example, namespace == "strict"
        self.mapped = mapped
        self.each = [
            [draws[k if i in mapped else 0][i] for i in range(len(example.shapes))]
            for k in range(SIZE)
        ]
        self.moving = [
            i
            for i, o in enumerate(draws[0])
            if rule.has_derivative(rule.operand_name(i))
            and o.dtype.kind == "f"
            and i != example.number
        ]
        self.params = {k: self.parameter(v, k) for k, v in example.parameters}
        self.rng = rng

    def raw(self, value):
        if self.strict:
            return array_api_strict.asarray(value, device=DEVICE)
        return value if value.ndim else value[()]

    def parameter(self, value, name=""):
        if name == "device":
            return array_api_strict.Device("device2") if self.strict else value
        if name == "source":
            return DEVICE if self.strict else value
        if name == "dtype":
            return getattr(array_api_strict, value) if self.strict else np.dtype(value)
        if isinstance(value, tuple):
            return tuple(self.parameter(v) for v in value)
        if isinstance(value, np.ndarray) and self.strict:
            return array_api_strict.asarray(value, device=DEVICE)
        return value

    def call(self, *operands):
        given = [
            self.each[0][i].item() if i == self.example.number else o
            for i, o in enumerate(operands)
        ]
        found = self.rule(*given, **self.params)
        return found if self.example.output is None else found[self.example.output]

    def one(self, k):
        return [wrap(self.raw(np.asarray(o))) for o in self.each[k]]

    def stacked(self):
        columns = zip(*self.each, strict=True)
        return [
            wrap(self.raw(np.stack(c) if i in self.mapped else np.asarray(c[0])))
            for i, c in enumerate(columns)
        ]

    @property
    def in_dims(self):
        return tuple(0 if i in self.mapped else None for i in range(len(self.example.shapes)))

    def tensor(self, value):
        return wrap(self.raw(np.asarray(value)))

    def of_moving(self, others):
        """The call as a function of the moving operands alone, beside these others."""

        def function(*moving):
            operands = list(others)
            for i, x in zip(self.moving, moving, strict=True):
                operands[i] = x
            return self.call(*operands)

        return function


def host(tensor):
    return np.asarray(to_host(tensor._value))


def check(found, wanted, what):
    for f, w in zip(found, wanted, strict=True):
        assert f.shape == w.shape, what
        assert f.dtype == w.dtype, what
        scale = np.max(np.abs(w[np.isfinite(w)]), initial=1.0) if w.dtype.kind == "f" else 1.0
        np.testing.assert_allclose(f, w, rtol=1e-12, atol=1e-12 * scale, err_msg=what)


def looped(many, function):
    """What ``function`` of one draw's operands gives, for each, side by side."""
    rows = [function(k, many.one(k)) for k in range(SIZE)]
    return [np.stack([host(t) for t in column]) for column in zip(*rows, strict=True)]


def run_value(many):
    found = sg.vmap(many.call, in_dims=many.in_dims)(*many.stacked())
    check([host(found)], looped(many, lambda k, operands: (many.call(*operands),)), "value")


def seeds(many):
    shape = tuple(many.call(*many.one(0)).shape)
    return np.stack([cotangent(shape, many.rng) for _ in range(SIZE)])


def pulled(many, operands, g):
    y, pull = sg.func.vjp(many.of_moving(operands), *(operands[i] for i in many.moving))
    return pull(g.to(y.device))


def run_reverse(many):
    g = seeds(many)
    inside = sg.vmap(
        lambda *given: pulled(many, given[:-1], given[-1]), in_dims=(*many.in_dims, 0)
    )(*many.stacked(), many.tensor(g))
    wanted = looped(many, lambda k, operands: pulled(many, operands, many.tensor(g[k])))
    check([host(t) for t in inside], wanted, "reverse inside")
    leaves = many.stacked()
    for i in many.moving:
        leaves[i].requires_grad_()
    y = sg.vmap(many.call, in_dims=many.in_dims)(*leaves)
    y.backward(many.tensor(g).to(y.device))
    wanted = [w if i in many.mapped else w.sum(0) for i, w in zip(many.moving, wanted, strict=True)]
    found = [
        np.zeros_like(w) if leaves[i].grad is None else host(leaves[i].grad)
        for i, w in zip(many.moving, wanted, strict=True)
    ]
    check(found, wanted, "reverse through")


def run_forward(many):
    steps = [
        np.stack([cotangent(o.shape, many.rng) for o in column])
        for i, column in enumerate(zip(*many.each, strict=True))
        if i in many.moving
    ]

    def pushed(operands, tangents):
        primals = [operands[i] for i in many.moving]
        return (sg.func.jvp(many.of_moving(operands), primals, tangents)[1],)

    count = len(many.example.shapes)
    (inside,) = sg.vmap(
        lambda *given: pushed(given[:count], given[count:]),
        in_dims=(*many.in_dims, *(0,) * len(steps)),
    )(*many.stacked(), *map(many.tensor, steps))
    wanted = looped(many, lambda k, operands: pushed(operands, [many.tensor(s[k]) for s in steps]))
    check([host(inside)], wanted, "forward inside")
    if all(i in many.mapped for i in many.moving):
        stacked = many.stacked()
        mapped = lambda *moving: sg.vmap(many.call, in_dims=many.in_dims)(
            *[moving[many.moving.index(i)] if i in many.moving else o
              for i, o in enumerate(stacked)]
        )  # fmt: skip
        primals = [stacked[i] for i in many.moving]
        _, through = sg.func.jvp(mapped, primals, [many.tensor(s) for s in steps])
        check([host(through)], wanted, "forward through")


RUNS = {"value": run_value, "reverse": run_reverse, "forward": run_forward}


def choices(rule, case):
    """All operands mapped, then each alone; a number cannot be."""
    every = [i for i in range(len(case.shapes)) if i != case.number]
    yield tuple(every)
    if len(every) > 1:
        yield from ((i,) for i in every)


def _variants():
    for rule in RULES:
        flows = [n for n in rule.operands if rule.has_derivative(n)]
        for case in cases_of(rule):
            if case.layout != "plain":
                continue
            for mapped in choices(rule, case):
                for what in RUNS if flows else ["value"]:
                    for namespace in ("numpy", "strict"):
                        named = "".join(map(str, mapped))
                        yield pytest.param(
                            rule, case.name, mapped, what, namespace,
                            id=f"{case.name}-mapped{named}-{namespace}-{what}",
                        )  # fmt: skip


@pytest.mark.parametrize(("rule", "name", "mapped", "what", "namespace"), list(_variants()))
def test_a_rule_under_vmap_is_what_a_loop_gives(rule, name, mapped, what, namespace):
    (example,) = (e for e in cases_of(rule) if e.name == name)
    RUNS[what](Many(rule, example, mapped, namespace))
