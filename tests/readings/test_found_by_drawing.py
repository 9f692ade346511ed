"""What random draws found, as the smallest situations that show it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from probe_gate.domain.evidence import RunOrigin
from probe_gate.errors import Outcome
from tests.readings.platform import PlatformRun, Result
from tests.readings.play import Script, Situation
from tests.readings.readings import CountsForm, Executed, NoScores, Precision, Readings, Scored, Steps, Units

HOUR = 3600.0
GOOD = Script((Result(96, 3, 1, 93), Result(88, 10, 0, 90)))
BAD = Script((Result(60, 38, 1, 12), Result(70, 29, 0, 15)))
OTHER_GOOD = Script((Result(95, 4, 0, 94), Result(90, 6, 0, 97)))
OTHER_BAD = Script((Result(50, 44, 0, 10), Result(75, 21, 0, 20)))


def with_scores(script: Script, *scores: int) -> Script:
    """A run with the same counts and other scores."""
    results = [replace(one, score=score) for one, score in zip(script.results, scores, strict=True) if one]
    return replace(script, results=tuple(results))


def ended(script: Script, at: float, run_id: int = 100, **changes: Any) -> PlatformRun:
    return replace(script.run(run_id, "nightly", at - script.whole_seconds), **changes)


def never_falsely(situation: Situation) -> None:
    gate = situation.play()
    assert gate.verdict.outcome in (gate.true_outcome, Outcome.INCONCLUSIVE)
    assert not gate.judged_foreign_scores


@pytest.mark.parametrize("units", [Units.JUDGED, Units.ODD])
@pytest.mark.parametrize("executed", [executed for executed in Executed if executed is not Executed.NEVER])
def test_of_two_runs_that_overlapped_the_one_with_the_lower_id_may_be_the_last(
    units: Units, executed: Executed
) -> None:
    """It was asked for first, ended last, and its late scores have the counts of the gate's run."""
    longer = replace(with_scores(BAD, 95, 94), seconds=400.0, lag_seconds=40.0)
    others = (
        ended(OTHER_BAD, -3 * HOUR, 90),
        ended(longer, -1.0, 100),
        ended(replace(OTHER_GOOD, lag_seconds=0.0), -20.0, 101),
    )
    never_falsely(Situation(Readings(units=units, executed=executed, lag_seconds=60.0), BAD, others))


@pytest.mark.parametrize("executed", [Executed.REQUESTED, Executed.ENDED, Executed.NEVER])
@pytest.mark.parametrize("units", [Units.JUDGED, Units.ODD])
def test_late_scores_of_an_older_run_do_not_settle_the_one_that_was_waited_for(
    executed: Executed, units: Units
) -> None:
    """One ends just before the gate begins, another is still active: what changes next is the first one's."""
    others = (
        ended(OTHER_BAD, -3 * HOUR, 90),
        ended(replace(OTHER_BAD, lag_seconds=150.0), -20.0, 100),
        ended(replace(with_scores(BAD, 95, 94), lag_seconds=240.0), 70.0, 101),
    )
    never_falsely(Situation(Readings(units=units, executed=executed, lag_seconds=240.0), BAD, others))


def test_a_date_that_moves_does_not_settle_a_run_with_the_counts_of_the_one_before() -> None:
    """The numbers follow later, and the gate's own run has the same counts once more."""
    others = (
        ended(with_scores(BAD, 53, 50), -10 * HOUR, 99),
        ended(replace(with_scores(BAD, 95, 94), lag_seconds=20.0), 40.0, 100),
    )
    never_falsely(Situation(Readings(date_lead_seconds=50.0, lag_seconds=15.0), BAD, others))


@pytest.mark.parametrize("lag", [10.0, 30.0, 50.0])
def test_a_fit_does_not_settle_a_run_where_the_one_before_it_fits_as_well(lag: float) -> None:
    """Three runs in a row with the same counts."""
    others = (
        ended(with_scores(BAD, 53, 50), -10 * HOUR, 99),
        ended(with_scores(BAD, 95, 94), -1.0, 100),
    )
    never_falsely(Situation(Readings(lag_seconds=lag), BAD, others))


def test_three_flawless_runs_in_a_row_cost_no_time() -> None:
    """Whose scores they are does not matter then."""
    flawless = Script((Result(100, 0, 0, 100), Result(98, 0, 0, 100)))
    others = (ended(flawless, -2000.0, 99), ended(flawless, -1000.0, 100))
    gate = Situation(Readings(), flawless, others).play()
    assert gate.verdict.outcome is Outcome.PASSED
    assert gate.ended_at < 63.0 + 15.0


@pytest.mark.parametrize("no_scores", [NoScores.ZEROS, NoScores.ZEROS_YEAR_1, NoScores.STATUS_404, NoScores.NULL])
@pytest.mark.parametrize("units", [Units.JUDGED, Units.ODD])
def test_old_scores_that_come_back_after_a_silence_settle_nothing(no_scores: NoScores, units: Units) -> None:
    """After the end of a run the platform says for a while that it has none."""
    readings = Readings(units=units, no_scores=no_scores, silent_seconds=40.0, lag_seconds=220.0)
    others = (ended(OTHER_BAD, -30 * HOUR, 90), ended(with_scores(BAD, 95, 94), 5.0, 100))
    never_falsely(Situation(readings, BAD, others))


def test_the_counts_of_a_pending_run_count_also_where_one_listing_showed_zeros() -> None:
    others = (
        ended(OTHER_BAD, -9 * HOUR, 90),
        ended(replace(with_scores(BAD, 95, 94), lag_seconds=200.0), -2.0, 100),
    )
    never_falsely(Situation(Readings(counts=CountsForm.ZERO_ONCE, lag_seconds=150.0), BAD, others))


def test_an_earlier_run_whose_counts_were_zero_in_one_listing_is_settled_by_those_of_the_next() -> None:
    """And not only after two minutes."""
    others = (ended(OTHER_BAD, -9 * HOUR, 90), ended(with_scores(GOOD, 10, 12), -40.0, 100))
    gate = Situation(Readings(counts=CountsForm.ZERO_ONCE), GOOD, others).play()
    assert gate.verdict.outcome is Outcome.PASSED
    assert gate.own is not None
    assert gate.own.requested_at < 20.0


def test_a_run_that_comes_and_ends_while_the_gate_waits_may_be_pending() -> None:
    late = replace(with_scores(BAD, 95, 94), seconds=5.0, queue_seconds=0.5, lag_seconds=260.0)
    others = (
        ended(replace(OTHER_BAD, lag_seconds=250.0), -50.0, 100),
        late.run(101, "nightly", 1.0),
    )
    never_falsely(Situation(Readings(executed=Executed.NEVER, lag_seconds=260.0), BAD, others))


@pytest.mark.parametrize("origin", [RunOrigin.EXISTING, RunOrigin.REUSED])
def test_a_given_run_is_not_judged_by_the_last_scores_before_those_that_are_late(origin: RunOrigin) -> None:
    """They are of a run of yesterday with the same counts, under the date of a run that is still to come in."""
    others = (
        ended(with_scores(BAD, 95, 94), -26 * HOUR, 90),
        ended(replace(OTHER_BAD, lag_seconds=150.0), -20.0, 100),
    )
    never_falsely(Situation(Readings(date_lead_seconds=50.0, lag_seconds=250.0), BAD, others, origin, -15.0))


def test_parts_of_the_numbers_that_fit_by_chance_are_not_judged() -> None:
    """Two of three probes have changed, and the counts are already those of the whole run."""
    own = Script((Result(80, 20, 0, 10), Result(90, 10, 0, 10), Result(95, 5, 0, 10)))
    other = Script((Result(85, 15, 0, 99), Result(92, 8, 0, 99), Result(95, 5, 0, 99)))
    readings = Readings(steps=3, step_seconds=12.0)
    situation = Situation(replace(readings, step_kind=Steps.BY_PROBE), own, (ended(other, -3 * HOUR),), configured=3)
    never_falsely(situation)


@pytest.mark.parametrize("precision", [Precision.MILLISECONDS, Precision.DATE])
def test_a_run_in_the_future_does_not_count_as_later_than_a_given_one(precision: Precision) -> None:
    others = (ended(OTHER_BAD, -30 * HOUR, 90, future_seconds=400 * 24 * HOUR), ended(OTHER_BAD, -9 * HOUR, 100))
    gate = Situation(Readings(run_precision=precision), GOOD, others, RunOrigin.EXISTING, -70.0).play()
    assert gate.verdict.outcome is Outcome.PASSED


@pytest.mark.parametrize("counts", [CountsForm.NO_PASSED, CountsForm.NO_FAILED])
@pytest.mark.parametrize("origin", [RunOrigin.EXISTING, RunOrigin.REUSED])
def test_runs_that_differ_in_a_count_that_is_listed_differ(counts: CountsForm, origin: RunOrigin) -> None:
    """Though another count of them is not listed."""
    gate = Situation(Readings(counts=counts), GOOD, (ended(OTHER_BAD, -1300.0),), origin, -20.0).play()
    assert gate.verdict.outcome is Outcome.PASSED


def test_of_two_older_runs_the_scores_may_lack_the_one_that_ended_last() -> None:
    """While a third one was active they showed the other one, so what changed afterwards may be either's."""
    longer = replace(OTHER_GOOD, seconds=400.0, lag_seconds=180.0)
    others = (
        ended(OTHER_BAD, -30 * HOUR, 90),
        ended(longer, -70.0, 100),
        ended(replace(OTHER_BAD, lag_seconds=0.0), -130.0, 101),
        ended(replace(with_scores(BAD, 95, 94), seconds=120.0, lag_seconds=210.0), 75.0, 102),
    )
    never_falsely(Situation(Readings(units=Units.JUDGED, lag_seconds=210.0), BAD, others))


@pytest.mark.parametrize("executed", [Executed.NEVER, Executed.ENDED])
def test_an_older_run_with_the_same_counts_may_be_the_one_that_comes_late(executed: Executed) -> None:
    """The last earlier run has other counts, so that it is not the one to mistake for this run."""
    own = with_scores(BAD, 95, 94)
    others = (
        ended(OTHER_BAD, -3 * HOUR, 90),
        ended(BAD, -60.0, 100),
        ended(OTHER_GOOD, -1.0, 101),
    )
    gate = Situation(Readings(executed=executed, lag_seconds=285.0), own, others).play()
    assert not gate.judged_foreign_scores
    assert gate.verdict.outcome in (gate.true_outcome, Outcome.INCONCLUSIVE)


def test_no_scores_beside_a_run_that_came_later_are_no_outage() -> None:
    """A platform that answers 500 until it has scores: what cannot be judged is the run, whose scores are mixed."""
    script = Script((Result(49, 1, 0, 0),), seconds=5.0, queue_seconds=0.5)
    later = PlatformRun(
        950, "nightly", -1.0, (Result(49, 1, 0, 100),), queue_seconds=0.5, seconds=5.0, tail_seconds=0.4
    )
    situation = Situation(
        Readings(
            executed=Executed.REQUESTED,
            scored=Scored.COPIED,
            no_scores=NoScores.STATUS_500,
            live_date=True,
            live_numbers=True,
            silent_seconds=1.0,
            updated_by_scores=True,
        ),
        script,
        (later,),
        origin=RunOrigin.EXISTING,
        own_requested_at=-1.0,
        configured=1,
        plan=(("settle_seconds", 5.0),),
    )
    assert situation.play().verdict.outcome is Outcome.INCONCLUSIVE


def test_a_run_that_is_listed_only_once_it_is_over_is_recognized_in_the_scores() -> None:
    """The first listing is a second behind, and a stuck run keeps the gate looking until the earlier attempt's has ended."""
    flawless = Script((Result(50, 0, 0, 100), Result(50, 0, 0, 100)), seconds=5.0, queue_seconds=0.5)
    stuck = replace(flawless.run(100, "stuck", -300 * 24 * HOUR), stuck_status="RUNNING")
    situation = Situation(
        Readings(executed=Executed.REQUESTED, scored=Scored.COPIED, replica_seconds=1.0, lag_seconds=2.0),
        flawless,
        (stuck,),
        origin=RunOrigin.REUSED,
        own_requested_at=-0.5,
        plan=(("settle_seconds", 5.0),),
    )
    assert situation.play().verdict.outcome is Outcome.PASSED
