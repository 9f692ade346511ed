"""`check`: judging a target's present scores, without a run."""

from __future__ import annotations

from probe_gate.domain.evaluate import evaluate
from probe_gate.domain.evidence import Missing, RunOrigin, Stop
from probe_gate.domain.verdict import TargetVerdict
from probe_gate.errors import GateError, Outcome, classify_exception
from probe_gate.gate.findings import Findings
from probe_gate.gate.plan import GatePlan, GatePorts
from probe_gate.ports import NoScoresError, Progressed, Step

NO_SCORES_YET = "Start a test run on the target first: probe-gate run."


async def check_target(plan: GatePlan, ports: GatePorts) -> TargetVerdict:
    """Judges the scores that the platform has of one target now. There is always a verdict."""
    findings = Findings(plan, ports, origin=RunOrigin.NONE)
    findings.scores_before = Missing("Nothing was triggered.")
    findings.overlaps, findings.are_others_known = (), False
    findings.tell(Step.READING, "Reading the scores of the target.")
    try:
        scores = await ports.platform.fetch_scores(plan.target.id, plan.deadline)
        findings.scores = scores
        findings.keep_answer("scores", scores.digest)
    except NoScoresError as error:
        # with nothing but the scores to ask for, a wrong id and a target without scores look the same
        outcome = Outcome.CONFIG_ERROR if error.status in (400, 404, 422) else Outcome.INCONCLUSIVE
        findings.stop = Stop(outcome, error.message, error.advice or NO_SCORES_YET)
    except GateError as error:
        findings.stop = Stop(error.outcome, error.message, error.advice)
    except Exception as bug:  # noqa: BLE001 - one target's bug must not take the verdicts of the others
        unexpected = classify_exception(bug)
        findings.stop = Stop(unexpected.outcome, unexpected.message, unexpected.advice)
        ports.on_bug(bug)
    findings.mark_moment("judged")
    verdict = evaluate(plan.policy, findings.evidence(), plan.overrides)
    ports.progress.tell(Progressed(plan.target, Step.JUDGED, verdict.reason, verdict=verdict))
    return verdict
