"""A temporary target: created for one run, and deleted afterwards however the gate ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from probe_gate.domain.evidence import Target
from probe_gate.domain.target_state import TargetState
from probe_gate.domain.text import as_sentence
from probe_gate.domain.verdict import TargetVerdict
from probe_gate.errors import CancelledError, GateError, Outcome
from probe_gate.use_cases.context import NO_RUN_STARTED, GatePlan, GatePorts
from probe_gate.use_cases.gate_target import gate_target
from probe_gate.use_cases.ports import Progressed, Step
from probe_gate.use_cases.sync_target import create_target, delete_target

EXPERIMENTAL = (
    "The target was created for this run from a target file (experimental): the platform may not have configured any "
    "probes for it, and then nothing is tested."
)


@dataclass(frozen=True, slots=True)
class EphemeralTargetPlan:
    """A target to make, gate and delete."""

    state: TargetState
    """Its name begins with the run tag."""
    deadline: float
    """A reading of `Clock.monotonic`: when the gate must be over."""
    make_plan: Callable[[Target], GatePlan]


async def gate_ephemeral_target(preview: EphemeralTargetPlan, ports: GatePorts) -> TargetVerdict:
    """Gate a target that is created for this run. Once it is known to exist, it is deleted on every path.

    Raises `GateError` when there is no target to judge; where one may have been made all the same, it says so.
    """
    try:
        target_id = await create_target(
            ports.platform, ports.clock, ports.random, preview.state, preview.deadline, ports.timings
        )
    except GateError as error:
        error.message = f"{as_sentence(error.message)} {NO_RUN_STARTED}"
        raise
    ports.state_file.note_target(target_id, preview.state.tag, is_there=True)
    target = Target(target_id, preview.state.shown_name)
    ports.progress.report(Progressed(target, Step.PREPARING, f"Created target {target_id} for this run."))
    try:
        verdict = await gate_target(preview.make_plan(target), ports)
    except BaseException:
        await _delete(target, preview.state.tag, ports, hurried=True)
        raise
    left = await _delete(target, preview.state.tag, ports, hurried=verdict.outcome is Outcome.CANCELLED)
    evidence = verdict.evidence
    ending = left or f"Target {target_id} was deleted."
    return replace(
        verdict,
        evidence=replace(
            evidence,
            notes=(*evidence.notes, EXPERIMENTAL, ending),
            left_running=f"{evidence.left_running} {left}".strip(),
        ),
    )


async def _delete(target: Target, tag: str, ports: GatePorts, *, hurried: bool) -> str:
    """Delete the target. Return what to report when that could not be confirmed, or nothing."""
    ports.progress.report(Progressed(target, Step.PREPARING, f"Deleting target {target.id}."))
    clock, timings = ports.clock, ports.timings
    seconds = timings.delete_after_signal_seconds if hurried else timings.delete_seconds
    try:
        try:
            await delete_target(ports.platform, target.id, clock.monotonic() + seconds)
        except CancelledError:
            # a coroutine is interrupted once: what it asks now runs to its end
            await delete_target(ports.platform, target.id, clock.monotonic() + timings.delete_after_signal_seconds)
    except GateError as error:
        left = (
            f"Target {target.id} could not be confirmed as deleted: {error.message} "
            f"Delete it with: probe-gate target delete --yes --target-id {target.id}"
        )
        ports.progress.report(Progressed(target, Step.PREPARING, left, is_warning=True))
        return left
    ports.state_file.note_target(target.id, tag, is_there=False)
    return ""
