"""Evidence and policy in, verdict out. Pure and total: whatever is missing, null, stale, zero or contradictory,
there is a verdict, and it is never a pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from probe_gate.domain.checks_drop import check_drops
from probe_gate.domain.checks_run import check_run
from probe_gate.domain.checks_score import check_scores
from probe_gate.domain.evidence import Evidence, RunOrigin
from probe_gate.domain.judgements import combine_checks, outcomes_of, report_rejected
from probe_gate.domain.numbers import plural
from probe_gate.domain.policy import Overrides, Policy
from probe_gate.domain.run import Phase, Run
from probe_gate.domain.verdict import Check, CheckOutcome, Judgement, PolicyLayer, TargetVerdict
from probe_gate.domain.waivers import announce_waivers, apply_waivers
from probe_gate.errors import Outcome

OUTWEIGHS_FAILED = frozenset({Outcome.CANCELLED, Outcome.INTERNAL_ERROR, Outcome.CONFIG_ERROR, Outcome.AUTH_ERROR})
"""The stops that come before a failed check in the order of outcomes."""


_BROKEN: Mapping[PolicyLayer | None, str] = {
    None: "The policy is broken",
    PolicyLayer.BASE: "The base policy is broken",
    PolicyLayer.PIPELINE: "The base policy with the pipeline's options is broken",
    PolicyLayer.CHANGE: "The change's policy is broken",
}


def evaluate(policy: Policy, evidence: Evidence, overrides: Overrides | None = None) -> TargetVerdict:
    """Judge one target. With overrides, `policy` is the base policy, and the worst of three judgements counts."""
    judgements: tuple[Judgement, ...] = ()
    if overrides is None:
        checks = _judge(policy, evidence)
    else:
        policies = {
            PolicyLayer.BASE: replace(policy, soft_fail=frozenset()),
            PolicyLayer.PIPELINE: overrides.pipeline,
            PolicyLayer.CHANGE: overrides.change,
        }
        judged = {layer: _judge(one, evidence) for layer, one in policies.items()}
        judgements = tuple(
            Judgement(layer, one, _outcome(evidence, judged[layer]), outcomes_of(judged[layer]))
            for layer, one in policies.items()
        )
        checks = combine_checks(judged)
    checks += announce_waivers(checks, evidence, policy)
    rejected = () if overrides is None else overrides.rejected
    checks += report_rejected(rejected)
    outcome = _outcome(evidence, checks)
    reason, advice = _reason(outcome, evidence, checks)
    return TargetVerdict(
        evidence.target, outcome, reason, tuple(checks), policy, evidence, advice, judgements, rejected
    )


def _judge(policy: Policy, evidence: Evidence) -> list[Check]:
    """Return the checks by one policy, its waivers applied."""
    has_run = evidence.facts.origin is not RunOrigin.NONE
    run_checks = check_run(evidence, policy)
    completed = not has_run or run_checks[0].outcome is CheckOutcome.PASSED
    score_checks, scores = check_scores(evidence, policy, run_completed=completed)
    drop_checks = check_drops(evidence, policy, scores)
    return apply_waivers(_in_order(run_checks, score_checks) + drop_checks, evidence, policy)


def _in_order(run_checks: Sequence[Check], score_checks: Sequence[Check]) -> list[Check]:
    """run-completed, scores-fresh, the counts, the scores, the attack success rate."""
    fresh, *scores = score_checks
    completed = [check for check in run_checks if check.id == "run-completed"]
    rate = [check for check in run_checks if check.id == "attack-success-rate"]
    counts = [check for check in run_checks if check not in completed and check not in rate]
    return [*completed, fresh, *counts, *scores, *rate]


def _outcome(evidence: Evidence, checks: Sequence[Check]) -> Outcome:
    outcomes = {check.outcome for check in checks}
    stop = evidence.stop
    if stop is not None and stop.outcome in OUTWEIGHS_FAILED:
        return stop.outcome
    if CheckOutcome.FAILED in outcomes:
        return Outcome.FAILED
    if stop is not None and stop.outcome not in (Outcome.PASSED, Outcome.FAILED):
        return stop.outcome
    if isinstance(evidence.run, Run) and evidence.run.phase in (Phase.FAILED, Phase.CANCELLED):
        return Outcome.RUN_ENDED
    if CheckOutcome.ERROR in outcomes or stop is not None:
        return Outcome.INCONCLUSIVE
    return Outcome.PASSED


def _reason(outcome: Outcome, evidence: Evidence, checks: Sequence[Check]) -> tuple[str, str]:
    """One sentence that says why, and what to do now."""
    if outcome is Outcome.PASSED:
        waived = sum(check.outcome is CheckOutcome.WAIVED for check in checks)
        return f"Every check passed{f', {waived} of them by a waiver' if waived else ''}.", ""
    if outcome is Outcome.FAILED:
        failed = [check for check in checks if check.outcome is CheckOutcome.FAILED]
        first = next((check for check in failed if check.decided_by is PolicyLayer.BASE), failed[0])
        found = f"{first.id} is {first.measured}, and the limit is {first.limit}"
        more = f" ({plural(len(failed) - 1, 'more check')} failed)" if len(failed) > 1 else ""
        return f"{_BROKEN[first.decided_by]}: {found}{more}.", first.advice
    stop = evidence.stop
    if stop is not None and stop.outcome is outcome:
        return stop.message or "The gate ended before it could judge.", stop.advice
    first_error = next((check for check in checks if check.outcome is CheckOutcome.ERROR), None)
    if first_error is None:
        return "The gate ended before it could judge.", "Run the gate again."
    return first_error.message or f"{first_error.id} could not be judged.", first_error.advice
