"""Scenarios as values."""

from __future__ import annotations

import json
import math

import pytest

from probe_gate.sandbox.scenario import Counts, Scenario
from probe_gate.sandbox.scenarios import SCENARIOS


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
