"""The latest runs of a target as a trend."""

from __future__ import annotations

from datetime import timedelta

from probe_gate.domain.evidence import Missing
from probe_gate.domain.run import Counts
from probe_gate.reports.trend import MOST_POINTS, has_trend, trend_points
from tests.harness import factories as make
from tests.harness import samples


def test_oldest_first_with_this_run_at_the_end() -> None:
    """30 runs at most, with rates in percent of their own counts."""
    points = trend_points(make.make_target_verdict(evidence=samples.evidence(trend=samples.past_runs(50))))
    assert len(points) == MOST_POINTS
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
    evidence = make.make_evidence(run=Missing("No run."), trend=samples.past_runs(3))
    points = trend_points(make.make_target_verdict(evidence=evidence))
    assert len(points) == 3
    assert not any(point.is_this_run for point in points)


def test_undated_runs_come_first() -> None:
    """A run without a date cannot be the latest."""
    runs = (make.make_run(id=9, started_at=None), make.make_run(id=8, started_at=make.STARTED - timedelta(days=1)))
    points = trend_points(make.make_target_verdict(evidence=make.make_evidence(trend=runs)))
    assert [point.run_id for point in points] == [9, 8, 7001]
