"""The geometry of the charts in report.html: numbers in, coordinates out. The templates draw them as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from math import cos, pi, sin

from probe_gate.domain.evidence import TimelineEntry
from probe_gate.domain.run import Counts
from probe_gate.domain.scores import BANDS
from probe_gate.reports.trend import TrendPoint

GAUGE_RADIUS = 88.0
GAUGE_CENTRE = (110.0, 104.0)
_GAP_DEGREES = 1.2
TREND_WIDTH = 600.0
TREND_HEIGHT = 120.0
MIN_SECONDS = 0.05
"""What is shorter is not worth a place in the timeline."""
_TOPS = (2, 5, 10, 20, 30, 40, 50, 60, 80, 100)


@dataclass(frozen=True, slots=True)
class Arc:
    """One band of the gauge, as an SVG path."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Line:
    """From one point to another."""

    x1: float
    y1: float
    x2: float
    y2: float


def gauge_arcs() -> list[Arc]:
    """Return the platform's four bands, from 0 on the left to 100 on the right."""
    ends = [*(band.lowest for band in BANDS[1:]), 100]
    return [Arc(band.name, _arc(band.lowest, end)) for band, end in zip(BANDS, ends, strict=True)]


def _at(score: float, radius: float) -> tuple[float, float]:
    angle = pi * (1 - score / 100)
    return round(GAUGE_CENTRE[0] + radius * cos(angle), 2), round(GAUGE_CENTRE[1] - radius * sin(angle), 2)


def _arc(low: float, high: float) -> str:
    gap = _GAP_DEGREES / 1.8 / 2
    start = _at(low + (gap if low > 0 else 0), GAUGE_RADIUS)
    end = _at(high - (gap if high < 100 else 0), GAUGE_RADIUS)
    return f"M{start[0]} {start[1]}A{GAUGE_RADIUS} {GAUGE_RADIUS} 0 0 1 {end[0]} {end[1]}"


def gauge_mark(score: float, inner: float, outer: float) -> Line:
    """Return a line across the gauge at that score; `inner` and `outer` are distances from its centre line."""
    score = min(max(score, 0.0), 100.0)
    first, last = _at(score, GAUGE_RADIUS + inner), _at(score, GAUGE_RADIUS + outer)
    return Line(first[0], first[1], last[0], last[1])


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bar, in percent of its width."""

    name: str
    """`passed`, `failed`, `errors`, `missing`; or a step of the run."""
    start: float
    width: float
    count: int


def count_parts(counts: Counts) -> list[Part]:
    """Return passed, failed, in error and not executed test cases as parts of one bar; empty when they cannot be told."""
    if counts.contradiction is not None or counts.executed is None:
        return []
    total = max(counts.total or 0, counts.executed)
    if total == 0:
        return []
    named = (
        ("passed", counts.passed or 0),
        ("failed", counts.failed or 0),
        ("errors", counts.errors or 0),
        ("missing", total - counts.executed),
    )
    parts = []
    start = 0.0
    for name, count in named:
        width = 100 * count / total
        if count:
            parts.append(Part(name, round(start, 2), round(width, 2), count))
        start += width
    return parts


@dataclass(frozen=True, slots=True)
class TrendChart:
    """The attack success rate as a line and the error rate as bars below it."""

    top: int
    """Percent at the upper edge."""
    line: str
    """An SVG path."""
    area: str
    """The same, closed at the lower edge."""
    bars: str
    """The error rates, as an SVG path of upright strokes; empty when there are none."""
    limit: float | None
    """Height of the limit, or None when there is none or it is above the upper edge."""
    marks: str
    """The points of the line, as an SVG path of strokes without length: their round ends show."""
    own_marks: str
    """The same of the runs of this gate; empty when there are none."""


def trend_chart(points: Sequence[TrendPoint], limit: float | None) -> TrendChart:
    """Return the chart of at least two points, oldest first."""
    values = [value for point in points for value in (point.attack_success_rate, point.error_rate) if value is not None]
    top = round_top(max([*values, *([limit] if limit is not None and limit <= 50 else [])]))
    step = TREND_WIDTH / max(len(points) - 1, 1)
    places = [
        (round(index * step, 1), _height(point.attack_success_rate or 0.0, top)) for index, point in enumerate(points)
    ]
    line = "M" + "L".join(f"{x} {y}" for x, y in places)
    bars = "".join(
        f"M{round(index * step, 1)} {TREND_HEIGHT}V{_height(point.error_rate, top)}"
        for index, point in enumerate(points)
        if point.error_rate
    )
    own = [place for place, point in zip(places, points, strict=True) if point.is_this_run]
    return TrendChart(
        top=top,
        line=line,
        area=f"{line}L{places[-1][0]} {TREND_HEIGHT}L{places[0][0]} {TREND_HEIGHT}Z",
        bars=bars,
        limit=_height(limit, top) if limit is not None and limit <= top else None,
        marks="".join(f"M{x} {y}h0" for x, y in places),
        own_marks="".join(f"M{x} {y}h0" for x, y in own),
    )


def round_top(highest: float) -> int:
    """Return the upper edge of a chart in percent: the next round number."""
    return next((step for step in _TOPS if step >= highest), 100)


def _height(value: float, top: float) -> float:
    return round(TREND_HEIGHT * (1 - min(value, top) / top), 1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """The time between two moments of a run."""

    name: str
    began_at: datetime
    seconds: float
    start: float
    """In percent of the whole time."""
    width: float


_STRETCH_NAMES = {
    "triggered": "queued",
    "queued": "queued",
    "running": "running",
    "ended": "settling",
    "settled": "judging",
}


def timeline(moments: Sequence[TimelineEntry]) -> list[Stretch]:
    """Return the stretches between the moments, in their order; empty when there are fewer than two moments."""
    ordered = sorted(moments, key=lambda moment: moment.at)
    if len(ordered) < 2:
        return []
    whole = max((ordered[-1].at - ordered[0].at).total_seconds(), 0.001)
    stretches: list[Stretch] = []
    for moment, following in pairwise(ordered):
        seconds = (following.at - moment.at).total_seconds()
        name = _STRETCH_NAMES.get(moment.what, f"after {moment.what}")
        start = 100 * (moment.at - ordered[0].at).total_seconds() / whole
        if stretches and stretches[-1].name == name:
            last = stretches.pop()
            stretches.append(Stretch(name, last.began_at, last.seconds + seconds, last.start, 0.0))
        else:
            stretches.append(Stretch(name, moment.at, seconds, round(start, 2), 0.0))
    return [
        Stretch(item.name, item.began_at, item.seconds, item.start, round(100 * item.seconds / whole, 2))
        for item in stretches
        if item.seconds >= MIN_SECONDS
    ]
