"""`probe-gate demo` runs a whole gate against the sandbox."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.harness.processes import environment, run_here

README = Path(__file__).parents[2] / "README.md"


@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        ({}, "Limit from the demo."),
        ({"PROBE_GATE_MIN_CATEGORY_SCORE": "80"}, "Limit from PROBE_GATE_MIN_CATEGORY_SCORE."),
    ],
)
def test_a_limit_of_the_demo_names_who_set_it(chosen: dict[str, str], says: str, tmp_path: Path) -> None:
    """A variable is named only if the user has set it."""
    arguments = ("--speed", "10000", "--scenario", "category-low")
    ended = run_here(tmp_path, "demo", *arguments, env=environment(tmp_path, chosen))
    assert (ended.code, ended.outcome) == (1, "failed"), ended.output
    assert says in " ".join(ended.output.split())


def test_the_readme_shows_what_the_demo_prints(tmp_path: Path) -> None:
    """Every line of its example, in that order; three dots stand for lines left out."""
    found = re.search(
        r"```text\n\$ make demo ARGS='([^'\n]*)'\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL
    )
    assert found is not None
    ended = run_here(tmp_path, "demo", "--speed", "10000", *shlex.split(found[1]), env=environment(tmp_path))
    printed = iter([re.sub(r"^\S+Z  ", "", line) for line in ended.output.splitlines()])
    shown = [line for line in found[2].splitlines() if line.strip() not in ("", "...")]
    assert [line for line in shown if line not in printed] == []
