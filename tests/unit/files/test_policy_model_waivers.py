"""Which checks can be waived."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from probe_gate.domain.evaluate import evaluate
from probe_gate.domain.evidence import Evidence
from probe_gate.domain.policy import Policy
from probe_gate.domain.verdict import CheckOutcome
from probe_gate.files.policy_model import describe_unwaivable
from tests.harness.factories import (
    evidences,
    make_baseline,
    make_counts,
    make_evidence,
    make_run,
    make_scores,
    make_strict_policy,
    policies,
)
from tests.harness.profiles import examples


def failed(policy: Policy, evidence: Evidence) -> set[str]:
    return {check.id for check in evaluate(policy, evidence).checks if check.outcome is CheckOutcome.FAILED}


def test_each_kind_of_check_that_fails_can_be_waived() -> None:
    """Every limit broken at once."""
    policy = make_strict_policy()
    evidence = make_evidence(
        run=make_run(counts=make_counts(passed=10, failed=90, errors=0)),
        scores=make_scores(overall=1, categories={"Security": 1.0, "Safety": 1.0}),
        baseline=make_baseline(),
    )
    kinds = {check.partition(":")[0] for check in failed(policy, evidence)}
    assert {"overall-score", "category-score", "attack-success-rate"} <= kinds
    assert [describe_unwaivable(check) for check in failed(policy, evidence) if describe_unwaivable(check)] == []


@given(policies(), evidences())
@settings(max_examples=examples(50))
def test_whatever_fails_can_be_waived(policy: Policy, evidence: Evidence) -> None:
    """By the id that the report shows."""
    for check in failed(policy, evidence):
        if check.partition(":")[2].strip() or ":" not in check:
            assert describe_unwaivable(check) is None


@pytest.mark.parametrize("check", ["run-completed", "scores-fresh", "test-cases", "error-rate"])
def test_what_could_not_be_judged_cannot(check: str) -> None:
    """A waiver excuses a result, not the lack of one."""
    assert describe_unwaivable(check) == (
        f"{check} fails when something could not be evaluated, which cannot be waived"
    )
