"""Scenarios as the control API takes them."""

from __future__ import annotations

import pytest

from probe_gate.sandbox.control import read_scenario
from probe_gate.sandbox.scenarios import SCENARIOS


def test_a_scenario_is_a_name_and_changes() -> None:
    """Both may be left out."""
    assert read_scenario({}) == SCENARIOS["passing"]
    assert read_scenario({"name": "failing"}) == SCENARIOS["failing"]
    changed = read_scenario({"name": "failing", "changes": {"run_seconds": 5, "statuses": ["A", "B"]}})
    assert changed == SCENARIOS["failing"].replace(run_seconds=5, statuses=("A", "B"))


@pytest.mark.parametrize("value", [{"name": "nope"}, {"changes": {"x": 1}}, {"changes": {"counts": {"x": 1}}}])
def test_what_is_none_is_refused(value: dict[str, object]) -> None:
    """With an error that the API turns into 400."""
    with pytest.raises((LookupError, ValueError, TypeError)):
        read_scenario(value)
