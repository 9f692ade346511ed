"""Starting a run exactly once.

The platform has no idempotency key, names need not be unique, and each run costs credits. So a second trigger is
sent only when it is proven that the first one started nothing. The name of the run begins with a mark that no other
run has; where the answer to a trigger does not say what became of it, the mark is looked for in the listing.

    SENDING --id--------------------------------------> STARTED
       |  ^  \\--400, 401, 403, 404, 422---------------> refused: nothing was started (exit 2 or 3)
       |  |
       |  +--- refused before it was read (no connection, TLS, 429): after a pause ---+
       |  |                                                                           |
       |  +-----------------------<--------------------------------------------------+
       |  +--- absent from at least 3 whole readings over at least 20 s (CLEARED), at most twice ---+
       |                                                                                            |
       +--anything else: time-out, reset, cut off, 5xx, a page, no id--> IN DOUBT ------------------+
                                                                            |
                                                      mark in the listing   +--> STARTED
                                                      time over             +--> exit 4, with the mark to look for

What is assumed of the platform: that a run it has started stands in the listing within 20 s of the answer that was
lost. Should it come later all the same, both runs carry the mark: the last reading of the listing finds them, the
second one is cancelled, and `scores-fresh` says that the scores are not this run's.

A refusal that stays in doubt and would only be repeated (such as 409) is cleared in the same way, and then ends.
"""

from __future__ import annotations

from probe_gate.domain.run import Run
from probe_gate.errors import AuthError, CancelledError, ConfigError, GateError, PlatformError
from probe_gate.gate.findings import Findings, Started
from probe_gate.gate.mark import read_mark, run_name
from probe_gate.ports import NotStartedError, RunRequest, Step, UnconfirmedRequestError

CLEARING_READINGS = 3
CLEARING_SECONDS = 20.0
MAX_UNCONFIRMED_SENDS = 3
SEARCH_PAUSES = (1.0, 2.0, 3.0, 4.0, 5.0, 5.5)
"""Between the readings of a search; together a little more than `CLEARING_SECONDS`."""
MOST_PAUSE_SECONDS = 30.0


async def start_run(findings: Findings) -> int:
    """The id of the run that now exists, once. Raises what the module's text says."""
    plan, ports = findings.plan, findings.ports
    request = RunRequest(
        target_id=plan.target.id,
        name=run_name(plan.mark, plan.name),
        probe_ids=findings.probe_ids,
        notify_when_finished=plan.notify_when_finished,
        run_ai_analysis=plan.run_ai_analysis,
    )
    ports.journal.note_run(plan.target.id, plan.mark.text, None)
    refusals = doubts = 0
    while True:
        findings.started = Started.UNCONFIRMED
        findings.triggered_at = ports.clock.now()
        try:
            run_id = await ports.platform.trigger_run(request, plan.deadline)
            _refuse_earlier_run(findings, run_id)
            break
        except (ConfigError, AuthError):
            findings.started = Started.NO
            raise
        except CancelledError as error:
            if error.never_begun:
                findings.started = Started.NO
            raise
        except NotStartedError as error:
            findings.started = Started.NO
            await _pause_after_refusal(findings, error, refusals)
            refusals += 1
        except UnconfirmedRequestError as error:
            doubts += 1
            found = await _find_started(findings, error)
            if found is not None:
                run_id = found.id
                break
            findings.started = Started.NO
            if doubts == MAX_UNCONFIRMED_SENDS or not error.may_retry:
                raise PlatformError(
                    f"The test run could not be started: {error.message}",
                    f"Nothing was found to be running (looked for {plan.mark.text}). {error.advice}".strip(),
                ) from error
    findings.started = Started.YES
    findings.run_id = run_id
    ports.journal.note_run(plan.target.id, plan.mark.text, run_id)
    findings.mark_moment("triggered")
    return run_id


def _refuse_earlier_run(findings: Findings, run_id: int) -> None:
    """Raises `UnconfirmedRequestError` for the id of a run that was there before the trigger: that is no answer to it."""
    before = findings.listing_before
    if before is not None and run_id in before.ids:
        raise UnconfirmedRequestError(
            f"The platform answered the trigger with test run {run_id}, which was there before.",
            "Look at the run on the platform, and tell the platform's support.",
            may_retry=False,
        )


async def _pause_after_refusal(findings: Findings, error: NotStartedError, refusals: int) -> None:
    """Waits before the trigger is sent again, or raises when there is no time for it."""
    clock, plan = findings.ports.clock, findings.plan
    pause = min(2.0**refusals, MOST_PAUSE_SECONDS) * (0.5 + findings.ports.random() / 2)
    if error.retry_after_seconds is not None:
        pause = max(error.retry_after_seconds, 0.0) + findings.ports.random()
    if clock.monotonic() + pause >= plan.deadline:
        raise PlatformError(f"The test run could not be started in time: {error.message}", error.advice) from error
    findings.tell(Step.TRIGGERING, f"Nothing was started yet: {error.message} Trying again.", is_warning=True)
    await clock.sleep(pause)


async def _find_started(findings: Findings, error: UnconfirmedRequestError) -> Run | None:
    """The run that a trigger without a clear answer started; None when it is proven that there is none.

    Raises `PlatformError` when the time is over before the doubt is cleared.
    """
    plan, clock, mark = findings.plan, findings.ports.clock, findings.plan.mark.text
    findings.tell(Step.SEARCHING, f"{error.message} Looking for {mark} in the listing of test runs.", is_warning=True)
    findings.note(f"The answer to the trigger was lost, so the run was looked for by its mark. {error.message}")
    unreadable_before = findings.listing_before.unreadable if findings.listing_before else 0
    query = findings.query(name_prefix=mark)
    first_reading: float | None = None
    readings = 0
    try:
        while True:
            listing = await findings.ports.platform.list_runs(plan.target.id, query, plan.deadline)
            now = clock.monotonic()
            started = [run for run in listing.marked if read_mark(run.name) == plan.mark]
            if started:
                findings.tell(Step.SEARCHING, f"Found: test run {started[0].id} was started.", run=started[0])
                return started[0]
            if listing.whole and listing.unreadable <= unreadable_before:
                first_reading = now if first_reading is None else first_reading
                readings += 1
                if readings >= CLEARING_READINGS and now - first_reading >= CLEARING_SECONDS:
                    return None
            pause = SEARCH_PAUSES[min(max(readings - 1, 0), len(SEARCH_PAUSES) - 1)]
            if now + pause >= plan.deadline:
                break
            await clock.sleep(pause)
    except CancelledError:
        raise
    except GateError as failure:
        # a listing that is refused shows as little as one that is out of reach
        raise _unclear(findings, error) from failure
    raise _unclear(findings, error)


def _unclear(findings: Findings, error: UnconfirmedRequestError) -> PlatformError:
    mark = findings.plan.mark.text
    return PlatformError(
        f"It could not be found out whether a test run was started: {error.message}",
        f"Look on the platform for a run whose name begins with {mark}; probe-gate runs cancel --tag {mark} stops it.",
    )
