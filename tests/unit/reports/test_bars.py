"""Scores as bars of text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_gate.domain.verdict import CheckOutcome
from probe_gate.reports.bars import CELLS, bar, bar_lines, format_change
from probe_gate.reports.cells import width_of
from probe_gate.reports.score_rows import ScoreRow
from tests.harness.factories import hostile_text


@pytest.mark.parametrize(
    ("score", "minimum", "drawn"),
    [
        (100, None, "█" * 25),
        (0, None, "░" * 25),
        (None, None, "░" * 25),
        (76, 80, "███████████████████░┃░░░░"),
        (100, 100, "█" * 24 + "┃"),
        (-5, None, "░" * 25),
        (880, None, "█" * 25),
    ],
)
def test_a_bar_is_filled_up_to_its_score(score: float | None, minimum: float | None, drawn: str) -> None:
    """Four points a cell, with a line at the minimum; nonsense stays within the bar."""
    assert bar(score, minimum) == drawn


@given(st.floats(0, 100), st.floats(0.1, 100))
def test_a_score_below_its_minimum_never_reaches_the_line(score: float, minimum: float) -> None:
    """And the line can be seen through a score above it."""
    drawn = bar(score, minimum)
    assert len(drawn) == CELLS
    assert drawn.count("┃") == 1


def test_numbers_stand_beside_the_bar() -> None:
    """Score, minimum, change; as many digits as it takes not to say 80 of 80."""
    row = ScoreRow("Security", 79.96, 80.0, 85.0, CheckOutcome.FAILED)
    (line,) = bar_lines([row])
    assert line.startswith("✗ Security  ")
    assert line.endswith("79.96  of 80  (−5.04)")


def test_a_score_that_was_not_judged_is_marked() -> None:
    """It is shown, but not as if it were this run's."""
    assert bar_lines([ScoreRow("Overall", 74.0, 80.0, None, None)])[0].startswith("? Overall")


@given(st.lists(hostile_text(), min_size=1, max_size=60))
def test_columns_stay_in_line_whatever_the_names(names: list[str]) -> None:
    """Each bar begins in the same column, and there are never more than forty."""
    lines = bar_lines(ScoreRow(name, 50.0, None, None, CheckOutcome.INFO) for name in names)
    starts = {width_of(line[: line.rindex("████")]) for line in lines if "█" in line and "█" not in "".join(names)}
    assert len(starts) <= 1
    assert len(lines) <= 41


@pytest.mark.parametrize(("points", "text"), [(2, "+2"), (-9.5, "−9.5"), (0, "±0"), (0.04, "+0.04")])
def test_changes_have_a_sign(points: float, text: str) -> None:
    """Gained, lost, or the same."""
    assert format_change(points) == text
