"""After the end: reading the scores until they are proven to be this run's, and the listing for the last time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from probe_gate.domain.concurrent_runs import are_all_known, find_overlaps, known_runs
from probe_gate.domain.evidence import EarlierRun, Evidence, Overlap, RunOrigin, Unavailable
from probe_gate.domain.freshness import (
    DEFAULT_UNIT_SECONDS,
    SAME_COUNTS_SPAN,
    STABLE_UNITS_WITHOUT_COUNTS,
    Assessment,
    assess,
)
from probe_gate.domain.run import Run, complete_counts
from probe_gate.domain.run_list import RunList
from probe_gate.domain.scores import Scores
from probe_gate.errors import InvalidResponseError, PlatformError
from probe_gate.use_cases.cancel import cancel_duplicates
from probe_gate.use_cases.context import KEPT_RUNS, TargetContext
from probe_gate.use_cases.earlier_scores import ScoresBefore
from probe_gate.use_cases.idle import EarlierActivity
from probe_gate.use_cases.polling import Streak
from probe_gate.use_cases.ports import NoScoresError, Step
from probe_gate.use_cases.score_readings import Readings


@dataclass(frozen=True, slots=True)
class FinalScores:
    """What is known after the end of the run."""

    run: Run | None = None
    """The run as it was last listed; None when it was not looked at again."""
    scores: Scores | Unavailable = Unavailable("The gate ended before it read the scores of the run.")
    stable_seconds: float = 0.0
    overlaps: tuple[Overlap, ...] | Unavailable = Unavailable("The gate ended before it looked for other runs.")
    earlier: EarlierRun | None = None
    """The last earlier run, as it was last listed."""
    others: tuple[Run, ...] = ()
    are_others_known: bool = True
    listing: RunList | None = None
    """The last listing; None when there was none after the run."""
    left_running: str = ""
    """Other runs that may still be active because of this gate, in words."""


async def read_final_scores(
    context: TargetContext,
    run: Run,
    origin: RunOrigin,
    before: ScoresBefore,
    activity: EarlierActivity,
    make_evidence: Callable[[FinalScores], Evidence],
) -> FinalScores:
    """Return the scores once they are proven to be the run's, or as they are when the time for that is over.

    Args:
        context: The gate.
        run: The run, which has finished.
        origin: How the gate came by it.
        before: What was read before the run.
        activity: What was seen of other runs before.
        make_evidence: Takes note of what has been found so far, and returns the evidence that it makes: what was found
            when this is interrupted is what was passed last.

    Raises:
        PlatformError: The scores could not be read until the end of that time, or the listing shows another state of
            the run in three readings over 20 s.
    """
    clock, plan, deadline = context.clock, context.plan, context.deadline
    pause = plan.settle_seconds or context.timings.min_scores_pause_seconds
    reader = _Reader(context, run, origin, before, activity, make_evidence)
    run = await reader.read_counts()
    if activity.last_listing is not None:
        reader.keep_other_runs(activity.last_listing)
    began = clock.monotonic()
    left = deadline - began
    end = began + left - min(context.timings.last_listing_seconds, left / 4)
    until = min(began + plan.scores_timeout_seconds, end)
    if complete_counts(run.counts).evaluated == 0:
        until = began  # no score can be this run's; what is read is for the reports
    was_told = False
    while True:
        read_at = clock.monotonic()
        await reader.read_scores(until)
        assessment = assess(replace(reader.evidence, overlaps=()))
        # once there is a proof, what is left is to see that nothing changes any more
        last_at = min(until + max(assessment.needed_seconds, reader.min_stable_seconds), end)
        is_last = reader.is_mixed or clock.monotonic() + pause > last_at
        if is_last or reader.is_proven(assessment):
            await reader.read_last_listing()
            assessment = assess(reader.evidence)
            if is_last or not assessment.can_change or reader.is_proven(assessment):
                break
        if assessment.proof is None and not was_told:
            was_told = True
            reason = assessment.contradiction or "Nothing proves yet that the scores include this run"
            context.report(Step.SETTLING, f"{reason.rstrip('.')}; reading them again.")
        await clock.sleep(pause)
        if reader.outage is not None:
            until = min(until + clock.monotonic() - read_at, end)  # an outage takes nothing of the scores' time
    context.record_step("settled")
    if reader.outage is not None and not reader.is_mixed and not reader.is_proven(assessment):
        raise reader.outage
    return reader.found


class _Reader:
    """Reads the scores of one run, and the listing, again and again."""

    def __init__(
        self,
        context: TargetContext,
        run: Run,
        origin: RunOrigin,
        before: ScoresBefore,
        activity: EarlierActivity,
        make_evidence: Callable[[FinalScores], Evidence],
    ) -> None:
        self.outage: PlatformError | None = None
        """Why the last reading of the scores failed; None when it did not."""
        self.found = FinalScores(run=run, earlier=before.earlier)
        self._run = run
        self._context = context
        self._is_own = origin is RunOrigin.TRIGGERED
        self._activity = activity
        self._make_evidence = make_evidence
        self._readings = Readings(before.scores)
        self._invalid = Streak(context.timings)
        self.evidence = make_evidence(self.found)
        """What is known so far, as evidence."""

    @property
    def min_stable_seconds(self) -> float:
        """For how long a reading must have stayed the same at least, whatever proves it."""
        unit = self._context.plan.settle_seconds or DEFAULT_UNIT_SECONDS
        return STABLE_UNITS_WITHOUT_COUNTS * unit if self._readings.arrives_in_parts else 0.0

    @property
    def is_mixed(self) -> bool:
        """Return whether a later run is known to have results on the target: no later reading is this run's alone."""
        return bool(self.found.overlaps) and not isinstance(self.found.overlaps, Unavailable)

    def is_proven(self, assessment: Assessment) -> bool:
        """Return whether the last reading is proven, and has stayed the same for long enough."""
        needed = max(assessment.needed_seconds, self.min_stable_seconds)
        return assessment.proof is not None and self.found.stable_seconds >= needed

    def _keep(self, **changes: Any) -> None:
        self.found = replace(self.found, **changes)
        self.evidence = self._make_evidence(self.found)

    async def read_scores(self, until: float) -> None:
        """Read the scores once.

        Raises:
            InvalidResponseError: The answer is not what the API description allows, time and again.
        """
        context, clock = self._context, self._context.clock
        self.outage = None
        scores = self.found.scores
        try:
            scores = await context.platform.fetch_scores(context.plan.target.id, context.deadline, attempts=1)
        except NoScoresError as error:
            scores = Unavailable(error.message)
            self._readings.add(scores, clock.monotonic())
        except PlatformError as error:
            self.outage = error
            if isinstance(error, InvalidResponseError):
                self._invalid.add(clock.monotonic())
                if self._invalid.is_conclusive(clock.monotonic()):
                    raise
            await clock.sleep(min(error.retry_after_seconds or 0.0, max(until - clock.monotonic(), 0.0)))
        else:
            self._invalid.clear()
            context.record_answer("scores after the end", scores.digest)
            self._readings.add(scores, clock.monotonic())
        self._keep(scores=scores, stable_seconds=self._readings.stable_seconds)

    async def read_counts(self) -> Run:
        """Return the run with its counts: a platform may show them a little later than the end."""
        context, clock = self._context, self._context.clock
        streak, pause = Streak(context.timings), context.timings.min_scores_pause_seconds
        while not complete_counts(self._run.counts).evaluated:
            if streak.is_conclusive(clock.monotonic()) or not context.has_time_for(pause):
                break
            await clock.sleep(max(pause, streak.pause_seconds))
            listing = await context.list_runs(run_id=self._run.id, may_stop_early=True)
            streak.add(clock.monotonic())
            if listing.run is not None and listing.run.state is self._run.state:
                self._run = listing.run
                self._keep(run=listing.run)
        return self._run

    async def read_last_listing(self) -> None:
        """Read the complete listing: the run's final facts, and the runs that overlapped it.

        One listing that lacks the run, or shows it in another state or without the results seen before, may come from a
        part of the platform that is behind: it is read again before it is believed.
        """
        context, clock, before = self._context, self._context.clock, self._activity.last_listing
        run, streak = self._run, Streak(context.timings)
        has_results = bool(complete_counts(run.counts).evaluated)
        while True:
            try:
                listing = await context.list_runs(
                    run_id=run.id, name_prefix=context.plan.tag.text, known_ids=before.ids if before else None
                )
            except PlatformError:
                streak.add(clock.monotonic())
                if streak.is_conclusive(clock.monotonic()) or not context.has_time_for(0.0):
                    raise
            else:
                if (
                    listing.run is not None
                    and listing.run.state is run.state
                    and (complete_counts(listing.run.counts).evaluated or not has_results)
                ):
                    break
                streak.add(clock.monotonic())
                if streak.is_conclusive(clock.monotonic()):
                    break
            if not context.has_time_for(streak.pause_seconds):
                raise PlatformError(
                    f"The listing of target {context.plan.target.id} no longer shows test run {run.id} as finished.",
                    "Look at the run on the platform.",
                )
            await clock.sleep(streak.pause_seconds)
        context.record_answer("listing after the end", listing.digest, whole=listing.complete)
        self._run = self._refuse_other_state(listing)
        self._keep(run=self._run)
        self.keep_other_runs(listing)
        left_running = await cancel_duplicates(context, listing, run.id)
        self._keep(left_running=left_running or self.found.left_running)

    def _refuse_other_state(self, listing: RunList) -> Run:
        """Return the run as it is listed. Raises `PlatformError` when that is not as finished."""
        run, target_id = self._run, self._context.plan.target.id
        if listing.run is None:
            raise PlatformError(
                f"Test run {run.id} has vanished from the listing of target {target_id} after it had ended.",
                f"Check on the platform whether somebody deleted run {run.id}, then run the gate again.",
            )
        if not listing.run.state.is_terminal:
            raise PlatformError(
                f"Test run {run.id} was {run.status} and is {listing.run.status or 'without a status'} again.",
                "Look at the run on the platform; if it stays like that, contact the platform's support.",
            )
        return listing.run

    def keep_other_runs(self, listing: RunList) -> None:
        """Keep the runs of a listing that the scores might belong to instead."""
        before, listed_at, found = self._activity.last_listing, self._activity.last_listed_at, self.found
        earlier = found.earlier
        known = {run.id: run for run in (*(known_runs(before) if before is not None else ()), *found.others)}
        if earlier is not None:
            known[earlier.run.id] = earlier.run
        runs = (*listing.newest, *listing.undated)
        others = {run.id: _with_known_counts(run, known) for run in runs if run.id != self._run.id}
        if earlier is not None:
            earlier = replace(earlier, run=others.get(earlier.run.id, earlier.run))
        date = found.scores.latest_execution if isinstance(found.scores, Scores) else None
        are_others_known = are_all_known(listing, KEPT_RUNS, None if date is None else date - SAME_COUNTS_SPAN)
        if not self._is_own:
            last = max((run for run in others.values() if run.may_be_scored), key=lambda run: run.id, default=None)
            earlier = EarlierRun(last, is_settled=True) if last is not None else None
            if last is None and not are_all_known(listing, KEPT_RUNS, None):
                are_others_known = False
        overlaps = found.overlaps
        if listing.run is not None:  # otherwise the listing is from before the run
            overlaps = Unavailable("The listing of test runs was not read before the run.")
            if before is not None and listed_at is not None:
                overlaps = find_overlaps(listing.run, before, listing, listed_at, triggered=self._is_own)
        if not isinstance(overlaps, Unavailable):
            own = self._context.own_earlier
            overlaps = tuple(overlap for overlap in overlaps if overlap.run_id not in own)
        self._keep(
            listing=listing,
            others=tuple(others.values()),
            earlier=earlier,
            are_others_known=are_others_known,
            overlaps=overlaps,
        )


def _with_known_counts(run: Run, known: Mapping[int, Run]) -> Run:
    """Return the run with the counts that an earlier listing had of it, where this one has none of results."""
    earlier = known.get(run.id)
    if earlier is None or complete_counts(run.counts).evaluated or not complete_counts(earlier.counts).evaluated:
        return run
    return replace(run, counts=earlier.counts)
