"""What happens to one target, from the first request to its verdict."""

from __future__ import annotations

from probe_gate.domain.evaluate import evaluate
from probe_gate.domain.evidence import Missing, RunOrigin, Stop
from probe_gate.domain.run import Phase, Run
from probe_gate.domain.verdict import TargetVerdict
from probe_gate.errors import ConfigError, GateError, Outcome, TimedOutError, classify_exception
from probe_gate.gate.cancel import cancel_left_run
from probe_gate.gate.choose_probes import choose_probes
from probe_gate.gate.earlier_scores import read_scores_before
from probe_gate.gate.final_scores import read_final_scores
from probe_gate.gate.findings import TREND_RUNS, Findings, Started
from probe_gate.gate.idle import EarlierActivity, read_last_listing, wait_until_idle
from probe_gate.gate.mark import read_mark
from probe_gate.gate.plan import GatePlan, GatePorts
from probe_gate.gate.streak import Streak
from probe_gate.gate.trigger import start_run
from probe_gate.gate.wait import wait_for_end
from probe_gate.ports import Progressed, Step


async def gate_target(plan: GatePlan, ports: GatePorts) -> TargetVerdict:
    """Gates one target. Whatever happens, a signal and a bug included, there is a verdict and no run is left going
    that could be stopped.
    """
    findings = Findings(plan, ports)
    try:
        await _gather(findings)
    except GateError as error:
        findings.stop = Stop(_outcome_of(error, findings), error.message, error.advice)
        await _leave(findings, error)
    except Exception as bug:  # noqa: BLE001 - a run must not be left going because of a bug of ours
        unexpected = classify_exception(bug)
        findings.stop = Stop(unexpected.outcome, unexpected.message, unexpected.advice)
        ports.on_bug(bug)
        await _leave(findings, unexpected)
    findings.mark_moment("judged")
    verdict = evaluate(plan.policy, findings.evidence(), plan.overrides)
    ports.progress.tell(Progressed(plan.target, Step.JUDGED, verdict.reason, findings.run, verdict=verdict))
    return verdict


def _outcome_of(error: GateError, findings: Findings) -> Outcome:
    """Return the outcome of an error. "Wrong configuration" means that nothing was started."""
    is_started = findings.started is not Started.NO or findings.run is not None
    return Outcome.PLATFORM_ERROR if is_started and isinstance(error, ConfigError) else error.outcome


async def _gather(findings: Findings) -> None:
    """Read the scores, start the run, wait for its end, read the scores until they are the run's."""
    plan, activity = findings.plan, EarlierActivity()
    while True:
        if plan.test_run_id is not None:
            run = await _find_given(findings, plan.test_run_id)
        else:
            run = await _start(findings, activity)
        if not run.phase.is_terminal:
            run = await wait_for_end(findings, run.id)
        findings.run, findings.is_over = run, True
        if run.phase is not Phase.CANCELLED or findings.origin is not RunOrigin.TAKEN_UP:
            break
        findings.note(f"Test run {run.id} of an earlier attempt of this CI job was cancelled; a new one was started.")
        findings.tell(Step.WAITING, f"Test run {run.id} was cancelled by its earlier attempt; starting a new one.")
        findings.start_again()
    findings.mark_moment("ended")
    if run.phase is not Phase.SUCCEEDED:
        return
    findings.tell(Step.SETTLING, "Reading the scores.", run=run)
    await read_final_scores(findings, run)


async def _start(findings: Findings, activity: EarlierActivity) -> Run:
    """Return the run to wait for: a new one, or the one that an earlier attempt of the same CI job left active."""
    plan = findings.plan
    state = plan.target_state
    findings.tell(Step.READING, "Reading the scores and the runs of the target.")
    if state is None:
        await choose_probes(findings)
    while True:
        earlier = await wait_until_idle(findings, activity)
        if state is not None:
            # not before the target is idle: another gate's run must not have its target changed under it
            if earlier is None:
                from probe_gate.gate.apply_target import apply_state  # most gates have no target file

                await apply_state(findings, state)
            await choose_probes(findings)
            state = None
        if earlier is not None:
            return _reuse(findings, earlier)
        await read_scores_before(findings, activity)
        listing = await read_last_listing(findings, activity)
        if not listing.arrived or plan.on_busy == "proceed":
            break
        # what is read from now on has to differ from this reading before it counts as the new run's
        activity.scores_while_active = findings.scores_before
    if findings.ports.clock.monotonic() >= plan.deadline:
        raise TimedOutError(
            "The time was over before a test run was started. Nothing was started.", "Give the gate more --timeout."
        )
    run_id = await start_run(findings)
    findings.tell(Step.WAITING, f"Test run {run_id} was started. {plan.run_url(run_id)}".strip())
    return Run(id=run_id)


def _reuse(findings: Findings, earlier: Run) -> Run:
    findings.origin, findings.started = RunOrigin.TAKEN_UP, Started.YES
    findings.run_id, findings.run = earlier.id, earlier
    mark = read_mark(earlier.name) or findings.plan.mark
    findings.ports.journal.note_run(findings.plan.target.id, mark.text, earlier.id)
    findings.scores_before = Missing("The run had been started before this gate read the scores.")
    findings.note(f"Test run {earlier.id} was started by an earlier attempt of this CI job and is taken up.")
    findings.tell(Step.WAITING, f"Taking up test run {earlier.id} of an earlier attempt of this job.", run=earlier)
    return earlier


async def _find_given(findings: Findings, run_id: int) -> Run:
    """The run of `--test-run-id`. This gate did not start it, and does not stop it either."""
    plan, findings.origin, findings.run_id = findings.plan, RunOrigin.GIVEN, run_id
    findings.scores_before = Missing("The run was started before this gate looked.")
    clock, absent = findings.ports.clock, Streak()
    while True:
        listing = await findings.ports.platform.list_runs(plan.target.id, findings.query(run_id=run_id), plan.deadline)
        findings.listing_before, findings.listed_at = listing, clock.now()
        findings.trend = listing.newest[:TREND_RUNS]
        findings.keep_answer("listing at the start", listing.digest, whole=listing.whole)
        if listing.run is not None:
            break
        # one answer may come from a part of the platform that is behind
        absent.add(clock.monotonic())
        if absent.is_conclusive(clock.monotonic()) or clock.monotonic() + absent.pause_seconds >= plan.deadline:
            raise ConfigError(
                f"Target {plan.target.id} has no test run {run_id}.",
                "Check --test-run-id and --target-id; probe-gate runs list shows the target's runs.",
            )
        await clock.sleep(absent.pause_seconds)
    findings.run = listing.run
    return listing.run


async def _leave(findings: Findings, error: GateError) -> None:
    """Stops the run on the way out, unless it is to be left."""
    if findings.origin is RunOrigin.GIVEN:
        if findings.run is not None and not findings.is_over:
            findings.note(f"Test run {findings.run_id} was not started by this gate and was left alone.")
        return
    plan, clock = findings.plan, findings.ports.clock
    time_is_over = isinstance(error, TimedOutError) or clock.monotonic() >= plan.deadline
    wants_it_left = not plan.on_timeout_cancel and error.outcome in (
        Outcome.TIMED_OUT,
        Outcome.PLATFORM_ERROR,
    )
    if time_is_over and wants_it_left and findings.started is not Started.NO:
        which = str(findings.run_id) if findings.run_id is not None else f"--tag {plan.mark.text}"
        findings.left_running = (
            f"The test run was left running, as --on-timeout leave asks. Stop it with: probe-gate runs cancel {which}"
        )
        return
    await cancel_left_run(findings)
