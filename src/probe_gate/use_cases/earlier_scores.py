"""The reading of the scores before the trigger, made once the results of the last earlier run are in it.

Results that arrive late would otherwise look like those of the run that is about to be started.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from probe_gate.domain.concurrent_runs import find_earlier_runs, is_dated_before, known_runs
from probe_gate.domain.dates import dates_agree, is_at_least_before, is_in_future, is_not_before
from probe_gate.domain.evidence import EarlierRun, Unavailable
from probe_gate.domain.formatting import format_duration
from probe_gate.domain.freshness import (
    DEFAULT_UNIT_SECONDS,
    OVERLAP_SPAN,
    RECENT_SPAN,
    STABLE_UNITS_WITHOUT_CHANGE,
    STABLE_UNITS_WITHOUT_COUNTS,
    may_lag_behind_counts,
)
from probe_gate.domain.run import Run, RunState, complete_counts, counts_fit
from probe_gate.domain.run_list import RunList
from probe_gate.domain.scores import Scores
from probe_gate.errors import AuthError, ConfigError, PlatformError
from probe_gate.use_cases.context import TargetContext
from probe_gate.use_cases.idle import EarlierActivity, read_scores_once
from probe_gate.use_cases.ports import NoScoresError, Step
from probe_gate.use_cases.score_readings import Readings, refuse_empty

RUNS_THAT_MATTER = 3
"""How many of the latest runs are listed again where their counts are missing."""


@dataclass(frozen=True, slots=True)
class ScoresBefore:
    """What was read before the run was started."""

    scores: Scores | Unavailable = Unavailable("The gate ended before it read the scores.")
    earlier: EarlierRun | None = None
    """The last earlier run that may have results; None when there is none."""


async def read_scores_before(context: TargetContext, activity: EarlierActivity) -> ScoresBefore:
    """Return the scores from before the trigger, and whether the last earlier run's results are in them.

    Raises:
        AuthError: The platform refuses the key.
        PlatformError: There is no time left to ask anything.
    """
    clock, plan, timings, listing = context.clock, context.plan, context.timings, activity.last_listing
    unit = plan.settle_seconds or DEFAULT_UNIT_SECONDS
    readings = Readings(activity.scores_while_active)
    readings.add(await _read_patiently(context), clock.monotonic())
    earlier = _find_last_runs(activity, listing, clock.now()) if listing is not None else ()
    known = await _with_counts(context, known_runs(listing) if listing is not None else (), earlier)
    began = clock.monotonic()
    until = began + min(timings.max_earlier_scores_seconds, (plan.deadline - began) / 4)
    pause = max(unit, timings.min_scores_pause_seconds)
    is_settled = True
    was_told = False
    for run_id in [run.id for run in earlier]:
        while not _is_settled(context, activity, known[run_id], known, readings, unit):
            if clock.monotonic() + pause > until:
                is_settled = False
                break
            if not was_told:
                was_told = True
                context.report(Step.READING, f"Waiting until the results of run {run_id} have reached the scores.")
            await clock.sleep(pause)
            readings.add(await read_scores_once(context), clock.monotonic())
            known = await _with_counts(context, known.values(), earlier)
    if activity.waited_for_gate:
        activity.waited_for_gate = False
        await clock.sleep(timings.other_gate_seconds + 2 * unit)
        readings.add(await read_scores_once(context), clock.monotonic())
        is_settled = all(_is_settled(context, activity, known[run.id], known, readings, unit) for run in earlier)
    if not is_settled:
        activity.is_unsettled = True
        context.note(
            f"It could not be confirmed that the results of run {earlier[0].id} had reached the scores before this run was "
            f"started (waited for {format_duration(clock.monotonic() - began)})."
        )
    last = readings.last
    if isinstance(last, Scores):
        context.record_answer("scores before the trigger", last.digest)
    return ScoresBefore(
        last if last is not None else Unavailable("There is no reading of the scores from before the run."),
        EarlierRun(known[earlier[0].id], is_settled) if earlier else _hidden_run(listing),
    )


def _find_last_runs(activity: EarlierActivity, listing: RunList, now: datetime) -> tuple[Run, ...]:
    """Return the runs whose results may not be in the scores yet, the last one first.

    Runs that were seen active ended after all others; of several, the one that ended last. Two that ended between the
    same two listings are both returned: nothing tells which of them is the last.
    """
    runs = find_earlier_runs(listing, now)
    seen = [
        run
        for run in known_runs(listing)
        if run.may_be_scored and run.id in activity.over_since and not activity.was_over_at_start(run)
    ]
    if not seen:
        return runs
    ended_at = max(activity.over_since[run.id] for run in seen)
    return tuple(reversed([run for run in seen if activity.over_since[run.id] == ended_at]))


async def _with_counts(context: TargetContext, known: Iterable[Run], earlier: tuple[Run, ...]) -> dict[int, Run]:
    """Return the known runs by id, with the counts that they are listed with now where those that matter have none.

    Counts of results may follow the end of a run, and may be zero in one answer and full in the next.
    """
    runs = {run.id: run for run in known}
    latest = [*list(runs.values())[-RUNS_THAT_MATTER:], *(runs[run.id] for run in earlier)]
    if all(_has_counts(run) for run in latest):
        return runs
    try:
        listing = await context.list_runs()
    except PlatformError:
        return runs
    newer = {run.id: run for run in known_runs(listing) if _has_counts(run)}
    return {run.id: run if _has_counts(run) else newer.get(run.id, run) for run in runs.values()}


def _has_counts(run: Run) -> bool:
    return (
        bool(complete_counts(run.counts).evaluated) or run.state is not RunState.SUCCEEDED or not run.may_have_results
    )


def _hidden_run(listing: RunList | None) -> EarlierRun | None:
    """Return a run to be careful about where none of the known runs has a result, but not all runs are known."""
    known = known_runs(listing) if listing is not None else ()
    if listing is None or not known or len(known) + listing.unreadable >= listing.count:
        return None
    return EarlierRun(known[-1], is_settled=False)


async def _read_patiently(context: TargetContext) -> Scores | Unavailable | None:
    """Read the scores; a platform that has none of this target yet may refuse it in many ways."""
    clock = context.clock
    deadline = min(context.deadline, clock.monotonic() + context.timings.first_scores_seconds)
    try:
        return refuse_empty(await context.platform.fetch_scores(context.plan.target.id, deadline))
    except AuthError:
        raise
    except NoScoresError as error:
        return Unavailable(f"There were no scores before the run: {error.message}")
    except (ConfigError, PlatformError) as error:
        if isinstance(error, PlatformError) and clock.monotonic() >= context.deadline:
            raise  # with the reason why nothing else can be asked any more
        context.note(f"The scores could not be read before the trigger: {error.message}")
        return Unavailable(f"There is no reading of the scores from before the run: {error.message}")


def _is_settled(
    context: TargetContext,
    activity: EarlierActivity,
    run: Run,
    known: Mapping[int, Run],
    readings: Readings,
    unit: float,
) -> bool:
    """Return whether the results of a run that is over are known to be in the last reading."""
    clock, scores = context.clock, readings.last
    if readings.arrives_in_parts and readings.stable_seconds < STABLE_UNITS_WITHOUT_COUNTS * unit:
        return False  # a part of the numbers may fit by chance
    if activity.was_over_at_start(run) and is_dated_before(run, clock.now(), RECENT_SPAN, known.values()):
        return True
    # the first listing may lack a run that has just begun, and the next one may show that it is over
    was_seen_over_only = activity.was_over_at_start(run) or activity.scores_while_active is None
    if isinstance(scores, Scores) and was_seen_over_only:
        fits = counts_fit(scores, complete_counts(run.counts, scores))
        if fits and not _may_be_of_older_run(run, scores, known):
            return True
        is_dated_like_it = dates_agree(run.started_at, scores.latest_execution) or (
            _is_dated_after(run, scores, clock.now())
        )
        if is_dated_like_it and readings.stable_seconds >= STABLE_UNITS_WITHOUT_CHANGE * unit:
            return True
    elif isinstance(scores, Scores) and _came_after_end(activity, run, scores, known, readings.stable_seconds / unit):
        return True
    over_since = activity.over_since.get(run.id)
    return over_since is not None and clock.monotonic() - over_since >= context.plan.scores_timeout_seconds


def _may_be_of_older_run(run: Run, scores: Scores, known: Mapping[int, Run]) -> bool:
    """Return whether scores that fit the run fit an older run just as well, so that they may still be that one's.

    Where nothing failed it does not matter whose they are: no failure of a later run can look like them.
    """
    return scores.successful_attacks != 0 and any(
        counts_fit(scores, complete_counts(other.counts, scores)) for other in _runs_before(run, known)
    )


def _is_dated_after(run: Run, scores: Scores, now: datetime) -> bool:
    """Return whether the scores are dated no earlier than the run, and not by an older run with a date to come."""
    date = scores.latest_execution
    if run.started_at is None or date is None or is_in_future(date, now):
        return False
    return is_not_before(date, run.started_at)


def _runs_before(run: Run, known: Mapping[int, Run]) -> list[Run]:
    """Return the older runs that the scores may still rest on: those of about the same time, and the last one before."""
    found: list[Run] = []
    for other in sorted(known.values(), key=lambda other: other.id, reverse=True):
        if other.id < run.id and other.may_be_scored:
            found.append(other)
            if _is_much_older(other, run) or len(found) == RUNS_THAT_MATTER:
                break
    return found


def _may_have_ended_after(other: Run, run: Run) -> bool:
    if other.started_at is None or run.started_at is None:
        return True
    return not is_at_least_before(other.started_at, run.started_at, OVERLAP_SPAN, same_field=True)


def _is_much_older(other: Run, run: Run) -> bool:
    if other.started_at is None or run.started_at is None:
        return False
    return is_at_least_before(other.started_at, run.started_at, RECENT_SPAN, same_field=True)


def _came_after_end(
    activity: EarlierActivity, run: Run, scores: Scores, known: Mapping[int, Run], stable_units: float
) -> bool:
    """Return whether the scores changed to those of a run after it had been seen active."""
    while_active = activity.scores_while_active
    if while_active is None:
        return False
    others = [other for other in known.values() if other.id != run.id and other.may_be_scored]
    fits = counts_fit(scores, complete_counts(run.counts, scores))
    may_lag = may_lag_behind_counts(scores, while_active, has_earlier=False)
    if may_lag and stable_units < STABLE_UNITS_WITHOUT_COUNTS:
        return False
    if isinstance(while_active, Unavailable):
        # there was nothing to read, and what can be read now may be what was there before that
        if fits:
            return not any(counts_fit(scores, complete_counts(other.counts, scores)) for other in others)
        return not others and stable_units >= STABLE_UNITS_WITHOUT_COUNTS
    has_date_moved = while_active.latest_execution != scores.latest_execution
    have_numbers_moved = while_active.numbers != scores.numbers
    if fits:
        if scores.successful_attacks == 0 or not counts_fit(while_active, complete_counts(run.counts, while_active)):
            return True
        if has_date_moved and stable_units >= (
            STABLE_UNITS_WITHOUT_COUNTS if have_numbers_moved else STABLE_UNITS_WITHOUT_CHANGE
        ):
            return True
    both_moved = has_date_moved and have_numbers_moved and stable_units >= STABLE_UNITS_WITHOUT_COUNTS
    return both_moved and not activity.is_unsettled and _had_older_results(activity, run, known)


def _had_older_results(activity: EarlierActivity, run: Run, known: Mapping[int, Run]) -> bool:
    """Return whether the scores held the results of all other runs while the run was active.

    Otherwise what changes afterwards may be theirs, arriving late.
    """
    start, scores = activity.first_listed_at, activity.scores_while_active
    older = [
        other
        for other in known.values()
        if other.id != run.id
        and other.may_be_scored
        and not (start is not None and is_dated_before(other, start, RECENT_SPAN, known.values()))
    ]
    if not older:
        return True
    if any(_may_have_ended_after(other, older[-1]) for other in older[:-1]):
        return False
    return isinstance(scores, Scores) and counts_fit(scores, complete_counts(older[-1].counts, scores))
