"""What holds for all sequences of runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from probe_gate.domain.confirmation import judge_runs, needs_another_run
from probe_gate.domain.evaluate import evaluate
from probe_gate.domain.evidence import EarlyExit, Evidence, Unavailable
from probe_gate.domain.policy import REST, CategoryMinimum, Limit, Policy
from probe_gate.domain.run import Run
from probe_gate.domain.scores import Scores
from probe_gate.domain.verdict import CheckOutcome
from probe_gate.errors import Outcome
from tests.harness.factories import (
    evidences,
    make_baseline,
    make_counts,
    make_evidence,
    make_run,
    make_scores,
    make_scores_before,
)
from tests.harness.profiles import examples

SEEDS = st.integers(0, 2**48)
CATEGORIES = ("Security", "Safety")
JUDGED = 100
BASELINE = make_baseline(scores=make_scores_before(overall=85, categories={"Security": 85.0, "Safety": 85.0}))


def make_policy(dice: Random) -> Policy:
    def limit(low: int, high: int) -> Limit[Decimal]:
        return Limit(Decimal(dice.randint(low, high)))

    return Policy(
        min_score=limit(70, 90),
        min_category_scores=dice.choice(
            ((), (CategoryMinimum(REST, limit(70, 90)),), (CategoryMinimum("Safety", limit(70, 90)),))
        ),
        max_attack_success_rate=dice.choice((None, limit(2, 10))),
        confidence=dice.choice((None, Limit(Decimal(95)))),
        max_score_drop=dice.choice((None, limit(1, 10))),
        baseline=Limit("baseline/report.json"),
        confirm=Limit(dice.choice((2, 4))),
    )


def make_judged_run(dice: Random) -> Evidence:
    """Return the evidence of a run that can be judged, around the limits of `make_policy`."""
    failed = dice.randint(0, 14)
    return make_evidence(
        run=make_run(counts=make_counts(passed=JUDGED - failed, failed=failed, errors=0, total=JUDGED)),
        scores=make_scores(
            overall=dice.randint(65, 100), categories={name: dice.uniform(65, 100) for name in CATEGORIES}
        ),
        baseline=BASELINE,
    )


def improve(evidence: Evidence, dice: Random) -> Evidence:
    """Return the evidence of a run that is better in everything, with as many test cases with a result."""
    scores, run = evidence.scores, evidence.run
    assert isinstance(scores, Scores)
    assert isinstance(run, Run)
    assert scores.overall is not None
    better = {
        name: min((score or 0) + dice.choice((0.0, 5.0, 40.0)), 100.0)
        for name, score in (scores.categories or {}).items()
    }
    failed = max((run.counts.failed or 0) - dice.choice((0, 1, 10)), 0)
    return replace(
        evidence,
        run=replace(run, counts=make_counts(passed=JUDGED - failed, failed=failed, errors=0, total=JUDGED)),
        scores=replace(scores, overall=min(scores.overall + dice.choice((0, 3, 30)), 100), categories=better),
    )


def made_runs(policy: Policy, dice: Random) -> list[Evidence]:
    """Return the runs that a gate would make: as many as can change the verdict."""
    runs = [make_judged_run(dice)]
    while needs_another_run(policy, runs):
        runs.append(make_judged_run(dice))
    return runs


def outcome_of(policy: Policy, runs: Sequence[Evidence]) -> Outcome:
    return judge_runs(policy, runs).outcome


@given(SEEDS)
@settings(max_examples=examples(200))
def test_the_order_of_the_runs_that_were_made_does_not_matter(seed: int) -> None:
    """Where each of them may be the first one, that is, where it failed by itself."""
    dice = Random(seed)  # noqa: S311 - not for secrets
    policy = make_policy(dice)
    runs = made_runs(policy, dice)
    shuffled = dice.sample(runs, len(runs))
    if evaluate(policy, shuffled[0]).outcome is not Outcome.FAILED:
        return
    one, other = judge_runs(policy, runs), judge_runs(policy, shuffled)
    assert one.outcome is other.outcome
    assert [(check.id, check.outcome, check.measured, check.message) for check in one.checks] == [
        (check.id, check.outcome, check.measured, check.message) for check in other.checks
    ]


@given(SEEDS)
@settings(max_examples=examples(200))
def test_a_better_run_never_turns_green_to_red(seed: int) -> None:
    """Better in everything, with as many judged test cases."""
    dice = Random(seed)  # noqa: S311 - not for secrets
    policy = make_policy(dice)
    runs = made_runs(policy, dice)
    position = dice.randrange(len(runs))
    better = [improve(run, dice) if index == position else run for index, run in enumerate(runs)]
    if outcome_of(policy, runs) is Outcome.PASSED:
        assert outcome_of(policy, better) is Outcome.PASSED


@given(SEEDS)
@settings(max_examples=examples(200))
def test_a_verdict_that_is_decided_cannot_change(seed: int) -> None:
    """Whatever the runs would have shown that were not made."""
    dice = Random(seed)  # noqa: S311 - not for secrets
    policy = make_policy(dice)
    runs = made_runs(policy, dice)
    assert policy.confirm is not None
    more = [make_judged_run(dice) for _ in range(1 + policy.confirm.value - len(runs))]
    if evaluate(policy, runs[0]).outcome is Outcome.FAILED:
        assert outcome_of(policy, [*runs, *more]) is outcome_of(policy, runs)


BREAKS: tuple[Callable[[Evidence], Evidence], ...] = (
    lambda run: replace(run, scores=Unavailable("none")),
    lambda run: replace(run, run=Unavailable("none")),
    lambda run: replace(run, overlaps=Unavailable("none")),
    lambda run: replace(run, stable_seconds=0.0),
    lambda run: replace(run, early_exit=EarlyExit(Outcome.PLATFORM_ERROR, "It ended.")),
)


@given(SEEDS, st.lists(evidences(), max_size=2))
@settings(max_examples=examples(100))
def test_confirming_never_turns_what_could_not_be_judged_into_a_pass(seed: int, drawn: list[Evidence]) -> None:
    """Neither the first run nor a later one."""
    dice = Random(seed)  # noqa: S311 - not for secrets
    policy = make_policy(dice)
    runs = [*(make_judged_run(dice) for _ in range(dice.randint(1, 4))), *drawn]
    position = dice.randrange(len(runs))
    runs[position] = dice.choice(BREAKS)(make_judged_run(dice))
    verdict = judge_runs(policy, runs)
    if verdict.outcome is Outcome.PASSED:  # by the first run alone
        assert position > 0
        assert evaluate(policy, runs[0]).outcome is Outcome.PASSED


@given(SEEDS)
@settings(max_examples=examples(200))
def test_a_pass_over_several_runs_keeps_each_limit(seed: int) -> None:
    """No check that failed over all runs is behind it."""
    dice = Random(seed)  # noqa: S311 - not for secrets
    policy = make_policy(dice)
    runs = made_runs(policy, dice)
    verdict = judge_runs(policy, runs)
    if verdict.outcome is not Outcome.PASSED or len(runs) == 1:
        return
    assert not any(check.outcome in (CheckOutcome.FAILED, CheckOutcome.ERROR) for check in verdict.checks)
    overalls = sorted(run.scores.overall for run in runs if isinstance(run.scores, Scores) and run.scores.overall)
    assert overalls[(len(overalls) - 1) // 2] >= policy.min_score.value
