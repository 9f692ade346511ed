"""Stopping a run that nobody waits for any more, and saying so where that could not be proven."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

from probe_gate.domain.listing import Listing
from probe_gate.domain.plain_text import as_sentence
from probe_gate.domain.run import Phase, Run
from probe_gate.errors import CancelledError, GateError, PlatformError
from probe_gate.gate.findings import Findings, Started
from probe_gate.gate.mark import read_mark
from probe_gate.ports import Step

CANCEL_SECONDS = 3.0
"""For all of it: a CI system kills a job some seconds after it has asked it to stop."""
SEARCH_PAUSE_SECONDS = 0.5
ANSWER_SECONDS = 1.5
"""For one answer, so that a hanging one leaves time for another try."""


async def cancel_left_run(findings: Findings) -> None:
    """Cancels the run of this gate, if it has one that may be going. Raises nothing of the error tree.

    What could not be proven stands in `findings.left_running`.
    """
    if findings.started is Started.NO or findings.is_over:
        return
    clock, mark = findings.ports.clock, findings.plan.mark.text
    deadline = clock.monotonic() + CANCEL_SECONDS
    what = f"test run {findings.run_id}" if findings.run_id is not None else f"the test run marked {mark}"
    findings.tell(Step.CANCELLING, f"Cancelling {what}.")
    try:
        if findings.run_id is None:
            findings.run_id = await _find_marked(findings, deadline)
        await _cancel_own(findings, findings.run_id, deadline)
        seen = await _see_cancelled(findings, findings.run_id, deadline)
    except GateError as error:
        command = f"--tag {mark}" if findings.run_id is None else str(findings.run_id)
        findings.left_running = (
            f"{what[0].upper()}{what[1:]} is not proven cancelled: {as_sentence(error.message)} "
            f"It may still be running. Stop it with: probe-gate runs cancel {command}"
        )
        findings.tell(Step.CANCELLING, findings.left_running, is_warning=True)
        return
    done = f"Test run {findings.run_id} was cancelled on the platform."
    if seen is not None and seen.phase is not Phase.CANCELLED:
        done = f"Test run {findings.run_id} had already ended on the platform: {seen.status}."
    findings.note(done)
    findings.tell(Step.CANCELLING, done)
    if findings.stop is not None:
        findings.stop = replace(findings.stop, message=f"{as_sentence(findings.stop.message)} {done}")


async def _find_marked(findings: Findings, deadline: float) -> int:
    """The id of the run with this gate's mark. Raises `PlatformError` when it is not found in time."""
    plan, clock = findings.plan, findings.ports.clock
    query = findings.query(name_prefix=plan.mark.text)
    while True:
        try:
            until = min(deadline, clock.monotonic() + ANSWER_SECONDS)
            listing = await findings.ports.platform.list_runs(plan.target.id, query, until)
        except PlatformError:
            if clock.monotonic() >= deadline:
                raise
        else:
            for run in listing.marked:
                if read_mark(run.name) == plan.mark:
                    return run.id
        if clock.monotonic() + SEARCH_PAUSE_SECONDS >= deadline:
            raise PlatformError("The trigger was sent, its answer was lost, and the run is not listed yet.")
        await clock.sleep(SEARCH_PAUSE_SECONDS)


async def _cancel_own(findings: Findings, run_id: int, deadline: float) -> None:
    """Cancels this gate's run, also when the platform lists it under another number than its trigger was told."""
    try:
        await _cancel(findings, run_id, deadline)
    except GateError:
        if findings.ports.clock.monotonic() >= deadline:
            raise
        other = await _look(findings, deadline, name_prefix=findings.plan.mark.text)
        if other is None or other.id == run_id:
            raise
        findings.run_id = other.id
        await _cancel(findings, other.id, deadline)


async def _look(findings: Findings, deadline: float, **wanted: Any) -> Run | None:
    """Return the run with that number, or that mark; None also where the listing cannot be read."""
    plan = findings.plan
    try:
        listing = await findings.ports.platform.list_runs(plan.target.id, findings.query(**wanted), deadline)
    except CancelledError:
        raise
    except GateError:
        return None
    marked = (run for run in listing.marked if read_mark(run.name) == plan.mark)
    return listing.run or next(marked, None)


async def _see_cancelled(findings: Findings, run_id: int, deadline: float) -> Run | None:
    """Return the run once the listing shows that it is over, and ask again to cancel it while it is not.

    That the platform accepts the request is not enough: the answer may come from a gateway. None where the listing
    cannot be read, or does not show the run: then the accepted request counts.

    Raises:
        PlatformError: The listing shows the run as active until the deadline.
    """
    plan, ports = findings.plan, findings.ports
    while True:
        try:
            query = findings.query(run_id=run_id, may_stop_early=True)
            until = min(deadline, ports.clock.monotonic() + ANSWER_SECONDS)
            run = (await ports.platform.list_runs(plan.target.id, query, until)).run
        except GateError:
            return None
        if run is None or run.phase.is_terminal:
            return run
        if ports.clock.monotonic() + SEARCH_PAUSE_SECONDS >= deadline:
            raise PlatformError(f"The platform took the request to cancel it and still lists it as {run.status}.")
        await ports.clock.sleep(SEARCH_PAUSE_SECONDS)
        with suppress(GateError):
            await ports.platform.cancel_run(run_id, min(deadline, ports.clock.monotonic() + ANSWER_SECONDS))


async def _cancel(findings: Findings, run_id: int, deadline: float) -> None:
    """Return when the platform has accepted the request, or lists the run as finished.

    A request that is refused while the run is still active is sent again: the platform may not be ready for it yet.

    Raises:
        GateError: Why the request was refused, at the deadline or when the run is not listed.
    """
    platform, clock = findings.ports.platform, findings.ports.clock
    refusal: GateError | None = None
    while True:
        try:
            await platform.cancel_run(run_id, deadline)
        except GateError as error:
            if clock.monotonic() >= deadline:
                raise refusal or error from None
            refusal = error
            run = await _look(findings, deadline, run_id=run_id)
            if run is not None and run.phase.is_terminal:
                findings.run, findings.is_over = run, True
                return
            if run is None or clock.monotonic() + SEARCH_PAUSE_SECONDS >= deadline:
                raise
            await clock.sleep(SEARCH_PAUSE_SECONDS)
        else:
            return


async def cancel_duplicates(findings: Findings, listing: Listing, run_id: int) -> None:
    """Cancels other runs with this gate's mark: the platform listed a run later than is assumed of it."""
    duplicates = [run for run in listing.marked if run.id != run_id and not run.phase.is_terminal]
    for duplicate in duplicates:
        await _cancel_duplicate(findings, duplicate)


async def _cancel_duplicate(findings: Findings, duplicate: Run) -> None:
    deadline = findings.ports.clock.monotonic() + CANCEL_SECONDS
    said = f"The platform listed run {duplicate.id} late, so that a second one was started"
    try:
        await _cancel(findings, duplicate.id, deadline)
    except GateError as error:
        findings.left_running = (
            f"{said}; it is not proven cancelled: {error.message} Stop it with: probe-gate runs cancel {duplicate.id}"
        )
        return
    findings.note(f"{said}; it was cancelled.")
