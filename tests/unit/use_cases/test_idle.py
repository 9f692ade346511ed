"""What happens before the trigger: other runs on the target, and the run of an earlier attempt."""

from __future__ import annotations

from dataclasses import replace

import pytest

from probe_gate.domain.evidence import RunOrigin
from probe_gate.domain.run import Run
from probe_gate.errors import InvalidResponseError, Outcome
from probe_gate.use_cases.gate_target import gate_target
from probe_gate.use_cases.run_tag import RunTag, make_run_tag, run_name
from tests.harness.fake_platform import FakeRun, going_run
from tests.unit.use_cases.harness import IDENTITY, GateHarness, on_call


def test_another_run_is_waited_for() -> None:
    """It is named, and since when it is going."""
    story = GateHarness()
    story.platform.runs.append(going_run(2, seconds=120.0, begun_at=-60.0))
    verdict = story.run()
    assert verdict.outcome is Outcome.PASSED
    sent = [moment for moment, call in story.platform.calls if call == "trigger"]
    assert sent[0] >= 60
    assert "Waiting for run 2 (RUNNING) to end; it has been active since 2026-03-02 11:59:00 UTC." in story.messages


def test_a_busy_target_fails_at_once_when_asked() -> None:
    """Nothing is started."""
    story = GateHarness()
    story.change(on_busy="fail")
    story.platform.runs.append(going_run())
    verdict = story.run()
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert "run 2 (RUNNING) has been active since" in verdict.reason
    assert story.platform.requests == []


def test_a_busy_target_can_be_gated_all_the_same_but_its_scores_prove_nothing() -> None:
    story = GateHarness()
    story.change(on_busy="proceed")
    story.platform.runs.append(going_run())
    verdict = story.run()
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert len(story.platform.requests) == 1
    assert "run 2" in verdict.reason


def test_a_target_that_stays_busy_times_out_with_nothing_started() -> None:
    story = GateHarness()
    story.change(deadline=100.0)
    story.platform.runs.append(going_run(seconds=9000.0))
    verdict = story.run()
    assert verdict.outcome is Outcome.TIMED_OUT
    assert "No test run was started" in verdict.reason
    assert story.platform.requests == []
    assert story.platform.count("cancel") == 0


def test_a_run_stuck_in_an_unknown_word_does_not_block() -> None:
    """Its counts do not move, so it is not going; and it has no part in the scores."""
    story = GateHarness()
    stuck = going_run(seconds=1e9, going="LIMBO", total=100)
    story.platform.runs.append(stuck)
    assert story.run().outcome is Outcome.PASSED


def test_a_run_in_an_unknown_word_whose_counts_move_is_going() -> None:
    story = GateHarness()
    story.change(on_busy="fail")
    story.platform.runs.append(going_run(seconds=200.0, going="PROCESSING"))
    verdict = story.run()
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert "PROCESSING" in verdict.reason


def test_two_gates_that_wait_for_the_same_run_are_spread() -> None:
    """The second one sees the first one's run and waits for it too."""
    story = GateHarness()
    story.platform.runs.append(going_run(2, seconds=120.0, begun_at=-60.0))
    first = story.start()
    other = GateHarness(story.time)
    other.platform = story.platform
    other.change(tag=make_run_tag(("gitlab", "x"), 1, 42, "all", "zzzzzz"))
    ports = replace(other.ports, random=lambda: 0.01)
    second = story.time.start(gate_target(other.plan, ports))
    story.time.pass_until()
    assert first.result.outcome is Outcome.PASSED
    assert second.result.outcome is Outcome.PASSED
    assert len(story.platform.requests) == 2


@pytest.mark.parametrize("chance", [0.0, 0.1, 0.5])
@pytest.mark.parametrize("seconds", [45.0, 60.0, 200.0])
def test_a_gate_that_waits_for_another_gate_lets_it_read_its_scores(chance: float, seconds: float) -> None:
    """Otherwise its run would be among those scores, and the other gate could not be judged."""
    story = GateHarness()
    story.platform.make_run = lambda run: replace(run, seconds=seconds)
    first = story.start()
    other = GateHarness(story.time)
    other.platform = story.platform
    other.change(tag=make_run_tag(("gitlab", "x"), 1, 42, "all", "zzzzzz"))
    second = story.time.start(gate_target(other.plan, replace(other.ports, random=lambda: chance)), 10.0)
    story.time.pass_until()
    assert (first.result.outcome, second.result.outcome) == (Outcome.PASSED, Outcome.PASSED)


@pytest.mark.parametrize("answers", [1, 2])
def test_a_last_listing_that_lacks_known_runs_is_asked_for_again(answers: int) -> None:
    """Otherwise all of them would seem to have been started after this gate's run."""
    story = GateHarness()
    listed, left = story.platform.listed, [answers]

    def sometimes_empty() -> list[Run]:
        if not left[0] or not story.platform.count("scores"):
            return listed()
        left[0] -= 1
        return []

    story.platform.listed = sometimes_empty  # type: ignore[method-assign]
    verdict = story.run()
    assert left == [0]
    assert verdict.outcome is Outcome.PASSED, verdict.reason


@pytest.mark.parametrize("number", [0, 1])
def test_a_listing_that_makes_no_sense_is_asked_for_again(number: int) -> None:
    story = GateHarness()
    story.platform.before_call = on_call("list", number, lambda: InvalidResponseError("The response is not a list."))
    assert story.run().outcome is Outcome.PASSED


def test_listings_that_never_make_sense_start_nothing() -> None:
    story = GateHarness()

    def refuse(call: str, _number: int) -> None:
        if call == "list":
            raise InvalidResponseError("The response is not a list.")

    story.platform.before_call = refuse
    verdict = story.run()
    assert verdict.outcome is Outcome.PLATFORM_ERROR
    assert verdict.reason == "The response is not a list. No test run was started."
    assert 3 <= story.platform.count("list") <= 5
    assert story.platform.requests == []


def test_runs_that_stay_gone_were_deleted() -> None:
    story = GateHarness()
    listed = story.platform.listed

    def without_the_earlier_one() -> list[Run]:
        return [run for run in listed() if run.id != 1 or not story.platform.count("scores")]

    story.platform.listed = without_the_earlier_one  # type: ignore[method-assign]
    assert story.run().outcome is Outcome.PASSED
    assert len(story.platform.requests) == 1


def left_behind(tag: RunTag, **changes: object) -> FakeRun:
    run = FakeRun(50, run_name(tag, "main"), -60.0, 120.0)
    return replace(run, **changes)  # type: ignore[arg-type]


def earlier_mark(attempt: int | None = 1, identity: tuple[str, ...] = IDENTITY) -> RunTag:
    return make_run_tag(identity, attempt, 42, "all", "aaaaaa")


@pytest.mark.parametrize("status", ["RUNNING", "VERIFYING", None], ids=str)
def test_a_later_attempt_takes_up_the_run_that_an_earlier_one_left_going(status: str | None) -> None:
    """And starts no other, whatever word the platform has for a run that goes on."""
    story = GateHarness()
    story.platform.runs.append(left_behind(earlier_mark(), going=status))
    verdict = story.run()
    assert verdict.outcome is Outcome.PASSED
    assert story.platform.requests == []
    assert verdict.evidence.facts.origin is RunOrigin.REUSED
    assert story.noted == [(42, earlier_mark().text, 50)]


@pytest.mark.parametrize(
    "run",
    [
        left_behind(earlier_mark(), seconds=30.0),
        left_behind(earlier_mark(attempt=2)),
        left_behind(earlier_mark(attempt=3)),
        left_behind(earlier_mark(attempt=None)),
        left_behind(earlier_mark(identity=("github", "acme/bot", "815", "other leg", "4f2a9c1"))),
        left_behind(earlier_mark(), name="pg-nonsense"),
    ],
    ids=["finished", "same attempt", "later attempt", "no attempt", "another job", "no mark"],
)
def test_what_is_not_an_earlier_attempts_run_is_not_taken_up(run: FakeRun) -> None:
    story = GateHarness()
    story.change(deadline=900.0)
    story.platform.runs.append(run)
    verdict = story.run()
    assert len(story.platform.requests) == 1
    assert verdict.evidence.facts.origin is RunOrigin.TRIGGERED


def test_taking_up_can_be_turned_off() -> None:
    story = GateHarness()
    story.change(reuse=False)
    story.platform.runs.append(left_behind(earlier_mark()))
    story.run()
    assert len(story.platform.requests) == 1


def test_a_run_taken_up_is_cancelled_like_one_of_our_own() -> None:
    story = GateHarness()
    story.platform.runs.append(left_behind(earlier_mark(), seconds=9000.0))
    verdict, _ = story.interrupted(30.0)
    assert verdict.outcome is Outcome.CANCELLED
    assert story.platform.going == []
