"""Cancelling runs, by a gate that no longer waits for its own or by hand, and saying so where that is not confirmed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from probe_gate.domain.formatting import format_duration, plural
from probe_gate.domain.run import Run, RunState
from probe_gate.domain.run_list import RunList, RunQuery
from probe_gate.domain.text import as_sentence
from probe_gate.errors import AuthError, CancelledError, ConfigError, GateError, PlatformError
from probe_gate.timings import DEFAULT_TIMINGS, Timings
from probe_gate.use_cases.context import OwnRun, StartState, TargetContext
from probe_gate.use_cases.ports import Clock, Platform, Step
from probe_gate.use_cases.run_tag import RunTag, TagSearch, find_by_tag, parse_run_tag

Look = Callable[[], Awaitable[Run | None]]
"""Reads a run from the listing; None where it is not listed, or the listing cannot be read."""


@dataclass(frozen=True, slots=True)
class Cancellation:
    """What became of a gate's own run on the way out. Both texts are empty when there was nothing to cancel."""

    done: str = ""
    """What was done, in words."""
    left_running: str = ""
    """What may still be active, and how to stop it, in words."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """What became of the runs that were to be stopped by hand."""

    cancelled: tuple[int, ...] = ()
    """The platform took the request to cancel these."""
    over: tuple[Run, ...] = ()
    """These had ended before."""


class NoSuchRunError(ConfigError):
    """It is certain that no run of the target has the tag."""


async def cancel_own_run(context: TargetContext, own: OwnRun) -> Cancellation:
    """Cancel the run of this gate, if it has one that may be active. Raises nothing of the error tree."""
    if own.state is StartState.NOT_STARTED or own.is_finished:
        return Cancellation()
    tag = context.plan.tag
    deadline = context.clock.monotonic() + context.timings.cancel_seconds
    what = f"test run {own.id}" if own.id is not None else f"the test run with run tag {tag.text}"
    context.report(Step.CANCELLING, f"Cancelling {what}.")
    try:
        if own.id is None:
            own.id = await _find_own(context, deadline)
        seen = await _cancel_by_id_or_tag(context, own, own.id, deadline)
        if seen is not None:
            own.last_seen, own.is_finished = seen, True
        else:
            seen = await _confirm(context, own.id, deadline)
    except GateError as error:
        command = f"--tag {tag.text}" if own.id is None else str(own.id)
        left_running = (
            f"{what[0].upper()}{what[1:]} could not be confirmed as cancelled: {as_sentence(error.message)} "
            f"It may still be running. Stop it with: probe-gate runs cancel {command}"
        )
        context.report(Step.CANCELLING, left_running, is_warning=True)
        return Cancellation(left_running=left_running)
    done = f"Test run {own.id} was cancelled on the platform."
    if seen is not None and seen.state is not RunState.CANCELLED:
        done = f"Test run {own.id} had already ended on the platform: {seen.status}."
    context.note(done)
    context.report(Step.CANCELLING, done)
    return Cancellation(done=done)


async def cancel_duplicates(context: TargetContext, listing: RunList, run_id: int) -> str:
    """Cancel other runs with this gate's tag: the platform listed a run later than is assumed of it.

    Returns:
        What may still be active, in words; an empty text when nothing is.
    """
    left_running = ""
    for duplicate in listing.tagged:
        if duplicate.id == run_id or duplicate.state.is_terminal or parse_run_tag(duplicate.name) != context.plan.tag:
            continue
        what = f"The platform listed run {duplicate.id} late, so a second one was started"
        deadline = context.clock.monotonic() + context.timings.cancel_seconds
        try:
            await _request(context, duplicate.id, deadline)
        except GateError as error:
            left_running = (
                f"{what}; it could not be confirmed as cancelled: {error.message} "
                f"Stop it with: probe-gate runs cancel {duplicate.id}"
            )
        else:
            context.note(f"{what}; it was cancelled.")
    return left_running


async def stop_run(
    platform: Platform,
    clock: Clock,
    run_id: int,
    target_id: int | None,
    deadline: float,
    timings: Timings = DEFAULT_TIMINGS,
) -> Stopped:
    """Cancel a run by hand, unless it is seen to have finished: the platform says yes to cancelling such a one, too.

    Args:
        platform: The platform.
        clock: The clock.
        run_id: The run.
        target_id: Its target, whose listing is looked at; None if it is not known. A run is cancelled by its number
            alone, and only the listing tells whether it is active.
        deadline: A reading of the clock.
        timings: How long to look and to try.

    Raises:
        GateError: If the platform refuses, and the run is not seen to have finished.
    """
    if target_id is None:
        await platform.cancel_run(run_id, deadline)
        return Stopped(cancelled=(run_id,))

    async def look() -> Run | None:
        until = min(deadline, clock.monotonic() + timings.look_seconds)
        with suppress(ConfigError, AuthError, PlatformError):
            return (await platform.list_runs(target_id, RunQuery(run_id=run_id), until)).run
        return None

    found = await look()
    if found is None or not found.state.is_terminal:
        found = await _request_cancel(platform, clock, run_id, look, deadline, timings)
    return Stopped(cancelled=(run_id,)) if found is None else Stopped(over=(found,))


async def stop_tagged(
    platform: Platform,
    clock: Clock,
    target_id: int,
    tag: RunTag,
    deadline: float,
    timings: Timings = DEFAULT_TIMINGS,
) -> Stopped:
    """Cancel every run of the target that has the tag and has not finished.

    Raises:
        NoSuchRunError: It is certain that there is none.
        PlatformError: That could not be found out.
    """
    query = RunQuery(name_prefix=tag.text)
    search = await find_by_tag(platform, clock, target_id, query, tag, deadline, timings)
    if search.is_absent:
        raise _not_found(target_id, tag, search)
    if not search.runs:
        raise PlatformError(
            f"Target {target_id} did not list a run with run tag {tag.text} in the time available.", "Try again."
        )
    cancelled: list[int] = []
    over = [run for run in search.runs if run.state.is_terminal]
    for run in search.runs:
        if not run.state.is_terminal:
            stopped = await stop_run(platform, clock, run.id, target_id, deadline, timings)
            cancelled += stopped.cancelled
            over += stopped.over
    return Stopped(tuple(cancelled), tuple(over))


def _not_found(target_id: int, tag: RunTag, search: TagSearch) -> ConfigError | PlatformError:
    said = f"Target {target_id} has no test run with run tag {tag.text}"
    if search.unreadable:
        return PlatformError(
            f"{said} among those that can be read; {plural(search.unreadable, 'entry', 'entries')} of the listing "
            "cannot.",
            "Look for it on the platform.",
        )
    return NoSuchRunError(
        f"{said}: looked {search.listings} times over {format_duration(search.seconds)}. Nothing was cancelled.",
        "Check the run tag and --target-id; probe-gate runs list shows the target's runs.",
    )


async def _find_own(context: TargetContext, deadline: float) -> int:
    """Return the id of the run with this gate's tag. Raises `PlatformError` when it is not found in time."""
    plan = context.plan
    search = await find_by_tag(
        context.platform,
        context.clock,
        plan.target.id,
        context.make_query(name_prefix=plan.tag.text),
        plan.tag,
        deadline,
        context.timings,
        answer_seconds=context.timings.cancel_answer_seconds,
    )
    if not search.runs:
        raise PlatformError("The trigger was sent, its answer was lost, and the run is not listed yet.")
    return search.runs[0].id


async def _cancel_by_id_or_tag(context: TargetContext, own: OwnRun, run_id: int, deadline: float) -> Run | None:
    """Cancel this gate's run, also when the platform lists it under another number than the trigger was told.

    Returns:
        The run, where the request was refused because it has finished.
    """
    tag = context.plan.tag
    try:
        return await _request(context, run_id, deadline)
    except GateError as refusal:
        if context.clock.monotonic() >= deadline:
            raise
        tagged: tuple[Run, ...] = ()
        with suppress(ConfigError, AuthError, PlatformError):
            tagged = (await context.list_runs(until=deadline, name_prefix=tag.text)).tagged
        others = [run.id for run in tagged if parse_run_tag(run.name) == tag and run.id != run_id]
        if not others:
            raise refusal from None
        own.id = others[0]
        return await _request(context, own.id, deadline)


async def _request(context: TargetContext, run_id: int, deadline: float) -> Run | None:
    async def look() -> Run | None:
        with suppress(ConfigError, AuthError, PlatformError):
            return (await context.list_runs(until=deadline, run_id=run_id)).run
        return None

    return await _request_cancel(context.platform, context.clock, run_id, look, deadline, context.timings)


async def _request_cancel(
    platform: Platform, clock: Clock, run_id: int, look: Look, deadline: float, timings: Timings
) -> Run | None:
    """Ask the platform to cancel a run, until it accepts.

    A request that is refused while the run is still active is sent again, for as long as cancelling may take: the
    platform may not be ready for it yet.

    Returns:
        The run, where the request was refused because it has finished; None where the request was accepted.

    Raises:
        GateError: Why the request was refused; also when the run is not listed.
    """
    resend_until = min(deadline, clock.monotonic() + timings.cancel_seconds)
    refusal: GateError | None = None
    while True:
        try:
            await platform.cancel_run(run_id, deadline)
        except CancelledError:
            raise
        except GateError as error:
            if clock.monotonic() >= deadline:
                raise refusal or error from None
            refusal = error
            run = await look()
            if run is not None and run.state.is_terminal:
                return run
            if run is None or clock.monotonic() + timings.cancel_pause_seconds >= resend_until:
                raise
            await clock.sleep(timings.cancel_pause_seconds)
        else:
            return None


async def _confirm(context: TargetContext, run_id: int, deadline: float) -> Run | None:
    """Return the run once the listing shows it as finished, and ask again to cancel it while it is not.

    That the platform accepts the request is not enough: the answer may come from a gateway. None where the listing
    cannot be read, or does not show the run: then the accepted request counts.

    Raises:
        PlatformError: The listing shows the run as active until the deadline.
    """
    clock, timings = context.clock, context.timings
    while True:
        try:
            until = min(deadline, clock.monotonic() + timings.cancel_answer_seconds)
            run = (await context.list_runs(until=until, run_id=run_id, may_stop_early=True)).run
        except GateError:
            return None
        if run is None or run.state.is_terminal:
            return run
        if clock.monotonic() + timings.cancel_pause_seconds >= deadline:
            raise PlatformError(f"The platform accepted the request to cancel it but still lists it as {run.status}.")
        await clock.sleep(timings.cancel_pause_seconds)
        with suppress(GateError):
            await context.platform.cancel_run(run_id, min(deadline, clock.monotonic() + timings.cancel_answer_seconds))
