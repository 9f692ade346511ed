"""Before the trigger: the run of an earlier attempt to reuse, or a target on which no other run is active.

There is no lock on the platform. Two gates that wait for the same run could both start when it ends, so they are
spread by a random pause, and the listing is read again after it. What overlaps all the same shows in `scores-fresh`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from probe_gate.domain.concurrent_runs import active_runs
from probe_gate.domain.dates import format_timestamp
from probe_gate.domain.evidence import Unavailable
from probe_gate.domain.formatting import format_duration, plural
from probe_gate.domain.run import Run, RunState
from probe_gate.domain.run_list import RunList
from probe_gate.domain.scores import Scores
from probe_gate.errors import InconclusiveError, InvalidResponseError, PlatformError, TimedOutError
from probe_gate.use_cases.context import TargetContext
from probe_gate.use_cases.polling import PollSchedule, Streak
from probe_gate.use_cases.ports import Clock, NoScoresError, Step
from probe_gate.use_cases.run_tag import parse_run_tag
from probe_gate.use_cases.score_readings import refuse_empty

CANCELLING_STATUSES = frozenset({"CANCELLING", "CANCELING"})


@dataclass(slots=True)
class EarlierActivity:
    """What the gate saw happen on the target before its own run."""

    at_start: RunList | None = None
    """The first listing."""
    last_listing: RunList | None = None
    """The last listing, to compare with the one after the run."""
    first_listed_at: datetime | None = None
    """When `at_start` was read, by this machine's clock."""
    last_listed_at: datetime | None = None
    """When `last_listing` was read, by this machine's clock."""
    over_since: dict[int, float] = field(default_factory=dict)
    """By run id: since when, on the monotonic clock, the run is known to be over."""
    scores_while_active: Scores | Unavailable | None = None
    """The last reading made while another run was active; None when there was none, or it failed."""
    waited_for_gate: bool = False
    """Whether one of the runs waited for was started by another gate."""
    saw_new: bool = False
    """Whether a listing showed a run that the listing before it did not have, and that this gate did not start."""
    is_unsettled: bool = False
    """Whether the results of an earlier run could once not be seen in the scores: they may still arrive."""

    def was_over_at_start(self, run: Run) -> bool:
        """Return whether the run had ended when the gate first looked."""
        start = self.at_start
        return start is not None and run.id in start.ids and all(run.id != other.id for other in start.unfinished)


async def wait_until_idle(context: TargetContext, activity: EarlierActivity, *, may_reuse: bool) -> Run | None:
    """Return the earlier attempt's run to reuse, or None once no other run is active on the target.

    Args:
        context: The gate.
        activity: What is seen meanwhile is kept there, the last listing too.
        may_reuse: Whether the run of an earlier attempt may be reused.

    Raises:
        InconclusiveError: The target is busy, and `--on-busy` is `fail`.
        TimedOutError: The target stays busy for too long.
    """
    plan, ports = context.plan, context.ports
    pace = PollSchedule(plan.poll_low_seconds, plan.poll_high_seconds)
    began = ports.clock.monotonic()
    waited_for: Run | None = None
    while True:
        listing = await read_listing(context, activity)
        _take_note(activity, listing, ports.clock)
        earlier = _find_earlier_attempt(context, listing) if may_reuse else None
        if earlier is not None or plan.on_busy == "proceed":
            return earlier
        active = await _find_active(context, activity, listing)
        elapsed = ports.clock.monotonic() - began
        if not active:
            if waited_for is None:
                return None
            context.note(f"Waited for {_name(waited_for)}, which was active on the target.")
            waited_for = None
            await ports.clock.sleep(min(context.timings.start_spread_seconds, plan.poll_high_seconds) * ports.random())
            _refuse_late_start(context)
            continue
        other = active[0]
        if plan.on_busy == "fail":
            raise InconclusiveError(
                f"The target is busy: {_name(other)} {_activity(other)}.",
                "Wait until it has finished, or use --on-busy wait.",
            )
        waited_for = other
        activity.waited_for_gate = activity.waited_for_gate or parse_run_tag(other.name) is not None
        activity.scores_while_active = await read_scores_once(context)
        pause = pace.next_delay(elapsed, ports.random())
        if not context.has_time_for(pause):
            raise TimedOutError(
                f"The target stayed busy for {format_duration(elapsed)}: {_name(other)} {_activity(other)}.",
                "See on the platform whether that run is stuck, or give the gate more time with --timeout.",
            )
        more = f" and {plural(len(active) - 1, 'more run')}" if len(active) > 1 else ""
        context.report(Step.BUSY, f"Waiting for {_name(other)}{more} to end; it {_activity(other)}.", run=other)
        await ports.clock.sleep(pause)


def _take_note(activity: EarlierActivity, listing: RunList, clock: Clock) -> None:
    now = clock.monotonic()
    if activity.at_start is None:
        activity.at_start, activity.first_listed_at = listing, clock.now()
    unfinished = {run.id for run in listing.unfinished}
    for run in (*listing.newest, *listing.undated):
        if run.id not in unfinished:
            activity.over_since.setdefault(run.id, now)


def _refuse_late_start(context: TargetContext) -> None:
    left = context.deadline - context.clock.monotonic()
    if left < context.plan.poll_low_seconds + context.timings.min_start_seconds:
        raise TimedOutError(
            f"The target became free with only {format_duration(max(left, 0.0))} left, which is not enough for a test "
            "run.",
            "Give the gate more time with --timeout.",
        )


async def read_listing(context: TargetContext, activity: EarlierActivity) -> RunList:
    """Read the target's runs before the trigger, and keep them as the listing to compare with afterwards.

    Raises:
        InvalidResponseError: The answer is not what the API description allows, time and again.
    """
    plan, before, invalid = context.plan, activity.last_listing, Streak(context.timings)
    while True:
        try:
            listing = await context.list_runs(
                name_prefix=plan.tag.key_prefix if plan.reuse else None, known_ids=before.ids if before else None
            )
            break
        except InvalidResponseError:
            now = context.clock.monotonic()
            invalid.add(now)
            if invalid.is_conclusive(now) or not context.has_time_for(invalid.pause_seconds):
                raise
            await context.clock.sleep(invalid.pause_seconds)
    activity.saw_new = activity.saw_new or bool(listing.new)
    activity.last_listing, activity.last_listed_at = listing, context.clock.now()
    context.record_answer("listing before the trigger", listing.digest, whole=listing.complete)
    return listing


async def read_last_listing(context: TargetContext, activity: EarlierActivity) -> RunList:
    """Read the target's runs directly before the trigger.

    An answer that shows a run as active again, or lacks one that was listed, may come from a part of the platform that
    is behind: it is asked again. Compared with it, runs would seem to have been started later.
    """
    clock, again = context.clock, Streak(context.timings)
    known = 0 if activity.last_listing is None else len(activity.last_listing.ids)
    while True:
        listing = await read_listing(context, activity)
        is_back = any(run.id in activity.over_since for run in active_runs(listing, clock.now()))
        if listing.new or not (is_back or len(listing.ids) < known):
            return listing
        again.add(clock.monotonic())
        if again.is_conclusive(clock.monotonic()) or not context.has_time_for(again.pause_seconds):
            return listing
        await clock.sleep(again.pause_seconds)


async def read_scores_once(context: TargetContext) -> Scores | Unavailable | None:
    """Read the scores without a retry: `Unavailable` if the platform has none, None if the request failed."""
    try:
        return refuse_empty(await context.platform.fetch_scores(context.plan.target.id, context.deadline, attempts=1))
    except NoScoresError as error:
        return Unavailable(error.message)
    except PlatformError:
        return None


async def _find_active(context: TargetContext, activity: EarlierActivity, listing: RunList) -> tuple[Run, ...]:
    """Return the active runs. Those that may be left over are watched for a short time, once for all of them."""
    clock = context.clock
    active = active_runs(listing, clock.now())
    if active or not listing.unfinished:
        return active
    watch = min(context.timings.idle_watch_seconds, context.plan.poll_high_seconds)
    if context.has_time_for(watch):
        await clock.sleep(watch)
        active = active_runs(await read_listing(context, activity), clock.now(), listing)
    if not active:
        for run in listing.unfinished:
            if run.state is RunState.ACTIVE:
                context.note(
                    f"Run {run.id} ({run.status}) has made no progress for over a day and is treated as abandoned."
                )
    return active


def _find_earlier_attempt(context: TargetContext, listing: RunList) -> Run | None:
    """Return the run that an earlier attempt of this CI job left active; of several, the latest."""
    mine = context.plan.tag
    left = [
        run
        for run in listing.tagged
        if not run.state.is_terminal
        and (run.status or "").strip().upper() not in CANCELLING_STATUSES
        and (tag := parse_run_tag(run.name)) is not None
        and mine.is_later_attempt_than(tag)
    ]
    return max(left, key=lambda run: run.id, default=None)


def _name(run: Run) -> str:
    return f"run {run.id} ({run.status or 'no status'})"


def _activity(run: Run) -> str:
    return "is active" if run.started_at is None else f"has been active since {format_timestamp(run.started_at)}"
