"""The scores of report.html, digested: the gauge and the bars."""

from __future__ import annotations

from dataclasses import dataclass

from probe_gate.domain.numbers import format_exact
from probe_gate.domain.score import band_of
from probe_gate.domain.verdict import CheckOutcome, TargetVerdict
from probe_gate.reports.bars import format_change
from probe_gate.reports.charts import Arc, Line, gauge_arcs, gauge_mark
from probe_gate.reports.score_rows import OVERALL, ScoreRow, earlier_scores, score_rows
from probe_gate.reports.story import CHECK_SIGNS
from probe_gate.reports.tones import CHECK_TONES

MOST_CATEGORIES = 40


@dataclass(frozen=True, slots=True)
class GaugeView:
    """The overall score on the platform's four bands."""

    score: str
    band: str
    arcs: list[Arc]
    needle: Line
    minimum: Line | None
    minimum_text: str
    earlier: Line | None
    earlier_text: str


@dataclass(frozen=True, slots=True)
class RowView:
    """One category's bar."""

    name: str
    tone: str
    sign: str
    score: str
    width: float
    minimum: float | None
    minimum_text: str
    earlier: float | None
    change: str


@dataclass(frozen=True, slots=True)
class ScoresView:
    """All scores of a target."""

    gauge: GaugeView | None
    overall: RowView | None
    categories: list[RowView]
    more_categories: int
    earlier_word: str
    """What the scores are compared with: `baseline`, `before this run`, or nothing."""
    has_scores: bool
    is_judged: bool
    """Whether they could be taken as this run's."""


def view_scores(target: TargetVerdict) -> ScoresView:
    """The gauge and the bars of a target."""
    rows = score_rows(target)
    overall = next((row for row in rows if row.name == OVERALL and row is rows[0]), None)
    categories = [row for row in rows if row is not overall]
    return ScoresView(
        gauge=_view_gauge(overall),
        overall=None if overall is None else _view_row(overall),
        categories=[_view_row(row) for row in categories[:MOST_CATEGORIES]],
        more_categories=max(len(categories) - MOST_CATEGORIES, 0),
        earlier_word=earlier_scores(target)[1],
        has_scores=any(row.score is not None for row in rows),
        is_judged=all(row.outcome is not None for row in rows),
    )


def _view_gauge(row: ScoreRow | None) -> GaugeView | None:
    if row is None or row.score is None:
        return None
    return GaugeView(
        score=format_exact(row.score, row.minimum),
        band=band_of(row.score).name,
        arcs=gauge_arcs(),
        needle=gauge_mark(row.score, -26, 13),
        minimum=None if row.minimum is None else gauge_mark(row.minimum, -9, 16),
        minimum_text="" if row.minimum is None else format_exact(row.minimum),
        earlier=None if row.earlier is None else gauge_mark(row.earlier, -15, -11),
        earlier_text="" if row.earlier is None or row.change is None else format_change(row.change),
    )


def _view_row(row: ScoreRow) -> RowView:
    outcome = row.outcome
    if outcome is None:
        outcome = CheckOutcome.ERROR if row.minimum is not None else CheckOutcome.INFO
    return RowView(
        name=row.name,
        tone=CHECK_TONES[outcome],
        sign=CHECK_SIGNS[outcome],
        score="none" if row.score is None else format_exact(row.score, row.minimum),
        width=0.0 if row.score is None else round(min(max(row.score, 0.0), 100.0), 2),
        minimum=row.minimum,
        minimum_text="" if row.minimum is None else format_exact(row.minimum),
        earlier=row.earlier,
        change="" if row.change is None else format_change(row.change),
    )
