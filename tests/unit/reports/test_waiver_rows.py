"""Waivers and how long they still hold."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from probe_gate.domain.evaluate import evaluate
from probe_gate.reports.waiver_rows import WaiverRow, waiver_rows
from tests.harness import factories as make

TODAY = make.NOW.date()


def rows_of(*changes: dict[str, Any]) -> list[WaiverRow]:
    evidence = make.make_evidence(scores=make.make_scores(categories={"Security": 95.0, "Safety": 60.0}))
    policy = make.make_strict_policy(
        max_score_drop=None, baseline=None, waivers=tuple(make.make_waiver(**change) for change in changes)
    )
    return waiver_rows(evaluate(policy, evidence))


@pytest.mark.parametrize(
    ("days", "state"), [(30, "in use, 30 days left"), (1, "in use, 1 day left"), (0, "in use, last day"), (-1, "ended")]
)
def test_says_how_long_it_holds(days: int, state: str) -> None:
    """Until the end of its last day."""
    (row,) = rows_of({"until": TODAY + timedelta(days=days)})
    assert row.state == state
    assert row.is_used == (days >= 0)


def test_says_when_it_is_not_needed() -> None:
    """The check passes without it."""
    (row,) = rows_of({"check": "category-score:Security"})
    assert row.state == "not needed, 30 days left"


def test_those_of_other_targets_are_left_out() -> None:
    """And the one that ends first is on top."""
    rows = rows_of({"target": "43"}, {"target": "*", "reason": "late"}, {"until": TODAY, "reason": "soon"})
    assert [row.reason for row in rows] == ["soon", "late"]
