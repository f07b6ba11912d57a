"""A rule: one primitive operation, declared once, and the registry of all of them.

Every file of ``rules/`` imports the decorators below; every algebra and walk reads ``Primitive``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any

from symgrad.errors import DeclarationError, ShapeError
from symgrad.grammar import plan as planning
from symgrad.grammar.binding import bind
from symgrad.grammar.domain import Case, Domain
from symgrad.grammar.kind import DERIVATIVES, Kind
from symgrad.grammar.masks import selecting
from symgrad.grammar.plan import OUTPUT, Asked, Plan, Pull, ask
from symgrad.grammar.spelling import Spelling, spell

#: Every declared rule, by word.
REGISTRY: dict[str, Primitive] = {}

#: How a rule is called on values of any sort; the tracing floor signs in here.
_DOOR: list[Callable[[Primitive, tuple[Any, ...], dict[str, Any]], Any]] = []


def sign_in(door: Callable[[Primitive, tuple[Any, ...], dict[str, Any]], Any]) -> None:
    """Let calls of a rule go through ``door(rule, operands, parameters)``."""
    _DOOR[:] = [door]


class Primitive:
    """One rule: forward, formula, derivatives, domain, names; callable on tensors and arrays."""

    def __init__(
        self,
        forward: Callable[..., Any],
        kind: Kind,
        *,
        domain: Domain | tuple[Domain, ...],
        word: str | None = None,
        spellings: Iterable[str | Spelling] = (),
        grad_fn: str | Callable[..., str] | None = None,
        signature: str = "",
        constant: tuple[str, ...] = (),
        differentiable: bool = True,
        outputs: tuple[str, ...] = (),
        cases: Iterable[Case] = (),
        integers: bool = False,
        method: bool = True,
        inner: bool = False,
        projection: bool = False,
        stops: bool = False,
        notation: str | None = None,
        codomain: Domain | None = None,
        worded: bool = False,
        composed: bool = False,
        vectors: dict[str, int] | None = None,
        view: bool = False,
        selects: bool | tuple[str, ...] | Callable[[dict[str, Any]], bool] = False,
    ) -> None:
        self.forward = forward
        self.kind = kind
        self.name = forward.__name__
        self.word = word or self.name
        self._read_signature(inspect.signature(forward))
        self.domains = domain if isinstance(domain, tuple) else (domain,) * len(self.operands)
        self.spellings = tuple(s if isinstance(s, Spelling) else spell(s) for s in spellings)
        # PyTorch's name of its backward node, or what finds it from parameters and shapes.
        self.grad_fn = grad_fn or _camel(self.name) + "Backward0"
        self.signature_text = signature
        self.constant = frozenset(constant)  # operands that never have a gradient
        self.differentiable = differentiable
        self.outputs = outputs
        self.cases = tuple(cases)
        self.integers = integers  # integer operands stay integers (else: default float)
        self.method = method and not inner
        self.inner = inner  # a word for other rules; people do not call it
        self.projection = projection  # picks one output of a rule that has several
        self.stops = stops  # lets no gradient pass, by the user's request
        # How it is written in formulas where that is not its name; a rule for other rules (inner)
        # that has one keeps it there, instead of being read by its formula.
        self.notation = notation
        self.worded = worded  # formulas say it in other words: those of its formula
        # Its forward says other words alone; where a vector lacks the other axis of a matrix.
        self.composed, self.vectors = composed, vectors or {}
        self.selects = selects  # its pulls give zeros where nothing was chosen: see masks
        self.view = view  # its result lies in its operand's buffer, as PyTorch's does
        self.codomain = codomain  # where all values lie, so that formulas may divide by them
        self.has_formula = False
        self.partials: dict[str, Asked] = {}
        self.vjps: dict[str, Asked] = {}
        self.jvps: dict[str, Asked] = {}
        self.linear_operands: frozenset[str] = frozenset()
        self.shape_rule: Asked | None = None
        self.einsum_rule: Callable[..., Any] | None = None
        self.path_rule: Callable[..., Any] | None = None
        self.batched_rule: Callable[..., Any] | None = None
        self.takes_shared = False
        self.write_rule: Callable[..., Any] | None = None
        self.formula_rule: Callable[..., Any] = forward
        self._by_number: tuple[int, Primitive, str] | None = None
        self._plans: dict[Any, Plan] = {}
        self.__name__, self.__doc__ = self.name, forward.__doc__
        self.__module__ = forward.__module__

    def _read_signature(self, signature: inspect.Signature) -> None:
        parameters = list(signature.parameters.values())
        if not parameters or parameters[0].name != "xp":
            raise DeclarationError(f"{self.name}: the first argument of a rule is xp")
        by = inspect.Parameter
        positional = [p for p in parameters[1:] if p.kind in (by.POSITIONAL_OR_KEYWORD,)]
        starred = [p for p in parameters if p.kind is by.VAR_POSITIONAL]
        keyword = [p for p in parameters if p.kind is by.KEYWORD_ONLY and p.name != "path"]
        self.takes_path = any(p.name == "path" for p in parameters)
        self.variadic = bool(starred)
        self.operands = tuple(p.name for p in (*positional, *starred))
        self.parameters = tuple(p.name for p in keyword)
        self.defaults = {p.name: p.default for p in keyword if p.default is not by.empty}
        self.required = tuple(p.name for p in keyword if p.default is by.empty)
        shown = [p.replace(annotation=by.empty) for p in parameters[1:] if p.name != "path"]
        self.__signature__ = inspect.Signature(shown)  # every annotation is Any, and says nothing

    # declarations -------------------------------------------------------------------------

    def _declare(self, what: str, operand: str, function: Callable[..., Any]) -> Asked:
        if what not in DERIVATIVES[self.kind]:
            raise DeclarationError(
                f"{self.name}.{what}: a rule of kind {self.kind.value} declares "
                f"{' or '.join(sorted(DERIVATIVES[self.kind]))}"
            )
        if operand not in self.operands:
            raise DeclarationError(f"{self.name}.{what}({operand!r}): operands: {self.operands}")
        return ask(function, self.operands, self.parameters, f"{self.name}.{what}({operand!r})")

    def partial(self, operand: str) -> Callable[[Callable[..., Any]], None]:
        """Declare an elementwise partial derivative; one that asks for g gives g times it."""

        def declare(function: Callable[..., Any]) -> None:
            self.partials[operand] = self._declare("partial", operand, function)

        return declare

    def vjp(self, operand: str) -> Callable[[Callable[..., Any]], None]:
        """Declare the cotangent of ``operand``, from g."""

        def declare(function: Callable[..., Any]) -> None:
            self.vjps[operand] = self._declare("vjp", operand, function)

        return declare

    def jvp(self, operand: str) -> Callable[[Callable[..., Any]], None]:
        """Declare the tangent of the result, from the tangent t of ``operand``."""

        def declare(function: Callable[..., Any]) -> None:
            self.jvps[operand] = self._declare("jvp", operand, function)

        return declare

    def adjoint(self, operand: str) -> Callable[[Callable[..., Any]], None]:
        """Declare the adjoint of a rule that is linear in ``operand``."""

        def declare(function: Callable[..., Any]) -> None:
            self.vjps[operand] = self._declare("adjoint", operand, function)
            self.linear_operands |= {operand}

        return declare

    def linear(self, *operands: str) -> None:
        """Say that the rule is linear in these operands: forward mode is the rule itself."""
        self.linear_operands |= frozenset(operands)

    def formula(self, function: Callable[..., Any]) -> None:
        """Declare the formula that symbols read, where the forward is a stable algorithm."""
        self.formula_rule = function
        self.has_formula = True

    def path(self, function: Callable[..., Any]) -> None:
        """Declare how a selection computes its integers from the values."""
        self.path_rule = function

    def write(self, function: Callable[..., Any]) -> None:
        """Declare what a write into a view leaves of x: (xp, x, v, **parameters).

        Where a rule declares none, its adjoint says it.
        """
        self.write_rule = function

    def einsum(self, function: Callable[..., Any]) -> None:
        """Declare the einsum that the rule is: (ndims, **parameters) -> "ij,jk->ik"."""
        self.einsum_rule = function

    def batched(self, function: Callable[..., Any]) -> None:
        """Declare the call of many at once: (xp, size, *operands, **parameters).

        Operands have an axis of ``size`` in front, those in ``shared`` (if asked for) none.
        """
        self.batched_rule = function
        self.takes_shared = "shared" in inspect.signature(function).parameters

    def shape(self, function: Callable[..., Any]) -> None:
        """Declare the result's shape from ``shapes`` and parameters; sizes may be symbolic."""
        self.shape_rule = ask(function, (), self.parameters, f"{self.name}.shape")

    def when_number(self, operand: str, variant: Primitive, parameter: str) -> None:
        """Say which rule stands in where ``operand`` is a Python number: its ``parameter``."""
        self._by_number = (self.operands.index(operand), variant, parameter)

    # reading ------------------------------------------------------------------------------

    def formula_of(self, xp: Any, operands: tuple[Any, ...], params: dict[str, Any]) -> Any:
        """Run the formula over an algebra."""
        return self.formula_rule(xp, *operands, **params)

    def read_by_number(
        self, operands: tuple[Any, ...], params: dict[str, Any]
    ) -> tuple[Primitive, tuple[Any, ...], dict[str, Any]]:
        """The call itself, or the call of the rule that stands in for a number as operand."""
        if self._by_number is None:
            return self, operands, params
        index, variant, parameter = self._by_number
        number = operands[index]
        rest = (*operands[:index], *operands[index + 1 :])
        if not isinstance(number, (int, float)) or any(isinstance(o, (int, float)) for o in rest):
            return self, operands, params
        return variant, rest, {**params, parameter: getattr(number, "item", lambda: number)()}

    def has_derivative(self, operand: str) -> bool:
        """Whether a gradient flows to ``operand``."""
        return self.differentiable and operand not in self.constant

    def operand_name(self, index: int) -> str:
        """The declared name of the operand at a position."""
        return self.operands[min(index, len(self.operands) - 1)]

    def plan(self, count: int, mask: int, mixed: bool) -> Plan:
        """The plan for ``count`` operands of which the bits of ``mask`` need a gradient."""
        key = (count, mask, mixed)
        found = self._plans.get(key)
        if found is None:
            found = self._plans[key] = self._make_plan(count, mask, mixed)
        return found

    def _make_plan(self, count: int, mask: int, mixed: bool) -> Plan:
        needed = [
            i for i in range(count) if mask >> i & 1 and self.has_derivative(self.operand_name(i))
        ]
        slots: list[int] = []
        for i in needed:
            for name in self._derivative(i).values:
                slots += [s for s in self._slots_of(name, count) if s not in slots]
        slots.sort(key=lambda s: s if s >= 0 else count)
        kept = tuple(slots)
        pulls = tuple((i, self._pull(i, kept)) for i in needed)
        edges = tuple((i, selecting(pull, i, self.chooses(i, pull))) for i, pull in pulls)
        return Plan(kept, planning.saver(kept), pulls, mixed, edges)

    def chooses(self, index: int, pull: Pull | None) -> Any:
        """Whether zeros of an operand's pull say that nothing was chosen: see ``masks``."""
        selects = self.selects or pull is planning.nothing
        return self.operand_name(index) in selects if isinstance(selects, tuple) else selects

    def _slots_of(self, name: str, count: int) -> list[int]:
        if name == "y":
            return [OUTPUT]
        place = self.operands.index(name)
        if self.variadic and place == len(self.operands) - 1:
            return list(range(place, count))
        return [place]

    def _derivative(self, index: int) -> Asked:
        name = self.operand_name(index)
        asked = self.partials.get(name) or self.vjps.get(name)
        if asked is None:
            raise DeclarationError(
                f"{self.name} has no derivative in {name!r}: declare one, "
                f"or name it in constant=(...)"
            )
        return asked

    def _pull(self, index: int, kept: tuple[int, ...]) -> Pull | None:
        asked = self._derivative(index)
        if self.variadic and asked.values:
            return planning.whole(self._variadic_pull(asked, kept, index))
        places = tuple(kept.index(self._slots_of(v, 0)[0]) for v in asked.values)
        pull = self._bare_pull(asked, places, index)
        if pull is None or self.kind is Kind.ELEMENTWISE:
            return pull
        if self.kind is Kind.REDUCTION:
            y_place = places[asked.values.index("y")] if "y" in asked.values else None
            return planning.restored(pull, y_place)
        return planning.whole(pull)

    def _bare_pull(self, asked: Asked, places: tuple[int, ...], index: int) -> Pull | None:
        if self.kind is Kind.ELEMENTWISE and asked.wants in ((), ("xp",)):
            value = asked.function(*(None for _ in asked.wants)) if not asked.wants else None
            if isinstance(value, int):
                return planning.constant(value)
        if len(asked.wants) == 2 and len(places) == 1 and asked.wants[1] in self.parameters:
            return planning.with_parameter(asked, places[0], asked.wants[1])
        if asked.structural or not 1 <= len(places) <= 2:
            return planning.by_name(asked, places, index)
        return planning.positional(asked, places)

    def _variadic_pull(self, asked: Asked, kept: tuple[int, ...], index: int) -> Pull:
        f, name = asked.function, self.operands[-1]

        def pull(xp: Any, g: Any, saved: Any, node: Any) -> Any:
            where = {v: kept.index(OUTPUT) for v in asked.values if v == "y"}
            every = tuple(saved[kept.index(i)] for i in kept if i != OUTPUT)
            arguments = [
                every if w == name else planning.fetch(w, xp, g, saved, node, where, index)
                for w in asked.wants
            ]
            return f(*arguments)

        return pull

    def bind(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], spelling: Spelling | None = None
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Sort a call's arguments into operands and parameters.

        Raises  TypeError for one that is missing, doubled or unknown, naming the nearest.
        """
        if not kwargs and len(args) == len(self.operands) and not (self.required or self.variadic):
            return args, self.defaults
        return bind(self, args, kwargs, spelling)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        operands, params = self.bind(args, kwargs)
        return _DOOR[0](self, operands, params)

    def __repr__(self) -> str:
        return f"<rule {self.name} ({self.kind.value})>"


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def declare(kind: Kind, **facts: Any) -> Callable[[Callable[..., Any]], Primitive]:
    """Declare a rule of a kind; ``elementwise`` and its siblings are this with the kind given."""

    def decorate(forward: Callable[..., Any]) -> Primitive:
        rule = Primitive(forward, kind, **facts)
        if rule.word in REGISTRY:
            raise DeclarationError(f"two rules are called {rule.word!r}")
        REGISTRY[rule.word] = rule
        return rule

    return decorate


def elementwise(**facts: Any) -> Callable[[Callable[..., Any]], Primitive]:
    """Declare an elementwise rule by its partials."""
    return declare(Kind.ELEMENTWISE, **facts)


def reduction(**facts: Any) -> Callable[[Callable[..., Any]], Primitive]:
    """Declare a reduction; g and y arrive with reduced axes kept as 1."""
    return declare(Kind.REDUCTION, **facts)


def scan(**facts: Any) -> Callable[[Callable[..., Any]], Primitive]:
    """Declare a scan: same shape, mixing along an axis."""
    return declare(Kind.SCAN, **facts)


def contraction(**facts: Any) -> Callable[[Callable[..., Any]], Primitive]:
    """Declare a contraction, linear in each operand."""
    return declare(Kind.CONTRACTION, **facts)


def reindexing(**facts: Any) -> Callable[[Callable[..., Any]], Primitive]:
    """Declare a reindexing with its adjoint."""
    return declare(Kind.REINDEXING, **facts)


def selection(**facts: Any) -> Callable[[Callable[..., Any]], Primitive]:
    """Declare a selection by integers that ``path`` computes."""
    return declare(Kind.SELECTION, **facts)


def factorisation(**facts: Any) -> Callable[[Callable[..., Any]], Primitive]:
    """Declare a rule about matrices in the last two axes."""
    return declare(Kind.FACTORISATION, **facts)


def infer_shape(rule: Primitive, shapes: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """The shape that a rule declares for its result; sizes may be symbolic.

    Raises  ShapeError where the rule declares none.
    """
    if rule.shape_rule is None:
        raise ShapeError(f"{rule.name} declares no shape")
    wanted = {**params, "shapes": shapes}
    return rule.shape_rule.function(*(wanted[name] for name in rule.shape_rule.wants))
