"""A formula against the numbers of the trace that it was made from; imported by closed forms."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np

from symgrad.algebras.devices import to_host
from symgrad.algebras.precise import Precise
from symgrad.errors import FormulaError, compose
from symgrad.symbolic.derivatives import Again
from symgrad.symbolic.form import ElementForm, shortest
from symgrad.tracing.node import Node
from symgrad.tracing.tensor import Tensor
from symgrad.tracing.walks import replay, structure

#: Relative difference to the double result that is believed at once; beyond it 50 digits decide.
CLOSE, CLOSE_PRECISE = 1e-9, 1e-25
_DIGITS = 50


def check(form: ElementForm, traced: Again) -> None:
    """Compare every entry at the traced point.

    Raises  FormulaError, with both values, where they disagree beyond rounding.
    """
    if not form.expressions:
        return
    want = np.concatenate([np.ravel(to_host(r._value)) for r in traced.results]).astype(float)
    got = np.array([float(n) for n in form.numbers(17)])
    with np.errstate(all="ignore"):
        scale = np.maximum(np.abs(want), 1e-3 * np.max(np.abs(want), initial=0.0))
        close = np.abs(got - want) <= CLOSE * scale
    same = close | (got == want) | (np.isnan(got) & np.isnan(want))
    if not same.all():
        _decide(form, traced, [k for k, agreed in enumerate(same) if not agreed])


def _decide(form: ElementForm, traced: Again, places: list[int]) -> None:
    """Let 50 digits decide where doubles differ: they may only have cancelled."""
    precise = [n for r in traced.results for n in _precise(r)]
    got, meant = form.numbers(_DIGITS), form.numbers(_DIGITS, as_meant=True)
    for k in places:
        # Where the program itself is undefined at 50 digits there is nothing to compare with.
        if not mpmath.isfinite(precise[k]):
            continue
        wanted = got[k].context.mpf(precise[k])  # mpmath.mpf would round to its 15 digits
        # At a kink such as |x - 0.7| at 0.7 the constant as it is meant and as it is held differ.
        if _near(got[k], wanted) or _near(meant[k], wanted):
            continue
        place = tuple(int(i) for i in np.unravel_index(k, form.shape)) if form.shape else ()
        raise FormulaError(
            compose(
                f"the formula disagrees with the program at entry {place}.",
                [
                    ("got", f"{mpmath.nstr(got[k], 17)}   {shortest(form.expressions[k])}"),
                    ("want", mpmath.nstr(wanted, 17)),
                ],
                mend="this is a fault of a rule or of symgrad: sg.crosscheck names the rule; "
                "check=False prints the formula all the same",
            )
        )


def _near(got: Any, wanted: Any) -> bool:
    if not mpmath.isfinite(got):
        return False
    return bool(abs(got - wanted) <= CLOSE_PRECISE * max(1, abs(wanted)))


def _precise(result: Tensor) -> list[Any]:
    algebra = Precise(_DIGITS)
    if not isinstance(result.node, Node):
        return list(algebra.lift(np.asarray(to_host(result._value))).data.ravel())
    nodes, leaves = structure([result.node])
    values = {leaf: algebra.lift(np.asarray(to_host(leaf.value))) for leaf in leaves}
    return list(replay(nodes, values, algebra)[result.node].data.ravel())
