"""The judgements of three policies, combined check by check."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probe_gate.domain.evaluate import combine_checks, evaluate, outcomes_of
from probe_gate.domain.evidence import Evidence, Unavailable
from probe_gate.domain.policy import Overrides, Policy
from probe_gate.domain.verdict import Check, CheckOutcome, PolicyLayer
from probe_gate.errors import Outcome
from tests.harness import factories as make
from tests.harness.profiles import examples

BASE, PIPELINE, CHANGE = PolicyLayer
FAILED, ERROR, WAIVED, PASSED, INFO = (
    CheckOutcome.FAILED,
    CheckOutcome.ERROR,
    CheckOutcome.WAIVED,
    CheckOutcome.PASSED,
    CheckOutcome.INFO,
)


def check(outcome: CheckOutcome, check_id: str = "overall-score", **changes: Any) -> Check:
    return Check(check_id, outcome, "found", **changes)


@pytest.mark.parametrize(
    ("outcomes", "worst", "decided_by"),
    [
        ((PASSED, PASSED, FAILED), FAILED, CHANGE),
        ((FAILED, PASSED, PASSED), FAILED, BASE),
        ((FAILED, FAILED, ERROR), FAILED, BASE),
        ((PASSED, ERROR, FAILED), FAILED, CHANGE),
        ((PASSED, WAIVED, ERROR), ERROR, CHANGE),
        ((PASSED, WAIVED, WAIVED), WAIVED, PIPELINE),
        ((INFO, INFO, PASSED), PASSED, CHANGE),
        ((INFO, INFO, INFO), INFO, BASE),
    ],
)
def test_the_worst_outcome_counts(
    outcomes: tuple[CheckOutcome, ...], worst: CheckOutcome, decided_by: PolicyLayer
) -> None:
    """The check names the first policy that came to it."""
    judged = {layer: [check(outcome)] for layer, outcome in zip(PolicyLayer, outcomes, strict=True)}
    (found,) = combine_checks(judged)
    assert (found.outcome, found.decided_by) == (worst, decided_by)


def test_a_check_that_passed_shows_the_strictest_limit() -> None:
    """A reader sees the limit that was met, not the loosest of three."""
    judged = {
        layer: [check(PASSED, measured_value=90.0, limit_value=limit)]
        for layer, limit in zip(PolicyLayer, (60.0, 80.0, 85.0), strict=True)
    }
    (found,) = combine_checks(judged)
    assert (found.limit_value, found.decided_by) == (85.0, CHANGE)


def test_a_check_of_one_policy_alone_stands_where_it_stood() -> None:
    """What only one of them asks for is neither lost nor moved to the end."""
    judged = {
        BASE: [check(PASSED, "a"), check(PASSED, "d")],
        PIPELINE: [check(PASSED, "a"), check(PASSED, "b"), check(PASSED, "d")],
        CHANGE: [check(PASSED, "c"), check(PASSED, "d"), check(PASSED, "e")],
    }
    assert [found.id for found in combine_checks(judged)] == ["c", "a", "b", "d", "e"]


def test_of_two_checks_with_one_id_the_worse_counts() -> None:
    """A platform may name a category "overall"."""
    twice = [check(PASSED), check(FAILED), check(INFO)]
    assert outcomes_of(twice) == {"overall-score": FAILED}
    assert [one.outcome for one in combine_checks({BASE: twice})] == [FAILED]


def weak(**changes: Any) -> Evidence:
    """Overall 70."""
    return make.make_evidence(scores=make.make_scores(overall=70), **changes)


def policy(min_score: int, **changes: Any) -> Policy:
    return make.make_policy(min_score=make.make_limit(min_score), **changes)


def test_the_reason_names_the_policy_that_is_broken() -> None:
    """The base policy before the others."""
    by_base = evaluate(policy(80), weak(), Overrides(policy(60), policy(90)))
    assert by_base.reason == "The base policy is broken: overall-score is 70, and the limit is at least 80."
    by_change = evaluate(policy(60), weak(), Overrides(policy(60), policy(90)))
    assert by_change.reason == "The change's policy is broken: overall-score is 70, and the limit is at least 90."
    by_pipeline = evaluate(policy(60), weak(), Overrides(policy(75), policy(50)))
    assert by_pipeline.reason.startswith("The base policy with the pipeline's options is broken: overall-score is 70")


def test_each_judgement_stands_beside_the_verdict() -> None:
    """With its policy, its outcome and that of each check."""
    soft = frozenset({Outcome.FAILED})
    base, overrides = policy(80, soft_fail=soft), Overrides(policy(75), policy(60))
    verdict = evaluate(base, weak(), overrides)
    assert [(one.layer, one.outcome, one.checks["overall-score"]) for one in verdict.judgements] == [
        (BASE, Outcome.FAILED, FAILED),
        (PIPELINE, Outcome.FAILED, FAILED),
        (CHANGE, Outcome.PASSED, PASSED),
    ]
    assert [one.policy for one in verdict.judgements] == [policy(80), overrides.pipeline, overrides.change]
    assert verdict.policy is base
    assert evaluate(base, weak()).judgements == ()


def test_waivers_are_announced_once_and_by_the_combined_outcome() -> None:
    """A waiver that only the change's stricter limit needs was needed."""
    waiver = make.make_waiver(check="overall-score")
    base, change = policy(60, waivers=(waiver,)), policy(90, waivers=(waiver,))
    verdict = evaluate(base, weak(), Overrides(base, change))
    outcomes = {one.id: one.outcome for one in verdict.checks}
    assert outcomes["overall-score"] is WAIVED
    assert "policy:waivers" not in outcomes
    assert verdict.outcome is Outcome.PASSED
    unneeded = evaluate(base, weak(), Overrides(base, base))
    (announced,) = [one for one in unneeded.checks if one.id == "policy:waivers"]
    assert announced.message.endswith("was not needed: the check did not fail.")


def test_a_stricter_change_cannot_turn_an_error_into_a_softened_failure() -> None:
    """The base policy softens failures only; by it alone the gate is inconclusive."""
    base = policy(60, soft_fail=frozenset({Outcome.FAILED}))
    rate = policy(60, max_attack_success_rate=make.make_limit(0))
    evidence = make.make_evidence(scores=Unavailable("The scores could not be read."))
    assert not evaluate(base, evidence, Overrides(base, base)).is_soft
    verdict = evaluate(base, evidence, Overrides(base, rate))
    assert verdict.outcome is Outcome.FAILED
    assert not verdict.is_soft
    assert evaluate(base, weak(), Overrides(base, policy(90))).is_soft


@given(make.policies(), make.overrides(), make.evidences())
@settings(max_examples=examples(200))
def test_no_judgement_is_worse_than_the_verdict(base: Policy, overrides: Overrides, evidence: Evidence) -> None:
    """Each policy alone agrees with its judgement, and a pass is a pass by all three."""
    verdict = evaluate(base, evidence, overrides)
    combined = {one.id: one for one in verdict.checks}
    for layer, alone in zip(PolicyLayer, (base, overrides.pipeline, overrides.change), strict=True):
        judged = evaluate(alone, evidence)
        judgement = verdict.judgements[list(PolicyLayer).index(layer)]
        assert judgement.outcome is judged.outcome
        for one in judged.checks:
            if one.kind == "policy":
                continue
            severity = (FAILED, ERROR, WAIVED, PASSED, INFO).index
            assert severity(combined[one.id].outcome) <= severity(one.outcome)
        if verdict.outcome is Outcome.PASSED:
            assert judged.outcome is Outcome.PASSED


@given(make.policies(), make.evidences(), st.booleans())
@settings(max_examples=examples(100))
def test_three_equal_policies_judge_like_one(base: Policy, evidence: Evidence, has_waivers: bool) -> None:
    """A base policy that nobody overrides changes nothing."""
    base = base if has_waivers else replace(base, waivers=())
    bare = replace(base, soft_fail=frozenset())
    layered, alone = evaluate(base, evidence, Overrides(bare, bare)), evaluate(base, evidence)
    assert layered.outcome is alone.outcome
    assert layered.is_soft is alone.is_soft
    assert outcomes_of(layered.checks) == outcomes_of(alone.checks)
