"""The platform on a clock moved by hand."""

from __future__ import annotations

import json
import zlib
from typing import Any

import pytest

from probe_gate.sandbox.engine import Engine, RunListBody
from probe_gate.sandbox.other_runs import OTHER_RUN, History
from probe_gate.sandbox.responses import ApiError
from probe_gate.sandbox.scenarios import SCENARIOS, Scenario

from .manual_clock import START, ManualClock


class Bench:
    """An engine with one target and its clock."""

    def __init__(self, scenario: Scenario, **settings: Any) -> None:
        self.clock = ManualClock()
        self.engine = Engine(scenario, now=self.clock, **settings)
        self.engine.add_target(1)

    def trigger(self, probe_ids: list[int] | None = None) -> int:
        return self.engine.trigger(1, probe_ids, "gate")

    def listing(self) -> list[dict[str, Any]]:
        return json.loads(b"".join(self.engine.run_list(1).plain()))  # type: ignore[no-any-return]


def test_a_run_is_listed_at_once_and_ends() -> None:
    """Trigger, wait, completed, scored."""
    bench = Bench(Scenario())
    run_id = bench.trigger()
    assert [(run["id"], run["status"]) for run in bench.listing()] == [(run_id, "PENDING")]
    bench.clock.forward(22)
    assert bench.listing()[0]["status"] == "COMPLETED"
    assert bench.engine.scores(1)["overallScore"] > 80


def test_speed_shortens_runs_and_leaves_dates_alone() -> None:
    """Twenty times as fast: 22 seconds are over in 1.1."""
    bench = Bench(Scenario(), speed=20)
    bench.trigger()
    bench.clock.forward(1.1)
    assert bench.listing()[0]["status"] == "COMPLETED"


@pytest.mark.parametrize("answer", ["404", "400", "500"])
def test_scores_before_any_run_are_what_the_scenario_says(answer: Any) -> None:
    """An error, or zeros with the oldest date there is."""
    with pytest.raises(ApiError) as refusal:
        Bench(Scenario().with_reading(f"no-scores={answer}")).engine.scores(1)
    assert refusal.value.status == int(answer)
    zeros = Bench(Scenario()).engine.scores(1)
    assert (zeros["overallScore"], zeros["simulatedAttacks"]) == (0, 0)


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("question", ["scores", "run_list", "cancel"])
def test_unknown_targets_and_runs_are_refused_as_told(status: int, question: str) -> None:
    """403 unless told otherwise: the contract knows no 404."""
    engine = Bench(Scenario(), not_found=status).engine
    with pytest.raises(ApiError) as refusal:
        getattr(engine, question)(9)
    assert refusal.value.status == status


def test_a_cancel_ends_the_run_once() -> None:
    """A second one changes nothing."""
    bench = Bench(Scenario())
    run_id = bench.trigger()
    bench.clock.forward(10)
    bench.engine.cancel(run_id)
    before = bench.listing()
    bench.clock.forward(5)
    bench.engine.cancel(run_id)
    assert bench.listing() == before
    assert before[0]["status"] == "CANCELLED"


def test_only_probes_that_are_configured_run() -> None:
    """The others are left out without a word, as far as to none at all."""
    bench = Bench(Scenario())
    bench.trigger([1, 2, 999])
    assert bench.listing()[0]["probes"] == ["Prompt Injection", "Jailbreak"]
    bench.trigger([999])
    bench.clock.forward(100)
    assert (bench.listing()[0]["probes"], bench.listing()[0]["totalCount"]) == ([], 0)


def test_fewer_probes_can_run_than_were_asked_for() -> None:
    """The listing tells."""
    bench = Bench(Scenario(probes_run=1))
    bench.trigger([1, 2, 3])
    assert len(bench.listing()[0]["probes"]) == 1


def test_another_run_can_be_going_at_the_start() -> None:
    """From the first question on, for as long as the scenario says."""
    bench = Bench(SCENARIOS["busy"].replace(history=0))
    bench.clock.forward(1000)
    assert [(run["name"], run["status"]) for run in bench.listing()] == [(OTHER_RUN, "RUNNING")]
    bench.clock.forward(15)
    assert bench.listing()[0]["status"] == "COMPLETED"
    assert [run.is_ours for run in bench.engine.runs] == [False]


def test_another_run_can_start_in_the_middle() -> None:
    """It is not there before, and outlasts ours."""
    bench = Bench(SCENARIOS["overlap"].replace(history=0))
    bench.trigger()
    assert len(bench.listing()) == 1
    bench.clock.forward(9)
    assert [run["name"] for run in bench.listing()] == [OTHER_RUN, "gate"]
    bench.clock.forward(14)
    assert [run["status"] for run in bench.listing()] == ["RUNNING", "COMPLETED"]


def test_a_run_can_vanish() -> None:
    """From the listing, whatever it was doing."""
    bench = Bench(SCENARIOS["vanish"].replace(history=0))
    bench.trigger()
    bench.clock.forward(10)
    assert bench.listing() == []


def test_the_lag_of_a_trigger_is_real_seconds() -> None:
    """It is a fault of the platform, and speed does not make it shorter."""
    bench = Bench(Scenario(), speed=100)
    bench.engine.trigger(1, None, "late", listing_lag_seconds=5)
    bench.clock.forward(4)
    assert bench.listing() == []
    bench.clock.forward(1)
    assert bench.listing()[0]["status"] == "COMPLETED"


@pytest.mark.parametrize(("order", "ids"), [("newest-first", [3, 2, 1]), ("oldest-first", [1, 2, 3])])
def test_the_order_of_the_listing_can_be_chosen(order: Any, ids: list[int]) -> None:
    """The contract does not state any."""
    bench = Bench(Scenario(order=order))
    for _ in range(3):
        bench.trigger()
        bench.clock.forward(1)
    assert [run["id"] for run in bench.listing()] == ids
    assert sorted(run["id"] for run in Bench(Scenario(order="shuffled")).listing()) == []


def test_runs_of_old_stand_beside_new_ones() -> None:
    """With ids of their own, below those of the new."""
    bench = Bench(Scenario(history=5))
    run_id = bench.trigger()
    ids = [run["id"] for run in bench.listing()]
    assert ids == [run_id, 5, 4, 3, 2, 1]


def test_a_target_can_have_a_scenario_of_its_own() -> None:
    """The others keep theirs; runs that are going do too."""
    bench = Bench(Scenario())
    bench.engine.add_target(2)
    bench.trigger()
    bench.engine.set_scenario(Scenario(statuses=("A", "B", "FAILED")), 1)
    bench.trigger()
    bench.engine.trigger(2, None, "other")
    bench.clock.forward(30)
    assert [run["status"] for run in bench.listing()] == ["FAILED", "COMPLETED"]
    assert json.loads(b"".join(bench.engine.run_list(2).plain()))[0]["status"] == "COMPLETED"


def test_settled_runs_are_written_once() -> None:
    """A thousand of them must not be written anew at each poll."""
    bench = Bench(Scenario())
    bench.trigger()
    bench.clock.forward(60)
    bench.listing()
    target_state = bench.engine.target_state(1)
    assert list(target_state.settled) == [1]
    target_state.settled[1] = b'{"id":1,"kept":true}'
    assert bench.listing() == [{"id": 1, "kept": True}]


def test_speed_must_be_above_zero() -> None:
    """Time that stands still ends no run."""
    with pytest.raises(ValueError, match="speed"):
        Bench(Scenario(), speed=0)


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("live", [b"", b'{"id":1}', b'{"id":2},{"id":1}'])
@pytest.mark.parametrize("count", [0, 1, 3, 2001])
def test_every_mixture_is_json_and_compresses_to_itself(newest_first: bool, live: bytes, count: int) -> None:
    """With and without new runs, with and without old ones."""
    listing = RunListBody(live, History(Scenario(), count, 1, START), newest_first)
    plain = b"".join(listing.plain())
    assert len(json.loads(plain)) == count + live.count(b"id")
    stream = b"".join(listing.gzipped())
    reader = zlib.decompressobj(wbits=31)
    assert reader.decompress(stream) == plain
    assert (reader.eof, reader.unused_data) == (True, b""), "one gzip member, with nothing left over"


def test_the_etag_changes_with_the_listing() -> None:
    """And only then."""
    history = History(Scenario(), 3, 1, START)
    one, same, other = (
        RunListBody(b"", history, True),
        RunListBody(b"", history, True),
        RunListBody(b'{"id":4}', history, True),
    )
    assert one.etag == same.etag != other.etag
