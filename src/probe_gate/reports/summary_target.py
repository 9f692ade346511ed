"""The part of summary.md that is about one target, as blocks in the order in which they are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from probe_gate.domain.numbers import format_number, plural
from probe_gate.domain.verdict import Check, CheckOutcome, TargetVerdict
from probe_gate.reports.bars import bar_lines
from probe_gate.reports.explain import explain
from probe_gate.reports.markdown_blocks import details, table
from probe_gate.reports.markdown_text import code, code_block, escape, link
from probe_gate.reports.run_facts import Fact, run_facts
from probe_gate.reports.score_rows import earlier_scores, score_rows
from probe_gate.reports.since import since_when
from probe_gate.reports.story import CHECK_WORDS, alarming_checks, sort_checks, split_followers
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


def target_blocks(target: TargetVerdict) -> Iterator[str]:
    """Failed checks, what to do, scores, trend; then, folded, everything else."""
    own, followers = split_followers(alarming_checks(target))
    if target.evidence.left_running:
        yield f"⚠️ **Possibly still going on the platform:** {escape(target.evidence.left_running, LONGEST_MESSAGE)}"
    if own:
        yield _alarming_table(own, target)
        if followers:
            yield f"Not judged because of that: {escape(', '.join(check.id for check in followers), LONGEST_MESSAGE)}."
        yield _steps(own)
    for note in (*target.evidence.notes[:MOST_STEPS], *target.policy.notes[:MOST_STEPS]):
        yield f"> {escape(note, LONGEST_MESSAGE)}"
    yield _scores(target)
    yield _trend(trend_points(target))
    if target.checks:
        yield details(_count_checks(target.checks), _all_checks(target.checks))
    yield _waivers(target)
    yield _loosened(target)
    yield details("Run and evidence", f"{_facts(run_facts(target))}\n\n{_answers(target)}".rstrip())


def _alarming_table(checks: Sequence[Check], target: TargetVerdict) -> str:
    rows = ((*_check_cells(check), escape(since_when(check, target)) or "–") for check in checks)
    return table(("", "Check", "Found", "Limit", "What it says", "Since"), rows, noun="check")


def _all_checks(checks: Iterable[Check]) -> str:
    rows = (_check_cells(check) for check in sort_checks(checks))
    return table(("", "Check", "Found", "Limit", "What it says"), rows, noun="check")


def _check_cells(check: Check) -> tuple[str, ...]:
    limit = escape(check.limit, LONGEST_CELL)
    if check.limit and check.origin is not None:
        limit += f" ({code(check.origin.text, LONGEST_CELL)})"
    return (
        CHECK_EMOJI[check.outcome],
        f"**{escape(check.id, LONGEST_CELL)}**"
        if check.outcome is CheckOutcome.FAILED
        else escape(check.id, LONGEST_CELL),
        escape(check.measured, LONGEST_CELL) or "–",
        limit or "–",
        escape(check.message, LONGEST_MESSAGE),
    )


def _steps(checks: Sequence[Check]) -> str:
    """What to do, once for each kind of check, with the two sentences that explain it."""
    by_kind: dict[str, list[Check]] = {}
    for check in checks:
        by_kind.setdefault(check.kind, []).append(check)
    lines = ["**What to do**", ""]
    lines += [_step(kind, members) for kind, members in list(by_kind.items())[:MOST_STEPS]]
    return "\n".join(lines)


def _step(kind: str, checks: Sequence[Check]) -> str:
    explanation = explain(kind)
    advices = list(dict.fromkeys(check.advice for check in checks if check.advice))[:3]
    advice = " ".join(escape(text, LONGEST_MESSAGE) for text in advices)
    if explanation is None:
        return f"- **{escape(kind, LONGEST_CELL)}**: {advice or 'Open the run on the platform.'}"
    names = ", ".join(check.id.partition(":")[2] for check in checks[:5])
    return (
        f"- **{escape(explanation.title_of(names), LONGEST_CELL)}.** {advice or explanation.acts}\n"
        f"  <sub>{explanation.measures} {explanation.fails} [More about this check]({explanation.link})</sub>"
    )


def _scores(target: TargetVerdict) -> str:
    rows = score_rows(target)
    if not rows:
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
    days = [f"{point.started_at:%m-%d}" if point.started_at else "?" for point in points]
    labels = ", ".join(f'"{index + 1}: {day}"' for index, day in enumerate(days))
    success = [point.attack_success_rate or 0.0 for point in points]
    errors = [point.error_rate or 0.0 for point in points]
    highest = max(*success, *errors, 1.0)
    top = next(step for step in (2, 5, 10, 20, 30, 40, 50, 60, 80, 100) if step >= min(highest, 100.0))
    chart = [
        "```mermaid",
        "xychart-beta",
        f'    title "Last {len(points)} completed runs, the latest on the right"',
        f"    x-axis [{labels}]" if len(points) <= 10 else f'    x-axis "runs" 1 --> {len(points)}',
        f'    y-axis "percent" 0 --> {top}',
        f"    bar [{', '.join(f'{value:.2f}' for value in errors)}]",
        f"    line [{', '.join(f'{value:.2f}' for value in success)}]",
        "```",
    ]
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
    body = "\n".join(chart)
    return f"**Trend**: attacks that succeeded (line) and test cases without a result (bars)\n\n{body}\n\n{details('The trend in numbers', numbers)}"


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


def _loosened(target: TargetVerdict) -> str:
    if not target.policy.loosened:
        return ""
    rows = (
        (
            code(item.key),
            f"{escape(item.tried, LONGEST_CELL)} ({code(item.tried_origin.text, LONGEST_CELL)})",
            f"{escape(item.kept, LONGEST_CELL)} ({code(item.kept_origin.text, LONGEST_CELL)})",
        )
        for item in target.policy.loosened
    )
    body = table(("Limit", "The change asks for", "Kept"), rows, noun="limit")
    return f"⚠️ **This change tries to loosen its own policy; the stricter limits were kept.**\n\n{body}"


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
