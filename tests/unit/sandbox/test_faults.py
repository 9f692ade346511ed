"""Faults in words."""

from __future__ import annotations

import pytest

from probe_gate.sandbox.fault_kinds import FAULT_KINDS
from probe_gate.sandbox.faults import parse_fault
from probe_gate.sandbox.operations import OPERATIONS

ALL = frozenset(operation.id for operation in OPERATIONS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("reset", ("reset", "", ALL, 1, 1, None)),
        ("lost-answer", ("lost-answer", "", frozenset({"triggerTestRun"}), 1, 1, None)),
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
        ("503:1-2-3", "says no calls"),
        ("drip=slow", "not a number"),
        ("drip=-1", "not a number"),
        ("", "is not a fault"),
        ("Reset!", "is not a fault"),
    ],
)
def test_wrong_words_are_explained(text: str, message: str) -> None:
    """With what is wrong in them."""
    with pytest.raises(ValueError, match=message):
        parse_fault(text)
