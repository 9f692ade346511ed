"""After the end: reading the scores until they are this run's, and looking once more for other runs."""

from __future__ import annotations

from probe_gate.domain.evidence import Missing, RunOrigin
from probe_gate.domain.freshness import dates_fit
from probe_gate.domain.listing import RunQuery
from probe_gate.domain.overlap import find_overlaps
from probe_gate.domain.run import Run
from probe_gate.domain.score import Scores
from probe_gate.errors import AuthError, ConfigError, PlatformError
from probe_gate.gate.cancel import cancel_duplicates
from probe_gate.gate.findings import Findings
from probe_gate.ports import Step

BEFORE_SECONDS = 15.0
"""How long the reading before the trigger may take; then there is none."""
LISTING_SECONDS = 5.0
"""What the settling leaves of the gate's time, at most."""
SETTLING_SECONDS = 120.0
"""How long the scores may lag behind the end of the run."""


async def read_scores_before(findings: Findings) -> None:
    """The reading before the trigger. A platform that has none of this target yet may refuse it."""
    plan, clock = findings.plan, findings.ports.clock
    deadline = min(plan.deadline, clock.monotonic() + BEFORE_SECONDS)
    try:
        scores = await findings.ports.platform.fetch_scores(plan.target.id, deadline)
    except AuthError:
        raise
    except (ConfigError, PlatformError) as error:
        if isinstance(error, PlatformError) and clock.monotonic() >= plan.deadline:
            raise  # with the reason why nothing else can be asked any more
        findings.scores_before = Missing(f"There is no reading of the scores from before the run: {error.message}")
        findings.note(f"The scores could not be read before the trigger: {error.message}")
        return
    findings.scores_before = scores
    findings.keep_answer("scores before the trigger", scores.digest)


async def settle(findings: Findings, run: Run) -> None:
    """Fills in the scores, whether two readings of them agree, and the overlaps."""
    if run.counts.judged == 0:
        await _read_once(findings)
    else:
        await _read_until_settled(findings, run)
    findings.mark_moment("settled")
    await _look_for_others(findings, run)


async def _read_once(findings: Findings) -> None:
    """No score can be this run's; what is read is for the reports."""
    clock, plan = findings.ports.clock, findings.plan
    await _read(findings, min(plan.deadline, clock.monotonic() + BEFORE_SECONDS))


async def _read(findings: Findings, deadline: float) -> Scores | None:
    try:
        scores = await findings.ports.platform.fetch_scores(findings.plan.target.id, deadline)
    except AuthError:
        raise
    except ConfigError as error:
        findings.scores = Missing(f"The platform has no scores of this target: {error.message}")
        return None
    findings.scores = scores
    findings.keep_answer("scores after the end", scores.digest)
    return scores


async def _read_until_settled(findings: Findings, run: Run) -> None:
    clock, plan = findings.ports.clock, findings.plan
    before = findings.listing_before
    triggered = findings.origin is RunOrigin.TRIGGERED
    other_runs_before = before is None or before.count > (not triggered)
    previous: Scores | None = None
    until: float | None = None
    while True:
        # an outage is survived as long as the gate's own time lasts; a lag is not waited for that long
        scores = await _read(findings, plan.deadline)
        fits = scores is not None and dates_fit(
            scores,
            findings.scores_before,
            run,
            other_runs_before=other_runs_before,
            triggered=triggered,
            dated_while_going=findings.dated_while_going(),
        )
        findings.readings_agree = fits and (plan.settle_seconds == 0 or scores == previous)
        if findings.readings_agree:
            return
        if until is None:
            left = plan.deadline - clock.monotonic()
            # some time is kept for the last reading of the listing
            until = clock.monotonic() + min(SETTLING_SECONDS, left - min(LISTING_SECONDS, left / 4))
            if not fits:
                findings.tell(Step.SETTLING, "The scores do not include this run yet; reading them again.")
        previous = scores if fits else None
        pause = plan.settle_seconds if fits else max(plan.settle_seconds, plan.poll_low_seconds)
        if clock.monotonic() + pause >= until:
            return
        await clock.sleep(pause)


async def _look_for_others(findings: Findings, run: Run) -> None:
    """The last, whole reading of the listing: the run's final facts, and the runs that overlapped it."""
    plan, before = findings.plan, findings.listing_before
    query = RunQuery(run_id=run.id, name_prefix=plan.mark.text, known_ids=before.ids if before else None, newest=30)
    listing = await findings.ports.platform.list_runs(plan.target.id, query, plan.deadline)
    findings.keep_answer("listing after the end", listing.digest, whole=listing.whole)
    findings.trend = listing.newest
    findings.run = listing.run
    if listing.run is None:
        raise PlatformError(
            f"Test run {run.id} has vanished from the listing of target {plan.target.id} after it had ended.",
            "Look for it on the platform; it may have been deleted.",
        )
    if not listing.run.phase.is_terminal:
        findings.is_over = False
        raise PlatformError(
            f"Test run {run.id} was {run.status} and is {listing.run.status or 'without a status'} again.",
            "Look at the run on the platform; if it stays so, tell the platform's support.",
        )
    if before is None:
        findings.overlaps = Missing("The listing of test runs was not read before the run.")
        return
    findings.overlaps = find_overlaps(listing.run, before, listing, triggered=findings.origin is RunOrigin.TRIGGERED)
    await cancel_duplicates(findings, listing, run.id)
