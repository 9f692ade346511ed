"""Evidence and policy in, verdict out. Pure and total: whatever is missing, null, stale, zero or contradictory,
there is a verdict, and it is never a pass.
"""

from __future__ import annotations

from collections.abc import Sequence

from probe_gate.domain.checks_drop import check_drops
from probe_gate.domain.checks_run import check_run
from probe_gate.domain.checks_score import check_scores
from probe_gate.domain.evidence import Evidence, RunOrigin
from probe_gate.domain.numbers import plural
from probe_gate.domain.policy import Policy
from probe_gate.domain.run import Phase, Run
from probe_gate.domain.verdict import Check, CheckOutcome, TargetVerdict
from probe_gate.domain.waivers import apply_waivers
from probe_gate.errors import Outcome

OUTWEIGHS_FAILED = frozenset({Outcome.CANCELLED, Outcome.INTERNAL_ERROR, Outcome.CONFIG_ERROR, Outcome.AUTH_ERROR})
"""The stops that come before a failed check in the order of outcomes."""


def evaluate(policy: Policy, evidence: Evidence) -> TargetVerdict:
    """Judges one target."""
    has_run = evidence.facts.origin is not RunOrigin.NONE
    run_checks = check_run(evidence, policy)
    completed = not has_run or run_checks[0].outcome is CheckOutcome.PASSED
    score_checks, scores = check_scores(evidence, policy, run_completed=completed)
    drop_checks = check_drops(evidence, policy, scores)
    ordered = _in_order(run_checks, score_checks) + drop_checks
    checks = tuple(apply_waivers(ordered, evidence, policy))
    outcome = _outcome(evidence, checks)
    reason, advice = _reason(outcome, evidence, checks)
    return TargetVerdict(evidence.target, outcome, reason, checks, policy, evidence, advice)


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
        first = failed[0]
        found = f"{first.id} is {first.measured}, and the limit is {first.limit}"
        more = f" ({plural(len(failed) - 1, 'more check')} failed)" if len(failed) > 1 else ""
        return f"The policy is broken: {found}{more}.", first.advice
    stop = evidence.stop
    if stop is not None and stop.outcome is outcome:
        return stop.message or "The gate ended before it could judge.", stop.advice
    first_error = next((check for check in checks if check.outcome is CheckOutcome.ERROR), None)
    if first_error is None:
        return "The gate ended before it could judge.", "Run the gate again."
    return first_error.message or f"{first_error.id} could not be judged.", first_error.advice
