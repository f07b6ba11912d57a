"""The array API standard's dialect: functions made from signatures as the standard writes them.

A function that is a rule goes to the rule, so it is traced. What no gradient can reach (integers,
truths, complex numbers) and what has no rule is computed by the arrays' own namespace, which speaks
the standard; where a gradient or a recording follows an operand of such a function, it refuses.
"""

from __future__ import annotations

import ast
import functools
import inspect
from collections import namedtuple
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from symgrad.algebras.backends import is_batched, is_formula, namespace_of
from symgrad.algebras.numeric import Numeric
from symgrad.algebras.numpy_adapter import NUMPY
from symgrad.errors import AxisError, DtypeError, ShapeError, compose, user_position
from symgrad.grammar.operators import BINARY
from symgrad.grammar.primitive import REGISTRY, Primitive
from symgrad.grammar.spelling import Spelling
from symgrad.modes import MODE, RECORDING
from symgrad.tracing import guards
from symgrad.tracing import operands as sorting
from symgrad.tracing.calling import call
from symgrad.tracing.complexes import is_complex_value, takes_complex
from symgrad.tracing.conversion import to
from symgrad.tracing.creation import as_tensor
from symgrad.tracing.diagnosis import LinAlgError
from symgrad.tracing.dtypes import DTYPES, DType, as_numpy_dtype, dtype_of_raw, is_floating
from symgrad.tracing.locking import plain
from symgrad.tracing.looping import is_many, looped, per_entry
from symgrad.tracing.node import Node
from symgrad.tracing.shortcuts import binary, is_unary, unary
from symgrad.tracing.tensor import Tensor, refuse_formulas, wrap
from symgrad.tracing.traced import apply, raw
from symgrad.tracing.without_rule import followed, refuse

VERSION = "2024.12"
VERSIONS = ("2021.12", "2022.12", "2023.12", VERSION)
SOURCE = f"https://data-apis.org/array-api/{VERSION}/API_specification/generated/array_api"

#: The module that tensors name as their namespace; the face signs in here.
_NAMESPACE: list[Any] = []


def sign_in(module: Any) -> None:
    """Say which module is the namespace of tensors."""
    _NAMESPACE[:] = [module]


def array_namespace(self: Tensor, /, *, api_version: str | None = None) -> Any:
    """The array API standard's functions for tensors: the module ``symgrad.array_api``.

    Raises  ValueError for a version of the standard that is not spoken.

    >>> xp = sg.tensor([1.0, 4.0]).__array_namespace__()
    >>> xp.sqrt(xp.asarray([1.0, 4.0]))
    tensor([1., 2.])
    """
    if api_version is not None and api_version not in VERSIONS:
        raise ValueError(
            f"symgrad speaks the array API standard in its versions {', '.join(VERSIONS)}, "
            f"not {api_version!r}"
        )
    return _NAMESPACE[0]


# signatures ---------------------------------------------------------------------------------------


def signatures(text: str) -> Iterator[tuple[str, inspect.Signature]]:
    """Names and signatures out of lines like ``sum(x, /, *, axis=None, keepdims=False)``.

    >>> from symgrad.tracing.array_dialect import signatures
    >>> dict(signatures("clip(x, /, min=None)"))
    {'clip': <Signature (x, /, min=None)>}
    """
    source = "".join(f"def {line.strip()}: ...\n" for line in text.strip().splitlines())
    for found in ast.parse(source).body:
        assert isinstance(found, ast.FunctionDef)
        yield found.name, inspect.Signature(_parameters(found.args))


def _parameters(given: ast.arguments) -> list[inspect.Parameter]:
    by = inspect.Parameter
    placed: list[tuple[ast.arg, Any]] = [(a, by.POSITIONAL_ONLY) for a in given.posonlyargs]
    placed += [(a, by.POSITIONAL_OR_KEYWORD) for a in given.args]
    absent = [None] * (len(placed) - len(given.defaults))
    defaults = [*absent, *given.defaults, *given.kw_defaults]
    listed = [*placed, *((a, by.KEYWORD_ONLY) for a in given.kwonlyargs)]
    return [
        by(a.arg, kind, default=by.empty if d is None else ast.literal_eval(d))
        for (a, kind), d in zip(listed, defaults, strict=True)
    ]


def bound(
    name: str, signature: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[str, Any]:
    """A call's arguments by name, defaults included.

    Raises  TypeError naming the function and its signature.
    """
    try:
        given = signature.bind(*args, **kwargs)
    except TypeError as error:
        raise TypeError(f"array_api.{name}{signature}: {error}") from error
    given.apply_defaults()
    return given.arguments


def dressed(
    function: Callable[..., Any], name: str, signature: inspect.Signature, doc: str | None = None
) -> Callable[..., Any]:
    """The function under its name, with the standard's signature and a page to read."""
    function.__name__ = function.__qualname__ = name.rpartition(".")[2]
    function.__signature__ = signature  # type: ignore[attr-defined]
    function.__doc__ = doc or (
        f"``{name}`` of the array API standard; forward only.\n\n"
        f"    Takes   {signature}, as the standard says.\n"
        f"    Raises  TraceError where a gradient or a recording follows an operand.\n"
        f"    Source  {SOURCE}.{name}.html\n"
    )
    return function


# by a rule ----------------------------------------------------------------------------------------


def rules() -> dict[str, tuple[Primitive, Spelling | None]]:
    """Every rule by the name that the standard has for it, if any does."""
    found: dict[str, tuple[Primitive, Spelling | None]] = {
        rule.name: (rule, None) for rule in REGISTRY.values() if not rule.inner
    }
    for rule in REGISTRY.values():
        found |= {s.name: (rule, s) for s in rule.spellings if s.dialect == "array_api"}
    return found


def by_rule(
    name: str, signature: inspect.Signature, rule: Primitive, spelling: Spelling | None
) -> Callable[..., Any]:
    """A function of the standard that is a rule."""
    names = [n for n, p in signature.parameters.items() if p.kind is p.POSITIONAL_ONLY]
    count = len(names) if rule.variadic else len(rule.operands)
    result = namedtuple(rule.name, rule.outputs)  # type: ignore[misc]

    short = _short_of(rule)
    plain = len(names) == count == len(signature.parameters) and not rule.outputs

    def function(*args: Any, **kwargs: Any) -> Any:
        if plain and len(args) == count and not kwargs and all(map(_is_float_tensor, args)):
            return short(*args)
        given = bound(name, signature, args, kwargs)
        operands = tuple(given.pop(n) for n in names[:count])
        listed = tuple(operands[0]) if rule.variadic else operands
        check_operands(name, listed)
        dtype = given.pop("dtype", None)
        if dtype is not None:
            listed = tuple(to(x, dtype=dtype) for x in listed)
        if is_plain(rule, listed):
            given |= {} if dtype is None else {"dtype": named_dtype(dtype)}
            return native(name, *([listed] if rule.variadic else listed), **given)
        if rule.variadic and given.get("axis", 0) is None:
            listed, given["axis"] = tuple(call("reshape", x, shape=(-1,)) for x in listed), 0
        found = apply(rule, *rule.bind(listed, given, spelling))
        return result(*found) if rule.outputs else found

    doc = inspect.getdoc(rule) if name == rule.name or spelling else None
    return dressed(function, name, signature, doc)


def _short_of(rule: Primitive) -> Callable[..., Any]:
    """A rule's call of tensors alone, by the short cut where it has one."""
    if is_unary(rule):
        return unary(rule.word)
    if any(word == rule.word for word, _ in BINARY.values()):
        return binary(rule.word, False)
    return lambda *operands: apply(rule, operands, rule.defaults)


def _is_float_tensor(x: Any) -> bool:
    if type(x) is not Tensor:
        return False
    held = x._value
    return x._rg or (isinstance(held, (np.ndarray, np.floating)) and held.dtype.kind == "f")


def check_operands(name: str, operands: tuple[Any, ...]) -> None:
    """Raise DtypeError for what is neither array nor number, or where there are only numbers."""
    for operand in operands:
        if not sorting.acceptable(operand):
            raise DtypeError(
                compose(
                    f"array_api.{name}() takes arrays; this is a {type(operand).__name__}.",
                    where=user_position(),
                    mend="make one: xp.asarray(values)",
                )
            )
    if not any(hasattr(operand, "shape") for operand in operands):
        raise DtypeError(
            compose(
                f"array_api.{name}() needs an array among its operands.",
                where=user_position(),
                mend="make one: xp.asarray(2.0)",
            )
        )


def on_arrays(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that tensors alone are given: other arrays as tensors, and nothing else."""

    def gate(*args: Any, **kwargs: Any) -> Any:
        if not any(map(_holds, args)) or not sorting.acceptable(args[0]):
            check_operands(name, args[:1])
        return function(*(_as_tensor(arg) for arg in args), **kwargs)

    return dressed(gate, name, inspect.signature(function), inspect.getdoc(function))


def _as_tensor(value: Any) -> Any:
    return as_tensor(value) if hasattr(value, "shape") and not isinstance(value, Tensor) else value


def is_plain(rule: Primitive, operands: tuple[Any, ...]) -> bool:
    """Whether nothing follows a call, and its numbers are of a sort that has no gradient."""
    values = [raw(operand) for operand in operands]
    if MODE.get() & RECORDING or any(is_formula(v) or is_batched(v) for v in values):
        return False
    if any(isinstance(o, Tensor) and (o._rg or type(o.node) is Node) for o in operands):
        return False
    if any(map(is_complex_value, values)):  # the sign of one is the standard's alone
        defined = takes_complex(rule) or rule.word == "sign"
        return defined and all(hasattr(v, "dtype") for v in values)
    weak = any(type(v) is float for v in values)
    floats = any(hasattr(v, "dtype") and is_floating(v) for v in values)
    return rule.integers and not floats and not weak


# by the arrays' own namespace ---------------------------------------------------------------------


def by_namespace(name: str, signature: inspect.Signature, mend: str) -> Callable[..., Any]:
    """A function without a rule: forward only."""

    def function(*args: Any, **kwargs: Any) -> Any:
        given = bound(name, signature, args, kwargs)
        values = tuple(given.values())
        check_operands(name, values[:1])
        if followed(*values):
            raise refuse(f"array_api.{name}", mend)
        return _by_place(name, signature, given)

    return dressed(function, name, signature)


def answering(name: str, signature: inspect.Signature) -> Callable[..., Any]:
    """A function whose results are integers or truths: they have no gradient to lose."""

    def function(*args: Any, **kwargs: Any) -> Any:
        given = bound(name, signature, args, kwargs)
        check_operands(name, tuple(given.values())[:1])
        if not is_many(*given.values()):
            refuse_formulas(f"array_api.{name}", *given.values())
        return _by_place(name, signature, given)

    return dressed(function, name, signature)


def _by_place(name: str, signature: inspect.Signature, given: dict[str, Any]) -> Any:
    if is_many(*given.values()):
        return _one_by_one(name, signature, given)
    kinds = {n: p.kind for n, p in signature.parameters.items()}
    placed = [v for n, v in given.items() if kinds[n] is not inspect.Parameter.KEYWORD_ONLY]
    named = {n: v for n, v in given.items() if kinds[n] is inspect.Parameter.KEYWORD_ONLY}
    return native(name, *placed, **named)


def _one_by_one(name: str, signature: inspect.Signature, given: dict[str, Any]) -> Any:
    """The call for each input of a ``vmap`` in turn."""
    kind: Any = tuple

    def one(*each: Any) -> Any:
        nonlocal kind
        found = _by_place(name, signature, dict(zip(given, each, strict=True)))
        kind = type(found)
        return found

    found = looped(f"array_api.{name}", one, *given.values())
    return kind(*found) if hasattr(kind, "_fields") else found


def stepwise(name: str, signature: inspect.Signature, mend: str) -> Callable[..., Any]:
    """An elementwise function without a rule: its operands promote and broadcast as a rule's do."""

    def function(*args: Any, **kwargs: Any) -> Any:
        operands = tuple(bound(name, signature, args, kwargs).values())
        check_operands(name, operands)
        if followed(*operands):
            raise refuse(f"array_api.{name}", mend)
        guards.lose(*operands)
        if is_many(*operands):
            return per_entry(function, *operands)
        return native(name, *sorting.alike(*operands))

    return dressed(function, name, signature)


def native(name: str, *args: Any, **kwargs: Any) -> Any:
    """What the arrays' own namespace makes of the values, as tensors.

    Raises  ShapeError, AxisError, DtypeError or LinAlgError in the namespace's words.
    """
    guards.lose(*args)
    xp = _numeric_of((*args, *kwargs.values()))
    function = functools.reduce(getattr, name.split("."), xp.namespace)
    kwargs = {key: _plain(value, xp) for key, value in kwargs.items()}
    try:
        return wrapped(function(*(_plain(value, xp) for value in args), **kwargs))
    except np.linalg.LinAlgError as error:
        raise _worded(LinAlgError, name, error) from error
    except IndexError as error:  # an AxisError of NumPy's is one too
        raise _worded(AxisError, name, error) from error
    except ValueError as error:
        raise _worded(ShapeError, name, error) from error
    except TypeError as error:
        if "input types" in str(error):
            dtypes = [str(dtype_of_raw(raw(v))) for v in args if hasattr(raw(v), "dtype")]
            error = TypeError(f"it is not defined for {', '.join(dtypes)}.")
        raise _worded(DtypeError, name, error) from error


def _worded(kind: type[Exception], name: str, error: Exception) -> Exception:
    words = str(error).partition("\n")[0]
    return kind(compose(f"array_api.{name}: {words}", where=user_position()))


def _numeric_of(values: Any) -> Numeric:
    for value in values:
        if isinstance(value, (list, tuple)):
            return _numeric_of(value)
        if hasattr(raw(value), "shape"):
            return namespace_of(raw(value))  # type: ignore[no-any-return]
    return NUMPY


def named_dtype(dtype: Any) -> DType:
    """A dtype as symgrad's own, which ``native`` makes the namespace's."""
    return DTYPES[as_numpy_dtype(dtype).name]


def _plain(value: Any, xp: Numeric) -> Any:
    if isinstance(value, DType):
        return sorting.as_namespace_dtype(xp, value.dtype)
    if isinstance(value, (list, tuple)):
        return [_plain(v, xp) for v in value] if any(map(_holds, value)) else value
    return plain(raw(value))


def _holds(value: Any) -> bool:
    return hasattr(value, "shape")


def wrapped(value: Any) -> Any:
    """Raw results as tensors, named tuples and lists of them included."""
    if hasattr(value, "shape"):
        return wrap(value)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*map(wrapped, value))
    if isinstance(value, (list, tuple)):
        return type(value)(map(wrapped, value))
    return wrap(np.asarray(value)[()])
