"""A run is started exactly once, whatever becomes of the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from probe_gate.errors import AuthError, ConfigError, GateError, Outcome, PlatformError
from probe_gate.timings import DEFAULT_TIMINGS
from probe_gate.use_cases.ports import NotStartedError, RunRequest, UnconfirmedRequestError
from probe_gate.use_cases.trigger import MAX_UNCONFIRMED_SENDS
from tests.harness.fake_platform import FakeRun, going_run
from tests.unit.use_cases.harness import GateHarness, on_call


def lost() -> UnconfirmedRequestError:
    return UnconfirmedRequestError("The answer was lost.")


def always(name: str, error: Callable[[], Exception]) -> Callable[[str, int], None]:
    def act(call: str, _number: int) -> None:
        if call == name:
            raise error()

    return act


def test_a_lost_answer_finds_the_run_and_sends_no_second_trigger() -> None:
    """The work was done, so the mark stands in the listing."""
    story = GateHarness()
    story.platform.after_call = on_call("trigger", 0, lost)
    verdict = story.run()
    assert verdict.outcome is Outcome.PASSED
    assert len(story.platform.requests) == 1
    assert any("looked for by its run tag" in note for note in verdict.evidence.notes)


def test_a_lost_answer_of_a_platform_that_lists_late_is_waited_for() -> None:
    """19 seconds late is within what is assumed of the platform."""
    story = GateHarness()
    story.platform.after_call = on_call("trigger", 0, lost)
    story.platform.make_run = lambda run: replace(run, listed_after=19.0)
    assert story.run().outcome is Outcome.PASSED
    assert len(story.platform.requests) == 1


@pytest.mark.parametrize("name", [None, "", "Started by the API: pg-c49f0e88.2.k4x7qa main"])
def test_a_new_run_without_a_tag_may_be_the_one_whose_answer_was_lost(name: str | None) -> None:
    """A platform may list a run without its name: it is not started a second time."""
    story = GateHarness()
    story.platform.after_call = on_call("trigger", 0, lost)
    story.platform.make_run = lambda run: replace(run, name=name)
    verdict = story.run()
    assert verdict.outcome is Outcome.PLATFORM_ERROR
    assert story.platform.count("trigger") == 1
    assert "Run 101 appeared after the trigger and may be the one" in verdict.hint
    assert "may still be running" in verdict.evidence.left_running


def test_the_run_of_another_gate_is_not_the_one_whose_answer_was_lost() -> None:
    story = GateHarness()
    story.platform.before_call = on_call("trigger", 0, lost)
    story.platform.runs.append(going_run(2, begun_at=1.0, seconds=5.0, name="pg-00000000.1.zzzzzz other"))
    story.run()
    assert story.platform.count("trigger") == 2


def test_a_trigger_that_did_nothing_is_sent_again_after_the_doubt_is_cleared() -> None:
    """Three whole readings over twenty seconds come first."""
    story = GateHarness()
    story.platform.before_call = on_call("trigger", 0, lost)
    verdict = story.run()
    assert verdict.outcome is Outcome.PASSED
    assert len(story.platform.requests) == 1
    first, second = [moment for moment, call in story.platform.calls if call == "trigger"]
    between = [moment for moment, call in story.platform.calls if call == "list" and first < moment < second]
    assert len(between) >= 3
    assert between[-1] - between[0] >= DEFAULT_TIMINGS.absence_seconds


def test_a_trigger_that_stays_in_doubt_is_not_sent_for_ever() -> None:
    story = GateHarness()
    story.platform.before_call = always("trigger", lost)
    verdict = story.run()
    assert verdict.outcome is Outcome.PLATFORM_ERROR
    assert story.platform.count("trigger") == MAX_UNCONFIRMED_SENDS
    assert story.plan.tag.text in verdict.hint


def test_a_refusal_that_would_only_be_repeated_is_not_sent_again() -> None:
    story = GateHarness()
    story.platform.before_call = always("trigger", lambda: UnconfirmedRequestError("409 Conflict.", may_retry=False))
    verdict = story.run()
    assert verdict.outcome is Outcome.PLATFORM_ERROR
    assert story.platform.count("trigger") == 1
    assert "409" in verdict.reason


def test_a_doubt_that_cannot_be_cleared_in_time_names_the_mark() -> None:
    """The listing is out of reach as well."""
    story = GateHarness()
    story.change(deadline=120.0)

    def outage(call: str, _number: int) -> None:
        if call == "trigger":
            raise lost()
        if story.platform.count("trigger"):
            raise PlatformError("Bad gateway.")

    story.platform.before_call = outage
    verdict = story.run()
    assert verdict.outcome is Outcome.PLATFORM_ERROR
    assert story.plan.tag.text in verdict.hint
    assert f"runs cancel --tag {story.plan.tag.text}" in verdict.evidence.left_running
    assert story.platform.count("trigger") == 1


def test_a_listing_with_new_unreadable_entries_does_not_clear_the_doubt() -> None:
    """Our run could be the one that cannot be read."""
    story = GateHarness()
    story.change(deadline=120.0)
    story.platform.before_call = always("trigger", lost)
    read = story.platform.list_runs

    async def unreadable(target_id: int, query: object, deadline: float) -> object:
        listing = await read(target_id, query, deadline)  # type: ignore[arg-type]
        return replace(listing, unreadable=1 if story.platform.count("trigger") else 0)

    story.platform.list_runs = unreadable  # type: ignore[method-assign, assignment]
    verdict = story.run()
    assert verdict.outcome is Outcome.PLATFORM_ERROR
    assert story.platform.count("trigger") == 1


def test_a_refused_connection_is_tried_again_at_once() -> None:
    """Nothing was started, so no search is needed."""
    story = GateHarness()
    story.platform.before_call = on_call("trigger", 0, lambda: NotStartedError("Connection refused."))
    assert story.run().outcome is Outcome.PASSED
    sent = [moment for moment, call in story.platform.calls if call == "trigger"]
    assert len(sent) == 2
    assert sent[1] - sent[0] < 3


def test_retry_after_is_honoured() -> None:
    story = GateHarness()
    error = NotStartedError("Too many requests.", retry_after_seconds=40.0)
    story.platform.before_call = on_call("trigger", 0, lambda: error)
    assert story.run().outcome is Outcome.PASSED
    sent = [moment for moment, call in story.platform.calls if call == "trigger"]
    assert sent[1] - sent[0] >= 40


def test_retry_after_beyond_the_time_ends_the_gate_at_once() -> None:
    story = GateHarness()
    error = NotStartedError("Too many requests.", retry_after_seconds=4000.0)
    story.platform.before_call = on_call("trigger", 0, lambda: error)
    assert story.run().outcome is Outcome.PLATFORM_ERROR
    assert story.time.monotonic() < 5


def test_a_platform_that_stays_out_of_reach_ends_the_gate_in_time_with_nothing_started() -> None:
    story = GateHarness()
    story.change(deadline=300.0)
    story.platform.before_call = always("trigger", lambda: NotStartedError("Connection refused."))
    verdict = story.run()
    assert verdict.outcome is Outcome.PLATFORM_ERROR
    assert verdict.evidence.left_running == ""
    assert 250 < story.time.monotonic() <= 301


def test_what_the_platform_refuses_is_final() -> None:
    story = GateHarness()
    story.platform.before_call = always("trigger", lambda: ConfigError("400: probe 9 is not configured."))
    verdict = story.run()
    assert verdict.outcome is Outcome.CONFIG_ERROR
    assert story.platform.count("trigger") == 1
    assert story.platform.count("cancel") == 0


def test_a_run_that_was_listed_far_too_late_shows_and_its_double_is_cancelled() -> None:
    """What is assumed of the platform did not hold: no verdict is given on mixed scores, and nothing is left going."""
    story = GateHarness()
    story.platform.after_call = on_call("trigger", 0, lost)

    def make(run: FakeRun) -> FakeRun:
        first = run.id == 101
        return replace(run, seconds=900.0 if first else 60.0, listed_after=30.0 if first else 0.0)

    story.platform.make_run = make
    verdict = story.run()
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert story.platform.runs[1].id == 101
    assert story.platform.runs[1].cancelled_at is not None


def test_the_id_of_an_earlier_run_is_no_answer_to_a_trigger() -> None:
    """The run that was really started is found by its mark, and an old run's results never pass for it."""
    story = GateHarness()
    send = story.platform.trigger_run

    async def answer_with_an_old_id(request: RunRequest, deadline: float) -> int:
        await send(request, deadline)
        return 1

    story.platform.trigger_run = answer_with_an_old_id  # type: ignore[method-assign]
    verdict = story.run()
    assert verdict.outcome is Outcome.PASSED
    assert verdict.evidence.run.id == 101  # type: ignore[union-attr]


def test_the_id_of_an_earlier_run_for_a_trigger_that_did_nothing_is_a_platform_error() -> None:
    story = GateHarness()

    async def answer_with_an_old_id(_request: RunRequest, _deadline: float) -> int:
        return 1

    story.platform.trigger_run = answer_with_an_old_id  # type: ignore[method-assign, assignment]
    verdict = story.run()
    assert verdict.outcome is Outcome.PLATFORM_ERROR
    assert "which already existed" in verdict.reason


@pytest.mark.parametrize("error", [AuthError("401: the key was refused."), ConfigError("404: no such target.")])
def test_a_refused_search_leaves_it_unconfirmed_whether_a_run_was_started(error: GateError) -> None:
    """Such a search shows nothing: not that nothing was started either."""
    story = GateHarness()

    def refuse(call: str, _number: int) -> None:
        if call == "trigger":
            raise lost()
        if story.platform.count("trigger"):
            raise error

    story.platform.before_call = refuse
    verdict = story.run()
    assert verdict.outcome is Outcome.PLATFORM_ERROR
    assert "is not known whether a test run was started" in verdict.reason
    assert f"runs cancel --tag {story.plan.tag.text}" in verdict.evidence.left_running
    assert "othing was started" not in story.messages + verdict.reason + verdict.hint
    assert story.platform.count("trigger") == 1


def test_a_refusal_after_a_lost_answer_does_not_claim_that_nothing_was_started() -> None:
    """The search found no run, but the platform may list it late."""
    story = GateHarness()
    errors = iter([lost(), AuthError("The key was refused.")])
    story.platform.before_call = always("trigger", lambda: next(errors))
    verdict = story.run()
    assert verdict.outcome is Outcome.AUTH_ERROR
    assert "No test run was started." not in verdict.reason
