"""The part of summary.md that is about one target, as blocks in the order in which they are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from probe_gate.domain.numbers import format_number, plural
from probe_gate.domain.verdict import Check, CheckOutcome, TargetVerdict
from probe_gate.reports.bars import bar_lines
from probe_gate.reports.explain import explain
from probe_gate.reports.markdown_blocks import details, table
from probe_gate.reports.markdown_text import code, code_block, escape, link
from probe_gate.reports.mermaid import trend_diagram
from probe_gate.reports.run_facts import Fact, run_facts
from probe_gate.reports.score_rows import earlier_scores, score_rows
from probe_gate.reports.since import since_when
from probe_gate.reports.story import CHECK_WORDS, alarming_checks, decision_of, sort_checks, split_followers
from probe_gate.reports.trend import TrendPoint, has_trend, trend_points
from probe_gate.reports.waiver_rows import waiver_rows

CHECK_EMOJI = {
    CheckOutcome.FAILED: "❌",
    CheckOutcome.ERROR: "❔",
    CheckOutcome.WAIVED: "⚠️",
    CheckOutcome.PASSED: "✅",
    CheckOutcome.INFO: "ℹ️",
}
LONGEST_MESSAGE = 600
LONGEST_CELL = 160
MOST_STEPS = 12


def target_blocks(target: TargetVerdict, *, is_alone: bool) -> Iterator[str]:
    """Failed checks, what to do, scores, trend; then, folded, everything else.

    The trend lies open for a target that is alone: a chart for each of many would push the next target away.
    """
    own, followers = split_followers(alarming_checks(target))
    if target.evidence.left_running:
        yield f"⚠️ **Possibly still going on the platform:** {escape(target.evidence.left_running, LONGEST_MESSAGE)}"
    if own:
        yield _alarming_table(own, target)
        if followers:
            yield f"Not judged because of that: {escape(', '.join(check.id for check in followers), LONGEST_MESSAGE)}."
        yield _steps(own)
        yield _explanations(own)
    for note in (*target.evidence.notes[:MOST_STEPS], *target.policy.notes[:MOST_STEPS]):
        yield f"> {escape(note, LONGEST_MESSAGE)}"
    yield _scores(target)
    trend = _trend(trend_points(target))
    yield trend if is_alone or not trend else details("Trend", trend)
    if target.checks:
        yield details(_count_checks(target.checks), _all_checks(target))
    yield _waivers(target)
    yield _rejected_overrides(target)
    yield details("Run and evidence", f"{_facts(run_facts(target))}\n\n{_answers(target)}".rstrip())


def _alarming_table(checks: Sequence[Check], target: TargetVerdict) -> str:
    rows = ((*_check_cells(check, target), escape(since_when(check, target)) or "–") for check in checks)
    return table(("", "Check", "Found", "Limit", "What it says", "Since"), rows, noun="check")


def _all_checks(target: TargetVerdict) -> str:
    rows = (_check_cells(check, target) for check in sort_checks(target.checks))
    return table(("", "Check", "Found", "Limit", "What it says"), rows, noun="check")


def _check_cells(check: Check, target: TargetVerdict) -> tuple[str, ...]:
    limit = escape(check.limit, LONGEST_CELL)
    if check.limit and check.origin is not None:
        limit += f"<br>{code(check.origin.text, LONGEST_CELL)}"
    return (
        CHECK_EMOJI[check.outcome],
        f"**{escape(check.id, LONGEST_CELL)}**"
        if check.outcome is CheckOutcome.FAILED
        else escape(check.id, LONGEST_CELL),
        escape(check.measured, LONGEST_CELL) or "–",
        limit or "–",
        escape(f"{check.message} {decision_of(check, target)}".strip(), LONGEST_MESSAGE),
    )


def _steps(checks: Sequence[Check]) -> str:
    """What to do; advice that several checks share is given once."""
    advised: dict[str, list[str]] = {}
    for check in checks:
        explanation = explain(check.kind)
        advice = check.advice or (explanation.acts if explanation else "Open the run on the platform.")
        advised.setdefault(advice, []).append(check.id)
    lines = [
        f"- {escape(advice, LONGEST_MESSAGE)}" + (f" ({escape(', '.join(ids))})" if len(advised) > 1 else "")
        for advice, ids in list(advised.items())[:MOST_STEPS]
    ]
    return "**What to do**\n\n" + "\n".join(lines)


def _explanations(checks: Sequence[Check]) -> str:
    """The two sentences that explain each kind of check, with the link to more."""
    names: dict[str, list[str]] = {}
    for check in checks:
        names.setdefault(check.kind, []).append(check.id.partition(":")[2])
    lines = []
    for kind, members in names.items():
        explanation = explain(kind)
        if explanation is not None:
            title = escape(explanation.title_of(", ".join(members[:5])), LONGEST_CELL)
            text = f"{explanation.measures} {explanation.fails} [More about this check]({explanation.link})"
            lines.append(f"- *{title}.* {text}")
    return "**What these checks mean**\n\n" + "\n".join(lines) if lines else ""


def _scores(target: TargetVerdict) -> str:
    rows = score_rows(target)
    if all(row.score is None for row in rows):
        return ""
    _, called = earlier_scores(target)
    key = "┃ minimum"
    if any(row.change is not None for row in rows):
        key += (
            f" · in brackets: change against {'the baseline' if called == 'baseline' else 'the scores before this run'}"
        )
    if any(row.outcome is None for row in rows):
        key += " · **? not judged: these could not be shown to be this run's scores**"
    return f"**Scores** (0 critical risk, 100 low risk)\n\n{code_block(bar_lines(rows))}\n\n{key}"


def _trend(points: list[TrendPoint]) -> str:
    if not has_trend(points):
        return ""
    rows = (
        (
            f"**{point.run_id} (this run)**" if point.is_this_run else str(point.run_id),
            f"{point.started_at:%Y-%m-%d %H:%M}" if point.started_at else "–",
            _percent(point.attack_success_rate),
            _percent(point.error_rate),
        )
        for point in reversed(points)
    )
    numbers = table(("Test run", "Date (UTC)", "Attacks that succeeded", "Without a result"), rows, noun="run")
    title = "**Trend**: attacks that succeeded (line) and test cases without a result (bars), in percent"
    return f"{title}\n\n{trend_diagram(points)}\n\n{details('The trend in numbers', numbers)}"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{format_number(value)} %"


def _count_checks(checks: Sequence[Check]) -> str:
    counts = {outcome: sum(check.outcome is outcome for check in checks) for outcome in CHECK_WORDS}
    words = ", ".join(f"{count} {CHECK_WORDS[outcome]}" for outcome, count in counts.items() if count)
    return f"All {plural(len(checks), 'check')}: {words}"


def _waivers(target: TargetVerdict) -> str:
    rows = waiver_rows(target)
    if not rows:
        return ""
    cells = (
        (
            escape(row.check, LONGEST_CELL),
            row.until,
            row.state,
            escape(row.reason),
            escape(row.approved_by, LONGEST_CELL) or "–",
        )
        for row in rows
    )
    body = table(("Check", "Until", "State", "Reason", "Approved by"), cells, noun="waiver")
    return details(plural(len(rows), "waiver"), body)


def _rejected_overrides(target: TargetVerdict) -> str:
    if not target.rejected_overrides:
        return ""
    rows = (
        (
            code(item.key),
            f"{escape(item.requested, LONGEST_CELL)} ({code(item.requested_origin.text, LONGEST_CELL)})",
            f"{escape(item.applied, LONGEST_CELL)} ({code(item.applied_origin.text, LONGEST_CELL)})",
        )
        for item in target.rejected_overrides
    )
    body = table(("Setting", "Requested", "The base policy applies"), rows, noun="override")
    return f"⚠️ **Rejected overrides: these settings would loosen the base policy.**\n\n{body}"


def _facts(facts: Iterable[Fact]) -> str:
    rows = ((fact.label, _fact_cell(fact)) for fact in facts)
    return table(("Fact", ""), rows, noun="fact")


def _fact_cell(fact: Fact) -> str:
    shown = code(fact.text) if fact.is_literal else escape(fact.text, LONGEST_MESSAGE)
    return link(shown, fact.address) if fact.address else shown


def _answers(target: TargetVerdict) -> str:
    rows = (
        (escape(answer.what, LONGEST_CELL), code(answer.sha256, 64), "whole" if answer.whole else "in part")
        for answer in target.evidence.answers
    )
    return table(("Answer of the platform", "SHA-256", "Read"), rows, noun="answer") if target.evidence.answers else ""
