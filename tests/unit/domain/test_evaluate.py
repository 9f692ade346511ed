"""What a gate's evidence leads to, as one table."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from probe_gate.domain.evaluate import evaluate
from probe_gate.domain.evidence import EarlyExit, Evidence, Overlap, RunOrigin, Unavailable
from probe_gate.domain.policy import REST, CategoryMinimum, Limit, Policy
from probe_gate.domain.probes import CHOSEN_BY_ID
from probe_gate.domain.verdict import CheckOutcome, TargetVerdict
from probe_gate.errors import Outcome
from tests.harness.factories import (
    NOW,
    make_counts,
    make_evidence,
    make_facts,
    make_policy,
    make_run,
    make_scores,
    make_scores_before,
    make_strict_policy,
    make_waiver,
)


def limit(value: float | str) -> Limit[Decimal]:
    return Limit(Decimal(str(value)))


def minimum(category: str, value: float | str) -> CategoryMinimum:
    return CategoryMinimum(category, limit(value))


def outcome_of(verdict: TargetVerdict, check_id: str) -> CheckOutcome:
    return next(check.outcome for check in verdict.checks if check.id == check_id)


PASSED, FAILED, ERROR, WAIVED, INFO = (
    CheckOutcome.PASSED,
    CheckOutcome.FAILED,
    CheckOutcome.ERROR,
    CheckOutcome.WAIVED,
    CheckOutcome.INFO,
)

CASES: dict[str, tuple[Evidence, Policy, Outcome, dict[str, CheckOutcome]]] = {
    "a good run": (make_evidence(), make_policy(), Outcome.PASSED, {"overall-score": PASSED}),
    "a score equal to its minimum": (
        make_evidence(scores=make_scores(overall=80)),
        make_policy(),
        Outcome.PASSED,
        {"overall-score": PASSED},
    ),
    "a score below its minimum": (
        make_evidence(scores=make_scores(overall=79)),
        make_policy(),
        Outcome.FAILED,
        {"overall-score": FAILED},
    ),
    "a minimum with a fraction": (
        make_evidence(scores=make_scores(overall=80)),
        make_policy(min_score=limit("80.5")),
        Outcome.FAILED,
        {"overall-score": FAILED},
    ),
    "a category a hair below its minimum": (
        make_evidence(scores=make_scores(categories={"Security": 89.9999})),
        make_policy(min_category_scores=(minimum("Security", 90),)),
        Outcome.FAILED,
        {"category-score:Security": FAILED},
    ),
    "a category named in another case": (
        make_evidence(scores=make_scores(categories={"SECURITY": 95.0})),
        make_policy(min_category_scores=(minimum("security", 90),)),
        Outcome.PASSED,
        {"category-score:SECURITY": PASSED},
    ),
    "a named category that is not reported": (
        make_evidence(),
        make_policy(min_category_scores=(minimum("Privacy", 10),)),
        Outcome.INCONCLUSIVE,
        {"category-score:Privacy": ERROR, "overall-score": PASSED},
    ),
    "a named category without a score": (
        make_evidence(),
        make_policy(min_category_scores=(minimum("Custom", 10),)),
        Outcome.INCONCLUSIVE,
        {"category-score:Custom": ERROR},
    ),
    "the rest has no score and never had": (
        make_evidence(),
        make_policy(min_category_scores=(minimum(REST, 70),)),
        Outcome.PASSED,
        {"category-score:Custom": INFO, "category-score:Safety": PASSED},
    ),
    "a category of the rest that lost its score": (
        make_evidence(scores=make_scores(categories={"Security": 95.0, "Safety": None})),
        make_policy(min_category_scores=(minimum(REST, 70),)),
        Outcome.INCONCLUSIVE,
        {"category-score:Safety": ERROR},
    ),
    "no category at all under a limit for each": (
        make_evidence(scores=make_scores(categories=None), scores_before=make_scores_before(categories=None)),
        make_policy(min_category_scores=(minimum(REST, 70),)),
        Outcome.INCONCLUSIVE,
        {f"category-score:{REST}": ERROR},
    ),
    "more attacks succeeded than allowed": (
        make_evidence(run=make_run(counts=make_counts(passed=94, failed=6, errors=0))),
        make_policy(max_attack_success_rate=limit(5)),
        Outcome.FAILED,
        {"attack-success-rate": FAILED, "overall-score": PASSED},
    ),
    "just as many attacks succeeded as allowed": (
        make_evidence(run=make_run(counts=make_counts(passed=95, failed=5, errors=0))),
        make_policy(max_attack_success_rate=limit(5)),
        Outcome.PASSED,
        {"attack-success-rate": PASSED},
    ),
    "a small unlucky sample, with a confidence": (
        make_evidence(run=make_run(counts=make_counts(passed=18, failed=2, errors=0, total=20))),
        make_policy(max_attack_success_rate=limit(5), confidence=limit(95)),
        Outcome.PASSED,
        {"attack-success-rate": PASSED},
    ),
    "a large sample over the limit, with a confidence": (
        make_evidence(run=make_run(counts=make_counts(passed=900, failed=100, errors=0, total=1000))),
        make_policy(max_attack_success_rate=limit(5), confidence=limit(95)),
        Outcome.FAILED,
        {"attack-success-rate": FAILED},
    ),
    "too many errors": (
        make_evidence(run=make_run(counts=make_counts(passed=80, failed=3, errors=17))),
        make_policy(),
        Outcome.INCONCLUSIVE,
        {"error-rate": ERROR, "overall-score": PASSED},
    ),
    "test cases that were planned and not executed": (
        make_evidence(run=make_run(counts=make_counts(passed=50, failed=0, errors=0))),
        make_policy(),
        Outcome.INCONCLUSIVE,
        {"error-rate": ERROR},
    ),
    "counts over their total": (
        make_evidence(run=make_run(counts=make_counts(passed=120))),
        make_policy(max_attack_success_rate=limit(50)),
        Outcome.INCONCLUSIVE,
        {"test-cases": ERROR, "error-rate": ERROR, "attack-success-rate": ERROR},
    ),
    "a run that judged nothing": (
        make_evidence(run=make_run(counts=make_counts(passed=0, failed=0, errors=0, total=0))),
        make_policy(),
        Outcome.INCONCLUSIVE,
        {"test-cases": ERROR, "scores-fresh": ERROR, "overall-score": ERROR},
    ),
    "a failed check outweighs one that could not be judged": (
        make_evidence(scores=make_scores(overall=40)),
        make_policy(min_category_scores=(minimum("Privacy", 10),)),
        Outcome.FAILED,
        {"overall-score": FAILED, "category-score:Privacy": ERROR},
    ),
    "fewer probes ran than were asked for": (
        make_evidence(facts=make_facts(probe_ids=(1, 2, 3), probe_choice=CHOSEN_BY_ID)),
        make_policy(),
        Outcome.INCONCLUSIVE,
        {"test-cases": ERROR},
    ),
    "an overlapped run": (
        make_evidence(overlaps=(Overlap(9, "RUNNING", None, "it was going"),), scores=make_scores(overall=10)),
        make_policy(),
        Outcome.INCONCLUSIVE,
        {"scores-fresh": ERROR, "overall-score": ERROR, "test-cases": PASSED},
    ),
    "an overlapped run whose own counts break the policy": (
        make_evidence(
            overlaps=(Overlap(9, "RUNNING", None, "it was going"),),
            run=make_run(counts=make_counts(passed=50, failed=50, errors=0)),
        ),
        make_policy(max_attack_success_rate=limit(5)),
        Outcome.FAILED,
        {"scores-fresh": ERROR, "attack-success-rate": FAILED},
    ),
    "scores that did not move": (
        make_evidence(scores=make_scores_before(overall=10), scores_before=make_scores_before(overall=10)),
        make_policy(),
        Outcome.INCONCLUSIVE,
        {"scores-fresh": ERROR, "overall-score": ERROR},
    ),
    "scores that were read too briefly": (
        make_evidence(stable_seconds=0.0),
        make_policy(),
        Outcome.INCONCLUSIVE,
        {"scores-fresh": ERROR},
    ),
    "scores on no attack": (
        make_evidence(scores=make_scores(simulated_attacks=0, successful_attacks=0)),
        make_policy(),
        Outcome.INCONCLUSIVE,
        {"scores-fresh": ERROR},
    ),
    "more attacks succeeded than were simulated": (
        make_evidence(scores=make_scores(simulated_attacks=10, successful_attacks=11)),
        make_policy(),
        Outcome.INCONCLUSIVE,
        {"scores-fresh": ERROR},
    ),
    "a run that failed on the platform": (
        make_evidence(run=make_run(status="Error"), scores=make_scores(overall=10)),
        make_policy(),
        Outcome.RUN_ENDED,
        {"run-completed": ERROR, "overall-score": ERROR, "test-cases": ERROR},
    ),
    "a run that was cancelled on the platform": (
        make_evidence(run=make_run(status="canceled")),
        make_policy(),
        Outcome.RUN_ENDED,
        {"run-completed": ERROR},
    ),
    "a status that nobody knows": (
        make_evidence(run=make_run(status="DONE?")),
        make_policy(),
        Outcome.INCONCLUSIVE,
        {"run-completed": ERROR},
    ),
    "time over": (
        make_evidence(run=make_run(status="RUNNING"), early_exit=EarlyExit(Outcome.TIMED_OUT, "Not over in time.")),
        make_policy(),
        Outcome.TIMED_OUT,
        {"run-completed": ERROR},
    ),
    "cancelled although a limit is broken": (
        make_evidence(scores=make_scores(overall=10), early_exit=EarlyExit(Outcome.CANCELLED, "Cancelled by SIGTERM.")),
        make_policy(),
        Outcome.CANCELLED,
        {"overall-score": FAILED},
    ),
    "an outage while settling does not hide broken counts": (
        make_evidence(
            run=make_run(counts=make_counts(passed=50, failed=50, errors=0)),
            scores=Unavailable("not read"),
            early_exit=EarlyExit(Outcome.PLATFORM_ERROR, "The platform cannot be reached."),
        ),
        make_policy(max_attack_success_rate=limit(5)),
        Outcome.FAILED,
        {"attack-success-rate": FAILED, "scores-fresh": ERROR},
    ),
    "every limit set and kept": (
        make_evidence(baseline=None),
        replace(make_strict_policy(), max_score_drop=None),
        Outcome.PASSED,
        {"attack-success-rate": PASSED},
    ),
    "a waived failure": (
        make_evidence(scores=make_scores(categories={"Safety": 10.0})),
        make_policy(min_category_scores=(minimum("Safety", 80),), waivers=(make_waiver(),)),
        Outcome.PASSED,
        {"category-score:Safety": WAIVED},
    ),
    "a waiver that ended yesterday": (
        make_evidence(scores=make_scores(categories={"Safety": 10.0})),
        make_policy(
            min_category_scores=(minimum("Safety", 80),),
            waivers=(make_waiver(until=(NOW - timedelta(days=1)).date()),),
        ),
        Outcome.FAILED,
        {"category-score:Safety": FAILED, "policy:waivers": INFO},
    ),
    "a waiver on its last day": (
        make_evidence(scores=make_scores(categories={"Safety": 10.0})),
        make_policy(min_category_scores=(minimum("Safety", 80),), waivers=(make_waiver(until=NOW.date()),)),
        Outcome.PASSED,
        {"category-score:Safety": WAIVED, "policy:waivers": INFO},
    ),
    "what could not be judged cannot be waived": (
        make_evidence(scores=make_scores(categories={})),
        make_policy(min_category_scores=(minimum("Safety", 80),), waivers=(make_waiver(),)),
        Outcome.INCONCLUSIVE,
        {"category-score:Safety": ERROR},
    ),
    "present scores, without a run": (
        make_evidence(facts=make_facts(origin=RunOrigin.NONE), run=Unavailable("no run")),
        make_policy(),
        Outcome.PASSED,
        {"scores-fresh": PASSED, "overall-score": PASSED},
    ),
    "present scores that are too old": (
        make_evidence(facts=make_facts(origin=RunOrigin.NONE), run=Unavailable("no run"), scores=make_scores_before()),
        make_policy(max_age=Limit(timedelta(days=6))),
        Outcome.INCONCLUSIVE,
        {"scores-fresh": ERROR},
    ),
    "present scores from the future": (
        make_evidence(
            facts=make_facts(origin=RunOrigin.NONE),
            run=Unavailable("no run"),
            scores=make_scores(latest_execution=NOW + timedelta(days=1)),
        ),
        make_policy(max_age=Limit(timedelta(days=6))),
        Outcome.INCONCLUSIVE,
        {"scores-fresh": ERROR},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_evidence_leads_to_its_outcome(name: str) -> None:
    """Each kind of evidence has one outcome, and the checks that say why."""
    evidence, policy, outcome, checks = CASES[name]
    verdict = evaluate(policy, evidence)
    assert verdict.outcome is outcome, verdict.reason
    assert {check_id: outcome_of(verdict, check_id) for check_id in checks} == checks
    assert verdict.reason


def test_checks_stand_in_the_order_of_the_story() -> None:
    """The run first, then whether the scores are its own, then counts, scores and rates."""
    verdict = evaluate(make_policy(), make_evidence(scores=make_scores(categories={"B": 90.0, "A": 90.0})))
    assert [check.id for check in verdict.checks] == [
        "run-completed",
        "scores-fresh",
        "test-cases",
        "error-rate",
        "overall-score",
        "category-score:A",
        "category-score:B",
        "attack-success-rate",
    ]


def test_a_number_is_never_said_to_be_below_itself() -> None:
    """79.996 under a minimum of 80 is shown with the digits that tell them apart."""
    evidence = make_evidence(scores=make_scores(categories={"Safety": 79.996}))
    verdict = evaluate(make_policy(min_category_scores=(minimum("Safety", 80),)), evidence)
    check = next(check for check in verdict.checks if check.id == "category-score:Safety")
    assert (check.measured, check.limit) == ("79.996", "at least 80")


def test_chosen_probes_are_said_at_each_score() -> None:
    """With chosen probes the scores also cover earlier runs of the others."""
    run = make_run(probes=("One", "Two"))
    verdict = evaluate(make_policy(), make_evidence(run=run, facts=make_facts(probe_ids=(1, 2))))
    scores = [check for check in verdict.checks if check.kind in ("overall-score", "category-score")]
    assert scores
    assert all("earlier runs of the other probes" in check.message for check in scores)
