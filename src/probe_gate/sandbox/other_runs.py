"""The runs on a target that nobody here asked for: earlier ones, stuck ones, those of somebody else."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

from probe_gate.sandbox.history import varied_counts
from probe_gate.sandbox.readings import SAME, VARIED
from probe_gate.sandbox.scenario import Counts, Scenario

OTHER_RUN, EARLIER_RUN, STUCK_RUN, FUTURE_RUN = "Nightly scan", "Earlier scan", "Stuck scan", "Postdated scan"
_YEAR_SECONDS = 365 * 86_400.0
_HOUR_SECONDS = 3600.0
_ACTIVE_BEFORE_SECONDS = 5.0
"""How long the nightly run has been active when the target is first asked about."""
_QUEUED = ("PENDING", "QUEUED")


@dataclass(frozen=True, slots=True)
class OtherRun:
    """A run to put on the target."""

    name: str
    asked_at: float
    scenario: Scenario
    date_shift: float = 0.0
    is_oldest: bool = False
    """Whether it has the lowest id of the target's runs."""


def runs_at_first_request(scenario: Scenario, now: float, pace: float, *, has_past: bool) -> Iterator[OtherRun]:
    """The runs that are there when the target is first asked about, the oldest first.

    A target without a past was just created: only somebody else's active run can be there.
    """
    reading = scenario.reading
    if has_past:
        if reading.stuck is not None:
            yield OtherRun(STUCK_RUN, now - _YEAR_SECONDS, _stuck(scenario, reading.stuck), is_oldest=True)
        yield from sorted(_past_runs(scenario, now, pace), key=lambda run: run.asked_at)
    if reading.nightly_before is not None:
        asked_at = now - _ACTIVE_BEFORE_SECONDS * pace
        yield OtherRun(OTHER_RUN, asked_at, _nightly(scenario, _ACTIVE_BEFORE_SECONDS + reading.nightly_before))


def _past_runs(scenario: Scenario, now: float, pace: float) -> Iterator[OtherRun]:
    reading = scenario.reading
    past = _finished(scenario)
    length = past.run_seconds * pace
    if reading.future is not None:
        varied = _with_result(past, None, _counts(VARIED, scenario))
        yield OtherRun(FUTURE_RUN, now - _HOUR_SECONDS - length, varied, reading.future + _HOUR_SECONDS)
    if reading.earlier is not None and not math.isinf(reading.earlier):
        own = _with_result(past, reading.earlier_score, _counts(reading.earlier_counts, scenario))
        yield OtherRun(EARLIER_RUN, now - reading.earlier - length, own)


def runs_after_trigger(scenario: Scenario, asked_at: float, ended_at: float, pace: float) -> Iterator[OtherRun]:
    """The runs that somebody else starts because a run was triggered: while it is active, and after its end."""
    reading = scenario.reading
    other = _nightly(scenario, reading.nightly_length)
    if reading.nightly_during is not None:
        yield OtherRun(OTHER_RUN, asked_at + reading.nightly_during * pace, other)
    if reading.nightly_after is not None and not math.isinf(ended_at):
        yield OtherRun(OTHER_RUN, ended_at + reading.nightly_after * pace, other)


def _nightly(scenario: Scenario, run_seconds: float) -> Scenario:
    reading = scenario.reading
    other = scenario.replace(
        pending_seconds=0.0,
        run_seconds=run_seconds,
        listing_lag_seconds=0.0,
        vanish_after_seconds=None,
        probes_run=None,
    )
    return _with_result(other, reading.nightly_score, _counts(reading.nightly_counts, scenario))


def _finished(scenario: Scenario) -> Scenario:
    """A run of the past that completed, whatever the scenario has in store for the next one."""
    standard = Scenario()
    changed = scenario if scenario.completes else scenario.replace(statuses=standard.statuses)
    if scenario.earlier_categories is not None:
        changed = changed.replace(categories=scenario.earlier_categories, overall=None)
    return changed.replace(
        pending_seconds=0.0,
        run_seconds=standard.run_seconds if math.isinf(scenario.run_seconds) else scenario.run_seconds,
        listing_lag_seconds=0.0,
        vanish_after_seconds=None,
        ends_at=1.0,
        probes_run=None,
    )


def _stuck(scenario: Scenario, status: str) -> Scenario:
    is_queued = status.upper() in _QUEUED
    return scenario.replace(
        statuses=(status,),
        pending_seconds=math.inf if is_queued else 0.0,
        run_seconds=math.inf,
        ends_at=0.4,
        listing_lag_seconds=0.0,
        vanish_after_seconds=None,
        probes_run=None,
    )


def _with_result(scenario: Scenario, score: int | None, counts: Counts) -> Scenario:
    scenario = scenario.replace(counts=counts)
    if score is None:
        return scenario
    return scenario.replace(categories=dict.fromkeys(scenario.categories, score), overall=None)


def _counts(choice: tuple[int, int, int] | str, scenario: Scenario) -> Counts:
    if isinstance(choice, tuple):
        return Counts(*choice)
    if choice == SAME:
        return scenario.counts
    varied = (varied_counts(scenario.counts, place) for place in itertools.count(scenario.history))
    return next(counts for counts in varied if counts.failed != scenario.counts.failed)
