"""Looking for the operation whose derivative made a nan; the sweep looks, this switches it on."""

from __future__ import annotations

from contextvars import Token
from types import TracebackType

from symgrad.tracing.hooks import ANOMALY


def is_anomaly_enabled() -> bool:
    """Whether backward looks for nans here and now.

    >>> sg.is_anomaly_enabled()
    False
    """
    return ANOMALY.get()


class set_detect_anomaly:
    """Switch the search for nans in backward on or off, at once, or for a ``with`` block.

    Takes   mode: on or off; check_nan: False looks for nothing.

    >>> with sg.autograd.set_detect_anomaly(True):
    ...     x = sg.tensor(0.0, requires_grad=True)
    ...     y = (x * 0).sqrt()
    >>> x.grad is None
    True
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self._token: Token[bool] | None = ANOMALY.set(bool(mode and check_nan))

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._restore()

    def _restore(self) -> None:
        if self._token is not None:
            ANOMALY.reset(self._token)
            self._token = None


class detect_anomaly(set_detect_anomaly):
    """A block in which backward raises where a derivative gives nan, and names the user's line.

    It costs a look at every cotangent. Raises  GraphError, in backward.

    >>> x = sg.tensor(0.0, requires_grad=True)
    >>> with sg.autograd.detect_anomaly():
    ...     (0 * x.sqrt()).backward()  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    symgrad.errors.GraphError: Function 'SqrtBackward0' returned nan values in its 0th output...
    """

    def __init__(self, check_nan: bool = True) -> None:
        self._token = None  # nothing is switched before the block
        self._wanted = check_nan

    def __enter__(self) -> None:
        self._token = ANOMALY.set(self._wanted)
