"""What functions with several results give: named tuples that print as PyTorch's do."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

#: Function -> the names of what it gives.
FIELDS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("max", "min", "sort", "topk", "kthvalue", "median", "nanmedian", "mode", "cummax",
         "cummin"),
        ("values", "indices"),
    ),
    "aminmax": ("min", "max"),
    "linalg_slogdet": ("sign", "logabsdet"),
    "slogdet": ("sign", "logabsdet"),
}  # fmt: skip


def _repr(self: Any) -> str:
    parts = ",\n".join(f"{name}={value!r}" for name, value in zip(self._fields, self, strict=True))
    return f"symgrad.return_types.{type(self).__name__}(\n{parts})"


def _made(name: str, fields: tuple[str, ...]) -> Any:
    base = namedtuple(name, fields)  # type: ignore[misc]
    doc = f"What ``{name}`` gives: {' and '.join(fields)}."
    body = {"__slots__": (), "__repr__": _repr, "__doc__": doc, "__module__": __name__}
    return type(name, (base,), body)


#: Function -> the class of its result; each is found here by name too, for pickle.
RESULTS: dict[str, Any] = {name: _made(name, fields) for name, fields in FIELDS.items()}
globals().update(RESULTS)
