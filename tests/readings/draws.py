"""Draws a platform that the API description allows, the runs on it, and a gate.

What is documented in docs/checks.md as beyond proof is not drawn: numbers that stand half way for 6 times the settle
time or longer, counts that lead the scores by as much, or the scores of a run that ended just before by anything, a date
that leads them by 12 times or longer, runs of over an hour, other runs that overlap each other where no dates, or only
days, tell which of them was the last, and a part of the numbers that has the counts of the whole run by chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from probe_gate.domain.evidence import RunOrigin
from probe_gate.domain.probes import ChosenProbes
from tests.harness.virtual_time import VirtualTime
from tests.readings.platform import PlatformRun, ReadingsPlatform, Result
from tests.readings.play import OWN_ID, Script, Situation, mark_of
from tests.readings.readings import (
    CountsForm,
    Executed,
    NoScores,
    Precision,
    ProbesForm,
    Readings,
    Scored,
    Steps,
    Units,
    Zone,
)

DAY = 86_400.0
MOST_PAUSE_SECONDS = 30.0
"""Between two looks of a gate at what is active on the target."""
BOUND = 0.9
"""How near to a documented bound a draw may come."""


def draw_situation(random: Random) -> Situation:
    """Everything at once. Draws the same again from the same random numbers."""
    situation = _draw(random)
    readings = situation.readings
    if not readings.units.count_test_cases and _may_fit_in_other_units(situation):
        readings = replace(readings, units=Units.JUDGED)
        situation = replace(situation, readings=readings)
    if (readings.steps > 1 or readings.live_numbers) and _may_fit_in_parts(situation):
        return replace(situation, readings=replace(readings, steps=1, live_numbers=False))
    if readings.counts_lead_seconds and _has_scores_to_come(situation):
        return replace(situation, readings=replace(readings, counts_lead_seconds=0.0))
    return situation


def _has_scores_to_come(situation: Situation) -> bool:
    """Whether another run ended before the gate began, or a little later, and its scores are not complete by then."""
    platform = ReadingsPlatform(VirtualTime(), situation.readings, configured=situation.configured)
    at_first_look = situation.readings.replica_seconds + MOST_PAUSE_SECONDS
    return any(other.ended_at <= at_first_look and platform.complete_at(other) > 0 for other in situation.others)


def _may_fit_in_other_units(situation: Situation) -> bool:
    """Whether another run's attacks are this run's test cases by chance."""
    platform = ReadingsPlatform(VirtualTime(), situation.readings, configured=situation.configured)
    own = situation.own.run(0, "", 0.0).sums()
    numbers = [platform.numbers_of(other.results) for other in situation.others]
    return any(
        one and one.successful == own.failed and one.simulated in (own.evaluated, own.evaluated + own.errors)
        for one in numbers
    )


def _may_fit_in_parts(situation: Situation) -> bool:
    """Whether a part of the run's numbers, with the rest of another run's, has the counts of the whole run by chance.

    Where the whole of the other run has these counts, a reading from before the run shows it.
    """
    own, has_reading_before = situation.own.results, situation.origin is RunOrigin.TRIGGERED
    return any(
        _have_same_counts(own[ended:], other.results[ended:])
        for other in situation.others
        for ended in range(1, len(own))
        if not (has_reading_before and _have_same_counts(own, other.results))
    )


def _have_same_counts(some: Sequence[Result | None], others: Sequence[Result | None]) -> bool:
    counts = []
    for results in (some, others):
        ran = [result for result in results if result]
        sizes = {sum(result.evaluated for result in ran), sum(result.planned for result in ran)}
        counts.append((sum(result.failed for result in ran), sizes))
    return counts[0][0] == counts[1][0] and bool(counts[0][1] & counts[1][1])


def _draw(random: Random) -> Situation:
    settle_seconds = random.choice((5.0, 5.0, 5.0, 5.0, 0.0, 1.0, 2.0, 10.0, 20.0))
    readings = _draw_readings(random, settle_seconds or 5.0)
    origin = random.choice((RunOrigin.TRIGGERED, RunOrigin.TRIGGERED, RunOrigin.EXISTING, RunOrigin.REUSED))
    configured = random.randint(1, 4)
    plan: list[tuple[str, Any]] = [("settle_seconds", settle_seconds)]
    probes = list(range(configured))
    if configured > 1 and random.random() < 0.15 and origin is not RunOrigin.REUSED:
        probes = sorted(random.sample(probes, random.randint(1, configured - 1)))
        if origin is RunOrigin.TRIGGERED:
            plan.append(("probes", ChosenProbes(tuple(probe + 1 for probe in probes))))
    own = _draw_script(random, readings, configured, is_good=random.random() < 0.5)
    ran = tuple(result if probe in probes else None for probe, result in enumerate(own.results))
    requested_at = -_draw_age(random, own, origin)
    others = _draw_others(random, readings, own, origin, requested_at)
    starts = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(minutes=random.choice((720, random.randrange(1440))))
    return Situation(
        readings,
        own if origin is RunOrigin.TRIGGERED else replace(own, results=ran),
        others,
        origin,
        requested_at,
        starts,
        configured,
        tuple(plan),
    )


def _draw_readings(random: Random, settle_seconds: float) -> Readings:
    live_numbers, live_date = random.random() < 0.08, random.random() < 0.08
    lag = random.choice((0.0, 0.0, random.uniform(0, 10), random.uniform(0, 60), random.uniform(0, 300)))
    if live_numbers:
        lag = min(lag, BOUND * 6 * settle_seconds)
    if live_date:
        lag = min(lag, BOUND * 12 * settle_seconds)
    has_lead = not (live_date or live_numbers) and random.random() < 0.3
    has_steps = not live_numbers and random.random() < 0.3
    counts_lead = 0.0
    if not (has_lead or has_steps or live_date or live_numbers) and random.random() < 0.2:
        counts_lead = random.uniform(0, BOUND * 6 * settle_seconds)
    return Readings(
        executed=random.choice(list(Executed)),
        scored=random.choice(list(Scored)),
        run_precision=_draw_precision(random),
        scores_precision=_draw_precision(random),
        run_zone=_draw_zone(random),
        scores_zone=_draw_zone(random),
        row_gap_seconds=random.choice((0.0, 0.005, random.uniform(0, 2))),
        units=random.choice((Units.PLANNED, Units.JUDGED, Units.PLANNED, Units.JUDGED, Units.ODD, Units.ODD_FEWER)),
        no_scores=random.choice(list(NoScores)),
        counts=random.choice(list(CountsForm)),
        probes=random.choice(list(ProbesForm)),
        replica_seconds=random.choice((0.0, 0.0, random.uniform(1, 10))),
        lag_seconds=lag,
        date_lead_seconds=random.uniform(0, BOUND * 12 * settle_seconds) if has_lead else 0.0,
        counts_lead_seconds=counts_lead,
        steps=random.randint(2, 4) if has_steps else 1,
        step_seconds=random.uniform(1, BOUND * 6 * settle_seconds),
        step_kind=random.choice(list(Steps)),
        live_date=live_date,
        live_numbers=live_numbers,
        silent_seconds=random.uniform(0, 60) if random.random() < 0.1 else 0.0,
        updated_by_scores=random.random() < 0.3,
    )


def _draw_precision(random: Random) -> Precision:
    fine = (Precision.TICKS, Precision.MICROSECONDS, Precision.MILLISECONDS, Precision.SECONDS)
    return random.choice(fine) if random.random() < 0.5 else random.choice(list(Precision))


def _draw_zone(random: Random) -> Zone:
    return Zone.UTC if random.random() < 0.6 else random.choice(list(Zone))


def _draw_script(random: Random, readings: Readings, configured: int, *, is_good: bool) -> Script:
    results = tuple(_draw_result(random, readings, is_good=is_good) for _ in range(configured))
    if is_good and random.random() < 0.12:
        results = tuple(replace(one, passed=one.evaluated, failed=0, score=100) for one in results)
    return Script(results, seconds=random.uniform(5, 600), queue_seconds=random.choice((0.5, random.uniform(0.5, 60))))


def _draw_result(random: Random, readings: Readings, *, is_good: bool) -> Result:
    planned = random.choice((50, 100, random.randint(5, 100)))
    has_errors = readings.counts not in (CountsForm.NO_ERRORS,) and random.random() < 0.3
    errors = random.randint(0, planned // 20) if has_errors else 0
    failed = random.randint(1, max(planned // 4, 1))
    return Result(
        planned - errors - failed, failed, errors, random.randint(85, 99) if is_good else random.randint(0, 70)
    )


def _draw_age(random: Random, own: Script, origin: RunOrigin) -> float:
    """How long before the gate begins the run was asked for."""
    if origin is RunOrigin.TRIGGERED:
        return 0.0
    if origin is RunOrigin.REUSED or random.random() < 0.4:
        return random.uniform(0.5, own.whole_seconds * 0.9)
    return own.whole_seconds + random.choice(
        (random.uniform(0, 30), random.uniform(0, 900), random.uniform(0, 8 * 3600))
    )


def _draw_others(
    random: Random, readings: Readings, own: Script, origin: RunOrigin, requested_at: float
) -> tuple[PlatformRun, ...]:
    ends: list[float] = []
    if random.random() < 0.5:
        ends += [requested_at - random.uniform(1.2 * 3600, 2 * DAY) for _ in range(random.randint(1, 2))]
    if random.random() < 0.5:
        spread = random.choice((5.0, 60.0, 400.0, 2400.0))
        ends += [requested_at - random.uniform(0, spread) for _ in range(random.choice((1, 1, 2)))]
    if origin is RunOrigin.TRIGGERED and random.random() < 0.15:
        ends.append(random.uniform(1, 120))
    is_good = sum(result.score for result in own.results if result) / len(own.results) >= 80
    runs = []
    for end in ends:
        script = _draw_other(random, readings, own, is_good=is_good if random.random() < 0.2 else not is_good)
        name = mark_of(1, job="other").text if random.random() < 0.2 else "nightly"
        runs.append(script.run(0, name, end - script.whole_seconds))
    are_dated = readings.executed is not Executed.NEVER and readings.run_precision.is_finer_than_a_day
    if random.random() < 0.06 and (are_dated or all(end < requested_at - 3600 for end in ends)):
        # somebody else starts one beside this one, or right after it
        script = _draw_other(random, readings, own, is_good=not is_good)
        runs.append(script.run(0, "nightly", requested_at + random.uniform(0, own.whole_seconds + 60)))
    if runs and random.random() < 0.04 and runs[0].ended_at < requested_at - 3700:
        runs[0].future_seconds = 400 * DAY
    if random.random() < 0.06 and readings.executed not in (Executed.NEVER, Executed.ENDED):
        word = random.choice(("RUNNING", "PENDING", "QUEUED", "CANCELLING"))
        stuck = _draw_other(random, readings, own, is_good=is_good).run(0, "stuck", -300 * DAY)
        runs.append(replace(stuck, stuck_status=word))
    return _number(runs if are_dated else _one_after_another(runs), requested_at)


def _draw_other(random: Random, readings: Readings, own: Script, *, is_good: bool) -> Script:
    script = _draw_script(random, readings, len(own.results), is_good=is_good)
    if random.random() < 0.3:  # the same counts, of more or less severe failures
        scores = [result.score for result in script.results if result]
        same = [result for result in own.results if result]
        if random.random() < 0.5:
            same.reverse()
        equal = tuple(
            replace(result, score=100 if result.failed == 0 else score)
            for result, score in zip(same, scores, strict=True)
        )
        script = replace(script, results=equal)
    lag = random.choice((None, None, None, 0.0, random.uniform(0, 300)))
    return script if readings.live_numbers or readings.live_date else replace(script, lag_seconds=lag)


def _one_after_another(runs: list[PlatformRun]) -> list[PlatformRun]:
    """The runs without those that overlap one that ended later: only dates could tell which of them was the last."""
    found: list[PlatformRun] = []
    for run in sorted(runs, key=lambda run: run.ended_at, reverse=True):
        if run.stuck_status is not None or all(run.ended_at <= later.requested_at for later in found):
            found.append(run)
    return found


def _number(runs: list[PlatformRun], requested_at: float) -> tuple[PlatformRun, ...]:
    """The runs with ids in the order in which they were asked for, around that of the gate's own run."""
    ordered = sorted(runs, key=lambda run: run.requested_at)
    for number, run in enumerate(ordered):
        run.id = (100 if run.requested_at < requested_at else OWN_ID + 50) + number
        if requested_at == 0 and run.requested_at >= 0:
            run.id += 5000
    return tuple(ordered)
