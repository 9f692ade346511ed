"""summary.md: the job summary, in the Markdown that GitHub and GitLab share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from probe_gate.domain.dates import format_timestamp
from probe_gate.domain.formatting import format_duration, format_exact, format_number, plural
from probe_gate.domain.text import name_of
from probe_gate.domain.verdict import Check, CheckOutcome, TargetVerdict, Verdict, describe_check
from probe_gate.errors import Outcome
from probe_gate.reports.context import DEFAULT_CONTEXT, ReportContext
from probe_gate.reports.explanations import explain, hint_of
from probe_gate.reports.markdown import (
    bar_lines,
    code,
    code_block,
    details,
    escape,
    join_within,
    link,
    table,
    trend_diagram,
)
from probe_gate.reports.presentation import (
    CHECK_OUTCOME_NAMES,
    OUTCOME_NAMES,
    alarming_checks,
    confirmation_summary,
    decision_of,
    describe_outcome,
    headline,
    is_good,
    is_green,
    notes_of,
    run_of,
    sort_checks,
    sort_targets,
    split_followers,
    waived_ids,
)
from probe_gate.reports.target_rows import (
    OVERALL,
    Fact,
    all_run_rows,
    earlier_scores,
    run_facts,
    score_rows,
    waiver_rows,
)
from probe_gate.reports.trend import TrendPoint, has_trend, own_label, since_when, trend_points

MAX_BYTES = 1_000_000
"""GitHub drops a summary of more than 1,048,576 bytes whole."""

_RESERVE = 600
_BYTES_OF_TARGET_TABLE = 400_000
_BYTES_OF_FOLDED_TARGET = 60_000
_TARGETS_UNFOLDED = 3


def render_summary(verdict: Verdict, _context: ReportContext = DEFAULT_CONTEXT, *, max_bytes: int = MAX_BYTES) -> str:
    """Return the summary as Markdown of at most `max_bytes` bytes in UTF-8.

    What does not fit is left out from the end, where the least urgent stands, and that is said.
    """
    text, was_cut = join_within(_blocks(verdict, max_bytes), max_bytes - _RESERVE)
    if was_cut:
        text += "\n\n---\n\n*This summary was cut to the size that CI systems show. The other reports are complete.*"
    return text + "\n"


def _blocks(verdict: Verdict, max_bytes: int) -> Iterator[str]:
    yield f"## {emoji_of(verdict)} probe-gate: {headline(verdict).lower()}"
    yield escape(verdict.reason, MAX_MESSAGE_LENGTH)
    yield _facts_line(verdict)
    if verdict.hint and not any(verdict.hint == target.hint for target in verdict.targets):
        yield f"**What to do:** {escape(verdict.hint, MAX_MESSAGE_LENGTH)}"
    if verdict.listed_problems:
        yield "\n".join(f"- {escape(problem, MAX_MESSAGE_LENGTH)}" for problem in verdict.listed_problems[:50])
    for note in verdict.notes[:20]:
        yield f"> {escape(note, MAX_MESSAGE_LENGTH)}"
    targets = sort_targets(verdict.targets)
    if len(targets) == 1:
        yield from target_blocks(targets[0], is_alone=True)
        return
    if targets:
        yield _target_table(targets, min(_BYTES_OF_TARGET_TABLE, max_bytes // 2))
    yield from _sections(targets)


def _sections(targets: list[TargetVerdict]) -> Iterator[str]:
    bad = [target for target in targets if not is_good(target.outcome)]
    for target in bad[:_TARGETS_UNFOLDED]:
        yield f"### {emoji_of_target(target)} {escape(name_of(target.target))}: {escape(target.reason, MAX_MESSAGE_LENGTH)}"
        yield from target_blocks(target, is_alone=False)
    yield _explanations([check for target in bad for check in split_followers(alarming_checks(target))[0]])
    rest = [*bad[_TARGETS_UNFOLDED:], *(target for target in targets if is_good(target.outcome))]
    for target in rest:
        body, _ = join_within(target_blocks(target, is_alone=False), _BYTES_OF_FOLDED_TARGET)
        yield details(f"{emoji_of_target(target)} {escape(name_of(target.target))}: {escape(target.reason)}", body)


def emoji_of(verdict: Verdict) -> str:
    if is_green(verdict):
        return "⏭️" if verdict.outcome is Outcome.SKIPPED else "✅"
    return "⚠️" if verdict.is_green else "❌" if verdict.outcome is Outcome.FAILED else "❔"


def emoji_of_target(target: TargetVerdict) -> str:
    if is_good(target.outcome):
        return "⏭️" if target.outcome is Outcome.SKIPPED else "⚠️" if waived_ids(target) else "✅"
    return "⚠️" if target.is_soft else "❌" if target.outcome is Outcome.FAILED else "❔"


def _facts_line(verdict: Verdict) -> str:
    words = []
    if len(verdict.targets) == 1:
        target = verdict.targets[0]
        words.append(f"**{escape(name_of(target.target))}**")
        run = run_of(target)
        if run is not None:
            words.append(link(f"test run {run.id}", target.evidence.run_url))
    elif verdict.targets:
        words.append(f"**{plural(len(verdict.targets), 'target')}**")
    if verdict.shard is not None:
        words.append(f"part {verdict.shard[0]} of {verdict.shard[1]}")
    took = format_duration(verdict.judged_at - verdict.started_at)
    words.append(f"judged {format_timestamp(verdict.judged_at)} after {took}")
    words.append(f"exit code {verdict.exit_code}")
    return " · ".join(words)


TARGET_HEADER = ("", "Target", "Score", "Outcome", "Checks", "Test run")


def _target_table(targets: list[TargetVerdict], max_bytes: int) -> str:
    rows = (target_cells(target, escape(name_of(target.target), 100)) for target in targets)
    return table(TARGET_HEADER, rows, noun="target", max_bytes=max_bytes)


def target_cells(target: TargetVerdict, name: str) -> tuple[str, ...]:
    """Return the cells of a target's row. The name is escaped already."""
    run = run_of(target)
    return (
        emoji_of_target(target),
        name,
        score_with_minimum(target) or "–",
        describe_outcome(target),
        _named_checks(target),
        "–" if run is None else link(str(run.id), target.evidence.run_url),
    )


def score_with_minimum(target: TargetVerdict) -> str:
    """Return `82 (min 80)`; empty if there is no overall score."""
    row = next((row for row in score_rows(target) if row.name == OVERALL), None)
    if row is None or row.score is None:
        return ""
    return format_exact(row.score, row.minimum) + ("" if row.minimum is None else f" (min {format_exact(row.minimum)})")


def _named_checks(target: TargetVerdict) -> str:
    """Return the checks that are not fine, or else those that are waived, with their numbers, as a cell of a table."""
    own, _ = split_followers(alarming_checks(target))
    named = own or [check for check in target.checks if check.outcome is CheckOutcome.WAIVED]
    words = [escape(describe_check(check), MAX_CELL_LENGTH) for check in named[:MAX_NAMED_CHECKS]]
    if len(named) > MAX_NAMED_CHECKS:
        words.append(f"and {len(named) - MAX_NAMED_CHECKS} more")
    return "<br>".join(words) or "–"


CHECK_EMOJI = {
    CheckOutcome.FAILED: "❌",
    CheckOutcome.ERROR: "❔",
    CheckOutcome.WAIVED: "⚠️",
    CheckOutcome.PASSED: "✅",
    CheckOutcome.INFO: "ℹ️",
}
MAX_MESSAGE_LENGTH = 600
MAX_CELL_LENGTH = 160
MAX_NAMED_CHECKS = 2
"""In the row of a target."""
MAX_STEPS = 12


def target_blocks(target: TargetVerdict, *, is_alone: bool) -> Iterator[str]:
    """Return failed checks, what to do, scores, trend; then, folded, everything else.

    The trend lies open for a target that is alone: a chart for each of many would push the next target away.
    """
    own, followers = split_followers(alarming_checks(target))
    if target.left_running:
        yield f"⚠️ **May still be active on the platform:** {escape(target.left_running, MAX_MESSAGE_LENGTH)}"
    yield escape(confirmation_summary(target), MAX_MESSAGE_LENGTH)
    yield _runs(target)
    if own:
        yield _alarming_table(own, target, target.reason if is_alone else "")
        if followers:
            yield f"Not judged because of that: {escape(', '.join(check.id for check in followers), MAX_MESSAGE_LENGTH)}."
        yield _steps(own)
        if is_alone:
            yield _explanations(own)
    for note in notes_of(target)[: 2 * MAX_STEPS]:
        yield f"> {escape(note, MAX_MESSAGE_LENGTH)}"
    yield _scores(target)
    trend = _trend(trend_points(target))
    yield trend if is_alone or not trend else details("Trend", trend)
    if target.checks:
        yield details(_count_checks(target.checks), _all_checks(target))
    yield _waivers(target)
    yield _rejected_overrides(target)
    yield details("Run and evidence", f"{_facts(run_facts(target))}\n\n{_responses(target)}".rstrip())


def _runs(target: TargetVerdict) -> str:
    """Return the table of the runs that were judged together; empty where there was only one."""
    rows = [
        (
            row.name.capitalize(),
            link(row.run_id or "–", row.address),
            row.score,
            row.rate,
            OUTCOME_NAMES[row.outcome].lower(),
            escape(row.detail, MAX_MESSAGE_LENGTH) or "–",
        )
        for row in all_run_rows(target)
    ]
    header = ("Run", "Test run", "Score", "Attacks that succeeded", "Outcome", "Details")
    return table(header, rows, noun="run") if rows else ""


def _alarming_table(checks: Sequence[Check], target: TargetVerdict, said: str) -> str:
    rows = ((*_check_cells(check, target, said=said), escape(since_when(check, target)) or "–") for check in checks)
    return table(("", "Check", "Measured", "Limit", "Details", "Since"), rows, noun="check")


def _all_checks(target: TargetVerdict) -> str:
    rows = (_check_cells(check, target) for check in sort_checks(target.checks))
    return table(("", "Check", "Measured", "Limit", "Details"), rows, noun="check")


def _check_cells(check: Check, target: TargetVerdict, *, said: str = "") -> tuple[str, ...]:
    """Return the cells of a check's row. Its message is left out if it is what has been `said` already."""
    message = "" if check.message == said else check.message
    limit = escape(check.limit, MAX_CELL_LENGTH)
    if check.limit and check.origin is not None:
        limit += f"<br>{code(check.origin.text, MAX_CELL_LENGTH)}"
    return (
        CHECK_EMOJI[check.outcome],
        f"**{escape(check.id, MAX_CELL_LENGTH)}**"
        if check.outcome is CheckOutcome.FAILED
        else escape(check.id, MAX_CELL_LENGTH),
        escape(check.measured, MAX_CELL_LENGTH) or "–",
        limit or "–",
        escape(f"{message} {decision_of(check, target)}".strip(), MAX_MESSAGE_LENGTH) or "–",
    )


def _steps(checks: Sequence[Check]) -> str:
    """Return what to do; a hint that several checks share is given once."""
    advised: dict[str, list[str]] = {}
    for check in checks:
        advised.setdefault(hint_of(check) or "Open the run on the platform.", []).append(check.id)
    lines = [
        f"- {escape(hint, MAX_MESSAGE_LENGTH)}" + (f" ({escape(', '.join(ids))})" if len(advised) > 1 else "")
        for hint, ids in list(advised.items())[:MAX_STEPS]
    ]
    return "**What to do**\n\n" + "\n".join(lines)


def _explanations(checks: Sequence[Check]) -> str:
    """Return the two sentences that explain each kind of check, with the link to more."""
    names: dict[str, list[str]] = {}
    for check in checks:
        name = check.id.partition(":")[2]
        if name not in names.setdefault(check.kind, []):
            names[check.kind].append(name)
    lines = []
    for kind, members in names.items():
        explanation = explain(kind)
        if explanation is not None:
            title = escape(explanation.title_of(", ".join(members[:5])), MAX_CELL_LENGTH)
            text = f"{explanation.measures} {explanation.fails}{explanation.markdown_link}"
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
            f" · last column: change against {'the baseline' if called == 'baseline' else 'the scores before this run'}"
        )
    if any(row.outcome is CheckOutcome.WAIVED for row in rows):
        key += " · ~ below the minimum, waived"
    if any(row.outcome is None for row in rows):
        key += " · **? not judged: these could not be shown to be this run's scores**"
    return f"**Scores** (0 critical risk, 100 low risk)\n\n{code_block(bar_lines(rows))}\n\n{key}"


def _trend(points: list[TrendPoint]) -> str:
    if not has_trend(points):
        return ""
    own = own_label(points)
    rows = (
        (
            f"**{point.run_id} ({own})**" if point.is_this_run else str(point.run_id),
            f"{point.started_at:%Y-%m-%d %H:%M}" if point.started_at else "–",
            _percent(point.attack_success_rate),
            _percent(point.error_rate),
        )
        for point in reversed(points)
    )
    numbers = table(("Test run", "Date (UTC)", "Attacks that succeeded", "Without a result"), rows, noun="run")
    title = "**Trend**: attacks that succeeded (red line) and test cases without a result (tan bars), in percent"
    return f"{title}\n\n{trend_diagram(points)}\n\n{details('The trend in numbers', numbers)}"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{format_number(value)} %"


def _count_checks(checks: Sequence[Check]) -> str:
    counts = {outcome: sum(check.outcome is outcome for check in checks) for outcome in CHECK_OUTCOME_NAMES}
    words = ", ".join(f"{count} {CHECK_OUTCOME_NAMES[outcome]}" for outcome, count in counts.items() if count)
    return f"All {plural(len(checks), 'check')}: {words}"


def _waivers(target: TargetVerdict) -> str:
    rows = waiver_rows(target)
    if not rows:
        return ""
    cells = (
        (
            escape(row.check, MAX_CELL_LENGTH),
            row.until,
            row.state,
            escape(row.reason),
            escape(row.approved_by, MAX_CELL_LENGTH) or "–",
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
            f"{escape(item.requested, MAX_CELL_LENGTH)} ({code(item.requested_origin.text, MAX_CELL_LENGTH)})",
            f"{escape(item.applied, MAX_CELL_LENGTH)} ({code(item.applied_origin.text, MAX_CELL_LENGTH)})",
        )
        for item in target.rejected_overrides
    )
    body = table(("Setting", "Requested", "The base policy applies"), rows, noun="override")
    return f"⚠️ **Rejected overrides: these settings would weaken the base policy.**\n\n{body}"


def _facts(facts: Iterable[Fact]) -> str:
    rows = ((fact.label, _fact_cell(fact)) for fact in facts)
    return table(("Fact", ""), rows, noun="fact")


def _fact_cell(fact: Fact) -> str:
    shown = code(fact.text) if fact.is_literal else escape(fact.text, MAX_MESSAGE_LENGTH)
    return link(shown, fact.address) if fact.address else shown


def _responses(target: TargetVerdict) -> str:
    rows = (
        (escape(answer.what, MAX_CELL_LENGTH), code(answer.sha256, 64), "complete" if answer.whole else "in part")
        for evidence in target.runs
        for answer in evidence.responses
    )
    has_responses = any(evidence.responses for evidence in target.runs)
    return table(("Platform response", "SHA-256", "Read"), rows, noun="response") if has_responses else ""
