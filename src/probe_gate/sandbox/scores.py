"""The scores of a target, calculated from the latest run of each probe.

So a run of a few probes is combined with older results of the other probes, and the finished probes of a cancelled run
count too. The reading says when and in how many steps the scores include a run, and what their date and their numbers
of attacks mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from probe_gate.sandbox.other_runs import History
from probe_gate.sandbox.readings import Reading
from probe_gate.sandbox.runs import Executed, Run, render_scores_date, scores_date
from probe_gate.sandbox.targets import Probe


@dataclass(frozen=True, slots=True)
class Result:
    """The latest result of one probe."""

    probe: Probe
    points: float | None
    """The probe's score in its category."""
    overall_points: float | None
    """Its score for the overall score."""
    passed: int
    failed: int
    errors: int


@dataclass(slots=True)
class TargetScores:
    """The results that a target's scores are calculated from, by probe id."""

    results: dict[int, Result] = field(default_factory=dict)
    dates: dict[int, float] = field(default_factory=dict)
    """The platform's date of each probe's latest execution; may be newer than the results."""


@dataclass(frozen=True, slots=True)
class _Part:
    """What one run contributes to the scores at a given time."""

    order: float
    """The part with the highest value is the latest."""
    executed: Sequence[Executed]
    dated: Sequence[Executed]
    """The probes whose dates are in the scores; includes those of `executed`."""
    date: float
    categories: Mapping[str, float | None]
    overall: int | None


def _history_part(history: History) -> _Part:
    earlier = history.scenario.earlier_categories
    overall = history.scenario.overall if earlier is None else None
    categories = history.scenario.categories if earlier is None else earlier
    executed = history.last_results()
    dates = history.dates(history.count - 1)
    date = scores_date(history.scenario.reading, dates, dates.ended_at)
    return _Part(dates.ended_at, executed, executed, date, categories, overall)


def _run_part(run: Run, now: float) -> _Part | None:
    """Return what the run contributes to the scores by then; None if nothing."""
    reading, scenario = run.scenario.reading, run.scenario
    executed, dated, computed = _in_scores(run, now)
    if not dated:
        return None
    timestamp = now - reading.lag * run.pace if reading.appear == "per-probe" else now
    date = scores_date(reading, run.dates(timestamp), computed + run.date_shift)
    order = run.ended_at if reading.latest == "end" else run.requested_at
    return _Part(order, executed, dated, date, scenario.categories, scenario.overall)


def _in_scores(run: Run, now: float) -> tuple[list[Executed], list[Executed], float]:
    """Return the probes whose results are in the scores, those whose dates are, and when the scores last changed."""
    reading = run.scenario.reading
    lag = reading.lag * run.pace
    if reading.appear == "per-probe":
        timestamp = now - lag
        done = (
            [item for item in run.executed(timestamp) if item.at <= timestamp] if timestamp >= run.requested_at else []
        )
        return done, done, max((item.at for item in done), default=0.0) + lag
    finished = list(run.executed(now))
    since_end = now - run.ended_at
    if since_end >= lag:
        return finished, finished, run.ended_at + lag
    step_seconds = lag / reading.steps
    steps_done = int(since_end / step_seconds) if since_end > 0 else 0
    executed = finished[: len(finished) * steps_done // reading.steps]
    date_after = min(step_seconds, lag - reading.date_lead * run.pace)
    if since_end < date_after:
        return executed, executed, run.ended_at
    return executed, finished, run.ended_at + max(date_after, steps_done * step_seconds)


def target_scores(history: History, runs: Iterable[Run], now: float) -> TargetScores:
    """Return the latest result of each probe at that time."""
    parts = [_history_part(history)] if history.count else []
    parts += [part for run in runs if run.requested_at <= now for part in [_run_part(run, now)] if part is not None]
    found = TargetScores()
    for part in sorted(parts, key=lambda part: part.order):
        for item in part.executed:
            points = part.categories.get(item.probe.category)
            overall = points if part.overall is None else part.overall
            found.results[item.probe.id] = Result(item.probe, points, overall, item.passed, item.failed, item.errors)
        found.dates.update((item.probe.id, part.date) for item in part.dated)
    return found


def _mean(weighted: list[tuple[float, int]]) -> float | None:
    """Return the weighted mean, or None of an empty list. If all values are equal, it is exactly that value."""
    if not weighted:
        return None
    values = {value for value, _ in weighted}
    if len(values) == 1:
        return values.pop()
    total = sum(weight for _, weight in weighted)
    return round(sum(value * weight for value, weight in weighted) / total, 1)


def _attacks(units: str, results: Iterable[Result]) -> tuple[int, int]:
    """Return the numbers of simulated and successful attacks, in the units of the reading."""
    counts = [(item.passed, item.failed, item.errors) for item in results]
    passed, failed, errors = (sum(column) for column in zip(*counts, strict=True))
    match units:
        case "planned":
            return passed + failed + errors, failed
        case "messages":
            return 3 * (passed + failed), 3 * failed
        case "conversations":
            return (passed + failed + 1) // 2, (failed + 1) // 2
        case _:
            return passed + failed, failed


def score_overview(
    scores: TargetScores, reading: Reading, *, skew_seconds: float = 0.0, scores_null: bool = False
) -> dict[str, Any]:
    """Return the platform's response for scores with at least one result."""
    by_category: dict[str, list[tuple[float, int]]] = {}
    overall: list[tuple[float, int]] = []
    for result in scores.results.values():
        points = by_category.setdefault(result.probe.category, [])
        if result.points is not None:
            points.append((result.points, result.probe.weight))
        if result.overall_points is not None:
            overall.append((result.overall_points, result.probe.weight))
    simulated, successful = _attacks(reading.units, scores.results.values())
    return {
        "simulatedAttacks": simulated,
        "successfulAttacks": successful,
        "overallScore": round(_mean(overall) or 0),
        "scores": None if scores_null else {name: _mean(points) for name, points in by_category.items()},
        "latestExecutionDate": render_scores_date(reading, max(scores.dates.values()) - skew_seconds),
    }


def no_scores(date: str | None) -> dict[str, Any]:
    """Return the scores of a target that never ran, with zeros."""
    return {
        "simulatedAttacks": 0,
        "successfulAttacks": 0,
        "overallScore": 0,
        "scores": {},
        "latestExecutionDate": date,
    }
