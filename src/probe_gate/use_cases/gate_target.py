"""What happens to one target, from the first request to its verdict."""

from __future__ import annotations

from dataclasses import replace

from probe_gate.domain.checks_score import find_unreported
from probe_gate.domain.evidence import EarlyExit, Evidence, RunOrigin, Unavailable
from probe_gate.domain.run import Run, RunState
from probe_gate.domain.run_list import RunList
from probe_gate.domain.scores import Scores
from probe_gate.domain.text import as_sentence
from probe_gate.domain.verdict import TargetVerdict
from probe_gate.errors import ConfigError, GateError, Outcome, TimedOutError, classify_exception
from probe_gate.use_cases.build_evidence import build_evidence
from probe_gate.use_cases.cancel import Cancellation, cancel_own_run
from probe_gate.use_cases.confirm import GatedRun, Repetition, gate_runs
from probe_gate.use_cases.context import (
    NO_RUN_STARTED,
    GatePlan,
    GatePorts,
    OwnRun,
    StartState,
    TargetContext,
    exit_early,
)
from probe_gate.use_cases.earlier_scores import ScoresBefore, read_scores_before
from probe_gate.use_cases.final_scores import FinalScores, read_final_scores
from probe_gate.use_cases.idle import EarlierActivity, read_last_listing, wait_until_idle
from probe_gate.use_cases.polling import Streak
from probe_gate.use_cases.ports import Progressed, Step
from probe_gate.use_cases.run_tag import parse_run_tag
from probe_gate.use_cases.select_probes import SelectedProbes, select_probes
from probe_gate.use_cases.trigger import start_run
from probe_gate.use_cases.wait import wait_for_end


async def gate_target(plan: GatePlan, ports: GatePorts) -> TargetVerdict:
    """Gate one target.

    Whatever happens, a signal and a bug included, there is a verdict, and no run that could be cancelled stays active.
    """
    verdict = await gate_runs(plan, ports, gate_run)
    run = verdict.last.run
    last_seen = run if isinstance(run, Run) else None
    ports.progress.report(Progressed(plan.target, Step.JUDGED, verdict.reason, last_seen, verdict=verdict))
    return verdict


async def gate_run(plan: GatePlan, ports: GatePorts, repetition: Repetition | None = None) -> GatedRun:
    """Gate one run of a target. Raises nothing, and leaves no run active that could be cancelled.

    Args:
        plan: The plan of this run.
        ports: The adapters.
        repetition: What a run that confirms a failure takes over from the runs before it; None for the first run.
    """
    gate = _TargetGate(TargetContext(plan, ports, repetition.run_ids if repetition else ()), repetition)
    stop, left_running = None, ""
    try:
        await gate.run()
    except Exception as caught:  # noqa: BLE001 - a run must not be left active because of a bug of ours
        error = caught if isinstance(caught, GateError) else classify_exception(caught)
        if error is not caught:
            ports.on_bug(caught)
        stop = exit_early(error, gate.outcome_of(error))
        cancellation = await gate.leave(error)
        left_running = cancellation.left_running
        consequence = cancellation.done or gate.describe_no_run()
        stop = replace(stop, message=f"{as_sentence(stop.message)} {consequence}".rstrip())
    gate.context.record_step("judged")
    return GatedRun(gate.build_evidence(stop, left_running), gate.probes, gate.last_listing)


class _TargetGate:
    """The steps of one gate in turn, and what each of them has found."""

    def __init__(self, context: TargetContext, repetition: Repetition | None = None) -> None:
        self.context = context
        self.probes = SelectedProbes() if repetition is None else repetition.probes
        self._repetition = repetition
        # what is listed from now on is compared with the last listing of the run before
        self._activity = EarlierActivity(last_listing=repetition.listing if repetition else None)
        self._own = OwnRun()
        self._before = ScoresBefore()
        self._final = FinalScores()

    @property
    def last_listing(self) -> RunList | None:
        """The last listing that was read."""
        return self._final.listing or self._activity.last_listing

    def build_evidence(self, stop: EarlyExit | None = None, left_running: str = "") -> Evidence:
        """Return the evidence as of now."""
        listing = self.last_listing
        return build_evidence(
            self.context,
            own=self._own,
            before=self._before,
            final=self._final,
            probes=self.probes,
            newest=() if listing is None else listing.newest,
            early_exit=stop,
            left_running=left_running,
        )

    def outcome_of(self, error: GateError) -> Outcome:
        """Return the outcome of an error. "Wrong configuration" means that nothing was started."""
        is_config_error = isinstance(error, ConfigError)
        return Outcome.PLATFORM_ERROR if is_config_error and self._own.may_exist else error.outcome

    def describe_no_run(self) -> str:
        """Return that this gate certainly started no run, or nothing: there may be one, or it was not to start any."""
        own = self._own
        if own.origin is not RunOrigin.TRIGGERED or own.triggered_at is not None:
            return ""
        return NO_RUN_STARTED if self._repetition is None else "No further test run was started."

    async def run(self) -> None:
        """Read the scores, start the run, wait for its end, read the scores until they are the run's."""
        context, plan = self.context, self.context.plan
        run = await self._get_run(may_reuse=plan.reuse)
        if run.state is RunState.CANCELLED and self._own.origin is RunOrigin.REUSED:
            context.note(
                f"Test run {run.id} of an earlier attempt of this CI job was cancelled; a new one was started."
            )
            context.report(Step.WAITING, f"Test run {run.id} was cancelled by the earlier attempt; starting a new one.")
            self._own = OwnRun()
            run = await self._get_run(may_reuse=False)
        context.record_step("ended")
        if run.state is not RunState.SUCCEEDED:
            return
        context.report(Step.SETTLING, "Reading the scores.", run=run)

        def make_evidence(final: FinalScores) -> Evidence:
            self._final = final
            return self.build_evidence()

        await read_final_scores(context, run, self._own.origin, self._before, self._activity, make_evidence)

    async def leave(self, error: GateError) -> Cancellation:
        """Cancel the run on the way out, unless it is to be left."""
        context, plan, own = self.context, self.context.plan, self._own
        if own.origin is RunOrigin.EXISTING:
            if own.last_seen is not None and not own.is_finished:
                context.note(f"Test run {own.id} was not started by this gate and was left alone.")
            return Cancellation()
        time_is_over = isinstance(error, TimedOutError) or not context.has_time_for(0.0)
        wants_it_left = not plan.on_timeout_cancel and error.outcome in (Outcome.TIMED_OUT, Outcome.PLATFORM_ERROR)
        if time_is_over and wants_it_left and own.state is not StartState.NOT_STARTED:
            which = str(own.id) if own.id is not None else f"--tag {plan.tag.text}"
            return Cancellation(
                left_running="The test run was left running, as --on-timeout leave requests. "
                f"Stop it with: probe-gate runs cancel {which}"
            )
        return await cancel_own_run(context, own)

    async def _get_run(self, *, may_reuse: bool) -> Run:
        """Return the run to judge once it has finished."""
        plan, own = self.context.plan, self._own
        if plan.test_run_id is not None:
            run = await self._find_given(plan.test_run_id)
        else:
            run = await self._start(may_reuse=may_reuse)
        if not run.state.is_terminal:
            listing = self._activity.last_listing
            run = await wait_for_end(self.context, own, run.id, None if listing is None else listing.ids)
        own.last_seen, own.is_finished = run, True
        return run

    async def _start(self, *, may_reuse: bool) -> Run:
        """Return the run to wait for: a new one, or the one that an earlier attempt of the same CI job left active."""
        context, plan, activity = self.context, self.context.plan, self._activity
        state = plan.target_state
        context.report(Step.READING, "Reading the scores and the runs of the target.")
        if state is None and self._repetition is None:
            self.probes = await select_probes(context)
        while True:
            earlier = await wait_until_idle(context, activity, may_reuse=may_reuse)
            if state is not None:
                # not before the target is idle: another gate's run must not have its target changed under it
                if earlier is None:
                    from probe_gate.use_cases.sync_target import apply_state  # most gates have no target file

                    await apply_state(context, state)
                self.probes = await select_probes(context)
                state = None
            if earlier is not None:
                return self._reuse(earlier)
            self._before = await self._read_before()
            listing = await read_last_listing(context, activity)
            if not listing.new or plan.on_busy == "proceed":
                break
            # what is read from now on has to differ from this reading before it counts as the new run's
            activity.scores_while_active = self._before.scores
        if not context.has_time_for(0.0):
            raise TimedOutError(
                "The time was up before a test run could be started.",
                "Raise --timeout.",
            )
        self._warn_of_unreported_categories()
        run_id = await start_run(context, self._own, self.probes.ids, listing)
        context.report(Step.WAITING, f"Test run {run_id} was started. {plan.run_url(run_id)}".strip())
        return Run(id=run_id)

    def _warn_of_unreported_categories(self) -> None:
        """Warn, before a run is paid for, of categories in the policy that have no score: a name may be misspelt."""
        plan, scores = self.context.plan, self._before.scores
        if isinstance(scores, Scores) and self._repetition is None:
            for sentence in find_unreported(plan.policy, plan.overrides, scores).values():
                text = f"{sentence} If the run adds none, the result is inconclusive."
                self.context.report(Step.READING, text, is_warning=True)

    async def _read_before(self) -> ScoresBefore:
        """Return the scores from before the run: those that judged the run before it, if no other run came since."""
        if self._repetition is not None and not self._activity.saw_new:
            return self._repetition.before
        return await read_scores_before(self.context, self._activity)

    def _reuse(self, earlier: Run) -> Run:
        context, plan = self.context, self.context.plan
        self._own = OwnRun(RunOrigin.REUSED, StartState.STARTED, earlier.id, last_seen=earlier)
        tag = parse_run_tag(earlier.name) or plan.tag
        context.ports.state_file.note_run(plan.target.id, tag.text, earlier.id)
        self._before = ScoresBefore(Unavailable("The run had been started before this gate read the scores."))
        context.note(f"Test run {earlier.id} was started by an earlier attempt of this CI job and is reused.")
        context.report(
            Step.WAITING, f"Continuing test run {earlier.id} of an earlier attempt of this job.", run=earlier
        )
        return earlier

    async def _find_given(self, run_id: int) -> Run:
        """Return the run of `--test-run-id`. This gate did not start it, and does not stop it either."""
        context, clock, activity = self.context, self.context.clock, self._activity
        target_id = context.plan.target.id
        self._own = OwnRun(RunOrigin.EXISTING, id=run_id)
        self._before = ScoresBefore(Unavailable("The run was started before this gate looked."))
        absent = Streak(context.timings)
        while True:
            listing = await context.list_runs(run_id=run_id)
            activity.last_listing, activity.last_listed_at = listing, clock.now()
            context.record_answer("listing at the start", listing.digest, whole=listing.complete)
            if listing.run is not None:
                break
            # one answer may come from a part of the platform that is behind
            absent.add(clock.monotonic())
            if absent.is_conclusive(clock.monotonic()) or not context.has_time_for(absent.pause_seconds):
                raise ConfigError(
                    f"Target {target_id} has no test run {run_id}.",
                    "Check --test-run-id and --target-id; probe-gate runs list shows the target's runs.",
                )
            await clock.sleep(absent.pause_seconds)
        self._own.last_seen = listing.run
        return listing.run
