"""A target is brought to its state by at most one change, and it is said when that did not come about."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from probe_gate.domain.probes import RecommendedProbes
from probe_gate.domain.target_state import ConfigFields, TargetState
from probe_gate.errors import CancelledError, Outcome, PlatformError
from probe_gate.use_cases.gate_target import gate_target
from probe_gate.use_cases.sync_target import Applied, apply_target
from tests.harness.fake_platform import going_run
from tests.harness.fake_targets import TYPE_ID, FakeTargets, make_target_answer, make_type
from tests.harness.partial import Joined
from tests.harness.virtual_time import VirtualTime
from tests.unit.use_cases.harness import GateHarness

FIELDS = ConfigFields(frozenset({"url", "requestPayloadSample", "responsePayload", "headers"}), frozenset({"oauth"}))
SECRET = "Bearer the-new-secret"  # made up


def wanted(secret: str | None = None, **settings: Any) -> TargetState:
    target = copy.deepcopy(make_target_answer(**settings))
    config = target["connection"]["config"]
    if secret is not None:
        config["headers"] = {"Authorization": secret}
    return TargetState("REST_API", config, target["settings"], fields=FIELDS)


def platform_with(target: dict[str, Any] | None = None) -> FakeTargets:
    return FakeTargets(VirtualTime(), targets={42: target or make_target_answer()})


def apply(targets: FakeTargets, state: TargetState, **options: Any) -> Applied:
    return targets.time.finish(apply_target(targets, 42, state, 1000.0, **options))


def test_nothing_is_changed_when_nothing_differs() -> None:
    """One request, a read."""
    targets = platform_with()
    assert not apply(targets, wanted()).was_updated
    assert [call for _, call in targets.calls] == ["get"]


def test_only_what_differs_is_sent() -> None:
    """Once; the second time there is nothing to do."""
    targets = platform_with()
    assert apply(targets, wanted(rateLimit=90)).was_updated
    assert not apply(targets, wanted(rateLimit=90)).was_updated
    assert [set(body) for body in targets.bodies] == [{"settings"}]


def test_a_dry_run_changes_nothing() -> None:
    """It tells what would change."""
    targets = platform_with()
    applied = apply(targets, wanted(rateLimit=90), dry_run=True)
    assert [change.field for change in applied.diff.changes] == ["settings.rateLimit"]
    assert targets.bodies == []


@pytest.mark.parametrize("mask", ["********", "[redacted]", None, "Bearer ****cret"])
def test_a_platform_that_masks_secrets_is_not_changed_for_ever(mask: str | None) -> None:
    """Nor is its mask ever written back."""
    targets = platform_with()
    targets.show = lambda _secret: mask
    assert apply(targets, wanted(SECRET)).diff.changes == ()
    assert apply(targets, wanted(SECRET, rateLimit=90)).was_updated
    assert not apply(targets, wanted(SECRET, rateLimit=90)).was_updated
    assert "connection" not in targets.bodies[0]


def test_a_secret_is_sent_on_demand_though_its_mask_looks_the_same() -> None:
    """After a rotation."""
    targets = platform_with()
    targets.show = lambda _secret: "********"
    apply(targets, wanted(SECRET), send_secrets=True)
    assert targets.bodies[0]["connection"]["config"]["headers"] == {"Authorization": SECRET}
    assert set(targets.bodies[0]) == {"connection"}


def test_a_secret_that_a_platform_shows_in_a_form_of_its_own_is_pointed_out() -> None:
    """It was sent, and cannot be compared the next time either."""
    targets = platform_with()
    targets.show = lambda secret: f"tok_{len(secret)}_0815"
    applied = apply(targets, wanted(SECRET))
    assert applied.was_updated
    assert applied.reads_otherwise == ("connection.config.headers.Authorization",)


def test_a_platform_that_takes_a_change_and_keeps_the_old_value_is_an_error() -> None:
    """A gate would test something else than the file says."""
    targets = platform_with()
    targets.change = lambda answer: answer["settings"].update(language="de")
    with pytest.raises(PlatformError, match=r"still shows other values: settings\.language"):
        apply(targets, wanted())


def test_an_answer_older_than_the_change_is_read_again() -> None:
    """A second look decides."""
    targets = platform_with()

    def stale(answer: dict[str, Any]) -> None:
        if targets.count("get") < 2:
            answer["settings"]["rateLimit"] = 60

    targets.change = stale
    assert apply(targets, wanted(rateLimit=90)).was_updated


def test_a_signal_while_it_is_changed_says_what_is_not_known() -> None:
    """And that doing it again does no harm."""
    targets = platform_with()
    task = targets.time.start(apply_target(targets, 42, wanted(rateLimit=90), 1000.0))
    targets.time.interrupt(task, 0.07)
    targets.time.pass_until()
    with pytest.raises(CancelledError, match="not known whether target 42 was changed"):
        _ = task.result


class Gate:
    """A gate of a target with a file."""

    def __init__(self, state: TargetState) -> None:
        self.story = GateHarness()
        self.story.change(target_state=state)
        self.targets = FakeTargets(self.story.time, targets={42: make_target_answer()})

    def run(self) -> Any:
        ports = replace(self.story.ports, platform=Joined(self.story.platform, self.targets))
        return self.story.time.finish(gate_target(self.story.plan, ports))


def test_a_gate_brings_its_target_to_the_state_before_it_triggers() -> None:
    """The report says what was changed, without values."""
    gate = Gate(wanted(rateLimit=90))
    verdict = gate.run()
    assert verdict.outcome is Outcome.PASSED
    assert "The target was updated to match its file: settings.rateLimit changed." in verdict.evidence.notes
    (updated,) = [moment for moment, call in gate.targets.calls if call == "update"]
    assert updated < next(moment for moment, call in gate.story.platform.calls if call == "trigger")


def test_a_target_is_not_changed_under_another_run() -> None:
    """That run's verdict would rest on two targets."""
    gate = Gate(wanted(rateLimit=90))
    other = going_run(seconds=300.0)
    gate.story.platform.runs.append(other)
    gate.run()
    assert all(moment >= other.ended_at() for moment, _ in gate.targets.calls)


def test_a_target_that_cannot_be_brought_to_its_state_is_not_gated() -> None:
    """Nothing is started."""
    gate = Gate(wanted(rateLimit=90))
    gate.targets.change = lambda answer: answer["settings"].update(rateLimit=60)
    verdict = gate.run()
    assert verdict.outcome is Outcome.PLATFORM_ERROR
    assert gate.story.platform.requests == []


def test_probes_are_chosen_by_the_type_that_the_file_sets() -> None:
    """The file's type counts, not the one before."""
    gate = Gate(wanted(targetPresetId=TYPE_ID))
    gate.targets.types = [make_type((7, True, "LOW"), (8, True, "LOW"))]
    gate.story.change(probes=RecommendedProbes())
    gate.run()
    assert gate.story.platform.requests[0].probe_ids == (7, 8)
