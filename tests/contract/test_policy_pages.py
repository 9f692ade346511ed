"""docs/policy.md and docs/options.md against what they speak of."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from probe_gate import home
from probe_gate.files.policy_file import parse_policy_file
from probe_gate.files.policy_model import (
    CHECKS_WITH_NAME,
    CHECKS_WITHOUT_NAME,
    PolicySection,
    TargetSection,
    WaiverSection,
    policy_schema_text,
)
from probe_gate.files.problems import names_of
from probe_gate.options import OPTIONS
from probe_gate.settings.parsers import PARSERS
from scripts.write_options_page import KINDS, PAGE, page
from scripts.write_policy_schema import FILE

POLICY_PAGE = (Path(__file__).parents[2] / "docs" / "policy.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", POLICY_PAGE, re.DOTALL | re.MULTILINE)


def test_the_page_of_options_is_that_of_the_code() -> None:
    """What scripts/write_options_page.py writes."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_kind_of_value_is_explained() -> None:
    """A new kind needs a line."""
    assert set(KINDS) == {*PARSERS, "choice"}
    assert {option.kind for option in OPTIONS} <= set(KINDS)


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_policy_that_the_page_shows_is_right(example: str) -> None:
    """Whoever copies it has a policy that works."""
    parse_policy_file(example.encode(), "example", date(2026, 12, 1))


def test_every_key_stands_on_the_page() -> None:
    """And every check that can be waived."""
    sections = (PolicySection, TargetSection, WaiverSection)
    names = [*(key for section in sections for key in names_of(section)), *CHECKS_WITHOUT_NAME, *CHECKS_WITH_NAME]
    assert [name for name in names if name not in POLICY_PAGE] == []
    rows = set(re.findall(r"^\| `([a-z-]+)` \|", POLICY_PAGE, re.MULTILINE))
    assert set(names_of(PolicySection)) <= rows


def test_the_schema_at_its_address_is_the_present_one() -> None:
    """Editors load it from the newest release: run make generate."""
    assert FILE.read_text(encoding="utf-8") == policy_schema_text()
    assert home.policy_schema().endswith("/docs/policy.schema.json")
