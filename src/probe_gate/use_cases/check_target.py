"""`check`: judging a target's present scores, without a run."""

from __future__ import annotations

from probe_gate.domain.evaluate import evaluate
from probe_gate.domain.evidence import EarlyExit, RunOrigin, Unavailable
from probe_gate.domain.scores import Scores
from probe_gate.domain.verdict import TargetVerdict
from probe_gate.errors import GateError, Outcome, classify_exception
from probe_gate.use_cases.build_evidence import build_evidence
from probe_gate.use_cases.context import GatePlan, GatePorts, OwnRun, TargetContext, exit_early
from probe_gate.use_cases.earlier_scores import ScoresBefore
from probe_gate.use_cases.final_scores import FinalScores
from probe_gate.use_cases.ports import NoScoresError, Progressed, Step

NO_SCORES_YET = "Start a test run on the target first: probe-gate run."


async def check_target(plan: GatePlan, ports: GatePorts) -> TargetVerdict:
    """Judge the scores that the platform has of one target now. There is always a verdict."""
    context = TargetContext(plan, ports)
    found: Scores | EarlyExit
    context.report(Step.READING, "Reading the scores of the target.")
    try:
        found = await ports.platform.fetch_scores(plan.target.id, plan.deadline)
        context.record_answer("scores", found.digest)
    except NoScoresError as error:
        # with nothing but the scores to ask for, a wrong id and a target without scores look the same
        outcome = Outcome.CONFIG_ERROR if error.status in (400, 404, 422) else Outcome.INCONCLUSIVE
        found = EarlyExit(outcome, error.message, error.hint or NO_SCORES_YET)
    except GateError as error:
        found = exit_early(error)
    except Exception as bug:  # noqa: BLE001 - one target's bug must not take the verdicts of the others
        ports.on_bug(bug)
        found = exit_early(classify_exception(bug))
    context.record_step("judged")
    scores = found if isinstance(found, Scores) else Unavailable("The gate ended before it read the scores.")
    final = FinalScores(scores=scores, overlaps=(), are_others_known=False)
    evidence = build_evidence(
        context,
        own=OwnRun(RunOrigin.NONE),
        before=ScoresBefore(Unavailable("Nothing was triggered.")),
        final=final,
        early_exit=found if isinstance(found, EarlyExit) else None,
    )
    verdict = evaluate(plan.policy, evidence, plan.overrides)
    ports.progress.report(Progressed(plan.target, Step.JUDGED, verdict.reason, verdict=verdict))
    return verdict
