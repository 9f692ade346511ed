"""Judging several runs together: the median of each score, the sums of the counts, and which failures are confirmed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from probe_gate.domain.confirmation import judge_runs, may_be_confirmed, needs_another_run
from probe_gate.domain.evaluate import evaluate
from probe_gate.domain.evidence import Baseline, EarlyExit, Evidence, Overlap, RunOrigin
from probe_gate.domain.policy import BEFORE, CategoryMinimum, Limit, Overrides, Policy, Waiver
from probe_gate.domain.scores import Scores
from probe_gate.domain.verdict import Check, CheckOutcome, TargetVerdict
from probe_gate.errors import Outcome
from tests.harness import factories as make

TWICE = make.make_policy(confirm=Limit(2))
FOUR_TIMES = make.make_policy(confirm=Limit(4))


def run(overall: int = 90, *, failed: int = 3, judged: int = 99, **categories: float | None) -> Evidence:
    """Return the evidence of a run that can be judged; 1 of its test cases was in error."""
    return make.make_evidence(
        run=make.make_run(counts=make.make_counts(passed=judged - failed, failed=failed, total=judged + 1)),
        scores=make.make_scores(overall=overall, categories=categories or {"Security": 91.0, "Safety": 80.5}),
    )


def judge(policy: Policy, *runs: Evidence, overrides: Overrides | None = None, not_started: str = "") -> TargetVerdict:
    return judge_runs(policy, runs, overrides, not_started=not_started)


def check_of(verdict: TargetVerdict, check_id: str) -> Check:
    return next(check for check in verdict.checks if check.id == check_id)


@pytest.mark.parametrize(
    ("overalls", "median", "outcome"),
    [
        ((70, 90, 90), 90, Outcome.PASSED),
        ((70, 90, 75), 75, Outcome.FAILED),
        ((79, 81, 80), 80, Outcome.PASSED),
        ((70, 71), 70, Outcome.FAILED),
        ((71, 70), 70, Outcome.FAILED),
    ],
)
def test_scores_are_judged_by_their_median(overalls: tuple[int, ...], median: int, outcome: Outcome) -> None:
    """Of an even number of runs, the lower middle one counts."""
    verdict = judge(TWICE, *map(run, overalls))
    assert verdict.outcome is outcome
    assert check_of(verdict, "overall-score").measured_value == median
    assert verdict.confirmation is not None
    assert isinstance(verdict.scores, Scores)
    assert verdict.scores.overall == median
    assert verdict.evidence == run(overalls[0])


def test_four_more_runs_pass_by_three_of_five() -> None:
    """And not by two of five."""
    assert judge(FOUR_TIMES, *map(run, (70, 71, 90, 91, 92))).outcome is Outcome.PASSED
    assert judge(FOUR_TIMES, *map(run, (70, 71, 90, 91, 72))).outcome is Outcome.FAILED


def test_runs_that_each_fail_another_check_can_pass() -> None:
    """Each check is judged by itself, and the summary says so."""
    policy = replace(
        TWICE, min_category_scores=tuple(CategoryMinimum(name, Limit(Decimal(70))) for name in ("Safety", "Security"))
    )
    verdict = judge(policy, run(70, Safety=90, Security=90), run(Safety=60, Security=90), run(Safety=90, Security=60))
    assert verdict.outcome is Outcome.PASSED
    assert verdict.reason == (
        "Each of 3 runs failed a check on its own (overall-score, category-score:Safety, category-score:Security), but "
        "none of these checks failed over all runs."
    )
    assert verdict.confirmation is not None
    assert [result.failed for result in verdict.confirmation.results] == [
        ("overall-score",),
        ("category-score:Safety",),
        ("category-score:Security",),
    ]


def test_the_message_says_what_each_run_measured_and_how_many_failed() -> None:
    """A reader sees how close it was."""
    verdict = judge(TWICE, run(70), run(90), run(84))
    message = check_of(verdict, "overall-score").message
    assert message == "Not below the minimum. Median of 3 runs (70, 84, 90); 1 of them failed this check."
    assert (
        verdict.reason
        == "The failure was not confirmed: every check passed over 3 runs, of which 1 failed (overall-score)."
    )


def test_rates_are_judged_by_the_sums_of_the_counts() -> None:
    """A larger run has the larger part."""
    policy = replace(TWICE, max_attack_success_rate=Limit(Decimal(5)))
    verdict = judge(policy, run(failed=8, judged=100), run(failed=1, judged=200), run(failed=7, judged=100))
    assert verdict.outcome is Outcome.PASSED
    rate = check_of(verdict, "attack-success-rate")
    assert rate.measured == "4 % (16 of 400)"
    assert rate.message.endswith(
        "All test cases of 3 runs (0.5 % (1 of 200), 7 % (7 of 100), 8 % (8 of 100)); 2 of them failed this check."
    )


def test_the_interval_is_that_of_all_test_cases() -> None:
    """So more runs make it narrower."""
    policy = replace(TWICE, max_attack_success_rate=Limit(Decimal(5)), confidence=Limit(Decimal(95)))
    one = run(failed=12, judged=100)
    assert evaluate(policy, one).outcome is Outcome.FAILED
    borderline = run(failed=9, judged=100)
    assert evaluate(policy, borderline).outcome is Outcome.PASSED
    assert judge(policy, one, borderline, borderline).outcome is Outcome.FAILED


def test_drops_are_measured_against_the_reading_before_the_first_run() -> None:
    """Otherwise a second try would be compared with the first one's loss."""
    policy = replace(TWICE, max_score_drop=Limit(Decimal(5)), baseline=Limit(BEFORE), min_score=Limit(Decimal(0)))
    before = Baseline(BEFORE, make.make_scores_before(overall=90, categories={}), target_id=42)
    runs = [replace(run(overall), baseline=before) for overall in (80, 84, 88)]
    verdict = judge(policy, *runs)
    assert verdict.outcome is Outcome.FAILED
    assert check_of(verdict, "score-drop:overall").measured == "6 (from 90 to 84)"


@pytest.mark.parametrize(
    ("overalls", "policy", "needs"),
    [
        ((70,), TWICE, True),
        ((90,), TWICE, False),
        ((70, 90), TWICE, True),
        ((70, 71), TWICE, False),
        ((70, 90, 90), TWICE, False),
        ((70, 90, 71), FOUR_TIMES, True),
        ((70, 72, 71), FOUR_TIMES, False),
        ((70, 90, 90), FOUR_TIMES, True),
        ((70, 90, 90, 90), FOUR_TIMES, False),
        ((70,), make.make_policy(), False),
        ((70,), make.make_policy(confirm=Limit(0)), False),
    ],
)
def test_runs_are_started_only_while_they_can_change_the_verdict(
    overalls: tuple[int, ...], policy: Policy, *, needs: bool
) -> None:
    """Neither the best ones that are left nor the worst could change it any more."""
    assert needs_another_run(policy, list(map(run, overalls))) is needs


def test_a_rate_that_no_further_run_can_correct_is_not_confirmed() -> None:
    """Even without a single failure in as many test cases, it would stay over its limit."""
    policy = replace(TWICE, max_attack_success_rate=Limit(Decimal(5)))
    assert needs_another_run(policy, [run(failed=14, judged=99)])
    assert not needs_another_run(policy, [run(failed=15, judged=99)])


def other_than_the_first(**changes: Any) -> Evidence:
    return replace(run(90), **changes)


UNJUDGED: dict[str, dict[str, Any]] = {
    "ended": {"run": make.make_run(status="FAILED")},
    "timed out": {"early_exit": EarlyExit(Outcome.TIMED_OUT, "It took too long.")},
    "no access": {"early_exit": EarlyExit(Outcome.AUTH_ERROR, "Refused.")},
    "wrong configuration": {"early_exit": EarlyExit(Outcome.CONFIG_ERROR, "Refused.")},
    "overlapped": {"overlaps": (Overlap(9, "RUNNING", None, "it appeared after this run was started"),)},
    "no time to see": {"stable_seconds": 0.0},
    "too many errors": {"run": make.make_run(counts=make.make_counts(passed=60, failed=0, errors=40))},
    "nothing judged": {"run": make.make_run(counts=make.make_counts(passed=0, failed=0, errors=0, total=0))},
    "no score": {"scores": make.make_scores(overall=None)},
    "category lost": {"scores": make.make_scores(overall=95, categories={"Security": None})},
}


@pytest.mark.parametrize("name", UNJUDGED)
def test_a_run_that_could_not_be_judged_leaves_the_failure_standing(name: str) -> None:
    """With a note, and with the checks of the first run."""
    policy = replace(TWICE, min_category_scores=(make.make_minimum("Security", 50),))
    first = run(70)
    verdict = judge(policy, first, other_than_the_first(**UNJUDGED[name]))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.checks == evaluate(policy, first).checks
    assert verdict.confirmation is not None
    assert verdict.confirmation.summary.startswith("Run 2 of the same probes could not be judged")
    assert verdict.confirmation.scores is None
    assert not needs_another_run(policy, [first, other_than_the_first(**UNJUDGED[name])])


@pytest.mark.parametrize("outcome", [Outcome.CANCELLED, Outcome.INTERNAL_ERROR])
def test_a_signal_and_a_bug_outrank_the_failure(outcome: Outcome) -> None:
    """They say something about the gate, not about the target."""
    verdict = judge(TWICE, run(70), other_than_the_first(early_exit=EarlyExit(outcome, "It ended.")))
    assert verdict.outcome is outcome
    assert verdict.reason == "It ended."


def test_no_time_for_another_run_leaves_the_failure_standing() -> None:
    """And the summary says why."""
    verdict = judge(TWICE, run(70), not_started="There was no time.")
    assert verdict.outcome is Outcome.FAILED
    assert verdict.confirmation is not None
    assert verdict.confirmation.summary == "There was no time. So the failure of the first run stands."
    assert judge(TWICE, run(70), run(90), not_started="There was no time.").outcome is Outcome.FAILED


def test_a_run_too_few_never_passes() -> None:
    """The report of a gate that left out the last run does not follow from its evidence."""
    assert judge(TWICE, run(70), run(90)).outcome is Outcome.FAILED


def test_more_runs_than_the_policy_allows_never_pass() -> None:
    """Runs are not repeated until they pass."""
    assert judge(TWICE, run(70), run(71), run(90), run(91), run(92)).outcome is Outcome.FAILED


@pytest.mark.parametrize("origin", [RunOrigin.EXISTING, RunOrigin.NONE])
def test_only_own_runs_are_confirmed(origin: RunOrigin) -> None:
    """Nothing is started for an existing run, or for scores without one."""
    evidence = replace(run(70), facts=make.make_facts(origin=origin))
    assert not may_be_confirmed(evaluate(TWICE, evidence))


def test_what_soft_fail_covers_is_not_confirmed() -> None:
    """It fails no build."""
    assert not may_be_confirmed(evaluate(replace(TWICE, soft_fail=frozenset({Outcome.FAILED})), run(70)))


def test_what_a_waiver_covers_is_not_confirmed() -> None:
    """It fails no build either; another check that fails is confirmed, and the waiver holds for all runs."""
    waiver = Waiver("overall-score", "*", make.make_waiver().until, "Known.")
    policy = replace(TWICE, waivers=(waiver,), min_category_scores=(make.make_minimum("Safety", 80),))
    assert evaluate(policy, run(70)).outcome is Outcome.PASSED
    assert not may_be_confirmed(evaluate(policy, run(70)))
    verdict = judge(policy, run(70, Safety=70), run(70, Safety=90), run(70, Safety=90))
    assert verdict.outcome is Outcome.PASSED
    assert check_of(verdict, "overall-score").outcome is CheckOutcome.WAIVED


def test_a_failure_beside_what_could_not_be_judged_is_not_confirmed() -> None:
    """No number of runs could make it a pass."""
    policy = replace(TWICE, min_category_scores=(make.make_minimum("Missing", 80),))
    verdict = evaluate(policy, run(70))
    assert verdict.outcome is Outcome.FAILED
    assert not may_be_confirmed(verdict)


def _above(base: Policy, *, pipeline: int, change: int) -> Overrides:
    return Overrides(replace(base, min_score=Limit(Decimal(pipeline))), replace(base, min_score=Limit(Decimal(change))))


def test_what_fails_by_the_changes_policy_alone_is_not_confirmed() -> None:
    """A change cannot start runs that cost credits."""
    assert not may_be_confirmed(evaluate(TWICE, run(85), _above(TWICE, pipeline=80, change=95)))
    assert may_be_confirmed(evaluate(TWICE, run(85), _above(TWICE, pipeline=90, change=90)))
    assert may_be_confirmed(evaluate(TWICE, run(70), _above(TWICE, pipeline=80, change=80)))


def test_the_runs_are_judged_by_each_policy() -> None:
    """The worst counts, as it does for one run."""
    overrides = _above(TWICE, pipeline=80, change=88)
    verdict = judge(TWICE, run(70), run(85), run(86), overrides=overrides)
    assert verdict.outcome is Outcome.FAILED
    assert [judgement.outcome for judgement in verdict.judgements] == [Outcome.PASSED, Outcome.PASSED, Outcome.FAILED]
    assert judge(TWICE, run(70), run(90), run(91), overrides=overrides).outcome is Outcome.PASSED


def test_other_checks_show_the_run_that_came_closest_to_the_limit() -> None:
    """They passed in each run."""
    verdict = judge(TWICE, run(70), run(90, judged=40), run(90))
    assert check_of(verdict, "test-cases").measured == "40"
