"""One target's gate, from the first request to its verdict."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from probe_gate.domain.evidence import RunOrigin, Unavailable
from probe_gate.domain.run import Run
from probe_gate.domain.verdict import CheckOutcome
from probe_gate.errors import AuthError, ConfigError, Outcome, PlatformError
from probe_gate.use_cases.check_target import check_target
from probe_gate.use_cases.gate_target import gate_target
from probe_gate.use_cases.ports import RunRequest
from tests.harness.fake_platform import FakeRun, earlier_run
from tests.unit.use_cases.harness import GateHarness, on_call


def test_a_run_that_passes_needs_few_requests() -> None:
    """The runs, the scores and once more the runs before, the trigger, polls, two readings and one look after."""
    story = GateHarness()
    story.platform.make_run = lambda run: replace(run, seconds=1.0, overall=91)
    verdict = story.run()
    assert verdict.outcome is Outcome.PASSED
    assert [call for _, call in story.platform.calls] == [
        "list",
        "scores",
        "list",
        "trigger",
        "list",
        "scores",
        "scores",
        "list",
    ]


def test_the_run_is_named_by_its_mark_and_noted_before_and_after_the_trigger() -> None:
    """A job that is killed leaves word of its run."""
    story = GateHarness()
    verdict = story.run()
    request = story.platform.requests[0]
    assert request.name == f"{story.plan.tag.text} main"
    assert story.noted == [(42, story.plan.tag.text, None), (42, story.plan.tag.text, 101)]
    assert verdict.evidence.facts.origin is RunOrigin.TRIGGERED
    assert verdict.evidence.facts.tag == story.plan.tag.text


@pytest.mark.parametrize(
    ("end", "outcome"),
    [
        ("COMPLETED", Outcome.PASSED),
        ("finished", Outcome.PASSED),
        ("FAILED", Outcome.RUN_ENDED),
        ("Error", Outcome.RUN_ENDED),
        ("ABORTED", Outcome.RUN_ENDED),
        ("Canceled", Outcome.RUN_ENDED),
        ("CANCELLED", Outcome.RUN_ENDED),
    ],
)
def test_both_vocabularies_end_a_run(end: str, outcome: Outcome) -> None:
    """In any case of letters."""
    story = GateHarness()
    story.platform.make_run = lambda run: replace(run, end=end)
    assert story.run().outcome is outcome


@pytest.mark.parametrize("word", ["PAUSED", None, "DONE"])
def test_an_unknown_status_is_waited_through_and_said_once(word: str | None) -> None:
    """It is not an end, and never a pass."""
    story = GateHarness()
    story.platform.make_run = lambda run: replace(run, going=word, seconds=300.0)
    verdict = story.run()
    assert verdict.outcome is Outcome.PASSED
    warnings = [event for event in story.told if event.is_warning]
    assert len(warnings) == 1


def test_an_unknown_status_that_never_ends_times_out_and_is_cancelled() -> None:
    story = GateHarness()
    story.change(deadline=60.0)
    story.platform.make_run = lambda run: replace(run, going=None, seconds=3000.0)
    verdict = story.run()
    assert verdict.outcome is Outcome.TIMED_OUT
    assert not story.platform.going


def test_time_over_cancels_the_run() -> None:
    """And says so, with the limit, how far the run was, and its status before it was cancelled."""
    story = GateHarness()
    story.change(deadline=60.0, timeout_seconds=60.0)
    story.platform.make_run = lambda run: replace(run, seconds=3000.0)
    verdict = story.run()
    assert verdict.outcome is Outcome.TIMED_OUT
    assert verdict.reason == (
        "Test run 101 did not finish within 1 min (--timeout): 1 of 100 test cases were executed. "
        "Test run 101 was cancelled on the platform."
    )
    assert verdict.checks[0].measured == "RUNNING when it was last seen"
    assert story.platform.going == []
    assert verdict.evidence.left_running == ""
    assert any("was cancelled on the platform" in note for note in verdict.evidence.notes)
    assert 59 <= story.time.monotonic() <= 66


def test_time_over_leaves_the_run_when_asked() -> None:
    """And says how to stop it."""
    story = GateHarness()
    story.change(deadline=60.0, on_timeout_cancel=False)
    story.platform.make_run = lambda run: replace(run, seconds=3000.0)
    verdict = story.run()
    assert verdict.outcome is Outcome.TIMED_OUT
    assert story.platform.runs[-1].cancelled_at is None
    assert "probe-gate runs cancel 101" in verdict.evidence.left_running


def test_a_run_that_cannot_be_cancelled_is_said_not_to_be_proven_cancelled() -> None:
    story = GateHarness()
    story.change(deadline=60.0)
    story.platform.make_run = lambda run: replace(run, seconds=3000.0)

    def unreachable(call: str, _number: int) -> None:
        if story.time.monotonic() > 50:
            raise PlatformError("The platform cannot be reached.")

    story.platform.before_call = unreachable
    verdict = story.run()
    assert verdict.outcome is Outcome.PLATFORM_ERROR
    assert "could not be confirmed as cancelled" in verdict.evidence.left_running
    assert "probe-gate runs cancel 101" in verdict.evidence.left_running


def test_the_last_look_is_just_before_the_time_is_over() -> None:
    """A run that ends seconds before the deadline is still judged."""
    story = GateHarness()
    story.change(deadline=100.0, settle_seconds=0.0, poll_low_seconds=30.0, poll_high_seconds=30.0)
    story.platform.make_run = lambda run: replace(run, seconds=97.0, overall=91)
    assert story.run().outcome is Outcome.PASSED


def test_scores_that_lag_are_read_again() -> None:
    story = GateHarness()
    story.platform.score_lag = 40.0
    assert story.run().outcome is Outcome.PASSED


def test_scores_that_never_come_prove_nothing() -> None:
    """They are read again for as long as `--scores-timeout` says, then no limit is judged on the stale ones."""
    story = GateHarness()
    story.platform.score_lag = 4000.0
    story.platform.runs = [earlier_run(ended=-100_000.0)]
    story.platform.overall = 10
    verdict = story.run()
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert {check.id: check.outcome for check in verdict.checks}["overall-score"] is CheckOutcome.ERROR
    assert 60 + 590 <= story.time.monotonic() <= 60 + 610


def test_a_run_of_somebody_else_in_between_makes_the_scores_unusable() -> None:
    """The checks on the run's own counts still stand."""
    story = GateHarness()
    story.platform.runs.append(FakeRun(55, "other", 20.0, 10.0))
    verdict = story.run()
    assert verdict.outcome is Outcome.INCONCLUSIVE
    outcomes = {check.id: check.outcome for check in verdict.checks}
    assert outcomes["scores-fresh"] is CheckOutcome.ERROR
    assert outcomes["test-cases"] is CheckOutcome.PASSED


def test_a_run_that_vanishes_is_a_platform_error() -> None:
    story = GateHarness()
    story.platform.make_run = lambda run: replace(run, seconds=3000.0, vanishes_after=30.0)
    verdict = story.run()
    assert verdict.outcome is Outcome.PLATFORM_ERROR
    assert "vanished" in verdict.reason
    assert story.platform.count("cancel") == 1


def test_a_run_that_is_never_listed_is_a_platform_error() -> None:
    story = GateHarness()
    story.platform.make_run = lambda run: replace(run, seconds=3000.0, listed_after=9000.0)
    verdict = story.run()
    assert verdict.outcome is Outcome.PLATFORM_ERROR
    assert story.platform.count("cancel") == 1


def test_a_run_under_another_number_than_the_trigger_said_is_cancelled_by_its_mark() -> None:
    story = GateHarness()
    trigger_run = story.platform.trigger_run

    async def lie(request: RunRequest, deadline: float) -> int:
        return await trigger_run(request, deadline) + 1000

    story.platform.trigger_run = lie  # type: ignore[method-assign]
    story.platform.make_run = lambda run: replace(run, seconds=3600.0)
    verdict = story.run()
    assert verdict.outcome is Outcome.PLATFORM_ERROR
    assert story.platform.going == []
    assert verdict.evidence.left_running == ""


def test_an_outage_of_the_reading_before_is_said_and_does_not_stop_the_gate() -> None:
    story = GateHarness()
    story.platform.runs = [earlier_run(ended=-100_000.0)]
    story.platform.before_call = on_call("scores", 0, lambda: PlatformError("Bad gateway."))
    verdict = story.run()
    assert verdict.outcome is Outcome.PASSED
    assert isinstance(verdict.evidence.scores_before, Unavailable)
    assert any("Bad gateway" in note for note in verdict.evidence.notes)


def test_an_outage_that_takes_all_the_time_is_what_ended_the_gate() -> None:
    """Not the lack of time, which it left."""
    story = GateHarness()
    story.change(deadline=5.0)
    story.platform.latency = 6.0
    verdict = story.run()
    assert verdict.outcome is Outcome.PLATFORM_ERROR
    assert verdict.reason == "The platform did not answer in time. No test run was started."
    assert [call for _, call in story.platform.calls] == ["list"]


@pytest.mark.parametrize("call", ["scores", "list", "trigger"])
def test_refused_access_ends_at_once(call: str) -> None:
    """And the verdict says that nothing was started."""
    story = GateHarness()
    story.platform.before_call = on_call(call, 0, lambda: AuthError("The key was refused."))
    verdict = story.run()
    assert verdict.outcome is Outcome.AUTH_ERROR
    assert verdict.reason == "The key was refused. No test run was started."
    assert not verdict.evidence.has_run
    assert story.platform.requests == []


def test_an_outage_says_what_to_do() -> None:
    """Also if the error itself does not know."""
    story = GateHarness()
    story.platform.before_call = on_call("list", 0, lambda: PlatformError("The platform answered 503."))
    verdict = story.run()
    assert verdict.reason == "The platform answered 503. No test run was started."
    assert verdict.hint.startswith("The platform is failing; this says nothing about the target.")


def test_a_key_that_expires_during_the_wait_ends_at_once() -> None:
    """The run cannot be cancelled with it either: that is said."""
    story = GateHarness()

    def expired(_call: str, _number: int) -> None:
        if story.time.monotonic() > 20:
            raise AuthError("The key was refused.")

    story.platform.before_call = expired
    verdict = story.run()
    assert verdict.outcome is Outcome.AUTH_ERROR
    assert "could not be confirmed as cancelled" in verdict.evidence.left_running


def test_one_answer_without_sense_is_asked_for_again() -> None:
    story = GateHarness()
    story.platform.before_call = on_call("list", 2, lambda: PlatformError("A page instead of JSON."))
    assert story.run().outcome is Outcome.PASSED


def test_answers_that_stay_without_sense_end_the_gate_and_the_run() -> None:
    story = GateHarness()

    def nonsense(call: str, number: int) -> None:
        if call == "list" and number >= 2 and story.platform.count("cancel") == 0:
            raise PlatformError("A page instead of JSON.")

    story.platform.before_call = nonsense
    verdict = story.run()
    assert verdict.outcome is Outcome.PLATFORM_ERROR
    assert story.platform.runs[-1].cancelled_at is not None


def test_a_bug_of_ours_is_its_own_outcome_and_leaves_no_run() -> None:
    story = GateHarness()
    story.platform.before_call = on_call("list", 2, lambda: ZeroDivisionError("bug"))
    verdict = story.run()
    assert verdict.outcome is Outcome.INTERNAL_ERROR
    assert story.platform.runs[-1].cancelled_at is not None
    assert len(story.bugs) == 1


def test_a_given_run_is_judged_and_nothing_is_triggered() -> None:
    story = GateHarness()
    story.platform.runs = [earlier_run(1), FakeRun(7, "given", -30.0)]
    story.change(test_run_id=7)
    verdict = story.run()
    assert verdict.outcome is Outcome.PASSED
    assert story.platform.requests == []
    assert verdict.evidence.facts.origin is RunOrigin.EXISTING


def test_a_given_run_that_does_not_exist_is_a_wrong_option() -> None:
    story = GateHarness()
    story.change(test_run_id=7)
    verdict = story.run()
    assert verdict.outcome is Outcome.CONFIG_ERROR
    assert "no test run 7" in verdict.reason


def test_a_given_run_is_not_judged_when_a_later_one_has_changed_the_scores() -> None:
    """And the gate does not wait for what cannot come."""
    story = GateHarness()
    story.platform.runs = [FakeRun(7, "given", -500.0), FakeRun(8, "later", -300.0)]
    story.change(test_run_id=7)
    verdict = story.run()
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert "run 8" in verdict.reason
    assert story.platform.count("scores") == 1  # no later reading can be run 7's alone


def test_a_given_run_is_left_alone_when_the_time_is_over() -> None:
    """This gate did not start it."""
    story = GateHarness()
    story.platform.runs = [FakeRun(7, "given", -30.0, 9000.0)]
    story.change(test_run_id=7, deadline=60.0)
    verdict = story.run()
    assert verdict.outcome is Outcome.TIMED_OUT
    assert story.platform.count("cancel") == 0


def test_scores_that_are_late_are_waited_for_with_their_reason_in_the_log() -> None:
    """A reader of the log learns what the gate waits for, and what to do if it was in vain."""
    story = GateHarness()
    story.platform.runs, story.platform.score_lag = [FakeRun(1, "earlier", -5000.0)], 3000.0
    story.platform.make_run = lambda run: replace(run, failed=7)
    verdict = story.run()
    assert verdict.outcome is Outcome.INCONCLUSIVE
    said = [event.message for event in story.told if event.message.endswith("; reading them again.")]
    assert said[0].startswith(
        "The platform's scores do not include this run: date and numbers are the same as before it"
    )
    assert (
        "If no other run has started on this target since, repeat the command with --test-run-id 101;" in verdict.hint
    )


def test_a_run_that_is_going_again_after_its_end_is_never_a_pass() -> None:
    story = GateHarness()
    story.change(settle_seconds=0.0)

    class Turning(FakeRun):
        def at(self, now: float) -> Run:
            run = super().at(now)
            return replace(run, status="RUNNING") if now > self.begun_at + self.seconds + 8 else run

    story.platform.make_run = lambda run: Turning(run.id, run.name, run.begun_at, 30.0)
    story.platform.latency = 5.0
    verdict = story.run()
    assert verdict.outcome is Outcome.PLATFORM_ERROR
    assert story.platform.count("cancel") == 0  # it was seen to be completed


def test_settling_leaves_time_to_look_for_other_runs() -> None:
    """Scores that lag until the time is over prove nothing; that is no fault of the platform."""
    story = GateHarness()
    story.change(deadline=75.0)
    story.platform.score_lag = 4000.0
    story.platform.runs = [earlier_run(ended=-100_000.0)]
    story.platform.latency = 0.3
    assert story.run().outcome is Outcome.INCONCLUSIVE


def test_a_yes_to_a_cancel_alone_proves_nothing() -> None:
    """The run goes on: that is said, and how to stop it."""
    story = GateHarness()
    story.change(deadline=60.0)
    story.platform.make_run = lambda run: replace(run, seconds=3000.0)

    async def say_yes(_run_id: int, _deadline: float) -> None:
        await story.time.sleep(0.1)

    story.platform.cancel_run = say_yes  # type: ignore[method-assign, assignment]
    verdict = story.run()
    assert verdict.outcome is Outcome.TIMED_OUT
    assert "could not be confirmed as cancelled" in verdict.evidence.left_running
    assert "still lists it as RUNNING" in verdict.evidence.left_running


def test_a_cancel_that_is_refused_while_the_run_is_active_is_sent_again() -> None:
    """The platform may not be ready for it yet."""
    story = GateHarness()
    story.change(deadline=60.0)
    story.platform.make_run = lambda run: replace(run, seconds=3000.0)
    story.platform.before_call = on_call("cancel", 0, lambda: ConfigError("409: the run is being started."))
    verdict = story.run()
    assert verdict.outcome is Outcome.TIMED_OUT
    assert story.platform.count("cancel") == 2
    assert story.platform.going == []
    assert verdict.evidence.left_running == ""


def test_a_cancel_that_stays_refused_is_given_up_in_time_and_says_how_to_stop_the_run() -> None:
    story = GateHarness()
    story.change(deadline=60.0)
    story.platform.make_run = lambda run: replace(run, seconds=3000.0)

    def refuse(call: str, _number: int) -> None:
        if call == "cancel":
            raise ConfigError("409: the run is being started.")

    story.platform.before_call = refuse
    verdict = story.run()
    assert verdict.outcome is Outcome.TIMED_OUT
    assert 2 <= story.platform.count("cancel") <= 10
    assert "409" in verdict.evidence.left_running
    assert "probe-gate runs cancel 101" in verdict.evidence.left_running
    assert story.time.monotonic() <= 66


@pytest.mark.parametrize("is_cancel_refused", [True, False])
def test_access_refused_during_the_wait_still_cancels_the_run(is_cancel_refused: bool) -> None:
    story = GateHarness()

    def refuse(call: str, _number: int) -> None:
        if story.time.monotonic() > 20 and (is_cancel_refused or call != "cancel"):
            raise AuthError("403: access was refused.")

    story.platform.before_call = refuse
    verdict = story.run()
    assert verdict.outcome is Outcome.AUTH_ERROR
    assert story.platform.count("cancel") >= 1
    assert bool(story.platform.going) is is_cancel_refused
    assert ("probe-gate runs cancel 101" in verdict.evidence.left_running) is is_cancel_refused
    assert "othing was started" not in story.messages + verdict.reason + verdict.hint


@pytest.mark.parametrize(
    ("exception", "words"),
    [
        (RuntimeError("can't start new thread"), "No more threads"),
        (OSError(errno.EMFILE, "Too many open files"), "limit on open files"),
        (MemoryError(), "out of memory"),
    ],
)
@pytest.mark.parametrize("use_case", [gate_target, check_target])
def test_a_lack_of_something_on_this_machine_is_said_as_that(
    use_case: Callable[..., Any], exception: Exception, words: str
) -> None:
    story = GateHarness()
    story.platform.before_call = on_call("scores", 0, lambda: exception)
    verdict = story.time.finish(use_case(story.plan, story.ports))
    assert verdict.outcome is Outcome.PLATFORM_ERROR
    assert words in verdict.reason
    assert "bug" not in verdict.reason + verdict.hint
