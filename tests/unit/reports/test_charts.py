"""The geometry of the charts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_gate.domain.evidence import TimelineEntry
from probe_gate.domain.run import Counts
from probe_gate.reports.charts import (
    GAUGE_CENTRE,
    GAUGE_RADIUS,
    TREND_HEIGHT,
    TREND_WIDTH,
    count_parts,
    gauge_arcs,
    gauge_mark,
    timeline,
    trend_chart,
)
from probe_gate.reports.trend import TrendPoint
from tests.harness.factories import NOW, counts, moments


def test_the_gauge_has_the_platforms_four_bands() -> None:
    """From critical on the left to low risk on the right."""
    assert [arc.name for arc in gauge_arcs()] == ["critical", "high", "medium", "low"]


@pytest.mark.parametrize(
    ("score", "place"), [(0, (22, 104)), (50, (110, 16)), (100, (198, 104)), (-5, (22, 104)), (880, (198, 104))]
)
def test_a_mark_stands_where_its_score_is(score: float, place: tuple[int, int]) -> None:
    """0 on the left, 50 at the top, 100 on the right; nonsense stays on the scale."""
    mark = gauge_mark(score, 0, 10)
    assert (mark.x1, mark.y1) == place


@given(st.floats(0, 100))
def test_every_mark_is_on_the_arc(score: float) -> None:
    """At the gauge's radius, in its upper half."""
    mark = gauge_mark(score, 0, 0)
    distance = ((mark.x1 - GAUGE_CENTRE[0]) ** 2 + (mark.y1 - GAUGE_CENTRE[1]) ** 2) ** 0.5
    assert distance == pytest.approx(GAUGE_RADIUS, abs=0.02)
    assert mark.y1 <= GAUGE_CENTRE[1]


@given(counts())
def test_the_parts_of_a_run_fill_its_bar(tally: Counts) -> None:
    """Widths add up to all of it; counts that make no sense are not drawn."""
    parts = count_parts(tally)
    if parts:
        assert sum(part.width for part in parts) == pytest.approx(100, abs=0.1)
        assert sum(part.count for part in parts) == max(tally.total or 0, tally.executed or 0)
        assert all(part.count > 0 for part in parts)
    if tally.contradiction is not None or tally.executed is None:
        assert parts == []


def test_what_was_not_executed_is_a_part() -> None:
    """A run that says it is done but is not shows it."""
    assert [(part.name, part.count) for part in count_parts(Counts(6, 1, 1, 10))] == [
        ("passed", 6),
        ("failed", 1),
        ("errors", 1),
        ("missing", 2),
    ]


def points(*rates: float) -> list[TrendPoint]:
    return [TrendPoint(index, NOW, rate, 1.0, index == len(rates) - 1) for index, rate in enumerate(rates)]


def test_the_trend_runs_from_left_to_right_and_marks_this_run() -> None:
    """The newest run at the right edge; the top is a round number above all values and the limit."""
    chart = trend_chart(points(2, 4, 8), 5)
    assert chart.top == 10
    assert chart.line == "M0.0 96.0L300.0 72.0L600.0 24.0"
    assert chart.own_marks == "M600.0 24.0h0"
    assert chart.limit == TREND_HEIGHT / 2


def test_a_limit_far_above_does_not_flatten_the_trend() -> None:
    """A limit of 90 % with rates of 2 % is not drawn."""
    chart = trend_chart(points(1, 2), 90)
    assert chart.top == 2
    assert chart.limit is None


@given(st.lists(st.floats(0, 100), min_size=2, max_size=30), st.none() | st.floats(0, 100))
def test_the_trend_stays_in_its_picture(rates: list[float], limit: float | None) -> None:
    """Nothing is drawn outside of the chart."""
    chart = trend_chart(points(*rates), limit)
    places = [tuple(map(float, place.split())) for place in chart.line[1:].split("L")]
    assert all(0 <= x <= TREND_WIDTH and 0 <= y <= TREND_HEIGHT for x, y in places)
    assert chart.limit is None or 0 <= chart.limit <= TREND_HEIGHT


def test_the_timeline_says_where_the_time_went() -> None:
    """Queued from the trigger until it ran, running until it ended, settling until the scores held."""
    at = [NOW + timedelta(seconds=seconds) for seconds in (0, 10, 50, 58, 60)]
    found = timeline(
        [
            TimelineEntry(what, when)
            for what, when in zip(("triggered", "running", "ended", "settled", "judged"), at, strict=True)
        ]
    )
    assert [(item.name, item.seconds) for item in found] == [
        ("queued", 10),
        ("running", 40),
        ("settling", 8),
        ("judging", 2),
    ]
    assert sum(item.width for item in found) == pytest.approx(100)


@given(
    st.lists(st.builds(TimelineEntry, st.sampled_from(("triggered", "queued", "running", "x")), moments()), max_size=5)
)
def test_any_moments_make_a_timeline(found: list[TimelineEntry]) -> None:
    """In their order, filling the bar, or none at all."""
    stretches = timeline(found)
    assert all(item.width >= 0 for item in stretches)
    assert (
        stretches == []
        or sum(item.width for item in stretches) == pytest.approx(100, abs=1)
        or len({moment.at for moment in found}) == 1
    )
