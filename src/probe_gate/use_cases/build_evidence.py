"""Putting together the evidence that a verdict rests on, from what the steps of a gate have found."""

from __future__ import annotations

from probe_gate.domain.evidence import Baseline, EarlyExit, Evidence, RunFacts, RunOrigin, Unavailable
from probe_gate.domain.policy import BEFORE
from probe_gate.domain.run import Run
from probe_gate.domain.scores import Scores
from probe_gate.use_cases.context import NO_RUN_STARTED, OwnRun, TargetContext
from probe_gate.use_cases.earlier_scores import ScoresBefore
from probe_gate.use_cases.final_scores import FinalScores
from probe_gate.use_cases.run_tag import parse_run_tag, run_name
from probe_gate.use_cases.select_probes import SelectedProbes

TREND_RUNS = 30
"""How many of the latest runs the reports show."""


def build_evidence(
    context: TargetContext,
    *,
    own: OwnRun,
    before: ScoresBefore,
    final: FinalScores,
    probes: SelectedProbes = SelectedProbes(),  # noqa: B008 - a constant
    newest: tuple[Run, ...] = (),
    early_exit: EarlyExit | None = None,
    left_running: str = "",
) -> Evidence:
    """Return the evidence as of now.

    Args:
        context: The gate, and what was logged.
        own: The run that is judged.
        before: What was read before the run.
        final: What was read after it.
        probes: The probes asked for.
        newest: The latest runs of the target, newest first.
        early_exit: Why the gate ended early; None when it did not.
        left_running: What may still be active on the platform, in words.
    """
    plan, run = context.plan, final.run or own.last_seen
    baseline: Baseline | Unavailable | None = plan.baseline
    if baseline is None and plan.policy.baseline is not None and plan.policy.baseline.value == BEFORE:
        scores = before.scores
        baseline = Baseline(BEFORE, scores, target_id=plan.target.id) if isinstance(scores, Scores) else scores
    return Evidence(
        target=plan.target,
        judged_at=context.clock.now(),
        facts=RunFacts(
            origin=own.origin,
            tag=_tag_of(context, own, run),
            name=(run.name if run is not None else None) or run_name(plan.tag, plan.name),
            triggered_at=own.triggered_at,
            job=plan.job,
            probe_ids=probes.ids,
            probe_choice=probes.why,
            earlier=final.earlier or before.earlier,
            are_others_known=final.are_others_known,
            own_earlier=context.own_earlier,
        ),
        run=run if run is not None else Unavailable(_why_no_run(own, early_exit)),
        scores_before=before.scores,
        scores=final.scores,
        stable_seconds=final.stable_seconds,
        overlaps=final.overlaps,
        baseline=baseline,
        settle_seconds=plan.settle_seconds,
        trusts_unproven=plan.trust_unproven,
        others=final.others,
        early_exit=early_exit,
        trend=newest[:TREND_RUNS],
        timeline=tuple(context.timeline),
        responses=tuple(context.responses),
        notes=tuple(context.notes),
        run_url="" if own.id is None else plan.run_url(own.id),
        left_running=left_running or final.left_running,
    )


def _tag_of(context: TargetContext, own: OwnRun, run: Run | None) -> str:
    """Return the tag that leads the run's name: of an earlier attempt when its run is reused."""
    if own.origin is RunOrigin.TRIGGERED:
        return context.plan.tag.text
    tag = parse_run_tag(run.name) if run is not None else None
    return tag.text if tag is not None else ""


def _why_no_run(own: OwnRun, early_exit: EarlyExit | None) -> str:
    if early_exit is not None:
        return early_exit.message
    return NO_RUN_STARTED if own.id is None else f"Test run {own.id} was not seen."
