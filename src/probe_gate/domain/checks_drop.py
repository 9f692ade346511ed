"""The checks against a baseline: how many points were lost."""

from __future__ import annotations

from decimal import Decimal

from probe_gate.domain.contradictions import find_contradiction
from probe_gate.domain.dates import format_moment
from probe_gate.domain.evidence import Evidence, Missing
from probe_gate.domain.freshness import CLOCKS_APART
from probe_gate.domain.limit import Limit
from probe_gate.domain.numbers import exact, format_exact
from probe_gate.domain.policy import BEFORE, Policy
from probe_gate.domain.score import Scores, same_category
from probe_gate.domain.verdict import Check, CheckOutcome
from probe_gate.errors import Outcome

OVERALL = "score-drop:overall"
NEW_BASELINE = "Give the report.json of a gate of this target that passed, or --allow-missing-baseline the first time."


def check_drops(evidence: Evidence, policy: Policy, scores: Scores | None) -> list[Check]:
    """`score-drop:overall` and `score-drop:NAME`, when a limit on them is set. `scores`: when they are this run's."""
    limit = policy.max_score_drop
    if limit is None:
        return []
    if scores is None or scores.overall is None:
        return [_error(OVERALL, "Not judged: the scores could not be taken as this run's (see scores-fresh).", limit)]
    baseline = evidence.baseline
    unusable = why_unusable(evidence, policy)
    if unusable is not None or baseline is None or isinstance(baseline, Missing):
        reason = unusable or "There is no baseline."
        if policy.allow_missing_baseline.value:
            return [Check(OVERALL, CheckOutcome.INFO, f"{reason} A missing baseline is allowed.", origin=limit.origin)]
        return [_error(OVERALL, reason, limit, NEW_BASELINE)]
    said = " Judged against the reading before this run, so a second try is compared with the first one's loss."
    note = said if baseline.source == BEFORE else ""
    checks = [_check_drop("overall", baseline.scores.overall, scores.overall, limit, note)]
    return checks + _check_categories(baseline.scores, scores, limit, note)


def why_unusable(evidence: Evidence, policy: Policy) -> str | None:
    """Why the baseline cannot be compared with, in words; None when it can."""
    baseline = evidence.baseline
    if baseline is None:
        return "There is no baseline."
    if isinstance(baseline, Missing):
        return baseline.reason
    if baseline.scores.overall is None:
        return f"The baseline {baseline.source} has no overall score."
    if not baseline.scores.simulated_attacks:
        return f"The baseline {baseline.source} rests on no attack: the platform had no score of the target then."
    contradiction = find_contradiction(baseline.scores)
    if contradiction is not None:
        return f"The baseline {baseline.source} contradicts itself: {contradiction[0].lower()}{contradiction[1:]}"
    if baseline.source == BEFORE:
        return None
    if baseline.target_id != evidence.target.id:
        return f"The baseline {baseline.source} is of target {baseline.target_id}, not of {evidence.target.id}."
    if baseline.outcome is not Outcome.PASSED:
        return f"The baseline {baseline.source} did not pass itself (it is {baseline.outcome or 'without an outcome'})."
    if policy.max_age is None:
        return None
    if baseline.judged_at is None:
        return f"The baseline {baseline.source} carries no date."
    age = evidence.judged_at - baseline.judged_at
    if age > policy.max_age.value or age < -CLOCKS_APART:
        when = "too long ago" if age.total_seconds() > 0 else "in the future"
        return f"The baseline {baseline.source} was judged {when} ({format_moment(baseline.judged_at)})."
    return None


def _error(check_id: str, message: str, limit: Limit[Decimal], advice: str = "") -> Check:
    limit_text = f"at most {format_exact(limit.value)} points"
    return Check(check_id, CheckOutcome.ERROR, message, limit=limit_text, origin=limit.origin, advice=advice)


def _check_drop(name: str, old: float | None, new: float | None, limit: Limit[Decimal], note: str) -> Check:
    check_id = f"score-drop:{name}"
    if old is None or new is None:
        return _error(check_id, f"There is no score to compare.{note}", limit)
    drop = exact(old) - exact(new)
    broken = drop > limit.value
    lost = f"from {format_exact(old)} to {format_exact(new)}"
    return Check(
        check_id,
        CheckOutcome.FAILED if broken else CheckOutcome.PASSED,
        f"The score went {lost}.{note}",
        measured=f"{format_exact(max(drop, Decimal(0)), limit.value)} ({lost})",
        limit=f"at most {format_exact(limit.value)} points",
        origin=limit.origin,
        advice="Compare this run's successful attacks with those of the baseline, and mend what is new."
        if broken
        else "",
        measured_value=float(drop),
        limit_value=float(limit.value),
        baseline_value=float(old),
    )


def _check_categories(old: Scores, new: Scores, limit: Limit[Decimal], note: str) -> list[Check]:
    present = {name: score for name, score in (new.categories or {}).items() if score is not None}
    earlier = {name: score for name, score in (old.categories or {}).items() if score is not None}
    checks: list[Check] = []
    for name in sorted(earlier):
        matching = [other for other in present if same_category(other, name)]
        if matching:
            checks.append(_check_drop(name, earlier[name], min(present[other] for other in matching), limit, note))
        else:
            message = f"The baseline has a score for {name}, and there is none any more."
            checks.append(_error(f"score-drop:{name}", message, limit))
    checks += [
        Check(f"score-drop:{name}", CheckOutcome.INFO, "New since the baseline: nothing to compare with.")
        for name in sorted(present)
        if not any(same_category(name, other) for other in earlier)
    ]
    return checks
