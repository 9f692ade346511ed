"""What report.html shows of a verdict, digested: the templates only lay it out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from probe_gate.domain.dates import format_moment
from probe_gate.domain.names import short_name_of
from probe_gate.domain.numbers import format_duration, plural
from probe_gate.domain.verdict import Check, TargetVerdict, Verdict
from probe_gate.reports.charts import Part, Stretch, TrendChart, count_parts, timeline, trend_chart
from probe_gate.reports.explain import Explanation, explain
from probe_gate.reports.html_scores import ScoresView, view_scores
from probe_gate.reports.markdown_text import safe_address
from probe_gate.reports.run_facts import Fact, run_facts
from probe_gate.reports.since import format_day, since_when
from probe_gate.reports.story import (
    CHECK_SIGNS,
    CHECK_WORDS,
    OUTCOME_WORDS,
    alarming_checks,
    decision_of,
    is_good,
    run_of,
    sort_checks,
    split_followers,
)
from probe_gate.reports.tones import CHECK_TONES, sign_of_tone, tone_of
from probe_gate.reports.trend import TrendPoint, has_trend, trend_points
from probe_gate.reports.waiver_rows import WaiverRow, waiver_rows

MOST_CHECKS = 200
MOST_PROBLEMS = 25
MOST_UNFOLDED = 3


@dataclass(frozen=True, slots=True)
class CheckView:
    """One check."""

    check: Check
    tone: str
    sign: str
    word: str
    title: str
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
class TrendView:
    """The latest runs."""

    chart: TrendChart
    points: list[TrendPoint]
    first_day: str
    last_day: str


@dataclass(frozen=True, slots=True)
class TargetView:
    """One target."""

    verdict: TargetVerdict
    anchor: str
    name: str
    tone: str
    sign: str
    word: str
    run_id: str
    run_address: str
    problems: list[CheckView]
    followers: list[str]
    more_problems: int
    checks: list[CheckView]
    check_counts: str
    scores: ScoresView
    parts: list[Part]
    planned: int
    trend: TrendView | None
    stretches: list[Stretch]
    waivers: list[WaiverRow]
    facts: list[Fact]


def view_target(target: TargetVerdict) -> TargetView:
    """Everything that the page shows of one target."""
    run, tone = run_of(target), tone_of(target.outcome, is_soft=target.is_soft)
    own, followers = split_followers(alarming_checks(target))
    counts = None if run is None else run.counts
    return TargetView(
        verdict=target,
        anchor=f"target-{target.target.id}",
        name=short_name_of(target.target, 80),
        tone=tone,
        sign=sign_of_tone(tone),
        word=OUTCOME_WORDS[target.outcome],
        run_id="" if run is None else str(run.id),
        run_address=safe_address(target.evidence.run_url),
        problems=_view_problems(own[:MOST_PROBLEMS], target),
        followers=[check.id for check in followers[:MOST_CHECKS]],
        more_problems=max(len(own) - MOST_PROBLEMS, 0),
        checks=[_view_check(check, target) for check in sort_checks(target.checks)[:MOST_CHECKS]],
        check_counts=_count_checks(target.checks),
        scores=view_scores(target),
        parts=[] if counts is None else count_parts(counts),
        planned=0 if counts is None else max(counts.total or 0, counts.executed or 0),
        trend=_view_trend(target),
        stretches=timeline(target.evidence.timeline),
        waivers=waiver_rows(target),
        facts=run_facts(target),
    )


def _view_problems(checks: Sequence[Check], target: TargetVerdict) -> list[CheckView]:
    kinds: set[str] = set()
    views = []
    for check in checks:
        views.append(replace(_view_check(check, target), is_first_of_kind=check.kind not in kinds))
        kinds.add(check.kind)
    return views


def _view_check(check: Check, target: TargetVerdict) -> CheckView:
    explanation = explain(check.kind)
    number, _, detail = check.measured.partition(" (")
    name = check.id.partition(":")[2]
    return CheckView(
        check=check,
        tone=CHECK_TONES[check.outcome],
        sign=CHECK_SIGNS[check.outcome],
        word=CHECK_WORDS[check.outcome],
        title=explanation.title_of(name) if explanation else check.id,
        number=number,
        detail=detail.replace(")", "", 1) if detail else "",
        since=since_when(check, target),
        decision=decision_of(check, target),
        explanation=explanation,
    )


def _count_checks(checks: Sequence[Check]) -> str:
    counts = {outcome: sum(check.outcome is outcome for check in checks) for outcome in CHECK_WORDS}
    return ", ".join(f"{count} {CHECK_WORDS[outcome]}" for outcome, count in counts.items() if count)


def _view_trend(target: TargetVerdict) -> TrendView | None:
    points = trend_points(target)
    if not has_trend(points):
        return None
    check = next((check for check in target.checks if check.kind == "attack-success-rate"), None)
    chart = trend_chart(points, None if check is None else check.limit_value)
    first, last = points[0].started_at, points[-1].started_at
    return TrendView(chart, points, _day(first), _day(last))


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
    """The page of a verdict whose targets are sorted already; so many of them at most are shown in full."""
    tone = tone_of(verdict.outcome, is_soft=verdict.is_green)
    in_need = sum(not is_good(target.outcome) for target in targets)
    subject = plural(len(targets), "target") if len(targets) != 1 else short_name_of(targets[0].target, 80)
    return PageView(
        verdict=verdict,
        tone=tone,
        sign=sign_of_tone(tone),
        judged=format_moment(verdict.judged_at),
        took=format_duration(verdict.judged_at - verdict.started_at),
        targets=[view_target(target) for target in targets[:most_targets]],
        more_targets=max(len(targets) - most_targets, 0),
        unfolded=in_need if in_need <= MOST_UNFOLDED else 1,
        subject=subject if targets else "",
    )
