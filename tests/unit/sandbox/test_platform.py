"""What the sandbox remembers in a file."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from probe_gate.sandbox.platform import Platform
from probe_gate.sandbox.scenarios import SCENARIOS, Scenario
from probe_gate.sandbox.targets import first_targets

from .manual_clock import ManualClock


def platform(file: Path, clock: ManualClock, scenario: Scenario = SCENARIOS["passing"]) -> Platform:
    return Platform(scenario, now=clock, state_file=file)


def test_everything_is_as_it_was(tmp_path: Path) -> None:
    """Targets, runs, cancels, history, and the number of the next run."""
    file, clock = tmp_path / "state.json", ManualClock()
    first = platform(file, clock)
    cancelled = first.engine.trigger(1, [1, 2], "one")
    first.engine.trigger(2, None, "two")
    clock.forward(5)
    first.engine.cancel(cancelled)
    created = first.create_target(first_targets(1, 1)[1])
    first.delete_target(5)
    first.save()
    clock.forward(1)

    second = platform(file, clock)
    assert second.targets == first.targets
    for target_id in second.targets:
        assert second.engine.run_list(target_id).plain() == first.engine.run_list(target_id).plain()
        assert second.engine.scores(target_id) == first.engine.scores(target_id)
    assert second.engine.trigger(created, None, "x") == first.engine.trigger(created, None, "x")
    assert second.create_target(first.targets[1]) == created + 1


def test_readings_and_other_runs_are_as_they_were(tmp_path: Path) -> None:
    """Those that the platform started in somebody else's name, with their dates, and a target without a past."""
    file, clock = tmp_path / "state.json", ManualClock()
    reading = "executed=end,precision=s/7,earlier=20m,stuck=RUNNING,future=5h,nightly-during=5s,lag=never"
    first = platform(file, clock, SCENARIOS["passing"].with_reading(reading))
    first.engine.trigger(1, None, "one")
    created = first.create_target(first_targets(1, 1)[1])
    first.save()
    clock.forward(15)

    second = platform(file, clock)
    assert second.engine.target_states[0].scenario == first.engine.target_states[0].scenario
    assert second.engine.run_list(1).plain() == first.engine.run_list(1).plain()
    assert second.engine.scores(1) == first.engine.scores(1)
    assert b"".join(second.engine.run_list(created).plain()) == b"[]"


def test_the_state_wins_over_the_start(tmp_path: Path) -> None:
    """Runs that are there keep their scenario, later ones of the same targets too."""
    file, clock = tmp_path / "state.json", ManualClock()
    platform(file, clock).save()
    again = platform(file, clock, SCENARIOS["failing"])
    assert again.engine.target_state(1).scenario == SCENARIOS["passing"]


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    """It holds the secrets of targets."""
    file = tmp_path / "state.json"
    platform(file, ManualClock())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [item.name for item in tmp_path.iterdir()] == ["state.json"]


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", '{"version":99}', "not json", '{"version":1,"scenarios":[{"a":1}]}']
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    """By name, and it is left alone."""
    file = tmp_path / "state.json"
    file.write_text(text)
    with pytest.raises(ValueError, match=r"state\.json is not a state file"):
        platform(file, ManualClock())
    assert file.read_text() == text
