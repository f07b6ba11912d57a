"""Every rule of the registry, against 50 digits and against symbols; a new rule needs no edit here.

Each case of ``verification.examples`` is run on NumPy, on array_api_strict's ``device1`` and on the
stand-in for CuPy, in float32 and float64, reverse and forward, to second order; on the real CuPy
where there is a card (``-m gpu``). The reference reads the rule's formula
in ``Precise`` and takes difference quotients there, once a case, shared by all its variants.
"""

import contextlib
import functools
import importlib
import itertools
import math

import array_api_strict
import numpy as np
import pytest

import symgrad as sg
from symgrad.algebras.precise import Precise
from symgrad.grammar.domain import Domain
from symgrad.grammar.kind import Kind
from symgrad.grammar.primitive import REGISTRY
from symgrad.tracing.autograd import new_leaf
from symgrad.tracing.tensor import to_host, wrap
from symgrad.tracing.traced import raw
from symgrad.verification.examples import cases_of, cotangent, draw, strided
from tests.standin import installed

#: Rules that no call of theirs alone can try, and where they are tried instead.
NOT_ALONE = {"component": "its operand is the tuple of a rule with several outputs: see slogdet"}
#: Rules whose derivative is not that of their formula, and why.
BY_REQUEST = {"detach": "its derivative is 0 because the user asks for that: see test_autograd"}
K_ULP = 64  # of the natural scale: the sum of the magnitudes that make up an entry
STEP = 40  # digits: a quotient over 1e-40 carries its own error in the 40th digit
PRECISE = Precise(digits=130)
DEVICE = array_api_strict.Device("device1")
RULES = [rule for word, rule in REGISTRY.items() if word not in NOT_ALONE]


# the reference ------------------------------------------------------------------------------------


class Reference:
    """Value, Jacobian and second derivatives of one case, over all moving entries in a row."""

    def __init__(self, rule, example):
        rng = np.random.default_rng(example.seed)
        self.rule, self.example = rule, example
        self.operands = draw(rule, example, rng)
        self.moving = [
            i
            for i, o in enumerate(self.operands)
            if rule.has_derivative(rule.operand_name(i))
            and o.dtype.kind == "f"
            and i != example.number
        ]
        self.exact = [PRECISE.lift(o).data for o in self.operands]
        value = self.evaluate(self.exact)
        self.shape = value.shape
        self.value = _floats(value)
        self.x = np.concatenate([self.operands[i].ravel() for i in self.moving] or [np.zeros(0)])
        self.g = cotangent(self.shape, rng)
        self.v = cotangent(self.x.shape, rng)
        self.t = cotangent(self.x.shape, rng)

    def evaluate(self, operands):
        lifted = tuple(PRECISE.lift(o) for o in operands)
        found = PRECISE.apply(self.rule, lifted, self.example.params)
        return (found if self.example.output is None else found[self.example.output]).data

    def moved(self, *steps):
        """The value after steps, each the mask of an operand's entries that move."""
        h = PRECISE.context.mpf(10) ** -STEP
        operands = list(self.exact)
        for i, mask in steps:
            operands[i] = operands[i] + mask * h
        return self.evaluate(operands).ravel()

    @functools.cached_property
    def directions(self):
        """Moves that tell all partials apart: a whole operand if entries do not mix, else each."""
        if self.rule.kind is Kind.ELEMENTWISE:
            return [(i, np.ones(self.operands[i].shape, dtype=object)) for i in self.moving]
        return [
            (i, np.array(np.arange(o.size) == k, dtype=int).reshape(o.shape).astype(object))
            for i in self.moving
            for o in [self.operands[i]]
            for k in range(o.size)
        ]

    @functools.cached_property
    def places(self):
        """For each direction and output entry, the moving entry that the output depends on."""
        starts = np.cumsum([0, *(self.operands[i].size for i in self.moving)])
        if self.rule.kind is Kind.ELEMENTWISE:
            index = [
                np.arange(self.operands[i].size).reshape(self.operands[i].shape) + start
                for i, start in zip(self.moving, starts[:-1], strict=True)
            ]
            return [np.broadcast_to(k, self.shape).ravel() for k in index]
        return [np.full(math.prod(self.shape), k) for k in range(starts[-1])]

    @functools.cached_property
    def first(self):
        here, h = self.evaluate(self.exact).ravel(), PRECISE.context.mpf(10) ** -STEP
        self.steps = [self.moved(d) for d in self.directions]
        out = np.zeros((here.size, self.x.size))
        rows = np.arange(here.size)
        for there, places in zip(self.steps, self.places, strict=True):
            out[rows, places] = _floats((there - here) / h)
        return out

    @functools.cached_property
    def bent(self):
        """Second derivatives along v, a row an output entry, and the magnitudes they are made of.

        Entries that mix are moved along all of v at once: as many values as entries, not pairs.
        """
        here, h = self.evaluate(self.exact).ravel(), PRECISE.context.mpf(10) ** -STEP
        assert self.first is not None  # its steps are taken again here
        out = np.zeros((here.size, self.x.size))
        sizes = np.zeros_like(out)
        rows = np.arange(here.size)
        if self.rule.kind is Kind.ELEMENTWISE:
            along = [(d, s, self.v[p]) for d, s, p in self._moves()]
        else:
            d = [(i, PRECISE.lift(part).data) for i, part in self.parts(self.v).items()]
            along = [(d, self.moved(*d), 1.0)] if d else []
        for (a, step, places), (b, other, weight) in itertools.product(self._moves(), along):
            mixed = _floats((self.moved(*a, *b) - step - other + here) / h**2) * weight
            np.add.at(out, (rows, places), mixed)
            np.add.at(sizes, (rows, places), np.abs(mixed))
        return out, sizes

    def _moves(self):
        return [
            ([d], s, p) for d, s, p in zip(self.directions, self.steps, self.places, strict=True)
        ]

    def scaled(self, magnitudes):
        """The natural scale; for entries that mix, no finer than that of the largest."""
        if self.rule.kind is Kind.ELEMENTWISE:
            return magnitudes
        return magnitudes + np.max(magnitudes, initial=0.0)

    def parts(self, vector):
        """A row of all moving entries, cut into the operands' shapes."""
        out, start = {}, 0
        for i in self.moving:
            o = self.operands[i]
            out[i] = vector[start : start + o.size].reshape(o.shape)
            start += o.size
        return out


def _floats(values):
    # What is left of an exact 0 after a quotient is far below anything that a case is made of.
    flat = [0.0 if abs(v) < 1e-35 else float(v) for v in np.ravel(values)]
    return np.array(flat, dtype=float).reshape(np.shape(values))


@functools.cache
def reference(rule, name):
    (example,) = (e for e in cases_of(rule) if e.name == name)
    return Reference(rule, example)


# where it is run ----------------------------------------------------------------------------------


class OnNumPy:
    """Arrays as they come."""

    @contextlib.contextmanager
    def ready(self):
        yield

    def array(self, value):
        return value

    def dtype(self, name):
        return np.dtype(name)

    def other_device(self, name):
        return name


class OnStrict(OnNumPy):
    """array_api_strict's fake device: the standard and nothing else, no array of the CPU."""

    def array(self, value):
        return array_api_strict.asarray(np.asarray(value), device=DEVICE)

    def dtype(self, name):
        return getattr(array_api_strict, name)

    def other_device(self, name):
        return array_api_strict.Device("device2")


class OnCuPy(OnNumPy):
    """The CuPy that ``import cupy`` finds."""

    def array(self, value):
        return importlib.import_module("cupy").asarray(np.asarray(value))

    def other_device(self, name):
        cupy = importlib.import_module("cupy")
        return cupy.cuda.Device(cupy.cuda.runtime.getDeviceCount() - 1)


class OnStandIn(OnCuPy):
    """The stand-in for CuPy, whose other device is a second card."""

    @contextlib.contextmanager
    def ready(self):
        with installed():
            yield


BACKENDS = {
    "numpy": OnNumPy(), "strict": OnStrict(), "stand-in": OnStandIn(), "cupy": OnCuPy(),
}  # fmt: skip


# one variant --------------------------------------------------------------------------------------


class Run:
    """A case on one namespace and in one dtype."""

    def __init__(self, ref, dtype, backend):
        self.ref, self.dtype, self.backend = ref, np.dtype(dtype), backend
        self.params = {k: self.parameter(v, k) for k, v in ref.example.parameters}

    def raw(self, value):
        if value.dtype.kind == "f":
            value = value.astype(self.dtype)
        if self.ref.example.layout == "strided":
            value = strided(value)
        return self.backend.array(value if value.ndim else value[()])

    def parameter(self, value, name=""):
        if name == "device":
            return self.backend.other_device(value)
        if name == "source":
            return getattr(self.backend.array(np.zeros(1)), "device", value)
        if name == "dtype":
            return self.backend.dtype(value)
        if isinstance(value, tuple):
            return tuple(self.parameter(v) for v in value)
        return self.backend.array(value) if isinstance(value, np.ndarray) else value

    def operands(self, made):
        """The operands, each by ``made`` of its raw value and whether it moves, or as a number."""
        return [
            o.item() if i == self.ref.example.number else made(self.raw(o), i in self.ref.moving)
            for i, o in enumerate(self.ref.operands)
        ]

    def call(self, *operands):
        found = self.ref.rule(*operands, **self.params)
        return found if self.ref.example.output is None else found[self.ref.example.output]

    def tensor(self, value):
        return wrap(self.raw(np.asarray(value)))

    def cotangent(self, y):
        """The case's cotangent, where the result is."""
        return self.tensor(self.ref.g).to(y.device)

    def along(self, vector):
        return [self.tensor(part) for part in self.ref.parts(vector).values()]

    def of_moving(self, *moving):
        """The call as a function of the moving operands alone."""
        operands = self.operands(lambda raw, _: wrap(raw))
        for i, x in zip(self.ref.moving, moving, strict=True):
            operands[i] = x
        return self.call(*operands)

    def row(self, tensors, leaves):
        """Gradients of the moving leaves in one row; None is nothing, and so 0."""
        out = [np.zeros(0)]
        for g, leaf in zip(tensors, leaves, strict=True):
            if g is not None:
                assert g.shape == leaf.shape
                assert g.dtype == leaf.dtype
            out.append(np.zeros(leaf.size) if g is None else to_host(g._value).ravel())
        return np.concatenate(out)

    def check(self, got, want, scale, what):
        value = to_host(got._value) if isinstance(got, sg.Tensor) else got
        assert np.shape(value) == np.shape(want), what
        assert np.all(np.isfinite(want)), f"{what}: the reference is not finite"
        unit = max(np.finfo(self.dtype).eps, np.finfo(value.dtype).eps)
        bound = K_ULP * unit * scale + 64 * np.finfo(self.dtype).tiny
        off = np.abs(np.asarray(value, dtype=float) - want)
        worst = float(np.max(off / (unit * scale + np.finfo(self.dtype).tiny), initial=0.0))
        assert np.all(off <= bound), f"{what}: {worst:.3g} ULP\n got {value}\nwant {want}"


def run_value(run):
    ref = run.ref
    operands = run.operands(lambda raw, _: wrap(raw))
    before = [np.array(to_host(raw(o))) for o in operands]
    got = run.call(*operands)
    if got.dtype == sg.bool or got.dtype.name.startswith("int"):
        np.testing.assert_array_equal(to_host(got._value), ref.value)
    else:
        there = np.isfinite(ref.value)  # the largest of no entries is -inf
        np.testing.assert_array_equal(to_host(got._value)[~there], ref.value[~there])
        spread = (np.abs(ref.first) @ np.abs(ref.x)).reshape(ref.shape)
        scale = (np.abs(ref.value) + spread)[there]
        run.check(to_host(got._value)[there], ref.value[there], scale, "value")
    for o, b in zip(operands, before, strict=True):
        np.testing.assert_array_equal(to_host(raw(o)), b)


def run_reverse(run):
    ref = run.ref
    leaves = run.operands(new_leaf)
    y = run.call(*leaves)
    y.backward(run.cotangent(y))
    moving = [leaves[i] for i in ref.moving]
    g = ref.g.ravel()
    scale = ref.scaled(np.abs(g) @ np.abs(ref.first))
    run.check(run.row([m.grad for m in moving], moving), g @ ref.first, scale, "reverse")


def run_forward(run):
    ref = run.ref
    primals = [wrap(run.raw(ref.operands[i])) for i in ref.moving]
    value, tangent = sg.func.jvp(run.of_moving, primals, run.along(ref.v))
    assert value.dtype == tangent.dtype
    scale = ref.scaled(np.abs(ref.first) @ np.abs(ref.v)).reshape(ref.shape)
    run.check(tangent, (ref.first @ ref.v).reshape(ref.shape), scale, "forward")


def run_reverse_twice(run):
    ref = run.ref
    leaves = run.operands(new_leaf)
    y = run.call(*leaves)
    g = new_leaf(run.cotangent(y)._value)
    moving = [leaves[i] for i in ref.moving]
    firsts = sg.autograd.grad(y, moving, g, create_graph=True, materialize_grads=True)
    pairs = [(f, a) for f, a in zip(firsts, run.along(ref.v), strict=True) if f.requires_grad]
    found = [None] * (len(moving) + 1)
    if pairs:
        found = sg.autograd.grad(
            [f for f, _ in pairs], [*moving, g], [a for _, a in pairs], allow_unused=True
        )
    weights, (bent, sizes) = ref.g.ravel(), ref.bent
    scale = np.abs(weights) @ sizes
    if ref.rule.kind is not Kind.ELEMENTWISE:  # where a first derivative's parts cancel: 1 - x/x
        scale = ref.scaled(scale) + np.max(np.abs(weights) @ np.abs(ref.first), initial=0.0)
    run.check(run.row(found[:-1], moving), weights @ bent, scale, "reverse over reverse")
    # In the cotangent the gradient is linear: its derivative along v is J v.
    by_g = np.zeros(ref.shape) if found[-1] is None else to_host(found[-1]._value)
    scale = ref.scaled(np.abs(ref.first) @ np.abs(ref.v)).reshape(ref.shape)
    run.check(by_g, (ref.first @ ref.v).reshape(ref.shape), scale, "in the cotangent")


def run_forward_twice(run):
    ref = run.ref
    primals = [wrap(run.raw(ref.operands[i])) for i in ref.moving]

    def slope(*xs):
        return sg.func.jvp(run.of_moving, xs, run.along(ref.v))[1]

    _, tangent = sg.func.jvp(slope, primals, run.along(ref.t))
    bent, sizes = ref.bent
    scale = sizes @ np.abs(ref.t)
    if ref.rule.kind is not Kind.ELEMENTWISE:
        scale = ref.scaled(scale) + np.max(np.abs(ref.first) @ np.abs(ref.v), initial=0.0)
    want = (bent @ ref.t).reshape(ref.shape)
    run.check(tangent, want, scale.reshape(ref.shape), "forward over forward")


VARIANTS = {
    "value": run_value,
    "order1-reverse": run_reverse,
    "order1-forward": run_forward,
    "order2-reverse": run_reverse_twice,
    "order2-forward": run_forward_twice,
}


def marks_of(dtype, namespace, what):
    """Where a card is needed; what another dtype of the same backend shows in the ordinary run."""
    if namespace == "cupy":
        return [pytest.mark.gpu]
    twice = namespace == "stand-in" and dtype == "float32" and what.startswith("order2")
    return [pytest.mark.slow] if twice else []


def _variants():
    for rule in RULES:
        flows = [n for n in rule.operands if rule.has_derivative(n)]
        flows = [] if rule.word in BY_REQUEST else flows
        for case in cases_of(rule):
            for what, dtype, namespace in itertools.product(
                VARIANTS, ("float32", "float64"), BACKENDS
            ):
                if what == "value" or flows:
                    name = f"{case.name}-{dtype}-{namespace}-{what}"
                    marks = marks_of(dtype, namespace, what)
                    yield pytest.param(
                        rule, case.name, dtype, namespace, what, id=name, marks=marks
                    )


@pytest.mark.parametrize(("rule", "name", "dtype", "namespace", "what"), list(_variants()))
def test_a_rule_agrees_with_fifty_digits(rule, name, dtype, namespace, what):
    backend = BACKENDS[namespace]
    with backend.ready():
        VARIANTS[what](Run(reference(rule, name), dtype, backend))


# what every rule must have ------------------------------------------------------------------------


def missing(rule):
    """What a rule lacks of all that a declaration must say."""
    out = [f"no {part.strip()}" for part in SECTIONS if part not in (rule.__doc__ or "")]
    out += [
        f"no derivative in {n}"
        for n in rule.operands
        if rule.has_derivative(n) and n not in rule.partials and n not in rule.vjps
    ]
    if len(rule.domains) != len(rule.operands) or not all(
        isinstance(d, Domain) for d in rule.domains
    ):
        out.append("no domain for every operand")
    if not cases_of(rule):
        out.append("no cases, which its kind cannot guess")
    if rule.kind not in (Kind.ELEMENTWISE, Kind.REDUCTION) and rule.shape_rule is None:
        out.append("no shape")
    return out


SECTIONS = ("\n    Takes ", "\n    Gives ", "\n    Source ", "\n    >>> ")


@pytest.mark.parametrize("rule", REGISTRY.values(), ids=lambda rule: rule.name)
def test_a_rule_has_all_that_a_declaration_says(rule):
    lacks = missing(rule)
    if rule.word in NOT_ALONE:
        lacks = [what for what in lacks if not what.startswith("no cases")]
    assert not lacks, f"{rule.name}: {'; '.join(lacks)}"


def test_what_is_not_run_is_listed_with_a_reason():
    listed = {**NOT_ALONE, **BY_REQUEST}
    assert set(listed) <= set(REGISTRY)
    assert all(len(reason) > 20 for reason in listed.values())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_cases_cover_what_the_kind_is_about(rule):
    """0-d, empty and non-contiguous operands, wherever the rule takes them."""
    cases = cases_of(rule)
    assert len({c.name for c in cases}) == len(cases)
    assert any(c.layout == "strided" for c in cases)
    if rule.kind is Kind.ELEMENTWISE:
        shapes = {s for c in cases for s in c.shapes}
        assert {(), (1,), (0, 3), (2, 3)} <= shapes
        patterns = {c.shapes for c in cases}
        assert len(rule.operands) == 1 or any(len(set(p)) > 1 for p in patterns)
