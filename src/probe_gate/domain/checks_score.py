"""The checks on the scores: limits, the loss against a baseline, and the statistics of a rate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from math import isfinite, sqrt

from probe_gate.domain.dates import format_timestamp
from probe_gate.domain.evidence import Evidence, RunOrigin, Unavailable
from probe_gate.domain.formatting import exact, format_difference, format_duration, format_exact
from probe_gate.domain.freshness import CLOCKS_APART, RUN_AGAIN, assess, why_not_fresh
from probe_gate.domain.policy import BEFORE, REST, Limit, Overrides, Policy
from probe_gate.domain.scores import HINT, Scores, find_contradiction, same_category
from probe_gate.domain.suggestions import did_you_mean
from probe_gate.domain.text import as_sentence
from probe_gate.domain.verdict import Check, CheckOutcome
from probe_gate.errors import Outcome

FIX_TARGET = "Open the run on the platform, review the attacks that succeeded, and fix the target."


def check_scores(evidence: Evidence, policy: Policy, *, run_completed: bool) -> tuple[list[Check], Scores | None]:
    """`scores-fresh`, `overall-score` and `category-score:...`, and the scores when they are this run's."""
    fresh, scores = _check_fresh(evidence, policy, run_completed=run_completed)
    if scores is None:
        return [fresh, *_not_judged(policy)], None
    return [fresh, *check_minimums(evidence, scores, policy)], scores


def check_minimums(evidence: Evidence, scores: Scores, policy: Policy) -> list[Check]:
    """`overall-score` and `category-score:...` by these scores."""
    blend = (
        " With selected probes, the score also covers earlier runs of the other probes."
        if evidence.facts.probe_ids
        else ""
    )
    checks = [_check_overall(scores, policy), *_check_categories(scores, evidence.scores_before, policy)]
    return [replace(check, message=check.message + blend) for check in checks]


def _check_fresh(evidence: Evidence, policy: Policy, *, run_completed: bool) -> tuple[Check, Scores | None]:
    check_id, scores = "scores-fresh", evidence.scores
    if not run_completed:
        message = "Not judged: there are no scores without a completed run."
        return Check(check_id, CheckOutcome.ERROR, message), None
    doubt = why_not_fresh(evidence, policy)
    limit = origin = None
    if evidence.facts.origin is RunOrigin.NONE and policy.max_age is not None:
        limit, origin = f"at most {format_duration(policy.max_age.value)} old", policy.max_age.origin
    if doubt is not None or isinstance(scores, Unavailable) or scores.latest_execution is None:
        reason, hint = doubt or ("The scores carry no date.", RUN_AGAIN)
        if evidence.early_exit is not None and isinstance(scores, Unavailable):
            reason, hint = f"{evidence.early_exit.message} {reason}", evidence.early_exit.hint or hint
        message = reason.strip()
        return Check(check_id, CheckOutcome.ERROR, message, limit=limit or "", origin=origin, hint=hint), None
    contradiction = find_contradiction(scores)
    if contradiction is not None:
        return Check(check_id, CheckOutcome.ERROR, contradiction, hint=HINT), None
    latest = format_timestamp(scores.latest_execution)
    if evidence.facts.origin is RunOrigin.NONE:
        age = format_duration(max((evidence.judged_at - scores.latest_execution).total_seconds(), 0.0))
        message = f"The scores are {age} old."
    else:
        proof = assess(evidence).proof
        message = f"The scores include this run: {proof.value}." if proof is not None else ""
    return Check(check_id, CheckOutcome.PASSED, message, measured=latest, limit=limit or "", origin=origin), scores


def _not_judged(policy: Policy) -> list[Check]:
    message = "Not judged: the scores could not be taken as this run's (see scores-fresh)."
    limits: list[tuple[str, Limit[Decimal]]] = [("overall-score", policy.min_score)]
    limits += [(f"category-score:{minimum.category}", minimum.limit) for minimum in policy.min_category_scores]
    return [
        Check(
            check_id,
            CheckOutcome.ERROR,
            message,
            limit=f"at least {format_exact(limit.value)}",
            origin=limit.origin,
            limit_value=float(limit.value),
        )
        for check_id, limit in limits
    ]


def _check_minimum(check_id: str, score: float | None, limit: Limit[Decimal]) -> Check:
    limit_text, limit_value = f"at least {format_exact(limit.value)}", float(limit.value)
    if score is None or not isfinite(score) or not 0 <= score <= 100:
        name = check_id.partition(":")[2]
        subject = f"score for {name}" if name else "overall score"
        message = (
            f"The platform reports no {subject}."
            if score is None
            else f"The {subject} is {score}, which is not between 0 and 100."
        )
        return Check(
            check_id, CheckOutcome.ERROR, message, limit=limit_text, origin=limit.origin, limit_value=limit_value
        )
    number = exact(score)
    broken = number < limit.value
    missing = format_difference(limit.value, number)
    return Check(
        check_id,
        CheckOutcome.FAILED if broken else CheckOutcome.PASSED,
        f"{missing} {'point' if missing == '1' else 'points'} below the minimum."
        if broken
        else "Not below the minimum.",
        measured=format_exact(number, limit.value),
        limit=limit_text,
        origin=limit.origin,
        hint=FIX_TARGET if broken else "",
        measured_value=float(score),
        limit_value=limit_value,
    )


def _check_overall(scores: Scores, policy: Policy) -> Check:
    return _check_minimum("overall-score", scores.overall, policy.min_score)


def _check_categories(scores: Scores, before: Scores | Unavailable, policy: Policy) -> list[Check]:
    categories: Mapping[str, float | None] = scores.categories or {}
    scored = sorted(name for name, score in categories.items() if score is not None)
    rest = next((minimum for minimum in policy.min_category_scores if minimum.category == REST), None)
    named = [minimum for minimum in policy.min_category_scores if minimum.category != REST]
    checks: list[Check] = []
    for minimum in named:
        matching = [name for name in categories if same_category(name, minimum.category)]
        if not matching:
            checks.append(_missing_category(minimum.category, minimum.limit, scored))
        checks += [
            _check_minimum(f"category-score:{name}", categories[name], minimum.limit) for name in sorted(matching)
        ]
    others = [name for name in categories if not any(same_category(name, minimum.category) for minimum in named)]
    had_score = before.categories or {} if isinstance(before, Scores) else {}
    for name in sorted(others):
        check_id, score = f"category-score:{name}", categories[name]
        if rest is not None and (score is not None or had_score.get(name) is not None):
            checks.append(_check_minimum(check_id, score, rest.limit))
        elif score is None:
            checks.append(Check(check_id, CheckOutcome.INFO, f"The platform reports no score for {name}."))
        else:
            text = format_exact(score)
            checks.append(
                Check(check_id, CheckOutcome.INFO, "No limit is set.", measured=text, measured_value=float(score))
            )
    if rest is not None:
        lost = [name for name, score in had_score.items() if score is not None and name not in categories]
        lost = [name for name in lost if not any(same_category(name, minimum.category) for minimum in named)]
        checks += [_missing_category(name, rest.limit, scored) for name in sorted(lost)]
        if not scored and not named and not lost:
            checks.append(_missing_category(REST, rest.limit, scored))
    return checks


def _missing_category(category: str, limit: Limit[Decimal], scored: list[str]) -> Check:
    known = f"It reports {', '.join(scored)}." if scored else "It reports no category at all."
    subject = "any category" if category == REST else category
    return Check(
        f"category-score:{category}",
        CheckOutcome.ERROR,
        f"The platform reports no score for {subject}. {known}",
        limit=f"at least {format_exact(limit.value)}",
        origin=limit.origin,
        hint="Correct the category's name in the policy, or configure probes of that category for the target.",
        limit_value=float(limit.value),
    )


def find_unreported(policy: Policy, overrides: Overrides | None, scores: Scores) -> dict[str, str]:
    """Return the categories that a policy names and the platform does not report, each with a sentence that says so.

    Empty if no category has a score: then nothing is known about their names.
    """
    reported = scores.categories or {}
    scored = sorted(name for name, score in reported.items() if score is not None)
    named = (policy if overrides is None else overrides.change).min_category_scores
    return {
        one.category: as_sentence(
            f"The platform reports no score for {one.category}{did_you_mean(one.category, scored)}"
        )
        for one in named
        if scored and one.category != REST and not any(same_category(name, one.category) for name in reported)
    }


OVERALL = "score-drop:overall"
NEW_BASELINE = (
    "Give the report.json of a gate that passed for this target, or set --allow-missing-baseline for the first run."
)


def check_drops(evidence: Evidence, policy: Policy, scores: Scores | None) -> list[Check]:
    """`score-drop:overall` and `score-drop:NAME`, when a limit on them is set. `scores`: when they are this run's."""
    limit = policy.max_score_drop
    if limit is None:
        return []
    if scores is None or scores.overall is None:
        return [_error(OVERALL, "Not judged: the scores could not be taken as this run's (see scores-fresh).", limit)]
    baseline = evidence.baseline
    unusable = why_unusable(evidence, policy)
    if unusable is not None or baseline is None or isinstance(baseline, Unavailable):
        reason = unusable or "There is no baseline."
        if policy.allow_missing_baseline.value:
            return [Check(OVERALL, CheckOutcome.INFO, f"{reason} A missing baseline is allowed.", origin=limit.origin)]
        return [_error(OVERALL, reason, limit, NEW_BASELINE)]
    said = (
        " Judged against the reading before this run, so a retry is compared with the scores that the first try left."
    )
    note = said if baseline.source == BEFORE else ""
    checks = [_check_drop("overall", baseline.scores.overall, scores.overall, limit, note)]
    return checks + _check_category_drops(baseline.scores, scores, limit, note)


def why_unusable(evidence: Evidence, policy: Policy) -> str | None:
    """Why the baseline cannot be compared with, in words; None when it can."""
    baseline = evidence.baseline
    if baseline is None:
        return "There is no baseline."
    if isinstance(baseline, Unavailable):
        return baseline.reason
    if baseline.scores.overall is None:
        return f"The baseline {baseline.source} has no overall score."
    if not baseline.scores.simulated_attacks:
        return f"The baseline {baseline.source} is based on no attacks: the platform had no score for the target at that time."
    contradiction = find_contradiction(baseline.scores)
    if contradiction is not None:
        return f"The baseline {baseline.source} contradicts itself: {contradiction[0].lower()}{contradiction[1:]}"
    if baseline.source == BEFORE:
        return None
    if baseline.target_id != evidence.target.id:
        return f"The baseline {baseline.source} belongs to target {baseline.target_id}, not to {evidence.target.id}."
    if baseline.outcome is not Outcome.PASSED:
        return f"The baseline {baseline.source} is from a gate that did not pass ({baseline.outcome or 'no outcome'})."
    if policy.max_age is None:
        return None
    if baseline.judged_at is None:
        return f"The baseline {baseline.source} carries no date."
    age = evidence.judged_at - baseline.judged_at
    if age > policy.max_age.value or age < -CLOCKS_APART:
        when = "too long ago" if age.total_seconds() > 0 else "in the future"
        return f"The baseline {baseline.source} was judged {when} ({format_timestamp(baseline.judged_at)})."
    return None


def _error(check_id: str, message: str, limit: Limit[Decimal], hint: str = "") -> Check:
    limit_text = f"at most {format_exact(limit.value)} points"
    return Check(check_id, CheckOutcome.ERROR, message, limit=limit_text, origin=limit.origin, hint=hint)


def _check_drop(name: str, old: float | None, new: float | None, limit: Limit[Decimal], note: str) -> Check:
    check_id = f"score-drop:{name}"
    if old is None or new is None:
        return _error(
            check_id,
            f"There is no {'overall score' if name == 'overall' else f'score for {name}'} to compare.{note}",
            limit,
        )
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
        hint="Compare this run's successful attacks with those of the baseline, and fix what is new." if broken else "",
        measured_value=float(drop),
        limit_value=float(limit.value),
        baseline_value=float(old),
    )


def _check_category_drops(old: Scores, new: Scores, limit: Limit[Decimal], note: str) -> list[Check]:
    present = {name: score for name, score in (new.categories or {}).items() if score is not None}
    earlier = {name: score for name, score in (old.categories or {}).items() if score is not None}
    checks: list[Check] = []
    for name in sorted(earlier):
        matching = [other for other in present if same_category(other, name)]
        if matching:
            checks.append(_check_drop(name, earlier[name], min(present[other] for other in matching), limit, note))
        else:
            message = f"The baseline has a score for {name}, but the platform no longer reports one."
            checks.append(_error(f"score-drop:{name}", message, limit))
    checks += [
        Check(f"score-drop:{name}", CheckOutcome.INFO, "New since the baseline: nothing to compare with.")
        for name in sorted(present)
        if not any(same_category(name, other) for other in earlier)
    ]
    return checks


def wilson_interval(successes: int, sample: int, confidence_percent: Decimal | float) -> tuple[float, float]:
    """Return the lower and upper end, each 0 to 1, of the two-sided interval. The sample must be at least 1."""
    # statistics takes as long to import as the rest of the domain, and few policies ask for it
    from statistics import NormalDist

    z = NormalDist().inv_cdf(0.5 + float(confidence_percent) / 200)
    rate = successes / sample
    square = z * z / sample
    centre = rate + square / 2
    spread = z * sqrt((rate * (1 - rate) + square / 4) / sample)
    lower = 0.0 if successes == 0 else (centre - spread) / (1 + square)
    upper = 1.0 if successes == sample else (centre + spread) / (1 + square)
    return max(lower, 0.0), min(upper, 1.0)
