"""Waiting for a run to end."""

from __future__ import annotations

from shlex import quote

from probe_gate.domain.evidence import RunOrigin
from probe_gate.domain.formatting import format_duration, plural
from probe_gate.domain.run import Run, RunState, has_executed_all, made_progress, progress_fraction
from probe_gate.domain.run_list import IdSet, RunList
from probe_gate.errors import InconclusiveError, PlatformError, TimedOutError
from probe_gate.use_cases.context import GatePlan, OwnRun, TargetContext
from probe_gate.use_cases.polling import PollSchedule, Streak
from probe_gate.use_cases.ports import Step


async def wait_for_end(context: TargetContext, own: OwnRun, run_id: int, known_ids: IdSet | None) -> Run:
    """Return the run once its status is terminal.

    Args:
        context: The gate.
        own: The run; how it was last seen is kept there.
        run_id: Its id.
        known_ids: The runs that were there before, to notice others that are started at the same time.

    Raises:
        TimedOutError: The run did not finish in time.
        InconclusiveError: The run has executed everything and stays in a status that is not known.
        PlatformError: The run cannot be followed.
    """
    watch = _Watch(context, own, run_id, known_ids)
    clock, plan, random = context.clock, context.plan, context.ports.random
    began = clock.monotonic()
    pace = PollSchedule(plan.poll_low_seconds, plan.poll_high_seconds)
    if own.origin is RunOrigin.TRIGGERED:
        await _sleep_before_look(context, pace.next_delay(0.0, random()))
    while True:
        listing = await watch.read()
        elapsed = clock.monotonic() - began
        run = None if listing is None else watch.see(listing)
        if run is not None:
            own.last_seen = run
            if run.state.is_terminal:
                context.record_step("ended")
                context.report(Step.WAITING, f"Test run {run_id} has ended: {run.status}.", run=run)
                return run
            pace.observe(elapsed, progress_fraction(run))
            watch.report(run, pace.remaining_seconds(elapsed))
        pace.throttle(0 if listing is None else listing.throttle_count)
        if context.deadline - clock.monotonic() <= context.timings.last_look_seconds:
            # when the last look failed, it is not known whether the run was over
            raise watch.last_error or _not_over(context.plan, own, run_id)
        await _sleep_before_look(context, pace.next_delay(elapsed, random()))


async def _sleep_before_look(context: TargetContext, seconds: float) -> None:
    """Sleep, but leave time for a last look before the gate's own time is over."""
    left = context.deadline - context.clock.monotonic()
    await context.clock.sleep(min(seconds, max(left - context.timings.last_look_seconds, 0.0)))


def _not_over(plan: GatePlan, own: OwnRun, run_id: int) -> TimedOutError:
    run = own.last_seen
    state = "it was never listed" if run is None else _describe_progress(run)
    hint = "Give the gate more time with --timeout, or check on the platform why the run is taking so long."
    if run is not None and run.state is RunState.UNKNOWN and run.status:
        state = f"it is {run.status}"
        hint = f"{_name_status(run.status)} {hint}"
    limit = format_duration(plan.timeout_seconds)
    return TimedOutError(f"Test run {run_id} did not finish within {limit} (--timeout): {state}.", hint)


def _describe_progress(run: Run) -> str:
    """Return `180 of 220 test cases were executed`, or else the status."""
    executed, total = run.counts.executed, run.counts.total
    if executed is not None and total:
        return f"{executed:,} of {plural(total, 'test case')} were executed"
    return f"it is {run.status or 'without a status'}"


def _name_status(status: str) -> str:
    """Return what to do about a status that is not known."""
    return f"If {status} means that a run has completed on your platform, add --completed-status {quote(status)}."


class _Watch:
    """What is remembered between two readings of the listing."""

    def __init__(self, context: TargetContext, own: OwnRun, run_id: int, known_ids: IdSet | None) -> None:
        self.context = context
        self.own = own
        self.run_id = run_id
        self.known_ids = known_ids
        self.began = context.clock.monotonic()
        self.seen = False
        self.absent = Streak(context.timings)
        self.invalid = Streak(context.timings)
        self.still_since = self.began
        """Since when nothing has moved in the run."""
        self.last_error: PlatformError | None = None
        self.unknown_statuses: set[str | None] = set()
        self.overlap_told = False
        self.looked_for_others = False

    async def read(self) -> RunList | None:
        """One reading; None when the answer made no sense and may be asked for again."""
        context = self.context
        # the first reading is whole, to see at once whether another gate has started a run at the same moment
        whole = not self.looked_for_others
        if not context.has_time_for(0.0):
            raise _not_over(context.plan, self.own, self.run_id)
        try:
            listing = await context.list_runs(
                run_id=self.run_id, known_ids=self.known_ids if whole else None, may_stop_early=not whole
            )
        except PlatformError as error:
            self.last_error = error
            now = context.clock.monotonic()
            self.invalid.add(now)
            if self.invalid.is_conclusive(now) or now >= context.deadline:
                raise
            context.note(f"A response from the platform was invalid, so the request was repeated: {error.message}")
            context.report(Step.WAITING, f"{error.message} Retrying.", is_warning=True)
            return None
        self.invalid.clear()
        self.last_error = None
        self.looked_for_others = self.looked_for_others or listing.complete
        return listing

    def see(self, listing: RunList) -> Run | None:
        """Return the run as the listing tells of it; None while it is not listed. Raises when it never will be."""
        context, target_id = self.context, self.context.plan.target.id
        for note in listing.notes:
            context.note(note)
        self._report_others(listing)
        now = context.clock.monotonic()
        if listing.run is not None:
            self.seen = True
            self.absent.clear()
            self._refuse_unknown_end(listing.run, now)
            if listing.run.state is RunState.ACTIVE and (listing.run.status or "").upper() == "RUNNING":
                context.record_step("running")
            return listing.run
        self.absent.add(now)
        if self.seen and self.absent.is_conclusive(now):
            self.own.last_seen = None
            raise PlatformError(
                f"Test run {self.run_id} has vanished from the listing of target {target_id}.",
                f"Check on the platform whether somebody deleted run {self.run_id}, then run the gate again.",
            )
        never_listed_seconds = context.timings.never_listed_seconds
        if not self.seen and now - self.began >= never_listed_seconds:
            raise PlatformError(
                f"Test run {self.run_id} was started, but target {target_id} has not listed it "
                f"for {format_duration(never_listed_seconds)}.",
                "Look for it on the platform, and check that --target-id is the target you mean.",
            )
        return None

    def _refuse_unknown_end(self, run: Run, now: float) -> None:
        """Raise when the run has executed everything and nothing moves any more, in a status that is not known."""
        own = self.own
        if own.last_seen is None or made_progress(own.last_seen, run):
            self.still_since = now
        if (
            run.state is not RunState.UNKNOWN
            or not has_executed_all(run)
            or now - self.still_since < self.context.timings.unknown_status_seconds
        ):
            return
        own.last_seen, own.is_finished = run, True
        still = format_duration(now - self.still_since)
        if not run.status:
            raise InconclusiveError(
                f"Test run {run.id} has executed all of its test cases and has had no status for {still}.",
                "Look at the run on the platform.",
            )
        raise InconclusiveError(
            f"Test run {run.id} has executed all of its test cases, and has been in the status {run.status!r} for "
            f"{still}, which is not known to mean that it has completed.",
            _name_status(run.status),
        )

    def report(self, run: Run, remaining_seconds: float | None) -> None:
        """Report how far the run is; an unknown status once."""
        context = self.context
        if run.state is RunState.UNKNOWN and run.status not in self.unknown_statuses:
            self.unknown_statuses.add(run.status)
            word = f"the status {run.status!r}, which is not known" if run.status else "no status"
            text = f"Test run {self.run_id} has {word}; it is treated as still active."
            context.note(text)
            context.report(Step.WAITING, text, run=run, is_warning=True)
        context.report(
            Step.WAITING,
            f"Test run {self.run_id} is {run.status or 'without a status'}.",
            run=run,
            remaining_seconds=remaining_seconds,
        )

    def _report_others(self, listing: RunList) -> None:
        others = [run for run in listing.new if run.id != self.run_id]
        if not others or self.overlap_told:
            return
        self.overlap_told = True
        self.context.report(
            Step.WAITING,
            f"Run {others[0].id} was started on the same target at the same time: the scores will not be this run's "
            "alone. Use your CI system's lock so that one gate at a time tests a target.",
            is_warning=True,
        )
