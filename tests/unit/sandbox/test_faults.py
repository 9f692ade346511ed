"""Faults in words."""

from __future__ import annotations

import pytest

from probe_gate.sandbox.fault_kinds import FAULT_KINDS
from probe_gate.sandbox.faults import FaultPlan, parse_fault
from probe_gate.sandbox.operations import BY_NAME, OPERATIONS

from .manual_clock import ManualClock

ALL = frozenset(operation.id for operation in OPERATIONS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("reset", ("reset", "", ALL, 1, 1, None)),
        ("dropped-response", ("dropped-response", "", frozenset({"triggerTestRun"}), 1, 1, None)),
        ("503@list:2", ("503", "", frozenset({"listTestRuns"}), 1, 2, None)),
        ("429=7@trigger,getScores:2-4", ("429", "7", frozenset({"triggerTestRun", "getScores"}), 2, 4, None)),
        ("500@scores:3-", ("500", "", frozenset({"getScores"}), 3, None, None)),
        ("reset@cancel:*", ("reset", "", frozenset({"cancelTestRun"}), 1, None, None)),
        ("reset@cancel:25%", ("reset", "", frozenset({"cancelTestRun"}), 1, None, 0.25)),
        ("late-listing", ("late-listing", "20", frozenset({"triggerTestRun"}), 1, None, None)),
    ],
)
def test_words_become_faults(text: str, expected: tuple[object, ...]) -> None:
    """Name, value, where and when; each left out takes its default."""
    fault = parse_fault(text)
    assert (fault.name, fault.value, fault.operations, fault.first, fault.last, fault.chance) == expected


@pytest.mark.parametrize("name", sorted(FAULT_KINDS))
def test_every_fault_works_without_more_words(name: str) -> None:
    """And says in a sentence what it does."""
    assert parse_fault(name).operations
    assert FAULT_KINDS[name].summary.endswith(".")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("resett", "Did you mean 'reset'"),
        ("503@lst", "'lst'"),
        ("503:often", "is not a fault"),
        ("503:1-2-3", "does not name calls"),
        ("slow-body=slow", "not a number"),
        ("slow-body=-1", "not a number"),
        ("", "is not a fault"),
        ("Reset!", "is not a fault"),
    ],
)
def test_wrong_words_are_explained(text: str, message: str) -> None:
    """With what is wrong in them."""
    with pytest.raises(ValueError, match=message):
        parse_fault(text)


def struck(plan: FaultPlan, operation: str, calls: int) -> list[str]:
    return ["+".join(fault.name for fault in plan.strikes(BY_NAME[operation])) for _ in range(calls)]


def test_calls_are_counted_for_each_fault_by_its_own_operations() -> None:
    """Other operations do not use it up."""
    plan = FaultPlan(["503@list:2-3", "reset@scores"])
    assert struck(plan, "list", 4) == ["", "503", "503", ""]
    assert struck(plan, "scores", 2) == ["reset", ""]
    assert struck(plan, "trigger", 1) == [""]


def test_several_can_strike_at_once() -> None:
    """In the order in which they were given."""
    plan = FaultPlan(["delay@list:1", "truncated@list:1"])
    assert struck(plan, "list", 2) == ["delay+truncated", ""]


def test_chance_follows_the_seed() -> None:
    """The same seed strikes the same calls, about as many as it says."""
    first, again, other = (struck(FaultPlan(["503:20%"], seed=seed), "list", 500) for seed in (1, 1, 2))
    assert first == again != other
    assert 60 < first.count("503") < 140


def test_an_outage_resets_everything_for_a_while() -> None:
    """Whichever operation began it."""
    clock = ManualClock()
    plan = FaultPlan(["outage=10@list:1"], monotonic=clock)
    assert struck(plan, "scores", 1) == [""]
    assert struck(plan, "list", 1) == ["reset"]
    clock.forward(9)
    assert struck(plan, "scores", 1) == ["reset"]
    clock.forward(1)
    assert struck(plan, "scores", 1) == [""]
    assert struck(plan, "list", 1) == [""]


def test_a_cleared_plan_strikes_nothing() -> None:
    """And what is added then counts from its own start."""
    plan = FaultPlan(["503:*"])
    plan.replace([])
    assert struck(plan, "list", 1) == [""]
    plan.add(["reset:1"])
    assert struck(plan, "list", 2) == ["reset", ""]
