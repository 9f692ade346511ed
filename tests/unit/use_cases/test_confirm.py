"""Confirming a failure by further runs, on the virtual clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from probe_gate.domain.evidence import RunOrigin, Unavailable
from probe_gate.domain.freshness import Proof, assess
from probe_gate.domain.policy import BEFORE
from probe_gate.domain.probes import ChosenProbes
from probe_gate.domain.run import Run
from probe_gate.domain.scores import Scores
from probe_gate.domain.verdict import TargetVerdict
from probe_gate.errors import ConfigError, Outcome, PlatformError
from probe_gate.use_cases.ports import UnconfirmedRequestError
from probe_gate.use_cases.run_tag import parse_run_tag
from tests.harness.fake_platform import FakeRun, going_run
from tests.harness.profiles import slow_after
from tests.harness.run_sequences import SEQUENCES, PlayedRun, RunSequence, overalls
from tests.unit.settings.helpers import ask
from tests.unit.use_cases.harness import GateHarness, on_call


class Play:
    """A gate whose runs are those of a sequence."""

    def __init__(self, runs: tuple[PlayedRun, ...], **options: str) -> None:
        self.story = GateHarness()
        self.platform = self.story.platform
        self._runs = runs
        self._made = 0
        self.platform.make_run = self._make
        settings = ask({"confirm": "2", **options})
        self.story.change(policy=settings.targets[0].policy, deadline=settings.run.timeout_seconds)

    def _make(self, run: FakeRun) -> FakeRun:
        played = self._runs[self._made]
        self._made += 1
        if played.other_after is not None:
            begun_at = run.begun_at + played.other_after
            self.platform.runs.append(going_run(run.id + 1000, begun_at=begun_at, seconds=90.0, listed_after=0.0))
        if played.is_out_of_reach:
            self.platform.before_call = self._fail
        return replace(
            run,
            overall=played.overall,
            failed=played.failed,
            errors=played.errors,
            total=played.total,
            safety=played.safety,
            end=played.end,
            seconds=played.seconds,
        )

    @staticmethod
    def _fail(_call: str, _number: int) -> None:
        raise PlatformError("The platform cannot be reached.")

    def run(self) -> TargetVerdict:
        return self.story.run()


@pytest.mark.parametrize("sequence", SEQUENCES, ids=str)
def test_a_sequence_of_runs_comes_to_its_verdict(sequence: RunSequence) -> None:
    """With so many runs, each started once; nothing is left active."""
    play = Play(sequence.runs, **sequence.options)
    verdict = play.run()
    assert play.story.bugs == []
    assert verdict.outcome is sequence.outcome, verdict.reason
    assert len(play.platform.requests) == sequence.made
    assert sequence.says in (verdict.confirmation.summary if verdict.confirmation else "")
    tags = [parse_run_tag(request.name) for request in play.platform.requests]
    assert [tag and tag.number for tag in tags] == list(range(1, sequence.made + 1))
    own = [run for run in play.platform.runs if parse_run_tag(run.name)]
    assert all(run.ended_at() <= play.story.time.monotonic() for run in own) or "out of reach" in sequence.name
    if verdict.outcome is Outcome.PASSED and sequence.made > 1:
        assert isinstance(verdict.scores, Scores)
        middle = sorted(run.overall for run in sequence.runs[: sequence.made])[(sequence.made - 1) // 2]
        assert verdict.scores.overall == middle


def test_the_table_is_large_enough() -> None:
    """At least 40 sequences on the virtual clock, and 20 of them as processes."""
    assert len(SEQUENCES) >= 40
    assert sum(sequence.in_sandbox for sequence in SEQUENCES) >= 20
    assert len({sequence.name for sequence in SEQUENCES}) == len(SEQUENCES)


def test_the_reading_that_judged_a_run_is_the_reading_before_the_next() -> None:
    """No scores are read in between, and the last listing of a run comes before the next trigger."""
    play = Play(overalls(70, 90, 91))
    verdict = play.run()
    first, second, third = verdict.runs
    assert (second.scores_before, third.scores_before) == (first.scores, second.scores)
    calls = [call for _, call in play.platform.calls]
    triggers = [index for index, call in enumerate(calls) if call == "trigger"]
    # the listing after the end, one to see that the target is idle, and one directly before the trigger
    assert [calls[index - 4 : index] for index in triggers[1:]] == [["scores", "list", "list", "list"]] * 2
    for evidence in verdict.runs:
        assert {response.what for response in evidence.responses} >= {"listing after the end", "scores after the end"}


def test_the_runs_of_one_gate_do_not_overlap_each_other() -> None:
    """Each knows the runs before it, and equal counts need a slower proof."""
    verdict = Play(overalls(70, 90, 91)).run()
    assert [evidence.overlaps for evidence in verdict.runs] == [()] * 3
    assert [evidence.facts.own_earlier for evidence in verdict.runs] == [(), (101,), (101, 102)]
    assert [evidence.facts.earlier and evidence.facts.earlier.run.id for evidence in verdict.runs] == [1, 101, 102]
    assert [evidence.stable_seconds >= 30.0 for evidence in verdict.runs] == [False, True, True]


def test_a_listing_that_lacks_the_run_before_does_not_make_it_an_overlap() -> None:
    """One of several parts of the platform is behind."""
    play = Play(overalls(70, 90, 91))
    listed = play.platform.listed

    def without_the_last() -> list[Run]:
        runs = listed()
        before_trigger = len(play.platform.requests) == 1 and all(run.state.is_terminal for run in runs)
        return [run for run in runs if run.id != 101] if before_trigger and behind.pop() else runs

    behind = [False] * 40 + [True, True, False, False, False]
    play.platform.listed = without_the_last  # type: ignore[method-assign]
    verdict = play.run()
    assert verdict.outcome is Outcome.PASSED, verdict.confirmation
    assert [evidence.overlaps for evidence in verdict.runs] == [()] * 3


def test_another_run_in_between_is_waited_for_and_the_scores_are_read_anew() -> None:
    """The reading that judged the run before is not the reading before any more."""
    play = Play((PlayedRun(70, other_after=65.6), PlayedRun(failed=2), PlayedRun()))
    verdict = play.run()
    assert verdict.outcome is Outcome.PASSED
    assert verdict.runs[1].scores_before != verdict.runs[0].scores
    assert verdict.runs[1].facts.earlier is not None
    assert verdict.runs[1].facts.earlier.run.id == 1101
    assert any("Waited for run 1101" in note for note in verdict.runs[1].notes)


def test_drops_of_all_runs_are_measured_against_the_reading_before_the_first() -> None:
    """That reading is the baseline."""
    play = Play(overalls(84, 88, 88), **{"max-score-drop": "5", "baseline": BEFORE})
    verdict = play.run()
    assert len(verdict.runs) == 3
    assert len({repr(evidence.baseline) for evidence in verdict.runs}) == 1


def test_the_probes_are_chosen_once() -> None:
    """A choice by the target's type asks the platform; the runs share what it came to."""
    play = Play(overalls(70, 90, 91))
    play.story.change(probes=ChosenProbes((2, 1)))
    verdict = play.run()
    assert {request.probe_ids for request in play.platform.requests} == {(2, 1)}
    assert {evidence.facts.probe_ids for evidence in verdict.runs} == {(2, 1)}


def test_the_log_says_what_the_next_run_will_cost() -> None:
    """Before it is started."""
    play = Play(overalls(70, 90, 91))
    play.run()
    assert (
        "Run 1 failed: overall-score. Starting run 2 of at most 3 to confirm the failure. It will cost about 100 test "
        "cases."
    ) in play.story.messages
    assert "Run 2 passed. Starting run 3 of at most 3 to confirm the failure." in play.story.messages


def test_there_is_one_verdict_in_the_log() -> None:
    """At the end."""
    play = Play(overalls(70, 90, 91))
    verdict = play.run()
    assert [event.verdict for event in play.story.told if event.verdict is not None] == [verdict]


def test_each_run_is_written_down_before_and_after_its_trigger() -> None:
    """So that a killed job leaves word of the last one."""
    play = Play(overalls(70, 90, 91))
    play.run()
    tag = play.story.plan.tag
    texts = [replace(tag, number=number).text for number in (1, 2, 3)]
    assert play.story.noted == [
        (42, text, run_id) for text, known in zip(texts, (101, 102, 103), strict=True) for run_id in (None, known)
    ]


def test_a_lost_answer_to_the_second_trigger_starts_no_other_run() -> None:
    """It is found by its own tag, which is that of no other run."""
    play = Play(overalls(70, 90, 91))

    def lose(call: str, number: int) -> None:
        if (call, number) == ("trigger", 1):
            raise UnconfirmedRequestError("The answer was lost.")

    play.platform.after_call = lose
    verdict = play.run()
    assert verdict.outcome is Outcome.PASSED
    assert len(play.platform.requests) == 3


def test_a_bug_in_the_second_run_is_reported_as_one() -> None:
    """And the run is cancelled."""
    play = Play(overalls(70, 90, 91))

    bugs = [ZeroDivisionError()]

    def break_down(call: str, _number: int) -> None:
        if call == "list" and len(play.platform.requests) == 2 and bugs:
            raise bugs.pop()

    play.platform.before_call = break_down
    verdict = play.run()
    assert verdict.outcome is Outcome.INTERNAL_ERROR
    assert len(play.story.bugs) == 1
    assert play.platform.runs[-1].cancelled_at is not None


def signal_times() -> list[float]:
    """Return times just before, at and after each call of the second and third run, and between them."""
    play = Play(overalls(70, 90, 91))
    play.platform.latency = 0.4
    play.run()
    triggers = [moment for moment, call in play.platform.calls if call == "trigger"]
    found = set()
    for moment, _call in play.platform.calls:
        found |= {moment - 0.01, moment, moment + 0.2, moment + 0.41}
    # two listings, each of which takes 0.4 s, come before the second trigger
    times = sorted(moment for moment in found if moment > triggers[1] - 0.8)
    return [moment for first in range(5) for moment in times[first::5]]


@pytest.mark.parametrize("moment", slow_after(12, signal_times()))
def test_a_signal_in_the_second_and_third_run_leaves_nothing_active(moment: float) -> None:
    """And nothing is started after it."""
    play = Play(overalls(70, 90, 91))
    play.platform.latency = 0.4
    verdict, virtual_seconds = play.story.interrupted(moment)
    if verdict.outcome is not Outcome.CANCELLED:
        assert verdict.outcome is Outcome.PASSED  # it came after the last answer
        return
    assert virtual_seconds <= 5.0
    own = play.platform.runs[1:]
    assert all(run.ended_at() <= play.story.time.monotonic() for run in own)
    assert len(own) == len({run.name for run in own}) <= 3
    assert verdict.confirmation is not None
    assert len(verdict.runs) in (2, 3)


@pytest.mark.parametrize("number", [2, 3])
def test_a_retried_job_takes_up_a_confirming_run_as_its_first(number: int) -> None:
    """And confirmation starts anew, with as many runs as before."""
    play = Play(overalls(90, 91), confirm="2")
    earlier = replace(play.story.plan.tag, attempt=1, nonce="h3j9wz", number=number)
    play.platform.runs.append(FakeRun(50, f"{earlier.text} main", -20.0, overall=70, failed=6))
    verdict = play.run()
    assert verdict.outcome is Outcome.PASSED
    assert [getattr(evidence.run, "id", None) for evidence in verdict.runs] == [50, 101, 102]
    assert verdict.evidence.facts.origin is RunOrigin.REUSED
    assert verdict.evidence.facts.tag == earlier.text
    assert [request.name for request in play.platform.requests] == [
        f"{replace(play.story.plan.tag, number=number).text} main" for number in (2, 3)
    ]


def test_a_gate_that_is_killed_in_its_second_run_is_continued_by_the_next_attempt() -> None:
    """On one platform, one after the other: no run is started twice, and none is left active."""
    first = Play(overalls(70, 71, 90))
    first.platform.make_run = lambda run: replace(run, overall=70, failed=len(first.platform.requests) + 3)
    task = first.story.start()
    killed_at = 100.0
    first.story.time.interrupt(task, killed_at, 9)

    async def hang(run_id: int, deadline: float) -> None:
        raise PlatformError("The job was killed before it could cancel its run.")

    first.platform.cancel_run = hang  # type: ignore[method-assign]
    first.story.time.pass_until(killed_at + 10)
    second = GateHarness(time=first.story.time)
    second.platform = first.platform
    second.change(policy=first.story.plan.policy, tag=replace(first.story.plan.tag, attempt=3, nonce="zzzzzz"))
    made = len(first.platform.requests)
    assert made == 2
    verdict = second.run()
    assert verdict.outcome is Outcome.FAILED
    assert verdict.evidence.facts.origin is RunOrigin.REUSED
    assert [getattr(evidence.run, "id", None) for evidence in verdict.runs] == [102, 103]
    assert len(first.platform.requests) == 3


def test_time_for_another_run_is_judged_by_the_first_one() -> None:
    """From its trigger to its verdict, not by how long it was waited for."""
    play = Play(overalls(70, 90, 91), timeout="370")
    play.platform.runs.append(going_run(2, seconds=200.0, begun_at=-60.0, overall=88))
    verdict = play.run()
    assert len(play.platform.requests) == 2
    assert verdict.confirmation is not None
    assert verdict.confirmation.not_started.startswith("There was no time for another run: the first one took 1 min")
    assert any(event.is_warning and "no time" in event.message for event in play.story.told)


def test_an_existing_run_is_not_repeated() -> None:
    """Whatever the policy says."""
    play = Play(overalls(90))
    play.platform.runs.append(FakeRun(7, "by hand", -100.0, overall=70, failed=9))
    play.story.change(test_run_id=7)
    verdict = play.run()
    assert verdict.outcome is Outcome.FAILED
    assert play.platform.requests == []
    assert verdict.confirmation is None


def test_a_run_left_on_purpose_is_left() -> None:
    """`--on-timeout leave` holds for confirming runs too; the failure stands."""
    play = Play((PlayedRun(70), PlayedRun(seconds=900.0)), timeout="300")
    play.story.change(on_timeout_cancel=False)
    verdict = play.run()
    assert verdict.outcome is Outcome.FAILED
    assert "left running, as --on-timeout leave requests" in verdict.left_running
    assert play.platform.count("cancel") == 0


def test_trusted_scores_do_not_prove_those_of_the_next_run() -> None:
    """A run whose scores nothing proved may reach them only after the next one was started."""
    play = Play(overalls(70, 90, 91))
    play.story.change(trust_unproven=True)
    platform = play.platform
    fetch = platform.fetch_scores
    dated = play.story.time.now() - timedelta(days=2)

    async def in_odd_units(*args: Any, **kwargs: Any) -> Scores:
        scores = await fetch(*args, **kwargs)
        return replace(scores, simulated_attacks=500, successful_attacks=50, latest_execution=dated)

    platform.fetch_scores = in_odd_units  # type: ignore[method-assign]
    verdict = play.run()
    assert all(not isinstance(evidence.scores, Unavailable) for evidence in verdict.runs)
    assert [assess(evidence).proof for evidence in verdict.runs] == [Proof.TRUSTED] * 3
    assert not any(evidence.facts.earlier and evidence.facts.earlier.is_settled for evidence in verdict.runs)


def test_a_refused_trigger_of_the_second_run_leaves_the_failure_standing() -> None:
    """A config-error would claim that nothing was started, but the first run was."""
    play = Play(overalls(70, 90, 91))
    play.platform.before_call = on_call("trigger", 1, lambda: ConfigError("The platform refuses it."))
    verdict = play.run()
    assert verdict.outcome is Outcome.FAILED
    assert verdict.confirmation is not None
    assert "The platform refuses it." in verdict.confirmation.summary
