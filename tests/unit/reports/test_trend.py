"""The trend, and since when a check is not fine."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from probe_gate.domain.evidence import Evidence, Unavailable
from probe_gate.domain.run import Counts, Run
from probe_gate.domain.verdict import Check
from probe_gate.reports.trend import MAX_POINTS, format_day, has_trend, since_when, trend_points
from tests.harness import factories as make
from tests.harness import samples


def test_oldest_first_with_this_run_at_the_end() -> None:
    """30 runs at most, with rates in percent of their own counts."""
    points = trend_points(make.make_target_verdict(evidence=samples.evidence(trend=samples.past_runs(50))))
    assert len(points) == MAX_POINTS
    assert [point.run_id for point in points][-2:] == [7000, 7001]
    assert points[-1].is_this_run
    assert points[-1].attack_success_rate is not None
    assert round(points[-1].attack_success_rate, 2) == 3.03
    assert points[-1].error_rate == 1.0


def test_runs_without_a_result_are_no_points() -> None:
    """Failed runs, running ones and ones with impossible counts have no rate to show."""
    odd = (
        make.make_run(id=1, status="FAILED"),
        make.make_run(id=2, status="RUNNING"),
        make.make_run(id=3, counts=Counts(90, 20, 0, 100)),
        make.make_run(id=4, counts=Counts(None, 2, 0, 100)),
        make.make_run(id=5, counts=Counts(0, 0, 100, 100)),
    )
    points = trend_points(make.make_target_verdict(evidence=make.make_evidence(trend=odd)))
    assert [point.run_id for point in points] == [7001]
    assert not has_trend(points)


def test_this_run_is_read_from_the_evidence_not_from_an_older_listing() -> None:
    """The listing may still show it as running."""
    stale = make.make_run(status="RUNNING", counts=Counts(1, 0, 0, 100))
    points = trend_points(make.make_target_verdict(evidence=make.make_evidence(trend=(stale,))))
    assert [round(point.attack_success_rate or 0, 1) for point in points] == [3.0]


def test_without_a_run_the_trend_is_of_the_others() -> None:
    """`check` starts no run."""
    evidence = make.make_evidence(run=Unavailable("No run."), trend=samples.past_runs(3))
    points = trend_points(make.make_target_verdict(evidence=evidence))
    assert len(points) == 3
    assert not any(point.is_this_run for point in points)


def test_undated_runs_come_first() -> None:
    """A run without a date cannot be the latest."""
    runs = (make.make_run(id=9, started_at=None), make.make_run(id=8, started_at=make.STARTED - timedelta(days=1)))
    points = trend_points(make.make_target_verdict(evidence=make.make_evidence(trend=runs)))
    assert [point.run_id for point in points] == [9, 8, 7001]


def told(check: Check, evidence: Evidence) -> str:
    return since_when(check, make.make_target_verdict(evidence=evidence))


def overall(measured: float = 74.0) -> Check:
    return make.make_failed_check(id="overall-score", measured_value=measured, limit_value=80.0)


def rate(measured: float = 9.0) -> Check:
    return make.make_failed_check(id="attack-success-rate", measured_value=measured, limit_value=5.0)


@pytest.mark.parametrize(
    ("before", "said"), [(82, "new: it was 82 before this run"), (76, "not new: it was already 76 before this run")]
)
def test_a_score_is_compared_with_the_reading_before(before: int, said: str) -> None:
    """New when it was above its minimum before this run."""
    assert told(overall(), make.make_evidence(scores_before=make.make_scores_before(overall=before))) == said


def test_a_baseline_comes_before_the_reading_before() -> None:
    """It is what the team compares with."""
    assert told(overall(), make.make_evidence(baseline=make.make_baseline())) == "new: it was 82 in the baseline"


def test_a_category_is_found_without_regard_to_case() -> None:
    """As the policy names it."""
    check = make.make_failed_check(id="category-score:security", measured_value=71.0, limit_value=90.0)
    assert told(check, make.make_evidence()) == "new: it was 91 before this run"


@pytest.mark.parametrize(
    "changes",
    [
        {"scores_before": Unavailable("No answer.")},
        {"scores_before": make.make_scores_before(overall=None)},
    ],
)
def test_nothing_is_said_where_nothing_is_known(changes: dict[str, Any]) -> None:
    """No guess."""
    assert told(overall(), make.make_evidence(**changes)) == ""


def rates(*failed: int) -> tuple[Run, ...]:
    """Runs of 100 test cases, one a day, the newest first."""
    return tuple(
        replace(run, counts=make.make_counts(passed=100 - count, failed=count, errors=0))
        for run, count in zip(samples.past_runs(len(failed)), failed, strict=True)
    )


@pytest.mark.parametrize(
    ("failed", "said"),
    [
        ((9, 3, 2), "new: it was 3 % in the previous run"),
        ((9, 8, 7, 2), "3 runs in a row, since 22 Nov 2026"),
        ((9, 8, 7), "all of the last 3 runs"),
        ((9,), ""),
    ],
)
def test_a_rate_is_followed_back_through_the_runs(failed: tuple[int, ...], said: str) -> None:
    """How many runs in a row were over the limit."""
    runs = rates(*failed)
    assert told(rate(), make.make_evidence(run=runs[0], trend=runs)) == said


def test_other_checks_have_no_since() -> None:
    """A run that failed has no history."""
    assert told(make.make_failed_check(id="run-completed"), make.make_evidence()) == ""


def test_days_read_the_same_everywhere() -> None:
    """Not by the machine's locale."""
    assert format_day(make.NOW) == "24 Nov 2026"
