"""A target made for one run is gone at the end, whatever the end; or it is said how to delete it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from probe_gate.domain.evidence import Target
from probe_gate.domain.target_state import TargetState
from probe_gate.domain.verdict import TargetVerdict
from probe_gate.errors import CancelledError, GateError, Outcome, PlatformError
from probe_gate.timings import DEFAULT_TIMINGS
from probe_gate.use_cases.ephemeral_target import EphemeralTargetPlan, gate_ephemeral_target
from probe_gate.use_cases.ports import UnconfirmedRequestError
from tests.harness.fake_targets import FakeTargets, make_target_answer
from tests.harness.partial import Joined
from tests.harness.virtual_time import Task
from tests.unit.use_cases.harness import GateHarness

MOST_SECONDS_AFTER_SIGNAL = 7.0
"""GitHub sends a second signal 7.5 s after the first one."""


class Preview:
    """A gate of a target that is yet to be made."""

    def __init__(self, latency: float = 0.05) -> None:
        self.story = GateHarness()
        self.story.platform.latency = latency
        self.story.platform.runs.clear()
        self.targets = FakeTargets(self.story.time, latency=latency)
        answer = make_target_answer()
        self.state = TargetState("REST_API", answer["connection"]["config"], answer["settings"]).tagged("pg-1.2.abcde2")
        self.made: list[Target] = []

    def make_plan(self, target: Target) -> Any:
        self.made.append(target)
        return replace(self.story.plan, target=target)

    def start(self) -> Task[TargetVerdict]:
        ports = replace(self.story.ports, platform=Joined(self.story.platform, self.targets))
        return self.story.time.start(
            gate_ephemeral_target(EphemeralTargetPlan(self.state, 2700.0, self.make_plan), ports)
        )

    def run(self) -> TargetVerdict:
        task = self.start()
        self.story.time.pass_until()
        return task.result


def test_the_made_target_is_gated_and_deleted() -> None:
    """And the report says so, and that this is experimental."""
    preview = Preview()
    verdict = preview.run()
    assert verdict.outcome is Outcome.PASSED
    assert verdict.target == Target(501, "pg-1.2.abcde2 Support bot")
    assert preview.targets.targets == {}
    assert verdict.evidence.notes[-1] == "Target 501 was deleted."
    assert "experimental" in verdict.evidence.notes[-2]
    assert verdict.evidence.left_running == ""
    assert preview.story.noted_targets == [(501, "pg-1.2.abcde2", True), (501, "pg-1.2.abcde2", False)]


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        (lambda story: setattr(story.platform, "overall", 20), Outcome.FAILED),
        (lambda story: setattr(story.platform, "make_run", lambda run: replace(run, end="FAILED")), Outcome.RUN_ENDED),
        (lambda story: setattr(story.platform, "make_run", lambda run: replace(run, total=0)), Outcome.INCONCLUSIVE),
        (lambda story: setattr(story.platform, "make_run", lambda run: replace(run, seconds=1e5)), Outcome.TIMED_OUT),
    ],
    ids=["failed", "run-ended", "no probes", "timed-out"],
)
def test_the_target_is_deleted_whatever_the_verdict(change: Callable[[GateHarness], None], outcome: Outcome) -> None:
    """Bad ends are ends too."""
    preview = Preview()
    change(preview.story)
    assert preview.run().outcome is outcome
    assert preview.targets.targets == {}


def test_the_target_is_deleted_after_a_bug_of_ours() -> None:
    """Wherever it strikes."""
    preview = Preview()

    def broken(_target: Target) -> Any:
        raise ZeroDivisionError

    preview.make_plan = broken  # type: ignore[method-assign, assignment]
    with pytest.raises(ZeroDivisionError):
        preview.run()
    assert preview.targets.targets == {}


def moments() -> list[float]:
    """Before, within and after each call of a whole gate, and between them."""
    preview = Preview(latency=0.4)
    preview.run()
    calls = [*preview.story.platform.calls, *preview.targets.calls]
    end = preview.story.time.monotonic()
    found = {moment + shift for moment, _ in calls for shift in (-0.01, 0.0, 0.01, 0.2, 0.39, 0.41)}
    return sorted(moment for moment in found if 0 <= moment < end)


@pytest.mark.parametrize("moment", moments())
def test_a_signal_at_any_moment_leaves_no_target_unknown(moment: float) -> None:
    """It is deleted in time; or, while it is being made, it is said what to look for."""
    preview = Preview(latency=0.4)
    task = preview.start()
    preview.story.time.interrupt(task, moment)
    preview.story.time.pass_until()
    assert task.ended_at is not None
    assert task.ended_at - moment <= MOST_SECONDS_AFTER_SIGNAL
    assert preview.targets.targets == {}
    if isinstance(task.error, GateError):
        assert isinstance(task.error, CancelledError)
        assert "pg-1.2.abcde2" in task.error.hint
        assert preview.made == []
    else:
        assert preview.targets.count("delete") >= 1
        assert "target" not in task.result.evidence.left_running.casefold()


def test_an_outage_at_the_moment_of_deleting_is_survived() -> None:
    """The deletion has a time of its own."""
    preview = Preview()
    delete = preview.targets.delete_target

    async def slow(target_id: int, deadline: float) -> None:
        assert deadline - preview.story.time.monotonic() == pytest.approx(DEFAULT_TIMINGS.delete_seconds)
        await preview.story.time.sleep(50.0)
        await delete(target_id, deadline)

    preview.targets.delete_target = slow  # type: ignore[method-assign]
    assert preview.run().evidence.left_running == ""
    assert preview.targets.targets == {}


def test_a_target_that_could_not_be_deleted_is_named_with_the_command() -> None:
    """The verdict stays what it was."""
    preview = Preview()

    def fail(call: str, _number: int) -> None:
        if call == "delete":
            raise PlatformError("The platform is unreachable.")

    preview.targets.before_call = fail
    verdict = preview.run()
    assert verdict.outcome is Outcome.PASSED
    assert verdict.evidence.left_running == (
        "Target 501 could not be confirmed as deleted: The platform is unreachable. "
        "Delete it with: probe-gate target delete --yes --target-id 501"
    )
    assert verdict.evidence.left_running in verdict.evidence.notes
    assert preview.story.noted_targets == [(501, "pg-1.2.abcde2", True)]


def test_a_lost_answer_to_the_making_ends_the_gate_with_what_to_look_for() -> None:
    """Nothing is gated, and no second target is made."""
    preview = Preview()

    def lose(call: str, _number: int) -> None:
        if call == "create":
            raise UnconfirmedRequestError("The answer was lost.")

    preview.targets.after_call = lose
    with pytest.raises(PlatformError) as caught:
        preview.run()
    assert "pg-1.2.abcde2 Support bot" in caught.value.hint
    assert preview.story.platform.requests == []
    assert preview.targets.count("create") == 1
    assert caught.value.message.endswith("No test run was started.")
