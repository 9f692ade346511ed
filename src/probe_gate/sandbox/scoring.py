"""The scores of a target: calculated from the latest run of each probe.

So a run of a few chosen probes is scored together with older results of all the others, and what
a cancelled run had executed counts too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from probe_gate.sandbox.history import History
from probe_gate.sandbox.probes import Probe
from probe_gate.sandbox.runs import Executed, Run, date_text


@dataclass(frozen=True, slots=True)
class Result:
    """The latest that is known of one probe."""

    probe: Probe
    at: float
    points: float | None
    """The probe's score in its category."""
    overall_points: float | None
    """What it adds to the overall score."""
    passed: int
    failed: int


def _results(
    executed: Iterable[Executed], categories: Mapping[str, float | None], overall: int | None
) -> Iterable[Result]:
    for item in executed:
        points = categories.get(item.probe.category)
        yield Result(item.probe, item.at, points, points if overall is None else overall, item.passed, item.failed)


def _visible(run: Run, now: float) -> list[Executed]:
    """What of the run has reached the scores by then."""
    scenario = run.scenario
    moment = now - scenario.score_lag_seconds * run.pace
    if moment < run.asked_at or (scenario.scores_appear == "at-end" and not run.is_over(moment)):
        return []
    done = [item for item in run.executed(moment) if item.at <= moment]
    if done and scenario.latest_date == "first-probe":
        done = [Executed(item.probe, done[0].at, item.passed, item.failed) for item in done]
    return done


def latest_results(history: History, runs: Iterable[Run], now: float) -> dict[int, Result]:
    """The latest result of each probe, by probe id. `runs` are in the order in which they were asked for."""
    earlier = history.scenario.earlier_categories
    overall = None if earlier is not None else history.scenario.overall
    categories = history.scenario.categories if earlier is None else earlier
    latest = {item.probe.id: item for item in _results(history.last_results(), categories, overall)}
    for run in runs:
        for item in _results(_visible(run, now), run.scenario.categories, run.scenario.overall):
            latest[item.probe.id] = item
    return latest


def _mean(weighted: list[tuple[float, int]]) -> float | None:
    """The weighted mean; exactly the common value where all are equal, None of nothing."""
    if not weighted:
        return None
    values = {value for value, _ in weighted}
    if len(values) == 1:
        return values.pop()
    total = sum(weight for _, weight in weighted)
    return round(sum(value * weight for value, weight in weighted) / total, 1)


def score_overview(results: Mapping[int, Result], *, scores_null: bool = False) -> dict[str, Any]:
    """The scores as the platform answers them. `results` is not empty."""
    by_category: dict[str, list[tuple[float, int]]] = {}
    overall: list[tuple[float, int]] = []
    for result in results.values():
        scores = by_category.setdefault(result.probe.category, [])
        if result.points is not None:
            scores.append((result.points, result.probe.weight))
        if result.overall_points is not None:
            overall.append((result.overall_points, result.probe.weight))
    failed = sum(result.failed for result in results.values())
    return {
        "simulatedAttacks": failed + sum(result.passed for result in results.values()),
        "successfulAttacks": failed,
        "overallScore": round(_mean(overall) or 0),
        "scores": None if scores_null else {name: _mean(scores) for name, scores in by_category.items()},
        "latestExecutionDate": date_text(max(result.at for result in results.values())),
    }


NO_SCORES: Mapping[str, Any] = {
    "simulatedAttacks": 0,
    "successfulAttacks": 0,
    "overallScore": 0,
    "scores": {},
    "latestExecutionDate": "0001-01-01T00:00:00Z",
}
"""The scores of a target that never ran, where the platform answers zeros."""
