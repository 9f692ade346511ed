"""Confirming a failed run: the same probes run again, one run after the other, as long as that can change the verdict."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from probe_gate.domain.confirmation import judge_runs, most_runs, needs_another_run
from probe_gate.domain.evaluate import evaluate
from probe_gate.domain.evidence import EarlierRun, Evidence
from probe_gate.domain.formatting import format_duration, plural
from probe_gate.domain.freshness import Proof, assess
from probe_gate.domain.run import Run, complete_counts
from probe_gate.domain.run_list import RunList
from probe_gate.domain.verdict import CheckOutcome, TargetVerdict
from probe_gate.use_cases.context import GatePlan, GatePorts
from probe_gate.use_cases.earlier_scores import ScoresBefore
from probe_gate.use_cases.ports import Progressed, Step
from probe_gate.use_cases.select_probes import SelectedProbes


@dataclass(frozen=True, slots=True)
class GatedRun:
    """A run that is over, or that ended early, with all that was found out about it."""

    evidence: Evidence
    probes: SelectedProbes
    listing: RunList | None
    """The last one that was read."""


@dataclass(frozen=True, slots=True)
class Repetition:
    """What a confirming run takes over from the runs before it."""

    run_ids: tuple[int, ...]
    """Of all runs before it."""
    probes: SelectedProbes
    before: ScoresBefore
    """The reading that judged the run before it."""
    listing: RunList | None
    """The last listing of the run before it."""


GateRun = Callable[[GatePlan, GatePorts, Repetition | None], Awaitable[GatedRun]]
"""Gates one run of a target. Raises nothing."""


async def gate_runs(plan: GatePlan, ports: GatePorts, gate_run: GateRun) -> TargetVerdict:
    """Gate a run, and confirm its failure by further runs where the policy asks for that.

    Returns:
        The verdict on all runs.
    """
    began = ports.clock.monotonic()
    runs = [await gate_run(plan, ports, None)]
    seconds = _duration_of(runs[0].evidence, ports.clock.monotonic() - began)
    not_started = ""
    while needs_another_run(plan.policy, [run.evidence for run in runs], plan.overrides):
        left = plan.deadline - ports.clock.monotonic()
        if left < seconds:
            not_started = (
                f"There was no time for another run: the first one took {format_duration(seconds)}, and "
                f"{format_duration(max(left, 0.0))} of --timeout were left."
            )
            ports.progress.report(Progressed(plan.target, Step.TRIGGERING, not_started, is_warning=True))
            break
        number = len(runs) + 1
        ports.progress.report(Progressed(plan.target, Step.TRIGGERING, _announce(plan, runs, number)))
        runs.append(await gate_run(_plan_of(plan, runs[0], number), ports, _repeat(runs)))
    return judge_runs(plan.policy, [run.evidence for run in runs], plan.overrides, not_started=not_started)


def _duration_of(first: Evidence, seconds: float) -> float:
    """Return how long the first run took from trigger to verdict; `seconds` if this gate did not trigger it."""
    if first.facts.triggered_at is None:
        return seconds
    return (first.judged_at - first.facts.triggered_at).total_seconds()


def _announce(plan: GatePlan, runs: list[GatedRun], number: int) -> str:
    """Return what the last run came to, and what the next one will cost."""
    last, first = evaluate(plan.policy, runs[-1].evidence, plan.overrides), runs[0].evidence
    failed = ", ".join(check.id for check in last.checks if check.outcome is CheckOutcome.FAILED)
    came_to = f"Run {number - 1} failed: {failed}." if failed else f"Run {number - 1} passed."
    planned = complete_counts(first.run.counts).total if isinstance(first.run, Run) else None
    cost = f" It will cost about {plural(planned, 'test case')}." if planned else ""
    return f"{came_to} Starting run {number} of at most {most_runs(plan.policy)} to confirm the failure.{cost}"


def _plan_of(plan: GatePlan, first: GatedRun, number: int) -> GatePlan:
    """Return the plan of a confirming run. Drops of all runs are measured against the reading before the first one."""
    return replace(
        plan,
        tag=replace(plan.tag, number=number),
        reuse=False,
        target_state=None,
        baseline=first.evidence.baseline,
    )


def _repeat(runs: list[GatedRun]) -> Repetition:
    last = runs[-1]
    run, found = last.evidence.run, assess(last.evidence)
    earlier = EarlierRun(run, is_settled=found.proof is not Proof.TRUSTED) if isinstance(run, Run) else None
    return Repetition(
        run_ids=tuple(one.evidence.run.id for one in runs if isinstance(one.evidence.run, Run)),
        probes=runs[0].probes,
        before=ScoresBefore(last.evidence.scores, earlier),
        listing=last.listing,
    )
