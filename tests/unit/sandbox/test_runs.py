"""A run at any moment."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_gate.sandbox.runs import Run, json_bytes
from probe_gate.sandbox.scenarios import PROFILES, Counts, Scenario
from probe_gate.sandbox.timestamps import render_timestamp

ASKED = 1_800_000_000.0


def run_of(scenario: Scenario, **changes: Any) -> Run:
    values: dict[str, Any] = {
        "id": 7, "target_id": 1, "name": "n", "started_by": "ci@example.com", "scenario": scenario,
        "probes": scenario.probes, "requested_at": ASKED, "pace": 1.0,
    }  # fmt: skip
    return Run(**{**values, **changes})


TEN_AND_TWENTY = Scenario(pending_seconds=10, run_seconds=20, counts=Counts(passed=80, failed=20))


@pytest.mark.parametrize(
    ("after", "status", "passed", "progress"),
    [(0, "PENDING", 0, 0.0), (9.9, "PENDING", 0, 0.0), (20, "RUNNING", 40, 0.5), (30, "COMPLETED", 80, 1.0)],
)
def test_a_run_goes_from_pending_to_completed(after: float, status: str, passed: int, progress: float) -> None:
    """Words, counts and progress follow the time."""
    shown = run_of(TEN_AND_TWENTY).to_json(ASKED + after)
    assert (shown["status"], shown["passedCount"], shown["progress"]) == (status, passed, progress)
    assert shown["totalCount"] == 100


def test_pace_shortens_everything() -> None:
    """A run at ten times the speed is over in a tenth of the time."""
    run = run_of(TEN_AND_TWENTY, pace=0.1)
    assert not run.is_finished(ASKED + 2.9)
    assert run.is_finished(ASKED + 3)


def test_words_between_share_the_time() -> None:
    """Any number of words can be had between the first and the last."""
    run = run_of(TEN_AND_TWENTY.replace(statuses=("A", "B", "C", "D", "E")))
    assert [run.status(ASKED + after) for after in (5, 11, 18, 25, 31)] == ["A", "B", "C", "D", "E"]


def test_one_word_stays_for_ever() -> None:
    """The run may be over, the platform never says so."""
    run = run_of(TEN_AND_TWENTY.replace(statuses=("RUNNING",)))
    assert run.status(ASKED + 1000) == "RUNNING"


def test_two_words_are_going_and_ended() -> None:
    """No queue."""
    run = run_of(TEN_AND_TWENTY.replace(statuses=("RUNNING", "COMPLETED")))
    assert [run.status(ASKED + after) for after in (0, 20, 30)] == ["RUNNING", "RUNNING", "COMPLETED"]


def test_a_cancel_stops_the_counts() -> None:
    """What was executed by then stays."""
    run = run_of(TEN_AND_TWENTY, cancel_requested_at=ASKED + 20)
    for after in (20, 500):
        shown = run.to_json(ASKED + after)
        assert (shown["status"], shown["passedCount"], shown["failedCount"]) == ("CANCELLED", 40, 10)


def test_a_cancel_can_take_its_time() -> None:
    """Until then the run goes on."""
    run = run_of(TEN_AND_TWENTY.replace(cancel_seconds=5), cancel_requested_at=ASKED + 12)
    assert run.status(ASKED + 16) == "RUNNING"
    assert run.status(ASKED + 17) == "CANCELLED"


def test_a_cancel_after_the_end_changes_nothing() -> None:
    """A completed run stays completed."""
    run = run_of(TEN_AND_TWENTY, cancel_requested_at=ASKED + 31)
    assert run.status(ASKED + 40) == "COMPLETED"


def test_a_cancel_can_be_ignored() -> None:
    """The platform said yes, and the run completes."""
    run = run_of(TEN_AND_TWENTY.replace(cancel_works=False), cancel_requested_at=ASKED + 15)
    assert run.status(ASKED + 16) == "RUNNING"
    assert run.status(ASKED + 30) == "COMPLETED"


def test_a_failed_run_stops_half_way() -> None:
    """Planned test cases that were never executed stay planned."""
    run = run_of(TEN_AND_TWENTY.replace(statuses=("PENDING", "RUNNING", "FAILED"), ends_at=0.4))
    shown = run.to_json(ASKED + 30)
    assert shown["passedCount"] + shown["failedCount"] == 40
    assert (shown["totalCount"], shown["progress"]) == (100, 0.4)


def test_a_run_that_never_ends() -> None:
    """Goes on, never over, never at the end of its counts."""
    run = run_of(TEN_AND_TWENTY.replace(run_seconds=math.inf))
    shown = run.to_json(ASKED + 10**7)
    assert shown["status"] == "RUNNING"
    assert shown["passedCount"] < 80


def test_silence_hides_counts_and_progress_until_the_end() -> None:
    """The fields are not there, rather than zero."""
    run = run_of(TEN_AND_TWENTY.replace(profile="silent"))
    assert not {"passedCount", "progress"} & set(run.to_json(ASKED + 20))
    assert run.to_json(ASKED + 30)["passedCount"] == 80


def test_progress_can_go_to_a_hundred() -> None:
    """The contract does not say which."""
    run = run_of(TEN_AND_TWENTY.replace(progress_scale=100))
    assert run.to_json(ASKED + 20)["progress"] == 50


@pytest.mark.parametrize(
    ("meaning", "pending", "running", "over"),
    [
        ("request", 0, 0, 0),
        ("start", None, 10, 10),
        ("end", None, None, 30),
        ("request-then-end", 0, 0, 30),
        ("update", 0, 20, 30),
        ("never", None, None, None),
    ],
)
def test_the_execution_date_can_mean_what_it_likes(
    meaning: str, pending: int | None, running: int | None, over: int | None
) -> None:
    """Null until the moment that it stands for."""
    run = run_of(TEN_AND_TWENTY.with_reading(f"executed={meaning}"))
    for after, expected in ((5, pending), (20, running), (40, over)):
        shown = run.to_json(ASKED + after)["executionDate"]
        assert shown == (None if expected is None else render_timestamp(ASKED + expected))


def test_a_run_can_be_listed_late_and_vanish() -> None:
    """It exists all the same."""
    run = run_of(TEN_AND_TWENTY.replace(listing_lag_seconds=3, vanish_after_seconds=25))
    assert [run.is_listed(ASKED + after) for after in (0, 3, 24, 25)] == [False, True, True, False]


def test_chosen_probes_bring_their_share_of_the_counts() -> None:
    """All probes together bring exactly the whole, whatever its remainder."""
    scenario = Scenario(counts=Counts(passed=211, failed=13, errors=7))
    parts = [run_of(scenario, probes=(probe,)).planned_counts() for probe in scenario.probes]
    assert sum(part.passed for part in parts) == 211
    assert sum(part.failed for part in parts) == 13
    assert sum(part.errors for part in parts) == 7


@given(
    profile=st.sampled_from(sorted(PROFILES)),
    after=st.floats(-5, 100),
    cancel=st.none() | st.floats(0, 50),
    counts=st.tuples(*[st.integers(0, 500)] * 3),
)
def test_counts_never_exceed_the_plan(
    profile: str, after: float, cancel: float | None, counts: tuple[int, int, int]
) -> None:
    """At any moment of any run, unless the scenario contradicts itself on purpose."""
    scenario = TEN_AND_TWENTY.replace(profile=profile, counts=Counts(*counts))
    run = run_of(scenario, cancel_requested_at=None if cancel is None else ASKED + cancel)
    shown = run.to_json(ASKED + after)
    if "totalCount" in shown:
        assert shown["passedCount"] + shown["failedCount"] + shown["errorCount"] <= shown["totalCount"]


def test_dates_are_utc_with_a_zone() -> None:
    """As the contract's date-time."""
    assert render_timestamp(0.5) == "1970-01-01T00:00:00.500Z"


def test_json_is_ascii_whatever_the_text() -> None:
    """A lone surrogate can be sent too."""
    assert json.loads(json_bytes(["\ud800é"])) == ["\ud800é"]
