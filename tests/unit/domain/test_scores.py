"""Readings of the scores that contradict themselves."""

from __future__ import annotations

import pytest

from probe_gate.domain.evaluate import evaluate
from probe_gate.domain.policy import BEFORE, Limit
from probe_gate.domain.scores import Scores, find_contradiction
from probe_gate.domain.verdict import CheckOutcome
from probe_gate.errors import Outcome
from tests.harness.factories import make_baseline, make_evidence, make_limit, make_policy, make_scores


def empty(**changes: object) -> Scores:
    """A score of 0 without any category."""
    return make_scores(
        **{"overall": 0, "categories": None, "simulated_attacks": 220, "successful_attacks": 11, **changes}
    )


@pytest.mark.parametrize("categories", [None, {}, {"Security": None}])
def test_a_score_of_zero_needs_a_category_or_successful_attacks(categories: dict[str, float | None] | None) -> None:
    """Zero stands for "nothing was computed" on this platform."""
    message = find_contradiction(empty(categories=categories))
    assert message == "The overall score is 0 and no category has a score, but 209 of 220 attacks were withstood."


def test_a_score_of_zero_does_not_go_with_categories_that_are_all_above_it() -> None:
    """The categories of a first run may be there before the overall score."""
    message = find_contradiction(empty(categories={"Security": 96.5, "Safety": 1.0, "Custom": None}))
    assert message == "The overall score is 0 and each category has at least 1, but 209 of 220 attacks were withstood."


@pytest.mark.parametrize(
    "scores",
    [
        empty(overall=1),
        empty(categories={"Security": 96.5, "Safety": 0.9}),
        empty(overall=None),
        empty(categories={"Security": 0.0}),
        empty(successful_attacks=110),
        empty(successful_attacks=220),
        empty(successful_attacks=None),
        empty(simulated_attacks=None),
    ],
)
def test_a_score_that_can_be_true_is_no_contradiction(scores: Scores) -> None:
    """Above all, a target that withstood nothing does score 0."""
    assert find_contradiction(scores) is None


@pytest.mark.parametrize("min_score", [0, 80])
def test_a_contradiction_is_not_the_targets_fault(min_score: int) -> None:
    """It is inconclusive, whether or not the score would have been enough."""
    verdict = evaluate(make_policy(min_score=make_limit(min_score)), make_evidence(scores=empty()))
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert "209 of 220 attacks were withstood" in verdict.reason
    assert {check.id: check.outcome for check in verdict.checks}["overall-score"] is CheckOutcome.ERROR


@pytest.mark.parametrize("source", [BEFORE, "report.json"])
def test_a_baseline_that_contradicts_itself_cannot_be_used(source: str) -> None:
    """Compared with a score of 0, no score can drop."""
    baseline = make_baseline(source=source, scores=empty())
    policy = make_policy(max_score_drop=make_limit(5), baseline=Limit(source))
    verdict = evaluate(policy, make_evidence(baseline=baseline))
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert f"The baseline {source} contradicts itself: the overall score is 0" in verdict.reason
