"""The trend as a Mermaid diagram."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from probe_gate.reports.mermaid import trend_diagram
from probe_gate.reports.trend import TrendPoint
from tests.harness.factories import NOW


def points(rates: list[float]) -> list[TrendPoint]:
    return [TrendPoint(index, NOW, rate, rate / 2, index == len(rates) - 1) for index, rate in enumerate(rates)]


def test_draws_rates_as_a_line_and_errors_as_bars() -> None:
    """Up to a round number, the newest run on the right."""
    lines = trend_diagram(points([2, 4, 9])).splitlines()
    assert lines[0] == "```mermaid"
    assert lines[2:] == [
        "xychart-beta",
        '    title "Last 3 completed runs, this one on the right"',
        '    x-axis "run" 1 --> 3',
        '    y-axis "percent" 0 --> 10',
        "    bar [1.00, 2.00, 4.50]",
        "    line [2.00, 4.00, 9.00]",
        "```",
    ]


@given(st.lists(st.floats(0, 100), min_size=2, max_size=30))
def test_numbers_are_plain_and_fit(rates: list[float]) -> None:
    """No exponent, and none above the upper edge."""
    diagram = trend_diagram(points(rates))
    top = int(re.search(r"0 --> (\d+)$", diagram, re.MULTILINE)[1])  # type: ignore[index]
    for numbers in re.findall(r"\[([\d., ]+)\]", diagram):
        assert all(0 <= float(number) <= top for number in numbers.split(", "))
