"""Readings: parsing them, and what each does to the answers at given moments."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from probe_gate.sandbox.engine import Engine
from probe_gate.sandbox.reading_values import CaseCounts, Choice, Duration, Pair, Several, StatusName, WholeNumber, Zone
from probe_gate.sandbox.readings import KEYS, NO_SCORES, STANDARD, Key, Reading, parse_reading
from probe_gate.sandbox.responses import ApiError, EmptyResponseError
from probe_gate.sandbox.runs import Run
from probe_gate.sandbox.scenarios import Counts, Scenario
from probe_gate.sandbox.timestamps import render_timestamp

from .manual_clock import START, ManualClock

TEN = Scenario(pending_seconds=2, run_seconds=10, counts=Counts(passed=180, failed=20, errors=4))
ENDED = 12.0
"""When a run of `TEN` is over, in seconds after its trigger."""


class Bench:
    """An engine with one target, a scenario and a reading, and its clock."""

    def __init__(self, reading: str = "", scenario: Scenario = TEN, **settings: Any) -> None:
        self.clock = ManualClock()
        self.engine = Engine(scenario.with_reading(reading), now=self.clock, **settings)
        self.engine.add_target(1)

    def trigger(self) -> int:
        return self.engine.trigger(1, None, "gate")

    def at(self, seconds: float) -> Bench:
        self.clock.now = START + seconds
        return self

    def listing(self) -> list[dict[str, Any]]:
        return json.loads(b"".join(self.engine.run_list(1).plain()))  # type: ignore[no-any-return]

    def run(self, run_id: int) -> dict[str, Any]:
        (found,) = [run for run in self.listing() if run["id"] == run_id]
        return found

    def scores(self) -> Any:
        return self.engine.scores(1)


def after_start(seconds: float) -> str:
    return render_timestamp(START + seconds)


# ---- parsing


def values_of(kind: Any) -> st.SearchStrategy[Any]:
    """Values that a kind can parse."""
    match kind:
        case Choice(names):
            return st.sampled_from(names)
        case Zone():
            return st.sampled_from(("Z", "none", "local", "+02:00", "local-05:30"))
        case Pair(each):
            return st.tuples(values_of(each), values_of(each))
        case Several(_, names, exclusive):
            return st.frozensets(st.sampled_from(names)).filter(
                lambda found: all(len(found & group) < 2 for group in exclusive)
            )
        case Duration(words):
            return st.sampled_from([*words.values(), 0.0]) | st.integers(0, 10**11).map(lambda number: number / 1000)
        case WholeNumber(low, high, words):
            return st.sampled_from([*words.values(), low]) | st.integers(low, high)
        case CaseCounts(words):
            return st.sampled_from(words) | st.tuples(*[st.integers(0, 300_000)] * 3)
        case StatusName():
            return st.sampled_from((None, "SUCCESS", "Completed with errors", "DONE!"))
        case _:
            raise NotImplementedError(kind)


FIELDS = st.fixed_dictionaries({}, optional={key.field_name: values_of(key.kind) for key in KEYS.values()})


def is_consistent(reading: Reading) -> bool:
    try:
        parse_reading("", reading)
    except ValueError:
        return False
    return True


@given(FIELDS)
def test_a_reading_is_read_back_from_its_own_text(fields: dict[str, Any]) -> None:
    """Whatever it says, on whatever base it is read; one that contradicts itself is refused there too."""
    reading = Reading(**fields)
    if is_consistent(reading):
        assert parse_reading(str(reading)) == reading
    else:
        with pytest.raises(ValueError, match="contradict"):
            parse_reading(str(reading))


@given(st.text(max_size=60))
def test_any_text_is_a_reading_or_an_error(text: str) -> None:
    """No text ends in anything but a reading or a `ValueError` of one line."""
    try:
        parse_reading(text)
    except ValueError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017 - both ends are right


@given(st.sampled_from(list(KEYS.values())), st.text(max_size=40))
def test_any_value_is_a_reading_or_an_error_that_names_its_key(key: Key, value: str) -> None:
    """So that among many readings the wrong one is found."""
    try:
        parse_reading(f"{key.name}={value}")
    except ValueError as error:
        if "contradict" not in str(error):
            assert key.name in str(error) or "," in value  # noqa: PT017


def test_the_standard_reading_is_an_empty_text() -> None:
    """Every key has the default that its declaration names."""
    assert str(STANDARD) == ""
    assert parse_reading("") == STANDARD
    assert parse_reading([f"{key.name}={key.default}" for key in KEYS.values()]) == STANDARD


def test_readings_come_in_several_texts_with_blanks() -> None:
    """A repeated flag adds to the first."""
    reading = parse_reading(["executed=end, lag = 1m", "precision=7/ms,"])
    assert (reading.executed, reading.lag, reading.precision) == ("end", 60.0, ("7", "ms"))


def test_a_reading_changes_only_what_it_names() -> None:
    """It composes with the scenario's."""
    base = parse_reading("lag=30s,units=planned")
    assert parse_reading("lag=0s", base) == parse_reading("units=planned")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("exectued=end", "There is no reading called 'exectued'. Did you mean 'executed'?"),
        ("qqq=1", "There is no reading called 'qqq'. There are executed, scores, "),
        ("lag", "'lag' is not a reading: write KEY=VALUE"),
        ("lag=1s,lag=2s", "The reading lag is given twice."),
        ("executed=ends", "In the reading executed: 'ends' is not one of request, start, end, request-then-end,"),
        ("executed=ends", "Did you mean 'end'?"),
        ("lag=soon", "In the reading lag: 'soon' is not a duration: write a number with ms, s, m, h or d"),
        ("lag=nevr", "or never. Did you mean 'never'?"),
        ("lag=-1s", "In the reading lag: '-1s' is not a duration"),
        ("lag=9999d", "too long"),
        ("precision=7/ms/s", "'7/ms/s' has 3 parts"),
        ("precision=ns", "'ns' is not one of 7, us, ms,"),
        ("zone=CET", "'CET' is not a time zone"),
        ("steps=0", "In the reading steps: '0' is not a whole number from 1 to 1000"),
        ("earlier-score=101,earlier=1s", "from 0 to 100, or scenario"),
        ("counts=null-zeros", "Did you mean 'null-zero'?"),
        ("counts=null-zero+absent-zero", "absent-zero and null-zero exclude each other"),
        ("earlier=1d,earlier-counts=many", "'many' is not PASSED/FAILED or PASSED/FAILED/ERRORS"),
        ("status=", "'' is not a status"),
        ("scores=run,executed=never", "no date to copy"),
        ("steps=3", "steps are spread over lag, which is 0s"),
        ("appear=per-probe,lag=9s,steps=3", "with appear=per-probe"),
        ("earlier-score=90", "need a run to belong to"),
        ("earlier=never,earlier-counts=same", "need a run to belong to"),
        ("nightly-score=90", "there is no nightly-before"),
    ],
)
def test_what_is_no_reading_is_explained(text: str, message: str) -> None:
    """What happened, to which key, the nearest name, what is right."""
    with pytest.raises(ValueError, match=r".+") as error:
        parse_reading(text)
    assert message in str(error.value)


# ---- dates


@pytest.mark.parametrize(
    ("meaning", "seconds"),
    [
        ("request", 0.0),
        ("start", 2.0),
        ("first-probe", 2 + 10 / 22),
        ("last-probe", 11.5),
        ("end", ENDED),
        ("computation", ENDED + 5),
    ],
)
def test_the_date_of_the_scores_means_what_the_reading_says(meaning: str, seconds: float) -> None:
    """Once the scores include the run, five seconds after its end."""
    bench = Bench(f"scores={meaning},lag=5s")
    bench.trigger()
    assert bench.at(60).scores()["latestExecutionDate"] == after_start(seconds)


@pytest.mark.parametrize("executed", ["request", "start", "end", "request-then-end", "update"])
def test_the_date_of_the_scores_can_be_the_run_s_copied(executed: str) -> None:
    """Each at its own precision."""
    bench = Bench(f"scores=run,executed={executed},precision=us/s")
    run_id = bench.trigger()
    own = bench.at(60).run(run_id)["executionDate"]
    assert bench.scores()["latestExecutionDate"] == own[: len("2027-01-15T08:00:00")] + "Z"


def test_precision_and_zone_are_chosen_for_each_date() -> None:
    """The run's before the slash, the scores' after it."""
    bench = Bench("precision=us/date,zone=+02:00/none")
    run_id = bench.trigger()
    assert bench.at(60).run(run_id)["executionDate"] == "2027-01-15T10:00:02.000000+02:00"
    assert bench.scores()["latestExecutionDate"] == "2027-01-15"


def test_the_scores_can_be_dated_a_little_before_the_run() -> None:
    """Two rows, written one after the other."""
    bench = Bench("executed=end,scores=end,skew=1500ms")
    run_id = bench.trigger()
    assert bench.at(60).run(run_id)["executionDate"] == after_start(ENDED)
    assert bench.scores()["latestExecutionDate"] == after_start(ENDED - 1.5)


# ---- scores


def test_the_date_can_move_before_the_numbers() -> None:
    """For as long as the reading says; then the numbers follow."""
    bench = Bench("lag=30s,date-lead=20s,earlier=1d,earlier-score=50")
    bench.scores()
    bench.trigger()
    old = bench.at(ENDED + 9).scores()
    moved = bench.at(ENDED + 10).scores()
    assert moved == {**old, "latestExecutionDate": after_start(ENDED)}
    assert bench.at(ENDED + 29).scores() == moved
    assert bench.at(ENDED + 30).scores()["overallScore"] != 50


def test_the_date_can_move_while_the_run_is_active() -> None:
    """With the first probe at the earliest; the numbers follow after the end."""
    bench = Bench("lag=3s,date-lead=9s,earlier=1d,earlier-score=50")
    old = bench.scores()
    bench.trigger()
    assert bench.at(ENDED - 6.1).scores() == old
    moved = bench.at(ENDED - 6).scores()
    assert after_start(5) < moved["latestExecutionDate"] <= after_start(6)
    assert moved == {**old, "latestExecutionDate": moved["latestExecutionDate"]}
    assert bench.at(ENDED + 2.9).scores() == {**old, "latestExecutionDate": after_start(ENDED)}
    assert bench.at(ENDED + 3).scores()["overallScore"] != 50


def test_the_numbers_can_arrive_in_steps() -> None:
    """Evenly over the lag; the date with the first of them."""
    bench = Bench("lag=24s,steps=3,earlier=1d,earlier-score=50,earlier-counts=200/0,scores=computation")
    bench.scores()
    bench.trigger()
    seen = [bench.at(ENDED + seconds).scores() for seconds in (0, 7, 8, 15, 16, 23, 24, 90)]
    failed = [scores["successfulAttacks"] for scores in seen]
    assert failed[0] == failed[1] == 0
    assert 0 < failed[2] == failed[3] < failed[4] == failed[5] < failed[6] == failed[7] == 20
    dates = [scores["latestExecutionDate"] for scores in seen]
    assert dates[2:] == [after_start(ENDED + seconds) for seconds in (8, 8, 16, 16, 24, 24)]


def test_scores_can_appear_probe_by_probe() -> None:
    """While the run is active, dated by what is through."""
    bench = Bench("appear=per-probe")
    bench.trigger()
    half = bench.at(7).scores()
    assert half["simulatedAttacks"] == pytest.approx(100, abs=5)
    assert after_start(6) < half["latestExecutionDate"] <= after_start(7)


@pytest.mark.parametrize(("latest", "score"), [("request", 30), ("end", 90)])
def test_the_latest_of_two_runs_is_the_one_that_the_reading_says(latest: str, score: int) -> None:
    """Asked for last, or ended last."""
    bench = Bench(f"latest={latest}", TEN.replace(overall=90))
    bench.trigger()
    bench.engine.set_scenario(bench.engine.scenario.replace(pending_seconds=0, run_seconds=1, overall=30))
    bench.at(1).trigger()
    assert bench.at(60).scores()["overallScore"] == score


@pytest.mark.parametrize(
    ("units", "attacks"),
    [("judged", (200, 20)), ("planned", (204, 20)), ("messages", (600, 60)), ("conversations", (100, 10))],
)
def test_attacks_are_counted_in_the_chosen_units(units: str, attacks: tuple[int, int]) -> None:
    """Of a run of 180 passed, 20 failed, 4 errors."""
    bench = Bench(f"units={units}")
    bench.trigger()
    scores = bench.at(60).scores()
    assert (scores["simulatedAttacks"], scores["successfulAttacks"]) == attacks


def answer(bench: Bench) -> Any:
    try:
        return bench.scores()
    except (ApiError, EmptyResponseError) as error:
        return error.status


EXPECTED_NO_SCORES: dict[str, Any] = {
    "zeros": "0001-01-01T00:00:00Z", "zeros-epoch": "1970-01-01T00:00:00Z", "zeros-undated": None,
    "empty-body": 200, "null": None, "empty-object": {}, "empty-array": [],
}  # fmt: skip


@pytest.mark.parametrize("no_scores", NO_SCORES)
def test_a_target_without_scores_is_answered_as_the_reading_says(no_scores: str) -> None:
    """Before its first run, and for a while after the end of each."""
    bench = Bench(f"no-scores={no_scores},no-scores-after=10s")
    before = answer(bench)
    shown = before["latestExecutionDate"] if isinstance(before, dict) and before else before
    assert shown == EXPECTED_NO_SCORES.get(no_scores, int(no_scores) if no_scores.isdigit() else "?")
    bench.trigger()
    for seconds in (ENDED, ENDED + 9.9):
        assert answer(bench.at(seconds)) == before
    assert answer(bench.at(ENDED + 10))["simulatedAttacks"] == 200


# ---- runs in the listing


def counts_at(bench: Bench, run_id: int, seconds: float) -> dict[str, Any]:
    run = bench.at(seconds).run(run_id)
    return {name.removesuffix("Count"): count for name, count in run.items() if name.endswith("Count")}


@pytest.mark.parametrize(
    ("style", "counts"),
    [
        ("full", {"error": 0, "passed": 200, "failed": 0, "total": 200}),
        ("null-zero", {"error": None, "passed": 200, "failed": None, "total": 200}),
        ("absent-zero", {"passed": 200, "total": 200}),
        ("no-error-count", {"passed": 200, "failed": 0, "total": 200}),
        ("no-passed-count", {"error": 0, "failed": 0, "total": 200}),
        ("no-passed-count+absent-zero", {"total": 200}),
    ],
)
def test_counts_can_be_left_out_where_they_say_nothing(style: str, counts: dict[str, Any]) -> None:
    """Where they are zero, or can be worked out from the others."""
    bench = Bench(f"counts={style}", TEN.replace(counts=Counts(passed=200, failed=0)))
    assert counts_at(bench, bench.trigger(), 60) == counts


def test_the_total_can_leave_out_the_errors() -> None:
    """Then it is what has a result."""
    bench = Bench("counts=total-without-errors")
    assert counts_at(bench, bench.trigger(), 60) == {"error": 4, "passed": 180, "failed": 20, "total": 200}


def test_counts_can_come_only_at_the_end() -> None:
    """The progress is there before."""
    bench = Bench("counts=at-end")
    run_id = bench.trigger()
    assert counts_at(bench, run_id, 7) == {}
    assert bench.run(run_id)["progress"] == 0.5
    assert counts_at(bench, run_id, ENDED)["total"] == 204


def test_counts_can_be_zero_at_first_after_the_end() -> None:
    """A COMPLETED run without a test case, and full a moment later."""
    bench = Bench("counts-lag=3s")
    run_id = bench.trigger()
    assert counts_at(bench, run_id, 7)["total"] == 204
    assert counts_at(bench, run_id, ENDED + 2.9) == {"error": 0, "passed": 0, "failed": 0, "total": 0}
    assert bench.run(run_id)["status"] == "COMPLETED"
    assert counts_at(bench, run_id, ENDED + 3)["passed"] == 180


def test_probes_can_be_listed_in_other_ways() -> None:
    """Two with one name, or null."""
    bench = Bench("probes=shared-name")
    assert bench.run(bench.trigger())["probes"][:3] == ["Prompt Injection", "Prompt Injection", "Data Exfiltration"]
    bench = Bench("probes=null")
    assert bench.run(bench.trigger())["probes"] is None


def test_only_some_probes_can_be_configured() -> None:
    """The others do not run, whatever was asked for; together they make the run's counts."""
    bench = Bench("configured=11")
    run = bench.at(0).run(bench.trigger())
    assert (len(run["probes"]), run["totalCount"]) == (11, 204)
    chosen = bench.engine.trigger(1, [1, 2, 3], "chosen")
    assert bench.run(chosen)["probes"] == ["Prompt Injection", "Data Exfiltration"]


def test_the_status_of_success_can_be_chosen() -> None:
    """A run that fails keeps its own."""
    bench = Bench("status=SUCCESS", TEN.replace(history=2))
    bench.trigger()
    assert [run["status"] for run in bench.at(60).listing()] == ["SUCCESS"] * 3
    bench = Bench("status=SUCCESS", TEN.replace(statuses=("RUNNING", "FAILED")))
    assert bench.at(60).run(bench.at(0).trigger())["status"] == "RUNNING"
    assert bench.at(60).listing()[0]["status"] == "FAILED"


def test_one_of_two_replicas_is_behind() -> None:
    """A new run is missing now and then, and one that has completed is active once more; at last all is well."""
    bench = Bench("replica=8s")
    run_id = bench.trigger()
    listed = [[run["id"] for run in bench.at(seconds).listing()] for seconds in range(8)]
    assert [run_id] in listed
    assert [] in listed
    statuses = [bench.at(ENDED + seconds).run(run_id)["status"] for seconds in range(8)]
    assert {"COMPLETED", "RUNNING"} == set(statuses)
    assert statuses.index("COMPLETED") < len(statuses) - 1 - statuses[::-1].index("RUNNING")
    assert {bench.at(ENDED + 8 + seconds).run(run_id)["status"] for seconds in range(8)} == {"COMPLETED"}


# ---- other runs


def test_an_earlier_run_has_its_own_time_score_and_counts() -> None:
    """It is the newest of the earlier ones, and none of ours."""
    bench = Bench("earlier=20m,earlier-score=31,earlier-counts=150/50/7,executed=end", TEN.replace(history=2))
    run = bench.at(500).listing()[0]
    assert run["executionDate"] == after_start(500 - 1200)
    assert (run["passedCount"], run["failedCount"], run["errorCount"], run["status"]) == (150, 50, 7, "COMPLETED")
    scores = bench.scores()
    assert (scores["overallScore"], set(scores["scores"].values())) == (31, {31})
    assert (scores["simulatedAttacks"], scores["successfulAttacks"]) == (200, 50)
    assert scores["latestExecutionDate"] == run["executionDate"]
    assert [run.is_ours for run in bench.engine.runs] == [False]


def test_ages_of_earlier_runs_are_real_time() -> None:
    """Speed leaves dates alone."""
    bench = Bench("earlier=20m,executed=end", speed=50)
    assert bench.listing()[0]["executionDate"] == after_start(-1200)


@pytest.mark.parametrize(("counts", "is_same"), [("same", True), ("varied", False)])
@pytest.mark.parametrize("history", range(12))
def test_the_counts_of_the_earlier_run_are_the_new_one_s_or_not(counts: str, is_same: bool, history: int) -> None:
    """`varied` never happen to be the same."""
    bench = Bench(f"earlier=1d,earlier-counts={counts}", TEN.replace(history=history))
    bench.listing()
    new = counts_at(bench, bench.trigger(), 60)
    earlier = counts_at(bench, bench.engine.runs[0].id, 60)
    assert (earlier == new) is is_same
    assert (earlier["failed"] == new["failed"]) is is_same


def test_the_scores_of_the_earlier_run_may_still_be_on_their_way() -> None:
    """Its lag counts from its end, which is a second before anybody asks."""
    bench = Bench("earlier=1s,earlier-score=31,lag=30s,no-scores=404")
    assert answer(bench) == 404
    assert answer(bench.at(28.9)) == 404
    assert bench.at(29).scores()["overallScore"] == 31


def test_a_target_can_have_no_earlier_runs_at_all() -> None:
    """Whatever the scenario or `--history` says; for one target as well."""
    bench = Bench("earlier=never", TEN.replace(history=5), history=7)
    assert bench.listing() == []
    bench = Bench("", TEN.replace(history=5))
    bench.engine.set_scenario(TEN.with_reading("earlier=never"), 1)
    assert bench.listing() == []


@pytest.mark.parametrize("status", ["RUNNING", "PENDING", "QUEUED", "CANCELLING"])
@pytest.mark.parametrize("executed", ["start", "update", "never"])
def test_a_run_of_last_year_stands_still(status: str, executed: str) -> None:
    """It has the lowest id, its status never changes, and neither does anything else."""
    bench = Bench(f"stuck={status},executed={executed}", TEN.replace(history=3))
    first = next(run for run in bench.listing() if run["status"] == status)
    assert first["id"] == min(run["id"] for run in bench.listing())
    assert (first["executionDate"] or "2026") < "2027"
    assert bench.at(3600).run(first["id"]) == first
    assert len(bench.listing()) == 3


def test_a_run_can_be_dated_in_the_future() -> None:
    """The scores carry that date too, until a newer run replaces it."""
    bench = Bench("future=5h,executed=end", TEN.replace(history=3))
    ahead = after_start(5 * 3600)
    assert ahead in [run["executionDate"] for run in bench.listing()]
    assert bench.scores()["latestExecutionDate"] == ahead
    bench.trigger()
    assert bench.at(60).scores()["latestExecutionDate"] == after_start(ENDED)


def test_somebody_else_s_runs_come_before_during_and_after() -> None:
    """With a score and counts of their own."""
    reading = "nightly-before=5s,nightly-during=3s,nightly-after=4s,nightly-length=6s,nightly-score=7"
    bench = Bench(f"{reading},nightly-counts=50/150")
    assert [run["status"] for run in bench.listing()] == ["RUNNING"]
    assert bench.at(5).scores()["overallScore"] == 7
    bench.at(5).trigger()
    assert len(bench.at(7.9).listing()) == 2
    assert len(bench.at(8).listing()) == 3
    assert len(bench.at(5 + ENDED + 3.9).listing()) == 3
    assert len(bench.at(5 + ENDED + 4).listing()) == 4
    scores = bench.at(60).scores()
    assert (scores["overallScore"], scores["successfulAttacks"]) == (7, 150)
    assert [run.is_ours for run in bench.engine.runs].count(True) == 1


def test_a_target_made_now_has_no_past() -> None:
    """Neither earlier runs nor stuck ones."""
    bench = Bench("earlier=1d,stuck=RUNNING,future=1h")
    bench.engine.add_target(2, is_new=True)
    assert json.loads(b"".join(bench.engine.run_list(2).plain())) == []
    assert len(bench.listing()) == 3


def test_earlier_runs_speak_the_reading() -> None:
    """The many of `--history` too: dates, counts, probes, status."""
    scenario = TEN.replace(history=3)
    bench = Bench("executed=request,precision=s,counts=no-error-count,probes=null,status=DONE", scenario)
    for run in bench.listing():
        assert run["executionDate"].endswith("Z")
        assert "." not in run["executionDate"]
        assert ("errorCount" in run, run["probes"], run["status"]) == (False, None, "DONE")
    for meaning in ("executed=end", "executed=request-then-end", "executed=update"):
        bench = Bench(f"{meaning},scores=run", scenario)
        assert bench.scores()["latestExecutionDate"] == bench.listing()[0]["executionDate"]
    assert Bench("executed=never", scenario).listing()[0]["executionDate"] is None


# ---- all of them


def test_every_field_of_a_reading_has_its_key() -> None:
    """None can be set in Python alone."""
    assert {key.field_name for key in KEYS.values()} == {item.name for item in dataclasses.fields(Reading)}


@given(FIELDS, st.floats(0, 200))
def test_no_reading_breaks_an_answer(fields: dict[str, Any], seconds: float) -> None:
    """At any moment of any combination there is an answer, and asked again it is the same."""
    reading = Reading(**fields)
    assume(is_consistent(reading))
    bench = Bench("", TEN.replace(history=2, reading=reading))
    bench.listing()
    bench.trigger()
    bench.at(seconds)
    assert bench.listing() == bench.listing()
    assert answer(bench) == answer(bench)


def test_a_run_is_final_when_its_counts_are() -> None:
    """Only then its bytes may be kept."""
    scenario = TEN.with_reading("counts-lag=3s")
    run = Run(1, 1, "n", None, scenario, scenario.probes, START, 1.0)
    assert not run.is_settled(START + ENDED + 2)
    assert run.is_settled(START + ENDED + 3)
