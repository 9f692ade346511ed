"""What went wrong on platforms that were not the sandbox, case by case."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from probe_gate.domain.evidence import RunOrigin
from probe_gate.domain.freshness import may_lag_behind_counts
from probe_gate.domain.policy import BEFORE, Limit, Policy
from probe_gate.domain.probes import ChosenProbes, RecommendedProbes
from probe_gate.domain.scores import Scores
from probe_gate.domain.verdict import Check
from probe_gate.errors import Outcome
from probe_gate.use_cases.context import GatePorts
from probe_gate.use_cases.gate_target import gate_target
from tests.harness.factories import make_scores
from tests.harness.fake_targets import TYPE_ID, FakeTargets, make_target_answer, make_type
from tests.harness.partial import Joined
from tests.readings.platform import PlatformRun, Result
from tests.readings.play import OWN_ID, TARGET, Gate, Script, Situation, make_plan, make_platform, mark_of
from tests.readings.readings import (
    CountsForm,
    Executed,
    NoScores,
    Precision,
    ProbesForm,
    Readings,
    Scored,
    Units,
    Zone,
)

GOOD = Script((Result(96, 3, 1, 93), Result(88, 10, 0, 90)))
BAD = Script((Result(60, 38, 1, 12), Result(70, 29, 0, 15)))
OTHER_GOOD = Script((Result(95, 4, 0, 94), Result(90, 6, 0, 97)))
OTHER_BAD = Script((Result(50, 44, 0, 10), Result(75, 21, 0, 20)))
DAY = 86_400.0


def ended(script: Script, at: float, run_id: int = 100, **changes: Any) -> PlatformRun:
    """A run of somebody else that ends at that time."""
    return replace(script.run(run_id, "nightly", at - script.whole_seconds), **changes)


def scored(overall: int) -> Script:
    """A run with that score and counts of its own."""
    return Script((Result(100 - overall // 3, overall // 3, 0, overall), Result(90, 10, 0, overall)))


def fresh(gate: Gate) -> Check:
    return next(check for check in gate.verdict.checks if check.id == "scores-fresh")


def overall_before(gate: Gate) -> int | None:
    before = gate.verdict.evidence.scores_before
    assert isinstance(before, Scores)
    return before.overall


# The reading before


def test_the_reading_before_is_made_after_the_wait_for_a_busy_target() -> None:
    """A good run that ends meanwhile must not look like news."""
    gate = Situation(Readings(), BAD, (ended(OTHER_BAD, -1200.0), ended(OTHER_GOOD, 45.0, 101))).play()
    assert gate.verdict.outcome is Outcome.FAILED
    assert overall_before(gate) == 96


@pytest.mark.parametrize(
    ("earlier", "meanwhile", "own", "outcome"),
    [(95, 82, 81, Outcome.PASSED), (84, 95, 83, Outcome.FAILED)],
    ids=["lost-1-point", "lost-12-points"],
)
def test_a_drop_is_measured_from_the_scores_directly_before_the_trigger(
    earlier: int, meanwhile: int, own: int, outcome: Outcome
) -> None:
    """And not from those before the wait for another run."""
    policy = Policy(max_score_drop=Limit(Decimal(5)), baseline=Limit(BEFORE))
    others = (ended(scored(earlier), -1200.0), ended(scored(meanwhile), 45.0, 101))
    gate = Situation(Readings(), scored(own), others, plan=(("policy", policy),)).play()
    assert gate.verdict.outcome is outcome
    assert overall_before(gate) == meanwhile


# The scores follow late, or in parts


@pytest.mark.parametrize("units", [Units.JUDGED, Units.ODD])
@pytest.mark.parametrize("lead", [8.0, 20.0, 50.0])
def test_old_numbers_under_a_new_date_are_not_judged(units: Units, lead: float) -> None:
    """Seen: 90 stays for 8 s after the end, and becomes 20."""
    gate = Situation(Readings(units=units, date_lead_seconds=lead), BAD, (ended(OTHER_GOOD, -2 * 3600.0),)).play()
    assert gate.verdict.outcome is Outcome.FAILED


@pytest.mark.parametrize("units", [Units.JUDGED, Units.PLANNED, Units.ODD])
@pytest.mark.parametrize("lead", [8.0, 27.0])
@pytest.mark.parametrize(("own", "other"), [(BAD, OTHER_GOOD), (GOOD, OTHER_BAD)], ids=["bad", "good"])
def test_the_old_score_beside_the_new_counts_is_not_judged(
    own: Script, other: Script, lead: float, units: Units
) -> None:
    """Counts that come from a database, and a score that is computed some seconds later."""
    readings = Readings(units=units, counts_lead_seconds=lead)
    gate = Situation(readings, own, (ended(other, -2 * 3600.0),)).play()
    assert gate.verdict.outcome is gate.true_outcome
    assert not gate.judged_foreign_scores


@pytest.mark.parametrize("origin", [RunOrigin.EXISTING, RunOrigin.REUSED])
@pytest.mark.parametrize(("own", "other"), [(BAD, OTHER_GOOD), (GOOD, OTHER_BAD)], ids=["bad", "good"])
def test_the_old_score_beside_the_new_counts_is_not_judged_without_a_reading_before(
    own: Script, other: Script, origin: RunOrigin
) -> None:
    readings = Readings(counts_lead_seconds=27.0)
    gate = Situation(readings, own, (ended(other, -2 * 3600.0),), origin, own_requested_at=-20.0).play()
    assert gate.verdict.outcome is gate.true_outcome
    assert not gate.judged_foreign_scores


@pytest.mark.parametrize("own", [GOOD, BAD], ids=["good", "bad"])
def test_the_counts_of_the_first_run_are_not_judged_before_it_has_a_score(own: Script) -> None:
    gate = Situation(Readings(counts_lead_seconds=27.0), own).play()
    assert gate.verdict.outcome is gate.true_outcome
    assert not gate.judged_foreign_scores


@pytest.mark.parametrize(
    ("changes", "may_lag"),
    [
        ({}, True),
        ({"overall": 60}, True),
        ({"categories": {"Security": 40.0, "Safety": 95.0}}, True),
        ({"overall": 60, "categories": {"Security": 40.0, "Safety": 95.0}}, False),
        ({"overall": 60, "categories": None}, False),
    ],
)
def test_overall_score_and_categories_both_have_to_change_with_the_counts(
    changes: dict[str, Any], may_lag: bool
) -> None:
    """A platform may compute one after the other."""
    before = make_scores(overall=90, categories={"Security": 90.0, "Safety": 95.0}, successful_attacks=5)
    now = make_scores(**{"overall": 90, "categories": before.categories, "successful_attacks": 50, **changes})
    assert may_lag_behind_counts(now, before, has_earlier=True) is may_lag


def test_the_late_score_of_a_pending_run_is_not_judged_beside_the_new_counts() -> None:
    """It comes while the gate's own run is active, too late to be waited for."""
    own = replace(BAD, seconds=300.0)
    others = (ended(OTHER_BAD, -2 * 3600.0, 90), ended(GOOD, -5.0, lag_seconds=220.0))
    gate = Situation(Readings(counts_lead_seconds=27.0), own, others).play()
    assert gate.verdict.outcome in (gate.true_outcome, Outcome.INCONCLUSIVE)
    assert not gate.judged_foreign_scores


@pytest.mark.parametrize("older", [(ended(OTHER_BAD, -2 * 3600.0, 90),), ()], ids=["scored", "first"])
def test_a_run_that_was_waited_for_is_not_in_the_scores_by_its_counts_alone(older: tuple[PlatformRun, ...]) -> None:
    """Its score comes while the gate's own run is active, which would look like the score of that one."""
    own = replace(BAD, seconds=20.0)
    readings = Readings(counts_lead_seconds=27.0)
    gate = Situation(readings, own, (*older, ended(GOOD, 20.0))).play()
    assert gate.verdict.outcome in (gate.true_outcome, Outcome.INCONCLUSIVE)
    assert not gate.judged_foreign_scores


@pytest.mark.parametrize("units", [Units.JUDGED, Units.ODD])
def test_numbers_that_grow_in_steps_of_8_s_are_judged_when_they_are_whole(units: Units) -> None:
    gate = Situation(Readings(units=units, steps=5), BAD, (ended(OTHER_GOOD, -2 * 3600.0),)).play()
    assert gate.verdict.outcome is Outcome.FAILED
    assert not gate.judged_foreign_scores


@pytest.mark.parametrize("executed", list(Executed))
@pytest.mark.parametrize("own", [GOOD, BAD], ids=["good", "bad"])
def test_late_scores_of_a_run_that_ended_just_before_do_not_pass_for_its_own(executed: Executed, own: Script) -> None:
    other = OTHER_BAD if own is GOOD else OTHER_GOOD
    gate = Situation(Readings(executed=executed, lag_seconds=40.0), own, (ended(other, -1.0),)).play()
    assert gate.verdict.outcome is gate.true_outcome


@pytest.mark.parametrize("lag", [130.0, 300.0, 500.0])
def test_scores_may_lag_by_minutes(lag: float) -> None:
    gate = Situation(Readings(lag_seconds=lag), GOOD, (ended(OTHER_BAD, -1200.0),)).play()
    assert gate.verdict.outcome is Outcome.PASSED


def test_scores_that_come_after_their_time_are_not_waited_for() -> None:
    """The run has ended and is not cancelled."""
    gate = Situation(Readings(lag_seconds=5000.0), GOOD, (ended(OTHER_BAD, -9000.0),)).play()
    assert gate.verdict.outcome is Outcome.INCONCLUSIVE
    assert gate.ended_at < 63.2 + 600.0 + 60.0
    assert gate.platform.cancelled == []


@pytest.mark.parametrize("settle_seconds", [60.0, 120.0, 300.0])
def test_readings_may_be_minutes_apart(settle_seconds: float) -> None:
    gate = Situation(
        Readings(lag_seconds=10.0), GOOD, (ended(OTHER_BAD, -1200.0),), plan=(("settle_seconds", settle_seconds),)
    ).play()
    assert gate.verdict.outcome is Outcome.PASSED
    assert gate.ended_at < 63.2 + 10.0 + 2 * settle_seconds + 40.0


@pytest.mark.parametrize("no_scores", list(NoScores))
@pytest.mark.parametrize("own", [GOOD, BAD], ids=["good", "bad"])
def test_no_scores_until_they_are_computed_are_no_error(no_scores: NoScores, own: Script) -> None:
    """Whatever the platform answers for "not yet", and the run that has ended is not cancelled."""
    readings = Readings(no_scores=no_scores, silent_seconds=45.0, lag_seconds=20.0)
    gate = Situation(readings, own, (ended(OTHER_BAD if own is GOOD else OTHER_GOOD, -1200.0),)).play()
    assert gate.verdict.outcome is gate.true_outcome
    assert gate.platform.cancelled == []


@pytest.mark.parametrize("no_scores", list(NoScores))
@pytest.mark.parametrize("origin", [RunOrigin.TRIGGERED, RunOrigin.EXISTING, RunOrigin.REUSED])
def test_the_first_run_of_a_target_is_judged(no_scores: NoScores, origin: RunOrigin) -> None:
    """Previews, too: they have no other runs."""
    readings = Readings(no_scores=no_scores, executed=Executed.ENDED, scored=Scored.STARTED, lag_seconds=15.0)
    for own in (GOOD, BAD):
        gate = Situation(readings, own, (), origin, own_requested_at=-20.0).play()
        assert gate.verdict.outcome is gate.true_outcome


def test_zeros_of_a_platform_without_scores_yet_do_not_settle_an_earlier_run() -> None:
    """Its scores are still to come, and in units that fit no count."""
    readings = Readings(units=Units.ODD, no_scores=NoScores.ZEROS, silent_seconds=60.0, lag_seconds=85.0)
    gate = Situation(readings, GOOD, (ended(OTHER_BAD, -2.0),)).play()
    assert gate.verdict.outcome in (Outcome.PASSED, Outcome.INCONCLUSIVE)


# Dates


@pytest.mark.parametrize(
    ("run_precision", "scores_precision", "row_gap"),
    [
        (Precision.TICKS, Precision.MILLISECONDS, 0.0),
        (Precision.MILLISECONDS, Precision.SECONDS, 0.0),
        (Precision.ROUNDED_SECONDS, Precision.SECONDS, 0.0),
        (Precision.TICKS, Precision.TICKS, 0.005),
        (Precision.SECONDS, Precision.MINUTES, 2.0),
        (Precision.DATE, Precision.TICKS, 0.0),
    ],
)
@pytest.mark.parametrize("origin", [RunOrigin.TRIGGERED, RunOrigin.EXISTING, RunOrigin.REUSED])
def test_dates_of_different_precision_do_not_make_a_run_unjudgeable(
    run_precision: Precision, scores_precision: Precision, row_gap: float, origin: RunOrigin
) -> None:
    readings = Readings(
        scored=Scored.REQUESTED,
        run_precision=run_precision,
        scores_precision=scores_precision,
        row_gap_seconds=row_gap,
    )
    others = (ended(OTHER_BAD, -1200.0),)
    assert Situation(readings, GOOD, others, origin, own_requested_at=-20.0).play().verdict.outcome is Outcome.PASSED


@pytest.mark.parametrize("executed", list(Executed))
def test_a_run_dated_in_the_future_is_no_obstacle(executed: Executed) -> None:
    others = (ended(OTHER_BAD, -3 * DAY, 90, future_seconds=400 * DAY), ended(OTHER_BAD, -1200.0))
    assert Situation(Readings(executed=executed), GOOD, others).play().verdict.outcome is Outcome.PASSED
    assert Situation(Readings(executed=executed), GOOD, others[:1]).play().verdict.outcome is Outcome.PASSED


@pytest.mark.parametrize("precision", [Precision.MILLISECONDS, Precision.DAY, Precision.DATE])
@pytest.mark.parametrize("zone", [Zone.UTC, Zone.UNWRITTEN_LOCAL])
def test_a_date_that_only_seems_an_hour_old_settles_nothing(precision: Precision, zone: Zone) -> None:
    """By the day, or in an unknown zone, a run that ended a second ago can seem to be over for hours."""
    readings = Readings(
        executed=Executed.ENDED, run_precision=precision, run_zone=zone, units=Units.ODD, lag_seconds=100.0
    )
    gate = Situation(readings, GOOD, (ended(OTHER_BAD, -1.0),)).play()
    assert gate.verdict.outcome in (Outcome.PASSED, Outcome.INCONCLUSIVE)


# Runs of others


@pytest.mark.parametrize("word", ["RUNNING", "PENDING", "QUEUED", "CANCELLING"])
@pytest.mark.parametrize("precision", [Precision.MILLISECONDS, Precision.DATE])
def test_a_run_of_last_year_that_never_moves_does_not_block(word: str, precision: Precision) -> None:
    stuck = replace(OTHER_BAD.run(5, "stuck", -300 * DAY), stuck_status=word)
    gate = Situation(Readings(run_precision=precision), GOOD, (stuck, ended(OTHER_BAD, -1200.0))).play()
    assert gate.verdict.outcome is Outcome.PASSED
    assert any("5" in note and word in note for note in gate.verdict.evidence.notes)
    assert gate.ended_at < 200.0


def test_a_run_without_a_date_is_old_when_a_later_one_is() -> None:
    stuck = replace(OTHER_BAD.run(5, "stuck", -300 * DAY), stuck_status="RUNNING")
    others = (stuck, ended(OTHER_BAD, -3 * DAY, 90), ended(OTHER_BAD, -1200.0))
    gate = Situation(Readings(executed=Executed.ENDED), GOOD, others).play()
    assert gate.verdict.outcome is Outcome.PASSED


@pytest.mark.parametrize("units", [Units.JUDGED, Units.ODD])
def test_a_given_run_is_not_judged_by_scores_of_one_asked_for_earlier_that_ended_later(units: Units) -> None:
    longer = replace(OTHER_GOOD, seconds=400.0).run(100, "nightly", -450.0)
    gate = Situation(Readings(units=units), BAD, (longer,), RunOrigin.EXISTING, -300.0).play()
    assert gate.verdict.outcome is Outcome.INCONCLUSIVE


def two_gates(lag: float) -> tuple[Gate, Gate]:
    platform = make_platform(Readings(lag_seconds=lag), runs=(ended(OTHER_BAD, -1200.0),))
    scripts = iter((GOOD, BAD))
    platform.make_run = lambda run: next(scripts).fill(run)
    first = Gate(platform, make_plan()).start()
    second = Gate(platform, make_plan(tag=mark_of(1, job="another"))).start(3.0)
    platform.time.pass_until()
    return first, second


@pytest.mark.parametrize("lag", [0.0, 20.0, 60.0])
def test_two_gates_without_a_lock_both_judge_their_own_run(lag: float) -> None:
    """They start 3 s apart, and the second one gives the first one time for its verdict."""
    first, second = two_gates(lag)
    assert (first.verdict.outcome, second.verdict.outcome) == (Outcome.PASSED, Outcome.FAILED)
    assert len(first.platform.runs) == 3


# The job is cancelled and run again


def left_run(requested_at: float) -> PlatformRun:
    return GOOD.run(OWN_ID, f"{mark_of(1, nonce='h3j9wz').text} main", requested_at)


def test_a_run_that_an_earlier_attempt_is_cancelling_is_waited_for() -> None:
    """It is not taken up, and nothing is started beside it."""
    dying = replace(left_run(-20.0), cancelled_at=-1.0, cancelling_seconds=30.0)
    gate = Situation(Readings(), GOOD, (ended(OTHER_BAD, -1200.0), dying)).play()
    assert gate.verdict.outcome is Outcome.PASSED
    assert gate.own is not None
    assert gate.own.requested_at > 29.0
    assert gate.verdict.evidence.facts.origin is RunOrigin.TRIGGERED


@pytest.mark.parametrize("after", [0.5, 5.0, 20.0])
def test_a_run_that_was_taken_up_and_turns_out_cancelled_is_followed_by_a_new_one(after: float) -> None:
    """The platform takes its time to cancel."""
    dying = replace(left_run(-20.0), cancelled_at=after, cancelling_seconds=10.0)
    gate = Situation(Readings(), GOOD, (ended(OTHER_BAD, -1200.0), dying)).play()
    assert gate.verdict.outcome is Outcome.PASSED
    assert gate.own is not None
    assert gate.own.id != OWN_ID
    assert [call for _, call in gate.platform.calls].count("trigger") == 1


def test_a_run_of_an_earlier_attempt_that_goes_on_is_taken_up() -> None:
    gate = Situation(Readings(), GOOD, (ended(OTHER_BAD, -1200.0), left_run(-20.0))).play()
    assert gate.verdict.outcome is Outcome.PASSED
    assert gate.own is not None
    assert gate.own.id == OWN_ID


# Listings


@pytest.mark.parametrize("seconds", [3.0, 8.0, 15.0])
@pytest.mark.parametrize("own", [GOOD, BAD], ids=["good", "bad"])
@pytest.mark.parametrize("origin", [RunOrigin.TRIGGERED, RunOrigin.EXISTING, RunOrigin.REUSED])
def test_a_replica_that_is_behind_changes_nothing(seconds: float, own: Script, origin: RunOrigin) -> None:
    """It lacks the run, and shows it RUNNING again when it has ended."""
    other = ended(OTHER_BAD if own is GOOD else OTHER_GOOD, -1200.0)
    for run_seconds in (11.0, 12.0, 13.0, 60.0):
        script = replace(own, seconds=run_seconds)
        gate = Situation(Readings(replica_seconds=seconds), script, (other,), origin, own_requested_at=-2.0).play()
        assert gate.verdict.outcome is gate.true_outcome
        assert gate.platform.cancelled == []


@pytest.mark.parametrize("counts", list(CountsForm))
@pytest.mark.parametrize("failed", [0, 7])
def test_counts_may_be_written_in_many_ways(counts: CountsForm, failed: int) -> None:
    own = Script((Result(93, failed, 2, 95 if failed else 100), Result(100 - failed, failed, 0, 95 if failed else 100)))
    gate = Situation(Readings(counts=counts), own, (ended(OTHER_BAD, -1200.0),)).play()
    assert gate.verdict.outcome is Outcome.PASSED
    measured = {check.id: check.measured_value for check in gate.verdict.checks}
    assert measured["test-cases"] == 193 + failed
    assert measured["attack-success-rate"] == pytest.approx(100 * 2 * failed / (193 + failed))


@pytest.mark.parametrize("counts", list(CountsForm))
def test_a_bad_run_fails_however_its_counts_are_written(counts: CountsForm) -> None:
    gate = Situation(Readings(counts=counts), BAD, (ended(OTHER_GOOD, -1200.0),)).play()
    assert gate.verdict.outcome is Outcome.FAILED


def test_counts_that_were_zero_once_do_not_hide_an_earlier_run() -> None:
    """Its late scores have the counts of this run, and it is there whatever one listing says."""
    same = tuple(replace(one, score=score) for one, score in zip(BAD.results, (95, 92), strict=True) if one)
    other = replace(BAD, results=same, lag_seconds=160.0)
    gate = Situation(Readings(counts=CountsForm.ZERO_ONCE, lag_seconds=150.0), BAD, (ended(other, -2.0),)).play()
    assert gate.verdict.outcome is not Outcome.PASSED


# Probes


@pytest.mark.parametrize("probes", list(ProbesForm))
def test_probes_are_counted_and_not_compared(probes: ProbesForm) -> None:
    """Two of one name are two; a platform that does not list them gets a note."""
    chosen = (("probes", ChosenProbes((1, 2))),)
    gate = Situation(Readings(probes=probes), GOOD, (ended(OTHER_BAD, -7200.0),), plan=chosen).play()
    assert gate.verdict.outcome is Outcome.PASSED


def test_a_probe_named_by_id_that_did_not_run_is_not_passed_over() -> None:
    chosen = (("probes", ChosenProbes((1, 2, 7))),)
    gate = Situation(Readings(), GOOD, (ended(OTHER_BAD, -7200.0),), plan=chosen).play()
    assert gate.verdict.outcome is Outcome.INCONCLUSIVE


def test_recommended_probes_that_are_not_configured_are_a_note() -> None:
    platform = make_platform(Readings(), runs=(ended(OTHER_BAD, -7200.0),))
    platform.make_run = GOOD.fill
    targets = FakeTargets(platform.time, targets={TARGET: make_target_answer(targetPresetId=TYPE_ID)})
    targets.types = [make_type((1, True, "HIGH"), (2, True, "HIGH"), (7, True, "HIGH"))]
    gate = Gate(platform, make_plan(probes=RecommendedProbes()))
    ports = GatePorts(Joined(platform, targets), platform.time, gate.watcher, gate.watcher, gate.random)
    gate.task = platform.time.start(gate_target(gate.plan, ports))
    platform.time.pass_until()
    assert gate.verdict.outcome is Outcome.PASSED


# Status words


@pytest.mark.parametrize("word", ["SUCCESS", "DONE", "COMPLETED_WITH_ERRORS"])
def test_an_unknown_word_with_nothing_left_to_do_ends_the_wait(word: str) -> None:
    """It is named, the run is not cancelled, and the wait is not the whole timeout."""
    gate = Situation(Readings(), replace(GOOD, end_status=word), (ended(OTHER_BAD, -1200.0),)).play()
    assert gate.verdict.outcome is Outcome.INCONCLUSIVE
    assert word in gate.verdict.reason
    assert gate.platform.cancelled == []
    assert 63.0 + 300.0 <= gate.ended_at < 63.0 + 300.0 + 120.0


def test_a_word_that_was_said_to_mean_completed_does() -> None:
    plan = (("completed_statuses", frozenset({"SUCCESS"})),)
    situation = Situation(Readings(), replace(GOOD, end_status="Success"), (ended(OTHER_BAD, -1200.0),), plan=plan)
    assert situation.play().verdict.outcome is Outcome.PASSED


# Trust


@pytest.mark.parametrize("own", [GOOD, BAD], ids=["good", "bad"])
def test_unproven_scores_are_judged_where_the_user_trusts_them(own: Script) -> None:
    """And the report says that nothing proves them."""
    readings = Readings(units=Units.ODD, scored=Scored.COMPUTED, executed=Executed.NEVER)
    others = (ended(OTHER_BAD if own is GOOD else OTHER_GOOD, -1200.0),)
    refused = Situation(readings, own, others, RunOrigin.EXISTING, -20.0).play()
    assert refused.verdict.outcome is Outcome.INCONCLUSIVE
    trusted = Situation(readings, own, others, RunOrigin.EXISTING, -20.0, plan=(("trust_unproven", True),)).play()
    assert trusted.verdict.outcome is trusted.true_outcome
    assert "prove" in fresh(trusted).message


def test_trust_does_not_help_against_a_contradiction() -> None:
    """The scores are exactly as before: they are not this run's."""
    situation = Situation(
        Readings(lag_seconds=5000.0), BAD, (ended(OTHER_GOOD, -1200.0),), plan=(("trust_unproven", True),)
    )
    assert situation.play().verdict.outcome is Outcome.INCONCLUSIVE
    longer = replace(OTHER_GOOD, seconds=400.0).run(100, "nightly", -450.0)
    given = Situation(Readings(), BAD, (longer,), RunOrigin.EXISTING, -300.0, plan=(("trust_unproven", True),))
    assert given.play().verdict.outcome is Outcome.INCONCLUSIVE
