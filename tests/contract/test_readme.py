"""README.md against what it speaks of."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from probe_gate.errors import EXIT_CODES, Outcome
from probe_gate.options import OPTIONS
from scripts.write_readme_tables import with_tables

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.md")])
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_tables_are_those_of_the_code() -> None:
    """The tables of options and exit codes are what scripts/write_readme_tables.py writes."""
    assert with_tables(README) == README


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_flag_that_a_page_names_exists(page: Path) -> None:
    """No page tells of an option that is not there."""
    own = {option.flag for option in OPTIONS}
    own |= {"--help", "--version", "--test-run-id", "--mark", "--yes", "--dry-run", "--force", "--scenario", "--port"}
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    named = set(re.findall(r"`(?:probe-gate [^`]*?)?(--[a-z][a-z-]+)", text))
    assert named <= own


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
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


def test_every_outcome_has_its_row() -> None:
    """No way to end is left out of the table."""
    for outcome in Outcome:
        assert f"| `{outcome}` |" in README
    assert set(EXIT_CODES) == set(Outcome)
