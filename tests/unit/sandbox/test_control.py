"""Scenarios as the control API takes them."""

from __future__ import annotations

import pytest

from probe_gate.sandbox.control import parse_scenario
from probe_gate.sandbox.scenarios import SCENARIOS


def test_a_scenario_is_a_name_and_changes() -> None:
    """Both may be left out."""
    assert parse_scenario({}) == SCENARIOS["passing"]
    assert parse_scenario({"name": "failing"}) == SCENARIOS["failing"]
    changed = parse_scenario({"name": "failing", "changes": {"run_seconds": 5, "statuses": ["A", "B"]}})
    assert changed == SCENARIOS["failing"].replace(run_seconds=5, statuses=("A", "B"))


def test_a_reading_among_the_changes_adds_to_that_of_the_scenario() -> None:
    """As text, in the words of `--reading`."""
    changed = parse_scenario({"name": "late-scores", "changes": {"reading": "executed=end"}})
    assert changed == SCENARIOS["late-scores"].with_reading("executed=end")
    assert str(changed.reading) == "executed=end,lag=30s"


@pytest.mark.parametrize("value", [{"changes": {"reading": wrong}} for wrong in ("lag", "x=1", 5, None, {"lag": 1})])
def test_what_is_no_reading_is_refused(value: dict[str, object]) -> None:
    """With an error that the API turns into 400."""
    with pytest.raises((ValueError, TypeError)):
        parse_scenario(value)


@pytest.mark.parametrize("value", [{"name": "nope"}, {"changes": {"x": 1}}, {"changes": {"counts": {"x": 1}}}])
def test_what_is_none_is_refused(value: dict[str, object]) -> None:
    """With an error that the API turns into 400."""
    with pytest.raises((LookupError, ValueError, TypeError)):
        parse_scenario(value)
