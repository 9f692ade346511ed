"""README.md and the other pages against what they speak of."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pytest

from probe_gate import home
from probe_gate.cli.arguments import parse, split_command
from probe_gate.cli.commands import is_command_name
from probe_gate.errors import EXIT_CODES, Outcome
from probe_gate.options import OPTIONS
from scripts.write_readme_tables import QUICK_START, quick_start_parts, readme_parts, with_parts
from tests.contract.ci_files import ROOT, read_yaml

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.md")])
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROGRAMS = frozenset({"probe-gate", f"{home.image()}:1"})
SHELL_OPERATORS = frozenset({"|", "||", "&&", "&", ";", ">", "<"})
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def page_name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def commands_in(text: str) -> Iterator[list[str]]:
    """What stands behind the program's name in the blocks of a page: arguments as a person would type them."""
    for _, body in FENCED.findall(text):
        for line in body.replace("\\\n", " ").splitlines():
            words = words_of(line)
            for place, word in enumerate(words):
                if word not in PROGRAMS:
                    continue
                arguments = list(takewhile(lambda argument: argument not in SHELL_OPERATORS, words[place + 1 :]))
                if arguments and (arguments[0].startswith("-") or is_command_name(arguments[0])):
                    yield arguments


def words_of(line: str) -> list[str]:
    """The words of a line of shell; those of a quoted command line too, as in a Jenkinsfile. None of other lines."""
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        return []
    return [part for word in words for part in ([*words_of(word), ";"] if "probe-gate " in word else [word])]


def test_the_tables_are_those_of_the_code() -> None:
    """The tables of options and exit codes are what scripts/write_readme_tables.py writes."""
    assert with_parts(README, readme_parts()) == README
    quick_start = QUICK_START.read_text(encoding="utf-8")
    assert with_parts(quick_start, quick_start_parts()) == quick_start


def test_every_outcome_has_its_row() -> None:
    """No way to end is left out of the table."""
    for outcome in Outcome:
        assert f"| `{outcome}` |" in README
    assert set(EXIT_CODES) == set(Outcome)


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_every_command_that_a_page_shows_is_understood(page: Path) -> None:
    """What a reader copies from a page has the commands and flags that there are."""
    for shown in commands_in(page.read_text(encoding="utf-8")):
        command, rest = split_command(shown)
        parse(command, rest)


def test_the_readme_shows_commands() -> None:
    """The search for commands finds those that are plainly there."""
    assert len(list(commands_in(README))) >= 3


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_every_flag_that_a_page_names_exists(page: Path) -> None:
    """No page tells of an option that is not there."""
    known = {option.flag for option in OPTIONS} | {"--help", "--version"}
    for source in (ROOT / "src" / "probe_gate").glob("*/*.py"):
        known |= set(re.findall(r"\"(--[a-z][a-z-]+)\"", source.read_text(encoding="utf-8")))
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    assert set(re.findall(r"`(?:probe-gate [^`]*?)?(--[a-z][a-z-]+)", text)) <= known


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_every_link_into_the_project_leads_somewhere(page: Path) -> None:
    """Links to other files of the project, and to headings in them, are not broken."""
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, heading = target.partition("#")
        file = page.parent / path if path else page
        assert file.exists(), f"{page.name} links to {target}"
        if heading:
            assert heading in anchors(file.read_text(encoding="utf-8")), f"{page.name} links to {target}"


def anchors(text: str) -> set[str]:
    """The anchors that a Markdown page's headings get."""
    headings = re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_the_outputs_that_the_readme_names_are_those_of_the_action() -> None:
    """The list of outputs is whole."""
    sentence = re.search(r"The outputs are (.*?)\.", README, re.DOTALL)
    assert sentence is not None
    assert set(re.findall(r"`([a-z-]+)`", sentence[1])) == set(read_yaml("action.yml")["outputs"])
