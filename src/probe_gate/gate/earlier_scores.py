"""The reading of the scores before the trigger, made once the results of the last earlier run are in it.

Results that arrive late would otherwise look like those of the run that is about to be started.
"""

from __future__ import annotations

from probe_gate.domain.concurrent_runs import RECENT_SPAN, find_earlier_runs, is_dated_before, known_runs
from probe_gate.domain.counts import complete_counts, counts_fit
from probe_gate.domain.dates import dates_agree
from probe_gate.domain.evidence import EarlierRun, Missing
from probe_gate.domain.freshness import DEFAULT_UNIT_SECONDS, LONG, LONGEST
from probe_gate.domain.listing import Listing
from probe_gate.domain.numbers import format_duration
from probe_gate.domain.run import Run
from probe_gate.domain.score import Scores
from probe_gate.errors import AuthError, ConfigError, PlatformError
from probe_gate.gate.findings import Findings
from probe_gate.gate.idle import EarlierActivity, read_scores_once
from probe_gate.gate.readings import Readings
from probe_gate.ports import NoScoresError, Step

BEFORE_SECONDS = 15.0
"""How long the reading before the trigger may take; then there is none."""
MAX_SETTLING_SECONDS = 120.0
"""How long the gate waits, at most, for the results of an earlier run to reach the scores."""
MIN_PAUSE_SECONDS = 2.0
OTHER_GATE_SECONDS = 15.0
"""How long another gate, whose run was waited for, is left alone with its scores, beside two settle times."""


async def read_scores_before(findings: Findings, activity: EarlierActivity) -> None:
    """Fill in the scores from before the trigger, and whether the last earlier run's results are in them.

    Raises:
        AuthError: The platform refuses the key.
        PlatformError: There is no time left to ask anything.
    """
    clock, plan, listing = findings.ports.clock, findings.plan, findings.listing_before
    unit = plan.settle_seconds or DEFAULT_UNIT_SECONDS
    readings = Readings()
    readings.add(await _read_patiently(findings), clock.monotonic())
    earlier = find_earlier_runs(listing, clock.now()) if listing is not None else ()
    began = clock.monotonic()
    until = began + min(MAX_SETTLING_SECONDS, (plan.deadline - began) / 4)
    pause = max(unit, MIN_PAUSE_SECONDS)
    is_settled = True
    was_told = False
    for run in earlier:
        while not _is_settled(findings, activity, run, readings, unit):
            if clock.monotonic() + pause > until:
                is_settled = False
                break
            if not was_told:
                was_told = True
                findings.tell(Step.READING, f"Waiting until the results of run {run.id} have reached the scores.")
            await clock.sleep(pause)
            readings.add(await read_scores_once(findings), clock.monotonic())
    if not is_settled:
        findings.note(
            f"It could not be seen that the results of run {earlier[0].id} had reached the scores before this run was "
            f"started (waited for {format_duration(clock.monotonic() - began)})."
        )
    if activity.waited_for_gate:
        activity.waited_for_gate = False
        await clock.sleep(OTHER_GATE_SECONDS + 2 * unit)
        readings.add(await read_scores_once(findings), clock.monotonic())
    _keep(findings, readings, earlier, listing, is_settled=is_settled)


def _keep(
    findings: Findings, readings: Readings, earlier: tuple[Run, ...], listing: Listing | None, *, is_settled: bool
) -> None:
    last = readings.last
    findings.scores_before = (
        last if last is not None else Missing("There is no reading of the scores from before the run.")
    )
    if isinstance(last, Scores):
        findings.keep_answer("scores before the trigger", last.digest)
    findings.earlier = EarlierRun(earlier[0], is_settled) if earlier else _hidden_run(listing)


def _hidden_run(listing: Listing | None) -> EarlierRun | None:
    """Return a run to be careful about where none of the known runs has a result, but not all runs are known."""
    known = known_runs(listing) if listing is not None else ()
    if listing is None or not known or len(known) + listing.unreadable >= listing.count:
        return None
    return EarlierRun(known[-1], is_settled=False)


async def _read_patiently(findings: Findings) -> Scores | Missing | None:
    """Read the scores; a platform that has none of this target yet may refuse it in many ways."""
    plan, clock = findings.plan, findings.ports.clock
    deadline = min(plan.deadline, clock.monotonic() + BEFORE_SECONDS)
    try:
        return await findings.ports.platform.fetch_scores(plan.target.id, deadline)
    except AuthError:
        raise
    except NoScoresError as error:
        return Missing(f"There were no scores before the run: {error.message}")
    except (ConfigError, PlatformError) as error:
        if isinstance(error, PlatformError) and clock.monotonic() >= plan.deadline:
            raise  # with the reason why nothing else can be asked any more
        findings.note(f"The scores could not be read before the trigger: {error.message}")
        return Missing(f"There is no reading of the scores from before the run: {error.message}")


def _is_settled(findings: Findings, activity: EarlierActivity, run: Run, readings: Readings, unit: float) -> bool:
    """Return whether the results of a run that is over are known to be in the last reading."""
    clock, scores, listing = findings.ports.clock, readings.last, findings.listing_before
    was_over = activity.was_over_at_start(run)
    while_active = activity.scores_while_active
    if isinstance(scores, Scores):
        fits = counts_fit(scores, complete_counts(run.counts, scores))
        if fits and (was_over or (while_active is not None and scores != while_active)):
            return True
        if not was_over and readings.stable_seconds >= LONG * unit and _both_moved(while_active, scores):
            return True
        agrees = dates_agree(run.started_at, scores.latest_execution)
        if was_over and agrees and readings.stable_seconds >= LONGEST * unit:
            return True
    if was_over and is_dated_before(run, clock.now(), RECENT_SPAN, known_runs(listing) if listing else ()):
        return True
    over_since = activity.over_since.get(run.id)
    return over_since is not None and clock.monotonic() - over_since >= findings.plan.scores_timeout_seconds


def _both_moved(before: Scores | Missing | None, scores: Scores) -> bool:
    """Return whether date and numbers are both different from those of a reading made while the run was active."""
    if before is None:
        return False
    if isinstance(before, Missing):
        return True
    return before.latest_execution != scores.latest_execution and before.numbers != scores.numbers
