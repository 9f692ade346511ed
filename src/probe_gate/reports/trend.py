"""The latest runs of a target: how often attacks succeeded, how much went wrong, and since when a check is not fine.

Scores are not in the listing, so the trend is of each run's counts. No names of runs or people.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from probe_gate.domain.formatting import format_exact, format_number
from probe_gate.domain.run import Run, RunState
from probe_gate.domain.scores import same_category
from probe_gate.domain.verdict import Check, TargetVerdict
from probe_gate.reports.target_rows import earlier_scores

MAX_POINTS = 30


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
    """Or one of the runs of this gate, if it had several."""


def trend_points(target: TargetVerdict) -> list[TrendPoint]:
    """Return at most 30 runs that completed, oldest first, this run among them, or each of several runs."""
    own = {evidence.run.id: evidence.run for evidence in target.runs if isinstance(evidence.run, Run)}
    runs = {run.id: run for run in target.last.trend} | own
    points = [
        _point(run, is_this_run=run.id in own) for run in _by_date(runs.values()) if run.state is RunState.SUCCEEDED
    ]
    return [point for point in points if point.attack_success_rate is not None][-MAX_POINTS:]


def _by_date(runs: Iterable[Run]) -> list[Run]:
    return sorted(runs, key=lambda run: (run.started_at.timestamp() if run.started_at else 0.0, run.id))


def _point(run: Run, *, is_this_run: bool) -> TrendPoint:
    counts = run.counts
    success = error = None
    if counts.contradiction is None and counts.failed is not None and counts.evaluated:
        success = 100 * counts.failed / counts.evaluated
    if counts.contradiction is None and counts.evaluated is not None and counts.total:
        error = 100 * (counts.total - counts.evaluated) / counts.total
    return TrendPoint(run.id, run.started_at, success, error, is_this_run)


def has_trend(points: list[TrendPoint]) -> bool:
    """Return whether there is more than one run: a single point shows no trend."""
    return len(points) > 1


def own_label(points: list[TrendPoint]) -> str:
    """Return how the points of this gate are marked: `this run`, or `this gate` where it had several runs."""
    return "this gate" if sum(point.is_this_run for point in points) > 1 else "this run"


def since_when(check: Check, target: TargetVerdict) -> str:
    """Return text such as `new: it was 83 before this run`, or `3 runs in a row, since 21 Nov 2026`; empty when it cannot be told."""
    if check.kind in ("overall-score", "category-score"):
        return _since_scores(check, target)
    if check.kind in ("attack-success-rate", "error-rate"):
        points = trend_points(target)
        # of several runs of this gate, the first one is compared with those before it
        first = next((index for index, point in enumerate(points) if point.is_this_run), len(points))
        return _since_runs(check, points[: first + 1])
    return ""


def _since_scores(check: Check, target: TargetVerdict) -> str:
    earlier, called = earlier_scores(target)
    if earlier is None:
        return ""
    name = check.id.partition(":")[2]
    score: float | None = earlier.overall
    if check.kind == "category-score":
        categories = earlier.categories or {}
        score = next((value for other, value in categories.items() if same_category(other, name)), None)
    if score is None:
        return ""
    was = f"{format_exact(score, check.limit_value)} {'in the baseline' if called == 'baseline' else called}"
    if check.limit_value is None or check.measured_value is None:
        return f"it was {was}"
    return f"new: it was {was}" if score >= check.limit_value else f"not new: it was already {was}"


def _since_runs(check: Check, points: list[TrendPoint]) -> str:
    if check.limit_value is None or not points or not points[-1].is_this_run:
        return ""
    rates = [_rate(check, point) for point in points]
    if len(points) < 2 or rates[-2] is None:
        return ""
    over = 0
    while over < len(points) and (rate := rates[-1 - over]) is not None and rate > check.limit_value:
        over += 1
    if over == 0:
        return ""
    if over == 1:
        return f"new: it was {format_number(rates[-2], check.limit_value)} % in the previous run"
    if over == len(points):
        return f"all of the last {over} runs"
    first = points[-over].started_at
    return f"{over} runs in a row{f', since {format_day(first)}' if first else ''}"


def _rate(check: Check, point: TrendPoint) -> float | None:
    return point.attack_success_rate if check.kind == "attack-success-rate" else point.error_rate


def format_day(moment: datetime) -> str:
    """Return `24 Nov 2026`, the same in every locale."""
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{moment.day} {months[moment.month - 1]} {moment.year}"
