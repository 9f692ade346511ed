"""Since when a check has not been fine, as far as the evidence can tell."""

from __future__ import annotations

from datetime import datetime

from probe_gate.domain.numbers import format_exact, format_number
from probe_gate.domain.score import same_category
from probe_gate.domain.verdict import Check, TargetVerdict
from probe_gate.reports.score_rows import earlier_scores
from probe_gate.reports.trend import TrendPoint, trend_points


def since_when(check: Check, target: TargetVerdict) -> str:
    """Such as `new: it was 83 before this run`, or `3 runs in a row, since 21 Nov 2026`; empty when it cannot be told."""
    if check.kind in ("overall-score", "category-score"):
        return _since_scores(check, target)
    if check.kind in ("attack-success-rate", "error-rate"):
        return _since_runs(check, trend_points(target))
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
    return f"new: it was {was}" if score >= check.limit_value else f"not new: it was {was} already"


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
        return f"new: it was {format_number(rates[-2], check.limit_value)} % in the run before"
    if over == len(points):
        return f"all of the last {over} runs"
    first = points[-over].started_at
    return f"{over} runs in a row{f', since {format_day(first)}' if first else ''}"


def _rate(check: Check, point: TrendPoint) -> float | None:
    return point.attack_success_rate if check.kind == "attack-success-rate" else point.error_rate


def format_day(moment: datetime) -> str:
    """`24 Nov 2026`, the same in every locale."""
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{moment.day} {months[moment.month - 1]} {moment.year}"
