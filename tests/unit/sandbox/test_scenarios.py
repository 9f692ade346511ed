"""Scenarios as values."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_gate.sandbox.faults import FaultPlan
from probe_gate.sandbox.scenarios import (
    PROFILES,
    SCENARIOS,
    STUCK_AT,
    Counts,
    Scenario,
    displayed_fraction,
    find_scenario,
)


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_every_scenario_survives_json(name: str) -> None:
    """What the control API and the state file write is read back as the same value."""
    scenario = SCENARIOS[name]
    assert Scenario.from_json(json.loads(json.dumps(scenario.to_json()))) == scenario


def test_infinity_survives_json() -> None:
    """A run that never ends is still one after a round trip through strict JSON."""
    text = json.dumps(Scenario(run_seconds=math.inf).to_json(), allow_nan=False)
    assert Scenario.from_json(json.loads(text)).run_seconds == math.inf


def test_unknown_fields_are_named() -> None:
    """A misspelt field is not silently without effect."""
    with pytest.raises(ValueError, match="run_secs"):
        Scenario.from_json({"run_secs": 5})


@pytest.mark.parametrize(
    "changes",
    [{"statuses": ()}, {"profile": "zigzag"}, {"run_seconds": -1.0}, {"pending_seconds": -0.1}],
)
def test_what_cannot_be_is_refused(changes: dict[str, object]) -> None:
    """A scenario without words, with an unknown profile or with negative time cannot be made."""
    with pytest.raises(ValueError, match=r".+"):
        Scenario().replace(**changes)


def test_the_planned_total_can_contradict_the_counts() -> None:
    """Only when told to."""
    assert Counts(5, 3, 2).total == 10
    assert Counts(5, 3, 2, planned=4).total == 4


def test_a_category_of_ones_own_gets_a_probe() -> None:
    """Any category can be named, known to the catalogue or not."""
    probes = Scenario(categories={"Security": 90, "Lawfulness": 80}).probes
    assert {probe.category for probe in probes} == {"Security", "Lawfulness"}
    assert len({probe.id for probe in probes}) == len(probes)


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


@given(profile=st.sampled_from(sorted(PROFILES)), elapsed_fraction=st.floats(-2, 3))
def test_what_is_shown_is_always_a_share(profile: str, elapsed_fraction: float) -> None:
    """Between 0 and 1 at every moment, nothing before the start, all from the end on."""
    share = displayed_fraction(profile, elapsed_fraction)
    assert 0 <= share <= 1
    if elapsed_fraction <= 0:
        assert share == 0
    if elapsed_fraction >= 1:
        assert share == 1


@given(st.sampled_from(["linear", "s-shaped", "steps", "stuck"]), st.floats(0, 1), st.floats(0, 1))
def test_honest_profiles_never_fall(profile: str, one: float, other: float) -> None:
    """Later means at least as far."""
    early, late = sorted((one, other))
    assert displayed_fraction(profile, early) <= displayed_fraction(profile, late) + 1e-9


@pytest.mark.parametrize(
    ("profile", "elapsed_fraction", "expected"),
    [
        ("linear", 0.25, 0.25),
        ("s-shaped", 0.5, 0.5),
        ("steps", 0.39, 0.2),
        ("steps", 0.41, 0.4),
        ("stuck", 0.6, STUCK_AT),
        ("stuck", 0.93, STUCK_AT),
        ("silent", 0.9, 0.0),
    ],
)
def test_points_of_the_profiles(profile: str, elapsed_fraction: float, expected: float) -> None:
    """Each has the shape that its name says."""
    assert displayed_fraction(profile, elapsed_fraction) == pytest.approx(expected)


def test_backwards_falls_while_the_run_goes_on() -> None:
    """Progress is less at the end than at the start."""
    assert displayed_fraction("backwards", 0.9) < displayed_fraction("backwards", 0.1)
