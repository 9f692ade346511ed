r"""Start a run at most once.

The platform has no idempotency key, names need not be unique, and each run costs credits. So a second trigger is
sent only when it is proven that the first one started nothing. The name of the run begins with a run tag that no other
run has; where the answer to a trigger does not say what became of it, the run tag is looked for in the listing.

    SENDING --id--------------------------------------> STARTED
       |  ^  \--400, 401, 403, 404, 422---------------> refused: nothing was started (exit 2 or 3)
       |  |
       |  +--- refused before it was read (no connection, TLS, 429): after a pause ---+
       |  |                                                                           |
       |  +-----------------------<--------------------------------------------------+
       |  +--- absent from at least 3 complete listings over at least 20 s, at most twice ----+
       |                                                                                     |
       +--anything else: time-out, reset, cut off, 5xx, a page, no id--> UNCONFIRMED --------+
                                                                            |
                                                      tag in the listing    +--> STARTED
                                                      time over, or refused +--> exit 4, with the tag to look for

A new run without any run tag in the last of these listings may be the one, listed without its name: then the gate ends.

Assumption: the platform lists a run within 20 s of the response that was lost. If it is listed later, two runs have the
run tag: the last run list shows both, the second one is cancelled, and `scores-fresh` says that the scores are not this
run's.

After a refusal that leaves this open, such as 409, the run is searched for too. If it is not found, the gate ends; the
trigger is not sent again, because it would only be refused again.
"""

from __future__ import annotations

from probe_gate.domain.run import Run
from probe_gate.domain.run_list import RunList
from probe_gate.errors import AuthError, CancelledError, ConfigError, GateError, PlatformError
from probe_gate.use_cases.context import OwnRun, StartState, TargetContext
from probe_gate.use_cases.polling import backoff_seconds
from probe_gate.use_cases.ports import NotStartedError, RunRequest, Step, UnconfirmedRequestError
from probe_gate.use_cases.run_tag import find_by_tag, run_name

MAX_UNCONFIRMED_SENDS = 3


async def start_run(context: TargetContext, own: OwnRun, probe_ids: tuple[int, ...] | None, before: RunList) -> int:
    """Start a run, and return its id once it is known to exist.

    Args:
        context: The gate.
        own: Filled in at every step, so that a run is found and cancelled wherever a signal comes.
        probe_ids: The probes to run; None: all that are configured.
        before: The listing read directly before.

    Raises:
        AuthError: The platform refuses the key. Nothing was started.
        ConfigError: The platform refuses the request. Nothing was started.
        PlatformError: No run was started in time, or it could not be found out whether one was.
    """
    plan, ports = context.plan, context.ports
    request = RunRequest(
        target_id=plan.target.id,
        name=run_name(plan.tag, plan.name),
        probe_ids=probe_ids,
        notify_when_finished=plan.notify_when_finished,
        run_ai_analysis=plan.run_ai_analysis,
    )
    ports.state_file.note_run(plan.target.id, plan.tag.text, None)
    refusals = doubts = 0
    while True:
        own.state = StartState.UNCONFIRMED
        own.triggered_at = context.clock.now()
        try:
            run_id = await context.platform.trigger_run(request, context.deadline)
            _refuse_earlier_run(run_id, before)
            break
        except (ConfigError, AuthError):
            own.mark_not_started(is_certain=not doubts)
            raise
        except CancelledError as error:
            if error.never_begun:
                own.mark_not_started(is_certain=not doubts)
            raise
        except NotStartedError as error:
            own.mark_not_started(is_certain=not doubts)
            await _pause_after_refusal(context, error, refusals)
            refusals += 1
        except UnconfirmedRequestError as error:
            doubts += 1
            found = await _find_started(context, error, before)
            if found is not None:
                run_id = found
                break
            own.mark_not_started(is_certain=False)
            if doubts == MAX_UNCONFIRMED_SENDS or not error.may_retry:
                raise PlatformError(
                    f"The test run could not be started: {error.message}",
                    f"No run was found (looked for {plan.tag.text}). {error.hint}".strip(),
                ) from error
    own.state, own.id = StartState.STARTED, run_id
    ports.state_file.note_run(plan.target.id, plan.tag.text, run_id)
    context.record_step("triggered")
    return run_id


def _refuse_earlier_run(run_id: int, before: RunList) -> None:
    """Raise `UnconfirmedRequestError` for the id of a run that was there before the trigger: that is no answer to it."""
    if run_id in before.ids:
        raise UnconfirmedRequestError(
            f"The platform answered the trigger with test run {run_id}, which already existed.",
            "Look at the run on the platform, and contact the platform's support.",
            may_retry=False,
        )


async def _pause_after_refusal(context: TargetContext, error: NotStartedError, refusals: int) -> None:
    """Wait before the trigger is sent again, or raise when there is no time for it."""
    pause = backoff_seconds(error, refusals, context.ports.random(), context.timings)
    if not context.has_time_for(pause):
        raise PlatformError(f"The test run could not be started in time: {error.message}", error.hint) from error
    context.report(Step.TRIGGERING, f"Nothing has been started yet: {error.message} Trying again.", is_warning=True)
    await context.clock.sleep(pause)


async def _find_started(context: TargetContext, error: UnconfirmedRequestError, before: RunList) -> int | None:
    """Return the run that a trigger without a clear answer started; None when it is certain that there is none.

    Raises:
        PlatformError: That could not be found out in time.
    """
    tag = context.plan.tag
    context.report(
        Step.SEARCHING, f"{error.message} Looking for {tag.text} in the listing of test runs.", is_warning=True
    )
    context.note(f"The answer to the trigger was lost, so the run was looked for by its run tag. {error.message}")
    try:
        search = await find_by_tag(
            context.platform,
            context.clock,
            context.plan.target.id,
            context.make_query(name_prefix=tag.text, known_ids=before.ids),
            tag,
            context.deadline,
            context.timings,
            max_unreadable=before.unreadable,
        )
    except CancelledError:
        raise
    except GateError as failure:
        # a listing that is refused shows as little as one that is out of reach
        raise _unconfirmed(context, error) from failure
    if search.runs:
        run = search.runs[0]
        context.report(Step.SEARCHING, f"Found: test run {run.id} was started.", run=run)
        return run.id
    if search.is_absent and not search.strangers:
        return None
    raise _unconfirmed(context, error, search.strangers)


def _unconfirmed(
    context: TargetContext, error: UnconfirmedRequestError, strangers: tuple[Run, ...] = ()
) -> PlatformError:
    tag = context.plan.tag.text
    hint = f"Look on the platform for a run whose name begins with {tag}; probe-gate runs cancel --tag {tag} stops it."
    if strangers:
        found = strangers[0].id
        hint = (
            f"Run {found} appeared after the trigger and may be the one, listed without the name that it was given. "
            f"Look at it on the platform; probe-gate runs cancel {found} stops it."
        )
    return PlatformError(f"It is not known whether a test run was started: {error.message}", hint)
