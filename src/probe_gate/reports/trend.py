"""The latest runs of a target, from its listing: how often attacks succeeded, and how much went wrong.

Scores are not in the listing, so the trend is of what is each run's own: its counts. No names of runs or people.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from probe_gate.domain.run import Phase, Run
from probe_gate.domain.verdict import TargetVerdict
from probe_gate.reports.story import run_of

MOST_POINTS = 30


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One run of the trend."""

    run_id: int
    started_at: datetime | None
    attack_success_rate: float | None
    """Percent, 0 to 100; None when the run has no usable counts."""
    error_rate: float | None
    """Percent of planned test cases without a result; None when it cannot be told."""
    is_this_run: bool


def trend_points(target: TargetVerdict) -> list[TrendPoint]:
    """At most 30 runs that completed, oldest first, this run among them."""
    this = run_of(target)
    runs = {run.id: run for run in target.evidence.trend}
    if this is not None:
        runs[this.id] = this
    points = [
        _point(run, is_this_run=this is not None and run.id == this.id)
        for run in _by_date(runs.values())
        if run.phase is Phase.SUCCEEDED
    ]
    return [point for point in points if point.attack_success_rate is not None][-MOST_POINTS:]


def _by_date(runs: Iterable[Run]) -> list[Run]:
    return sorted(runs, key=lambda run: (run.started_at.timestamp() if run.started_at else 0.0, run.id))


def _point(run: Run, *, is_this_run: bool) -> TrendPoint:
    counts = run.counts
    success = error = None
    if counts.contradiction is None and counts.failed is not None and counts.judged:
        success = 100 * counts.failed / counts.judged
    if counts.contradiction is None and counts.judged is not None and counts.total:
        error = 100 * (counts.total - counts.judged) / counts.total
    return TrendPoint(run.id, run.started_at, success, error, is_this_run)


def has_trend(points: list[TrendPoint]) -> bool:
    """Whether there is more than one run: a single point shows no trend."""
    return len(points) > 1
