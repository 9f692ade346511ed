"""Which fault strikes when."""

from __future__ import annotations

from probe_gate.sandbox.faults import FaultPlan
from probe_gate.sandbox.operations import BY_NAME

from .hand_clock import HandClock


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
    plan = FaultPlan(["delay@list:1", "cut-off@list:1"])
    assert struck(plan, "list", 2) == ["delay+cut-off", ""]


def test_chance_follows_the_seed() -> None:
    """The same seed strikes the same calls, about as many as it says."""
    first, again, other = (struck(FaultPlan(["503:20%"], seed=seed), "list", 500) for seed in (1, 1, 2))
    assert first == again != other
    assert 60 < first.count("503") < 140


def test_an_outage_resets_everything_for_a_while() -> None:
    """Whichever operation began it."""
    clock = HandClock()
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
