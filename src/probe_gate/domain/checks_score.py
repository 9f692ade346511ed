"""The checks on the target's scores. No limit is judged on scores that are not this run's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from math import isfinite

from probe_gate.domain.contradictions import ADVICE, find_contradiction
from probe_gate.domain.dates import format_moment
from probe_gate.domain.evidence import Evidence, Missing, RunOrigin
from probe_gate.domain.freshness import RUN_AGAIN, assess, why_not_fresh
from probe_gate.domain.limit import Limit
from probe_gate.domain.numbers import exact, format_difference, format_duration, format_exact
from probe_gate.domain.policy import REST, Policy
from probe_gate.domain.score import Scores, same_category
from probe_gate.domain.verdict import Check, CheckOutcome

MEND = "Open the run on the platform, look at the attacks that succeeded, and mend the target."


def check_scores(evidence: Evidence, policy: Policy, *, run_completed: bool) -> tuple[list[Check], Scores | None]:
    """`scores-fresh`, `overall-score` and `category-score:...`, and the scores when they are this run's."""
    fresh, scores = _check_fresh(evidence, policy, run_completed=run_completed)
    if scores is None:
        return [fresh, *_not_judged(policy)], None
    blend = " With chosen probes it also covers earlier runs of the other probes." if evidence.facts.probe_ids else ""
    checks = [_check_overall(scores, policy), *_check_categories(scores, evidence.scores_before, policy)]
    return [fresh, *(replace(check, message=check.message + blend) for check in checks)], scores


def _check_fresh(evidence: Evidence, policy: Policy, *, run_completed: bool) -> tuple[Check, Scores | None]:
    check_id, scores = "scores-fresh", evidence.scores
    if not run_completed:
        message = "Not judged: without a completed run there are no scores of it."
        return Check(check_id, CheckOutcome.ERROR, message), None
    doubt = why_not_fresh(evidence, policy)
    limit = origin = None
    if evidence.facts.origin is RunOrigin.NONE and policy.max_age is not None:
        limit, origin = f"at most {format_duration(policy.max_age.value)} old", policy.max_age.origin
    if doubt is not None or isinstance(scores, Missing) or scores.latest_execution is None:
        reason, advice = doubt or ("The scores carry no date.", RUN_AGAIN)
        if evidence.stop is not None and isinstance(scores, Missing):
            reason, advice = f"{evidence.stop.message} {reason}", evidence.stop.advice or advice
        message = reason.strip()
        return Check(check_id, CheckOutcome.ERROR, message, limit=limit or "", origin=origin, advice=advice), None
    contradiction = find_contradiction(scores)
    if contradiction is not None:
        return Check(check_id, CheckOutcome.ERROR, contradiction, advice=ADVICE), None
    latest = format_moment(scores.latest_execution)
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
        message = "The platform reports no score." if score is None else f"A score of {score} makes no sense."
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
        advice=MEND if broken else "",
        measured_value=float(score),
        limit_value=limit_value,
    )


def _check_overall(scores: Scores, policy: Policy) -> Check:
    return _check_minimum("overall-score", scores.overall, policy.min_score)


def _check_categories(scores: Scores, before: Scores | Missing, policy: Policy) -> list[Check]:
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
            checks.append(Check(check_id, CheckOutcome.INFO, "The platform reports no score."))
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
        advice="Correct the category's name in the policy, or configure probes of that category for the target.",
        limit_value=float(limit.value),
    )
