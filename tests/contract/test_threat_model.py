"""docs/threat-model.md: what it says is shown by tests is shown by tests that there are."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from probe_gate.options import KEY_VARIABLES, OPTIONS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
SECURITY = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
TESTS = sorted(set(re.findall(r"`([\w/]+\.py::\w+)`", PAGE)))
ROWS = re.findall(r"^\| (?!---)(.*) \|$(?!\n\| ---)", PAGE, re.MULTILINE)
"""Of every table, without its head."""


@cache
def find_tests(file: str) -> frozenset[str]:
    """The tests that pytest finds in a file."""
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    functions = (node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(function.name for function in functions if function.name.startswith("test_"))


@pytest.mark.parametrize("test", TESTS)
def test_each_test_that_is_named_exists(test: str) -> None:
    """A page that names a test that was renamed or removed shows nothing."""
    file, _, name = test.partition("::")
    assert (ROOT / "tests" / file).is_file()
    assert name in find_tests(file)


def test_each_threat_has_a_test() -> None:
    """Every row of every table ends with the tests that show it, and with nothing else."""
    assert len(ROWS) >= 30
    for row in ROWS:
        last = row.rpartition(" | ")[2]
        assert re.fullmatch(r"`[\w/]+\.py::\w+`(, `[\w/]+\.py::\w+`)*", last), row


def test_what_it_speaks_of_exists() -> None:
    """Its flags, variables and links."""
    flags = {option.flag for option in OPTIONS} | {"--tag", "--verbose"}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", PAGE)) <= flags
    variables = {name for option in OPTIONS for name in option.env} | set(KEY_VARIABLES)
    assert set(re.findall(r"\bSPLX_\w+", PAGE)) <= variables
    for link in re.findall(r"\]\(([^)#]+)", PAGE):
        assert (ROOT / "docs" / link).is_file(), link
    headings = {
        re.sub(r"[^\w -]", "", text).strip().lower().replace(" ", "-") for text in re.findall(r"^#+ (.*)", PAGE, re.M)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= headings


def test_whoever_reads_about_security_finds_it() -> None:
    """SECURITY.md leads to the page, and the page back to where holes are reported."""
    assert "(docs/threat-model.md)" in SECURITY
    assert "(../SECURITY.md)" in PAGE


def test_it_says_what_is_not_covered() -> None:
    """Whoever has to decide about the key must not have to guess."""
    gaps = PAGE.partition("## What is not covered")[2]
    assert len(re.findall(r"^- \*\*", gaps, re.MULTILINE)) >= 8
