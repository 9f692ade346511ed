"""`probe-gate demo` runs a whole gate against the sandbox."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.processes import environment, run_here


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
