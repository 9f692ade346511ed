"""A signal at any moment: the run is cancelled, in time, and never a pass."""

from __future__ import annotations

from dataclasses import replace

import pytest

from probe_gate.errors import Outcome, PlatformError
from tests.harness.fake_platform import going_run
from tests.unit.use_cases.harness import GateHarness

MOST_SECONDS = 5.0


def moments() -> list[float]:
    """Before, within and after each call of a whole gate, and between them."""
    story = GateHarness()
    story.platform.latency = 0.4
    story.run()
    found = set()
    end = story.time.monotonic()
    for moment, _call in story.platform.calls:
        found |= {moment - 0.01, moment, moment + 0.01, moment + 0.2, moment + 0.39, moment + 0.41}
    return sorted(moment for moment in found if 0 <= moment < end)


@pytest.mark.parametrize("signal_number", [2, 15])
@pytest.mark.parametrize("moment", moments())
def test_no_run_is_left_going_whenever_the_signal_comes(moment: float, signal_number: int) -> None:
    """At every step of the protocol."""
    story = GateHarness()
    story.platform.latency = 0.4
    verdict, took = story.interrupted(moment, signal_number)
    assert verdict.outcome is Outcome.CANCELLED
    assert took <= MOST_SECONDS
    for run in story.platform.runs[1:]:
        assert run.ended_at() <= story.time.monotonic()
        assert run.cancelled_at is not None or run.ended_at() <= moment
    if story.platform.requests or story.platform.count("trigger") == 0:
        assert verdict.evidence.left_running == ""
    else:
        # the trigger was on its way and never arrived: nobody can know that
        assert "could not be confirmed as cancelled" in verdict.evidence.left_running


def test_a_signal_while_the_scores_are_read_does_not_blame_other_runs() -> None:
    """The listing after the end, which would show them, is not read any more."""
    told = GateHarness()
    told.run()
    last_reading = max(moment for moment, call in told.platform.calls if call == "scores")
    verdict, _took = GateHarness().interrupted(last_reading + 0.01)
    fresh = next(check for check in verdict.checks if check.id == "scores-fresh")
    assert fresh.message == "The gate ended before it looked for other runs."
    assert fresh.hint == "Run the gate again."


def test_a_signal_while_the_trigger_is_on_its_way_finds_the_run_by_its_mark() -> None:
    """The platform got the trigger; its answer never came."""
    story = GateHarness()
    send = story.platform.trigger_run

    async def hang(request: object, deadline: float) -> int:
        await send(request, deadline)  # type: ignore[arg-type]
        await story.time.sleep(1000.0)
        raise AssertionError("the answer never comes")

    story.platform.trigger_run = hang  # type: ignore[method-assign]
    verdict, took = story.interrupted(5.0)
    assert verdict.outcome is Outcome.CANCELLED
    assert took <= MOST_SECONDS
    assert story.platform.runs[-1].cancelled_at is not None
    assert verdict.evidence.left_running == ""


def test_a_run_that_cannot_be_found_in_time_is_said_to_be_in_doubt() -> None:
    story = GateHarness()
    story.platform.make_run = lambda run: replace(run, listed_after=500.0)
    send = story.platform.trigger_run

    async def hang(request: object, deadline: float) -> int:
        await send(request, deadline)  # type: ignore[arg-type]
        await story.time.sleep(1000.0)
        return 0

    story.platform.trigger_run = hang  # type: ignore[method-assign]
    verdict, took = story.interrupted(5.0)
    assert verdict.outcome is Outcome.CANCELLED
    assert took <= MOST_SECONDS
    assert "could not be confirmed as cancelled" in verdict.evidence.left_running
    assert f"runs cancel --tag {story.plan.tag.text}" in verdict.evidence.left_running


def test_a_signal_during_an_outage_says_what_is_not_proven() -> None:
    story = GateHarness()

    def outage(_call: str, _number: int) -> None:
        if story.time.monotonic() > 20:
            raise PlatformError("The platform cannot be reached.")

    story.platform.before_call = outage
    verdict, took = story.interrupted(20.5)
    assert verdict.outcome is Outcome.CANCELLED
    assert took <= MOST_SECONDS
    assert "runs cancel 101" in verdict.evidence.left_running


def test_a_signal_while_waiting_for_another_run_starts_nothing() -> None:
    story = GateHarness()
    story.platform.runs.append(going_run(seconds=9000.0))
    verdict, _ = story.interrupted(100.0)
    assert verdict.outcome is Outcome.CANCELLED
    assert story.platform.requests == []
    assert story.platform.count("cancel") == 0
