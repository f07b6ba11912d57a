"""Pages hold together: every Python block runs as a doctest, every link leads somewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
#: What pytest collects as doctests: `testpaths` in pyproject.toml.
RUN = [page for page in PAGES if page.name == "README.md" or page.is_relative_to(ROOT / "docs")]


def blocks(text):
    """The fenced blocks of a page: language and contents."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def loose(text):
    """What a reader of a page would take for Python that runs, but no doctest runs."""
    faults = [f"a block of {language or 'no language'}" for language, _ in blocks(text)
              if language not in ("python", "sh")]  # fmt: skip
    for _, block in (found for found in blocks(text) if found[0] == "python"):
        if not block.startswith(">>> "):
            faults.append(f"no prompt: {block.splitlines()[0]}")
        elif not block.endswith("\n\n"):  # else the fence would count as output
            faults.append(f"no empty line at the end: {block.splitlines()[-1]}")
    return faults


def broken(page, text):
    """Links of a page that lead nowhere in the checkout."""
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", prose)
    return [a for a in links if "://" not in a and not (page.parent / a).exists()]


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.name)
def test_every_block_runs(page):
    assert loose(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    assert broken(page, page.read_text(encoding="utf-8")) == []


def test_planted_faults_are_found(tmp_path):
    assert loose("```python\nx = 1\n```\n") == ["no prompt: x = 1"]
    assert loose("```python\n>>> 1\n1\n```\n") == ["no empty line at the end: 1"]
    assert loose("```\n>>> 1\n1\n\n```\n") == ["a block of no language"]
    assert broken(tmp_path / "a.md", "[a](b.md) [b](https://x.org) [c](.)") == ["b.md"]


def test_from_scratch_is_short():
    """About 120 lines rebuild the core: what the page promises."""
    text = (ROOT / "docs" / "from_scratch.md").read_text(encoding="utf-8")
    lines = [line for _, block in blocks(text) for line in block.splitlines()]
    assert 70 <= len([line for line in lines if line.startswith((">>> ", "... "))]) <= 120
