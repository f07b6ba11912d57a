"""Messages held against a golden file: raised, read and written anew in one way."""

import re
import sys
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent / "golden"


def cases_of(module, *others):
    """The functions of a module that each raise an error; ``others`` are none."""
    return [
        f for f in module.values()
        if callable(f) and getattr(f, "__module__", "") == module["__name__"]
        and not isinstance(f, type) and f not in others
    ]  # fmt: skip


def message(case):
    """The class and the text, with what differs from place to place left out."""
    file = case.__code__.co_filename
    with np.errstate(all="ignore"):
        try:
            case()
        except Exception as error:
            names = [c.__name__ for c in type(error).__mro__ if c.__module__ == "builtins"]
            kind = f"{type(error).__name__}({', '.join(names[: names.index('Exception')])})"
            text = re.sub(r"(\w+\.py):\d+", r"\1", str(error)).replace(file, "FILE")
            return f"{kind}: {text}"
    raise AssertionError(f"{case.__name__} raises nothing")


def read(file):
    """The words by the names of their cases."""
    blocks = (FOLDER / file).read_text(encoding="utf-8").split("\n== ")[1:]
    return {name: text.strip("\n") for name, _, text in (b.partition("\n") for b in blocks)}


def write(file, test, cases, words=message):
    """Write the words of all cases; look at the difference before you keep it."""
    head = f"Messages of {test}.py, written by `python -m tests.{test}`.\n"
    body = "".join(f"\n== {case.__name__}\n{words(case)}\n" for case in cases)
    (FOLDER / file).write_text(head + body, encoding="utf-8")
    sys.stdout.write(f"{len(cases)} messages written\n")
