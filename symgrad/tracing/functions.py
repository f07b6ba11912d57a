"""PyTorch's dialect: a function for every rule, and the composites made of several.

``FUNCTIONS`` (by name) is what the face and the methods of tensors are filled from.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from symgrad.errors import DtypeError, ShapeError
from symgrad.grammar.primitive import REGISTRY, Primitive
from symgrad.grammar.spelling import Spelling
from symgrad.tracing import arrangement, choices, in_place, parts, statistics, without_rule
from symgrad.tracing.calling import call, integers, labelled
from symgrad.tracing.composites import (
    activations,
    counted,
    distances,
    indexed,
    joining,
    layers,
    matrices,
    norms,
    ordered,
    parting,
    pointwise,
    queries,
    scaled,
    scattered,
    spreads,
)
from symgrad.tracing.looping import alone
from symgrad.tracing.results import RESULTS
from symgrad.tracing.shortcuts import is_unary, unary
from symgrad.tracing.tensor import Tensor
from symgrad.tracing.traced import apply
from symgrad.tracing.writing import write

FUNCTIONS: dict[str, Callable[..., Any]] = {}
IN_PLACE: dict[str, Callable[..., Any]] = {}
#: In-place twins that are methods and no functions, as in PyTorch.
TWIN_METHODS: dict[str, Callable[..., Any]] = {}


def function_of(rule: Primitive, spelling: Spelling | None = None) -> Callable[..., Any]:
    """The function that a person calls a rule by, under one of its spellings."""
    if is_unary(rule):
        function: Callable[..., Any] = unary(rule.word)
    elif rule.outputs:
        function = _with_outputs(rule, spelling)
    else:

        def function(*args: Any, **kwargs: Any) -> Any:
            operands, params = rule.bind(args, kwargs, spelling)
            return apply(rule, operands, params)

    function.__name__ = function.__qualname__ = spelling.name if spelling else rule.name
    function.__doc__ = rule.__doc__
    function.__module__ = rule.__module__
    function.__signature__ = rule.__signature__  # type: ignore[attr-defined]
    function.rule = rule  # type: ignore[attr-defined]
    return labelled(function, spelling.grad_fn) if spelling and spelling.grad_fn else function


def _with_outputs(rule: Primitive, spelling: Spelling | None) -> Callable[..., Any]:
    result = RESULTS[rule.name]

    def function(*args: Any, **kwargs: Any) -> Any:
        operands, params = rule.bind(args, kwargs, spelling)
        return result(*apply(rule, operands, params))

    return function


def collect() -> None:
    """Fill the tables from the registry, and add the composites."""
    for rule in REGISTRY.values():
        if not rule.inner:
            FUNCTIONS[rule.name] = function_of(rule)
        for spelling in rule.spellings:
            if spelling.dialect == "torch":
                FUNCTIONS[spelling.name] = function_of(rule, spelling)
        if in_place.takes_its_place(rule):
            IN_PLACE[f"{rule.name}_"] = in_place.in_place(rule, f"{rule.name}_")
            for spelling in rule.spellings:
                if spelling.dialect == "torch":
                    IN_PLACE[f"{spelling.name}_"] = in_place.in_place(rule, f"{spelling.name}_")
    FUNCTIONS.update(COMPOSITES)
    FUNCTIONS.update({name: alone(COMPOSITES[name]) for name in ALONE})
    FUNCTIONS.update({name: labelled(FUNCTIONS[name], label) for name, label in LABELS.items()})
    FUNCTIONS.update({name: FUNCTIONS[same] for name, same in ALIASES.items()})
    for name in TWINS:
        table = IN_PLACE if f"{name}_" in IN_PLACE else TWIN_METHODS
        table[f"{name}_"] = twin(FUNCTIONS[name], f"{name}_")


def twin(function: Callable[..., Any], name: str) -> Callable[..., Tensor]:
    """The in-place twin of a function: its result is written into its first operand."""

    def inside(x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return write(x, lambda old: function(old, *args, **kwargs), name)

    inside.__name__ = inside.__qualname__ = name
    inside.__doc__ = f"""``{function.__name__}``, written into its first operand, which is returned.

    Raises  GraphError for a leaf that requires grad, outside ``no_grad``.
    """
    return inside


# composites of this file; the others are in arrangement, choices and statistics ------------------


def pow(input: Any, exponent: Any) -> Tensor:
    """Power; a number as exponent is exact in formulas.

    >>> sg.pow(sg.tensor([1.0, 3.0]), 2)
    tensor([1., 9.])
    """
    return call("power", input, exponent)  # type: ignore[no-any-return]


def _sequence(word: str, name: str) -> Callable[..., Any]:
    def function(tensors: Sequence[Any], dim: int = 0, *, axis: int | None = None) -> Tensor:
        _check_sequence(tensors, name)
        return call(word, *tensors, axis=dim if axis is None else axis)  # type: ignore[no-any-return]

    function.__name__ = function.__qualname__ = name
    function.__doc__ = REGISTRY[word].__doc__ if word in REGISTRY else None
    return function


def _joined(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of several tensors, with a word about what is no list of them."""

    @functools.wraps(function)
    def checked(tensors: Sequence[Any]) -> Tensor:
        _check_sequence(tensors, function.__name__)
        return function(tensors)  # type: ignore[no-any-return]

    return checked


def _check_sequence(tensors: Any, name: str) -> None:
    if isinstance(tensors, Tensor) or not hasattr(tensors, "__len__"):
        raise DtypeError(f"{name}() takes a list or a tuple of tensors")
    if not len(tensors):
        raise ShapeError(f"{name}() needs at least one tensor")


def take_along_axis(input: Tensor, indices: Any, axis: int = -1) -> Tensor:
    """Entries by an array of integers along an axis.

    >>> sg.take_along_axis(sg.tensor([3.0, 1.0]), sg.tensor([1, 0]), 0)
    tensor([1., 3.])
    """
    return call("take_along_axis", input, index=integers(indices), axis=axis)  # type: ignore[no-any-return]


def detach(input: Tensor) -> Tensor:
    """The same values without history.

    >>> sg.detach(sg.tensor([1.0], requires_grad=True))
    tensor([1.])
    """
    return input.detach()  # type: ignore[attr-defined,no-any-return]


COMPOSITES: dict[str, Callable[..., Any]] = {
    name: getattr(room, name)
    for room, names in {
        activations: ("celu", "selu", "prelu", "hardshrink", "threshold"),
        arrangement: (
            "transpose", "t", "moveaxis", "expand", "view_as", "flatten", "ravel", "squeeze",
            "atleast_1d", "atleast_2d", "split", "chunk", "tile", "repeat_interleave", "roll",
            "diag", "tril", "triu",
        ),
        choices: ("sort", "argsort", "isclose", "allclose", "equal", "nonzero", "where", "clip"),
        parts: ("real", "imag", "conj", "angle"),
        indexed: (
            "index_select", "gather", "take", "take_along_dim", "masked_select", "masked_fill",
            "index_fill", "index_copy", "index_add", "index_put", "put", "masked_scatter",
        ),
        scattered: ("scatter", "scatter_add", "select_scatter", "slice_scatter"),
        distances: ("cdist", "cosine_embedding_loss", "pdist", "triplet_margin_loss"),
        joining: (
            "atleast_3d", "dstack", "block_diag", "meshgrid", "cartesian_prod",
            "combinations", "vander",
        ),
        ordered: (
            "topk", "kthvalue", "median", "quantile", "msort", "aminmax", "cummax", "cummin",
            "count_nonzero",
        ),
        counted: (
            "unique", "unique_consecutive", "bincount", "histc", "searchsorted", "bucketize",
            "isin", "argwhere",
        ),
        parting: (
            "select", "narrow", "unbind", "tensor_split", "split_with_sizes", "hsplit", "vsplit",
            "dsplit", "unflatten", "expand_as", "broadcast_tensors", "broadcast_shapes", "fliplr",
            "flipud", "rot90", "adjoint", "diag_embed", "diagflat",
        ),
        pointwise: (
            "exp2", "rsqrt", "deg2rad", "rad2deg", "positive", "logit", "logaddexp2", "ldexp",
            "float_power", "heaviside", "isposinf", "isneginf", "isreal", "logical_xor",
            "clamp_min", "clamp_max", "fmax", "fmin", "nan_to_num", "nansum", "nanmean",
        ),
        spreads: (
            "var_mean", "std_mean", "cov", "corrcoef", "dist", "trapezoid", "cumulative_trapezoid",
            "logdet",
        ),
        queries: (
            "is_floating_point", "is_complex", "is_signed", "is_nonzero", "is_same_size",
            "is_tensor", "numel", "result_type", "promote_types", "can_cast", "typename",
        ),
        layers: ("bilinear", "dropout", "pixel_shuffle", "pixel_unshuffle"),
        matrices: ("norm",),
        norms: ("cosine_similarity", "layer_norm", "pairwise_distance", "rms_norm"),
        scaled: (
            "add", "subtract", "rsub", "divide", "addcmul", "addcdiv", "lerp", "mm", "mv", "bmm",
            "addmm", "addmv", "addr", "baddbmm", "addbmm", "chain_matmul", "matrix_power", "cross",
        ),
        statistics: ("var", "std", "diff", "einsum", "inner", "dot", "vdot", "tensordot"),
        without_rule: (
            "floor", "ceil", "trunc", "round", "frac", "floor_divide", "fmod", "remainder",
            "signbit", "bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_not",
        ),
    }.items()
    for name in names
}  # fmt: skip
COMPOSITES |= {
    "pow": pow, "detach": detach, "take_along_axis": take_along_axis,
    "max": choices.extreme("max", "argmax"), "min": choices.extreme("min", "argmin"),
    "argmax": choices.place("argmax"), "argmin": choices.place("argmin"),
    "cat": _sequence("concat", "cat"), "concat": _sequence("concat", "concat"),
    "concatenate": _sequence("concat", "concatenate"), "stack": _sequence("stack", "stack"),
    "hstack": _joined(arrangement.hstack), "vstack": _joined(arrangement.vstack),
    "dstack": _joined(joining.dstack), "column_stack": _joined(arrangement.column_stack),
    "any": choices.truth("any"), "all": choices.truth("all"),
}  # fmt: skip

#: Functions that look at the numbers of one input: under ``vmap`` they run on one at a time.
ALONE = (
    "searchsorted", "bucketize", "bincount", "histc", "isin", "signbit", "unique",
    "unique_consecutive", "argwhere",
)  # fmt: skip

#: Other names of the same function.
ALIASES = {
    "swapaxes": "transpose", "swapdims": "transpose", "movedim": "moveaxis", "clamp": "clip",
    "sub": "subtract", "div": "divide", "row_stack": "vstack", "fix": "trunc",
    "trapz": "trapezoid",
}  # fmt: skip


def _one_axis(label: str) -> Callable[..., str]:
    """The label of a call with an axis; without one it is the rule's."""

    def said(input: Any, dim: Any = None, *rest: Any, axis: Any = None, **words: Any) -> str:
        named = dim if axis is None else axis
        return label if named is not None and not isinstance(named, Tensor) else ""

    return said


def _squeezed(input: Any, dim: Any = None, *, axis: Any = None) -> str:
    named = dim if axis is None else axis
    return "" if named is None else f"SqueezeBackward{1 if isinstance(named, int) else 2}"


def _median(input: Any, dim: Any = None, *rest: Any, axis: Any = None, **words: Any) -> str:
    return "MedianBackward0" if dim is None and axis is None else "MedianBackward1"


def _split(input: Any, size: Any, *rest: Any, **words: Any) -> str:
    return "SplitBackward0" if isinstance(size, int) else "SplitWithSizesBackward0"


#: PyTorch's names of the nodes of functions that are one rule's, which has another name.
LABELS: dict[str, Callable[..., str] | str] = {
    "transpose": "TransposeBackward0", "t": "TBackward0", "adjoint": "TransposeBackward0",
    "squeeze": _squeezed, "unbind": "UnbindBackward0", "chunk": "SplitBackward0", "split": _split,
    "split_with_sizes": "SplitWithSizesBackward0", "narrow": "SliceBackward0",
    "max": _one_axis("MaxBackward0"), "min": _one_axis("MinBackward0"),
    "topk": "TopkBackward0", "kthvalue": "KthvalueBackward0",
    "median": _median, "index_select": "IndexSelectBackward0",
    "masked_select": "MaskedSelectBackward0", "masked_fill": "MaskedFillBackward0",
    "take": "TakeBackward0",
}  # fmt: skip


#: Functions besides the rules' that have an in-place twin.
TWINS = (
    "add", "sub", "subtract", "div", "divide", "addcmul", "addcdiv", "addmm", "addmv", "addr",
    "addbmm", "baddbmm", "lerp", "pow", "clamp", "clip", "clamp_min", "clamp_max", "floor", "ceil",
    "trunc", "fix", "round", "frac", "floor_divide", "fmod", "remainder", "bitwise_and",
    "bitwise_or", "bitwise_xor", "bitwise_not", "eq", "ne", "lt", "le", "gt", "ge", "less",
    "less_equal",
    "greater", "greater_equal", "not_equal", "logical_and", "logical_or", "logical_not",
    "logical_xor", "exp2", "rsqrt", "deg2rad", "rad2deg", "logit", "nan_to_num", "heaviside",
    "ldexp", "float_power", "index_fill", "index_copy", "index_add", "index_put", "put",
    "masked_fill", "masked_scatter", "scatter", "scatter_add", "tril", "triu", "cumsum", "sgn",
)  # fmt: skip
