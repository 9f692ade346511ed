"""Judging evidence by a policy: every check, and the waivers for those that fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, timedelta

from probe_gate.domain.checks_run import check_run
from probe_gate.domain.checks_score import check_drops, check_scores
from probe_gate.domain.evidence import Evidence, RunOrigin
from probe_gate.domain.formatting import plural
from probe_gate.domain.policy import REST, Overrides, Policy, RejectedOverride, Waiver
from probe_gate.domain.run import Run, RunState
from probe_gate.domain.verdict import Check, CheckOutcome, Judgement, PolicyLayer, TargetVerdict
from probe_gate.errors import Outcome

ENDING = timedelta(days=14)
"""A waiver that ends within this time is announced."""


def apply_waivers(checks: Sequence[Check], evidence: Evidence, policy: Policy) -> list[Check]:
    """Waive each failed check that a waiver covers on the day of judging. What could not be judged cannot be waived."""
    waivers, today = _waivers_of(evidence, policy), _day_of(evidence)
    return [_waive(check, waivers, today) for check in checks]


def announce_waivers(checks: Sequence[Check], evidence: Evidence, policy: Policy) -> list[Check]:
    """Return a `policy:waivers` check about waivers that ended, end soon or were not needed; empty without any."""
    waivers, today = _waivers_of(evidence, policy), _day_of(evidence)
    announcements = [text for waiver in waivers if (text := _announce(waiver, checks, today))]
    if not announcements:
        return []
    return [Check("policy:waivers", CheckOutcome.INFO, " ".join(announcements), origin=waivers[0].origin)]


def _waivers_of(evidence: Evidence, policy: Policy) -> list[Waiver]:
    return [waiver for waiver in policy.waivers if waiver.target in (REST, str(evidence.target.id))]


def _day_of(evidence: Evidence) -> date:
    return evidence.judged_at.astimezone(UTC).date()


def _covers(waiver: Waiver, check: Check) -> bool:
    return waiver.check.strip().casefold() == check.id.casefold()


def _waive(check: Check, waivers: Sequence[Waiver], today: date) -> Check:
    if check.outcome is not CheckOutcome.FAILED:
        return check
    holding = [waiver for waiver in waivers if _covers(waiver, check) and today <= waiver.until]
    if not holding:
        return check
    waiver = max(holding, key=lambda waiver: waiver.until)
    by = f", approved by {waiver.approved_by}" if waiver.approved_by else ""
    reason = f"{waiver.reason} (until {waiver.until.isoformat()}{by})"
    message = f"{check.message} Waived: {reason}"
    return replace(check, outcome=CheckOutcome.WAIVED, message=message, waiver_reason=reason)


def _announce(waiver: Waiver, checks: Sequence[Check], today: date) -> str | None:
    name = f"The waiver for {waiver.check} ({waiver.origin})"
    if waiver.until < today:
        return f"{name} ended on {waiver.until.isoformat()}: the check counts again."
    covered = [check for check in checks if _covers(waiver, check)]
    if not covered:
        # a check on scores that could not be judged may be missing because of that
        hidden = any(check.id == "scores-fresh" and check.outcome is CheckOutcome.ERROR for check in checks)
        return None if hidden else f"{name} matches no check."
    if not any(check.outcome is CheckOutcome.WAIVED for check in covered):
        return f"{name} was not needed: the check did not fail."
    if waiver.until - today <= ENDING:
        left = (waiver.until - today).days
        when = f"in {plural(left, 'day')}" if left else "today"
        return f"{name} ends on {waiver.until.isoformat()}, {when}."
    return None


SEVERITY: tuple[CheckOutcome, ...] = (
    CheckOutcome.FAILED,
    CheckOutcome.ERROR,
    CheckOutcome.WAIVED,
    CheckOutcome.PASSED,
    CheckOutcome.INFO,
)
"""Worst first."""


def combine_checks(judged: Mapping[PolicyLayer, Sequence[Check]]) -> list[Check]:
    """Return each check once, with its worst outcome and the layer that it comes from.

    Among layers that agree, the first one counts. For a check that passed it is the one with the strictest limit, so
    that a reader sees the limit that was really met.
    """
    found: dict[str, list[Check]] = {}
    for layer, checks in judged.items():
        for check in checks:
            found.setdefault(check.id, []).append(replace(check, decided_by=layer))
    return [worst_of(found[check_id]) for check_id in _order([[check.id for check in one] for one in judged.values()])]


def outcomes_of(checks: Sequence[Check]) -> dict[str, CheckOutcome]:
    """Return the worst outcome of each check by its id."""
    found: dict[str, CheckOutcome] = {}
    for check in checks:
        found[check.id] = min(check.outcome, found.get(check.id, check.outcome), key=SEVERITY.index)
    return found


def worst_of(candidates: Sequence[Check]) -> Check:
    """Return the check with the worst outcome; of those that passed, the one closest to its limit."""
    severity = min(SEVERITY.index(check.outcome) for check in candidates)
    worst = [check for check in candidates if check.outcome is SEVERITY[severity]]
    return min(worst, key=_margin) if worst[0].outcome is CheckOutcome.PASSED else worst[0]


def _margin(check: Check) -> float:
    if check.measured_value is None or check.limit_value is None:
        return float("inf")
    return abs(check.measured_value - check.limit_value)


def _order(sequences: Sequence[Sequence[str]]) -> list[str]:
    """Merge the sequences: what only a later one has goes behind what stands before it there."""
    merged: list[str] = []
    for sequence in sequences:
        position = 0
        for check_id in sequence:
            if check_id in merged:
                position = merged.index(check_id) + 1
            else:
                merged.insert(position, check_id)
                position += 1
    return merged


def report_rejected(rejected: Sequence[RejectedOverride]) -> list[Check]:
    """Return a `policy:overrides` check that lists what was rejected; empty when nothing was."""
    if not rejected:
        return []
    listed = "; ".join(
        f"{one.key} {one.requested} ({one.requested_origin}) instead of {one.applied} ({one.applied_origin})"
        for one in rejected
    )
    message = f"Rejected overrides of the base policy: {listed}."
    return [Check("policy:overrides", CheckOutcome.INFO, message, origin=rejected[0].requested_origin)]


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
    return evaluate_with(policy, evidence, overrides, lambda one: list_checks(one, evidence))


def evaluate_with(
    policy: Policy,
    evidence: Evidence,
    overrides: Overrides | None,
    make_checks: Callable[[Policy], Sequence[Check]],
) -> TargetVerdict:
    """Judge one target by the checks that `make_checks` returns for a policy, before waivers."""

    def judge(one: Policy) -> list[Check]:
        return apply_waivers(make_checks(one), evidence, one)

    judgements: tuple[Judgement, ...] = ()
    if overrides is None:
        checks = judge(policy)
    else:
        policies = {
            PolicyLayer.BASE: replace(policy, soft_fail=frozenset()),
            PolicyLayer.PIPELINE: overrides.pipeline,
            PolicyLayer.CHANGE: overrides.change,
        }
        judged = {layer: judge(one) for layer, one in policies.items()}
        judgements = tuple(
            Judgement(layer, one, _outcome(evidence, judged[layer]), outcomes_of(judged[layer]))
            for layer, one in policies.items()
        )
        checks = combine_checks(judged)
    checks += announce_waivers(checks, evidence, policy)
    rejected = () if overrides is None else overrides.rejected
    checks += report_rejected(rejected)
    outcome = _outcome(evidence, checks)
    reason, hint = _reason(outcome, evidence, checks)
    return TargetVerdict(evidence.target, outcome, reason, tuple(checks), policy, evidence, hint, judgements, rejected)


def list_checks(policy: Policy, evidence: Evidence) -> list[Check]:
    """Return the checks by one policy, before waivers."""
    has_run = evidence.facts.origin is not RunOrigin.NONE
    run_checks = check_run(evidence, policy)
    completed = not has_run or run_checks[0].outcome is CheckOutcome.PASSED
    score_checks, scores = check_scores(evidence, policy, run_completed=completed)
    drop_checks = check_drops(evidence, policy, scores)
    return _in_order(run_checks, score_checks) + drop_checks


def _in_order(run_checks: Sequence[Check], score_checks: Sequence[Check]) -> list[Check]:
    """run-completed, scores-fresh, the counts, the scores, the attack success rate."""
    fresh, *scores = score_checks
    completed = [check for check in run_checks if check.id == "run-completed"]
    rate = [check for check in run_checks if check.id == "attack-success-rate"]
    counts = [check for check in run_checks if check not in completed and check not in rate]
    return [*completed, fresh, *counts, *scores, *rate]


def _outcome(evidence: Evidence, checks: Sequence[Check]) -> Outcome:
    outcomes = {check.outcome for check in checks}
    stop = evidence.early_exit
    if stop is not None and stop.outcome in OUTWEIGHS_FAILED:
        return stop.outcome
    if CheckOutcome.FAILED in outcomes:
        return Outcome.FAILED
    if stop is not None and stop.outcome not in (Outcome.PASSED, Outcome.FAILED):
        return stop.outcome
    if isinstance(evidence.run, Run) and evidence.run.state in (RunState.FAILED, RunState.CANCELLED):
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
        return f"{_BROKEN[first.decided_by]}: {found}{more}.", first.hint
    stop = evidence.early_exit
    if stop is not None and stop.outcome is outcome:
        return stop.message or "The gate ended before it could judge.", stop.hint
    first_error = next((check for check in checks if check.outcome is CheckOutcome.ERROR), None)
    if first_error is None:
        return "The gate ended before it could judge.", "Run the gate again."
    return first_error.message or f"{first_error.id} could not be judged.", first_error.hint
