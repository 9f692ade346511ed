"""The scenarios by name."""

from __future__ import annotations

import pytest

from probe_gate.sandbox.faults import FaultPlan
from probe_gate.sandbox.scenarios import SCENARIOS, find_scenario

WANTED = {
    "passing", "failing", "category-low", "run-failed", "run-cancelled", "slow", "flaky", "stale-scores",
    "target-errors", "no-score", "null-category", "unknown-status", "overlap", "busy", "missing-category", "vocab",
    "vanish",
}  # fmt: skip


def test_what_users_want_to_rehearse_is_there() -> None:
    """None of these may ever go away."""
    assert set(SCENARIOS) >= WANTED


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_each_says_what_happens(name: str) -> None:
    """One sentence that fits a line, and faults that exist."""
    scenario = SCENARIOS[name]
    assert scenario.summary.endswith(".")
    assert len(scenario.summary) < 100
    FaultPlan(scenario.faults)


def test_a_misspelt_name_is_answered_with_the_nearest() -> None:
    """So that nobody needs the list."""
    with pytest.raises(LookupError, match="'stale-scores'"):
        find_scenario("stale-score")
