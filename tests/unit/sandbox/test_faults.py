"""Faults in words."""

from __future__ import annotations

import pytest

from probe_gate.sandbox.fault_kinds import KINDS
from probe_gate.sandbox.faults import Fault, parse_fault
from probe_gate.sandbox.operations import OPERATIONS

ALL = frozenset(operation.id for operation in OPERATIONS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("reset", Fault("reset", "", ALL, 1, 1)),
        ("lost-answer", Fault("lost-answer", "", frozenset({"triggerTestRun"}), 1, 1)),
        ("503@list:2", Fault("503", "", frozenset({"listTestRuns"}), 1, 2)),
        ("429=7@trigger,getScores:2-4", Fault("429", "7", frozenset({"triggerTestRun", "getScores"}), 2, 4)),
        ("500@scores:3-", Fault("500", "", frozenset({"getScores"}), 3, None)),
        ("reset@cancel:*", Fault("reset", "", frozenset({"cancelTestRun"}), 1, None)),
        ("reset@cancel:25%", Fault("reset", "", frozenset({"cancelTestRun"}), 1, None, 0.25)),
        (
            "redirect=http://localhost:81/x@scores",
            Fault("redirect", "http://localhost:81/x", frozenset({"getScores"}), 1, 1),
        ),
        ("score-880", Fault("score-880", "", frozenset({"getScores"}), 1, None)),
        ("stale-score", Fault("stale-score", "inf", frozenset({"triggerTestRun"}), 1, None)),
    ],
)
def test_words_become_faults(text: str, expected: Fault) -> None:
    """Name, value, where and when; each left out takes its default."""
    assert parse_fault(text) == expected


@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_fault_works_without_more_words(name: str) -> None:
    """And says in a sentence what it does."""
    assert parse_fault(name).operations
    assert KINDS[name].summary.endswith(".")


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
