"""What report.html shows of a verdict, digested: the templates only lay it out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from probe_gate.domain.dates import format_timestamp
from probe_gate.domain.evidence import ResponseRecord
from probe_gate.domain.formatting import format_duration, format_exact, plural
from probe_gate.domain.scores import band_of
from probe_gate.domain.text import short_name_of
from probe_gate.domain.verdict import Check, CheckOutcome, TargetVerdict, Verdict
from probe_gate.errors import Outcome
from probe_gate.reports.charts import (
    Arc,
    Line,
    Part,
    Stretch,
    TrendChart,
    count_parts,
    gauge_arcs,
    gauge_mark,
    timeline,
    trend_chart,
)
from probe_gate.reports.explanations import Explanation, explain, hint_of, title_of_check
from probe_gate.reports.markdown import format_change, safe_address
from probe_gate.reports.presentation import (
    CHECK_OUTCOME_NAMES,
    CHECK_SEVERITIES,
    CHECK_SIGNS,
    OUTCOME_NAMES,
    alarming_checks,
    confirmation_summary,
    decision_of,
    describe_outcome,
    is_good,
    notes_of,
    run_of,
    severity_of,
    sign_of_severity,
    sign_of_target,
    sort_checks,
    split_followers,
    waived_ids,
)
from probe_gate.reports.target_rows import (
    OVERALL,
    Fact,
    RunRow,
    ScoreRow,
    WaiverRow,
    all_run_rows,
    earlier_scores,
    run_facts,
    score_rows,
    waiver_rows,
)
from probe_gate.reports.trend import TrendPoint, format_day, has_trend, own_label, since_when, trend_points

MAX_CATEGORIES = 40


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
    is_waived: bool


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
    """Return the gauge and the bars of a target."""
    rows = score_rows(target)
    overall = next((row for row in rows if row.name == OVERALL and row is rows[0]), None)
    categories = [row for row in rows if row is not overall]
    return ScoresView(
        gauge=_view_gauge(overall),
        overall=None if overall is None else _view_row(overall),
        categories=[_view_row(row) for row in categories[:MAX_CATEGORIES]],
        more_categories=max(len(categories) - MAX_CATEGORIES, 0),
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
        tone=CHECK_SEVERITIES[outcome],
        sign=CHECK_SIGNS[outcome],
        score="none" if row.score is None else format_exact(row.score, row.minimum),
        width=0.0 if row.score is None else round(min(max(row.score, 0.0), 100.0), 2),
        minimum=row.minimum,
        minimum_text="" if row.minimum is None else format_exact(row.minimum),
        earlier=row.earlier,
        change="" if row.change is None else format_change(row.change),
        is_waived=outcome is CheckOutcome.WAIVED,
    )


MAX_CHECKS = 200
MAX_PROBLEMS = 25
MAX_NOTES = 40
MAX_RESPONSES = 40
MAX_UNFOLDED = 3


@dataclass(frozen=True, slots=True)
class CheckView:
    """One check."""

    check: Check
    tone: str
    sign: str
    word: str
    title: str
    message: str
    """What was found; empty if it is the reason of the target's outcome, which has its place already."""
    number: str
    """The measured value without what stands in brackets behind it."""
    detail: str
    """What stands in brackets."""
    since: str
    decision: str
    """Which policy decided, where there is a base policy."""
    explanation: Explanation | None
    is_first_of_kind: bool = True
    """Whether the explanation has not been given yet on this target."""


@dataclass(frozen=True, slots=True)
class HintView:
    """What to do, said once for all checks that it is about."""

    text: str
    titles: str


@dataclass(frozen=True, slots=True)
class TrendView:
    """The latest runs."""

    chart: TrendChart
    points: list[TrendPoint]
    own_label: str
    """Of the points of this gate."""
    first_day: str
    last_day: str


@dataclass(frozen=True, slots=True)
class RunView:
    """One of several runs."""

    row: RunRow
    address: str
    tone: str
    sign: str
    word: str


@dataclass(frozen=True, slots=True)
class TargetView:
    """One target."""

    verdict: TargetVerdict
    anchor: str
    name: str
    tone: str
    sign: str
    word: str
    """Its outcome, with what softens it."""
    waived: list[str]
    """Ids of the checks that a waiver covers."""
    run_id: str
    run_address: str
    problems: list[CheckView]
    hints: list[HintView]
    followers: list[str]
    more_problems: int
    checks: list[CheckView]
    check_counts: str
    scores: ScoresView
    parts: list[Part]
    planned: int
    trend: TrendView | None
    stretches: list[Stretch]
    runs: list[RunView]
    """Each run where a failure was to be confirmed, and all of them together; empty where there was only one."""
    confirmation: str
    """What they came to; empty if it is the reason of the outcome."""
    notes: list[str]
    responses: list[ResponseRecord]
    waivers: list[WaiverRow]
    facts: list[Fact]


def view_target(target: TargetVerdict) -> TargetView:
    """Return everything that the page shows of one target."""
    run, waived = run_of(target), waived_ids(target)
    needs_waiver = bool(waived) and target.outcome is Outcome.PASSED
    tone = "soft" if needs_waiver else severity_of(target.outcome, is_soft=target.is_soft)
    own, followers = split_followers(alarming_checks(target))
    counts = None if run is None else run.counts
    return TargetView(
        verdict=target,
        anchor=f"target-{target.target.id}",
        name=short_name_of(target.target, 80),
        tone=tone,
        sign=sign_of_target(target),
        word=describe_outcome(target).capitalize(),
        waived=waived,
        run_id="" if run is None else str(run.id),
        run_address=safe_address(target.evidence.run_url),
        problems=_view_problems(own[:MAX_PROBLEMS], target),
        hints=_view_hints(own[:MAX_PROBLEMS]),
        followers=[check.id for check in followers[:MAX_CHECKS]],
        more_problems=max(len(own) - MAX_PROBLEMS, 0),
        checks=[_view_check(check, target) for check in sort_checks(target.checks)[:MAX_CHECKS]],
        check_counts=_count_checks(target.checks),
        scores=view_scores(target),
        parts=[] if counts is None else count_parts(counts),
        planned=0 if counts is None else max(counts.total or 0, counts.executed or 0),
        trend=_view_trend(target),
        stretches=timeline(target.evidence.timeline),
        runs=[_view_run(row) for row in all_run_rows(target)],
        confirmation=confirmation_summary(target),
        notes=notes_of(target)[:MAX_NOTES],
        responses=[answer for evidence in target.runs for answer in evidence.responses][:MAX_RESPONSES],
        waivers=waiver_rows(target),
        facts=run_facts(target),
    )


def _view_run(row: RunRow) -> RunView:
    tone = severity_of(row.outcome, is_soft=False)
    return RunView(row, safe_address(row.address), tone, sign_of_severity(tone), OUTCOME_NAMES[row.outcome].lower())


def _view_problems(checks: Sequence[Check], target: TargetVerdict) -> list[CheckView]:
    kinds: set[str] = set()
    views = []
    for check in checks:
        views.append(replace(_view_check(check, target), is_first_of_kind=check.kind not in kinds))
        kinds.add(check.kind)
    return views


def _view_hints(checks: Sequence[Check]) -> list[HintView]:
    titles: dict[str, list[str]] = {}
    for check in checks:
        hint = hint_of(check)
        if hint:
            titles.setdefault(hint, []).append(title_of_check(check))
    return [HintView(hint, ", ".join(named)) for hint, named in titles.items()]


def _view_check(check: Check, target: TargetVerdict) -> CheckView:
    number, _, detail = check.measured.partition(" (")
    return CheckView(
        check=check,
        tone=CHECK_SEVERITIES[check.outcome],
        sign=CHECK_SIGNS[check.outcome],
        word=CHECK_OUTCOME_NAMES[check.outcome],
        title=title_of_check(check),
        message="" if check.message == target.reason else check.message,
        number=number,
        detail=detail.replace(")", "", 1) if detail else "",
        since=since_when(check, target),
        decision=decision_of(check, target),
        explanation=explain(check.kind),
    )


def _count_checks(checks: Sequence[Check]) -> str:
    counts = {outcome: sum(check.outcome is outcome for check in checks) for outcome in CHECK_OUTCOME_NAMES}
    return ", ".join(f"{count} {CHECK_OUTCOME_NAMES[outcome]}" for outcome, count in counts.items() if count)


def _view_trend(target: TargetVerdict) -> TrendView | None:
    points = trend_points(target)
    if not has_trend(points):
        return None
    check = next((check for check in target.checks if check.kind == "attack-success-rate"), None)
    chart = trend_chart(points, None if check is None else check.limit_value)
    first, last = points[0].started_at, points[-1].started_at
    return TrendView(chart, points, own_label(points), _day(first), _day(last))


def _day(moment: datetime | None) -> str:
    return "" if moment is None else format_day(moment)


@dataclass(frozen=True, slots=True)
class PageView:
    """The whole page."""

    verdict: Verdict
    tone: str
    sign: str
    judged: str
    took: str
    targets: list[TargetView]
    """Those shown in full, worst first."""
    more_targets: int
    unfolded: int
    """How many of them lie open: all that need attention when they are few, else the worst."""
    subject: str


def view_page(verdict: Verdict, targets: Sequence[TargetVerdict], most_targets: int) -> PageView:
    """Return the page of a verdict whose targets are sorted already; so many of them at most are shown in full."""
    tone = severity_of(verdict.outcome, is_soft=verdict.is_green)
    in_need = sum(not is_good(target.outcome) for target in targets)
    subject = plural(len(targets), "target") if len(targets) != 1 else short_name_of(targets[0].target, 80)
    return PageView(
        verdict=verdict,
        tone=tone,
        sign=sign_of_severity(tone),
        judged=format_timestamp(verdict.judged_at),
        took=format_duration(verdict.judged_at - verdict.started_at),
        targets=[view_target(target) for target in targets[:most_targets]],
        more_targets=max(len(targets) - most_targets, 0),
        unfolded=in_need if in_need <= MAX_UNFOLDED else 1,
        subject=subject if targets else "",
    )
