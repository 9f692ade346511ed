"""After the end: reading the scores until they are proven to be this run's, and the listing for the last time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from probe_gate.domain.concurrent_runs import are_all_known, find_overlaps, known_runs
from probe_gate.domain.counts import complete_counts
from probe_gate.domain.evidence import EarlierRun, Missing, RunOrigin
from probe_gate.domain.freshness import DEFAULT_UNIT_SECONDS, LONG, SAME_COUNTS_SPAN, Assessment, assess
from probe_gate.domain.listing import Listing
from probe_gate.domain.run import Run
from probe_gate.domain.score import Scores
from probe_gate.errors import InvalidResponseError, PlatformError
from probe_gate.gate.cancel import cancel_duplicates
from probe_gate.gate.findings import KEPT_RUNS, TREND_RUNS, Findings
from probe_gate.gate.readings import Readings
from probe_gate.gate.streak import Streak
from probe_gate.ports import NoScoresError, Step

LISTING_SECONDS = 5.0
"""What the reading of the scores leaves of the gate's time, at most, for the last listing."""
MIN_PAUSE_SECONDS = 2.0


async def read_final_scores(findings: Findings, run: Run) -> None:
    """Fill in the scores once they are proven to be the run's, or as they are when the time for that is over.

    Raises:
        PlatformError: The scores could not be read until the end of that time, or the listing shows another state of
            the run in three readings over 20 s.
    """
    clock, plan = findings.ports.clock, findings.plan
    pause = plan.settle_seconds or MIN_PAUSE_SECONDS
    reader = _ScoreReader(findings)
    run = await _read_counts(findings, run)
    if findings.listing_before is not None:
        _keep_other_runs(findings, findings.listing_before, run.id)
    began = clock.monotonic()
    left = plan.deadline - began
    end = began + left - min(LISTING_SECONDS, left / 4)
    until = min(began + plan.scores_timeout_seconds, end)
    if complete_counts(run.counts).judged == 0:
        until = began  # no score can be this run's; what is read is for the reports
    was_told = False
    while True:
        read_at = clock.monotonic()
        await reader.read(until)
        found = assess(replace(findings.evidence(), overlaps=()))
        # once there is a proof, what is left is to see that nothing changes any more
        last_at = min(until + max(found.needed_seconds, reader.least_stable_seconds), end)
        is_last = clock.monotonic() + pause > last_at
        if is_last or _is_proven(found, findings, reader.least_stable_seconds):
            await _read_last_listing(findings, run.id)
            found = assess(findings.evidence())
            if is_last or not found.can_change or _is_proven(found, findings, reader.least_stable_seconds):
                break
        if found.proof is None and not was_told:
            was_told = True
            findings.tell(Step.SETTLING, "The scores do not include this run yet; reading them again.")
        await clock.sleep(pause)
        if reader.outage is not None:
            until = min(until + clock.monotonic() - read_at, end)  # an outage takes nothing of the scores' time
    findings.mark_moment("settled")
    if reader.outage is not None and not _is_proven(found, findings, reader.least_stable_seconds):
        raise reader.outage


def _is_proven(found: Assessment, findings: Findings, least_seconds: float) -> bool:
    return found.proof is not None and findings.stable_seconds >= max(found.needed_seconds, least_seconds)


class _ScoreReader:
    """Reads the scores of one run, once at a time."""

    def __init__(self, findings: Findings) -> None:
        self.outage: PlatformError | None = None
        """Why the last reading failed; None when it did not."""
        self._findings = findings
        self._readings = Readings(findings.scores_before)
        self._invalid = Streak()

    @property
    def least_stable_seconds(self) -> float:
        """For how long a reading must have stayed the same at least, whatever proves it."""
        unit = self._findings.plan.settle_seconds or DEFAULT_UNIT_SECONDS
        return LONG * unit if self._readings.arrives_in_parts else 0.0

    async def read(self, until: float) -> None:
        """Make one reading and keep what it says.

        Raises:
            InvalidResponseError: The answer is not what the API description allows, time and again.
        """
        findings, clock = self._findings, self._findings.ports.clock
        plan, self.outage = findings.plan, None
        try:
            scores = await findings.ports.platform.fetch_scores(plan.target.id, plan.deadline, attempts=1)
        except NoScoresError as error:
            findings.scores = Missing(error.message)
            self._readings.add(findings.scores, clock.monotonic())
        except PlatformError as error:
            self.outage = error
            if isinstance(error, InvalidResponseError):
                self._invalid.add(clock.monotonic())
                if self._invalid.is_conclusive(clock.monotonic()):
                    raise
            await clock.sleep(min(error.retry_after_seconds or 0.0, max(until - clock.monotonic(), 0.0)))
        else:
            self._invalid.clear()
            findings.scores = scores
            findings.keep_answer("scores after the end", scores.digest)
            self._readings.add(scores, clock.monotonic())
        findings.stable_seconds = self._readings.stable_seconds


async def _read_counts(findings: Findings, run: Run) -> Run:
    """Return the run with its counts: a platform may show them a little later than the end."""
    streak = Streak()
    clock, plan = findings.ports.clock, findings.plan
    while not complete_counts(run.counts).judged:
        if streak.is_conclusive(clock.monotonic()) or clock.monotonic() + MIN_PAUSE_SECONDS >= plan.deadline:
            break
        await clock.sleep(max(MIN_PAUSE_SECONDS, streak.pause_seconds))
        listing = await findings.ports.platform.list_runs(
            plan.target.id, findings.query(run_id=run.id, may_stop_early=True), plan.deadline
        )
        streak.add(clock.monotonic())
        if listing.run is not None and listing.run.phase is run.phase:
            run = findings.run = listing.run
    return run


async def _read_last_listing(findings: Findings, run_id: int) -> None:
    """Read the complete listing: the run's final facts, and the runs that overlapped it.

    One listing that lacks the run, or shows it in another state or without the results seen before, may come from a
    part of the platform that is behind: it is read again before it is believed.
    """
    plan, clock, before = findings.plan, findings.ports.clock, findings.listing_before
    query = findings.query(run_id=run_id, name_prefix=plan.mark.text, known_ids=before.ids if before else None)
    streak = Streak()
    seen = findings.run.phase if findings.run is not None else None
    has_results = findings.run is not None and bool(complete_counts(findings.run.counts).judged)
    while True:
        try:
            listing = await findings.ports.platform.list_runs(plan.target.id, query, plan.deadline)
        except PlatformError:
            streak.add(clock.monotonic())
            if streak.is_conclusive(clock.monotonic()) or clock.monotonic() >= plan.deadline:
                raise
        else:
            if (
                listing.run is not None
                and listing.run.phase is seen
                and (complete_counts(listing.run.counts).judged or not has_results)
            ):
                break
            streak.add(clock.monotonic())
            if streak.is_conclusive(clock.monotonic()):
                break
        if clock.monotonic() + streak.pause_seconds >= plan.deadline:
            raise PlatformError(
                f"The listing of target {plan.target.id} no longer shows test run {run_id} as finished.",
                "Look at the run on the platform.",
            )
        await clock.sleep(streak.pause_seconds)
    findings.keep_answer("listing after the end", listing.digest, whole=listing.whole)
    _refuse_other_state(findings, listing, run_id)
    findings.run = listing.run
    _keep_other_runs(findings, listing, run_id)
    await cancel_duplicates(findings, listing, run_id)


def _refuse_other_state(findings: Findings, listing: Listing, run_id: int) -> None:
    was = findings.run.status if findings.run is not None else None
    if listing.run is None:
        raise PlatformError(
            f"Test run {run_id} has vanished from the listing of target {findings.plan.target.id} after it had ended.",
            "Look for it on the platform; it may have been deleted.",
        )
    if not listing.run.phase.is_terminal:
        raise PlatformError(
            f"Test run {run_id} was {was} and is {listing.run.status or 'without a status'} again.",
            "Look at the run on the platform; if it stays so, contact the platform's support.",
        )


def _with_known_counts(run: Run, known: Mapping[int, Run]) -> Run:
    """Return the run with the counts that an earlier listing had of it, where this one has none of results."""
    earlier = known.get(run.id)
    if earlier is None or complete_counts(run.counts).judged or not complete_counts(earlier.counts).judged:
        return run
    return replace(run, counts=earlier.counts)


def _keep_other_runs(findings: Findings, listing: Listing, run_id: int) -> None:
    """Keep the runs that the scores might belong to instead."""
    before, is_own = findings.listing_before, findings.origin is RunOrigin.TRIGGERED
    findings.trend = listing.newest[:TREND_RUNS]
    known = {run.id: run for run in (*(known_runs(before) if before is not None else ()), *findings.others)}
    if findings.earlier is not None:
        known[findings.earlier.run.id] = findings.earlier.run
    others = {run.id: _with_known_counts(run, known) for run in (*listing.newest, *listing.undated) if run.id != run_id}
    findings.others = tuple(others.values())
    if findings.earlier is not None:
        earlier = findings.earlier.run
        findings.earlier = replace(findings.earlier, run=others.get(earlier.id, earlier))
    date = findings.scores.latest_execution if isinstance(findings.scores, Scores) else None
    findings.are_others_known = are_all_known(listing, KEPT_RUNS, None if date is None else date - SAME_COUNTS_SPAN)
    if not is_own:
        last = max((run for run in others.values() if run.may_be_scored), key=lambda run: run.id, default=None)
        findings.earlier = EarlierRun(last, is_settled=True) if last is not None else None
        if last is None and not are_all_known(listing, KEPT_RUNS, None):
            findings.are_others_known = False
    if listing.run is None:
        return  # this listing is from before the run
    if before is None or findings.listed_at is None:
        findings.overlaps = Missing("The listing of test runs was not read before the run.")
        return
    findings.overlaps = find_overlaps(listing.run, before, listing, findings.listed_at, triggered=is_own)
