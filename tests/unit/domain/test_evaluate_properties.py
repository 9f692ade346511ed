"""What holds for every evidence and every policy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from probe_gate.domain.evaluate import evaluate
from probe_gate.domain.evidence import Baseline, EarlierRun, EarlyExit, Evidence, Overlap, RunOrigin, Unavailable
from probe_gate.domain.freshness import assess
from probe_gate.domain.policy import REST, CategoryMinimum, Limit, Policy
from probe_gate.domain.run import Run, RunState, complete_counts
from probe_gate.domain.scores import Scores, same_category
from probe_gate.domain.verdict import CheckOutcome
from probe_gate.errors import Outcome
from tests.harness.factories import (
    STARTED,
    evidences,
    make_baseline,
    make_counts,
    make_earlier_run,
    make_evidence,
    make_facts,
    make_run,
    make_scores,
    make_scores_before,
    policies,
    stops,
)
from tests.harness.profiles import examples

CATEGORIES = ("Security", "Safety", "Custom")


SEEDS = st.integers(0, 2**48)
"""Many draws of hypothesis cost more than the judging: a value is made from one number, and shown when it fails."""


def likely_evidences() -> st.SearchStrategy[Evidence]:
    """Evidence that is often in order and often just beside it, so that passes and failures are both common."""
    return SEEDS.map(_make_likely_evidence)


def likely_policies() -> st.SearchStrategy[Policy]:
    """Limits that such evidence sometimes keeps and sometimes breaks."""
    return SEEDS.map(_make_likely_policy)


def _some(dice: Random, names: Sequence[str]) -> list[str]:
    return [name for name in names if dice.random() < 0.5]


def _make_categories(dice: Random) -> dict[str, float | None]:
    return {name: dice.choice((None, *(dice.uniform(0, 100),) * 4)) for name in _some(dice, CATEGORIES)}


def _make_likely_evidence(seed: int) -> Evidence:
    dice = Random(seed)  # noqa: S311 - not for secrets
    judged = dice.randint(0, 100)
    failed = dice.randint(0, judged)
    errors = dice.choice((0, 0, 0, 1, 20))
    total = judged + errors + dice.choice((0, 0, 0, 5, -3))
    before = make_scores_before(
        categories=_make_categories(dice),
        latest_execution=STARTED + timedelta(seconds=dice.choice((-700_000, -700_000, -1, 300, 900))),
    )
    return make_evidence(
        run=make_run(
            status=dice.choice(("COMPLETED", "Finished", "COMPLETED", "FAILED", "RUNNING", None)),
            started_at=dice.choice((STARTED, STARTED, None)),
            counts=make_counts(passed=judged - failed, failed=failed, errors=errors, total=total),
            probes=dice.choice((None, ("One", "Two"), ("One", "Two"))),
        ),
        facts=make_facts(
            origin=dice.choice((RunOrigin.TRIGGERED, RunOrigin.REUSED, RunOrigin.EXISTING, RunOrigin.NONE)),
            probe_ids=dice.choice((None, None, (1, 2), (1, 2, 3))),
            earlier=dice.choice((None, EarlierRun(make_earlier_run(), dice.random() < 0.8))),
        ),
        scores=make_scores(
            overall=dice.randint(0, 100),
            categories=dice.choice((_make_categories(dice), _make_categories(dice), None)),
            latest_execution=STARTED + timedelta(seconds=dice.choice((-700_000, -3, -1, 0, 300, 300, 300))),
            simulated_attacks=dice.choice((judged, judged, judged + errors, 1200, 0)),
            successful_attacks=dice.choice((failed, failed, failed, 31, 1201)),
        ),
        scores_before=dice.choice((before, before, Unavailable("none"))),
        stable_seconds=dice.choice((60.0, 60.0, 5.0, 0.0)),
        trusts_unproven=dice.random() < 0.2,
        others=dice.choice(((), (make_earlier_run(),))),
        baseline=dice.choice((None, make_baseline(), make_baseline(target_id=7))),
        overlaps=dice.choice(((), (), (), (Overlap(9, "RUNNING", None, "going"),))),
        early_exit=dice.choice((None, None, None, EarlyExit(dice.choice(list(Outcome)), "It ended early."))),
    )


def _make_likely_policy(seed: int) -> Policy:
    dice = Random(seed)  # noqa: S311 - not for secrets

    def percent() -> Limit[Decimal]:
        return Limit(Decimal(dice.choice((0, 100, dice.randint(0, 100)))))

    return Policy(
        min_score=percent(),
        min_category_scores=tuple(
            CategoryMinimum(name, percent()) for name in _some(dice, ("security", "Safety", REST))
        ),
        max_attack_success_rate=dice.choice((None, percent())),
        confidence=dice.choice((None, Limit(Decimal(95)))),
        max_error_rate=percent(),
        min_test_cases=Limit(dice.randint(1, 60)),
        max_score_drop=dice.choice((None, percent())),
    )


ANY_EVIDENCE = evidences() | likely_evidences()
ANY_POLICY = policies() | likely_policies()


def passes(policy: Policy, evidence: Evidence) -> bool:
    return evaluate(policy, evidence).outcome is Outcome.PASSED


@given(ANY_POLICY, ANY_EVIDENCE)
@settings(max_examples=examples(150))
def test_there_is_always_a_verdict_with_a_reason(policy: Policy, evidence: Evidence) -> None:
    """Whatever the evidence, evaluate returns; ids are unique; a red verdict says why."""
    verdict = evaluate(policy, evidence)
    ids = [check.id for check in verdict.checks]
    assert verdict.checks
    assert len(set(ids)) == len(ids)
    assert verdict.reason
    if verdict.outcome is Outcome.FAILED:
        assert any(check.outcome is CheckOutcome.FAILED for check in verdict.checks)
    if verdict.outcome is Outcome.PASSED:
        assert not any(check.outcome in (CheckOutcome.FAILED, CheckOutcome.ERROR) for check in verdict.checks)


@given(likely_policies(), likely_evidences())
@settings(max_examples=examples(500))
def test_a_pass_rests_on_facts_that_were_all_there(policy: Policy, evidence: Evidence) -> None:
    """What passed had a completed run, counts that make sense, scores of this run, and kept each limit."""
    if not passes(policy, evidence):
        return
    scores, run = evidence.scores, evidence.run
    assert evidence.early_exit is None
    assert isinstance(scores, Scores)
    assert scores.overall is not None
    assert scores.overall >= policy.min_score.value
    assert scores.simulated_attacks is not None
    assert scores.simulated_attacks > 0
    for minimum in policy.min_category_scores:
        found = [score for name, score in (scores.categories or {}).items() if same_category(name, minimum.category)]
        if minimum.category != REST:
            assert found
            assert all(score is not None and Decimal(repr(score)) >= minimum.limit.value for score in found)
    if evidence.facts.origin is RunOrigin.NONE:
        return
    assert isinstance(run, Run)
    assert run.state is RunState.SUCCEEDED
    assert evidence.overlaps == ()
    assessed = assess(evidence)
    assert assessed.proof is not None
    assert not assessed.contradiction
    assert evidence.stable_seconds >= assessed.needed_seconds
    counts = complete_counts(run.counts, scores)
    assert counts.passed is not None
    assert counts.failed is not None
    assert counts.errors is not None
    assert counts.total is not None
    judged = counts.passed + counts.failed
    assert judged >= policy.min_test_cases.value
    assert judged + counts.errors <= counts.total
    assert (counts.total - judged) * 100 <= policy.max_error_rate.value * counts.total
    rate = policy.max_attack_success_rate
    if rate is not None and policy.confidence is None:
        assert counts.failed * 100 <= rate.value * judged


Nulled = Callable[[Evidence], Evidence]


def _null_run(**fields: Any) -> Nulled:
    def null(evidence: Evidence) -> Evidence:
        return (
            evidence
            if isinstance(evidence.run, Unavailable)
            else replace(evidence, run=replace(evidence.run, **fields))
        )

    return null


def _null_count(name: str) -> Nulled:
    def null(evidence: Evidence) -> Evidence:
        # of a run that executed all it planned, a count can be left out because it follows from the others
        if isinstance(evidence.run, Unavailable) or evidence.run.counts.executed != evidence.run.counts.total:
            return evidence
        return replace(evidence, run=replace(evidence.run, counts=replace(evidence.run.counts, **{name: None})))

    return null


def _null_scores(**fields: Any) -> Nulled:
    def null(evidence: Evidence) -> Evidence:
        if isinstance(evidence.scores, Unavailable):
            return evidence
        return replace(evidence, scores=replace(evidence.scores, **fields))

    return null


def _null_baseline(**fields: Any) -> Nulled:
    def null(evidence: Evidence) -> Evidence:
        if not isinstance(evidence.baseline, Baseline):
            return evidence
        return replace(evidence, baseline=replace(evidence.baseline, **fields))

    return null


# The reading from before the trigger is not among these: it can only accuse. Without it nobody can see that the scores
# carry a date which they carried before.
NULLED: dict[str, Nulled] = {
    "run": lambda evidence: replace(evidence, run=Unavailable("null")),
    "run.status": _null_run(status=None),
    "run.started_at": _null_run(started_at=None),
    "run.probes": _null_run(probes=None),
    "run.progress": _null_run(progress=None),
    "run.counts.passed": _null_count("passed"),
    "run.counts.failed": _null_count("failed"),
    "run.counts.errors": _null_count("errors"),
    "run.counts.total": _null_count("total"),
    "scores": lambda evidence: replace(evidence, scores=Unavailable("null")),
    "scores.overall": _null_scores(overall=None),
    "scores.simulated_attacks": _null_scores(simulated_attacks=None),
    "scores.successful_attacks": _null_scores(successful_attacks=None),
    "scores.latest_execution": _null_scores(latest_execution=None),
    "stable_seconds": lambda evidence: replace(evidence, stable_seconds=0.0),
    "overlaps": lambda evidence: replace(evidence, overlaps=Unavailable("null")),
    "baseline": lambda evidence: replace(evidence, baseline=None),
    "baseline missing": lambda evidence: replace(evidence, baseline=Unavailable("null")),
    "baseline.outcome": _null_baseline(outcome=None),
    "baseline.target_id": _null_baseline(target_id=None),
    "baseline.judged_at": _null_baseline(judged_at=None),
}


@given(likely_policies(), likely_evidences(), st.sampled_from(sorted(NULLED)))
@settings(max_examples=examples(1200))
def test_a_null_never_turns_anything_into_a_pass(policy: Policy, evidence: Evidence, name: str) -> None:
    """What the platform leaves out can only make the gate redder."""
    if not passes(policy, evidence):
        assert not passes(policy, NULLED[name](evidence))


@given(likely_policies(), likely_evidences(), st.sampled_from(CATEGORIES))
@settings(max_examples=examples(500))
def test_a_category_that_loses_its_score_never_passes_by_it(policy: Policy, evidence: Evidence, name: str) -> None:
    """A category that is named, or that had a score before the run, cannot be judged without one."""
    scores, before = evidence.scores, evidence.scores_before
    if isinstance(scores, Unavailable) or passes(policy, evidence):
        return
    named = any(same_category(minimum.category, name) for minimum in policy.min_category_scores)
    had = isinstance(before, Scores) and (before.categories or {}).get(name) is not None
    if named or had:
        without = {**(scores.categories or {}), name: None}
        assert not passes(policy, replace(evidence, scores=replace(scores, categories=without)))


Tightened = Callable[[Policy, Decimal], Policy]
TIGHTENED: dict[str, Tightened] = {
    "min-score": lambda policy, by: replace(policy, min_score=Limit(policy.min_score.value + by)),
    "min-category-score": lambda policy, by: replace(
        policy,
        min_category_scores=tuple(
            replace(minimum, limit=Limit(minimum.limit.value + by)) for minimum in policy.min_category_scores
        ),
    ),
    "max-attack-success-rate": lambda policy, by: replace(
        policy,
        max_attack_success_rate=policy.max_attack_success_rate
        and Limit(max(policy.max_attack_success_rate.value - by, Decimal(0))),
    ),
    "no confidence": lambda policy, _by: replace(policy, confidence=None),
    "max-error-rate": lambda policy, by: replace(
        policy, max_error_rate=Limit(max(policy.max_error_rate.value - by, Decimal(0)))
    ),
    "min-test-cases": lambda policy, by: replace(policy, min_test_cases=Limit(policy.min_test_cases.value + int(by))),
    "max-score-drop": lambda policy, by: replace(
        policy, max_score_drop=policy.max_score_drop and Limit(max(policy.max_score_drop.value - by, Decimal(0)))
    ),
}


@given(likely_policies(), likely_evidences(), st.sampled_from(sorted(TIGHTENED)), st.integers(0, 100))
@settings(max_examples=examples(700))
def test_a_stricter_limit_never_turns_anything_into_a_pass(
    policy: Policy, evidence: Evidence, key: str, by: int
) -> None:
    """Raising a minimum or lowering a maximum can only make the gate redder."""
    if not passes(policy, evidence):
        assert not passes(TIGHTENED[key](policy, Decimal(by)), evidence)


@given(likely_policies(), likely_evidences(), st.integers(1, 100))
@settings(max_examples=examples(250))
def test_a_lower_score_never_turns_anything_into_a_pass(policy: Policy, evidence: Evidence, by: int) -> None:
    """A target that got worse does not pass where it did not before."""
    if isinstance(evidence.scores, Unavailable) or evidence.scores.overall is None or passes(policy, evidence):
        return
    worse = replace(evidence.scores, overall=max(evidence.scores.overall - by, 0))
    assert not passes(policy, replace(evidence, scores=worse))


@given(likely_policies(), likely_evidences(), stops())
def test_a_gate_that_ended_early_never_passes(policy: Policy, evidence: Evidence, stop: EarlyExit) -> None:
    """Whatever had been found by then."""
    assert not passes(policy, replace(evidence, early_exit=stop))


@given(ANY_POLICY, ANY_EVIDENCE)
@settings(max_examples=examples(60))
def test_soft_fail_does_not_change_the_outcome(policy: Policy, evidence: Evidence) -> None:
    """A softened outcome keeps its own name."""
    soft = replace(policy, soft_fail=frozenset({Outcome.FAILED, Outcome.INCONCLUSIVE}))
    assert evaluate(soft, evidence).outcome is evaluate(replace(policy, soft_fail=frozenset()), evidence).outcome


@given(likely_policies(), likely_evidences(), st.randoms(use_true_random=False))
@settings(max_examples=examples(150))
def test_the_order_of_categories_changes_nothing(policy: Policy, evidence: Evidence, random: Any) -> None:
    """Neither in the platform's answer nor in the policy."""
    if isinstance(evidence.scores, Unavailable) or not evidence.scores.categories:
        return
    names = list(evidence.scores.categories)
    random.shuffle(names)
    shuffled = replace(evidence.scores, categories={name: evidence.scores.categories[name] for name in names})
    minimums = tuple(sorted(policy.min_category_scores, key=lambda minimum: minimum.category, reverse=True))
    other = evaluate(replace(policy, min_category_scores=minimums), replace(evidence, scores=shuffled))
    mine = evaluate(policy, evidence)
    assert sorted(map(repr, other.checks)) == sorted(map(repr, mine.checks))
    assert other.outcome is mine.outcome
