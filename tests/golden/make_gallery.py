"""Writes golden/gallery.json and docs/gallery.md: what every case of the gallery comes to.

Run by hand, after looking at what has changed: python tests/golden/make_gallery.py
"""

from __future__ import annotations

import json
import sys
from itertools import groupby
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent.parent)]

from gallery import Case  # noqa: E402 (found by the line above)
from gallery_identities import CASES  # noqa: E402

GOLDEN = HERE / "gallery.json"
PAGE = HERE.parent.parent / "docs" / "gallery.md"

HEAD = """# Gallery

Formulas that `sg.closed_form` prints for the programs beside them, at any size. Every one is
checked when it is made, and again by `tests/test_gallery.py`: the text and the LaTeX against golden
files, the index form entry by entry against SymPy's derivative of the program.

`python tests/golden/make_gallery.py` writes this page. A vector is a column, indices count from 0,
`⊙` multiplies entry by entry, `M^∘2` squares each entry, and `[i = j]` is 1 where that holds and 0
elsewhere. Numbers before a title are those of *The Matrix Cookbook* (K. B. Petersen and M. S.
Pedersen, 2012); a derivative is always the one in all entries, and what is known of a matrix only
shortens it.
"""


def outputs(case: Case) -> dict[str, str]:
    """A case's text in both alphabets, and its LaTeX."""
    form = case.form(check=False)
    return {"text": form.text(), "ascii": form.text("ascii"), "latex": form.latex()}


def everything() -> dict[str, dict[str, str]]:
    """Every case by its name."""
    return {case.name: outputs(case) for case in CASES}


def as_json(found: dict[str, Any]) -> str:
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def page(found: dict[str, dict[str, str]]) -> str:
    """The page of the documentation."""
    parts, told = [HEAD], set()
    for group, cases in groupby(CASES, key=lambda case: case.group):
        parts.append(f"## {group}\n")
        for case in cases:
            parts.append(_entry(case, found[case.name], told))
    return "\n".join(parts)


def _entry(case: Case, out: dict[str, str], told: set[str]) -> str:
    """A case's program and call as a doctest, and its formula; a def stands at its first use."""
    lines = []
    for source in case.definitions():
        if source not in told:
            told.add(source)
            first, *rest = source.split("\n")
            lines += [f">>> {first}", *(f"... {line}".rstrip() for line in rest)]
    lines.append(f">>> print({_call(case)})")
    program = "\n".join([*lines, out["text"]])
    return f"### {case.title}\n\n```python\n{program}\n\n```\n\n$$\n{out['latex']}\n$$\n"


def _call(case: Case) -> str:
    options = {"wrt": case.wrt, "notation": case.notation, "assume": case.assume}
    given = [f"{k}={json.dumps(v, ensure_ascii=False)}" for k, v in case.sizes.items()]
    if case.many:
        given = [given[0], case.many]
    given += [f"{k}={_quoted(v)}" for k, v in options.items() if v]
    return f"sg.closed_form({case.source()}, {', '.join(given)})"


def _quoted(value: Any) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(map(_quoted, value))})"
    return json.dumps(value, ensure_ascii=False)


def main() -> None:
    if sys.argv[1:] == ["--print"]:
        sys.stdout.buffer.write(as_json(everything()).encode())
        return
    found = everything()
    GOLDEN.write_text(as_json(found), encoding="utf-8")
    PAGE.write_text(page(found), encoding="utf-8")
    print(f"{len(found)} cases")


if __name__ == "__main__":
    main()
