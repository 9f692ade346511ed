"""A target is made once, or it is said what is not known and what to look for."""

from __future__ import annotations

import pytest

from probe_gate.domain.target_state import TargetState
from probe_gate.errors import CancelledError, ConfigError, PlatformError
from probe_gate.use_cases.ports import NotStartedError, UnconfirmedRequestError
from probe_gate.use_cases.sync_target import create_target
from tests.harness.fake_targets import FakeTargets, make_target_answer
from tests.harness.virtual_time import Task, VirtualTime

STATE = TargetState("REST_API", make_target_answer()["connection"]["config"], make_target_answer()["settings"]).tagged(
    "pg-3f9a2c1b.2.k4x7q2"
)


def start(targets: FakeTargets, state: TargetState = STATE, deadline: float = 600.0) -> Task[int]:
    return targets.time.start(create_target(targets, targets.time, lambda: 0.5, state, deadline))


def run(targets: FakeTargets, state: TargetState = STATE) -> int:
    task = start(targets, state)
    targets.time.pass_until()
    return task.result


def test_the_target_is_made_as_the_file_says() -> None:
    """Under a name that begins with the mark."""
    targets = FakeTargets(VirtualTime())
    assert run(targets) == 501
    assert targets.targets[501]["settings"]["name"] == "pg-3f9a2c1b.2.k4x7q2 Support bot"


def test_a_request_that_was_not_taken_is_sent_again() -> None:
    """After a pause, as long as the platform asks for."""
    targets = FakeTargets(VirtualTime())

    def refuse(_call: str, number: int) -> None:
        if number < 2:
            raise NotStartedError("The platform answered 429.", retry_after_seconds=30.0)

    targets.before_call = refuse
    assert run(targets) == 501
    assert targets.time.monotonic() > 60.0
    assert len(targets.targets) == 1


def test_a_request_that_is_never_taken_is_given_up_in_time() -> None:
    """Nothing was made, and that is said."""
    targets = FakeTargets(VirtualTime())

    def refuse(_call: str, _number: int) -> None:
        raise NotStartedError("The platform answered 429.")

    targets.before_call = refuse
    with pytest.raises(PlatformError, match="No target was created"):
        run(targets)
    assert targets.time.monotonic() <= 600.0


def test_an_answer_that_was_lost_is_never_followed_by_a_second_request() -> None:
    """There may be a target: its name is told."""
    targets = FakeTargets(VirtualTime())

    def lose(_call: str, _number: int) -> None:
        raise UnconfirmedRequestError("The answer was lost.")

    targets.after_call = lose
    with pytest.raises(PlatformError) as caught:
        run(targets)
    assert targets.count("create") == 1
    assert "not known whether a target was created" in caught.value.message
    assert "pg-3f9a2c1b.2.k4x7q2 Support bot" in caught.value.hint
    assert "probe-gate target delete" in caught.value.hint


def test_a_name_from_the_environment_is_not_told_but_its_mark_is() -> None:
    """The mark is enough to find it by."""
    hidden = TargetState(
        STATE.connection_type, STATE.config, make_target_answer(name="the-hidden-name")["settings"],
        hidden=frozenset({("settings", "name")}),
    ).tagged("pg-3f9a2c1b.2.k4x7q2")  # fmt: skip
    targets = FakeTargets(VirtualTime())

    def lose(_call: str, _number: int) -> None:
        raise UnconfirmedRequestError("The answer was lost.")

    targets.after_call = lose
    with pytest.raises(PlatformError) as caught:
        run(targets, hidden)
    assert "pg-3f9a2c1b.2.k4x7q2 ***" in caught.value.hint
    assert "the-hidden-name" not in str(caught.value)


def test_a_signal_before_the_answer_says_what_to_look_for() -> None:
    """The target may be there."""
    targets = FakeTargets(VirtualTime(), latency=5.0)
    task = start(targets)
    targets.time.interrupt(task, 2.0)
    targets.time.pass_until()
    with pytest.raises(CancelledError, match="not known whether a target was created") as caught:
        _ = task.result
    assert "pg-3f9a2c1b.2.k4x7q2" in caught.value.hint


def test_a_refusal_is_passed_on() -> None:
    """Nothing was made, and the platform says why."""
    targets = FakeTargets(VirtualTime())

    def refuse(_call: str, _number: int) -> None:
        raise ConfigError("The platform answered 400.")

    targets.before_call = refuse
    with pytest.raises(ConfigError, match="400"):
        run(targets)
    assert targets.count("create") == 1
