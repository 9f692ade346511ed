from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_gate.domain.evaluate import evaluate
from probe_gate.domain.evidence import Baseline, Evidence
from probe_gate.domain.formatting import format_difference, format_exact, format_number
from probe_gate.domain.policy import CategoryMinimum, Limit, Policy
from probe_gate.domain.verdict import Check, CheckOutcome
from probe_gate.errors import Outcome
from tests.harness.factories import NOW, make_counts, make_evidence, make_policy, make_run, make_scores

SCORES = st.decimals(0, 100, places=3).map(float)
LIMITS = st.decimals(0, 100, places=3)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (80, "80"), (80.0, "80"), (79.96, "79.96"), (84.996, "84.996"), (Decimal("0.000000001"), "0.000000001"),
        (100, "100"), (Decimal("-0"), "0"), (-0.5, "-0.5"), (84.33333333333333, "84.3"), (float("nan"), "nan"),
    ],
)  # fmt: skip
def test_a_number_has_the_digits_it_was_given(value: float | Decimal, text: str) -> None:
    """Only what came out of a division is rounded."""
    assert format_exact(value) == text


def test_a_long_number_is_told_from_its_limit() -> None:
    """As many digits as that takes."""
    assert format_exact(79.99999999999, 80) == "79.99999999999"
    assert format_exact(84.33333333333333, Decimal("84.3")) == "84.33"
    assert format_number(84.33333333333333, 90) == "84.3"


@pytest.mark.parametrize(
    ("one", "other", "text"),
    [(80, 79.96, "0.04"), (80, 80, "0"), (79.96, 80, "0.04"), (90, 84.33333333333333, "5.7"), (1e-13, 0, "0.0000000000001")],
)  # fmt: skip
def test_a_difference_is_never_nothing(one: float, other: float, text: str) -> None:
    """Unless there is none."""
    assert format_difference(one, other) == text


def judge(evidence: Evidence, policy: Policy, check_id: str) -> Check:
    (check,) = [check for check in evaluate(policy, evidence).checks if check.id == check_id]
    return check


def judge_category(score: float, limit: Decimal) -> Check:
    minimum = CategoryMinimum("Security", Limit(limit))
    evidence = make_evidence(scores=make_scores(categories={"Security": score}))
    return judge(evidence, make_policy(min_category_scores=(minimum,)), "category-score:Security")


def test_a_score_just_below_its_minimum() -> None:
    """By how much it is below is not rounded to nothing."""
    check = judge_category(79.96, Decimal(80))
    assert (check.outcome, check.measured, check.limit) == (CheckOutcome.FAILED, "79.96", "at least 80")
    assert check.message.startswith("0.04 points below the minimum.")


def test_a_minimum_with_digits() -> None:
    """Of 79.96 as a minimum it is not said that 79.97 is at least 80."""
    check = judge_category(79.95, Decimal("79.96"))
    assert (check.measured, check.limit) == ("79.95", "at least 79.96")
    assert check.message.startswith("0.01 points below the minimum.")


@given(SCORES, LIMITS)
def test_what_is_said_of_a_score_adds_up(score: float, limit: Decimal) -> None:
    """Whoever subtracts the numbers of a report gets the numbers of the report."""
    check = judge_category(score, limit)
    assert Decimal(check.measured) == Decimal(repr(score))
    assert check.limit == f"at least {format_exact(limit)}"
    if check.outcome is CheckOutcome.FAILED:
        missing = Decimal(check.message.split()[0])
        assert missing == Decimal(check.limit.split()[-1]) - Decimal(check.measured) > 0


def judge_drop(old: float, new: float, limit: Decimal) -> Check:
    scores = make_scores(categories={"Security": new})
    baseline = Baseline(
        source="main.json",
        target_id=42,
        outcome=Outcome.PASSED,
        judged_at=NOW,
        scores=make_scores(categories={"Security": old}),
    )
    policy = make_policy(max_score_drop=Limit(limit))
    return judge(make_evidence(scores=scores, baseline=baseline), policy, "score-drop:Security")


def test_a_loss_just_over_its_limit() -> None:
    """From 90 to 84.996 is not from 90 to 85, which would be allowed."""
    check = judge_drop(90.0, 84.996, Decimal(5))
    assert check.outcome is CheckOutcome.FAILED
    assert check.measured == "5.004 (from 90 to 84.996)"
    assert check.message.startswith("The score went from 90 to 84.996.")


@given(SCORES, SCORES, LIMITS)
def test_what_is_said_of_a_loss_adds_up(old: float, new: float, limit: Decimal) -> None:
    """The loss is the difference of the two scores that are named."""
    check = judge_drop(old, new, limit)
    lost, before, after = map(Decimal, re.fullmatch(r"(\S+) \(from (\S+) to (\S+)\)", check.measured).groups())  # type: ignore[union-attr]
    assert lost == max(before - after, Decimal(0))
    assert (check.outcome is CheckOutcome.FAILED) == (lost > limit)


def test_a_rate_over_a_limit_with_digits() -> None:
    """1.98 % is not said to be over 2 %."""
    run = make_run(counts=make_counts(passed=990, failed=10, errors=20, total=1020))
    check = judge(make_evidence(run=run), make_policy(max_error_rate=Limit(Decimal("1.96"))), "error-rate")
    assert (check.outcome, check.limit) == (CheckOutcome.ERROR, "at most 1.96 %")
    assert check.measured == "1.961 % (20 of 1020)"
