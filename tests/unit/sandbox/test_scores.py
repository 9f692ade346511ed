"""Scores from the latest run of each probe."""

from __future__ import annotations

from typing import Any

from probe_gate.sandbox.other_runs import History
from probe_gate.sandbox.readings import STANDARD, Reading
from probe_gate.sandbox.runs import Run
from probe_gate.sandbox.scenarios import Counts, Scenario
from probe_gate.sandbox.scores import score_overview, target_scores
from probe_gate.sandbox.timestamps import render_timestamp

from .manual_clock import START

GOOD = Scenario(pending_seconds=0, run_seconds=10, categories={"Security": 90, "Safety": 80})
NO_HISTORY = History(GOOD, 0, 1, START)


def run_of(scenario: Scenario, requested_at: float = START, **changes: Any) -> Run:
    values: dict[str, Any] = {
        "id": 7, "target_id": 1, "name": "n", "started_by": None, "scenario": scenario,
        "probes": scenario.probes, "requested_at": requested_at, "pace": 1.0,
    }  # fmt: skip
    return Run(**{**values, **changes})


def scores(*runs: Run, after: float, history: History = NO_HISTORY, reading: Reading = STANDARD) -> dict[str, Any]:
    return score_overview(target_scores(history, runs, START + after), reading)


def test_a_run_of_all_probes_gives_exactly_its_categories() -> None:
    """No rounding on the way, and the counts are the run's."""
    answer = scores(run_of(GOOD.replace(counts=Counts(passed=90, failed=10), overall=77)), after=10)
    assert answer["scores"] == {"Security": 90, "Safety": 80}
    assert answer["overallScore"] == 77
    assert (answer["simulatedAttacks"], answer["successfulAttacks"]) == (100, 10)
    assert answer["latestExecutionDate"] == render_timestamp(START + 10)


def test_nothing_shows_before_the_end() -> None:
    """Unless the scores appear probe by probe."""
    assert target_scores(NO_HISTORY, [run_of(GOOD)], START + 9).results == {}
    along = GOOD.with_reading("appear=per-probe")
    assert 0 < len(target_scores(NO_HISTORY, [run_of(along)], START + 5).results) < len(GOOD.probes)


def test_chosen_probes_blend_with_older_runs_of_the_others() -> None:
    """Only the category of the probe that ran moves."""
    old = run_of(GOOD)
    chosen = tuple(probe for probe in GOOD.probes if probe.category == "Safety")[:1]
    worse = GOOD.replace(categories={"Security": 10, "Safety": 20})
    new = run_of(worse, START + 20, probes=chosen)
    answer = scores(old, new, after=40)
    assert answer["scores"]["Security"] == 90
    assert 20 < answer["scores"]["Safety"] < 80
    assert answer["latestExecutionDate"] == render_timestamp(START + 30)


def test_attacks_of_a_cancelled_run_count() -> None:
    """Probes that were through have a new result, the others keep the old one."""
    old = run_of(GOOD)
    worse = GOOD.replace(categories={"Security": 10, "Safety": 10})
    cancelled = run_of(worse, START + 20, cancel_requested_at=START + 25)
    answer = scores(old, cancelled, after=40)
    assert 10 < answer["overallScore"] < 87


def test_a_lag_keeps_the_old_scores() -> None:
    """For so long after the end, or for ever."""
    old = run_of(GOOD)
    late = run_of(GOOD.replace(categories={"Security": 10, "Safety": 10}).with_reading("lag=30s"), START + 20)
    assert scores(old, late, after=59)["scores"]["Security"] == 90
    assert scores(old, late, after=60)["scores"]["Security"] == 10
    never = run_of(GOOD.replace(categories={"Security": 10}).with_reading("lag=never"), START + 20)
    assert scores(old, never, after=10**6)["scores"]["Security"] == 90


def test_the_latest_date_can_be_that_of_the_first_probe() -> None:
    """Then it lies before the end of the run."""
    first = scores(run_of(GOOD.with_reading("scores=first-probe")), after=10)["latestExecutionDate"]
    assert render_timestamp(START) < first < render_timestamp(START + 5)


def test_a_category_without_a_score_is_null() -> None:
    """It is there, and says nothing; the overall score is that of the others."""
    answer = scores(run_of(GOOD.replace(categories={"Security": None, "Safety": 80})), after=10)
    assert answer["scores"] == {"Security": None, "Safety": 80}
    assert answer["overallScore"] == 80


def test_earlier_runs_count_until_there_are_newer_ones() -> None:
    """A target with a history has scores before its first trigger."""
    history = History(GOOD.replace(earlier_categories={"Security": 50, "Safety": 60}), 3, 1, START)
    assert scores(after=0, history=history)["scores"] == {"Security": 50, "Safety": 60}
    assert scores(run_of(GOOD), after=10, history=history)["scores"] == {"Security": 90, "Safety": 80}


def test_the_whole_map_can_be_null() -> None:
    """As the contract allows."""
    results = target_scores(NO_HISTORY, [run_of(GOOD)], START + 10)
    assert score_overview(results, Reading(), scores_null=True)["scores"] is None
